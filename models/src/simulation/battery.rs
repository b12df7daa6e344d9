//! Batteries: the energy that each instance of a device has left.

use super::request::{NONE, State};
use super::{Outcome, Simulation, Timer};
use crate::spec::OnFailure;
use sim_core::engine::rank;
use sim_core::event_list::Slot;
use sim_core::time::Time;
use std::collections::VecDeque;

/// The battery of one instance.
#[derive(Clone, Debug)]
pub(super) struct Battery {
    /// Energy left [J], at the time of the last change (or of its end).
    left: f64,
    since: Time,
    busy: i32,
    tx: i32,
    rx: i32,
    timer: u32,
    pub dead: bool,
}

impl Simulation<'_> {
    pub(super) fn start_batteries(&mut self, station: usize, capacity: f64) {
        let count = self.system.stations[station].count;
        for instance in 0..count {
            let timer = self.new_timer(Timer::Battery { station: station as u32, instance }, u64::MAX, rank::SERVERS);
            let battery = Battery { left: capacity, since: Time::ZERO, busy: 0, tx: 0, rx: 0, timer, dead: false };
            self.stations[station].batteries.push(battery);
            self.change_battery(station, instance, |_| {});
        }
    }

    /// Power of one instance [W].
    fn instance_power(&self, station: usize, battery: &Battery) -> f64 {
        let power = &self.stations[station].power;
        let cores = self.system.stations[station].speeds.len() as f64;
        power.idle
            + (power.active - power.idle) * f64::from(battery.busy).min(cores) / cores
            + (power.tx - power.idle) * f64::from(battery.tx)
            + (power.rx - power.idle) * f64::from(battery.rx)
    }

    fn change_battery(&mut self, station: usize, instance: u32, change: impl FnOnce(&mut Battery)) {
        let Some(battery) = self.stations[station].batteries.get(instance as usize) else { return };
        if battery.dead {
            return;
        }
        let now = self.engine.now();
        let ticks = self.system.clock.ticks_per_second();
        let drawn = self.instance_power(station, battery) * now.saturating_since(battery.since) as f64 / ticks;
        let battery = &mut self.stations[station].batteries[instance as usize];
        battery.left = (battery.left - drawn).max(0.0);
        battery.since = now;
        change(battery);
        let (left, timer) = (battery.left, battery.timer);
        let power = self.instance_power(station, &self.stations[station].batteries[instance as usize]);
        let slot = Slot(self.servers.len() as u32 + timer);
        let span = left / power * ticks;
        if power > 0.0 && span < 1e19 {
            self.engine.after(slot, span as u64 + 1, rank::SERVERS);
        } else {
            self.engine.list.cancel(slot);
        }
    }

    pub(super) fn battery_busy(&mut self, station: u16, instance: u32, by: i32) {
        if !self.stations[station as usize].batteries.is_empty() {
            self.change_battery(station as usize, instance, |battery| battery.busy += by);
        }
    }

    pub(super) fn battery_air(&mut self, station: u16, instance: u32, tx: i32, rx: i32) {
        if !self.stations[station as usize].batteries.is_empty() {
            self.change_battery(station as usize, instance, |battery| {
                battery.tx += tx;
                battery.rx += rx;
            });
        }
    }

    /// Whether an instance still lives; one without a battery does.
    pub(super) fn is_alive(&self, station: u16, instance: u32) -> bool {
        let battery = self.stations[station as usize].batteries.get(instance as usize);
        battery.is_none_or(|battery| !battery.dead)
    }

    /// Whether all instances of a component are dead.
    pub(super) fn is_lost(&self, station: u16) -> bool {
        let Some(state) = self.stations.get(station as usize) else { return false };
        state.instances_lost > 0 && state.instances_lost >= state.batteries.len() as u64
    }

    /// An empty battery is a permanent failure of its instance.
    pub(super) fn battery_empty(&mut self, station: u32, instance: u32) {
        let now = self.engine.now();
        let cores = self.system.stations[station as usize].speeds.len() as i64;
        let state = &mut self.stations[station as usize];
        let battery = &mut state.batteries[instance as usize];
        battery.left = 0.0;
        battery.since = now;
        battery.dead = true;
        state.instances_lost += 1;
        if state.lanes > 0 {
            let lane = state.first_lane + instance;
            let blocked = std::mem::replace(&mut self.lanes[lane as usize].blocked, VecDeque::from([NONE]));
            self.set_lane_down(lane, true, OnFailure::Lose);
            self.fail_all(lane, blocked);
            self.fail_interrupts(lane);
        } else {
            state.down.change(now, cores);
        }
    }

    /// Those that wait at a dead instance, or for room there, fail.
    fn fail_all(&mut self, lane: u32, blocked: VecDeque<u32>) {
        while let Some(request) = self.lanes[lane as usize].queue.peek(|_| 0) {
            self.take_from_queue(request, lane);
            self.fail_at_station(request, self.visit_of(request), lane, Outcome::Failed);
        }
        for request in blocked.into_iter().filter(|request| *request != NONE) {
            // One that fails may have taken others with it: branches of the same Fork.
            let record = &self.requests[request];
            if record.state == State::Blocked && record.lane == lane {
                self.stations[self.lanes[lane as usize].station as usize].failed += 1;
                self.release_held(request);
                self.raise(request, Outcome::Failed);
            }
        }
    }

    /// Time that all instances of a component with batteries have been dead since then, together [ticks].
    pub(super) fn dead_time(&self, station: usize, start: Time, end: Time) -> f64 {
        let dead = self.stations[station].batteries.iter().filter(|battery| battery.dead);
        dead.map(|battery| end.saturating_since(battery.since.max(start)) as f64).sum()
    }
}
