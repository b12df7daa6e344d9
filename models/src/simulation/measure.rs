//! What a replication reports.

use super::{Deadlock, Phase, Settings, Simulation, VisitTime};
use crate::system::System;
use sim_core::observe::{Histogram, Series};
use sim_core::time::Time;

/// Why a run ended before its horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// More requests in the system than allowed.
    TooMany,
    /// Time does not move on: a loop without delay.
    Stuck,
    /// Time moves on so slowly that the horizon is out of reach.
    Hopeless,
    /// Stopped from outside.
    Interrupted,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// Correct, and in time where there is a deadline.
    Correct,
    /// After a soft deadline: still correct.
    Late,
    /// After a hard deadline: not correct.
    TooLate,
    /// A full component did not take it.
    Dropped,
    /// Refused at admission.
    Refused,
    /// It lost its patience in a queue.
    Reneged,
    /// A Timeout aborted it.
    TimedOut,
    /// A step failed.
    Failed,
    /// Lost on a network.
    Lost,
}

/// Number of outcomes.
pub const OUTCOMES: usize = 9;

impl Outcome {
    /// All, in order.
    pub const ALL: [Outcome; OUTCOMES] = [
        Outcome::Correct,
        Outcome::Late,
        Outcome::TooLate,
        Outcome::Dropped,
        Outcome::Refused,
        Outcome::Reneged,
        Outcome::TimedOut,
        Outcome::Failed,
        Outcome::Lost,
    ];

    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Correct => "in_time",
            Outcome::Late => "late",
            Outcome::TooLate => "too_late",
            Outcome::Dropped => "dropped",
            Outcome::Refused => "refused",
            Outcome::Reneged => "reneged",
            Outcome::TimedOut => "timed_out",
            Outcome::Failed => "failed",
            Outcome::Lost => "lost",
        }
    }
}

/// What was observed of a flow.
#[derive(Clone, Debug)]
pub struct FlowResult {
    /// Latency of the correct requests born in the measured time [ticks].
    pub latency: Histogram,
    /// Correct departures in the measured time [1/s].
    pub throughput: f64,
    /// Payload that they delivered [bit/s].
    pub data_throughput: f64,
    /// Requests born in the measured time.
    pub born: u64,
    /// Their ends, by [`Outcome`].
    pub outcomes: [u64; OUTCOMES],
    /// Those that have not left.
    pub unfinished: u64,
    /// Mean number of its requests in the system.
    pub in_system: f64,
    /// Its share of the energy of all components [J]: that of each component is shared out in proportion to the service
    /// that the flows asked of it, or, where none was asked, among the flows that start there by their requests.
    pub energy: f64,
}

impl FlowResult {
    /// Requests that left correctly.
    pub fn correct(&self) -> u64 {
        self.outcomes[Outcome::Correct as usize] + self.outcomes[Outcome::Late as usize]
    }

    /// Share of the requests born that left correctly; `None` without requests.
    pub fn reliability(&self) -> Option<f64> {
        (self.born > 0).then(|| self.correct() as f64 / self.born as f64)
    }
}

/// What was observed of a component in the measured time.
#[derive(Clone, Debug)]
pub struct ComponentResult {
    /// Completed visits [1/s].
    pub throughput: f64,
    /// Sojourn per completed visit [ticks].
    pub sojourn: Histogram,
    /// Where the time of all visits went, those that were not completed too.
    pub visit_time: VisitTime,
    /// Mean waiting time before the first start, per visit [s].
    pub waiting: Option<f64>,
    /// Payload of completed visits [bit/s].
    pub data_throughput: f64,
    /// Bits on the wire or moved, retransmissions and headers included [bit/s].
    pub bits: f64,
    /// Completed visits / visits that ended in any way.
    pub reliability: Option<f64>,
    /// Visits that ended in any way, and services that started: what shares and means per visit are of.
    pub ended: u64,
    #[allow(missing_docs)]
    pub starts: u64,
    /// Energy [J].
    pub energy: f64,
    /// Mean share of servers that are busy, or of units that are in use; NaN for a component that has neither.
    pub utilisation: f64,
    /// Mean number of requests present.
    pub present: f64,
    /// Greatest number present.
    pub present_max: i64,
    /// Mean number waiting.
    pub queued: f64,
    /// Mean share of servers that are not down.
    pub availability: f64,
    /// Mean share of servers that hold a blocked request.
    pub blocked: f64,
    /// Mean share of servers that sleep, are on vacation or off duty.
    pub asleep: f64,
    /// Visits that ended otherwise.
    pub dropped: u64,
    #[allow(missing_docs)]
    pub refused: u64,
    #[allow(missing_docs)]
    pub reneged: u64,
    #[allow(missing_docs)]
    pub lost: u64,
    #[allow(missing_docs)]
    pub failed: u64,
    /// Aborted by a Timeout or a join.
    pub aborted: u64,
    #[allow(missing_docs)]
    pub retransmitted: u64,
    #[allow(missing_docs)]
    pub preempted: u64,
    /// Share of services that started with the throughput law on its floor.
    pub on_floor: Option<f64>,
    /// Instances whose battery is empty.
    pub instances_lost: u64,
    /// Expected life of a full battery at the mean power of an instance that lives [s].
    pub battery_life: Option<f64>,
    /// Share of the capacity of a storage that is full at the end.
    pub filled: Option<f64>,
    /// What only this kind of component has, in the order of [`crate::system::Station::figures`].
    pub figures: Vec<Option<f64>>,
}

/// What was observed of the whole.
#[derive(Clone, Debug)]
pub struct SystemResult {
    /// Energy of all components over the measured time [J].
    pub energy: f64,
    /// Mean number of requests in the system.
    pub in_system: f64,
    /// Degree of concurrency: of the requests that are served or wait somewhere, the share that is served; `None` where
    /// there were none. Branches of a Fork count by themselves, delays not at all.
    pub concurrency: Option<f64>,
    /// Mean number that it is a share of.
    pub tasks: f64,
}

/// What one replication reports.
#[derive(Clone, Debug)]
pub struct Replication {
    /// By flow, in the order of the file.
    pub flows: Vec<FlowResult>,
    /// By component, in the order of the file.
    pub components: Vec<ComponentResult>,
    /// The whole.
    pub system: SystemResult,
    /// Measured time [s].
    pub measured: f64,
    /// Utilisation of each component over time.
    pub utilisation: Vec<Series>,
    /// Requests present at each component over time.
    pub present: Vec<Series>,
    /// Requests in the system over time.
    pub in_system: Series,
    /// Degree of concurrency over time; 0 where there was nobody.
    pub concurrency: Series,
    /// Events.
    pub events: u64,
    /// Hash over all events.
    pub fingerprint: u64,
    /// Why it ended early.
    pub stop: Option<Stop>,
    /// Virtual time at the end of the measured time, or at an early end [s].
    pub end: f64,
    /// Requests that hold each other up for ever at the end.
    pub deadlock: Option<Deadlock>,
}

/// The time series as they grow.
#[derive(Debug)]
pub(super) struct Samples {
    utilisation: Vec<Series>,
    present: Vec<Series>,
    in_system: Series,
    concurrency: Series,
    last: Vec<(f64, f64)>,
    last_in_system: f64,
    last_tasks: (f64, f64),
}

impl Samples {
    pub fn new(system: &System, settings: &Settings<'_>) -> Samples {
        let interval = settings.sample as f64 / system.clock.ticks_per_second();
        let empty = Series { interval, values: Vec::new() };
        Samples {
            utilisation: vec![empty.clone(); system.stations.len()],
            present: vec![empty.clone(); system.stations.len()],
            in_system: empty.clone(),
            concurrency: empty,
            last: vec![(0.0, 0.0); system.stations.len()],
            last_in_system: 0.0,
            last_tasks: (0.0, 0.0),
        }
    }
}

impl Simulation<'_> {
    /// A point of the time series.
    pub(super) fn sample(&mut self, slot: u32) {
        self.add_sample();
        if self.engine.now().ticks() + self.settings.sample <= self.settings.horizon {
            let slot = sim_core::event_list::Slot(slot);
            self.engine.after(slot, self.settings.sample, sim_core::engine::rank::OBSERVATION);
        }
    }

    /// What has been seen since the last point.
    pub(super) fn add_sample(&mut self) {
        let now = self.engine.now();
        let span = self.settings.sample as f64;
        for (i, state) in self.stations.iter().enumerate() {
            let (busy, present) = (state.busy.since_start(now), state.present.since_start(now));
            let servers = self.system.stations[i].servers();
            let servers = if servers > 0.0 { servers } else { f64::INFINITY };
            let busy = busy + self.extra_since_start(i, now);
            let (last_busy, last_present) = self.samples.last[i];
            self.samples.utilisation[i].values.push((busy - last_busy) / span / servers);
            self.samples.present[i].values.push((present - last_present) / span);
            self.samples.last[i] = (busy, present);
        }
        let total = self.flows_of_file().chain([&self.spawned]).map(|l| l.since_start(now)).sum::<f64>();
        self.samples.in_system.values.push((total - self.samples.last_in_system) / span);
        self.samples.last_in_system = total;
        let (running, all) = self.tasks(|level| level.since_start(now));
        let (last_running, last_all) = std::mem::replace(&mut self.samples.last_tasks, (running, all));
        let degree = if all > last_all { (running - last_running) / (all - last_all) } else { 0.0 };
        self.samples.concurrency.values.push(degree);
    }

    /// Requests present of each flow of the file.
    fn flows_of_file(&self) -> impl Iterator<Item = &sim_core::observe::Level> {
        let written = self.system.flows.iter().take_while(|flow| flow.owned.is_none()).count();
        self.flows.iter().take(written).map(|flow| &flow.present)
    }

    /// Integrals of the requests in service, and of all that are in service or wait.
    fn tasks(&self, integral: impl Fn(&sim_core::observe::Level) -> f64) -> (f64, f64) {
        let (mut running, mut all) = (0.0, 0.0);
        for state in &self.stations {
            if state.first_resource != super::request::NONE {
                all += integral(&state.queued);
            } else if state.lanes > 0 {
                let present = integral(&state.present);
                all += present;
                running += match self.lanes[state.first_lane as usize].plain {
                    true => integral(&state.busy) + integral(&state.travelling),
                    false => (present - integral(&state.queued) - integral(&state.blocked)).max(0.0),
                };
            }
        }
        (running, all)
    }

    /// The warm-up is over: integrals are reset, levels stay.
    pub(super) fn start_measuring(&mut self, now: Time, open: Vec<u128>) {
        self.phase = Phase::Measured;
        for (station, open) in self.stations.iter_mut().zip(open) {
            station.sojourn_before = open;
            if station.law_since < now {
                station.law_since = now;
            }
            station.reset(now);
        }
        self.reset_scheduling(now);
        self.reset_extra(now);
        self.resources.iter_mut().for_each(|resource| resource.reset(now));
        for flow in &mut self.flows {
            flow.present.reset(now);
            flow.departures = 0;
            flow.payload = 0.0;
        }
        self.spawned.reset(now);
    }

    /// Closes the books on components at the end of the measured time.
    pub(super) fn close(&mut self, end: Time, open: &[u128]) -> (Vec<ComponentResult>, SystemResult) {
        self.close_law_energy();
        let start = Time::from_ticks(self.settings.warm_up);
        let ticks = self.system.clock.ticks_per_second();
        let span = (end.saturating_since(start) as f64).max(1.0);
        let seconds = span / ticks;
        let components: Vec<ComponentResult> = self
            .stations
            .iter()
            .zip(&self.system.stations)
            .enumerate()
            .map(|(index, (state, model))| {
                // A passive component may have no number of units: then none of its power depends on them.
                let servers = if model.servers() > 0.0 { model.servers() } else { f64::INFINITY };
                let extra = self.extra(index, end) / span;
                let mean = |level: &sim_core::observe::Level| level.integral(end) / span;
                let power = &model.power;
                let per_server = f64::from(model.count) / servers;
                let off = mean(&state.resting) + mean(&state.off_duty);
                let watts = f64::from(model.count) * power.idle
                    + per_server * (power.active - power.idle) * (mean(&state.busy) + extra)
                    + per_server * (power.sleep - power.idle) * off
                    + per_server * (power.setup - power.idle) * mean(&state.in_setup)
                    + per_server * (power.down - power.idle) * mean(&state.down)
                    + (power.tx - power.idle) * mean(&state.tx)
                    + (power.rx - power.idle) * mean(&state.rx);
                let energy = watts * seconds + state.law_energy / ticks + model.energy_per_bit * state.bits;
                let otherwise = [state.dropped, state.refused, state.reneged, state.lost, state.failed, state.skipped];
                let ended = state.completed + otherwise.iter().sum::<u64>();
                // While it lives: what is drawn after the end of a battery is not drawn from it.
                let dead = self.dead_time(index, start, end) / ticks;
                let alive = seconds * f64::from(model.count) - dead;
                let own_power = if alive > 0.0 { (energy - power.down * dead) / alive } else { 0.0 };
                ComponentResult {
                    throughput: state.completed as f64 / seconds,
                    sojourn: state.sojourn.clone(),
                    visit_time: VisitTime {
                        completed: state.sojourn.sum(),
                        otherwise: state.sojourn_otherwise,
                        unfinished: open[index],
                        before: state.sojourn_before,
                    },
                    waiting: (state.starts > 0).then(|| state.waited as f64 / state.starts as f64 / ticks),
                    data_throughput: state.payload / seconds,
                    bits: state.bits / seconds,
                    reliability: (ended > 0).then(|| state.completed as f64 / ended as f64),
                    ended,
                    starts: state.starts,
                    energy,
                    utilisation: if model.servers() > 0.0 { (mean(&state.busy) + extra) / servers } else { f64::NAN },
                    present: mean(&state.present),
                    present_max: state.present.max(),
                    queued: if state.lanes > 0 && self.lanes[state.first_lane as usize].plain {
                        mean(&state.present) - mean(&state.busy) - mean(&state.travelling)
                    } else {
                        mean(&state.queued)
                    },
                    availability: 1.0 - mean(&state.down) / servers,
                    blocked: mean(&state.blocked) / servers,
                    asleep: off / servers,
                    dropped: state.dropped,
                    refused: state.refused,
                    reneged: state.reneged,
                    lost: state.lost,
                    failed: state.failed,
                    aborted: state.aborted,
                    retransmitted: state.retransmitted,
                    preempted: state.preempted,
                    on_floor: model
                        .laws
                        .as_ref()
                        .filter(|laws| laws.throughput.is_some() && state.starts > 0)
                        .map(|_| state.on_floor as f64 / state.starts as f64),
                    instances_lost: state.instances_lost,
                    battery_life: model.battery.filter(|_| own_power > 0.0).map(|energy| energy / own_power),
                    figures: self.figures(index, end, span),
                    filled: model.capacity.map(|capacity| state.stored / capacity),
                }
            })
            .collect();
        let (running, all) = self.tasks(|level| level.integral(end));
        let system = SystemResult {
            concurrency: (all > 0.0).then(|| running / all),
            tasks: all / span,
            energy: components.iter().map(|component| component.energy).sum(),
            in_system: self.flows_of_file().chain([&self.spawned]).map(|l| l.integral(end)).sum::<f64>() / span,
        };
        self.share_energy(&components);
        // What flows have in the system on average is settled here; their cohorts may still be leaving.

        for flow in &mut self.flows {
            flow.mean_present = flow.present.integral(end) / span;
        }
        (components, system)
    }

    /// What only this kind of component has.
    fn figures(&self, station: usize, end: Time, span: f64) -> Vec<Option<f64>> {
        let ticks = self.system.clock.ticks_per_second();
        match self.stations[station].first_resource {
            super::request::NONE => self.scheduler_figures(station, end, span),
            first => {
                let first = first as usize;
                let all = &self.resources[first..first + self.system.stations[station].count as usize];
                crate::resources::State::measure(all, crate::resources::Measured { end, span, ticks })
            }
        }
    }

    /// Shares the energy of the components out among the flows.
    fn share_energy(&mut self, components: &[ComponentResult]) {
        for (index, component) in components.iter().enumerate() {
            let asked: Vec<f64> = match self.stations[index].asked.iter().sum::<f64>() {
                sum if sum > 0.0 => self.stations[index].asked.clone(),
                _ => {
                    let starts_here = |flow: &crate::system::Flow| flow.from as usize == index;
                    let born = self.system.flows.iter().zip(&self.flows);
                    born.map(|(model, flow)| if starts_here(model) { flow.born as f64 } else { 0.0 }).collect()
                }
            };
            let sum: f64 = asked.iter().sum();
            if sum > 0.0 {
                for (flow, share) in self.flows.iter_mut().zip(&asked) {
                    flow.energy += component.energy * share / sum;
                }
            }
        }
    }

    /// The last of a run: with the series, the events, and what has become of the cohort.
    pub(super) fn report(
        mut self,
        end: Time,
        components: Vec<ComponentResult>,
        system: SystemResult,
    ) -> Vec<Replication> {
        let deadlock = self.deadlock();
        debug_assert!(self.holdings_agree(), "what passive components have given out is not what is held");
        let mut last = self.measured(end, components, system);
        for (flow, state) in last.flows.iter_mut().zip(&self.flows) {
            let ended: u64 = flow.outcomes.iter().sum();
            flow.unfinished = (state.open_before + flow.born).saturating_sub(ended);
        }
        let samples = self.samples;
        (last.utilisation, last.present) = (samples.utilisation, samples.present);
        (last.in_system, last.concurrency) = (samples.in_system, samples.concurrency);
        (last.events, last.fingerprint) = (self.engine.events(), self.engine.fingerprint());
        last.deadlock = deadlock;
        self.segments.push(last);
        self.segments
    }

    /// What was observed since measurement began, or began anew; counters of flows begin anew.
    pub(super) fn measured(
        &mut self,
        end: Time,
        components: Vec<ComponentResult>,
        system: SystemResult,
    ) -> Replication {
        let ticks = self.system.clock.ticks_per_second();
        let start = Time::from_ticks(self.settings.warm_up);
        let seconds = (end.saturating_since(start) as f64).max(1.0) / ticks;
        let flows = self
            .flows
            .iter_mut()
            .zip(&self.system.flows)
            .map(|(flow, model)| {
                let payload = match &model.payload {
                    crate::system::Payload::Constant(bits) => bits * flow.departures as f64,
                    crate::system::Payload::Drawn(_) => flow.payload,
                };
                FlowResult {
                    throughput: flow.departures as f64 / seconds,
                    data_throughput: payload / seconds,
                    born: std::mem::take(&mut flow.born),
                    unfinished: 0,
                    outcomes: std::mem::take(&mut flow.outcomes),
                    in_system: flow.mean_present,
                    energy: std::mem::take(&mut flow.energy),
                    latency: std::mem::take(&mut flow.latency),
                }
            })
            .collect();
        Replication {
            flows,
            components,
            system,
            measured: seconds,
            utilisation: Vec::new(),
            present: Vec::new(),
            in_system: Series::default(),
            concurrency: Series::default(),
            events: 0,
            fingerprint: 0,
            stop: self.stop,
            end: end.ticks() as f64 / ticks,
            deadlock: None,
        }
    }
}
