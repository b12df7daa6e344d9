//! One configuration: the study with its values, simulated.

use super::design::{Configuration, Design};
use super::record::{Keep, Record, Status};
use super::work::Job;
use crate::run::{Interrupted, Silent, on_threads};
use crate::study::{Refused, Study};
use rayon::ThreadPool;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

/// Variants of a study, several at a time; of those that take much memory one.
#[derive(Debug)]
pub struct Variants<'a> {
    study: &'a Study,
    large: Mutex<()>,
}

/// Why a variant was not simulated.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoVariant {
    /// It is no system that can be run, or does not fit into memory.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The simulator failed on it.
    #[error("the simulator failed, which is a mistake in it: {0}")]
    Failed(String),
}

impl<'a> Variants<'a> {
    /// Variants of a study.
    pub fn new(study: &'a Study) -> Variants<'a> {
        Variants { study, large: Mutex::new(()) }
    }

    /// Simulates the variant with these values, on the threads of a pool, or on as many as memory allows. A panic is a
    /// mistake of the simulator: it costs this variant, not those that are done or still to come.
    ///
    /// # Errors
    /// There is no such system, or the simulator failed.
    pub fn simulate<R: Send>(
        &self,
        overrides: &[(String, String)],
        pool: &ThreadPool,
        simulate: impl FnOnce(Study) -> R + Send,
    ) -> Result<R, NoVariant> {
        let attempt = || {
            let alone = || self.large.lock().unwrap_or_else(PoisonError::into_inner);
            let (study, mut held) = match self.study.variant(overrides) {
                // Another one may take the memory at the moment.
                Err(refused) if refused.too_large => {
                    let held = alone();
                    (self.study.variant(overrides)?, Some(held))
                }
                other => (other?, None),
            };
            let fit = crate::memory::replications_at_once(&study.lowered.system);
            if fit == usize::MAX && held.is_none() {
                return Ok(pool.install(|| simulate(study)));
            }
            let _held = held.take().unwrap_or_else(alone);
            Ok(on_threads(&[], pool.current_num_threads().min(fit), || simulate(study)))
        };
        catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|panic| Err(NoVariant::Failed(said(panic.as_ref()))))
    }
}

/// Simulates the configurations of a design.
#[derive(Debug)]
pub struct Evaluator<'a> {
    variants: Variants<'a>,
    design: &'a Design,
    keep: Keep,
    stop: &'a AtomicBool,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of the configurations of a design.
    pub fn new(study: &'a Study, design: &'a Design, keep: Keep, stop: &'a AtomicBool) -> Evaluator<'a> {
        Evaluator { variants: Variants::new(study), design, keep, stop }
    }
}

impl Job for Evaluator<'_> {
    type Kept = Record;

    /// Simulates a configuration. One that is no system, that has no steady state, or on which the simulator fails has a
    /// record that says so.
    fn perform(&self, number: u64, pool: &ThreadPool) -> Result<Record, Interrupted> {
        let configuration: &Configuration = &self.design.configuration(number);
        let simulate = |study: Study| {
            let run = crate::run::run_here(&study, &Silent, self.stop)?;
            Ok(Record::of(configuration, &study, &run, &self.keep))
        };
        match self.variants.simulate(&configuration.overrides, pool, simulate) {
            Ok(done) => done,
            Err(NoVariant::Refused(refused)) => Ok(Record::refused(configuration, &refused)),
            Err(failed) => Ok(Record::without(configuration, Status::Failed, failed.to_string())),
        }
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_string())
}
