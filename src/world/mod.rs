//! What a run carries from tick to tick besides the fabric: entities of nodes and wormholes, and resources.

pub mod components;
pub mod journal;
pub mod resources;
pub mod sketch;
