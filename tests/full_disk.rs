//! A disk that is full, or a place where nothing can be written: one clear error, exit 1, and no half file.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use wormsim::recorder::summary::Summary;
use wormsim::store::json;
use wormsim::store::manifest::{Manifest, Status};

/// A file system of a few kilobytes, unmounted when it is dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None, with a message, if this user must not mount. In CI, that must be wanted.
    fn mount(kib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={kib}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        let wanted = std::env::var_os("WORMSIM_NO_MOUNT").is_some();
        assert!(
            wanted || !in_ci,
            "this user cannot mount a tmpfs; set WORMSIM_NO_MOUNT to skip the tests that need one"
        );
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "skipped: this user cannot mount a tmpfs");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn resize(&self, kib: u32) {
        let size = format!("remount,size={kib}k");
        assert!(Command::new("mount").args(["-o", &size]).arg(self.path()).status().unwrap().success());
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(self.path())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Everything below a folder, by path within, with contents.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let list = Command::new("find").arg(folder).args(["-type", "f", "-printf", "%P\\n"]).output().unwrap();
    let paths = String::from_utf8(list.stdout).unwrap();
    paths.lines().map(|path| (path.into(), fs::read(folder.join(path)).unwrap())).collect()
}

/// The files of a run directory that are the same however often it was resumed.
fn results(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = files(out);
    found.retain(|path, _| !path.starts_with("checkpoints") && path != Path::new("manifest.json"));
    found
}

fn run(out: &Path, options: &[&str]) -> Output {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/nsfnet-hotspot.json");
    let short = ["--ticks=1000", "--set=warmup_ticks=0"];
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.arg("run").arg(scenario).arg("--out").arg(out).args(short).args(options).output().unwrap()
}

fn resume(out: &Path) -> Output {
    Command::new(cargo_bin!("wormsim")).arg("resume").arg(out).arg("--quiet").output().unwrap()
}

/// A command whose files cannot grow beyond so many blocks of 512 bytes, which needs no rights. The signal of that
/// limit is as the shell leaves it: by default it ends a program.
fn limited(blocks: u64, arguments: &[&str]) -> Output {
    let script = format!("ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).arg(cargo_bin!("wormsim")).args(arguments).output().unwrap()
}

/// Checks that an unfinished run, given space, ends with the files of one that always had it.
fn check_goes_on(out: &Path, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let output = resume(out);
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    check_same(&results(out), expected);
}

fn check_same(found: &BTreeMap<PathBuf, Vec<u8>>, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    found.iter().for_each(|(path, content)| assert!(expected[path] == *content, "{} differs", path.display()));
}

fn check_failed(output: &Output, expected: &str) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(expected) && !said.contains(".tmp\""), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_full_disk_leaves_nothing() {
    for kib in [4, 20, 60, 120] {
        let Some(disk) = SmallDisk::mount(kib) else { return };
        check_failed(&run(&disk.path().join("run"), &[]), "No space left on device");
        assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0, "{kib} KiB");
    }
}

#[test]
fn a_full_disk_leaves_the_run_that_was_to_be_replaced() {
    let Some(disk) = SmallDisk::mount(600) else { return };
    let out = disk.path().join("run");
    assert_eq!(run(&out, &["--quiet"]).status.code(), Some(0));
    fs::write(disk.path().join("ballast"), vec![0; 300 << 10]).unwrap();
    let before = disk.files();
    check_failed(&run(&out, &["--force"]), "No space left on device");
    assert!(disk.files() == before);
    assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 2);
}

#[test]
fn a_disk_that_fills_up_after_a_snapshot_leaves_that_snapshot() {
    let Some(disk) = SmallDisk::mount(900) else { return };
    let out = disk.path().join("run");
    // Frames of one tick make every state larger than the one before.
    let frames = ["--set=ticks=20000", "--set=record.every_ticks=1", "--set=persistence.snapshot_every_ticks=300"];
    check_failed(&run(&out, &frames), "No space left on device");
    let manifest: Manifest = json::read(&out.join("manifest.json")).unwrap();
    let summary: Summary = json::read(&out.join("summary.json")).unwrap();
    assert_eq!((manifest.status, manifest.ticks), (Status::Failed, summary.ticks));
    assert!(summary.ticks > 0 && summary.ticks < summary.ticks_planned);
    for (path, content) in results(&out) {
        let name = path.to_str().unwrap();
        assert_eq!(blake3::hash(&content).to_hex().as_str(), manifest.outputs[name], "{name}");
    }
}

/// Exit code of a run whose queues grow without bound.
const UNSTABLE: i32 = 4;

/// Frames of every tick make every state larger than the one before.
const GROWING: [&str; 3] = ["--set=ticks=6000", "--set=record.every_ticks=1", "--quiet"];

#[test]
fn a_run_that_filled_its_disk_goes_on_when_there_is_space() {
    let elsewhere = tempfile::tempdir().unwrap();
    for snapshots in ["null", "400"] {
        let Some(disk) = SmallDisk::mount(1200) else { return };
        let (out, whole) = (disk.path().join("run"), elsewhere.path().join(snapshots));
        let snapshots = format!("--set=persistence.snapshot_every_ticks={snapshots}");
        let options = [&GROWING[..], &["--set=persistence.checkpoint_every_ticks=250", &snapshots]].concat();
        assert_eq!(run(&whole, &options).status.code(), Some(0));
        check_failed(&run(&out, &options), "No space left on device");
        check_failed(&resume(&out), "No space left on device");
        let manifest: Manifest = json::read(&out.join("manifest.json")).unwrap();
        assert!(matches!(manifest.status, Status::Failed | Status::Running) && manifest.ticks > 0, "{manifest:?}");
        disk.resize(100 << 10);
        check_goes_on(&out, &results(&whole));
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_leaves_the_one_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, out] = ["whole", "run"].map(|name| folder.path().join(name));
    let checkpoints = ["--set=persistence.checkpoint_every_ticks=500", "--set=persistence.checkpoints_kept=100"];
    // Queues that grow make every checkpoint larger than the one before.
    let demand = r#"--set=workloads.0={"kind":"gravity","accesses_per_tick":60}"#;
    let growing = ["--set=ticks=6000", demand, "--set=nodes.queue_limit=null"];
    let options = [&checkpoints[..], &growing, &["--set=router.kind=shortest_path", "--quiet"]].concat();
    assert_eq!(run(&whole, &options).status.code(), Some(UNSTABLE));
    let sizes: BTreeMap<PathBuf, usize> =
        files(&whole.join("checkpoints")).into_iter().map(|(path, content)| (path, content.len())).collect();
    let (middle, &limit) = sizes.iter().nth(sizes.len() / 2).unwrap();
    let blocks = limit as u64 / 512;
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/nsfnet-hotspot.json");
    let start = ["run", scenario, "--out", out.to_str().unwrap(), "--ticks=1000", "--set=warmup_ticks=0"];
    let named = format!("{}: File too large", middle.display());
    check_failed(&limited(blocks, &[&start[..], &options].concat()), &named);
    for _ in 0..2 {
        let left: Vec<PathBuf> = files(&out.join("checkpoints")).into_keys().collect();
        assert_eq!(left, sizes.keys().take(sizes.len() / 2).cloned().collect::<Vec<_>>());
        check_failed(&limited(blocks, &["resume", out.to_str().unwrap(), "--quiet"]), "File too large");
    }
    assert_eq!(resume(&out).status.code(), Some(UNSTABLE));
    check_same(&results(&out), &results(&whole));
}

#[test]
fn a_place_where_nothing_can_be_written_is_named() {
    check_failed(&run(Path::new("/proc/wormsim/run"), &[]), "error: cannot create /proc/wormsim");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "a file").unwrap();
    check_failed(&run(&file.join("run"), &[]), "file");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
