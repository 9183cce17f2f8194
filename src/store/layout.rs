//! The layout of a run directory: names and paths of its files, relative to it and with `/`.

use crate::scenario::Tick;

/// The resolved scenario.
pub(super) const SCENARIO: &str = "scenario.json";

/// Folder of the scenarios of a run's ancestors, each named for the tick after which the next one follows.
pub(super) const PAST: &str = "past";

/// Folder of the checkpoints.
pub(super) const CHECKPOINTS: &str = "checkpoints";

/// The journal, which grows.
pub(super) const JOURNAL: &str = "wormholes/topology/journal.jsonl";

/// The frames of metrics, which grow.
pub(super) const METRICS: &str = "metrics.csv";

/// The archived wormholes, which grow.
pub(super) const ARCHIVED: &str = "wormholes/connections/archived/wormholes.jsonl";

/// Folder of the optimisation log, whose files grow.
pub(super) const OPTIMIZATION_LOGS: &str = "wormholes/analytics/optimization_logs";

/// Names of the plots, in `plots/`.
pub(super) const PLOTS: [&str; 5] =
    ["latency.svg", "map.svg", "strength-entropy.svg", "throughput.svg", "wormholes.svg"];

/// Whether a path is that of a file that a run appends to.
pub(super) fn is_grown(path: &str) -> bool {
    path == JOURNAL || path == ARCHIVED || path == METRICS || is_log(path)
}

/// A file of the optimisation log.
pub(super) fn log(number: u32) -> String {
    format!("{OPTIMIZATION_LOGS}/log-{number:03}.jsonl")
}

/// Whether a path is that of a file of the optimisation log.
pub(super) fn is_log(path: &str) -> bool {
    let name = path.strip_prefix(OPTIMIZATION_LOGS).and_then(|name| name.strip_prefix("/log-"));
    let number = name.and_then(|name| name.strip_suffix(".jsonl")?.parse().ok());
    number.is_some_and(|number| path == log(number))
}

/// Whether a path is that of a file of active or dormant wormholes.
pub(super) fn is_connections(path: &str) -> bool {
    let name = ["active", "dormant"].into_iter().find_map(|folder| {
        path.strip_prefix("wormholes/connections/")?.strip_prefix(folder)?.strip_prefix("/wormholes-")
    });
    let number = name.and_then(|name| name.strip_suffix(".json")).unwrap_or_default();
    number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The checkpoint of a tick.
pub(super) fn checkpoint(tick: Tick) -> String {
    format!("{CHECKPOINTS}/{tick:010}.ckpt")
}

/// The tick in the path of a checkpoint, if it is one.
pub(super) fn tick_of(path: &str) -> Option<Tick> {
    let name = path.strip_prefix(CHECKPOINTS)?.strip_prefix('/')?.strip_suffix(".ckpt")?;
    if name.len() == 10 && name.bytes().all(|byte| byte.is_ascii_digit()) { name.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_known_by_their_names() {
        let tick = |name: &str| tick_of(&format!("checkpoints/{name}"));
        assert_eq!((tick("0000000120.ckpt"), tick("0000000000.ckpt")), (Some(120), Some(0)));
        assert_eq!(tick_of("0000000120.ckpt"), None);
        for other in [
            "120.ckpt",
            "00000000120.ckpt",
            "000000012a.ckpt",
            "0000000120",
            "0000000120.json",
            "+000000120.ckpt",
            "old/0000000120.ckpt",
        ] {
            assert_eq!(tick(other), None, "{other}");
        }
    }
}
