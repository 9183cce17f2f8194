//! The direct-use bound of a comparison: means over its replications, each of which has accesses of its own.

use serde::{Deserialize, Serialize};

use super::bound::{Bound, Model};
use super::statistics::mean;

/// Means over replications of what is known of the best that anybody could do. Costs are in ticks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanBound {
    /// Rules and prices: those of the scenario without an arm.
    pub model: Model,
    /// Replications.
    pub replications: u32,
    /// Cost of opening nothing.
    pub nothing: f64,
    /// Cost of the cheapest wormholes found that are open from the first tick to the last, chosen anew in each
    /// replication.
    pub best_static: f64,
    /// No policy costs less: proved.
    pub lower: f64,
    /// Cost of the best schedules found.
    pub upper: f64,
    /// Cost of the best schedules of all, where they are known in every replication.
    pub optimum: Option<f64>,
    /// Whether it is proved, in every replication, that nothing costs less than opening nothing.
    pub no_policy_pays: bool,
    /// Policies in this ledger: nothing, the best static choice, and the arms with these rules and prices.
    pub policies: Vec<MeanCost>,
}

/// What a policy costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanCost {
    /// Which.
    pub name: String,
    /// Ticks.
    pub cost: f64,
    /// How often it opens a wormhole.
    pub openings: f64,
}

impl MeanBound {
    /// That of some replications, and of arms in them; none without any.
    pub fn of(bounds: &[&Bound], arms: Vec<MeanCost>) -> Option<Self> {
        let first = bounds.first()?;
        let over = |of: &dyn Fn(&Bound) -> f64| mean(&bounds.iter().map(|bound| of(bound)).collect::<Vec<_>>());
        let optima: Option<Vec<f64>> = bounds.iter().map(|bound| bound.optimum).collect();
        let known = |place: usize| MeanCost {
            name: first.policies[place].name.clone(),
            cost: over(&|bound| bound.policies[place].cost),
            openings: over(&|bound| bound.policies[place].openings as f64),
        };
        let policies = (0..first.policies.len()).map(known).chain(arms).collect();
        Some(Self {
            model: first.model,
            replications: bounds.len() as u32,
            nothing: over(&|bound| bound.nothing),
            best_static: over(&|bound| bound.best_static),
            lower: over(&|bound| bound.lower),
            upper: over(&|bound| bound.upper),
            optimum: optima.map(|optima| mean(&optima)),
            no_policy_pays: bounds.iter().all(|bound| bound.no_policy_pays),
            policies,
        })
    }
}
