//! Writes to standard output and standard error; nothing else does. Control characters and marks of direction in names,
//! paths and values could forge lines, change the title of a window or hide text: they are escaped as in JSON,
//! `\u001b`, which leaves JSON the same JSON.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::error::Error;
use crate::scenario::ScenarioError;

/// Text of one line: breaks and tabs within are escaped too.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !is_plain(c))
}

/// Text of several lines, whose breaks and tabs are the program's own.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !is_plain(c) && c != '\n' && c != '\t')
}

/// Whether a terminal shows a character and does nothing else.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if is_escaped('\n') => clean.push_str("\\n"),
            '\t' if is_escaped('\t') => clean.push_str("\\t"),
            _ if is_escaped(c) => write!(clean, "\\u{:04x}", u32::from(c)).expect("a string takes all"),
            _ => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// Writes text of several lines to standard output. A reader that has seen enough (`| head`) is no error.
pub(super) fn print(text: &str) -> Result<(), Error> {
    match write_out(text) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Io { path: PathBuf::from("standard output"), action: "write to", source })
        }
        _ => Ok(()),
    }
}

fn write_out(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(lines(text).as_bytes())?;
    output.flush()
}

/// Writes an error to standard error, on one line; of a scenario all of them, a line each.
pub(super) fn complain(error: &Error) {
    note(&format!("error: {error}"));
    if let Error::Scenario(ScenarioError { more, .. }) = error {
        more.iter().for_each(|error| note(&format!("error: {error}")));
    }
}

/// Writes a remark to standard error, on one line.
pub(super) fn note(text: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr(), "{}", line(text));
}

/// Writes text of several lines to standard error.
pub(super) fn note_lines(text: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = io::stderr().write_all(lines(text).as_bytes());
}

/// Where logs go, a line at a time: standard error.
pub(super) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        writeln!(io::stderr(), "{}", line(text.strip_suffix('\n').unwrap_or(&text)))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let hostile = "a\u{1b}]0;t\u{7}\u{9b}2J\r\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}ä–~";
        let clean = "a\\u001b]0;t\\u0007\\u009b2J\\u000d\\u007f\\u202e\\u2066\\u200f\\u061c\\u2028ä–~";
        assert_eq!((line(hostile), lines(hostile)), (clean.into(), clean.into()));
        assert_eq!((line("a\n\tb"), lines("a\n\tb")), ("a\\n\\tb".into(), "a\n\tb".into()));
        assert_eq!(line(&line(hostile)), clean, "what is clean stays as it is");
    }

    proptest! {
        #[test]
        fn json_stays_the_same_json(text: String, low in prop::collection::vec(0..0x2070_u32, 0..40)) {
            let text: String = text.chars().chain(low.into_iter().filter_map(char::from_u32)).collect();
            let value = serde_json::json!({ text.clone(): [text] });
            let printed = format!("{value:#}\n");
            prop_assert!(!lines(&printed).contains(|c: char| !is_plain(c) && c != '\n'));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&lines(&printed)).unwrap(), value);
            prop_assert_eq!(lines(&printed).lines().count(), printed.lines().count());
        }
    }
}
