//! Phases of a run: from one scheduled change to the next, and how long latency takes to be as before.
//!
//! The first phase begins with the measured ticks, whatever is scheduled in the warm-up, and another one with each
//! later tick in which something is [scheduled](timetable) to change. An access belongs to the phase in which it is
//! injected, delivered or dropped. What changes beyond [`MOST`] phases is counted and not told apart.
//!
//! *Before* a phase is the last phase under the same conditions: as much had failed, every capacity was the same, each
//! workload, hot spot and flash crowd stood where it stands. So what is restored is compared with the time before it
//! failed. Where there was none, it is the last phase before whose latency is known. Of that phase counts its second
//! half, and of this what came after it had recovered itself; when a phase is back at that level, it has recovered. A
//! phase shorter than two mean latencies of that level says nothing: what is delivered in it left before it.

mod level;
pub mod timetable;
pub mod why;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::fabric::check::leave_room;
use crate::fabric::{Fabric, Totals};
use crate::scenario::{Scenario, Tick};
use level::{Batch, Batches, Level, batch_at, begin_of};
use timetable::Timetable;
use why::{Cause, Why};

/// A phase of fewer mean latencies than this says nothing about itself.
const SHORT: f64 = 2.0;

/// Most phases that are told apart.
pub const MOST: usize = 1000;

/// A phase, as it stands in `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseRow {
    /// Its first tick.
    pub from_tick: Tick,
    /// The tick after its last one so far.
    pub until_tick: Tick,
    /// What it begins with, in words.
    pub why: String,
    /// Accesses that entered in it.
    pub injected: u64,
    /// Accesses that were delivered in it.
    pub delivered: u64,
    /// Accesses that were lost in it, all reasons.
    pub dropped: u64,
    /// Mean latency of those delivered, ticks.
    pub latency_mean: Option<f64>,
    /// Half the width of its interval of 95 %, by batch means; none where they are too few to tell.
    pub latency_half_width: Option<f64>,
    /// First tick of the phase that it is compared with: the last one under the same conditions, else the last one, of
    /// those whose latency is known. None if there is none.
    pub before_from_tick: Option<Tick>,
    /// Ticks until latency was no longer above the interval that it had before: 0 if it never was, none if it still was
    /// when the phase ended, if the phase is too short to tell, or if there is nothing to compare with.
    pub recovered_after_ticks: Option<Tick>,
    /// How exactly that is known: it may have been so many ticks earlier, less one.
    pub resolution_ticks: Option<Tick>,
}

/// Counts since the first tick; of deliveries those that were measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    injected: u64,
    dropped: u64,
    delivered: Batch,
}

/// A phase that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Closed {
    from: Tick,
    until: Tick,
    why: Why,
    conditions: u64,
    counts: Counts,
    half_width: Option<f64>,
    /// What later phases are compared with.
    level: Option<Level>,
    before: Option<Tick>,
    /// After how many ticks it recovered, and how exactly that is known.
    recovered: Option<(Tick, Tick)>,
}

/// The phase that goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Open {
    from: Tick,
    why: Why,
    conditions: u64,
    /// When it began.
    start: Counts,
    /// Batches that are whole.
    batches: Vec<Batch>,
}

/// All phases so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PhasesState {
    closed: Vec<Closed>,
    open: Option<Open>,
    /// Changes since the last phase began that are not told apart.
    later: u64,
}

/// The phases of a run.
#[derive(Debug)]
pub struct Phases {
    timetable: Timetable,
    warmup: Tick,
    state: PhasesState,
    /// The next tick with which a phase begins.
    next: Option<Tick>,
    /// The tick after the last one of the batch that goes on.
    batch_ends: Tick,
    /// At the end of the tick before.
    last: Counts,
}

impl Counts {
    #[inline]
    fn of(totals: &Totals, (count, latency): (u64, u64)) -> Self {
        let dropped = totals.dropped.iter().sum();
        Self { injected: totals.injected, dropped, delivered: Batch { count, latency } }
    }

    fn all(&self) -> [u64; 4] {
        [self.injected, self.dropped, self.delivered.count, self.delivered.latency]
    }

    /// What came since they were `start`.
    fn since(&self, start: &Self) -> Self {
        let [injected, dropped, count, latency] =
            [0, 1, 2, 3].map(|which| self.all()[which].saturating_sub(start.all()[which]));
        Self { injected, dropped, delivered: Batch { count, latency } }
    }
}

impl Phases {
    /// Those of a scenario before its first tick.
    pub fn new(scenario: &Scenario) -> Self {
        let (timetable, warmup) = (Timetable::new(scenario), scenario.warmup_ticks);
        let (state, last) = (PhasesState::default(), Counts::default());
        Self { timetable, warmup, state, next: Some(warmup), batch_ends: Tick::MAX, last }
    }

    /// Adds the present tick of `fabric`, given what was measured so far: deliveries, and the sum of their latencies.
    #[inline]
    pub fn observe(&mut self, fabric: &Fabric, measured: (u64, u64)) {
        if self.next == Some(fabric.now) {
            self.begin(fabric.now);
        }
        self.last = Counts::of(&fabric.totals, measured);
        if fabric.now + 1 == self.batch_ends {
            self.end_batch();
        }
    }

    /// Begins a phase with tick `now`, or counts that it is not told apart.
    fn begin(&mut self, now: Tick) {
        let state = &mut self.state;
        self.next = self.timetable.first_from(now + 1);
        if state.closed.len() + 1 == MOST && state.open.is_some() {
            state.later += self.timetable.changes(now).len() as u64;
            return;
        }
        if let Some(open) = state.open.take() {
            let closed = open.close(&state.closed, now, &self.last);
            state.closed.push(closed);
        }
        let mut causes = self.timetable.changes(now);
        if now == self.warmup {
            let changes = self.timetable.count_before(self.warmup);
            causes.insert(0, Cause::Measured { after_warmup: self.warmup > 0, changes });
        }
        let (why, conditions) = (Why::new(causes), self.timetable.conditions(now));
        state.open = Some(Open { from: now, why, conditions, start: self.last, batches: Vec::new() });
        self.batch_ends = now + 1;
    }

    fn end_batch(&mut self) {
        if let Some(open) = &mut self.state.open {
            open.batches.push(open.unfinished(&self.last));
            self.batch_ends = open.from + begin_of(open.batches.len() + 1);
        }
    }

    /// Their rows after so many ticks, and how many changes are not told apart.
    pub fn rows(&self, scenario: &Scenario, ticks: Tick) -> (Vec<PhaseRow>, u64) {
        let PhasesState { closed, open, later } = &self.state;
        let mut rows: Vec<PhaseRow> = closed.iter().map(|phase| phase.row(scenario, 0)).collect();
        rows.extend(open.iter().map(|open| open.close(closed, ticks, &self.last).row(scenario, *later)));
        (rows, *later)
    }

    /// Its state between two ticks.
    pub fn state(&self) -> Cow<'_, PhasesState> {
        Cow::Borrowed(&self.state)
    }

    /// Takes on a state that [may follow](PhasesState::may_follow) its own, after so many ticks of `fabric`.
    pub fn restore(&mut self, state: PhasesState, ticks: Tick, totals: &Totals, measured: (u64, u64)) {
        self.last = Counts::of(totals, measured);
        self.next = if state.open.is_some() { self.timetable.first_from(ticks) } else { Some(self.warmup) };
        self.batch_ends = state.open.as_ref().map_or(Tick::MAX, |open| open.from + begin_of(open.batches.len() + 1));
        self.state = state;
    }
}

impl Open {
    /// What of the batch that goes on has come.
    fn unfinished(&self, now: &Counts) -> Batch {
        let whole = self.batches.iter().fold(Batch::default(), |sum, &batch| sum + batch);
        now.since(&self.start).delivered - whole
    }

    /// The phase if it ends before tick `until`, when counts are `now`.
    fn close(&self, earlier: &[Closed], until: Tick, now: &Counts) -> Closed {
        let mut all = self.batches.clone();
        if begin_of(all.len()) < until - self.from {
            all.push(self.unfinished(now));
        }
        let batches = Batches { all: &all, end: until - self.from };
        let known = || earlier.iter().filter_map(|phase| Some((phase, phase.level?)));
        let like_this = known().rfind(|(phase, _)| phase.conditions == self.conditions);
        let before = like_this.or_else(|| known().next_back()).map(|(phase, level)| (phase.from, level));
        // Of a phase that is over so soon, most of what is delivered left before it.
        let tells = before.is_none_or(|(_, level)| f64::from(batches.end) >= SHORT * level.mean());
        let back = before.filter(|_| tells).and_then(|(_, level)| level.back_at(batches));
        let settled = batch_at(batches.end / 2).max(back.unwrap_or(0));
        let recovered = back.map(|back| match back {
            0 => (0, 0),
            _ => (begin_of(back), begin_of(back + 1) - begin_of(back)),
        });
        Closed {
            from: self.from,
            until,
            why: self.why.clone(),
            conditions: self.conditions,
            counts: now.since(&self.start),
            half_width: Level::of(batches, 0).map(|level| level.half_width()),
            level: Level::of(batches, settled).filter(|_| tells),
            before: before.map(|(from, _)| from),
            recovered,
        }
    }
}

impl Closed {
    fn row(&self, scenario: &Scenario, later: u64) -> PhaseRow {
        PhaseRow {
            from_tick: self.from,
            until_tick: self.until,
            why: self.why.words(scenario, later),
            injected: self.counts.injected,
            delivered: self.counts.delivered.count,
            dropped: self.counts.dropped,
            latency_mean: self.counts.delivered.mean(),
            latency_half_width: self.half_width,
            before_from_tick: self.before,
            recovered_after_ticks: self.recovered.map(|(ticks, _)| ticks),
            resolution_ticks: self.recovered.map(|(_, resolution)| resolution),
        }
    }

    fn is_possible(&self) -> bool {
        let Self { from, until, counts, half_width, level, before, recovered, why: _, conditions: _ } = self;
        let ticks = until.saturating_sub(*from);
        let level_is = |level: &Level| level.is_possible(ticks) && level.total().is_part_of(counts.delivered);
        ticks > 0
            && half_width.is_none_or(|width| width.is_finite() && width >= 0.0)
            && level.as_ref().is_none_or(level_is)
            && before.is_none_or(|before| before < *from)
            && recovered.is_none_or(|(after, _)| after < ticks)
    }
}

impl PhasesState {
    /// Whether it can be that of `fresh` after so many ticks of `fabric`, given what was measured so far.
    pub fn may_follow(&self, fresh: &Phases, fabric: &Fabric, ticks: Tick, measured: (u64, u64)) -> bool {
        let Self { closed, open, later } = self;
        let Some(open) = open else { return ticks <= fresh.warmup && closed.is_empty() && *later == 0 };
        let scheduled = [fresh.timetable.failures(), fresh.timetable.workloads()];
        let why = |why: &Why| why.is_possible([fabric.queues.len(), fabric.link_ports.len()], scheduled);
        let begins: Vec<Tick> = closed.iter().map(|phase| phase.from).chain([open.from, ticks]).collect();
        let follow = closed.iter().zip(&begins[1..]).all(|(phase, next)| phase.until == *next);
        let now = Counts::of(&fabric.totals, measured).all();
        let start = open.start.all();
        let sum = |which: usize| closed.iter().map(|phase| u128::from(phase.counts.all()[which])).sum::<u128>();
        let come = |which: usize| u128::from(now[which].saturating_sub(start[which]));
        let whole = |of: fn(&Batch) -> u64| open.batches.iter().map(|batch| u128::from(of(batch))).sum::<u128>();
        begins[0] == fresh.warmup
            && begins.is_sorted_by(|a, b| a < b)
            && follow
            && closed.len() < MOST
            && (*later == 0 || closed.len() + 1 == MOST)
            && *later <= ticks.into()
            && closed.iter().all(|phase| phase.is_possible() && why(&phase.why))
            && why(&open.why)
            && open.batches.len() == batch_at(ticks - open.from)
            && start.iter().zip(&now).all(|(start, now)| start <= now)
            && (0..4).all(|which| sum(which) <= start[which].into())
            && whole(|batch| batch.count) <= come(2)
            && whole(|batch| batch.latency) <= come(3)
            && leave_room(now)
    }
}
