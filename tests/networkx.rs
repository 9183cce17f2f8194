//! Networks that networkx and igraph write, where python3 has both: nodes, links and latencies are the same here as
//! there. With `WORMSIM_REAL_DATA`, the networks of the Topology Zoo too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use wormsim::topology::{Parts, Rules, read_topology};

/// What the others say of a file.
#[derive(Debug, Deserialize)]
struct Expected {
    nodes: u32,
    links: u32,
    latencies_ms: Option<Vec<f64>>,
}

/// GraphML files of the Topology Zoo, if they are at hand.
fn zoo() -> Vec<PathBuf> {
    let Some(data) = std::env::var_os("WORMSIM_REAL_DATA") else { return Vec::new() };
    let entries = std::fs::read_dir(Path::new(&data).join("topology-zoo")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "graphml"));
    assert!(!paths.is_empty());
    paths
}

#[test]
fn networks_are_what_networkx_and_igraph_say() {
    let there = Command::new("python3").args(["-c", "import networkx, igraph"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("WORMSIM_PYTHON").is_none(), "python3 has no networkx, or no igraph");
        println!("not tested: python3 has no networkx, or no igraph");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/networkx-files.py");
    let output = Command::new("python3").arg(script).arg(folder.path()).args(zoo()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected: BTreeMap<PathBuf, Expected> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(expected.len() >= 25, "{}", expected.len());
    let tick_ms = 0.25;
    let rules = Rules { tick_ms, parts: Parts::All, ..Rules::default() };
    for (name, expected) in expected {
        let topology = read_topology(&folder.path().join(&name), &rules).unwrap_or_else(|error| panic!("{error}")).0;
        let found = (topology.defaults.nodes_in_source, topology.defaults.links_in_source);
        assert_eq!(found, (expected.nodes, expected.links), "{}", name.display());
        if let Some(latencies) = expected.latencies_ms {
            let mut found: Vec<f64> =
                topology.links().map(|(.., link)| f64::from(link.forth.latency_ticks) * tick_ms).collect();
            found.sort_by(f64::total_cmp);
            assert_eq!(found, latencies, "{}", name.display());
        }
    }
}
