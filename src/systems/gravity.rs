//! Masses follow the accesses; wormholes open where attraction times saving is largest.
//!
//! Candidates are the heaviest observed pairs and all pairs of the most massive nodes, so that a review costs the
//! same in a large network as in a small one, but for the distances it has not seen yet.

use bevy_ecs::prelude::{Query, Res, ResMut, World};

use super::wormholes::{Opening, open};
use crate::physics::gravity::{attraction, transit};
use crate::scenario::WormholePolicy;
use crate::topology::NodeId;
use crate::world::components::{Mass, NodeRef, Phase, Wormhole};
use crate::world::fabric::Fabric;
use crate::world::journal::OpeningReason;
use crate::world::resources::{Clock, Gravity, Registry, Rules};

/// Observed pairs that a review looks at, the heaviest of those that the sketch holds.
const OBSERVED_CANDIDATES: usize = 64;

/// `m ← m·e^(−1/τ) + a` for every node, and the sketch counts the tick's pairs.
pub fn follow_accesses(fabric: Res<Fabric>, mut gravity: ResMut<Gravity>, mut nodes: Query<(&NodeRef, &mut Mass)>) {
    let Gravity { activity, sketch, mass_kept, .. } = &mut *gravity;
    for &slot in &fabric.fresh {
        let access = fabric.pool.get(slot);
        let size = f64::from(access.size);
        activity[access.origin.index()] += size;
        activity[access.target.index()] += size;
        sketch.offer(access.origin.0, access.target.0, size);
    }
    for (node, mut mass) in &mut nodes {
        mass.0 = mass.0 * *mass_kept + std::mem::take(&mut activity[node.0.index()]);
    }
}

/// At every review, opens the wormholes that pull most, within the budget of ports.
pub fn open_wormholes(world: &mut World) {
    let (clock, rules) = (world.resource::<Clock>(), world.resource::<Rules>());
    let review = rules.physics.gravity.review_every_ticks;
    let by_gravity = rules.wormholes.enabled && rules.wormholes.policy == WormholePolicy::Gravity;
    if !by_gravity || clock.now == 0 || !clock.now.is_multiple_of(review) {
        return;
    }
    let most = rules.physics.gravity.max_openings as usize;
    let candidates = world.resource_scope(|world, mut gravity| rank(world, &mut gravity));
    let mut opened = 0;
    for (_, opening) in candidates {
        if opened < most && open(world, &opening) {
            opened += 1;
        }
    }
}

/// Places where a wormhole could open and would pull enough, those that pull most first.
fn rank(world: &mut World, gravity: &mut Gravity) -> Vec<(f64, Opening)> {
    let masses: Vec<f64> = world
        .resource::<Registry>()
        .nodes
        .iter()
        .map(|&node| world.get::<Mass>(node).map_or(0.0, |mass| mass.0))
        .collect();
    let rules = world.resource::<Rules>();
    let (physics, wormhole) = (rules.physics.gravity, rules.physics.wormhole);
    let mut ranked = Vec::new();
    for ends in candidates(&masses, gravity, physics.massive_nodes as usize) {
        if !may_open(world, ends) {
            continue;
        }
        let Some(span) = gravity.span(ends[0], ends[1]).filter(|&span| span >= wormhole.min_span_ticks) else {
            continue;
        };
        let saving = span - transit(wormhole.kinds.experimental_transit, span).min(span);
        let pair = ends.map(|end| masses[end.index()]);
        let force = attraction(physics.constant, physics.distance_exponent, pair[0], pair[1], f64::from(span));
        let pull = force * f64::from(saving);
        if saving > 0 && pull >= physics.min_pull {
            ranked.push((pull, Opening { ends, span, reason: OpeningReason::Pull { pull, masses: pair } }));
        }
    }
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.ends.cmp(&y.ends)));
    gravity.sketch.fade(gravity.sketch_kept);
    ranked
}

/// Pairs worth a look, smaller id first, sorted, without repetition.
fn candidates(masses: &[f64], gravity: &Gravity, massive: usize) -> Vec<[NodeId; 2]> {
    let mut observed: Vec<_> = gravity.sketch.entries().to_vec();
    observed.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.pair.cmp(&b.pair)));
    let mut pairs: Vec<[NodeId; 2]> =
        observed.iter().take(OBSERVED_CANDIDATES).map(|entry| entry.pair.map(NodeId)).collect();
    let mut nodes: Vec<u32> = (0..masses.len() as u32).collect();
    let by_mass = |a: &u32, b: &u32| masses[*b as usize].total_cmp(&masses[*a as usize]).then(a.cmp(b));
    if massive < nodes.len() {
        nodes.select_nth_unstable_by(massive, by_mass);
        nodes.truncate(massive);
    }
    nodes.sort_unstable();
    for (i, &a) in nodes.iter().enumerate() {
        pairs.extend(nodes[i + 1..].iter().map(|&b| [NodeId(a), NodeId(b)]));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Whether both ends are up and have a port left, and the pair has no wormhole, or one that may leave the pool.
fn may_open(world: &World, ends: [NodeId; 2]) -> bool {
    let fabric = world.resource::<Fabric>();
    if ends.iter().any(|&end| !fabric.lanes[end.index()].up || fabric.free_port(end).is_none()) {
        return false;
    }
    let registry = world.resource::<Registry>();
    let held = registry.between.get(&ends).and_then(|id| world.get::<Wormhole>(registry.wormholes[id]));
    let pause = world.resource::<Rules>().physics.decay.reopen_after_ticks;
    let now = world.resource::<Clock>().now;
    held.is_none_or(|wormhole| wormhole.phase == Phase::Dormant && now - wormhole.since >= pause)
}
