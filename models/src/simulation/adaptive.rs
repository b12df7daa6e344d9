//! Disciplines that change with what they see: what an adaptive queue has seen, and when it switches.

use super::queue::Queue;
use super::request::NONE;
use super::{Simulation, Timer};
use crate::disciplines::{Job, Mood, Order, Policy, Rules, Seen};
use sim_core::engine::rank;
use sim_core::event_list::Slot;
use sim_core::time::Time;

/// What a queue has seen since the last look, and its mood.
#[derive(Clone, Debug)]
pub(super) struct Adaptive {
    rules: Rules,
    mood: Mood,
    since: Time,
    /// Time in each mood since the warm-up [ticks].
    times: [u64; 3],
    switches: u64,
    arrivals: f64,
    /// Sum of the numbers that arrivals found waiting.
    found: f64,
    demands: f64,
    squares: f64,
    urgent: f64,
    /// What was seen last: where nobody comes, demands and urgency are taken to be as before.
    last: Seen,
}

impl Adaptive {
    /// That of a policy which adapts.
    pub fn of(policy: &Policy) -> Option<Box<Adaptive>> {
        let Order::Adaptive(rules) = policy.order else { return None };
        Some(Box::new(Adaptive {
            rules,
            mood: Mood::default(),
            since: Time::ZERO,
            times: [0; 3],
            switches: 0,
            arrivals: 0.0,
            found: 0.0,
            demands: 0.0,
            squares: 0.0,
            urgent: 0.0,
            last: Seen::default(),
        }))
    }

    /// The key by which waiting jobs are ordered now.
    pub fn key(&self) -> fn(&Job) -> u64 {
        self.mood.key()
    }

    fn arrival(&mut self, job: &Job, waiting: u32) {
        self.arrivals += 1.0;
        self.found += f64::from(waiting);
        self.demands += job.demand;
        self.squares += job.demand * job.demand;
        // `Normal` is 1.
        self.urgent += f64::from(u8::from(job.priority > 1.0));
    }

    /// What was seen in the interval that ends, which begins anew. By PASTA, what arrivals find is the mean.
    fn look(&mut self, waiting: u32) -> Seen {
        let n = self.arrivals;
        let per_arrival = |sum: f64| if n > 0.0 { sum / n } else { 0.0 };
        let mean = per_arrival(self.demands);
        let queue = if n > 0.0 { self.found / n } else { f64::from(waiting) };
        let seen = Seen {
            queue,
            before: self.last.queue,
            scv: if mean > 0.0 { per_arrival(self.squares) / (mean * mean) - 1.0 } else { self.last.scv },
            urgent: if n > 0.0 { self.urgent / n } else { self.last.urgent },
        };
        self.last = seen;
        (self.arrivals, self.found, self.demands, self.squares, self.urgent) = (0.0, 0.0, 0.0, 0.0, 0.0);
        seen
    }

    fn settle(&mut self, now: Time) {
        self.times[self.mood as usize] += now.saturating_since(self.since);
        self.since = now;
    }

    /// The warm-up is over.
    pub fn reset(&mut self, now: Time) {
        self.since = now;
        self.times = [0; 3];
        self.switches = 0;
    }

    /// Switches, and time in each mood [ticks], up to `end`.
    pub fn sums(&self, end: Time) -> [f64; 4] {
        let mut times = self.times;
        times[self.mood as usize] += end.saturating_since(self.since);
        [self.switches as f64, times[0] as f64, times[1] as f64, times[2] as f64]
    }
}

impl Simulation<'_> {
    /// Starts what stations do by themselves to schedule: the first look of adaptive queues, devices that are initialised.
    pub(super) fn start_scheduling(&mut self, station: usize) {
        if self.stations[station].lanes == 0 {
            return;
        }
        if let Order::Adaptive(rules) = self.system.stations[station].policy.order {
            self.new_timer(Timer::Adapt(station as u32), rules.every, rank::SERVERS);
        }
        self.initialise_devices(station);
    }

    /// An arrival is seen.
    pub(super) fn observe_arrival(&mut self, request: u32, lane: u32) {
        if self.lanes[lane as usize].adaptive.is_some() {
            let job = self.job(request);
            let state = &mut self.lanes[lane as usize];
            if let Some(adaptive) = &mut state.adaptive {
                adaptive.arrival(&job, state.waiting);
            }
        }
    }

    /// Sets the rank of a request in an order by keys.
    pub(super) fn set_rank(&mut self, request: u32, lane: u32) {
        let state = &self.lanes[lane as usize];
        let key = match (self.system.stations[state.station as usize].policy.order, &state.adaptive) {
            (Order::Keyed(key), _) => key,
            (_, Some(adaptive)) => adaptive.key(),
            _ => return,
        };
        self.requests[request].rank = key(&self.job(request));
    }

    /// The interval of a station is over: each of its queues may change its mood.
    pub(super) fn adapt(&mut self, station: u32, slot: u32) {
        let now = self.engine.now();
        let Order::Adaptive(rules) = self.system.stations[station as usize].policy.order else { return };
        self.engine.after(Slot(slot), rules.every, rank::SERVERS);
        let (first, lanes) = (self.stations[station as usize].first_lane, self.stations[station as usize].lanes);
        for lane in first..first + lanes {
            let state = &mut self.lanes[lane as usize];
            let waiting = state.waiting;
            let Some(adaptive) = &mut state.adaptive else { continue };
            let seen = adaptive.look(waiting);
            let mood = adaptive.rules.mood(&seen);
            if mood == adaptive.mood {
                continue;
            }
            adaptive.settle(now);
            adaptive.switches += 1;
            adaptive.mood = mood;
            self.reorder(lane);
            self.dispatch(lane);
        }
    }

    /// Puts those that wait into the order of the present mood.
    fn reorder(&mut self, lane: u32) {
        let waiting: Vec<u32> = self.lanes[lane as usize].queue.iter(&self.requests).collect();
        for request in &waiting {
            self.lanes[lane as usize].queue.remove(*request, &mut self.requests);
        }
        for request in waiting {
            self.set_rank(request, lane);
            self.lanes[lane as usize].queue.push(request, &mut self.requests);
        }
    }

    /// The work that is left in a lane [nominal ticks]: of those in service, and of those that wait.
    pub(super) fn work_left(&self, lane: u32) -> u64 {
        let now = self.engine.now();
        let state = &self.lanes[lane as usize];
        if let Some(sharing) = &state.sharing {
            return sharing.work_left(now, lane, &self.requests) as u64;
        }
        let waiting: f64 = state
            .queue
            .iter(&self.requests)
            .map(|request| {
                let record = &self.requests[request];
                if state.plain { record.service as f64 } else { record.fixed_left + record.work_left }
            })
            .sum();
        let in_service: f64 = (state.first..state.first + state.servers)
            .filter(|server| {
                let request = self.servers[*server as usize].request;
                request != NONE && self.requests[request].place == *server
            })
            .map(|server| match self.engine.list.scheduled_at(Slot(server)) {
                Some(end) if state.plain => end.saturating_since(now) as f64,
                _ if state.plain => 0.0,
                _ => self.remaining(server),
            })
            .sum();
        (waiting + in_service) as u64
    }

    /// Whether a request at its turn is too late to be served: then it leaves as timed out.
    pub(super) fn skip_late(&mut self, request: u32, lane: u32) -> bool {
        let station = self.lanes[lane as usize].station as usize;
        if !self.system.stations[station].policy.skip_late {
            return false;
        }
        let now = self.engine.now();
        let record = &self.requests[request];
        let deadline = self.system.flows[record.origin as usize].deadline;
        if now.saturating_since(record.born) <= deadline {
            return false;
        }
        self.take_from_queue(request, lane);
        self.stations[station].present.down(now);
        self.stations[station].sojourn_otherwise += u128::from(now.saturating_since(self.requests[request].entered));
        self.stations[station].skipped += 1;
        self.requests[request].state = super::request::State::Running;
        self.leave_lane(lane);
        self.todo.push(super::Todo::Raise(request, super::Outcome::TimedOut));
        true
    }

    /// The warm-up is over for what schedules.
    pub(super) fn reset_scheduling(&mut self, now: Time) {
        for state in &mut self.lanes {
            if let Queue::Workers(pool) = &mut state.queue {
                pool.reset(now);
            }
            if let Some(adaptive) = &mut state.adaptive {
                adaptive.reset(now);
            }
            if let Some(interrupts) = &mut state.interrupts {
                interrupts.reset(now);
            }
        }
    }

    /// The figures of how a station schedules: [`crate::disciplines::FIGURES`].
    pub(super) fn scheduler_figures(&self, station: usize, end: Time, span: f64) -> Vec<Option<f64>> {
        let model = &self.system.stations[station];
        if model.figures.is_empty() {
            return Vec::new();
        }
        let state = &self.stations[station];
        let seconds = span / self.system.clock.ticks_per_second();
        let lanes = &self.lanes[state.first_lane as usize..(state.first_lane + state.lanes) as usize];
        let count = lanes.len().max(1) as f64;
        let mut all = vec![None; crate::disciplines::FIGURES.len()];
        let mut add = |index: usize, value: f64| *all[index].get_or_insert(0.0) += value;
        for lane in lanes {
            if let Queue::Workers(pool) = &lane.queue {
                let sums = pool.sums(end, state.present.max());
                // Rates, mean numbers, a share, a mean number, and two that are no means.
                let scales = [seconds, seconds, seconds, seconds, span, span, span * count, span, 1.0, 1.0];
                sums.iter().zip(scales).enumerate().for_each(|(i, (sum, scale))| add(i, sum / scale));
            }
            if let Some(adaptive) = &lane.adaptive {
                let scales = [seconds, span * count, span * count, span * count];
                let sums = adaptive.sums(end);
                sums.iter().zip(scales).enumerate().for_each(|(i, (sum, scale))| add(11 + i, sum / scale));
            }
            if let Some(interrupts) = &lane.interrupts {
                let (acknowledged, cores) = interrupts.sums(end);
                add(15, acknowledged / seconds);
                add(16, cores / span / model.servers());
            }
        }
        if model.policy.skip_late {
            add(10, state.skipped as f64 / seconds);
        }
        all
    }
}
