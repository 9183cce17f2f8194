//! What a policy has open, and the events that it writes.

use std::collections::{BTreeMap, BTreeSet};

use wormsim::direct_use::{Action, Event, Ledger, Pair, Schedule};

/// Open pairs by node, and the schedule so far.
pub(super) struct Table {
    ports: usize,
    open: BTreeSet<Pair>,
    at_node: BTreeMap<u32, BTreeSet<Pair>>,
    events: Vec<Event>,
}

impl Table {
    pub fn new(ledger: &Ledger) -> Self {
        Table { ports: ledger.ports(), open: BTreeSet::new(), at_node: BTreeMap::new(), events: Vec::new() }
    }

    pub fn is_open(&self, pair: Pair) -> bool {
        self.open.contains(&pair)
    }

    pub fn open_pairs(&self) -> &BTreeSet<Pair> {
        &self.open
    }

    /// The open pairs at a node, in order.
    pub fn at(&self, node: u32) -> impl Iterator<Item = Pair> {
        self.at_node.get(&node).into_iter().flatten().copied()
    }

    pub fn is_full(&self, node: u32) -> bool {
        self.at(node).count() >= self.ports
    }

    pub fn has_ports(&self, pair: Pair) -> bool {
        !pair.ends().into_iter().any(|node| self.is_full(node))
    }

    pub fn open(&mut self, tick: u64, pair: Pair) {
        self.open.insert(pair);
        for node in pair.ends() {
            self.at_node.entry(node).or_default().insert(pair);
        }
        self.events.push(Event { tick, pair, action: Action::Open });
    }

    pub fn close(&mut self, tick: u64, pair: Pair) {
        self.open.remove(&pair);
        for node in pair.ends() {
            self.at_node.entry(node).or_default().remove(&pair);
        }
        self.events.push(Event { tick, pair, action: Action::Close });
    }

    /// Closes all pairs but `wanted`, then opens those of `wanted` that are closed.
    pub fn replace(&mut self, tick: u64, wanted: &BTreeSet<Pair>) {
        let unwanted: Vec<Pair> = self.open.difference(wanted).copied().collect();
        let missing: Vec<Pair> = wanted.difference(&self.open).copied().collect();
        unwanted.into_iter().for_each(|pair| self.close(tick, pair));
        missing.into_iter().for_each(|pair| self.open(tick, pair));
    }

    pub fn into_schedule(self) -> Schedule {
        Schedule { events: self.events }
    }
}
