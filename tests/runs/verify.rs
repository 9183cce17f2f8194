//! What `verify` says of runs that are what they claim to be, and of those that are not.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use wormsim::store::manifest::{Manifest, Status};

use crate::common::busy;

fn wormsim(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(cargo_bin!("wormsim")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a run of a busy scenario.
fn with_run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("busy.json"), busy().to_string()).unwrap();
    assert_eq!(wormsim(folder.path(), &["run", "busy.json", "--out", "run", "--quiet"]).0, 0);
    folder
}

/// Rewrites a file of the run so that it looks as if the run had written it.
fn forge(folder: &Path, path: &str, change: impl Fn(String) -> String) {
    let (run, place) = (folder.join("run"), folder.join("run").join(path));
    let text = change(fs::read_to_string(&place).unwrap());
    fs::write(&place, &text).unwrap();
    let mut manifest = Manifest::read(&run).unwrap();
    *manifest.outputs.get_mut(path).unwrap() = blake3::hash(text.as_bytes()).to_hex().to_string();
    fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
}

#[test]
fn a_run_is_what_its_scenario_gives() {
    let folder = with_run();
    let (code, text, errors) = wormsim(folder.path(), &["verify", "run"]);
    assert_eq!((code, &*errors), (0, ""));
    assert!(text.starts_with("run: equal; 1500 ticks run again give the same digests and the same "), "{text}");
    let (code, text, _) = wormsim(folder.path(), &["verify", "run", "--quick"]);
    assert!(code == 0 && text.contains("whether the scenario gives them was not tried"), "{text}");
    let (code, text, _) = wormsim(folder.path(), &["verify", "run", "--json"]);
    assert_eq!((code, &serde_json::from_str::<Value>(&text).unwrap()["equal"]), (0, &json!(true)));
    assert_eq!(wormsim(folder.path(), &["verify", "run", "--quiet"]), (0, String::new(), String::new()));
}

#[test]
fn a_file_that_was_changed_or_lost_is_named() {
    let folder = with_run();
    let place = folder.path().join("run/wormholes/analytics/usage_patterns.json");
    fs::write(&place, fs::read_to_string(&place).unwrap().replacen('1', "2", 1)).unwrap();
    fs::remove_file(folder.path().join("run/plots/map.svg")).unwrap();
    for arguments in [&["verify", "run", "--quick"][..], &["verify", "run"]] {
        let (code, text, _) = wormsim(folder.path(), arguments);
        assert_eq!(code, 5, "{text}");
        assert!(text.contains("run: plots/map.svg is not what manifest.json says"), "{text}");
        assert!(text.contains("run: wormholes/analytics/usage_patterns.json is not what manifest.json says"), "{text}");
        assert!(!text.contains("digests differ"), "{text}");
    }
}

#[test]
fn a_result_that_the_scenario_does_not_give_is_found_and_placed() {
    let folder = with_run();
    let rows = fs::read_to_string(folder.path().join("run/digests.csv")).unwrap();
    let row = rows.lines().nth(5).unwrap().to_owned();
    let tick = row.split(',').next().unwrap().to_owned();
    let mut parts: Vec<String> = row.split(',').map(str::to_owned).collect();
    // The whole, and wormholes.
    for place in [1, 4] {
        parts[place] = "0".repeat(64);
    }
    forge(folder.path(), "digests.csv", |text| text.replace(&row, &parts.join(",")));
    forge(folder.path(), "metrics.csv", |text| text.replacen(",1", ",2", 1));
    assert_eq!(wormsim(folder.path(), &["verify", "run", "--quick"]).0, 0);
    let (code, text, _) = wormsim(folder.path(), &["verify", "run"]);
    assert_eq!(code, 5);
    assert!(text.contains(&format!("run: digests differ at tick {tick} (equal up to tick ")), "{text}");
    assert!(text.contains(") in: wormholes\n"), "{text}");
    assert!(text.contains("run: metrics.csv is not what the scenario gives"), "{text}");
    let (_, text, _) = wormsim(folder.path(), &["verify", "run", "--json"]);
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["differences"]["first"]["parts"], json!(["wormholes"]));
    assert_eq!(found["differences"]["other_files"], json!(["digests.csv", "metrics.csv"]));
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let folder = with_run();
    let run = folder.path().join("run");
    let refused = |expected: &str| {
        let (code, _, text) = wormsim(folder.path(), &["verify", "run"]);
        assert!(code == 1 && text.contains(expected), "{code} {text}");
    };
    let mut manifest = Manifest::read(&run).unwrap();
    let whole = manifest.to_text();
    for status in [Status::Running, Status::Failed] {
        manifest.status = status;
        fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
        refused("run: the run is not over");
    }
    fs::write(run.join("manifest.json"), whole.replace("\"complete\"", "\"partial\"")).unwrap();
    refused("was edited: its checksum is not that of its content");
    fs::write(run.join("manifest.json"), &whole).unwrap();
    let scenario = run.join("scenario.json");
    fs::write(&scenario, fs::read_to_string(&scenario).unwrap().replace("\"seed\": 5", "\"seed\": 6")).unwrap();
    refused("scenario.json was changed since the run began");
    assert_eq!(wormsim(folder.path(), &["verify", "run", "--quick"]).0, 5);
    for (file, content) in [("file", None), ("empty", Some("")), ("theirs", Some("notes.txt"))] {
        let place = folder.path().join(file);
        match content {
            None => fs::write(place, "").unwrap(),
            Some(name) => {
                fs::create_dir(&place).unwrap();
                if !name.is_empty() {
                    fs::write(place.join(name), "").unwrap();
                }
            }
        }
    }
    // A file is a network, and what is not there may be one.
    for (verb, more, others) in [
        ("verify", &[][..], ["nowhere", "file"]),
        ("resume", &[], ["nowhere", "file"]),
        ("fork", &["--at", "2", "--out", "forked"], ["nowhere", "file"]),
        ("report", &[], ["nowhere", "file"]),
        ("advise", &[], ["nowhere", "file"]),
        ("analyze", &[], ["empty", "empty"]),
        ("route", &["a", "b"], ["empty", "empty"]),
    ] {
        for place in others.iter().chain(&["empty", "theirs"]) {
            let (code, output, errors) = wormsim(folder.path(), &[&[verb, place], more].concat());
            let expected = format!("error: {place} is no run directory of wormsim\n");
            assert_eq!((code, &*output, &*errors), (2, "", &*expected), "{verb}");
        }
    }
}
