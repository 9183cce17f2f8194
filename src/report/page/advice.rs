//! The section of changes that `wormsim advise` tried on a run, those that helped first.

use maud::{Markup, html};

use super::format::{self, Written};
use super::run_view::{RunView, toned};
use super::section::missing;
use super::table::{self, Table};

pub(super) fn body(views: &[RunView]) -> Markup {
    let tried = views.iter().filter_map(|view| Some((view, view.run.advice.as_ref()?)));
    let tried: Vec<_> = tried.collect();
    if tried.is_empty() {
        return missing(
            "Nothing was tried: wormsim advise DIR tries what may help a run, and this page then shows it.",
        );
    }
    let columns = ["change", "run", "gain", "p", "net an access, ms"];
    let mut table = Table::new("What helped, each tried against the run as it is, with the same accesses", &columns);
    if views.len() == 1 {
        table.hide(1);
    }
    for (view, advice) in &tried {
        for found in advice.helped() {
            let net = found.net_per_access.map(|net| format::scaled(net, view.run.scenario.tick_ms));
            table.row(vec![
                table::text(&found.change),
                table::marked(toned(view.tone, view.name())),
                table::measured(found.gain, Written::Percent),
                table::optional(found.p_adjusted),
                table::measured(net, Written::Signed),
            ]);
        }
    }
    let helped: usize = tried.iter().map(|(_, advice)| advice.helped().count()).sum();
    let all: usize = tried.iter().map(|(_, advice)| advice.tried.len()).sum();
    html! {
        @if helped > 0 { (table.render()) }
        p.note {
            (format::count(all as u64)) " changes were tried, " (format::count(helped as u64)) " of them helped. "
            "Gain: share of the mean latency that the change saves, with its 95 % interval over paired replications. "
            "p: how likely so clear a gain would be without any effect, corrected by Holm for all that was tried on the "
            "run; below 0.05, the change helped. "
            "What more capacity costs is not modelled."
        }
    }
}
