//! Shards: connected regions of nodes, of about equal size, found without chance.
//!
//! Seeds are spread by farthest-first traversal in hops (Gonzalez 1985), then all regions grow at once, breadth
//! first, the smallest region one node at a time. In a disconnected network every part has a seed, so that no region
//! spans parts; with more parts than shards asked for, there is one shard a part.

use std::collections::VecDeque;

use super::Topology;

/// Which shard each node is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shards {
    /// Shard by node.
    pub of: Vec<u32>,
    /// The node that each shard grew from; also the number of shards.
    pub seeds: Vec<u32>,
    /// Rank of each node within its shard, by id.
    pub rank: Vec<u32>,
    /// Nodes of each shard, by id.
    pub members: Vec<Vec<u32>>,
}

impl Shards {
    /// Divides a topology into `count` shards, or more if it has more connected parts; at most one a node.
    pub fn divide(topology: &Topology, count: usize) -> Self {
        let n = topology.graph.node_count();
        let neighbours = adjacency(topology);
        let seeds = spread(&neighbours, count.clamp(1, n));
        let mut of = vec![u32::MAX; n];
        let mut fronts: Vec<VecDeque<u32>> = seeds.iter().map(|&seed| VecDeque::from([seed])).collect();
        let mut sizes = vec![0usize; seeds.len()];
        let mut growing: std::collections::BTreeSet<(usize, usize)> =
            (0..seeds.len()).map(|shard| (0, shard)).collect();
        while let Some((_, shard)) = growing.pop_first() {
            let Some(node) = fronts[shard].pop_front() else { continue };
            if of[node as usize] == u32::MAX {
                of[node as usize] = shard as u32;
                sizes[shard] += 1;
                let open = neighbours[node as usize].iter().filter(|&&next| of[next as usize] == u32::MAX);
                fronts[shard].extend(open);
            }
            growing.insert((sizes[shard], shard));
        }
        Self { seeds, ..Self::of(of, fronts.len() as u32) }
    }

    /// `count` shards, given that of each node; none is empty, and each counts as grown from its first node.
    pub fn of(of: Vec<u32>, count: u32) -> Self {
        let mut members = vec![Vec::new(); count as usize];
        let rank = (0..)
            .zip(&of)
            .map(|(node, &shard)| {
                let shard = &mut members[shard as usize];
                shard.push(node);
                shard.len() as u32 - 1
            })
            .collect();
        let seeds = members.iter().map(|members| members[0]).collect();
        Self { of, seeds, rank, members }
    }

    /// Number of shards.
    pub fn count(&self) -> usize {
        self.seeds.len()
    }
}

fn adjacency(topology: &Topology) -> Vec<Vec<u32>> {
    let mut neighbours = vec![Vec::new(); topology.graph.node_count()];
    for edge in topology.graph.raw_edges() {
        let (a, b) = (edge.source().index(), edge.target().index());
        neighbours[a].push(b as u32);
        neighbours[b].push(a as u32);
    }
    neighbours
}

/// At least `count` seeds, each as many hops as possible from those before it; one in every connected part.
fn spread(neighbours: &[Vec<u32>], count: usize) -> Vec<u32> {
    let mut hops = vec![u32::MAX; neighbours.len()];
    let mut seeds = Vec::new();
    let mut next = 0;
    loop {
        seeds.push(next);
        hops[next as usize] = 0;
        let mut front = VecDeque::from([next]);
        while let Some(node) = front.pop_front() {
            let through = hops[node as usize] + 1;
            for &neighbour in &neighbours[node as usize] {
                if through < hops[neighbour as usize] {
                    hops[neighbour as usize] = through;
                    front.push_back(neighbour);
                }
            }
        }
        let farthest = hops.iter().enumerate().max_by_key(|&(node, &far)| (far, std::cmp::Reverse(node)));
        match farthest {
            Some((node, &far)) if far == u32::MAX || (seeds.len() < count && far > 0) => next = node as u32,
            _ => return seeds,
        }
    }
}
