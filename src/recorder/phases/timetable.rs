//! What a scenario schedules, and when: events, workloads that begin and end, hot spots that move, flash crowds.
//!
//! Nothing is listed ahead, since a hot spot may move in every tick: the next change is computed from the last one, so
//! that a run may be made longer, and a fork may schedule otherwise. Days are no changes, nor is what fails at random
//! or by sessions; that a process of failures begins or ends is one.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::EdgeIndex;
use serde::Serialize;

use super::why::Cause;
use crate::scenario::{Action, Demand, Event, FailureTimes, FlashCrowd, HotSpot, Scenario, Tick};
use crate::topology::NodeId;
use crate::workload::modulation::hot_node;

/// What is scheduled.
#[derive(Debug)]
pub struct Timetable {
    /// By tick.
    events: Vec<Event>,
    workloads: Vec<Timed>,
    /// First tick of each process of failures, and the one after its last.
    failures: Vec<[Tick; 2]>,
    /// Capacities in the topology, by link and end where a direction begins, of links on which events set another.
    capacities: BTreeMap<(u32, NodeId), Option<u32>>,
}

/// The times of a workload.
#[derive(Debug)]
struct Timed {
    from: Tick,
    until: Tick,
    hot_spot: Option<HotSpot>,
    crowd: Option<FlashCrowd>,
}

/// How things stand for a workload.
#[derive(Debug, Default, Serialize)]
struct Standing {
    is_on: bool,
    hot: Option<NodeId>,
    crowd: u8,
}

impl Timetable {
    /// That of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let timed = scenario.workloads.iter().map(|workload| {
            // Those that make a difference.
            let (mut hot_spot, mut crowd) = (None, None);
            if let Demand::Drawn { modulation, .. } = &workload.demand {
                let moves = |spot: &&HotSpot| spot.share > 0.0 && spot.path.iter().any(|node| *node != spot.path[0]);
                hot_spot = modulation.hot_spot.as_ref().filter(moves).cloned();
                crowd = modulation.flash_crowd.filter(|crowd| crowd.factor > 1.0);
            }
            Timed { from: workload.from_tick, until: workload.until_tick, hot_spot, crowd }
        });
        let mut capacities = BTreeMap::new();
        for event in &scenario.events {
            if let Action::SetCapacity { link, .. } = event.action {
                let sides = scenario.topology.graph[EdgeIndex::from(link)];
                for (side, end) in scenario.topology.ends(link).into_iter().enumerate() {
                    let capacity = sides.direction(side).and_then(|direction| direction.capacity_per_tick);
                    capacities.insert((link, end), capacity.map(u32::from));
                }
            }
        }
        let failures = scenario.failures.iter().map(|process| match process.times {
            FailureTimes::Drawn { from_tick, until_tick, .. } => [from_tick, until_tick],
            FailureTimes::Sessions(_) => [0, Tick::MAX],
        });
        Self { events: scenario.events.clone(), workloads: timed.collect(), failures: failures.collect(), capacities }
    }

    /// The first tick from `tick` on, but for tick 0, in which something changes.
    pub fn first_from(&self, tick: Tick) -> Option<Tick> {
        let tick = tick.max(1);
        let event = self.events.get(self.events.partition_point(|event| event.tick < tick)).map(|event| event.tick);
        let of_workloads = self.workloads.iter().filter_map(|timed| timed.first_from(tick));
        let of_failures = self.failures.iter().flatten().copied().filter(|&at| tick <= at && at < Tick::MAX);
        event.into_iter().chain(of_workloads).chain(of_failures).min()
    }

    /// What changes in a tick: events in their order, then processes of failures, then workloads.
    pub fn changes(&self, tick: Tick) -> Vec<Cause> {
        let events = &self.events[self.events.partition_point(|event| event.tick < tick)..];
        let events = events.iter().take_while(|event| event.tick == tick).map(|event| Cause::Event(event.action));
        let workloads = self.workloads.iter().zip(0..);
        let failures = self.failures.iter().zip(0..).flat_map(|([from, until], number)| {
            let begins = (tick > 0 && tick == *from).then_some(Cause::FailuresBegin(number));
            begins.into_iter().chain((tick == *until).then_some(Cause::FailuresEnd(number)))
        });
        events.chain(failures).chain(workloads.flat_map(|(timed, number)| timed.changes(tick, number))).collect()
    }

    /// How many changes there are in the first `ticks` ticks.
    pub fn count_before(&self, ticks: Tick) -> u64 {
        let events = self.events.partition_point(|event| event.tick < ticks) as u64;
        let failures = self.failures.iter().flatten().filter(|&&at| at > 0 && at < ticks).count() as u64;
        events + failures + self.workloads.iter().map(|timed| timed.count_before(ticks)).sum::<u64>()
    }

    /// A number for what is scheduled to hold in a tick: the same whenever the same holds.
    pub fn conditions(&self, tick: Tick) -> u64 {
        let (mut links, mut nodes, mut capacities) = (BTreeSet::new(), BTreeSet::new(), self.capacities.clone());
        for event in self.events.iter().take_while(|event| event.tick <= tick) {
            match event.action {
                Action::FailLink(link) => drop(links.insert(link)),
                Action::RestoreLink(link) => drop(links.remove(&link)),
                Action::FailNode(node) => drop(nodes.insert(node)),
                Action::RestoreNode(node) => drop(nodes.remove(&node)),
                Action::SetCapacity { link, from, capacity_per_tick } => {
                    let of_link = capacities.range_mut((link, NodeId(0))..=(link, NodeId(u32::MAX)));
                    let set = of_link.filter(|((_, end), _)| from.is_none_or(|from| from == *end));
                    set.for_each(|(_, capacity)| *capacity = capacity_per_tick);
                }
            }
        }
        let workloads: Vec<Standing> = self.workloads.iter().map(|timed| timed.standing(tick)).collect();
        // Only those that differ from the topology's, whatever else is scheduled.
        capacities.retain(|direction, capacity| self.capacities[direction] != *capacity);
        let capacities: Vec<_> = capacities.into_iter().collect();
        let failing: Vec<bool> = self.failures.iter().map(|[from, until]| (*from..*until).contains(&tick)).collect();
        let all = postcard::to_stdvec(&(links, nodes, capacities, failing, workloads)).expect("plain data");
        u64::from_le_bytes(*blake3::hash(&all).as_bytes().first_chunk().expect("a hash is longer"))
    }

    /// Number of workloads.
    pub fn workloads(&self) -> usize {
        self.workloads.len()
    }

    /// Number of processes of failures.
    pub fn failures(&self) -> usize {
        self.failures.len()
    }
}

impl Timed {
    /// The ticks of its flash crowd: the first, the first after the plateau, the first after it.
    fn crowd(&self) -> Option<[u64; 3]> {
        self.crowd.map(|crowd| {
            let start = u64::from(crowd.start_tick);
            let wanes = start + u64::from(crowd.rise_ticks) + u64::from(crowd.hold_ticks);
            [start, wanes, wanes + u64::from(crowd.fall_ticks)]
        })
    }

    /// Whether a change of the hot spot or the flash crowd in this tick is one: not before its first tick, which is a
    /// change by itself.
    fn is_within(&self, tick: u64) -> bool {
        u64::from(self.from) < tick.max(1) && tick < u64::from(self.until)
    }

    fn hot(&self, tick: Tick) -> Option<NodeId> {
        let is_on = (self.from..self.until).contains(&tick);
        self.hot_spot.as_ref().filter(|_| is_on).map(|spot| hot_node(spot, self.from, tick))
    }

    /// Where the hot spot moves to in this tick.
    fn moves_to(&self, tick: Tick) -> Option<NodeId> {
        let before = tick.checked_sub(1)?;
        let to = self.hot(tick)?;
        (self.hot(before)? != to).then_some(to)
    }

    fn first_from(&self, tick: Tick) -> Option<Tick> {
        let own = [self.from, self.until].map(u64::from);
        let crowd = self.crowd().into_iter().flatten().filter(|&change| self.is_within(change));
        let moves = self.hot_spot.as_ref().and_then(|spot| {
            let stop = u64::from(tick.saturating_sub(self.from)).div_ceil(u64::from(spot.dwell_ticks)).max(1);
            // As many stops as the path has lead somewhere else at the least once.
            let stops = (stop..=stop + spot.path.len() as u64).map(|stop| stop * u64::from(spot.dwell_ticks));
            let mut ticks = stops.map(|age| u64::from(self.from) + age).take_while(|&at| at < u64::from(self.until));
            ticks.find(|&at| self.moves_to(at as Tick).is_some())
        });
        let all = own.into_iter().chain(crowd).chain(moves).filter(|&change| change >= u64::from(tick));
        all.min().and_then(|change| Tick::try_from(change).ok())
    }

    fn changes(&self, tick: Tick, number: u32) -> Vec<Cause> {
        let mut causes = Vec::new();
        if tick > 0 && tick == self.from {
            causes.push(Cause::WorkloadBegins(number));
        }
        if tick == self.until {
            causes.push(Cause::WorkloadEnds(number));
        }
        causes.extend(self.moves_to(tick).map(Cause::HotSpotMoves));
        if let (Some([begins, wanes, ends]), Some(crowd)) = (self.crowd(), self.crowd)
            && self.is_within(tick.into())
        {
            let tick = u64::from(tick);
            let happens = [
                (tick == begins, Cause::CrowdBegins(crowd.target)),
                (tick == wanes && wanes < ends, Cause::CrowdWanes(crowd.target)),
                (tick == ends, Cause::CrowdEnds(crowd.target)),
            ];
            causes.extend(happens.into_iter().filter(|(happens, _)| *happens).map(|(_, cause)| cause));
        }
        causes
    }

    fn count_before(&self, ticks: Tick) -> u64 {
        let own = [self.from, self.until].into_iter().filter(|&change| change > 0 && change < ticks).count();
        let crowd = self.crowd().into_iter().flatten().filter(|&at| self.is_within(at) && at < ticks.into()).count();
        let moves = self.hot_spot.as_ref().map_or(0, |spot| {
            let last = ticks.min(self.until).saturating_sub(self.from).saturating_sub(1);
            let (stops, path) = ((last / spot.dwell_ticks) as usize, &spot.path);
            let moves = |stops: usize| (1..=stops).filter(|&stop| path[stop % path.len()] != path[stop - 1]).count();
            stops / path.len() * moves(path.len()) + moves(stops % path.len())
        });
        (own + crowd + moves) as u64
    }

    fn standing(&self, tick: Tick) -> Standing {
        if !(self.from..self.until).contains(&tick) {
            return Standing::default();
        }
        let crowd = self.crowd().map_or(0, |[begins, wanes, ends]| match u64::from(tick) {
            tick if tick < begins || tick >= ends => 0,
            tick if tick < wanes => 1,
            _ => 2,
        });
        Standing { is_on: true, hot: self.hot(tick), crowd }
    }
}
