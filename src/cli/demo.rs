//! `wormsim demo`: the main job, with nothing but the program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::interrupt::Interrupt;
use super::options::OutputOptions;
use super::phrases::shown;
use super::report;
use super::run::{arguments, run_to_end};
use super::terminal::print;
use crate::error::Error;
use crate::scenario::{Kinds, load_text};
use crate::store::{REPORT, RunWriter};

/// The main example of the README, and its network.
const SCENARIO: &str = include_str!("../../scenarios/nsfnet-hotspot.json");
const NETWORK: &str = include_str!("../../scenarios/topologies/nsfnet.json");

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Run directory.
    #[arg(long, value_name = "DIR", default_value = "output/demo")]
    pub out: PathBuf,
    /// Overwrite the run directory.
    #[arg(long)]
    pub force: bool,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputOptions,
}

pub(super) fn demo(options: &DemoOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let loaded = load_text(&scenario(), Path::new("nsfnet-hotspot.json"), &[], kinds)?;
    let writer = RunWriter::create(&options.out, options.force, loaded.into(), arguments())?;
    let simulation = writer.start()?;
    let ended = run_to_end(simulation, writer, &interrupt, &options.output)?;
    if ended != ExitCode::SUCCESS {
        return Ok(ended);
    }
    let folder = options.out.join(REPORT);
    report::make(std::slice::from_ref(&options.out), &folder)?;
    if !options.output.quiet && !options.output.json {
        let page = folder.join(report::PAGE);
        print(&format!(
            "\npage: {}\nnext: wormsim compare {}\n",
            shown(&page.display().to_string()),
            shown(&options.out.join("scenario.json").display().to_string())
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The scenario with its network in it.
fn scenario() -> String {
    let parsed = |text| serde_json::from_str::<Value>(text).expect("what is shipped is JSON");
    let (mut scenario, mut network) = (parsed(SCENARIO), parsed(NETWORK));
    if let Some(fields) = network.as_object_mut() {
        fields.retain(|field, _| ["name", "source", "nodes", "links"].contains(&field.as_str()));
    }
    scenario["topology"] = network;
    scenario.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::{kinds, load};

    #[test]
    fn the_scenario_is_that_of_the_readme() {
        let inside = load_text(&scenario(), Path::new("demo.json"), &[], &kinds()).unwrap();
        let shipped = load(Path::new("scenarios/nsfnet-hotspot.json"), &[]).unwrap();
        assert_eq!(inside.resolved, shipped.resolved);
    }
}
