//! No openings but the initial ones.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{Network, OpeningPolicy, PolicyParameters, Prices, Proposal};
use crate::error::Error;
use crate::scenario::{self, Scenario, Tick};

/// Nowhere but at the `initial` places.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "fixed";
}

impl PolicyParameters for Parameters {
    fn build(&self, _: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        Ok(Box::new(Fixed))
    }

    fn reads(&self) -> Prices {
        Prices::UPKEEP
    }
}

/// The policy.
#[derive(Debug)]
struct Fixed;

impl OpeningPolicy for Fixed {
    fn is_due(&self, _: Tick) -> bool {
        false
    }

    fn propose(&mut self, _: &mut Network) -> Vec<Proposal> {
        Vec::new()
    }

    fn budget(&self) -> u32 {
        0
    }
}
