//! What resuming needs of a run directory: its checkpoints, and rewinding files that grow to one of them.

use std::io::{self, Read};
use std::path::Path;

use blake3::Hasher;

use super::{Grown, RunDirectory};
use crate::error::Error;
use crate::scenario::Tick;
use crate::store::disk::{self, Folder, io_error};
use crate::store::layout::{CHECKPOINTS, is_connections, tick_of};
use crate::store::report;

impl RunDirectory {
    /// Paths within of all checkpoints, the newest first.
    pub(in crate::store) fn checkpoints(&self) -> Result<Vec<String>, Error> {
        let Some(root) = &self.root else { return Ok(Vec::new()) };
        let mut found = root.files_below(CHECKPOINTS).map_err(self.failed(CHECKPOINTS, "read"))?;
        found.retain(|path| tick_of(path).is_some());
        found.sort_by(|a, b| b.cmp(a));
        Ok(found)
    }

    /// Whether the files that grow begin with what was written when `grown` was told.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(in crate::store) fn holds(&self, grown: &[Grown]) -> Result<bool, Error> {
        let Some(root) = &self.root else { return Ok(false) };
        for (path, length, hash) in grown {
            match hash_of(root, path, *length) {
                Ok(hasher) if hasher.count() == *length && hasher.finalize() == *hash => {}
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(source) => return Err(self.failed(path, "read")(source)),
            }
        }
        Ok(true)
    }

    /// The first `length` bytes of a file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(in crate::store) fn beginning(&self, path: &str, length: u64) -> Result<Vec<u8>, Error> {
        let Some(root) = &self.root else { return Ok(Vec::new()) };
        let mut bytes = Vec::new();
        let read = root.open_file(path).and_then(|file| file.take(length).read_to_end(&mut bytes));
        read.map_err(self.failed(path, "read"))?;
        Ok(bytes)
    }

    /// Rewinds the directory to the state in which `grown` was told: cuts the files that grow, removes those that began
    /// to grow later, checkpoints after `tick` and temporary files. Files that are `listed` are as if they had been
    /// put, and so are all connections, of which a state that was only half put may have more. Nothing else is touched.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(in crate::store) fn rewind(
        &mut self,
        grown: &[Grown],
        tick: Tick,
        grows: impl Fn(&str) -> bool,
        listed: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        let Some(root) = self.root.take() else { return Ok(()) };
        let rewound = self.rewind_files(&root, grown, tick, grows, listed);
        self.root = Some(root);
        rewound
    }

    fn rewind_files(
        &mut self,
        root: &Folder,
        grown: &[Grown],
        tick: Tick,
        grows: impl Fn(&str) -> bool,
        listed: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        let failed = |path: &str, action| {
            let place = root.path().join(path);
            move |source| io_error(&place, action, source)
        };
        let files = root.files_below("").map_err(failed("", "read"))?;
        for (path, length, _) in grown {
            let hasher = hash_of(root, path, *length).map_err(failed(path, "read"))?;
            root.cut(path, *length).map_err(failed(path, "write"))?;
            self.grown.insert(path.clone(), (*length, hasher));
        }
        // What others make of the run is not looked into.
        let of_the_run = files.into_iter().filter(|path| !path.starts_with(&format!("{}/", report::FOLDER)));
        for path in of_the_run {
            let is_grown = self.grown.contains_key(&path);
            let is_too_new = tick_of(&path).is_some_and(|of| of > tick);
            if disk::is_temporary(Path::new(&path)) || is_too_new || (grows(&path) && !is_grown) {
                root.remove(&path).map_err(failed(&path, "remove"))?;
                self.touch(&path);
            } else if !is_grown && (listed(&path) || is_connections(&path)) {
                let content = root.read(&path).map_err(failed(&path, "read"))?;
                self.written.insert(path, blake3::hash(&content));
            }
        }
        Ok(())
    }
}

/// The hasher of the first `length` bytes of a file; of all, if it is shorter.
fn hash_of(root: &Folder, path: &str, length: u64) -> io::Result<Hasher> {
    let mut hasher = Hasher::new();
    hasher.update_reader(root.open_file(path)?.take(length))?;
    Ok(hasher)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn checkpoints_are_listed_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(&folder.path().join("run"), false).unwrap();
        let inner = run.folder("checkpoints/old").unwrap();
        let names = ["0000000007.ckpt", "0000000020.ckpt", "notes", ".0000000030.ckpt.tmp"];
        for name in names {
            fs::write(run.root().join("checkpoints").join(name), name).unwrap();
        }
        fs::write(inner.join("0000000099.ckpt"), "elsewhere").unwrap();
        let found = run.checkpoints().unwrap();
        assert_eq!(found, ["checkpoints/0000000020.ckpt", "checkpoints/0000000007.ckpt"]);
    }

    #[test]
    fn a_file_that_grew_is_known_by_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunDirectory::create(&folder.path().join("run"), false).unwrap();
        run.append("log/a", b"one, two").unwrap();
        assert_eq!(run.beginning("log/a", 3).unwrap(), b"one");
        let grown = run.sync_grown().unwrap();
        assert_eq!(grown, [("log/a".to_owned(), 8, *blake3::hash(b"one, two").as_bytes())]);
        run.append("log/a", b", three").unwrap();
        assert!(run.holds(&grown).unwrap(), "it may be longer");
        let mut other = grown.clone();
        other[0].1 = 9;
        assert!(!run.holds(&other).unwrap());
        other[0] = ("log/a".to_owned(), u64::MAX, *blake3::hash(b"one, two, three").as_bytes());
        assert!(!run.holds(&other).unwrap(), "it would be made longer");
        other[0] = ("log/b".to_owned(), 8, grown[0].2);
        assert!(!run.holds(&other).unwrap());
        other[0].0 = "log".to_owned();
        assert!(matches!(run.holds(&other), Err(Error::Io { action: "read", .. })), "a folder is no file");
    }

    /// What a state that was half put has more than the last one goes with the next; what others put there stays.
    #[test]
    fn files_that_are_not_put_again_go_if_they_are_ours() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        let mut run = RunDirectory::create(&target, false).unwrap();
        run.append("log/a", b"one, two").unwrap();
        let ours = ["metrics.csv", "wormholes/connections/active/wormholes-000.json"];
        for path in ours {
            run.put(path, path.as_bytes()).unwrap();
        }
        run.put("manifest.json", br#"{"program": "wormsim"}"#).unwrap();
        run.commit().unwrap();
        drop(run);
        let others = ["wormholes/notes.txt", "plots/mine.svg", "notes.txt", ".notes.tmp", ".x.tmp/notes"];
        let half = [
            "wormholes/connections/active/wormholes-001.json",
            "checkpoints/0000000009.ckpt",
            "wormholes/.wormsim-1-2.tmp",
        ];
        for path in others.iter().chain(&half) {
            fs::create_dir_all(target.join(path).parent().unwrap()).unwrap();
            fs::write(target.join(path), path).unwrap();
        }
        fs::create_dir_all(target.join("checkpoints")).unwrap();
        fs::write(target.join("checkpoints/0000000005.ckpt"), "of the tick itself").unwrap();

        let mut run = RunDirectory::open(&target).unwrap();
        let grown = [("log/a".to_owned(), 3, *blake3::hash(b"one").as_bytes())];
        run.rewind(&grown, 5, |path| path == "log/a" || path == "log/b", |path| path == "metrics.csv").unwrap();
        assert_eq!(fs::read(target.join("log/a")).unwrap(), b"one");
        run.put("manifest.json", br#"{"program": "wormsim", "again": 1}"#).unwrap();
        run.commit().unwrap();
        for path in ours.iter().chain(&half) {
            assert!(!target.join(path).exists(), "{path}");
        }
        for path in others.iter().chain(&["checkpoints/0000000005.ckpt"]) {
            assert!(target.join(path).exists(), "{path}");
        }
    }
}
