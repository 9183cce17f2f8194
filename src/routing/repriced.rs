//! A change of a link, as a [`View`](super::view::View) tells it to all that is kept about paths.

/// A link that opened, closed or changed its cost; in the view it has done so already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repriced {
    /// The ports at both ends.
    pub ports: [u32; 2],
    /// Both ends.
    pub ends: [u32; 2],
    /// Cost until now; [`UNREACHED`](super::UNREACHED) if it was closed.
    pub before: u32,
    /// Cost from now on; [`UNREACHED`](super::UNREACHED) if it is closed.
    pub after: u32,
}

impl Repriced {
    /// The ends in both orders.
    pub fn directions(&self) -> [[u32; 2]; 2] {
        [self.ends, [self.ends[1], self.ends[0]]]
    }
}
