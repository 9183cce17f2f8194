//! A run directory that is taken on: its checkpoints, and the files that grow as they were at one of them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blake3::Hasher;

use super::replace::CONTENTS;
use super::{CHECKPOINTS, RunDirectory, io_error};
use crate::error::Error;
use crate::scenario::Tick;
use crate::store::disk;
use crate::store::lock::LOCK;

impl RunDirectory {
    /// Paths of all checkpoints, the newest first.
    pub(in crate::store) fn checkpoints(&self) -> Result<Vec<PathBuf>, Error> {
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
    pub(in crate::store) fn holds(&self, grown: &[(String, u64, [u8; 32])]) -> Result<bool, Error> {
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

    /// The first `length` bytes of a file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(in crate::store) fn beginning(&self, path: &str, length: u64) -> Result<Vec<u8>, Error> {
        let (place, mut bytes) = (self.root().join(path), Vec::new());
        let read = File::open(&place).and_then(|file| file.take(length).read_to_end(&mut bytes));
        read.map_err(|source| io_error(&place, "read", source))?;
        Ok(bytes)
    }

    /// Takes the directory on as it was when `grown` was told: cuts the files that grow, removes those that began to grow
    /// later, checkpoints after `tick` and temporary files. All other files are as if they had been put.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(in crate::store) fn go_on(
        &mut self,
        grown: &[(String, u64, [u8; 32])],
        tick: Tick,
        grows: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        let root = self.root().to_owned();
        for (path, length, _) in grown {
            let place = root.join(path);
            let hasher = hash_of(&place, *length).map_err(|source| io_error(&place, "read", source))?;
            disk::cut(&place, *length).map_err(|source| io_error(&place, "write", source))?;
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
                disk::remove(&place).map_err(|source| io_error(&place, "remove", source))?;
                self.touch(&path);
            } else if checkpoint.is_none() && !is_grown {
                let content = fs::read(&place).map_err(|source| io_error(&place, "read", source))?;
                self.written.insert(path, blake3::hash(&content));
            }
        }
        Ok(())
    }
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
