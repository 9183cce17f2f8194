//! Strength fades and is reinforced by use; kinds and phases change; upkeep is paid.

use bevy_ecs::prelude::{Commands, DetectChangesMut, Query, Res, ResMut, Without, World};
use bevy_ecs::system::SystemState;

use super::wormholes::{retire, settle};
use super::{present, run_now};
use crate::fabric::Fabric;
use crate::physics::{decay, gravity::transit};
use crate::scenario::Phase;
use crate::scenario::WormholeKind;
use crate::scenario::{DecayParameters, Tick};
use crate::world::components::{Dormant, Ledger, Mass, Strength, Wormhole};
use crate::world::journal::{Change, DormancyReason, Journal};
use crate::world::resources::{Clock, Fading, Registry, Rules};

/// What [`fade`] touches.
type Fade<'w, 's> = (
    Res<'w, Rules>,
    Res<'w, Registry>,
    ResMut<'w, Fading>,
    ResMut<'w, Fabric>,
    Query<
        'w,
        's,
        (&'static mut Wormhole, &'static mut Strength, &'static mut Mass, &'static mut Ledger),
        Without<Dormant>,
    >,
);

/// Strength, mass and ledger of every active wormhole follow the traversals of the last tick; then wormholes whose set-up
/// ends become usable, and kinds and phases change.
pub fn reinforce_and_fade(world: &mut World, state: &mut SystemState<Fade>) {
    if fade(present(state.get_mut(world))) {
        run_now(world, change_phases);
    }
}

/// Notes wormholes whose kind or phase may change, and returns whether [`change_phases`] has anything to do.
fn fade((rules, registry, mut fading, mut fabric, mut wormholes): Fade) -> bool {
    let (now, decay, wormhole_rules) = (fabric.now, &rules.physics.decay, &rules.physics.wormhole);
    let Fading { kept, mass_kept, due } = &mut *fading;
    let holds = WormholeKind::ALL.map(|kind| kind.holds(&wormhole_rules.kinds));
    for (mut wormhole, mut strength, mut mass, mut ledger) in &mut wormholes {
        // Nothing asks what changed, and this runs for every wormhole in every tick.
        let (wormhole, strength) = (wormhole.bypass_change_detection(), strength.bypass_change_detection());
        let (mass, ledger) = (mass.bypass_change_detection(), ledger.bypass_change_detection());
        if now < wormhole.ready_at {
            continue;
        }
        let used = settle(wormhole, ledger, &mut fabric);
        strength.0 = decay::strength(strength.0, *kept, decay.gain_per_traversal, used);
        mass.0 = mass.0 * *mass_kept + f64::from(used);
        ledger.upkeep += wormhole_rules.upkeep_per_tick * strength.0;
        let capacity = decay::capacity(wormhole_rules.max_capacity_per_tick, strength.0);
        if capacity != wormhole.capacity {
            wormhole.capacity = capacity;
            fabric.set_capacity(wormhole.ports, capacity);
        }
        let faded = strength.0 < decay.dormant_below;
        let reviewed = now - wormhole.reviewed_at >= decay.pay_review_ticks;
        let [least, most] = holds[wormhole.kind as usize];
        if faded | reviewed | (strength.0 < least) | (strength.0 >= most) {
            due.push(wormhole.id);
        }
    }
    let archivable = |&(since, id)| registry.dormant_ticks(since, id, now) >= decay.archive_after_ticks;
    !due.is_empty() || !registry.opening.is_empty() || registry.pool.front().is_some_and(archivable)
}

/// Changes the phases that are due, in the order of ids.
#[expect(clippy::too_many_arguments, reason = "a system lists all that it touches")]
fn change_phases(
    clock: Res<Clock>,
    rules: Res<Rules>,
    mut fading: ResMut<Fading>,
    mut fabric: ResMut<Fabric>,
    mut registry: ResMut<Registry>,
    mut journal: ResMut<Journal>,
    mut commands: Commands,
    mut wormholes: Query<(&mut Wormhole, &Strength, &mut Ledger)>,
) {
    let (now, decay, kinds) = (clock.now, &rules.physics.decay, &rules.physics.wormhole.kinds);
    let Registry { opening, wormholes: entities, .. } = &mut *registry;
    opening.retain(|id| {
        let Ok((wormhole, ..)) = wormholes.get(entities[id]) else { return false };
        let ready = wormhole.ready_at <= now;
        if ready {
            fabric.open_wormhole(wormhole.ports, wormhole.ends, wormhole.transit, wormhole.capacity, now);
        }
        !ready
    });
    fading.due.sort_unstable();
    for id in fading.due.drain(..) {
        let entity = registry.wormholes[&id];
        let Ok((mut wormhole, strength, mut ledger)) = wormholes.get_mut(entity) else { continue };
        if let Some(reason) = dormancy(&mut wormhole, strength.0, &mut ledger, decay, now) {
            retire(&mut wormhole, strength.0, reason, now, &mut fabric, &mut registry, &mut journal);
            commands.entity(entity).insert(Dormant);
            continue;
        }
        let (from, to) = (wormhole.kind, wormhole.kind.after(strength.0, kinds));
        if from != to {
            wormhole.kind = to;
            wormhole.transit = transit(to.transit_ratio(kinds), wormhole.span);
            fabric.set_latency(wormhole.ports, wormhole.ends, wormhole.transit);
            let transit_ticks = wormhole.transit;
            journal.note(now, Change::KindChanged { wormhole: id, from, to, transit_ticks, strength: strength.0 });
        }
    }
    while let Some(&(since, id)) = registry.pool.front() {
        let dormant_ticks = registry.dormant_ticks(since, id, now);
        if dormant_ticks < decay.archive_after_ticks {
            break;
        }
        registry.pool.pop_front();
        let Some(&entity) = registry.wormholes.get(&id) else { continue };
        let Ok((mut wormhole, strength, ledger)) = wormholes.get_mut(entity) else { continue };
        if wormhole.phase != Phase::Dormant || wormhole.since != since {
            continue;
        }
        registry.wormholes.remove(&id);
        registry.between.remove(&wormhole.ends);
        (wormhole.phase, wormhole.since) = (Phase::Archived, now);
        registry.archive((*wormhole, *strength, *ledger));
        commands.entity(entity).despawn();
        journal.note(now, Change::Archived { wormhole: id, dormant_ticks });
    }
}

/// Why an active wormhole should close now, if it should. A review of whether it pays begins the next one.
fn dormancy(
    wormhole: &mut Wormhole,
    strength: f64,
    ledger: &mut Ledger,
    decay: &DecayParameters,
    now: Tick,
) -> Option<DormancyReason> {
    if strength < decay.dormant_below {
        return Some(DormancyReason::Faded { below: decay.dormant_below });
    }
    if now - wormhole.reviewed_at < decay.pay_review_ticks {
        return None;
    }
    wormhole.reviewed_at = now;
    let [saved, upkeep] = std::mem::replace(&mut ledger.reviewed, [ledger.saved, ledger.upkeep]);
    let (saved_ticks, upkeep_ticks) = (ledger.saved - saved, ledger.upkeep - upkeep);
    (saved_ticks < upkeep_ticks).then_some(DormancyReason::DoesNotPay { saved_ticks, upkeep_ticks })
}
