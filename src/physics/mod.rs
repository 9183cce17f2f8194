//! The models as pure functions on plain numbers. Systems apply them; nothing here knows the world.

pub mod decay;
pub mod entropy;
pub mod geometry;
pub mod gravity;
pub mod renewal;
