//! One configuration: the study with its values, simulated.

use super::design::{Configuration, Design};
use super::record::{Keep, Record, Status};
use super::work::Job;
use crate::run::{Interrupted, Run, Silent};
use crate::study::{Refused, Study};
use rayon::ThreadPool;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

/// Simulates configurations of a study, several at a time.
#[derive(Debug)]
pub struct Evaluator<'a> {
    study: &'a Study,
    design: &'a Design,
    keep: Keep,
    stop: &'a AtomicBool,
    /// Held by the only one that runs of those that take much memory.
    large: Mutex<()>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of the configurations of a design.
    pub fn new(study: &'a Study, design: &'a Design, keep: Keep, stop: &'a AtomicBool) -> Evaluator<'a> {
        Evaluator { study, design, keep, stop, large: Mutex::new(()) }
    }
}

impl Job for Evaluator<'_> {
    type Kept = Record;

    /// Simulates a configuration. One that is no system, that has no steady state, or on which the simulator fails has a
    /// record that says so.
    fn perform(&self, number: u64, pool: &ThreadPool) -> Result<Record, Interrupted> {
        let configuration = &self.design.configuration(number);
        // A panic is a mistake of the simulator: it costs this configuration, not those that are done or still to come.
        let done = catch_unwind(AssertUnwindSafe(|| self.attempt(configuration, pool)));
        match done {
            Ok(Ok(record)) => Ok(record),
            Ok(Err(Stop::Interrupted)) => Err(Interrupted),
            Ok(Err(Stop::Refused(refused))) => Ok(Record::refused(configuration, &refused)),
            Err(panic) => {
                let why = format!("the simulator failed, which is a mistake in it: {}", said(panic.as_ref()));
                Ok(Record::without(configuration, Status::Failed, why))
            }
        }
    }
}

impl Evaluator<'_> {
    fn attempt(&self, configuration: &Configuration, pool: &ThreadPool) -> Result<Record, Stop> {
        let study = match self.study.variant(&configuration.overrides) {
            // Another one may take the memory at the moment.
            Err(refused) if refused.too_large => {
                let _alone = self.large.lock().unwrap_or_else(PoisonError::into_inner);
                let study = self.study.variant(&configuration.overrides).map_err(Stop::Refused)?;
                return self.alone(configuration, &study, pool);
            }
            other => other.map_err(Stop::Refused)?,
        };
        if crate::memory::replications_at_once(&study.lowered.system) < usize::MAX {
            let _alone = self.large.lock().unwrap_or_else(PoisonError::into_inner);
            return self.alone(configuration, &study, pool);
        }
        let run = pool.install(|| crate::run::run_here(&study, &Silent, self.stop));
        self.record(configuration, &study, run)
    }

    /// On threads of its own, as many as memory allows.
    fn alone(&self, configuration: &Configuration, study: &Study, pool: &ThreadPool) -> Result<Record, Stop> {
        let run = crate::run::run(study, pool.current_num_threads(), &Silent, self.stop);
        self.record(configuration, study, run)
    }

    fn record(
        &self,
        configuration: &Configuration,
        study: &Study,
        run: Result<Run, Interrupted>,
    ) -> Result<Record, Stop> {
        let run = run.map_err(|Interrupted| Stop::Interrupted)?;
        Ok(Record::of(configuration, study, &run, &self.keep))
    }
}

/// Why there is no run.
enum Stop {
    Interrupted,
    Refused(Refused),
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_string())
}
