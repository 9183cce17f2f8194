//! Reads a square of numbers, with or without names in the first line and column: round trips, halved, or an
//! adjacency of zeros and ones.
//!
//! 0, `-`, `nan` and nothing are no link. What differs by direction is a link that differs by direction.

use super::draft::Draft;
use super::fields::NodeData;
use crate::topology::error::{at_line, quoted};
use crate::topology::{DirectionInput, Rules, TopologyBuilder, TopologyError, WeightUnit};

/// Most rows, so that all their pairs can be links.
const MAX_ROWS: usize = 1200;
/// Most bytes of the first line.
const MOST_BYTES: usize = 64 * 1024;

/// Whether a text is a square of numbers whose diagonal is empty, or that is symmetric, with or without names.
pub(super) fn is_one(text: &str) -> bool {
    let lines = rows(text).take(MAX_ROWS + 2).count();
    let Some((_, first)) = rows(text).next().filter(|(_, row)| row.len() < MOST_BYTES) else { return false };
    let columns = fields(first).len();
    if lines > MAX_ROWS + 1 || !(3..=MAX_ROWS + 1).contains(&columns) || columns.abs_diff(lines) > 1 {
        return false;
    }
    let rows: Vec<Vec<&str>> = rows(text).map(|(_, row)| fields(row)).collect();
    if heading(&rows).is_some() {
        return rows[1].iter().skip(1).all(|field| value(field).is_some());
    }
    let numbers: Option<Vec<Vec<f64>>> =
        rows.iter().map(|row| row.iter().map(|field| value(field)).collect()).collect();
    let Some(numbers) = numbers.filter(|rows| rows.iter().all(|row| row.len() >= lines)) else { return false };
    let is_empty = (0..lines).all(|place| numbers[place][place] == 0.0);
    let is_symmetric = || (0..lines).all(|a| (0..a).all(|b| numbers[a][b] == numbers[b][a]));
    // Three weighted links in three lines are no matrix.
    is_empty || (lines > 3 && is_symmetric())
}

/// The names of the columns, if the first row has them.
fn heading<'a>(rows: &[Vec<&'a str>]) -> Option<Vec<&'a str>> {
    let first = rows.first()?;
    let labels: Vec<&str> = rows.iter().skip(1).filter_map(|row| row.first().copied()).collect();
    let nodes = labels.len();
    let names = &first[first.len().checked_sub(nodes)?..];
    let mut sorted = [names.to_vec(), labels];
    sorted.iter_mut().for_each(|names| names.sort_unstable());
    let is_words = nodes > 1 && names.iter().all(|field| !field.is_empty() && value(field).is_none());
    // Numbers are names if they count the rows.
    let counts = |from: usize| (from..).zip(names).all(|(place, name)| *name == place.to_string());
    let has_corner = first.len() == nodes + 1 && first[0].parse::<f64>().is_err();
    let is_labels = nodes > 1 && has_corner && sorted[0] == sorted[1] && (counts(0) || counts(1));
    (is_words || is_labels).then(|| names.to_vec())
}

pub(super) fn read(text: &str, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
    let mut draft = Draft::of(text, 2);
    let (lines, cut): (Vec<usize>, Vec<Vec<&str>>) = rows(text).map(|(line, row)| (line, fields(row))).unzip();
    let heading = heading(&cut);
    let first = usize::from(heading.is_some());
    let nodes = cut.len() - first;
    let names: Vec<String> = match &heading {
        Some(names) => names.iter().map(|&name| name.to_owned()).collect(),
        None => (0..nodes).map(|node| node.to_string()).collect(),
    };
    for name in &names {
        draft.add_node(name, NodeData::default())?;
    }
    let mut values = vec![0.0; nodes * nodes];
    let mut seen = vec![false; nodes];
    for (place, (&line, fields)) in lines.iter().zip(&cut).skip(first).enumerate() {
        let mut fields = &fields[..];
        let mut row = place;
        if heading.is_some() && fields.len() > nodes {
            let found = names.iter().position(|name| name == fields[0]);
            row = found.ok_or_else(|| at_line(line, &quoted(fields[0]), "a name of the first line"))?;
            fields = &fields[1..];
        }
        // A separator at the end of a line ends it.
        if fields.len() == nodes + 1 && fields.last() == Some(&"") {
            fields = &fields[..nodes];
        }
        if fields.len() != nodes {
            return Err(at_line(line, &format!("{} numbers", fields.len()), &format!("{nodes}, as many as rows")));
        }
        if std::mem::replace(&mut seen[row], true) {
            return Err(at_line(line, &quoted(&names[row]), "each row once"));
        }
        for (column, field) in fields.iter().enumerate() {
            let number = value(field).filter(|&number| number >= 0.0);
            let number = number.ok_or_else(|| at_line(line, &quoted(field), "a number from 0, or - for no link"))?;
            values[row * nodes + column] = number;
        }
    }
    for node in (0..nodes).filter(|node| values[node * (nodes + 1)] > 0.0) {
        draft.add_both_ways([node as u32; 2], [DirectionInput::default(); 2])?;
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

fn value(field: &str) -> Option<f64> {
    match field {
        "" | "-" => Some(0.0),
        _ if field.eq_ignore_ascii_case("nan") => Some(0.0),
        _ => field.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}
