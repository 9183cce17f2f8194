//! Handles Ctrl-C and SIGTERM: the first asks the run to stop, a later one ends the program. One key press or one
//! `timeout` can send the signal twice, to the process and to its group; such an echo is not counted.
//!
//! A run stops between two ticks. Where none ends soon, or the network is still being built, the program ends as if it
//! were killed, but for hidden folders, which are removed: what is on disk is the last state that was written, whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::terminal::note;
use crate::store;

/// Exit code of an interrupted program.
pub(super) const INTERRUPTED: u8 = 130;

/// Signals that follow the first one within this time are its echo.
const ECHO: Duration = Duration::from_millis(500);

/// The time that a run has to come to the end of a tick.
const PATIENCE: Duration = Duration::from_millis(600);

/// The time from one look at the run to the next.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Whether the user has asked to stop; by default nobody ever does.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    asked: AtomicBool,
    /// What is being done comes to its end by itself, and is to.
    writing: AtomicBool,
}

impl State {
    /// Ends the program if it does not stop by itself.
    fn wait_for_the_end(&self) {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            std::thread::sleep(BETWEEN_LOOKS);
            waited = if self.writing.load(Ordering::Relaxed) { Duration::ZERO } else { waited + BETWEEN_LOOKS };
        }
        end("interrupted before the end of a tick");
    }
}

impl Interrupt {
    /// Listens from now on.
    #[expect(clippy::disallowed_methods, reason = "signals come in real time; nothing of the run depends on it")]
    pub(super) fn listen() -> Self {
        let interrupt = Self::default();
        let state = Arc::clone(&interrupt.0);
        let mut first = None;
        // Where there are no signals, the run cannot be asked to stop; it can still run.
        let _ = ctrlc::set_handler(move || {
            state.asked.store(true, Ordering::Relaxed);
            match first {
                None => {
                    first = Some(Instant::now());
                    let state = Arc::clone(&state);
                    std::thread::spawn(move || state.wait_for_the_end());
                }
                Some(first) if Instant::now() - first > ECHO => end("interrupted twice"),
                Some(_) => {}
            }
        });
        interrupt
    }

    /// Whether the user has asked to stop.
    #[inline]
    pub(super) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Does what comes to its end although the user asks to stop; asks again are heard.
    pub(super) fn let_finish<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.writing.store(true, Ordering::Relaxed);
        let result = work();
        self.0.writing.store(false, Ordering::Relaxed);
        result
    }

    /// The user asked before anything was done.
    #[cfg(test)]
    pub(super) fn at_once() -> Self {
        let interrupt = Self::default();
        interrupt.0.asked.store(true, Ordering::Relaxed);
        interrupt
    }
}

/// Ends the program from another thread than the one that works.
fn end(why: &str) -> ! {
    store::discard_pending();
    note(&format!("{why}; what was not on disk yet is given up, and what is there is whole"));
    std::process::exit(i32::from(INTERRUPTED))
}
