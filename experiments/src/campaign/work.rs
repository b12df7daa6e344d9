//! Many configurations: those that are missing in the store are simulated and appended. What that means for a number is a
//! [`Job`]'s.
//!
//! Configurations and their replications share the cores: as many configurations as there are threads are under way at
//! once, each waiting for its replications, which all run on one pool. So the cores are busy whether there are many
//! configurations or many replications, and at most so many configurations are lost when the process is killed.

use super::store::index::Index;
use super::store::writer::Writer;
use super::store::{Store, StoreError};
use crate::run::Interrupted;
use rayon::ThreadPool;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the segments of others are read where nobody else seems to be at work.
const LOOK: Duration = Duration::from_millis(300);
/// Pause while others finish what is left.
const WAIT: Duration = Duration::from_millis(100);

/// Who wants to know how it goes on.
pub trait Observer: Sync {
    /// Of so many configurations so many are done already.
    fn begin(&self, count: u64, done: u64);
    /// A configuration is done, by this process or another: so many are now.
    fn done(&self, done: u64);
}

/// What is done for a number.
pub trait Job: Sync {
    /// What is kept of it.
    type Kept: Serialize;

    /// Does it. It is called from outside of the pool, by as many threads as numbers are to be under way at once; what
    /// they simulate shares the pool.
    ///
    /// # Errors
    /// [`Interrupted`] when its flag was set.
    fn perform(&self, number: u64, pool: &ThreadPool) -> Result<Self::Kept, Interrupted>;
}

/// Why the work has ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The flag was set: so many of so many configurations are done.
    #[error("interrupted: {done} of {count} configurations are done and kept")]
    Interrupted {
        /// Done.
        done: u64,
        /// Wanted.
        count: u64,
    },
    /// The system gives no threads.
    #[error("threads cannot be started: {0}")]
    Threads(String),
}

/// Does those of the `wanted` numbers that are not in the store yet.
///
/// # Errors
/// The store refuses, or `stop` was set. What is done is kept.
pub fn work<J: Job>(
    store: &Store,
    wanted: &[u64],
    job: &J,
    threads: usize,
    observer: &dyn Observer,
    stop: &AtomicBool,
) -> Result<(), WorkError> {
    let index = store.index()?;
    let missing: VecDeque<u64> = wanted.iter().copied().filter(|number| index.place(*number).is_none()).collect();
    let count = wanted.len() as u64;
    let done = count - missing.len() as u64;
    observer.begin(count, done);
    if missing.is_empty() {
        return Ok(());
    }
    let drivers = threads.min(missing.len());
    let writer = Writer::new(store)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| WorkError::Threads(error.to_string()))?;
    let mut index = index;
    index.set_own(writer.name());
    let queue = Queue {
        state: Mutex::new(State { index, missing, later: Vec::new(), looked: Instant::now(), done }),
        writer: &writer,
        observer,
        failure: Mutex::new(None),
        stop,
    };
    std::thread::scope(|scope| {
        for _ in 0..drivers {
            scope.spawn(|| queue.drive(job, &pool));
        }
    });
    let done = queue.lock().done;
    let failure = queue.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    let closed = writer.close();
    match failure {
        Some(error) => return Err(error.into()),
        None => closed?,
    }
    if done < count { Err(WorkError::Interrupted { done, count }) } else { Ok(()) }
}

/// What is left to do.
struct State {
    index: Index,
    missing: VecDeque<u64>,
    /// What others had claimed when it was looked at.
    later: Vec<u64>,
    looked: Instant,
    done: u64,
}

/// What is to be done next.
enum Next {
    Run(u64),
    /// Others are at work on all that is left.
    Wait,
    Nothing,
}

struct Queue<'a> {
    state: Mutex<State>,
    writer: &'a Writer,
    observer: &'a dyn Observer,
    failure: Mutex<Option<StoreError>>,
    stop: &'a AtomicBool,
}

impl Queue<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each of the threads does that have a configuration under way.
    fn drive<J: Job>(&self, job: &J, pool: &ThreadPool) {
        while !self.stop.load(Ordering::Relaxed) {
            let done = match self.next() {
                Ok(Next::Nothing) => return,
                Ok(Next::Wait) => {
                    std::thread::sleep(WAIT);
                    continue;
                }
                Ok(Next::Run(number)) => match job.perform(number, pool) {
                    Ok(kept) => self.keep(number, &kept),
                    Err(_) => return,
                },
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                // Nothing more can be kept: the others need not go on either.
                self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                self.stop.store(true, Ordering::Relaxed);
                return;
            }
        }
    }

    fn keep(&self, number: u64, kept: &impl Serialize) -> Result<(), StoreError> {
        // Strings, finite numbers and lists of them: this cannot fail.
        let json = serde_json::to_string(kept).unwrap_or_default();
        self.writer.record(number, &json)?;
        let mut state = self.lock();
        state.done += 1;
        self.observer.done(state.done);
        Ok(())
    }

    fn next(&self) -> Result<Next, StoreError> {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.index.has_company() || state.looked.elapsed() >= LOOK {
            state.look()?;
        }
        while let Some(number) = state.missing.pop_front() {
            if self.was_done(state, number) {
                continue;
            }
            if state.index.claimed_by(number).next().is_some() {
                state.later.push(number);
                continue;
            }
            self.writer.claim(number)?;
            if state.index.has_company() {
                // Who has claimed it in the same moment? Of two the one with the smaller name goes on.
                state.look()?;
                if state.index.claimed_by(number).any(|other| other < self.writer.name()) {
                    state.later.push(number);
                    continue;
                }
            }
            return Ok(Next::Run(number));
        }
        if state.later.is_empty() {
            return Ok(Next::Nothing);
        }
        state.look()?;
        let later = std::mem::take(&mut state.later);
        for number in later {
            if self.was_done(state, number) {
                continue;
            }
            // Whoever had claimed it may have died.
            match state.index.claimed_by(number).next().is_some() {
                true => state.later.push(number),
                false => state.missing.push_back(number),
            }
        }
        Ok(if state.missing.is_empty() && state.later.is_empty() { Next::Nothing } else { Next::Wait })
    }

    fn was_done(&self, state: &mut State, number: u64) -> bool {
        let done = state.index.place(number).is_some();
        if done {
            state.done += 1;
            self.observer.done(state.done);
        }
        done
    }
}

impl State {
    fn look(&mut self) -> Result<(), StoreError> {
        self.looked = Instant::now();
        self.index.refresh()
    }
}
