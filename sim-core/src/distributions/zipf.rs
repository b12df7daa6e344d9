//! Zipf's law.

use rand::Rng;

use super::support::{non_negative, positive, scv_from_moments, unit};
use super::{DistributionError, Family};

/// Zipf: rank k of 1..=n with probability proportional to k^-s (Zipf 1949); uniform for s = 0.
///
/// Sampled by rejection-inversion (Hörmann, Derflinger 1996, "Rejection-inversion to generate variates from monotone
/// discrete distributions"): constant time and memory for any n. Values are whole numbers, unless scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zipf {
    ranks: f64,
    exponent: f64,
    /// What one rank counts; 1 unless scaled.
    step: f64,
    /// The area under the hat up to the end of rank 1, less the probability weight 1 of rank 1.
    area_start: f64,
    area_end: f64,
    /// How far from its centre a point of a rank is accepted without looking.
    squeeze: f64,
    /// Sum of k^-s over all ranks.
    total: f64,
    mean_rank: f64,
    scv: f64,
}

impl Zipf {
    /// By the number of ranks n, at least 1 and at most 2^52, and the exponent s, finite and at least 0.
    ///
    /// # Errors
    /// If they are not.
    pub fn new(ranks: u64, exponent: f64) -> Result<Self, DistributionError> {
        const FAMILY: &str = "Zipf";
        let exponent = non_negative(FAMILY, "s", exponent)?;
        if ranks == 0 || ranks > 1 << 52 {
            let right = "a whole number between 1 and 2^52";
            return Err(DistributionError::OutOfRange {
                family: FAMILY,
                parameter: "n".into(),
                value: ranks as f64,
                right,
            });
        }
        let count = positive(FAMILY, "n", ranks as f64)?;
        let total = power_sum(ranks, exponent);
        let mean_rank = power_sum(ranks, exponent - 1.0) / total;
        let scv = if ranks == 1 { 0.0 } else { scv_from_moments(mean_rank, power_sum(ranks, exponent - 2.0) / total) };
        let weight_of_two = libm::exp(-exponent * std::f64::consts::LN_2);
        Ok(Self {
            ranks: count,
            exponent,
            step: 1.0,
            area_start: hat_area(1.5, exponent) - 1.0,
            area_end: hat_area(count + 0.5, exponent),
            squeeze: 2.0 - hat_place(hat_area(2.5, exponent) - weight_of_two, exponent),
            total,
            mean_rank,
            scv,
        })
    }
}

/// The integral of t^-s from 1 to x: ln x (e^z - 1) / z with z = (1 - s) ln x, which has no gap at s = 1.
fn hat_area(x: f64, exponent: f64) -> f64 {
    let log = libm::log(x);
    let z = (1.0 - exponent) * log;
    if z.abs() < 1e-12 { log * (1.0 + 0.5 * z) } else { log * libm::expm1(z) / z }
}

/// The inverse of [`hat_area`].
fn hat_place(area: f64, exponent: f64) -> f64 {
    // Rounding must not take the argument of the logarithm below 0.
    let z = (area * (1.0 - exponent)).max(-1.0);
    let log = if z.abs() < 1e-12 { area * (1.0 - 0.5 * z) } else { area * libm::log1p(z) / z };
    libm::exp(log)
}

/// The sum of k^-s for k from 1 to n: term by term up to 4096, the rest by the formula of Euler and Maclaurin with
/// three derivative terms, of which the first left out is below 1e-25 of the sum.
pub(super) fn power_sum(n: u64, s: f64) -> f64 {
    const EXPLICIT: u64 = 4096;
    let term = |k: f64| libm::pow(k, -s);
    // From the small terms to the large ones, against rounding.
    let explicit = |range: std::ops::Range<u64>| -> f64 {
        if s >= 0.0 { range.rev().map(|k| term(k as f64)).sum() } else { range.map(|k| term(k as f64)).sum() }
    };
    if n <= EXPLICIT {
        return explicit(1..n + 1);
    }
    let (from, to) = (EXPLICIT as f64, n as f64);
    let integral = term(from) * from * hat_area(to / from, s);
    let derivatives = |k: f64| {
        let first = -s * term(k) / k;
        let third = first * (s + 1.0) * (s + 2.0) / (k * k);
        let fifth = third * (s + 3.0) * (s + 4.0) / (k * k);
        first / 12.0 - third / 720.0 + fifth / 30_240.0
    };
    explicit(1..EXPLICIT) + (integral + 0.5 * (term(from) + term(to)) + derivatives(to) - derivatives(from))
}

impl Family for Zipf {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        loop {
            let area = self.area_start + (self.area_end - self.area_start) * (1.0 - unit(rng));
            let place = hat_place(area, self.exponent);
            let rank = (place + 0.5).floor().clamp(1.0, self.ranks);
            if rank - place <= self.squeeze
                || area >= hat_area(rank + 0.5, self.exponent) - libm::exp(-self.exponent * libm::log(rank))
            {
                return rank * self.step;
            }
        }
    }

    fn mean(&self) -> f64 {
        self.mean_rank * self.step
    }

    fn scv(&self) -> f64 {
        self.scv
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { step: self.step * factor, ..*self }
    }

    fn min(&self) -> f64 {
        self.step
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        // A value that was made as rank * step belongs to its rank, though the quotient may be a little below.
        let ranks = (x / self.step * (1.0 + f64::EPSILON)).floor();
        Some(if ranks >= self.ranks {
            1.0
        } else if ranks >= 1.0 {
            power_sum(ranks as u64, self.exponent) / self.total
        } else {
            0.0
        })
    }

    fn is_constant(&self) -> bool {
        self.ranks == 1.0
    }
}
