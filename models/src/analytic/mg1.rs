//! One server with general service: M/G/1 in its many disciplines, G/M/1, and approximations for GI/G/c.

use super::{AnalyticError, Answer, at_least_one, bisect, erlang, not_negative, positive, probability, stable};

/// First two moments of a duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: f64,
    /// Mean of the square.
    pub second: f64,
}

impl Moments {
    /// From the mean and the squared coefficient of variation (variance over squared mean): 0 fixed, 1 exponential.
    pub fn new(mean: f64, cv2: f64) -> Moments {
        Moments { mean, second: mean * mean * (1.0 + cv2) }
    }

    /// No time at all.
    pub const ZERO: Moments = Moments { mean: 0.0, second: 0.0 };

    fn check(self) -> Answer<Moments> {
        not_negative("mean", self.mean)?;
        not_negative("second moment", self.second)?;
        // A little below is rounding.
        if self.second < self.mean * self.mean * (1.0 - 1e-12) {
            return Err(AnalyticError::Parameter {
                name: "second moment",
                value: self.second,
                must: "at least the square of the mean",
            });
        }
        Ok(self)
    }
}

/// Steady state of a station with one server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Share of the time in which the server serves.
    pub utilisation: f64,
    /// Mean number waiting.
    pub queue_length: f64,
    /// Mean number present.
    pub in_system: f64,
    /// Mean wait.
    pub wait: f64,
    /// Mean sojourn.
    pub sojourn: f64,
}

impl Queue {
    /// All means from the wait (Little 1961).
    fn from_wait(arrival_rate: f64, mean: f64, wait: f64) -> Queue {
        let utilisation = arrival_rate * mean;
        let queue_length = arrival_rate * wait;
        Queue { utilisation, queue_length, in_system: queue_length + utilisation, wait, sojourn: wait + mean }
    }
}

/// Checked arrival rate and utilisation.
fn load(arrival_rate: f64, service: Moments) -> Answer<f64> {
    not_negative("arrival rate", arrival_rate)?;
    stable(arrival_rate * service.check()?.mean)
}

/// M/G/1, first come first served: Wq = `lambda E[S^2] / (2 (1 - rho))`.
///
/// Pollaczek 1930, Khinchine 1932.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn mg1(arrival_rate: f64, service: Moments) -> Answer<Queue> {
    let rho = load(arrival_rate, service)?;
    let wait = arrival_rate * service.second / (2.0 * (1.0 - rho));
    Ok(Queue::from_wait(arrival_rate, service.mean, wait))
}

/// M/G/1 under processor sharing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProcessorSharing {
    /// Share of the time in which the server serves.
    pub utilisation: f64,
    /// Sojourn over size, the same for every size: 1 / (1 - rho).
    pub slowdown: f64,
    /// Mean sojourn.
    pub sojourn: f64,
    /// Mean number present.
    pub in_system: f64,
}

/// M/G/1-PS: a job of size x stays x / (1 - rho) on average, whatever the distribution (Kleinrock 1967, Sakata et al. 1971).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn processor_sharing(arrival_rate: f64, mean: f64) -> Answer<ProcessorSharing> {
    let utilisation = load(arrival_rate, Moments::new(mean, 0.0))?;
    let slowdown = 1.0 / (1.0 - utilisation);
    Ok(ProcessorSharing { utilisation, slowdown, sojourn: mean * slowdown, in_system: arrival_rate * mean * slowdown })
}

impl ProcessorSharing {
    /// Mean sojourn of a job of this size.
    pub fn sojourn_of(&self, size: f64) -> f64 {
        size * self.slowdown
    }
}

/// M/G/1 whose server, before it serves again after an idle period, needs a set-up time.
///
/// Adds `(2 E[D] + lambda E[D^2]) / (2 (1 + lambda E[D]))` to the wait (Welch 1964; Doshi 1986).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn mg1_setup(arrival_rate: f64, service: Moments, setup: Moments) -> Answer<Queue> {
    Ok(n_policy(arrival_rate, service, 1, setup)?.queue)
}

/// M/G/1 whose server, whenever it finds nobody, goes on vacation, and again until somebody waits.
///
/// Adds the mean residual vacation, `E[V^2] / (2 E[V])`, to the wait (Levy and Yechiali 1975; Doshi 1986).
///
/// # Errors
/// Arguments out of range, vacations of no length, or no steady state.
pub fn mg1_vacations(arrival_rate: f64, service: Moments, vacation: Moments) -> Answer<Queue> {
    positive("mean vacation", vacation.check()?.mean)?;
    let wait = mg1(arrival_rate, service)?.wait + vacation.second / (2.0 * vacation.mean);
    Ok(Queue::from_wait(arrival_rate, service.mean, wait))
}

/// Steady state under an N-policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NPolicy {
    /// The station's means.
    pub queue: Queue,
    /// Mean time from one start of the server to the next.
    pub cycle: f64,
    /// Share of the time in which the server sleeps.
    pub asleep: f64,
    /// Share of the time in which it is being set up.
    pub setting_up: f64,
}

/// M/G/1 whose server sleeps until `threshold` wait, is then set up, and serves until nobody is left.
///
/// By decomposition (Fuhrmann and Cooper 1985): with Q present when service begins, `E[Q (Q - 1)] / (2 E[Q])` are added to
/// the mean number; without set-up that is (N - 1) / 2 (Yadin and Naor 1963; Heyman 1968).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn n_policy(arrival_rate: f64, service: Moments, threshold: u32, setup: Moments) -> Answer<NPolicy> {
    positive("arrival rate", arrival_rate)?;
    let n = at_least_one("threshold", threshold)?;
    let plain = mg1(arrival_rate, service)?;
    setup.check()?;
    let during = arrival_rate * setup.mean;
    let pairs = n * (n - 1.0) + 2.0 * n * during + arrival_rate * arrival_rate * setup.second;
    let waiting = n + during;
    let wait = plain.wait + pairs / (2.0 * waiting) / arrival_rate;
    let cycle = waiting / arrival_rate / (1.0 - plain.utilisation);
    Ok(NPolicy {
        queue: Queue::from_wait(arrival_rate, service.mean, wait),
        cycle,
        asleep: n / arrival_rate / cycle,
        setting_up: setup.mean / cycle,
    })
}

/// M^X/G/1: batches at `batch_rate`, their sizes with these moments, first come first served.
///
/// Adds `E[S] (E[X^2] - E[X]) / (2 E[X] (1 - rho))` to the wait of M/G/1 (Gaver 1959; Burke 1975).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn batch_arrivals(batch_rate: f64, size: Moments, service: Moments) -> Answer<Queue> {
    not_negative("batch rate", batch_rate)?;
    positive("mean batch size", size.check()?.mean)?;
    let arrival_rate = batch_rate * size.mean;
    let plain = mg1(arrival_rate, service)?;
    let mates = (size.second - size.mean) / (2.0 * size.mean * (1.0 - plain.utilisation));
    Ok(Queue::from_wait(arrival_rate, service.mean, plain.wait + service.mean * mates))
}

/// The sojourn that a share `p` of the customers of M/M/1 does not exceed: ln(1 / (1 - p)) / (mu - lambda).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn mm1_sojourn_quantile(arrival_rate: f64, service_rate: f64, p: f64) -> Answer<f64> {
    probability("p", p)?;
    erlang::mmc(arrival_rate, service_rate, 1)?;
    Ok(-libm::log1p(-p) / (service_rate - arrival_rate))
}

/// The wait that a share `p` of the customers of M/M/1 does not exceed.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn mm1_wait_quantile(arrival_rate: f64, service_rate: f64, p: f64) -> Answer<f64> {
    erlang::mmc(arrival_rate, service_rate, 1)?.wait_quantile(p)
}

/// One priority class: Poisson arrivals and general service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Arrivals per unit of time.
    pub arrival_rate: f64,
    /// Moments of the service time.
    pub service: Moments,
}

fn check_classes(classes: &[Class]) -> Answer<()> {
    for class in classes {
        not_negative("arrival rate", class.arrival_rate)?;
        class.service.check()?;
    }
    stable(classes.iter().map(|class| class.arrival_rate * class.service.mean).sum())?;
    Ok(())
}

/// M/G/1 with priorities that do not interrupt; `classes` from the most urgent on.
///
/// W(k) = W0 / ((1 - s(k-1)) (1 - s(k))), s(k) the load of classes up to k, W0 = sum lambda E[S^2] / 2 (Cobham 1954).
///
/// # Errors
/// Arguments out of range, or no steady state for all classes together.
pub fn non_preemptive(classes: &[Class]) -> Answer<Vec<Queue>> {
    check_classes(classes)?;
    let residual: f64 = classes.iter().map(|class| class.arrival_rate * class.service.second / 2.0).sum();
    let mut load = 0.0;
    let queues = classes.iter().map(|class| {
        let above = 1.0 - load;
        load += class.arrival_rate * class.service.mean;
        Queue::from_wait(class.arrival_rate, class.service.mean, residual / (above * (1.0 - load)))
    });
    Ok(queues.collect())
}

/// M/G/1 with priorities that interrupt, work being resumed where it was left; `classes` from the most urgent on.
///
/// T(k) = E[S(k)] / (1 - s(k-1)) + sum over i up to k of lambda E[S^2] / (2 (1 - s(k-1)) (1 - s(k)))
/// (Jaiswal 1961; Conway, Maxwell and Miller 1967). The wait is all of the sojourn that is not service.
///
/// # Errors
/// Arguments out of range, or no steady state for all classes together.
pub fn preemptive_resume(classes: &[Class]) -> Answer<Vec<Queue>> {
    check_classes(classes)?;
    let (mut load, mut residual) = (0.0, 0.0);
    let queues = classes.iter().map(|class| {
        let above = 1.0 - load;
        load += class.arrival_rate * class.service.mean;
        residual += class.arrival_rate * class.service.second / 2.0;
        let sojourn = class.service.mean / above + residual / (above * (1.0 - load));
        Queue::from_wait(class.arrival_rate, class.service.mean, sojourn - class.service.mean)
    });
    Ok(queues.collect())
}

/// Sizes beyond this many means have a weight of 1e-30.
const LARGEST: f64 = 80.0;

/// Integral over sizes, in means, by Simpson's rule; the integrands are smooth on the scale of the mean.
fn over_sizes(integrand: impl Fn(f64) -> f64) -> f64 {
    const PANELS: u32 = 40_000;
    let step = LARGEST / f64::from(PANELS);
    let sum: f64 = (1..PANELS).map(|i| f64::from(2 + 2 * (i % 2)) * integrand(f64::from(i) * step)).sum();
    (integrand(0.0) + sum + integrand(LARGEST)) * step / 3.0
}

/// Load due to jobs up to size y, in means, for exponential sizes: rho (1 - (1 + y) exp(-y)).
fn load_up_to(rho: f64, y: f64) -> f64 {
    rho * (1.0 - (1.0 + y) * libm::exp(-y))
}

/// M/M/1 serving the job with the shortest remaining time first.
///
/// The mean over sizes x of lambda (int_0^x t^2 dF + x^2 (1 - F(x))) / (2 (1 - rho(x))^2) + int_0^x dt / (1 - rho(t))
/// (Schrage and Miller 1966), integrated numerically.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn srpt_exponential(arrival_rate: f64, service_rate: f64) -> Answer<Queue> {
    let mean = 1.0 / positive("service rate", service_rate)?;
    let rho = load(arrival_rate, Moments::new(mean, 1.0))?;
    let sojourn = over_sizes(|y| {
        let tail = libm::exp(-y);
        let free = 1.0 - load_up_to(rho, y);
        // int_0^y t^2 exp(-t) dt + y^2 exp(-y) = 2 (1 - (1 + y) exp(-y)).
        let truncated = 2.0 * (1.0 - (1.0 + y) * tail);
        tail * (rho * truncated / (2.0 * free * free) + 1.0 / free)
    });
    Ok(Queue::from_wait(arrival_rate, mean, (sojourn - 1.0) * mean))
}

/// M/M/1 serving the shortest job first, without interruption.
///
/// The mean over sizes x of `lambda E[S^2] / (2 (1 - rho(x))^2)` (Phipps 1956), integrated numerically.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn sjf_exponential(arrival_rate: f64, service_rate: f64) -> Answer<Queue> {
    let mean = 1.0 / positive("service rate", service_rate)?;
    let rho = load(arrival_rate, Moments::new(mean, 1.0))?;
    let wait = over_sizes(|y| {
        let free = 1.0 - load_up_to(rho, y);
        libm::exp(-y) * rho / (free * free)
    });
    Ok(Queue::from_wait(arrival_rate, mean, wait * mean))
}

/// Steady state of G/M/1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gm1 {
    /// The station's means.
    pub queue: Queue,
    /// Probability that an arrival has to wait: the root of sigma = A*(mu (1 - sigma)).
    pub sigma: f64,
    /// Rate of the exponential sojourn time.
    decay: f64,
}

/// G/M/1: independent times between arrivals with this Laplace transform and mean, exponential service, first come first served.
///
/// Kendall 1953; Kleinrock 1975, section 6.4. The sojourn is exponential with rate mu (1 - sigma).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn gm1(transform: impl Fn(f64) -> f64, mean_between: f64, service_rate: f64) -> Answer<Gm1> {
    let arrival_rate = 1.0 / positive("mean time between arrivals", mean_between)?;
    positive("service rate", service_rate)?;
    stable(arrival_rate / service_rate)?;
    // Positive below the root, negative between it and 1. In heavy traffic the root is close to 1.
    let excess = |sigma: f64| transform(service_rate * (1.0 - sigma)) - sigma;
    let (mut low, mut gap) = (0.0, 0.5);
    while excess(1.0 - gap) > 0.0 && gap > 1e-12 {
        low = 1.0 - gap;
        gap /= 2.0;
    }
    let mut high = 1.0 - gap;
    bisect(&mut low, &mut high, |sigma| excess(sigma) > 0.0);
    let sigma = 0.5 * (low + high);
    let decay = service_rate * (1.0 - sigma);
    let queue = Queue::from_wait(arrival_rate, 1.0 / service_rate, sigma / decay);
    Ok(Gm1 { queue, sigma, decay })
}

impl Gm1 {
    /// The sojourn that a share `p` of customers does not exceed.
    ///
    /// # Errors
    /// A `p` outside [0, 1).
    pub fn sojourn_quantile(&self, p: f64) -> Answer<f64> {
        Ok(-libm::log1p(-probability("p", p)?) / self.decay)
    }
}

/// GI/G/1 in heavy traffic: Wq is about `rho / (1 - rho) (ca2 + cs2) / 2 E[S]` (Kingman 1961); exact for M/G/1.
///
/// `arrival_cv2` is the squared coefficient of variation of the times between arrivals.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn kingman(arrival_rate: f64, arrival_cv2: f64, mean: f64, service_cv2: f64) -> Answer<Queue> {
    allen_cunneen(arrival_rate, arrival_cv2, mean, service_cv2, 1)
}

/// GI/G/1: no wait is longer than lambda (variance between arrivals + variance of service) / (2 (1 - rho)) (Kingman 1962).
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn kingman_bound(arrival_rate: f64, arrival_cv2: f64, mean: f64, service_cv2: f64) -> Answer<f64> {
    positive("arrival rate", arrival_rate)?;
    not_negative("cv2 of arrivals", arrival_cv2)?;
    not_negative("cv2 of service", service_cv2)?;
    let rho = load(arrival_rate, Moments::new(mean, service_cv2))?;
    let variances = arrival_cv2 / (arrival_rate * arrival_rate) + service_cv2 * mean * mean;
    Ok(arrival_rate * variances / (2.0 * (1.0 - rho)))
}

/// GI/G/c: the wait of M/M/c times (ca2 + cs2) / 2 (Allen 1978, who credits Cunneen). `utilisation` is per server.
///
/// # Errors
/// Arguments out of range, or no steady state.
pub fn allen_cunneen(arrival_rate: f64, arrival_cv2: f64, mean: f64, service_cv2: f64, servers: u32) -> Answer<Queue> {
    not_negative("cv2 of arrivals", arrival_cv2)?;
    not_negative("cv2 of service", service_cv2)?;
    let exponential = erlang::mmc(arrival_rate, 1.0 / positive("mean", mean)?, servers)?;
    let wait = exponential.wait * (arrival_cv2 + service_cv2) / 2.0;
    let queue = Queue::from_wait(arrival_rate, mean, wait);
    Ok(Queue { utilisation: exponential.utilisation, ..queue })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    const EXPONENTIAL: Moments = Moments { mean: 1.0, second: 2.0 };

    fn class(arrival_rate: f64, mean: f64) -> Class {
        Class { arrival_rate, service: Moments::new(mean, 1.0) }
    }

    #[test]
    fn the_wait_grows_with_the_variance_of_service() {
        for (cv2, wait) in [(0.0, 2.0), (0.25, 2.5), (1.0, 4.0), (4.0, 10.0)] {
            assert_abs_diff_eq!(mg1(0.8, Moments::new(1.0, cv2)).unwrap().wait, wait, epsilon = 1e-12);
            assert_abs_diff_eq!(kingman(0.8, 1.0, 1.0, cv2).unwrap().wait, wait, epsilon = 1e-12);
            assert!(kingman_bound(0.8, 1.0, 1.0, cv2).unwrap() >= wait);
        }
        assert!(mg1(1.0, EXPONENTIAL).is_err());
        assert!(mg1(0.5, Moments { mean: 1.0, second: 0.5 }).is_err());
        assert!(mg1(-1.0, EXPONENTIAL).is_err());
    }

    #[test]
    fn sharing_slows_all_sizes_alike() {
        let station = processor_sharing(0.8, 1.0).unwrap();
        assert_abs_diff_eq!(station.sojourn, 5.0, epsilon = 1e-12);
        assert_abs_diff_eq!(station.sojourn_of(2.5), 12.5, epsilon = 1e-12);
        assert_abs_diff_eq!(station.in_system, 4.0, epsilon = 1e-12);
    }

    #[test]
    fn response_depends_on_the_arrivals_as_known() {
        let poisson = mg1(1.0, Moments::new(0.5, 1.0)).unwrap();
        assert_abs_diff_eq!(poisson.sojourn, 1.0, epsilon = 1e-12);
        let fixed = gm1(|s| (-s).exp(), 1.0, 2.0).unwrap();
        assert_abs_diff_eq!(fixed.queue.sojourn, 0.627500, epsilon = 5.1e-7);
        let erlang = gm1(|s| (4.0 / (4.0 + s)).powi(4), 1.0, 2.0).unwrap();
        assert_abs_diff_eq!(erlang.queue.sojourn, 0.716262, epsilon = 5.1e-7);
        let uniform = gm1(|s| (1.0 - (-2.0 * s).exp()) / (2.0 * s), 1.0, 2.0).unwrap();
        assert_abs_diff_eq!(uniform.queue.sojourn, 0.782188, epsilon = 5.1e-7);
        let markov = gm1(|s| 0.999 / (0.999 + s), 1.0 / 0.999, 1.0).unwrap();
        assert_abs_diff_eq!(markov.sigma, 0.999, epsilon = 1e-9);
        let p99 = gm1(|s| 0.8 / (0.8 + s), 1.25, 1.0).unwrap().sojourn_quantile(0.99).unwrap();
        assert_abs_diff_eq!(p99, 23.0259, epsilon = 5e-5);
        assert!(gm1(|s| (-s).exp(), 1.0, 1.0).is_err());
    }

    #[test]
    fn quantiles_of_mm1() {
        assert_abs_diff_eq!(mm1_sojourn_quantile(0.8, 1.0, 0.99).unwrap(), 23.0259, epsilon = 5e-5);
        let wait = mm1_wait_quantile(0.8, 1.0, 0.95).unwrap();
        assert_abs_diff_eq!(wait, (0.8_f64 / 0.05).ln() / 0.2, epsilon = 1e-9);
        assert!(mm1_sojourn_quantile(0.8, 1.0, 1.0).is_err());
    }

    #[test]
    fn priorities_trade_one_wait_for_another() {
        let classes = [class(0.3, 1.0), class(0.5, 1.0)];
        let interrupting = preemptive_resume(&classes).unwrap();
        assert_abs_diff_eq!(interrupting[0].sojourn, 1.42857, epsilon = 5.1e-6);
        assert_abs_diff_eq!(interrupting[1].sojourn, 7.14286, epsilon = 5.1e-6);
        let waiting = non_preemptive(&classes).unwrap();
        assert_abs_diff_eq!(waiting[0].wait, 1.14286, epsilon = 5.1e-6);
        assert_abs_diff_eq!(waiting[1].wait, 5.71429, epsilon = 5.1e-6);

        let classes = [class(0.5, 0.4), class(0.25, 2.0)];
        let interrupting = preemptive_resume(&classes).unwrap();
        assert_abs_diff_eq!(interrupting[0].sojourn, 0.5, epsilon = 1e-12);
        assert_abs_diff_eq!(interrupting[1].sojourn, 7.0, epsilon = 1e-12);
        let waiting = non_preemptive(&classes).unwrap();
        assert_abs_diff_eq!(waiting[0].wait, 1.35, epsilon = 1e-12);
        assert_abs_diff_eq!(waiting[1].wait, 4.5, epsilon = 1e-12);
        assert!(preemptive_resume(&[class(0.5, 1.0), class(0.5, 1.0)]).is_err());
    }

    #[test]
    fn the_work_waiting_does_not_depend_on_the_order() {
        // Kleinrock 1965: sum of rho(k) W(k) is the same for all orders that do not interrupt.
        let conserved = |classes: &[Class]| -> f64 {
            let queues = non_preemptive(classes).unwrap();
            queues.iter().map(|queue| queue.utilisation * queue.wait).sum()
        };
        let classes = [class(0.2, 1.0), class(0.1, 3.0), class(0.4, 0.5)];
        let reversed = [classes[2], classes[1], classes[0]];
        assert_abs_diff_eq!(conserved(&classes), conserved(&reversed), epsilon = 1e-12);
    }

    #[test]
    fn short_jobs_first_shorten_the_mean() {
        assert_abs_diff_eq!(srpt_exponential(0.5, 1.0).unwrap().sojourn, 1.4254, epsilon = 5e-5);
        assert_abs_diff_eq!(srpt_exponential(0.8, 1.0).unwrap().sojourn, 2.3528, epsilon = 5e-5);
        let scaled = srpt_exponential(4.0, 5.0).unwrap().sojourn;
        assert_abs_diff_eq!(scaled, 2.3528 / 5.0, epsilon = 1e-5);
        // Many classes of sizes, each above the longer ones, come close to it.
        let edges: Vec<f64> = (0..=4000).map(|i| f64::from(i) * 0.01).collect();
        let moment = |x: f64, k: i32| match k {
            0 => 1.0 - (-x).exp(),
            1 => 1.0 - (1.0 + x) * (-x).exp(),
            _ => 2.0 - (2.0 + 2.0 * x + x * x) * (-x).exp(),
        };
        let classes: Vec<Class> = edges
            .windows(2)
            .filter(|w| moment(w[1], 0) > moment(w[0], 0))
            .map(|w| {
                let [share, mean, second] = [0, 1, 2].map(|k| moment(w[1], k) - moment(w[0], k));
                let (mean, second) = (mean / share, second / share);
                // Differences of nearly equal numbers: far out, rounding would make the variance negative.
                Class { arrival_rate: 0.8 * share, service: Moments { mean, second: second.max(mean * mean) } }
            })
            .collect();
        let queues = non_preemptive(&classes).unwrap();
        let wait: f64 = queues.iter().map(|queue| queue.queue_length).sum::<f64>() / 0.8;
        assert_abs_diff_eq!(sjf_exponential(0.8, 1.0).unwrap().wait, wait, epsilon = 1e-4);
    }

    #[test]
    fn sleeping_servers_cost_what_decomposition_says() {
        let policy = n_policy(0.5, EXPONENTIAL, 3, Moments::ZERO).unwrap();
        assert_abs_diff_eq!(policy.queue.in_system, 2.0, epsilon = 1e-12);
        assert_abs_diff_eq!(policy.cycle, 12.0, epsilon = 1e-12);
        let cost = |threshold| {
            let policy = n_policy(0.5, EXPONENTIAL, threshold, Moments::ZERO).unwrap();
            policy.queue.in_system + 20.0 / policy.cycle
        };
        assert_abs_diff_eq!(cost(3), 3.666667, epsilon = 5.1e-7);
        assert_abs_diff_eq!(cost(4), 3.75, epsilon = 1e-12);
        // With service and set-up both exponential of mean 1, the set-up adds its mean: memorylessness.
        let setup = mg1_setup(0.5, EXPONENTIAL, EXPONENTIAL).unwrap();
        assert_abs_diff_eq!(setup.sojourn, 3.0, epsilon = 1e-12);
        let vacations = mg1_vacations(0.5, EXPONENTIAL, Moments::new(2.0, 0.0)).unwrap();
        assert_abs_diff_eq!(vacations.wait, 2.0, epsilon = 1e-12);
        assert!(mg1_vacations(0.5, EXPONENTIAL, Moments::ZERO).is_err());
    }

    #[test]
    fn batches_wait_for_each_other() {
        let queue = batch_arrivals(0.2, Moments::new(4.0, 0.0), EXPONENTIAL).unwrap();
        assert_abs_diff_eq!(queue.in_system, 10.0, epsilon = 1e-12);
        assert_abs_diff_eq!(queue.sojourn, 12.5, epsilon = 1e-12);
    }

    #[test]
    fn several_general_servers_are_exact_where_exponential() {
        let exact = erlang::mmc(8.0, 1.0, 10).unwrap();
        let close = allen_cunneen(8.0, 1.0, 1.0, 1.0, 10).unwrap();
        assert_abs_diff_eq!(close.wait, exact.wait, epsilon = 1e-12);
        assert_abs_diff_eq!(close.in_system, exact.in_system, epsilon = 1e-12);
        assert_abs_diff_eq!(close.utilisation, 0.8, epsilon = 1e-12);
    }
}
