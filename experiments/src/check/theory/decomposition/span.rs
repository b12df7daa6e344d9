//! A random duration, known by two moments and by the least that it can be.

use sim_core::distributions::{Distribution, Gamma};

/// A duration [s].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Span {
    pub mean: f64,
    /// Mean of the square.
    pub second: f64,
    /// It is never shorter.
    pub least: f64,
}

impl Span {
    pub const ZERO: Span = Span { mean: 0.0, second: 0.0, least: 0.0 };

    pub fn of(distribution: &Distribution, ticks: f64) -> Span {
        let mean = distribution.mean() / ticks;
        Span { mean, second: mean * mean * (1.0 + distribution.scv()), least: (distribution.min() / ticks).max(0.0) }
    }

    pub fn with_variance(mean: f64, variance: f64, least: f64) -> Span {
        Span { mean, second: mean * mean + variance.max(0.0), least: least.min(mean) }
    }

    pub fn variance(&self) -> f64 {
        (self.second - self.mean * self.mean).max(0.0)
    }

    /// One after the other, independently.
    #[must_use]
    pub fn then(&self, next: &Span) -> Span {
        Span {
            mean: self.mean + next.mean,
            second: self.second + 2.0 * self.mean * next.mean + next.second,
            least: self.least + next.least,
        }
    }

    /// So many one after the other: a random number with this mean and variance, and at least so many.
    #[must_use]
    pub fn times(&self, mean: f64, variance: f64, least: f64) -> Span {
        let variance = mean * self.variance() + variance * self.mean * self.mean;
        Span::with_variance(mean * self.mean, variance, least * self.least)
    }

    /// The gamma distribution with these moments, above the least; `None` where it does not vary.
    fn fit(&self) -> Option<Gamma> {
        let above = self.mean - self.least;
        let scv = self.variance() / (above * above);
        if !(above > 0.0 && scv > 1e-9 && scv.is_finite()) {
            return None;
        }
        Gamma::with_scv(above, scv).ok()
    }

    /// Probability of at most so long.
    pub fn within(&self, time: f64) -> f64 {
        match self.fit() {
            _ if !time.is_finite() => 1.0,
            Some(_) if time <= self.least => 0.0,
            Some(gamma) => Distribution::from(gamma).cdf(time - self.least).unwrap_or(1.0),
            None => f64::from(u8::from(self.mean <= time * (1.0 + 1e-9))),
        }
    }

    /// What a share of the cases does not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let Some(gamma) = self.fit() else { return self.mean };
        let fitted = Distribution::from(gamma);
        let (mut low, mut high) = (0.0, self.mean);
        while fitted.cdf(high).unwrap_or(1.0) < share && high < f64::MAX / 4.0 {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if fitted.cdf(middle).unwrap_or(1.0) < share {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.least + 0.5 * (low + high)
    }

    /// Given that it is at most so long, and the mean of the shorter of the two.
    pub fn cut(&self, time: f64) -> (Span, f64) {
        let points = 200;
        let step = time / f64::from(points);
        let total = self.within(time);
        if total <= 0.0 {
            return (Span { mean: time, second: time * time, least: time.min(self.least) }, time);
        }
        let (mut mean, mut second, mut shorter) = (0.0, 0.0, 0.0);
        for point in 0..points {
            // Integrals of the tail: E[X] = int P(X > x), E[X^2] = int 2 x P(X > x).
            let x = (f64::from(point) + 0.5) * step;
            let below = self.within(x);
            mean += (total - below).max(0.0) * step;
            second += 2.0 * x * (total - below).max(0.0) * step;
            shorter += (1.0 - below) * step;
        }
        (Span { mean: mean / total, second: second / total, least: self.least }, shorter)
    }
}

/// The time until `needed` of several independent durations have ended.
pub(super) fn ended(branches: &[Span], needed: usize) -> Span {
    let needed = needed.clamp(1, branches.len().max(1));
    let furthest = branches.iter().map(|b| b.mean + 8.0 * b.variance().sqrt()).fold(0.0, f64::max);
    let mut sorted: Vec<f64> = branches.iter().map(|branch| branch.least).collect();
    sorted.sort_by(f64::total_cmp);
    let least = sorted.get(needed - 1).copied().unwrap_or(0.0);
    if furthest <= 0.0 {
        return Span::ZERO;
    }
    let points = 300;
    let step = furthest / f64::from(points);
    let (mut mean, mut second) = (0.0, 0.0);
    for point in 0..points {
        let x = (f64::from(point) + 0.5) * step;
        // Chances that so many have ended by then.
        let mut count = vec![0.0; branches.len() + 1];
        count[0] = 1.0;
        for (before, branch) in branches.iter().enumerate() {
            let p = branch.within(x);
            for n in (0..=before).rev() {
                count[n + 1] += count[n] * p;
                count[n] *= 1.0 - p;
            }
        }
        let open: f64 = count[..needed].iter().sum();
        mean += open * step;
        second += 2.0 * x * open * step;
    }
    Span { mean, second, least }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const EXPONENTIAL: Span = Span { mean: 1.0, second: 2.0, least: 0.0 };

    #[test]
    fn an_exponential_duration_is_one() {
        assert_relative_eq!(EXPONENTIAL.quantile(0.95), 2.995_732, max_relative = 1e-6);
        assert_relative_eq!(EXPONENTIAL.within(2.0), 1.0 - f64::exp(-2.0), max_relative = 1e-9);
        let shifted = Span { mean: 1.5, second: 3.25, least: 0.5 };
        assert_relative_eq!(shifted.quantile(0.5), 0.5 + f64::ln(2.0), max_relative = 1e-6);
        let (cut, shorter) = EXPONENTIAL.cut(1.0);
        assert_relative_eq!(cut.mean, 1.0 - 1.0 / (f64::exp(1.0) - 1.0), max_relative = 1e-4);
        assert_relative_eq!(shorter, 1.0 - f64::exp(-1.0), max_relative = 1e-4);
    }

    #[test]
    fn the_last_and_the_first_of_several() {
        let three = [EXPONENTIAL; 3];
        assert_relative_eq!(ended(&three, 3).mean, 1.0 + 0.5 + 1.0 / 3.0, max_relative = 1e-3);
        assert_relative_eq!(ended(&three, 1).mean, 1.0 / 3.0, max_relative = 1e-3);
        let fixed = Span { mean: 2.0, second: 4.0, least: 2.0 };
        assert_relative_eq!(ended(&[fixed, Span::ZERO], 2).mean, 2.0, max_relative = 1e-2);
        assert_eq!(fixed.quantile(0.99), 2.0);
        assert_eq!(fixed.within(1.9), 0.0);
    }

    #[test]
    fn repetition_adds_up() {
        let thrice = EXPONENTIAL.times(3.0, 0.0, 3.0);
        assert_relative_eq!(thrice.mean, 3.0, max_relative = 1e-12);
        assert_relative_eq!(thrice.variance(), 3.0, max_relative = 1e-12);
        let both = EXPONENTIAL.then(&EXPONENTIAL);
        assert_relative_eq!(both.variance(), 2.0, max_relative = 1e-12);
    }
}
