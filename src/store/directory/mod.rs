//! A run directory that is written atomically: its files change all at once, or not at all.

mod claim;
mod contents;
mod rewind;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};

use self::claim::Claim;
use self::contents::is_run_directory;
use super::disk::{self, Folder, Temporary, io_error, parent_of};
use super::layout;
use super::lock::{self, LOCK};
use crate::error::Error;
use crate::scenario::Tick;

pub use claim::discard_pending;
pub(super) use claim::name_taken;
pub(super) use contents::{Contents, contents};

/// A file that grows as it was once: path, length, BLAKE3.
pub(super) type Grown = (String, u64, [u8; 32]);

/// A run directory that is being written.
///
/// Files are given by their path within it, with `/`. What was put since the last commit is dropped with the value, and
/// so is a directory without any commit. Nobody else can take its name meanwhile, and nothing is written to what has
/// its name when it was moved away.
#[derive(Debug)]
pub struct RunDirectory {
    target: PathBuf,
    force: bool,
    /// Where files are put; none if all is only counted and hashed.
    root: Option<Folder>,
    /// Held as long as the directory is open to be written.
    lock: Option<File>,
    /// The name that the root takes with the first commit.
    claim: Option<Claim>,
    /// Files in place that were put.
    written: BTreeMap<String, Hash>,
    /// Files in place that grow.
    grown: BTreeMap<String, (u64, Hasher)>,
    /// Files to be put in place by the next commit.
    prepared: VecDeque<Prepared>,
    /// Files of the next commit, those that have not changed included.
    named: BTreeSet<String>,
    /// Folders within, whose entries have changed and need not be on disk yet.
    touched: BTreeSet<PathBuf>,
}

/// A file of the next commit; without a temporary file if nothing is written.
#[derive(Debug)]
struct Prepared {
    path: String,
    hash: Hash,
    file: Option<Temporary>,
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        self.forget_prepared();
        if let (Some(root), Some(_), None) = (&self.root, &self.lock, &self.claim) {
            // One that is left means nothing, as after a crash.
            root.discard(LOCK);
        }
        // Before the claim removes the folder: files that are open are few where that is why it failed.
        (self.lock, self.root) = (None, None);
    }
}

impl RunDirectory {
    /// A new directory at `target`, which is held from now on and complete with its first commit.
    ///
    /// # Errors
    /// [`Error::Exists`] if something is there and `force` is not set, [`Error::NotARunDirectory`] if it is set and
    /// what is there is neither a run directory with nothing else in it nor empty, [`Error::Locked`] if another process
    /// holds it, [`Error::ForeignLock`], [`Error::Usage`] for a path without a name, [`Error::Io`].
    pub fn create(target: &Path, force: bool) -> Result<Self, Error> {
        // A link by its own name, which a slash at the end would follow.
        let target = &target.components().collect::<PathBuf>();
        claim::split(target)?;
        let parent = parent_of(target);
        disk::create_folder(parent).map_err(|source| io_error(parent, "create", source))?;
        let parent = Folder::open(parent).map_err(|source| io_error(parent, "create", source))?;
        Self::create_in(parent, target, force)
    }

    /// The same at `target`, whose folder is `parent`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub(super) fn create_in(parent: Folder, target: &Path, force: bool) -> Result<Self, Error> {
        let (_, name) = claim::split(target)?;
        let (claim, root) = Claim::new(parent, name, target, force)?;
        let lock = lock::lock(&root, target);
        let mut directory = Self::empty(target);
        (directory.force, directory.root, directory.claim) = (force, Some(root), Some(claim));
        directory.lock = Some(lock?);
        Ok(directory)
    }

    /// The run directory at `target`, which is in place. Nothing of it is changed before [`Self::rewind`].
    ///
    /// # Errors
    /// [`Error::NoRun`], [`Error::Locked`], [`Error::ForeignLock`], [`Error::Io`].
    pub(super) fn open(target: &Path) -> Result<Self, Error> {
        let mut directory = Self::open_to_read(target)?;
        directory.lock = directory.root.as_ref().map(|root| lock::lock(root, target)).transpose()?;
        Ok(directory)
    }

    /// The run directory at `target`, to be read only.
    ///
    /// # Errors
    /// [`Error::NoRun`], [`Error::Locked`].
    pub(super) fn open_to_read(target: &Path) -> Result<Self, Error> {
        let no_run = || Error::NoRun { path: target.to_owned() };
        let root = Folder::open(target).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => no_run(),
            _ => io_error(target, "read", source),
        })?;
        lock::refuse_if_held(&root, target)?;
        if !is_run_directory(&root) {
            return Err(no_run());
        }
        let mut directory = Self::empty(target);
        directory.root = Some(root);
        Ok(directory)
    }

    /// A directory that is never written: what would be is hashed. Paths out of it are as from `target`.
    pub(super) fn dry_run(target: &Path) -> Self {
        Self::empty(target)
    }

    fn empty(target: &Path) -> Self {
        Self {
            target: target.to_owned(),
            force: false,
            root: None,
            lock: None,
            claim: None,
            written: BTreeMap::new(),
            grown: BTreeMap::new(),
            prepared: VecDeque::new(),
            named: BTreeSet::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Where the directory is or will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the directory is now.
    pub fn root(&self) -> &Path {
        self.root.as_ref().map_or(&self.target, Folder::path)
    }

    /// Where files without a name may be, for what waits to be written.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root.as_ref().map_or_else(std::env::temp_dir, |root| root.path().to_owned())
    }

    fn failed(&self, path: &str, action: &'static str) -> impl Fn(io::Error) -> Error + use<> {
        let place = self.target.join(path);
        move |source| io_error(&place, action, source)
    }

    /// Refuses to write once the directory was moved away or removed.
    fn check_place(&self) -> Result<(), Error> {
        match &self.root {
            Some(root) if self.claim.is_none() && !root.is_at(&self.target) => {
                Err(Error::Moved { path: self.target.clone() })
            }
            _ => Ok(()),
        }
    }

    /// A folder within, which is made if need be.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn folder(&self, path: &str) -> Result<PathBuf, Error> {
        if let Some(root) = &self.root {
            root.create(path).map_err(self.failed(path, "create"))?;
        }
        Ok(self.root().join(path))
    }

    /// The content of a file within, and its place.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.root.as_ref().map_or(Ok(Vec::new()), |root| root.read(path)).map_err(self.failed(path, "read"))
    }

    /// BLAKE3 of a file within, hexadecimal; none if there is no such file that can be read.
    pub(super) fn hash_of(&self, path: &str) -> Option<String> {
        let mut hasher = Hasher::new();
        let hashed = self.root.as_ref()?.open_file(path).and_then(|file| hasher.update_reader(file).map(drop));
        hashed.ok().map(|()| hasher.finalize().to_hex().to_string())
    }

    /// Prepares a file for the next commit.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        let hash = blake3::hash(content);
        self.named.insert(path.to_owned());
        if self.written.get(path) == Some(&hash) {
            return Ok(());
        }
        tracing::trace!(path, bytes = content.len(), "file written");
        let file = self.root.as_ref().map(|root| root.write_beside(path, content)).transpose();
        let file = file.map_err(self.failed(path, "write"))?;
        self.prepared.push_back(Prepared { path: path.to_owned(), hash, file });
        Ok(())
    }

    /// Appends to a file at once. If that fails, the file is as it was.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Moved`].
    pub fn append(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        self.check_place()?;
        if !self.grown.contains_key(path) {
            self.touch(path);
        }
        let failed = self.failed(path, "write");
        let (length, hasher) = self.grown.entry(path.to_owned()).or_insert((0, Hasher::new()));
        if let Some(root) = &self.root {
            root.append(path, *length, content).map_err(failed)?;
        }
        *length += content.len() as u64;
        hasher.update(content);
        Ok(())
    }

    /// Replaces one file of a directory that is in place, at once, and forgets what was prepared.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Moved`].
    pub fn replace(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        self.forget_prepared();
        self.named = self.written.keys().cloned().collect();
        self.put(path, content)?;
        self.commit()
    }

    fn forget_prepared(&mut self) {
        for Prepared { file, .. } in self.prepared.drain(..) {
            if let (Some(root), Some(file)) = (&self.root, file) {
                root.forget(file);
            }
        }
    }

    /// Hashes of all files as the next commit will leave them, by path.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        let kept = self.written.iter().filter(|(path, _)| self.named.contains(*path));
        let mut hashes: BTreeMap<String, Hash> = kept.map(|(path, hash)| (path.clone(), *hash)).collect();
        hashes.extend(self.prepared.iter().map(|file| (file.path.clone(), file.hash)));
        let put = hashes.into_iter().map(|(path, hash)| (path, hash.to_hex().to_string()));
        put.chain(self.grown_hashes()).collect()
    }

    /// Hashes of the files that grow, by path.
    pub fn grown_hashes(&self) -> impl Iterator<Item = (String, String)> {
        self.grown.iter().map(|(path, (_, hasher))| (path.clone(), hasher.finalize().to_hex().to_string()))
    }

    /// Paths, lengths and hashes of the files that grow, whose content is on disk then.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn sync_grown(&self) -> Result<Vec<Grown>, Error> {
        let synced = |(path, (length, hasher)): (&String, &(u64, Hasher))| {
            self.root.as_ref().map_or(Ok(()), |root| root.sync(path)).map_err(self.failed(path, "write"))?;
            Ok((path.clone(), *length, *hasher.finalize().as_bytes()))
        };
        self.grown.iter().map(synced).collect()
    }

    /// Bytes of the files to be put in place by the next commit.
    pub(super) fn prepared_bytes(&self) -> u64 {
        self.prepared.iter().filter_map(|file| file.file.as_ref()).map(|file| file.bytes).sum()
    }

    /// Whether the directory is where it will be read.
    pub(super) fn is_in_place(&self) -> bool {
        self.claim.is_none()
    }

    /// Writes the checkpoint of a tick at once, and removes all but the newest `kept`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Moved`].
    pub(super) fn put_checkpoint(&mut self, tick: Tick, content: &[u8], kept: usize) -> Result<(), Error> {
        self.check_place()?;
        let path = layout::checkpoint(tick);
        let failed = self.failed(&path, "write");
        // What it needs of the files that grow is there before it is.
        let file = self.root.as_ref().map(|root| root.write_beside(&path, content)).transpose().map_err(&failed)?;
        self.sync_touched()?;
        if let (Some(root), Some(file)) = (&self.root, file) {
            root.put_in_place(file, &path).map_err(&failed)?;
        }
        self.touch(&path);
        self.sync_touched()?;
        for path in self.checkpoints()?.iter().skip(kept) {
            self.remove(path)?;
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), Error> {
        self.root.as_ref().map_or(Ok(()), |root| root.remove(path)).map_err(self.failed(path, "remove"))
    }

    /// Puts all prepared files in place, in the order in which they were prepared, and removes files of earlier commits
    /// that were not put again. The last one, which speaks of the others, takes its place when all else is on disk.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Moved`], and [`Error::Kept`] if it cannot take its place.
    pub fn commit(&mut self) -> Result<(), Error> {
        self.check_place()?;
        let named = std::mem::take(&mut self.named);
        while self.prepared.len() > 1 {
            self.put_next_in_place()?;
        }
        let gone: Vec<String> = self.written.keys().filter(|path| !named.contains(*path)).cloned().collect();
        for path in gone {
            self.remove(&path)?;
            self.touch(&path);
            self.written.remove(&path);
        }
        self.sync_grown()?;
        self.sync_touched()?;
        self.put_next_in_place()?;
        self.sync_touched()?;
        self.move_in()
    }

    /// Puts the first of the prepared files in place, if there is one.
    fn put_next_in_place(&mut self) -> Result<(), Error> {
        let Some(Prepared { path, hash, file }) = self.prepared.pop_front() else { return Ok(()) };
        if let (Some(root), Some(file)) = (&self.root, file) {
            root.put_in_place(file, &path).map_err(self.failed(&path, "write"))?;
        }
        self.touch(&path);
        self.written.insert(path, hash);
        Ok(())
    }

    /// Notes that a file came, went or was replaced; folders on the way to it may be new.
    fn touch(&mut self, path: &str) {
        self.touched.extend(Path::new(path).ancestors().skip(1).map(Path::to_owned));
    }

    /// Makes all entries of folders last.
    fn sync_touched(&mut self) -> Result<(), Error> {
        for folder in std::mem::take(&mut self.touched) {
            if let Some(root) = &self.root {
                root.sync_folder(&folder).map_err(|source| io_error(&self.target.join(&folder), "write", source))?;
            }
        }
        Ok(())
    }

    /// Moves a new directory to its place, instead of what is there.
    fn move_in(&mut self) -> Result<(), Error> {
        let Some(claim) = &mut self.claim else { return Ok(()) };
        let moved = claim.move_in(&self.target, self.force);
        if !claim.is_held() {
            self.claim = None;
            let place = match &moved {
                Err(Error::Kept { place, .. }) => place,
                _ => &self.target,
            };
            self.root = self.root.take().map(|root| root.renamed(place.clone()));
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const MANIFEST: &[u8] = br#"{"program": "wormsim"}"#;

    #[test]
    fn what_a_commit_will_write_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunDirectory::create(&folder.path().join("run"), false).unwrap();
        assert_eq!(run.prepared_bytes(), 0);
        run.put("manifest.json", MANIFEST).unwrap();
        run.put("plots/map.svg", b"four").unwrap();
        assert_eq!(run.prepared_bytes(), 26);
        run.commit().unwrap();
        run.put("plots/map.svg", b"four").unwrap();
        assert_eq!(run.prepared_bytes(), 0, "it is there already");
    }

    #[test]
    fn a_name_is_taken_before_anything_is_written_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        let held =
            |force| matches!(RunDirectory::create(&target, force), Err(Error::Locked { path, .. }) if path == target);
        let first = RunDirectory::create(&target, false).unwrap();
        assert!(held(false) && held(true) && target.exists());
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        let mut run = RunDirectory::create(&target, false).unwrap();
        run.put("manifest.json", MANIFEST).unwrap();
        run.commit().unwrap();
        assert!(held(false) && held(true));
        drop(run);
        assert!(matches!(RunDirectory::create(&target, false), Err(Error::Exists { .. })));
        let again = RunDirectory::create(&target, true).unwrap();
        assert!(held(true) && target.join("manifest.json").exists());
        drop(again);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_run_left_goes_with_the_next_whatever_its_state() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        let theirs = [".run.backup.tmp", ".other.wormsim-1-2.tmp"].map(|name| folder.path().join(name));
        theirs.iter().for_each(|place| fs::create_dir(place).unwrap());
        for state in 0..4 {
            let left = folder.path().join(".run.wormsim-1-2.tmp");
            fs::create_dir_all(left.join("wormholes")).unwrap();
            match state {
                0 => {}
                1 => fs::write(left.join(LOCK), "").unwrap(),
                2 => fs::write(left.join("wormholes/.wormsim-3-4.tmp"), "half").unwrap(),
                _ => fs::write(left.join("manifest.json"), MANIFEST).unwrap(),
            }
            // What was made to keep the name, with a lock that a killed process left.
            fs::create_dir(&target).unwrap();
            drop(lock::lock(&Folder::open(&target).unwrap(), &target).unwrap());
            drop(RunDirectory::create(&target, false).unwrap());
            assert!(!left.exists(), "{state}");
            let _ = fs::remove_dir_all(&target);
        }
        theirs.iter().for_each(|place| assert!(place.exists(), "{}", place.display()));
    }

    #[test]
    fn what_stands_aside_of_an_exchange_that_was_killed_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let (target, aside) = (folder.path().join("run"), folder.path().join(".run.wormsim-1-2.old"));
        fs::create_dir(&aside).unwrap();
        fs::write(aside.join("manifest.json"), MANIFEST).unwrap();
        assert!(matches!(RunDirectory::create(&target, false), Err(Error::Exists { .. })));
        assert!(target.join("manifest.json").exists() && !aside.exists());
    }

    #[test]
    fn what_was_moved_away_is_not_written_to_nor_what_took_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let [target, elsewhere] = ["run", "elsewhere"].map(|name| folder.path().join(name));
        let is_moved = |result: Result<(), Error>| matches!(result, Err(Error::Moved { path }) if path == target);
        let kept = folder.path().join("run-1");
        for force in [false, true] {
            // Before the first commit, and after it.
            let mut run = RunDirectory::create(&target, force).unwrap();
            fs::rename(&target, &elsewhere).unwrap();
            fs::create_dir(&target).unwrap();
            run.put("manifest.json", MANIFEST).unwrap();
            match run.commit() {
                Err(Error::Kept { why, place }) => assert!(is_moved(Err(*why)) && place == kept),
                other => panic!("{other:?}"),
            }
            drop(run);
            assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "an empty folder of somebody else stays as well");
            assert_eq!(fs::read_dir(&kept).unwrap().count(), 1, "what was to be put, and no lock");
            for place in [&target, &kept, &elsewhere] {
                fs::remove_dir_all(place).unwrap();
            }

            let mut run = RunDirectory::create(&target, force).unwrap();
            run.put("manifest.json", MANIFEST).unwrap();
            run.append("log", b"one").unwrap();
            run.commit().unwrap();
            fs::rename(&target, &elsewhere).unwrap();
            for there in [false, true] {
                if there {
                    fs::create_dir(&target).unwrap();
                    fs::write(target.join("victim"), "content").unwrap();
                }
                assert!(is_moved(run.append("log", b"two")));
                assert!(is_moved(run.put_checkpoint(7, b"state", 1)));
                run.put("manifest.json", br#"{"program": "wormsim", "again": 1}"#).unwrap();
                assert!(is_moved(run.commit()));
            }
            drop(run);
            assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
            assert_eq!(fs::read(elsewhere.join("manifest.json")).unwrap(), MANIFEST);
            assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 2, "nothing temporary, and no lock");
            fs::remove_dir_all(&target).unwrap();
            fs::rename(&elsewhere, &target).unwrap();
            fs::remove_file(target.join("log")).unwrap();
        }
    }

    #[test]
    fn what_somebody_puts_where_a_run_will_be_stays_and_the_run_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        for (force, number) in [(false, 1), (true, 2)] {
            let mut run = RunDirectory::create(&target, force).unwrap();
            fs::write(target.join("notes"), "mine").unwrap();
            run.put("manifest.json", MANIFEST).unwrap();
            let error = run.commit().unwrap_err();
            drop(run);
            let kept = folder.path().join(format!("run-{number}"));
            assert!(matches!(&error, Error::Kept { place, .. } if *place == kept), "{error}");
            assert_eq!(fs::read_dir(&kept).unwrap().count(), 1);
            assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
            fs::remove_file(target.join("notes")).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_slash_at_the_end_of_a_link_makes_it_no_directory() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        fs::create_dir(&run).unwrap();
        fs::write(run.join("manifest.json"), MANIFEST).unwrap();
        std::os::unix::fs::symlink(&run, folder.path().join("link")).unwrap();
        for name in ["link", "link/", "link/."] {
            let refused = RunDirectory::create(&folder.path().join(name), true);
            assert!(matches!(refused, Err(Error::NotARunDirectory { .. })), "{name}");
        }
        for name in ["run", "run/", "run/."] {
            let mut new = RunDirectory::create(&folder.path().join(name), true).unwrap();
            new.put("manifest.json", format!(r#"{{"program": "wormsim", "name": "{name}"}}"#).as_bytes()).unwrap();
            new.commit().unwrap();
            assert!(fs::read_to_string(run.join("manifest.json")).unwrap().contains(&format!("{name}\"")));
        }
    }
}
