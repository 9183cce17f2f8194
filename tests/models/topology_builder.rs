//! The builder's rules, one by one and over random input.

use proptest::prelude::*;
use wormsim::topology::{
    Direction, DirectionInput, LinkInput, LinkLength, MAX_LATENCY_TICKS, NodeId, NodeInput, Parts, Position, Rules,
    Topology, TopologyBuilder, TopologyError,
};

fn node(id: &str) -> NodeInput {
    NodeInput { id: id.into(), label: None, alias: None, position: None, mass: None }
}

fn located(id: &str, latitude: f64, longitude: f64) -> NodeInput {
    NodeInput { position: Some(Position::Geographic { latitude, longitude }), ..node(id) }
}

fn labelled(id: &str, label: &str) -> NodeInput {
    NodeInput { label: Some(label.into()), ..node(id) }
}

fn link(a: u32, b: u32) -> LinkInput {
    LinkInput::symmetric([a, b], DirectionInput::default())
}

fn with_ticks(a: u32, b: u32, ticks: u32, capacity: Option<u32>) -> LinkInput {
    let direction = DirectionInput { length: Some(LinkLength::Ticks(ticks)), capacity_per_tick: capacity };
    LinkInput::symmetric([a, b], direction)
}

fn build_by(rules: Rules, nodes: &[NodeInput], links: &[LinkInput]) -> Result<Topology, TopologyError> {
    let (nodes, links) = (nodes.into(), links.into());
    TopologyBuilder { name: "test".into(), nodes, links, ..TopologyBuilder::default() }.build(&rules)
}

fn build(nodes: &[NodeInput], links: &[LinkInput]) -> Result<Topology, TopologyError> {
    build_by(Rules::default(), nodes, links)
}

fn names(topology: &Topology) -> Vec<&str> {
    topology.nodes().map(|(_, node)| &*node.name).collect()
}

fn ticks(topology: &Topology) -> Vec<u32> {
    topology.links().map(|(.., link)| link.forth.latency_ticks).collect()
}

#[test]
fn labels_name_nodes_and_equal_ones_get_their_ids() {
    let nodes = [labelled("1", "Prague"), labelled("2", "Brno"), labelled("3", "Prague"), node("x")];
    let topology = build(&nodes, &[link(0, 1), link(1, 2), link(2, 3)]).unwrap();
    assert_eq!(names(&topology), ["Prague#1", "Brno", "Prague#3", "x"]);
    assert_eq!(topology.defaults.names_made_unique, 2);
    assert_eq!(topology.find("Prague#3"), Some(NodeId(2)));
    assert_eq!(topology.find("Prague"), None);
}

fn one_way(a: u32, b: u32, ticks: u32, capacity: Option<u32>) -> LinkInput {
    LinkInput { back: None, ..with_ticks(a, b, ticks, capacity) }
}

fn direction(latency_ticks: u32, capacity: Option<u32>) -> Direction {
    Direction { latency_ticks, capacity_per_tick: capacity.and_then(std::num::NonZeroU32::new) }
}

#[test]
fn parallel_links_are_merged_direction_by_direction() {
    let nodes = ["a", "b", "c"].map(node);
    let links = [
        one_way(1, 0, 5, Some(2)),
        one_way(0, 1, 3, Some(1)),
        with_ticks(0, 1, 4, Some(7)),
        one_way(1, 2, 6, None),
        with_ticks(0, 2, 1, None),
    ];
    let topology = build(&nodes, &links).unwrap();
    let found: Vec<_> = topology.links().map(|(_, a, b, link)| (a.0, b.0, link.forth, link.back)).collect();
    // The ends are those of the first link of the source.
    assert_eq!(
        found,
        [
            (1, 0, direction(4, Some(9)), Some(direction(3, Some(8)))),
            (1, 2, direction(6, None), None),
            (0, 2, direction(1, None), Some(direction(1, None))),
        ]
    );
    assert_eq!(topology.defaults.parallel_links_merged, 2);
    assert!(topology.links().any(|(.., link)| !link.is_symmetric()));
}

#[test]
fn with_one_way_links_the_largest_part_is_that_whose_nodes_reach_each_other() {
    // A cycle a → b → c → a, from which d and e are reached without a way back; f leads in.
    let nodes = ["d", "e", "f", "a", "b", "c"].map(node);
    let links = [
        one_way(3, 4, 1, None),
        one_way(4, 5, 1, None),
        one_way(5, 3, 1, None),
        one_way(3, 0, 1, None),
        link(0, 1),
        one_way(2, 5, 1, None),
    ];
    let topology = build(&nodes, &links).unwrap();
    assert_eq!(names(&topology), ["a", "b", "c"]);
    let defaults = &topology.defaults;
    assert_eq!((defaults.nodes_outside_largest_part, defaults.links_outside_largest_part), (3, 3));
    let all = build_by(Rules { parts: Parts::All, ..Rules::default() }, &nodes, &links).unwrap();
    assert_eq!((all.node_count(), all.link_count()), (6, 6));
}

/// A search that calls itself for each node on its way overflows the stack.
#[test]
fn a_long_ring_of_one_way_links_overflows_no_stack() {
    let count = 150_000;
    let nodes: Vec<NodeInput> = (0..count).map(|id| node(&id.to_string())).collect();
    let links: Vec<LinkInput> = (0..count).map(|id| one_way(id, (id + 1) % count, 1, None)).collect();
    let topology = build(&nodes, &links).unwrap();
    assert_eq!((topology.node_count(), topology.link_count()), (150_000, 150_000));
}

#[test]
fn a_label_that_imitates_an_appended_id_is_refused() {
    let nodes = [labelled("1", "A"), labelled("2", "A"), labelled("3", "A#1")];
    let error = build(&nodes, &[link(0, 1), link(1, 2)]).unwrap_err();
    assert!(matches!(error, TopologyError::AmbiguousName { .. }), "{error}");
}

#[test]
fn parallel_links_become_the_fastest_with_the_capacity_of_all() {
    let nodes = [node("a"), node("b"), node("c")];
    let links = [
        with_ticks(0, 1, 9, Some(4)),
        with_ticks(1, 2, 2, Some(1)),
        with_ticks(2, 2, 2, Some(1)),
        with_ticks(1, 0, 5, Some(3)),
        with_ticks(2, 1, 7, None),
    ];
    let topology = build(&nodes, &links).unwrap();
    let found: Vec<_> = topology
        .links()
        .map(|(_, a, b, l)| (a.0, b.0, l.forth.latency_ticks, l.forth.capacity_per_tick.map(u32::from)))
        .collect();
    assert_eq!(found, [(0, 1, 5, Some(7)), (1, 2, 2, None)]);
    let defaults = &topology.defaults;
    assert_eq!((defaults.parallel_links_merged, defaults.self_loops_dropped, defaults.capacities_unlimited), (2, 1, 1));
    assert_eq!(topology.link_between(NodeId(2), NodeId(1)), Some(1));
    assert_eq!(topology.link_between(NodeId(2), NodeId(0)), None);
}

#[test]
fn a_default_latency_does_not_beat_a_stated_one() {
    let topology = build(&[node("a"), node("b")], &[link(0, 1), with_ticks(0, 1, 10, None)]).unwrap();
    assert_eq!((ticks(&topology), topology.defaults.latencies_default), (vec![10], 0));
}

#[test]
fn latency_follows_from_coordinates_rounds_to_nearest_and_is_at_least_one_tick() {
    // A degree of the equator is 111.195 km, 0.555975 ms.
    let nodes = [located("a", 0.0, 0.0), located("b", 0.0, 10.0), located("c", 0.0, 10.1), located("d", 0.0, -170.0)];
    let links = [link(0, 1), link(1, 2), link(0, 3), link(3, 1)];
    let topology = build(&nodes, &links).unwrap();
    assert_eq!(ticks(&topology), [6, 1, 95, 100]);
    assert_eq!((topology.defaults.latencies_raised, topology.defaults.latencies_default), (1, 0));
    let fine = build_by(Rules { tick_ms: 0.01, ..Rules::default() }, &nodes, &links).unwrap();
    assert_eq!(ticks(&fine), [556, 6, 9452, 10008]);
}

#[test]
fn missing_places_come_from_neighbours_and_missing_latencies_from_the_default() {
    let nodes = [located("a", 0.0, 0.0), node("b"), located("c", 0.0, 20.0), node("d"), node("e")];
    let rules = Rules { default_latency_ms: Some(3.4), parts: Parts::All, ..Rules::default() };
    let topology = build_by(rules, &nodes, &[link(0, 1), link(1, 2), link(3, 4)]).unwrap();
    assert_eq!(ticks(&topology), [6, 6, 3]);
    let defaults = &topology.defaults;
    assert_eq!((defaults.positions_from_neighbours, defaults.positions_unknown, defaults.latencies_default), (1, 2, 1));
    assert_eq!(defaults.masses_default, 5);
}

#[test]
fn the_largest_part_stays_and_of_equal_ones_the_first() {
    let nodes: Vec<NodeInput> = ["a", "b", "c", "d", "e"].map(node).into();
    let links = [link(4, 1), link(0, 2), link(0, 0)];
    let topology = build(&nodes, &links).unwrap();
    assert_eq!(names(&topology), ["a", "c"]);
    assert_eq!(topology.defaults.nodes_outside_largest_part, 3);
    assert_eq!(topology.defaults.links_outside_largest_part, 1);
    let topology = build(&nodes, &[link(4, 1), link(0, 2), link(3, 4)]).unwrap();
    assert_eq!(names(&topology), ["b", "d", "e"]);
    let all = build_by(Rules { parts: Parts::All, ..Rules::default() }, &nodes, &links).unwrap();
    assert_eq!((all.node_count(), all.link_count()), (5, 2));
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_place() {
    let two = [node("a"), node("b")];
    let sized = |length| LinkInput::symmetric([0, 1], DirectionInput { length: Some(length), capacity_per_tick: None });
    let message = |nodes: &[NodeInput], links: &[LinkInput]| build(nodes, links).unwrap_err().to_string();
    for bad in [-1.0, f64::NAN, f64::INFINITY, f64::from(MAX_LATENCY_TICKS) + 1.0] {
        let text = message(&two, &[link(0, 1), sized(LinkLength::Ms(bad))]);
        assert!(text.contains(r#"between "a" and "b""#) && text.contains("0 to 1000000"), "{text}");
        assert!(build(&two, &[sized(LinkLength::Km(bad * 200.0))]).is_err());
    }
    assert!(message(&two, &[with_ticks(0, 1, u32::MAX, None)]).starts_with("links[0] between"));
    assert!(message(&[located("a", 91.0, 0.0), node("b")], &[link(0, 1)]).starts_with("nodes[0].latitude is 91;"));
    assert!(message(&[node("b"), located("a", 9.0, f64::NAN)], &[link(0, 1)]).starts_with("nodes[1].longitude is NaN"));
    assert!(message(&[node("a"), node("a")], &[link(0, 1)]).contains("nodes[0] already"));
    let heavy = NodeInput { mass: Some(-1.0), ..node("a") };
    assert!(message(&[heavy, node("b")], &[link(0, 1)]).starts_with("nodes[0].mass is -1;"));
    assert!(message(&[], &[]).contains("0 nodes and 0 links"));
    assert!(message(&two, &[link(0, 0)]).contains("at least 2 nodes and 1 link"));
    for tick_ms in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = build_by(Rules { tick_ms, ..Rules::default() }, &two, &[link(0, 1)]).unwrap_err();
        assert!(error.to_string().starts_with("tick_ms is"), "{error}");
    }
    let far = [located("a", 0.0, 0.0), located("b", 0.0, 90.0)];
    let error = build_by(Rules { tick_ms: 1e-9, ..Rules::default() }, &far, &[link(0, 1)]).unwrap_err();
    assert!(matches!(error, TopologyError::Latency { .. }), "{error}");
}

/// Mostly sound, sometimes broken.
fn any_node() -> impl Strategy<Value = NodeInput> {
    let label = proptest::option::weighted(0.5, "[ab#0-9]{0,3}".prop_map(Box::from));
    let position = proptest::option::weighted(0.6, (-91.0..90.0_f64, -180.0..180.0_f64));
    let mass = proptest::option::weighted(0.3, prop_oneof![9 => 0.0..10.0_f64, 1 => Just(f64::NAN)]);
    (label, position, mass).prop_map(|(label, position, mass)| NodeInput {
        id: "".into(),
        label,
        alias: None,
        position: position.map(|(latitude, longitude)| Position::Geographic { latitude, longitude }),
        mass,
    })
}

fn any_length() -> impl Strategy<Value = LinkLength> {
    prop_oneof![
        4 => (0..2000_u32).prop_map(LinkLength::Ticks),
        4 => (0.0..100.0_f64).prop_map(LinkLength::Ms),
        4 => (0.0..9000.0_f64).prop_map(LinkLength::Km),
        1 => any::<f64>().prop_map(LinkLength::Ms),
    ]
}

fn any_builder() -> impl Strategy<Value = TopologyBuilder> {
    proptest::collection::vec(any_node(), 0..20).prop_flat_map(|mut nodes| {
        for (index, node) in nodes.iter_mut().enumerate() {
            node.id = format!("{index}").into();
        }
        let count = nodes.len() as u32;
        let capacity = proptest::option::of(prop_oneof![20 => 1..9_u32, 1 => Just(0), 1 => Just(u32::MAX)]);
        let direction = (proptest::option::of(any_length()), capacity);
        let direction =
            direction.prop_map(|(length, capacity_per_tick)| DirectionInput { length, capacity_per_tick }).boxed();
        let back = proptest::option::of(proptest::option::of(direction.clone()));
        let link = (0..count.max(1), 0..count.max(1), direction, back);
        proptest::collection::vec(link, if count == 0 { 0..1 } else { 0..40 }).prop_map(move |links| {
            // The same both ways, or another direction back, or none.
            let input = |(a, b, forth, back): (_, _, _, Option<_>)| LinkInput {
                ends: [a, b],
                forth,
                back: back.unwrap_or(Some(forth)),
            };
            TopologyBuilder {
                name: "random".into(),
                nodes: nodes.clone(),
                links: links.into_iter().map(input).collect(),
                ..TopologyBuilder::default()
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_input_gives_a_sound_topology_or_an_error(builder in any_builder(), all: bool) {
        let rules = Rules { parts: if all { Parts::All } else { Parts::Largest }, ..Rules::default() };
        let source = builder.clone();
        let Ok(topology) = builder.build(&rules) else { return Ok(()) };
        let defaults = &topology.defaults;
        prop_assert_eq!(source.nodes.len(), topology.node_count() + defaults.nodes_outside_largest_part as usize);
        let gone = defaults.self_loops_dropped + defaults.parallel_links_merged + defaults.links_outside_largest_part;
        prop_assert_eq!(source.links.len(), topology.link_count() + gone as usize);
        prop_assert!(!all || defaults.nodes_outside_largest_part == 0);
        let mut arcs = petgraph::graph::DiGraph::<(), ()>::new();
        for _ in topology.nodes() {
            arcs.add_node(());
        }
        for (_, a, b, link) in topology.links() {
            arcs.add_edge(a.into(), b.into(), ());
            if link.back.is_some() {
                arcs.add_edge(b.into(), a.into(), ());
            }
        }
        prop_assert!(all || petgraph::algo::kosaraju_scc(&arcs).len() == 1);

        let mut pairs = std::collections::BTreeSet::new();
        for (_, a, b, link) in topology.links() {
            prop_assert!(a != b && pairs.insert((a.min(b), a.max(b))));
            prop_assert!(link.latencies().into_iter().flatten().all(|ticks| (1..=MAX_LATENCY_TICKS).contains(&ticks)));
        }
        let mut known = names(&topology);
        known.sort_unstable();
        known.dedup();
        prop_assert_eq!(known.len(), topology.node_count());
        // The expected pairs, if nothing was left out.
        if all {
            let sorted = |l: &LinkInput| (l.ends[0].min(l.ends[1]), l.ends[0].max(l.ends[1]));
            let expected: std::collections::BTreeSet<_> =
                source.links.iter().map(sorted).filter(|(a, b)| a != b).map(|(a, b)| (NodeId(a), NodeId(b))).collect();
            prop_assert_eq!(pairs, expected);
        }
        for (_, node) in topology.nodes() {
            if let Some(Position::Geographic { latitude, longitude }) = node.position {
                prop_assert!(latitude.abs() <= 90.0 && longitude.abs() <= 180.0);
            }
        }
    }
}
