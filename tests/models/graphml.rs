//! The GraphML reader on small documents of every kind it must survive, and on hostile ones.

use std::time::Duration;

use wormsim::topology::{Position, Rules, Topology, TopologyError, read_topology};

fn read_bytes(bytes: &[u8], rules: &Rules) -> Result<Topology, TopologyError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stem.graphml");
    std::fs::write(&path, bytes).unwrap();
    read_topology(&path, rules).map(|(topology, _)| topology)
}

fn read(text: &str) -> Result<Topology, TopologyError> {
    read_bytes(text.as_bytes(), &Rules::default())
}

const KEYS: &str = r#"
  <key attr.name="label" attr.type="string" for="graph" id="d0"/><key attr.name="label" for="node" id="d1"/>
  <key attr.name="label" for="edge" id="d2"/><key attr.name="Latitude" for="node" id="d3"/>
  <key attr.name="Longitude" for="node" id="d4"/><key attr.name="id" attr.type="integer" for="node" id="d5"/>
  <key attr.name="hyperedge" attr.type="integer" for="node" id="d6"/><key attr.name="LinkSpeedRaw" for="edge" id="d7"/>
  <key attr.name="LinkSpeed" for="edge" id="d8"/><key attr.name="LinkSpeedUnits" for="edge" id="d9"/>
  <key attr.name="Source" for="graph" id="d10"><default>none</default></key>"#;

fn document(graph: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">{KEYS}\n\
         <graph edgedefault=\"undirected\">{graph}</graph></graphml>"
    )
}

#[test]
fn labels_entities_hubs_and_foreign_elements() {
    let text = document(
        r#"<data key="d0">Zoo &amp;amp; Co</data><data key="d10">a?&amp;amp;b=<![CDATA[<1>]]></data><desc>d</desc>
        <edge source="n1" target="n0"><data key="d2">not a node</data></edge>
        <node id="n0"><data key="d1">Wien</data><data key="d3">48.2</data><data key="d4"> 16.4 </data>
          <graph><node id="n9"/><edge source="n9" target="n9"/></graph><port name="p"/></node>
        <node id="n1"><data key="d1">Graz &#38; Umland</data><data key="d6">1</data><data key="d99">?</data></node>
        <x:unknown><node id="n2"/><data key="d1">no</data></x:unknown>
        <hyperedge><endpoint node="n0"/></hyperedge>"#,
    );
    let topology = read(&text).unwrap();
    assert_eq!((topology.node_count(), topology.link_count()), (2, 1));
    assert_eq!(topology.name, "Zoo & Co");
    assert_eq!(topology.source.as_deref(), Some("a?&b=<1>"));
    let (wien, graz) = (topology.find("Wien").unwrap(), topology.find("Graz & Umland").unwrap());
    assert_eq!((topology.node(wien).mass, topology.node(graz).mass), (1.0, 0.0));
    assert_eq!(topology.node(wien).position, Some(Position::Geographic { latitude: 48.2, longitude: 16.4 }));
    assert_eq!((topology.defaults.positions_from_neighbours, topology.defaults.latencies_raised), (1, 1));
}

#[test]
fn edges_of_a_directed_graph_lead_one_way_unless_they_say_otherwise() {
    let graph = |default: &str| {
        document(
            r#"<node id="a"/><node id="b"/><node id="c"/><edge source="a" target="b"/><edge source="b" target="a"/>
            <edge source="b" target="c" directed="true"/><edge source="a" target="c" directed="false"/>"#,
        )
        .replace("\"undirected\"", default)
    };
    let one_way = |text: &str| {
        let topology = read(text).unwrap();
        topology.links().map(|(_, a, b, link)| (a.0, b.0, link.back.is_none())).collect::<Vec<_>>()
    };
    assert_eq!(one_way(&graph("\"directed\"")), [(0, 1, false), (1, 2, true), (0, 2, false)]);
    assert_eq!(one_way(&graph("\"undirected\"")), [(0, 1, false), (1, 2, true), (0, 2, false)]);
    let lone = document(r#"<node id="a"/><node id="b"/><edge source="a" target="b"/>"#);
    let lone = lone.replace("\"undirected\"", "\"directed\"");
    let text = read(&lone).unwrap_err().to_string();
    assert!(text.contains("1 nodes and 0 links after its rules"), "no two nodes reach each other: {text}");
}

#[test]
fn a_nameless_graph_is_named_after_its_file_and_nodes_after_their_ids() {
    let topology =
        read(&document(r#"<node id="a"/><node id="b"><data key="d1"> </data></node><edge source="a" target="b"/>"#))
            .unwrap();
    assert_eq!(topology.name, "stem");
    assert!(topology.find("a").is_some() && topology.find("b").is_some());
}

#[test]
fn speeds_become_capacities_only_when_the_rules_say_how_long_an_access_is() {
    let text = document(
        r#"<node id="a"/><node id="b"/><node id="c"/><node id="d"/><node id="e"/>
        <edge source="a" target="b"><data key="d7">1e9</data><data key="d8">9</data><data key="d9">T</data></edge>
        <edge source="b" target="c"><data key="d8">2.5</data><data key="d9">M</data></edge>
        <edge source="c" target="d"><data key="d8">155+</data><data key="d9">M</data></edge>
        <edge source="d" target="e"><data key="d8">1</data><data key="d9">K</data></edge>"#,
    );
    let capacities = |rules: &Rules| {
        let topology = read_bytes(text.as_bytes(), rules).unwrap();
        topology.links().map(|(.., link)| link.forth.capacity_per_tick.map(u32::from)).collect::<Vec<_>>()
    };
    // In a tick of 2 ms: 2 Mbit, 5 kbit, unknown, 2 bit.
    let rules = Rules { tick_ms: 2.0, bits_per_access: Some(1500.0), ..Rules::default() };
    assert_eq!(capacities(&rules), [Some(1333), Some(3), None, Some(1)]);
    assert_eq!(capacities(&Rules::default()), [None; 4]);
}

#[test]
fn broken_documents_are_refused_with_their_line() {
    let line_four = |inner: &str| document(&format!("\n{inner}"));
    let two = r#"<node id="a"/><node id="b"/>"#;
    for (text, expected) in [
        (document("<node/>"), r#"a <node> has no "id""#),
        (document(&format!("{two}<edge source=\"a\"/>")), r#"a <edge> has no "target""#),
        (
            document(&format!("{two}<edge source=\"a\" target=\"bb\"/>")),
            r#"links[0].ends[1] is "bb", which is no node's id; the nearest one is "b""#,
        ),
        (document(&format!("{two}<node id=\"a\"/><edge source=\"a\" target=\"b\"/>")), "nodes[2].id"),
        (document(r#"<node id="a"><data key="d3">north</data></node>"#), r#"latitude is "north""#),
        (document(r#"<node id="a"><data key="d3">inf</data></node>"#), r#"latitude is "inf""#),
        (document(r#"<node id="a"><data key="d3">99</data><data key="d4">0</data></node>"#), "nodes[0].latitude is 99"),
        (document("&bomb;"), r#""&bomb;" is unknown"#),
        (document("</graph><graph>"), "second <graph>"),
        (document("<a>".repeat(100).as_str()), "more than 64 deep"),
        (document(two).replace("</graph></graphml>", ""), "within a <graph>"),
        (document(two).replace("</graphml>", "</graph>"), "XML is broken"),
        ("<graphml></graphml>".into(), "no <graph>"),
        ("<html></html>".into(), "root element is <html>"),
        ("<!DOCTYPE g [<!ENTITY a \"aa\">]><graphml/>".into(), "document type declaration"),
        (String::new(), "an empty file is not allowed"),
        (document(""), "0 nodes and 0 links"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nis not\n{expected}");
        assert!(error.contains("stem.graphml: "), "{error}");
    }
    let lines = line_four("<node/>").split("<node/>").next().unwrap().matches('\n').count() + 1;
    let error = read(&line_four("<node/>")).unwrap_err().to_string();
    assert!(error.contains(&format!("At line {lines} (byte ")), "{error}");
    let error = read_bytes(b"<graphml>\n\xff", &Rules::default()).unwrap_err().to_string();
    assert!(error.contains("At line 2: a byte that is not UTF-8 is not allowed"), "{error}");
}

/// Every prefix of a sound document, and every document with one byte changed, ends in a topology or an error.
#[test]
fn truncated_and_damaged_documents_do_not_panic() {
    let text = document(
        r#"<node id="a"><data key="d1">x &amp; y</data><data key="d3">1</data></node><node id="b"/>
        <edge source="a" target="b"/>"#,
    );
    let from = text.find("<graph ").unwrap();
    for cut in 0..text.len() {
        assert!(read(&text[..cut]).is_err(), "{cut}");
    }
    for place in from..text.len() {
        for byte in [b'<', b'>', b'&', b'"', b' ', 0, 0xff] {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = byte;
            let _ = read_bytes(&bytes, &Rules::default());
        }
    }
}

/// Documents of millions of bytes whose parts would take a careless reader quadratic time.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test is about time")]
fn huge_hostile_documents_end_quickly() {
    let attributes: String = (0..400_000).map(|i| format!(" a{i}=\"\"")).collect();
    let keys: String = (0..60_000).map(|i| format!("<key id=\"k{i}\" for=\"node\" attr.name=\"label\"/>")).collect();
    let data: String = (0..100_000).map(|i| format!("<data key=\"k{i}\"/>")).collect();
    for text in [
        "<a>".repeat(2_000_000),
        format!("<graphml>{}", "<a>".repeat(2_000_000)),
        document(&format!("<node id=\"{}\"/>", "x".repeat(7_000_000))),
        document(&format!("<node{attributes}/>")),
        format!("<graphml>{keys}<graph><node id=\"a\">{data}</node></graph></graphml>"),
        document(&"&amp;".repeat(1_400_000)),
        document(&"<node id=\"a\"/>".repeat(500_000)),
        "<!--".repeat(1_900_000),
        "\0".repeat(8_000_000),
    ] {
        let start = std::time::Instant::now();
        let error = read(&text).unwrap_err();
        assert!(error.to_string().len() < 1000);
        // Generous, as tests are built without optimisation and run side by side.
        assert!(start.elapsed() < Duration::from_secs(10), "{:?} for {error}", start.elapsed());
    }
}

fn written_by(keys: &str, graph: &str) -> Topology {
    read(&format!("<graphml>{keys}<graph edgedefault=\"undirected\">{graph}</graph></graphml>")).unwrap()
}

fn link(topology: &Topology, a: &str, b: &str) -> (Option<u32>, Option<u32>) {
    let [a, b] = [a, b].map(|name| topology.nodes().find(|(_, node)| &*node.name == name).unwrap().0);
    let (.., link) = topology.links().find(|&(_, from, to, _)| [from, to] == [a, b] || [from, to] == [b, a]).unwrap();
    (link.latencies()[0], link.forth.capacity_per_tick.map(u32::from))
}

/// As networkx writes attributes of edges: what is known is read, and other numbers are counted by name.
#[test]
fn latencies_and_capacities_of_edges_are_read() {
    let keys = r#"<key id="l" for="edge" attr.name="latency" attr.type="double"/>
        <key id="t" for="edge" attr.name="latency_ticks" attr.type="long"/>
        <key id="k" for="edge" attr.name="length_km" attr.type="double"/>
        <key id="c" for="edge" attr.name="capacity" attr.type="long"/>
        <key id="w" for="edge" attr.name="weight" attr.type="double"/>
        <key id="n" for="edge" attr.name="note" attr.type="string"/>"#;
    let nodes = r#"<node id="a"/><node id="b"/><node id="c"/><node id="d"/>"#;
    let edges = r#"<edge source="a" target="b"><data key="l">40.2</data><data key="c">7</data><data key="w">1</data></edge>
        <edge source="b" target="c"><data key="t">9</data><data key="n">old</data></edge>
        <edge source="c" target="d"><data key="k">1000</data><data key="w">2</data></edge>"#;
    let topology = written_by(keys, &format!("{nodes}{edges}"));
    assert_eq!(link(&topology, "a", "b"), (Some(40), Some(7)));
    assert_eq!(link(&topology, "b", "c"), (Some(9), None));
    assert_eq!(link(&topology, "c", "d"), (Some(5), None));
    assert_eq!(topology.defaults.unused_numbers, [("weight".into(), 2)]);
    let bad = |key: &str, value: &str| {
        let edge = format!("<edge source=\"a\" target=\"b\"><data key=\"{key}\">{value}</data></edge>");
        let text = format!("<graphml>{keys}<graph edgedefault=\"undirected\">{nodes}{edge}</graph></graphml>");
        read(&text).unwrap_err().to_string()
    };
    assert!(bad("l", "fast").contains("latency is \"fast\"; a finite number is required"));
    assert!(bad("t", "1.5").contains("latency_ticks is \"1.5\"; a whole number from 0 is required"));
    assert!(bad("l", "-3").contains("links[0]"), "{}", bad("l", "-3"));
    assert!(bad("c", "0").contains("capacity"), "{}", bad("c", "0"));
}

/// As igraph writes names; and keys for all, with defaults.
#[test]
fn names_defaults_and_keys_for_all_are_read() {
    let keys = r#"<key id="n" for="node" attr.name="name" attr.type="string"/>
        <key id="y" for="all" attr.name="Latitude" attr.type="double"><default>10</default></key>
        <key id="x" for="all" attr.name="Longitude" attr.type="double"><default>20</default></key>
        <key id="l" for="edge" attr.name="latency" attr.type="double"><default>8</default></key>"#;
    let graph = r#"<node id="n0"><data key="n">oslo</data></node><node id="n1"><data key="n">rome</data><data key="y">30</data></node>
        <edge source="n0" target="n1"/>"#;
    let topology = written_by(keys, graph);
    assert_eq!(link(&topology, "oslo", "rome"), (Some(8), None));
    let at = |latitude| Some(Position::Geographic { latitude, longitude: 20.0 });
    let positions: Vec<_> = topology.nodes().map(|(_, node)| node.position).collect();
    assert_eq!(positions, [at(10.0), at(30.0)]);
}

/// As yEd writes labels and groups: a group is no node.
#[test]
fn labels_and_groups_of_yed_are_read() {
    let keys = r#"<key for="node" id="d6" yfiles.type="nodegraphics"/>"#;
    let node = |id: &str, label: &str| {
        format!(
            r#"<node id="{id}"><data key="d6"><y><Geometry x="1"/><NodeLabel>{label}</NodeLabel></y></data></node>"#
        )
    };
    let group = format!(
        r#"<node id="g" yfiles.foldertype="group"><data key="d6"/><graph edgedefault="undirected">{}</graph></node>"#,
        node("g::a", "Leaf")
    );
    let edges = r#"<edge source="n0" target="g::a"/><edge source="n1" target="g::a"/>"#;
    let topology = written_by(keys, &(node("n0", "Core A") + &node("n1", "Core B") + &group + edges));
    let names: Vec<_> = topology.nodes().map(|(_, node)| &*node.name).collect();
    assert_eq!(names, ["Core A", "Core B", "Leaf"]);
    assert_eq!(topology.link_count(), 2);
}
