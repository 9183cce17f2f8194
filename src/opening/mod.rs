//! Opening policies, a file each: who proposes where wormholes open, and may close them. To add one, write its file and
//! name it here.

pub mod account;
pub mod bma;
mod decisions;
pub mod fixed;
pub mod gravity;
pub mod policy;
pub mod random;
mod rival;
pub mod rotor;
pub mod window;

use crate::scenario::Kind;
use policy::policy;

/// All policies, in the order of the schema.
pub const ALL: [Kind; 7] = [
    policy::<gravity::Parameters>(),
    policy::<account::Parameters>(),
    policy::<bma::Parameters>(),
    policy::<window::Parameters>(),
    policy::<rotor::Parameters>(),
    policy::<random::Parameters>(),
    policy::<fixed::Parameters>(),
];
