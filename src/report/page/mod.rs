//! The page for a colleague: one HTML file that needs nothing else, and its figures.
//!
//! What was [read](crate::store::reading) goes in; text comes out. Everything that comes from files is escaped by the
//! templates; the page forbids itself the network, and runs no script but its own.

mod advice;
mod entropy;
mod glossary;
mod latency;
mod life;
mod load;
mod over_time;
mod overview;
mod pairs;
mod parts;
mod pen;
mod provenance;
mod replay;
mod shell;
mod side;
mod sweep;
mod table;
mod words;

use maud::{Markup, html};

use self::pen::Pen;
use self::side::{Side, sides};
use crate::store::reading::Subject;

/// The page and its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The HTML document.
    pub html: String,
    /// The figures: names without extension, and SVG documents.
    pub figures: Vec<(String, String)>,
}

/// A part of the page.
struct Section {
    /// Where links lead.
    id: &'static str,
    title: &'static str,
    body: Markup,
}

/// The page about `subject`.
pub fn render(subject: &Subject) -> Page {
    let mut pen = Pen::default();
    let (sides, pen) = (sides(subject), &mut pen);
    let mut sections = vec![Section { id: "result", title: "Result", body: overview::body(pen, subject, &sides) }];
    let mut add = |id, title, body| sections.push(Section { id, title, body });
    match subject {
        Subject::Sweep(sweep) => add("sweep", "Over the factors", sweep::body(pen, sweep)),
        Subject::Runs(_) | Subject::Comparison { .. } => {
            add("time", "Over time", over_time::body(pen, &sides));
            add("latency", "Distribution of latency", latency::body(pen, &sides));
            add("parts", "Where the latency comes from", parts::body(pen, subject));
            add("load", "Load and bottlenecks", load::body(pen, &sides));
            add("advice", "What would help", advice::body(&sides));
            add("map", "The network as it changes", replay::body(pen, &sides));
            add("wormholes", "Lives of wormholes", life::body(&sides));
            add("entropy", "Entropy and exploration", entropy::body(pen, &sides));
        }
    }
    add("provenance", "Where this comes from", provenance::body(subject, &sides));
    add("glossary", "What the numbers mean", glossary::body());
    let html = shell::document(subject, &sections);
    Page { html, figures: std::mem::take(&mut pen.figures) }
}

/// Says why something is not shown.
fn missing(text: &str) -> Markup {
    html! { p.missing { (text) } }
}

/// The sides that have a run on disk, or the reason why there is nothing to be shown.
fn none_kept(sides: &[Side]) -> Option<Markup> {
    sides
        .is_empty()
        .then(|| missing("The experiment kept no run directory of any arm, so there is nothing to draw this from."))
}
