//! A process by which nodes and links fail and come back, told apart by `kind`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::Tick;

/// Failures and returns over time. All arms of a comparison see the same; an element is down while an event or any
/// process keeps it down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RawFailures {
    /// Each of some links fails and comes back on its own.
    Links(LinkFailures),
    /// Each of some nodes fails and comes back on its own, with its queue, its links and its wormholes.
    Nodes(NodeFailures),
    /// Links and nodes that share a risk fail together and come back together.
    Group(GroupFailures),
    /// Nodes are there in their sessions only: peers that join and leave with their links.
    Sessions(SessionFailures),
}

impl RawFailures {
    /// The tag.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Links(_) => "links",
            Self::Nodes(_) => "nodes",
            Self::Group(_) => "group",
            Self::Sessions(_) => "sessions",
        }
    }

    /// The name, to fill in.
    pub fn name_mut(&mut self) -> &mut Option<String> {
        match self {
            Self::Links(process) => &mut process.times.name,
            Self::Nodes(process) => &mut process.times.name,
            Self::Group(process) => &mut process.times.name,
            Self::Sessions(process) => &mut process.name,
        }
    }
}

/// How long something works and how long it is down, in turn. It works at first; time is continuous, and a tick sees
/// what is so at its start, so that the share of ticks that it works is mean up/(mean up + mean down) in the long run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailureTimes {
    /// Unique name; names the random draws. `null`: the kind and the index, like `links-0`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"))]
    pub name: Option<String>,
    /// Mean time to failure, in ticks. More: rarer failures. What never fails needs no process.
    #[schemars(range(min = 1, max = 1e9))]
    pub mean_up_ticks: f64,
    /// Mean time to repair, in ticks. More: longer outages. What never comes back fails by an event.
    #[schemars(range(min = 1, max = 1e9))]
    pub mean_down_ticks: f64,
    /// Distribution of the time to failure.
    #[serde(default)]
    pub up_distribution: PeriodDistribution,
    /// Distribution of the time to repair.
    #[serde(default)]
    pub down_distribution: PeriodDistribution,
    /// When the process begins, all its members working.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub from_tick: Tick,
    /// When it ends: what it keeps down comes back then. `null`: never.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub until_tick: Option<Tick>,
}

/// Distribution of a length of time with a given mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PeriodDistribution {
    /// Without memory: the risk is the same at any age.
    #[default]
    Exponential,
    /// The risk rises or falls with age.
    Weibull {
        /// k, no unit. Less than 1: many short periods and a few very long ones, as sessions of peers are; 1:
        /// exponential; more: closer to the mean, as wear is.
        #[schemars(range(min = 0.2, max = 20))]
        shape: f64,
    },
}

/// Links that fail on their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LinkFailures {
    /// Ends of the links, each link once. `null`: all links.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100_000))]
    pub links: Option<Vec<[String; 2]>>,
    /// Name, times and window.
    #[serde(flatten)]
    pub times: FailureTimes,
}

/// Nodes that fail on their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NodeFailures {
    /// Names of the nodes, each once. `null`: all nodes.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100_000))]
    pub nodes: Option<Vec<String>>,
    /// Name, times and window.
    #[serde(flatten)]
    pub times: FailureTimes,
}

/// Links and nodes, at least one, that fail together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupFailures {
    /// Ends of the links, each link once.
    #[serde(default)]
    #[schemars(length(max = 100_000))]
    pub links: Vec<[String; 2]>,
    /// Names of the nodes, each once.
    #[serde(default)]
    #[schemars(length(max = 100_000))]
    pub nodes: Vec<String>,
    /// Name, times and window of all of them.
    #[serde(flatten)]
    pub times: FailureTimes,
}

/// Sessions of nodes: `sessions` or `file`; at most 200,000. A node that has none in a file is always there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct SessionFailures {
    /// Unique name. `null`: the kind and the index, like `sessions-0`.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"))]
    pub name: Option<String>,
    /// By the name of a node, its sessions in order; it is away before, between and after them, and always if it has
    /// none.
    pub sessions: Option<BTreeMap<String, Vec<Session>>>,
    /// CSV file with the header `node,from_tick,until_tick`, the sessions of a node in order, the last line ended;
    /// relative to the scenario file.
    pub file: Option<PathBuf>,
}

/// The first tick of a session, and the first after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session(#[schemars(inner(range(min = 0, max = 1_000_000_000)))] pub [Tick; 2]);
