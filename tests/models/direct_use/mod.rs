//! The direct-use ledger against exact instances, slow oracles, on-line policies and real traffic.

mod faults;
mod literature;
mod pods;
mod policies;
mod random;
mod rivals;
