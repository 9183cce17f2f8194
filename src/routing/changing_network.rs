//! Test scene: a random network whose links fail, recover and change their costs, and in which wormholes open and
//! close.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::route::Route;
use super::view::UNREACHED;
use super::view::View;
use crate::fabric::port::{How, PortChange};
use crate::topology::{EachWay, NodeId};

/// A space link or a wormhole.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    pub ports: [u32; 2],
    pub ends: [u32; 2],
    pub cost: u32,
    pub open: bool,
}

/// The network, kept apart from its view so that a wrong view is noticed.
pub struct ChangingNetwork {
    pub nodes: u32,
    pub links: Vec<Link>,
    pub wormholes: Vec<Link>,
    /// Wormhole ports that are free, with their nodes.
    free: Vec<(u32, u32)>,
    max_cost: u32,
}

impl ChangingNetwork {
    /// An even number of nodes with a wormhole port each, and links with costs below `max_cost`, parallel ones
    /// included.
    pub fn new(nodes: u32, links: u32, max_cost: u32, rng: &mut ChaCha8Rng) -> (Self, View) {
        let mut bare: Vec<(u32, u32, u32)> = Vec::new();
        while bare.len() < links as usize {
            let (a, b) = (rng.random_range(0..nodes), rng.random_range(0..nodes));
            if a != b {
                bare.push((a, b, rng.random_range(0..max_cost)));
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
        let laid = bare.iter().zip(ports).map(|(&(a, b, cost), ports)| Link { ports, ends: [a, b], cost, open: true });
        let mut links: Vec<Link> = laid.collect();
        let spare = links.split_off(links.len() - nodes as usize / 2);
        let mut free = Vec::new();
        for link in spare {
            view.apply(&link.change(How::Closed));
            free.extend([0, 1].map(|side| (link.ports[side], link.ends[side])));
        }
        (Self { nodes, links, wormholes: Vec::new(), free, max_cost }, view)
    }

    /// A random change, made here but not yet in the view.
    pub fn step(&mut self, rng: &mut ChaCha8Rng) -> PortChange {
        let latency = rng.random_range(0..self.max_cost);
        match rng.random_range(0..6) {
            0 if self.free.len() >= 2 => {
                let [a, b] = [(); 2].map(|()| self.free.swap_remove(rng.random_range(0..self.free.len())));
                let link = Link { ports: [a.0, b.0], ends: [a.1, b.1], cost: latency, open: true };
                self.wormholes.push(link);
                link.change(How::Opened { latency: EachWay::same(latency) })
            }
            1 if !self.wormholes.is_empty() => {
                let link = self.wormholes.swap_remove(rng.random_range(0..self.wormholes.len()));
                self.free.extend([0, 1].map(|side| (link.ports[side], link.ends[side])));
                link.change(How::Closed)
            }
            2 if !self.wormholes.is_empty() => {
                let at = rng.random_range(0..self.wormholes.len());
                self.wormholes[at].set_cost(latency)
            }
            _ => {
                let at = rng.random_range(0..self.links.len());
                let link = &mut self.links[at];
                if link.open && rng.random_bool(0.5) {
                    return link.set_cost(latency);
                }
                link.open = !link.open;
                if link.open {
                    link.cost = latency;
                }
                link.change(if link.open { How::Restored { latency: [Some(latency); 2] } } else { How::Failed })
            }
        }
    }

    pub fn open(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().chain(&self.wormholes).filter(|link| link.open)
    }

    /// Distances from a node, by Bellman's and Ford's rounds over all links: slow and obviously right.
    pub fn distances(&self, from: u32, cost: fn(&Link) -> u32) -> Vec<u32> {
        let mut distances = vec![UNREACHED; self.nodes as usize];
        distances[from as usize] = 0;
        let mut news = true;
        while std::mem::take(&mut news) {
            for link in self.open() {
                for [x, y] in [link.ends, [link.ends[1], link.ends[0]]].map(|ends| ends.map(|end| end as usize)) {
                    if distances[y] != UNREACHED && distances[y] + cost(link) < distances[x] {
                        distances[x] = distances[y] + cost(link);
                        news = true;
                    }
                }
            }
        }
        distances
    }

    /// The best path of at most `max_hops` links, by dynamic programming over the number of links: slow and obviously
    /// right.
    pub fn best(&self, from: u32, to: u32, max_hops: Option<u32>, cost: fn(&Link) -> u32) -> Option<Route> {
        let most = max_hops.unwrap_or(u32::MAX).min(self.nodes - 1) as usize;
        // By number of links and node: cost, port and node before.
        let mut walks = vec![vec![None; self.nodes as usize]; most + 1];
        walks[0][from as usize] = Some((0, 0, from));
        for hops in 1..=most {
            for link in self.open() {
                for side in 0..2 {
                    let (x, y) = (link.ends[side], link.ends[1 - side]);
                    let Some((so_far, ..)) = walks[hops - 1][x as usize] else { continue };
                    let through = so_far + cost(link);
                    if walks[hops][y as usize].is_none_or(|(other, ..)| through < other) {
                        walks[hops][y as usize] = Some((through, link.ports[side], x));
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
    pub fn cost(&self, route: &Route, cost_of: fn(&Link) -> u32) -> Option<u32> {
        assert_eq!(route.nodes.len(), route.ports.len() + 1);
        let mut cost = 0;
        for (step, (ends, &port)) in route.nodes.windows(2).zip(&route.ports).enumerate() {
            let fits = |link: &&Link| (0..2).any(|i| link.ports[i] == port && [link.ends[i], link.ends[1 - i]] == ends);
            cost += cost_of(self.open().find(fits)?);
            assert!(!route.nodes[..=step].contains(&ends[1]), "a path does not loop");
        }
        Some(cost)
    }
}

impl Link {
    fn change(&self, how: How) -> PortChange {
        PortChange { ports: self.ports, ends: self.ends.map(NodeId), how }
    }

    fn set_cost(&mut self, latency: u32) -> PortChange {
        let before = std::mem::replace(&mut self.cost, latency);
        self.change(How::Changed { before: EachWay::same(before), latency: EachWay::same(latency) })
    }
}
