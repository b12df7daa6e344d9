//! Latin hypercubes (McKay, Beckman and Conover, 1979): every one of n equal parts of every factor's range is hit once.

use sim_core::random::{Keyed, Rng, below, combine, name_hash, unit};

/// For each of `points` rows the share of the way through the range of one factor. The permutation and the places
/// within the parts follow from the seed and the factor's name: further factors leave it as it is.
pub fn shares(seed: u64, factor: &str, points: usize) -> Vec<f64> {
    let mut random = Keyed::new(combine(seed, name_hash("latin hypercube")), name_hash(factor));
    let mut parts: Vec<usize> = (0..points).collect();
    shuffle(&mut parts, &mut random);
    parts.into_iter().map(|part| (part as f64 + unit(&mut random)) / points as f64).collect()
}

/// Fisher and Yates, 1938.
fn shuffle<R: Rng>(items: &mut [usize], random: &mut R) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(random, last as u64 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_every_factor_is_hit_once() {
        for factor in ["gateway.cores", "radio.bandwidth"] {
            let mut parts: Vec<usize> = shares(1, factor, 50).iter().map(|share| (share * 50.0) as usize).collect();
            assert_ne!(parts, (0..50).collect::<Vec<_>>(), "in an order of its own");
            parts.sort_unstable();
            assert_eq!(parts, (0..50).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_factor_depends_on_its_name_and_the_seed_alone() {
        assert_eq!(shares(1, "a", 20), shares(1, "a", 20));
        assert_ne!(shares(1, "a", 20), shares(1, "b", 20));
        assert_ne!(shares(1, "a", 20), shares(2, "a", 20));
    }

    #[test]
    fn factors_are_not_correlated() {
        let (a, b) = (shares(3, "a", 1000), shares(3, "b", 1000));
        let covariance = a.iter().zip(&b).map(|(a, b)| (a - 0.5) * (b - 0.5)).sum::<f64>() / 1000.0;
        // Of independent permutations the standard deviation is 1/12/sqrt(999): four of them.
        assert!((covariance * 12.0).abs() < 4.0 / 999f64.sqrt(), "{covariance}");
    }
}
