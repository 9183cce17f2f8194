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

/// Whether a process that held `folder` ended without giving it back.
pub(super) fn was_left(folder: &Path) -> bool {
    let place = folder.join(LOCK);
    // A file without a number may be one that is about to be locked.
    let named = fs::read_to_string(&place).is_ok_and(|text| !text.trim().is_empty());
    named && refuse_if_held(folder).is_ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_until_the_lock_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let named = Path::new("run");
        let first = lock(folder.path(), named).unwrap();
        let own = std::process::id().to_string();
        for refused in [lock(folder.path(), named).map(drop), refuse_if_held(folder.path())] {
            match refused {
                Err(Error::Locked { holder, .. }) => assert_eq!(holder, own),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(lock(folder.path(), named), Err(Error::Locked { path, .. }) if path == named));
        drop(first);
        refuse_if_held(folder.path()).unwrap();
        lock(folder.path(), named).unwrap();
    }

    #[test]
    fn a_file_that_a_crash_left_means_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(LOCK);
        fs::write(&place, "a number longer than that of any process\n").unwrap();
        refuse_if_held(folder.path()).unwrap();
        let _held = lock(folder.path(), folder.path()).unwrap();
        assert_eq!(holder(&place), std::process::id().to_string());
    }

    #[test]
    fn a_folder_is_left_if_its_lock_names_a_process_that_does_not_hold_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(LOCK);
        assert!(!was_left(folder.path()));
        fs::write(&place, " \n").unwrap();
        assert!(!was_left(folder.path()), "it is about to be locked");
        fs::write(&place, "7\n").unwrap();
        assert!(was_left(folder.path()));
        let held = lock(folder.path(), folder.path()).unwrap();
        assert!(!was_left(folder.path()));
        drop(held);
        assert!(was_left(folder.path()));
    }

    #[test]
    fn a_holder_that_has_not_written_its_number_yet_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let held = File::create(folder.path().join(LOCK)).unwrap();
        held.try_lock().unwrap();
        let refused = refuse_if_held(folder.path());
        assert!(matches!(refused, Err(Error::Locked { holder, .. }) if holder == "unknown"));
    }

    #[test]
    fn of_two_that_lock_at_once_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for _ in 0..200 {
            let locks: Vec<_> = std::thread::scope(|scope| {
                let both = [(); 2].map(|()| scope.spawn(|| lock(path, path)));
                both.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!(locks.iter().filter(|lock| lock.is_ok()).count(), 1);
        }
    }
}
