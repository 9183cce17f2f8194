//! Wormsim: a deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.

pub mod recorder;
pub mod report;
pub mod scenario;
pub mod topology;
