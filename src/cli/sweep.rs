//! `wormsim sweep`: runs a scenario at many points of a space of factors.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use serde_json::Value;

use super::compare::SOME_FAILED;
use super::experiment::{Base, Campaign, CommonOptions, JudgingOptions, check, same_rules};
use super::interrupt::{INTERRUPTED, Interrupt};
use super::phrases::{shown, with_ends};
use super::table::{Column, table};
use super::terminal::{note, print};
use crate::error::Error;
use crate::experiment::arm::{self, plain};
use crate::experiment::comparison::{Judged, Judging, arm_result};
use crate::experiment::latin::{self, Range};
use crate::experiment::list::split;
use crate::experiment::measure::On;
use crate::experiment::outcome::{Outcome, Point};
use crate::experiment::plan::{ExperimentKind, Plan, grid, latin_hypercube};
use crate::experiment::sweep::{Cell, Design, Sweep, ZeroNet, zero_net};
use crate::experiment::verdict::Verdict;
use crate::scenario::raw::{Arm, Factor, RawExperiment, RawScenario};
use crate::scenario::{Demand, Kinds, Loaded};
use crate::store::experiments::ExperimentDirectory;
use crate::store::json::{self, VERSION};
use crate::store::manifest::PROGRAM;

/// Replications if nothing else is said.
const REPLICATIONS: u32 = 3;

/// Most points of a sweep.
const MAX_POINTS: u64 = 1_000_000;

/// Rows that are printed.
const MAX_ROWS: usize = 60;

/// Fields that are not varied: replications have seeds of their own, and the name is that of the experiment.
const NOT_VARIED: [&str; 4] = ["seed", "name", "version", "experiment"];

/// Options of `sweep`.
#[derive(Debug, Args)]
pub struct SweepOptions {
    /// The scenario file.
    pub scenario: PathBuf,
    /// A field and its values, a,b,c; or with --sample also a range, low..high (repeatable) [default: those of the
    /// scenario].
    #[arg(long, value_name = "PATH=VALUES")]
    pub vary: Vec<Variation>,
    /// Take N points by a Latin hypercube instead of all combinations.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub sample: Option<u32>,
    /// How arms are judged, where there are several.
    #[command(flatten)]
    pub judging: JudgingOptions,
    /// What experiments share.
    #[command(flatten)]
    pub common: CommonOptions,
}

/// A field that is varied, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    path: String,
    values: String,
}

impl FromStr for Variation {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, values) = text.split_once('=').ok_or("expected path.to.field=a,b,c")?;
        if path.is_empty() || values.is_empty() {
            return Err("expected path.to.field=a,b,c");
        }
        Ok(Self { path: path.to_owned(), values: values.to_owned() })
    }
}

impl Variation {
    /// The values of a list.
    fn listed(&self) -> Vec<Value> {
        let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        split(&self.values).into_iter().map(value).collect()
    }

    /// The ends of a range `low..high`, if it is one.
    fn range(&self) -> Option<(Value, Value)> {
        let (low, high) = self.values.split_once("..")?;
        let number = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_number);
        Some((number(low)?, number(high)?))
    }

    fn refuse<T>(&self, expected: &str) -> Result<T, Error> {
        let value = format!("{}={}", self.path, self.values);
        Err(Error::Usage { option: "--vary", value, expected: expected.to_owned() })
    }

    fn in_grid(&self) -> Result<Factor, Error> {
        if self.range().is_some() {
            return self.refuse("values a,b,c; a range low..high goes with --sample");
        }
        Ok(Factor { path: self.path.clone(), values: self.listed() })
    }

    fn in_sample(&self) -> Result<latin::Factor, Error> {
        let range = match self.range() {
            Some((low, high)) => match (low.as_i64(), high.as_i64(), low.as_f64(), high.as_f64()) {
                (Some(low), Some(high), ..) if low < high && high.abs_diff(low) >= MAX_POINTS => {
                    return self.refuse("at most 1000000 whole numbers; 1.0..2e9 takes any numbers");
                }
                (Some(low), Some(high), ..) if low < high => Range::Listed((low..=high).map(Value::from).collect()),
                (_, _, Some(low), Some(high)) if low < high && (high - low).is_finite() => {
                    Range::Continuous { low, high }
                }
                _ => return self.refuse("a range low..high with low < high, of a width that is a number"),
            },
            None => Range::Listed(self.listed()),
        };
        Ok(latin::Factor { path: self.path.clone(), range })
    }
}

pub(super) fn sweep(options: &SweepOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let base = Base::read(&options.scenario, options.common.replace.assignments(), kinds)?;
    let loaded = base.load(&[])?;
    let mut plan = plan(options, &loaded)?;
    let declared = loaded.resolved.experiment.as_ref().and_then(|experiment| experiment.replications);
    let replications = options.common.replications.or(declared).unwrap_or(REPLICATIONS);
    check(&base, &mut plan, replications)?;
    let name = format!("{}-sweep", loaded.scenario.name);
    let target = options.common.out.clone().unwrap_or_else(|| Path::new("output").join(name));
    let directory = ExperimentDirectory::hold(&target, options.common.force)?;
    let same_rules = same_rules(&base, &plan)?;
    let mut campaign = Campaign::open(base, plan, directory, &options.common, &interrupt)?;
    if !campaign.run(replications)? {
        note(&format!("interrupted; what was run is in {0}; the same command goes on there", target.display()));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let outcomes = campaign.outcomes(replications);
    let judging = options.judging.judging(campaign.plan.scenario.seed);
    let sweep = find(&campaign.plan, (&loaded, &same_rules), &outcomes, replications, &judging);
    campaign.write("sweep.json", &sweep, &outcomes)?;
    if options.common.output.json {
        print(&json::to_text(&sweep))?;
    } else if !options.common.output.quiet {
        print(&text(&sweep, &campaign.result()))?;
    }
    let failed: u32 = sweep.cells.iter().map(|cell| cell.runs.failed).sum();
    if failed > 0 {
        let reason = sweep.cells.iter().find(|cell| cell.runs.failed > 0).and_then(|cell| cell.reason.clone());
        note(&format!("{failed} runs failed; the first: {}", reason.unwrap_or_default()));
        return Ok(ExitCode::from(SOME_FAILED));
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(options: &SweepOptions, loaded: &Loaded) -> Result<Plan, Error> {
    let declared = loaded.resolved.experiment.clone().unwrap_or_default();
    let (arms, option) = if options.common.arm.is_empty() {
        (declared.arms, "experiment.arms")
    } else {
        (options.common.arm.clone(), "--arm")
    };
    let arms = if arms.is_empty() { vec![as_it_is()] } else { arms };
    arm::check(&arms, option)?;
    let declared_here = loaded.resolved.experiment.as_ref().filter(|_| options.common.arm.is_empty());
    let baseline = baseline(&options.judging, &arms, declared_here)?;
    let (design, (points, factors)) = match options.sample {
        Some(points) => {
            let factors: Vec<_> = options.vary.iter().map(Variation::in_sample).collect::<Result<_, _>>()?;
            (Design::LatinHypercube, latin_hypercube(points, &factors, loaded.scenario.seed))
        }
        None => {
            let given: Vec<Factor> = options.vary.iter().map(Variation::in_grid).collect::<Result<_, _>>()?;
            let factors = if given.is_empty() { declared.vary } else { given };
            let count = factors.iter().fold(1, |count: u64, factor| count.saturating_mul(factor.values.len() as u64));
            if count > MAX_POINTS {
                let expected = format!("at most {MAX_POINTS} combinations; --sample takes some of them");
                return Err(Error::Usage { option: "--vary", value: format!("{count} combinations"), expected });
            }
            (Design::Grid, (grid(&factors), factors))
        }
    };
    refuse_paths(&factors, &arms)?;
    Ok(Plan {
        version: VERSION,
        program: PROGRAM.to_owned(),
        program_version: crate::VERSION.to_owned(),
        kind: ExperimentKind::Sweep,
        // What it says of experiments is in the plan.
        scenario: RawScenario { experiment: None, ..loaded.resolved.clone() },
        inputs_blake3: Vec::new(),
        arms,
        baseline,
        warmup_ticks: None,
        factors,
        design,
        points,
        reference: declared.reference,
    })
}

/// The arm that the others are compared with, if there are others.
fn baseline(judging: &JudgingOptions, arms: &[Arm], declared: Option<&RawExperiment>) -> Result<Option<String>, Error> {
    let asked = [("--on", judging.on != On::Mean), ("--relevant", judging.relevant > 0.0)];
    if let (1, Some((option, _))) = (arms.len(), asked.iter().find(|(_, asked)| *asked)) {
        let expected = "a baseline to compare with: two arms or more (--arm, or experiment.arms)".to_owned();
        return Err(Error::Usage { option, value: "a sweep of one arm".to_owned(), expected });
    }
    let place = judging.place(arms, declared)?;
    Ok((arms.len() > 1).then(|| arms[place].name.clone()))
}

fn as_it_is() -> Arm {
    Arm { name: "scenario".to_owned(), set: Default::default() }
}

fn refuse_paths(factors: &[Factor], arms: &[Arm]) -> Result<(), Error> {
    let refuse = |value: &str, expected: &str| {
        Err(Error::Usage { option: "--vary", value: value.to_owned(), expected: expected.to_owned() })
    };
    if factors.is_empty() {
        return refuse("nothing", "at least one path.to.field=a,b,c, here or in experiment.vary of the scenario");
    }
    let mut paths = BTreeSet::new();
    for Factor { path, values } in factors {
        if NOT_VARIED.contains(&path.split('.').next().unwrap_or_default()) {
            return refuse(path, "another field than seed (replications have their own), name, version and experiment");
        }
        if !paths.insert(path) {
            return refuse(path, "each field once");
        }
        if arms.iter().any(|arm| arm.set.contains_key(path)) {
            return refuse(path, "a field that no arm sets");
        }
        let mut known = BTreeSet::new();
        // 3 and 3.0 are one number.
        let key = |value: &Value| value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string());
        if let Some(value) = values.iter().find(|value| !known.insert(key(value))) {
            return refuse(&format!("{path}={}", plain(value)), "each value once");
        }
    }
    Ok(())
}

fn find(
    plan: &Plan,
    (loaded, same_rules): (&Loaded, &[bool]),
    outcomes: &[Outcome],
    replications: u32,
    judging: &Judging,
) -> Sweep {
    let seed = plan.scenario.seed;
    let key = |arm: &str, point: &Point| (arm.to_owned(), json::to_line(point));
    let mut by_cell = std::collections::BTreeMap::<_, Vec<&Outcome>>::new();
    for outcome in outcomes {
        by_cell.entry(key(&outcome.arm, &outcome.point)).or_default().push(outcome);
    }
    let runs_of = |arm: &str, point: &Point| by_cell.get(&key(arm, point)).map_or(&[][..], Vec::as_slice);
    let arms = || plan.arms.iter().zip(same_rules);
    let cells = plan.points.iter().flat_map(|point| arms().map(move |arm| (arm, point)));
    let cells = cells.map(|((arm, &same_rules), point)| {
        let runs = runs_of(&arm.name, point);
        let baseline = plan.baseline.as_ref().filter(|baseline| **baseline != arm.name);
        let judged = Judged { name: &arm.name, set: &arm.set, runs, same_rules };
        let beside = baseline.map(|baseline| arm_result(&judged, Some(runs_of(baseline, point)), judging).into());
        Cell { beside, ..Cell::of(&arm.name, point, runs, seed) }
    });
    let cells: Vec<Cell> = cells.collect();
    let zero_net = if plan.design == Design::Grid { zero_net(&plan.factors, &cells) } else { Vec::new() };
    Sweep {
        version: VERSION,
        program_version: crate::VERSION.to_owned(),
        scenario: loaded.scenario.name.clone(),
        intent: loaded.scenario.intent.clone(),
        tick_ms: plan.factors.iter().all(|factor| factor.path != "tick_ms").then_some(loaded.scenario.tick_ms),
        replications,
        seeds: (0..replications).map(|replication| plan.seed(replication)).collect(),
        arms: plan.arms.clone(),
        factors: plan.factors.clone(),
        design: plan.design,
        baseline: plan.baseline.clone(),
        on: judging.on,
        relevant: judging.relevant,
        same_in_all_replications: is_trace_only(loaded),
        cells,
        zero_net,
        reference: plan.reference.clone(),
    }
}

fn text(sweep: &Sweep, result: &Path) -> String {
    let mut text = format!(
        "{}: {} points, {} arms, {} replications\n\n",
        shown(&sweep.scenario),
        sweep.cells.len() / sweep.arms.len().max(1),
        sweep.arms.len(),
        sweep.replications
    );
    let factors: Vec<&str> = sweep.factors.iter().map(|factor| factor.path.as_str()).collect();
    let mut columns: Vec<Column<'_>> = factors.iter().map(|&path| Column(path, true)).collect();
    columns.push(Column("arm", false));
    if sweep.baseline.is_some() {
        columns.push(Column("verdict", false));
        columns.extend(["gain", "net per access"].map(|name| Column(name, true)));
    }
    columns.extend(["latency", "p95", "hops", "throughput", "dropped"].map(|name| Column(name, true)));
    columns.push(Column("runs", false));
    let rows: Vec<Vec<String>> =
        sweep.cells.iter().take(MAX_ROWS).map(|cell| row(cell, &factors, sweep.baseline.is_some())).collect();
    text += &table(&columns, &rows);
    if let Some(more) = sweep.cells.len().checked_sub(MAX_ROWS).filter(|&more| more > 0) {
        text += &format!("and {more} more rows in sweep.json\n");
    }
    if sweep.same_in_all_replications {
        text += ALL_THE_SAME;
    }
    if let Some(baseline) = sweep.baseline.as_ref().filter(|_| sweep.design == Design::Grid) {
        text += &format!("\nnet benefit against {} is nothing\n", shown(baseline));
        if sweep.zero_net.is_empty() {
            text += "  nowhere between neighbours of a grid\n";
        }
        for zero in sweep.zero_net.iter().take(MAX_ROWS) {
            let others = zero.point.iter().map(|(path, value)| format!(", {path}={}", plain(value)));
            let ZeroNet { arm, path, value, between: [from, to], .. } = zero;
            let others = others.collect::<String>();
            text += &shown(&format!("  {arm}: {path} = {value:.4} (between {from} and {to}){others}"));
            text.push('\n');
        }
    }
    text + &format!("\nresult: {}\n", shown(&result.display().to_string()))
}

/// What intervals of traces say.
pub(super) const ALL_THE_SAME: &str = "\nAll replications have the same accesses, as traces have: intervals tell the \
                                       chance of arms alone, and nothing about other accesses.\n";

/// Whether all replications have the same accesses.
pub(super) fn is_trace_only(loaded: &Loaded) -> bool {
    loaded.scenario.workloads.iter().all(|workload| matches!(workload.demand, Demand::Trace { .. }))
}

fn row(cell: &Cell, factors: &[&str], judged: bool) -> Vec<String> {
    let mut row: Vec<String> = factors.iter().map(|&path| cell.point.get(path).map_or(String::new(), plain)).collect();
    row.push(shown(&cell.arm));
    if judged {
        let beside = cell.beside.as_ref();
        row.push(beside.map_or(Verdict::Baseline, |beside| beside.verdict).words().to_owned());
        row.push(with_ends(beside.and_then(|beside| beside.gain), 100.0, " %"));
        row.push(with_ends(beside.and_then(|beside| beside.net_per_access), 1.0, ""));
    }
    let mean = |name: &str| cell.means.get(name).copied().flatten();
    for name in ["latency_mean", "latency_p95", "hops", "throughput"] {
        row.push(mean(name).map_or("-".to_owned(), |mean| format!("{mean:.2}")));
    }
    row.push(mean("dropped_share").map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0)));
    let runs = cell.runs;
    let parts = [(runs.complete, "complete"), (runs.unstable, "unstable"), (runs.failed, "failed")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!("{count} {how}"));
    row.push(parts.collect::<Vec<_>>().join(", "));
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_lists_or_ranges() {
        let variation = |text: &str| text.parse::<Variation>().unwrap();
        assert_eq!(variation("a.b=1,x,[1,2]").in_grid().unwrap().values, [json!(1), json!("x"), json!([1, 2])]);
        assert!(variation("a=1..3").in_grid().unwrap_err().to_string().contains("goes with --sample"));
        assert_eq!(variation("a=1..3").in_sample().unwrap().range, Range::Listed(vec![json!(1), json!(2), json!(3)]));
        let continuous = Range::Continuous { low: 0.5, high: 2.0 };
        assert_eq!(variation("a=0.5..2").in_sample().unwrap().range, continuous);
        assert!(variation("a=-1e308..1e308").in_sample().is_err());
        assert!(variation("a=3..1").in_sample().unwrap_err().to_string().contains("low < high"));
        assert_eq!("a".parse::<Variation>(), Err("expected path.to.field=a,b,c"));
    }
}
