//! Hub labels: every node stores its distance to a few hubs, one of which lies on a shortest path to any other node.
//!
//! Pruned landmark labelling (Akiba, Iwata and Yoshida 2013): a search from each node, in the order of their ranks,
//! labels those nodes whose distance the labels so far do not give. A query merges the labels of both ends; the path is
//! followed from port to port, as each label stores the port towards its hub. The hubs of the first ranks are in nearly
//! all labels: they have whole trees (`hub_trees`), which need neither merging nor searching.
//!
//! Labels are exact in the network that they were computed on, and invalid after any change of it. They are for costs
//! that are the same in both directions only: other networks have none.

use super::hub_trees::{HubTrees, NO_PORT};
use super::route::Route;
use super::search::Tree;
use super::view::UNREACHED;
use super::view::{View, Way};
use crate::fabric::access::NONE;

/// A node's distance to a hub.
#[derive(Debug, Clone, Copy)]
struct Label {
    rank: u32,
    distance: u32,
}

/// Behind the last label of a node.
const END: Label = Label { rank: u32::MAX, distance: UNREACHED };

/// Shortest-path trees that nodes are ranked by.
const SAMPLES: usize = 256;

/// Hubs with whole trees.
const HUB_TREES: usize = 1024;

/// Labels of all nodes.
#[derive(Debug)]
pub struct Labels {
    trees: HubTrees,
    /// Hubs without trees, by node, sorted by rank, and the end mark.
    labels: Vec<Vec<Label>>,
    /// The ports towards the hubs, as `labels`; [`NONE`] at a hub itself.
    ports: Vec<Vec<u32>>,
}

impl Labels {
    /// The labels of a view, unless they take more than `max_bytes` or its costs differ by direction.
    pub fn new(view: &View, max_bytes: usize) -> Option<Self> {
        Self::with_trees(view, max_bytes, HUB_TREES)
    }

    /// As [`Labels::new`]; labels of which at most `max_trees` hubs have whole trees.
    pub(super) fn with_trees(view: &View, max_bytes: usize, max_trees: usize) -> Option<Self> {
        let nodes = view.nodes();
        let trees = nodes.min(max_trees);
        let wide = (0..nodes as u32).any(|x| view.edges(x).1.len() >= usize::from(NO_PORT));
        if !view.is_symmetric() || wide || nodes * trees * (size_of::<u32>() + size_of::<u16>()) > max_bytes {
            return None;
        }
        let hubs = rank(view);
        let mut tree = Tree::default();
        let mut all = Self {
            trees: HubTrees::new(view, &hubs[..trees], &mut tree),
            labels: vec![Vec::new(); nodes],
            ports: vec![Vec::new(); nodes],
        };
        let mut bytes = all.bytes() + nodes * size_of::<Label>();
        let mut of_hub = vec![UNREACHED; nodes];
        for (rank, &hub) in hubs.iter().enumerate().skip(trees) {
            let added = all.search(view, rank as u32, hub, &mut tree, &mut of_hub);
            bytes += added * (size_of::<Label>() + size_of::<u32>());
            if bytes > max_bytes {
                return None;
            }
        }
        for (labels, ports) in all.labels.iter_mut().zip(&mut all.ports) {
            labels.push(END);
            labels.shrink_to_fit();
            ports.shrink_to_fit();
        }
        Some(all)
    }

    /// Labels all nodes whose distance to `hub` no hub of a lower rank gives, and returns how many. `of_hub`, by rank,
    /// is scratch space: [`UNREACHED`] throughout before and after.
    fn search(&mut self, view: &View, rank: u32, hub: u32, tree: &mut Tree, of_hub: &mut [u32]) -> usize {
        let Self { trees, labels, ports } = self;
        labels[hub as usize].iter().for_each(|label| of_hub[label.rank as usize] = label.distance);
        let mut count = 0;
        // Here, and only here, a tree stores the ports towards its root.
        tree.start(view, hub);
        while let Some((distance, x)) = tree.heap.pop() {
            let known = &mut labels[x as usize];
            if distance > tree.distance(x)
                || least_through(known, of_hub) <= distance
                || trees.meet(hub, x).0 <= distance
            {
                continue;
            }
            known.push(Label { rank, distance });
            ports[x as usize].push(tree.labels[x as usize].port);
            count += 1;
            for (port, y, cost) in view.ports(x) {
                let through = distance.saturating_add(cost);
                if through < tree.distance(y) {
                    tree.improve(y, through, view.twin(port));
                    tree.heap.push(through, y);
                }
            }
        }
        labels[hub as usize].iter().for_each(|label| of_hub[label.rank as usize] = UNREACHED);
        count
    }

    /// The distance between two nodes, and the rank of the first hub on such a path.
    #[inline]
    fn meet(&self, from: u32, to: u32) -> (u32, u32) {
        let (a, b) = (&self.labels[from as usize][..], &self.labels[to as usize][..]);
        let (mut i, mut j) = (0, 0);
        let mut best = self.trees.meet(from, to);
        loop {
            let (x, y) = (a[i], b[j]);
            if x.rank == y.rank {
                if x.rank == END.rank {
                    return best;
                }
                let through = x.distance.saturating_add(y.distance);
                if through < best.0 {
                    best = (through, x.rank);
                }
            }
            i += usize::from(x.rank <= y.rank);
            j += usize::from(y.rank <= x.rank);
        }
    }

    /// A best route from `from` to `to`, and its cost, if there is a path. `view` is as it was when labels were
    /// computed.
    pub fn route(&self, view: &View, from: u32, to: u32, route: &mut Route) -> Option<u32> {
        let (cost, rank) = self.meet(from, to);
        if cost == UNREACHED {
            return None;
        }
        route.start(from);
        route.cost = cost;
        self.walk(view, from, rank, &mut route.ports);
        let hub = route.ports.len();
        self.walk(view, to, rank, &mut route.ports);
        // Both halves are in one tree: where links cost nothing they may join before the hub.
        let (half, rest) = route.ports.split_at(hub);
        let shared = half.iter().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == b).count();
        route.ports.truncate(route.ports.len() - shared);
        route.ports.drain(hub - shared..hub);
        let back = &mut route.ports[hub - shared..];
        back.reverse();
        back.iter_mut().for_each(|port| *port = view.twin(*port));
        route.nodes.extend(route.ports.iter().map(|&port| view.to(port)));
        Some(cost)
    }

    /// Appends the ports from `node` to a hub.
    #[inline]
    fn walk(&self, view: &View, mut node: u32, rank: u32, ports: &mut Vec<u32>) {
        while let Some(port) = self.port(view, node, rank) {
            ports.push(port);
            node = view.to(port);
        }
    }

    /// The port from `node` to the hub of a rank; `None` at the hub.
    #[inline]
    fn port(&self, view: &View, node: u32, rank: u32) -> Option<u32> {
        if (rank as usize) < self.trees.hubs() {
            return self.trees.port(view, node, rank);
        }
        let at = self.labels[node as usize].binary_search_by_key(&rank, |label| label.rank);
        let at = at.expect("a search labels all nodes on the way to those that it labels");
        Some(self.ports[node as usize][at]).filter(|&port| port != NONE)
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        let lists = 2 * size_of::<Vec<u32>>() * self.labels.len();
        let labels: usize = self.labels.iter().map(Vec::len).sum();
        let ports: usize = self.ports.iter().map(Vec::len).sum();
        self.trees.bytes() + lists + labels * size_of::<Label>() + ports * size_of::<u32>()
    }
}

/// The least distance by way of hubs in `labels`, given those of the other end by rank.
#[inline]
fn least_through(labels: &[Label], of_hub: &[u32]) -> u32 {
    let through = |label: &Label| label.distance.saturating_add(of_hub[label.rank as usize]);
    labels.iter().map(through).min().unwrap_or(UNREACHED)
}

/// Nodes, those first that lie on most best paths of a sample.
fn rank(view: &View) -> Vec<u32> {
    let nodes = view.nodes();
    let (mut tree, mut weight) = (Tree::default(), vec![0u64; nodes]);
    let (mut order, mut below) = (Vec::new(), vec![0u64; nodes]);
    let samples = SAMPLES.min(nodes);
    for sample in 0..samples {
        order.clear();
        tree.start(view, (sample * nodes / samples) as u32);
        tree.grow(view, Way::Along, |x| {
            order.push(x);
            false
        });
        for &x in order.iter().rev() {
            let here = std::mem::take(&mut below[x as usize]) + 1;
            weight[x as usize] += here;
            let port = tree.labels[x as usize].port;
            if port != NONE {
                below[view.to(view.twin(port)) as usize] += here;
            }
        }
    }
    let mut ranked: Vec<u32> = (0..nodes as u32).collect();
    ranked.sort_by_key(|&x| std::cmp::Reverse(weight[x as usize]));
    ranked
}
