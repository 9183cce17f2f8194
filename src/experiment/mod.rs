//! Experiments: what many runs say together. A run is one sample; an experiment has arms, points and replications, and
//! intervals for what it finds.
//!
//! ```text
//! Plan ──> Tasks ──batch──> Outcomes ──> Comparison | Sweep, Table
//!         (arm, point, replication)
//!
//! Summary, Bottlenecks of a run ──> Diagnosis ──> Candidates ──batch──> Advice
//! ```

pub mod advice;
pub mod arm;
pub mod batch;
pub mod bound;
pub mod break_even;
pub mod candidates;
pub mod comparison;
pub mod diagnosis;
pub mod direct_use;
pub mod expected_load;
pub mod headline;
pub mod latin;
pub mod list;
pub mod mean_bound;
pub mod measure;
pub mod outcome;
pub mod phases;
pub mod plan;
pub mod simulate;
pub mod statistics;
pub mod sweep;
pub mod table;
pub mod verdict;
