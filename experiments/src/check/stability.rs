//! Whether there is a steady state, which component is the bottleneck, and what closed flows can reach at most.

use super::model::{Model, Source};
use crate::study::Study;
use models::graph;
use models::system::{LoadMeasure, Station};

/// How much is asked of a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// The component.
    pub component: String,
    /// Offered work over capacity; `None` where closed or saturated flows decide.
    pub offered: Option<f64>,
    /// Whether it turns away, or loses, what it cannot do.
    pub sheds: bool,
    /// Whether laws of load change its capacity.
    pub laws: bool,
}

impl Demand {
    /// Whether it has no steady state.
    pub fn is_overloaded(&self) -> bool {
        !self.sheds && !self.laws && self.offered.is_some_and(|offered| offered >= 1.0 - 1e-9)
    }
}

/// What a closed flow can reach at most: X <= min(N / (Z + sum D), 1 / Dmax) (Denning and Buzen 1978).
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The flow.
    pub flow: String,
    /// Users, of all instances.
    pub users: u32,
    /// Time of a round without waiting: think time and service [s].
    pub round: f64,
    /// The most requests per second.
    pub throughput: f64,
    /// The component that limits it with many users, and the rate at which it does [1/s].
    pub bottleneck: Option<(String, f64)>,
    /// Users from which that component limits.
    pub knee: f64,
}

/// The number of requests at once with which a component does most.
#[derive(Clone, Debug, PartialEq)]
pub struct Degree {
    /// The component.
    pub component: String,
    /// The best number present, in each of its instances.
    pub best: u32,
    /// Its rate with so many, relative to that with one.
    pub gain: f64,
}

/// What is offered, and what can be reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stability {
    /// By component, in the order of the file; those that serve.
    pub demands: Vec<Demand>,
    /// Of closed flows.
    pub bounds: Vec<Bound>,
    /// Of components that laws of occupancy slow down beyond some number of requests.
    pub degrees: Vec<Degree>,
}

impl Stability {
    /// The component with the highest offered utilisation.
    pub fn bottleneck(&self) -> Option<&Demand> {
        let known = self.demands.iter().filter(|demand| demand.offered.is_some_and(|offered| offered > 0.0));
        known.max_by(|a, b| a.offered.unwrap_or(0.0).total_cmp(&b.offered.unwrap_or(0.0)))
    }

    /// Components that cannot do what is asked of them.
    pub fn overloaded(&self) -> impl Iterator<Item = &Demand> {
        self.demands.iter().filter(|demand| demand.is_overloaded())
    }
}

/// Whether a station turns away or loses what it cannot do.
fn sheds(model: &Model<'_>, index: usize, station: &Station) -> bool {
    let leaves = |visit: &models::system::Visit| {
        visit.station as usize == index && (visit.patience.is_some() || visit.cancellable)
    };
    station.limit < u32::MAX && !station.blocks || model.system.program.visits.iter().any(leaves)
}

/// What is asked of each component.
pub fn stability(study: &Study) -> Stability {
    let model = Model::new(study);
    let system = model.system;
    let offered = graph::offered_utilisation(system);
    let mut result = Stability::default();
    for (index, station) in system.stations.iter().enumerate().filter(|(_, station)| station.serves) {
        let steady_law = match (&station.laws, station.load) {
            (None, _) => None,
            (Some(_), LoadMeasure::Utilisation(_)) => Some(None),
            (Some(_), LoadMeasure::Occupancy(_)) => Some(limit_rate(&model, index, station)),
        };
        let demand = match steady_law {
            None => (offered[index], false),
            Some(None) => (offered[index], true),
            // With many present the law has settled: what it leaves decides.
            Some(Some(rate)) => (offered[index].map(|offered| offered / rate), false),
        };
        result.degrees.extend(degree(&model, index, station));
        result.demands.push(Demand {
            component: station.name.clone(),
            offered: demand.0,
            sheds: sheds(&model, index, station),
            laws: demand.1,
        });
    }
    for (index, view) in model.flows.iter().enumerate() {
        if let Source::Closed { users, think } = view.source
            && view.conserved
            && !view.fails
        {
            result.bounds.push(bound(&model, index, users, think));
        }
    }
    result
}

/// Numbers of requests among which the best is looked for.
const DEGREES: u32 = 10_000;

/// The best number of requests at once, where more of them slow each other down.
fn degree(model: &Model<'_>, index: usize, station: &Station) -> Option<Degree> {
    station.laws.as_ref()?;
    let queue = model.queues.iter().find(|queue| queue.station == index)?;
    let rate = super::station::rate(queue, station)?;
    let mut best = 1;
    for n in 2..=DEGREES {
        if rate(n) > rate(best) * (1.0 + 1e-12) {
            best = n;
        }
    }
    let falls = rate(DEGREES) < rate(best) * (1.0 - 1e-9);
    falls.then(|| Degree { component: station.name.clone(), best, gain: rate(best) / rate(1) })
}

/// Relative rate of a station under laws of occupancy with very many present.
fn limit_rate(model: &Model<'_>, index: usize, station: &Station) -> Option<f64> {
    let queue = model.queues.iter().find(|queue| queue.station == index)?;
    let rate = super::station::rate(queue, station)?;
    let rate = rate(u32::MAX);
    (rate > 0.0).then(|| rate / station.speeds.len() as f64)
}

fn bound(model: &Model<'_>, flow: usize, users: u32, think: f64) -> Bound {
    let passage = graph::passage(model.system, flow, &|_| 1.0);
    let visits = |at: u32| passage.visits.get(&at).copied().unwrap_or(0.0);
    let mut round = think + model.flows[flow].delays.iter().map(|(at, mean, _)| visits(*at) * mean).sum::<f64>();
    let mut bottleneck: Option<(String, f64)> = None;
    for queue in &model.queues {
        let station = &model.system.stations[queue.station];
        let own = queue.classes.iter().filter(|class| class.flow == flow);
        let (mut demand, mut latency) = (0.0, 0.0);
        for class in own {
            demand += visits(class.at) * class.service.mean * f64::from(class.visit.needs) * graph::attempts(station);
            latency += visits(class.at) * class.latency;
            round += visits(class.at) * class.service.mean;
        }
        round += latency;
        if demand <= 0.0 || station.laws.is_some() {
            continue;
        }
        let speed = station.speeds.iter().sum::<f64>() / station.speeds.first().copied().unwrap_or(1.0);
        let most = speed * f64::from(queue.copies) / demand;
        if bottleneck.as_ref().is_none_or(|(_, least)| most < *least) {
            bottleneck = Some((station.name.clone(), most));
        }
    }
    let alone = f64::from(users) / round;
    let throughput = bottleneck.as_ref().map_or(alone, |(_, most)| alone.min(*most));
    let knee = bottleneck.as_ref().map_or(f64::INFINITY, |(_, most)| round * most);
    Bound { flow: model.system.flows[flow].name.clone(), users, round, throughput, bottleneck, knee }
}
