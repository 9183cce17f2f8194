//! How `init` and `import` read the files of others.

use clap::Args;

use super::network::weight_unit;
use crate::scenario::log_format::LogColumns;
use crate::topology::WeightUnit;

/// What files of others do not say.
#[derive(Debug, Args)]
pub struct ReadingOptions {
    /// Which column of a log is which, like time=ts; names are time, origin, target and size (repeatable).
    #[arg(long, value_name = "NAME=HEADER", value_parser = column)]
    pub column: Vec<(String, String)>,
    /// What numbers of links without a unit are: s, ms, us, ticks, km, m or none.
    #[arg(long, value_name = "UNIT", value_parser = weight_unit)]
    pub weight_unit: Option<WeightUnit>,
}

impl ReadingOptions {
    /// Columns as they are given by name.
    pub(super) fn columns(&self) -> LogColumns {
        let of = |name: &str| self.column.iter().find(|(known, _)| known == name).map(|(_, header)| header.clone());
        LogColumns { time: of("time"), origin: of("origin"), target: of("target"), size: of("size") }
    }
}

/// A column by its name in the program and in the file.
fn column(text: &str) -> Result<(String, String), String> {
    let known = ["time", "origin", "target", "size"];
    match text.split_once('=') {
        Some((name, header)) if known.contains(&name) && !header.is_empty() => Ok((name.to_owned(), header.to_owned())),
        _ => Err("expected one of time, origin, target and size, then = and the column's name".to_owned()),
    }
}
