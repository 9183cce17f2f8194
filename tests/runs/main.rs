//! Run directories: what a run leaves, and how it is resumed, forked, verified and built upon.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/random.rs"]
mod random;

mod fork;
mod logs;
mod recovery;
mod resume;
mod run_directory;
mod verify;
