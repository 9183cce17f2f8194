//! Hashes find damage and do not keep out a forger: a state whose values were changed is refused, or the run goes on.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wormsim::fabric::Fabric;
use wormsim::fabric::access::NONE;
use wormsim::scenario::Phase;
use wormsim::simulation::Simulation;
use wormsim::simulation::snapshot::Snapshot;
use wormsim::store::manifest::{Manifest, Status};
use wormsim::world::wormholes::Wormholes;

use crate::fuzz;

/// Ticks after which runs are forged: before the first, in the warm-up, and with failures.
const CUTS: [u32; 4] = [0, 8, 48, 62];

/// Of so many forgeries one is tried.
const ONE_OF: u32 = 4000;

/// A number as postcard writes it: seven bits a byte, the lowest first.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The number that starts with the first of `bytes`, and how many it takes, if it is one.
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let length = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
    let value = bytes[..length].iter().rev().fold(0u64, |value, byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, length))
}

/// What may stand in the place of what begins with the first of `bytes`, as numbers of any type, and how many it
/// takes the place of.
fn others(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let whole = number(bytes).into_iter().flat_map(|(value, length)| {
        let near = [value.wrapping_add(1), value.wrapping_sub(1), 0];
        let far = [1 << 31, NONE - 1, NONE].map(u64::from);
        let all = near.into_iter().chain(far).chain([u64::MAX / 2, u64::MAX]);
        all.map(move |other| (length, varint(other)))
    });
    let double = [f64::NAN, f64::INFINITY, -1.0, 2.0, 1e300].map(|value| (8, value.to_le_bytes().to_vec()));
    let single = [f32::NAN, f32::NEG_INFINITY, -1.0, 1e38].map(|value| (4, value.to_le_bytes().to_vec()));
    whole.chain(double).chain(single).filter(|(length, _)| *length <= bytes.len()).collect()
}

/// The bytes with those from `place` on replaced.
fn replaced(bytes: &[u8], place: usize, (length, other): &(usize, Vec<u8>)) -> Vec<u8> {
    [&bytes[..place], other, &bytes[place + length..]].concat()
}

/// A run of the small scenario after so many ticks.
fn run(router: &str, ticks: u32) -> Simulation {
    let mut simulation = Simulation::new(fuzz::small(router)).unwrap();
    (0..ticks).for_each(|_| drop(simulation.step().unwrap()));
    simulation
}

#[test]
fn what_is_forged_has_something_of_everything() {
    for router in fuzz::ROUTERS {
        let found = CUTS.map(|cut| {
            let simulation = run(router, cut);
            let world = simulation.world();
            let (fabric, table) = (world.resource::<Fabric>(), world.resource::<Wormholes>());
            let phase = |phase| simulation.wormholes().any(|(wormhole, ..)| wormhole.phase == phase);
            let failed = fabric.link_ports.iter().any(|&[port, _]| !fabric.ports[port as usize].is_open());
            let of_wormholes = [phase(Phase::Active), phase(Phase::Dormant), !table.opening.is_empty()];
            let of_accesses =
                [fabric.queued() > 0, !fabric.transit.in_order(fabric.now).is_empty(), fabric.totals.delivered > 0];
            let of_failures = [failed, fabric.queues.iter().any(|queue| !queue.up), fabric.totals.dropped[4] > 0];
            let of_the_past = [table.history.count > 0, !table.pool().is_empty(), simulation.latencies().count() > 0];
            [of_wormholes, of_accesses, of_failures, of_the_past]
        });
        let all = found
            .into_iter()
            .reduce(|all, some| std::array::from_fn(|i| std::array::from_fn(|j| all[i][j] || some[i][j])));
        assert_eq!(all, Some([[true; 3]; 4]), "{router}");
    }
}

/// Indices out of range of accesses, FIFOs, rows, topology, and sums that overflow: 8 of 782 forged checkpoints were
/// restored and panicked.
#[test]
fn a_state_with_any_value_changed_is_refused_or_goes_on() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    for router in fuzz::ROUTERS {
        let (mut accepted, mut refused) = (0, 0);
        for cut in CUTS {
            let bytes = postcard::to_stdvec(&run(router, cut).snapshot()).unwrap();
            let forgeries =
                (0..bytes.len()).flat_map(|place| others(&bytes[place..]).into_iter().map(move |other| (place, other)));
            for (place, other) in forgeries.filter(|_| rng.random_ratio(1, ONE_OF)) {
                let forged = replaced(&bytes, place, &other);
                let Ok(snapshot) = postcard::from_bytes::<Snapshot>(&forged) else { continue };
                let went_on = catch_unwind(AssertUnwindSafe(|| fuzz::restored(snapshot)));
                let went_on = went_on.unwrap_or_else(|_| panic!("{router} after {cut}: {other:?} at {place}"));
                *(if went_on { &mut accepted } else { &mut refused }) += 1;
            }
        }
        assert!(accepted > 0 && refused > 0, "{router}: {accepted} accepted, {refused} refused");
    }
}

/// Its square is no number any more, and the gravity model multiplies masses.
#[test]
fn a_mass_that_no_sum_of_sizes_can_reach_is_refused() {
    for router in fuzz::ROUTERS {
        for cut in CUTS {
            let simulation = run(router, cut);
            let mut snapshot = simulation.snapshot();
            snapshot.state.nodes.iter_mut().for_each(|(_, mass, _)| mass.value = f64::MAX / 8.0);
            let bytes = postcard::to_stdvec(&snapshot).unwrap();
            assert!(!fuzz::restored(postcard::from_bytes(&bytes).unwrap()), "{router} after {cut}");
        }
    }
}

/// The run `name` in a folder with the small scenario, with checkpoints after 25, 50, 75 ticks, as if it had been
/// killed.
fn killed(folder: &Path, name: &str) -> PathBuf {
    fs::write(folder.join("small.json"), fuzz::small_text("q_routing")).unwrap();
    assert_eq!(wormsim(folder, &["run", "small.json", "--out", name]), (0, String::new()));
    let target = folder.join(name);
    let mut manifest = Manifest::read(&target).unwrap();
    manifest.status = Status::Running;
    fs::write(target.join("manifest.json"), manifest.to_text()).unwrap();
    target
}

/// The exit code and what was said on standard error.
fn wormsim(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(cargo_bin!("wormsim"));
    let output = command.args(arguments).arg("--quiet").current_dir(folder).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// It ended the resume as one of another version.
#[test]
fn a_flipped_bit_in_the_version_of_a_checkpoint_falls_back_to_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let target = killed(folder.path(), "run");
    let whole = Manifest::read(&target).unwrap().outputs;
    let newest = target.join("checkpoints/0000000075.ckpt");
    let kept = ["0000000050.ckpt", "0000000075.ckpt"].map(|name| target.join("checkpoints").join(name));
    let kept = kept.map(|path| (fs::read(&path).unwrap(), path));
    let manifest = fs::read(target.join("manifest.json")).unwrap();
    for bit in 0..32 {
        kept.iter().for_each(|(bytes, path)| fs::write(path, bytes).unwrap());
        fs::write(target.join("manifest.json"), &manifest).unwrap();
        let mut bytes = kept[1].0.clone();
        bytes[8 + bit / 8] ^= 1 << (bit % 8);
        fs::write(&newest, bytes).unwrap();
        let (code, said) = wormsim(folder.path(), &["resume", "run"]);
        assert_eq!(code, 0, "{bit}: {said}");
        assert!(said.contains("0000000075.ckpt: its header is corrupt; passed over"), "{bit}: {said}");
        let resumed = Manifest::read(&target).unwrap();
        assert_eq!((resumed.resumed_after_ticks, &resumed.outputs), (vec![50], &whole), "{bit}");
    }
}

/// A checkpoint with right hashes in which another file is said to grow.
fn that_cuts(bytes: &[u8], path: &str) -> Vec<u8> {
    type Grown = (String, u64, [u8; 32]);
    type Header = (String, String, u32, Vec<(String, u64, u64, [u8; 32])>);
    let (mut header, bodies): (Header, _) = postcard::take_from_bytes(&bytes[48..]).unwrap();
    let (name, raw, stored, hash) = header.3.last_mut().unwrap();
    assert_eq!(name, "writer");
    let (others, writer) = bodies.split_at(bodies.len() - *stored as usize);
    let writer = lz4_flex::block::decompress(&writer[4..], *raw as usize).unwrap();
    let (mut grown, rest): (Vec<Grown>, _) = postcard::take_from_bytes(&writer).unwrap();
    grown.push((path.to_owned(), 0, *blake3::hash(b"").as_bytes()));
    let writer = [&postcard::to_stdvec(&grown).unwrap(), rest].concat();
    let packed = lz4_flex::block::compress(&writer);
    let body = [&(packed.len() as u32).to_le_bytes(), &packed[..]].concat();
    (*raw, *stored, *hash) = (writer.len() as u64, body.len() as u64, *blake3::hash(&body).as_bytes());
    let header = postcard::to_stdvec(&header).unwrap();
    let seal = blake3::Hasher::new().update(&bytes[8..12]).update(&header).finalize();
    [&bytes[..12], &(header.len() as u32).to_le_bytes(), seal.as_bytes(), &header, others, &body].concat()
}

/// It was emptied.
#[test]
fn a_file_that_a_forged_checkpoint_names_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let target = killed(folder.path(), "run");
    let whole = Manifest::read(&target).unwrap().outputs;
    let victim = folder.path().join("victim.txt");
    fs::write(&victim, "mine").unwrap();
    let newest = target.join("checkpoints/0000000075.ckpt");
    let (genuine, manifest) = (fs::read(&newest).unwrap(), fs::read(target.join("manifest.json")).unwrap());
    let within = "wormholes/analytics/optimization_logs/../../../../victim.txt";
    for path in ["../victim.txt", victim.to_str().unwrap(), within, "manifest.json", "wormholes/../../victim.txt"] {
        fs::write(target.join("manifest.json"), &manifest).unwrap();
        fs::write(&newest, that_cuts(&genuine, path)).unwrap();
        let (code, said) = wormsim(folder.path(), &["resume", "run"]);
        assert_eq!(code, 0, "{path}: {said}");
        assert!(said.contains("0000000075.ckpt: its writer is corrupt; passed over"), "{path}: {said}");
        assert_eq!(fs::read(&victim).unwrap(), b"mine", "{path}");
        assert_eq!(Manifest::read(&target).unwrap().outputs, whole, "{path}");
    }
}
