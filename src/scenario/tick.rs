//! Simulated time.

/// Simulated time, in ticks since the start. At most [`MAX_TICKS`].
pub type Tick = u32;

/// The longest run.
pub const MAX_TICKS: Tick = 1_000_000_000;
