//! Batteries: the energy that each instance of a device has left.

use super::{Simulation, Timer};
use crate::spec::OnFailure;
use sim_core::engine::rank;
use sim_core::event_list::Slot;
use sim_core::time::Time;

/// The battery of one instance.
#[derive(Clone, Debug)]
pub(super) struct Battery {
    /// Energy left [J], at the time of the last change.
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
            + (power.active - power.idle) * f64::from(battery.busy) / cores
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

    /// An empty battery is a permanent failure of its instance.
    pub(super) fn battery_empty(&mut self, station: u32, instance: u32) {
        let now = self.engine.now();
        let cores = self.system.stations[station as usize].speeds.len() as i64;
        let state = &mut self.stations[station as usize];
        let battery = &mut state.batteries[instance as usize];
        battery.left = 0.0;
        battery.dead = true;
        state.instances_lost += 1;
        if state.lanes > 0 {
            let lane = state.first_lane + instance;
            self.set_lane_down(lane, true, OnFailure::Lose);
        } else {
            state.down.change(now, cores);
        }
    }
}
