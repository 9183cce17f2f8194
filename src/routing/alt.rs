//! Bidirectional A* with landmarks: Goldberg and Harrelson 2005 (ALT); Pijls and Post 2009 (NBA*).
//!
//! The difference of the distances from a landmark to two nodes bounds the distance between them from below. Each side
//! expands the node with the least lower bound of a path through it; a node is expanded by one side only.

use super::bidirectional::join;
use super::landmarks::Landmarks;
use super::route::Route;
use super::search::Tree;
use super::view::UNREACHED;
use super::view::{View, Way};
use crate::fabric::access::NONE;

/// Scratch space of the search.
#[derive(Debug, Default)]
pub struct Alt {
    sides: [Tree; 2],
    /// Nodes that a side has settled, a bit each, and a list of them.
    settled: Vec<u64>,
    list: Vec<u32>,
}

impl Alt {
    /// A best route from `from` to `to`, and its cost, if there is a path. `landmarks` are those of `view` as it is.
    pub fn route(&mut self, view: &View, landmarks: &Landmarks, from: u32, to: u32, route: &mut Route) -> Option<u32> {
        let (cost, node) = self.meet(view, landmarks, from, to)?;
        join(view, &self.sides, from, node, route);
        route.cost = cost;
        Some(cost)
    }

    fn meet(&mut self, view: &View, landmarks: &Landmarks, from: u32, to: u32) -> Option<(u32, u32)> {
        let [near, far] = &mut self.sides;
        near.reset(view);
        far.reset(view);
        self.list.drain(..).for_each(|x| self.settled[x as usize / 64] = 0);
        self.settled.resize(view.nodes().div_ceil(64), 0);
        if from == to {
            return Some((0, from));
        }
        let ends = [from, to].map(|end| landmarks.end(end));
        let whole = landmarks.bound(from, &ends[1], Way::Along);
        let mut least = [whole; 2];
        for (tree, end) in [(&mut *near, from), (&mut *far, to)] {
            tree.improve(end, 0, NONE);
            tree.heap.push(whole, end);
        }
        let (mut near, mut far, mut side) = (near, far, 0);
        // What is left of a path is ahead of a search, and what the other search has found is behind the other end.
        let ways = [Way::Along, Way::Against];
        let (mut best, mut node) = (UNREACHED, NONE);
        loop {
            if near.heap.len() > far.heap.len() {
                std::mem::swap(&mut near, &mut far);
                side = 1 - side;
            }
            let Some((key, x)) = near.heap.pop() else { break };
            if key >= best {
                break;
            }
            least[side] = key;
            let bit = 1 << (x % 64);
            if self.settled[x as usize / 64] & bit != 0 {
                continue;
            }
            self.settled[x as usize / 64] |= bit;
            self.list.push(x);
            let distance = near.distance(x);
            // A path through here meets the other side no earlier than its least key allows.
            let behind = landmarks.bound(x, &ends[side], ways[1 - side]);
            if distance.saturating_add(least[1 - side].saturating_sub(behind)) >= best {
                continue;
            }
            let (first, edges) = view.edges_by(ways[side], x);
            for (port, edge) in (first..).zip(edges) {
                let through = distance.saturating_add(edge.cost);
                if through >= near.distance(edge.to) || self.settled[edge.to as usize / 64] >> (edge.to % 64) & 1 != 0 {
                    continue;
                }
                near.improve(edge.to, through, port);
                let whole = through.saturating_add(far.distance(edge.to));
                if whole < best {
                    (best, node) = (whole, edge.to);
                }
                let key = through.saturating_add(landmarks.bound(edge.to, &ends[1 - side], ways[side]));
                if key < best {
                    near.heap.push(key, edge.to);
                }
            }
        }
        (best != UNREACHED).then_some((best, node))
    }
}
