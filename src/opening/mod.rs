//! Opening policies, a file each: who proposes where wormholes open, and may close them. To add one, write its file and
//! name it here.

pub mod account;
pub mod bma;
mod decisions;
pub mod fixed;
pub mod foreseen;
pub mod gravity;
pub mod harmonic;
pub mod hedge;
pub mod policy;
pub mod random;
pub mod replay;
mod rival;
pub mod rotor;
pub mod static_matching;
pub mod window;

use crate::scenario::Kind;
use policy::policy;

/// All policies, in the order of the schema.
pub const ALL: [Kind; 11] = [
    policy::<gravity::Parameters>(),
    policy::<account::Parameters>(),
    policy::<bma::Parameters>(),
    policy::<static_matching::Parameters>(),
    policy::<window::Parameters>(),
    policy::<rotor::Parameters>(),
    policy::<random::Parameters>(),
    policy::<harmonic::Parameters>(),
    policy::<hedge::Parameters>(),
    policy::<fixed::Parameters>(),
    policy::<replay::Parameters>(),
];
