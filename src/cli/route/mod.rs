//! `wormsim route`: finds the best route between two nodes, the best few, or two without a common link.

mod answer;
mod options;
mod output;

use std::process::ExitCode;

pub use self::options::{AlgorithmName, CostName, RouteOptions};

use self::answer::{Answer, NoRoute};
use super::network;
use super::terminal::{note, print};
use crate::error::Error;
use crate::routing::analysis::{Bundle, bridges, bundles, components};
use crate::routing::disjoint::Disjoint;
use crate::routing::network::{Measure, Network};
use crate::routing::query::{Algorithm, Finder, Query};
use crate::routing::route::Route;
use crate::routing::view::View;
use crate::routing::yen::{MAX_ROUTES, Yen};
use crate::topology::{NameIndex, NodeId, Place, TopologyError, quoted};

/// Exit code if there is no route.
const NO_ROUTE: u8 = 1;

pub(super) fn route(options: &RouteOptions) -> Result<ExitCode, Error> {
    check(options)?;
    let network = network::read(&options.network)?;
    let measure = measure(options.cost, &network)?;
    let names = NameIndex::new(&network.topology);
    let ends = [find(&names, &options.from, "FROM")?, find(&names, &options.to, "TO")?];
    let (view, port_links) = network.view(measure)?;
    let mut answer = Answer { network: &network, ends, measure, view, port_links, routes: Vec::new(), reason: None };
    answer.routes = tracing::info_span!("search").in_scope(|| look(&answer, options));
    if let Some(k) = options.k.filter(|&k| k > MAX_ROUTES && answer.routes.len() == MAX_ROUTES) {
        note(&format!("--k: {k} is more than are looked for; these are the best {MAX_ROUTES}"));
    }
    if answer.routes.is_empty() {
        answer.reason = Some(reason(&answer, options.disjoint));
    }
    print(&if options.json { output::as_json(&answer, options) } else { output::in_words(&answer, options) })?;
    Ok(ExitCode::from(if answer.reason.is_some() { NO_ROUTE } else { 0 }))
}

/// Numbers in range; options that contradict each other are refused when they are parsed.
fn check(options: &RouteOptions) -> Result<(), Error> {
    let usage = |option, expected: String| Err(Error::Usage { option, value: "0".to_owned(), expected });
    if options.max_hops == Some(0) {
        return usage("--max-hops", "1 or more".to_owned());
    }
    match options.k {
        Some(0) => usage("--k", format!("1 or more, of which {MAX_ROUTES} are looked for")),
        _ => Ok(()),
    }
}

fn measure(cost: CostName, network: &Network) -> Result<Measure, Error> {
    let refused = |value: &str, expected: &str| {
        Err(Error::Usage { option: "--cost", value: value.to_owned(), expected: expected.to_owned() })
    };
    match cost {
        CostName::Latency => Ok(Measure::Latency),
        CostName::Hops => Ok(Measure::Hops),
        CostName::WithUpkeep if network.run.is_some() => Ok(network.with_upkeep()),
        CostName::WithUpkeep => refused(
            "energy",
            "latency or hops: without the ledgers of wormholes, which only a run directory has, energy is latency",
        ),
        CostName::MeasuredDelay => refused(
            "measured_delay",
            "latency, hops or energy: delays of single links are measured while a run lasts; no file keeps them",
        ),
    }
}

fn find(names: &NameIndex, name: &str, argument: &'static str) -> Result<NodeId, Error> {
    names.find(name).ok_or_else(|| {
        let nearest = names.nearest_quoted(name);
        TopologyError::UnknownNode { place: Place::Field(argument), value: quoted(name), nearest }.into()
    })
}

fn look(answer: &Answer, options: &RouteOptions) -> Vec<Route> {
    let (view, [from, to]) = (&answer.view, answer.ends.map(|end| end.0));
    if let Some(k) = options.k {
        return Yen::default().routes(view, from, to, k).cloned().collect();
    }
    if options.disjoint {
        let mut pair = [Route::default(), Route::default()];
        return Disjoint::default().routes(view, from, to, &mut pair).map(|_| pair.to_vec()).unwrap_or_default();
    }
    let algorithm = options.algorithm.map_or(Algorithm::Bidirectional, Algorithm::from);
    best(view, algorithm, Query { from, to, max_hops: options.max_hops }).into_iter().collect()
}

fn best(view: &View, algorithm: Algorithm, query: Query) -> Option<Route> {
    let mut route = Route::default();
    Finder::new(algorithm, view).route(view, query, &mut route).map(|_| route)
}

/// Two routes are missing only where a bridge is on the way (or, with links that differ by direction, a link without
/// which there is no way), a single one only where it may not be as long.
fn reason(answer: &Answer, disjoint: bool) -> NoRoute {
    let [from, to] = answer.ends.map(|end| end.0);
    let hops = answer.network.view(Measure::Hops).expect("a path has fewer hops than there are numbers").0;
    let Some(fewest) = best(&hops, Algorithm::Bidirectional, Query { from, to, max_hops: None }) else {
        let parts = components(answer.network);
        let part = |end: NodeId| parts.iter().find(|part| part.binary_search(&end).is_ok()).cloned();
        return NoRoute::Apart(answer.ends.map(|end| part(end).expect("every node is in a component")));
    };
    if !disjoint {
        return NoRoute::TooFar(fewest.hops());
    }
    let taken = |bundle: &Bundle| {
        let ends = bundle.ends.map(|end| end.0);
        fewest.nodes.windows(2).any(|pair| [pair[0].min(pair[1]), pair[0].max(pair[1])] == ends)
    };
    if hops.is_symmetric() {
        return NoRoute::Bridges(bridges(answer.network).into_iter().filter(taken).collect());
    }
    let is_needed = |bundle: &Bundle| {
        let on_the_way = fewest.nodes.windows(2).zip(&fewest.ports);
        let mut ports = on_the_way.filter(|(pair, _)| bundle.ends.iter().all(|end| pair.contains(&end.0)));
        ports.next().is_some_and(|(_, &port)| {
            let mut without = hops.clone();
            without.close([port, hops.twin(port)]);
            best(&without, Algorithm::Bidirectional, Query { from, to, max_hops: None }).is_none()
        })
    };
    NoRoute::Bridges(bundles(answer.network).into_iter().filter(is_needed).collect())
}
