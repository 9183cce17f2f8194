//! The long table of an experiment: a row a run, with where it comes from and all its numbers, as CSV and as Parquet.
//!
//! Columns: `program_version`, `scenario`, `scenario_blake3`, `arm`; the factors, each by its path; `replication`,
//! `seed`, `status`, `reason`, `accesses_blake3`, `digest`; and the numbers of the
//! [`Summary`](crate::recorder::summary::Summary), their units in their names. What a run does not have is an empty
//! cell in CSV and null in Parquet. Text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`,
//! `@`, a tab or CR and is no number) has an apostrophe before it in CSV; Parquet has it as it is.
//!
//! Nothing is averaged or left out here: unstable and failed runs have rows, and `status` tells them apart.

mod columns;
mod metrics;
mod parquet_file;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use self::columns::{Cells, Column, no_formula};
use self::metrics::{METRICS, Metric};
use super::outcome::Outcome;

/// Where all rows of a table come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Version of the program.
    pub program_version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// BLAKE3 of the scenario that the arms and points change, hexadecimal.
    pub scenario_blake3: String,
}

/// A table: columns of as many cells as it has rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    rows: usize,
    columns: Vec<Column>,
}

impl Table {
    /// The table of runs that ended in any order, no two of them of the same point, arm and replication. Rows are in
    /// [`Outcome::order`]. The seed is no factor.
    pub fn new(origin: &Origin, outcomes: &[Outcome]) -> Self {
        let mut rows: Vec<&Outcome> = outcomes.iter().collect();
        rows.sort_by(|a, b| a.order(b));
        let paths: BTreeSet<&String> = rows.iter().flat_map(|row| row.point.keys()).collect();

        let column = |name: &str, cells| Column { name: name.to_owned(), cells };
        let texts = |name: &str, of: &dyn Fn(&Outcome) -> Option<String>| {
            column(name, Cells::Texts(rows.iter().map(|row| of(row)).collect()))
        };
        let mut columns = vec![
            texts("program_version", &|_| Some(origin.program_version.clone())),
            texts("scenario", &|_| Some(origin.scenario.clone())),
            texts("scenario_blake3", &|_| Some(origin.scenario_blake3.clone())),
            texts("arm", &|row| Some(row.arm.clone())),
        ];
        columns.extend(paths.into_iter().map(|path| column(path, factor(&rows, path))));
        columns.extend([
            column("replication", Cells::Integers(rows.iter().map(|row| Some(i64::from(row.replication))).collect())),
            column("seed", Cells::Unsigned(rows.iter().map(|row| Some(row.seed)).collect())),
            texts("status", &|row| Some(row.status.name().to_owned())),
            texts("reason", &|row| row.reason.clone()),
            texts("accesses_blake3", &|row| row.accesses_blake3.clone()),
            texts("digest", &|row| row.summary.as_ref().map(|summary| summary.digest.clone())),
        ]);
        let summaries = || rows.iter().map(|row| row.summary.as_ref());
        columns.extend(METRICS.iter().map(|(name, metric)| match *metric {
            Metric::Count(of) => {
                let count = |n: u64| i64::try_from(n).expect("what a run counts fits 63 bits");
                column(name, Cells::Integers(summaries().map(|summary| of(summary?).map(count)).collect()))
            }
            Metric::Number(of) => column(name, Cells::Numbers(summaries().map(|summary| of(summary?)).collect())),
        }));
        Self { rows: rows.len(), columns }
    }

    /// The text of `results.csv`: a header, then a line a row. Floating-point numbers have a point or an exponent.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut write = |record: Vec<String>| writer.write_record(record).expect("all records are of the same length");
        write(self.columns.iter().map(|column| no_formula(&column.name)).collect());
        for row in 0..self.rows {
            write(self.columns.iter().map(|column| column.cells.text(row)).collect());
        }
        writer.into_inner().expect("memory takes every row")
    }

    /// The bytes of `results.parquet`: columns of INT64 (UINT64 for the seed), DOUBLE and STRING, not compressed.
    pub fn to_parquet(&self) -> Vec<u8> {
        parquet_file::write(&self.columns)
    }
}

/// A factor whose values are all numbers is a column of numbers; of another, strings stand as they are, and the rest as
/// JSON.
fn factor(rows: &[&Outcome], path: &str) -> Cells {
    let values = || rows.iter().map(|row| row.point.get(path).filter(|value| !value.is_null()));
    if values().flatten().all(Value::is_number) {
        Cells::Numbers(values().map(|value| value?.as_f64()).collect())
    } else {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Cells::Texts(values().map(|value| value.map(text)).collect())
    }
}
