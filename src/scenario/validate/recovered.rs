//! Wormholes of an earlier run: each number and pair once, known nodes, within the budget of ports.

use std::collections::BTreeSet;

use super::context::{Context, not_allowed};
use crate::scenario::Recovered;
use crate::scenario::problem::Fault;
use crate::scenario::problem::{JsonPath, Place, quoted};
use crate::scenario::raw::{RawRecovered, RawWormholes};
use crate::scenario::recover::Origin;
use crate::topology::NodeId;

/// The wormholes in their order. Adds their pairs to `known` and the ports that active ones take to `ports`. A fault of
/// one that was read from a run is placed there.
pub(super) fn recovered(
    raw: &RawWormholes,
    context: &Context<'_>,
    run: Option<&[Origin]>,
    known: &mut BTreeSet<[NodeId; 2]>,
    ports: &mut [u32],
) -> Result<Vec<Recovered>, Fault> {
    let mut ids = BTreeSet::new();
    let mut all = Vec::with_capacity(raw.recovered.len());
    for (index, hole) in raw.recovered.iter().enumerate() {
        let origin = run.map(|origins| &origins[index]);
        let written = || JsonPath::default().key("wormholes").key("recovered").index(index);
        let path = origin.map_or_else(written, |(_, path)| path.clone());
        let checked = one(hole, raw, context, &path, known, &mut ids, ports);
        all.push(checked.map_err(|fault| match origin {
            Some((file, _)) => Fault { place: Some(Place::File(file.clone())), ..fault },
            None => fault,
        })?);
    }
    Ok(all)
}

fn one(
    hole: &RawRecovered,
    raw: &RawWormholes,
    context: &Context<'_>,
    path: &JsonPath,
    known: &mut BTreeSet<[NodeId; 2]>,
    ids: &mut BTreeSet<u32>,
    ports: &mut [u32],
) -> Result<Recovered, Fault> {
    let names = &hole.ends;
    let mut ends = context.two_nodes(names, &path.key("ends"))?;
    if hole.id >= raw.next_id {
        return Err(not_allowed(path.key("id"), hole.id, format!("less than next_id ({})", raw.next_id)));
    }
    if !ids.insert(hole.id) {
        return Err(not_allowed(path.key("id"), format!("{} again", hole.id), "a number of its own for each wormhole"));
    }
    let active = hole.dormant_ticks.is_none();
    for (end, node) in ends.into_iter().enumerate().filter(|_| active) {
        ports[node.index()] += 1;
        if ports[node.index()] > raw.ports_per_node {
            let expected = format!("at most ports_per_node ({}) active wormholes at a node", raw.ports_per_node);
            return Err(not_allowed(path.key("ends").index(end), quoted(&names[end]), expected));
        }
    }
    let (named, mut span_ticks) = (ends, hole.span_ticks);
    ends.sort_unstable();
    if ends != named {
        span_ticks.0.reverse();
    }
    if !known.insert(ends) {
        let value = format!("{} to {} again", quoted(&names[0]), quoted(&names[1]));
        return Err(not_allowed(path.key("ends"), value, "each pair once"));
    }
    let RawRecovered { id, kind, strength, setup_ticks_left, dormant_ticks, .. } = *hole;
    Ok(Recovered { id, ends, kind, strength, span_ticks, setup_ticks_left, dormant_ticks })
}
