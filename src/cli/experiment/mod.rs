//! Runs the plan of a comparison or sweep on all cores, and records each run as it ends.

mod options;
mod progress;
mod trials;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) use options::threads;
pub use options::{CommonOptions, JudgingOptions, Warmup};
pub(super) use progress::RunsProgress;
pub(super) use trials::Trials;

use serde::Serialize;

use super::interrupt::Interrupt;
use super::report;
use super::run::{Ended, arguments, write_end};
use super::terminal::note;
use crate::error::Error;
use crate::experiment::arm::{assignment, plain};
use crate::experiment::batch;
use crate::experiment::direct_use::Follower;
use crate::experiment::outcome::{Outcome, OutcomeStatus};
use crate::experiment::plan::{ExperimentKind, Plan, Task};
use crate::experiment::simulate::{Simulated, simulate, simulate_with_direct_use};
use crate::experiment::table::{Origin, Table};
use crate::scenario::raw::Arm;
use crate::scenario::{Assignment, Kinds, Loaded, Place, Problem, ScenarioError, load_text, read_text};
use crate::simulation::MAX_IN_FLIGHT;
use crate::store::experiments::{ExperimentDirectory, RESULTS};
use crate::store::results::Results;
use crate::store::{REPORT, json};
use crate::topology::InputFile;

/// Most runs of an experiment.
const MAX_RUNS: u64 = 10_000_000;

/// The text of a scenario, read once so that later changes of its file do not matter, and the values that replace some
/// of its own.
pub(super) struct Base<'a> {
    file: &'a Path,
    text: String,
    assignments: Vec<Assignment>,
    kinds: Kinds,
}

impl<'a> Base<'a> {
    /// Reads the scenario `file`.
    pub(super) fn read(file: &'a Path, assignments: Vec<Assignment>, kinds: &Kinds) -> Result<Self, Error> {
        Ok(Self { file, text: read_text(file)?, assignments, kinds: kinds.clone() })
    }

    /// The scenario with more values replaced.
    pub(super) fn load(&self, more: &[Assignment]) -> Result<Loaded, Error> {
        Ok(load_text(&self.text, self.file, &[&self.assignments[..], more].concat(), &self.kinds)?)
    }
}

/// An experiment that is being run.
pub(super) struct Campaign<'a> {
    pub(super) base: Base<'a>,
    pub(super) plan: Plan,
    directory: ExperimentDirectory,
    results: Results<Outcome>,
    outcomes: Vec<Outcome>,
    pub(super) threads: usize,
    interrupt: &'a Interrupt,
    quiet: bool,
    with_report: bool,
}

impl<'a> Campaign<'a> {
    /// Opens the directory of an experiment, with what is known already.
    pub(super) fn open(
        base: Base<'a>,
        plan: Plan,
        directory: ExperimentDirectory,
        options: &CommonOptions,
        interrupt: &'a Interrupt,
    ) -> Result<Self, Error> {
        directory.begin(&json::to_text(&plan))?;
        let (results, outcomes) = directory.results(note)?;
        refuse_foreign(&plan, &outcomes, &directory.path(RESULTS))?;
        let quiet = options.output.quiet;
        let with_report = !options.no_report;
        Ok(Self { base, plan, directory, results, outcomes, threads: options.threads(), interrupt, quiet, with_report })
    }

    /// Runs what is missing of so many replications. False if the user asked to stop.
    pub(super) fn run(&mut self, replications: u32) -> Result<bool, Error> {
        let known: BTreeSet<(&str, String, u32)> = self
            .outcomes
            .iter()
            .map(|outcome| (outcome.arm.as_str(), json::to_line(&outcome.point), outcome.replication))
            .collect();
        let points: Vec<String> = self.plan.points.iter().map(json::to_line).collect();
        let is_missing = |task: &Task| {
            let arm = self.plan.arms[task.arm].name.as_str();
            !known.contains(&(arm, points[task.point].clone(), task.replication))
        };
        let missing: Vec<Task> = self.plan.tasks(replications).into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(true);
        }
        let mut progress = RunsProgress::new(missing.len(), self.quiet);
        // An error that is not of one run ends all of them.
        let failed = AtomicBool::new(false);
        let stop = || self.interrupt.asked() || failed.load(Ordering::Relaxed);
        let (base, plan, directory) = (&self.base, &self.plan, &self.directory);
        let (results, outcomes) = (&mut self.results, &mut self.outcomes);
        let done = batch::run(
            &missing,
            self.threads,
            |task| if stop() { None } else { outcome(base, plan, directory, task, &stop).transpose() },
            |outcome: Result<Outcome, Error>| {
                let recorded = outcome.and_then(|outcome| {
                    directory.check_place()?;
                    results.append(&outcome)?;
                    progress.done(&outcome);
                    outcomes.push(outcome);
                    Ok(())
                });
                failed.fetch_or(recorded.is_err(), Ordering::Relaxed);
                recorded
            },
        );
        progress.finish();
        done.map(|()| !self.interrupt.asked())
    }

    /// The runs of so many replications that are known, in their order.
    pub(super) fn outcomes(&self, replications: u32) -> Vec<Outcome> {
        let within = self.outcomes.iter().filter(|outcome| outcome.replication < replications);
        let mut outcomes: Vec<Outcome> = within.cloned().collect();
        outcomes.sort_by(Outcome::order);
        outcomes
    }

    /// Path of something in the directory.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path(name)
    }

    /// Writes the result, and the tables of all runs.
    ///
    /// # Errors
    /// [`Error::Io`], and those of making a report.
    pub(super) fn write(&self, name: &str, result: &impl Serialize, outcomes: &[Outcome]) -> Result<(), Error> {
        let scenario = &self.plan.scenario;
        let origin = Origin {
            program_version: crate::VERSION.to_owned(),
            scenario: scenario.name.clone(),
            scenario_blake3: blake3::hash(json::to_text(scenario).as_bytes()).to_hex().to_string(),
        };
        let table = Table::new(&origin, outcomes);
        self.directory.put("results.csv", &table.to_csv())?;
        self.directory.put("results.parquet", &table.to_parquet())?;
        self.directory.put(name, json::to_text(&json::seal(result)).as_bytes())?;
        if self.with_report {
            self.directory.check_place()?;
            report::make(&[self.directory.path("")], &self.directory.path(REPORT))?;
        }
        Ok(())
    }

    /// What to look at.
    pub(super) fn result(&self) -> PathBuf {
        let page = || self.directory.path(REPORT).join(report::PAGE);
        if self.with_report { page() } else { self.directory.path("") }
    }
}

/// What one run gives; none if it was stopped.
///
/// # Errors
/// What says nothing about the run itself: the disk, the memory.
fn outcome(
    base: &Base<'_>,
    plan: &Plan,
    directory: &ExperimentDirectory,
    task: &Task,
    stop: &(impl Fn() -> bool + Sync),
) -> Result<Option<Outcome>, Error> {
    let (arm, point) = (&plan.arms[task.arm], &plan.points[task.point]);
    let seed = plan.seed(task.replication);
    let simulated = loaded(base, plan, task).and_then(|loaded| {
        refuse_changed(plan, &loaded)?;
        // One run of each arm can be looked into.
        if plan.kind == ExperimentKind::Comparison && task.replication == 0 {
            record(loaded, directory, &arm.name, stop)
        } else if plan.kind == ExperimentKind::Comparison {
            simulate_with_direct_use(loaded.scenario, stop)
        } else {
            simulate(loaded.scenario, stop)
        }
    });
    Outcome::of_run((&arm.name, point), task.replication, seed, simulated)
}

/// Refuses files that are others than when the experiment began.
fn refuse_changed(plan: &Plan, loaded: &Loaded) -> Result<(), Error> {
    let is_known = |input: &&InputFile| plan.inputs_blake3.iter().any(|hash| *hash == *input.blake3.to_hex());
    match loaded.inputs.iter().skip(1).find(|input| !is_known(input)) {
        Some(input) => Err(Error::ChangedInput { path: input.path.clone() }),
        None => Ok(()),
    }
}

/// The scenario of a run.
fn loaded(base: &Base<'_>, plan: &Plan, task: &Task) -> Result<Loaded, Error> {
    let mut more = plan.arms[task.arm].assignments()?;
    for (path, value) in &plan.points[task.point] {
        let written = format!("--vary {path}={}", plain(value));
        more.push(assignment(path, value, &written, "--vary")?);
    }
    if let Some(ticks) = plan.warmup_ticks {
        more.push(Assignment::option("warmup_ticks", ticks));
    }
    more.push(Assignment::option("seed", plan.seed(task.replication)));
    base.load(&more)
}

/// Refuses a plan of too many runs, with a path that is no field, or whose first run cannot be loaded although nothing
/// of it is varied. Records in the plan which files its runs read.
pub(super) fn check(base: &Base<'_>, plan: &mut Plan, replications: u32) -> Result<(), Error> {
    let runs = u64::from(replications) * plan.arms.len() as u64 * plan.points.len() as u64;
    if runs > MAX_RUNS {
        let expected = format!("at most {MAX_RUNS} runs in all");
        return Err(Error::Usage { option: "--replications", value: format!("{runs} runs"), expected });
    }
    // Where no name is varied all points read the same files.
    let varied = plan.factors.iter().flat_map(|factor| &factor.values).any(|value| !value.is_number());
    let mut inputs = BTreeSet::new();
    for arm in 0..plan.arms.len() {
        let mut any = false;
        for point in 0..plan.points.len() {
            match loaded(base, plan, &Task { arm, point, replication: 0 }) {
                Ok(loaded) => {
                    any = true;
                    // The scenario itself is in the plan.
                    inputs.extend(loaded.inputs.iter().skip(1).map(|input| input.blake3.to_hex().to_string()));
                }
                Err(Error::Scenario(error)) if is_of_value(&error) && (any || point + 1 < plan.points.len()) => {
                    continue;
                }
                Err(error) => return Err(error),
            }
            if !varied {
                break;
            }
        }
    }
    plan.inputs_blake3 = inputs.into_iter().collect();
    Ok(())
}

/// Of every arm, whether its wormholes are under the rules of the baseline.
pub(super) fn same_rules(base: &Base<'_>, plan: &Plan) -> Result<Vec<bool>, Error> {
    let rules = |arm: &Arm| -> Result<_, Error> {
        let resolved = base.load(&arm.assignments()?)?.resolved;
        Ok((resolved.wormholes, resolved.physics))
    };
    let all: Vec<_> = plan.arms.iter().map(rules).collect::<Result<_, _>>()?;
    let baseline = plan.arms.iter().position(|arm| Some(&arm.name) == plan.baseline.as_ref()).unwrap_or(0);
    Ok(all.iter().map(|rules| *rules == all[baseline]).collect())
}

/// Whether a scenario is refused for a value that is varied, and another value may do. A file that is missing is not of
/// that kind: it may be there the next time.
fn is_of_value(error: &ScenarioError) -> bool {
    let is_path = matches!(*error.problem, Problem::UnknownField { .. } | Problem::NoSuchPlace { .. });
    let is_other = is_path || error.is_of_a_missing_file();
    !is_other && matches!(&error.place, Place::Option(option) if option.starts_with("--vary"))
}

/// Refuses lines that no run of the plan wrote, and runs that stand there twice.
fn refuse_foreign(plan: &Plan, outcomes: &[Outcome], path: &Path) -> Result<(), Error> {
    let arms: BTreeSet<&str> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
    let points: BTreeSet<String> = plan.points.iter().map(json::to_line).collect();
    let mut known = BTreeSet::new();
    for (number, outcome) in outcomes.iter().enumerate() {
        let point = json::to_line(&outcome.point);
        let problem = if !arms.contains(outcome.arm.as_str()) || !points.contains(&point) {
            "is of no arm and point of experiment.json"
        } else if outcome.seed != plan.seed(outcome.replication) {
            "has another seed than its replication"
        } else if (outcome.status != OutcomeStatus::Failed) != outcome.summary.is_some()
            || outcome.summary.as_ref().is_some_and(|summary| summary.seed != outcome.seed)
        {
            "has no numbers of its own"
        } else if !known.insert((&outcome.arm, point, outcome.replication)) {
            "is of a run that stands there already"
        } else {
            continue;
        };
        return Err(Error::ForeignResult { path: path.to_owned(), line: number + 1, problem });
    }
    Ok(())
}

/// Runs a scenario and writes the run directory of its arm.
fn record(
    loaded: Loaded,
    directory: &ExperimentDirectory,
    arm: &str,
    stop: &impl Fn() -> bool,
) -> Result<Option<Simulated>, Error> {
    let mut writer = directory.arm(arm, loaded.into(), arguments())?;
    let mut simulation = writer.start()?;
    simulation.listen();
    let mut follower = Follower::default();
    let ticks = writer.scenario().ticks;
    let ended = loop {
        if stop() {
            return Ok(None);
        }
        follower.see(&writer.tick(&mut simulation)?);
        if simulation.ticks_done() == ticks {
            break Ended::Complete;
        }
        if simulation.in_flight() > MAX_IN_FLIGHT {
            break Ended::Flooded;
        }
    };
    let summary = write_end(&mut simulation, &mut writer, ended)?;
    Simulated::of(&simulation, summary).with_direct_use(simulation.scenario(), &follower).map(Some)
}
