//! What of the fabric a snapshot holds; the rest follows from the scenario or is made again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Fabric, Lane, Totals, Waits};
use crate::scenario::Tick;
use crate::topology::NodeId;
use crate::world::access::{Access, NONE, Pool, Slot, Transit};
use crate::world::port::{Port, PortChange};

/// All that moves, and the counters of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct FabricState<'a> {
    now: Tick,
    lanes: Cow<'a, [Lane]>,
    ports: Cow<'a, [Port]>,
    pool: Cow<'a, Pool>,
    transit: Cow<'a, Transit>,
    traversals: Cow<'a, [u32]>,
    destinations: Cow<'a, [f32]>,
    totals: Totals,
    history: u64,
    waits: Cow<'a, Waits>,
    changes: Cow<'a, [PortChange]>,
}

impl Fabric {
    /// Its state between two ticks.
    pub fn state(&self) -> FabricState<'_> {
        let Self {
            now,
            lanes,
            ports,
            pool,
            transit,
            traversals,
            destinations,
            totals,
            history,
            waits,
            changes,
            // From the scenario.
            link_ports: _,
            locators: _,
            shard_of: _,
            shards: _,
            rules: _,
            // Found again.
            busy: _,
            part_of: _,
            broken: _,
            stale: _,
            // Empty or without meaning between ticks.
            fresh: _,
            delivered: _,
            offered: _,
            due: _,
        } = self;
        FabricState {
            now: *now,
            lanes: lanes.into(),
            ports: ports.into(),
            pool: Cow::Borrowed(pool),
            transit: Cow::Borrowed(transit),
            traversals: traversals.into(),
            destinations: destinations.into(),
            totals: *totals,
            history: *history,
            waits: Cow::Borrowed(waits),
            changes: changes.into(),
        }
    }

    /// Takes on a state of the same scenario; false, and nothing changed, if it is of another one or no state at all.
    pub fn restore(&mut self, state: FabricState) -> bool {
        if !self.has_room_for(&state) || !state.accounts_for_all_slots() {
            return false;
        }
        let FabricState { now, lanes, ports, pool, transit, traversals, destinations, totals, history, waits, changes } =
            state;
        (self.now, self.totals, self.history) = (now, totals, history);
        self.waits = waits.into_owned();
        (self.lanes, self.ports) = (lanes.into_owned(), ports.into_owned());
        (self.pool, self.transit) = (pool.into_owned(), transit.into_owned());
        (self.traversals, self.destinations) = (traversals.into_owned(), destinations.into_owned());
        self.busy.fill(0);
        for (node, _) in self.lanes.iter().enumerate().filter(|(_, lane)| lane.head != NONE) {
            self.busy[node / 64] |= 1 << (node % 64);
        }
        self.stale = [true; 2];
        self.changes = changes.into_owned();
        true
    }

    /// Whether all numbers in a state are those of things that are there.
    fn has_room_for(&self, state: &FabricState) -> bool {
        let (nodes, ports, wormholes) = (self.lanes.len(), self.ports.len(), state.traversals.len());
        let is_node = |node: NodeId| node.index() < nodes;
        let same_lane =
            |(a, b): (&Lane, &Lane)| (a.first_port, a.space_ports, a.ports) == (b.first_port, b.space_ports, b.ports);
        let port = |(own, port): (&Port, &Port)| {
            let of_wormhole = port.wormhole == NONE || (port.wormhole as usize) < wormholes;
            let far_end = if own.wormhole == NONE && own.to.0 != NONE { port.to == own.to } else { is_node(port.to) };
            of_wormhole && port.latency > 0 && port.capacity > 0 && (far_end || !port.is_open())
        };
        let access = |access: &Access| {
            let via = access.via == NONE || (access.via as usize) < ports;
            [access.origin, access.target, access.at].into_iter().all(is_node) && via
        };
        let change = |change: &PortChange| {
            change.ports.into_iter().all(|port| (port as usize) < ports) && change.ends.into_iter().all(is_node)
        };
        state.lanes.len() == nodes
            && state.ports.len() == ports
            && state.transit.buckets() == self.transit.buckets()
            && state.destinations.len() == wormholes * self.shards as usize
            && [state.waits.nodes.len(), state.waits.links.len(), state.waits.wormholes.len()]
                == [nodes, ports, wormholes]
            && self.lanes.iter().zip(&*state.lanes).all(same_lane)
            && self.ports.iter().zip(&*state.ports).all(port)
            && state.pool.slots().iter().all(access)
            && state.changes.iter().all(change)
    }

    /// Lets accesses under way be found in the tables of the scenario's router, after a state of another router.
    pub fn locate_again(&mut self) {
        self.pool.locate(&self.locators);
    }
}

impl FabricState<'_> {
    /// Whether every slot is in one FIFO, in transit, or free, and counted there.
    fn accounts_for_all_slots(&self) -> bool {
        let slots = self.pool.slots();
        let mut seen = vec![false; slots.len()];
        let mut first_time =
            |slot: Slot| seen.get_mut(slot as usize).is_some_and(|seen| !std::mem::replace(seen, true));
        let mut under_way = 0;
        for lane in &*self.lanes {
            let (mut next, mut last, mut queued) = (lane.head, NONE, 0);
            while next != NONE {
                if !first_time(next) {
                    return false;
                }
                (last, next, queued) = (next, slots[next as usize].next, queued + 1);
            }
            if last != lane.tail && lane.head != NONE || queued != lane.queued {
                return false;
            }
            under_way += queued;
        }
        for slot in self.transit.slots() {
            if !first_time(slot) {
                return false;
            }
            under_way += 1;
        }
        let mut free = self.pool.first_free();
        while let Some(slot) = free {
            if !first_time(slot) {
                return false;
            }
            let next = slots[slot as usize].next;
            free = (next != NONE).then_some(next);
        }
        under_way == self.pool.len() && seen.iter().all(|&seen| seen)
    }
}
