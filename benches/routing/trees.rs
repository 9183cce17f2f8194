//! Destination trees: hops and routes from them, and repairs against computing anew.

use std::hint::black_box;

use wormsim::routing::link_change::LinkChange;
use wormsim::routing::route::Route;
use wormsim::routing::trees::Trees;
use wormsim::routing::view::View;

use crate::network::Network;
use crate::timing::{CALLS, Limit, Times, heading, line, memory, timed};

/// Trees that hops and routes are taken from.
const KEPT: usize = 50;

/// Wormholes that open, change and close in one tree before it is the next one's turn.
const TURN: usize = 10;

pub fn run(network: &Network, rival: Times) {
    hops_and_routes(network, rival);
    repairs(network);
}

fn hops_and_routes(network: &Network, rival: Times) {
    heading("destination trees", "petgraph's bidirectional_dijkstra");
    let (view, nodes) = (network.view(), network.nodes as usize);
    let targets = network.draw(network.fewer(KEPT), "targets");
    let mut trees = Trees::new(nodes, 4 * (nodes * targets.len()) as u64);
    for &(_, target) in &targets {
        trees.distances(target, &view);
    }
    let from = network.draw(1000 * CALLS, "hops");
    let mut asked = from.iter().map(|&(from, _)| from).zip(targets.iter().map(|&(_, target)| target).cycle());
    let mut hop = |(from, target)| {
        let distances = trees.distances(target, &view);
        let here = distances[from as usize];
        black_box(view.ports(from).find(|&(_, y, cost)| distances[y as usize] + cost == here));
    };
    let hops = (0..1000).map(|_| timed(|| asked.by_ref().take(CALLS).for_each(&mut hop)).1 / CALLS as f64);
    line(network, "single hop", Times::of(hops.collect()), Some(rival), Some(Limit::Under(1000.0)));
    let (mut route, mut links) = (Route::default(), 0);
    let routes = from.iter().zip(targets.iter().cycle()).take(1000).map(|(&(from, _), &(_, target))| {
        let spent = timed(|| _ = black_box(trees.route(&view, from, target, &mut route))).1;
        links += route.hops();
        spent
    });
    line(network, "route", Times::of(routes.collect()), Some(rival), Some(Limit::Under(2000.0)));
    println!("{:.1} links a route in the mean", links as f64 / 1000.0);
    memory(network, &format!("{} trees", targets.len()), trees.bytes());
}

fn repairs(network: &Network) {
    heading("repairs of a tree", "computing it anew");
    let (mut view, unit) = (network.view(), network.units as u32);
    let targets = network.draw(network.fewer(300), "targets");
    let mut one = Trees::new(network.nodes as usize, 0);
    let fresh = targets.iter().map(|&(_, target)| timed(|| _ = black_box(one.distances(target, &view))).1);
    let fresh = Times::of(fresh.collect());
    line(network, "a tree computed", fresh, None, None);
    let (mut opens, mut dearer, mut cheaper, mut closes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut given_up, mut changes) = (0, 0);
    let wormholes = network.draw(TURN * targets.len(), "wormholes");
    for (turn, &(_, target)) in wormholes.chunks(TURN).zip(&targets) {
        one.distances(target, &view);
        for (i, &(a, b)) in turn.iter().enumerate() {
            let cost = unit + (a * 7919 + i as u32) % unit;
            let Some(link) = view.open(a, b, cost) else { continue };
            let ports = link.ports;
            let mut follow = |samples: &mut Vec<f64>, view: &View, link: &LinkChange| {
                samples.push(timed(|| one.follow(view, link)).1);
                changes += 1;
                given_up += u32::from(!one.keeps(target));
                one.distances(target, view);
            };
            follow(&mut opens, &view, &link);
            let link = view.set_cost(ports, cost + unit / 4).expect("headroom");
            follow(&mut dearer, &view, &link);
            let link = view.set_cost(ports, cost).expect("headroom");
            follow(&mut cheaper, &view, &link);
            let link = view.close(ports);
            follow(&mut closes, &view, &link);
        }
    }
    let least = Some(Limit::TimesAsFast(20.0));
    line(network, "a wormhole opens", Times::of(opens), Some(fresh), least);
    line(network, "... gets dearer", Times::of(dearer), Some(fresh), least);
    line(network, "... gets cheaper", Times::of(cheaper), Some(fresh), least);
    line(network, "... closes", Times::of(closes), Some(fresh), least);
    println!("{given_up} of {changes} repairs were given up");
}
