//! From a file and the command line's assignments to a scenario: text → value → checked → raw → validated.

use std::io;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::check::Checker;
use super::problem::{Fault, JsonPath, Place, Problem, ScenarioError};
use super::raw::{RawScenario, RawWorkload};
use super::units::TickFields;
use super::validate::validate;
use super::{Assignment, Kinds, Scenario, Tick, json, locate, migrate, schema, trace};
use crate::topology::{InputFile, Rules, formats};

/// A scenario with what it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What runs.
    pub scenario: Scenario,
    /// What was written, with every default filled in but that of the warm-up, and files but traces read in.
    pub resolved: RawScenario,
    /// The files that it came from, the scenario's own first.
    pub inputs: Vec<InputFile>,
    /// Whether the length of the warm-up was written.
    pub warmup_is_given: bool,
    /// What it might choose among.
    pub kinds: Kinds,
    base: PathBuf,
}

/// Loads a scenario file, which chooses among `kinds`, with some of its values replaced.
///
/// # Errors
/// The first problem, placed in the file or in the option that it came from.
pub fn load(file: &Path, assignments: &[Assignment], kinds: &Kinds) -> Result<Loaded, ScenarioError> {
    load_text(&read_text(file)?, file, assignments, kinds)
}

/// Makes a scenario that was put together in code, by the same rules as one from a file; relative paths start from
/// `folder`.
///
/// # Errors
/// The first problem, placed by its path.
pub fn from_raw(raw: &RawScenario, folder: &Path, kinds: &Kinds) -> Result<Loaded, ScenarioError> {
    let text = serde_json::to_string(raw).expect("a scenario has string keys");
    let file = folder.join(format!("{}.json", raw.name));
    load_text(&text, &file, &[], kinds).map_err(|error| ScenarioError { place: Place::File(file), ..error })
}

/// Whether a text is a network rather than a scenario; a long one is not looked at, which takes memory.
fn is_network(text: &str) -> bool {
    const LONGEST: usize = 1 << 20;
    text.len() <= LONGEST && formats::read(text.as_bytes(), "", &Rules::default()).is_ok()
}

/// The first tick after the last row of all traces, if there are traces.
fn end_of_traces(raw: &RawScenario, base: &Path) -> Result<Option<Tick>, Fault> {
    let mut latest = None;
    for (index, workload) in raw.workloads.iter().enumerate() {
        let RawWorkload::Trace(trace) = workload else { continue };
        let path = JsonPath::default().key("workloads").index(index).key("path");
        let survey = trace::survey(&base.join(&trace.path), &trace.into(), raw.tick_ms)
            .map_err(|error| Fault::elsewhere(error, path))?;
        latest = latest.max(Some(trace.window.from_tick.saturating_add(survey.end)));
    }
    Ok(latest)
}

/// The text of a scenario file.
///
/// # Errors
/// A file that cannot be read or is too large.
pub fn read_text(file: &Path) -> Result<String, ScenarioError> {
    json::read_text(file).map_err(|problem| ScenarioError::of_file(file, problem))
}

/// Loads a scenario from the text of `file`, which need not exist: errors name it, and relative paths start from its
/// folder.
///
/// # Errors
/// The first problem, placed in the text or in the option that it came from.
pub fn load_text(text: &str, file: &Path, assignments: &[Assignment], kinds: &Kinds) -> Result<Loaded, ScenarioError> {
    let mut document = json::parse(text, file).map_err(|error| match *error.problem {
        Problem::Syntax { .. } if is_network(text) => ScenarioError::of_file(file, Problem::Network),
        _ => error,
    })?;
    if document.get("workloads").is_none() && document.get("topology").is_none() && is_network(text) {
        return Err(ScenarioError::of_file(file, Problem::Network));
    }
    read_older_names(&mut document);
    migrate::read_old(&mut document).map_err(|fault| placed(fault, file, text, &[]))?;

    let schema = schema::scenario_schema(kinds).to_value();
    let checker = Checker::new(&schema);
    let mut assigned = Vec::new();
    let place = |fault: Fault, assigned: &[(JsonPath, &Assignment)]| placed(fault, file, text, assigned);
    for assignment in assignments {
        let path = assignment.apply(&mut document, &checker).map_err(|fault| ScenarioError {
            place: Place::Option(assignment.written().to_owned()),
            path: fault.path,
            problem: fault.problem,
            more: Vec::new(),
        })?;
        assigned.push((path, assignment));
    }
    let units = TickFields::of(&schema);
    assigned.iter().for_each(|(path, _)| units.replace_twins(&mut document, path));
    let rounded = units.put(&mut document).map_err(|fault| place(fault, &assigned))?;
    let faults = checker.check(&document).into_iter().map(|fault| place(fault, &assigned));
    let mut faults: Vec<ScenarioError> = faults.collect();
    faults.sort_by_key(|fault| match fault.place {
        Place::Position { line, column, .. } => (line, column),
        _ => (0, 0),
    });
    let mut faults = faults.into_iter();
    if let Some(first) = faults.next() {
        return Err(ScenarioError { more: faults.collect(), ..first });
    }
    let is_given = document.get("ticks").is_some();
    let mut raw: RawScenario =
        serde_path_to_error::deserialize(document).map_err(|error| place(mismatch(&error), &assigned))?;

    let base = file.parent().unwrap_or(Path::new("")).to_owned();
    if !is_given && let Some(end) = end_of_traces(&raw, &base).map_err(|fault| place(fault, &assigned))? {
        raw.ticks = end;
    }
    let warmup_is_given = raw.warmup_ticks.is_some();
    let mut validated = validate(raw, &base, kinds).map_err(|fault| place(fault, &assigned))?;
    validated.resolved.schema = None;
    validated.scenario.rounded = rounded;
    let mut inputs = vec![InputFile { path: file.to_owned(), blake3: blake3::hash(text.as_bytes()) }];
    inputs.append(&mut validated.inputs);
    for InputFile { path, blake3 } in &inputs {
        tracing::info!(path = %path.display(), %blake3, "input read");
    }
    Ok(Loaded {
        scenario: validated.scenario,
        resolved: validated.resolved,
        inputs,
        warmup_is_given,
        kinds: kinds.clone(),
        base,
    })
}

/// Reads "no limit" by the name that the limit had until 0.3; as a number it counted ticks of waiting, not accesses.
fn read_older_names(document: &mut Value) {
    let Some(nodes) = document.get_mut("nodes").and_then(Value::as_object_mut) else { return };
    if !nodes.contains_key("link_queue_limit") && nodes.get("max_link_wait_ticks").is_some_and(Value::is_null) {
        nodes.remove("max_link_wait_ticks");
        nodes.insert("link_queue_limit".to_owned(), Value::Null);
    }
}

impl Loaded {
    /// The resolved scenario for a file in `folder`, which exists: its traces are named from there.
    ///
    /// # Errors
    /// A folder or a trace that is gone.
    pub fn resolved_in(&self, folder: &Path) -> io::Result<RawScenario> {
        let mut resolved = self.resolved.clone();
        for workload in &mut resolved.workloads {
            if let RawWorkload::Trace(trace) = workload
                && trace.path.is_relative()
            {
                trace.path = relative(&self.base.join(&trace.path).canonicalize()?, &folder.canonicalize()?);
            }
        }
        Ok(resolved)
    }
}

/// The way from a folder to a file, both absolute.
fn relative(file: &Path, folder: &Path) -> PathBuf {
    let shared = file.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

/// What the schema allows but a type does not.
fn mismatch(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    Fault::new(error.path().into(), Problem::Mismatch { message: error.inner().to_string() })
}

/// A fault at the option that set the value, or else at its place in the text.
fn placed(fault: Fault, file: &Path, text: &str, assigned: &[(JsonPath, &Assignment)]) -> ScenarioError {
    let option = || {
        // A field that is missing beside one that was set is missing because of that.
        let beside = |path: &JsonPath| matches!(*fault.problem, Problem::Missing { .. }) && fault.path.contains(path);
        let mut assigned = assigned.iter().rev();
        let (_, assignment) = assigned.find(|(path, _)| path.contains(&fault.path) || beside(path))?;
        Some(Place::Option(assignment.written().to_owned()))
    };
    let position = || {
        let (line, column) = locate::locate(text, &fault.path);
        Place::Position { file: file.to_owned(), line, column }
    };
    let place = fault.place.clone().or_else(option).unwrap_or_else(position);
    ScenarioError { place, path: fault.path, problem: fault.problem, more: Vec::new() }
}
