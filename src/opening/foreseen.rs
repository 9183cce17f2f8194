//! The accesses of a scenario, foreseen, as a direct-use ledger.
//!
//! What accesses there are depends on the workloads and the seed alone, so that they are drawn here without simulating
//! anything: those that every arm of a comparison sees. In the [direct-use model](crate::direct_use) an access saves
//! `s = span − (transit + processing)` ticks if its own pair's wormhole is open, each way for itself: span is the way
//! over space of the intact network, transit that of a new wormhole, and both include the departure from the origin.
//! An access saves nothing where that is no less than the way over space, where nothing carries a wormhole, or where
//! space does not join its ends both ways. Opening costs `opening_cost`, an open pair `upkeep_per_tick` in every tick,
//! and at most `ports_per_node` are open at a node.
//!
//! Not modelled: queues, failures, set-up, kinds, strength below one, room that bypasses reserve, the shortest span
//! that is worth a wormhole, wormholes of an earlier run, cheaper reopening, and accesses that use several wormholes or
//! that of another pair.

use std::collections::BTreeMap;

use crate::direct_use::{Ledger, Pair, Request, Tariff};
use crate::error::Error;
use crate::fabric::Fabric;
use crate::memory;
use crate::routing::view::View;
use crate::scenario::{Carrier, Scenario, Tick, WormholeKind, WormholeParameters};
use crate::topology::{EachWay, NodeId};
use crate::workload::Source;
use crate::world::resources::Spans;

/// The accesses of a scenario.
#[derive(Debug)]
pub struct Foreseen {
    /// What they would save, and the prices.
    pub ledger: Ledger,
    /// All of them, those that would save nothing included.
    pub accesses: u64,
    /// Pairs of nodes with an access that would save something.
    pub pairs: usize,
}

impl Foreseen {
    /// Those of `past` scenarios, each until a tick, then those of `scenario`, whose network and prices count.
    ///
    /// # Errors
    /// [`Error::Usage`] for a scenario without a carrier, [`Error::DirectUse`], and those of
    /// [`Source`].
    pub fn of(scenario: &Scenario, past: &[(Tick, &Scenario)]) -> Result<Self, Error> {
        let mut savings = Savings::new(scenario)?;
        let tariff = tariff(scenario)?;
        let (mut requests, mut accesses) = (Vec::new(), 0);
        each_tick(scenario, past, |tick, asked| {
            if requests.len() + asked.len() > requests.capacity() {
                let more = 2 * (requests.capacity() + asked.len()) * size_of::<Request>();
                memory::ask("the accesses of the direct-use ledger", more as u64)?;
            }
            accesses += asked.len() as u64;
            let mut saved: Vec<(Pair, i64)> = asked.iter().filter_map(|&access| savings.of_access(access)).collect();
            saved.sort_unstable();
            let merged = saved.chunk_by(|a, b| a.0 == b.0);
            let merged = merged.map(|same| (same[0].0, same.iter().map(|&(_, saving)| saving).sum()));
            requests.extend(merged.map(|(pair, saving)| Request { tick: tick.into(), pair, saving }));
            Ok(())
        })?;
        let mut pairs: Vec<Pair> = requests.iter().map(|request| request.pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let nodes = scenario.topology.node_count() as u32;
        // No node has more partners.
        let ports = scenario.wormholes.ports_per_node.min(nodes);
        let ledger = Ledger::new(nodes, ports as usize, scenario.ticks.into(), tariff, requests)?;
        Ok(Self { ledger, accesses, pairs: pairs.len() })
    }
}

fn tariff(scenario: &Scenario) -> Result<Tariff, Error> {
    let WormholeParameters { opening_cost, upkeep_per_tick, .. } = scenario.physics.wormhole;
    Ok(Tariff::new(opening_cost, upkeep_per_tick)?)
}

/// Calls `see` with the accesses of every tick that has some: origins and targets.
fn each_tick(
    own: &Scenario,
    past: &[(Tick, &Scenario)],
    mut see: impl FnMut(Tick, &[(NodeId, NodeId)]) -> Result<(), Error>,
) -> Result<(), Error> {
    let past = past.iter().copied();
    let (mut sources, mut from, mut asked) = (Vec::<Source>::new(), 0, Vec::new());
    for (until, scenario) in past.chain([(own.ticks, own)]) {
        let before: Vec<u128> = sources.iter().map(Source::state).collect();
        let begin = scenario.workloads.iter().map(|workload| Source::new(scenario, workload));
        sources = begin.collect::<Result<_, _>>()?;
        for (source, state) in sources.iter_mut().zip(before) {
            source.restore(state)?;
        }
        for now in from..until {
            for source in &mut sources {
                source.emit(now, |origin, target, _| asked.push((origin, target)))?;
            }
            if !asked.is_empty() {
                see(now, &asked)?;
                asked.clear();
            }
        }
        from = until;
    }
    sources.iter().try_for_each(Source::check_input)
}

/// What accesses save over a new wormhole of their own.
struct Savings<'a> {
    carrier: &'a Carrier,
    processing: u32,
    spans: Spans,
    /// From the end with the smaller id and from the other, ticks.
    found: BTreeMap<[NodeId; 2], [u32; 2]>,
}

impl<'a> Savings<'a> {
    fn new(scenario: &'a Scenario) -> Result<Self, Error> {
        let carrier = scenario.wormholes.carrier.as_ref();
        let carrier = carrier.ok_or_else(|| Error::Usage {
            option: "wormholes.carrier",
            value: "none".to_owned(),
            expected: "what carries wormholes: without it there is nothing to bound".to_owned(),
        })?;
        let processing = scenario.nodes.processing_ticks;
        let fabric = Fabric::new(scenario, vec![0; scenario.topology.node_count()], 1);
        Ok(Self { carrier, processing, spans: Spans::new(View::new(&fabric), processing), found: BTreeMap::new() })
    }

    /// Whose wormhole an access would use, and the ticks that it would save there; none if it would save nothing.
    fn of_access(&mut self, (origin, target): (NodeId, NodeId)) -> Option<(Pair, i64)> {
        let pair = Pair::new(origin.0, target.0).ok()?;
        let saved = self.between([origin.min(target), origin.max(target)])[usize::from(origin > target)];
        (saved > 0).then(|| (pair, saved.into()))
    }

    fn between(&mut self, ends: [NodeId; 2]) -> [u32; 2] {
        if let Some(&saved) = self.found.get(&ends) {
            return saved;
        }
        let saved = self.measured(ends).map_or([0; 2], |saved| saved.0);
        self.found.insert(ends, saved);
        saved
    }

    fn measured(&mut self, ends: [NodeId; 2]) -> Option<EachWay> {
        let span = self.spans.span(ends)?;
        let transit = self.carrier.transit(ends, span.links, WormholeKind::Experimental)?;
        Some(span.ticks.less(transit.map(|ticks| ticks + self.processing)))
    }
}
