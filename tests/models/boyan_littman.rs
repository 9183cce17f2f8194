//! Boyan and Littman, "Packet routing in dynamically changing networks: a reinforcement learning approach", NIPS 6
//! (1993): their irregular 6x6 grid, against exact values and against medians of the authors' own simulator.

use std::collections::{BTreeSet, VecDeque};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use wormsim::random::stream;

use crate::common::{shipped, summary};

const Q_ROUTING: &str = r#"router={"kind":"q_routing","learning_rate":0.7,"initial":"zero"}"#;

fn load(accesses_per_tick: f64) -> String {
    format!("workloads.0.accesses_per_tick={accesses_per_tick}")
}

fn near(value: Option<f64>, expected: f64, share: f64) {
    let value = value.expect("something was measured");
    assert!((value / expected - 1.0).abs() <= share, "{value}, expected {expected} ± {} %", share * 100.0);
}

/// Exact: 6092/1260 hops; entropy of the directed-link load of even shortest paths 6.320854 bits.
#[test]
fn light_load_has_the_exact_mean_hops_and_entropy() {
    let found = summary(shipped("boyan-littman-6x6", &[&load(0.5), "ticks=100000"]));
    near(found.hops.mean, 6092.0 / 1260.0, 0.01);
    near(Some(found.entropy.network_bits), 6.320854, 0.005);
}

/// Saturation of evenly split shortest paths is at 2.347598.
#[test]
fn shortest_path_is_stable_below_saturation_and_unstable_above() {
    for seed in [1, 2, 3] {
        let stable = |accesses: f64| {
            summary(shipped("boyan-littman-6x6", &[&load(accesses), &format!("seed={seed}")])).stability.stable
        };
        assert_eq!((stable(2.2), stable(2.5)), (Some(true), Some(false)), "seed {seed}");
    }
}

/// An event-driven simulation in continuous time of the same setting: Poisson injections skip their origin's queue,
/// every node serves one access per unit of time, links take one. Mean latency of the accesses born after a fifth.
fn continuous_time(accesses_per_tick: f64, end: f64, seed: u64) -> f64 {
    let topology = shipped("boyan-littman-6x6", &[]).scenario.topology;
    let mut neighbours = vec![Vec::new(); topology.node_count()];
    for (_, a, b, _) in topology.links() {
        neighbours[a.index()].push(b.index());
        neighbours[b.index()].push(a.index());
    }
    let distance: Vec<Vec<u32>> = (0..36).map(|target| hops_to(&neighbours, target)).collect();
    let mut rng = stream(seed, "oracle");
    let next_hop = |x: usize, target: usize, rng: &mut ChaCha8Rng| {
        let shorter = |y: &&usize| distance[target][**y] + 1 == distance[target][x];
        let choices: Vec<usize> = neighbours[x].iter().filter(shorter).copied().collect();
        choices[rng.random_range(0..choices.len())]
    };
    // Arrivals by time in units of 2⁻³², which orders them without comparing floats: (time, number, node, target,
    // born).
    let unit = f64::from(u32::MAX) + 1.0;
    let mut arrivals: BTreeSet<(u64, u64, usize, usize, u64)> = BTreeSet::new();
    let (mut free, mut number) = ([0u64; 36], 0);
    let (mut now, mut sum, mut count) = (0.0, 0.0, 0u32);
    while now < end {
        now -= libm::log(1.0 - rng.random::<f64>()) / accesses_per_tick;
        while let Some(&first) = arrivals.first().filter(|&&(time, ..)| time <= (now * unit) as u64) {
            arrivals.remove(&first);
            let (time, _, x, target, born) = first;
            if x == target {
                if (born as f64) > 0.2 * end * unit {
                    sum += (time - born) as f64 / unit;
                    count += 1;
                }
                continue;
            }
            let start = time.max(free[x]);
            free[x] = start + unit as u64;
            number += 1;
            arrivals.insert((free[x], number, next_hop(x, target, &mut rng), target, born));
        }
        let (origin, target) = (rng.random_range(0..36), rng.random_range(0..35));
        let (target, born) = (target + usize::from(target >= origin), (now * unit) as u64);
        number += 1;
        arrivals.insert((born + unit as u64, number, next_hop(origin, target, &mut rng), target, born));
    }
    sum / f64::from(count)
}

fn hops_to(neighbours: &[Vec<usize>], target: usize) -> Vec<u32> {
    let mut hops = vec![u32::MAX; neighbours.len()];
    let mut front = VecDeque::from([target]);
    hops[target] = 0;
    while let Some(x) = front.pop_front() {
        for &y in &neighbours[x] {
            if hops[y] == u32::MAX {
                hops[y] = hops[x] + 1;
                front.push_back(y);
            }
        }
    }
    hops
}

/// Slots or continuous time make no difference to the mean here: with Poisson streams, two accesses that meet at a
/// server cost half a unit in the mean in both. The authors' own medians (4.91, 5.08, 6.62, 9.97 at loads 0.5, 1, 2 and
/// 2.2) are up to 7 % lower than this event-driven simulation of what their paper describes; we follow the paper.
#[test]
fn shortest_path_latency_equals_an_event_driven_simulation() {
    for (accesses, share) in [(0.5, 0.015), (1.0, 0.02), (2.0, 0.05)] {
        let found = summary(shipped("boyan-littman-6x6", &[&load(accesses), "ticks=60000"]));
        near(found.latency_ticks.mean, continuous_time(accesses, 50_000.0, 5), share);
    }
}

/// The authors' medians of five runs, to the 8 % that the test above explains and 10 % more near saturation, where a
/// run of theirs sees too few busy periods.
#[test]
fn shortest_path_latency_follows_the_authors_curve() {
    for (accesses, expected, share) in [(0.5, 4.91, 0.03), (1.0, 5.08, 0.06), (2.0, 6.62, 0.15), (2.2, 9.97, 0.18)] {
        let found = summary(shipped("boyan-littman-6x6", &[&load(accesses), "ticks=60000"]));
        near(found.latency_ticks.mean, expected, share);
    }
}

/// Above the saturation load of shortest paths: the issue asks for a mean of 6 to 9; the authors' median is 7.13.
#[test]
fn q_routing_is_stable_where_shortest_path_is_not() {
    for seed in [1, 2, 3] {
        let found = summary(shipped("boyan-littman-6x6", &[Q_ROUTING, &load(2.5), &format!("seed={seed}")]));
        assert_eq!(found.stability.stable, Some(true));
        let (latency, throughput) = (found.latency_ticks.mean.unwrap(), found.throughput_per_tick.unwrap());
        assert!((6.0..=9.0).contains(&latency), "seed {seed}: {latency}");
        assert!((throughput - 2.5).abs() <= 0.05, "seed {seed}: {throughput}");
    }
}

/// Measured delays, told to all nodes at once, are the harder rival above that load: steady where they are smoothed, as
/// the ARPANET's revised metric was (Khanna and Zinky 1989); renewed seldom and at full, routes swing.
#[test]
fn measured_delay_is_stable_where_shortest_path_is_not_unless_routes_swing() {
    for seed in [1, 2, 3] {
        let latency = |router: &str, load_of: f64| {
            let router = format!("router={router}");
            let found = summary(shipped("boyan-littman-6x6", &[&router, &load(load_of), &format!("seed={seed}")]));
            assert_eq!(found.stability.stable, Some(true), "seed {seed}, {router}");
            found.latency_ticks.mean.unwrap()
        };
        let steady = latency(r#"{"kind":"measured_delay"}"#, 2.5);
        assert!((6.0..=8.0).contains(&steady), "seed {seed}: {steady}");
        let swinging = latency(r#"{"kind":"measured_delay","recompute_every_ticks":300,"smoothing":1.0}"#, 2.5);
        assert!(swinging > 2.0 * steady, "seed {seed}: {swinging}, {steady}");
    }
}

/// "Full echo" is better at low load and worse at high load (their medians: 5.09 against 5.63, 8.85 against 7.13).
#[test]
fn full_echo_helps_at_low_load_and_hurts_at_high_load() {
    let latency = |accesses: f64, full_echo: bool| {
        let echo = format!("router.full_echo={full_echo}");
        let set = [Q_ROUTING, &echo, &load(accesses), "ticks=60000"];
        summary(shipped("boyan-littman-6x6", &set)).latency_ticks.mean.unwrap()
    };
    assert!(latency(0.5, true) < 0.97 * latency(0.5, false));
    assert!(latency(2.5, true) > 1.03 * latency(2.5, false));
}

/// After a link is restored, plain Q-routing keeps its detour, because only the chosen neighbour's estimate is
/// updated; full echo finds it again.
#[test]
fn plain_q_routing_keeps_its_detour_after_a_link_is_restored() {
    let hops_after = |full_echo: bool| {
        let events = r#"events=[{"tick":5000,"fail_link":["20","21"]},{"tick":15000,"restore_link":["20","21"]}]"#;
        let echo = format!("router.full_echo={full_echo}");
        let set = [Q_ROUTING, &echo, &load(0.5), events, "ticks=30000", "warmup_ticks=16000"];
        summary(shipped("boyan-littman-6x6", &set)).hops.mean.unwrap()
    };
    let (plain, echo) = (hops_after(false), hops_after(true));
    assert!(echo < 5.2, "{echo}: full echo uses the link again");
    assert!(plain > 5.8, "{plain}: plain Q-routing does not");
}

/// Exact mean hops with a link less, and with the best single link more (7–16, as a wormhole of transit 1).
#[test]
fn mean_hops_of_changed_grids_are_exact() {
    let without = |a: &str, b: &str| format!(r#"events=[{{"tick":0,"fail_link":["{a}","{b}"]}}]"#);
    let wormhole = r#"wormholes={"enabled":true,"policy":"fixed","initial":[["7","16"]],"ports_per_node":1}"#;
    let physics = concat!(
        r#"physics={"decay":{"fade_per_tick":0,"pay_review_ticks":1000000},"#,
        r#""wormhole":{"initial_strength":1,"max_capacity_per_tick":1000,"setup_ticks":0,"#,
        r#""kinds":{"fast_transit":0.01,"standard_transit":0.01,"experimental_transit":0.01}}}"#
    );
    let light = load(0.2);
    let hops = |set: &[&str]| {
        let all: Vec<&str> = [light.as_str(), "ticks=200000"].into_iter().chain(set.iter().copied()).collect();
        summary(shipped("boyan-littman-6x6", &all)).hops.mean
    };
    near(hops(&[&without("20", "21")]), 7.723810, 0.01);
    near(hops(&[&without("32", "33")]), 5.095238, 0.01);
    near(hops(&[wormhole, physics]), 4.228571, 0.01);
}
