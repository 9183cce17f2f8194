//! Nodes and links as a generator draws them.

/// Nodes as positions, and links as (ends, latency in ticks), before names and capacities.
#[derive(Debug)]
pub(super) struct Layout {
    pub positions: Vec<[f64; 2]>,
    pub links: Vec<([u32; 2], u32)>,
}

impl Layout {
    /// Links that all have the same latency.
    pub fn uniform(positions: Vec<[f64; 2]>, ends: Vec<[u32; 2]>, latency_ticks: u32) -> Self {
        Self { positions, links: ends.into_iter().map(|ends| (ends, latency_ticks)).collect() }
    }
}
