//! A change of a link's cost in a [`View`](super::view::View), which caches and trees are updated by.

/// A link that opened, closed or changed its cost; the view has the change already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkChange {
    /// The ports at both ends.
    pub ports: [u32; 2],
    /// Both ends.
    pub ends: [u32; 2],
    /// Cost until now from the first end and from the second; [`UNREACHED`](super::UNREACHED) where it was closed.
    pub before: [u32; 2],
    /// Cost from now on; [`UNREACHED`](super::UNREACHED) where it is closed.
    pub after: [u32; 2],
}

impl LinkChange {
    /// What happened in each direction.
    pub fn directions(&self) -> [DirectionChange; 2] {
        [0, 1].map(|side| DirectionChange {
            ends: [self.ends[side], self.ends[1 - side]],
            before: self.before[side],
            after: self.after[side],
        })
    }
}

/// One direction of a link that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectionChange {
    /// Where it begins, and where it leads.
    pub ends: [u32; 2],
    /// Cost until now.
    pub before: u32,
    /// Cost from now on.
    pub after: u32,
}
