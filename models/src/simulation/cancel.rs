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
                self.leave_early(lane);
                // Whoever comes next may need fewer servers.
                self.todo.push(Todo::Dispatch(lane));
            }
            State::Served => self.abort_service(request),
            State::Sharing => {
                let lane = self.requests[request].lane;
                self.leave_sharing(request, lane);
                self.leave_early(lane);
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
                }
            }
            State::Interrupting => self.withdraw_interrupt(request),
            State::Asking => self.withdraw(request, None),
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

    fn innermost_fork(&self, request: u32) -> u32 {
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
        self.leave_early(lane);
    }

    /// A request leaves a station before its service is done.
    fn leave_early(&mut self, lane: u32) {
        let now = self.engine.now();
        let station = self.lanes[lane as usize].station as usize;
        self.stations[station].present.down(now);
        self.stations[station].aborted += 1;
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
