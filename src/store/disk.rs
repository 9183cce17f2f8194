//! Every call that changes something on disk, so that a test can let each of them fail.
//!
//! A rename or a removal is on disk for good only when its folder is; whoever renames says when that must be.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use tempfile::{NamedTempFile, TempDir};

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;

#[cfg(test)]
use faults::step;

/// What is about to be done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// A file or folder is made there.
    Create,
    /// A temporary sibling of it is filled.
    Write,
    /// It grows.
    Append,
    /// It is cut.
    Cut,
    /// What was written of it is made to last.
    Sync,
    /// What its entries are is made to last.
    SyncFolder,
    /// Something takes this name.
    Rename,
    /// It is removed.
    Remove,
}

/// Comes before each call.
#[cfg(not(test))]
#[inline]
fn step(_: Call, _: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder that a path is in.
pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder and those that it is in, where there are none.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    step(Call::Create, path)?;
    fs::create_dir_all(path)
}

/// A new hidden directory in the same folder, removed when it is dropped.
pub(super) fn hidden_beside(target: &Path) -> io::Result<TempDir> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    step(Call::Create, target)?;
    builder.tempdir_in(parent_of(target))
}

/// A temporary file in the folder of `place`, which is made if need be, with `content` on disk.
pub(super) fn write_beside(place: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let folder = parent_of(place);
    step(Call::Create, place)?;
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".tmp");
    // What the user's umask leaves of it, as for any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    step(Call::Write, place)?;
    // Its own errors would name the temporary file.
    file.as_file_mut().write_all(content)?;
    step(Call::Sync, place)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Gives a temporary file its name, in place of what has it.
pub(super) fn put_in_place(file: NamedTempFile, place: &Path) -> io::Result<()> {
    step(Call::Rename, place)?;
    file.persist(place).map(|_| ()).map_err(|error| error.error)
}

/// Appends to a file of `length` bytes, or none yet; cuts it to that length again if that fails.
pub(super) fn append(place: &Path, length: u64, content: &[u8]) -> io::Result<()> {
    step(Call::Create, place)?;
    fs::create_dir_all(parent_of(place))?;
    let mut file = OpenOptions::new().create(true).append(true).open(place)?;
    let appended = step(Call::Append, place).and_then(|()| file.write_all(content));
    if appended.is_err() {
        // The first error is the one to tell; readers ignore a torn last line.
        let _ = file.set_len(length);
    }
    appended
}

/// Cuts a file to `length` bytes.
pub(super) fn cut(place: &Path, length: u64) -> io::Result<()> {
    step(Call::Cut, place)?;
    OpenOptions::new().write(true).open(place)?.set_len(length)
}

/// Makes what was written of a file last.
pub(super) fn sync(place: &Path) -> io::Result<()> {
    step(Call::Sync, place)?;
    File::open(place)?.sync_all()
}

/// Makes renames and removals in a folder last, where folders can be opened.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    step(Call::SyncFolder, folder)?;
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Moves a file or a folder to where nothing is.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step(Call::Rename, to)?;
    fs::rename(from, to)
}

/// Removes a file.
pub(super) fn remove(place: &Path) -> io::Result<()> {
    step(Call::Remove, place)?;
    fs::remove_file(place)
}
