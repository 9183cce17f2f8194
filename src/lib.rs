//! Wormsim: a deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.
//!
//! # One way through the house
//!
//! ```text
//! scenario ──> world ──> systems, once per tick ──> recorder ──> store ──> report
//!  (JSON)    (bevy_ecs)  (one chained schedule)    (read-only)  (files)    (SVG)
//! ```
//!
//! Data flows to the right only: systems never see the scenario file but resources built from it, the recorder reads and
//! changes nothing, plots never see the world. [`world`] holds the state of what [`routing`], [`learning`] and
//! [`workload`] do, and [`simulation::build`] puts a whole run together; otherwise imports point left. Only [`store`], [`topology`]'s readers, [`scenario`] and [`cli`] touch the
//! file system; only [`cli`] prints.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`scenario`] | what a user writes, checked in one step into a frozen [`scenario::Scenario`]; networks recovered from earlier runs; the scenarios of a run and its ancestors ([`scenario::course`]) |
//! | [`topology`] | space links and nodes: readers, a file a format; generators; shards |
//! | [`workload`] | who asks whom: sources of accesses, and how they change over time |
//! | [`physics`] | the formulas, on plain numbers: gravity, decay, entropy, distance on the globe |
//! | [`routing`] | exact path algorithms on a view of space and wormholes, destination trees, route cache; routers that know all links; analysis of networks |
//! | [`learning`] | Q-tables and their update |
//! | [`world`] | components, resources, named random streams, and the fabric |
//! | [`systems`] | what a tick does, a file a system |
//! | [`recorder`] | frames, summary, digests, the test of stability |
//! | [`store`] | the run directory, written at once or not at all, and read as a network; the journal; checkpoints; how a run is resumed, forked and verified; the directory of an experiment |
//! | [`experiment`] | comparisons and sweeps: arms, points and replications, and what they say together |
//! | [`report`] | plots, and the page for a colleague |
//! | [`simulation`] | a run in memory: the entry point of the library |
//! | [`cli`], [`error`], [`memory`] | the program; everything that a user can cause; memory that is asked for before it is needed |
//!
//! Control is in the ECS, data in dense arrays: nodes and wormholes are entities that carry strength, mass and entropy;
//! accesses, queues, link occupancy and Q-rows are arrays by node and port in one resource, the
//! [fabric](fabric), because millions of short-lived items are no entities.
//!
//! # The tick
//!
//! The order stands in [`systems::TickSystems`], chained once, on one thread; two systems that touch the same data
//! unordered are an error.
//!
//! 1. *Events*: the clock moves; links and nodes fail or come back, capacities change.
//! 2. *Traffic*: accesses whose transit ends arrive, at their target or in a node's FIFO; new ones are drawn.
//! 3. *Gravity*: masses follow the accesses; wormholes open where they pull most, within the budget of ports.
//! 4. *Decay*: strength fades and is reinforced by use; upkeep is paid; kinds and phases change.
//! 5. *Entropy*: of nodes, wormholes and the network, when due.
//! 6. *Router*: every node serves its FIFO, each access to the port that the policy picks; learning happens here.
//! 7. *Persistence*: the journal of the tick is handed on; snapshots are taken when due, between ticks.
//! 8. *Record*: metrics are read.
//!
//! At every tick `injected = delivered + dropped + in flight`, and for every access
//! `latency = propagation + node wait + link wait + set-up`.
//!
//! # Same bits everywhere
//!
//! The digest of a run depends on the scenario, the seed and the version only. State is computed with `+ − × ÷ sqrt` and
//! `libm`; random numbers come from streams [named by purpose](random), so that arms of a comparison see the same
//! accesses; unordered maps and clocks are disallowed in `clippy.toml`, each with its reason.

/// The version of this program, which runs and checkpoints carry.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub mod cli;
pub mod error;
pub mod experiment;
pub mod fabric;
pub mod learning;
pub mod memory;
pub mod opening;
pub mod physics;
pub mod random;
pub mod recorder;
pub mod report;
pub mod routers;
pub mod routing;
pub mod scenario;
pub mod simulation;
pub mod store;
pub mod systems;
pub mod topology;
pub mod workload;
pub mod world;
