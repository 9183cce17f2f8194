//! Folders that are held open, and every call that changes something on disk, so that a test can let each of them fail.
//!
//! A folder is opened once; what is done in it is done there, wherever it is moved, and never to what takes its name.
//! Paths within it that lead out of it, by `..` or by a link, are refused. A file is never kept open. A rename or a
//! removal is on disk for good only when its folder is; whoever renames says when that must be.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use cap_fs_ext::{DirExt, FollowSymlinks, MetadataExt, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, FileType, OpenOptions};
use tempfile::SpooledTempFile;

#[cfg(test)]
pub(super) mod faults;
#[cfg(test)]
pub(super) mod tests;

#[cfg(test)]
use faults::step;

use crate::error::Error;

/// Stands in every temporary name, before two numbers.
const MARK: &str = ".wormsim-";

/// Ends every temporary name.
const TEMPORARY: &str = ".tmp";

/// Ends the name of what stands aside while two folders exchange their names.
const ASIDE: &str = ".old";

/// What is about to be done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// A file or folder is made there.
    Create,
    /// A temporary sibling of it is filled.
    Write,
    /// It grows.
    Append,
    /// It is cut.
    Cut,
    /// What was written of it is made to last.
    Sync,
    /// What its entries are is made to last.
    SyncFolder,
    /// Something takes this name.
    Rename,
    /// What has this name and something else take each other's.
    Exchange,
    /// It is removed.
    Remove,
}

/// Comes before each call.
#[cfg(not(test))]
#[inline]
fn step(_: Call, _: &Path) -> io::Result<()> {
    Ok(())
}

/// The error of an action that failed at a path.
pub(super) fn io_error(path: &Path, action: &'static str, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), action, source }
}

/// The folder that a path is in.
pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder and those that it is in, where there are none.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    step(Call::Create, path)?;
    fs::create_dir_all(path)
}

/// A nameless file, in memory up to `most` bytes and then in `folder`.
pub(super) fn spool_in(folder: &Path, most: usize) -> SpooledTempFile {
    SpooledTempFile::new_in(most, folder)
}

/// A name that nothing of this process has, and nothing of another one that is alive: `before`, the mark, the number of
/// the process, a running number, `after`.
fn unused_name(before: &OsStr, after: &str) -> OsString {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut name = before.to_owned();
    name.push(format!("{MARK}{}-{}{after}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    name
}

/// Whether a name is one that [`unused_name`] gives.
fn is_unused_name(name: &OsStr, before: &OsStr, after: &str) -> bool {
    let name = name.as_encoded_bytes();
    let inner = name.strip_prefix(before.as_encoded_bytes()).and_then(|name| name.strip_prefix(MARK.as_bytes()));
    let inner = inner.and_then(|inner| inner.strip_suffix(after.as_bytes())).unwrap_or_default();
    let mut numbers = inner.split(|&byte| byte == b'-');
    let is_number = |number: &[u8]| !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    numbers.by_ref().take(2).filter(|number| is_number(number)).count() == 2 && numbers.next().is_none()
}

/// What the name of a hidden sibling of `name` begins with.
fn hidden_prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix
}

/// A name for a hidden sibling of `name`.
pub(super) fn hidden_name(name: &OsStr) -> OsString {
    unused_name(&hidden_prefix(name), TEMPORARY)
}

/// Whether a name is one that [`hidden_name`] gives.
pub(super) fn is_hidden_beside(sibling: &OsStr, name: &OsStr) -> bool {
    is_unused_name(sibling, &hidden_prefix(name), TEMPORARY)
}

/// Whether a name is that of what stood aside when an exchange of `name` was ended by force.
pub(super) fn is_aside(sibling: &OsStr, name: &OsStr) -> bool {
    is_unused_name(sibling, &hidden_prefix(name), ASIDE)
}

/// Whether a name is one that [`hidden_name`] gives for whatever name.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    text.rfind(MARK).is_some_and(|place| place > 1 && is_unused_name(name, OsStr::new(&text[..place]), TEMPORARY))
}

/// Whether a file is one that a crash left before it was renamed.
pub(super) fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_unused_name(name, OsStr::new(""), TEMPORARY))
}

/// A path as it stands in manifests.
fn with_slashes(path: &Path) -> Option<String> {
    path.components().map(|part| part.as_os_str().to_str()).collect::<Option<Vec<_>>>().map(|parts| parts.join("/"))
}

/// A file with its content on disk, which has no name of its own yet.
#[derive(Debug)]
#[must_use = "it stays under its temporary name"]
pub(super) struct Temporary {
    path: PathBuf,
    /// Its length.
    pub(super) bytes: u64,
}

/// Opens a file, and nothing else: what waits for somebody else, as a FIFO does, would never come back.
fn regular(dir: &Dir, path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = dir.open_with(path, options.nonblock(true))?;
    if file.metadata()?.is_file() {
        Ok(file.into_std())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"))
    }
}

/// A folder that is held open.
#[derive(Debug)]
pub(super) struct Folder {
    dir: Dir,
    path: PathBuf,
}

impl Folder {
    /// The folder at a path.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { dir: Dir::open_ambient_dir(path, ambient_authority())?, path: path.to_owned() })
    }

    /// A folder within, which is no link.
    pub(super) fn folder(&self, path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        Ok(Self { dir: self.dir.open_dir_nofollow(path)?, path: self.path.join(path) })
    }

    /// The same folder once more.
    pub(super) fn again(&self) -> io::Result<Self> {
        Ok(Self { dir: self.dir.try_clone()?, path: self.path.clone() })
    }

    /// Where it was when it was opened or last renamed here.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The same folder under another name.
    pub(super) fn renamed(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    /// Whether a path leads here.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        Self::open(path).is_ok_and(|there| self.is(&there))
    }

    /// Whether both are one folder.
    pub(super) fn is(&self, other: &Self) -> bool {
        let [own, other] = [self, other].map(|folder| folder.dir.dir_metadata().ok().map(|at| (at.dev(), at.ino())));
        own.is_some() && own == other
    }

    /// Makes a folder within, and those on the way, where there are none.
    pub(super) fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        step(Call::Create, &self.path.join(&path))?;
        // The folder itself has an empty path, which is none.
        if path.as_ref().as_os_str().is_empty() { Ok(()) } else { self.dir.create_dir_all(path) }
    }

    /// Makes a folder within where nothing is.
    pub(super) fn create_new(&self, name: &OsStr) -> io::Result<()> {
        step(Call::Create, &self.path.join(name))?;
        self.dir.create_dir(name)
    }

    /// What has a name within: a link is a link.
    pub(super) fn kind_of(&self, path: impl AsRef<Path>) -> io::Result<FileType> {
        Ok(self.dir.symlink_metadata(path)?.file_type())
    }

    /// Whether a regular file has a name within.
    pub(super) fn has_file(&self, path: impl AsRef<Path>) -> bool {
        self.kind_of(path).is_ok_and(|kind| kind.is_file())
    }

    /// Names of all that is in a folder within, with what each is.
    pub(super) fn entries(&self, path: impl AsRef<Path>) -> io::Result<Vec<(OsString, FileType)>> {
        let path = path.as_ref();
        let entries = if path.as_os_str().is_empty() { self.dir.entries()? } else { self.dir.read_dir(path)? };
        entries.map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)))).collect()
    }

    /// Paths of all that is no folder in a folder within and in its folders, in order; none if there is no such folder.
    /// A name that is no UTF-8 is shown as near as can be.
    pub(super) fn files_below(&self, path: &str) -> io::Result<Vec<String>> {
        match if path.is_empty() { Ok(None) } else { self.kind_of(path).map(Some) } {
            Ok(Some(kind)) if !kind.is_dir() => return Ok(vec![path.to_owned()]),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        let mut found = Vec::new();
        let mut entries = self.entries(path)?;
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in entries {
            let inner = Path::new(path).join(&name);
            let inner = with_slashes(&inner).unwrap_or_else(|| inner.to_string_lossy().into_owned());
            if kind.is_dir() { found.append(&mut self.files_below(&inner)?) } else { found.push(inner) }
        }
        Ok(found)
    }

    /// Opens a regular file within to be read.
    pub(super) fn open_file(&self, path: impl AsRef<Path>) -> io::Result<File> {
        regular(&self.dir, path.as_ref(), OpenOptions::new().read(true))
    }

    /// Opens a regular file within that is no link, to be read.
    pub(super) fn open_unlinked(&self, path: impl AsRef<Path>) -> io::Result<File> {
        regular(&self.dir, path.as_ref(), OpenOptions::new().read(true).follow(FollowSymlinks::No))
    }

    /// Opens a regular file within that is no link, to be read and written in place.
    pub(super) fn open_own(&self, path: impl AsRef<Path>) -> io::Result<File> {
        regular(&self.dir, path.as_ref(), OpenOptions::new().read(true).write(true).follow(FollowSymlinks::No))
    }

    /// Whether a file that is open is the one of that name.
    pub(super) fn is_file_at(&self, file: &File, path: impl AsRef<Path>) -> io::Result<bool> {
        let own = cap_std::fs::Metadata::from_file(file)?;
        let there = self.dir.symlink_metadata(path)?;
        Ok((own.dev(), own.ino()) == (there.dev(), there.ino()))
    }

    /// The content of a regular file.
    pub(super) fn read(&self, path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.open_file(path)?.read_to_end(&mut content)?;
        Ok(content)
    }

    /// A temporary file beside `place`, whose folder is made if need be, with `content` on disk.
    pub(super) fn write_beside(&self, place: &str, content: &[u8]) -> io::Result<Temporary> {
        let folder = Path::new(place).parent().unwrap_or(Path::new(""));
        self.create_as(folder, place)?;
        let temporary =
            Temporary { path: folder.join(unused_name(OsStr::new(""), TEMPORARY)), bytes: content.len() as u64 };
        let mut file = self.dir.open_with(&temporary.path, OpenOptions::new().write(true).create_new(true))?;
        let at = self.path.join(place);
        let written = step(Call::Write, &at).and_then(|()| file.write_all(content));
        let synced = written.and_then(|()| step(Call::Sync, &at)).and_then(|()| file.sync_all());
        match synced {
            Ok(()) => Ok(temporary),
            Err(error) => {
                self.forget(temporary);
                Err(error)
            }
        }
    }

    /// Makes the folder of `place`; a failure is told of that.
    fn create_as(&self, folder: &Path, place: &str) -> io::Result<()> {
        step(Call::Create, &self.path.join(place))?;
        if folder.as_os_str().is_empty() { Ok(()) } else { self.dir.create_dir_all(folder) }
    }

    /// Gives a temporary file its name, in place of what has it; if that fails, it is gone.
    pub(super) fn put_in_place(&self, temporary: Temporary, place: &str) -> io::Result<()> {
        let renamed = step(Call::Rename, &self.path.join(place))
            .and_then(|()| self.dir.rename(&temporary.path, &self.dir, place));
        if renamed.is_err() {
            self.forget(temporary);
        }
        renamed
    }

    /// Removes a temporary file.
    pub(super) fn forget(&self, temporary: Temporary) {
        self.discard(temporary.path);
    }

    /// A new file `name`, where nothing is, with `content` as soon as it is there, and `first` done to it before.
    pub(super) fn write_new<T>(
        &self,
        name: &str,
        content: &[u8],
        first: impl FnOnce(&File) -> io::Result<T>,
    ) -> io::Result<File> {
        let temporary = unused_name(OsStr::new(""), TEMPORARY);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let mut file = self.dir.open_with(&temporary, &options)?.into_std();
        let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| first(&file));
        let renamed = written.and_then(|_| self.rename_new(&temporary, OsStr::new(name)));
        if renamed.is_err() {
            self.discard(&temporary);
        }
        renamed.map(|()| file)
    }

    /// Appends to a file of `length` bytes, or none yet; cuts it to that length again if that fails.
    pub(super) fn append(&self, place: &str, length: u64, content: &[u8]) -> io::Result<()> {
        self.create_as(Path::new(place).parent().unwrap_or(Path::new("")), place)?;
        let mut file = regular(&self.dir, Path::new(place), OpenOptions::new().create(true).append(true))?;
        let appended = step(Call::Append, &self.path.join(place)).and_then(|()| file.write_all(content));
        if appended.is_err() {
            // The first error is the one to tell; readers ignore a torn last line.
            let _ = file.set_len(length);
        }
        appended
    }

    /// Cuts a file to `length` bytes.
    pub(super) fn cut(&self, place: &str, length: u64) -> io::Result<()> {
        step(Call::Cut, &self.path.join(place))?;
        self.open_own(place)?.set_len(length)
    }

    /// Makes what was written of a file last.
    pub(super) fn sync(&self, place: &str) -> io::Result<()> {
        step(Call::Sync, &self.path.join(place))?;
        self.open_file(place)?.sync_all()
    }

    /// Makes renames and removals in a folder within last, where folders can be opened.
    pub(super) fn sync_folder(&self, path: impl AsRef<Path>) -> io::Result<()> {
        step(Call::SyncFolder, &self.path.join(&path))?;
        let inner = if path.as_ref().as_os_str().is_empty() { Path::new(".") } else { path.as_ref() };
        if cfg!(unix) { self.dir.open(inner)?.sync_all() } else { Ok(()) }
    }

    /// Removes a file.
    pub(super) fn remove(&self, place: impl AsRef<Path>) -> io::Result<()> {
        step(Call::Remove, &self.path.join(&place))?;
        self.dir.remove_file(place)
    }

    /// Removes a file, or a folder with all that is in it, one file open at a time.
    pub(super) fn remove_all(&self, path: impl AsRef<Path>) -> io::Result<()> {
        step(Call::Remove, &self.path.join(&path))?;
        self.remove_tree(path.as_ref())
    }

    /// Removes what does no harm if it cannot be removed.
    pub(super) fn discard(&self, path: impl AsRef<Path>) {
        let _ = self.remove_tree(path.as_ref());
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        if !self.kind_of(path)?.is_dir() {
            return self.dir.remove_file(path);
        }
        for (name, _) in self.entries(path)? {
            self.remove_tree(&path.join(name))?;
        }
        self.dir.remove_dir(path)
    }

    /// Removes what a crash left in a folder within.
    pub(super) fn discard_temporary(&self, folder: &str) {
        for (name, _) in self.entries(folder).into_iter().flatten() {
            if is_temporary(Path::new(&name)) {
                self.discard(Path::new(folder).join(name));
            }
        }
    }

    /// Removes a folder if nothing is in it.
    pub(super) fn discard_empty(&self, name: impl AsRef<Path>) {
        let _ = self.dir.remove_dir(name);
    }

    /// Moves a folder within to a name that nothing has.
    fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        step(Call::Rename, &self.path.join(to))?;
        self.dir.rename(from, &self.dir, to)
    }

    /// Moves a folder within to a name, if nothing has it.
    pub(super) fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        step(Call::Rename, &self.path.join(to))?;
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            match renameat_with(&self.dir, from, &self.dir, to, RenameFlags::NOREPLACE) {
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
                renamed => return Ok(renamed?),
            }
        }
        // Where the file system cannot tell, what is not empty is not replaced.
        if self.kind_of(to).is_ok() {
            Err(io::ErrorKind::AlreadyExists.into())
        } else {
            self.dir.rename(from, &self.dir, to)
        }
    }

    /// Lets two folders within take each other's names. Where the file system cannot do that at once, `old` is not
    /// there for a moment.
    pub(super) fn exchange(&self, new: &OsStr, old: &OsStr) -> io::Result<()> {
        if self.exchange_at_once(new, old).is_ok() {
            return Ok(());
        }
        let aside = unused_name(&hidden_prefix(old), ASIDE);
        self.rename(old, &aside)?;
        if let Err(error) = self.rename(new, old) {
            // The first error is the one to tell; what stands aside comes back with the next run of that name.
            let _ = self.rename(&aside, old);
            return Err(error);
        }
        // What cannot be given the other name goes with the next run of that name.
        let _ = self.rename(&aside, new);
        Ok(())
    }

    fn exchange_at_once(&self, one: &OsStr, other: &OsStr) -> io::Result<()> {
        step(Call::Exchange, &self.path.join(other))?;
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            Ok(renameat_with(&self.dir, one, &self.dir, other, RenameFlags::EXCHANGE)?)
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod names {
    use super::*;

    #[test]
    fn what_is_temporary_or_hidden_beside_something_is_known_by_its_name() {
        for (name, is) in [
            (".wormsim-12-3.tmp", true),
            (".hidden.tmp", false),
            (".abcdef.tmp", false),
            (".wormsim-12.tmp", false),
            (".wormsim-12-.tmp", false),
            (".wormsim-1-2-3.tmp", false),
            (".wormsim-12-3", false),
            ("wormsim-12-3.tmp", false),
        ] {
            assert_eq!(is_temporary(&Path::new("run").join(name)), is, "{name}");
        }
        let run = OsStr::new("run");
        for (name, is) in [
            (".run.wormsim-12-3.tmp", true),
            (".run.wormsim-12-3.old", false),
            (".run.backup.tmp", false),
            ("run.wormsim-12-3.tmp", false),
            (".other.wormsim-12-3.tmp", false),
            (".wormsim-12-3.tmp", false),
        ] {
            assert_eq!(is_hidden_beside(OsStr::new(name), run), is, "{name}");
        }
        assert!(is_aside(OsStr::new(".run.wormsim-12-3.old"), run));
        assert!(is_hidden_beside(&hidden_name(run), run) && hidden_name(run) != hidden_name(run));
    }

    #[test]
    fn a_path_does_not_lead_out_of_its_folder() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("in")).unwrap();
        fs::write(place.path().join("victim"), "content").unwrap();
        let folder = Folder::open(&place.path().join("in")).unwrap();
        folder.cut("../victim", 0).unwrap_err();
        folder.append("../victim", 0, b"more").unwrap_err();
        folder.remove("../victim").unwrap_err();
        assert_eq!(fs::read(place.path().join("victim")).unwrap(), b"content");
    }
}
