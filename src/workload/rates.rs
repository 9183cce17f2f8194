//! How often every pair of nodes can be expected to ask for each other, by the workloads' own distributions.

use std::collections::BTreeMap;

use super::modulation::{diurnal_factor, flash_height, hot_node};
use super::pairs::PairSampler;
use super::{Source, aside};
use crate::error::Error;
use crate::scenario::{Demand, Modulation, Pairs, Scenario, Tick, Workload};
use crate::topology::NodeId;

/// Nodes of the largest network of which all pairs are looked at.
pub const MOST_NODES: usize = 1000;

/// Expected accesses of ordered pairs.
type Expected = BTreeMap<(NodeId, NodeId), f64>;

/// Expected accesses of every ordered pair over the whole run, where they are more than 0; of a trace, those that it
/// has.
///
/// # Errors
/// Those of [`Source::new`].
pub fn expected_accesses(scenario: &Scenario) -> Result<Expected, Error> {
    let mut expected = Expected::new();
    for workload in &scenario.workloads {
        match &workload.demand {
            Demand::Trace { .. } => count(scenario, workload, &mut expected)?,
            Demand::Drawn { accesses_per_tick, pairs, modulation, .. } => {
                let ticks = workload.from_tick..workload.until_tick.min(scenario.ticks);
                let times = Times::of(modulation, ticks);
                add(&shares(pairs, scenario, &workload.name), &times, modulation, *accesses_per_tick, &mut expected);
            }
        }
    }
    Ok(expected)
}

fn count(scenario: &Scenario, workload: &Workload, expected: &mut Expected) -> Result<(), Error> {
    let mut source = Source::new(scenario, workload)?;
    for now in 0..scenario.ticks {
        source.emit(now, |origin, target, _| {
            *expected.entry((origin, target)).or_default() += 1.0;
        })?;
    }
    Ok(())
}

/// Ticks, each weighted by its rate over the mean rate.
struct Times {
    all: f64,
    /// By hot node.
    hot: BTreeMap<NodeId, f64>,
    /// Sum of the heights of the flash crowd.
    crowd: f64,
}

impl Times {
    fn of(modulation: &Modulation, ticks: std::ops::Range<Tick>) -> Self {
        let mut times = Self { all: 0.0, hot: BTreeMap::new(), crowd: 0.0 };
        for now in ticks.clone() {
            let rate = modulation.diurnal.as_ref().map_or(1.0, |diurnal| diurnal_factor(diurnal, now));
            times.all += rate;
            if let Some(hot_spot) = &modulation.hot_spot {
                *times.hot.entry(hot_node(hot_spot, ticks.start, now)).or_default() += rate;
            }
            times.crowd += modulation.flash_crowd.as_ref().map_or(0.0, |crowd| flash_height(crowd, now));
        }
        times
    }
}

fn add(shares: &Expected, times: &Times, modulation: &Modulation, rate: f64, expected: &mut Expected) {
    let hot_share = modulation.hot_spot.as_ref().map_or(0.0, |hot_spot| hot_spot.share);
    for (&(origin, target), share) in shares {
        let rate = rate * share;
        let mut ask = |target: NodeId, origin: NodeId, accesses: f64| {
            if accesses > 0.0 {
                *expected.entry((origin, target)).or_default() += accesses;
            }
        };
        ask(target, origin, rate * times.all * (1.0 - hot_share));
        for (&node, ticks) in &times.hot {
            ask(node, aside(origin, target, node), rate * ticks * hot_share);
        }
        if let Some(crowd) = &modulation.flash_crowd {
            let node = crowd.target;
            ask(node, aside(origin, target, node), rate * (crowd.factor - 1.0) * times.crowd);
        }
    }
}

/// Shares of all ordered pairs in what is drawn before modulation.
fn shares(pairs: &Pairs, scenario: &Scenario, name: &str) -> Expected {
    let nodes = scenario.topology.node_count() as u32;
    let weight: Box<dyn Fn(usize, usize) -> f64> = match pairs {
        Pairs::Uniform => Box::new(|_, _| 1.0),
        Pairs::Gravity { weights } => Box::new(|origin, target| weights[origin] * weights[target]),
        Pairs::Matrix { rates } => Box::new(|origin, target| rates[[origin, target]]),
        Pairs::Zipf { items, exponent, .. } => {
            let mut popularity = vec![0.0; nodes as usize];
            if let PairSampler::Zipf { homes, .. } = PairSampler::new(pairs, nodes, scenario.seed, name) {
                for (k, home) in (1..=*items).zip(homes) {
                    popularity[home.index()] += libm::pow(f64::from(k), -exponent);
                }
            }
            Box::new(move |_, target| popularity[target])
        }
    };
    let all = || (0..nodes).flat_map(|a| (0..nodes).filter(move |&b| a != b).map(move |b| (NodeId(a), NodeId(b))));
    let weighted = all().map(|(origin, target)| ((origin, target), weight(origin.index(), target.index())));
    let mut shares: Expected = weighted.filter(|&(_, weight)| weight > 0.0).collect();
    let total: f64 = shares.values().sum();
    shares.values_mut().for_each(|share| *share /= total);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::load_text;

    /// Counts of a long run against what is expected, for every kind of workload and change over time.
    #[test]
    fn what_is_drawn_comes_as_often_as_expected() {
        let changes = r#""diurnal": {"period_ticks": 4000, "amplitude": 0.8},
            "hot_spot": {"path": ["1", "3"], "dwell_ticks": 3000, "share": 0.3},
            "flash_crowd": {"target": "0", "start_tick": 2000, "rise_ticks": 100, "hold_ticks": 3000, "factor": 3.0}"#;
        for kind in [
            r#""kind": "uniform""#,
            r#""kind": "gravity", "masses": {"0": 3, "1": 0, "2": 1, "3": 2}"#,
            r#""kind": "matrix", "rates": {"0": {"1": 3}, "3": {"2": 1, "0": 2}}"#,
            r#""kind": "zipf", "items": 9, "exponent": 0.9"#,
        ] {
            let text = format!(
                r#"{{"version": 2, "name": "rates", "ticks": 9000,
                "topology": {{"generator": {{"kind": "ring", "nodes": 4}}}}, "wormholes": {{"enabled": false}},
                "workloads": [{{{kind}, "accesses_per_tick": 40.0, "from_tick": 500, {changes}}}]}}"#
            );
            let scenario = load_text(&text, "rates.json".as_ref(), &[]).unwrap().scenario;
            let mut counted = Expected::new();
            count(&scenario, &scenario.workloads[0], &mut counted).unwrap();
            let expected = expected_accesses(&scenario).unwrap();
            for origin in (0..4).map(NodeId) {
                for target in (0..4).map(NodeId) {
                    let of = |all: &Expected| all.get(&(origin, target)).copied().unwrap_or(0.0);
                    let (count, expected) = (of(&counted), of(&expected));
                    let place = format!("{kind}: {origin:?} to {target:?}: {count}, expected {expected}");
                    assert!((count - expected).abs() <= 5.0 * expected.sqrt(), "{place}");
                }
            }
            let sum: f64 = expected.values().sum();
            assert!((sum - counted.values().sum::<f64>()).abs() < 5.0 * sum.sqrt(), "{kind}");
        }
    }
}
