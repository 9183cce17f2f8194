//! A route: the nodes and ports of a path, in a value that callers use again.

/// A path through a view. From a node to itself it has no ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// All nodes, the origin and the target included.
    pub nodes: Vec<u32>,
    /// The ports taken, one fewer than nodes.
    pub ports: Vec<u32>,
    /// Sum of the costs of the ports.
    pub cost: u32,
}

impl Route {
    /// The route that stays at `from`.
    pub fn start(&mut self, from: u32) {
        self.nodes.clear();
        self.ports.clear();
        self.nodes.push(from);
        self.cost = 0;
    }
}
