//! A directory whose files change all at once, or not at all.

mod go_on;
mod replace;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};
use tempfile::{NamedTempFile, TempDir};

use self::replace::{check_replaceable, is_run_directory, remove_leftovers};
use super::disk::{self, parent_of};
use super::lock::{self, LOCK};
use crate::error::Error;
use crate::scenario::Tick;

/// Folder of the checkpoints.
const CHECKPOINTS: &str = "checkpoints";

/// A file that grows as it was once: path, length, BLAKE3.
pub(super) type Grown = (String, u64, [u8; 32]);

/// A run directory that is being written.
///
/// Files are given by their path within it, with `/`. What was put since the last commit is dropped with the value, and
/// so is a directory without any commit.
#[derive(Debug)]
pub struct RunDirectory {
    target: PathBuf,
    force: bool,
    /// Where the directory is before its first commit.
    staging: Option<TempDir>,
    /// Files in place that were put.
    written: BTreeMap<String, Hash>,
    /// Files in place that grow.
    grown: BTreeMap<String, (u64, Hasher)>,
    /// Files to be put in place by the next commit.
    prepared: Vec<(String, Hash, NamedTempFile)>,
    /// Files of the next commit, those that have not changed included.
    named: BTreeSet<String>,
    /// Folders within, whose entries have changed and need not be on disk yet.
    touched: BTreeSet<PathBuf>,
    /// Held as long as the directory is open to be written.
    lock: Option<File>,
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // One that is left means nothing, as after a crash.
            let _ = fs::remove_file(self.root().join(LOCK));
        }
    }
}

impl RunDirectory {
    /// A new directory, which appears at `target` with its first commit.
    ///
    /// # Errors
    /// [`Error::Exists`] if something is there and `force` is not set, [`Error::NotARunDirectory`] if it is set and what
    /// is there is neither a run directory nor empty, [`Error::Io`].
    pub fn create(target: &Path, force: bool) -> Result<Self, Error> {
        // A link by its own name, which a slash at the end would follow.
        let target = &target.components().collect::<PathBuf>();
        check_replaceable(target, force)?;
        let parent = parent_of(target);
        disk::create_folder(parent).map_err(|source| io_error(parent, "create", source))?;
        remove_leftovers(target);
        let staging = disk::hidden_beside(target).map_err(|source| io_error(target, "create", source))?;
        let lock = lock::lock(staging.path(), target)?;
        Ok(Self::empty(target, force, Some(staging), Some(lock)))
    }

    /// The run directory at `target`, which is in place. Nothing of it is changed before [`Self::go_on`].
    ///
    /// # Errors
    /// [`Error::NoRun`], [`Error::Locked`], [`Error::Io`].
    pub(super) fn open(target: &Path) -> Result<Self, Error> {
        if !is_run_directory(target) {
            return Err(Error::NoRun { path: target.to_owned() });
        }
        let lock = lock::lock(target, target)?;
        Ok(Self::empty(target, false, None, Some(lock)))
    }

    /// The run directory at `target`, to be read only.
    ///
    /// # Errors
    /// [`Error::NoRun`], [`Error::Locked`].
    pub(super) fn look_into(target: &Path) -> Result<Self, Error> {
        if !is_run_directory(target) {
            return Err(Error::NoRun { path: target.to_owned() });
        }
        lock::refuse_if_held(target)?;
        Ok(Self::empty(target, false, None, None))
    }

    fn empty(target: &Path, force: bool, staging: Option<TempDir>, lock: Option<File>) -> Self {
        Self {
            target: target.to_owned(),
            force,
            staging,
            written: BTreeMap::new(),
            grown: BTreeMap::new(),
            prepared: Vec::new(),
            named: BTreeSet::new(),
            touched: BTreeSet::new(),
            lock,
        }
    }

    /// Where the directory is or will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the directory is now.
    pub fn root(&self) -> &Path {
        self.staging.as_ref().map_or(&self.target, TempDir::path)
    }

    /// A folder within, which is made if need be.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn folder(&self, path: &str) -> Result<PathBuf, Error> {
        let place = self.root().join(path);
        disk::create_folder(&place).map_err(|source| io_error(&self.target.join(path), "create", source))?;
        Ok(place)
    }

    /// Prepares a file for the next commit.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        let hash = blake3::hash(content);
        self.named.insert(path.to_owned());
        if self.written.get(path) == Some(&hash) {
            return Ok(());
        }
        tracing::trace!(path, bytes = content.len(), "file written");
        let place = self.root().join(path);
        let file =
            disk::write_beside(&place, content).map_err(|source| io_error(&self.target.join(path), "write", source))?;
        self.prepared.push((path.to_owned(), hash, file));
        Ok(())
    }

    /// Appends to a file at once. If that fails, the file is as it was.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn append(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        let place = self.root().join(path);
        if !self.grown.contains_key(path) {
            self.touch(path);
        }
        let (length, hasher) = self.grown.entry(path.to_owned()).or_insert((0, Hasher::new()));
        disk::append(&place, *length, content).map_err(|source| io_error(&self.target.join(path), "write", source))?;
        *length += content.len() as u64;
        hasher.update(content);
        Ok(())
    }

    /// Replaces one file of a directory that is in place, at once, and forgets what was prepared.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn replace(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        self.prepared.clear();
        self.named = self.written.keys().cloned().collect();
        self.put(path, content)?;
        self.commit()
    }

    /// Hashes of all files as the next commit will leave them, by path.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        let kept = self.written.iter().filter(|(path, _)| self.named.contains(*path));
        let mut hashes: BTreeMap<String, Hash> = kept.map(|(path, hash)| (path.clone(), *hash)).collect();
        hashes.extend(self.prepared.iter().map(|(path, hash, _)| (path.clone(), *hash)));
        let put = hashes.into_iter().map(|(path, hash)| (path, hash.to_hex().to_string()));
        put.chain(self.grown_hashes()).collect()
    }

    /// Hashes of the files that grow, by path.
    pub fn grown_hashes(&self) -> impl Iterator<Item = (String, String)> {
        self.grown.iter().map(|(path, (_, hasher))| (path.clone(), hasher.finalize().to_hex().to_string()))
    }

    /// Paths, lengths and hashes of the files that grow, whose content is on disk then.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn sync_grown(&self) -> Result<Vec<Grown>, Error> {
        let synced = |(path, (length, hasher)): (&String, &(u64, Hasher))| {
            disk::sync(&self.root().join(path)).map_err(|source| io_error(&self.target.join(path), "write", source))?;
            Ok((path.clone(), *length, *hasher.finalize().as_bytes()))
        };
        self.grown.iter().map(synced).collect()
    }

    /// Bytes of the files to be put in place by the next commit.
    pub(super) fn prepared_bytes(&self) -> u64 {
        let length = |file: &NamedTempFile| file.as_file().metadata().map_or(0, |metadata| metadata.len());
        self.prepared.iter().map(|(_, _, file)| length(file)).sum()
    }

    /// Whether the directory is where it will be read.
    pub(super) fn is_in_place(&self) -> bool {
        self.staging.is_none()
    }

    /// Writes the checkpoint of a tick at once, and removes all but the newest `kept`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn put_checkpoint(&mut self, tick: Tick, content: &[u8], kept: usize) -> Result<(), Error> {
        let path = format!("{CHECKPOINTS}/{tick:010}.ckpt");
        let place = self.root().join(&path);
        let target = self.target.join(&path);
        let failed = |source| io_error(&target, "write", source);
        // What it needs of the files that grow is there before it is.
        let file = disk::write_beside(&place, content).map_err(failed)?;
        self.sync_touched()?;
        disk::put_in_place(file, &place).map_err(failed)?;
        self.touch(&path);
        self.sync_touched()?;
        let mut old = self.checkpoints()?.into_iter().skip(kept);
        old.try_for_each(|path| disk::remove(&path).map_err(|source| io_error(&path, "remove", source)))
    }

    /// Puts all prepared files in place, in the order in which they were prepared, and removes files of earlier commits
    /// that were not put again. The last one, which speaks of the others, takes its place when all else is on disk.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Exists`] and [`Error::NotARunDirectory`] as for [`Self::create`].
    pub fn commit(&mut self) -> Result<(), Error> {
        let named = std::mem::take(&mut self.named);
        let mut prepared = std::mem::take(&mut self.prepared);
        let last = prepared.pop();
        prepared.into_iter().try_for_each(|file| self.put_in_place(file))?;
        let gone: Vec<String> = self.written.keys().filter(|path| !named.contains(*path)).cloned().collect();
        for path in gone {
            disk::remove(&self.root().join(&path))
                .map_err(|source| io_error(&self.target.join(&path), "remove", source))?;
            self.touch(&path);
            self.written.remove(&path);
        }
        self.sync_grown()?;
        self.sync_touched()?;
        if let Some(last) = last {
            self.put_in_place(last)?;
            self.sync_touched()?;
        }
        self.move_in()
    }

    fn put_in_place(&mut self, (path, hash, file): (String, Hash, NamedTempFile)) -> Result<(), Error> {
        let place = self.root().join(&path);
        disk::put_in_place(file, &place).map_err(|source| io_error(&self.target.join(&path), "write", source))?;
        self.touch(&path);
        self.written.insert(path, hash);
        Ok(())
    }

    /// Notes that a file came, went or was replaced; folders on the way to it may be new.
    fn touch(&mut self, path: &str) {
        self.touched.extend(Path::new(path).ancestors().skip(1).map(Path::to_owned));
    }

    /// Makes all entries of folders last.
    fn sync_touched(&mut self) -> Result<(), Error> {
        for folder in &self.touched {
            disk::sync_folder(&self.root().join(folder))
                .map_err(|source| io_error(&self.target.join(folder), "write", source))?;
        }
        self.touched.clear();
        Ok(())
    }

    /// Moves a new directory to its place, instead of what is there.
    fn move_in(&mut self) -> Result<(), Error> {
        let Some(staging) = &self.staging else { return Ok(()) };
        check_replaceable(&self.target, self.force)?;
        let failed = |source| io_error(&self.target, "write", source);
        if self.target.symlink_metadata().is_ok() {
            // A lock that is left in the old one says that nobody needs it, if this process is killed before it is removed.
            let _held = lock::lock(&self.target, &self.target)?;
            if let Err(source) = disk::exchange(staging.path(), &self.target) {
                // The first error is the one to tell; a lock that is left means nothing.
                let _ = fs::remove_file(self.target.join(LOCK));
                return Err(failed(source));
            }
        } else {
            disk::rename(staging.path(), &self.target).map_err(failed)?;
        }
        let old = self.staging.take();
        let synced = disk::sync_folder(parent_of(&self.target));
        if let Some(old) = old.filter(|_| synced.is_err()) {
            // The old one is removed only when the new one is there for good.
            let _ = old.keep();
        }
        synced.map_err(failed)
    }
}

fn io_error(path: &Path, action: &'static str, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), action, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_commit_will_write_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunDirectory::create(&folder.path().join("run"), false).unwrap();
        assert_eq!(run.prepared_bytes(), 0);
        run.put("manifest.json", br#"{"program": "wormsim"}"#).unwrap();
        run.put("plots/a.svg", b"four").unwrap();
        assert_eq!(run.prepared_bytes(), 26);
        run.commit().unwrap();
        run.put("plots/a.svg", b"four").unwrap();
        assert_eq!(run.prepared_bytes(), 0, "it is there already");
    }
}
