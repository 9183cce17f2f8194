//! A run that is killed at two hundred random moments, and resumed each time, leaves the files of one that was not.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use common::busy;
use rand::RngExt;
use serde_json::json;
use wormsim::random::stream;
use wormsim::store::manifest::{Manifest, Status};

const KILLS: u32 = 200;

/// Processes that run at the same time.
const LANES: u32 = 2;

/// Kills, by where they fell.
#[derive(Debug, Default)]
struct Kills {
    /// Nothing was in place yet.
    before_the_first_state: u32,
    /// A checkpoint had a temporary name.
    in_a_checkpoint: u32,
    /// Another file had.
    in_a_state: u32,
    elsewhere: u32,
    /// Of a process that went on with a run.
    of_a_resume: u32,
}

impl Kills {
    fn all(&self) -> u32 {
        self.before_the_first_state + self.in_a_checkpoint + self.in_a_state + self.elsewhere
    }
}

impl AddAssign for Kills {
    fn add_assign(&mut self, more: Self) {
        self.before_the_first_state += more.before_the_first_state;
        self.in_a_checkpoint += more.in_a_checkpoint;
        self.in_a_state += more.in_a_state;
        self.elsewhere += more.elsewhere;
        self.of_a_resume += more.of_a_resume;
    }
}

fn wormsim(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.args(arguments).arg("--quiet").current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Paths of all files of a run directory.
fn paths(run: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut folders) = (BTreeSet::new(), vec![run.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(run).unwrap().to_owned());
            }
        }
    }
    found
}

/// All files but checkpoints and manifest.
fn results(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    // A lock that a killed process left means nothing.
    let others = ["manifest.json", "lock"].map(PathBuf::from);
    let kept = |path: &PathBuf| !path.starts_with("checkpoints") && !others.contains(path);
    paths(run).into_iter().filter(kept).map(|path| (path.clone(), fs::read(run.join(path)).unwrap())).collect()
}

fn temporary(run: &Path) -> BTreeSet<PathBuf> {
    let is_temporary = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "tmp");
    paths(run).into_iter().filter(is_temporary).collect()
}

/// Ends a run in `folder`/`name` over and over, killing it on the way, until there were `kills`.
fn kill_again_and_again(folder: &Path, name: &str, kills: u32, expected: &BTreeMap<PathBuf, Vec<u8>>) -> Kills {
    let run = folder.join(name);
    let mut random = stream(71, name);
    let mut seen = Kills::default();
    while seen.all() < kills {
        let can_resume =
            paths(&run.join("checkpoints")).iter().any(|path| path.extension().is_some_and(|e| e == "ckpt"));
        let arguments = if can_resume {
            ["resume", name].to_vec()
        } else {
            ["run", "busy.json", "--force", "--out", name].to_vec()
        };
        let temporary_before = temporary(&run);
        let mut child = wormsim(folder, &arguments).spawn().unwrap();
        let most = if random.random_bool(0.25) { 10_000 } else { 150_000 };
        std::thread::sleep(Duration::from_micros(random.random_range(0..most)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        // One that was killed after its last write is over too.
        let ended = Manifest::read(&run).is_ok_and(|manifest| manifest.status == Status::Complete);
        assert!(ended || output.status.code().is_none());
        if ended {
            let found = results(&run);
            assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
            found.iter().for_each(|(path, content)| assert!(expected[path] == *content, "{}", path.display()));
            assert!(temporary(&run).is_empty());
            fs::remove_dir_all(&run).unwrap();
        }
        if output.status.code().is_some() {
            continue;
        }
        let left: Vec<PathBuf> = temporary(&run).difference(&temporary_before).cloned().collect();
        let place = if !run.join("manifest.json").exists() && !ended {
            &mut seen.before_the_first_state
        } else if left.iter().any(|path| path.starts_with("checkpoints")) {
            &mut seen.in_a_checkpoint
        } else if !left.is_empty() {
            &mut seen.in_a_state
        } else {
            &mut seen.elsewhere
        };
        *place += 1;
        seen.of_a_resume += u32::from(can_resume);
    }
    seen
}

#[test]
fn a_run_that_is_killed_at_two_hundred_moments_ends_with_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = busy();
    scenario["ticks"] = json!(1_000);
    scenario["persistence"] = json!({"snapshot_every_ticks": 170, "checkpoint_every_ticks": 10});
    fs::write(folder.path().join("busy.json"), scenario.to_string()).unwrap();
    let whole = wormsim(folder.path(), &["run", "busy.json", "--out", "whole"]).output().unwrap();
    assert!(whole.status.success(), "{whole:?}");
    let expected = results(&folder.path().join("whole"));
    let mut kills = Kills::default();
    std::thread::scope(|scope| {
        let lane = |lane: u32| {
            let (folder, expected) = (folder.path(), &expected);
            scope.spawn(move || kill_again_and_again(folder, &format!("lane-{lane}"), KILLS / LANES, expected))
        };
        let lanes: Vec<_> = (0..LANES).map(lane).collect();
        lanes.into_iter().for_each(|lane| kills += lane.join().unwrap());
    });
    println!("{kills:?}");
    let Kills { before_the_first_state, in_a_checkpoint, elsewhere, of_a_resume, .. } = kills;
    assert_eq!(kills.all(), KILLS);
    assert!([before_the_first_state, in_a_checkpoint, elsewhere, of_a_resume].iter().all(|&n| n > 0), "{kills:?}");
}
