//! Rotor: every pair has its turn, whoever asks (the circle method of round-robin tournaments).
//!
//! Of n nodes, one stays and the others move on a circle; who faces whom is a perfect matching, and n − 1 moves bring
//! every pair once. With more ports, each port's rotor starts a part of the circle and a part of the dwell later, so
//! that not all switch at once. Of an odd number of nodes, one rests in each round.

use std::collections::BTreeSet;

use wormsim::direct_use::{Ledger, Pair, Schedule};

use super::table::Table;

/// How a rotor turns.
#[derive(Debug, Clone, Copy)]
pub struct Rotor {
    /// Ticks from one round to the next, at least 1.
    pub dwell: u64,
    /// The round of the first tick.
    pub phase: u64,
}

/// What the rotor opens and closes.
///
/// # Panics
///
/// If the dwell is 0.
pub fn rotor(ledger: &Ledger, rotor: Rotor) -> Schedule {
    assert!(rotor.dwell > 0, "a rotor dwells for at least one tick");
    let mut table = Table::new(ledger);
    for tick in 0..ledger.ticks() {
        if (0..ledger.ports()).any(|port| (tick + stagger(ledger, rotor, port)).is_multiple_of(rotor.dwell)) {
            table.replace(tick, &facing(ledger, rotor, tick));
        }
    }
    table.into_schedule()
}

/// The pairs that face each other in a tick, at any port.
fn facing(ledger: &Ledger, rotor: Rotor, tick: u64) -> BTreeSet<Pair> {
    let rounds = u64::from(circle_size(ledger.nodes())).saturating_sub(1).max(1);
    let ports = ledger.ports() as u64;
    let round = |port: u64| {
        let turned = (tick + stagger(ledger, rotor, port as usize)) / rotor.dwell;
        (rotor.phase + turned + port * rounds / ports) % rounds
    };
    (0..ports).flat_map(|port| round_of(ledger.nodes(), round(port))).collect()
}

/// By how many ticks a port's rotor is ahead of the first.
fn stagger(ledger: &Ledger, rotor: Rotor, port: usize) -> u64 {
    port as u64 * rotor.dwell / ledger.ports() as u64
}

fn circle_size(nodes: u32) -> u32 {
    nodes + nodes % 2
}

/// The pairs of one round: the last place stays, place k faces the place as far on the other side of the round.
fn round_of(nodes: u32, round: u64) -> Vec<Pair> {
    let moving = circle_size(nodes).saturating_sub(1);
    let round = round as u32;
    let mut pairs = vec![(round, moving)];
    for step in 1..=moving / 2 {
        pairs.push(((round + step) % moving, (round + moving - step) % moving));
    }
    let exists = |&(a, b): &(u32, u32)| a < nodes && b < nodes;
    pairs.into_iter().filter(exists).filter_map(|(a, b)| Pair::new(a, b).ok()).collect()
}
