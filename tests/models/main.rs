//! Whole runs and networks against closed forms, published values, invariants and oracles.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/random.rs"]
mod random;

mod bottlenecks;
mod boyan_littman;
mod break_even;
mod carriers;
mod conservation;
mod data_plane;
mod direct_use;
mod directed_links;
mod failure_processes;
mod failures;
mod flows;
mod generators;
mod graphml;
mod gravity;
mod imports;
mod journal;
mod phases;
mod queues;
mod routers;
mod routing_values;
mod sharded_rows;
mod shares;
mod snapshot;
mod stability;
mod stretch;
mod topology_builder;
