//! What results take for given: of a comparison carriers, prices and the length of a tick, and of all what was assumed
//! of their inputs.

use maud::{Markup, html};

use crate::experiment::comparison::{Comparison, carriers};
use crate::report::page::format;
use crate::report::page::run_view::RunView;
use crate::topology::Assumption;

/// The assumptions of a comparison.
pub(super) fn of_comparison(comparison: &Comparison, views: &[RunView]) -> Markup {
    let carriers = carriers(&comparison.arms);
    let said = said(&comparison.network.assumptions(), views);
    html! {
        h3 { "What was assumed" }
        dl.facts {
            @match &carriers[..] {
                [] => div { dt { "carrier" } dd { "none: no arm has wormholes" } },
                [(carrier, _)] => div { dt { "carrier" } dd { (carrier) } },
                several => @for (carrier, arms) in several {
                    div { dt { "carrier of " (arms.join(", ")) } dd { (carrier) } }
                },
            }
            @if !carriers.is_empty() {
                div { dt { "prices" } dd {
                    (format::ms(comparison.opening_cost, comparison.tick_ms)) " of latency an opening; "
                    (format::number(comparison.upkeep_per_tick)) " ms of latency for each ms that a wormhole of full "
                    "strength is open"
                } }
            }
            @if comparison.kinds_differ {
                div { dt { "kinds" } dd {
                    "Transit depends on a wormhole\u{2019}s kind. Those of rivals keep the first kind, those of "
                    "gravity and fixed become others with use: part of the difference between such arms is this assumption."
                } }
            }
            div { dt { "inputs" } dd {
                @if said.is_empty() { "as their sources state them" } @else { (list(&said)) }
            } }
            div { dt { "time" } dd { (format::tick(comparison.tick_ms)) } }
        }
    }
}

/// What runs took for given, as a list.
pub(super) fn of_runs(views: &[RunView]) -> Markup {
    let said = said(&[], views);
    html! {
        h3 { "What was assumed" }
        @if said.is_empty() { p { "Nothing: all is as the scenario and its files state it." } }
        @else { (list(&said)) }
    }
}

fn list(said: &[String]) -> Markup {
    html! { ul.assumed { @for text in said { li { (text) } } } }
}

/// Assumptions about the network and of runs, each once; those of some runs alone with their names.
fn said(network: &[Assumption], views: &[RunView]) -> Vec<String> {
    let mut found: Vec<(&str, Vec<&str>)> = network.iter().map(|assumption| (&*assumption.text, Vec::new())).collect();
    for view in views {
        for Assumption { text, .. } in &view.run.manifest.assumptions {
            match found.iter_mut().find(|(known, _)| known == text) {
                Some((_, runs)) => runs.push(view.name()),
                None => found.push((text, vec![view.name()])),
            }
        }
    }
    let of_all = |runs: &[&str]| runs.is_empty() || runs.len() == views.len();
    let said = |(text, runs): (&str, Vec<&str>)| {
        if of_all(&runs) { text.to_owned() } else { format!("{text} (only in {})", runs.join(", ")) }
    };
    found.into_iter().map(said).collect()
}
