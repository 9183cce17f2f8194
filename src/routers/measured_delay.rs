//! Shortest paths over measured delays, the ARPANET's second routing (McQuillan, Richer and Rosen, "The new routing
//! algorithm for the ARPANET", IEEE Transactions on Communications 28, 1980).
//!
//! A hop from x through port p is estimated as `wait(x) + link(p)`: the wait in x's one FIFO, whatever port follows,
//! and link wait, set-up and transit. Every interval of k ticks each estimate e becomes `e + smoothing·(m − e)`, m the
//! mean of what accesses met in it; where none passed, m is free flow (no wait, the bare latency), as an idle line of
//! the ARPANET reported, so that what was left is tried again. All nodes then route by the new estimates at once, ties
//! at random; between intervals routes stay, so that no access loops. Ports that open, close or change their latency
//! are known at once. It does not model the cost or the delay of telling estimates to all nodes, nor the ARPANET's
//! thresholds below which changes were not told. Under load routes swing, as they did there (Khanna and Zinky 1989).
//! Run in the set `Router`.

use std::borrow::Cow;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::access::{Access, NONE};
use crate::fabric::check::{all_finite, leave_room};
use crate::fabric::port::{Port, PortChange};
use crate::fabric::router::{self, Forward, Hop, NextHops, Router, RouterParameters, Setting};
use crate::random::Keyed;
use crate::routing::UNREACHED;
use crate::routing::fields::{IncomingLinks, on_shortest_path};
use crate::routing::live_trees;
use crate::routing::trees::Trees;
use crate::scenario::{self, Scenario, Tick};
use crate::topology::NodeId;

/// Cost of a closed port: nothing is reached through it.
const CLOSED: u32 = UNREACHED;
/// Finest unit of cost, of a tick.
const MOST_UNITS: u32 = 16;
/// Most that free-flow latencies of a path, and what is measured beyond them, may sum to each, units.
const MOST_COST: u32 = 1 << 31;

/// Along least measured delay, renewed at intervals (the ARPANET's, McQuillan, Richer and Rosen 1980).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Ticks between two renewals of estimates and routes. More: steadier measurements, later reactions.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub recompute_every_ticks: Tick,
    /// Share of the difference to an interval's mean by which an estimate is corrected. More: quicker, and routes
    /// swing.
    #[schemars(range(min = 0, max = 1))]
    pub smoothing: f64,
    /// Memory for destination trees, in MiB; beyond it they are computed again. More: faster on large networks.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_limit_mb: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { recompute_every_ticks: 100, smoothing: 0.5, memory_limit_mb: 128 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "measured_delay";
}

impl RouterParameters for Parameters {
    fn needs(&self, scenario: &Scenario) -> Result<(&'static str, u64), Error> {
        Ok(("the simulation", live_trees::bytes(scenario, self.memory_limit_mb)))
    }

    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error> {
        let trees = live_trees::trees(setting, self.memory_limit_mb);
        let ties = Keyed::new(setting.scenario.seed, "tie");
        Ok(Box::new(MeasuredDelay::new(setting.fabric, self, trees, ties)))
    }
}

/// Something measured, in ticks.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Delay {
    estimate: f64,
    /// Sum and number of what was seen in this interval.
    sum: f64,
    seen: u64,
}

impl Delay {
    fn at(estimate: f64) -> Self {
        Self { estimate, sum: 0.0, seen: 0 }
    }

    fn is_possible(&self) -> bool {
        all_finite([self.estimate, self.sum]) && leave_room([self.seen])
    }

    fn see(&mut self, ticks: f64) {
        self.sum += ticks;
        self.seen += 1;
    }

    /// Ends an interval; `idle` stands for what an access would have met if none passed.
    fn renew(&mut self, smoothing: f64, idle: f64) {
        let mean = if self.seen > 0 { self.sum / self.seen as f64 } else { idle };
        *self = Self::at(self.estimate + smoothing * (mean - self.estimate));
    }
}

/// Costs of hops, by which accesses are routed in this interval.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Costs {
    first: Vec<u32>,
    to: Vec<u32>,
    /// The port of the other direction, or [`NONE`].
    twin: Vec<u32>,
    /// By port, units.
    cost: Vec<u32>,
    units_per_tick: u32,
}

impl Costs {
    /// Ticks in so many units.
    fn ticks(&self, cost: u32) -> f64 {
        f64::from(cost) / f64::from(self.units_per_tick)
    }

    /// Open ports of a node as (number, node it leads to, cost in units).
    fn ports(&self, x: u32) -> impl Iterator<Item = (u32, u32, u32)> {
        (self.first[x as usize]..self.first[x as usize + 1])
            .map(|port| (port, self.to[port as usize], self.cost[port as usize]))
            .filter(|&(_, _, cost)| cost != CLOSED)
    }

    /// Whether these can be the costs of the same network later on, as it is in `fabric`, where ports have such
    /// free-flow latencies.
    fn may_follow(&self, fresh: &Self, fabric: &Fabric, latency: &[u32]) -> bool {
        let ports = fresh.cost.len();
        let open = |port: usize| {
            let (held, twin) = (&fabric.ports[port], self.twin[port] as usize);
            let (least, cost) = (free_flow(latency[port], self.units_per_tick), self.cost[port]);
            let most = least + MOST_COST / self.nodes() as u32 + 1;
            held.is_open() && self.to[port] == held.to.0 && twin < ports && (least..=most).contains(&cost)
        };
        (&self.first, self.units_per_tick) == (&fresh.first, fresh.units_per_tick)
            && [&self.to, &self.twin, &self.cost].map(Vec::len) == [ports; 3]
            && (0..ports).all(|port| self.cost[port] == CLOSED || open(port))
            && (self.twin.iter().zip(&self.to))
                .all(|(&twin, &to)| twin == NONE || (twin as usize) < ports && (to as usize) < self.nodes())
    }

    /// The cost of `latency` ticks when `ticks` are estimated; bounded so that costs of paths have a number.
    fn price(&self, latency: u32, ticks: f64) -> u32 {
        let units = f64::from(self.units_per_tick);
        let beyond = ((ticks - f64::from(latency)) * units).clamp(0.0, f64::from(MOST_COST) / self.nodes() as f64);
        free_flow(latency, self.units_per_tick) + beyond.round() as u32
    }
}

/// The cost of `latency` ticks, units. Longer ones than all space links together, as wormholes may have, are not told
/// apart.
fn free_flow(latency: u32, units_per_tick: u32) -> u32 {
    (u64::from(latency) * u64::from(units_per_tick)).min(MOST_COST.into()) as u32
}

impl IncomingLinks for Costs {
    fn nodes(&self) -> usize {
        self.first.len() - 1
    }

    #[inline]
    fn incoming(&self, x: u32) -> impl Iterator<Item = (u32, u32)> {
        (self.first[x as usize]..self.first[x as usize + 1])
            .map(|port| (port, self.twin[port as usize]))
            // The other port of a wormhole that closed may be one of another by now.
            .filter(|&(port, twin)| twin != NONE && self.twin[twin as usize] == port)
            .map(|(port, twin)| (self.to[port as usize], self.cost[twin as usize]))
    }
}

/// The router: what is measured, and the costs of this interval with trees over them.
#[derive(Debug)]
pub struct MeasuredDelay {
    every: Tick,
    smoothing: f64,
    /// By node.
    waits: Vec<Delay>,
    /// By port.
    links: Vec<Delay>,
    /// Free flow by port, ticks.
    latency: Vec<u32>,
    costs: Costs,
    trees: Trees,
    ties: Keyed,
}

/// All that the future of the router depends on.
#[derive(Debug, Serialize, Deserialize)]
struct State<'a> {
    waits: Cow<'a, [Delay]>,
    links: Cow<'a, [Delay]>,
    latency: Cow<'a, [u32]>,
    costs: Cow<'a, Costs>,
}

impl MeasuredDelay {
    /// From free flow.
    fn new(fabric: &Fabric, parameters: &Parameters, trees: Trees, ties: Keyed) -> Self {
        let (nodes, ports) = (fabric.queues.len(), fabric.ports.len());
        let mut first: Vec<u32> = fabric.queues.iter().map(|queue| queue.first_port).collect();
        first.push(ports as u32);
        let (mut twin, mut sum) = (vec![NONE; ports], 0u64);
        for &[from, to] in &fabric.link_ports {
            (twin[from as usize], twin[to as usize]) = (to, from);
            let [forth, back] = [from, to].map(|port| fabric.ports[port as usize].latency);
            sum += u64::from(forth.max(back));
        }
        let mut units_per_tick = MOST_UNITS;
        while units_per_tick > 1 && sum * u64::from(units_per_tick) > u64::from(MOST_COST) {
            units_per_tick /= 2;
        }
        let latency: Vec<u32> = fabric.ports.iter().map(|port| port.latency).collect();
        let cost = |port: &Port| if port.is_open() { free_flow(port.latency, units_per_tick) } else { CLOSED };
        Self {
            every: parameters.recompute_every_ticks,
            smoothing: parameters.smoothing,
            waits: vec![Delay::default(); nodes],
            links: latency.iter().map(|&latency| Delay::at(f64::from(latency))).collect(),
            latency,
            costs: Costs {
                first,
                to: fabric.ports.iter().map(|port| port.to.0).collect(),
                twin,
                cost: fabric.ports.iter().map(cost).collect(),
                units_per_tick,
            },
            trees,
            ties,
        }
    }
}

impl Router for MeasuredDelay {
    /// What opens is estimated at free flow, what gets another latency is shifted by it.
    fn follow(&mut self, changes: &[PortChange], _: &Fabric) -> bool {
        for change in changes {
            for side in 0..2 {
                let (port, x) = (change.ports[side] as usize, change.ends[side].index());
                self.costs.to[port] = change.ends[1 - side].0;
                self.costs.twin[port] = change.ports[1 - side];
                let Some(latency) = change.latency(side) else {
                    self.costs.cost[port] = CLOSED;
                    continue;
                };
                let was_open = self.costs.cost[port] != CLOSED;
                let beyond = if was_open { self.links[port].estimate - f64::from(self.latency[port]) } else { 0.0 };
                self.links[port] = Delay::at(f64::from(latency) + beyond.max(0.0));
                self.latency[port] = latency;
                self.costs.cost[port] = self.costs.price(latency, self.waits[x].estimate + self.links[port].estimate);
            }
        }
        if !changes.is_empty() {
            self.trees.forget();
        }
        false
    }

    /// An interval may end.
    fn begin_tick(&mut self, now: Tick) {
        if now == 0 || !now.is_multiple_of(self.every) {
            return;
        }
        for x in 0..self.waits.len() {
            self.waits[x].renew(self.smoothing, 0.0);
            for port in self.costs.first[x] as usize..self.costs.first[x + 1] as usize {
                let latency = self.latency[port];
                self.links[port].renew(self.smoothing, f64::from(latency));
                if self.costs.cost[port] != CLOSED {
                    let ticks = self.waits[x].estimate + self.links[port].estimate;
                    self.costs.cost[port] = self.costs.price(latency, ticks);
                }
            }
        }
        self.trees.forget();
    }

    fn serve(&mut self, fabric: &mut Fabric) {
        fabric.serve(self);
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let Self { waits, links, latency, costs, every: _, smoothing: _, trees: _, ties: _ } = self;
        let state =
            State { waits: waits.into(), links: links.into(), latency: latency.into(), costs: Cow::Borrowed(costs) };
        router::save(&state, to)
    }

    fn restore(&mut self, state: &[u8], fabric: &Fabric) -> bool {
        let Some(State { waits, links, latency, costs }) = router::read(state) else { return false };
        if (waits.len(), links.len(), latency.len()) != (self.waits.len(), self.links.len(), self.latency.len())
            || !costs.may_follow(&self.costs, fabric, &latency)
            || !waits.iter().chain(&*links).all(Delay::is_possible)
        {
            return false;
        }
        (self.waits, self.links) = (waits.into_owned(), links.into_owned());
        (self.latency, self.costs) = (latency.into_owned(), costs.into_owned());
        self.trees.forget();
        true
    }

    fn routes(&self, target: NodeId, visit: &mut dyn FnMut(NodeId, Option<NextHops>) -> bool) {
        // A tree of its own: those that are kept are left as they are.
        let mut trees = Trees::new(self.waits.len(), 0);
        let distances = trees.distances(target.0, &self.costs);
        for node in (0..self.waits.len() as u32).map(NodeId).filter(|&node| node != target) {
            let here = distances[node.index()];
            let taken = |&(_, y, cost): &(u32, u32, u32)| on_shortest_path(distances, here, y, cost);
            let ports = self.costs.ports(node.0).filter(taken);
            let ports = ports.map(|(port, ..)| port - self.costs.first[node.index()]).collect();
            let hops = (here != UNREACHED).then(|| NextHops { ticks: self.costs.ticks(here), ports });
            if !visit(node, hops) {
                return;
            }
        }
    }

    fn first_bad(&self) -> Option<NodeId> {
        let bad = |delay: &Delay| !delay.estimate.is_finite();
        let ports = |x: usize| self.costs.first[x] as usize..self.costs.first[x + 1] as usize;
        let node = (0..self.waits.len()).find(|&x| bad(&self.waits[x]) || self.links[ports(x)].iter().any(bad))?;
        Some(NodeId(node as u32))
    }
}

impl Forward for MeasuredDelay {
    const HEARS_DEPARTURES: bool = true;

    #[inline]
    fn pick(&mut self, hop: &Hop, access: &Access) -> Option<usize> {
        let x = hop.x.index();
        let distances = self.trees.distances(access.target.0, &self.costs);
        let here = distances[x];
        if here == UNREACHED {
            return None;
        }
        let first = self.costs.first[x] as usize;
        let costs = &self.costs.cost[first..first + hop.ports.len()];
        let on_path = |(port, &cost): (&Port, &u32)| {
            port.is_open() && cost != CLOSED && on_shortest_path(distances, here, port.to.0, cost)
        };
        let ties = hop.ports.iter().zip(costs).filter(|&port| on_path(port)).count();
        let chosen = hop.tie(self.ties, ties as u32) as usize;
        // An access that skips its origin's queue says nothing about it.
        if hop.waited >= 0.0 {
            self.waits[x].see(f64::from(hop.waited));
        }
        hop.ports.iter().zip(costs).enumerate().filter(|&(_, port)| on_path(port)).nth(chosen).map(|(p, _)| p)
    }

    #[inline]
    fn departed(&mut self, port: u32, spent: u32) {
        self.links[port as usize].see(f64::from(spent));
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    #[test]
    fn an_estimate_moves_by_its_share_to_the_mean_or_to_free_flow() {
        let mut delay = Delay::at(4.0);
        [6.0, 10.0].into_iter().for_each(|ticks| delay.see(ticks));
        delay.renew(0.25, 4.0);
        assert_eq!(delay.estimate, 5.0);
        delay.renew(0.25, 4.0);
        assert_eq!(delay.estimate, 4.75, "nothing passed");
    }

    #[test]
    fn distances_follow_the_direction_of_travel() {
        let mut rng = stream(51, "test");
        for _ in 0..100 {
            let nodes = rng.random_range(2..12usize);
            let links: Vec<[usize; 2]> = (0..2 * nodes)
                .map(|_| [rng.random_range(0..nodes), rng.random_range(0..nodes)])
                .filter(|[a, b]| a != b)
                .collect();
            let (mut first, mut to, mut twin, mut at) = (vec![0], Vec::new(), Vec::new(), vec![[0; 2]; links.len()]);
            for x in 0..nodes {
                for (link, ends) in links.iter().enumerate() {
                    for side in (0..2).filter(|&side| ends[side] == x) {
                        at[link][side] = to.len() as u32;
                        to.push(ends[1 - side] as u32);
                        twin.push([link, 1 - side]);
                    }
                }
                first.push(to.len() as u32);
            }
            let twin: Vec<u32> = twin.into_iter().map(|[link, side]| at[link][side]).collect();
            let cost: Vec<u32> = to.iter().map(|_| rng.random_range(1..20)).collect();
            // Floyd and Warshall, with directions, by end and start.
            let mut d = vec![vec![u64::MAX / 4; nodes]; nodes];
            (0..nodes).for_each(|x| d[x][x] = 0);
            for (link, ends) in links.iter().enumerate() {
                for side in 0..2 {
                    let best = &mut d[ends[1 - side]][ends[side]];
                    *best = u64::from(cost[at[link][side] as usize]).min(*best);
                }
            }
            for k in 0..nodes {
                for i in 0..nodes {
                    for j in 0..nodes {
                        d[j][i] = d[j][i].min(d[k][i] + d[j][k]);
                    }
                }
            }
            let costs = Costs { first, to, twin, cost, units_per_tick: 1 };
            let mut trees = Trees::new(nodes, 1 << 20);
            for (target, right) in (0..).zip(&d) {
                for (&distance, &right) in trees.distances(target, &costs).iter().zip(right) {
                    assert_eq!(distance, if right > 1 << 40 { UNREACHED } else { right as u32 });
                }
            }
        }
    }
}
