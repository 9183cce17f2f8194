//! The direct-use ledger of a scenario, and the best that anybody could do in it.
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

use serde::Serialize;

use crate::direct_use::{Bill, Ledger, Pair, Request, Tariff, bounds};
use crate::error::Error;
use crate::fabric::Fabric;
use crate::memory;
use crate::routing::view::View;
use crate::scenario::lineage::Lineage;
use crate::scenario::{Carrier, Scenario, Tick, WormholeKind, WormholeParameters};
use crate::topology::{EachWay, NodeId};
use crate::workload::Source;
use crate::world::resources::Spans;

/// Bytes that bounds of a ledger take for each of its requests: an estimate from above.
const REQUEST: u64 = 256;

/// What is known of the best that anybody could do with the accesses of a scenario. Costs are in ticks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bound {
    /// Rules and prices.
    pub model: Model,
    /// All accesses, those that save nothing included.
    pub accesses: u64,
    /// Pairs of nodes with an access that would save something.
    pub pairs: usize,
    /// Cost of opening nothing: what all accesses would save.
    pub nothing: f64,
    /// Cost of the cheapest wormholes found that are open from the first tick to the last.
    pub best_static: f64,
    /// Whether it is proved that no others are cheaper.
    pub best_static_is_exact: bool,
    /// No policy costs less: proved.
    pub lower: f64,
    /// Cost of the best schedule found, which keeps to all rules.
    pub upper: f64,
    /// Openings of that schedule.
    pub upper_openings: u64,
    /// Cost of the best schedule of all, where it is known.
    pub optimum: Option<f64>,
    /// Whether it is proved that nothing costs less than opening nothing.
    pub no_policy_pays: bool,
    /// Policies in this ledger.
    pub policies: Vec<PolicyCost>,
}

/// Rules and prices of the direct-use model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Model {
    /// Wormholes that may be open at a node at once.
    pub ports: u32,
    /// α, ticks.
    pub opening: f64,
    /// u, ticks a tick of being open.
    pub upkeep: f64,
}

/// What a policy costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyCost {
    /// Which.
    pub name: String,
    /// Ticks.
    pub cost: f64,
    /// How often it opens a wormhole.
    pub openings: u64,
}

impl Bound {
    /// What is known for the accesses of a run: of the scenarios of its ancestors as long as they hold, then of its
    /// own, whose network and prices count.
    ///
    /// # Errors
    /// [`Error::Usage`] for a scenario without wormholes or with infinite prices, [`Error::DirectUse`],
    /// [`Error::OutOfMemory`], and those of [`Source`].
    pub fn of(lineage: &Lineage) -> Result<Self, Error> {
        let scenario = &lineage.own.scenario;
        let drawn = Drawn::of(lineage)?;
        memory::ask("the bound", REQUEST * drawn.ledger.requests().len() as u64)?;
        let (ledger, found) = (&drawn.ledger, bounds(&drawn.ledger));
        let tariff = ledger.tariff();
        let cost = |bill: &Bill| tariff.exact_cost(bill);
        let WormholeParameters { opening_cost, upkeep_per_tick, .. } = scenario.physics.wormhole;
        let (nothing, fixed) = (cost(&ledger.nothing()), found.best_static.solution.bill);
        let policy =
            |name: &str, bill: &Bill| PolicyCost { name: name.to_owned(), cost: cost(bill), openings: bill.openings };
        Ok(Self {
            model: Model { ports: scenario.wormholes.ports_per_node, opening: opening_cost, upkeep: upkeep_per_tick },
            accesses: drawn.accesses,
            pairs: drawn.pairs,
            nothing,
            best_static: cost(&fixed),
            // Of rounded prices a bound is still one, the best is not.
            best_static_is_exact: found.best_static.is_exact && tariff.is_exact(),
            lower: tariff.in_ticks(found.lower),
            upper: cost(&found.upper.bill),
            upper_openings: found.upper.bill.openings,
            optimum: found.optimum.filter(|_| tariff.is_exact()).map(|optimum| tariff.in_ticks(optimum)),
            no_policy_pays: found.no_policy_pays(),
            policies: vec![policy("nothing", &ledger.nothing()), policy("best static", &fixed)],
        })
    }
}

/// The ledger of the accesses of a scenario.
struct Drawn {
    ledger: Ledger,
    accesses: u64,
    pairs: usize,
}

impl Drawn {
    fn of(lineage: &Lineage) -> Result<Self, Error> {
        let scenario = &lineage.own.scenario;
        let mut savings = Savings::new(scenario)?;
        let tariff = tariff(scenario)?;
        let (mut requests, mut accesses) = (Vec::new(), 0);
        each_tick(lineage, |tick, asked| {
            accesses += asked.len() as u64;
            let mut saved: Vec<(Pair, i64)> = asked.iter().filter_map(|&access| savings.of_access(access)).collect();
            saved.sort_unstable();
            let merged = saved.chunk_by(|a, b| a.0 == b.0);
            let merged = merged.map(|same| (same[0].0, same.iter().map(|&(_, saving)| saving).sum()));
            requests.extend(merged.map(|(pair, saving)| Request { tick: tick.into(), pair, saving }));
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
    let prices =
        [("physics.wormhole.opening_cost", opening_cost), ("physics.wormhole.upkeep_per_tick", upkeep_per_tick)];
    if let Some((option, _)) = prices.into_iter().find(|(_, price)| price.is_infinite()) {
        let expected =
            "a finite price: at an infinite one nothing ever opens, and there is nothing to bound".to_owned();
        return Err(Error::Usage { option, value: "inf".to_owned(), expected });
    }
    Ok(Tariff::new(opening_cost, upkeep_per_tick)?)
}

/// Calls `see` with the accesses of every tick that has some: origins and targets.
fn each_tick(lineage: &Lineage, mut see: impl FnMut(Tick, &[(NodeId, NodeId)])) -> Result<(), Error> {
    let own = &lineage.own.scenario;
    let past = lineage.past.iter().map(|(until, loaded)| (*until, &loaded.scenario));
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
                see(now, &asked);
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
        let carrier = scenario.wormholes.carrier.as_ref().filter(|_| scenario.wormholes.enabled);
        let carrier = carrier.ok_or_else(|| Error::Usage {
            option: "wormholes.enabled",
            value: "false".to_owned(),
            expected: "true, and a carrier: without wormholes there is nothing to bound".to_owned(),
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
