//! Candidates for advice, changes that bottlenecks suggest: more capacity where most is waited for, and other policies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::recorder::bottlenecks::{Bottlenecks, LinkKind, LinkWaiting};
use crate::scenario::raw::{RawEvent, RawScenario, RawTopologySection, SetCapacity};

/// Share of all waiting below which a place is not worth a try.
const WORTH_A_TRY: f64 = 0.02;

/// Links that are tried at the most; with all other changes that makes eight.
const MOST_LINKS: usize = 3;

/// A change of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What is changed, in words.
    pub change: String,
    /// Values by the paths of the fields that they replace in the resolved scenario.
    pub set: BTreeMap<String, Value>,
}

/// Changes of a resolved scenario that are worth a try, at most eight; none if nobody waited.
pub fn candidates(bottlenecks: &Bottlenecks, scenario: &RawScenario) -> Vec<Candidate> {
    if bottlenecks.waited_ticks == 0 {
        return Vec::new();
    }
    let mut candidates = links(bottlenecks, scenario);
    let mut add = |change: String, path: &str, value: Value| candidates.push(candidate(change, path, value));

    let at_nodes: f64 = bottlenecks.nodes.iter().map(|node| node.share_of_waiting).sum();
    let service = scenario.nodes.service_per_tick;
    if at_nodes >= WORTH_A_TRY {
        let more = more(service);
        add(
            format!("let nodes serve {more} accesses per tick instead of {service}"),
            "nodes.service_per_tick",
            json!(more),
        );
    }

    let (wormholes, physics) = (&scenario.wormholes, &scenario.physics);
    let over = bottlenecks.links.iter().filter(|link| link.kind == LinkKind::Wormhole);
    let at_wormholes: f64 = over.map(|link| link.share_of_waiting).sum();
    if at_wormholes >= WORTH_A_TRY {
        let now = physics.wormhole.max_capacity_per_tick;
        let more = more(now);
        let change = format!("let the strongest wormholes carry {more} accesses per tick instead of {now}");
        add(change, "physics.wormhole.max_capacity_per_tick", json!(more));
    }
    if !wormholes.enabled && wormholes.carrier.is_some() {
        add("open wormholes".to_owned(), "wormholes.enabled", json!(true));
    } else if wormholes.enabled && wormholes.policy.kind != "fixed" {
        let ports = wormholes.ports_per_node + 1;
        add(
            format!("allow {ports} wormholes per node instead of {}", ports - 1),
            "wormholes.ports_per_node",
            json!(ports),
        );
        let fade = physics.decay.fade_per_tick;
        if fade > 0.0 {
            let change = format!("let wormholes fade by {} per tick instead of {fade}", fade / 2.0);
            add(change, "physics.decay.fade_per_tick", json!(fade / 2.0));
        }
    }

    let (words, kind) = match &*scenario.router.kind {
        "shortest_path" => ("Q-routing", "q_routing"),
        _ => ("shortest paths", "shortest_path"),
    };
    add(format!("route by {words}"), "router.kind", json!(kind));
    candidates
}

/// Half as much again, and at least one more.
fn more(capacity: u32) -> u32 {
    capacity.saturating_add(capacity.div_ceil(2))
}

fn candidate(change: String, path: &str, value: Value) -> Candidate {
    Candidate { change, set: [(path.to_owned(), value)].into() }
}

/// The links of the topology at whose two directions most is waited for, with more capacity.
fn links(bottlenecks: &Bottlenecks, scenario: &RawScenario) -> Vec<Candidate> {
    let mut links: Vec<(&LinkWaiting, u32, f64)> = Vec::new();
    for row in bottlenecks.links.iter().filter(|row| row.kind == LinkKind::Space) {
        let Some(capacity) = row.capacity_per_tick else { continue };
        match links.iter_mut().find(|(known, ..)| known.ends == row.ends) {
            Some((.., share)) => *share += row.share_of_waiting,
            None => links.push((row, capacity, row.share_of_waiting)),
        }
    }
    links.retain(|&(.., share)| share >= WORTH_A_TRY);
    links.sort_by(|a, b| b.2.total_cmp(&a.2));
    let wider = |&(row, capacity, _): &(&LinkWaiting, u32, f64)| {
        let ([a, b], more) = (&row.ends, more(capacity));
        let (path, value) = wider(row, more, scenario)?;
        Some(candidate(format!("raise the capacity of {a}–{b} from {capacity} to {more}"), &path, value))
    };
    links.iter().take(MOST_LINKS).filter_map(wider).collect()
}

/// Where a link has its capacity: with the link, or, if a generator makes it, in an event before the first access.
fn wider(row: &LinkWaiting, capacity: u32, scenario: &RawScenario) -> Option<(String, Value)> {
    let ends = &row.ends;
    match &scenario.topology {
        RawTopologySection::Inline(inline) => {
            let is_it = |link: &[Box<str>; 2]| link.iter().zip(ends).all(|(a, b)| **a == **b);
            let place = inline.links.iter().position(|link| is_it(&link.ends))?;
            // Where the directions differ, that at which most is waited for.
            let back = inline.links[place].back.is_some() && row.from != ends[0];
            let field = if back { "back.capacity_per_tick" } else { "capacity_per_tick" };
            Some((format!("topology.links.{place}.{field}"), json!(capacity)))
        }
        _ => {
            let set_capacity =
                SetCapacity { link: ends.clone(), capacity_per_tick: Some(capacity), ..SetCapacity::default() };
            let event = RawEvent { tick: 0, set_capacity: Some(set_capacity), ..RawEvent::default() };
            let events: Vec<&RawEvent> = std::iter::once(&event).chain(&scenario.events).collect();
            Some(("events".to_owned(), json!(events)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::bottlenecks::NodeWaiting;
    use crate::scenario::Assignment;

    /// Five links in a ring, of which all but the last are waited for at both directions, and a wormhole and a node.
    fn bottlenecks() -> Bottlenecks {
        let link = |ends: [&str; 2], kind, share_of_waiting| LinkWaiting {
            ends: ends.map(String::from),
            kind,
            from: ends[0].to_owned(),
            to: ends[1].to_owned(),
            capacity_per_tick: Some(3),
            carried_per_tick: 1.0,
            utilisation: None,
            waited_ticks: 1,
            share_of_waiting,
        };
        let mut links = vec![link(["0", "3"], LinkKind::Wormhole, 0.2)];
        for (ends, share) in [(["1", "2"], 0.05), (["0", "1"], 0.1), (["2", "3"], 0.02), (["3", "4"], 0.04)] {
            links.extend([link(ends, LinkKind::Space, share), link(ends, LinkKind::Space, share)]);
        }
        links.push(link(["4", "0"], LinkKind::Space, 0.01));
        let node = NodeWaiting {
            node: "0".to_owned(),
            service_per_tick: 1,
            served_per_tick: 0.5,
            utilisation: 0.5,
            waited_ticks: 1,
            share_of_waiting: 0.37,
        };
        let (links_left_out, nodes_left_out) = (0, 0);
        Bottlenecks {
            version: 1,
            tick: 9,
            measured_ticks: 10,
            archived_waited_ticks: 0,
            waited_ticks: 1,
            links,
            links_left_out,
            nodes: vec![node],
            nodes_left_out,
        }
    }

    fn scenario(more: &str) -> RawScenario {
        let text = format!(
            r#"{{"version": 1, "name": "ring", "topology": {{"generator": {{"kind": "ring", "nodes": 5}}}},
            "workloads": [{{"kind": "uniform", "accesses_per_tick": 1.0}}],
            "events": [{{"tick": 7, "fail_link": ["0", "1"]}}]{more}}}"#
        );
        crate::simulation::load_text(&text, "ring.json".as_ref(), &[]).unwrap().resolved
    }

    #[test]
    fn the_worst_places_are_widened_and_policies_changed() {
        let scenario = scenario(
            r#", "router": {"kind": "shortest_path"},
            "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "ports_per_node": 2},
            "physics": {"wormhole": {"max_capacity_per_tick": 8}, "decay": {"fade_per_tick": 0.5}}"#,
        );
        let found = candidates(&bottlenecks(), &scenario);
        let changes: Vec<&str> = found.iter().map(|candidate| &*candidate.change).collect();
        assert_eq!(
            changes,
            [
                "raise the capacity of 0–1 from 3 to 5",
                "raise the capacity of 1–2 from 3 to 5",
                "raise the capacity of 3–4 from 3 to 5",
                "let nodes serve 2 accesses per tick instead of 1",
                "let the strongest wormholes carry 12 accesses per tick instead of 8",
                "allow 3 wormholes per node instead of 2",
                "let wormholes fade by 0.25 per tick instead of 0.5",
                "route by Q-routing",
            ]
        );
        let events = json!([
            {"tick": 0, "set_capacity": {"link": ["0", "1"], "capacity_per_tick": 5}},
            {"tick": 7, "fail_link": ["0", "1"]}
        ]);
        assert_eq!(found[0].set, [("events".to_owned(), events)].into());
        assert_eq!(found[6].set, [("physics.decay.fade_per_tick".to_owned(), json!(0.25))].into());
    }

    #[test]
    fn every_change_can_be_made() {
        let text = |scenario: &RawScenario| serde_json::to_string(scenario).unwrap();
        for more in
            ["", r#", "wormholes": {"enabled": false, "carrier": {"kind": "bypass"}}, "router": {"kind": "multipath"}"#]
        {
            let scenario = scenario(more);
            for Candidate { change, set } in candidates(&bottlenecks(), &scenario) {
                for (path, value) in set {
                    let assignment = Assignment::of(&path, value, &change).unwrap();
                    let changed =
                        crate::simulation::load_text(&text(&scenario), "ring.json".as_ref(), &[assignment]).unwrap();
                    assert_ne!(changed.resolved, scenario, "{change}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_suggested_where_nobody_waited() {
        let idle = Bottlenecks { waited_ticks: 0, ..bottlenecks() };
        assert_eq!(candidates(&idle, &scenario("")), []);
    }
}
