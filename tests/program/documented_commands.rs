//! Runs every command of the README and the manual, page by page and in order, as a reader would: in a folder with
//! a copy of `scenarios/` and the files that the page shows before the command.
//!
//! What takes long is made short in one place, [`shortened`].

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::command::wormsim;
use crate::common::project;
use crate::pages::{Page, arguments, commands, pages};

/// Beginnings of commands that are not run, as they build, or need the source.
const NOT_RUN: [&str; 3] = ["cargo test ", "cargo bench ", "cargo run --release --example "];

/// Ticks of shipped scenarios, after a warm-up of a tenth.
const TICKS: u64 = 2000;

/// Options that take other values wherever a page writes them.
const OTHER_VALUES: [(&str, &str); 3] = [("--replications", "2"), ("--sample", "2"), ("--at", "1000")];

/// Verbs that run replications, and take fewer where a page says nothing.
const REPLICATING: [&str; 4] = ["compare", "sweep", "breakeven", "advise"];

/// Verbs that make a page of what they ran, which other commands do too; they leave it out.
const WITHOUT_REPORT: [&str; 2] = ["compare", "sweep"];

/// Length of a run that is made longer.
const RESUMED_TICKS: &str = "10000";

/// The same command with less to do: two replications, no page, and [`TICKS`] for shipped scenarios, or as many
/// as their scheduled changes need.
fn shortened(folder: &Path, mut words: Vec<String>) -> Vec<String> {
    for (option, value) in OTHER_VALUES {
        set(&mut words, option, value, false);
    }
    let verb = words[0].clone();
    if REPLICATING.contains(&&*verb) {
        set(&mut words, "--replications", "2", true);
    }
    if WITHOUT_REPORT.contains(&&*verb) {
        words.push("--no-report".to_owned());
    }
    if verb == "resume" {
        set(&mut words, "--ticks", RESUMED_TICKS, false);
    }
    let shipped = words.iter().find(|word| word.starts_with("scenarios/") && word.ends_with(".json"));
    if let Some(shipped) = shipped.filter(|_| ["run", "compare", "sweep", "breakeven", "bound"].contains(&&*verb)) {
        let text = fs::read_to_string(folder.join(shipped)).unwrap();
        let scenario: Value = serde_json::from_str(&text).unwrap();
        let ticks = TICKS.max(latest_change(&scenario) + 1000);
        set(&mut words, "--ticks", &ticks.to_string(), true);
        words.extend(["--set".to_owned(), format!("warmup_ticks={}", TICKS / 10)]);
    }
    words
}

/// The latest tick at which something is scheduled in a scenario, or 0.
fn latest_change(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(latest_change).max().unwrap_or(0),
        Value::Object(fields) => {
            let own = ["tick", "start_tick"].iter().filter_map(|name| fields.get(*name)?.as_u64());
            own.chain(fields.values().map(latest_change)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

/// Gives an option another value; where it is not written, only if it is to be `added`.
fn set(words: &mut Vec<String>, option: &str, value: &str, added: bool) {
    match words.iter().position(|word| word == option) {
        Some(place) => words[place + 1] = value.to_owned(),
        None if added => words.extend([option.to_owned(), value.to_owned()]),
        None => {}
    }
}

/// A folder and everything in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// How many commands ran; what went wrong is added to `failures`.
fn follow(page: &Page, failures: &mut Vec<String>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy(&project("scenarios"), &folder.join("scenarios"));
    let mut ran = 0;
    for block in page.blocks() {
        if let Some(file) = &block.file {
            fs::write(folder.join(file), &block.text).unwrap();
        }
        if block.language != "sh" {
            continue;
        }
        for command in commands(&block) {
            if NOT_RUN.iter().any(|start| format!("{command} ").starts_with(start)) {
                continue;
            }
            let Some(words) = arguments(&command) else {
                failures.push(format!("{}: {command}\nis neither the program nor in the list of others", page.path));
                continue;
            };
            let words = shortened(folder, words);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (code, _, errors) = wormsim(folder, &words);
            if code != 0 {
                failures.push(format!("{}: {command}\nas {words:?}: exit code {code}\n{errors}", page.path));
            }
            ran += 1;
        }
    }
    ran
}

#[test]
fn every_command_of_the_manual_works() {
    let mut failures = Vec::new();
    let ran: usize = pages().iter().map(|page| follow(page, &mut failures)).sum();
    assert!(failures.is_empty(), "{} of {ran} commands fail\n\n{}", failures.len(), failures.join("\n"));
    assert!(ran > 40, "{ran}");
}
