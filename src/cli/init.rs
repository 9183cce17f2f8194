//! `wormsim init`: a commented scenario from a network and, if there is one, a log of accesses.
//!
//! What is chosen is chosen so that a first run tells something: a tick that keeps the differences of latencies, a run
//! as long as the log, nodes that serve the load. Each choice is said with its reason, in the file and on standard
//! error.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::columns::ReadingOptions;
use super::output_file::OutputFile;
use super::phrases::shown;
use super::terminal::note;
use crate::error::Error;
use crate::experiment::expected_load::{ExpectedLoad, expected_load};
use crate::scenario::log_format::{LogColumns, LogFormat};
use crate::scenario::trace::{Survey, survey};
use crate::scenario::{Kinds, Scenario, load_text};
use crate::topology::{Rules, STANDARD_INPUT, Topology, read_topology};

/// Options of `init`.
#[derive(Debug, Args)]
pub struct InitOptions {
    /// A network in any known format.
    pub network: PathBuf,
    /// A log of accesses: rows with a time, an origin and a target.
    #[arg(long, value_name = "LOG")]
    pub log: Option<PathBuf>,
    /// How the files are read.
    #[command(flatten)]
    pub reading: ReadingOptions,
    /// Where the scenario goes.
    #[command(flatten)]
    pub output: OutputFile,
}

/// Ticks of a run without a log.
const TICKS_WITHOUT_LOG: u32 = 20_000;
/// Ticks of the longest run: of a longer log, the first part is taken.
const MOST_TICKS: u32 = 2_000_000;
/// Ticks from which on a step of times is said.
const COARSE_TICKS: u32 = 10;
/// Share of what the busiest node can serve that the load takes, on average and at its peak.
const MEAN_LOAD: f64 = 0.6;
const PEAK_LOAD: f64 = 0.9;
/// Accesses per tick that the busiest node serves without a log.
const SERVICE_WITHOUT_LOG: f64 = 10.0;
/// What every departure takes at a node, ms, and what wormholes take and cost, ms: starting points.
const PROCESSING_MS: f64 = 1.0;
const SETUP_MS: f64 = 20.0;
const OPENING_COST_MS: f64 = 100.0;

pub(super) fn init(options: &InitOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    options.output.check()?;
    let standard_input = Path::new(STANDARD_INPUT);
    if options.network == standard_input || options.log.as_deref() == Some(standard_input) {
        let expected = "files: the scenario that is made names them".to_owned();
        return Err(Error::Usage { option: "init", value: "-".to_owned(), expected });
    }
    let mut draft = Draft::new(options)?;
    // The load is that of a scenario in which all is served.
    let loaded = load_text(&draft.text(), &draft.place, &[], kinds)?;
    let load = expected_load(&loaded.scenario)?;
    draft.fit(&loaded.scenario, load.as_ref())?;
    let text = draft.text();
    let loaded = load_text(&text, &draft.place, &[], kinds)?;
    options.output.write_text(&text)?;
    draft.reasons().for_each(|reason| note(&shown(&reason)));
    loaded.scenario.assumptions().iter().for_each(|assumption| note(&shown(&assumption.text)));
    if let Some(path) = &options.output.out {
        note(&shown(&format!("next: wormsim compare {}", path.display())));
    }
    Ok(ExitCode::SUCCESS)
}

/// A field of the scenario with the reason for its value.
struct Line {
    field: &'static str,
    value: Value,
    reason: String,
}

/// The scenario that comes to be.
struct Draft {
    /// Where it will stand: paths in it are relative to its folder.
    place: PathBuf,
    name: String,
    tick_ms: f64,
    head: Vec<Line>,
    network: Value,
    nodes: Vec<Line>,
    workload: Value,
    workload_reason: String,
    ticks: u32,
    survey: Option<Survey>,
    has_demands: bool,
}

impl Draft {
    fn new(options: &InitOptions) -> Result<Self, Error> {
        let rules = Rules { weight_unit: options.reading.weight_unit, ..Rules::default() };
        let (topology, _) = read_topology(&options.network, &rules)?;
        let place = options.output.out.clone().unwrap_or_else(|| PathBuf::from("scenario.json"));
        let mut network = json!({"file": from_folder(&place, &options.network)});
        if let Some(unit) = options.reading.weight_unit {
            network["weight_unit"] = serde_json::to_value(unit).unwrap_or_default();
        }
        let (tick_ms, tick_reason) = tick(&topology);
        let given = options.reading.columns();
        let format = LogFormat { columns: given.clone(), ..LogFormat::default() };
        let survey = options.log.as_ref().map(|log| survey(log, &format, tick_ms)).transpose()?;
        let stem = options.network.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name: String = place
            .file_stem()
            .filter(|_| options.output.out.is_some())
            .map_or(stem, |stem| stem.to_string_lossy().into_owned());
        let mut draft = Self {
            name: name
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' })
                .take(60)
                .collect(),
            place,
            tick_ms,
            head: Vec::new(),
            network,
            nodes: Vec::new(),
            workload: Value::Null,
            workload_reason: String::new(),
            ticks: TICKS_WITHOUT_LOG,
            survey,
            has_demands: !topology.demands.is_empty(),
        };
        draft.set_times(tick_reason);
        draft.set_workload(options, &topology, &given);
        draft.set_nodes(1_000_000, "so that all is served".to_owned());
        Ok(draft)
    }

    fn set_times(&mut self, tick_reason: String) {
        let whole = self.survey.map_or(TICKS_WITHOUT_LOG, |survey| survey.end);
        let ticks = whole.min(MOST_TICKS);
        let reason = match &self.survey {
            None => "there is no log to say".to_owned(),
            Some(Survey { span_ms: None, .. }) if ticks == whole => "the log, whose times are ticks".to_owned(),
            Some(Survey { span_ms: Some(span), .. }) if ticks == whole => format!("the log: {}", time(*span)),
            Some(_) => format!(
                "the first {} of {} of the log: more takes long in ticks that keep the differences of links",
                time((f64::from(ticks) * self.tick_ms) as u64),
                time((f64::from(whole) * self.tick_ms) as u64)
            ),
        };
        self.ticks = ticks;
        self.head = vec![
            Line { field: "tick_ms", value: self.tick_ms.into(), reason: tick_reason },
            Line { field: "ticks", value: ticks.into(), reason },
        ];
    }

    fn set_workload(&mut self, options: &InitOptions, topology: &Topology, given: &LogColumns) {
        if let (Some(log), Some(survey)) = (&options.log, &self.survey) {
            let mut workload = json!({"kind": "trace", "path": from_folder(&self.place, log)});
            if *given != LogColumns::default() {
                workload["columns"] = serde_json::to_value(given).unwrap_or_default();
            }
            self.workload_reason = "every row of the log is an access".to_owned();
            if survey.late_ticks > 0 {
                workload["late_ticks"] = survey.late_ticks.into();
                self.workload_reason += &format!("; rows are late by up to {} ticks", survey.late_ticks);
            }
            if survey.step_ticks >= COARSE_TICKS {
                let step = time((f64::from(survey.step_ticks) * self.tick_ms) as u64);
                self.workload_reason += &format!(
                    "; TIMES IN STEPS of {step}: accesses of a step come in one tick and queue, as they may not have done"
                );
            }
            self.workload = workload;
        } else if self.has_demands {
            let mut rates = serde_json::Map::new();
            for &([origin, target], rate) in topology.demands.iter().filter(|([origin, target], _)| origin != target) {
                let [origin, target] = [origin, target].map(|node| topology.node(node).name.to_string());
                let row = rates.entry(origin).or_insert_with(|| json!({}));
                let before = row[&target].as_f64().unwrap_or(0.0);
                row[&target] = (before + rate).into();
            }
            self.workload = json!({"kind": "matrix", "accesses_per_tick": 1.0, "rates": rates});
            self.workload_reason = "the demands of the network's file, relative to each other".to_owned();
        } else {
            self.workload = json!({"kind": "gravity", "accesses_per_tick": 1.0});
            self.workload_reason = "any node asks any other, by their masses: there is no log".to_owned();
        }
    }

    /// So many milliseconds in ticks, at least one.
    fn ticks_of(&self, ms: f64) -> u32 {
        (libm::round(ms / self.tick_ms) as u32).max(1)
    }

    fn set_nodes(&mut self, service: u32, reason: String) {
        let processing = self.ticks_of(PROCESSING_MS);
        let ms = f64::from(processing) * self.tick_ms;
        self.nodes = vec![
            Line { field: "service_per_tick", value: service.into(), reason },
            Line {
                field: "processing_ticks",
                value: processing.into(),
                reason: format!(
                    "{ms} ms of work at every hop, which wormholes skip: this decides the answer; measure yours"
                ),
            },
        ];
    }

    /// Nodes that serve the load, or without a log a load that fits.
    fn fit(&mut self, scenario: &Scenario, load: Option<&ExpectedLoad>) -> Result<(), Error> {
        let Some(load) = load else {
            let reason = "the network is too large to compute what its nodes have to serve: unstable if too little";
            self.set_nodes(10, reason.to_owned());
            return Ok(());
        };
        let Some(&(node, busiest)) = load.busiest(1).first() else {
            let expected = "a log with accesses between two different nodes of the network".to_owned();
            return Err(Error::Usage { option: "--log", value: "no usable access".to_owned(), expected });
        };
        let name = &scenario.topology.node(node).name;
        if self.survey.is_some() {
            let service = (busiest / MEAN_LOAD).max(busiest * load.peak / PEAK_LOAD).ceil().max(1.0);
            let reason = format!(
                "{} a tick leave the busiest node, {name}, and {} at the peak: a load of {:.0} %",
                short(busiest),
                short(busiest * load.peak),
                100.0 * busiest / service
            );
            self.set_nodes(service as u32, reason);
        } else {
            let rate = significant(MEAN_LOAD * SERVICE_WITHOUT_LOG / busiest.max(1e-9));
            self.workload["accesses_per_tick"] = rate.into();
            self.workload_reason += &format!(
                "; {:.0} a second load the busiest node to {:.0} %",
                rate * 1000.0 / self.tick_ms,
                MEAN_LOAD * 100.0
            );
            self.set_nodes(SERVICE_WITHOUT_LOG as u32, format!("{name} is the busiest node"));
        }
        let narrow = load.overloaded(scenario)[1];
        if narrow > 0 {
            self.workload_reason += &format!(
                "; OVERLOADED: by shortest ways, {narrow} directions of links have to carry more than they can"
            );
        }
        Ok(())
    }

    /// What was chosen and why.
    fn reasons(&self) -> impl Iterator<Item = String> {
        let lines = self.head.iter().chain(&self.nodes);
        let lines = lines.map(|Line { field, value, reason }| format!("{field} {value}: {reason}"));
        lines.chain([format!(
            "workload {}: {}",
            self.workload["kind"].as_str().unwrap_or_default(),
            self.workload_reason
        )])
    }

    /// The file.
    fn text(&self) -> String {
        let mut text = String::from("{\n  \"version\": 2,\n");
        let _ = writeln!(text, "  \"name\": {},", json!(self.name));
        let _ = writeln!(
            text,
            "  \"intent\": \"What do wormholes and learned routing gain here, and what do they cost?\","
        );
        text += "  \"seed\": 1,\n";
        for Line { field, value, reason } in &self.head {
            let _ = writeln!(text, "  // {}\n  \"{field}\": {value},", one_line(reason));
        }
        text += "  // The first tenth is not measured (warmup_ticks): policies and routers begin with nothing.\n";
        let _ = writeln!(text, "  \"topology\": {},", self.network);
        text += "  \"nodes\": {\n";
        for (place, Line { field, value, reason }) in self.nodes.iter().enumerate() {
            let comma = if place + 1 < self.nodes.len() { "," } else { "" };
            let _ = writeln!(text, "    // {}\n    \"{field}\": {value}{comma}", one_line(reason));
        }
        text += "  },\n";
        let _ = writeln!(text, "  // {}\n  \"workloads\": [{}],", one_line(&self.workload_reason), self.workload);
        let _ = writeln!(
            text,
            "  // A wormhole rides on the shortest way and skips the work and the queues of the nodes between."
        );
        text +=
            "  \"wormholes\": {\"carrier\": {\"kind\": \"bypass\"}, \"policy\": \"gravity\", \"ports_per_node\": 4},\n";
        let memory = (self.ticks / 20).max(1000);
        text += "  \"physics\": {\n    // Demand is remembered for a twentieth of the run.\n";
        let _ = writeln!(
            text,
            "    \"gravity\": {{\"mass_memory_ticks\": {memory}, \"review_every_ticks\": {}}},",
            memory / 20
        );
        let _ = writeln!(
            text,
            "    \"decay\": {{\"fade_per_tick\": {:e}, \"pay_review_ticks\": {memory}, \"archive_after_ticks\": {}, \
             \"reopen_after_ticks\": {}}},",
            2.0 / f64::from(memory),
            10 * memory,
            2 * memory
        );
        let _ = writeln!(
            text,
            "    // What a wormhole costs decides what it is worth: latency, in ticks, that its upkeep takes in a tick, and\n    \
             // that its opening takes at once ({OPENING_COST_MS} ms), which is ready after {SETUP_MS} ms."
        );
        let _ = writeln!(
            text,
            "    \"wormhole\": {{\"upkeep_per_tick\": 0.1, \"opening_cost\": {}, \"setup_ticks\": {}}}\n  }},",
            self.ticks_of(OPENING_COST_MS),
            self.ticks_of(SETUP_MS)
        );
        text += "  \"router\": {\"kind\": \"shortest_path\"},\n";
        let _ = writeln!(text, "  \"record\": {{\"every_ticks\": {}}}\n}}", (self.ticks / 400).max(1));
        text
    }
}

/// A tick that keeps the differences of latencies, and why it is that long.
fn tick(topology: &Topology) -> (f64, String) {
    let reason = match topology.defaults.fitting_tick_ms {
        Some(_) if topology.defaults.fitting_is_bound => "the longest link takes a thousand ticks: finer ones run long",
        Some(_) => "nearly all links keep their latencies within a tenth",
        None => "nothing says how long links are: each takes one tick",
    };
    (topology.defaults.fitting_tick_ms.unwrap_or(1.0), reason.to_owned())
}

/// A text for a comment, which ends with its line: names may hold anything.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Two significant digits.
fn significant(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}

fn short(number: f64) -> String {
    format!("{}", significant(number))
}

/// A length of time in words.
fn time(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{ms} ms"),
        10_000..600_000 => format!("{:.1} s", ms as f64 / 1e3),
        600_000..36_000_000 => format!("{:.0} min", ms as f64 / 6e4),
        36_000_000..864_000_000 => format!("{:.1} h", ms as f64 / 3.6e6),
        _ => format!("{:.1} days", ms as f64 / 8.64e7),
    }
}

/// A path as it is written in a file at `place`: relative to its folder, or absolute if there is no way.
fn from_folder(place: &Path, file: &Path) -> String {
    let folder = place.parent().unwrap_or(Path::new(""));
    if folder.as_os_str().is_empty() || file.is_absolute() {
        return file.display().to_string();
    }
    if let Ok(below) = file.strip_prefix(folder) {
        return below.display().to_string();
    }
    let ups = folder.components().filter(|part| matches!(part, std::path::Component::Normal(_))).count();
    let is_plain = |part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir);
    let plain = folder.components().all(is_plain);
    if plain && folder.is_relative() {
        let up: PathBuf = std::iter::repeat_n("..", ups).collect();
        return up.join(file).display().to_string();
    }
    file.canonicalize().unwrap_or_else(|_| file.to_owned()).display().to_string()
}
