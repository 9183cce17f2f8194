//! The section on the load of links and on where accesses waited.

use maud::{Markup, html};

use super::betweenness::{Betweenness, MOST_NODES};
use super::figures::Figures;
use super::format;
use super::run_view::RunView;
use super::section::none_kept;
use super::table::{self, Table};
use crate::recorder::bottlenecks::LinkKind;
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};

/// Directions in the figure of a single run, and of several.
const DIRECTIONS: [usize; 2] = [24, 10];
/// Places of a run in its table.
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
    figures.add(&figure.with_summary(said.clone()).with_caption(said))
}

/// A direction of a link, or a node, at which accesses waited.
struct Place {
    name: String,
    waited_ticks: u64,
    share: f64,
    utilisation: Option<f64>,
    per_tick: f64,
    limit: Option<f64>,
    pairs: Option<f64>,
}

fn bottlenecks(views: &[RunView]) -> Markup {
    let counted = views.iter().all(|view| view.run.graph.nodes.len() <= MOST_NODES);
    html! {
        h3 { "Where accesses waited" }
        @for view in views { (waits(view, views.len() > 1)) }
        p.note {
            "Utilisation is what was carried or served over what can be; none where capacity is unlimited. "
            @if counted {
                "Pairs: ordered pairs of origin and target whose shortest route over space links, one route a pair, "
                "goes there."
            } @else { "Pairs are counted on networks of up to " (format::count(MOST_NODES as u64)) " nodes." }
        }
    }
}

/// The places of a run at which accesses waited, by their waiting.
fn waits(view: &RunView, named: bool) -> Markup {
    let whose = if named { format!(" in {}", view.name()) } else { String::new() };
    let places = places(view);
    if places.is_empty() {
        return html! { p.missing { "No measured access waited at a link or a node" (whose) "." } };
    }
    let columns = ["place", "share of waiting", "waited, ms", "utilisation", "per tick", "limit per tick", "pairs"];
    let caption = format!("Links by direction and nodes at which accesses waited{whose}, the longest waiting first");
    let mut table = Table::new(caption, &columns);
    for place in places.iter().take(PLACES) {
        table.row(vec![
            table::text(&place.name),
            table::share(Some(place.share)),
            table::number(place.waited_ticks as f64 * view.run.scenario.tick_ms),
            table::share(place.utilisation),
            table::number(place.per_tick),
            table::optional(place.limit),
            table::optional(place.pairs),
        ]);
    }
    let found = &view.run.bottlenecks;
    // They are listed by their waiting: after one without any come none with some.
    let links = if found.links.last().is_some_and(|link| link.waited_ticks > 0) { found.links_left_out } else { 0 };
    let nodes = if found.nodes.last().is_some_and(|node| node.waited_ticks > 0) { found.nodes_left_out } else { 0 };
    table.leave_out((places.len().saturating_sub(PLACES) + links + nodes) as u64);
    table.render()
}

fn places(view: &RunView) -> Vec<Place> {
    let pairs = Betweenness::of(&view.run.graph);
    let found = &view.run.bottlenecks;
    let links = found.links.iter().map(|link| {
        let is_space = link.kind == LinkKind::Space;
        let kind = if is_space { "" } else { " (wormhole)" };
        let pairs = pairs.as_ref().filter(|_| is_space);
        Place {
            name: format!("{} → {}{kind}", link.from, link.to),
            waited_ticks: link.waited_ticks,
            share: link.share_of_waiting,
            utilisation: link.utilisation,
            per_tick: link.carried_per_tick,
            limit: link.capacity_per_tick.map(f64::from),
            pairs: pairs.map(|pairs| pairs.over(&link.from, &link.to) as f64),
        }
    });
    let nodes = found.nodes.iter().map(|node| Place {
        name: format!("node {}", node.node),
        waited_ticks: node.waited_ticks,
        share: node.share_of_waiting,
        utilisation: Some(node.utilisation),
        per_tick: node.served_per_tick,
        limit: Some(node.service_per_tick.into()),
        pairs: pairs.as_ref().map(|pairs| pairs.through(&node.node) as f64),
    });
    let mut places: Vec<Place> = links.chain(nodes).filter(|place| place.waited_ticks > 0).collect();
    places.sort_by(|a, b| b.waited_ticks.cmp(&a.waited_ticks).then_with(|| a.name.cmp(&b.name)));
    places
}
