//! Several servers, general arrivals and general service: approximations from two moments.
//!
//! Arrivals and service are known by their rates and squared coefficients of variation (SCV: variance over squared mean;
//! 0 is a clock, 1 is exponential). What is exact for M/M/c, and M/G/1 where it says so, is scaled to the rest.

use super::{AnalyticError, Answer, at_least_one, erlang, not_negative, positive, stable};

/// A station to be approximated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// Arrivals per unit of time.
    pub arrival_rate: f64,
    /// SCV of the times between arrivals.
    pub arrival_scv: f64,
    /// Mean service.
    pub mean: f64,
    /// SCV of the service.
    pub service_scv: f64,
    /// Servers.
    pub servers: u32,
}

impl Station {
    fn check(&self) -> Answer<f64> {
        not_negative("arrival rate", self.arrival_rate)?;
        positive("mean", self.mean)?;
        not_negative("SCV of arrivals", self.arrival_scv)?;
        not_negative("SCV of service", self.service_scv)?;
        Ok(self.arrival_rate * self.mean / at_least_one("servers", self.servers)?)
    }
}

/// More servers than this are not counted one by one.
const MANY: u32 = 2000;

/// Probability that all servers are busy: Erlang C, or for very many servers `rho^(sqrt(2 (c + 1)) - 1)` (Sakasegawa 1977).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn all_busy(servers: u32, offered: f64) -> Answer<f64> {
    if servers <= MANY {
        return erlang::erlang_c(servers, offered);
    }
    let c = f64::from(servers);
    let rho = stable(not_negative("offered load", offered)? / c)?;
    Ok(libm::pow(rho, (2.0 * (c + 1.0)).sqrt() - 1.0))
}

/// Mean wait in GI/G/c: `(ca2 + cs2) / 2 * E[S] rho^(sqrt(2 (c + 1)) - 1) / (c (1 - rho))` (Sakasegawa 1977).
///
/// One expression without a sum over servers. Exact for M/G/1.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn sakasegawa(station: &Station) -> Answer<f64> {
    let rho = stable(station.check()?)?;
    let c = f64::from(station.servers);
    let scaled = libm::pow(rho, (2.0 * (c + 1.0)).sqrt() - 1.0) / (c * (1.0 - rho)) * station.mean;
    Ok(0.5 * (station.arrival_scv + station.service_scv) * scaled)
}

/// Mean wait in GI/G/c as the Queueing Network Analyzer has it: `(ca2 + cs2) / 2 * g * Wq(M/M/c)` (Whitt 1983, section 5).
///
/// For one server with ca2 < 1, g = exp(-2 (1 - rho) (1 - ca2)^2 / (3 rho (ca2 + cs2))) (Kraemer and Langenbach-Belz
/// 1976); else g = 1. Exact for M/G/1 and M/M/c.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn wait(station: &Station) -> Answer<f64> {
    let rho = stable(station.check()?)?;
    if rho == 0.0 {
        return Ok(0.0);
    }
    let (ca2, cs2) = (station.arrival_scv, station.service_scv);
    if ca2 + cs2 == 0.0 {
        return Ok(0.0); // a clock that feeds a clock
    }
    let g = match station.servers {
        1 if ca2 < 1.0 => libm::exp(-2.0 * (1.0 - rho) * (1.0 - ca2) * (1.0 - ca2) / (3.0 * rho * (ca2 + cs2))),
        _ => 1.0,
    };
    let c = f64::from(station.servers);
    let markov = all_busy(station.servers, rho * c)? * station.mean / (c * (1.0 - rho));
    Ok(0.5 * (ca2 + cs2) * g * markov)
}

/// A station that turns arrivals away when full.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lossy {
    /// Share of the arrivals that is turned away.
    pub blocking: f64,
    /// Mean number waiting.
    pub queue_length: f64,
    /// Mean number of busy servers.
    pub busy: f64,
    /// Mean wait of those admitted.
    pub wait: f64,
}

/// GI/G/c with room for `capacity`, those in service included.
///
/// The buffer B = K - c is exchanged for one of `2 B / (2 + s (ca2 + cs2 - 2))` places before exponential servers,
/// s = min(1, sqrt(rho)) (Kimura 1996 for M/G/c/K; MacGregor Smith 2003, whose form for M/G/1/K this is with ca2 = 1); its
/// sums are geometric and so defined for a broken number of places. Exact for M/M/c/K, and for M/G/c/c.
///
/// # Errors
/// Arguments out of range, or fewer places than servers.
pub fn lossy(station: &Station, capacity: u32) -> Answer<Lossy> {
    let rho = station.check()?;
    if capacity < station.servers {
        return Err(AnalyticError::Parameter {
            name: "capacity",
            value: f64::from(capacity),
            must: "at least the number of servers, which it includes",
        });
    }
    if rho == 0.0 {
        return Ok(Lossy { blocking: 0.0, queue_length: 0.0, busy: 0.0, wait: 0.0 });
    }
    let c = f64::from(station.servers);
    let room = f64::from(capacity - station.servers);
    let variability = station.arrival_scv + station.service_scv;
    let scale = 2.0 / (2.0 + rho.sqrt().min(1.0) * (variability - 2.0)).max(0.02);
    let places = room * scale;
    // With x = rho: states 0..c weigh as Erlang's, 1/B(c) in terms of the last one; those of the buffer x + x^2 + ..
    let before = 1.0 / erlang::erlang_b(station.servers, rho * c)?;
    let near = (rho - 1.0).abs() < 1e-7;
    // sum of x^n, n = 1..=places, and of n x^n, relative to x^places where x is above 1, so that nothing overflows.
    let last = libm::pow(rho, places);
    let (sum, moment, full, before) = if near {
        (places, 0.5 * places * (places + 1.0), 1.0, before)
    } else if rho < 1.0 {
        let sum = rho * (1.0 - last) / (1.0 - rho);
        let moment = (sum - places * last * rho) / (1.0 - rho);
        (sum, moment, last, before)
    } else {
        let inverse = libm::pow(rho, -places);
        let sum = rho * (1.0 - inverse) / (rho - 1.0);
        let moment = (places * rho - sum) / (rho - 1.0);
        (sum, moment, 1.0, before * inverse)
    };
    let total = before + sum;
    let blocking = full / total;
    // As many wait as in the scaled buffer, in places of the true one; below saturation by the moments alone (M/G/1).
    let moments = if rho < 1.0 { 0.5 * variability * scale } else { 1.0 };
    let queue_length = (moment / total / scale * moments).clamp(0.0, room);
    let admitted = station.arrival_rate * (1.0 - blocking);
    Ok(Lossy { blocking, queue_length, busy: (admitted * station.mean).min(c), wait: queue_length / admitted })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn station(arrival_rate: f64, arrival_scv: f64, service_scv: f64, servers: u32) -> Station {
        Station { arrival_rate, arrival_scv, mean: 1.0, service_scv, servers }
    }

    #[test]
    fn exponential_stations_come_out_exactly() {
        for (c, rate) in [(1, 0.8), (4, 3.2), (10, 8.0), (20, 16.0)] {
            let exact = erlang::mmc(rate, 1.0, c).unwrap().wait;
            assert_relative_eq!(wait(&station(rate, 1.0, 1.0, c)).unwrap(), exact, max_relative = 1e-12);
            assert_relative_eq!(sakasegawa(&station(rate, 1.0, 1.0, c)).unwrap(), exact, max_relative = 0.16);
        }
        for (rate, c, k) in
            [(0.95, 1, 4), (0.8, 1, 5), (12.0, 10, 20), (0.75, 2, 3), (1.0, 1, 6), (30.0, 10, 200), (5.0, 3, 3)]
        {
            let exact = erlang::mmck(rate, 1.0, c, k).unwrap();
            let found = lossy(&station(rate, 1.0, 1.0, c), k).unwrap();
            assert_relative_eq!(found.blocking, exact.blocking, max_relative = 1e-6);
            assert_relative_eq!(found.queue_length, exact.queue_length, max_relative = 1e-6);
            assert_relative_eq!(found.busy, exact.utilisation * f64::from(c), max_relative = 1e-6);
        }
    }

    #[test]
    fn one_server_with_poisson_arrivals_comes_out_exactly() {
        for (scv, expected) in [(0.0, 2.0), (0.25, 2.5), (4.0, 10.0)] {
            assert_relative_eq!(wait(&station(0.8, 1.0, scv, 1)).unwrap(), expected, max_relative = 1e-12);
            assert_relative_eq!(sakasegawa(&station(0.8, 1.0, scv, 1)).unwrap(), expected, max_relative = 1e-12);
        }
    }

    /// The sojourns of G/M/1 that are known: 0.6275 and 0.716262 at rate 2.
    #[test]
    fn regular_arrivals_wait_within_a_few_hundredths_of_their_sojourn() {
        for (scv, sojourn) in [(0.0, 0.6275), (0.25, 0.716_262)] {
            let fast = Station { mean: 0.5, ..station(1.0, scv, 1.0, 1) };
            assert_relative_eq!(wait(&fast).unwrap() + 0.5, sojourn, max_relative = 0.05);
        }
    }

    /// M/D/1/K and M/H2/1/K by the chain embedded at departures (Gross and Harris 1998, section 5.1.7), solved here.
    #[test]
    fn a_full_station_with_general_service_loses_about_as_much_as_its_embedded_chain() {
        // Probabilities of n Poisson arrivals during a service.
        let fixed =
            |rate: f64, n: u32| libm::exp(-rate + f64::from(n) * libm::log(rate) - libm::lgamma(f64::from(n) + 1.0));
        // Balanced means, SCV 4: p = (1 + sqrt(3/5)) / 2 with rates 2 p and 2 (1 - p).
        let p = 0.5 * (1.0 + (0.6f64).sqrt());
        let branch =
            |rate: f64, speed: f64, n: u32| speed / (speed + rate) * libm::pow(rate / (rate + speed), f64::from(n));
        let mixed = |rate: f64, n: u32| p * branch(rate, 2.0 * p, n) + (1.0 - p) * branch(rate, 2.0 * (1.0 - p), n);
        let exact = |rate: f64, k: u32, chance: &dyn Fn(f64, u32) -> f64| {
            // Unnormalised numbers left behind, by balance: pi(j+1) a(0) = pi(j) - pi(0) a(j) - sum pi(i) a(j+1-i).
            let a: Vec<f64> = (0..k).map(|n| chance(rate, n)).collect();
            let mut left = vec![1.0];
            for j in 0..(k - 1) as usize {
                let carried: f64 = (1..=j).map(|i| left[i] * a[j + 1 - i]).sum();
                left.push((left[j] - left[0] * a[j] - carried) / a[0]);
            }
            let none = left[0] / left.iter().sum::<f64>();
            1.0 - 1.0 / (none + rate)
        };
        for (rate, k) in [(0.5, 4), (0.8, 5), (0.8, 10), (1.0, 6), (1.3, 5), (2.0, 4)] {
            let deterministic = lossy(&station(rate, 1.0, 0.0, 1), k).unwrap().blocking;
            let right = exact(rate, k, &fixed);
            assert!((deterministic - right).abs() < 0.15 * right + 2e-3, "D {rate} {k}: {deterministic} {right}");
            let found = lossy(&station(rate, 1.0, 4.0, 1), k).unwrap().blocking;
            let right = exact(rate, k, &mixed);
            assert!((found - right).abs() < 0.25 * right, "H2 {rate} {k}: {found} {right}");
        }
    }

    #[test]
    fn what_has_no_answer_is_an_error() {
        assert!(matches!(wait(&station(1.0, 1.0, 1.0, 1)), Err(AnalyticError::Unstable { .. })));
        assert!(wait(&station(0.5, -1.0, 1.0, 1)).is_err());
        assert!(wait(&station(0.5, f64::NAN, 1.0, 1)).is_err());
        assert!(lossy(&station(0.5, 1.0, 1.0, 3), 2).is_err());
        assert_eq!(lossy(&station(0.0, 1.0, 1.0, 3), 5).unwrap().blocking, 0.0);
        let all = lossy(&station(1e6, 0.0, 0.0, 1), 3).unwrap();
        assert!(all.blocking > 0.99 && all.blocking <= 1.0 && all.queue_length <= 2.0);
    }
}
