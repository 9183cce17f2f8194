//! A topology together with the wormholes that are open in it: what the verbs `route` and `analyze` read.
//!
//! Failed links are left out; failed nodes are isolated.

use super::cost::{CostError, MAX_COST, to_units};
use super::view::View;
use crate::topology::{EachWay, NodeId, Topology};

/// The network of a topology file, or of a run in its last state.
#[derive(Debug, Clone)]
pub struct Network {
    /// Nodes, and space links that carry accesses.
    pub topology: Topology,
    /// Open wormholes, by id.
    pub wormholes: Vec<OpenWormhole>,
    /// What every departure takes besides its link, ticks; part of what links cost.
    pub processing_ticks: u32,
    /// The state of the run, if it is of one.
    pub run: Option<RunState>,
}

/// A wormhole that carries accesses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenWormhole {
    /// Its number in the run.
    pub id: u32,
    /// Its ends.
    pub ends: [NodeId; 2],
    /// Ticks a traversal takes each way.
    pub transit_ticks: EachWay,
    /// Upkeep so far shared among the traversals so far, ticks of latency: what a traversal costs besides its transit.
    pub upkeep_ticks: f64,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunState {
    /// The last tick simulated.
    pub tick: u32,
    /// Space links that carry nothing now.
    pub links_down: usize,
    /// Nodes that have failed.
    pub nodes_down: usize,
}

/// The link that a port of a [`View`] of a network belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortLink {
    /// A space link, by index in the topology.
    Space(u32),
    /// A wormhole, by its place in [`Network::wormholes`].
    Wormhole(u32),
}

/// Most units of cost in a tick.
const MAX_UNITS: u32 = 1000;

/// What routes through a network are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Free-flow latency, ticks.
    Latency,
    /// Links.
    Hops,
    /// What a traversal costs with upkeep, ticks of latency; see [`Network::with_upkeep`].
    WithUpkeep {
        /// Units of cost in a tick.
        units_per_tick: u32,
    },
}

impl Measure {
    /// Units of cost in a tick, or in a hop.
    pub fn units(self) -> f64 {
        if let Self::WithUpkeep { units_per_tick } = self { f64::from(units_per_tick) } else { 1.0 }
    }
}

impl Network {
    /// All links as (end, end, ticks from the first end and from the second, processing included, if there is such a
    /// direction), space links first, then wormholes.
    pub fn links(&self) -> impl Iterator<Item = (NodeId, NodeId, [Option<u32>; 2])> {
        let space = self.topology.links().map(|(_, a, b, link)| (a, b, link.latencies()));
        let holes = self.wormholes.iter().map(|hole| (hole.ends[0], hole.ends[1], hole.transit_ticks.0.map(Some)));
        let departure = |ticks: u32| ticks + self.processing_ticks;
        space.chain(holes).map(move |(a, b, ticks)| (a, b, ticks.map(|ticks| ticks.map(departure))))
    }

    /// Whether a link takes longer in one direction than in the other, or leads one way only.
    pub fn is_directed(&self) -> bool {
        self.links().any(|(.., [forth, back])| forth != back)
    }

    /// Costs with upkeep in thousandths of a tick, or in coarser units where costs of paths would not fit otherwise.
    pub fn with_upkeep(&self) -> Measure {
        let longest = |ticks: [Option<u32>; 2]| f64::from(ticks.into_iter().flatten().max().unwrap_or(0));
        let upkeep: f64 = self.wormholes.iter().map(|hole| hole.upkeep_ticks).sum();
        let sum = upkeep + self.links().map(|(.., ticks)| longest(ticks)).sum::<f64>();
        let mut units_per_tick = MAX_UNITS;
        while units_per_tick > 1 && sum * f64::from(units_per_tick) > f64::from(MAX_COST) {
            units_per_tick /= 10;
        }
        Measure::WithUpkeep { units_per_tick }
    }

    /// The view by `measure`, and the link of each of its ports.
    ///
    /// # Errors
    /// [`CostError`], with the names of nodes.
    pub fn view(&self, measure: Measure) -> Result<(View, Vec<PortLink>), CostError> {
        let mut links = Vec::with_capacity(self.topology.link_count() + self.wormholes.len());
        let upkeep = self.wormholes.iter().map(|hole| hole.upkeep_ticks);
        let upkeep = std::iter::repeat_n(0.0, self.topology.link_count()).chain(upkeep);
        for ((a, b, ticks), upkeep) in self.links().zip(upkeep) {
            let ends = || [a, b].map(|end| self.topology.node(end).name.to_string());
            let mut costs = [None; 2];
            for (units_of, ticks) in costs.iter_mut().zip(ticks) {
                let Some(ticks) = ticks else { continue };
                let cost = match measure {
                    Measure::Hops => 1.0,
                    Measure::Latency => f64::from(ticks),
                    Measure::WithUpkeep { .. } => f64::from(ticks) + upkeep,
                };
                let units = to_units(cost, measure.units());
                let units = units.ok_or_else(|| CostError::Invalid { ends: ends(), value: cost })?;
                if units > u64::from(MAX_COST) {
                    return Err(CostError::TooLarge { ends: ends(), units, sum: units });
                }
                *units_of = Some(units as u32);
            }
            links.push((a.0, b.0, costs));
        }
        let view = View::directed(self.topology.node_count(), &links, 0).map_err(|error| self.named(error))?;
        Ok((view, self.port_links(&links)))
    }

    /// An error with names instead of numbers of nodes.
    fn named(&self, error: CostError) -> CostError {
        let name = |number: String| match number.parse().ok().filter(|&id| id < self.topology.node_count() as u32) {
            Some(id) => self.topology.node(NodeId(id)).name.to_string(),
            None => number,
        };
        match error {
            CostError::Invalid { ends, value } => CostError::Invalid { ends: ends.map(name), value },
            CostError::TooLarge { ends, units, sum } => CostError::TooLarge { ends: ends.map(name), units, sum },
        }
    }

    /// Links by port, in the order in which a [`View`] numbers the ports of links.
    fn port_links(&self, ends: &[(u32, u32, [Option<u32>; 2])]) -> Vec<PortLink> {
        let mut of_node: Vec<Vec<PortLink>> = vec![Vec::new(); self.topology.node_count()];
        let links = self.topology.link_count();
        for (place, &(a, b, _)) in ends.iter().enumerate() {
            let space = place < links;
            let link = if space { PortLink::Space(place as u32) } else { PortLink::Wormhole((place - links) as u32) };
            of_node[a as usize].push(link);
            of_node[b as usize].push(link);
        }
        of_node.concat()
    }
}

impl From<Topology> for Network {
    fn from(topology: Topology) -> Self {
        Self { topology, wormholes: Vec::new(), processing_ticks: 0, run: None }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::topology::{Rules, read_topology};

    /// NSFNET with wormholes, one of them beside a link.
    fn network(upkeep_ticks: f64) -> Network {
        let topology = read_topology(Path::new("scenarios/topologies/nsfnet.json"), &Rules::default()).unwrap().0;
        let hole = |id, ends: [u32; 2]| OpenWormhole {
            id,
            ends: ends.map(NodeId),
            transit_ticks: EachWay([7, 8]),
            upkeep_ticks,
        };
        Network { wormholes: vec![hole(3, [0, 13]), hole(5, [0, 7]), hole(9, [7, 2])], ..topology.into() }
    }

    #[test]
    fn every_port_is_of_the_link_that_joins_its_ends() {
        let network = network(2.25);
        for (place, measure) in [Measure::Latency, Measure::Hops, network.with_upkeep()].into_iter().enumerate() {
            let (view, port_links) = network.view(measure).unwrap();
            assert_eq!(port_links.len(), 2 * (network.topology.link_count() + 3));
            for x in 0..view.nodes() as u32 {
                for (port, y, cost) in view.ports(x) {
                    let (ends, costs) = match port_links[port as usize] {
                        PortLink::Space(index) => {
                            let (_, a, b, link) = network.topology.links().nth(index as usize).unwrap();
                            ([a.0, b.0], [link.forth.latency_ticks, 1, 1000 * link.forth.latency_ticks])
                        }
                        PortLink::Wormhole(place) => {
                            let ends = network.wormholes[place as usize].ends.map(|end| end.0);
                            (ends, if [x, y] == ends { [7, 1, 9250] } else { [8, 1, 10250] })
                        }
                    };
                    assert!([x, y] == ends || [y, x] == ends, "{x} to {y}: {ends:?}");
                    assert_eq!(cost, costs[place]);
                }
            }
        }
    }

    #[test]
    fn what_is_no_cost_is_refused_with_the_names_of_the_link() {
        let error = |upkeep| network(upkeep).view(network(upkeep).with_upkeep()).unwrap_err().to_string();
        assert!(error(-8.0).contains("the link WA–MD costs -1"), "{}", error(-8.0));
        assert!(error(f64::NAN).contains("the link WA–MD"));
        assert!(error(1e10).contains("WA–MD with 10000000007"), "{}", error(1e10));
    }

    #[test]
    fn a_cost_is_counted_in_coarser_units_where_it_is_large() {
        let units = |ticks| {
            let network = network(ticks);
            network.view(network.with_upkeep()).unwrap();
            network.with_upkeep().units()
        };
        assert_eq!([units(9.25), units(4e6), units(4e7), units(4e8)], [1000.0, 100.0, 10.0, 1.0]);
    }
}
