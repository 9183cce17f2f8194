//! Where a verb that makes one text puts it: on standard output, or into a new file.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::terminal::{note, print};
use crate::error::Error;

/// Where the text goes.
#[derive(Debug, Args)]
pub struct OutputFile {
    /// The file to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long)]
    pub force: bool,
}

impl OutputFile {
    /// Refuses a file that is there.
    pub(super) fn check(&self) -> Result<(), Error> {
        match &self.out {
            Some(path) if !self.force && path.exists() => Err(Error::Exists { path: path.clone() }),
            _ => Ok(()),
        }
    }

    /// Writes a text, whole or not at all.
    pub(super) fn write_text(&self, text: &str) -> Result<(), Error> {
        let failed = |source: io::Error| Error::Io { action: "write", path: "the result".into(), source };
        self.write(|writer| writer.write_all(text.as_bytes()).map_err(failed))
    }

    /// Writes what `fill` writes, whole or not at all. Without a file, it is held in memory first.
    pub(super) fn write(&self, fill: impl FnOnce(&mut dyn Write) -> Result<(), Error>) -> Result<(), Error> {
        let Some(path) = &self.out else {
            let mut bytes = Vec::new();
            fill(&mut bytes)?;
            return print(&String::from_utf8_lossy(&bytes));
        };
        self.check()?;
        let failed = |source: io::Error| Error::Io { action: "write", path: path.clone(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let mut writer = BufWriter::new(&mut aside);
        fill(&mut writer)?;
        writer.flush().map_err(failed)?;
        drop(writer);
        aside.as_file().sync_all().map_err(failed)?;
        #[cfg(unix)]
        {
            use std::fs::Permissions;
            use std::os::unix::fs::PermissionsExt;
            // As others write files; a temporary one is for its owner alone.
            aside.as_file().set_permissions(Permissions::from_mode(0o644)).map_err(failed)?;
        }
        match self.force {
            true => aside.persist(path).map(drop),
            false => aside.persist_noclobber(path).map(drop),
        }
        .map_err(|error| failed(error.error))?;
        note(&format!("written: {}", path.display()));
        Ok(())
    }
}
