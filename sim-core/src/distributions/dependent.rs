//! What depends on numbers that are known only when it is drawn.

use std::fmt;
use std::sync::Arc;

use rand::Rng;

use super::{Distribution, Family};

/// The numbers that a scale depends on, as they are when a value is drawn.
pub type Known = [f64; 2];

/// A scale that follows from known numbers.
pub type Scale = Arc<dyn Fn(Known) -> f64 + Send + Sync>;

/// X = f(known numbers) Y: the scale of a distribution follows from numbers that whoever draws knows, such as the size
/// of a batch.
///
/// Mean and support are those at the `usual` numbers; [`sample`](Family::sample) takes these too, and
/// [`sample_with`](Dependent::sample_with) those that are given.
#[derive(Clone)]
pub struct Dependent {
    base: Box<Distribution>,
    scale: Scale,
    factor: f64,
    usual: Known,
}

impl fmt::Debug for Dependent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dependent({:?} x {} at {:?})", self.base, self.of(self.usual), self.usual)
    }
}

impl PartialEq for Dependent {
    fn eq(&self, other: &Dependent) -> bool {
        self.base == other.base
            && Arc::ptr_eq(&self.scale, &other.scale)
            && (self.factor, self.usual) == (other.factor, other.usual)
    }
}

impl Dependent {
    /// The scale times the base; `usual` are the numbers that mean and support are told for.
    pub fn new(base: Distribution, scale: Scale, usual: Known) -> Dependent {
        Dependent { base: Box::new(base), scale, factor: 1.0, usual }
    }

    /// The scale at these numbers: 0 where it would be negative or no number.
    fn of(&self, known: Known) -> f64 {
        let scale = self.factor * (self.scale)(known);
        // Infinity would never end.
        if scale.is_nan() { 0.0 } else { scale.clamp(0.0, f64::MAX) }
    }

    /// One value, for the numbers as they are.
    pub fn sample_with<R: Rng + ?Sized>(&self, known: Known, ordinal: u64, rng: &mut R) -> f64 {
        self.of(known) * self.base.sample_at(ordinal, rng)
    }
}

impl Family for Dependent {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.sample_with(self.usual, 0, rng)
    }

    fn sample_at<R: Rng + ?Sized>(&self, ordinal: u64, rng: &mut R) -> f64 {
        self.sample_with(self.usual, ordinal, rng)
    }

    fn mean(&self) -> f64 {
        self.of(self.usual) * self.base.mean()
    }

    fn scv(&self) -> f64 {
        self.base.scv()
    }

    fn scaled(&self, factor: f64) -> Self {
        Dependent { factor: self.factor * factor, ..self.clone() }
    }

    fn min(&self) -> f64 {
        0.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Constant, Exponential};
    use super::*;
    use crate::random::Keyed;

    #[test]
    fn the_scale_follows_the_numbers_that_are_given() {
        let scale: Scale = Arc::new(|[n, size]| 1.0 + 2.0 * n + size);
        let one = Constant::new(1.0).unwrap();
        let x = Dependent::new(one.into(), scale.clone(), [1.0, 0.0]).scaled(10.0);
        let mut random = Keyed::new(1, 2);
        assert_eq!(x.sample_with([3.0, 0.5], 0, &mut random), 75.0);
        assert_eq!((x.mean(), x.sample(&mut random)), (30.0, 30.0));
        let y = Dependent::new(Exponential::with_mean(1.0).unwrap().into(), scale, [0.0, 0.0]);
        let drawn = |known: Known| y.sample_with(known, 0, &mut Keyed::new(7, 8));
        assert!((drawn([4.5, 0.0]) / drawn([0.0, 0.0]) - 10.0).abs() < 1e-12);
        assert!(!x.is_constant() && y.mean() == 1.0);
    }

    #[test]
    fn a_scale_that_is_no_number_is_nothing() {
        let x = Dependent::new(Constant::new(1.0).unwrap().into(), Arc::new(|[n, _]| 1.0 - n), [0.0, 0.0]);
        let mut random = Keyed::new(1, 2);
        assert_eq!(x.sample_with([2.0, 0.0], 0, &mut random), 0.0);
        assert_eq!(x.sample_with([f64::NAN, 0.0], 0, &mut random), 0.0);
    }
}
