//! A Gaussian process on what theory leaves, or on the figure itself where theory says nothing.

use super::{Answer, Place, Training};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_core::regress::{Gaussian, Kernel};

/// Points from which lengths and noise are found, and points that are conditioned on.
const SEARCHED: usize = 100;
const MOST: usize = 400;

/// A process with the scale that it is on.
#[derive(Clone, Debug)]
pub struct Process {
    log: bool,
    prior: bool,
    process: Gaussian,
}

/// As it is stored: the points, and what was found from them.
#[derive(Serialize, Deserialize)]
struct Stored {
    log: bool,
    prior: bool,
    kernel: Kernel,
    lengths: Vec<f64>,
    nugget: f64,
    places: Vec<Vec<f64>>,
    values: Vec<f64>,
}

impl Serialize for Process {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Process { log, prior, process } = self;
        Stored {
            log: *log,
            prior: *prior,
            kernel: process.kernel,
            lengths: process.lengths.clone(),
            nugget: process.nugget,
            places: process.places().to_vec(),
            values: process.observations().to_vec(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Process {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Process, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let Stored { log, prior, kernel, lengths, nugget, places, values } = stored;
        let even = places.len() == values.len() && places.iter().all(|place| place.len() == lengths.len());
        let process = even.then(|| Gaussian::new(kernel, &lengths, nugget, &places, &values)).flatten();
        let process = process.ok_or_else(|| serde::de::Error::custom("the points of a Gaussian process do not fit"))?;
        Ok(Process { log, prior, process })
    }
}

impl Process {
    pub(super) fn train(on: &Training) -> Option<Process> {
        let log = on.positive();
        let scaled = |y: f64| if log { y.ln() } else { y };
        let y: Vec<f64> = match &on.prior {
            Some(prior) => on.y.iter().zip(prior).map(|(y, prior)| scaled(*y) - scaled(*prior)).collect(),
            None => on.y.iter().map(|y| scaled(*y)).collect(),
        };
        let process = Gaussian::fit_some(&on.logs, &y, SEARCHED, MOST)?;
        Some(Process { log, prior: on.prior.is_some(), process })
    }

    pub(super) fn predict(&self, at: &Place) -> Option<Answer> {
        let (mean, deviation) = self.process.predict(&at.logs);
        let base = match (self.prior, at.prior) {
            (false, _) => 0.0,
            (true, Some(prior)) if self.log && prior > 0.0 => prior.ln(),
            (true, Some(prior)) if !self.log => prior,
            (true, _) => return None,
        };
        Some(Answer::new(base + mean, deviation, self.process.degrees_of_freedom() as f64, self.log))
    }

    pub(super) fn is_sound(&self, features: usize) -> bool {
        self.process.lengths.len() == features
    }

    /// Whether it builds on theory.
    pub fn has_prior(&self) -> bool {
        self.prior
    }
}
