//! Q-routing (Boyan and Littman, "Packet routing in dynamically changing networks", NIPS 6, 1993).
//!
//! `Q_x(d, y) += η·(q + s + min_z Q_y(d, z) − Q_x(d, y))`: the estimate, in ticks, of the way from x to d through y; q
//! is the wait in x's FIFO, s the transit, the last term 0 at y = d. The port of the least Q is taken, ties at random;
//! with full echo the estimates of all ports are updated first.
//!
//! At ports of finite capacity, and where a wormhole is being set up, what counts is Q and the wait at the port: its
//! own backlog by its capacity, and what is left of the set-up. Neighbours are told the least of those sums. The wait
//! at the own port is no part of what is learned: learned when it is over, it would make routes swing without end.
//!
//! A node keeps an exact row for every target in its own shard, and for each other shard one row that estimates the way
//! into it (the last term is 0 where y is in d's shard), because what is left from there differs from target to target
//! and would drown what the ports differ in. With one shard all rows are exact. An access that has reached its target's
//! shard stays in it: exact rows do not use ports that lead out of the shard, whose far ends know the shard as a whole
//! only and would send it back. Estimates are single precision: their rounding is far below what learning with η moves.
//! Ports that are closed or not used hold +∞. It does not model the cost of carrying estimates between neighbours. Run
//! in the set `Router`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::access::{Access, Locator};
use crate::fabric::port::{How, Port, PortChange};
use crate::fabric::router::{self, Forward, Hop, NextHops, Router, RouterParameters, Setting};
use crate::learning::rows::{self, Estimates, Quad, Rows, argmin, is_estimate, least};
use crate::random::Keyed;
use crate::routing::UNREACHED;
use crate::routing::fields::{near_fields, to_nearest};
use crate::routing::view::View;
use crate::scenario::{self, Refused, Scenario};
use crate::topology::shards::Shards;
use crate::topology::{NodeId, Topology};
use division::Division;

mod division;

/// Q-routing (Boyan and Littman 1993).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// η, the share of an error that an update corrects. More: faster and noisier learning.
    #[schemars(range(min = 0, max = 1))]
    pub learning_rate: f64,
    /// Ask all neighbours for their estimates at every hop, not the chosen one only. Better at low load, worse at high.
    pub full_echo: bool,
    /// Estimates before anything is learned.
    pub initial: QInitial,
    /// Probability of a uniformly random port instead of the best. More: quicker to notice what got better, more
    /// detours.
    #[schemars(range(min = 0, max = 1))]
    pub exploration: f64,
    /// Memory for Q-rows, in MiB; beyond it rows are kept per shard of the target. More: exact on larger networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            learning_rate: 0.5,
            full_echo: false,
            initial: QInitial::FreeFlow,
            exploration: 0.0,
            memory_limit_mb: 256,
        }
    }
}

/// Estimates before anything is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QInitial {
    /// Zero: optimistic, explores.
    Zero,
    /// Free-flow latency over space.
    FreeFlow,
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "q_routing";

    /// Refuses Q-rows that do not fit into their limit however the network is divided. What is found here needs no
    /// division; what fits by this may still not fit by the one that is made.
    fn check(&self, ports: &[u32]) -> Result<(), Refused> {
        let least_mb = rows::least_size(ports).div_ceil(1 << 20);
        if least_mb <= u64::from(self.memory_limit_mb) {
            return Ok(());
        }
        let (nodes, ends) = (ports.len(), ports.iter().map(|&ports| u64::from(ports)).sum::<u64>());
        let expected = format!(
            "at least {least_mb}, or another router: so much do the Q-rows of {nodes} nodes with {ends} ports take at \
             the least"
        );
        Err(Refused { field: "memory_limit_mb".to_owned(), value: self.memory_limit_mb.to_string(), expected })
    }
}

impl RouterParameters for Parameters {
    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error> {
        let ports: Vec<u32> = setting.fabric.queues.iter().map(|queue| queue.ports).collect();
        let limit = u64::from(self.memory_limit_mb) << 20;
        let whole = shards_within(&setting.scenario.topology, &ports, limit)?;
        let rule = Rule {
            learning_rate: self.learning_rate as f32,
            full_echo: self.full_echo,
            exploration: self.exploration,
            initial: self.initial,
        };
        let division = Division { whole, limit };
        let shards = division.now(setting.fabric);
        let mut table = QTable::new(rule, &ports, division, shards, setting.scenario.seed)?;
        table.initialise(&View::new(setting.fabric), f32::INFINITY);
        Ok(Box::new(table))
    }

    fn needs(&self, scenario: &Scenario) -> Result<(&'static str, u64), Error> {
        let graph = &scenario.topology.graph;
        let wormholes = if scenario.wormholes.enabled { scenario.wormholes.ports_per_node } else { 0 };
        let ports: Vec<u32> = graph.node_indices().map(|node| graph.edges(node).count() as u32 + wormholes).collect();
        let shards = shards_within(&scenario.topology, &ports, u64::from(self.memory_limit_mb) << 20)?;
        // Where a shard falls apart, rows of both divisions are there for a moment.
        let times = if shards.count() > 1 { 2 } else { 1 };
        Ok(("the simulation and its Q-rows", times * rows::size(&ports, &shards)))
    }
}

/// The fewest shards, a power of two, for which all Q-rows fit into `limit` bytes.
///
/// # Errors
/// [`Error::RouterMemory`].
fn shards_within(topology: &Topology, ports: &[u32], limit: u64) -> Result<Shards, Error> {
    let nodes = topology.node_count();
    let mut least = u64::MAX;
    let mut count = 1;
    loop {
        let shards = Shards::divide(topology, count);
        let bytes = rows::size(ports, &shards);
        if bytes <= limit {
            let largest_shard = shards.members.iter().map(Vec::len).max();
            tracing::info!(shards = shards.count(), largest_shard, bytes, limit, "Q-rows: exact within a shard");
            return Ok(shards);
        }
        if bytes > least || count >= nodes {
            return Err(Error::RouterMemory { limit_bytes: limit, least_bytes: least.min(bytes) });
        }
        least = bytes;
        count *= 2;
    }
}

/// Settings of the rule.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// η.
    learning_rate: f32,
    /// All neighbours are asked at every hop.
    full_echo: bool,
    /// Probability of a uniformly random open port.
    exploration: f64,
    /// Estimates before anything is learned.
    initial: QInitial,
}

/// What was learned, estimates in the order of [`Rows::values`].
#[derive(Debug, Serialize, Deserialize)]
struct State<'a> {
    estimates: Estimates<'a>,
    saved: Cow<'a, BTreeMap<u32, Vec<f32>>>,
}

/// The tables of all nodes.
#[derive(Debug)]
pub struct QTable {
    rule: Rule,
    division: Division,
    rows: Rows,
    /// Estimates of failed links, by port, until they are restored.
    saved: BTreeMap<u32, Vec<f32>>,
    draft: Draft,
    ties: Keyed,
    explores: Keyed,
}

/// Estimates of the node at hand that are searched one by one; more are searched by a tree.
const FEW: usize = 24;

/// What was learned in the tick under way: other nodes see it from the next one on.
#[derive(Debug, Default)]
struct Draft {
    /// Rows by their start, ports and estimates, the latest of a port last.
    estimates: Vec<(usize, u32, f32)>,
    /// The node at hand, and the first of its estimates.
    node: Option<NodeId>,
    first: usize,
    /// Its latest estimates by row and port, once they are more than a few.
    many: BTreeMap<(usize, u32), f32>,
    /// Scratch: a row, and the same with the waits at ports.
    row: Vec<Quad>,
    with_waits: Vec<Quad>,
}

impl Draft {
    /// Goes on at a node; whether nothing was learned there in this tick so far.
    #[inline]
    fn at(&mut self, x: NodeId) -> bool {
        if self.node != Some(x) {
            (self.node, self.first) = (Some(x), self.estimates.len());
            if !self.many.is_empty() {
                self.many.clear();
            }
        }
        self.first == self.estimates.len()
    }

    /// Estimates of the row that starts at `start`, one of the node at hand, the latest of a port last.
    #[inline]
    fn of_row(&self, start: usize) -> impl Iterator<Item = (usize, f32)> {
        let own = if self.many.is_empty() { &self.estimates[self.first..] } else { &[] };
        let own = own.iter().filter(move |estimate| estimate.0 == start).map(|&(_, p, value)| (p as usize, value));
        own.chain(self.of_many(start))
    }

    /// The same, if there are many.
    fn of_many(&self, start: usize) -> impl Iterator<Item = (usize, f32)> {
        let row = (!self.many.is_empty()).then(|| self.many.range((start, 0)..(start + 1, 0)));
        row.into_iter().flatten().map(|(&(_, p), &value)| (p as usize, value))
    }

    /// Notes an estimate of the node at hand.
    #[inline]
    fn note(&mut self, start: usize, p: usize, value: f32) {
        self.estimates.push((start, p as u32, value));
        let own = self.estimates.len() - self.first;
        if own > FEW {
            let new = if self.many.is_empty() { own } else { 1 };
            let new = self.estimates[self.estimates.len() - new..].iter();
            self.many.extend(new.map(|&(start, p, value)| ((start, p), value)));
        }
    }
}

impl QTable {
    /// Tables in which every port is closed. `ports` holds the number of ports of each node.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    fn new(rule: Rule, ports: &[u32], division: Division, shards: Shards, seed: u64) -> Result<Self, Error> {
        let [ties, explores] = ["tie", "exploration"].map(|purpose| Keyed::new(seed, purpose));
        let (rows, saved, draft) = (Rows::new(ports, shards)?, BTreeMap::new(), Draft::default());
        Ok(Self { rule, division, rows, saved, draft, ties, explores })
    }

    /// The estimates.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Sets the estimates through all open ports of a view: zero, or latency plus free-flow latency from there on;
    /// `unreached` ticks stand for that where there is no way.
    fn initialise(&mut self, view: &View, unreached: f32) {
        if self.rule.initial == QInitial::Zero {
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
                members.iter().for_each(|&x| self.set_row(view, NodeId(x), target, distances, unreached));
            });
        }
        for (shard, members) in (0..).zip(&shards.members) {
            let distances = to_nearest(view, members);
            for x in (0..view.nodes() as u32).filter(|&x| shards.of[x as usize] != shard) {
                self.set_row(view, NodeId(x), Locator { shard, local: u32::MAX }, &distances, unreached);
            }
        }
    }

    fn set_row(&mut self, view: &View, x: NodeId, target: Locator, distances: &[u32], unreached: f32) {
        let start = self.rows.start(x, target);
        for (port, y, latency) in view.ports(x.0) {
            let distance = distances[y as usize];
            let distance = if distance == UNREACHED { unreached } else { distance as f32 };
            if self.uses(x, NodeId(y))(target) {
                let p = self.rows.rank(x, port);
                *self.rows.value_mut(start, p) = latency as f32 + distance;
            }
        }
    }

    /// For which targets the rows of `x` use a port that leads to `y`: all but those of x's own shard if y is outside.
    fn uses(&self, x: NodeId, y: NodeId) -> impl Fn(Locator) -> bool + use<> {
        self.rows.uses(x, y)
    }

    /// Follows the network where a shard falls apart, or comes together again. Rows that are there before and after
    /// keep what was learned; the others begin at free flow, or far away where there is no way now. Returns whether
    /// anything changed.
    fn divide(&mut self, fabric: &Fabric) -> bool {
        let shards = self.division.now(fabric);
        if shards.of == self.rows.shards().of {
            return false;
        }
        let ports: Vec<u32> = fabric.queues.iter().map(|queue| queue.ports).collect();
        let rows = Rows::new(&ports, shards).expect("memory for both divisions was asked for at the start");
        let before = std::mem::replace(&mut self.rows, rows);
        let far = fabric.link_ports.iter().flatten().map(|&port| fabric.ports[port as usize].latency as f32).sum();
        self.initialise(&View::new(fabric), far);
        for x in (0..ports.len() as u32).map(NodeId) {
            for target in self.rows.targets(x) {
                let Some(old) = self.rows.same_target(&before, x, target) else { continue };
                let (from, to) = (before.start(x, old), self.rows.start(x, target));
                for (p, port) in fabric.ports_of(x).iter().enumerate().filter(|(_, port)| port.is_open()) {
                    if self.rows.uses(x, port.to)(target) && before.uses(x, port.to)(old) {
                        *self.rows.value_mut(to, p) = before.value(from, p);
                    }
                }
            }
        }
        for (port, x) in fabric.failed_ports() {
            let Some(values) = self.saved.get_mut(&port) else { continue };
            let kept: BTreeMap<(u32, u32), f32> =
                before.targets(x).into_iter().map(|old| (old.shard, old.local)).zip(values.drain(..)).collect();
            let value = |target| {
                let old = self.rows.same_target(&before, x, target)?;
                kept.get(&(old.shard, old.local)).copied()
            };
            values.extend(self.rows.targets(x).into_iter().map(|target| value(target).unwrap_or(f32::INFINITY)));
        }
        true
    }

    /// Follows a change of two ports.
    pub fn apply(&mut self, change: &PortChange) {
        let [a, b] = change.ends;
        match change.how {
            How::Opened { latency } => {
                let seeds = [self.seeds(a, b, latency.0[0]), self.seeds(b, a, latency.0[1])];
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
                    let by = latency.0[side] as f32 - before.0[side] as f32;
                    self.rows.for_port(change.ends[side], change.ports[side], |_, value| *value += by);
                }
            }
            How::Failed | How::Restored { .. } => {
                let seeds = [0, 1].map(|side| {
                    change.latency(side).map(|latency| self.seeds(change.ends[side], change.ends[1 - side], latency))
                });
                for (side, seeds) in seeds.into_iter().enumerate() {
                    self.set_link(change.ends[side], change.ports[side], seeds);
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

    /// The least estimate of a row, if there is one, and the ports that have it.
    fn best(&self, x: NodeId, target: Locator) -> Option<NextHops> {
        let least = Some(least(self.rows.quads(x, target))).filter(|least| least.is_finite())?;
        let best = (0..).zip(self.rows.row(x, target)).filter(|&(_, &estimate)| estimate == least);
        Some(NextHops { ticks: f64::from(least), ports: best.map(|(port, _)| port).collect() })
    }

    /// Puts the estimates of a failed link's port aside, or takes them back when it is restored, and `seeds` where
    /// there are none.
    fn set_link(&mut self, x: NodeId, port: u32, seeds: Option<Vec<f32>>) {
        let aside = self.saved.remove(&port).unwrap_or_default();
        let Some(mut restored) = seeds else {
            let mut saved = Vec::new();
            self.rows.for_port(x, port, |_, value| saved.push(std::mem::replace(value, f32::INFINITY)));
            // The direction that a one-way link does not have has none.
            if saved.iter().any(|value| value.is_finite()) {
                self.saved.insert(port, saved);
            }
            return;
        };
        let known = restored.iter_mut().zip(aside).filter(|(_, aside)| aside.is_finite());
        known.for_each(|(seed, aside)| *seed = aside);
        let mut restored = restored.into_iter();
        self.rows.for_port(x, port, |_, value| *value = restored.next().unwrap_or(f32::INFINITY));
    }

    /// The row of `y` that says what is left of the way that an estimate of `x` covers; `None` if it ends at `y`.
    #[inline]
    fn onward(&self, x: NodeId, y: NodeId, access: &Access) -> Option<&[Quad]> {
        let ends = y == access.target || self.enters(self.rows.shard(x), y, access.locator);
        (!ends).then(|| self.rows.quads(y, access.locator))
    }

    /// What `y` tells `x` of the way that is left from it: its least estimate and wait at the tick's start, 0 at the
    /// end.
    #[inline(always)]
    fn told(&self, hop: &Hop, y: NodeId, access: &Access) -> f32 {
        let Some(row) = self.onward(hop.x, y, access) else { return 0.0 };
        let Some(waits) = hop.told(y, self.rows.first_port(y)) else { return least(row) };
        let sums = row.as_flattened().iter().zip(waits).map(|(estimate, wait)| estimate + wait);
        sums.fold(f32::INFINITY, |least, sum| if sum < least { sum } else { least })
    }

    /// The estimate `value` of port `p` with what is known by now: `Q + η·(q + s + min_z Q_y(d, z) − Q)`.
    #[inline(always)]
    fn learned(&self, hop: &Hop, p: usize, access: &Access, value: f32) -> f32 {
        let port = &hop.ports[p];
        let sample = hop.waited + port.latency as f32 + self.told(hop, port.to, access);
        if sample < f32::INFINITY { value + self.rule.learning_rate * (sample - value) } else { value }
    }

    /// Picks a port where all neighbours are asked, where accesses may have to wait at ports, or where more was learned
    /// in this tick: by a copy of the row.
    #[inline(never)]
    fn pick_by_copy(&mut self, hop: &Hop, access: &Access, start: usize) -> Option<usize> {
        let mut row = std::mem::take(&mut self.draft.row);
        row.clear();
        row.extend_from_slice(self.rows.quads_at(start, hop.x));
        self.draft.of_row(start).for_each(|(p, value)| row[p / 4][p % 4] = value);
        if self.rule.full_echo {
            let all = row.as_flattened_mut().iter_mut().enumerate();
            for (p, value) in all.filter(|(_, value)| **value < f32::INFINITY) {
                *value = self.learned(hop, p, access, *value);
                self.draft.note(start, p, *value);
            }
        }
        let estimates: &[f32] = row.as_flattened();
        let chosen = if hop.may_wait() {
            let mut with_waits = std::mem::take(&mut self.draft.with_waits);
            with_waits.clone_from(&row);
            let ports = with_waits.as_flattened_mut()[..hop.ports.len()].iter_mut().enumerate();
            ports.for_each(|(p, value)| *value += hop.wait(p));
            let chosen = self.any_port(hop, &with_waits);
            self.draft.with_waits = with_waits;
            chosen
        } else {
            self.any_port(hop, &row)
        };
        if let Some(p) = chosen {
            let learned = self.learned(hop, p, access, estimates[p]);
            self.draft.note(start, p, learned);
        }
        self.draft.row = row;
        chosen
    }

    /// Writes what was learned in the tick into the rows.
    fn settle(&mut self) {
        let Draft { estimates, node, first, many, row: _, with_waits: _ } = &mut self.draft;
        estimates.drain(..).for_each(|(start, p, value)| *self.rows.value_mut(start, p as usize) = value);
        (*node, *first) = (None, 0);
        if !many.is_empty() {
            many.clear();
        }
    }

    /// The port of the least of a row and the wait there; chance decides among equals.
    #[inline]
    fn quickest_port(&self, hop: &Hop, row: &[Quad]) -> Option<usize> {
        let (row, mut least, mut first, mut ties) = (row.as_flattened(), f32::INFINITY, 0, 0);
        for (p, &estimate) in row.iter().enumerate().filter(|&(_, &estimate)| estimate < f32::INFINITY) {
            let ticks = estimate + hop.wait(p);
            if ticks < least {
                (least, first, ties) = (ticks, p, 1);
            } else {
                ties += u32::from(ticks == least);
            }
        }
        if ties < 2 {
            return (ties == 1).then_some(first);
        }
        let chosen = hop.tie(self.ties, ties) as usize;
        (0..hop.ports.len()).filter(|&p| row[p] + hop.wait(p) == least).nth(chosen)
    }

    /// The port of the least of a row; chance decides among equals.
    #[inline(always)]
    fn best_port(&self, hop: &Hop, row: &[Quad]) -> Option<usize> {
        let (first, is_tied) = argmin(row)?;
        if !is_tied {
            return Some(first);
        }
        let row = row.as_flattened();
        let best = || row.iter().enumerate().filter(|&(_, &estimate)| estimate == row[first]);
        let chosen = hop.tie(self.ties, best().count() as u32) as usize;
        best().nth(chosen).map(|(p, _)| p)
    }

    /// The port of the least of a row; chance decides among equals, and now and then among all.
    fn any_port(&self, hop: &Hop, row: &[Quad]) -> Option<usize> {
        let (x, now) = (hop.x.0, hop.now);
        if self.rule.exploration > 0.0 && self.explores.unit(x, now, 2 * hop.number) < self.rule.exploration {
            let usable = || row.as_flattened().iter().enumerate().filter(|&(_, &estimate)| estimate < f32::INFINITY);
            let count = usable().count() as u32;
            let chosen = if count > 0 { self.explores.below(count, x, now, 2 * hop.number + 1) } else { 0 };
            return usable().nth(chosen as usize).map(|(p, _)| p);
        }
        self.best_port(hop, row)
    }
}

impl Router for QTable {
    fn locators(&self, _: usize) -> Vec<Locator> {
        let Shards { of, rank, .. } = self.rows.shards();
        of.iter().zip(rank).map(|(&shard, &local)| Locator { shard, local }).collect()
    }

    fn follow(&mut self, changes: &[PortChange], fabric: &Fabric) -> bool {
        changes.iter().for_each(|change| self.apply(change));
        changes.iter().any(PortChange::is_space) && self.divide(fabric)
    }

    fn serve(&mut self, fabric: &mut Fabric) {
        fabric.serve(self);
        self.settle();
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let Self { rows, saved, rule: _, division: _, draft: _, ties: _, explores: _ } = self;
        let (estimates, saved) = (Estimates::Held(rows), Cow::Borrowed(saved));
        router::save(&State { estimates, saved }, to)
    }

    fn restore(&mut self, state: &[u8], fabric: &Fabric) -> bool {
        let Some(State { estimates: Estimates::Read(estimates), saved }) = router::read(state) else {
            return false;
        };
        self.divide(fabric);
        let failed = fabric.failed_ports();
        let fits = |(port, values): (&u32, &Vec<f32>)| {
            failed.get(port).is_some_and(|&x| values.len() == self.rows.targets(x).len())
        };
        let fits = saved.iter().all(fits)
            && saved.values().flatten().all(|&value| is_estimate(value))
            && self.rows.restore(&estimates, |port| fabric.ports[port].is_open());
        self.saved = saved.into_owned();
        fits
    }

    fn routes(&self, target: NodeId, visit: &mut dyn FnMut(NodeId, Option<NextHops>) -> bool) {
        let Shards { of, rank, members, .. } = self.rows.shards();
        let locator = Locator { shard: of[target.index()], local: rank[target.index()] };
        let others = members[locator.shard as usize].iter().copied().map(NodeId).filter(|&node| node != target);
        for node in others {
            if !visit(node, self.best(node, locator)) {
                return;
            }
        }
    }

    fn shards(&self) -> Option<&Shards> {
        Some(self.rows.shards()).filter(|shards| shards.count() > 1)
    }

    fn route_into(&self, node: NodeId, shard: u32) -> Option<NextHops> {
        self.best(node, Locator { shard, local: u32::MAX })
    }

    fn first_bad(&self) -> Option<NodeId> {
        self.rows.first_nan()
    }
}

impl Forward for QTable {
    #[inline]
    fn pick(&mut self, hop: &Hop, access: &Access) -> Option<usize> {
        let start = self.rows.start(hop.x, access.locator);
        let is_first = self.draft.at(hop.x);
        let has_learned = !is_first && self.draft.of_row(start).next().is_some();
        if self.rule.full_echo || self.rule.exploration > 0.0 || has_learned {
            return self.pick_by_copy(hop, access, start);
        }
        let row = self.rows.quads_at(start, hop.x);
        let p = if hop.may_wait() { self.quickest_port(hop, row)? } else { self.best_port(hop, row)? };
        let learned = self.learned(hop, p, access, row.as_flattened()[p]);
        self.draft.note(start, p, learned);
        Some(p)
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
