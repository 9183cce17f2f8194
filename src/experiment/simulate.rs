//! Simulates one run of an experiment, in memory, up to its summary.

use std::ops::ControlFlow;

use blake3::Hash;

use super::direct_use::{DirectUse, Follower};
use super::statistics::mser;
use crate::direct_use::Fault;
use crate::error::Error;
use crate::fabric::Fabric;
use crate::recorder::summary::Summary;
use crate::scenario::Scenario;
use crate::simulation::{Happened, MAX_IN_FLIGHT, Simulation};

/// A run that was simulated.
#[derive(Debug)]
pub struct Simulated {
    /// Its numbers.
    pub summary: Summary,
    /// Hash of all accesses that entered.
    pub accesses: Hash,
    /// What it costs in the direct-use model, if that was asked for and anything carries wormholes.
    pub direct_use: Option<DirectUse>,
    /// Why its means say nothing, if they do not.
    pub unstable: Option<String>,
}

impl Simulated {
    /// With what it costs in the direct-use model, if it is stable.
    ///
    /// # Errors
    /// Those of [`DirectUse::of`].
    pub fn with_direct_use(self, scenario: &Scenario, follower: &Follower) -> Result<Self, Error> {
        let direct_use = match DirectUse::of(scenario, follower.schedule()) {
            _ if self.unstable.is_some() => None,
            // A ledger of more than fits, into sums or memory, is left out; the comparison says why it has no bound.
            Err(Error::DirectUse(Fault::TooLarge) | Error::OutOfMemory { .. }) => None,
            found => found?,
        };
        Ok(Self { direct_use, ..self })
    }

    /// What is to be kept of a simulation that listened from its first tick and is over.
    pub fn of(simulation: &Simulation, summary: Summary) -> Self {
        let accesses = simulation.heard().expect("runs of experiments listen from their first tick");
        let unstable = if summary.ticks < summary.ticks_planned {
            Some(format!("{} accesses in flight after {} ticks", summary.accesses.in_flight, summary.ticks))
        } else {
            summary.stability.unstable()
        };
        Self { summary, accesses, direct_use: None, unstable }
    }
}

/// Runs a scenario to its end, or until too many accesses are in flight. None if `stop` said so.
///
/// # Errors
/// Those of [`Simulation::new`] and [`Simulation::run_until`].
pub fn simulate(scenario: Scenario, stop: impl Fn() -> bool) -> Result<Option<Simulated>, Error> {
    let Some(simulation) = run(scenario, stop, |_, _| ())? else { return Ok(None) };
    let summary = simulation.summary();
    Ok(Some(Simulated::of(&simulation, summary)))
}

/// The same, with what it costs in the direct-use model.
///
/// # Errors
/// Those of [`simulate`] and [`DirectUse::of`].
pub fn simulate_with_direct_use(scenario: Scenario, stop: impl Fn() -> bool) -> Result<Option<Simulated>, Error> {
    let mut follower = Follower::default();
    let Some(simulation) = run(scenario, stop, |_, happened| follower.see(&happened.records))? else { return Ok(None) };
    let summary = simulation.summary();
    Simulated::of(&simulation, summary).with_direct_use(simulation.scenario(), &follower).map(Some)
}

/// Where the warm-up of a scenario ends, in ticks, by MSER-5 on the mean latency of what is delivered in each tick
/// (ticks without any are left out); and whether its end shows. None if `stop` said so, or if the run is unstable.
///
/// # Errors
/// Those of [`simulate`].
pub fn warmup(scenario: Scenario, stop: impl Fn() -> bool) -> Result<Option<(u32, bool)>, Error> {
    let (mut ticks, mut means) = (Vec::new(), Vec::new());
    let ended = run(scenario, stop, |fabric, _| {
        let latency = |part: fn(&crate::fabric::access::Access) -> u32| -> u64 {
            fabric.delivered.iter().map(|access| u64::from(part(access))).sum()
        };
        let sum =
            latency(|a| a.propagation) + latency(|a| a.node_wait) + latency(|a| a.link_wait) + latency(|a| a.setup);
        if !fabric.delivered.is_empty() {
            ticks.push(fabric.now);
            means.push(sum as f64 / fabric.delivered.len() as f64);
        }
    })?;
    let Some(simulation) = ended else { return Ok(None) };
    let summary = simulation.summary();
    if Simulated::of(&simulation, summary).unstable.is_some() || means.is_empty() {
        return Ok(None);
    }
    let mser::Truncation { observations, found } = mser::truncation(&means);
    Ok(Some((ticks[observations], found)))
}

fn run(
    scenario: Scenario,
    stop: impl Fn() -> bool,
    mut see: impl FnMut(&Fabric, &Happened),
) -> Result<Option<Simulation>, Error> {
    let ticks = scenario.ticks;
    let mut simulation = Simulation::new(scenario.into())?;
    simulation.listen();
    let mut stopped = stop();
    let mut watch = |simulation: &Simulation, happened: &Happened| {
        see(simulation.world().resource::<Fabric>(), happened);
        stopped = stop();
        if stopped || simulation.in_flight() > MAX_IN_FLIGHT {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    simulation.run_until(ticks, &mut watch)?;
    if simulation.ticks_done() < ticks {
        if stopped {
            return Ok(None);
        }
        simulation.end()?;
    }
    Ok(Some(simulation))
}
