//! One process at a time on a directory: a lock on the file `lock` in it, which names its holder. The operating system
//! lets go of it when the process ends, however that is; the file is there as long as the directory is open, and after
//! a crash, when it means nothing. A file of that name that wormsim did not write is somebody else's, and stays.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::disk::Folder;
use crate::error::Error;

/// Name of the file.
pub(super) const LOCK: &str = "lock";

/// Tries before a lock that others take and leave all the time is given up.
const MOST_TRIES: u32 = 1000;

/// What the file begins with.
const MARK: &str = "wormsim ";

/// The content of the file, of the same length for every process: it is never half of each.
fn content_of(process: u32) -> String {
    format!("{MARK}{process:<10}\n")
}

/// The process that the content of a file names, if it is a lock of ours.
fn process_in(content: &str) -> Option<&str> {
    let process = content.strip_prefix(MARK)?.strip_suffix('\n')?.trim_end();
    (content.len() == content_of(0).len() && process.parse::<u32>().is_ok()).then_some(process)
}

/// Locks `folder` until the file is dropped.
///
/// # Errors
/// [`Error::Locked`] if another process holds it, [`Error::ForeignLock`] if the file is none of ours, [`Error::Io`].
pub(super) fn lock(folder: &Folder, named: &Path) -> Result<File, Error> {
    let failed = |source| Error::Io { path: named.to_owned(), action: "lock", source };
    let own = content_of(std::process::id());
    for _ in 0..MOST_TRIES {
        let new = folder.write_new(LOCK, own.as_bytes(), |file| file.try_lock().map_err(io::Error::from));
        match new {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            new => return new.map_err(failed),
        }
        let mut file = match folder.open_own(LOCK) {
            // Its holder has removed it in between.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(_) if folder.kind_of(LOCK).is_ok_and(|kind| !kind.is_file()) => return Err(foreign(named)),
            file => file.map_err(failed)?,
        };
        let text = content(&mut file).map_err(failed)?;
        let Some(holder) = process_in(&text) else { return Err(foreign(named)) };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked { path: named.to_owned(), holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        match folder.is_file_at(&file, LOCK) {
            Ok(true) => {}
            // Its holder has removed it between our opening and our locking it.
            Ok(false) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        }
        file.rewind().and_then(|()| file.write_all(own.as_bytes())).map_err(failed)?;
        return Ok(file);
    }
    Err(failed(io::ErrorKind::WouldBlock.into()))
}

fn foreign(named: &Path) -> Error {
    Error::ForeignLock { path: named.join(LOCK) }
}

/// Refuses a directory that a process holds.
///
/// # Errors
/// [`Error::Locked`].
pub(super) fn refuse_if_held(folder: &Folder, named: &Path) -> Result<(), Error> {
    // What cannot be opened, or is somebody else's, holds nothing.
    let Ok(mut file) = folder.open_unlinked(LOCK) else { return Ok(()) };
    let text = content(&mut file).unwrap_or_default();
    match (process_in(&text), file.try_lock_shared()) {
        (Some(holder), Err(TryLockError::WouldBlock)) => {
            Err(Error::Locked { path: named.to_owned(), holder: holder.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Whether the file in `folder` is one that wormsim wrote.
pub(super) fn is_ours(folder: &Folder) -> bool {
    let text = folder.open_unlinked(LOCK).and_then(|mut file| content(&mut file));
    text.is_ok_and(|text| process_in(&text).is_some())
}

/// Removes the folders within of such names that no process holds. What cannot be removed goes the next time.
pub(super) fn discard_left(parent: &Folder, is_left: impl Fn(&OsStr) -> bool) {
    for (name, _) in parent.entries("").into_iter().flatten().filter(|(name, _)| is_left(name)) {
        if parent.folder(&name).is_ok_and(|folder| refuse_if_held(&folder, folder.path()).is_ok()) {
            parent.discard(&name);
        }
    }
}

/// The beginning of a lock, and one byte more.
fn content(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    (&*file).take(content_of(0).len() as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn open(folder: &tempfile::TempDir) -> Folder {
        Folder::open(folder.path()).unwrap()
    }

    #[test]
    fn a_folder_is_locked_until_the_lock_is_dropped() {
        let (place, named) = (tempfile::tempdir().unwrap(), Path::new("run"));
        let folder = open(&place);
        let first = lock(&folder, named).unwrap();
        let own = std::process::id().to_string();
        for refused in [lock(&folder, named).map(drop), refuse_if_held(&folder, named)] {
            match refused {
                Err(Error::Locked { holder, path }) => assert_eq!((holder, &*path), (own.clone(), named)),
                other => panic!("{other:?}"),
            }
        }
        drop(first);
        refuse_if_held(&folder, named).unwrap();
        lock(&folder, named).unwrap();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_a_crash_left_means_nothing() {
        let place = tempfile::tempdir().unwrap();
        let (folder, path) = (open(&place), place.path().join(LOCK));
        fs::write(&path, content_of(u32::MAX)).unwrap();
        refuse_if_held(&folder, place.path()).unwrap();
        let _held = lock(&folder, place.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), content_of(std::process::id()));
    }

    #[test]
    fn a_file_of_somebody_else_is_refused_and_stays() {
        let place = tempfile::tempdir().unwrap();
        let (folder, path) = (open(&place), place.path().join(LOCK));
        for text in ["", "7\n", "wormsim\n", "wormsim 7\n", "wormsim seven     \n", "notes about a lock"] {
            fs::write(&path, text).unwrap();
            assert!(!is_ours(&folder), "{text}");
            refuse_if_held(&folder, place.path()).unwrap();
            let error = lock(&folder, place.path()).unwrap_err();
            assert!(matches!(&error, Error::ForeignLock { path: named } if *named == path), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(lock(&folder, place.path()), Err(Error::ForeignLock { .. })));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_a_link_is_refused_and_what_it_leads_to_stays() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("run")).unwrap();
        let folder = Folder::open(&place.path().join("run")).unwrap();
        let victim = place.path().join("run/victim");
        for text in ["text".to_owned(), content_of(7)] {
            fs::write(&victim, &text).unwrap();
            for to in ["victim", victim.to_str().unwrap(), "nowhere"] {
                std::os::unix::fs::symlink(to, place.path().join("run").join(LOCK)).unwrap();
                let error = lock(&folder, folder.path()).unwrap_err();
                assert!(matches!(error, Error::ForeignLock { .. }), "{error}");
                fs::remove_file(place.path().join("run").join(LOCK)).unwrap();
            }
            assert_eq!(fs::read_to_string(&victim).unwrap(), text);
        }
    }

    #[test]
    fn of_two_that_lock_at_once_one_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = open(&place);
        for round in 0..200 {
            let locks: Vec<_> = std::thread::scope(|scope| {
                let both = [(); 2].map(|()| scope.spawn(|| lock(&folder, place.path())));
                both.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!(locks.iter().filter(|lock| lock.is_ok()).count(), 1);
            if round % 2 == 0 {
                fs::remove_file(place.path().join(LOCK)).unwrap();
            }
        }
    }
}
