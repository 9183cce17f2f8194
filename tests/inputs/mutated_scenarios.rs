//! Scenarios with random defects load or end in an error of one line; nothing panics.

use std::fs;

use boon::{Compiler, Schemas};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use wormsim::scenario::scenario_schema;
use wormsim::simulation::load;

/// Every value of a document, by pointer.
fn pointers(document: &Value, at: String, all: &mut Vec<String>) {
    match document {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| pointers(value, format!("{at}/{key}"), all)),
        Value::Array(items) => {
            (0..).zip(items).for_each(|(index, value)| pointers(value, format!("{at}/{index}"), all))
        }
        _ => {}
    }
    all.push(at);
}

fn rich() -> Value {
    let mut document = json!({
        "version": 1, "name": "x", "ticks": 1000,
        "topology": {
            "nodes": [{"id": "WA"}, {"id": "IL"}, {"id": "NY"}],
            "links": [{"ends": ["WA", "IL"]}, {"ends": ["IL", "NY"]}]
        },
        "router": {"kind": "shortest_path"}
    });
    document["workloads"] = json!([
        {"kind": "zipf", "accesses_per_tick": 2.0, "items": 10, "homes": ["WA"], "diurnal": {}, "hot_spot": {}},
        {"kind": "matrix", "rates": {"WA": {"NY": 0.5}}, "arrivals": {"kind": "binomial", "sources": 9}},
        {"kind": "gravity", "accesses_per_tick": 1.0, "masses": {"WA": 2.0},
         "flash_crowd": {"target": "NY", "start_tick": 5}}
    ]);
    document["events"] = json!([
        {"tick": 5, "fail_link": ["WA", "IL"]},
        {"tick": 9, "restore_link": ["WA", "IL"]},
        {"tick": 9, "set_capacity": {"link": ["IL", "NY"], "capacity_per_tick": 4, "back": {"capacity_per_tick": 5}}},
        {"tick": 9, "set_capacity": {"link": ["IL", "WA"], "capacity_per_tick": 4, "one_way": true}}
    ]);
    document["failures"] = json!([
        {"kind": "links", "links": [["WA", "IL"]], "mean_up_ticks": 90, "mean_down_ticks": 9, "until_tick": 500},
        {"kind": "nodes", "mean_up_ticks": 90, "mean_down_ticks": 9,
            "down_distribution": {"kind": "weibull", "shape": 0.5}},
        {"kind": "group", "links": [["NY", "IL"]], "nodes": ["NY"], "mean_up_ticks": 90, "mean_down_ticks": 9},
        {"kind": "sessions", "sessions": {"WA": [[0, 9], [20, 900]], "IL": []}}
    ]);
    document["wormholes"] = json!({"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "initial": [["WA", "NY"]]});
    document["physics"] = json!({"decay": {"fade_per_tick": 0.1}, "wormhole": {"kinds": {"fast_above": 0.9}}});
    document
}

/// What a validator that nobody here wrote says of a document.
fn fits_schema(document: &Value) -> bool {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("wormsim.json", scenario_schema(&wormsim::simulation::kinds()).to_value()).unwrap();
    let index = compiler.compile("wormsim.json", &mut schemas).unwrap();
    schemas.validate(document, index).is_ok()
}

fn loads(text: &str) -> Result<(), String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("x.json");
    fs::write(&file, text).unwrap();
    load(&file, &[]).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn the_mutated_scenario_is_good_to_begin_with() {
    assert_eq!(loads(&rich().to_string()), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..Default::default() })]

    #[test]
    fn mutated_values_load_or_end_in_one_line(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8), 1..4)
    ) {
        let mut document = rich();
        for (place, other, kind) in mutations {
            let mut all = Vec::new();
            pointers(&document, String::new(), &mut all);
            let place = place.get(&all).clone();
            let odd = [
                json!(null), json!(-1), json!(0), json!(1e300), json!(""), json!("WA"), json!([]), json!({}),
                json!(true),
            ];
            let replacement = match kind {
                0 => other.get(&odd).clone(),
                1 => document.pointer(other.get::<String>(&all)).unwrap().clone(),
                _ => Value::Null,
            };
            let value = document.pointer_mut(&place).unwrap();
            match (kind, value) {
                (2, Value::Object(fields)) => {
                    let key = fields.keys().next().cloned();
                    key.map(|key| fields.remove(&key));
                }
                (2, Value::Array(items)) => { items.pop(); }
                (3, Value::Array(items)) => items.extend_from_within(..),
                (_, value) => *value = replacement,
            }
        }
        match loads(&document.to_string()) {
            Ok(()) => prop_assert!(fits_schema(&document), "loads, but does not fit the schema: {document}"),
            Err(error) => prop_assert!(error.lines().count() == 1 && error.contains("x.json"), "{error}"),
        }
    }

    #[test]
    fn mutated_text_loads_or_ends_in_one_line(
        start in 0.0..1.0_f64,
        length in 0..30_usize,
        insert in "[\\[\\]{}\",:0-9a-zéA-Z.\\\\ -]{0,6}",
    ) {
        let mut text = rich().to_string();
        let start = (start * text.len() as f64) as usize;
        let end = (start + length).min(text.len());
        prop_assume!(text.is_char_boundary(start) && text.is_char_boundary(end));
        text.replace_range(start..end, &insert);
        if let Err(error) = loads(&text) {
            prop_assert!(error.lines().count() == 1 && error.contains("x.json"), "{error}");
        }
    }
}
