//! What of the fabric a snapshot holds; the rest follows from the scenario or is made again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Fabric, Lane, Totals};
use crate::scenario::Tick;
use crate::world::access::{NONE, Pool, Transit};
use crate::world::port::Port;

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
            changes: _,
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
        }
    }

    /// Takes on a state of the same scenario; false, and nothing changed, if it is of another one.
    pub fn restore(&mut self, state: FabricState) -> bool {
        if state.lanes.len() != self.lanes.len() || state.ports.len() != self.ports.len() {
            return false;
        }
        let FabricState { now, lanes, ports, pool, transit, traversals, destinations, totals, history } = state;
        (self.now, self.totals, self.history) = (now, totals, history);
        (self.lanes, self.ports) = (lanes.into_owned(), ports.into_owned());
        (self.pool, self.transit) = (pool.into_owned(), transit.into_owned());
        (self.traversals, self.destinations) = (traversals.into_owned(), destinations.into_owned());
        self.busy.fill(0);
        for (node, _) in self.lanes.iter().enumerate().filter(|(_, lane)| lane.head != NONE) {
            self.busy[node / 64] |= 1 << (node % 64);
        }
        self.stale = [true; 2];
        self.changes.clear();
        true
    }

    /// Lets accesses under way be found in the tables of the scenario's router, after a state of another router.
    pub fn locate_again(&mut self) {
        self.pool.locate(&self.locators);
    }
}
