//! Lines of JSON that are added as results come in, each on disk before the next; what a crash tore off is cut when the file
//! is opened again.

use std::fs;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{disk, json};
use crate::error::Error;

/// A file of lines that grows.
#[derive(Debug)]
pub struct Results<T> {
    path: PathBuf,
    length: u64,
    lines: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned> Results<T> {
    /// Opens the file at `path`, which need not exist, and reads its lines. `report` is told if the last one was torn, which is
    /// taken away.
    ///
    /// # Errors
    /// [`Error::FormatLine`] for a whole line that is none of ours, and [`Error::Io`].
    pub fn open(path: &Path, report: impl FnOnce(&str)) -> Result<(Self, Vec<T>), Error> {
        let failed = |action| move |source| Error::Io { path: path.to_owned(), action, source };
        let content = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            content => content.map_err(failed("read"))?,
        };
        let whole = content.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place + 1);
        let lines = content[..whole].split_inclusive(|&byte| byte == b'\n').enumerate();
        let read = lines.map(|(number, line)| {
            serde_json::from_slice(line).map_err(|source| Error::FormatLine {
                path: path.to_owned(),
                line: number + 1,
                source,
            })
        });
        let read = read.collect::<Result<Vec<T>, Error>>()?;
        if whole < content.len() {
            disk::cut(path, whole as u64).map_err(failed("write"))?;
            report(&format!(
                "{}: the last line was torn and is taken away; its run is simulated again",
                path.display()
            ));
        }
        Ok((Self { path: path.to_owned(), length: whole as u64, lines: PhantomData }, read))
    }

    /// Adds a line, which is on disk then; if that fails, the file is as it was.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn append(&mut self, line: &T) -> Result<(), Error> {
        let text = json::to_line(line);
        let added = disk::append(&self.path, self.length, text.as_bytes()).and_then(|()| disk::sync(&self.path));
        if added.is_err() {
            // The first error is the one to tell.
            let _ = disk::cut(&self.path, self.length);
        }
        added.map_err(|source| Error::Io { path: self.path.clone(), action: "write", source })?;
        self.length += text.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cut_anywhere_keeps_its_whole_lines_and_grows_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let (mut results, read) = Results::<Vec<u32>>::open(&path, |_| unreachable!()).unwrap();
        assert_eq!(read, Vec::<Vec<u32>>::new());
        let lines = [vec![1], vec![2, 3], vec![]];
        lines.iter().for_each(|line| results.append(line).unwrap());
        let whole = fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let mut told = false;
            let (mut results, read) = Results::<Vec<u32>>::open(&path, |_| told = true).unwrap();
            assert_eq!(read, lines[..read.len()]);
            assert_eq!(told, length > 0 && whole[length - 1] != b'\n');
            lines[read.len()..].iter().for_each(|line| results.append(line).unwrap());
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_line_that_is_not_on_disk_for_good_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let (mut results, _) = Results::<Vec<u32>>::open(&path, |_| unreachable!()).unwrap();
        results.append(&vec![1]).unwrap();
        for broken in [disk::Call::Create, disk::Call::Append, disk::Call::Sync] {
            let fail = move |call, _: &Path| if call == broken { Err(io::ErrorKind::Other.into()) } else { Ok(()) };
            let error = disk::faults::with(fail, || results.append(&vec![2])).unwrap_err();
            assert!(matches!(error, Error::Io { action: "write", .. }), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), "[1]\n");
        }
        results.append(&vec![3]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "[1]\n[3]\n");
        let error = Results::<Vec<u32>>::open(folder.path(), |_| unreachable!()).unwrap_err();
        assert!(matches!(error, Error::Io { action: "read", .. }), "{error}");
    }

    #[test]
    fn a_line_that_is_none_of_ours_is_named_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        fs::write(&path, "[1]\n{\"x\":1}\n[2").unwrap();
        let error = Results::<Vec<u32>>::open(&path, |_| unreachable!()).unwrap_err();
        assert!(matches!(error, Error::FormatLine { line: 2, .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "[1]\n{\"x\":1}\n[2");
    }
}
