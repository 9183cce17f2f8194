//! What a parameter is when a scenario does not write it, for types that both what is written and what is validated
//! use; sections that are only written have their defaults beside them. The schema quotes them.

use super::{
    CapacityUnit, Choice, DecayParameters, Diurnal, GravityParameters, Injection, KindParameters, NodeRules,
    OrInfinite, PersistenceRules, RecordRules, Tick, WormholeParameters,
};

/// Seed of a scenario that names none.
pub(super) fn seed() -> u64 {
    1
}

/// Length of a run.
pub(super) fn ticks() -> Tick {
    10_000
}

/// Real time of a tick, ms.
pub(super) fn tick_ms() -> f64 {
    1.0
}

/// Warm-up of a run of `ticks`: a tenth.
pub(super) fn warmup_ticks(ticks: Tick) -> Tick {
    ticks / 10
}

/// The router of a scenario that names none.
pub(super) fn router() -> Choice {
    Choice::of("q_routing")
}

/// Shards of a network of `nodes`.
pub(super) fn shards(nodes: u32) -> u32 {
    nodes.min(16)
}

/// Name of the workload or process `kind` at `index`.
pub(super) fn numbered_name(kind: &str, index: usize) -> String {
    format!("{kind}-{index}")
}

/// Zipf's exponent: Zipf's law.
pub(super) fn zipf_exponent() -> f64 {
    1.0
}

/// Latency of generated links.
pub(super) fn latency_ticks() -> u32 {
    1
}

/// Latency across the square of a random geometric network, ticks.
pub(super) fn latency_ticks_per_unit() -> f64 {
    10.0
}

/// Share of links that a small world moves.
pub(super) fn rewiring() -> f64 {
    0.1
}

/// Rise of a flash crowd.
pub(super) fn rise_ticks() -> Tick {
    100
}

/// Plateau of a flash crowd.
pub(super) fn hold_ticks() -> Tick {
    1000
}

/// Fall of a flash crowd.
pub(super) fn fall_ticks() -> Tick {
    500
}

/// Size of a flash crowd.
pub(super) fn crowd_factor() -> f64 {
    5.0
}

impl Default for NodeRules {
    fn default() -> Self {
        Self {
            service_per_tick: 1,
            queue_limit: Some(1000),
            injection: Injection::Queued,
            processing_ticks: 0,
            max_hops: Some(64),
            link_queue_limit: Some(1000),
            capacity_unit: CapacityUnit::Accesses,
        }
    }
}

impl Default for Diurnal {
    fn default() -> Self {
        Self { period_ticks: 10_000, amplitude: 0.5, phase: 0.0 }
    }
}

impl Default for GravityParameters {
    fn default() -> Self {
        Self {
            constant: 1.0,
            distance_exponent: 0.0,
            mass_memory_ticks: 1000.0,
            review_every_ticks: 50,
            prior_accesses: OrInfinite(100.0),
            sketch_pairs: 1024,
            massive_nodes: 16,
            min_pull: None,
            max_openings: 4,
        }
    }
}

impl Default for DecayParameters {
    fn default() -> Self {
        Self {
            fade_per_tick: 0.002,
            gain_per_traversal: 0.01,
            dormant_below: 0.05,
            pay_review_ticks: 1000,
            archive_after_ticks: 10_000,
            reopen_after_ticks: 2000,
        }
    }
}

impl Default for WormholeParameters {
    fn default() -> Self {
        Self {
            initial_strength: 0.3,
            max_capacity_per_tick: 16,
            upkeep_per_tick: 0.1,
            opening_cost: 100.0,
            reopening_share: 0.25,
            setup_ticks: 20,
            min_span_ticks: 2,
            kinds: KindParameters::default(),
        }
    }
}

pub fn enabled() -> bool {
    true
}

impl Default for KindParameters {
    fn default() -> Self {
        Self { standard_above: 0.45, standard_below: 0.35, fast_above: 0.75, fast_below: 0.65 }
    }
}

impl Default for RecordRules {
    fn default() -> Self {
        Self { every_ticks: Some(100), plots: true }
    }
}

impl Default for PersistenceRules {
    fn default() -> Self {
        Self {
            snapshot_every_ticks: None,
            checkpoint_every_ticks: None,
            checkpoint_every_seconds: Some(60),
            checkpoints_kept: 2,
        }
    }
}
