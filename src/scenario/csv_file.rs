//! Reading CSV files record by record, in bounded memory, with line numbers in errors.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use csv::{ErrorKind, StringRecord};

use super::content::{self, Blocks, Content};
use super::json;
use super::problem::{JsonPath, Place, Problem, ScenarioError, nearest, quoted, unknown_node};
use super::unpacked::{Packing, Unpacked};
use crate::topology::{NodeId, Topology};

/// Bytes that may be read for one record; the reader reads ahead by less.
const MAX_RECORD_BYTES: usize = 256 * 1024;

/// A CSV file with one of some known headers, the last line ended.
#[derive(Debug)]
pub(super) struct CsvFile {
    reader: csv::Reader<Bounded>,
    path: PathBuf,
    record: StringRecord,
    /// Lines that the reader is behind at a record: one where lines end with CR LF, of which it takes LF for the next.
    behind: u64,
}

impl CsvFile {
    /// Opens a file whose header is one of `headers`; one that was read before has to hold what it held then.
    pub(super) fn open(path: &Path, headers: &[&str], held: Option<&Content>) -> Result<Self, ScenarioError> {
        let (csv, header, ended) = Self::begin(path, held)?;
        let found = header.join(",");
        if !headers.contains(&found.as_str()) {
            return Err(csv.not_allowed(&found, &format!("the header {}", headers.join(" or "))));
        }
        if ended { Ok(csv) } else { Err(ScenarioError::of_file(path, Problem::Truncated)) }
    }

    /// Opens a file with its header, and says whether the last line is ended. A byte order mark is no part of the
    /// header.
    pub(super) fn begin(path: &Path, held: Option<&Content>) -> Result<(Self, Vec<String>, bool), ScenarioError> {
        let whole = |problem| ScenarioError::of_file(path, problem);
        let unreadable = |error| whole(content::problem(error));
        let mut file = json::open(path).map_err(whole)?;
        let packing = Packing::of(&mut file).map_err(unreadable)?;
        let ended = packing != Packing::None || ends_with_line_break(&mut file).map_err(unreadable)?;
        let separator = separator(path, packing, held).map_err(unreadable)?;
        let blocks = match held {
            Some(content) => Blocks::again(file, content),
            None => Blocks::first(file),
        };
        let bytes = Unpacked::new(blocks, packing).map_err(unreadable)?;
        let bounded = Bounded { bytes, allowance: MAX_RECORD_BYTES };
        let reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(bounded);
        let mut csv = Self { reader, path: path.to_owned(), record: StringRecord::new(), behind: 0 };
        let mut header: Vec<String> = Vec::new();
        if csv.advance()? {
            header.extend(csv.record.iter().map(|name| name.trim().to_owned()));
            header[0] = header[0].trim_start_matches('\u{feff}').to_owned();
            csv.behind = u64::from(csv.reader.position().line() == 1);
        }
        Ok((csv, header, ended))
    }

    /// Reads the next record; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, ScenarioError> {
        self.reader.get_mut().allowance = MAX_RECORD_BYTES;
        self.reader.read_record(&mut self.record).map_err(|error| {
            let line = error.position().map_or_else(|| self.reader.position().line(), csv::Position::line);
            let problem = match error.into_kind() {
                ErrorKind::Io(error) => content::problem(error),
                ErrorKind::UnequalLengths { expected_len, len, .. } => Problem::NotAllowed {
                    value: format!("a line of {len} fields"),
                    expected: format!("{expected_len} fields"),
                },
                _ => Problem::NotAllowed { value: "a field".to_owned(), expected: "UTF-8 text".to_owned() },
            };
            self.error(line + self.behind, problem)
        })
    }

    /// What the file holds, once its end was read.
    pub(super) fn content(&self) -> Content {
        self.reader.get_ref().bytes.blocks().content()
    }

    /// The column as it stands; columns that the header lacks are `None`.
    pub(super) fn column(&self, column: usize) -> Option<&str> {
        self.record.get(column)
    }

    /// The text of a column that the header has.
    fn text(&self, column: usize) -> &str {
        self.column(column).unwrap_or_default()
    }

    /// The column as a node.
    pub(super) fn node(&self, column: usize, nodes: &NodeNames) -> Result<NodeId, ScenarioError> {
        let name = self.text(column);
        nodes.find(name).ok_or_else(|| self.error(self.line(), nodes.unknown(name)))
    }

    /// The column as a finite number in a range.
    pub(super) fn number(&self, column: usize, least: f64, most: f64) -> Result<f64, ScenarioError> {
        let text = self.text(column);
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.not_allowed(text, &format!("a number from {least} to {most}")))
    }

    /// The column as a whole number in a range.
    pub(super) fn whole(&self, column: usize, least: u32, most: u32) -> Result<u32, ScenarioError> {
        let text = self.text(column);
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.not_allowed(text, &format!("a whole number from {least} to {most}")))
    }

    /// The current record has a value that is not allowed.
    pub(super) fn not_allowed(&self, text: &str, expected: &str) -> ScenarioError {
        self.error(self.line(), Problem::NotAllowed { value: quoted(text), expected: expected.to_owned() })
    }

    pub(super) fn line(&self) -> u64 {
        self.record.position().map_or(1, csv::Position::line) + self.behind
    }

    /// A problem of a line.
    pub(super) fn error(&self, line: u64, problem: Problem) -> ScenarioError {
        ScenarioError::new(Place::Line { file: self.path.clone(), line }, JsonPath::default(), problem)
    }
}

/// What separates the fields of the first line: a comma, or another sign that stands there more often.
fn separator(path: &Path, packing: Packing, held: Option<&Content>) -> io::Result<u8> {
    let file = json::open(path).map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
    let blocks = match held {
        Some(content) => Blocks::again(file, content),
        None => Blocks::first(file),
    };
    let mut start = Vec::new();
    Unpacked::new(blocks, packing)?.take(4096).read_to_end(&mut start)?;
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |sign: u8| line.iter().filter(|&&byte| byte == sign).count();
    // The last of equal ones.
    Ok([b'|', b';', b'\t', b','].into_iter().max_by_key(|&sign| count(sign)).unwrap_or(b','))
}

fn ends_with_line_break(file: &mut File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(last == [b'\n'])
}

/// A file of which only so much is read before someone raises the allowance: a record without an end is an error
/// before it fills the memory.
#[derive(Debug)]
struct Bounded {
    bytes: Unpacked,
    allowance: usize,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.allowance = self
            .allowance
            .checked_sub(read)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a record does not end within 256 KiB"))?;
        Ok(read)
    }
}

/// The names of a topology's nodes, owned, for readers that outlive it.
#[derive(Debug, Clone)]
pub(super) struct NodeNames {
    sorted: Vec<(Box<str>, NodeId)>,
    /// Nodes of the topology's file that are not among them.
    left_out: u32,
}

impl NodeNames {
    /// The names of a topology.
    pub(super) fn new(topology: &Topology) -> Self {
        let sorted = topology.names().into_iter().map(|(name, id)| (name.into(), id)).collect();
        Self { sorted, left_out: topology.defaults.nodes_outside_largest_part }
    }

    /// The node of that name.
    pub(super) fn find(&self, name: &str) -> Option<NodeId> {
        self.sorted.binary_search_by_key(&name, |(known, _)| known).ok().map(|place| self.sorted[place].1)
    }

    /// The most similar name, quoted, if one is similar enough to be meant.
    pub(super) fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.sorted.iter().map(|(known, _)| &**known)).map(|name| quoted(&name))
    }

    /// Nodes of the topology's file that are not among them.
    pub(super) fn left_out(&self) -> u32 {
        self.left_out
    }

    /// The problem of a name that no node has.
    pub(super) fn unknown(&self, name: &str) -> Problem {
        unknown_node(name, self.sorted.iter().map(|(known, _)| &**known), self.left_out)
    }
}
