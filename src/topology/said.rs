//! In words: what was assumed, merged, left out, rounded or not used.

use serde::{Deserialize, Serialize};

use super::{Defaults, MAX_ROUNDING};

/// Something that a reader of a result should know of its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// What it is, the same in every version.
    pub kind: String,
    /// How often.
    pub count: u64,
    /// In words, with the count.
    pub text: String,
}

impl Assumption {
    /// With its words.
    pub fn new(kind: impl Into<String>, count: u64, text: String) -> Self {
        Self { kind: kind.into(), count, text }
    }

    /// Whether it changes what the source says, rather than filling in what it leaves out by a documented default.
    pub fn is_change(&self) -> bool {
        const DEFAULTS: [&str; 4] =
            ["capacities_unlimited", "masses_default", "positions_unknown", "positions_from_neighbours"];
        !DEFAULTS.contains(&self.kind.as_str())
    }

    /// A count of one thing or of several, then what is so of them.
    pub fn counted(kind: &str, count: u64, [one, many]: [&str; 2], what: &str) -> Self {
        Self::new(kind, count, format!("{count} {}{what}", if count == 1 { one } else { many }))
    }
}

const NODES: [&str; 2] = ["node", "nodes"];
const LINKS: [&str; 2] = ["link", "links"];

impl Defaults {
    /// All that happened at least once.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let tick_ms = self.tick_ms;
        let raised = format!(" shorter than half a tick of {tick_ms} ms, made one tick long");
        let off = match self.fitting_tick_ms.filter(|&fitting| fitting < tick_ms) {
            Some(fitting) => {
                format!(
                    " off by more than {} % in ticks of {tick_ms} ms (a tick of {fitting} ms keeps",
                    MAX_ROUNDING * 100.0
                ) + if self.fitting_is_bound { " more of the differences)" } else { " the differences of nearly all)" }
            }
            None => format!(" off by more than {} % in ticks of {tick_ms} ms", MAX_ROUNDING * 100.0),
        };
        let rows: [(&str, u32, [&str; 2], &str); 13] = [
            ("parallel_links_merged", self.parallel_links_merged, LINKS, " merged into parallel ones"),
            ("self_loops_dropped", self.self_loops_dropped, LINKS, " from a node to itself left out"),
            (
                "nodes_outside_largest_part",
                self.nodes_outside_largest_part,
                NODES,
                " left out: links do not join them to the others both ways",
            ),
            ("links_outside_largest_part", self.links_outside_largest_part, LINKS, " left out with such nodes"),
            ("latencies_default", self.latencies_default, LINKS, " without latency or places: default latency"),
            ("latencies_raised", self.latencies_raised, LINKS, &raised),
            ("latencies_off", self.latencies_off, LINKS, &off),
            ("capacities_unlimited", self.capacities_unlimited, LINKS, " without capacity: unlimited"),
            ("masses_default", self.masses_default, NODES, " without mass: 1"),
            ("names_made_unique", self.names_made_unique, NODES, " with the name of another: #id added"),
            (
                "positions_from_neighbours",
                self.positions_from_neighbours,
                NODES,
                " without place, put between neighbours",
            ),
            ("positions_unknown", self.positions_unknown, NODES, " without place"),
            ("demands", self.demands, ["demand", "demands"], " in the file, which only init reads"),
        ];
        let counted = rows.into_iter().filter(|&(_, count, ..)| count > 0);
        let counted = counted.map(|(kind, count, of, what)| Assumption::counted(kind, count.into(), of, what));
        let assumed = self.assumed.iter().map(|(what, count)| {
            let (count, what) = (u64::from(*count), clean(what));
            Assumption::new(format!("assumed: {what}"), count, format!("assumed: {what} ({count})"))
        });
        let unused = self.unused_numbers.iter().map(|(name, count)| {
            let (count, name) = (u64::from(*count), clean(name));
            let text = format!("not used: {name} of {count} link{}", if count == 1 { "" } else { "s" });
            Assumption::new(format!("not used: {name} of links"), count, text)
        });
        counted.chain(assumed).chain(unused).collect()
    }
}

/// Names of a file, without control characters.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).take(60).collect()
}
