//! `wormsim run`: runs a scenario and writes its run directory.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tracing::info_span;

use super::checkpoint_schedule::CheckpointSchedule;
use super::interrupt::{INTERRUPTED, Interrupt};
use super::options::{OutputOptions, Replacements};
use super::phrases::shown;
use super::progress::{Progress, built};
use super::terminal::{note, print};
use super::{logs, plots, summary};
use crate::error::Error;
use crate::recorder::summary::Summary;
use crate::scenario::{Assignment, Kinds, load};
use crate::simulation::{MAX_IN_FLIGHT, Simulation};
use crate::store::manifest::Status;
use crate::store::{RunWriter, json};
use crate::topology::Assumption;

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// The scenario file.
    pub scenario: PathBuf,
    /// Run directory [default: output/NAME].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Values that replace those of the file.
    #[command(flatten)]
    pub replace: Replacements,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputOptions,
    /// Overwrite the run directory.
    #[arg(long)]
    pub force: bool,
    /// Draw no plots, as with --set record.plots=false.
    #[arg(long)]
    pub no_plots: bool,
}

/// Exit code of an unstable run.
const UNSTABLE: u8 = 4;

/// How the ticks of a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// All were simulated.
    Complete,
    /// The user asked to stop.
    Interrupted,
    /// Too many accesses are under way.
    Flooded,
}

pub(super) fn run(options: &RunOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let mut assignments = options.replace.assignments();
    assignments.extend(options.no_plots.then(|| Assignment::option("record.plots", false)));
    let loaded =
        built(options.output.quiet, || info_span!("load").in_scope(|| load(&options.scenario, &assignments, kinds)))?;
    let target = options.out.clone().unwrap_or_else(|| PathBuf::from("output").join(&loaded.scenario.name));
    let writer = RunWriter::create(&target, options.force, loaded.into(), arguments())?;
    let simulation = built(options.output.quiet, || info_span!("build").in_scope(|| writer.start()))?;
    run_to_end(simulation, writer, &interrupt, &options.output)
}

/// The command line.
pub(super) fn arguments() -> Vec<String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
}

/// Runs to the last tick, writes the results, and prints how the run ended.
pub(super) fn run_to_end(
    mut simulation: Simulation,
    mut writer: RunWriter,
    interrupt: &Interrupt,
    options: &OutputOptions,
) -> Result<ExitCode, Error> {
    let mut progress = Progress::new(writer.scenario().ticks, options.quiet);
    let ticked = info_span!("simulate")
        .in_scope(|| tick(&mut simulation, &mut writer, MAX_IN_FLIGHT, interrupt, progress.as_mut()));
    if let Some(progress) = progress {
        progress.finish();
    }
    let mut write = |ended| interrupt.let_finish(|| write_end(&mut simulation, &mut writer, ended));
    let ended = ticked.and_then(|ended| ended.map(|ended| Ok((ended, write(ended)?))).transpose());
    let (ended, summary) = match ended {
        Ok(None) => {
            let done = simulation.ticks_done();
            note(&format!("interrupted after {done} ticks, all of which were simulated before; nothing is written"));
            return Ok(ExitCode::from(INTERRUPTED));
        }
        Ok(Some(ended)) => ended,
        Err(error) => {
            // The error that ended the run is the one to tell.
            let _ = writer.abandon();
            return Err(error);
        }
    };

    if options.json {
        print(&json::to_text(&summary))?;
        let changes = writer.scenario().assumptions().into_iter().filter(Assumption::is_change);
        changes.for_each(|assumption| note(&shown(&assumption.text)));
    } else if !options.quiet {
        print(&summary::text(&summary, writer.scenario(), writer.target()))?;
    }
    let place = writer.target().display();
    Ok(match ended {
        Ended::Interrupted => {
            note(&format!(
                "interrupted after {} of {} ticks; these are in {place}; go on with wormsim resume {place}",
                summary.ticks, summary.ticks_planned
            ));
            ExitCode::from(INTERRUPTED)
        }
        Ended::Flooded => {
            let in_flight = summary.accesses.in_flight;
            note(&format!(
                "unstable: {in_flight} accesses in flight after {} ticks; results are in {place}",
                summary.ticks
            ));
            ExitCode::from(UNSTABLE)
        }
        Ended::Complete => match summary.stability.unstable() {
            Some(reason) => {
                note(&format!("unstable: {}; results are in {place}", shown(&reason)));
                ExitCode::from(UNSTABLE)
            }
            None => ExitCode::SUCCESS,
        },
    })
}

/// Runs until the end, writing snapshots and checkpoints on the way; none if the user asked to stop before there was
/// anything new. At least one tick is simulated.
fn tick(
    simulation: &mut Simulation,
    writer: &mut RunWriter,
    max_in_flight: u32,
    interrupt: &Interrupt,
    mut progress: Option<&mut Progress>,
) -> Result<Option<Ended>, Error> {
    let ticks = writer.scenario().ticks;
    let mut schedule = CheckpointSchedule::new(&writer.scenario().persistence);
    loop {
        let records = writer.tick(simulation)?;
        logs::records(&records, &simulation.scenario().topology);
        let done = simulation.ticks_done();
        if let Some(progress) = &mut progress {
            progress.update(done, simulation.in_flight());
        }
        if done >= ticks {
            return Ok(Some(Ended::Complete));
        }
        if !writer.is_new(simulation) {
            if interrupt.asked() {
                return Ok(None);
            }
            continue;
        }
        if interrupt.asked() {
            // Before the end adds rows that a run that was not interrupted does not have.
            interrupt.let_finish(|| writer.checkpoint(simulation))?;
            return Ok(Some(Ended::Interrupted));
        }
        if simulation.in_flight() > max_in_flight {
            return Ok(Some(Ended::Flooded));
        }
        if simulation.snapshot_is_due() {
            interrupt.let_finish(|| writer.write(simulation, &simulation.summary(), Status::Running, &[]))?;
        }
        if schedule.is_due(done) {
            schedule.write(|| interrupt.let_finish(|| writer.checkpoint(simulation)))?;
        }
    }
}

/// Writes the last state.
pub(super) fn write_end(simulation: &mut Simulation, writer: &mut RunWriter, ended: Ended) -> Result<Summary, Error> {
    writer.end(simulation)?;
    let summary = simulation.summary();
    let status = match ended {
        Ended::Complete if summary.stability.stable == Some(false) => Status::Unstable,
        Ended::Complete => Status::Complete,
        Ended::Interrupted | Ended::Flooded => Status::Partial,
    };
    let plots = match writer.scenario().record.plots {
        true => info_span!("draw").in_scope(|| plots::render(simulation, writer.frames())),
        false => Vec::new(),
    };
    writer.write(simulation, &summary, status, &plots)?;
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store;
    use crate::store::manifest::Manifest;

    #[test]
    fn a_flood_ends_the_run_before_it_fills_the_memory() {
        let overload = ["workloads.0.accesses_per_tick=50", "ticks=5000"].map(|text| text.parse().unwrap());
        let loaded = crate::simulation::load(Path::new("scenarios/boyan-littman-6x6.json"), &overload).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        let mut writer = RunWriter::create(&target, false, loaded.into(), Vec::new()).unwrap();
        let mut simulation = writer.start().unwrap();
        let ended = tick(&mut simulation, &mut writer, 1000, &Interrupt::default(), None).unwrap().unwrap();
        assert_eq!(ended, Ended::Flooded);
        assert!((1001..1200).contains(&simulation.in_flight()));
        let summary = write_end(&mut simulation, &mut writer, ended).unwrap();
        assert!(summary.ticks < summary.ticks_planned);
        let manifest: Manifest = json::read(&target.join("manifest.json")).unwrap();
        assert_eq!(manifest.status, Status::Partial);
    }

    /// A longer run takes the place of a finished one only with what that one does not have.
    #[test]
    fn a_finished_run_is_there_until_there_is_more() {
        for (every, first) in [("null", 1), ("3000", 3001)] {
            let persistence = format!(
                r#"persistence={{"snapshot_every_ticks":100,
                    "checkpoint_every_seconds":null,"checkpoint_every_ticks":{every}}}"#
            );
            let short = ["ticks=4100", &persistence].map(|text| text.parse().unwrap());
            let loaded = crate::simulation::load(Path::new("scenarios/boyan-littman-6x6.json"), &short).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("run");
            let options = OutputOptions { json: false, quiet: true };
            let writer = RunWriter::create(&target, false, loaded.into(), Vec::new()).unwrap();
            let simulation = writer.start().unwrap();
            assert_eq!(run_to_end(simulation, writer, &Interrupt::default(), &options).unwrap(), ExitCode::SUCCESS);
            let files = || {
                let manifest = Manifest::read(&target).unwrap();
                let hash = |path: &String| blake3::hash(&std::fs::read(target.join(path)).unwrap());
                (manifest.outputs.keys().map(hash).collect::<Vec<_>>(), manifest)
            };
            let before = files();

            let longer = || store::resume(&target, Some(6000), &crate::simulation::kinds(), |_| ()).unwrap();
            let (mut writer, mut simulation) = longer();
            let interrupt = Interrupt::at_once();
            assert_eq!(tick(&mut simulation, &mut writer, 0, &interrupt, None).unwrap(), None);
            assert_eq!(simulation.ticks_done(), first);
            let second = store::resume(&target, Some(6000), &crate::simulation::kinds(), |_| ());
            assert!(matches!(second, Err(Error::Locked { .. })), "one process at a time");
            drop(writer);
            assert_eq!(files(), before);

            // Nor by its snapshots, or by too many accesses in flight; after that it is asked no more.
            let (mut writer, mut simulation) = longer();
            let interrupt = Interrupt::default();
            assert_eq!(tick(&mut simulation, &mut writer, 0, &interrupt, None).unwrap(), Some(Ended::Flooded));
            assert_eq!(simulation.ticks_done(), 4101);
            assert_eq!(files(), before);
            drop(writer);

            let (writer, simulation) = longer();
            assert_eq!(run_to_end(simulation, writer, &Interrupt::default(), &options).unwrap(), ExitCode::SUCCESS);
            let after = files().1;
            assert_eq!((after.ticks, after.status), (6000, Status::Complete));
        }
    }
}
