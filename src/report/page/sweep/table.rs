//! The table of all cells of a sweep.

use super::metrics::METRICS;
use crate::experiment::sweep::{Cell, Sweep};
use crate::report::page::format;
use crate::report::page::run_view::toned;
use crate::report::page::table::{self, Table};

pub(super) fn all(sweep: &Sweep) -> Table {
    let mut columns = vec!["arm".to_owned()];
    columns.extend(sweep.factors.iter().map(|factor| factor.path.clone()));
    columns.extend(METRICS.iter().map(|metric| metric.label(sweep)));
    columns.extend(["verdict", "runs", "why not"].map(str::to_owned));
    let mut table = Table::new("All cells: means with intervals", &columns);
    for cell in &sweep.cells {
        let tone = sweep.arms.iter().position(|arm| arm.name == cell.arm).unwrap_or(0);
        let mut row = vec![table::marked(toned(tone, &cell.arm))];
        row.extend(sweep.factors.iter().map(|factor| {
            let value = cell.point.get(&factor.path);
            let text = value.map_or(format::NONE.to_owned(), format::value);
            match value.and_then(serde_json::Value::as_f64) {
                Some(number) => table::keyed(text, number),
                None => table::text(text),
            }
        }));
        row.extend(METRICS.iter().map(|metric| table::measured(metric.value(sweep, cell), metric.written())));
        row.push(table::text(cell.beside.as_ref().map_or("", |beside| beside.verdict.words())));
        row.push(table::text(ended(cell)));
        row.push(table::text(cell.reason.as_deref().unwrap_or_default()));
        table.row(row);
    }
    table
}

/// How the runs of a cell ended.
fn ended(cell: &Cell) -> String {
    let runs = cell.runs;
    let counts = [(runs.complete, "complete"), (runs.unstable, "unstable"), (runs.failed, "failed")];
    let some = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!("{count} {how}"));
    some.collect::<Vec<_>>().join(", ")
}
