//! Which column of a log is which: by the names that its header gives, or that the scenario says.

use crate::scenario::log_format::LogColumns;

/// What a column may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// When.
    Time,
    /// Who asks.
    Origin,
    /// Who is asked.
    Target,
    /// How much.
    Size,
}

/// Names by which columns are known, in any case.
const SYNONYMS: [(Field, &[&str]); 4] = [
    (
        Field::Time,
        &[
            "tick",
            "time",
            "timestamp",
            "ts",
            "time_s",
            "time_ms",
            "time_us",
            "time_ns",
            "timestamp_s",
            "timestamp_ms",
            "timestamp_us",
            "timestamp_ns",
            "date",
            "datetime",
            "start",
            "start_time",
            "epoch",
        ],
    ),
    (Field::Origin, &["origin", "source", "src", "from", "client", "src_ip", "saddr"]),
    (Field::Target, &["target", "destination", "dest", "dst", "to", "server", "dst_ip", "daddr"]),
    (Field::Size, &["size"]),
];

/// Places of columns in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    pub time: usize,
    pub origin: usize,
    pub target: usize,
    pub size: Option<usize>,
}

impl Places {
    pub fn contains(&self, place: usize) -> bool {
        [self.time, self.origin, self.target].contains(&place) || self.size == Some(place)
    }
}

/// Where the columns are.
///
/// # Errors
/// What is expected of the header.
pub(super) fn places(header: &[String], columns: &LogColumns) -> Result<Places, String> {
    let place = |field: Field, given: &Option<String>| -> Result<Option<usize>, String> {
        let synonyms = SYNONYMS.iter().find(|(known, _)| *known == field).map_or(&[][..], |(_, names)| names);
        let is_it = |name: &String| match given {
            Some(given) => name == given,
            None => synonyms.contains(&name.to_ascii_lowercase().as_str()),
        };
        let found: Vec<usize> = (0..header.len()).filter(|&place| is_it(&header[place])).collect();
        match (found[..].first(), found.len(), given) {
            (None, _, Some(given)) => Err(format!("a column named {given}, as columns says")),
            (first, 0 | 1, _) => Ok(first.copied()),
            // The first synonym stands for a field that several name, if they are different.
            _ if given.is_none() => {
                let best = synonyms.iter().find_map(|known| {
                    let mut same = found.iter().filter(|&&place| header[place].eq_ignore_ascii_case(known));
                    same.next().map(|&place| (place, same.next().is_none()))
                });
                match best {
                    Some((place, true)) => Ok(Some(place)),
                    _ => Err(EXPECTED.to_owned()),
                }
            }
            _ => Err(EXPECTED.to_owned()),
        }
    };
    let [time, origin, target, size] = [
        place(Field::Time, &columns.time)?,
        place(Field::Origin, &columns.origin)?,
        place(Field::Target, &columns.target)?,
        place(Field::Size, &columns.size)?,
    ];
    let (Some(time), Some(origin), Some(target)) = (time, origin, target) else { return Err(EXPECTED.to_owned()) };
    Ok(Places { time, origin, target, size })
}

const EXPECTED: &str = "columns named tick (or time), origin (or source) and target (or destination), once each and in \
                        any order, and size if there is one; or columns in the scenario that says which is which";
