//! `wormsim advise`: tries changes to a run, and says which of them shorten its latency and by how much.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::experiment::{RunsProgress, threads};
use super::interrupt::{INTERRUPTED, Interrupt};
use super::phrases::{counted, shown, with_ends};
use super::sweep::ALL_THE_SAME;
use super::table::{Column, table};
use super::terminal::{note, print};
use crate::error::Error;
use crate::experiment::advice::{self, Advice, Effort, Tried, runs};
use crate::experiment::candidates::{WORTH_A_TRY, candidates};
use crate::experiment::diagnosis::{Diagnosis, Part};
use crate::experiment::outcome::Outcome;
use crate::recorder::bottlenecks::{Bottlenecks, LinkKind};
use crate::recorder::summary::Summary;
use crate::scenario::Kinds;
use crate::store::verify::Stored;
use crate::store::wormholes::bottlenecks;
use crate::store::{experiments, json};

/// Options of `advise`.
#[derive(Debug, Args)]
pub struct AdviseOptions {
    /// The run directory.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Runs with every change and without any, each with a seed of its own: that of the scenario, and others made from
    /// it.
    #[arg(long, value_name = "R", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub replications: u32,
    /// Runs at a time [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print the advice as JSON, with what did not help.
    #[arg(long)]
    pub json: bool,
    /// Print no progress and no advice.
    #[arg(long)]
    pub quiet: bool,
}

pub(super) fn advise(options: &AdviseOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let directory = &options.directory;
    let stored = Stored::read(directory)?;
    if !stored.manifest.status.is_finished() {
        let expected = "a run of which all ticks are simulated; go on with wormsim resume first".to_owned();
        return Err(Error::Usage { option: "DIR", value: directory.display().to_string(), expected });
    }
    let lineage = stored.lineage(directory, kinds)?;
    let bottlenecks: Bottlenecks = stored.read_output(directory, &format!("wormholes/{}", bottlenecks::PATH))?;
    let summary: Summary = stored.read_output(directory, "summary.json")?;
    let diagnosis = Diagnosis::of(&summary, &bottlenecks);
    let candidates = candidates(&diagnosis, &bottlenecks, &lineage.own.resolved);
    let effort = Effort { replications: options.replications, threads: threads(options.threads) };
    let mut progress = RunsProgress::new(runs(&candidates, effort), options.quiet);
    let done = |outcome: &Outcome| progress.done(outcome);
    let advice = advice::advise(&lineage.own, diagnosis, &candidates, effort, || interrupt.asked(), done);
    progress.finish();
    let Some(advice) = advice? else {
        note("interrupted; nothing is written");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let text = json::to_text(&advice);
    // What took long to find is told wherever it may be kept.
    let kept = experiments::put(&directory.join(advice::PATH), text.as_bytes());
    if options.json {
        print(&text)?;
    } else if !options.quiet {
        print(&for_people(&advice, kept.is_ok().then_some(directory.as_path())))?;
    }
    kept.map(|()| ExitCode::SUCCESS)
}

/// The diagnosis and the advice in words; all of it is kept in `directory`, if it is kept.
fn for_people(advice: &Advice, directory: Option<&Path>) -> String {
    let name = shown(&advice.scenario);
    let same = if advice.same_in_all_replications { ALL_THE_SAME } else { "" };
    let diagnosed = diagnosed(&name, &advice.diagnosis);
    if advice.tried.is_empty() {
        let least = WORTH_A_TRY * 100.0;
        return format!(
            "{diagnosed}{name}: nothing to advise: none of the changes that are tried could save {least} % of the mean latency\n"
        );
    }
    let tried = counted(advice.tried.len(), "change", "changes");
    let of = format!("{diagnosed}{name}: of {tried} that were tried with {} replications each", advice.replications);
    let all = directory.map(|directory| shown(&directory.join(advice::PATH).display().to_string()));
    let all = all.map(|path| format!("all that was tried is in {path}\n")).unwrap_or_default();
    let helped: Vec<Vec<String>> = advice.helped().map(row).collect();
    if helped.is_empty() {
        return format!("{of}, none is sure to shorten the mean latency\n{same}{all}");
    }
    let columns = [Column("change", false), Column("gain", true), Column("p", true), Column("net per access", true)];
    format!("{of}, {} the mean latency\n\n{}{same}\n{all}", shorten(helped.len()), table(&columns, &helped))
}

/// Where latency comes from, in one or two tables.
fn diagnosed(name: &str, diagnosis: &Diagnosis) -> String {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let mut text = match diagnosis.latency_ticks {
        Some(mean) => {
            let row =
                |part: &Part| vec![part.part.words().to_owned(), format!("{:.3}", part.ticks), percent(part.share)];
            let parts: Vec<Vec<String>> = diagnosis.parts.iter().map(row).collect();
            let columns = [Column("part", false), Column("ticks", true), Column("share", true)];
            format!("{name}: mean latency {mean:.3} ticks\n\n{}\n", table(&columns, &parts))
        }
        None => format!("{name}: no access was delivered while measured\n\n"),
    };
    let mut places: Vec<(u64, f64, String)> = Vec::new();
    for link in &diagnosis.links {
        let kind = if link.kind == LinkKind::Wormhole { "wormhole" } else { "link" };
        places.push((link.waited_ticks, link.share_of_waiting, format!("{kind} {} to {}", link.from, link.to)));
    }
    places.extend(diagnosis.nodes.iter().map(|n| (n.waited_ticks, n.share_of_waiting, format!("node {}", n.node))));
    places.sort_by_key(|&(waited, ..)| std::cmp::Reverse(waited));
    if !places.is_empty() {
        let row = |(waited, share, place): (u64, f64, String)| vec![place, waited.to_string(), percent(share)];
        let rows: Vec<Vec<String>> = places.into_iter().map(row).collect();
        let columns =
            [Column("most waited for", false), Column("ticks in all", true), Column("share of waiting", true)];
        text += &format!("{}\n", table(&columns, &rows));
    }
    text
}

fn shorten(changes: usize) -> String {
    if changes == 1 { "one shortens".to_owned() } else { format!("{changes} shorten") }
}

fn row(tried: &Tried) -> Vec<String> {
    let gain = if tried.gain.is_some() { with_ends(tried.gain, 100.0, " %") } else { "stable".to_owned() };
    let p =
        tried.p_adjusted.map_or("-".to_owned(), |p| if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") });
    vec![shown(&tried.change), gain, p, with_ends(tried.net_per_access, 1.0, "")]
}
