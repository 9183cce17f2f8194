//! Limits that the operating system sets to the process: open files, and the size of a file.

#[cfg(unix)]
use super::terminal::note;
use crate::error::Error;

/// Files that a run opens at a time, and some for the operating system.
#[cfg(unix)]
const MIN_OPEN_FILES: u64 = 32;

/// Files that are open at a time for one run of an experiment.
#[cfg(unix)]
const OPEN_FILES_OF_A_RUN: u64 = 8;

/// Refuses to begin where too few files may be open, and lets a file that would be too large be an error of writing it.
///
/// # Errors
/// [`Error::OpenFiles`].
#[cfg(unix)]
pub(super) fn check() -> Result<(), Error> {
    use std::sync::{Arc, atomic::AtomicBool};

    use rustix::process::{Resource, getrlimit};

    // By default the signal ends the process. That it came says nothing that the error does not.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < MIN_OPEN_FILES => Err(Error::OpenFiles { limit, least: MIN_OPEN_FILES }),
        _ => Ok(()),
    }
}

/// So many runs at a time as were asked for, or as there can be with the files that may be open.
#[cfg(unix)]
pub(super) fn threads(asked: usize) -> usize {
    use rustix::process::{Resource, getrlimit};

    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = usize::try_from(limit.saturating_sub(MIN_OPEN_FILES / 2) / OPEN_FILES_OF_A_RUN).unwrap_or(usize::MAX);
    if most < asked {
        note(&format!("{most} runs at a time instead of {asked}: at most {limit} files may be open (ulimit -n)"));
    }
    asked.min(most)
}

/// There are no such limits.
#[cfg(not(unix))]
pub(super) fn threads(asked: usize) -> usize {
    asked
}

/// There are no such limits.
#[cfg(not(unix))]
pub(super) fn check() -> Result<(), Error> {
    Ok(())
}
