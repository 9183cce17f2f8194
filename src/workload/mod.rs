//! Sources of accesses: what is drawn or read in each tick.

pub mod alias;
pub mod arrivals;
pub mod modulation;
pub mod pairs;
