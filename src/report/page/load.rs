//! The section on the load of links and on where accesses waited.

use maud::{Markup, html};

use super::betweenness::{Betweenness, MOST_NODES};
use super::figures::Figures;
use super::format;
use super::run_view::{RunView, toned};
use super::section::none_kept;
use super::table::{self, Table};
use crate::recorder::bottlenecks::{Bottlenecks, LinkKind};
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};

/// Directions in the figure of a single run, and of several.
const DIRECTIONS: [usize; 2] = [24, 10];
/// Links and nodes of a run in the table.
const PLACES: usize = 40;

/// A direction of a space link and what it carried.
struct Direction<'a> {
    from: &'a str,
    to: &'a str,
    per_tick: f64,
}

pub(super) fn body(figures: &mut Figures, views: &[RunView]) -> Markup {
    if let Some(reason) = none_kept(views) {
        return reason;
    }
    html! {
        (figure(figures, views))
        (bottlenecks(views))
    }
}

/// The directions of a run, the most loaded first; means over the whole run.
fn directions<'a>(view: &RunView<'a>) -> Vec<Direction<'a>> {
    let run = view.run;
    let ticks = f64::from(run.summary.ticks.max(1));
    let mut directions: Vec<Direction> = Vec::new();
    for link in &run.usage.links {
        for (from, to) in [(0, 1), (1, 0)] {
            let per_tick = link.carried[from] as f64 / ticks;
            directions.push(Direction { from: &link.ends[from], to: &link.ends[to], per_tick });
        }
    }
    directions.sort_by(|a, b| b.per_tick.total_cmp(&a.per_tick).then((a.from, a.to).cmp(&(b.from, b.to))));
    directions
}

fn figure(figures: &mut Figures, views: &[RunView]) -> Markup {
    let shown = DIRECTIONS[usize::from(views.len() > 1)];
    let first = directions(&views[0]);
    let places: Vec<(&str, &str)> = first.iter().take(shown).map(|d| (d.from, d.to)).collect();
    let names = places.iter().map(|(from, to)| format!("{from} → {to}")).collect();
    let series = views.iter().map(|view| {
        let all = directions(view);
        let load =
            |&(from, to): &(&str, &str)| all.iter().find(|d| (d.from, d.to) == (from, to)).map_or(0.0, |d| d.per_tick);
        let points = places.iter().zip(0..).map(|(place, index)| Point::new(load(place), f64::from(index))).collect();
        Series::new(view.legend(views), view.tone, Mark::Bars, points)
    });
    let figure = Figure::of_series(
        "link-load",
        "Load over links, by direction, mean over the whole run",
        Axis::from_zero("accesses per tick"),
        Axis::new("", Scale::Names(names)),
        series.collect(),
    );
    let total: f64 = first.iter().map(|d| d.per_tick).sum();
    let top: f64 = first.iter().take(shown).map(|d| d.per_tick).sum();
    let most = first.first().map_or(String::new(), |d| {
        let whose = if views.len() == 1 { String::new() } else { format!("{}: ", views[0].name()) };
        format!("{whose}{} → {} carries most, {} accesses a tick; ", d.from, d.to, format::number(d.per_tick))
    });
    let said = format!(
        "{most}the {} directions shown carry {} of what goes over its space links.",
        places.len(),
        format::percent(if total > 0.0 { top / total } else { 0.0 })
    );
    figures.add(&figure.with_summary(said))
}

fn bottlenecks(views: &[RunView]) -> Markup {
    let counted = views.iter().all(|view| view.run.graph.nodes.len() <= MOST_NODES);
    let columns =
        ["place", "run", "utilisation", "per tick", "limit per tick", "waited, ticks", "share of waiting", "pairs"];
    let mut table = Table::new("Links by direction, and nodes, the worst first", &columns);
    if views.len() == 1 {
        table.hide(1);
    }
    for view in views {
        let pairs = Betweenness::of(&view.run.graph);
        waits(&mut table, view, &view.run.bottlenecks, pairs.as_ref());
    }
    html! {
        (table.render())
        p.note {
            "Utilisation is what was carried or served over what can be; none where capacity is unlimited. "
            @if counted {
                "Pairs: ordered pairs of origin and target whose shortest route over space links, one route a pair, "
                "goes there."
            } @else { "Pairs are counted on networks of up to " (format::count(MOST_NODES as u64)) " nodes." }
        }
    }
}

fn waits(table: &mut Table, view: &RunView, found: &Bottlenecks, pairs: Option<&Betweenness>) {
    for link in found.links.iter().take(PLACES) {
        let is_space = link.kind == LinkKind::Space;
        let over = pairs.filter(|_| is_space).map(|pairs| pairs.over(&link.from, &link.to) as f64);
        let kind = if is_space { "" } else { " (wormhole)" };
        table.row(vec![
            table::text(format!("{} → {}{kind}", link.from, link.to)),
            table::marked(toned(view.tone, view.name())),
            table::share(link.utilisation),
            table::number(link.carried_per_tick),
            table::optional(link.capacity_per_tick.map(f64::from)),
            table::count(link.waited_ticks),
            table::share(Some(link.share_of_waiting)),
            table::optional(over),
        ]);
    }
    for node in found.nodes.iter().take(PLACES) {
        table.row(vec![
            table::text(format!("node {}", node.node)),
            table::marked(toned(view.tone, view.name())),
            table::share(Some(node.utilisation)),
            table::number(node.served_per_tick),
            table::count(node.service_per_tick.into()),
            table::count(node.waited_ticks),
            table::share(Some(node.share_of_waiting)),
            table::optional(pairs.map(|pairs| pairs.through(&node.node) as f64)),
        ]);
    }
    let left_out = found.links.len().saturating_sub(PLACES) + found.nodes.len().saturating_sub(PLACES);
    table.leave_out((left_out + found.links_left_out + found.nodes_left_out) as u64);
}
