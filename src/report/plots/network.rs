//! The map of the network as SVG.
//!
//! Nodes are drawn by mass (area), links by load (width and colour), wormholes by strength (width) and kind (colour and
//! dash), as arcs beside the links.
//!
//! Large networks are thinned: the most massive nodes, the most loaded links and the strongest wormholes are drawn, and
//! the caption says how many of how many.

use crate::report::canvas::{self, Align, Canvas, Point};
use crate::report::figure::nice_step;
use crate::report::figure::svg::{heading, heading_height};
use crate::report::map::scene::{Arc, Scene, greatest};
use crate::report::map::{MapKind, NetworkMap};
use crate::report::style::MARGIN;
use crate::report::style::{self, Color};
use crate::report::{Context, numbers, text};

const WIDTH: f64 = 1000.0;
const MAP_WIDTH: f64 = 770.0;
/// The least height is that of the legend.
const MAP_HEIGHTS: [f64; 2] = [420.0, 720.0];
const LEGEND_LEFT: f64 = 812.0;
/// Most nodes and links, so that the file stays small enough for a browser.
const MOST_NODES_AND_LINKS: [usize; 2] = [10_000, 7_000];
const MOST_WORMHOLES: usize = 300;

/// The plot as SVG.
///
/// # Panics
/// If a link or wormhole names a node that the map does not have.
pub fn render(context: &Context, map: &NetworkMap) -> String {
    let width = WIDTH - 2.0 * MARGIN;
    let top = heading_height(&context.intent, width) + 4.0;
    let scene = Scene::new(map, (MARGIN, top), (MAP_WIDTH, MAP_HEIGHTS), MOST_NODES_AND_LINKS);
    let area = scene.area;
    let wormholes = greatest(map.wormholes.iter().map(|wormhole| wormhole.strength), MOST_WORMHOLES);
    let drawing = Drawing { scene, wormholes };
    canvas::svg(WIDTH, area.bottom + 34.0, |canvas| {
        heading(canvas, &context.title("Network map"), &context.intent, width);
        if map.nodes.is_empty() {
            let middle = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
            canvas.text("nothing recorded", middle, Align::Middle, style::BODY + 2.0, style::MUTED);
            return;
        }
        drawing.draw_links(canvas);
        let arcs = drawing.draw_wormholes(canvas);
        drawing.draw_nodes(canvas);
        drawing.draw_names(canvas, &arcs);
        drawing.legend(canvas, context, top + 16.0);
        let caption = text::truncate(&drawing.caption(), style::SMALL, width);
        canvas.text(&caption, (MARGIN, area.bottom + 18.0), Align::Left, style::SMALL, style::MUTED);
    })
}

/// A map and the wormholes that are drawn, by index, the strongest last.
struct Drawing<'a> {
    scene: Scene<'a>,
    wormholes: Vec<usize>,
}

impl Drawing<'_> {
    fn draw_links(&self, canvas: &mut Canvas) {
        let scene = &self.scene;
        for link in scene.links.iter().map(|&link| &scene.map.links[link]) {
            let ends = [scene.points[link.a], scene.points[link.b]];
            if link.alive {
                let color = style::ramp(scene.load_share(link.load_per_tick));
                canvas.line(ends[0], ends[1], color, scene.link_width(link.load_per_tick));
            } else {
                canvas.dashed(&ends, FAILED, 1.25, FAILED_DASH);
            }
        }
    }

    fn draw_wormholes(&self, canvas: &mut Canvas) -> Vec<Arc> {
        let mut arcs = Vec::new();
        for wormhole in self.wormholes.iter().map(|&wormhole| &self.scene.map.wormholes[wormhole]) {
            let arc = self.scene.arc([wormhole.a, wormhole.b]);
            let (color, dash) = kind_style(wormhole.kind);
            canvas.curve(arc.ends, arc.control, color, self.scene.wormhole_width(wormhole.strength), dash);
            arcs.push(arc);
        }
        arcs
    }

    fn draw_nodes(&self, canvas: &mut Canvas) {
        let scene = &self.scene;
        for &index in &scene.nodes {
            let node = &scene.map.nodes[index];
            node_mark(canvas, scene.points[index], scene.radius(node.mass), node.alive, !scene.is_large());
        }
    }

    fn draw_names(&self, canvas: &mut Canvas, arcs: &[Arc]) {
        for name in self.scene.names(style::SMALL, arcs) {
            canvas.rectangle(name.area, style::PAPER, 0.8);
            let (x, middle) = (self.scene.points[name.node].0, (name.area.top + name.area.bottom) / 2.0);
            // The text keeps to its node's side of the box, which is as wide as the widest font.
            let (x, align) = if name.area.left >= x {
                (name.area.left, Align::Left)
            } else if name.area.right <= x {
                (name.area.right, Align::Right)
            } else {
                ((name.area.left + name.area.right) / 2.0, Align::Middle)
            };
            canvas.text(&name.text, (x, middle), align, style::SMALL, style::INK);
        }
    }

    fn legend(&self, canvas: &mut Canvas, context: &Context, top: f64) {
        let scene = &self.scene;
        let mut legend = Legend { canvas, y: top };
        legend.head("node mass (area)");
        let big = nice_step(scene.mass_max / 2.5);
        let is_even = scene.map.nodes.iter().all(|n| n.mass == scene.mass_max);
        if scene.mass_max > 0.0 && is_even {
            let text = format!("{} (all nodes)", numbers::compact(scene.mass_max));
            let radius = scene.radius(scene.mass_max);
            legend.row(&text, |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), radius, true, true));
        } else if scene.mass_max > 0.0 {
            for mass in [big, big / 5.0] {
                let radius = scene.radius(mass);
                let plain = !scene.is_large();
                legend.row(&numbers::compact(mass), |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), radius, true, plain));
            }
        } else {
            legend.row("no mass", |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), scene.radius(0.0), true, true));
        }
        if scene.map.nodes.iter().any(|n| !n.alive) {
            legend.row("failed node", |c, y| node_mark(c, (LEGEND_LEFT + 20.0, y), 6.0, false, true));
        }
        legend.head("link load (accesses per");
        legend.continued("tick, both directions)");
        let big = nice_step(scene.load_max / 2.5);
        let loads = if scene.load_max > 0.0 { vec![big, big / 2.0, 0.0] } else { vec![0.0] };
        for load in loads {
            let (color, width) = (style::ramp(scene.load_share(load)), scene.link_width(load));
            legend.row(&numbers::compact(load), |c, y| c.line(sample(y)[0], sample(y)[1], color, width));
        }
        if scene.map.links.iter().any(|l| !l.alive) {
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
            let (color, dash) = kind_style(kind);
            legend.row(name, |c, y| match dash {
                Some(dash) => c.dashed(&sample(y), color, scene.wormhole_width(0.5), dash),
                None => c.path(&sample(y), color, scene.wormhole_width(0.5)),
            });
        }
        for strength in [1.0, 0.2] {
            let (text, width) = (format!("strength {strength}"), scene.wormhole_width(strength));
            legend.row(&text, |c, y| c.line(sample(y)[0], sample(y)[1], style::MUTED, width));
        }
    }

    fn caption(&self) -> String {
        let scene = &self.scene;
        let mut parts = Vec::new();
        if !scene.map.note.is_empty() {
            parts.push(text::printable(&scene.map.note));
        }
        let counts = [
            (scene.nodes.len(), scene.map.nodes.len(), ["node", "nodes"], "most massive"),
            (scene.links.len(), scene.map.links.len(), ["link", "links"], "most loaded"),
            (self.wormholes.len(), scene.map.wormholes.len(), ["wormhole", "wormholes"], "strongest"),
        ];
        for (drawn, all, [one, many], which) in counts {
            let (shown, total) = (numbers::grouped(drawn as f64, 0), numbers::grouped(all as f64, 0));
            let what = if all == 1 { one } else { many };
            parts.push(if drawn < all {
                format!("the {shown} {which} of {total} {what}")
            } else {
                format!("{total} {what}")
            });
        }
        parts.push(scene.method.clone());
        parts.join(" · ")
    }
}

const FAILED: Color = style::INK;
const FAILED_DASH: (f64, f64) = (1.5, 4.0);

fn kind_style(kind: MapKind) -> (Color, Option<(f64, f64)>) {
    match kind {
        MapKind::Experimental => (style::tone(style::ORANGE).light, Some((3.0, 3.0))),
        MapKind::Standard => (style::tone(style::GREEN).light, Some((9.0, 4.0))),
        MapKind::FastLane => (style::tone(style::VERMILLION).light, None),
    }
}

fn node_mark(canvas: &mut Canvas, point: Point, radius: f64, alive: bool, outlined: bool) {
    if outlined {
        canvas.disc(point, radius + 1.0, style::PAPER);
    }
    if alive {
        canvas.disc(point, radius, style::NODE);
    } else {
        canvas.ring(point, radius, FAILED, 1.25);
        let d = radius * 0.7;
        canvas.line((point.0 - d, point.1 - d), (point.0 + d, point.1 + d), FAILED, 1.25);
        canvas.line((point.0 - d, point.1 + d), (point.0 + d, point.1 - d), FAILED, 1.25);
    }
}

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
