//! What people see on a terminal while runs go on, and what is left of it.

#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use common::busy;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

/// What appears on a terminal to which standard error of a command that succeeds goes.
fn seen(folder: &Path, arguments: &[&str]) -> String {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let far = File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
    let mut command = Command::new(cargo_bin!("wormsim"));
    let mut child = command.args(arguments).current_dir(folder).env("TERM", "xterm").stderr(far).spawn().unwrap();
    // The terminal is gone with the last that writes to it.
    drop(command);
    let (mut text, mut near, mut block) = (Vec::new(), File::from(near), [0; 4096]);
    while let Ok(length @ 1..) = near.read(&mut block) {
        text.extend(&block[..length]);
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
    let arguments = ["compare", "busy.json", "--replications", "2", "--out", "compared"];
    let text = seen(folder.path(), &arguments);
    assert!(text.contains(" runs, ") && text.contains("; best so far: "), "{text:?}");
    assert_eq!(seen(folder.path(), &[&arguments[..], &["--quiet"]].concat()), "");
}
