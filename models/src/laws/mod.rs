//! Laws of load: how a figure of a component depends on its load. One law per file.
//!
//! A law gives a factor that multiplies the nominal figure. Throughput and reliability are *benefits*, which fall with
//! load; latency and energy are *costs*, which rise. To add a law, write a file with a type that implements [`Factor`],
//! add a variant to [`crate::spec::LawKind`] and a line below.

mod constant;
mod expr;
mod linear;
mod saturating;
mod table;
mod usl;

use crate::lower::{Lower, Path};
use crate::spec::LawKind;

/// The load of a component at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// As a share: 1 is 100 %.
    pub share: f64,
    /// Requests present (in the instance).
    pub present: f64,
}

/// Whether a figure falls or rises with load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Throughput, reliability.
    Benefit,
    /// Latency, energy.
    Cost,
}

/// A law that can be evaluated.
pub trait Factor: Send + Sync + std::fmt::Debug {
    /// The factor at a load.
    fn factor(&self, load: Load, figure: Figure) -> f64;
}

/// Turns a law as written into one that can be evaluated.
pub fn lower(kind: &LawKind, lower: &Lower<'_>, at: &Path) -> Box<dyn Factor> {
    match kind {
        LawKind::Constant { factor } => Box::new(constant::Constant::lower(factor, lower, at)),
        LawKind::Linear { slope } => Box::new(linear::Linear::lower(slope, lower, at)),
        LawKind::Saturating => Box::new(saturating::Saturating),
        LawKind::Usl { alpha, beta } => Box::new(usl::Usl::lower(alpha, beta, lower, at)),
        LawKind::Table { points } => Box::new(table::Table::lower(points, lower, at)),
        LawKind::Expr { text } => Box::new(expr::Expr::lower(text, lower, at)),
    }
}

/// The laws of a component, with the floor of throughput and reliability.
#[derive(Debug, Default)]
pub struct LawSet {
    /// Multiplies the rate of work.
    pub throughput: Option<Box<dyn Factor>>,
    /// Multiplies the fixed part, or the work time (see the guide).
    pub latency: Option<Box<dyn Factor>>,
    /// Multiplies reliability.
    pub reliability: Option<Box<dyn Factor>>,
    /// Multiplies active power.
    pub energy: Option<Box<dyn Factor>>,
    /// The least that the factors of throughput and reliability can become.
    pub floor: f64,
}

impl LawSet {
    /// The factor of the rate of work, and whether it stands on the floor.
    pub fn throughput(&self, load: Load) -> (f64, bool) {
        match &self.throughput {
            None => (1.0, false),
            Some(law) => {
                let factor = law.factor(load, Figure::Benefit);
                if factor <= self.floor || factor.is_nan() { (self.floor, true) } else { (factor, false) }
            }
        }
    }

    /// The factor of latency, at least 0.
    pub fn latency(&self, load: Load) -> f64 {
        let factor = self.latency.as_ref().map_or(1.0, |law| law.factor(load, Figure::Cost));
        // Where the law has a pole the floor's reciprocal bounds it, as the floor bounds throughput.
        if factor.is_finite() && factor >= 0.0 {
            factor.min(1.0 / self.floor.max(1e-9))
        } else {
            1.0 / self.floor.max(1e-9)
        }
    }

    /// The factor of reliability.
    pub fn reliability(&self, load: Load) -> f64 {
        let Some(law) = &self.reliability else { return 1.0 };
        let factor = law.factor(load, Figure::Benefit);
        if factor.is_nan() { self.floor } else { factor.max(self.floor) }
    }

    /// The factor of active power, at least 0.
    pub fn energy(&self, load: Load) -> f64 {
        let factor = self.energy.as_ref().map_or(1.0, |law| law.factor(load, Figure::Cost));
        if factor.is_finite() { factor.max(0.0) } else { 1.0 / self.floor.max(1e-9) }
    }
}
