//! Requests that wait for a result: polling for it, or until they are woken.

use super::Simulation;
use super::frames::Kind;
use crate::system::AwaitStep;

impl Simulation<'_> {
    /// The result is asked for: it will be there after a time.
    pub(super) fn begin_await(&mut self, request: u32, step: &AwaitStep) {
        self.count_visit(request, step.counter);
        let span = (self.draw(request, &step.time) + 0.5) as u64;
        let ready = self.engine.now().saturating_add(span);
        self.push_frame(request, Kind::Await { ready });
    }

    /// Ticks until the result of the innermost await is there.
    pub(super) fn until_ready(&self, request: u32) -> u64 {
        let frame = self.requests[request].frame;
        match self.frames.get(frame).kind {
            Kind::Await { ready } => ready.saturating_since(self.engine.now()),
            _ => unreachable!("polls have no body: the innermost frame is that of their await"),
        }
    }
}
