//! What an opening policy is: it proposes pairs of nodes; the budget of ports and openings decides.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use bevy_ecs::prelude::{Resource, World};

use crate::direct_use::Tariff;
use crate::error::Error;
use crate::fabric::{Fabric, Offered, WormholeId};
use crate::scenario::{Chosen, Kind, Parameters, Phase, Scenario, Tick, WormholeKind};
use crate::topology::NodeId;
use crate::world::components::Wormhole;
use crate::world::journal::OpeningReason;
use crate::world::resources::{Clock, Nodes, Observed, Rules, Span, Spans, masses};
use crate::world::wormholes::Wormholes;

/// An opening policy with its state.
///
/// Its state is part of the digest, as [`Self::save`] writes it.
pub trait OpeningPolicy: Debug + Send + Sync {
    /// Whether it proposes in tick `now`.
    fn is_due(&self, now: Tick) -> bool;

    /// Sees what was offered in a tick, refused accesses included.
    fn observe(&mut self, offered: &[Offered]) {
        let _ = offered;
    }

    /// Pairs that a wormhole should join, the best first; asked where [`Self::is_due`].
    fn propose(&mut self, network: &mut Network) -> Vec<Proposal>;

    /// Most openings at a time.
    fn budget(&self) -> u32;

    /// Pairs that a wormhole joins from the first tick on, the best first.
    fn begin(&mut self, network: &mut Network) -> Vec<Proposal> {
        let _ = network;
        Vec::new()
    }

    /// Active wormholes that it closes before it proposes, each with the reason's name.
    fn close(&mut self, network: &mut Network) -> Vec<(WormholeId, &'static str)> {
        let _ = network;
        Vec::new()
    }

    /// Writes its state between two ticks.
    ///
    /// # Errors
    /// Those of `to`.
    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let _ = to;
        Ok(())
    }

    /// Restores a saved state. Returns false if it is invalid; the policy must then be discarded.
    #[must_use]
    fn restore(&mut self, state: &[u8]) -> bool {
        state.is_empty()
    }
}

/// Prices that a policy looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// That of openings.
    pub opening: bool,
    /// That of upkeep.
    pub upkeep: bool,
}

impl Prices {
    /// None.
    pub const NONE: Self = Self { opening: false, upkeep: false };
    /// That of openings alone.
    pub const OPENING: Self = Self { opening: true, upkeep: false };
    /// That of upkeep alone, as where wormholes are reviewed.
    pub const UPKEEP: Self = Self { opening: false, upkeep: true };
}

/// The policy of a run.
#[derive(Debug, Resource)]
pub struct ActivePolicy {
    /// The policy.
    pub policy: Box<dyn OpeningPolicy>,
    /// Without it, no wormhole opens.
    pub enabled: bool,
}

impl ActivePolicy {
    /// Whether it proposes in tick `now`.
    pub fn is_due(&self, now: Tick) -> bool {
        self.enabled && self.policy.is_due(now)
    }
}

/// A pair that a wormhole should join.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The pair, the smaller id first.
    pub ends: [NodeId; 2],
    /// The way over space.
    pub span: Span,
    /// How good it is, in a measure of the policy.
    pub score: f64,
    /// What decided, by name.
    pub numbers: BTreeMap<String, f64>,
}

impl Proposal {
    /// The reason for the journal, of a policy of this kind.
    pub fn reason(self, kind: &str) -> OpeningReason {
        OpeningReason { because: kind.to_owned(), at_start: false, score: Some(self.score), numbers: self.numbers }
    }
}

/// The network as a policy sees it.
#[derive(Debug)]
pub struct Network<'a> {
    world: &'a World,
    /// Pairs that accesses ask for.
    pub observed: &'a mut Observed,
    spans: &'a mut Spans,
}

impl<'a> Network<'a> {
    /// The network in `world`.
    pub fn new(world: &'a World, observed: &'a mut Observed, spans: &'a mut Spans) -> Self {
        Self { world, observed, spans }
    }

    /// The present tick.
    pub fn now(&self) -> Tick {
        self.world.resource::<Clock>().now
    }

    /// The tick that comes next: the first one, before it.
    pub fn next(&self) -> Tick {
        self.world.resource::<Clock>().next
    }

    /// Whether a wormhole can join two nodes: space joins them both ways, and something carries it there.
    pub fn carries(&mut self, ends: [NodeId; 2]) -> bool {
        let carrier = self.rules().wormholes.carrier.as_ref();
        self.span(ends).is_some_and(|span| {
            carrier.is_some_and(|carrier| carrier.transit(ends, span.links, WormholeKind::Experimental).is_some())
        })
    }

    /// The parameters of the models.
    pub fn rules(&self) -> &'a Rules {
        self.world.resource()
    }

    /// Nodes that are up and have a port left, with their masses.
    pub fn able(&self) -> BTreeMap<NodeId, f64> {
        let (fabric, nodes) = (self.world.resource::<Fabric>(), self.world.resource::<Nodes>());
        let mass = masses(self.world);
        (0..)
            .map(NodeId)
            .zip(&nodes.0)
            .filter(|&(node, _)| fabric.queues[node.index()].up && fabric.free_port(node).is_some())
            .map(|(node, &entity)| (node, mass(entity)))
            .collect()
    }

    /// Masses of all nodes together.
    pub fn total_mass(&self) -> f64 {
        self.world.resource::<Nodes>().0.iter().copied().map(masses(self.world)).sum()
    }

    /// Whether a wormhole may open between two nodes now: none is active there, and none has closed just before.
    pub fn may_open(&self, ends: [NodeId; 2]) -> bool {
        let (table, pause) = (self.world.resource::<Wormholes>(), self.rules().physics.decay.reopen_after_ticks);
        let held = table.between(ends).and_then(|entity| self.world.get::<Wormhole>(entity));
        held.is_none_or(|wormhole| {
            let paused = || table.dormant_ticks(wormhole.since, wormhole.id, self.now()) < pause && !wormhole.cut;
            wormhole.phase != Phase::Active && !paused()
        })
    }

    /// The way over space between two nodes, the smaller id first, if there is one both ways.
    pub fn span(&mut self, ends: [NodeId; 2]) -> Option<Span> {
        self.spans.span(ends)
    }

    /// Ticks that a traversal of a new wormhole saves over its span, in the mean of both directions; negative if it is
    /// slower, `None` if nothing carries it.
    pub fn saving(&self, ends: [NodeId; 2], span: Span) -> Option<f64> {
        let Rules { wormholes, processing_ticks, .. } = self.rules();
        let transit = wormholes.carrier.as_ref()?.transit(ends, span.links, WormholeKind::Experimental)?;
        Some(span.mean() - (transit.mean() + f64::from(*processing_ticks)))
    }

    /// Ticks that an access saves over a new wormhole of its own pair: from the smaller id and from the other; 0 where
    /// it is no faster, where nothing carries it, or where space does not join the two.
    pub fn savings(&mut self, ends: [NodeId; 2]) -> [u32; 2] {
        let Rules { wormholes, processing_ticks, .. } = self.rules();
        let transit = |span: Span| wormholes.carrier.as_ref()?.transit(ends, span.links, WormholeKind::Experimental);
        let saved = self.span(ends).and_then(|span| {
            let latency = transit(span)?.map(|ticks| ticks + processing_ticks);
            Some([0, 1].map(|side| span.ticks.0[side].saturating_sub(latency.0[side])))
        });
        saved.unwrap_or([0; 2])
    }

    /// Nodes from which space leads to a node, with its latency, ticks.
    pub fn latencies_to(&self, node: NodeId) -> impl Iterator<Item = (NodeId, f64)> + use<> {
        self.spans.latencies_to(node)
    }

    /// A proposal to join two nodes that space joins, the smaller id first.
    pub fn proposal(&mut self, ends: [NodeId; 2], score: f64) -> Option<Proposal> {
        self.span(ends).map(|span| Proposal { ends, span, score, numbers: BTreeMap::new() })
    }

    /// Whether both nodes are up.
    pub fn are_up(&self, ends: [NodeId; 2]) -> bool {
        let fabric = self.world.resource::<Fabric>();
        ends.iter().all(|end| fabric.queues[end.index()].up)
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        self.world.resource::<Nodes>().0.len() as u32
    }

    /// Active wormholes, in the order of ids.
    pub fn active(&self) -> impl Iterator<Item = &'a Wormhole> {
        let wormholes = self.world.resource::<Wormholes>().entities().filter_map(|entity| self.world.get(entity));
        wormholes.filter(|wormhole: &&Wormhole| wormhole.is_active())
    }
}

/// Prices as whole units.
pub fn tariff(scenario: &Scenario) -> Tariff {
    let rules = &scenario.physics.wormhole;
    Tariff::new(rules.opening_cost, rules.upkeep_per_tick).expect("prices are finite numbers up to a thousand millions")
}

/// Parameters that a policy is built from.
pub trait PolicyParameters: Parameters {
    /// The policy before the first tick.
    ///
    /// # Errors
    /// What keeps it from looking at the accesses to come, where it does.
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error>;

    /// Whether its wormholes stay as they are until it closes them or something fails: at full strength and of one
    /// kind, without fading and reviews, and with every opening at the whole price.
    fn keeps(&self) -> bool {
        false
    }

    /// Which prices what it does may depend on.
    fn reads(&self) -> Prices {
        Prices { opening: true, upkeep: true }
    }

    /// Whether what it does may depend on how long the run will be: one that gets longer then begins again.
    fn reads_length(&self) -> bool {
        false
    }
}

/// What a scenario holds of the policy that it chooses.
struct PolicyChoice(Arc<dyn Build>);

/// [`PolicyParameters`] of any type.
trait Build: Send + Sync {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error>;
    fn keeps(&self) -> bool;
    fn reads(&self) -> Prices;
    fn reads_length(&self) -> bool;
}

impl<P: PolicyParameters> Build for P {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        PolicyParameters::build(self, scenario)
    }

    fn keeps(&self) -> bool {
        PolicyParameters::keeps(self)
    }

    fn reads(&self) -> Prices {
        PolicyParameters::reads(self)
    }

    fn reads_length(&self) -> bool {
        PolicyParameters::reads_length(self)
    }
}

/// The entry of a policy in a list of kinds.
pub const fn policy<P: PolicyParameters>() -> Kind {
    Kind::new::<P>(|written| Chosen::read::<P, _>(written, |parameters| PolicyChoice(parameters)))
}

fn choice(scenario: &Scenario) -> &dyn Build {
    let choice: &PolicyChoice = scenario.wormholes.policy.made().expect("a list of policies holds policies");
    &*choice.0
}

/// The policy that a scenario chooses.
///
/// # Errors
/// Those of [`PolicyParameters::build`].
pub fn build(scenario: &Scenario) -> Result<ActivePolicy, Error> {
    Ok(ActivePolicy { policy: choice(scenario).build(scenario)?, enabled: scenario.wormholes.enabled })
}

/// As [`PolicyParameters::keeps`], of the policy that a scenario chooses.
pub fn keeps(scenario: &Scenario) -> bool {
    choice(scenario).keeps()
}

/// As [`PolicyParameters::reads`], of the policy that a scenario chooses.
pub fn reads(scenario: &Scenario) -> Prices {
    choice(scenario).reads()
}

/// As [`PolicyParameters::reads_length`], of the policy that a scenario chooses.
pub fn reads_length(scenario: &Scenario) -> bool {
    scenario.wormholes.enabled && choice(scenario).reads_length()
}
