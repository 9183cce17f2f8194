//! Values of files, and what is said of those that mean nothing.

use crate::topology::TopologyError;
use crate::topology::error::{at_line, quoted};

/// A number of a file, or what is expected instead.
pub(super) fn number(line: usize, text: &str) -> Result<f64, TopologyError> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| at_line(line, &quoted(text), "a finite number"))
}

/// A datum that a field refuses.
pub(super) fn refused(line: usize, name: &str, text: &str, expected: &str) -> TopologyError {
    at_line(line, &format!("{} {}", name.escape_debug(), quoted(text.trim())), expected)
}
