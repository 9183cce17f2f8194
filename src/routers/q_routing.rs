//! Q-routing (Boyan and Littman, "Packet routing in dynamically changing networks", NIPS 6, 1993).
//!
//! `Q_x(d, y) += η·(q + s + min_z Q_y(d, z) − Q_x(d, y))`: the estimate, in ticks, of the way from x to d through y; q is
//! the wait in x's FIFO, s link wait and transit, the last term 0 at y = d. The best port is taken, ties at random.
//!
//! A node keeps an exact row for every target in its own shard, and for each other shard one row that estimates the way
//! into it (the last term is 0 where y is in d's shard), because what is left from there differs from target to target
//! and would drown what the ports differ in. With one shard all rows are exact. An access that has reached its target's
//! shard stays in it: exact rows do not use ports that lead out of the shard, whose far ends know the shard as a whole
//! only and would send it back. Estimates are single precision: their rounding is far below what learning with η moves. Ports that are closed or
//! not used hold +∞. It does not model the cost of carrying estimates between neighbours. Run in the set `Router`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::Policy;
use crate::fabric::access::{Access, Locator};
use crate::fabric::port::{How, Port, PortChange};
use crate::learning::rows::{Estimates, Quad, Rows, first_least, is_estimate, least};
use crate::routing::UNREACHED;
use crate::routing::fields::{near_fields, to_nearest};
use crate::routing::view::View;
use crate::scenario::{QInitial, Tick};
use crate::topology::NodeId;
use crate::topology::shards::Shards;

/// Settings of the rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// η.
    pub learning_rate: f32,
    /// All neighbours are asked at every hop.
    pub full_echo: bool,
    /// Probability of a uniformly random open port.
    pub exploration: f64,
}

/// What was learned, estimates in the order of [`Rows::values`], and the position of the stream of ties.
#[derive(Debug, Serialize, Deserialize)]
pub struct QTableState<'a> {
    estimates: Estimates<'a>,
    saved: Cow<'a, BTreeMap<u32, Vec<f32>>>,
    position: u128,
}

impl QTableState<'_> {
    /// Where the stream of random ties is.
    pub fn position(&self) -> u128 {
        self.position
    }
}

/// The tables of all nodes.
#[derive(Debug)]
pub struct QTable {
    rule: Rule,
    rows: Rows,
    /// Estimates of failed links, by port, until they are restored.
    saved: BTreeMap<u32, Vec<f32>>,
    rng: ChaCha8Rng,
}

impl QTable {
    /// Tables in which every port is closed. `ports` holds the number of ports of each node.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(rule: Rule, ports: &[u32], shards: Shards, rng: ChaCha8Rng) -> Result<Self, Error> {
        Ok(Self { rule, rows: Rows::new(ports, shards)?, saved: BTreeMap::new(), rng })
    }

    /// Where rows of each node as a target are, by node.
    pub fn locators(shards: &Shards) -> Vec<Locator> {
        shards.of.iter().zip(&shards.rank).map(|(&shard, &local)| Locator { shard, local }).collect()
    }

    /// The estimates.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// What was learned so far.
    pub fn state(&self) -> QTableState<'_> {
        QTableState {
            estimates: Estimates::Held(&self.rows),
            saved: Cow::Borrowed(&self.saved),
            position: self.rng.get_word_pos(),
        }
    }

    /// Takes on what was learned, where ports are open by number and `failed` are those of links that have failed, each
    /// with its node. False, and the table of no use, if it is of another network or state.
    pub fn restore(
        &mut self,
        state: QTableState,
        open: impl Fn(usize) -> bool,
        failed: &BTreeMap<u32, NodeId>,
    ) -> bool {
        let QTableState { estimates, saved, position } = state;
        let saved = saved.into_owned();
        let rows = failed.iter().map(|(&port, &x)| (port, self.rows.targets(x).len()));
        let fits = saved.iter().map(|(&port, values)| (port, values.len())).eq(rows)
            && saved.values().flatten().all(|&value| is_estimate(value))
            && self.rows.restore(estimates, open);
        self.saved = saved;
        self.rng.set_word_pos(position);
        fits
    }

    /// Where the stream of random ties is.
    pub fn position(&self) -> u128 {
        self.rng.get_word_pos()
    }

    /// Sets the estimates through all open ports of a view: zero, or latency plus free-flow latency from there on.
    pub fn initialise(&mut self, view: &View, initial: QInitial) {
        if initial == QInitial::Zero {
            for x in 0..view.nodes() as u32 {
                for (port, y, _) in view.ports(x) {
                    let uses = self.uses(NodeId(x), NodeId(y));
                    self.rows.for_port(NodeId(x), port, |target, value| {
                        if uses(target) {
                            *value = 0.0;
                        }
                    });
                }
            }
            return;
        }
        let shards = self.rows.shards().clone();
        for (shard, members) in (0..).zip(&shards.members) {
            let mut needed: Vec<u32> = members.iter().flat_map(|&x| view.ports(x).map(|(_, y, _)| y)).collect();
            needed.sort_unstable();
            needed.dedup();
            near_fields(view, members, &needed, |target, distances| {
                let target = Locator { shard, local: shards.rank[target as usize] };
                members.iter().for_each(|&x| self.set_row(view, NodeId(x), target, distances));
            });
        }
        for (shard, members) in (0..).zip(&shards.members) {
            let distances = to_nearest(view, members);
            for x in (0..view.nodes() as u32).filter(|&x| shards.of[x as usize] != shard) {
                self.set_row(view, NodeId(x), Locator { shard, local: u32::MAX }, &distances);
            }
        }
    }

    fn set_row(&mut self, view: &View, x: NodeId, target: Locator, distances: &[u32]) {
        let start = self.rows.start(x, target);
        for (port, y, latency) in view.ports(x.0) {
            let distance = distances[y as usize];
            if distance != UNREACHED && self.uses(x, NodeId(y))(target) {
                let p = self.rows.rank(x, port);
                *self.rows.value_mut(start, p) = latency as f32 + distance as f32;
            }
        }
    }

    /// For which targets the rows of `x` use a port that leads to `y`: all but those of x's own shard if y is outside.
    fn uses(&self, x: NodeId, y: NodeId) -> impl Fn(Locator) -> bool + use<> {
        let [own, far] = [x, y].map(|node| self.rows.shard(node));
        move |target| own == far || target.shard != own
    }

    /// Follows a change of two ports.
    pub fn apply(&mut self, change: &PortChange) {
        let [a, b] = change.ends;
        match change.how {
            How::Opened { latency } => {
                let seeds = [self.seeds(a, b, latency), self.seeds(b, a, latency)];
                for (side, seeds) in seeds.into_iter().enumerate() {
                    let mut seeds = seeds.into_iter();
                    self.rows.for_port(change.ends[side], change.ports[side], |_, value| {
                        *value = seeds.next().unwrap_or(f32::INFINITY);
                    });
                }
            }
            How::Closed => {
                for side in 0..2 {
                    self.rows.for_port(change.ends[side], change.ports[side], |_, value| *value = f32::INFINITY);
                }
            }
            How::Changed { before, latency } => {
                for side in 0..2 {
                    let by = latency as f32 - before as f32;
                    self.rows.for_port(change.ends[side], change.ports[side], |_, value| *value += by);
                }
            }
            How::Failed | How::Restored { .. } => {
                for side in 0..2 {
                    self.set_link(change.ends[side], change.ports[side], change.latency().is_some());
                }
            }
        }
    }

    /// What `x` should expect through a port that opens to `y`, by row: `latency` and what y expects from there on,
    /// so that greedy routing sees it.
    fn seeds(&self, x: NodeId, y: NodeId, latency: u32) -> Vec<f32> {
        let (own, uses) = (self.rows.shard(x), self.uses(x, y));
        let from_y = |target: Locator| {
            let there = target.local != u32::MAX && self.node(target) == y;
            if !uses(target) {
                f32::INFINITY
            } else if there || self.enters(own, y, target) {
                0.0
            } else {
                least(self.rows.quads(y, target))
            }
        };
        self.rows.targets(x).into_iter().map(|target| latency as f32 + from_y(target)).collect()
    }

    /// Whether an access from shard `own` to a target elsewhere reaches the target's shard at `y`.
    #[inline]
    fn enters(&self, own: u32, y: NodeId, target: Locator) -> bool {
        target.shard != own && self.rows.shard(y) == target.shard
    }

    fn node(&self, target: Locator) -> NodeId {
        NodeId(self.rows.shards().members[target.shard as usize][target.local as usize])
    }

    /// Puts the estimates of a failed link's port aside, or takes them back when it is restored.
    fn set_link(&mut self, x: NodeId, port: u32, up: bool) {
        let mut aside = self.saved.remove(&port).unwrap_or_default().into_iter();
        let mut saved = Vec::new();
        self.rows
            .for_port(x, port, |_, value| saved.push(std::mem::replace(value, aside.next().unwrap_or(f32::INFINITY))));
        if !up {
            self.saved.insert(port, saved);
        }
    }

    /// Estimates put aside, by port.
    pub fn saved(&self) -> &BTreeMap<u32, Vec<f32>> {
        &self.saved
    }

    /// The row of `y` that says what is left of the way that an estimate of `x` covers; `None` if it ends at `y`.
    #[inline]
    fn onward(&self, x: NodeId, y: NodeId, access: &Access) -> Option<&[Quad]> {
        let ends = y == access.target || self.enters(self.rows.shard(x), y, access.locator);
        (!ends).then(|| self.rows.quads(y, access.locator))
    }

    /// `Q += η·(ticks + min_z Q_y(d, z) − Q)` for the estimate through port `p` to `y`, in the row of `x` at `start`.
    #[inline]
    fn update(&mut self, x: NodeId, y: NodeId, (start, p): (usize, usize), access: &Access, ticks: f32) {
        let sample = ticks + self.onward(x, y, access).map_or(0.0, least);
        let value = self.rows.value_mut(start, p);
        if sample < f32::INFINITY && *value < f32::INFINITY {
            *value += self.rule.learning_rate * (sample - *value);
        }
    }
}

impl Policy for QTable {
    #[inline]
    fn pick(&mut self, x: NodeId, _: &[Port], access: &Access, _now: Tick) -> Option<usize> {
        let row = self.rows.quads(x, access.locator);
        if self.rule.exploration > 0.0 && self.rng.random_bool(self.rule.exploration) {
            let row = row.as_flattened();
            let usable = || row.iter().enumerate().filter(|&(_, &estimate)| estimate < f32::INFINITY);
            let count = usable().count() as u32;
            let chosen = if count > 0 { self.rng.random_range(0..count) } else { 0 };
            return usable().nth(chosen as usize).map(|(p, _)| p);
        }
        let (first, ties) = first_least(row)?;
        if ties > 1 {
            let (row, chosen) = (row.as_flattened(), self.rng.random_range(0..ties) as usize);
            return row.iter().enumerate().filter(|&(_, &estimate)| estimate == row[first]).nth(chosen).map(|(p, _)| p);
        }
        Some(first)
    }

    #[inline]
    fn learn(&mut self, x: NodeId, ports: &[Port], p: usize, access: &Access, waited: f32, spent: f32) {
        let start = self.rows.start(x, access.locator);
        self.update(x, ports[p].to, (start, p), access, waited + spent);
        if self.rule.full_echo {
            for (other, port) in ports.iter().enumerate().filter(|&(other, port)| other != p && port.is_open()) {
                self.update(x, port.to, (start, other), access, waited + port.latency as f32);
            }
        }
    }

    #[inline]
    fn fetch(&self, x: NodeId, access: &Access) {
        self.rows.prefetch(x, access.locator);
    }

    #[inline]
    fn fetch_onward(&self, x: NodeId, ports: &[Port], access: &Access) {
        let row = self.rows.quads(x, access.locator);
        let least = least(row);
        // All that tie, because chance has yet to choose among them. Where nothing is usable, closed ports tie too.
        let ties = |&(port, &value): &(&Port, &f32)| value == least && port.is_open();
        for (port, _) in ports.iter().zip(row.as_flattened()).filter(ties) {
            self.rows.prefetch(port.to, access.locator);
        }
    }
}

#[cfg(test)]
mod tests;
