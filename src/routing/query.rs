//! One query, answered by whichever algorithm was chosen.

use super::alt::Alt;
use super::bidirectional::Bidirectional;
use super::bounded::Bounded;
use super::dijkstra::Dijkstra;
use super::labels::Labels;
use super::landmarks::Landmarks;
use super::repriced::Repriced;
use super::route::Route;
use super::view::View;

/// What is asked for: the best path from one node to another, perhaps within a number of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Query {
    /// Where the path begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// Most links it may have; `None` is no limit.
    pub max_hops: Option<u32>,
}

/// How the best path is found. All find paths of the same cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Dijkstra's, from one end.
    Dijkstra,
    /// Dijkstra's, from both ends.
    Bidirectional,
    /// A* from both ends with landmarks, which are prepared.
    Alt,
    /// Hub labels, which are prepared; searches from both ends where they do not fit into memory or do not know. Labels
    /// that often did not know are made anew, in the query that finds it so.
    Labels,
}

/// Memory for hub labels, bytes.
const LABEL_BYTES: usize = 256 << 20;

/// Answers per node that labels do not know before they are made anew. Making them takes about as long as so many
/// searches per node (measured on a grid of 10,000 nodes with shortcuts), so that both together take at most twice the
/// time of the better of searching always and making them anew at once.
const UNKNOWN_PER_NODE: usize = 32;

/// An algorithm with its scratch space and what it has prepared.
#[derive(Debug)]
pub struct Finder {
    algorithm: Algorithm,
    bidirectional: Bidirectional,
    bounded: Bounded,
    dijkstra: Dijkstra,
    alt: Alt,
    landmarks: Option<Landmarks>,
    labels: Option<Labels>,
    /// Answers that the present labels did not know.
    unknown: usize,
}

impl Finder {
    /// Prepares `algorithm` for `view`.
    pub fn new(algorithm: Algorithm, view: &View) -> Self {
        Self {
            algorithm,
            bidirectional: Bidirectional::default(),
            bounded: Bounded::default(),
            dijkstra: Dijkstra::default(),
            alt: Alt::default(),
            landmarks: (algorithm == Algorithm::Alt).then(|| Landmarks::new(view)),
            labels: (algorithm == Algorithm::Labels).then(|| Labels::new(view, LABEL_BYTES)).flatten(),
            unknown: 0,
        }
    }

    /// Follows a change of `view`; call it after each one, before the next query.
    pub fn follow(&mut self, view: &View, link: &Repriced) {
        if let Some(landmarks) = &mut self.landmarks {
            landmarks.follow(view, link);
        }
        if let Some(labels) = &mut self.labels {
            labels.follow(view, link);
        }
    }

    /// A best route, and its cost, if there is one. With a limit of hops it is found by dynamic programming, whatever
    /// the algorithm.
    pub fn route(&mut self, view: &View, query: Query, route: &mut Route) -> Option<u32> {
        let Query { from, to, max_hops } = query;
        if let Some(most) = max_hops {
            return self.bounded.route(view, from, to, most, route);
        }
        match self.algorithm {
            Algorithm::Dijkstra => self.dijkstra.route(view, from, to, route),
            Algorithm::Bidirectional => self.bidirectional.route(view, from, to, route),
            Algorithm::Alt => {
                let landmarks = self.landmarks.as_ref().expect("prepared with the algorithm");
                self.alt.route(view, landmarks, from, to, route)
            }
            Algorithm::Labels => self.by_labels(view, from, to, route),
        }
    }

    fn by_labels(&mut self, view: &View, from: u32, to: u32, route: &mut Route) -> Option<u32> {
        if let Some(labels) = &self.labels {
            if let Some(known) = labels.route(view, from, to, route) {
                return known;
            }
            self.unknown += 1;
            if self.unknown >= UNKNOWN_PER_NODE * view.nodes() {
                (self.labels, self.unknown) = (Labels::new(view, LABEL_BYTES), 0);
            }
        }
        self.bidirectional.route(view, from, to, route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_do_not_know_are_made_anew() {
        let mut view = View::of_links(3, &[(0, 1, 1), (1, 2, 1), (0, 2, 3)]);
        let (mut finder, mut route) = (Finder::new(Algorithm::Labels, &view), Route::default());
        let link = view.close([0, view.twin(0)]);
        finder.follow(&view, &link);
        for asked in 1..=2 * 3 * UNKNOWN_PER_NODE {
            assert_eq!(finder.route(&view, Query { from: 0, to: 2, max_hops: None }, &mut route), Some(3));
            let known = finder.labels.as_ref().unwrap().route(&view, 0, 2, &mut route).is_some();
            assert_eq!(known, asked >= 3 * UNKNOWN_PER_NODE, "after {asked}");
        }
    }
}
