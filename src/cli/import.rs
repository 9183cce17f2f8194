//! `wormsim import`: networks of other formats as topology files, logs of other formats as traces.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::columns::ReadingOptions;
use super::output_file::OutputFile;
use super::phrases::shown;
use super::terminal::note;
use crate::error::Error;
use crate::scenario::log_format::LogFormat;
use crate::scenario::trace::{self, TraceReader};
use crate::topology::json::{RawTopology, to_text};
use crate::topology::{MAX_FILE_BYTES, MAX_FILE_LINKS, Parts, Rules, Topology, TopologyError, read_source};

/// What a file becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// A network as a topology file of wormsim.
    Json,
    /// A log of accesses as a trace: tick, origin, target and size.
    Csv,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// A network, or with --network a log of accesses, in any known format.
    pub file: PathBuf,
    /// What it becomes [default: csv with --network, else json].
    #[arg(long, value_name = "FORMAT")]
    pub to: Option<ImportFormat>,
    /// The network whose nodes a log is of.
    #[arg(long, value_name = "NETWORK")]
    pub network: Option<PathBuf>,
    /// Length of a tick of the trace, ms.
    #[arg(long, value_name = "MS", default_value_t = 1.0)]
    pub tick_ms: f64,
    /// How the files are read.
    #[command(flatten)]
    pub reading: ReadingOptions,
    /// Where the result goes.
    #[command(flatten)]
    pub output: OutputFile,
}

pub(super) fn import(options: &ImportOptions) -> Result<ExitCode, Error> {
    options.output.check()?;
    let rules = Rules {
        tick_ms: options.tick_ms,
        parts: Parts::All,
        weight_unit: options.reading.weight_unit,
        ..Rules::default()
    };
    let to = options.to.unwrap_or(if options.network.is_some() { ImportFormat::Csv } else { ImportFormat::Json });
    match (to, &options.network) {
        (ImportFormat::Json, None) => options.output.write_text(&network(options, &rules)?)?,
        (ImportFormat::Csv, Some(network)) => {
            let (builder, input) = read_source(network, &rules)?;
            let in_file = |source| TopologyError::InFile { path: input.path.clone(), source: Box::new(source) };
            let topology = builder.build(&rules).map_err(in_file)?;
            options.output.write(|writer| log(options, &topology, writer))?;
        }
        (ImportFormat::Json, Some(_)) => return Err(refused("--network", "json", "none beside --to json")),
        (ImportFormat::Csv, None) => return Err(refused("--to", "csv", "--network too, whose nodes the log is of")),
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(option: &'static str, value: &str, expected: &str) -> Error {
    Error::Usage { option, value: value.to_owned(), expected: expected.to_owned() }
}

fn network(options: &ImportOptions, rules: &Rules) -> Result<String, Error> {
    let (builder, input) = read_source(&options.file, rules)?;
    let in_file = |source| TopologyError::InFile { path: input.path.clone(), source: Box::new(source) };
    let raw = RawTopology::of_source(&builder).map_err(in_file)?;
    // What breaks a rule is found now, and what was assumed is said.
    let topology = builder.build(rules).map_err(in_file)?;
    topology.defaults.assumptions().iter().for_each(|assumption| note(&assumption.text));
    let text = to_text(&raw);
    if text.len() as u64 > MAX_FILE_BYTES || raw.links.len() > MAX_FILE_LINKS {
        let (value, most) = (format!("{} links in {} bytes", raw.links.len(), text.len()), MAX_FILE_BYTES);
        let expected =
            format!("at most {MAX_FILE_LINKS} links in {most} bytes of JSON; name the file itself in scenarios");
        return Err(Error::Usage { option: "FILE", value, expected });
    }
    Ok(text)
}

fn log(options: &ImportOptions, topology: &Topology, out: &mut dyn Write) -> Result<(), Error> {
    let mut format = LogFormat { columns: options.reading.columns(), ..LogFormat::default() };
    let survey = trace::survey(&options.file, &format, options.tick_ms)?;
    format.late_ticks = survey.late_ticks;
    let mut reader = TraceReader::open(&options.file, &format, topology, options.tick_ms, 1.0, None)?;
    let mut writer = csv::Writer::from_writer(out);
    let io = |error: csv::Error| Error::Io { action: "write", path: options.file.clone(), source: error.into() };
    writer.write_record(["tick", "origin", "target", "size"]).map_err(io)?;
    for record in reader.by_ref() {
        let record = record?;
        let [origin, target] = [record.origin, record.target].map(|node| &*topology.node(node).name);
        writer.write_record([&record.tick.to_string(), origin, target, &record.size.to_string()]).map_err(io)?;
    }
    for (.., said) in reader.counts().said(survey.end) {
        note(&shown(&said));
    }
    writer.flush().map_err(|error| io(error.into()))
}
