//! Connected parts: which accesses have no way to their targets, so that they are dropped and do not wander.

use super::access::NONE;
use super::port::Port;
use super::reach::Parts;
use super::{DropReason, Fabric};
use crate::topology::NodeId;

impl Fabric {
    /// Finds the connected parts anew if ports have opened or closed. Wormholes matter only where space leaves gaps.
    pub(super) fn refresh_parts(&mut self) {
        let space = std::mem::take(&mut self.space_changed);
        let any = std::mem::take(&mut self.ports_changed);
        if space {
            let found = self.find_parts(|_, port| port.wormhole == NONE);
            self.broken = found.count() > 1;
            self.parts = found;
        }
        if any && self.broken {
            self.parts = self.find_parts(|_, _| true);
        }
    }

    /// The parts that the open ports for which `counts` holds, given their node, connect.
    fn find_parts(&self, counts: impl Fn(u32, &Port) -> bool) -> Parts {
        let mut parts = Parts::new(self.queues.len());
        let ports_of = |node: u32| self.ports_of(NodeId(node));
        if self.one_way.contains(&true) {
            parts.find_strong(ports_of, counts);
        } else {
            parts.find_two_way(ports_of, counts);
        }
        parts
    }

    /// Parts of the shards that `of` gives for each node: nodes that reach each other over open space links inside
    /// their shard have the same number.
    pub fn parts_within(&self, of: &[u32]) -> Vec<u32> {
        let inside = |x: u32, port: &Port| port.wormhole == NONE && of[x as usize] == of[port.to.index()];
        self.find_parts(inside).into_numbers()
    }

    /// Where the open space links of a node lead.
    pub fn space_neighbours(&self, node: u32) -> impl Iterator<Item = u32> {
        let open = |port: &&Port| port.wormhole == NONE && port.is_open();
        self.ports_of(NodeId(node)).iter().filter(open).map(|port| port.to.0)
    }

    /// Why an access at a node cannot reach its target now, if it cannot.
    #[inline]
    pub(super) fn cut_off(&mut self, at: NodeId, target: NodeId) -> Option<DropReason> {
        if !self.broken {
            None
        } else if !self.queues[at.index()].up || !self.queues[target.index()].up {
            Some(DropReason::Failed)
        } else if !self.parts.reaches(at, target) {
            Some(DropReason::Unreachable)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use serde_json::json;

    use super::*;
    use crate::random::stream;

    /// Random networks in which half of the links lead one way, links failing and recovering, against Warshall's
    /// transitive closure.
    #[test]
    fn what_is_cut_off_equals_the_transitive_closure() {
        let (mut rng, mut found) = (stream(71, "test"), [0; 2]);
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..60 {
            let n = rng.random_range(2..14u32);
            let nodes: Vec<_> = (0..n).map(|id| json!({"id": id.to_string()})).collect();
            let links: Vec<_> = (0..rng.random_range(1..2 * n))
                .map(|_| {
                    let (a, b) = (rng.random_range(0..n), rng.random_range(1..n));
                    let ends = [a, (a + b) % n].map(|end| end.to_string());
                    json!({"ends": ends, "one_way": rng.random_bool(0.5)})
                })
                .collect();
            let text = json!({
                "version": 1, "name": "parts", "ticks": 10, "warmup_ticks": 0,
                "topology": {"nodes": nodes, "links": links, "parts": "all"},
                "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}], "router": {"kind": "shortest_path"},
                "wormholes": {"enabled": false},
            });
            let path = folder.path().join("scenario.json");
            std::fs::write(&path, text.to_string()).unwrap();
            let scenario = crate::simulation::load(&path, &[]).unwrap().scenario;
            let mut fabric = Fabric::new(&scenario, vec![0; n as usize], 1);
            for _ in 0..10 {
                let link = rng.random_range(0..fabric.link_ports.len() as u32);
                fabric.set_link(link, rng.random_bool(0.5));
                fabric.refresh_parts();
                let mut reaches = vec![vec![false; n as usize]; n as usize];
                (0..n as usize).for_each(|x| reaches[x][x] = true);
                for (index, a, b, link) in scenario.topology.links() {
                    let [forth, back] = fabric.link_ports[index as usize].map(|p| fabric.ports[p as usize].is_open());
                    assert!(link.back.is_some() || !back, "a direction that is not there never opens");
                    reaches[a.index()][b.index()] |= forth;
                    reaches[b.index()][a.index()] |= back;
                }
                for k in 0..n as usize {
                    for i in 0..n as usize {
                        for j in 0..n as usize {
                            reaches[i][j] |= reaches[i][k] && reaches[k][j];
                        }
                    }
                }
                for (i, row) in reaches.iter().enumerate() {
                    for (j, &right) in row.iter().enumerate() {
                        let cut = fabric.cut_off(NodeId(i as u32), NodeId(j as u32));
                        assert_eq!(cut, (!right).then_some(DropReason::Unreachable), "{i} to {j}");
                        found[usize::from(right)] += 1;
                    }
                }
            }
        }
        assert!(found.iter().all(|&count| count > 1000), "{found:?}");
    }
}
