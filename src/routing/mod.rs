//! Path finding on the network as it is at a tick.

pub mod cache;
pub mod distance;
pub mod fields;
pub mod measured_delay;
pub mod multipath;
pub mod repriced;
pub mod route;
pub mod shortest_path;
pub mod trees;
pub mod view;

#[cfg(test)]
mod churn;
