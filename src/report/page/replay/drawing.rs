//! The map as SVG that the page's script changes: places of nodes, links and wormholes never move, their looks do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use super::frames::Moment;
use crate::report::canvas::{Area, Point};
use crate::report::map::labels::{self, Request};
use crate::report::map::layout::{extent, layout};
use crate::report::map::{MapLink, NetworkMap};
use crate::report::style;
use crate::scenario::WormholeKind;
use crate::store::reading::StoredRun;

/// Most wormholes that are drawn.
pub(super) const MOST_WORMHOLES: usize = 300;
/// Most links and nodes that are drawn, so that the page stays quick.
const MOST_LINKS: usize = 3000;
const MOST_NODES: usize = 3000;
/// Most names that are tried.
const MOST_NAMES: usize = 60;
const WIDTH: f64 = 800.0;
const MARGIN: f64 = 34.0;
/// Height of an arc as a share of its chord.
const ARC_HEIGHT: f64 = 0.16;

/// The map of a run.
pub(super) struct Drawing<'a> {
    map: &'a NetworkMap,
    points: Vec<Point>,
    height: f64,
    /// Drawn links, by index in the map.
    links: Vec<usize>,
    /// Drawn nodes, by index.
    nodes: Vec<usize>,
    /// Drawn wormholes: number and ends.
    wormholes: Vec<(u32, [usize; 2])>,
    places: BTreeMap<u32, u32>,
    /// How places came about, and what is left out.
    pub note: String,
    /// Wormholes that are not drawn.
    pub left_out: usize,
}

impl<'a> Drawing<'a> {
    /// The drawing of a map and of all wormholes that a run had.
    pub fn new(run: &StoredRun, map: &'a NetworkMap) -> Self {
        let laid = layout(map);
        let (min, max) = extent(laid.points.iter().copied());
        let span = ((max.0 - min.0).max(1e-9), (max.1 - min.1).max(1e-9));
        let height = (span.1 / span.0 * (WIDTH - 2.0 * MARGIN) + 2.0 * MARGIN).clamp(320.0, 720.0);
        let scale = ((WIDTH - 2.0 * MARGIN) / span.0).min((height - 2.0 * MARGIN) / span.1);
        let middle = ((min.0 + max.0) / 2.0, (min.1 + max.1) / 2.0);
        let place = |p: &Point| (WIDTH / 2.0 + (p.0 - middle.0) * scale, height / 2.0 - (p.1 - middle.1) * scale);
        let points: Vec<Point> = laid.points.iter().map(place).collect();

        let index: BTreeMap<&str, usize> =
            map.nodes.iter().enumerate().map(|(i, node)| (node.name.as_str(), i)).collect();
        let ends = |names: &[String; 2]| Some([*index.get(names[0].as_str())?, *index.get(names[1].as_str())?]);
        let mut rows: Vec<_> = run.wormholes.iter().filter_map(|row| Some((row, ends(&row.ends)?))).collect();
        rows.sort_by_key(|(row, _)| (std::cmp::Reverse(row.ledger.traversals), row.id));
        let left_out = rows.len().saturating_sub(MOST_WORMHOLES);
        let wormholes: Vec<_> = rows.into_iter().take(MOST_WORMHOLES).map(|(row, ends)| (row.id, ends)).collect();
        let places = wormholes.iter().zip(0..).map(|((id, _), place)| (*id, place)).collect();

        let links = greatest(map.links.iter().map(|link| link.load_per_tick), MOST_LINKS);
        let nodes = greatest(map.nodes.iter().map(|node| node.mass), MOST_NODES);
        let mut note = format!("Places: {}.", laid.method);
        if links.len() < map.links.len() || nodes.len() < map.nodes.len() {
            note += &format!(
                " Drawn are the {} most massive nodes and the {} most loaded links.",
                style::grouped(nodes.len() as f64, 0),
                style::grouped(links.len() as f64, 0)
            );
        }
        Self { map, points, height, links, nodes, wormholes, places, note, left_out }
    }

    /// Where a wormhole stands among those drawn.
    pub fn place_of(&self, id: u32) -> Option<u32> {
        self.places.get(&id).copied()
    }

    /// Drawn links that carry nothing at a moment, by their place.
    pub fn links_down(&self, moment: &Moment) -> Vec<usize> {
        let down = |&(_, &link): &(usize, &usize)| {
            let MapLink { a, b, .. } = self.map.links[link];
            let dead = |node: usize| moment.failed_nodes.contains(&(node as u32));
            moment.failed_links.contains(&(link as u32)) || dead(a) || dead(b)
        };
        if moment.failed_links.is_empty() && moment.failed_nodes.is_empty() {
            return Vec::new();
        }
        self.links.iter().enumerate().filter(down).map(|(place, _)| place).collect()
    }

    /// The SVG element as it is at a moment.
    pub fn svg(&self, label: &str, moment: &Moment) -> Markup {
        let down: BTreeSet<usize> = self.links_down(moment).into_iter().collect();
        let mut text = String::new();
        let mut add = |line: std::fmt::Arguments| text.write_fmt(line).expect("a string takes every line");
        let most = self.map.links.iter().map(|link| link.load_per_tick).fold(0.0, f64::max);
        for (place, &link) in self.links.iter().enumerate() {
            let link = &self.map.links[link];
            let (a, b) = (self.points[link.a], self.points[link.b]);
            let share = if most > 0.0 { link.load_per_tick / most } else { 0.0 };
            let class = if down.contains(&place) { "link down" } else { "link" };
            let (width, opacity) = if self.is_large() {
                (0.4 + 1.2 * share, 0.2 + 0.8 * share)
            } else {
                (1.0 + 4.0 * share, 0.35 + 0.65 * share)
            };
            add(format_args!(
                "<path class=\"{class}\" d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke-width=\"{width:.2}\" stroke-opacity=\"{opacity:.2}\"/>",
                a.0, a.1, b.0, b.1
            ));
        }
        for (id, ends) in &self.wormholes {
            let [thin, more] = self.widths();
            let (class, width) = match moment.wormholes.get(id) {
                None => ("hole off", thin),
                Some(state) => match state.kind {
                    None => ("hole k3", thin),
                    Some(WormholeKind::Experimental) => ("hole k0", thin + more * state.strength),
                    Some(WormholeKind::Standard) => ("hole k1", thin + more * state.strength),
                    Some(WormholeKind::FastLane) => ("hole k2", thin + more * state.strength),
                },
            };
            let (a, peak, b) = self.arc(*ends);
            add(format_args!(
                "<path class=\"{class}\" d=\"M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}\" stroke-width=\"{width:.2}\"/>",
                a.0, a.1, peak.0, peak.1, b.0, b.1
            ));
        }
        for &node in &self.nodes {
            let (x, y) = self.points[node];
            let class = if moment.failed_nodes.contains(&(node as u32)) { "node down" } else { "node" };
            add(format_args!(
                "<circle class=\"{class}\" data-node=\"{node}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"/>",
                self.radius(node)
            ));
        }
        html! {
            svg.map.large[self.is_large()] role="img" aria-label=(label) viewBox=(format!("0 0 {WIDTH} {:.0}", self.height)) {
                (PreEscaped(text))
                @for (name, (x, y)) in self.names() { text x=(format!("{x:.1}")) y=(format!("{y:.1}")) { (name) } }
            }
        }
    }

    /// Width of a wormhole's line: that of no strength, and what full strength adds.
    pub fn widths(&self) -> [f64; 2] {
        if self.is_large() { [0.4, 1.4] } else { [1.0, 4.0] }
    }

    fn is_large(&self) -> bool {
        self.map.nodes.len() > 300
    }

    /// Area in proportion to mass.
    fn radius(&self, node: usize) -> f64 {
        let most = self.map.nodes.iter().map(|node| node.mass).fold(0.0, f64::max);
        let share = if most > 0.0 { self.map.nodes[node].mass.max(0.0) / most } else { 0.0 };
        if self.is_large() { 0.8 + 3.0 * share.sqrt() } else { 3.5 + 8.0 * share.sqrt() }
    }

    /// The ends of an arc, and the control point between them, above the chord unless that leaves the map.
    fn arc(&self, ends: [usize; 2]) -> (Point, Point, Point) {
        let (a, b) = (self.points[ends[0]], self.points[ends[1]]);
        let (a, b) = if a.0 <= b.0 { (a, b) } else { (b, a) };
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let control = |side: f64| {
            ((a.0 + b.0) / 2.0 + side * 2.0 * ARC_HEIGHT * dy, (a.1 + b.1) / 2.0 - side * 2.0 * ARC_HEIGHT * dx)
        };
        // The arc's peak is half as high as its control point.
        let peak = (control(1.0).1 + (a.1 + b.1) / 2.0) / 2.0;
        (a, control(if peak > 4.0 { 1.0 } else { -1.0 }), b)
    }

    /// Names of the most massive nodes where they have room, and where each is centred.
    fn names(&self) -> Vec<(String, Point)> {
        if self.is_large() {
            return Vec::new();
        }
        const SIZE: f64 = 13.0;
        let named: Vec<usize> = self.nodes.iter().rev().copied().take(MOST_NAMES).collect();
        let names: Vec<String> = named
            .iter()
            .map(|&node| style::truncate(&style::printable(&self.map.nodes[node].name), SIZE, 140.0))
            .collect();
        let request = |(&node, name): (&usize, &String)| Request {
            center: self.points[node],
            radius: self.radius(node),
            width: style::text_width(name, SIZE),
            height: 16.0,
        };
        let requests: Vec<Request> = named.iter().zip(&names).map(request).collect();
        let nodes: Vec<(Point, f64)> =
            self.nodes.iter().map(|&node| (self.points[node], self.radius(node) + 1.0)).collect();
        let lines: Vec<(Point, Point)> = self
            .links
            .iter()
            .map(|&link| (self.points[self.map.links[link].a], self.points[self.map.links[link].b]))
            .collect();
        let bounds = Area { left: 0.0, top: 0.0, right: WIDTH, bottom: self.height };
        let placed = labels::place(&requests, &nodes, &lines, bounds);
        let centre = |(area, name): (Option<Area>, String)| {
            area.map(|area| (name, ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0)))
        };
        placed.into_iter().zip(names).filter_map(centre).collect()
    }
}

/// The indices of the `most` greatest, ascending by value.
fn greatest(values: impl Iterator<Item = f64>, most: usize) -> Vec<usize> {
    let mut ranked: Vec<(f64, usize)> = values.enumerate().map(|(index, value)| (value, index)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    ranked.split_off(ranked.len().saturating_sub(most)).into_iter().map(|(_, index)| index).collect()
}
