//! The route cache: hits, misses, and what follows a change.

use std::hint::black_box;

use rand::seq::SliceRandom;
use wormsim::random::stream;
use wormsim::routing::cached_routes::CachedRoutes;
use wormsim::routing::cost::CostKind;
use wormsim::routing::query::{Algorithm, Query};

use crate::network::Network;
use crate::timing::{CALLS, Limit, Times, heading, line, timed};

const ROUTES: usize = 10_000;

pub fn run(network: &Network, rival: Times) {
    heading("route cache, bidirectional search behind it", "petgraph's bidirectional_dijkstra");
    let query = |&(from, to): &(u32, u32)| Query { from, to, max_hops: None };
    let count = network.fewer(ROUTES);
    let mut routes = CachedRoutes::new(network.view(), CostKind::Latency, Algorithm::Bidirectional, count);
    let mut queries: Vec<Query> = network.draw(count, "routes").iter().map(query).collect();
    let misses = queries.iter().map(|&query| timed(|| _ = black_box(routes.route(query))).1);
    let misses = Times::of(misses.collect());
    line(network, &format!("miss, {count} of them"), misses, Some(rival), None);
    queries.shuffle(&mut stream(3, "bench"));
    let hits = queries.chunks_exact(CALLS).map(|queries| {
        let ask = |&query| _ = black_box(routes.route(query));
        timed(|| queries.iter().for_each(ask)).1 / CALLS as f64
    });
    line(network, "hit", Times::of(hits.collect()), Some(rival), Some(Limit::Under(200.0)));
    println!("{:<44} {:>10.1} B a route", "memory", routes.cache().bytes() as f64 / routes.cache().len() as f64);

    heading("all routes kept follow a wormhole", "finding them anew");
    let (mut opens, mut closes) = (Vec::new(), Vec::new());
    for (a, b) in network.draw(network.fewer(200), "wormholes") {
        let cost = network.units as u32 + a * 7919 % network.units as u32;
        let (opened, spent) = timed(|| routes.change(|view| view.open(a, b, cost)));
        let Some(opened) = opened else { continue };
        opens.push(spent);
        closes.push(timed(|| routes.change(|view| Some(view.close(opened.ports)))).1);
    }
    let changes = opens.len() + closes.len();
    let anew = Times { median: misses.mean, p99: misses.mean, mean: misses.mean }.scaled(count as f64);
    line(network, "it opens", Times::of(opens), Some(anew), None);
    line(network, "it closes", Times::of(closes), Some(anew), None);
    println!("{} of {count} routes were dropped by {changes} changes", routes.cache().counts().invalidations);
}
