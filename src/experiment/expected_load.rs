//! The load that the accesses of a scenario put on nodes and links if all take shortest ways over space, as means over
//! the run. What queues, fails and learns is left out: it tells whether a load can fit, not how it is borne.

use crate::error::Error;
use crate::routing::cost::Cost;
use crate::routing::route::Route;
use crate::routing::trees::Trees;
use crate::routing::view::View;
use crate::scenario::{Demand, Scenario, Tick};
use crate::topology::NodeId;
use crate::workload::Source;
use crate::workload::rates::expected_accesses;

/// Nodes of the largest network whose load is computed: it takes a tree a target and a way a pair.
const MAX_NODES: usize = 1000;

/// Windows of a run whose busiest one tells of peaks.
const WINDOWS: Tick = 50;

/// Mean load.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedLoad {
    /// Accesses per tick.
    pub accesses_per_tick: f64,
    /// Accesses that leave each node per tick, by id.
    pub nodes: Vec<f64>,
    /// Accesses that enter each link per tick at its first and second end.
    pub links: Vec<[f64; 2]>,
    /// Mean links of a way.
    pub hops: f64,
    /// The accesses of the busiest fiftieth of the run over those of the mean one; 1 unless a trace says more.
    pub peak: f64,
}

impl ExpectedLoad {
    /// The nodes that most leave, with how many per tick; those that some leave.
    pub fn busiest(&self, most: usize) -> Vec<(NodeId, f64)> {
        let mut nodes: Vec<(NodeId, f64)> = (0..).map(NodeId).zip(self.nodes.iter().copied()).collect();
        nodes.retain(|&(_, load)| load > 0.0);
        nodes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        nodes.truncate(most);
        nodes
    }

    /// Nodes that more leave than they serve, and directions of links that more enter than they carry.
    pub fn overloaded(&self, scenario: &Scenario) -> [u64; 2] {
        let service = f64::from(scenario.nodes.service_per_tick);
        let nodes = self.nodes.iter().filter(|&&load| load > service).count();
        let over = |(link, loads): (crate::topology::Link, &[f64; 2])| {
            let sides = [0, 1].into_iter().filter(|&side| {
                let capacity = link.direction(side).and_then(|direction| direction.capacity_per_tick);
                capacity.is_some_and(|capacity| loads[side] > f64::from(capacity.get()))
            });
            sides.count()
        };
        let links = scenario.topology.links().map(|(.., link)| link);
        [nodes as u64, links.zip(&self.links).map(over).sum::<usize>() as u64]
    }
}

/// The load of a scenario; none for networks that are too large.
///
/// # Errors
/// A trace that can no longer be read.
pub fn expected_load(scenario: &Scenario) -> Result<Option<ExpectedLoad>, Error> {
    let topology = &scenario.topology;
    let nodes = topology.node_count();
    if nodes > MAX_NODES {
        return Ok(None);
    }
    let view = View::of_topology(topology, Cost::Latency, 0)?;
    let port_links = port_links(&view, scenario);
    let mut trees = Trees::new(nodes, u64::MAX);
    let mut route = Route::default();
    let mut load = ExpectedLoad {
        accesses_per_tick: 0.0,
        nodes: vec![0.0; nodes],
        links: vec![[0.0; 2]; topology.link_count()],
        hops: 0.0,
        peak: peak(scenario)?,
    };
    let ticks = f64::from(scenario.ticks);
    for ((origin, target), accesses) in expected_accesses(scenario)? {
        if trees.route(&view, origin.0, target.0, &mut route).is_none() {
            continue;
        }
        let rate = accesses / ticks;
        load.accesses_per_tick += rate;
        load.hops += rate * route.hops() as f64;
        for (&node, &port) in route.nodes.iter().zip(&route.ports) {
            load.nodes[node as usize] += rate;
            let (link, side) = port_links[port as usize];
            load.links[link as usize][side] += rate;
        }
    }
    if load.accesses_per_tick > 0.0 {
        load.hops /= load.accesses_per_tick;
    }
    Ok(Some(load))
}

/// By port, its link and the end that it is at.
fn port_links(view: &View, scenario: &Scenario) -> Vec<(u32, usize)> {
    let mut found = vec![(0, 0); view.port_count()];
    for (link, a, b, _) in scenario.topology.links() {
        for (side, [from, to]) in [[a, b], [b, a]].into_iter().enumerate() {
            let mut ports = view.ports(from.0);
            if let Some((port, ..)) = ports.find(|&(_, end, _)| end == to.0) {
                found[port as usize] = (link, side);
            }
        }
    }
    found
}

fn peak(scenario: &Scenario) -> Result<f64, Error> {
    let traces = || scenario.workloads.iter().filter(|workload| matches!(workload.demand, Demand::Trace { .. }));
    let mut windows = vec![0_u64; WINDOWS as usize];
    for workload in traces() {
        let mut source = Source::new(scenario, workload)?;
        for now in 0..scenario.ticks {
            let window = u64::from(now) * u64::from(WINDOWS) / u64::from(scenario.ticks);
            source.emit(now, |_, _, _| windows[window as usize] += 1)?;
        }
    }
    let all: u64 = windows.iter().sum();
    let busiest = windows.iter().max().copied().unwrap_or(0);
    Ok(if all == 0 { 1.0 } else { busiest as f64 * f64::from(WINDOWS) / all as f64 })
}
