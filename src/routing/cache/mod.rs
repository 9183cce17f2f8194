//! Route cache: answers to queries, kept until a change of the network can affect them.
//!
//! A route is dropped when a port of it closes or gets dearer, or when a link {u, v} with a direction that opened or
//! got cheaper, to the cost c, could beat it: when `d(s,u) + c + d(v,t)`, or the same by way of the other direction, is
//! less than the route's cost, d being distances after the change, found by a search from each end (one along the ports
//! and one against them, where costs differ by direction). Without a limit of hops that test is exact: a route that is
//! dropped was wrong. With a limit, the fewest hops by way of the link must not exceed it either; a route may meet both
//! conditions and still be the best, because no single path need meet both. "No path" is an answer too, dropped when a
//! link opens that joins the two nodes within the limit. (It is not dropped when a path whose cost exceeded the largest
//! number gets cheaper without an opening.)
//!
//! A full cache evicts by CLOCK (Corbató 1968): a hand goes round the entries and takes the first that was not asked
//! for since it last passed. Capacity is a number of entries. Not thread-safe. Warming counts as neither hit nor miss.

use hashbrown::HashTable;

use super::cost::CostKind;
use super::fields::{IncomingLinks, Reversed, grow};
use super::heap::Heap;
use super::link_change::{DirectionChange, LinkChange};
use super::query::Query;
use super::route::Route;
use super::view::UNREACHED;
use super::view::View;

/// The key of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// What was asked for.
    pub query: Query,
    /// What the path has least of.
    pub kind: CostKind,
}

impl Key {
    /// Multiplies and folds; the same on every machine.
    #[inline]
    fn hash(&self) -> u64 {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let Query { from, to, max_hops } = self.query;
        let ends = u64::from(from) << 32 | u64::from(to);
        let how = u64::from(max_hops.map_or(0, |most| most ^ 0x8000_0000)) << 8 | self.kind as u64;
        let wide = u128::from(ends ^ how.wrapping_mul(ODD)) * u128::from(ODD);
        (wide >> 64) as u64 ^ wide as u64
    }
}

/// Counters since the cache was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answers given without a search.
    pub hits: u64,
    /// Answers that took a search.
    pub misses: u64,
    /// Entries dropped because of a change.
    pub invalidations: u64,
    /// Entries dropped to make room.
    pub evictions: u64,
}

#[derive(Debug)]
struct Entry {
    key: Key,
    /// Meaningless if nothing was found.
    route: Route,
    found: bool,
    /// Asked for since the hand passed.
    used: bool,
    /// False in the list of free places.
    live: bool,
}

/// The entries, and scratch space.
#[derive(Debug)]
pub struct Cache {
    table: HashTable<u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    capacity: usize,
    hand: usize,
    counts: Counts,
    /// To both ends of a link that changed.
    to_end: [Reach; 2],
    /// From both ends, where that is not the same.
    from_end: [Reach; 2],
}

/// Costs and hops to one end of a link, or from it.
#[derive(Debug, Default)]
struct Reach {
    distances: Vec<u32>,
    hops: Vec<u32>,
    heap: Heap,
    queue: Vec<u32>,
}

impl Cache {
    /// With room for `capacity` routes, at least one.
    pub fn new(capacity: usize) -> Self {
        Self {
            table: HashTable::new(),
            entries: Vec::new(),
            free: Vec::new(),
            capacity: capacity.max(1),
            hand: 0,
            counts: Counts::default(),
            to_end: Default::default(),
            from_end: Default::default(),
        }
    }

    /// Counters since the cache was made.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Number of answers kept.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Memory of what is kept, bytes.
    pub fn bytes(&self) -> usize {
        let of = |entry: &Entry| size_of::<u32>() * (entry.route.nodes.capacity() + entry.route.ports.capacity());
        let routes: usize = self.entries.iter().map(of).sum();
        size_of::<Entry>() * self.entries.capacity() + self.table.allocation_size() + routes
    }

    /// The best route, or `None` if there is none. If it is not kept, `find` writes it and returns whether there is
    /// one.
    #[inline]
    pub fn route(&mut self, key: Key, find: impl FnOnce(&mut Route) -> bool) -> Option<&Route> {
        let at = if let Some(&at) = self.table.find(key.hash(), |&at| self.entries[at as usize].key == key) {
            self.counts.hits += 1;
            self.entries[at as usize].used = true;
            at
        } else {
            self.counts.misses += 1;
            self.insert(key, find)
        };
        let entry = &self.entries[at as usize];
        entry.found.then_some(&entry.route)
    }

    /// Finds those routes of `keys` that are not kept, because they will be asked for. Beyond the capacity they evict
    /// each other.
    pub fn warm(&mut self, keys: impl IntoIterator<Item = Key>, mut find: impl FnMut(Key, &mut Route) -> bool) {
        for key in keys {
            if !self.holds(key) {
                self.insert(key, |route| find(key, route));
            }
        }
    }

    /// Whether the answer to a query is kept; counts nothing.
    pub fn holds(&self, key: Key) -> bool {
        self.table.find(key.hash(), |&at| self.entries[at as usize].key == key).is_some()
    }

    #[cold]
    fn insert(&mut self, key: Key, find: impl FnOnce(&mut Route) -> bool) -> u32 {
        let at = if let Some(at) = self.free.pop() {
            at
        } else if self.entries.len() < self.capacity {
            self.entries.push(Entry { key, route: Route::default(), found: false, used: false, live: false });
            self.entries.len() as u32 - 1
        } else {
            self.evict()
        };
        let entry = &mut self.entries[at as usize];
        entry.found = find(&mut entry.route);
        (entry.key, entry.used, entry.live) = (key, false, true);
        self.table.insert_unique(key.hash(), at, |&at| self.entries[at as usize].key.hash());
        at
    }

    /// Frees a place by CLOCK; all places are taken.
    fn evict(&mut self) -> u32 {
        while std::mem::take(&mut self.entries[self.hand].used) {
            self.hand = (self.hand + 1) % self.capacity;
        }
        let at = self.hand;
        self.hand = (self.hand + 1) % self.capacity;
        self.counts.evictions += 1;
        self.unlink(at);
        at as u32
    }

    fn unlink(&mut self, at: usize) {
        self.entries[at].live = false;
        let hash = self.entries[at].key.hash();
        let place = self.table.find_entry(hash, |&other| other as usize == at);
        place.expect("what is kept is in the table").remove();
    }

    /// Drops what a change can affect, among the routes of one kind; `view` is that kind's, after the change.
    pub fn follow(&mut self, kind: CostKind, view: &View, change: &LinkChange) {
        if change.before == change.after {
            return;
        }
        let [forth, back] = change.directions();
        let any_cheaper = [forth, back].iter().any(is_cheaper);
        if any_cheaper && !self.search_from_ends(kind, view, change) {
            return;
        }
        let opened = [forth, back].iter().any(|direction| is_cheaper(direction) && direction.before == UNREACHED);
        let is_dearer =
            |port: &u32| (0..2).any(|side| change.ports[side] == *port && change.after[side] > change.before[side]);
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            if !entry.live || entry.key.kind != kind {
                continue;
            }
            let beaten = any_cheaper && (entry.found || opened) && self.could_beat(entry, view, change);
            if beaten || (entry.found && entry.route.ports.iter().any(is_dearer)) {
                self.unlink(at);
                self.free.push(at as u32);
                self.counts.invalidations += 1;
            }
        }
    }

    /// Searches from both ends of a link that got cheaper, as far as the routes of a kind make necessary; false if
    /// there are none.
    fn search_from_ends(&mut self, kind: CostKind, view: &View, change: &LinkChange) -> bool {
        let opened = change.directions().iter().any(|direction| is_cheaper(direction) && direction.before == UNREACHED);
        let (mut any, mut costs, mut hops) = (false, 0, 0);
        for entry in self.entries.iter().filter(|entry| entry.live && entry.key.kind == kind) {
            any = true;
            costs = costs.max(match (entry.found, entry.key.query.max_hops) {
                (true, _) => entry.route.cost,
                // Whether two nodes are connected takes a search of their whole component.
                (false, None) if opened => UNREACHED,
                (false, _) => 0,
            });
            hops = hops.max(entry.key.query.max_hops.unwrap_or(0));
        }
        if any {
            let cheapest = change.after[0].min(change.after[1]);
            let (costs, hops) = (costs.saturating_sub(cheapest), hops.saturating_sub(1));
            for (reach, end) in self.to_end.iter_mut().zip(change.ends) {
                reach.search(view, end, costs, hops);
            }
            if !view.is_symmetric() {
                for (reach, end) in self.from_end.iter_mut().zip(change.ends) {
                    reach.search(&Reversed(view), end, costs, hops);
                }
            }
        }
        any
    }

    /// Whether a path by way of a direction that got cheaper could be better than what an entry holds.
    fn could_beat(&self, entry: &Entry, view: &View, change: &LinkChange) -> bool {
        let Query { from, to, max_hops } = entry.key.query;
        let from_end = if view.is_symmetric() { &self.to_end } else { &self.from_end };
        let beats = |(side, direction): (usize, DirectionChange)| {
            let least = |of: fn(&Reach) -> &[u32], own: u32| {
                let [near, far] = [of(&self.to_end[side])[from as usize], of(&from_end[1 - side])[to as usize]];
                near.saturating_add(own).saturating_add(far)
            };
            let fits = max_hops.is_none_or(|most| least(|reach| &reach.hops, 1) <= most);
            let best = if entry.found { entry.route.cost } else { UNREACHED };
            // Where no path was short enough in hops, costs say nothing.
            is_cheaper(&direction)
                && fits
                && (max_hops.is_some() && !entry.found || least(|reach| &reach.distances, direction.after) < best)
        };
        change.directions().into_iter().enumerate().any(beats)
    }
}

fn is_cheaper(direction: &DirectionChange) -> bool {
    direction.after < direction.before
}

impl Reach {
    /// Costs to `end` up to `max_cost`, and hops up to `max_hops`; beyond, both are larger.
    fn search(&mut self, view: &impl IncomingLinks, end: u32, max_cost: u32, max_hops: u32) {
        self.distances.resize(view.nodes(), UNREACHED);
        self.distances.fill(UNREACHED);
        grow(&[end], view, &mut self.distances, &mut self.heap, |_, distance| distance <= max_cost);
        self.hops.resize(view.nodes(), UNREACHED);
        self.hops.fill(UNREACHED);
        self.hops[end as usize] = 0;
        self.queue.clear();
        self.queue.push(end);
        let mut next = 0;
        while let Some(&x) = self.queue.get(next) {
            let hops = self.hops[x as usize];
            if hops == max_hops {
                break;
            }
            for (y, cost) in view.incoming(x) {
                if cost != UNREACHED && self.hops[y as usize] == UNREACHED {
                    self.hops[y as usize] = hops + 1;
                    self.queue.push(y);
                }
            }
            next += 1;
        }
    }
}

#[cfg(test)]
mod tests;
