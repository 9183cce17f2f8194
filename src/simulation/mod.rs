//! A run in memory: the world of a scenario and the schedule of its tick. The entry point of the library.

pub mod build;
pub mod check;
pub mod digest;
pub mod snapshot;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use bevy_ecs::prelude::{Mut, Res, ResMut, Schedule, World};
use bevy_ecs::system::SystemState;

use crate::error::Error;
use crate::fabric::{Fabric, Totals};
use crate::recorder::frame::Frame;
use crate::recorder::gauges::{self, Gauges};
use crate::recorder::summary::Summary;
use crate::recorder::{Measured, Recorder};
use crate::scenario::raw::RawScenario;
use crate::scenario::{self, Assignment, Kinds, Loaded, Scenario, ScenarioError, Tick};
use crate::workload::Source;
use crate::world::components::{Entropy, Ledger, Mass, Strength, Wormhole};
use crate::world::history::Archived;
use crate::world::journal::{Outbox, Record};
use crate::world::resources::{Clock, Sources};
use crate::world::wormholes::Wormholes;
use crate::{opening, routers, systems};
use digest::Digests;
use snapshot::Snapshot;

/// Accesses in flight that end a run: queues that long never drain, and would only fill the memory (about 2 GB).
pub const MAX_IN_FLIGHT: u32 = 20_000_000;

/// Rows of digests in a run: as many as this to twice as many, once it is long enough.
const CHECKS: Tick = 16;

/// Ticks from one such check to the next in a run of `done` ticks: a power of two, at least 64; it does not depend on
/// how long the run will be.
pub fn between_checks(done: Tick) -> Tick {
    (done / CHECKS).next_power_of_two().max(64)
}

/// Ticks from one check that all values are finite to the next, at the least: it reads all that a router has learned.
const LEAST_BETWEEN_FINITE: Tick = 1024;

/// The routers and opening policies that come with this crate.
pub fn kinds() -> Kinds {
    Kinds::new(&routers::ALL, &opening::ALL)
}

/// Loads a scenario file that chooses among [`kinds`], with some of its values replaced.
///
/// # Errors
/// Those of [`scenario::load`].
pub fn load(file: &Path, assignments: &[Assignment]) -> Result<Loaded, ScenarioError> {
    scenario::load(file, assignments, &kinds())
}

/// The same from a text; see [`scenario::load_text`].
///
/// # Errors
/// Those of [`scenario::load_text`].
pub fn load_text(text: &str, file: &Path, assignments: &[Assignment]) -> Result<Loaded, ScenarioError> {
    scenario::load_text(text, file, assignments, &kinds())
}

/// Makes a scenario that was put together in code, by the same rules; see [`scenario::from_raw`].
///
/// # Errors
/// Those of [`scenario::from_raw`].
pub fn from_raw(raw: &RawScenario) -> Result<Loaded, ScenarioError> {
    scenario::from_raw(raw, Path::new(""), &kinds())
}

/// A run of a scenario.
///
/// ```
/// # fn main() -> Result<(), wormsim::error::Error> {
/// use std::path::Path;
/// use wormsim::simulation::{Simulation, load};
///
/// let loaded = load(Path::new("scenarios/boyan-littman-6x6.json"), &[])?;
/// let mut simulation = Simulation::new(loaded.scenario.into())?;
/// simulation.run_until(100, &mut ())?;
/// let accesses = simulation.summary().accesses;
/// assert_eq!(accesses.injected, accesses.delivered + accesses.in_flight);
/// # Ok(())
/// # }
/// ```
pub struct Simulation {
    scenario: Arc<Scenario>,
    world: World,
    schedule: Schedule,
    after_tick: SystemState<AfterTick<'static>>,
}

/// What is looked at after every tick.
type AfterTick<'w> = (Res<'w, Clock>, ResMut<'w, Sources>, ResMut<'w, Recorder>, ResMut<'w, Outbox>);

/// What happened in a tick. It is kept nowhere else.
#[derive(Debug, Clone, Default)]
pub struct Happened {
    /// Lines of the journal.
    pub records: Vec<Record>,
    /// Wormholes that were archived, as they were.
    pub archived: Vec<Archived>,
    /// The frame of metrics that ended with the tick, if one did.
    pub frame: Option<Box<Frame>>,
}

/// A few numbers of the present state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Ticks simulated.
    pub ticks: Tick,
    /// Accesses of the whole run.
    pub totals: Totals,
    /// Accesses under way.
    pub in_flight: u32,
    /// Those of them that wait in FIFOs of nodes.
    pub queued: u64,
    /// Gauges of nodes and wormholes.
    pub gauges: Gauges,
}

/// Who sees a run tick by tick. `()` sees nothing; a closure of the same form is one, too.
pub trait Observer {
    /// Called after every tick; [`ControlFlow::Break`] stops the run there.
    fn tick(&mut self, simulation: &Simulation, happened: &Happened) -> ControlFlow<()>;
}

impl Observer for () {
    fn tick(&mut self, _: &Simulation, _: &Happened) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(&Simulation, &Happened) -> ControlFlow<()>> Observer for F {
    fn tick(&mut self, simulation: &Simulation, happened: &Happened) -> ControlFlow<()> {
        self(simulation, happened)
    }
}

impl Simulation {
    /// A run before its first tick.
    ///
    /// # Errors
    /// Those of [`build::world`].
    pub fn new(scenario: Arc<Scenario>) -> Result<Self, Error> {
        Self::with_schedule(scenario, systems::schedule())
    }

    /// A run by another schedule than the usual one, for tests of the schedule.
    ///
    /// # Errors
    /// Those of [`build::world`].
    pub fn with_schedule(scenario: Arc<Scenario>, schedule: Schedule) -> Result<Self, Error> {
        let mut simulation = Self::bare(scenario, schedule)?;
        systems::gravity::begin(&mut simulation.world);
        Ok(simulation)
    }

    /// A run in which the opening policy has not opened anything before the first tick.
    fn bare(scenario: Arc<Scenario>, schedule: Schedule) -> Result<Self, Error> {
        let mut world = build::world(&scenario)?;
        let after_tick = SystemState::new(&mut world);
        Ok(Self { scenario, world, schedule, after_tick })
    }

    /// A run that goes on from a snapshot of the same scenario, bit for bit as if it had never stopped.
    ///
    /// # Errors
    /// Those of [`Self::new`], and [`Error::ForeignSnapshot`].
    pub fn restore(scenario: Arc<Scenario>, snapshot: Snapshot) -> Result<Self, Error> {
        let mut simulation = Self::bare(scenario, systems::schedule())?;
        snapshot::restore(&mut simulation.world, snapshot)?;
        Ok(simulation)
    }

    /// A run of another scenario from here on, with this one's past; the scenario may differ in what
    /// [`Lineage::fork`](crate::scenario::lineage::Lineage::fork) allows.
    ///
    /// # Errors
    /// Those of [`Self::restore`], and those of the other scenario's router.
    pub fn branch(&self, scenario: Arc<Scenario>) -> Result<Self, Error> {
        let mut simulation = Self::bare(scenario, systems::schedule())?;
        snapshot::branch(&mut simulation.world, &self.world, self.snapshot())?;
        if simulation.scenario.wormholes.policy != self.scenario.wormholes.policy {
            systems::gravity::begin(&mut simulation.world);
        }
        Ok(simulation)
    }

    /// All that influences the future, and what was recorded so far.
    pub fn snapshot(&self) -> Snapshot<'_> {
        snapshot::take(&self.world)
    }

    /// What is run.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// The world, to be read.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Ticks simulated so far.
    pub fn ticks_done(&self) -> Tick {
        self.world.resource::<Clock>().next
    }

    /// Simulates one tick and returns what happened in it. At every frame the invariants of the data plane are checked;
    /// now and then, and after the last tick of the scenario, that all values are finite.
    ///
    /// # Errors
    /// What a source met when it read on, such as a trace that was changed during the run; [`Error::NonFinite`];
    /// [`Error::Invariant`].
    pub fn step(&mut self) -> Result<Happened, Error> {
        self.schedule.run(&mut self.world);
        let told = self.after_tick.get_mut(&mut self.world);
        let (clock, mut sources, mut recorder, mut outbox) = told.expect("resources are there between ticks");
        if let Some(error) = sources.failed.take() {
            return Err(error);
        }
        let (done, frame) = (clock.next, recorder.take_frame());
        let Outbox { journal, archived } =
            if outbox.journal.is_empty() { Outbox::default() } else { std::mem::take(&mut *outbox) };
        if !journal.is_empty() {
            // What was removed from entities would be remembered for ever.
            self.world.clear_trackers();
        }
        if frame.is_some() {
            self.check_invariants()?;
        }
        if done == self.scenario.ticks || done.is_multiple_of(between_checks(done).max(LEAST_BETWEEN_FINITE)) {
            self.check_finite()?;
        }
        Ok(Happened { records: journal, archived, frame })
    }

    /// Simulates all ticks of the scenario, or until the observer breaks off.
    ///
    /// # Errors
    /// Those of [`Self::step`].
    pub fn run(&mut self, observer: &mut impl Observer) -> Result<(), Error> {
        self.run_until(Tick::MAX, observer)
    }

    /// Simulates until so many ticks are done or the scenario is over, or until the observer breaks off. After the last
    /// tick of the scenario the run is ended as by [`Self::end`]; the observer sees the frame that this closes.
    ///
    /// # Errors
    /// Those of [`Self::step`] and [`Self::end`].
    pub fn run_until(&mut self, ticks: Tick, observer: &mut impl Observer) -> Result<(), Error> {
        while self.ticks_done() < ticks.min(self.scenario.ticks) {
            let mut happened = self.step()?;
            if self.ticks_done() == self.scenario.ticks {
                let rest = self.end()?;
                happened.frame = happened.frame.or(rest);
            }
            if observer.tick(self, &happened).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Ends the run after the last tick that was simulated, be it that of the scenario or an earlier one: checks that
    /// all values are finite, reads every trace once more to its end, as no result may be given as that of files that
    /// were changed meanwhile, and returns the frame of metrics that was under way, if there was one.
    ///
    /// # Errors
    /// [`Error::NonFinite`], [`Error::Invariant`], [`Error::ChangedInput`], or a trace that can no longer be read.
    pub fn end(&mut self) -> Result<Option<Box<Frame>>, Error> {
        self.check_finite()?;
        self.check_invariants()?;
        self.world.resource::<Sources>().all.iter().try_for_each(Source::check_input)?;
        self.world.resource_scope(|world, mut recorder: Mut<Recorder>| recorder.finish(world));
        Ok(self.world.resource_mut::<Recorder>().take_frame())
    }

    /// Serves nodes in an order that is not that of their numbers.
    #[cfg(test)]
    pub(crate) fn serve_in(&mut self, order: Option<fn(&mut Vec<u32>)>) {
        self.world.resource_mut::<Fabric>().serving_order = order;
    }

    fn check_invariants(&self) -> Result<(), Error> {
        check::invariants(&self.world, &self.scenario.topology)
    }

    fn check_finite(&self) -> Result<(), Error> {
        check::finite(&self.world, &self.scenario.topology)
    }

    /// Hashes all accesses that enter from now on: tick, origin, target and size of each.
    pub fn listen(&mut self) {
        self.world.resource_mut::<Sources>().listener = Some(Box::default());
    }

    /// BLAKE3 of the accesses that entered since [`Self::listen`], if it was called.
    pub fn heard(&self) -> Option<blake3::Hash> {
        let listener = self.world.resource::<Sources>().listener.as_ref();
        listener.map(|listener| listener.finalize())
    }

    /// Accesses under way.
    pub fn in_flight(&self) -> u32 {
        self.world.resource::<Fabric>().accesses.len()
    }

    /// A few numbers of the present state.
    pub fn observe(&self) -> Observation {
        let fabric = self.world.resource::<Fabric>();
        Observation {
            ticks: self.ticks_done(),
            totals: fabric.totals,
            in_flight: self.in_flight(),
            queued: fabric.queued(),
            gauges: gauges::take(&self.world),
        }
    }

    /// Latencies of measured accesses so far; see [`Recorder::latencies`].
    pub fn latencies(&self) -> impl Iterator<Item = (u64, u64)> {
        self.world.resource::<Recorder>().latencies()
    }

    /// What was measured so far, where it happened.
    pub fn measured(&self) -> Measured {
        self.world.resource::<Recorder>().measured(&self.world)
    }

    /// Whether the scenario asks for a snapshot of the present state.
    pub fn snapshot_is_due(&self) -> bool {
        self.world.resource::<Clock>().snapshot_is_due()
    }

    /// Digests of the present state.
    pub fn digest(&self) -> Digests {
        digest::take(&self.world)
    }

    /// The same of a state whose values are all finite, so that it can be restored.
    ///
    /// # Errors
    /// [`Error::NonFinite`].
    pub fn checked_digest(&self) -> Result<Digests, Error> {
        self.check_finite()?;
        Ok(self.digest())
    }

    /// The numbers of the run so far.
    pub fn summary(&self) -> Summary {
        let last = self.world.resource::<Clock>().now;
        self.world.resource::<Recorder>().summary(&self.scenario, last, &self.world, self.digest().whole())
    }

    /// Active and dormant wormholes, in the order of ids.
    pub fn wormholes(&self) -> impl Iterator<Item = (&Wormhole, &Strength, &Mass, &Entropy, &Ledger)> {
        let entities = self.world.resource::<Wormholes>().entities();
        entities
            .map(|entity| self.world.entity(entity).components::<(&Wormhole, &Strength, &Mass, &Entropy, &Ledger)>())
    }
}
