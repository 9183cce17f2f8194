//! One process at a time on a run directory: a lock on the file `lock` in it, which names its holder. The operating system
//! lets go of it when the process ends, however that is; the file is there as long as the directory is open, and after a
//! crash, when it means nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::error::Error;

/// Name of the file.
pub(super) const LOCK: &str = "lock";

/// Locks `folder` until the file is dropped.
///
/// # Errors
/// [`Error::Locked`] if another process holds it, [`Error::Io`].
pub(super) fn lock(folder: &Path, named: &Path) -> Result<File, Error> {
    let place = folder.join(LOCK);
    let failed = |source| Error::Io { path: named.to_owned(), action: "lock", source };
    loop {
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&place).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked { path: named.to_owned(), holder: holder(&place) });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let own = format!("{}\n", std::process::id());
        write(&mut file, &own).map_err(failed)?;
        // The holder before may have removed the file between our opening and our locking it.
        if content(&mut file).map_err(failed)? == fs::read_to_string(&place).unwrap_or_default() {
            return Ok(file);
        }
    }
}

/// Refuses a directory that a process holds.
///
/// # Errors
/// [`Error::Locked`].
pub(super) fn refuse_if_held(folder: &Path) -> Result<(), Error> {
    let place = folder.join(LOCK);
    let held = File::open(&place).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
    if held { Err(Error::Locked { path: folder.to_owned(), holder: holder(&place) }) } else { Ok(()) }
}

fn holder(place: &Path) -> String {
    let text = fs::read_to_string(place).unwrap_or_default();
    if text.trim().is_empty() { "unknown".to_owned() } else { text.trim().to_owned() }
}

fn write(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

fn content(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text)
}
