//! `Channel`: a bounded queue between those who send messages and those who work on them.
//!
//! ```text
//!   Put ──▶ room? ──▶ [ buffer: `capacity` messages ] ──▶ `consumers` run the body, one message each
//!            └─ full: Block | DropNewest | DropOldest | Fail
//! ```
//!
//! A message is a request of its own, and the only one that is counted here: present from the buffer to the end of its body.
//! With a capacity of 0 it is taken over by a consumer or not at all (a rendezvous).

use super::{Answer, Ask, Effect, FigureName, Grant, Held, Line, Measured, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::observe::Level;
use sim_core::time::Time;

/// What a Put finds at a full channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum ChannelFull {
    /// The sender waits for room.
    #[default]
    Block,
    /// The message is dropped, and the sender goes on.
    DropNewest,
    /// The message that has been in the buffer for longest is dropped in its place.
    DropOldest,
    /// The sender is refused.
    Fail,
}

passive! {
    /// A bounded queue of messages between producers and consumers.
    Channel {
        /// Messages that fit into the buffer, beside those that are worked on (default 100).
        capacity: Scalar,
        /// Messages that are worked on at once (default 1).
        consumers: Scalar,
        /// What happens to a message for which there is no room (default `Block`).
        full: ChannelFull,
    }
    Channel::prototype
}

/// A sender asks for room.
pub(crate) const SEND: u8 = 0;
/// A message asks for a consumer.
pub(crate) const TAKE: u8 = 1;

impl Channel {
    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let whole = |field: &str, scalar: &Option<Scalar>, default: u64, least: u64| {
            scalar.as_ref().map_or(default, |n| lower.whole(&at.field(field), n, least, 1 << 50))
        };
        let capacity = whole("capacity", &self.capacity, 100, 0);
        let consumers = whole("consumers", &self.consumers, 1, 1);
        let state = State {
            most: capacity.saturating_add(consumers),
            free: consumers,
            inside: 0,
            full: self.full.unwrap_or_default(),
            buffer: Line::default(),
            senders: Line::default(),
            seen: Seen::default(),
        };
        Prototype { state: super::State::Channel(Box::new(state)), units: consumers as f64 }
    }
}

/// What is counted.
#[derive(Clone, Debug, Default)]
struct Seen {
    sent: u64,
    received: u64,
    newest: u64,
    oldest: u64,
    buffered: Level,
    senders: Level,
}

/// The state of a channel.
#[derive(Clone, Debug)]
pub struct State {
    /// Messages that there can be, in the buffer and at consumers.
    most: u64,
    /// Consumers that have nothing to do.
    free: u64,
    /// Messages that were let in and have not left.
    inside: u64,
    full: ChannelFull,
    buffer: Line,
    senders: Line,
    seen: Seen,
}

impl State {
    fn receive(&mut self) -> Grant {
        self.free -= 1;
        self.seen.received += 1;
        Grant::holding(1.0)
    }

    /// Gives free consumers their next messages, and room to those who wait for it.
    fn serve(&mut self, world: &mut World<'_>) {
        while self.free > 0
            && let Some(message) = self.buffer.pop()
        {
            self.seen.buffered.down(world.now);
            let grant = self.receive();
            world.effects.push(Effect::Go(message.request, grant));
        }
        while self.inside < self.most
            && let Some(sender) = self.senders.pop()
        {
            self.seen.senders.down(world.now);
            self.inside += 1;
            self.seen.sent += 1;
            world.effects.push(Effect::Go(sender.request, Grant::passing(0)));
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("sent", Dimension::RATE, "messages that were let in"),
        FigureName::of("received", Dimension::RATE, "messages that a consumer has taken"),
        FigureName::of("dropped_newest", Dimension::RATE, "messages dropped because there was no room"),
        FigureName::of("dropped_oldest", Dimension::RATE, "messages dropped from the buffer to make room"),
        FigureName::of("buffered", Dimension::NONE, "mean number of messages in the buffer"),
        FigureName::of("senders", Dimension::NONE, "mean number of senders that wait for room"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        if ask.mode == TAKE {
            if self.free > 0 && self.buffer.is_empty() {
                return Answer::Go(self.receive());
            }
            self.buffer.push(*ask);
            self.seen.buffered.up(world.now);
            return Answer::Wait;
        }
        if self.inside >= self.most {
            match self.full {
                ChannelFull::Block => {
                    self.senders.push(*ask);
                    self.seen.senders.up(world.now);
                    return Answer::Wait;
                }
                ChannelFull::Fail => return Answer::Refuse(Outcome::Refused),
                ChannelFull::DropOldest if !self.buffer.is_empty() => {
                    if let Some(oldest) = self.buffer.pop() {
                        self.seen.buffered.down(world.now);
                        self.seen.oldest += 1;
                        self.inside -= 1;
                        world.effects.push(Effect::Refuse(oldest.request, Outcome::Dropped));
                    }
                }
                // All that there are, are worked on.
                ChannelFull::DropNewest | ChannelFull::DropOldest => {
                    self.seen.newest += 1;
                    return Answer::Go(Grant::passing(Grant::DENIED));
                }
            }
        }
        self.inside += 1;
        self.seen.sent += 1;
        Answer::Go(Grant::passing(0))
    }

    fn release(&mut self, _held: &Held, world: &mut World<'_>) -> f64 {
        self.free += 1;
        self.inside -= 1;
        self.serve(world);
        0.0
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        if self.senders.remove(request).is_some() {
            self.seen.senders.down(world.now);
        } else if self.buffer.remove(request).is_some() {
            self.seen.buffered.down(world.now);
            self.inside -= 1;
            self.serve(world);
        }
    }

    fn reset(&mut self, now: Time) {
        let Seen { mut buffered, mut senders, .. } = std::mem::take(&mut self.seen);
        buffered.reset(now);
        senders.reset(now);
        self.seen = Seen { buffered, senders, ..Seen::default() };
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let seconds = measured.span / measured.ticks;
        let rate = |of: fn(&Seen) -> u64| Some(all.iter().map(|state| of(&state.seen)).sum::<u64>() as f64 / seconds);
        let mean = |of: fn(&Seen) -> &Level| {
            Some(all.iter().map(|state| of(&state.seen).integral(measured.end)).sum::<f64>() / measured.span)
        };
        vec![
            rate(|seen| seen.sent),
            rate(|seen| seen.received),
            rate(|seen| seen.newest),
            rate(|seen| seen.oldest),
            mean(|seen| &seen.buffered),
            mean(|seen| &seen.senders),
        ]
    }
}
