//! `wormsim migrate`: writes scenarios of version 1 as version 2.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::terminal::{complain, note, print};
use crate::error::Error;
use crate::scenario::{migrate as migrated, read_text};

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct MigrateOptions {
    /// Scenario files, which are written anew.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print what would be written, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

pub(super) fn migrate(options: &MigrateOptions) -> Result<ExitCode, Error> {
    let mut worst = 0;
    for file in &options.files {
        if let Err(error) = one(file, options) {
            complain(&error);
            worst = worst.max(error.exit_code());
        }
    }
    Ok(ExitCode::from(worst))
}

fn one(file: &Path, options: &MigrateOptions) -> Result<(), Error> {
    let refused = |expected| Error::Usage { option: "FILE", value: file.display().to_string(), expected };
    let Some(text) = migrated(&read_text(file)?).map_err(refused)? else {
        note(&format!("{}: version 2 already; nothing was changed", file.display()));
        return Ok(());
    };
    if options.dry_run {
        if options.files.len() > 1 {
            note(&format!("{} would be:", file.display()));
        }
        return print(&text);
    }
    // What a file that is written aside is called is nobody's business.
    let failed = |error: io::Error| Error::Io { action: "write", path: file.to_owned(), source: error.kind().into() };
    // The file itself, if a link names it.
    let file = &fs::canonicalize(file).map_err(failed)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    // Written aside and moved into place, so that a full disk leaves the old file.
    let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    aside.write_all(text.as_bytes()).and_then(|()| aside.as_file().sync_all()).map_err(failed)?;
    if let Ok(old) = fs::metadata(file) {
        aside.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    aside.persist(file).map_err(|error| failed(error.error))?;
    print(&format!("{}: version 2 now; `wormsim validate` says what carries its wormholes\n", file.display()))
}
