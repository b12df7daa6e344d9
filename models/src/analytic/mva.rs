//! Closed networks with product form (Baskett, Chandy, Muntz and Palacios 1975).
//!
//! ```text
//!        +--> station 1 --> station 2 --> ... --> think (a delay) --+
//!        +----------------------------------------------------------+      N customers go round
//! ```
//!
//! [`exact_mva`] is the recursion over populations for one class, delays and single servers: it takes any population.
//! [`product_form`] also takes several servers, other load-dependent rates and several classes. It convolves the
//! stations (Buzen 1973) in logarithms. Every term is positive, so that it stays exact where the load-dependent
//! recursion subtracts nearly equal numbers and fails.

use super::{AnalyticError, Answer, not_negative, positive};

/// How the total rate of a station depends on the number of customers there.
#[derive(Clone, Debug, PartialEq)]
pub enum Capacity {
    /// One server for everybody: think time and other pure delays.
    Delay,
    /// One server.
    Single,
    /// Several servers: min(n, c).
    Servers(u32),
    /// Rate with 1, 2, ... customers, relative to that for which the demands hold; the last value goes on for more.
    Rates(Vec<f64>),
}

impl Capacity {
    fn check(&self) -> Answer<()> {
        match self {
            Capacity::Delay | Capacity::Single => Ok(()),
            Capacity::Servers(servers) => super::at_least_one("servers", *servers).map(|_| ()),
            Capacity::Rates(rates) => {
                if rates.is_empty() {
                    return Err(AnalyticError::Length { name: "rates", found: 0, expected: 1 });
                }
                rates.iter().try_for_each(|rate| positive("rate", *rate).map(|_| ()))
            }
        }
    }

    /// Relative rate with `n` customers, n at least 1.
    fn rate(&self, n: u32) -> f64 {
        match self {
            Capacity::Delay => f64::from(n),
            Capacity::Single => 1.0,
            Capacity::Servers(servers) => f64::from(n.min(*servers)),
            Capacity::Rates(rates) => {
                let index = (n as usize).min(rates.len()).saturating_sub(1);
                rates.get(index).copied().unwrap_or(1.0)
            }
        }
    }
}

/// A station of a closed network.
///
/// Product form holds for processor sharing, delays and preemptive last come first served with any service
/// distribution, and for first come first served with the same exponential service in all classes.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedStation {
    /// Mean work per round for each class: visits times mean service at rate 1.
    pub demands: Vec<f64>,
    /// How fast it works.
    pub capacity: Capacity,
}

impl ClosedStation {
    /// A station visited by one class.
    pub fn single_class(demand: f64, capacity: Capacity) -> ClosedStation {
        ClosedStation { demands: vec![demand], capacity }
    }
}

/// Steady state of one class of a closed network.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassState {
    /// Rounds completed per unit of time.
    pub throughput: f64,
    /// Mean time per round away from delay stations.
    pub response: f64,
    /// Mean number of its customers at each station.
    pub queues: Vec<f64>,
    /// Mean time per round at each station.
    pub residences: Vec<f64>,
}

/// Steady state of a closed network.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedNetwork {
    /// Class by class.
    pub classes: Vec<ClassState>,
    /// Distribution of the number of customers, of all classes, at each station; empty from [`exact_mva`].
    pub marginals: Vec<Vec<f64>>,
    /// Mean rate of each station's work: the mean number of busy servers, of customers at a delay.
    pub busy: Vec<f64>,
}

impl ClosedNetwork {
    /// Mean number of customers at a station, all classes together.
    pub fn queue(&self, station: usize) -> f64 {
        self.classes.iter().filter_map(|class| class.queues.get(station)).sum()
    }
}

/// One class, delays and single servers: exact mean value analysis (Reiser and Lavenberg 1980).
///
/// Each arriving customer sees the network as it is in the mean with one customer less. Takes time in proportion to
/// `population` times the number of stations.
///
/// # Errors
/// Demands out of range or all zero, more than one class, or stations of another kind.
pub fn exact_mva(population: u32, stations: &[ClosedStation]) -> Answer<ClosedNetwork> {
    check(1, stations)?;
    for station in stations {
        if !matches!(station.capacity, Capacity::Delay | Capacity::Single) {
            return Err(AnalyticError::Parameter {
                name: "servers",
                value: station.capacity.rate(u32::MAX),
                must: "1, or a delay: other stations need the product form",
            });
        }
    }
    let is_delay = |station: &ClosedStation| station.capacity == Capacity::Delay;
    let mut queues = vec![0.0; stations.len()];
    let mut residences = vec![0.0; stations.len()];
    let mut throughput = 0.0;
    for n in 1..=population {
        for ((residence, station), queue) in residences.iter_mut().zip(stations).zip(&queues) {
            *residence = station.demands[0] * if is_delay(station) { 1.0 } else { 1.0 + queue };
        }
        throughput = f64::from(n) / residences.iter().sum::<f64>();
        for (queue, residence) in queues.iter_mut().zip(&residences) {
            *queue = throughput * residence;
        }
    }
    let response = residences.iter().zip(stations).filter(|pair| !is_delay(pair.1)).map(|pair| pair.0).sum();
    let busy = stations.iter().map(|station| throughput * station.demands[0]).collect();
    Ok(ClosedNetwork {
        classes: vec![ClassState { throughput, response, queues, residences }],
        marginals: Vec::new(),
        busy,
    })
}

/// Throughput with 1, 2, ... `population` customers of one class, from one pass.
///
/// # Errors
/// As [`product_form`].
pub fn throughput_curve(population: u32, stations: &[ClosedStation]) -> Answer<Vec<f64>> {
    check(1, stations)?;
    let lattice = Lattice::new(&[population])?;
    let mut constants = lattice.empty_network();
    for station in stations {
        constants = lattice.convolve(&constants, &lattice.weights(station));
    }
    Ok(constants.windows(2).map(|pair| libm::exp(pair[0] - pair[1])).collect())
}

/// Exact steady state of a closed network with `populations[r]` customers of class r.
///
/// Station k with n customers, n(r) of class r, has weight |n|! prod(D(r)^n(r) / n(r)!) / prod(rate(j), j = 1..|n|);
/// the normalisation constant G is the convolution of all stations' weights over the lattice of populations.
/// X(r) = G(N - e(r)) / G(N); marginals follow from the convolution of all other stations.
///
/// # Errors
/// Demands or rates out of range, a class without any demand, demands that do not match the classes, or a
/// lattice of more than 10 000 populations.
pub fn product_form(populations: &[u32], stations: &[ClosedStation]) -> Answer<ClosedNetwork> {
    check(populations.len(), stations)?;
    let lattice = Lattice::new(populations)?;
    let weights: Vec<Vec<f64>> = stations.iter().map(|station| lattice.weights(station)).collect();

    // Constants of the stations before each one and after each one: all but one, without division.
    let mut before = vec![lattice.empty_network()];
    for (index, weight) in weights.iter().enumerate() {
        before.push(lattice.convolve(&before[index], weight));
    }
    let mut after = lattice.empty_network();
    let full = lattice.size - 1;
    let whole = before[stations.len()].clone();

    let classes = populations.len();
    let mut queues = vec![vec![0.0; stations.len()]; classes];
    let mut marginals = vec![Vec::new(); stations.len()];
    let mut busy = vec![0.0; stations.len()];
    for index in (0..stations.len()).rev() {
        let others = lattice.convolve(&before[index], &after);
        let mut marginal = vec![0.0; lattice.total as usize + 1];
        for here in 0..lattice.size {
            let chance = libm::exp(weights[index][here] + others[full - here] - whole[full]);
            let total = lattice.totals[here];
            marginal[total as usize] += chance;
            if total > 0 {
                busy[index] += chance * stations[index].capacity.rate(total);
            }
            for (class, queues) in queues.iter_mut().enumerate() {
                queues[index] += chance * f64::from(lattice.count(here, class));
            }
        }
        marginals[index] = marginal;
        after = lattice.convolve(&after, &weights[index]);
    }

    let states = queues.into_iter().enumerate().map(|(class, queues)| {
        if populations[class] == 0 {
            let none = vec![0.0; stations.len()];
            return ClassState { throughput: 0.0, response: 0.0, queues, residences: none };
        }
        let throughput = libm::exp(whole[full - lattice.strides[class]] - whole[full]);
        let residences: Vec<f64> = queues.iter().map(|queue| queue / throughput).collect();
        let served = residences.iter().zip(stations).filter(|pair| pair.1.capacity != Capacity::Delay);
        let response = served.map(|pair| pair.0).sum();
        ClassState { throughput, response, queues, residences }
    });
    Ok(ClosedNetwork { classes: states.collect(), marginals, busy })
}

fn check(classes: usize, stations: &[ClosedStation]) -> Answer<()> {
    for station in stations {
        if station.demands.len() != classes {
            let found = station.demands.len();
            return Err(AnalyticError::Length { name: "demands", found, expected: classes });
        }
        station.capacity.check()?;
        for &demand in &station.demands {
            not_negative("demand", demand)?;
        }
    }
    for class in 0..classes {
        positive("sum of a class's demands", stations.iter().map(|station| station.demands[class]).sum())?;
    }
    Ok(())
}

/// All populations up to a given one, numbered so that the number of a sum is the sum of the numbers.
struct Lattice {
    populations: Vec<u32>,
    strides: Vec<usize>,
    size: usize,
    /// Customers of all classes in each population.
    totals: Vec<u32>,
    total: u32,
}

impl Lattice {
    /// Convolution takes time with the square of the size.
    const LIMIT: usize = 10_000;

    fn new(populations: &[u32]) -> Answer<Lattice> {
        let mut strides = Vec::with_capacity(populations.len());
        let mut size = 1_usize;
        for &population in populations {
            strides.push(size);
            size = size.saturating_mul(population as usize + 1);
        }
        if size > Lattice::LIMIT {
            return Err(AnalyticError::TooLarge { name: "the number of populations", size, limit: Lattice::LIMIT });
        }
        let mut lattice = Lattice {
            populations: populations.to_vec(),
            strides,
            size,
            totals: Vec::new(),
            total: populations.iter().sum(),
        };
        lattice.totals = (0..size).map(|n| (0..populations.len()).map(|class| lattice.count(n, class)).sum()).collect();
        Ok(lattice)
    }

    /// Customers of `class` in population `n`.
    fn count(&self, n: usize, class: usize) -> u32 {
        let count = n / self.strides[class] % (self.populations[class] as usize + 1);
        count as u32 // below the class's population, which is a u32
    }

    /// Logarithms of the constants of a network without stations: it holds nobody.
    fn empty_network(&self) -> Vec<f64> {
        let mut constants = vec![f64::NEG_INFINITY; self.size];
        constants[0] = 0.0;
        constants
    }

    /// Logarithms of a station's weights.
    fn weights(&self, station: &ClosedStation) -> Vec<f64> {
        // log(n! / prod rate(j)), n = 0, 1, ...
        let mut orders = vec![0.0];
        let mut order = 0.0;
        for n in 1..=self.total {
            order += libm::log(f64::from(n)) - libm::log(station.capacity.rate(n));
            orders.push(order);
        }
        let term = |n: usize, class: usize| {
            let count = f64::from(self.count(n, class));
            if count == 0.0 { 0.0 } else { count * libm::log(station.demands[class]) - libm::lgamma(count + 1.0) }
        };
        let classes = self.populations.len();
        (0..self.size)
            .map(|n| orders[self.totals[n] as usize] + (0..classes).map(|class| term(n, class)).sum::<f64>())
            .collect()
    }

    /// Logarithms of sum over m <= n of a(m) b(n - m).
    fn convolve(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        /// Terms so far below the largest cannot change the sum: 1e-18 of it each.
        const NEGLIGIBLE: f64 = -41.5;
        let mut terms = Vec::with_capacity(self.size);
        (0..self.size)
            .map(|n| {
                terms.clear();
                self.each_part(n, |m| terms.push(a[m] + b[n - m]));
                let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                if largest == f64::NEG_INFINITY {
                    return largest;
                }
                let above = terms.iter().map(|term| term - largest).filter(|term| *term > NEGLIGIBLE);
                largest + libm::log(above.map(libm::exp).sum())
            })
            .collect()
    }

    /// Visits all populations that are in no class larger than `n`.
    fn each_part(&self, n: usize, mut visit: impl FnMut(usize)) {
        let classes = self.populations.len();
        let mut left: Vec<u32> = vec![0; classes]; // the part's counts, as an odometer
        let mut part = 0;
        loop {
            visit(part);
            let mut class = 0;
            loop {
                if class == classes {
                    return;
                }
                if left[class] < self.count(n, class) {
                    left[class] += 1;
                    part += self.strides[class];
                    break;
                }
                part -= left[class] as usize * self.strides[class];
                left[class] = 0;
                class += 1;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    fn station(demand: f64, capacity: Capacity) -> ClosedStation {
        ClosedStation::single_class(demand, capacity)
    }

    fn three_servers() -> [ClosedStation; 4] {
        [
            station(15.0, Capacity::Delay),
            station(2.1, Capacity::Single),
            station(0.605, Capacity::Single),
            station(1.35, Capacity::Single),
        ]
    }

    #[test]
    fn three_servers_and_thinking_users() {
        for solve in [|n| exact_mva(n, &three_servers()), |n| product_form(&[n], &three_servers())] {
            let network = solve(3).unwrap();
            assert_abs_diff_eq!(network.classes[0].throughput, 0.151516, epsilon = 5.1e-7);
            for (index, queue) in [(1, 0.394657), (2, 0.097566), (3, 0.235030)] {
                assert_abs_diff_eq!(network.queue(index), queue, epsilon = 5.1e-7);
            }
            let network = solve(10).unwrap();
            assert_abs_diff_eq!(network.classes[0].throughput, 0.400205, epsilon = 5.1e-7);
            for (index, queue) in [(1, 2.656170), (2, 0.311573), (3, 1.029188)] {
                assert_abs_diff_eq!(network.queue(index), queue, epsilon = 5.1e-7);
            }
            let response = 10.0 / network.classes[0].throughput - 15.0;
            assert_abs_diff_eq!(network.classes[0].response, response, epsilon = 1e-9);
            assert_abs_diff_eq!(network.busy[1], 0.400205 * 2.1, epsilon = 1e-5);
        }
    }

    #[test]
    fn both_methods_agree_for_large_populations() {
        let (mean, convolved) =
            (exact_mva(600, &three_servers()).unwrap(), product_form(&[600], &three_servers()).unwrap());
        assert_abs_diff_eq!(mean.classes[0].throughput, convolved.classes[0].throughput, epsilon = 1e-11);
        for index in 0..4 {
            assert_abs_diff_eq!(mean.queue(index), convolved.queue(index), epsilon = 1e-8);
            assert_abs_diff_eq!(convolved.marginals[index].iter().sum::<f64>(), 1.0, epsilon = 1e-10);
            assert_abs_diff_eq!(mean.busy[index], convolved.busy[index], epsilon = 1e-9);
        }
        assert_abs_diff_eq!(exact_mva(1_000_000, &three_servers()).unwrap().busy[1], 1.0, epsilon = 1e-9);
    }

    #[test]
    fn a_load_dependent_station() {
        let rates = [1.0, 1.5, 1.9, 2.6, 3.1].map(|mean| 1.0 / mean).to_vec();
        let stations = [station(1.5, Capacity::Single), station(1.0, Capacity::Rates(rates))];
        let network = product_form(&[5], &stations).unwrap();
        assert_abs_diff_eq!(network.classes[0].throughput, 0.4036174845, epsilon = 5.1e-11);
        assert_abs_diff_eq!(network.queue(0), 1.6721204, epsilon = 5.1e-8);
        assert_abs_diff_eq!(network.queue(1), 3.3278796, epsilon = 5.1e-8);
    }

    #[test]
    fn two_servers_and_thinking_users() {
        let stations = [station(1.0, Capacity::Delay), station(1.5, Capacity::Servers(2))];
        let network = product_form(&[16], &stations).unwrap();
        assert_abs_diff_eq!(network.classes[0].throughput, 1.3333333, epsilon = 5e-7);
        assert_abs_diff_eq!(network.classes[0].response, 11.0, epsilon = 1e-5);
        assert_abs_diff_eq!(network.busy[1], network.classes[0].throughput * 1.5, epsilon = 1e-12);
    }

    #[test]
    fn a_lock_that_everybody_needs() {
        let stations = [station(10.0, Capacity::Delay), station(1.0, Capacity::Single)];
        let curve = throughput_curve(16, &stations).unwrap();
        for (threads, throughput) in [(4, 0.353337), (8, 0.661682), (16, 0.977698)] {
            assert_abs_diff_eq!(curve[threads - 1], throughput, epsilon = 5.1e-7);
        }
    }

    #[test]
    fn the_least_population_near_saturation() {
        let stations = [
            station(0.5, Capacity::Delay),
            station(0.05, Capacity::Single),
            station(0.08, Capacity::Single),
            station(0.03, Capacity::Single),
        ];
        let curve = throughput_curve(40, &stations).unwrap();
        assert_eq!(curve.iter().position(|x| *x >= 0.95 * 12.5), Some(12));
        assert_abs_diff_eq!(curve[11] / 12.5, 0.936, epsilon = 5e-4);
    }

    #[test]
    fn two_classes_share_two_servers() {
        let stations = [
            ClosedStation { demands: vec![1.0, 2.0], capacity: Capacity::Delay },
            ClosedStation { demands: vec![1.5, 2.5], capacity: Capacity::Servers(2) },
        ];
        let network = product_form(&[4, 2], &stations).unwrap();
        for (class, throughput, queue) in [(0, 0.8975019, 3.1024981), (1, 0.2557871, 1.4884258)] {
            assert_abs_diff_eq!(network.classes[class].throughput, throughput, epsilon = 5.1e-8);
            assert_abs_diff_eq!(network.classes[class].queues[1], queue, epsilon = 5.1e-8);
        }
    }

    #[test]
    fn splitting_a_class_in_two_changes_nothing() {
        let two = |demand, capacity| ClosedStation { demands: vec![demand; 2], capacity };
        let split = [two(3.0, Capacity::Delay), two(1.0, Capacity::Servers(3)), two(0.4, Capacity::Single)];
        let one: Vec<ClosedStation> = split.iter().map(|s| station(s.demands[0], s.capacity.clone())).collect();
        let (split, whole) = (product_form(&[7, 5], &split).unwrap(), product_form(&[12], &one).unwrap());
        let throughput = split.classes[0].throughput + split.classes[1].throughput;
        assert_abs_diff_eq!(throughput, whole.classes[0].throughput, epsilon = 1e-12);
        for index in 0..3 {
            assert_abs_diff_eq!(split.queue(index), whole.queue(index), epsilon = 1e-11);
            for (a, b) in split.marginals[index].iter().zip(&whole.marginals[index]) {
                assert_abs_diff_eq!(a, b, epsilon = 1e-12);
            }
        }
    }

    #[test]
    fn three_classes_agree_with_the_recursion() {
        // Multi-class mean value analysis for single servers and a delay (Reiser and Lavenberg 1980), spelled out.
        let demands = [[4.0, 2.0, 1.0], [0.3, 0.7, 0.0], [0.5, 0.2, 0.9]];
        let (populations, delays) = ([3_u32, 2, 4], [true, false, false]);
        let mut queues = std::collections::HashMap::from([([0_u32; 3], [0.0; 3])]);
        let mut last = [0.0; 3];
        for a in 0..=3 {
            for b in 0..=2 {
                for c in 0..=4 {
                    let n = [a, b, c];
                    if n == [0; 3] {
                        continue;
                    }
                    let mut queue = [0.0; 3];
                    for class in (0..3).filter(|class| n[*class] > 0) {
                        let mut less = n;
                        less[class] -= 1;
                        let seen = queues[&less];
                        let residence: Vec<f64> =
                            (0..3).map(|k| demands[k][class] * if delays[k] { 1.0 } else { 1.0 + seen[k] }).collect();
                        let throughput = f64::from(n[class]) / residence.iter().sum::<f64>();
                        (0..3).for_each(|k| queue[k] += throughput * residence[k]);
                        last[class] = throughput;
                    }
                    queues.insert(n, queue);
                }
            }
        }
        let stations: Vec<ClosedStation> = (0..3)
            .map(|k| ClosedStation {
                demands: demands[k].to_vec(),
                capacity: if delays[k] { Capacity::Delay } else { Capacity::Single },
            })
            .collect();
        let network = product_form(&populations, &stations).unwrap();
        for k in 0..3 {
            assert_abs_diff_eq!(network.classes[k].throughput, last[k], epsilon = 1e-12);
            assert_abs_diff_eq!(network.queue(k), queues[&populations][k], epsilon = 1e-11);
        }
    }

    #[test]
    fn what_has_no_answer_is_refused() {
        assert!(product_form(&[3], &[station(0.0, Capacity::Single)]).is_err());
        assert!(product_form(&[3], &[station(-1.0, Capacity::Single)]).is_err());
        assert!(product_form(&[3], &[station(1.0, Capacity::Servers(0))]).is_err());
        assert!(product_form(&[3], &[station(1.0, Capacity::Rates(vec![]))]).is_err());
        assert!(product_form(&[3, 3], &[station(1.0, Capacity::Single)]).is_err());
        assert!(exact_mva(3, &[station(1.0, Capacity::Servers(2))]).is_err());
        let large = product_form(&[u32::MAX, u32::MAX, u32::MAX], &[]);
        assert!(matches!(large, Err(AnalyticError::TooLarge { .. } | AnalyticError::Parameter { .. })));
        let nobody = product_form(&[0], &[station(1.0, Capacity::Single)]).unwrap();
        assert_eq!((nobody.classes[0].throughput, nobody.queue(0)), (0.0, 0.0));
    }
}
