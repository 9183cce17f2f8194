//! The HTML document around the sections: head, style, scripts and navigation.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::fork::Fork;
use super::run_view::RunView;
use super::section::Section;
use super::sweep;
use crate::experiment::headline;
use crate::report::figure::chart;
use crate::report::style::{Color, TONES, Tone};
use crate::store::reading::Subject;

const STYLE: &str = include_str!("assets/page.css");
const SCRIPTS: [&str; 5] = [
    chart::SCRIPT,
    include_str!("assets/drawing.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/tables.js"),
    include_str!("assets/replay.js"),
];

/// The whole document.
pub(super) fn render(subject: &Subject, views: &[RunView], sections: &[Section]) -> String {
    let body = body(subject, views, sections).into_string();
    // Names in the page cannot hold the hash of the page.
    let nonce = &blake3::hash(body.as_bytes()).to_hex()[..32];
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'"
    );
    let head = html! {
        meta charset="utf-8";
        meta http-equiv="Content-Security-Policy" content=(policy);
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        meta name="generator" content=(format!("wormsim {}", crate::VERSION));
        title { (title(subject)) }
        style { (PreEscaped(chart::STYLE)) (PreEscaped(palette())) (PreEscaped(STYLE)) }
    };
    let script = |text: &str| html! { script nonce=(nonce) { (PreEscaped(text)) } };
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head { (head) }
            body {
                (PreEscaped(body))
                @for text in SCRIPTS { (script(text)) }
            }
        }
    };
    document.into_string()
}

/// The colours of tones as variables of the style sheet; print has the light ones.
fn palette() -> String {
    let variables = |color: fn(&Tone) -> Color| {
        let all = TONES.iter().enumerate().map(|(number, tone)| format!("--tone-{number}:{};", color(tone)));
        format!(":root{{{}}}", all.collect::<String>())
    };
    let (light, dark) = (variables(|tone| tone.light), variables(|tone| tone.dark));
    format!("{light}@media screen and (prefers-color-scheme:dark){{{dark}}}")
}

/// What the page is about.
fn title(subject: &Subject) -> String {
    match subject {
        Subject::Runs(runs) => match &runs[..] {
            [run] => run.scenario.name.clone(),
            [parent, fork] if fork.is_fork_of(parent) => format!("{}: a fork of {}", fork.name, parent.name),
            _ => {
                let names = runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>();
                format!("{} runs: {}", runs.len(), names.join(", "))
            }
        },
        Subject::Comparison { comparison, .. } => format!("{}: does it pay?", comparison.scenario),
        Subject::Sweep(sweep) => format!("{}: a sweep", sweep.scenario),
    }
}

/// The question that it asks.
fn intent(subject: &Subject) -> &str {
    match subject {
        Subject::Runs(runs) => runs.first().map_or("", |run| &run.scenario.intent),
        Subject::Comparison { comparison, .. } => &comparison.intent,
        Subject::Sweep(sweep) => &sweep.intent,
    }
}

/// What came out, in a sentence.
fn answer(subject: &Subject, views: &[RunView]) -> Option<String> {
    match subject {
        Subject::Comparison { comparison, .. } => Some(headline::sentence(comparison)),
        Subject::Runs(_) => Some(Fork::among(views)?.sentence()),
        Subject::Sweep(of) => sweep::sentence(of),
    }
}

fn body(subject: &Subject, views: &[RunView], sections: &[Section]) -> Markup {
    html! {
        header {
            h1 { (title(subject)) }
            @if let Some(answer) = answer(subject, views) { p.answer { (answer) } }
            @if !intent(subject).is_empty() { p.intent { (intent(subject)) } }
            nav aria-label="Sections" { ul { @for section in sections {
                li { a href=(format!("#{}", section.id)) { (section.title) } }
            } } }
        }
        main { @for section in sections {
            section id=(section.id) aria-labelledby=(format!("{}-title", section.id)) {
                h2 id=(format!("{}-title", section.id)) { (section.title) }
                (section.body)
            }
        } }
        footer { "wormsim " (crate::VERSION) }
    }
}
