//! What a run carries from tick to tick besides the fabric: entities of nodes and wormholes, the table of wormholes,
//! and resources.

pub mod components;
pub mod failures;
pub mod history;
pub mod journal;
pub mod resources;
pub mod rides;
pub mod sketch;
pub mod wormholes;
