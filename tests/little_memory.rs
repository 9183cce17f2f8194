//! Too little memory is an error that names what it was for: no verb aborts, however little there is.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::json;
use tempfile::TempDir;

/// Runs the program in `folder` with so many KiB of address space, if there is a limit.
fn run(folder: &Path, arguments: &[&str], kib: Option<u32>) -> Output {
    let limit = kib.map_or_else(|| "unlimited".to_owned(), |kib| kib.to_string());
    Command::new("sh")
        .args(["-c", "ulimit -c 0; ulimit -v $0; exec \"$@\"", &limit])
        .arg(cargo_bin!("wormsim"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn every_verb_ends_with_a_sentence_where_memory_is_short() {
    let scenario = json!({
        "version": 1, "name": "x", "ticks": 200, "warmup_ticks": 20,
        "topology": {"generator": {"kind": "ring", "nodes": 12}, "capacity_per_tick": 2},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 2}]
    });
    let verbs: [&[&str]; 7] = [
        &["validate", "x.json"],
        &["run", "x.json", "--quiet", "--force", "--out", "run"],
        &["analyze", "made"],
        &["report", "made", "--quiet"],
        &["advise", "made", "--quiet", "--replications", "2"],
        &["compare", "x.json", "--quiet", "--force", "--replications", "2", "--out", "compare"],
        &["sweep", "x.json", "--quiet", "--force", "--vary", "nodes.service_per_tick=1,2", "--out", "sweep"],
    ];
    std::thread::scope(|scope| {
        for verb in verbs {
            scope.spawn(|| ends_with_a_sentence(verb, &scenario.to_string()));
        }
    });
}

/// Runs a verb under many limits, in a folder of its own.
fn ends_with_a_sentence(verb: &[&str], scenario: &str) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.json"), scenario).unwrap();
    let made = run(folder.path(), &["run", "x.json", "--quiet", "--out", "made"], None);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let program = fs::metadata(cargo_bin!("wormsim")).unwrap().len();
    let (mut refused, mut done) = (0, 0);
    // Small steps where the program just starts, larger ones where its threads do.
    for kib in (20_000..100_000).step_by(4_000).chain((100_000..400_000).step_by(30_000)) {
        // Pictures take the longest, and are drawn in one thread: what suffices five times always does.
        if verb[0] == "report" && done == 5 {
            break;
        }
        let output = run(folder.path(), verb, Some(kib));
        let told = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => done += 1,
            Some(1) if told.contains("error: not enough memory for ") => refused += 1,
            Some(127) if told.contains("error while loading shared libraries") => {}
            // The system cannot load the program itself.
            None if output.status.signal() == Some(11) && u64::from(kib) * 1024 < program => {}
            code => panic!("{verb:?} at {kib} KiB ends with {code:?}, {:?}: {told}", output.status.signal()),
        }
    }
    assert!(done > 0, "{verb:?} never had enough");
    assert!(refused > 0 || verb[0] == "validate" || verb[0] == "analyze", "{verb:?} always had enough");
}
