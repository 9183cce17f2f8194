//! A run that was ended at any moment and resumed leaves the files of one that was not, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;
use wormsim::store::json;
use wormsim::store::manifest::{Manifest, Status};

use crate::common::busy;

/// A folder with a busy scenario, after a change.
fn with_scenario(change: impl Fn(&mut Value)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = busy();
    scenario["persistence"] = json!({"snapshot_every_ticks": 340, "checkpoint_every_ticks": 100});
    change(&mut scenario);
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.args(arguments).arg("--quiet").current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(out: &str) -> [&str; 4] {
    ["run", "busy.json", "--out", out]
}

fn wormsim(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// The exit code and what was said on standard error.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = wormsim(folder, arguments);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// All files of a run directory, by path.
fn all_files(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![run.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(run).unwrap().to_owned(), fs::read(path).unwrap());
            }
        }
    }
    found
}

/// All but checkpoints and manifest.
fn files(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = all_files(run);
    found.remove(Path::new("manifest.json")).unwrap();
    found.retain(|path, _| !path.starts_with("checkpoints"));
    found
}

fn manifest(run: &Path) -> Manifest {
    json::read(&run.join("manifest.json")).unwrap()
}

fn check_same(a: &Path, b: &Path) {
    assert_eq!(manifest(a).outputs, manifest(b).outputs);
    let (a, b) = (files(a), files(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    a.iter().zip(&b).for_each(|((path, a), (_, b))| assert!(a == b, "{} differs", path.display()));
}

/// The checkpoints of a run, the oldest first.
fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join("checkpoints")).into_iter().flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "ckpt"));
    found.sort();
    found
}

/// Lets a complete run look as if it had been killed after all was written but the manifest.
fn undo_the_end(run: &Path) {
    let mut manifest = manifest(run);
    manifest.status = Status::Running;
    fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
}

#[test]
fn a_run_whose_last_files_are_newer_than_its_checkpoint_is_cut_back_and_goes_on() {
    for router in [json!({"kind": "q_routing", "exploration": 0.01}), json!({"kind": "multipath"})] {
        let folder = with_scenario(|scenario| scenario["router"] = router.clone());
        let [whole, other] = ["whole", "other"].map(|name| folder.path().join(name));
        for out in ["whole", "other"] {
            assert_eq!(said(folder.path(), &start(out)), (0, String::new()));
        }
        let names: Vec<_> = checkpoints(&other).iter().map(|p| p.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["0000001300.ckpt", "0000001400.ckpt"]);
        undo_the_end(&other);
        fs::write(other.join("wormholes/.wormsim-1-2.tmp"), "half").unwrap();
        fs::write(other.join(".wormsim-1-2.tmp"), "half").unwrap();
        fs::write(other.join("wormholes/analytics/optimization_logs/log-001.jsonl"), "of later\n").unwrap();
        let journal = other.join("wormholes/topology/journal.jsonl");
        fs::write(&journal, [fs::read(&journal).unwrap(), b"{\"torn".to_vec()].concat()).unwrap();
        // The newest is damaged: the one before it is used, and the damage is told.
        let damaged = &checkpoints(&other)[1];
        let bytes = fs::read(damaged).unwrap();
        fs::write(damaged, &bytes[..bytes.len() - 10]).unwrap();
        let (code, text) = said(folder.path(), &["resume", "other"]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("0000001400.ckpt: its writer is truncated; passed over"), "{text}");
        check_same(&whole, &other);
        let manifest = manifest(&other);
        assert_eq!((manifest.status, manifest.resumed_after_ticks), (Status::Complete, vec![1300]));
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_with_the_same_files() {
    let folder = with_scenario(|scenario| {
        scenario["ticks"] = json!(9_000);
        scenario["persistence"]["snapshot_every_ticks"] = json!(900);
        scenario["persistence"]["checkpoint_every_ticks"] = json!(200);
    });
    assert_eq!(said(folder.path(), &start("whole")).0, 0);
    let killed = folder.path().join("killed");
    let (mut random, mut kills) = (0x9e37_79b9_u64, 0);
    loop {
        let before = checkpoints(&killed);
        let resume = ["resume", "killed"].to_vec();
        let arguments = if before.is_empty() { [&start("killed")[..], &["--force"]].concat() } else { resume };
        let mut child = command(folder.path(), &arguments).spawn().unwrap();
        // Two kills of three come after a new checkpoint, so that there is an end; the others at once.
        while kills % 3 != 2 && checkpoints(&killed) == before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(100));
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((random >> 40) % 20_000));
        if child.try_wait().unwrap().is_some() {
            let output = child.wait_with_output().unwrap();
            assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(kills > 2 && !manifest(&killed).resumed_after_ticks.is_empty(), "{kills} kills");
    check_same(&folder.path().join("whole"), &killed);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_from_where_it_was() {
    let folder = with_scenario(|scenario| {
        scenario["ticks"] = json!(60_000);
        // The only checkpoint is that of the interruption.
        scenario["persistence"] = json!({"snapshot_every_ticks": 6000, "checkpoint_every_seconds": null});
    });
    assert_eq!(said(folder.path(), &start("whole")).0, 0);
    let run = folder.path().join("run");
    let child = command(folder.path(), &start("run")).spawn().unwrap();
    while !run.join("manifest.json").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    // While it is running nobody else may write there.
    for arguments in [vec!["resume", "run"], [&start("run")[..], &["--force"]].concat()] {
        let (code, text) = said(folder.path(), &arguments);
        assert_eq!(code, 1, "{text}");
        assert_eq!(text, format!("error: run is in use by another process, of pid {}\n", child.id()));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    let partial = manifest(&run);
    assert_eq!(partial.status, Status::Partial);
    assert_eq!(said(folder.path(), &["resume", "run"]), (0, String::new()));
    assert_eq!(manifest(&run).resumed_after_ticks, [partial.ticks]);
    check_same(&folder.path().join("whole"), &run);
}

#[test]
fn what_cannot_be_resumed_is_refused_and_not_touched() {
    let folder = with_scenario(|_| {});
    let run = folder.path().join("run");
    assert_eq!(said(folder.path(), &start("run")).0, 0);
    let refused = |expected: &str| {
        let before = all_files(&run);
        let (code, text) = said(folder.path(), &["resume", "run"]);
        assert_eq!(code, 1, "{text}");
        assert!(text.lines().last().unwrap().contains(expected), "{text}");
        assert!(before == all_files(&run));
    };
    refused("nothing to resume; all 1500 ticks are simulated");
    undo_the_end(&run);
    let keep = |path: &str, change: &dyn Fn(String) -> String, expected: &str| {
        let path = run.join(path);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(text.clone())).unwrap();
        refused(expected);
        fs::write(&path, text).unwrap();
    };
    keep("scenario.json", &|text| text.replace("\"seed\": 5", "\"seed\": 6"), "was changed since the run began");
    let version = wormsim::VERSION;
    keep("manifest.json", &|text| text.replace(version, "9.0.0"), "is of version 9.0.0; this is wormsim");
    keep("manifest.json", &|text| text.replacen('{', "{\"new\": 1,", 1).replace(version, "9.0.0"), "of version 9.0.0");
    for (from, to) in [("\"seed\": 5", "\"seed\": 6"), ("\"running\"", "\"partial\""), ("  \"ticks\"", " \"ticks\"")] {
        keep("manifest.json", &|text| text.replace(from, to), "was edited: its checksum is not that of its content");
    }

    // A checkpoint of another scenario, in the place of the newest.
    assert_eq!(said(folder.path(), &[&start("other")[..], &["--seed=7"]].concat()).0, 0);
    let newest = &checkpoints(&run)[1];
    fs::copy(&checkpoints(&folder.path().join("other"))[1], newest).unwrap();
    refused("is of another scenario");

    fs::create_dir(folder.path().join("none")).unwrap();
    for (place, expected) in [("none", "none is no run directory"), ("busy.json", "busy.json is no run directory")] {
        let (code, text) = said(folder.path(), &["resume", place]);
        assert!(code == 2 && text.contains(expected), "{code} {text}");
    }
    assert_eq!(fs::read_dir(folder.path().join("none")).unwrap().count(), 0);
}

/// The warm-up is a tenth of the ticks if none is given, of those that a run has in the end.
#[test]
fn a_run_without_a_given_warm_up_that_is_made_longer_is_measured_as_one_of_that_length() {
    // Checkpoints that are kept, old and new length, and the tick from which the run goes on.
    for (every, kept, short, long, after) in [
        (100, 2, 1000, 1500, 0),
        (30, 1000, 1000, 1500, 90),
        (50, 1000, 1000, 1500, 50),
        (110, 1000, 1000, 1500, 0),
        (700, 1000, 1000, 1005, 700),
        (100, 2, 9, 15, 0),
    ] {
        let folder = with_scenario(|scenario| {
            scenario.as_object_mut().unwrap().remove("warmup_ticks");
            scenario["workloads"][1]["from_tick"] = json!(3);
            scenario["workloads"][2].as_object_mut().unwrap().remove("flash_crowd");
            scenario["workloads"][0]["hot_spot"]["dwell_ticks"] = json!(200);
            scenario["events"] = json!([]);
            scenario["nodes"]["service_per_tick"] = json!(3);
            scenario["persistence"] = json!({"checkpoint_every_ticks": every, "checkpoints_kept": kept});
        });
        let [short, long] = [short, long].map(|ticks: u32| ticks.to_string());
        let start =
            |out: &'static str, ticks: &str| said(folder.path(), &[&start(out)[..], &["--ticks", ticks]].concat());
        assert_eq!(start("whole", &long), (0, String::new()));
        assert_eq!(start("longer", &short), (0, String::new()));
        let (code, text) = said(folder.path(), &["resume", "longer", "--ticks", &long]);
        assert_eq!(code, 0, "{text}");
        let [whole, longer] = ["whole", "longer"].map(|name| folder.path().join(name));
        let what = format!("a checkpoint every {every} ticks, {short} to {long}: {text}");
        assert_eq!(manifest(&longer).resumed_after_ticks, [after], "{what}");
        let mut found = files(&longer);
        for (path, content) in files(&whole) {
            assert!(found.remove(&path) == Some(content), "{}: {what}", path.display());
        }
        assert!(found.is_empty(), "{found:?}: {what}");
        let is_other = text.contains("is of another warm-up, which is a tenth of the ticks: it was");
        assert_eq!(is_other, after < 700 && short != "9", "{what}");
        assert_eq!(text.contains("no checkpoint to go on from; the run begins again"), after == 0, "{what}");
        assert_eq!(said(folder.path(), &["verify", "longer"]).0, 0, "{what}");
    }
}

/// A fork shares the warm-up of its parent, which is over, whatever its own length.
#[test]
fn a_fork_keeps_the_warm_up_of_its_parent() {
    let folder = with_scenario(|scenario| drop(scenario.as_object_mut().unwrap().remove("warmup_ticks")));
    assert_eq!(said(folder.path(), &start("run")), (0, String::new()));
    let fork = ["fork", "run", "--at", "700", "--out", "fork", "--ticks", "2000"];
    assert_eq!(said(folder.path(), &fork), (0, String::new()));
    let measured = |run: &str| {
        let summary: Value = json::read(&folder.path().join(run).join("summary.json")).unwrap();
        (summary["ticks"].as_u64().unwrap(), summary["measured_ticks"].as_u64().unwrap())
    };
    assert_eq!((measured("run"), measured("fork")), ((1500, 1350), (2000, 1850)));
    assert_eq!(said(folder.path(), &["resume", "fork", "--ticks", "3000"]).0, 0);
    assert_eq!(measured("fork"), (3000, 2850));
    assert_eq!(said(folder.path(), &["verify", "fork"]).0, 0);
}

/// After a crash checkpoints may be far ahead of the other files.
#[test]
fn a_length_below_the_newest_checkpoint_is_refused() {
    let folder = with_scenario(|_| {});
    let run = folder.path().join("run");
    assert_eq!(said(folder.path(), &start("run")).0, 0);
    let mut manifest = manifest(&run);
    (manifest.status, manifest.ticks) = (Status::Running, 340);
    fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
    let before = all_files(&run);
    for ticks in ["700", "1400"] {
        let (code, text) = said(folder.path(), &["resume", "run", "--ticks", ticks]);
        let expected =
            format!("error: --ticks: {ticks} is not allowed; expected more than the 1400 ticks that are simulated\n");
        assert_eq!((code, text), (2, expected));
        assert!(before == all_files(&run));
    }
}

#[cfg(unix)]
#[test]
fn a_resume_leaves_files_of_others_alone() {
    let folder = with_scenario(|_| {});
    let run = folder.path().join("run");
    assert_eq!(said(folder.path(), &start("run")).0, 0);
    let others = [
        "report/notes.md",
        "plots/mine.svg",
        "wormholes/notes.txt",
        "checkpoints/README",
        "checkpoints/old/0000009999.ckpt",
        "mine.txt",
    ];
    for path in others {
        fs::create_dir_all(run.join(path).parent().unwrap()).unwrap();
        fs::write(run.join(path), path).unwrap();
    }
    std::os::unix::fs::symlink("/nonexistent", run.join("report/link")).unwrap();
    std::os::unix::fs::symlink("/nonexistent", run.join("wormholes/link")).unwrap();
    assert_eq!(said(folder.path(), &["resume", "run", "--ticks", "1600"]).0, 0);
    for path in others {
        assert_eq!(fs::read_to_string(run.join(path)).unwrap(), path);
    }
    // So does a run that begins again.
    checkpoints(&run).iter().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(said(folder.path(), &["resume", "run", "--ticks", "1700"]).0, 0);
    for path in others {
        assert_eq!(fs::read_to_string(run.join(path)).unwrap(), path);
    }
    assert_eq!(manifest(&run).resumed_after_ticks, [1400, 0]);
    assert_eq!(said(folder.path(), &["verify", "run"]).0, 0);
}

/// The last resort: damaged checkpoints, and those whose journal is damaged, leave the scenario.
#[test]
fn a_run_without_a_whole_checkpoint_begins_again() {
    let folder = with_scenario(|_| {});
    let [whole, other] = ["whole", "other"].map(|name| folder.path().join(name));
    assert_eq!(said(folder.path(), &start("whole")).0, 0);
    let damages: [&dyn Fn(); 4] = [
        &|| checkpoints(&other).iter().for_each(|path| fs::write(path, "").unwrap()),
        &|| fs::write(other.join("wormholes/topology/journal.jsonl"), "torn").unwrap(),
        &|| fs::remove_file(other.join("wormholes/topology/journal.jsonl")).unwrap(),
        &|| fs::remove_dir_all(other.join("checkpoints")).unwrap(),
    ];
    for damage in damages {
        assert_eq!(said(folder.path(), &[&start("other")[..], &["--force"]].concat()).0, 0);
        undo_the_end(&other);
        damage();
        let (code, text) = said(folder.path(), &["resume", "other"]);
        assert_eq!((code, text.lines().last().unwrap()), (0, "no checkpoint to go on from; the run begins again"));
        check_same(&whole, &other);
        assert_eq!(manifest(&other).resumed_after_ticks, [0]);
    }
}

#[test]
fn a_longer_run_is_the_one_that_was_long_from_the_start() {
    // Frames, digests and windows of the stability test do not fit the lengths.
    for checkpoints in [json!(100), json!(null)] {
        let folder = with_scenario(|scenario| {
            scenario["record"]["every_ticks"] = json!(70);
            scenario["persistence"]["checkpoint_every_ticks"] = checkpoints.clone();
        });
        let [whole, grown] = ["whole", "grown"].map(|name| folder.path().join(name));
        assert_eq!(said(folder.path(), &[&start("whole")[..], &["--ticks=3777"]].concat()).0, 0);
        assert_eq!(said(folder.path(), &start("grown")).0, 0);
        for (ticks, expected) in
            [("1500", "--ticks: 1500 is not allowed; expected more than the 1500 ticks"), ("x", "x")]
        {
            let (code, text) = said(folder.path(), &["resume", "grown", "--ticks", ticks]);
            assert_eq!(code, 2);
            assert!(text.contains(expected), "{text}");
        }
        for ticks in ["2000", "3777"] {
            assert_eq!(said(folder.path(), &["resume", "grown", "--ticks", ticks]).0, 0);
        }
        check_same(&whole, &grown);
        let from = if checkpoints.is_null() { vec![0, 0] } else { vec![1400, 1900] };
        assert_eq!(manifest(&grown).resumed_after_ticks, from);
    }
}

#[test]
fn as_many_checkpoints_are_kept_as_the_scenario_says() {
    for kept in [1, 3] {
        let folder = with_scenario(|scenario| scenario["persistence"]["checkpoints_kept"] = json!(kept));
        assert_eq!(said(folder.path(), &start("run")), (0, String::new()));
        let names = |found: Vec<PathBuf>| {
            found.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().parse().unwrap()).collect::<Vec<u32>>()
        };
        // None at the end, at 1500: there is nothing to go on with.
        let expected: Vec<u32> = (1..15).map(|n| n * 100).skip(14 - kept).collect();
        let run = folder.path().join("run");
        assert_eq!(names(checkpoints(&run)), expected);
        // Damage leaves as many to go back to.
        undo_the_end(&run);
        let damaged = checkpoints(&run);
        damaged.iter().skip(1).for_each(|path| fs::write(path, "damaged").unwrap());
        assert_eq!(said(folder.path(), &["resume", "run"]).0, 0);
        assert_eq!(manifest(&run).resumed_after_ticks, expected[..1]);
        assert_eq!(names(checkpoints(&run)), expected);
    }
}

#[test]
fn a_run_whose_trace_was_changed_is_not_resumed() {
    let folder = with_scenario(|scenario| {
        scenario["workloads"] = json!([{"kind": "trace", "path": "trace.csv"}]);
    });
    let trace = folder.path().join("trace.csv");
    let lines: String = (0..1400).map(|tick| format!("{tick},{},{}\n", tick % 7, 7 + tick % 11)).collect();
    let text = format!("tick,origin,target\n{lines}");
    fs::write(&trace, &text).unwrap();
    for out in ["whole", "run"] {
        assert_eq!(said(folder.path(), &start(out)), (0, String::new()));
    }
    let run = folder.path().join("run");
    undo_the_end(&run);
    let before = all_files(&run);
    // Its future is the same; its past is not what was run.
    fs::write(&trace, text.replacen("0,0,7", "0,0,8", 1)).unwrap();
    let (code, told) = said(folder.path(), &["resume", "run"]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("trace.csv was changed since the run began; its hash is not the same as then"), "{told}");
    assert!(before == all_files(&run));
    fs::write(&trace, text).unwrap();
    assert_eq!(said(folder.path(), &["resume", "run"]), (0, String::new()));
    check_same(&folder.path().join("whole"), &run);
}

#[cfg(unix)]
#[test]
fn a_run_begins_again_by_whatever_way_its_directory_is_named() {
    let folder = with_scenario(|_| {});
    let whole = folder.path().join("whole");
    assert_eq!(said(folder.path(), &start("whole")).0, 0);
    let run = folder.path().join("run");
    std::os::unix::fs::symlink(&run, folder.path().join("link")).unwrap();
    for (named, from) in [("link", folder.path()), (".", &*run), ("run/", folder.path())] {
        assert_eq!(said(folder.path(), &[&start("run")[..], &["--force"]].concat()).0, 0);
        undo_the_end(&run);
        fs::remove_dir_all(run.join("checkpoints")).unwrap();
        let (code, text) = said(from, &["resume", named]);
        assert_eq!((code, &*text), (0, "no checkpoint to go on from; the run begins again\n"), "{named}");
        check_same(&whole, &run);
    }
    assert!(folder.path().join("link").symlink_metadata().unwrap().is_symlink());
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_left_beside_its_directory_goes_with_the_next_one() {
    let folder = with_scenario(|_| {});
    let hidden = || {
        let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        entries.filter(|name| name.to_string_lossy().starts_with(".run.")).collect::<Vec<_>>()
    };
    let long = [&start("run")[..], &["--ticks=40000000"]].concat();
    let no_state = ["--set", "persistence={\"checkpoint_every_seconds\":null}"];
    let begin = || command(folder.path(), &[&long[..], &no_state].concat()).spawn().unwrap();
    let run = folder.path().join("run");
    let mut killed = begin();
    while hidden().is_empty() || !run.join("lock").exists() {
        assert!(killed.try_wait().unwrap().is_none(), "the run ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    // While it goes on, another run of that name is refused; a name that only begins like it is another's.
    let theirs = [".run.backup.tmp", ".run.other.wormsim-1-2.tmp"].map(|name| folder.path().join(name));
    theirs.iter().for_each(|place| fs::create_dir(place).unwrap());
    for force in [&[][..], &["--force"]] {
        let (code, text) = said(folder.path(), &[&start("run")[..], force].concat());
        assert!(code == 1 && text.contains("run is in use by another process, of pid"), "{text}");
    }
    assert_eq!(hidden().len(), 3);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!((hidden().len(), fs::read_dir(&run).unwrap().count()), (3, 1));
    // Nothing but the name is there: it is taken on without --force.
    assert_eq!(said(folder.path(), &start("run")).0, 0);
    assert!(run.join("manifest.json").exists());
    let left = hidden();
    assert_eq!(left.len(), 2, "{left:?}");
    theirs.iter().for_each(|place| assert!(place.exists(), "{}", place.display()));
}

#[cfg(unix)]
#[test]
fn a_trace_may_be_found_by_another_way() {
    let folder = with_scenario(|scenario| {
        scenario["workloads"] = json!([{"kind": "trace", "path": "kept/trace.csv"}]);
    });
    fs::create_dir(folder.path().join("kept")).unwrap();
    let lines: String = (0..1400).map(|tick| format!("{tick},{},{}\n", tick % 7, 7 + tick % 11)).collect();
    fs::write(folder.path().join("kept/trace.csv"), format!("tick,origin,target\n{lines}")).unwrap();
    for out in ["whole", "run"] {
        assert_eq!(said(folder.path(), &start(out)), (0, String::new()));
    }
    let run = folder.path().join("run");
    undo_the_end(&run);
    // Moved to the trace's folder, it still finds the trace, which has a shorter way now.
    fs::rename(&run, folder.path().join("kept/run")).unwrap();
    std::os::unix::fs::symlink("kept/run", &run).unwrap();
    std::os::unix::fs::symlink(".", folder.path().join("kept/kept")).unwrap();
    assert_eq!(said(folder.path(), &["resume", "run"]), (0, String::new()));
    assert_eq!(manifest(&run).resumed_after_ticks, [1400]);
    let outputs = |run: &Path| {
        let mut outputs = manifest(run).outputs;
        outputs.remove("scenario.json");
        outputs
    };
    assert_eq!(outputs(&folder.path().join("whole")), outputs(&run));
    assert_eq!(said(folder.path(), &["resume", "run", "--ticks", "1600"]).0, 0);
}
