//! The folder of a report: all its files take their places when all of them are on disk, the page last. `files.json`
//! lists them, so that they are told from what somebody else puts there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{Folder, parent_of};
use super::json::{self, VERSION};
use super::{disk, manifest::PROGRAM};
use crate::error::Error;

/// Folder of a report within the directory that it is about.
pub const FOLDER: &str = "report";

/// The list.
pub const LIST: &str = "files.json";

/// Content of the list.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    /// BLAKE3 of every file, hexadecimal, by name.
    files: BTreeMap<String, String>,
    program: String,
    version: u32,
}

/// Paths of the files of the report in the folder `path` within `folder`, by its list, which is one of them.
pub(super) fn listed(folder: &Folder, path: &str) -> BTreeSet<String> {
    // What cannot be read, or is no list, speaks of no files, nor of itself.
    let text = folder.read(format!("{path}/{LIST}")).unwrap_or_default();
    let Ok(list) = serde_json::from_slice::<List>(&text) else { return BTreeSet::new() };
    list.files.into_keys().chain([LIST.to_owned()]).map(|name| format!("{path}/{name}")).collect()
}

/// Writes files into `folder`, which is made if need be, in place of those of the same names and of those of the last
/// report. Nothing is changed before all of them are on disk under other names.
///
/// # Errors
/// [`Error::Io`].
pub fn write_report(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let failed = |name: &str| {
        let place = folder.join(name);
        move |source| Error::Io { path: place, action: "write", source }
    };
    disk::create_folder(folder).map_err(failed(""))?;
    let root = Folder::open(folder).map_err(failed(""))?;
    let parent = Folder::open(parent_of(folder)).map_err(failed(""))?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let old = listed(&parent, &name);
    root.discard_temporary("");
    let hash = |(name, content): &(String, Vec<u8>)| (name.clone(), blake3::hash(content).to_hex().to_string());
    let list = |files: BTreeMap<String, String>| {
        let list = List { files, program: PROGRAM.to_owned(), version: VERSION };
        (LIST.to_owned(), json::to_text(&list).into_bytes())
    };
    let inner = |path: &String| path.strip_prefix(&format!("{name}/")).map(ToOwned::to_owned);
    let is_new = |name: &String| name == LIST || files.iter().any(|(new, _)| new == name);
    let gone: Vec<String> = old.iter().filter_map(inner).filter(|name| !is_new(name)).collect();
    // All that is there until the last of the old files is gone is listed, wherever it ends.
    let [first, last] = [&gone[..], &[]].map(|gone| {
        let gone = gone.iter().map(|name| (name.clone(), String::new()));
        list(files.iter().map(hash).chain(gone).collect())
    });
    let mut prepared = VecDeque::new();
    let mut put = || {
        for (name, content) in [&first].into_iter().chain(files).chain([&last]) {
            prepared.push_back((name.clone(), root.write_beside(name, content).map_err(failed(name))?));
        }
        while let Some((name, file)) = prepared.pop_front() {
            if prepared.is_empty() {
                gone.iter().for_each(|name| root.discard(name));
            }
            root.put_in_place(file, &name).map_err(failed(&name))?;
        }
        Ok(())
    };
    let put: Result<(), Error> = put();
    prepared.into_iter().for_each(|(_, file)| root.forget(file));
    put?;
    root.sync_folder("").map_err(failed(""))
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        let names = || fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        for name in ["a.svg", "report.html"] {
            assert_eq!(fs::read_to_string(target.join(name)).unwrap(), "old");
        }
        assert!(names().all(|name| !name.ends_with(".tmp")), "{:?}", names().collect::<Vec<_>>());
    }

    #[test]
    fn a_figure_of_the_last_report_goes_and_what_others_put_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report");
        let file = |name: &str| (name.to_owned(), b"content".to_vec());
        write_report(&target, &[file("old.svg"), file("report.html")]).unwrap();
        fs::write(target.join("notes.svg"), "mine").unwrap();
        write_report(&target, &[file("new.svg"), file("report.html")]).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["files.json", "new.svg", "notes.svg", "report.html"]);
        let root = Folder::open(folder.path()).unwrap();
        let listed: Vec<_> = listed(&root, "report").into_iter().collect();
        assert_eq!(listed, ["report/files.json", "report/new.svg", "report/report.html"]);
    }
}
