//! Progress on stderr: a bar on a terminal, a line per phase elsewhere.

use super::terminal;
use crate::run::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// What is shown while work goes on.
#[derive(Debug)]
pub enum Shown {
    /// A bar.
    Bar(ProgressBar),
    /// A line per phase.
    Lines,
    /// Nothing.
    Nothing,
}

impl Shown {
    /// What suits stderr.
    pub fn new(quiet: bool) -> Shown {
        if quiet {
            return Shown::Nothing;
        }
        if !std::io::stderr().is_terminal() {
            return Shown::Lines;
        }
        let bar = ProgressBar::new(1);
        let template = if terminal::colour_err() {
            "{msg:27} {bar:30.cyan} {pos}/{len} {elapsed} {eta_text:.dim}"
        } else {
            "{msg:27} {bar:30} {pos}/{len} {elapsed} {eta_text}"
        };
        let left = |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            if state.pos() > 0 && state.pos() < state.len().unwrap_or(0) {
                // A bar that cannot be drawn is no reason to stop.
                let _ = write!(out, "({:.0?} left)", state.eta());
            }
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("eta_text", left));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Shown::Bar(bar)
    }

    /// A task begins, of so many parts.
    pub fn task(&self, what: &str, parts: u64) {
        match self {
            Shown::Bar(bar) => {
                bar.set_length(parts.max(1));
                bar.set_position(0);
                bar.reset_elapsed();
                bar.set_message(what.to_string());
            }
            Shown::Lines => terminal::note(what),
            Shown::Nothing => {}
        }
    }

    /// A task goes on of which so many parts were done before: they say nothing of the time that is left.
    pub fn resume(&self, what: &str, parts: u64, done: u64) {
        self.task(what, parts);
        if let Shown::Bar(bar) = self {
            bar.set_position(done);
            bar.reset_eta();
        }
    }

    /// So many parts of the task are done.
    pub fn reached(&self, parts: u64) {
        if let Shown::Bar(bar) = self {
            bar.set_position(parts);
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if let Shown::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Shown {
    fn phase(&self, what: &str, replications: u64) {
        match self {
            Shown::Lines if replications > 0 => {
                let plural = if replications == 1 { "" } else { "s" };
                terminal::note(&format!("{what}: {replications} replication{plural}"));
            }
            _ => self.task(what, replications),
        }
    }

    fn done(&self) {
        if let Shown::Bar(bar) = self {
            bar.inc(1);
        }
    }
}
