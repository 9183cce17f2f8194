//! What routers and policies learn with: tables of estimates.

pub mod rows;
