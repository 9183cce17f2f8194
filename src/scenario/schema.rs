//! The JSON Schemas (2020-12) of scenarios and of topology files, derived from the types that read them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::kinds::{self, Kind};
use super::raw::RawScenario;
use super::{Choice, Kinds, defaults};
use crate::topology::json::RawTopology;

/// The schema of a scenario that may choose among `kinds`.
pub fn scenario_schema(kinds: &Kinds) -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let sections = [("RawRouter", kinds.routers(), false), ("WormholePolicy", kinds.policies(), true)]
        .map(|(name, list, short)| (name, kinds::schema(list, short, &mut generator)));
    let mut schema = generator.into_root_schema_for::<RawScenario>();
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut).expect("a scenario has sections");
    for (name, branches) in sections {
        definitions[name] = json!({"description": definitions[name]["description"], "oneOf": branches});
    }
    let router = filled_in(&defaults::router(), kinds.routers());
    schema.get_mut("properties").expect("a scenario has fields")["router"]["default"] = router;
    schema
}

/// A choice with the defaults of its kind, if that is among `list`.
fn filled_in(choice: &Choice, list: &[Kind]) -> Value {
    let chosen = choice.choose(list).and_then(Result::ok);
    let choice = chosen.map_or_else(|| choice.clone(), |chosen| Choice::resolved(&chosen));
    serde_json::to_value(choice).expect("a choice has string keys")
}

/// The schema of a topology file.
pub fn topology_schema() -> Schema {
    schema::<RawTopology>()
}

fn schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}
