//! How evenly load is spread, and how much the router explores.

use maud::{Markup, html};

use super::over_time::{line, of_time, summary};
use super::pen::Pen;
use super::side::Side;
use super::table::{self, Table};
use super::{none_kept, words};
use crate::report::figure::Series;

pub(super) fn body(pen: &mut Pen, sides: &[Side]) -> Markup {
    if let Some(reason) = none_kept(sides) {
        return reason;
    }
    let series: Vec<Series> = match sides {
        [side] => vec![
            line("network, of load over links", 0, side, |f, _| Some(f.entropy_network)),
            line("nodes, of traffic over ports", 2, side, |f, _| Some(f.entropy_nodes)),
            line("wormholes, of destinations", 4, side, |f, _| f.entropy_wormholes),
        ],
        _ => sides.iter().map(|side| line(side.name(), side.tone, side, |f, _| Some(f.entropy_network))).collect(),
    };
    let drawn = series.iter().any(|series| !series.points.is_empty());
    let title = if sides.len() == 1 { "Entropy" } else { "Entropy of load over links" };
    let mut figure = of_time("time-entropy", title, "entropy, normalised (0 to 1)", sides, series);
    figure.summary = format!("1 is even, 0 is all in one place. {}", summary(&figure, sides));
    html! {
        @if drawn { (pen.figure(&figure)) }
        p.note { "The share of choices that were exploration is not recorded; these are the parameters of the routers." }
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
