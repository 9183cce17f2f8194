//! Ctrl-C and SIGTERM: the first asks the run to stop, a second ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of an interrupted program.
pub(super) const INTERRUPTED: u8 = 130;

/// Whether the user has asked to stop; by default nobody ever does.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        // Where there are no signals, the run cannot be asked to stop; it can still run.
        let _ = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
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
}
