//! Uniform numbers out of one word of a generator.

use rand::Rng;

/// A uniform number in [0, 1): the upper 53 bits of one word, so that `1 - u` is exact and never 0.
#[inline(always)]
pub fn unit<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (rng.next_u64() >> 11) as f64 * STEP
}

/// A uniform whole number below `n`, by the upper half of a product (Lemire 2019, without the rejection: the bias is
/// below `n / 2^64`).
#[inline(always)]
pub fn below<R: Rng + ?Sized>(rng: &mut R, n: u64) -> u64 {
    ((u128::from(rng.next_u64()) * u128::from(n)) >> 64) as u64
}
