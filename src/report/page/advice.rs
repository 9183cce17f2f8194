//! Changes that were tried on runs and that helped, the best first.

use maud::{Markup, html};

use super::missing;
use super::side::Side;
use super::table::{self, Table};
use super::{overview, words};

pub(super) fn body(sides: &[Side]) -> Markup {
    let tried = sides.iter().filter_map(|side| Some((side, side.run.advice.as_ref()?)));
    let tried: Vec<_> = tried.collect();
    if tried.is_empty() {
        return missing(
            "Nothing was tried: wormsim advise DIR tries what may help a run, and this page then shows it.",
        );
    }
    let columns = ["change", "run", "gain", "net an access"];
    let mut table = Table::new("What helped, each tried against the run as it is, with the same accesses", &columns);
    if sides.len() == 1 {
        table.hide(1);
    }
    for (side, advice) in &tried {
        for found in advice.helped() {
            let cell = |value: Option<crate::experiment::statistics::Interval>, write: fn(f64) -> String| match value {
                Some(value) => table::keyed(words::interval(&value, write), value.mean),
                None => table::optional(None),
            };
            table.row(vec![
                table::text(&found.change),
                table::marked(overview::label(side.tone, side.name())),
                cell(found.gain, words::percent),
                cell(found.net_per_access, words::signed),
            ]);
        }
    }
    let helped: usize = tried.iter().map(|(_, advice)| advice.helped().count()).sum();
    let all: usize = tried.iter().map(|(_, advice)| advice.tried.len()).sum();
    html! {
        @if helped > 0 { (table.render()) }
        p.note {
            (words::count(all as u64)) " changes were tried, " (words::count(helped as u64)) " of them helped. "
            "Gain: share of the mean latency that the change saves, with its 95 % interval over paired replications. "
            "What more capacity costs is not modelled."
        }
    }
}
