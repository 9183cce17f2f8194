//! Whatever call fails, and wherever the machine stops: what is left is nothing, or a run that ends as if nothing had
//! been.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::json;
use tempfile::TempDir;

use super::{Call, faults, is_temporary, parent_of};
use crate::error::Error;
use crate::scenario::{Assignment, Loaded};
use crate::simulation::Simulation;
use crate::store::lock::LOCK;
use crate::store::manifest::{Manifest, Status};
use crate::store::{self, RunWriter};

/// What the operating system says of a broken disk: `EIO`.
const BROKEN: i32 = 5;

pub(in crate::store) const CHECKPOINT_EVERY: u32 = 30;

/// Files by path.
pub(in crate::store) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// In memory where that is possible: what is tested is the order of calls, not the disk.
pub(in crate::store) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A few nodes whose wormholes come and go, so that files appear, grow and are removed.
pub(in crate::store) fn scenario() -> Loaded {
    scenario_with(&[])
}

/// The same with other values.
pub(in crate::store) fn scenario_with(assignments: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    let content = json!({
        "version": 1, "name": "small", "ticks": 100, "warmup_ticks": 0,
        "topology": {"generator": {"kind": "ring", "nodes": 8}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 3.0}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}},
        "physics": {
            "gravity": {"review_every_ticks": 10, "min_pull": 0},
            "decay": {"fade_per_tick": 0.1, "gain_per_traversal": 0.02, "pay_review_ticks": 20,
                "archive_after_ticks": 20, "reopen_after_ticks": 10},
            "wormhole": {"setup_ticks": 0}
        },
        "persistence": {"snapshot_every_ticks": 40, "checkpoint_every_ticks": CHECKPOINT_EVERY, "checkpoints_kept": 1}
    });
    fs::write(&path, content.to_string()).unwrap();
    let assignments: Vec<Assignment> = assignments.iter().map(|set| set.parse().unwrap()).collect();
    crate::simulation::load(&path, &assignments).unwrap()
}

pub(in crate::store) fn run(target: &Path, loaded: &Loaded) -> Result<(), Error> {
    let writer = RunWriter::create(target, false, loaded.clone().into(), Vec::new())?;
    let simulation = writer.start()?;
    finish(writer, simulation)
}

pub(in crate::store) fn resume(target: &Path) -> Result<(), Error> {
    let (writer, simulation) = store::resume(target, None, &crate::simulation::kinds(), |damaged| {
        panic!("a file with the name of a checkpoint is whole: {damaged}")
    })?;
    finish(writer, simulation)
}

pub(in crate::store) fn finish(mut writer: RunWriter, mut simulation: Simulation) -> Result<(), Error> {
    let ended = to_the_end(&mut writer, &mut simulation);
    if ended.is_err() {
        let _ = writer.abandon();
    }
    ended
}

fn to_the_end(writer: &mut RunWriter, simulation: &mut Simulation) -> Result<(), Error> {
    loop {
        writer.tick(simulation)?;
        let done = simulation.ticks_done();
        if done == simulation.scenario().ticks {
            return writer.write(simulation, &simulation.summary(), Status::Complete, &[]);
        }
        if !writer.is_new(simulation) {
            continue;
        }
        if simulation.snapshot_is_due() {
            writer.write(simulation, &simulation.summary(), Status::Running, &[])?;
        }
        if done.is_multiple_of(CHECKPOINT_EVERY) {
            writer.checkpoint(simulation)?;
        }
    }
}

/// All files in a folder and its folders.
fn files(root: &Path) -> Files {
    let (mut found, mut folders) = (Files::new(), vec![root.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(path).unwrap());
            }
        }
    }
    found
}

/// The files that are the same however a run was ended and resumed.
pub(in crate::store) fn results(target: &Path) -> Files {
    let mut found = files(target);
    found.retain(|path, _| !path.starts_with("checkpoints") && path != Path::new(LOCK));
    found.remove(Path::new("manifest.json")).unwrap();
    found
}

pub(in crate::store) fn manifest(target: &Path) -> Manifest {
    Manifest::read(target).unwrap()
}

/// Whether a run that is said to be complete was not so before it was resumed here.
fn check_ends_as(expected: &Files, target: &Path, what: &str) -> bool {
    if !target.join("manifest.json").exists() {
        // Nothing but the name was taken, which the next run takes again.
        assert!(!files(target).keys().any(|path| path != Path::new(LOCK)), "{what}");
        return false;
    }
    let complete = manifest(target).status == Status::Complete;
    if !complete && let Err(error) = resume(target) {
        let is_checkpoint = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "ckpt");
        assert!(!files(target).keys().any(is_checkpoint), "{what}: {error}");
        return false;
    }
    let found = results(target);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    found.iter().for_each(|(path, content)| assert!(expected[path] == *content, "{what}: {} differs", path.display()));
    let manifest = manifest(target);
    assert_eq!(manifest.status, Status::Complete, "{what}");
    let hashes = found.iter().map(|(path, text)| (path.display().to_string(), blake3::hash(text).to_hex().to_string()));
    assert_eq!(manifest.outputs, hashes.collect(), "{what}");
    !complete
}

/// The files of a run that nothing befell.
pub(in crate::store) fn whole(loaded: &Loaded) -> Files {
    let folder = folder();
    let target = folder.path().join("run");
    run(&target, loaded).unwrap();
    results(&target)
}

/// Lets the call `n`, from 0, of `work` fail, or all from there on; what came of it, and whether there was such a call.
/// An exchange is not counted: where it fails, renames take its place.
fn failing(n: usize, lasts: bool, work: impl FnOnce() -> Result<(), Error>) -> (Result<(), Error>, bool) {
    failing_where(n, lasts, true, work)
}

/// The same, where the file system can exchange names or not.
fn failing_where(
    n: usize,
    lasts: bool,
    exchanges: bool,
    work: impl FnOnce() -> Result<(), Error>,
) -> (Result<(), Error>, bool) {
    let calls = Rc::new(Cell::new(0));
    let counter = Rc::clone(&calls);
    let fail = move |what: Call, _: &Path| {
        if what == Call::Exchange {
            let works = exchanges && !(lasts && counter.get() > n);
            return if works { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) };
        }
        let call = counter.replace(counter.get() + 1);
        if call == n || lasts && call > n { Err(io::Error::from_raw_os_error(BROKEN)) } else { Ok(()) }
    };
    (faults::with(fail, work), calls.get() > n)
}

fn check_is_clear(result: Result<(), Error>, target: &Path, what: &str) {
    match result {
        Err(Error::Io { path, source, .. }) => {
            assert_eq!(source.raw_os_error(), Some(BROKEN), "{what}");
            assert!(path.starts_with(target) || path == parent_of(target), "{what}: {}", path.display());
        }
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn a_run_with_any_call_failing_ends_in_a_clear_error_and_can_go_on() {
    let loaded = scenario();
    let expected = whole(&loaded);
    for lasts in [false, true] {
        let mut resumed = 0;
        for n in 0.. {
            let folder = folder();
            let target = folder.path().join("run");
            let (result, met) = failing(n, lasts, || run(&target, &loaded));
            if !met {
                result.unwrap();
                assert!(n > 100 && resumed > n / 3, "{resumed} of {n} resumed");
                break;
            }
            let what = format!("call {n}, {lasts}");
            check_is_clear(result, &target, &what);
            let beside = fs::read_dir(folder.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path() != target);
            assert_eq!(beside.count(), 0, "{what}");
            resumed += usize::from(check_ends_as(&expected, &target, &what));
        }
    }
}

/// Lays `files` out in a new folder.
fn laid_out(files: &Files) -> TempDir {
    let folder = folder();
    for (path, content) in files {
        let place = folder.path().join(path);
        fs::create_dir_all(parent_of(&place)).unwrap();
        fs::write(place, content).unwrap();
    }
    folder
}

/// The files in `folder` before each call of `work`, as a machine leaves them that stops there: of lines that were
/// appended and are not on disk for good, all are there, half or none, in turn.
fn stops(folder: &Path, work: impl FnOnce() -> Result<(), Error>) -> Vec<Files> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (photos, root) = (Rc::clone(&seen), folder.to_owned());
    // Lengths that will last, by the names of files, which are theirs alone.
    let mut lasting = BTreeMap::<_, usize>::new();
    let mut synced = None;
    let look = move |call: Call, place: &Path| {
        let mut photo = files(&root);
        let name = place.file_name().unwrap_or_default().to_owned();
        if let Some(name) = synced.take() {
            lasting.remove(&name);
        }
        match call {
            Call::Append => {
                lasting.entry(name).or_insert_with(|| fs::read(place).unwrap().len());
            }
            Call::Sync => synced = Some(name),
            _ => {}
        }
        let mut photos = photos.borrow_mut();
        for (path, content) in &mut photo {
            if let Some(&kept) = path.file_name().and_then(|name| lasting.get(name)) {
                let lost = content.len() - kept;
                content.truncate(kept + [lost, lost / 2, 0][photos.len() % 3]);
            }
        }
        photos.push(photo);
        Ok(())
    };
    faults::with(look, work).unwrap();
    seen.take()
}

#[test]
fn a_machine_that_stops_between_any_two_calls_loses_nothing() {
    let loaded = scenario();
    let expected = whole(&loaded);
    let place = folder();
    let photos = stops(place.path(), || run(&place.path().join("run"), &loaded));
    let (mut resumed, mut torn) = (0, None);
    for (n, photo) in photos.iter().enumerate() {
        let left = laid_out(photo);
        let again = check_ends_as(&expected, &left.path().join("run"), &format!("before call {n}"));
        resumed += usize::from(again);
        if again && n > photos.len() / 2 {
            torn.get_or_insert(photo);
        }
    }
    assert!(resumed > photos.len() / 3, "{resumed} of {} resumed", photos.len());

    // A resume may be stopped as well, and its calls may fail.
    let torn = torn.unwrap();
    let left = laid_out(torn);
    let target = left.path().join("run");
    for (n, photo) in stops(left.path(), || resume(&target)).iter().enumerate() {
        let left = laid_out(photo);
        check_ends_as(&expected, &left.path().join("run"), &format!("before call {n} of a resume"));
    }
    for n in 0.. {
        let left = laid_out(torn);
        let target = left.path().join("run");
        let (result, met) = failing(n, false, || resume(&target));
        if !met {
            result.unwrap();
            break;
        }
        let what = format!("call {n} of a resume");
        check_is_clear(result, &target, &what);
        check_ends_as(&expected, &target, &what);
    }
}

/// With or without states on the way, from a checkpoint or from the start.
#[test]
fn a_finished_run_that_is_made_longer_is_never_half_of_each() {
    for (snapshots, from_the_start) in [("40", false), ("null", false), ("null", true)] {
        let (place, loaded) = (folder(), scenario_with(&[&format!("persistence.snapshot_every_ticks={snapshots}")]));
        let target = place.path().join("run");
        run(&target, &loaded).unwrap();
        if from_the_start {
            fs::remove_dir_all(target.join("checkpoints")).unwrap();
        }
        let (old, before) = (files(place.path()), results(&target));
        let lengthen = |target: &Path| {
            let ticks = u64::from(loaded.scenario.ticks) + 55;
            let (writer, simulation) =
                store::resume(target, Some(ticks), &crate::simulation::kinds(), |damaged| panic!("{damaged}"))?;
            finish(writer, simulation)
        };
        let photos = stops(place.path(), || lengthen(&target));
        let after = results(&target);
        assert!(before != after);
        let check = |target: &Path, what: &str| {
            let status = manifest(target).status;
            assert!(matches!(status, Status::Running | Status::Failed | Status::Complete), "{what}");
            if status == Status::Running {
                resume(target).unwrap();
            }
            let mut found = results(target);
            found.retain(|path, _| path.extension().is_none_or(|extension| extension != "tmp"));
            for (path, hash) in manifest(target).outputs {
                assert_eq!(blake3::hash(&found[Path::new(&path)]).to_hex().as_str(), hash, "{what}: {path}");
            }
            assert!(found == before || found == after || status == Status::Failed, "{what}");
            status
        };
        let mut resumed = 0;
        for (n, photo) in photos.iter().enumerate() {
            let left = laid_out(photo);
            let status = check(&left.path().join("run"), &format!("before call {n}"));
            resumed += usize::from(status == Status::Running);
        }
        assert!(resumed > photos.len() / 2, "{resumed} of {} resumed", photos.len());

        for n in 0.. {
            let left = laid_out(&old);
            let target = left.path().join("run");
            let (result, met) = failing(n, false, || lengthen(&target));
            if !met {
                result.unwrap();
                break;
            }
            let what = format!("call {n} fails");
            check_is_clear(result, &target, &what);
            check(&target, &what);
            if results(&target) != after {
                lengthen(&target).unwrap();
            }
            assert!(results(&target) == after, "{what}");
        }
    }
}

#[test]
fn a_run_that_is_replaced_is_there_until_the_new_one_is() {
    let (place, loaded) = (folder(), scenario());
    let target = place.path().join("run");
    let replace = |target: &Path| -> Result<(), Error> {
        let mut writer = RunWriter::create(target, true, loaded.clone().into(), vec!["new".to_owned()])?;
        let mut simulation = writer.start()?;
        writer.tick(&mut simulation)?;
        writer.write(&simulation, &simulation.summary(), Status::Running, &[])
    };
    run(&target, &loaded).unwrap();
    let kept = |target: &Path| {
        let mut found = files(target);
        // Lines that were appended to a file of that name, in whichever of the two, count as not on disk.
        let grows = |path: &Path| {
            path.extension().is_some_and(|extension| extension == "jsonl") || path.ends_with("metrics.csv")
        };
        found.retain(|path, _| path != Path::new(LOCK) && !grows(path) && !is_temporary(path));
        found
    };
    let (old, before) = (files(place.path()), kept(&target));
    let is_one_of_them = |target: &Path, what: &str| {
        let is_new = manifest(target).arguments == ["new"];
        assert!(is_new || kept(target) == before, "{what}");
        is_new
    };

    let photos = stops(place.path(), || replace(&target));
    assert!(is_one_of_them(&target, "at the end"));
    let mut new = 0;
    for (n, photo) in photos.iter().enumerate() {
        let left = laid_out(photo);
        let target = left.path().join("run");
        new += usize::from(is_one_of_them(&target, &format!("before call {n}")));
        replace(&target).unwrap();
        assert_eq!(
            fs::read_dir(left.path()).unwrap().count(),
            1,
            "what was left before call {n} goes with the next run"
        );
    }
    assert_eq!(new, 1, "only the folder is to be synced when the new one is there");

    for (lasts, exchanges) in [(false, true), (true, true), (false, false)] {
        let mut late = 0;
        for n in 0.. {
            let left = laid_out(&old);
            let target = left.path().join("run");
            let (result, met) = failing_where(n, lasts, exchanges, || replace(&target));
            let what = format!("call {n}, {lasts}, {exchanges}");
            let is_new = is_one_of_them(&target, &what);
            if !met {
                result.unwrap();
                break;
            }
            late += usize::from(is_new && result.is_err());
            let beside = fs::read_dir(left.path()).unwrap().count() - 1;
            assert_eq!(
                beside,
                usize::from(is_new && result.is_err()),
                "{what}: the old one, as long as the new one may go"
            );
        }
        assert_eq!(late, 1, "{lasts}, {exchanges}: only the last call comes after the exchange");
    }
}

#[test]
fn what_a_manifest_or_a_checkpoint_speaks_of_is_on_disk_before_it() {
    let (place, loaded) = (folder(), scenario());
    let (mut dirty, mut unsynced, mut appended) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let loose = Rc::new(Cell::new(0));
    let at_the_end = Rc::clone(&loose);
    let check = move |call: Call, place: &Path| {
        let is_checkpoint = place.extension().is_some_and(|extension| extension == "ckpt");
        match call {
            Call::Write => _ = unsynced.insert(place.to_owned()),
            Call::Append => {
                unsynced.insert(place.to_owned());
                if appended.insert(place.file_name().map(ToOwned::to_owned)) {
                    dirty.insert(parent_of(place).to_owned());
                }
            }
            Call::Sync => _ = unsynced.remove(place),
            // A name that is only taken need not last, nor a lock.
            Call::Rename if place.ends_with("run") || place.ends_with(LOCK) => {}
            Call::SyncFolder => _ = dirty.remove(place),
            Call::Rename | Call::Exchange => {
                assert!(!unsynced.contains(place), "{}", place.display());
                if is_checkpoint || place.ends_with("manifest.json") || place.ends_with("run") {
                    assert!(dirty.is_empty() && unsynced.is_empty(), "{}: {dirty:?} {unsynced:?}", place.display());
                }
                dirty.insert(parent_of(place).to_owned());
            }
            // One checkpoint too many does no harm.
            Call::Remove if !is_checkpoint => _ = dirty.insert(parent_of(place).to_owned()),
            Call::Remove | Call::Create | Call::Cut => {}
        }
        at_the_end.set(dirty.len() + unsynced.len());
        Ok(())
    };
    faults::with(check, || run(&place.path().join("run"), &loaded)).unwrap();
    assert_eq!(loose.get(), 0);
}
