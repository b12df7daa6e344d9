//! Networks of general stations by decomposition: how variable the arrivals at each station are.
//!
//! ```text
//!   streams ──▶ superposed ──▶ split among copies ──▶ station ──▶ departures ──▶ streams to others
//! ```
//!
//! The Queueing Network Analyzer (Whitt 1983): each stream is known by its rate and the squared coefficient of variation
//! (SCV) of its gaps. Three rules say what the network does to it; their fixed point gives the SCV of arrivals at each
//! station, which then is treated by itself (see [`super::gig`]). Exact where all streams are Poisson.

use super::{AnalyticError, Answer, not_negative};

/// How the arrivals at a station are shared out among its copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// At random.
    Random,
    /// In turn.
    Cyclic,
    /// Each copy has sources of its own.
    Dedicated,
}

/// A station, which may be several copies alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Servers of each copy; infinite for a delay.
    pub servers: f64,
    /// Copies.
    pub copies: f64,
    /// How they share the arrivals.
    pub split: Split,
    /// Share of the servers that is busy.
    pub utilisation: f64,
    /// SCV of the service.
    pub service_scv: f64,
}

/// Requests that go from one station to another, or come from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stream {
    /// The station that they leave; `None`: from outside.
    pub from: Option<usize>,
    /// The station that they go to.
    pub to: usize,
    /// Requests per unit of time, all copies together.
    pub rate: f64,
    /// Share of what leaves there (or comes from outside) that goes this way.
    pub share: f64,
    /// From outside: the SCV of the gaps of each source.
    pub scv: f64,
    /// From outside: independent sources alike.
    pub sources: f64,
}

/// Rounds of the fixed point; each carries variability one station further, and contracts.
const ROUNDS: usize = 300;

/// SCV of the arrivals at one copy of each station.
///
/// - superposed: `w sum(p(i) c2(i)) + 1 - w`, w = 1 / (1 + 4 (1 - rho)^2 (v - 1)), v = 1 / sum(p(i)^2), p(i) the shares of
///   the streams (Whitt 1983, equations 29 and 30);
/// - split at random with probability q: `q c2 + 1 - q`; in turn among n: `c2 / n`;
/// - departures: `1 + (1 - rho^2) (ca2 - 1) + rho^2 (max(cs2, 0.2) - 1) / sqrt(c)` (equation 39).
///
/// # Errors
/// Rates or SCVs that are negative or not finite, stations that do not exist.
pub fn arrival_scvs(nodes: &[Node], streams: &[Stream]) -> Answer<Vec<f64>> {
    for stream in streams {
        for node in stream.from.into_iter().chain([stream.to]) {
            if node >= nodes.len() {
                return Err(AnalyticError::Length { name: "stations", found: nodes.len(), expected: node + 1 });
            }
        }
        not_negative("rate of a stream", stream.rate)?;
        not_negative("SCV of a stream", stream.scv)?;
    }
    for node in nodes {
        not_negative("utilisation", node.utilisation)?;
        not_negative("SCV of service", node.service_scv)?;
    }
    let mut rates = vec![0.0; nodes.len()];
    streams.iter().for_each(|stream| rates[stream.to] += stream.rate);
    let mut arrivals = vec![1.0; nodes.len()];
    for _ in 0..ROUNDS {
        let departures: Vec<f64> = nodes.iter().zip(&arrivals).map(|(node, scv)| departure(node, *scv)).collect();
        let mut change = 0.0f64;
        for (index, node) in nodes.iter().enumerate() {
            if rates[index] <= 0.0 {
                continue;
            }
            let (mut sum, mut squares) = (0.0, 0.0);
            for stream in streams.iter().filter(|stream| stream.to == index && stream.rate > 0.0) {
                let (scv, sources) = match stream.from {
                    Some(from) => (departures[from], nodes[from].copies.max(1.0)),
                    None => (stream.scv, stream.sources.max(1.0)),
                };
                let thinned = 1.0 + stream.share.clamp(0.0, 1.0) * (scv - 1.0);
                let (scv, sources) = match node.split {
                    Split::Random => (1.0 + (thinned - 1.0) / node.copies, sources),
                    Split::Cyclic => (thinned, sources),
                    Split::Dedicated => (thinned, (sources / node.copies).max(1.0)),
                };
                let part = stream.rate / rates[index];
                sum += part * scv;
                squares += part * part / sources;
            }
            let idle = (1.0 - node.utilisation).max(0.0);
            let w = 1.0 / (1.0 + 4.0 * idle * idle * (1.0 / squares.min(1.0) - 1.0));
            let superposed = w * sum + 1.0 - w;
            let scv = if node.split == Split::Cyclic { superposed / node.copies } else { superposed };
            change = change.max((scv - arrivals[index]).abs());
            arrivals[index] = scv.max(0.0);
        }
        if change < 1e-10 {
            break;
        }
    }
    Ok(arrivals)
}

/// SCV of the departures of one copy.
fn departure(node: &Node, arrivals: f64) -> f64 {
    if node.servers.is_infinite() {
        return arrivals;
    }
    let rho2 = node.utilisation.min(1.0) * node.utilisation.min(1.0);
    (1.0 + (1.0 - rho2) * (arrivals - 1.0) + rho2 * (node.service_scv.max(0.2) - 1.0) / node.servers.sqrt()).max(0.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    fn node(utilisation: f64, service_scv: f64) -> Node {
        Node { servers: 1.0, copies: 1.0, split: Split::Random, utilisation, service_scv }
    }

    fn outside(to: usize, rate: f64, scv: f64) -> Stream {
        Stream { from: None, to, rate, share: 1.0, scv, sources: 1.0 }
    }

    fn onward(from: usize, to: usize, rate: f64, share: f64) -> Stream {
        Stream { from: Some(from), to, rate, share, scv: 1.0, sources: 1.0 }
    }

    #[test]
    fn poisson_streams_through_exponential_stations_stay_poisson() {
        let nodes = [node(0.6, 1.0), node(0.8, 1.0), node(0.5, 1.0)];
        let streams = [outside(0, 0.6, 1.0), onward(0, 1, 0.4, 0.6), onward(1, 0, 0.1, 0.2), onward(0, 2, 0.3, 0.4)];
        for scv in arrival_scvs(&nodes, &streams).unwrap() {
            assert_abs_diff_eq!(scv, 1.0, epsilon = 1e-12);
        }
    }

    /// By hand: departures of a D server at .6 are 1 - .36 (1 - .2) = .712; halved at random .856.
    #[test]
    fn the_rules_are_those_of_the_paper() {
        let nodes = [node(0.6, 0.0), node(0.5, 1.0)];
        let streams = [outside(0, 0.6, 1.0), onward(0, 1, 0.3, 0.5)];
        assert_abs_diff_eq!(arrival_scvs(&nodes, &streams).unwrap()[1], 0.856, epsilon = 1e-12);
        let whole = [outside(0, 0.6, 1.0), onward(0, 1, 0.6, 1.0)];
        assert_abs_diff_eq!(arrival_scvs(&nodes, &whole).unwrap()[1], 0.712, epsilon = 1e-12);
        // Two equal clocks at rho = .5: v = 2, w = 1 / (1 + 4 * .25) = .5.
        let clocks = [outside(1, 0.25, 0.0), outside(1, 0.25, 0.0)];
        assert_abs_diff_eq!(arrival_scvs(&nodes, &clocks).unwrap()[1], 0.5, epsilon = 1e-12);
        let both = [Stream { sources: 2.0, ..outside(1, 0.5, 0.0) }];
        assert_abs_diff_eq!(arrival_scvs(&nodes, &both).unwrap()[1], 0.5, epsilon = 1e-12);
    }

    #[test]
    fn copies_share_by_chance_in_turn_or_not_at_all() {
        let copies = |split| Node { copies: 4.0, split, ..node(0.5, 1.0) };
        let scv = |split, sources| {
            let stream = Stream { sources, ..outside(0, 2.0, 0.0) };
            arrival_scvs(&[copies(split)], &[stream]).unwrap()[0]
        };
        assert_abs_diff_eq!(scv(Split::Random, 1.0), 0.75, epsilon = 1e-12);
        assert_abs_diff_eq!(scv(Split::Cyclic, 1.0), 0.0, epsilon = 1e-12);
        assert_abs_diff_eq!(scv(Split::Dedicated, 4.0), 0.0, epsilon = 1e-12);
        let poisson = Stream { scv: 1.0, ..outside(0, 2.0, 1.0) };
        let cyclic = arrival_scvs(&[copies(Split::Cyclic)], &[poisson]).unwrap()[0];
        assert_abs_diff_eq!(cyclic, 0.25, epsilon = 1e-12);
    }

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        assert!(arrival_scvs(&[node(0.5, 1.0)], &[onward(0, 1, 0.1, 1.0)]).is_err());
        assert!(arrival_scvs(&[node(0.5, 1.0)], &[outside(0, f64::NAN, 1.0)]).is_err());
        assert!(arrival_scvs(&[node(f64::INFINITY, 1.0)], &[outside(0, 1.0, 1.0)]).is_err());
        assert_eq!(arrival_scvs(&[node(0.0, 1.0)], &[]).unwrap(), [1.0]);
    }
}
