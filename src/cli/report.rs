//! `wormsim report`: makes an HTML page from run directories or the directory of an experiment.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use tracing::info_span;

use super::phrases::shown;
use super::terminal::print;
use crate::error::Error;
use crate::memory;
use crate::report::figure::picture::Painter;
use crate::report::page;
use crate::store::json::to_text;
use crate::store::reading::read_subject;
use crate::store::{REPORT, REPORT_LIST, write_report};

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// Run directories, which are shown side by side, or the directory of one comparison or sweep.
    #[arg(value_name = "DIR", required = true)]
    pub directories: Vec<PathBuf>,
    /// Folder of the report [default: report in the first DIR, which is renewed].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Print the paths of what was written as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// Print nothing.
    #[arg(long)]
    pub quiet: bool,
    /// Write into the folder of --out although it exists.
    #[arg(long)]
    pub force: bool,
}

/// What a page takes with its scripts and with the fonts of its pictures, bytes; the pictures ask for theirs.
const MEMORY: u64 = 48 << 20;
/// The page.
pub(super) const PAGE: &str = "report.html";

pub(super) fn report(options: &ReportOptions) -> Result<ExitCode, Error> {
    let folder = options.out.clone().unwrap_or_else(|| options.directories[0].join(REPORT));
    // The folder within a run directory is the program's own, and is renewed.
    if options.out.is_some() && !options.force && folder.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: folder });
    }
    let files = make(&options.directories, &folder)?;
    tell(options, &folder, &files)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the report of some directories in `folder`; returns its files, the page last.
pub(super) fn make(directories: &[PathBuf], folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Error> {
    memory::ask("a report", MEMORY)?;
    let subject = info_span!("read").in_scope(|| read_subject(directories))?;
    let page = info_span!("draw").in_scope(|| page::render(&subject));
    let mut files = Vec::new();
    let painter = Painter::default();
    for (name, svg) in page.figures {
        let png = info_span!("paint").in_scope(|| painter.png(&svg))?;
        files.push((format!("{name}.png"), png));
        files.push((format!("{name}.svg"), svg.into_bytes()));
    }
    files.push((PAGE.to_owned(), page.html.into_bytes()));
    write_report(folder, &files)?;
    Ok(files)
}

fn tell(options: &ReportOptions, folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let place: PathBuf = folder.join(PAGE);
    if options.json {
        let names = files.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = names.chain([REPORT_LIST]).collect();
        names.sort_unstable();
        print(&to_text(&json!({"report": place, "folder": folder, "files": names})))
    } else if !options.quiet {
        let bytes = files.last().map_or(0, |(_, content)| content.len());
        let (figures, megabytes) = (files.len() / 2, bytes as f64 / 1e6);
        print(&format!(
            "{}: {megabytes:.1} MB, opens in any browser; {figures} figures beside it as SVG and PNG\n",
            shown(&place.display().to_string())
        ))
    } else {
        Ok(())
    }
}
