//! Reads edge lists: two nodes a line, and what else is known of their link.
//!
//! Columns are separated by tabs, `;`, `|`, commas or blanks, whichever cuts the first lines into as many fields each;
//! or a line reads `a -> b` and more, as in Rocketfuel. `#` and `%` begin comments. Names of columns may stand in the
//! first line or in the last comment before it. Without names, a third column of numbers is a weight, and `{…}` at the
//! end of a line, as networkx writes it, holds data. Links lead both ways, unless a comment says `Directed graph`, as
//! in SNAP.

use super::draft::Draft;
use super::fields::{LinkData, is_link_field};
use super::values::refused;
use crate::topology::error::{at_line, quoted};
use crate::topology::{Rules, TopologyBuilder, TopologyError};

/// Most fields of a line, and most bytes of one of the first lines.
const MOST_FIELDS: usize = 1000;
const MOST_BYTES: usize = 64 * 1024;

/// Lines that decide how a file is cut into fields.
const LOOKED_AT: usize = 50;

/// What separates fields.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Separator {
    Sign(char),
    Blanks,
    /// Between the two nodes; blanks before what follows the last one.
    Arrow,
}

/// What a file's columns are.
struct Columns {
    separator: Separator,
    ends: [usize; 2],
    /// Names of all, where there are such.
    names: Option<Vec<String>>,
}

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let (columns, begins) = columns(text)?;
    let mut draft = Draft::of(text, 4);
    let directed = text.lines().take(LOOKED_AT).filter_map(comment).any(says_directed);
    let mut fields = Vec::new();
    let mut width = None;
    for (line, text) in rows(text).skip_while(|(line, _)| *line < begins) {
        let (text, braces) = match text.strip_suffix('}').and_then(|text| text.rsplit_once('{')) {
            Some((before, data)) => (before.trim_end(), data),
            None => (text, ""),
        };
        cut(text, columns.separator, &mut fields);
        let [from, to] = columns.ends.map(|column| fields.get(column).map_or("", |field| field));
        if from.is_empty() || to.is_empty() {
            return Err(at_line(line, &quoted(text), "two nodes and what is known of their link"));
        }
        // A third field may be missing; more fields that come and go are another format, such as a list of neighbours.
        let width = *width.get_or_insert(fields.len());
        let is_like = fields.len() == width || columns.names.is_some() || fields.len().max(width) <= 3;
        if !is_like || fields.len() > MOST_FIELDS {
            return Err(at_line(line, &format!("{} fields", fields.len()), &format!("{width}, as in other lines")));
        }
        let mut data = LinkData::default();
        let mut set = |draft: &mut Draft, name: &str, value: &str| {
            draft.set(&mut data, name, value).map_err(|expected| refused(line, name, value, expected))
        };
        let others = (0..).zip(&fields).filter(|(column, _)| !columns.ends.contains(column));
        for (column, field) in others {
            match &columns.names {
                Some(names) => set(&mut draft, names.get(column).map_or("", String::as_str), field)?,
                None if column == 2 => set(&mut draft, "weight", field)?,
                None => set(&mut draft, &format!("column {}", column + 1), field)?,
            }
        }
        for (name, value) in braces.split(',').filter_map(|pair| pair.split_once(':')) {
            let [name, value] = [name, value].map(|text| text.trim().trim_matches(['\'', '"']));
            set(&mut draft, name, value)?;
        }
        draft.add_link([from, to], directed, data, rules)?;
    }
    if draft.link_count() == 0 {
        return Err(at_line(1, "a file without links", "two nodes a line"));
    }
    if !directed {
        draft.split_directions();
    } else {
        draft.assumed("links lead one way, as a comment says", draft.link_count() as u32);
    }
    draft.into_builder(name, rules)
}

fn comment(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix(['#', '%'])
}

fn says_directed(comment: &str) -> bool {
    let comment = comment.to_ascii_lowercase();
    let at = comment.find("directed graph");
    at.is_some_and(|at| !comment[..at].ends_with("un"))
}

/// Lines that are neither empty nor comments, with their numbers.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && comment(line).is_none())
}

/// Cuts a line into fields.
fn cut<'a>(line: &'a str, separator: Separator, fields: &mut Vec<&'a str>) {
    fields.clear();
    match separator {
        Separator::Blanks => fields.extend(line.split_whitespace()),
        Separator::Arrow => {
            let Some((from, rest)) = line.split_once("->") else { return fields.push(line) };
            let rest = rest.trim();
            fields.push(from.trim());
            match rest.rsplit_once(char::is_whitespace).filter(|(_, last)| last.parse::<f64>().is_ok()) {
                Some((to, last)) => fields.extend([to.trim_end(), last]),
                None => fields.push(rest),
            }
        }
        Separator::Sign(sign) => {
            let mut rest = line;
            loop {
                let quoted = rest.trim_start().strip_prefix('"').and_then(|inner| inner.split_once('"'));
                let (field, after) = match quoted {
                    Some((field, after)) => (field, after.trim_start().strip_prefix(sign)),
                    None => match rest.split_once(sign) {
                        Some((field, after)) => (field.trim(), Some(after)),
                        None => (rest.trim(), None),
                    },
                };
                fields.push(field);
                match after {
                    Some(after) => rest = after,
                    None => return,
                }
            }
        }
    }
}

/// What the columns are, and the line from which on there are links.
fn columns(text: &str) -> Result<(Columns, usize), TopologyError> {
    let first: Vec<(usize, &str)> = rows(text).take(LOOKED_AT).collect();
    let signs = ['\t', ';', '|', ','].map(Separator::Sign);
    let choices = [Separator::Arrow].into_iter().chain(signs).chain([Separator::Blanks]);
    let data = |line: &str| line.split('{').next().unwrap_or_default().trim_end().to_owned();
    if let Some((line, _)) = first.iter().find(|(_, line)| line.len() > MOST_BYTES) {
        return Err(at_line(*line, "a long line", &format!("lines of at most {MOST_BYTES} bytes")));
    }
    let lines: Vec<String> = first.iter().map(|(_, line)| data(line)).collect();
    // Counts of nodes and links may stand alone before the links.
    let alone = lines.iter().take(2).take_while(|line| line.parse::<u64>().is_ok()).count();
    let lines = &lines[alone..];
    let fits = |separator: &Separator| {
        let mut fields = Vec::new();
        let mut counts = lines.iter().map(|line| {
            cut(line, *separator, &mut fields);
            let glued = *separator == Separator::Sign(',') && fields.last().is_some_and(|last| ends_in_number(last));
            (fields.len(), glued)
        });
        let Some((count, glued)) = counts.next() else { return false };
        count > 1 && !glued && counts.all(|(other, glued)| other == count && !glued)
    };
    // Tabs between blanks are blanks.
    let is_mixed = |separator: &Separator| {
        let mut fields = Vec::new();
        let glued = |fields: &[&str]| fields.first().is_some_and(|first| first.contains(' '));
        *separator == Separator::Sign('\t')
            && fits(&Separator::Blanks)
            && lines.iter().all(|line| {
                cut(line, *separator, &mut fields);
                glued(&fields)
            })
    };
    let separator = choices.clone().find(|choice| fits(choice) && !is_mixed(choice)).or_else(|| {
        // Rows of different lengths; the first one decides.
        let mut fields = Vec::new();
        choices.clone().find(|separator| {
            lines.first().is_some_and(|line| {
                cut(line, *separator, &mut fields);
                fields.len() > 1
            })
        })
    });
    let Some(separator) = separator else {
        let (line, text) = first.get(alone).copied().unwrap_or((1, ""));
        let expected = "a network: GraphML, GEXF, GML, DOT, Pajek, BRITE, SNDlib, JSON, a matrix, or two nodes a line";
        return Err(at_line(line, &quoted(text), expected));
    };
    let mut fields = Vec::new();
    cut(&lines[0], separator, &mut fields);
    let named = is_heading(&fields, lines.get(1).map(String::as_str), separator);
    let before = text.lines().take_while(|line| line.trim().is_empty() || comment(line).is_some());
    let commented = before.filter_map(comment).last().map(|comment| {
        let mut names = Vec::new();
        cut(comment.trim(), if comment.contains('\t') { separator } else { Separator::Blanks }, &mut names);
        if names.len() != fields.len() {
            cut(comment.trim(), separator, &mut names);
        }
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    });
    let is_names = |names: &Vec<String>| {
        names.len() == fields.len() && names.len() > 2 && names[2..].iter().any(|name| is_link_field(name))
    };
    let names = match named {
        true => Some(fields.iter().map(|&field| field.to_owned()).collect()),
        false => commented.filter(is_names),
    };
    let has = |known: &[&str]| {
        names.iter().flatten().any(|name: &String| known.contains(&name.to_ascii_lowercase().as_str()))
    };
    if has(&["time", "timestamp", "ts", "tick", "date", "datetime"]) {
        return Err(at_line(first[alone].0, "a log of accesses", "a network (`init --log` takes logs)"));
    }
    let ends = names.as_ref().map_or([0, 1], |names: &Vec<String>| {
        let of = |known: &[&str]| names.iter().position(|name| known.contains(&name.to_ascii_lowercase().as_str()));
        match (of(SOURCES), of(TARGETS)) {
            (Some(from), Some(to)) => [from, to],
            _ => [0, 1],
        }
    });
    Ok((Columns { separator, ends, names }, first[alone].0 + usize::from(named)))
}

/// Names of the columns of the two nodes.
const SOURCES: &[&str] =
    &["source", "from", "src", "origin", "u", "a", "node1", "node_1", "node_a", "fromnodeid", "start"];
const TARGETS: &[&str] =
    &["target", "to", "dst", "destination", "v", "b", "node2", "node_2", "node_b", "tonodeid", "end"];

fn is_heading(fields: &[&str], next: Option<&str>, separator: Separator) -> bool {
    let lower: Vec<String> = fields.iter().map(|field| field.to_ascii_lowercase()).collect();
    // A single letter may well be a node.
    let has = |known: &[&str]| lower.iter().any(|name| name.len() > 1 && known.contains(&name.as_str()));
    let names_ends =
        fields.len() > 1 && has(SOURCES) && has(TARGETS) && fields.iter().all(|f| f.parse::<f64>().is_err());
    let mut below = Vec::new();
    cut(next.unwrap_or_default(), separator, &mut below);
    let is_number = |field: Option<&&str>| field.is_some_and(|field| field.parse::<f64>().is_ok());
    let is_hole = |field: &str| matches!(field, "" | "-");
    let names_numbers = (2..fields.len())
        .any(|column| !is_number(fields.get(column)) && !is_hole(fields[column]) && is_number(below.get(column)));
    names_ends || names_numbers
}

fn ends_in_number(field: &str) -> bool {
    field
        .split_whitespace()
        .next_back()
        .is_some_and(|last| last.len() < field.trim().len() && last.parse::<f64>().is_ok())
}
