//! On a path 0 – 1 – 2 – 3 of latencies 2, 3, 4 with a free slot at each node: ports are 0 1, 2 3 4, 5 6 7, 8 9.

use super::*;
use crate::fabric::access::NONE;
use crate::topology::EachWay;

const CLOSED: f32 = f32::INFINITY;

/// The table with the path in one shard or in two halves.
fn path(halves: bool, initial: QInitial) -> QTable {
    let view = View::weighted(4, &[(0, 1, 2), (1, 2, 3), (2, 3, 4)], 1).unwrap();
    let shards = Shards::of(if halves { vec![0, 0, 1, 1] } else { vec![0; 4] }, 1 + u32::from(halves));
    let rule = Rule { learning_rate: 0.5, full_echo: false, exploration: 0.0, initial };
    let division = Division { whole: shards.clone(), limit: u64::MAX };
    let mut table = QTable::new(rule, &[2, 3, 3, 2], division, shards, 5).unwrap();
    table.initialise(&view, CLOSED);
    table
}

/// The network of the path, before its first tick.
fn fabric() -> Fabric {
    let scenario = serde_json::json!({
        "version": 1, "name": "path",
        "topology": {
            "nodes": [{"id": "0"}, {"id": "1"}, {"id": "2"}, {"id": "3"}],
            "links": [{"ends": ["0", "1"], "latency_ticks": 2}, {"ends": ["1", "2"], "latency_ticks": 3},
                {"ends": ["2", "3"], "latency_ticks": 4}]
        },
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "ports_per_node": 1}
    });
    let loaded = crate::simulation::load_text(&scenario.to_string(), "path.json".as_ref(), &[]).unwrap();
    Fabric::new(&loaded.scenario, vec![0; 4], 1)
}

/// Estimates of a node by target.
fn rows(table: &QTable, x: u32) -> Vec<Vec<f32>> {
    let x = NodeId(x);
    table.rows.targets(x).into_iter().map(|target| table.rows.row(x, target).to_vec()).collect()
}

#[test]
fn free_flow_is_the_latency_of_the_way_through_each_port() {
    let table = path(false, QInitial::FreeFlow);
    assert_eq!(rows(&table, 0), [[4.0, CLOSED], [2.0, CLOSED], [5.0, CLOSED], [9.0, CLOSED]]);
    assert_eq!(rows(&table, 1), [[2.0, 8.0, CLOSED], [4.0, 6.0, CLOSED], [7.0, 3.0, CLOSED], [11.0, 7.0, CLOSED]]);
}

#[test]
fn rows_for_another_shard_are_of_the_way_into_it_and_own_rows_stay_inside() {
    let table = path(true, QInitial::FreeFlow);
    assert_eq!(rows(&table, 1), [[2.0, CLOSED, CLOSED], [4.0, CLOSED, CLOSED], [7.0, 3.0, CLOSED]]);
    let zero = path(true, QInitial::Zero);
    assert_eq!(rows(&zero, 1), [[0.0, CLOSED, CLOSED], [0.0, CLOSED, CLOSED], [0.0, 0.0, CLOSED]]);
}

#[test]
fn a_wormhole_is_worth_its_transit_and_what_its_far_end_expects() {
    let mut table = path(false, QInitial::FreeFlow);
    let (ports, ends) = ([1, 9], [NodeId(0), NodeId(3)]);
    table.apply(&PortChange { ports, ends, how: How::Opened { latency: EachWay::same(1) } });
    let slot = |table: &QTable, x: u32| rows(table, x).iter().map(|row| row[1]).collect::<Vec<_>>();
    assert_eq!(slot(&table, 0), [10.0, 8.0, 5.0, 1.0]);
    assert_eq!(slot(&table, 3), [1.0, 3.0, 6.0, 10.0]);
    table.apply(&PortChange { ports, ends, how: How::Changed { before: EachWay::same(1), latency: EachWay::same(3) } });
    assert_eq!(slot(&table, 0), [12.0, 10.0, 7.0, 3.0]);
    table.apply(&PortChange { ports, ends, how: How::Closed });
    assert_eq!([slot(&table, 0), slot(&table, 3)], [[CLOSED; 4]; 2]);
}

/// Between the halves it leads into the other one and is of no use in its own; within a half it is a way on.
#[test]
fn a_wormhole_between_shards_ends_where_it_leads_and_one_within_goes_on() {
    let slot = |table: &QTable, x: u32, p: usize| rows(table, x).iter().map(|row| row[p]).collect::<Vec<_>>();
    let opened = |ports, ends: [u32; 2]| {
        let mut table = path(true, QInitial::FreeFlow);
        table.apply(&PortChange { ports, ends: ends.map(NodeId), how: How::Opened { latency: EachWay::same(1) } });
        table
    };
    let between = opened([1, 9], [0, 3]);
    assert_eq!([slot(&between, 0, 1), slot(&between, 3, 1)], [[CLOSED, CLOSED, 1.0]; 2]);
    // 0 expects 2 to node 1 and 2 + 3 into the other half, 1 expects 2 to node 0 and 3.
    let within = opened([1, 4], [0, 1]);
    assert_eq!(slot(&within, 0, 1), [1.0 + 2.0, 1.0, 1.0 + 3.0]);
    assert_eq!(slot(&within, 1, 2), [1.0, 1.0 + 2.0, 1.0 + 5.0]);
}

#[test]
fn a_failed_link_keeps_its_estimates_until_it_is_restored() {
    let mut table = path(false, QInitial::FreeFlow);
    let before = [1, 2].map(|x| rows(&table, x));
    let (ports, ends) = ([3, 5], [NodeId(1), NodeId(2)]);
    table.apply(&PortChange { ports, ends, how: How::Failed });
    assert!(rows(&table, 1).iter().all(|row| row[1] == CLOSED));
    assert_eq!(table.saved[&3], [8.0, 6.0, 3.0, 7.0]);
    table.apply(&PortChange { ports, ends, how: How::Restored { latency: [Some(3); 2] } });
    assert_eq!([1, 2].map(|x| rows(&table, x)), before);
    assert!(table.saved.is_empty());
}

#[test]
fn what_was_learned_is_taken_on_and_what_cannot_have_been_is_refused() {
    let mut learned = path(false, QInitial::FreeFlow);
    learned.apply(&PortChange { ports: [0, 2], ends: [NodeId(0), NodeId(1)], how: How::Failed });
    let (values, saved): (Vec<f32>, _) = (learned.rows.values().collect(), &learned.saved);
    let mut fabric = fabric();
    fabric.set_link(0, false);
    let restored = |values: &[f32], saved: &BTreeMap<u32, Vec<f32>>| {
        let mut table = path(false, QInitial::Zero);
        let (estimates, saved) = (Estimates::Read(values.to_vec()), Cow::Borrowed(saved));
        let state = postcard::to_stdvec(&State { estimates, saved }).unwrap();
        table.restore(&state, &fabric).then_some(table)
    };
    let table = restored(&values, saved).unwrap();
    assert_eq!(&table.saved, saved);
    assert_eq!(rows(&table, 2), rows(&learned, 2));

    assert!(restored(&values[1..], saved).is_none());
    // Each estimate: an open port takes any number of ticks, a closed one keeps +∞.
    for place in 0..values.len() {
        for (value, anywhere) in [(1.0, false), (f32::NAN, false), (f32::NEG_INFINITY, false), (CLOSED, true)] {
            let mut forged = values.clone();
            let is_open = forged[place].is_finite();
            forged[place] = value;
            assert_eq!(restored(&forged, saved).is_some(), anywhere || is_open && value.is_finite(), "{place} {value}");
        }
    }
    for (port, row) in [(3, vec![1.0; 4]), (0, vec![1.0; 3]), (2, vec![f32::NAN; 4]), (u32::MAX, vec![1.0; 4])] {
        let mut forged = saved.clone();
        forged.insert(port, row);
        assert!(restored(&values, &forged).is_none(), "{port}");
    }
}

/// An access from 0 to a target.
fn access(table: &QTable, target: u32) -> Access {
    let locator = table.locators(4)[target as usize];
    let (origin, at, target) = (NodeId(0), NodeId(0), NodeId(target));
    Access {
        origin,
        target,
        locator,
        at,
        via: NONE,
        over: NONE,
        next: NONE,
        born: 0,
        hops: 0,
        propagation: 0,
        node_wait: 0,
        link_wait: 0,
        setup: 0,
        size: 1.0,
    }
}

/// A port; a closed one leads nowhere.
fn port(to: u32, latency: u32) -> Port {
    let ready = if to == NONE { u32::MAX } else { 0 };
    let fields = serde_json::json!({"to": to, "latency": latency, "capacity": u32::MAX, "ready": ready,
        "wormhole": NONE, "carried": 0});
    serde_json::from_value(fields).unwrap()
}

/// The ports of a node of the path.
fn ports(x: u32) -> Vec<Port> {
    let space: &[(u32, u32)] = [&[(1, 2)][..], &[(0, 2), (2, 3)], &[(1, 3), (3, 4)], &[(2, 4)]][x as usize];
    space.iter().chain([&(NONE, 1)]).map(|&(to, latency)| port(to, latency)).collect()
}

/// Decision `number` at a node for an access that waited there.
fn hop(x: u32, ports: &[Port], number: u32, waited: f32) -> Hop<'_> {
    Hop { x: NodeId(x), now: 1, number, waited, ports, waits: None }
}

/// Lets node `x` learn what it met through port `p` and returns its estimates for the access.
fn learned(table: &mut QTable, x: u32, p: usize, access: &Access, waited: f32) -> Vec<f32> {
    let start = table.rows.start(NodeId(x), access.locator);
    let value = table.rows.row(NodeId(x), access.locator)[p];
    if value < CLOSED {
        let learned = table.learned(&hop(x, &ports(x), 0, waited), p, access, value);
        table.draft.note(start, p, learned);
    }
    table.settle();
    table.rows.row(NodeId(x), access.locator).to_vec()
}

/// η of the way to the sample: wait, transit, and the least that the next node expects; nothing where the way ends.
#[test]
fn an_estimate_moves_towards_what_was_met() {
    let mut table = path(false, QInitial::FreeFlow);
    let (far, near) = (access(&table, 3), access(&table, 1));
    assert_eq!(learned(&mut table, 0, 0, &far, 6.0)[0], 9.0 + 0.5 * (6.0 + 2.0 + 7.0 - 9.0));
    assert_eq!(learned(&mut table, 0, 0, &near, 6.0)[0], 2.0 + 0.5 * (6.0 + 2.0 - 2.0));
    assert_eq!(learned(&mut table, 0, 1, &far, 6.0)[1], CLOSED);
}

#[test]
fn a_neighbour_that_knows_no_way_teaches_nothing() {
    let mut table = path(false, QInitial::FreeFlow);
    let far = access(&table, 3);
    let start = table.rows.start(NodeId(1), far.locator);
    (0..3).for_each(|p| *table.rows.value_mut(start, p) = CLOSED);
    assert_eq!(learned(&mut table, 0, 0, &far, 6.0)[0], 9.0);
}

/// The way into the shard ends at its first node, although the target is further on.
#[test]
fn an_estimate_of_another_shard_ends_where_it_is_entered() {
    let mut table = path(true, QInitial::FreeFlow);
    let far = access(&table, 3);
    assert_eq!(learned(&mut table, 1, 1, &far, 2.0)[1], 3.0 + 0.5 * (2.0 + 3.0 - 3.0));
}

#[test]
fn the_best_port_is_taken_and_ties_are_all_taken() {
    let mut table = path(false, QInitial::FreeFlow);
    let (back, on) = (access(&table, 0), access(&table, 3));
    let ports = ports(1);
    for number in 0..100 {
        let hop = hop(1, &ports, number, 0.0);
        assert_eq!([back, on].map(|access| table.pick(&hop, &access)), [Some(0), Some(1)]);
        table.draft = Draft::default();
    }
    let mut even = path(false, QInitial::Zero);
    let mut times = [0; 3];
    for number in 0..1000 {
        times[even.pick(&hop(1, &ports, number, 0.0), &on).unwrap()] += 1;
        even.draft = Draft::default();
    }
    assert!(times[0] > 400 && times[1] > 400 && times[2] == 0, "{times:?}");
    table.rule.exploration = 1.0;
    let explored: Vec<usize> = (0..100).map(|number| table.pick(&hop(1, &ports, number, 0.0), &on).unwrap()).collect();
    assert!(explored.contains(&0) && explored.contains(&1) && !explored.contains(&2));
}

/// For target 3, node 1 expects 2 + 9 through node 0 and 3 + 4 through node 2. An echo teaches all ports before the
/// choice, and the chosen one learns once more.
#[test]
fn a_hop_teaches_what_it_took_and_an_echo_what_the_others_would_have() {
    let towards = |value: f32, sample: f32| value + 0.5 * (sample - value);
    let (other, once) = (towards(11.0, 4.0 + 2.0 + 9.0), towards(7.0, 4.0 + 3.0 + 4.0));
    for (full_echo, expected) in
        [(false, [11.0, once, CLOSED]), (true, [other, towards(once, 4.0 + 3.0 + 4.0), CLOSED])]
    {
        let mut table = path(false, QInitial::FreeFlow);
        table.rule.full_echo = full_echo;
        let far = access(&table, 3);
        assert_eq!(table.pick(&hop(1, &ports(1), 0, 4.0), &far), Some(1));
        assert_eq!(table.rows.row(NodeId(1), far.locator), [11.0, 7.0, CLOSED], "nobody sees it within the tick");
        table.settle();
        assert_eq!(table.rows.row(NodeId(1), far.locator), expected);
    }
}

/// Decisions at a node see what earlier ones of the same tick learned there.
#[test]
fn a_node_sees_its_own_learning_at_once() {
    let mut table = path(false, QInitial::FreeFlow);
    let (far, ports) = (access(&table, 3), ports(1));
    let picks: Vec<_> = (0..3).map(|number| table.pick(&hop(1, &ports, number, 13.0), &far)).collect();
    assert_eq!(picks, [Some(1), Some(0), Some(1)], "7 to 13.5, then 11 to 17.5, then 13.5 to 16.75");
    table.settle();
    assert_eq!(table.rows.row(NodeId(1), far.locator), [17.5, 16.75, CLOSED]);
}

/// With so many targets that what was learned is searched by a tree, as with few.
#[test]
fn a_node_sees_much_that_it_learned_as_it_sees_little() {
    let mut draft = Draft::default();
    draft.at(NodeId(1));
    let mut latest = BTreeMap::new();
    for number in 0..200 {
        let (start, p, value) = (number * 7 % 5 * 4, number % 3, number as f32);
        draft.note(start, p, value);
        latest.insert((start, p), value);
        for start in (0..5).map(|row| row * 4) {
            let seen: BTreeMap<usize, f32> = draft.of_row(start).collect();
            let expected = latest.iter().filter(|((row, _), _)| *row == start).map(|(&(_, p), &value)| (p, value));
            assert!(seen.into_iter().eq(expected), "{number}");
        }
    }
    draft.at(NodeId(2));
    assert!((0..5).all(|row| draft.of_row(row * 4).next().is_none()));
}

#[test]
fn no_port_is_taken_where_all_are_closed() {
    let mut table = path(false, QInitial::FreeFlow);
    table.apply(&PortChange { ports: [0, 2], ends: [NodeId(0), NodeId(1)], how: How::Closed });
    let (far, closed) = (access(&table, 3), [port(NONE, 1); 2]);
    for exploration in [0.0, 1.0] {
        table.rule.exploration = exploration;
        assert_eq!(table.pick(&hop(0, &closed, 0, 0.0), &far), None);
    }
}

#[test]
fn an_estimate_that_is_no_number_is_found_at_its_node() {
    for halves in [false, true] {
        let mut table = path(halves, QInitial::FreeFlow);
        assert_eq!(table.rows.first_nan(), None);
        for target in [3, 0] {
            let target = access(&table, target).locator;
            let start = table.rows.start(NodeId(2), target);
            let value = std::mem::replace(table.rows.value_mut(start, 1), f32::NAN);
            assert_eq!(table.rows.first_nan(), Some(NodeId(2)));
            *table.rows.value_mut(start, 1) = value;
        }
    }
}

/// Four estimates of four bytes for each of four targets at each of four nodes.
#[test]
fn one_shard_has_no_rows_for_shards() {
    let table = path(false, QInitial::Zero);
    assert_eq!(crate::learning::rows::size(&[2, 3, 3, 2], table.rows.shards()), 4 * 4 * 4 * 4);
}
