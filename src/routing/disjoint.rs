//! Link-disjoint pairs of paths at the least total cost: Suurballe and Tarjan 1984, with Bhandari's (1999) reversal of
//! the first path.
//!
//! A link is used once, in one direction, though its directions may differ in cost; parallel links are different links;
//! nodes may be shared. The second search runs in the residual network of the first path: its ports are used up, those
//! back along it cancel them. Costs reduced by distances are never negative, so that it is Dijkstra's algorithm too.

use super::route::Route;
use super::search::Tree;
use super::view::{Edge, UNREACHED};
use super::view::{View, Way};
use crate::fabric::access::NONE;

/// Scratch space of the search.
#[derive(Debug, Default)]
pub struct Disjoint {
    first: Tree,
    second: Tree,
    /// Whether the first path uses a port.
    used: Vec<bool>,
    ports: Vec<u32>,
    /// Ports of both paths that are left, by the node they start at.
    flow: Vec<(u32, u32)>,
}

impl Disjoint {
    /// Two routes without a common link, the cheaper one first, and what both cost, if there are two and
    /// neither costs more than [`MAX_COST`](super::cost::MAX_COST). From a node to itself both stay there.
    pub fn routes(&mut self, view: &View, from: u32, to: u32, routes: &mut [Route; 2]) -> Option<u64> {
        routes.iter_mut().for_each(|route| route.start(from));
        if from == to {
            return Some(0);
        }
        self.first.start(view, from);
        self.first.grow(view, Way::Along, |x| x == to);
        let far = self.first.distance(to);
        if far == UNREACHED {
            return None;
        }
        self.used.resize(view.port_count(), false);
        self.ports.clear();
        collect(&self.first, view, to, &mut self.ports);
        self.ports.iter().for_each(|&port| self.used[port as usize] = true);
        self.grow_second(view, from, to, far);
        let mut found = self.second.distance(to) != UNREACHED;
        if found {
            self.combine(view, from, to, routes);
            found = routes[1].cost != UNREACHED;
        }
        self.ports.iter().for_each(|&port| self.used[port as usize] = false);
        found.then(|| routes.iter().map(|route| u64::from(route.cost)).sum())
    }

    /// Distances in the residual network, at costs reduced by the distances of the first search. Those beyond the
    /// target count as its own, which keeps reduced costs from being negative without their being known.
    fn grow_second(&mut self, view: &View, from: u32, to: u32, far: u32) {
        let Self { first, second, used, .. } = self;
        let potential = |x: u32| first.distance(x).min(far);
        second.start(view, from);
        while let Some((distance, x)) = second.heap.pop() {
            if distance > second.distance(x) {
                continue;
            }
            if x == to {
                return;
            }
            let (first_port, edges) = view.edges(x);
            for (port, &Edge { to: y, cost }) in (first_port..).zip(edges) {
                // A way back over the first path cancels it, even where the link leads one way only.
                let back = view.other_direction(port).is_some_and(|twin| used[twin as usize]);
                if used[port as usize] || (cost == UNREACHED && !back) {
                    continue;
                }
                let reduced = if back { 0 } else { cost.saturating_add(potential(x)).saturating_sub(potential(y)) };
                let through = distance.saturating_add(reduced);
                if through < second.distance(y) {
                    second.improve(y, through, port);
                    second.heap.push(through, y);
                }
            }
        }
    }

    /// Cancels links that both paths use in opposite directions, and walks the rest twice.
    fn combine(&mut self, view: &View, from: u32, to: u32, routes: &mut [Route; 2]) {
        let firsts = self.ports.len();
        collect(&self.second, view, to, &mut self.ports);
        self.flow.clear();
        for (at, &port) in self.ports.iter().enumerate() {
            let twin = view.twin(port);
            let others = if at < firsts { &self.ports[firsts..] } else { &self.ports[..firsts] };
            if !others.contains(&twin) {
                self.flow.push((view.to(twin), port));
            }
        }
        self.flow.sort_unstable();
        for route in routes.iter_mut() {
            let mut x = from;
            while x != to {
                let at = self.flow.partition_point(|&(start, _)| start < x);
                let (_, port) = self.flow[at..]
                    .iter_mut()
                    .take_while(|(start, _)| *start == x)
                    .find(|(_, port)| *port != NONE)
                    .expect("as many ports of the flow leave a node as reach it");
                let port = std::mem::replace(port, NONE);
                x = view.to(port);
                match route.nodes.iter().position(|&node| node == x) {
                    // A loop in a best pair costs nothing.
                    Some(before) => {
                        route.nodes.truncate(before + 1);
                        route.ports.truncate(before);
                    }
                    None => route.take(view, port),
                }
            }
            route.cost = route.ports.iter().filter_map(|&port| view.cost(port)).fold(0, u32::saturating_add);
        }
        if routes[1].cost < routes[0].cost {
            routes.swap(0, 1);
        }
    }
}

/// Appends the ports of the path to `node`, the last one first.
fn collect(tree: &Tree, view: &View, mut node: u32, ports: &mut Vec<u32>) {
    while let port = tree.labels[node as usize].port
        && port != NONE
    {
        ports.push(port);
        node = view.to(view.twin(port));
    }
}
