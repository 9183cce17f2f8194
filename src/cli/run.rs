//! `wormsim run`.

use std::process::ExitCode;

use super::RunOptions;
use crate::error::Error;
use crate::scenario::load;

pub(super) fn run(options: &RunOptions) -> Result<ExitCode, Error> {
    load(&options.scenario, &options.replace.assignments())?;
    Ok(ExitCode::SUCCESS)
}
