//! Route cache: answers to queries, kept until a change can affect them.
//!
//! A route is dropped when a link of it closes or gets another cost, or when a link {u, v} that opened or got cheaper, to
//! the cost c, could beat it: when `min(d(s,u) + c + d(v,t), d(s,v) + c + d(u,t))` is less than the route's cost, d being
//! distances after the change, found by two searches. That test is exact: what is dropped without a limit of hops was
//! wrong. With a limit, the fewest hops by way of the link must not exceed it either; a route that passes both tests may
//! still be the best one, because one path need not pass both. "No path" is an answer too, dropped when a link opens
//! that joins the two nodes, within the limit. (It is not dropped when a way that was too long for a number gets shorter
//! without an opening, which takes costs beyond 4 thousand million.)
//!
//! When the cache is full, a hand goes round the entries and takes the first that was not asked for since it last
//! passed (CLOCK: Corbató 1968). Room is bounded by the number of entries. Not thread-safe; every hit is counted as one,
//! and warming is neither hit nor miss.

use hashbrown::HashTable;

use super::cost::Kind;
use super::fields::grow;
use super::heap::Heap;
use super::query::Query;
use super::repriced::Repriced;
use super::route::Route;
use super::search::UNREACHED;
use super::view::View;

/// What a route is kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// What was asked for.
    pub query: Query,
    /// What is least on the path.
    pub kind: Kind,
}

impl Key {
    /// Multiplies and folds; the same everywhere.
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

/// What happened so far.
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
    /// Without meaning if nothing was found.
    route: Route,
    found: bool,
    /// Asked for since the hand passed.
    used: bool,
    /// False in the list of free places.
    live: bool,
}

/// The routes, and scratch space.
#[derive(Debug)]
pub struct Cache {
    table: HashTable<u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    most: usize,
    hand: usize,
    counts: Counts,
    reach: [Reach; 2],
}

/// Costs and hops from one end of a link.
#[derive(Debug, Default)]
struct Reach {
    distances: Vec<u32>,
    hops: Vec<u32>,
    heap: Heap,
    queue: Vec<u32>,
}

impl Cache {
    /// Room for `most` routes, one at the least.
    pub fn new(most: usize) -> Self {
        Self {
            table: HashTable::new(),
            entries: Vec::new(),
            free: Vec::new(),
            most: most.max(1),
            hand: 0,
            counts: Counts::default(),
            reach: Default::default(),
        }
    }

    /// What happened so far.
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

    /// The best route, or `None` if there is none. If it is not kept, `find` is to write it and to say whether there is one.
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

    /// Finds the routes of `keys`, as far as they are not kept, because they will be asked for. More than the cache has
    /// room for push each other out.
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
        } else if self.entries.len() < self.most {
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

    /// Makes a place free by the hand's rule; all places are taken.
    fn evict(&mut self) -> u32 {
        while std::mem::take(&mut self.entries[self.hand].used) {
            self.hand = (self.hand + 1) % self.most;
        }
        let at = self.hand;
        self.hand = (self.hand + 1) % self.most;
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
    pub fn follow(&mut self, kind: Kind, view: &View, link: &Repriced) {
        if link.before == link.after {
            return;
        }
        let cheaper = link.after < link.before;
        if cheaper && !self.look_around(kind, view, link) {
            return;
        }
        let opened = link.before == UNREACHED;
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            if !entry.live || entry.key.kind != kind {
                continue;
            }
            let affected = if cheaper {
                (entry.found || opened) && self.could_beat(entry, link)
            } else {
                entry.found && entry.route.ports.iter().any(|port| link.ports.contains(port))
            };
            if affected {
                self.unlink(at);
                self.free.push(at as u32);
                self.counts.invalidations += 1;
            }
        }
    }

    /// Searches from both ends of a link that got cheaper, as far as the routes of a kind make necessary; false if there
    /// are none.
    fn look_around(&mut self, kind: Kind, view: &View, link: &Repriced) -> bool {
        let (mut any, mut costs, mut hops) = (false, 0, 0);
        for entry in self.entries.iter().filter(|entry| entry.live && entry.key.kind == kind) {
            any = true;
            costs = costs.max(match (entry.found, entry.key.query.max_hops) {
                (true, _) => entry.route.cost,
                // To know whether two nodes are joined takes all of their part of the network.
                (false, None) if link.before == UNREACHED => UNREACHED,
                (false, _) => 0,
            });
            hops = hops.max(entry.key.query.max_hops.unwrap_or(0));
        }
        if any {
            for (reach, end) in self.reach.iter_mut().zip(link.ends) {
                reach.search(view, end, costs.saturating_sub(link.after), hops.saturating_sub(1));
            }
        }
        any
    }

    /// Whether a path by way of a link that got cheaper could be better than what an entry holds.
    fn could_beat(&self, entry: &Entry, link: &Repriced) -> bool {
        let Query { from, to, max_hops } = entry.key.query;
        let least = |of: fn(&Reach) -> &[u32], own: u32| {
            let [u, v] = [of(&self.reach[0]), of(&self.reach[1])];
            let through =
                |near: &[u32], far: &[u32]| near[from as usize].saturating_add(own).saturating_add(far[to as usize]);
            through(u, v).min(through(v, u))
        };
        let fits = || max_hops.is_none_or(|most| least(|reach| &reach.hops, 1) <= most);
        let better =
            || least(|reach| &reach.distances, link.after) < if entry.found { entry.route.cost } else { UNREACHED };
        // A limited path that was not found for its hops is not judged by costs.
        fits() && (max_hops.is_some() && !entry.found || better())
    }
}

impl Reach {
    /// Costs from `end` up to `most_cost`, and links up to `most_hops`. What is beyond has more than that.
    fn search(&mut self, view: &View, end: u32, most_cost: u32, most_hops: u32) {
        self.distances.resize(view.nodes(), UNREACHED);
        self.distances.fill(UNREACHED);
        grow(&[end], view, &mut self.distances, &mut self.heap, |_, distance| distance <= most_cost);
        self.hops.resize(view.nodes(), UNREACHED);
        self.hops.fill(UNREACHED);
        self.hops[end as usize] = 0;
        self.queue.clear();
        self.queue.push(end);
        let mut next = 0;
        while let Some(&x) = self.queue.get(next) {
            let hops = self.hops[x as usize];
            if hops == most_hops {
                break;
            }
            for (_, y, _) in view.ports(x) {
                if self.hops[y as usize] == UNREACHED {
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
