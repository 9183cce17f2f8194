//! A directory whose files change all at once, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};
use tempfile::{NamedTempFile, TempDir};

use super::lock::{self, LOCK};
use super::manifest::PROGRAM;
use crate::error::Error;
use crate::scenario::Tick;

/// What stands at the top of a run directory.
const CONTENTS: [&str; 10] = [
    "manifest.json",
    "scenario.json",
    "summary.json",
    "metrics.csv",
    "digests.csv",
    "wormholes",
    "plots",
    "report",
    CHECKPOINTS,
    LOCK,
];

/// Folder of the checkpoints.
const CHECKPOINTS: &str = "checkpoints";

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
    /// Held as long as the directory is open.
    _lock: File,
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        // One that is left means nothing, as after a crash.
        let _ = fs::remove_file(self.root().join(LOCK));
    }
}

impl RunDirectory {
    /// A new directory, which appears at `target` with its first commit.
    ///
    /// # Errors
    /// [`Error::Exists`] if something is there and `force` is not set, [`Error::NotARunDirectory`] if it is set and what
    /// is there is neither a run directory nor empty, [`Error::Io`].
    pub fn create(target: &Path, force: bool) -> Result<Self, Error> {
        check_replaceable(target, force)?;
        let parent = parent_of(target);
        fs::create_dir_all(parent).map_err(|source| io_error(parent, "create", source))?;
        let staging = hidden_beside(target).map_err(|source| io_error(target, "create", source))?;
        let lock = lock::lock(staging.path(), target)?;
        Ok(Self::empty(target, force, Some(staging), lock))
    }

    /// The run directory at `target`, which is in place. Nothing of it is changed before [`Self::go_on`].
    ///
    /// # Errors
    /// [`Error::NoRun`], [`Error::Locked`], [`Error::Io`].
    pub(super) fn open(target: &Path) -> Result<Self, Error> {
        if !is_run_directory(target) {
            return Err(Error::NoRun { path: target.to_owned() });
        }
        Ok(Self::empty(target, false, None, lock::lock(target, target)?))
    }

    fn empty(target: &Path, force: bool, staging: Option<TempDir>, lock: File) -> Self {
        Self {
            target: target.to_owned(),
            force,
            staging,
            written: BTreeMap::new(),
            grown: BTreeMap::new(),
            prepared: Vec::new(),
            named: BTreeSet::new(),
            _lock: lock,
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
        let place = self.root().join(path);
        let file =
            write_beside(&place, content).map_err(|source| io_error(&self.target.join(path), "write", source))?;
        self.prepared.push((path.to_owned(), hash, file));
        Ok(())
    }

    /// Appends to a file at once. If that fails, the file is as it was.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn append(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        let place = self.root().join(path);
        let (length, hasher) = self.grown.entry(path.to_owned()).or_insert((0, Hasher::new()));
        append(&place, *length, content).map_err(|source| io_error(&self.target.join(path), "write", source))?;
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
    pub(super) fn sync_grown(&self) -> Result<Vec<(String, u64, [u8; 32])>, Error> {
        let synced = |(path, (length, hasher)): (&String, &(u64, Hasher))| {
            let done = File::open(self.root().join(path)).and_then(|file| file.sync_all());
            done.map_err(|source| io_error(&self.target.join(path), "write", source))?;
            Ok((path.clone(), *length, *hasher.finalize().as_bytes()))
        };
        self.grown.iter().map(synced).collect()
    }

    /// Whether the directory is where it will be read.
    pub(super) fn is_in_place(&self) -> bool {
        self.staging.is_none()
    }

    /// Writes the checkpoint of a tick at once, and removes all but the newest `kept`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn put_checkpoint(&self, tick: Tick, content: &[u8], kept: usize) -> Result<(), Error> {
        let name = format!("{tick:010}.ckpt");
        let folder = self.root().join(CHECKPOINTS);
        let failed = |source| io_error(&self.target.join(CHECKPOINTS).join(&name), "write", source);
        let file = write_beside(&folder.join(&name), content).map_err(failed)?;
        file.persist(folder.join(&name)).map_err(|error| failed(error.error))?;
        sync_folder(&folder).and_then(|()| sync_folder(self.root())).map_err(failed)?;
        let mut old = self.checkpoints()?.into_iter().skip(kept);
        old.try_for_each(|path| fs::remove_file(&path).map_err(|source| io_error(&path, "remove", source)))
    }

    /// Paths of all checkpoints, the newest first.
    pub(super) fn checkpoints(&self) -> Result<Vec<PathBuf>, Error> {
        let folder = self.root().join(CHECKPOINTS);
        let mut found = files_below(&folder).map_err(|source| io_error(&folder, "read", source))?;
        found.retain(|path| path.extension().is_some_and(|extension| extension == "ckpt"));
        found.sort_by(|a, b| b.cmp(a));
        Ok(found)
    }

    /// Whether the files that grow begin with what was written when `grown` was told.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn holds(&self, grown: &[(String, u64, [u8; 32])]) -> Result<bool, Error> {
        for (path, length, hash) in grown {
            match hash_of(&self.root().join(path), *length) {
                Ok(hasher) if hasher.finalize() == *hash => {}
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(source) => return Err(io_error(&self.target.join(path), "read", source)),
            }
        }
        Ok(true)
    }

    /// Takes the directory on as it was when `grown` was told: cuts the files that grow, removes those that began to grow
    /// later, checkpoints after `tick` and temporary files. All other files are as if they had been put.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn go_on(
        &mut self,
        grown: &[(String, u64, [u8; 32])],
        tick: Tick,
        grows: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        let root = self.root().to_owned();
        for (path, length, _) in grown {
            let place = root.join(path);
            let hasher = hash_of(&place, *length).map_err(|source| io_error(&place, "read", source))?;
            let cut = OpenOptions::new().write(true).open(&place).and_then(|file| file.set_len(*length));
            cut.map_err(|source| io_error(&place, "write", source))?;
            self.grown.insert(path.clone(), (*length, hasher));
        }
        let newest = format!("{tick:010}.ckpt");
        let found = CONTENTS.iter().filter(|name| **name != LOCK).map(|name| files_below(&root.join(name)));
        let found = found.collect::<io::Result<Vec<_>>>().map_err(|source| io_error(&root, "read", source))?;
        let top = fs::read_dir(&root).map_err(|source| io_error(&root, "read", source))?;
        let top = top.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(|path| is_temporary(path));
        for place in found.into_iter().flatten().chain(top) {
            let inner = place.strip_prefix(&root).unwrap_or(&place).components();
            let path = inner.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            let too_new = |name: &str| *name > *newest;
            let checkpoint = path.strip_prefix(CHECKPOINTS).and_then(|name| name.strip_prefix('/'));
            let is_grown = self.grown.contains_key(&path);
            if is_temporary(&place) || checkpoint.is_some_and(too_new) || (grows(&path) && !is_grown) {
                fs::remove_file(&place).map_err(|source| io_error(&place, "remove", source))?;
            } else if checkpoint.is_none() && !is_grown {
                let content = fs::read(&place).map_err(|source| io_error(&place, "read", source))?;
                self.written.insert(path, blake3::hash(&content));
            }
        }
        Ok(())
    }

    /// Puts all prepared files in place, in the order in which they were prepared, and removes files of earlier commits
    /// that were not put again.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Exists`] and [`Error::NotARunDirectory`] as for [`Self::create`].
    pub fn commit(&mut self) -> Result<(), Error> {
        let root = self.root().to_owned();
        for (path, hash, file) in self.prepared.drain(..) {
            file.persist(root.join(&path)).map_err(|error| io_error(&self.target.join(&path), "write", error.error))?;
            self.written.insert(path, hash);
        }
        let named = std::mem::take(&mut self.named);
        for path in self.written.keys().filter(|path| !named.contains(*path)) {
            fs::remove_file(root.join(path)).map_err(|source| io_error(&self.target.join(path), "remove", source))?;
        }
        self.written.retain(|path, _| named.contains(path));
        self.move_in()
    }

    /// Moves a new directory to its place, instead of what is there.
    fn move_in(&mut self) -> Result<(), Error> {
        let Some(staging) = &self.staging else { return Ok(()) };
        check_replaceable(&self.target, self.force)?;
        let failed = |source| io_error(&self.target, "write", source);
        if self.target.symlink_metadata().is_ok() {
            let aside = hidden_beside(&self.target).map_err(failed)?;
            let old = aside.path().join("old");
            fs::rename(&self.target, &old).map_err(failed)?;
            if let Err(source) = fs::rename(staging.path(), &self.target) {
                // The first error is the one to tell; the old directory is still there under its hidden name.
                if fs::rename(&old, &self.target).is_err() {
                    let _ = aside.keep();
                }
                return Err(failed(source));
            }
        } else {
            fs::rename(staging.path(), &self.target).map_err(failed)?;
        }
        if let Some(staging) = self.staging.take() {
            let _ = staging.keep();
        }
        Ok(())
    }
}

fn io_error(path: &Path, action: &'static str, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), action, source }
}

fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a new run directory may take the place of what is there.
fn check_replaceable(target: &Path, force: bool) -> Result<(), Error> {
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

/// Whether a directory is empty, or a run directory without anything that somebody else put there.
fn holds_a_run_at_most(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    let mut names = entries.map(|entry| entry.ok()?.file_name().into_string().ok());
    let ours = |name: Option<String>| name.is_some_and(|name| CONTENTS.contains(&name.as_str()));
    is_run_directory(path) && names.all(ours) || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether a directory holds a manifest of this program, of whatever version.
fn is_run_directory(path: &Path) -> bool {
    let manifest = path.join("manifest.json");
    let regular = manifest.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let text = regular.then(|| fs::read(&manifest).ok()).flatten();
    let content = text.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    content.is_some_and(|manifest| manifest["program"] == PROGRAM)
}

/// A new hidden directory in the same folder, removed when it is dropped.
fn hidden_beside(target: &Path) -> io::Result<TempDir> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent_of(target))
}

/// A temporary file in the folder of `place`, which is made if need be, with `content` on disk.
fn write_beside(place: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let folder = parent_of(place);
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".tmp");
    // What the user's umask leaves of it, as for any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Whether a file is one that a crash left before it was renamed.
fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') && name.ends_with(".tmp")
}

/// All files in a folder and its folders, the file itself, or none if there is neither.
fn files_below(path: &Path) -> io::Result<Vec<PathBuf>> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(Vec::new()) };
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        found.append(&mut files_below(&entry?.path())?);
    }
    Ok(found)
}

/// The hasher of the first `length` bytes of a file; of all, if it is shorter.
fn hash_of(path: &Path, length: u64) -> io::Result<Hasher> {
    let mut hasher = Hasher::new();
    hasher.update_reader(File::open(path)?.take(length))?;
    Ok(hasher)
}

/// Makes renames in a folder last, where folders can be opened.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Appends to a file of `length` bytes, or none yet; cuts it to that length again if that fails.
fn append(place: &Path, length: u64, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(parent_of(place))?;
    let mut file: File = OpenOptions::new().create(true).append(true).open(place)?;
    let appended = file.write_all(content);
    if appended.is_err() {
        // The first error is the one to tell; readers ignore a torn last line.
        let _ = file.set_len(length);
    }
    appended
}
