//! The set of pairs that costs least if it is open from the first tick to the last.
//!
//! For one port this is a maximum-weight matching. For more ports it is a b-matching, which becomes a matching by a
//! known reduction: a node with k ports becomes k copies; a pair of weight w becomes two inner nodes, joined with each
//! other and with all copies of their end, all by edges of weight w. A pair is chosen if both inner nodes are matched
//! to copies; then it counts 2w, else w. Where that is too large, a static choice is a ledger of a single tick, and
//! the bounds for ledgers bracket it.

use super::ascent::{Effort, bracket};
use super::ledger::{Ledger, Request};
use super::pair::Pair;
use super::schedule::{Action, Event, Schedule, Solution};
use super::split::split;
use super::tariff::Tariff;
use crate::matching::max_weight_matching;

/// Edges of the largest matching problem that is solved exactly.
pub const MOST_EDGES: usize = 200_000;

/// A static set of pairs.
#[derive(Debug, Clone)]
pub struct StaticChoice {
    /// The set, in the order of pairs.
    pub pairs: Vec<Pair>,
    /// The set as a schedule.
    pub solution: Solution,
    /// Whether no other set is better.
    pub is_exact: bool,
}

/// A pair and what it gains if it is chosen, units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighted {
    /// The pair.
    pub pair: Pair,
    /// Its gain.
    pub weight: i64,
}

/// The cheapest set of pairs that stays open throughout.
pub fn best_static(ledger: &Ledger) -> StaticChoice {
    let upkeep = ledger.tariff().upkeep() * ledger.ticks() as i64;
    let fixed = ledger.tariff().opening() + upkeep;
    let mut weighted = demand(ledger.requests(), ledger.tariff().scale());
    weighted.iter_mut().for_each(|entry| entry.weight -= fixed);
    let (pairs, is_exact) = heaviest(ledger.nodes(), ledger.ports(), &weighted);
    let open = |&pair: &Pair| Event { tick: 0, pair, action: Action::Open };
    let solution = Solution::of(ledger, Schedule::sorted(pairs.iter().map(open).collect()));
    StaticChoice { pairs, solution, is_exact }
}

/// The savings of each pair, in units of 1 / `scale`, in the order of pairs.
pub fn demand(requests: &[Request], scale: i64) -> Vec<Weighted> {
    let mut sorted = requests.to_vec();
    sorted.sort_by_key(|request| request.pair);
    let total = |same: &[Request]| same.iter().map(|request| request.saving * scale).sum();
    sorted.chunk_by(|a, b| a.pair == b.pair).map(|same| Weighted { pair: same[0].pair, weight: total(same) }).collect()
}

/// The heaviest set of different pairs with at most `ports` at a node, in the order of pairs, and whether that is
/// proved. Pairs of weight 0 or less are never chosen.
pub fn heaviest(nodes: u32, ports: usize, weighted: &[Weighted]) -> (Vec<Pair>, bool) {
    let useful: Vec<Weighted> = weighted.iter().copied().filter(|entry| entry.weight > 0).collect();
    let mut degrees = vec![0; nodes as usize];
    useful.iter().flat_map(|entry| entry.pair.ends()).for_each(|node| degrees[node as usize] += 1);
    let copies: Vec<usize> = degrees.into_iter().map(|degree: usize| degree.min(ports)).collect();
    let edges = |entry: &Weighted| 1 + entry.pair.ends().into_iter().map(|node| copies[node as usize]).sum::<usize>();
    if ports == 1 {
        (by_matching(nodes, &useful), true)
    } else if useful.iter().map(edges).sum::<usize>() <= MOST_EDGES {
        (by_copies(&copies, &useful), true)
    } else {
        by_bracket(nodes, ports, &useful)
    }
}

fn by_matching(nodes: u32, useful: &[Weighted]) -> Vec<Pair> {
    let edge = |entry: &Weighted| (entry.pair.ends()[0], entry.pair.ends()[1], entry.weight);
    let edges: Vec<(u32, u32, i64)> = useful.iter().map(edge).collect();
    let mates = max_weight_matching(nodes as usize, &edges);
    let is_chosen = |pair: &Pair| mates[pair.ends()[0] as usize] == Some(pair.ends()[1]);
    useful.iter().map(|entry| entry.pair).filter(is_chosen).collect()
}

/// Copies of nodes come first, then two inner nodes for each pair.
fn by_copies(copies: &[usize], useful: &[Weighted]) -> Vec<Pair> {
    let mut first_copy = vec![0_u32];
    for count in copies {
        first_copy.push(first_copy[first_copy.len() - 1] + *count as u32);
    }
    let inner = first_copy[copies.len()];
    let mut edges = Vec::new();
    for (index, entry) in useful.iter().enumerate() {
        let of_pair = inner + 2 * index as u32;
        edges.push((of_pair, of_pair + 1, entry.weight));
        for (end, node) in entry.pair.ends().into_iter().enumerate() {
            let copies = first_copy[node as usize]..first_copy[node as usize + 1];
            edges.extend(copies.map(|copy| (copy, of_pair + end as u32, entry.weight)));
        }
    }
    let mates = max_weight_matching(inner as usize + 2 * useful.len(), &edges);
    let is_copy = |node: usize| mates[node].is_some_and(|mate| mate < inner);
    let is_chosen = |index: usize| is_copy(inner as usize + 2 * index) && is_copy(inner as usize + 2 * index + 1);
    (0..useful.len()).filter(|&index| is_chosen(index)).map(|index| useful[index].pair).collect()
}

/// One tick in which each pair asks once, for its weight.
fn by_bracket(nodes: u32, ports: usize, useful: &[Weighted]) -> (Vec<Pair>, bool) {
    let request = |entry: &Weighted| Request { tick: 0, pair: entry.pair, saving: entry.weight };
    let free = Tariff::new(0.0, 0.0).expect("nothing is a price");
    let Ok(ledger) = Ledger::new(nodes, ports, 1, free, useful.iter().map(request).collect()) else {
        return (Vec::new(), false);
    };
    let mut pairs = Vec::new();
    let mut is_exact = true;
    for contest in &split(&ledger).contests {
        let bracket = bracket(contest, Effort::of(contest));
        is_exact &= bracket.lower == i128::from(contest.nothing() - bracket.plan.gain());
        let chosen = (0..contest.pairs.len()).filter(|&pair| !bracket.plan.intervals(pair).is_empty());
        pairs.extend(chosen.map(|pair| contest.pairs[pair]));
    }
    pairs.sort();
    (pairs, is_exact)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    fn weighted(edges: &[(u32, u32, i64)]) -> Vec<Weighted> {
        edges.iter().map(|&(a, b, weight)| Weighted { pair: Pair::new(a, b).unwrap(), weight }).collect()
    }

    #[test]
    fn the_best_matching_is_not_greedy() {
        let (pairs, is_exact) = heaviest(4, 1, &weighted(&[(0, 1, 2), (1, 2, 3), (2, 3, 2)]));
        assert_eq!(pairs, [Pair::new(0, 1).unwrap(), Pair::new(2, 3).unwrap()]);
        assert!(is_exact);
    }

    #[test]
    fn copies_and_brackets_agree() {
        let mut rng = stream(7, "test");
        for _ in 0..300 {
            let ports = rng.random_range(1..=3);
            let mut entries = Vec::new();
            for a in 0..7 {
                for b in a + 1..7 {
                    if rng.random_range(0..3) > 0 {
                        entries.push((a, b, rng.random_range(1..=9)));
                    }
                }
            }
            let entries = weighted(&entries);
            let total = |pairs: &[Pair]| -> i64 {
                entries.iter().filter(|entry| pairs.contains(&entry.pair)).map(|entry| entry.weight).sum()
            };
            let mut degrees = vec![0; 7];
            entries.iter().flat_map(|entry| entry.pair.ends()).for_each(|node| degrees[node as usize] += 1);
            let copies: Vec<usize> = degrees.into_iter().map(|degree: usize| degree.min(ports)).collect();
            let exact = by_copies(&copies, &entries);
            if ports == 1 {
                assert_eq!(total(&exact), total(&by_matching(7, &entries)));
            }
            let (found, is_exact) = by_bracket(7, ports, &entries);
            assert!(total(&found) <= total(&exact));
            assert!(!is_exact || total(&found) == total(&exact));
        }
    }
}
