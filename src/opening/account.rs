//! The account rule: the work function of each pair, with ports priced by what they keep out.
//!
//! A pair's account starts at the price of an opening α. In each tick it rises by the upkeep, to α at most, then falls
//! by what the pair's accesses would save, to 0 at least: it is the work function of the pair by itself (Borodin,
//! Linial and Saks 1992), less that of being closed. At 0 the pair opens, at α it closes. Where an end has no port
//! left, what the accesses would save is charged to the account there that is nearest to α, which makes room when it is
//! full.

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair};
use super::policy::{self, Network, OpeningPolicy, PolicyParameters};
use super::rival::{Rival, RivalPolicy};
use crate::direct_use::Tariff;
use crate::error::Error;
use crate::fabric::router;
use crate::scenario::{self, Refused, Scenario, Surroundings, Tick};

/// A pair opens when its accesses could have saved the price of an opening, and closes when upkeep has eaten as much.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "account";

    fn check_in(&self, surroundings: &Surroundings) -> Result<(), Refused> {
        surroundings.check_opening_cost()
    }
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        Ok(RivalPolicy::boxed(Accounts::new(scenario)))
    }

    fn keeps(&self) -> bool {
        true
    }
}

/// The height of an account after a tick, in units of the tariff.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Account {
    height: i64,
    tick: Tick,
}

/// Accounts among which none is dropped.
const LEAST: usize = 1000;

/// The rule.
#[derive(Debug)]
pub(super) struct Accounts {
    tariff: Tariff,
    /// Of pairs that are open, or below α when they were touched last.
    accounts: BTreeMap<Pair, Account>,
    /// Accounts that are held before full ones are dropped.
    most: usize,
}

impl Rival for Accounts {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn decide(&mut self, asked: &Asked, network: &Network, decisions: &mut Decisions) {
        let now = network.now();
        for pair in decisions.open_pairs() {
            self.accounts.entry(pair).or_insert(Account { height: 0, tick: now });
        }
        for (&pair, &saved) in asked {
            self.draw(pair, saved, now);
        }
        for (&pair, &saved) in asked {
            if self.wants(pair, decisions) && !decisions.has_ports(pair) {
                self.charge(pair, saved, now, decisions);
            }
        }
        let open: Vec<Pair> = decisions.open_pairs().collect();
        for pair in open {
            if self.height(pair, now) == self.opening() {
                decisions.close(pair);
                self.accounts.remove(&pair);
            }
        }
        for &pair in asked.keys() {
            if self.wants(pair, decisions) && decisions.has_ports(pair) && network.are_up(pair) {
                decisions.open(pair);
            }
        }
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&(&self.accounts, self.most), to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some((accounts, most)) = router::read::<(BTreeMap<Pair, Account>, usize)>(state) else { return false };
        let opening = self.opening();
        let is_possible = accounts.values().all(|account| (0..=opening).contains(&account.height));
        (self.accounts, self.most) = (accounts, most);
        is_possible
    }
}

impl Accounts {
    /// All accounts full.
    pub fn new(scenario: &Scenario) -> Self {
        Self { tariff: policy::tariff(scenario), accounts: BTreeMap::new(), most: 2 * LEAST }
    }

    fn opening(&self) -> i64 {
        self.tariff.opening()
    }

    /// The height of an account at the end of a tick; a pair without one has a full one, an open pair an empty one.
    fn height(&self, pair: Pair, now: Tick) -> i64 {
        self.accounts.get(&pair).map_or(self.opening(), |account| {
            let risen = self.tariff.upkeep().saturating_mul(i64::from(now - account.tick));
            account.height.saturating_add(risen).min(self.opening())
        })
    }

    /// Takes what the accesses of a tick would save from a pair's account.
    fn draw(&mut self, pair: Pair, saved: u64, now: Tick) {
        let height = (self.height(pair, now) - self.units(saved)).max(0);
        self.accounts.insert(pair, Account { height, tick: now });
        if self.accounts.len() > self.most {
            // A closed pair with a full account is as one that nobody asked for; an open one is closed before long.
            let below = |(other, _): &(&Pair, &Account)| **other == pair || self.height(**other, now) < self.opening();
            self.accounts = self.accounts.iter().filter(below).map(|(&pair, &account)| (pair, account)).collect();
            self.most = 2 * self.accounts.len().max(LEAST);
        }
    }

    fn units(&self, saved: u64) -> i64 {
        i64::try_from(saved).unwrap_or(i64::MAX).saturating_mul(self.tariff.scale())
    }

    /// Whether a pair is closed and should not be.
    fn wants(&self, pair: Pair, decisions: &Decisions) -> bool {
        !decisions.is_open(pair) && self.accounts.get(&pair).is_some_and(|account| account.height == 0)
    }

    /// Charges what a pair would save to those that keep it out.
    fn charge(&mut self, pair: Pair, saved: u64, now: Tick, decisions: &Decisions) {
        for end in pair.into_iter().filter(|&end| decisions.is_full(end)) {
            let nearest = decisions.at(end).max_by_key(|&other| (self.height(other, now), std::cmp::Reverse(other)));
            if let Some(other) = nearest {
                let height = self.height(other, now).saturating_add(self.units(saved)).min(self.opening());
                self.accounts.insert(other, Account { height, tick: now });
            }
        }
    }
}
