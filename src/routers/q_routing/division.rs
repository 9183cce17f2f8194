//! The shards that Q-rows are kept by: those that the network was divided into, and where one has fallen apart, its
//! parts.
//!
//! Within a shard rows are exact and stay inside, which needs its nodes to reach each other inside. Where they no longer
//! do (a link has failed, or leads one way only), each part that still has a way out is a shard of its own, so that the
//! way leads through others. The division depends on the open space links alone, whatever came before.

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
