//! Reads node-link JSON as networkx and TopoHub write it: `nodes`, `links` or `edges`, `directed`, and in `graph` the
//! name. A node's `pos` is longitude and latitude if both can be.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::draft::Draft;
use super::fields::{LinkData, NodeData, is_link_field};
use crate::topology::error::{message, plain_words, quoted};
use crate::topology::{Rules, TopologyBuilder, TopologyError};

/// Names of the fields of the object that a text is.
pub(super) fn fields(text: &str) -> Result<Vec<String>, TopologyError> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some(name) = map.next_key::<String>()? {
                map.next_value::<IgnoredAny>()?;
                if names.len() < 100 {
                    names.push(name);
                }
            }
            Ok(names)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let names = deserializer.deserialize_map(Names).and_then(|names| deserializer.end().map(|()| names));
    names.map_err(|error| fault(&error))
}

fn fault(error: &serde_json::Error) -> TopologyError {
    let text = error.to_string();
    let problem = match error.is_data() {
        true => {
            "expected a list `nodes` of objects with `id`, and a list `links` of objects with `source` and `target`"
        }
        false => &plain_words(&text),
    };
    TopologyError::Json { line: error.line(), column: error.column(), at: ".".to_owned(), problem: message(problem) }
}

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut document = Document { draft: Draft::of_listed_nodes(text, 25), rules, one_way: false, failure: None };
    // Edges may stand before `directed`.
    document.one_way = fields(text)?.iter().any(|field| field == "directed") && is_directed(text);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = deserializer.deserialize_map(Top(&mut document));
    match (document.failure, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(fault(&error)),
        (None, Ok(())) => document.draft.into_builder(name, rules),
    }
}

fn is_directed(text: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Directed {
        directed: bool,
    }
    serde_json::from_str(text).is_ok_and(|found: Directed| found.directed)
}

struct Document<'a> {
    draft: Draft,
    rules: &'a Rules,
    one_way: bool,
    /// What ended the reading, beside the parser's word for it.
    failure: Option<TopologyError>,
}

/// The whole.
struct Top<'a, 'b>(&'a mut Document<'b>);

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "nodes" => map.next_value_seed(Items(self.0, "nodes"))?,
                "links" | "edges" => map.next_value_seed(Items(self.0, "links"))?,
                "graph" => {
                    let graph: Value = map.next_value()?;
                    let label = graph.get("name").or(graph.get("label")).and_then(Value::as_str);
                    self.0.draft.name = label.map(str::to_owned).filter(|name| !name.is_empty());
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A list of nodes or links, each read alone, so that a large one takes no more memory than the network.
struct Items<'a, 'b>(&'a mut Document<'b>, &'static str);

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", self.1)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut place = 0;
        while let Some(item) = items.next_element::<Map<String, Value>>()? {
            let kept = if self.1 == "nodes" { self.0.node(place, &item) } else { self.0.link(place, &item) };
            if let Err(error) = kept {
                self.0.failure = Some(error);
                return Err(serde::de::Error::custom("not a network"));
            }
            place += 1;
        }
        Ok(())
    }
}

/// An id, which may be a text, a number or, of a grid, a list.
fn id(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(|part| id(Some(part))).collect();
            Some(format!("({})", parts?.join(", ")))
        }
        _ => None,
    }
}

impl Document<'_> {
    fn node(&mut self, place: usize, item: &Map<String, Value>) -> Result<(), TopologyError> {
        let Some(id) = id(item.get("id")) else { return Err(required(&format!("nodes[{place}].id"))) };
        let mut data = NodeData::default();
        for (name, value) in item.iter().filter(|(name, _)| *name != "id") {
            match value {
                Value::String(_) | Value::Number(_) => {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    data.set(name, &text).map_err(|expected| wrong("nodes", place, name, value, expected))?;
                }
                Value::Array(pair) if name == "pos" => {
                    if let [Some(x), Some(y)] = [0, 1].map(|axis| pair.get(axis).and_then(Value::as_f64)) {
                        self.draft.add_place(&id, x, y)?;
                    }
                }
                _ => {}
            }
        }
        self.draft.add_node(&id, data)
    }

    fn link(&mut self, place: usize, item: &Map<String, Value>) -> Result<(), TopologyError> {
        let end = |name: &str| id(item.get(name)).ok_or_else(|| required(&format!("links[{place}].{name}")));
        let [from, to] = [end("source")?, end("target")?];
        let mut data = LinkData::default();
        for (name, value) in item.iter().filter(|(name, _)| *name != "source" && *name != "target") {
            match value {
                Value::Number(number) => {
                    let set = self.draft.set(&mut data, name, &number.to_string());
                    set.map_err(|expected| wrong("links", place, name, value, expected))?;
                }
                Value::String(text) if is_link_field(name) => {
                    let set = self.draft.set(&mut data, name, text);
                    set.map_err(|expected| wrong("links", place, name, value, expected))?;
                }
                // Such as shares of load by direction.
                Value::Object(fields) if fields.values().any(Value::is_number) => self.draft.unused(name, 1),
                _ => {}
            }
        }
        self.draft.add_link([&from, &to], self.one_way, data, self.rules)
    }
}

fn required(field: &str) -> TopologyError {
    TopologyError::Missing { field: field.to_owned(), expected: "a text or a number" }
}

fn wrong(list: &str, place: usize, name: &str, value: &Value, expected: &'static str) -> TopologyError {
    TopologyError::Refused {
        field: format!("{list}[{place}].{}", message(name)),
        value: quoted(&value.to_string()),
        expected,
    }
}
