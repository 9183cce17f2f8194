//! Grid, torus and ring, and the circle that rings are drawn on.

use super::layout::Layout;

/// Positions row by row from the top left, one unit apart.
fn rows_from_the_top(rows: u32, columns: u32) -> Vec<[f64; 2]> {
    (0..rows).rev().flat_map(|y| (0..columns).map(move |x| [f64::from(x), f64::from(y)])).collect()
}

pub(super) fn grid(rows: u32, columns: u32, latency_ticks: u32) -> Layout {
    let mut links = Vec::with_capacity(2 * rows as usize * columns as usize);
    for node in 0..rows * columns {
        if node % columns + 1 < columns {
            links.push([node, node + 1]);
        }
        if node / columns + 1 < rows {
            links.push([node, node + columns]);
        }
    }
    Layout::uniform(rows_from_the_top(rows, columns), links, latency_ticks)
}

pub(super) fn torus(rows: u32, columns: u32, latency_ticks: u32) -> Layout {
    let mut links = Vec::with_capacity(2 * rows as usize * columns as usize);
    for node in 0..rows * columns {
        let (row, column) = (node / columns, node % columns);
        links.push([node, row * columns + (column + 1) % columns]);
        links.push([node, (row + 1) % rows * columns + column]);
    }
    Layout::uniform(rows_from_the_top(rows, columns), links, latency_ticks)
}

pub(super) fn ring(nodes: u32, latency_ticks: u32) -> Layout {
    Layout::uniform(circle(nodes), (0..nodes).map(|node| [node, (node + 1) % nodes]).collect(), latency_ticks)
}

/// Positions on the unit circle, clockwise from the top.
pub(super) fn circle(nodes: u32) -> Vec<[f64; 2]> {
    let turn = core::f64::consts::TAU / f64::from(nodes);
    (0..nodes).map(|node| f64::from(node) * turn).map(|angle| [libm::sin(angle), libm::cos(angle)]).collect()
}
