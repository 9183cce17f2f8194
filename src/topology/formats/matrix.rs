//! Reads a square of numbers, with or without names in the first line and column: round trips, halved, or an
//! adjacency of zeros and ones.
//!
//! 0, `-`, `nan` and nothing are no link. What differs by direction is a link that differs by direction.

use super::draft::Draft;
use crate::topology::error::{at_line, quoted};
use crate::topology::{DirectionInput, Rules, TopologyBuilder, TopologyError, WeightUnit};

/// Most rows, so that all their pairs can be links.
const MAX_ROWS: usize = 1200;

/// Whether a text has as many numbers in its first lines as it has lines.
pub(super) fn is_one(text: &str) -> bool {
    let mut rows = rows(text);
    let Some((_, first)) = rows.next() else { return false };
    let columns = fields(first).len();
    let Some((_, second)) = rows.next() else { return false };
    let others = 1 + rows.count();
    let is_named = is_heading(first);
    let numbers = |row: &str, skipped: usize| fields(row).iter().skip(skipped).all(|field| value(field).is_some());
    match is_named {
        // The heading may have a field above the names.
        true => (others == columns || others + 1 == columns) && numbers(second, 1) && others > 1,
        false => {
            let is_square = columns == others + 1 && columns > 2 && numbers(first, 0) && numbers(second, 0);
            // Three weighted links in three lines are no matrix, whose diagonal would be empty.
            let is_empty =
                |row: &str, column: usize| fields(row).get(column).and_then(|field| value(field)) == Some(0.0);
            is_square && (columns > 3 || (0..).zip(self::rows(text)).all(|(column, (_, row))| is_empty(row, column)))
        }
    }
}

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut draft = Draft::of(text, 2);
    let mut rows = rows(text).peekable();
    let heading = rows.next_if(|(_, row)| is_heading(row)).map(|(_, row)| fields(row));
    let rows: Vec<(usize, &str)> = rows.collect();
    let nodes = rows.len();
    if nodes > MAX_ROWS {
        return Err(at_line(1, &format!("a matrix of {nodes} rows"), &format!("at most {MAX_ROWS} rows")));
    }
    let names: Vec<String> = match &heading {
        Some(fields) => fields[fields.len() - nodes..].iter().map(|&field| field.to_owned()).collect(),
        None => (0..nodes).map(|node| node.to_string()).collect(),
    };
    for name in &names {
        draft.node(name)?;
    }
    let mut values = vec![0.0; nodes * nodes];
    for (row, (line, text)) in rows.into_iter().enumerate() {
        let mut fields = fields(text);
        if heading.is_some() {
            fields.remove(0);
        }
        // A separator at the end of a line ends it.
        if fields.len() == nodes + 1 && fields.last() == Some(&"") {
            fields.pop();
        }
        if fields.len() != nodes {
            return Err(at_line(line, &format!("{} numbers", fields.len()), &format!("{nodes}, as many as rows")));
        }
        for (column, field) in fields.into_iter().enumerate() {
            let number = value(field).filter(|&number| number >= 0.0);
            let number = number.ok_or_else(|| at_line(line, &quoted(field), "a number from 0, or - for no link"))?;
            values[row * nodes + column] = number;
        }
    }
    let is_adjacency = values.iter().all(|&value| value == 0.0 || value == 1.0);
    let unit = rules.weight_unit.unwrap_or(WeightUnit::Ms);
    let length = |value: f64| match unit {
        WeightUnit::None => None,
        _ if is_adjacency => None,
        // There and back.
        WeightUnit::S | WeightUnit::Ms | WeightUnit::Us => Some(unit.length(value / 2.0, rules)),
        WeightUnit::Ticks | WeightUnit::Km | WeightUnit::M => Some(unit.length(value, rules)),
    };
    let direction = |value: f64| DirectionInput { length: length(value), capacity_per_tick: None };
    let mut links = 0;
    for a in 0..nodes {
        for b in a + 1..nodes {
            let [there, back] = [values[a * nodes + b], values[b * nodes + a]];
            let ends = [a as u32, b as u32];
            match (there > 0.0, back > 0.0) {
                (false, false) => continue,
                (true, true) => draft.add_both_ways(ends, [direction(there), direction(back)])?,
                (true, false) => draft.add_both_ways(ends, [direction(there); 2])?,
                (false, true) => draft.add_both_ways(ends, [direction(back); 2])?,
            }
            links += 1;
            if (there > 0.0) != (back > 0.0) {
                draft.assumed("entries of one direction hold for both", 1);
            }
        }
    }
    if !is_adjacency && matches!(unit, WeightUnit::S | WeightUnit::Ms | WeightUnit::Us) {
        let unit = WeightUnit::ALL.iter().find(|(_, known)| *known == unit).map_or("ms", |(name, _)| name);
        draft.assumed(format!("entries are round trips in {unit}, halved"), links);
    }
    let mut builder = draft.into_builder(name, rules)?;
    builder.links.shrink_to_fit();
    Ok(builder)
}

/// Lines that are neither empty nor comments, with their numbers.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with(['#', '%']))
}

fn fields(row: &str) -> Vec<&str> {
    let row = row.trim_end_matches(['\r', ' ']);
    match ['\t', ',', ';'].into_iter().find(|&separator| row.contains(separator)) {
        Some(separator) => row.split(separator).map(|field| field.trim().trim_matches('"')).collect(),
        None => row.split_whitespace().collect(),
    }
}

fn is_heading(row: &str) -> bool {
    let fields = fields(row);
    fields.len() > 1 && fields.iter().all(|field| value(field).is_none() || field.is_empty())
}

fn value(field: &str) -> Option<f64> {
    match field {
        "" | "-" => Some(0.0),
        _ if field.eq_ignore_ascii_case("nan") => Some(0.0),
        _ => field.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}
