//! The network as it changes: a map with a slider over time.

mod drawing;
mod frames;

use maud::{Markup, html};
use serde_json::{Value, json};

use self::drawing::{Drawing, MOST_WORMHOLES};
use self::frames::{MOST_FRAMES, Moment, moments};
use super::pen::{Pen, data};
use super::side::Side;
use super::{missing, none_kept, overview, words};
use crate::report::map::{MapKind, MapWormhole, NetworkMap};
use crate::report::plots::network;
use crate::scenario::Phase;
use crate::scenario::WormholeKind;

/// Most maps on a page.
const MOST_MAPS: usize = 4;

pub(super) fn body(pen: &mut Pen, sides: &[Side]) -> Markup {
    if let Some(reason) = none_kept(sides) {
        return reason;
    }
    let changes = |side: &&Side| !side.run.records.is_empty();
    let changing: Vec<&Side> = sides.iter().filter(changes).collect();
    let still: Vec<&str> = sides.iter().filter(|side| !changes(side)).map(Side::name).collect();
    let shown: Vec<&Side> = if changing.is_empty() { sides.iter().take(1).collect() } else { changing.clone() };
    html! {
        @for side in shown.iter().take(MOST_MAPS) { (map(pen, side, sides.len() > 1)) }
        @if shown.len() > MOST_MAPS { (missing(&format!("The first {MOST_MAPS} of {} maps are shown.", shown.len()))) }
        @if !still.is_empty() {
            (missing(&format!("Nothing about the network changed in {}: no wormhole opened and nothing failed.", still.join(", "))))
        }
    }
}

fn map(pen: &mut Pen, side: &Side, named: bool) -> Markup {
    let moments = moments(side.run);
    let map = side.map();
    let drawing = Drawing::new(side.run, &map);
    let last = moments.len() - 1;
    let name = if named { format!("map-{}", side.tone + 1) } else { "map".to_owned() };
    pen.keep(&name, network::render(&side.context(), &at_the_end(side, map.clone())));
    let summary = summary(side, &moments);
    html! {
        figure.replay id=(name) {
            @if named { h3 { (overview::label(side.tone, side.name())) } }
            div.controls {
                button.play type="button" { "Play" }
                input type="range" min="0" max=(last) value=(last) step="1" aria-label="Tick of the run" disabled[last == 0];
                output { (format!("tick {}", words::count(side.run.graph.tick.into()))) }
            }
            (drawing.svg(&format!("Map of the network over time. {summary}"), &moments[last]))
            (legend())
            (data(&states(side, &drawing, &moments)))
            figcaption {
                (summary) " Line width is strength. Strengths are recorded when a wormhole opens, changes its kind or closes, and at "
                "the end; in between they are interpolated along straight lines. Darker links carried more, on average over the whole run. "
                (drawing.note)
                @if drawing.left_out > 0 {
                    " The " (MOST_WORMHOLES) " wormholes that carried most are drawn; " (words::count(drawing.left_out as u64)) " are left out."
                }
                " The map shows " (moments.len()) " moments at equal distances" @if moments.len() as u32 == MOST_FRAMES { ", so that a wormhole that is "
                "open for a moment only may be missed" } "."
            }
        }
    }
}

/// The network at the end, for the still map.
fn at_the_end(side: &Side, map: NetworkMap) -> NetworkMap {
    let index = |name: &String| side.run.graph.nodes.iter().position(|node| node.name == *name);
    let ticks = f64::from(side.run.summary.ticks.max(1));
    let open = side.run.wormholes.iter().filter(|row| row.phase == Phase::Active).filter_map(|row| {
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
    let (tick, wormholes) = (side.run.graph.tick, open.collect());
    NetworkMap { note: format!("at the end of tick {tick}; loads are means over the whole run"), wormholes, ..map }
}

fn summary(side: &Side, moments: &[Moment]) -> String {
    let open = |moment: &Moment| moment.wormholes.values().filter(|state| state.kind.is_some()).count() as u64;
    let graph = &side.run.graph;
    let most = moments.iter().max_by_key(|moment| open(moment));
    let most = most.map_or(String::new(), |m| {
        format!(", {} at most (tick {})", words::count(open(m)), words::count(m.tick.into()))
    });
    format!(
        "{} nodes, {} space links; {} wormholes open at the end{most}.",
        words::count(graph.nodes.len() as u64),
        words::count(graph.links.len() as u64),
        words::count(moments.last().map_or(0, open)),
    )
}

/// What the script needs: by moment the drawn wormholes as [place, strength in per cent, kind], and what has failed.
fn states(side: &Side, drawing: &Drawing, moments: &[Moment]) -> Value {
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
    let events: Vec<Value> = side.context().events.iter().map(|(tick, label)| json!([tick, label])).collect();
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
    html! {
        ul.legend aria-hidden="true" {
            @for (class, name) in [("k0", "experimental"), ("k1", "standard"), ("k2", "fast lane"), ("k3", "dormant")] {
                li { svg width="34" height="10" viewBox="0 0 34 10" { path.(class) d="M1 5H33" stroke-width="3" {} } (name) }
            }
            li { svg width="34" height="10" viewBox="0 0 34 10" { path.link d="M1 5H33" stroke-width="3" {} } "space link" }
        }
    }
}
