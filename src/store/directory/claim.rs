//! Claiming the name of a run directory before there is anything to put there: it is made or found, locked, and held
//! open, so that whoever comes second is refused at once. What is written meanwhile is in a hidden folder beside it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::contents::{Contents, contents};
use crate::error::Error;
use crate::store::disk::{self, Folder, io_error, parent_of};
use crate::store::lock::{self, LOCK};

/// Tries before a directory that others make and remove all the time is given up.
const MOST_TRIES: u32 = 100;

/// What this process would leave behind if it ended now: see [`discard_pending`].
static PENDING: Mutex<Vec<Pending>> = Mutex::new(Vec::new());

/// A hidden folder, and the directory that waits for it if it was made for that.
#[derive(Debug)]
struct Pending {
    parent: PathBuf,
    hidden: OsString,
    made: Option<OsString>,
}

fn pending() -> MutexGuard<'static, Vec<Pending>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has begun and not put in place, for a process that ends at once. Nothing is put in place
/// any more: whoever wants to waits for ever.
pub fn discard_pending() {
    let mut pending = pending();
    for Pending { parent, hidden, made } in pending.drain(..) {
        // What cannot be removed goes with the next run of that name.
        let Ok(parent) = Folder::open(&parent) else { continue };
        parent.discard(&hidden);
        if let Some(made) = made {
            parent.discard(Path::new(&made).join(LOCK));
            parent.discard_empty(&made);
        }
    }
    std::mem::forget(pending);
}

/// A directory that is held by this process, and the hidden folder whose place it keeps.
#[derive(Debug)]
pub(super) struct Claim {
    parent: Folder,
    name: OsString,
    /// What has the name, and its lock; none when it is given back.
    held: Option<(Folder, File)>,
    /// Whether it was made for this.
    made: bool,
    hidden: OsString,
}

impl Claim {
    /// Takes the name `name` in `parent`, called `target`, and makes a hidden folder beside it.
    ///
    /// # Errors
    /// As for [`RunDirectory::create`](super::RunDirectory::create).
    pub(super) fn new(parent: Folder, name: &OsStr, target: &Path, force: bool) -> Result<(Self, Folder), Error> {
        let failed = |source| io_error(target, "create", source);
        restore_aside(&parent, name);
        let (made, folder, lock) = Self::hold(&parent, name, target, force)?;
        // What is left of others goes only now: nobody else begins under this name.
        lock::discard_left(&parent, |sibling| is_left(sibling, name));
        let hidden = disk::hidden_name(name);
        let claim = Self { parent, name: name.to_owned(), held: Some((folder, lock)), made, hidden };
        pending().push(Pending {
            parent: claim.parent.path().to_owned(),
            hidden: claim.hidden.clone(),
            made: made.then(|| name.to_owned()),
        });
        let staging = claim.parent.create_new(&claim.hidden).and_then(|()| claim.parent.folder(&claim.hidden));
        Ok((claim, staging.map_err(failed)?))
    }

    /// What has the name, locked, and whether it was made for this.
    fn hold(parent: &Folder, name: &OsStr, target: &Path, force: bool) -> Result<(bool, Folder, File), Error> {
        for _ in 0..MOST_TRIES {
            let held = match make(parent, name, target) {
                Ok(Some((folder, lock))) => Ok((true, folder, lock)),
                Ok(None) => find(parent, name, target, force).map(|(folder, lock)| (false, folder, lock)),
                Err(error) => Err(error),
            };
            match held {
                // Another process has removed it in between.
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                held => return held,
            }
        }
        Err(io_error(target, "create", ErrorKind::NotFound.into()))
    }

    /// Whether the name is held; not once the hidden folder has it.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Puts the hidden folder in place of what is held, which is removed. If something else has come there meanwhile,
    /// it gets a name of its own: nothing that was simulated is lost.
    ///
    /// # Errors
    /// [`Error::Kept`], [`Error::Io`].
    pub(super) fn move_in(&mut self, target: &Path, force: bool) -> Result<(), Error> {
        let failed = |source| io_error(target, "write", source);
        // Held until all is done: a process that ends at once does not end in between.
        let mut pending = pending();
        let Some((held, lock)) = self.held.take() else { return Ok(()) };
        let mut exchanged = self.check(&held, target, force);
        if exchanged.is_ok() {
            if let Err(source) = self.parent.exchange(&self.hidden, &self.name) {
                self.held = Some((held, lock));
                return Err(failed(source));
            }
            // Something else may have come there in the very last moment.
            if self.parent.folder(&self.hidden).is_ok_and(|old| !old.is(&held)) {
                self.parent.exchange(&self.hidden, &self.name).map_err(failed)?;
                exchanged = Err(Error::Moved { path: target.to_owned() });
            }
        }
        pending.retain(|pending| pending.hidden != self.hidden || pending.parent != self.parent.path());
        held.discard(LOCK);
        let is_there = self.parent.folder(&self.name).is_ok_and(|there| there.is(&held));
        drop((held, lock));
        if let Err(why) = exchanged {
            if self.made && is_there {
                self.parent.discard_empty(&self.name);
            }
            let place = self.keep(target).map_err(failed)?;
            return Err(Error::Kept { why: Box::new(why), place });
        }
        // A run is removed only when the new one is there for good.
        let synced = self.parent.sync_folder("").map_err(failed);
        if synced.is_ok() || self.made {
            self.parent.discard(&self.hidden);
            lock::discard_left(&self.parent, |sibling| is_left(sibling, &self.name));
        }
        synced
    }

    /// Refuses to put anything in place of what is not held, or not only a run.
    fn check(&self, held: &Folder, target: &Path, force: bool) -> Result<(), Error> {
        let there = self.parent.folder(&self.name);
        if !held.is_at(target) || !there.is_ok_and(|there| there.is(held)) {
            return Err(Error::Moved { path: target.to_owned() });
        }
        check_free(held, target, force)
    }

    /// Gives the hidden folder a name that nothing has: that of the target and a number.
    fn keep(&self, target: &Path) -> std::io::Result<PathBuf> {
        for number in 1..MOST_TRIES {
            let mut name = self.name.clone();
            name.push(format!("-{number}"));
            match self.parent.rename_new(&self.hidden, &name) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                renamed => return renamed.map(|()| parent_of(target).join(name)),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Some((folder, lock)) = self.held.take() else { return };
        let mut pending = pending();
        pending.retain(|pending| pending.hidden != self.hidden || pending.parent != self.parent.path());
        // What cannot be removed goes with the next run of that name.
        folder.discard(LOCK);
        // Files that are open are few where that is why it failed.
        drop((folder, lock));
        self.parent.discard(&self.hidden);
        if self.made {
            self.parent.discard_empty(&self.name);
        }
    }
}

/// Whether a name is one under which a run of the name `name` leaves what it had begun, or what it was replacing.
fn is_left(sibling: &OsStr, name: &OsStr) -> bool {
    disk::is_hidden_beside(sibling, name) || disk::is_aside(sibling, name)
}

/// Gives what stood aside of `name` when a process was killed its name back, if nothing has it.
fn restore_aside(parent: &Folder, name: &OsStr) {
    let is_free = |aside: &OsStr| parent.folder(aside).is_ok_and(|old| lock::refuse_if_held(&old, old.path()).is_ok());
    let mut siblings = parent.entries("").into_iter().flatten();
    if parent.kind_of(name).is_err()
        && let Some((aside, _)) = siblings.find(|(sibling, _)| disk::is_aside(sibling, name) && is_free(sibling))
    {
        // What cannot be given back stays where it is.
        let _ = parent.rename_new(&aside, name);
    }
}

/// A new folder of that name, which is locked as soon as it is there; none if something has the name.
fn make(parent: &Folder, name: &OsStr, target: &Path) -> Result<Option<(Folder, File)>, Error> {
    if parent.kind_of(name).is_ok() {
        return Ok(None);
    }
    let failed = |source| io_error(target, "create", source);
    let hidden = disk::hidden_name(name);
    parent.create_new(&hidden).map_err(failed)?;
    let made = parent.folder(&hidden).map_err(failed).and_then(|folder| {
        let lock = lock::lock(&folder, target)?;
        parent.rename_new(&hidden, name).map_err(failed)?;
        Ok(Some((folder.renamed(target.to_owned()), lock)))
    });
    if made.is_err() {
        parent.discard(&hidden);
    }
    match made {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => Ok(None),
        made => made,
    }
}

/// The folder of that name, locked, if a new run may take its place.
fn find(parent: &Folder, name: &OsStr, target: &Path, force: bool) -> Result<(Folder, File), Error> {
    let failed = |source| io_error(target, "create", source);
    if !parent.kind_of(name).map_err(failed)?.is_dir() {
        return Err(name_taken(target, force, None));
    }
    let folder = parent.folder(name).map_err(failed)?.renamed(target.to_owned());
    lock::refuse_if_held(&folder, target)?;
    check_free(&folder, target, force)?;
    let lock = lock::lock(&folder, target)?;
    // Another process may have come to its end in between, and put its own in this one's place.
    if !parent.folder(name).is_ok_and(|there| there.is(&folder)) {
        return Err(failed(ErrorKind::NotFound.into()));
    }
    check_free(&folder, target, force).inspect_err(|_| folder.discard(LOCK))?;
    Ok((folder, lock))
}

/// Refuses to replace what somebody else uses or put there, and without `force` any run.
fn check_free(folder: &Folder, target: &Path, force: bool) -> Result<(), Error> {
    match contents(folder).map_err(|source| io_error(target, "read", source))? {
        Contents::Leftovers => Ok(()),
        Contents::Nothing | Contents::Run if force => Ok(()),
        Contents::Nothing | Contents::Run => Err(name_taken(target, force, None)),
        Contents::Foreign(path) => Err(name_taken(target, force, Some(path))),
    }
}

/// What says that a name is taken, by what `--force` must not remove if it is set.
pub(in crate::store) fn name_taken(target: &Path, force: bool, foreign: Option<String>) -> Error {
    let path = target.to_owned();
    if force { Error::NotARunDirectory { path, foreign } } else { Error::Exists { path } }
}

/// The folder that a path names something in, and the name.
pub(super) fn split(target: &Path) -> Result<(&Path, &OsStr), Error> {
    let Some(name) = target.file_name() else {
        let expected = "the name of a new directory".to_owned();
        return Err(Error::Usage { option: "--out", value: target.display().to_string(), expected });
    };
    Ok((parent_of(target), name))
}
