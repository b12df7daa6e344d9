//! Arrivals whose rate follows a Markov chain: how variable they are in the long run.

use super::{AnalyticError, Answer, SINGULAR, linear, not_negative, positive};

/// A state of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Arrivals per unit of time while in it.
    pub rate: f64,
    /// Mean stay, exponential.
    pub stay: f64,
    /// Probabilities of the next state.
    pub next: Vec<f64>,
}

/// The most states that the equations are solved for.
const MOST: usize = 200;

/// Mean rate, and limit of the variance over the mean of the number of arrivals (index of dispersion), of a Markov-modulated
/// Poisson process: `1 + 2 / m * sum(p(i) l(i) d(i))`, where Q d = m - l, p the stationary distribution of Q, m = sum(p l)
/// (Fischer and Meier-Hellstern 1993). It takes the place of the squared coefficient of variation in heavy traffic.
///
/// # Errors
/// Arguments out of range, no or too many states, or a chain that falls apart.
pub fn dispersion(states: &[State]) -> Answer<(f64, f64)> {
    let n = states.len();
    if n == 0 || n > MOST {
        return Err(AnalyticError::TooLarge { name: "the number of states", size: n, limit: MOST });
    }
    for state in states {
        not_negative("rate", state.rate)?;
        positive("stay", state.stay)?;
        if state.next.len() != n {
            return Err(AnalyticError::Length { name: "next", found: state.next.len(), expected: n });
        }
    }
    let leaves = |i: usize, j: usize| states[i].next[j] / states[i].stay;
    let generator = |i: usize, j: usize| if i == j { leaves(i, j) - 1.0 / states[i].stay } else { leaves(i, j) };
    // Balance, the last equation replaced by the sum being 1.
    let balance = (0..n).map(|j| {
        let mut row: Vec<f64> = (0..n).map(|i| if j + 1 == n { 1.0 } else { generator(i, j) }).collect();
        row.push(if j + 1 == n { 1.0 } else { 0.0 });
        row
    });
    let p = linear::solve(balance.collect(), SINGULAR).ok_or(AnalyticError::NoExit)?;
    let mean: f64 = p.iter().zip(states).map(|(p, state)| p * state.rate).sum();
    positive("mean rate", mean)?;
    // The deviation, which is known but for a constant: that which makes sum(p d) = 0.
    let deviation = (0..n).map(|i| {
        let mut row: Vec<f64> = (0..n).map(|j| if i + 1 == n { p[j] } else { generator(i, j) }).collect();
        row.push(if i + 1 == n { 0.0 } else { mean - states[i].rate });
        row
    });
    let d = linear::solve(deviation.collect(), SINGULAR).ok_or(AnalyticError::NoExit)?;
    let sum: f64 = (0..n).map(|i| p[i] * states[i].rate * d[i]).sum();
    Ok((mean, (1.0 + 2.0 * sum / mean).max(0.0)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Two states: 1 + 2 p1 p2 (l1 - l2)^2 / (m (r1 + r2)).
    #[test]
    fn two_states_have_a_closed_form() {
        let states = [(5.0, 2.0, [0.0, 1.0]), (1.0, 4.0, [1.0, 0.0])].map(|(rate, stay, next)| State {
            rate,
            stay,
            next: next.to_vec(),
        });
        let (mean, dispersion) = dispersion(&states).unwrap();
        let (p, m) = (1.0 / 3.0, 7.0 / 3.0);
        assert_relative_eq!(mean, m, max_relative = 1e-12);
        assert_relative_eq!(dispersion, 1.0 + 2.0 * p * (1.0 - p) * 16.0 / (m * 0.75), max_relative = 1e-12);
    }

    #[test]
    fn one_rate_is_poisson() {
        let states: Vec<State> =
            (0..3).map(|i| State { rate: 2.0, stay: f64::from(i + 1), next: vec![0.0, 0.5, 0.5] }).collect();
        assert_relative_eq!(dispersion(&states).unwrap().1, 1.0, max_relative = 1e-9);
        assert!(dispersion(&[]).is_err());
        assert!(dispersion(&[State { rate: 1.0, stay: 0.0, next: vec![1.0] }]).is_err());
    }
}
