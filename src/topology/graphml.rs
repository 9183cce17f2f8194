//! Reads GraphML (Brandes et al. 2002) as it is found in the Internet Topology Zoo (Knight et al., "The Internet
//! Topology Zoo", JSAC 29(9), 2011).
//!
//! Data keys are resolved by what they are for and `attr.name`: `label`, else `name`, `Latitude`, `Longitude` and
//! `hyperedge` of nodes, `LinkSpeedRaw` (bit/s), else `LinkSpeed` with `LinkSpeedUnits` (T/G/M/K) of edges, `label` and
//! `Source` of the graph; as networkx and others write them, `latency`, `latency_ms`, `delay` and `delay_ms` of edges
//! in ms, `latency_ticks`, `length_km`, and `capacity` or `capacity_per_tick` in accesses per tick. Keys for `all` and
//! defaults count. Of yEd's graphics, labels are read; its groups are no nodes, and what is in them is a part of the
//! network. Other data of edges that are numbers are counted by name. Text is unescaped twice, as the Zoo escaped it
//! twice. A `hyperedge` node is a hub and not a place where accesses begin or end: its mass is 0. With
//! [`Rules::bits_per_access`], speed becomes a capacity of `max(1, ⌊speed · tick / bits⌋)` accesses per tick. Without a
//! latency, it comes from coordinates.
//!
//! An edge leads one way, from its source to its target, if the graph's `edgedefault` or its own `directed` says so.
//!
//! Not read: other nested graphs, hyperedges, ports, document types. All other elements and data are skipped.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::error::{message, quoted, value_error};
use super::limits::MAX_FILE_NODES;
use super::names::NameIndex;
use super::{
    DirectionInput, GraphMlProblem, LinkInput, LinkLength, NodeInput, Place, Position, Rules, Topology,
    TopologyBuilder, TopologyError,
};

/// Deepest nesting of elements that is followed; the format needs four.
const MAX_DEPTH: usize = 64;

/// What a file declares a data key to mean; keys of other meanings are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    GraphLabel,
    GraphSource,
    NodeLabel,
    NodeName,
    NodeGraphics,
    Latitude,
    Longitude,
    Hyperedge,
    SpeedRaw,
    Speed,
    SpeedUnits,
    LatencyMs,
    LatencyTicks,
    LengthKm,
    Capacity,
}

impl Meaning {
    fn of(domain: &str, name: &str) -> Option<Self> {
        Some(match (domain, name) {
            ("graph", "label") => Self::GraphLabel,
            ("graph", "Source") => Self::GraphSource,
            ("node", "label") => Self::NodeLabel,
            ("node", "name") => Self::NodeName,
            ("node", "Latitude") => Self::Latitude,
            ("node", "Longitude") => Self::Longitude,
            ("node", "hyperedge") => Self::Hyperedge,
            ("edge", "LinkSpeedRaw") => Self::SpeedRaw,
            ("edge", "LinkSpeed") => Self::Speed,
            ("edge", "LinkSpeedUnits") => Self::SpeedUnits,
            ("edge", "latency" | "latency_ms" | "delay" | "delay_ms") => Self::LatencyMs,
            ("edge", "latency_ticks") => Self::LatencyTicks,
            ("edge", "length_km") => Self::LengthKm,
            ("edge", "capacity" | "capacity_per_tick") => Self::Capacity,
            _ => return None,
        })
    }

    /// Whether the data belongs directly into an element of that name.
    fn belongs_to(self, element: &str) -> bool {
        match self {
            Self::GraphLabel | Self::GraphSource => element == "graph",
            Self::NodeLabel
            | Self::NodeName
            | Self::NodeGraphics
            | Self::Latitude
            | Self::Longitude
            | Self::Hyperedge => element == "node",
            Self::SpeedRaw
            | Self::Speed
            | Self::SpeedUnits
            | Self::LatencyMs
            | Self::LatencyTicks
            | Self::LengthKm
            | Self::Capacity => element == "edge",
        }
    }
}

/// Where the reader is; everything deeper is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Document,
    GraphMl,
    Graph,
    Item,
    Key,
    /// The default of a key.
    Default,
    Data(Meaning),
    /// A shape of yEd within [`Meaning::NodeGraphics`].
    Shape,
    /// A label in a shape.
    ShapeLabel,
}

#[derive(Default)]
struct NodeData {
    id: Box<str>,
    label: Option<Box<str>>,
    /// What stands for a label where there is none.
    name: Option<Box<str>>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    hub: bool,
    group: bool,
}

#[derive(Default)]
struct EdgeData {
    ends: [Box<str>; 2],
    one_way: bool,
    speed_raw: Option<f64>,
    speed: Option<f64>,
    unit: Option<f64>,
    length: Option<LinkLength>,
    capacity: Option<u32>,
}

/// What a key declares.
struct Key {
    /// For a graph, a node or an edge.
    meanings: Vec<Meaning>,
    /// The name, if data of edges are numbers without a meaning.
    unused: Option<Box<str>>,
    default: Option<String>,
}

/// What has been read so far.
#[derive(Default)]
struct Document {
    keys: BTreeMap<Box<str>, Key>,
    /// The key that is being read.
    key: Box<str>,
    label: Option<String>,
    source: Option<String>,
    graphs: usize,
    /// Whether edges that say nothing else lead one way.
    directed: bool,
    nodes: Vec<NodeInput>,
    /// Edges as (source and target, whether they lead one way, latency and capacity).
    edges: Vec<([Box<str>; 2], bool, DirectionInput)>,
    /// Numbers of edges that have no meaning, by name.
    unused: BTreeMap<Box<str>, u32>,
    node: Option<NodeData>,
    edge: Option<EdgeData>,
    text: String,
}

/// The topology that a GraphML file describes, named by its graph's label, else as given.
///
/// # Errors
/// [`TopologyError::GraphMl`] with line and byte for what is not GraphML, else what breaks the rules.
pub fn parse(bytes: &[u8], name: &str, rules: &Rules) -> Result<Topology, TopologyError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| at_byte(bytes, error.valid_up_to(), GraphMlProblem::Encoding))?;
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    document.read(&mut reader, rules).map_err(|failure| match failure {
        Failure::Here(problem) => at_byte(bytes, reader.buffer_position() as usize, problem),
        Failure::Broken(error) => {
            at_byte(bytes, reader.error_position() as usize, GraphMlProblem::Xml(message(&error.to_string())))
        }
        Failure::Rule(error) => error,
    })?;
    document.into_builder(name)?.build(rules)
}

/// Why reading ended early.
enum Failure {
    Here(GraphMlProblem),
    Broken(quick_xml::Error),
    Rule(TopologyError),
}

impl From<quick_xml::Error> for Failure {
    fn from(error: quick_xml::Error) -> Self {
        Failure::Broken(error)
    }
}

fn at_byte(bytes: &[u8], byte: usize, problem: GraphMlProblem) -> TopologyError {
    let line = 1 + bytes.iter().take(byte).filter(|&&b| b == b'\n').count();
    TopologyError::GraphMl { line, byte, problem }
}

impl Document {
    fn read(&mut self, reader: &mut Reader<&[u8]>, rules: &Rules) -> Result<(), Failure> {
        let mut levels = vec![Level::Document];
        // Elements below the innermost level that are skipped.
        let mut skipped = 0;
        loop {
            let level = levels[levels.len() - 1];
            match reader.read_event()? {
                Event::Start(_) if levels.len() + skipped > MAX_DEPTH => {
                    return Err(Failure::Here(GraphMlProblem::TooDeep(MAX_DEPTH)));
                }
                Event::Start(_) if skipped > 0 => skipped += 1,
                Event::Start(element) => match self.open(level, &element)? {
                    Some(inner) => levels.push(inner),
                    None => skipped = 1,
                },
                Event::Empty(element) if skipped == 0 => {
                    if let Some(inner) = self.open(level, &element)? {
                        self.close(inner, rules)?;
                    }
                }
                Event::End(_) if skipped > 0 => skipped -= 1,
                Event::End(_) => {
                    self.close(level, rules)?;
                    levels.pop();
                }
                Event::Text(text) if skipped == 0 => self.push_text(level, &text.xml10_content()),
                Event::CData(text) if skipped == 0 => self.push_text(level, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let resolved = format!("&{};", &*reference);
                    let resolved =
                        unescape(&resolved).map_err(|_| Failure::Here(GraphMlProblem::Entity(quoted(&resolved))))?;
                    if skipped == 0 {
                        self.push_text(level, &resolved);
                    }
                }
                Event::DocType(_) => return Err(Failure::Here(GraphMlProblem::DocType)),
                Event::Eof if levels.len() + skipped > 1 => {
                    return Err(Failure::Here(GraphMlProblem::Truncated(self.element(level))));
                }
                Event::Eof if self.graphs == 0 => return Err(Failure::Here(GraphMlProblem::NoGraph)),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Name of the innermost element that is not skipped.
    fn element(&self, level: Level) -> &'static str {
        match level {
            Level::Document | Level::GraphMl => "graphml",
            Level::Graph => "graph",
            Level::Item if self.node.is_some() => "node",
            Level::Item => "edge",
            Level::Data(_) | Level::Shape | Level::ShapeLabel => "data",
            Level::Key | Level::Default => "key",
        }
    }

    /// Enters an element; `None` if it and what is in it have no meaning here.
    fn open(&mut self, level: Level, element: &BytesStart<'_>) -> Result<Option<Level>, Failure> {
        let name = element.local_name();
        let name = name.as_ref();
        match (level, name) {
            (Level::Document, "graphml") => return Ok(Some(Level::GraphMl)),
            (Level::Document, _) => return Err(Failure::Here(GraphMlProblem::NotGraphMl(message(name)))),
            (Level::GraphMl, "key") => {
                let [id, domain, name, kind, graphics] =
                    attributes(element, ["id", "for", "attr.name", "attr.type", "yfiles.type"])?;
                let (domain, name) = (domain.unwrap_or("all".into()), name.unwrap_or_default());
                let domains = ["graph", "node", "edge"].into_iter().filter(|of| *domain == **of || &*domain == "all");
                let mut meanings: Vec<Meaning> = domains.filter_map(|of| Meaning::of(of, &name)).collect();
                if graphics.as_deref() == Some("nodegraphics") {
                    meanings.push(Meaning::NodeGraphics);
                }
                let is_number = matches!(kind.as_deref(), Some("double" | "float" | "int" | "long"));
                let is_unused = meanings.is_empty() && is_number && matches!(&*domain, "edge" | "all");
                if let Some(id) = id {
                    self.key.clone_from(&id);
                    let unused = is_unused.then_some(name);
                    self.keys.insert(id, Key { meanings, unused, default: None });
                    return Ok(Some(Level::Key));
                }
            }
            (Level::Key, "default") => {
                self.text.clear();
                return Ok(Some(Level::Default));
            }
            (Level::GraphMl, "graph") if self.graphs > 0 => return Err(Failure::Here(GraphMlProblem::SecondGraph)),
            (Level::GraphMl, "graph") => {
                let [default] = attributes(element, ["edgedefault"])?;
                self.directed = default.as_deref() == Some("directed");
                self.graphs += 1;
                return Ok(Some(Level::Graph));
            }
            (Level::Graph, "node") => {
                let [id, folder] = attributes(element, ["id", "yfiles.foldertype"])?;
                let group = folder.is_some();
                self.node = Some(NodeData { id: required(id, "node", "id")?, group, ..NodeData::default() });
                self.store_defaults("node").map_err(Failure::Here)?;
                return Ok(Some(Level::Item));
            }
            // The node is a group, and what is in it a part of the network.
            (Level::Item, "graph") if self.node.as_ref().is_some_and(|node| node.group) => {
                self.node = None;
                return Ok(Some(Level::Graph));
            }
            (Level::Graph, "edge") => {
                let [source, target, directed] = attributes(element, ["source", "target", "directed"])?;
                let ends = [required(source, "edge", "source")?, required(target, "edge", "target")?];
                let one_way = directed.map_or(self.directed, |directed| matches!(&*directed, "true" | "1"));
                self.edge = Some(EdgeData { ends, one_way, ..EdgeData::default() });
                self.store_defaults("edge").map_err(Failure::Here)?;
                return Ok(Some(Level::Item));
            }
            (Level::Graph | Level::Item, "data") => {
                let [key] = attributes(element, ["key"])?;
                let key = required(key, "data", "key")?;
                self.text.clear();
                let Some(found) = self.keys.get(&key) else { return Ok(None) };
                if let (Some(name), "edge") = (&found.unused, self.element(level)) {
                    *self.unused.entry(name.clone()).or_default() += 1;
                }
                let meaning = found.meanings.iter().find(|meaning| meaning.belongs_to(self.element(level)));
                return Ok(meaning.copied().map(Level::Data));
            }
            (Level::Data(Meaning::NodeGraphics) | Level::Shape, "NodeLabel") => {
                self.text.clear();
                return Ok(Some(Level::ShapeLabel));
            }
            (Level::Data(Meaning::NodeGraphics) | Level::Shape, _) => return Ok(Some(Level::Shape)),
            _ => {}
        }
        Ok(None)
    }

    fn push_text(&mut self, level: Level, text: &str) {
        if matches!(level, Level::Data(_) | Level::Default | Level::ShapeLabel) {
            self.text.push_str(text);
        }
    }

    /// Leaves an element.
    fn close(&mut self, level: Level, rules: &Rules) -> Result<(), Failure> {
        match level {
            Level::Data(meaning) => self.store(meaning).map_err(Failure::Here)?,
            Level::Default => {
                if let Some(key) = self.keys.get_mut(&self.key) {
                    key.default = Some(std::mem::take(&mut self.text));
                }
            }
            Level::ShapeLabel => self.store(Meaning::NodeName).map_err(Failure::Here)?,
            Level::Item => {
                if let Some(node) = self.node.take() {
                    let position = node.latitude.zip(node.longitude);
                    let position = position.map(|(latitude, longitude)| Position::Geographic { latitude, longitude });
                    let mass = node.hub.then_some(0.0);
                    self.nodes.push(NodeInput { id: node.id, label: node.label.or(node.name), position, mass });
                }
                if let Some(edge) = self.edge.take() {
                    let speed = edge.speed_raw.or(edge.speed.zip(edge.unit).map(|(speed, unit)| speed * unit));
                    let place = Place::Link(self.edges.len() as u32, "LinkSpeed");
                    let of_speed = capacity(speed, place, rules).map_err(Failure::Rule)?;
                    let capacity_per_tick = edge.capacity.or(of_speed);
                    self.edges.push((
                        edge.ends,
                        edge.one_way,
                        DirectionInput { length: edge.length, capacity_per_tick },
                    ));
                }
                if self.nodes.len() > MAX_FILE_NODES {
                    return Err(Failure::Here(GraphMlProblem::TooManyNodes));
                }
            }
            Level::Document | Level::GraphMl | Level::Graph | Level::Key | Level::Shape => {}
        }
        Ok(())
    }

    /// Keeps what keys say of elements that say nothing else.
    fn store_defaults(&mut self, element: &str) -> Result<(), GraphMlProblem> {
        let of_element = |key: &Key| {
            let meaning = key.meanings.iter().copied().find(|meaning| meaning.belongs_to(element));
            meaning.zip(key.default.clone())
        };
        let defaults: Vec<(Meaning, String)> = self.keys.values().filter_map(of_element).collect();
        for (meaning, default) in defaults {
            self.text = default;
            self.store(meaning)?;
        }
        Ok(())
    }

    /// Keeps the text of a data element.
    fn store(&mut self, meaning: Meaning) -> Result<(), GraphMlProblem> {
        let text = self.text.trim();
        // What is no entity the second time was meant literally.
        let text = unescape(text).unwrap_or(text.into());
        if text.is_empty() {
            return Ok(());
        }
        let number = |attribute| {
            let value = text.parse().ok().filter(|number: &f64| number.is_finite());
            value.ok_or_else(|| GraphMlProblem::NotANumber { attribute, value: quoted(&text) })
        };
        match (meaning, &mut self.node, &mut self.edge) {
            (Meaning::GraphLabel, ..) => self.label = Some(text.into()),
            (Meaning::GraphSource, ..) => self.source = Some(text.into()),
            (Meaning::NodeLabel, Some(node), _) => node.label = Some((*text).into()),
            (Meaning::NodeName, Some(node), _) => node.name = Some((*text).into()),
            (Meaning::Latitude, Some(node), _) => node.latitude = Some(number("Latitude")?),
            (Meaning::Longitude, Some(node), _) => node.longitude = Some(number("Longitude")?),
            (Meaning::Hyperedge, Some(node), _) => node.hub = !matches!(&*text, "0" | "false"),
            (Meaning::SpeedRaw, _, Some(edge)) => edge.speed_raw = Some(number("LinkSpeedRaw")?),
            // Free text in some files ("155+"): what is no number states no speed.
            (Meaning::Speed, _, Some(edge)) => edge.speed = number("LinkSpeed").ok(),
            (Meaning::SpeedUnits, _, Some(edge)) => edge.unit = bits_per_second(&text),
            (Meaning::LatencyMs, _, Some(edge)) => edge.length = Some(LinkLength::Ms(number("latency")?)),
            (Meaning::LatencyTicks, _, Some(edge)) => {
                edge.length = Some(LinkLength::Ticks(whole(number("latency_ticks")?, "latency_ticks", &text)?));
            }
            (Meaning::LengthKm, _, Some(edge)) => edge.length = Some(LinkLength::Km(number("length_km")?)),
            (Meaning::Capacity, _, Some(edge)) => edge.capacity = Some(whole(number("capacity")?, "capacity", &text)?),
            _ => {}
        }
        Ok(())
    }

    /// Resolves the ends of the edges, which may stand before their nodes.
    fn into_builder(self, name: &str) -> Result<TopologyBuilder, TopologyError> {
        let index = NameIndex::from_names(self.nodes.iter().map(|node| &*node.id));
        let mut links = Vec::with_capacity(self.edges.len());
        for (place, (names, one_way, direction)) in (0..).zip(&self.edges) {
            let mut ends = [0; 2];
            for (end, id) in (0..).zip(names) {
                let node = index.find(id).ok_or_else(|| TopologyError::UnknownNode {
                    place: Place::LinkEnd(place, end),
                    value: quoted(id),
                    nearest: index.nearest_quoted(id),
                })?;
                ends[usize::from(end)] = node.0;
            }
            links.push(LinkInput { ends, forth: *direction, back: (!one_way).then_some(*direction) });
        }
        drop(index);
        let name = self.label.unwrap_or_else(|| name.into());
        let unused_numbers = self.unused.into_iter().collect();
        Ok(TopologyBuilder { name, source: self.source, nodes: self.nodes, links, unused_numbers })
    }
}

/// The values of the named attributes, the first of each name.
fn attributes<const N: usize>(element: &BytesStart<'_>, names: [&str; N]) -> Result<[Option<Box<str>>; N], Failure> {
    let mut values = [const { None }; N];
    // Without the check for duplicates, whose time grows with the square of their number.
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(quick_xml::Error::from)?;
        let Some(place) = names.iter().position(|name| *name == attribute.key.as_ref()) else { continue };
        if values[place].is_none() {
            values[place] = Some(attribute.normalized_value(XmlVersion::Implicit1_0)?.into());
        }
    }
    Ok(values)
}

/// A number that must be whole.
fn whole(number: f64, attribute: &'static str, text: &str) -> Result<u32, GraphMlProblem> {
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    if is_whole { Ok(number as u32) } else { Err(GraphMlProblem::NotWhole { attribute, value: quoted(text) }) }
}

fn required(value: Option<Box<str>>, element: &'static str, attribute: &'static str) -> Result<Box<str>, Failure> {
    value.ok_or(Failure::Here(GraphMlProblem::MissingAttribute { element, attribute }))
}

fn bits_per_second(unit: &str) -> Option<f64> {
    Some(match unit {
        "T" => 1e12,
        "G" => 1e9,
        "M" => 1e6,
        "K" | "k" => 1e3,
        _ => return None,
    })
}

/// Accesses per tick that a link of that many bits per second carries, if the rules say how long an access is.
fn capacity(speed: Option<f64>, place: Place, rules: &Rules) -> Result<Option<u32>, TopologyError> {
    let Some((speed, bits)) = speed.zip(rules.bits_per_access) else { return Ok(None) };
    if speed < 0.0 {
        return Err(value_error(place, speed, "a speed from 0 bit/s"));
    }
    let accesses = speed * (rules.tick_ms / 1000.0) / bits;
    // The conversion saturates: what is beyond u32 is as good as unlimited, but stays a number.
    Ok(Some((accesses as u32).max(1)))
}
