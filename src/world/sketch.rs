//! The heaviest pairs of a stream in bounded memory: Space-Saving (Metwally, Agrawal and El Abbadi 2005), weighted.
//!
//! A pair that is not held takes the place of the lightest one and inherits its weight as error, so that a held weight
//! is never below the true one and exceeds it by at most `error` ≤ total/capacity. Weights fade by
//! [`SpaceSaving::fade`].

use serde::{Deserialize, Serialize};

use crate::fabric::check::are_weights;

/// A held pair.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The pair, smaller number first.
    pub pair: [u32; 2],
    /// Its weight, an upper bound.
    pub weight: f64,
    /// How much of `weight` may belong to others.
    pub error: f64,
    /// Place in the heap, or in the order of first sight while there is none.
    pub rank: u32,
}

/// The sketch: entries, an open-addressing index by pair, and once it is full a heap with the lightest entry on top.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpaceSaving {
    entries: Vec<Entry>,
    heap: Vec<u32>,
    index: Vec<u32>,
    capacity: usize,
}

const EMPTY: u32 = u32::MAX;

impl SpaceSaving {
    /// A sketch that holds `capacity` ≥ 1 pairs.
    pub fn new(capacity: usize) -> Self {
        let index = vec![EMPTY; (capacity * 4).next_power_of_two()];
        Self { entries: Vec::with_capacity(capacity), heap: Vec::with_capacity(capacity), index, capacity }
    }

    /// Whether this can be the state of the sketch `fresh` later on, with pairs of numbers below `bound`.
    pub fn may_follow(&self, fresh: &Self, bound: u32) -> bool {
        let held = self.entries.len();
        let of = |list: &[u32]| {
            let mut numbers = list.to_vec();
            numbers.sort_unstable();
            numbers
        };
        let indexed: Vec<u32> = self.index.iter().copied().filter(|&held| held != EMPTY).collect();
        let all: Vec<u32> = (0..held as u32).collect();
        let ranked = |(rank, &entry): (usize, &u32)| self.entries[entry as usize].rank as usize == rank;
        let place = |(number, entry): (u32, &Entry)| {
            let mask = self.index.len() - 1;
            let mut way = (self.home(entry.pair)..).map(|place| self.index[place & mask]).take(self.index.len());
            way.find(|&other| other == EMPTY || self.entries[other as usize].pair == entry.pair) == Some(number)
        };
        held <= self.capacity
            && (self.capacity, self.index.len()) == (fresh.capacity, fresh.index.len())
            && of(&indexed) == all
            && (self.heap.is_empty() || held == self.capacity && of(&self.heap) == all)
            && self.heap.iter().enumerate().all(ranked)
            && self.entries.iter().all(|entry| entry.pair[0] < entry.pair[1] && entry.pair[1] < bound)
            && (0..).zip(&self.entries).all(place)
            && are_weights(self.entries.iter().flat_map(|entry| [entry.weight, entry.error]))
    }

    /// Held pairs, in no meaningful but a reproducible order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Counts `weight` > 0 more for the unordered pair of `a` and `b`.
    #[inline]
    pub fn offer(&mut self, a: u32, b: u32, weight: f64) {
        let pair = [a.min(b), a.max(b)];
        let mut place = self.home(pair);
        loop {
            let held = self.index[place];
            if held == EMPTY {
                break self.admit(pair, weight);
            }
            if self.entries[held as usize].pair == pair {
                self.entries[held as usize].weight += weight;
                if !self.heap.is_empty() {
                    self.sink(self.entries[held as usize].rank as usize);
                }
                break;
            }
            place = (place + 1) & (self.index.len() - 1);
        }
    }

    /// Multiplies all weights by `factor`, 0 to 1.
    pub fn fade(&mut self, factor: f64) {
        for entry in &mut self.entries {
            entry.weight *= factor;
            entry.error *= factor;
        }
    }

    fn admit(&mut self, pair: [u32; 2], weight: f64) {
        let number = if self.entries.len() < self.capacity {
            let number = self.entries.len() as u32;
            self.entries.push(Entry { pair, weight, error: 0.0, rank: number });
            number
        } else {
            if self.heap.is_empty() {
                self.pile();
            }
            let lightest = self.heap[0];
            self.forget(self.entries[lightest as usize].pair);
            let entry = &mut self.entries[lightest as usize];
            *entry = Entry { pair, weight: entry.weight + weight, error: entry.weight, rank: 0 };
            self.sink(0);
            lightest
        };
        let mut place = self.home(pair);
        while self.index[place] != EMPTY {
            place = (place + 1) & (self.index.len() - 1);
        }
        self.index[place] = number;
    }

    /// Makes the heap, in the order of first sight among equals (Floyd 1964).
    fn pile(&mut self) {
        self.heap.extend(0..self.entries.len() as u32);
        (0..self.entries.len() / 2).rev().for_each(|rank| self.sink(rank));
    }

    /// Where the search for a pair starts: Fibonacci hashing.
    #[inline]
    fn home(&self, [a, b]: [u32; 2]) -> usize {
        let key = (u64::from(a) << 32 | u64::from(b)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (key >> (64 - self.index.len().trailing_zeros())) as usize
    }

    /// Takes a pair out of the index and closes the gap behind it.
    fn forget(&mut self, pair: [u32; 2]) {
        let mask = self.index.len() - 1;
        let mut gap = self.home(pair);
        while self.entries[self.index[gap] as usize].pair != pair {
            gap = (gap + 1) & mask;
        }
        let mut next = (gap + 1) & mask;
        while self.index[next] != EMPTY {
            let home = self.home(self.entries[self.index[next] as usize].pair);
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(gap) & mask) {
                self.index[gap] = self.index[next];
                gap = next;
            }
            next = (next + 1) & mask;
        }
        self.index[gap] = EMPTY;
    }

    fn weight_at(&self, rank: usize) -> f64 {
        self.entries[self.heap[rank] as usize].weight
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.entries[self.heap[a] as usize].rank = a as u32;
        self.entries[self.heap[b] as usize].rank = b as u32;
    }

    fn sink(&mut self, mut rank: usize) {
        loop {
            let left = 2 * rank + 1;
            if left >= self.heap.len() {
                return;
            }
            let right = left + 1;
            let child =
                if right < self.heap.len() && self.weight_at(right) < self.weight_at(left) { right } else { left };
            if self.weight_at(rank) <= self.weight_at(child) {
                return;
            }
            self.swap(rank, child);
            rank = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    /// The guarantees of the paper against exact counts, over streams that overflow the sketch by far.
    #[test]
    fn weights_bound_the_truth_and_heavy_pairs_are_held() {
        let mut rng = stream(9, "test");
        for capacity in [1, 2, 7, 64] {
            let (mut sketch, mut truth, mut total) = (SpaceSaving::new(capacity), BTreeMap::new(), 0.0);
            for _ in 0..20_000 {
                let a = if rng.random_bool(0.5) { rng.random_range(0..4) } else { rng.random_range(0..100u32) };
                let (b, weight) = (rng.random_range(0..6u32), f64::from(rng.random_range(1..4u32)));
                sketch.offer(a, b, weight);
                *truth.entry([a.min(b), a.max(b)]).or_insert(0.0) += weight;
                total += weight;
            }
            assert_eq!(sketch.entries().len(), capacity);
            let held: BTreeMap<_, _> = sketch.entries().iter().map(|entry| (entry.pair, *entry)).collect();
            assert_eq!(held.len(), capacity, "no pair is held twice");
            for entry in sketch.entries() {
                let true_weight = truth.get(&entry.pair).copied().unwrap_or(0.0);
                assert!(entry.weight >= true_weight && entry.weight - entry.error <= true_weight);
                assert!(entry.error <= total / capacity as f64);
            }
            for (pair, weight) in &truth {
                assert!(*weight <= total / capacity as f64 || held.contains_key(pair), "{pair:?} is missing");
            }
            let sum: f64 = sketch.entries().iter().map(|entry| entry.weight).sum();
            assert_eq!(sum, total);
        }
    }
}
