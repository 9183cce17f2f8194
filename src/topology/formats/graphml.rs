//! Reads GraphML (Brandes et al. 2002) as it is found in the Internet Topology Zoo (Knight et al., "The Internet
//! Topology Zoo", JSAC 29(9), 2011).
//!
//! Data keys are resolved by what they are for and `attr.name`: `label`, else `name`, `Latitude`, `Longitude` and
//! `hyperedge` of nodes, `LinkSpeedRaw` (bit/s), else `LinkSpeed` with `LinkSpeedUnits` (T/G/M/K) of edges, `label` and
//! `Source` of the graph, and what others write (`fields`). Keys for `all` and
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

use super::draft::Draft;
use super::fields::{LinkData, NodeData, is_link_field, is_node_field};
use super::xml::MAX_DEPTH;
use crate::topology::error::{message, quoted};
use crate::topology::{Rules, Topology, TopologyBuilder, TopologyError, XmlProblem};

/// What a file declares a data key to mean; keys of other meanings are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    GraphLabel,
    GraphSource,
    /// A field of nodes.
    Node(Box<str>),
    NodeGraphics,
    /// A field of edges.
    Edge(Box<str>),
}

impl Meaning {
    fn of(domain: &str, name: &str) -> Option<Self> {
        Some(match (domain, name) {
            ("graph", "label") => Self::GraphLabel,
            ("graph", "Source") => Self::GraphSource,
            ("node", name) if is_node_field(name) => Self::Node(name.to_ascii_lowercase().into()),
            ("edge", name) if is_link_field(name) => Self::Edge(name.to_ascii_lowercase().into()),
            _ => return None,
        })
    }

    /// Whether the data belongs directly into an element of that name.
    fn belongs_to(&self, element: &str) -> bool {
        match self {
            Self::GraphLabel | Self::GraphSource => element == "graph",
            Self::Node(_) | Self::NodeGraphics => element == "node",
            Self::Edge(_) => element == "edge",
        }
    }
}

/// Where the reader is; everything deeper is skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The node that is being read.
struct Node {
    id: Box<str>,
    data: NodeData,
    group: bool,
}

/// The edge that is being read.
struct Edge {
    ends: [Box<str>; 2],
    one_way: bool,
    data: LinkData,
}

/// What a key declares.
struct Key {
    /// For a graph, a node or an edge.
    meanings: Vec<Meaning>,
    /// The name, if data of edges are numbers without a meaning.
    unused: Option<Box<str>>,
}

/// What has been read so far.
struct Document {
    keys: BTreeMap<Box<str>, Key>,
    /// What keys say of elements that say nothing else, one a meaning.
    defaults: Vec<(Meaning, String)>,
    /// The key that is being read.
    key: Box<str>,
    graphs: usize,
    /// Whether edges that say nothing else lead one way.
    directed: bool,
    draft: Draft,
    node: Option<Node>,
    edge: Option<Edge>,
    text: String,
}

/// The topology that a GraphML file describes, named by its graph's label, else as given.
///
/// # Errors
/// [`TopologyError::Xml`] with line and byte for what is not GraphML, else what breaks the rules.
pub fn parse(bytes: &[u8], name: &str, rules: &Rules) -> Result<Topology, TopologyError> {
    let text = std::str::from_utf8(bytes).map_err(|error| at_byte(bytes, error.valid_up_to(), XmlProblem::Encoding))?;
    read(text, name, rules)?.build(rules)
}

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let bytes = text.as_bytes();
    let mut reader = Reader::from_str(text);
    let mut document = Document {
        keys: BTreeMap::new(),
        defaults: Vec::new(),
        key: "".into(),
        graphs: 0,
        directed: false,
        draft: Draft::of_listed_nodes(text, 25),
        node: None,
        edge: None,
        text: String::new(),
    };
    document.read(&mut reader, rules).map_err(|failure| match failure {
        Failure::Here(problem) => at_byte(bytes, reader.buffer_position() as usize, problem),
        Failure::Broken(error) => {
            at_byte(bytes, reader.error_position() as usize, XmlProblem::Xml(message(&error.to_string())))
        }
        Failure::Rule(error) => error,
    })?;
    document.draft.into_builder(name, rules)
}

/// Why reading ended early.
enum Failure {
    Here(XmlProblem),
    Broken(quick_xml::Error),
    Rule(TopologyError),
}

impl From<quick_xml::Error> for Failure {
    fn from(error: quick_xml::Error) -> Self {
        Failure::Broken(error)
    }
}

fn at_byte(bytes: &[u8], byte: usize, problem: XmlProblem) -> TopologyError {
    let line = 1 + bytes.iter().take(byte).filter(|&&b| b == b'\n').count();
    TopologyError::Xml { line, byte, problem }
}

impl Document {
    fn read(&mut self, reader: &mut Reader<&[u8]>, rules: &Rules) -> Result<(), Failure> {
        let mut levels = vec![Level::Document];
        // Elements below the innermost level that are skipped.
        let mut skipped = 0;
        loop {
            let level = levels[levels.len() - 1].clone();
            match reader.read_event()? {
                Event::Start(_) if levels.len() + skipped > MAX_DEPTH => {
                    return Err(Failure::Here(XmlProblem::TooDeep(MAX_DEPTH)));
                }
                Event::Start(_) if skipped > 0 => skipped += 1,
                Event::Start(element) => match self.open(&level, &element)? {
                    Some(inner) => levels.push(inner),
                    None => skipped = 1,
                },
                Event::Empty(element) if skipped == 0 => {
                    if let Some(inner) = self.open(&level, &element)? {
                        self.close(&inner, rules)?;
                    }
                }
                Event::End(_) if skipped > 0 => skipped -= 1,
                Event::End(_) => {
                    self.close(&level, rules)?;
                    levels.pop();
                }
                Event::Text(text) if skipped == 0 => self.push_text(&level, &text.xml10_content()),
                Event::CData(text) if skipped == 0 => self.push_text(&level, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let resolved = format!("&{};", &*reference);
                    let resolved =
                        unescape(&resolved).map_err(|_| Failure::Here(XmlProblem::Entity(quoted(&resolved))))?;
                    if skipped == 0 {
                        self.push_text(&level, &resolved);
                    }
                }
                Event::DocType(_) => return Err(Failure::Here(XmlProblem::DocType)),
                Event::Eof if levels.len() + skipped > 1 => {
                    return Err(Failure::Here(XmlProblem::Truncated(self.element(&level).to_owned())));
                }
                Event::Eof if self.graphs == 0 => return Err(Failure::Here(XmlProblem::NoGraph)),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Name of the innermost element that is not skipped.
    fn element(&self, level: &Level) -> &'static str {
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
    fn open(&mut self, level: &Level, element: &BytesStart<'_>) -> Result<Option<Level>, Failure> {
        let name = element.local_name();
        let name = name.as_ref();
        match (level, name) {
            (Level::Document, "graphml") => return Ok(Some(Level::GraphMl)),
            (Level::Document, _) => return Err(Failure::Here(XmlProblem::NotGraphMl(message(name)))),
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
                    self.keys.insert(id, Key { meanings, unused });
                    return Ok(Some(Level::Key));
                }
            }
            (Level::Key, "default") => {
                self.text.clear();
                return Ok(Some(Level::Default));
            }
            (Level::GraphMl, "graph") if self.graphs > 0 => return Err(Failure::Here(XmlProblem::SecondGraph)),
            (Level::GraphMl, "graph") => {
                let [default] = attributes(element, ["edgedefault"])?;
                self.directed = default.as_deref() == Some("directed");
                self.graphs += 1;
                return Ok(Some(Level::Graph));
            }
            (Level::Graph, "node") => {
                let [id, folder] = attributes(element, ["id", "yfiles.foldertype"])?;
                let group = folder.is_some();
                self.node = Some(Node { id: required(id, "node", "id")?, group, data: NodeData::default() });
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
                self.edge = Some(Edge { ends, one_way, data: LinkData::default() });
                self.store_defaults("edge").map_err(Failure::Here)?;
                return Ok(Some(Level::Item));
            }
            (Level::Graph | Level::Item, "data") => {
                let [key] = attributes(element, ["key"])?;
                let key = required(key, "data", "key")?;
                self.text.clear();
                let Some(found) = self.keys.get(&key) else { return Ok(None) };
                if let (Some(name), "edge") = (&found.unused, self.element(level)) {
                    let name = name.clone();
                    self.draft.unused(&name, 1);
                    return Ok(None);
                }
                let meaning = found.meanings.iter().find(|meaning| meaning.belongs_to(self.element(level)));
                return Ok(meaning.cloned().map(Level::Data));
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

    fn push_text(&mut self, level: &Level, text: &str) {
        if matches!(level, Level::Data(_) | Level::Default | Level::ShapeLabel) {
            self.text.push_str(text);
        }
    }

    /// Leaves an element.
    fn close(&mut self, level: &Level, rules: &Rules) -> Result<(), Failure> {
        match level {
            Level::Data(meaning) => self.store(meaning).map_err(Failure::Here)?,
            Level::Default => {
                let text = std::mem::take(&mut self.text);
                for meaning in self.keys.get(&self.key).map(|key| key.meanings.clone()).unwrap_or_default() {
                    self.defaults.retain(|(known, _)| *known != meaning);
                    self.defaults.push((meaning, text.clone()));
                }
            }
            Level::ShapeLabel => self.store(&Meaning::Node("name".into())).map_err(Failure::Here)?,
            Level::Item => {
                if let Some(Node { id, data, .. }) = self.node.take() {
                    self.draft.add_node(&id, data).map_err(Failure::Rule)?;
                }
                if let Some(Edge { ends: [source, target], one_way, data }) = self.edge.take() {
                    self.draft.add_link([&source, &target], one_way, data, rules).map_err(Failure::Rule)?;
                }
            }
            Level::Document | Level::GraphMl | Level::Graph | Level::Key | Level::Shape => {}
        }
        Ok(())
    }

    /// Keeps what keys say of elements that say nothing else.
    fn store_defaults(&mut self, element: &str) -> Result<(), XmlProblem> {
        let of_element = self.defaults.iter().filter(|(meaning, _)| meaning.belongs_to(element));
        let defaults: Vec<(Meaning, String)> = of_element.cloned().collect();
        for (meaning, default) in defaults {
            self.text = default;
            self.store(&meaning)?;
        }
        Ok(())
    }

    /// Keeps the text of a data element.
    fn store(&mut self, meaning: &Meaning) -> Result<(), XmlProblem> {
        let text = self.text.trim();
        // What is no entity the second time was meant literally.
        let text = unescape(text).unwrap_or(text.into());
        if text.is_empty() {
            return Ok(());
        }
        let refused = |name: &str| {
            let (attribute, value) = (message(name), quoted(&text));
            move |expected| XmlProblem::Refused { attribute, value, expected }
        };
        match (meaning, &mut self.node, &mut self.edge) {
            (Meaning::GraphLabel, ..) => self.draft.name = Some(text.into()),
            (Meaning::GraphSource, ..) => self.draft.source = Some(text.into()),
            (Meaning::Node(name), Some(node), _) => node.data.set(name, &text).map_err(refused(name))?,
            (Meaning::Edge(name), _, Some(edge)) => {
                self.draft.set(&mut edge.data, name, &text).map_err(refused(name))?;
            }
            _ => {}
        }
        Ok(())
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

fn required(value: Option<Box<str>>, element: &'static str, attribute: &'static str) -> Result<Box<str>, Failure> {
    value.ok_or(Failure::Here(XmlProblem::MissingAttribute { element, attribute }))
}
