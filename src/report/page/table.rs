//! Tables that readers can sort by their columns.

use maud::{Markup, html};

use super::format::{self, Written};
use crate::experiment::statistics::Interval;

/// Most rows of a table.
pub(super) const MOST_ROWS: usize = 500;

/// Length from which a text is long.
const LONG: usize = 40;

/// A table.
pub(super) struct Table {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
    left_out: u64,
    hidden: Option<usize>,
    cards: bool,
}

/// A cell: what it says, and the number that it is sorted by.
pub(super) struct Cell {
    content: Markup,
    key: Option<f64>,
}

impl Cell {
    /// The number that it is sorted by, as the page's script reads it.
    fn sorted_by(&self) -> Option<String> {
        self.key.map(|key| if key.is_finite() { key.to_string() } else { "-1e308".to_owned() })
    }

    /// How it is set: numbers to the right, long texts in a wide column.
    fn class(&self) -> Option<&'static str> {
        let long = || (self.content.0.len() > LONG).then_some("long");
        self.key.map_or_else(long, |_| Some("number"))
    }
}

/// A text.
pub(super) fn text(text: impl AsRef<str>) -> Cell {
    Cell { content: html! { (text.as_ref()) }, key: None }
}

/// A number as it is written.
pub(super) fn number(value: f64) -> Cell {
    keyed(format::number(value), value)
}

/// A number that may not exist.
pub(super) fn optional(value: Option<f64>) -> Cell {
    value.map_or_else(|| keyed(format::NONE, f64::NEG_INFINITY), number)
}

/// A count.
pub(super) fn count(value: u64) -> Cell {
    keyed(format::count(value), value as f64)
}

/// A share in per cent, which may not exist.
pub(super) fn share(value: Option<f64>) -> Cell {
    value.map_or_else(|| keyed(format::NONE, f64::NEG_INFINITY), |value| keyed(format::percent(value), value))
}

/// A text that is sorted by a number.
pub(super) fn keyed(text: impl AsRef<str>, key: f64) -> Cell {
    Cell { content: html! { (text.as_ref()) }, key: Some(key) }
}

/// Something else that is sorted by its text.
pub(super) fn marked(content: Markup) -> Cell {
    Cell { content, key: None }
}

/// A mean above the ends of its interval; sorted by the mean.
pub(super) fn measured(value: Option<Interval>, written: Written) -> Cell {
    let Some(value) = value else { return optional(None) };
    let [mean, ends] = format::mean_and_ends(&value, written);
    let content = html! { (mean) @if value.low < value.high { " " small { (ends) } } };
    Cell { content, key: Some(value.mean) }
}

impl Table {
    /// A table without rows.
    pub fn new(caption: impl Into<String>, columns: &[impl AsRef<str>]) -> Self {
        Self {
            caption: caption.into(),
            columns: columns.iter().map(|column| column.as_ref().to_owned()).collect(),
            rows: Vec::new(),
            left_out: 0,
            hidden: None,
            cards: false,
        }
    }

    /// Adds a row, whose first cell is its head; beyond [`MOST_ROWS`] it is only counted.
    pub fn row(&mut self, cells: Vec<Cell>) {
        if self.rows.len() < MOST_ROWS { self.rows.push(cells) } else { self.left_out += 1 }
    }

    /// Hides a column that would say the same in every row.
    pub fn hide(&mut self, column: usize) {
        self.hidden = Some(column);
    }

    /// Sets a row as a card of its own where the screen is narrow.
    pub fn as_cards(&mut self) {
        self.cards = true;
    }

    /// Counts rows that are nowhere listed.
    pub fn leave_out(&mut self, rows: u64) {
        self.left_out += rows;
    }

    fn is_shown(&self, column: usize) -> bool {
        self.hidden != Some(column)
    }

    /// The table, which scrolls within itself where it is too wide.
    pub fn render(&self) -> Markup {
        let numeric = |column: usize| self.rows.iter().any(|row| row[column].key.is_some());
        // Cards are no table to a screen reader without roles.
        let role = |role: &'static str| self.cards.then_some(role);
        let label = |column: usize| self.cards.then(|| self.columns[column].as_str());
        let titles = self.columns.iter().enumerate().filter(|(column, _)| self.is_shown(*column));
        html! {
            div.scroll.cards[self.cards] role="region" tabindex="0" aria-label=(self.caption) {
                table role=[role("table")] {
                    caption { span { (self.caption) } }
                    thead { tr {
                        @for (column, title) in titles {
                            th scope="col" aria-sort="none" class=[numeric(column).then_some("number")] {
                                button type="button" { (title) }
                            }
                        }
                    } }
                    tbody role=[role("rowgroup")] { @for row in &self.rows { tr role=[role("row")] {
                        @for (column, cell) in row.iter().enumerate().filter(|(column, _)| self.is_shown(*column)) {
                            @if column == 0 {
                                th scope="row" role=[role("rowheader")] data-key=[cell.sorted_by()] { (cell.content) }
                            } @else {
                                td role=[role("cell")] data-key=[cell.sorted_by()] data-label=[label(column)]
                                    class=[cell.class()] { (cell.content) }
                            }
                        }
                    } } }
                }
            }
            @if self.left_out > 0 {
                p.note {
                    (format::count(self.left_out)) " more "
                    (format::plural(self.left_out, "row is", "rows are")) " left out."
                }
            }
        }
    }
}
