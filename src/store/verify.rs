//! Verifies a run on disk: whether its files are what its manifest says, and what its scenario gives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::directory::RunDirectory;
use super::layout::SCENARIO;
use super::manifest::{Manifest, Status};
use super::resume::{lineage, refuse_if_written};
use super::writer::RunWriter;
use crate::error::Error;
use crate::scenario::lineage::Lineage;
use crate::scenario::{Assignment, Kinds, Tick, load};
use crate::simulation::digest::Digests;

/// A run that is over, as it is on disk.
#[derive(Debug)]
pub struct Stored {
    /// Its manifest.
    pub manifest: Manifest,
    /// BLAKE3 of its files, hexadecimal, by path; those that are missing have none.
    hashes: BTreeMap<String, Option<String>>,
    digests: String,
}

/// What a verification found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// Files that are not what the manifest says, or not there.
    pub changed_files: Vec<String>,
    /// The first row of digests that differs.
    pub first: Option<FirstDifference>,
    /// Files that the run does not give again.
    pub other_files: Vec<String>,
}

/// Where two runs part.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct FirstDifference {
    /// The last tick up to which digests are equal, if there is one.
    pub equal_up_to_tick: Option<Tick>,
    /// The first tick whose digests differ.
    pub tick: Tick,
    /// Which parts of the state differ then; none if one of the runs has no digests of that tick.
    pub parts: Vec<String>,
}

impl Differences {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Stored {
    /// Reads the run in `directory`.
    ///
    /// # Errors
    /// [`Error::NoRun`], [`Error::Locked`], [`Error::OtherVersion`], [`Error::EditedManifest`], [`Error::Unfinished`],
    /// [`Error::Io`].
    pub fn read(directory: &Path) -> Result<Self, Error> {
        let run = RunDirectory::open_to_read(directory)?;
        let manifest = Manifest::read(directory)?;
        if matches!(manifest.status, Status::Running | Status::Failed) {
            return Err(Error::Unfinished { path: directory.to_owned() });
        }
        let hashes = manifest.outputs.keys().map(|path| (path.clone(), run.hash_of(path))).collect();
        let digests = run.read("digests.csv").unwrap_or_default();
        refuse_if_written(directory, &manifest)?;
        Ok(Self { manifest, hashes, digests: String::from_utf8_lossy(&digests).into_owned() })
    }

    /// The run made anew, as `writer` would have written it.
    pub fn again(writer: &RunWriter) -> Self {
        let (outputs, digests) = writer.outcome();
        Self {
            manifest: writer.manifest().clone(),
            hashes: outputs.into_iter().map(|(path, hash)| (path, Some(hash))).collect(),
            digests: String::from_utf8_lossy(&digests).into_owned(),
        }
    }

    /// The scenarios that the run is made of.
    ///
    /// # Errors
    /// [`Error::ChangedInput`], and those of [`load`].
    pub fn lineage(&self, directory: &Path, kinds: &Kinds) -> Result<Lineage, Error> {
        lineage(directory, &self.manifest, &[], kinds)
    }

    /// The scenarios that the run is made of, its own with other values; if the run was forked, with those that a fork
    /// of it may have.
    ///
    /// # Errors
    /// Those of [`Self::lineage`], [`load`] and [`Lineage::fork`].
    pub fn lineage_with(&self, directory: &Path, set: &[Assignment], kinds: &Kinds) -> Result<Lineage, Error> {
        let (lineage, file) = (self.lineage(directory, kinds)?, directory.join(SCENARIO));
        match lineage.own_from() {
            _ if set.is_empty() => Ok(lineage),
            0 => Ok(load(&file, set, kinds)?.into()),
            after => Ok(lineage.fork(&file, after, set)?),
        }
    }

    /// Reads a JSON file that the run wrote.
    ///
    /// # Errors
    /// Those of [`Manifest::read_json`].
    pub fn read_output<T: DeserializeOwned>(&self, directory: &Path, path: &str) -> Result<T, Error> {
        self.manifest.read_json(directory, path)
    }

    /// Files that are not what the manifest says.
    pub fn changed(&self) -> Differences {
        let is_changed = |(path, hash): &(&String, &Option<String>)| hash.as_ref() != self.manifest.outputs.get(*path);
        let changed_files = self.hashes.iter().filter(is_changed).map(|(path, _)| path.clone()).collect();
        Differences { changed_files, ..Differences::default() }
    }

    /// What differs from `again`, the same run made anew. Scenarios are inputs here, not results: they may name their
    /// traces by other ways.
    pub fn differences(&self, again: &Self) -> Differences {
        let is_result = |path: &&String| **path != SCENARIO && !path.starts_with("past/");
        let paths: BTreeSet<&String> = self.hashes.keys().chain(again.hashes.keys()).filter(is_result).collect();
        let hash = |of: &Self, path: &String| of.hashes.get(path).cloned().flatten();
        let other = paths.into_iter().filter(|path| hash(self, path) != hash(again, path));
        Differences {
            other_files: other.cloned().collect(),
            first: first_difference(&self.digests, &again.digests),
            ..self.changed()
        }
    }
}

/// The first difference of two texts of `digests.csv`.
fn first_difference(ours: &str, theirs: &str) -> Option<FirstDifference> {
    let [ours, theirs] = [rows(ours), rows(theirs)];
    let ticks: BTreeSet<&Tick> = ours.keys().chain(theirs.keys()).collect();
    let tick = ticks.into_iter().copied().find(|tick| ours.get(tick) != theirs.get(tick))?;
    let parts = match (ours.get(&tick), theirs.get(&tick)) {
        (Some(a), Some(b)) => {
            let pairs = Digests::PARTS.iter().zip(a.iter().zip(b).skip(1));
            pairs.filter(|(_, (a, b))| a != b).map(|(part, _)| (*part).to_owned()).collect()
        }
        _ => Vec::new(),
    };
    Some(FirstDifference { equal_up_to_tick: ours.range(..tick).next_back().map(|(&tick, _)| tick), tick, parts })
}

/// Rows of `digests.csv` by tick: the digest of the whole, and those of the parts.
fn rows(text: &str) -> BTreeMap<Tick, Vec<&str>> {
    text.lines()
        .filter_map(|line| {
            let (tick, digests) = line.split_once(',')?;
            Some((tick.parse().ok()?, digests.split(',').collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "tick,whole,accesses,nodes,wormholes,learning,random\n";

    #[test]
    fn the_first_row_that_differs_names_the_parts() {
        let one = format!("{HEAD}63,w,a,n,o,l,r\n127,w,a,n,o,l,r\n150,w,a,n,o,l,r\n");
        assert_eq!(first_difference(&one, &one), None);
        let found = |other: String| {
            let first = first_difference(&one, &other)?;
            Some((first.equal_up_to_tick, first.tick, first.parts.join(" ")))
        };
        let other = one.replace("127,w,a,n,o", "127,x,a,m,p").replace("150,w,a", "150,w,b");
        assert_eq!(found(other), Some((Some(63), 127, "nodes wormholes".to_owned())));
        assert_eq!(found(one.replace("63,w,a,n,o,l,r", "63,x,a,n,o,m,r")), Some((None, 63, "learning".to_owned())));
        assert_eq!(found(one.replace("127,w,a,n,o,l,r\n", "")), Some((Some(63), 127, String::new())));
        assert_eq!(found(String::new()), Some((None, 63, String::new())));
    }
}
