//! What a tick leaves to the store.

use bevy_ecs::prelude::{Res, ResMut, Resource};

use crate::world::journal::{Journal, Record};

/// What waits to be written. The store empties it between ticks; systems never see the file system.
#[derive(Debug, Default, Resource)]
pub struct Outbox {
    /// Lines of the journal, in order.
    pub journal: Vec<Record>,
}

/// Whether this tick noted anything.
pub fn is_news(journal: Res<Journal>) -> bool {
    !journal.records.is_empty()
}

/// Hands on what this tick noted.
pub fn hand_on(mut journal: ResMut<Journal>, mut outbox: ResMut<Outbox>) {
    outbox.journal.append(&mut journal.records);
}
