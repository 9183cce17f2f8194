//! What was assumed of a scenario's inputs, counted and in words; every verb, summary and page says the same.

use super::carrier::Light;
use super::trace::TraceCounts;
use super::{Carrier, Demand, Scenario, Workload};
use crate::topology::Assumption;

impl Scenario {
    /// What a reader of results should know: of the network, of logs, of light.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let network = self.topology.defaults.assumptions();
        let logs = self.workloads.iter().filter_map(|workload| match &workload.demand {
            Demand::Trace { counts, path, .. } => Some((workload, counts, path.display().to_string())),
            Demand::Drawn { .. } => None,
        });
        let logs = logs.flat_map(|(workload, counts, path)| of_log(workload, counts, &path));
        self.rounded.iter().cloned().chain(network).chain(logs).chain(self.peculiar()).collect()
    }

    /// What of positions, latencies and measurements contradicts physics.
    fn peculiar(&self) -> Vec<Assumption> {
        let faster = Light::new(&self.topology, self.tick_ms).slower_than_links(&self.topology);
        let links = (faster > 0).then_some(("directions of links that are faster than light", faster));
        let all = links.into_iter().chain(self.wormholes.carrier.iter().flat_map(Carrier::peculiar));
        all.map(|(what, count)| Assumption::new(what, count, format!("{what}: {count}"))).collect()
    }
}

fn of_log(workload: &Workload, counts: &TraceCounts, path: &str) -> Vec<Assumption> {
    let end = workload.until_tick - workload.from_tick;
    let said = counts.said(end);
    said.into_iter().map(|(kind, count, text)| Assumption::new(kind, count, format!("{path}: {text}"))).collect()
}
