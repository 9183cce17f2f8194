//! What experiments leave behind: the comparison of arms and the sweep of factors, with their intervals.
//!
//! The types of their files stand here; nothing here touches the file system.

pub mod comparison;
pub mod statistics;
pub mod sweep;
