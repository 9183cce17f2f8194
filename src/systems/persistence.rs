//! What a tick leaves to the store besides its lines of the journal: word that a snapshot is due.

use bevy_ecs::prelude::{Res, ResMut, Resource};

use crate::scenario::Tick;
use crate::world::resources::Clock;

/// When the state is to be written. The store does it between ticks; systems never see the file system.
#[derive(Debug, Resource)]
pub struct Snapshots {
    /// Ticks between two snapshots.
    pub every: Option<Tick>,
    /// Whether the state at the end of this tick should be written.
    pub due: bool,
}

impl Snapshots {
    /// None is due yet.
    pub fn new(every: Option<Tick>) -> Self {
        Self { every, due: false }
    }
}

/// Says whether a snapshot is due.
pub fn mark_due(clock: Res<Clock>, mut snapshots: ResMut<Snapshots>) {
    snapshots.due = snapshots.every.is_some_and(|every| clock.next.is_multiple_of(every));
}
