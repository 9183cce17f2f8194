//! `configuration/{physics_constants,routing_policies,decay_parameters}.json`: the parameters in effect.

use serde::{Deserialize, Serialize};

use crate::physics::decay;
use crate::physics::gravity::Memory;
use crate::scenario::Choice;
use crate::scenario::raw::{RawEntropy, RawScenario, RawWormholes};
use crate::scenario::{DecayParameters, GravityParameters, NodeRules, WormholeParameters};
use crate::store::json::{VERSION, to_text};

/// Gravity, wormholes and entropy. Units stand in the fields' names; costs are in ticks of saved latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhysicsConstants {
    /// Version of the format.
    pub version: u32,
    /// Real time that a tick stands for, ms.
    pub tick_ms: f64,
    /// Masses and attraction.
    pub gravity: GravityParameters,
    /// e^(−1/τ): share of a mass that is left after a tick.
    pub mass_kept_per_tick: f64,
    /// What a wormhole can do and costs.
    pub wormhole: WormholeParameters,
    /// Entropies.
    pub entropy: RawEntropy,
}

/// Router, nodes, and where wormholes open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingPolicies {
    /// Version of the format.
    pub version: u32,
    /// The router.
    pub router: Choice,
    /// What nodes do with accesses.
    pub nodes: NodeRules,
    /// Whether and how wormholes open.
    pub wormholes: RawWormholes,
}

/// Fading and reinforcement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecayFile {
    /// Version of the format.
    pub version: u32,
    /// As in the scenario.
    pub decay: DecayParameters,
    /// e^(−λ): share of strength that is left after a tick.
    pub strength_kept_per_tick: f64,
    /// ln 2 / λ: ticks in which an unused wormhole loses half its strength; none if it does not fade.
    pub half_life_ticks: Option<f64>,
}

/// The three files, by path within `wormholes/`.
pub(in crate::store) fn files(resolved: &RawScenario) -> [(&'static str, String); 3] {
    let physics = &resolved.physics;
    let fade = physics.decay.fade_per_tick;
    let constants = PhysicsConstants {
        version: VERSION,
        tick_ms: resolved.tick_ms,
        gravity: physics.gravity,
        mass_kept_per_tick: Memory::new(physics.gravity.mass_memory_ticks).kept(1),
        wormhole: physics.wormhole,
        entropy: physics.entropy.clone(),
    };
    let policies = RoutingPolicies {
        version: VERSION,
        router: resolved.router.clone(),
        nodes: resolved.nodes,
        wormholes: resolved.wormholes.clone(),
    };
    let decay = DecayFile {
        version: VERSION,
        decay: physics.decay,
        strength_kept_per_tick: decay::kept(fade),
        half_life_ticks: (fade > 0.0).then(|| std::f64::consts::LN_2 / fade),
    };
    [
        ("configuration/physics_constants.json", to_text(&constants)),
        ("configuration/routing_policies.json", to_text(&policies)),
        ("configuration/decay_parameters.json", to_text(&decay)),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    /// After a half-life of ticks, of which each keeps the same share, a half is left; what does not fade has none.
    #[test]
    fn what_is_kept_in_a_tick_follows_from_rate_and_memory() {
        for (fade, memory) in [(0.0, 1.0), (0.5, 20.0)] {
            let scenario = json!({
                "version": 1, "name": "small", "topology": {"generator": {"kind": "ring", "nodes": 3}},
                "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
                "physics": {"decay": {"fade_per_tick": fade}, "gravity": {"mass_memory_ticks": memory}},
            });
            let [constants, _, decay] = files(&serde_json::from_value(scenario).unwrap());
            let constants: PhysicsConstants = serde_json::from_str(&constants.1).unwrap();
            close(libm::pow(constants.mass_kept_per_tick, memory), libm::exp(-1.0));
            let decay: DecayFile = serde_json::from_str(&decay.1).unwrap();
            assert_eq!(decay.half_life_ticks.is_some(), fade > 0.0);
            match decay.half_life_ticks {
                Some(ticks) => close(libm::pow(decay.strength_kept_per_tick, ticks), 0.5),
                None => assert_eq!(decay.strength_kept_per_tick, 1.0),
            }
        }
    }
}
