//! What of the fabric a snapshot holds; the rest follows from the scenario or is made again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Fabric, Lane, Totals, Waits};
use crate::scenario::{MAX_TICKS, Tick};
use crate::topology::NodeId;
use crate::world::access::{Access, NONE, Pool, Slot, Transit};
use crate::world::check::{all_finite, leave_room, leaves_room};
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

    /// Takes on a state of the same scenario, or of one with another router; false, and nothing changed, if it is of another
    /// one or no state at all.
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
        self.pool.locate(&self.locators);
        (self.traversals, self.destinations) = (traversals.into_owned(), destinations.into_owned());
        self.busy.fill(0);
        for (node, _) in self.lanes.iter().enumerate().filter(|(_, lane)| lane.head != NONE) {
            self.busy[node / 64] |= 1 << (node % 64);
        }
        self.stale = [true; 2];
        self.changes = changes.into_owned();
        true
    }

    /// Ports of space links that are closed, each with its node.
    pub fn failed_ports(&self) -> BTreeMap<u32, NodeId> {
        let closed = |(port, _): &(u32, u32)| !self.ports[*port as usize].is_open();
        let both = self.link_ports.iter().flat_map(|&[from, to]| [(from, to), (to, from)]);
        both.filter(closed).map(|(port, twin)| (port, self.ports[twin as usize].to)).collect()
    }

    /// Whether all numbers in a state are those of things that are there.
    fn has_room_for(&self, state: &FabricState) -> bool {
        let (nodes, ports, wormholes) = (self.lanes.len(), self.ports.len(), state.traversals.len());
        let same_lane = |(a, b): (&Lane, &Lane)| {
            (a.first_port, a.space_ports, a.ports) == (b.first_port, b.space_ports, b.ports) && (b.up || b.queued == 0)
        };
        let follows = |port: u32, is_space| {
            let (fresh, port) = (&self.ports[port as usize], &state.ports[port as usize]);
            port.may_follow(fresh, is_space, state.now, state.pool.len())
                && (port.wormhole == NONE || (port.wormhole as usize) < wormholes)
                && (!port.is_open() || is_space || port.to.index() < nodes && port.wormhole != NONE)
        };
        let ports_follow = |lane: &Lane| {
            let (space, own) = (lane.first_port + lane.space_ports, lane.first_port..lane.first_port + lane.ports);
            own.into_iter().all(|port| follows(port, port < space))
        };
        let change = |change: &PortChange| {
            let side = |(port, end): (u32, NodeId)| {
                self.lanes.get(end.index()).is_some_and(|lane| {
                    let space = lane.first_port + lane.space_ports;
                    let own =
                        if change.is_space() { lane.first_port..space } else { space..lane.first_port + lane.ports };
                    own.contains(&port)
                })
            };
            let [a, b] = change.ends;
            a != b && change.ports.into_iter().zip(change.ends).all(side) && change.latencies_are_possible()
        };
        state.now < MAX_TICKS
            && state.lanes.len() == nodes
            && state.ports.len() == ports
            && state.transit.buckets() == self.transit.buckets()
            && state.transit.is_ahead_of(state.now)
            && state.destinations.len() == wormholes * self.shards as usize
            && [state.waits.nodes.len(), state.waits.links.len(), state.waits.wormholes.len()]
                == [nodes, ports, wormholes]
            && self.lanes.iter().zip(&*state.lanes).all(same_lane)
            && self.lanes.iter().all(ports_follow)
            && state.pool.slots().iter().all(|access| access.is_among(nodes, ports, wormholes))
            && state.totals.leave(state.pool.len())
            && leave_room(state.waits.counts())
            && state.traversals.iter().all(|&count| leaves_room(count))
            && all_finite(state.destinations.iter().copied().map(f64::from))
            && state.changes.iter().all(change)
    }
}

impl Totals {
    /// Whether so many accesses are under way by these totals, which may grow.
    fn leave(&self, in_flight: u32) -> bool {
        let Self { injected, delivered, dropped, hops, wormhole_hops } = *self;
        let ended = dropped.into_iter().map(u128::from).sum::<u128>() + u128::from(delivered);
        u128::from(injected) == ended + u128::from(in_flight) && wormhole_hops <= hops && leave_room([injected, hops])
    }

    /// Whether these may have been so before `later`.
    pub fn may_precede(&self, later: &Self) -> bool {
        let Self { injected, delivered, dropped, hops, wormhole_hops } = *self;
        injected <= later.injected
            && delivered <= later.delivered
            && dropped.iter().zip(&later.dropped).all(|(before, now)| before <= now)
            && hops <= later.hops
            && wormhole_hops <= later.wormhole_hops
    }
}

impl FabricState<'_> {
    /// Whether every slot is in one FIFO, in transit, or free, and counted there, and every access is in time.
    fn accounts_for_all_slots(&self) -> bool {
        let slots = self.pool.slots();
        let mut seen = vec![false; slots.len()];
        let mut first_time =
            |slot: Slot| seen.get_mut(slot as usize).is_some_and(|seen| !std::mem::replace(seen, true));
        let is_here = |access: &Access, node: usize| {
            access.at.index() == node && access.arrival().is_some_and(|arrival| arrival <= self.now)
        };
        let mut under_way = 0;
        for (node, lane) in self.lanes.iter().enumerate() {
            let (mut next, mut last, mut queued) = (lane.head, NONE, 0);
            while next != NONE {
                if !first_time(next) || !is_here(&slots[next as usize], node) {
                    return false;
                }
                (last, next, queued) = (next, slots[next as usize].next, queued + 1);
            }
            if last != lane.tail || queued != lane.queued {
                return false;
            }
            under_way += queued;
        }
        for (due, slot) in self.transit.iter(self.now) {
            if !first_time(slot) || slots[slot as usize].arrival() != Some(due) {
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
