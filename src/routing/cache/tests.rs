use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::fabric::port::How;
use crate::random::stream;
use crate::routing::changing_network::{ChangingNetwork, Link};
use crate::topology::EachWay;

fn cost_of(kind: CostKind) -> fn(&Link) -> u32 {
    if kind == CostKind::Hops { |_| 1 } else { |link| link.cost }
}

fn fresh(network: &ChangingNetwork, key: Key) -> Option<Route> {
    network.best(key.query.from, key.query.to, key.query.max_hops, cost_of(key.kind))
}

fn find(network: &ChangingNetwork, key: Key, route: &mut Route) -> bool {
    fresh(network, key).map(|best| *route = best).is_some()
}

fn draw(nodes: u32, rng: &mut ChaCha8Rng) -> Key {
    let (from, to) = (rng.random_range(0..nodes), rng.random_range(0..nodes));
    let kind = if rng.random_bool(0.3) { CostKind::Hops } else { CostKind::Latency };
    let max_hops = rng.random_bool(0.4).then(|| rng.random_range(0..6));
    Key { query: Query { from, to, max_hops }, kind }
}

/// Answers kept, by place.
fn kept(cache: &Cache) -> Vec<Option<(Key, Option<Route>)>> {
    let answer = |entry: &Entry| (entry.key, entry.found.then(|| entry.route.clone()));
    cache.entries.iter().map(|entry| entry.live.then(|| answer(entry))).collect()
}

/// Whether a walk by way of a link of the cost `after` may be better than a limited route: both bounds, slowly.
fn both_bounds_allow(network: &ChangingNetwork, key: Key, cost: u32, link: &LinkChange) -> bool {
    let through = |cost_of: fn(&Link) -> u32, own: u32| {
        let [u, v] = link.ends.map(|end| network.distances(end, cost_of));
        let sum = |a: u32, b: u32| a.saturating_add(own).saturating_add(b);
        let (from, to) = (key.query.from as usize, key.query.to as usize);
        sum(u[from], v[to]).min(sum(v[from], u[to]))
    };
    through(cost_of(key.kind), link.after[0]) < cost && through(|_| 1, 1) <= key.query.max_hops.unwrap_or(u32::MAX)
}

#[test]
fn answers_are_right_after_every_change_and_dropped_only_when_they_may_be_wrong() {
    let mut rng = stream(41, "test");
    let (mut hits, mut drops, mut kept_long, mut in_vain, mut none) = (0, 0, 0, 0, 0);
    for round in 0..100 {
        let nodes = 2 * rng.random_range(2..9);
        let links = rng.random_range(nodes / 2..2 * nodes);
        let (mut network, mut view) = ChangingNetwork::new(nodes, links, [1, 3, 10, 1000][round % 4], &mut rng);
        let mut by_hops = view.clone();
        for link in &network.links {
            let how = How::Changed { before: EachWay::same(link.cost), latency: EachWay::same(1) };
            by_hops.apply(&crate::fabric::port::PortChange {
                ports: link.ports,
                ends: link.ends.map(crate::topology::NodeId),
                how,
            });
        }
        let mut cache = Cache::new(rng.random_range(1..24));
        for _ in 0..100 {
            for _ in 0..6 {
                let (key, before) = (draw(nodes, &mut rng), cache.counts());
                let held = cache.holds(key);
                let got = cache.route(key, |route| find(&network, key, route)).cloned();
                let counts = cache.counts();
                assert_eq!(
                    (counts.hits - before.hits, counts.misses - before.misses),
                    (u64::from(held), u64::from(!held))
                );
                assert_eq!(got.map(|route| route.cost), fresh(&network, key).map(|route| route.cost), "{key:?}");
                hits += u64::from(held);
            }
            let (before, counts) = (kept(&cache), cache.counts());
            let mut change = network.step(&mut rng);
            let link = view.apply(&change);
            cache.follow(CostKind::Latency, &view, &link);
            match &mut change.how {
                How::Opened { latency } => *latency = EachWay::same(1),
                How::Restored { latency } => *latency = [Some(1); 2],
                How::Changed { before, latency } => (*before, *latency) = (EachWay::same(1), EachWay::same(1)),
                How::Closed | How::Failed => {}
            }
            let link_by_hops = by_hops.apply(&change);
            cache.follow(CostKind::Hops, &by_hops, &link_by_hops);
            let mut dropped = 0;
            for (before, after) in before.into_iter().zip(kept(&cache)) {
                let Some((key, answer)) = before else { continue };
                let still =
                    answer.as_ref().is_none_or(|route| network.cost(route, cost_of(key.kind)) == Some(route.cost));
                let best = fresh(&network, key).map(|route| route.cost);
                let right = still && best == answer.as_ref().map(|route| route.cost);
                none += u64::from(answer.is_none() && after.is_some());
                if after.is_some() {
                    assert!(right, "{key:?} {answer:?} is kept but wrong");
                    kept_long += 1;
                    continue;
                }
                dropped += 1;
                if right {
                    let link = if key.kind == CostKind::Hops { &link_by_hops } else { &link };
                    let route = answer.unwrap_or_else(|| panic!("{key:?}: still no path, but dropped"));
                    assert!(
                        key.query.max_hops.is_some() && both_bounds_allow(&network, key, route.cost, link),
                        "{key:?} {route:?}"
                    );
                    in_vain += 1;
                }
            }
            assert_eq!(cache.counts().invalidations - counts.invalidations, dropped);
            assert_eq!(cache.counts().evictions, counts.evictions);
            drops += dropped;
        }
    }
    assert!(hits > 1000 && drops > 1000 && kept_long > 50_000 && none > 1000, "{hits} {drops} {kept_long} {none}");
    assert!(in_vain * 50 < drops, "of limited routes, few are dropped in vain: {in_vain} of {drops}");
}

#[test]
fn what_was_asked_for_again_outlives_what_was_not() {
    let key = |to| Key { query: Query { from: 0, to, max_hops: None }, kind: CostKind::Latency };
    let mut cache = Cache::new(3);
    cache.warm([0, 1, 2, 1].map(key), |_, _| true);
    assert_eq!((cache.len(), cache.counts()), (3, Counts::default()), "warming is neither hit nor miss");
    let mut ask = |to, held| {
        let mut found = true;
        cache.route(key(to), |_| std::mem::replace(&mut found, false));
        assert_eq!(found, held, "{to}");
    };
    ask(0, true);
    ask(3, false); // The hand passes 0, which was asked for, and takes 1.
    ask(0, true);
    ask(4, false); // And now 2.
    ask(0, true);
    ask(1, false); // Passes 0 once more, takes 3.
    ask(4, true);
    assert_eq!(cache.counts(), Counts { hits: 4, misses: 3, invalidations: 0, evictions: 3 });
    assert_eq!(cache.len(), 3);
}
