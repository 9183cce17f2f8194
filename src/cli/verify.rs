//! `wormsim verify`: checks that a run on disk is what its scenario gives.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::interrupt::{INTERRUPTED, Interrupt};
use super::progress::{Progress, built};
use super::run::{Ended, write_end};
use super::terminal;
use super::terminal::{note, print};
use crate::error::Error;
use crate::scenario::Kinds;
use crate::store::verify::{Differences, Stored};
use crate::store::{RunWriter, json};

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// The run directory.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Compare hashes of files only; simulate nothing.
    #[arg(long)]
    pub quick: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print no progress and no result.
    #[arg(long)]
    pub quiet: bool,
}

/// Exit code of a verification that found a difference.
const DIFFERENT: u8 = 5;

/// Files that are named in a report.
const MAX_NAMED: usize = 10;

pub(super) fn verify(options: &VerifyOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let stored = Stored::read(&options.directory)?;
    let found = if options.quick { Some(stored.changed()) } else { run_again(&stored, options, kinds, &interrupt)? };
    let Some(found) = found else {
        note("interrupted; nothing is known about the run");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if options.json {
        print(&json::to_text(&serde_json::json!({"equal": found.is_empty(), "differences": found})))?;
    } else if !options.quiet {
        print(&text(&stored, &found, options))?;
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
}

/// The differences to the same run made anew; none if the user asked to stop.
fn run_again(
    stored: &Stored,
    options: &VerifyOptions,
    kinds: &Kinds,
    interrupt: &Interrupt,
) -> Result<Option<Differences>, Error> {
    let lineage = stored.lineage(&options.directory, kinds)?;
    let mut writer = RunWriter::dry_run(&options.directory, lineage)?;
    let mut simulation = built(options.quiet, || writer.start())?;
    let ticks = stored.manifest.ticks;
    let mut progress = Progress::new(ticks, options.quiet);
    while simulation.ticks_done() < ticks {
        if interrupt.asked() {
            return Ok(None);
        }
        writer.tick(&mut simulation)?;
        if let Some(progress) = &mut progress {
            progress.update(simulation.ticks_done(), simulation.in_flight());
        }
    }
    if let Some(progress) = progress {
        progress.finish();
    }
    let ended = if ticks == writer.scenario().ticks { Ended::Complete } else { Ended::Interrupted };
    write_end(&mut simulation, &mut writer, ended)?;
    Ok(Some(stored.differences(&Stored::again(&writer))))
}

fn text(stored: &Stored, found: &Differences, options: &VerifyOptions) -> String {
    let (place, files) = (options.directory.display(), stored.manifest.outputs.len());
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{}", terminal::line(&line)).expect("a string takes every line");
    if found.is_empty() {
        line(if options.quick {
            format!(
                "{place}: {files} files have the hashes in manifest.json; whether the scenario gives them was not tried"
            )
        } else {
            format!(
                "{place}: equal; {} ticks run again give the same digests and the same {files} files",
                stored.manifest.ticks
            )
        });
        return text;
    }
    if let Some(first) = &found.first {
        let since =
            first.equal_up_to_tick.map_or("no tick before".to_owned(), |tick| format!("equal up to tick {tick}"));
        let parts = if first.parts.is_empty() { "one has no row".to_owned() } else { first.parts.join(", ") };
        line(format!("{place}: digests differ at tick {} ({since}) in: {parts}", first.tick));
    }
    for (files, what) in [
        (&found.changed_files, "is not what manifest.json says"),
        (&found.other_files, "is not what the scenario gives"),
    ] {
        files.iter().take(MAX_NAMED).for_each(|file| line(format!("{place}: {file} {what}")));
        if files.len() > MAX_NAMED {
            line(format!("{place}: {} more files of which each {what}", files.len() - MAX_NAMED));
        }
    }
    text
}
