//! The section with the map of the network and a slider over time.

mod drawing;
mod moments;

use maud::{Markup, html};
use serde_json::{Value, json};

use self::drawing::{Drawing, MOST_WORMHOLES};
use self::moments::{MOST_MOMENTS, Moment, moments};
use super::figures::{Figures, data};
use super::format;
use super::run_view::{RunView, toned};
use super::section::{missing, none_kept};
use crate::report::map::{MapKind, MapWormhole, NetworkMap};
use crate::report::plots::network;
use crate::scenario::Phase;
use crate::scenario::WormholeKind;

/// Most maps on a page.
const MOST_MAPS: usize = 4;

pub(super) fn body(figures: &mut Figures, views: &[RunView]) -> Markup {
    if let Some(reason) = none_kept(views) {
        return reason;
    }
    let changes = |view: &&RunView| !view.run.records.is_empty();
    let changing: Vec<&RunView> = views.iter().filter(changes).collect();
    let unchanged: Vec<&str> = views.iter().filter(|view| !changes(view)).map(RunView::name).collect();
    let shown: Vec<&RunView> = if changing.is_empty() { views.iter().take(1).collect() } else { changing.clone() };
    html! {
        @for view in shown.iter().take(MOST_MAPS) { (map(figures, view, views.len() > 1)) }
        @if shown.len() > MOST_MAPS { (missing(&format!("The first {MOST_MAPS} of {} maps are shown.", shown.len()))) }
        @if !unchanged.is_empty() {
            (missing(&format!(
                "Nothing about the network changed in {}: no wormhole opened and nothing failed.",
                unchanged.join(", ")
            )))
        }
    }
}

fn map(figures: &mut Figures, view: &RunView, named: bool) -> Markup {
    let moments = moments(view.run);
    let map = view.map();
    let drawing = Drawing::new(view.run, &map);
    let last = moments.len() - 1;
    let name = if named { format!("map-{}", view.tone + 1) } else { "map".to_owned() };
    figures.keep(&name, network::render(&view.context(), &at_the_end(view, map.clone())));
    let summary = summary(view, &moments);
    html! {
        figure.replay id=(name) {
            @if named { h3 { (toned(view.tone, view.name())) } }
            div.controls {
                button.play type="button" { "Play" }
                input type="range" min="0" max=(last) value=(last) step="1" aria-label="Tick of the run"
                    disabled[last == 0];
                output { (format!("tick {}", format::count(view.run.graph.tick.into()))) }
            }
            (drawing.svg(&format!("Map of the network over time. {summary}"), &moments[last]))
            (legend())
            (data(&states(view, &drawing, &moments)))
            figcaption {
                (summary) " Line width is strength. Strengths are recorded when a wormhole opens, changes its kind or "
                "closes, and at the end; in between they are interpolated linearly. Wider, darker links carried more, "
                "on average over the whole run. " (drawing.note)
                @if drawing.left_out > 0 {
                    " The " (MOST_WORMHOLES) " wormholes that carried most are drawn; "
                    (format::count(drawing.left_out as u64)) " are left out."
                }
                " The map shows " (moments.len()) " moments at equal distances"
                @if moments.len() as u32 == MOST_MOMENTS {
                    ", so that a wormhole that is open only briefly may be missed"
                } "."
            }
        }
    }
}

/// The network at the end, for the still map.
fn at_the_end(view: &RunView, map: NetworkMap) -> NetworkMap {
    let index = |name: &String| view.run.graph.nodes.iter().position(|node| node.name == *name);
    let ticks = f64::from(view.run.summary.ticks.max(1));
    let open = view.run.wormholes.iter().filter(|row| row.phase == Phase::Active).filter_map(|row| {
        Some(MapWormhole {
            a: index(&row.ends[0])?,
            b: index(&row.ends[1])?,
            strength: row.strength,
            kind: match row.kind {
                WormholeKind::Experimental => MapKind::Experimental,
                WormholeKind::Standard => MapKind::Standard,
                WormholeKind::FastLane => MapKind::FastLane,
            },
            load_per_tick: row.ledger.traversals as f64 / ticks,
        })
    });
    let (tick, wormholes) = (view.run.graph.tick, open.collect());
    NetworkMap { note: format!("at the end of tick {tick}; loads are means over the whole run"), wormholes, ..map }
}

fn summary(view: &RunView, moments: &[Moment]) -> String {
    let open = |moment: &Moment| moment.wormholes.values().filter(|state| state.kind.is_some()).count() as u64;
    let graph = &view.run.graph;
    let most = moments.iter().max_by_key(|moment| open(moment));
    let most = most.map_or(String::new(), |m| {
        format!(", {} at most (tick {})", format::count(open(m)), format::count(m.tick.into()))
    });
    format!(
        "{} nodes, {} space links; {} wormholes open at the end{most}.",
        format::count(graph.nodes.len() as u64),
        format::count(graph.links.len() as u64),
        format::count(moments.last().map_or(0, open)),
    )
}

/// What the script needs: by moment the drawn wormholes as [place, strength in per cent, kind], and what has failed.
fn states(view: &RunView, drawing: &Drawing, moments: &[Moment]) -> Value {
    let kind = |kind: Option<WormholeKind>| match kind {
        Some(WormholeKind::Experimental) => 0,
        Some(WormholeKind::Standard) => 1,
        Some(WormholeKind::FastLane) => 2,
        None => 3,
    };
    let wormholes = |moment: &Moment| -> Vec<[u32; 3]> {
        let drawn = moment.wormholes.iter().filter_map(|(id, state)| Some((drawing.place_of(*id)?, state)));
        drawn.map(|(place, state)| [place, (100.0 * state.strength).round() as u32, kind(state.kind)]).collect()
    };
    let events: Vec<Value> = view.context().events.iter().map(|(tick, label)| json!([tick, label])).collect();
    json!({
        "widths": drawing.widths(),
        "ticks": moments.iter().map(|moment| moment.tick).collect::<Vec<_>>(),
        "wormholes": moments.iter().map(wormholes).collect::<Vec<_>>(),
        "links": moments.iter().map(|moment| drawing.links_down(moment)).collect::<Vec<_>>(),
        "nodes": moments.iter().map(|moment| moment.failed_nodes.clone()).collect::<Vec<_>>(),
        "events": events,
    })
}

fn legend() -> Markup {
    let lines =
        [("k0", "experimental"), ("k1", "standard"), ("k2", "fast lane"), ("k3", "dormant"), ("link", "space link")];
    html! {
        ul.legend aria-hidden="true" {
            @for (class, name) in lines {
                li {
                    svg width="34" height="10" viewBox="0 0 34 10" { path.(class) d="M1 5H33" stroke-width="3" {} }
                    (name)
                }
            }
        }
    }
}
