//! What can be wrong with a topology that a user gave. Every message names the place, the value, and what is allowed.

use std::fmt;
use std::path::PathBuf;

use super::limits::{MAX_FILE_BYTES, MAX_LATENCY_TICKS, MAX_LINKS, MAX_NODES, MAX_SUM_OF_LATENCIES_TICKS};

/// The longest piece of a user's text that an error repeats, in characters.
const MAX_QUOTED: usize = 60;

/// The longest message of a parser that is passed on, in characters.
const MAX_MESSAGE: usize = 300;

/// The part of a topology that an error is about. Displays as a JSON path where the source is JSON, and as such also
/// counts nodes and links from 0 in the order of any other source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The topology as a whole, or a parameter of it.
    Field(&'static str),
    /// Node by position in the source, and one of its fields.
    Node(u32, &'static str),
    /// Link by position in the source, and one of its fields.
    Link(u32, &'static str),
    /// One end (0 or 1) of a link.
    LinkEnd(u32, u8),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Field(field) => f.write_str(field),
            Place::Node(index, "") => write!(f, "nodes[{index}]"),
            Place::Node(index, field) => write!(f, "nodes[{index}].{field}"),
            Place::Link(index, "") => write!(f, "links[{index}]"),
            Place::Link(index, field) => write!(f, "links[{index}].{field}"),
            Place::LinkEnd(index, end) => write!(f, "links[{index}].ends[{end}]"),
        }
    }
}

/// What a user can get wrong about a topology.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TopologyError {
    /// The operating system refused.
    #[error("{} cannot be read: {source}.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A directory, FIFO, device or socket.
    #[error("{} is {found}; a topology must be a regular file.", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is, with its article.
        found: &'static str,
    },
    /// Longer than [`MAX_FILE_BYTES`].
    #[error("{} is too large: a topology file may have at most {MAX_FILE_BYTES} bytes.", path.display())]
    FileTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Something is wrong inside a file.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What.
        source: Box<TopologyError>,
    },
    /// Not the JSON that is expected.
    #[error("At line {line}, column {column}, {at}: {problem}.")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// JSON path, `.` at the top.
        at: String,
        /// The parser's words: the value found and what is allowed.
        problem: String,
    },
    /// Not what its format asks for.
    #[error("At line {line}: {value} is not allowed; expected {expected}.")]
    Text {
        /// From 1.
        line: usize,
        /// What was found.
        value: String,
        /// What may stand there.
        expected: String,
    },
    /// A field that is not there.
    #[error("{field} is missing; expected {expected}.")]
    Missing {
        /// Its path.
        field: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// A field whose value means nothing.
    #[error("{field} is {value}; expected {expected}.")]
    Refused {
        /// Its path.
        field: String,
        /// What was found, quoted.
        value: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// Not the XML, or not the format in XML, that is expected.
    #[error("At line {line} (byte {byte}): {problem}.")]
    Xml {
        /// From 1.
        line: usize,
        /// From 0.
        byte: usize,
        /// What was found and what is allowed.
        problem: XmlProblem,
    },
    /// A value outside its range.
    #[error("{place} is {value}; allowed is {allowed}.")]
    Value {
        /// Where.
        place: Place,
        /// What was found, shortened if it is long.
        value: String,
        /// What may stand there.
        allowed: &'static str,
    },
    /// A link to a node that does not exist.
    #[error(
        "{place} is {value}, which is no node's id{}.",
        nearest.as_ref().map(|n| format!("; the nearest one is {n}")).unwrap_or_default()
    )]
    UnknownNode {
        /// Where.
        place: Place,
        /// The name, quoted.
        value: String,
        /// The most similar id, quoted, if one is similar at all.
        nearest: Option<String>,
    },
    /// Two nodes with one id.
    #[error("{place} is {value}, the id of nodes[{first}] already; every node needs an id of its own.")]
    DuplicateId {
        /// Where.
        place: Place,
        /// The id, quoted.
        value: String,
        /// The node that had it first.
        first: u32,
    },
    /// Labels and ids so mixed up that appending the ids to equal labels makes new equal names.
    #[error("{place} would be named {value}, as another node is; give nodes labels without '#' or different ones.")]
    AmbiguousName {
        /// The node.
        place: Place,
        /// The name, quoted.
        value: String,
    },
    /// Geographic and plane coordinates in one topology.
    #[error(
        "{place} has {} coordinates but an earlier node has the other kind; use latitude and longitude for all nodes, \
         or x and y for all.", if *geographic { "geographic" } else { "plane" }
    )]
    MixedCoordinates {
        /// The first node that differs.
        place: Place,
        /// Which kind it has.
        geographic: bool,
    },
    /// A latency that no run can use.
    #[error(
        "{place} between {from} and {to} has a latency of {ticks} ticks; allowed is a number from 0 to \
         {MAX_LATENCY_TICKS} (a longer tick_ms makes fewer ticks)."
    )]
    Latency {
        /// The link.
        place: Place,
        /// Name of one end, quoted.
        from: String,
        /// Name of the other end, quoted.
        to: String,
        /// The latency in ticks.
        ticks: f64,
    },
    /// Distances that a run might not be able to count.
    #[error(
        "The latencies of all links sum to {ticks} ticks; allowed is at most {MAX_SUM_OF_LATENCIES_TICKS} (a longer \
         tick_ms makes fewer ticks)."
    )]
    SumOfLatencies {
        /// The sum in ticks.
        ticks: u64,
    },
    /// More nodes or links than the simulator takes.
    #[error("The topology has more than {MAX_NODES} nodes or more than {MAX_LINKS} links; these are the limits.")]
    TooLarge,
    /// Nothing to simulate.
    #[error(
        "The topology has {nodes} nodes and {links} links after its rules; at least 2 nodes and 1 link are needed."
    )]
    TooSmall {
        /// Nodes that are left.
        nodes: usize,
        /// Links that are left.
        links: usize,
    },
}

impl TopologyError {
    /// The part of the topology that this is about, if it is about one; the message starts with it.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Value { place, .. }
            | Self::UnknownNode { place, .. }
            | Self::DuplicateId { place, .. }
            | Self::AmbiguousName { place, .. }
            | Self::MixedCoordinates { place, .. }
            | Self::Latency { place, .. } => Some(place),
            _ => None,
        }
    }
}

/// What is wrong with an XML file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XmlProblem {
    /// Bytes that are no UTF-8.
    #[error("the file is not UTF-8 text")]
    Encoding,
    /// The XML parser's complaint.
    #[error("the XML is broken ({0})")]
    Xml(String),
    /// The file ends too early.
    #[error("the file ends within a <{0}>")]
    Truncated(String),
    /// No `graphml` root element.
    #[error("the root element is <{0}>; it must be <graphml>, <gexf> or <network> of SNDlib")]
    NotGraphMl(String),
    /// Nothing inside.
    #[error("there is no <graph> element")]
    NoGraph,
    /// More than one network.
    #[error("there is a second <graph> element; only one is allowed")]
    SecondGraph,
    /// Elements within elements within elements.
    #[error("elements are nested more than {0} deep")]
    TooDeep(usize),
    /// A document type declaration, which can define entities.
    #[error("there is a document type declaration, which is not accepted")]
    DocType,
    /// A reference to something that is not defined.
    #[error("the reference {0} is unknown; only the five of XML and character numbers are allowed")]
    Entity(String),
    /// A missing attribute.
    #[error("a <{element}> has no {attribute:?}; it is required")]
    MissingAttribute {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// Data that means nothing.
    #[error("{attribute} is {value}; {expected} is required")]
    Refused {
        /// `attr.name` of the data.
        attribute: String,
        /// The text, quoted.
        value: String,
        /// What may stand there.
        expected: &'static str,
    },
}

/// A user's text in quotes, without control characters, cut to a length that fits a message.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_QUOTED).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// What a parser says, which may repeat what is in a file: without control characters, cut to a length that fits a
/// message.
pub(super) fn message(text: &str) -> String {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().take(MAX_MESSAGE).map(shown).collect()
}

/// What the JSON parser says, in the terms of the file and without its place.
pub(super) fn plain_words(text: &str) -> String {
    let text = text.rsplit_once(" at line ").map_or(text, |(problem, _)| problem);
    if text.starts_with("EOF while parsing") {
        return "the file ends too early".to_owned();
    }
    let (found, rest) = match text.strip_prefix("invalid type: ").or(text.strip_prefix("invalid value: ")) {
        Some(rest) => rest.split_once(", expected ").unwrap_or((rest, "")),
        None => {
            return text
                .replace('`', "\"")
                .replace(", expected one of", "; allowed:")
                .replace(", expected", "; allowed:");
        }
    };
    let mut found = found.replace('`', "");
    for (theirs, ours) in [
        ("integer ", ""),
        ("floating point ", ""),
        ("boolean ", ""),
        ("string ", ""),
        ("sequence", "a list"),
        ("map", "an object"),
    ] {
        found = found.replacen(theirs, ours, 1);
    }
    let expected = match rest {
        "a sequence" => "a list",
        "a string" | "a borrowed string" => "a text",
        "u32" => "a whole number from 0 to 4294967295",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a map" => "an object",
        rest if rest.starts_with("struct ") => "an object",
        rest if rest.starts_with("an array of length 2") => "a list of two",
        rest => rest,
    };
    format!("{found} is not allowed; expected {expected}")
}

/// A [`TopologyError::Text`].
pub(super) fn at_line(line: usize, value: &str, expected: &str) -> TopologyError {
    TopologyError::Text { line, value: value.to_owned(), expected: expected.to_owned() }
}

/// A [`TopologyError::Value`].
pub(super) fn value_error(place: Place, value: impl fmt::Display, allowed: &'static str) -> TopologyError {
    TopologyError::Value { place, value: value.to_string(), allowed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_short_and_has_no_control_characters() {
        assert_eq!(quoted("WA\n\u{1b}"), r#""WA\n\u{1b}""#);
        assert_eq!(quoted(&"é".repeat(1000)).chars().count(), MAX_QUOTED + 3);
    }

    #[test]
    fn messages_of_parsers_are_short_and_have_no_control_characters() {
        assert_eq!(message("</ a\n\u{1b}b>"), "</ a\u{fffd}\u{fffd}b>");
        assert_eq!(message(&"é".repeat(1000)).chars().count(), MAX_MESSAGE);
    }

    #[test]
    fn messages_are_sentences_with_place_value_and_nearest_name() {
        let error = TopologyError::UnknownNode {
            place: Place::LinkEnd(3, 1),
            value: quoted("WB"),
            nearest: Some(quoted("WA")),
        };
        assert_eq!(error.to_string(), r#"links[3].ends[1] is "WB", which is no node's id; the nearest one is "WA"."#);
    }
}
