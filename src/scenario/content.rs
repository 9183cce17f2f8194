//! What a file held when it was read first, so that a later reading never gives other bytes.
//!
//! The first reading hashes the bytes that it gives, as a whole and by blocks. A later one compares every block before
//! it gives a byte of it: a file that was edited, cut or appended to is found where it differs, before anything is made
//! of it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use blake3::{Hash, Hasher};

use super::json;
use super::problem::Problem;

/// Bytes that are hashed and compared at a time.
const BLOCK_BYTES: usize = 64 * 1024;

/// The content of a file, as hashes.
#[derive(Debug, Clone)]
pub struct Content {
    /// Of all bytes.
    pub blake3: Hash,
    /// Of each block.
    blocks: Arc<[Hash]>,
}

impl Content {
    /// Reads the file again, to its end.
    pub(super) fn check(&self, path: &Path) -> Result<(), Problem> {
        let mut blocks = Blocks::again(json::open(path)?, self);
        io::copy(&mut blocks, &mut io::sink()).map_err(problem)?;
        Ok(())
    }
}

/// A file that is read in blocks.
#[derive(Debug)]
pub(super) struct Blocks {
    file: File,
    known: Option<Content>,
    whole: Hasher,
    /// Of the blocks read so far.
    hashes: Vec<Hash>,
    block: Vec<u8>,
    /// Bytes of the block that were given.
    given: usize,
}

impl Blocks {
    /// A file that is read first.
    pub(super) fn first(file: File) -> Self {
        Self { file, known: None, whole: Hasher::new(), hashes: Vec::new(), block: Vec::new(), given: 0 }
    }

    /// A file that held `content`, and has to.
    pub(super) fn again(file: File, content: &Content) -> Self {
        Self { known: Some(content.clone()), ..Self::first(file) }
    }

    /// What was read so far.
    pub(super) fn content(&self) -> Content {
        Content { blake3: self.whole.finalize(), blocks: self.hashes.as_slice().into() }
    }

    /// Whether all bytes were given.
    pub(super) fn is_at_end(&mut self) -> io::Result<bool> {
        if self.given == self.block.len() {
            self.read_block()?;
        }
        Ok(self.block.is_empty())
    }

    fn read_block(&mut self) -> io::Result<()> {
        self.given = 0;
        self.block.clear();
        (&mut self.file).take(BLOCK_BYTES as u64).read_to_end(&mut self.block)?;
        let hash = (!self.block.is_empty()).then(|| blake3::hash(&self.block));
        match &self.known {
            Some(content) if content.blocks.get(self.hashes.len()) != hash.as_ref() => {
                self.block.clear();
                return Err(io::Error::other(Changed));
            }
            Some(_) => {}
            None => {
                self.whole.update(&self.block);
            }
        }
        self.hashes.extend(hash);
        Ok(())
    }
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.block.len() {
            self.read_block()?;
        }
        let read = (&self.block[self.given..]).read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

/// A file gives other bytes than when it was read first.
#[derive(Debug)]
struct Changed;

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Problem::Changed, f)
    }
}

impl std::error::Error for Changed {}

/// What an error of reading says about the file.
pub(super) fn problem(error: io::Error) -> Problem {
    if error.get_ref().is_some_and(|inner| inner.is::<Changed>()) {
        Problem::Changed
    } else {
        Problem::Unreadable(error)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_byte_that_differs_is_found_before_its_block_is_given() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for length in [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES] {
            let bytes: Vec<u8> = (0..length).map(|place| (place / 7) as u8).collect();
            fs::write(&path, &bytes).unwrap();
            let (mut first, mut read) = (Blocks::first(json::open(&path).unwrap()), Vec::new());
            first.read_to_end(&mut read).unwrap();
            let content = first.content();
            assert_eq!((&read, content.blake3), (&bytes, blake3::hash(&bytes)));
            content.check(&path).unwrap();

            let edited = |place: usize| {
                let mut bytes = bytes.clone();
                bytes[place] ^= 1;
                (bytes, place)
            };
            let cut = |place: usize| (bytes[..place].to_vec(), place);
            let inside = [0, length / 2, length.saturating_sub(1)].into_iter().filter(|&place| place < length);
            let changes = inside.flat_map(|place| [edited(place), cut(place)]);
            for (changed, place) in changes.chain([([&bytes[..], b"x"].concat(), length)]) {
                fs::write(&path, &changed).unwrap();
                assert!(matches!(content.check(&path), Err(Problem::Changed)), "{length} {place}");
                let (mut again, mut read) = (Blocks::again(json::open(&path).unwrap(), &content), Vec::new());
                assert!(again.read_to_end(&mut read).is_err());
                // All whole blocks before it, and nothing else.
                assert_eq!(read, bytes[..place / BLOCK_BYTES * BLOCK_BYTES], "{length} {place}");
            }
        }
    }
}
