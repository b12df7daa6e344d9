//! Ctrl-C: the first asks the simulation to stop, the second ends the program.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// The flag that Ctrl-C sets.
pub fn on_interrupt() -> &'static AtomicBool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    // Where no handler can be installed Ctrl-C ends the program at once: what was being written is cleaned up later.
    INSTALLED.get_or_init(|| {
        let handler = || {
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        };
        ctrlc::set_handler(handler).is_ok()
    });
    &STOP
}

/// Whether Ctrl-C was pressed.
pub fn interrupted() -> bool {
    STOP.load(Ordering::Relaxed)
}
