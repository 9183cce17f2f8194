//! Wormsim: a deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.

pub mod physics;
pub mod recorder;
pub mod scenario;
pub mod topology;
