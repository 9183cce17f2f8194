//! Hedge: learns which of several rules to follow from what each would have cost (Freund and Schapire 1997).
//!
//! Every rule keeps a shadow set of pairs on the accesses of the run. In each round it loses what its set costs in the
//! direct-use model: savings of accesses whose pair is closed, upkeep and openings. A rule with total loss L is
//! followed with probability ∝ e^(−η·L), η = √(8·ln N/t)/R after t rounds, R the largest difference of losses within a
//! round: then the expected loss exceeds that of the best rule by at most about R·√(t·ln N/2) (Cesa-Bianchi and Lugosi
//! 2006, section 2.3), what it costs to change from one set to another not counted. One number drawn at the start
//! chooses by these probabilities throughout, so that it changes from rule to rule only as far as they move.

use std::collections::BTreeSet;
use std::io;

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair};
use super::policy::{self, Network, OpeningPolicy, PolicyParameters};
use super::rival::{Rival, RivalPolicy};
use super::static_matching::Static;
use super::{account, bma, window};
use crate::direct_use::Tariff;
use crate::error::Error;
use crate::fabric::router;
use crate::random::stream;
use crate::scenario::{self, Refused, Scenario, Surroundings, Tick};

/// Follows one of several rules, the more likely the less each would have cost so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Ticks of a round. More: fewer changes from one rule to another, and slower learning.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub round_ticks: Tick,
    /// The rules, each once. `window` looks back on a thousand ticks, `static` on the first thousand.
    #[schemars(length(min = 1))]
    pub rules: Vec<Rule>,
}

/// A rule that may be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Opens nothing.
    Nothing,
    /// That of `account`.
    Account,
    /// That of `bma`.
    Bma,
    /// That of `window`.
    Window,
    /// That of `static` with `past`.
    Static,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { round_ticks: 200, rules: vec![Rule::Nothing, Rule::Account, Rule::Bma, Rule::Window, Rule::Static] }
    }
}

/// What rules look back on.
const LOOK_BACK_TICKS: Tick = 1000;

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "hedge";

    fn check_in(&self, surroundings: &Surroundings) -> Result<(), Refused> {
        if self.rules.iter().collect::<BTreeSet<_>>().len() < self.rules.len() {
            let (field, value) = ("rules".to_owned(), format!("{:?}", self.rules).to_lowercase());
            return Err(Refused { field, value, expected: "each rule once".to_owned() });
        }
        let rents = |rule: &Rule| matches!(rule, Rule::Account | Rule::Bma);
        if self.rules.iter().any(rents) { surroundings.check_opening_cost() } else { Ok(()) }
    }
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        let rule = |rule: &Rule| -> Option<Box<dyn Rival>> {
            Some(match rule {
                Rule::Nothing => return None,
                Rule::Account => Box::new(account::Accounts::new(scenario)),
                Rule::Bma => Box::new(bma::Bma::new(scenario)),
                Rule::Window => Box::new(window::Window::new(LOOK_BACK_TICKS)),
                Rule::Static => Box::new(Static::new(scenario, LOOK_BACK_TICKS, None)),
            })
        };
        let shadows: Vec<Shadow> = self.rules.iter().map(|name| Shadow { rule: rule(name) }).collect();
        let memory = Memory {
            sets: vec![BTreeSet::new(); shadows.len()],
            round: vec![0; shadows.len()],
            losses: vec![0.0; shadows.len()],
            ..Memory::default()
        };
        let chooser = stream(scenario.seed, "opening/hedge").random();
        let (tariff, every) = (policy::tariff(scenario), self.round_ticks);
        Ok(RivalPolicy::boxed(Hedge { tariff, every, chooser, shadows, memory }))
    }

    fn keeps(&self) -> bool {
        true
    }

    fn reads_length(&self) -> bool {
        self.rules.contains(&Rule::Static)
    }
}

/// A rule that is tried; none opens nothing.
#[derive(Debug)]
struct Shadow {
    rule: Option<Box<dyn Rival>>,
}

/// What is known between ticks.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    /// What each rule has open.
    sets: Vec<BTreeSet<Pair>>,
    /// What each has lost in this round, units of the tariff.
    round: Vec<i64>,
    /// What each has lost in the rounds before, ticks.
    losses: Vec<f64>,
    /// Rounds that are over.
    rounds: u32,
    /// The largest difference of losses within a round, ticks.
    range: f64,
    /// Which rule is followed.
    followed: usize,
}

/// The rule.
#[derive(Debug)]
struct Hedge {
    tariff: Tariff,
    every: Tick,
    /// From 0 to 1: chooses by the probabilities.
    chooser: f64,
    shadows: Vec<Shadow>,
    memory: Memory,
}

impl Rival for Hedge {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn decide(&mut self, asked: &Asked, network: &Network, decisions: &mut Decisions) {
        for (number, shadow) in self.shadows.iter_mut().enumerate() {
            let (set, lost) = (&mut self.memory.sets[number], &mut self.memory.round[number]);
            let missed = asked.iter().filter(|(pair, _)| !set.contains(*pair)).map(|(_, &saved)| saved as i64);
            *lost += missed.sum::<i64>() * self.tariff.scale() + set.len() as i64 * self.tariff.upkeep();
            let Some(rule) = &mut shadow.rule else { continue };
            let mut tried = Decisions::of(network, set);
            rule.decide(asked, network, &mut tried);
            let after: BTreeSet<Pair> = tried.open_pairs().collect();
            *lost += after.difference(set).count() as i64 * self.tariff.opening();
            *set = after;
        }
        if (network.now() + 1).is_multiple_of(self.every) {
            self.memory.end_round(&self.tariff, self.chooser);
        }
        let followed = &self.memory.sets[self.memory.followed];
        decisions.replace(&followed.iter().copied().filter(|&pair| network.are_up(pair)).collect());
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let mut states = Vec::new();
        for shadow in &self.shadows {
            let mut state = Vec::new();
            shadow.rule.as_ref().map_or(Ok(()), |rule| rule.save(&mut state))?;
            states.push(state);
        }
        router::save(&(&self.memory, states), to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some((memory, states)) = router::read::<(Memory, Vec<Vec<u8>>)>(state) else { return false };
        let count = self.shadows.len();
        let fits = [memory.sets.len(), memory.round.len(), memory.losses.len(), states.len()] == [count; 4]
            && memory.followed < count
            && memory.losses.iter().chain([&memory.range]).all(|loss| loss.is_finite());
        self.memory = memory;
        let mut rules = self.shadows.iter_mut().zip(states);
        fits && rules.all(|(shadow, state)| shadow.rule.as_mut().map_or(state.is_empty(), |rule| rule.restore(&state)))
    }
}

impl Memory {
    /// Adds up the losses of a round, and chooses whom to follow.
    fn end_round(&mut self, tariff: &Tariff, chooser: f64) {
        let of_round: Vec<f64> = self.round.iter().map(|&units| tariff.in_ticks(units.into())).collect();
        self.round.fill(0);
        let [least, most] =
            of_round.iter().fold([f64::INFINITY, 0.0], |[least, most], &loss| [least.min(loss), most.max(loss)]);
        self.range = self.range.max(most - least);
        self.rounds += 1;
        self.losses.iter_mut().zip(of_round).for_each(|(sum, loss)| *sum += loss);
        self.followed = chosen(&self.losses, self.rounds, self.range, chooser);
    }
}

/// Whom the number `chooser`, from 0 to 1, chooses after so many rounds.
fn chosen(losses: &[f64], rounds: u32, range: f64, chooser: f64) -> usize {
    if range == 0.0 {
        return 0;
    }
    let rate = (8.0 * libm::log(losses.len() as f64) / f64::from(rounds)).sqrt() / range;
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = losses.iter().map(|loss| libm::exp(-rate * (loss - best))).collect();
    let mut left = chooser * weights.iter().sum::<f64>();
    let is_chosen = |weight: &f64| {
        left -= weight;
        left < 0.0
    };
    weights.iter().position(is_chosen).unwrap_or(losses.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of rules that differ by as much in every round, in the long run the best one is followed; at first any.
    #[test]
    fn the_rule_that_loses_least_is_followed_in_the_end() {
        let losses = |rounds: u32| [3.0, 1.0, 2.0].map(|loss| loss * f64::from(rounds));
        let share = |rounds: u32, rule: usize| {
            let of_rule = (0..1000).filter(|&k| chosen(&losses(rounds), rounds, 2.0, f64::from(k) / 1000.0) == rule);
            of_rule.count() as f64 / 1000.0
        };
        // e^(−η·L) with η = √(8·ln 3/4)/2: weights e^(−8η), 1, e^(−4η).
        let rate = (8.0 * libm::log(3.0) / 4.0).sqrt() / 2.0;
        let weights = [-8.0 * rate, 0.0, -4.0 * rate].map(libm::exp);
        for (rule, weight) in weights.iter().enumerate() {
            assert!((share(4, rule) - weight / weights.iter().sum::<f64>()).abs() < 0.002);
        }
        assert!(share(400, 1) >= 0.999);
        assert_eq!(chosen(&[0.0; 3], 5, 0.0, 0.9), 0);
    }
}
