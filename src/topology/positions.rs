//! Positions for nodes whose source gives none: the mean of their located neighbours.
//!
//! Breadth-first: the nodes next to located ones are placed first, all from positions known before, then the nodes
//! next to those. On the sphere the mean is the direction of the mean unit vector, on a plane the mean of coordinates.

use petgraph::graph::{NodeIndex, UnGraph};

use super::{Link, Node, Position};
use crate::physics::geometry;

impl Position {
    /// The place on the sphere, if it is one.
    pub(crate) fn place(self) -> Option<geometry::Place> {
        match self {
            Position::Geographic { latitude, longitude } => Some(geometry::Place { latitude, longitude }),
            Position::Plane { .. } => None,
        }
    }
}

/// Places the nodes that have no position and are connected to one that has. Returns how many were placed.
///
/// All positions that are given must be of one kind.
pub(super) fn place_between_neighbours(graph: &mut UnGraph<Node, Link>) -> u32 {
    let mut placed = 0;
    let mut frontier: Vec<NodeIndex> = graph.node_indices().filter(|&node| graph[node].position.is_some()).collect();
    while !frontier.is_empty() {
        let mut next: Vec<NodeIndex> = frontier
            .iter()
            .flat_map(|&node| graph.neighbors(node))
            .filter(|&neighbour| graph[neighbour].position.is_none())
            .collect();
        next.sort_unstable();
        next.dedup();
        // Means of one round are taken before any is stored, so that the order within a round does not matter.
        let positions: Vec<Option<Position>> = next.iter().map(|&node| mean_of_neighbours(graph, node)).collect();
        for (&node, position) in next.iter().zip(positions) {
            graph[node].position = position;
            placed += 1;
        }
        frontier = next;
    }
    placed
}

fn mean_of_neighbours(graph: &UnGraph<Node, Link>, node: NodeIndex) -> Option<Position> {
    // petgraph lists neighbours from the last link to the first: sums must not depend on that.
    let mut neighbours: Vec<NodeIndex> = graph.neighbors(node).collect();
    neighbours.sort_unstable();
    let located: Vec<Position> = neighbours.iter().filter_map(|&neighbour| graph[neighbour].position).collect();
    if let Some(place) = geometry::mean_place(located.iter().filter_map(|position| position.place())) {
        return Some(Position::Geographic { latitude: place.latitude, longitude: place.longitude });
    }
    let (mut sum_x, mut sum_y) = (0.0, 0.0);
    for position in &located {
        if let &Position::Plane { x, y } = position {
            sum_x += x;
            sum_y += y;
        }
    }
    let count = located.len() as f64;
    Some(Position::Plane { x: sum_x / count, y: sum_y / count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Direction;

    /// A graph of nodes with the given positions on the x axis, and links.
    fn graph(xs: &[Option<f64>], links: &[(u32, u32)]) -> UnGraph<Node, Link> {
        let mut graph = UnGraph::default();
        for x in xs {
            let position = x.map(|x| Position::Plane { x, y: 1.0 });
            graph.add_node(Node { name: "".into(), position, mass: 1.0 });
        }
        for &(a, b) in links {
            let direction = Direction { latency_ticks: 1, capacity_per_tick: None };
            graph.add_edge(a.into(), b.into(), Link::symmetric(direction));
        }
        graph
    }

    fn xs(graph: &UnGraph<Node, Link>) -> Vec<Option<f64>> {
        let x = |node: &Node| match node.position {
            Some(Position::Plane { x, .. }) => Some(x),
            _ => None,
        };
        graph.node_weights().map(x).collect()
    }

    #[test]
    fn a_round_uses_only_positions_of_earlier_rounds() {
        // 0 at 0; 1 next to it; 2 next to 1 and 3; 3 next to 4 at 8; 5 alone.
        let mut graph =
            graph(&[Some(0.0), None, None, None, Some(8.0), None], &[(0, 1), (1, 2), (2, 3), (3, 4), (1, 3)]);
        assert_eq!(place_between_neighbours(&mut graph), 3);
        assert_eq!(xs(&graph), [Some(0.0), Some(0.0), Some(4.0), Some(8.0), Some(8.0), None]);
    }

    #[test]
    fn nothing_located_stays_unlocated() {
        let mut graph = graph(&[None, None], &[(0, 1)]);
        assert_eq!(place_between_neighbours(&mut graph), 0);
        assert_eq!(xs(&graph), [None, None]);
    }

    #[test]
    fn geographic_neighbours_across_the_date_line_meet_at_it() {
        let mut graph = graph(&[None, None, None], &[(0, 1), (1, 2)]);
        graph[NodeIndex::new(0)].position = Some(Position::Geographic { latitude: 0.0, longitude: 170.0 });
        graph[NodeIndex::new(2)].position = Some(Position::Geographic { latitude: 0.0, longitude: -170.0 });
        assert_eq!(place_between_neighbours(&mut graph), 1);
        let Some(Position::Geographic { latitude, longitude }) = graph[NodeIndex::new(1)].position else { panic!() };
        assert!(latitude.abs() < 1e-9 && (longitude.abs() - 180.0).abs() < 1e-9, "{latitude} {longitude}");
    }
}
