//! The account rule: the work function of a single pair.
//!
//! A pair's account D starts at the price of an opening α. In each tick it rises by the upkeep, to α at most, then
//! falls by the savings asked for, to 0 at least. At 0 the pair opens if both ends have a port left; at α it closes.
//! Not modelled: making room by closing another pair.

use std::collections::{BTreeMap, BTreeSet};

use wormsim::direct_use::{Ledger, Pair, Request, Schedule};

use super::table::Table;

/// What the account rule opens and closes.
pub fn account(ledger: &Ledger) -> Schedule {
    let mut rule = Rule { ledger, table: Table::new(ledger), accounts: BTreeMap::new() };
    for requests in ledger.by_tick() {
        rule.tick(requests);
    }
    rule.close_before(ledger.ticks());
    rule.table.into_schedule()
}

/// The height of an account at the end of a tick, units.
#[derive(Clone, Copy)]
struct Account {
    height: i64,
    tick: u64,
}

struct Rule<'a> {
    ledger: &'a Ledger,
    table: Table,
    accounts: BTreeMap<Pair, Account>,
}

impl Rule<'_> {
    fn tick(&mut self, requests: &[Request]) {
        let tick = requests[0].tick;
        self.close_before(tick);
        let mut asked = BTreeSet::new();
        for request in requests {
            self.draw(request);
            asked.insert(request.pair);
        }
        self.close_before(tick + 1);
        for pair in asked {
            let is_empty = self.accounts[&pair].height == 0;
            if is_empty && !self.table.is_open(pair) && self.table.has_ports(pair) {
                self.table.open(tick + 1, pair);
            }
        }
    }

    fn draw(&mut self, request: &Request) {
        let tariff = self.ledger.tariff();
        let fresh = Account { height: tariff.opening(), tick: request.tick };
        let account = self.accounts.entry(request.pair).or_insert(fresh);
        let elapsed = (request.tick - account.tick) as i64;
        let risen = (account.height + elapsed * tariff.upkeep()).min(tariff.opening());
        let height = (risen - request.saving * tariff.scale()).max(0);
        *account = Account { height, tick: request.tick };
    }

    /// Closes the pairs whose account is full at the end of a tick before `tick`.
    fn close_before(&mut self, tick: u64) {
        let full = |&pair: &Pair| self.full_at(pair).filter(|&full| full < tick).map(|full| (full, pair));
        let mut due: Vec<(u64, Pair)> = self.table.open_pairs().iter().filter_map(full).collect();
        due.sort();
        for (full, pair) in due {
            self.table.close(full + 1, pair);
        }
    }

    /// The tick at whose end an open pair's account is full, if nobody asks.
    fn full_at(&self, pair: Pair) -> Option<u64> {
        let account = self.accounts[&pair];
        let missing = self.ledger.tariff().opening() - account.height;
        match self.ledger.tariff().upkeep() {
            _ if missing == 0 => Some(account.tick),
            0 => None,
            upkeep => Some(account.tick + (missing as u64).div_ceil(upkeep as u64)),
        }
    }
}
