//! The directory of an experiment: its plan, its results, and what is made of them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::manifest::PROGRAM;
use super::{disk, json, lock};
use crate::error::Error;
use crate::scenario::JsonPath;

/// The plan, by which a directory is known.
pub const PLAN: &str = "experiment.json";

/// One line a run.
pub const RESULTS: &str = "results.jsonl";

/// Folder of the run directories of arms.
pub const ARMS: &str = "arms";

/// Most differences to another plan that are named.
const MOST_NAMED: usize = 8;

/// What stands at the top of the directory.
const CONTENTS: [&str; 9] =
    [PLAN, RESULTS, "results.csv", "results.parquet", "comparison.json", "sweep.json", ARMS, "report", lock::LOCK];

/// The directory of an experiment that is being made.
#[derive(Debug)]
pub struct ExperimentDirectory {
    target: PathBuf,
    /// Held as long as the directory is open.
    _lock: File,
}

impl Drop for ExperimentDirectory {
    fn drop(&mut self) {
        // One that is left means nothing, as after a crash.
        let _ = fs::remove_file(self.target.join(lock::LOCK));
    }
}

impl ExperimentDirectory {
    /// The directory at `target` for the experiment with this plan: a new one, or one that holds some of it. With `force`
    /// another experiment is removed.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::OtherExperiment`], [`Error::OtherVersion`]; [`Error::NotARunDirectory`] if `force` would
    /// remove more than an experiment; [`Error::Locked`], [`Error::Io`].
    pub fn open(target: &Path, plan: &str, force: bool) -> Result<Self, Error> {
        let failed = |action| move |source| Error::Io { path: target.to_owned(), action, source };
        let place = target.join(PLAN);
        if place.exists() || !holds_nothing(target) {
            if !is_experiment(target) {
                let path = target.to_owned();
                return Err(if force { Error::NotARunDirectory { path } } else { Error::Exists { path } });
            }
            let lock = lock::lock(target, target)?;
            let directory = Self { target: target.to_owned(), _lock: lock };
            directory.remove_leftovers();
            let there = json::read_text(&place)?;
            if there == plan && !force {
                return Ok(directory);
            }
            if !force {
                return Err(other(target, &there, plan));
            }
            directory.clear()?;
            directory.put(PLAN, plan.as_bytes())?;
            return Ok(directory);
        }
        disk::create_folder(target).map_err(failed("create"))?;
        let lock = lock::lock(target, target)?;
        let directory = Self { target: target.to_owned(), _lock: lock };
        directory.remove_leftovers();
        directory.put(PLAN, plan.as_bytes())?;
        Ok(directory)
    }

    /// Removes what was being written, here and in the report, when a process was killed.
    fn remove_leftovers(&self) {
        for folder in [self.target.clone(), self.target.join("report")] {
            let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
            // What cannot be removed does no harm.
            entries.filter(|path| disk::is_temporary(path)).for_each(|path| drop(disk::remove(&path)));
        }
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.target.join(name)
    }

    /// Writes a file, at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        put(&self.target.join(name), content)
    }

    /// Removes all that an experiment has, the plan last, if there is nothing else.
    fn clear(&self) -> Result<(), Error> {
        let failed = |source| Error::Io { path: self.target.clone(), action: "remove files of", source };
        let names = fs::read_dir(&self.target).map_err(failed)?;
        let names: Vec<_> = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        if !names.iter().all(|name| CONTENTS.contains(&name.as_str())) {
            return Err(Error::NotARunDirectory { path: self.target.clone() });
        }
        for name in CONTENTS.iter().rev().filter(|&&name| name != lock::LOCK) {
            let place = self.target.join(name);
            let Ok(metadata) = place.symlink_metadata() else { continue };
            let removed = if metadata.is_dir() { disk::remove_folder(&place) } else { disk::remove(&place) };
            removed.map_err(failed)?;
        }
        Ok(())
    }
}

/// Writes a file, at once or not at all.
///
/// # Errors
/// [`Error::Io`].
pub fn put(place: &Path, content: &[u8]) -> Result<(), Error> {
    let put = disk::write_beside(place, content).and_then(|file| disk::put_in_place(file, place));
    put.map_err(|source| Error::Io { path: place.to_owned(), action: "write", source })
}

/// Whether a directory holds an experiment of this program, of whatever version.
pub fn is_experiment(path: &Path) -> bool {
    let text = fs::read(path.join(PLAN)).ok();
    let content = text.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    content.is_some_and(|plan| plan["program"] == PROGRAM)
}

/// Whether nothing is there, or a directory without anything in it but what a process left that was killed at once.
fn holds_nothing(path: &Path) -> bool {
    let nothing = |path: &Path| disk::is_temporary(path) || path.file_name().is_some_and(|name| name == lock::LOCK);
    path.symlink_metadata().is_err()
        || fs::read_dir(path).is_ok_and(|entries| entries.flatten().all(|entry| nothing(&entry.path())))
}

/// What another plan is.
fn other(target: &Path, there: &str, plan: &str) -> Error {
    let [there, plan] = [there, plan].map(|text| serde_json::from_str::<Value>(text).unwrap_or_default());
    if there["program_version"] != plan["program_version"] {
        let version = there["program_version"].as_str().unwrap_or("unknown").to_owned();
        return Error::OtherVersion { path: target.join(PLAN), version };
    }
    let mut paths = Vec::new();
    differences(&there, &plan, &JsonPath::default(), &mut paths);
    let differing = match paths.len() {
        0 => "nothing but form, such as spaces or the order of fields".to_owned(),
        count if count > MOST_NAMED => format!("{} and {} more", paths[..MOST_NAMED].join(", "), count - MOST_NAMED),
        _ => paths.join(", "),
    };
    Error::OtherExperiment { path: target.to_owned(), differing }
}

/// Adds the innermost paths at which two values differ, or of which only one has anything there.
fn differences(a: &Value, b: &Value, path: &JsonPath, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for key in keys {
                match (ours.get(key), theirs.get(key)) {
                    (Some(a), Some(b)) => differences(a, b, &path.key(key), found),
                    _ => found.push(path.key(key).to_string()),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
                differences(a, b, &path.index(index), found);
            }
        }
        _ if a != b => found.push(path.to_string()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"program": "wormsim", "program_version": "1", "ticks": 1, "seeds": 2}"#;

    fn open(target: &Path, plan: &str, force: bool) -> Result<(), Error> {
        ExperimentDirectory::open(target, plan, force).map(drop)
    }

    #[test]
    fn a_directory_is_of_one_plan() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/experiment");
        assert!(!is_experiment(&target));
        open(&target, ONE, false).unwrap();
        assert!(is_experiment(&target) && !target.join(lock::LOCK).exists());
        fs::write(target.join(RESULTS), "line").unwrap();
        open(&target, ONE, false).unwrap();
        assert_eq!(fs::read_to_string(target.join(RESULTS)).unwrap(), "line");

        let other = ONE.replace("\"ticks\": 1", "\"ticks\": 2");
        assert!(
            matches!(open(&target, &other, false), Err(Error::OtherExperiment { differing, .. }) if differing == "ticks")
        );
        assert!(
            matches!(open(&target, &other.replace("2}", "3}"), false), Err(Error::OtherExperiment { differing, .. }) if differing == "seeds, ticks")
        );
        assert!(
            matches!(open(&target, &ONE.replace("\"1\"", "\"2\""), false), Err(Error::OtherVersion { version, .. }) if version == "1")
        );
        assert_eq!(fs::read_to_string(target.join(PLAN)).unwrap(), ONE);
        open(&target, &other, true).unwrap();
        assert_eq!(fs::read_to_string(target.join(PLAN)).unwrap(), other);
        assert!(!target.join(RESULTS).exists());
    }

    #[test]
    fn what_differs_from_another_plan_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path();
        let plan = r#"{"program": "wormsim", "arms": [{"name": "a"}, {"name": "b"}], "scenario": {"nodes": {"x": 1}}}"#;
        open(target, plan, false).unwrap();
        let many =
            format!("\"more\": {{{}}}", (0..10).map(|key| format!("\"{key}\": 0")).collect::<Vec<_>>().join(", "));
        for (from, to, expected) in [
            ("\"x\": 1", "\"x\": 2", "scenario.nodes.x"),
            ("\"x\": 1", "\"y\": 1", "scenario.nodes.x, scenario.nodes.y"),
            ("\"b\"", "\"c\"", "arms[1].name"),
            (", {\"name\": \"b\"}", "", "arms"),
            (", \"scenario\": {\"nodes\": {\"x\": 1}}", "", "scenario"),
            ("\"arms\"", &format!("{many}, \"arms\""), "more"),
            ("\"x\": 1", "\"x\":  1", "nothing but form, such as spaces or the order of fields"),
        ] {
            let other = plan.replace(from, to);
            assert_ne!(plan, other);
            match open(target, &other, false) {
                Err(Error::OtherExperiment { differing, .. }) => assert_eq!(differing, expected),
                other => panic!("{other:?}"),
            }
        }
        let other =
            plan.replace("\"x\": 1", &(0..10).map(|key| format!("\"{key}\": 0")).collect::<Vec<_>>().join(", "));
        let text = open(target, &other, false).unwrap_err().to_string();
        assert!(text.contains("scenario.nodes.7 and 3 more;"), "{text}");
    }

    #[test]
    fn nothing_of_others_is_removed_and_leftovers_are() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path();
        fs::write(target.join("notes"), "").unwrap();
        assert!(matches!(open(target, ONE, false), Err(Error::Exists { .. })));
        assert!(matches!(open(target, ONE, true), Err(Error::NotARunDirectory { .. })));
        fs::remove_file(target.join("notes")).unwrap();
        // What a process leaves that is killed at once.
        let left = [target.join(".experiment.json.abc123.tmp"), target.join(lock::LOCK)];
        assert!(disk::is_temporary(&left[0]));
        left.iter().for_each(|path| fs::write(path, "").unwrap());
        open(target, ONE, false).unwrap();
        assert!(!left.iter().any(|path| path.exists()));

        let inner = target.join("report/.report.html.abc123.tmp");
        fs::create_dir_all(target.join("report")).unwrap();
        fs::create_dir_all(target.join(ARMS).join("both")).unwrap();
        fs::write(&inner, "").unwrap();
        fs::write(target.join("notes"), "").unwrap();
        assert!(matches!(open(target, ONE, true), Err(Error::NotARunDirectory { .. })));
        assert!(!inner.exists() && target.join(ARMS).join("both").exists());
        fs::remove_file(target.join("notes")).unwrap();
        open(target, ONE, true).unwrap();
        assert!(!target.join("report").exists() && !target.join(ARMS).exists());

        let held = ExperimentDirectory::open(target, ONE, false).unwrap();
        assert!(matches!(open(target, ONE, false), Err(Error::Locked { .. })));
        assert_eq!(held.path("a"), target.join("a"));
    }

    #[test]
    fn what_is_no_plan_of_ours_is_no_experiment() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{}", r#"{"program": "another"}"#] {
            fs::write(folder.path().join(PLAN), text).unwrap();
            assert!(!is_experiment(folder.path()));
            assert!(matches!(open(folder.path(), ONE, true), Err(Error::NotARunDirectory { .. })));
        }
    }
}
