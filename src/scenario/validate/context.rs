//! What the checks of a scenario's parts look things up in, and refuse with.

use std::path::{Path, PathBuf};

use crate::scenario::Tick;
use crate::scenario::problem::{Fault, JsonPath, Problem, nearest, quoted, unknown_node};
use crate::topology::{NameIndex, NodeId, Topology};

/// What the checks of a scenario's parts look things up in.
pub(super) struct Context<'a> {
    pub base: &'a Path,
    pub ticks: Tick,
    pub tick_ms: f64,
    pub topology: &'a Topology,
    pub names: NameIndex<'a>,
}

impl Context<'_> {
    pub fn node(&self, name: &str, path: JsonPath) -> Result<NodeId, Fault> {
        let names = || self.topology.graph.raw_nodes().iter().map(|node| &*node.weight.name);
        let left_out = self.topology.defaults.nodes_outside_largest_part;
        self.names.find(name).ok_or_else(|| Fault::new(path, unknown_node(name, names(), left_out)))
    }

    pub fn two_nodes(&self, names: &[String; 2], path: &JsonPath) -> Result<[NodeId; 2], Fault> {
        let ends = [self.node(&names[0], path.index(0))?, self.node(&names[1], path.index(1))?];
        if ends[0] == ends[1] {
            return Err(not_allowed(path.index(1), quoted(&names[1]), "another node than the first"));
        }
        Ok(ends)
    }

    /// The index of the link between two nodes.
    pub fn link(&self, names: &[String; 2], path: &JsonPath) -> Result<u32, Fault> {
        let [a, b] = self.two_nodes(names, path)?;
        self.topology.link_between(a, b).ok_or_else(|| {
            let neighbours: Vec<&str> =
                self.topology.graph.neighbors(a.into()).map(|node| &*self.topology.graph[node].name).collect();
            let nearest = nearest(&names[1], neighbours.iter().copied());
            let mut expected = format!("one of the {} neighbours of {}", neighbours.len(), quoted(&names[0]));
            if neighbours.len() <= 8 {
                expected = format!("{expected}: {}", neighbours.join(", "));
            } else if let Some(nearest) = nearest {
                expected = format!("{expected}, like {}", quoted(&nearest));
            }
            not_allowed(path.index(1), quoted(&names[1]), expected)
        })
    }

    pub fn file(&self, path: &Path) -> PathBuf {
        self.base.join(path)
    }
}

/// A value that is not what is expected.
pub(super) fn not_allowed(path: JsonPath, value: impl ToString, expected: impl Into<String>) -> Fault {
    Fault::new(path, Problem::NotAllowed { value: value.to_string(), expected: expected.into() })
}

/// Names become folders and files.
pub(super) fn check_name(name: &str, path: &JsonPath) -> Result<(), Fault> {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.starts_with('.') && name.chars().all(safe) {
        return Ok(());
    }
    let expected = "letters, digits, -, _ and ., no dot at the start";
    Err(not_allowed(path.clone(), quoted(name), expected))
}

/// The path below another one that a kind gives with dots.
pub(super) fn deeper(path: JsonPath, field: &str) -> JsonPath {
    field.split('.').fold(path, |path, step| step.parse().map_or_else(|_| path.key(step), |index| path.index(index)))
}
