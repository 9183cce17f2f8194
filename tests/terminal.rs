//! What people see of runs: on a terminal while they go on, and when they are over.

#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use common::busy;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};

/// What appears on a terminal to which standard error of a command that succeeds goes.
fn seen(folder: &Path, arguments: &[&str]) -> String {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let far = File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.args(arguments).current_dir(folder).env("TERM", "xterm");
    let mut child = command.stdout(Stdio::null()).stderr(far).spawn().unwrap();
    // The terminal is gone with the last that writes to it.
    drop(command);
    let (mut text, mut near, mut block) = (Vec::new(), File::from(near), [0; 4096]);
    loop {
        match near.read(&mut block) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(length @ 1..) => text.extend(&block[..length]),
            Ok(0) | Err(_) => break,
        }
    }
    let text = String::from_utf8(text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    text
}

/// Nothing is left of a line that was shown.
fn check_is_taken_away(text: &str) {
    assert!(text.trim_end().ends_with("\u{1b}[2K"), "{text:?}");
}

#[test]
fn progress_is_shown_to_people_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("busy.json"), busy().to_string()).unwrap();
    let run = |options: &[&str]| {
        let arguments = [&["run", "busy.json", "--force", "--json", "--out", "run"], options].concat();
        (seen(folder.path(), &arguments), fs::read(folder.path().join("run/digests.csv")).unwrap())
    };
    let (text, digests) = run(&[]);
    let shown = text.split(" in flight").next().unwrap();
    assert!(shown.contains("/1500 ticks, ") && shown.contains(" ticks/s, "), "{text:?}");
    check_is_taken_away(&text);
    assert_eq!(run(&["--quiet"]), (String::new(), digests.clone()));
    let (text, logged) = run(&["-v"]);
    assert!(!text.contains(" in flight") && logged == digests, "{text:?}");
}

#[test]
fn runs_of_an_experiment_are_counted_and_the_best_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = busy();
    scenario["ticks"] = json!(600);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    let arguments = ["compare", "busy.json", "--replications", "2", "--out"];
    let text = seen(folder.path(), &[&arguments[..], &["compared"]].concat());
    assert!(text.contains(" runs, ") && text.contains("; best so far: "), "{text:?}");
    check_is_taken_away(&text);
    assert_eq!(seen(folder.path(), &[&arguments[..], &["quietly", "--quiet"]].concat()), "");
}

#[test]
fn the_best_so_far_is_named_harmlessly() {
    let folder = tempfile::tempdir().unwrap();
    let name = "\u{1b}]0;pwned\u{7}";
    let scenario = json!({
        "version": 1, "name": "small", "ticks": 200, "workloads": [{"kind": "gravity", "accesses_per_tick": 0.5}],
        "topology": {"nodes": [{"id": name}, {"id": "b"}], "links": [{"ends": [name, "b"]}]},
    });
    fs::write(folder.path().join("s.json"), scenario.to_string()).unwrap();
    let vary = "workloads.0.masses.\u{1b}]0;pwned\u{7}=1,2";
    let text = seen(folder.path(), &["sweep", "s.json", "--out", "swept", "--no-report", "--vary", vary]);
    assert!(text.contains("\\u001b]0;pwned\\u0007=") && !text.contains("\u{1b}]0;"), "{text:?}");
}

/// Numbers of a row of the table, in their order.
fn numbers(table: &str, row: &str) -> Vec<f64> {
    let text = table.lines().find(|line| line.starts_with(row)).unwrap_or_else(|| panic!("no {row} in\n{table}"));
    text.split(|c: char| c.is_whitespace() || "(),;".contains(c)).filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn the_table_of_a_run_says_what_its_summary_says() {
    let folder = tempfile::tempdir().unwrap();
    // Only few accesses find a place in these queues.
    let mut scenario = busy();
    scenario["nodes"]["queue_limit"] = json!(3);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    for (option, verdict) in [
        ("wormholes.enabled=true", "wormholes cost more than they saved"),
        ("wormholes.enabled=false", "there were no wormholes"),
        ("physics.wormhole.opening_cost=0", "wormholes saved more than they cost"),
    ] {
        let mut command = Command::new(cargo_bin!("wormsim"));
        command.args(["run", "busy.json", "--force", "--out", "run", "--set", option]).current_dir(folder.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let table = String::from_utf8(output.stdout).unwrap();
        let text = fs::read_to_string(folder.path().join("run/summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&text).unwrap();
        // Half of the last digit that is shown.
        for (row, of, names, half) in [
            ("accesses", "accesses", &["injected", "delivered", "in_flight"][..], 0.5),
            ("latency", "latency_ticks", &["mean"], 5e-4),
            ("parts", "latency_parts_ticks", &["propagation", "processing", "node_wait", "link_wait", "setup"], 5e-4),
            ("hops", "hops", &["mean"], 5e-4),
            ("throughput", "", &["throughput_per_tick"], 5e-4),
            ("wormholes", "wormholes", &["active", "dormant", "archived", "opened", "reopened", "closed"], 0.5),
            ("energy", "energy", &["saved", "upkeep", "opening", "net", "opening_in_warmup"], 0.05),
            ("entropy", "entropy", &["network"], 5e-5),
        ] {
            let section = if of.is_empty() { &summary } else { &summary[of] };
            let shown = numbers(&table, row);
            for (name, shown) in names.iter().zip(&shown) {
                let known = section[name].as_f64().unwrap_or_else(|| panic!("no {name} of {row}"));
                assert!((known - shown).abs() < half * 1.001, "{row} {known}\n{table}");
            }
            assert!(shown.len() >= names.len(), "{row}\n{table}");
        }
        let dropped = summary["accesses"]["dropped"].as_object().unwrap();
        let all: u64 = dropped.values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(numbers(&table, "accesses")[3], all as f64);
        let reasons = dropped.iter().filter(|(_, count)| **count != json!(0));
        let reasons: Vec<String> = reasons.map(|(reason, count)| format!("{reason} {count}")).collect();
        assert!(reasons.len() > 1 && table.contains(&format!("dropped ({})\n", reasons.join(", "))), "{table}");
        let latencies = ["p50", "p95", "p99", "max"].map(|name| format!("{name} {}", summary["latency_ticks"][name]));
        assert!(table.contains(&format!(", {} ticks (mean ", latencies.join(", "))), "{table}");
        assert!(table.contains(&format!(" ticks: {verdict} (")), "{table}");
        let digest = summary["digest"].as_str().unwrap();
        assert!(table.ends_with(&format!("\ndigest      {digest}\nresults     run\n")), "{table}");
    }
}
