//! The network as path algorithms read it: an adjacency array with room for the wormholes that may open.
//!
//! Ports of a node stand next to each other, numbered as in the [`Fabric`]: its space links, then slots of which an
//! opening takes one. A closed port costs more than any path, so that inner loops need no test for it. Costs may differ
//! by direction, and a direction may be closed alone. While they are the same in both directions, one array serves
//! searches from both ends; from then on, a second one holds what the ports into each node cost.

use super::cost::{Cost, CostError, MAX_COST, to_units};
use super::link_change::LinkChange;
use crate::fabric::Fabric;
use crate::fabric::access::NONE;
use crate::fabric::port::PortChange;
use crate::topology::{NodeId, Topology};

/// Distance of nodes without a path, and cost of closed links.
pub const UNREACHED: u32 = u32::MAX;

/// Cost of a closed port: nothing is reached through it.
const CLOSED: u32 = UNREACHED;

/// A port: the node that it leads to, and its cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub to: u32,
    /// Added with saturation, so that a closed port improves nothing.
    pub cost: u32,
}

/// Whether a search follows ports or goes against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From where paths begin.
    Along,
    /// From where they end.
    Against,
}

/// Ports of all nodes.
#[derive(Debug, Clone)]
pub struct View {
    first: Vec<u32>,
    edges: Vec<Edge>,
    /// By port, the node that it leads to and the cost from there; empty while no cost differs by direction.
    back: Vec<Edge>,
    /// The port of the other direction, or [`NONE`] in a slot that was never open.
    twin: Vec<u32>,
    /// How much costs may grow in total before the cost of a path could overflow: a lower bound.
    headroom: u32,
    generation: u64,
    /// No open link costs less.
    cheapest: u32,
}

impl View {
    /// The view of a fabric as it stands, by latency.
    pub fn new(fabric: &Fabric) -> Self {
        let mut first: Vec<u32> = fabric.queues.iter().map(|queue| queue.first_port).collect();
        first.push(fabric.ports.len() as u32);
        let mut twin = vec![NONE; fabric.ports.len()];
        for &[from, to] in &fabric.link_ports {
            (twin[from as usize], twin[to as usize]) = (to, from);
        }
        let mut edges = vec![Edge { to: 0, cost: CLOSED }; fabric.ports.len()];
        for (x, queue) in fabric.queues.iter().enumerate() {
            for p in queue.first_port..queue.first_port + queue.ports {
                let port = &fabric.ports[p as usize];
                edges[p as usize].to = if port.to.0 == NONE { x as u32 } else { port.to.0 };
                if port.is_open() {
                    edges[p as usize].cost = port.latency;
                    if port.wormhole != NONE {
                        let far = &fabric.queues[port.to.index()];
                        let of_it = |&q: &u32| fabric.ports[q as usize].wormhole == port.wormhole;
                        let far_ports = far.first_port + far.space_ports..far.first_port + far.ports;
                        twin[p as usize] = far_ports.into_iter().find(of_it).unwrap_or(NONE);
                    }
                }
            }
        }
        let mut view = Self { first, edges, back: Vec::new(), twin, headroom: 0, generation: 0, cheapest: 0 };
        view.find_back();
        view.headroom = u64::from(MAX_COST).saturating_sub(view.longest()) as u32;
        view.find_cheapest();
        view
    }

    /// The view of a fabric as it stands, by `cost`.
    ///
    /// # Errors
    /// [`CostError`], with nodes by number.
    pub fn priced(fabric: &Fabric, cost: Cost) -> Result<Self, CostError> {
        let mut view = Self::new(fabric);
        view.set_costs(cost, |port| fabric.ports[port].wormhole != NONE, |x| x.to_string())?;
        Ok(view)
    }

    /// The links of a topology by `cost`, with `spare` slots at each node. Ports are numbered as in the fabric of a
    /// scenario that allows as many wormholes per node.
    ///
    /// # Errors
    /// [`CostError`], with the names of nodes.
    pub fn of_topology(topology: &Topology, cost: Cost, spare: u32) -> Result<Self, CostError> {
        let links = topology.links().map(|(_, a, b, link)| (a.0, b.0, link.latencies()));
        let mut view = Self::lay_out(topology.node_count(), &links.collect::<Vec<_>>(), spare);
        view.set_costs(cost, |_| false, |x| topology.node(NodeId(x)).name.to_string())?;
        Ok(view)
    }

    /// Bare links (end, end, cost) between `nodes` nodes, with `spare` slots at each. Parallel links are different
    /// links, costs may be 0; ports of a node are in the order of `links`.
    ///
    /// # Errors
    /// [`CostError::TooLarge`], with nodes by number.
    pub fn weighted(nodes: usize, links: &[(u32, u32, u32)], spare: u32) -> Result<Self, CostError> {
        let links: Vec<_> = links.iter().map(|&(a, b, cost)| (a, b, [Some(cost); 2])).collect();
        Self::directed(nodes, &links, spare)
    }

    /// As [`View::weighted`], with the cost from the first end and from the second; `None` is no direction.
    ///
    /// # Errors
    /// [`CostError::TooLarge`], with nodes by number.
    pub fn directed(nodes: usize, links: &[(u32, u32, [Option<u32>; 2])], spare: u32) -> Result<Self, CostError> {
        // A cost beyond the largest would look like a closed port.
        let largest = links.iter().map(|&(a, b, costs)| (a, b, costs[0].max(costs[1]).unwrap_or(0)));
        if let Some((a, b, cost)) = largest.into_iter().find(|&(.., cost)| cost > MAX_COST) {
            let (ends, units) = ([a, b].map(|x| x.to_string()), u64::from(cost));
            return Err(CostError::TooLarge { ends, units, sum: units });
        }
        let mut view = Self::lay_out(nodes, links, spare);
        view.set_costs(Cost::Latency, |_| false, |x| x.to_string())?;
        Ok(view)
    }

    fn lay_out(nodes: usize, links: &[(u32, u32, [Option<u32>; 2])], spare: u32) -> Self {
        let mut first = vec![spare; nodes + 1];
        for &(a, b, _) in links {
            first[a as usize] += 1;
            first[b as usize] += 1;
        }
        let mut sum = 0;
        for slot in &mut first {
            sum += std::mem::replace(slot, sum);
        }
        let ports = first[nodes] as usize;
        let (mut edges, mut twin) = (vec![Edge { to: 0, cost: CLOSED }; ports], vec![NONE; ports]);
        let mut next = first.clone();
        for &(a, b, costs) in links {
            let [forth, back] = costs.map(|cost| cost.unwrap_or(CLOSED));
            let [p, q] = [a, b].map(|x| {
                next[x as usize] += 1;
                next[x as usize] as usize - 1
            });
            (edges[p], edges[q]) = (Edge { to: b, cost: forth }, Edge { to: a, cost: back });
            (twin[p], twin[q]) = (q as u32, p as u32);
        }
        for x in 0..nodes {
            edges[next[x] as usize..first[x + 1] as usize].fill(Edge { to: x as u32, cost: CLOSED });
        }
        Self { first, edges, back: Vec::new(), twin, headroom: 0, generation: 0, cheapest: 0 }
    }

    /// Replaces latencies by costs.
    fn set_costs(
        &mut self,
        cost: Cost,
        is_wormhole: impl Fn(usize) -> bool,
        name: impl Fn(u32) -> String,
    ) -> Result<(), CostError> {
        for p in 0..self.edges.len() {
            let (Edge { to, cost: latency }, q) = (self.edges[p], self.twin[p] as usize);
            if latency == CLOSED {
                continue;
            }
            let one_way = self.edges[q].cost == CLOSED;
            let both = |by_port: &[f64]| [by_port[p], by_port[if one_way { p } else { q }]];
            let (values, units) = match cost {
                Cost::Latency => ([f64::from(latency); 2], 1.0),
                Cost::Hops => ([1.0; 2], 1.0),
                Cost::MeasuredDelay { ticks, units_per_tick } => (both(ticks), units_per_tick),
                Cost::Priced { wormholes, units_per_tick } if is_wormhole(p) => (both(wormholes), units_per_tick),
                Cost::Priced { units_per_tick, .. } => ([f64::from(latency); 2], units_per_tick),
            };
            let ends = || [self.edges[q].to, to].map(&name);
            let invalid = |value| CostError::Invalid { ends: ends(), value };
            if let Some(&value) = values.iter().find(|&&value| !(0.0..f64::INFINITY).contains(&value)) {
                return Err(invalid(value));
            }
            let mean = (values[0] + values[1]) / 2.0;
            let units = to_units(mean, units).ok_or_else(|| invalid(mean))?;
            if units > u64::from(MAX_COST) {
                return Err(CostError::TooLarge { ends: ends(), units, sum: units });
            }
            self.edges[p].cost = units as u32;
        }
        self.find_back();
        let sum = self.longest();
        if sum > u64::from(MAX_COST) {
            let open = (0..self.edges.len()).filter(|&p| self.edges[p].cost != CLOSED);
            let dearest = open.rev().max_by_key(|&p| self.edges[p].cost).expect("a sum has a summand");
            let Edge { to, cost } = self.edges[dearest];
            let mut ends = [self.edges[self.twin[dearest] as usize].to, to];
            if self.twin[dearest] < dearest as u32 && self.edges[self.twin[dearest] as usize].cost == cost {
                ends.reverse();
            }
            let ends = ends.map(name);
            return Err(CostError::TooLarge { ends, units: u64::from(cost), sum });
        }
        self.headroom = MAX_COST - sum as u32;
        self.find_cheapest();
        Ok(())
    }

    fn find_cheapest(&mut self) {
        self.cheapest = self.edges.iter().map(|edge| edge.cost).min().unwrap_or(CLOSED);
    }

    /// Finds what the ports into each node cost, if that differs by direction.
    fn find_back(&mut self) {
        let cost_back = |p: usize| self.other_direction(p as u32).map_or(CLOSED, |q| self.edges[q as usize].cost);
        let differs = (0..self.edges.len()).any(|p| self.edges[p].cost != cost_back(p));
        let back = (0..self.edges.len()).map(|p| Edge { to: self.edges[p].to, cost: cost_back(p) });
        self.back = if differs { back.collect() } else { Vec::new() };
    }

    /// The sum of the largest costs of open links, as many as a path may have links; of each, the larger of both
    /// directions.
    fn longest(&self) -> u64 {
        let open = |p: usize| Some(self.edges[p].cost).filter(|&cost| cost != CLOSED);
        let of_link = |p: usize| match self.other_direction(p as u32) {
            Some(q) if (q as usize) < p => None,
            Some(q) => open(p).max(open(q as usize)),
            None => open(p),
        };
        let mut costs: Vec<u32> = (0..self.edges.len()).filter_map(of_link).collect();
        let most = self.nodes().saturating_sub(1).min(costs.len());
        if most < costs.len() {
            costs.select_nth_unstable_by(most, |a, b| b.cmp(a));
        }
        costs[..most].iter().map(|&cost| u64::from(cost)).sum()
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.first.len() - 1
    }

    /// Open ports of node `x` as (number, node it leads to, cost).
    #[inline]
    pub fn ports(&self, x: u32) -> impl Iterator<Item = (u32, u32, u32)> {
        let (first, edges) = self.edges(x);
        (first..).zip(edges).map(|(port, edge)| (port, edge.to, edge.cost)).filter(|&(_, _, cost)| cost != CLOSED)
    }

    /// The first port of node `x`, and all its ports, closed ones too.
    #[inline]
    pub(super) fn edges(&self, x: u32) -> (u32, &[Edge]) {
        let (first, end) = (self.first[x as usize], self.first[x as usize + 1]);
        (first, &self.edges[first as usize..end as usize])
    }

    /// The first port of node `x`, and all its ports with their costs in the direction of a search, closed ones too.
    #[inline]
    pub(super) fn edges_by(&self, way: Way, x: u32) -> (u32, &[Edge]) {
        let all = if way == Way::Along || self.back.is_empty() { &self.edges } else { &self.back };
        let (first, end) = (self.first[x as usize], self.first[x as usize + 1]);
        (first, &all[first as usize..end as usize])
    }

    /// Whether no cost differs by direction.
    pub fn is_symmetric(&self) -> bool {
        self.back.is_empty()
    }

    /// Where a port leads.
    #[inline]
    pub fn to(&self, port: u32) -> u32 {
        self.edges[port as usize].to
    }

    /// What a port costs, if it is open.
    #[inline]
    pub fn cost(&self, port: u32) -> Option<u32> {
        Some(self.edges[port as usize].cost).filter(|&cost| cost != CLOSED)
    }

    /// The port of the other direction of a port that is or was open.
    #[inline]
    pub fn twin(&self, port: u32) -> u32 {
        self.twin[port as usize]
    }

    /// The port of the other direction of the link that a port belongs to now: that of a slot that was closed may have
    /// been taken by another link.
    #[inline]
    pub(super) fn other_direction(&self, port: u32) -> Option<u32> {
        let twin = self.twin[port as usize];
        (twin != NONE && self.twin[twin as usize] == port).then_some(twin)
    }

    /// Number of ports, closed ones too.
    pub fn port_count(&self) -> usize {
        self.edges.len()
    }

    /// Number of a node's first port.
    pub fn first_port(&self, x: NodeId) -> u32 {
        self.first[x.index()]
    }

    /// A number that grows with every change.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What no open link costs less than.
    #[inline]
    pub(super) fn cheapest(&self) -> u32 {
        self.cheapest
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        4 * self.first.len() + 12 * self.edges.len() + 8 * self.back.len()
    }

    /// Opens a link between two nodes in their first closed slots; `None` if one has no slot left, or if costs of paths
    /// could overflow.
    pub fn open(&mut self, a: u32, b: u32, cost: u32) -> Option<LinkChange> {
        let slot = |x: u32, but: u32| {
            let closed = |&port: &u32| port != but && self.edges[port as usize].cost == CLOSED;
            (self.first[x as usize]..self.first[x as usize + 1]).find(closed)
        };
        let p = slot(a, NONE)?;
        let ports = [p, slot(b, p)?];
        self.take_headroom(cost)?;
        Some(self.set(ports, [a, b], [cost; 2]))
    }

    /// Closes both ports of an open link.
    pub fn close(&mut self, ports: [u32; 2]) -> LinkChange {
        let ends = [self.to(ports[1]), self.to(ports[0])];
        self.set(ports, ends, [CLOSED; 2])
    }

    /// Changes the cost of an open link in both directions; `None`, with nothing changed, if costs of paths could
    /// overflow.
    pub fn set_cost(&mut self, ports: [u32; 2], cost: u32) -> Option<LinkChange> {
        let before = ports.map(|port| self.edges[port as usize].cost);
        self.take_headroom(cost.saturating_sub(before[0].min(before[1])))?;
        let ends = [self.to(ports[1]), self.to(ports[0])];
        Some(self.set(ports, ends, [cost; 2]))
    }

    /// Accounts for a cost that grows; what falling costs gave back is computed only when needed.
    fn take_headroom(&mut self, growth: u32) -> Option<()> {
        if growth > self.headroom {
            self.headroom = u64::from(MAX_COST).saturating_sub(self.longest()) as u32;
        }
        self.headroom = self.headroom.checked_sub(growth)?;
        Some(())
    }

    /// Follows a change of two ports of the fabric, in a view by latency.
    ///
    /// It cannot be refused for lack of headroom, and need not be. While space joins two nodes, no best path between
    /// them is longer than all space links together, [`MAX_SUM_OF_LATENCIES_TICKS`]. Where only wormholes do (each at
    /// most as long as its span, thus as that sum, or 1 tick), failures may leave a zigzag over three of them as the
    /// only path. Searches add with saturation: a path longer than [`MAX_COST`] is none. It would also take longer than
    /// a run.
    ///
    /// [`MAX_SUM_OF_LATENCIES_TICKS`]: crate::topology::MAX_SUM_OF_LATENCIES_TICKS
    pub fn apply(&mut self, change: &PortChange) -> LinkChange {
        let after = [0, 1].map(|side| change.latency(side));
        self.headroom = self.headroom.saturating_sub(after[0].max(after[1]).unwrap_or(0));
        self.set(change.ports, change.ends.map(|end| end.0), after.map(|latency| latency.unwrap_or(CLOSED)))
    }

    /// Sets both ports of a link.
    fn set(&mut self, ports: [u32; 2], ends: [u32; 2], after: [u32; 2]) -> LinkChange {
        let before = ports.map(|port| self.edges[port as usize].cost);
        for side in 0..2 {
            let port = ports[side] as usize;
            self.edges[port] = Edge { to: ends[1 - side], cost: after[side] };
            self.twin[port] = ports[1 - side];
            if let Some(back) = self.back.get_mut(port) {
                *back = Edge { to: ends[1 - side], cost: after[1 - side] };
            }
        }
        if self.back.is_empty() && after[0] != after[1] {
            self.find_back();
        }
        self.cheapest = self.cheapest.min(after[0]).min(after[1]);
        self.generation += 1;
        LinkChange { ports, ends, before, after }
    }
}

#[cfg(test)]
impl View {
    /// A view of bare links (a, b, cost) between `nodes` nodes.
    pub fn of_links(nodes: u32, links: &[(u32, u32, u32)]) -> Self {
        Self::weighted(nodes as usize, links, 0).unwrap_or_else(|error| panic!("{error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(links: &[(u32, u32, u32)]) -> String {
        View::weighted(4, links, 0).unwrap_err().to_string()
    }

    #[test]
    fn costs_of_paths_never_overflow() {
        let big = MAX_COST / 2;
        View::weighted(3, &[(0, 1, big), (1, 2, big), (0, 2, 0)], 0).unwrap();
        let text = error(&[(0, 1, big), (1, 2, big), (3, 2, big)]);
        assert!(text.contains(&format!("{} units", 3 * u64::from(big))), "{text}");
        let text = error(&[(0, 1, 7), (2, 3, MAX_COST)]);
        assert!(text.ends_with("the most expensive link is 2–3 with 4294967294"), "{text}");
        let text = error(&[(0, 1, 7), (2, 3, u32::MAX)]);
        assert!(text.ends_with("the most expensive link is 2–3 with 4294967295"), "{text}");

        let mut view = View::weighted(3, &[(0, 1, big), (1, 2, big)], 2).unwrap();
        assert_eq!(view.open(0, 2, 1), None, "two links of a path may cost no more");
        let ports = view.open(0, 2, 0).unwrap().ports;
        assert_eq!(view.set_cost(ports, 1), None);
        let first = view.ports(0).next().unwrap().0;
        view.close([first, view.twin(first)]);
        assert_eq!(
            view.set_cost(ports, big),
            Some(LinkChange { ports, ends: [0, 2], before: [0; 2], after: [big; 2] })
        );
        assert_eq!(view.ports(0).collect::<Vec<_>>(), [(ports[0], 2, big)]);
        assert_eq!(view.generation(), 3);
    }

    #[test]
    fn a_slot_is_used_again_and_no_slot_is_invented() {
        let mut view = View::weighted(3, &[(0, 1, 4)], 1).unwrap();
        let ports = view.open(0, 2, 5).unwrap().ports;
        assert_eq!((view.open(0, 1, 1), view.cost(ports[1])), (None, Some(5)));
        view.close(ports);
        assert_eq!(view.cost(ports[0]), None);
        let [p, q] = view.open(1, 0, 3).unwrap().ports;
        assert_eq!(q, ports[0]);
        assert_eq!((view.twin(q), view.to(q), view.to(p)), (p, 1, 0));
    }
}
