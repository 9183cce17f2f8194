//! A section of the page, and what stands in one that has nothing to show.

use maud::{Markup, html};

use super::run_view::RunView;

/// A part of the page.
pub(super) struct Section {
    /// Where links lead.
    pub id: &'static str,
    pub title: &'static str,
    pub body: Markup,
}

/// Says why something is not shown.
pub(super) fn missing(text: &str) -> Markup {
    html! { p.missing { (text) } }
}

/// The views that have a run on disk, or the reason why there is nothing to be shown.
pub(super) fn none_kept(views: &[RunView]) -> Option<Markup> {
    views
        .is_empty()
        .then(|| missing("The experiment kept no run directory of any arm, so there is nothing to draw this from."))
}
