//! The laboratory: asks for trials are numbered in their order, simulated where the store has none, and answered.
//!
//! The search asks the same questions in the same order whenever it gets the same answers. So a search that was killed
//! goes on where it was: what is in the store is answered at once.

use super::goal::Goal;
use super::space::{Point, Space};
use super::trial::{Ask, Span, Stage, Status, Trial, Trials};
use crate::campaign::shard::Shard;
use crate::campaign::store::{Store, StoreError};
use crate::campaign::work::{Observer, WorkError, work};
use crate::study::Study;
use std::collections::HashMap;
use std::sync::Mutex;
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

/// The laboratory.
pub struct Lab<'a> {
    /// The file.
    pub study: &'a Study,
    /// The configurations.
    pub space: &'a Space,
    /// What they are judged by.
    pub goal: &'a Goal,
    /// What is done.
    pub store: &'a Store,
    /// Threads.
    pub threads: usize,
    /// The part that is simulated here.
    pub shard: Shard,
    /// Who looks on.
    pub progress: &'a dyn Progress,
    /// Ends the work.
    pub stop: &'a AtomicBool,
    asks: Vec<Ask>,
    spans: HashMap<Option<Point>, Span>,
    /// Events of all trials.
    pub events: u64,
    /// Replications of all trials by stage.
    pub spent: Vec<(Stage, u64)>,
}

impl<'a> Lab<'a> {
    /// A laboratory without anything asked yet.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        study: &'a Study,
        space: &'a Space,
        goal: &'a Goal,
        store: &'a Store,
        threads: usize,
        shard: Shard,
        progress: &'a dyn Progress,
        stop: &'a AtomicBool,
    ) -> Lab<'a> {
        let (asks, spans, spent) = (Vec::new(), HashMap::new(), Vec::new());
        Lab { study, space, goal, store, threads, shard, progress, stop, asks, spans, events: 0, spent }
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
        let own: Vec<u64> = self.shard.members(all.len() as u64).map(|i| all[i as usize]).collect();
        let trials = Trials {
            study: self.study,
            space: self.space,
            goal: self.goal,
            asks: &self.asks,
            stop: self.stop,
            large: Mutex::new(()),
        };
        let wanted = {
            let index = self.store.index()?;
            own.iter().any(|number| index.place(*number).is_none())
        };
        if wanted {
            work(self.store, &own, &trials, self.threads, self.progress, self.stop)?;
        }
        let index = self.store.index()?;
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
            let values = || vec![Vec::new(); self.goal.kept.paths.len()];
            let known = known.entry(point.clone()).or_insert_with(|| Samples {
                status: Status::Ok,
                remark: String::new(),
                inputs: trial.inputs.clone(),
                values: values(),
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
