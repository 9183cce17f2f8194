//! CSV and Parquet of small experiments, read back.

use std::collections::BTreeMap;
use std::io::Write;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::json;

use super::*;
use crate::recorder::summary::{DROP_REASONS, Summary};

/// A summary whose numbers all differ, from `first` on.
fn summary(first: u64) -> Summary {
    let mut next = first;
    let mut count = || {
        next += 1;
        next
    };
    let dropped: BTreeMap<&str, u64> = DROP_REASONS.into_iter().map(|reason| (reason, count())).collect();
    let [growing, overloaded] = [count(), count()];
    let mut number = || count() as f64 + 0.5;
    let stability = json!({
        "stable": true, "waiting_means": [number(), number(), number(), number()], "growth_per_tick": number(),
        "growing": [], "growing_queues": growing, "overloaded": [], "overloaded_queues": overloaded
    });
    let energy = json!({
        "saved": number(), "upkeep": number(), "opening": number(), "net": number(), "opening_in_warmup": number()
    });
    let entropy = json!({
        "network": number(), "network_bits": number(), "nodes_mean": number(), "wormholes_mean": number()
    });
    let parts = json!({
        "propagation": number(), "processing": number(), "node_wait": number(), "link_wait": number(), "setup": number()
    });
    let availability = json!({ "nodes": number(), "links": number() });
    let stretch = [number(), number()];
    let (hops, throughput) = (json!({ "mean": number(), "wormhole_share": number() }), number());
    let latency = json!({ "mean": number(), "p50": count(), "p95": count(), "p99": count(), "max": count() });
    let wormholes = json!({
        "active": count(), "dormant": count(), "archived": count(), "opened": count(), "reopened": count(),
        "closed": count()
    });
    serde_json::from_value(json!({
        "stretch": { "mean": stretch[0], "p95": stretch[1], "sampled": count() }, "availability": availability,
        "version": 1, "scenario": "small", "seed": 42, "ticks": count(), "ticks_planned": count(),
        "measured_ticks": count(), "digest": "abc", "latency_ticks": latency, "latency_parts_ticks": parts,
        "hops": hops,
        "accesses": { "injected": count(), "delivered": count(), "in_flight": count(), "dropped": dropped },
        "throughput_per_tick": throughput, "wormholes": wormholes, "energy": energy, "entropy": entropy,
        "stability": stability
    }))
    .unwrap()
}

fn origin() -> Origin {
    Origin { program_version: "1.2.3".into(), scenario: "small".into(), scenario_blake3: "00ff".into() }
}

fn outcome(arm: &str, point: Value, replication: u32, summary: Option<Summary>) -> Outcome {
    let status = if summary.is_some() { "complete" } else { "failed" };
    let reason = summary.is_none().then_some("no path, \"says\" the router");
    serde_json::from_value(json!({
        "arm": arm, "point": point, "replication": replication, "seed": u64::MAX - u64::from(replication),
        "status": status, "reason": reason, "accesses_blake3": null, "summary": summary
    }))
    .unwrap()
}

/// Runs in an order that is not that of the table, one of them failed, one without some numbers.
fn outcomes() -> Vec<Outcome> {
    let mut idle = summary(2000);
    idle.latency_ticks.mean = None;
    idle.latency_ticks.p99 = None;
    vec![
        outcome("b", json!({"rate": 10, "wormholes.policy": "gravity"}), 0, Some(idle)),
        outcome("b", json!({"rate": 2.5, "wormholes.policy": "random"}), 1, None),
        outcome("a", json!({"rate": 2.5, "wormholes.policy": "random"}), 0, Some(summary(1000))),
        outcome("b", json!({"rate": 2.5, "wormholes.policy": 7}), 0, Some(summary(3000))),
    ]
}

/// Rows of a Parquet file: cells by column.
fn read(parquet: &[u8]) -> Vec<BTreeMap<String, Field>> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(parquet).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns().into_iter().collect());
    rows.collect()
}

fn text(text: &str) -> Field {
    Field::Str(text.to_owned())
}

#[test]
fn parquet_holds_the_rows_in_order() {
    let rows = read(&Table::new(&origin(), &outcomes()).to_parquet());
    let column = |name: &str| -> Vec<Field> { rows.iter().map(|row| row[name].clone()).collect() };
    assert_eq!(column("program_version"), vec![text("1.2.3"); 4]);
    assert_eq!(column("scenario"), vec![text("small"); 4]);
    assert_eq!(column("scenario_blake3"), vec![text("00ff"); 4]);
    assert_eq!(column("arm"), ["b", "a", "b", "b"].map(text));
    assert_eq!(column("rate"), [2.5, 2.5, 2.5, 10.0].map(Field::Double));
    assert_eq!(column("wormholes.policy"), ["7", "random", "random", "gravity"].map(text));
    assert_eq!(column("replication"), [0, 0, 1, 0].map(Field::Long));
    assert_eq!(column("seed"), [0, 0, 1, 0].map(|replication| Field::ULong(u64::MAX - replication)));
    assert_eq!(column("status"), ["complete", "complete", "failed", "complete"].map(text));
    assert_eq!(column("reason"), [Field::Null, Field::Null, text("no path, \"says\" the router"), Field::Null]);
    assert_eq!(column("accesses_blake3"), vec![Field::Null; 4]);
    assert_eq!(column("digest"), [text("abc"), text("abc"), Field::Null, text("abc")]);
    let mean = |first| Field::Double(summary(first).latency_ticks.mean.unwrap());
    assert_eq!(column("latency_mean_ticks"), [mean(3000), mean(1000), Field::Null, Field::Null]);
    let p99 = |first| Field::Long(summary(first).latency_ticks.p99.unwrap().cast_signed());
    assert_eq!(column("latency_p99_ticks"), [p99(3000), p99(1000), Field::Null, Field::Null]);
}

#[test]
fn csv_has_the_cells_of_parquet() {
    let table = Table::new(&origin(), &outcomes());
    let (csv, rows) = (table.to_csv(), read(&table.to_parquet()));
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let records: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        assert!(record.keys().eq(row.keys()));
        for (name, cell) in record {
            let read = match &row[name] {
                Field::Null => cell.is_empty(),
                Field::Double(number) => cell.parse() == Ok(*number) && cell.contains('.'),
                Field::Long(number) => *cell == number.to_string(),
                Field::ULong(number) => *cell == number.to_string(),
                Field::Str(text) => cell == text,
                other => panic!("{name} is {other:?}"),
            };
            assert!(read, "{name}: {cell:?} is not {:?}", row[name]);
        }
    }
}

/// All numbers of a JSON value, each with the name or number of its field; `name` is that of the value itself.
fn numbers(name: &str, value: &Value) -> Vec<(String, f64)> {
    match value {
        Value::Array(values) => {
            values.iter().zip(1..).flat_map(|(value, number)| numbers(&number.to_string(), value)).collect()
        }
        Value::Object(fields) => fields.iter().flat_map(|(name, value)| numbers(name, value)).collect(),
        other => other.as_f64().map(|number| (name.to_owned(), number)).into_iter().collect(),
    }
}

#[test]
fn every_number_of_a_summary_has_one_column_with_the_words_of_its_name() {
    let summary = summary(1000);
    let columns = METRICS.map(|(name, metric)| match metric {
        Metric::Count(of) => (name, of(&summary).expect(name) as f64),
        Metric::Number(of) => (name, of(&summary).expect(name)),
    });
    let mut fields = numbers("summary", &json!(summary));
    // Neither the version of its format nor the seed, which has a column of its own.
    fields.retain(|(_, number)| *number > 1000.0);
    assert_eq!(columns.len(), fields.len());
    for (field, number) in fields {
        let names: Vec<&str> = columns.iter().filter(|(_, cell)| *cell == number).map(|(name, _)| *name).collect();
        let [name] = names[..] else { panic!("{field} has the columns {names:?}") };
        assert!(field.split('_').all(|word| name.split('_').any(|other| word == other)), "{field} is {name}");
    }
}

#[test]
fn files_do_not_depend_on_the_order_of_completion() {
    let mut outcomes = outcomes();
    let table = Table::new(&origin(), &outcomes);
    for _ in 0..outcomes.len() {
        outcomes.rotate_left(1);
        let turned = Table::new(&origin(), &outcomes);
        assert_eq!(turned.to_csv(), table.to_csv());
        assert_eq!(turned.to_parquet(), table.to_parquet());
    }
}

#[test]
fn no_column_has_the_name_of_another_or_of_a_field_of_a_scenario() {
    let table = Table::new(&origin(), &[]);
    let names: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names.len(), table.columns.len());
    let schema = json!(crate::scenario::scenario_schema(&crate::simulation::kinds()));
    let fields = schema["properties"].as_object().unwrap();
    let common: Vec<&String> = fields.keys().filter(|field| names.contains(field.as_str())).collect();
    assert_eq!(common, ["seed"]);
}

#[test]
fn no_cell_of_csv_begins_a_formula() {
    let reasons = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "plain", "'=1", "a=1", ""];
    let outcomes: Vec<Outcome> = (0..)
        .zip(reasons)
        .map(|(replication, reason)| {
            let value = [json!(-1), json!("inf"), json!("=x")][replication as usize % 3].clone();
            let point = json!({ "router.exploration": value });
            Outcome { reason: Some(reason.to_owned()), ..outcome("-arm", point, replication, None) }
        })
        .collect();
    let table = Table::new(&Origin { scenario: "-small".into(), ..origin() }, &outcomes);
    let csv = table.to_csv();
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let records: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    for row in &records {
        for cell in row.values() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']) || cell == "-1", "{cell:?}");
        }
        assert_eq!([&row["arm"], &row["scenario"]], ["'-arm", "'-small"]);
    }
    for (reason, expected) in reasons.iter().zip(["'", "'", "'", "'", "'", "'", "", "", "", ""]) {
        assert!(records.iter().any(|row| row["reason"] == format!("{expected}{reason}")), "{reason:?}");
    }
    let rows = read(&table.to_parquet());
    let raw = |text: &str| rows.iter().any(|row| row["reason"] == Field::Str(text.to_owned()));
    assert!(reasons.iter().all(|reason| raw(reason)), "Parquet has them as they are");
}

#[test]
fn table_of_no_runs_has_columns() {
    let table = Table::new(&origin(), &[]);
    assert_eq!(table.to_csv().iter().filter(|byte| **byte == b'\n').count(), 1);
    assert!(read(&table.to_parquet()).is_empty());
}
