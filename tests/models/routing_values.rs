//! Exact values of the 6x6 grid of Boyan and Littman (VALIDATION.md 1), and what costs mean on a topology.

use wormsim::fabric::Fabric;
use wormsim::routing::UNREACHED;
use wormsim::routing::cost::{Cost, CostError};
use wormsim::routing::many::distances;
use wormsim::routing::view::View;
use wormsim::topology::{NodeId, Rules, Topology, read_topology};

use crate::common::{project, start, written};

fn grid() -> Topology {
    read_topology(&project("scenarios/topologies/boyan-littman-6x6.json"), &Rules::default()).unwrap().0
}

/// Sum of the distances between all ordered pairs, and the largest.
fn sum_and_diameter(view: &View) -> (u32, u32) {
    let all: Vec<u32> = (0..view.nodes() as u32).collect();
    let matrix = distances(view, &all, &all);
    assert!(!matrix.contains(&UNREACHED));
    (matrix.iter().sum(), *matrix.iter().max().unwrap())
}

fn mean(sum: u32) -> f64 {
    (f64::from(sum) / 1260.0 * 1e6).round() / 1e6
}

/// Both ports of the link between two nodes.
fn link(view: &View, a: u32, b: u32) -> [u32; 2] {
    let (port, _, _) = view.ports(a).find(|&(_, y, _)| y == b).unwrap();
    [port, view.twin(port)]
}

#[test]
fn hops_and_diameter_are_those_published() {
    let mut view = View::of_topology(&grid(), Cost::Hops, 0).unwrap();
    assert_eq!(sum_and_diameter(&view), (6092, 11));
    for ([a, b], hops, diameter) in [([20, 21], 7.723810, 19), ([32, 33], 5.095238, 13)] {
        let ports = link(&view, a, b);
        view.close(ports);
        let (sum, longest) = sum_and_diameter(&view);
        assert_eq!((mean(sum), longest), (hops, diameter), "without {a}–{b}");
        view = View::of_topology(&grid(), Cost::Hops, 0).unwrap();
    }
}

#[test]
fn the_best_added_link_is_that_from_7_to_16() {
    let mut view = View::of_topology(&grid(), Cost::Hops, 1).unwrap();
    let mut all = Vec::new();
    for b in 0..36 {
        for a in 0..b {
            let ports = view.open(a, b, 1).unwrap().ports;
            all.push((sum_and_diameter(&view).0, [a, b]));
            view.close(ports);
        }
    }
    let (best, ends) = *all.iter().min().unwrap();
    assert_eq!((mean(best), ends), (4.228571, [7, 16]));
}

#[test]
fn real_costs_are_scaled_and_both_directions_are_averaged() {
    let topology = grid();
    let ports = View::of_topology(&topology, Cost::Latency, 2).unwrap();
    let mut delays = vec![0.0; ports.port_count()];
    let [there, back] = link(&ports, 20, 21);
    (delays[there as usize], delays[back as usize]) = (1.25, 2.5);
    let cost = Cost::MeasuredDelay { ticks: &delays, units_per_tick: 8.0 };
    let view = View::of_topology(&topology, cost, 2).unwrap();
    assert_eq!((view.cost(there), view.cost(back)), (Some(15), Some(15)));
    assert_eq!(view.cost(link(&view, 0, 1)[0]), Some(0), "a link may cost nothing");
    assert_eq!(view.first_port(NodeId(21)), ports.first_port(NodeId(21)));

    let energy = Cost::Priced { wormholes: &delays, units_per_tick: 3.0 };
    let view = View::of_topology(&topology, energy, 2).unwrap();
    assert_eq!(view.cost(there), Some(3), "a space link costs its latency");
}

#[test]
fn a_link_whose_cost_is_no_cost_is_named() {
    let topology = grid();
    let view = View::of_topology(&topology, Cost::Latency, 0).unwrap();
    let [there, _] = link(&view, 20, 21);
    for bad in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut delays = vec![1.0; view.port_count()];
        delays[there as usize] = bad;
        let cost = Cost::MeasuredDelay { ticks: &delays, units_per_tick: 1.0 };
        let error = View::of_topology(&topology, cost, 0).unwrap_err();
        let CostError::Invalid { ends, .. } = error else { panic!("{error}") };
        assert_eq!(ends, ["20", "21"], "{bad}");
    }
    let mut delays = vec![1.0; view.port_count()];
    delays[there as usize] = 1e12;
    let cost = Cost::MeasuredDelay { ticks: &delays, units_per_tick: 1.0 };
    let error = View::of_topology(&topology, cost, 0).unwrap_err().to_string();
    assert!(error.contains("20–21"), "{error}");
}

#[test]
fn the_view_of_a_run_knows_its_wormholes_by_any_cost() {
    let mut simulation = start(written(&serde_json::json!({
        "version": 1, "name": "open", "intent": "A wormhole is open.", "ticks": 100,
        "topology": {"generator": {"kind": "torus", "rows": 6, "columns": 6}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": "fixed", "ports_per_node": 2, "initial": [["0", "21"], ["0", "14"]]},
    })));
    (0..50).for_each(|_| drop(simulation.step().unwrap()));
    let fabric = simulation.world().resource::<Fabric>();
    let view = View::new(fabric);
    let is_wormhole = |port: u32| fabric.ports[port as usize].wormhole != u32::MAX;
    let open: Vec<u32> = view.ports(0).map(|(port, _, _)| port).filter(|&port| is_wormhole(port)).collect();
    assert_eq!(open.len(), 2);
    for &port in &open {
        let twin = view.twin(port);
        assert_eq!((view.twin(twin), view.to(twin), view.cost(twin)), (port, 0, view.cost(port)));
        assert!(is_wormhole(twin) && view.cost(port) == Some(fabric.ports[port as usize].latency));
    }
    let energy = vec![0.5; fabric.ports.len()];
    let priced = View::priced(fabric, Cost::Priced { wormholes: &energy, units_per_tick: 4.0 }).unwrap();
    for (port, _, cost) in (0..36).flat_map(|x| priced.ports(x)) {
        let latency = fabric.ports[port as usize].latency;
        assert_eq!(cost, if is_wormhole(port) { 2 } else { 4 * latency });
    }
    let hops = View::priced(fabric, Cost::Hops).unwrap();
    assert!((0..36).flat_map(|x| hops.ports(x)).all(|(_, _, cost)| cost == 1));
}
