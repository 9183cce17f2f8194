//! A few pairs solved exactly together, where ports are left: dynamic programming over the sets that may be open.
//!
//! The states are all subsets of the group that keep to the ports. From one tick with demands to the next: some pairs
//! close, the others pay for the ticks between, some open, then the demands of the closed ones are paid. Subsets of
//! what keeps to the ports keep to them too, so closing and opening go pair by pair, one pass over the states each.

use super::contest::{Contest, FREE_SLOT, Interval};
use super::plan::Plan;

/// More than any cost, and far from overflow.
const FORBIDDEN: i64 = i64::MAX / 4;

/// The best joint choice of a group.
pub(super) struct Choice {
    /// What the group gains against being closed, units.
    pub gain: i64,
    /// Intervals of each member, in the order of the group.
    pub intervals: Vec<Vec<Interval>>,
}

/// How large a problem may be that is solved exactly.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Sets that may be open.
    pub states: usize,
    /// Sets times ticks with demands.
    pub cells: usize,
}

/// Solves the pairs of `group`, all closed in `plan`, where the plan leaves room; `None` if the limits are passed.
pub(super) fn solve(contest: &Contest, group: &[u32], plan: &Plan, limits: Limits) -> Option<Choice> {
    let states = States::list(contest, group, limits.states)?;
    let timeline = timeline(contest, group);
    let steps = timeline.chunk_by(|a, b| a.0 == b.0).count();
    if steps.saturating_mul(states.sets.len()) > limits.cells {
        return None;
    }
    let mut sweep = Sweep::new(contest, plan, &states);
    for requests in timeline.chunk_by(|a, b| a.0 == b.0) {
        sweep.step(requests);
    }
    let nothing: i64 = timeline.iter().map(|&(_, _, demand)| contest.demands[demand as usize].saving).sum();
    let (state, cost) = sweep.best();
    Some(Choice { gain: nothing - cost, intervals: sweep.trace(state, &timeline) })
}

/// Demands of the group in the order of time: tick, member, number of the demand.
fn timeline(contest: &Contest, group: &[u32]) -> Vec<(i64, u32, u32)> {
    let mut timeline = Vec::new();
    for (member, &pair) in group.iter().enumerate() {
        for number in contest.starts[pair as usize]..contest.starts[pair as usize + 1] {
            timeline.push((contest.demands[number].tick, member as u32, number as u32));
        }
    }
    timeline.sort_unstable();
    timeline
}

/// The members of the group that meet at a binding node.
struct Meeting {
    members: u64,
    /// The node's slots from the first to the last demand of the group.
    slots: std::ops::Range<u32>,
}

/// All sets of members that keep to the ports.
struct States {
    sets: Vec<u64>,
    /// Pairs (set, the set without one member), member by member.
    links: Vec<(u16, u16)>,
    meetings: Vec<Meeting>,
}

impl States {
    fn list(contest: &Contest, group: &[u32], most: usize) -> Option<States> {
        if group.len() > 64 {
            return None;
        }
        let meetings = meetings(contest, group);
        let fits = |set: u64| meetings.iter().all(|at| (set & at.members).count_ones() <= contest.ports as u32);
        let mut sets = vec![0];
        for member in 0..group.len() {
            for index in 0..sets.len() {
                let larger = sets[index] | 1 << member;
                if fits(larger) {
                    sets.push(larger);
                }
            }
            if sets.len() > most.min(u16::MAX as usize) {
                return None;
            }
        }
        let links = links(&sets, group.len());
        Some(States { sets, links, meetings })
    }
}

/// The list of sets is sorted, since each member is added to all sets of the members before it.
fn links(sets: &[u64], members: usize) -> Vec<(u16, u16)> {
    let mut links = Vec::new();
    for member in 0..members {
        for (index, &set) in sets.iter().enumerate().filter(|&(_, &set)| set >> member & 1 == 1) {
            let smaller = sets.binary_search(&(set & !(1 << member))).expect("every subset keeps to the ports");
            links.push((index as u16, smaller as u16));
        }
    }
    links
}

fn meetings(contest: &Contest, group: &[u32]) -> Vec<Meeting> {
    let mut ends: Vec<(u32, u64, u32, u32)> = Vec::new();
    for (member, &pair) in group.iter().enumerate() {
        let demands = contest.demands_of(pair as usize);
        for (end, node) in contest.pairs[pair as usize].ends().into_iter().enumerate() {
            let (first, last) = (demands[0].slots[end], demands[demands.len() - 1].slots[end]);
            if first != FREE_SLOT {
                ends.push((node, 1 << member, first, last));
            }
        }
    }
    ends.sort_unstable();
    let meet = |same: &[(u32, u64, u32, u32)]| Meeting {
        members: same.iter().fold(0, |members, end| members | end.1),
        slots: same.iter().map(|end| end.2).min().unwrap_or(0)..same.iter().map(|end| end.3 + 1).max().unwrap_or(0),
    };
    ends.chunk_by(|a, b| a.0 == b.0).map(meet).collect()
}

/// The programme's state at the present tick, and where each state came from at all earlier ones.
struct Sweep<'a> {
    contest: &'a Contest,
    plan: &'a Plan,
    states: &'a States,
    costs: Vec<i64>,
    came_from: Vec<u16>,
    trails: Vec<u16>,
    /// The next slot of each meeting.
    next_slots: Vec<u32>,
    last_tick: Option<i64>,
}

impl<'a> Sweep<'a> {
    fn new(contest: &'a Contest, plan: &'a Plan, states: &'a States) -> Self {
        let mut costs = vec![FORBIDDEN; states.sets.len()];
        costs[0] = 0;
        let next_slots = states.meetings.iter().map(|at| at.slots.start).collect();
        let came_from = vec![0; states.sets.len()];
        Sweep { contest, plan, states, costs, came_from, trails: Vec::new(), next_slots, last_tick: None }
    }

    /// Passes the ticks since the last demands, then those of this tick.
    fn step(&mut self, requests: &[(i64, u32, u32)]) {
        let tick = requests[0].0;
        self.forget_origins();
        self.close();
        if let Some(last) = self.last_tick {
            self.pass_gap(tick, tick - last - 1);
        }
        self.keep_origins();
        self.forget_origins();
        self.open();
        self.keep_to_ports_at(tick);
        self.pay(requests);
        self.keep_origins();
        self.last_tick = Some(tick);
    }

    fn forget_origins(&mut self) {
        for (index, from) in self.came_from.iter_mut().enumerate() {
            *from = index as u16;
        }
    }

    fn keep_origins(&mut self) {
        self.trails.extend_from_slice(&self.came_from);
    }

    fn close(&mut self) {
        for &(larger, smaller) in &self.states.links {
            let cost = self.costs[larger as usize];
            if cost < self.costs[smaller as usize] {
                self.costs[smaller as usize] = cost;
                self.came_from[smaller as usize] = self.came_from[larger as usize];
            }
        }
    }

    fn open(&mut self) {
        for &(larger, smaller) in &self.states.links {
            let cost = self.costs[smaller as usize] + self.contest.opening;
            if cost < self.costs[larger as usize] {
                self.costs[larger as usize] = cost;
                self.came_from[larger as usize] = self.came_from[smaller as usize];
            }
        }
    }

    /// Ticks without demands of the group: ports that others use there must be left to them.
    fn pass_gap(&mut self, tick: i64, ticks: i64) {
        for number in 0..self.states.meetings.len() {
            let end = self.states.meetings[number].slots.end;
            let from = self.next_slots[number];
            let ahead = &self.contest.slot_ticks[from as usize..end as usize];
            let to = from + ahead.partition_point(|&slot_tick| slot_tick < tick) as u32;
            self.next_slots[number] = to;
            self.keep_to_ports(number, self.plan.largest_load(from, to));
        }
        self.hold(ticks);
    }

    fn keep_to_ports_at(&mut self, tick: i64) {
        for number in 0..self.states.meetings.len() {
            let slot = self.next_slots[number];
            if slot < self.states.meetings[number].slots.end && self.contest.slot_ticks[slot as usize] == tick {
                self.next_slots[number] = slot + 1;
                self.keep_to_ports(number, self.plan.load(slot as usize));
            }
        }
    }

    /// Forbids the sets with more members at a meeting than the load of others leaves ports.
    fn keep_to_ports(&mut self, meeting: usize, load: i16) {
        let members = self.states.meetings[meeting].members;
        let room = (self.contest.ports - load) as u32;
        if members.count_ones() <= room || load == 0 {
            return;
        }
        for (cost, set) in self.costs.iter_mut().zip(&self.states.sets) {
            if (set & members).count_ones() > room {
                *cost = FORBIDDEN;
            }
        }
    }

    fn hold(&mut self, ticks: i64) {
        let upkeep = self.contest.upkeep * ticks;
        for (cost, set) in self.costs.iter_mut().zip(&self.states.sets) {
            let held = upkeep.saturating_mul(i64::from(set.count_ones()));
            *cost = cost.saturating_add(held).min(FORBIDDEN);
        }
    }

    fn pay(&mut self, requests: &[(i64, u32, u32)]) {
        self.hold(1);
        for &(_, member, demand) in requests {
            let saving = self.contest.demands[demand as usize].saving;
            for (cost, set) in self.costs.iter_mut().zip(&self.states.sets) {
                *cost += if set >> member & 1 == 0 { saving } else { 0 };
            }
        }
        self.costs.iter_mut().for_each(|cost| *cost = (*cost).min(FORBIDDEN));
    }

    fn best(&self) -> (usize, i64) {
        let best = (0..self.costs.len()).min_by_key(|&state| self.costs[state]).expect("nothing open is a state");
        (best, self.costs[best])
    }

    /// Follows the origins back from the best last state.
    fn trace(&self, last: usize, timeline: &[(i64, u32, u32)]) -> Vec<Vec<Interval>> {
        let width = self.states.sets.len();
        let steps: Vec<_> = timeline.chunk_by(|a, b| a.0 == b.0).collect();
        let mut writer = Writer::new(timeline);
        let mut state = last;
        for (step, requests) in steps.iter().enumerate().rev() {
            let kept = self.trails[(2 * step + 1) * width + state] as usize;
            writer.note(requests, self.states.sets[state], self.states.sets[kept]);
            state = self.trails[2 * step * width + kept] as usize;
        }
        writer.finish()
    }
}

/// Writes intervals down while time runs backwards.
struct Writer {
    intervals: Vec<Vec<Interval>>,
    /// The last demand of the interval that each member is in.
    ends: Vec<Option<u32>>,
    /// The demand of each member that was passed last.
    passed: Vec<u32>,
}

impl Writer {
    fn new(timeline: &[(i64, u32, u32)]) -> Self {
        let members = timeline.iter().map(|request| request.1 as usize + 1).max().unwrap_or(0);
        Writer { intervals: vec![Vec::new(); members], ends: vec![None; members], passed: vec![0; members] }
    }

    /// A tick in which `set` is open, of which `kept` was open before.
    fn note(&mut self, requests: &[(i64, u32, u32)], set: u64, kept: u64) {
        for &(_, member, demand) in requests {
            self.passed[member as usize] = demand;
            if set >> member & 1 == 1 && self.ends[member as usize].is_none() {
                self.ends[member as usize] = Some(demand);
            }
        }
        self.begin(set & !kept);
    }

    /// Members that opened in this tick: their intervals are complete.
    fn begin(&mut self, mut opened: u64) {
        while opened != 0 {
            let member = opened.trailing_zeros() as usize;
            opened &= opened - 1;
            if let Some(last) = self.ends[member].take() {
                self.intervals[member].push(Interval { first: self.passed[member], last });
            }
        }
    }

    fn finish(mut self) -> Vec<Vec<Interval>> {
        self.intervals.iter_mut().for_each(|intervals| intervals.reverse());
        self.intervals
    }
}
