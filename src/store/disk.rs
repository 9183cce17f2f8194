//! Every call that changes something on disk, so that a test can let each of them fail.
//!
//! A rename or a removal is on disk for good only when its folder is; whoever renames says when that must be.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use tempfile::{NamedTempFile, SpooledTempFile, TempDir};

#[cfg(test)]
pub(super) mod faults;
#[cfg(test)]
pub(super) mod tests;

#[cfg(test)]
use faults::step;

/// Random letters in the name of a hidden sibling.
const RANDOM: usize = 6;

/// What is about to be done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
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
    /// What has this name and something else take each other's.
    Exchange,
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

/// What the name of a hidden sibling of `target` begins with.
fn hidden_prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

/// Whether a path is one that [`hidden_beside`] gives.
pub(super) fn is_hidden_beside(path: &Path, target: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let random =
        name.strip_prefix(hidden_prefix(target).as_encoded_bytes()).and_then(|name| name.strip_suffix(b".tmp"));
    random.is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric))
}

/// A new hidden directory in the same folder, removed when it is dropped.
pub(super) fn hidden_beside(target: &Path) -> io::Result<TempDir> {
    let prefix = hidden_prefix(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp").rand_bytes(RANDOM);
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

/// A nameless file, in memory up to `most` bytes and then in `folder`.
pub(super) fn spool_in(folder: &Path, most: usize) -> SpooledTempFile {
    SpooledTempFile::new_in(most, folder)
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

/// Lets two folders take each other's names. Where the file system cannot do that at once, `old` is not there for a moment.
pub(super) fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    if exchange_at_once(new, old).is_ok() {
        return Ok(());
    }
    let aside = hidden_beside(old)?;
    let third = aside.path().join("old");
    rename(old, &third)?;
    if let Err(error) = rename(new, old) {
        // The first error is the one to tell; the old folder is still there under its hidden name.
        if rename(&third, old).is_err() {
            let _ = aside.keep();
        }
        return Err(error);
    }
    // What cannot be given the other name goes with its folder.
    let _ = rename(&third, new);
    Ok(())
}

fn exchange_at_once(one: &Path, other: &Path) -> io::Result<()> {
    step(Call::Exchange, other)?;
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    Err(io::ErrorKind::Unsupported.into())
}

/// Removes a file.
pub(super) fn remove(place: &Path) -> io::Result<()> {
    step(Call::Remove, place)?;
    fs::remove_file(place)
}

/// Removes a folder with all that is in it.
pub(super) fn remove_folder(place: &Path) -> io::Result<()> {
    step(Call::Remove, place)?;
    fs::remove_dir_all(place)
}

/// Whether a file is one that a crash left before it was renamed.
pub(super) fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') && name.ends_with(".tmp")
}

#[cfg(test)]
mod names {
    use super::*;

    #[test]
    fn what_is_temporary_or_hidden_beside_something_is_known_by_its_name() {
        for (name, is) in [(".ab.tmp", true), ("ab.tmp", false), (".ab", false), (".tmp", true)] {
            assert_eq!(is_temporary(&Path::new("run").join(name)), is, "{name}");
        }
        let target = Path::new("out/run");
        for (name, is) in [
            (".run.aB3xYz.tmp", true),
            (".run.aB3xYz", false),
            ("run.aB3xYz.tmp", false),
            (".run.aB3xY.tmp", false),
            (".run.aB3xY-.tmp", false),
            (".other.aB3xYz.tmp", false),
        ] {
            assert_eq!(is_hidden_beside(&Path::new("out").join(name), target), is, "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        assert!(is_hidden_beside(hidden_beside(&target).unwrap().path(), &target));
    }
}
