//! Two nodes that a shortcut may join.

use std::fmt;

use super::fault::Fault;

/// Two different nodes, in either order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    low: u32,
    high: u32,
}

impl Pair {
    /// The pair of two different nodes.
    ///
    /// # Errors
    /// [`Fault::SelfPair`].
    pub fn new(a: u32, b: u32) -> Result<Self, Fault> {
        if a == b {
            return Err(Fault::SelfPair { node: a });
        }
        Ok(Self { low: a.min(b), high: a.max(b) })
    }

    /// Both nodes, the smaller first.
    pub fn ends(self) -> [u32; 2] {
        [self.low, self.high]
    }

    /// An error if a node of the pair does not exist.
    pub(super) fn check(self, nodes: u32) -> Result<(), Fault> {
        if self.high >= nodes { Err(Fault::UnknownNode { node: self.high, nodes }) } else { Ok(()) }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{}-{}", self.low, self.high)
    }
}
