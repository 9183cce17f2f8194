//! A checkpoint: the state of a run and of its files between two ticks, in one file of bytes.
//!
//! ```text
//! magic | version u32 | header length u32 | BLAKE3 of version and header | header | parts, one behind the other
//! ```
//!
//! Numbers are little-endian. Magic, version, length, hash and header stand like this in every version: one of another
//! version is told from a damaged one by its hash. The header, in postcard, names every part with its lengths and the
//! BLAKE3 of what is stored of it; a part is one of [`State`], the record of the [`Snapshot`], or the [`WriterState`],
//! in postcard, cut into blocks of [`BLOCK`] bytes, each stored as its LZ4 length (u32) and its LZ4 block. Nothing is
//! decoded before all stored lengths and hashes are right, and memory is taken one block at a time. Hashes find damage;
//! they do not keep out a forger: what was decoded is checked against the run before it is used, here what the writer
//! must know, in [`Simulation::restore`] the rest.
//!
//! [`Simulation::restore`]: crate::simulation::Simulation::restore

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use blake3::{Hash, Hasher};
use lz4_flex::block;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::directory::Grown;
use super::layout::{is_grown, is_log};
use super::wormholes::optimization::Log;
use crate::error::Error;
use crate::scenario::Tick;
use crate::simulation::digest::Digests;
use crate::simulation::snapshot::{Saved, Snapshot, State};

/// The first bytes of every checkpoint.
const MAGIC: [u8; 8] = *b"WORMCKPT";

/// Version of the format.
const VERSION: u32 = 8;

/// Raw bytes of a block, but for the last of a part.
const BLOCK: usize = 1 << 20;

/// What the writer of a run must know to write on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct WriterState {
    /// Files that grow.
    pub grown: Vec<Grown>,
    /// Rows of `digests.csv`: tick and parts.
    pub digests: Vec<(Tick, [[u8; 32]; 5])>,
    /// The optimisation log's own state.
    pub log: Log,
}

impl WriterState {
    /// A row of digests as it is stored.
    pub fn row(digests: &Digests) -> (Tick, [[u8; 32]; 5]) {
        (digests.tick, digests.parts().map(|part| *part.as_bytes()))
    }

    /// Whether it can be that of a run at `snapshot`: only files of a run that grow are named, each once; rows of
    /// digests come one after the other, before the next tick; the log knows the wormholes.
    fn is_of(&self, snapshot: &Snapshot) -> bool {
        let paths: BTreeSet<&str> = self.grown.iter().map(|(path, ..)| path.as_str()).collect();
        let of_log = paths.iter().filter(|path| is_log(path)).count();
        paths.len() == self.grown.len()
            && paths.into_iter().all(is_grown)
            && self.digests.iter().map(|&(tick, _)| tick).chain([snapshot.state.ticks]).is_sorted_by(|a, b| a < b)
            && self.log.fits(of_log, snapshot.held())
    }

    /// The rows of digests so far.
    pub fn digests(&self) -> Vec<Digests> {
        let row = |&(tick, parts): &(Tick, [[u8; 32]; 5])| {
            let [accesses, nodes, wormholes, learning, random] = parts.map(Hash::from_bytes);
            Digests { tick, accesses, nodes, wormholes, learning, random }
        };
        self.digests.iter().map(row).collect()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    program_version: String,
    /// [`Manifest::scenario_blake3`](super::manifest::Manifest::scenario_blake3).
    scenario: String,
    ticks: Tick,
    parts: Vec<Part>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    name: String,
    raw: u64,
    stored: u64,
    blake3: [u8; 32],
}

/// The bytes of a checkpoint of a run whose manifest has the hash `scenario`.
pub(super) fn encode(scenario: &str, snapshot: &Snapshot, writer: &WriterState) -> Vec<u8> {
    let Snapshot { state: State { ticks, accesses, nodes, wormholes, router, policy, random }, record } = snapshot;
    let parts = [
        pack("ticks", ticks),
        pack("accesses", accesses),
        pack("nodes", nodes),
        pack("wormholes", wormholes),
        pack("router kind", &router.kind()),
        pack_bytes("router", |to| router.write(to)),
        pack("policy kind", &policy.kind()),
        pack_bytes("policy", |to| policy.write(to)),
        pack("random", random),
        pack("record", record),
        pack("writer", writer),
    ];
    let (parts, bodies): (Vec<Part>, Vec<Vec<u8>>) = parts.into_iter().unzip();
    let program_version = crate::VERSION.to_owned();
    let header = Header { program_version, scenario: scenario.to_owned(), ticks: *ticks, parts };
    let header = postcard::to_stdvec(&header).expect("a header is plain data");
    let length = (header.len() as u32).to_le_bytes();
    let version = VERSION.to_le_bytes();
    let hash = seal(version, &header);
    let start = [&MAGIC[..], &version, &length, hash.as_bytes(), &header];
    start.into_iter().chain(bodies.iter().map(Vec::as_slice)).collect::<Vec<_>>().concat()
}

/// The hash of what tells how to read the rest.
fn seal(version: [u8; 4], header: &[u8]) -> Hash {
    Hasher::new().update(&version).update(header).finalize()
}

/// The state of the run in the checkpoint `bytes` of the file `path`, without what a writer must know to go on.
///
/// # Errors
/// [`Error::CorruptCheckpoint`], [`Error::OtherVersion`], and [`Error::ForeignCheckpoint`] if it is not of the scenario
/// with the hash `scenario`.
pub fn read(bytes: &[u8], path: &Path, scenario: &str) -> Result<Snapshot<'static>, Error> {
    decode(bytes, path, scenario).map(|(snapshot, _)| snapshot)
}

/// The states in the checkpoint `bytes` of the file `path`.
///
/// # Errors
/// [`Error::CorruptCheckpoint`], [`Error::OtherVersion`], and [`Error::ForeignCheckpoint`] if it is not of the scenario
/// with the hash `scenario`.
pub(super) fn decode(bytes: &[u8], path: &Path, scenario: &str) -> Result<(Snapshot<'static>, WriterState), Error> {
    let (header, mut rest) = split(bytes, path)?;
    let other = |version| Err(Error::OtherVersion { path: path.to_owned(), version });
    if header.program_version != crate::VERSION {
        return other(header.program_version);
    }
    if header.scenario != scenario {
        return Err(Error::ForeignCheckpoint { path: path.to_owned() });
    }
    let mut bodies = Vec::with_capacity(header.parts.len());
    for part in &header.parts {
        let length = usize::try_from(part.stored).unwrap_or(usize::MAX);
        let (body, after) = rest.split_at_checked(length).ok_or_else(|| truncated(path, &part.name))?;
        if blake3::hash(body) != part.blake3 {
            return Err(corrupt(path, &part.name));
        }
        bodies.push((part, body));
        rest = after;
    }
    if !rest.is_empty() {
        return Err(corrupt(path, "end"));
    }
    let parts = Parts { path, bodies };
    let state = State {
        ticks: parts.unpack("ticks")?,
        accesses: parts.unpack("accesses")?,
        nodes: parts.unpack("nodes")?,
        wormholes: parts.unpack("wormholes")?,
        router: Saved::bytes(parts.unpack("router kind")?, parts.raw("router")?),
        policy: Saved::bytes(parts.unpack("policy kind")?, parts.raw("policy")?),
        random: parts.unpack("random")?,
    };
    let snapshot = Snapshot { state, record: parts.unpack("record")? };
    if snapshot.state.ticks != header.ticks {
        return Err(corrupt(path, "ticks"));
    }
    let writer: WriterState = parts.unpack("writer")?;
    if writer.is_of(&snapshot) { Ok((snapshot, writer)) } else { Err(corrupt(path, "writer")) }
}

/// The header, and the bytes behind it.
fn split<'a>(bytes: &'a [u8], path: &Path) -> Result<(Header, &'a [u8]), Error> {
    let start = || truncated(path, "start");
    let (magic, rest) = bytes.split_first_chunk::<8>().ok_or_else(start)?;
    if *magic != MAGIC {
        return Err(corrupt(path, "start"));
    }
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(start)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(start)?;
    let (hash, rest) = rest.split_first_chunk::<{ blake3::OUT_LEN }>().ok_or_else(start)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (header, rest) = rest.split_at_checked(length).ok_or_else(|| truncated(path, "header"))?;
    if seal(*version, header) != *hash {
        return Err(corrupt(path, "header"));
    }
    match u32::from_le_bytes(*version) {
        VERSION => {}
        other => return Err(Error::OtherVersion { path: path.to_owned(), version: format!("of checkpoints {other}") }),
    }
    match postcard::take_from_bytes(header) {
        Ok((header, [])) => Ok((header, rest)),
        _ => Err(corrupt(path, "header")),
    }
}

fn corrupt(path: &Path, part: &str) -> Error {
    Error::CorruptCheckpoint { path: path.to_owned(), part: part.to_owned(), problem: "corrupt" }
}

fn truncated(path: &Path, part: &str) -> Error {
    Error::CorruptCheckpoint { path: path.to_owned(), part: part.to_owned(), problem: "truncated" }
}

/// Compresses what is written to it, block by block.
#[derive(Default)]
struct Packer {
    block: Vec<u8>,
    raw: u64,
    stored: Vec<u8>,
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.block.is_empty() {
            let packed = block::compress(&self.block);
            self.stored.extend((packed.len() as u32).to_le_bytes());
            self.stored.extend(packed);
            self.raw += self.block.len() as u64;
            self.block.clear();
        }
        Ok(())
    }
}

fn pack(name: &str, content: &impl Serialize) -> (Part, Vec<u8>) {
    let packer = postcard::to_io(content, Packer::default()).expect("state is plain data, and memory takes it");
    end(name, packer)
}

fn pack_bytes(name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> (Part, Vec<u8>) {
    let mut packer = Packer::default();
    write(&mut packer).expect("memory takes every block");
    end(name, packer)
}

fn end(name: &str, mut packer: Packer) -> (Part, Vec<u8>) {
    packer.flush().expect("memory takes every block");
    let Packer { raw, stored, .. } = packer;
    let blake3 = *blake3::hash(&stored).as_bytes();
    (Part { name: name.to_owned(), raw, stored: stored.len() as u64, blake3 }, stored)
}

/// Parts whose hashes are right.
struct Parts<'a> {
    path: &'a Path,
    bodies: Vec<(&'a Part, &'a [u8])>,
}

impl Parts<'_> {
    fn raw(&self, name: &str) -> Result<Vec<u8>, Error> {
        let found = self.bodies.iter().find(|(part, _)| part.name == name);
        found.and_then(|(part, body)| unpack(part.raw, body)).ok_or_else(|| corrupt(self.path, name))
    }

    fn unpack<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let raw = self.raw(name)?;
        match postcard::take_from_bytes(&raw) {
            Ok((content, [])) => Ok(content),
            _ => Err(corrupt(self.path, name)),
        }
    }
}

/// The `length` bytes that are stored in `body`, if they are.
fn unpack(length: u64, mut body: &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(length).ok()?;
    let mut raw = Vec::new();
    while raw.len() < length {
        let (packed, rest) = body.split_first_chunk::<4>()?;
        let (packed, rest) = rest.split_at_checked(u32::from_le_bytes(*packed) as usize)?;
        let start = raw.len();
        let wanted = BLOCK.min(length - start);
        raw.resize(start + wanted, 0);
        if block::decompress_into(packed, &mut raw[start..]).ok()? != wanted {
            return None;
        }
        body = rest;
    }
    body.is_empty().then_some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::Simulation;
    use crate::store::layout::JOURNAL;

    /// A short run on three nodes, and its checkpoint.
    fn small() -> (Simulation, WriterState, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenario.json");
        let scenario = serde_json::json!({
            "version": 1, "name": "small", "ticks": 100, "topology": {"generator": {"kind": "ring", "nodes": 3}},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 0.5}],
        });
        std::fs::write(&file, scenario.to_string()).unwrap();
        let mut simulation = Simulation::new(crate::simulation::load(&file, &[]).unwrap().scenario.into()).unwrap();
        (0..50).for_each(|_| drop(simulation.step().unwrap()));
        let grown = vec![(JOURNAL.to_owned(), 7, [1; 32])];
        let digests = vec![WriterState::row(&simulation.digest())];
        let writer = WriterState { grown, digests, log: Log::default() };
        let bytes = encode("s", &simulation.snapshot(), &writer);
        (simulation, writer, bytes)
    }

    fn read(bytes: &[u8]) -> Result<(Snapshot<'static>, WriterState), Error> {
        decode(bytes, Path::new("c"), "s")
    }

    #[test]
    fn what_was_written_is_read() {
        let (simulation, writer, bytes) = small();
        let (snapshot, read) = read(&bytes).unwrap();
        assert_eq!(postcard::to_stdvec(&snapshot).unwrap(), postcard::to_stdvec(&simulation.snapshot()).unwrap());
        assert_eq!(read, writer);
        assert_eq!(read.digests(), [simulation.digest()]);
    }

    #[test]
    fn parts_of_many_blocks_are_the_same_again() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 5] {
            let raw: Vec<u8> = (0..length).map(|i| ((i / 7) ^ (i >> 9)) as u8).collect();
            let mut packer = Packer::default();
            // As what is serialized comes: not by blocks.
            raw.chunks(BLOCK / 3 + 1).for_each(|chunk| packer.write_all(chunk).unwrap());
            packer.flush().unwrap();
            assert_eq!(packer.raw, length as u64);
            assert_eq!(unpack(packer.raw, &packer.stored), Some(raw));
            assert_eq!(unpack(packer.raw + 1, &packer.stored), None);
            assert!(length == 0 || unpack(packer.raw - 1, &packer.stored).is_none());
        }
        assert_eq!(unpack(u64::MAX, &[1, 0, 0, 0, 0]), None, "no memory for what cannot be there");
    }

    #[test]
    fn a_checkpoint_with_any_byte_changed_is_refused() {
        let (_, _, bytes) = small();
        for place in 0..bytes.len() {
            for flip in (0..8).map(|bit| 1 << bit).chain([0xff]) {
                let mut bytes = bytes.clone();
                bytes[place] ^= flip;
                let error = read(&bytes).unwrap_err();
                assert!(matches!(error, Error::CorruptCheckpoint { .. }), "{place}: {error}");
            }
        }
    }

    #[test]
    fn a_checkpoint_of_any_other_length_is_refused() {
        let (_, _, mut bytes) = small();
        for length in 0..bytes.len() {
            let error = read(&bytes[..length]).unwrap_err();
            assert!(matches!(error, Error::CorruptCheckpoint { problem: "truncated", .. }), "{length}: {error}");
        }
        bytes.push(0);
        assert_eq!(read(&bytes).unwrap_err().to_string(), "checkpoint c: its end is corrupt");
    }

    /// A checkpoint with a header whose length and hash are right.
    fn with_header(version: u32, header: &[u8], rest: &[u8]) -> Vec<u8> {
        let (version, length) = (version.to_le_bytes(), (header.len() as u32).to_le_bytes());
        [&MAGIC[..], &version, &length, seal(version, header).as_bytes(), header, rest].concat()
    }

    #[test]
    fn a_whole_checkpoint_of_another_version_is_told_from_a_damaged_one() {
        let (_, _, bytes) = small();
        let (mut header, rest) = split(&bytes, Path::new("c")).unwrap();
        let refused =
            |version, header: &Header| match read(&with_header(version, &postcard::to_stdvec(header).unwrap(), rest))
                .unwrap_err()
            {
                Error::OtherVersion { version, .. } => version,
                error => panic!("{error}"),
            };
        for version in [0, VERSION - 1, VERSION + 1, u32::MAX] {
            assert_eq!(refused(version, &header), format!("of checkpoints {version}"));
        }
        header.program_version = "9.9".to_owned();
        assert_eq!(refused(VERSION, &header), "9.9");
    }

    /// What was resumed was cut: `../victim.txt`, beside the run, was empty afterwards.
    #[test]
    fn a_forged_path_of_a_file_that_grows_is_refused() {
        let (simulation, writer, _) = small();
        let logs = "wormholes/analytics/optimization_logs";
        let refused = |grown: &[&str]| {
            let grown = grown.iter().map(|path| ((*path).to_owned(), 0, *blake3::hash(b"").as_bytes())).collect();
            let forged = WriterState { grown, ..writer.clone() };
            read(&encode("s", &simulation.snapshot(), &forged)).err().map(|error| error.to_string())
        };
        let log = format!("{logs}/log-000.jsonl");
        assert_eq!(refused(&[JOURNAL, &log]), None);
        for path in [
            "../victim.txt",
            "/tmp/victim.txt",
            "manifest.json",
            "wormholes/../../x",
            "./wormholes/topology/journal.jsonl",
            &format!("{logs}/../../../manifest.json"),
            &format!("{logs}/log-000.json"),
            &format!("{logs}/log-00.jsonl"),
            &format!("{logs}/log-0001.jsonl"),
            &format!("{logs}/log-+01.jsonl"),
            &format!("{logs}/log-../x.jsonl"),
            &format!("{logs}/notes.txt"),
            "",
        ] {
            assert_eq!(refused(&[JOURNAL, path]), Some("checkpoint c: its writer is corrupt".to_owned()), "{path}");
        }
        assert!(refused(&[JOURNAL, &log, JOURNAL]).is_some(), "one is named twice");
    }

    #[test]
    fn rows_of_digests_that_are_not_in_the_order_of_ticks_are_refused() {
        let (simulation, writer, _) = small();
        let row = |tick| (tick, writer.digests[0].1);
        let refused = |ticks: &[Tick]| {
            let forged = WriterState { digests: ticks.iter().copied().map(row).collect(), ..writer.clone() };
            read(&encode("s", &simulation.snapshot(), &forged)).is_err()
        };
        assert!(!refused(&[]) && !refused(&[7, 49]));
        assert!([&[49, 7][..], &[7, 7], &[50], &[Tick::MAX]].into_iter().all(refused));
    }

    #[test]
    fn a_length_that_is_not_that_of_a_part_is_refused() {
        let (_, _, bytes) = small();
        let (mut header, rest) = split(&bytes, Path::new("c")).unwrap();
        for raw in [0, header.parts[1].raw - 1, header.parts[1].raw + 1, u64::MAX] {
            header.parts[1].raw = raw;
            let header = postcard::to_stdvec(&header).unwrap();
            let forged = with_header(VERSION, &header, rest);
            assert_eq!(read(&forged).unwrap_err().to_string(), "checkpoint c: its accesses is corrupt", "{raw}");
        }
    }

    #[test]
    fn a_checkpoint_of_another_scenario_is_refused() {
        let (_, _, bytes) = small();
        let error = decode(&bytes, Path::new("c"), "t").unwrap_err();
        assert!(matches!(error, Error::ForeignCheckpoint { .. }), "{error}");
    }
}
