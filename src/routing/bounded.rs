//! Hop-limited shortest paths, by dynamic programming over the number of hops (Bellman 1958).
//!
//! Round h knows the best cost of reaching each node within h hops. Only nodes that a round made cheaper are expanded
//! in the next, and only while they cost less than the best path to the target so far.

use super::route::Route;
use super::view::UNREACHED;
use super::view::View;
use crate::fabric::access::NONE;

/// A node that a round made cheaper.
#[derive(Debug, Clone, Copy)]
struct Step {
    node: u32,
    cost: u32,
    /// The port that leads here, and the step it starts from.
    port: u32,
    before: u32,
}

/// Scratch space of the search.
#[derive(Debug, Default)]
pub struct Bounded {
    /// Steps of all rounds, the present one last.
    steps: Vec<Step>,
    /// Best cost by node, and the latest step that found it.
    best: Vec<(u32, u32)>,
}

impl Bounded {
    /// A best route of at most `max_hops` links from `from` to `to`, and its cost, if there is one. A limit beyond the
    /// number of nodes limits nothing; one of 0 leaves only the path from a node to itself.
    pub fn route(&mut self, view: &View, from: u32, to: u32, max_hops: u32, route: &mut Route) -> Option<u32> {
        for step in self.steps.drain(..) {
            self.best[step.node as usize] = (UNREACHED, NONE);
        }
        self.best.resize(view.nodes(), (UNREACHED, NONE));
        self.add(Step { node: from, cost: 0, port: NONE, before: NONE }, 0);
        let mut round = 0..1;
        for _ in 0..max_hops.min(view.nodes() as u32) {
            for index in round.clone() {
                let Step { node, cost, .. } = self.steps[index];
                if cost >= self.best[to as usize].0 {
                    continue;
                }
                let (first, edges) = view.edges(node);
                for (port, edge) in (first..).zip(edges) {
                    let step = Step { node: edge.to, cost: cost.saturating_add(edge.cost), port, before: index as u32 };
                    if step.cost < self.best[edge.to as usize].0 {
                        self.add(step, round.end);
                    }
                }
            }
            round = round.end..self.steps.len();
            if round.is_empty() {
                break;
            }
        }
        let (cost, mut index) = self.best[to as usize];
        if cost == UNREACHED {
            return None;
        }
        route.start(to);
        route.cost = cost;
        while let Step { port, before, .. } = self.steps[index as usize]
            && before != NONE
        {
            route.take(view, view.twin(port));
            index = before;
        }
        route.reverse(view);
        Some(cost)
    }

    /// Takes note of a cheaper step, in the place of an earlier one of the same round.
    fn add(&mut self, step: Step, round: usize) {
        let (cost, index) = &mut self.best[step.node as usize];
        *cost = step.cost;
        if *index != NONE && *index as usize >= round {
            self.steps[*index as usize] = step;
        } else {
            *index = self.steps.len() as u32;
            self.steps.push(step);
        }
    }
}
