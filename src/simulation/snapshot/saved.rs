//! The state of a router or of an opening policy, as bytes that only it can read.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::opening::policy::ActivePolicy;
use crate::world::resources::ActiveRouter;

/// The state of a router or of an opening policy, which writes and reads it itself: that of one that runs, or bytes
/// that were saved.
pub struct Saved<'a> {
    kind: Cow<'a, str>,
    state: Source<'a>,
}

enum Source<'a> {
    Router(&'a ActiveRouter),
    Policy(&'a ActivePolicy),
    Bytes(Vec<u8>),
}

impl<'a> Saved<'a> {
    /// That of a router.
    pub(super) fn router(router: &'a ActiveRouter) -> Self {
        Self { kind: router.kind.into(), state: Source::Router(router) }
    }

    /// That of an opening policy of this kind.
    pub(super) fn policy(policy: &'a ActivePolicy, kind: &'a str) -> Self {
        Self { kind: kind.into(), state: Source::Policy(policy) }
    }

    /// Bytes that were saved by one of this kind.
    pub fn bytes(kind: String, bytes: Vec<u8>) -> Self {
        Self { kind: kind.into(), state: Source::Bytes(bytes) }
    }

    /// The kind of router or policy that it is of.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Writes the bytes.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        match &self.state {
            Source::Router(router) => router.router.save(to),
            Source::Policy(policy) => policy.policy.save(to),
            Source::Bytes(bytes) => to.write_all(bytes),
        }
    }

    /// Lets `take` read the bytes.
    pub(super) fn read<T>(&self, take: impl FnOnce(&[u8]) -> T) -> T {
        match &self.state {
            Source::Bytes(bytes) => take(bytes),
            Source::Router(_) | Source::Policy(_) => {
                let mut bytes = Vec::new();
                self.write(&mut bytes).expect("memory takes what it is given");
                take(&bytes)
            }
        }
    }
}

impl fmt::Debug for Saved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "the state of {}", self.kind)
    }
}

impl Serialize for Saved<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read(|bytes| (&*self.kind, bytes).serialize(serializer))
    }
}

impl<'de> Deserialize<'de> for Saved<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(String, Vec<u8>)>::deserialize(deserializer).map(|(kind, bytes)| Self::bytes(kind, bytes))
    }
}
