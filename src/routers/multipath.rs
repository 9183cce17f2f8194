//! Splitting over near-equal paths: DEFT (Xu, Chiang and Rexford, "DEFT: Distributed exponentially-weighted flow
//! splitting", INFOCOM 2007), the per-hop form of their later PEFT.
//!
//! A next hop y of node x may be taken if it is downhill, `d(y) < d(x)`, so that no access loops, and if its excess
//! `h = cost + d(y) − d(x)` is at most `stretch·d(x)`; it is drawn with a probability proportional to `exp(−h/T)`. T is
//! the temperature in ticks: towards 0 only shortest paths share, evenly. Every access draws for itself, so that accesses
//! of a pair may overtake each other. The split does not follow load. Where all latencies are equal, only shortest paths
//! are downhill by next hops. Run in the set `Router`.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::fabric::Policy;
use crate::fabric::access::Access;
use crate::fabric::port::{Port, PortChange};
use crate::routing::UNREACHED;
use crate::routing::live_trees::LiveTrees;
use crate::routing::view::View;
use crate::scenario::Tick;
use crate::topology::NodeId;

/// Which next hops are taken, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Split {
    /// Most excess, as a share of the shortest distance.
    pub stretch: f64,
    /// Excess that makes a next hop less likely by a factor e, ticks.
    pub temperature_ticks: f64,
}

impl Split {
    /// Weight of a next hop over a port of `cost` ticks, `there` ticks from the target, at a node `here` ticks from it;
    /// `None` if it may not be taken.
    #[inline]
    pub fn weight(&self, here: u32, there: u32, cost: u32) -> Option<f64> {
        if there >= here {
            return None;
        }
        let excess = f64::from(cost) + f64::from(there) - f64::from(here);
        (excess <= self.stretch * f64::from(here)).then(|| libm::exp(-excess / self.temperature_ticks))
    }
}

/// The policy: destination trees over the present view, and a stream for draws.
#[derive(Debug)]
pub struct Multipath {
    split: Split,
    paths: LiveTrees,
    rng: ChaCha8Rng,
    /// Scratch: ports that may be taken, and their weights.
    choice: Vec<(usize, f64)>,
}

impl Multipath {
    /// Over `view`, with `memory_limit` bytes for destination trees.
    pub fn new(split: Split, view: View, memory_limit: u64, rng: ChaCha8Rng) -> Self {
        let paths = LiveTrees::new(view, memory_limit);
        Self { split, paths, rng, choice: Vec::new() }
    }

    /// Follows changes of ports.
    pub fn apply(&mut self, changes: &[PortChange]) {
        self.paths.apply(changes);
    }

    /// How accesses are split.
    pub fn split(&self) -> Split {
        self.split
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

    /// Where the stream of draws is.
    pub fn position(&self) -> u128 {
        self.rng.get_word_pos()
    }
}

impl Policy for Multipath {
    #[inline]
    fn pick(&mut self, x: NodeId, ports: &[Port], access: &Access, _now: Tick) -> Option<usize> {
        let distances = self.paths.distances(access.target.0);
        let here = distances[x.index()];
        if here == UNREACHED {
            return None;
        }
        self.choice.clear();
        let mut sum = 0.0;
        for (p, port) in ports.iter().enumerate().filter(|(_, port)| port.is_open()) {
            if let Some(weight) = self.split.weight(here, distances[port.to.index()], port.latency) {
                sum += weight;
                self.choice.push((p, weight));
            }
        }
        let mut left = if self.choice.len() > 1 { self.rng.random::<f64>() * sum } else { 0.0 };
        let drawn = self.choice.iter().find(|(_, weight)| {
            left -= weight;
            left < 0.0
        });
        // Rounding may leave a little at the end.
        drawn.or(self.choice.last()).map(|&(p, _)| p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fall_by_e_with_every_temperature_of_excess() {
        let split = Split { stretch: 0.5, temperature_ticks: 2.0 };
        assert_eq!(split.weight(10, 7, 3), Some(1.0));
        assert_eq!(split.weight(10, 9, 3), Some(libm::exp(-1.0)));
        assert_eq!(split.weight(10, 9, 6), Some(libm::exp(-2.5)), "half as long again");
        assert_eq!(split.weight(10, 9, 7), None, "too long");
        assert_eq!(split.weight(10, 10, 1), None, "not downhill");
    }
}
