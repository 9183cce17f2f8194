//! The shards that Q-rows are kept by: those that the network was divided into, and where one has fallen apart, its
//! parts.
//!
//! Within a shard rows are exact and stay inside, which needs its nodes to reach each other inside. Where they no
//! longer do (a link has failed, or leads one way only), each part that still has a way out is a shard of its own, so
//! that the way leads through others. The division depends on the open space links alone, whatever came before.

use crate::fabric::Fabric;
use crate::learning::rows::{row, size};
use crate::topology::shards::Shards;

/// What the network was divided into, and the memory that its parts may take.
#[derive(Debug)]
pub(super) struct Division {
    pub whole: Shards,
    /// Bytes of all rows.
    pub limit: u64,
}

impl Division {
    /// The shards by the links that are open now. Parts that would not fit into the limit stay with their shard, the
    /// smallest first; what they cannot reach is then lost on the way.
    pub fn now(&self, fabric: &Fabric) -> Shards {
        let whole = &self.whole;
        if whole.count() == 1 {
            return whole.clone();
        }
        let rows = |node: usize| row(fabric.queues[node].ports);
        let ports: Vec<u32> = fabric.queues.iter().map(|queue| queue.ports).collect();
        let part_of = fabric.parts_within(&whole.of);
        let mut parts: Vec<Part> = Vec::new();
        for (node, &number) in part_of.iter().enumerate() {
            let number = number as usize;
            parts.resize_with(parts.len().max(number + 1), Part::default);
            let part = &mut parts[number];
            (part.shard, part.nodes, part.bytes) = (whole.of[node], part.nodes + 1, part.bytes + rows(node));
            part.leads_out |= fabric.space_neighbours(node as u32).any(|to| part_of[to as usize] != number as u32);
        }
        let mut largest_first: Vec<usize> = (0..parts.len()).collect();
        largest_first.sort_by_key(|&part| (std::cmp::Reverse(parts[part].nodes), part));
        let mut rest: Vec<Option<Part>> = vec![None; whole.count()];
        for part in &parts {
            let shard = rest[part.shard as usize].get_or_insert_default();
            (shard.nodes, shard.bytes) = (shard.nodes + part.nodes, shard.bytes + part.bytes);
        }
        let one_row_each: u64 = parts.iter().map(|part| part.bytes).sum();
        let (mut bytes, mut count, mut has_kept) =
            (size(&ports, whole), whole.count() as u32, vec![false; whole.count()]);
        let mut shard_of: Vec<u32> = parts.iter().map(|part| part.shard).collect();
        for number in largest_first {
            let part = parts[number];
            let Some(shard) = &mut rest[part.shard as usize] else { continue };
            // The largest part goes on as the shard.
            if !std::mem::replace(&mut has_kept[part.shard as usize], true) || !part.leads_out {
                continue;
            }
            let left = Part { nodes: shard.nodes - part.nodes, bytes: shard.bytes - part.bytes, ..*shard };
            let after = bytes + one_row_each + left.square() + part.square() - shard.square();
            if after <= self.limit {
                (bytes, *shard, shard_of[number], count) = (after, left, count, count + 1);
            } else {
                tracing::warn!(nodes = part.nodes, limit = self.limit, "a part of a shard does not fit into Q-rows");
            }
        }
        Shards::of(part_of.iter().map(|&part| shard_of[part as usize]).collect(), count)
    }
}

/// A part of a shard.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    shard: u32,
    nodes: u64,
    /// Bytes of one row at each of its nodes.
    bytes: u64,
    /// Whether an open link leads out of it.
    leads_out: bool,
}

impl Part {
    /// Bytes of a row for each of its nodes at each of its nodes.
    fn square(self) -> u64 {
        self.nodes * self.bytes
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use serde_json::json;

    use super::*;
    use crate::random::stream;

    /// Random networks in which half of the links lead one way, links failing and recovering: by Warshall's transitive
    /// closure within each shard, nodes of one shard reach each other inside, or had no way out.
    #[test]
    fn nodes_of_a_shard_reach_each_other_inside() {
        let (mut rng, mut split) = (stream(72, "test"), 0);
        for round in 0..200 {
            let n = rng.random_range(4..16u32);
            let nodes: Vec<_> = (0..n).map(|id| json!({"id": id.to_string()})).collect();
            let links: Vec<_> = (0..2 * n)
                .map(|_| {
                    let (a, b) = (rng.random_range(0..n), rng.random_range(1..n));
                    let ends = [a, (a + b) % n].map(|end| end.to_string());
                    json!({"ends": ends, "one_way": round % 2 == 0 && rng.random_bool(0.5)})
                })
                .collect();
            let text = json!({
                "version": 1, "name": "division", "ticks": 10, "warmup_ticks": 0,
                "topology": {"nodes": nodes, "links": links, "parts": "all"},
                "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}], "router": {"kind": "shortest_path"},
                "wormholes": {"enabled": false},
            });
            let loaded = crate::simulation::load_text(&text.to_string(), "division.json".as_ref(), &[]).unwrap();
            let mut fabric = Fabric::new(&loaded.scenario, vec![0; n as usize], 1);
            let whole = Shards::divide(&loaded.scenario.topology, 3);
            let mut division = Division { whole, limit: u64::MAX };
            for link in 0..fabric.link_ports.len() as u32 {
                fabric.set_link(link, rng.random_bool(0.7));
            }
            let found = division.now(&fabric);
            assert!((0..n as usize).all(|x| found.members[found.of[x] as usize][found.rank[x] as usize] == x as u32));
            split += found.count() - division.whole.count();
            let mut inside = vec![vec![false; n as usize]; n as usize];
            for x in 0..n as usize {
                inside[x][x] = true;
                let of = &division.whole.of;
                let near = fabric.space_neighbours(x as u32).filter(|&y| of[y as usize] == of[x]);
                near.for_each(|y| inside[x][y as usize] = true);
            }
            for k in 0..n as usize {
                for i in 0..n as usize {
                    for j in 0..n as usize {
                        inside[i][j] |= inside[i][k] && inside[k][j];
                    }
                }
            }
            let both = |x: usize, y: usize| inside[x][y] && inside[y][x];
            let leads_out = |x: usize| {
                let part = (0..n as usize).filter(|&y| both(x, y));
                part.into_iter().any(|y| fabric.space_neighbours(y as u32).any(|z| !both(x, z as usize)))
            };
            for x in 0..n as usize {
                for y in 0..n as usize {
                    let same = found.of[x] == found.of[y];
                    assert!(!both(x, y) || same, "{x} and {y} reach each other");
                    assert!(!same || both(x, y) || !leads_out(x) || !leads_out(y), "{x} and {y} do not");
                }
            }
            let ports: Vec<u32> = fabric.queues.iter().map(|queue| queue.ports).collect();
            for limit in [0, size(&ports, &division.whole), size(&ports, &found)] {
                division.limit = limit;
                let fits = division.now(&fabric);
                assert!(size(&ports, &fits) <= limit || fits.of == division.whole.of);
                assert!(limit < size(&ports, &found) || fits.of == found.of);
            }
        }
        assert!(split > 100, "{split}");
    }
}
