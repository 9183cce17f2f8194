//! What can be wrong with a scenario: a place, a JSON path, and a problem that says what is allowed.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::topology::TopologyError;

/// One problem of a scenario. Displays as `place: path: problem`, on one line.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {}{problem}", prefix(path))]
pub struct ScenarioError {
    /// Where the value was written.
    pub place: Place,
    /// Which value.
    pub path: JsonPath,
    /// What is wrong with it, and what is allowed.
    pub problem: Box<Problem>,
    /// Other problems of the same file.
    pub more: Vec<ScenarioError>,
}

impl ScenarioError {
    /// A problem of the value at `path`, written at `place`.
    pub(super) fn new(place: Place, path: JsonPath, problem: Problem) -> Self {
        Self { place, path, problem: Box::new(problem), more: Vec::new() }
    }

    /// Whether a file could not be read, which may be otherwise the next time.
    pub fn is_of_a_missing_file(&self) -> bool {
        match &*self.problem {
            Problem::Unreadable(_) | Problem::NotAFile { .. } => true,
            Problem::Topology(error) => {
                matches!(error, TopologyError::Unreadable { .. } | TopologyError::NotAFile { .. })
            }
            _ => false,
        }
    }

    /// A problem of a file as a whole.
    pub(super) fn of_file(file: &Path, problem: Problem) -> Self {
        Self::new(Place::File(file.to_owned()), JsonPath::default(), problem)
    }
}

fn prefix(path: &JsonPath) -> String {
    if path.0.is_empty() { String::new() } else { format!("{path}: ") }
}

/// A problem of the value at a path, not yet placed; or one of another file that the value names.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) place: Option<Place>,
    pub(super) path: JsonPath,
    pub(super) problem: Box<Problem>,
}

impl Fault {
    /// A problem of the value at `path`.
    pub(super) fn new(path: JsonPath, problem: Problem) -> Self {
        Self { place: None, path, problem: Box::new(problem) }
    }

    /// A problem of a file that the value at `path` names.
    pub(super) fn elsewhere(error: ScenarioError, path: JsonPath) -> Self {
        Self { place: Some(error.place), path, problem: error.problem }
    }
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file as a whole.
    File(PathBuf),
    /// A position in a file, both counted from 1; columns count characters.
    Position {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A line of a file.
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// The command line; the option as it was written.
    Option(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", printable(&file.display().to_string())),
            Self::Position { file, line, column } => {
                write!(f, "{}:{line}:{column}", printable(&file.display().to_string()))
            }
            Self::Line { file, line } => write!(f, "{}:{line}", printable(&file.display().to_string())),
            Self::Option(option) => f.write_str(&shortened(&printable(option))),
        }
    }
}

/// Where a value stands in a JSON document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonPath(pub Vec<Step>);

/// One step into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a field of an object.
    Key(String),
    /// Into an element of an array.
    Index(usize),
}

impl JsonPath {
    /// The path of field `key` of the value here.
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// The path of element `index` of the value here.
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Whether the value here contains, or is, the one at `other`.
    pub fn contains(&self, other: &JsonPath) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl From<&serde_path_to_error::Path> for JsonPath {
    fn from(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment;
        let step = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        Self(path.iter().filter_map(step).collect())
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => write!(f, "{}", shortened(&printable(key)))?,
                Step::Key(key) => write!(f, ".{}", shortened(&printable(key)))?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// A file that is not what it was.
    #[error("was changed since it was read first")]
    Changed,
    /// A directory, FIFO, device or socket.
    #[error("is {found}; expected a regular file")]
    NotAFile {
        /// What it is, with its article.
        found: &'static str,
    },
    /// More bytes than a file may have.
    #[error("is larger than {limit} bytes, the most that is allowed")]
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// More values than a scenario may have, whatever its bytes.
    #[error("has too many values; put large networks and traces into files of their own")]
    TooManyValues,
    /// Not text.
    #[error("is not UTF-8 text (first wrong byte at offset {offset})")]
    NotUtf8 {
        /// Bytes before it.
        offset: usize,
    },
    /// Nothing but blanks.
    #[error("is empty; expected a scenario in JSON")]
    Empty,
    /// A network where a scenario is expected.
    #[error("is a network; expected a scenario, which `wormsim init` makes of a network")]
    Network,
    /// Not JSON.
    #[error("not JSON: {message}")]
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// The same field twice in an object.
    #[error("field stands here twice; expected it once")]
    DuplicateField,
    /// A field that does not exist.
    #[error("unknown field; allowed: {}{}", listed(allowed), suggestion(nearest))]
    UnknownField {
        /// The fields that do.
        allowed: Vec<String>,
        /// The most similar of them.
        nearest: Option<String>,
    },
    /// A name that is none of a few.
    #[error("{value} is not allowed; expected {}{}", choice(allowed), suggestion(nearest))]
    UnknownChoice {
        /// What was written, as JSON.
        value: String,
        /// What may be.
        allowed: Vec<String>,
        /// The most similar.
        nearest: Option<String>,
    },
    /// A node that the topology does not have.
    #[error("no node is named {value}; expected the name of one of {count} nodes{}{}",
        not_joined(*left_out), suggestion(nearest))]
    UnknownNode {
        /// What was written, quoted.
        value: String,
        /// Nodes of the topology.
        count: usize,
        /// Nodes of its file that are not among them, as links do not join them to the largest part both ways.
        left_out: u32,
        /// The most similar name.
        nearest: Option<String>,
    },
    /// Names in a log that no node has.
    #[error("{rows} of {of} rows are of no node: {}; expected names of nodes{}, or unknown_nodes \"skip\"",
        listed(names), not_joined(*left_out))]
    UnknownNodes {
        /// Names with their rows in words, those of the most rows first.
        names: Vec<String>,
        /// Rows of such names.
        rows: u64,
        /// All rows.
        of: u64,
        /// Nodes of the topology's file that are not among them.
        left_out: u32,
    },
    /// A field that is required.
    #[error("field {field:?} is missing; expected {expected}")]
    Missing {
        /// The field.
        field: String,
        /// What may stand there.
        expected: String,
    },
    /// Not exactly one of some fields.
    #[error("expected exactly one of {}{}", choice(allowed), suggestion(nearest))]
    NotOneOf {
        /// The fields.
        allowed: Vec<String>,
        /// The most similar to one that was written.
        nearest: Option<String>,
    },
    /// A value of another type or outside its range.
    #[error("{value} is not allowed; expected {expected}")]
    NotAllowed {
        /// What was written, as JSON, shortened.
        value: String,
        /// What may stand there.
        expected: String,
    },
    /// A value that the schema allows but its type does not hold.
    #[error("{message}")]
    Mismatch {
        /// The deserializer's words.
        message: String,
    },
    /// A path of `--set` that leads nowhere.
    #[error("nothing to set here; expected {expected}")]
    NoSuchPlace {
        /// What the value there has.
        expected: String,
    },
    /// Something is wrong with the network.
    #[error("{}", without_place(.0))]
    Topology(TopologyError),
    /// A trace, or another CSV file, ends in the middle of a line.
    #[error("the last line does not end with a line break; the file seems to be truncated")]
    Truncated,
}

/// The problem of a name that none of some nodes has.
pub(super) fn unknown_node<'a>(name: &str, names: impl ExactSizeIterator<Item = &'a str>, left_out: u32) -> Problem {
    Problem::UnknownNode { value: quoted(name), count: names.len(), left_out, nearest: nearest(name, names) }
}

/// What became of nodes outside the largest part, if there are any.
pub(super) fn not_joined(left_out: u32) -> String {
    match left_out {
        0 => String::new(),
        1 => " (1 more is left out: links do not join it to these both ways)".to_owned(),
        _ => format!(" ({left_out} more are left out: links do not join them to these both ways)"),
    }
}

/// A value as compact JSON, shortened to fit a message.
pub(super) fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => format!("an array of {}", items.len()),
        serde_json::Value::Object(fields) => {
            format!("an object of {} field{}", fields.len(), if fields.len() == 1 { "" } else { "s" })
        }
        scalar => shortened(&scalar.to_string()),
    }
}

/// A text as JSON, shortened to fit a message.
pub(super) fn quoted(text: &str) -> String {
    shortened(&serde_json::Value::from(text).to_string())
}

/// The most similar of `candidates`, if it is similar enough to be meant.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const LONGEST: usize = 100;
    if wrong.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::jaro_winkler(&wrong.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|&(similarity, _)| similarity >= 0.6)
        .fold(None::<(f64, &str)>, |best, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate.to_owned())
}

/// The message without the place that it starts with: the JSON path before it says more.
fn without_place(error: &TopologyError) -> String {
    let (message, place) = (error.to_string(), error.place().map(ToString::to_string).unwrap_or_default());
    message.strip_prefix(&place).unwrap_or(&message).trim_start().to_owned()
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn listed(names: &[String]) -> String {
    names.join(", ")
}

/// Names of which one is to be chosen.
pub(super) fn choice(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
        [] => String::new(),
    }
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean {}?", quoted(name)))
}
