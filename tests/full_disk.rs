//! A disk that is full, or a place where nothing can be written: one clear error, exit 1, and no half file.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::path::Path;
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

    /// Everything below, by path, with contents.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let list = Command::new("find").arg(self.path()).args(["-type", "f"]).output().unwrap();
        let mut paths: Vec<String> = String::from_utf8(list.stdout).unwrap().lines().map(str::to_owned).collect();
        paths.sort();
        paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn run(out: &Path, options: &[&str]) -> Output {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/nsfnet-hotspot.json");
    let short = ["--ticks=1000", "--set=warmup_ticks=0"];
    let mut command = Command::new(cargo_bin!("wormsim"));
    command.arg("run").arg(scenario).arg("--out").arg(out).args(short).args(options).output().unwrap()
}

fn check_failed(output: &Output, expected: &str) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(expected), "{said}");
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
    assert_eq!((manifest.status, manifest.ticks), (Status::Partial, summary.ticks));
    assert!(summary.ticks > 0 && summary.ticks < summary.ticks_planned);
    for (path, content) in disk.files().into_iter().filter(|(path, _)| !path.ends_with("manifest.json")) {
        let name = path.strip_prefix(out.to_str().unwrap()).unwrap().trim_start_matches('/');
        assert_eq!(blake3::hash(&content).to_hex().as_str(), manifest.outputs[name], "{name}");
    }
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
