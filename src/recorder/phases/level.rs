//! The level of latency in a phase, and from when on another phase is back at it.
//!
//! A phase is divided into batches by its age: 32 of one tick, then 16 for each doubling, so that they are as fine as a
//! sixteenth of the age and few in the longest run. Means of up to 16 blocks of batches, about equally long, give the
//! spread of latency, correlation among neighbours included, by the method of batch means: σ² = Σ c·(x̄ − µ)²/(v),
//! where a block of c accesses has the mean x̄, and v is the number of blocks less one. The mean of n accesses then has
//! the standard error σ/√n.
//!
//! A stretch of a phase is *above* a level if the mean of its accesses is more than that of the level by more than
//! [`RARE`] standard errors of their difference, and by more than 0.1 %; or if it delivers nothing where the level's
//! rate makes that as rare. A phase is *back* at the level from the first batch on from which no stretch, short or
//! long, is above it, if the rest of the phase is long enough to tell: it delivers as many accesses as the last stretch
//! that was above, and holds the batch with which it begins whole. To be better is to be back.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

use crate::scenario::Tick;

/// Batches of one tick at the start of a phase.
const FINE: u32 = 32;

/// Blocks that the spread is taken from at the most.
const BLOCKS: u64 = 16;

/// Standard deviations that a stretch may lie above: once in 300,000 stretches by chance, of which a long phase has
/// some thousands.
const RARE: f64 = 4.5;

/// Deliveries that are not missed by chance more often than that: −ln(1/300,000).
const MISSED: f64 = 12.6;

/// Standard deviations that the interval of 95 % reaches to either side.
const INTERVAL: f64 = 1.959_964;

/// A difference below this share of the level is none.
const LEAST: f64 = 0.001;

/// What was delivered in a batch, or over more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Accesses.
    pub count: u64,
    /// Sum of their latencies, ticks.
    pub latency: u64,
}

/// The latency of some ticks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    total: Batch,
    ticks: Tick,
    /// Of a single access, as the spread of blocks tells it, ticks.
    deviation: f64,
    freedom: u32,
}

/// The number of the batch that has the tick of this age.
pub fn batch_at(age: Tick) -> usize {
    let doublings = (age / (FINE / 2)).checked_ilog2().unwrap_or(0);
    // Ages of a doubling are told apart by their upper bits, and each doubling has half as many as the first has.
    (doublings * (FINE / 2) + (age >> doublings)) as usize
}

/// Age at which a batch begins.
pub fn begin_of(batch: usize) -> Tick {
    let batch = batch as Tick;
    let doublings = (batch / (FINE / 2)).saturating_sub(1);
    (batch - doublings * (FINE / 2)) << doublings
}

/// The batches of a phase, all but the last of which are whole.
#[derive(Debug, Clone, Copy)]
pub struct Batches<'a> {
    /// In order.
    pub all: &'a [Batch],
    /// Age at which the last one ends.
    pub end: Tick,
}

impl Batch {
    /// Their mean latency.
    pub fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.latency as f64 / self.count as f64)
    }

    /// Whether it may be some of these accesses.
    pub fn is_part_of(self, all: Self) -> bool {
        self.count <= all.count && self.latency <= all.latency
    }
}

impl Add for Batch {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { count: self.count + other.count, latency: self.latency + other.latency }
    }
}

impl Sub for Batch {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { count: self.count - other.count, latency: self.latency - other.latency }
    }
}

impl Level {
    /// That of the batches from number `first` on; none if they do not say how much latency varies.
    pub fn of(batches: Batches<'_>, first: usize) -> Option<Self> {
        let (begin, mut blocks) = (begin_of(first), Vec::new());
        let (mut total, mut block, mut since) = (Batch::default(), Batch::default(), begin);
        for (&batch, number) in batches.all[first..].iter().zip(first + 1..) {
            (total, block) = (total + batch, block + batch);
            let end = begin_of(number).min(batches.end);
            if u64::from(end - since) * BLOCKS >= (batches.end - begin).into() || end == batches.end {
                blocks.push(std::mem::take(&mut block));
                since = end;
            }
        }
        let mean = total.mean()?;
        let means = blocks.iter().filter_map(|block| Some((block.count as f64, block.mean()? - mean)));
        let freedom = means.clone().count().checked_sub(1).filter(|&freedom| freedom > 0)?;
        let squares: f64 = means.map(|(count, off)| count * off * off).sum();
        let deviation = (squares / freedom as f64).sqrt();
        Some(Self { total, ticks: batches.end - begin, deviation, freedom: freedom as u32 })
    }

    /// Half the width of the interval of its mean, of 95 % confidence.
    pub fn half_width(&self) -> f64 {
        self.beyond(INTERVAL) / (self.total.count as f64).sqrt()
    }

    /// So many standard deviations, as Student's t with few blocks has them (Wallace 1959).
    fn beyond(&self, deviations: f64) -> f64 {
        let freedom = f64::from(self.freedom);
        let scaled = deviations * (8.0 * freedom + 3.0) / (8.0 * freedom + 1.0);
        self.deviation * libm::sqrt(freedom * libm::expm1(scaled * scaled / freedom))
    }

    /// The first batch from which on no stretch is above this level and, if one was before, something is delivered
    /// again; none if there is no such, or the rest is too short to tell.
    pub fn back_at(&self, batches: Batches<'_>) -> Option<usize> {
        let mean = self.mean();
        let (beyond, count) = (self.beyond(RARE), self.total.count as f64);
        let rate = count / f64::from(self.ticks);
        let limit = |accesses: u64| {
            let error = (1.0 / count + 1.0 / accesses as f64).sqrt();
            mean + (beyond * error).max(LEAST * mean)
        };
        let is_missed = |ticks: Tick| rate * f64::from(ticks) > MISSED;
        let is_above = |stretch: Batch, ticks: Tick| {
            stretch.mean().map_or_else(|| is_missed(ticks), |mean| mean > limit(stretch.count))
        };
        let above_from = |first: usize| {
            let begin = begin_of(first);
            let mut stretch = Batch::default();
            batches.all[first..].iter().zip(first + 1..).find_map(|(&batch, next)| {
                stretch = stretch + batch;
                is_above(stretch, begin_of(next).min(batches.end) - begin).then_some(stretch)
            })
        };
        let last = (0..batches.all.len()).rev().find_map(|first| Some((first, above_from(first)?)));
        let left = last.map_or(0, |(first, _)| first + 1);
        let back = left + batches.all[left..].iter().position(|batch| batch.count > 0)?;
        let Some((_, stretch)) = last else { return Some(0) };
        let rest = batches.all[back..].iter().fold(Batch::default(), |sum, &batch| sum + batch);
        // As many accesses as showed it last would show it again.
        let tells =
            if stretch.count == 0 { is_missed(batches.end - begin_of(back)) } else { rest.count >= stretch.count };
        (tells && begin_of(back + 1) <= batches.end).then_some(back)
    }

    /// Mean latency, ticks.
    pub fn mean(&self) -> f64 {
        self.total.latency as f64 / self.total.count as f64
    }

    /// Whether it can be taken of accesses within so many ticks.
    pub fn is_possible(&self, ticks: Tick) -> bool {
        let Self { total, ticks: own, deviation, freedom } = *self;
        total.count > 0 && (1..=ticks).contains(&own) && deviation.is_finite() && deviation >= 0.0 && freedom > 0
    }

    /// What it was taken of.
    pub fn total(&self) -> Batch {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    fn batches(ticks: Tick, mut at: impl FnMut(Tick) -> Batch) -> Vec<Batch> {
        let mut all = vec![Batch::default(); batch_at(ticks - 1) + 1];
        (0..ticks).for_each(|age| all[batch_at(age)] = all[batch_at(age)] + at(age));
        all
    }

    #[test]
    fn batches_follow_each_other_and_are_at_most_a_sixteenth_of_their_age() {
        for age in (0..5000).chain((0..31).flat_map(|bit| [(1 << bit) - 1, 1 << bit])) {
            let batch = batch_at(age);
            assert!((begin_of(batch)..begin_of(batch + 1)).contains(&age), "{age} in {batch}");
            assert!((begin_of(batch + 1) - begin_of(batch)) * 16 <= begin_of(batch).max(16), "{batch}");
        }
        assert_eq!([0, 31, 32, 33, 34, 63, 64].map(batch_at), [0, 31, 32, 32, 33, 47, 48]);
        assert!(batch_at(1_000_000_000) < 450);
    }

    /// Of 16 ticks with an access each of 9 or 11: σ² = 16/15, and t(15) at 97.5 % is 2.131.
    #[test]
    fn the_interval_of_a_mean_is_that_of_students_t() {
        let all = batches(16, |age| Batch { count: 1, latency: 9 + u64::from(age % 2) * 2 });
        let level = Level::of(Batches { all: &all, end: 16 }, 0).unwrap();
        assert!((level.half_width() - 2.131 * (1.0_f64 / 15.0).sqrt()).abs() < 0.002, "{}", level.half_width());
        let one = batches(1, |_| Batch { count: 5, latency: 50 });
        assert_eq!(Level::of(Batches { all: &one, end: 1 }, 0), None);
    }

    /// Of 400 phases in which nothing changes, at most one in 30 is said to have been above by chance.
    #[test]
    fn chance_alone_seldom_makes_a_phase_that_left() {
        let mut rng = stream(3, "test");
        let mut draw = |ticks, mean: f64| {
            batches(ticks, |_| {
                let count = rng.random_range(0..4_u64);
                let latency = (0..count).map(|_| (-mean * libm::log(1.0 - rng.random::<f64>())) as u64 + 1).sum();
                Batch { count, latency }
            })
        };
        let back = |before: &[Batch], ticks, after: &[Batch], end| {
            Level::of(Batches { all: before, end: ticks }, 0).unwrap().back_at(Batches { all: after, end })
        };
        let mut left = 0;
        for case in 0..400 {
            let [ticks, end] = [[700, 700], [3000, 200], [200, 3000], [50, 2000]][case % 4];
            let (before, after) = (draw(ticks, 20.0), draw(end, 20.0));
            left += u32::from(back(&before, ticks, &after, end) != Some(0));
        }
        println!("{left} of 400");
        assert!(left <= 13, "{left} of 400");
        // A tenth more is found, and so is when it ends.
        let before = draw(20_000, 20.0);
        let worse = draw(20_000, 22.0);
        assert_eq!(back(&before, 20_000, &worse, 20_000), None);
        let mut better = draw(20_000, 20.0);
        let passes = batch_at(2000);
        better[..passes].copy_from_slice(&worse[..passes]);
        (0..passes).for_each(|batch| better[batch].latency *= 2);
        let found = begin_of(back(&before, 20_000, &better, 20_000).unwrap());
        assert!((1500..2200).contains(&found), "{found}");
    }

    #[test]
    fn silence_is_above_unless_it_is_short() {
        let before = batches(1000, |_| Batch { count: 1, latency: 10 });
        let level = Level::of(Batches { all: &before, end: 1000 }, 0).unwrap();
        for (silent, back) in [(0..0, Some(0)), (20..25, Some(0)), (0..20, Some(20)), (5..100, None), (0..100, None)] {
            let delivered = |age| u64::from(!silent.contains(&age));
            let all = batches(100, |age| Batch { count: delivered(age), latency: 10 * delivered(age) });
            let found = level.back_at(Batches { all: &all, end: 100 }).map(begin_of);
            assert_eq!(found, back, "{silent:?}");
        }
    }
}
