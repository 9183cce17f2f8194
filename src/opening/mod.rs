//! Opening policies, a file each: who proposes where wormholes open, and may close them. To add one, write its file and
//! name it here.

pub mod fixed;
pub mod gravity;
pub mod policy;

use crate::scenario::Kind;
use policy::policy;

/// All policies, in the order of the schema.
pub const ALL: [Kind; 2] = [policy::<gravity::Parameters>(), policy::<fixed::Parameters>()];
