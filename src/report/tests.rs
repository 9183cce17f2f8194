//! Tests of whole plots, and the series and maps they are tried on.

use quick_xml::events::Event;

use super::map::{MapKind, MapLink, MapNode, MapWormhole, NetworkMap};
use super::plots::{network, render_all};
use super::{Context, Plot};
use crate::recorder::frame::Frame;
use crate::topology::Position;

const HOSTILE: &str = "<script>&\"'\u{0}\u{1b} ünïcödé 日本語 🙂 ]]>";

/// A frame in which nothing happens.
pub fn frame_at(tick: u32) -> Frame {
    Frame {
        tick,
        injected: 0,
        delivered: 0,
        dropped: 0,
        in_flight: 0,
        queued: 0,
        hops: 0,
        wormhole_hops: 0,
        latency_mean_ticks: None,
        latency_p95_ticks: None,
        hops_mean: None,
        experimental: 0,
        standard: 0,
        fast_lane: 0,
        dormant: 0,
        archived: 0,
        strength_mean: None,
        entropy_nodes: 0.0,
        entropy_wormholes: None,
        entropy_network: 0.0,
        energy_saved: 0.0,
        energy_upkeep: 0.0,
        energy_opening: 0.0,
    }
}

/// Uneven numbers from 0 to 1, the same on every machine.
fn noise(i: u64) -> f64 {
    let mixed = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / f64::from(1 << 24)
}

/// A run that learns during its warm-up, loses a link at half-time and recovers.
pub fn frames(count: u32, every: u32) -> Vec<Frame> {
    (0..count)
        .map(|i| {
            let t = f64::from(i) / f64::from(count.max(2) - 1);
            let n = noise(u64::from(i));
            let failure = if (0.5..0.62).contains(&t) { 1.0 } else { 0.0 };
            let learning = 160.0 * (0.06 - t).max(0.0) / 0.06;
            let mean = 11.0 - 3.0 * t + learning + 6.0 * failure + n;
            let injected = f64::from(every) * (12.0 + 2.0 * n);
            let grown = (t * 3.0).min(1.0);
            let has_wormholes = t > 0.04;
            Frame {
                injected: injected as u64,
                delivered: (injected * (1.0 - 0.1 * failure)) as u64,
                dropped: (injected * 0.08 * failure) as u64,
                in_flight: (130.0 + 40.0 * n + 900.0 * failure + 10.0 * learning) as u64,
                queued: (40.0 + 30.0 * n + 800.0 * failure) as u64,
                latency_mean_ticks: (i % 37 != 20).then_some(mean),
                latency_p95_ticks: (i % 37 != 20).then_some((mean * (2.0 + n)) as u64),
                experimental: (8.0 * grown * (1.5 - t) + 3.0 * n) as u32,
                standard: (6.0 * grown * t + 2.0 * n) as u32,
                fast_lane: (5.0 * t) as u32,
                dormant: (9.0 * t * t + n) as u32,
                archived: (4.0 * t * t) as u32,
                strength_mean: has_wormholes.then_some(0.25 + 0.5 * grown + 0.1 * n),
                entropy_nodes: 0.72 - 0.1 * t + 0.03 * n,
                entropy_wormholes: has_wormholes.then_some(0.55 - 0.3 * t + 0.08 * n),
                entropy_network: 0.93 - 0.08 * grown + 0.01 * n,
                ..frame_at(i * every + every - 1)
            }
        })
        .collect()
}

/// A scenario's facts for titles.
pub fn context() -> Context {
    Context {
        name: "nsfnet-hotspot".into(),
        intent: "A hot spot moves from coast to coast: do wormholes follow it fast enough to pay?".into(),
        tick_ms: 0.5,
        warmup_ticks: 2000,
        wormholes_enabled: true,
        events: vec![(10_000, "link WA–IL fails".into()), (12_400, "link WA–IL restored".into())],
    }
}

/// Cities of the early NSFNET, degrees north and east, with links by index.
pub fn nsfnet() -> NetworkMap {
    const CITIES: [(&str, f64, f64); 14] = [
        ("Seattle", 47.6, -122.3),
        ("Palo Alto", 37.4, -122.1),
        ("San Diego", 32.7, -117.2),
        ("Salt Lake City", 40.8, -111.9),
        ("Boulder", 40.0, -105.3),
        ("Houston", 29.8, -95.4),
        ("Lincoln", 40.8, -96.7),
        ("Champaign", 40.1, -88.2),
        ("Atlanta", 33.7, -84.4),
        ("Pittsburgh", 40.4, -80.0),
        ("Ann Arbor", 42.3, -83.7),
        ("Ithaca", 42.4, -76.5),
        ("College Park", 39.0, -76.9),
        ("Princeton", 40.3, -74.7),
    ];
    const LINKS: [(usize, usize); 21] = [
        (0, 1),
        (0, 2),
        (0, 7),
        (1, 2),
        (1, 3),
        (2, 5),
        (3, 4),
        (3, 10),
        (4, 5),
        (4, 6),
        (5, 8),
        (5, 12),
        (6, 7),
        (7, 9),
        (8, 9),
        (9, 11),
        (9, 13),
        (10, 11),
        (10, 13),
        (11, 12),
        (12, 13),
    ];
    let wormhole = |a, b, strength, kind| MapWormhole { a, b, strength, kind, load_per_tick: 4.0 * strength };
    NetworkMap {
        note: "after tick 19,999; loads are means since the warm-up".into(),
        nodes: CITIES
            .iter()
            .enumerate()
            .map(|(i, &(name, latitude, longitude))| MapNode {
                name: name.into(),
                position: Some(Position::Geographic { latitude, longitude }),
                mass: 3.0 + 40.0 * noise(i as u64) * noise(i as u64 + 50),
                alive: i != 4,
            })
            .collect(),
        links: LINKS
            .iter()
            .enumerate()
            .map(|(i, &(a, b))| MapLink { a, b, load_per_tick: 5.0 * noise(100 + i as u64), alive: i != 6 })
            .collect(),
        wormholes: vec![
            wormhole(0, 13, 0.95, MapKind::FastLane),
            wormhole(1, 12, 0.7, MapKind::FastLane),
            wormhole(2, 8, 0.5, MapKind::Standard),
            wormhole(3, 9, 0.35, MapKind::Standard),
            wormhole(5, 11, 0.15, MapKind::Experimental),
            wormhole(0, 5, 0.1, MapKind::Experimental),
        ],
    }
}

/// A large network on a square, or without positions.
pub fn large(nodes: usize, located: bool) -> NetworkMap {
    let coordinate = |i: usize| 1000.0 * noise(i as u64);
    NetworkMap {
        nodes: (0..nodes)
            .map(|i| MapNode {
                name: format!("n{i}"),
                position: located.then(|| Position::Plane { x: coordinate(i), y: coordinate(i + 500_000) }),
                mass: 1.0 / (1.0 + 50.0 * noise(i as u64 + 7_000_000)),
                alive: true,
            })
            .collect(),
        links: (0..3 * nodes)
            .map(|i| {
                let (a, b) = (i % nodes, (i * 7919 + i / nodes + 1) % nodes);
                MapLink { a, b, load_per_tick: noise(i as u64) * noise(i as u64 + 9), alive: true }
            })
            .collect(),
        wormholes: (0..nodes)
            .map(|i| MapWormhole {
                a: i,
                b: (i * 31 + 17) % nodes,
                strength: noise(i as u64 + 3),
                kind: [MapKind::Experimental, MapKind::Standard, MapKind::FastLane][i % 3],
                load_per_tick: 1.0,
            })
            .collect(),
        ..NetworkMap::default()
    }
}

/// All texts of a document, which must be well-formed; panics if it is not.
fn texts(svg: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(svg);
    let (mut texts, mut depth) = (vec![String::new()], 0);
    loop {
        match reader.read_event().expect("the SVG is well-formed XML") {
            Event::Start(_) => {
                depth += 1;
                texts.push(String::new());
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => push(&mut texts, &text),
            Event::GeneralRef(entity) => {
                push(&mut texts, quick_xml::escape::resolve_predefined_entity(&entity).expect("a known entity"));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "every element is closed");
    texts.iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

fn push(texts: &mut [String], text: &str) {
    texts.last_mut().expect("there is always a text").push_str(text);
}

fn assert_says(svg: &str, expected: &[&str]) {
    let texts = texts(svg);
    for text in expected {
        assert!(texts.iter().any(|t| t == text), "{text:?} is not among {texts:?}");
    }
}

fn svg_of<'a>(plots: &'a [Plot], file_name: &str) -> &'a str {
    &plots.iter().find(|p| p.file_name == file_name).expect("the plot is there").svg
}

/// A plot over time.
fn over_time(file_name: &str, context: &Context, frames: &[Frame]) -> String {
    svg_of(&render_all(context, frames, &NetworkMap::default()), file_name).to_owned()
}

#[test]
fn plots_name_the_scenario_their_axes_and_their_series() {
    let plots = render_all(&context(), &frames(200, 100), &nsfnet());
    let names: Vec<&str> = plots.iter().map(|p| p.file_name).collect();
    assert_eq!(names, ["latency.svg", "map.svg", "strength-entropy.svg", "throughput.svg", "wormholes.svg"]);
    for plot in &plots {
        assert_says(&plot.svg, &[&context().intent]);
    }
    let over_time = ["time (ticks)", "warm-up", "link WA–IL fails", "link WA–IL restored", "10,000"];
    for name in ["latency.svg", "strength-entropy.svg", "throughput.svg", "wormholes.svg"] {
        assert_says(svg_of(&plots, name), &over_time);
    }
    let latency =
        ["Latency over time: nsfnet-hotspot", "latency (ms), axis cut", "latency (ticks)", "mean", "95th percentile"];
    assert_says(svg_of(&plots, "latency.svg"), &latency);
    let throughput = ["accesses per tick", "injected", "delivered", "dropped", "in flight", "of these queued"];
    assert_says(svg_of(&plots, "throughput.svg"), &throughput);
    let wormholes =
        ["wormholes (count)", "experimental", "standard", "fast lane", "dormant (line)", "archived so far (line)"];
    assert_says(svg_of(&plots, "wormholes.svg"), &wormholes);
    let entropy = ["strength (0 to 1)", "entropy, normalised (0 to 1)", "network (load over links)"];
    assert_says(svg_of(&plots, "strength-entropy.svg"), &entropy);
    let map = ["Network map: nsfnet-hotspot", "Seattle", "node mass (area)", "failed link", "failed node", "fast lane"];
    assert_says(svg_of(&plots, "map.svg"), &map);
}

#[test]
fn the_time_axis_ends_with_the_last_tick() {
    for (ticks, end) in [(200, "200"), (1000, "1,000"), (2000, "2,000"), (20_000, "20,000")] {
        assert_says(&over_time("wormholes.svg", &context(), &frames(10, ticks / 10)), &["time (ticks)", "0", end]);
    }
}

#[test]
fn a_single_wormhole_is_counted_as_one() {
    let mut map = nsfnet();
    map.wormholes.truncate(1);
    let caption = texts(&network::render(&context(), &map)).pop().unwrap();
    assert!(caption.contains("14 nodes · 21 links · 1 wormhole · "), "{caption}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let render = || render_all(&context(), &frames(300, 50), &nsfnet());
    assert_eq!(render(), render());
}

#[test]
fn without_frames_the_plots_say_so() {
    for plot in render_all(&context(), &[], &NetworkMap::default()) {
        assert_says(&plot.svg, &["nothing recorded"]);
    }
}

#[test]
fn why_there_are_no_wormholes_is_said() {
    let quiet = [frame_at(99), frame_at(199)];
    assert_says(&over_time("wormholes.svg", &context(), &quiet), &["no wormholes: enabled, but none opened"]);
    let disabled = Context { wormholes_enabled: false, ..context() };
    assert_says(&over_time("wormholes.svg", &disabled, &quiet), &["no wormholes: disabled in this scenario"]);
    assert_says(&over_time("strength-entropy.svg", &disabled, &quiet), &["no wormholes: disabled in this scenario"]);
    assert_says(&over_time("latency.svg", &disabled, &quiet), &["no access was delivered"]);
    let entropy = texts(&over_time("strength-entropy.svg", &disabled, &quiet));
    assert!(entropy.iter().any(|text| text.starts_with("nodes (")), "{entropy:?}");
    assert!(!entropy.iter().any(|text| text.starts_with("wormholes (")), "no sample without a line: {entropy:?}");
    let map = NetworkMap { wormholes: Vec::new(), ..nsfnet() };
    assert_says(&network::render(&disabled, &map), &["disabled"]);
}

#[test]
fn drops_have_a_line_only_if_there_are_any() {
    let svg = over_time("throughput.svg", &context(), &[frame_at(99), frame_at(199)]);
    assert!(!texts(&svg).contains(&"dropped".to_owned()));
}

#[test]
fn a_peak_in_the_warm_up_is_cut_and_named() {
    let svg = over_time("latency.svg", &context(), &frames(200, 100));
    let cut = |t: &String| t.starts_with("peak ") && t.ends_with("(off the axis)");
    assert_says(&svg, &["latency (ms), axis cut"]);
    assert!(texts(&svg).iter().any(cut));
    let no_warmup = Context { warmup_ticks: 0, ..context() };
    let whole = over_time("latency.svg", &no_warmup, &frames(200, 100));
    assert_says(&whole, &["latency (ms)"]);
    assert!(!texts(&whole).iter().any(cut));
}

#[test]
fn hostile_names_are_only_text() {
    let hostile = Context {
        name: HOSTILE.repeat(8),
        intent: HOSTILE.repeat(40),
        events: (0..300).map(|i| (i * 7, HOSTILE.repeat(3))).collect(),
        ..context()
    };
    let mut map = nsfnet();
    for node in &mut map.nodes {
        node.name = HOSTILE.repeat(5);
    }
    map.note = HOSTILE.into();
    for plot in render_all(&hostile, &frames(50, 100), &map) {
        let texts = texts(&plot.svg);
        assert!(texts.iter().any(|t| t.contains("<script>&\"'")), "{}", plot.file_name);
        assert!(!plot.svg.contains("<script>") && !plot.svg.chars().any(|c| c.is_control() && c != '\n'));
    }
}

#[test]
fn odd_series_are_drawn_without_odd_numbers() {
    let odd = |f: fn(u32) -> Frame| (0..5).map(f).collect::<Vec<Frame>>();
    let nan = |i| Frame {
        latency_mean_ticks: Some(f64::NAN),
        strength_mean: Some(f64::INFINITY),
        entropy_nodes: f64::NAN,
        ..frame_at(i)
    };
    let huge = |i| Frame {
        injected: u64::MAX,
        in_flight: 1_000_000,
        latency_mean_ticks: Some(1e6),
        latency_p95_ticks: Some(u64::MAX),
        dormant: 4_000_000,
        ..frame_at(i)
    };
    let same_tick = |_| Frame { latency_mean_ticks: Some(3.0), fast_lane: 2, ..frame_at(0) };
    let late = |i| Frame { standard: 1, ..frame_at(u32::MAX - 4 + i) };
    for frames in [odd(nan), odd(huge), odd(same_tick), odd(late), frames(1, 100)] {
        for plot in render_all(&context(), &frames, &nsfnet()) {
            texts(&plot.svg);
            assert!(!plot.svg.contains("NaN") && !plot.svg.contains("inf,") && !plot.svg.contains("2147483647"));
        }
    }
}

#[test]
fn a_long_run_gives_a_small_file() {
    let events = (0..5000).map(|i| (i * 2000, format!("event {i}"))).collect();
    let context = Context { events, ..context() };
    for plot in render_all(&context, &frames(100_000, 100), &nsfnet()) {
        assert!(plot.svg.len() < 1_000_000, "{} has {} bytes", plot.file_name, plot.svg.len());
    }
}

#[test]
fn a_map_of_ten_thousand_nodes_is_thinned_and_says_so() {
    for located in [true, false] {
        let svg = network::render(&context(), &large(10_000, located));
        assert!(svg.len() < 3_000_000, "{} bytes", svg.len());
        let caption = texts(&svg).pop().expect("there is a caption");
        assert!(caption.contains("the 7,000 most loaded of 30,000 links"), "{caption}");
        assert!(caption.contains("the 300 strongest of 10,000 wormholes"), "{caption}");
    }
}

#[test]
fn maps_of_one_place_or_without_loads_are_drawn() {
    let mut map = nsfnet();
    for node in &mut map.nodes {
        node.position = Some(Position::Plane { x: 1.0, y: 1.0 });
        node.mass = 0.0;
    }
    for link in &mut map.links {
        link.load_per_tick = 0.0;
    }
    let svg = network::render(&context(), &map);
    assert!(!svg.contains("NaN"));
    assert_says(&svg, &["no mass", "link load (accesses per"]);
}
