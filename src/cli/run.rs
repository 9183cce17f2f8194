//! `wormsim run`.

use std::process::ExitCode;

use super::RunOptions;
use crate::error::Error;
use crate::scenario::load;
use crate::simulation::Simulation;

pub(super) fn run(options: &RunOptions) -> Result<ExitCode, Error> {
    let loaded = load(&options.scenario, &options.replace.assignments())?;
    let ticks = loaded.scenario.ticks;
    let mut simulation = Simulation::new(loaded.scenario.into())?;
    for _ in 0..ticks {
        simulation.tick()?;
    }
    super::print(&serde_json::to_string_pretty(&simulation.summary()).unwrap())?;
    Ok(ExitCode::SUCCESS)
}
