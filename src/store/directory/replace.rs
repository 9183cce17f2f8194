//! What a run directory is known by, and when a new one may take its place.

use std::fs;
use std::path::Path;

use super::CHECKPOINTS;
use crate::error::Error;
use crate::store::disk::{self, parent_of};
use crate::store::lock::{self, LOCK};
use crate::store::manifest::PROGRAM;

/// What stands at the top of a run directory.
pub(super) const CONTENTS: [&str; 12] = [
    "manifest.json",
    "scenario.json",
    "summary.json",
    "metrics.csv",
    "latencies.csv",
    "digests.csv",
    "wormholes",
    "past",
    "plots",
    "report",
    CHECKPOINTS,
    LOCK,
];

/// Whether a new run directory may take the place of what is there.
pub(super) fn check_replaceable(target: &Path, force: bool) -> Result<(), Error> {
    if target.file_name().is_none() {
        let expected = "the name of a new directory".to_owned();
        return Err(Error::Usage { option: "--out", value: target.display().to_string(), expected });
    }
    let Ok(metadata) = target.symlink_metadata() else { return Ok(()) };
    if !force {
        return Err(Error::Exists { path: target.to_owned() });
    }
    lock::refuse_if_held(target)?;
    if metadata.is_dir() && holds_a_run_at_most(target) {
        return Ok(());
    }
    Err(Error::NotARunDirectory { path: target.to_owned() })
}

/// Removes hidden siblings of `target` in which runs of that name began that were killed before their first state.
pub(super) fn remove_leftovers(target: &Path) {
    let Ok(entries) = fs::read_dir(parent_of(target)) else { return };
    for place in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if disk::is_hidden_beside(&place, target) && lock::was_left(&place) {
            // What cannot be removed does no harm.
            let _ = disk::remove_folder(&place);
        }
    }
}

/// Whether a directory is empty, or a run directory without anything that somebody else put there.
fn holds_a_run_at_most(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    let mut names = entries.map(|entry| entry.ok()?.file_name().into_string().ok());
    let ours = |name: Option<String>| name.is_some_and(|name| CONTENTS.contains(&name.as_str()));
    is_run_directory(path) && names.all(ours) || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether a directory holds a manifest of this program, of whatever version.
pub(super) fn is_run_directory(path: &Path) -> bool {
    let manifest = path.join("manifest.json");
    let regular = manifest.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let text = regular.then(|| fs::read(&manifest).ok()).flatten();
    let content = text.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    content.is_some_and(|manifest| manifest["program"] == PROGRAM)
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::RunDirectory;
    use super::*;

    #[test]
    fn a_run_directory_is_known_by_its_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let (run, manifest) = (folder.path(), folder.path().join("manifest.json"));
        let is_run = || (is_run_directory(run), holds_a_run_at_most(run));
        assert_eq!(is_run(), (false, true));
        fs::create_dir(&manifest).unwrap();
        assert_eq!(is_run(), (false, false));
        fs::remove_dir(&manifest).unwrap();
        for text in ["", "{}", r#"{"program": "another"}"#] {
            fs::write(&manifest, text).unwrap();
            assert_eq!(is_run(), (false, false), "{text}");
        }
        fs::write(&manifest, r#"{"program": "wormsim", "version": 99}"#).unwrap();
        fs::create_dir(run.join("report")).unwrap();
        assert_eq!(is_run(), (true, true));
        fs::write(run.join("notes"), "").unwrap();
        assert_eq!(is_run(), (true, false));
        fs::rename(&manifest, run.join("scenario.json")).unwrap();
        std::os::unix::fs::symlink(run.join("scenario.json"), &manifest).unwrap();
        assert_eq!(is_run(), (false, false));
    }

    #[test]
    fn only_what_killed_runs_of_that_name_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let [run, other] = ["run", "other"].map(|name| folder.path().join(name));
        let beside = |target: &Path, lock: Option<&str>| {
            let place = disk::hidden_beside(target).unwrap().keep();
            if let Some(text) = lock {
                fs::write(place.join(LOCK), text).unwrap();
            }
            place
        };
        let left = beside(&run, Some("7\n"));
        let kept =
            [beside(&run, None), beside(&run, Some("")), beside(&run, Some("7\n")), beside(&other, Some("7\n")), other];
        fs::create_dir(&kept[4]).unwrap();
        fs::write(kept[4].join(LOCK), "7\n").unwrap();
        let _held = lock::lock(&kept[2], &run).unwrap();
        remove_leftovers(&run);
        assert!(!left.exists());
        kept.iter().for_each(|place| assert!(place.exists(), "{}", place.display()));
    }

    /// It would be found to be a link only when the new run takes its place, after all has been simulated.
    #[test]
    fn a_slash_at_the_end_of_a_link_makes_it_no_directory() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        fs::create_dir(&run).unwrap();
        fs::write(run.join("manifest.json"), r#"{"program": "wormsim"}"#).unwrap();
        std::os::unix::fs::symlink(&run, folder.path().join("link")).unwrap();
        for name in ["link", "link/", "link/."] {
            let refused = RunDirectory::create(&folder.path().join(name), true);
            assert!(matches!(refused, Err(Error::NotARunDirectory { .. })), "{name}");
        }
        for name in ["run", "run/", "run/."] {
            let mut new = RunDirectory::create(&folder.path().join(name), true).unwrap();
            new.put("manifest.json", format!(r#"{{"program": "wormsim", "name": "{name}"}}"#).as_bytes()).unwrap();
            new.commit().unwrap();
            assert!(fs::read_to_string(run.join("manifest.json")).unwrap().contains(&format!("{name}\"")));
        }
    }
}
