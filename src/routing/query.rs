//! A shortest-path query, and a finder that answers it by any of the exact algorithms.

use super::alt::Alt;
use super::bidirectional::Bidirectional;
use super::bounded::Bounded;
use super::dijkstra::Dijkstra;
use super::labels::Labels;
use super::landmarks::Landmarks;
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
    /// A* from both ends with landmarks, which are computed beforehand.
    Alt,
    /// Hub labels, which are computed beforehand; a search from both ends if they do not fit into memory, or if costs
    /// differ by direction.
    Labels,
}

/// Memory for hub labels, bytes.
const LABEL_BYTES: usize = 256 << 20;

/// An algorithm with its scratch space and what it computes beforehand.
///
/// Landmarks and labels are of one state of a view. After a change they are computed again by the next query that needs
/// them: where changes are frequent, [`Algorithm::Bidirectional`] is faster.
#[derive(Debug)]
pub struct Finder {
    algorithm: Algorithm,
    bidirectional: Bidirectional,
    bounded: Bounded,
    dijkstra: Dijkstra,
    alt: Alt,
    landmarks: Option<Landmarks>,
    labels: Option<Labels>,
    /// Generation of the view that landmarks and labels are of.
    generation: u64,
}

impl Finder {
    /// For queries on `view`, always the same one.
    pub fn new(algorithm: Algorithm, view: &View) -> Self {
        let mut finder = Self {
            algorithm,
            bidirectional: Bidirectional::default(),
            bounded: Bounded::default(),
            dijkstra: Dijkstra::default(),
            alt: Alt::default(),
            landmarks: None,
            labels: None,
            generation: 0,
        };
        finder.prepare(view);
        finder
    }

    #[cold]
    fn prepare(&mut self, view: &View) {
        self.landmarks = (self.algorithm == Algorithm::Alt).then(|| Landmarks::new(view));
        self.labels = (self.algorithm == Algorithm::Labels).then(|| Labels::new(view, LABEL_BYTES)).flatten();
        self.generation = view.generation();
    }

    /// A best route, and its cost, if there is one. With a limit of hops it is found by dynamic programming, whatever
    /// the algorithm.
    pub fn route(&mut self, view: &View, query: Query, route: &mut Route) -> Option<u32> {
        let Query { from, to, max_hops } = query;
        if let Some(most) = max_hops {
            return self.bounded.route(view, from, to, most, route);
        }
        if self.generation != view.generation() {
            self.prepare(view);
        }
        match (self.algorithm, &self.landmarks, &self.labels) {
            (Algorithm::Dijkstra, ..) => self.dijkstra.route(view, from, to, route),
            (Algorithm::Alt, Some(landmarks), _) => self.alt.route(view, landmarks, from, to, route),
            (Algorithm::Labels, _, Some(labels)) => labels.route(view, from, to, route),
            _ => self.bidirectional.route(view, from, to, route),
        }
    }
}
