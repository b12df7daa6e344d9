//! Quiet lanes: those with an order of service, priorities that preempt, interrupts, servers that fail or are of different
//! speeds or are governed now and then, but without all that would have to be looked after at each start and end of a
//! service (laws, slices, pools of workers, sharing, rest, shifts, batteries, loss, blocking).
//!
//! ```text
//!   arrives, a server idle, nobody waiting ──> start_at_once      the end, as always ──> finish_quietly ──> the next one
//!   else: the general way                                         anything unusual: the general way
//! ```
//!
//! What happens is the same, to the bit, as on the general way: only what changes nothing here is left out.

use super::Simulation;
use super::request::{NONE, State};
use super::servers::is_steady;
use super::state::Doing;
use crate::disciplines::Order;
use crate::system::{Kind, System, Visit};
use sim_core::engine::rank;
use sim_core::event_list::Slot;

/// Whether the lanes of a station are quiet.
pub(super) fn is_quiet(system: &System, index: usize) -> bool {
    let model = &system.stations[index];
    is_steady(system, index)
        && matches!(model.policy.order, Order::Fifo | Order::Keyed(_))
        && !model.policy.skip_late
        && model.kind != Kind::Network
}

impl<'s> Simulation<'s> {
    /// A request that has come to a quiet lane starts at once, if nobody waits and a server is idle.
    #[inline(always)]
    pub(super) fn start_at_once(&mut self, request: u32, visit: &Visit, lane: u32) -> bool {
        let state = &mut self.lanes[lane as usize];
        if state.waiting > 0 || !state.is_ungoverned() || self.stations[visit.station as usize].saturator != NONE {
            return false;
        }
        let Some(index) = state.idle.first() else { return false };
        state.idle.remove(index);
        state.busy += 1;
        let server = state.first + index;
        self.stations[visit.station as usize].busy.up(self.engine.now());
        self.begin_quietly(request, server, visit.station);
        true
    }

    /// The end of a service on a quiet lane: the next one starts on the same server, and the request goes on. `false`, and
    /// nothing has happened, where something is not as always.
    #[inline(always)]
    pub(super) fn finish_quietly(&mut self, server: u32, lane: u32) -> bool {
        let serving = &self.servers[server as usize];
        let state = &mut self.lanes[lane as usize];
        let station = state.station;
        let unusual = serving.doing != Doing::Busy || serving.down || serving.leaving || !state.blocked.is_empty();
        // Where others are idle although somebody waits, it may be one of them that starts.
        let others = state.waiting > 0 && state.idle.count() > 0;
        if unusual || others || !state.is_ungoverned() || self.stations[station as usize].saturator != NONE {
            return false;
        }
        let now = self.engine.now();
        let request = serving.request;
        let record = &mut self.requests[request];
        (record.fixed_left, record.work_left) = (0.0, 0.0);
        state.present -= 1;
        // Neither of the two orders has a choice.
        match state.queue.peek(|_| 0) {
            None => {
                state.busy -= 1;
                state.idle.insert(server - state.first);
                self.stations[station as usize].busy.down(now);
                let serving = &mut self.servers[server as usize];
                serving.request = NONE;
                serving.doing = Doing::Idle;
            }
            Some(next) => {
                state.queue.remove(next, &mut self.requests);
                state.waiting -= 1;
                self.stations[station as usize].queued.down(now);
                self.begin_quietly(next, server, station);
            }
        }
        let visit = self.visit_of(request);
        self.depart(request, visit);
        true
    }

    /// A service begins, or goes on after it was preempted.
    #[inline(always)]
    fn begin_quietly(&mut self, request: u32, server: u32, station: u16) {
        let now = self.engine.now();
        let serving = &mut self.servers[server as usize];
        let record = &mut self.requests[request];
        if record.fresh {
            record.fresh = false;
            let station = &mut self.stations[station as usize];
            station.starts += 1;
            station.waited += u128::from(now.ticks() - record.entered.ticks());
        }
        (record.state, record.place) = (State::Served, server);
        (serving.request, serving.doing, serving.slice) = (request, Doing::Busy, false);
        (serving.fixed_rate, serving.work_rate) = (1.0, serving.speed);
        (serving.started, serving.updated, serving.switching, serving.turn) = (now, now, 0, u64::MAX);
        let mut ticks = 0.0;
        if record.fixed_left > 0.0 {
            ticks += record.fixed_left;
        }
        if record.work_left > 0.0 {
            ticks += record.work_left / serving.work_rate;
        }
        self.engine.after(Slot(server), (ticks + 0.5) as u64, rank::DEPARTURE);
    }
}
