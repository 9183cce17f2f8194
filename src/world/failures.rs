//! What is down and why, and the processes that take nodes and links down and bring them back.
//!
//! A node or link is down while at least one cause keeps it down: an event, or a process (a link is also closed while
//! one of its ends is down). A process has units, which change by a clock of their own: each of its members, or all of
//! them together. Lengths of periods are keyed draws by (seed, name of the process, number of the node or link, number
//! of the period), so that no unit's draws depend on another, on what is routed how, or on what is open. Time is
//! continuous: a unit changes at the sums of its lengths, and a tick sees what is so at its start. An outage between
//! two starts is not seen, and nothing is rounded: a unit of exponential lengths with means a and b that began 𝑡 ticks
//! ago works with the probability that [`crate::physics::renewal`] gives for time 𝑡.
//!
//! All of it follows from the scenario and the tick, so that a snapshot need not hold it: [`Failures::skip_to`] finds
//! it again, at the cost of the draws so far. Work in a tick is proportional to the units that change in it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use bevy_ecs::prelude::Resource;

use crate::random::Keyed;
use crate::scenario::{Action, Element, Event, FailureProcess, FailureTimes, Scenario, Tick};
use crate::topology::{NodeId, Topology};

/// What is down, and what will be.
#[derive(Debug, Resource)]
pub struct Failures {
    /// Causes that keep each node down, and each link.
    nodes: Vec<u32>,
    links: Vec<u32>,
    /// What events keep down.
    by_events: BTreeSet<Element>,
    links_of: LinksOf,
    processes: Vec<(FailureProcess, Keyed)>,
    units: Vec<Unit>,
    /// When units may change next, each once.
    due: BinaryHeap<Reverse<(Tick, u32)>>,
    /// Length of the run.
    ticks: Tick,
}

/// What fails and comes back by one clock.
#[derive(Debug, Clone, Copy)]
struct Unit {
    process: u32,
    /// Its place among the members, if it is one of them.
    member: u32,
    /// Periods, or starts and ends of sessions, that are over.
    over: u32,
    is_down: bool,
    /// Time at which the present period ends, if it is drawn.
    ends: f64,
}

/// What processes change in a tick: what each takes down, and what each no longer keeps down.
#[derive(Debug, Default)]
pub struct Causes {
    /// As often as there are processes that begin to keep it down.
    pub begin: Vec<Element>,
    /// As often as there are processes that end to do so.
    pub end: Vec<Element>,
}

impl Failures {
    /// Those of a scenario before its first tick.
    pub fn new(scenario: &Scenario) -> Self {
        let mut failures = Self {
            nodes: vec![0; scenario.topology.node_count()],
            links: vec![0; scenario.topology.link_count()],
            by_events: BTreeSet::new(),
            links_of: LinksOf::new(&scenario.topology),
            processes: Vec::with_capacity(scenario.failures.len()),
            units: Vec::new(),
            due: BinaryHeap::new(),
            ticks: scenario.ticks,
        };
        for (process, number) in scenario.failures.iter().zip(0..) {
            let draws = Keyed::new(scenario.seed, &format!("failures/{}", process.name));
            for member in 0..process.units() as u32 {
                let mut unit = Unit { process: number, member, over: 0, is_down: false, ends: 0.0 };
                failures.due.push(Reverse((unit.begin(process, draws), failures.units.len() as u32)));
                failures.units.push(unit);
            }
            failures.processes.push((process.clone(), draws));
        }
        failures
    }

    /// Bytes that those of a scenario take.
    pub fn need(scenario: &Scenario) -> u64 {
        let sessions = |process: &FailureProcess| match &process.times {
            FailureTimes::Sessions(by_node) => by_node.iter().map(|sessions| 8 * sessions.len() + 32).sum(),
            FailureTimes::Drawn { .. } => 0,
        };
        let each = size_of::<Element>() + 2 * (size_of::<Unit>() + size_of::<Reverse<(Tick, u32)>>());
        let of = |process: &FailureProcess| (process.elements.len() * each + sessions(process)) as u64;
        scenario.failures.iter().map(of).sum()
    }

    /// Whether processes may change something in tick `now`.
    #[inline]
    pub fn is_due(&self, now: Tick) -> bool {
        self.due.peek().is_some_and(|Reverse((tick, _))| *tick <= now)
    }

    /// What processes change in tick `now`, for [`Self::begin`] and [`Self::end`].
    pub fn pass(&mut self, now: Tick) -> Causes {
        let mut causes = Causes::default();
        while let Some(&Reverse((tick, number))) = self.due.peek()
            && tick <= now
        {
            self.due.pop();
            let unit = &mut self.units[number as usize];
            let (process, draws) = &self.processes[unit.process as usize];
            let before = unit.is_down;
            if let Some(next) = unit.pass(process, *draws, now) {
                self.due.push(Reverse((next, number)));
            }
            if unit.is_down != before {
                let changed = if unit.is_down { &mut causes.begin } else { &mut causes.end };
                changed.extend(unit.elements(process));
            }
        }
        causes
    }

    /// Causes begin to keep things down; those that worked until now, nodes before links, in the order of numbers.
    pub fn begin(&mut self, causes: &[Element]) -> Vec<Element> {
        let failed: BTreeSet<Element> =
            causes.iter().copied().filter(|&element| self.change(element, 1) == 1).collect();
        failed.into_iter().collect()
    }

    /// Causes end; what works now, in the same order.
    pub fn end(&mut self, causes: &[Element]) -> Vec<Element> {
        let restored: BTreeSet<Element> =
            causes.iter().copied().filter(|&element| self.change(element, -1) == 0).collect();
        restored.into_iter().collect()
    }

    /// An event takes something down; whether it worked until now.
    pub fn fail(&mut self, element: Element) -> bool {
        self.by_events.insert(element);
        self.change(element, 1) == 1
    }

    /// The event that keeps something down is over; whether it works now.
    pub fn restore(&mut self, element: Element) -> bool {
        self.by_events.remove(&element);
        self.change(element, -1) == 0
    }

    /// Whether an event keeps it down, whatever else does.
    pub fn is_down_by_event(&self, element: Element) -> bool {
        self.by_events.contains(&element)
    }

    /// Whether something keeps it down.
    pub fn is_down(&self, element: Element) -> bool {
        match element {
            Element::Node(node) => self.nodes[node.index()] > 0,
            Element::Link(link) => self.links[link as usize] > 0,
        }
    }

    /// Links that are down themselves, by number.
    pub fn failed_links(&self) -> impl ExactSizeIterator<Item = bool> {
        self.links.iter().map(|&causes| causes > 0)
    }

    /// Links that end at a node, in order.
    pub fn links_of(&self, node: NodeId) -> &[u32] {
        self.links_of.get(node)
    }

    /// Finds what is down after so many ticks, given all events of the scenario; these are the first ticks. False if
    /// the run has not so many: who asks would wait for draws of periods that never come.
    pub fn skip_to(&mut self, ticks: Tick, events: impl IntoIterator<Item = Event>) -> bool {
        if ticks > self.ticks && !self.units.is_empty() {
            return false;
        }
        for event in events.into_iter().take_while(|event| event.tick < ticks) {
            match event.action {
                Action::FailLink(link) => _ = self.fail(Element::Link(link)),
                Action::RestoreLink(link) => _ = self.restore(Element::Link(link)),
                Action::FailNode(node) => _ = self.fail(Element::Node(node)),
                Action::RestoreNode(node) => _ = self.restore(Element::Node(node)),
                Action::SetCapacity { .. } => {}
            }
        }
        if let Some(now) = ticks.checked_sub(1) {
            let causes = self.pass(now);
            self.begin(&causes.begin);
            self.end(&causes.end);
        }
        true
    }

    /// Changes the number of causes that keep something down, and returns it.
    fn change(&mut self, element: Element, by: i32) -> u32 {
        let causes = match element {
            Element::Node(node) => &mut self.nodes[node.index()],
            Element::Link(link) => &mut self.links[link as usize],
        };
        *causes = causes.strict_add_signed(by);
        *causes
    }
}

impl Unit {
    fn elements<'a>(&self, process: &'a FailureProcess) -> &'a [Element] {
        if process.are_together() {
            &process.elements
        } else {
            std::slice::from_ref(&process.elements[self.member as usize])
        }
    }

    /// The length of its present period, ticks.
    fn draw(&self, process: &FailureProcess, draws: Keyed) -> f64 {
        let FailureTimes::Drawn { up, down, together, .. } = &process.times else { return 0.0 };
        let key = match process.elements[self.member as usize] {
            _ if *together => 0,
            Element::Node(node) => node.0,
            Element::Link(link) => link,
        };
        let periods = if self.over.is_multiple_of(2) { up } else { down };
        periods.length(draws.unit(key, self.over, 0))
    }

    /// Begins its first period; the first tick in which it may change.
    fn begin(&mut self, process: &FailureProcess, draws: Keyed) -> Tick {
        match process.times {
            FailureTimes::Sessions(_) => 0,
            FailureTimes::Drawn { from_tick, .. } => {
                self.ends = f64::from(from_tick) + self.draw(process, draws);
                from_tick
            }
        }
    }

    /// Follows time to the start of tick `now`; the next tick in which it may change, if there is one.
    fn pass(&mut self, process: &FailureProcess, draws: Keyed, now: Tick) -> Option<Tick> {
        match &process.times {
            FailureTimes::Sessions(by_node) => {
                let sessions = by_node[self.member as usize].as_flattened();
                while sessions.get(self.over as usize).is_some_and(|&tick| tick <= now) {
                    self.over += 1;
                }
                self.is_down = self.over.is_multiple_of(2);
                sessions.get(self.over as usize).copied()
            }
            &FailureTimes::Drawn { until_tick, .. } => {
                if now >= until_tick {
                    self.is_down = false;
                    return None;
                }
                while self.ends <= f64::from(now) {
                    self.over += 1;
                    self.ends += self.draw(process, draws);
                }
                self.is_down = !self.over.is_multiple_of(2);
                let next = if self.ends < f64::from(until_tick) { self.ends.ceil() as Tick } else { until_tick };
                Some(next)
            }
        }
    }
}

/// Links by the nodes that they end at.
#[derive(Debug)]
struct LinksOf {
    /// By node, the place of its first link.
    first: Vec<u32>,
    links: Vec<u32>,
}

impl LinksOf {
    fn new(topology: &Topology) -> Self {
        let mut first = vec![0u32; topology.node_count() + 1];
        for (_, a, b, _) in topology.links() {
            first[a.index()] += 1;
            first[b.index()] += 1;
        }
        let mut sum = 0;
        for place in &mut first {
            sum += std::mem::replace(place, sum);
        }
        let (mut next, mut links) = (first.clone(), vec![0; sum as usize]);
        for (link, a, b, _) in topology.links() {
            for end in [a, b] {
                let place = &mut next[end.index()];
                links[*place as usize] = link;
                *place += 1;
            }
        }
        Self { first, links }
    }

    fn get(&self, node: NodeId) -> &[u32] {
        &self.links[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }
}
