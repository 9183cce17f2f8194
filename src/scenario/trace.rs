//! Traces: accesses from a CSV file `tick,origin,target[,size]`, streamed and checked record by record.
//!
//! Ticks count from the workload's `from_tick` and never fall; origin and target are different nodes of the topology;
//! a size is above 0. A file whose last line has no line break is taken to be truncated.

use std::path::Path;

use super::content::Content;
use super::csv_file::{CsvFile, NodeNames};
use super::problem::ScenarioError;
use super::{MAX_TICKS, Tick};
use crate::topology::{NodeId, Topology};

/// Least and largest size of an access.
const SIZES: (f64, f64) = (1e-9, 1e9);

/// An access of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceRecord {
    /// Ticks since the workload's `from_tick`.
    pub tick: Tick,
    /// Who asks.
    pub origin: NodeId,
    /// Who is asked; not the origin.
    pub target: NodeId,
    /// The record's size, or the workload's.
    pub size: f64,
}

/// Reads a trace to its end once more.
///
/// # Errors
/// A file that cannot be read, or [`Problem::Changed`](super::Problem::Changed).
pub fn check(path: &Path, held: &Content) -> Result<(), ScenarioError> {
    held.check(path).map_err(|problem| ScenarioError::of_file(path, problem))
}

/// The records of a trace, in order; ends after the first error.
#[derive(Debug)]
pub struct TraceReader {
    csv: CsvFile,
    nodes: NodeNames,
    size: f64,
    latest: Tick,
    failed: bool,
}

impl TraceReader {
    /// Opens a trace over the nodes of `topology`; `size` is that of accesses without one.
    ///
    /// # Errors
    /// A file that cannot be read, that has another header, or whose last line is not ended.
    pub fn open(path: &Path, topology: &Topology, size: f64) -> Result<Self, ScenarioError> {
        Self::reading(path, topology, size, None)
    }

    /// Opens a trace that was read before, and has to hold what it held then.
    ///
    /// # Errors
    /// A file that cannot be read; as every later record, [`Problem::Changed`](super::Problem::Changed).
    pub fn again(path: &Path, topology: &Topology, size: f64, held: &Content) -> Result<Self, ScenarioError> {
        Self::reading(path, topology, size, Some(held))
    }

    fn reading(path: &Path, topology: &Topology, size: f64, held: Option<&Content>) -> Result<Self, ScenarioError> {
        let csv = CsvFile::open(path, &["tick,origin,target", "tick,origin,target,size"], held)?;
        Ok(Self { csv, nodes: NodeNames::new(topology), size, latest: 0, failed: false })
    }

    /// What the file holds, once its last record was read.
    pub fn content(&self) -> Content {
        self.csv.content()
    }

    fn read(&mut self) -> Result<Option<TraceRecord>, ScenarioError> {
        if !self.csv.advance()? {
            return Ok(None);
        }
        let tick = self.csv.whole(0, 0, MAX_TICKS)?;
        if tick < self.latest {
            return Err(self.csv.not_allowed(&tick.to_string(), &format!("a tick from {} (in order)", self.latest)));
        }
        self.latest = tick;
        let origin = self.csv.node(1, &self.nodes)?;
        let target = self.csv.node(2, &self.nodes)?;
        if origin == target {
            let name = self.csv.column(2).unwrap_or_default();
            return Err(self.csv.not_allowed(name, "a target other than the origin"));
        }
        let size = if self.csv.column(3).is_some() { self.csv.number(3, SIZES.0, SIZES.1)? } else { self.size };
        Ok(Some(TraceRecord { tick, origin, target, size }))
    }
}

impl Iterator for TraceReader {
    type Item = Result<TraceRecord, ScenarioError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.read();
        self.failed = record.is_err();
        record.transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::topology::{Rules, read_topology};

    const TOPOLOGY: &str =
        r#"{"version":1,"name":"t","nodes":[{"id":"WA"},{"id":"NY"}],"links":[{"ends":["WA","NY"]}]}"#;

    fn read(trace: &[u8]) -> Result<Vec<TraceRecord>, String> {
        let directory = tempfile::tempdir().unwrap();
        let network = directory.path().join("t.json");
        fs::write(&network, TOPOLOGY).unwrap();
        let (topology, _) = read_topology(&network, &Rules::default()).unwrap();
        let path = directory.path().join("t.csv");
        fs::write(&path, trace).unwrap();
        let records = TraceReader::open(&path, &topology, 2.0).and_then(Iterator::collect);
        records.map_err(|error| error.to_string().rsplit_once("t.csv").unwrap().1.to_owned())
    }

    #[test]
    fn records_have_their_own_size_or_the_workloads() {
        let record = |tick, origin, target, size| TraceRecord { tick, origin, target, size };
        let (wa, ny) = (NodeId(0), NodeId(1));
        assert_eq!(
            read(b"tick,origin,target\n0,WA,NY\n0,NY,WA\n7,NY,WA\n"),
            Ok(vec![record(0, wa, ny, 2.0), record(0, ny, wa, 2.0), record(7, ny, wa, 2.0)])
        );
        assert_eq!(read(b"tick,origin,target,size\n3,\"WA\",NY,0.5\n"), Ok(vec![record(3, wa, ny, 0.5)]));
        assert_eq!(read(b"tick,origin,target\n"), Ok(vec![]));
    }

    #[test]
    fn every_defect_is_named_with_its_line() {
        let cases: [(&[u8], &str); 12] = [
            (b"", ":1: \"\" is not allowed; expected the header tick,origin,target or tick,origin,target,size"),
            (b"tick,from,to\n", ":1: \"tick,from,to\" is not allowed; expected the header"),
            (b"tick,origin,target\n5,WA,NY\n4,WA,NY\n", ":3: \"4\" is not allowed; expected a tick from 5"),
            (b"tick,origin,target\n5,WA,NYC\n", ":2: no node is named \"NYC\""),
            (b"tick,origin,target\n5,WA,WA\n", ":2: \"WA\" is not allowed; expected a target other"),
            (b"tick,origin,target\n5,WA\n", ":2: a line of 2 fields is not allowed; expected 3 fields"),
            (b"tick,origin,target\n-5,WA,NY\n", ":2: \"-5\" is not allowed; expected a whole number from 0"),
            (b"tick,origin,target,size\n5,WA,NY,NaN\n", ":2: \"NaN\" is not allowed; expected a number from"),
            (b"tick,origin,target,size\n5,WA,NY,1e999\n", ":2: \"1e999\" is not allowed"),
            (b"tick,origin,target,size\n5,WA,NY,0\n", ":2: \"0\" is not allowed"),
            (b"tick,origin,target\n5,W\xff,NY\n", ":2: a field is not allowed; expected UTF-8"),
            (b"tick,origin,target\n5,WA,NY\n6,WA,N", ": the last line does not end with a line break"),
        ];
        for (trace, expected) in cases {
            let found = read(trace).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn a_record_without_end_is_refused_before_it_fills_the_memory() {
        let mut trace = b"tick,origin,target\n1,\"".to_vec();
        trace.resize(trace.len() + 1_000_000, b'\n');
        assert!(read(&trace).unwrap_err().contains("does not end within 256 KiB"));
    }

    #[test]
    fn nothing_follows_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let network = directory.path().join("t.json");
        fs::write(&network, TOPOLOGY).unwrap();
        let (topology, _) = read_topology(&network, &Rules::default()).unwrap();
        let path = directory.path().join("t.csv");
        fs::write(&path, "tick,origin,target\n1,WA,WA\n2,WA,NY\n").unwrap();
        let mut reader = TraceReader::open(&path, &topology, 1.0).unwrap();
        assert!(reader.next().is_some_and(|record| record.is_err()));
        assert!(reader.next().is_none());
    }
}
