//! Our own topology format: JSON that names nodes and links; read strictly, written with one node or link a line.
//!
//! The `Raw…` types mirror what is written, for files as well as for topologies inside scenarios. What they cannot
//! say (ids that exist, ranges) is checked by [`into_builder`] and by the rules of [`TopologyBuilder`].

use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::error::{message, plain_words, quoted, value_error};
use super::limits::{MAX_FILE_LINKS, MAX_FILE_NODES};
use super::names::NameIndex;
use super::{
    Direction, DirectionInput, LinkInput, LinkLength, NodeInput, Place, Position, Rules, Topology, TopologyBuilder,
    TopologyError,
};

/// The version of the format that this program reads and writes.
pub const VERSION: u32 = 1;

/// A topology file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTopology {
    /// The JSON Schema of this format, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Version of the format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// Name of the network.
    pub name: String,
    /// Where the data come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The nodes, in the order of their ids in a run.
    #[serde(deserialize_with = "bounded_nodes")]
    pub nodes: Vec<RawNode>,
    /// The links.
    #[serde(deserialize_with = "bounded_links")]
    pub links: Vec<RawLink>,
}

/// A node: an id and, optionally, either latitude and longitude or x and y.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawNode {
    /// Unique name.
    pub id: Box<str>,
    /// Another name that finds the node, unless it is the name of another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Box<str>>,
    /// Degrees north, -90 to 90.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -90, max = 90))]
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -180, max = 180))]
    pub longitude: Option<f64>,
    /// To the right, no unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1e9, max = 1e9))]
    pub x: Option<f64>,
    /// Upwards, no unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1e9, max = 1e9))]
    pub y: Option<f64>,
    /// Weight as origin and target of gravity workloads, from 0; 1 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1e15))]
    pub mass: Option<f64>,
}

/// A link: two ids and, optionally, one statement of its latency and a capacity. It is the same in both directions,
/// unless `back` or `one_way` says otherwise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLink {
    /// Ids of the nodes that it joins. What stands beside is of the direction from the first to the second.
    pub ends: [Box<str>; 2],
    /// Latency in ticks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub latency_ticks: Option<u32>,
    /// Latency in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub latency_ms: Option<f64>,
    /// Length in kilometres of fibre, 200 km a millisecond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub length_km: Option<f64>,
    /// Accesses that may depart per tick and direction; unlimited if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    pub capacity_per_tick: Option<u32>,
    /// Whether it leads from the first node to the second only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
    /// The direction from the second node to the first, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Box<RawDirection>>,
}

/// The direction of a link from its second node to its first, in full: nothing is taken over from the other direction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDirection {
    /// Latency in ticks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub latency_ticks: Option<u32>,
    /// Latency in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub latency_ms: Option<f64>,
    /// Length in kilometres of fibre, 200 km a millisecond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub length_km: Option<f64>,
    /// Accesses that may depart per tick; unlimited if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    pub capacity_per_tick: Option<u32>,
}

/// The topology that JSON text describes.
///
/// # Errors
/// [`TopologyError::Json`] with line and column for what is not in the format, else what breaks the rules.
pub fn parse(bytes: &[u8], rules: &Rules) -> Result<Topology, TopologyError> {
    into_builder(parse_raw(bytes)?)?.build(rules)
}

/// What JSON text says, not yet checked beyond its form and version.
///
/// # Errors
/// [`TopologyError::Json`], or [`TopologyError::Value`] for another version.
pub fn parse_raw(bytes: &[u8]) -> Result<RawTopology, TopologyError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let raw: RawTopology = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| json_error(&error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| json_error(".", &error))?;
    if raw.version != VERSION {
        return Err(value_error(Place::Field("version"), raw.version, "1"));
    }
    Ok(raw)
}

/// Nodes up to [`MAX_FILE_NODES`], so that a file of nothing but tiny nodes ends before it fills the memory.
fn bounded_nodes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RawNode>, D::Error> {
    deserializer.deserialize_seq(Bounded { most: MAX_FILE_NODES, of: "nodes", items: PhantomData })
}

/// Links up to [`MAX_FILE_LINKS`].
fn bounded_links<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RawLink>, D::Error> {
    deserializer.deserialize_seq(Bounded { most: MAX_FILE_LINKS, of: "links", items: PhantomData })
}

/// A list of at most so many items.
struct Bounded<T> {
    most: usize,
    of: &'static str,
    items: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {} {}", self.most, self.of)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            if items.len() == self.most {
                return Err(A::Error::invalid_length(self.most + 1, &self));
            }
            items.push(item);
        }
        Ok(items)
    }
}

fn json_error(at: &str, error: &serde_json::Error) -> TopologyError {
    let problem = message(&plain_words(&error.to_string()));
    TopologyError::Json { line: error.line(), column: error.column(), at: message(at), problem }
}

/// Resolves ids, and checks that a node has one kind of coordinates and a link one statement of its latency.
///
/// # Errors
/// [`TopologyError::UnknownNode`] with the nearest id, or [`TopologyError::Value`] for contradicting fields.
pub fn into_builder(raw: RawTopology) -> Result<TopologyBuilder, TopologyError> {
    let index = NameIndex::from_names(raw.nodes.iter().map(|node| &*node.id));
    let mut links = Vec::with_capacity(raw.links.len());
    for (place, link) in (0..).zip(&raw.links) {
        links.push(link_input(place, link, &index)?);
    }
    drop(index);
    let mut nodes = Vec::with_capacity(raw.nodes.len());
    for (place, node) in (0..).zip(raw.nodes) {
        let position = position(place, &node)?;
        nodes.push(NodeInput { id: node.id, label: None, alias: node.alias, position, mass: node.mass });
    }
    Ok(TopologyBuilder { name: raw.name, source: raw.source, nodes, links, ..TopologyBuilder::default() })
}

fn position(place: u32, node: &RawNode) -> Result<Option<Position>, TopologyError> {
    match (node.latitude, node.longitude, node.x, node.y) {
        (None, None, None, None) => Ok(None),
        (Some(latitude), Some(longitude), None, None) => Ok(Some(Position::Geographic { latitude, longitude })),
        (None, None, Some(x), Some(y)) => Ok(Some(Position::Plane { x, y })),
        _ => Err(value_error(
            Place::Node(place, ""),
            "placed by half a pair of coordinates, or by two pairs",
            "latitude with longitude, x with y, or none of them",
        )),
    }
}

fn link_input(place: u32, link: &RawLink, index: &NameIndex<'_>) -> Result<LinkInput, TopologyError> {
    let mut ends = [0; 2];
    for (end, name) in (0..).zip(&link.ends) {
        let node = index.find(name).ok_or_else(|| TopologyError::UnknownNode {
            place: Place::LinkEnd(place, end),
            value: quoted(name),
            nearest: index.nearest_quoted(name),
        })?;
        ends[usize::from(end)] = node.0;
    }
    let forth = RawDirection {
        latency_ticks: link.latency_ticks,
        latency_ms: link.latency_ms,
        length_km: link.length_km,
        capacity_per_tick: link.capacity_per_tick,
    };
    let forth = forth.input(Place::Link(place, ""))?;
    let back = match (&link.back, link.one_way) {
        (None, one_way) => (!one_way).then_some(forth),
        (Some(back), false) => Some(back.input(Place::Link(place, "back"))?),
        (Some(_), true) => {
            let allowed = "one_way, or back for a direction that differs, or none of them";
            return Err(value_error(Place::Link(place, ""), "given both one_way and back", allowed));
        }
    };
    Ok(LinkInput { ends, forth, back })
}

impl RawDirection {
    /// What it says, if it states its latency once at the most.
    fn input(&self, place: Place) -> Result<DirectionInput, TopologyError> {
        let length = match (self.latency_ticks, self.latency_ms, self.length_km) {
            (None, None, None) => None,
            (Some(ticks), None, None) => Some(LinkLength::Ticks(ticks)),
            (None, Some(ms), None) => Some(LinkLength::Ms(ms)),
            (None, None, Some(km)) => Some(LinkLength::Km(km)),
            _ => {
                return Err(value_error(
                    place,
                    "given more than one latency",
                    "one of latency_ticks, latency_ms and length_km, or none of them",
                ));
            }
        };
        Ok(DirectionInput { length, capacity_per_tick: self.capacity_per_tick })
    }
}

impl From<DirectionInput> for RawDirection {
    fn from(direction: DirectionInput) -> Self {
        let mut raw = Self { capacity_per_tick: direction.capacity_per_tick, ..Self::default() };
        match direction.length {
            None => {}
            Some(LinkLength::Ticks(ticks)) => raw.latency_ticks = Some(ticks),
            Some(LinkLength::Ms(ms)) => raw.latency_ms = Some(ms),
            Some(LinkLength::Km(km)) => raw.length_km = Some(km),
        }
        raw
    }
}

impl RawTopology {
    /// The nodes and links of a source as they are, before the rules are applied.
    ///
    /// # Errors
    /// [`TopologyError::AmbiguousName`].
    pub fn of_source(source: &TopologyBuilder) -> Result<Self, TopologyError> {
        let names = source.names()?;
        let nodes = source.nodes.iter().zip(&names).map(|(node, name)| {
            let alias = node.alias.clone().or_else(|| (node.id != *name).then(|| node.id.clone()));
            let mut raw =
                RawNode { id: name.clone(), alias, latitude: None, longitude: None, x: None, y: None, mass: node.mass };
            raw.put(node.position);
            raw
        });
        let links = source.links.iter().map(|link| {
            let RawDirection { latency_ticks, latency_ms, length_km, capacity_per_tick } = link.forth.into();
            RawLink {
                ends: link.ends.map(|end| names[end as usize].clone()),
                latency_ticks,
                latency_ms,
                length_km,
                capacity_per_tick,
                one_way: link.back.is_none(),
                back: link.back.filter(|back| *back != link.forth).map(|back| Box::new(back.into())),
            }
        });
        Ok(Self {
            schema: None,
            version: VERSION,
            name: source.name.clone(),
            source: source.source.clone(),
            nodes: nodes.collect(),
            links: links.collect(),
        })
    }
}

impl RawNode {
    fn put(&mut self, position: Option<Position>) {
        match position {
            None => {}
            Some(Position::Geographic { latitude, longitude }) => {
                (self.latitude, self.longitude) = (Some(latitude), Some(longitude));
            }
            Some(Position::Plane { x, y }) => (self.x, self.y) = (Some(x), Some(y)),
        }
    }
}

impl From<Direction> for RawDirection {
    /// With its latency in ticks.
    fn from(direction: Direction) -> Self {
        Self {
            latency_ticks: Some(direction.latency_ticks),
            capacity_per_tick: direction.capacity_per_tick.map(u32::from),
            ..Self::default()
        }
    }
}

impl From<&Topology> for RawTopology {
    /// The same nodes and links in the same order, latencies in ticks; masses of 1 are left out.
    fn from(topology: &Topology) -> Self {
        let nodes = topology.nodes().map(|(_, node)| {
            let mut raw = RawNode {
                id: node.name.clone(),
                alias: None,
                latitude: None,
                longitude: None,
                x: None,
                y: None,
                mass: None,
            };
            raw.put(node.position);
            raw.mass = Some(node.mass).filter(|&mass| mass != 1.0);
            raw
        });
        let links = topology.links().map(|(_, a, b, link)| RawLink {
            ends: [a, b].map(|end| topology.node(end).name.clone()),
            latency_ticks: Some(link.forth.latency_ticks),
            capacity_per_tick: link.forth.capacity_per_tick.map(u32::from),
            one_way: link.back.is_none(),
            back: link.back.filter(|_| !link.is_symmetric()).map(|back| Box::new(back.into())),
            ..RawLink::default()
        });
        let mut nodes: Vec<RawNode> = nodes.collect();
        for (alias, id) in &topology.aliases {
            nodes[id.index()].alias = Some(alias.clone());
        }
        RawTopology {
            schema: None,
            version: VERSION,
            name: topology.name.clone(),
            source: topology.source.clone(),
            nodes,
            links: links.collect(),
        }
    }
}

/// The text of a topology file: one node or link a line, fields in the order of the types, a line end at the end.
///
/// Numbers must be finite, as those of every [`Topology`] are.
pub fn to_text(raw: &RawTopology) -> String {
    let mut text = String::from("{\n");
    if let Some(schema) = &raw.schema {
        let _ = writeln!(text, "  \"$schema\": {},", value_text(schema));
    }
    let _ = writeln!(text, "  \"version\": {},\n  \"name\": {},", raw.version, value_text(&raw.name));
    if let Some(source) = &raw.source {
        let _ = writeln!(text, "  \"source\": {},", value_text(source));
    }
    push_lines(&mut text, "nodes", &raw.nodes);
    text.push_str(",\n");
    push_lines(&mut text, "links", &raw.links);
    text.push_str("\n}\n");
    text
}

fn push_lines<T: Serialize>(text: &mut String, field: &str, items: &[T]) {
    let _ = write!(text, "  \"{field}\": [");
    for (place, item) in items.iter().enumerate() {
        text.push_str(if place == 0 { "\n    " } else { ",\n    " });
        text.push_str(&value_text(item));
    }
    text.push_str("\n  ]");
}

fn value_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and structs of them always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(text: &str) -> Result<Topology, TopologyError> {
        parse(text.as_bytes(), &Rules { tick_ms: 0.5, ..Rules::default() })
    }

    fn file(nodes: &str, links: &str) -> String {
        format!("{{\"version\":1,\"name\":\"n\",\n\"nodes\":[{nodes}],\n\"links\":[{links}]}}")
    }

    fn error(nodes: &str, links: &str) -> String {
        topology(&file(nodes, links)).unwrap_err().to_string()
    }

    const AB: &str = r#"{"id":"WA"},{"id":"IL"}"#;

    #[test]
    fn latencies_are_read_in_all_three_units() {
        let links = r#"{"ends":["WA","IL"],"latency_ticks":7},{"ends":["IL","x"],"latency_ms":2},
            {"ends":["x","WA"],"length_km":1050,"capacity_per_tick":3}"#;
        let topology = topology(&file(r#"{"id":"WA"},{"id":"IL"},{"id":"x","mass":2.5}"#, links)).unwrap();
        let ticks: Vec<u32> = topology.links().map(|(.., link)| link.forth.latency_ticks).collect();
        // 1050 km at 200 km/ms are 5.25 ms: 10.5 ticks of 0.5 ms, rounded to 11.
        assert_eq!(ticks, [7, 4, 11]);
        assert_eq!(topology.links().last().unwrap().3.forth.capacity_per_tick.map(u32::from), Some(3));
        assert_eq!(topology.node(topology.find("x").unwrap()).mass, 2.5);
        assert_eq!(topology.defaults.capacities_unlimited, 2);
    }

    #[test]
    fn directions_are_read_and_written_back_to_the_same_bytes() {
        let links = r#"{"ends":["WA","IL"],"latency_ticks":3,"back":{"latency_ticks":5,"capacity_per_tick":2}},
            {"ends":["x","IL"],"latency_ms":1,"capacity_per_tick":4,"one_way":true},
            {"ends":["WA","x"],"latency_ticks":1,"back":{"latency_ms":0.5}}"#;
        let first = topology(&file(r#"{"id":"WA"},{"id":"IL"},{"id":"x"}"#, links)).unwrap();
        let direction = |latency_ticks, capacity| Direction {
            latency_ticks,
            capacity_per_tick: std::num::NonZeroU32::new(capacity),
        };
        let found: Vec<_> = first.links().map(|(.., link)| (link.forth, link.back)).collect();
        assert_eq!(found[0], (direction(3, 0), Some(direction(5, 2))));
        assert_eq!(found[1], (direction(2, 4), None));
        assert_eq!(found[2], (direction(1, 0), Some(direction(1, 0))), "what does not differ is the same both ways");
        let saved = to_text(&RawTopology::from(&first));
        assert!(saved.contains(r#""back":{"latency_ticks":5,"capacity_per_tick":2}"#), "{saved}");
        assert!(saved.contains(r#""capacity_per_tick":4,"one_way":true}"#), "{saved}");
        assert_eq!(saved.matches("back").count(), 1);
        let second = topology(&saved).unwrap();
        assert!(first.links().eq(second.links()));
        assert_eq!(saved, to_text(&RawTopology::from(&second)));
    }

    #[test]
    fn what_contradicts_itself_about_directions_is_refused() {
        let link = |more: &str| error(AB, &format!(r#"{{"ends":["WA","IL"],{more}}}"#));
        assert!(link(r#""one_way":true,"back":{}"#).starts_with("links[0] is given both one_way and back"));
        let text = link(r#""back":{"latency_ms":1,"length_km":2}"#);
        assert!(text.starts_with("links[0].back is given more than one latency"), "{text}");
        let text = link(r#""back":{"capacity_per_tick":0}"#);
        assert!(text.starts_with("links[0].back.capacity_per_tick is 0;"), "{text}");
        let text = link(r#""back":{"latency_ms":-1}"#);
        assert!(text.contains(r#"links[0] between "IL" and "WA""#), "{text}");
        assert!(link(r#""one_way":true"#).contains("1 nodes and 0 links"), "no two nodes reach each other");
    }

    #[test]
    fn errors_name_place_value_and_nearest_name() {
        assert_eq!(
            error(AB, r#"{"ends":["WA","IL"]},{"ends":["WA","IK"]}"#),
            r#"links[1].ends[1] is "IK", which is no node's id; the nearest one is "IL"."#
        );
        let text = error(AB, r#"{"ends":["WA","IL"],"latency":3}"#);
        assert!(
            text.starts_with("At line 3, column 38, links[0].latency: unknown field \"latency\"; allowed: \"ends\""),
            "{text}"
        );
        let text = error(r#"{"id":"WA"},{"id":4}"#, "");
        assert!(text.contains("nodes[1].id: 4 is not allowed; expected a text"), "{text}");
        let text = error(r#"{"id":"WA"},{"id":"WA"}"#, "");
        assert_eq!(text, r#"nodes[1].id is "WA", the id of nodes[0] already; every node needs an id of its own."#);
        assert!(error(r#"{"id":"a","x":1},{"id":"b"}"#, "").starts_with("nodes[0] is placed by half a pair"));
        assert!(
            error(r#"{"id":"a","x":1,"y":2},{"id":"b","latitude":1,"longitude":1}"#, "")
                .starts_with("nodes[1] has geographic")
        );
        assert!(
            error(AB, r#"{"ends":["WA","IL"],"latency_ms":1,"length_km":2}"#).starts_with("links[0] is given more")
        );
        assert!(
            error(AB, r#"{"ends":["WA","IL"],"capacity_per_tick":0}"#).starts_with("links[0].capacity_per_tick is 0;")
        );
        assert!(error(AB, r#"{"ends":["WA","IL"],"latency_ms":-1}"#).contains(r#"links[0] between "WA" and "IL""#));
        assert!(error(AB, "").contains("2 nodes and 1 link") || error(AB, "").contains("1 nodes and 0 links"));
        let text = topology(r#"{"version":2,"name":"n","nodes":[],"links":[]}"#).unwrap_err().to_string();
        assert_eq!(text, "version is 2; allowed is 1.");
    }

    #[test]
    fn hostile_text_ends_in_a_short_error() {
        let deep = "[".repeat(200_000);
        let long = format!("{{\"{}\":1}}", "x".repeat(1_000_000));
        for text in ["", "{", "\u{feff}{}", "nul", "\0\0", &deep, &format!("{{\"name\":{deep}"), &long, "{} {}"] {
            let error = topology(text).unwrap_err();
            assert!(matches!(error, TopologyError::Json { .. }), "{error}");
            assert!(error.to_string().len() < 1000);
        }
        assert!(matches!(parse(b"\xff\xfe{", &Rules::default()), Err(TopologyError::Json { .. })));
        assert!(matches!(topology(&file(r#"{"id":"a","mass":1e999}"#, "")), Err(TopologyError::Json { .. })));
    }

    #[test]
    fn a_load_after_a_save_gives_the_same_topology_and_bytes() {
        let nodes = r#"{"id":"ü\"","latitude":0.1,"longitude":-179.99999999999997,"mass":3e-7},{"id":"b"},{"id":"c"}"#;
        let links = r#"{"ends":["c","b"],"latency_ms":3.3,"capacity_per_tick":9},{"ends":["b","ü\""]}"#;
        let first = topology(&file(nodes, links)).unwrap();
        let saved = to_text(&RawTopology::from(&first));
        let second = topology(&saved).unwrap();
        assert_eq!(saved, to_text(&RawTopology::from(&second)));
        assert!(first.nodes().eq(second.nodes()));
        assert!(first.links().eq(second.links()));
    }
}
