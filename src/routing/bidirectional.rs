//! Bidirectional Dijkstra: searches from both ends at once (Nicholson 1966).
//!
//! The search from the target goes against the ports, at their own costs. A path better than the best one found
//! has a link between two nodes that neither side has expanded, or else its last link has been seen from both sides:
//! the searches stop when the least distances in both queues and the cost of the cheapest link sum to no less than the
//! best path. What cannot be better by that test is not queued either.

use super::route::Route;
use super::search::Tree;
use super::view::UNREACHED;
use super::view::{View, Way};
use crate::fabric::access::NONE;

/// Scratch space of the search.
#[derive(Debug, Default)]
pub struct Bidirectional {
    sides: [Tree; 2],
}

impl Bidirectional {
    /// Cost of a best path from `from` to `to`, if there is one.
    pub fn distance(&mut self, view: &View, from: u32, to: u32) -> Option<u32> {
        self.meet(view, from, to).map(|(cost, _)| cost)
    }

    /// A best route from `from` to `to`, and its cost, if there is a path.
    pub fn route(&mut self, view: &View, from: u32, to: u32, route: &mut Route) -> Option<u32> {
        let (cost, node) = self.meet(view, from, to)?;
        join(view, &self.sides, from, node, route);
        route.cost = cost;
        Some(cost)
    }

    /// The cost of a best path, and the node at which both searches have found its halves.
    fn meet(&mut self, view: &View, from: u32, to: u32) -> Option<(u32, u32)> {
        let [near, far] = &mut self.sides;
        near.start(view, from);
        far.start(view, to);
        if from == to {
            return Some((0, from));
        }
        let (mut near, mut far) = (near, far);
        let (mut way, mut other_way) = (Way::Along, Way::Against);
        let (mut best, mut node) = (UNREACHED, NONE);
        let cheapest = view.cheapest();
        while let (Some(least_near), Some(least_far)) = (near.heap.least(), far.heap.least()) {
            let least_rest = least_far.saturating_add(cheapest);
            if least_near.saturating_add(least_rest) >= best {
                break;
            }
            if near.heap.len() > far.heap.len() {
                std::mem::swap(&mut near, &mut far);
                std::mem::swap(&mut way, &mut other_way);
                continue;
            }
            let Some((distance, x)) = near.heap.pop() else { break };
            if distance > near.distance(x) {
                continue;
            }
            let (first, edges) = view.edges_by(way, x);
            for (port, edge) in (first..).zip(edges) {
                let through = distance.saturating_add(edge.cost);
                if through >= near.distance(edge.to) {
                    continue;
                }
                near.improve(edge.to, through, port);
                let whole = through.saturating_add(far.distance(edge.to));
                if whole < best {
                    (best, node) = (whole, edge.to);
                }
                if through.saturating_add(least_rest) < best {
                    near.heap.push(through, edge.to);
                }
            }
        }
        (best != UNREACHED).then_some((best, node))
    }
}

/// The route from `from` to `node` in the first tree, and on in the second.
///
/// No node is in it twice, even where links cost nothing: the searches would have met earlier at such a node, at the
/// same cost.
pub(super) fn join(view: &View, sides: &[Tree; 2], from: u32, node: u32, route: &mut Route) {
    route.start(node);
    sides[0].back(view, node, route);
    route.reverse(view);
    debug_assert_eq!(route.nodes[0], from);
    sides[1].back(view, node, route);
}
