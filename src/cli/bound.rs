//! `wormsim bound`: the best that anybody could do with a scenario's accesses, in the direct-use model.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tracing::info_span;

use super::options::Replacements;
use super::phrases::{counted, shown};
use super::table::{Column, labelled, table};
use super::terminal::print;
use crate::direct_use::{Event, Schedule};
use crate::error::Error;
use crate::experiment::bound::Bound;
use crate::opening::replay::Step;
use crate::scenario::lineage::Lineage;
use crate::scenario::{Kinds, Scenario, Tick, load};
use crate::store::verify::Stored;
use crate::store::{experiments, json};
use crate::topology::NodeId;

/// Options of `bound`.
#[derive(Debug, Args)]
pub struct BoundOptions {
    /// A scenario file, or the run directory of a run that is over, whose scenario counts.
    #[arg(value_name = "SCENARIO|RUN")]
    pub scenario: PathBuf,
    /// Values that replace those of the file.
    #[command(flatten)]
    pub replace: Replacements,
    /// Write the feasible schedule to a file, which the policy replay reads.
    #[arg(long, value_name = "FILE")]
    pub schedule: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Column of the values.
const INDENT: u16 = 10;

/// What the model is.
const MODEL: &str =
    "direct use: an access saves ticks over its own pair\u{2019}s wormhole, if that is open, and over no other";

/// Why these numbers are not those of runs.
const APART: &str = "\
    In the simulation an access may use several wormholes, and those of other pairs:\n\
    this ledger and the simulated net are two things.";

pub(super) fn bound(options: &BoundOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    if let Some(file) = options.schedule.as_ref().filter(|file| file.exists()) {
        let expected = "a file that is not there yet".to_owned();
        return Err(Error::Usage { option: "--schedule", value: file.display().to_string(), expected });
    }
    let lineage = info_span!("load").in_scope(|| read(&options.scenario, &options.replace, kinds))?;
    let (bound, schedule) = info_span!("bound").in_scope(|| Bound::of(&lineage))?;
    if let Some(file) = &options.schedule {
        experiments::put(file, json::to_text(&steps(&schedule, &lineage.own.scenario)).as_bytes())?;
    }
    let text = if options.json { json::to_text(&bound) } else { in_words(&lineage, &bound) };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path, replace: &Replacements, kinds: &Kinds) -> Result<Lineage, Error> {
    let assignments = replace.assignments();
    if path.is_dir() {
        let stored = Stored::read(path)?;
        if !stored.manifest.status.is_finished() {
            let expected = "a run of which all ticks are simulated; go on with wormsim resume first".to_owned();
            return Err(Error::Usage { option: "SCENARIO|RUN", value: path.display().to_string(), expected });
        }
        return stored.lineage_with(path, &assignments, kinds);
    }
    Ok(load(path, &assignments, kinds)?.into())
}

/// A schedule as the policy replay reads it; what closes after the last tick needs no step.
fn steps(schedule: &Schedule, scenario: &Scenario) -> Vec<Step> {
    let events = schedule.events.iter().filter(|event| event.tick < scenario.ticks.into());
    let step =
        |event: &Event| Step::new(event.tick as Tick, event.pair.ends().map(NodeId), event.action, &scenario.topology);
    events.map(step).collect()
}

fn in_words(lineage: &Lineage, bound: &Bound) -> String {
    let scenario = &lineage.own.scenario;
    let nodes = counted(scenario.topology.node_count(), "node", "nodes");
    let model = bound.model;
    let head = labelled(
        INDENT,
        [
            (
                "scenario",
                format!("{}: {nodes}, {} ticks, seed {}", shown(&scenario.name), scenario.ticks, scenario.seed),
            ),
            ("model", MODEL.to_owned()),
            (
                "prices",
                format!(
                    "opening {} ticks, upkeep {} a tick, {} at a node",
                    ticks(model.opening),
                    model.upkeep,
                    counted(model.ports as usize, "port", "ports")
                ),
            ),
            (
                "accesses",
                format!(
                    "{}, of which those of {} can save ticks",
                    bound.accesses,
                    counted(bound.pairs, "pair", "pairs")
                ),
            ),
        ],
    );
    let columns = [Column("", false), Column("cost, ticks", true), Column("openings", true), Column("", false)];
    format!("{head}\n{}\n{}\n{APART}\n", table(&columns, &rows(bound)), verdict(bound))
}

fn rows(bound: &Bound) -> Vec<Vec<String>> {
    let row = |name: &str, cost: f64, openings: Option<u64>, note: String| {
        vec![name.to_owned(), ticks(cost), openings.map_or(String::new(), |openings| openings.to_string()), note]
    };
    let openings = |name: &str| bound.policies.iter().find(|policy| policy.name == name).map(|policy| policy.openings);
    let is_exact = if bound.best_static_is_exact { "exact" } else { "the best found" };
    let mut rows = vec![
        row("nothing", bound.nothing, openings("nothing"), String::new()),
        row("best static", bound.best_static, openings("best static"), is_exact.to_owned()),
        row("lower bound", bound.lower, None, "proved: no policy costs less".to_owned()),
        row("feasible schedule", bound.upper, Some(bound.upper_openings), gap(bound)),
    ];
    rows.extend(bound.optimum.map(|optimum| row("optimum", optimum, Some(bound.upper_openings), String::new())));
    rows
}

/// How far the schedule is from the bound.
fn gap(bound: &Bound) -> String {
    let gap = bound.upper - bound.lower;
    match bound.lower > 0.0 || gap == 0.0 {
        true => format!("gap {:.2} %", if gap == 0.0 { 0.0 } else { 100.0 * gap / bound.lower }),
        false => format!("gap {} ticks", ticks(gap)),
    }
}

fn verdict(bound: &Bound) -> String {
    if bound.no_policy_pays {
        return "proved: no policy can pay in the direct-use model".to_owned();
    }
    let saved = |cost: f64| {
        let saved = bound.nothing - cost;
        format!("{} ticks ({:.2} %)", ticks(saved), 100.0 * saved / bound.nothing)
    };
    match bound.optimum {
        Some(optimum) => format!("The best that any policy can save is {}.", saved(optimum)),
        None => {
            let (least, most) = (saved(bound.upper), saved(bound.lower));
            format!("No policy can save more than {most}; knowing all accesses, a schedule saves {least}.")
        }
    }
}

/// A number of ticks with two decimals at the most.
fn ticks(value: f64) -> String {
    ((value * 100.0).round() / 100.0).to_string()
}
