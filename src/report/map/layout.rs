//! Layout of a network on a plane: from known positions, or by forces or a spiral without any.
//!
//! Geographic positions: equirectangular, `x = longitude · cos(mean latitude)`, cut at a wide empty band of longitudes
//! that few links cross, so that a network across the Pacific stays in one piece. Plane positions: as they are. Nodes without a
//! position lie among their located neighbours; if none is located, small networks are laid out by forces (Fruchterman
//! and Reingold 1991), larger ones in a spiral, in order of distance from the most massive node. Not modelled: the
//! curvature of links.

use super::NetworkMap;
use crate::topology::Position;

/// A point, y upwards, no unit.
type Point = (f64, f64);

/// Largest network that is laid out by forces: each of its rounds costs the square of the nodes.
const FORCE_NODES: usize = 300;
const FORCE_ROUNDS: usize = 300;
/// Radians between neighbours on the spiral: the golden angle, which spreads points evenly.
const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;

/// Positions of all nodes, and how they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// By node index, finite, y upwards.
    pub points: Vec<Point>,
    /// A phrase for the caption.
    pub method: String,
}

/// The layout of a map; the same map gives the same layout.
pub fn layout(map: &NetworkMap) -> Layout {
    let neighbours = neighbours(map);
    let (known, source) = known_points(map);
    let located = known.iter().flatten().count();
    if located == 0 {
        let order = order_from_heaviest(map, &neighbours);
        let spiral = spiral(&order);
        if map.nodes.len() <= FORCE_NODES {
            return Layout { points: forces(spiral, map), method: "positions unknown: laid out by forces".into() };
        }
        return Layout {
            points: spiral,
            method: "positions unknown: spiral outwards from the most massive node".into(),
        };
    }
    let missing = map.nodes.len() - located;
    let method = if missing == 0 {
        source.to_owned()
    } else {
        format!("{source}; {missing} unknown, drawn near their neighbours")
    };
    Layout { points: complete(known, &neighbours), method }
}

fn neighbours(map: &NetworkMap) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); map.nodes.len()];
    for link in &map.links {
        neighbours[link.a].push(link.b);
        neighbours[link.b].push(link.a);
    }
    neighbours
}

/// Projected positions; geographic ones decide where a network has both.
fn known_points(map: &NetworkMap) -> (Vec<Option<Point>>, &'static str) {
    let geographic = map.nodes.iter().map(|n| match n.position {
        Some(Position::Geographic { latitude, longitude }) => finite((longitude, latitude)),
        _ => None,
    });
    let geographic: Vec<Option<Point>> = geographic.collect();
    if geographic.iter().any(Option::is_some) {
        return (project(geographic, map), "geographic positions, equirectangular");
    }
    let plane = map.nodes.iter().map(|n| match n.position {
        Some(Position::Plane { x, y }) => finite((x, y)),
        _ => None,
    });
    (plane.collect(), "plane positions")
}

/// A point that can be drawn: sums and squares of its coordinates are numbers, too.
fn finite(point: Point) -> Option<Point> {
    (point.0.abs() < 1e100 && point.1.abs() < 1e100).then_some(point)
}

fn project(places: Vec<Option<Point>>, map: &NetworkMap) -> Vec<Option<Point>> {
    let mut longitudes: Vec<f64> = places.iter().flatten().map(|p| p.0).collect();
    longitudes.sort_by(f64::total_cmp);
    let west = west(&longitudes, &places, map);
    let count = longitudes.len() as f64;
    let latitude = places.iter().flatten().map(|p| p.1).sum::<f64>() / count;
    let shrink = libm::cos(latitude * std::f64::consts::PI / 180.0);
    let unwrap = |longitude: f64| if longitude < west { longitude + 360.0 } else { longitude };
    places.into_iter().map(|p| p.map(|(lon, lat)| (unwrap(lon) * shrink, lat))).collect()
}

/// The westernmost longitude of the map: east of a band without nodes that is at least half as wide as the widest, and
/// that the fewest links cross on their shorter way around the globe.
fn west(sorted: &[f64], places: &[Option<Point>], map: &NetworkMap) -> f64 {
    let before = |index: usize| if index == 0 { sorted[sorted.len() - 1] - 360.0 } else { sorted[index - 1] };
    let bands: Vec<[f64; 2]> = (0..sorted.len()).map(|index| [before(index), sorted[index]]).collect();
    let width = |band: &[f64; 2]| band[1] - band[0];
    let widest = bands.iter().map(width).fold(0.0, f64::max);
    let around = |longitude: f64| longitude - 360.0 * (longitude / 360.0).floor();
    let crossing = |band: &[f64; 2]| {
        let middle = (band[0] + band[1]) / 2.0;
        let crosses = |ends: [Point; 2]| {
            let [a, b] = ends.map(|end| around(end.0 - middle));
            // Seen from the middle of the band, ends that are more than half a turn apart meet over it.
            (a - b).abs() > 180.0
        };
        let ends = map.links.iter().filter_map(|link| Some([places[link.a]?, places[link.b]?]));
        ends.filter(|&ends| crosses(ends)).count()
    };
    let wide = bands.iter().filter(|band| width(band) >= widest / 2.0).map(|band| (crossing(band), band));
    let fewest = wide.min_by(|(a, one), (b, other)| a.cmp(b).then(width(other).total_cmp(&width(one))));
    fewest.map_or(sorted[0], |(_, band)| band[1])
}

/// Places the rest among their located neighbours, a little aside, wave by wave; the unreachable in a row below.
fn complete(mut points: Vec<Option<Point>>, neighbours: &[Vec<usize>]) -> Vec<Point> {
    let (min, max) = extent(points.iter().flatten().copied());
    let size = (max.0 - min.0).max(max.1 - min.1).max(1e-9);
    loop {
        let wave: Vec<(usize, Point)> = (0..points.len())
            .filter(|&i| points[i].is_none())
            .filter_map(|i| {
                let near: Vec<Point> = neighbours[i].iter().filter_map(|&j| points[j]).collect();
                let n = near.len() as f64;
                let (x, y) = (near.iter().map(|p| p.0).sum::<f64>() / n, near.iter().map(|p| p.1).sum::<f64>() / n);
                let turn = i as f64 * GOLDEN_ANGLE;
                let aside = (x + 0.05 * size * libm::cos(turn), y + 0.05 * size * libm::sin(turn));
                (!near.is_empty()).then_some((i, aside))
            })
            .collect();
        if wave.is_empty() {
            break;
        }
        for (i, point) in wave {
            points[i] = Some(point);
        }
    }
    let lost = points.iter().filter(|p| p.is_none()).count();
    let mut column = 0.0;
    points
        .into_iter()
        .map(|point| {
            point.unwrap_or_else(|| {
                column += 1.0;
                (min.0 + (max.0 - min.0) * column / (lost as f64 + 1.0), min.1 - 0.1 * size)
            })
        })
        .collect()
}

/// The least and greatest coordinates; (0, 0) for none.
pub fn extent(points: impl Iterator<Item = Point>) -> (Point, Point) {
    points
        .fold(None, |box_, (x, y)| match box_ {
            None => Some(((x, y), (x, y))),
            Some(((a, b), (c, d))) => Some(((x.min(a), y.min(b)), (x.max(c), y.max(d)))),
        })
        .unwrap_or(((0.0, 0.0), (0.0, 0.0)))
}

/// Nodes breadth first from the most massive one; other parts follow in the same way.
fn order_from_heaviest(map: &NetworkMap, neighbours: &[Vec<usize>]) -> Vec<usize> {
    let mut by_mass: Vec<usize> = (0..map.nodes.len()).collect();
    by_mass.sort_by(|&a, &b| map.nodes[b].mass.total_cmp(&map.nodes[a].mass).then(a.cmp(&b)));
    let mut seen = vec![false; map.nodes.len()];
    let mut order = Vec::with_capacity(map.nodes.len());
    for root in by_mass {
        let mut next = order.len();
        if !std::mem::replace(&mut seen[root], true) {
            order.push(root);
        }
        while next < order.len() {
            for &n in &neighbours[order[next]] {
                if !std::mem::replace(&mut seen[n], true) {
                    order.push(n);
                }
            }
            next += 1;
        }
    }
    order
}

fn spiral(order: &[usize]) -> Vec<Point> {
    let mut points = vec![(0.0, 0.0); order.len()];
    for (rank, &node) in order.iter().enumerate() {
        let radius = ((rank as f64 + 0.5) / order.len() as f64).sqrt();
        let turn = rank as f64 * GOLDEN_ANGLE;
        points[node] = (radius * libm::cos(turn), radius * libm::sin(turn));
    }
    points
}

/// Fruchterman–Reingold with a weak pull to the centre, which keeps separate parts together.
fn forces(mut points: Vec<Point>, map: &NetworkMap) -> Vec<Point> {
    let k = 1.5 / (points.len() as f64).sqrt();
    for round in 0..FORCE_ROUNDS {
        let mut force: Vec<Point> = points.iter().map(|p| (-0.3 * k * p.0, -0.3 * k * p.1)).collect();
        for i in 0..points.len() {
            for j in i + 1..points.len() {
                let (dx, dy) = (points[i].0 - points[j].0, points[i].1 - points[j].1);
                let push = k * k / (dx * dx + dy * dy).max(1e-9);
                force[i] = (force[i].0 + dx * push, force[i].1 + dy * push);
                force[j] = (force[j].0 - dx * push, force[j].1 - dy * push);
            }
        }
        for link in &map.links {
            let (a, b) = (points[link.a], points[link.b]);
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let pull = (dx * dx + dy * dy).sqrt() / k;
            force[link.a] = (force[link.a].0 + dx * pull, force[link.a].1 + dy * pull);
            force[link.b] = (force[link.b].0 - dx * pull, force[link.b].1 - dy * pull);
        }
        let limit = 0.1 * (1.0 - round as f64 / FORCE_ROUNDS as f64);
        for (point, f) in points.iter_mut().zip(force) {
            let length = (f.0 * f.0 + f.1 * f.1).sqrt().max(1e-12);
            let step = length.min(limit) / length;
            *point = (point.0 + f.0 * step, point.1 + f.1 * step);
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::map::{MapLink, MapNode};

    fn map(positions: &[Option<Position>], links: &[(usize, usize)]) -> NetworkMap {
        NetworkMap {
            nodes: positions
                .iter()
                .map(|&position| MapNode { name: String::new(), position, mass: 1.0, alive: true })
                .collect(),
            links: links.iter().map(|&(a, b)| MapLink { a, b, load_per_tick: 1.0, alive: true }).collect(),
            ..NetworkMap::default()
        }
    }

    fn place(latitude: f64, longitude: f64) -> Option<Position> {
        Some(Position::Geographic { latitude, longitude })
    }

    #[test]
    fn degrees_of_longitude_shrink_with_latitude() {
        let points = layout(&map(&[place(60.0, 0.0), place(60.0, 10.0)], &[])).points;
        assert!((points[1].0 - points[0].0 - 5.0).abs() < 1e-9);
        assert_eq!(points[0].1, 60.0);
    }

    #[test]
    fn a_network_across_the_pacific_stays_in_one_piece() {
        let points = layout(&map(&[place(0.0, 140.0), place(0.0, -150.0), place(0.0, 170.0)], &[])).points;
        assert!(points[0].0 < points[2].0 && points[2].0 < points[1].0);
        assert!((points[1].0 - points[0].0 - 70.0).abs() < 1e-9);
    }

    #[test]
    fn a_network_around_the_globe_is_cut_where_few_links_cross() {
        // New York, London, Tokyo: the Pacific is the widest gap, but Tokyo is linked over it, and London is not.
        let places = [place(40.0, -74.0), place(51.0, 0.0), place(35.0, 140.0)];
        let points = layout(&map(&places, &[(0, 1), (0, 2)])).points;
        assert!(points[2].0 < points[0].0 && points[0].0 < points[1].0, "{points:?}");
        let points = layout(&map(&places, &[(0, 1), (1, 2)])).points;
        assert!(points[0].0 < points[1].0 && points[1].0 < points[2].0, "{points:?}");
    }

    #[test]
    fn a_node_without_a_position_lies_near_its_neighbours() {
        let positions = [place(0.0, 0.0), place(0.0, 10.0), None, None, None];
        let points = layout(&map(&positions, &[(0, 2), (2, 1), (2, 3)])).points;
        assert!((points[2].0 - 5.0).abs() <= 0.51 && points[2].1.abs() <= 0.51);
        assert!((points[3].0 - points[2].0).abs() <= 0.51);
        assert!(points[4].1 < -0.5, "unreachable nodes lie below");
    }

    #[test]
    fn linked_nodes_are_closer_than_others_without_positions() {
        let ring: Vec<(usize, usize)> = (0..12).map(|i| (i, (i + 1) % 12)).collect();
        let points = layout(&map(&[None; 12], &ring)).points;
        let distance = |i: usize, j: usize| {
            let (dx, dy) = (points[i].0 - points[j].0, points[i].1 - points[j].1);
            (dx * dx + dy * dy).sqrt()
        };
        assert!((0..12).all(|i| distance(i, (i + 1) % 12) < distance(i, (i + 6) % 12)));
        assert!((0..12).all(|i| (0..i).all(|j| distance(i, j) > 0.01)));
    }

    #[test]
    fn degenerate_networks_have_finite_points() {
        let [nan, huge] = [f64::NAN, -f64::MAX].map(|x| Some(Position::Plane { x, y: 0.0 }));
        for positions in [
            vec![],
            vec![None],
            vec![nan, None],
            vec![huge, place(1.0, 1.0)],
            vec![huge, nan],
            vec![place(0.0, 0.0); 3],
            vec![None; 301],
        ] {
            let points = layout(&map(&positions, &[])).points;
            assert_eq!(points.len(), positions.len());
            assert!(points.iter().all(|p| p.0.is_finite() && p.1.is_finite()));
        }
    }
}
