//! Numbers as people read them: thousands separators, units and a sensible count of digits.

/// Numbers from here on are written as powers of ten.
pub const POWERS_FROM: f64 = 1e15;

/// Numbers from here on are written in units of millions and more.
pub const MILLION: f64 = 1e6;

/// A number for people: thousands separators, at most `decimals` decimals, M, G or T from a million on, and in the end
/// powers of ten.
pub fn number(value: f64, decimals: usize) -> String {
    if value.is_finite() && value.abs() >= POWERS_FROM {
        let text = format!("{value:.2e}");
        let (digits, power) = text.split_once('e').expect("a power of ten has an exponent");
        let digits = digits.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}");
        return format!("{digits}e{power}");
    }
    let (unit, suffix) = unit_of(value.abs());
    if suffix.is_empty() {
        return grouped(value, decimals);
    }
    let text = grouped(value / unit, 3);
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    format!("{trimmed} {suffix}")
}

/// A number for legends: three significant digits, without trailing zeros.
pub fn compact(value: f64) -> String {
    let (mut decimals, mut size) = (0, value.abs());
    while size > 0.0 && size < 100.0 && decimals < 9 {
        size *= 10.0;
        decimals += 1;
    }
    let text = number(value, decimals);
    if text.contains('.') && !text.contains(' ') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

/// The unit in which values up to `max` are written, and its symbol.
pub fn unit_of(max: f64) -> (f64, &'static str) {
    match max {
        m if m >= 1e12 => (1e12, "T"),
        m if m >= 1e9 => (1e9, "G"),
        m if m >= MILLION => (MILLION, "M"),
        _ => (1.0, ""),
    }
}

/// A number with thousands separators and exactly `decimals` decimals.
pub fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|b| b.is_ascii_digit() && b != b'0') {
        out.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators_and_units() {
        assert_eq!(number(0.0, 0), "0");
        assert_eq!(number(999.0, 0), "999");
        assert_eq!(number(12_345.6, 1), "12,345.6");
        assert_eq!(number(-1234.0, 0), "−1,234");
        assert_eq!(number(2_500_000.0, 0), "2.5 M");
        assert_eq!([3e12, 9.99e14, 1e15, -1.234e308].map(|n| number(n, 0)), ["3 T", "999 T", "1e15", "−1.23e308"]);
        assert_eq!(number(-0.001, 2), "0.00");
        assert_eq!([0.0, 0.25, 12.5, 1000.0, 2e6].map(compact), ["0", "0.25", "12.5", "1,000", "2 M"]);
    }
}
