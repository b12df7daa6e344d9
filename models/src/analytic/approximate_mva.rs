//! Closed, open and mixed networks of several classes by approximate mean value analysis, for any population.
//!
//! ```text
//!   queues ──▶ what an arrival sees ──▶ residence times ──▶ throughputs (Little) ──▶ queues
//! ```
//!
//! A request that arrives sees the network as it is in the mean, but for its own share: (N - 1) / N of its class (Bard
//! 1979; Schweitzer 1979). That turns the recursion over populations into a fixed point. What follows from what is seen
//! depends on the order of service: [`residences`]. Errors are a few percent, 7 % at most in the tests below; the largest are at
//! a handful of customers.

use super::gig::all_busy;
use super::mg1::Moments;
use super::{AnalyticError, Answer, at_least_one, not_negative, positive};

/// Who is served next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// All at once.
    Sharing,
    /// First come, first served; any other order that looks neither at classes nor at sizes.
    Fcfs,
    /// The largest priority first, without interrupting (Cobham 1954).
    Priority,
    /// The largest priority first, interrupting those of less, whose work is resumed.
    PriorityResume,
}

/// What a class does at a station.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// The class.
    pub class: usize,
    /// Visits to each copy per round.
    pub count: f64,
    /// The service.
    pub service: Moments,
    /// Priority; a larger one is more urgent.
    pub priority: f64,
}

/// A station, which may be several copies alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Servers of each copy.
    pub servers: u32,
    /// Copies.
    pub copies: u32,
    /// The order of service.
    pub order: Order,
    /// Who comes.
    pub visits: Vec<Visit>,
}

/// How many there are of a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// So many go round, and are away from the stations for so long in each round.
    #[allow(missing_docs)]
    Closed { customers: f64, away: f64 },
    /// They come at this rate and leave.
    Open(f64),
}

/// What is present at a copy of a station of one visit's requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Presence {
    /// Mean number waiting or in service.
    pub present: f64,
    /// Mean number in service.
    pub busy: f64,
}

/// Steady state of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Rounds, or requests, per unit of time of each class.
    pub throughputs: Vec<f64>,
    /// For each station and each of its visits: mean time of one visit.
    pub residences: Vec<Vec<f64>>,
    /// For each station and each of its visits: what is present at one copy.
    pub presences: Vec<Vec<Presence>>,
}

/// Rounds of the fixed point at most.
const ROUNDS: usize = 4000;
/// How far each round goes towards its result: less than all of the way, so that nothing swings.
const STEP: f64 = 0.7;

/// The share of the mean of other classes that a customer who goes round sees, where `present` customers are on average, of
/// which `own` are the customer itself: without it in their way there are fewer of the others, (1 + Q - own) / (1 + Q).
///
/// Exact for open requests at one shared server (Sauer and Chandy 1981); a heuristic for other closed classes, whose error it
/// halves in the tests below.
#[must_use]
pub fn others_share(present: f64, own: f64) -> f64 {
    (1.0 + (present - own).max(0.0)) / (1.0 + present)
}

/// Mean time of one visit of each kind, when `seen(arriving, other)` is the share of the other's mean that it sees.
///
/// First come first served: those that wait, Q - B of each kind, and what is left of the services when all c servers are
/// busy: `W = sum((Q - B) E[S]) / c + P(all busy) * residual / c`, which is exact for M/M/c and M/G/1 and has the residual
/// service of Reiser 1979. Sharing: S (1 + (waiting + P(all busy)) / c), exact for M/M/c and M/G/1 too. Priorities:
/// only those that go before count, and the wait is stretched by those that overtake (Cobham 1954; for networks Bryant,
/// Krzesinski, Lakshmi and Chandy 1984).
#[must_use]
pub fn residences(
    servers: u32,
    order: Order,
    visits: &[Visit],
    presences: &[Presence],
    seen: &dyn Fn(usize, usize) -> f64,
) -> Vec<f64> {
    let c = f64::from(servers.max(1));
    let waits = |arriving: usize| {
        let urgent = visits[arriving].priority;
        let counts = |other: usize, among: Order| match among {
            Order::Sharing | Order::Fcfs => true,
            Order::Priority | Order::PriorityResume => visits[other].priority >= urgent,
        };
        // Whose services are in the way: with priorities that do not interrupt, those of all.
        let begun = if order == Order::PriorityResume { order } else { Order::Fcfs };
        let (mut waiting, mut number, mut busy, mut residual, mut above) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (other, (visit, presence)) in visits.iter().zip(presences).enumerate() {
            let share = seen(arriving, other);
            let queue = share * (presence.present - presence.busy).max(0.0);
            if counts(other, order) {
                waiting += queue * visit.service.mean;
                number += queue;
            }
            if counts(other, begun) {
                busy += share * presence.busy;
                let left = if visit.service.mean > 0.0 { 0.5 * visit.service.second / visit.service.mean } else { 0.0 };
                residual += share * presence.busy * left;
            }
            if visit.priority > urgent {
                above += share * presence.busy;
            }
        }
        let full = |busy: f64| if busy <= 0.0 { 0.0 } else { all_busy(servers.max(1), busy).unwrap_or(1.0) };
        let own = visits[arriving].service.mean;
        let full_now = full(busy);
        let left = if busy > 0.0 { full_now * residual / busy } else { 0.0 };
        let free = (1.0 - above / c).max(1e-6);
        match order {
            Order::Sharing => own * (1.0 + (number + full_now) / c),
            Order::Fcfs => own + (waiting + left) / c,
            Order::Priority => own + (waiting + left) / (c * free),
            Order::PriorityResume => own * (1.0 + full(above) / free) + (waiting + left) / (c * free),
        }
    };
    (0..visits.len()).map(waits).collect()
}

/// Steady state of a network, approximately.
///
/// # Errors
/// Arguments out of range; open classes that leave a station no steady state.
pub fn solve(loads: &[Load], stations: &[Station]) -> Answer<Network> {
    check(loads, stations)?;
    let total: f64 = stations.iter().map(|station| station.visits.len() as f64).sum::<f64>().max(1.0);
    let start = |visit: &Visit| match loads[visit.class] {
        Load::Closed { customers, .. } => Presence { present: customers / total, busy: 0.0 },
        Load::Open(rate) => Presence { present: rate * visit.count * visit.service.mean, busy: 0.0 },
    };
    let mut presences: Vec<Vec<Presence>> =
        stations.iter().map(|station| station.visits.iter().map(start).collect()).collect();
    let mut throughputs = vec![0.0; loads.len()];
    let mut residence = Vec::new();
    for _ in 0..ROUNDS {
        residence = stations
            .iter()
            .zip(&presences)
            .map(|(station, presences)| {
                let seen = |arriving: usize, other: usize| {
                    let class = station.visits[arriving].class;
                    match loads[class] {
                        Load::Closed { customers, .. } if class == station.visits[other].class => {
                            (1.0 - 1.0 / customers).max(0.0)
                        }
                        Load::Closed { customers, .. } => {
                            let sum = |counts: &dyn Fn(usize) -> bool| -> f64 {
                                let here = station.visits.iter().zip(presences);
                                here.filter(|(visit, _)| counts(visit.class)).map(|(_, there)| there.present).sum()
                            };
                            let closed = sum(&|class| matches!(loads[class], Load::Closed { .. }));
                            others_share(closed, sum(&|other| other == class) / customers)
                        }
                        _ => 1.0,
                    }
                };
                residences(station.servers, station.order, &station.visits, presences, &seen)
            })
            .collect::<Vec<_>>();
        let mut rounds = vec![0.0; loads.len()];
        for (station, residence) in stations.iter().zip(&residence) {
            for (visit, time) in station.visits.iter().zip(residence) {
                rounds[visit.class] += visit.count * f64::from(station.copies) * time;
            }
        }
        throughputs = loads
            .iter()
            .zip(&rounds)
            .map(|(load, round)| match load {
                Load::Closed { customers, away } if away + round > 0.0 => customers / (away + round),
                Load::Closed { .. } => 0.0,
                Load::Open(rate) => *rate,
            })
            .collect();
        let mut change = 0.0f64;
        for ((station, residence), presences) in stations.iter().zip(&residence).zip(&mut presences) {
            for ((visit, time), presence) in station.visits.iter().zip(residence).zip(presences) {
                let rate = throughputs[visit.class] * visit.count;
                let (present, busy) = (rate * time, rate * visit.service.mean);
                change = change.max((present - presence.present).abs() / present.max(1e-9));
                presence.present += STEP * (present - presence.present);
                presence.busy += STEP * (busy - presence.busy);
            }
        }
        if change < 1e-9 {
            break;
        }
    }
    Ok(Network { throughputs, residences: residence, presences })
}

fn check(loads: &[Load], stations: &[Station]) -> Answer<()> {
    for load in loads {
        match load {
            Load::Closed { customers, away } => {
                positive("customers", *customers)?;
                not_negative("time away", *away)?;
            }
            Load::Open(rate) => {
                not_negative("arrival rate", *rate)?;
            }
        }
    }
    for (index, station) in stations.iter().enumerate() {
        let servers = at_least_one("servers", station.servers)?;
        at_least_one("copies", station.copies)?;
        let mut offered = 0.0;
        for visit in &station.visits {
            if visit.class >= loads.len() {
                return Err(AnalyticError::Length { name: "classes", found: loads.len(), expected: visit.class + 1 });
            }
            not_negative("visits", visit.count)?;
            not_negative("mean service", visit.service.mean)?;
            not_negative("second moment", visit.service.second)?;
            if let Load::Open(rate) = loads[visit.class] {
                offered += rate * visit.count * visit.service.mean / servers;
            }
        }
        if offered >= 1.0 {
            return Err(AnalyticError::UnstableStation { station: index, utilisation: offered });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::analytic::mg1;
    use crate::analytic::mva::{Capacity, ClosedStation, product_form};
    use approx::assert_relative_eq;

    fn visit(class: usize, mean: f64) -> Visit {
        Visit { class, count: 1.0, service: Moments::new(mean, 1.0), priority: 0.0 }
    }

    fn station(servers: u32, order: Order, visits: Vec<Visit>) -> Station {
        Station { servers, copies: 1, order, visits }
    }

    #[test]
    fn one_class_is_within_four_percent_of_the_exact_throughput() {
        for customers in [1u32, 3, 10, 40] {
            let stations: Vec<Station> =
                [2.1, 0.605, 1.35].iter().map(|mean| station(1, Order::Fcfs, vec![visit(0, *mean)])).collect();
            let loads = [Load::Closed { customers: f64::from(customers), away: 15.0 }];
            let found = solve(&loads, &stations).unwrap().throughputs[0];
            let mut exact: Vec<ClosedStation> =
                [2.1, 0.605, 1.35].iter().map(|mean| ClosedStation::single_class(*mean, Capacity::Single)).collect();
            exact.push(ClosedStation::single_class(15.0, Capacity::Delay));
            let exact = product_form(&[customers], &exact).unwrap().classes[0].throughput;
            assert_relative_eq!(found, exact, max_relative = 0.04);
        }
    }

    #[test]
    fn several_classes_and_servers_are_within_seven_percent() {
        for (servers, n) in [(1u32, [4u32, 2]), (2, [4, 2]), (4, [12, 8]), (2, [20, 10])] {
            let stations = [station(servers, Order::Sharing, vec![visit(0, 1.5), visit(1, 2.5)])];
            let loads = [(n[0], 1.0), (n[1], 2.0)].map(|(n, away)| Load::Closed { customers: f64::from(n), away });
            let found = solve(&loads, &stations).unwrap().throughputs;
            let exact = [
                ClosedStation { demands: vec![1.5, 2.5], capacity: Capacity::Servers(servers) },
                ClosedStation { demands: vec![1.0, 2.0], capacity: Capacity::Delay },
            ];
            let exact = product_form(&n, &exact).unwrap();
            for (found, exact) in found.iter().zip(&exact.classes) {
                assert_relative_eq!(*found, exact.throughput, max_relative = 0.07);
            }
        }
    }

    #[test]
    fn open_classes_come_out_as_their_formulas() {
        let open = |order, visits: Vec<Visit>, rates: &[f64]| {
            let loads: Vec<Load> = rates.iter().map(|rate| Load::Open(*rate)).collect();
            solve(&loads, &[station(1, order, visits)]).unwrap().residences[0].clone()
        };
        let fixed = Visit { service: Moments::new(1.0, 0.0), ..visit(0, 1.0) };
        assert_relative_eq!(open(Order::Fcfs, vec![fixed], &[0.8])[0], 3.0, max_relative = 1e-6);
        assert_relative_eq!(open(Order::Sharing, vec![fixed], &[0.8])[0], 5.0, max_relative = 1e-6);
        let classes = || vec![Visit { priority: 1.0, ..visit(0, 0.4) }, visit(1, 2.0)];
        let exact: Vec<mg1::Class> = [(0.5, 0.4), (0.25, 2.0)]
            .map(|(arrival_rate, mean)| mg1::Class { arrival_rate, service: Moments::new(mean, 1.0) })
            .to_vec();
        let found = open(Order::Priority, classes(), &[0.5, 0.25]);
        for (found, exact) in found.iter().zip(mg1::non_preemptive(&exact).unwrap()) {
            assert_relative_eq!(*found, exact.sojourn, max_relative = 1e-6);
        }
        let found = open(Order::PriorityResume, classes(), &[0.5, 0.25]);
        for (found, exact) in found.iter().zip(mg1::preemptive_resume(&exact).unwrap()) {
            assert_relative_eq!(*found, exact.sojourn, max_relative = 1e-6);
        }
    }

    /// Open and closed classes at one shared server: exactly, the closed ones see it slowed down by 1 / (1 - rho) (Sauer
    /// and Chandy 1981).
    #[test]
    fn open_and_closed_classes_share_a_server() {
        let stations = [station(1, Order::Sharing, vec![visit(0, 1.0), visit(1, 0.5)])];
        let loads = [Load::Open(0.4), Load::Closed { customers: 5.0, away: 4.0 }];
        let found = solve(&loads, &stations).unwrap().throughputs[1];
        let slowed = [
            ClosedStation::single_class(0.5 / 0.6, Capacity::Single),
            ClosedStation::single_class(4.0, Capacity::Delay),
        ];
        let exact = product_form(&[5], &slowed).unwrap().classes[0].throughput;
        assert_relative_eq!(found, exact, max_relative = 0.07);
        assert!(matches!(
            solve(&[Load::Open(1.0), loads[1]], &stations),
            Err(AnalyticError::UnstableStation { station: 0, .. })
        ));
        assert!(solve(&[Load::Closed { customers: 0.0, away: 1.0 }, loads[1]], &stations).is_err());
        assert!(solve(&loads[..1], &stations).is_err());
    }

    #[test]
    fn a_very_large_population_saturates_its_bottleneck() {
        let stations = [station(3, Order::Fcfs, vec![visit(0, 1.5)]), station(1, Order::Fcfs, vec![visit(0, 0.1)])];
        let found = solve(&[Load::Closed { customers: 1e5, away: 1.0 }], &stations).unwrap();
        assert_relative_eq!(found.throughputs[0], 2.0, max_relative = 1e-3);
    }
}
