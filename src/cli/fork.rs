//! `wormsim fork`: starts a new run from the past of another one, with a changed future.

use std::process::ExitCode;

use super::interrupt::Interrupt;
use super::progress::built;
use super::run::{arguments, run_to_end};
use super::{ForkOptions, note};
use crate::error::Error;
use crate::scenario::Kinds;
use crate::store;

pub(super) fn fork(options: &ForkOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let mut assignments = options.set.clone();
    assignments.extend(options.ticks.map(|ticks| crate::scenario::Assignment::option("ticks", ticks)));
    let fork = || {
        store::fork(
            &options.directory,
            options.at,
            kinds,
            &assignments,
            (&options.out, options.force),
            arguments(),
            |damaged| note(&format!("{damaged}; passed over")),
        )
    };
    let (writer, simulation) = built(options.output.quiet, fork)?;
    run_to_end(simulation, writer, &interrupt, &options.output)
}
