//! Cells of colours as a table, which is read and scrolled like any other.

use maud::{Markup, html};

use crate::report::figure::{Axis, cells};
use crate::report::{numbers, style};

/// The cells over both axes; `label` says what they show, and edges in `border` are drawn as thick lines.
pub(super) fn table(
    [x, y]: [&Axis; 2],
    values: &[Vec<Result<f64, &'static str>>],
    label: &str,
    border: &[[(f64, f64); 2]],
) -> Markup {
    let (columns, rows) = (x.names().unwrap_or_default(), y.names().unwrap_or_default());
    let shares = cells::shares(values);
    let is_edge = |from: (f64, f64), to: (f64, f64)| border.contains(&[from, to]);
    html! {
        p.note { "Cells: " (label) "; columns: " (x.label) "; rows: " (y.label) "." }
        div.scroll role="region" tabindex="0" aria-label=(label) {
            table aria-label=(label) {
                thead { tr { td {} @for name in columns { th scope="col" { (name) } } } }
                tbody { @for (row, name) in rows.iter().enumerate() {
                    tr {
                        th scope="row" { (name) }
                        @for (column, value) in values[row].iter().enumerate() {
                            @let (left, right) = (column as f64 - 0.5, column as f64 + 0.5);
                            @let (top, bottom) = (row as f64 - 0.5, row as f64 + 0.5);
                            td class=[class(
                                value.is_err(),
                                is_edge((right, top), (right, bottom)),
                                is_edge((left, bottom), (right, bottom)),
                            )] style=[shares[row][column].map(colors)]
                                title=(format!("{} = {}, {} = {name}", x.label, columns[column], y.label)) {
                                (value.map_or_else(str::to_owned, numbers::compact))
                            }
                        }
                    }
                } }
            }
        }
    }
}

fn class(is_none: bool, turns_right: bool, turns_below: bool) -> Option<String> {
    let all = [(is_none, "none"), (turns_right, "turn-right"), (turns_below, "turn-below")];
    let set: Vec<&str> = all.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
    (!set.is_empty()).then(|| set.join(" "))
}

/// The same in every scheme, so that numbers are legible in each.
fn colors(share: f64) -> String {
    format!("background:{};color:{}", style::ramp(share), style::ramp_ink(share))
}
