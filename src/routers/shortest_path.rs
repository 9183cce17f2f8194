//! Least free-flow latency over space links and open wormholes; equal next hops share evenly, at random.
//!
//! The classical rival of learned routing: it knows every link at once and no queue at all. Run in the set `Router`.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::fabric::Policy;
use crate::fabric::access::Access;
use crate::fabric::port::{Port, PortChange};
use crate::routing::UNREACHED;
use crate::routing::fields::on_shortest_path;
use crate::routing::live_trees::LiveTrees;
use crate::routing::view::View;
use crate::scenario::Tick;
use crate::topology::NodeId;

/// The policy: destination trees over the present view, and a stream for ties.
#[derive(Debug)]
pub struct ShortestPath {
    paths: LiveTrees,
    rng: ChaCha8Rng,
}

impl ShortestPath {
    /// Over `view`, with `memory_limit` bytes for destination trees.
    pub fn new(view: View, memory_limit: u64, rng: ChaCha8Rng) -> Self {
        let paths = LiveTrees::new(view, memory_limit);
        Self { paths, rng }
    }

    /// Follows changes of ports.
    pub fn apply(&mut self, changes: &[PortChange]) {
        self.paths.apply(changes);
    }

    /// The network as the policy sees it.
    pub fn view(&self) -> &View {
        self.paths.view()
    }

    /// Takes on the network as a fabric has it, and the position of the stream.
    pub fn restore(&mut self, view: View, position: u128) {
        self.paths.restore(view);
        self.rng.set_word_pos(position);
    }

    /// Where the stream of random ties is.
    pub fn position(&self) -> u128 {
        self.rng.get_word_pos()
    }
}

impl Policy for ShortestPath {
    #[inline]
    fn pick(&mut self, x: NodeId, ports: &[Port], access: &Access, _now: Tick) -> Option<usize> {
        let distances = self.paths.distances(access.target.0);
        let here = distances[x.index()];
        let on_path = |port: &Port| port.is_open() && on_shortest_path(distances, here, port.to.0, port.latency);
        if here == UNREACHED {
            return None;
        }
        let ties = ports.iter().filter(|port| on_path(port)).count();
        let chosen = if ties > 1 { self.rng.random_range(0..ties as u32) as usize } else { 0 };
        ports.iter().enumerate().filter(|(_, port)| on_path(port)).nth(chosen).map(|(p, _)| p)
    }
}
