//! What links carried, and where accesses waited.

use maud::{Markup, html};

use super::pairs::{MOST_NODES, Pairs};
use super::pen::Pen;
use super::side::Side;
use super::table::{self, Table};
use super::{none_kept, overview, words};
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};
use crate::store::tree::bottlenecks::{Bottlenecks, LinkKind};

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

pub(super) fn body(pen: &mut Pen, sides: &[Side]) -> Markup {
    if let Some(reason) = none_kept(sides) {
        return reason;
    }
    html! {
        (figure(pen, sides))
        (bottlenecks(sides))
    }
}

/// The directions of a run, the most loaded first; means over the whole run.
fn directions<'a>(side: &Side<'a>) -> Vec<Direction<'a>> {
    let run = side.run;
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

fn figure(pen: &mut Pen, sides: &[Side]) -> Markup {
    let shown = DIRECTIONS[usize::from(sides.len() > 1)];
    let first = directions(&sides[0]);
    let places: Vec<(&str, &str)> = first.iter().take(shown).map(|d| (d.from, d.to)).collect();
    let names = places.iter().map(|(from, to)| format!("{from} → {to}")).collect();
    let series = sides.iter().map(|side| {
        let all = directions(side);
        let load =
            |&(from, to): &(&str, &str)| all.iter().find(|d| (d.from, d.to) == (from, to)).map_or(0.0, |d| d.per_tick);
        let points = places.iter().zip(0..).map(|(place, index)| Point::new(load(place), f64::from(index))).collect();
        Series::new(side.legend(sides), side.tone, Mark::Bars, points)
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
        let whose = if sides.len() == 1 { String::new() } else { format!("{}: ", sides[0].name()) };
        format!("{whose}{} → {} carries most, {} accesses a tick; ", d.from, d.to, words::number(d.per_tick))
    });
    let said = format!(
        "{most}the {} directions shown carry {} of what goes over its space links.",
        places.len(),
        words::percent(if total > 0.0 { top / total } else { 0.0 })
    );
    pen.figure(&figure.with_summary(said))
}

fn bottlenecks(sides: &[Side]) -> Markup {
    let counted = sides.iter().all(|side| side.run.graph.nodes.len() <= MOST_NODES);
    let columns =
        ["place", "run", "utilisation", "per tick", "limit per tick", "waited, ticks", "share of waiting", "pairs"];
    let mut table = Table::new("Links by direction, and nodes, the worst first", &columns);
    if sides.len() == 1 {
        table.hide(1);
    }
    for side in sides {
        let pairs = Pairs::of(&side.run.graph);
        waits(&mut table, side, &side.run.bottlenecks, pairs.as_ref());
    }
    html! {
        (table.render())
        p.note {
            "Utilisation is what was carried or served over what can be; none where capacity is unlimited. "
            @if counted { "Pairs: ordered pairs of origin and target whose shortest route over space links, one route a pair, goes there." }
            @else { "Pairs are counted on networks of up to " (words::count(MOST_NODES as u64)) " nodes." }
        }
    }
}

fn waits(table: &mut Table, side: &Side, found: &Bottlenecks, pairs: Option<&Pairs>) {
    for link in found.links.iter().take(PLACES) {
        let is_space = link.kind == LinkKind::Space;
        let over = pairs.filter(|_| is_space).map(|pairs| pairs.over(&link.from, &link.to) as f64);
        let kind = if is_space { "" } else { " (wormhole)" };
        table.row(vec![
            table::text(format!("{} → {}{kind}", link.from, link.to)),
            table::marked(overview::label(side.tone, side.name())),
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
            table::marked(overview::label(side.tone, side.name())),
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
