//! Pure functions on plain numbers: the formulas that systems apply.

pub mod geometry;
