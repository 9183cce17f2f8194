//! Wormsim: a deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.

pub mod cli;
pub mod error;
pub mod learning;
pub mod physics;
pub mod recorder;
pub mod report;
pub mod routing;
pub mod scenario;
pub mod simulation;
pub mod store;
pub mod systems;
pub mod topology;
pub mod workload;
pub mod world;
