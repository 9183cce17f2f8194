//! A feasible plan for a contest: which pair is open over which of its demands, and the ports that this uses.

use super::contest::{Contest, Interval};
use super::schedule::{Action, Event};

/// Intervals of each pair, and how many pairs are open in each slot.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    intervals: Vec<Vec<Interval>>,
    load: Vec<i16>,
    gain: i64,
}

impl Plan {
    /// Nothing is open.
    pub fn empty(contest: &Contest) -> Self {
        Plan { intervals: vec![Vec::new(); contest.pairs.len()], load: vec![0; contest.slot_count()], gain: 0 }
    }

    /// What the plan gains against opening nothing, units.
    pub fn gain(&self) -> i64 {
        self.gain
    }

    pub fn intervals(&self, pair: usize) -> &[Interval] {
        &self.intervals[pair]
    }

    /// What one pair gains, units.
    pub fn gain_of(&self, contest: &Contest, pair: usize) -> i64 {
        self.intervals[pair].iter().map(|&interval| contest.gain(interval)).sum()
    }

    /// Pairs open in a slot.
    pub fn load(&self, slot: usize) -> i16 {
        self.load[slot]
    }

    /// The largest load over slots `from..to`; 0 if there are none.
    pub fn largest_load(&self, from: u32, to: u32) -> i16 {
        if from >= to {
            return 0;
        }
        self.load[from as usize..to as usize].iter().fold(0, |largest, &load| largest.max(load))
    }

    /// Whether a pair that is closed may stay open from one demand to its next.
    pub fn has_room_between(&self, contest: &Contest, demand: usize) -> bool {
        let from = contest.demands[demand].slots;
        let to = contest.demands[demand + 1].slots;
        (0..2).all(|end| self.largest_load(from[end] + 1, to[end]) < contest.ports)
    }

    /// Whether a pair that is closed may be open at a demand.
    pub fn has_room_at(&self, contest: &Contest, demand: usize) -> bool {
        contest.demands[demand].slots.iter().all(|&slot| self.load[slot as usize] < contest.ports)
    }

    /// Sets what a pair is open over; the caller has seen to the room.
    pub fn set(&mut self, contest: &Contest, pair: usize, intervals: Vec<Interval>) {
        self.gain -= self.gain_of(contest, pair);
        self.occupy(contest, pair, -1);
        self.intervals[pair] = intervals;
        self.gain += self.gain_of(contest, pair);
        self.occupy(contest, pair, 1);
    }

    fn occupy(&mut self, contest: &Contest, pair: usize, change: i16) {
        for interval in &self.intervals[pair] {
            let from = contest.demands[interval.first as usize].slots;
            let to = contest.demands[interval.last as usize].slots;
            for end in (0..2).filter(|&end| contest.is_slot(from[end] as usize)) {
                let held = &mut self.load[from[end] as usize..=to[end] as usize];
                held.iter_mut().for_each(|load| *load += change);
                debug_assert!(held.iter().all(|&load| (0..=contest.ports).contains(&load)));
            }
        }
    }

    /// The same plan for the same contest in other units.
    pub fn in_units_of(mut self, contest: &Contest) -> Plan {
        self.gain = (0..contest.pairs.len()).map(|pair| self.gain_of(contest, pair)).sum();
        self
    }

    /// The openings and closings that the plan stands for.
    pub fn events(&self, contest: &Contest) -> Vec<Event> {
        let mut events = Vec::new();
        for (&pair, intervals) in contest.pairs.iter().zip(&self.intervals) {
            for interval in intervals {
                let opens = contest.demands[interval.first as usize].tick as u64;
                let closes = contest.demands[interval.last as usize].tick as u64 + 1;
                events.push(Event { tick: opens, pair, action: Action::Open });
                events.push(Event { tick: closes, pair, action: Action::Close });
            }
        }
        events
    }
}
