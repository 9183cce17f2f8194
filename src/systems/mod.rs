//! The tick: which systems run, in which order. The order of systems stands here and nowhere else; what is rarely due
//! is run by the system that finds it due, before that one ends: events and failures by `begin_tick`, phases and kinds
//! by `reinforce_and_fade`, frames by `observe`.

mod decay;
mod entropy;
mod events;
pub mod gravity;
mod params;
mod paths;
mod persistence;
mod record;
mod router;
mod traffic;

use bevy_ecs::prelude::{IntoScheduleConfigs, Res, Schedule, SystemSet};
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};

use crate::opening::policy::ActivePolicy;
use crate::world::resources::Clock;

/// The sets of a tick, run in this order.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TickSystems {
    /// The clock moves; failures, restorations and changes of capacity happen, by events and by processes.
    Events,
    /// Accesses whose transit ends arrive: at their target, or in a FIFO. New ones are drawn and enter.
    Traffic,
    /// Masses follow the accesses; wormholes open where the opening policy proposes, within the budget.
    Gravity,
    /// Strength fades and is reinforced by use; kinds and phases change; upkeep is paid.
    Decay,
    /// Entropies of nodes, wormholes and the network.
    Entropy,
    /// Every node serves its FIFO; the router picks ports and learns.
    Router,
    /// The journal of the tick is handed on; snapshots are taken when due, between ticks.
    Persistence,
    /// Metrics are read. Nothing is changed.
    Record,
}

/// Number of systems in the schedule.
pub const SYSTEMS: usize = 9;

/// The schedule of a tick. Any two systems that touch the same data must be ordered: ambiguity is an error, and
/// nothing is exempted from that check.
pub fn schedule() -> Schedule {
    schedule_added_in(std::array::from_fn(|system| system))
}

fn opening_is_due(clock: Res<Clock>, opening: Res<ActivePolicy>) -> bool {
    opening.is_due(clock.now)
}

fn entropy_is_due(clock: Res<Clock>) -> bool {
    clock.entropy_is_due()
}

/// The same schedule with its systems added in another order, which must make no difference.
pub fn schedule_added_in(order: [usize; SYSTEMS]) -> Schedule {
    use TickSystems::*;
    let mut schedule = Schedule::default();
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        hierarchy_detection: LogLevel::Error,
        ..Default::default()
    });
    schedule.configure_sets((Events, Traffic, Gravity, Decay, Entropy, Router, Persistence, Record).chain());
    // No system of the schedule leaves commands behind.
    schedule.set_apply_final_deferred(false);
    for system in order {
        match system {
            0 => schedule.add_systems(events::begin_tick.in_set(Events)),
            1 => schedule.add_systems(traffic::arrive_and_inject.in_set(Traffic)),
            2 => schedule.add_systems(gravity::follow_accesses.in_set(Gravity)),
            3 => schedule.add_systems(
                gravity::open_wormholes.in_set(Gravity).after(gravity::follow_accesses).run_if(opening_is_due),
            ),
            4 => schedule.add_systems(decay::reinforce_and_fade.in_set(Decay)),
            5 => schedule.add_systems(entropy::measure.in_set(Entropy).run_if(entropy_is_due)),
            6 => schedule.add_systems(router::route.in_set(Router)),
            7 => schedule.add_systems(persistence::hand_on.in_set(Persistence).run_if(persistence::is_news)),
            _ => schedule.add_systems(record::observe.in_set(Record)),
        };
    }
    schedule
}
