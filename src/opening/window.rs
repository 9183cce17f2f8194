//! Window: at intervals, the best set of pairs for the accesses since the last time.

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair, heaviest_pairs};
use super::policy::{Network, OpeningPolicy, PolicyParameters, Prices};
use super::rival::{Rival, RivalPolicy};
use crate::error::Error;
use crate::fabric::router;
use crate::scenario::{self, Scenario, Tick};

/// Every so many ticks, the set of pairs that would have saved most since the last time; all others close. Prices are
/// not looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// W, ticks. More: steadier, and later where demand moves.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub every_ticks: Tick,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { every_ticks: 1000 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "window";
}

impl PolicyParameters for Parameters {
    fn build(&self, _: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        Ok(RivalPolicy::boxed(Window::new(self.every_ticks)))
    }

    fn keeps(&self) -> bool {
        true
    }

    fn reads(&self) -> Prices {
        Prices::NONE
    }
}

/// The rule.
#[derive(Debug)]
pub(super) struct Window {
    every: Tick,
    /// What accesses would have saved since the last time, ticks.
    saved: BTreeMap<Pair, u64>,
}

impl Window {
    /// The rule that decides every so many ticks.
    pub fn new(every: Tick) -> Self {
        Self { every, saved: BTreeMap::new() }
    }
}

impl Rival for Window {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn decide(&mut self, asked: &Asked, network: &Network, decisions: &mut Decisions) {
        for (&pair, &saved) in asked {
            *self.saved.entry(pair).or_default() += saved;
        }
        if (network.now() + 1).is_multiple_of(self.every) {
            let saved = std::mem::take(&mut self.saved).into_iter().map(|(pair, saved)| (pair, saved as f64));
            decisions.replace(&heaviest_pairs(saved, network));
        }
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&self.saved, to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some(saved) = router::read(state) else { return false };
        self.saved = saved;
        true
    }
}
