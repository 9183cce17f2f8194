//! The k shortest loopless paths (Yen 1971, with Lawler's improvement of 1972), by A* with exact distances to the
//! target.
//!
//! Paths that differ in a parallel link are different. From each node of a path found, starting where it left its
//! parent, the best continuation that no path found so far takes is a candidate. Removing links and nodes only makes
//! distances longer, so that those of the whole network are lower bounds in every such search.

use super::route::Route;
use super::search::Tree;
use super::view::UNREACHED;
use super::view::{View, Way};
use crate::fabric::access::NONE;

/// Most routes of a query; a larger k is taken as this.
pub const MAX_ROUTES: usize = 1000;

/// Scratch space of the search.
#[derive(Debug, Default)]
pub struct Yen {
    to_target: Tree,
    spur: Tree,
    /// Nodes that a branch must not come back to.
    banned: Vec<bool>,
    /// All routes, found and candidates, with the number of nodes they share with their parents.
    routes: Vec<(Route, usize)>,
    free: Vec<u32>,
    /// Candidates as (cost, order of discovery, place in `routes`), the best last.
    candidates: Vec<(u32, u32, u32)>,
    found: Vec<u32>,
    taken: Vec<u32>,
}

impl Yen {
    /// The best loopless routes from `from` to `to`, at most `k` and at most [`MAX_ROUTES`], by cost and among equals
    /// in the order of discovery.
    pub fn routes(&mut self, view: &View, from: u32, to: u32, k: usize) -> impl ExactSizeIterator<Item = &Route> {
        self.search(view, from, to, k.min(MAX_ROUTES));
        self.found.iter().map(|&place| &self.routes[place as usize].0)
    }

    fn search(&mut self, view: &View, from: u32, to: u32, k: usize) {
        self.candidates.clear();
        self.found.clear();
        self.free.clear();
        self.free.extend((0..self.routes.len() as u32).rev());
        self.banned.resize(view.nodes(), false);
        self.to_target.start(view, to);
        self.to_target.grow(view, Way::Against, |_| false);
        if k == 0 || self.to_target.distance(from) == UNREACHED {
            return;
        }
        let first = self.place();
        let (route, shared) = &mut self.routes[first as usize];
        route.start(from);
        route.cost = self.to_target.distance(from);
        self.to_target.back(view, from, route);
        *shared = 1;
        self.found.push(first);
        let mut order = 0;
        while self.found.len() < k {
            self.branch(view, to, k, &mut order);
            let Some((_, _, place)) = self.candidates.pop() else { break };
            self.found.push(place);
        }
    }

    /// Candidates that branch off from the route found last.
    fn branch(&mut self, view: &View, to: u32, k: usize, order: &mut u32) {
        let Some(&last) = self.found.last() else { return };
        let (hops, shared) = (self.routes[last as usize].0.hops(), self.routes[last as usize].1);
        let mut prefix = 0;
        for at in 0..hops {
            let (route, _) = &self.routes[last as usize];
            let (node, port) = (route.nodes[at], route.ports[at]);
            if at + 1 >= shared {
                let alike = |&place: &u32| {
                    let other = &self.routes[place as usize].0;
                    (other.hops() > at && other.ports[..at] == route.ports[..at]).then(|| other.ports[at])
                };
                self.taken.clear();
                self.taken.extend(self.found.iter().filter_map(alike));
                let wanted = k - self.found.len();
                let full = self.candidates.len() == wanted;
                let limit = if full { self.candidates[0].0 } else { UNREACHED };
                if let Some(cost) = self.continuation(view, node, to, prefix, limit) {
                    if full {
                        let (_, _, dropped) = self.candidates.remove(0);
                        self.free.push(dropped);
                    }
                    self.add(view, last, at, to, cost, *order);
                    *order += 1;
                }
            }
            self.banned[node as usize] = true;
            prefix += view.cost(port).unwrap_or(0);
        }
        for at in 0..hops {
            let node = self.routes[last as usize].0.nodes[at];
            self.banned[node as usize] = false;
        }
    }

    /// The cost of the best path by way of `node` that begins at the cost `prefix`, avoids banned nodes and taken
    /// ports, and costs less than `limit`.
    fn continuation(&mut self, view: &View, node: u32, to: u32, prefix: u32, limit: u32) -> Option<u32> {
        let Self { to_target, spur, banned, taken, .. } = self;
        spur.start(view, node);
        while let Some((key, x)) = spur.heap.pop() {
            if x == to {
                return Some(key);
            }
            let distance = spur.distance(x);
            if x != node && key > (prefix + distance).saturating_add(to_target.distance(x)) {
                continue;
            }
            for (port, y, cost) in view.ports(x) {
                let through = distance.saturating_add(cost);
                if through >= spur.distance(y) || banned[y as usize] || (x == node && taken.contains(&port)) {
                    continue;
                }
                let key = prefix.saturating_add(through).saturating_add(to_target.distance(y));
                if key < limit {
                    spur.improve(y, through, port);
                    spur.heap.push(key, y);
                }
            }
        }
        None
    }

    /// Adds the last continuation, behind the first `at` links of route `parent`, to the candidates.
    fn add(&mut self, view: &View, parent: u32, at: usize, to: u32, cost: u32, order: u32) {
        let place = self.place();
        let (mut route, _) = std::mem::take(&mut self.routes[place as usize]);
        let stem = &self.routes[parent as usize].0;
        route.start(stem.nodes[0]);
        route.nodes.extend_from_slice(&stem.nodes[1..=at]);
        route.ports.extend_from_slice(&stem.ports[..at]);
        let (first_node, first_port) = (route.nodes.len(), route.ports.len());
        let mut node = to;
        while let port = self.spur.labels[node as usize].port
            && port != NONE
        {
            route.ports.push(port);
            route.nodes.push(node);
            node = view.to(view.twin(port));
        }
        route.nodes[first_node..].reverse();
        route.ports[first_port..].reverse();
        route.cost = cost;
        self.routes[place as usize] = (route, at + 1);
        let item = (cost, order, place);
        let behind = self.candidates.partition_point(|other| *other > item);
        self.candidates.insert(behind, item);
    }

    /// A place for a route.
    fn place(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.routes.push(Default::default());
            self.routes.len() as u32 - 1
        })
    }
}
