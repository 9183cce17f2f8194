//! Sources of accesses: what is drawn or read in each tick.
//!
//! A source draws from its own random stream only, and never looks at the network's state: the same scenario and seed
//! give the same accesses whatever routers and wormholes do with them.

pub mod alias;
pub mod arrivals;
pub mod modulation;
pub mod pairs;
pub mod rates;

use std::path::{Path, PathBuf};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::random::stream;
use crate::scenario::trace::{self, TraceReader, TraceRecord};
use crate::scenario::{Arrivals, Content, Demand, Modulation, Problem, Scenario, ScenarioError, Tick, Workload};
use crate::topology::NodeId;
use arrivals::Counts;
use pairs::PairSampler;

/// A running workload.
#[derive(Debug)]
pub struct Source {
    from: Tick,
    until: Tick,
    kind: SourceKind,
}

#[derive(Debug)]
enum SourceKind {
    Drawn(Box<Drawn>),
    Trace(Box<Trace>),
}

/// A trace that is read.
#[derive(Debug)]
struct Trace {
    path: PathBuf,
    content: Content,
    reader: TraceReader,
    next: Option<TraceRecord>,
    taken: u64,
}

/// State of a drawn workload.
#[derive(Debug)]
struct Drawn {
    size: f32,
    rng: ChaCha8Rng,
    counts: Counts,
    /// Highest rate over mean rate: what `counts` was built for.
    peak: f64,
    pairs: PairSampler,
    modulation: Modulation,
    /// Counts at the plateau of the flash crowd.
    crowd: Option<Counts>,
}

impl Source {
    /// The source of a workload of `scenario`.
    ///
    /// # Errors
    /// A trace that can no longer be read, or that was changed.
    pub fn new(scenario: &Scenario, workload: &Workload) -> Result<Self, Error> {
        let kind = match &workload.demand {
            Demand::Trace { path, format, content, .. } => {
                let (topology, tick_ms) = (&scenario.topology, scenario.tick_ms);
                let reader = TraceReader::open(path, format, topology, tick_ms, workload.size, Some(content))
                    .map_err(|error| unlike_before(error, path))?;
                let mut trace = Trace { path: path.clone(), content: content.clone(), reader, next: None, taken: 0 };
                trace.next = trace.read()?;
                SourceKind::Trace(Box::new(trace))
            }
            Demand::Drawn { accesses_per_tick, arrivals, pairs, modulation } => {
                let peak = 1.0 + modulation.diurnal.as_ref().map_or(0.0, |diurnal| diurnal.amplitude);
                let extra = |factor: f64| Counts::new(Arrivals::Poisson, accesses_per_tick * (factor - 1.0));
                let nodes = scenario.topology.node_count() as u32;
                SourceKind::Drawn(Box::new(Drawn {
                    size: workload.size as f32,
                    rng: stream(scenario.seed, &format!("workload/{}", workload.name)),
                    counts: Counts::new(*arrivals, accesses_per_tick * peak),
                    peak,
                    pairs: PairSampler::new(pairs, nodes, scenario.seed, &workload.name),
                    crowd: modulation.flash_crowd.as_ref().map(|crowd| extra(crowd.factor)),
                    modulation: modulation.clone(),
                }))
            }
        };
        Ok(Self { from: workload.from_tick, until: workload.until_tick, kind })
    }

    /// Takes up a source that is before its first tick where [`Self::state`] was taken.
    ///
    /// # Errors
    /// A trace that can no longer be read so far, or that was changed, and [`Error::ForeignSnapshot`] if there is no
    /// such place.
    pub fn restore(&mut self, state: u128) -> Result<(), Error> {
        match &mut self.kind {
            SourceKind::Drawn(drawn) => drawn.rng.set_word_pos(state),
            SourceKind::Trace(trace) => {
                while u128::from(trace.taken) < state && trace.next.is_some() {
                    trace.advance()?;
                }
            }
        }
        if self.state() == state { Ok(()) } else { Err(Error::ForeignSnapshot) }
    }

    /// What it takes to take up the source again: the position in its random stream, or how many records it gave.
    pub fn state(&self) -> u128 {
        match &self.kind {
            SourceKind::Drawn(drawn) => drawn.rng.get_word_pos(),
            SourceKind::Trace(trace) => u128::from(trace.taken),
        }
    }

    /// Where the source is: in its random stream, or in its trace.
    pub fn position(&self) -> u128 {
        match &self.kind {
            SourceKind::Drawn(drawn) => drawn.rng.get_word_pos(),
            SourceKind::Trace(trace) => trace.next.map_or(u128::MAX, |record| u128::from(record.tick)),
        }
    }

    /// Calls `inject(origin, target, size)` for every access of tick `now`.
    ///
    /// # Errors
    /// A trace that changed since it was checked.
    #[inline]
    pub fn emit(&mut self, now: Tick, mut inject: impl FnMut(NodeId, NodeId, f32)) -> Result<(), Error> {
        if now < self.from || now >= self.until {
            return Ok(());
        }
        match &mut self.kind {
            SourceKind::Drawn(drawn) => drawn.emit(self.from, now, inject),
            SourceKind::Trace(trace) => {
                while let Some(record) = trace.next.filter(|record| record.tick <= now - self.from) {
                    inject(record.origin, record.target, record.size as f32);
                    trace.advance()?;
                }
            }
        }
        Ok(())
    }

    /// Reads the file of a trace once more, to its end: nothing of it may have changed, used or not.
    ///
    /// # Errors
    /// [`Error::ChangedInput`], or a trace that can no longer be read.
    pub fn check_input(&self) -> Result<(), Error> {
        match &self.kind {
            SourceKind::Drawn(_) => Ok(()),
            SourceKind::Trace(trace) => {
                trace::check(&trace.path, &trace.content).map_err(|error| unlike_before(error, &trace.path))
            }
        }
    }
}

impl Trace {
    fn read(&mut self) -> Result<Option<TraceRecord>, Error> {
        self.reader.next().transpose().map_err(|error| unlike_before(error, &self.path))
    }

    fn advance(&mut self) -> Result<(), Error> {
        (self.next, self.taken) = (self.read()?, self.taken + 1);
        Ok(())
    }
}

/// What went wrong with a trace that was in order when it was read first.
fn unlike_before(error: ScenarioError, path: &Path) -> Error {
    match *error.problem {
        Problem::Changed => Error::ChangedInput { path: path.to_owned() },
        _ => error.into(),
    }
}

impl Drawn {
    fn emit(&mut self, from: Tick, now: Tick, mut inject: impl FnMut(NodeId, NodeId, f32)) {
        let (rng, size) = (&mut self.rng, self.size);
        let mut inject = |origin, target| inject(origin, target, size);
        let rate = self.modulation.diurnal.as_ref().map(|diurnal| modulation::diurnal_factor(diurnal, now));
        let hot = self.modulation.hot_spot.as_ref();
        let hot = hot.map(|hot_spot| (modulation::hot_node(hot_spot, from, now), hot_spot.share));
        for _ in 0..self.counts.draw(rng) {
            if rate.is_some_and(|rate| rng.random::<f64>() * self.peak >= rate) {
                continue;
            }
            let (origin, target) = self.pairs.draw(rng);
            match hot {
                Some((node, share)) if rng.random::<f64>() < share => inject(aside(origin, target, node), node),
                _ => inject(origin, target),
            }
        }
        if let (Some(counts), Some(crowd)) = (&self.crowd, &self.modulation.flash_crowd) {
            let height = modulation::flash_height(crowd, now);
            let extra = if height > 0.0 { counts.draw(rng) } else { 0 };
            for _ in 0..extra {
                if rng.random::<f64>() < height {
                    let (origin, target) = self.pairs.draw(rng);
                    inject(aside(origin, target, crowd.target), crowd.target);
                }
            }
        }
    }
}

/// Who asks `node` instead of the drawn target: the drawn origin, or the target if the origin is the node itself.
fn aside(origin: NodeId, target: NodeId, node: NodeId) -> NodeId {
    if origin == node { target } else { origin }
}
