//! `Await`: wait for a result, polling or woken.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::spec::{DistributionSpec, Scalar};
use crate::system::{AwaitStep, Demand, Draw, Instruction, Kind};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

/// How an executor comes to know that a result is there.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum AwaitMode {
    /// The task is put at the back of the queue again and again: each turn is a poll.
    Polling,
    /// The task is polled once, sleeps until it is woken, and is polled once more.
    Waking,
}

/// Wait on a processor or device for a result that is there after a time, as a task of an asynchronous executor does.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Await {
    /// The processor or device that polls.
    pub on: String,
    /// Time until the result is there.
    pub time: DistributionSpec,
    /// `Polling`, or `Waking` (default).
    #[serde(default)]
    pub mode: Option<AwaitMode>,
    /// What a poll takes there (default 1 us).
    #[serde(default)]
    pub poll: Option<Scalar>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Await {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), &format!("Await on {}", self.on));
        let kinds = [Kind::Processor, Kind::Device];
        let Some(station) = compiler.active(&self.on, &at.field("on"), &kinds) else { return };
        let time = compiler.draw(&at.field("time"), &self.time, Dimension::TIME, site);
        let poll =
            self.poll.as_ref().map_or(1e-6, |p| compiler.lower().positive(&at.field("poll"), p, Dimension::TIME));
        let ticks = (poll * compiler.lower().clock().ticks_per_second()).max(1.0);
        let Ok(poll) = Constant::new(ticks) else { return };
        let poll = || Demand::Time(Draw { distribution: poll.into(), site: 0 });
        let counter = compiler.counter();
        let index = compiler.program().awaits.len() as u32;
        compiler.program().awaits.push(AwaitStep { time, counter });
        compiler.emit(Instruction::AwaitBegin(index));
        let body = compiler.here();
        compiler.visit_for(station, poll(), combine(site, 1));
        if !matches!(self.mode, Some(AwaitMode::Polling)) {
            compiler.emit(Instruction::AwaitRest);
            compiler.visit_for(station, poll(), combine(site, 2));
        }
        compiler.emit(Instruction::AwaitEnd(body));
    }

    fn component(&self) -> Option<&str> {
        Some(&self.on)
    }
}
