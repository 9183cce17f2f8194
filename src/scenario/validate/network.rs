//! The network of a scenario: read, written in it, or generated.

use std::path::Path;

use super::Fault;
use crate::scenario::problem::{JsonPath, Problem};
use crate::scenario::raw::{InlineTopology, Parts, RawScenario, RawTopologySection};
use crate::topology::generators::Generator;
use crate::topology::json::{self, RawTopology};
use crate::topology::{InputFile, Place, Rules, Topology, TopologyError, read_topology};
use crate::world::rng;

/// The topology; a file that it was read from is added to `inputs`.
pub(super) fn topology(raw: &RawScenario, base: &Path, inputs: &mut Vec<InputFile>) -> Result<Topology, Fault> {
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
        RawTopologySection::Generated(generated) => {
            let rules = Rules { tick_ms: raw.tick_ms, parts: generated.parts.into(), ..Rules::default() };
            let section = section.key("generator");
            Generator::from(&generated.generator)
                .generate(generated.capacity_per_tick, &rules, &mut rng::stream(raw.seed, "topology"))
                .map_err(|error| Fault::new(path_of(&error, &section), Problem::Topology(error)))
        }
    }
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
    let field = |path: JsonPath, field: &str| if field.is_empty() { path } else { path.key(field) };
    match *place {
        Place::Field(name) => section.key(name),
        Place::Node(index, name) => field(section.key("nodes").index(index as usize), name),
        Place::Link(index, name) => field(section.key("links").index(index as usize), name),
        Place::LinkEnd(index, end) => section.key("links").index(index as usize).key("ends").index(usize::from(end)),
    }
}
