//! Masses follow the accesses; wormholes open where attraction times saving is largest.
//!
//! Candidates are the heaviest observed pairs and all pairs of the most massive nodes, so that a review costs the
//! same in a large network as in a small one, but for the distances it has not seen yet.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bevy_ecs::prelude::{DetectChangesMut, Mut, Query, Res, ResMut, World};

use super::wormholes::{Opening, open};
use crate::fabric::Fabric;
use crate::physics::gravity::{attraction, transit};
use crate::scenario::GravityParameters;
use crate::scenario::Phase;
use crate::topology::NodeId;
use crate::world::components::{Mass, NodeRef, Wormhole};
use crate::world::journal::OpeningReason;
use crate::world::resources::{Clock, Gravity, Registry, Rules};

/// Observed pairs that a review looks at, the heaviest of those that the sketch holds, for each opening it may make.
const OBSERVED_PER_OPENING: usize = 8;

/// `m ← m·e^(−1/τ) + a` for every node, and the sketch counts the tick's pairs.
pub fn follow_accesses(fabric: Res<Fabric>, mut gravity: ResMut<Gravity>, mut nodes: Query<(&NodeRef, &mut Mass)>) {
    let Gravity { activity, sketch, mass_kept, .. } = &mut *gravity;
    for &(origin, target, size) in &fabric.offered {
        let size = f64::from(size);
        activity[origin.index()] += size;
        activity[target.index()] += size;
        sketch.offer(origin.0, target.0, size);
    }
    for (node, mut mass) in &mut nodes {
        // Nothing asks what changed, and this runs for every node in every tick.
        let mass = mass.bypass_change_detection();
        mass.0 = mass.0 * *mass_kept + std::mem::take(&mut activity[node.0.index()]);
    }
}

/// Opens the wormholes that pull most, within the budget of ports.
pub fn open_wormholes(world: &mut World) {
    let ranked = world.resource_scope(|world, mut gravity: Mut<Gravity>| {
        let ranked = rank(world, &mut gravity);
        let kept = gravity.sketch_kept;
        gravity.sketch.fade(kept);
        ranked
    });
    let mut left = world.resource::<Rules>().physics.gravity.max_openings;
    for (_, opening) in ranked {
        if left > 0 && open(world, &opening) {
            left -= 1;
        }
    }
}

/// Places where a wormhole could open and would pull enough, those that pull most first.
fn rank(world: &World, gravity: &mut Gravity) -> Vec<(f64, Opening)> {
    let (fabric, registry) = (world.resource::<Fabric>(), world.resource::<Registry>());
    // Nodes that are up and have a port left, with their masses.
    let able: BTreeMap<NodeId, f64> = (0..)
        .map(NodeId)
        .zip(&registry.nodes)
        .filter(|&(node, _)| fabric.lanes[node.index()].up && fabric.free_port(node).is_some())
        .map(|(node, &entity)| (node, world.get::<Mass>(entity).map_or(0.0, |mass| mass.0)))
        .collect();
    let rules = world.resource::<Rules>();
    let (physics, wormhole) = (rules.physics.gravity, rules.physics.wormhole);
    let (pause, now) = (rules.physics.decay.reopen_after_ticks, world.resource::<Clock>().now);
    let mut ranked = Vec::new();
    for ends in candidates(&able, gravity, &physics) {
        let held = registry.between.get(&ends).and_then(|id| world.get::<Wormhole>(registry.wormholes[id]));
        if held.is_some_and(|wormhole| {
            wormhole.phase == Phase::Active || registry.dormant_ticks(wormhole.since, wormhole.id, now) < pause
        }) {
            continue;
        }
        let Some(span) = gravity.span(ends).filter(|&span| span >= wormhole.min_span_ticks) else {
            continue;
        };
        let saving = span - transit(wormhole.kinds.experimental_transit, span).min(span);
        let masses = ends.map(|end| able[&end]);
        let force = attraction(physics.constant, physics.distance_exponent, masses[0], masses[1], f64::from(span));
        let pull = force * f64::from(saving);
        if saving > 0 && pull >= physics.min_pull {
            ranked.push((pull, Opening { ends, span, reason: OpeningReason::Pull { pull, masses } }));
        }
    }
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.ends.cmp(&y.ends)));
    ranked
}

/// Pairs of `able` nodes worth a look, smaller id first, sorted, without repetition: the heaviest observed ones, and
/// all among the most massive nodes.
fn candidates(able: &BTreeMap<NodeId, f64>, gravity: &Gravity, rules: &GravityParameters) -> Vec<[NodeId; 2]> {
    let observed = gravity.sketch.entries().iter().map(|entry| (entry.weight, entry.pair.map(NodeId)));
    let mut observed: Vec<_> = observed.filter(|(_, pair)| pair.iter().all(|end| able.contains_key(end))).collect();
    keep_first(&mut observed, OBSERVED_PER_OPENING * rules.max_openings as usize, |a, b| {
        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
    });
    let mut nodes: Vec<(f64, NodeId)> = able.iter().map(|(&node, &mass)| (mass, node)).collect();
    keep_first(&mut nodes, rules.massive_nodes as usize, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut pairs: Vec<[NodeId; 2]> = observed.into_iter().map(|(_, pair)| pair).collect();
    for (i, &(_, a)) in nodes.iter().enumerate() {
        pairs.extend(nodes[i + 1..].iter().map(|&(_, b)| [a.min(b), a.max(b)]));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Keeps the `count` first by `order`, in no order.
fn keep_first<T>(items: &mut Vec<T>, count: usize, order: impl FnMut(&T, &T) -> Ordering) {
    if count < items.len() {
        items.select_nth_unstable_by(count, order);
        items.truncate(count);
    }
}
