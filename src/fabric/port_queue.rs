//! FIFOs of ports: what waits for a link's capacity, or for a wormhole that is being set up.

use super::access::{NONE, Slot};
use super::port::{Port, UNLIMITED};
use crate::scenario::Tick;

/// The FIFO of a port. It is empty wherever nothing has to wait.
#[derive(Debug, Clone, Copy)]
pub struct PortQueue {
    pub(super) head: Slot,
    pub(super) tail: Slot,
    /// Accesses that wait.
    pub waiting: u32,
    /// What is left of them to be sent, in units of the capacity.
    pub(super) load: f64,
    /// What of the first was sent already.
    pub(super) begun: f64,
    /// The tick that something was sent in last, and how much.
    pub(super) sent_tick: Tick,
    pub(super) sent: f64,
    /// The tick of the last departures, and how many there were in it: counted apart, to check what was sent.
    pub(super) departed_tick: Tick,
    pub(super) departed: u32,
}

impl PortQueue {
    pub(super) const EMPTY: Self = Self {
        head: NONE,
        tail: NONE,
        waiting: 0,
        load: 0.0,
        begun: 0.0,
        sent_tick: 0,
        sent: 0.0,
        departed_tick: 0,
        departed: 0,
    };

    /// Counts a departure in tick `now`.
    #[inline]
    pub(super) fn count(&mut self, now: Tick) {
        if self.departed_tick != now {
            (self.departed_tick, self.departed) = (now, 0);
        }
        self.departed += 1;
    }

    /// What was sent in tick `now`, in units of the capacity.
    #[inline]
    pub fn sent_in(&self, now: Tick) -> f64 {
        if self.sent_tick == now { self.sent } else { 0.0 }
    }

    /// What was sent already of the access that is first, in units of the capacity.
    pub fn begun(&self) -> f64 {
        self.begun
    }

    /// How long an access that joined now should wait, in ticks: for what is left of the set-up, and for what goes
    /// before it at the port's capacity.
    #[inline]
    pub fn wait(&self, port: &Port, now: Tick) -> f32 {
        let setup = port.ready.saturating_sub(now) as f32;
        if port.capacity == UNLIMITED {
            return setup;
        }
        let before = self.load + self.sent_in(now);
        if before == 0.0 { setup } else { setup + (before / f64::from(port.capacity)) as f32 }
    }

    /// Whether all that is left of the first access, of `size` units, can be sent in tick `now`.
    #[inline]
    pub(super) fn has_room(&self, port: &Port, now: Tick, size: f64) -> bool {
        port.capacity == UNLIMITED || self.sent_in(now) + (size - self.begun) <= f64::from(port.capacity)
    }

    /// Sends of the first access, of `size` units, what there is room for in tick `now`. Returns whether that is all
    /// that was left of it.
    #[inline]
    pub(super) fn send(&mut self, port: &Port, now: Tick, size: f64) -> bool {
        if self.sent_tick != now {
            (self.sent_tick, self.sent) = (now, 0.0);
        }
        if self.has_room(port, now, size) {
            self.sent += size - self.begun;
            self.begun = 0.0;
            return true;
        }
        let room = f64::from(port.capacity) - self.sent;
        (self.sent, self.begun) = (f64::from(port.capacity), self.begun + room);
        false
    }
}
