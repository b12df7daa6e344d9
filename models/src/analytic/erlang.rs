//! Stations with exponential service and several servers: M/M/c, M/M/c/K, M/M/1/K, M/M/inf.
//!
//! Erlang 1917; the notation follows Kleinrock 1975, chapter 3, and Gross and Harris 1998, chapter 2.

use super::{AnalyticError, Answer, at_least_one, birth_death, fall_to, not_negative, positive, probability, stable};

/// Erlang B: the share of Poisson arrivals lost by `servers` servers without a queue, offered `offered` Erlang.
///
/// B(n) = a B(n-1) / (n + a B(n-1)): all terms positive, hence stable for any number of servers.
///
/// # Errors
/// An offered load that is negative or not finite.
pub fn erlang_b(servers: u32, offered: f64) -> Answer<f64> {
    not_negative("offered load", offered)?;
    let mut blocking = 1.0;
    for n in 1..=servers {
        blocking = offered * blocking / (f64::from(n) + offered * blocking);
    }
    Ok(blocking)
}

/// Erlang C: the probability that a Poisson arrival has to wait, C = B / (1 - rho (1 - B)).
///
/// # Errors
/// No server, or as much work as servers.
pub fn erlang_c(servers: u32, offered: f64) -> Answer<f64> {
    let c = at_least_one("servers", servers)?;
    let rho = stable(not_negative("offered load", offered)? / c)?;
    let blocking = erlang_b(servers, offered)?;
    Ok(blocking / (1.0 - rho * (1.0 - blocking)))
}

/// Steady state of M/M/c, first come first served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmc {
    /// Share of the servers that is busy.
    pub utilisation: f64,
    /// Probability of having to wait (Erlang C).
    pub wait_probability: f64,
    /// Mean number waiting, Lq.
    pub queue_length: f64,
    /// Mean number present, L.
    pub in_system: f64,
    /// Mean wait, Wq.
    pub wait: f64,
    /// Mean sojourn, W.
    pub sojourn: f64,
    /// Rate of one server.
    service_rate: f64,
    /// Rate at which the tail of the wait falls, c mu - lambda.
    decay: f64,
}

/// M/M/c with arrivals at `arrival_rate` and `servers` servers of `service_rate` each.
///
/// # Errors
/// Rates out of range, or no steady state.
pub fn mmc(arrival_rate: f64, service_rate: f64, servers: u32) -> Answer<Mmc> {
    not_negative("arrival rate", arrival_rate)?;
    positive("service rate", service_rate)?;
    let c = at_least_one("servers", servers)?;
    let offered = arrival_rate / service_rate;
    let wait_probability = erlang_c(servers, offered)?;
    let decay = c * service_rate - arrival_rate;
    let wait = wait_probability / decay;
    Ok(Mmc {
        utilisation: offered / c,
        wait_probability,
        queue_length: arrival_rate * wait,
        in_system: arrival_rate * wait + offered,
        wait,
        sojourn: wait + 1.0 / service_rate,
        service_rate,
        decay,
    })
}

impl Mmc {
    /// Probability that the wait exceeds `time`: C exp(-(c mu - lambda) t).
    pub fn wait_tail(&self, time: f64) -> f64 {
        self.wait_probability * libm::exp(-self.decay * time)
    }

    /// The wait that a share `p` of customers does not exceed.
    ///
    /// # Errors
    /// A `p` outside [0, 1).
    pub fn wait_quantile(&self, p: f64) -> Answer<f64> {
        probability("p", p)?;
        Ok((libm::log(self.wait_probability / (1.0 - p)) / self.decay).max(0.0))
    }

    /// Probability that the sojourn exceeds `time`.
    ///
    /// With probability C the sojourn is the sum of two exponentials, else it is the service alone.
    pub fn sojourn_tail(&self, time: f64) -> f64 {
        let (mu, theta) = (self.service_rate, self.decay);
        let service = libm::exp(-mu * time);
        let difference = theta - mu;
        // mu (exp(-mu t) - exp(-theta t)) / (theta - mu), also where the two rates (nearly) agree.
        let both = if (difference * time).abs() < 1.0 {
            let mean = if difference == 0.0 { time } else { -libm::expm1(-difference * time) / difference };
            mu * service * mean
        } else {
            mu * (service - libm::exp(-theta * time)) / difference
        };
        service + self.wait_probability * both
    }

    /// The sojourn that a share `p` of customers does not exceed.
    ///
    /// # Errors
    /// A `p` outside [0, 1).
    pub fn sojourn_quantile(&self, p: f64) -> Answer<f64> {
        probability("p", p)?;
        Ok(fall_to(1.0 - p, self.sojourn, |time| self.sojourn_tail(time)))
    }
}

/// Steady state of a station that turns arrivals away when full.
#[derive(Clone, Debug, PartialEq)]
pub struct Mmck {
    /// Share of the servers that is busy.
    pub utilisation: f64,
    /// Share of the arrivals that is turned away.
    pub blocking: f64,
    /// Customers served per unit of time.
    pub throughput: f64,
    /// Mean number waiting.
    pub queue_length: f64,
    /// Mean number present.
    pub in_system: f64,
    /// Mean wait of those admitted.
    pub wait: f64,
    /// Mean sojourn of those admitted.
    pub sojourn: f64,
    /// Probability of each number present, 0..=K.
    pub probabilities: Vec<f64>,
}

/// M/M/c/K: `capacity` places, those in service included.
///
/// # Errors
/// Rates out of range, no server, or fewer places than servers.
pub fn mmck(arrival_rate: f64, service_rate: f64, servers: u32, capacity: u32) -> Answer<Mmck> {
    positive("arrival rate", arrival_rate)?;
    positive("service rate", service_rate)?;
    let c = at_least_one("servers", servers)?;
    if capacity < servers {
        return Err(AnalyticError::Parameter {
            name: "capacity",
            value: f64::from(capacity),
            must: "at least the number of servers, which it includes",
        });
    }
    let birth = vec![arrival_rate; capacity as usize];
    let death: Vec<f64> = (1..=capacity).map(|n| f64::from(n.min(servers)) * service_rate).collect();
    let chain = birth_death::stationary(&birth, &death)?;
    let throughput = arrival_rate * (1.0 - chain.blocking);
    let busy = throughput / service_rate;
    // Summed rather than subtracted, so that a short queue keeps its digits.
    let places = chain.probabilities.iter().zip(0_u32..);
    let queue_length: f64 = places.map(|(p, n)| p * f64::from(n.saturating_sub(servers))).sum();
    Ok(Mmck {
        utilisation: busy / c,
        blocking: chain.blocking,
        throughput,
        queue_length,
        in_system: chain.mean,
        wait: queue_length / throughput,
        sojourn: chain.mean / throughput,
        probabilities: chain.probabilities,
    })
}

/// M/M/1/K.
///
/// # Errors
/// As [`mmck`].
pub fn mm1k(arrival_rate: f64, service_rate: f64, capacity: u32) -> Answer<Mmck> {
    mmck(arrival_rate, service_rate, 1, capacity)
}

/// Steady state of M/M/inf, and of M/G/inf, which has the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MmInfinity {
    /// Mean number present.
    pub in_system: f64,
    /// Mean sojourn, the service alone.
    pub sojourn: f64,
}

/// M/M/inf: nobody waits, and the number present is Poisson.
///
/// # Errors
/// Rates out of range.
pub fn mm_infinity(arrival_rate: f64, service_rate: f64) -> Answer<MmInfinity> {
    not_negative("arrival rate", arrival_rate)?;
    positive("service rate", service_rate)?;
    Ok(MmInfinity { in_system: arrival_rate / service_rate, sojourn: 1.0 / service_rate })
}

impl MmInfinity {
    /// Probability that `n` are present.
    pub fn probability(&self, n: u32) -> f64 {
        if self.in_system == 0.0 {
            return if n == 0 { 1.0 } else { 0.0 };
        }
        let n = f64::from(n);
        libm::exp(n * libm::log(self.in_system) - self.in_system - libm::lgamma(n + 1.0))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn erlang_tables_are_reproduced() {
        // Servers, offered, Erlang B, Erlang C, Wq.
        let cases = [
            (10, 8.0, 0.121661, 0.409180, 0.204590),
            (8, 5.0, 0.070048, 0.167267, 0.055756),
            (4, 3.2, 0.228145, 0.596432, 0.745541),
            (20, 16.0, 0.064411, 0.256078, 0.064019),
        ];
        for (servers, offered, b, c, wait) in cases {
            assert_abs_diff_eq!(erlang_b(servers, offered).unwrap(), b, epsilon = 5.1e-7);
            assert_abs_diff_eq!(erlang_c(servers, offered).unwrap(), c, epsilon = 5.1e-7);
            assert_abs_diff_eq!(mmc(offered, 1.0, servers).unwrap().wait, wait, epsilon = 5.1e-7);
        }
        // A pool of objects that loses what it cannot hold.
        assert_abs_diff_eq!(1.0 - erlang_b(8, 5.0).unwrap(), 0.929952, epsilon = 5.1e-7);
        assert_abs_diff_eq!(1.0 - erlang_b(16, 10.0).unwrap(), 0.977698, epsilon = 5.1e-7);
    }

    #[test]
    fn a_million_servers_are_no_difficulty() {
        let station = mmc(999_000.0, 1.0, 1_000_000).unwrap();
        assert!(station.wait_probability > 0.2 && station.wait_probability < 0.3, "{}", station.wait_probability);
    }

    #[test]
    fn one_server_is_mm1() {
        let station = mmc(0.8, 1.0, 1).unwrap();
        assert_abs_diff_eq!(station.sojourn, 5.0, epsilon = 1e-12);
        assert_abs_diff_eq!(station.in_system, 4.0, epsilon = 1e-12);
        assert_abs_diff_eq!(station.sojourn_quantile(0.99).unwrap(), 23.0259, epsilon = 5e-5);
        assert_abs_diff_eq!(station.wait_quantile(0.1).unwrap(), 0.0, epsilon = 1e-12);
        assert!(matches!(mmc(1.0, 1.0, 1), Err(AnalyticError::Unstable { .. })));
        assert!(mmc(0.5, 0.0, 1).is_err() && mmc(0.5, 1.0, 0).is_err() && mmc(f64::NAN, 1.0, 1).is_err());
    }

    #[test]
    fn tails_integrate_to_their_means() {
        // The last has c mu - lambda = mu exactly, where the usual formula divides by zero.
        for (rate, servers) in [(8.0, 10), (0.3, 1), (3.0, 4)] {
            let station = mmc(rate, 1.0, servers).unwrap();
            let step = 1e-3;
            let (mut wait, mut sojourn) = (0.0, 0.0);
            for i in 0..60_000 {
                let time = (f64::from(i) + 0.5) * step;
                wait += station.wait_tail(time) * step;
                sojourn += station.sojourn_tail(time) * step;
            }
            assert_abs_diff_eq!(wait, station.wait, epsilon = 1e-6);
            assert_abs_diff_eq!(sojourn, station.sojourn, epsilon = 1e-6);
            let median = station.sojourn_quantile(0.5).unwrap();
            assert_abs_diff_eq!(station.sojourn_tail(median), 0.5, epsilon = 1e-12);
        }
        // A pool with 20 ms of patience: 100 /s, 50 ms each.
        let late = |servers| mmc(100.0, 20.0, servers).unwrap().wait_tail(0.02);
        assert_abs_diff_eq!(late(9), 0.016255, epsilon = 5.1e-7);
        assert_abs_diff_eq!(late(8), 0.05038, epsilon = 5.1e-6);
    }

    #[test]
    fn full_stations_lose_what_theory_says() {
        let station = mm1k(1.0, 1.0 / 0.95, 4).unwrap();
        assert_abs_diff_eq!(station.blocking, 0.180026, epsilon = 5.1e-7);
        assert_abs_diff_eq!(station.throughput, 0.819974, epsilon = 5.1e-7);
        assert_abs_diff_eq!(station.in_system, 1.897530, epsilon = 5.1e-7);
        assert_abs_diff_eq!(station.sojourn, 2.314135, epsilon = 5.1e-7);
        assert_abs_diff_eq!(mm1k(0.8, 1.0, 5).unwrap().blocking, 0.088819, epsilon = 5.1e-7);
        assert_abs_diff_eq!(mmck(12.0, 1.0, 10, 20).unwrap().blocking, 0.179666, epsilon = 5.1e-7);
        let station = mmck(3.0, 4.0, 2, 3).unwrap();
        assert_abs_diff_eq!(station.blocking, 0.049360, epsilon = 5.1e-7);
        assert_abs_diff_eq!(station.in_system, 0.762340, epsilon = 5.1e-7);
        assert_abs_diff_eq!(station.in_system, station.queue_length + station.utilisation * 2.0, epsilon = 1e-12);
        assert!(mmck(1.0, 1.0, 3, 2).is_err());
    }

    #[test]
    fn staffing_has_its_known_optimum() {
        let cost = |servers: u32| f64::from(servers) + mmc(8.0, 1.0, servers).unwrap().in_system;
        assert_abs_diff_eq!(cost(10), 19.636721, epsilon = 5.1e-7);
        assert_abs_diff_eq!(cost(11), 19.653221, epsilon = 5.1e-7);
    }

    #[test]
    fn five_indicators_have_their_known_best_value() {
        let (servers, speed) = (4, 4.325_f64);
        let station = mmck(8.0, speed, servers, 9).unwrap();
        let reliability = 1.0 - station.blocking;
        let busy = station.utilisation * f64::from(servers);
        let energy = 0.5 * f64::from(servers) + 0.02 * busy * speed.powi(3);
        let losses = (1.0 - station.throughput / 8.0) + (1.0 - 1000.0 * station.throughput / 8000.0);
        let objective = losses + 2.0 * station.sojourn / 0.5 + (1.0 - reliability) + energy / 5.0;
        assert_abs_diff_eq!(objective, 1.982566, epsilon = 5.1e-7);
        assert!(reliability >= 0.99);
    }

    #[test]
    fn infinitely_many_servers_hold_a_poisson_number() {
        let station = mm_infinity(6.0, 2.0).unwrap();
        assert_abs_diff_eq!(station.in_system, 3.0, epsilon = 1e-15);
        let total: f64 = (0..60).map(|n| station.probability(n)).sum();
        assert_abs_diff_eq!(total, 1.0, epsilon = 1e-12);
    }
}
