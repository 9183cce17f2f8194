//! A link that got another cost, as what is kept about paths must know it.

use super::fields::UNREACHED;
use super::view::View;
use crate::world::port::PortChange;

/// A link that opened, closed or changed its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repriced {
    /// The ports at both ends.
    pub ports: [u32; 2],
    /// Both ends.
    pub ends: [u32; 2],
    /// Cost until now; [`UNREACHED`] if it was closed.
    pub before: u32,
    /// Cost from now on; [`UNREACHED`] if it is closed.
    pub after: u32,
}

impl Repriced {
    /// Applies a change to `view`, and says what it did.
    pub fn apply(view: &mut View, change: &PortChange) -> Self {
        let ends = change.ends.map(|end| end.0);
        let cost = |view: &View| {
            let port = view.ports(ends[0]).find(|&(port, ..)| port == change.ports[0]);
            port.map_or(UNREACHED, |(_, _, cost)| cost)
        };
        let before = cost(view);
        view.apply(change);
        Self { ports: change.ports, ends, before, after: cost(view) }
    }

    /// The ends in both orders.
    pub fn directions(&self) -> [[u32; 2]; 2] {
        [self.ends, [self.ends[1], self.ends[0]]]
    }
}
