//! An opening policy in one file: the pair that was asked for most since the last time gets a wormhole, for a while.

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wormsim::error::Error;
use wormsim::fabric::{Offered, WormholeId, router};
use wormsim::opening::policy::{Network, OpeningPolicy, PolicyParameters, Proposal};
use wormsim::scenario::{self, Scenario, Tick};
use wormsim::topology::NodeId;

/// Where most is asked for, for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Ticks between two openings. Less: more wormholes.
    #[schemars(range(min = 1, max = 1000))]
    pub every_ticks: Tick,
    /// Ticks after which a wormhole closes. More: more wormholes.
    #[schemars(range(min = 1, max = 100_000))]
    pub lifetime_ticks: Tick,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { every_ticks: 50, lifetime_ticks: 200 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "most_asked";
}

impl PolicyParameters for Parameters {
    fn build(&self, _: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        Ok(Box::new(MostAsked { parameters: self.clone(), asked: BTreeMap::new() }))
    }
}

/// How often pairs were asked for.
#[derive(Debug)]
struct MostAsked {
    parameters: Parameters,
    asked: BTreeMap<[u32; 2], u32>,
}

impl OpeningPolicy for MostAsked {
    fn is_due(&self, now: Tick) -> bool {
        now > 0 && now.is_multiple_of(self.parameters.every_ticks)
    }

    fn observe(&mut self, offered: &[Offered]) {
        for Offered { origin, target, .. } in offered {
            *self.asked.entry([origin.0.min(target.0), origin.0.max(target.0)]).or_default() += 1;
        }
    }

    fn propose(&mut self, network: &mut Network) -> Vec<Proposal> {
        let mut asked: Vec<_> = std::mem::take(&mut self.asked).into_iter().collect();
        asked.sort_by_key(|&(pair, times)| (std::cmp::Reverse(times), pair));
        let mut proposal = |(pair, times): ([u32; 2], u32)| {
            let ends = pair.map(NodeId);
            let span = network.span(ends).filter(|span| span.mean() > 1.0 && network.may_open(ends))?;
            let numbers = [("times".to_owned(), f64::from(times))].into();
            Some(Proposal { ends, span, score: f64::from(times), numbers })
        };
        asked.into_iter().filter_map(&mut proposal).collect()
    }

    fn budget(&self) -> u32 {
        1
    }

    fn close(&mut self, network: &mut Network) -> Vec<(WormholeId, &'static str)> {
        let (now, lifetime) = (network.now(), self.parameters.lifetime_ticks);
        let old = network.active().filter(|wormhole| now - wormhole.since >= lifetime);
        old.map(|wormhole| (wormhole.id, "its time is over")).collect()
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&self.asked, to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        router::read(state).map(|asked| self.asked = asked).is_some()
    }
}
