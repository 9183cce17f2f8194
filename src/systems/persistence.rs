//! What a tick leaves to the store: its lines of the journal, and a snapshot when one is due.

use bevy_ecs::prelude::{Res, ResMut, Resource};

use crate::scenario::Tick;
use crate::world::journal::{Journal, Record};
use crate::world::resources::Clock;

/// What waits to be written. The store empties it between ticks; systems never see the file system.
#[derive(Debug, Default, Resource)]
pub struct Outbox {
    /// Lines of the journal, in order.
    pub journal: Vec<Record>,
    /// Whether the state at the end of this tick should be written.
    pub snapshot_due: bool,
    /// Ticks between two snapshots.
    pub snapshot_every: Option<Tick>,
}

impl Outbox {
    /// An empty one.
    pub fn new(snapshot_every: Option<Tick>) -> Self {
        Self { snapshot_every, ..Self::default() }
    }
}

/// Hands on what this tick noted.
pub fn hand_on(clock: Res<Clock>, mut journal: ResMut<Journal>, mut outbox: ResMut<Outbox>) {
    if !journal.records.is_empty() {
        outbox.journal.append(&mut journal.records);
    }
    outbox.snapshot_due = outbox.snapshot_every.is_some_and(|every| clock.next.is_multiple_of(every));
}
