//! What is in a directory: nothing, a run, or something that no run wrote, which is never removed.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::experiment::advice;
use crate::store::disk::{self, Folder};
use crate::store::layout::{CHECKPOINTS, PAST, PLOTS, is_connections, is_grown, tick_of};
use crate::store::lock::{self, LOCK};
use crate::store::manifest::PROGRAM;
use crate::store::report;

/// What is in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Contents {
    /// Nothing.
    Nothing,
    /// What a process left that was killed before its first state.
    Leftovers,
    /// A run, and nothing else.
    Run,
    /// Something that no run wrote, the first by its path.
    Foreign(String),
}

/// Looks through a directory and its folders.
pub(in crate::store) fn contents(folder: &Folder) -> io::Result<Contents> {
    let manifest = manifest(folder);
    let outputs = manifest.as_ref().and_then(|manifest| manifest["outputs"].as_object());
    let report = report::listed(folder, report::FOLDER);
    let is_ours = |path: &str| {
        let of_a_run = manifest.is_some()
            && (path == "manifest.json"
                || outputs.is_some_and(|outputs| outputs.contains_key(path))
                || tick_of(path).is_some()
                || is_grown(path)
                || is_connections(path)
                || path.strip_prefix("plots/").is_some_and(|name| PLOTS.contains(&name))
                || path == advice::PATH
                || report.contains(path));
        of_a_run || disk::is_temporary(Path::new(path)) || path == LOCK && lock::is_ours(folder)
    };
    let files = folder.files_below("")?;
    if let Some(path) = files.iter().find(|path| !is_ours(path)) {
        return Ok(Contents::Foreign(path.clone()));
    }
    // An empty folder at the top is no file; those of a run are known by what is in them.
    let folders: BTreeSet<&str> = TOP.into_iter().collect();
    for (name, kind) in folder.entries("")? {
        if kind.is_dir() && !(manifest.is_some() && name.to_str().is_some_and(|name| folders.contains(name))) {
            return Ok(Contents::Foreign(name.to_string_lossy().into_owned()));
        }
    }
    Ok(match manifest {
        Some(_) => Contents::Run,
        None if files.is_empty() => Contents::Nothing,
        None => Contents::Leftovers,
    })
}

/// Folders at the top of a run directory.
const TOP: [&str; 5] = ["wormholes", PAST, "plots", report::FOLDER, CHECKPOINTS];

/// Whether a directory holds a manifest of this program, of whatever version.
pub(in crate::store) fn is_run_directory(folder: &Folder) -> bool {
    manifest(folder).is_some()
}

fn manifest(folder: &Folder) -> Option<Value> {
    let text = folder.has_file("manifest.json").then(|| folder.read("manifest.json").ok()).flatten();
    let content = text.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    content.filter(|manifest| manifest["program"] == PROGRAM)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn look(place: &Path) -> Contents {
        contents(&Folder::open(place).unwrap()).unwrap()
    }

    #[test]
    fn a_run_directory_is_known_by_its_manifest() {
        let place = tempfile::tempdir().unwrap();
        let (run, manifest) = (place.path(), place.path().join("manifest.json"));
        let foreign = |path: &str| Contents::Foreign(path.to_owned());
        assert_eq!(look(run), Contents::Nothing);
        fs::write(run.join(".wormsim-1-2.tmp"), "half").unwrap();
        assert_eq!(look(run), Contents::Leftovers);
        fs::remove_file(run.join(".wormsim-1-2.tmp")).unwrap();
        fs::create_dir(&manifest).unwrap();
        assert_eq!(look(run), foreign("manifest.json"));
        fs::remove_dir(&manifest).unwrap();
        for text in ["", "{}", r#"{"program": "another"}"#] {
            fs::write(&manifest, text).unwrap();
            assert_eq!(look(run), foreign("manifest.json"), "{text}");
        }
        fs::write(&manifest, r#"{"program": "wormsim", "version": 99}"#).unwrap();
        fs::create_dir(run.join("report")).unwrap();
        assert_eq!(look(run), Contents::Run);
        fs::rename(&manifest, run.join("scenario.json")).unwrap();
        std::os::unix::fs::symlink(run.join("scenario.json"), &manifest).unwrap();
        assert!(matches!(look(run), Contents::Foreign(_)), "a link is none");
    }

    #[test]
    fn what_no_run_wrote_is_found_wherever_it_is() {
        let place = tempfile::tempdir().unwrap();
        let run = place.path();
        let write = |path: &str, text: &str| {
            fs::create_dir_all(run.join(path).parent().unwrap()).unwrap();
            fs::write(run.join(path), text).unwrap();
        };
        write(
            "manifest.json",
            &json!({"program": PROGRAM, "outputs": {"summary.json": "", "plots/map.svg": ""}}).to_string(),
        );
        write("report/files.json", r#"{"files": {"report.html": ""}, "program": "wormsim", "version": 1}"#);
        for ours in [
            "summary.json",
            "plots/map.svg",
            "plots/latency.svg",
            "checkpoints/0000000100.ckpt",
            "wormholes/connections/active/wormholes-001.json",
            "wormholes/connections/archived/wormholes.jsonl",
            "wormholes/analytics/optimization_logs/log-001.jsonl",
            "wormholes/topology/.wormsim-1-2.tmp",
            "report/report.html",
            "report/advice.json",
        ] {
            write(ours, "ours");
            assert_eq!(look(run), Contents::Run, "{ours}");
        }
        for theirs in [
            "notes",
            "latencies.csv",
            ".hidden.tmp",
            "lock",
            "plots/mine.txt",
            "checkpoints/mine.ckpt",
            "report/notes.html",
            "wormholes/connections/active/mine.json",
            "wormholes/analytics/optimization_logs/mine",
        ] {
            write(theirs, "theirs");
            assert_eq!(look(run), Contents::Foreign(theirs.to_owned()), "{theirs}");
            fs::remove_file(run.join(theirs)).unwrap();
        }
        fs::create_dir(run.join("mine")).unwrap();
        assert_eq!(look(run), Contents::Foreign("mine".to_owned()));
    }
}
