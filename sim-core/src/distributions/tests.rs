//! The families against their own formulas: moments, distribution functions, scaling, refusals.
//!
//! Statistical tests use fixed seeds. Moments are compared within 4.5 standard errors: a false alarm is one in 150,000
//! per number where the sample mean is close to normal. Kolmogorov-Smirnov distances are compared with 2.6 / sqrt(n),
//! which is exceeded once in 370,000 (2 exp(-2 2.6²), Kolmogorov 1933).

#![allow(clippy::unwrap_used)]

use approx::assert_relative_eq;
use proptest::prelude::*;
use rand_distr::Distribution as _;

use super::zipf::power_sum;
use super::*;
use crate::random::{Keyed, Stream, mix, name_hash};

/// What of a sample can be compared with the formulas: heavy tails have sample moments that say nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Check {
    MeanAndScv,
    Mean,
    Neither,
}
use Check::{Mean, MeanAndScv, Neither};

fn cases() -> Vec<(Distribution, Check)> {
    let mixture = Mixture::new(vec![
        (0.25, Constant::new(2.0).unwrap().into()),
        (0.5, Exponential::with_mean(3.0).unwrap().into()),
        (0.25, Uniform::new(1.0, 4.0).unwrap().into()),
    ]);
    let generator = [vec![-3.0, 2.0, 0.5], vec![1.0, -2.0, 1.0], vec![0.0, 4.0, -4.5]];
    let measured: Vec<f64> = (0..50).map(|i: i32| f64::from(i * i % 37) + 0.5).collect();
    let pairs: Vec<(f64, f64)> = (0..20).map(|i| (f64::from(i % 4), f64::from(i * 7 % 20))).collect();
    vec![
        (Constant::new(3.5).unwrap().into(), MeanAndScv),
        (Constant::new(0.0).unwrap().into(), MeanAndScv),
        (Uniform::new(0.0, 1.0).unwrap().into(), MeanAndScv),
        (Uniform::new(1e6, 1e6 + 1.0).unwrap().into(), MeanAndScv),
        (Exponential::with_mean(250.0).unwrap().into(), MeanAndScv),
        (Exponential::with_rate(4.0).unwrap().into(), MeanAndScv),
        (Erlang::new(1, 2.0).unwrap().into(), MeanAndScv),
        (Erlang::new(4, 2.0).unwrap().into(), MeanAndScv),
        (Erlang::new(1000, 2.0).unwrap().into(), MeanAndScv),
        (Hyperexponential::new(&[(0.2, 1.0), (0.5, 0.0625), (0.3, 10.0)]).unwrap().into(), MeanAndScv),
        (Hyperexponential::with_scv(5.0, 1.0).unwrap().into(), MeanAndScv),
        (Hyperexponential::with_scv(5.0, 100.0).unwrap().into(), MeanAndScv),
        (Gamma::with_scv(7.0, 0.01).unwrap().into(), MeanAndScv),
        (Gamma::with_scv(7.0, 100.0).unwrap().into(), MeanAndScv),
        (Gamma::with_shape(7.0, 0.1).unwrap().into(), MeanAndScv),
        (Gamma::with_shape(7.0, 1.0).unwrap().into(), MeanAndScv),
        (Lognormal::with_scv(2.0, 0.01).unwrap().into(), MeanAndScv),
        (Lognormal::with_scv(2.0, 1.0).unwrap().into(), MeanAndScv),
        (Lognormal::with_scv(2.0, 100.0).unwrap().into(), Mean),
        (Weibull::new(0.1, 1.0).unwrap().into(), Neither),
        (Weibull::with_mean(0.5, 10.0).unwrap().into(), MeanAndScv),
        (Weibull::new(1.0, 3.0).unwrap().into(), MeanAndScv),
        (Weibull::with_mean(50.0, 1.0).unwrap().into(), MeanAndScv),
        (Pareto::new(0.1, 1.0).unwrap().into(), Neither),
        (Pareto::new(1.0, 2.0).unwrap().into(), Neither),
        (Pareto::with_mean(2.5, 2.0).unwrap().into(), Mean),
        (Pareto::new(10.0, 2.0).unwrap().into(), MeanAndScv),
        (BoundedPareto::new(0.1, 1.0, 1e6).unwrap().into(), MeanAndScv),
        (BoundedPareto::new(1.0, 1.0, 1e3).unwrap().into(), MeanAndScv),
        (BoundedPareto::new(1.1, 2.0, 1e4).unwrap().into(), MeanAndScv),
        (BoundedPareto::new(2.0, 2.0, 1e3).unwrap().into(), MeanAndScv),
        (BoundedPareto::new(5.0, 10.0, 10.5).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(5.0, 1.0, 0.0, 10.0).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(5.0, 1.0, 0.0, f64::INFINITY).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(1.0, 2.0, 0.5, 1.5).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(0.0, 1.0, 0.0, f64::INFINITY).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(-1.0, 1.0, 0.0, 9.0).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(-60.0, 1.5, 0.0, f64::INFINITY).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(-60.0, 1.5, 1.0, 1.01).unwrap().into(), MeanAndScv),
        (TruncatedNormal::new(100.0, 2.0, 1.0, 3.0).unwrap().into(), MeanAndScv),
        (Triangular::new(1.0, 2.0, 6.0).unwrap().into(), MeanAndScv),
        (Triangular::new(1.0, 1.0, 6.0).unwrap().into(), MeanAndScv),
        (Triangular::new(0.0, 6.0, 6.0).unwrap().into(), MeanAndScv),
        (Coxian::new(&[(2.0, 0.0)]).unwrap().into(), MeanAndScv),
        (Coxian::new(&[(2.0, 0.5), (1.0, 1.0), (5.0, 0.0)]).unwrap().into(), MeanAndScv),
        (PhaseType::new(&[0.5, 0.3, 0.2], &generator).unwrap().into(), MeanAndScv),
        (Empirical::new(&measured).unwrap().into(), MeanAndScv),
        (Empirical::weighted(&pairs).unwrap().into(), MeanAndScv),
        (Empirical::interpolated(&measured).unwrap().into(), MeanAndScv),
        (Zipf::new(1, 2.0).unwrap().into(), MeanAndScv),
        (Zipf::new(6, 0.0).unwrap().into(), MeanAndScv),
        (Zipf::new(1000, 0.5).unwrap().into(), MeanAndScv),
        (Zipf::new(1000, 1.0).unwrap().into(), MeanAndScv),
        (Zipf::new(50, 3.0).unwrap().into(), MeanAndScv),
        (Zipf::new(1_000_000_000, 0.0).unwrap().into(), MeanAndScv),
        (Zipf::new(1_000_000_000, 1.0).unwrap().into(), MeanAndScv),
        (Zipf::new(1_000_000_000, 1.2).unwrap().into(), Mean),
        (mixture.unwrap().into(), MeanAndScv),
    ]
}

const SAMPLES: usize = 1_000_000;

fn samples(distribution: &Distribution, count: usize) -> Vec<f64> {
    let mut stream = Stream::named(2024, 0, "distributions", &format!("{distribution:?}"));
    (0..count).map(|_| distribution.sample(&mut stream)).collect()
}

#[test]
fn sample_moments_are_those_of_the_formulas() {
    for (distribution, check) in cases() {
        let values = samples(&distribution, SAMPLES);
        let (mean, scv, count) = (distribution.mean(), distribution.scv(), SAMPLES as f64);
        assert!(values.iter().all(|&x| x.is_finite() && x >= distribution.min()), "{distribution:?}");
        if check == Neither {
            continue;
        }
        let found = values.iter().sum::<f64>() / count;
        // What adding up a million numbers rounds away comes on top.
        let allowed = mean * (4.5 * (scv.min(1e9) / count).sqrt() + 1e-11);
        assert!((found - mean).abs() <= allowed, "{distribution:?}: mean {found} instead of {mean} ± {allowed}");
        if check == Mean {
            continue;
        }
        let squares: Vec<f64> = values.iter().map(|x| (x - mean).powi(2)).collect();
        let variance = squares.iter().sum::<f64>() / count;
        let fourth = squares.iter().map(|x| (x - variance).powi(2)).sum::<f64>() / count;
        let (expected, allowed) = (scv * mean * mean, 4.5 * (fourth / count).sqrt() + 1e-11 * mean * mean);
        assert!(
            (variance - expected).abs() <= allowed,
            "{distribution:?}: variance {variance} instead of {expected} ± {allowed}"
        );
    }
}

/// The largest distance of the empirical from the given distribution function, at the values that occur.
fn distance(mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let last_of_ties = (0..values.len()).filter(|&i| i + 1 == values.len() || values[i + 1] > values[i]);
    last_of_ties.map(|i| ((i + 1) as f64 / count - cdf(values[i])).abs()).fold(0.0, f64::max)
}

#[test]
fn samples_follow_the_distribution_function() {
    let count = 20_000;
    for (distribution, _) in cases() {
        let found = distance(samples(&distribution, count), |x| distribution.cdf(x).unwrap());
        assert!(found < 2.6 / (count as f64).sqrt(), "{distribution:?}: distance {found}");
    }
}

#[test]
fn keyed_draws_of_consecutive_ordinals_follow_the_distribution_function() {
    let count = 6_000;
    for (distribution, _) in cases() {
        for (base, site) in [(0, "service"), (1 << 33, "arrival")] {
            let draw = |i: u64| distribution.sample(&mut Keyed::new(mix(base + i), name_hash(site)));
            let found = distance((0..count).map(draw).collect(), |x| distribution.cdf(x).unwrap());
            assert!(found < 2.6 / (count as f64).sqrt(), "{distribution:?} at {site}: distance {found}");
        }
    }
}

#[test]
fn the_mean_is_the_integral_of_the_tail() {
    // An independent way to the mean, by the midpoint rule in v with x = min + mean v / (1 - v).
    for (distribution, check) in cases() {
        if check != MeanAndScv || distribution.is_constant() || matches!(distribution, Distribution::Zipf(_)) {
            continue;
        }
        let (low, scale) = (distribution.min(), distribution.mean() - distribution.min());
        let panels = 10_000;
        let tail = |i: u32| {
            let v = (f64::from(i) + 0.5) / f64::from(panels);
            let x = low + scale * v / (1.0 - v);
            (1.0 - distribution.cdf(x).unwrap_or(1.0)) / (1.0 - v).powi(2)
        };
        let integral = low + scale * (0..panels).map(tail).sum::<f64>() / f64::from(panels);
        assert_relative_eq!(integral, distribution.mean(), max_relative = 2e-3);
    }
}

#[test]
fn scaling_scales_everything_and_nothing_else() {
    for (distribution, _) in cases() {
        for factor in [0.125, 1e6] {
            let scaled = distribution.scaled(factor);
            let same =
                |a: f64, b: f64| assert!(a == b || (a - b).abs() <= 1e-12 * b.abs(), "{distribution:?}: {a} {b}");
            same(scaled.mean(), factor * distribution.mean());
            assert!(scaled.scv() == distribution.scv() || (scaled.scv() / distribution.scv() - 1.0).abs() < 1e-9);
            same(scaled.min(), factor * distribution.min());
            assert_eq!(scaled.is_exponential(), distribution.is_exponential());
            assert_eq!(scaled.is_constant(), distribution.is_constant());
            for key in 0..100 {
                let (mut a, mut b) = (Keyed::new(mix(key), 1), Keyed::new(mix(key), 1));
                let (scaled, plain) = (scaled.sample(&mut a), distribution.sample(&mut b));
                assert!((scaled - factor * plain).abs() <= 1e-9 * scaled, "{distribution:?}");
                assert_eq!(a, b);
            }
        }
    }
}

#[test]
fn distribution_functions_rise_from_0_to_1() {
    for (distribution, _) in cases() {
        let mean = distribution.mean().min(1e6);
        let values: Vec<f64> = (0..200).map(|i| distribution.cdf(mean * 1.1_f64.powi(i - 120)).unwrap()).collect();
        assert!(values.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "{distribution:?}");
        assert!(values.iter().all(|value| (0.0..=1.0 + 1e-12).contains(value)), "{distribution:?}");
        assert_eq!(distribution.cdf(-1.0), Some(0.0), "{distribution:?}");
    }
}

#[test]
fn moments_are_those_of_textbooks() {
    let of = |family: Distribution| (family.mean(), family.scv());
    let near = |(a, b): (f64, f64), (c, d): (f64, f64)| {
        assert_relative_eq!(a, c, max_relative = 1e-12);
        assert_relative_eq!(b, d, max_relative = 1e-10);
    };
    near(of(Hyperexponential::with_scv(3.0, 100.0).unwrap().into()), (3.0, 100.0));
    near(of(Hyperexponential::with_scv(3.0, 1e12).unwrap().into()), (3.0, 1e12));
    // Weibull of shape 1/2: Γ(3) = 2 and Γ(5) / Γ(3)² - 1 = 5; of shape 0.1: Γ(11) = 10!.
    near(of(Weibull::new(0.5, 1.0).unwrap().into()), (2.0, 5.0));
    assert_relative_eq!(Weibull::new(0.1, 1.0).unwrap().mean(), 3_628_800.0, max_relative = 1e-12);
    // Half normal: sqrt(2 / π), scv π / 2 - 1.
    let half = (std::f64::consts::FRAC_2_PI.sqrt(), std::f64::consts::FRAC_PI_2 - 1.0);
    near(of(TruncatedNormal::new(0.0, 1.0, 0.0, f64::INFINITY).unwrap().into()), half);
    // Far in the tail t is nearly exponential with rate a: its mean is 1/a - 2/a³ + 10/a⁵ - ...
    let tail = TruncatedNormal::new(-1000.0, 1.0, 0.0, f64::INFINITY).unwrap();
    assert_relative_eq!(tail.mean(), 1e-3 - 2e-9 + 1e-14, max_relative = 1e-12);
    // Erlang-3 as a chain of phases, two ways.
    let chain = [vec![-1.0, 1.0, 0.0], vec![0.0, -1.0, 1.0], vec![0.0, 0.0, -1.0]];
    near(of(PhaseType::new(&[1.0, 0.0, 0.0], &chain).unwrap().into()), (3.0, 1.0 / 3.0));
    near(of(Coxian::new(&[(1.0, 1.0), (1.0, 1.0), (1.0, 0.0)]).unwrap().into()), (3.0, 1.0 / 3.0));
    assert_eq!(of(Pareto::new(1.0, 1.0).unwrap().into()), (f64::INFINITY, f64::INFINITY));
    assert_eq!(of(Pareto::new(2.0, 1.0).unwrap().into()), (2.0, f64::INFINITY));
    near(of(Pareto::new(3.0, 1.0).unwrap().into()), (1.5, 1.0 / 3.0));
}

#[test]
fn sums_of_powers_are_exact() {
    for s in [-2.0, -1.0, 0.0, 0.3, 1.0, 1.000_000_1, 2.5, 30.0] {
        let n = 200_000_u64;
        let mut terms: Vec<f64> = (1..=n).map(|k| (k as f64).powf(-s)).collect();
        terms.sort_by(f64::total_cmp);
        assert_relative_eq!(power_sum(n, s), terms.iter().sum::<f64>(), max_relative = 1e-12);
    }
    let n = 1e9_f64;
    assert_relative_eq!(power_sum(1_000_000_000, -1.0), n * (n + 1.0) / 2.0, max_relative = 1e-13);
    assert_relative_eq!(power_sum(1_000_000_000, -2.0), n * (n + 1.0) * (2.0 * n + 1.0) / 6.0, max_relative = 1e-13);
}

#[test]
fn zipf_ranks_are_whole_numbers_in_range_even_for_a_billion_of_them() {
    for (n, s) in [(1, 0.0), (2, 5.0), (1_000_000_000, 0.0), (1_000_000_000, 1.0), (1_000_000_000, 3.0), (1 << 52, 0.5)]
    {
        let zipf = Distribution::from(Zipf::new(n, s).unwrap());
        assert!(samples(&zipf, 10_000).iter().all(|&x| x.fract() == 0.0 && (1.0..=n as f64).contains(&x)));
    }
}

#[test]
fn a_sequence_is_given_in_its_order_also_inside_a_mixture() {
    let sequence = Distribution::from(Sequence::new(&[6.0, 3.0, 0.0]).unwrap());
    let mut stream = Stream::named(1, 1, "", "");
    let untouched = stream.clone();
    let given: Vec<f64> = (0..7).map(|ordinal| sequence.sample_at(ordinal, &mut stream)).collect();
    assert_eq!(given, [6.0, 3.0, 0.0, 6.0, 3.0, 0.0, 6.0]);
    assert_eq!(sequence.sample(&mut stream), 6.0);
    assert_eq!(stream, untouched);
    assert_eq!((sequence.mean(), sequence.scv(), sequence.min()), (3.0, 6.0 / 9.0, 0.0));
    assert_eq!(sequence.cdf(1.0), None);
    assert_eq!(sequence.scaled(2.0).sample_at(1, &mut stream), 6.0);
    let mixture = Distribution::from(Mixture::new(vec![(1.0, sequence)]).unwrap());
    assert_eq!(mixture.sample_at(4, &mut stream), 3.0);
}

#[test]
fn what_has_probability_zero_does_not_occur() {
    let mixture = Mixture::new(vec![
        (0.0, Constant::new(0.0).unwrap().into()),
        (1.0 - 1e-10, Constant::new(1.0).unwrap().into()),
        (0.0, Pareto::new(0.5, 9.0).unwrap().into()),
    ]);
    let mixture = Distribution::from(mixture.unwrap());
    assert_eq!((mixture.mean(), mixture.scv(), mixture.min()), (1.0, 0.0, 1.0));
    assert!(mixture.is_constant());
    assert!(samples(&mixture, 10_000).iter().all(|&x| x == 1.0));
}

#[test]
fn memoryless_and_constant_distributions_are_recognised() {
    let exponential: [Distribution; 7] = [
        Exponential::with_mean(2.0).unwrap().into(),
        Erlang::new(1, 2.0).unwrap().into(),
        Gamma::with_scv(2.0, 1.0).unwrap().into(),
        Weibull::new(1.0, 2.0).unwrap().into(),
        Hyperexponential::with_scv(2.0, 1.0).unwrap().into(),
        Coxian::new(&[(2.0, 0.0)]).unwrap().into(),
        PhaseType::new(&[1.0], &[vec![-0.5]]).unwrap().into(),
    ];
    assert!(exponential.iter().all(|d| d.is_exponential() && !d.is_constant()));
    assert!(Distribution::from(Sequence::new(&[2.0, 2.0]).unwrap()).is_constant());
    assert!(!Distribution::from(Erlang::new(2, 2.0).unwrap()).is_exponential());
    assert!(!Distribution::from(Uniform::new(0.0, 2.0).unwrap()).is_constant());
}

#[test]
fn the_exponential_takes_one_word_almost_always_and_is_the_ziggurat() {
    let exponential = Distribution::from(Exponential::with_mean(2.0).unwrap());
    let (mut a, mut b) = (Stream::named(1, 1, "", ""), Stream::named(1, 1, "", ""));
    for _ in 0..1000 {
        let unit: f64 = rand_distr::Exp1.sample(&mut b);
        assert_eq!(exponential.sample(&mut a), 2.0 * unit);
    }
}

/// A generator that always returns the same word: the ends of the unit interval.
#[derive(Clone, Copy)]
struct Stuck(u64);

impl rand::rand_core::TryRng for Stuck {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.0 >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        dst.fill(0);
        Ok(())
    }
}

#[test]
fn inversion_is_monotone_and_finite_up_to_the_ends() {
    for (distribution, _) in cases() {
        use Distribution::{BoundedPareto, Empirical, Pareto, Triangular, Uniform, Weibull};
        if !matches!(
            distribution,
            Uniform(_) | Weibull(_) | Pareto(_) | BoundedPareto(_) | Triangular(_) | Empirical(_)
        ) {
            continue;
        }
        let words = (0..=1000).map(|i| if i == 1000 { u64::MAX } else { i * (u64::MAX / 1000) });
        let values: Vec<f64> = words.map(|word| distribution.sample(&mut Stuck(word))).collect();
        assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{distribution:?}");
        assert!(values.iter().all(|x| x.is_finite() && *x >= distribution.min()), "{distribution:?}");
    }
}

#[test]
fn bad_parameters_are_refused() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let one = || Distribution::from(Constant::new(1.0).unwrap());
    for bad in [nan, inf, -inf, -1.0] {
        assert!(Constant::new(bad).is_err());
        assert!(Uniform::new(bad, 2.0).is_err() && Uniform::new(0.5, bad).is_err());
        assert!(Sequence::new(&[1.0, bad]).is_err());
        assert!(Empirical::new(&[1.0, bad]).is_err() && Empirical::interpolated(&[1.0, bad]).is_err());
        assert!(Empirical::weighted(&[(1.0, bad)]).is_err() && Empirical::weighted(&[(bad, 1.0), (2.0, 1.0)]).is_err());
        assert!(Triangular::new(bad, 1.0, 2.0).is_err() && Triangular::new(0.0, bad, 2.0).is_err());
        assert!(Triangular::new(0.0, 1.0, bad).is_err());
        assert!(Zipf::new(10, bad).is_err());
        assert!(TruncatedNormal::new(1.0, 1.0, bad, 2.0).is_err());
        assert!(Mixture::new(vec![(bad, one()), (1.0 - bad, one())]).is_err());
        assert!(PhaseType::new(&[bad, 1.0 - bad], &[vec![-1.0, 0.0], vec![0.0, -1.0]]).is_err());
        assert!(PhaseType::new(&[1.0, 0.0], &[vec![-1.0, bad], vec![0.0, -1.0]]).is_err());
        assert!(Coxian::new(&[(1.0, bad), (1.0, 0.0)]).is_err());
        assert!(Hyperexponential::new(&[(bad, 1.0), (1.0 - bad, 1.0)]).is_err());
    }
    for bad in [nan, inf, -inf, -1.0, 0.0] {
        assert!(Exponential::with_mean(bad).is_err() && Exponential::with_rate(bad).is_err());
        assert!(Erlang::new(2, bad).is_err());
        assert!(Hyperexponential::new(&[(1.0, bad)]).is_err());
        assert!(Hyperexponential::with_scv(bad, 2.0).is_err() && Hyperexponential::with_scv(1.0, bad).is_err());
        assert!(Gamma::with_scv(bad, 1.0).is_err() && Gamma::with_scv(1.0, bad).is_err());
        assert!(Gamma::with_shape(bad, 1.0).is_err() && Gamma::with_shape(1.0, bad).is_err());
        assert!(Lognormal::with_scv(bad, 1.0).is_err() && Lognormal::with_scv(1.0, bad).is_err());
        assert!(Weibull::new(bad, 1.0).is_err() && Weibull::new(1.0, bad).is_err());
        assert!(Weibull::with_mean(bad, 1.0).is_err() && Weibull::with_mean(1.0, bad).is_err());
        assert!(Pareto::new(bad, 1.0).is_err() && Pareto::new(1.0, bad).is_err());
        assert!(Pareto::with_mean(bad, 1.0).is_err() && Pareto::with_mean(2.0, bad).is_err());
        assert!(BoundedPareto::new(bad, 1.0, 2.0).is_err() && BoundedPareto::new(1.0, bad, 2.0).is_err());
        assert!(BoundedPareto::new(1.0, 1.0, bad).is_err());
        assert!(TruncatedNormal::new(1.0, bad, 0.0, 2.0).is_err());
        assert!(Coxian::new(&[(bad, 0.0)]).is_err());
        assert!(PhaseType::new(&[1.0], &[vec![-bad]]).is_err());
    }
    for bad in [nan, inf, -inf] {
        assert!(TruncatedNormal::new(bad, 1.0, 0.0, 2.0).is_err());
    }
    for equal_or_swapped in [1.0, 0.5] {
        assert!(Uniform::new(1.0, equal_or_swapped).is_err());
        assert!(Triangular::new(1.0, 1.0, equal_or_swapped).is_err());
        assert!(BoundedPareto::new(1.0, 1.0, equal_or_swapped).is_err());
        assert!(TruncatedNormal::new(1.0, 1.0, 1.0, equal_or_swapped).is_err());
        assert!(Pareto::with_mean(equal_or_swapped, 1.0).is_err());
    }
    assert!(Triangular::new(1.0, 3.0, 2.0).is_err() && Triangular::new(1.0, 0.5, 2.0).is_err());
    assert!(TruncatedNormal::new(1.0, 1.0, 0.0, nan).is_err());
    assert!(TruncatedNormal::new(1e300, 1e-300, 0.0, 1.0).is_err());
    assert!(Erlang::new(0, 1.0).is_err() && Zipf::new(0, 1.0).is_err() && Zipf::new(u64::MAX, 1.0).is_err());
    assert!(Hyperexponential::with_scv(1.0, 0.99).is_err());
    assert!(Weibull::new(0.001, 1.0).is_err() && Weibull::with_mean(0.001, 1.0).is_err());
    assert!(Hyperexponential::new(&[]).is_err() && Mixture::new(vec![]).is_err() && Coxian::new(&[]).is_err());
    assert!(Sequence::new(&[]).is_err() && Empirical::new(&[]).is_err() && Empirical::weighted(&[]).is_err());
    assert!(Empirical::interpolated(&[1.0]).is_err() && Empirical::weighted(&[(0.0, 1.0)]).is_err());
    assert!(Hyperexponential::new(&[(0.5, 1.0), (0.5 + 2e-9, 1.0)]).is_err());
    assert!(Hyperexponential::new(&[(0.5, 1.0), (0.5 + 5e-10, 1.0)]).is_ok());
    assert!(Mixture::new(vec![(0.9, one())]).is_err());
    assert!(Coxian::new(&[(1.0, 0.5)]).is_err());
    assert!(PhaseType::new(&[], &[]).is_err() && PhaseType::new(&[1.0], &[]).is_err());
    assert!(PhaseType::new(&[1.0], &[vec![-1.0, 1.0]]).is_err());
    assert!(PhaseType::new(&[1.0, 0.0], &[vec![-1.0, 2.0], vec![0.0, -1.0]]).is_err());
}

#[test]
fn errors_name_the_parameter_and_what_would_be_right() {
    let text = |error: DistributionError| error.to_string();
    assert_eq!(
        text(Exponential::with_mean(-2.0).unwrap_err()),
        "exponential: mean is -2, but must be finite and greater than 0"
    );
    assert_eq!(
        text(Uniform::new(3.0, 2.0).unwrap_err()),
        "uniform: high is 2, but must be greater than low, which is 3"
    );
    assert_eq!(
        text(Mixture::new(vec![(0.5, Constant::new(1.0).unwrap().into())]).unwrap_err()),
        "mixture: the probabilities add up to 0.5, but must add up to 1 (within 1e-9)"
    );
    let endless = PhaseType::new(&[1.0, 0.0], &[vec![-2.0, 1.0], vec![0.0, -1.0]]);
    assert!(endless.is_ok());
    let endless = PhaseType::new(&[1.0, 0.0, 0.0], &[vec![-2.0, 1.0, 0.0], vec![0.0, -1.0, 1.0], vec![0.0, 1.0, -1.0]]);
    assert!(text(endless.unwrap_err()).starts_with("phase-type: phase 1 never leads out"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn truncated_normals_stay_between_their_bounds(
        mean in -1e3..1e3_f64, sd in 1e-2..1e3_f64, low in 0.0..1e3_f64, width in 1e-3..1e3_f64, seed in any::<u64>(),
    ) {
        let normal = TruncatedNormal::new(mean, sd, low, low + width).unwrap();
        prop_assert!(normal.mean() >= low && normal.mean() <= low + width && normal.scv() >= 0.0);
        let mut stream = Stream::named(seed, 0, "", "");
        for _ in 0..100 {
            let x = normal.sample(&mut stream);
            prop_assert!((low..=low + width).contains(&x));
        }
    }

    #[test]
    fn bounded_pareto_moments_lie_between_the_bounds(shape in 1e-3..20.0_f64, low in 1e-3..1e3_f64, ratio in 1.001..1e6_f64) {
        let pareto = BoundedPareto::new(shape, low, low * ratio).unwrap();
        prop_assert!(pareto.mean() > low && pareto.mean() < low * ratio);
        // The variance of what lies in an interval is at most (mean - low) (high - mean) (Bhatia, Davis 2000).
        let most = (pareto.mean() - low) * (low * ratio - pareto.mean());
        prop_assert!(pareto.scv() * pareto.mean().powi(2) <= most * (1.0 + 1e-9));
    }
}
