//! Sources of accesses: names and windows, who accesses whom, and changes over time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ndarray::Array2;

use super::context::{Context, check_name, not_allowed};
use crate::memory;
use crate::scenario::csv_file::{CsvFile, NodeNames};
use crate::scenario::log_format::LogFormat;
use crate::scenario::problem::Fault;
use crate::scenario::problem::{JsonPath, Problem, quoted};
use crate::scenario::raw::{
    GravityWorkload, MatrixWorkload, RawArrivals, RawFlashCrowd, RawHotSpot, RawWorkload, Shape, Window, ZipfWorkload,
};
use crate::scenario::trace::{TraceCounts, TraceReader};
use crate::scenario::{
    Arrivals, Content, Demand, FlashCrowd, HotSpot, Modulation, Pairs, ScenarioError, Workload, defaults,
};
use crate::topology::{InputFile, NodeId, Position};

/// Nodes that a demand matrix may have: its size is their square.
const MAX_MATRIX_NODES: usize = 4096;
/// Mass of a node.
const MAX_MASS: f64 = 1e15;
/// Mean accesses per tick of a workload.
const MAX_RATE: f64 = 1e6;
/// Mean accesses per tick of all workloads, each at its peak: memory holds every access of a tick.
const MAX_PEAK_RATE: f64 = 2e6;

/// Rates by the names of origin and target.
type Rates = BTreeMap<String, BTreeMap<String, f64>>;

/// The workloads, and their raw form with every default filled in. Files that they come from are added to `inputs`.
pub(super) fn workloads(
    raw: &[RawWorkload],
    context: &Context<'_>,
    inputs: &mut Vec<InputFile>,
) -> Result<(Vec<Workload>, Vec<RawWorkload>), Fault> {
    let mut names = BTreeSet::new();
    let mut workloads = Vec::with_capacity(raw.len());
    let mut resolved = raw.to_vec();
    let mut peak = 0.0;
    for (index, raw) in resolved.iter_mut().enumerate() {
        let path = JsonPath::default().key("workloads").index(index);
        let kind = raw.kind();
        let window = raw.window_mut();
        let name = window.name.get_or_insert_with(|| defaults::numbered_name(kind, index)).clone();
        check_name(&name, &path.key("name"))?;
        if !names.insert(name.clone()) {
            return Err(not_allowed(path.key("name"), quoted(&name), "a name that no other workload has"));
        }
        let until_tick = window.until_tick.unwrap_or(context.ticks);
        check_window(window, until_tick, &path, context)?;
        let (from_tick, size) = (window.from_tick, window.size);
        let demand = demand(raw, &path, context, inputs)?;
        let own = peak_rate(&demand);
        peak += own;
        if peak > MAX_PEAK_RATE {
            let value = format!("a peak of {own} accesses per tick, {peak} with the workloads before,");
            return Err(not_allowed(path, value, format!("at most {MAX_PEAK_RATE} for all workloads together")));
        }
        workloads.push(Workload { name, from_tick, until_tick, size, demand });
    }
    Ok((workloads, resolved))
}

/// Mean accesses per tick when the day and the flash crowd are at their height; a trace brings its own.
fn peak_rate(demand: &Demand) -> f64 {
    let Demand::Drawn { accesses_per_tick, modulation, .. } = demand else { return 0.0 };
    let day = modulation.diurnal.map_or(1.0, |diurnal| 1.0 + diurnal.amplitude);
    accesses_per_tick * day * modulation.flash_crowd.map_or(1.0, |crowd| crowd.factor)
}

fn check_window(window: &Window, until_tick: u32, path: &JsonPath, context: &Context<'_>) -> Result<(), Fault> {
    let ticks = context.ticks;
    if window.from_tick >= ticks {
        let expected = format!("before the end of the run (ticks is {ticks})");
        return Err(not_allowed(path.key("from_tick"), window.from_tick, expected));
    }
    if until_tick <= window.from_tick || until_tick > ticks {
        let expected = format!("after from_tick ({}) and at most ticks ({ticks})", window.from_tick);
        return Err(not_allowed(path.key("until_tick"), until_tick, expected));
    }
    Ok(())
}

fn demand(
    raw: &mut RawWorkload,
    path: &JsonPath,
    context: &Context<'_>,
    inputs: &mut Vec<InputFile>,
) -> Result<Demand, Fault> {
    match raw {
        RawWorkload::Uniform(raw) => drawn(raw.accesses_per_tick, Pairs::Uniform, &raw.shape, path, context),
        RawWorkload::Gravity(raw) => {
            let weights = weights(raw, path, context)?;
            drawn(raw.accesses_per_tick, Pairs::Gravity { weights }, &raw.shape, path, context)
        }
        RawWorkload::Matrix(raw) => {
            let (rates, sum) = matrix(raw, path, context, inputs)?;
            let rate = *raw.accesses_per_tick.get_or_insert(sum);
            if rate > MAX_RATE {
                return Err(not_allowed(
                    path.clone(),
                    format!("a sum of rates of {rate}"),
                    format!("at most {MAX_RATE}"),
                ));
            }
            drawn(rate, Pairs::Matrix { rates }, &raw.shape, path, context)
        }
        RawWorkload::Zipf(raw) => {
            let pairs = zipf(raw, path, context)?;
            drawn(raw.accesses_per_tick, pairs, &raw.shape, path, context)
        }
        RawWorkload::Trace(raw) => {
            let file = context.file(&raw.path);
            let here = |error| Fault::elsewhere(error, path.key("path"));
            let format = LogFormat::from(&*raw);
            let (topology, size) = (context.topology, raw.window.size);
            let mut reader = TraceReader::open(&file, &format, topology, context.tick_ms, size, None).map_err(here)?;
            let window = &raw.window;
            let end = window.until_tick.unwrap_or(context.ticks) - window.from_tick;
            let mut after_end = 0;
            reader
                .try_for_each(|record| record.map(|record| after_end += u64::from(record.tick >= end)))
                .map_err(here)?;
            let (content, counts) = (reader.content(), TraceCounts { after_end, ..reader.counts().clone() });
            inputs.push(InputFile { path: file.clone(), blake3: content.blake3 });
            Ok(Demand::Trace { path: file, format, content, counts })
        }
    }
}

fn drawn(rate: f64, pairs: Pairs, shape: &Shape, path: &JsonPath, context: &Context<'_>) -> Result<Demand, Fault> {
    let arrivals = match shape.arrivals {
        RawArrivals::Poisson => Arrivals::Poisson,
        RawArrivals::Binomial { sources } => {
            let highest = rate * (1.0 + shape.diurnal.map_or(0.0, |diurnal| diurnal.amplitude));
            if f64::from(sources) < highest {
                let expected = format!("at least the highest rate, {highest} accesses per tick");
                return Err(not_allowed(path.key("arrivals").key("sources"), sources, expected));
            }
            Arrivals::Binomial { sources }
        }
    };
    let hot_spot = shape.hot_spot.as_ref().map(|raw| hot_spot(raw, &path.key("hot_spot"), context)).transpose()?;
    let flash_crowd =
        shape.flash_crowd.as_ref().map(|raw| flash_crowd(raw, &path.key("flash_crowd"), context)).transpose()?;
    let modulation = Modulation { hot_spot, diurnal: shape.diurnal, flash_crowd };
    Ok(Demand::Drawn { accesses_per_tick: rate, arrivals, pairs, modulation })
}

fn weights(raw: &GravityWorkload, path: &JsonPath, context: &Context<'_>) -> Result<Vec<f64>, Fault> {
    let path = path.key("masses");
    let mut weights: Vec<f64> = context.topology.nodes().map(|(_, node)| node.mass).collect();
    for (name, &mass) in &raw.masses {
        let node = context.node(name, path.key(name))?;
        if !(0.0..=MAX_MASS).contains(&mass) {
            return Err(not_allowed(path.key(name), mass, format!("a number from 0 to {MAX_MASS}")));
        }
        weights[node.index()] = mass;
    }
    let positive = weights.iter().filter(|&&weight| weight > 0.0).count();
    if positive < 2 {
        return Err(not_allowed(path, format!("{positive} nodes with mass"), "at least 2 nodes with a mass above 0"));
    }
    Ok(weights)
}

/// The matrix and its sum; a file is read into `raw.rates`.
fn matrix(
    raw: &mut MatrixWorkload,
    path: &JsonPath,
    context: &Context<'_>,
    inputs: &mut Vec<InputFile>,
) -> Result<(Array2<f64>, f64), Fault> {
    let nodes = context.topology.node_count();
    if nodes > MAX_MATRIX_NODES {
        let expected = format!("another kind, or a topology of at most {MAX_MATRIX_NODES} nodes (it has {nodes})");
        return Err(not_allowed(path.key("kind"), quoted("matrix"), expected));
    }
    let from_file = raw.file.take();
    let field = if from_file.is_some() { "file" } else { "rates" };
    let rates: &Rates = match (&mut raw.rates, from_file) {
        (Some(rates), None) => rates,
        (rates @ None, Some(file)) => {
            let file = context.file(&file);
            let read = read_matrix(&file, context).map_err(|error| Fault::elsewhere(error, path.key("file")))?;
            inputs.push(InputFile { path: file, blake3: read.1.blake3 });
            rates.insert(read.0)
        }
        _ => {
            let allowed = vec!["rates".to_owned(), "file".to_owned()];
            return Err(Fault::new(path.clone(), Problem::NotOneOf { allowed, nearest: None }));
        }
    };
    let bytes = (nodes * nodes * size_of::<f64>()) as u64;
    if !memory::is_there(1, bytes) {
        let expected = format!("another kind, or {} MiB of memory for the matrix", bytes.div_ceil(1 << 20));
        return Err(not_allowed(path.key("kind"), quoted("matrix"), expected));
    }
    let mut matrix = Array2::zeros((nodes, nodes));
    let mut sum = 0.0;
    for (origin_name, row) in rates {
        let row_path = path.key(field).key(origin_name);
        let origin = context.node(origin_name, row_path.clone())?;
        for (target_name, &rate) in row {
            let target = context.node(target_name, row_path.key(target_name))?;
            if !(0.0..=MAX_RATE).contains(&rate) {
                return Err(not_allowed(row_path.key(target_name), rate, format!("a number from 0 to {MAX_RATE}")));
            }
            if origin == target && rate > 0.0 {
                return Err(not_allowed(row_path.key(target_name), rate, "0 from a node to itself"));
            }
            matrix[[origin.index(), target.index()]] = rate;
            sum += rate;
        }
    }
    if sum <= 0.0 {
        return Err(not_allowed(path.key(field), "a matrix without demand", "at least one rate above 0"));
    }
    Ok((matrix, sum))
}

fn read_matrix(file: &Path, context: &Context<'_>) -> Result<(Rates, Content), ScenarioError> {
    let mut csv = CsvFile::open(file, &["origin,target,rate"], None)?;
    let mut rates = Rates::new();
    let names = NodeNames::new(context.topology);
    while csv.advance()? {
        let (origin, target) = (csv.node(0, &names)?, csv.node(1, &names)?);
        let rate = csv.number(2, 0.0, MAX_RATE)?;
        if origin == target && rate > 0.0 {
            return Err(csv.not_allowed(csv.column(2).unwrap_or_default(), "0 from a node to itself"));
        }
        let name = |node: NodeId| context.topology.node(node).name.to_string();
        if rates.entry(name(origin)).or_default().insert(name(target), rate).is_some() {
            return Err(csv.not_allowed(csv.column(1).unwrap_or_default(), "each pair of origin and target once"));
        }
    }
    Ok((rates, csv.content()))
}

fn zipf(raw: &ZipfWorkload, path: &JsonPath, context: &Context<'_>) -> Result<Pairs, Fault> {
    let homes = match &raw.homes {
        Some(names) => named(names, &path.key("homes"), context)?,
        None => context.topology.nodes().map(|(id, _)| id).collect(),
    };
    Ok(Pairs::Zipf { items: raw.items, exponent: raw.exponent, homes })
}

fn hot_spot(raw: &RawHotSpot, path: &JsonPath, context: &Context<'_>) -> Result<HotSpot, Fault> {
    let nodes = match &raw.path {
        Some(names) => named(names, &path.key("path"), context)?,
        None => west_to_east(context),
    };
    Ok(HotSpot { path: nodes, dwell_ticks: raw.dwell_ticks, share: raw.share })
}

fn named(names: &[String], path: &JsonPath, context: &Context<'_>) -> Result<Vec<NodeId>, Fault> {
    names.iter().enumerate().map(|(index, name)| context.node(name, path.index(index))).collect()
}

/// All nodes by longitude, those without one last; in their own order where positions are not geographic.
fn west_to_east(context: &Context<'_>) -> Vec<NodeId> {
    let longitude = |node: &NodeId| match context.topology.node(*node).position {
        Some(Position::Geographic { longitude, .. }) => longitude,
        _ => f64::INFINITY,
    };
    let mut nodes: Vec<NodeId> = context.topology.nodes().map(|(id, _)| id).collect();
    nodes.sort_by(|a, b| longitude(a).total_cmp(&longitude(b)));
    nodes
}

fn flash_crowd(raw: &RawFlashCrowd, path: &JsonPath, context: &Context<'_>) -> Result<FlashCrowd, Fault> {
    if raw.start_tick >= context.ticks {
        let expected = format!("before the end of the run (ticks is {})", context.ticks);
        return Err(not_allowed(path.key("start_tick"), raw.start_tick, expected));
    }
    Ok(FlashCrowd {
        start_tick: raw.start_tick,
        rise_ticks: raw.rise_ticks,
        hold_ticks: raw.hold_ticks,
        fall_ticks: raw.fall_ticks,
        factor: raw.factor,
        target: context.node(&raw.target, path.key("target"))?,
    })
}
