//! A map in pixels: where nodes, links, wormholes and names are drawn and how large, for the plot and for the page.
//!
//! Large networks are thinned to the most massive nodes and the most loaded links.

use super::NetworkMap;
use super::labels::{self, Label};
use super::layout::{extent, layout};
use crate::report::canvas::{Area, Point};
use crate::report::text;

/// Pixels between the outermost nodes and the edges.
const MARGIN: f64 = 34.0;
/// Largest network with names and wide lines, and most names tried.
const LARGE: usize = 300;
const MOST_NAMES: usize = 60;
/// Widest name, in sizes of its font.
const NAME_WIDTH: f64 = 10.0;
/// Straight pieces that stand for an arc where names avoid it.
const ARC_PIECES: usize = 16;
/// Height of an arc as a share of its chord.
const ARC_HEIGHT: f64 = 0.16;

/// A map in its place.
pub struct Scene<'a> {
    /// The network.
    pub map: &'a NetworkMap,
    /// Places of all nodes, by index.
    pub points: Vec<Point>,
    /// How places came about.
    pub method: String,
    /// Drawn nodes, by index; small ones are drawn over large ones.
    pub nodes: Vec<usize>,
    /// Drawn links, by index, the most loaded last.
    pub links: Vec<usize>,
    /// Where the map is.
    pub area: Area,
    /// The greatest mass.
    pub mass_max: f64,
    /// The greatest load, accesses per tick.
    pub load_max: f64,
    radius_max: f64,
}

/// An arc between two nodes: a curve between its ends, drawn towards a point beside the chord.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arc {
    /// Its ends, the left one first.
    pub ends: [Point; 2],
    /// The control point of the curve, twice as far from the chord as the curve itself.
    pub control: Point,
}

/// A name with its box.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The node that it names.
    pub node: usize,
    /// The name, cut where it is too long.
    pub text: String,
    /// Where it stands.
    pub area: Area,
}

impl<'a> Scene<'a> {
    /// A map whose upper left corner is at `left`, `top`, within limits: the width, the least and the greatest height,
    /// and the most nodes and links.
    pub fn new(
        map: &'a NetworkMap,
        (left, top): Point,
        (width, heights): (f64, [f64; 2]),
        [most_nodes, most_links]: [usize; 2],
    ) -> Self {
        let laid = layout(map);
        let (min, max) = extent(laid.points.iter().copied());
        let span = ((max.0 - min.0).max(1e-9), (max.1 - min.1).max(1e-9));
        let room = width - 2.0 * MARGIN;
        let height = (span.1 / span.0 * room + 2.0 * MARGIN).clamp(heights[0], heights[1]);
        let area = Area { left, top, right: left + width, bottom: top + height };
        let scale = (room / span.0).min((height - 2.0 * MARGIN) / span.1);
        let center = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
        let middle = ((min.0 + max.0) / 2.0, (min.1 + max.1) / 2.0);
        let place = |p: &Point| (center.0 + (p.0 - middle.0) * scale, center.1 - (p.1 - middle.1) * scale);
        let mut nodes = greatest(map.nodes.iter().map(|node| node.mass), most_nodes);
        nodes.reverse();
        let share = 0.05 * area.width() * area.height() / (map.nodes.len().max(1) as f64 * std::f64::consts::PI);
        Self {
            map,
            points: laid.points.iter().map(place).collect(),
            method: laid.method,
            nodes,
            links: greatest(map.links.iter().map(|link| link.load_per_tick), most_links),
            area,
            mass_max: map.nodes.iter().map(|node| magnitude(node.mass)).fold(0.0, f64::max),
            load_max: map.links.iter().map(|link| magnitude(link.load_per_tick)).fold(0.0, f64::max),
            radius_max: share.sqrt().clamp(2.5, 14.0),
        }
    }

    /// Whether there are too many nodes for names and wide lines.
    pub fn is_large(&self) -> bool {
        self.map.nodes.len() > LARGE
    }

    /// The radius of a node: its area is in proportion to its mass, but never too small to be seen.
    pub fn radius(&self, mass: f64) -> f64 {
        let share = if self.mass_max > 0.0 { magnitude(mass) / self.mass_max } else { 0.0 };
        (self.radius_max * share.sqrt()).max(if self.is_large() { 0.75 } else { 2.0 })
    }

    /// A load as a share of the greatest.
    pub fn load_share(&self, load: f64) -> f64 {
        if self.load_max > 0.0 { magnitude(load) / self.load_max } else { 0.0 }
    }

    /// The width of a link's line.
    pub fn link_width(&self, load: f64) -> f64 {
        let (thin, thick) = if self.is_large() { (0.25, 2.0) } else { (1.0, 7.0) };
        thin + (thick - thin) * self.load_share(load)
    }

    /// The width of a wormhole's line: that of no strength, and what full strength adds.
    pub fn wormhole_widths(&self) -> [f64; 2] {
        if self.is_large() { [0.25, 1.25] } else { [1.0, 3.5] }
    }

    /// The width of a wormhole's line at a strength.
    pub fn wormhole_width(&self, strength: f64) -> f64 {
        let [thin, more] = self.wormhole_widths();
        thin + more * magnitude(strength).min(1.0)
    }

    /// The arc between two nodes: above the chord, or below or flatter where that leaves the map.
    pub fn arc(&self, ends: [usize; 2]) -> Arc {
        let [from, to] = ends.map(|end| self.points[end]);
        let (from, to) = if from.0 <= to.0 { (from, to) } else { (to, from) };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let beside = |height: f64| ((from.0 + to.0) / 2.0 + height * dy, (from.1 + to.1) / 2.0 - height * dx);
        let Area { left, top, right, bottom } = self.area;
        let is_inside = |(x, y): Point| x > left && x < right && y > top && y < bottom;
        let arc = |share: f64| Arc { ends: [from, to], control: beside(2.0 * share * ARC_HEIGHT) };
        let arcs = [1.0, -1.0, 0.5, -0.5, 0.25].map(arc);
        let fits = |arc: &&Arc| arc.pieces().iter().all(|piece| is_inside(piece.1));
        arcs.iter().find(fits).copied().unwrap_or(arcs[4])
    }

    /// Names of the most massive nodes where they have room, in a font of `size`; they avoid links and these arcs.
    pub fn names(&self, size: f64, arcs: &[Arc]) -> Vec<Name> {
        if self.is_large() {
            return Vec::new();
        }
        let named = &self.nodes[..self.nodes.len().min(MOST_NAMES)];
        let name =
            |&node: &usize| text::truncate(&text::printable(&self.map.nodes[node].name), size, NAME_WIDTH * size);
        let names: Vec<String> = named.iter().map(name).collect();
        let label = |(&node, name): (&usize, &String)| Label {
            center: self.points[node],
            radius: self.radius(self.map.nodes[node].mass),
            width: text::width(name, size),
            height: size + 2.0,
        };
        let labels: Vec<Label> = named.iter().zip(&names).map(label).collect();
        let disc = |&node: &usize| (self.points[node], self.radius(self.map.nodes[node].mass) + 1.0);
        let nodes: Vec<(Point, f64)> = self.nodes.iter().map(disc).collect();
        let link = |&link: &usize| (self.points[self.map.links[link].a], self.points[self.map.links[link].b]);
        let pieces = arcs.iter().flat_map(Arc::pieces);
        let lines: Vec<(Point, Point)> = self.links.iter().map(link).chain(pieces).collect();
        let places = labels::place(&labels, &nodes, &lines, self.area);
        let placed = named.iter().zip(names).zip(places);
        placed.filter_map(|((&node, text), area)| Some(Name { node, text, area: area? })).collect()
    }
}

impl Arc {
    /// Straight pieces that follow the curve.
    fn pieces(&self) -> Vec<(Point, Point)> {
        let [from, to] = self.ends;
        let at = |piece: usize| {
            let t = piece as f64 / ARC_PIECES as f64;
            let mix = |a: f64, b: f64, c: f64| (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
            (mix(from.0, self.control.0, to.0), mix(from.1, self.control.1, to.1))
        };
        (0..ARC_PIECES).map(|piece| (at(piece), at(piece + 1))).collect()
    }
}

/// The indices of the `most` greatest, ascending by value, so that the greatest are drawn last.
pub fn greatest(values: impl Iterator<Item = f64>, most: usize) -> Vec<usize> {
    let mut ranked: Vec<(f64, usize)> = values.enumerate().map(|(index, value)| (magnitude(value), index)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    ranked.split_off(ranked.len().saturating_sub(most)).into_iter().map(|(_, index)| index).collect()
}

/// A value that can be drawn: finite and not negative.
fn magnitude(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::map::MapNode;
    use crate::topology::Position;

    fn map(points: &[(f64, f64)]) -> NetworkMap {
        let node = |&(x, y): &(f64, f64)| MapNode {
            name: "node".to_owned(),
            position: Some(Position::Plane { x, y }),
            mass: 1.0,
            alive: true,
        };
        NetworkMap { nodes: points.iter().map(node).collect(), ..NetworkMap::default() }
    }

    #[test]
    fn an_arc_stays_on_the_map() {
        let map = map(&[(0.0, 0.0), (10.0, 0.0), (0.0, 4.0), (10.0, 4.0)]);
        let scene = Scene::new(&map, (0.0, 0.0), (800.0, [320.0, 720.0]), [100, 100]);
        let (upper, lower) = (scene.arc([3, 2]), scene.arc([0, 1]));
        assert!(upper.control.1 > upper.ends[0].1, "bends down at the upper edge: {upper:?}");
        assert!(lower.control.1 < lower.ends[0].1, "bends up: {lower:?}");
        assert!(upper.ends[0].0 < upper.ends[1].0);
    }

    #[test]
    fn an_arc_along_the_upper_edge_does_not_leave_the_map_beside_its_middle() {
        // From the upper left to the lower right: the curve is highest near its left end.
        let map = map(&[(0.0, 4.0), (10.0, 2.5), (5.0, 0.0)]);
        let scene = Scene::new(&map, (0.0, 0.0), (800.0, [320.0, 720.0]), [100, 100]);
        for ends in [[0, 1], [0, 2], [1, 2]] {
            let pieces = scene.arc(ends).pieces();
            assert!(pieces.iter().all(|(_, end)| end.1 > 0.0 && end.1 < scene.area.bottom), "{ends:?}: {pieces:?}");
        }
    }

    #[test]
    fn the_pieces_of_an_arc_join_its_ends() {
        let arc = Arc { ends: [(0.0, 0.0), (10.0, 0.0)], control: (5.0, -4.0) };
        let pieces = arc.pieces();
        assert_eq!((pieces[0].0, pieces[ARC_PIECES - 1].1), ((0.0, 0.0), (10.0, 0.0)));
        assert_eq!(pieces[ARC_PIECES / 2].0, (5.0, -2.0));
    }

    #[test]
    fn the_greatest_come_last_and_equals_by_number() {
        assert_eq!(greatest([2.0, 5.0, f64::NAN, 5.0, 1.0].into_iter(), 3), [0, 3, 1]);
    }
}
