//! What rivals see and decide in a tick, within the ports of every node.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Network;
use crate::direct_use::{self, Weighted, heaviest};
use crate::fabric::{Offered, WormholeId};
use crate::topology::NodeId;

/// Two nodes, the smaller id first.
pub(super) type Pair = [NodeId; 2];

/// Ticks that the accesses of each pair asked to save in a tick.
pub(super) type Asked = BTreeMap<Pair, u64>;

/// Accesses of a tick, before it is known what they would save: their number by pair, from the smaller id and from the
/// other.
#[derive(Debug, Default)]
pub(super) struct Offers(BTreeMap<Pair, [u64; 2]>);

impl Offers {
    /// Counts what was offered.
    pub fn add(&mut self, offered: &[Offered]) {
        for access in offered.iter().filter(|access| access.origin != access.target) {
            let pair = [access.origin.min(access.target), access.origin.max(access.target)];
            self.0.entry(pair).or_default()[usize::from(access.origin > access.target)] += 1;
        }
    }

    /// What they would save, by pair, if it is anything.
    pub fn take(&mut self, network: &mut Network) -> Asked {
        let mut saved = |(pair, counts): (Pair, [u64; 2])| {
            let [there, back] = network.savings(pair).map(u64::from);
            let saved = counts[0] * there + counts[1] * back;
            (saved > 0).then_some((pair, saved))
        };
        std::mem::take(&mut self.0).into_iter().filter_map(&mut saved).collect()
    }
}

/// What is open, and what shall change.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    ports: usize,
    open: BTreeMap<Pair, Option<WormholeId>>,
    at: BTreeMap<NodeId, BTreeSet<Pair>>,
    closed: Vec<WormholeId>,
    opened: Vec<Pair>,
}

impl Decisions {
    /// None yet, in the network as it is.
    pub fn new(network: &Network) -> Self {
        let ports = network.rules().wormholes.ports_per_node as usize;
        let mut decisions = Self { ports, ..Self::default() };
        for wormhole in network.active() {
            decisions.enter(wormhole.ends, Some(wormhole.id));
        }
        decisions
    }

    /// None yet, in a network with these pairs open.
    pub fn of(network: &Network, open: &BTreeSet<Pair>) -> Self {
        let ports = network.rules().wormholes.ports_per_node as usize;
        let mut decisions = Self { ports, ..Self::default() };
        open.iter().for_each(|&pair| decisions.enter(pair, None));
        decisions
    }

    fn enter(&mut self, pair: Pair, id: Option<WormholeId>) {
        self.open.insert(pair, id);
        for end in pair {
            self.at.entry(end).or_default().insert(pair);
        }
    }

    /// Whether a pair has a wormhole, or will have one.
    pub fn is_open(&self, pair: Pair) -> bool {
        self.open.contains_key(&pair)
    }

    /// Pairs that have one, in order.
    pub fn open_pairs(&self) -> impl Iterator<Item = Pair> {
        self.open.keys().copied()
    }

    /// Those at a node, in order.
    pub fn at(&self, node: NodeId) -> impl Iterator<Item = Pair> {
        self.at.get(&node).into_iter().flatten().copied()
    }

    /// Whether a node has no port left.
    pub fn is_full(&self, node: NodeId) -> bool {
        self.at.get(&node).map_or(0, BTreeSet::len) >= self.ports
    }

    /// Whether both ends have a port left.
    pub fn has_ports(&self, pair: Pair) -> bool {
        !pair.iter().any(|&end| self.is_full(end))
    }

    /// Opens a pair whose ends have ports left.
    pub fn open(&mut self, pair: Pair) {
        debug_assert!(self.has_ports(pair) && !self.is_open(pair), "a policy keeps to the ports");
        self.enter(pair, None);
        self.opened.push(pair);
    }

    /// Closes a pair that is open.
    pub fn close(&mut self, pair: Pair) {
        match self.open.remove(&pair).flatten() {
            Some(id) => self.closed.push(id),
            None => self.opened.retain(|&opened| opened != pair),
        }
        for end in pair {
            self.at.entry(end).or_default().remove(&pair);
        }
    }

    /// Closes all pairs but `wanted`, and opens those of `wanted` that are closed.
    pub fn replace(&mut self, wanted: &BTreeSet<Pair>) {
        let unwanted: Vec<Pair> = self.open_pairs().filter(|pair| !wanted.contains(pair)).collect();
        unwanted.into_iter().for_each(|pair| self.close(pair));
        self.open_all(wanted.iter().copied());
    }

    /// Opens those of `wanted` that are closed, as far as there are ports.
    pub fn open_all(&mut self, wanted: impl IntoIterator<Item = Pair>) {
        for pair in wanted {
            if !self.is_open(pair) && self.has_ports(pair) {
                self.open(pair);
            }
        }
    }

    /// What closes, and the pairs that open.
    pub fn take(self) -> (Vec<WormholeId>, Vec<Pair>) {
        (self.closed, self.opened)
    }
}

/// Units in a tick of the weights that sets of pairs are chosen by.
const UNITS: f64 = 1024.0;

/// The heaviest set of pairs whose nodes are up, within the ports; pairs of weight 0 or less, in ticks, stay closed.
pub(super) fn heaviest_pairs(weights: impl Iterator<Item = (Pair, f64)>, network: &Network) -> BTreeSet<Pair> {
    let up = weights.filter(|(pair, _)| network.are_up(*pair));
    let weighted = up.filter_map(|([a, b], weight)| {
        let pair = direct_use::Pair::new(a.0, b.0).ok()?;
        Some(Weighted { pair, weight: (weight.min(1e12) * UNITS) as i64 })
    });
    let ports = network.rules().wormholes.ports_per_node.min(network.nodes()) as usize;
    let (pairs, _) = heaviest(network.nodes(), ports, &weighted.collect::<Vec<_>>());
    pairs.into_iter().map(|pair| pair.ends().map(NodeId)).collect()
}
