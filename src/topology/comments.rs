//! Comments in JSON.

use std::borrow::Cow;

/// The text with blanks in place of `//` and `/* */` comments, so that everything else stays where it is.
pub fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("//") && !text.contains("/*") {
        return text.into();
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(next) = rest.find(['"', '\\', '/']) {
        let (before, from) = rest.split_at(next);
        kept.push_str(before);
        let (taken, comment) = match from.as_bytes() {
            [b'"', ..] => {
                in_string = !in_string;
                (1, false)
            }
            [b'\\', ..] if in_string => (1 + from[1..].chars().next().map_or(0, char::len_utf8), false),
            [b'/', b'/', ..] if !in_string => (from.find('\n').unwrap_or(from.len()), true),
            [b'/', b'*', ..] if !in_string => (from[2..].find("*/").map_or(from.len(), |end| end + 4), true),
            _ => (1, false),
        };
        let (piece, after) = from.split_at(taken);
        match comment {
            true => kept.extend(piece.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            false => kept.push_str(piece),
        }
        rest = after;
    }
    kept.push_str(rest);
    kept.into()
}
