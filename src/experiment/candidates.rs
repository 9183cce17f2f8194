//! Candidates for advice, changes that a diagnosis suggests: more capacity where most is waited for, wormholes and
//! other policies where they can save what latency consists of.
//!
//! Each candidate goes at some share of the mean latency, which is the most that it could save; those that go at little
//! are not tried. None makes a link or a medium quicker than it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::diagnosis::{Diagnosis, PartOfLatency};
use crate::recorder::bottlenecks::{Bottlenecks, LinkKind, LinkWaiting};
use crate::scenario::raw::{
    RatioByKind, RawCarrier, RawEvent, RawScenario, RawTopologySection, RawTransitRatio, SetCapacity,
};

/// Changes that are tried at the most: more would hide more of what helps from a test that corrects for their number.
pub const MOST: usize = 10;

/// Share of the mean latency below which what a change goes at is not worth a try.
pub const WORTH_A_TRY: f64 = 0.005;

/// Links that are tried at the most.
const MOST_LINKS: usize = 3;

/// Opening policies that are tried, by kind.
const POLICIES: [&str; 3] = ["gravity", "account", "window"];

/// A change of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What is changed, in words.
    pub change: String,
    /// Values by the paths of the fields that they replace in the resolved scenario.
    pub set: BTreeMap<String, Value>,
    /// Share of the mean latency that it goes at, 0 to 1.
    pub share_of_latency: f64,
}

/// Changes of a resolved scenario that are worth a try, those that go at most of the latency first, at most [`MOST`].
pub fn candidates(diagnosis: &Diagnosis, bottlenecks: &Bottlenecks, scenario: &RawScenario) -> Vec<Candidate> {
    let mut candidates = places(diagnosis.waiting(), bottlenecks, scenario);
    candidates.extend(wormholes(diagnosis, scenario));
    candidates.push(router(diagnosis, scenario));
    candidates.retain(|candidate| candidate.share_of_latency >= WORTH_A_TRY);
    candidates.sort_by(|a, b| b.share_of_latency.total_cmp(&a.share_of_latency));
    candidates.truncate(MOST);
    candidates
}

fn candidate(share_of_latency: f64, change: String, path: &str, value: Value) -> Candidate {
    Candidate { change, set: [(path.to_owned(), value)].into(), share_of_latency }
}

/// More capacity where accesses wait, which is a share `waiting` of the mean latency.
fn places(waiting: f64, bottlenecks: &Bottlenecks, scenario: &RawScenario) -> Vec<Candidate> {
    let mut places = links(waiting, bottlenecks, scenario);
    let at_nodes: f64 = bottlenecks.nodes.iter().map(|node| node.share_of_waiting).sum();
    let now = scenario.nodes.service_per_tick;
    let quicker = format!("let nodes serve {} accesses per tick instead of {now}", more(now));
    places.push(candidate(at_nodes * waiting, quicker, "nodes.service_per_tick", json!(more(now))));

    let over = bottlenecks.links.iter().filter(|link| link.kind == LinkKind::Wormhole);
    let at_wormholes: f64 = over.map(|link| link.share_of_waiting).sum();
    let now = scenario.physics.wormhole.max_capacity_per_tick;
    let wider = format!("let the strongest wormholes carry {} accesses per tick instead of {now}", more(now));
    places.push(candidate(at_wormholes * waiting, wider, "physics.wormhole.max_capacity_per_tick", json!(more(now))));
    places
}

/// Half as much again, and at least one more.
fn more(capacity: u32) -> u32 {
    capacity.saturating_add(capacity.div_ceil(2))
}

/// The links of the topology at whose two directions most is waited for, with more capacity.
fn links(waiting: f64, bottlenecks: &Bottlenecks, scenario: &RawScenario) -> Vec<Candidate> {
    let mut links: Vec<(&LinkWaiting, u32, f64)> = Vec::new();
    for row in bottlenecks.links.iter().filter(|row| row.kind == LinkKind::Space) {
        let Some(capacity) = row.capacity_per_tick else { continue };
        match links.iter_mut().find(|(known, ..)| known.ends == row.ends) {
            Some((.., share)) => *share += row.share_of_waiting,
            None => links.push((row, capacity, row.share_of_waiting)),
        }
    }
    links.sort_by(|a, b| b.2.total_cmp(&a.2));
    let wider = |&(row, capacity, share): &(&LinkWaiting, u32, f64)| {
        let ([a, b], more) = (&row.ends, more(capacity));
        let (path, value) = wider(row, more, scenario)?;
        let change = format!("raise the capacity of {a}–{b} from {capacity} to {more}");
        Some(candidate(share * waiting, change, &path, value))
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

/// What may be done about wormholes; nothing without a carrier.
fn wormholes(diagnosis: &Diagnosis, scenario: &RawScenario) -> Vec<Candidate> {
    let (wormholes, fade) = (&scenario.wormholes, scenario.physics.decay.fade_per_tick);
    let Some(carrier) = &wormholes.carrier else { return Vec::new() };
    let within_reach = within_reach(diagnosis, carrier);
    let mut found = openings(within_reach, carrier, scenario);
    if !wormholes.enabled {
        return found;
    }
    let mut add =
        |share: f64, change: String, path: &str, value: Value| found.push(candidate(share, change, path, value));
    let policy = &*wormholes.policy.kind;
    if policy != "fixed" {
        let ports = wormholes.ports_per_node;
        let change = format!("allow {} wormholes per node instead of {ports}", ports + 1);
        add(within_reach, change, "wormholes.ports_per_node", json!(ports + 1));
    }
    // Under the other policies wormholes do not fade, or none are opened anew.
    if policy == "gravity" && fade > 0.0 {
        let change = format!("let wormholes fade by {} per tick instead of {fade}", fade / 2.0);
        add(within_reach, change, "physics.decay.fade_per_tick", json!(fade / 2.0));
    }
    if let RawCarrier::Bypass { reserve: true } = carrier {
        let change = "let wormholes reserve no capacity of links, as if these had enough for both".to_owned();
        add(within_reach, change, "wormholes.carrier.reserve", json!(false));
    }
    if wormholes.wait_for_setup {
        let change = "let no access wait for a wormhole that is being set up".to_owned();
        add(diagnosis.share(PartOfLatency::Setup), change, "wormholes.wait_for_setup", json!(false));
    }
    found
}

/// Share of the mean latency that wormholes may save: waits and processing at the nodes between, and propagation if
/// what carries them can be quicker than links.
fn within_reach(diagnosis: &Diagnosis, carrier: &RawCarrier) -> f64 {
    let is_quicker = match *carrier {
        RawCarrier::Bypass { .. } => false,
        RawCarrier::OwnMedium { transit_ratio: RawTransitRatio::All(ratio) } => ratio < 1.0,
        RawCarrier::OwnMedium {
            transit_ratio: RawTransitRatio::ByKind(RatioByKind { experimental, standard, fast_lane }),
        } => experimental.min(standard).min(fast_lane) < 1.0,
        RawCarrier::Measured { .. } => true,
    };
    let propagation = if is_quicker { diagnosis.share(PartOfLatency::Propagation) } else { 0.0 };
    diagnosis.waiting() + diagnosis.share(PartOfLatency::Processing) + propagation
}

/// Wormholes where there are none, over the carrier that the scenario names, and other policies of opening them.
fn openings(within_reach: f64, carrier: &RawCarrier, scenario: &RawScenario) -> Vec<Candidate> {
    let (wormholes, now) = (&scenario.wormholes, &*scenario.wormholes.policy.kind);
    // Which weighs openings.
    let fits = |policy: &&str| *policy != "account" || scenario.physics.wormhole.opening_cost > 0.0;
    let others = POLICIES.into_iter().filter(|&policy| policy != now).filter(fits);
    if wormholes.enabled {
        let other = |policy: &str| {
            let change = format!("open wormholes by {policy} instead of {now}");
            candidate(within_reach, change, "wormholes.policy.kind", json!(policy))
        };
        return others.map(other).collect();
    }
    let over = match carrier {
        RawCarrier::Bypass { .. } => "over links, past the nodes between",
        RawCarrier::OwnMedium { .. } => "over the medium that the scenario assumes",
        RawCarrier::Measured { .. } => "over connections as quick as measured",
    };
    let opened = |policy: &str| Candidate {
        change: format!("open wormholes by {policy}, {over}"),
        set: [("wormholes.enabled", json!(true)), ("wormholes.policy.kind", json!(policy))]
            .map(|(path, value)| (path.to_owned(), value))
            .into(),
        share_of_latency: within_reach,
    };
    // By itself fixed opens the initial ones only.
    let own = (now != "fixed" || !wormholes.initial.is_empty()).then_some(now);
    own.into_iter().chain(others).map(opened).collect()
}

/// Another router. From shortest paths none is quicker but where accesses wait.
fn router(diagnosis: &Diagnosis, scenario: &RawScenario) -> Candidate {
    let waiting = diagnosis.waiting();
    let (share, words, kind) = match &*scenario.router.kind {
        "shortest_path" => (waiting, "Q-routing", "q_routing"),
        _ => (diagnosis.latency_ticks.map_or(waiting, |_| 1.0), "shortest paths", "shortest_path"),
    };
    candidate(share, format!("route by {words}"), "router.kind", json!(kind))
}

#[cfg(test)]
mod tests {
    use super::super::diagnosis::Part;
    use super::PartOfLatency::{LinkWait, NodeWait, Processing, Propagation, Setup};
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

    fn idle() -> Bottlenecks {
        Bottlenecks { waited_ticks: 0, links: Vec::new(), nodes: Vec::new(), ..bottlenecks() }
    }

    /// Mean latency of such parts, as shares.
    fn diagnosis(parts: &[(PartOfLatency, f64)]) -> Diagnosis {
        let part = |&(part, share): &(PartOfLatency, f64)| Part { part, ticks: 10.0 * share, share };
        Diagnosis { latency_ticks: Some(10.0), parts: parts.iter().map(part).collect(), ..Diagnosis::default() }
    }

    /// Half of it is waited, as in [`bottlenecks`].
    fn half_waited() -> Diagnosis {
        diagnosis(&[(Propagation, 0.5), (LinkWait, 0.315), (NodeWait, 0.185)])
    }

    fn changes(diagnosis: &Diagnosis, bottlenecks: &Bottlenecks, scenario: &RawScenario) -> Vec<String> {
        candidates(diagnosis, bottlenecks, scenario).into_iter().map(|candidate| candidate.change).collect()
    }

    const SHORTEST: &str = r#", "router": {"kind": "shortest_path"}"#;

    const OWN_MEDIUM: &str = r#", "router": {"kind": "shortest_path"},
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "wait_for_setup": true},
        "physics": {"wormhole": {"max_capacity_per_tick": 8}, "decay": {"fade_per_tick": 0.5}}"#;

    /// Wormholes may save everything, a router the waits, 0.5; of these 0.37 are the node's, 0.2 those of 0–1.
    #[test]
    fn what_goes_at_most_of_the_latency_is_first() {
        let scenario = scenario(OWN_MEDIUM);
        let found = candidates(&half_waited(), &bottlenecks(), &scenario);
        let changes: Vec<&str> = found.iter().map(|candidate| &*candidate.change).collect();
        let expected = [
            "open wormholes by account instead of gravity",
            "open wormholes by window instead of gravity",
            "allow 3 wormholes per node instead of 2",
            "let wormholes fade by 0.25 per tick instead of 0.5",
            "route by Q-routing",
            "let nodes serve 2 accesses per tick instead of 1",
            "raise the capacity of 0–1 from 3 to 5",
            "let the strongest wormholes carry 12 accesses per tick instead of 8",
            "raise the capacity of 1–2 from 3 to 5",
            "raise the capacity of 3–4 from 3 to 5",
        ];
        assert_eq!(changes, expected);
        let events = json!([
            {"tick": 0, "set_capacity": {"link": ["0", "1"], "capacity_per_tick": 5}},
            {"tick": 7, "fail_link": ["0", "1"]}
        ]);
        assert_eq!(found[6].set, [("events".to_owned(), events)].into());
        assert_eq!(found[3].set, [("physics.decay.fade_per_tick".to_owned(), json!(0.25))].into());
    }

    /// Set-up takes 0.06, more than the waits for 1–2 and 3–4, so that the last of ten is no more.
    #[test]
    fn what_goes_at_the_least_is_left_out_of_more_than_ten() {
        let with_setup = diagnosis(&[(Propagation, 0.44), (LinkWait, 0.315), (NodeWait, 0.185), (Setup, 0.06)]);
        let found = changes(&with_setup, &bottlenecks(), &scenario(OWN_MEDIUM));
        assert_eq!(found.len(), MOST);
        assert_eq!(
            found[8..],
            ["let no access wait for a wormhole that is being set up", "raise the capacity of 1–2 from 3 to 5"]
        );
    }

    #[test]
    fn places_where_next_to_nothing_is_waited_are_left_out() {
        let found = |link_wait: f64| {
            let diagnosis = diagnosis(&[(Propagation, 1.0 - link_wait), (LinkWait, link_wait)]);
            changes(&diagnosis, &bottlenecks(), &scenario(SHORTEST))
        };
        assert_eq!(found(0.004), <[&str; 0]>::default());
        // A fifth and 0.37 of it are worth a try, 0.1 is not.
        assert_eq!(
            found(0.03),
            [
                "route by Q-routing",
                "let nodes serve 2 accesses per tick instead of 1",
                "raise the capacity of 0–1 from 3 to 5",
                "let the strongest wormholes carry 24 accesses per tick instead of 16",
            ]
        );
    }

    /// What is to be tried where nobody waits, and a tenth of the latency is processing.
    fn where_nobody_waits(more: &str) -> Vec<String> {
        changes(&diagnosis(&[(Propagation, 0.9), (Processing, 0.1)]), &idle(), &scenario(more))
    }

    #[test]
    fn wormholes_are_suggested_where_nobody_waits_if_something_carries_them() {
        let with = |wormholes: &str| where_nobody_waits(&format!(r#"{SHORTEST}, "wormholes": {{{wormholes}}}"#));
        assert_eq!(where_nobody_waits(SHORTEST), <[&str; 0]>::default());
        assert_eq!(with(r#""enabled": false"#), <[&str; 0]>::default());
        assert_eq!(
            with(r#""enabled": false, "carrier": {"kind": "bypass"}, "policy": "account""#),
            ["account", "gravity", "window"]
                .map(|policy| format!("open wormholes by {policy}, over links, past the nodes between"))
        );
        assert_eq!(
            with(r#""policy": "fixed", "carrier": {"kind": "own_medium", "transit_ratio": 0.8}"#),
            ["gravity", "account", "window"].map(|policy| format!("open wormholes by {policy} instead of fixed"))
        );
        assert_eq!(
            with(r#""policy": "account", "carrier": {"kind": "bypass", "reserve": true}"#),
            [
                "open wormholes by gravity instead of account",
                "open wormholes by window instead of account",
                "allow 3 wormholes per node instead of 2",
                "let wormholes reserve no capacity of links, as if these had enough for both",
            ]
        );
    }

    #[test]
    fn wormholes_that_could_save_nothing_are_not_suggested() {
        let with = |carrier: &str| {
            let more = format!(r#"{SHORTEST}, "wormholes": {{"enabled": false, "carrier": {carrier}}}"#);
            changes(&diagnosis(&[(Propagation, 1.0)]), &idle(), &scenario(&more)).len()
        };
        assert_eq!(with(r#"{"kind": "bypass"}"#), 0);
        assert_eq!(with(r#"{"kind": "own_medium", "transit_ratio": 1.0}"#), 0);
        assert_eq!(with(r#"{"kind": "own_medium", "transit_ratio": 0.99}"#), 3);
        let by_kind = r#"{"experimental": 1.0, "standard": 1.0, "fast_lane": 0.5}"#;
        assert_eq!(with(&format!(r#"{{"kind": "own_medium", "transit_ratio": {by_kind}}}"#)), 3);
    }

    #[test]
    fn shortest_paths_are_suggested_where_nobody_waits() {
        assert_eq!(where_nobody_waits(r#", "router": {"kind": "q_routing"}"#), ["route by shortest paths"]);
    }

    #[test]
    fn every_change_can_be_made() {
        let text = |scenario: &RawScenario| serde_json::to_string(scenario).unwrap();
        let bypass =
            r#", "wormholes": {"enabled": false, "carrier": {"kind": "bypass"}}, "router": {"kind": "multipath"}"#;
        let reserve = r#", "wormholes": {"carrier": {"kind": "bypass", "reserve": true}, "policy": {"kind": "rotor"}}"#;
        let diagnosis = diagnosis(&[(Processing, 0.3), (LinkWait, 0.3), (NodeWait, 0.3), (Setup, 0.1)]);
        let mut tried = 0;
        for more in ["", OWN_MEDIUM, bypass, reserve] {
            let scenario = scenario(more);
            for Candidate { change, set, .. } in candidates(&diagnosis, &bottlenecks(), &scenario) {
                let assignments = set.into_iter().map(|(path, value)| Assignment::of(&path, value, &change).unwrap());
                let assignments: Vec<Assignment> = assignments.collect();
                let changed =
                    crate::simulation::load_text(&text(&scenario), "ring.json".as_ref(), &assignments).unwrap();
                assert_ne!(changed.resolved, scenario, "{change}");
                tried += 1;
            }
        }
        assert!(tried >= 30, "{tried}");
    }

    #[test]
    fn nothing_is_suggested_where_nothing_was_measured() {
        assert_eq!(candidates(&Diagnosis::default(), &idle(), &scenario("")), []);
    }

    /// What waits for ever has no latency: all is waiting.
    #[test]
    fn places_are_widened_where_nothing_was_delivered() {
        let diagnosis = Diagnosis { waited_ticks: 1, ..Diagnosis::default() };
        let found = changes(&diagnosis, &bottlenecks(), &scenario(""));
        assert!(found.iter().any(|change| change == "raise the capacity of 0–1 from 3 to 5"), "{found:?}");
    }
}
