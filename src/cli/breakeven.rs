//! `wormsim breakeven`: up to which value of a field wormholes pay.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::compare::prices::{Beside, Price, break_even};
use super::experiment::{Base, Trials, threads};
use super::interrupt::{INTERRUPTED, Interrupt};
use super::options::Replacements;
use super::phrases::{shown, with_ends};
use super::sweep::{ALL_THE_SAME, is_trace_only};
use super::table::{Column, table};
use super::terminal::{note, print};
use crate::error::Error;
use crate::experiment::arm::{self, assignment};
use crate::experiment::break_even::{Found, Trial, crossing};
use crate::experiment::measure::{On, PerAccess};
use crate::experiment::plan::seed;
use crate::experiment::statistics::{Interval, student};
use crate::recorder::summary::Summary;
use crate::scenario::raw::Arm;
use crate::scenario::{Assignment, Kinds, Loaded};
use crate::store::json;

/// Steps away from the present value, each to half or twice as much, in which a change of sign is looked for.
const MOST_STEPS: u32 = 6;

/// Times that what lies between two values is halved.
const MOST_HALVINGS: u32 = 5;

/// Fields that decide nothing, or that replications set.
const NOT_VARIED: [&str; 6] = ["seed", "name", "version", "experiment", "record", "persistence"];

/// Options of `breakeven`.
#[derive(Debug, Args)]
pub struct BreakevenOptions {
    /// The scenario file.
    pub scenario: PathBuf,
    /// The field, a number: physics.wormhole.upkeep_per_tick, or any other.
    #[arg(long, value_name = "PATH")]
    pub over: String,
    /// Two arms, the baseline first [default: without wormholes, and the scenario as it is].
    #[arg(long, value_name = "NAME:PATH=VALUE,…")]
    pub arm: Vec<Arm>,
    /// Runs of each arm at each value, with other seeds.
    #[arg(long, value_name = "R", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub replications: u32,
    /// What of latency is compared.
    #[arg(long, value_enum, default_value_t = On::Mean)]
    pub on: On,
    /// Runs at a time [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Values that replace those of the file.
    #[command(flatten)]
    pub replace: Replacements,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print no progress.
    #[arg(long)]
    pub quiet: bool,
}

/// What is found.
#[derive(Debug, Serialize)]
struct Breakeven {
    /// The field.
    path: String,
    /// Where the net benefit is nothing, if it is so anywhere.
    value: Option<f64>,
    /// The ends of its interval.
    low: Option<f64>,
    high: Option<f64>,
    /// Why there is no value.
    reason: Option<String>,
    baseline: String,
    arm: String,
    on: On,
    replications: u32,
    /// Whether all replications have the same accesses, as traces have.
    same_in_all_replications: bool,
    /// What was tried, in the order of values.
    tried: Vec<Tried>,
}

/// The net benefit at a value.
#[derive(Debug, Clone, Serialize)]
struct Tried {
    value: f64,
    net_per_access: Option<Interval>,
}

pub(super) fn breakeven(options: &BreakevenOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let base = Base::read(&options.scenario, options.replace.assignments(), kinds)?;
    let [baseline, arm] = arms(options, &base)?;
    let loaded = base.load(&arm.assignments()?)?;
    let now = present(&options.over, &loaded)?;
    if [&baseline, &arm].iter().any(|arm| arm.set.contains_key(&options.over)) {
        let expected = "a field that no arm sets".to_owned();
        return Err(Error::Usage { option: "--over", value: options.over.clone(), expected });
    }
    let (threads, quiet) = (threads(options.threads), options.quiet);
    let trials = Trials { base: &base, threads, interrupt: &interrupt, quiet };
    let seeds = (0..options.replications).map(|replication| seed(loaded.scenario.seed, replication)).collect();
    let mut search = Search { options, arms: [baseline, arm], loaded, trials, seeds, whole: now.1, tried: Vec::new() };
    // Where the baseline has wormholes, a price is theirs, too.
    let alone = !base.load(&search.arms[0].assignments()?)?.scenario.wormholes.enabled;
    let price = Price::ALL.into_iter().find(|price| alone && price.path() == options.over);
    let found = match price {
        Some(price) => search.price(price)?,
        None => search.any(now.0)?,
    };
    let Some(found) = found else {
        note("interrupted; nothing is written");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let result = search.result(found);
    print(&if options.json { json::to_text(&result) } else { in_words(&result) })?;
    Ok(ExitCode::SUCCESS)
}

fn arms(options: &BreakevenOptions, base: &Base<'_>) -> Result<[Arm; 2], Error> {
    if options.arm.is_empty() {
        let loaded = base.load(&[])?;
        if loaded.scenario.wormholes.carrier.is_none() || !loaded.scenario.wormholes.enabled {
            let expected = "a scenario with wormholes, or two arms".to_owned();
            return Err(Error::Usage { option: "--arm", value: "none".to_owned(), expected });
        }
        let none: Arm = "none:wormholes.enabled=false".parse().expect("an arm");
        let own: Arm = "wormholes".parse().expect("an arm");
        return Ok([none, own]);
    }
    arm::check(&options.arm, "--arm")?;
    options.arm.clone().try_into().map_err(|arms: Vec<Arm>| Error::Usage {
        option: "--arm",
        value: format!("{} arms", arms.len()),
        expected: "two: the baseline, and the one that is to pay".to_owned(),
    })
}

/// The present value of a field, which must be a number, and whether it is one of whole numbers.
fn present(path: &str, loaded: &Loaded) -> Result<(f64, bool), Error> {
    let refuse =
        |value: String, expected: &str| Err(Error::Usage { option: "--over", value, expected: expected.to_owned() });
    if NOT_VARIED.contains(&path.split('.').next().unwrap_or_default()) {
        return refuse(path.to_owned(), "another field than seed, name, version, experiment, record and persistence");
    }
    let resolved = serde_json::to_value(&loaded.resolved).expect("a scenario is JSON");
    let step = |value: &serde_json::Value, step: &str| match value {
        serde_json::Value::Array(items) => items.get(step.parse::<usize>().ok()?).cloned(),
        _ => value.get(step).cloned(),
    };
    let found = path.split('.').try_fold(resolved, |value, name| step(&value, name));
    match found {
        Some(value) => match value.as_f64() {
            Some(number) => Ok((number, !value.is_f64())),
            None => refuse(format!("{path} = {value}"), "a field that is a number now"),
        },
        None => refuse(path.to_owned(), "a field of the resolved scenario, as physics.wormhole.upkeep_per_tick"),
    }
}

struct Search<'a> {
    options: &'a BreakevenOptions,
    arms: [Arm; 2],
    loaded: Loaded,
    trials: Trials<'a>,
    seeds: Vec<u64>,
    /// Whether the field takes whole numbers only.
    whole: bool,
    tried: Vec<Tried>,
}

impl Search<'_> {
    fn price(&mut self, price: Price) -> Result<Option<Found>, Error> {
        let [baseline, arm] = &self.arms;
        let Some(found) = self.trials.run(&[baseline, arm], &[], &self.seeds)? else { return Ok(None) };
        self.tried.push(Tried {
            value: price.of(&self.loaded.scenario),
            net_per_access: net(&found[1], &found[0], self.options.on),
        });
        let (scenario, seeds, on) = (&self.loaded.scenario, &self.seeds, self.options.on);
        let beside = Beside { arm, scenario, baseline: &found[0], seeds, on, more: &[] };
        let mut tried = Vec::new();
        let found = break_even(price, &beside, &found[1], &self.trials, |trial: &Trial| {
            tried.push(Tried { value: trial.value, net_per_access: Some(trial.net_interval()) });
        });
        self.tried.append(&mut tried);
        found
    }

    /// Goes away from the present value to both sides until the net benefit changes its sign and is clear of 0 on both,
    /// then halves what lies between.
    fn any(&mut self, now: f64) -> Result<Option<Found>, Error> {
        let first = match self.at(now)? {
            Step::Stopped => return Ok(None),
            Step::At(None) => {
                return Ok(Some(Err("the scenario has no net benefit as it is: a run has no result".to_owned())));
            }
            Step::At(Some(net)) => net,
        };
        let whole = self.whole;
        let near = |value: f64| if whole { value.round() } else { value };
        let mut tried = vec![(now, first)];
        let mut ended = [false; 2];
        for _ in 0..MOST_STEPS {
            for (side, factor) in [2.0, 0.5].into_iter().enumerate() {
                if sign_change(&tried).is_some_and(|place| crossing(&tried, place).is_ok()) {
                    break;
                }
                let (last, _) = if factor > 1.0 { tried[tried.len() - 1] } else { tried[0] };
                let next = if last == 0.0 && side == 0 { 1.0 } else { near(last * factor) };
                if next == last || ended[side] {
                    continue;
                }
                match self.at(next)? {
                    Step::Stopped => return Ok(None),
                    Step::At(Some(net)) => insert(&mut tried, (next, net)),
                    Step::At(None) => ended[side] = true,
                }
            }
        }
        let Some(mut place) = sign_change(&tried) else {
            let (low, high) = (tried[0].0, tried[tried.len() - 1].0);
            return Ok(Some(Err(format!(
                "the net benefit keeps its sign at all values that were tried, {low} to {high}"
            ))));
        };
        for _ in 0..MOST_HALVINGS {
            let [(from, before), (to, after)] = [tried[place], tried[place + 1]];
            let middle = near(f64::midpoint(from, to));
            let is_clear = |net: Interval| net.low > 0.0 || net.high < 0.0;
            if middle == from || middle == to || !is_clear(before) && !is_clear(after) {
                break;
            }
            match self.at(middle)? {
                Step::Stopped => return Ok(None),
                Step::At(None) => break,
                Step::At(Some(net)) => {
                    insert(&mut tried, (middle, net));
                    place += usize::from((net.mean > 0.0) == (before.mean > 0.0));
                }
            }
        }
        Ok(Some(crossing(&tried, place).map_err(str::to_owned)))
    }

    fn at(&mut self, value: f64) -> Result<Step, Error> {
        let path = &self.options.over;
        let number = if self.whole { (value as i64).into() } else { value.into() };
        let set = [assignment(path, &number, &format!("--over {path}={value}"), "--over")?];
        let [baseline, arm] = &self.arms;
        // Values beyond what the field allows end the search on their side.
        let fits = |arm: &Arm| -> Result<bool, Error> {
            match self.trials.base.load(&[&arm.assignments()?[..], &set].concat()) {
                Err(Error::Scenario(error)) if value != self.tried.first().map_or(value, |tried| tried.value) => {
                    tracing::debug!(%error, "no such value");
                    Ok(false)
                }
                found => found.map(|_| true),
            }
        };
        if !fits(baseline)? || !fits(arm)? {
            return Ok(Step::At(None));
        }
        let set: &[Assignment] = &set;
        let Some(found) = self.trials.run(&[baseline, arm], set, &self.seeds)? else { return Ok(Step::Stopped) };
        let net_per_access = net(&found[1], &found[0], self.options.on);
        self.tried.push(Tried { value, net_per_access });
        Ok(Step::At(net_per_access))
    }

    fn result(&self, found: Found) -> Breakeven {
        let mut tried = self.tried.clone();
        tried.sort_by(|a, b| a.value.total_cmp(&b.value));
        let [baseline, arm] = self.arms.each_ref().map(|arm| arm.name.clone());
        let interval = found.as_ref().ok().copied();
        Breakeven {
            path: self.options.over.clone(),
            value: interval.map(|interval| interval.mean),
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            reason: found.err(),
            baseline,
            arm,
            on: self.options.on,
            replications: self.options.replications,
            same_in_all_replications: is_trace_only(&self.loaded),
            tried,
        }
    }
}

enum Step {
    Stopped,
    /// The net benefit; none if the field does not allow the value, or a run has no result.
    At(Option<Interval>),
}

fn net(arm: &[Option<Summary>], baseline: &[Option<Summary>], on: On) -> Option<Interval> {
    let net = |(arm, baseline): (&Option<Summary>, &Option<Summary>)| {
        Some(PerAccess::of(baseline.as_ref()?, on)?.total() - PerAccess::of(arm.as_ref()?, on)?.total())
    };
    let nets: Option<Vec<f64>> = arm.iter().zip(baseline).map(net).collect();
    student::interval(&nets?)
}

/// The place before which the mean has another sign than after it.
fn sign_change(tried: &[(f64, Interval)]) -> Option<usize> {
    tried.windows(2).position(|pair| (pair[0].1.mean > 0.0) != (pair[1].1.mean > 0.0))
}

fn insert(tried: &mut Vec<(f64, Interval)>, new: (f64, Interval)) {
    tried.push(new);
    tried.sort_by(|a, b| a.0.total_cmp(&b.0));
}

fn in_words(found: &Breakeven) -> String {
    let Breakeven { path, baseline, arm, replications, .. } = found;
    let of = format!("{} against {}, {replications} replications", shown(arm), shown(baseline));
    let same = if found.same_in_all_replications { ALL_THE_SAME } else { "" };
    let said = match (found.value, found.low, found.high, &found.reason) {
        (Some(value), Some(low), Some(high), _) => {
            format!("the net benefit is nothing at {path} = {value:.4}, 95 % interval {low:.4} to {high:.4}")
        }
        (.., reason) => format!("no break-even value of {path}: {}", reason.as_deref().unwrap_or_default()),
    };
    let rows = found.tried.iter().map(|tried| vec![tried.value.to_string(), with_ends(tried.net_per_access, 1.0, "")]);
    let columns = [Column(path, true), Column("net per access", true)];
    format!("{of}\n{}\n{same}\n{}", shown(&said), table(&columns, &rows.collect::<Vec<_>>()))
}
