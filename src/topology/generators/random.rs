//! Erdős–Rényi, Barabási–Albert and Watts–Strogatz graphs, each in time about linear in nodes and links.

use std::collections::BTreeSet;

use rand::{Rng, RngExt};

use super::layout::Layout;
use crate::topology::{MAX_LINKS, TopologyError};

/// G(n, p) by geometric skips over the pairs in row order (Batagelj and Brandes, Phys. Rev. E 71, 036113, 2005):
/// `⌊ln(1 − u) / ln(1 − p)⌋` pairs are left out before the next link, u uniform in [0, 1).
pub(super) fn erdos_renyi<R: Rng>(nodes: u32, probability: f64, rng: &mut R) -> Result<Vec<[u32; 2]>, TopologyError> {
    let mut links = Vec::new();
    let log_miss = libm::log1p(-probability);
    let pairs = u64::from(nodes) * u64::from(nodes - 1) / 2;
    // Pair number `pair` is (row, pair − row_start): row r holds the pairs (r, 0) to (r, r − 1).
    let (mut pair, mut row, mut row_start) = (0_u64, 1_u64, 0_u64);
    loop {
        let skip = libm::floor(libm::log1p(-rng.random::<f64>()) / log_miss);
        if skip >= pairs as f64 || pair + skip as u64 >= pairs {
            return Ok(links);
        }
        pair += skip as u64;
        while pair - row_start >= row {
            row_start += row;
            row += 1;
        }
        if links.len() == MAX_LINKS {
            return Err(TopologyError::TooLarge);
        }
        links.push([(pair - row_start) as u32, row as u32]);
        pair += 1;
    }
}

/// Preferential attachment: a node drawn from the ends of all links is drawn with probability proportional to degree.
pub(super) fn barabasi_albert<R: Rng>(nodes: u32, links_per_node: u32, rng: &mut R) -> Vec<[u32; 2]> {
    let mut links: Vec<[u32; 2]> = (1..=links_per_node).map(|leaf| [0, leaf]).collect();
    let mut ends: Vec<u32> = links.as_flattened().to_vec();
    let mut chosen_by = vec![0; nodes as usize];
    for newcomer in links_per_node + 1..nodes {
        let first = links.len();
        while links.len() - first < links_per_node as usize {
            let target = ends[rng.random_range(0..ends.len())];
            if chosen_by[target as usize] != newcomer {
                chosen_by[target as usize] = newcomer;
                links.push([target, newcomer]);
            }
        }
        ends.extend_from_slice(links[first..].as_flattened());
    }
    links
}

/// Rewiring in the order of Watts and Strogatz: first the links to the next node, all round, then those to the second.
pub(super) fn watts_strogatz<R: Rng>(nodes: u32, neighbours: u32, rewiring: f64, rng: &mut R) -> Vec<[u32; 2]> {
    let mut links = Vec::with_capacity(nodes as usize * neighbours as usize / 2);
    for distance in 1..=neighbours / 2 {
        links.extend((0..nodes).map(|node| [node, (node + distance) % nodes]));
    }
    let key = |[a, b]: [u32; 2]| (a.min(b), a.max(b));
    let mut present: BTreeSet<(u32, u32)> = links.iter().map(|&ends| key(ends)).collect();
    let mut degrees = vec![neighbours; nodes as usize];
    for link in &mut links {
        let [node, old] = *link;
        // A node that is linked to all others has nowhere else to link to.
        if rng.random::<f64>() >= rewiring || degrees[node as usize] == nodes - 1 {
            continue;
        }
        let new = loop {
            let candidate = rng.random_range(0..nodes);
            if candidate != node && !present.contains(&key([node, candidate])) {
                break candidate;
            }
        };
        present.remove(&key(*link));
        present.insert(key([node, new]));
        degrees[old as usize] -= 1;
        degrees[new as usize] += 1;
        *link = [node, new];
    }
    links
}

/// Drawn as a sunflower, nodes of many links in the middle: the golden angle spreads them evenly over a disc.
pub(super) fn hubs_inside(nodes: u32, links: Vec<[u32; 2]>, latency_ticks: u32) -> Layout {
    let mut degrees = vec![0_u32; nodes as usize];
    for &end in links.as_flattened() {
        degrees[end as usize] += 1;
    }
    let mut by_degree: Vec<u32> = (0..nodes).collect();
    by_degree.sort_by_key(|&node| core::cmp::Reverse(degrees[node as usize]));
    let golden_angle = core::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    let mut positions = vec![[0.0; 2]; nodes as usize];
    for (rank, node) in (0..nodes).zip(by_degree) {
        let (radius, angle) = (f64::from(rank).sqrt(), f64::from(rank) * golden_angle);
        positions[node as usize] = [radius * libm::sin(angle), radius * libm::cos(angle)];
    }
    Layout::uniform(positions, links, latency_ticks)
}
