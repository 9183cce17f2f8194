//! The report: one HTML page that needs no other file, and its figures as files.
//!
//! What was [read](crate::store::reading) goes in; text comes out. The templates escape everything that comes from
//! files; the page forbids itself the network, and runs no script but its own.

mod advice;
mod betweenness;
mod document;
mod entropy;
mod figures;
mod fork;
mod format;
mod glossary;
mod heat;
mod latency;
mod latency_parts;
mod load;
mod marks;
mod over_time;
mod overview;
mod phases;
mod provenance;
mod replay;
mod run_view;
mod section;
mod sweep;
mod table;
mod wormholes;

use self::figures::Figures;
use self::run_view::views;
use self::section::Section;
use crate::store::reading::Subject;

/// The page and its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The HTML document.
    pub html: String,
    /// The figures: names without extension, and SVG documents.
    pub figures: Vec<(String, String)>,
}

/// The page about `subject`.
pub fn render(subject: &Subject) -> Page {
    let mut figures = Figures::default();
    let (views, figures) = (views(subject), &mut figures);
    let mut sections = vec![Section { id: "result", title: "Result", body: overview::body(figures, subject, &views) }];
    let mut add = |id, title, body| sections.push(Section { id, title, body });
    match subject {
        Subject::Sweep(sweep) => add("sweep", "Over the factors", sweep::body(figures, sweep)),
        Subject::Runs(_) | Subject::Comparison { .. } => {
            add("time", "Over time", over_time::body(figures, subject, &views));
            add("phases", "Before, during and after changes", phases::body(subject, &views));
            add("latency", "Distribution of latency", latency::body(figures, &views));
            add("parts", "Where the latency comes from", latency_parts::body(figures, subject));
            add("load", "Load and bottlenecks", load::body(figures, &views));
            add("advice", "What would help", advice::body(&views));
            add("map", "The network as it changes", replay::body(figures, &views));
            add("wormholes", "Lives of wormholes", wormholes::body(&views));
            add("entropy", "Entropy and exploration", entropy::body(figures, &views));
        }
    }
    add("provenance", "Where this comes from", provenance::body(subject, &views));
    add("glossary", "What the numbers mean", glossary::body());
    let html = document::render(subject, &views, &sections);
    Page { html, figures: std::mem::take(&mut figures.documents) }
}
