//! Routers, a file each.

pub mod measured_delay;
pub mod multipath;
pub mod q_routing;
pub mod shortest_path;
