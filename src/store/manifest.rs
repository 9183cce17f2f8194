//! `manifest.json`: what was run where, and what came out. Whatever differs between machines stands here.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::json;
use crate::error::Error;
use crate::scenario::Tick;
use crate::topology::Assumption;

/// What a manifest says its program is.
pub const PROGRAM: &str = "wormsim";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub version: u32,
    /// [`PROGRAM`].
    pub program: String,
    /// Version of the program.
    pub program_version: String,
    /// How far the run is.
    pub status: Status,
    /// Ticks that the files cover.
    pub ticks: Tick,
    /// The command line, the program's name first.
    pub arguments: Vec<String>,
    /// The seed that was used.
    pub seed: u64,
    /// The files that the run was made from, the scenario first.
    pub inputs: Vec<Input>,
    /// What was assumed of them.
    pub assumptions: Vec<Assumption>,
    /// BLAKE3 of `scenario.json` but for its `ticks` and the paths of traces, hexadecimal: runs of one scenario of any
    /// length have the same.
    pub scenario_blake3: String,
    /// The run that this one was forked from.
    pub parent: Option<Parent>,
    /// Ticks after which the run was resumed, in order.
    #[serde(default)]
    pub resumed_after_ticks: Vec<Tick>,
    /// BLAKE3 of every other file of the run directory, by its path within, but for checkpoints: these come and go, and
    /// hold their own hashes.
    pub outputs: BTreeMap<String, String>,
    /// Where it ran.
    pub host: Host,
    /// How long it took.
    pub timings: Timings,
    /// BLAKE3 of this file with an empty text here, hexadecimal: finds a manifest that was edited.
    pub checksum: String,
}

/// The run that another one was forked from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Its run directory, as it was named.
    pub directory: String,
    /// Ticks of the past that both have.
    pub after_ticks: Tick,
    /// Digest of the state after them; none before they are simulated.
    pub digest: Option<String>,
}

impl Manifest {
    /// The text of the file.
    pub fn to_text(&self) -> String {
        let unsealed = Self { checksum: String::new(), ..self.clone() };
        let checksum = blake3::hash(json::to_text(&unsealed).as_bytes()).to_hex().to_string();
        json::to_text(&Self { checksum, ..unsealed })
    }

    /// Reads the manifest of a run directory.
    ///
    /// # Errors
    /// [`Error::OtherVersion`] if another version of the program wrote it, [`Error::EditedManifest`], [`Error::Io`],
    /// [`Error::Format`].
    pub fn read(directory: &Path) -> Result<Self, Error> {
        let path = directory.join("manifest.json");
        let text = json::read_text(&path)?;
        // One of another version may have other fields.
        let content: serde_json::Value = json::parse(&text, &path)?;
        let version = content["program_version"].as_str().unwrap_or("unknown");
        if content["version"] != json::VERSION || version != crate::VERSION {
            return Err(Error::OtherVersion { path, version: version.to_owned() });
        }
        let manifest: Self = json::parse(&text, &path)?;
        if manifest.to_text() == text { Ok(manifest) } else { Err(Error::EditedManifest { path }) }
    }

    /// The text of a file of the run directory, if it is what the run wrote.
    ///
    /// # Errors
    /// [`Error::ChangedOutput`] if its hash is not the one that stands here, [`Error::Io`].
    pub fn read_output(&self, directory: &Path, path: &str) -> Result<String, Error> {
        let place = directory.join(path);
        let text = json::read_text(&place)?;
        let hash = blake3::hash(text.as_bytes()).to_hex();
        if self.outputs.get(path).is_some_and(|known| *known == *hash) {
            Ok(text)
        } else {
            Err(Error::ChangedOutput { path: place })
        }
    }

    /// What a JSON file of the run directory says.
    ///
    /// # Errors
    /// Those of [`Self::read_output`], and [`Error::Format`].
    pub fn read_json<T: DeserializeOwned>(&self, directory: &Path, path: &str) -> Result<T, Error> {
        json::parse(&self.read_output(directory, path)?, &directory.join(path))
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It goes on; the files hold its last snapshot.
    Running,
    /// All ticks were simulated.
    Complete,
    /// It was stopped before its last tick.
    Partial,
    /// It failed before its last tick; the files hold its last snapshot.
    Failed,
    /// All ticks were simulated, and queues grow without bound.
    Unstable,
}

impl Status {
    /// Whether all ticks were simulated.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Complete | Self::Unstable)
    }
}

/// An input file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// As it was named.
    pub path: String,
    /// BLAKE3 of its content, hexadecimal.
    pub blake3: String,
}

/// Facts of a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub arch: String,
    /// Threads that it can run at once, if that is known.
    pub cpus: Option<usize>,
}

impl Host {
    /// This machine.
    pub fn this() -> Self {
        let cpus = std::thread::available_parallelism().ok().map(Into::into);
        Self { os: std::env::consts::OS.to_owned(), arch: std::env::consts::ARCH.to_owned(), cpus }
    }
}

/// Times of a run since it was started or last resumed, without loading and building.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// Start, seconds since 1970-01-01 UTC.
    pub started_at_unix_seconds: u64,
    /// Wall-clock seconds so far.
    pub wall_seconds: f64,
    /// Rate over that time.
    pub ticks_per_second: f64,
}

/// Takes the time of a run.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    started_at_unix_seconds: u64,
    start: std::time::Instant,
}

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "timings are for the manifest only")]
    pub fn start() -> Self {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock that is set before 1970 says nothing.
        let started_at_unix_seconds = since_1970.as_ref().map_or(0, Duration::as_secs);
        Self { started_at_unix_seconds, start: std::time::Instant::now() }
    }

    /// Logs that `bytes` of the state after `ticks` ticks were written since the start.
    pub fn tell_written(&self, what: &str, ticks: Tick, bytes: u64) {
        let seconds = self.start.elapsed().as_secs_f64().max(1e-9);
        tracing::info!(ticks, bytes, ms = seconds * 1e3, mb_per_s = bytes as f64 / seconds / 1e6, "{what} written");
    }

    /// The timings after `ticks` ticks.
    pub fn timings(&self, ticks: Tick) -> Timings {
        let wall_seconds = self.start.elapsed().as_secs_f64().max(1e-9);
        Timings {
            started_at_unix_seconds: self.started_at_unix_seconds,
            wall_seconds,
            ticks_per_second: f64::from(ticks) / wall_seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::disk::tests::{folder, run, scenario};

    #[test]
    fn a_manifest_that_was_edited_or_is_of_another_version_is_told() {
        let place = folder();
        let target = place.path().join("run");
        run(&target, &scenario()).unwrap();
        let path = target.join("manifest.json");
        let (whole, manifest) = (fs::read_to_string(&path).unwrap(), Manifest::read(&target).unwrap());
        assert_eq!(manifest.to_text(), whole);

        let other = "0".repeat(64);
        for (from, to) in [("\"seed\": 1,", "\"seed\": 2,"), (&*manifest.checksum, &*other), (&*manifest.checksum, "")]
        {
            assert!(whole.contains(from), "{from}");
            fs::write(&path, whole.replace(from, to)).unwrap();
            let error = Manifest::read(&target).unwrap_err();
            assert!(matches!(error, Error::EditedManifest { .. }), "{error}");
        }
        for other in [
            Manifest { version: json::VERSION + 1, ..manifest.clone() },
            Manifest { program_version: "9.9".to_owned(), ..manifest.clone() },
        ] {
            fs::write(&path, other.to_text()).unwrap();
            let error = Manifest::read(&target).unwrap_err();
            assert!(
                matches!(&error, Error::OtherVersion { version, .. } if *version == other.program_version),
                "{error}"
            );
        }
    }
}
