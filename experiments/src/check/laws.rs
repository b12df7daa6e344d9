//! Where laws of load settle.
//!
//! Laws on utilisation are a feedback: at utilisation u the station works at factor(u) of its nominal rate, which makes
//! the utilisation r / factor(u), r being what is offered at the nominal rate. Its steady states are the fixed points.

use super::model::{Model, Source};
use crate::study::Study;
use models::analytic::laws::{FixedPoint, capacity, fixed_points};
use models::graph;
use models::laws::Load;
use models::system::{LoadMeasure, Station};

/// Where the laws of a component settle.
#[derive(Clone, Debug, PartialEq)]
pub struct Settling {
    /// The component.
    pub component: String,
    /// Offered work at the nominal rate, as a share.
    pub offered: f64,
    /// Where the utilisation reproduces itself, by rising utilisation.
    pub points: Vec<FixedPoint>,
    /// Whether a full station stays full.
    pub full_is_absorbing: bool,
    /// The most that could be offered, and the utilisation with it.
    pub most: (f64, f64),
    /// What that means.
    pub meaning: Meaning,
}

/// What fixed points mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// One steady state.
    Steady,
    /// A steady state that can be lost for good, or for long.
    Metastable,
    /// No steady state but on the floor, where the work can still be done.
    OnFloor,
    /// No steady state.
    Overload,
}

/// The work offered to a station by nominal time: (fixed part, work that the throughput law slows, work that the
/// latency law stretches), as shares of its servers. `None` where it is not known beforehand.
fn offered(model: &Model<'_>, index: usize, station: &Station) -> Option<(f64, f64, f64)> {
    let laws = station.laws.as_ref()?;
    let (mut fixed, mut work, mut stretched) = (0.0, 0.0, 0.0);
    let servers: f64 = station.speeds.iter().sum::<f64>() * f64::from(station.count) * f64::from(station.directions);
    for queue in model.queues.iter().filter(|queue| queue.station == index) {
        for class in &queue.classes {
            let view = &model.flows[class.flow];
            if matches!(view.source, Source::Closed { .. } | Source::Saturated) {
                return None;
            }
            let visits = graph::passage(model.system, class.flow, &|_| 1.0).visits.get(&class.at).copied()?;
            let rate = view.source.rate()? * visits * f64::from(class.visit.needs) * graph::attempts(station) / servers;
            fixed += rate * class.service.fixed;
            // The rule of the simulation: without a fixed part and a throughput law, latency stretches the work.
            if class.visit.fixed.is_none() && class.visit.latency.is_none() && laws.throughput.is_none() {
                stretched += rate * class.service.work;
            } else {
                work += rate * class.service.work;
            }
        }
    }
    Some((fixed, work, stretched))
}

/// The fixed points of all components with a throughput or latency law on utilisation.
pub fn settle(study: &Study) -> Vec<Settling> {
    let model = Model::new(study);
    let mut all = Vec::new();
    for (index, station) in model.system.stations.iter().enumerate() {
        let Some(laws) = station.laws.as_ref().filter(|laws| laws.throughput.is_some() || laws.latency.is_some())
        else {
            continue;
        };
        if !matches!(station.load, LoadMeasure::Utilisation(_)) {
            continue;
        }
        let Some((fixed, work, stretched)) = offered(&model, index, station) else { continue };
        let r = fixed + work + stretched;
        if r <= 0.0 {
            continue;
        }
        let factor = |u: f64| {
            // Laws that look at the number present see the mean number of busy servers.
            let load = Load { share: u, present: u * station.speeds.len() as f64 };
            let latency = laws.latency(load).max(1e-9);
            r / ((fixed + stretched) * latency + work / laws.throughput(load).0)
        };
        let Ok(found) = fixed_points(r, factor) else { continue };
        let repels = found.points.iter().any(|point| !point.stable);
        let meaning = match found.points.as_slice() {
            [] => Meaning::Overload,
            points if repels || points.len() > 1 || found.full_is_absorbing => Meaning::Metastable,
            [only] if laws.throughput(Load { share: only.utilisation, present: 1.0 }).1 => Meaning::OnFloor,
            _ => Meaning::Steady,
        };
        all.push(Settling {
            component: station.name.clone(),
            offered: r,
            points: found.points,
            full_is_absorbing: found.full_is_absorbing,
            most: capacity(factor),
            meaning,
        });
    }
    all
}

impl Settling {
    /// What it says, in sentences.
    pub fn text(&self) -> String {
        let name = &self.component;
        let roots: Vec<String> = self
            .points
            .iter()
            .map(|p| format!("{:.4} ({})", p.utilisation, if p.stable { "stable" } else { "unstable" }))
            .collect();
        let start = format!("`{name}` is offered {:.4} of its nominal rate", self.offered);
        let most = format!("its laws carry at most {:.4}, at a utilisation of {:.3}", self.most.0, self.most.1);
        match self.meaning {
            Meaning::Steady => format!("{start}; it settles at a utilisation of {}; {most}.", roots.join(", ")),
            Meaning::Metastable => format!(
                "{start}; fixed points of the utilisation: {}. WARNING: metastable. Once a burst has carried the \
                 utilisation beyond the unstable point, it runs full{}, and only less load brings it back. Short \
                 windows of `load` make that likely; {most}.",
                roots.join(", "),
                if self.full_is_absorbing { " and stays there, with a queue that grows" } else { "" },
            ),
            Meaning::OnFloor => format!(
                "{start}; more than its laws carry ({most}): it falls to the floor of its laws, where it settles at a \
                 utilisation of {}.",
                roots.join(", ")
            ),
            Meaning::Overload => format!(
                "{start}; there is no fixed point: it always falls to the floor of its laws, where the work cannot be \
                 done and the queue grows ({most}). Offer less, or raise the floor."
            ),
        }
    }
}
