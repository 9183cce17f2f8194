//! Reads graphs in DOT (Graphviz): nodes, edges, their attributes and the defaults of edges. Clusters are no nodes;
//! what is in them is a part of the network.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::fields::{LinkData, NodeData, is_link_field};
use super::tokens::{Token, Tokens};
use super::values::refused;
use crate::topology::error::{at_line, quoted};
use crate::topology::{Rules, TopologyBuilder, TopologyError};

const SIGNS: &[&str] = &["->", "--", "{", "}", "[", "]", ";", ",", "=", ":"];

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut reader = Reader { tokens: Tokens::new(text, SIGNS, true), peeked: None, draft: Draft::of(text, 4), rules };
    reader.document()?;
    reader.draft.into_builder(name, rules)
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    peeked: Option<Option<Token<'a>>>,
    draft: Draft,
    rules: &'a Rules,
}

/// Values by name; the last of a name counts.
type Attributes<'a> = BTreeMap<&'a str, String>;

/// Most attributes of a statement.
const MOST_ATTRIBUTES: usize = 1000;

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<&Token<'a>> {
        self.peeked.get_or_insert_with(|| self.tokens.next()).as_ref()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        self.peeked.take().unwrap_or_else(|| self.tokens.next())
    }

    fn next_is(&mut self, sign: &str) -> bool {
        let is = self.peek().is_some_and(|token| token.is(sign));
        if is {
            self.next();
        }
        is
    }

    fn fault(&self, found: Option<&Token<'_>>, expected: &str) -> TopologyError {
        let found = found.map_or("the end of the file".to_owned(), |token| quoted(token.text()));
        at_line(self.tokens.line, &found, expected)
    }

    fn expect(&mut self, sign: &str) -> Result<(), TopologyError> {
        match self.next() {
            Some(token) if token.is(sign) => Ok(()),
            other => Err(self.fault(other.as_ref(), sign)),
        }
    }

    fn id(&mut self, expected: &str) -> Result<String, TopologyError> {
        match self.next() {
            Some(Token::Word(text)) => Ok(text.to_owned()),
            Some(Token::Quoted(text)) => Ok(text.replace("\\\"", "\"")),
            other => Err(self.fault(other.as_ref(), expected)),
        }
    }

    fn document(&mut self) -> Result<(), TopologyError> {
        let mut kind = self.id("graph or digraph")?;
        if kind.eq_ignore_ascii_case("strict") {
            kind = self.id("graph or digraph")?;
        }
        let directed = kind.eq_ignore_ascii_case("digraph");
        if !directed && !kind.eq_ignore_ascii_case("graph") {
            return Err(at_line(self.tokens.line, &quoted(&kind), "graph or digraph"));
        }
        if !self.next_is("{") {
            let name = self.id("a name or {")?;
            self.draft.name = Some(name).filter(|name| !name.is_empty());
            self.expect("{")?;
        }
        let mut open = 1;
        // Defaults of edges, by how deep the braces are in which they hold.
        let mut defaults = vec![Attributes::new()];
        while open > 0 {
            if self.next_is("}") {
                open -= 1;
                defaults.pop();
            } else if self.next_is("{") {
                open += 1;
                defaults.push(defaults.last().cloned().unwrap_or_default());
                if open > 64 {
                    return Err(at_line(self.tokens.line, "{", "braces nested at most 64 deep"));
                }
            } else if !self.next_is(";") {
                self.statement(directed, &mut defaults)?;
            }
        }
        Ok(())
    }

    fn statement(&mut self, directed: bool, defaults: &mut [Attributes<'a>]) -> Result<(), TopologyError> {
        let is_plain = matches!(self.peek(), Some(Token::Word(_)));
        let first = self.id("a node, an edge or }")?;
        let keyword = if is_plain { first.to_ascii_lowercase() } else { String::new() };
        match keyword.as_str() {
            "subgraph" => {
                if !self.peek().is_some_and(|token| token.is("{")) {
                    self.id("a name or {")?;
                }
                return Ok(());
            }
            "graph" | "node" => return self.attributes().map(drop),
            "edge" => {
                let more = self.attributes()?;
                if let Some(last) = defaults.last_mut() {
                    // Those without a meaning need not be kept for every edge.
                    last.extend(more.into_iter().filter(|(name, _)| is_link_field(name)));
                }
                return Ok(());
            }
            _ => {}
        }
        if self.next_is("=") {
            return self.id("a value").map(drop);
        }
        self.port()?;
        let mut chain = vec![first];
        while self.next_is("--") || self.next_is("->") {
            chain.push(self.id("a node")?);
            self.port()?;
        }
        let attributes = self.attributes()?;
        if let [id] = &chain[..] {
            return self.node(id, &attributes);
        }
        for pair in chain.windows(2) {
            let mut data = LinkData::default();
            let defaults = defaults.last().into_iter().flatten().filter(|(key, _)| !attributes.contains_key(*key));
            for (key, value) in defaults.chain(&attributes) {
                let expected = |expected| refused(self.tokens.line, key, value, expected);
                self.draft.set(&mut data, key, value).map_err(expected)?;
            }
            self.draft.add_link([&pair[0], &pair[1]], directed, data, self.rules)?;
        }
        Ok(())
    }

    fn node(&mut self, id: &str, attributes: &Attributes<'_>) -> Result<(), TopologyError> {
        let mut data = NodeData::default();
        for (key, value) in attributes {
            // A label that repeats the id, as Graphviz writes it.
            if value != "\\N" {
                data.set(key, value).map_err(|expected| refused(self.tokens.line, key, value, expected))?;
            }
        }
        // A node may be spoken of more than once.
        if attributes.is_empty() { self.draft.node(id).map(drop) } else { self.draft.tell_node(id, data) }
    }

    /// A port of a node, which says where an edge is drawn.
    fn port(&mut self) -> Result<(), TopologyError> {
        while self.next_is(":") {
            self.id("a port")?;
        }
        Ok(())
    }

    fn attributes(&mut self) -> Result<Attributes<'a>, TopologyError> {
        let mut found = Attributes::new();
        while self.next_is("[") {
            while !self.next_is("]") {
                let key = match self.next() {
                    Some(Token::Word(key) | Token::Quoted(key)) => key,
                    other => return Err(self.fault(other.as_ref(), "an attribute or ]")),
                };
                let value = if self.next_is("=") { self.id("a value")? } else { "true".to_owned() };
                found.insert(key, value);
                if found.len() > MOST_ATTRIBUTES {
                    return Err(self.fault(None, &format!("at most {MOST_ATTRIBUTES} attributes")));
                }
                let _ = self.next_is(",") || self.next_is(";");
            }
        }
        Ok(found)
    }
}
