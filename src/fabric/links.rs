//! What happens to links, nodes and wormholes: ports open and close, and what is lost with them is dropped.

use super::access::{Access, NONE};
use super::port::{CLOSED, How, Port, PortChange, UNLIMITED};
use super::{DropReason, Fabric, Passed, PortQueue, WormholeId};
use crate::scenario::Tick;
use crate::topology::{EachWay, NodeId};

impl Fabric {
    /// A closed wormhole port at `node`, if its budget has one left.
    pub fn free_port(&self, node: NodeId) -> Option<u32> {
        let queue = &self.queues[node.index()];
        (queue.first_port + queue.space_ports..queue.first_port + queue.ports)
            .find(|&port| self.ports[port as usize].wormhole == NONE)
    }

    /// Keeps two free ports for a wormhole that is being set up.
    pub fn reserve(&mut self, ports: [u32; 2], wormhole: WormholeId) {
        for port in ports {
            self.ports[port as usize].wormhole = wormhole.0;
        }
        self.wormholes.take(ports);
    }

    /// Takes the traversals of the wormhole that has `port` since the last time, from each side.
    pub fn take_traversals(&mut self, port: u32) -> [u32; 2] {
        std::mem::take(self.wormholes.traversals_mut(port))
    }

    /// Traversals of the wormhole that has `port` that are not taken yet, from each side.
    pub fn traversals(&self, port: u32) -> [u32; 2] {
        self.wormholes.traversals(port)
    }

    /// Traversals of the wormhole that has `port`, by shard of the target, smoothed.
    pub fn destinations_mut(&mut self, port: u32) -> &mut [f64] {
        self.wormholes.destinations_mut(port)
    }

    /// What departed over the wormhole that has `port` since it opened: from the end with the smaller id, and from the
    /// other.
    pub fn passed(&self, port: u32) -> [Passed; 2] {
        self.wormholes.passed(port)
    }

    /// Opens a reserved wormhole in both directions for departures from tick `ready` on.
    pub fn open_wormhole(&mut self, ports: [u32; 2], ends: [NodeId; 2], latency: EachWay, capacity: u32, ready: Tick) {
        for side in 0..2 {
            let port = &mut self.ports[ports[side] as usize];
            let (wormhole, carried) = (port.wormhole, port.carried);
            let (to, latency) = (ends[1 - side], latency.0[side]);
            *port = Port { to, latency, capacity, ready, wormhole, carried };
        }
        self.ports_changed = true;
        self.limited |= capacity != UNLIMITED;
        if ready > self.now {
            self.opening.extend(ports);
        }
        self.changes.push(PortChange { ports, ends, how: How::Opened { latency } });
    }

    /// Closes a wormhole's ports, if they are open, and gives them back; what is on the way arrives, what waits at the
    /// ports returns to its node. Returns what departed over it since it opened.
    pub fn close_wormhole(&mut self, ports: [u32; 2], ends: [NodeId; 2]) -> [Passed; 2] {
        if self.ports[ports[0] as usize].is_open() {
            ports.into_iter().for_each(|port| self.clear_port(port));
            self.ports_changed = true;
            self.changes.push(PortChange { ports, ends, how: How::Closed });
        }
        for port in ports {
            let carried = self.ports[port as usize].carried;
            self.ports[port as usize] = Port { carried, ..Port::closed() };
        }
        self.wormholes.free(ports)
    }

    /// Gives what waits at a port back to its node. The time that it waited is link wait.
    fn clear_port(&mut self, port: u32) {
        while let Some(slot) = self.leave_port(port) {
            let access = self.accesses.get_mut(slot);
            let (x, waited) = (access.at, self.now - access.born - access.age());
            access.link_wait += waited;
            self.note_link_wait(port, x, waited);
            self.give_back(slot, x);
        }
        self.port_queues[port as usize] = PortQueue::EMPTY;
    }

    /// The ports of a space link: of the direction that begins at a node, or of both; one of a direction that the link
    /// does not have matters to nobody.
    pub fn link_ports_from(&self, link: u32, from: Option<NodeId>) -> Vec<u32> {
        let ports = self.link_ports[link as usize];
        match from {
            None => ports.to_vec(),
            // The first port leads away from the first end.
            Some(from) => vec![ports[usize::from(self.ports[ports[0] as usize].to == from)]],
        }
    }

    /// Changes the capacity of ports.
    pub fn set_capacity(&mut self, ports: &[u32], capacity: u32) {
        self.limited |= capacity != UNLIMITED;
        for &port in ports {
            self.ports[port as usize].capacity = capacity;
        }
    }

    /// Changes the transit of an open wormhole.
    pub fn set_latency(&mut self, ports: [u32; 2], ends: [NodeId; 2], latency: EachWay) {
        let before = EachWay(ports.map(|port| self.ports[port as usize].latency));
        if before != latency && self.ports[ports[0] as usize].is_open() {
            for (port, latency) in ports.into_iter().zip(latency.0) {
                self.ports[port as usize].latency = latency;
            }
            self.changes.push(PortChange { ports, ends, how: How::Changed { before, latency } });
        }
    }

    /// The ports of the directions that a space link has.
    pub fn directions(&self, link: u32) -> &[u32] {
        let sides = if self.one_way[link as usize] { 1 } else { 2 };
        &self.link_ports[link as usize][..sides]
    }

    /// Opens or closes the directions that a space link has, if they are not so already.
    pub fn set_link(&mut self, link: u32, up: bool) {
        let ports = self.link_ports[link as usize];
        let [from, to] = ports.map(|port| self.ports[port as usize]);
        if from.is_open() == up {
            return;
        }
        self.links_up = if up { self.links_up + 1 } else { self.links_up - 1 };
        let sides = self.directions(link).len();
        for &port in &ports[..sides] {
            self.clear_port(port);
            self.ports[port as usize].ready = if up { 0 } else { CLOSED };
        }
        (self.space_changed, self.ports_changed) = (true, true);
        let latency = [Some(from.latency), (sides == 2).then_some(to.latency)];
        let how = if up { How::Restored { latency } } else { How::Failed };
        self.changes.push(PortChange { ports, ends: [to.to, from.to], how });
    }

    /// Takes a node up or down; what waits there, its ports being closed, is dropped when it goes down.
    pub fn set_node(&mut self, node: NodeId, up: bool) {
        let was_up = std::mem::replace(&mut self.queues[node.index()].up, up);
        self.nodes_up = self.nodes_up + u32::from(up) - u32::from(was_up);
        while let Some(slot) = (!up).then(|| self.dequeue(node)).flatten() {
            self.drop_slot(slot, DropReason::Failed);
        }
    }

    /// Drops the accesses in transit for which `lost` holds, before the arrivals of this tick.
    pub fn drop_in_transit(&mut self, lost: impl Fn(&Access) -> bool) {
        let accesses = &self.accesses;
        for slot in self.transit.extract(self.now, |slot| lost(accesses.get(slot))) {
            self.drop_slot(slot, DropReason::Failed);
        }
    }
}
