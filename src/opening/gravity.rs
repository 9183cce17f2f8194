//! Wormholes open where attraction times saving is largest, at intervals.
//!
//! Candidates are the heaviest observed pairs and all pairs of the most massive nodes, so that a review costs the
//! same in a large network as in a small one, but for the distances it has not seen yet. Run in the set `Gravity`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{Network, OpeningPolicy, PolicyParameters, Proposal};
use crate::physics::gravity::attraction;
use crate::scenario::{self, GravityParameters, Scenario, Tick};
use crate::topology::NodeId;

/// Observed pairs that a review looks at, the heaviest of those that the sketch holds, for each opening it may make.
const OBSERVED_PER_OPENING: usize = 8;

/// Where attraction times saving is largest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "gravity";
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Box<dyn OpeningPolicy> {
        let rules = scenario.physics.gravity;
        let kept = libm::exp(-f64::from(rules.review_every_ticks) / rules.mass_memory_ticks);
        Box::new(Gravity { rules, kept })
    }
}

/// The policy.
#[derive(Debug)]
struct Gravity {
    rules: GravityParameters,
    /// Share of an observed weight that is left after a review.
    kept: f64,
}

impl OpeningPolicy for Gravity {
    fn is_due(&self, now: Tick) -> bool {
        now > 0 && now.is_multiple_of(self.rules.review_every_ticks)
    }

    fn propose(&mut self, network: &mut Network) -> Vec<Proposal> {
        let (able, rules) = (network.able(), &self.rules);
        let least_span = network.rules().physics.wormhole.min_span_ticks;
        let mut proposals = Vec::new();
        for ends in self.candidates(&able, network) {
            if !network.may_open(ends) {
                continue;
            }
            let Some(span) = network.span(ends).filter(|span| span.mean() >= f64::from(least_span)) else { continue };
            let Some(saving) = network.saving(ends, span) else { continue };
            let masses = ends.map(|end| able[&end]);
            let force = attraction(rules.constant, rules.distance_exponent, masses[0], masses[1], span.mean());
            let pull = force * saving;
            if saving > 0.0 && pull >= rules.min_pull {
                let numbers = [("mass_a", masses[0]), ("mass_b", masses[1]), ("min_pull", rules.min_pull)];
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
    fn candidates(&self, able: &BTreeMap<NodeId, f64>, network: &Network) -> Vec<[NodeId; 2]> {
        let entries = network.observed.sketch.entries().iter();
        let observed = entries.map(|entry| (entry.weight, entry.pair.map(NodeId)));
        let mut observed: Vec<_> = observed.filter(|(_, pair)| pair.iter().all(|end| able.contains_key(end))).collect();
        keep_first(&mut observed, OBSERVED_PER_OPENING * self.rules.max_openings as usize, |a, b| {
            b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
        });
        let mut nodes: Vec<(f64, NodeId)> = able.iter().map(|(&node, &mass)| (mass, node)).collect();
        keep_first(&mut nodes, self.rules.massive_nodes as usize, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut pairs: Vec<[NodeId; 2]> = observed.into_iter().map(|(_, pair)| pair).collect();
        for (i, &(_, a)) in nodes.iter().enumerate() {
            pairs.extend(nodes[i + 1..].iter().map(|&(_, b)| [a.min(b), a.max(b)]));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}

/// Keeps the `count` first by `order`, in no order.
fn keep_first<T>(items: &mut Vec<T>, count: usize, order: impl FnMut(&T, &T) -> Ordering) {
    if count < items.len() {
        items.select_nth_unstable_by(count, order);
        items.truncate(count);
    }
}
