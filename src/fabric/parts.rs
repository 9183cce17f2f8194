//! Connected parts: which accesses have no way to their targets, so that they are dropped and do not wander.

use super::access::{Access, NONE};
use super::port::Port;
use super::{DropReason, Fabric};
use crate::topology::NodeId;

impl Fabric {
    /// Finds the connected parts anew if ports have opened or closed. Wormholes matter only where space leaves gaps.
    pub(super) fn refresh_parts(&mut self) {
        let space = std::mem::take(&mut self.space_changed);
        let any = std::mem::take(&mut self.ports_changed);
        if space {
            self.broken = self.find_parts(|port| port.wormhole == NONE) > 1;
        }
        if any && self.broken {
            self.find_parts(|_| true);
        }
    }

    /// Numbers the parts that the open ports for which `counts` holds connect, and returns how many there are.
    fn find_parts(&mut self, counts: impl Fn(&Port) -> bool) -> u32 {
        self.part_of.fill(NONE);
        let (mut parts, mut stack) = (0, Vec::new());
        for start in 0..self.queues.len() as u32 {
            if self.part_of[start as usize] != NONE {
                continue;
            }
            self.part_of[start as usize] = parts;
            stack.push(NodeId(start));
            while let Some(node) = stack.pop() {
                let queue = self.queues[node.index()];
                for port in &self.ports[queue.first_port as usize..(queue.first_port + queue.ports) as usize] {
                    if port.is_open() && counts(port) && self.part_of[port.to.index()] == NONE {
                        self.part_of[port.to.index()] = parts;
                        stack.push(port.to);
                    }
                }
            }
            parts += 1;
        }
        parts
    }

    /// Why an access cannot reach its target now, if it cannot.
    #[inline]
    pub(super) fn cut_off(&self, access: &Access) -> Option<DropReason> {
        if !self.broken {
            None
        } else if !self.queues[access.at.index()].up || !self.queues[access.target.index()].up {
            Some(DropReason::Failed)
        } else if self.part_of[access.at.index()] != self.part_of[access.target.index()] {
            Some(DropReason::Unreachable)
        } else {
            None
        }
    }
}
