//! Window: every so many ticks, the best static choice for the demand since the last time.

use wormsim::direct_use::{Ledger, Schedule, demand, heaviest};

use super::table::Table;

/// At ticks `length`, 2 `length`, … the pairs that saved most in the last `length` ticks are opened, all others closed.
///
/// # Panics
///
/// If `length` is 0.
pub fn window(ledger: &Ledger, length: u64) -> Schedule {
    assert!(length > 0, "a window has at least one tick");
    let mut table = Table::new(ledger);
    let requests = ledger.requests();
    for tick in (length..ledger.ticks()).step_by(length as usize) {
        let from = requests.partition_point(|request| request.tick < tick - length);
        let to = requests.partition_point(|request| request.tick < tick);
        let weighted = demand(&requests[from..to], 1);
        let (pairs, _) = heaviest(ledger.nodes(), ledger.ports(), &weighted);
        table.replace(tick, &pairs.into_iter().collect());
    }
    table.into_schedule()
}
