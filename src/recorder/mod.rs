//! Frames, gauges, summary, phases and stability of a run. It reads the world and changes nothing.
//!
//! Accesses are measured where they are delivered in or after tick `warmup_ticks`; totals of accesses cover the whole
//! run.

pub mod bottlenecks;
mod delivered;
pub mod flows;
pub mod frame;
pub mod gauges;
pub mod phases;
pub mod stability;
mod state;
pub mod summary;

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Resource, World};
use serde::{Deserialize, Serialize};

use crate::fabric::{Fabric, Passed, Totals, Waits, WormholeId, since};
use crate::scenario::{Scenario, Tick};
use crate::world::resources::Loads;
use crate::world::wormholes::Wormholes;
use delivered::Delivered;
use flows::Flows;
use frame::Frame;
use gauges::Gauges;
use phases::Phases;
use stability::Stability;
pub use state::RecorderState;

/// State at the end of the warm-up, from which measured totals are counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Baseline {
    totals: Totals,
    gauges: Gauges,
    loads: Vec<u64>,
    waits: Waits,
    wormholes: WormholeWaits,
}

/// What departed over wormholes since the start, and how long it waited for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WormholeWaits {
    /// By wormhole that is held: from the end with the smaller id, and from the other.
    pub held: BTreeMap<WormholeId, [Passed; 2]>,
    /// Over all that are archived.
    pub archived: Passed,
}

impl WormholeWaits {
    /// Those of a world between two ticks.
    pub fn of(world: &World) -> Self {
        let table = world.resource::<Wormholes>();
        Self { held: table.passed(world), archived: table.history.passed }
    }

    /// All counts.
    fn counts(&self) -> impl Iterator<Item = u64> {
        let all = self.held.values().flatten().chain([&self.archived]);
        all.flat_map(|passed| [passed.accesses, passed.waited])
    }

    /// What has come since they were `start`.
    fn since(&self, start: &Self) -> Self {
        let before = |id: &WormholeId| start.held.get(id).copied().unwrap_or_default();
        let held = self.held.iter().map(|(id, now)| {
            let before = before(id);
            (*id, [now[0].since(before[0]), now[1].since(before[1])])
        });
        // What departed before over those that are archived by now.
        let mut archived = start.archived;
        let gone = start.held.iter().filter(|(id, _)| !self.held.contains_key(id));
        gone.flat_map(|(_, passed)| passed).for_each(|&passed| archived += passed);
        Self { held: held.collect(), archived: self.archived.since(archived) }
    }
}

/// Counters of what was measured so far.
#[derive(Debug)]
pub struct Measured {
    /// Ticks that were measured.
    pub ticks: Tick,
    /// Departures by port.
    pub loads: Vec<u64>,
    /// Where accesses waited.
    pub waits: Waits,
    /// What wormholes carried.
    pub wormholes: WormholeWaits,
}

/// The recorder of a run.
#[derive(Debug, Resource)]
pub struct Recorder {
    every: Option<Tick>,
    warmup: Tick,
    /// The tick observed last.
    now: Tick,
    frame: Delivered,
    frame_totals: Totals,
    frame_gauges: Gauges,
    /// The frame that was closed last, until it is taken, and the tick that it ended with.
    frame_closed: Option<Box<Frame>>,
    closed_at: Option<Tick>,
    measured: Delivered,
    baseline: Option<Baseline>,
    stability: Stability,
    flows: Flows,
    phases: Phases,
}

impl Recorder {
    /// A recorder for a run of `scenario` from its first tick.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            every: scenario.record.every_ticks,
            warmup: scenario.warmup_ticks,
            now: 0,
            frame: Delivered::new(),
            frame_totals: Totals::default(),
            frame_gauges: Gauges::default(),
            frame_closed: None,
            closed_at: None,
            measured: Delivered::new(),
            baseline: None,
            stability: Stability::new(scenario.warmup_ticks),
            flows: Flows::new(scenario.topology.node_count() as u32),
            phases: Phases::new(scenario),
        }
    }

    /// Takes the frame that was closed last, if it was not taken before.
    pub fn take_frame(&mut self) -> Option<Box<Frame>> {
        self.frame_closed.take()
    }

    /// Latencies of measured accesses, ticks, the shortest first, and how many accesses had each. From 2,048 ticks on,
    /// the longest of those that are told apart no further.
    pub fn latencies(&self) -> impl Iterator<Item = (u64, u64)> {
        self.measured.occurred()
    }

    /// What became of measured accesses so far, by origin and target.
    pub fn flows(&self) -> &Flows {
        &self.flows
    }

    /// What was measured up to the tick observed last, in `world`.
    pub fn measured(&self, world: &World) -> Measured {
        let fabric = world.resource::<Fabric>();
        let (loads, wormholes) = (world.resource::<Loads>().so_far(fabric), WormholeWaits::of(world));
        let (nothing, no_wormholes) = (Waits::default(), WormholeWaits::default());
        let (loads_before, waits_before, wormholes_before) = match &self.baseline {
            Some(base) => (&base.loads[..], &base.waits, &base.wormholes),
            None if self.warmup == 0 => (&[][..], &nothing, &no_wormholes),
            None => (&loads[..], &fabric.waits, &wormholes),
        };
        Measured {
            ticks: (self.now + 1).saturating_sub(self.warmup),
            loads: since(&loads, loads_before),
            waits: fabric.waits.since(waits_before),
            wormholes: wormholes.since(wormholes_before),
        }
    }

    /// Adds what happened in the present tick of `fabric`.
    #[inline]
    pub fn observe(&mut self, fabric: &Fabric) {
        let now = fabric.now;
        self.now = now;
        for access in &fabric.delivered {
            if now >= self.warmup {
                self.measured.add(access);
            }
            if self.every.is_some() {
                self.frame.add(access);
            }
        }
        if now >= self.warmup {
            self.flows.observe(fabric);
        }
        self.phases.observe(fabric, (self.measured.count, self.measured.latency));
        if self.stability.wants(now) {
            self.stability.observe(now, fabric.queues_now());
        }
    }

    /// Whether [`Self::close_tick`] is due after the tick observed last.
    #[inline]
    pub fn closes_something(&self) -> bool {
        self.now + 1 == self.warmup || self.frame_is_due()
    }

    #[inline]
    fn frame_is_due(&self) -> bool {
        self.every.is_some_and(|every| (self.now + 1).is_multiple_of(every))
    }

    /// Closes the frame, and the warm-up, if they end with the tick observed last.
    pub fn close_tick(&mut self, world: &World) {
        let (now, fabric, gauges) = (self.now, world.resource::<Fabric>(), gauges::take(world));
        if now + 1 == self.warmup {
            self.baseline = Some(Baseline {
                totals: fabric.totals,
                gauges,
                loads: world.resource::<Loads>().so_far(fabric),
                waits: fabric.waits.clone(),
                wormholes: WormholeWaits::of(world),
            });
        }
        if self.frame_is_due() {
            self.close_frame(fabric, gauges);
        }
    }

    /// Closes the frame that is under way, if there is one, after the last tick of a run.
    pub fn finish(&mut self, world: &World) {
        if self.every.is_some() && self.closed_at != Some(self.now) {
            self.close_frame(world.resource(), gauges::take(world));
        }
    }

    fn close_frame(&mut self, fabric: &Fabric, gauges: Gauges) {
        let frame = frame::close(self.now, fabric, &self.frame, &self.frame_totals, &self.frame_gauges, &gauges);
        (self.frame_closed, self.closed_at) = (Some(Box::new(frame)), Some(self.now));
        self.frame.clear();
        self.frame_totals = fabric.totals;
        self.frame_gauges = gauges;
    }
}
