//! Puts rows in order that are late by no more than a stated time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::scenario::Tick;

/// Most rows that wait.
const MOST_WAITING: usize = 1_000_000;

/// Rows that wait until no earlier one can come.
#[derive(Debug)]
pub(super) struct Late<T> {
    /// By how much a row may be late, in units of the clock.
    allowed: i128,
    newest: Option<i128>,
    /// Number of the next row: rows of the same time keep their order.
    next: u64,
    waiting: BinaryHeap<Reverse<Waiting<T>>>,
    ended: bool,
}

#[derive(Debug)]
struct Waiting<T> {
    time: i128,
    row: u64,
    record: T,
}

impl<T> Late<T> {
    /// Rows may be late by so many ticks of so many units.
    pub fn new(ticks: Tick, per_tick: i128) -> Self {
        let allowed = i128::from(ticks) * per_tick;
        Self { allowed, newest: None, next: 0, waiting: BinaryHeap::new(), ended: false }
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// The earliest time that is allowed.
    pub fn push(&mut self, time: i128, record: T) -> Result<(), i128> {
        let newest = self.newest.map_or(time, |newest| newest.max(time));
        if time < newest - self.allowed {
            return Err(newest - self.allowed);
        }
        self.newest = Some(newest);
        self.waiting.push(Reverse(Waiting { time, row: self.next, record }));
        self.next += 1;
        Ok(())
    }

    /// Whether more rows wait than memory is for.
    pub fn is_full(&self) -> bool {
        self.waiting.len() > MOST_WAITING
    }

    /// No more rows come.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the earliest row is known, or that there is none.
    pub fn is_ready(&self) -> bool {
        let is_earliest = |Reverse(first): &Reverse<Waiting<T>>| {
            self.newest.is_some_and(|newest| first.time <= newest - self.allowed)
        };
        self.ended || self.waiting.peek().is_some_and(is_earliest)
    }

    /// The earliest row.
    pub fn pop(&mut self) -> Option<(i128, T)> {
        self.waiting.pop().map(|Reverse(first)| (first.time, first.record))
    }
}

impl<T> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, self.row).cmp(&(other.time, other.row))
    }
}

impl<T> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Waiting<T> {}
