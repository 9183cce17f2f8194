//! What carries wormholes: named where they are enabled, and possible in the network.

use std::sync::Arc;

use super::context::{Context, not_allowed};
use crate::scenario::carrier::{self, Carrier, Light, RoundTrips};
use crate::scenario::matrix::{self, MAX_NODES, Matrix};
use crate::scenario::problem::{Fault, JsonPath, Problem};
use crate::scenario::raw::{RatioByKind, RawCarrier, RawTransitRatio, RawWormholes, RoundTripUnit};
use crate::scenario::{Action, Event};
use crate::topology::{InputFile, MAX_SUM_OF_LATENCIES_TICKS, NodeId, Topology};

/// The carrier, if one is written, and as it is resolved: with a matrix read in.
pub(super) fn carrier(
    raw: &RawWormholes,
    context: &Context<'_>,
    (tick_ms, processing_ticks): (f64, u32),
    inputs: &mut Vec<InputFile>,
) -> Result<(Option<Carrier>, Option<RawCarrier>), Fault> {
    let path = JsonPath::default().key("wormholes");
    let Some(written) = &raw.carrier else {
        if !raw.enabled {
            return Ok((None, None));
        }
        let problem = Problem::Missing { field: "carrier".to_owned(), expected: carrier::EXPECTED.to_owned() };
        return Err(Fault::new(path, problem));
    };
    let path = path.key("carrier");
    let light = Light::new(context.topology, tick_ms);
    let carrier = match written {
        RawCarrier::Bypass { reserve } => Carrier::Bypass { reserve: *reserve },
        RawCarrier::OwnMedium { transit_ratio } => {
            let ratios = ratios(transit_ratio);
            let links: f64 = context.topology.links().map(|(.., link)| f64::from(link.longest_ticks())).sum();
            let longest = ratios.into_iter().fold(light.longest_ticks(), |longest, ratio| longest.max(ratio * links));
            check_transit(longest, processing_ticks, &path.key("transit_ratio"))?;
            Carrier::OwnMedium { ratios, light }
        }
        RawCarrier::Measured { file, unit, round_trips_ms } => {
            let nodes = context.topology.node_count();
            if nodes > MAX_NODES {
                let expected = format!("a topology of at most {MAX_NODES} nodes, of which round trips are kept");
                return Err(not_allowed(path.key("kind"), format!("measured among {nodes} nodes"), expected));
            }
            let matrix = match (file, round_trips_ms) {
                (Some(file), None) => {
                    let file = context.file(file);
                    let (matrix, blake3) = matrix::read(&file, *unit, context.topology)
                        .map_err(|error| Fault::elsewhere(error, path.key("file")))?;
                    inputs.push(InputFile { path: file, blake3 });
                    matrix
                }
                (None, Some(_)) if *unit != RoundTripUnit::default() => {
                    return Err(not_allowed(
                        path.key("unit"),
                        format!("{unit:?}").to_lowercase(),
                        "none beside round_trips_ms",
                    ));
                }
                (None, Some(matrix)) => square(matrix, nodes, &path.key("round_trips_ms"))?,
                (Some(_), Some(_)) => {
                    return Err(not_allowed(path, "file and round_trips_ms", "one of them"));
                }
                (None, None) => {
                    let expected = "a file of round trips, N rows of N numbers of ms".to_owned();
                    return Err(Fault::new(path, Problem::Missing { field: "file".to_owned(), expected }));
                }
            };
            let longest = matrix.iter().flatten().flatten().fold(0.0, |longest: f64, &ms| longest.max(ms));
            let field = path.key(if file.is_some() { "file" } else { "round_trips_ms" });
            check_transit(longest / 2.0 / tick_ms, processing_ticks, &field)?;
            let carrier = Carrier::Measured(Arc::new(RoundTrips::new(&matrix, &light)));
            return Ok((
                Some(carrier),
                Some(RawCarrier::Measured { file: None, unit: RoundTripUnit::Ms, round_trips_ms: Some(matrix) }),
            ));
        }
    };
    Ok((Some(carrier), Some(written.clone())))
}

/// Refuses transits that would not be numbers of ticks as latencies are.
fn check_transit(longest: f64, processing_ticks: u32, path: &JsonPath) -> Result<(), Fault> {
    let most = MAX_SUM_OF_LATENCIES_TICKS - processing_ticks;
    if longest <= f64::from(most) {
        return Ok(());
    }
    let expected = format!("transits of at most {most} ticks with processing (a longer tick_ms makes fewer ticks)");
    Err(not_allowed(path.clone(), format!("a transit of up to {longest:.0} ticks"), expected))
}

fn ratios(written: &RawTransitRatio) -> [f64; 3] {
    match *written {
        RawTransitRatio::All(ratio) => [ratio; 3],
        RawTransitRatio::ByKind(RatioByKind { experimental, standard, fast_lane }) => {
            [experimental, standard, fast_lane]
        }
    }
}

/// A matrix that was written in the scenario, with holes as such.
fn square(matrix: &Matrix, nodes: usize, path: &JsonPath) -> Result<Matrix, Fault> {
    if matrix.len() != nodes {
        return Err(not_allowed(path.clone(), format!("{} rows", matrix.len()), format!("one a node, {nodes}")));
    }
    for (row, values) in matrix.iter().enumerate() {
        if values.len() != nodes {
            let expected = format!("one a node, {nodes}");
            return Err(not_allowed(path.index(row), format!("{} numbers", values.len()), expected));
        }
        for (column, value) in values.iter().enumerate() {
            if let Some(value) = value {
                matrix::check(*value)
                    .map_err(|expected| not_allowed(path.index(row).index(column), value, expected))?;
            }
        }
    }
    let holes = |value: &Option<f64>| value.filter(|&value| value > 0.0);
    Ok(matrix.iter().map(|row| row.iter().map(holes).collect()).collect())
}

/// Refuses a bypass whose reservation no link has room for, now or after an event.
pub(super) fn check_room(
    carrier: Option<&Carrier>,
    reserved: u32,
    events: &[Event],
    topology: &Topology,
) -> Result<(), Fault> {
    let Some(Carrier::Bypass { reserve: true }) = carrier else { return Ok(()) };
    let nominal = topology.links().flat_map(|(.., link)| [0, 1].map(|side| link.direction(side)));
    let nominal = nominal.flatten().map(|direction| direction.capacity_per_tick.map(u32::from));
    let changed = events.iter().filter_map(|event| match event.action {
        Action::SetCapacity { capacity_per_tick, .. } => Some(capacity_per_tick),
        _ => None,
    });
    // Unlimited links are the widest.
    let widest = nominal.chain(changed).map(|capacity| capacity.unwrap_or(u32::MAX)).max().unwrap_or(u32::MAX);
    if widest > reserved {
        return Ok(());
    }
    let path = JsonPath::default().key("physics").key("wormhole").key("max_capacity_per_tick");
    let expected = format!("less than the capacity of the widest link ({widest}): a bypass reserves it and leaves 1");
    Err(not_allowed(path, reserved, expected))
}

/// Refuses a pair between which a wormhole cannot open at tick 0.
pub(super) fn check_pair(
    carrier: Option<&Carrier>,
    ends: [NodeId; 2],
    value: impl FnOnce() -> String,
    path: &JsonPath,
) -> Result<(), Fault> {
    let Some(Carrier::Measured(round_trips)) = carrier else { return Ok(()) };
    if round_trips.has(ends) {
        return Ok(());
    }
    Err(not_allowed(path.clone(), value(), "two nodes between which a round trip was measured"))
}
