//! Networks in the formats of others, recognised by what they begin with.
//!
//! | format | begins with |
//! | --- | --- |
//! | GraphML, GEXF, SNDlib XML | `<`; the root element says which |
//! | node-link JSON, our own JSON | `{`; our own states a `version` |
//! | SNDlib native | `?SNDlib native format` |
//! | GML | `graph [`, or `Creator`, `Version`, `directed` before it |
//! | DOT | `graph`, `digraph` or `strict`, then `{` |
//! | Pajek | `*` |
//! | BRITE | `Topology:` |
//! | matrix | lines of as many numbers as there are lines |
//! | edge list | anything else |
//!
//! Comments before (`#`, `%`, `//`, `/* */`) do not count. What data of nodes and links mean does not depend on the
//! format: `fields`.

mod brite;
mod dot;
mod draft;
mod edge_list;
mod fields;
mod gexf;
mod gml;
pub mod graphml;
mod matrix;
mod node_link;
mod pajek;
mod sndlib;
#[cfg(test)]
mod tests;
mod tokens;
mod values;
mod xml;

use super::comments::without_comments;
use super::error::at_line;
use super::{Rules, TopologyBuilder, TopologyError, json};

/// What a reader of a format is given: the text, what to call a network without a name, and the rules.
type Reader = fn(&str, &str, &Rules) -> Result<TopologyBuilder, TopologyError>;

/// The network that a file holds, in whatever format.
///
/// # Errors
/// What is wrong with it in terms of its format, or that it is of none.
pub fn read(bytes: &[u8], name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
            return Err(at_line(line, "a byte that is not UTF-8", "a network in UTF-8 text"));
        }
    };
    // JSON may have comments; in other formats `//` is something else.
    let text = if after_comments(text).starts_with('{') { &*without_comments(text) } else { text };
    recognised(text)?(text, name, rules)
}

fn recognised(text: &str) -> Result<Reader, TopologyError> {
    let start = after_comments(text);
    let word = |length: usize| start.get(..length).unwrap_or(start).to_ascii_lowercase();
    let first_word = start.split(|c: char| c.is_whitespace() || "[{:".contains(c)).next().unwrap_or_default();
    let then = start[first_word.len()..].trim_start();
    Ok(match first_word.to_ascii_lowercase().as_str() {
        _ if start.is_empty() => return Err(at_line(1, "an empty file", "a network")),
        _ if start.starts_with('<') => match xml::root(start) {
            Some("gexf") => gexf::read,
            Some("network") => sndlib::read_xml,
            _ => graphml::read,
        },
        _ if start.starts_with('{') => of_json(text)?,
        _ if start.starts_with('[') => {
            return Err(at_line(1, "a JSON list", "a network: a JSON object, or another format"));
        }
        _ if word(14) == "?sndlib native" => sndlib::read_native,
        _ if start.starts_with('*') => pajek::read,
        "topology" if then.starts_with(':') => brite::read,
        "strict" => dot::read,
        "graph" | "digraph" if is_dot(then) => dot::read,
        "graph" | "creator" | "version" | "directed" if is_gml(start) => gml::read,
        _ if matrix::is_one(text) => matrix::read,
        _ => edge_list::read,
    })
}

/// Whether a graph's name, if there is one, is followed by a brace.
fn is_dot(then: &str) -> bool {
    then.find(['{', '[']).is_some_and(|place| then[place..].starts_with('{'))
}

fn is_gml(start: &str) -> bool {
    start.split('[').next().is_some_and(|before| before.len() < start.len() && before.trim_end().ends_with("graph"))
}

/// Our own format, or that of networkx; a scenario is neither.
fn of_json(text: &str) -> Result<Reader, TopologyError> {
    let fields = node_link::fields(text)?;
    let has = |name: &str| fields.iter().any(|field| field == name);
    if has("workloads") || has("ticks") {
        return Err(at_line(1, "a scenario", "a network (`run`, `compare` and `validate` take scenarios)"));
    }
    if has("version") || !(has("links") || has("edges")) || has("schema") {
        return Ok(|text, _, _| json::into_builder(json::parse_raw(text.as_bytes())?));
    }
    Ok(node_link::read)
}

/// What follows blanks and comments.
fn after_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let after = if rest.starts_with(['#', '%']) || rest.starts_with("//") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        };
        rest = after.trim_start();
    }
}
