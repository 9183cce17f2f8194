//! The random geometric graph, by a grid of cells no smaller than the radius: only nine cells are looked at per node.

use rand::{Rng, RngExt};

use super::layout::Layout;
use crate::topology::{MAX_LINKS, TopologyError};

pub(super) fn layout<R: Rng>(
    nodes: u32,
    radius: f64,
    latency_ticks_per_unit: f64,
    rng: &mut R,
) -> Result<Layout, TopologyError> {
    let positions: Vec<[f64; 2]> = (0..nodes).map(|_| [rng.random(), rng.random()]).collect();
    let cells = Cells::new(&positions, radius);
    let mut links = Vec::new();
    let mut near = Vec::new();
    for (node, &from) in (0..).zip(&positions) {
        near.clear();
        near.extend(cells.around(from).filter_map(|other| {
            let distance = distance(from, positions[other as usize]);
            (other > node && distance <= radius).then_some((other, distance))
        }));
        near.sort_unstable_by_key(|&(other, _)| other);
        if links.len() + near.len() > MAX_LINKS {
            return Err(TopologyError::TooLarge);
        }
        let ticks = |distance: f64| (libm::round(distance * latency_ticks_per_unit) as u32).max(1);
        links.extend(near.iter().map(|&(other, distance)| ([node, other], ticks(distance))));
    }
    Ok(Layout { positions, links })
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    (x * x + y * y).sqrt()
}

/// Nodes by square cells, row by row.
struct Cells {
    side: usize,
    /// Where the nodes of each cell start; one more entry than cells.
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Cells {
    fn new(positions: &[[f64; 2]], radius: f64) -> Self {
        // More cells than nodes would cost more than they save.
        let most = (positions.len() as f64).sqrt();
        let side = libm::floor((1.0 / radius).min(most)).max(1.0) as usize;
        let mut nodes: Vec<u32> = (0..positions.len() as u32).collect();
        let cell = |node: &u32| {
            let (column, row) = place(positions[*node as usize], side);
            row * side + column
        };
        nodes.sort_by_key(cell);
        let mut starts = vec![0; side * side + 1];
        for node in &nodes {
            starts[cell(node) + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        Self { side, starts, nodes }
    }

    /// The nodes of a point's cell and of those next to it.
    fn around(&self, point: [f64; 2]) -> impl Iterator<Item = u32> {
        let (column, row) = place(point, self.side);
        let last = self.side - 1;
        let columns = column.saturating_sub(1)..=(column + 1).min(last);
        (row.saturating_sub(1)..=(row + 1).min(last)).flat_map(move |row| {
            let (first, last) = (row * self.side + columns.start(), row * self.side + columns.end());
            let nodes = self.starts[first] as usize..self.starts[last + 1] as usize;
            self.nodes[nodes].iter().copied()
        })
    }
}

fn place(point: [f64; 2], side: usize) -> (usize, usize) {
    let along = |x: f64| ((x * side as f64) as usize).min(side - 1);
    (along(point[0]), along(point[1]))
}
