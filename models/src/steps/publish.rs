//! `Publish`: an event for the handlers of a topic.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::resources::{Dispatch, OnError, Topic};
use crate::spec::Component;
use crate::system::{self, AskStep, Draw, Instruction, UNCOUNTED};
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

/// Publish an event: the request goes on at once, and the handlers of the topic run as requests of their own flows.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The topic.
    pub topic: String,
    /// The type of the event; those who handle all events handle it too.
    #[serde(default)]
    pub event: Option<String>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Publish {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.topic, &at.field("topic"), &["Topic"]) else { return };
        let Some(Component::Topic(topic)) = compiler.components().get(&self.topic) else { return };
        let component_at = Path::new("system.components").field(&self.topic);
        let deliveries = topic.deliveries(compiler.lower(), &component_at, self.event.as_deref());
        if let Some(event) = &self.event
            && deliveries.is_empty()
        {
            compiler.lower().unknown(&at.field("event"), "event", event, topic.events().into_iter());
        }
        let site = compiler.site(self.label.as_deref(), &format!("Publish {}", self.topic));
        let counter = compiler.counter();
        let index = compiler.program().spawns.len() as u32;
        // The event is a request of its own, which goes through the handlers.
        compiler.emit(Instruction::Spawn(index));
        compiler.program().spawns.push(system::Spawn { body: 0, site, counter });
        let skip = compiler.emit(Instruction::Jump(0));
        compiler.program().spawns[index as usize].body = compiler.here();
        ask(compiler, station, Topic::ENTER, 1.0, site);
        let in_turn = topic.dispatch.unwrap_or_default() == Dispatch::InTurn;
        let stops = topic.on_error.unwrap_or_default() == OnError::Stop;
        let mut broken = Vec::new();
        for (i, delivery) in deliveries.iter().enumerate() {
            let site = combine(site, 0x100 + i as u64);
            // In turn each is waited for; at once they start together.
            let (rounds, times) = if in_turn { (delivery.subscribers, 1) } else { (1, delivery.subscribers) };
            for round in 0..rounds {
                ask(compiler, station, Topic::DELIVER, f64::from(times), site);
                let call = compiler.program().calls.len() as u32;
                compiler.program().calls.push(system::CallStep {
                    flow: delivery.flow,
                    first: round,
                    times,
                    of: delivery.subscribers,
                    site,
                    failed: None,
                });
                compiler.emit(Instruction::Call(call));
                if !in_turn {
                    continue;
                }
                let correct = compiler.emit(Instruction::Jump(0));
                compiler.program().calls[call as usize].failed = Some(compiler.here());
                ask(compiler, station, Topic::ERROR, f64::from(u8::from(stops)), site);
                if stops {
                    broken.push(compiler.emit(Instruction::Jump(0)));
                }
                compiler.land(&[correct]);
            }
        }
        compiler.land(&broken);
        compiler.emit(Instruction::Release);
        compiler.emit(Instruction::Done);
        compiler.land(&[skip]);
    }
}

/// A question to the topic; only an event that comes waits and is held.
fn ask(compiler: &mut Compiler<'_, '_>, station: u16, mode: u8, amount: f64, site: u64) {
    let waits = mode == Topic::ENTER;
    let amount = Constant::new(amount).ok().map(|amount| Draw { distribution: amount.into(), site });
    let shares = if waits { vec![1.0] } else { vec![0.0, 1.0] };
    let (key, patience, ways) = (None, None, Vec::new());
    let ask = compiler.ask(AskStep {
        station,
        amount,
        key,
        size_of_key: None,
        more: Vec::new(),
        drift: None,
        mode,
        waits,
        ways,
        shares,
        patience,
        site,
        counter: UNCOUNTED,
    });
    compiler.way(ask);
    if !waits {
        compiler.way(ask);
    }
}
