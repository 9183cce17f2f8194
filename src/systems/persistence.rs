//! Hands the journal of the tick to the outbox.

use bevy_ecs::prelude::{Res, ResMut};

use crate::world::journal::{Journal, Outbox};

/// Whether this tick noted anything.
pub fn is_news(journal: Res<Journal>) -> bool {
    !journal.records.is_empty()
}

/// Hands on what this tick noted.
pub fn hand_on(mut journal: ResMut<Journal>, mut outbox: ResMut<Outbox>) {
    outbox.journal.append(&mut journal.records);
}
