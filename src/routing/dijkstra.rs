//! Dijkstra's algorithm (1959) from one end, until the other is settled.

use super::route::Route;
use super::search::Tree;
use super::view::UNREACHED;
use super::view::{View, Way};

/// Scratch space of the search.
#[derive(Debug, Default)]
pub struct Dijkstra {
    tree: Tree,
}

impl Dijkstra {
    /// A best route from `from` to `to`, and its cost, if there is a path.
    pub fn route(&mut self, view: &View, from: u32, to: u32, route: &mut Route) -> Option<u32> {
        self.tree.start(view, to);
        self.tree.grow(view, Way::Against, |x| x == from);
        route.start(from);
        route.cost = self.tree.distance(from);
        self.tree.back(view, from, route);
        (route.cost != UNREACHED).then_some(route.cost)
    }
}
