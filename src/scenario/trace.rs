//! Traces: accesses from a CSV file with the columns `tick`, `origin`, `target` and, if it has one, `size`, in any
//! order and beside others, streamed and checked record by record.
//!
//! Ticks count from the workload's `from_tick` and never fall; origin and target are nodes of the topology; a size is
//! above 0. What is at its own target is no access; it is counted and skipped, and so are columns that are not used and
//! a last line without a line break, which may be truncated.

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

/// What is to be said of the rows of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceCounts {
    /// All of them.
    pub rows: u64,
    /// Those at their own target, which are no accesses.
    pub own_target: u64,
    /// Those of ticks at or after the end of the workload or the run, which never come.
    pub after_end: u64,
    /// Names of columns that are not used.
    pub unused_columns: Vec<String>,
    /// Whether the last line has no line break.
    pub unended: bool,
}

impl TraceCounts {
    /// In words, what is out of the ordinary; `end` is the first tick that is too late.
    pub fn said(&self, end: Tick) -> Vec<String> {
        let Self { rows, own_target, after_end, unused_columns, unended } = self;
        let late = (*after_end > 0).then(|| format!("{after_end} of {rows} rows lie at or after tick {end}"));
        let own = (*own_target > 0).then(|| format!("{own_target} of {rows} rows are at their own target: skipped"));
        let unused = (!unused_columns.is_empty()).then(|| format!("columns not used: {}", unused_columns.join(", ")));
        let open = unended.then(|| "the last line has no line break: it may be truncated".to_owned());
        [late, own, unused, open].into_iter().flatten().collect()
    }
}

/// Columns of a trace; the last one may be missing.
const COLUMNS: [&str; 4] = ["tick", "origin", "target", "size"];

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
    /// Places of [`COLUMNS`].
    columns: [usize; 4],
    nodes: NodeNames,
    counts: TraceCounts,
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
        let (csv, header, ended) = CsvFile::begin(path, held)?;
        let columns = COLUMNS.map(|name| header.iter().position(|found| found == name).unwrap_or(usize::MAX));
        let twice = COLUMNS.iter().find(|name| header.iter().filter(|found| found == *name).count() > 1);
        if columns[..3].contains(&usize::MAX) || twice.is_some() {
            let expected =
                "columns named tick, origin and target, once each and in any order, and size if there is one";
            return Err(csv.not_allowed(&header.join(","), expected));
        }
        let unused = header.into_iter().filter(|name| !COLUMNS.contains(&name.as_str()));
        let counts = TraceCounts { unused_columns: unused.collect(), unended: !ended, ..TraceCounts::default() };
        Ok(Self { csv, columns, nodes: NodeNames::new(topology), counts, size, latest: 0, failed: false })
    }

    /// What is to be said of the rows read so far.
    pub fn counts(&self) -> &TraceCounts {
        &self.counts
    }

    /// What the file holds, once its last record was read.
    pub fn content(&self) -> Content {
        self.csv.content()
    }

    fn read(&mut self) -> Result<Option<TraceRecord>, ScenarioError> {
        let [tick, origin, target, size] = self.columns;
        while self.csv.advance()? {
            self.counts.rows += 1;
            let tick = self.csv.whole(tick, 0, MAX_TICKS)?;
            if tick < self.latest {
                return Err(self
                    .csv
                    .not_allowed(&tick.to_string(), &format!("a tick from {} (in order)", self.latest)));
            }
            self.latest = tick;
            let (origin, target) = (self.csv.node(origin, &self.nodes)?, self.csv.node(target, &self.nodes)?);
            let has_size = self.csv.column(size).is_some();
            let size = if has_size { self.csv.number(size, SIZES.0, SIZES.1)? } else { self.size };
            if origin == target {
                self.counts.own_target += 1;
                continue;
            }
            return Ok(Some(TraceRecord { tick, origin, target, size }));
        }
        Ok(None)
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
        let cases: [(&[u8], &str); 13] = [
            (
                b"",
                ":1: \"\" is not allowed; expected columns named tick, origin and target, once each and in any order",
            ),
            (b"tick,from,to\n", ":1: \"tick,from,to\" is not allowed; expected columns named tick, origin and target"),
            (b"tick,origin,target,tick\n", ":1: \"tick,origin,target,tick\" is not allowed; expected columns"),
            (b"tick,origin,target\n5,WA,NY\n4,WA,NY\n", ":3: \"4\" is not allowed; expected a tick from 5"),
            (b"tick,origin,target\n5,WA,NYC\n", ":2: no node is named \"NYC\""),
            (b"tick,origin,target\r\n5,WA,NY\r\n6,NY,WA\r\n7,WA,Z\r\n", ":4: no node is named \"Z\""),
            (b"tick,origin,target\n5,WA\n", ":2: a line of 2 fields is not allowed; expected 3 fields"),
            (b"tick,origin,target\n-5,WA,NY\n", ":2: \"-5\" is not allowed; expected a whole number from 0"),
            (b"tick,origin,target,size\n5,WA,NY,NaN\n", ":2: \"NaN\" is not allowed; expected a number from"),
            (b"tick,origin,target,size\n5,WA,NY,1e999\n", ":2: \"1e999\" is not allowed"),
            (b"tick,origin,target,size\n5,WA,NY,0\n", ":2: \"0\" is not allowed"),
            (b"tick,origin,target\n5,W\xff,NY\n", ":2: a field is not allowed; expected UTF-8"),
            (b"tick,origin,target\n5,WA,NY\n6,WA,N", ":3: no node is named \"N\""),
        ];
        for (trace, expected) in cases {
            let found = read(trace).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
    }

    /// As others write logs: columns in another order beside more, CRLF and a byte order mark, accesses at their own
    /// target, and no line break at the end.
    #[test]
    fn what_is_out_of_the_ordinary_is_counted() {
        let directory = tempfile::tempdir().unwrap();
        let network = directory.path().join("t.json");
        fs::write(&network, TOPOLOGY).unwrap();
        let (topology, _) = read_topology(&network, &Rules::default()).unwrap();
        let path = directory.path().join("t.csv");
        fs::write(&path, "\u{feff}target,note,origin,tick\r\nNY,a,WA,1\r\nWA,\"b,c\",WA,1\r\nWA,,NY,3").unwrap();
        let mut reader = TraceReader::open(&path, &topology, 2.0).unwrap();
        let records: Vec<TraceRecord> = reader.by_ref().collect::<Result<_, _>>().unwrap();
        let (wa, ny) = (NodeId(0), NodeId(1));
        let record = |tick, origin, target| TraceRecord { tick, origin, target, size: 2.0 };
        assert_eq!(records, [record(1, wa, ny), record(3, ny, wa)]);
        let counts = TraceCounts { after_end: 1, ..reader.counts().clone() };
        assert_eq!(
            counts.said(3),
            [
                "1 of 3 rows lie at or after tick 3",
                "1 of 3 rows are at their own target: skipped",
                "columns not used: note",
                "the last line has no line break: it may be truncated"
            ]
        );
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
        fs::write(&path, "tick,origin,target\n1,WA,ZZ\n2,WA,NY\n").unwrap();
        let mut reader = TraceReader::open(&path, &topology, 1.0).unwrap();
        assert!(reader.next().is_some_and(|record| record.is_err()));
        assert!(reader.next().is_none());
    }
}
