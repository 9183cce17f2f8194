//! From what was written to what runs: everything that a user can get wrong and a schema cannot say.
//!
//! Besides the [`Scenario`] it makes the *resolved* raw scenario: every default filled in, and files but traces read
//! in, so that it loads again, elsewhere, to the same scenario. A warm-up that is not given stays so: it follows from
//! the ticks, which a run that is resumed may have more of.

mod carrier;
mod context;
mod events;
mod failures;
mod network;
mod recovered;
mod workloads;

use std::path::{Path, PathBuf};

use petgraph::graph::NodeIndex;
use petgraph::unionfind::UnionFind;
use serde_json::Value;

use super::json;
use super::problem::{Fault, JsonPath, Problem, ScenarioError, quoted};
use super::raw::{RawEntropy, RawPhysics, RawScenario, RawWormholes};
use super::recover::{self, Origin};
use super::{
    Carrier, Choice, Chosen, EntropyParameters, Kind, KindParameters, Kinds, Physics, Refused, Scenario, Surroundings,
    Tick, WormholeRules, defaults,
};
use crate::topology::{InputFile, MAX_SUM_OF_LATENCIES_TICKS, NameIndex, NodeId, Topology};
use context::{Context, check_name, deeper, not_allowed};

/// Frames of metrics that a run may record.
const MAX_FRAMES: Tick = 1_000_000;

/// Wormhole ends that all nodes together may have: memory is reserved for each.
const MAX_PORTS: u64 = 4_000_000;

/// What validation gives.
pub(super) struct Validated {
    pub(super) scenario: Scenario,
    pub(super) resolved: RawScenario,
    pub(super) inputs: Vec<InputFile>,
}

/// Validates a scenario whose JSON fits the schema; `base` is the folder that its paths are relative to.
pub(super) fn validate(mut raw: RawScenario, base: &Path, kinds: &Kinds) -> Result<Validated, Fault> {
    let top = JsonPath::default();
    check_name(&raw.name, &top.key("name"))?;
    let warmup_ticks = raw.warmup();
    if warmup_ticks >= raw.ticks {
        return Err(not_allowed(top.key("warmup_ticks"), warmup_ticks, format!("less than ticks ({})", raw.ticks)));
    }
    if let Some(every) = raw.record.every_ticks.filter(|every| raw.ticks / every > MAX_FRAMES) {
        let least = raw.ticks.div_ceil(MAX_FRAMES);
        let path = top.key("record").key("every_ticks");
        return Err(not_allowed(path, every, format!("at least {least}, for at most {MAX_FRAMES} frames in the run")));
    }
    check_kinds(&raw.physics.wormhole.kinds, &top.key("physics").key("wormhole").key("kinds"))?;
    check_decay(&raw.physics, &top.key("physics"))?;

    let mut inputs = Vec::new();
    let of_policy = top.key("wormholes").key("policy");
    let policy_file = read_in(&mut raw.wormholes.policy, kinds.policies(), base, &of_policy, &mut inputs)?;
    let router = choose(&raw.router, kinds.routers(), &top.key("router"))?;
    let policy = choose(&raw.wormholes.policy, kinds.policies(), &of_policy)
        .map_err(|fault| in_its_file(fault, policy_file.as_deref()))?;
    raw.router = Choice::resolved(&router);
    raw.wormholes.policy = Choice::resolved(&policy);
    let run = network::read_run(&mut raw, base, &mut inputs)?;
    let topology = network::topology(&raw, base, &mut inputs, &router).map_err(|fault| match &run {
        // The place is that in the file: the section is what was read from it.
        Some((file, _)) => recover::at(file, JsonPath(fault.path.0[1..].to_vec()), *fault.problem),
        None => fault,
    })?;
    let degrees = topology.graph.node_indices().map(|node| topology.graph.edges(node).count() as u32);
    network::check_router(&raw, degrees, &router)?;
    let context =
        Context { base, ticks: raw.ticks, tick_ms: raw.tick_ms, names: NameIndex::new(&topology), topology: &topology };
    let surroundings = Surroundings {
        topology: &topology,
        ticks: raw.ticks,
        ports_per_node: raw.wormholes.ports_per_node,
        opening_cost: raw.physics.wormhole.opening_cost,
    };
    if raw.wormholes.enabled {
        policy.check_in(&surroundings).map_err(|Refused { field, value, expected }| {
            let is_content = field.starts_with("schedule");
            let fault = not_allowed(deeper(of_policy, &field), value, expected);
            in_its_file(fault, policy_file.as_deref().filter(|_| is_content))
        })?;
    }
    let (workloads, raw_workloads) = workloads::workloads(&raw.workloads, &context, &mut inputs)?;
    check_processing(&raw, &topology)?;
    let (carrier, raw_carrier) =
        carrier::carrier(&raw.wormholes, &context, (raw.tick_ms, raw.nodes.processing_ticks), &mut inputs)?;
    raw.wormholes.carrier = raw_carrier;
    let run = run.as_ref().map(|(_, places)| &**places);
    let wormholes = wormholes(&raw.wormholes, policy, carrier, &context, run)?;
    let entropy = entropy(&raw.physics.entropy, &context)?;
    let events = events::events(&raw.events, &context)?;
    let reserved = raw.physics.wormhole.max_capacity_per_tick;
    let carrier = wormholes.carrier.as_ref().filter(|_| wormholes.enabled);
    carrier::check_room(carrier, reserved, &events, &topology)?;
    let (failures, raw_failures) = failures::failures(&raw.failures, &context, &mut inputs)?;

    let resolved = RawScenario {
        topology: network::resolved(&raw.topology, &topology),
        workloads: raw_workloads,
        failures: raw_failures,
        physics: RawPhysics {
            entropy: RawEntropy { shards: Some(entropy.shards), ..raw.physics.entropy },
            ..raw.physics
        },
        ..raw
    };
    let physics = Physics {
        gravity: resolved.physics.gravity,
        decay: resolved.physics.decay,
        wormhole: resolved.physics.wormhole,
        entropy,
    };
    let scenario = Scenario {
        name: resolved.name.clone(),
        intent: resolved.intent.clone(),
        seed: resolved.seed,
        ticks: resolved.ticks,
        warmup_ticks,
        tick_ms: resolved.tick_ms,
        topology,
        nodes: resolved.nodes,
        workloads,
        wormholes,
        physics,
        router,
        events,
        failures,
        record: resolved.record,
        persistence: resolved.persistence,
        rounded: Vec::new(),
    };
    Ok(Validated { scenario, resolved, inputs })
}

fn check_kinds(kinds: &KindParameters, path: &JsonPath) -> Result<(), Fault> {
    let below = |field: &str, value: f64, other: &str, bound: f64| {
        if value < bound {
            Ok(())
        } else {
            Err(not_allowed(path.key(field), value, format!("less than {other} ({bound})")))
        }
    };
    below("standard_below", kinds.standard_below, "standard_above", kinds.standard_above)?;
    below("fast_below", kinds.fast_below, "fast_above", kinds.fast_above)?;
    below("standard_above", kinds.standard_above, "fast_above", kinds.fast_above)
}

/// Sums of what a path takes must stay numbers of ticks.
fn check_processing(raw: &RawScenario, topology: &Topology) -> Result<(), Fault> {
    let sum: u64 = topology.links().map(|(.., link)| u64::from(link.longest_ticks())).sum();
    let most = (u64::from(MAX_SUM_OF_LATENCIES_TICKS) - sum) / topology.link_count().max(1) as u64;
    if u64::from(raw.nodes.processing_ticks) <= most {
        return Ok(());
    }
    let expected = format!("at most {most}: latencies and processing of all links sum to at most 2000000000 ticks");
    let path = JsonPath::default().key("nodes").key("processing_ticks");
    Err(not_allowed(path, raw.nodes.processing_ticks, expected))
}

fn check_decay(physics: &RawPhysics, path: &JsonPath) -> Result<(), Fault> {
    let (decay, initial) = (&physics.decay, physics.wormhole.initial_strength);
    if decay.archive_after_ticks < decay.reopen_after_ticks {
        let expected = format!("at least reopen_after_ticks ({})", decay.reopen_after_ticks);
        return Err(not_allowed(path.key("decay").key("archive_after_ticks"), decay.archive_after_ticks, expected));
    }
    if initial < decay.dormant_below {
        let expected = format!("at least physics.decay.dormant_below ({})", decay.dormant_below);
        return Err(not_allowed(path.key("wormhole").key("initial_strength"), initial, expected));
    }
    Ok(())
}

/// Which connected part each node is in.
fn parts(topology: &Topology) -> Vec<NodeIndex> {
    let mut parts = UnionFind::new(topology.node_count());
    for link in topology.graph.raw_edges() {
        parts.union(link.source(), link.target());
    }
    parts.into_labeling()
}

fn wormholes(
    raw: &RawWormholes,
    policy: Chosen,
    carrier: Option<Carrier>,
    context: &Context<'_>,
    run: Option<&[Origin]>,
) -> Result<WormholeRules, Fault> {
    let path = JsonPath::default().key("wormholes");
    let nodes = context.topology.node_count() as u64;
    if nodes * u64::from(raw.ports_per_node) > MAX_PORTS {
        let expected = format!("at most {} in a network of {nodes} nodes", MAX_PORTS / nodes);
        return Err(not_allowed(path.key("ports_per_node"), raw.ports_per_node, expected));
    }
    let mut known = std::collections::BTreeSet::new();
    let mut ports = vec![0_u32; context.topology.node_count()];
    let recovered = recovered::recovered(raw, context, run, &mut known, &mut ports)?;
    let path = path.key("initial");
    let parts = parts(context.topology);
    let mut initial: Vec<[NodeId; 2]> = Vec::with_capacity(raw.initial.len());
    for (index, names) in raw.initial.iter().enumerate() {
        let path = path.index(index);
        let ends = context.two_nodes(names, &path)?;
        if parts[ends[0].index()] != parts[ends[1].index()] {
            let value = format!("{} to {}", quoted(&names[0]), quoted(&names[1]));
            return Err(not_allowed(path, value, "two nodes that links join, directly or through others"));
        }
        carrier::check_pair(
            carrier.as_ref(),
            ends,
            || format!("{} to {}", quoted(&names[0]), quoted(&names[1])),
            &path,
        )?;
        if !known.insert([ends[0].min(ends[1]), ends[0].max(ends[1])]) {
            return Err(not_allowed(
                path,
                format!("{} to {} again", quoted(&names[0]), quoted(&names[1])),
                "each pair once",
            ));
        }
        for (end, node) in ends.into_iter().enumerate() {
            ports[node.index()] += 1;
            if ports[node.index()] > raw.ports_per_node {
                let expected = format!("at most ports_per_node ({}) wormholes at a node", raw.ports_per_node);
                return Err(not_allowed(path.index(end), quoted(&names[end]), expected));
            }
        }
        initial.push(ends);
    }
    Ok(WormholeRules {
        enabled: raw.enabled,
        carrier,
        policy,
        ports_per_node: raw.ports_per_node,
        initial,
        recovered,
        next_id: raw.next_id,
        wait_for_setup: raw.wait_for_setup,
    })
}

fn entropy(raw: &RawEntropy, context: &Context<'_>) -> Result<EntropyParameters, Fault> {
    let nodes = context.topology.node_count() as u32;
    let shards = raw.shards.unwrap_or_else(|| defaults::shards(nodes));
    if shards > nodes {
        let path = JsonPath::default().key("physics").key("entropy").key("shards");
        return Err(not_allowed(path, shards, format!("a whole number from 1 to the number of nodes, {nodes}")));
    }
    Ok(EntropyParameters { every_ticks: raw.every_ticks, memory_ticks: raw.memory_ticks, shards })
}

/// What a section chooses. The schema has refused all but what types refuse, such as a number that is not whole, and
/// what stands in files.
fn choose(choice: &Choice, list: &[Kind], path: &JsonPath) -> Result<Chosen, Fault> {
    let kinds = || list.iter().map(Kind::name).collect::<Vec<_>>().join(" or ");
    let chosen = choice.choose(list).ok_or_else(|| not_allowed(path.clone(), quoted(&choice.kind), kinds()))?;
    chosen.map_err(|error| {
        let file = list.iter().find(|kind| kind.name() == choice.kind).and_then(Kind::file);
        let path = file.map_or(path.clone(), |[_, content]| path.key(content));
        not_allowed(path, "what is written", format!("what the schema says: {error}"))
    })
}

/// Puts what the file of a choice holds where it belongs, if it names one.
fn read_in(
    choice: &mut Choice,
    list: &[Kind],
    base: &Path,
    path: &JsonPath,
    inputs: &mut Vec<InputFile>,
) -> Result<Option<PathBuf>, Fault> {
    let Some([field, content]) = list.iter().find(|kind| kind.name() == choice.kind).and_then(Kind::file) else {
        return Ok(None);
    };
    let Some(Value::String(name)) = choice.parameters.remove(field) else { return Ok(None) };
    if choice.parameters.get(content).is_some_and(|written| !written.is_null()) {
        let allowed = vec![field.to_owned(), content.to_owned()];
        return Err(Fault::new(path.clone(), Problem::NotOneOf { allowed, nearest: None }));
    }
    let file = base.join(name);
    let read = || {
        let text = json::read_text(&file).map_err(|problem| ScenarioError::of_file(&file, problem))?;
        let value = json::parse(&text, &file)?;
        Ok((value, blake3::hash(text.as_bytes())))
    };
    let (value, blake3) = read().map_err(|error| Fault::elsewhere(error, path.key(field)))?;
    if value.is_null() {
        let problem = Problem::NotAllowed { value: "null".to_owned(), expected: format!("what {content} may be") };
        return Err(Fault::elsewhere(ScenarioError::of_file(&file, problem), path.key(field)));
    }
    choice.parameters.insert(content.to_owned(), value);
    inputs.push(InputFile { path: file.clone(), blake3 });
    Ok(Some(file))
}

/// A fault of a choice, which is in the file that was read in, if that is where its field came from.
fn in_its_file(fault: Fault, file: Option<&Path>) -> Fault {
    match file {
        Some(file) => Fault::elsewhere(ScenarioError::of_file(file, *fault.problem), fault.path),
        None => fault,
    }
}
