//! XML element by element, with what is around each; for formats whose reader needs no more.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::topology::error::{message, quoted};
use crate::topology::{TopologyError, XmlProblem};

/// Deepest nesting of elements.
pub(super) const MAX_DEPTH: usize = 64;

/// Names of the elements from the root to the current one, without prefixes.
pub(super) type Path<'a> = [&'a str];

/// A start or an end of an element.
pub(super) enum Tag<'a> {
    /// With its attributes, their names without prefixes.
    Start(&'a [(String, String)]),
    /// With the text directly in it.
    End(&'a str),
}

impl Tag<'_> {
    /// The attribute of that name, if the element has it.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let Tag::Start(attributes) = self else { return None };
        attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Name of the root element of a text that begins with `<`, without its prefix.
pub(super) fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let inner = rest.trim_start().strip_prefix('<')?;
        if let Some(comment) = inner.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if inner.starts_with(['?', '!']) {
            rest = inner.split_once('>')?.1;
        } else {
            let name = inner.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next()?;
            return name.rsplit(':').next();
        }
    }
}

/// Shows every element to `each`, with its path and the line where it is.
pub(super) fn walk(
    text: &str,
    mut each: impl FnMut(&Path<'_>, Tag<'_>, usize) -> Result<(), TopologyError>,
) -> Result<(), TopologyError> {
    let mut reader = Reader::from_str(text);
    let mut names: Vec<String> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(broken(text, reader.error_position() as usize, &error.to_string())),
        };
        let byte = reader.buffer_position() as usize;
        let line = lines.of(byte);
        let fault = |problem| TopologyError::Xml { line, byte, problem };
        match event {
            Event::Start(element) => {
                if names.len() == MAX_DEPTH {
                    return Err(fault(XmlProblem::TooDeep(MAX_DEPTH)));
                }
                let attributes = attributes(&element).map_err(|error| broken(text, byte, &error))?;
                names.push(element.local_name().as_ref().to_owned());
                texts.push(String::new());
                each(&path(&names), Tag::Start(&attributes), line)?;
            }
            Event::Empty(element) => {
                let attributes = attributes(&element).map_err(|error| broken(text, byte, &error))?;
                names.push(element.local_name().as_ref().to_owned());
                each(&path(&names), Tag::Start(&attributes), line)?;
                each(&path(&names), Tag::End(""), line)?;
                names.pop();
            }
            Event::End(_) => {
                let inner = texts.pop().unwrap_or_default();
                each(&path(&names), Tag::End(inner.trim()), line)?;
                names.pop();
            }
            Event::Text(inner) => texts.last_mut().into_iter().for_each(|text| text.push_str(&inner.xml10_content())),
            Event::CData(inner) => texts.last_mut().into_iter().for_each(|text| text.push_str(&inner.xml10_content())),
            Event::GeneralRef(reference) => {
                let reference = format!("&{};", &*reference);
                let resolved = unescape(&reference).map_err(|_| fault(XmlProblem::Entity(quoted(&reference))))?;
                texts.last_mut().into_iter().for_each(|text| text.push_str(&resolved));
            }
            Event::DocType(_) => return Err(fault(XmlProblem::DocType)),
            Event::Eof => match names.last() {
                Some(name) => return Err(fault(XmlProblem::Truncated(message(name)))),
                None => return Ok(()),
            },
            _ => {}
        }
    }
}

fn path(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

fn broken(text: &str, byte: usize, error: &str) -> TopologyError {
    let line = 1 + text.bytes().take(byte).filter(|&byte| byte == b'\n').count();
    TopologyError::Xml { line, byte, problem: XmlProblem::Xml(message(error)) }
}

fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    // Without the check for duplicates, whose time grows with the square of their number.
    let mut found = Vec::new();
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = attribute.key.local_name().as_ref().to_owned();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        found.push((name, value.into_owned()));
    }
    Ok(found)
}

/// Lines of places that only grow.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, byte: usize) -> usize {
        let passed = self.text.as_bytes().get(self.at..byte).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.at = self.at.max(byte);
        self.line
    }
}
