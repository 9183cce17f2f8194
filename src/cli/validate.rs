//! `wormsim validate`: checks scenarios without running them, and says what each is or what is wrong with it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::network::unused;
use super::options::Replacements;
use super::phrases::shown;
use super::terminal::{complain, print};
use crate::error::Error;
use crate::fabric::router;
use crate::scenario::carrier::Light;
use crate::scenario::trace::TraceCounts;
use crate::scenario::{
    Carrier, Demand, Element, FailureProcess, FailureTimes, Kinds, Loaded, Scenario, Workload, load,
};
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

/// Names and counts of the defaults that were applied to the topology, those that were.
fn defaults(loaded: &Loaded) -> Vec<(String, u64)> {
    let counts = serde_json::to_value(&loaded.scenario.topology.defaults).unwrap_or_default();
    let counts = counts.as_object().cloned().unwrap_or_default();
    counts
        .into_iter()
        .filter(|(name, _)| !name.ends_with("_in_source"))
        .filter_map(|(name, count)| Some((name, count.as_u64().filter(|&count| count > 0)?)))
        .collect()
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
    let defaults: Vec<String> = defaults(loaded).into_iter().map(|(name, count)| format!("{name} {count}")).collect();
    if !defaults.is_empty() {
        line += &format!("; topology defaults: {}", defaults.join(", "));
    }
    if let Some(unused) = unused(&scenario.topology) {
        line += &format!("; {unused}");
    }
    for said in traces(scenario) {
        line += &format!("; {said}");
    }
    for (what, count) in peculiar(scenario) {
        line += &format!("; {what}: {count}");
    }
    let carrier = scenario.carrier().map_or("no wormholes".to_owned(), |words| format!("wormholes by {words}"));
    line + "; " + &carrier
}

/// All that was assumed, merged, left out or not used, with counts.
fn assumptions(loaded: &Loaded) -> Vec<Value> {
    let scenario = &loaded.scenario;
    let unused = scenario.topology.defaults.unused_numbers.iter();
    let unused = unused.map(|(name, count)| (format!("not used: {name} of links"), u64::from(*count)));
    let peculiar = peculiar(scenario).into_iter().map(|(what, count)| (what.to_owned(), count));
    let all = defaults(loaded).into_iter().chain(peculiar).chain(unused);
    all.map(|(kind, count)| json!({"kind": kind, "count": count})).collect()
}

/// What is to be said of the rows of traces.
pub(super) fn traces(scenario: &Scenario) -> Vec<String> {
    let of = |workload: &Workload| match &workload.demand {
        Demand::Trace { path, counts, .. } => {
            let said = counts.said(workload.until_tick - workload.from_tick);
            said.into_iter().map(|said| format!("{}: {said}", path.display())).collect()
        }
        Demand::Drawn { .. } => Vec::new(),
    };
    scenario.workloads.iter().flat_map(of).collect()
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
    // A row with a name that no node has is refused.
    json!({"rows": rows, "used": rows - after_end - own, "after_end": after_end, "self": own, "unknown": 0})
}

/// What of positions, latencies and measurements needs to be said, with counts.
fn peculiar(scenario: &Scenario) -> Vec<(&'static str, u64)> {
    let faster = Light::new(&scenario.topology, scenario.tick_ms).slower_than_links(&scenario.topology);
    let links = (faster > 0).then_some(("directions of links that are faster than light", faster));
    links.into_iter().chain(scenario.wormholes.carrier.iter().flat_map(Carrier::peculiar)).collect()
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
        "peculiar": peculiar(scenario).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "failures": scenario.failures.iter().map(|process| &process.name).collect::<Vec<_>>(),
        "assumptions": assumptions(loaded),
        "log": log(scenario),
        "topology_defaults": defaults(loaded).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    })
}
