//! What of the recorder a snapshot holds.

use std::borrow::Cow;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::frame::Frame;
use super::levels::Levels;
use super::stability::Stability;
use super::{Baseline, Delivered, Recorder};
use crate::scenario::Tick;
use crate::world::fabric::Totals;

/// All that was recorded.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecorderState<'a> {
    now: Tick,
    frame: DeliveredState,
    frame_totals: Totals,
    frame_levels: Levels,
    frames: Cow<'a, [Frame]>,
    measured: DeliveredState,
    baseline: Option<Cow<'a, Baseline>>,
    stability: Cow<'a, Stability>,
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

impl Recorder {
    /// Its state between two ticks.
    pub fn state(&self) -> RecorderState<'_> {
        let Self {
            now,
            frame,
            frame_totals,
            frame_levels,
            frames,
            measured,
            baseline,
            stability,
            // From the scenario.
            every: _,
            warmup: _,
        } = self;
        RecorderState {
            now: *now,
            frame: frame.state(),
            frame_totals: *frame_totals,
            frame_levels: *frame_levels,
            frames: frames.into(),
            measured: measured.state(),
            baseline: baseline.as_ref().map(Cow::Borrowed),
            stability: Cow::Borrowed(stability),
        }
    }

    /// Takes on a state.
    pub fn restore(&mut self, state: RecorderState) {
        let RecorderState { now, frame, frame_totals, frame_levels, frames, measured, baseline, stability } = state;
        (self.now, self.frame_totals, self.frame_levels) = (now, frame_totals, frame_levels);
        (self.frame, self.measured) = (Delivered::restored(frame), Delivered::restored(measured));
        self.frames = frames.into_owned();
        self.stability.restore(stability.into_owned());
        self.baseline = baseline.map(Cow::into_owned);
    }
}
