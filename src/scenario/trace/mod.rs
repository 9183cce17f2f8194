//! Logs of accesses: rows with a time, an origin, a target and perhaps a size, streamed and checked one by one.
//!
//! A log is CSV, plain or compressed with gzip or Zstandard, whose fields are separated by commas, tabs, `;` or `|`.
//! Columns are known by their names, in any order and beside others (`columns`). Times are ticks, or numbers of a
//! unit, or dates; all but ticks count from the earliest (`clock`). Rows may be late by a stated number of ticks.
//! Origin and target are nodes of the topology; a size is above 0. What is at its own target is no access; it is
//! counted and skipped, and so are rows with unknown nodes if the scenario says so. Columns that are not used and a
//! last line without a line break, which may be truncated, are said.

mod clock;
mod columns;
mod counts;
mod late;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::content::Content;
use super::csv_file::{CsvFile, NodeNames};
use super::log_format::{LogFormat, UnknownNodes};
use super::problem::{Problem, ScenarioError};
use super::{MAX_TICKS, Tick};
use crate::topology::{NodeId, Topology};
use clock::Clock;
use columns::{Places, places};
pub use counts::TraceCounts;
use counts::Unknown;
use late::Late;

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

/// What the times of a log are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// The first tick after all rows, whatever nodes they are of.
    pub end: Tick,
    /// Ticks by which the latest row is late.
    pub late_ticks: Tick,
    /// From the earliest to the latest row, ms; none in a log of ticks.
    pub span_ms: Option<u64>,
    /// What all times are multiples of, from the first on, in ticks.
    pub step_ticks: Tick,
}

/// Reads the times of a log.
///
/// # Errors
/// As for [`TraceReader::open`], and a row without a time.
pub fn survey(path: &Path, format: &LogFormat, tick_ms: f64) -> Result<Survey, ScenarioError> {
    let (mut csv, header, _) = CsvFile::begin(path, None)?;
    let places = places(&header, &format.columns).map_err(|expected| csv.not_allowed(&header.join(","), &expected))?;
    let mut clock = Clock::new(&header[places.time], format.time_unit, tick_ms);
    let mut span: Option<(i128, i128)> = None;
    let (mut late, mut step) = (0, 0);
    while csv.advance()? {
        let text = csv.column(places.time).unwrap_or_default();
        let time = clock.read(text).map_err(|expected| csv.not_allowed(text, &expected))?;
        step = greatest_divisor(step, span.map_or(0, |(first, _): (i128, i128)| (time - first).abs()));
        span = Some(span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        late = late.max(span.map_or(0, |(_, last)| last - time));
    }
    let Some((first, last)) = span else { return Ok(Survey { end: 1, late_ticks: 0, span_ms: None, step_ticks: 0 }) };
    clock.tick(first);
    let within = |ticks: i128| Tick::try_from(ticks).unwrap_or(MAX_TICKS).min(MAX_TICKS);
    let late_ticks = within((late + clock.per_tick() - 1) / clock.per_tick());
    let span_ms = (!clock.counts_ticks()).then_some(((last - first) / 1_000_000) as u64);
    let step_ticks = within(step / clock.per_tick());
    Ok(Survey { end: within(clock.tick(last) + 1), late_ticks, span_ms, step_ticks })
}

/// Euclid's algorithm.
fn greatest_divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

/// Reads a trace to its end once more.
///
/// # Errors
/// A file that cannot be read, or [`Problem::Changed`].
pub fn check(path: &Path, held: &Content) -> Result<(), ScenarioError> {
    held.check(path).map_err(|problem| ScenarioError::of_file(path, problem))
}

/// The records of a trace, in order; ends after the first error.
#[derive(Debug)]
pub struct TraceReader {
    csv: CsvFile,
    places: Places,
    clock: Clock,
    late: Late<TraceRecord>,
    nodes: NodeNames,
    skips_unknown: bool,
    unknown: Unknown,
    counts: TraceCounts,
    size: f64,
    failed: bool,
}

impl TraceReader {
    /// Opens a trace over the nodes of `topology` in ticks of `tick_ms`; `size` is that of accesses without one. One
    /// that was read before has to hold what it held then.
    ///
    /// # Errors
    /// A file that cannot be read, or that lacks columns; as every later record, if it was read before,
    /// [`Problem::Changed`].
    pub fn open(
        path: &Path,
        format: &LogFormat,
        topology: &Topology,
        tick_ms: f64,
        size: f64,
        held: Option<&Content>,
    ) -> Result<Self, ScenarioError> {
        let (csv, header, ended) = CsvFile::begin(path, held)?;
        let places =
            places(&header, &format.columns).map_err(|expected| csv.not_allowed(&header.join(","), &expected))?;
        let unused = (0..).zip(&header).filter(|(place, _)| !places.contains(*place)).map(|(_, name)| name.clone());
        let counts = TraceCounts { unused_columns: unused.collect(), unended: !ended, ..TraceCounts::default() };
        let clock = Clock::new(&header[places.time], format.time_unit, tick_ms);
        Ok(Self {
            csv,
            places,
            late: Late::new(format.late_ticks, clock.per_tick()),
            clock,
            nodes: NodeNames::new(topology),
            skips_unknown: format.unknown_nodes == UnknownNodes::Skip,
            unknown: Unknown::default(),
            counts,
            size,
            failed: false,
        })
    }

    /// What is to be said of the rows read so far.
    pub fn counts(&self) -> &TraceCounts {
        &self.counts
    }

    /// What the file holds, once its last record was read.
    pub fn content(&self) -> Content {
        self.csv.content()
    }

    /// The next row that is an access, with its time.
    fn row(&mut self) -> Result<Option<(i128, TraceRecord)>, ScenarioError> {
        while self.csv.advance()? {
            self.counts.rows += 1;
            let text = self.csv.column(self.places.time).unwrap_or_default();
            let time = match self.clock.read(text) {
                Ok(time) => time,
                Err(expected) => return Err(self.csv.not_allowed(text, &expected)),
            };
            // Rows that are skipped have their times, too.
            self.clock.see(time);
            let size = match self.places.size {
                Some(column) => self.csv.number(column, SIZES.0, SIZES.1)?,
                None => self.size,
            };
            let ends =
                [self.places.origin, self.places.target].map(|column| self.csv.column(column).unwrap_or_default());
            let [origin, target] = ends.map(|name| self.nodes.find(name));
            let (Some(origin), Some(target)) = (origin, target) else {
                for (name, _) in ends.iter().zip([origin, target]).filter(|(_, node)| node.is_none()) {
                    self.unknown.count(name, self.csv.line());
                }
                self.counts.unknown += 1;
                continue;
            };
            if origin == target {
                self.counts.own_target += 1;
                continue;
            }
            return Ok(Some((time, TraceRecord { tick: 0, origin, target, size })));
        }
        self.counts.assumed_unit = self.clock.assumed();
        if self.counts.unknown > 0 && !self.skips_unknown {
            return Err(self.refuse_unknown());
        }
        Ok(None)
    }

    fn refuse_unknown(&self) -> ScenarioError {
        let names = self.unknown.most(|name| self.nodes.nearest(name));
        let left_out = self.nodes.left_out();
        let (rows, of) = (self.counts.unknown, self.counts.rows);
        self.csv.error(self.unknown.first_line(), Problem::UnknownNodes { names, rows, of, left_out })
    }

    fn read(&mut self) -> Result<Option<TraceRecord>, ScenarioError> {
        while !self.late.is_ready() {
            match self.row()? {
                Some((time, record)) => {
                    let text = self.csv.column(self.places.time).unwrap_or_default();
                    let kept = self.late.push(time, record);
                    kept.map_err(|earliest| self.csv.not_allowed(text, &self.clock.in_order(earliest)))?;
                    if self.late.is_full() {
                        return Err(self.csv.not_allowed(text, "a time less late: too many rows wait for it"));
                    }
                }
                None => self.late.end(),
            }
        }
        let Some((time, record)) = self.late.pop() else { return Ok(None) };
        let tick = self.clock.tick(time);
        if tick > i128::from(MAX_TICKS) {
            let found = format!("a time {tick} ticks after the start");
            return Err(self
                .csv
                .not_allowed(&found, &format!("at most {MAX_TICKS} ticks (a longer tick_ms makes fewer)")));
        }
        self.counts.end = self.counts.end.max(tick as Tick + 1);
        Ok(Some(TraceRecord { tick: tick as Tick, ..record }))
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
