use super::*;
use crate::topology::{Defaults, Parts, Topology, WeightUnit};

/// Nodes in order, and links as (first end, second end, ticks there, ticks back).
type Shape = (Vec<String>, Vec<(String, String, u32, Option<u32>)>);

fn built(text: &str) -> Topology {
    let rules = Rules { parts: Parts::All, ..Rules::default() };
    read(text.as_bytes(), "file", &rules).and_then(|builder| builder.build(&rules)).unwrap_or_else(|e| panic!("{e}"))
}

fn shape(topology: &Topology) -> Shape {
    let name = |id| topology.node(id).name.to_string();
    let back = |link: crate::topology::Link| link.back.map(|back| back.latency_ticks);
    let link = |(_, a, b, link)| (name(a), name(b), crate::topology::Link::latencies(&link)[0].unwrap(), back(link));
    (topology.nodes().map(|(_, node)| node.name.to_string()).collect(), topology.links().map(link).collect())
}

fn error_of(text: &str) -> String {
    let rules = Rules::default();
    match read(text.as_bytes(), "file", &rules).and_then(|builder| builder.build(&rules)) {
        Ok(topology) => panic!("accepted: {:?}", shape(&topology)),
        Err(error) => error.to_string(),
    }
}

fn assumed(defaults: &Defaults) -> Vec<(&str, u32)> {
    defaults.assumed.iter().map(|(what, count)| (&**what, *count)).collect()
}

fn unused(defaults: &Defaults) -> Vec<(&str, u32)> {
    defaults.unused_numbers.iter().map(|(what, count)| (&**what, *count)).collect()
}

/// Three places in a row, 5 and 7 ms apart.
fn row(ids: [&str; 3]) -> Shape {
    let [a, b, c] = ids.map(str::to_owned);
    (vec![a.clone(), b.clone(), c.clone()], vec![(a, b.clone(), 5, Some(5)), (b, c, 7, Some(7))])
}

#[test]
fn the_same_network_is_read_from_every_format() {
    let lists = [
        "a b 5\nb c 7\n",
        "a\tb\t5\nb\tc\t7\n",
        "a,b,5\r\nb,c,7\r\n",
        "a|b|5\nb|c|7",
        "a; b; 5\nb; c; 7\n",
        "# from networkx\na b {'weight': 5.0}\nb c {'weight': 7.0}\n",
        "a b {'latency': 5, 'weight': 1.0}\nb c {'latency': 7, 'weight': 1.0}\n",
        "source,target,latency_ms\na,b,5\nb,c,7\n",
        "latency,to,from,owner\n5,b,a,x\n7,c,b,x\n",
        "# a b latency_us\na b 5000\nb c 7000\n",
        "\u{feff}\"a\",\"b\",\"5\"\n\"b\",\"c\",\"7\"\n",
        "3\n2\na b 5\nb c 7\n",
        "a -> b 5\nb -> c 7\n",
    ];
    for text in lists {
        assert_eq!(shape(&built(text)), row(["a", "b", "c"]), "{text}");
    }
    let others = [
        r#"{"directed": false, "graph": {}, "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
            "links": [{"source": "a", "target": "b", "latency": 5}, {"source": "b", "target": "c", "delay": 7.0}]}"#,
        r#"{"edges": [{"source": 0, "target": 1, "weight": 5}, {"source": 1, "target": 2, "weight": 7}],
            "nodes": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2, "name": "c"}]}"#,
        "Creator \"igraph\"\nVersion 1\ngraph\n[\n directed 0\n node [ id 0 label \"a\" graphics [ x 1.0 ] ]\n \
         node\n [\n id 1\n label \"b\"\n ]\n node [ id 2 label \"c\" ]\n edge [ source 0 target 1 latency 5 ]\n \
         edge [ source 1 target 2 latency 7.0 ]\n]\n",
        "*Vertices 3\n1 \"a\" 0.1 0.2 0.5\n2 b 0.3 0.4\n3 c\n*Edges\n1 2 5\n2 3 7.0\n",
        "strict graph \"\" {\n  a; b;\n  edge [latency=5]; // as most\n  a -- b;\n  b -- c [latency=\"7\"];\n}\n",
        "/* who */ graph row { subgraph cluster_x { a -- b [delay=5, color=red] } b:n -- c [delay=7] }",
        "Topology: ( 3 Nodes, 2 Edges )\nModel (2 - RTWaxman):  3 1000 100\n\nNodes: ( 3 )\na 1 2 2 2 -1 RT_NODE\n\
         b 3 4 2 2 -1 RT_NODE\nc 5 6 2 2 -1 RT_NODE\n\nEdges: ( 2 )\n0 a b 520.7 5.0 10.0 -1 -1 E_RT U\n\
         1 b c 520.7 7.0 10.0 -1 -1 E_RT U\n",
        "<?xml version='1.0'?><gexf xmlns='http://www.gexf.net/1.2draft'><graph defaultedgetype='undirected'>\
         <attributes class='edge'><attribute id='0' title='latency' type='double'><default>5</default></attribute>\
         </attributes><nodes><node id='0' label='a'/><node id='1' label='b'/><node id='2' label='c'/></nodes><edges>\
         <edge id='0' source='0' target='1'/><edge id='1' source='1' target='2' weight='2'><attvalues>\
         <attvalue for='0' value='7'/></attvalues></edge></edges></graph></gexf>",
        "a,b,c\na,0,10,0\nb,10,0,14\nc,0,14,0\n",
        "\ta\tb\tc\na\t-\t10\t\nb\t10\t-\t14\nc\t\t14\t-\n",
    ];
    for text in others {
        assert_eq!(shape(&built(text)), row(["a", "b", "c"]), "{text}");
    }
    assert_eq!(shape(&built("0 10 0\n10 0 14\n0 14 0\n")), row(["0", "1", "2"]));
}

#[test]
fn what_numbers_are_is_assumed_and_said() {
    let weighted = built("a b 5\nb c 7\n").defaults;
    assert_eq!(assumed(&weighted), [("link weights are latencies in ms", 2)]);
    let halved = built("0 10 0\n10 0 14\n0 14 0\n").defaults;
    assert_eq!(assumed(&halved), [("entries are round trips in ms, halved", 2)]);
    // Relations of CAIDA are no latencies.
    let relations = built("1|2|-1\n2|3|0\n").defaults;
    assert_eq!((assumed(&relations), unused(&relations)), (vec![], vec![("weight", 2)]));
    // Beside a latency, a weight is something else.
    let both = built("a b {'latency': 5, 'weight': 1.0}\nb c {'latency': 7, 'weight': 1.0, 'mtu': 9000}\n").defaults;
    assert_eq!((assumed(&both), unused(&both)), (vec![], vec![("mtu", 1), ("weight", 2)]));
    let in_km = Rules { weight_unit: Some(WeightUnit::Km), ..Rules::default() };
    let topology = read(b"a b 1000\nb c 1400\n", "file", &in_km).unwrap().build(&in_km).unwrap();
    assert_eq!(shape(&topology), row(["a", "b", "c"]));
    let none = Rules { weight_unit: Some(WeightUnit::None), ..Rules::default() };
    let topology = read(b"a b 1000\nb c 1400\n", "file", &none).unwrap().build(&none).unwrap();
    assert_eq!((topology.defaults.latencies_default, unused(&topology.defaults)), (2, vec![("weight", 2)]));
}

#[test]
fn what_is_written_counts_more_than_defaults_and_latencies_more_than_lengths() {
    let texts = [
        "graph { edge [weight=1]; a -- b [weight=5]; b -- c [weight=7] }",
        "from,to,latency_ms,distance_km\na,b,5,400\nb,c,7,500\n",
        "from,to,rtt,distance_km\na,b,10,400\nb,c,14,500\n",
        "city one,city two,cost,weight\na,b,9,5\nb,c,9,7\n",
        "from,to,Latency (ms)\na,b,5\nb,c,7\n",
        "a   b\t5\nb   c\t7\n",
        "graph { a [label=a]; a [color=red]; a -- b [delay=5]; b -- c [delay=7] }",
        ",a,b,c\nc,0,14,0\na,0,10,0\nb,10,0,14\n",
    ];
    for text in &texts[..7] {
        assert_eq!(shape(&built(text)), row(["a", "b", "c"]), "{text}");
    }
    // Rows of a matrix are known by their names.
    let matrix = built(",a,b,c\nc,0,14,0\na,0,10,0\nb,10,0,14\n");
    assert_eq!(shape(&matrix), row(["a", "b", "c"]));
    let numbered = built(",0,1,2\n0,0,10,0\n1,10,0,14\n2,0,14,0\n");
    assert_eq!(shape(&numbered), row(["0", "1", "2"]));
    // Four links of a ring with four columns are no matrix.
    let ring = built("0 1 5 100\n1 2 7 100\n2 3 3 100\n3 0 4 100\n");
    assert_eq!((ring.link_count(), ring.find("3").is_some()), (4, true));
    let layout = built(
        r#"{"nodes": [{"id": "a", "pos": [0.3, -0.5]}, {"id": "b", "pos": [1, 0.2]}],
            "links": [{"source": "a", "target": "b", "latency": 5}]}"#,
    );
    assert!(
        assumed(&layout.defaults).is_empty()
            && layout.nodes().all(|(_, node)| node.position.unwrap().place().is_none())
    );
    // Each pair in both directions: capacities are not added.
    let both = built("from,to,latency,capacity\na,b,5,40\nb,a,9,40\nb,c,7,40\nc,b,7,40\n");
    let (.., link) = both.links().next().unwrap();
    assert_eq!((link.latencies(), link.forth.capacity_per_tick.map(u32::from)), ([Some(5), Some(9)], Some(40)));
}

#[test]
fn other_files_are_not_taken_for_networks() {
    for (text, expected) in [
        ("0 1 2 3\n1 4\n2 5 6\n", "At line 2: 2 fields is not allowed; expected 4, as in other lines."),
        ("time,src,dst\n1,a,b\n2,b,c\n", "a log of accesses is not allowed; expected a network"),
        (",a,a,b\nx,0,1,2\ny,1,0,2\nz,2,2,0\n", "the id of nodes[0] already"),
        ("*Vertices 2\n1 a\n2 b\n*Matrix\n0 1\n1 0\n", "At line 4: *Matrix is not allowed"),
    ] {
        let error = error_of(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
    assert_eq!(built("*Vertices 2\n1 a\n2 b\n*Arcs :1 \"x\"\n1 2\n").link_count(), 1);
}

#[test]
fn directions_are_kept() {
    let one_way = |from: &str, to: &str| (from.to_owned(), to.to_owned(), 1, None);
    let ring: Vec<_> = [("a", "b"), ("b", "c"), ("c", "a")].map(|(from, to)| one_way(from, to)).into();
    for text in [
        "digraph { a -> b -> c -> a }",
        "# Directed graph (each unordered pair of nodes is saved once)\n# FromNodeId\tToNodeId\na\tb\nb\tc\nc\ta\n",
        "*Vertices 3\n1 a\n2 b\n3 c\n*Arcslist\n1 2\n2 3\n3 1\n",
        r#"{"links": [{"source": "a", "target": "b"}, {"source": "b", "target": "c"}, {"source": "c", "target": "a"}],
            "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}], "directed": true}"#,
    ] {
        assert_eq!(shape(&built(text)).1, ring, "{text}");
    }
    let matrix = built("0 10 0 2\n12 0 14 0\n0 14 0 0\n2 0 0 0\n");
    assert_eq!(shape(&matrix).1[0], ("0".to_owned(), "1".to_owned(), 5, Some(6)));
    let undirected = built("# Undirected graph\na b\nb a\n");
    assert_eq!((undirected.link_count(), undirected.defaults.parallel_links_merged), (1, 1));
}

const SNDLIB: &str = "?SNDlib native format; type: network; version: 1.0\n# network x\n\nMETA (\n  unit = MBITPERSEC\n)\n\
    NODES (\n  Berlin ( 13.48 52.52 )\n  Bremen ( 8.80 53.08 )\n  Ulm ( 9.99 48.40 )\n)\nLINKS (\n  \
    L1 ( Berlin Bremen ) 0.00 0.00 0.00 0.00 ( 155.00 27000.00 622.00 54000.00 )\n  \
    L2 ( Bremen Ulm ) 0.00 0.00 0.00 0.00 ( )\n)\nDEMANDS (\n  D1 ( Berlin Ulm ) 1 12.50 UNLIMITED\n  \
    D2 ( Ulm Bremen ) 1 3.00 UNLIMITED\n)\n";

#[test]
fn networks_of_sndlib_have_places_and_demands() {
    let xml = "<?xml version=\"1.0\"?><network xmlns=\"http://sndlib.zib.de/network\" version=\"1.0\"><networkStructure>\
        <nodes coordinatesType=\"geographical\"><node id=\"Berlin\"><coordinates><x>13.48</x><y>52.52</y></coordinates>\
        </node><node id=\"Bremen\"><coordinates><x>8.80</x><y>53.08</y></coordinates></node><node id=\"Ulm\">\
        <coordinates><x>9.99</x><y>48.40</y></coordinates></node></nodes><links><link id=\"L1\"><source>Berlin</source>\
        <target>Bremen</target></link><link id=\"L2\"><source>Bremen</source><target>Ulm</target></link></links>\
        </networkStructure><demands><demand id=\"D1\"><source>Berlin</source><target>Ulm</target><demandValue>12.5\
        </demandValue></demand><demand id=\"D2\"><source>Ulm</source><target>Bremen</target><demandValue>3\
        </demandValue></demand></demands></network>";
    for text in [SNDLIB, xml] {
        let topology = built(text);
        // 322 and 527 km.
        let ticks: Vec<u32> = topology.links().map(|(.., link)| link.forth.latency_ticks).collect();
        assert_eq!((topology.node_count(), ticks), (3, vec![2, 3]));
        let [berlin, bremen, ulm] = ["Berlin", "Bremen", "Ulm"].map(|name| topology.find(name).unwrap());
        assert_eq!(topology.demands, [([berlin, ulm], 12.5), ([ulm, bremen], 3.0)]);
    }
    assert_eq!(assumed(&built(SNDLIB).defaults), [("places are degrees", 3)]);
}

#[test]
fn ids_and_labels_find_nodes() {
    let topology = built(
        "graph [ node [ id 7 label \"Paris\" ] node [ id 8 label \"Rome\" ] node [ id 9 label \"8\" ] \
         edge [ source 7 target 8 ] edge [ source 8 target 9 ] ]",
    );
    let index = crate::topology::NameIndex::new(&topology);
    for (name, node) in [("Paris", 0), ("7", 0), ("Rome", 1), ("8", 2), ("9", 2)] {
        assert_eq!(topology.find(name).map(|id| id.0), Some(node), "{name}");
        assert_eq!(index.find(name).map(|id| id.0), Some(node), "{name}");
    }
}

#[test]
fn what_is_wrong_is_said_in_the_terms_of_the_file() {
    for (text, expected) in [
        ("", "At line 1: an empty file is not allowed; expected a network."),
        ("# nothing but\n% comments\n", "At line 1: an empty file is not allowed; expected a network."),
        ("once\nupon\n", "At line 1: \"once\" is not allowed; expected a network: GraphML"),
        ("a b\nc\n", "At line 2: \"c\" is not allowed; expected two nodes and what is known of their link."),
        ("a,b,latency\nx,y,1\ny,z,far\n", "At line 3: latency \"far\" is not allowed; expected a finite number."),
        ("graph [ node [ id 1 ] edge [ source 1 target 2 ] ]", "links[0].ends[1] is \"2\", which is no node's id"),
        (
            "graph [\n node [ id 1 ]",
            "At line 2: the end of the file is not allowed; expected ] at the end of every list.",
        ),
        ("*Vertices 1000000000\n*Edges\n1 2\n", "At line 1: \"*Vertices 1000000000\" is not allowed; expected at most"),
        ("graph { a -- b", "At line 1: the end of the file is not allowed; expected a node, an edge or }."),
        ("<gexf><graph><nodes><node id='0'/>", "the file ends within a <nodes>"),
        ("<svg/>", "the root element is <svg>; it must be <graphml>, <gexf> or <network> of SNDlib"),
        ("{\"nodes\": [{\"name\": 1}], \"links\": []}", "nodes[0].id is missing; expected a text or a number."),
        ("{\"nodes\": [], \"links\": [1]}", "column 25, .: expected a list `nodes` of objects"),
        ("{\"version\": 2, \"ticks\": 5, \"workloads\": []}", "a scenario is not allowed; expected a network"),
        ("[1, 2]", "At line 1: a JSON list is not allowed"),
        ("0 5 5 5\n5 0 5 5\n5 5 0 -5\n5 5 5 0\n", "At line 3: \"-5\" is not allowed; expected a number from 0"),
        ("?SNDlib native format; type: network; version: 1.0\nNODES (\n A ( 1 x )\n)\n", "At line 3: \"x\""),
        ("?SNDlib native format; type: network; version: 1.0\nNODES (\n A\n", "the end of the file is not allowed"),
        (
            "Topology: ( 1 Nodes, 1 Edges )\nNodes: (1)\n0 1\n",
            "At line 3: \"0 1\" is not allowed; expected id, x and y",
        ),
    ] {
        let error = error_of(text);
        assert!(error.contains(expected), "{text}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let error = read(b"a b\nb \xff\n", "file", &Rules::default()).unwrap_err().to_string();
    assert_eq!(error, "At line 2: a byte that is not UTF-8 is not allowed; expected a network in UTF-8 text.");
}

#[test]
fn deep_nesting_ends_early() {
    let deep = 100_000;
    let texts = [
        format!("graph [ {}", "x [ ".repeat(deep)),
        format!("<gexf>{}", "<a>".repeat(deep)),
        format!("graph {{ {}", "{ ".repeat(deep)),
        format!("{{\"nodes\": [{}", "[".repeat(deep)),
    ];
    for text in texts {
        error_of(&text);
    }
}

/// Half a kilometre is 2.5 µs.
#[test]
fn a_tick_that_keeps_differences_is_named() {
    let list = "source,target,latency_us\na,b,350\nb,c,360\nc,d,700\nd,e,8000\n";
    let coarse = built(list);
    assert_eq!((coarse.defaults.latencies_off, coarse.defaults.fitting_tick_ms), (3, Some(0.05)));
    let rules = Rules { tick_ms: 0.05, ..Rules::default() };
    let fine = read(list.as_bytes(), "file", &rules).unwrap().build(&rules).unwrap();
    assert_eq!((fine.defaults.latencies_off, fine.defaults.fitting_tick_ms), (0, Some(0.05)));
}
