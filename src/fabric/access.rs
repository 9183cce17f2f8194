//! Accesses under way: a slab of slots, and the wheel of those in transit.

use std::collections::BTreeMap;

use prefetch_index::prefetch_index;

use crate::scenario::Tick;
use crate::topology::NodeId;

/// Index of an access in the [`AccessSlab`], valid while it is under way.
pub type Slot = u32;

/// No slot, no port, no wormhole.
pub const NONE: u32 = u32::MAX;

/// One access, in one cache line. `latency = propagation + node_wait + link_wait + setup` when it is delivered.
///
/// Four bytes of the line are free; what is rarely read, such as the way back of an answer, belongs into an array
/// beside the slab, by the same slots.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub struct Access {
    /// Where it started.
    pub origin: NodeId,
    /// Where it goes.
    pub target: NodeId,
    /// The target's place in the router's tables.
    pub locator: Locator,
    /// Where it is, or, in transit, is about to arrive.
    pub at: NodeId,
    /// The port that it last departed through.
    pub via: u32,
    /// The wormhole that it last departed over, or [`NONE`]: ports are used again, wormhole ids are not.
    pub over: u32,
    /// Next in the same FIFO, or in a list of slots.
    pub next: Slot,
    /// Tick of injection.
    pub born: Tick,
    /// Hops begun.
    pub hops: u32,
    /// Ticks in transit, and of processing before it.
    pub propagation: u32,
    /// Ticks in FIFOs of nodes.
    pub node_wait: u32,
    /// Ticks in FIFOs of ports.
    pub link_wait: u32,
    /// Ticks waited for wormholes that were being set up.
    pub setup: u32,
    /// Size.
    pub size: f32,
}

impl Access {
    /// Ticks since its injection that its parts account for: until it joined the FIFO that it is in, or until it
    /// arrives.
    #[inline]
    pub fn age(&self) -> u32 {
        self.propagation + self.node_wait + self.link_wait + self.setup
    }
}

/// A target as Q-rows are addressed: its shard, and its number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locator {
    /// Shard of the target.
    pub shard: u32,
    /// Rank of the target within its shard.
    pub local: u32,
}

/// All accesses under way, in slots that are used again.
#[derive(Debug, Clone, Default)]
pub struct AccessSlab {
    slots: Vec<Access>,
    free: Option<Slot>,
    in_use: u32,
}

impl AccessSlab {
    /// Every slot, those in use and those that are free.
    pub(super) fn slots_mut(&mut self) -> impl Iterator<Item = &mut Access> {
        self.slots.iter_mut()
    }

    /// Number of accesses under way.
    pub fn len(&self) -> u32 {
        self.in_use
    }

    /// Whether none is under way.
    pub fn is_empty(&self) -> bool {
        self.in_use == 0
    }

    /// Stores an access.
    pub fn insert(&mut self, access: Access) -> Slot {
        self.in_use += 1;
        match self.free {
            Some(slot) => {
                let entry = &mut self.slots[slot as usize];
                self.free = (entry.next != NONE).then_some(entry.next);
                *entry = access;
                slot
            }
            None => {
                self.slots.push(access);
                (self.slots.len() - 1) as Slot
            }
        }
    }

    /// Frees a slot and returns what was in it.
    pub fn remove(&mut self, slot: Slot) -> Access {
        let access = self.slots[slot as usize];
        self.slots[slot as usize].next = self.free.unwrap_or(NONE);
        self.free = Some(slot);
        self.in_use -= 1;
        access
    }

    /// Begins to read the access in a slot.
    #[inline]
    pub fn prefetch(&self, slot: Slot) {
        prefetch_index(&self.slots, slot as usize);
    }

    /// The access in a slot.
    #[inline]
    pub fn get(&self, slot: Slot) -> &Access {
        &self.slots[slot as usize]
    }

    /// The access in a slot.
    #[inline]
    pub fn get_mut(&mut self, slot: Slot) -> &mut Access {
        &mut self.slots[slot as usize]
    }
}

/// Accesses in transit, by tick of arrival; within a tick in the order of departure.
///
/// A wheel of buckets for the near future and an ordered map for what lies beyond it (long wormholes).
#[derive(Debug, Clone)]
pub struct Transit {
    buckets: Vec<Vec<Slot>>,
    far: BTreeMap<Tick, Vec<Slot>>,
    count: u32,
}

impl Transit {
    const MAX_BUCKETS: usize = 4096;

    /// A wheel that reaches at least `latency` ticks ahead, up to a limit.
    pub fn new(latency: u32) -> Self {
        let buckets = (latency as usize + 2).next_power_of_two().min(Self::MAX_BUCKETS);
        Self { buckets: vec![Vec::new(); buckets], far: BTreeMap::new(), count: 0 }
    }

    /// Accesses in transit.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether none is in transit.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Lets `slot`, departing in tick `now`, arrive in tick `due` > `now`.
    #[inline]
    pub fn push(&mut self, now: Tick, due: Tick, slot: Slot) {
        self.count += 1;
        if ((due - now) as usize) < self.buckets.len() {
            let mask = self.buckets.len() - 1;
            self.buckets[due as usize & mask].push(slot);
        } else {
            self.far.entry(due).or_default().push(slot);
        }
    }

    /// Moves the accesses that arrive in tick `now` into `due`, which comes empty.
    #[inline]
    pub fn pop(&mut self, now: Tick, due: &mut Vec<Slot>) {
        let mask = self.buckets.len() - 1;
        std::mem::swap(due, &mut self.buckets[now as usize & mask]);
        if !self.far.is_empty()
            && let Some(mut first) = self.far.remove(&now)
        {
            first.append(due);
            *due = first;
        }
        self.count -= due.len() as u32;
    }

    /// Takes out every access for which `lost` holds, in order of arrival from tick `now` on.
    pub fn extract(&mut self, now: Tick, mut lost: impl FnMut(Slot) -> bool) -> Vec<Slot> {
        let mut taken = Vec::new();
        let mut sift = |bucket: &mut Vec<Slot>| {
            bucket.retain(|&slot| {
                let out = lost(slot);
                if out {
                    taken.push(slot);
                }
                !out
            });
        };
        let mask = self.buckets.len() - 1;
        let beyond = now.saturating_add(self.buckets.len() as Tick);
        for due in now..beyond {
            self.far.get_mut(&due).into_iter().for_each(&mut sift);
            sift(&mut self.buckets[due as usize & mask]);
        }
        self.far.range_mut(beyond..).for_each(|(_, bucket)| sift(bucket));
        self.far.retain(|_, bucket| !bucket.is_empty());
        self.count -= taken.len() as u32;
        taken
    }

    /// Every access in transit with its tick of arrival, given that tick `now` has been popped, in the order in which
    /// [`Self::pop`] will give them: pushed in this order they come back in it.
    pub fn in_order(&self, now: Tick) -> Vec<(Tick, Slot)> {
        let mask = self.buckets.len() - 1;
        let last = now.saturating_add(self.buckets.len() as Tick);
        let mut all = Vec::new();
        for due in now + 1..=last {
            let far = self.far.get(&due).into_iter().flatten();
            all.extend(far.chain(&self.buckets[due as usize & mask]).map(|&slot| (due, slot)));
        }
        all.extend(self.far.range(last + 1..).flat_map(|(&due, slots)| slots.iter().map(move |&slot| (due, slot))));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transit_keeps_time_and_order_near_and_far() {
        let mut transit = Transit::new(2);
        let arrivals = [(3, 10), (1, 11), (9, 12), (3, 13), (5000, 14), (9, 15)];
        for (due, slot) in arrivals {
            transit.push(0, due, slot);
        }
        assert_eq!(transit.in_order(0), [(1, 11), (3, 10), (3, 13), (9, 12), (9, 15), (5000, 14)]);
        let mut seen = Vec::new();
        for now in 1..=5000 {
            let mut due = Vec::new();
            transit.pop(now, &mut due);
            seen.extend(due.into_iter().map(|slot| (now, slot)));
        }
        assert_eq!(seen, [(1, 11), (3, 10), (3, 13), (9, 12), (9, 15), (5000, 14)]);
    }

    #[test]
    fn an_access_that_waits_beyond_the_wheel_comes_before_later_departures() {
        let mut transit = Transit::new(2);
        transit.push(0, 8, 1);
        transit.push(7, 8, 2);
        assert_eq!(transit.in_order(7), [(8, 1), (8, 2)]);
        let mut due = Vec::new();
        transit.pop(8, &mut due);
        assert_eq!(due, [1, 2]);
    }
}
