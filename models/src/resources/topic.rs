//! `Topic`: events that are published, and the flows that handle them (Eugster et al. 2003).
//!
//! ```text
//!   Publish ──▶ [ events ] ── in turn, in batches ──▶ for each event its handlers, the most urgent first
//! ```
//!
//! A handler is a flow: each delivery is a request of it, counted there. An event waits here for those before it and, when
//! it is dispatched in turn, for each of its handlers to end. What an error of a handler does is an option.

use super::{Answer, Ask, Effect, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::time::Time;
use std::collections::VecDeque;

passive! {
    /// Events and who handles them. `Publish` goes on at once; handlers are flows, mostly without arrivals of their own.
    Topic {
        /// Who handles what, each with a priority.
        handlers: Vec<Handler>,
        /// How events are dispatched: `InTurn` (the default: one handler after the other, one event after the other) or
        /// `AtOnce` (all handlers of an event start when it is published).
        dispatch: Dispatch,
        /// Events that are taken from the queue at once, when they are dispatched in turn (default 100).
        batch: Scalar,
        /// What follows when a handler does not end correctly: `Continue` (the default: the rest go on) or `Stop` (what is
        /// left of the batch is dropped).
        on_error: OnError,
        /// The most events that wait; a further one is dropped (default: no limit).
        queue: Scalar,
    }
    Topic::prototype
}

/// A flow that handles events.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Handler {
    /// The flow.
    pub flow: String,
    /// The type of events (default: all events).
    #[serde(default)]
    pub event: Option<String>,
    /// A larger one comes first (default 0).
    #[serde(default)]
    pub priority: Option<Scalar>,
    /// Deliveries of each event, one for each instance that subscribes (default 1).
    #[serde(default)]
    pub subscribers: Option<Scalar>,
}

/// How events are dispatched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Dispatch {
    /// One handler after the other, one event after the other.
    #[default]
    InTurn,
    /// All handlers of an event start when it is published.
    AtOnce,
}

/// What follows when a handler does not end correctly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum OnError {
    /// It is counted, and the rest go on.
    #[default]
    Continue,
    /// What is left of the batch is dropped.
    Stop,
}

/// A handler of an event, its names resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Delivery {
    pub flow: u16,
    pub subscribers: u32,
    priority: f64,
}

impl Topic {
    /// An event comes.
    pub const ENTER: u8 = 0;
    /// Deliveries start.
    pub const DELIVER: u8 = 1;
    /// A handler did not end correctly.
    pub const ERROR: u8 = 2;

    /// Who handles an event, the most urgent first; mistakes are reported under `at`.
    pub(crate) fn deliveries(&self, lower: &Lower<'_>, at: &Path, event: Option<&str>) -> Vec<Delivery> {
        let at = at.field("handlers");
        // In turn each delivery is a step of the event's own program.
        let most = if self.dispatch.unwrap_or_default() == Dispatch::InTurn { 1000 } else { 1_000_000 };
        let mut all = Vec::new();
        for (i, handler) in self.handlers.iter().flatten().enumerate() {
            let at = at.index(i);
            let flow = lower.flow_index(&at.field("flow"), &handler.flow);
            let priority = handler.priority.as_ref();
            let priority = priority.map_or(0.0, |p| lower.number(&at.field("priority"), p, Dimension::NONE));
            let subscribers = handler.subscribers.as_ref();
            let subscribers = subscribers.map_or(1, |n| lower.whole(&at.field("subscribers"), n, 1, most) as u32);
            let handles = handler.event.is_none() || handler.event.as_deref() == event;
            if let (Some(flow), true) = (flow, handles) {
                all.push(Delivery { flow, subscribers, priority });
            }
        }
        all.sort_by(|a, b| b.priority.total_cmp(&a.priority));
        all
    }

    /// The types of events that some handler names.
    pub(crate) fn events(&self) -> Vec<&str> {
        self.handlers.iter().flatten().filter_map(|handler| handler.event.as_deref()).collect()
    }

    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        if self.handlers.as_ref().is_none_or(Vec::is_empty) {
            let help = "give `handlers: [(flow: \"store\")]`";
            lower.problem_with_help(at, "nobody handles the events of this topic", help);
        }
        self.deliveries(lower, at, None);
        let in_turn = self.dispatch.unwrap_or_default() == Dispatch::InTurn;
        if !in_turn {
            let given = [
                ("batch", self.batch.is_some()),
                ("queue", self.queue.is_some()),
                ("on_error", self.on_error.is_some()),
            ];
            for (field, _) in given.iter().filter(|(_, given)| *given) {
                let help = "leave it out, or dispatch `InTurn`";
                lower.problem_with_help(&at.field(field), "events that are dispatched at once do not wait", help);
            }
        }
        let most = 1u64 << 53;
        let state = State {
            in_turn,
            most: self.batch.as_ref().map_or(100, |n| lower.whole(&at.field("batch"), n, 1, most)),
            room: self.queue.as_ref().map_or(u64::MAX, |n| lower.whole(&at.field("queue"), n, 0, most)),
            ..State::default()
        };
        Prototype { state: super::State::Topic(Box::new(state)), units: if in_turn { 1.0 } else { 0.0 } }
    }
}

/// The state of a topic.
#[derive(Clone, Debug, Default)]
pub struct State {
    in_turn: bool,
    most: u64,
    room: u64,
    line: VecDeque<Ask>,
    /// An event is being dispatched.
    running: bool,
    /// Events of the present batch that have not begun.
    left: u64,
    stopped: bool,
    batches: u64,
    batched: u64,
    deliveries: f64,
    errors: u64,
    skipped: u64,
}

impl State {
    fn begin_batch(&mut self, events: u64) {
        self.left = events;
        self.stopped = false;
        self.batches += u64::from(events > 0);
        self.batched += events;
    }

    /// The next event, if there is one.
    fn next(&mut self, world: &mut World<'_>) {
        while !self.running {
            if self.left == 0 {
                self.begin_batch(self.most.min(self.line.len() as u64));
            }
            let Some(event) = self.line.pop_front() else { return };
            self.left -= 1;
            if self.stopped {
                self.skipped += 1;
                world.effects.push(Effect::Refuse(event.request, Outcome::Dropped));
            } else {
                self.running = true;
                world.effects.push(Effect::Go(event.request, Grant::holding(1.0)));
            }
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("deliveries", Dimension::RATE, "requests of handlers that were started"),
        FigureName::of("handler_errors", Dimension::RATE, "handlers, waited for, that did not end correctly"),
        FigureName::of("skipped", Dimension::RATE, "events that were dropped because their batch was stopped"),
        FigureName::of("batches", Dimension::RATE, "batches that were begun"),
        FigureName::of("batch_items", Dimension::NONE, "mean number of events in a batch"),
    ];

    fn ask(&mut self, ask: &Ask, _world: &mut World<'_>) -> Answer {
        match ask.mode {
            Topic::ENTER if !self.in_turn => Answer::Go(Grant::holding(0.0)),
            Topic::ENTER if !self.running => {
                self.begin_batch(1);
                self.left = 0;
                self.running = true;
                Answer::Go(Grant::holding(1.0))
            }
            Topic::ENTER if self.line.len() as u64 >= self.room => Answer::Refuse(Outcome::Dropped),
            Topic::ENTER => {
                self.line.push_back(*ask);
                Answer::Wait
            }
            Topic::DELIVER => {
                self.deliveries += ask.amount;
                Answer::Go(Grant::passing(Grant::DENIED))
            }
            _ => {
                self.errors += 1;
                // The amount says whether the rest of the batch is dropped.
                self.stopped |= ask.amount > 0.0;
                Answer::Go(Grant::passing(Grant::DENIED))
            }
        }
    }

    fn release(&mut self, _held: &Held, world: &mut World<'_>) -> f64 {
        if self.in_turn {
            self.running = false;
            self.next(world);
        }
        0.0
    }

    fn withdraw(&mut self, request: u32, _world: &mut World<'_>) {
        if let Some(place) = self.line.iter().position(|event| event.request == request) {
            self.line.remove(place);
            // The first ones in line are those of the present batch.
            self.left -= u64::from((place as u64) < self.left);
        }
    }

    fn reset(&mut self, _now: Time) {
        (self.batches, self.batched, self.errors, self.skipped) = (0, 0, 0, 0);
        self.deliveries = 0.0;
    }

    fn measure(all: &[&State], measured: Measured) -> Vec<Option<f64>> {
        let sum = |of: &dyn Fn(&State) -> f64| all.iter().map(|state| of(state)).sum::<f64>();
        let per_second = |of: &dyn Fn(&State) -> f64| Some(sum(of) / (measured.span / measured.ticks));
        let batches = sum(&|s| s.batches as f64);
        vec![
            per_second(&|s| s.deliveries),
            per_second(&|s| s.errors as f64),
            per_second(&|s| s.skipped as f64),
            per_second(&|s| s.batches as f64),
            (batches > 0.0).then(|| sum(&|s| s.batched as f64) / batches),
        ]
    }
}
