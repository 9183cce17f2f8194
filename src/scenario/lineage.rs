//! The scenarios of one run, in order. Most runs have one; a run that was forked begins with those of its ancestors.
//!
//! A fork has the past of its parent and another future. What it may change is what no past tick depends on: rates and
//! shapes of workloads, rules of nodes, policies, physics, the router, events and failure processes that are still to
//! come, the length of the run. What it may not change is what the state is made of: the topology with its ids, the
//! seed, the number and kinds of workloads, ports, what carries wormholes, what is measured.

use std::path::Path;

use serde_json::Value;

use super::load::Loaded;
use super::problem::{JsonPath, Place, Problem, ScenarioError, Step, shown};
use super::raw::RawScenario;
use super::{Assignment, Tick, load};

/// What a fork may change.
const FREE: [&str; 9] = ["events", "intent", "name", "nodes", "persistence", "physics", "router", "ticks", "wormholes"];

/// What it may not change of these.
const BOUND: [&[&str]; 10] = [
    &["nodes", "processing_ticks"],
    &["physics", "entropy", "shards"],
    &["physics", "gravity", "sketch_pairs"],
    &["wormholes", "carrier", "kind"],
    &["wormholes", "carrier", "reserve"],
    &["wormholes", "enabled"],
    &["wormholes", "initial"],
    &["wormholes", "next_id"],
    &["wormholes", "ports_per_node"],
    &["wormholes", "recovered"],
];

/// What wormholes have reserved of links.
const RESERVED: &[&str] = &["physics", "wormhole", "max_capacity_per_tick"];

/// Fields of a workload that say which one it is.
const IDENTITY: [&str; 5] = ["kind", "name", "path", "items", "homes"];

/// The scenarios of a run.
#[derive(Debug, Clone)]
pub struct Lineage {
    /// Those of its ancestors, each with the number of ticks after which the next one follows.
    pub past: Vec<(Tick, Loaded)>,
    /// Its own.
    pub own: Loaded,
}

impl From<Loaded> for Lineage {
    fn from(own: Loaded) -> Self {
        Self { past: Vec::new(), own }
    }
}

impl Lineage {
    /// The scenario of the first tick.
    pub fn first(&self) -> &Loaded {
        self.past.first().map_or(&self.own, |(_, loaded)| loaded)
    }

    /// The scenario that begins after so many ticks, if one follows another then.
    pub fn begins_after(&self, ticks: Tick) -> Option<&Loaded> {
        let place = self.past.iter().position(|&(until, _)| until == ticks)?;
        Some(self.past.get(place + 1).map_or(&self.own, |(_, loaded)| loaded))
    }

    /// Ticks after which its own scenario begins.
    pub fn own_from(&self) -> Tick {
        self.past.last().map_or(0, |&(until, _)| until)
    }

    /// Another future after `after` ticks: `file`, which holds the run's own scenario, with other values.
    ///
    /// # Errors
    /// Those of [`load`], and a value that a fork may not change, placed at the option that changes it.
    pub fn fork(mut self, file: &Path, after: Tick, assignments: &[Assignment]) -> Result<Self, ScenarioError> {
        // It stays what it is, however long the fork is.
        let warmup = Value::from(self.own.scenario.warmup_ticks);
        let warmup = Assignment::of("warmup_ticks", warmup, "the warm-up of the parent").expect("a path of one step");
        let fixed = if self.own.warmup_is_given { None } else { Some(warmup) };
        let assigned: Vec<Assignment> = fixed.into_iter().chain(assignments.iter().cloned()).collect();
        let mut own = load(file, &assigned, &self.own.kinds)?;
        own.resolved.warmup_ticks = Some(own.scenario.warmup_ticks);
        let [before, now] = [&self.own, &own].map(|loaded| document(&loaded.resolved));
        let too_short = (own.scenario.ticks <= after).then(|| {
            let expected = format!("more than the {after} ticks after which it is forked");
            (JsonPath::default().key("ticks"), expected)
        });
        if let Some((path, expected)) = too_short.or_else(|| forbidden(&before, &now, after)) {
            let value = found(&now, &path);
            let field = |assignment: &&Assignment| path.0.first() == Some(&Step::Key(assignment.field().to_owned()));
            let option = assignments.iter().rev().find(field);
            let place =
                option.map_or_else(|| Place::File(file.to_owned()), |set| Place::Option(set.written().to_owned()));
            return Err(ScenarioError::new(place, path, Problem::NotAllowed { value, expected }));
        }
        self.past.push((after, std::mem::replace(&mut self.own, own)));
        Ok(self)
    }
}

fn document(resolved: &RawScenario) -> Value {
    let resolved = RawScenario { warmup_ticks: Some(resolved.warmup()), ..resolved.clone() };
    serde_json::to_value(resolved).expect("a scenario has string keys")
}

fn found(document: &Value, path: &JsonPath) -> String {
    let value = path.0.iter().try_fold(document, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    });
    value.map_or_else(|| "no value".to_owned(), shown)
}

/// The first change that a fork may not make, and what is expected there instead.
fn forbidden(before: &Value, now: &Value, after: Tick) -> Option<(JsonPath, String)> {
    let top = JsonPath::default();
    let as_in_parent = |value: &Value| format!("{}, as in the parent", shown(value));
    // A scenario without processes does not say so.
    let failures = [before, now].map(|document| document.get("failures").unwrap_or(&Value::Null));
    if begun(failures[0], after) != begun(failures[1], after) {
        let expected = format!("the parent's processes that begin before tick {after}, and any others from then on");
        return Some((top.key("failures"), expected));
    }
    for (key, value) in before.as_object()? {
        let other = &now[key];
        if value == other || key == "failures" {
            continue;
        }
        let path = top.key(key);
        match key.as_str() {
            "workloads" => {
                let (ours, theirs) = (other.as_array()?, value.as_array()?);
                if ours.len() != theirs.len() {
                    return Some((path, format!("{} workloads, as in the parent", theirs.len())));
                }
                for (index, (own, parent)) in ours.iter().zip(theirs).enumerate() {
                    // The lines of a trace before where it is would come all at once.
                    let window = (own["kind"] == "trace").then_some("from_tick");
                    let mut fields = IDENTITY.into_iter().chain(window);
                    if let Some(field) = fields.find(|&field| own.get(field) != parent.get(field)) {
                        let expected = as_in_parent(parent.get(field).unwrap_or(&Value::Null));
                        return Some((path.index(index).key(field), expected));
                    }
                }
            }
            "events" => {
                let past = |events: &Value| -> Vec<Value> {
                    let events = events.as_array().into_iter().flatten();
                    events.filter(|event| event["tick"].as_u64() < Some(after.into())).cloned().collect()
                };
                if past(value) != past(other) {
                    return Some((
                        path,
                        format!("the parent's events before tick {after}, and any others from then on"),
                    ));
                }
            }
            key if FREE.contains(&key) => {
                let reserves = before["wormholes"]["carrier"]["reserve"] == true;
                for bound in BOUND.iter().chain(reserves.then_some(&RESERVED)).filter(|bound| bound[0] == key) {
                    let [ours, theirs] = [other, value].map(|value| bound[1..].iter().fold(value, |v, name| &v[name]));
                    if ours != theirs {
                        return Some((
                            bound.iter().fold(top.clone(), |path, name| path.key(name)),
                            as_in_parent(theirs),
                        ));
                    }
                }
            }
            _ => {
                let (path, value) = innermost(path, value, other);
                let free = FREE.join(", ");
                return Some((path, format!("{}; a fork may change workloads, {free}", as_in_parent(value))));
            }
        }
    }
    None
}

/// Processes of failures that begin before a tick, in order.
fn begun(failures: &Value, tick: Tick) -> Vec<&Value> {
    let all = failures.as_array().into_iter().flatten();
    // Sessions begin with the run.
    all.filter(|process| process["from_tick"].as_u64().unwrap_or(0) < u64::from(tick)).collect()
}

/// Where two values that differ first do so, and what the first one is there.
fn innermost<'a>(path: JsonPath, before: &'a Value, now: &Value) -> (JsonPath, &'a Value) {
    let inner = match (before, now) {
        (Value::Object(ours), Value::Object(theirs)) => ours.iter().find_map(|(key, value)| {
            let other = theirs.get(key)?;
            (value != other).then(|| innermost(path.key(key), value, other))
        }),
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let place = ours.iter().zip(theirs).position(|(value, other)| value != other);
            place.map(|place| innermost(path.index(place), &ours[place], &theirs[place]))
        }
        _ => None,
    };
    inner.unwrap_or((path, before))
}
