//! Milliseconds, seconds and rates a second in place of ticks and rates a tick: `setup_ms` or `setup_s` for
//! `setup_ticks`, `from_s` for `from_tick`, `accesses_per_second` for `accesses_per_tick`, `duration_s` for `ticks`.
//!
//! They are turned into ticks of the scenario's `tick_ms` before anything else looks at them. What must be whole is
//! rounded, and what that changes by more than a tenth is said.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::defaults;
use super::problem::{Fault, JsonPath, Problem, Step, shown};
use crate::topology::{Assumption, MAX_ROUNDING};

/// Fields whose names are those of a user, or whose values are in ticks by nature.
const OTHERS: [&str; 6] = ["topology", "experiment", "rates", "masses", "sessions", "$schema"];
/// The largest number of ticks or accesses that is made of other units; what is allowed, the schema says.
const MOST: f64 = 1e15;
/// Rates that are no counts of accesses.
const NO_COUNTS: [&str; 2] = ["fade_per_tick", "upkeep_per_tick"];

/// The fields of scenarios that count in ticks.
pub(super) struct TickFields {
    /// By name, whether they are whole numbers.
    whole: BTreeMap<String, bool>,
}

impl TickFields {
    /// Those that a schema has.
    pub fn of(schema: &Value) -> Self {
        let mut whole = BTreeMap::new();
        collect(schema, &mut whole);
        Self { whole }
    }

    /// The field that another stands for, and how many of its units one of the other's is.
    fn meant(&self, name: &str, tick_ms: f64) -> Option<(String, f64)> {
        if self.whole.contains_key(name) {
            return None;
        }
        let (stem, factor) = match name {
            _ if name.ends_with("_ms") => (&name[..name.len() - 3], 1.0 / tick_ms),
            _ if name.ends_with("_s") => (&name[..name.len() - 2], 1000.0 / tick_ms),
            _ => {
                let meant = format!("{}_per_tick", name.strip_suffix("_per_second")?);
                let is_count = self.whole.contains_key(&meant) && !NO_COUNTS.contains(&meant.as_str());
                return is_count.then_some((meant, tick_ms / 1000.0));
            }
        };
        let names = match stem {
            "duration" => vec!["ticks".to_owned()],
            "at" => vec!["tick".to_owned()],
            _ => vec![format!("{stem}_ticks"), format!("{stem}_tick")],
        };
        names.into_iter().find(|meant| self.whole.contains_key(meant)).map(|meant| (meant, factor))
    }

    /// Takes out what stands beside a field at a path for the same: an assignment replaces it, whatever its unit.
    pub fn replace_twins(&self, document: &mut Value, path: &JsonPath) {
        let Some((Step::Key(last), parents)) = path.0.split_last() else { return };
        let parent = parents.iter().try_fold(document, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            Step::Index(index) => value.get_mut(index),
        });
        if let Some(Value::Object(fields)) = parent {
            let meant = |name: &str| self.meant(name, 1.0).map_or(name.to_owned(), |(meant, _)| meant);
            let own = meant(last);
            fields.retain(|name, _| name == last || meant(name) != own);
        }
    }

    /// Puts ticks in place of other units; returns what rounding changed.
    ///
    /// # Errors
    /// A field that stands there in two units, or a value that is no number from 0.
    pub fn put(&self, document: &mut Value) -> Result<Vec<Assumption>, Fault> {
        let tick_ms = document.get("tick_ms").and_then(Value::as_f64).unwrap_or_else(defaults::tick_ms);
        let mut rounded = Vec::new();
        if tick_ms > 0.0 {
            self.within(document, &mut JsonPath::default(), tick_ms, &mut rounded)?;
        }
        Ok(rounded)
    }

    fn within(
        &self,
        value: &mut Value,
        path: &mut JsonPath,
        tick_ms: f64,
        rounded: &mut Vec<Assumption>,
    ) -> Result<(), Fault> {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    path.0.push(Step::Index(index));
                    self.within(item, path, tick_ms, rounded)?;
                    path.0.pop();
                }
            }
            Value::Object(fields) => {
                let meant = fields.keys().filter_map(|name| Some((name.clone(), self.meant(name, tick_ms)?)));
                for (name, (meant, factor)) in meant.collect::<Vec<_>>() {
                    self.replace(fields, path, (&name, &meant), factor, rounded)?;
                }
                for (name, field) in fields.iter_mut().filter(|(name, _)| !OTHERS.contains(&name.as_str())) {
                    path.0.push(Step::Key(name.clone()));
                    self.within(field, path, tick_ms, rounded)?;
                    path.0.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn replace(
        &self,
        fields: &mut Map<String, Value>,
        path: &JsonPath,
        (name, meant): (&str, &str),
        factor: f64,
        rounded: &mut Vec<Assumption>,
    ) -> Result<(), Fault> {
        let given = fields.remove(name).unwrap_or_default();
        let refused = |value: String, expected: &str| {
            let problem = Problem::NotAllowed { value, expected: expected.to_owned() };
            Err(Fault::new(path.key(name), problem))
        };
        if fields.contains_key(meant) {
            return refused(format!("{name} beside {meant}"), "one of the two");
        }
        let exact = match (given.is_null(), given.as_f64().filter(|number| *number >= 0.0)) {
            (true, _) => {
                fields.insert(meant.to_owned(), Value::Null);
                return Ok(());
            }
            (false, Some(number)) if number * factor <= MOST => number * factor,
            _ => return refused(shown(&given), "a number from 0 to 1e15 ticks"),
        };
        let value = if self.whole[meant] {
            let whole = if exact > 0.0 { libm::round(exact).max(1.0) } else { 0.0 };
            if (whole - exact).abs() > MAX_ROUNDING * exact {
                let text =
                    format!("{path}{}{name} {given} is {whole} as {meant}", if path.0.is_empty() { "" } else { "." });
                rounded.push(Assumption::new("rounded_to_ticks", 1, text));
            }
            Value::from(whole as u64)
        } else {
            Value::from(exact)
        };
        fields.insert(meant.to_owned(), value);
        Ok(())
    }
}

fn collect(schema: &Value, whole: &mut BTreeMap<String, bool>) {
    match schema {
        Value::Object(fields) => {
            for (name, field) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let is_whole = match field.get("type") {
                    Some(Value::Array(types)) => types.iter().any(|name| name == "integer"),
                    Some(name) => name == "integer",
                    None => false,
                };
                if ["_ticks", "_tick", "_per_tick", "_ms"].iter().any(|end| name.ends_with(end))
                    || ["tick", "ticks"].contains(&name.as_str())
                {
                    *whole.entry(name.clone()).or_default() |= is_whole;
                }
            }
            fields.values().for_each(|inner| collect(inner, whole));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, whole)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scenario::scenario_schema;

    fn put(mut document: Value) -> Result<(Value, Vec<Assumption>), String> {
        let schema = scenario_schema(&crate::simulation::kinds()).to_value();
        let rounded = TickFields::of(&schema).put(&mut document);
        rounded.map(|rounded| (document, rounded)).map_err(|fault| format!("{}: {}", fault.path, fault.problem))
    }

    #[test]
    fn other_units_become_ticks() {
        let (found, rounded) = put(json!({
            "tick_ms": 0.5, "duration_s": 20, "warmup_ms": 100, "default_latency_ms": 7,
            "nodes": {"processing_ms": 2, "service_per_second": 8000},
            "workloads": [{"accesses_per_second": 100, "from_s": 1.5, "masses": {"a_s": 1}, "hot_spot": {"dwell_s": 3}}],
            "events": [{"at_s": 2}],
            "physics": {"wormhole": {"setup_ms": 10, "upkeep_per_second": 1}, "decay": {"fade_per_second": 1}},
            "failures": [{"mean_up_s": 0.00075}],
            "x_ms": 1,
        }))
        .unwrap();
        assert_eq!(
            found,
            json!({
                "tick_ms": 0.5, "ticks": 40000, "warmup_ticks": 200, "default_latency_ms": 7,
                "nodes": {"processing_ticks": 4, "service_per_tick": 4},
                "workloads": [{"accesses_per_tick": 0.05, "from_tick": 3000, "masses": {"a_s": 1},
                    "hot_spot": {"dwell_ticks": 6000}}],
                "events": [{"tick": 4000}],
                "physics": {"wormhole": {"setup_ticks": 20, "upkeep_per_second": 1}, "decay": {"fade_per_second": 1}},
                "failures": [{"mean_up_ticks": 1.5}],
                "x_ms": 1,
            })
        );
        assert_eq!(rounded, []);
    }

    #[test]
    fn what_rounding_changes_is_said_and_two_units_are_refused() {
        let (found, rounded) = put(json!({"tick_ms": 2, "nodes": {"processing_ms": 0.1}})).unwrap();
        assert_eq!(found["nodes"]["processing_ticks"], 1);
        assert_eq!(rounded[0].text, "nodes.processing_ms 0.1 is 1 as processing_ticks");
        let both = put(json!({"nodes": {"processing_ms": 1, "processing_ticks": 1}})).unwrap_err();
        assert!(
            both.starts_with("nodes.processing_ms: processing_ms beside processing_ticks is not allowed"),
            "{both}"
        );
        assert!(put(json!({"warmup_s": "long"})).unwrap_err().contains("expected a number from 0"));
    }
}
