//! Mean, variance and extremes of a stream of values.

use serde::{Deserialize, Serialize};

/// Count, mean, variance, minimum and maximum of values, without keeping them (Welford 1962; merging by Chan, Golub and
/// LeVeque 1979).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    count: u64,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { count: 0, mean: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Tally {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let from_mean = value - self.mean;
        self.mean += from_mean / self.count as f64;
        self.squares += from_mean * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds all values of another tally.
    pub fn merge(&mut self, other: &Tally) {
        if other.count == 0 {
            return;
        }
        let count = self.count + other.count;
        let apart = other.mean - self.mean;
        let share = other.count as f64 / count as f64;
        self.squares += other.squares + apart * apart * self.count as f64 * share;
        self.mean += apart * share;
        self.count = count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Their sample variance; `None` with fewer than two values.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    /// The smallest.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn a_tally_is_right_and_merging_gives_the_same() {
        let values: Vec<f64> = (0..1000).map(|i| 1e6 + f64::from(i * 7919 % 1000)).collect();
        let mut whole = Tally::default();
        values.iter().for_each(|v| whole.add(*v));
        let mean = values.iter().sum::<f64>() / 1000.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 999.0;
        assert_relative_eq!(whole.mean().unwrap(), mean, max_relative = 1e-12);
        assert_relative_eq!(whole.variance().unwrap(), variance, max_relative = 1e-9);
        let (mut a, mut b) = (Tally::default(), Tally::default());
        values[..300].iter().for_each(|v| a.add(*v));
        values[300..].iter().for_each(|v| b.add(*v));
        a.merge(&b);
        assert_relative_eq!(a.variance().unwrap(), variance, max_relative = 1e-9);
        assert_eq!((a.min(), a.max(), a.count()), (whole.min(), whole.max(), 1000));
        a.merge(&Tally::default());
        assert_eq!(a.count(), 1000);
    }
}
