//! On-line policies as oracles: what they open and close on a ledger's requests.
//!
//! A policy pays the request that triggers it: what it decides in tick t happens at the start of tick t + 1. Each
//! returns a schedule that `Schedule::bill` checks and prices. Ties go to the smallest pair.

mod account;
mod bma;
mod rotor;
mod table;
mod window;

pub use account::account;
pub use bma::bma;
pub use rotor::{Rotor, rotor};
pub use window::window;
