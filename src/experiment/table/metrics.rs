//! The numbers of a summary as columns, their units in their names; its `stable` is the run's status.

use crate::recorder::summary::Summary;

/// How a number is read from a summary; none if the run does not have it.
#[derive(Clone, Copy)]
pub(super) enum Metric {
    Count(fn(&Summary) -> Option<u64>),
    Number(fn(&Summary) -> Option<f64>),
}

use Metric::{Count, Number};

/// All numbers of a summary but its version and seed. No name is that of a field of a scenario, which a factor may
/// have.
pub(super) const METRICS: [(&str, Metric); 51] = [
    ("simulated_ticks", Count(|s| Some(s.ticks.into()))),
    ("planned_ticks", Count(|s| Some(s.ticks_planned.into()))),
    ("measured_ticks", Count(|s| Some(s.measured_ticks.into()))),
    ("injected_accesses", Count(|s| Some(s.accesses.injected))),
    ("delivered_accesses", Count(|s| Some(s.accesses.delivered))),
    ("in_flight_accesses", Count(|s| Some(s.accesses.in_flight))),
    ("dropped_queue_full_accesses", Count(|s| dropped(s, "queue_full"))),
    ("dropped_link_full_accesses", Count(|s| dropped(s, "link_full"))),
    ("dropped_hop_limit_accesses", Count(|s| dropped(s, "hop_limit"))),
    ("dropped_unreachable_accesses", Count(|s| dropped(s, "unreachable"))),
    ("dropped_failed_accesses", Count(|s| dropped(s, "failed"))),
    ("latency_mean_ticks", Number(|s| s.latency_ticks.mean)),
    ("latency_p50_ticks", Count(|s| s.latency_ticks.p50)),
    ("latency_p95_ticks", Count(|s| s.latency_ticks.p95)),
    ("latency_p99_ticks", Count(|s| s.latency_ticks.p99)),
    ("latency_max_ticks", Count(|s| s.latency_ticks.max)),
    ("propagation_mean_ticks", Number(|s| s.latency_parts_ticks.propagation)),
    ("processing_mean_ticks", Number(|s| s.latency_parts_ticks.processing)),
    ("node_wait_mean_ticks", Number(|s| s.latency_parts_ticks.node_wait)),
    ("link_wait_mean_ticks", Number(|s| s.latency_parts_ticks.link_wait)),
    ("setup_mean_ticks", Number(|s| s.latency_parts_ticks.setup)),
    ("hops_mean", Number(|s| s.hops.mean)),
    ("wormhole_hops_share", Number(|s| s.hops.wormhole_share)),
    ("stretch_mean", Number(|s| s.stretch.mean)),
    ("stretch_p95", Number(|s| s.stretch.p95)),
    ("stretch_sampled_accesses", Count(|s| Some(s.stretch.sampled))),
    ("availability_nodes_share", Number(|s| s.availability.nodes)),
    ("availability_links_share", Number(|s| s.availability.links)),
    ("throughput_accesses_per_tick", Number(|s| s.throughput_per_tick)),
    ("active_wormholes", Count(|s| Some(s.wormholes.active.into()))),
    ("dormant_wormholes", Count(|s| Some(s.wormholes.dormant.into()))),
    ("archived_wormholes", Count(|s| Some(s.wormholes.archived.into()))),
    ("opened_wormholes", Count(|s| Some(s.wormholes.opened.into()))),
    ("reopened_wormholes", Count(|s| Some(s.wormholes.reopened.into()))),
    ("closed_wormholes", Count(|s| Some(s.wormholes.closed.into()))),
    ("energy_saved_ticks", Number(|s| Some(s.costs.saved))),
    ("energy_upkeep_ticks", Number(|s| Some(s.costs.upkeep))),
    ("energy_opening_ticks", Number(|s| Some(s.costs.opening))),
    ("energy_net_ticks", Number(|s| Some(s.costs.net))),
    ("energy_opening_in_warmup_ticks", Number(|s| Some(s.costs.opening_in_warmup))),
    ("network_entropy_share", Number(|s| Some(s.entropy.network))),
    ("network_entropy_bits", Number(|s| Some(s.entropy.network_bits))),
    ("nodes_entropy_mean_share", Number(|s| Some(s.entropy.nodes_mean))),
    ("wormholes_entropy_mean_share", Number(|s| s.entropy.wormholes_mean)),
    ("waiting_window_1_accesses", Number(|s| s.stability.waiting_means[0])),
    ("waiting_window_2_accesses", Number(|s| s.stability.waiting_means[1])),
    ("waiting_window_3_accesses", Number(|s| s.stability.waiting_means[2])),
    ("waiting_window_4_accesses", Number(|s| s.stability.waiting_means[3])),
    ("waiting_growth_accesses_per_tick", Number(|s| s.stability.growth_per_tick)),
    ("growing_queues", Count(|s| Some(s.stability.growing_queues))),
    ("overloaded_queues", Count(|s| Some(s.stability.overloaded_queues))),
];

fn dropped(summary: &Summary, reason: &str) -> Option<u64> {
    summary.accesses.dropped.get(reason).copied()
}
