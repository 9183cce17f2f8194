//! `wormsim analyze`: the structure of a network.

use std::cmp::Reverse;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::network;
use super::network::NetworkArgument;
use super::phrases::{counted, listed, shown, wrapped};
use super::table::{Column, labelled, table};
use super::terminal::print;
use crate::error::Error;
use crate::experiment::batch;
use crate::routing::analysis::{Analysis, Bundle, Edge, Histogram};
use crate::routing::network::Network;
use crate::topology::NodeId;

/// Options of `analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeOptions {
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgument,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Rows of the tables of nodes and links.
const ROWS: usize = 10;

/// What is said of directed networks in addition.
const DIRECTED: &str = "\
    Paths follow directions. Closeness counts distances from those that reach a node, eigenvector links into it.\n\
    Spanning tree, bridges and cut nodes: as if every link led both ways, in the ticks of its slower direction.\n";

/// Column of the values.
const INDENT: u16 = 14;

pub(super) fn analyze(options: &AnalyzeOptions) -> Result<ExitCode, Error> {
    let network = network::read(&options.network)?;
    let analysis = tracing::info_span!("analyze").in_scope(|| batch::on_all_cores(|| Analysis::of(&network)))?;
    let text =
        if options.json { format!("{:#}\n", as_json(&network, &analysis)) } else { in_words(&network, &analysis) };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn name(network: &Network, node: NodeId) -> String {
    shown(&network.topology.node(node).name)
}

fn joined(network: &Network, bundle: &Bundle) -> String {
    let [a, b] = bundle.ends.map(|end| name(network, end));
    format!("{a} {} {b}", if bundle.wormhole.contains(&true) { '~' } else { '–' })
}

/// A link; in a directed network, one direction of it.
fn led(network: &Network, edge: &Edge, directed: bool) -> String {
    let [a, b] = edge.ends.map(|end| name(network, end));
    let mark = match (edge.wormhole, directed) {
        (false, false) => "–",
        (true, false) => "~",
        (false, true) => "→",
        (true, true) => "~→",
    };
    format!("{a} {mark} {b}")
}

/// Places of values, the largest value first, of those that are equal but for rounding the first.
fn ranked(values: impl ExactSizeIterator<Item = f64>) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    let values: Vec<_> = values.map(|value| Reverse((value * 1e9).round() as u64)).collect();
    places.sort_by_key(|&place| (values[place], place));
    places
}

fn in_words(network: &Network, analysis: &Analysis) -> String {
    let mut rows = Vec::new();
    let mut line = |label: &'static str, value: String| rows.push((label, shown(&value)));
    line("network", network::described(network));
    line("components", components(analysis));
    let distances = &analysis.distances;
    let all = analysis.is_exact();
    let length = |lengths: &Histogram, one: &str, many: &str| match lengths.mean() {
        Some(mean) => {
            let diameter = counted(lengths.max as usize, one, many);
            format!("mean {mean:.4}, diameter {}{diameter}", if all { "" } else { "at least " })
        }
        None => "no two nodes are connected".to_owned(),
    };
    line("hops", length(&distances.hops, "hop", "hops"));
    line("latency", length(&distances.ticks, "tick", "ticks"));
    if analysis.directed {
        let (apart, pairs) = (analysis.unreachable_pairs(), analysis.measured_pairs());
        line("no path", format!("between {apart} of {pairs} ordered pairs of nodes"));
    }
    let range = |degrees: &[u32]| {
        let [least, most] = [degrees.iter().min(), degrees.iter().max()].map(|degree| degree.copied().unwrap_or(0));
        let mean = degrees.iter().map(|&degree| f64::from(degree)).sum::<f64>() / degrees.len() as f64;
        format!("mean {mean:.4}, from {least} to {most}")
    };
    line("degree", range(&analysis.degrees));
    if analysis.in_degrees != analysis.degrees || analysis.out_degrees != analysis.degrees {
        line("in-degree", range(&analysis.in_degrees));
        line("out-degree", range(&analysis.out_degrees));
    }
    line(
        "spanning tree",
        format!("{}, {} ticks", counted(analysis.spanning_tree.len(), "link", "links"), analysis.spanning_tree_ticks),
    );
    let failing = |count: usize, list: String| if count == 0 { list } else { format!("{count}: {list}") };
    let bridges = analysis.bridges.iter().map(|&place| joined(network, &analysis.bundles[place]));
    line("bridges", failing(analysis.bridges.len(), listed(bridges)));
    let points = analysis.articulation_points.iter().map(|&node| name(network, node));
    line("cut nodes", failing(analysis.articulation_points.len(), listed(points)));
    if !all {
        let sources = distances.sources;
        line(
            "sampled",
            format!("distances, betweenness and closeness are estimates from {sources} evenly spaced nodes"),
        );
    }
    [labelled(INDENT, rows), top_nodes(network, analysis), top_links(network, analysis), distributions(analysis)]
        .join("\n")
}

fn components(analysis: &Analysis) -> String {
    let sizes = |parts: &[Vec<NodeId>]| listed(parts.iter().map(|part| part.len().to_string()));
    let (strong, weak) = (&analysis.components, &analysis.weak_components);
    match (strong.len(), analysis.directed) {
        (1, false) => "1, all nodes are connected".to_owned(),
        (count, false) => format!("{count}, of {} nodes", sizes(strong)),
        (1, true) => "1 strongly connected: every node reaches all others".to_owned(),
        (count, true) => format!(
            "{count} strongly connected, of {} nodes; {} weakly connected, of {} nodes",
            sizes(strong),
            weak.len(),
            sizes(weak)
        ),
    }
}

/// Nodes by each centrality, side by side.
fn top_nodes(network: &Network, analysis: &Analysis) -> String {
    let by: [Option<&[f64]>; 3] =
        [Some(&analysis.betweenness), Some(&analysis.closeness), analysis.eigenvector.as_deref()];
    let orders = by.map(|values| values.map(|values| ranked(values.iter().copied())).unwrap_or_default());
    let nodes = analysis.degrees.len();
    let row = |rank: usize| {
        let cells = by.iter().zip(&orders).flat_map(|(values, order)| match (values, order.get(rank)) {
            (Some(values), Some(&node)) => [name(network, NodeId(node as u32)), format!("{:.4}", values[node])],
            _ => ["not settled".to_owned(), String::new()],
        });
        [(rank + 1).to_string()].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = (0..nodes.min(ROWS)).map(row).collect();
    let columns = [
        Column("rank", true),
        Column("betweenness", false),
        Column("", true),
        Column("closeness", false),
        Column("", true),
        Column("eigenvector", false),
        Column("", true),
    ];
    table(&columns, &rows) + &left_out(nodes, "node", "nodes")
}

/// Links by the share of shortest paths that take them.
fn top_links(network: &Network, analysis: &Analysis) -> String {
    let order = ranked(analysis.edges.iter().map(|edge| edge.betweenness));
    let row = |(rank, &place): (usize, &usize)| {
        let edge = &analysis.edges[place];
        let share = format!("{:.4}", edge.betweenness);
        vec![(rank + 1).to_string(), led(network, edge, analysis.directed), share, edge.ticks.to_string()]
    };
    let rows: Vec<Vec<String>> = order.iter().take(ROWS).enumerate().map(row).collect();
    let columns = [Column("rank", true), Column("link", false), Column("betweenness", true), Column("ticks", true)];
    let [one, many] = if analysis.directed { ["direction", "directions"] } else { ["link", "links"] };
    table(&columns, &rows) + &left_out(order.len(), one, many)
}

fn left_out(count: usize, one: &str, many: &str) -> String {
    match count.saturating_sub(ROWS) {
        0 => String::new(),
        more => format!("      {} left out; --json has all\n", counted(more, one, many)),
    }
}

fn distributions(analysis: &Analysis) -> String {
    let degrees = analysis.degree_distribution();
    let degrees = degrees.iter().enumerate().filter(|&(_, &count)| count > 0);
    let degrees = wrapped(degrees.map(|(degree, count)| format!("{degree}: {count}")), INDENT);
    let lengths = |lengths: &Histogram| {
        let row = |(least, most, count): (u32, u32, u64)| match least == most {
            true => format!("{least}: {count}"),
            false => format!("{least}–{most}: {count}"),
        };
        wrapped(lengths.rows().map(row), INDENT)
    };
    let (hops, ticks) = (lengths(&analysis.distances.hops), lengths(&analysis.distances.ticks));
    labelled(INDENT, [("degrees", degrees), ("hops", hops), ("ticks", ticks)])
        + "Betweenness: share of shortest paths between other nodes; closeness: 1 / mean distance. Both count hops.\n\
           Distributions: value: how many; of nodes by links, of ordered pairs of nodes by hops and by ticks.\n"
        + if analysis.directed { DIRECTED } else { "" }
}

fn as_json(network: &Network, analysis: &Analysis) -> Value {
    let plain = |node: NodeId| network.topology.node(node).name.to_string();
    let ends = |place: &usize| analysis.bundles[*place].ends.map(plain);
    let lengths = |lengths: &Histogram| {
        json!({
            "mean": lengths.mean(),
            "max": lengths.max,
            "pairs": lengths.count,
            "distribution": lengths
                .rows()
                .map(|(from, to, pairs)| json!({"from": from, "to": to, "pairs": pairs}))
                .collect::<Vec<_>>(),
        })
    };
    let nodes = network.topology.nodes().map(|(id, node)| {
        let mut row = json!({
            "name": node.name,
            "degree": analysis.degrees[id.index()],
            "betweenness": analysis.betweenness[id.index()],
            "closeness": analysis.closeness[id.index()],
            "eigenvector": analysis.eigenvector.as_ref().map(|values| values[id.index()]),
        });
        if analysis.directed {
            row["in_degree"] = analysis.in_degrees[id.index()].into();
            row["out_degree"] = analysis.out_degrees[id.index()].into();
        }
        row
    });
    let links = analysis.edges.iter().map(|edge| {
        json!({
            "ends": edge.ends.map(plain),
            "latency_ticks": edge.ticks,
            "wormhole": edge.wormhole,
            "parallel": analysis.bundles[edge.bundle].links,
            "betweenness": edge.betweenness,
        })
    });
    let parts = |parts: &[Vec<NodeId>]| {
        let names = |part: &Vec<NodeId>| part.iter().map(|&node| plain(node)).collect::<Vec<_>>();
        parts.iter().map(names).collect::<Vec<_>>()
    };
    let mut document = json!({
        "network": network::as_json(network),
        "components": parts(&analysis.components),
        "sources": analysis.distances.sources,
        "exact": analysis.is_exact(),
        "hops": lengths(&analysis.distances.hops),
        "latency_ticks": lengths(&analysis.distances.ticks),
        "degree_distribution": analysis.degree_distribution(),
        "spanning_tree": {
            "latency_ticks": analysis.spanning_tree_ticks,
            "links": analysis.spanning_tree.iter().map(ends).collect::<Vec<_>>(),
        },
        "bridges": analysis.bridges.iter().map(ends).collect::<Vec<_>>(),
        "articulation_points": analysis.articulation_points.iter().map(|&node| plain(node)).collect::<Vec<_>>(),
        "nodes": nodes.collect::<Vec<_>>(),
        "links": links.collect::<Vec<_>>(),
    });
    if analysis.directed {
        document["directed"] = true.into();
        document["weak_components"] = json!(parts(&analysis.weak_components));
        document["unreachable_pairs"] = analysis.unreachable_pairs().into();
    }
    document
}
