//! Reads GEXF as Gephi and networkx write it: nodes with labels, attributes and places of a drawing, edges with
//! weights and attributes, each directed, undirected or mutual.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::fields::{LinkData, NodeData};
use super::values::refused;
use super::xml::{Path, Tag, walk};
use crate::topology::error::at_line;
use crate::topology::{Rules, TopologyBuilder, TopologyError};

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut reader = Reader::new(text, rules);
    walk(text, |path, tag, line| reader.tag(path, &tag, line))?;
    reader.draft.into_builder(name, rules)
}

/// What a column of attributes is called, and what it is where nothing is said.
#[derive(Default)]
struct Column {
    title: String,
    default: Option<String>,
}

struct Reader<'a> {
    draft: Draft,
    rules: &'a Rules,
    one_way: bool,
    /// Columns by class and id.
    columns: [BTreeMap<String, Column>; 2],
    class: usize,
    column: String,
    /// The nodes that are open, the innermost last.
    nodes: Vec<(String, Values)>,
    edge: Option<Edge>,
}

struct Edge {
    ends: [String; 2],
    one_way: bool,
    values: Values,
}

/// Values by the titles of their columns.
type Values = BTreeMap<String, String>;

/// Most columns of a class.
const MOST_COLUMNS: usize = 1000;

const NODE: usize = 0;
const EDGE: usize = 1;

impl<'a> Reader<'a> {
    fn new(text: &str, rules: &'a Rules) -> Self {
        Self {
            draft: Draft::of_listed_nodes(text, 25),
            rules,
            one_way: false,
            columns: [BTreeMap::new(), BTreeMap::new()],
            class: NODE,
            column: String::new(),
            nodes: Vec::new(),
            edge: None,
        }
    }

    fn tag(&mut self, path: &Path<'_>, tag: &Tag<'_>, line: usize) -> Result<(), TopologyError> {
        let element = path[path.len() - 1];
        let required = |name: &str| {
            let missing =
                || at_line(line, &format!("<{element}> without {name}"), &format!("{name} in every <{element}>"));
            tag.attribute(name).map(str::to_owned).ok_or_else(missing)
        };
        match (element, tag) {
            ("graph", Tag::Start(_)) => self.one_way = tag.attribute("defaultedgetype") == Some("directed"),
            ("attributes", Tag::Start(_)) => self.class = usize::from(tag.attribute("class") == Some("edge")),
            ("attribute", Tag::Start(_)) => {
                self.column = required("id")?;
                let column = Column { title: required("title")?, default: None };
                self.columns[self.class].insert(self.column.clone(), column);
                if self.columns[self.class].len() > MOST_COLUMNS {
                    return Err(at_line(line, "one more <attribute>", &format!("at most {MOST_COLUMNS} of a class")));
                }
            }
            ("default", Tag::End(text)) => {
                if let Some(column) = self.columns[self.class].get_mut(&self.column) {
                    column.default = Some((*text).to_owned());
                }
            }
            ("node", Tag::Start(_)) => {
                let label = tag.attribute("label").map(|label| ("label".to_owned(), label.to_owned()));
                self.nodes.push((required("id")?, self.defaults(NODE).into_iter().chain(label).collect()));
            }
            ("node", Tag::End(_)) => {
                let Some((id, values)) = self.nodes.pop() else { return Ok(()) };
                let mut data = NodeData::default();
                for (name, value) in &values {
                    data.set(name, value).map_err(|expected| refused(line, name, value, expected))?;
                }
                self.draft.add_node(&id, data)?;
            }
            ("position", Tag::Start(_)) => {
                if let Some((_, values)) = self.nodes.last_mut() {
                    for axis in ["x", "y"] {
                        values.extend(tag.attribute(axis).map(|value| (axis.to_owned(), value.to_owned())));
                    }
                }
            }
            ("edge", Tag::Start(_)) => {
                let one_way = tag.attribute("type").map_or(self.one_way, |kind| kind == "directed");
                let weight = tag.attribute("weight").map(|weight| ("weight".to_owned(), weight.to_owned()));
                let values = self.defaults(EDGE).into_iter().chain(weight).collect();
                self.edge = Some(Edge { ends: [required("source")?, required("target")?], one_way, values });
            }
            ("edge", Tag::End(_)) => {
                let Some(Edge { ends: [source, target], one_way, values }) = self.edge.take() else { return Ok(()) };
                let mut data = LinkData::default();
                for (name, value) in &values {
                    self.draft.set(&mut data, name, value).map_err(|expected| refused(line, name, value, expected))?;
                }
                self.draft.add_link([&source, &target], one_way, data, self.rules)?;
            }
            ("attvalue", Tag::Start(_)) => {
                let column = tag.attribute("for").or(tag.attribute("id")).unwrap_or_default();
                let value = required("value")?;
                let class = usize::from(self.edge.is_some());
                let title = self.columns[class].get(column).map_or(column, |column| &column.title).to_owned();
                let values = match (&mut self.edge, self.nodes.last_mut()) {
                    (Some(edge), _) => &mut edge.values,
                    (None, Some((_, values))) => values,
                    (None, None) => return Ok(()),
                };
                values.insert(title, value);
            }
            _ => {}
        }
        Ok(())
    }

    /// Values of columns where nothing else is said.
    fn defaults(&self, class: usize) -> Values {
        let columns = self.columns[class].values();
        columns.filter_map(|column| Some((column.title.clone(), column.default.clone()?))).collect()
    }
}
