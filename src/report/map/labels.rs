//! Placement of node names on a map: greedily, each at the free place that hides the fewest lines.
//!
//! A name covers no other name and no node; a name without such a place is left out.

use crate::report::canvas::{Area, Point};

/// A name to be placed beside a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// The node's centre.
    pub center: Point,
    /// The node's radius, pixels.
    pub radius: f64,
    /// Width of the text, pixels.
    pub width: f64,
    /// Height of the text, pixels.
    pub height: f64,
}

/// Pixels between a node and its name.
const GAP: f64 = 5.0;

/// The box of each name within `bounds`, or none. `nodes` (centre and radius) and `lines` are all that is drawn.
pub fn place(labels: &[Label], nodes: &[(Point, f64)], lines: &[(Point, Point)], bounds: Area) -> Vec<Option<Area>> {
    let mut taken: Vec<Area> = Vec::new();
    labels
        .iter()
        .map(|label| {
            let best = candidates(label)
                .into_iter()
                .filter(|area| bounds.contains(area) && !taken.iter().any(|other| other.overlaps(area)))
                .filter(|area| !nodes.iter().any(|node| covers(area, *node)))
                .min_by_key(|area| lines.iter().filter(|line| crosses(area, **line)).count());
            taken.extend(best);
            best
        })
        .collect()
}

/// Places around a node, the most legible first.
fn candidates(r: &Label) -> [Area; 8] {
    let (x, y) = r.center;
    let (aside, above) = (r.radius + GAP, r.radius + GAP);
    // Diagonal places touch the circle where it is 45 degrees steep.
    let corner = r.radius * 0.71 + GAP * 0.6;
    let at = |left: f64, top: f64| Area { left, top, right: left + r.width, bottom: top + r.height };
    [
        at(x + aside, y - r.height / 2.0),
        at(x - aside - r.width, y - r.height / 2.0),
        at(x - r.width / 2.0, y - above - r.height),
        at(x - r.width / 2.0, y + above),
        at(x + corner, y - corner - r.height),
        at(x + corner, y + corner),
        at(x - corner - r.width, y - corner - r.height),
        at(x - corner - r.width, y + corner),
    ]
}

/// Whether a box reaches into a disc.
fn covers(area: &Area, ((x, y), radius): (Point, f64)) -> bool {
    let (dx, dy) = (x - x.clamp(area.left, area.right), y - y.clamp(area.top, area.bottom));
    dx * dx + dy * dy < radius * radius
}

/// Whether a line runs through a box (Liang and Barsky 1984).
fn crosses(area: &Area, (from, to): (Point, Point)) -> bool {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let edges =
        [(-dx, from.0 - area.left), (dx, area.right - from.0), (-dy, from.1 - area.top), (dy, area.bottom - from.1)];
    for (speed, distance) in edges {
        if speed == 0.0 {
            if distance < 0.0 {
                return false;
            }
        } else if speed < 0.0 {
            enter = enter.max(distance / speed);
        } else {
            leave = leave.min(distance / speed);
        }
    }
    enter <= leave
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Area = Area { left: 0.0, top: 0.0, right: 400.0, bottom: 300.0 };

    #[test]
    fn names_cover_neither_names_nor_nodes_nor_leave_the_map() {
        let labels: Vec<Label> = (0..80_u32)
            .map(|i| Label {
                center: (f64::from(i * 149 % 400), f64::from(i * 83 % 300)),
                radius: f64::from(2 + i % 9),
                width: f64::from(20 + i * 37 % 60),
                height: 13.0,
            })
            .collect();
        let nodes: Vec<(Point, f64)> = labels.iter().map(|r| (r.center, r.radius)).collect();
        let placed: Vec<Area> = place(&labels, &nodes, &[], BOUNDS).into_iter().flatten().collect();
        assert!(placed.len() > 30 && placed.len() < 80, "{}", placed.len());
        for (i, area) in placed.iter().enumerate() {
            assert!(BOUNDS.contains(area));
            assert!(!placed[i + 1..].iter().any(|other| other.overlaps(area)));
            // The disc's rim, point by point.
            for ((x, y), radius) in &nodes {
                assert!((0..64).all(|step| {
                    let turn = f64::from(step) / 10.0;
                    let (x, y) = (x + 0.99 * radius * libm::cos(turn), y + 0.99 * radius * libm::sin(turn));
                    x < area.left || x > area.right || y < area.top || y > area.bottom
                }));
            }
        }
    }

    #[test]
    fn a_name_avoids_lines_where_it_can() {
        let label = Label { center: (200.0, 150.0), radius: 5.0, width: 40.0, height: 12.0 };
        let line = ((200.0, 150.0), (300.0, 150.0));
        let area = place(&[label], &[], &[line], BOUNDS)[0].expect("there is room");
        assert!(area.right < 200.0);
    }

    #[test]
    fn a_name_stands_at_the_corner_of_a_crossing() {
        let label = Label { center: (200.0, 150.0), radius: 14.0, width: 30.0, height: 13.0 };
        let lines = [((0.0, 150.0), (400.0, 150.0)), ((200.0, 0.0), (200.0, 300.0))];
        let area = place(&[label], &[((200.0, 150.0), 14.0)], &lines, BOUNDS)[0].expect("there is room");
        assert!(area.left > 200.0 && area.bottom < 150.0);
    }

    #[test]
    fn lines_cross_boxes_only_where_they_meet() {
        let area = Area { left: 10.0, top: 10.0, right: 20.0, bottom: 20.0 };
        assert!(crosses(&area, ((0.0, 15.0), (30.0, 15.0))) && crosses(&area, ((12.0, 12.0), (13.0, 13.0))));
        assert!(!crosses(&area, ((0.0, 5.0), (30.0, 5.0))) && !crosses(&area, ((0.0, 15.0), (9.0, 15.0))));
        assert!(!crosses(&area, ((0.0, 21.0), (9.0, 30.0))));
    }
}
