//! Open networks of exponential stations with Poisson arrivals and random routing (Jackson 1963).
//!
//! ```text
//!   arrivals[i] ---> station i ---> station j   with probability routing[i][j]
//!                        |
//!                        +--------> out         with what is left of 1
//! ```

use super::{AnalyticError, Answer, erlang, linear, not_negative, positive};

/// How many servers a station has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// So many.
    Finite(u32),
    /// One for everybody: a pure delay.
    Infinite,
}

/// A station of an open network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenStation {
    /// Rate of one server.
    pub service_rate: f64,
    /// How many servers it has.
    pub servers: Servers,
}

/// Steady state of one station.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StationState {
    /// Customers through it per unit of time.
    pub throughput: f64,
    /// Visits per customer of the network.
    pub visits: f64,
    /// Share of the servers that is busy; 0 for infinitely many.
    pub utilisation: f64,
    /// Mean number present.
    pub in_system: f64,
    /// Mean sojourn per visit.
    pub sojourn: f64,
}

/// Steady state of an open network.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenNetwork {
    /// Station by station.
    pub stations: Vec<StationState>,
    /// Customers through the network per unit of time.
    pub throughput: f64,
    /// Mean number in the network.
    pub in_system: f64,
    /// Mean sojourn from entry to exit (Little 1961).
    pub sojourn: f64,
    /// Index of the station with the highest utilisation, where any has finitely many servers.
    pub bottleneck: Option<usize>,
}

/// Throughput of each station, from lambda = arrivals + lambda P, by elimination with pivoting.
///
/// # Errors
/// Rates or probabilities out of range, inputs of different size, or a part of the network without a way out.
pub fn traffic(arrivals: &[f64], routing: &[Vec<f64>]) -> Answer<Vec<f64>> {
    let size = arrivals.len();
    if routing.len() != size {
        return Err(AnalyticError::Length { name: "routing", found: routing.len(), expected: size });
    }
    for &rate in arrivals {
        not_negative("arrival rate", rate)?;
    }
    for row in routing {
        if row.len() != size {
            return Err(AnalyticError::Length { name: "row of the routing", found: row.len(), expected: size });
        }
        for &share in row {
            not_negative("routing probability", share)?;
        }
        let total: f64 = row.iter().sum();
        if total > 1.0 + 1e-9 {
            return Err(AnalyticError::Parameter {
                name: "sum of a row of the routing",
                value: total,
                must: "at most 1",
            });
        }
    }
    // (I - P') lambda = arrivals, with the right side as last column.
    let row = |i: usize| {
        let mut row: Vec<f64> = (0..size).map(|j| f64::from(u8::from(i == j)) - routing[j][i]).collect();
        row.push(arrivals[i]);
        row
    };
    let rates = linear::solve((0..size).map(row).collect(), 1e-12).ok_or(AnalyticError::NoExit)?;
    // Rounding may leave a station that nothing reaches a hair below zero.
    Ok(rates.into_iter().map(|rate| rate.max(0.0)).collect())
}

/// The network in which customers enter station i at `arrivals[i]` and move by `routing`.
///
/// # Errors
/// As [`traffic`]; no arrivals at all; a station without steady state, named by its index.
pub fn open_network(arrivals: &[f64], routing: &[Vec<f64>], stations: &[OpenStation]) -> Answer<OpenNetwork> {
    if stations.len() != arrivals.len() {
        return Err(AnalyticError::Length { name: "stations", found: stations.len(), expected: arrivals.len() });
    }
    let rates = traffic(arrivals, routing)?;
    let throughput = positive("sum of the arrival rates", arrivals.iter().sum())?;
    let mut states = Vec::with_capacity(stations.len());
    for (index, (station, &rate)) in stations.iter().zip(&rates).enumerate() {
        let visits = rate / throughput;
        let state = match station.servers {
            Servers::Infinite => {
                let alone = erlang::mm_infinity(rate, station.service_rate)?;
                let (in_system, sojourn) = (alone.in_system, alone.sojourn);
                StationState { throughput: rate, visits, utilisation: 0.0, in_system, sojourn }
            }
            Servers::Finite(servers) => {
                let alone = erlang::mmc(rate, station.service_rate, servers).map_err(|error| match error {
                    AnalyticError::Unstable { utilisation } => {
                        AnalyticError::UnstableStation { station: index, utilisation }
                    }
                    other => other,
                })?;
                let (utilisation, in_system, sojourn) = (alone.utilisation, alone.in_system, alone.sojourn);
                StationState { throughput: rate, visits, utilisation, in_system, sojourn }
            }
        };
        states.push(state);
    }
    let in_system: f64 = states.iter().map(|state| state.in_system).sum();
    let finite = |index: &usize| matches!(stations[*index].servers, Servers::Finite(_));
    // Of several equally busy stations the first.
    let bottleneck =
        (0..states.len()).filter(finite).rev().max_by(|a, b| states[*a].utilisation.total_cmp(&states[*b].utilisation));
    Ok(OpenNetwork { stations: states, throughput, in_system, sojourn: in_system / throughput, bottleneck })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    fn exponential(service_rate: f64, servers: u32) -> OpenStation {
        OpenStation { service_rate, servers: Servers::Finite(servers) }
    }

    #[test]
    fn ten_stations_in_series_add_up() {
        let mut routing = vec![vec![0.0; 10]; 10];
        (0..9).for_each(|i| routing[i][i + 1] = 1.0);
        let mut arrivals = vec![0.0; 10];
        arrivals[0] = 0.8;
        let network = open_network(&arrivals, &routing, &[exponential(1.0, 1); 10]).unwrap();
        assert_abs_diff_eq!(network.sojourn, 50.0, epsilon = 1e-10);
        assert_eq!(network.bottleneck, Some(0));
    }

    #[test]
    fn twelve_servers_are_shared_out_as_known() {
        let routing = [vec![0.0, 0.6, 0.4], vec![0.2, 0.0, 0.0], vec![0.0; 3]];
        let sojourn = |servers: [u32; 3]| {
            let stations = [exponential(2.0, servers[0]), exponential(1.0, servers[1]), exponential(1.0, servers[2])];
            open_network(&[4.0, 0.0, 0.0], &routing, &stations).unwrap().sojourn
        };
        assert_abs_diff_eq!(sojourn([4, 5, 3]), 1.977719, epsilon = 5.1e-7);
        assert_abs_diff_eq!(sojourn([4, 4, 4]), 2.028413, epsilon = 5.1e-7);
    }

    #[test]
    fn loops_need_a_way_out_and_stations_a_steady_state() {
        assert_eq!(traffic(&[1.0, 0.0], &[vec![0.0, 1.0], vec![1.0, 0.0]]), Err(AnalyticError::NoExit));
        assert!(traffic(&[1.0], &[vec![1.2]]).is_err());
        assert!(traffic(&[1.0], &[]).is_err());
        let feedback = traffic(&[1.0], &[vec![0.75]]).unwrap();
        assert_abs_diff_eq!(feedback[0], 4.0, epsilon = 1e-12);
        let overloaded = open_network(&[1.0], &[vec![0.75]], &[exponential(3.0, 1)]);
        assert!(matches!(overloaded, Err(AnalyticError::UnstableStation { station: 0, .. })));
        let delay = OpenStation { service_rate: 0.5, servers: Servers::Infinite };
        let network = open_network(&[1.0], &[vec![0.0]], &[delay]).unwrap();
        assert_eq!((network.sojourn, network.bottleneck), (2.0, None));
    }
}
