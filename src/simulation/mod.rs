//! A run in memory: the world of a scenario and the schedule of its tick.

pub mod build;
pub mod check;
pub mod digest;
pub mod snapshot;

use std::sync::Arc;

use bevy_ecs::prelude::{Mut, Schedule, World};

use crate::error::Error;
use crate::fabric::Fabric;
use crate::recorder::frame::Frame;
use crate::recorder::levels::{self, Levels};
use crate::recorder::summary::Summary;
use crate::recorder::{Measured, Recorder};
use crate::scenario::{Scenario, Tick};
use crate::systems;
use crate::workload::Source;
use crate::world::components::{Entropy, Ledger, Mass, Strength, Wormhole};
use crate::world::journal::Outbox;
use crate::world::journal::Record;
use crate::world::resources::{Clock, Loads, Registry, Sources};
use digest::Digests;
use snapshot::Snapshot;

/// Accesses in flight that end a run: queues that long never drain, and would only fill the memory (about 2 GB).
pub const MAX_IN_FLIGHT: u32 = 20_000_000;

/// A run of a scenario.
///
/// ```
/// # fn main() -> Result<(), wormsim::error::Error> {
/// use std::path::Path;
/// use wormsim::scenario;
/// use wormsim::simulation::Simulation;
///
/// let loaded = scenario::load(Path::new("scenarios/boyan-littman-6x6.json"), &[])?;
/// let mut simulation = Simulation::new(loaded.scenario.into())?;
/// for _ in 0..100 {
///     simulation.tick()?;
/// }
/// let accesses = simulation.summary().accesses;
/// assert_eq!(accesses.injected, accesses.delivered + accesses.in_flight);
/// # Ok(())
/// # }
/// ```
pub struct Simulation {
    scenario: Arc<Scenario>,
    world: World,
    schedule: Schedule,
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
        let world = build::world(&scenario)?;
        Ok(Self { scenario, world, schedule })
    }

    /// A run that goes on from a snapshot of the same scenario, bit for bit as if it had never stopped.
    ///
    /// # Errors
    /// Those of [`Self::new`], and [`Error::ForeignSnapshot`].
    pub fn resume(scenario: Arc<Scenario>, snapshot: Snapshot) -> Result<Self, Error> {
        let mut simulation = Self::new(scenario)?;
        snapshot::restore(&mut simulation.world, snapshot)?;
        Ok(simulation)
    }

    /// A run of another scenario from here on, with this one's past; the scenario may differ in what
    /// [`Course::fork`](crate::scenario::course::Course::fork) allows.
    ///
    /// # Errors
    /// Those of [`Self::resume`], and those of the other scenario's router.
    pub fn branch(&self, scenario: Arc<Scenario>) -> Result<Self, Error> {
        let mut simulation = Self::new(scenario)?;
        snapshot::branch(&mut simulation.world, &self.scenario, &simulation.scenario, self.snapshot())?;
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

    /// Simulates one tick.
    ///
    /// # Errors
    /// What a source met when it read on, such as a trace that was changed during the run.
    pub fn tick(&mut self) -> Result<(), Error> {
        self.schedule.run(&mut self.world);
        match self.world.resource_mut::<Sources>().failed.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Hashes all accesses that enter from now on: tick, origin, target and size of each.
    pub fn listen(&mut self) {
        self.world.resource_mut::<Sources>().listener = Some(Box::default());
    }

    /// BLAKE3 of the accesses that entered since [`Self::listen`], if it was called.
    pub fn heard(&self) -> Option<blake3::Hash> {
        self.world.resource::<Sources>().listener.as_ref().map(|listener| listener.finalize())
    }

    /// Closes the frame of metrics that is under way; for the end of a run.
    pub fn finish(&mut self) {
        let levels = self.levels();
        self.world.resource_scope(|world, mut recorder: Mut<Recorder>| {
            recorder.finish(world.resource::<Fabric>(), levels);
        });
    }

    /// Accesses under way.
    pub fn in_flight(&self) -> u32 {
        self.world.resource::<Fabric>().pool.len()
    }

    /// Frames recorded so far.
    pub fn frames(&self) -> &[Frame] {
        self.world.resource::<Recorder>().frames()
    }

    /// Latencies of measured accesses so far; see [`Recorder::latencies`].
    pub fn latencies(&self) -> impl Iterator<Item = (u64, u64)> {
        self.world.resource::<Recorder>().latencies()
    }

    /// What was measured so far, where it happened.
    pub fn measured(&self) -> Measured {
        let (fabric, loads) = (self.world.resource::<Fabric>(), self.world.resource::<Loads>());
        self.world.resource::<Recorder>().measured(fabric, &loads.so_far(fabric))
    }

    /// Takes the lines of the journal that were written since the last call.
    pub fn take_journal(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.world.resource_mut::<Outbox>().journal)
    }

    /// Whether the scenario asks for a snapshot of the present state.
    pub fn snapshot_is_due(&self) -> bool {
        self.world.resource::<Clock>().snapshot_is_due()
    }

    /// Digests of the present state.
    pub fn digests(&self) -> Digests {
        digest::take(&self.world)
    }

    /// The numbers of the run so far.
    pub fn summary(&self) -> Summary {
        let (fabric, loads) = (self.world.resource::<Fabric>(), self.world.resource::<Loads>());
        let last = self.world.resource::<Clock>().now;
        let digest = self.digests().whole();
        let recorder = self.world.resource::<Recorder>();
        recorder.summary(&self.scenario, last, fabric, self.levels(), &loads.so_far(fabric), digest)
    }

    fn levels(&self) -> Levels {
        let (loads, registry) = (self.world.resource::<Loads>(), self.world.resource::<Registry>());
        let nodes = registry.nodes.iter().filter_map(|&node| self.world.get::<Entropy>(node).map(|entropy| entropy.0));
        levels::take(loads, registry, nodes, self.wormholes().map(|(w, s, _, e, l)| (w, s, e, l)))
    }

    /// Active and dormant wormholes, in the order of ids.
    pub fn wormholes(&self) -> impl Iterator<Item = (&Wormhole, &Strength, &Mass, &Entropy, &Ledger)> {
        self.world.resource::<Registry>().wormholes.values().filter_map(|&entity| {
            let entity = self.world.entity(entity);
            Some((entity.get()?, entity.get()?, entity.get()?, entity.get()?, entity.get()?))
        })
    }

    /// Reads every trace once more, to its end; for the end of a run. No result may be given as that of files that were
    /// changed meanwhile.
    ///
    /// # Errors
    /// [`Error::ChangedInput`], or a trace that can no longer be read.
    pub fn check_inputs(&self) -> Result<(), Error> {
        self.world.resource::<Sources>().all.iter().try_for_each(Source::check_input)
    }

    /// Stops with [`Error::NonFinite`] if a strength, mass, entropy or estimate is not a finite number.
    ///
    /// # Errors
    /// [`Error::NonFinite`].
    pub fn check_finite(&self) -> Result<(), Error> {
        check::finite(&self.world, &self.scenario.topology)
    }
}
