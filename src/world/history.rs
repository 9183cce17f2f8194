//! What is left of wormholes that are archived: sums, and the few that a ranking may name. Its size does not grow with
//! their number; each of them stands in the run directory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::components::{Ledger, Strength, Wormhole};
use crate::fabric::check::{all_finite, leave_room};
use crate::fabric::{Passed, WormholeId};
use crate::scenario::Phase;

/// Wormholes that a ranking names at the most.
pub const RANKED: usize = 1000;

/// What an archived wormhole was when it left.
pub type Archived = (Wormhole, Strength, Ledger);

/// What wormholes saved and cost, in ticks of latency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Sum of span − transit over traversals.
    pub saved: f64,
    /// Upkeep.
    pub upkeep: f64,
    /// Opening and reopening.
    pub opening: f64,
}

impl Balance {
    /// Adds what a wormhole saved and cost.
    pub fn add(&mut self, ledger: &Ledger) {
        self.saved += ledger.saved;
        self.upkeep += ledger.upkeep;
        self.opening += ledger.opening;
    }
}

/// Sums over archived wormholes, and those that were used most, brought most and brought least.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct History {
    /// How many.
    pub count: u32,
    /// Openings from the pool.
    pub reopened: u32,
    /// What they saved and cost.
    pub balance: Balance,
    /// Accesses that departed over them, and how long they waited for it.
    pub passed: Passed,
    /// By traversals, the most first.
    most_used: Vec<Archived>,
    /// By net benefit, the largest first.
    best: Vec<Archived>,
    /// By net benefit, the smallest first.
    worst: Vec<Archived>,
}

/// Net benefit, ticks of saved latency.
fn net(ledger: &Ledger) -> f64 {
    ledger.saved - (ledger.upkeep + ledger.opening)
}

impl History {
    /// Adds a wormhole that leaves, over which so much departed.
    pub fn add(&mut self, gone: Archived, passed: [Passed; 2]) {
        let (_, _, ledger) = &gone;
        self.count += 1;
        self.reopened += ledger.reopened;
        self.balance.add(ledger);
        passed.into_iter().for_each(|passed| self.passed += passed);
        insert(&mut self.most_used, gone, |a, b| b.2.traversals.cmp(&a.2.traversals));
        insert(&mut self.best, gone, |a, b| net(&b.2).total_cmp(&net(&a.2)));
        insert(&mut self.worst, gone, |a, b| net(&a.2).total_cmp(&net(&b.2)));
    }

    /// Those that were used most, enough for a ranking of [`RANKED`].
    pub fn most_used(&self) -> impl Iterator<Item = (&Wormhole, &Ledger)> {
        self.most_used.iter().map(|(wormhole, _, ledger)| (wormhole, ledger))
    }

    /// Those that brought most and least, enough for a ranking of [`RANKED`]; each once.
    pub fn best_and_worst(&self) -> impl Iterator<Item = (&Wormhole, &Ledger)> {
        let also_best = |id| self.best.iter().any(|(wormhole, ..)| wormhole.id == id);
        let worst = self.worst.iter().filter(move |(wormhole, ..)| !also_best(wormhole.id));
        self.best.iter().chain(worst).map(|(wormhole, _, ledger)| (wormhole, ledger))
    }

    /// Whether it can be that of a run in a network of so many nodes at the end of tick `now`, of wormholes for which
    /// `is_gone` holds.
    pub fn is_possible(&self, now: u32, nodes: usize, is_gone: impl Fn(WormholeId) -> bool) -> bool {
        let entry = |(wormhole, strength, ledger): &Archived| {
            wormhole.phase == Phase::Archived
                && is_gone(wormhole.id)
                && wormhole.is_possible(now, nodes)
                && strength.is_possible()
                && ledger.is_possible()
        };
        let ids = |list: &[Archived]| list.iter().map(|(wormhole, ..)| wormhole.id).collect::<BTreeSet<_>>();
        let lists = [&self.most_used, &self.best, &self.worst];
        let size = RANKED.min(self.count as usize);
        let are_all = size < RANKED || self.count as usize == RANKED;
        lists.into_iter().all(|list| ids(list).len() == size && list.len() == size && list.iter().all(entry))
            && (!are_all || lists.into_iter().all(|list| ids(list) == ids(&self.best)))
            && all_finite([self.balance.saved, self.balance.upkeep, self.balance.opening])
            && leave_room([self.passed.accesses, self.passed.waited, self.count.into(), self.reopened.into()])
    }
}

/// Puts an entry into its place among the first [`RANKED`] by `order`, then by id.
fn insert(list: &mut Vec<Archived>, entry: Archived, order: impl Fn(&Archived, &Archived) -> std::cmp::Ordering) {
    let place = list.partition_point(|other| order(other, &entry).then(other.0.id.cmp(&entry.0.id)).is_lt());
    if place < RANKED {
        list.truncate(RANKED - 1);
        list.insert(place, entry);
    }
}
