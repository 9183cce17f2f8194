//! The direct-use bound of a comparison, and the regret of its arms.

use std::collections::BTreeMap;

use crate::cli::experiment::Base;
use crate::cli::interrupt::Interrupt;
use crate::cli::terminal::note;
use crate::error::Error;
use crate::experiment::batch;
use crate::experiment::bound::Bound;
use crate::experiment::comparison::Comparison;
use crate::experiment::mean_bound::{MeanBound, MeanCost};
use crate::experiment::outcome::Outcome;
use crate::experiment::plan::Plan;
use crate::experiment::statistics::student;
use crate::scenario::raw::Arm;
use crate::scenario::{Assignment, Loaded};

/// Puts the bound and regrets into a comparison. False if the user asked to stop.
pub(super) fn add(
    comparison: &mut Comparison,
    (base, plan): (&Base<'_>, &Plan),
    outcomes: &[Outcome],
    threads: usize,
    interrupt: &Interrupt,
) -> Result<bool, Error> {
    let own = Arm { name: String::new(), set: BTreeMap::new() };
    let mut models = Vec::new();
    for arm in std::iter::once(&own).chain(&plan.arms) {
        let loaded = base.load(&arm.assignments()?)?;
        models.push(Model { arm, rules: rules(&loaded) });
    }
    // The first arm that has the same rules stands for all of them.
    let mut tasks = Vec::new();
    for (place, model) in models.iter().enumerate() {
        let is_new = model.rules.is_some() && models[..place].iter().all(|other| other.rules != model.rules);
        tasks.extend((0..comparison.replications).filter(|_| is_new).map(|replication| (place, replication)));
    }
    let mut found = BTreeMap::<(&str, u32), Bound>::new();
    let mut missing = None;
    let among = comparison.replications;
    batch::run(
        &tasks,
        threads,
        |&(place, replication)| {
            let model = &models[place];
            let bound = || {
                let mut assignments = model.arm.assignments()?;
                assignments.push(Assignment::option("seed", plan.seed(replication)));
                Bound::of_one(&base.load(&assignments)?.scenario, &[], among)
            };
            (!interrupt.asked()).then(|| (place, replication, bound()))
        },
        |(place, replication, bound)| {
            let rules = models[place].rules.as_deref().unwrap_or_default();
            match bound {
                Ok((bound, _)) => drop(found.insert((rules, replication), bound)),
                Err(error) => drop(missing.get_or_insert(error.to_string())),
            }
            Ok(())
        },
    )?;
    if let Some(reason) = missing {
        note(&format!("no bound and no regrets: {reason}"));
        return Ok(true);
    }
    if interrupt.asked() {
        return Ok(false);
    }
    for arm in &mut comparison.arms {
        let model = models[1..].iter().find(|model| model.arm.name == arm.name);
        let rules = model.and_then(|model| model.rules.as_deref());
        let regret =
            |outcome: &&Outcome| Some(outcome.direct_use?.cost - found.get(&(rules?, outcome.replication))?.lower);
        let regrets: Option<Vec<f64>> =
            outcomes.iter().filter(|run| run.arm == arm.name).map(|run| regret(&run)).collect();
        arm.regret = regrets.filter(|_| arm.direct_use_cost.is_some()).and_then(|regrets| student::interval(&regrets));
    }
    let Some(rules) = models.iter().find_map(|model| model.rules.as_deref()) else { return Ok(true) };
    let bounds: Vec<&Bound> = (0..among).filter_map(|replication| found.get(&(rules, replication))).collect();
    let of_rules = models[1..].iter().filter(|model| model.rules.as_deref() == Some(rules));
    let arms = of_rules.filter_map(|model| mean_cost(&model.arm.name, outcomes)).collect();
    comparison.bound = MeanBound::of(&bounds, arms);
    Ok(true)
}

/// An arm and the rules and prices of its ledger; none if nothing carries wormholes.
struct Model<'a> {
    arm: &'a Arm,
    rules: Option<String>,
}

fn rules(loaded: &Loaded) -> Option<String> {
    let (raw, prices) = (&loaded.resolved, &loaded.resolved.physics.wormhole);
    raw.wormholes.carrier.as_ref()?;
    let rules = (&raw.wormholes.carrier, raw.nodes.processing_ticks, raw.wormholes.ports_per_node);
    Some(serde_json::json!([rules, prices.opening_cost, prices.upkeep_per_tick]).to_string())
}

fn mean_cost(name: &str, outcomes: &[Outcome]) -> Option<MeanCost> {
    let costs: Option<Vec<_>> = outcomes.iter().filter(|run| run.arm == name).map(|run| run.direct_use).collect();
    let costs = costs.filter(|costs| !costs.is_empty())?;
    let count = costs.len() as f64;
    Some(MeanCost {
        name: name.to_owned(),
        cost: costs.iter().map(|direct_use| direct_use.cost).sum::<f64>() / count,
        openings: costs.iter().map(|direct_use| direct_use.openings as f64).sum::<f64>() / count,
    })
}
