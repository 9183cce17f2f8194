//! `analytics/bottlenecks.json`: where measured accesses waited.
//!
//! A wait at a port counts when the access departs, a wait in a node's FIFO when it is served; both count in the
//! tick in which that is, whatever becomes of the access later. Waits for wormholes being set up are none of these.

use std::collections::BTreeMap;

use super::rows::{held, names};
use crate::fabric::port::UNLIMITED;
use crate::fabric::{Fabric, Passed};
use crate::recorder::Measured;
use crate::recorder::bottlenecks::{Bottlenecks, LinkKind, LinkWaiting, NodeWaiting};
use crate::scenario::CapacityUnit;
use crate::simulation::Simulation;
use crate::store::json::VERSION;
use crate::topology::NodeId;
use crate::world::resources::Clock;

/// Path within the `wormholes` tree.
pub const PATH: &str = "analytics/bottlenecks.json";

/// Most rows of a list.
const MOST: usize = 100;

/// One direction, before there are shares.
struct Direction {
    kind: LinkKind,
    ends: [NodeId; 2],
    /// Place of the end where it begins.
    side: usize,
    capacity: Option<u32>,
    passed: Passed,
}

impl Bottlenecks {
    /// Where accesses waited up to the end of the present tick.
    pub fn of(simulation: &Simulation) -> Self {
        let (topology, nodes) = (&simulation.scenario().topology, simulation.scenario().nodes);
        let measured = simulation.measured();
        let served = &measured.waits.nodes;
        let directions = directions(simulation, &measured);
        let passed = served.iter().chain(directions.iter().map(|direction| &direction.passed));
        let archived_waited_ticks = measured.wormholes.archived.waited;
        let waited_ticks = passed.map(|passed| passed.waited).sum::<u64>() + archived_waited_ticks;
        let share = |waited: u64| if waited == 0 { 0.0 } else { waited as f64 / waited_ticks as f64 };
        let per_tick =
            |accesses: u64| if measured.ticks == 0 { 0.0 } else { accesses as f64 / f64::from(measured.ticks) };

        // A capacity in units of size is not used by so many accesses.
        let counts = nodes.capacity_unit == CapacityUnit::Accesses;
        let link = |direction: &Direction| {
            let &Direction { kind, ends, side, capacity, passed } = direction;
            let ends = names(topology, ends);
            let carried_per_tick = per_tick(passed.accesses);
            LinkWaiting {
                from: ends[side].clone(),
                to: ends[1 - side].clone(),
                ends,
                kind,
                capacity_per_tick: capacity,
                carried_per_tick,
                utilisation: capacity.filter(|_| counts).map(|capacity| carried_per_tick / f64::from(capacity)),
                waited_ticks: passed.waited,
                share_of_waiting: share(passed.waited),
            }
        };
        let node = |(node, passed): (NodeId, &Passed)| {
            let served_per_tick = per_tick(passed.accesses);
            NodeWaiting {
                node: topology.node(node).name.to_string(),
                service_per_tick: nodes.service_per_tick,
                served_per_tick,
                utilisation: served_per_tick / f64::from(nodes.service_per_tick),
                waited_ticks: passed.waited,
                share_of_waiting: share(passed.waited),
            }
        };
        let links = directions.iter().map(link).collect();
        let (links, links_left_out) =
            worst(links, |row: &LinkWaiting| (row.waited_ticks, row.utilisation.unwrap_or(0.0)));
        let rows = topology.nodes().map(|(id, _)| id).zip(served).map(node).collect();
        let (nodes, nodes_left_out) = worst(rows, |row: &NodeWaiting| (row.waited_ticks, row.utilisation));
        let (tick, measured_ticks) = (simulation.world().resource::<Clock>().now, measured.ticks);
        Self {
            version: VERSION,
            tick,
            measured_ticks,
            waited_ticks,
            archived_waited_ticks,
            links,
            links_left_out,
            nodes,
            nodes_left_out,
        }
    }
}

/// Both directions of all links and wormholes.
fn directions(simulation: &Simulation, measured: &Measured) -> Vec<Direction> {
    let fabric = simulation.world().resource::<Fabric>();
    let space = simulation.scenario().topology.links().flat_map(|(link, a, b, _)| {
        [0, 1].map(|side| {
            let port = fabric.link_ports[link as usize][side] as usize;
            let capacity = Some(fabric.ports[port].capacity).filter(|&capacity| capacity != UNLIMITED);
            let passed = Passed { accesses: measured.loads[port], waited: measured.waits.links[port] };
            Direction { kind: LinkKind::Space, ends: [a, b], side, capacity, passed }
        })
    });
    let mut between: BTreeMap<[NodeId; 2], (Option<u32>, [Passed; 2])> = BTreeMap::new();
    for (wormhole, _) in held(simulation) {
        let (capacity, sides) = between.entry(wormhole.ends).or_default();
        if wormhole.is_active() {
            *capacity = Some(wormhole.capacity);
        }
        let passed = measured.wormholes.held.get(&wormhole.id).copied().unwrap_or_default();
        sides.iter_mut().zip(passed).for_each(|(sum, passed)| *sum += passed);
    }
    let wormholes = between.into_iter().flat_map(|(ends, (capacity, passed))| {
        [0, 1].map(|side| Direction { kind: LinkKind::Wormhole, ends, side, capacity, passed: passed[side] })
    });
    let used = wormholes.filter(|direction| direction.capacity.is_some() || direction.passed.accesses > 0);
    space.chain(used).collect()
}

/// The worst rows, the worst first, and how many are left out.
fn worst<T>(mut rows: Vec<T>, badness: impl Fn(&T) -> (u64, f64)) -> (Vec<T>, usize) {
    rows.sort_by(|a, b| {
        let ((waited_a, used_a), (waited_b, used_b)) = (badness(a), badness(b));
        waited_b.cmp(&waited_a).then(used_b.total_cmp(&used_a))
    });
    let left_out = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    (rows, left_out)
}
