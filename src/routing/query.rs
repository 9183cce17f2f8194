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
    /// Hub labels, which are prepared; searches from both ends where they do not fit into memory or know too little.
    Labels,
}

/// Memory for hub labels, bytes.
const LABEL_BYTES: usize = 256 << 20;

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
            Algorithm::Labels => match self.labels.as_ref().and_then(|labels| labels.route(view, from, to, route)) {
                Some(known) => known,
                None => self.bidirectional.route(view, from, to, route),
            },
        }
    }
}
