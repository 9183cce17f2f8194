//! Processes by which nodes and links fail: names, members, windows, and sessions, which are read in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::context::{Context, check_name, not_allowed};
use crate::scenario::csv_file::{CsvFile, NodeNames};
use crate::scenario::problem::{Fault, JsonPath, Place, Problem, quoted};
use crate::scenario::raw::{self, PeriodDistribution, RawFailures, Session, SessionFailures};
use crate::scenario::{
    Content, Element, FailureProcess, FailureTimes, MAX_TICKS, Periods, ScenarioError, Tick, defaults,
};
use crate::topology::{InputFile, NodeId};

/// Sessions that a process may have: a resolved scenario has them all.
const MAX_SESSIONS: usize = 200_000;

/// Sessions by the name of the node.
type Sessions = BTreeMap<String, Vec<Session>>;

/// The processes, and their raw form with every default filled in. Files that they come from are added to `inputs`.
pub(super) fn failures(
    raw: &[RawFailures],
    context: &Context<'_>,
    inputs: &mut Vec<InputFile>,
) -> Result<(Vec<FailureProcess>, Vec<RawFailures>), Fault> {
    let mut names = BTreeSet::new();
    let mut processes = Vec::with_capacity(raw.len());
    let mut resolved = raw.to_vec();
    for (index, raw) in resolved.iter_mut().enumerate() {
        let path = JsonPath::default().key("failures").index(index);
        let kind = raw.kind();
        let name = raw.name_mut().get_or_insert_with(|| defaults::numbered_name(kind, index)).clone();
        check_name(&name, &path.key("name"))?;
        if !names.insert(name.clone()) {
            return Err(not_allowed(path.key("name"), quoted(&name), "a name that no other process has"));
        }
        let (elements, times) = members(raw, &path, context, inputs)?;
        processes.push(FailureProcess { name, elements, times });
    }
    Ok((processes, resolved))
}

fn members(
    raw: &mut RawFailures,
    path: &JsonPath,
    context: &Context<'_>,
    inputs: &mut Vec<InputFile>,
) -> Result<(Vec<Element>, FailureTimes), Fault> {
    let mut elements = BTreeSet::new();
    let (times, together) = match raw {
        RawFailures::Links(raw) => {
            match &raw.links {
                Some(names) => add_links(names, &path.key("links"), context, &mut elements)?,
                None => elements.extend((0..context.topology.link_count() as u32).map(Element::Link)),
            }
            (&raw.times, false)
        }
        RawFailures::Nodes(raw) => {
            match &raw.nodes {
                Some(names) => add_nodes(names, &path.key("nodes"), context, &mut elements)?,
                None => elements.extend(context.topology.nodes().map(|(id, _)| Element::Node(id))),
            }
            (&raw.times, false)
        }
        RawFailures::Group(raw) => {
            add_links(&raw.links, &path.key("links"), context, &mut elements)?;
            add_nodes(&raw.nodes, &path.key("nodes"), context, &mut elements)?;
            if elements.is_empty() {
                return Err(not_allowed(path.clone(), "a group of nothing", "at least one of links and nodes"));
            }
            (&raw.times, true)
        }
        RawFailures::Sessions(raw) => return sessions(raw, path, context, inputs),
    };
    Ok((elements.into_iter().collect(), drawn(times, together, path, context)?))
}

fn add_links(
    names: &[[String; 2]],
    path: &JsonPath,
    context: &Context<'_>,
    elements: &mut BTreeSet<Element>,
) -> Result<(), Fault> {
    for (index, names) in names.iter().enumerate() {
        let path = path.index(index);
        if !elements.insert(Element::Link(context.link(names, &path)?)) {
            let value = format!("{} to {} again", quoted(&names[0]), quoted(&names[1]));
            return Err(not_allowed(path, value, "each link once"));
        }
    }
    Ok(())
}

fn add_nodes(
    names: &[String],
    path: &JsonPath,
    context: &Context<'_>,
    elements: &mut BTreeSet<Element>,
) -> Result<(), Fault> {
    for (index, name) in names.iter().enumerate() {
        let path = path.index(index);
        if !elements.insert(Element::Node(context.node(name, path.clone())?)) {
            return Err(not_allowed(path, format!("{} again", quoted(name)), "each node once"));
        }
    }
    Ok(())
}

fn drawn(
    raw: &raw::FailureTimes,
    together: bool,
    path: &JsonPath,
    context: &Context<'_>,
) -> Result<FailureTimes, Fault> {
    let from_tick = raw.from_tick;
    if from_tick >= context.ticks {
        let expected = format!("before the end of the run (ticks is {})", context.ticks);
        return Err(not_allowed(path.key("from_tick"), from_tick, expected));
    }
    if let Some(until) = raw.until_tick.filter(|&until| until <= from_tick) {
        return Err(not_allowed(path.key("until_tick"), until, format!("after from_tick ({from_tick})")));
    }
    let periods = |mean: f64, distribution: &PeriodDistribution| match *distribution {
        PeriodDistribution::Exponential => Periods::exponential(mean),
        PeriodDistribution::Weibull { shape } => Periods::weibull(mean, shape),
    };
    Ok(FailureTimes::Drawn {
        together,
        up: periods(raw.mean_up_ticks, &raw.up_distribution),
        down: periods(raw.mean_down_ticks, &raw.down_distribution),
        from_tick,
        until_tick: raw.until_tick.unwrap_or(Tick::MAX),
    })
}

/// The sessions by node; a file is read into `raw.sessions`.
fn sessions(
    raw: &mut SessionFailures,
    path: &JsonPath,
    context: &Context<'_>,
    inputs: &mut Vec<InputFile>,
) -> Result<(Vec<Element>, FailureTimes), Fault> {
    let named: &Sessions = match (&mut raw.sessions, raw.file.take()) {
        (Some(sessions), None) => sessions,
        (sessions @ None, Some(file)) => {
            let file = context.file(&file);
            let (read, content) = read(&file, context).map_err(|error| Fault::elsewhere(error, path.key("file")))?;
            inputs.push(InputFile { path: file, blake3: content.blake3 });
            sessions.insert(read)
        }
        _ => {
            let allowed = vec!["sessions".to_owned(), "file".to_owned()];
            return Err(Fault::new(path.clone(), Problem::NotOneOf { allowed, nearest: None }));
        }
    };
    let path = path.key("sessions");
    let count: usize = named.values().map(Vec::len).sum();
    if named.is_empty() || count > MAX_SESSIONS {
        let expected = format!("at least one node, and at most {MAX_SESSIONS} sessions");
        return Err(not_allowed(path, format!("{count} sessions of {} nodes", named.len()), expected));
    }
    let mut by_node: BTreeMap<NodeId, Vec<[Tick; 2]>> = BTreeMap::new();
    for (name, sessions) in named {
        let path = path.key(name);
        let node = context.node(name, path.clone())?;
        let mut after = 0;
        for (index, &Session([from, until])) in sessions.iter().enumerate() {
            if let Some((side, value, expected)) = wrong(from, until, after) {
                return Err(not_allowed(path.index(index).index(side), value, expected));
            }
            after = until;
        }
        by_node.insert(node, sessions.iter().map(|session| session.0).collect());
    }
    let (nodes, sessions): (Vec<_>, Vec<_>) = by_node.into_iter().unzip();
    Ok((nodes.into_iter().map(Element::Node).collect(), FailureTimes::Sessions(sessions)))
}

/// What is wrong with a session after one that ended at `after`, if anything is: which of its ticks, and what it should
/// be.
fn wrong(from: Tick, until: Tick, after: Tick) -> Option<(usize, Tick, String)> {
    if from < after {
        Some((0, from, format!("a tick from {after}, where the node's session before ends")))
    } else if until <= from {
        Some((1, until, format!("a tick after the first of the session ({from})")))
    } else {
        None
    }
}

fn read(file: &Path, context: &Context<'_>) -> Result<(Sessions, Content), ScenarioError> {
    let mut csv = CsvFile::open(file, &["node,from_tick,until_tick"], None)?;
    let (names, mut sessions, mut count) = (NodeNames::new(context.topology), Sessions::new(), 0);
    while csv.advance()? {
        let node = csv.node(0, &names)?;
        let [from, until] = [csv.whole(1, 0, MAX_TICKS)?, csv.whole(2, 0, MAX_TICKS)?];
        let own = sessions.entry(context.topology.node(node).name.to_string()).or_default();
        let after = own.last().map_or(0, |before| before.0[1]);
        if let Some((_, value, expected)) = wrong(from, until, after) {
            return Err(csv.not_allowed(&value.to_string(), &expected));
        }
        own.push(Session([from, until]));
        count += 1;
        if count > MAX_SESSIONS {
            return Err(csv.not_allowed(&format!("session {count}"), &format!("at most {MAX_SESSIONS} sessions")));
        }
    }
    if sessions.is_empty() {
        let expected = "at least one session: node,from_tick,until_tick".to_owned();
        let problem = Problem::NotAllowed { value: "no row".to_owned(), expected };
        return Err(ScenarioError::new(Place::File(file.to_owned()), JsonPath::default(), problem));
    }
    Ok((sessions, csv.content()))
}
