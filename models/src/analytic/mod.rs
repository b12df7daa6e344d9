//! What theory says about a system: one family of formulas per file, as plain functions over numbers.
//!
//! Results serve to check the simulation, to answer at once where a formula is exact, and to warn before a run
//! that has no steady state. Rates are per second and times in seconds, or in any other unit used consistently.
//! Nothing here knows of experiment files, graphs or the simulation.

pub mod approximate_mva;
pub mod birth_death;
pub mod breakdowns;
pub mod che;
pub mod erlang;
pub mod gig;
pub mod jackson;
pub mod laws;
mod linear;
pub mod mg1;
pub mod modulated;
pub mod mva;
pub mod qna;
pub mod sharing;
pub mod usl;

/// Why a formula has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnalyticError {
    /// A parameter is outside its domain.
    #[error("{name} is {value}, but must be {must}")]
    Parameter {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// Work arrives at least as fast as it can be done.
    #[error("utilisation is {utilisation:.4}: a steady state needs less than 1")]
    Unstable {
        /// Offered work per capacity, 1 or more.
        utilisation: f64,
    },
    /// One station of a network receives work at least as fast as it can do it.
    #[error("utilisation of station {station} is {utilisation:.4}: the network has no steady state")]
    UnstableStation {
        /// Index of the station.
        station: usize,
        /// Its offered work per capacity, 1 or more.
        utilisation: f64,
    },
    /// Two inputs that belong together differ in length.
    #[error("{name} has {found} entries, expected {expected}")]
    Length {
        /// Which input.
        name: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// Some customers could never leave the network.
    #[error("the routing has no way out: the traffic equations have no solution")]
    NoExit,
    /// The exact solution would need too much memory or time.
    #[error("{name} is {size}, the exact solution takes at most {limit}")]
    TooLarge {
        /// Which size.
        name: &'static str,
        /// How large it is.
        size: usize,
        /// How large it may be.
        limit: usize,
    },
}

/// A pivot so small is none, whatever the units.
const SINGULAR: f64 = 1e-300;

type Answer<T> = Result<T, AnalyticError>;

fn positive(name: &'static str, value: f64) -> Answer<f64> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(AnalyticError::Parameter { name, value, must: "positive and finite" })
    }
}

fn not_negative(name: &'static str, value: f64) -> Answer<f64> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(AnalyticError::Parameter { name, value, must: "zero or positive, and finite" })
    }
}

fn probability(name: &'static str, value: f64) -> Answer<f64> {
    if (0.0..1.0).contains(&value) {
        Ok(value)
    } else {
        Err(AnalyticError::Parameter { name, value, must: "a probability below 1" })
    }
}

fn at_least_one(name: &'static str, value: u32) -> Answer<f64> {
    if value >= 1 {
        Ok(f64::from(value))
    } else {
        Err(AnalyticError::Parameter { name, value: f64::from(value), must: "1 or more" })
    }
}

fn stable(utilisation: f64) -> Answer<f64> {
    if utilisation < 1.0 { Ok(utilisation) } else { Err(AnalyticError::Unstable { utilisation }) }
}

/// Where a tail probability, falling in its argument, comes down to `level`.
fn fall_to(level: f64, start: f64, tail: impl Fn(f64) -> f64) -> f64 {
    if tail(0.0) <= level {
        return 0.0;
    }
    let mut high = start;
    while tail(high) > level && high < f64::MAX / 4.0 {
        high *= 2.0;
    }
    let mut low = 0.0;
    bisect(&mut low, &mut high, |t| tail(t) > level);
    0.5 * (low + high)
}

/// Narrows `low..high`, `holds` at the low end and not at the high one, to neighbouring numbers.
fn bisect(low: &mut f64, high: &mut f64, holds: impl Fn(f64) -> bool) {
    for _ in 0..200 {
        let middle = 0.5 * (*low + *high);
        if middle <= *low || middle >= *high {
            return;
        }
        if holds(middle) {
            *low = middle;
        } else {
            *high = middle;
        }
    }
}
