//! Reads GML (Himsolt 1997) as the Topology Zoo, networkx and igraph write it: the first `graph`, its nodes with `id`
//! and other data, its edges with `source` and `target`. Lists within nodes and edges are passed over.

use quick_xml::escape::unescape;

use super::draft::Draft;
use super::fields::{LinkData, NodeData};
use super::tokens::{Token, Tokens};
use super::values::refused;
use crate::topology::error::{at_line, quoted};
use crate::topology::{Rules, TopologyBuilder, TopologyError};

/// Deepest nesting of lists.
const MAX_DEPTH: usize = 64;

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut reader =
        Reader { tokens: Tokens::new(text, &["[", "]"], false), draft: Draft::of_listed_nodes(text, 25), rules };
    reader.document()?;
    reader.draft.into_builder(name, rules)
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    draft: Draft,
    rules: &'a Rules,
}

/// A key with its value, or the end of a list.
enum Pair<'a> {
    Value(&'a str, &'a str),
    List(&'a str),
    End,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<(), TopologyError> {
        loop {
            match self.pair()? {
                Pair::List(key) if key.eq_ignore_ascii_case("graph") => return self.graph(),
                Pair::List(_) => self.skip()?,
                Pair::Value(..) => {}
                Pair::End => return Err(at_line(self.tokens.line, "the end of a list", "graph [")),
            }
        }
    }

    /// The next key and what follows it.
    fn pair(&mut self) -> Result<Pair<'a>, TopologyError> {
        let truncated = |line| at_line(line, "the end of the file", "] at the end of every list");
        let key = match self.tokens.next() {
            Some(Token::Word(key)) => key,
            Some(token) if token.is("]") => return Ok(Pair::End),
            Some(token) => return Err(at_line(self.tokens.line, &quoted(token.text()), "a key")),
            None => return Err(truncated(self.tokens.line)),
        };
        match self.tokens.next() {
            Some(token) if token.is("[") => Ok(Pair::List(key)),
            Some(Token::Word(value) | Token::Quoted(value)) => Ok(Pair::Value(key, value)),
            Some(token) => Err(at_line(self.tokens.line, &quoted(token.text()), "a value")),
            None => Err(truncated(self.tokens.line)),
        }
    }

    /// Passes over the rest of a list.
    fn skip(&mut self) -> Result<(), TopologyError> {
        let mut depth = 1;
        while depth > 0 {
            match self.pair()? {
                Pair::List(_) if depth == MAX_DEPTH => {
                    return Err(at_line(self.tokens.line, "a list", &format!("lists nested at most {MAX_DEPTH} deep")));
                }
                Pair::List(_) => depth += 1,
                Pair::End => depth -= 1,
                Pair::Value(..) => {}
            }
        }
        Ok(())
    }

    fn graph(&mut self) -> Result<(), TopologyError> {
        let mut directed = false;
        loop {
            match self.pair()? {
                Pair::List(key) if key.eq_ignore_ascii_case("node") => self.node()?,
                Pair::List(key) if key.eq_ignore_ascii_case("edge") => self.edge(directed)?,
                Pair::List(_) => self.skip()?,
                Pair::Value("directed", value) => directed = value == "1",
                Pair::Value("label" | "name" | "Network", value) => self.draft.name = Some(unescaped(value)),
                Pair::Value("Source", value) => self.draft.source = Some(unescaped(value)),
                Pair::Value(..) => {}
                Pair::End => return Ok(()),
            }
        }
    }

    fn node(&mut self) -> Result<(), TopologyError> {
        let (mut id, mut data) = (None, NodeData::default());
        let line = self.tokens.line;
        loop {
            match self.pair()? {
                Pair::Value("id", value) => id = Some(value),
                Pair::Value(key, value) => {
                    let expected = |expected| refused(self.tokens.line, key, value, expected);
                    data.set(key, &unescaped(value)).map_err(expected)?;
                }
                Pair::List(_) => self.skip()?,
                Pair::End => break,
            }
        }
        let id = id.ok_or_else(|| at_line(line, "a node without id", "an id for every node"))?;
        self.draft.add_node(id, data)
    }

    fn edge(&mut self, directed: bool) -> Result<(), TopologyError> {
        let (mut ends, mut data) = ([None; 2], LinkData::default());
        let line = self.tokens.line;
        loop {
            match self.pair()? {
                Pair::Value("source", value) => ends[0] = Some(value),
                Pair::Value("target", value) => ends[1] = Some(value),
                Pair::Value(key, value) => {
                    let expected = |expected| refused(self.tokens.line, key, value, expected);
                    self.draft.set(&mut data, key, value).map_err(expected)?;
                }
                Pair::List(_) => self.skip()?,
                Pair::End => break,
            }
        }
        let [Some(source), Some(target)] = ends else {
            return Err(at_line(line, "an edge without source or target", "both for every edge"));
        };
        self.draft.add_link([source, target], directed, data, self.rules)
    }
}

fn unescaped(text: &str) -> String {
    unescape(text).unwrap_or(text.into()).into_owned()
}
