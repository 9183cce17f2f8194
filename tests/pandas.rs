//! The table of an experiment in pandas, where python3 has it: both files are read alike, without any option that tells
//! how.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::{project, shipped, summary};
use serde_json::{Value, json};
use wormsim::experiment::outcome::Outcome;
use wormsim::experiment::table::{Origin, Table};

fn outcome(arm: &str, exploration: Value, replication: u64, status: &str) -> Outcome {
    let seed = u64::MAX / 3 * (1 + replication);
    let set = [format!("seed={seed}"), "ticks=200".into(), "warmup_ticks=50".into()];
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    let summary = (status == "complete").then(|| summary(shipped("nsfnet-hotspot", &set)));
    let reason = (status == "failed").then_some("=no route, \"it says\",\nand no more");
    serde_json::from_value(json!({
        "arm": arm, "point": {"router.exploration": exploration, "wormholes.policy": "gravity"},
        "replication": replication, "seed": seed, "status": status,
        "reason": reason, "accesses_blake3": null, "summary": summary
    }))
    .unwrap()
}

fn table() -> Table {
    let origin = Origin {
        program_version: wormsim::VERSION.to_owned(),
        scenario: "nsfnet-hotspot".to_owned(),
        scenario_blake3: blake3::hash(b"scenario").to_hex().to_string(),
    };
    let outcomes = [
        outcome("both", json!(0), 0, "complete"),
        outcome("both", json!(0.1), 0, "complete"),
        outcome("both", json!(0.1), 1, "failed"),
        outcome("both", json!(0.1), 2, "complete"),
        outcome("-none", json!(0.1), 2, "complete"),
    ];
    Table::new(&origin, &outcomes)
}

fn check(csv: &Path, parquet: &Path) -> Output {
    let script = project("scripts/pandas-check.py");
    Command::new("python3").arg(script).args([csv, parquet]).output().unwrap()
}

#[test]
fn pandas_reads_both_files_alike() {
    let there = Command::new("python3").args(["-c", "import pandas, pyarrow"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("not tested: python3 has no pandas, or no pyarrow");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (csv, parquet) = (folder.path().join("results.csv"), folder.path().join("results.parquet"));
    let (table, other) = (table(), folder.path().join("other.csv"));
    std::fs::write(&csv, table.to_csv()).unwrap();
    std::fs::write(&parquet, table.to_parquet()).unwrap();

    let output = check(&csv, &parquet);
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{output:?}");

    let text = String::from_utf8(table.to_csv()).unwrap();
    let wrong = [
        ("a value", text.replace(",failed,", ",complete,")),
        ("a missing cell", text.replace(",complete,,", ",complete,none known,")),
        ("a type", text.replace(",0.0,gravity", ",zero,gravity")),
        ("a name", text.replacen("replication", "repetition", 1)),
    ];
    for (what, wrong) in wrong {
        assert_ne!(text, wrong, "{what} was not changed");
        std::fs::write(&other, wrong).unwrap();
        assert_eq!(check(&other, &parquet).status.code(), Some(1), "{what} is another");
    }
}
