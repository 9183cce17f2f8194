//! Tables for people: rows below headings, and values behind labels.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, Row, Table, Width};

use super::phrases::shown;

/// Spaces between two columns.
const GAP: u16 = 2;

/// A column: its heading, and whether its cells are numbers, which are aligned to the right.
pub(super) struct Column<'a>(pub &'a str, pub bool);

/// Rows below headings, as wide as their cells, each on one line.
pub(super) fn table(columns: &[Column<'_>], rows: &[Vec<String>]) -> String {
    let headings = columns.iter().map(|column| shown(column.0)).collect();
    let cells = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect());
    let mut table = plain(std::iter::once(headings).chain(cells));
    for (column, &Column(_, is_number)) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, GAP));
        column.set_cell_alignment(if is_number { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.trim_fmt() + "\n"
}

/// Values behind labels, the first value at column `indent`. A value of several lines takes a row for each.
pub(super) fn labelled<'a>(indent: u16, rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let line = |label: &str, value: &str| vec![label.to_owned(), shown(value)];
    let mut lines = Vec::new();
    for (label, value) in rows {
        let mut values = value.split('\n');
        lines.push(line(label, values.next().unwrap_or_default()));
        lines.extend(values.map(|value| line("", value)));
    }
    let mut table = plain(lines.into_iter());
    for (column, padding) in table.column_iter_mut().zip([1, 0]) {
        column.set_padding((0, padding));
    }
    if let Some(labels) = table.column_mut(0) {
        labels.set_constraint(ColumnConstraint::Absolute(Width::Fixed(indent)));
    }
    table.trim_fmt() + "\n"
}

/// A table without borders. A cell that is wider than a column can be, 65,535, is cut short rather than broken.
fn plain(rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for cells in rows {
        let mut row = Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_however_wide_its_cells_are() {
        let wide = "x ".repeat(70_000);
        let rows = [["1".to_owned(), wide.clone()], ["22".to_owned(), "y".to_owned()]].map(Vec::from);
        let text = table(&[Column("n", true), Column("name", false)], &rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[2]), (3, " n  name", "22  y"));
        assert!(lines[1].starts_with(" 1  x x ") && lines[1].ends_with('…') && lines[1].len() > 65_000);
        assert_eq!(labelled(10, [("name", wide)]).lines().count(), 1);
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_look() {
        let rows = [["Zürich", "1"], ["東京", "1000"], ["a", ""]].map(|row| row.map(str::to_owned).to_vec());
        let text = table(&[Column("node", false), Column("n", true)], &rows);
        assert_eq!(text, "node       n\nZürich     1\n東京    1000\na\n");
        let rows = [vec!["a\nb\u{1b}".to_owned()], vec!["c".to_owned()]];
        assert_eq!(table(&[Column("\t", true)], &rows), "        \\t\na\\nb\\u001b\n         c\n");
    }

    #[test]
    fn lines_of_a_value_are_indented_and_cannot_be_obeyed() {
        let rows = [("run", "a\n  b\n\tc".to_owned()), ("seed", "\u{1b}[2J".to_owned()), ("none", String::new())];
        assert_eq!(labelled(6, rows), "run   a\n        b\n      \\tc\nseed  \\u001b[2J\nnone\n");
    }
}
