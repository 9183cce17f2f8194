//! The map of the replay as SVG: the page's script changes its looks, and nothing on it moves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use super::moments::Moment;
use crate::report::map::scene::Scene;
use crate::report::map::{MapLink, NetworkMap};
use crate::report::numbers;
use crate::scenario::WormholeKind;
use crate::store::reading::StoredRun;

/// Most wormholes that are drawn.
pub(super) const MOST_WORMHOLES: usize = 300;
/// Most nodes and links that are drawn, so that the page stays quick.
const MOST_NODES_AND_LINKS: [usize; 2] = [3000, 3000];
const WIDTH: f64 = 800.0;
const HEIGHTS: [f64; 2] = [320.0, 720.0];
/// Names on a wide and on a narrow screen: their class, and their size in pixels of the drawing.
const NAMES: [(&str, f64); 2] = [("wide", 13.0), ("narrow", 24.0)];

/// The map of a run.
pub(super) struct Drawing<'a> {
    scene: Scene<'a>,
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
        let scene = Scene::new(map, (0.0, 0.0), (WIDTH, HEIGHTS), MOST_NODES_AND_LINKS);
        let index: BTreeMap<&str, usize> =
            map.nodes.iter().enumerate().map(|(i, node)| (node.name.as_str(), i)).collect();
        let ends = |names: &[String; 2]| Some([*index.get(names[0].as_str())?, *index.get(names[1].as_str())?]);
        let mut rows: Vec<_> = run.wormholes.iter().filter_map(|row| Some((row, ends(&row.ends)?))).collect();
        rows.sort_by_key(|(row, _)| (std::cmp::Reverse(row.ledger.traversals), row.id));
        let left_out = rows.len().saturating_sub(MOST_WORMHOLES);
        let wormholes: Vec<_> = rows.into_iter().take(MOST_WORMHOLES).map(|(row, ends)| (row.id, ends)).collect();
        let places = wormholes.iter().zip(0..).map(|((id, _), place)| (*id, place)).collect();
        let mut note = format!("Places: {}.", scene.method);
        if scene.links.len() < map.links.len() || scene.nodes.len() < map.nodes.len() {
            note += &format!(
                " Drawn are the {} most massive nodes and the {} most loaded links.",
                numbers::grouped(scene.nodes.len() as f64, 0),
                numbers::grouped(scene.links.len() as f64, 0)
            );
        }
        Self { scene, wormholes, places, note, left_out }
    }

    /// Where a wormhole stands among those drawn.
    pub fn place_of(&self, id: u32) -> Option<u32> {
        self.places.get(&id).copied()
    }

    /// Drawn links that carry nothing at a moment, by their place.
    pub fn links_down(&self, moment: &Moment) -> Vec<usize> {
        let down = |&(_, &link): &(usize, &usize)| {
            let MapLink { a, b, .. } = self.scene.map.links[link];
            let dead = |node: usize| moment.failed_nodes.contains(&(node as u32));
            moment.failed_links.contains(&(link as u32)) || dead(a) || dead(b)
        };
        if moment.failed_links.is_empty() && moment.failed_nodes.is_empty() {
            return Vec::new();
        }
        self.scene.links.iter().enumerate().filter(down).map(|(place, _)| place).collect()
    }

    /// The SVG element as it is at a moment.
    pub fn svg(&self, label: &str, moment: &Moment) -> Markup {
        let down: BTreeSet<usize> = self.links_down(moment).into_iter().collect();
        let mut text = String::new();
        let mut add = |line: std::fmt::Arguments| text.write_fmt(line).expect("a string takes every line");
        let scene = &self.scene;
        for (place, &link) in scene.links.iter().enumerate() {
            let link = &scene.map.links[link];
            let (a, b) = (scene.points[link.a], scene.points[link.b]);
            let class = if down.contains(&place) { "link down" } else { "link" };
            let width = scene.link_width(link.load_per_tick);
            let opacity = 0.3 + 0.7 * scene.load_share(link.load_per_tick);
            add(format_args!(
                "<path class=\"{class}\" d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke-width=\"{width:.2}\" \
                 stroke-opacity=\"{opacity:.2}\"/>",
                a.0, a.1, b.0, b.1
            ));
        }
        for (id, ends) in &self.wormholes {
            let (class, strength) = match moment.wormholes.get(id) {
                None => ("hole off", 0.0),
                Some(state) => match state.kind {
                    None => ("hole k3", 0.0),
                    Some(WormholeKind::Experimental) => ("hole k0", state.strength),
                    Some(WormholeKind::Standard) => ("hole k1", state.strength),
                    Some(WormholeKind::FastLane) => ("hole k2", state.strength),
                },
            };
            let (arc, width) = (scene.arc(*ends), scene.wormhole_width(strength));
            let ([a, b], peak) = (arc.ends, arc.control);
            add(format_args!(
                "<path class=\"{class}\" d=\"M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}\" stroke-width=\"{width:.2}\"/>",
                a.0, a.1, peak.0, peak.1, b.0, b.1
            ));
        }
        for &node in &scene.nodes {
            let (x, y) = scene.points[node];
            let class = if moment.failed_nodes.contains(&(node as u32)) { "node down" } else { "node" };
            add(format_args!(
                "<circle class=\"{class}\" data-node=\"{node}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"/>",
                scene.radius(scene.map.nodes[node].mass)
            ));
        }
        let area = scene.area;
        html! {
            svg.map.large[scene.is_large()] role="img" aria-label=(label)
                viewBox=(format!("0 0 {WIDTH} {:.0}", area.height())) {
                (PreEscaped(text))
                @for (class, size) in NAMES { @for name in scene.names(size, &[]) {
                    text.(class) x=(format!("{:.1}", (name.area.left + name.area.right) / 2.0))
                        y=(format!("{:.1}", (name.area.top + name.area.bottom) / 2.0)) { (name.text) }
                } }
            }
        }
    }

    /// Width of a wormhole's line: that of no strength, and what full strength adds.
    pub fn widths(&self) -> [f64; 2] {
        self.scene.wormhole_widths()
    }
}
