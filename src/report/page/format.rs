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

/// The same with its sign.
pub(super) fn signed_percent(share: f64) -> String {
    if share > 0.0 { format!("+{}", percent(share)) } else { percent(share) }
}

/// A confidence in per cent, as it is spoken of.
pub(super) fn confidence(share: f64) -> String {
    format!("{} %", number(100.0 * share))
}

/// A number with its sign.
pub(super) fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", number(value)) } else { number(value) }
}

/// How the numbers of an interval are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Plain,
    /// With their signs.
    Signed,
    /// As shares in per cent.
    Percent,
}

/// A mean and the ends of its interval.
pub(super) fn interval(interval: &Interval, written: Written) -> String {
    let [mean, ends] = mean_and_ends(interval, written);
    format!("{mean} ({ends})")
}

/// The mean of an interval and its ends, with as many decimals as its width bears.
pub(super) fn mean_and_ends(interval: &Interval, written: Written) -> [String; 2] {
    let (factor, unit) = if written == Written::Percent { (100.0, " %") } else { (1.0, "") };
    let [mean, low, high] = [interval.mean, interval.low, interval.high].map(|value| value * factor);
    let half = (high - low) / 2.0;
    let is_plain = half > 0.0 && (1e-4..numbers::MILLION).contains(&half) && mean.abs() < numbers::MILLION;
    let decimals = [5.0, 0.5, 0.05, 0.005, 0.0005].iter().filter(|&&bound| half < bound).count();
    let write = |value: f64| {
        let text = if is_plain { numbers::grouped(value, decimals) } else { number(value) };
        if written == Written::Signed && value > 0.0 { format!("+{text}") } else { text }
    };
    [format!("{}{unit}", write(mean)), format!("{} to {}{unit}", write(low), write(high))]
}

/// The same in another unit, of which one is `factor` of these.
pub(super) fn scaled(interval: Interval, factor: f64) -> Interval {
    let Interval { mean, low, high } = interval;
    Interval { mean: mean * factor, low: low * factor, high: high * factor }
}

/// Ticks as milliseconds, with the ticks behind where they are another number.
pub(super) fn ms(ticks: f64, tick_ms: f64) -> String {
    if tick_ms == 1.0 || !ticks.is_finite() {
        return format!("{} ms", number(ticks));
    }
    format!("{} ms ({} {})", number(ticks * tick_ms), number(ticks), if ticks == 1.0 { "tick" } else { "ticks" })
}

/// How long a tick is.
pub(super) fn tick(tick_ms: f64) -> String {
    format!("1 tick = {} ms", number(tick_ms))
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
        let gain = Interval { mean: 0.3, low: 0.28, high: 0.32 };
        assert_eq!(interval(&gain, Written::Percent), "30.0 % (28.0 to 32.0 %)");
    }
}
