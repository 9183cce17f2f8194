//! Reads what a report is made of from run directories or from the directory of an experiment. Writes nothing.

mod run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json;
use crate::error::Error;
use crate::experiment::comparison::Comparison;
use crate::experiment::sweep::Sweep;

pub use run::StoredRun;

/// What the directory of an experiment is known by.
const PLAN: &str = "experiment.json";

/// What a report is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// Runs, side by side.
    Runs(Vec<StoredRun>),
    /// A comparison, and the runs that it kept, by arm.
    Comparison {
        /// The results.
        comparison: Comparison,
        /// Replication 0 of the arms that kept it, in their order.
        runs: Vec<StoredRun>,
    },
    /// A sweep.
    Sweep(Sweep),
}

/// Reads run directories, or the directory of one experiment.
///
/// # Errors
/// [`Error::NoRun`] for what is neither, [`Error::NoReport`] for directories that do not go together,
/// [`Error::Locked`], [`Error::OtherVersion`], [`Error::EditedManifest`], [`Error::Io`], [`Error::Format`],
/// [`Error::FormatLine`].
pub fn read_subject(directories: &[PathBuf]) -> Result<Subject, Error> {
    for directory in directories {
        check(directory)?;
    }
    let experiment = directories.iter().find(|directory| directory.join(PLAN).is_file());
    match (experiment, directories) {
        (Some(directory), [_]) => read_experiment(directory),
        (Some(directory), _) => Err(no_report(directory, "an experiment does not go with other directories")),
        (None, _) => read_runs(directories),
    }
}

fn no_report(path: &Path, problem: &'static str) -> Error {
    Error::NoReport { path: path.to_owned(), problem }
}

/// Refuses what is neither a run directory nor that of an experiment.
fn check(directory: &Path) -> Result<(), Error> {
    if directory.join(PLAN).is_file() || directory.join("manifest.json").is_file() {
        return Ok(());
    }
    Err(Error::NoRun { path: directory.to_owned() })
}

fn read_runs(directories: &[PathBuf]) -> Result<Subject, Error> {
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let mut runs = Vec::new();
    for directory in directories {
        // The last part of a path may be no name, as of `.`.
        let place = directory.canonicalize().unwrap_or_else(|_| directory.clone());
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let count = taken.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
        let name = if *count > 1 { format!("{name} ({count})") } else { name };
        runs.push(StoredRun::read(directory, name)?);
    }
    if let ([run], [directory]) = (&runs[..], directories)
        && let Some(parent) = parent_of(run, directory)
    {
        runs.insert(0, parent);
    }
    Ok(Subject::Runs(runs))
}

/// The run that a fork comes from, where it is still there: as it was named, or beside the fork.
fn parent_of(fork: &StoredRun, directory: &Path) -> Option<StoredRun> {
    let named = Path::new(&fork.manifest.parent.as_ref()?.directory);
    let name = named.file_name()?;
    let places = [named.to_owned(), directory.parent()?.join(name)];
    let read = |place: PathBuf| {
        let name = name.to_string_lossy().into_owned();
        let name = if name == fork.name { format!("{name} (parent)") } else { name };
        StoredRun::read(&place, name).ok().filter(|parent| fork.is_fork_of(parent))
    };
    places.into_iter().find_map(read)
}

fn read_experiment(directory: &Path) -> Result<Subject, Error> {
    let plan: Value = json::read(&directory.join(PLAN))?;
    match plan["kind"].as_str() {
        Some("comparison") => {
            let comparison: Comparison = read_results(directory, "comparison.json")?;
            let arms = comparison.arms.iter().map(|arm| arm.name.clone());
            let kept = arms.filter_map(|name| Some((kept_run(directory, &name)?, name)));
            let runs = kept.map(|(path, name)| StoredRun::read(&path, name)).collect::<Result<_, Error>>()?;
            Ok(Subject::Comparison { comparison, runs })
        }
        Some("sweep") => Ok(Subject::Sweep(read_results(directory, "sweep.json")?)),
        _ => Err(no_report(directory, "experiment.json is neither of a comparison nor of a sweep")),
    }
}

/// The directory of the run that an arm kept.
fn kept_run(directory: &Path, arm: &str) -> Option<PathBuf> {
    let arms = directory.join("arms");
    let path = arms.join(arm);
    // A name is one part of a path, or it would lead elsewhere.
    (path.parent() == Some(arms.as_path()) && path.join("manifest.json").is_file()).then_some(path)
}

/// Results of this version.
fn read_results<T: DeserializeOwned>(directory: &Path, file: &str) -> Result<T, Error> {
    let path = directory.join(file);
    if !path.exists() {
        return Err(no_report(directory, "the experiment has no results yet; let it come to its end first"));
    }
    let text = json::read_text(&path)?;
    // One of another version may have other fields.
    let content: Value = json::parse(&text, &path)?;
    let version = content["program_version"].as_str().unwrap_or("unknown");
    if content["version"] != json::VERSION || version != crate::VERSION {
        return Err(Error::OtherVersion { path, version: version.to_owned() });
    }
    let content = json::unseal(content).ok_or_else(|| Error::EditedManifest { path: path.clone() })?;
    serde_json::from_value(content).map_err(|source| Error::Format { path, source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::store::disk::tests::{run, scenario};

    fn problem(directories: &[PathBuf]) -> String {
        match read_subject(directories).unwrap_err() {
            Error::NoReport { path, problem } => format!("{}: {problem}", path.file_name().unwrap().display()),
            error => panic!("{error}"),
        }
    }

    #[test]
    fn runs_have_the_names_of_their_directories_and_numbers_where_these_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let places = ["a/run", "b/run", "c/other"].map(|path| folder.path().join(path));
        places.iter().for_each(|place| run(place, &scenario()).unwrap());
        let Subject::Runs(runs) = read_subject(&places).unwrap() else { panic!("runs") };
        assert_eq!(runs.iter().map(|run| &*run.name).collect::<Vec<_>>(), ["run", "run (2)", "other"]);
        for run in runs {
            assert_eq!(run.manifest.ticks, 100);
            assert_eq!(run.frames.iter().map(|frame| frame.delivered).sum::<u64>(), run.summary.accesses.delivered);
            let delivered: u64 = run.latencies.iter().map(|(_, accesses)| accesses).sum();
            assert_eq!(delivered, run.summary.accesses.delivered);
        }
    }

    #[test]
    fn what_is_neither_a_run_nor_an_experiment_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("place");
        let one = [place.clone()];
        let is_no_run = || matches!(read_subject(&one), Err(Error::NoRun { path }) if path == place);
        assert!(is_no_run(), "there is nothing");
        fs::write(&place, "").unwrap();
        assert!(is_no_run(), "a file");
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        fs::write(place.join("notes"), "").unwrap();
        assert!(is_no_run(), "a directory of others");
        fs::write(place.join(PLAN), r#"{"kind": "survey"}"#).unwrap();
        assert_eq!(problem(&one), "place: experiment.json is neither of a comparison nor of a sweep");
        assert_eq!(problem(&[place.clone(), place.clone()]), "place: an experiment does not go with other directories");
        for (kind, file) in [("comparison", "comparison.json"), ("sweep", "sweep.json")] {
            fs::write(place.join(PLAN), json!({"kind": kind}).to_string()).unwrap();
            assert_eq!(problem(&one), "place: the experiment has no results yet; let it come to its end first");
            for (version, program) in
                [(json!(json::VERSION + 1), json!(crate::VERSION)), (json!(json::VERSION), json!("9.9"))]
            {
                let results = json!({"version": version, "program_version": program});
                fs::write(place.join(file), results.to_string()).unwrap();
                let error = read_subject(&one).unwrap_err();
                assert!(matches!(&error, Error::OtherVersion { version, .. } if *version == program), "{error}");
            }
            let results = json!({"version": json::VERSION, "program_version": crate::VERSION});
            fs::write(place.join(file), results.to_string()).unwrap();
            assert!(matches!(read_subject(&one).unwrap_err(), Error::EditedManifest { .. }));
            fs::write(place.join(file), json::seal(&results).to_string()).unwrap();
            assert!(matches!(read_subject(&one).unwrap_err(), Error::Format { .. }));
        }
    }

    #[test]
    fn an_arm_is_found_within_its_experiment_only() {
        let folder = tempfile::tempdir().unwrap();
        for place in ["arms/both", "arms/none", "elsewhere"] {
            fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        for place in ["arms/both", "elsewhere"] {
            fs::write(folder.path().join(place).join("manifest.json"), "").unwrap();
        }
        let found = |arm: &str| kept_run(folder.path(), arm);
        assert_eq!(found("both"), Some(folder.path().join("arms/both")));
        for arm in ["none", "nowhere", "../elsewhere", "both/..", folder.path().join("elsewhere").to_str().unwrap()] {
            assert_eq!(found(arm), None, "{arm}");
        }
    }
}
