//! Reads a file of round trips: a square of numbers, with or without names.

use std::io::{BufRead, BufReader};
use std::path::Path;

use super::json::open;
use super::problem::{Place, Problem, ScenarioError, not_joined, quoted};
use super::raw::RoundTripUnit;
use crate::topology::{NodeId, Topology};

/// Nodes of the largest network between which round trips may be given: the run directory holds them all.
pub const MAX_NODES: usize = 600;

/// The largest round trip, ms: a day.
const MAX_MS: f64 = 86_400_000.0;

/// Round trips, ms, in the order of nodes; `None` is a hole.
pub type Matrix = Vec<Vec<Option<f64>>>;

/// Reads the round trips between all nodes of a topology, and hashes the file.
///
/// # Errors
/// The first problem, placed at its line.
pub fn read(path: &Path, unit: RoundTripUnit, topology: &Topology) -> Result<(Matrix, blake3::Hash), ScenarioError> {
    let of_file = |problem| ScenarioError::new(Place::File(path.to_owned()), Default::default(), problem);
    let mut reader = BufReader::new(open(path).map_err(of_file)?);
    let (mut hasher, mut text) = (blake3::Hasher::new(), String::new());
    let mut rows = Rows::new(path, unit, topology);
    for line in 1.. {
        text.clear();
        let read = reader.read_line(&mut text).map_err(|error| of_file(Problem::Unreadable(error)))?;
        if read == 0 {
            break;
        }
        hasher.update(text.as_bytes());
        let row = if line == 1 { text.strip_prefix('\u{feff}').unwrap_or(&text) } else { &text };
        rows.line(line, row.trim_matches(['\r', '\n']))?;
    }
    Ok((rows.end().map_err(of_file)?, hasher.finalize()))
}

/// What is wrong with an entry.
pub fn check(value: f64) -> Result<(), &'static str> {
    if (0.0..=MAX_MS).contains(&value) { Ok(()) } else { Err("a round trip from 0 to 86400000 ms; 0 or - is a hole") }
}

struct Rows<'a> {
    path: &'a Path,
    unit: RoundTripUnit,
    topology: &'a Topology,
    /// Nodes of columns.
    columns: Vec<NodeId>,
    /// Whether rows begin with a name.
    named: bool,
    matrix: Matrix,
    /// Nodes whose rows were there.
    rows: Vec<bool>,
    seen: usize,
}

impl<'a> Rows<'a> {
    fn new(path: &'a Path, unit: RoundTripUnit, topology: &'a Topology) -> Self {
        let nodes = topology.node_count();
        Self {
            path,
            unit,
            topology,
            columns: (0..nodes as u32).map(NodeId).collect(),
            named: false,
            matrix: vec![vec![None; nodes]; nodes],
            rows: vec![false; nodes],
            seen: 0,
        }
    }

    fn fault(&self, line: u64, value: &str, expected: impl Into<String>) -> ScenarioError {
        let problem = Problem::NotAllowed { value: quoted(value), expected: expected.into() };
        ScenarioError::new(Place::Line { file: self.path.to_owned(), line }, Default::default(), problem)
    }

    fn node(&self, line: u64, name: &str) -> Result<NodeId, ScenarioError> {
        let found = self.topology.nodes().find(|(_, node)| &*node.name == name);
        found.map(|(id, _)| id).ok_or_else(|| self.fault(line, name, "the name of a node of the topology"))
    }

    fn line(&mut self, line: u64, text: &str) -> Result<(), ScenarioError> {
        if text.trim_matches(' ').is_empty() {
            return Ok(());
        }
        let fields: Vec<&str> = match [',', '\t'].into_iter().find(|&separator| text.contains(separator)) {
            Some(separator) => text.split(separator).map(|field| field.trim().trim_matches('"')).collect(),
            None => text.split_whitespace().collect(),
        };
        let nodes = self.columns.len();
        if self.seen == 0 && !self.named && fields.iter().any(|field| is_name(field)) {
            self.named = fields.len() == nodes + 1;
            let is_node = |field: &&str| self.topology.nodes().any(|(_, node)| &*node.name == *field);
            if !self.named && !fields.iter().any(is_node) {
                let wrong = fields.iter().find(|field| is_name(field)).copied().unwrap_or_default();
                return Err(self.fault(line, wrong, "a number, - for a hole, or in a first row the name of a node"));
            }
            let names = &fields[usize::from(self.named)..];
            if names.len() != nodes {
                return Err(self.fault(line, text, format!("the names of all {nodes} nodes")));
            }
            self.columns = names.iter().map(|name| self.node(line, name)).collect::<Result<_, _>>()?;
            let mut once = self.columns.clone();
            once.sort_unstable();
            once.dedup();
            return if once.len() == nodes { Ok(()) } else { Err(self.fault(line, text, "each name once")) };
        }
        if self.seen == nodes {
            return Err(self.fault(line, text, format!("as many rows as nodes, {nodes}")));
        }
        let numbers = &fields[usize::from(self.named)..];
        if numbers.len() != nodes {
            let left_out = not_joined(self.topology.defaults.nodes_outside_largest_part);
            let expected = format!("{nodes} numbers, one a node of the topology{left_out}, not {}", numbers.len());
            return Err(self.fault(line, &shortened(text), expected));
        }
        let from = if self.named { self.node(line, fields[0])? } else { self.columns[self.seen] };
        if std::mem::replace(&mut self.rows[from.index()], true) {
            return Err(self.fault(line, fields[0], "a row a node"));
        }
        for (&to, field) in self.columns.iter().zip(numbers) {
            let value = match *field {
                "" | "-" => None,
                text => {
                    let value = text.parse::<f64>();
                    let value = value.map_err(|_| self.fault(line, text, "a number, or - for a hole"))?;
                    Some(value * self.unit.ms())
                }
            };
            if let Some(value) = value {
                check(value).map_err(|expected| self.fault(line, field, expected))?;
            }
            self.matrix[from.index()][to.index()] = value.filter(|&value| value > 0.0);
        }
        self.seen += 1;
        Ok(())
    }

    fn end(self) -> Result<Matrix, Problem> {
        if self.seen == self.columns.len() {
            return Ok(self.matrix);
        }
        let expected = format!("as many as nodes, {}", self.columns.len());
        Err(Problem::NotAllowed { value: format!("{} rows", self.seen), expected })
    }
}

fn is_name(field: &str) -> bool {
    !matches!(field, "" | "-") && field.parse::<f64>().is_err()
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
