//! The folder of a report: all its files take their places when all of them are on disk, the page last.

use std::path::Path;

use super::disk;
use crate::error::Error;

/// Writes files into `folder`, which is made if need be, in place of those of the same names. Nothing is changed before
/// all of them are on disk under other names.
///
/// # Errors
/// [`Error::Io`].
pub fn write_report(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let failed = |name: &str, source| Error::Io { path: folder.join(name), action: "write", source };
    let mut prepared = Vec::new();
    for (name, content) in files {
        let place = folder.join(name);
        let file = disk::write_beside(&place, content).map_err(|source| failed(name, source))?;
        prepared.push((name, place, file));
    }
    for (name, place, file) in prepared {
        disk::put_in_place(file, &place).map_err(|source| failed(name, source))?;
    }
    disk::sync_folder(folder).map_err(|source| failed("", source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report");
        let files = |text: &str| vec![("a.svg".to_owned(), text.into()), ("report.html".to_owned(), text.into())];
        write_report(&target, &files("old")).unwrap();
        // A name that is a folder cannot be written.
        let broken = [files("new"), vec![("no/such/../../a.svg/x".to_owned(), Vec::new())]].concat();
        write_report(&target, &broken).unwrap_err();
        let names =
            || std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        for name in ["a.svg", "report.html"] {
            assert_eq!(std::fs::read_to_string(target.join(name)).unwrap(), "old");
        }
        assert!(names().all(|name| !name.ends_with(".tmp")), "{:?}", names().collect::<Vec<_>>());
    }
}
