//! A route: the nodes, ports and cost of a path, in a value whose memory callers reuse.

use super::view::View;

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

    /// Appends an open port; the caller sets the cost of the whole.
    #[inline]
    pub(super) fn take(&mut self, view: &View, port: u32) {
        self.ports.push(port);
        self.nodes.push(view.to(port));
    }

    /// Reverses the route.
    pub fn reverse(&mut self, view: &View) {
        self.nodes.reverse();
        self.ports.reverse();
        self.ports.iter_mut().for_each(|port| *port = view.twin(*port));
    }

    /// Number of links.
    pub fn hops(&self) -> usize {
        self.ports.len()
    }
}

#[cfg(test)]
impl Route {
    /// Panics unless this is a loopless path of open ports from `from` to `to` at the cost it states.
    pub fn check(&self, view: &View, from: u32, to: u32) {
        assert_eq!((self.nodes.first(), self.nodes.last()), (Some(&from), Some(&to)), "{self:?}");
        assert_eq!(self.nodes.len(), self.ports.len() + 1);
        let mut cost = 0;
        for (ends, &port) in self.nodes.windows(2).zip(&self.ports) {
            let (_, y, price) = view.ports(ends[0]).find(|&(p, _, _)| p == port).expect("an open port of the node");
            assert_eq!(y, ends[1]);
            cost += price;
        }
        assert_eq!(cost, self.cost, "{self:?}");
        let mut nodes = self.nodes.clone();
        nodes.sort_unstable();
        nodes.dedup();
        assert_eq!(nodes.len(), self.nodes.len(), "no node twice: {self:?}");
    }
}
