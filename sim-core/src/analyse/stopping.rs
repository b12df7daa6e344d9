//! Sequential stopping: how many replications next.

/// The fewest that are added at a time: looking after every single one would stop at the luckiest.
const FEWEST: u64 = 5;
/// The fewest that a second look rests on. A rule that looks at ten values stops where they happen to be alike; in
/// experiments with the means of queues, which are skewed, 30 brought back most of the coverage that this costs.
const SECOND_LOOK: u64 = 30;

/// How many replications there should be before the precision is looked at again: as many as the present variance asks
/// for, since a half-width falls with the square root of their number, but at most twice as many as now, but at least five
/// more and 30 in all, and never more than `most`. `reached` is the half-width over the one wanted; infinite where there is none yet.
pub fn next_count(now: u64, reached: f64, most: u64) -> u64 {
    let needed = now as f64 * reached * reached;
    let needed = if needed.is_finite() { needed.ceil() as u64 } else { u64::MAX };
    let fewest = now.saturating_add(FEWEST).max(SECOND_LOOK);
    needed.clamp(fewest, now.saturating_mul(2).max(fewest)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_the_variance_in_steps() {
        assert_eq!(next_count(20, 1.2, 1000), 30);
        assert_eq!(next_count(40, 1.2, 1000), 58);
        assert_eq!(next_count(20, 10.0, 1000), 40);
        assert_eq!(next_count(40, 1.001, 1000), 45);
        assert_eq!(next_count(20, 3.0, 30), 30);
        assert_eq!(next_count(1, f64::INFINITY, 1000), 30);
    }

    #[test]
    fn stopping_at_a_precision_covers() {
        use crate::analyse::estimate;
        use statrs::distribution::{ContinuousCDF, Normal};
        let normal = Normal::standard();
        let mut covered = 0;
        for seed in 0..2000 {
            let mut rng = crate::random::Stream::named(seed, 0, "test", "stopping");
            let mut draw = || Some(1.0 + 0.2 * normal.inverse_cdf(crate::random::unit(&mut rng).max(1e-12)));
            let mut values: Vec<Option<f64>> = (0..10).map(|_| draw()).collect();
            let last = loop {
                let Some(e) = estimate(values.iter().copied(), 0.95) else { panic!("there are values") };
                let reached = e.half_width.map_or(f64::INFINITY, |h| h / (0.05 * e.value));
                if reached <= 1.0 {
                    break e;
                }
                let next = next_count(values.len() as u64, reached, 10_000);
                while (values.len() as u64) < next {
                    values.push(draw());
                }
            };
            covered += usize::from((last.value - 1.0).abs() <= last.half_width.unwrap_or(0.0));
        }
        // Three standard errors of the share are 0.015; rules that stop when they may lose about a point.
        assert!((1865..=1935).contains(&covered), "{covered}");
    }
}
