//! Static: the best set of pairs for the mean demand, open to the end.
//!
//! A pair's weight is what its accesses save in the rest of the run, less an opening and the upkeep until the end; the
//! set is a maximum-weight matching, exact for one port and wherever that is not too large (`direct_use::heaviest`).

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair, heaviest_pairs};
use super::policy::{Network, OpeningPolicy, PolicyParameters};
use super::rival::{Rival, RivalPolicy};
use crate::error::Error;
use crate::fabric::router;
use crate::scenario::{self, Refused, Scenario, Surroundings, Tick, WormholeParameters};
use crate::topology::{NameIndex, NodeId};
use crate::workload::rates::{MOST_NODES, expected_accesses};

/// The set of pairs that saves most, given mean demand and prices, is open to the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// What demand is known from.
    pub from: From,
    /// Ticks that are looked at before the set opens, with `past`. More: surer, and later.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub after_ticks: Tick,
    /// Mean accesses per tick by origin and target, with `rates`.
    pub rates: BTreeMap<String, BTreeMap<String, f64>>,
}

/// What mean demand is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The workloads' own distributions, over the whole run; of a trace, all that it holds.
    Workload,
    /// What was asked in the run's first `after_ticks`.
    Past,
    /// A matrix: `rates`.
    Rates,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { from: From::Workload, after_ticks: 1000, rates: BTreeMap::new() }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "static";

    fn check_in(&self, surroundings: &Surroundings) -> Result<(), Refused> {
        let refuse = |field: &str, value: String, expected: &str| {
            Err(Refused { field: field.to_owned(), value, expected: expected.to_owned() })
        };
        if (self.from == From::Rates) == self.rates.is_empty() {
            let value = if self.rates.is_empty() { "none" } else { "given" };
            return refuse("rates", value.to_owned(), "rates with from \"rates\", and with nothing else");
        }
        if self.from == From::Past && self.after_ticks >= surroundings.ticks {
            return refuse(
                "after_ticks",
                self.after_ticks.to_string(),
                &format!("less than ticks ({})", surroundings.ticks),
            );
        }
        let nodes = surroundings.topology.node_count();
        if self.from == From::Workload && nodes > MOST_NODES {
            let expected = format!("past or rates: all pairs of at most {MOST_NODES} nodes are looked at");
            return refuse("from", format!("workload, in a network of {nodes} nodes"), &expected);
        }
        let names = NameIndex::new(surroundings.topology);
        for (origin, row) in &self.rates {
            for (target, rate) in row {
                let place = format!("rates.{origin}.{target}");
                match [origin, target].map(|name| names.find(name)) {
                    [Some(a), Some(b)] if a == b => return refuse(&place, rate.to_string(), "two different nodes"),
                    [Some(_), Some(_)] if !(0.0..=1e9).contains(rate) => {
                        return refuse(&place, rate.to_string(), "a number from 0 to 1000000000");
                    }
                    [Some(_), Some(_)] => {}
                    [found, _] => {
                        let unknown = if found.is_none() { origin } else { target };
                        return refuse(&place, format!("node {unknown:?}"), "rates between nodes of the topology");
                    }
                }
            }
        }
        if self.from == From::Rates && !self.rates.values().flat_map(BTreeMap::values).any(|&rate| rate > 0.0) {
            return refuse("rates", "no rate above 0".to_owned(), "at least one rate above 0");
        }
        Ok(())
    }
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        let accesses = match self.from {
            From::Workload if scenario.wormholes.enabled => Some(expected_accesses(scenario)?),
            From::Rates => Some(self.given(scenario)),
            From::Workload | From::Past => None,
        };
        Ok(RivalPolicy::boxed(Static::new(scenario, self.after_ticks, accesses)))
    }

    fn keeps(&self) -> bool {
        true
    }

    fn reads_length(&self) -> bool {
        true
    }
}

impl Parameters {
    /// Accesses over the whole run by `rates`.
    fn given(&self, scenario: &Scenario) -> BTreeMap<(NodeId, NodeId), f64> {
        let names = NameIndex::new(&scenario.topology);
        let entries =
            self.rates.iter().flat_map(|(origin, row)| row.iter().map(move |(target, rate)| (origin, target, rate)));
        let access = |(origin, target, rate): (&String, &String, &f64)| {
            Some(((names.find(origin)?, names.find(target)?), rate * f64::from(scenario.ticks)))
        };
        entries.filter_map(access).collect()
    }
}

/// The rule.
#[derive(Debug)]
pub(super) struct Static {
    prices: WormholeParameters,
    ticks: Tick,
    after: Tick,
    /// Accesses of the whole run, where they are known before it; taken at the start.
    expected: Option<BTreeMap<(NodeId, NodeId), f64>>,
    /// What is known between ticks.
    known: Known,
}

/// What the rule remembers.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// What accesses would have saved so far, ticks, until the set is chosen.
    saved: BTreeMap<Pair, u64>,
    /// The set, once it is chosen.
    chosen: Option<BTreeSet<Pair>>,
}

impl Static {
    /// The rule that looks at accesses for so many ticks, unless they are `expected` ones.
    pub fn new(scenario: &Scenario, after: Tick, expected: Option<BTreeMap<(NodeId, NodeId), f64>>) -> Self {
        Self { prices: scenario.physics.wormhole, ticks: scenario.ticks, after, expected, known: Known::default() }
    }

    /// The best set, given what pairs save in the `left` ticks of the run.
    fn choose(&self, saved: impl Iterator<Item = (Pair, f64)>, left: f64, network: &Network) -> BTreeSet<Pair> {
        let price = self.prices.opening_cost + self.prices.upkeep_per_tick * left;
        heaviest_pairs(saved.map(|(pair, saved)| (pair, saved - price)), network)
    }
}

impl Rival for Static {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn begin(&mut self, network: &mut Network, decisions: &mut Decisions) {
        let Some(expected) = self.expected.take() else { return };
        let mut saved = BTreeMap::<Pair, f64>::new();
        for ((origin, target), accesses) in expected {
            let pair = [origin.min(target), origin.max(target)];
            let each = network.savings(pair)[usize::from(origin > target)];
            *saved.entry(pair).or_default() += accesses * f64::from(each);
        }
        let chosen = self.choose(saved.into_iter(), f64::from(self.ticks), network);
        decisions.open_all(chosen.iter().copied());
        self.known.chosen = Some(chosen);
    }

    fn decide(&mut self, asked: &Asked, network: &Network, decisions: &mut Decisions) {
        let seen = network.now() + 1;
        if self.known.chosen.is_none() {
            for (&pair, &saved) in asked {
                *self.known.saved.entry(pair).or_default() += saved;
            }
            if seen < self.after {
                return;
            }
            let left = f64::from(self.ticks.saturating_sub(seen));
            let rest = left / f64::from(seen);
            let saved =
                std::mem::take(&mut self.known.saved).into_iter().map(|(pair, saved)| (pair, saved as f64 * rest));
            self.known.chosen = Some(self.choose(saved, left, network));
        }
        let Some(chosen) = &self.known.chosen else { return };
        decisions.replace(&chosen.iter().copied().filter(|&pair| network.are_up(pair)).collect());
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&self.known, to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some(known) = router::read(state) else { return false };
        self.known = known;
        true
    }
}
