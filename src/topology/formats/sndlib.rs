//! Reads networks of SNDlib (Orlowski et al., "SNDlib 1.0", Networks 55(3), 2010), native and XML, with their demands.
//!
//! Links lead both ways. Capacities, costs and modules have units of their own and are not used.

use super::draft::Draft;
use super::fields::{LinkData, NodeData};
use super::tokens::{Token, Tokens};
use super::values::number;
use super::xml::{Tag, walk};
use crate::topology::error::{at_line, quoted};
use crate::topology::{Rules, TopologyBuilder, TopologyError};

pub(super) fn read_native(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let body = text.split_once('\n').map_or("", |(_, body)| body);
    let mut tokens = Tokens::new(body, &["(", ")"], false);
    let mut draft = Draft::of_listed_nodes(text, 10);
    let mut links = 0;
    while let Some(token) = tokens.next() {
        let section = token.text().to_owned();
        expect(&mut tokens, "(")?;
        loop {
            let row = row(&mut tokens)?;
            let line = tokens.line + 1;
            match (section.as_str(), &row[..]) {
                (_, []) => break,
                ("NODES", [id, x, y]) => {
                    draft.add_node(id, NodeData::default())?;
                    draft.add_place(id, number(line, x)?, number(line, y)?)?;
                }
                ("NODES", [id]) => draft.add_node(id, NodeData::default())?,
                ("LINKS", [_, from, to, ..]) => {
                    links += 1;
                    draft.add_link([from, to], false, LinkData::default(), rules)?;
                }
                ("DEMANDS", [_, from, to, _routing, value, ..]) => {
                    draft.add_demand([from, to], number(line, value)?)?
                }
                ("NODES" | "LINKS" | "DEMANDS", _) => {
                    return Err(at_line(line, &quoted(&row.join(" ")), "a node, link or demand of SNDlib"));
                }
                _ => {}
            }
        }
    }
    draft.unused("capacities and costs", links);
    draft.into_builder(name, rules)
}

fn expect(tokens: &mut Tokens<'_>, sign: &str) -> Result<(), TopologyError> {
    match tokens.next() {
        Some(token) if token.is(sign) => Ok(()),
        Some(token) => Err(at_line(tokens.line + 1, &quoted(token.text()), sign)),
        None => Err(at_line(tokens.line + 1, "the end of the file", sign)),
    }
}

/// The words of the next row, without the brackets within it; none at the end of the section. A row is what stands in
/// one line.
fn row<'a>(tokens: &mut Tokens<'a>) -> Result<Vec<&'a str>, TopologyError> {
    let mut words = Vec::new();
    let mut depth = 0;
    loop {
        let mut ahead = tokens.clone();
        let next = ahead.next();
        if depth == 0 && !words.is_empty() && ahead.line != tokens.line {
            return Ok(words);
        }
        *tokens = ahead;
        match next {
            Some(token) if token.is("(") => depth += 1,
            Some(token) if token.is(")") && depth == 0 && words.is_empty() => return Ok(words),
            Some(token) if token.is(")") && depth == 0 => {
                return Err(at_line(tokens.line + 1, ")", "a line of its own for the end of a section"));
            }
            Some(token) if token.is(")") => depth -= 1,
            Some(Token::Word(word) | Token::Quoted(word) | Token::Sign(word)) => words.push(word),
            None => return Err(at_line(tokens.line + 1, "the end of the file", ") at the end of every section")),
        }
    }
}

pub(super) fn read_xml(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut draft = Draft::of_listed_nodes(text, 10);
    let (mut id, mut at, mut ends, mut value) = (String::new(), [None; 2], [const { None::<String> }; 2], None);
    walk(text, |path, tag, line| {
        let element = path[path.len() - 1];
        let within = |name: &str| path.contains(&name);
        match (element, &tag) {
            ("nodes", Tag::Start(_)) => {
                draft.drawn_is_geographic = tag.attribute("coordinatesType").map(|kind| kind == "geographical");
            }
            ("node", Tag::Start(_)) => {
                let given = tag.attribute("id");
                id = given.ok_or_else(|| at_line(line, "<node> without id", "id in every <node>"))?.to_owned();
                at = [None; 2];
            }
            ("x", Tag::End(text)) if within("node") => at[0] = Some(number(line, text)?),
            ("y", Tag::End(text)) if within("node") => at[1] = Some(number(line, text)?),
            ("node", Tag::End(_)) => {
                draft.add_node(&id, NodeData::default())?;
                if let [Some(x), Some(y)] = at {
                    draft.add_place(&id, x, y)?;
                }
            }
            ("link" | "demand", Tag::Start(_)) => (ends, value) = ([None, None], None),
            ("source", Tag::End(text)) if within("link") || within("demand") => ends[0] = Some((*text).to_owned()),
            ("target", Tag::End(text)) if within("link") || within("demand") => ends[1] = Some((*text).to_owned()),
            ("demandValue", Tag::End(text)) => value = Some(number(line, text)?),
            ("link" | "demand", Tag::End(_)) => {
                let [Some(from), Some(to)] = [ends[0].take(), ends[1].take()] else {
                    return Err(at_line(line, &format!("<{element}> without source or target"), "both"));
                };
                if element == "demand" {
                    draft.add_demand([&from, &to], value.unwrap_or(0.0))?;
                } else {
                    draft.add_link([&from, &to], false, LinkData::default(), rules)?;
                }
            }
            (name, Tag::End(_)) if within("link") && name.to_ascii_lowercase().ends_with("cost") => {
                draft.unused(&name.escape_debug().to_string(), 1);
            }
            _ => {}
        }
        Ok(())
    })?;
    draft.into_builder(name, rules)
}
