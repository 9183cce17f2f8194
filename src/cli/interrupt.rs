//! Ctrl-C and SIGTERM: the first asks the run to stop, a later one ends the program. One key press or one `timeout` can
//! send the signal twice, to the process and to its group; such an echo is not counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Exit code of an interrupted program.
pub(super) const INTERRUPTED: u8 = 130;

/// Signals that follow the first one within this time are its echo.
const ECHO: Duration = Duration::from_millis(500);

/// Whether the user has asked to stop; by default nobody ever does.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    #[expect(clippy::disallowed_methods, reason = "signals come in real time; nothing of the run depends on it")]
    pub(super) fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        // Where there are no signals, the run cannot be asked to stop; it can still run.
        let mut first = None;
        let _ = ctrlc::set_handler(move || {
            flag.store(true, Ordering::Relaxed);
            if first.get_or_insert_with(Instant::now).elapsed() > ECHO {
                std::process::exit(i32::from(INTERRUPTED));
            }
        });
        Self(asked)
    }

    /// Whether the user has asked to stop.
    #[inline]
    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The user asked before anything was done.
    #[cfg(test)]
    pub(super) fn at_once() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}
