//! A change of a link's cost in a [`View`](super::view::View), which caches and trees are updated by.

/// A link that opened, closed or changed its cost; the view has the change already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkChange {
    /// The ports at both ends.
    pub ports: [u32; 2],
    /// Both ends.
    pub ends: [u32; 2],
    /// Cost until now; [`UNREACHED`](super::UNREACHED) if it was closed.
    pub before: u32,
    /// Cost from now on; [`UNREACHED`](super::UNREACHED) if it is closed.
    pub after: u32,
}

impl LinkChange {
    /// The ends in both orders.
    pub fn directions(&self) -> [[u32; 2]; 2] {
        [self.ends, [self.ends[1], self.ends[0]]]
    }
}
