//! The recorder's part of a snapshot.

use std::borrow::Cow;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::availability::UpTicks;
use super::delivered::Delivered;
use super::flows::FlowsState;
use super::frame::Frame;
use super::gauges::Gauges;
use super::phases::PhasesState;
use super::stability::Stability;
use super::stretch::StretchState;
use super::{Baseline, Recorder};
use crate::fabric::check::leave_room;
use crate::fabric::{Fabric, Totals};
use crate::scenario::Tick;

/// All that was recorded.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecorderState<'a> {
    now: Tick,
    frame: DeliveredState,
    frame_totals: Totals,
    frame_gauges: Gauges,
    frame_closed: Option<Box<Frame>>,
    closed_at: Option<Tick>,
    measured: DeliveredState,
    baseline: Option<Cow<'a, Baseline>>,
    stability: Cow<'a, Stability>,
    flows: FlowsState<'a>,
    availability: UpTicks,
    stretch: StretchState,
    phases: Cow<'a, PhasesState>,
}

/// Sums over delivered accesses, and how often each latency occurred.
#[derive(Debug, Serialize, Deserialize)]
struct DeliveredState {
    count: u64,
    latency: u64,
    hops: u64,
    parts: [u64; 4],
    latencies: Vec<(u64, u64)>,
}

impl Delivered {
    fn state(&self) -> DeliveredState {
        let Self { count, latency, hops, parts, latencies: _ } = self;
        let latencies = self.occurred().collect();
        DeliveredState { count: *count, latency: *latency, hops: *hops, parts: *parts, latencies }
    }

    fn restored(state: DeliveredState) -> Self {
        let DeliveredState { count, latency, hops, parts, latencies } = state;
        let mut histogram: Histogram<u64> = Self::new().latencies;
        for (value, times) in latencies {
            histogram.record_n(value, times).expect("the histogram grows with its values");
        }
        Self { count, latency, hops, parts, latencies: histogram }
    }
}

impl DeliveredState {
    /// Whether it can be taken of accesses, which have latencies of at most 32 bits.
    fn is_possible(&self) -> bool {
        let Self { count, latency, hops, parts, latencies } = self;
        let sum = |counts: &mut dyn Iterator<Item = u64>| counts.map(u128::from).sum::<u128>();
        latencies.is_sorted_by_key(|&(value, _)| value)
            && latencies.iter().all(|&(value, times)| value <= u32::MAX.into() && times > 0)
            && sum(&mut latencies.iter().map(|&(_, times)| times)) == (*count).into()
            && sum(&mut parts.iter().copied()) == (*latency).into()
            && leave_room([*count, *latency, *hops])
    }
}

impl RecorderState<'_> {
    /// Whether it can be the state of `fresh` later on, at the present tick of `fabric`, the last of so many, with
    /// `loads` so far by port.
    pub fn may_follow(&self, fresh: &Recorder, fabric: &Fabric, ticks: Tick, loads: &[u64]) -> bool {
        let precedes = |base: &Baseline| {
            base.totals.may_precede(&fabric.totals)
                && base.loads.len() == loads.len()
                && base.loads.iter().zip(loads).all(|(before, now)| before <= now)
                && leave_room(base.waits.counts().chain(base.wormholes.counts()))
                && base.gauges.is_possible()
        };
        self.now == fabric.now
            && self.frame_totals.may_precede(&fabric.totals)
            && self.frame.is_possible()
            && self.measured.is_possible()
            && self.frame_closed.as_ref().is_none_or(|last| Some(last.tick) == self.closed_at)
            && self.closed_at.is_none_or(|tick| tick <= self.now)
            && self.baseline.as_deref().is_none_or(precedes)
            && self.stability.may_follow(&fresh.stability, fabric, ticks)
            && self.flows.may_follow(fabric)
            && self.availability.is_possible(fabric, ticks)
            && self.stretch.is_possible()
            && self.phases.may_follow(&fresh.phases, fabric, ticks, (self.measured.count, self.measured.latency))
    }
}

impl Recorder {
    /// Its state between two ticks.
    pub fn state(&self) -> RecorderState<'_> {
        let Self {
            now,
            frame,
            frame_totals,
            frame_gauges,
            frame_closed,
            closed_at,
            measured,
            baseline,
            stability,
            flows,
            availability,
            stretch,
            phases,
            // From the scenario.
            every: _,
            warmup: _,
        } = self;
        RecorderState {
            now: *now,
            frame: frame.state(),
            frame_totals: *frame_totals,
            frame_gauges: *frame_gauges,
            frame_closed: frame_closed.clone(),
            closed_at: *closed_at,
            measured: measured.state(),
            baseline: baseline.as_ref().map(Cow::Borrowed),
            stability: Cow::Borrowed(stability),
            flows: flows.state(),
            availability: *availability,
            stretch: stretch.state(),
            phases: phases.state(),
        }
    }

    /// Takes on a state that [may follow](RecorderState::may_follow) its own, after so many ticks of `fabric`.
    pub fn restore(&mut self, state: RecorderState, fabric: &Fabric, ticks: Tick) {
        let RecorderState {
            now,
            frame,
            frame_totals,
            frame_gauges,
            frame_closed,
            closed_at,
            measured,
            baseline,
            stability,
            flows,
            availability,
            stretch,
            phases,
        } = state;
        (self.now, self.frame_totals, self.frame_gauges) = (now, frame_totals, frame_gauges);
        (self.frame, self.measured) = (Delivered::restored(frame), Delivered::restored(measured));
        (self.frame_closed, self.closed_at) = (frame_closed, closed_at);
        self.stability.restore(stability.into_owned());
        self.baseline = baseline.map(Cow::into_owned);
        self.flows.restore(flows);
        self.availability = availability;
        self.stretch.restore(stretch, now);
        let measured = (self.measured.count, self.measured.latency);
        self.phases.restore(phases.into_owned(), ticks, &fabric.totals, measured);
    }
}
