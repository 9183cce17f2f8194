//! How evenly load is spread, and how much the router explores.

use maud::{Markup, html};

use super::over_time::figure;
use super::pen::Pen;
use super::side::Side;
use super::table::{self, Table};
use super::{none_kept, words};
use crate::report::plots::over_time::ENTROPY;

pub(super) fn body(pen: &mut Pen, sides: &[Side]) -> Markup {
    if let Some(reason) = none_kept(sides) {
        return reason;
    }
    let mut figure = figure(&ENTROPY, sides);
    if sides.len() > 1 {
        figure.title = "Entropy of load over links".to_owned();
    }
    figure.summary = format!("1 is even, 0 is all in one place. {}", figure.summary);
    html! {
        @if figure.has_values() { (pen.figure(&figure)) }
        p.note {
            "The share of choices that were exploration is not recorded; these are the parameters of the routers."
        }
        (routers(sides).render())
    }
}

fn routers(sides: &[Side]) -> Table {
    let mut table = Table::new("Routers", &["run", "router", "parameters"]);
    for side in sides {
        let router = serde_json::to_value(&side.run.scenario.router).unwrap_or_default();
        let fields = router.as_object().into_iter().flatten().filter(|(name, _)| *name != "kind");
        let fields = fields.map(|(name, value)| format!("{name} = {}", words::value(value))).collect::<Vec<_>>();
        table.row(vec![
            table::marked(super::overview::label(side.tone, side.name())),
            table::text(words::value(&router["kind"])),
            table::text(fields.join(", ")),
        ]);
    }
    table
}
