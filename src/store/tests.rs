//! Runs that are stopped, resumed, forked and verified: what is left equals what an uninterrupted run leaves.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::disk::tests::{
    CHECKPOINT_EVERY, Files, finish, folder, manifest, results, resume, run, scenario, scenario_with, whole,
};
use super::lock::LOCK;
use super::manifest::{Host, Status};
use super::resume::refuse_if_written;
use super::verify::{Differences, Stored};
use super::{RunWriter, fork};
use crate::error::Error;
use crate::scenario::{Assignment, Loaded};
use crate::simulation::Simulation;

/// Simulates until so many ticks are done, with all checkpoints on the way.
fn simulate(writer: &mut RunWriter, simulation: &mut Simulation, until: u32) {
    while simulation.ticks_done() < until {
        writer.tick(simulation).unwrap();
        if writer.is_new(simulation) && simulation.ticks_done().is_multiple_of(CHECKPOINT_EVERY) {
            writer.checkpoint(simulation).unwrap();
        }
    }
}

/// The same, and ends there as by Ctrl-C.
fn stop((mut writer, mut simulation): (RunWriter, Simulation), after: u32) {
    simulate(&mut writer, &mut simulation, after);
    if writer.is_new(&simulation) {
        writer.write(&simulation, &simulation.summary(), Status::Partial, &[]).unwrap();
    }
}

fn begin(target: &Path, loaded: &Loaded) -> (RunWriter, Simulation) {
    let writer = RunWriter::create(target, false, loaded.clone().into(), vec!["test".to_owned()]).unwrap();
    let simulation = writer.start().unwrap();
    (writer, simulation)
}

fn resumed(target: &Path, ticks: Option<u64>) -> Result<(RunWriter, Simulation), Error> {
    super::resume(target, ticks, &crate::simulation::kinds(), |damaged| panic!("{damaged}"))
}

fn branch(parent: &Path, after: u32, sets: &[&str], target: &Path) -> Result<(RunWriter, Simulation), Error> {
    let sets: Vec<Assignment> = sets.iter().map(|set| set.parse().unwrap()).collect();
    fork(parent, after, &crate::simulation::kinds(), &sets, (target, false), Vec::new(), |damaged| panic!("{damaged}"))
}

/// The files that a fork has in common with a run from the start.
fn without_past(mut files: Files) -> Files {
    files.retain(|path, _| !path.starts_with("past"));
    files
}

fn paths(files: &Files) -> Vec<String> {
    files.keys().map(|path| path.display().to_string()).collect()
}

#[test]
fn a_run_that_is_stopped_twice_leaves_the_files_of_one_that_is_not() {
    let loaded = scenario();
    let expected = whole(&loaded);
    for (first, second) in [(1, 2), (10, 45), (29, 30), (31, 61), (59, 40), (60, 90), (61, 89), (95, 99)] {
        let place = folder();
        let target = place.path().join("run");
        stop(begin(&target, &loaded), first);
        let stopped = manifest(&target);
        assert_eq!((stopped.status, stopped.ticks), (Status::Partial, first));
        stop(resumed(&target, None).unwrap(), second);
        assert_eq!(manifest(&target).ticks, first.max(second));
        resume(&target).unwrap();
        assert!(results(&target) == expected, "{first}, {second}");

        let ended = manifest(&target);
        let checkpoints = [first, second].map(|ticks| ticks / CHECKPOINT_EVERY * CHECKPOINT_EVERY);
        // Where nothing came of the second, it is not told.
        let told = if second > first { &checkpoints[..] } else { &checkpoints[..1] };
        assert_eq!((ended.status, ended.ticks, &*ended.resumed_after_ticks), (Status::Complete, 100, told));
        assert_eq!((&*ended.arguments, &ended.inputs), (&["test".to_owned()][..], &stopped.inputs));
        let simulated = ended.timings.ticks_per_second * ended.timings.wall_seconds;
        assert!((simulated - f64::from(100 - told.last().unwrap())).abs() < 1e-6, "{simulated}");
    }
}

#[test]
fn a_run_is_made_longer_and_no_shorter() {
    let expected = whole(&scenario_with(&["ticks=131"]));
    let place = folder();
    let target = place.path().join("run");
    run(&target, &scenario()).unwrap();
    let error = resumed(&target, None).err().unwrap();
    assert!(matches!(error, Error::NothingToResume { ticks: 100, .. }), "{error}");
    for ticks in [1, 99, 100] {
        let error = resumed(&target, Some(ticks)).err().unwrap();
        assert!(matches!(error, Error::Usage { option: "--ticks", .. }), "{error}");
    }
    let (writer, simulation) = resumed(&target, Some(131)).unwrap();
    assert_eq!((simulation.ticks_done(), writer.is_new(&simulation)), (90, false));
    finish(writer, simulation).unwrap();
    assert!(results(&target) == expected);
}

/// What was appended since its last state is in its files.
#[test]
fn a_run_that_failed_is_marked_and_its_files_are_those_that_are_there() {
    let place = folder();
    let target = place.path().join("run");
    let (mut writer, mut simulation) = begin(&target, &scenario());
    (0..95).for_each(|_| drop(writer.tick(&mut simulation).unwrap()));
    writer.checkpoint(&simulation).unwrap();
    let journal = Path::new("wormholes/topology/journal.jsonl");
    let before = results(&target).remove(journal).unwrap();
    (0..40).for_each(|_| drop(writer.tick(&mut simulation).unwrap()));
    writer.checkpoint(&simulation).unwrap();
    writer.abandon().unwrap();
    let found = results(&target);
    assert!(found[journal].len() > before.len());
    let failed = manifest(&target);
    assert_eq!((failed.status, failed.ticks), (Status::Failed, 95));
    let hashes = found.iter().map(|(path, text)| (path.display().to_string(), blake3::hash(text).to_hex().to_string()));
    assert_eq!(failed.outputs, hashes.collect());
    assert!(!target.join(LOCK).exists());
}

#[test]
fn a_run_in_which_nothing_happens_has_a_journal_all_the_same() {
    let place = folder();
    let target = place.path().join("run");
    run(&target, &scenario_with(&["wormholes.enabled=false"])).unwrap();
    let found = results(&target);
    for path in ["wormholes/topology/journal.jsonl", "wormholes/analytics/optimization_logs/log-000.jsonl"] {
        assert!(found[Path::new(path)].is_empty(), "{path}");
    }
}

#[test]
fn rows_of_digests_come_at_equal_distances_and_at_the_end_once() {
    let place = folder();
    let target = place.path().join("run");
    let (mut writer, mut simulation) = begin(&target, &scenario_with(&["ticks=200"]));
    (0..200).for_each(|_| drop(writer.tick(&mut simulation).unwrap()));
    (0..2).for_each(|_| writer.add_digests(simulation.digest()));
    writer.write(&simulation, &simulation.summary(), Status::Complete, &[]).unwrap();
    let text = String::from_utf8(results(&target).remove(Path::new("digests.csv")).unwrap()).unwrap();
    let ticks: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ticks, ["63", "127", "191", "199"]);
}

/// Whoever simulates all of it is its host.
#[test]
fn a_run_that_begins_again_is_of_the_machine_that_it_begins_on() {
    let place = folder();
    let target = place.path().join("run");
    stop(begin(&target, &scenario()), 95);
    let mut moved = manifest(&target);
    moved.host.os = "elsewhere".to_owned();
    fs::write(target.join("manifest.json"), moved.to_text()).unwrap();
    stop(resumed(&target, None).unwrap(), 97);
    assert_eq!(manifest(&target).host.os, "elsewhere");
    fs::remove_dir_all(target.join("checkpoints")).unwrap();
    stop(resumed(&target, None).unwrap(), 99);
    assert_eq!(manifest(&target).host, Host::this());
    assert!(!target.join(LOCK).exists(), "nobody writes any more");
}

/// A killed run may be further than its last files say, by its checkpoints.
#[test]
fn a_killed_run_is_not_made_shorter_than_its_checkpoint() {
    let loaded = scenario_with(&["persistence.snapshot_every_ticks=null"]);
    let place = folder();
    let target = place.path().join("run");
    let (mut writer, mut simulation) = begin(&target, &loaded);
    simulate(&mut writer, &mut simulation, 95);
    drop((writer, simulation));
    assert_eq!((manifest(&target).status, manifest(&target).ticks), (Status::Running, CHECKPOINT_EVERY));
    for ticks in [60, 90] {
        let error = resumed(&target, Some(ticks)).err().unwrap();
        assert!(matches!(error, Error::Usage { option: "--ticks", .. }), "{error}");
    }
    drop(resumed(&target, Some(91)).unwrap());
    assert_eq!((manifest(&target).status, manifest(&target).ticks), (Status::Running, 90));
    resume(&target).unwrap();
    assert_eq!(manifest(&target).ticks, 91);
}

/// Its last state is newer than its checkpoint, and half of it is of a later one.
#[test]
fn files_of_a_killed_run_are_whole_as_soon_as_it_is_gone_on_with() {
    let place = folder();
    let target = place.path().join("run");
    let (mut writer, mut simulation) = begin(&target, &scenario());
    simulate(&mut writer, &mut simulation, 45);
    writer.write(&simulation, &simulation.summary(), Status::Running, &[]).unwrap();
    drop((writer, simulation));
    fs::write(target.join("metrics.csv"), "of a later state").unwrap();
    drop(resumed(&target, None).unwrap());
    let running = manifest(&target);
    assert_eq!((running.status, running.ticks), (Status::Running, CHECKPOINT_EVERY));
    for (path, text) in results(&target) {
        assert_eq!(
            blake3::hash(&text).to_hex().as_str(),
            running.outputs[path.to_str().unwrap()],
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_run_that_another_process_wrote_meanwhile_is_not_read() {
    let place = folder();
    let target = place.path().join("run");
    run(&target, &scenario()).unwrap();
    let before = manifest(&target);
    refuse_if_written(&target, &before).unwrap();
    let (writer, simulation) = resumed(&target, Some(120)).unwrap();
    let error = refuse_if_written(&target, &before).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    finish(writer, simulation).unwrap();
    let error = refuse_if_written(&target, &before).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
}

#[test]
fn the_newest_checkpoint_that_is_whole_is_taken() {
    let loaded = scenario_with(&["persistence.checkpoints_kept=3", "ticks=150"]);
    let expected = whole(&loaded);
    let place = folder();
    let target = place.path().join("run");
    stop(begin(&target, &loaded), 125);
    let mut kept: Vec<_> =
        fs::read_dir(target.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    kept.sort();
    assert_eq!(kept, [60, 90, 120].map(|tick| target.join(format!("checkpoints/{tick:010}.ckpt"))));

    let mut bytes = fs::read(&kept[2]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&kept[2], &bytes).unwrap();
    let mut told = Vec::new();
    let (_, simulation) =
        super::resume(&target, None, &crate::simulation::kinds(), |damaged| told.push(damaged.to_string())).unwrap();
    assert_eq!((told.len(), simulation.ticks_done()), (1, 90));
    assert!(told[0].contains("0000000120.ckpt: its writer is corrupt"), "{told:?}");

    // A journal that is shorter than the one of a checkpoint: what is in it up to there is lost.
    let journal = target.join("wormholes/topology/journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let before = |tick: u64| {
        let ticks = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let lines = ticks.filter(|line| line["tick"].as_u64().unwrap() < tick).count();
        text.lines().take(lines).map(|line| line.len() + 1).sum::<usize>()
    };
    assert!(before(60) < before(90));
    fs::write(&journal, &text[..before(90) - 1]).unwrap();
    told.clear();
    let (writer, simulation) =
        super::resume(&target, None, &crate::simulation::kinds(), |damaged| told.push(damaged.to_string())).unwrap();
    assert_eq!((told.len(), simulation.ticks_done()), (2, 60));
    assert!(told[1].contains("0000000090.ckpt: its journal or optimisation log is truncated or changed"), "{told:?}");
    finish(writer, simulation).unwrap();
    assert!(results(&target) == expected);
}

#[test]
fn what_a_run_was_made_from_is_known_by_its_content() {
    let place = folder();
    let target = place.path().join("run");
    let trace = place.path().join("trace.csv");
    fs::write(&trace, "tick,origin,target\n3,0,4\n9,1,5\n40,2,6\n").unwrap();
    let workloads = format!("workloads={}", json!([{"kind": "trace", "path": trace}]));
    let loaded = scenario_with(&[&workloads]);
    stop(begin(&target, &loaded), 50);
    let check_refused = |path: &Path| {
        let error = resumed(&target, None).err().unwrap();
        assert!(matches!(&error, Error::ChangedInput { path: found } if *found == path), "{error}");
    };
    let inputs = manifest(&target).inputs;
    assert_eq!(inputs.len(), 2);
    assert_eq!(inputs[1].blake3, blake3::hash(&fs::read(&trace).unwrap()).to_hex().as_str());

    let scenario = target.join("scenario.json");
    let text = fs::read_to_string(&scenario).unwrap();
    for (from, to) in [("\"seed\": 1", "\"seed\": 2"), ("\"mass_memory_ticks\": ", "\"mass_memory_ticks\": 1")] {
        assert!(text.contains(from), "{from}");
        fs::write(&scenario, text.replace(from, to)).unwrap();
        check_refused(&scenario);
    }
    // Its length is no part of what it is.
    fs::write(&scenario, text.replace("\"ticks\": 100", "\"ticks\": 101")).unwrap();
    drop(resumed(&target, None).unwrap());
    fs::write(&scenario, &text).unwrap();

    let content = fs::read(&trace).unwrap();
    fs::write(&trace, "tick,origin,target\n3,0,5\n9,1,5\n40,2,6\n").unwrap();
    let error = resumed(&target, None).err().unwrap();
    assert!(matches!(&error, Error::ChangedInput { path } if path.ends_with("trace.csv")), "{error}");
    fs::write(&trace, content).unwrap();
    resume(&target).unwrap();
}

#[test]
fn a_fork_that_changes_nothing_leaves_its_parents_files() {
    let loaded = scenario_with(&["persistence.checkpoints_kept=2"]);
    let place = folder();
    let parent = place.path().join("parent");
    run(&parent, &loaded).unwrap();
    let expected = results(&parent);
    let mut alone = Simulation::new(loaded.scenario.into()).unwrap();
    for after in 1..100u32 {
        alone.step().unwrap();
        if ![1, 29, 59, 60, 61, 90, 99].contains(&after) {
            continue;
        }
        let target = place.path().join(after.to_string());
        let (mut writer, mut simulation) = branch(&parent, after, &[], &target).unwrap();
        // The parent has checkpoints after 60 and after 90 ticks.
        assert_eq!(simulation.ticks_done(), if after < 60 { 0 } else { after / 30 * 30 });
        while simulation.ticks_done() < after {
            assert!(!writer.is_new(&simulation));
            writer.tick(&mut simulation).unwrap();
        }
        assert!(!writer.is_new(&simulation) && !target.join("manifest.json").exists());
        finish(writer, simulation).unwrap();
        let found = results(&target);
        assert!(found.contains_key(Path::new(&format!("past/{after:010}.json"))), "{:?}", paths(&found));
        assert!(without_past(found) == expected, "{after}");
        let from = manifest(&target).parent.unwrap();
        let digest = alone.digest().whole();
        assert_eq!((Path::new(&from.directory), from.after_ticks), (&*parent, after));
        assert_eq!(from.digest, Some(digest));
    }
}

#[test]
fn a_fork_of_a_fork_is_gone_on_with_and_simulated_again_like_any_run() {
    let place = folder();
    let [parent, first, second, stopped, again] =
        ["parent", "first", "second", "stopped", "again"].map(|name| place.path().join(name));
    run(&parent, &scenario()).unwrap();
    let (writer, simulation) = branch(&parent, 35, &["physics.decay.fade_per_tick=0.5"], &first).unwrap();
    finish(writer, simulation).unwrap();
    let sets = ["router.kind=shortest_path", "ticks=140"];
    let (writer, simulation) = branch(&first, 75, &sets, &second).unwrap();
    finish(writer, simulation).unwrap();
    let expected = results(&second);
    assert!(
        paths(&expected)
            .iter()
            .filter(|path| path.starts_with("past/"))
            .eq(["past/0000000035.json", "past/0000000075.json"])
    );

    for after in [76, 91, 120, 130] {
        stop(branch(&first, 75, &sets, &stopped).unwrap(), after);
        resume(&stopped).unwrap();
        assert!(results(&stopped) == expected, "{after}");
        fs::remove_dir_all(&stopped).unwrap();
    }

    let stored = Stored::read(&second).unwrap();
    let writer =
        RunWriter::create(&again, false, stored.lineage(&second, &crate::simulation::kinds()).unwrap(), Vec::new())
            .unwrap();
    let simulation = writer.start().unwrap();
    finish(writer, simulation).unwrap();
    assert_eq!(stored.differences(&Stored::read(&again).unwrap()), Differences::default());

    for (place, after) in [(&parent, 0), (&parent, 101), (&first, 35), (&first, 101), (&second, 75), (&second, 141)] {
        let error = branch(place, after, &[], &stopped).err().unwrap();
        assert!(matches!(error, Error::Usage { option: "--at", .. }), "{after}: {error}");
    }
    // After the last tick there may be more.
    drop(branch(&first, 100, &["ticks=101"], &stopped).unwrap());
    let error = branch(&first, 50, &[], &first).err().unwrap();
    assert!(matches!(error, Error::Usage { option: "--out", .. }), "{error}");
    assert!(!stopped.exists());
    // An ancestor's scenario is part of what a run is.
    let past = second.join("past/0000000035.json");
    fs::write(&past, fs::read_to_string(&past).unwrap().replace("\"seed\": 1", "\"seed\": 2")).unwrap();
    let error = stored.lineage(&second, &crate::simulation::kinds()).unwrap_err();
    assert!(matches!(&error, Error::ChangedInput { path } if *path == past), "{error}");
}

#[test]
fn files_that_are_not_what_was_written_are_found() {
    let place = folder();
    let [target, other] = ["run", "other"].map(|name| place.path().join(name));
    run(&target, &scenario()).unwrap();
    run(&other, &scenario()).unwrap();
    let stored = Stored::read(&target).unwrap();
    assert!(stored.changed().is_empty() && stored.differences(&Stored::read(&other).unwrap()).is_empty());
    stored.read_output::<Value>(&target, "summary.json").unwrap();

    fs::write(target.join("summary.json"), "{}").unwrap();
    fs::remove_file(target.join("latencies.csv")).unwrap();
    let stored = Stored::read(&target).unwrap();
    let found = stored.changed();
    assert_eq!(
        (&found.changed_files[..], found.is_empty()),
        (&["latencies.csv".to_owned(), "summary.json".to_owned()][..], false)
    );
    let error = stored.read_output::<Value>(&target, "summary.json").unwrap_err();
    assert!(matches!(&error, Error::ChangedOutput { path } if *path == target.join("summary.json")), "{error}");

    // Another seed gives other results, though the manifests hold with their files.
    fs::remove_dir_all(&other).unwrap();
    run(&other, &scenario_with(&["seed=2"])).unwrap();
    let found = Stored::read(&other).unwrap().differences(&stored);
    assert!(found.changed_files.is_empty() && found.first.is_some_and(|first| first.equal_up_to_tick.is_none()));
    assert!(
        found.other_files.contains(&"metrics.csv".to_owned())
            && !found.other_files.contains(&"scenario.json".to_owned())
    );

    for status in [Status::Running, Status::Failed, Status::Partial] {
        fs::remove_dir_all(&other).unwrap();
        let (mut writer, mut simulation) = begin(&other, &scenario());
        writer.tick(&mut simulation).unwrap();
        writer.write(&simulation, &simulation.summary(), status, &[]).unwrap();
        let error = Stored::read(&other).unwrap_err();
        assert!(matches!(error, Error::Locked { .. }), "{error}");
        drop(writer);
        let over = Stored::read(&other);
        assert_eq!(matches!(over, Err(Error::Unfinished { .. })), status != Status::Partial, "{over:?}");
    }
}
