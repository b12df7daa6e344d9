//! Interrupts: a core turns to a handler at once, whatever it does, and goes on with it afterwards.
//!
//! ```text
//!  Interrupt step ─▶ [ pending, by line ] ─▶ a core: idle, or its task is suspended ─▶ handler ─▶ acknowledged
//! ```
//!
//! A line is masked until its interrupt has been acknowledged: the next one of that line is handled after it. A device
//! is initialised once, at the start: that is the first that its line handles.

use super::queue::Queue;
use super::request::{NONE, State};
use super::state::Doing;
use super::{Outcome, Simulation, Timer, Todo};
use crate::spec::OnFailure;
use crate::system::{InterruptStep, Lane, Station};
use sim_core::engine::rank;
use sim_core::observe::Level;
use sim_core::time::Time;
use std::cmp::Reverse;
use std::collections::VecDeque;

/// An interrupt that waits for a core; `request` is none for the initialisation of a device.
#[derive(Clone, Copy, Debug)]
struct Pending {
    request: u32,
    line: u16,
    /// Length of its handler [ticks].
    span: u64,
}

/// An interrupt that a core handles.
#[derive(Clone, Copy, Debug)]
struct Handling {
    what: Pending,
    server: u32,
    timer: u32,
}

/// The interrupts of one instance.
#[derive(Debug, Default)]
pub(super) struct Interrupts {
    pending: VecDeque<Pending>,
    handling: Vec<Handling>,
    cores: Level,
    acknowledged: u64,
}

impl Interrupts {
    /// Those of a component that has lines.
    pub fn of(model: &Station) -> Option<Box<Interrupts>> {
        (!model.interrupts.is_empty()).then(Box::default)
    }

    /// The warm-up is over.
    pub fn reset(&mut self, now: Time) {
        self.cores.reset(now);
        self.acknowledged = 0;
    }

    /// Interrupts that were acknowledged, and the integral of the cores that handled them [ticks].
    pub fn sums(&self, end: Time) -> (f64, f64) {
        (self.acknowledged as f64, self.cores.integral(end))
    }

    /// The first whose line is not masked.
    fn next(&mut self) -> Option<usize> {
        let masked = |line: u16| self.handling.iter().any(|handling| handling.what.line == line);
        self.pending.iter().position(|pending| !masked(pending.line))
    }
}

impl<'s> Simulation<'s> {
    /// At the start each device is initialised.
    pub(super) fn initialise_devices(&mut self, station: usize) {
        let (first, lanes) = (self.stations[station].first_lane, self.stations[station].lanes);
        for lane in first..first + lanes {
            for (line, model) in self.system.stations[station].interrupts.iter().enumerate() {
                if let (true, Some(interrupts)) = (model.init > 0, &mut self.lanes[lane as usize].interrupts) {
                    let what = Pending { request: NONE, line: line as u16, span: model.init };
                    interrupts.pending.push_back(what);
                }
            }
            self.serve_interrupts(lane);
        }
    }

    /// A request interrupts.
    pub(super) fn interrupt(&mut self, request: u32, step: &'s InterruptStep) {
        let now = self.engine.now();
        self.count_visit(request, step.counter);
        let span = (self.draw(request, &step.handler) + 0.5) as u64;
        let station = &mut self.stations[step.station as usize];
        let record = &mut self.requests[request];
        let instance = match step.lane {
            Lane::Only => 0,
            _ => record.instance % station.lanes.max(1),
        };
        let lane = station.first_lane + instance;
        station.present.up(now);
        (record.entered, record.lane, record.place, record.state) = (now, lane, NONE, State::Interrupting);
        if !self.is_alive(step.station, instance) {
            return self.fail_interrupt(request);
        }
        self.stations[step.station as usize].queued.up(now);
        if let Some(interrupts) = &mut self.lanes[lane as usize].interrupts {
            interrupts.pending.push_back(Pending { request, line: step.line, span });
        }
        self.serve_interrupts(lane);
    }

    /// Gives a core to each interrupt that can have one.
    pub(super) fn serve_interrupts(&mut self, lane: u32) {
        while let Some(interrupts) = &mut self.lanes[lane as usize].interrupts
            && let Some(position) = interrupts.next()
        {
            let Some(server) = self.interruptible(lane) else { return };
            let Some(interrupts) = &mut self.lanes[lane as usize].interrupts else { return };
            let Some(what) = interrupts.pending.remove(position) else { return };
            self.handle(what, server, lane);
        }
    }

    /// The core that an interrupt takes: one that is idle, or the one with the least urgent task, of these the latest
    /// started.
    fn interruptible(&mut self, lane: u32) -> Option<u32> {
        let state = &self.lanes[lane as usize];
        let cores = match &state.queue {
            Queue::Workers(pool) => pool.count(),
            _ => state.servers,
        };
        let up = |server: &u32| {
            let server = &self.servers[*server as usize];
            !server.down && server.doing != Doing::OffDuty
        };
        if state.sharing.is_some() {
            return (state.first..state.first + cores).rev().find(up);
        }
        if let Some(index) = state.idle.next(0).filter(|index| *index < cores) {
            return Some(state.first + index);
        }
        let urgency = |server: &u32| {
            let state = &self.servers[*server as usize];
            match state.doing {
                // A request on several cores goes on when its first one does.
                Doing::Busy if self.requests[state.request].place != *server => None,
                Doing::Busy => {
                    let job = self.job(state.request);
                    Some((crate::disciplines::ascending(job.priority), Reverse(state.started), *server))
                }
                _ => Some((u64::MAX, Reverse(Time::ZERO), *server)),
            }
        };
        (state.first..state.first + cores).filter(up).filter_map(|server| urgency(&server)).min().map(|(_, _, s)| s)
    }

    fn handle(&mut self, what: Pending, server: u32, lane: u32) {
        let now = self.engine.now();
        self.suspend(server, lane, OnFailure::Resume);
        self.change_busy(lane, 1);
        self.drain_battery(lane, 1);
        let timer = self.new_timer(Timer::Handler { lane, server }, what.span, rank::DEPARTURE);
        let state = &mut self.lanes[lane as usize];
        if let Some(interrupts) = &mut state.interrupts {
            interrupts.cores.up(now);
            interrupts.handling.push(Handling { what, server, timer });
        }
        if what.request != NONE {
            let station = &mut self.stations[state.station as usize];
            let record = &mut self.requests[what.request];
            record.place = server;
            station.queued.down(now);
            station.starts += 1;
            station.waited += u128::from(now.saturating_since(record.entered));
        }
        if self.lanes[lane as usize].sharing.is_some() {
            self.reshare(lane);
        }
    }

    /// A core is given back to what it did; gives what it handled.
    fn give_core_back(&mut self, server: u32, lane: u32) -> Option<Handling> {
        let now = self.engine.now();
        let interrupts = self.lanes[lane as usize].interrupts.as_mut()?;
        let position = interrupts.handling.iter().position(|handling| handling.server == server)?;
        let handling = interrupts.handling.remove(position);
        interrupts.cores.down(now);
        self.change_busy(lane, -1);
        self.drain_battery(lane, -1);
        self.resume(server, lane);
        Some(handling)
    }

    /// The end of a handler: the interrupt is acknowledged.
    pub(super) fn acknowledge(&mut self, lane: u32, server: u32) {
        let now = self.engine.now();
        let Some(Handling { what, timer, .. }) = self.give_core_back(server, lane) else { return };
        self.free_timer(timer);
        self.serve_interrupts(lane);
        self.after_interrupt(lane);
        if what.request == NONE {
            return;
        }
        let state = &mut self.lanes[lane as usize];
        let station = &mut self.stations[state.station as usize];
        if let Some(interrupts) = &mut state.interrupts {
            interrupts.acknowledged += 1;
        }
        let record = &mut self.requests[what.request];
        station.present.down(now);
        station.completed += 1;
        station.sojourn.add(now.saturating_since(record.entered));
        if let Some(asked) = station.asked.get_mut(record.origin as usize) {
            *asked += what.span as f64;
        }
        record.location = state.station;
        record.state = State::Running;
        record.place = NONE;
        self.continue_request(what.request);
    }

    /// A core is free for tasks again.
    fn after_interrupt(&mut self, lane: u32) {
        if self.lanes[lane as usize].sharing.is_some() {
            self.reshare(lane);
        } else {
            self.dispatch(lane);
            self.rouse(lane);
        }
    }

    /// A core fails: what it handles is pending again, and handled from its beginning.
    pub(super) fn stop_handling(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        let Some(Handling { what, timer, .. }) = self.give_core_back(server, lane) else { return };
        self.cancel_timer(timer);
        let state = &mut self.lanes[lane as usize];
        if let Some(interrupts) = &mut state.interrupts {
            interrupts.pending.push_front(what);
        }
        if what.request != NONE {
            self.requests[what.request].place = NONE;
            self.stations[state.station as usize].queued.up(now);
        }
    }

    /// A request that interrupts is taken out.
    pub(super) fn withdraw_interrupt(&mut self, request: u32) {
        let now = self.engine.now();
        let (lane, server) = (self.requests[request].lane, self.requests[request].place);
        let station = self.lanes[lane as usize].station as usize;
        if server != NONE {
            if let Some(handling) = self.give_core_back(server, lane) {
                self.cancel_timer(handling.timer);
            }
            self.requests[request].place = NONE;
            self.serve_interrupts(lane);
            if self.lanes[lane as usize].sharing.is_some() {
                self.reshare(lane);
            }
            self.todo.push(Todo::Dispatch(lane));
        } else if let Some(interrupts) = &mut self.lanes[lane as usize].interrupts {
            interrupts.pending.retain(|pending| pending.request != request);
            self.stations[station].queued.down(now);
        }
        self.end_interrupt(request, station);
        self.stations[station].aborted += 1;
    }

    /// An instance is dead: nobody handles its interrupts any more.
    pub(super) fn fail_interrupts(&mut self, lane: u32) {
        let now = self.engine.now();
        let station = self.lanes[lane as usize].station as usize;
        while let Some(interrupts) = &mut self.lanes[lane as usize].interrupts
            && let Some(pending) = interrupts.pending.pop_front()
        {
            if pending.request != NONE {
                self.stations[station].queued.down(now);
                self.fail_interrupt(pending.request);
            }
        }
    }

    fn fail_interrupt(&mut self, request: u32) {
        let station = self.lanes[self.requests[request].lane as usize].station as usize;
        self.end_interrupt(request, station);
        self.stations[station].failed += 1;
        self.raise(request, Outcome::Failed);
    }

    /// An interrupt ends without having been handled.
    fn end_interrupt(&mut self, request: u32, station: usize) {
        let now = self.engine.now();
        let station = &mut self.stations[station];
        station.present.down(now);
        station.sojourn_otherwise += u128::from(now.saturating_since(self.requests[request].entered));
    }
}
