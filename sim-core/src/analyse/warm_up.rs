//! Where the warm-up of a simulation ends.

/// What a truncation rule found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// Values to leave out.
    pub values: usize,
    /// Whether the rule found no end within the first half: the run is too short, or has no steady state.
    pub at_the_limit: bool,
}

/// MSER-5: leaves out the first d batches of five values so that the marginal standard error of the rest,
/// sum (y_i - mean)^2 / (m - d)^2, is the least (White 1997; White, Cobb and Spratt 2000). The search ends at half of
/// the series. Meant for the average of several replications, value by value: on a single run from empty it is biased.
pub fn mser5(values: &[f64]) -> Truncation {
    let batches: Vec<f64> = values.chunks_exact(5).map(|batch| batch.iter().sum::<f64>() / 5.0).collect();
    let m = batches.len();
    if m < 4 {
        return Truncation { values: 0, at_the_limit: false };
    }
    // From the end, so that sums over the rest are running sums.
    let (mut sum, mut squares) = (0.0, 0.0);
    let offset = batches[m - 1];
    let mut best = (f64::INFINITY, 0);
    for d in (0..m).rev() {
        let y = batches[d] - offset;
        sum += y;
        squares += y * y;
        let rest = (m - d) as f64;
        let statistic = (squares - sum * sum / rest).max(0.0) / (rest * rest);
        if d <= m / 2 && statistic <= best.0 {
            best = (statistic, d);
        }
    }
    Truncation { values: best.1 * 5, at_the_limit: best.1 >= m / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transient_is_cut_off_and_a_steady_series_is_kept() {
        let noise = |i: usize| ((i * 7919) % 101) as f64 / 101.0 - 0.5;
        let transient: Vec<f64> = (0..2000).map(|i| 10.0 - 10.0 * (-(i as f64) / 50.0).exp() + noise(i)).collect();
        let cut = mser5(&transient);
        assert!((100..500).contains(&cut.values), "{cut:?}");
        let steady: Vec<f64> = (0..2000).map(|i| 10.0 + noise(i)).collect();
        assert!(mser5(&steady).values <= 200);
        assert_eq!(mser5(&[3.0; 100]), Truncation { values: 0, at_the_limit: false });
        assert_eq!(mser5(&[1.0, 2.0]).values, 0);
    }

    #[test]
    fn a_series_that_keeps_growing_reaches_the_limit() {
        let growing: Vec<f64> = (0..1000).map(f64::from).collect();
        assert!(mser5(&growing).at_the_limit);
    }
}
