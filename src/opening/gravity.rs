//! Wormholes open where demand times saving is largest, at intervals.
//!
//! Demand is estimated between what masses let expect and what was observed ([`crate::physics::gravity`]). Candidates
//! are the heaviest observed pairs and all pairs of the most massive nodes, so that a review costs the same in a large
//! network as in a small one, but for the distances it has not seen yet. Run in the set `Gravity`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{Network, OpeningPolicy, PolicyParameters, Prices, Proposal};
use crate::error::Error;
use crate::physics::gravity::{expected, pull, shrunk};
use crate::scenario::{self, GravityParameters, Scenario, Tick};
use crate::topology::NodeId;

/// Observed pairs that a review looks at, the heaviest of those that the sketch holds, for each opening it may make.
const OBSERVED_PER_OPENING: usize = 8;

/// Where demand, estimated from masses and from what was observed, times saving is largest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "gravity";
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        let rules = scenario.physics.gravity;
        let kept = libm::exp(-f64::from(rules.review_every_ticks) / rules.mass_memory_ticks);
        let min_pull = rules.min_pull.unwrap_or(scenario.physics.wormhole.upkeep_per_tick);
        Ok(Box::new(Gravity { rules, kept, min_pull }))
    }

    fn reads(&self) -> Prices {
        Prices::UPKEEP
    }
}

/// The policy.
#[derive(Debug)]
struct Gravity {
    rules: GravityParameters,
    /// Share of an observed weight that is left after a review.
    kept: f64,
    min_pull: f64,
}

/// A pair that is looked at.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    ends: [NodeId; 2],
    /// Accesses per tick that were observed between the two.
    observed: f64,
}

impl OpeningPolicy for Gravity {
    fn is_due(&self, now: Tick) -> bool {
        now > 0 && now.is_multiple_of(self.rules.review_every_ticks)
    }

    fn propose(&mut self, network: &mut Network) -> Vec<Proposal> {
        let (able, rules) = (network.able(), &self.rules);
        let (least_span, total) = (network.rules().physics.wormhole.min_span_ticks, network.total_mass());
        let mut proposals = Vec::new();
        for Candidate { ends, observed } in self.candidates(&able, network) {
            if !network.may_open(ends) {
                continue;
            }
            let Some(span) = network.span(ends).filter(|span| span.mean() >= f64::from(least_span)) else { continue };
            let Some(saving) = network.saving(ends, span) else { continue };
            let masses = ends.map(|end| able[&end]);
            let expected = expected(masses, total, &network.observed.memory);
            let rate = shrunk(observed, expected, masses[0] + masses[1], rules.prior_accesses.0);
            let pull = pull(rules.constant, rules.distance_exponent, rate, saving, span.mean());
            if pull > 0.0 && pull >= self.min_pull {
                let numbers = [("observed", observed), ("expected", expected), ("min_pull", self.min_pull)];
                let numbers = numbers.map(|(name, value)| (name.to_owned(), value)).into();
                proposals.push(Proposal { ends, span, score: pull, numbers });
            }
        }
        proposals.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.ends.cmp(&b.ends)));
        network.observed.sketch.fade(self.kept);
        proposals
    }

    fn budget(&self) -> u32 {
        self.rules.max_openings
    }
}

impl Gravity {
    /// Pairs of `able` nodes worth a look, smaller id first, sorted, without repetition: the heaviest observed ones,
    /// and all among the most massive nodes.
    fn candidates(&self, able: &BTreeMap<NodeId, f64>, network: &Network) -> Vec<Candidate> {
        // In the long run, the weight of a pair is its rate × interval / share that fades at a review.
        let per_weight = (1.0 - self.kept) / f64::from(self.rules.review_every_ticks);
        let sketch = network.observed.sketch.entries().iter();
        // What may belong to others does not count.
        let sketch = sketch.map(|entry| (entry.pair.map(NodeId), (entry.weight - entry.error) * per_weight));
        let rates: BTreeMap<[NodeId; 2], f64> =
            sketch.filter(|(pair, _)| pair.iter().all(|end| able.contains_key(end))).collect();
        let mut heavy: Vec<(f64, [NodeId; 2])> = rates.iter().map(|(&pair, &rate)| (rate, pair)).collect();
        keep_first(&mut heavy, OBSERVED_PER_OPENING * self.rules.max_openings as usize);
        let mut massive: Vec<(f64, NodeId)> = able.iter().map(|(&node, &mass)| (mass, node)).collect();
        keep_first(&mut massive, self.rules.massive_nodes as usize);
        let mut pairs: Vec<[NodeId; 2]> = heavy.into_iter().map(|(_, pair)| pair).collect();
        for (i, &(_, a)) in massive.iter().enumerate() {
            pairs.extend(massive[i + 1..].iter().map(|&(_, b)| [a.min(b), a.max(b)]));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let candidate = |ends| Candidate { ends, observed: rates.get(&ends).copied().unwrap_or(0.0) };
        pairs.into_iter().map(candidate).collect()
    }
}

/// Keeps the `count` items of the most weight, of equals the smaller ones, in no order.
fn keep_first<T: Ord>(items: &mut Vec<(f64, T)>, count: usize) {
    if count < items.len() {
        items.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        items.truncate(count);
    }
}
