//! Families of models, the simplest first, one per file.

mod analytic;
mod constant;
mod gaussian;
mod quadratic;
mod ridge;

use serde::{Deserialize, Serialize};
use sim_core::analyse::student;

/// Confidence of the intervals.
pub const CONFIDENCE: f64 = 0.95;

/// The families, in the order of their complexity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// The mean.
    Constant,
    /// What theory says.
    Analytic,
    /// A plane over the factors.
    Ridge,
    /// A quadratic function of the logarithms, for the logarithm.
    Quadratic,
    /// A Gaussian process on what theory leaves.
    Gaussian,
}

impl Family {
    /// All, the simplest first.
    pub const ALL: [Family; 5] =
        [Family::Constant, Family::Analytic, Family::Ridge, Family::Quadratic, Family::Gaussian];

    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Constant => "constant",
            Family::Analytic => "analytic",
            Family::Ridge => "ridge linear",
            Family::Quadratic => "quadratic on logs",
            Family::Gaussian => "gaussian process",
        }
    }
}

/// Points to learn from.
#[derive(Clone, Debug, Default)]
pub struct Training {
    /// Factors, between 0 and 1.
    pub plain: Vec<Vec<f64>>,
    /// The same, wide ones by their logarithm.
    pub logs: Vec<Vec<f64>>,
    /// What theory says, where it says something of all.
    pub prior: Option<Vec<f64>>,
    /// What was found.
    pub y: Vec<f64>,
}

impl Training {
    /// Some of the points.
    #[must_use]
    pub fn some(&self, which: &[usize]) -> Training {
        let rows = |all: &[Vec<f64>]| which.iter().map(|i| all[*i].clone()).collect();
        let prior = self.prior.as_ref().map(|prior| which.iter().map(|i| prior[*i]).collect());
        Training {
            plain: rows(&self.plain),
            logs: rows(&self.logs),
            prior,
            y: which.iter().map(|i| self.y[*i]).collect(),
        }
    }

    /// Whether logarithms can be taken of all that was found, and of what theory says.
    fn positive(&self) -> bool {
        self.y.iter().chain(self.prior.iter().flatten()).all(|y| *y > 0.0)
    }
}

/// A place where something is to be predicted.
#[derive(Clone, Debug)]
pub struct Place {
    /// Factors, between 0 and 1.
    pub plain: Vec<f64>,
    /// The same, wide ones by their logarithm.
    pub logs: Vec<f64>,
    /// What theory says.
    pub prior: Option<f64>,
}

/// How unsure simulated values are by themselves: the median of the half-widths of their intervals. Points of a sweep
/// share their random numbers, so that no comparison among them shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SimulationError {
    /// As a share of the value.
    pub relative: f64,
    /// In the unit of the value.
    pub absolute: f64,
}

/// A prediction, on the scale on which it was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The middle.
    pub centre: f64,
    /// Half-width of the interval.
    pub half_width: f64,
    /// Whether these are logarithms.
    pub log: bool,
}

impl Answer {
    fn new(centre: f64, deviation: f64, degrees_of_freedom: f64, log: bool) -> Answer {
        let quantile = student(CONFIDENCE, degrees_of_freedom.max(1.0) as u64);
        Answer { centre, half_width: quantile * deviation, log }
    }

    /// Value, low and high end, the interval being `scale` times as wide, and wider by what simulations of the same
    /// length differ by.
    pub fn ends(&self, scale: f64, error: SimulationError) -> (f64, f64, f64) {
        let own = if self.log { error.relative } else { error.absolute };
        // The errors of the simulations that were trained on, which share their random numbers, and of a further one.
        let half = ((scale * self.half_width).powi(2) + 2.0 * own * own).sqrt();
        let back = |x: f64| if self.log { x.exp() } else { x };
        (back(self.centre), back(self.centre - half), back(self.centre + half))
    }

    /// By how many half-widths it is off.
    pub fn distance(&self, observed: f64) -> f64 {
        let observed = if self.log { observed.max(f64::MIN_POSITIVE).ln() } else { observed };
        let off = (observed - self.centre).abs();
        // What is right up to rounding is right, however sure it was.
        if off <= 1e-9 * (1.0 + self.centre.abs()) { 0.0 } else { off / self.half_width.max(f64::MIN_POSITIVE) }
    }
}

/// A trained model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Trained {
    /// See [`Family::Constant`].
    Constant(constant::Constant),
    /// See [`Family::Analytic`].
    Analytic(analytic::Analytic),
    /// See [`Family::Ridge`].
    Ridge(ridge::Plane),
    /// See [`Family::Quadratic`].
    Quadratic(quadratic::Quadratic),
    /// See [`Family::Gaussian`].
    Gaussian(Box<gaussian::Process>),
}

impl Trained {
    /// Trains a model; `None` where the family is not for such points.
    pub fn train(family: Family, on: &Training) -> Option<Trained> {
        match family {
            Family::Constant => constant::Constant::train(on).map(Trained::Constant),
            Family::Analytic => analytic::Analytic::train(on).map(Trained::Analytic),
            Family::Ridge => ridge::Plane::train(on).map(Trained::Ridge),
            Family::Quadratic => quadratic::Quadratic::train(on).map(Trained::Quadratic),
            Family::Gaussian => gaussian::Process::train(on).map(|process| Trained::Gaussian(Box::new(process))),
        }
    }

    /// Which it is.
    pub fn family(&self) -> Family {
        match self {
            Trained::Constant(_) => Family::Constant,
            Trained::Analytic(_) => Family::Analytic,
            Trained::Ridge(_) => Family::Ridge,
            Trained::Quadratic(_) => Family::Quadratic,
            Trained::Gaussian(_) => Family::Gaussian,
        }
    }

    /// What it predicts; nothing where it needs theory, which says nothing there.
    pub fn predict(&self, at: &Place) -> Option<Answer> {
        let answer = match self {
            Trained::Constant(model) => Some(model.predict()),
            Trained::Analytic(model) => model.predict(at),
            Trained::Ridge(model) => Some(model.predict(at)),
            Trained::Quadratic(model) => Some(model.predict(at)),
            Trained::Gaussian(model) => model.predict(at),
        };
        answer.filter(|answer| answer.centre.is_finite() && answer.half_width.is_finite())
    }

    /// Whether it can be evaluated at places of so many features: it may have come from a file.
    pub fn is_sound(&self, features: usize) -> bool {
        match self {
            Trained::Constant(_) | Trained::Analytic(_) => true,
            Trained::Ridge(model) => model.is_sound(features),
            Trained::Quadratic(model) => model.is_sound(features),
            Trained::Gaussian(model) => model.is_sound(features),
        }
    }
}
