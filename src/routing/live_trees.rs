//! A view by latency that follows the fabric, with destination trees that follow the view: what routers along trees share.

use super::trees::Trees;
use super::view::View;
use crate::fabric::port::PortChange;

/// The network as a router sees it, and trees over it.
#[derive(Debug)]
pub struct LiveTrees {
    view: View,
    trees: Trees,
}

impl LiveTrees {
    /// Over `view`, with `memory_limit` bytes for trees.
    pub fn new(view: View, memory_limit: u64) -> Self {
        let trees = Trees::new(view.nodes(), memory_limit);
        Self { view, trees }
    }

    /// Follows changes of ports.
    pub fn apply(&mut self, changes: &[PortChange]) {
        for change in changes {
            let link = self.view.apply(change);
            self.trees.follow(&self.view, &link);
        }
    }

    /// Takes on another state of the network.
    pub fn restore(&mut self, view: View) {
        self.view = view;
        self.trees.forget();
    }

    /// The network as it is now.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Distance to `target` by node, ticks.
    #[inline]
    pub fn distances(&mut self, target: u32) -> &[u32] {
        self.trees.distances(target, &self.view)
    }
}
