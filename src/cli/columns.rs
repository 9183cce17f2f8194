//! The option `--column` of `init` and `import`.

use crate::scenario::log_format::LogColumns;

/// A column by its name in the program and in the file.
pub(super) fn column(text: &str) -> Result<(String, String), String> {
    let known = ["time", "origin", "target", "size"];
    match text.split_once('=') {
        Some((name, header)) if known.contains(&name) && !header.is_empty() => Ok((name.to_owned(), header.to_owned())),
        _ => Err("expected one of time, origin, target and size, then = and the column's name".to_owned()),
    }
}

/// Columns as they are given by name.
pub(super) fn columns(given: &[(String, String)]) -> LogColumns {
    let of = |name: &str| given.iter().find(|(known, _)| known == name).map(|(_, header)| header.clone());
    LogColumns { time: of("time"), origin: of("origin"), target: of("target"), size: of("size") }
}
