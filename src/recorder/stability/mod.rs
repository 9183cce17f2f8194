//! Whether some queue grows without bound, by one stated test.
//!
//! Every queue is tested on its own: the FIFO of each node, and what waits at each port of finite capacity. A queue is
//! looked at up to 64 times, at equal distances in time, in a window of the measured ticks: their last seven eighths,
//! and once more their second half, each cut to a whole number of the workloads' periods. It *grows* if
//!
//! - it was never seen empty in the window, and rose in each quarter of it;
//! - its trend is steeper than chance makes it, with a probability of at most 1 % over all queues and windows
//!   that are tested (Bonferroni); and
//! - it grows by more than 0.1 % of what is served there.
//!
//! What was never seen empty is tested as a whole, too: routers that adapt spread an overload over many queues, each of
//! which grows by little. A run in which something grows is *unstable*. A queue at 95 % of its service is as good as
//! never taken for one, however many there are; one at 105 % is found within 20,000 ticks.
//!
//! Not growth: a peak that passes, since the queue is empty before it or the window ends at the same time of the day;
//! a backlog in front of a wormhole that is being set up, which goes when that is over; a queue that is full and drops
//! what finds no room, which is *overloaded* (one with a limit counts as growing until then). Where the longest period
//! does not fit into the measured ticks, only a trend that no such period explains counts, and one that it may explain
//! leaves the question open.
//!
//! Which ticks are looked at depends on how far the run is, not on how long it will be, so that it can be made longer.

mod growth;
mod verdict;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fabric::check::leave_room;
use crate::fabric::{Fabric, Place};
use crate::scenario::{Demand, Scenario, Tick};
use growth::{Design, Trend};
pub use verdict::{Growing, Overloaded, Verdict, Where};

/// Windows over which the mean number of waiting accesses is told.
const WINDOWS: usize = 4;

/// Counts that are kept of a queue at the most: between half of them and all cover the measured ticks.
const MOST_COUNTS: usize = 64;

/// Steps between counts that a window has at the least.
const LEAST_STEPS: usize = 16;

/// Probability that a run in which nothing grows is called unstable.
const FALSE_ALARMS: f64 = 0.01;

/// Growth, as a share of what is served, that is no growth.
const LEAST_GROWTH: f64 = 0.001;

/// Waiting accesses at equal distances in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// The first tick that is counted.
    start: Tick,
    /// Ticks from one count to the next: a power of two.
    every: Tick,
    /// Accesses waiting in the whole network.
    totals: Vec<u64>,
    /// Queues that were not empty when they were seen last, in the order of places.
    queues: Vec<Queue>,
}

/// A queue since it was seen empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Queue {
    place: Place,
    /// The latest counts, of which none is 0.
    counts: Vec<u32>,
}

/// A part of the measured ticks that ends with the last count.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    /// From one count to the next.
    steps: usize,
    /// Whether it holds each period.
    whole: bool,
}

/// What the test found.
#[derive(Debug, Default)]
struct Found {
    /// Growth per tick by place.
    places: BTreeMap<Place, f64>,
    /// Growth per tick of all queues that were never seen empty, if none grows that much by itself, and what they
    /// serve.
    network: Option<[f64; 2]>,
    /// Whether those are all ports.
    are_ports: bool,
    /// Whether something may grow, or follow a period that is too long to tell.
    is_open: bool,
}

impl Stability {
    /// Whether it can be what `fresh` is after so many ticks of `fabric`. As long as nothing is counted in either, it
    /// does not matter where counting begins.
    pub fn may_follow(&self, fresh: &Self, fabric: &Fabric, ticks: Tick) -> bool {
        let seen = self.totals.len();
        let due = ticks.saturating_sub(self.start).div_ceil(self.every.max(1));
        let nothing_yet = due == 0 && ticks <= fresh.start;
        let is_possible = |queue: &Queue| {
            let there = match queue.place {
                Place::Node(node) => node.index() < fabric.queues.len(),
                Place::Port(port) => (port as usize) < fabric.ports.len(),
            };
            there && (1..=seen).contains(&queue.counts.len()) && queue.counts.iter().all(|&count| count > 0)
        };
        (self.start == fresh.start || nothing_yet)
            && self.every.is_power_of_two()
            && (self.every == 1 || 2 * seen >= MOST_COUNTS)
            && seen <= MOST_COUNTS
            && seen == due as usize
            && leave_room(self.totals.iter().copied())
            && self.queues.iter().all(is_possible)
            && self.queues.is_sorted_by(|a, b| a.place < b.place)
    }

    /// For a run whose first `warmup` ticks are not measured.
    pub fn new(warmup: Tick) -> Self {
        Self { start: warmup, every: 1, totals: Vec::new(), queues: Vec::new() }
    }

    /// Takes on the counts of another one. Where they begin is for the scenario to say.
    pub fn restore(&mut self, other: Self) {
        *self = Self { start: self.start, ..other };
    }

    /// Whether accesses are counted at the end of tick `now`.
    #[inline]
    pub fn wants(&self, now: Tick) -> bool {
        now >= self.start && (now - self.start).is_multiple_of(self.every)
    }

    /// Adds the accesses that wait at the end of tick `now`, in the order of places; what is left out is empty.
    pub fn observe(&mut self, now: Tick, queues: impl Iterator<Item = (Place, u32)>) {
        if self.totals.len() == MOST_COUNTS {
            self.thin_out();
            if !self.wants(now) {
                return;
            }
        }
        let mut total = 0;
        let mut before = std::mem::take(&mut self.queues).into_iter().peekable();
        for (place, waiting) in queues.filter(|&(_, waiting)| waiting > 0) {
            total += u64::from(waiting);
            while before.next_if(|queue| queue.place < place).is_some() {}
            let known = before.next_if(|queue| queue.place == place);
            let mut queue = known.unwrap_or_else(|| Queue { place, counts: Vec::new() });
            queue.counts.push(waiting);
            self.queues.push(queue);
        }
        self.totals.push(total);
    }

    /// Keeps every other count.
    fn thin_out(&mut self) {
        let seen = self.totals.len();
        self.totals = self.totals.iter().copied().step_by(2).collect();
        for queue in &mut self.queues {
            let first = (seen - queue.counts.len()) % 2;
            queue.counts = queue.counts.iter().copied().skip(first).step_by(2).collect();
        }
        self.queues.retain(|queue| !queue.counts.is_empty());
        self.every *= 2;
    }

    /// Means of the waiting accesses over equal parts of the second half of the measured ticks, where it was seen, if
    /// the run is to have `planned` ticks.
    fn waiting_means(&self, planned: Tick) -> [Option<f64>; WINDOWS] {
        let half = planned.saturating_sub(self.start) / 2;
        let length = (half / WINDOWS as Tick).max(1);
        let (mut sums, mut samples) = ([0; WINDOWS], [0_u32; WINDOWS]);
        for (&count, index) in self.totals.iter().zip(0..) {
            if let Some(into) = (self.start + index * self.every).checked_sub(planned - half) {
                let window = ((into / length) as usize).min(WINDOWS - 1);
                sums[window] += count;
                samples[window] += 1;
            }
        }
        std::array::from_fn(|window| (samples[window] > 0).then(|| sums[window] as f64 / f64::from(samples[window])))
    }

    /// The windows that are tested in the presence of `periods`, the longest first.
    fn windows(&self, measured: Tick, periods: &[Tick]) -> Vec<Window> {
        let most = self.totals.len().saturating_sub(1);
        let steps = |ticks: Tick| ((ticks + self.every / 2) / self.every) as usize;
        let lengths = if periods.first().is_some_and(|&longest| longest > measured) {
            vec![Window { steps: steps(measured - measured / 8).min(most), whole: false }]
        } else {
            let common = common(periods, measured);
            let whole = |ticks: Tick| Some(ticks / common * common).filter(|&ticks| ticks > 0);
            let long = whole(measured - measured / 8).or_else(|| whole(measured));
            let both = long.into_iter().chain(whole(measured / 2));
            both.map(|ticks| Window { steps: steps(ticks).min(most), whole: true }).collect()
        };
        let mut windows: Vec<Window> = lengths.into_iter().filter(|window| window.steps >= LEAST_STEPS).collect();
        windows.dedup();
        windows
    }

    /// What grows in a run of `planned` ticks that is over, given the periods of its workloads, the longest first, and
    /// what a place can serve per tick. None if it is too short to tell.
    fn test(&self, planned: Tick, periods: &[Tick], service: impl Fn(Place) -> f64) -> Option<Found> {
        let windows = self.windows(planned.saturating_sub(self.start), periods);
        windows.first()?;
        let tests: Vec<Test> = windows.into_iter().flat_map(|window| self.tests(window, periods, &service)).collect();
        let rare = FALSE_ALARMS / tests.len().max(1) as f64;
        let mut found = Found::default();
        for Test { place, served, ticks, trend, plain } in &tests {
            let grows = |trend: &&Trend| trend.rises && trend.growth > LEAST_GROWTH * served && trend.chance() < rare;
            match (trend.as_ref().filter(grows), place) {
                (None, _) => found.is_open |= plain.as_ref().filter(grows).is_some(),
                (Some(trend), Some(place)) => drop(found.places.insert(*place, trend.growth / ticks)),
                (Some(trend), None) => found.network = Some([trend.growth / ticks, served / ticks]),
            }
        }
        found.network = found.network.filter(|_| found.places.is_empty());
        found.are_ports = tests.iter().all(|test| !matches!(test.place, Some(Place::Node(_))));
        Some(found)
    }

    /// The tests of one window: of each queue that was never seen empty in it, and of them all together.
    fn tests(&self, Window { steps, whole }: Window, periods: &[Tick], service: impl Fn(Place) -> f64) -> Vec<Test> {
        let every = f64::from(self.every);
        let (begins, ticks) =
            (f64::from(self.start) + every * (self.totals.len() - 1 - steps) as f64, every * steps as f64);
        let periods: Vec<f64> = periods.iter().copied().map(f64::from).collect();
        let design = |periods: &[f64]| Design::new(begins, every, steps, periods);
        let (fitted, plain) = (design(&periods), design(&[]));
        let plain = plain.filter(|_| !whole || fitted.is_none());
        let test = |place: Option<Place>, served: f64, counts: &[f64]| {
            let fit = |design: &Option<Design>| design.as_ref().map(|design| design.fit(counts));
            Test { place, served: served * ticks, ticks, trend: fit(&fitted), plain: fit(&plain) }
        };
        let (mut sum, mut tests) = (vec![0.0; steps + 1], Vec::new());
        for queue in self.queues.iter().filter(|queue| queue.counts.len() > steps) {
            let counts = queue.counts[queue.counts.len() - 1 - steps..].iter().copied();
            let counts: Vec<f64> = counts.map(f64::from).collect();
            sum.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
            tests.push(test(Some(queue.place), service(queue.place), &counts));
        }
        if tests.len() > 1 {
            let mut all = test(None, tests.iter().map(|test| test.served).sum::<f64>() / ticks, &sum);
            let luck = |of: fn(&Test) -> &Option<Trend>| {
                tests.iter().filter_map(|test| of(test).as_ref()).map(|t| t.luck).sum()
            };
            let (fitted, plain) = (luck(|test| &test.trend), luck(|test| &test.plain));
            all.trend.iter_mut().for_each(|trend| trend.luck = fitted);
            all.plain.iter_mut().for_each(|trend| trend.luck = plain);
            tests.push(all);
        }
        tests
    }
}

/// A trend that is tested.
#[derive(Debug)]
struct Test {
    /// The queue; none is all of them together.
    place: Option<Place>,
    /// What can be served there meanwhile.
    served: f64,
    ticks: f64,
    /// The trend beside the swings of all periods, if it can be told.
    trend: Option<Trend>,
    /// The trend if nothing swings, where a period may explain it.
    plain: Option<Trend>,
}

/// The periods of a scenario's workloads, ticks, the longest first: of days, and of hot spots that come round.
pub fn periods(scenario: &Scenario) -> Vec<Tick> {
    let mut periods: Vec<Tick> = Vec::new();
    for workload in &scenario.workloads {
        if let Demand::Drawn { modulation, .. } = &workload.demand {
            periods.extend(modulation.diurnal.iter().map(|day| day.period_ticks));
            let moving = modulation.hot_spot.iter().filter(|spot| spot.path.len() > 1 && spot.share > 0.0);
            periods.extend(moving.map(|spot| spot.dwell_ticks.saturating_mul(spot.path.len() as Tick)));
        }
    }
    periods.sort_unstable_by(|a, b| b.cmp(a));
    periods.dedup();
    periods
}

/// The least time that is a whole number of each period, if it is at most `measured`; else the longest period, which
/// holds the others best.
fn common(periods: &[Tick], measured: Tick) -> Tick {
    let longest = periods.first().copied().unwrap_or(1);
    let all = periods.iter().try_fold(1, |all: Tick, &period| {
        let (mut a, mut b) = (all, period);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        all.checked_mul(period / a).filter(|&all| all <= measured)
    });
    all.unwrap_or(longest)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::random::stream;
    use crate::scenario::Arrivals;
    use crate::topology::NodeId;
    use crate::workload::arrivals::Counts;

    /// Queues of unit service, to which `arrive` says how many accesses come in a tick.
    fn queues(
        seed: u64,
        ticks: Tick,
        warmup: Tick,
        count: u32,
        arrive: impl Fn(u32, Tick, &mut ChaCha8Rng) -> u32,
    ) -> Stability {
        let (mut rng, mut queues) = (stream(seed, "test"), vec![0u32; count as usize]);
        let mut stability = Stability::new(warmup);
        for now in 0..ticks {
            for (queue, number) in queues.iter_mut().zip(0..) {
                *queue = (*queue + arrive(number, now, &mut rng)).saturating_sub(1);
            }
            if stability.wants(now) {
                stability.observe(now, (0..).map(|node| Place::Node(NodeId(node))).zip(queues.iter().copied()));
            }
        }
        stability
    }

    fn growing(stability: &Stability, ticks: Tick, periods: &[Tick]) -> Found {
        stability.test(ticks, periods, |_| 1.0).unwrap()
    }

    fn alarms(found: &Found) -> bool {
        !found.places.is_empty() || found.network.is_some()
    }

    /// Runs of so many queues at 95 % of service in which something is said to grow.
    fn false_alarms(seeds: std::ops::Range<u64>, count: u32, ticks: Tick, warmup: Tick) -> usize {
        let table = Counts::new(Arrivals::Poisson, 0.95);
        let alarm = |&seed: &u64| {
            let seen = queues(seed, ticks, warmup, count, |_, _, rng| table.draw(rng));
            alarms(&growing(&seen, ticks, &[]))
        };
        seeds.filter(alarm).count()
    }

    /// Of 100 runs each one may be wrong; more than four, with luck, in one of 270 tests only.
    #[test]
    fn queues_at_ninety_five_percent_are_not_said_to_grow() {
        assert!(false_alarms(0..100, 1, 20_000, 1000) <= 4);
        assert!(false_alarms(0..100, 40, 2000, 200) <= 4);
        assert!(false_alarms(0..100, 400, 300, 0) <= 4);
        assert!(false_alarms(0..4, 400, 20_000, 0) <= 1);
        assert!(false_alarms(0..10, 10_000, 200, 0) <= 1);
    }

    #[test]
    fn one_queue_of_many_at_a_hundred_and_five_percent_is_found() {
        let [much, more] = [0.95, 1.05].map(|rate| Counts::new(Arrivals::Poisson, rate));
        let found = |&seed: &u64| {
            let arrive = |queue: u32, _, rng: &mut _| if queue == 17 { more.draw(rng) } else { much.draw(rng) };
            let found = growing(&queues(seed, 20_000, 0, 40, arrive), 20_000, &[]);
            found.places.keys().eq([&Place::Node(NodeId(17))])
        };
        let times = (0..40).filter(found).count();
        assert!(times >= 38, "{times} of 40");
    }

    /// Many queues that are each overloaded by too little to tell.
    #[test]
    fn an_overload_that_is_spread_is_found_in_all_together() {
        let table = Counts::new(Arrivals::Poisson, 1.01);
        let found = |&seed: &u64| {
            let seen = queues(seed, 40_000, 2000, 30, |_, _, rng| table.draw(rng));
            alarms(&growing(&seen, 40_000, &[]))
        };
        let times = (0..20).filter(found).count();
        assert!(times >= 18, "{times} of 20");
    }

    /// A Poisson table thinned to a mean of `rate`·(1 + ½ sin).
    fn by_day(rate: f64, period: Tick) -> impl Fn(u32, Tick, &mut ChaCha8Rng) -> u32 {
        let table = Counts::new(Arrivals::Poisson, 1.5 * rate);
        move |_, now, rng| {
            let day = f64::from(now % period) / f64::from(period);
            let share = (1.0 + 0.5 * libm::sin(std::f64::consts::TAU * day)) / 1.5;
            (0..table.draw(rng)).filter(|_| rng.random_bool(share)).count() as u32
        }
    }

    #[test]
    fn days_whose_peaks_pass_are_stable_and_days_that_leave_a_rest_are_not() {
        for (period, ticks) in [(3000, 30_000), (9000, 20_000), (700, 21_000)] {
            for (rate, grows) in [(0.85, false), (0.95, false), (1.1, true)] {
                for seed in 0..6 {
                    let seen = queues(seed, ticks, 1000, 3, by_day(rate, period));
                    let found = growing(&seen, ticks, &[period]);
                    assert_eq!(alarms(&found), grows, "{rate}, {period}, {seed}: {found:?}");
                }
            }
        }
    }

    /// A queue that is never empty: the second half of a day of which the run holds no more.
    #[test]
    fn a_rise_that_may_be_a_part_of_a_day_is_left_open() {
        let table = Counts::new(Arrivals::Poisson, 1.2);
        let seen = queues(1, 10_000, 1000, 1, |_, _, rng| table.draw(rng));
        assert!(alarms(&growing(&seen, 10_000, &[])));
        let found = growing(&seen, 10_000, &[40_000]);
        assert!(!alarms(&found) && found.is_open, "{found:?}");
    }

    #[test]
    fn windows_hold_whole_periods() {
        let mut stability = Stability::new(1000);
        for now in 1000..20_000 {
            if stability.wants(now) {
                stability.observe(now, std::iter::empty());
            }
        }
        let ticks = |periods: &[Tick]| -> Vec<(u32, bool)> {
            let windows = stability.windows(19_000, periods);
            windows.into_iter().map(|window| (window.steps as u32 * stability.every, window.whole)).collect()
        };
        assert_eq!(stability.every, 512);
        assert_eq!(ticks(&[]), [(16_384, true), (9728, true)]);
        assert_eq!(ticks(&[10_000]), [(10_240, true)]);
        assert_eq!(ticks(&[18_000]), [(17_920, true)]);
        assert_eq!(ticks(&[8000, 3000]), [(15_872, true), (8192, true)], "24,000 do not fit: whole numbers of 8000");
        assert_eq!(ticks(&[3000, 2000]), [(11_776, true)]);
    }

    #[test]
    fn a_run_cut_short_has_no_means_of_what_it_did_not_see() {
        let mut stability = Stability::new(0);
        (0..90).for_each(|now| {
            if stability.wants(now) {
                stability.observe(now, [(Place::Port(3), now + 1)].into_iter());
            }
        });
        assert_eq!(stability.waiting_means(100), [Some(56.0), Some(68.0), Some(80.0), Some(88.0)]);
        assert!(alarms(&growing(&stability, 90, &[])));
        assert!(Stability::new(5).test(6, &[], |_| 1.0).is_none());
    }

    #[test]
    fn what_is_counted_does_not_depend_on_the_length_of_the_run() {
        let mut stability = Stability::new(10);
        for now in (0..100_000).filter(|&now| now >= 10) {
            if stability.wants(now) {
                // The second is empty now and then.
                let second = u32::from(now % 1000 > 200);
                let queues = [(Place::Node(NodeId(2)), now), (Place::Port(7), second)];
                stability.observe(now, queues.into_iter());
            }
            let (counts, every) = (stability.totals.len(), stability.every);
            assert!(counts <= MOST_COUNTS && (every == 1 || 2 * counts >= MOST_COUNTS), "{now}: {counts}");
        }
        let expected = (0..).map(|index| 10 + index * stability.every);
        let counts = &stability.queues[0].counts;
        assert!(counts.iter().copied().eq(expected.take(stability.totals.len())));
        assert!(stability.queues.iter().all(|queue| queue.counts.len() <= stability.totals.len()));
    }
}
