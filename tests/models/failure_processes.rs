//! Processes by which nodes and links fail and come back, against closed forms and to the tick.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use wormsim::fabric::Fabric;
use wormsim::physics::renewal::availability;
use wormsim::scenario::Loaded;
use wormsim::simulation::{Simulation, load};
use wormsim::topology::NodeId;
use wormsim::world::journal::{Change, Record};

use crate::common::{start, watched, written};

/// Some nodes in a ring (two of them: one link) with hardly any traffic.
fn quiet(nodes: u32, ticks: u32, failures: Value) -> Value {
    let topology = match nodes {
        2 => json!({"nodes": [{"id": "0"}, {"id": "1"}], "links": [{"ends": ["0", "1"]}]}),
        _ => json!({"generator": {"kind": "ring", "nodes": nodes}}),
    };
    json!({
        "version": 1, "name": "quiet", "intent": "What fails.", "ticks": ticks, "warmup_ticks": 0,
        "topology": topology, "failures": failures,
        "workloads": [{"kind": "uniform", "accesses_per_tick": 0.001}],
        "wormholes": {"enabled": false}, "router": {"kind": "shortest_path"}, "record": {"every_ticks": null}
    })
}

fn links_up(simulation: &Simulation) -> Vec<bool> {
    let fabric = simulation.world().resource::<Fabric>();
    fabric.link_ports.iter().map(|&[port, _]| fabric.ports[port as usize].is_open()).collect()
}

fn node_is_up(simulation: &Simulation, node: usize) -> bool {
    simulation.world().resource::<Fabric>().queues[node].up
}

/// What failed and came back in a run, without the rest of its journal.
fn failures_of(loaded: Loaded) -> Vec<Record> {
    let (_, all) = watched(loaded);
    let is_one = |record: &Record| {
        use Change::{LinkFailed, LinkRestored, NodeFailed, NodeRestored};
        matches!(record.change, LinkFailed { .. } | LinkRestored { .. } | NodeFailed { .. } | NodeRestored { .. })
    };
    all.records.into_iter().filter(is_one).collect()
}

/// Ticks from each change of a link to the next, of those that fail on their own, and whether it was down in between.
fn periods(records: &[Record]) -> Vec<(bool, f64)> {
    let (mut since, mut periods): (BTreeMap<u32, u32>, Vec<(bool, f64)>) = Default::default();
    for record in records {
        let (link, was_down) = match record.change {
            Change::LinkFailed { link } => (link, false),
            Change::LinkRestored { link } => (link, true),
            _ => continue,
        };
        let before = since.insert(link, record.tick).unwrap_or(0);
        periods.push((was_down, f64::from(record.tick - before)));
    }
    periods
}

/// Share of ticks that a link works: A + (1 − A)·(1 − ρᵀ)/(T·(1 − ρ)), with ρ = e^(−(1/a + 1/b)), as it works at first.
/// The variance over T ticks is at most A·(1 − A)·(1 + ρ)/(1 − ρ)/T; of means over seeds, that over their number. A
/// mean is within three standard deviations of what is expected with 99.7 %.
#[test]
fn a_single_link_is_available_as_the_closed_form_says() {
    const TICKS: u32 = 20_000;
    const SEEDS: u32 = 40;
    for (up, down) in [(80.0, 20.0), (12.0, 3.0), (1.0, 1.0), (200.0, 600.0)] {
        let process = json!([{"kind": "links", "mean_up_ticks": up, "mean_down_ticks": down}]);
        let shares = (1..=SEEDS).map(|seed| {
            let mut scenario = quiet(2, TICKS, process.clone());
            scenario["seed"] = json!(seed);
            let mut simulation = start(written(&scenario));
            let mut ticks_up = 0;
            for _ in 0..TICKS {
                simulation.step().unwrap();
                ticks_up += u32::from(links_up(&simulation)[0]);
            }
            let share = f64::from(ticks_up) / f64::from(TICKS);
            assert_eq!(simulation.summary().availability.links, Some(share));
            share
        });
        let found = shares.sum::<f64>() / f64::from(SEEDS);
        let (a, t, kept) = (availability(up, down), f64::from(TICKS), libm::exp(-1.0 / up - 1.0 / down));
        let expected = a + (1.0 - a) * (1.0 - libm::pow(kept, t)) / (t * (1.0 - kept));
        let variance = a * (1.0 - a) * (1.0 + kept) / (1.0 - kept) / t / f64::from(SEEDS);
        let deviations = (found - expected) / variance.sqrt();
        assert!(deviations.abs() < 3.0, "{up}, {down}: {found} for {expected}, {deviations} standard deviations");
    }
}

/// At every tick, not in the long run only: P(works at t) = A + (1 − A)·ρᵗ.
#[test]
fn links_that_begin_together_work_with_the_probability_of_their_age() {
    const LINKS: u32 = 20_000;
    let (up, down) = (40.0, 10.0);
    let process = json!([{"kind": "links", "mean_up_ticks": up, "mean_down_ticks": down, "from_tick": 5}]);
    let mut simulation = start(written(&quiet(LINKS, 60, process)));
    for tick in 0..60 {
        simulation.step().unwrap();
        let found = links_up(&simulation).into_iter().filter(|&up| up).count() as f64 / f64::from(LINKS);
        let age = f64::from(tick - tick.min(5));
        let a = availability(up, down);
        let expected = a + (1.0 - a) * libm::exp(-age * (1.0 / up + 1.0 / down));
        let deviation = (expected * (1.0 - expected) / f64::from(LINKS)).sqrt();
        assert!((found - expected).abs() <= 4.0 * deviation, "tick {tick}: {found} for {expected}");
    }
}

/// Periods in whole ticks have the mean of the distribution, and its variance but for that of rounding at both ends.
#[test]
fn weibull_periods_have_the_given_mean_and_the_variance_of_their_shape() {
    let (up, down, shapes) = (90.0, 30.0, [2.0, 5.0]);
    let weibull = |shape: f64| json!({"kind": "weibull", "shape": shape});
    let process = json!([{"kind": "links", "mean_up_ticks": up, "mean_down_ticks": down,
        "up_distribution": weibull(shapes[0]), "down_distribution": weibull(shapes[1])}]);
    let periods = periods(&failures_of(written(&quiet(200, 20_000, process))));
    for (is_down, expected, shape) in [(false, up, shapes[0]), (true, down, shapes[1])] {
        let lengths: Vec<f64> = periods.iter().filter(|period| period.0 == is_down).map(|period| period.1).collect();
        let n = lengths.len() as f64;
        let mean = lengths.iter().sum::<f64>() / n;
        let variance = lengths.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        let gamma = |x: f64| libm::tgamma(1.0 + x / shape);
        let square = expected * expected * (gamma(2.0) / (gamma(1.0) * gamma(1.0)) - 1.0);
        assert!(n > 30_000.0);
        // The run cuts off the last period of each link, a long one rather than a short one.
        assert!((mean - expected).abs() < 4.0 * (square / n).sqrt() + 0.01 * expected, "{mean} for {expected}");
        assert!((variance / (square + 1.0 / 6.0) - 1.0).abs() < 0.03, "{variance} for {square}");
    }
}

#[test]
fn a_group_fails_and_comes_back_together() {
    let process = json!([{"kind": "group", "links": [["3", "4"], ["1", "2"]], "nodes": ["7"],
        "mean_up_ticks": 60, "mean_down_ticks": 40}]);
    let mut simulation = start(written(&quiet(10, 3000, process)));
    let mut changes = 0;
    let mut before = true;
    for _ in 0..3000 {
        simulation.step().unwrap();
        let (links, node) = (links_up(&simulation), node_is_up(&simulation, 7));
        assert!(links[1] == node && links[3] == node && links[6] == node && links[7] == node);
        assert_eq!(links.iter().filter(|&&up| !up).count(), if node { 0 } else { 4 });
        changes += u32::from(node != before);
        before = node;
    }
    assert!(changes > 30, "{changes}");
}

#[test]
fn nodes_are_there_in_their_sessions_only() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = [("2", vec![[0, 10], [20, 30], [30, 31]]), ("4", vec![[5, 1000]]), ("5", vec![])];
    let inside = |node: &str, tick: u32| {
        let own = sessions.iter().find(|(name, _)| *name == node);
        own.is_none_or(|(_, sessions)| sessions.iter().any(|&[from, until]| (from..until).contains(&tick)))
    };
    let lines = "node,from_tick,until_tick\n4,5,1000\n2,0,10\n2,20,30\n2,30,31\n";
    fs::write(folder.path().join("sessions.csv"), lines).unwrap();
    let by_name: BTreeMap<&str, Vec<[u32; 2]>> = sessions.iter().cloned().collect();
    let from_file = json!({"kind": "sessions", "file": "sessions.csv"});
    let named = json!({"kind": "sessions", "name": "peers", "sessions": by_name});
    let file = folder.path().join("x.json");
    fs::write(&file, quiet(6, 60, json!([from_file])).to_string()).unwrap();
    let of_file = load(&file, &[]).unwrap();
    assert_eq!(of_file.inputs.len(), 2, "the file of sessions is an input");
    for (loaded, without) in [(of_file, Some("5")), (written(&quiet(6, 60, json!([named]))), None)] {
        let again = written(&serde_json::to_value(&loaded.resolved).unwrap());
        assert_eq!(again.scenario.failures, loaded.scenario.failures, "a resolved scenario has the sessions");
        let mut simulation = start(loaded);
        for tick in 0..60 {
            simulation.step().unwrap();
            for node in 0..6 {
                let name = node.to_string();
                let expected = without == Some(&*name) || inside(&name, tick);
                assert_eq!(node_is_up(&simulation, node), expected, "{node} at {tick}");
            }
            let links = links_up(&simulation);
            assert_eq!(links[1], node_is_up(&simulation, 1) && node_is_up(&simulation, 2));
        }
    }
}

/// The event at 30 restored a node whose session begins at 40.
#[test]
fn what_two_causes_keep_down_comes_back_with_the_last() {
    let away = |from: u32, until: u32| json!({"kind": "sessions", "sessions": {"1": [[0, from], [until, 100]]}});
    for (first, second, expected) in [
        (vec![away(20, 40)], [10, 30], 10..40),
        (vec![away(10, 30)], [20, 40], 10..40),
        (vec![away(20, 30)], [10, 40], 10..40),
        (vec![away(10, 40)], [20, 30], 10..40),
        (vec![away(10, 30), away(20, 60), away(50, 70)], [10, 70], 10..70),
        (vec![away(10, 30), away(30, 50)], [50, 60], 10..60),
        (vec![away(50, 60)], [10, 50], 10..60),
    ] {
        let mut scenario = quiet(5, 100, json!(first));
        scenario["events"] = json!([{"tick": second[0], "fail_node": "1"}, {"tick": second[1], "restore_node": "1"}]);
        let mut simulation = start(written(&scenario));
        for tick in 0..100 {
            simulation.step().unwrap();
            assert_eq!(node_is_up(&simulation, 1), !expected.contains(&tick), "{first:?} {second:?} at {tick}");
        }
        let node = NodeId(1);
        let record = |tick: u32, change: Change| Record { tick, change };
        let told =
            [record(expected.start, Change::NodeFailed { node }), record(expected.end, Change::NodeRestored { node })];
        assert_eq!(failures_of(written(&scenario)), told, "{first:?} {second:?}");
    }
}

#[test]
fn a_process_ends_with_its_window() {
    let process = json!([{"kind": "nodes", "mean_up_ticks": 5, "mean_down_ticks": 1000, "from_tick": 50,
        "until_tick": 200}]);
    let mut simulation = start(written(&quiet(30, 300, process)));
    for tick in 0..300 {
        simulation.step().unwrap();
        let up = (0..30).filter(|&node| node_is_up(&simulation, node)).count();
        assert_eq!(up == 30, !(51..200).contains(&tick), "{up} at {tick}");
    }
}

/// Everything that arms of a comparison may differ in.
#[test]
fn all_arms_see_the_same_failures() {
    let processes = json!([
        {"kind": "links", "mean_up_ticks": 300, "mean_down_ticks": 50},
        {"kind": "nodes", "nodes": ["3", "9"], "mean_up_ticks": 200, "mean_down_ticks": 20,
            "up_distribution": {"kind": "weibull", "shape": 0.6}}
    ]);
    let arm = |change: &dyn Fn(&mut Value)| {
        let mut scenario = crate::common::busy();
        scenario["events"] = json!([]);
        scenario["failures"] = processes.clone();
        change(&mut scenario);
        failures_of(written(&scenario))
    };
    let first = arm(&|_| ());
    assert!(first.len() > 200, "{}", first.len());
    assert_eq!(arm(&|scenario| scenario["wormholes"] = json!({"enabled": false})), first);
    assert_eq!(arm(&|scenario| scenario["router"] = json!({"kind": "shortest_path"})), first);
    assert_eq!(arm(&|scenario| scenario["nodes"]["queue_limit"] = json!(2)), first);
    assert_ne!(arm(&|scenario| scenario["seed"] = json!(6)), first);
}

/// Draws of one link depend on the seed, the name of the process and the link, and on nothing else.
#[test]
fn a_member_fails_as_it_does_alone_and_whatever_the_order_of_processes() {
    let of_link = |failures: Value, link: u32| {
        let records = failures_of(written(&quiet(8, 3000, failures))).into_iter();
        let own = |r: &Record| match r.change {
            Change::LinkFailed { link } | Change::LinkRestored { link } => link,
            _ => u32::MAX,
        };
        records.filter(|record| own(record) == link).collect::<Vec<_>>()
    };
    let named = |name: &str, links: Value| json!({"kind": "links", "name": name, "links": links, "mean_up_ticks": 90, "mean_down_ticks": 30});
    let alone = of_link(json!([named("fibre", json!([["2", "3"]]))]), 2);
    assert!(alone.len() > 20);
    assert_eq!(of_link(json!([named("fibre", json!(null))]), 2), alone);
    assert_ne!(of_link(json!([named("other", json!(null))]), 2), alone);
    let (a, b) = (named("fibre", json!(null)), named("ducts", json!([["2", "3"], ["6", "7"]])));
    let both = |processes: Value| failures_of(written(&quiet(8, 3000, processes)));
    assert_eq!(both(json!([a, b])), both(json!([b, a])));
}
