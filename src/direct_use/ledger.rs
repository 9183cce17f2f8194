//! The direct-use ledger: who asked for what, and what everything costs.
//!
//! A request costs its saving if its pair's own shortcut is closed; an open pair costs upkeep in each tick that it is
//! open in; an opening has its price; closing is free; at most `ports` pairs are open at a node.
//! Not modelled: requests that use several shortcuts, or another pair's.

use super::fault::Fault;
use super::pair::Pair;
use super::tariff::{Bill, Tariff};

/// The sum of all costs that the ledger can be asked for stays below this, so that no sum overflows.
pub(super) const LARGEST: i128 = 1 << 59;

/// One request: it costs `saving` ticks more if its pair is closed in its tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When.
    pub tick: u64,
    /// Who.
    pub pair: Pair,
    /// What its own open shortcut saves, ticks; zero or more.
    pub saving: i64,
}

/// Validated requests and the rules under which they are paid for.
#[derive(Debug, Clone)]
pub struct Ledger {
    nodes: u32,
    ports: usize,
    ticks: u64,
    tariff: Tariff,
    requests: Vec<Request>,
}

impl Ledger {
    /// Requests may come in any order of ticks; those of one tick keep the order given.
    ///
    /// `ports` is the number of pairs that may be open at a node at once; ticks run over `0..ticks`.
    ///
    /// # Errors
    /// [`Fault::TooManyPorts`], [`Fault::UnknownNode`], [`Fault::TooLate`], [`Fault::NegativeSaving`] and
    /// [`Fault::TooLarge`].
    pub fn new(
        nodes: u32,
        ports: usize,
        ticks: u64,
        tariff: Tariff,
        mut requests: Vec<Request>,
    ) -> Result<Self, Fault> {
        if ports > i16::MAX as usize {
            return Err(Fault::TooManyPorts { ports });
        }
        for request in &requests {
            check_request(request, nodes, ticks)?;
        }
        requests.sort_by_key(|request| request.tick);
        let ledger = Ledger { nodes, ports, ticks, tariff, requests };
        ledger.check_size()?;
        Ok(ledger)
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// Pairs that may be open at a node at once.
    pub fn ports(&self) -> usize {
        self.ports
    }

    /// Length, ticks.
    pub fn ticks(&self) -> u64 {
        self.ticks
    }

    /// What an opening and a tick of being open cost.
    pub fn tariff(&self) -> &Tariff {
        &self.tariff
    }

    /// All requests in the order of ticks.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// The requests tick by tick, only ticks that have some.
    pub fn by_tick(&self) -> impl Iterator<Item = &[Request]> {
        self.requests.chunk_by(|a, b| a.tick == b.tick)
    }

    /// What opening nothing costs: the savings of all requests.
    pub fn nothing(&self) -> Bill {
        Bill { delay: total_saving(&self.requests), openings: 0, held: 0 }
    }

    fn check_size(&self) -> Result<(), Fault> {
        let upkeep = i128::from(self.ticks) * i128::from(self.tariff.upkeep());
        let savings =
            total_saving(&self.requests).checked_mul(i128::from(self.tariff.scale())).ok_or(Fault::TooLarge)?;
        let largest = savings + upkeep + i128::from(self.tariff.opening());
        if largest < LARGEST && self.ticks < 1 << 60 { Ok(()) } else { Err(Fault::TooLarge) }
    }
}

fn total_saving(requests: &[Request]) -> i128 {
    requests.iter().map(|request| i128::from(request.saving)).sum()
}

fn check_request(request: &Request, nodes: u32, ticks: u64) -> Result<(), Fault> {
    request.pair.check(nodes)?;
    if request.tick >= ticks {
        return Err(Fault::TooLate { tick: request.tick, ticks });
    }
    if request.saving < 0 {
        return Err(Fault::NegativeSaving { tick: request.tick, ends: request.pair.ends() });
    }
    Ok(())
}
