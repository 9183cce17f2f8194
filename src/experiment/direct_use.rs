//! What a run opened and closed, in the direct-use ledger of its scenario (see [`crate::opening::foreseen`]).
//!
//! A request is judged by what was open when its tick's *Traffic* began. What a policy opens or closes in a tick, and
//! what fades in it, therefore holds from the next tick on; what fails is closed in the same tick. Wormholes of an
//! earlier run are left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::direct_use::{Action, Event, Pair, Schedule};
use crate::error::Error;
use crate::fabric::WormholeId;
use crate::opening::foreseen::Foreseen;
use crate::scenario::Scenario;
use crate::world::journal::{Change, Record};

/// Follows the journal of a run.
#[derive(Debug, Default)]
pub struct Follower {
    open: BTreeMap<WormholeId, Pair>,
    schedule: Schedule,
}

impl Follower {
    /// Sees the next lines of the journal.
    pub fn see(&mut self, records: &[Record]) {
        for record in records {
            let now = u64::from(record.tick);
            match &record.change {
                Change::Opened { wormhole, ends, reason, .. } => {
                    let Ok(pair) = Pair::new(ends[0].0, ends[1].0) else { continue };
                    self.open.insert(*wormhole, pair);
                    let tick = if reason.at_start { now } else { now + 1 };
                    self.schedule.events.push(Event { tick, pair, action: Action::Open });
                }
                Change::Dormant { wormhole, reason, .. } => {
                    let Some(pair) = self.open.remove(wormhole) else { continue };
                    let tick = if reason.is_of_network() { now } else { now + 1 };
                    self.schedule.events.push(Event { tick, pair, action: Action::Close });
                }
                _ => {}
            }
        }
    }

    /// All that was opened and closed.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

/// What a run costs in the direct-use ledger.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectUse {
    /// All of it, ticks.
    pub cost: f64,
    /// How often a wormhole opened, reopenings included.
    pub openings: u64,
}

impl DirectUse {
    /// That of a schedule with the accesses, network and prices of a scenario; none if nothing carries wormholes there.
    ///
    /// # Errors
    /// Those of [`Foreseen::of`].
    pub fn of(scenario: &Scenario, schedule: &Schedule) -> Result<Option<Self>, Error> {
        if scenario.wormholes.carrier.is_none() {
            return Ok(None);
        }
        let ledger = Foreseen::of(scenario, &[])?.ledger;
        let bill = schedule.bill(&ledger)?;
        Ok(Some(Self { cost: ledger.tariff().exact_cost(&bill), openings: bill.openings }))
    }
}
