//! The network as a map: nodes by mass (area), links by load (width and colour), wormholes by strength (width) and
//! kind (colour and dash), as arcs beside the links.
//!
//! Large networks are thinned: the most massive nodes, the most loaded links and the strongest wormholes are drawn, and
//! the caption says how many of how many.

use crate::report::canvas::{self, Align, Area, Canvas, Point};
use crate::report::heading::{heading, heading_height};
use crate::report::map::labels::{self, Request};
use crate::report::map::layout::{extent, layout};
use crate::report::map::{MapKind, NetworkMap};
use crate::report::style::{self, Color};
use crate::report::{Context, axis};

const WIDTH: f64 = 1000.0;
const MAP_WIDTH: f64 = 770.0;
const LEGEND_LEFT: f64 = 812.0;
const LEGEND_HEIGHT: f64 = 420.0;
const MARGIN: f64 = 34.0;
/// Most marks of each sort, so that the file stays small enough for a browser.
const MOST_NODES: usize = 10_000;
const MOST_LINKS: usize = 7_000;
const MOST_WORMHOLES: usize = 300;
/// Largest network with names, and most names tried.
const NAMED_NODES: usize = 300;
const MOST_NAMES: usize = 60;
const NAME_WIDTH: f64 = 130.0;
/// Most wormholes that are dashed by kind; more are told apart by colour only.
const DASHED_WORMHOLES: usize = 150;
/// Straight pieces of an arc.
const ARC_PIECES: usize = 16;
/// Height of an arc as a share of its chord.
const ARC_HEIGHT: f64 = 0.16;

/// What is drawn, and where.
struct Scene<'a> {
    map: &'a NetworkMap,
    points: Vec<Point>,
    /// Indices of what is drawn, in drawing order.
    nodes: Vec<usize>,
    links: Vec<usize>,
    wormholes: Vec<usize>,
    mass_max: f64,
    load_max: f64,
    radius_max: f64,
    area: Area,
}

/// The plot as SVG.
///
/// # Panics
/// If a link or wormhole names a node that the map does not have.
pub fn render(context: &Context, map: &NetworkMap) -> String {
    let laid = layout(map);
    let top = heading_height(context, WIDTH - 36.0) + 4.0;
    let (min, max) = extent(laid.points.iter().copied());
    let (span_x, span_y) = (max.0 - min.0, max.1 - min.1);
    let aspect = if span_x > 0.0 { span_y / span_x } else { 1.0 };
    let height = (aspect * (MAP_WIDTH - 2.0 * MARGIN) + 2.0 * MARGIN).clamp(LEGEND_HEIGHT, 720.0);
    let area = Area { left: 18.0, top, right: 18.0 + MAP_WIDTH, bottom: top + height };
    let scene = Scene::new(map, &laid.points, area);
    canvas::svg(WIDTH, area.bottom + 34.0, |canvas| {
        heading(canvas, "Network map", context, 18.0, WIDTH - 36.0);
        if map.nodes.is_empty() {
            let center = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
            canvas.text("nothing recorded", center, Align::Middle, style::BODY + 2.0, style::MUTED);
            return;
        }
        scene.draw_links(canvas);
        scene.draw_wormholes(canvas);
        scene.draw_nodes(canvas);
        scene.draw_names(canvas);
        scene.legend(canvas, context, top + 16.0);
        let caption = style::truncate(&scene.caption(&laid.method), style::SMALL, WIDTH - 36.0);
        canvas.text(&caption, (18.0, area.bottom + 18.0), Align::Left, style::SMALL, style::MUTED);
    })
}

/// The indices of the `most` greatest, ascending by value, so that the greatest are drawn last.
fn greatest(values: impl Iterator<Item = f64>, most: usize) -> Vec<usize> {
    let mut ranked: Vec<(f64, usize)> = values.enumerate().map(|(i, v)| (magnitude(v), i)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    ranked.split_off(ranked.len().saturating_sub(most)).into_iter().map(|(_, i)| i).collect()
}

/// A value that can be drawn: finite and not negative.
fn magnitude(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

impl<'a> Scene<'a> {
    fn new(map: &'a NetworkMap, points: &[Point], area: Area) -> Scene<'a> {
        let (min, max) = extent(points.iter().copied());
        let room = (area.width() - 2.0 * MARGIN, area.height() - 2.0 * MARGIN);
        let span = ((max.0 - min.0).max(1e-9), (max.1 - min.1).max(1e-9));
        let scale = (room.0 / span.0).min(room.1 / span.1);
        let center = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
        let middle = ((min.0 + max.0) / 2.0, (min.1 + max.1) / 2.0);
        let points: Vec<Point> =
            points.iter().map(|p| (center.0 + (p.0 - middle.0) * scale, center.1 - (p.1 - middle.1) * scale)).collect();
        let mut nodes = greatest(map.nodes.iter().map(|n| n.mass), MOST_NODES);
        // Small nodes are drawn over large ones.
        nodes.reverse();
        let share = 0.05 * area.width() * area.height() / (map.nodes.len().max(1) as f64 * std::f64::consts::PI);
        Scene {
            map,
            points,
            nodes,
            links: greatest(map.links.iter().map(|l| l.load_per_tick), MOST_LINKS),
            wormholes: greatest(map.wormholes.iter().map(|w| w.strength), MOST_WORMHOLES),
            mass_max: map.nodes.iter().map(|n| magnitude(n.mass)).fold(0.0, f64::max),
            load_max: map.links.iter().map(|l| magnitude(l.load_per_tick)).fold(0.0, f64::max),
            radius_max: share.sqrt().clamp(2.5, 14.0),
            area,
        }
    }

    fn is_large(&self) -> bool {
        self.map.nodes.len() > NAMED_NODES
    }

    /// Area in proportion to mass, but never too small to be seen.
    fn radius(&self, mass: f64) -> f64 {
        let share = if self.mass_max > 0.0 { magnitude(mass) / self.mass_max } else { 0.0 };
        (self.radius_max * share.sqrt()).max(if self.is_large() { 0.75 } else { 2.0 })
    }

    fn load_share(&self, load: f64) -> f64 {
        if self.load_max > 0.0 { magnitude(load) / self.load_max } else { 0.0 }
    }

    fn link_width(&self, load: f64) -> f64 {
        let (thin, thick) = if self.is_large() { (0.25, 2.0) } else { (1.0, 7.0) };
        thin + (thick - thin) * self.load_share(load)
    }

    fn wormhole_width(&self, strength: f64) -> f64 {
        let (thin, thick) = if self.is_large() { (0.25, 1.5) } else { (1.0, 4.5) };
        thin + (thick - thin) * magnitude(strength).min(1.0)
    }

    fn draw_links(&self, canvas: &mut Canvas) {
        for &i in &self.links {
            let link = &self.map.links[i];
            let ends = [self.points[link.a], self.points[link.b]];
            if link.alive {
                let color = style::ramp(self.load_share(link.load_per_tick));
                canvas.line(ends[0], ends[1], color, self.link_width(link.load_per_tick));
            } else {
                canvas.dashed(&ends, FAILED, 1.25, FAILED_DASH);
            }
        }
    }

    fn draw_wormholes(&self, canvas: &mut Canvas) {
        for &i in &self.wormholes {
            let wormhole = &self.map.wormholes[i];
            let arc = self.arc(self.points[wormhole.a], self.points[wormhole.b]);
            self.stroke_kind(canvas, &arc, wormhole.kind, self.wormhole_width(wormhole.strength));
        }
    }

    fn stroke_kind(&self, canvas: &mut Canvas, points: &[Point], kind: MapKind, width: f64) {
        let (color, dash) = kind_style(kind);
        match dash {
            Some(dash) if self.wormholes.len() <= DASHED_WORMHOLES => canvas.dashed(points, color, width, dash),
            _ => canvas.path(points, color, width),
        }
    }

    /// A parabola over the chord, bulging upwards unless that leaves the map.
    fn arc(&self, from: Point, to: Point) -> Vec<Point> {
        let (from, to) = if from.0 <= to.0 { (from, to) } else { (to, from) };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let apex = |side: f64| {
            let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
            (middle.0 + side * ARC_HEIGHT * dy, middle.1 - side * ARC_HEIGHT * dx)
        };
        let inside =
            |(x, y): Point| x > self.area.left && x < self.area.right && y > self.area.top && y < self.area.bottom;
        let side = if inside(apex(1.0)) { 1.0 } else { -1.0 };
        (0..=ARC_PIECES)
            .map(|i| {
                let t = i as f64 / ARC_PIECES as f64;
                let height = side * ARC_HEIGHT * 4.0 * t * (1.0 - t);
                (from.0 + t * dx + height * dy, from.1 + t * dy - height * dx)
            })
            .collect()
    }

    fn draw_nodes(&self, canvas: &mut Canvas) {
        for &i in &self.nodes {
            let (node, point) = (&self.map.nodes[i], self.points[i]);
            node_mark(canvas, point, self.radius(node.mass), node.alive, !self.is_large());
        }
    }

    fn draw_names(&self, canvas: &mut Canvas) {
        if self.is_large() {
            return;
        }
        let named = &self.nodes[..self.nodes.len().min(MOST_NAMES)];
        let names: Vec<String> = named
            .iter()
            .map(|&i| style::truncate(&style::printable(&self.map.nodes[i].name), style::SMALL, NAME_WIDTH))
            .collect();
        let requests: Vec<Request> = named
            .iter()
            .zip(&names)
            .map(|(&i, name)| Request {
                center: self.points[i],
                radius: self.radius(self.map.nodes[i].mass),
                width: style::text_width(name, style::SMALL),
                height: 13.0,
            })
            .collect();
        let nodes: Vec<(Point, f64)> =
            self.nodes.iter().map(|&i| (self.points[i], self.radius(self.map.nodes[i].mass) + 1.0)).collect();
        let arcs = self.wormholes.iter().flat_map(|&i| {
            let w = &self.map.wormholes[i];
            let arc = self.arc(self.points[w.a], self.points[w.b]);
            arc.windows(2).map(|p| (p[0], p[1])).collect::<Vec<_>>()
        });
        let links = self.links.iter().map(|&i| {
            let l = &self.map.links[i];
            (self.points[l.a], self.points[l.b])
        });
        let lines: Vec<(Point, Point)> = links.chain(arcs).collect();
        for ((place, name), request) in
            labels::place(&requests, &nodes, &lines, self.area).iter().zip(&names).zip(&requests)
        {
            let Some(place) = place else { continue };
            canvas.rectangle(*place, style::PAPER, 0.8);
            let middle = (place.top + place.bottom) / 2.0;
            // The text keeps to its node's side of the box, which is as wide as the widest font.
            let (x, align) = if place.left >= request.center.0 {
                (place.left, Align::Left)
            } else if place.right <= request.center.0 {
                (place.right, Align::Right)
            } else {
                ((place.left + place.right) / 2.0, Align::Middle)
            };
            canvas.text(name, (x, middle), align, style::SMALL, style::INK);
        }
    }

    fn legend(&self, canvas: &mut Canvas, context: &Context, top: f64) {
        let mut legend = Legend { canvas, y: top };
        legend.head("node mass (area)");
        let big = axis::nice_step(self.mass_max / 2.5);
        let is_even = self.map.nodes.iter().all(|n| n.mass == self.mass_max);
        if self.mass_max > 0.0 && is_even {
            let text = format!("{} (all nodes)", style::compact(self.mass_max));
            let radius = self.radius(self.mass_max);
            legend.row(&text, |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), radius, true, true));
        } else if self.mass_max > 0.0 {
            for mass in [big, big / 5.0] {
                let radius = self.radius(mass);
                let plain = !self.is_large();
                legend.row(&style::compact(mass), |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), radius, true, plain));
            }
        } else {
            legend.row("no mass", |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), self.radius(0.0), true, true));
        }
        if self.map.nodes.iter().any(|n| !n.alive) {
            legend.row("failed node", |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), 6.0, false, true));
        }
        legend.head("link load (accesses per");
        legend.continued("tick, both directions)");
        let big = axis::nice_step(self.load_max / 2.5);
        let loads = if self.load_max > 0.0 { vec![big, big / 2.0, 0.0] } else { vec![0.0] };
        for load in loads {
            let (color, width) = (style::ramp(self.load_share(load)), self.link_width(load));
            legend.row(&style::compact(load), |c, y| c.line(sample(y)[0], sample(y)[1], color, width));
        }
        if self.map.links.iter().any(|l| !l.alive) {
            legend.row("failed link", |c, y| c.dashed(&sample(y), FAILED, 1.25, FAILED_DASH));
        }
        legend.head("wormholes (active)");
        if self.wormholes.is_empty() {
            let text = if context.wormholes_enabled { "none at this moment" } else { "disabled" };
            legend.continued(text);
            return;
        }
        for (kind, name) in
            [(MapKind::FastLane, "fast lane"), (MapKind::Standard, "standard"), (MapKind::Experimental, "experimental")]
        {
            legend.row(name, |c, y| self.stroke_kind(c, &sample(y), kind, self.wormhole_width(0.5)));
        }
        for strength in [1.0, 0.2] {
            let (text, width) = (format!("strength {strength}"), self.wormhole_width(strength));
            legend.row(&text, |c, y| c.line(sample(y)[0], sample(y)[1], style::MUTED, width));
        }
    }

    fn caption(&self, method: &str) -> String {
        let mut parts = Vec::new();
        if !self.map.note.is_empty() {
            parts.push(style::printable(&self.map.note));
        }
        let counts = [
            (self.nodes.len(), self.map.nodes.len(), ["node", "nodes"], "most massive"),
            (self.links.len(), self.map.links.len(), ["link", "links"], "most loaded"),
            (self.wormholes.len(), self.map.wormholes.len(), ["wormhole", "wormholes"], "strongest"),
        ];
        for (drawn, all, [one, many], which) in counts {
            let (shown, total) = (style::grouped(drawn as f64, 0), style::grouped(all as f64, 0));
            let what = if all == 1 { one } else { many };
            parts.push(if drawn < all {
                format!("the {shown} {which} of {total} {what}")
            } else {
                format!("{total} {what}")
            });
        }
        parts.push(method.to_owned());
        parts.join(" · ")
    }
}

const FAILED: Color = style::INK;
const FAILED_DASH: (f64, f64) = (1.5, 4.0);

fn kind_style(kind: MapKind) -> (Color, Option<(f64, f64)>) {
    match kind {
        MapKind::Experimental => (style::ORANGE, Some((3.0, 3.0))),
        MapKind::Standard => (style::GREEN, Some((9.0, 4.0))),
        MapKind::FastLane => (style::VERMILLION, None),
    }
}

fn node_mark(canvas: &mut Canvas, point: Point, radius: f64, alive: bool, outlined: bool) {
    if outlined {
        canvas.disc(point, radius + 1.0, style::PAPER);
    }
    if alive {
        canvas.disc(point, radius, NODE);
    } else {
        canvas.ring(point, radius, FAILED, 1.25);
        let d = radius * 0.7;
        canvas.line((point.0 - d, point.1 - d), (point.0 + d, point.1 + d), FAILED, 1.25);
        canvas.line((point.0 - d, point.1 + d), (point.0 + d, point.1 - d), FAILED, 1.25);
    }
}

const NODE: Color = Color(0x55, 0x55, 0x55);

fn sample(y: f64) -> [Point; 2] {
    [(LEGEND_LEFT, y), (LEGEND_LEFT + 40.0, y)]
}

/// A column of headed samples.
struct Legend<'c> {
    canvas: &'c mut Canvas,
    y: f64,
}

impl Legend<'_> {
    fn head(&mut self, text: &str) {
        self.y += 12.0;
        self.canvas.bold(text, (LEGEND_LEFT, self.y), Align::Left, style::BODY, style::INK);
        self.y += 22.0;
    }

    fn continued(&mut self, text: &str) {
        self.y -= 6.0;
        self.canvas.bold(text, (LEGEND_LEFT, self.y), Align::Left, style::BODY, style::INK);
        self.y += 22.0;
    }

    fn row(&mut self, text: &str, mark: impl FnOnce(&mut Canvas, f64)) {
        mark(self.canvas, self.y);
        self.canvas.text(text, (LEGEND_LEFT + 52.0, self.y), Align::Left, style::BODY, style::INK);
        self.y += 22.0;
    }
}
