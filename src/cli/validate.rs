//! `wormsim validate`: checks scenarios without running them, and says what each is or what is wrong with it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::options::Replacements;
use super::phrases::shown;
use super::terminal::{complain, print};
use crate::error::Error;
use crate::experiment::expected_load::{ExpectedLoad, expected_load};
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

/// Nodes of the largest network without a log whose load is computed.
const MOST_NODES: usize = 300;

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
            let has_log = loaded.scenario.workloads.iter().any(|load| matches!(load.demand, Demand::Trace { .. }));
            let is_small = has_log || loaded.scenario.topology.node_count() <= MOST_NODES;
            let load = if is_small { expected_load(&loaded.scenario)? } else { None };
            Ok((loaded, load))
        };
        match load(file, &assignments, kinds).map_err(Error::from).and_then(fits) {
            Ok((loaded, load)) if options.json => print(&format!("{}\n", as_json(file, &loaded, load.as_ref())))?,
            Ok((loaded, load)) => print(&format!("{}\n", shown(&in_words(file, &loaded, load.as_ref()))))?,
            Err(error) => {
                complain(&error);
                worst = worst.max(error.exit_code());
            }
        }
    }
    Ok(ExitCode::from(worst))
}

fn in_words(file: &Path, loaded: &Loaded, load: Option<&ExpectedLoad>) -> String {
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
    if let Some(load) = load {
        line += &format!("; {}", load_in_words(scenario, load));
    }
    for assumption in scenario.assumptions() {
        line += &format!("; {}", assumption.text);
    }
    let carrier = scenario.carrier().map_or("no wormholes".to_owned(), |words| format!("wormholes by {words}"));
    line + "; " + &carrier
}

/// The busiest nodes, and what cannot carry its load.
fn load_in_words(scenario: &Scenario, load: &ExpectedLoad) -> String {
    let service = scenario.nodes.service_per_tick;
    let busiest = load.busiest(3).into_iter().map(|(node, rate)| {
        let share = 100.0 * rate / f64::from(service);
        format!("{} {rate:.3} ({share:.0} %)", scenario.topology.node(node).name)
    });
    let busiest: Vec<String> = busiest.collect();
    let a_second = load.accesses_per_tick * 1000.0 / scenario.tick_ms;
    let mut text = format!(
        "{:.3} accesses a tick ({a_second:.1} a second) on ways of {:.2} links; busiest of the nodes, which serve \
         {service} a tick: {}",
        load.accesses_per_tick,
        load.hops,
        busiest.join(", ")
    );
    let [nodes, links] = load.overloaded(scenario);
    if nodes + links > 0 {
        text += &format!("; OVERLOADED by shortest ways: {nodes} nodes, {links} directions of links");
    }
    text
}

fn load_as_json(scenario: &Scenario, load: &ExpectedLoad) -> Value {
    let name = |node| &scenario.topology.node(node).name;
    let busiest = load.busiest(10).into_iter().map(|(node, rate)| json!({"node": name(node), "per_tick": rate}));
    let [nodes, links] = load.overloaded(scenario);
    json!({
        "accesses_per_tick": load.accesses_per_tick,
        "mean_hops": load.hops,
        "busiest_nodes": busiest.collect::<Vec<_>>(),
        "overloaded_nodes": nodes,
        "overloaded_link_directions": links,
    })
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

fn as_json(file: &Path, loaded: &Loaded, load: Option<&ExpectedLoad>) -> Value {
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
        "load": load.map(|load| load_as_json(scenario, load)),
    })
}
