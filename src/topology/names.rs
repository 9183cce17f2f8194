//! Looking nodes up by name, and the nearest valid name for error messages.

use super::error::quoted;
use super::{NodeId, Topology};

/// Names longer than this many bytes are not compared for similarity.
const MAX_COMPARED: usize = 64;

/// The names of a topology in sorted order: a look-up takes time in proportion to the logarithm of their number.
#[derive(Debug, Clone)]
pub struct NameIndex<'a> {
    sorted: Vec<(&'a str, NodeId)>,
}

impl<'a> NameIndex<'a> {
    /// The index of a topology's names and aliases.
    pub fn new(topology: &'a Topology) -> Self {
        Self { sorted: topology.names() }
    }

    /// The index of names whose ids are their positions. Of equal names any may be found.
    pub(crate) fn from_names(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<_> =
            names.into_iter().enumerate().map(|(index, name)| (name, NodeId(index as u32))).collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// The node of that name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.sorted.binary_search_by_key(&name, |&(known, _)| known).ok().map(|place| self.sorted[place].1)
    }

    /// The name most like the given one, if any is alike enough to be meant; of equally near ones the first by name.
    pub fn nearest(&self, name: &str) -> Option<&'a str> {
        nearest(name, self.sorted.iter().map(|&(known, _)| known))
    }

    /// The first pair of equal names, in the order of names.
    pub(super) fn first_duplicate(&self) -> Option<(NodeId, NodeId)> {
        self.sorted.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[0].1, pair[1].1))
    }

    /// The positions that share their name with another, in no particular order.
    pub(super) fn shared(&self) -> impl Iterator<Item = NodeId> {
        self.sorted.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1).flatten().map(|&(_, id)| id)
    }

    /// The nearest name in quotes.
    pub(crate) fn nearest_quoted(&self, name: &str) -> Option<String> {
        self.nearest(name).map(quoted)
    }
}

/// The candidate with the fewest edits, at most a third of the name's letters (but one always), ignoring ASCII case.
fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_COMPARED {
        return None;
    }
    let wanted = name.to_ascii_lowercase();
    let letters = wanted.chars().count();
    let tolerated = (letters / 3).max(1);
    candidates
        .filter(|known| known.len().abs_diff(name.len()) <= 4 * tolerated && known.len() <= MAX_COMPARED)
        .map(|known| (strsim::osa_distance(&wanted, &known.to_ascii_lowercase()), known))
        .filter(|&(edits, _)| edits <= tolerated && edits < letters)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_name_and_no_other() {
        let names = ["WA", "CA1", "", "Zürich", "AB"];
        let index = NameIndex::from_names(names);
        for (place, name) in names.iter().enumerate() {
            assert_eq!(index.find(name), Some(NodeId(place as u32)));
        }
        assert_eq!(index.find("CA2"), None);
        assert_eq!(index.first_duplicate(), None);
    }

    #[test]
    fn nearest_name_is_the_one_that_was_meant_or_none() {
        let index = NameIndex::from_names(["Seattle", "Sunnyvale", "New York", "WA"]);
        assert_eq!(index.nearest("Seatle"), Some("Seattle"));
        assert_eq!(index.nearest("new york"), Some("New York"));
        assert_eq!(index.nearest("WB"), Some("WA"));
        assert_eq!(index.nearest("Amsterdam"), None);
        // One letter for another is no likeness.
        assert_eq!(NameIndex::from_names(["a", "b"]).nearest("c"), None);
        assert_eq!(index.nearest(&"Seattle".repeat(1000)), None);
    }

    #[test]
    fn equal_names_are_all_reported() {
        let index = NameIndex::from_names(["a", "b", "a", "c", "b", "a"]);
        let mut shared: Vec<u32> = index.shared().map(|id| id.0).collect();
        shared.sort_unstable();
        assert_eq!(shared, [0, 1, 2, 4, 5]);
        assert_eq!(index.first_duplicate(), Some((NodeId(0), NodeId(2))));
    }
}
