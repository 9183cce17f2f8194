//! Where Q-rows lie in memory.
//!
//! The rows of a range of nodes, a stripe, lie together, so that stripes can be lent to threads
//! ([`Rows::stripes_mut`]). Within a stripe rows for the same target lie next to each other, by node, because an access
//! meets them one after the other: first the exact rows of each shard, by target and node, then the rows for shards, by
//! shard and node. A row is a whole number of quads of four estimates, filled up with +∞, so that its least is found
//! without a branch an estimate, and one of up to eight ports lies in one cache line if all nodes have as many quads.

use std::ops::Range;

use prefetch_index::prefetch_index;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::fabric::access::Locator;
use crate::topology::NodeId;
use crate::topology::shards::Shards;

/// Four estimates.
pub type Quad = [f32; 4];

/// Quads in a cache line.
const LINE: usize = 4;

/// Stripes of a large network, at the most; a network of few nodes has one.
const STRIPES: usize = 16;

/// Nodes of a stripe, at the least.
const LEAST_NODES: usize = 1024;

/// Exact rows of the nodes that are of a shard and of a stripe.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    start: usize,
    /// Quads of one row of each of these nodes.
    quads: usize,
}

/// Rows for shards, of the nodes of a stripe.
#[derive(Debug, Clone, Copy)]
struct ByShard {
    start: usize,
    /// Quads of one row of each node of the stripe.
    quads: usize,
    /// Number of the first quad of the stripe among those of all nodes.
    first: usize,
}

/// Where the row of each node for each target lies.
#[derive(Debug)]
struct Layout {
    // By node, in arrays of their own, because finding a row takes only one or two of them:
    /// Number of its first quad among those of all nodes, and after the last node their number.
    first: Vec<u32>,
    /// Its block, and the number of its first quad among those of the block.
    in_block: Vec<[u32; 2]>,
    /// Number of its first port among those of all nodes, and after the last node their number.
    first_port: Vec<u32>,
    /// By stripe and shard.
    blocks: Vec<Block>,
    /// By stripe.
    by_shard: Vec<ByShard>,
    /// Nodes of a stripe, but for the last: two to this power.
    stripe_bits: u32,
    /// Quads before the first stripe.
    lead: usize,
    shards: Shards,
}

/// The rows of all nodes.
#[derive(Debug)]
pub struct Rows {
    layout: Layout,
    values: Vec<Quad>,
}

/// The rows of a range of nodes, to be written by one thread while others write theirs.
#[derive(Debug)]
pub struct Stripe<'a> {
    /// The nodes.
    pub nodes: Range<u32>,
    layout: &'a Layout,
    /// Place of the first value among those of all stripes.
    from: usize,
    values: &'a mut [Quad],
}

impl Stripe<'_> {
    /// The estimates of `x`, one of [`Self::nodes`], for a target, by port.
    pub fn row_mut(&mut self, x: NodeId, target: Locator) -> &mut [f32] {
        let start = self.layout.start(x, target) - self.from;
        &mut self.values[start..].as_flattened_mut()[..self.layout.ports(x.index())]
    }
}

fn quads(ports: u32) -> u32 {
    ports.div_ceil(4)
}

/// Bytes that the rows of a network of `ports` (by node) take when divided into `shards`.
pub fn size(ports: &[u32], shards: &Shards) -> u64 {
    let rows = |node: usize| shards.members[shards.of[node] as usize].len() as u64 + shard_rows(shards) as u64;
    ports.iter().enumerate().map(|(node, &ports)| row(ports) * rows(node)).sum()
}

/// Bytes that the rows of a network of `ports` (by node) take at the least, however it is divided.
///
/// With one shard every node has a row for each of the n nodes: `n·Σr`, r the bytes of a row. With k > 1 it has a row
/// for each node of its shard and one for each shard. As squares of numbers that sum to n sum to n²/k or more, that is
/// `n²·min r / k + k·Σr` or more, which is least near k = √(n²·min r / Σr).
pub fn least_size(ports: &[u32]) -> u64 {
    let (nodes, sum) = (ports.len() as u64, ports.iter().map(|&ports| row(ports)).sum::<u64>());
    let squares = nodes * nodes * ports.iter().map(|&ports| row(ports)).min().unwrap_or(0);
    let divided = |shards: u64| squares / shards + shards * sum;
    let best = (squares / sum.max(1)).isqrt().max(2);
    (nodes * sum).min(divided(best)).min(divided(best + 1))
}

/// Bytes of a row of so many ports.
pub fn row(ports: u32) -> u64 {
    size_of::<Quad>() as u64 * u64::from(quads(ports))
}

/// Rows for shards; with a single shard every row is exact.
fn shard_rows(shards: &Shards) -> usize {
    if shards.count() > 1 { shards.count() } else { 0 }
}

impl Layout {
    /// Where the row of `x` for a target starts.
    #[inline(always)]
    fn start(&self, x: NodeId, target: Locator) -> usize {
        if self.shards.of[x.index()] == target.shard {
            self.exact_start(x, target)
        } else {
            self.shard_start(x, target.shard)
        }
    }

    #[inline]
    fn exact_start(&self, x: NodeId, target: Locator) -> usize {
        let [block, first] = self.in_block[x.index()];
        let block = &self.blocks[block as usize];
        block.start + target.local as usize * block.quads + first as usize
    }

    #[inline]
    fn shard_start(&self, x: NodeId, shard: u32) -> usize {
        let rows = &self.by_shard[x.index() >> self.stripe_bits];
        rows.start + shard as usize * rows.quads + (self.first[x.index()] as usize - rows.first)
    }

    /// Ports of a node.
    fn ports(&self, node: usize) -> usize {
        (self.first_port[node + 1] - self.first_port[node]) as usize
    }

    /// The places of all rows, each with its node: by target, exact ones first, in the order of shards and numbers.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let exact = (0..).zip(&self.shards.members).flat_map(move |(shard, members)| {
            let targets = (0..members.len() as u32).map(move |local| Locator { shard, local });
            targets
                .flat_map(move |target| members.iter().map(move |&x| (self.exact_start(NodeId(x), target), x as usize)))
        });
        let nodes = self.in_block.len() as u32;
        let by_shard = (0..shard_rows(&self.shards) as u32)
            .flat_map(move |shard| (0..nodes).map(move |x| (self.shard_start(NodeId(x), shard), x as usize)));
        exact.chain(by_shard)
    }

    /// Number of all estimates.
    fn count(&self) -> usize {
        let ports = self.first_port[self.first_port.len() - 1] as usize;
        let rows = |members: &Vec<u32>| members.len() * members.iter().map(|&x| self.ports(x as usize)).sum::<usize>();
        self.shards.members.iter().map(rows).sum::<usize>() + shard_rows(&self.shards) * ports
    }
}

impl Rows {
    /// Rows in which every port is closed. `ports` holds the number of ports of each node.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(ports: &[u32], shards: Shards) -> Result<Self, Error> {
        let stripe_bits = ports.len().div_ceil(STRIPES).max(LEAST_NODES).next_power_of_two().trailing_zeros();
        let stripes = ports.len().div_ceil(1 << stripe_bits);
        let (mut first, mut in_block, mut first_port) = (vec![0], Vec::new(), vec![0]);
        let (mut quad, mut port) = (0, 0);
        let mut blocks = vec![Block::default(); stripes * shards.count()];
        for (x, (&ports, &shard)) in ports.iter().zip(&shards.of).enumerate() {
            let number = (x >> stripe_bits) * shards.count() + shard as usize;
            let block = &mut blocks[number];
            in_block.push([number as u32, block.quads as u32]);
            block.quads += quads(ports) as usize;
            (quad, port) = (quad + quads(ports), port + ports);
            first.push(quad);
            first_port.push(port);
        }
        let (mut by_shard, mut end) = (Vec::new(), 0);
        for (stripe, blocks) in blocks.chunks_mut(shards.count()).enumerate() {
            for (block, members) in blocks.iter_mut().zip(&shards.members) {
                block.start = end;
                end += members.len() * block.quads;
            }
            let first_node = stripe << stripe_bits;
            let last_node = (first_node + (1 << stripe_bits)).min(ports.len());
            let [from, to] = [first_node, last_node].map(|x| first[x] as usize);
            by_shard.push(ByShard { start: end, quads: to - from, first: from });
            end += shard_rows(&shards) * (to - from);
        }
        let mut values = Vec::<Quad>::new();
        let bytes = (size_of::<Quad>() * (end + LINE)) as u64;
        values.try_reserve_exact(end + LINE).map_err(|_| Error::OutOfMemory { what: "Q-rows", bytes })?;
        // The first row starts with a cache line; only speed depends on it.
        let lead = values.as_ptr().align_offset(size_of::<Quad>() * LINE).min(LINE);
        values.resize(lead + end, [f32::INFINITY; 4]);
        blocks.iter_mut().for_each(|block| block.start += lead);
        by_shard.iter_mut().for_each(|rows| rows.start += lead);
        let layout = Layout { first, in_block, first_port, blocks, by_shard, stripe_bits, lead, shards };
        Ok(Self { layout, values })
    }

    /// The rows of ranges of nodes, to be lent to threads.
    pub fn stripes_mut(&mut self) -> Vec<Stripe<'_>> {
        let Self { layout, values } = self;
        let (nodes, size) = (layout.in_block.len() as u32, 1 << layout.stripe_bits);
        let (mut left, mut from, mut stripes) = (&mut values[layout.lead..], layout.lead, Vec::new());
        for (stripe, rows) in (0..).zip(&layout.by_shard) {
            let end = rows.start + shard_rows(&layout.shards) * rows.quads;
            let (values, rest) = left.split_at_mut(end - from);
            stripes.push(Stripe { nodes: stripe * size..nodes.min((stripe + 1) * size), layout, from, values });
            (left, from) = (rest, end);
        }
        stripes
    }

    /// The shards that rows are kept by.
    pub fn shards(&self) -> &Shards {
        &self.layout.shards
    }

    /// The shard of a node.
    #[inline]
    pub fn shard(&self, x: NodeId) -> u32 {
        self.layout.shards.of[x.index()]
    }

    /// For which targets the rows of `x` use a port that leads to `y`: all but those of x's own shard if y is outside.
    pub fn uses(&self, x: NodeId, y: NodeId) -> impl Fn(Locator) -> bool + use<> {
        let [own, far] = [x, y].map(|node| self.shard(node));
        move |target| own == far || target.shard != own
    }

    /// What stands in `other`, rows of the same network divided otherwise, for what `target` is to `x` here: a node
    /// that `x` has an exact row for there, too, or a shard with the same nodes.
    pub fn same_target(&self, other: &Self, x: NodeId, target: Locator) -> Option<Locator> {
        let members = &self.shards().members[target.shard as usize];
        let there = other.shards();
        if target.local == u32::MAX {
            let shard = there.of[members[0] as usize];
            return (there.members[shard as usize] == *members).then_some(Locator { shard, local: u32::MAX });
        }
        let node = members[target.local as usize] as usize;
        (there.of[node] == there.of[x.index()]).then_some(Locator { shard: there.of[node], local: there.rank[node] })
    }

    /// Where the row of `x` for a target starts, for [`Self::value_mut`].
    #[inline]
    pub fn start(&self, x: NodeId, target: Locator) -> usize {
        self.layout.start(x, target)
    }

    /// Begins to read [`Self::quads`].
    #[inline]
    pub fn prefetch(&self, x: NodeId, target: Locator) {
        prefetch_index(&self.values, self.start(x, target));
    }

    /// The estimates of `x` for a target, by port, filled up with +∞.
    #[inline]
    pub fn quads(&self, x: NodeId, target: Locator) -> &[Quad] {
        self.quads_at(self.start(x, target), x)
    }

    /// The same of the row of `x` that starts at `start`.
    #[inline]
    pub fn quads_at(&self, start: usize, x: NodeId) -> &[Quad] {
        &self.values[start..start + (self.layout.first[x.index() + 1] - self.layout.first[x.index()]) as usize]
    }

    /// The estimates of `x` for a target, by port.
    pub fn row(&self, x: NodeId, target: Locator) -> &[f32] {
        &self.quads(x, target).as_flattened()[..self.layout.ports(x.index())]
    }

    /// The estimate through port `p`, counted from the node's first, of the row that starts at `start`.
    pub fn value(&self, start: usize, p: usize) -> f32 {
        self.values[start + p / 4][p % 4]
    }

    /// The same, to be changed.
    #[inline]
    pub fn value_mut(&mut self, start: usize, p: usize) -> &mut f32 {
        &mut self.values[start + p / 4][p % 4]
    }

    /// All estimates, row by row, by port.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        let row = |(start, x): (usize, usize)| &self.values[start..].as_flattened()[..self.layout.ports(x)];
        self.layout.places().flat_map(row).copied()
    }

    /// Restores estimates of the same rows, whose ports are open where `open` holds, by number among those of all
    /// nodes. Returns false if they cannot be theirs; the rows must then be discarded.
    pub fn restore(&mut self, estimates: &[f32], open: impl Fn(usize) -> bool) -> bool {
        let Self { layout, values } = self;
        if estimates.len() != layout.count() {
            return false;
        }
        let mut left = estimates;
        layout.places().all(|(start, x)| {
            let (row, rest) = left.split_at(layout.ports(x));
            left = rest;
            values[start..].as_flattened_mut()[..row.len()].copy_from_slice(row);
            let first = layout.first_port[x] as usize;
            let fits = |(p, &value): (usize, &f32)| {
                if open(first + p) { is_estimate(value) } else { value == f32::INFINITY }
            };
            row.iter().enumerate().all(fits)
        })
    }

    /// The first node with an estimate that is not a number.
    pub fn first_nan(&self) -> Option<NodeId> {
        // The quick look first: the answer is nearly always no.
        self.values.as_flattened().iter().find(|value| value.is_nan())?;
        let bad =
            |&x: &NodeId| self.targets(x).into_iter().any(|target| self.row(x, target).iter().any(|v| v.is_nan()));
        (0..self.layout.in_block.len() as u32).map(NodeId).find(bad)
    }

    /// The targets that `x` has rows for: nodes of its own shard, then other shards.
    pub fn targets(&self, x: NodeId) -> Vec<Locator> {
        let shard = self.shard(x);
        let exact = 0..self.layout.shards.members[shard as usize].len() as u32;
        let others = (0..shard_rows(&self.layout.shards) as u32).filter(|&other| other != shard);
        let by_shard = others.map(|shard| Locator { shard, local: u32::MAX });
        exact.map(|local| Locator { shard, local }).chain(by_shard).collect()
    }

    /// Number of the first port of a node among those of all nodes.
    #[inline]
    pub fn first_port(&self, x: NodeId) -> u32 {
        self.layout.first_port[x.index()]
    }

    /// The place of a port among those of its node `x`, given its number among those of all nodes.
    pub fn rank(&self, x: NodeId, port: u32) -> usize {
        (port - self.layout.first_port[x.index()]) as usize
    }

    /// Calls `f` with the target and the estimate of every row of `x` through one port, in the order of
    /// [`Self::targets`].
    pub fn for_port(&mut self, x: NodeId, port: u32, mut f: impl FnMut(Locator, &mut f32)) {
        let p = self.rank(x, port);
        for target in self.targets(x) {
            let start = self.start(x, target);
            f(target, self.value_mut(start, p));
        }
    }
}

/// All estimates of a table, as they are stored: those of a table, or those that were read.
#[derive(Debug)]
pub enum Estimates<'a> {
    /// Of a table.
    Held(&'a Rows),
    /// Read.
    Read(Vec<f32>),
}

impl Serialize for Estimates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Read(values) => values.serialize(serializer),
            Self::Held(rows) => {
                let mut all = serializer.serialize_seq(Some(rows.layout.count()))?;
                rows.values().try_for_each(|value| all.serialize_element(&value))?;
                all.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Estimates<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::Read)
    }
}

/// Whether it is a number of ticks, or +∞ where a port is not used.
pub fn is_estimate(value: f32) -> bool {
    value.is_finite() || value == f32::INFINITY
}

/// The least of a row; +∞ if every port is closed.
#[inline]
pub fn least(row: &[Quad]) -> f32 {
    let less = |a: f32, b: f32| if b < a { b } else { a };
    let of_quad = |[a, b, c, d]: Quad| less(less(a, b), less(c, d));
    // Most nodes have four ports or fewer.
    if let [quad] = row {
        return of_quad(*quad);
    }
    of_quad(row.iter().fold([f32::INFINITY; 4], |lanes, quad| std::array::from_fn(|i| less(lanes[i], quad[i]))))
}

/// The first port with the least finite estimate of a row, and whether others have it too.
#[inline]
pub fn argmin(row: &[Quad]) -> Option<(usize, bool)> {
    // Most nodes have four ports or fewer.
    if let &[[a, b, c, d]] = row {
        let (left, at_left) = if b < a { (b, 1) } else { (a, 0) };
        let (right, at_right) = if d < c { (d, 3) } else { (c, 2) };
        let (value, first, beside) = if right < left { (right, at_right, c == d) } else { (left, at_left, a == b) };
        return (value < f32::INFINITY).then_some((first, beside | (left == right)));
    }
    let value = least(row);
    if value == f32::INFINITY {
        return None;
    }
    let (mut first, mut is_tied) = (usize::MAX, false);
    for (place, quad) in row.iter().enumerate() {
        let same = (0..4).fold(0u32, |same, i| same | u32::from(quad[i] == value) << i);
        if same != 0 {
            is_tied |= first != usize::MAX || same & (same - 1) != 0;
            first = first.min(4 * place + same.trailing_zeros() as usize);
        }
    }
    Some((first, is_tied))
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    #[test]
    fn the_least_and_its_ties_are_those_of_a_plain_search() {
        let mut rng = stream(61, "test");
        for _ in 0..100_000 {
            let ports = rng.random_range(0..40usize);
            let mut draw = || [f32::INFINITY, -1.0, -0.0, 0.0, 1.0, 2.0][rng.random_range(0..6)];
            let mut row: Vec<f32> = (0..ports).map(|_| draw()).collect();
            if draw() == 2.0 {
                row.fill(f32::INFINITY);
            }
            let mut quads: Vec<Quad> = vec![[f32::INFINITY; 4]; ports.div_ceil(4)];
            row.iter().enumerate().for_each(|(p, &value)| quads[p / 4][p % 4] = value);
            let expected = row.iter().copied().fold(f32::INFINITY, f32::min);
            assert_eq!(least(&quads), expected);
            let ties: Vec<usize> = (0..ports).filter(|&p| row[p] == expected).collect();
            let usable = expected < f32::INFINITY;
            assert_eq!(argmin(&quads), usable.then(|| (ties[0], ties.len() > 1)), "{row:?}");
        }
    }

    #[test]
    fn every_estimate_has_a_place_of_its_own() {
        let mut rng = stream(62, "test");
        for _ in 0..300 {
            let nodes = rng.random_range(1..30u32);
            let count = rng.random_range(1..=nodes.min(5));
            let of: Vec<u32> = (0..nodes).map(|x| if x < count { x } else { rng.random_range(0..count) }).collect();
            let (mut members, mut rank) = (vec![Vec::new(); count as usize], Vec::new());
            for (x, &shard) in (0..).zip(&of) {
                rank.push(members[shard as usize].len() as u32);
                members[shard as usize].push(x);
            }
            let kinds: Vec<u32> = (0..nodes).map(|_| [0, 9, 9, 300][rng.random_range(0..4)]).collect();
            let ports: Vec<u32> = kinds.into_iter().map(|most| rng.random_range(0..=most)).collect();
            let shards = Shards { seeds: vec![0; count as usize], of, rank, members };
            let bytes = size(&ports, &shards);
            let mut rows = Rows::new(&ports, shards).unwrap();
            let reserved = 16 * (rows.values.len() - rows.layout.lead) as u64;
            // A node has no row for its own shard as a whole, but the place of one.
            assert_eq!(bytes, reserved);
            let places: Vec<(NodeId, Locator)> = (0..nodes)
                .map(NodeId)
                .flat_map(|x| rows.targets(x).into_iter().map(move |target| (x, target)))
                .collect();
            let mut number = 0;
            for &(x, target) in &places {
                for p in 0..ports[x.index()] as usize {
                    let start = rows.start(x, target);
                    *rows.value_mut(start, p) = number as f32;
                    number += 1;
                }
            }
            let mut expected = 0;
            for &(x, target) in &places {
                let (row, filled) = (rows.row(x, target), rows.quads(x, target).as_flattened());
                assert_eq!(row.len(), ports[x.index()] as usize);
                assert!(filled[row.len()..].iter().all(|&value| value == f32::INFINITY));
                for &value in row {
                    assert_eq!(value, expected as f32);
                    expected += 1;
                }
            }
            let mut values: Vec<f32> = rows.values().collect();
            assert_eq!(values.len(), rows.layout.count());
            let stored = postcard::to_stdvec(&Estimates::Held(&rows)).unwrap();
            assert_eq!(stored, postcard::to_stdvec(&values).unwrap());
            assert!(rows.restore(&values, |_| true) && rows.values().eq(values.iter().copied()));
            assert!(!rows.restore(&[&values[..], &[0.0]].concat(), |_| true));
            // The place of a row for the own shard as a whole is not used.
            values.retain(|value| value.is_finite());
            values.sort_by(f32::total_cmp);
            assert!(values.into_iter().eq((0..number).map(|i| i as f32)));
        }
    }

    /// Every thread fills the rows of its nodes with their number; each row is then that of its node.
    #[test]
    fn stripes_are_lent_to_threads_and_hold_the_rows_of_their_nodes() {
        let (nodes, count) = (2500u32, 7);
        let of: Vec<u32> = (0..nodes).map(|x| x % count).collect();
        let rank = (0..nodes).map(|x| x / count).collect();
        let members = (0..count).map(|shard| (0..nodes).filter(|x| x % count == shard).collect()).collect();
        let ports: Vec<u32> = (0..nodes).map(|x| 1 + x % 9).collect();
        let mut rows = Rows::new(&ports, Shards { seeds: vec![0; count as usize], of, rank, members }).unwrap();
        let targets: Vec<Vec<Locator>> = (0..nodes).map(|x| rows.targets(NodeId(x))).collect();
        let stripes = rows.stripes_mut();
        assert_eq!(stripes.len(), 3);
        assert!(stripes.iter().flat_map(|stripe| stripe.nodes.clone()).eq(0..nodes));
        std::thread::scope(|scope| {
            for mut stripe in stripes {
                let targets = &targets;
                scope.spawn(move || {
                    for x in stripe.nodes.clone().map(NodeId) {
                        targets[x.index()].iter().for_each(|&target| stripe.row_mut(x, target).fill(x.0 as f32));
                    }
                });
            }
        });
        for x in (0..nodes).map(NodeId) {
            for target in rows.targets(x) {
                assert!(rows.row(x, target).iter().all(|&value| value == x.0 as f32), "{x:?} {target:?}");
            }
        }
        let mut starts: Vec<(usize, usize)> = rows.layout.places().collect();
        starts.sort_unstable();
        let end_of = |&(start, x): &(usize, usize)| start + quads(ports[x]) as usize;
        assert!(starts.is_sorted_by(|a, b| end_of(a) <= b.0), "no row lies over another");
    }
}
