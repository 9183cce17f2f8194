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

use std::collections::BTreeMap;
use std::hint::black_box;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::routing::fields::{UNREACHED, near_fields, to_nearest};
use crate::routing::view::View;
use crate::scenario::{QInitial, Tick};
use crate::topology::NodeId;
use crate::topology::shards::Shards;
use crate::world::access::{Access, Locator};
use crate::world::fabric::Policy;
use crate::world::port::{How, Port, PortChange};

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

/// What finding a row of a node takes.
#[derive(Debug, Clone, Copy)]
struct Place {
    shard: u32,
    ports: u32,
    /// Number of its first port among those of all nodes.
    first_port: u32,
    /// Number of its first port among those of its shard.
    first_in_shard: u32,
}

/// Exact rows of the nodes of a shard.
#[derive(Debug, Clone, Copy)]
struct Block {
    start: usize,
    /// Ports of the shard.
    ports: usize,
}

/// The tables of all nodes.
///
/// Rows for the same target lie next to each other, by node, because an access meets them one after the other: first
/// the exact rows of each shard, by target and node, then the rows for shards, by shard and node.
#[derive(Debug)]
pub struct QTable {
    rule: Rule,
    places: Vec<Place>,
    blocks: Vec<Block>,
    /// Where rows for shards start.
    by_shard: usize,
    /// Ports of all nodes.
    ports: usize,
    values: Vec<f32>,
    shards: Shards,
    /// Estimates of failed links, by port, until they are restored.
    saved: BTreeMap<u32, Vec<f32>>,
    rng: ChaCha8Rng,
}

/// Number of estimates that a network of `ports` (by node) needs when divided into `shards`.
pub fn size(ports: &[u32], shards: &Shards) -> u64 {
    let rows = |node: usize| shards.members[shards.of[node] as usize].len() as u64 + shard_rows(shards) as u64;
    ports.iter().enumerate().map(|(node, &ports)| u64::from(ports) * rows(node)).sum()
}

/// Rows for shards; with a single shard every row is exact.
fn shard_rows(shards: &Shards) -> usize {
    if shards.count() > 1 { shards.count() } else { 0 }
}

impl QTable {
    /// Tables in which every port is closed. `ports` holds the number of ports of each node.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(rule: Rule, ports: &[u32], shards: Shards, rng: ChaCha8Rng) -> Result<Self, Error> {
        let (mut places, mut first_port, mut in_shard) = (Vec::new(), 0, vec![0; shards.count()]);
        for (&ports, &shard) in ports.iter().zip(&shards.of) {
            let first_in_shard = in_shard[shard as usize];
            places.push(Place { shard, ports, first_port, first_in_shard });
            first_port += ports;
            in_shard[shard as usize] += ports;
        }
        let (mut blocks, mut start) = (Vec::new(), 0);
        for (members, ports) in shards.members.iter().zip(in_shard) {
            blocks.push(Block { start, ports: ports as usize });
            start += members.len() * ports as usize;
        }
        let ports = first_port as usize;
        let (mut values, count) = (Vec::new(), start + shard_rows(&shards) * ports);
        let bytes = 4 * count as u64;
        values.try_reserve_exact(count).map_err(|_| Error::OutOfMemory { what: "Q-rows", bytes })?;
        values.resize(count, f32::INFINITY);
        Ok(Self { rule, places, blocks, by_shard: start, ports, values, shards, saved: BTreeMap::new(), rng })
    }

    /// Where rows of each node as a target are, by node.
    pub fn locators(shards: &Shards) -> Vec<Locator> {
        shards.of.iter().zip(&shards.rank).map(|(&shard, &local)| Locator { shard, local }).collect()
    }

    /// The shards that rows are kept by.
    pub fn shards(&self) -> &Shards {
        &self.shards
    }

    /// All estimates, in a stable order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The first node with an estimate that is not a number.
    pub fn first_nan(&self) -> Option<NodeId> {
        // The quick look first: the answer is nearly always no.
        self.values.iter().find(|value| value.is_nan())?;
        let bad =
            |&x: &NodeId| self.targets(x).into_iter().any(|target| self.row(x, target).iter().any(|v| v.is_nan()));
        (0..self.places.len() as u32).map(NodeId).find(bad)
    }

    /// Where the stream of random ties is.
    pub fn position(&self) -> u128 {
        self.rng.get_word_pos()
    }

    /// The estimates of `x` for a target, by port.
    #[inline]
    pub fn row(&self, x: NodeId, target: Locator) -> &[f32] {
        let start = self.row_start(x, target);
        &self.values[start..start + self.places[x.index()].ports as usize]
    }

    #[inline]
    fn row_start(&self, x: NodeId, target: Locator) -> usize {
        let place = &self.places[x.index()];
        if place.shard == target.shard {
            let block = &self.blocks[target.shard as usize];
            block.start + target.local as usize * block.ports + place.first_in_shard as usize
        } else {
            self.by_shard + target.shard as usize * self.ports + place.first_port as usize
        }
    }

    /// Sets the estimates through all open ports of a view: zero, or latency plus free-flow latency from there on.
    pub fn initialise(&mut self, view: &View, initial: QInitial) {
        if initial == QInitial::Zero {
            for x in 0..view.nodes() as u32 {
                for (port, y, _) in view.ports(x) {
                    let uses = self.uses(NodeId(x), NodeId(y));
                    self.for_port(NodeId(x), port, |target, value| {
                        if uses(target) {
                            *value = 0.0;
                        }
                    });
                }
            }
            return;
        }
        let shards = self.shards.clone();
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
        let start = self.row_start(x, target);
        for (port, y, latency) in view.ports(x.0) {
            let distance = distances[y as usize];
            if distance != UNREACHED && self.uses(x, NodeId(y))(target) {
                let p = (port - self.places[x.index()].first_port) as usize;
                self.values[start + p] = latency as f32 + distance as f32;
            }
        }
    }

    /// For which targets the rows of `x` use a port that leads to `y`: all but those of x's own shard if y is outside.
    fn uses(&self, x: NodeId, y: NodeId) -> impl Fn(Locator) -> bool + use<> {
        let [own, far] = [x, y].map(|node| self.places[node.index()].shard);
        move |target| own == far || target.shard != own
    }

    /// Calls `f` with the target and the estimate of every row of `x` through one port, in the order of
    /// [`Self::targets`].
    fn for_port(&mut self, x: NodeId, port: u32, mut f: impl FnMut(Locator, &mut f32)) {
        let p = (port - self.places[x.index()].first_port) as usize;
        for target in self.targets(x) {
            let at = self.row_start(x, target) + p;
            f(target, &mut self.values[at]);
        }
    }

    /// Follows a change of two ports.
    pub fn apply(&mut self, change: &PortChange) {
        let [a, b] = change.ends;
        match change.how {
            How::Opened { latency } => {
                let seeds = [self.seeds(a, b, latency), self.seeds(b, a, latency)];
                for (side, seeds) in seeds.into_iter().enumerate() {
                    let mut seeds = seeds.into_iter();
                    self.for_port(change.ends[side], change.ports[side], |_, value| {
                        *value = seeds.next().unwrap_or(f32::INFINITY);
                    });
                }
            }
            How::Closed => {
                for side in 0..2 {
                    self.for_port(change.ends[side], change.ports[side], |_, value| *value = f32::INFINITY);
                }
            }
            How::Changed { before, latency } => {
                for side in 0..2 {
                    let by = latency as f32 - before as f32;
                    self.for_port(change.ends[side], change.ports[side], |_, value| *value += by);
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
        let (own, uses) = (self.places[x.index()].shard, self.uses(x, y));
        let from_y = |target: Locator| {
            let there = target.local != u32::MAX && self.node(target) == y;
            if !uses(target) {
                f32::INFINITY
            } else if there || self.enters(own, y, target) {
                0.0
            } else {
                least(self.row(y, target))
            }
        };
        self.targets(x).into_iter().map(|target| latency as f32 + from_y(target)).collect()
    }

    /// Whether an access from shard `own` to a target elsewhere reaches the target's shard at `y`.
    #[inline]
    fn enters(&self, own: u32, y: NodeId, target: Locator) -> bool {
        target.shard != own && self.places[y.index()].shard == target.shard
    }

    /// The targets that `x` has rows for: nodes of its own shard, then other shards.
    fn targets(&self, x: NodeId) -> Vec<Locator> {
        let shard = self.places[x.index()].shard;
        let exact = 0..self.shards.members[shard as usize].len() as u32;
        let others = (0..shard_rows(&self.shards) as u32).filter(|&other| other != shard);
        let by_shard = others.map(|shard| Locator { shard, local: u32::MAX });
        exact.map(|local| Locator { shard, local }).chain(by_shard).collect()
    }

    fn node(&self, target: Locator) -> NodeId {
        NodeId(self.shards.members[target.shard as usize][target.local as usize])
    }

    /// Puts the estimates of a failed link's port aside, or takes them back when it is restored.
    fn set_link(&mut self, x: NodeId, port: u32, up: bool) {
        let mut aside = self.saved.remove(&port).unwrap_or_default().into_iter();
        let mut saved = Vec::new();
        self.for_port(x, port, |_, value| saved.push(std::mem::replace(value, aside.next().unwrap_or(f32::INFINITY))));
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
    fn onward(&self, x: NodeId, y: NodeId, access: &Access) -> Option<&[f32]> {
        let ends = y == access.target || self.enters(self.places[x.index()].shard, y, access.locator);
        (!ends).then(|| self.row(y, access.locator))
    }

    /// `Q += η·(ticks + min_z Q_y(d, z) − Q)` for the estimate at `at` of `x`, through a port to `y`.
    #[inline]
    fn update(&mut self, x: NodeId, y: NodeId, at: usize, access: &Access, ticks: f32) {
        let sample = ticks + self.onward(x, y, access).map_or(0.0, least);
        let value = &mut self.values[at];
        if sample < f32::INFINITY && *value < f32::INFINITY {
            *value += self.rule.learning_rate * (sample - *value);
        }
    }
}

/// The first place of the least finite value of a row, and how many places have it.
#[inline]
fn first_least(row: &[f32]) -> Option<(usize, u32)> {
    let (mut best, mut value, mut ties) = (0, f32::INFINITY, 0u32);
    for (p, &estimate) in row.iter().enumerate() {
        ties = if estimate < value { 1 } else { ties + u32::from(estimate == value) };
        if estimate < value {
            (best, value) = (p, estimate);
        }
    }
    (value < f32::INFINITY).then_some((best, ties))
}

/// The least of a row; +∞ if every port is closed.
#[inline]
pub fn least(row: &[f32]) -> f32 {
    row.iter().fold(f32::INFINITY, |least, &value| if value < least { value } else { least })
}

impl Policy for QTable {
    #[inline]
    fn pick(&mut self, x: NodeId, ports: &[Port], access: &Access, _now: Tick) -> Option<usize> {
        let start = self.row_start(x, access.locator);
        let row = &self.values[start..start + ports.len()];
        if self.rule.exploration > 0.0 && self.rng.random_bool(self.rule.exploration) {
            let usable = || row.iter().enumerate().filter(|&(_, &estimate)| estimate < f32::INFINITY);
            let count = usable().count() as u32;
            let chosen = if count > 0 { self.rng.random_range(0..count) } else { 0 };
            return usable().nth(chosen as usize).map(|(p, _)| p);
        }
        let (best, ties) = first_least(row)?;
        if ties > 1 {
            let chosen = self.rng.random_range(0..ties) as usize;
            return row.iter().enumerate().filter(|&(_, &estimate)| estimate == row[best]).nth(chosen).map(|(p, _)| p);
        }
        Some(best)
    }

    #[inline]
    fn learn(&mut self, x: NodeId, ports: &[Port], p: usize, access: &Access, waited: f32, spent: f32) {
        let start = self.row_start(x, access.locator);
        self.update(x, ports[p].to, start + p, access, waited + spent);
        if self.rule.full_echo {
            for (other, port) in ports.iter().enumerate().filter(|&(other, port)| other != p && port.is_open()) {
                self.update(x, port.to, start + other, access, waited + port.latency as f32);
            }
        }
    }

    #[inline]
    fn fetch(&self, x: NodeId, access: &Access) {
        black_box(self.values[self.row_start(x, access.locator)]);
    }

    #[inline]
    fn fetch_onward(&self, x: NodeId, ports: &[Port], access: &Access) {
        if let Some((p, _)) = first_least(self.row(x, access.locator))
            && let Some(onward) = self.onward(x, ports[p].to, access)
        {
            black_box(onward[0]);
        }
    }
}
