//! Rivals of gravity: rules that both open and close, for the accesses of the next tick, and whose wormholes stay.

use std::fmt::Debug;
use std::io;

use super::decisions::{Asked, Decisions, Offers, Pair};
use super::policy::{Network, OpeningPolicy, Proposal};
use crate::fabric::{Offered, WormholeId};
use crate::scenario::Tick;

/// A rule that opens and closes.
pub(super) trait Rival: Debug + Send + Sync {
    /// Its name, which is the reason of what it closes.
    fn kind(&self) -> &'static str;

    /// Whether it looks at accesses; then it is asked in every tick.
    fn listens(&self) -> bool {
        true
    }

    /// Whether it decides in tick `now`.
    fn is_due(&self, now: Tick) -> bool {
        let _ = now;
        self.listens()
    }

    /// Opens before the first tick.
    fn begin(&mut self, network: &mut Network, decisions: &mut Decisions) {
        let _ = (network, decisions);
    }

    /// Opens and closes, given what the accesses of the tick would save.
    fn decide(&mut self, asked: &Asked, network: &Network, decisions: &mut Decisions);

    /// As [`OpeningPolicy::save`].
    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let _ = to;
        Ok(())
    }

    /// As [`OpeningPolicy::restore`].
    fn restore(&mut self, state: &[u8]) -> bool {
        state.is_empty()
    }
}

/// The policy of such a rule.
#[derive(Debug)]
pub(super) struct RivalPolicy {
    rule: Box<dyn Rival>,
    offers: Offers,
    opened: Vec<Pair>,
}

impl RivalPolicy {
    /// That of a rule before the first tick.
    pub fn boxed(rule: impl Rival + 'static) -> Box<dyn OpeningPolicy> {
        Box::new(Self { rule: Box::new(rule), offers: Offers::default(), opened: Vec::new() })
    }

    /// Proposals of what was decided to open, in its order.
    fn proposals(opened: Vec<Pair>, network: &mut Network) -> Vec<Proposal> {
        let count = opened.len();
        let proposal = |(place, pair)| network.proposal(pair, (count - place) as f64);
        opened.into_iter().enumerate().filter_map(proposal).collect()
    }
}

impl OpeningPolicy for RivalPolicy {
    fn is_due(&self, now: Tick) -> bool {
        self.rule.is_due(now)
    }

    fn begin(&mut self, network: &mut Network) -> Vec<Proposal> {
        let mut decisions = Decisions::new(network);
        self.rule.begin(network, &mut decisions);
        Self::proposals(decisions.take().1, network)
    }

    fn observe(&mut self, offered: &[Offered]) {
        if self.rule.listens() {
            self.offers.add(offered);
        }
    }

    fn close(&mut self, network: &mut Network) -> Vec<(WormholeId, &'static str)> {
        let asked = self.offers.take(network);
        let mut decisions = Decisions::new(network);
        self.rule.decide(&asked, network, &mut decisions);
        let (closed, opened) = decisions.take();
        self.opened = opened;
        closed.into_iter().map(|id| (id, self.rule.kind())).collect()
    }

    fn propose(&mut self, network: &mut Network) -> Vec<Proposal> {
        Self::proposals(std::mem::take(&mut self.opened), network)
    }

    fn budget(&self) -> u32 {
        u32::MAX
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        self.rule.save(to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        self.rule.restore(state)
    }
}
