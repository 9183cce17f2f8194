//! What a user can get wrong is told with its tick and node.

use wormsim::direct_use::{Action, Bill, Event, Fault, Ledger, Pair, Request, Schedule, Tariff, bounds};

fn pair(a: u32, b: u32) -> Pair {
    Pair::new(a, b).unwrap()
}

fn event(tick: u64, pair: Pair, action: Action) -> Event {
    Event { tick, pair, action }
}

fn fault_of(events: &[Event]) -> Fault {
    let ledger = Ledger::new(4, 1, 10, Tariff::new(2.0, 0.5).unwrap(), Vec::new()).unwrap();
    Schedule { events: events.to_vec() }.bill(&ledger).unwrap_err()
}

#[test]
fn a_schedule_that_breaks_the_port_limit() {
    let fault = fault_of(&[event(3, pair(0, 1), Action::Open), event(7, pair(1, 2), Action::Open)]);
    assert_eq!(fault, Fault::NoPort { tick: 7, node: 1, ports: 1 });
    assert_eq!(fault.to_string(), "tick 7: node 1 has no port left (it has 1)");
}

#[test]
fn other_broken_schedules() {
    let open = event(3, pair(0, 1), Action::Open);
    assert_eq!(fault_of(&[open, open]), Fault::AlreadyOpen { tick: 3, ends: [0, 1] });
    assert_eq!(fault_of(&[event(3, pair(0, 1), Action::Close)]), Fault::NotOpen { tick: 3, ends: [0, 1] });
    assert_eq!(fault_of(&[open, event(2, pair(2, 3), Action::Open)]), Fault::OutOfOrder { tick: 2 });
    assert_eq!(fault_of(&[event(11, pair(0, 1), Action::Open)]), Fault::TooLate { tick: 11, ticks: 10 });
    assert_eq!(fault_of(&[event(0, pair(0, 9), Action::Open)]), Fault::UnknownNode { node: 9, nodes: 4 });
}

#[test]
fn a_port_is_free_again_in_the_tick_of_the_closing() {
    let ledger = Ledger::new(4, 1, 10, Tariff::new(2.0, 0.5).unwrap(), Vec::new()).unwrap();
    let events = [(2, pair(0, 1), Action::Open), (5, pair(1, 2), Action::Open), (5, pair(0, 1), Action::Close)];
    let schedule = Schedule::sorted(events.map(|(tick, pair, action)| event(tick, pair, action)).to_vec());
    let bill = schedule.bill(&ledger).unwrap();
    assert_eq!(bill, Bill { delay: 0, openings: 2, held: 3 + 5 });
    assert_eq!(ledger.tariff().exact_cost(&bill), 8.0);
}

#[test]
fn requests_that_cannot_be() {
    let tariff = Tariff::new(1.0, 0.0).unwrap();
    let ledger = |request| Ledger::new(3, 1, 5, tariff, vec![request]).map(|_| ());
    let request = Request { tick: 4, pair: pair(0, 2), saving: 1 };
    assert_eq!(ledger(request), Ok(()));
    assert_eq!(ledger(Request { tick: 5, ..request }), Err(Fault::TooLate { tick: 5, ticks: 5 }));
    assert_eq!(ledger(Request { pair: pair(0, 3), ..request }), Err(Fault::UnknownNode { node: 3, nodes: 3 }));
    assert!(matches!(ledger(Request { saving: -1, ..request }), Err(Fault::NegativeSaving { tick: 4, .. })));
    assert_eq!(ledger(Request { saving: i64::MAX, ..request }), Err(Fault::TooLarge));
    assert_eq!(Pair::new(2, 2), Err(Fault::SelfPair { node: 2 }));
}

#[test]
fn what_was_open_at_the_start_of_ticks_is_a_schedule() {
    let tariff = Tariff::new(2.0, 0.5).unwrap();
    let requests = (0..10).map(|tick| Request { tick, pair: pair(0, 1), saving: 3 }).collect();
    let ledger = Ledger::new(4, 1, 10, tariff, requests).unwrap();
    let sets = [(2, vec![pair(0, 1)]), (5, vec![pair(1, 2)]), (6, vec![pair(1, 2)]), (8, vec![])];
    let schedule = Schedule::from_open_sets(sets.map(|(tick, pairs)| (tick, pairs.into_iter().collect())));
    assert_eq!(schedule.bill(&ledger).unwrap(), Bill { delay: 21, openings: 2, held: 6 });
}

#[test]
fn proved_that_nothing_pays() {
    let requests = (0..10).map(|tick| Request { tick, pair: pair(0, 1), saving: 3 }).collect();
    let ledger = Ledger::new(4, 1, 10, Tariff::new(2.0, 3.0).unwrap(), requests).unwrap();
    let found = bounds(&ledger);
    assert!(found.no_policy_pays());
    assert_eq!((found.lower, found.upper.cost, found.gap()), (30, 30, 0.0));
    assert!(found.upper.schedule.events.is_empty());
}
