//! What is to be said of the rows of a log.

use std::collections::BTreeMap;

use crate::scenario::Tick;

/// Counts of the rows of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceCounts {
    /// All of them.
    pub rows: u64,
    /// Those at their own target, which are no accesses.
    pub own_target: u64,
    /// Those whose origin or target is no node.
    pub unknown: u64,
    /// Those of ticks at or after the end of the workload or the run, which never come.
    pub after_end: u64,
    /// The first tick after all of them.
    pub end: Tick,
    /// Names of columns that are not used.
    pub unused_columns: Vec<String>,
    /// Whether the last line has no line break.
    pub unended: bool,
    /// What times were taken for, if nothing but the first of them said so.
    pub assumed_unit: Option<&'static str>,
}

impl TraceCounts {
    /// Kind, count and words of what is out of the ordinary; `end` is the first tick that is too late.
    pub fn said(&self, end: Tick) -> Vec<(&'static str, u64, String)> {
        let Self { rows, own_target, unknown, after_end, unused_columns, unended, .. } = self;
        let columns = unused_columns.len() as u64;
        let unit = self.assumed_unit.unwrap_or_default();
        let all = [
            ("rows_after_end", *after_end, format!("{after_end} of {rows} rows lie at or after tick {end}")),
            (
                "rows_at_own_target",
                *own_target,
                format!("{own_target} of {rows} rows are at their own target: skipped"),
            ),
            ("rows_of_unknown_nodes", *unknown, format!("{unknown} of {rows} rows are of no node: skipped")),
            ("unit_of_times", u64::from(!unit.is_empty()), format!("times are taken for {unit}")),
            ("columns_not_used", columns, format!("columns not used: {}", unused_columns.join(", "))),
            ("unended_line", u64::from(*unended), "the last line has no line break: it may be truncated".to_owned()),
        ];
        all.into_iter().filter(|&(_, count, _)| count > 0).collect()
    }
}

/// Names that no node has.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    rows: BTreeMap<Box<str>, u64>,
    /// Rows whose names were too many to be kept.
    others: u64,
    first_line: u64,
}

/// Most names that are kept, and that a message shows.
const KEPT: usize = 1000;
const SHOWN: usize = 10;

impl Unknown {
    pub fn count(&mut self, name: &str, line: u64) {
        if self.first_line == 0 {
            self.first_line = line;
        }
        let kept = self.rows.len();
        match self.rows.get_mut(name) {
            Some(rows) => *rows += 1,
            None if kept < KEPT => drop(self.rows.insert(name.into(), 1)),
            None => self.others += 1,
        }
    }

    pub fn first_line(&self) -> u64 {
        self.first_line
    }

    /// The names with the most rows in words, each with the name that may be meant, and how many more there are.
    pub fn most(&self, nearest: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let mut names: Vec<(&str, u64)> = self.rows.iter().map(|(name, &rows)| (&**name, rows)).collect();
        names.sort_by_key(|&(_, rows)| std::cmp::Reverse(rows));
        let shown = names.iter().take(SHOWN).map(|&(name, rows)| {
            let meant = nearest(name).map_or(String::new(), |meant| format!("; did you mean {meant}?"));
            let name = super::super::problem::quoted(name);
            format!("{name} ({rows} row{}{meant})", if rows == 1 { "" } else { "s" })
        });
        let more = names.len().saturating_sub(SHOWN);
        let kept = if self.others > 0 { "at least " } else { "" };
        shown.chain((more > 0).then(|| format!("{kept}{more} more"))).collect()
    }
}
