//! What open wormholes carry, in slots that are used again when they close: memory for as many as there are ports.

use super::Passed;
use super::access::NONE;

/// Counters of one wormhole.
#[derive(Debug, Clone, Copy, Default)]
struct Carried {
    /// Traversals since they were last taken, from each side.
    traversals: [u32; 2],
    /// Accesses that departed since it opened: from the end with the smaller id, and from the other.
    passed: [Passed; 2],
}

/// Counters of all wormholes that have ports.
#[derive(Debug)]
pub(super) struct LiveSlots {
    /// Slot by port, or [`NONE`].
    of_port: Vec<u32>,
    carried: Vec<Carried>,
    /// Traversals by slot and shard of the target, smoothed.
    destinations: Vec<f64>,
    free: Vec<u32>,
    shards: u32,
}

impl LiveSlots {
    /// No wormhole yet, for so many ports, with destinations told apart by so many shards.
    pub fn new(ports: usize, shards: u32) -> Self {
        let (carried, destinations, free) = (Vec::new(), Vec::new(), Vec::new());
        Self { of_port: vec![NONE; ports], carried, destinations, free, shards }
    }

    /// Number of shards.
    pub fn shards(&self) -> usize {
        self.shards as usize
    }

    /// Takes a slot for the wormhole that has these ports.
    pub fn take(&mut self, ports: [u32; 2]) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.carried.push(Carried::default());
            self.destinations.resize(self.carried.len() * self.shards as usize, 0.0);
            self.carried.len() as u32 - 1
        });
        self.carried[slot as usize] = Carried::default();
        ports.into_iter().for_each(|port| self.of_port[port as usize] = slot);
        self.destinations_mut(ports[0]).fill(0.0);
    }

    /// Frees the slot of the wormhole that has these ports, and returns what passed it since it opened.
    pub fn free(&mut self, ports: [u32; 2]) -> [Passed; 2] {
        let slot = self.of_port[ports[0] as usize];
        ports.into_iter().for_each(|port| self.of_port[port as usize] = NONE);
        self.free.push(slot);
        self.carried[slot as usize].passed
    }

    /// Notes a departure through a port, from a `side`, for a target in `shard`.
    #[inline]
    pub fn note(&mut self, port: u32, side: usize, shard: u32) {
        let slot = self.of_port[port as usize] as usize;
        let carried = &mut self.carried[slot];
        carried.traversals[side] += 1;
        carried.passed[side].accesses += 1;
        self.destinations[slot * self.shards as usize + shard as usize] += 1.0;
    }

    /// Notes that an access waited at a port, on a `side`.
    #[inline]
    pub fn note_wait(&mut self, port: u32, side: usize, waited: u32) {
        self.carried[self.of_port[port as usize] as usize].passed[side].waited += u64::from(waited);
    }

    /// What passed the wormhole that has this port since it opened.
    pub fn passed(&self, port: u32) -> [Passed; 2] {
        self.carried[self.of_port[port as usize] as usize].passed
    }

    /// Traversals of the wormhole that has this port since they were last taken, from each side.
    pub fn traversals_mut(&mut self, port: u32) -> &mut [u32; 2] {
        &mut self.carried[self.of_port[port as usize] as usize].traversals
    }

    /// The same, to be read.
    pub fn traversals(&self, port: u32) -> [u32; 2] {
        self.carried[self.of_port[port as usize] as usize].traversals
    }

    /// Its traversals by shard of the target, smoothed.
    pub fn destinations(&self, port: u32) -> &[f64] {
        &self.destinations[self.row(port)]
    }

    /// Its traversals by shard of the target, smoothed.
    pub fn destinations_mut(&mut self, port: u32) -> &mut [f64] {
        let row = self.row(port);
        &mut self.destinations[row]
    }

    fn row(&self, port: u32) -> std::ops::Range<usize> {
        let start = self.of_port[port as usize] as usize * self.shards();
        start..start + self.shards()
    }
}
