//! What waits now: the count of every queue, and how much it is served.

use super::port::{Port, UNLIMITED};
use super::{Fabric, Place};
use crate::topology::NodeId;

impl Fabric {
    /// Accesses that wait at the end of the tick, in the order of places: in the FIFOs of nodes, and at ports of finite
    /// capacity. A port whose wormhole is being set up is left out: it serves nobody yet, and when that ends is known.
    pub fn queues_now(&self) -> impl Iterator<Item = (Place, u32)> {
        let nodes = (0..).map(|node| Place::Node(NodeId(node))).zip(self.queues.iter().map(|queue| queue.queued));
        let serves = |port: &Port| port.is_open() && port.capacity != UNLIMITED && port.ready <= self.now + 1;
        let ports = (0..).zip(self.ports.iter().zip(&self.port_queues)).filter(move |(_, (port, _))| serves(port));
        nodes.chain(ports.map(|(number, (_, queue))| (Place::Port(number), queue.waiting)))
    }

    /// Accesses that a place serves in a tick at the most; where capacities are of size, of the mean size that waits.
    pub fn served_at_most(&self, place: Place) -> f64 {
        match place {
            Place::Node(_) => f64::from(self.rules.service_per_tick),
            Place::Port(port) => {
                let (queue, capacity) =
                    (&self.port_queues[port as usize], f64::from(self.ports[port as usize].capacity));
                let mean = if queue.waiting > 0 { queue.load / f64::from(queue.waiting) } else { 1.0 };
                capacity / mean
            }
        }
    }
}
