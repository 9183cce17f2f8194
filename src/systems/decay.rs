//! Strength fades and is reinforced by use; kinds and phases change; upkeep is paid.

use bevy_ecs::prelude::{DetectChangesMut, Query, Res, ResMut, Without, World};
use bevy_ecs::system::SystemState;

use super::params::present;
use crate::fabric::Fabric;
use crate::physics::decay;
use crate::scenario::{DecayParameters, Tick, WormholeKind};
use crate::world::components::{Dormant, Ledger, Mass, Strength, Wormhole};
use crate::world::journal::DormancyReason;
use crate::world::resources::{Clock, Fading, Rules};
use crate::world::wormholes::{self, Wormholes, settle};

/// What [`fade`] touches.
type Fade<'w, 's> = (
    Res<'w, Rules>,
    Res<'w, Wormholes>,
    ResMut<'w, Fading>,
    ResMut<'w, Fabric>,
    Query<
        'w,
        's,
        (&'static mut Wormhole, &'static mut Strength, &'static mut Mass, &'static mut Ledger),
        Without<Dormant>,
    >,
);

/// Strength, mass and ledger of every active wormhole follow the traversals of the last tick; then wormholes whose
/// set-up ends become usable, and kinds and phases change.
pub fn reinforce_and_fade(world: &mut World, state: &mut SystemState<Fade>) {
    if fade(present(state.get_mut(world))) {
        change_phases(world);
    }
}

/// Notes wormholes whose kind or phase may change, and returns whether [`change_phases`] has anything to do.
fn fade((rules, table, mut fading, mut fabric, mut wormholes): Fade) -> bool {
    let (now, decay, wormhole_rules) = (fabric.now, &rules.physics.decay, &rules.physics.wormhole);
    let Fading { kept, memory, due } = &mut *fading;
    let holds = WormholeKind::ALL.map(|kind| kind.holds(&wormhole_rules.kinds));
    for (mut wormhole, mut strength, mut mass, mut ledger) in &mut wormholes {
        // Nothing asks what changed, and this runs for every wormhole in every tick.
        let (wormhole, strength) = (wormhole.bypass_change_detection(), strength.bypass_change_detection());
        let (mass, ledger) = (mass.bypass_change_detection(), ledger.bypass_change_detection());
        if now < wormhole.ready_at {
            continue;
        }
        let used = settle(wormhole, rules.processing_ticks, ledger, &mut fabric).into_iter().sum();
        if !rules.kept {
            strength.0 = decay::strength(strength.0, *kept, decay.gain_per_traversal, used);
        }
        if used > 0 {
            mass.add(f64::from(used), now, memory);
        }
        ledger.upkeep += wormhole_rules.upkeep_per_tick * strength.0;
        let capacity = decay::capacity(wormhole_rules.max_capacity_per_tick, strength.0);
        if capacity != wormhole.capacity {
            wormhole.capacity = capacity;
            fabric.set_capacity(&wormhole.ports, capacity);
        }
        if rules.kept {
            continue;
        }
        let faded = strength.0 < decay.dormant_below;
        let reviewed = now - wormhole.reviewed_at >= decay.pay_review_ticks;
        let [least, most] = holds[wormhole.kind as usize];
        if faded | reviewed | (strength.0 < least) | (strength.0 >= most) {
            due.push(wormhole.id);
        }
    }
    !due.is_empty() || !table.opening.is_empty() || table.may_archive(decay.archive_after_ticks, now)
}

/// Changes the phases that are due, in the order of ids.
fn change_phases(world: &mut World) {
    let (now, physics) = (world.resource::<Clock>().now, world.resource::<Rules>().physics);
    let (decay, kinds) = (physics.decay, physics.wormhole.kinds);
    wormholes::finish_setup(world);
    let mut due = std::mem::take(&mut world.resource_mut::<Fading>().due);
    due.sort_unstable();
    for id in due.drain(..) {
        let Some(entity) = world.resource::<Wormholes>().entity(id) else { continue };
        let mut entity = world.entity_mut(entity);
        let Ok((mut wormhole, &strength, mut ledger)) = entity.get_components_mut::<Fated>() else { continue };
        let reason = dormancy(&mut wormhole, strength.0, &mut ledger, &decay, now);
        let (from, to) = (wormhole.kind, wormhole.kind.after(strength.0, &kinds));
        match reason {
            Some(reason) => wormholes::close(world, id, reason),
            None if from != to => wormholes::change_kind(world, id, to),
            None => {}
        }
    }
    world.resource_mut::<Fading>().due = due;
    wormholes::archive(world, decay.archive_after_ticks);
}

/// What decides about a wormhole's phase and kind.
type Fated = (&'static mut Wormhole, &'static Strength, &'static mut Ledger);

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
