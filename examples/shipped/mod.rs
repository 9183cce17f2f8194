//! The shipped scenarios with wormholes, of which tables are made.

/// In the order of the tables.
pub const SCENARIOS: [&str; 8] = [
    "peer-overlay",
    "wide-area-database",
    "light-paths",
    "nsfnet-hotspot",
    "abilene-gravity",
    "flash-crowd",
    "uniform-does-not-pay",
    "scale-10k",
];

/// Replications of each; of the large one, which takes seconds a run, fewer.
pub fn replications(name: &str) -> &'static str {
    if name == "scale-10k" { "3" } else { "10" }
}
