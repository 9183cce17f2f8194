//! Hub labels: every node knows its distance to a few hubs, one of which lies on a best path to any other node.
//!
//! Pruned landmark labelling (Akiba, Iwata and Yoshida 2013; with links added, 2014): in the order of their rank, a
//! search from each node labels those nodes whose distance the labels so far do not give. A query merges the labels of
//! both ends; the path is walked from port to port, each label knowing the port towards its hub. The hubs of the first
//! ranks are in nearly all labels: they have whole trees (`hub_trees`), of which nothing need be merged or searched.
//!
//! # While the network changes
//!
//! Labels are exact in a network H that has every link of the present one at the same cost or a lower one. A link that
//! opens or gets cheaper is added to H at once: searches from the hubs that its ends know go on over it. One that closes
//! or gets dearer stays in H as it was. A path over open links whose costs add up to what the labels say is as short as
//! any in H, and so a best one. If the walk finds a closed port or another sum, the labels do not know, and the caller
//! searches, and makes them anew when that has happened often ([`Finder`](super::query::Finder)).

use super::hub_trees::{Core, NO_PORT, Way};
use super::repriced::Repriced;
use super::route::Route;
use super::search::{Tree, UNREACHED};
use super::view::View;
use crate::fabric::access::NONE;

/// What a node knows of a hub.
#[derive(Debug, Clone, Copy)]
struct Label {
    rank: u32,
    distance: u32,
}

/// Behind the last label of a node.
const END: Label = Label { rank: u32::MAX, distance: UNREACHED };

/// Trees of best paths that nodes are ranked by.
const SAMPLES: usize = 256;

/// Hubs with whole trees.
const CORE: usize = 1024;

/// Labels of all nodes.
#[derive(Debug)]
pub struct Labels {
    core: Core,
    /// Hubs outside the core, by node, sorted by rank, and the end mark.
    labels: Vec<Vec<Label>>,
    /// The ports towards the hubs, as `labels`; [`NONE`] at a hub itself.
    ports: Vec<Vec<u32>>,
    /// The network that all this is exact in, by node.
    ways: Vec<Vec<Way>>,
    /// Node of each rank.
    hubs: Vec<u32>,
    tree: Tree,
    /// Distances of the present hub to other hubs, by rank.
    of_hub: Vec<u32>,
    /// Searches to go on with, by rank: where, at what distance, through which port towards the hub.
    resumed: Vec<(u32, u32, u32, u32)>,
}

impl Labels {
    /// The labels of a view, unless they take more than `most_bytes`.
    pub fn new(view: &View, most_bytes: usize) -> Option<Self> {
        Self::with_core(view, most_bytes, CORE)
    }

    /// Labels of which at most `core` hubs have whole trees.
    pub(super) fn with_core(view: &View, most_bytes: usize, core: usize) -> Option<Self> {
        let nodes = view.nodes();
        let width = nodes.min(core);
        let wide = (0..nodes as u32).any(|x| view.edges(x).1.len() >= usize::from(NO_PORT));
        if wide || nodes * width * (size_of::<u32>() + size_of::<u16>()) > most_bytes {
            return None;
        }
        let hubs = rank(view);
        let mut tree = Tree::default();
        let mut all = Self {
            core: Core::new(view, &hubs[..width], &mut tree),
            labels: vec![vec![END]; nodes],
            ports: vec![Vec::new(); nodes],
            ways: (0..nodes as u32)
                .map(|x| view.ports(x).map(|(port, to, cost)| Way { to, cost, back: view.twin(port) }).collect())
                .collect(),
            hubs,
            tree,
            of_hub: vec![UNREACHED; nodes],
            resumed: Vec::new(),
        };
        let mut bytes = all.bytes();
        for rank in width as u32..nodes as u32 {
            bytes += (size_of::<Label>() + size_of::<u32>()) * all.search(view, rank, all.hubs[rank as usize], 0, NONE);
            if bytes > most_bytes {
                return None;
            }
        }
        for x in 0..nodes {
            all.labels[x].shrink_to_fit();
            all.ports[x].shrink_to_fit();
        }
        Some(all)
    }

    /// Goes on with the search of a hub at a node that a new way has reached, through `port` of it towards the hub, and
    /// labels all nodes whose distance hubs of no lower rank do not give; how many.
    fn search(&mut self, view: &View, rank: u32, node: u32, distance: u32, port: u32) -> usize {
        let Self { core, labels, ports, ways, hubs, tree, of_hub, .. } = self;
        let hub = hubs[rank as usize] as usize;
        labels[hub]
            .iter()
            .filter(|label| label.rank <= rank)
            .for_each(|label| of_hub[label.rank as usize] = label.distance);
        let mut count = 0;
        tree.reset(view);
        // Here, and only here, a tree knows the ports towards its root.
        tree.improve(node, distance, port);
        tree.heap.push(distance, node);
        while let Some((distance, x)) = tree.heap.pop() {
            let known = &mut labels[x as usize];
            if distance > tree.distance(x)
                || best_known(known, rank, of_hub) <= distance
                || core.meet(hub as u32, x).0 <= distance
            {
                continue;
            }
            let port = tree.labels[x as usize].port;
            let at = known.partition_point(|label| label.rank < rank);
            if known[at].rank == rank {
                known[at].distance = distance;
                ports[x as usize][at] = port;
            } else {
                known.insert(at, Label { rank, distance });
                ports[x as usize].insert(at, port);
            }
            count += 1;
            for way in &ways[x as usize] {
                let through = distance.saturating_add(way.cost);
                if through < tree.distance(way.to) {
                    tree.improve(way.to, through, way.back);
                    tree.heap.push(through, way.to);
                }
            }
        }
        labels[hub].iter().filter(|label| label.rank <= rank).for_each(|label| of_hub[label.rank as usize] = UNREACHED);
        count
    }

    /// Follows a change of `view`.
    pub fn follow(&mut self, view: &View, link: &Repriced) {
        let &Repriced { ports, ends, after: cost, .. } = link;
        if cost == UNREACHED {
            return;
        }
        let changed = [0, 1].map(|side| (ends[side], Way { to: ends[1 - side], cost, back: ports[1 - side] }));
        for (x, new) in changed {
            let ways = &mut self.ways[x as usize];
            match ways.iter_mut().find(|way| (way.to, way.back) == (new.to, new.back)) {
                Some(way) if way.cost <= cost => return,
                Some(way) => way.cost = cost,
                None => ways.push(new),
            }
        }
        self.core.lower(view, &self.ways, changed);
        let mut resumed = std::mem::take(&mut self.resumed);
        resumed.clear();
        for (x, way) in changed {
            let known = &self.labels[x as usize];
            let onward = known[..known.len() - 1].iter();
            resumed.extend(onward.map(|label| (label.rank, way.to, label.distance.saturating_add(cost), way.back)));
        }
        resumed.sort_unstable();
        for &(rank, node, distance, port) in &resumed {
            if distance < self.meet(self.hubs[rank as usize], node, rank).0 {
                self.search(view, rank, node, distance, port);
            }
        }
        self.resumed = resumed;
    }

    /// Distance over hubs of ranks up to `last`, and the rank of the first such hub.
    #[inline]
    fn meet(&self, from: u32, to: u32, last: u32) -> (u32, u32) {
        let (a, b) = (&self.labels[from as usize][..], &self.labels[to as usize][..]);
        let (mut i, mut j) = (0, 0);
        let mut best = self.core.meet(from, to);
        loop {
            let (x, y) = (a[i], b[j]);
            if x.rank == y.rank {
                if x.rank == END.rank || x.rank > last {
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

    /// `Some` of the cost of the best route from `from` to `to`, or of `None` if there is no path; `None` if the labels
    /// do not know, because of what closed or got dearer since they were made.
    pub fn route(&self, view: &View, from: u32, to: u32, route: &mut Route) -> Option<Option<u32>> {
        let (cost, rank) = self.meet(from, to, END.rank);
        if cost == UNREACHED {
            return Some(None);
        }
        route.start(from);
        route.cost = cost;
        self.walk(view, from, rank, &mut route.ports)?;
        let hub = route.ports.len();
        self.walk(view, to, rank, &mut route.ports)?;
        // Both ways to the hub are in one tree: where links cost nothing they may join before it.
        let (half, rest) = route.ports.split_at(hub);
        let shared = half.iter().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == b).count();
        route.ports.truncate(route.ports.len() - shared);
        route.ports.drain(hub - shared..hub);
        let back = &mut route.ports[hub - shared..];
        back.reverse();
        back.iter_mut().for_each(|port| *port = view.twin(*port));
        let mut sum = 0u32;
        for &port in &route.ports {
            route.nodes.push(view.to(port));
            sum = sum.checked_add(view.cost(port)?)?;
        }
        (sum == cost && route.nodes[route.hops()] == to).then_some(Some(cost))
    }

    /// Appends the ports from `node` to a hub, as far as they are known.
    #[inline]
    fn walk(&self, view: &View, mut node: u32, rank: u32, ports: &mut Vec<u32>) -> Option<()> {
        for _ in 0..view.nodes() {
            let port = if (rank as usize) < self.core.width() {
                self.core.port(view, node, rank)
            } else {
                let at = self.labels[node as usize].binary_search_by_key(&rank, |label| label.rank).ok()?;
                Some(self.ports[node as usize][at]).filter(|&port| port != NONE)
            };
            let Some(port) = port else { return Some(()) };
            // The twin of a closed port may serve another wormhole by now.
            view.cost(port)?;
            ports.push(port);
            node = view.to(port);
        }
        None
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        let of = |labels: &Vec<Label>| labels.len() * (size_of::<Label>() + size_of::<u32>());
        self.core.bytes() + 2 * size_of::<Vec<u32>>() * self.labels.len() + self.labels.iter().map(of).sum::<usize>()
    }
}

/// The least distance over hubs of ranks up to `last` in `labels`, given those of the other end by rank.
#[inline]
fn best_known(labels: &[Label], last: u32, of_hub: &[u32]) -> u32 {
    let through = |label: &Label| label.distance.saturating_add(of_hub[label.rank as usize]);
    labels
        .iter()
        .take_while(|label| label.rank <= last && label.rank != END.rank)
        .map(through)
        .min()
        .unwrap_or(UNREACHED)
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
        tree.grow(view, |x| {
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
