//! Formats of numbers, shares, intervals and scenario values in texts and tables.

use serde_json::Value;

use crate::experiment::statistics::Interval;
use crate::report::numbers;

/// Stands for a number that does not exist.
pub(super) const NONE: &str = "–";

/// Three or four significant digits.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    // Many zeros behind the point say less than a power of ten.
    if value != 0.0 && value.abs() < 1e-4 {
        format!("{value:.1e}").replace('-', "\u{2212}")
    } else {
        numbers::compact(value)
    }
}

/// The same, of a number that may not exist.
pub(super) fn optional(value: Option<f64>) -> String {
    value.map_or(NONE.to_owned(), number)
}

/// A count in full.
pub(super) fn count(value: u64) -> String {
    numbers::grouped(value as f64, 0)
}

/// A share in per cent.
pub(super) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NONE.to_owned();
    }
    let decimals = if share != 0.0 && share.abs() < 0.001 { 3 } else { 1 };
    format!("{} %", numbers::grouped(100.0 * share, decimals))
}

/// A confidence in per cent, as it is spoken of.
pub(super) fn confidence(share: f64) -> String {
    format!("{} %", number(100.0 * share))
}

/// A number with its sign.
pub(super) fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", number(value)) } else { number(value) }
}

/// A mean and its interval, each written by `write`.
pub(super) fn interval(interval: &Interval, write: fn(f64) -> String) -> String {
    format!("{} ({} to {})", write(interval.mean), write(interval.low), write(interval.high))
}

/// A value of a scenario.
pub(super) fn value(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `one` or `many` of a count.
pub(super) fn plural<'a>(count: u64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_signs_are_written_as_people_write_them() {
        assert_eq!([0.0, 0.3162, 1.0, 0.0002, -0.05].map(percent), ["0.0 %", "31.6 %", "100.0 %", "0.020 %", "−5.0 %"]);
        assert_eq!([2.0, 0.0, -2.5, f64::NAN].map(signed), ["+2", "0", "−2.5", NONE]);
        let gain = Interval { mean: 0.3, low: 0.25, high: 0.35 };
        assert_eq!(interval(&gain, percent), "30.0 % (25.0 % to 35.0 %)");
    }
}
