//! What passive components take of the processors that they share: a collector that marks on a part of the cores, and
//! stops all services while it changes its phase.
//!
//! ```text
//!   servers that are there:  [ taken: share x all ][ left for services ]
//!   rate of the services:    min(1, left / busy)
//! ```
//!
//! Services go on at full speed as long as they fit into what is left, else they share it. A share of 1 suspends them,
//! and nobody starts until it is given back; that is no failure, and is not counted as one.

use super::Simulation;
use super::Todo;
use super::request::State;
use super::state::{Doing, LaneState};
use sim_core::time::Time;

/// What passive components take of the servers of a lane.
#[derive(Debug)]
pub(super) struct Governed {
    /// Who takes which share.
    takers: Vec<(u32, f64)>,
    /// The share of all together, at most 1.
    share: f64,
    /// Of the services, against their own.
    rate: f64,
    /// Servers at work for passive components that would be idle else, since when, and their integral [ticks]: in all,
    /// and at the last reset.
    extra: f64,
    since: Time,
    total: f64,
    before: f64,
}

impl Default for Governed {
    fn default() -> Self {
        Governed { takers: Vec::new(), share: 0.0, rate: 1.0, extra: 0.0, since: Time::ZERO, total: 0.0, before: 0.0 }
    }
}

impl Governed {
    fn set(&mut self, taker: u32, share: f64) {
        match self.takers.iter_mut().find(|(who, _)| *who == taker) {
            Some((_, own)) => *own = share,
            None => self.takers.push((taker, share)),
        }
        self.share = self.takers.iter().map(|(_, share)| share).sum::<f64>().clamp(0.0, 1.0);
    }

    fn integral(&self, now: Time) -> f64 {
        self.total + self.extra * now.saturating_since(self.since) as f64
    }
}

impl LaneState {
    /// The share of its servers that passive components take.
    pub fn taken(&self) -> f64 {
        self.governed.as_ref().map_or(0.0, |governed| governed.share)
    }

    /// Whether its services go on as if nobody took anything.
    pub fn is_ungoverned(&self) -> bool {
        self.governed.as_ref().is_none_or(|governed| governed.share <= 0.0 && governed.rate == 1.0)
    }

    /// Whether all services are suspended.
    pub fn is_suspended(&self) -> bool {
        self.governed.as_ref().is_some_and(|governed| governed.share >= 1.0)
    }
}

impl Simulation<'_> {
    /// How fast services of a lane go on, against what their servers give.
    #[inline(always)]
    pub(super) fn rate_of(&self, lane: u32) -> f64 {
        self.lanes[lane as usize].governed.as_ref().map_or(1.0, |governed| governed.rate)
    }

    /// A passive component takes another share of the servers that it governs.
    pub(super) fn take_share(&mut self, resource: u32, share: f64) {
        let Some(station) = self.resources[resource as usize].governs() else { return };
        let own = self.resource_stations[resource as usize] as usize;
        let instance = resource - self.stations[own].first_resource;
        let target = &self.stations[usize::from(station)];
        if target.lanes == 0 {
            return;
        }
        let lane = target.first_lane + instance.min(target.lanes - 1);
        if let Some(governed) = &mut self.lanes[lane as usize].governed {
            governed.set(resource, share);
            self.todo.push(Todo::Govern(lane));
        }
    }

    /// The servers of a lane have changed: their rates are settled before time goes on.
    #[inline(always)]
    pub(super) fn govern_soon(&mut self, lane: u32) {
        let state = &self.lanes[lane as usize];
        if state.taken() > 0.0 && state.sharing.is_none() {
            self.todo.push(Todo::Govern(lane));
        }
    }

    /// Settles what is taken of a lane and how fast its services go on.
    pub(super) fn govern(&mut self, lane: u32) {
        let state = &self.lanes[lane as usize];
        let (share, idle, busy) = (state.taken(), f64::from(state.idle.count()), f64::from(state.busy));
        let can_start = state.idle.count() > 0 && state.waiting > 0;
        if state.sharing.is_some() {
            return self.reshare(lane);
        }
        let there = idle + busy;
        let left = there * (1.0 - share);
        let rate = if share < 1.0 && left >= busy { 1.0 } else { left / busy.max(1.0) };
        let before = self.rate_of(lane);
        if rate != before {
            let (first, servers) = (state.first, state.servers);
            let serving: Vec<u32> = (first..first + servers).filter(|server| self.is_serving(*server)).collect();
            serving.iter().for_each(|server| self.progress(*server));
            if let Some(governed) = &mut self.lanes[lane as usize].governed {
                governed.rate = rate;
            }
            serving.iter().for_each(|server| self.set_end(*server));
        }
        self.settle_extra(lane, (share * there).min(idle));
        if rate > 0.0 && (before <= 0.0 || can_start) {
            self.dispatch(lane);
            self.rouse(lane);
        }
    }

    /// Whether a server is the first of those that serve a request.
    pub(super) fn is_serving(&self, server: u32) -> bool {
        let state = &self.servers[server as usize];
        let served = |request: u32| {
            let record = &self.requests[request];
            record.state == State::Served && record.place == server && record.lane == state.lane
        };
        state.doing == Doing::Busy && !state.down && state.request != super::NONE && served(state.request)
    }

    /// So many servers are at work for passive components from now on, and would be idle else.
    pub(super) fn settle_extra(&mut self, lane: u32, extra: f64) {
        let now = self.engine.now();
        if let Some(governed) = &mut self.lanes[lane as usize].governed {
            governed.total = governed.integral(now);
            governed.since = now;
            governed.extra = extra;
        }
    }

    /// Servers of a station at work for passive components that would be idle else, since time 0 [ticks].
    pub(super) fn extra_since_start(&self, station: usize, now: Time) -> f64 {
        if !self.system.stations[station].governed {
            return 0.0;
        }
        let state = &self.stations[station];
        let lanes = state.first_lane..state.first_lane + state.lanes;
        lanes.filter_map(|lane| self.lanes[lane as usize].governed.as_ref()).map(|g| g.integral(now)).sum()
    }

    /// The same since the last reset.
    pub(super) fn extra(&self, station: usize, now: Time) -> f64 {
        if !self.system.stations[station].governed {
            return 0.0;
        }
        let state = &self.stations[station];
        let lanes = state.first_lane..state.first_lane + state.lanes;
        lanes.filter_map(|lane| self.lanes[lane as usize].governed.as_ref()).map(|g| g.integral(now) - g.before).sum()
    }

    /// The warm-up is over.
    pub(super) fn reset_extra(&mut self, now: Time) {
        for governed in self.lanes.iter_mut().filter_map(|lane| lane.governed.as_mut()) {
            governed.before = governed.integral(now);
        }
    }
}
