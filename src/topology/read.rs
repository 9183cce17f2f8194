//! Reading a topology file: only regular files of a bounded size, in a format that their content tells.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::limits::MAX_FILE_BYTES;
use super::{Rules, Topology, TopologyBuilder, TopologyError, formats};
use crate::memory;

/// A file that a result depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// As it was given.
    pub path: PathBuf,
    /// Digest of its bytes.
    pub blake3: blake3::Hash,
}

/// Reads a topology in our own format or in one of [`formats`], and says which bytes it was.
///
/// # Errors
/// [`TopologyError::Unreadable`], [`TopologyError::NotAFile`], [`TopologyError::FileTooLarge`], or what is wrong
/// inside, as [`TopologyError::InFile`].
pub fn read_topology(path: &Path, rules: &Rules) -> Result<(Topology, InputFile), TopologyError> {
    let (builder, input) = read_source(path, rules)?;
    let in_file = |source| TopologyError::InFile { path: path.into(), source: Box::new(source) };
    Ok((builder.build(rules).map_err(in_file)?, input))
}

/// Reads the nodes and links of a topology file, and what its reader assumed, before the rules are applied.
///
/// # Errors
/// Those of [`read_topology`].
pub fn read_source(path: &Path, rules: &Rules) -> Result<(TopologyBuilder, InputFile), TopologyError> {
    let bytes = if path == Path::new(STANDARD_INPUT) { read_standard_input(path)? } else { read_regular_file(path)? };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let builder = formats::read(&bytes, &stem, rules)
        .map_err(|source| TopologyError::InFile { path: path.into(), source: Box::new(source) })?;
    Ok((builder, InputFile { path: path.into(), blake3: blake3::hash(&bytes) }))
}

/// Why a file is not opened.
#[derive(Debug)]
pub enum NotOpened {
    /// The operating system refused.
    Unreadable(io::Error),
    /// It is no regular file, but what is named here, with its article.
    NotAFile(&'static str),
}

/// Opens a regular file to be read, and nothing else. Never waits: a FIFO has no writer to be waited for.
///
/// # Errors
/// [`NotOpened`].
pub fn open_regular(path: &Path) -> Result<(File, Metadata), NotOpened> {
    const OTHER: NotOpened = NotOpened::NotAFile("a device, FIFO or socket");
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use rustix::fs::OFlags;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32);
    }
    let file = match options.open(path) {
        // So a socket answers, and a device that is not there.
        #[cfg(unix)]
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => return Err(OTHER),
        opened => opened.map_err(NotOpened::Unreadable)?,
    };
    // Of what was opened, not of what the path may lead to by now.
    let metadata = file.metadata().map_err(NotOpened::Unreadable)?;
    match (metadata.is_file(), metadata.is_dir()) {
        (true, _) => Ok((file, metadata)),
        (_, true) => Err(NotOpened::NotAFile("a directory")),
        _ => Err(OTHER),
    }
}

/// What stands for standard input in place of a path.
pub const STANDARD_INPUT: &str = "-";

/// Bytes above which it is asked for memory first.
const LARGE: u64 = 8 << 20;

fn read_standard_input(path: &Path) -> Result<Vec<u8>, TopologyError> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|source| TopologyError::Unreadable { path: path.into(), source })?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(TopologyError::FileTooLarge { path: path.into() }) } else { Ok(bytes) }
}

fn read_regular_file(path: &Path) -> Result<Vec<u8>, TopologyError> {
    let unreadable = |source: io::Error| TopologyError::Unreadable { path: path.into(), source };
    let (file, metadata) = open_regular(path).map_err(|error| match error {
        NotOpened::Unreadable(source) => unreadable(source),
        NotOpened::NotAFile(found) => TopologyError::NotAFile { path: path.into(), found },
    })?;
    let too_large = || TopologyError::FileTooLarge { path: path.into() };
    if metadata.len() > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The bytes, and what their reader makes of large files.
    let more = if metadata.len() > LARGE { 4 * metadata.len() } else { 0 };
    if !memory::is_there(1, more) || bytes.try_reserve_exact(metadata.len() as usize).is_err() {
        return Err(unreadable(io::ErrorKind::OutOfMemory.into()));
    }
    // Files of some file systems are longer than their metadata say, or endless.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TWO_NODES: &str =
        r#"{"version":1,"name":"two","nodes":[{"id":"a"},{"id":"b"}],"links":[{"ends":["a","b"]}]}"#;

    fn error_of(path: &Path) -> String {
        read_topology(path, &Rules::default()).unwrap_err().to_string()
    }

    #[test]
    fn reads_a_file_and_its_digest() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("two.json");
        fs::write(&path, TWO_NODES).unwrap();
        let (topology, input) = read_topology(&path, &Rules::default()).unwrap();
        assert_eq!((topology.node_count(), topology.link_count()), (2, 1));
        assert_eq!(input, InputFile { path, blake3: blake3::hash(TWO_NODES.as_bytes()) });
    }

    #[test]
    fn what_is_no_regular_file_of_a_known_format_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("folder.json");
        fs::create_dir(&folder).unwrap();
        assert!(error_of(&folder).contains("is a directory; a topology must be a regular file"));
        assert!(error_of(&directory.path().join("none.json")).contains("cannot be read"));
        let text = directory.path().join("text");
        fs::write(&text, "once\nupon\na\ntime\n").unwrap();
        assert!(error_of(&text).contains("expected a network: GraphML, GEXF"), "{}", error_of(&text));
        let long = directory.path().join("long.json");
        File::create(&long).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
        assert!(error_of(&long).contains("too large"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_and_fifos_are_refused_without_waiting() {
        let directory = tempfile::tempdir().unwrap();
        let device = directory.path().join("endless.json");
        std::os::unix::fs::symlink("/dev/zero", &device).unwrap();
        assert!(error_of(&device).contains("a device, FIFO or socket"));
        let fifo = directory.path().join("fifo.graphml");
        let of_anybody = rustix::fs::Mode::from_raw_mode(0o666);
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, of_anybody, 0).unwrap();
        assert!(error_of(&fifo).contains("a device, FIFO or socket"));
    }
}
