//! A topology is small, and a hostile file cannot make its reader large.

use peak_alloc::PeakAlloc;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use wormsim::topology::generators::Generator;
use wormsim::topology::{MAX_FILE_BYTES, Rules, read_topology};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn fill(head: &str, item: &str, tail: &str) -> String {
    let count = (MAX_FILE_BYTES as usize - head.len() - tail.len()) / item.len();
    format!("{head}{}{tail}", item.repeat(count))
}

// One test: the allocator counts for the whole process.
#[test]
fn topologies_are_small_and_hostile_files_are_read_within_100_mb() {
    let before = ALLOCATOR.current_usage();
    let generator = Generator::BarabasiAlbert { nodes: 10_000, links_per_node: 3, latency_ticks: 1 };
    let topology = generator.generate(None, &Rules::default(), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    let bytes = ALLOCATOR.current_usage() - before;
    assert!(bytes < 2_000_000, "{bytes} bytes for {} nodes and {} links", topology.node_count(), topology.link_count());
    drop(topology);

    let two = r#"{"version":1,"name":"","nodes":[{"id":"a"},{"id":"b"}],"links":["#;
    let graph = "<graphml><graph>";
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("nodes.json", fill(r#"{"version":1,"name":"","nodes":["#, r#"{"id":"1"},"#, "0]}")),
        ("same.json", fill(r#"{"version":1,"name":"","nodes":["#, r#"{"id":"1"},"#, r#"{"id":"1"}],"links":[]}"#)),
        ("links.json", fill(two, r#"{"ends":["a","b"]},"#, r#"{"ends":["a","c"]}]}"#)),
        ("open.json", fill(two, r#"{"ends":["a","b"]},"#, "")),
        ("deep.json", fill("", "[", "")),
        ("nodes.graphml", fill(graph, r#"<node id="1"/>"#, "</graph></graphml>")),
        ("links.graphml", fill(graph, r#"<edge source="1" target="2"/>"#, "</graph></graphml>")),
        ("deep.graphml", fill("", "<a>", "")),
        ("pairs.txt", fill("", "1 2\n", "1")),
        ("names.csv", fill("source,target\n", "a,\n", "")),
        ("edges.gml", fill("graph [ ", "edge [ source 1 target 2 ] ", "]")),
        ("deep.gml", fill("graph [ ", "a [ ", "")),
        ("edges.dot", fill("graph {", "a--b;", "")),
        ("nodes.net", fill("*Vertices 200000\n*Edges\n", "1 2 3\n", "")),
        ("links.json", fill("{\"nodes\":[],\"links\":[", "{\"source\":1,\"target\":2},", "")),
        ("edges.gexf", fill("<gexf><graph>", "<edge source=\"1\" target=\"2\"/>", "</graph></gexf>")),
        ("matrix.txt", fill("", "0 1 2 3 4 5 6 7 8 9\n", "")),
    ] {
        let path = directory.path().join(name);
        std::fs::write(&path, &text).unwrap();
        drop(text);
        ALLOCATOR.reset_peak_usage();
        let start = ALLOCATOR.current_usage();
        let error = read_topology(&path, &Rules::default()).unwrap_err();
        let peak = ALLOCATOR.peak_usage() - start;
        eprintln!("{name}: {peak} bytes, {error}");
        assert!(peak < 100_000_000, "{name}: {peak} bytes");
    }
}
