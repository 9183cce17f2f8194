//! Limits of topologies and topology files.

/// Most nodes that a topology may have, in its source.
pub const MAX_NODES: usize = 200_000;
/// Most links that a topology may have, in its source.
pub const MAX_LINKS: usize = 800_000;
/// Longest latency of a link, ticks.
pub const MAX_LATENCY_TICKS: u32 = 1_000_000;
/// Most that the latencies of all links may sum to, ticks: no distance is longer, and two of them fit in 32 bits.
pub const MAX_SUM_OF_LATENCIES_TICKS: u32 = 2_000_000_000;
/// The longest topology file, bytes: room for a network of the largest size with much said of it.
pub const MAX_FILE_BYTES: u64 = 256 << 20;
/// Most nodes that a topology file may have, those outside its largest part included.
pub const MAX_FILE_NODES: usize = 250_000;
