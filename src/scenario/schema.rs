//! The JSON Schemas (2020-12) of scenarios and of topology files, derived from the types that read them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::raw::RawScenario;
use crate::topology::json::RawTopology;

/// The schema of a scenario.
pub fn scenario_schema() -> Schema {
    schema::<RawScenario>()
}

/// The schema of a topology file.
pub fn topology_schema() -> Schema {
    schema::<RawTopology>()
}

fn schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}
