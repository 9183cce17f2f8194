//! Masses follow the accesses; the opening policy proposes where wormholes open, and the budget decides.

use bevy_ecs::prelude::{DetectChangesMut, Mut, Query, Res, ResMut, With, World};

use crate::fabric::Fabric;
use crate::opening::policy::{ActivePolicy, Network, Proposal};
use crate::world::components::{Mass, NodeRef};
use crate::world::journal::{DormancyReason, OpeningReason};
use crate::world::resources::{Nodes, Observed, Rules, Spans};
use crate::world::wormholes;

/// `m ← m·e^(−1/τ) + a` for every node; the sketch counts the tick's pairs, and the opening policy sees them.
pub fn follow_accesses(
    fabric: Res<Fabric>,
    nodes: Res<Nodes>,
    mut observed: ResMut<Observed>,
    mut opening: ResMut<ActivePolicy>,
    mut masses: Query<&mut Mass, With<NodeRef>>,
) {
    let Observed { sketch, memory } = &mut *observed;
    for access in &fabric.offered {
        let size = f64::from(access.size);
        for end in [access.origin, access.target] {
            if let Ok(mut mass) = masses.get_mut(nodes.0[end.index()]) {
                // Nothing asks what changed.
                mass.bypass_change_detection().add(size, fabric.now, memory);
            }
        }
        sketch.offer(access.origin.0, access.target.0, size);
    }
    if opening.enabled {
        opening.policy.observe(&fabric.offered);
    }
}

/// Closes what the policy closes, then opens what it proposes, within the budget of ports and openings.
pub fn open_wormholes(world: &mut World) {
    let kind = world.resource::<Rules>().wormholes.policy.kind();
    let closed = with_network(world, |opening, network| opening.policy.close(network));
    for (id, why) in closed {
        wormholes::close(world, id, DormancyReason::Policy { why: why.to_owned() });
    }
    let proposals = with_network(world, |opening, network| opening.policy.propose(network));
    let mut left = world.resource::<ActivePolicy>().policy.budget();
    for proposal in proposals {
        if left == 0 {
            return;
        }
        let Proposal { ends, span, score, ref numbers } = proposal;
        assert!(score.is_finite() && numbers.values().all(|value| value.is_finite()), "a policy gives finite numbers");
        if wormholes::open(world, wormholes::Opening { ends, span, reason: proposal.reason(kind) }) {
            left -= 1;
        }
    }
}

/// Opens what the policy opens before the first tick.
pub fn begin(world: &mut World) {
    if !world.resource::<ActivePolicy>().enabled {
        return;
    }
    let kind = world.resource::<Rules>().wormholes.policy.kind();
    for proposal in with_network(world, |opening, network| opening.policy.begin(network)) {
        let (ends, span) = (proposal.ends, proposal.span);
        let reason = OpeningReason { at_start: true, ..proposal.reason(kind) };
        wormholes::open_at_start(world, wormholes::Opening { ends, span, reason });
    }
}

/// Asks the policy, which sees the network.
fn with_network<T>(world: &mut World, ask: impl FnOnce(&mut ActivePolicy, &mut Network) -> T) -> T {
    world.resource_scope(|world, mut opening: Mut<ActivePolicy>| {
        world.resource_scope(|world, mut observed: Mut<Observed>| {
            world.resource_scope(|world, mut spans: Mut<Spans>| {
                ask(&mut opening, &mut Network::new(world, &mut observed, &mut spans))
            })
        })
    })
}
