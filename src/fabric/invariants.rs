//! What must hold at the end of every tick, whatever the scenario.

use super::access::NONE;
use super::port::UNLIMITED;
use super::{Fabric, Place};
use crate::scenario::CapacityUnit;
use crate::topology::NodeId;

/// Something that does not hold, and where, if it is at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Where.
    pub place: Option<Place>,
    /// What is wrong, with the numbers.
    pub what: String,
}

impl Fabric {
    /// The first invariant that does not hold: departures ≤ capacity at every port; every access that is under way is
    /// in one FIFO or in transit; `injected = delivered + dropped + in flight`; the parts of every latency add up to
    /// it.
    pub fn violation(&self) -> Option<Violation> {
        let at = |place, what| Some(Violation { place, what });
        for (number, (port, queue)) in (0..).zip(self.ports.iter().zip(&self.port_queues)) {
            // An access of one unit departs as a whole; a larger one may have been sent in earlier ticks.
            let counts = self.rules.capacity_unit == CapacityUnit::Accesses && queue.departed_tick == self.now;
            let sent = if counts { f64::from(queue.departed) } else { queue.sent_in(self.now) };
            if port.capacity != UNLIMITED && sent > f64::from(port.capacity) {
                return at(
                    Some(Place::Port(number)),
                    format!("{sent} units departed at a capacity of {}", port.capacity),
                );
            }
        }
        if let Some((origin, beyond)) = self.unbalanced {
            let what = format!("the parts of a latency sum to {beyond} ticks beyond it, for an access from there");
            return at(Some(Place::Node(origin)), what);
        }
        let (in_flight, waiting, in_transit) = (u64::from(self.accesses.len()), self.waiting(), self.transit.len());
        if waiting + u64::from(in_transit) != in_flight {
            return at(
                None,
                format!("{in_flight} accesses are under way, {waiting} wait, {in_transit} are in transit"),
            );
        }
        let (injected, delivered) = (self.totals.injected, self.totals.delivered);
        let dropped = self.totals.dropped.iter().sum::<u64>();
        if injected != delivered + dropped + in_flight {
            let what = format!(
                "{injected} accesses were injected, {delivered} delivered, {dropped} dropped, {in_flight} are in flight"
            );
            return at(None, what);
        }
        None
    }

    /// The node whose queue a place is, and if it is a port, where that leads.
    pub fn ends(&self, place: Place) -> (NodeId, Option<NodeId>) {
        match place {
            Place::Node(node) => (node, None),
            Place::Port(number) => {
                let from = self.queues.partition_point(|queue| queue.first_port <= number) - 1;
                let to = self.ports[number as usize].to;
                (NodeId(from as u32), (to.0 != NONE).then_some(to))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Each invariant, broken by hand.
    #[test]
    fn what_does_not_hold_is_found_and_placed() {
        let text = json!({
            "version": 1, "name": "pair", "ticks": 10, "warmup_ticks": 0,
            "topology": {"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"ends": ["a", "b"], "capacity_per_tick": 2}]},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}], "router": {"kind": "shortest_path"},
            "wormholes": {"enabled": false},
        });
        let loaded = crate::simulation::load_text(&text.to_string(), "pair.json".as_ref(), &[]).unwrap();
        let broken = |of: fn(&mut Fabric)| {
            let mut fabric = Fabric::new(&loaded.scenario, vec![0; 2], 1);
            assert_eq!(fabric.violation(), None);
            of(&mut fabric);
            fabric.violation()
        };
        let found = [
            broken(|fabric| (0..3).for_each(|_| fabric.port_queues[1].count(0))),
            broken(|fabric| fabric.unbalanced = Some((NodeId(1), -2))),
            broken(|fabric| fabric.queues[0].queued = 1),
            broken(|fabric| fabric.totals.injected = 1),
        ];
        let places = found.map(|violation| violation.expect("it is found").place);
        assert_eq!(places, [Some(Place::Port(1)), Some(Place::Node(NodeId(1))), None, None]);
    }
}
