//! Sequential decisions about the sign of a mean, within a triangle that closes as samples come in.
//!
//! Kim and Nelson 2001, A fully sequential procedure for indifference-zone selection in simulation, ACM TOMACS 11(3):
//! their W with c = 1, which rests on Fabian 1974, Note on Anscombe's triangular continuation regions. With a bound in
//! the place of the second system it is the feasibility check of Andradóttir and Kim 2010, Fully sequential procedures
//! for comparing constrained systems via simulation, Naval Research Logistics 57.

/// The region of means that decide nothing yet. It depends on the samples through their variance alone, which is
/// estimated once, from the first of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangle {
    /// Their h^2 = 2 eta (n - 1).
    h2: f64,
    zone: f64,
}

impl Triangle {
    /// A region in which a mean at least `zone` away from 0 is taken for one of the other sign with a probability of at
    /// most `error`, after `first` samples have given the variance. Of k systems that are compared pair by pair, each
    /// pair has an error of alpha / (k - 1).
    ///
    /// `None` unless 0 < error < 1/2, there are two samples or more, and the zone is above 0.
    pub fn new(error: f64, first: u64, zone: f64) -> Option<Triangle> {
        let sane = error > 0.0 && error < 0.5 && first >= 2 && zone > 0.0 && zone.is_finite();
        sane.then(|| {
            let freedom = (first - 1) as f64;
            let eta = 0.5 * ((2.0 * error).powf(-2.0 / freedom) - 1.0);
            Triangle { h2: 2.0 * eta * freedom, zone }
        })
    }

    /// How far from 0 the mean of `n` samples lies at least when it decides.
    pub fn reach(&self, variance: f64, n: u64) -> f64 {
        let n = n as f64;
        (self.zone / (2.0 * n) * (self.h2 * variance / (self.zone * self.zone) - n)).max(0.0)
    }

    /// Whether the true mean is positive, by the mean of `n` samples; `None` as long as that is open.
    pub fn decide(&self, mean: f64, variance: f64, n: u64) -> Option<bool> {
        let reach = self.reach(variance, n);
        (mean > reach || mean < -reach || reach == 0.0).then_some(mean > 0.0)
    }

    /// The number of samples that decides in any case.
    pub fn most(&self, variance: f64) -> f64 {
        (self.h2 * variance / (self.zone * self.zone)).floor() + 1.0
    }
}

/// The variance of samples; 0 for less than two.
pub fn variance(samples: &[f64]) -> f64 {
    if samples.len() < 2 {
        return 0.0;
    }
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::random::{Stream, unit};

    /// About normal: twelve uniform numbers.
    fn normal(random: &mut Stream) -> f64 {
        (0..12).map(|_| unit(random)).sum::<f64>() - 6.0
    }

    /// The share of decisions for "positive", and samples on the average, where the mean is `mean`.
    fn decisions(error: f64, first: u64, zone: f64, mean: f64) -> (f64, f64) {
        let triangle = Triangle::new(error, first, zone).unwrap();
        let (mut positive, mut samples) = (0.0, 0.0);
        const RUNS: u64 = 2000;
        for run in 0..RUNS {
            let mut random = Stream::named(5, run, "triangle", "test");
            let values: Vec<f64> = (0..first).map(|_| mean + normal(&mut random)).collect();
            let spread = variance(&values);
            let (mut sum, mut n) = (values.iter().sum::<f64>(), first);
            let found = loop {
                if let Some(found) = triangle.decide(sum / n as f64, spread, n) {
                    break found;
                }
                sum += mean + normal(&mut random);
                n += 1;
            };
            positive += f64::from(u8::from(found)) / RUNS as f64;
            samples += n as f64 / RUNS as f64;
            assert!(n as f64 <= triangle.most(spread).max(first as f64));
        }
        (positive, samples)
    }

    #[test]
    fn a_mean_at_the_edge_of_the_zone_is_mistaken_as_rarely_as_stated() {
        for (error, zone) in [(0.05, 0.2), (0.2, 0.3)] {
            let (wrong, _) = decisions(error, 10, zone, -zone);
            // Three standard deviations of 2000 decisions.
            assert!(wrong <= error + 3.0 * (error / 2000.0f64).sqrt(), "{error} {zone}: {wrong}");
            assert!(wrong > error / 20.0, "not much more careful than asked for: {wrong} of {error}");
        }
    }

    #[test]
    fn a_clear_mean_takes_fewer_samples_than_a_close_one() {
        let (close, clear) = (decisions(0.05, 10, 0.3, 0.3), decisions(0.05, 10, 0.3, 1.5));
        assert!(clear.1 < close.1 / 2.0, "{close:?} {clear:?}");
        assert!(clear.0 > 0.99);
    }

    #[test]
    fn samples_without_variance_decide_at_once() {
        let triangle = Triangle::new(0.05, 5, 0.1).unwrap();
        assert_eq!((triangle.decide(1e-9, 0.0, 5), triangle.decide(-1e-9, 0.0, 5)), (Some(true), Some(false)));
    }

    #[test]
    fn the_first_region_is_that_of_the_paper() {
        // alpha .05, k = 10, n0 = 10: eta = ((2 * .05 / 9)^(-2/9) - 1) / 2.
        let triangle = Triangle::new(0.05 / 9.0, 10, 2.0).unwrap();
        let eta = 0.5 * ((0.1f64 / 9.0).powf(-2.0 / 9.0) - 1.0);
        let expected = 2.0 / 20.0 * (2.0 * eta * 9.0 * 16.0 / 4.0 - 10.0);
        assert!((triangle.reach(16.0, 10) - expected).abs() < 1e-12);
    }

    #[test]
    fn senseless_regions_are_none() {
        assert!(Triangle::new(0.5, 10, 1.0).is_none() && Triangle::new(0.0, 10, 1.0).is_none());
        assert!(Triangle::new(0.05, 1, 1.0).is_none() && Triangle::new(0.05, 10, 0.0).is_none());
    }
}
