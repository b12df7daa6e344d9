//! Progress of work on many configurations: a bar on a terminal, a line every so often elsewhere.

use super::progress::Shown;
use super::terminal;
use crate::campaign::work::Observer;
use crate::optimise::lab::Progress;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a line is printed where there is no terminal.
const SILENCE: Duration = Duration::from_secs(10);

/// Progress by configurations, in one step or in several with names.
pub struct Steps {
    shown: Shown,
    state: Mutex<Pace>,
}

struct Pace {
    stage: Option<String>,
    count: u64,
    before: u64,
    start: Instant,
    said: Instant,
}

impl Steps {
    /// Progress on stderr.
    pub fn new(quiet: bool) -> Steps {
        let pace = Pace { stage: None, count: 0, before: 0, start: Instant::now(), said: Instant::now() };
        Steps { shown: Shown::new(quiet), state: Mutex::new(pace) }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.shown.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Pace> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Steps {
    fn stage(&self, what: &str) {
        self.lock().stage = Some(what.to_string());
        self.shown.task(what, 0);
    }
}

impl Observer for Steps {
    fn begin(&self, count: u64, done: u64) {
        let mut pace = self.lock();
        (pace.count, pace.before) = (count, done);
        (pace.start, pace.said) = (Instant::now(), Instant::now());
        if done == count {
            return;
        }
        let kept = if done > 0 { format!(", {done} of them done already") } else { String::new() };
        match (&self.shown, &pace.stage) {
            (Shown::Bar(_), stage) => self.shown.resume(stage.as_deref().unwrap_or("configurations"), count, done),
            (_, None) => self.shown.task(&format!("simulating {count} configurations{kept}"), count),
            // What the step is about has been said.
            (_, Some(_)) => {}
        }
    }

    fn done(&self, done: u64) {
        self.shown.reached(done);
        let mut pace = self.lock();
        if !matches!(self.shown, Shown::Lines) || pace.said.elapsed() < SILENCE || done >= pace.count {
            return;
        }
        pace.said = Instant::now();
        let each = pace.start.elapsed().as_secs_f64() / (done - pace.before).max(1) as f64;
        let left = span(Duration::from_secs_f64(each * (pace.count - done) as f64));
        let line = format!("{done} of {} configurations, about {left} left", pace.count);
        terminal::note(&match &pace.stage {
            Some(stage) => format!("{stage}: {line} in this step"),
            None => line,
        });
    }
}

/// A stretch of real time: "3 min 20 s".
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}
