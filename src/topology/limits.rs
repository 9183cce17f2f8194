//! Limits of topologies and topology files.

/// Most nodes that a topology may have, in its source.
pub const MAX_NODES: usize = 200_000;
/// Most links that a topology may have, in its source.
pub const MAX_LINKS: usize = 800_000;
/// Longest latency of a link, ticks.
pub const MAX_LATENCY_TICKS: u32 = 1_000_000;
/// Most that the latencies of all links may sum to, ticks: no distance is longer, and two of them fit in 32 bits.
pub const MAX_SUM_OF_LATENCIES_TICKS: u32 = 2_000_000_000;
/// The longest topology file, bytes. Whatever it holds, its reader takes less than 100 MB.
pub const MAX_FILE_BYTES: u64 = 16 << 20;
/// Most links of a file in our own format.
pub const MAX_FILE_LINKS: usize = 500_000;
/// Most nodes that a topology file may have, those outside its largest part included.
pub const MAX_FILE_NODES: usize = 250_000;
