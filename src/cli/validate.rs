//! `wormsim validate`: checks scenarios without running them, and says what each is or what is wrong with it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::options::Replacements;
use super::phrases::shown;
use super::terminal::{complain, print};
use crate::error::Error;
use crate::fabric::router;
use crate::scenario::trace::TraceCounts;
use crate::scenario::{Demand, Element, FailureProcess, FailureTimes, Kinds, Loaded, Scenario, Workload, load};
use crate::simulation::Simulation;

/// Options of `validate`.
#[derive(Debug, Args)]
pub struct ValidateOptions {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Values that replace those of the files.
    #[command(flatten)]
    pub replace: Replacements,
    /// Print one JSON object a line for each scenario.
    #[arg(long)]
    pub json: bool,
}

/// All files are looked at, whatever is wrong with one of them.
pub(super) fn validate(options: &ValidateOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let assignments = options.replace.assignments();
    let mut worst = 0;
    for file in &options.files {
        let fits = |loaded: Loaded| {
            router::needs(&loaded.scenario)?;
            if !loaded.scenario.wormholes.initial.is_empty() {
                // Whether their ways have room is known when they open.
                Simulation::new(loaded.scenario.clone().into())?;
            }
            Ok(loaded)
        };
        match load(file, &assignments, kinds).map_err(Error::from).and_then(fits) {
            Ok(loaded) if options.json => print(&format!("{}\n", as_json(file, &loaded)))?,
            Ok(loaded) => print(&format!("{}\n", shown(&in_words(file, &loaded))))?,
            Err(error) => {
                complain(&error);
                worst = worst.max(error.exit_code());
            }
        }
    }
    Ok(ExitCode::from(worst))
}

fn in_words(file: &Path, loaded: &Loaded) -> String {
    let scenario = &loaded.scenario;
    let workloads: Vec<&str> = scenario.workloads.iter().map(|workload| workload.name.as_str()).collect();
    let mut line = format!(
        "{}: {}: {} nodes, {} links, {} {} ({}), {} ticks ({} warm-up), {}, {} events",
        file.display(),
        scenario.name,
        scenario.topology.node_count(),
        scenario.topology.link_count(),
        workloads.len(),
        if workloads.len() == 1 { "workload" } else { "workloads" },
        workloads.join(", "),
        scenario.ticks,
        scenario.warmup_ticks,
        loaded.scenario.router.kind(),
        loaded.resolved.events.len(),
    );
    for process in &scenario.failures {
        line += &format!(", {} ({})", process.name, extent(process));
    }
    for assumption in scenario.assumptions() {
        line += &format!("; {}", assumption.text);
    }
    let carrier = scenario.carrier().map_or("no wormholes".to_owned(), |words| format!("wormholes by {words}"));
    line + "; " + &carrier
}

/// Counts of the rows of all traces; null without any.
fn log(scenario: &Scenario) -> Value {
    let of = |workload: &Workload| match &workload.demand {
        Demand::Trace { counts, .. } => Some(counts.clone()),
        Demand::Drawn { .. } => None,
    };
    let all: Vec<TraceCounts> = scenario.workloads.iter().filter_map(of).collect();
    if all.is_empty() {
        return Value::Null;
    }
    let sum = |of: fn(&TraceCounts) -> u64| all.iter().map(of).sum::<u64>();
    let (rows, after_end, own) = (sum(|log| log.rows), sum(|log| log.after_end), sum(|log| log.own_target));
    let unknown = sum(|log| log.unknown);
    let used = rows - after_end - own - unknown;
    json!({"rows": rows, "used": used, "after_end": after_end, "self": own, "unknown": unknown})
}

/// What may fail by a process: how many nodes and links, and their sessions.
fn extent(process: &FailureProcess) -> String {
    let nodes = process.elements.iter().filter(|element| matches!(element, Element::Node(_))).count();
    let counts = [(nodes, "node"), (process.elements.len() - nodes, "link")].into_iter();
    let sessions = match &process.times {
        FailureTimes::Sessions(by_node) => Some((by_node.iter().map(Vec::len).sum(), "session")),
        FailureTimes::Drawn { .. } => None,
    };
    let said = counts.filter(|&(count, _)| count > 0).chain(sessions);
    let said = said.map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    said.collect::<Vec<_>>().join(", ")
}

fn as_json(file: &Path, loaded: &Loaded) -> Value {
    let scenario = &loaded.scenario;
    json!({
        "file": file.display().to_string(),
        "name": scenario.name,
        "intent": scenario.intent,
        "nodes": scenario.topology.node_count(),
        "links": scenario.topology.link_count(),
        "workloads": scenario.workloads.iter().map(|workload| &workload.name).collect::<Vec<_>>(),
        "router": loaded.scenario.router.kind(),
        "seed": scenario.seed,
        "ticks": scenario.ticks,
        "warmup_ticks": scenario.warmup_ticks,
        "events": loaded.resolved.events.len(),
        "carrier": scenario.carrier(),
        "failures": scenario.failures.iter().map(|process| &process.name).collect::<Vec<_>>(),
        "assumptions": scenario.assumptions(),
        "log": log(scenario),
    })
}
