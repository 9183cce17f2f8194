//! Flows: what became of the accesses from each origin to each target, measured after the warm-up.
//!
//! The first 100,000 pairs that occur are counted exactly. Of those that occur later, a sketch keeps how many accesses
//! the heaviest injected, with its error. Networks of up to 316 nodes find a pair in a table of all pairs, larger ones
//! by hashing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::fabric::Fabric;
use crate::fabric::access::Access;
use crate::fabric::check::leave_room;
use crate::scenario::{Demand, Pairs, Scenario, Tick};
use crate::topology::NodeId;
use crate::world::sketch::SpaceSaving;

/// Pairs that are counted exactly.
pub const MOST_EXACT: usize = 100_000;

/// Pairs of which the sketch keeps how much they injected.
const SKETCHED: usize = 1000;

/// Nodes up to which there is a table of all pairs.
const MOST_DENSE: u32 = 316;

/// Latencies up to this many bits are told apart exactly, longer ones by so many leading bits: as in the distribution
/// of all latencies.
const BITS: u32 = 11;

/// How much the expected accesses of two pairs may differ, as a share, and be equal.
const EQUAL: f64 = 1e-6;

/// No flow.
const NONE: u32 = u32::MAX;

/// What became of the accesses of one pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Origin and target.
    pub pair: [NodeId; 2],
    /// Accesses injected, count.
    pub injected: u64,
    /// Accesses delivered, count.
    pub delivered: u64,
    /// Accesses dropped, count, all reasons.
    pub dropped: u64,
    /// Sum of the latencies of those delivered, ticks.
    latency: u64,
    /// Latencies that occurred, ticks, the shortest first, and how often; of those that are not told apart, the
    /// longest.
    latencies: Vec<(u32, u64)>,
}

/// A pair that is not counted exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sketched {
    /// Origin and target.
    pub pair: [NodeId; 2],
    /// Accesses injected: at most so many,
    pub injected_most: f64,
    /// and so many fewer at the least.
    pub error: f64,
}

/// All flows of a run.
#[derive(Debug)]
pub struct Flows {
    nodes: u32,
    /// In the order in which they occurred first.
    flows: Vec<Flow>,
    index: Index,
    later: Option<Box<SpaceSaving>>,
}

/// Where the flow of a pair is.
#[derive(Debug)]
enum Index {
    /// By origin · nodes + target.
    Dense(Vec<u32>),
    /// Open addressing, less than half full.
    Hashed(Vec<u32>),
}

/// The state of all flows.
#[derive(Debug, Serialize, Deserialize)]
pub struct FlowsState<'a> {
    flows: Cow<'a, [Flow]>,
    later: Option<Cow<'a, SpaceSaving>>,
}

impl Flow {
    fn none(pair: [NodeId; 2]) -> Self {
        Self { pair, injected: 0, delivered: 0, dropped: 0, latency: 0, latencies: Vec::new() }
    }

    /// Mean latency, ticks, if any access was delivered.
    pub fn latency_mean(&self) -> Option<f64> {
        (self.delivered > 0).then(|| self.latency as f64 / self.delivered as f64)
    }

    /// 95th percentile of latency, ticks, if any access was delivered.
    pub fn latency_p95(&self) -> Option<u32> {
        let rank = (self.delivered * 95).div_ceil(100);
        let mut below = 0;
        let reached = |&&(_, times): &&(u32, u64)| {
            below += times;
            below >= rank
        };
        self.latencies.iter().find(reached).map(|&(latency, _)| latency)
    }

    /// Counts an access that was delivered after so many ticks, or dropped.
    fn end(&mut self, latency: Option<u32>) {
        let Some(latency) = latency else { return self.dropped += 1 };
        self.delivered += 1;
        self.latency += u64::from(latency);
        let bucket = bucket(latency);
        // Most flows have all latencies from their shortest to their longest.
        let shortest = self.latencies.first().map_or(0, |&(latency, _)| latency);
        if let Some((latency, times)) = self.latencies.get_mut(bucket.saturating_sub(shortest) as usize)
            && *latency == bucket
        {
            *times += 1;
            return;
        }
        match self.latencies.binary_search_by_key(&bucket, |&(latency, _)| latency) {
            Ok(place) => self.latencies[place].1 += 1,
            Err(place) => self.latencies.insert(place, (bucket, 1)),
        }
    }

    /// Whether it can be one among so many nodes.
    fn is_possible(&self, nodes: u32) -> bool {
        let [origin, target] = self.pair;
        let times: u128 = self.latencies.iter().map(|&(_, times)| u128::from(times)).sum();
        origin.0 < nodes
            && target.0 < nodes
            && times == u128::from(self.delivered)
            && self.latencies.is_sorted_by(|a, b| a.0 < b.0)
            && self.latencies.iter().all(|&(latency, times)| bucket(latency) == latency && times > 0)
            && leave_room([self.injected, self.delivered, self.dropped, self.latency])
    }
}

/// The longest latency that is not told apart from this one, ticks.
fn bucket(latency: u32) -> u32 {
    let coarse = (u32::BITS - latency.leading_zeros()).saturating_sub(BITS);
    latency | ((1 << coarse) - 1)
}

impl Index {
    fn new(nodes: u32, most_dense: u32) -> Self {
        if nodes <= most_dense {
            Self::Dense(vec![NONE; nodes as usize * nodes as usize])
        } else {
            Self::Hashed(vec![NONE; 1 << 10])
        }
    }

    /// Where the number of a pair's flow stands, or is to stand.
    #[inline]
    fn place(&self, nodes: u32, [origin, target]: [NodeId; 2], flows: &[Flow]) -> usize {
        match self {
            Self::Dense(_) => origin.index() * nodes as usize + target.index(),
            Self::Hashed(table) => {
                // Fibonacci hashing.
                let key = (u64::from(origin.0) << 32 | u64::from(target.0)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let mut place = (key >> (64 - table.len().trailing_zeros())) as usize;
                while table[place] != NONE && flows[table[place] as usize].pair != [origin, target] {
                    place = (place + 1) & (table.len() - 1);
                }
                place
            }
        }
    }

    fn table(&mut self) -> &mut Vec<u32> {
        match self {
            Self::Dense(table) | Self::Hashed(table) => table,
        }
    }

    /// Makes room for one more flow.
    fn reserve(&mut self, nodes: u32, flows: &[Flow]) {
        let Self::Hashed(table) = &*self else { return };
        let size = table.len();
        if 2 * (flows.len() + 1) < size {
            return;
        }
        *self = Self::Hashed(vec![NONE; 2 * size]);
        for (flow, number) in flows.iter().zip(0..) {
            let place = self.place(nodes, flow.pair, flows);
            self.table()[place] = number;
        }
    }
}

impl Flows {
    /// No flows yet, in a network of so many nodes.
    pub fn new(nodes: u32) -> Self {
        Self { nodes, flows: Vec::new(), index: Index::new(nodes, MOST_DENSE), later: None }
    }

    /// Adds what happened in the present tick of `fabric`.
    pub fn observe(&mut self, fabric: &Fabric) {
        for offered in &fabric.offered {
            self.inject([offered.origin, offered.target]);
        }
        let ended = fabric.delivered.iter().map(|access| (pair(access), Some(access.age())));
        let mut unknown = Vec::new();
        for (pair, latency) in ended.chain(fabric.dropped.iter().map(|&pair| (pair, None))) {
            match self.known(pair) {
                Some(flow) => flow.end(latency),
                None => unknown.push((pair, latency)),
            }
        }
        // Accesses end in an order that means nothing, and only so many flows are counted exactly.
        unknown.sort_unstable();
        for (pair, latency) in unknown {
            if let Some(flow) = self.flow(pair) {
                flow.end(latency);
            }
        }
    }

    fn inject(&mut self, pair: [NodeId; 2]) {
        let nodes = self.nodes;
        match self.flow(pair) {
            Some(flow) => flow.injected += 1,
            None => {
                // The sketch does not tell directions apart; numbers of targets are made to differ from those of
                // origins.
                let later = self.later.get_or_insert_with(|| Box::new(SpaceSaving::new(SKETCHED)));
                later.offer(pair[0].0, nodes + pair[1].0, 1.0);
            }
        }
    }

    /// The flow of a pair, if it is counted.
    #[inline]
    fn known(&mut self, pair: [NodeId; 2]) -> Option<&mut Flow> {
        let place = self.index.place(self.nodes, pair, &self.flows);
        let number = self.index.table()[place];
        self.flows.get_mut(number as usize)
    }

    /// The flow of a pair, none if there are too many.
    fn flow(&mut self, pair: [NodeId; 2]) -> Option<&mut Flow> {
        let mut place = self.index.place(self.nodes, pair, &self.flows);
        if self.index.table()[place] == NONE {
            if self.flows.len() == MOST_EXACT {
                return None;
            }
            self.index.reserve(self.nodes, &self.flows);
            place = self.index.place(self.nodes, pair, &self.flows);
            self.index.table()[place] = self.flows.len() as u32;
            self.flows.push(Flow::none(pair));
        }
        let number = self.index.table()[place];
        Some(&mut self.flows[number as usize])
    }

    /// Flows that are counted exactly, in the order of pairs.
    pub fn exact(&self) -> Vec<&Flow> {
        let mut flows: Vec<&Flow> = self.flows.iter().collect();
        flows.sort_unstable_by_key(|flow| flow.pair);
        flows
    }

    /// Whether all are.
    pub fn are_exact(&self) -> bool {
        self.later.is_none()
    }

    /// The heaviest of the others, the heaviest first.
    pub fn sketched(&self) -> Vec<Sketched> {
        let entries = self.later.iter().flat_map(|sketch| sketch.entries());
        let mut rows: Vec<Sketched> = entries
            .map(|entry| Sketched {
                pair: [NodeId(entry.pair[0]), NodeId(entry.pair[1] - self.nodes)],
                injected_most: entry.weight,
                error: entry.error,
            })
            .collect();
        rows.sort_by(|a, b| b.injected_most.total_cmp(&a.injected_most).then(a.pair.cmp(&b.pair)));
        rows
    }

    /// Jain's index of the accesses delivered, (Σx)²/(n·Σx²): 1 if each flow got the same, 1/n if one got all.
    ///
    /// None unless every workload is a matrix without hot spot and flash crowd, and all its pairs, two or more, are
    /// expected to inject as many accesses in the measured ticks: rate times the ticks in which the workload is active,
    /// over all workloads, days left aside, equal within one in a million.
    pub fn fairness(&self, scenario: &Scenario) -> Option<f64> {
        let nodes = self.nodes as usize;
        if self.later.is_some() {
            return None;
        }
        let mut expected: Vec<f64> = Vec::new();
        for workload in &scenario.workloads {
            let Demand::Drawn { accesses_per_tick, pairs: Pairs::Matrix { rates }, modulation, .. } = &workload.demand
            else {
                return None;
            };
            if modulation.hot_spot.is_some() || modulation.flash_crowd.is_some() {
                return None;
            }
            expected.resize(nodes * nodes, 0.0);
            let from = workload.from_tick.max(scenario.warmup_ticks);
            let ticks: Tick = workload.until_tick.min(scenario.ticks).saturating_sub(from);
            let scale = accesses_per_tick * f64::from(ticks) / rates.iter().sum::<f64>();
            expected.iter_mut().zip(rates).for_each(|(sum, rate)| *sum += rate * scale);
        }
        let asked = || (0..).zip(&expected).filter(|(_, expected)| **expected > 0.0);
        let (least, most) = asked().fold((f64::INFINITY, 0.0f64), |(a, b), (_, &x)| (a.min(x), b.max(x)));
        if asked().count() < 2 || most - least > EQUAL * most {
            return None;
        }
        let (mut sum, mut squares) = (0.0, 0.0);
        for (place, _) in asked() {
            let pair = [place / nodes, place % nodes].map(|node: usize| NodeId(node as u32));
            let delivered = self.get(pair).map_or(0.0, |flow| flow.delivered as f64);
            sum += delivered;
            squares += delivered * delivered;
        }
        (squares > 0.0).then(|| sum * sum / (asked().count() as f64 * squares))
    }

    fn get(&self, pair: [NodeId; 2]) -> Option<&Flow> {
        let place = self.index.place(self.nodes, pair, &self.flows);
        let (Index::Dense(table) | Index::Hashed(table)) = &self.index;
        self.flows.get(table[place] as usize)
    }

    /// Its state.
    pub(super) fn state(&self) -> FlowsState<'_> {
        FlowsState { flows: (&self.flows).into(), later: self.later.as_deref().map(Cow::Borrowed) }
    }

    /// Takes on a state that [may follow](FlowsState::may_follow).
    pub(super) fn restore(&mut self, FlowsState { flows, later }: FlowsState) {
        *self = Self::new(self.nodes);
        self.later = later.map(|later| Box::new(later.into_owned()));
        for flow in flows.into_owned() {
            let pair = flow.pair;
            *self.flow(pair).expect("there is room for as many as there may be") = flow;
        }
    }
}

fn pair(access: &Access) -> [NodeId; 2] {
    [access.origin, access.target]
}

impl FlowsState<'_> {
    /// Whether it can be that of a run with these totals.
    pub(super) fn may_follow(&self, fabric: &Fabric) -> bool {
        let nodes = fabric.queues.len() as u32;
        let sum = |of: fn(&Flow) -> u64| self.flows.iter().map(|flow| u128::from(of(flow))).sum::<u128>();
        let mut pairs: Vec<[NodeId; 2]> = self.flows.iter().map(|flow| flow.pair).collect();
        pairs.sort_unstable();
        let is_sketch = |sketch: &SpaceSaving| {
            let ordered = sketch.entries().iter().all(|entry| entry.pair[0] < nodes && entry.pair[1] >= nodes);
            sketch.may_follow(&SpaceSaving::new(SKETCHED), 2 * nodes) && ordered
        };
        self.flows.len() <= MOST_EXACT
            && self.flows.iter().all(|flow| flow.is_possible(nodes))
            && pairs.windows(2).all(|pair| pair[0] != pair[1])
            && self.later.as_deref().is_none_or(|later| self.flows.len() == MOST_EXACT && is_sketch(later))
            && sum(|flow| flow.injected) <= fabric.totals.injected.into()
            && sum(|flow| flow.delivered) <= fabric.totals.delivered.into()
            && sum(|flow| flow.dropped) <= fabric.totals.dropped.iter().map(|&count| u128::from(count)).sum()
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;

    use super::*;

    #[test]
    fn latencies_are_told_apart_as_in_the_distribution_of_all() {
        let histogram: Histogram<u64> = Histogram::new(3).unwrap();
        for latency in (0..5000).chain([65_535, 65_536, 99_999, 1 << 30, u32::MAX - 1, u32::MAX]) {
            assert_eq!(u64::from(bucket(latency)), histogram.highest_equivalent(latency.into()), "{latency}");
        }
    }

    #[test]
    fn a_flow_has_its_mean_and_its_percentile() {
        let mut flow = Flow::none([NodeId(0), NodeId(1)]);
        assert_eq!((flow.latency_mean(), flow.latency_p95()), (None, None));
        (1..=100).rev().for_each(|latency| flow.end(Some(latency)));
        assert_eq!((flow.latency_mean(), flow.latency_p95()), (Some(50.5), Some(95)));
        assert!(flow.is_possible(2) && !flow.is_possible(1));
    }

    #[test]
    fn both_indexes_find_every_pair() {
        for most_dense in [0, 60] {
            let mut flows = Flows { index: Index::new(60, most_dense), ..Flows::new(60) };
            let pairs = || (0..60).flat_map(|a| (0..60).map(move |b| [NodeId(a * 7 % 60), NodeId(b * 11 % 60)]));
            for (pair, times) in pairs().zip(0..) {
                (0..=times % 3).for_each(|_| flows.inject(pair));
            }
            assert_eq!(flows.exact().len(), 3600);
            assert!(pairs().zip(0..).all(|(pair, times)| flows.get(pair).unwrap().injected == times % 3 + 1));
            assert!(flows.exact().is_sorted_by(|a, b| a.pair < b.pair) && flows.are_exact());
        }
    }

    #[test]
    fn the_pair_after_a_hundred_thousand_goes_to_the_sketch() {
        let mut flows = Flows::new(1000);
        let pair = |number: u32| [NodeId(number / 1000), NodeId(number % 1000)];
        (0..100_000).for_each(|number| flows.inject(pair(number)));
        assert!(flows.are_exact());
        // The reverse of one that is held, and one of its own.
        for (number, times) in [(1500, 1), (999_001, 1), (250_003, 7)] {
            (0..times).for_each(|_| flows.inject(pair(number)));
        }
        assert!(!flows.are_exact() && flows.exact().len() == MOST_EXACT);
        assert_eq!(flows.get(pair(1500)).unwrap().injected, 2, "those that were there are counted on");
        let later = [(250_003, 7.0), (999_001, 1.0)];
        let later = later.map(|(number, injected_most)| Sketched { pair: pair(number), injected_most, error: 0.0 });
        assert_eq!(flows.sketched(), later);
        (200_000..205_000).for_each(|number| flows.inject(pair(number)));
        let rows = flows.sketched();
        assert_eq!((rows.len(), rows[0].pair), (SKETCHED, pair(250_003)));
        assert!(rows.iter().all(|row| row.error <= 5008.0 / SKETCHED as f64));
    }
}
