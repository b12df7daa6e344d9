//! `Buffer`: bytes between those who write and those who read, or in front of something that is better done in bulk.
//!
//! ```text
//!   Fill ──▶ fits? ──▶ ┌──────────── capacity ────────────┐ ──▶ there? ──▶ Drain
//!             no: flush│ being flushed │ content │ (free) │     no: fill
//!                 or   └───────────────┴─────────┴────────┘         or
//!             Block | Drop | Fail                              Block | Fail
//! ```
//!
//! One flush and one fill are under way at a time. What is being flushed takes up room until the flush has ended: bytes are
//! neither lost nor made, and a flush that is broken off leaves them where they were. A piece that reaches the threshold by
//! itself is flushed with the content, as buffered writers do, and a read larger than the buffer takes what is missing
//! directly. Without `compact` it is a ring; with it a straight piece of memory, whose content is moved to the front, at
//! that rate, where a piece would go beyond its end.

use super::{Answer, Ask, Effect, FigureName, Grant, Held, Line, Measured, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::observe::Level;
use sim_core::time::Time;

/// What a Fill finds that does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum BufferFull {
    /// It waits for room.
    #[default]
    Block,
    /// Its bytes are dropped, and the request goes on.
    Drop,
    /// The request is refused.
    Fail,
}

/// What a Drain finds for which there is not enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum BufferEmpty {
    /// It waits for bytes.
    #[default]
    Block,
    /// The request is refused.
    Fail,
}

passive! {
    /// A bounded buffer of bytes.
    Buffer {
        /// Bytes that fit.
        capacity: Scalar,
        /// A Fill that has a `flush` flushes when there are so many bytes (default: the capacity).
        threshold: Scalar,
        /// What happens to a Fill for which there is no room, and that cannot flush (default `Block`).
        full: BufferFull,
        /// What happens to a Drain for which there is not enough, and that cannot fill (default `Block`).
        empty: BufferEmpty,
        /// Makes it a straight piece of memory, compacted at this rate (default: a ring, which is not compacted).
        compact: Scalar,
        /// The processor that compacts (default: its time passes, and nothing is occupied).
        on: String,
    }
    Buffer::prototype
}

/// Bytes are to go in.
pub(crate) const FILL: u8 = 0;
/// Bytes are to go in, and may be flushed.
pub(crate) const FILL_OR_FLUSH: u8 = 1;
/// Bytes are to come out.
pub(crate) const DRAIN: u8 = 2;
/// Bytes are to come out, and may be fetched.
pub(crate) const DRAIN_OR_FILL: u8 = 3;
/// Added to the last two: the bytes are looked at, and stay.
pub(crate) const PEEK: u8 = 4;

/// Way of a request that flushes or fills.
const WORKS: u8 = 1;

/// Tokens.
const FLUSH: u32 = 0;
const FETCH: u32 = 1;

impl Buffer {
    /// What it holds [bit].
    pub(crate) fn capacity(&self, lower: &Lower<'_>, at: &Path) -> f64 {
        match &self.capacity {
            Some(capacity) => lower.positive(&at.field("capacity"), capacity, Dimension::DATA).min(1e15).round(),
            None => {
                lower.problem_with_help(at, "a Buffer needs a capacity", "give `capacity: \"64 KiB\"`");
                1.0
            }
        }
    }

    /// What it flushes typically [bit].
    pub(crate) fn threshold(&self, lower: &Lower<'_>, at: &Path) -> f64 {
        let capacity = self.capacity(lower, at);
        let Some(threshold) = &self.threshold else { return capacity };
        let at = at.field("threshold");
        let value = lower.positive(&at, threshold, Dimension::DATA).round();
        if value > capacity {
            lower.problem_with_help(
                &at,
                "a threshold above the capacity is never reached",
                "give at most the capacity",
            );
        }
        value
    }

    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let capacity = self.capacity(lower, at);
        let compact = self.compact.as_ref().map(|rate| {
            let rate = lower.positive(&at.field("compact"), rate, Dimension::DATA_RATE);
            lower.clock().ticks_per_second() / rate
        });
        if self.on.is_some() && compact.is_none() {
            let help = "give the rate: `compact: \"13.7 GB/s\"`";
            lower.problem_with_help(&at.field("on"), "`on` has no meaning without `compact`", help);
        }
        let state = State {
            capacity,
            threshold: self.threshold(lower, at),
            full: self.full.unwrap_or_default(),
            empty: self.empty.unwrap_or_default(),
            compact,
            content: 0.0,
            end: 0.0,
            flush: None,
            fetch: None,
            writers: Line::default(),
            readers: Line::default(),
            told: 0.0,
            seen: Seen::default(),
        };
        Prototype { state: super::State::Buffer(Box::new(state)), units: capacity }
    }
}

/// A flush that is under way.
#[derive(Clone, Copy, Debug)]
struct Flush {
    /// Bits in the buffer that it takes out.
    taken: f64,
    /// Bits that go in when it has ended.
    pending: f64,
    /// All that is carried.
    carried: f64,
}

/// A fill that is under way.
#[derive(Clone, Copy, Debug)]
struct Fetch {
    /// Bits that were there, and belong to the one who fetches.
    taken: f64,
    /// Room that is kept free for it.
    room: f64,
    /// Bits that are there in the end: what is carried, and what was there, less what is read.
    left: f64,
}

/// What is counted.
#[derive(Clone, Debug, Default)]
struct Seen {
    occupancy: Level,
    flushes: u64,
    flushed: f64,
    fills: u64,
    stalls: u64,
    overflows: u64,
    underflows: u64,
    compactions: u64,
}

/// The state of a buffer; amounts in bits.
#[derive(Clone, Debug)]
pub struct State {
    capacity: f64,
    threshold: f64,
    full: BufferFull,
    empty: BufferEmpty,
    /// Ticks to move a bit.
    compact: Option<f64>,
    content: f64,
    /// Where the next bit goes.
    end: f64,
    flush: Option<Flush>,
    fetch: Option<Fetch>,
    writers: Line,
    readers: Line,
    /// What was last told of it being occupied.
    told: f64,
    seen: Seen,
}

impl State {
    /// Bits that are in the buffer.
    fn occupied(&self) -> f64 {
        self.content + self.flush.map_or(0.0, |f| f.taken) + self.fetch.map_or(0.0, |f| f.taken)
    }

    /// Bits for which there is room.
    fn room(&self) -> f64 {
        self.capacity - self.occupied() - self.flush.map_or(0.0, |f| f.pending) - self.fetch.map_or(0.0, |f| f.room)
    }

    /// Puts bits in; gives what compacting costs [ticks].
    fn put(&mut self, bits: f64) -> f64 {
        let before = self.occupied();
        self.content += bits;
        let Some(rate) = self.compact else { return 0.0 };
        if before <= 0.0 {
            self.end = 0.0;
        }
        let moves = self.end + bits > self.capacity && before > 0.0;
        if moves {
            self.end = before;
            self.seen.compactions += 1;
        }
        self.end += bits;
        if moves { before * rate } else { 0.0 }
    }

    /// Keeps the books on what is in the buffer.
    fn tell(&mut self, world: &mut World<'_>) {
        let by = (self.occupied() - self.told) as i64;
        if by != 0 {
            self.told += by as f64;
            self.seen.occupancy.change(world.now, by);
            world.effects.push(Effect::Units(by));
        }
    }

    /// Puts bits in or flushes; nothing where it can do neither now.
    fn fill(&mut self, bits: f64, may_flush: bool) -> Option<(Grant, Option<f64>)> {
        let fits = bits <= self.room();
        let free_to_flush = may_flush && self.flush.is_none();
        let reaches = self.content + bits >= self.threshold;
        if fits && !(free_to_flush && reaches) {
            let cost = self.put(bits);
            return Some((Grant { cost, ..Grant::passing(0) }, None));
        }
        if !free_to_flush {
            return None;
        }
        let mut cost = 0.0;
        let (taken, pending, carried) = if fits {
            cost = self.put(bits);
            (self.content, 0.0, self.content)
        } else if bits >= self.threshold {
            (self.content, 0.0, self.content + bits)
        } else if self.content > 0.0 && bits <= self.room() + self.content {
            (self.content, bits, self.content)
        } else {
            // A fill that is under way has taken the room.
            return None;
        };
        self.content = 0.0;
        self.flush = Some(Flush { taken, pending, carried });
        Some((Grant { way: WORKS, cost, token: FLUSH, ..Grant::holding(0.0) }, Some(carried / self.threshold)))
    }

    /// Takes bits out or fetches; nothing where it can do neither now.
    fn drain(&mut self, bits: f64, may_fetch: bool, peeks: bool) -> Option<(Grant, Option<f64>)> {
        let read = if peeks { 0.0 } else { bits };
        if bits <= self.content {
            self.content -= read;
            return Some((Grant::passing(0), None));
        }
        if !may_fetch || self.fetch.is_some() {
            return None;
        }
        let room = self.room().max(0.0);
        let carried = room.max(bits - self.content);
        let taken = std::mem::take(&mut self.content);
        // What is looked at and does not fit does not stay.
        let left = (taken + carried - read).min(taken + room);
        self.fetch = Some(Fetch { taken, room, left });
        Some((Grant { way: WORKS, token: FETCH, ..Grant::holding(0.0) }, Some(carried / self.capacity)))
    }

    fn answer(&mut self, ask: &Ask) -> Option<(Grant, Option<f64>)> {
        let peeks = ask.mode & PEEK != 0;
        match ask.mode & !PEEK {
            DRAIN | DRAIN_OR_FILL => self.drain(ask.amount, ask.mode & !PEEK == DRAIN_OR_FILL, peeks),
            mode => self.fill(ask.amount, mode == FILL_OR_FLUSH),
        }
    }

    /// Lets those who wait go on as long as one of them can.
    fn serve(&mut self, world: &mut World<'_>) {
        loop {
            let mut moved = false;
            for reads in [true, false] {
                let line = if reads { &self.readers } else { &self.writers };
                let Some(first) = line.first().copied() else { continue };
                let Some((grant, carried)) = self.answer(&first) else { continue };
                let line = if reads { &mut self.readers } else { &mut self.writers };
                line.pop();
                world.effects.extend(carried.map(Effect::Carry));
                world.effects.push(Effect::Go(first.request, grant));
                moved = true;
            }
            if !moved {
                return self.tell(world);
            }
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("occupancy", Dimension::DATA, "mean amount in the buffer"),
        FigureName::of("flushes", Dimension::RATE, "flushes that came to their end"),
        FigureName::of("flush_size", Dimension::DATA, "mean amount that was flushed at once"),
        FigureName::of("fills", Dimension::RATE, "fills that came to their end"),
        FigureName::of("stalls", Dimension::RATE, "requests that had to wait for room or bytes"),
        FigureName::of("overflows", Dimension::RATE, "requests that found no room, and did not wait"),
        FigureName::of("underflows", Dimension::RATE, "requests that found too little, and did not wait"),
        FigureName::of("compactions", Dimension::RATE, "times that the content was moved to the front"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let reads = ask.mode & !PEEK >= DRAIN;
        let helps_itself = ask.mode & !PEEK == FILL_OR_FLUSH || ask.mode & !PEEK == DRAIN_OR_FILL;
        if ask.amount > self.capacity && !helps_itself {
            // More than there will ever be.
            return Answer::Refuse(Outcome::Refused);
        }
        let line = if reads { &self.readers } else { &self.writers };
        if line.is_empty()
            && let Some((grant, carried)) = self.answer(ask)
        {
            // Others may go on for what this has brought or taken.
            self.serve(world);
            world.effects.extend(carried.map(Effect::Carry));
            return Answer::Go(grant);
        }
        match (reads, self.full, self.empty) {
            (false, BufferFull::Drop, _) => {
                self.seen.overflows += 1;
                Answer::Go(Grant::passing(0))
            }
            (false, BufferFull::Fail, _) => {
                self.seen.overflows += 1;
                Answer::Refuse(Outcome::Refused)
            }
            (true, _, BufferEmpty::Fail) => {
                self.seen.underflows += 1;
                Answer::Refuse(Outcome::Refused)
            }
            (false, BufferFull::Block, _) | (true, _, BufferEmpty::Block) => {
                self.seen.stalls += 1;
                if reads { &mut self.readers } else { &mut self.writers }.push(*ask);
                Answer::Wait
            }
        }
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let mut cost = 0.0;
        if held.token == FLUSH {
            let Some(flush) = self.flush.take() else { return 0.0 };
            if held.completed {
                self.seen.flushes += 1;
                self.seen.flushed += flush.carried;
                cost = self.put(flush.pending);
            } else {
                self.content += flush.taken;
            }
        } else if let Some(fetch) = self.fetch.take() {
            if held.completed {
                self.seen.fills += 1;
                self.content += fetch.left;
                self.end = self.occupied();
            } else {
                self.content += fetch.taken;
            }
        }
        self.serve(world);
        cost
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        if self.readers.remove(request).is_none() {
            self.writers.remove(request);
        }
        self.serve(world);
    }

    fn reset(&mut self, now: Time) {
        let mut occupancy = self.seen.occupancy;
        occupancy.reset(now);
        self.seen = Seen { occupancy, ..Seen::default() };
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let seconds = measured.span / measured.ticks;
        let sum = |of: fn(&Seen) -> f64| all.iter().map(|state| of(&state.seen)).sum::<f64>();
        let rate = |of: fn(&Seen) -> u64| Some(all.iter().map(|s| of(&s.seen)).sum::<u64>() as f64 / seconds);
        let flushes = sum(|seen| seen.flushes as f64);
        vec![
            Some(all.iter().map(|s| s.seen.occupancy.integral(measured.end)).sum::<f64>() / measured.span),
            rate(|seen| seen.flushes),
            (flushes > 0.0).then(|| sum(|seen| seen.flushed) / flushes),
            rate(|seen| seen.fills),
            rate(|seen| seen.stalls),
            rate(|seen| seen.overflows),
            rate(|seen| seen.underflows),
            rate(|seen| seen.compactions),
        ]
    }
}
