//! Real traffic: four pods of a data centre, 10,000 traffic matrices (VALIDATION.md 8).
//!
//! Reads `pods/pod-a.txt` in the directory that WORMSIM_REAL_DATA names, or else in the shared data beside the project;
//! skipped where it is missing.

use std::path::PathBuf;

use wormsim::direct_use::{Ledger, Pair, Request, Tariff, bounds, optimum, price_bound};

use super::policies::{Rotor, rotor, window};
use crate::common::project;

const PODS: u32 = 4;

/// The demand of a pair is that of both directions.
fn pod_a(opening: f64) -> Option<Ledger> {
    let data = std::env::var_os("WORMSIM_REAL_DATA").map_or_else(|| project("../shared/data"), PathBuf::from);
    let path = data.join("pods/pod-a.txt");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    };
    let mut requests = Vec::new();
    for (tick, line) in text.lines().enumerate() {
        let matrix: Vec<i64> = line.split_whitespace().map(|number| number.parse().unwrap()).collect();
        for a in 0..PODS {
            for b in a + 1..PODS {
                let saving = matrix[(a * PODS + b) as usize] + matrix[(b * PODS + a) as usize];
                requests.push(Request { tick: tick as u64, pair: Pair::new(a, b).unwrap(), saving });
            }
        }
    }
    let tariff = Tariff::new(opening, 0.0).unwrap();
    Some(Ledger::new(PODS, 1, text.lines().count() as u64, tariff, requests).unwrap())
}

#[test]
fn optimum_and_rivals_to_the_unit() {
    let Some(ledger) = pod_a(1e4) else { return };
    let found = bounds(&ledger);
    assert_eq!(found.nothing, 2_865_688_546);
    assert_eq!(found.best_static.solution.cost, 1_895_417_844);
    assert_eq!(found.optimum, Some(1_841_635_366));
    assert_eq!(found.upper.cost, 1_841_635_366);
    assert_eq!(window(&ledger, 100).cost(&ledger).unwrap(), 1_904_866_545);
}

#[test]
fn optimum_with_dear_openings() {
    let Some(ledger) = pod_a(1e5) else { return };
    assert_eq!(optimum(&ledger).unwrap().cost, 1_892_692_407);
}

#[test]
fn prices_come_near_the_optimum() {
    let Some(ledger) = pod_a(1e4) else { return };
    let bound = price_bound(&ledger);
    assert!(bound <= 1_841_635_366);
    assert!(bound as f64 >= 0.99 * 1_841_635_366.0, "{bound}");
}

/// The reference counts what a rotor serves; its switches are not priced.
#[test]
fn a_rotor_serves_a_third() {
    let Some(ledger) = pod_a(1e4) else { return };
    let bill = rotor(&ledger, Rotor { dwell: 1, phase: 0 }).bill(&ledger).unwrap();
    assert_eq!(bill.delay, 1_910_292_730);
}
