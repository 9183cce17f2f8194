//! `wormsim schema`: prints a JSON Schema.

use std::process::ExitCode;

use clap::Args;

use super::terminal::print;
use crate::error::Error;
use crate::scenario::{Kinds, scenario_schema, topology_schema};

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaOptions {
    /// What the schema describes.
    #[arg(value_enum, default_value_t = SchemaKind::Scenario)]
    pub kind: SchemaKind,
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum SchemaKind {
    /// Scenario files.
    Scenario,
    /// Topology files.
    Topology,
}

pub(super) fn schema(options: &SchemaOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let schema = match options.kind {
        SchemaKind::Scenario => scenario_schema(kinds),
        SchemaKind::Topology => topology_schema(),
    };
    print(&format!("{:#}\n", schema.to_value()))?;
    Ok(ExitCode::SUCCESS)
}
