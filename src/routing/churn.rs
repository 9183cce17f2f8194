//! Test scenes: a random network whose links fail, come back and change, and whose wormholes open between any two nodes.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::route::Route;
use super::search::UNREACHED;
use super::view::View;
use crate::fabric::port::{How, PortChange};
use crate::topology::NodeId;

/// What may be open between two nodes.
#[derive(Debug, Clone, Copy)]
pub struct Tie {
    pub ports: [u32; 2],
    pub ends: [u32; 2],
    pub cost: u32,
    pub open: bool,
}

/// The network, told apart from its view so that a wrong view cannot hide.
pub struct Churn {
    pub nodes: u32,
    pub links: Vec<Tie>,
    pub wormholes: Vec<Tie>,
    /// Wormhole ports that are free, with their nodes.
    free: Vec<(u32, u32)>,
    most_cost: u32,
}

impl Churn {
    /// An even number of nodes with a wormhole port each, and links with costs below `most_cost`, parallel ones included.
    pub fn new(nodes: u32, links: u32, most_cost: u32, rng: &mut ChaCha8Rng) -> (Self, View) {
        let mut bare: Vec<(u32, u32, u32)> = Vec::new();
        while bare.len() < links as usize {
            let (a, b) = (rng.random_range(0..nodes), rng.random_range(0..nodes));
            if a != b {
                bare.push((a, b, rng.random_range(0..most_cost)));
            }
        }
        bare.extend((0..nodes / 2).map(|i| (2 * i, 2 * i + 1, 0)));
        let mut view = View::of_links(nodes, &bare);
        let mut ports = vec![[0; 2]; bare.len()];
        let mut next = 0;
        for x in 0..nodes {
            for (link, &(a, b, _)) in bare.iter().enumerate() {
                for (side, end) in [a, b].into_iter().enumerate() {
                    if end == x {
                        ports[link][side] = next;
                        next += 1;
                    }
                }
            }
        }
        let ties = bare.iter().zip(ports).map(|(&(a, b, cost), ports)| Tie { ports, ends: [a, b], cost, open: true });
        let mut links: Vec<Tie> = ties.collect();
        let spare = links.split_off(links.len() - nodes as usize / 2);
        let mut free = Vec::new();
        for tie in spare {
            view.apply(&tie.change(How::Closed));
            free.extend([0, 1].map(|side| (tie.ports[side], tie.ends[side])));
        }
        (Self { nodes, links, wormholes: Vec::new(), free, most_cost }, view)
    }

    /// A change of something, made here but not yet in the view.
    pub fn step(&mut self, rng: &mut ChaCha8Rng) -> PortChange {
        let latency = rng.random_range(0..self.most_cost);
        match rng.random_range(0..6) {
            0 if self.free.len() >= 2 => {
                let [a, b] = [(); 2].map(|()| self.free.swap_remove(rng.random_range(0..self.free.len())));
                let tie = Tie { ports: [a.0, b.0], ends: [a.1, b.1], cost: latency, open: true };
                self.wormholes.push(tie);
                tie.change(How::Opened { latency })
            }
            1 if !self.wormholes.is_empty() => {
                let tie = self.wormholes.swap_remove(rng.random_range(0..self.wormholes.len()));
                self.free.extend([0, 1].map(|side| (tie.ports[side], tie.ends[side])));
                tie.change(How::Closed)
            }
            2 if !self.wormholes.is_empty() => {
                let at = rng.random_range(0..self.wormholes.len());
                self.wormholes[at].set_cost(latency)
            }
            _ => {
                let at = rng.random_range(0..self.links.len());
                let tie = &mut self.links[at];
                if tie.open && rng.random_bool(0.5) {
                    return tie.set_cost(latency);
                }
                tie.open = !tie.open;
                if tie.open {
                    tie.cost = latency;
                }
                tie.change(if tie.open { How::Restored { latency } } else { How::Failed })
            }
        }
    }

    pub fn open(&self) -> impl Iterator<Item = &Tie> {
        self.links.iter().chain(&self.wormholes).filter(|tie| tie.open)
    }

    /// Distances from a node, by Bellman's and Ford's rounds over all links: slow and obviously right.
    pub fn distances(&self, from: u32, cost: fn(&Tie) -> u32) -> Vec<u32> {
        let mut distances = vec![UNREACHED; self.nodes as usize];
        distances[from as usize] = 0;
        let mut news = true;
        while std::mem::take(&mut news) {
            for tie in self.open() {
                for [x, y] in [tie.ends, [tie.ends[1], tie.ends[0]]].map(|ends| ends.map(|end| end as usize)) {
                    if distances[y] != UNREACHED && distances[y] + cost(tie) < distances[x] {
                        distances[x] = distances[y] + cost(tie);
                        news = true;
                    }
                }
            }
        }
        distances
    }

    /// The best path of at most `max_hops` links by one cost for each link, over all numbers of links: slow and obviously
    /// right.
    pub fn best(&self, from: u32, to: u32, max_hops: Option<u32>, cost: fn(&Tie) -> u32) -> Option<Route> {
        let most = max_hops.unwrap_or(u32::MAX).min(self.nodes - 1) as usize;
        // By number of links and node: cost, port and node before.
        let mut walks = vec![vec![None; self.nodes as usize]; most + 1];
        walks[0][from as usize] = Some((0, 0, from));
        for hops in 1..=most {
            for tie in self.open() {
                for side in 0..2 {
                    let (x, y) = (tie.ends[side], tie.ends[1 - side]);
                    let Some((so_far, ..)) = walks[hops - 1][x as usize] else { continue };
                    let through = so_far + cost(tie);
                    if walks[hops][y as usize].is_none_or(|(other, ..)| through < other) {
                        walks[hops][y as usize] = Some((through, tie.ports[side], x));
                    }
                }
            }
        }
        let (least, hops) = (0..=most).filter_map(|hops| Some((walks[hops][to as usize]?.0, hops))).min()?;
        let (mut route, mut y) = (Route { nodes: vec![to], ports: Vec::new(), cost: least }, to);
        for hops in (1..=hops).rev() {
            let (_, port, x) = walks[hops][y as usize]?;
            route.nodes.push(x);
            route.ports.push(port);
            y = x;
        }
        route.nodes.reverse();
        route.ports.reverse();
        Some(route)
    }

    /// Cost of a route if all its ports are open here; no node is seen twice.
    pub fn cost(&self, route: &Route, cost_of: fn(&Tie) -> u32) -> Option<u32> {
        assert_eq!(route.nodes.len(), route.ports.len() + 1);
        let mut cost = 0;
        for (step, (ends, &port)) in route.nodes.windows(2).zip(&route.ports).enumerate() {
            let fits = |tie: &&Tie| (0..2).any(|i| tie.ports[i] == port && [tie.ends[i], tie.ends[1 - i]] == ends);
            cost += cost_of(self.open().find(fits)?);
            assert!(!route.nodes[..=step].contains(&ends[1]), "a path does not loop");
        }
        Some(cost)
    }
}

impl Tie {
    fn change(&self, how: How) -> PortChange {
        PortChange { ports: self.ports, ends: self.ends.map(NodeId), how }
    }

    fn set_cost(&mut self, latency: u32) -> PortChange {
        let before = std::mem::replace(&mut self.cost, latency);
        self.change(How::Changed { before, latency })
    }
}
