//! Experiments: what many runs say together. A run is one sample; an experiment has arms, points and replications, and
//! intervals for what it finds.

pub mod latin;
pub mod outcome;
pub mod statistics;
pub mod table;
