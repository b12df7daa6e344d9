//! The laboratory: asks for trials are numbered in their order, simulated where the store has none, and answered.
//!
//! The search asks the same questions in the same order whenever it gets the same answers. So a search that was killed
//! goes on where it was: what is in the store is answered at once.

use super::problem::Problem;
use super::space::Point;
use super::trial::{Ask, Span, Stage, Status, Trial, Trials};
use crate::campaign::evaluate::Variants;
use crate::campaign::shard::Shard;
use crate::campaign::store::index::Index;
use crate::campaign::store::{Store, StoreError};
use crate::campaign::work::{Observer, WorkError, work};
use crate::study::Study;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

/// Who wants to know how it goes on.
pub trait Progress: Observer {
    /// A stage begins.
    fn stage(&self, what: &str);
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Trials could not be simulated or kept.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Other parts have not done theirs yet.
    #[error("{missing} trials of this step belong to other parts")]
    Parts {
        /// Trials that are missing.
        missing: u64,
    },
    /// The store holds other answers than were asked for.
    #[error("the store holds other trials than this search asks for")]
    Mixed,
}

impl From<StoreError> for LabError {
    fn from(error: StoreError) -> LabError {
        LabError::Work(WorkError::Store(error))
    }
}

/// What a configuration gave in one stage, block after block.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// What became of it.
    pub status: Status,
    /// Why, where it is not ok.
    pub remark: String,
    /// Values of fields.
    pub inputs: super::goal::Inputs,
    /// By indicator that is kept: what each replication gave.
    pub values: Vec<Vec<Option<f64>>>,
}

impl Samples {
    /// Replications.
    pub fn count(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    /// A value of a replication.
    pub fn at(&self, replication: usize) -> impl Fn(usize) -> Option<f64> + '_ {
        move |number| *self.values.get(number)?.get(replication)?
    }
}

/// How trials are simulated.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Threads.
    pub threads: usize,
    /// The part that is simulated here.
    pub shard: Shard,
    /// Who looks on.
    pub progress: &'a dyn Progress,
    /// Ends the work.
    pub stop: &'a AtomicBool,
}

/// The laboratory.
pub struct Lab<'a> {
    /// The file.
    pub study: &'a Study,
    /// What is optimised.
    pub problem: &'a Problem,
    /// How trials are simulated.
    pub means: Means<'a>,
    store: &'a Store,
    /// What the store is known to hold.
    index: Index,
    variants: Variants<'a>,
    asks: Vec<Ask>,
    spans: HashMap<Option<Point>, Span>,
    /// Events of all trials.
    pub events: u64,
    spent: Vec<(Stage, u64)>,
}

impl<'a> Lab<'a> {
    /// A laboratory without anything asked yet.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn new(
        study: &'a Study,
        problem: &'a Problem,
        store: &'a Store,
        means: Means<'a>,
    ) -> Result<Lab<'a>, StoreError> {
        Ok(Lab {
            study,
            problem,
            means,
            store,
            index: store.index()?,
            variants: Variants::new(study),
            asks: Vec::new(),
            spans: HashMap::new(),
            events: 0,
            spent: Vec::new(),
        })
    }

    /// A stage begins.
    pub fn begin(&self, what: &str) {
        self.means.progress.stage(what);
    }

    /// Replications so far.
    pub fn replications(&self) -> u64 {
        self.spent.iter().map(|(_, count)| count).sum()
    }

    /// Replications of a stage so far.
    pub fn replications_of(&self, stage: Stage) -> u64 {
        self.spent.iter().filter(|(s, _)| *s == stage).map(|(_, count)| count).sum()
    }

    /// Simulates some replications of each of these configurations, and adds what they give to what there is.
    ///
    /// # Errors
    /// Trials that could not be simulated or kept, or that are the work of others.
    pub fn run(
        &mut self,
        stage: Stage,
        block: u64,
        count: u64,
        independent: bool,
        points: &[Option<Point>],
        known: &mut HashMap<Option<Point>, Samples>,
    ) -> Result<(), LabError> {
        let first = self.asks.len() as u64;
        for point in points {
            let span = self.spans.get(point).copied();
            self.asks.push(Ask { point: point.clone(), stage, block, independent, count, span });
        }
        let all: Vec<u64> = (first..self.asks.len() as u64).collect();
        let Means { threads, shard, progress, stop } = self.means;
        let trials = Trials { variants: &self.variants, problem: self.problem, asks: &self.asks, stop };
        let own: Vec<u64> = shard.members(all.len() as u64).map(|i| all[i as usize]).collect();
        self.index.refresh()?;
        if own.iter().any(|number| self.index.place(*number).is_none()) {
            work(self.store, &own, &trials, threads, progress, stop)?;
            self.index.refresh()?;
        }
        let index = &self.index;
        let missing = all.iter().filter(|number| index.place(**number).is_none()).count() as u64;
        if missing > 0 {
            return Err(LabError::Parts { missing });
        }
        for (number, point) in all.into_iter().zip(points) {
            let Some(place) = index.place(number) else { return Err(LabError::Mixed) };
            let (_, json) = index.json(&place)?;
            let trial: Trial = serde_json::from_str(&json).map_err(|_| LabError::Mixed)?;
            if trial.ask != self.asks[number as usize] {
                return Err(LabError::Mixed);
            }
            self.events += trial.events;
            self.spent.push((stage, count));
            if trial.status != Status::Refused && trial.status != Status::Failed {
                self.spans.insert(point.clone(), trial.span);
            }
            let kept = self.problem.goal.kept.paths.len();
            let known = known.entry(point.clone()).or_insert_with(|| Samples {
                status: Status::Ok,
                remark: String::new(),
                inputs: trial.inputs.clone(),
                values: vec![Vec::new(); kept],
            });
            if trial.status != Status::Ok {
                (known.status, known.remark) = (trial.status, trial.remark);
            }
            for (own, new) in known.values.iter_mut().zip(trial.samples) {
                own.extend(new);
            }
        }
        Ok(())
    }
}
