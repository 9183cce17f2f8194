//! What a comparison takes for given: carriers, prices, the length of a tick, and what its network did not say.

use maud::{Markup, html};

use crate::experiment::comparison::{Comparison, carriers};
use crate::report::page::format;
use crate::topology::Defaults;

/// The assumptions as a list.
pub(super) fn body(comparison: &Comparison) -> Markup {
    let carriers = carriers(&comparison.arms);
    let network = network(&comparison.network);
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
            div { dt { "network" } dd {
                @if network.is_empty() { "as its source states it" } @else { (network.join("; ")) }
            } }
            div { dt { "time" } dd { (format::tick(comparison.tick_ms)) } }
        }
    }
}

/// What stood in for data that the source of the network did not give, and what was left out of it.
fn network(defaults: &Defaults) -> Vec<String> {
    let counts = [
        (defaults.positions_from_neighbours, "node placed", "nodes placed", "near its neighbours"),
        (defaults.positions_unknown, "node", "nodes", "without a place"),
        (defaults.latencies_default, "link", "links", "with the default latency, for want of places"),
        (defaults.latencies_raised, "link", "links", "raised to a latency of one tick"),
        (defaults.capacities_unlimited, "link", "links", "of unstated capacity taken as unlimited"),
        (defaults.masses_default, "node", "nodes", "of unstated mass taken as 1"),
        (defaults.names_made_unique, "name", "names", "made unique"),
        (defaults.parallel_links_merged, "parallel link", "parallel links", "merged"),
        (defaults.self_loops_dropped, "self-loop", "self-loops", "left out"),
        (defaults.nodes_outside_largest_part, "node", "nodes", "outside the largest part left out"),
        (defaults.links_outside_largest_part, "link", "links", "outside the largest part left out"),
    ];
    let counted = counts.into_iter().filter(|(count, ..)| *count > 0).map(|(count, one, many, what)| {
        let count = u64::from(count);
        format!("{} {} {what}", format::count(count), format::plural(count, one, many))
    });
    let unused = defaults.unused_numbers.iter().map(|(name, count)| {
        let count = u64::from(*count);
        format!("{name} of {} {} not used", format::count(count), format::plural(count, "link", "links"))
    });
    counted.chain(unused).collect()
}
