//! Why a phase begins, and how that is said.

use serde::{Deserialize, Serialize};

use crate::scenario::{Action, Scenario};
use crate::topology::NodeId;

/// Causes of a phase that are named.
const MOST_NAMED: usize = 3;

/// One thing that a phase begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Measurement begins, with the run or after its warm-up, in which so many changes were scheduled.
    Measured {
        /// Whether there was a warm-up.
        after_warmup: bool,
        /// Scheduled changes in it.
        changes: u64,
    },
    /// An event.
    Event(Action),
    /// A workload begins.
    WorkloadBegins(u32),
    /// A workload is over.
    WorkloadEnds(u32),
    /// A hot spot moves to a node.
    HotSpotMoves(NodeId),
    /// A flash crowd begins to rise.
    CrowdBegins(NodeId),
    /// A flash crowd has had its plateau.
    CrowdWanes(NodeId),
    /// A flash crowd is over.
    CrowdEnds(NodeId),
    /// A process of failures begins.
    FailuresBegin(u32),
    /// A process of failures is over.
    FailuresEnd(u32),
}

/// All that a phase begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The first causes.
    named: Vec<Cause>,
    /// How many more there are.
    more: u64,
}

impl Why {
    /// These causes.
    pub fn new(mut causes: Vec<Cause>) -> Self {
        let more = causes.len().saturating_sub(MOST_NAMED) as u64;
        causes.truncate(MOST_NAMED);
        Self { named: causes, more }
    }

    /// Whether it names what is there, in a network of so many nodes and links, with so many processes of failures and
    /// workloads.
    pub fn is_possible(&self, [nodes, links]: [usize; 2], [failures, workloads]: [usize; 2]) -> bool {
        let node = |node: NodeId| node.index() < nodes;
        let is_there = |cause: &Cause| match *cause {
            Cause::Measured { .. } => true,
            Cause::Event(Action::FailLink(link) | Action::RestoreLink(link)) => (link as usize) < links,
            Cause::Event(Action::FailNode(at) | Action::RestoreNode(at)) => node(at),
            Cause::Event(Action::SetCapacity { link, from, .. }) => (link as usize) < links && from.is_none_or(node),
            Cause::FailuresBegin(number) | Cause::FailuresEnd(number) => (number as usize) < failures,
            Cause::WorkloadBegins(number) | Cause::WorkloadEnds(number) => (number as usize) < workloads,
            Cause::HotSpotMoves(at) | Cause::CrowdBegins(at) | Cause::CrowdWanes(at) | Cause::CrowdEnds(at) => node(at),
        };
        (1..=MOST_NAMED).contains(&self.named.len()) && self.named.iter().all(is_there)
    }

    /// The causes in words, and after them how many changes came later in the phase.
    pub fn words(&self, scenario: &Scenario, later: u64) -> String {
        let named: Vec<String> = self.named.iter().map(|cause| cause.words(scenario)).collect();
        let mut words = named.join("; ");
        if self.more > 0 {
            words += &format!("; and {} more", self.more);
        }
        match later {
            0 => {}
            1 => words += "; then 1 more change, which is not told apart",
            _ => words += &format!("; then {later} more changes, which are not told apart"),
        }
        words
    }
}

impl Cause {
    fn words(&self, scenario: &Scenario) -> String {
        let node = |node: NodeId| &scenario.topology.node(node).name;
        let link = |link: u32| {
            let [a, b] = scenario.topology.ends(link).map(node);
            format!("link {a}–{b}")
        };
        let failures = |number: u32| &scenario.failures[number as usize].name;
        let workload = |number: u32| &scenario.workloads[number as usize].name;
        match *self {
            Self::Measured { after_warmup: false, .. } => "at the start".to_owned(),
            Self::Measured { changes: 0, .. } => "the warm-up ends".to_owned(),
            Self::Measured { changes: 1, .. } => "the warm-up, with 1 scheduled change in it, ends".to_owned(),
            Self::Measured { changes, .. } => format!("the warm-up, with {changes} scheduled changes in it, ends"),
            Self::Event(Action::FailLink(failed)) => format!("{} fails", link(failed)),
            Self::Event(Action::RestoreLink(restored)) => format!("{} is restored", link(restored)),
            Self::Event(Action::FailNode(failed)) => format!("node {} fails", node(failed)),
            Self::Event(Action::RestoreNode(restored)) => format!("node {} is restored", node(restored)),
            Self::Event(Action::SetCapacity { link: set, from, capacity_per_tick }) => {
                let carries = capacity_per_tick.map_or("unlimited".to_owned(), |most| format!("{most} per tick"));
                let from = from.map_or(String::new(), |from| format!(" from {}", node(from)));
                format!("capacity of {}{from} becomes {carries}", link(set))
            }
            Self::FailuresBegin(number) => format!("failures {} begin", failures(number)),
            Self::FailuresEnd(number) => format!("failures {} end", failures(number)),
            Self::WorkloadBegins(number) => format!("workload {} begins", workload(number)),
            Self::WorkloadEnds(number) => format!("workload {} ends", workload(number)),
            Self::HotSpotMoves(to) => format!("hot spot moves to {}", node(to)),
            Self::CrowdBegins(at) => format!("flash crowd at {} begins", node(at)),
            Self::CrowdWanes(at) => format!("flash crowd at {} wanes", node(at)),
            Self::CrowdEnds(at) => format!("flash crowd at {} ends", node(at)),
        }
    }
}
