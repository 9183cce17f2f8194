//! The network of a scenario: read, written in it, or generated.

use std::path::{Path, PathBuf};

use super::context::{deeper, not_allowed};
use crate::random;
use crate::scenario::problem::Fault;
use crate::scenario::problem::{JsonPath, Problem};
use crate::scenario::raw::{InlineTopology, Parts, RawScenario, RawTopologySection};
use crate::scenario::recover::{self, Origin};
use crate::scenario::{Chosen, Refused};
use crate::topology::generators::Generator;
use crate::topology::json::{self, RawTopology};
use crate::topology::{InputFile, Place, Rules, Topology, TopologyError, read_topology};

/// The topology; a file that it was read from is added to `inputs`.
pub(super) fn topology(
    raw: &RawScenario,
    base: &Path,
    inputs: &mut Vec<InputFile>,
    router: &Chosen,
) -> Result<Topology, Fault> {
    let section = JsonPath::default().key("topology");
    match &raw.topology {
        RawTopologySection::File(file) => {
            let (topology, input) = read_topology(&base.join(&file.file), &file.rules(raw.tick_ms))
                .map_err(|error| Fault::new(section.key("file"), Problem::Topology(error)))?;
            inputs.push(input);
            Ok(topology)
        }
        RawTopologySection::Inline(inline) => {
            let rules = Rules { tick_ms: raw.tick_ms, parts: inline.parts.into(), ..Rules::default() };
            let topology = RawTopology {
                schema: None,
                version: json::VERSION,
                name: inline.name.clone().unwrap_or_else(|| raw.name.clone()),
                source: inline.source.clone(),
                nodes: inline.nodes.clone(),
                links: inline.links.clone(),
            };
            json::into_builder(topology)
                .and_then(|builder| builder.build(&rules))
                .map_err(|error| Fault::new(path_of(&error, &section), Problem::Topology(error)))
        }
        RawTopologySection::Run(_) => unreachable!("a run is read in before"),
        RawTopologySection::Generated(generated) => {
            let rules = Rules { tick_ms: raw.tick_ms, parts: generated.parts.into(), ..Rules::default() };
            let section = section.key("generator");
            let fault = |error| Fault::new(path_of(&error, &section), Problem::Topology(error));
            let mut rng = random::stream(raw.seed, "topology");
            let draft = Generator::from(&generated.generator).draw(&mut rng).map_err(fault)?;
            // A draft takes a fraction of the memory of the network.
            check_router(raw, draft.degrees(rules.parts).into_iter(), router)?;
            draft.build(generated.capacity_per_tick, &rules).map_err(fault)
        }
    }
}

/// Refuses parameters of the router that do not fit a network of nodes with such degrees.
pub(super) fn check_router(
    raw: &RawScenario,
    degrees: impl Iterator<Item = u32>,
    router: &Chosen,
) -> Result<(), Fault> {
    let wormholes = if raw.wormholes.enabled { raw.wormholes.ports_per_node } else { 0 };
    let ports: Vec<u32> = degrees.map(|degree| degree + wormholes).collect();
    router.check(&ports).map_err(|Refused { field, value, expected }| {
        not_allowed(deeper(JsonPath::default().key("router"), &field), value, expected)
    })
}

/// The section with its file read in; a generator stays what it is.
pub(super) fn resolved(section: &RawTopologySection, topology: &Topology) -> RawTopologySection {
    if matches!(section, RawTopologySection::Generated(_)) {
        return section.clone();
    }
    let RawTopology { name, source, nodes, links, .. } = RawTopology::from(topology);
    RawTopologySection::Inline(InlineTopology { nodes, links, name: Some(name), source, parts: Parts::All })
}

/// Where in the section an error is.
fn path_of(error: &TopologyError, section: &JsonPath) -> JsonPath {
    let Some(place) = error.place() else { return section.clone() };
    let field = |path: JsonPath, field: &str| {
        field.split('.').filter(|key| !key.is_empty()).fold(path, |path, key| path.key(key))
    };
    match *place {
        Place::Field(name) => section.key(name),
        Place::Node(index, name) => field(section.key("nodes").index(index as usize), name),
        Place::Link(index, name) => field(section.key("links").index(index as usize), name),
        Place::LinkEnd(index, end) => section.key("links").index(index as usize).key("ends").index(usize::from(end)),
    }
}

/// Replaces a `run` by what it holds; returns where its wormholes stand.
pub(super) fn read_run(
    raw: &mut RawScenario,
    base: &Path,
    inputs: &mut Vec<InputFile>,
) -> Result<Option<(PathBuf, Vec<Origin>)>, Fault> {
    let RawTopologySection::Run(section) = &raw.topology else { return Ok(None) };
    let top = JsonPath::default();
    if !raw.wormholes.recovered.is_empty() || raw.wormholes.next_id > 0 {
        let expected = "none beside a topology with run, which has its own";
        return Err(not_allowed(top.key("wormholes").key("recovered"), "given", expected));
    }
    let mut network = recover::read(&base.join(&section.run), &top.key("topology").key("run"))?;
    if let Some(tick_ms) = network.tick_ms.filter(|&tick_ms| tick_ms != raw.tick_ms) {
        return Err(not_allowed(top.key("tick_ms"), raw.tick_ms, format!("{tick_ms}, as in the run of topology.run")));
    }
    inputs.append(&mut network.inputs);
    let RawTopology { name, source, nodes, links, .. } = network.topology;
    raw.topology =
        RawTopologySection::Inline(InlineTopology { nodes, links, name: Some(name), source, parts: Parts::All });
    raw.events.splice(0..0, network.failures);
    (raw.wormholes.recovered, raw.wormholes.next_id) = (network.wormholes, network.next_id);
    Ok(Some((network.graph, network.places)))
}
