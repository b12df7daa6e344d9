//! Aborting a request wherever it is.

use super::frames::Kind;
use super::request::{NONE, State};
use super::state::Doing;
use super::{Outcome, Simulation, Todo};
use crate::system;
use sim_core::event_list::Slot;

impl Simulation<'_> {
    /// Takes a request out of whatever it waits for or is served by; afterwards it is nowhere.
    pub(super) fn abort(&mut self, request: u32) {
        let now = self.engine.now();
        match self.requests[request].state {
            State::Free => return,
            State::Running => {
                self.todo.retain(|todo| !matches!(todo, Todo::Run(r) | Todo::Raise(r, _) if *r == request));
            }
            State::Queued => {
                let lane = self.requests[request].lane;
                self.take_from_queue(request, lane);
                self.leave_early(request, lane);
                // Whoever comes next may need fewer servers.
                self.todo.push(Todo::Dispatch(lane));
            }
            State::Served => self.abort_service(request),
            State::Sharing => {
                let lane = self.requests[request].lane;
                self.leave_sharing(request, lane);
                self.leave_early(request, lane);
                self.reshare(lane);
            }
            State::Blocked => {
                let lane = self.requests[request].lane;
                self.lanes[lane as usize].blocked.retain(|r| *r != request);
            }
            State::Delayed | State::Propagating => {
                let timer = std::mem::replace(&mut self.requests[request].place, NONE);
                if timer != NONE {
                    self.cancel_timer(timer);
                }
                if self.requests[request].state == State::Propagating {
                    let station = self.visit_of(request).station as usize;
                    self.stations[station].present.down(now);
                    self.stations[station].travelling.down(now);
                    self.stations[station].aborted += 1;
                    let entered = self.requests[request].entered;
                    self.stations[station].sojourn_otherwise += u128::from(now.saturating_since(entered));
                }
            }
            State::Interrupting => self.withdraw_interrupt(request),
            State::Asking => self.withdraw(request, None),
            State::Calling => self.leave_call(request),
            State::Batched => self.leave_batch(request),
            State::Forked => {
                let frame = self.innermost_fork(request);
                if frame != NONE {
                    self.cancel_branches(frame);
                }
            }
        }
        self.release_held(request);
        self.requests[request].state = State::Running;
    }

    pub(super) fn innermost_fork(&self, request: u32) -> u32 {
        let mut frame = self.requests[request].frame;
        while frame != NONE {
            let record = self.frames.get(frame);
            if matches!(record.kind, Kind::Fork { .. }) {
                return frame;
            }
            frame = record.outer;
        }
        NONE
    }

    /// A service is broken off: the server is free, unless a frame is on the air, which finishes.
    fn abort_service(&mut self, request: u32) {
        let (server, lane) = (self.requests[request].place, self.requests[request].lane);
        let station = self.lanes[lane as usize].station as usize;
        let network = self.system.stations[station].kind == system::Kind::Network;
        if self.lanes[lane as usize].plain {
            // The server stays taken until it turns to the next one: nobody overtakes those that wait.
            self.engine.list.cancel(Slot(server));
            self.servers[server as usize].request = NONE;
            self.todo.push(Todo::Next(server));
        } else if network && !self.servers[server as usize].down {
            let state = &mut self.servers[server as usize];
            state.doing = Doing::Orphan;
            state.request = NONE;
        } else {
            self.take_off(server, request, lane);
            self.todo.push(Todo::Dispatch(lane));
        }
        self.leave_early(request, lane);
    }

    /// A service that has no end of its own is over, or so is the wait for it.
    pub(super) fn end_service_of(&mut self, request: u32) {
        let now = self.engine.now();
        let super::request::Request { state, lane, entered, origin, .. } = self.requests[request];
        self.abort(request);
        if matches!(state, State::Queued | State::Served | State::Sharing) {
            // That is no abort: the visit has done what it was for.
            let station = &mut self.stations[self.lanes[lane as usize].station as usize];
            let span = now.ticks() - entered.ticks();
            station.aborted -= 1;
            station.sojourn_otherwise -= u128::from(span);
            station.completed += 1;
            station.sojourn.add(span);
            if let (Some(asked), true) = (station.asked.get_mut(origin as usize), state != State::Queued) {
                *asked += span as f64;
            }
        }
    }

    /// A request leaves a station before its service is done.
    fn leave_early(&mut self, request: u32, lane: u32) {
        let now = self.engine.now();
        let station = self.lanes[lane as usize].station as usize;
        let entered = self.requests[request].entered;
        let station = &mut self.stations[station];
        station.present.down(now);
        station.aborted += 1;
        station.sojourn_otherwise += u128::from(now.saturating_since(entered));
        self.leave_lane(lane);
    }

    /// A request loses its patience in the queue.
    pub(super) fn renege(&mut self, request: u32) {
        let timer = std::mem::replace(&mut self.requests[request].patience, NONE);
        self.free_timer(timer);
        if self.requests[request].state == State::Asking {
            self.withdraw(request, Some(Outcome::Reneged));
            return self.raise(request, Outcome::Reneged);
        }
        let lane = self.requests[request].lane;
        self.take_from_queue(request, lane);
        let visit = self.visit_of(request);
        self.fail_at_station(request, visit, lane, Outcome::Reneged);
        self.dispatch(lane);
    }
}
