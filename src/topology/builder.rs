//! Builds a [`Topology`] from raw nodes and links: the one place for that, whatever source they come from.
//!
//! [`TopologyBuilder::build`] applies these rules, in this order, and counts in [`Defaults`] what they add or drop:
//! 1. Ids are unique. Coordinates are in range and of one kind, masses and capacities in range, ends exist.
//! 2. Self-loops are dropped. Parallel links (the same ends in either order) become one, direction by direction: the
//!    least latency that is stated or follows from coordinates; the sum of the capacities, unlimited if any of them is.
//!    So two one-way links of opposite directions are one link with two directions.
//! 3. Disconnected parts: all are kept, or the one with the most nodes (of equal ones that of the first node). Nodes
//!    are in one part if they reach each other: with one-way links, parts are strongly connected.
//! 4. A node is named by its label, else its id. A label that several nodes have gets `#id` at all of them.
//! 5. Missing positions are the mean of the located neighbours, breadth-first ([`super::positions`]).
//! 6. Latency: stated in ticks, in ms, or by length at 200,000 km/s; else by the great-circle distance of the ends at
//!    that speed; else the default. Milliseconds become ticks by `round(ms / tick_ms)`; zero is raised to 1.
//!    Those of the slower directions of all links together are at most [`MAX_SUM_OF_LATENCIES_TICKS`].
//! 7. Nodes without a mass have mass 1; directions without a capacity are unlimited.
//!
//! Not modelled: lengths of cables beyond the great circle; propagation but in fibre.

use std::num::NonZeroU32;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, EdgeIndex, UnGraph};
use petgraph::unionfind::UnionFind;

use super::error::{quoted, value_error};
use super::inputs::{LinkInput, LinkLength, NodeInput, Parts, Rules};
use super::limits::{MAX_LATENCY_TICKS, MAX_LINKS, MAX_NODES, MAX_SUM_OF_LATENCIES_TICKS};
use super::names::NameIndex;
use super::positions::place_between_neighbours;
use super::{Defaults, Direction, Link, MAX_ROUNDING, Node, NodeId, Place, Position, Topology, TopologyError};
use crate::physics::geometry::great_circle_km;

const MAX_PLANE_COORDINATE: f64 = 1e9;
const MAX_MASS: f64 = 1e15;

/// Collects raw nodes and links; see the module's rules.
#[derive(Debug, Clone, Default)]
pub struct TopologyBuilder {
    /// Name of the topology.
    pub name: String,
    /// Attribution.
    pub source: Option<String>,
    /// Nodes; their order is the order of the ids in the topology.
    pub nodes: Vec<NodeInput>,
    /// Links; their order is the order of the link indices in the topology.
    pub links: Vec<LinkInput>,
    /// What the source says nodes ask of each other: origin, target and rate.
    pub demands: Vec<([u32; 2], f64)>,
    /// Numbers of links in the source that mean nothing here: their names, and how many links have them.
    pub unused_numbers: Vec<(Box<str>, u32)>,
    /// What a reader assumed of what the source does not say, and how often.
    pub assumed: Vec<(Box<str>, u32)>,
}

/// Parallel links merged into one.
struct Bundle {
    /// Position of the first of them in the source.
    first: u32,
    /// Ends of the first of them.
    ends: [u32; 2],
    /// From the first end, and from the second.
    lanes: [Option<Lane>; 2],
}

/// One direction of parallel links.
struct Lane {
    /// Least of the stated latencies, in ticks, not rounded.
    stated_ticks: Option<f64>,
    /// Whether any of them states no latency.
    unstated: bool,
    capacity_per_tick: Option<u32>,
}

/// A link to be judged for connectedness: its ends, and whether it leads from the first to the second only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joint {
    pub ends: [u32; 2],
    pub one_way: bool,
}

impl Bundle {
    fn joint(&self) -> Joint {
        Joint { ends: self.ends, one_way: self.lanes[1].is_none() }
    }
}

impl TopologyBuilder {
    /// Applies the rules.
    ///
    /// # Errors
    /// Whatever breaks a rule of the module, with its place in the source.
    pub fn build(self, rules: &Rules) -> Result<Topology, TopologyError> {
        rules.check()?;
        if self.nodes.len() > MAX_NODES || self.links.len() > MAX_LINKS {
            return Err(TopologyError::TooLarge);
        }
        check_nodes(&self.nodes)?;
        self.check_links()?;
        let mut defaults = Defaults {
            tick_ms: rules.tick_ms,
            nodes_in_source: self.nodes.len() as u32,
            links_in_source: self.links.len() as u32,
            unused_numbers: self.unused_numbers.clone(),
            assumed: self.assumed.clone(),
            demands: self.demands.len() as u32,
            ..Defaults::default()
        };
        let bundles = self.bundles(rules, &mut defaults)?;
        let kept = kept(rules.parts, self.nodes.len(), bundles.iter().map(Bundle::joint));
        let TopologyBuilder { name, source, nodes, demands, .. } = self;
        let (mut graph, aliases, bundles) = frozen_graph(nodes, bundles, &kept, &mut defaults)?;
        let new_ids = new_ids(&kept);
        let kept_demand = |([a, b], rate): ([u32; 2], f64)| Some(([new_ids[a as usize]?, new_ids[b as usize]?], rate));
        let demands = demands.into_iter().filter_map(kept_demand).collect();
        if graph.node_count() < 2 || graph.edge_count() < 1 {
            return Err(TopologyError::TooSmall { nodes: graph.node_count(), links: graph.edge_count() });
        }
        defaults.positions_from_neighbours = place_between_neighbours(&mut graph);
        defaults.positions_unknown = graph.node_weights().filter(|node| node.position.is_none()).count() as u32;
        set_latencies(&mut graph, &bundles, rules, &mut defaults)?;
        let sum: u64 = graph.edge_weights().map(|link| u64::from(link.longest_ticks())).sum();
        if sum > u64::from(MAX_SUM_OF_LATENCIES_TICKS) {
            return Err(TopologyError::SumOfLatencies { ticks: sum });
        }
        Ok(Topology { name, source, graph, defaults, aliases, demands })
    }

    /// The names of all nodes, by rule 4.
    ///
    /// # Errors
    /// [`TopologyError::AmbiguousName`].
    pub fn names(&self) -> Result<Vec<Box<str>>, TopologyError> {
        let all: Vec<u32> = (0..self.nodes.len() as u32).collect();
        Ok(unique_names(&self.nodes, &all, &mut Defaults::default())?.into_iter().flatten().collect())
    }

    fn check_links(&self) -> Result<(), TopologyError> {
        for (index, link) in self.links.iter().enumerate() {
            for (end, &node) in link.ends.iter().enumerate() {
                assert!((node as usize) < self.nodes.len(), "end {end} of link {index} is node {node}, not yet added");
            }
            if let Some((side, _)) = link.directions().find(|(_, direction)| direction.capacity_per_tick == Some(0)) {
                let place = Place::Link(index as u32, ["capacity_per_tick", "back.capacity_per_tick"][side]);
                return Err(value_error(place, 0, "a whole number from 1, or none for unlimited"));
            }
        }
        Ok(())
    }

    /// Rule 2, in the order of the first link of each bundle.
    fn bundles(&self, rules: &Rules, defaults: &mut Defaults) -> Result<Vec<Bundle>, TopologyError> {
        let ends = |index: &u32| {
            let [a, b] = self.links[*index as usize].ends;
            (a.min(b), a.max(b))
        };
        let mut order: Vec<u32> = (0..self.links.len() as u32).filter(|index| ends(index).0 != ends(index).1).collect();
        defaults.self_loops_dropped = (self.links.len() - order.len()) as u32;
        order.sort_by_key(|index| (ends(index), *index));
        let mut bundles = Vec::with_capacity(order.len());
        for same in order.chunk_by(|a, b| ends(a) == ends(b)) {
            bundles.push(self.bundle(same, rules)?);
        }
        defaults.parallel_links_merged = (order.len() - bundles.len()) as u32;
        bundles.sort_unstable_by_key(|bundle: &Bundle| bundle.first);
        Ok(bundles)
    }

    fn bundle(&self, parallel: &[u32], rules: &Rules) -> Result<Bundle, TopologyError> {
        let first = parallel[0];
        let ends = self.links[first as usize].ends;
        let mut bundle = Bundle { first, ends, lanes: [None, None] };
        for &index in parallel {
            let link = self.links[index as usize];
            for (side, direction) in link.directions() {
                let [from, to] = [link.ends[side], link.ends[1 - side]];
                let lane = bundle.lanes[usize::from(from != ends[0])].get_or_insert(Lane {
                    stated_ticks: None,
                    unstated: false,
                    capacity_per_tick: Some(0),
                });
                match direction.length {
                    None => lane.unstated = true,
                    Some(length) => {
                        let name = |end: u32| {
                            let node = &self.nodes[end as usize];
                            node.label.as_ref().unwrap_or(&node.id)
                        };
                        let ticks = length.ticks(rules);
                        whole_ticks(ticks, index, name(from), name(to))?;
                        lane.stated_ticks = Some(lane.stated_ticks.map_or(ticks, |least| least.min(ticks)));
                    }
                }
                let capacities = lane.capacity_per_tick.zip(direction.capacity_per_tick);
                lane.capacity_per_tick = capacities.map(|(sum, more)| sum.saturating_add(more));
            }
        }
        Ok(bundle)
    }
}

/// A latency rounded to whole ticks, not yet raised to one.
fn whole_ticks(ticks: f64, link: u32, from: &str, to: &str) -> Result<u32, TopologyError> {
    if (0.0..=f64::from(MAX_LATENCY_TICKS)).contains(&ticks) {
        return Ok(libm::round(ticks) as u32);
    }
    Err(TopologyError::Latency { place: Place::Link(link, ""), from: quoted(from), to: quoted(to), ticks })
}

fn check_nodes(nodes: &[NodeInput]) -> Result<(), TopologyError> {
    let mut kind = None;
    for (index, node) in nodes.iter().enumerate() {
        let place = |field| Place::Node(index as u32, field);
        let limits = |value: f64, most: f64| value.abs() <= most;
        match node.position {
            Some(Position::Geographic { latitude, .. }) if !limits(latitude, 90.0) => {
                return Err(value_error(place("latitude"), latitude, "degrees from -90 to 90"));
            }
            Some(Position::Geographic { longitude, .. }) if !limits(longitude, 180.0) => {
                return Err(value_error(place("longitude"), longitude, "degrees from -180 to 180"));
            }
            Some(Position::Plane { x, .. }) if !limits(x, MAX_PLANE_COORDINATE) => {
                return Err(value_error(place("x"), x, "a number from -1e9 to 1e9"));
            }
            Some(Position::Plane { y, .. }) if !limits(y, MAX_PLANE_COORDINATE) => {
                return Err(value_error(place("y"), y, "a number from -1e9 to 1e9"));
            }
            _ => {}
        }
        if let Some(position) = node.position {
            let geographic = position.place().is_some();
            if *kind.get_or_insert(geographic) != geographic {
                return Err(TopologyError::MixedCoordinates { place: place(""), geographic });
            }
        }
        if let Some(mass) = node.mass.filter(|mass| !(0.0..=MAX_MASS).contains(mass)) {
            return Err(value_error(place("mass"), mass, "a number from 0 to 1e15"));
        }
    }
    if let Some((first, second)) = NameIndex::from_names(nodes.iter().map(|node| &*node.id)).first_duplicate() {
        let value = quoted(&nodes[second.index()].id);
        return Err(TopologyError::DuplicateId { place: Place::Node(second.0, "id"), value, first: first.0 });
    }
    Ok(())
}

/// Rule 3: for each node, whether it is kept, given all links.
pub(super) fn kept(parts: Parts, nodes: usize, links: impl Iterator<Item = Joint> + Clone) -> Vec<bool> {
    match parts {
        Parts::All => vec![true; nodes],
        Parts::Largest => largest_part(nodes, links),
    }
}

/// For each node, whether it is in the largest part.
fn largest_part(nodes: usize, links: impl Iterator<Item = Joint> + Clone) -> Vec<bool> {
    let part_of = if links.clone().any(|link| link.one_way) { strong_parts(nodes, links) } else { parts(nodes, links) };
    let mut sizes = vec![0_u32; nodes];
    for &part in &part_of {
        sizes[part as usize] += 1;
    }
    let largest = sizes.iter().max().copied().unwrap_or(0);
    // The first node in a part of that size decides between equal ones.
    let chosen = part_of.iter().find(|&&part| sizes[part as usize] == largest).copied();
    part_of.iter().map(|&part| Some(part) == chosen).collect()
}

/// The part of each node, if all links lead both ways.
fn parts(nodes: usize, links: impl Iterator<Item = Joint>) -> Vec<u32> {
    let mut parts = UnionFind::<u32>::new(nodes);
    for Joint { ends: [a, b], .. } in links {
        parts.union(a, b);
    }
    parts.into_labeling()
}

/// The strongly connected part of each node.
fn strong_parts(nodes: usize, links: impl Iterator<Item = Joint>) -> Vec<u32> {
    let mut graph = DiGraph::<(), ()>::with_capacity(nodes, 0);
    for _ in 0..nodes {
        graph.add_node(());
    }
    for Joint { ends: [a, b], one_way } in links {
        graph.add_edge(a.into(), b.into(), ());
        if !one_way {
            graph.add_edge(b.into(), a.into(), ());
        }
    }
    let mut part_of = vec![0; nodes];
    for (part, members) in (0..).zip(kosaraju_scc(&graph)) {
        members.into_iter().for_each(|node| part_of[node.index()] = part);
    }
    part_of
}

/// For each node of the source its id in the topology, if it is kept.
fn new_ids(kept: &[bool]) -> Vec<Option<NodeId>> {
    let mut next = 0..;
    kept.iter().map(|&kept| if kept { next.next().map(NodeId) } else { None }).collect()
}

/// The graph, ids that are not the names of their nodes, and the bundles of its links.
type Frozen = (UnGraph<Node, Link>, Vec<(Box<str>, NodeId)>, Vec<Bundle>);

/// Rules 3, 4 and 7: the graph of what is kept, its latencies not yet set, ids beside names, and the bundles of links.
fn frozen_graph(
    nodes: Vec<NodeInput>,
    mut bundles: Vec<Bundle>,
    kept: &[bool],
    defaults: &mut Defaults,
) -> Result<Frozen, TopologyError> {
    let all_links = bundles.len();
    bundles.retain(|bundle| bundle.ends.iter().all(|&end| kept[end as usize]));
    defaults.links_outside_largest_part = (all_links - bundles.len()) as u32;
    let places: Vec<u32> = (0..nodes.len() as u32).filter(|&place| kept[place as usize]).collect();
    defaults.nodes_outside_largest_part = (nodes.len() - places.len()) as u32;

    let mut graph = UnGraph::with_capacity(places.len(), bundles.len());
    let names = unique_names(&nodes, &places, defaults)?;
    let mut aliases = Vec::new();
    for (node, name) in nodes.into_iter().zip(names) {
        let Some(name) = name else { continue };
        defaults.masses_default += u32::from(node.mass.is_none());
        let alias = node.alias.or((node.id != name).then_some(node.id));
        let id = graph.add_node(Node { name, position: node.position, mass: node.mass.unwrap_or(1.0) });
        aliases.extend(alias.map(|alias| (alias, NodeId::from(id))));
    }
    let new_ids = new_ids(kept);
    for bundle in &mut bundles {
        bundle.ends = bundle.ends.map(|end| new_ids[end as usize].map_or(u32::MAX, |id| id.0));
        let unlimited = |lane: &Option<Lane>| lane.as_ref().is_some_and(|lane| lane.capacity_per_tick.is_none());
        defaults.capacities_unlimited += u32::from(bundle.lanes.iter().any(unlimited));
        let direction = |lane: &Lane| Direction {
            latency_ticks: 1,
            capacity_per_tick: lane.capacity_per_tick.and_then(NonZeroU32::new),
        };
        let [forth, back] = bundle.lanes.each_ref().map(|lane| lane.as_ref().map(direction));
        let link = Link { forth: forth.expect("a link leads away from its first end"), back };
        graph.add_edge(bundle.ends[0].into(), bundle.ends[1].into(), link);
    }
    Ok((graph, aliases, bundles))
}

/// Rule 4: for each node of the source its name, `None` for those that are not kept.
fn unique_names(
    nodes: &[NodeInput],
    kept: &[u32],
    defaults: &mut Defaults,
) -> Result<Vec<Option<Box<str>>>, TopologyError> {
    let plain = |place: &u32| {
        let node = &nodes[*place as usize];
        &**node.label.as_ref().unwrap_or(&node.id)
    };
    let mut names: Vec<Option<Box<str>>> = vec![None; nodes.len()];
    for place in kept {
        names[*place as usize] = Some(plain(place).into());
    }
    for shared in NameIndex::from_names(kept.iter().map(plain)).shared() {
        let place = kept[shared.index()];
        names[place as usize] = Some(format!("{}#{}", plain(&place), nodes[place as usize].id).into());
        defaults.names_made_unique += 1;
    }
    let index = NameIndex::from_names(kept.iter().map(|&place| names[place as usize].as_deref().unwrap_or_default()));
    if let Some((_, second)) = index.first_duplicate() {
        let place = kept[second.index()];
        let value = quoted(names[place as usize].as_deref().unwrap_or_default());
        return Err(TopologyError::AmbiguousName { place: Place::Node(place, ""), value });
    }
    Ok(names)
}

/// Rule 6.
fn set_latencies(
    graph: &mut UnGraph<Node, Link>,
    bundles: &[Bundle],
    rules: &Rules,
    defaults: &mut Defaults,
) -> Result<(), TopologyError> {
    let default_ticks = rules.default_latency_ms.map_or(1.0, |ms| ms / rules.tick_ms);
    let mut all_exact = Vec::new();
    for (index, bundle) in bundles.iter().enumerate() {
        let [from, to] = bundle.ends.map(|end| &graph[petgraph::graph::NodeIndex::from(end)]);
        let place = |node: &Node| node.position.and_then(Position::place);
        let whole = |ticks: f64| whole_ticks(ticks, bundle.first, &from.name, &to.name);
        let (mut is_default, mut is_raised, mut is_off) = (false, false, false);
        let mut latency = |lane: &Lane| -> Result<u32, TopologyError> {
            let places = place(from).zip(place(to)).filter(|_| lane.unstated);
            let derived_ticks = places.map(|(a, b)| LinkLength::Km(great_circle_km(a, b)).ticks(rules));
            let exact = lane.stated_ticks.into_iter().chain(derived_ticks).reduce(f64::min);
            is_default |= exact.is_none();
            let ticks = whole(exact.unwrap_or(default_ticks))?;
            is_raised |= ticks == 0;
            let ticks = ticks.max(1);
            if let Some(exact) = exact.filter(|&exact| exact > 0.0) {
                is_off |= (f64::from(ticks) - exact).abs() > MAX_ROUNDING * exact;
                all_exact.push(exact);
            }
            Ok(ticks)
        };
        let [forth, back] = &bundle.lanes;
        let forth = forth.as_ref().map(&mut latency).transpose()?;
        let back = back.as_ref().map(&mut latency).transpose()?;
        defaults.latencies_default += u32::from(is_default);
        defaults.latencies_raised += u32::from(is_raised);
        defaults.latencies_off += u32::from(is_off);
        let link = &mut graph[EdgeIndex::new(index)];
        for (direction, ticks) in [Some(&mut link.forth), link.back.as_mut()].into_iter().zip([forth, back]) {
            direction.into_iter().zip(ticks).for_each(|(direction, ticks)| direction.latency_ticks = ticks);
        }
    }
    let fitting = fitting_tick(&mut all_exact);
    defaults.fitting_tick_ms = fitting.map(|(ticks, _)| round_down(ticks * rules.tick_ms));
    defaults.fitting_is_bound = fitting.is_some_and(|(_, is_bound)| is_bound);
    Ok(())
}

/// Share of the shortest latencies that need not keep their differences.
const SHORTEST: f64 = 0.05;
/// Most ticks of the longest latency: a finer tick makes every run longer.
const MOST_TICKS: f64 = 1000.0;

/// Length of a tick, in the unit of some latencies, that keeps nearly all of them within [`MAX_ROUNDING`], unless the
/// longest would take more than [`MOST_TICKS`]; and whether it would.
fn fitting_tick(latencies: &mut [f64]) -> Option<(f64, bool)> {
    latencies.sort_unstable_by(f64::total_cmp);
    let longest = *latencies.last()?;
    let shortest = latencies[(latencies.len() as f64 * SHORTEST) as usize];
    // Half a tick is the most that rounding changes.
    let (fitting, least) = (2.0 * MAX_ROUNDING * shortest, longest / MOST_TICKS);
    Some((fitting.max(least), fitting < least))
}

/// The largest number not above this one that is 1, 2 or 5 times a power of ten.
fn round_down(number: f64) -> f64 {
    let decade = libm::pow(10.0, libm::floor(libm::log10(number)));
    let factor = [5.0, 2.0].into_iter().find(|factor| factor * decade <= number * (1.0 + 1e-9)).unwrap_or(1.0);
    // As decimals are written, not as powers are multiplied.
    format!("{:e}", factor * decade).parse().unwrap_or(factor * decade)
}
