//! Requests that a request of another flow starts, such as deliveries of a topic, or a component.

use super::request::{NONE, Role, State};
use super::source::request_key;
use super::{Phase, Simulation, Todo};
use crate::system::{CallStep, NOWHERE};
use sim_core::random::{combine, name_hash};

impl Simulation<'_> {
    /// Starts requests of another flow; whether the caller goes on at once.
    pub(super) fn call(&mut self, caller: u32, index: u32) -> bool {
        let step = &self.system.program.calls[index as usize];
        let waits = step.failed.is_some();
        for k in 0..step.times {
            let callee = self.start_call(caller, step, step.first + k, waits);
            match (callee, step.failed) {
                (Some(callee), Some(_)) => {
                    let record = &mut self.requests[caller];
                    (record.state, record.place) = (State::Calling, callee);
                    return false;
                }
                (None, Some(failed)) => {
                    self.requests[caller].pc = failed;
                    return true;
                }
                (_, None) => {}
            }
        }
        self.requests[caller].pc += 1;
        true
    }

    /// A request of the flow is born; `None` where the instance that it would start from is dead.
    fn start_call(&mut self, caller: u32, step: &CallStep, number: u32, waits: bool) -> Option<u32> {
        let now = self.engine.now();
        let parent = self.requests[caller];
        let model = &self.system.flows[step.flow as usize];
        // One for each instance where several subscribe; else that of the publisher, as far as there are so many.
        let instance = if step.of > 1 { number % model.count } else { parent.instance.min(model.count - 1) };
        if model.from != NOWHERE && !self.is_alive(model.from, instance) {
            return None;
        }
        let cohort = self.phase == Phase::Measured;
        let request = self.born(step.flow, cohort);
        let key = combine(parent.key, step.site.wrapping_add(u64::from(number)));
        let record = &mut self.requests[request];
        record.descend(&parent, key, now, model.start, if waits { Role::Called } else { Role::Request });
        record.parent = if waits { caller } else { NONE };
        record.unit = instance;
        (record.flow, record.origin, record.location) = (step.flow, step.flow, model.from);
        (record.instance, record.cohort) = (instance, cohort);
        self.take_counters(request);
        self.check_limit();
        self.todo.push(Todo::Run(request));
        Some(request)
    }

    /// Counts a request of a flow, and makes room for it.
    fn born(&mut self, flow: u16, cohort: bool) -> u32 {
        let state = &mut self.flows[flow as usize];
        state.present.up(self.engine.now());
        state.started = state.started.wrapping_add(1);
        if cohort {
            state.born += 1;
            self.cohort_open += 1;
        }
        self.requests.take()
    }

    /// A component starts a request of a flow of its own.
    pub(super) fn start_own(&mut self, flow: u16) {
        let cohort = self.phase == Phase::Measured;
        let request = self.born(flow, cohort);
        let model = &self.system.flows[flow as usize];
        let own = combine(self.seed_key, name_hash(&model.name));
        let record = &mut self.requests[request];
        record.key = request_key(own, self.flows[flow as usize].started);
        record.born = self.engine.now();
        (record.pc, record.unit, record.ordinal, record.source) = (model.start, 0, 0, NONE);
        (record.flow, record.origin, record.location) = (flow, flow, model.from);
        (record.state, record.role, record.cohort, record.instance) = (State::Running, Role::Request, cohort, 0);
        record.set_visit(0);
        self.take_counters(request);
        self.check_limit();
        self.todo.push(Todo::Run(request));
    }

    /// A request that somebody waits for leaves: the caller goes on.
    pub(super) fn answer_call(&mut self, callee: u32, correct: bool) {
        let caller = std::mem::replace(&mut self.requests[callee].parent, NONE);
        let crate::system::Instruction::Call(index) = self.system.program.code[self.requests[caller].pc as usize]
        else {
            unreachable!("who waits for a request that it has started is at its call")
        };
        let failed = self.system.program.calls[index as usize].failed;
        let record = &mut self.requests[caller];
        record.pc = match failed {
            Some(failed) if !correct => failed,
            _ => record.pc + 1,
        };
        record.place = NONE;
        record.state = State::Running;
        self.todo.push(Todo::Run(caller));
    }

    /// A caller is gone: nobody waits for the request any more.
    pub(super) fn leave_call(&mut self, caller: u32) {
        let callee = std::mem::replace(&mut self.requests[caller].place, NONE);
        let record = &mut self.requests[callee];
        (record.role, record.parent) = (Role::Request, NONE);
    }
}
