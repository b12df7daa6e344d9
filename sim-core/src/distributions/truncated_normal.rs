//! The normal distribution between two bounds.

use rand::Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::exponential::unit_exponential;
use super::support::{finite, non_negative, ordered, positive, representable, unit};
use super::{DistributionError, Family};

const FAMILY: &str = "truncated normal";

/// Normal, given that it falls into [low, high]. Sampled exactly, also far in the tail, by the rejection methods of
/// Robert 1995, "Simulation of truncated normal variables".
///
/// Within, the value is `anchor ± sd t` where the anchor is the bound nearer to the parent's mean (if the mean is not
/// between the bounds), so that nothing cancels far in the tail; t has a density proportional to exp(-near t - t²/2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormal {
    low: f64,
    high: f64,
    sd: f64,
    /// Whether t counts down from `high`.
    mirrored: bool,
    /// The anchor in standard deviations from the parent's mean, towards the interval.
    near: f64,
    /// The width of the interval in standard deviations; may be infinite.
    width: f64,
    mean: f64,
    scv: f64,
}

impl TruncatedNormal {
    /// By mean and standard deviation of the parent normal, and the bounds, 0 <= low < high. The mean may be any finite
    /// number, `high` may be infinite.
    ///
    /// # Errors
    /// If they are not as said.
    pub fn new(mean: f64, sd: f64, low: f64, high: f64) -> Result<Self, DistributionError> {
        let mean = finite(FAMILY, "mean", mean)?;
        let sd = positive(FAMILY, "sd", sd)?;
        let low = non_negative(FAMILY, "low", low)?;
        ordered(FAMILY, ("high", high), "greater than", ("low", low), high > low)?;
        // Seen from the far side, an interval below the mean is one above it.
        let mirrored = mean - low > high - mean;
        let near = if mirrored { (mean - high) / sd } else { (low - mean) / sd };
        let width = (high - low) / sd;
        finite(FAMILY, "distance of the nearer bound from the mean in sd", near)?;
        positive(FAMILY, "(high - low) / sd", width.min(f64::MAX))?;
        let mut normal = Self { low, high, sd, mirrored, near, width, mean: 0.0, scv: 0.0 };
        let mass = normal.integral(width, |_| 1.0);
        let offset = normal.integral(width, |d| d) / mass;
        let variance = normal.integral(width, |d| (d - offset) * (d - offset)) / mass;
        normal.mean = representable(FAMILY, "mean between the bounds", normal.place(normal.peak() + offset))?;
        let relative = sd / normal.mean;
        normal.scv = variance * relative * relative;
        Ok(normal)
    }

    fn place(&self, t: f64) -> f64 {
        let value = if self.mirrored { self.high - self.sd * t } else { self.low + self.sd * t };
        value.clamp(self.low, self.high)
    }

    /// Where the density is largest.
    fn peak(&self) -> f64 {
        (-self.near).clamp(0.0, self.width)
    }

    /// The integral of the density of t, relative to its peak, times `f` of the distance from the peak, from 0 to `end`:
    /// Gauss-Legendre with five points in each of 256 panels that cover all but 1e-17 of the mass.
    fn integral(&self, end: f64, f: impl Fn(f64) -> f64) -> f64 {
        const PANELS: u32 = 256;
        /// Abscissae and weights on [-1, 1] (Abramowitz, Stegun 1964, table 25.4).
        const POINTS: [(f64, f64); 5] = [
            (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
            (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (0.0, 0.568_888_888_888_888_9),
            (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (0.906_179_845_938_664, 0.236_926_885_056_189_1),
        ];
        let peak = self.peak();
        // From the peak on the density falls as exp(-slope d - d²/2): beyond this d it is below 1e-19 of it.
        let slope = (self.near + peak).max(0.0);
        let reach = 90.0 / (slope + (slope * slope + 90.0).sqrt());
        let (from, to) = ((-peak).max(-9.5), (end - peak).min(reach));
        if to <= from {
            return 0.0;
        }
        let half = 0.5 * (to - from) / f64::from(PANELS);
        let density = |d: f64| libm::exp(-d * (slope + 0.5 * d));
        let panel = |index: u32| {
            let centre = from + (2.0 * f64::from(index) + 1.0) * half;
            POINTS
                .iter()
                .map(|&(x, weight)| (weight, centre + x * half))
                .map(|(weight, d)| weight * density(d) * f(d))
                .sum::<f64>()
        };
        half * (0..PANELS).map(panel).sum::<f64>()
    }

    fn sample_offset<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let (near, width) = (self.near, self.width);
        if near <= 0.0 {
            // The mean is inside. A wide interval holds most of the normal, or nearly half of it at least.
            if width > 2.5 {
                loop {
                    let z: f64 = StandardNormal.sample(rng);
                    let t = z - near;
                    if (0.0..=width).contains(&t) {
                        return t;
                    }
                }
            }
            loop {
                let t = width * unit(rng);
                let z = near + t;
                if 1.0 - unit(rng) <= libm::exp(-0.5 * z * z) {
                    return t;
                }
            }
        }
        // A tail. The exponential hat has the rate that is best for an endless one (Robert 1995, section 2).
        let root = (near * near + 4.0).sqrt();
        let rate = 0.5 * (near + root);
        // exp(-near width - width²/2) is the density at the far end: if little falls until there, a flat hat is better.
        if width * (near + 0.5 * width) < 1.5 {
            loop {
                let t = width * unit(rng);
                if 1.0 - unit(rng) <= libm::exp(-t * (near + 0.5 * t)) {
                    return t;
                }
            }
        }
        loop {
            let t = unit_exponential(rng) / rate;
            // near + t - rate, without cancellation: near - rate = -1 / rate.
            let excess = t - 1.0 / rate;
            if t <= width && 1.0 - unit(rng) <= libm::exp(-0.5 * excess * excess) {
                return t;
            }
        }
    }
}

impl Family for TruncatedNormal {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.place(self.sample_offset(rng))
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn scv(&self) -> f64 {
        self.scv
    }

    fn scaled(&self, factor: f64) -> Self {
        Self {
            low: self.low * factor,
            high: self.high * factor,
            sd: self.sd * factor,
            mean: self.mean * factor,
            ..*self
        }
    }

    fn min(&self) -> f64 {
        self.low
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        if x <= self.low || x >= self.high {
            return Some(if x <= self.low { 0.0 } else { 1.0 });
        }
        let t = if self.mirrored { (self.high - x) / self.sd } else { (x - self.low) / self.sd };
        let part = self.integral(t, |_| 1.0) / self.integral(self.width, |_| 1.0);
        Some(if self.mirrored { 1.0 - part } else { part })
    }
}
