//! Reads topologies of BRITE (Medina et al. 2001): nodes on a plane, edges with a delay in ms and a bandwidth.

use super::draft::Draft;
use super::fields::{LinkData, NodeData};
use super::values::{number, refused};
use crate::topology::error::{at_line, quoted};
use crate::topology::{Rules, TopologyBuilder, TopologyError};

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut draft = Draft::of_listed_nodes(text, 20);
    let mut section = "";
    for (line, text) in (1..).zip(text.lines()) {
        let fields: Vec<&str> = text.split_whitespace().collect();
        match fields[..] {
            [] | ["Topology:" | "Model", ..] => {}
            [heading @ ("Nodes:" | "Edges:"), ..] => section = heading,
            [id, x, y, ..] if section == "Nodes:" => {
                let mut data = NodeData::default();
                data.set_place(number(line, x)?, number(line, y)?);
                draft.add_node(id, data)?;
            }
            [_, from, to, _length, delay, bandwidth, ..] if section == "Edges:" => {
                let mut data = LinkData::default();
                draft.set(&mut data, "delay", delay).map_err(|expected| refused(line, "delay", delay, expected))?;
                if bandwidth.parse::<f64>().is_ok() {
                    draft.unused("bandwidth", 1);
                }
                let one_way = fields.last() == Some(&"D");
                draft.add_link([from, to], one_way, data, rules)?;
            }
            _ if section.is_empty() => {}
            _ => {
                let expected = match section {
                    "Nodes:" => "id, x and y of a node",
                    _ => "id, source, target, length, delay and bandwidth of an edge",
                };
                return Err(at_line(line, &quoted(text), expected));
            }
        }
    }
    draft.into_builder(name, rules)
}
