//! What `wormsim route` was asked for and found.

use crate::routing::analysis::Bundle;
use crate::routing::network::{Measure, Network, PortLink};
use crate::routing::route::Route;
use crate::routing::view::View;
use crate::topology::NodeId;

/// The routes between two nodes, or why there is none.
pub(super) struct Answer<'a> {
    pub network: &'a Network,
    pub ends: [NodeId; 2],
    pub measure: Measure,
    pub view: View,
    /// The link of each port of the view.
    pub port_links: Vec<PortLink>,
    /// Best first.
    pub routes: Vec<Route>,
    /// Why there is none.
    pub reason: Option<NoRoute>,
}

/// Why there is no route as it was asked for.
pub(super) enum NoRoute {
    /// The nodes are in different components, these ones.
    Apart([Vec<NodeId>; 2]),
    /// More hops are needed, at least so many.
    TooFar(usize),
    /// Every route takes these links.
    Bridges(Vec<Bundle>),
}
