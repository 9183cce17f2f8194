//! What `wormsim route` prints: tables for people, or JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::answer::{Answer, NoRoute};
use super::options::RouteOptions;
use crate::cli::network;
use crate::cli::phrases::{counted, listed, shown};
use crate::cli::table::{Column, labelled, table};
use crate::routing::network::{Measure, PortLink};
use crate::routing::route::Route;
use crate::routing::yen::MAX_ROUTES;
use crate::topology::NodeId;

/// Column of the values.
const INDENT: u16 = 10;

/// A step of a route: from, to, units of cost, and the number of the wormhole if it is one.
type Step = (NodeId, NodeId, u32, Option<u32>);

/// Name of a measure, and its unit for several and for one.
fn words(measure: Measure) -> (&'static str, [&'static str; 2]) {
    match measure {
        Measure::Latency => ("latency", ["ticks", "tick"]),
        Measure::Hops => ("hops", ["hops", "hop"]),
        Measure::WithUpkeep { .. } => ("energy", ["ticks", "tick"]),
    }
}

fn steps<'a>(answer: &'a Answer, route: &'a Route) -> impl Iterator<Item = Step> + 'a {
    route.nodes.windows(2).zip(&route.ports).map(|(ends, &port)| {
        let wormhole = match answer.port_links[port as usize] {
            PortLink::Space(_) => None,
            PortLink::Wormhole(place) => Some(answer.network.wormholes[place as usize].id),
        };
        let cost = answer.view.cost(port).expect("routes take open ports");
        (NodeId(ends[0]), NodeId(ends[1]), cost, wormhole)
    })
}

fn plain(answer: &Answer, node: NodeId) -> String {
    answer.network.topology.node(node).name.to_string()
}

fn name(answer: &Answer, node: NodeId) -> String {
    shown(&plain(answer, node))
}

/// Units of cost as a number of ticks or hops.
fn number(measure: Measure, units: u64) -> String {
    match measure {
        Measure::WithUpkeep { .. } => format!("{:.3}", units as f64 / measure.units()),
        Measure::Latency | Measure::Hops => units.to_string(),
    }
}

/// A cost, hops and wormholes.
fn totals(answer: &Answer, route: &Route) -> String {
    let (_, [many, one]) = words(answer.measure);
    let wormholes = steps(answer, route).filter(|step| step.3.is_some()).count();
    let mut text = match answer.measure {
        Measure::Hops => String::new(),
        _ => {
            let cost = number(answer.measure, route.cost.into());
            let unit = if cost == "1" { one } else { many };
            format!("{cost} {unit}, ")
        }
    };
    text += &counted(route.hops(), "hop", "hops");
    if wormholes > 0 {
        text += &format!(", {}", counted(wormholes, "wormhole", "wormholes"));
    }
    text
}

/// For people.
pub(super) fn in_words(answer: &Answer, options: &RouteOptions) -> String {
    let [from, to] = answer.ends.map(|end| name(answer, end));
    let (cost, [unit, _]) = words(answer.measure);
    let (label, found, steps) = match (answer.routes.as_slice(), &answer.reason) {
        (_, Some(reason)) => {
            ("no route", format!("{from} to {to}: {}", why_not(answer, reason, options)), String::new())
        }
        ([route, ..], None) if options.k.is_none() && !options.disjoint => {
            ("route", format!("{from} to {to} by {cost}: {}", totals(answer, route)), hops(answer, route))
        }
        (routes, None) => {
            let what = if options.disjoint {
                let sum = routes.iter().map(|route| u64::from(route.cost)).sum();
                format!("two without a common link, {} {unit} in all", number(answer.measure, sum))
            } else if options.k.is_some_and(|k| k > routes.len() && routes.len() < MAX_ROUTES) {
                format!("all {} that pass no node twice", routes.len())
            } else {
                format!("the best {}", routes.len())
            };
            ("routes", format!("{from} to {to} by {cost}: {what}"), alternatives(answer, routes))
        }
    };
    labelled(INDENT, [("network", network::described(answer.network)), (label, found)]) + &steps
}

/// One route, a hop a row.
fn hops(answer: &Answer, route: &Route) -> String {
    let mut sum = 0_u64;
    let row = |(at, (a, b, cost, wormhole)): (usize, Step)| {
        sum += u64::from(cost);
        vec![
            (at + 1).to_string(),
            name(answer, a),
            name(answer, b),
            number(answer.measure, cost.into()),
            number(answer.measure, sum),
            wormhole.map_or(String::new(), |id| format!("wormhole {id}")),
        ]
    };
    let rows: Vec<Vec<String>> = steps(answer, route).enumerate().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let columns = [
        Column("hop", true),
        Column("from", false),
        Column("to", false),
        Column(words(answer.measure).1[0], true),
        Column("in all", true),
        Column("", false),
    ];
    table(&columns, &rows)
}

/// Several routes, one a row.
fn alternatives(answer: &Answer, routes: &[Route]) -> String {
    let row = |(at, route): (usize, &Route)| {
        let mut path = name(answer, answer.ends[0]);
        for (_, to, cost, wormhole) in steps(answer, route) {
            let mark = if wormhole.is_some() { '~' } else { '–' };
            // Writing to a string does not fail.
            let _ = write!(path, " {mark}{}{mark} {}", number(answer.measure, cost.into()), name(answer, to));
        }
        vec![(at + 1).to_string(), number(answer.measure, route.cost.into()), route.hops().to_string(), path]
    };
    let rows: Vec<Vec<String>> = routes.iter().enumerate().map(row).collect();
    let unit = if answer.measure == Measure::Hops { "cost" } else { words(answer.measure).1[0] };
    table(&[Column("rank", true), Column(unit, true), Column("hops", true), Column("route", false)], &rows)
}

fn why_not(answer: &Answer, reason: &NoRoute, options: &RouteOptions) -> String {
    match reason {
        NoRoute::Apart(parts) => {
            let part = |(end, part): (&NodeId, &Vec<NodeId>)| {
                let names = listed(part.iter().map(|&node| name(answer, node)));
                format!("\n{} is in one of {}: {names}", name(answer, *end), counted(part.len(), "node", "nodes"))
            };
            let parts: String = answer.ends.iter().zip(parts).map(part).collect();
            format!("they are in different components{parts}")
        }
        NoRoute::TooFar(fewest) => {
            let most = options.max_hops.unwrap_or_default();
            format!("none has at most {}; the shortest has {fewest}", counted(most as usize, "hop", "hops"))
        }
        NoRoute::Bridges(bridges) => {
            let bridges = bridges.iter().map(|bundle| bundle.ends.map(|end| name(answer, end)).join("–"));
            format!("no two are without a common link; every route takes {}", listed(bridges))
        }
    }
}

/// For machines.
pub(super) fn as_json(answer: &Answer, options: &RouteOptions) -> String {
    let (cost, [unit, _]) = words(answer.measure);
    let amount = |units: u64| match answer.measure {
        Measure::WithUpkeep { .. } => json!(units as f64 / answer.measure.units()),
        Measure::Latency | Measure::Hops => json!(units),
    };
    let route = |route: &Route| {
        let step = |(a, b, cost, wormhole): Step| {
            json!({
                "from": plain(answer, a), "to": plain(answer, b), "cost": amount(cost.into()), "wormhole": wormhole,
            })
        };
        json!({
            "cost": amount(route.cost.into()),
            "hops": route.hops(),
            "nodes": route.nodes.iter().map(|&node| plain(answer, NodeId(node))).collect::<Vec<_>>(),
            "steps": steps(answer, route).map(step).collect::<Vec<_>>(),
        })
    };
    let reason = |reason: &NoRoute| match reason {
        NoRoute::Apart(parts) => {
            let names = |part: &Vec<NodeId>| part.iter().map(|&node| plain(answer, node)).collect::<Vec<_>>();
            json!({ "reason": "different_components", "components": parts.iter().map(names).collect::<Vec<_>>() })
        }
        NoRoute::TooFar(fewest) => {
            json!({ "reason": "max_hops", "max_hops": options.max_hops, "fewest_hops": fewest })
        }
        NoRoute::Bridges(bridges) => {
            let ends = bridges.iter().map(|bundle| bundle.ends.map(|end| plain(answer, end)));
            json!({ "reason": "bridges", "bridges": ends.collect::<Vec<_>>() })
        }
    };
    let document: Value = json!({
        "network": network::as_json(answer.network),
        "from": plain(answer, answer.ends[0]),
        "to": plain(answer, answer.ends[1]),
        "cost": cost,
        "unit": unit,
        "routes": answer.routes.iter().map(route).collect::<Vec<_>>(),
        "no_route": answer.reason.as_ref().map(reason),
    });
    format!("{document:#}\n")
}
