//! Runs the program as a user does.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

/// Exit code, standard output, standard error.
pub fn wormsim(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(cargo_bin!("wormsim")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
