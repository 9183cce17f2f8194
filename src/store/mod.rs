//! The run directory: what a run leaves on disk, and the only code that writes files.
//!
//! A state of a run is written as a whole: every file goes to a temporary sibling first, and only when all of them are
//! on disk do they take the places of the old ones. The name of a new directory is taken at once, so that nobody else
//! can; the directory is built beside it and moved there with its first complete state, so that a run that fails before
//! leaves nothing, and what `--force` replaces is not lost. A directory is held open and written as such, not by its
//! path. Only the journal, the optimisation logs and the archived wormholes are appended to. All files but the manifest
//! and the checkpoints are the same on every machine.

mod checkpoint;
mod csv_files;
mod directory;
mod disk;
pub mod experiments;
pub mod journal;
pub mod json;
mod layout;
mod lock;
pub mod manifest;
pub mod network;
pub mod reading;
mod report;
pub mod results;
mod resume;
#[cfg(test)]
mod tests;
pub mod verify;
pub mod wormholes;
mod writer;

pub use checkpoint::read as read_checkpoint;
pub use directory::{RunDirectory, discard_pending};
pub use report::{FOLDER as REPORT, LIST as REPORT_LIST, write_report};
pub use resume::{fork, resume};
pub use writer::RunWriter;
