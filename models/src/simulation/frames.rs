//! What a request is within: loops, timeouts, attempts and forks. Frames form a stack per request.

use super::request::{NONE, Role, State};
use super::{Outcome, Simulation, Timer, Todo};
use sim_core::engine::rank;
use sim_core::time::Time;

/// What encloses a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Free,
    Repeat {
        left: u64,
    },
    Timeout {
        index: u32,
        timer: u32,
    },
    Retry {
        index: u32,
        left: u32,
    },
    Fork {
        index: u32,
        ended: u32,
        alive: u32,
        first: u32,
    },
    /// The result that is awaited will be there.
    Await {
        ready: Time,
    },
    /// Units of a passive component, since when they were asked for.
    Holding {
        resource: u32,
        units: f64,
        token: u32,
        entered: Time,
        /// What the block around it carries.
        content: f64,
    },
    /// Waiting for a passive component while it polls: since when, and for how much.
    Spinning {
        resource: u32,
        ask: u32,
        amount: f64,
        entered: Time,
    },
}

/// A frame of a request's stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub kind: Kind,
    pub outer: u32,
    pub owner: u32,
    /// Where the request was when it came here.
    location: u16,
}

/// All frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    records: Vec<Frame>,
    free: Vec<u32>,
}

impl Frames {
    fn insert(&mut self, frame: Frame) -> u32 {
        match self.free.pop() {
            Some(index) => {
                self.records[index as usize] = frame;
                index
            }
            None => {
                self.records.push(frame);
                self.records.len() as u32 - 1
            }
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &Frame> {
        self.records.iter()
    }

    pub fn get(&self, index: u32) -> Frame {
        self.records[index as usize]
    }

    /// What kind of frame it is, if there is one.
    pub fn kind(&self, index: u32) -> Option<&Kind> {
        self.records.get(index as usize).map(|frame| &frame.kind)
    }

    pub fn get_checked(&self, index: u32) -> Option<Frame> {
        self.records.get(index as usize).copied()
    }

    /// All that are in use.
    pub fn iter(&self) -> impl Iterator<Item = &Frame> {
        self.records.iter().filter(|frame| frame.kind != Kind::Free)
    }

    pub fn set(&mut self, index: u32, kind: Kind) {
        self.records[index as usize].kind = kind;
    }

    fn remove(&mut self, index: u32) {
        self.records[index as usize].kind = Kind::Free;
        self.free.push(index);
    }
}

impl Simulation<'_> {
    pub(super) fn push_frame(&mut self, request: u32, kind: Kind) -> u32 {
        let outer = self.requests[request].frame;
        let location = self.requests[request].location;
        let frame = self.frames.insert(Frame { kind, outer, owner: request, location });
        self.requests[request].frame = frame;
        frame
    }

    /// Ends the innermost frame of a request.
    pub(super) fn pop_frame(&mut self, request: u32) {
        let index = self.requests[request].frame;
        if index == NONE {
            return;
        }
        let frame = self.frames.get(index);
        if let Kind::Timeout { timer, .. } = frame.kind
            && timer != NONE
        {
            self.cancel_timer(timer);
        }
        self.drop_frame(request);
        match frame.kind {
            Kind::Holding { .. } => self.break_off(frame),
            Kind::Spinning { resource, entered, .. } => self.give_up(frame.owner, resource, entered),
            _ => {}
        }
    }

    /// Takes the innermost frame off.
    pub(super) fn drop_frame(&mut self, request: u32) {
        let index = self.requests[request].frame;
        self.requests[request].frame = self.frames.get(index).outer;
        self.frames.remove(index);
    }

    pub(super) fn unwind_all(&mut self, request: u32) {
        while self.requests[request].frame != NONE {
            self.pop_frame(request);
        }
    }

    pub(super) fn push_repeat(&mut self, request: u32, times: u64) {
        self.push_frame(request, Kind::Repeat { left: times });
    }

    /// Whether the body of the innermost loop runs once more.
    pub(super) fn repeat_again(&mut self, request: u32) -> bool {
        let index = self.requests[request].frame;
        if index != NONE
            && let Kind::Repeat { left } = self.frames.get(index).kind
            && left > 0
        {
            self.frames.set(index, Kind::Repeat { left: left - 1 });
            return true;
        }
        self.pop_frame(request);
        false
    }

    pub(super) fn push_timeout(&mut self, request: u32, index: u32, span: u64) {
        let frame = self.push_frame(request, Kind::Timeout { index, timer: NONE });
        let timer = self.new_timer(Timer::Timeout(frame), span, rank::TIMEOUT);
        self.frames.set(frame, Kind::Timeout { index, timer });
    }

    pub(super) fn push_retry(&mut self, request: u32, index: u32) {
        let left = self.system.program.retries[index as usize].times;
        self.push_frame(request, Kind::Retry { index, left });
    }

    /// A Timeout fires: what it encloses is aborted.
    pub(super) fn timeout(&mut self, frame: u32) {
        let Frame { kind, owner, .. } = self.frames.get(frame);
        let Kind::Timeout { index, timer } = kind else { return };
        self.free_timer(timer);
        self.frames.set(frame, Kind::Timeout { index, timer: NONE });
        self.abort(owner);
        // Whatever lies within the Timeout is unwound, then the Timeout itself.
        while self.requests[owner].frame != NONE && self.requests[owner].frame != frame {
            self.pop_frame(owner);
        }
        self.pop_frame(owner);
        match self.system.program.timeouts[index as usize].otherwise {
            Some(target) => {
                self.requests[owner].pc = target;
                self.todo.push(Todo::Run(owner));
            }
            None => self.raise(owner, Outcome::TimedOut),
        }
    }

    /// Something went wrong for a request that is nowhere: the innermost Retry catches it (but not lost
    /// patience), or it ends.
    pub(super) fn raise(&mut self, request: u32, outcome: Outcome) {
        self.requests[request].state = State::Running;
        loop {
            let index = self.requests[request].frame;
            if index == NONE {
                break;
            }
            if let Kind::Retry { index: retry, left } = self.frames.get(index).kind
                && left > 0
                && outcome != Outcome::Reneged
            {
                self.frames.set(index, Kind::Retry { index: retry, left: left - 1 });
                let step = &self.system.program.retries[retry as usize];
                self.count_visit(request, step.counter);
                let span = (self.draw(request, &step.backoff) + 0.5) as u64;
                // The delay ends by going on after the program counter.
                self.requests[request].pc = step.body - 1;
                self.requests[request].location = self.frames.get(index).location;
                self.delay_request(request, span, true, false);
                return;
            }
            self.pop_frame(request);
        }
        match self.requests[request].role {
            Role::Request | Role::Called => self.leave(request, outcome),
            Role::Branch => self.branch_failed(request, outcome),
            Role::Spawned => self.remove_spawned(request),
            Role::Batch => self.end_batch(request, Some(outcome)),
        }
    }

    /// Starts the branches of a Fork.
    pub(super) fn fork(&mut self, request: u32, index: u32) {
        let branches = &self.system.program.forks[index as usize].branches;
        let alive = branches.len() as u32;
        let frame = self.push_frame(request, Kind::Fork { index, ended: 0, alive, first: NONE });
        self.requests[request].state = State::Forked;
        let parent = self.requests[request];
        let mut first = NONE;
        // The last is pushed first, so that they start in the order of the file.
        for body in branches.iter().rev() {
            let branch = self.requests.take();
            let record = &mut self.requests[branch];
            record.descend(&parent, parent.key, parent.born, *body, Role::Branch);
            record.parent = frame;
            record.sibling = first;
            record.previous_sibling = NONE;
            record.counters = parent.counters;
            if first != NONE {
                self.requests[first].previous_sibling = branch;
            }
            first = branch;
            self.todo.push(Todo::Run(first));
        }
        self.check_limit();
        self.frames.set(frame, Kind::Fork { index, ended: 0, alive, first });
    }

    /// Takes a branch off its Fork.
    fn detach(&mut self, branch: u32) -> Option<(u32, u32, u32, u32, u32)> {
        let frame = self.requests[branch].parent;
        let Frame { kind: Kind::Fork { index, ended, alive, first }, owner, .. } = self.frames.get(frame) else {
            return None;
        };
        let (previous, next) = (self.requests[branch].previous_sibling, self.requests[branch].sibling);
        let first = if previous == NONE { next } else { first };
        if previous != NONE {
            self.requests[previous].sibling = next;
        }
        if next != NONE {
            self.requests[next].previous_sibling = previous;
        }
        self.frames.set(frame, Kind::Fork { index, ended, alive, first });
        self.remove_branch(branch);
        Some((frame, owner, index, ended, alive))
    }

    fn remove_branch(&mut self, branch: u32) {
        let record = &mut self.requests[branch];
        record.counters = NONE;
        record.parent = NONE;
        self.requests.remove(branch);
    }

    /// A branch has come to its end.
    pub(super) fn branch_done(&mut self, branch: u32) {
        let location = self.requests[branch].location;
        let Some((frame, owner, index, ended, alive)) = self.detach(branch) else { return };
        let Kind::Fork { first, .. } = self.frames.get(frame).kind else { return };
        let (ended, alive) = (ended + 1, alive - 1);
        self.frames.set(frame, Kind::Fork { index, ended, alive, first });
        let fork = &self.system.program.forks[index as usize];
        if ended >= fork.needed {
            self.cancel_branches(frame);
            self.pop_frame(owner);
            let record = &mut self.requests[owner];
            record.pc = fork.after;
            record.location = location;
            record.state = State::Running;
            self.todo.push(Todo::Run(owner));
        }
    }

    /// A branch has gone wrong: so does the Fork, when too few are left.
    fn branch_failed(&mut self, branch: u32, outcome: Outcome) {
        let Some((frame, owner, index, ended, alive)) = self.detach(branch) else { return };
        let Kind::Fork { first, .. } = self.frames.get(frame).kind else { return };
        let alive = alive - 1;
        self.frames.set(frame, Kind::Fork { index, ended, alive, first });
        if ended + alive < self.system.program.forks[index as usize].needed {
            self.cancel_branches(frame);
            self.pop_frame(owner);
            self.raise(owner, outcome);
        }
    }

    /// Cancels all branches of a Fork that still run.
    pub(super) fn cancel_branches(&mut self, frame: u32) {
        // Those that have not begun, all at once: there may be many.
        let requests = &self.requests;
        self.todo.retain(|todo| !matches!(todo, Todo::Run(r) if requests[*r].parent == frame));
        loop {
            let Kind::Fork { index, ended, alive, first } = self.frames.get(frame).kind else { return };
            if first == NONE {
                return;
            }
            let next = self.requests[first].sibling;
            if next != NONE {
                self.requests[next].previous_sibling = NONE;
            }
            self.frames.set(frame, Kind::Fork { index, ended, alive, first: next });
            self.abort(first);
            self.unwind_all(first);
            self.remove_branch(first);
        }
    }
}
