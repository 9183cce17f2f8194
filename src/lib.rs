//! Wormsim: a deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.
//!
//! # One way through the house
//!
//! ```text
//! scenario ──> simulation ──> recorder ──> store ──> report
//!  (JSON)     (world, tick)  (read-only)  (files)   (pages)
//! ```
//!
//! Rooms stand here from the top down; imports point down and never up, without circles between files
//! (`tests/models/imports.rs`). Systems never see the scenario file but what was built from it, the recorder reads and
//! changes nothing, reports never see the world. Only [`store`], [`report`], [`scenario`], [`topology`]'s readers and
//! [`cli`] touch the file system; only [`cli`] prints.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`cli`] | the program, a file a verb |
//! | [`report`] | pages and figures, by one chart engine |
//! | [`store`] | the run directory: layout, atomic writes, journal, checkpoints, resuming, forking, verification |
//! | [`experiment`] | comparisons and sweeps: arms, points, replications, and what they say together |
//! | [`simulation`] | a run in memory: build, step, observe, snapshot, digest; the entry point of the library |
//! | [`systems`] | what a tick does, a file a system |
//! | [`recorder`] | frames, gauges, summary, phases, the test of stability |
//! | [`routers`] | who decides at every hop, a file a router |
//! | [`opening`] | who proposes where wormholes open, a file a policy |
//! | [`learning`] | tables of estimates that routers learn with |
//! | [`world`] | components, ids, the table of wormholes, resources, observed pairs, journal: state only |
//! | [`routing`] | exact path algorithms on a view of space and wormholes, destination trees, route cache, analysis |
//! | [`fabric`] | the data plane: FIFOs, ports, accesses under way; what a router is ([`fabric::router`]) |
//! | [`workload`] | who asks whom: sources of accesses, and how they change over time |
//! | [`scenario`] | what a user writes, checked in one step into a frozen [`scenario::Scenario`] |
//! | [`topology`] | space links and nodes: readers, a file a format; generators; shards |
//! | [`physics`] | the formulas, on plain numbers: gravity, decay, entropy, distance on the globe |
//! | [`direct_use`] | shortcuts on line (b-matching): what schedules cost, and the best that anybody could do |
//! | [`matching`] | exact maximum-weight matching |
//! | [`memory`], [`random`] | memory that is asked for before it is needed; named streams of random numbers |
//! | [`error`] | what a user can cause |
//!
//! Control is in the ECS, data in dense arrays: nodes and wormholes are entities that carry strength, mass and entropy;
//! accesses, queues, link occupancy and Q-rows are arrays by node and port, because millions of short-lived items are
//! no entities. Nothing grows with the number of wormholes that ever were: history is in the journal.
//!
//! # The tick
//!
//! The order stands in [`systems::TickSystems`], chained once, on one thread; two systems that touch the same data
//! unordered are an error.
//!
//! 1. *Events*: the clock moves; links and nodes fail or come back, by events and by processes
//!    ([`world::failures`]); capacities change.
//! 2. *Traffic*: accesses whose transit ends arrive, at their target or in a node's FIFO; new ones are drawn.
//! 3. *Gravity*: masses follow the accesses; the opening policy proposes, the budget of ports decides.
//! 4. *Decay*: strength fades and is reinforced by use; upkeep is paid; kinds and phases change.
//! 5. *Entropy*: of nodes, wormholes and the network, when due.
//! 6. *Router*: every node serves its FIFO, each access to the port that the router picks; learning happens here.
//! 7. *Persistence*: the journal of the tick is handed on; snapshots are taken when due, between ticks.
//! 8. *Record*: metrics are read.
//!
//! At every tick `injected = delivered + dropped + in flight`, and for every access
//! `latency = propagation + processing + node wait + link wait + set-up`.
//!
//! # Same bits everywhere
//!
//! The digest of a run depends on the scenario, the seed and the version only. It is that of the state that a snapshot
//! holds ([`simulation::snapshot`]), so that what it covers and what a checkpoint restores cannot differ. State is
//! computed with `+ − × ÷ sqrt` and `libm`; random numbers come from streams [named by purpose](random), so that arms
//! of a comparison see the same accesses; unordered maps and clocks are disallowed in `clippy.toml`, each with its
//! reason.
//!
//! # Embedding
//!
//! A run:
//!
//! ```no_run
#![doc = include_str!("../examples/run.rs")]
//! ```
//!
//! Two policies on the same accesses:
//!
//! ```no_run
#![doc = include_str!("../examples/compare.rs")]
//! ```
//!
//! A router of one's own; [`cli::main_with`] makes the whole program with it:
//!
//! ```no_run
#![doc = include_str!("../examples/own_router.rs")]
//! ```
//!
//! An observer of one's own:
//!
//! ```no_run
#![doc = include_str!("../examples/own_observer.rs")]
//! ```

/// The version of this program, which runs and checkpoints carry.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub mod cli;
pub mod direct_use;
pub mod error;
pub mod experiment;
pub mod fabric;
pub mod learning;
pub mod matching;
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
