//! The directory of an experiment: plan, results, kept runs, and files that are computed from the results.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::directory::{Contents, contents, name_taken};
use super::disk::{self, Folder, parent_of};
use super::lock::{self, LOCK};
use super::manifest::PROGRAM;
use super::report::{self, FOLDER as REPORT};
use super::results::Results;
use super::writer::RunWriter;
use crate::error::Error;
use crate::scenario::JsonPath;
use crate::scenario::lineage::Lineage;

/// The plan, by which a directory is known.
pub const PLAN: &str = "experiment.json";

/// One line a run.
pub const RESULTS: &str = "results.jsonl";

/// Folder of the run directories of arms.
const ARMS: &str = "arms";

/// Files at the top of the directory, the plan first.
const FILES: [&str; 6] = [PLAN, RESULTS, "results.csv", "results.parquet", "comparison.json", "sweep.json"];

/// Most differences to another plan that are named.
const MOST_NAMED: usize = 8;

/// The directory of an experiment that is being made. It is held, and nothing is written to what has its name when it
/// was moved away.
#[derive(Debug)]
pub struct ExperimentDirectory {
    folder: Folder,
    force: bool,
    /// Whether it was made for this.
    made: bool,
    /// Held as long as the directory is open.
    _lock: File,
}

impl Drop for ExperimentDirectory {
    fn drop(&mut self) {
        // One that is left means nothing, as after a crash.
        self.folder.discard(LOCK);
        if self.made && self.check_place().is_ok() {
            // Only if nothing is in it.
            let _ = fs::remove_dir(self.folder.path());
        }
    }
}

impl ExperimentDirectory {
    /// The directory at `target`, held from now on: a new one, or one that holds an experiment.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::NotARunDirectory`] if `force` would remove more than an experiment;
    /// [`Error::Locked`], [`Error::ForeignLock`], [`Error::Io`].
    pub fn hold(target: &Path, force: bool) -> Result<Self, Error> {
        let failed = |action| move |source| Error::Io { path: target.to_owned(), action, source };
        let made = match target.metadata() {
            Err(_) => disk::create_folder(target).map(|()| true).map_err(failed("create"))?,
            Ok(metadata) if !metadata.is_dir() => return Err(name_taken(target, force, None)),
            Ok(_) => false,
        };
        let folder = Folder::open(target).map_err(failed("read"))?;
        lock::refuse_if_held(&folder, target)?;
        check(&folder, target, force)?;
        let lock = lock::lock(&folder, target)?;
        let directory = Self { folder, force, made, _lock: lock };
        check(&directory.folder, target, force)?;
        directory.remove_leftovers();
        Ok(directory)
    }

    /// Lets it be that of the experiment with this plan, which may have some results in it; with `force` another one is
    /// removed.
    ///
    /// # Errors
    /// [`Error::OtherExperiment`], [`Error::OtherVersion`], [`Error::Io`].
    pub fn begin(&self, plan: &str) -> Result<(), Error> {
        if is_plan(&self.folder) {
            let there = self.folder.read(PLAN).map_err(self.failed("read"))?;
            if !self.force && there == plan.as_bytes() {
                return Ok(());
            }
            if !self.force {
                return Err(other(self.folder.path(), &String::from_utf8_lossy(&there), plan));
            }
            self.clear()?;
        }
        self.put(PLAN, plan.as_bytes())
    }

    /// Removes what was being written, here, among the arms and in the report, when a process was killed.
    fn remove_leftovers(&self) {
        for folder in ["", ARMS, REPORT] {
            self.folder.discard_temporary(folder);
        }
        if let Ok(arms) = self.folder.folder(ARMS) {
            lock::discard_left(&arms, disk::is_hidden);
        }
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Refuses to go on once the directory was moved away or removed.
    ///
    /// # Errors
    /// [`Error::Moved`].
    pub fn check_place(&self) -> Result<(), Error> {
        let target = self.folder.path();
        if self.folder.is_at(target) { Ok(()) } else { Err(Error::Moved { path: target.to_owned() }) }
    }

    /// The results so far, and the file that takes more. `report` is told if the last line was torn, which is taken
    /// away.
    ///
    /// # Errors
    /// [`Error::FormatLine`], [`Error::ChangedLine`], [`Error::Io`].
    pub fn results<T: Serialize + DeserializeOwned>(
        &self,
        report: impl FnOnce(&str),
    ) -> Result<(Results<T>, Vec<T>), Error> {
        Results::open(self.folder.again().map_err(self.failed("read"))?, RESULTS, report)
    }

    /// A writer of the run directory of the arm `name`, in place of the one that is there.
    ///
    /// # Errors
    /// Those of [`RunWriter::create`].
    pub fn arm(&self, name: &str, lineage: Lineage, arguments: Vec<String>) -> Result<RunWriter, Error> {
        let arms = self.folder.create(ARMS).and_then(|()| self.folder.folder(ARMS)).map_err(self.failed("create"))?;
        let target = arms.path().join(name);
        RunWriter::create_in(arms, &target, lineage, arguments)
    }

    fn failed(&self, action: &'static str) -> impl Fn(io::Error) -> Error {
        let path = self.folder.path().to_owned();
        move |source| Error::Io { path: path.clone(), action, source }
    }

    /// Writes a file, at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Moved`].
    pub fn put(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        self.check_place()?;
        put_in(&self.folder, name, content)
    }

    /// Removes all that an experiment has, the plan last.
    fn clear(&self) -> Result<(), Error> {
        // Somebody may have put something there since the directory is held.
        check(&self.folder, self.folder.path(), self.force)?;
        for name in FILES.iter().chain(&[ARMS, REPORT]).rev() {
            match self.folder.remove_all(name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.map_err(self.failed("remove files of"))?,
            }
        }
        Ok(())
    }
}

/// Refuses what an experiment must not be written into, or must not be removed with `force`. What others put beside an
/// experiment does not hinder it from going on.
fn check(folder: &Folder, target: &Path, force: bool) -> Result<(), Error> {
    let failed = |source| Error::Io { path: target.to_owned(), action: "read", source };
    match contents_of_experiment(folder).map_err(failed)? {
        Contents::Foreign(path) if force || !is_plan(folder) => Err(name_taken(target, force, Some(path))),
        _ => Ok(()),
    }
}

/// Writes a file, at once or not at all.
///
/// # Errors
/// [`Error::Io`].
pub fn put(place: &Path, content: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::Io { path: place.to_owned(), action: "write", source };
    disk::create_folder(parent_of(place)).map_err(failed)?;
    let folder = Folder::open(parent_of(place)).map_err(failed)?;
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    put_in(&folder, &name, content)
}

fn put_in(folder: &Folder, name: &str, content: &[u8]) -> Result<(), Error> {
    let put = folder.write_beside(name, content).and_then(|file| folder.put_in_place(file, name));
    put.map_err(|source| Error::Io { path: folder.path().join(name), action: "write", source })
}

/// Whether a directory holds an experiment of this program, of whatever version.
pub fn is_experiment(path: &Path) -> bool {
    Folder::open(path).is_ok_and(|folder| is_plan(&folder))
}

fn is_plan(folder: &Folder) -> bool {
    let text = folder.read(PLAN).ok();
    let content = text.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    content.is_some_and(|plan| plan["program"] == PROGRAM)
}

/// What is in the directory of an experiment, which is a run of it for [`Contents`].
fn contents_of_experiment(folder: &Folder) -> io::Result<Contents> {
    let is_of_ours = is_plan(folder);
    let report = report::listed(folder, REPORT);
    for (name, kind) in folder.entries("")? {
        let name = name.to_string_lossy().into_owned();
        let foreign = match &*name {
            ARMS if is_of_ours && kind.is_dir() => foreign_in_arms(folder)?,
            REPORT if is_of_ours && kind.is_dir() => {
                let is_ours = |path: &String| disk::is_temporary(Path::new(path)) || report.contains(path);
                folder.files_below(REPORT)?.into_iter().find(|path| !is_ours(path))
            }
            LOCK if lock::is_ours(folder) => None,
            name if disk::is_temporary(Path::new(name)) => None,
            name if is_of_ours && kind.is_file() && FILES.contains(&name) => None,
            name => Some(name.to_owned()),
        };
        if let Some(path) = foreign {
            return Ok(Contents::Foreign(path));
        }
    }
    Ok(if is_of_ours { Contents::Run } else { Contents::Nothing })
}

/// The first thing among the runs of arms that no run wrote.
fn foreign_in_arms(folder: &Folder) -> io::Result<Option<String>> {
    for (name, kind) in folder.entries(ARMS)? {
        let path = format!("{ARMS}/{}", name.to_string_lossy());
        if disk::is_hidden(&name) || disk::is_temporary(Path::new(&name)) {
            continue;
        }
        if !kind.is_dir() {
            return Ok(Some(path));
        }
        if let Contents::Foreign(inner) = contents(&folder.folder(&path)?)? {
            return Ok(Some(format!("{path}/{inner}")));
        }
    }
    Ok(None)
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
        ExperimentDirectory::hold(target, force)?.begin(plan)
    }

    #[test]
    fn a_directory_is_of_one_plan() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/experiment");
        assert!(!is_experiment(&target));
        open(&target, ONE, false).unwrap();
        assert!(is_experiment(&target) && !target.join(LOCK).exists());
        fs::write(target.join(RESULTS), "line").unwrap();
        open(&target, ONE, false).unwrap();
        assert_eq!(fs::read_to_string(target.join(RESULTS)).unwrap(), "line");

        let other = ONE.replace("\"ticks\": 1", "\"ticks\": 2");
        let differing = |plan: &str| match open(&target, plan, false) {
            Err(Error::OtherExperiment { differing, .. }) => differing,
            other => panic!("{other:?}"),
        };
        assert_eq!(differing(&other), "ticks");
        assert_eq!(differing(&other.replace("2}", "3}")), "seeds, ticks");
        let found = open(&target, &ONE.replace("\"1\"", "\"2\""), false);
        assert!(matches!(found, Err(Error::OtherVersion { version, .. }) if version == "1"));
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
        drop(lock::lock(&Folder::open(target).unwrap(), target).unwrap());
        let left = [target.join(".wormsim-1-2.tmp"), target.join(LOCK)];
        assert!(disk::is_temporary(&left[0]));
        fs::write(&left[0], "").unwrap();
        open(target, ONE, false).unwrap();
        assert!(!left.iter().any(|path| path.exists()));

        let inner = [target.join("report/.wormsim-1-2.tmp"), target.join("arms/.both.wormsim-1-2.tmp/wormholes/half")];
        for place in &inner {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, "").unwrap();
        }
        fs::create_dir_all(target.join(ARMS).join("both")).unwrap();
        for theirs in ["notes", "lock.txt", "report/notes", "arms/notes", "arms/both/notes", ".hidden.tmp"] {
            fs::write(target.join(theirs), "").unwrap();
            let refused = open(target, ONE, true);
            let named = |foreign: &Option<String>| foreign.as_deref() == Some(theirs);
            assert!(matches!(&refused, Err(Error::NotARunDirectory { foreign, .. }) if named(foreign)), "{refused:?}");
            assert!(target.join(theirs).exists());
            open(target, ONE, false).unwrap();
            assert!(target.join(theirs).exists() && !inner.iter().any(|place| place.exists()));
            fs::remove_file(target.join(theirs)).unwrap();
        }
        open(target, ONE, true).unwrap();
        assert!(!target.join("report").exists() && !target.join(ARMS).exists());

        let held = ExperimentDirectory::hold(target, false).unwrap();
        assert!(matches!(open(target, ONE, false), Err(Error::Locked { .. })));
        assert_eq!(held.path("a"), target.join("a"));
        drop(held);

        let new = target.join("new");
        drop(ExperimentDirectory::hold(&new, false).unwrap());
        assert!(!new.exists(), "there is no plan yet");
    }

    /// Pilot runs may take minutes between the two.
    #[test]
    fn what_is_put_there_after_the_directory_is_held_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        open(&target, ONE, false).unwrap();
        let held = ExperimentDirectory::hold(&target, true).unwrap();
        fs::create_dir(target.join(REPORT)).unwrap();
        fs::write(target.join("report/mine.txt"), "mine").unwrap();
        let refused = held.begin(&ONE.replace("\"ticks\": 1", "\"ticks\": 2"));
        assert!(matches!(refused, Err(Error::NotARunDirectory { .. })), "{refused:?}");
        assert_eq!(fs::read_to_string(target.join("report/mine.txt")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(target.join(PLAN)).unwrap(), ONE);
    }

    #[test]
    fn what_another_process_holds_among_the_arms_is_no_leftover() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        open(&target, ONE, false).unwrap();
        let [held, left] = [1, 2].map(|number| target.join(format!("arms/.both.wormsim-1-{number}.tmp")));
        fs::create_dir_all(&held).unwrap();
        fs::create_dir_all(&left).unwrap();
        let _lock = lock::lock(&Folder::open(&held).unwrap(), &held).unwrap();
        open(&target, ONE, false).unwrap();
        assert!(held.exists() && !left.exists());
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
