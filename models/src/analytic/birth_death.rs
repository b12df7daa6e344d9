//! Birth-death chains, and two limits of many servers.
//!
//! ```text
//!     birth[0]   birth[1]        birth[n-1]
//!   0 ------> 1 ------> 2  ...  ------> n
//!     <------   <------         <------
//!     death[0]   death[1]        death[n-1]
//! ```

use super::{AnalyticError, Answer, at_least_one, positive, stable};

/// Steady state of a finite birth-death chain.
#[derive(Clone, Debug, PartialEq)]
pub struct BirthDeath {
    /// Probability of each state 0..=n.
    pub probabilities: Vec<f64>,
    /// Mean state.
    pub mean: f64,
    /// Probability of the last state: the share of Poisson arrivals that find the system full.
    pub blocking: f64,
    /// Births per unit of time, which are as many as deaths.
    pub throughput: f64,
}

/// The chain on 0..=n with rate `birth[i]` from i to i + 1 and `death[i]` back.
///
/// Detailed balance (e.g. Kleinrock 1975, section 3.1), p(i+1) = p(i) birth(i) / death(i), in logarithms, so that
/// neither long chains nor extreme rates overflow.
///
/// # Errors
/// Lengths that differ, births below 0, deaths not above 0.
pub fn stationary(birth: &[f64], death: &[f64]) -> Answer<BirthDeath> {
    if birth.len() != death.len() {
        return Err(AnalyticError::Length { name: "death", found: death.len(), expected: birth.len() });
    }
    let mut logarithms = Vec::with_capacity(birth.len() + 1);
    let mut logarithm = 0.0;
    logarithms.push(logarithm);
    for (&up, &down) in birth.iter().zip(death) {
        super::not_negative("birth rate", up)?;
        positive("death rate", down)?;
        // The logarithm of a zero rate is minus infinity, and stays so for all states beyond.
        logarithm += libm::log(up) - libm::log(down);
        logarithms.push(logarithm);
    }
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut probabilities: Vec<f64> = logarithms.iter().map(|l| libm::exp(l - largest)).collect();
    let total: f64 = probabilities.iter().sum();
    probabilities.iter_mut().for_each(|p| *p /= total);
    let mean = probabilities.iter().zip(0_u32..).map(|(p, n)| p * f64::from(n)).sum();
    let throughput = probabilities.iter().zip(birth).map(|(p, rate)| p * rate).sum();
    let blocking = probabilities[probabilities.len() - 1]; // never empty: state 0 is always there
    Ok(BirthDeath { probabilities, mean, blocking, throughput })
}

/// Mean sojourn, in service times, when each arrival joins the shortest of `choices` random queues, for many
/// exponential servers with load `load` each: sum of load^((d^i - d) / (d - 1)).
///
/// Vvedenskaya, Dobrushin and Karpelevich 1996; Mitzenmacher 1996.
///
/// # Errors
/// No choice, or a load of 1 or more.
pub fn power_of_d_limit(choices: u32, load: f64) -> Answer<f64> {
    let d = at_least_one("choices", choices)?;
    stable(positive("load", load)?)?;
    if choices == 1 {
        return Ok(1.0 / (1.0 - load));
    }
    // Share of queues with at least i: s(1) = load, s(i + 1) = load s(i)^d; mean sojourn = sum s(i) / load.
    let mut share = load;
    let mut sum = 0.0;
    while share > f64::MIN_POSITIVE {
        let before = sum;
        sum += share;
        if sum == before {
            break;
        }
        share = load * libm::pow(share, d);
    }
    Ok(sum / load)
}

/// Mean sojourn, in service times, with work stealing: a worker that runs empty looks once at a random other and
/// takes one task if that has two or more; many exponential workers with load `load` each.
///
/// Mitzenmacher 1998: the share of workers with at least two is s = (1 + l - sqrt(1 + 2l - 3l^2)) / 2, and
/// falls from there on geometrically with ratio l / (1 + l - s).
///
/// # Errors
/// A load of 1 or more.
pub fn work_stealing_limit(load: f64) -> Answer<f64> {
    let l = stable(positive("load", load)?)?;
    let two = 0.5 * (1.0 + l - (1.0 + 2.0 * l - 3.0 * l * l).sqrt());
    let ratio = l / (1.0 + l - two);
    Ok((l + two / (1.0 - ratio)) / l)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn a_repairman_with_two_states_alternates() {
        let chain = stationary(&[3.0], &[1.0]).unwrap();
        assert_abs_diff_eq!(chain.blocking, 0.75, epsilon = 1e-15);
        assert_abs_diff_eq!(chain.throughput, 0.75, epsilon = 1e-15);
    }

    #[test]
    fn two_stations_that_block_after_service_pass_three_quarters() {
        // One slot between two saturated stations of rate 1: states 0..3, the last with station 1 blocked.
        let chain = stationary(&[1.0; 3], &[1.0; 3]).unwrap();
        assert_abs_diff_eq!(chain.throughput, 0.75, epsilon = 1e-15);
    }

    #[test]
    fn long_chains_neither_overflow_nor_lose_mass() {
        let chain = stationary(&vec![1e6; 100_000], &vec![1e-6; 100_000]).unwrap();
        assert_abs_diff_eq!(chain.mean, 100_000.0, epsilon = 1e-6);
        let chain = stationary(&[1.0, 0.0, 1.0], &[1.0; 3]).unwrap();
        assert_eq!(chain.probabilities, [0.5, 0.5, 0.0, 0.0]);
        assert!(stationary(&[1.0], &[0.0]).is_err());
        assert!(stationary(&[1.0], &[]).is_err());
    }

    #[test]
    fn many_servers_have_their_known_limits() {
        assert_abs_diff_eq!(power_of_d_limit(2, 0.9).unwrap(), 2.6141, epsilon = 5e-5);
        assert_abs_diff_eq!(power_of_d_limit(3, 0.9).unwrap(), 2.0279, epsilon = 5e-5);
        assert_abs_diff_eq!(power_of_d_limit(1, 0.9).unwrap(), 10.0, epsilon = 1e-12);
        assert_abs_diff_eq!(work_stealing_limit(0.5).unwrap(), 1.6180, epsilon = 5e-5);
        assert_abs_diff_eq!(work_stealing_limit(0.9).unwrap(), 3.5414, epsilon = 5e-5);
        assert!(power_of_d_limit(2, 1.0).is_err());
    }
}
