//! Reads Pajek networks (Batagelj & Mrvar): `*Vertices`, `*Edges`, `*Arcs` and their lists. Places are those of a
//! drawing.

use super::draft::Draft;
use super::fields::{LinkData, NodeData};
use crate::topology::error::{at_line, message, quoted};
use crate::topology::limits::MAX_FILE_NODES;
use crate::topology::{Rules, TopologyBuilder, TopologyError};

#[derive(Clone, Copy, PartialEq)]
enum Section {
    Other,
    Vertices,
    Links { one_way: bool, lists: bool },
}

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut draft = Draft::of_listed_nodes(text, 4);
    let (mut section, mut promised, mut listed) = (Section::Other, 0, Vec::new());
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('%') {
            continue;
        }
        let fields = fields(text);
        if let Some(keyword) = fields[0].strip_prefix('*') {
            // A relation may follow: `*Arcs :2 "trade"`.
            let keyword = keyword.split(':').next().unwrap_or_default();
            section = match keyword.to_ascii_lowercase().as_str() {
                "vertices" => {
                    promised = fields.get(1).and_then(|count| count.parse().ok()).unwrap_or(0);
                    if promised > MAX_FILE_NODES {
                        return Err(at_line(line, &quoted(text), &format!("at most {MAX_FILE_NODES} vertices")));
                    }
                    listed = vec![false; promised + 1];
                    Section::Vertices
                }
                "edges" => Section::Links { one_way: false, lists: false },
                "arcs" => Section::Links { one_way: true, lists: false },
                "edgeslist" => Section::Links { one_way: false, lists: true },
                "arcslist" => Section::Links { one_way: true, lists: true },
                "network" => {
                    draft.name = Some(fields[1..].join(" ")).filter(|name| !name.is_empty());
                    Section::Other
                }
                "matrix" => return Err(at_line(line, "*Matrix", "*Edges or *Arcs")),
                other => {
                    draft.assumed(format!("*{} means nothing here", message(other)), 1);
                    Section::Other
                }
            };
            continue;
        }
        match section {
            Section::Vertices => {
                let mut data = NodeData::default();
                if let Some(label) = fields.get(1) {
                    let _ = data.set("label", label);
                }
                if let [_, _, x, y, ..] = &fields[..]
                    && let (Ok(x), Ok(y)) = (x.parse(), y.parse())
                {
                    data.set_place(x, y);
                }
                let id: usize = fields[0].parse().unwrap_or(0);
                if id == 0 || id > promised {
                    return Err(at_line(line, &quoted(fields[0]), &format!("a vertex from 1 to {promised}")));
                }
                listed[id] = true;
                draft.add_node(fields[0], data)?;
            }
            Section::Links { one_way, lists } => {
                let [from, rest @ ..] = &fields[..] else { continue };
                let targets = if lists { rest } else { &rest[..rest.len().min(1)] };
                if targets.is_empty() {
                    return Err(at_line(line, &quoted(text), "two vertices"));
                }
                for to in targets {
                    let mut data = LinkData::default();
                    if let (false, Some(weight)) = (lists, rest.get(1)) {
                        let _ = data.set("weight", weight);
                    }
                    draft.add_link([from, to], one_way, data, rules)?;
                }
            }
            Section::Other => {}
        }
    }
    // Vertices need no lines of their own.
    for id in (1..=promised).filter(|&id| !listed[id]) {
        draft.add_node(&id.to_string(), NodeData::default())?;
    }
    draft.into_builder(name, rules)
}

/// Fields between blanks; a quoted one may hold blanks.
fn fields(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|inner| inner.split_once('"'));
        let (field, after) = quoted.unwrap_or_else(|| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
        found.push(field);
        rest = after.trim_start();
    }
    found
}
