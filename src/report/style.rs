//! The look that all plots share: palette, sizes, widths of text, numbers.
//!
//! Colours are those of Okabe and Ito (2008), which readers with any common colour blindness can tell apart; every
//! series also has a marker or a dash of its own. SVG names only a generic font, so text widths are estimates that
//! err on the wide side (DejaVu Sans, the widest of the usual `sans-serif` fonts): nothing overlaps where the font
//! is narrower.

use std::fmt;

/// A colour: red, green and blue, 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Text and axes.
pub const INK: Color = Color(0x22, 0x22, 0x22);
/// Subtitles, captions, event lines.
pub const MUTED: Color = Color(0x59, 0x59, 0x59);
/// Grid lines.
pub const GRID: Color = Color(0xe2, 0xe2, 0xe2);
/// The shade over the warm-up.
pub const SHADE: Color = Color(0xf1, 0xf1, 0xf1);
/// The paper.
pub const PAPER: Color = Color(0xff, 0xff, 0xff);
/// Okabe–Ito blue.
pub const BLUE: Color = Color(0x00, 0x72, 0xb2);
/// Okabe–Ito orange.
pub const ORANGE: Color = Color(0xe6, 0x9f, 0x00);
/// Okabe–Ito bluish green.
pub const GREEN: Color = Color(0x00, 0x9e, 0x73);
/// Okabe–Ito vermillion.
pub const VERMILLION: Color = Color(0xd5, 0x5e, 0x00);
/// Okabe–Ito sky blue.
pub const SKY: Color = Color(0x56, 0xb4, 0xe9);
/// Okabe–Ito reddish purple.
pub const PURPLE: Color = Color(0xcc, 0x79, 0xa7);

/// Colours of series by number; beyond them they begin again.
pub const TONES: [Color; 7] = [BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, INK];

/// Light to dark blue, even to the eye in grey too: the colours of the least, the middle and the greatest value.
pub const RAMP: [Color; 3] = [Color(196, 208, 220), Color(82, 140, 190), Color(8, 48, 107)];

/// The colour of a share, 0 to 1.
pub fn ramp(share: f64) -> Color {
    let position = share.clamp(0.0, 1.0) * 2.0;
    let (from, to, t) = if position < 1.0 { (RAMP[0], RAMP[1], position) } else { (RAMP[1], RAMP[2], position - 1.0) };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as u8;
    Color(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Font size of titles, pixels.
pub const TITLE: f64 = 17.0;
/// Font size of subtitles and axis labels, pixels.
pub const BODY: f64 = 12.0;
/// Font size of tick labels, event labels and captions, pixels.
pub const SMALL: f64 = 11.0;

/// Estimated width in pixels of a text in a font of `size` pixels, not less than it is in common fonts.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(char_em).sum::<f64>() * size
}

fn char_em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '|' | '\'' | '.' | ',' | ':' | ';' | ' ' | '!' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 1.0,
        'A'..='Z' => 0.76,
        ' '..='~' => 0.64,
        '·' | '–' | '×' => 0.6,
        '\u{a0}'..='\u{24f}' => 0.8,
        _ => 1.1,
    }
}

/// The text without characters that XML 1.0 does not allow, and on one line.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The text, or as much of it as `width` pixels hold, ended by an ellipsis.
pub fn truncate(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut room = width - char_em('…') * size;
    let mut kept = String::new();
    for c in text.chars() {
        room -= char_em(c) * size;
        if room < 0.0 {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

/// The text broken at spaces into at most `max_lines` lines of `width` pixels; the last is cut where there is more.
pub fn wrap(text: &str, size: f64, width: f64, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let may_break = lines.len() < max_lines;
        match lines.last_mut() {
            Some(line) if may_break && is_full(line, word, size, width) => lines.push(word.into()),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.into()),
        }
    }
    lines.into_iter().map(|line| truncate(&line, size, width)).collect()
}

fn is_full(line: &str, word: &str, size: f64, width: f64) -> bool {
    text_width(line, size) + text_width(" ", size) + text_width(word, size) > width
}

/// Numbers from here on are written as powers of ten.
pub const POWERS_FROM: f64 = 1e15;

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
        m if m >= 1e6 => (1e6, "M"),
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

    #[test]
    fn wrapped_lines_fit_and_lose_nothing_that_has_room() {
        let text = "a hot spot moves from coast to coast and back";
        let lines = wrap(text, 12.0, 120.0, 10);
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|l| text_width(l, 12.0) <= 120.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn text_without_spaces_or_room_is_cut_with_an_ellipsis() {
        let lines = wrap(&"x".repeat(200), 12.0, 120.0, 2);
        assert!(lines.iter().all(|l| text_width(l, 12.0) <= 120.0 && l.ends_with('…')));
        assert_eq!(wrap("one two three four five", 12.0, 60.0, 1).len(), 1);
    }

    #[test]
    fn characters_that_xml_forbids_are_replaced() {
        assert_eq!(printable("a\u{0}b\nc\u{1b}\u{ffff}"), "a\u{fffd}b c\u{fffd}\u{fffd}");
    }
}
