//! What opens and closes when, whether it keeps to the ports, and what it costs.
//!
//! An event of tick t takes effect *before* the requests of tick t. A decision that an on-line policy takes after it
//! has seen the requests of tick t is therefore an event of tick t + 1, and the request that triggers it is paid.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::ledger::Ledger;
use super::pair::Pair;
use super::tariff::Bill;

/// What happens to a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The pair is closed from now on.
    Close,
    /// The pair is open from now on.
    Open,
}

/// One opening or closing, before the requests of `tick`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub tick: u64,
    /// To whom.
    pub pair: Pair,
    /// What.
    pub action: Action,
}

/// Openings and closings in the order in which they happen. Those of one tick are applied in the order given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// In the order of time.
    pub events: Vec<Event>,
}

impl Schedule {
    /// Sets events in order: by tick, closings before openings, then by pair.
    pub fn sorted(mut events: Vec<Event>) -> Self {
        events.sort_by_key(|event| (event.tick, event.action, event.pair));
        Schedule { events }
    }

    /// The schedule of somebody of whom is known what was open at the start of ticks: each set holds until the next.
    pub fn from_open_sets(sets: impl IntoIterator<Item = (u64, BTreeSet<Pair>)>) -> Self {
        let mut events = Vec::new();
        let mut open = BTreeSet::new();
        for (tick, next) in sets {
            events.extend(open.difference(&next).map(|&pair| Event { tick, pair, action: Action::Close }));
            events.extend(next.difference(&open).map(|&pair| Event { tick, pair, action: Action::Open }));
            open = next;
        }
        Schedule { events }
    }

    /// What is paid for under the schedule.
    ///
    /// # Errors
    /// Where it breaks a rule: [`Fault::UnknownNode`], [`Fault::TooLate`], [`Fault::OutOfOrder`],
    /// [`Fault::AlreadyOpen`], [`Fault::NotOpen`] and [`Fault::NoPort`].
    pub fn bill(&self, ledger: &Ledger) -> Result<Bill, Fault> {
        let mut replay = Replay::new(ledger);
        let mut events = self.events.iter().peekable();
        for requests in ledger.by_tick() {
            let tick = requests[0].tick;
            while let Some(event) = events.next_if(|event| event.tick <= tick) {
                replay.apply(event)?;
            }
            for request in requests {
                replay.pay(request.pair, request.saving);
            }
        }
        for event in events {
            replay.apply(event)?;
        }
        Ok(replay.finish())
    }

    /// What the schedule costs, in units.
    ///
    /// # Errors
    /// As [`Schedule::bill`].
    pub fn cost(&self, ledger: &Ledger) -> Result<i128, Fault> {
        Ok(ledger.tariff().cost(&self.bill(ledger)?))
    }
}

/// What is open while events and requests pass by, and the bill so far.
struct Replay<'a> {
    ledger: &'a Ledger,
    now: u64,
    opened_at: BTreeMap<Pair, u64>,
    used_ports: Vec<usize>,
    bill: Bill,
}

impl<'a> Replay<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        let used_ports = vec![0; ledger.nodes() as usize];
        Replay { ledger, now: 0, opened_at: BTreeMap::new(), used_ports, bill: Bill::default() }
    }

    fn apply(&mut self, event: &Event) -> Result<(), Fault> {
        event.pair.check(self.ledger.nodes())?;
        self.advance(event.tick)?;
        match event.action {
            Action::Open => self.open(event.pair),
            Action::Close => self.close(event.pair),
        }
    }

    fn advance(&mut self, tick: u64) -> Result<(), Fault> {
        if tick > self.ledger.ticks() {
            return Err(Fault::TooLate { tick, ticks: self.ledger.ticks() });
        }
        if tick < self.now {
            return Err(Fault::OutOfOrder { tick });
        }
        self.now = tick;
        Ok(())
    }

    fn open(&mut self, pair: Pair) -> Result<(), Fault> {
        if self.opened_at.insert(pair, self.now).is_some() {
            return Err(Fault::AlreadyOpen { tick: self.now, ends: pair.ends() });
        }
        for node in pair.ends() {
            let used = &mut self.used_ports[node as usize];
            *used += 1;
            if *used > self.ledger.ports() {
                return Err(Fault::NoPort { tick: self.now, node, ports: self.ledger.ports() });
            }
        }
        self.bill.openings += 1;
        Ok(())
    }

    fn close(&mut self, pair: Pair) -> Result<(), Fault> {
        let Some(opened_at) = self.opened_at.remove(&pair) else {
            return Err(Fault::NotOpen { tick: self.now, ends: pair.ends() });
        };
        for node in pair.ends() {
            self.used_ports[node as usize] -= 1;
        }
        self.bill.held += self.now - opened_at;
        Ok(())
    }

    fn pay(&mut self, pair: Pair, saving: i64) {
        if !self.opened_at.contains_key(&pair) {
            self.bill.delay += i128::from(saving);
        }
    }

    fn finish(mut self) -> Bill {
        let ticks = self.ledger.ticks();
        self.bill.held += self.opened_at.values().map(|opened_at| ticks - opened_at).sum::<u64>();
        self.bill
    }
}

/// A schedule that keeps to the rules of a ledger, and what it costs there.
#[derive(Debug, Clone)]
pub struct Solution {
    /// When what opens and closes.
    pub schedule: Schedule,
    /// What is paid for.
    pub bill: Bill,
    /// Units; with rounded prices, at most the true cost.
    pub cost: i128,
}

impl Solution {
    /// Of a schedule that was made here: that it breaks a rule can only be a bug.
    pub(super) fn of(ledger: &Ledger, schedule: Schedule) -> Self {
        let bill = schedule.bill(ledger).expect("schedules made here keep to the rules");
        let cost = ledger.tariff().cost(&bill);
        Solution { schedule, bill, cost }
    }
}
