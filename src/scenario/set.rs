//! Assignments of the command line: `--set router.kind=shortest_path`, and options that stand for one (`--ticks 100`).

use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::check::Checker;
use super::problem::{Fault, JsonPath, Problem, Step, quoted, shown};

/// Steps that a path may have; a scenario has no deeper places.
const MAX_STEPS: usize = 16;

/// One value to set before a scenario is checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    path: Vec<String>,
    value: Value,
    written: String,
}

/// An assignment that has no `=`, or no path of at most [`MAX_STEPS`] steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not allowed; expected path.to.field=value with at most {MAX_STEPS} steps", quoted(.0))]
pub struct NotAnAssignment(String);

impl FromStr for Assignment {
    type Err = NotAnAssignment;

    /// Reads `path.to.field=value`; a value that is no JSON is a string.
    fn from_str(text: &str) -> Result<Self, NotAnAssignment> {
        let wrong = || NotAnAssignment(text.to_owned());
        let (path, value) = text.split_once('=').ok_or_else(wrong)?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        Self::of(path, value, &format!("--set {text}")).map_err(|_| wrong())
    }
}

impl Assignment {
    /// A value for the field at `path`, steps between dots, that an option written as `written` stands for.
    ///
    /// # Errors
    /// A path that is none.
    pub fn of(path: &str, value: Value, written: &str) -> Result<Self, NotAnAssignment> {
        let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
        if steps.iter().any(String::is_empty) || steps.len() > MAX_STEPS {
            return Err(NotAnAssignment(path.to_owned()));
        }
        Ok(Self { path: steps, value, written: written.to_owned() })
    }

    /// What an option stands for: a value of the field at a path.
    pub fn option(path: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let written = format!("--{path} {value}");
        Self { path: path.split('.').map(str::to_owned).collect(), value, written }
    }

    /// The field at the top level that is set, or part of which is.
    pub(super) fn field(&self) -> &str {
        &self.path[0]
    }

    /// The option as it was written.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Sets the value in a document. Objects that are missing on the way are made; fields of the old `kind` that a
    /// new one does not have are taken out, so that setting `kind` alone switches. Returns the path.
    pub(super) fn apply(&self, document: &mut Value, checker: &Checker<'_>) -> Result<JsonPath, Fault> {
        let mut path = JsonPath::default();
        let mut place = &mut *document;
        for name in &self.path {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            if let Some(kind) = place.as_str().filter(|_| path == written_short()) {
                *place = json!({ "kind": kind });
            }
            (place, path) = match place {
                Value::Object(fields) => (fields.entry(name.clone()).or_insert(Value::Null), path.key(name)),
                Value::Array(items) => {
                    let count = items.len();
                    let item = name.parse::<usize>().ok().and_then(|index| Some((items.get_mut(index)?, index)));
                    let Some((item, index)) = item else {
                        let expected = match count {
                            0 => "a field of an object (the array here is empty)".to_owned(),
                            _ => format!("an index from 0 to {}", count - 1),
                        };
                        return Err(Fault::new(path.key(name), Problem::NoSuchPlace { expected }));
                    };
                    (item, path.index(index))
                }
                scalar => {
                    let expected = format!("no field within {}", shown(scalar));
                    return Err(Fault::new(path.key(name), Problem::NoSuchPlace { expected }));
                }
            };
        }
        let changed = *place != self.value;
        *place = self.value.clone();
        if changed && self.path.last().is_some_and(|last| last == "kind") {
            drop_fields_of_other_kinds(document, &path, checker);
        }
        Ok(path)
    }
}

/// The section that may be written as its kind alone.
fn written_short() -> JsonPath {
    JsonPath::default().key("wormholes").key("policy")
}

fn drop_fields_of_other_kinds(document: &mut Value, path: &JsonPath, checker: &Checker<'_>) {
    let around = JsonPath(path.0[..path.0.len() - 1].to_vec());
    let Some(allowed) = checker.fields_at(document, &around) else { return };
    let object = around.0.iter().try_fold(document, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    });
    if let Some(Value::Object(fields)) = object {
        fields.retain(|name, _| allowed.contains(name));
    }
}
