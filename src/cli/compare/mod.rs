//! `wormsim compare`: runs a scenario under several policies with the same accesses, and says whether each pays.

mod bound;
pub(super) mod prices;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::experiment::{Base, Campaign, CommonOptions, JudgingOptions, Trials, Warmup, check, same_rules};
use super::interrupt::{INTERRUPTED, Interrupt};
use super::phases;
use super::phrases::{shown, with_ends};
use super::table::{Column, table};
use super::terminal::{note, print};
use crate::error::Error;
use crate::experiment::break_even::BreakEven;
use crate::experiment::comparison::{
    ArmResult, Comparison, Judged, Judging, WarmupBy, arm_result, carriers, same_accesses, same_in_all_replications,
};
use crate::experiment::outcome::{Outcome, Point};
use crate::experiment::plan::{ExperimentKind, Plan};
use crate::experiment::statistics::{CONFIDENCE, Interval};
use crate::experiment::sweep::Design;
use crate::experiment::{arm, batch, headline, simulate};
use crate::opening::policy;
use crate::scenario::raw::{Arm, RawScenario};
use crate::scenario::{Assignment, Kinds, Loaded, Tick};
use crate::store::experiments::ExperimentDirectory;
use crate::store::json::{self, VERSION};
use crate::store::manifest::PROGRAM;

/// Exit code if some runs failed.
pub(super) const SOME_FAILED: u8 = 3;

/// Replications if nothing else is said.
const REPLICATIONS: u32 = 10;

/// Options of `compare`.
#[derive(Debug, Args)]
pub struct CompareOptions {
    /// The scenario file.
    pub scenario: PathBuf,
    /// Go on until the interval of every gain is at most so much to either side, or there are --max-replications.
    #[arg(long, value_name = "SHARE", value_parser = half_width)]
    pub half_width: Option<f64>,
    /// Most replications with --half-width.
    #[arg(long, value_name = "R", default_value_t = 100, requires = "half_width")]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub max_replications: u32,
    /// Ticks at the start that are not measured, or mser5 to find them by pilot runs [default: those of the scenario,
    /// or mser5].
    #[arg(long, value_name = "N|mser5")]
    pub warmup: Option<Warmup>,
    /// How arms are judged.
    #[command(flatten)]
    pub judging: JudgingOptions,
    /// Leave out the bound of the direct-use model, and regrets.
    #[arg(long)]
    pub no_bound: bool,
    /// Leave out break-even prices, which take more runs at other prices.
    #[arg(long)]
    pub no_break_even: bool,
    /// What experiments share.
    #[command(flatten)]
    pub common: CommonOptions,
}

/// Reads a share greater than 0.
fn half_width(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|share: &f64| *share > 0.0 && share.is_finite()).ok_or("expected a number greater than 0")
}

pub(super) fn compare(options: &CompareOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let base = Base::read(&options.scenario, options.common.replace.assignments(), kinds)?;
    let loaded = base.load(&[])?;
    let (arms, baseline) = arms(options, &loaded)?;
    let mut plan = Plan {
        version: VERSION,
        program: PROGRAM.to_owned(),
        program_version: crate::VERSION.to_owned(),
        kind: ExperimentKind::Comparison,
        // What it says of experiments is in the plan.
        scenario: RawScenario { experiment: None, ..loaded.resolved.clone() },
        inputs_blake3: Vec::new(),
        baseline: Some(arms[baseline].name.clone()),
        arms,
        warmup_ticks: None,
        factors: Vec::new(),
        design: Design::Grid,
        points: vec![Point::new()],
        reference: None,
    };
    let declared = loaded.resolved.experiment.as_ref().and_then(|experiment| experiment.replications);
    let first = options.common.replications.or(declared).unwrap_or(REPLICATIONS);
    if first < 2 {
        let expected = "2 or more: there is no interval of one difference".to_owned();
        return Err(Error::Usage { option: "--replications", value: first.to_string(), expected });
    }
    let most = if options.half_width.is_some() { first.max(options.max_replications) } else { first };
    check(&base, &mut plan, most)?;
    let name = format!("{}-compare", loaded.scenario.name);
    let target = options.common.out.clone().unwrap_or_else(|| Path::new("output").join(name));
    let directory = ExperimentDirectory::hold(&target, options.common.force)?;
    let Some((warmup_ticks, warmup_by)) = warmup(options, &base, &plan, &loaded, &interrupt)? else {
        note("interrupted; nothing is written");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    plan.warmup_ticks = Some(warmup_ticks);
    check(&base, &mut plan, most)?;
    let same_rules = same_rules(&base, &plan)?;
    let kinds_differ = kinds_differ(&base, &plan)?;
    let mut campaign = Campaign::open(base, plan, directory, &options.common, &interrupt)?;
    let mut replications = first;
    let comparison = loop {
        if !campaign.run(replications)? {
            note(&format!("interrupted; what was run is in {0}; the same command goes on there", target.display()));
            return Ok(ExitCode::from(INTERRUPTED));
        }
        let outcomes = campaign.outcomes(replications);
        if !same_accesses(&outcomes) {
            return Err(Error::UncommonAccesses { path: campaign.path(crate::store::experiments::RESULTS) });
        }
        let warmup = (warmup_ticks, warmup_by);
        let judging = options.judging.judging(campaign.plan.scenario.seed);
        let mut comparison = Comparison {
            kinds_differ,
            ..find(&campaign.plan, (&loaded, &same_rules), &outcomes, (replications, judging), warmup)
        };
        let widest = options.half_width.and_then(|target| too_wide(&comparison, target));
        if replications >= most || widest.is_none() {
            if let Some(widest) = widest {
                note(&format!("{replications} replications are too few: {widest}"));
            }
            if !add_prices(&mut comparison, &campaign, &outcomes, options, &interrupt)? {
                note(&format!("interrupted; what was run is in {0}; the same command goes on there", target.display()));
                return Ok(ExitCode::from(INTERRUPTED));
            }
            campaign.write("comparison.json", &comparison, &outcomes)?;
            break comparison;
        }
        // Looks are few, so that stopping early at a narrow interval by chance is rare.
        replications = (replications + replications.div_ceil(2)).min(most);
    };
    if options.common.output.json {
        print(&json::to_text(&comparison))?;
    } else if !options.common.output.quiet {
        print(&text(&comparison, &campaign.result()))?;
    }
    let failed = comparison.arms.iter().any(|arm| arm.runs.failed > 0);
    Ok(if failed { ExitCode::from(SOME_FAILED) } else { ExitCode::SUCCESS })
}

/// The arms, and the place of the baseline.
fn arms(options: &CompareOptions, loaded: &Loaded) -> Result<(Vec<Arm>, usize), Error> {
    let declared = loaded.resolved.experiment.as_ref();
    let in_scenario = declared.map_or(&[][..], |experiment| &experiment.arms);
    let (arms, option) = if !options.common.arm.is_empty() {
        (options.common.arm.clone(), "--arm")
    } else if !in_scenario.is_empty() {
        (in_scenario.to_vec(), "experiment.arms")
    } else {
        let with_wormholes = loaded.scenario.wormholes.carrier.is_some();
        if !with_wormholes {
            note("the scenario names no wormholes.carrier: arms without wormholes are compared");
        }
        (arm::defaults(with_wormholes), "--arm")
    };
    arm::check(&arms, option)?;
    let place = options.judging.place(&arms, declared.filter(|_| options.common.arm.is_empty()))?;
    Ok((arms, place))
}

/// How long the warm-up is, and what says so. None if the user asked to stop.
fn warmup(
    options: &CompareOptions,
    base: &Base<'_>,
    plan: &Plan,
    loaded: &Loaded,
    interrupt: &Interrupt,
) -> Result<Option<(Tick, WarmupBy)>, Error> {
    let given = loaded.scenario.warmup_ticks;
    match options.warmup {
        Some(Warmup::Ticks(ticks)) => return Ok(Some((ticks, WarmupBy::Option))),
        None if loaded.warmup_is_given => return Ok(Some((given, WarmupBy::Scenario))),
        _ => {}
    }
    let mut found = Vec::new();
    batch::run(
        &plan.arms,
        options.common.threads(),
        |arm| {
            let scenario = arm.assignments().and_then(|mut assignments| {
                assignments.push(Assignment::option("warmup_ticks", 0));
                base.load(&assignments)
            });
            Some(scenario.and_then(|loaded| simulate::warmup(loaded.scenario, || interrupt.asked())))
        },
        |pilot| {
            found.push(pilot?);
            Ok(())
        },
    )?;
    if interrupt.asked() {
        return Ok(None);
    }
    let longest = found.iter().flatten().max();
    if longest.is_none_or(|&(_, shows)| !shows) {
        note("mser5: no arm shows where its warm-up ends; more ticks may help");
    }
    Ok(Some((longest.map_or(given, |&(ticks, _)| ticks), WarmupBy::Mser5)))
}

/// What the runs say.
fn find(
    plan: &Plan,
    (loaded, same_rules): (&Loaded, &[bool]),
    outcomes: &[Outcome],
    (replications, judging): (u32, Judging),
    (warmup_ticks, warmup_by): (Tick, WarmupBy),
) -> Comparison {
    let of = |name: &str| outcomes.iter().filter(|outcome| outcome.arm == name).collect::<Vec<_>>();
    let baseline = plan.baseline.clone().unwrap_or_default();
    let of_baseline = of(&baseline);
    let same_everywhere = same_in_all_replications(outcomes);
    let arms = plan.arms.iter().zip(same_rules).map(|(arm, &same_rules)| {
        let beside = (arm.name != baseline).then_some(&of_baseline[..]);
        let judged = Judged { name: &arm.name, set: &arm.set, runs: &of(&arm.name), same_rules };
        let mut result = arm_result(&judged, beside, &judging);
        if same_everywhere && beside.is_some() {
            result.reason += "; all replications have the same accesses: the interval covers the chance of arms alone";
        }
        result
    });
    Comparison {
        version: VERSION,
        program_version: crate::VERSION.to_owned(),
        scenario: loaded.scenario.name.clone(),
        intent: loaded.scenario.intent.clone(),
        replications,
        seeds: (0..replications).map(|replication| plan.seed(replication)).collect(),
        ticks: loaded.scenario.ticks,
        warmup_ticks,
        warmup_by,
        confidence: CONFIDENCE,
        tick_ms: loaded.scenario.tick_ms,
        opening_cost: loaded.scenario.physics.wormhole.opening_cost,
        upkeep_per_tick: loaded.scenario.physics.wormhole.upkeep_per_tick,
        network: loaded.scenario.topology.defaults.clone(),
        on: judging.on,
        relevant: judging.relevant,
        bound: None,
        kinds_differ: false,
        same_accesses: true,
        same_in_all_replications: same_everywhere,
        arms: arms.collect(),
        baseline,
    }
}

/// Whether transit depends on the kind, and some arms keep wormholes of one kind where others do not.
fn kinds_differ(base: &Base<'_>, plan: &Plan) -> Result<bool, Error> {
    let (mut keep, mut change, mut matters) = (false, false, false);
    for arm in &plan.arms {
        let scenario = base.load(&arm.assignments()?)?.scenario;
        if let Some(carrier) = scenario.wormholes.carrier.as_ref().filter(|_| scenario.wormholes.enabled) {
            matters |= carrier.depends_on_kind();
            keep |= policy::keeps(&scenario);
            change |= !policy::keeps(&scenario);
        }
    }
    Ok(matters && keep && change)
}

/// Adds the bound and break-even prices. False if the user asked to stop.
fn add_prices(
    comparison: &mut Comparison,
    campaign: &Campaign<'_>,
    outcomes: &[Outcome],
    options: &CompareOptions,
    interrupt: &Interrupt,
) -> Result<bool, Error> {
    let (base, threads) = (&campaign.base, campaign.threads);
    let trials = Trials { base, threads, interrupt, quiet: options.common.output.quiet };
    let plan = &campaign.plan;
    Ok((options.no_bound || bound::add(comparison, (base, plan), outcomes, threads, interrupt)?)
        && (options.no_break_even || prices::add(comparison, plan, outcomes, &trials)?))
}

/// Why some gain is not known well enough, if one is not; that of an unstable arm never is.
fn too_wide(comparison: &Comparison, target: f64) -> Option<String> {
    let stable = comparison.arms.iter().filter(|arm| !arm.unstable);
    let half = |arm: &ArmResult| arm.gain.map_or(f64::INFINITY, |gain| (gain.high - gain.low) / 2.0);
    let (widest, half) = stable.map(|arm| (arm, half(arm))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (half > target).then(|| match widest.gain {
        Some(_) => format!("the gain of {} is known to ± {half:.4}", widest.name),
        None => format!("the gain of {} has no interval", widest.name),
    })
}

fn text(comparison: &Comparison, result: &Path) -> String {
    let by = match comparison.warmup_by {
        WarmupBy::Scenario => "of the scenario",
        WarmupBy::Option => "given",
        WarmupBy::Mser5 => "found by MSER-5",
    };
    let mut text = format!(
        "{}\n\n{}: {} replications of {} ticks, warm-up {} ticks ({by}); all arms of a replication saw the \
         same accesses\n\n",
        shown(&headline::sentence(comparison)),
        shown(&comparison.scenario),
        comparison.replications,
        comparison.ticks,
        comparison.warmup_ticks
    );
    if comparison.same_in_all_replications {
        text += "All replications have the same accesses, as traces have: \
                 intervals tell what the arms' own draws matter, and nothing about other accesses.\n\n";
    }
    if comparison.kinds_differ {
        text += KINDS_DIFFER;
    }
    let columns = ["arm", "verdict", "gain", "net per access", "latency", "p50", "p95", "p99", "hops", "dropped"];
    let columns: Vec<Column> = columns.iter().enumerate().map(|(at, name)| Column(name, at > 1)).collect();
    let rows: Vec<Vec<String>> = comparison.arms.iter().map(row).collect();
    text += &table(&columns, &rows);
    text.push('\n');
    for arm in &comparison.arms {
        text += &format!("{}: {}: {}", shown(&arm.name), arm.verdict.words(), shown(&arm.reason));
        text += &break_even(arm);
        text.push('\n');
    }
    text += &ledger(comparison);
    for (carrier, arms) in carriers(&comparison.arms) {
        text += &format!("\nwormholes of {} by {}\n", shown(&arms.join(", ")), shown(carrier));
    }
    text += &phases::text(comparison);
    text + &format!("\nresult: {}\n", shown(&result.display().to_string()))
}

/// What decides where transit depends on the kind.
const KINDS_DIFFER: &str = "\
    Kinds differ: transit depends on a wormhole\u{2019}s kind. Those of rivals keep the first one, those of gravity and fixed become\n\
    others with use: part of what differs between such arms is that assumption. One transit_ratio for all kinds leaves it out.\n\n";

/// At which prices an arm breaks even.
fn break_even(arm: &ArmResult) -> String {
    let BreakEven { upkeep, upkeep_reason, opening, opening_reason } = &arm.break_even;
    let said = |what: &str, price: &Option<Interval>, reason: &Option<String>| match (price, reason) {
        (Some(Interval { mean, low, high }), _) => {
            let [mean, low, high] = [mean, low, high].map(|&price| significant(price));
            Some(format!("breaks even at {what} {mean} ({low} to {high})"))
        }
        (None, Some(reason)) => Some(format!("no break-even {what}: {}", shown(reason))),
        (None, None) => None,
    };
    let both = match (upkeep_reason, opening_reason) {
        (Some(reason), Some(other)) if reason == other => {
            [Some(format!("no break-even price: {}", shown(reason))), None]
        }
        _ => [said("upkeep", upkeep, upkeep_reason), said("opening cost", opening, opening_reason)],
    };
    let both: Vec<String> = both.into_iter().flatten().collect();
    if both.is_empty() { String::new() } else { format!("\n  {}", both.join("; ")) }
}

/// A price, with the more decimals the smaller it is.
fn significant(price: f64) -> String {
    let digits = [100.0, 10.0, 1.0].iter().filter(|&&bound| price < bound).count();
    format!("{price:.digits$}")
}

/// The direct-use ledger of the arms between the bound and doing nothing.
fn ledger(comparison: &Comparison) -> String {
    let Some(bound) = &comparison.bound else { return String::new() };
    let ticks = |value: f64| format!("{value:.0}");
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |name: &str, cost: f64, openings: Option<f64>, regret: Option<f64>, note: &str| {
        let openings = openings.map_or(String::new(), |openings| format!("{openings:.1}"));
        rows.push(vec![name.to_owned(), ticks(cost), regret.map_or(String::new(), ticks), openings, note.to_owned()]);
    };
    row("lower bound", bound.lower, None, None, "proved: no policy costs less");
    row("feasible schedules", bound.upper, None, Some(bound.upper - bound.lower), "knowing all accesses");
    for policy in &bound.policies {
        let regret = Some(policy.cost - bound.lower);
        row(&shown(&policy.name), policy.cost, Some(policy.openings), regret, "");
    }
    let columns = [
        Column("direct use", false),
        Column("cost, ticks", true),
        Column("regret at most", true),
        Column("openings", true),
        Column("", false),
    ];
    let proved = if bound.no_policy_pays { "proved: no policy can pay in the direct-use model\n" } else { "" };
    format!("\n{}{proved}{APART}\n", table(&columns, &rows))
}

/// Why the ledger is not the net.
const APART: &str = "\
    direct use: an access saves ticks over its own pair\u{2019}s wormhole alone, from the first tick on; in the simulation\n\
    it may use several wormholes, and those of other pairs: this ledger and the simulated net are two things";

fn row(arm: &ArmResult) -> Vec<String> {
    let metric = |name: &str| arm.metrics.get(name).copied().flatten().map(|interval| interval.mean);
    let plain = |name: &str| metric(name).map_or("-".to_owned(), |mean| format!("{mean:.2}"));
    vec![
        shown(&arm.name),
        match (arm.unstable, arm.overloaded) {
            (true, _) => format!("{}, unstable", arm.verdict.words()),
            (false, 0) => arm.verdict.words().to_owned(),
            (false, _) => format!("{}, overloaded", arm.verdict.words()),
        },
        with_ends(arm.gain, 100.0, " %"),
        with_ends(arm.net_per_access, 1.0, ""),
        plain("latency_mean"),
        plain("latency_p50"),
        plain("latency_p95"),
        plain("latency_p99"),
        plain("hops"),
        metric("dropped_share").map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0)),
    ]
}
