//! Texts in pictures: estimated widths, truncation, line breaks, and the characters that XML allows.
//!
//! SVG names only a generic font, so widths are estimates that err on the wide side (DejaVu Sans, the widest of the
//! usual `sans-serif` fonts): nothing overlaps where the font is narrower.

/// Estimated width in pixels of a text in a font of `size` pixels, not less than it is in common fonts.
pub fn width(text: &str, size: f64) -> f64 {
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

/// The text, or as much of it as `room` pixels hold, ended by an ellipsis.
pub fn truncate(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - char_em('…') * size;
    let mut kept = String::new();
    for c in text.chars() {
        left -= char_em(c) * size;
        if left < 0.0 {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

/// The text broken at spaces into at most `max_lines` lines of `room` pixels; the last is cut where there is more.
pub fn wrap(text: &str, size: f64, room: f64, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let may_break = lines.len() < max_lines;
        match lines.last_mut() {
            Some(line) if may_break && is_full(line, word, size, room) => lines.push(word.into()),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.into()),
        }
    }
    lines.into_iter().map(|line| truncate(&line, size, room)).collect()
}

fn is_full(line: &str, word: &str, size: f64, room: f64) -> bool {
    width(line, size) + width(" ", size) + width(word, size) > room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_lose_nothing_that_has_room() {
        let text = "a hot spot moves from coast to coast and back";
        let lines = wrap(text, 12.0, 120.0, 10);
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|l| width(l, 12.0) <= 120.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn text_without_spaces_or_room_is_cut_with_an_ellipsis() {
        let lines = wrap(&"x".repeat(200), 12.0, 120.0, 2);
        assert!(lines.iter().all(|l| width(l, 12.0) <= 120.0 && l.ends_with('…')));
        assert_eq!(wrap("one two three four five", 12.0, 60.0, 1).len(), 1);
    }

    #[test]
    fn characters_that_xml_forbids_are_replaced() {
        assert_eq!(printable("a\u{0}b\nc\u{1b}\u{ffff}"), "a\u{fffd}b c\u{fffd}\u{fffd}");
    }
}
