//! Lines of JSON that are added as results come in, each on disk before the next; what a crash tore off is cut when the
//! file is opened again.
//!
//! A line is [sealed](json::seal), so that one that was changed is found.

use std::io;
use std::marker::PhantomData;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::disk::Folder;
use super::json;
use crate::error::Error;

/// A file of lines that grows.
#[derive(Debug)]
pub struct Results<T> {
    folder: Folder,
    name: &'static str,
    length: u64,
    lines: PhantomData<T>,
}

/// The line that says `content`, with its hash.
pub fn sealed(content: &impl Serialize) -> String {
    json::to_line(&json::seal(content))
}

/// What a line says; none if it is not as it was written.
///
/// # Errors
/// That of a line that is no JSON, or says something else than a `T`.
pub fn unsealed<T: DeserializeOwned>(line: &[u8]) -> Result<Option<T>, serde_json::Error> {
    let value: Value = serde_json::from_slice(line)?;
    if json::to_line(&value).as_bytes() != line {
        return Ok(None);
    }
    json::unseal(value).map(serde_json::from_value).transpose()
}

impl<T: Serialize + DeserializeOwned> Results<T> {
    /// Opens the file of that name in `folder`, which need not exist, and reads its lines. `report` is told if the last
    /// one was torn, which is taken away.
    ///
    /// # Errors
    /// [`Error::FormatLine`] for a whole line that is none of ours, [`Error::ChangedLine`] for one that is not as it
    /// was written, and [`Error::Io`].
    pub(super) fn open(folder: Folder, name: &'static str, report: impl FnOnce(&str)) -> Result<(Self, Vec<T>), Error> {
        let path = folder.path().join(name);
        let failed = |action| {
            let path = path.clone();
            move |source| Error::Io { path, action, source }
        };
        let content = match folder.read(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            content => content.map_err(failed("read"))?,
        };
        let whole = content.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place + 1);
        let lines = content[..whole].split_inclusive(|&byte| byte == b'\n').zip(1..);
        let read = lines.map(|(line, number)| match unsealed(line) {
            Ok(Some(content)) => Ok(content),
            Ok(None) => Err(Error::ChangedLine { path: path.clone(), line: number }),
            Err(source) => Err(Error::FormatLine { path: path.clone(), line: number, source }),
        });
        let read = read.collect::<Result<Vec<T>, Error>>()?;
        if whole < content.len() {
            folder.cut(name, whole as u64).map_err(failed("write"))?;
            report(&format!(
                "{}: the last line was torn and is taken away; its run is simulated again",
                path.display()
            ));
        }
        Ok((Self { folder, name, length: whole as u64, lines: PhantomData }, read))
    }

    /// Adds a line, which is on disk then; if that fails, the file is as it was.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn append(&mut self, line: &T) -> Result<(), Error> {
        let text = sealed(line);
        let appended = self.folder.append(self.name, self.length, text.as_bytes());
        let added = appended.and_then(|()| self.folder.sync(self.name));
        if added.is_err() {
            // The first error is the one to tell.
            let _ = self.folder.cut(self.name, self.length);
        }
        added.map_err(|source| Error::Io { path: self.path(), action: "write", source })?;
        self.length += text.len() as u64;
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::super::disk;
    use super::*;

    type Line = BTreeMap<String, f64>;

    const NAME: &str = "results.jsonl";

    fn line(numbers: &[f64]) -> Line {
        numbers.iter().enumerate().map(|(index, &number)| (format!("n{index}"), number)).collect()
    }

    fn open(place: &Path, report: impl FnOnce(&str)) -> Result<(Results<Line>, Vec<Line>), Error> {
        Results::open(Folder::open(place).unwrap(), NAME, report)
    }

    #[test]
    fn a_file_cut_anywhere_keeps_its_whole_lines_and_grows_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let (mut results, read) = open(folder.path(), |_| unreachable!()).unwrap();
        assert_eq!(read, Vec::<Line>::new());
        let lines = [line(&[1.0]), line(&[2.5, 1e300]), line(&[])];
        lines.iter().for_each(|line| results.append(line).unwrap());
        let whole = fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let mut told = false;
            let (mut results, read) = open(folder.path(), |_| told = true).unwrap();
            assert_eq!(read, lines[..read.len()]);
            assert_eq!(told, length > 0 && whole[length - 1] != b'\n');
            lines[read.len()..].iter().for_each(|line| results.append(line).unwrap());
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_line_that_is_not_on_disk_for_good_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let (mut results, _) = open(folder.path(), |_| unreachable!()).unwrap();
        results.append(&line(&[1.0])).unwrap();
        let first = fs::read(&path).unwrap();
        for broken in [disk::Call::Create, disk::Call::Append, disk::Call::Sync] {
            let fail = move |call, _: &Path| if call == broken { Err(io::ErrorKind::Other.into()) } else { Ok(()) };
            let error = disk::faults::with(fail, || results.append(&line(&[2.0]))).unwrap_err();
            assert!(matches!(error, Error::Io { action: "write", .. }), "{error}");
            assert_eq!(fs::read(&path).unwrap(), first);
        }
        results.append(&line(&[3.0])).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let error = open(folder.path(), |_| unreachable!()).unwrap_err();
        assert!(matches!(error, Error::Io { action: "read", .. }), "{error}");
    }

    #[test]
    fn a_line_that_is_none_of_ours_is_named_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let text = format!("{}not JSON\n[2", sealed(&line(&[1.0])));
        fs::write(&path, &text).unwrap();
        let error = open(folder.path(), |_| unreachable!()).unwrap_err();
        assert!(matches!(error, Error::FormatLine { line: 2, .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    /// It would go into means and intervals.
    #[test]
    fn a_line_of_which_any_byte_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let whole = sealed(&line(&[1.0, 20.5])) + &sealed(&line(&[3.0]));
        let second = whole.find('\n').unwrap();
        for place in (0..whole.len()).filter(|place| !whole[*place..].starts_with('\n')) {
            for byte in [b'7', b' ', b'a'] {
                let mut text = whole.clone().into_bytes();
                if std::mem::replace(&mut text[place], byte) == byte {
                    continue;
                }
                fs::write(&path, &text).unwrap();
                let error = open(folder.path(), |_| unreachable!()).unwrap_err();
                let (Error::ChangedLine { line, .. } | Error::FormatLine { line, .. }) = error else {
                    panic!("{error}")
                };
                assert_eq!(line, 1 + usize::from(place > second), "{place}");
            }
        }
    }
}
