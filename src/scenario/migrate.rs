//! Scenarios of version 1: what they mean today, and how they are written as version 2.
//!
//! In version 1 a wormhole was a medium of its own: its transit was σ times the way over space, σ by kind in
//! `physics.wormhole.kinds`, and wormholes were enabled unless a file said otherwise.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::{Map, Value};

use super::carrier::EXPECTED;
use super::problem::{Fault, JsonPath, Problem};
use super::raw::VERSION;

/// σ by kind: the name in version 1, that in version 2, and the default of version 1.
const RATIOS: [(&str, &str, &str); 3] = [
    ("experimental_transit", "experimental", "0.8"),
    ("standard_transit", "standard", "0.6"),
    ("fast_transit", "fast_lane", "0.4"),
];

/// The text of a scenario of version 1 as version 2, with the same wormholes; all else stays as it is written. `None`
/// if it is one of version 2.
///
/// # Errors
/// Why it cannot be one.
pub fn migrate(text: &str) -> Result<Option<String>, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("JSON: {error}"))?;
    let old = "a scenario of version 1: an object with \"version\": 1 and a topology";
    let scenario = document.as_object().ok_or(old)?;
    if scenario.get("version") == Some(&VERSION.into()) {
        return Ok(None);
    }
    if !is_old(scenario) || !scenario.contains_key("topology") {
        return Err(old.to_owned());
    }
    check_experiment(&document["experiment"])?;
    let new = rewritten(text, &document).ok_or(old)?;
    let again: Value = serde_json::from_str(&new).map_err(|error| format!("JSON: {error}"))?;
    // The last of fields of one name counts, and the first was rewritten.
    if again["version"] == VERSION { Ok(Some(new)) } else { Err("each field once".to_owned()) }
}

fn rewritten(text: &str, document: &Value) -> Option<String> {
    let root = CstRootNode::parse(text, &ParseOptions::default()).ok()?;
    let scenario = root.object_value()?;
    scenario.get("version")?.set_value(CstInputValue::Number(VERSION.to_string()));
    let ratios = take_written_ratios(&scenario);
    let wormholes = &document["wormholes"];
    let kinds = &document["physics"]["wormhole"]["kinds"];
    let experiment = document["experiment"].to_string();
    let may_open = wormholes["enabled"] != false
        || experiment.contains("\"wormholes.enabled\"")
        || RATIOS.iter().any(|(old, ..)| kinds.get(old).is_some() || experiment.contains(&path_of(old)));
    if may_open && wormholes.get("carrier").is_none() {
        let carrier = CstInputValue::Object(vec![
            ("kind".to_owned(), CstInputValue::String("own_medium".to_owned())),
            ("transit_ratio".to_owned(), CstInputValue::Object(ratios)),
        ]);
        scenario.object_value_or_create("wormholes")?.append("carrier", carrier);
    }
    let text = root.to_string();
    Some(RATIOS.iter().fold(text, |text, (old, new, _)| {
        text.replace(&path_of(old), &format!("\"wormholes.carrier.transit_ratio.{new}\""))
    }))
}

/// The path of a ratio of version 1, as arms and factors write it.
fn path_of(old: &str) -> String {
    format!("\"physics.wormhole.kinds.{old}\"")
}

/// Refuses arms and factors that set a whole section of which version 2 has another form.
fn check_experiment(experiment: &Value) -> Result<(), String> {
    const WHOLE: [&str; 4] = ["wormholes", "physics", "physics.wormhole", "physics.wormhole.kinds"];
    let expected = |place: String| Err(format!("the fields one by one in {place}, as \"wormholes.enabled\""));
    for (number, arm) in experiment["arms"].as_array().into_iter().flatten().enumerate() {
        let mut set = arm["set"].as_object().into_iter().flatten();
        if let Some((path, _)) = set.find(|(path, value)| WHOLE.contains(&path.as_str()) && value.is_object()) {
            return expected(format!("experiment.arms[{number}].set.\"{path}\""));
        }
    }
    for (number, factor) in experiment["vary"].as_array().into_iter().flatten().enumerate() {
        if factor["path"].as_str().is_some_and(|path| WHOLE.contains(&path)) {
            return expected(format!("experiment.vary[{number}]"));
        }
    }
    Ok(())
}

/// Takes σ by kind out of the kinds, where version 1 had it.
fn take_written_ratios(scenario: &CstObject) -> Vec<(String, CstInputValue)> {
    let physics = scenario.object_value("physics");
    let kinds = physics.and_then(|physics| physics.object_value("wormhole")?.object_value("kinds"));
    let ratio = |&(old, new, default): &(&str, &str, &str)| {
        let written = kinds.as_ref().and_then(|kinds| kinds.get(old)).map(|property| {
            let text = property.value().map(|value| value.to_string());
            property.remove();
            text
        });
        let ratio = written.flatten().unwrap_or_else(|| default.to_owned());
        (new.to_owned(), CstInputValue::Number(ratio))
    };
    RATIOS.iter().map(ratio).collect()
}

/// Reads a scenario of version 1 without wormholes as one of version 2. A warning says where version 1 would have had
/// wormholes without a word of them.
pub(super) fn read_old(document: &mut Value) -> Result<(), Fault> {
    let Some(scenario) = document.as_object_mut().filter(|scenario| is_old(scenario)) else { return Ok(()) };
    match scenario.get("wormholes") {
        None => tracing::warn!(
            "the scenario says nothing of wormholes and has none; in version 1 it had, and `wormsim migrate` adds them"
        ),
        Some(Value::Object(wormholes)) => {
            if wormholes.get("enabled") != Some(&Value::Bool(false)) && !wormholes.contains_key("carrier") {
                let expected = format!("{EXPECTED}; `wormsim migrate` writes what version 1 meant");
                let problem = Problem::Missing { field: "carrier".to_owned(), expected };
                return Err(Fault::new(JsonPath::default().key("wormholes"), problem));
            }
        }
        Some(_) => {}
    }
    let kinds = scenario.get_mut("physics").and_then(|physics| physics.get_mut("wormhole")?.get_mut("kinds"));
    if let Some(Value::Object(kinds)) = kinds {
        RATIOS.iter().for_each(|(old, ..)| drop(kinds.remove(*old)));
    }
    scenario.insert("version".to_owned(), VERSION.into());
    Ok(())
}

fn is_old(scenario: &Map<String, Value>) -> bool {
    scenario.get("version").and_then(Value::as_u64) == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_carrier_stays_as_it_was_written() {
        let old = r#"{
  "version": 1,  "name": "x",
  "topology": {"file": "y"},
  "physics": {"wormhole": {"kinds": {"fast_transit": 0.25, "fast_above": 0.9}}},
  "wormholes": {"ports_per_node": 3}
}
"#;
        let migrate = |text: &str| super::migrate(text).unwrap();
        let new = migrate(old).unwrap();
        let value: Value = serde_json::from_str(&new).unwrap();
        assert_eq!(value["wormholes"]["carrier"]["transit_ratio"]["fast_lane"], 0.25);
        assert_eq!(value["wormholes"]["carrier"]["transit_ratio"]["standard"], 0.6);
        assert_eq!(value["wormholes"]["carrier"]["kind"], "own_medium");
        assert_eq!(value["physics"]["wormhole"]["kinds"].to_string(), r#"{"fast_above":0.9}"#);
        assert!(
            new.starts_with("{\n  \"version\": 2,  \"name\": \"x\",\n  \"topology\": {\"file\": \"y\"},\n"),
            "{new}"
        );
        assert_eq!(migrate(&new), None);
        let without = r#"{"version": 1, "topology": {}, "wormholes": {"enabled": false}}"#;
        assert_eq!(migrate(without).unwrap(), without.replace('1', "2"));
        let arms = r#"{"version": 1, "topology": {}, "wormholes": {"enabled": false},
            "experiment": {"arms": [{"name": "a", "set":
                {"wormholes.enabled": true, "physics.wormhole.kinds.fast_transit": 0.2}}]}}"#;
        let arms: Value = serde_json::from_str(&migrate(arms).unwrap()).unwrap();
        assert_eq!(arms["wormholes"]["carrier"]["transit_ratio"]["fast_lane"], 0.4);
        assert_eq!(arms["experiment"]["arms"][0]["set"]["wormholes.carrier.transit_ratio.fast_lane"], 0.2);
        let silent = migrate(r#"{"version": 1, "topology": {}}"#).unwrap();
        assert!(silent.contains("own_medium"), "{silent}");
    }

    #[test]
    fn what_cannot_be_migrated_says_why() {
        for (text, expected) in [
            ("{", "JSON: EOF"),
            ("7", "version\": 1"),
            (r#"{"version": 7, "topology": {}}"#, "version\": 1"),
            (r#"{"topology": {}}"#, "version\": 1"),
            (r#"{"version": 1, "version": 1, "topology": {}}"#, "each field once"),
            (
                r#"{"version": 1, "topology": {}, "experiment": {"arms": [{"set": {"wormholes": {"enabled": true}}}]}}"#,
                "experiment.arms[0].set.\"wormholes\"",
            ),
            (
                r#"{"version": 1, "topology": {}, "experiment": {"vary": [{"path": "physics.wormhole.kinds"}]}}"#,
                "experiment.vary[0]",
            ),
        ] {
            let found = migrate(text).unwrap_err();
            assert!(found.contains(expected), "{text}: {found}");
        }
    }

    #[test]
    fn factors_are_migrated_by_their_paths() {
        let old = r#"{"version": 1, "topology": {}, "wormholes": {"enabled": false}, "experiment": {"vary": [
            {"path": "physics.wormhole.kinds.fast_transit", "values": [0.2, 0.3]}]}}"#;
        let new: Value = serde_json::from_str(&migrate(old).unwrap().unwrap()).unwrap();
        assert_eq!(new["experiment"]["vary"][0]["path"], "wormholes.carrier.transit_ratio.fast_lane");
        assert_eq!(new["wormholes"]["carrier"]["transit_ratio"]["fast_lane"], 0.4);
    }
}
