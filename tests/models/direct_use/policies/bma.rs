//! BMA: Bienkowski, Fuchssteiner, Marcinkowski, Schmid 2020, "Online dynamic b-matching".
//!
//! Every pair counts the savings that it was asked for while closed, since its counter was last reset. At the price of
//! an opening it is *saturated*. If a node then has more saturated pairs than ports, the counters of all its pairs
//! are reset, the newcomer's too. A pair that stays saturated opens; where a node is full, its smallest open pair that
//! is not saturated makes room.

use std::collections::{BTreeMap, BTreeSet};

use wormsim::direct_use::{Ledger, Pair, Schedule};

use super::table::Table;

/// What BMA opens and closes.
pub fn bma(ledger: &Ledger) -> Schedule {
    let mut bma = Bma::new(ledger);
    for request in ledger.requests() {
        bma.ask(request.tick, request.pair, request.saving);
    }
    bma.table.into_schedule()
}

struct Bma<'a> {
    ledger: &'a Ledger,
    table: Table,
    /// Units.
    counters: BTreeMap<Pair, i64>,
    saturated: BTreeSet<Pair>,
    pairs_at: BTreeMap<u32, BTreeSet<Pair>>,
}

impl<'a> Bma<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        Bma {
            ledger,
            table: Table::new(ledger),
            counters: BTreeMap::new(),
            saturated: BTreeSet::new(),
            pairs_at: BTreeMap::new(),
        }
    }

    fn ask(&mut self, tick: u64, pair: Pair, saving: i64) {
        if self.ledger.ports() == 0 || self.table.is_open(pair) {
            return;
        }
        for node in pair.ends() {
            self.pairs_at.entry(node).or_default().insert(pair);
        }
        let tariff = self.ledger.tariff();
        let counter = self.counters.entry(pair).or_insert(0);
        *counter += saving * tariff.scale();
        if *counter < tariff.opening() {
            return;
        }
        self.saturated.insert(pair);
        self.reset_crowded_ends(pair);
        if self.saturated.contains(&pair) {
            self.join(tick + 1, pair);
        }
    }

    fn reset_crowded_ends(&mut self, pair: Pair) {
        let crowded = pair.ends().map(|node| self.saturated_at(node) > self.ledger.ports());
        for (node, _) in pair.ends().into_iter().zip(crowded).filter(|&(_, crowded)| crowded) {
            for touched in self.pairs_at[&node].clone() {
                self.saturated.remove(&touched);
                self.counters.insert(touched, 0);
            }
        }
    }

    fn saturated_at(&self, node: u32) -> usize {
        self.pairs_at[&node].intersection(&self.saturated).count()
    }

    fn join(&mut self, tick: u64, pair: Pair) {
        for node in pair.ends() {
            if self.table.is_full(node) {
                let victim = self.table.at(node).find(|other| !self.saturated.contains(other));
                self.table.close(tick, victim.expect("a node has no more saturated pairs than ports"));
            }
        }
        self.table.open(tick, pair);
    }
}
