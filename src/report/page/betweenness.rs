//! Betweenness of links and nodes: the pairs of origin and target whose shortest route passes them.
//!
//! One route a pair, over the space links that are up. From each origin a tree of shortest routes is grown
//! (Dijkstra 1959), and from its leaves inwards every link carries as many pairs as there are targets behind it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::scenario::tree::{DirectionRow, NetworkGraph};

/// Largest network whose pairs are counted.
pub(super) const MOST_NODES: usize = 2000;

/// Betweenness by what their routes pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Betweenness {
    /// By direction of a link: from, to.
    directions: BTreeMap<(u32, u32), u64>,
    /// By node, its own pairs not counted.
    through: Vec<u64>,
    indices: BTreeMap<String, u32>,
}

impl Betweenness {
    /// Counts the pairs of a network; none if it is too large.
    pub fn of(graph: &NetworkGraph) -> Option<Self> {
        if graph.nodes.len() > MOST_NODES {
            return None;
        }
        let indices: BTreeMap<String, u32> =
            graph.nodes.iter().zip(0..).map(|(node, index)| (node.name.clone(), index)).collect();
        let mut neighbours = vec![Vec::new(); graph.nodes.len()];
        for link in graph.links.iter().filter(|link| link.up) {
            if let [Some(&a), Some(&b)] = link.ends.each_ref().map(|end| indices.get(end)) {
                for (side, [from, to]) in [[a, b], [b, a]].into_iter().enumerate() {
                    let cost = |row: DirectionRow| (to, row.latency_ticks + graph.processing_ticks);
                    neighbours[from as usize].extend(link.direction(side).map(cost));
                }
            }
        }
        let mut pairs = Self { directions: BTreeMap::new(), through: vec![0; graph.nodes.len()], indices };
        (0..graph.nodes.len() as u32).for_each(|origin| pairs.add_tree(origin, &neighbours));
        Some(pairs)
    }

    fn add_tree(&mut self, origin: u32, neighbours: &[Vec<(u32, u32)>]) {
        let mut distance = vec![u64::MAX; neighbours.len()];
        let mut before = vec![origin; neighbours.len()];
        let (mut settled, mut heap) = (Vec::new(), BinaryHeap::from([Reverse((0_u64, origin))]));
        distance[origin as usize] = 0;
        while let Some(Reverse((so_far, node))) = heap.pop() {
            if so_far > distance[node as usize] {
                continue;
            }
            settled.push(node);
            for &(next, ticks) in &neighbours[node as usize] {
                let there = so_far + u64::from(ticks);
                if there < distance[next as usize] {
                    (distance[next as usize], before[next as usize]) = (there, node);
                    heap.push(Reverse((there, next)));
                }
            }
        }
        let mut behind = vec![1_u64; neighbours.len()];
        for &node in settled[1..].iter().rev() {
            let (from, count) = (before[node as usize], behind[node as usize]);
            *self.directions.entry((from, node)).or_default() += count;
            behind[from as usize] += count;
            self.through[node as usize] += count - 1;
        }
    }

    /// Betweenness whose route goes over a link in a direction.
    pub fn over(&self, from: &str, to: &str) -> u64 {
        let ends = self.indices.get(from).zip(self.indices.get(to));
        ends.and_then(|(&from, &to)| self.directions.get(&(from, to))).copied().unwrap_or(0)
    }

    /// Betweenness of other nodes whose route goes through a node.
    pub fn through(&self, node: &str) -> u64 {
        self.indices.get(node).map_or(0, |&index| self.through[index as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tree::{LinkRow, NodeRow};

    fn graph(nodes: &[&str], links: &[(&str, &str, u32)]) -> NetworkGraph {
        let node = |(id, name): (u32, &&str)| NodeRow {
            away: false,
            entropy: 0.0,
            id,
            mass: 0.0,
            name: (*name).to_owned(),
            position: None,
            queued: 0,
            strength: 0.0,
            up: true,
            weight: 1.0,
        };
        let link = |(id, &(a, b, latency_ticks)): (u32, &(&str, &str, u32))| LinkRow {
            back: None,
            capacity_per_tick: None,
            ends: [a.to_owned(), b.to_owned()],
            failed: false,
            id,
            latency_ticks,
            one_way: false,
            up: true,
        };
        NetworkGraph {
            links: (0..).zip(links).map(link).collect(),
            name: String::new(),
            nodes: (0..).zip(nodes).map(node).collect(),
            processing_ticks: 0,
            source: None,
            tick: 0,
            tick_ms: None,
            version: 1,
        }
    }

    #[test]
    fn a_path_carries_the_pairs_of_both_sides() {
        // a–b–c–d: from {a, b} to {c, d} are 4 pairs over b→c; through b go a↔c, a↔d: 4 ordered pairs.
        let pairs =
            Betweenness::of(&graph(&["a", "b", "c", "d"], &[("a", "b", 1), ("b", "c", 1), ("c", "d", 1)])).unwrap();
        assert_eq!([pairs.over("a", "b"), pairs.over("b", "c"), pairs.over("c", "b")], [3, 4, 4]);
        assert_eq!(["a", "b", "c"].map(|node| pairs.through(node)), [0, 4, 4]);
    }

    /// The ring a → b → c → a that leads one way, but for a slow way back from b to a.
    #[test]
    fn what_differs_by_direction_carries_pairs_in_its_direction_only() {
        let mut ring = graph(&["a", "b", "c"], &[("a", "b", 1), ("b", "c", 1), ("c", "a", 1)]);
        ring.links[0].back = Some(DirectionRow { capacity_per_tick: None, latency_ticks: 9 });
        ring.links[1..].iter_mut().for_each(|link| link.one_way = true);
        let pairs = Betweenness::of(&ring).unwrap();
        let over = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a"), ("c", "b")].map(|(from, to)| pairs.over(from, to));
        assert_eq!(over, [3, 3, 3, 0, 0]);
        ring.links[0].back = Some(DirectionRow { capacity_per_tick: None, latency_ticks: 1 });
        let pairs = Betweenness::of(&ring).unwrap();
        assert_eq!([pairs.over("b", "a"), pairs.over("c", "a"), pairs.through("c")], [1, 2, 0]);
    }

    #[test]
    fn a_slow_link_carries_no_pair_and_the_sum_is_that_of_hops() {
        // The ring a–b–c–d–a with a slow link d–a: a and d meet over b and c.
        let links = [("a", "b", 1), ("b", "c", 1), ("c", "d", 1), ("d", "a", 9)];
        let pairs = Betweenness::of(&graph(&["a", "b", "c", "d"], &links)).unwrap();
        assert_eq!([pairs.over("d", "a"), pairs.over("a", "d")], [0, 0]);
        // Hops of the path a–b–c–d: 3 pairs of 1, 2 of 2, 1 of 3, in both directions.
        assert_eq!(pairs.directions.values().sum::<u64>(), 2 * (3 + 4 + 3));
    }
}
