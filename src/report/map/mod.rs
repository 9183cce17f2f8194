//! The network as maps show it, and its layout: positions of nodes and of their names.

pub mod labels;
pub mod layout;
pub mod scene;

use crate::topology::Position;

/// The network at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NetworkMap {
    /// Which moment this is and what the loads are means over, for the caption; may be empty.
    pub note: String,
    /// Nodes, by index.
    pub nodes: Vec<MapNode>,
    /// Space links.
    pub links: Vec<MapLink>,
    /// Active wormholes.
    pub wormholes: Vec<MapWormhole>,
}

/// A node on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapNode {
    /// Its name.
    pub name: String,
    /// Its place, if it is known.
    pub position: Option<Position>,
    /// Its mass, at least 0: the area of its mark.
    pub mass: f64,
    /// False while it has failed.
    pub alive: bool,
}

/// A space link on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapLink {
    /// Index of one end.
    pub a: usize,
    /// Index of the other end.
    pub b: usize,
    /// Accesses per tick, both directions together.
    pub load_per_tick: f64,
    /// False while it has failed.
    pub alive: bool,
}

/// An active wormhole on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapWormhole {
    /// Index of one end.
    pub a: usize,
    /// Index of the other end.
    pub b: usize,
    /// 0 to 1.
    pub strength: f64,
    /// Its kind.
    pub kind: MapKind,
    /// Accesses per tick, both directions together.
    pub load_per_tick: f64,
}

/// Kind of a wormhole, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MapKind {
    /// New or weak.
    Experimental,
    /// Established.
    Standard,
    /// Strongest.
    FastLane,
}
