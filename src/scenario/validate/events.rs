//! Scheduled changes, in order, each of which must change something: what fails was up, what is restored had failed.

use super::context::{Context, not_allowed};
use crate::scenario::problem::Fault;
use crate::scenario::problem::{JsonPath, quoted};
use crate::scenario::raw::{RawEvent, SetCapacity};
use crate::scenario::{Action, Event};

/// The events by tick, those of one tick as they were written.
pub(super) fn events(raw: &[RawEvent], context: &Context<'_>) -> Result<Vec<Event>, Fault> {
    let top = JsonPath::default().key("events");
    let mut events = Vec::with_capacity(raw.len());
    for (index, raw) in raw.iter().enumerate() {
        let path = top.index(index);
        if raw.tick >= context.ticks {
            let expected = format!("before the end of the run (ticks is {})", context.ticks);
            return Err(not_allowed(path.key("tick"), raw.tick, expected));
        }
        let actions = match &raw.set_capacity {
            Some(set) => capacities(set, &path.key("set_capacity"), context)?,
            None => vec![action(raw, &path, context)?],
        };
        events.extend(actions.into_iter().map(|action| (Event { tick: raw.tick, action }, index)));
    }
    events.sort_by_key(|(event, _)| event.tick);
    let mut failed_links = vec![false; context.topology.link_count()];
    let mut failed_nodes = vec![false; context.topology.node_count()];
    for (event, index) in &events {
        let (failed, fails) = match event.action {
            Action::FailLink(link) => (&mut failed_links[link as usize], true),
            Action::RestoreLink(link) => (&mut failed_links[link as usize], false),
            Action::FailNode(node) => (&mut failed_nodes[node.index()], true),
            Action::RestoreNode(node) => (&mut failed_nodes[node.index()], false),
            Action::SetCapacity { .. } => continue,
        };
        if *failed == fails {
            let (field, value) = written(&raw[*index]);
            let expected = if fails { "one that works at that tick" } else { "one that failed before that tick" };
            return Err(not_allowed(top.index(*index).key(field), value, expected));
        }
        *failed = fails;
    }
    Ok(events.into_iter().map(|(event, _)| event).collect())
}

fn action(raw: &RawEvent, path: &JsonPath, context: &Context<'_>) -> Result<Action, Fault> {
    let link = |names: &[String; 2], field: &str| context.link(names, &path.key(field));
    let node = |name: &str, field: &str| context.node(name, path.key(field));
    match raw {
        RawEvent { fail_link: Some(names), .. } => Ok(Action::FailLink(link(names, "fail_link")?)),
        RawEvent { restore_link: Some(names), .. } => Ok(Action::RestoreLink(link(names, "restore_link")?)),
        RawEvent { fail_node: Some(name), .. } => Ok(Action::FailNode(node(name, "fail_node")?)),
        RawEvent { restore_node: Some(name), .. } => Ok(Action::RestoreNode(node(name, "restore_node")?)),
        RawEvent { .. } => Err(not_allowed(path.clone(), "no action", "one of the actions")),
    }
}

/// One change of both directions of a link, or one of each that the event names.
fn capacities(set: &SetCapacity, path: &JsonPath, context: &Context<'_>) -> Result<Vec<Action>, Fault> {
    let SetCapacity { link: names, capacity_per_tick: forth, one_way, back } = set;
    let link = context.link(names, &path.key("link"))?;
    let [a, b] = context.two_nodes(names, &path.key("link"))?;
    let change = |from, capacity_per_tick| Action::SetCapacity { link, from, capacity_per_tick };
    let only = context.topology.only_direction(link);
    let name = |node| quoted(&context.topology.node(node).name);
    match (back, one_way, only) {
        (Some(_), true, _) => Err(not_allowed(path.key("one_way"), true, "false, or no back")),
        (Some(back), false, Some([from, to])) => {
            let value = back.capacity_per_tick.map_or("null".to_owned(), |capacity| capacity.to_string());
            let expected = format!("no back, as the link leads from {} to {} only", name(from), name(to));
            Err(not_allowed(path.key("back").key("capacity_per_tick"), value, expected))
        }
        (None, true, Some([from, to])) if from != a => {
            let expected = format!("{} to {}, the only direction of the link", name(from), name(to));
            Err(not_allowed(path.key("link"), direction(names), expected))
        }
        (None, true, _) => Ok(vec![change(Some(a), *forth)]),
        (Some(back), false, None) if back.capacity_per_tick != *forth => {
            Ok(vec![change(Some(a), *forth), change(Some(b), back.capacity_per_tick)])
        }
        (_, false, _) => Ok(vec![change(None, *forth)]),
    }
}

fn direction([from, to]: &[String; 2]) -> String {
    format!("{} to {}", quoted(from), quoted(to))
}

/// The field and the value of an event that fails or restores something.
fn written(raw: &RawEvent) -> (&'static str, String) {
    match raw {
        RawEvent { fail_link: Some(names), .. } => ("fail_link", direction(names)),
        RawEvent { restore_link: Some(names), .. } => ("restore_link", direction(names)),
        RawEvent { fail_node: Some(name), .. } => ("fail_node", quoted(name)),
        RawEvent { restore_node: Some(name), .. } => ("restore_node", quoted(name)),
        RawEvent { .. } => ("tick", raw.tick.to_string()),
    }
}
