//! The runs that a page shows, each with its colour, and their facts as figures and maps need them.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::marks;
use crate::report::Context;
use crate::report::map::{MapLink, MapNode, NetworkMap};
use crate::report::style::TONES;
use crate::scenario::tree::PositionRow;
use crate::store::reading::{StoredRun, Subject};
use crate::topology::Position;

/// A run of the page, alone or beside others.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunView<'a> {
    /// Number of its colour.
    pub tone: usize,
    /// The run.
    pub run: &'a StoredRun,
}

/// The runs of a subject, in order.
pub(super) fn views(subject: &Subject) -> Vec<RunView<'_>> {
    match subject {
        Subject::Runs(runs) => runs.iter().enumerate().map(|(tone, run)| RunView { tone, run }).collect(),
        Subject::Comparison { comparison, runs, .. } => {
            let tone = |run: &StoredRun| comparison.arms.iter().position(|arm| arm.name == run.name).unwrap_or(0);
            runs.iter().map(|run| RunView { tone: tone(run), run }).collect()
        }
        Subject::Sweep(_) => Vec::new(),
    }
}

impl RunView<'_> {
    /// What its arm or directory is called.
    pub fn name(&self) -> &str {
        &self.run.name
    }

    /// Its name in a legend; none where it stands alone.
    pub fn legend(&self, views: &[RunView]) -> String {
        if views.len() == 1 { String::new() } else { self.name().to_owned() }
    }

    /// Accesses delivered while it was measured.
    pub fn measured_deliveries(&self) -> f64 {
        self.run.summary.throughput_per_tick.unwrap_or(0.0) * f64::from(self.run.summary.measured_ticks)
    }

    /// Ticks before measurement began.
    pub fn warmup_ticks(&self) -> u32 {
        self.run.scenario.warmup()
    }

    /// Its facts, as figures need them.
    pub fn context(&self) -> Context {
        let scenario = &self.run.scenario;
        Context {
            name: scenario.name.clone(),
            intent: scenario.intent.clone(),
            tick_ms: scenario.tick_ms,
            warmup_ticks: self.warmup_ticks(),
            wormholes_enabled: scenario.wormholes.enabled,
            events: marks::of(self.run),
        }
    }

    /// The network at its end, without wormholes; loads are means over the whole run.
    pub fn map(&self) -> NetworkMap {
        let graph = &self.run.graph;
        let ticks = f64::from(self.run.summary.ticks.max(1));
        let nodes = graph.nodes.iter().map(|node| MapNode {
            name: node.name.clone(),
            position: node.position.map(|position| match position {
                PositionRow::Geographic { latitude, longitude } => Position::Geographic { latitude, longitude },
                PositionRow::Plane { x, y } => Position::Plane { x, y },
            }),
            mass: node.mass,
            alive: node.up,
        });
        let by_name: BTreeMap<&str, usize> =
            graph.nodes.iter().enumerate().map(|(index, node)| (node.name.as_str(), index)).collect();
        let mut carried = vec![0_u64; graph.links.len()];
        for link in &self.run.usage.links {
            if let Some(slot) = carried.get_mut(link.id as usize) {
                *slot = link.carried.iter().sum();
            }
        }
        let links = graph.links.iter().filter_map(|link| {
            let [a, b] = link.ends.each_ref().map(|end| by_name.get(end.as_str()).copied());
            let load = carried.get(link.id as usize).copied().unwrap_or(0);
            Some(MapLink { a: a?, b: b?, load_per_tick: load as f64 / ticks, alive: link.up })
        });
        NetworkMap { note: String::new(), nodes: nodes.collect(), links: links.collect(), wormholes: Vec::new() }
    }
}

/// A name with its colour.
pub(super) fn toned(tone: usize, name: &str) -> Markup {
    html! { span class=(format!("tone t{}", tone % TONES.len())) {} (name) }
}
