//! The best that anybody could do with a scenario's accesses, in the direct-use model: see [`crate::opening::foreseen`]
//! for what the model leaves out.

use serde::{Deserialize, Serialize};

use crate::direct_use::{Bill, Schedule, bounds_of_one};
use crate::error::Error;
use crate::memory;
use crate::opening::foreseen::Foreseen;
use crate::scenario::lineage::Lineage;
use crate::scenario::{Scenario, Tick, WormholeParameters};

/// Bytes that bounds of a ledger take for each of its requests: an estimate from above.
const REQUEST: u64 = 256;

/// What is known of the best that anybody could do with the accesses of a scenario. Costs are in ticks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bound {
    /// Rules and prices.
    pub model: Model,
    /// All accesses, those that save nothing included.
    pub accesses: u64,
    /// Pairs of nodes with an access that would save something.
    pub pairs: usize,
    /// Cost of opening nothing: what all accesses would save.
    pub nothing: f64,
    /// Cost of the cheapest wormholes found that are open from the first tick to the last.
    pub best_static: f64,
    /// Whether it is proved that no others are cheaper.
    pub best_static_is_exact: bool,
    /// No policy costs less: proved.
    pub lower: f64,
    /// Cost of the best schedule found, which keeps to all rules.
    pub upper: f64,
    /// Openings of that schedule.
    pub upper_openings: u64,
    /// Cost of the best schedule of all, where it is known.
    pub optimum: Option<f64>,
    /// Whether it is proved that nothing costs less than opening nothing.
    pub no_policy_pays: bool,
    /// Policies in this ledger.
    pub policies: Vec<PolicyCost>,
}

/// Rules and prices of the direct-use model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Wormholes that may be open at a node at once.
    pub ports: u32,
    /// α, ticks.
    pub opening: f64,
    /// u, ticks a tick of being open.
    pub upkeep: f64,
}

/// What a policy costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyCost {
    /// Which.
    pub name: String,
    /// Ticks.
    pub cost: f64,
    /// How often it opens a wormhole.
    pub openings: u64,
}

impl Bound {
    /// What is known for the accesses of a run: of the scenarios of its ancestors as long as they hold, then of its
    /// own, whose network and prices count; and the best schedule found.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], and those of [`Foreseen::of`].
    pub fn of(lineage: &Lineage) -> Result<(Self, Schedule), Error> {
        let scenario = &lineage.own.scenario;
        if !scenario.wormholes.enabled || scenario.wormholes.carrier.is_none() {
            return Err(Error::Usage {
                option: "wormholes.enabled",
                value: "false".to_owned(),
                expected: "true, and a carrier: without wormholes there is nothing to bound".to_owned(),
            });
        }
        let past: Vec<(Tick, &Scenario)> =
            lineage.past.iter().map(|(until, loaded)| (*until, &loaded.scenario)).collect();
        Self::of_one(scenario, &past, 1)
    }

    /// What is known for one of so many sets of accesses, all of which take about as long as one, and the schedule
    /// found.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], and those of [`Foreseen::of`].
    pub fn of_one(scenario: &Scenario, past: &[(Tick, &Scenario)], among: u32) -> Result<(Self, Schedule), Error> {
        let drawn = Foreseen::of(scenario, past)?;
        memory::ask("the bound", REQUEST * drawn.ledger.requests().len() as u64)?;
        let (ledger, found) = (&drawn.ledger, bounds_of_one(&drawn.ledger, among));
        let tariff = ledger.tariff();
        let cost = |bill: &Bill| tariff.exact_cost(bill);
        let WormholeParameters { opening_cost, upkeep_per_tick, .. } = scenario.physics.wormhole;
        let (nothing, fixed) = (cost(&ledger.nothing()), found.best_static.solution.bill);
        let policy =
            |name: &str, bill: &Bill| PolicyCost { name: name.to_owned(), cost: cost(bill), openings: bill.openings };
        let bound = Self {
            model: Model { ports: scenario.wormholes.ports_per_node, opening: opening_cost, upkeep: upkeep_per_tick },
            accesses: drawn.accesses,
            pairs: drawn.pairs,
            nothing,
            best_static: cost(&fixed),
            // Of rounded prices a bound is still one, the best is not.
            best_static_is_exact: found.best_static.is_exact && tariff.is_exact(),
            lower: tariff.in_ticks(found.lower),
            upper: cost(&found.upper.bill),
            upper_openings: found.upper.bill.openings,
            optimum: found.optimum.filter(|_| tariff.is_exact()).map(|optimum| tariff.in_ticks(optimum)),
            no_policy_pays: found.no_policy_pays(),
            policies: vec![policy("nothing", &ledger.nothing()), policy("best static", &fixed)],
        };
        Ok((bound, found.upper.schedule))
    }
}
