//! `wormsim schema`: prints a JSON Schema.

use std::process::ExitCode;

use super::{SchemaKind, SchemaOptions, print};
use crate::error::Error;
use crate::scenario::{Kinds, scenario_schema, topology_schema};

pub(super) fn schema(options: &SchemaOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let schema = match options.kind {
        SchemaKind::Scenario => scenario_schema(kinds),
        SchemaKind::Topology => topology_schema(),
    };
    print(&format!("{:#}\n", schema.to_value()))?;
    Ok(ExitCode::SUCCESS)
}
