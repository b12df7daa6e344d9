//! Distributions of non-negative numbers: service times, interarrival times, sizes, in whatever unit the caller counts.
//!
//! One file per family; each has a checked constructor that refuses what cannot be, and implements [`Family`].
//! [`Distribution`] is any one of them. To add a family: a file, its `mod` line, and a line in `families!`.
//! Random numbers come from [`random`](crate::random); fitting distributions to data is not done here.
//!
//! All transcendental functions are those of `libm`; only the ziggurats of `rand_distr` (unit exponential and standard
//! normal) use the platform's in about one draw of a hundred.

mod bounded_pareto;
mod constant;
mod coxian;
mod dependent;
mod empirical;
mod erlang;
mod error;
mod exponential;
mod gamma;
mod hyperexponential;
mod lognormal;
mod mixture;
mod pareto;
mod phase_type;
mod sequence;
mod support;
#[cfg(test)]
mod tests;
mod triangular;
mod truncated_normal;
mod uniform;
mod weibull;
mod zipf;

pub use dependent::{Known, Scale};
pub use error::DistributionError;
use rand::Rng;

/// What every family of distributions can do. `X` is the random variable, never negative.
pub trait Family: Sized {
    /// One value of X.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64;

    /// One value of X for the request of this ordinal (from 0) of its source; only a given series looks at it.
    #[inline]
    fn sample_at<R: Rng + ?Sized>(&self, ordinal: u64, rng: &mut R) -> f64 {
        let _ = ordinal;
        self.sample(rng)
    }

    /// E X; may be infinite.
    fn mean(&self) -> f64;

    /// Squared coefficient of variation Var X / (E X)²; may be infinite; 0 if X is always 0.
    fn scv(&self) -> f64;

    /// The distribution of `factor` X; the factor is finite and greater than 0.
    #[must_use]
    fn scaled(&self, factor: f64) -> Self;

    /// The infimum of the support: X is never smaller.
    fn min(&self) -> f64;

    /// P(X <= x), where there is a formula.
    fn cdf(&self, x: f64) -> Option<f64> {
        let _ = x;
        None
    }

    /// Whether X is exponentially distributed (memoryless), whatever the family is called.
    fn is_exponential(&self) -> bool {
        false
    }

    /// Whether X is always the same.
    fn is_constant(&self) -> bool {
        false
    }
}

/// Makes [`Distribution`] out of the list of families. The first two are sampled inline, the others by a call.
macro_rules! families {
    (
        inline { $($(#[$fast_doc:meta])* $fast_module:ident::$Fast:ident,)+ }
        called { $($(#[$doc:meta])* $module:ident::$Family:ident,)+ }
    ) => {
        $(pub use $fast_module::$Fast;)+
        $(pub use $module::$Family;)+

        /// A distribution of a non-negative number, of any family.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Distribution {
            $($(#[$fast_doc])* $Fast($Fast),)+
            $($(#[$doc])* $Family($Family),)+
        }

        $(impl From<$Fast> for Distribution {
            fn from(family: $Fast) -> Self {
                Self::$Fast(family)
            }
        })+
        $(impl From<$Family> for Distribution {
            fn from(family: $Family) -> Self {
                Self::$Family(family)
            }
        })+

        impl Distribution {
            /// One value. A given series ([`Sequence`]) returns its first: see [`sample_at`](Self::sample_at).
            #[inline]
            pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
                self.sample_at(0, rng)
            }

            /// One value for the request of this ordinal (from 0) of its source: as [`sample`](Self::sample), but a
            /// given series returns `values[ordinal % values.len()]`.
            #[inline]
            pub fn sample_at<R: Rng + ?Sized>(&self, ordinal: u64, rng: &mut R) -> f64 {
                match self {
                    $(Self::$Fast(family) => family.sample(rng),)+
                    _ => self.sample_called(ordinal, rng),
                }
            }

            #[inline(never)]
            fn sample_called<R: Rng + ?Sized>(&self, ordinal: u64, rng: &mut R) -> f64 {
                match self {
                    $(Self::$Fast(family) => family.sample_at(ordinal, rng),)+
                    $(Self::$Family(family) => family.sample_at(ordinal, rng),)+
                }
            }

            /// The expectation; may be infinite.
            #[must_use]
            pub fn mean(&self) -> f64 {
                families!(@match self ($($Fast)+ $($Family)+) family => Family::mean(family))
            }

            /// Squared coefficient of variation, variance / mean²; may be infinite; 0 if all values are 0.
            #[must_use]
            pub fn scv(&self) -> f64 {
                families!(@match self ($($Fast)+ $($Family)+) family => Family::scv(family))
            }

            /// The infimum of the support: no value is smaller.
            #[must_use]
            pub fn min(&self) -> f64 {
                families!(@match self ($($Fast)+ $($Family)+) family => Family::min(family))
            }

            /// The probability of values up to and including `x`, where there is a formula.
            #[must_use]
            pub fn cdf(&self, x: f64) -> Option<f64> {
                families!(@match self ($($Fast)+ $($Family)+) family => Family::cdf(family, x))
            }

            /// Whether this is the exponential distribution (memoryless), whatever the family is called.
            #[must_use]
            pub fn is_exponential(&self) -> bool {
                families!(@match self ($($Fast)+ $($Family)+) family => Family::is_exponential(family))
            }

            /// Whether all values are the same.
            #[must_use]
            pub fn is_constant(&self) -> bool {
                families!(@match self ($($Fast)+ $($Family)+) family => Family::is_constant(family))
            }

            /// The distribution of `factor` times the value: exact for each family, up to rounding.
            ///
            /// # Panics
            /// In debug builds, unless the factor is finite and greater than 0.
            #[must_use]
            pub fn scaled(&self, factor: f64) -> Self {
                debug_assert!(factor.is_finite() && factor > 0.0, "a scale factor must be finite and greater than 0, not {factor}");
                match self {
                    $(Self::$Fast(family) => Self::$Fast(family.scaled(factor)),)+
                    $(Self::$Family(family) => Self::$Family(family.scaled(factor)),)+
                }
            }
        }
    };
    (@match $this:ident ($($Family:ident)+) $family:ident => $call:expr) => {
        match $this {
            $(Self::$Family($family) => $call,)+
        }
    };
}

families! {
    inline {
        /// Always the same value.
        constant::Constant,
        /// Memoryless.
        exponential::Exponential,
    }
    called {
        /// Equally likely between two bounds.
        uniform::Uniform,
        /// A sum of exponentials of the same mean.
        erlang::Erlang,
        /// One of several exponentials.
        hyperexponential::Hyperexponential,
        /// Gamma.
        gamma::Gamma,
        /// The exponential of a normal variable.
        lognormal::Lognormal,
        /// A power of an exponential variable.
        weibull::Weibull,
        /// Power-law tail above a minimum.
        pareto::Pareto,
        /// Power law between two bounds.
        bounded_pareto::BoundedPareto,
        /// Normal, given that it falls between two bounds.
        truncated_normal::TruncatedNormal,
        /// Triangular density.
        triangular::Triangular,
        /// Exponential phases in a row, left early with some probability.
        coxian::Coxian,
        /// Time to absorption of a Markov chain.
        phase_type::PhaseType,
        /// What was measured, redrawn.
        empirical::Empirical,
        /// Ranks with probabilities by a power of the rank.
        zipf::Zipf,
        /// One of several distributions.
        mixture::Mixture,
        /// A given series, in its order.
        sequence::Sequence,
        /// A scale that follows from what is known when it is drawn.
        dependent::Dependent,
    }
}
