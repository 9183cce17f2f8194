//! Phrases for people: lists, counts, names and intervals.

use super::terminal::line;
use crate::experiment::statistics::Interval;

/// Most names that a list shows before it says how many more there are.
const MAX_LISTED: usize = 10;

/// Width of lists of values, their indentation included.
const WIDTH: usize = 110;

/// The first few of a list, and how many are left out; `none` for an empty one.
pub(super) fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let count = items.len();
    let shown: Vec<String> = items.take(MAX_LISTED).collect();
    match count.saturating_sub(MAX_LISTED) {
        0 if count == 0 => "none".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Values separated by commas, broken into lines that an indentation of `indent` fits before.
pub(super) fn wrapped(items: impl Iterator<Item = String>, indent: u16) -> String {
    let (mut text, mut column) = (String::new(), usize::from(indent));
    for item in items {
        let width = item.chars().count();
        if !text.is_empty() {
            let fits = column + width + 2 <= WIDTH;
            text += if fits { ", " } else { ",\n" };
            column = if fits { column + 2 } else { indent.into() };
        }
        column += width;
        text += &item;
    }
    text
}

/// A name as one line that is safe on a terminal.
pub(super) fn shown(name: &str) -> String {
    line(name).into_owned()
}

/// The mean of an interval and its ends, scaled to a unit.
pub(super) fn with_ends(interval: Option<Interval>, scale: f64, unit: &str) -> String {
    interval.map_or("-".to_owned(), |Interval { mean, low, high }| {
        // Zero has no sign.
        let rounded = |value: f64| (value * scale * 100.0).round() / 100.0 + 0.0;
        format!("{:.2}{unit} ({:.2} to {:.2})", rounded(mean), rounded(low), rounded(high))
    })
}

/// A number and its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_say_what_they_leave_out() {
        let list = |count: usize| listed((0..count).map(|i| i.to_string()));
        assert_eq!((list(0), list(2)), ("none".to_owned(), "0, 1".to_owned()));
        assert_eq!(list(10), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
        assert_eq!(list(13), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more");
        let lines = wrapped((0..60).map(|i| format!("{i} x {i}")), 4);
        assert!(lines.lines().count() > 2 && lines.lines().all(|line| line.len() <= WIDTH - 4 + 1));
    }
}
