//! Servers that break down and are repaired: how long a service takes with its interruptions.
//!
//! ```text
//!   service ──▶ breaks down ──▶ repair ──▶ goes on ──▶ .. ──▶ done
//!   |<----------------- completion time ----------------->|
//! ```

use super::mg1::Moments;
use super::{AnalyticError, Answer, positive};

/// What becomes of a service that is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// It goes on where it was.
    Resumes,
    /// It begins again, with the same demand.
    Repeats,
    /// It is lost.
    Lost,
}

/// A service that may be interrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completion {
    /// Moments of the time from its start until the server is free for the next one and works.
    pub occupied: Moments,
    /// Share of the services that come to their end.
    pub success: f64,
}

/// Breakdowns beyond which the expansion for repeated services is not trusted: failures per service.
const FEW: f64 = 0.2;

/// Completion time of a service under failures that come at the rate `failure_rate` while the server works.
///
/// Resumed: E[C] = E[S] (1 + f E[R]), E[C^2] = E[S^2] (1 + f E[R])^2 + f E[S] E[R^2] (Gaver 1962). Repeated: E[C] =
/// (1/f + E[R]) (E[exp(fS)] - 1), to the second order in f S. Lost: it ends at the first failure, to the second order.
///
/// # Errors
/// Arguments out of range; services repeated or lost with more than one failure in five services.
pub fn completion(
    service: Moments,
    failure_rate: f64,
    repair: Moments,
    interrupted: Interrupted,
) -> Answer<Completion> {
    positive("failure rate", failure_rate)?;
    let f = failure_rate;
    let (s, s2) = (service.mean, service.second);
    if interrupted != Interrupted::Resumes && f * s > FEW {
        return Err(AnalyticError::Parameter { name: "failures per service", value: f * s, must: "at most 0.2" });
    }
    let stretched = 1.0 + f * repair.mean;
    let resumed = Moments { mean: s * stretched, second: s2 * stretched * stretched + f * s * repair.second };
    Ok(match interrupted {
        Interrupted::Resumes => Completion { occupied: resumed, success: 1.0 },
        Interrupted::Repeats => {
            // E[exp(fS)] - 1 = f s + f^2 s2 / 2: what is done again is half a service of the size-biased kind.
            let mean = stretched * (s + 0.5 * f * s2);
            Completion {
                occupied: Moments { mean, second: resumed.second * (mean / resumed.mean).powi(2) },
                success: 1.0,
            }
        }
        Interrupted::Lost => {
            let mean = s - 0.5 * f * s2;
            let success = (1.0 - f * s + 0.5 * f * f * s2).clamp(0.0, 1.0);
            // The repair after the loss is in the way of the next one.
            let occupied = Moments {
                mean: mean * stretched,
                second: s2 * (mean / s).powi(2) * stretched * stretched + f * mean * repair.second,
            };
            Completion { occupied, success }
        }
    })
}

/// Extra wait in M/G/1 when an arrival that finds the server idle finds it broken down at times: an initial delay D with
/// the chance and the residual repair (Welch 1964: (2 E[D] + rate E[D^2]) / (2 (1 + rate E[D]))).
///
/// The chance is that of a two-state chain which starts up and is looked at after an exponential idle time (exact for
/// exponential repairs).
pub fn broken_when_idle(arrival_rate: f64, failure_rate: f64, repair: Moments) -> f64 {
    if repair.mean <= 0.0 || arrival_rate <= 0.0 {
        return 0.0;
    }
    let chance = failure_rate / (arrival_rate + failure_rate + 1.0 / repair.mean);
    let residual = repair.second / (2.0 * repair.mean);
    let (first, second) = (chance * residual, chance * 2.0 * residual * residual);
    (2.0 * first + arrival_rate * second) / (2.0 * (1.0 + arrival_rate * first))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::analytic::mg1;
    use approx::assert_relative_eq;

    /// M/M/1 whose server alternates between up and down at all times: the chain on (number, up or down), cut at 600.
    fn by_chain(arrivals: f64, service: f64, fails: f64, repairs: f64) -> f64 {
        // Up and down levels by power iteration on the uniformised chain.
        const LEVELS: usize = 200;
        let (mut up, mut down) = (vec![0.0; LEVELS + 1], vec![0.0; LEVELS + 1]);
        up[0] = 1.0;
        let step = 1.0 / (arrivals + service + fails + repairs);
        for _ in 0..20_000 {
            let (mut new_up, mut new_down) = (up.clone(), down.clone());
            for n in 0..=LEVELS {
                let mut flow = |rate: f64, from_up: bool, to: usize, to_up: bool| {
                    let moved = rate * step * if from_up { up[n] } else { down[n] };
                    if from_up {
                        new_up[n] -= moved
                    } else {
                        new_down[n] -= moved
                    }
                    if to_up { new_up[to] += moved } else { new_down[to] += moved }
                };
                if n < LEVELS {
                    flow(arrivals, true, n + 1, true);
                    flow(arrivals, false, n + 1, false);
                }
                if n > 0 {
                    flow(service, true, n - 1, true);
                }
                flow(fails, true, n, false);
                flow(repairs, false, n, true);
            }
            (up, down) = (new_up, new_down);
        }
        let mean: f64 = up.iter().zip(&down).zip(0_u32..).map(|((u, d), n)| f64::from(n) * (u + d)).sum();
        mean / arrivals
    }

    #[test]
    fn exponential_breakdowns_of_a_server_come_out_exactly() {
        for (arrivals, fails, repairs) in [(0.4, 0.05, 0.5), (0.5, 0.1, 0.4)] {
            let repair = Moments::new(1.0 / repairs, 1.0);
            let completion = completion(Moments::new(1.0, 1.0), fails, repair, Interrupted::Resumes).unwrap();
            let sojourn = mg1::mg1(arrivals, completion.occupied).unwrap().sojourn;
            let found = sojourn + broken_when_idle(arrivals, fails, repair);
            assert_relative_eq!(found, by_chain(arrivals, 1.0, fails, repairs), max_relative = 1e-4);
        }
    }

    #[test]
    fn repeated_and_lost_services_follow_their_transforms_for_few_failures() {
        let (f, repair) = (0.02, Moments::new(3.0, 1.0));
        let fixed = Moments::new(1.0, 0.0);
        let repeated = completion(fixed, f, repair, Interrupted::Repeats).unwrap();
        let exact = (1.0 / f + 3.0) * (f64::exp(f) - 1.0);
        assert_relative_eq!(repeated.occupied.mean, exact, max_relative = 1e-4);
        let lost = completion(fixed, f, repair, Interrupted::Lost).unwrap();
        assert_relative_eq!(lost.success, f64::exp(-f), max_relative = 1e-4);
        assert!(completion(fixed, 0.5, repair, Interrupted::Lost).is_err());
        assert!(completion(fixed, f64::NAN, repair, Interrupted::Resumes).is_err());
    }
}
