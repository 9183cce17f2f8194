//! Structured logs as a user asks for them: silent by default, on standard error only, and without any influence.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

use crate::common::busy;

/// Runs the busy scenario with a checkpoint every 100 ticks in `folder`/`name`.
fn run(folder: &Path, name: &str, options: &[&str], errors: Stdio) -> Output {
    let mut scenario = busy();
    scenario["ticks"] = json!(600);
    scenario["nodes"]["service_per_tick"] = json!(3);
    scenario["persistence"] = json!({"snapshot_every_ticks": 250, "checkpoint_every_ticks": 100});
    let path = folder.join("scenario.json");
    fs::write(&path, scenario.to_string()).unwrap();
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.arg("run").arg(&path).arg("--out").arg(folder.join(name)).arg("--json").args(options);
    command.stderr(errors).output().unwrap()
}

/// Logged lines that hold `text`.
fn lines(output: &Output, text: &str) -> usize {
    String::from_utf8_lossy(&output.stderr).lines().filter(|line| line.contains(text)).count()
}

#[test]
fn nothing_is_logged_unless_asked_for_and_nothing_else_depends_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name, options: &[&str]| run(folder.path(), name, options, Stdio::piped());
    let silent = run("silent", &[]);
    assert!(silent.status.success());
    assert_eq!(String::from_utf8_lossy(&silent.stderr), "");
    let digests = |name: &str| fs::read(folder.path().join(name).join("digests.csv")).unwrap();
    for (level, option) in ["-v", "-vv", "-vvv"].into_iter().enumerate() {
        let logged = run(option, &[option]);
        assert_eq!((logged.status.code(), &logged.stdout), (Some(0), &silent.stdout), "{option}");
        assert_eq!(digests(option), digests("silent"), "{option}");
        let expected = |line: &str, level_of_line| (level >= level_of_line, line.to_owned());
        for (shown, line) in [
            expected("network built nodes=40 ", 0),
            expected("node failed tick=300 node=\"17\"", 0),
            expected("state written ticks=500 ", 0),
            expected("close time.busy=", 0),
            expected("wormhole opened tick=", 1),
            expected("file written path=\"summary.json\"", 2),
        ] {
            assert_eq!(
                lines(&logged, &line) > 0,
                shown,
                "{option}: {line}\n{}",
                String::from_utf8_lossy(&logged.stderr)
            );
        }
        // Each in a line of its own, however many verbs deep it was asked for.
        assert_eq!(lines(&logged, "checkpoint written"), 5, "{option}");
    }
}

#[test]
fn size_and_rate_of_a_checkpoint_are_told_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let logged = run(folder.path(), "run", &["-v"], Stdio::piped());
    let text = String::from_utf8(logged.stderr).unwrap();
    let line = text.lines().find(|line| line.contains("checkpoint written ticks=500 ")).unwrap();
    let field = |name: &str| -> f64 {
        let (_, rest) = line.split_once(&format!(" {name}=")).unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    let path = folder.path().join("run/checkpoints/0000000500.ckpt");
    assert_eq!(field("bytes"), fs::metadata(path).unwrap().len() as f64);
    let rate = field("bytes") / 1e3 / field("ms");
    assert!((field("mb_per_s") - rate).abs() < 1e-9 * rate, "{line}");
}

#[test]
fn a_standard_error_that_takes_nothing_stops_no_run() {
    let full = File::options().write(true).open("/dev/full");
    // Not every system has one.
    let Ok(full) = full else { return };
    let folder = tempfile::tempdir().unwrap();
    let logged = run(folder.path(), "run", &["-vvv"], full.into());
    assert_eq!(logged.status.code(), Some(0));
    let summary: Value = serde_json::from_slice(&logged.stdout).unwrap();
    assert_eq!(summary["ticks"], json!(600));
}
