//! Columns of a table, and their cells as CSV has them.

/// Cells below a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub name: String,
    pub cells: Cells,
}

/// Cells of one type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cells {
    /// Seeds, which have all 64 bits.
    Unsigned(Vec<Option<u64>>),
    Integers(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

impl Cells {
    /// A cell as it stands in CSV.
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Unsigned(cells) => cells[row].map(|cell| cell.to_string()),
            Self::Integers(cells) => cells[row].map(|cell| cell.to_string()),
            // `{:?}` keeps the point of whole numbers, by which readers tell the type of the column.
            Self::Numbers(cells) => cells[row].map(|cell| format!("{cell:?}")),
            Self::Texts(cells) => cells[row].as_deref().map(no_formula),
        }
        .unwrap_or_default()
    }
}

/// Text that no spreadsheet takes for a formula.
pub(super) fn no_formula(text: &str) -> String {
    let is_one = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if is_one { format!("'{text}") } else { text.to_owned() }
}
