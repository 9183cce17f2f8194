//! Tables of columns, lists and names for people.

use super::terminal::line;
use crate::experiment::statistics::Interval;

/// Most names of a list; how many are left out is said.
pub(super) const MOST_LISTED: usize = 10;

/// Where lists of values go on in the next line.
const WIDTH: usize = 110;

/// A column: its heading, and whether its cells are numbers, which end at the right.
pub(super) struct Column<'a>(pub &'a str, pub bool);

/// Rows below headings, as wide as their cells, each on one line.
pub(super) fn table(columns: &[Column<'_>], rows: &[Vec<String>]) -> String {
    let letters = |text: &str| text.chars().count();
    let headings = columns.iter().map(|column| shown(column.0)).collect();
    let cells = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect());
    let rows: Vec<Vec<String>> = std::iter::once(headings).chain(cells).collect();
    let width = |at: usize| rows.iter().map(|row| letters(&row[at])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for ((cell, width), Column(_, right)) in row.iter().zip(&widths).zip(columns) {
            // The widths of formats end at 65,535.
            let space = " ".repeat(width - letters(cell));
            line += &if *right { format!("{space}{cell}  ") } else { format!("{cell}{space}  ") };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// The first few of a list, and how many are left out; `none` for an empty one.
pub(super) fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let count = items.len();
    let shown: Vec<String> = items.take(MOST_LISTED).collect();
    match count.saturating_sub(MOST_LISTED) {
        0 if count == 0 => "none".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Values behind a heading of `indent` letters, broken into lines.
pub(super) fn wrapped(items: impl Iterator<Item = String>, indent: usize) -> String {
    let (mut text, mut column) = (String::new(), indent);
    for item in items {
        if !text.is_empty() {
            text.push(',');
            if column + item.chars().count() + 2 > WIDTH {
                text.push('\n');
                text.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                text.push(' ');
                column += 2;
            }
        }
        column += item.chars().count();
        text += &item;
    }
    text
}

/// A name as it can stand in a line.
pub(super) fn shown(name: &str) -> String {
    line(name).into_owned()
}

/// The mean of an interval and its ends, in a unit that so many make one of its own.
pub(super) fn with_ends(interval: Option<Interval>, scale: f64, unit: &str) -> String {
    interval.map_or("-".to_owned(), |Interval { mean, low, high }| {
        // What rounds to nothing has no sign.
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
    fn a_cell_may_be_wider_than_formats_allow() {
        let wide = "x".repeat(70_000);
        let rows = [["1".to_owned(), wide.clone()], ["22".to_owned(), "y".to_owned()]].map(Vec::from);
        let text = table(&[Column("n", true), Column("name", false)], &rows);
        assert_eq!(text, format!(" n  name\n 1  {wide}\n22  y\n"));
    }

    #[test]
    fn lists_say_what_they_leave_out() {
        let list = |count: usize| listed((0..count).map(|i| i.to_string()));
        assert_eq!((list(0), list(2)), ("none".to_owned(), "0, 1".to_owned()));
        assert_eq!(list(10), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
        assert_eq!(list(13), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more");
        let lines = wrapped((0..60).map(|i| format!("{i} x {i}")), 4);
        assert!(lines.lines().count() > 2 && lines.lines().all(|line| line.len() <= WIDTH + 1));
        assert!(lines.lines().skip(1).all(|line| line.starts_with("    ")));
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_in_letters() {
        let rows = [vec!["Zürich".to_owned(), "1".to_owned()], vec!["a".to_owned(), "1000".to_owned()]];
        let text = table(&[Column("node", false), Column("n", true)], &rows);
        assert_eq!(text, "node       n\nZürich     1\na       1000\n");
        let rows = [vec!["a\nb\u{1b}".to_owned()], vec!["c".to_owned()]];
        assert_eq!(table(&[Column("\t", true)], &rows), "        \\t\na\\nb\\u001b\n         c\n");
    }
}
