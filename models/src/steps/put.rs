//! `Put`: a message into a channel.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::resources::channel::{SEND, TAKE};
use crate::spec::DistributionSpec;
use crate::system::{AskStep, Instruction, PutStep};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Put a message into a channel. The sender goes on once it is in the buffer; the message is a separate request, which
/// runs the body when a consumer takes it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// The channel.
    pub channel: String,
    /// What a consumer does with the message.
    pub steps: Vec<Step>,
    /// How long the sender waits for room at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Put {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.channel, &at.field("channel"), &["Channel"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Put {}", self.channel));
        let patience = self
            .patience
            .as_ref()
            .map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
        let counter = compiler.counter();
        let question = |mode: u8, patience, shares, site, counter| AskStep {
            size_of_key: None,
            more: Vec::new(),
            drift: None,
            station,
            amount: None,
            key: None,
            mode,
            waits: true,
            ways: Vec::new(),
            shares,
            patience,
            site,
            counter,
        };
        let index = compiler.program().puts.len();
        let ask = question(SEND, patience, vec![1.0, 0.0], site, counter);
        compiler.program().puts.push(PutStep { ask, body: 0, site });
        compiler.emit(Instruction::Put(index as u32));
        let skip = compiler.emit(Instruction::Jump(0));
        let body = compiler.here();
        compiler.apart(|compiler| {
            let counter = compiler.counter();
            let ask = compiler.ask(question(TAKE, None, vec![1.0], combine(site, 1), counter));
            compiler.way(ask);
            compiler.body(&self.steps, &at.field("steps"));
            compiler.emit(Instruction::Release);
            compiler.emit(Instruction::Done);
        });
        compiler.land(&[skip]);
        let put = &mut compiler.program().puts[index];
        put.body = body;
        // Sent or not, the sender goes on.
        put.ask.ways = vec![skip, skip];
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}
