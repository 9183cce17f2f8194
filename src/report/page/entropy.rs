//! The section on entropy over time and on the routers' parameters.

use maud::{Markup, html};

use super::figures::Figures;
use super::format;
use super::over_time::figure;
use super::run_view::{RunView, toned};
use super::section::none_kept;
use super::table::{self, Table};
use crate::report::plots::over_time::ENTROPY;

pub(super) fn body(figures: &mut Figures, views: &[RunView]) -> Markup {
    if let Some(reason) = none_kept(views) {
        return reason;
    }
    let mut figure = figure(&ENTROPY, views);
    if views.len() > 1 {
        figure.title = "Entropy of load over links".to_owned();
    }
    figure.caption = "1 is even, 0 is all in one place.".to_owned();
    html! {
        @if figure.has_values() { (figures.add(&figure)) }
        p.note {
            "The share of choices that were exploration is not recorded; these are the parameters of the routers."
        }
        (routers(views).render())
    }
}

fn routers(views: &[RunView]) -> Table {
    let mut table = Table::new("Routers", &["run", "router", "parameters"]);
    for view in views {
        let router = serde_json::to_value(&view.run.scenario.router).unwrap_or_default();
        let fields = router.as_object().into_iter().flatten().filter(|(name, _)| *name != "kind");
        let fields = fields.map(|(name, value)| format!("{name} = {}", format::value(value))).collect::<Vec<_>>();
        table.row(vec![
            table::marked(toned(view.tone, view.name())),
            table::text(format::value(&router["kind"])),
            table::text(fields.join(", ")),
        ]);
    }
    table
}
