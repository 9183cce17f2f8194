//! What carries wormholes, and what a traversal over it takes.

use std::sync::Arc;

use super::wormhole::WormholeKind;
use crate::physics::geometry::{EARTH_RADIUS_KM, LIGHT_KM_PER_MS, Place, great_circle_km};
use crate::topology::{EachWay, Link, Node, NodeId, Position, Topology};

/// What a scenario with wormholes must say.
pub(super) const EXPECTED: &str = "what carries the wormholes: {\"kind\": \"bypass\"}, {\"kind\": \"own_medium\", \
                                   \"transit_ratio\": 1} or {\"kind\": \"measured\", \"file\": …}; \
                                   or \"enabled\": false";

/// What carries wormholes.
#[derive(Debug, Clone, PartialEq)]
pub enum Carrier {
    /// The shortest way over space, without service and processing at the nodes between.
    Bypass {
        /// Whether it takes its largest capacity from every link of its way.
        reserve: bool,
    },
    /// A medium of its own.
    OwnMedium {
        /// σ by kind, the weakest first.
        ratios: [f64; 3],
        /// What light takes.
        light: Light,
    },
    /// What was measured between the ends.
    Measured(Arc<RoundTrips>),
}

/// How long light in vacuum takes along great circles, where positions are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Light {
    /// By node; empty if none is known.
    places: Arc<[Option<Place>]>,
    tick_ms: f64,
}

/// Half of measured round trips.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundTrips {
    nodes: usize,
    /// By lower and higher node, ticks; 0 where nothing was measured.
    ticks: Vec<u32>,
    /// What is peculiar about the measurements.
    pub counts: RoundTripCounts,
}

/// Peculiar measurements, in pairs of nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoundTripCounts {
    /// Neither direction was measured: no wormhole opens between them.
    pub holes: u64,
    /// One direction was measured: it stands for both.
    pub one_sided: u64,
    /// The directions differ: their mean is taken.
    pub asymmetric: u64,
    /// Half of the round trip is less than light takes.
    pub faster_than_light: u64,
}

impl Light {
    /// Between the nodes of a topology.
    pub fn new(topology: &Topology, tick_ms: f64) -> Self {
        let place = |(_, node): (NodeId, &Node)| node.position.and_then(Position::place);
        let places: Vec<Option<Place>> = topology.nodes().map(place).collect();
        let known = places.iter().any(Option::is_some);
        Self { places: if known { places.into() } else { Arc::new([]) }, tick_ms }
    }

    /// What light takes between two nodes, ms, if their positions are known.
    pub fn ms(&self, ends: [NodeId; 2]) -> Option<f64> {
        let [from, to] = ends.map(|end| self.places.get(end.index()).copied().flatten());
        Some(great_circle_km(from?, to?) / LIGHT_KM_PER_MS)
    }

    /// What it takes half around the Earth, ticks, if any position is known.
    pub fn longest_ticks(&self) -> f64 {
        let half_around = std::f64::consts::PI * EARTH_RADIUS_KM;
        if self.places.is_empty() { 0.0 } else { half_around / LIGHT_KM_PER_MS / self.tick_ms }
    }

    /// The least whole ticks that light takes between two nodes; 0 where that is not known.
    pub fn ticks(&self, ends: [NodeId; 2]) -> u32 {
        self.ms(ends).map_or(0, |ms| (ms / self.tick_ms).ceil() as u32)
    }

    /// Directions of space links that are faster.
    pub fn slower_than_links(&self, topology: &Topology) -> u64 {
        let faster = |(_, a, b, link): (u32, NodeId, NodeId, Link)| {
            let ms = self.ms([a, b]);
            link.latencies()
                .into_iter()
                .flatten()
                .filter(|&ticks| ms.is_some_and(|ms| f64::from(ticks) * self.tick_ms < ms))
                .count()
        };
        topology.links().map(faster).sum::<usize>() as u64
    }
}

impl RoundTrips {
    /// Of a square matrix of round trips in ms, `None` where nothing was measured.
    pub fn new(matrix: &[Vec<Option<f64>>], light: &Light) -> Self {
        let nodes = matrix.len();
        let (mut ticks, mut counts) = (vec![0; nodes * nodes], RoundTripCounts::default());
        for a in 0..nodes {
            for b in a + 1..nodes {
                let round_trip = match [matrix[a][b], matrix[b][a]] {
                    [None, None] => {
                        counts.holes += 1;
                        continue;
                    }
                    [Some(there), Some(back)] => {
                        counts.asymmetric += u64::from(there != back);
                        f64::midpoint(there, back)
                    }
                    [Some(one), None] | [None, Some(one)] => {
                        counts.one_sided += 1;
                        one
                    }
                };
                let ends = [NodeId(a as u32), NodeId(b as u32)];
                counts.faster_than_light += u64::from(light.ms(ends).is_some_and(|ms| round_trip / 2.0 < ms));
                ticks[a * nodes + b] = ((round_trip / 2.0 / light.tick_ms + 0.5) as u32).max(1);
            }
        }
        Self { nodes, ticks, counts }
    }

    /// Whether something was measured between two nodes.
    pub fn has(&self, ends: [NodeId; 2]) -> bool {
        self.ticks(ends).is_some()
    }

    fn ticks(&self, [a, b]: [NodeId; 2]) -> Option<u32> {
        let ticks = self.ticks[a.index().min(b.index()) * self.nodes + a.index().max(b.index())];
        (ticks > 0).then_some(ticks)
    }
}

impl Carrier {
    /// Transit between two nodes that are so far apart over links alone, ticks each way; `None` if it carries nothing
    /// there.
    pub fn transit(&self, ends: [NodeId; 2], links: EachWay, kind: WormholeKind) -> Option<EachWay> {
        match self {
            Self::Bypass { .. } => Some(links),
            Self::OwnMedium { ratios, light } => {
                let least = light.ticks(ends).max(1);
                Some(links.map(|ticks| ((ratios[kind as usize] * f64::from(ticks) + 0.5) as u32).max(least)))
            }
            Self::Measured(round_trips) => round_trips.ticks(ends).map(EachWay::same),
        }
    }

    /// Whether transit depends on a wormhole's kind.
    pub fn depends_on_kind(&self) -> bool {
        matches!(self, Self::OwnMedium { ratios, .. } if ratios.iter().any(|ratio| *ratio != ratios[0]))
    }

    /// What carries wormholes, what makes them faster, and what they take, in words.
    pub fn words(&self, processing_ticks: u32, largest_capacity: u32) -> String {
        match self {
            Self::Bypass { reserve } => {
                let takes = if *reserve {
                    format!("takes {largest_capacity} a tick of every link of its way that has a limit")
                } else {
                    "takes no capacity of the links".to_owned()
                };
                let processing = match processing_ticks {
                    0 => "no processing (processing_ticks is 0)".to_owned(),
                    ticks => format!("processing of {ticks} ticks a node"),
                };
                format!(
                    "bypass: a wormhole rides on the shortest way over space and is no faster than its links; it saves \
                     the waits and {processing} at the nodes between, and {takes}"
                )
            }
            Self::OwnMedium { ratios: [a, b, c], .. } => {
                let ratio = if a == b && b == c {
                    format!("{a} times")
                } else {
                    format!("{a} (experimental), {b} (standard) and {c} (fast lane) times")
                };
                format!(
                    "own medium: it is assumed to take {ratio} what the links of the way over space take, and never \
                     less than light where positions are known; it takes nothing of others"
                )
            }
            Self::Measured(_) => "measured: a new connection takes half the measured round trip of its ends, however \
                                  long the way over space is; it takes nothing of others"
                .to_owned(),
        }
    }

    /// What the measurements need said.
    pub fn peculiar(&self) -> Vec<(&'static str, u64)> {
        let Self::Measured(round_trips) = self else { return Vec::new() };
        let RoundTripCounts { holes, one_sided, asymmetric, faster_than_light } = round_trips.counts;
        let all = [
            ("pairs without a measurement, where no wormhole opens", holes),
            ("pairs measured in one direction only, which stands for both", one_sided),
            ("pairs whose directions differ, of which the mean is taken", asymmetric),
            ("pairs measured as faster than light", faster_than_light),
        ];
        all.into_iter().filter(|&(_, count)| count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::read_topology;

    fn nsfnet() -> Topology {
        let path = std::path::Path::new("scenarios/topologies/nsfnet.json");
        read_topology(path, &crate::topology::Rules { tick_ms: 0.5, ..Default::default() }).unwrap().0
    }

    /// 299.792458 km of vacuum take a millisecond; half a degree of the equator is 55.6 km.
    #[test]
    fn a_medium_is_never_faster_than_light() {
        let topology = nsfnet();
        let light = Light::new(&topology, 0.01);
        let carrier = |ratios| Carrier::OwnMedium { ratios, light: light.clone() };
        for (_, a, b, _) in topology.links() {
            let [from, to] = [a, b].map(|node| light.places[node.index()].unwrap());
            let ms = great_circle_km(from, to) / 299.792_458;
            let found = carrier([0.0; 3]).transit([a, b], EachWay([1000, 2000]), WormholeKind::Standard).unwrap();
            assert!(found.is_same() && f64::from(found.0[0]) * 0.01 >= ms && f64::from(found.0[0] - 1) * 0.01 < ms);
        }
        let far =
            carrier([0.1, 0.25, 0.5]).transit([NodeId(0), NodeId(0)], EachWay([1000, 2002]), WormholeKind::Standard);
        assert_eq!(far, Some(EachWay([250, 501])));
    }

    #[test]
    fn round_trips_are_halved_and_what_is_peculiar_is_counted() {
        let light = Light { places: vec![None; 4].into(), tick_ms: 0.5 };
        let (x, hole) = (Some(10.0), None);
        let matrix = [
            vec![x, Some(3.0), Some(4.0), hole],
            vec![Some(3.0), x, Some(0.1), Some(9.0)],
            vec![Some(6.0), hole, x, hole],
            vec![hole, Some(9.0), hole, x],
        ];
        let found = RoundTrips::new(&matrix, &light);
        let ticks = |a, b| found.ticks([NodeId(a), NodeId(b)]);
        assert_eq!([ticks(0, 1), ticks(1, 0), ticks(2, 0), ticks(1, 2)], [Some(3), Some(3), Some(5), Some(1)]);
        assert_eq!([ticks(0, 3), ticks(3, 2), ticks(3, 1)], [None, None, Some(9)]);
        let counts = RoundTripCounts { holes: 2, one_sided: 1, asymmetric: 1, faster_than_light: 0 };
        assert_eq!(found.counts, counts);
    }
}
