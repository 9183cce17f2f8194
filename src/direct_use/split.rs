//! A ledger as independent contests.
//!
//! Three exact reductions make the bounds cheap:
//! - a pair that would not pay if it had all ports to itself is never open in a best schedule, so it is left out;
//! - a node with no more such pairs than ports never binds, so pairs that meet only there are solved apart;
//! - a pair need only open just before one of its requests and close just after one. What is open at a node between
//!   two ticks with requests there was open in both, so ports need counting only in ticks with requests: the *slots*.

use super::contest::{Contest, Demand, FIRST_SLOT, FREE_SLOT};
use super::ledger::{Ledger, Request};
use super::pair::Pair;
use super::solo;

/// The ledger as independent contests, and the savings of pairs that never pay.
pub(super) struct Split {
    pub contests: Vec<Contest>,
    /// The cost of the pairs left out, units.
    pub left_out: i128,
}

/// Splits a ledger into contests that share no node whose ports bind.
pub(super) fn split(ledger: &Ledger) -> Split {
    let (promising, left_out) = promising_pairs(ledger);
    let degrees = count_degrees(ledger, &promising);
    let binds = |node: u32| degrees[node as usize] > ledger.ports();
    let contests = components(ledger, &promising, &binds)
        .into_iter()
        .map(|members| build(ledger, members.iter().map(|&member| &promising[member]), &binds))
        .collect();
    Split { contests, left_out }
}

/// A pair and its demands, slots not yet set.
struct Candidate {
    pair: Pair,
    demands: Vec<Demand>,
}

/// Pairs that would pay if ports were free, and what the others cost.
fn promising_pairs(ledger: &Ledger) -> (Vec<Candidate>, i128) {
    let mut sorted: Vec<Request> = ledger.requests().to_vec();
    sorted.sort_by_key(|request| (request.pair, request.tick));
    let mut promising = Vec::new();
    let mut left_out = 0;
    for requests in sorted.chunk_by(|a, b| a.pair == b.pair) {
        let demands = merge_ticks(requests, ledger.tariff().scale());
        if ledger.ports() > 0 && solo::gain(&demands, ledger.tariff()) > 0 {
            promising.push(Candidate { pair: requests[0].pair, demands });
        } else {
            left_out += demands.iter().map(|demand| i128::from(demand.saving)).sum::<i128>();
        }
    }
    (promising, left_out)
}

fn merge_ticks(requests: &[Request], scale: i64) -> Vec<Demand> {
    let merged = requests.chunk_by(|a, b| a.tick == b.tick).map(|same| Demand {
        tick: same[0].tick as i64,
        saving: same.iter().map(|request| request.saving * scale).sum(),
        slots: [FREE_SLOT; 2],
    });
    merged.filter(|demand| demand.saving > 0).collect()
}

fn count_degrees(ledger: &Ledger, candidates: &[Candidate]) -> Vec<usize> {
    let mut degrees = vec![0; ledger.nodes() as usize];
    for node in candidates.iter().flat_map(|candidate| candidate.pair.ends()) {
        degrees[node as usize] += 1;
    }
    degrees
}

/// Groups of candidates that are connected through nodes that bind.
fn components(ledger: &Ledger, candidates: &[Candidate], binds: &impl Fn(u32) -> bool) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..candidates.len()).collect();
    let mut seen_at: Vec<Option<usize>> = vec![None; ledger.nodes() as usize];
    for (index, candidate) in candidates.iter().enumerate() {
        for node in candidate.pair.ends().into_iter().filter(|&node| binds(node)) {
            match seen_at[node as usize] {
                None => seen_at[node as usize] = Some(index),
                Some(other) => join(&mut parents, index, other),
            }
        }
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); candidates.len()];
    for index in 0..candidates.len() {
        members[root(&mut parents, index)].push(index);
    }
    members.retain(|group| !group.is_empty());
    members
}

fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

fn build<'a>(
    ledger: &Ledger,
    candidates: impl Iterator<Item = &'a Candidate>,
    binds: &impl Fn(u32) -> bool,
) -> Contest {
    let mut contest = Contest {
        ports: ledger.ports() as i16,
        opening: ledger.tariff().opening(),
        upkeep: ledger.tariff().upkeep(),
        starts: vec![0],
        slot_ticks: vec![i64::MAX; FIRST_SLOT],
        ..Contest::default()
    };
    for candidate in candidates {
        contest.pairs.push(candidate.pair);
        contest.demands.extend_from_slice(&candidate.demands);
        contest.starts.push(contest.demands.len());
    }
    number_slots(&mut contest, binds);
    contest
}

/// Gives each tick with demands at a binding node a slot, node by node.
fn number_slots(contest: &mut Contest, binds: &impl Fn(u32) -> bool) {
    let mut visits: Vec<(u32, i64, u32, u8)> = Vec::new();
    for (index, pair) in contest.pairs.iter().enumerate() {
        for (end, node) in pair.ends().into_iter().enumerate().filter(|&(_, node)| binds(node)) {
            for number in contest.starts[index]..contest.starts[index + 1] {
                visits.push((node, contest.demands[number].tick, number as u32, end as u8));
            }
        }
    }
    visits.sort_unstable();
    for at_node in visits.chunk_by(|a, b| a.0 == b.0) {
        for at_tick in at_node.chunk_by(|a, b| a.1 == b.1) {
            for &(_, _, number, end) in at_tick {
                contest.demands[number as usize].slots[end as usize] = contest.slot_ticks.len() as u32;
            }
            contest.slot_ticks.push(at_tick[0].1);
        }
        contest.slot_ticks.push(i64::MAX);
    }
}
