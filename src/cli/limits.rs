//! Limits that the operating system sets to a process.

use crate::error::Error;

/// Files that a run opens at a time, and some for the operating system.
#[cfg(unix)]
const LEAST_OPEN_FILES: u64 = 32;

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
        Some(limit) if limit < LEAST_OPEN_FILES => Err(Error::OpenFiles { limit, least: LEAST_OPEN_FILES }),
        _ => Ok(()),
    }
}

/// There are no such limits.
#[cfg(not(unix))]
pub(super) fn check() -> Result<(), Error> {
    Ok(())
}
