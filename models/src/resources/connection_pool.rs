//! `ConnectionPool`: connections that requests borrow, so that not each of them pays for setting one up.
//!
//! ```text
//!                  ┌── idle, the last returned first ◀── given back, while young and sound ──┐
//!   Connect ──▶ reuse?                                                                       │
//!                  ├── hit ────────────────────────▶ in use for the block ───────────────────┤
//!                  ├── miss, below the limit ─ set-up ─▶ in use                              └─▶ closed
//!                  └── at the limit ─▶ [ line ] until one comes back
//! ```
//!
//! Each endpoint has connections, a limit and a line of its own. An idle connection is closed when it has been idle for too
//! long or is too old, at that instant. One that is broken is found out when it is reused or tested. A block that is
//! broken off leaves its connection in an unknown state: it is closed.

pub use super::waiting::Order;
use super::{
    Answer, Ask, Effect, FigureName, Grant, Held, Line, Measured, Nature, Prototype, Resource, World, passive,
};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, DistributionSpec, Named, Scalar};
use crate::units::Dimension;
use sim_core::distributions::Distribution;
use sim_core::observe::Level;
use sim_core::random::Rng;
use sim_core::time::Time;
use std::collections::{BTreeSet, HashMap};

passive! {
    /// Connections that are set up once and used again and again.
    ConnectionPool {
        /// The most connections open to one endpoint (default 10).
        limit: Scalar,
        /// Endpoints, each with a limit of its own; `Connect` draws one of 1 to so many (default 1).
        endpoints: Scalar,
        /// A connection of this age is closed when it is or becomes idle (default 60 s).
        max_age: Scalar,
        /// A connection that has been idle for so long is closed (default 30 s).
        idle: Scalar,
        /// Connections to each endpoint that are open at the start, at no cost (default 0).
        warm: Scalar,
        /// Probability that a connection is found to be broken when it is reused or tested (default 0).
        unhealthy: Scalar,
        /// Time from opening a connection until it breaks, which is found out when it is reused or tested (default: never).
        breaks: DistributionSpec,
        /// Time that it takes to test a connection before it is reused (default: it is not tested, and known to be broken).
        check: Scalar,
        /// Who is next when all connections are in use (default `Fifo`).
        order: Order,
        /// The most requests that may wait for an endpoint; a further one is refused (default: no limit).
        queue: Scalar,
        /// Round trips that it takes to set a connection up (default 1, as TCP; 2 with TLS 1.3, 3 with TLS 1.2).
        round_trips: Scalar,
        /// Time of a round trip (default 0 s).
        round_trip: DistributionSpec,
        /// Work of a handshake, time or cycles (default none).
        handshake: DistributionSpec,
        /// The processor that does the handshake (default: its time passes, and nothing is occupied).
        on: String,
    }
    ConnectionPool::prototype
}

/// What a step wants.
pub(crate) const CONNECT: u8 = 0;
/// An idle connection that has neither been used nor tested for so many ticks, to test it.
pub(crate) const PROBE: u8 = 1;

/// Way of a request for which a connection is to be set up.
const MISS: u8 = 1;

/// Marks the token of a connection that is held to test it.
const TESTED: u32 = 1 << 31;

/// The most connections of all endpoints together.
const MOST: f64 = 1e6;

impl ConnectionPool {
    /// Endpoints.
    pub(crate) fn endpoints(&self, lower: &Lower<'_>, at: &Path) -> u64 {
        self.endpoints.as_ref().map_or(1, |n| lower.whole(&at.field("endpoints"), n, 1, MOST as u64))
    }

    /// Round trips of a set-up.
    pub(crate) fn round_trips(&self, lower: &Lower<'_>, at: &Path) -> u64 {
        self.round_trips.as_ref().map_or(1, |n| lower.whole(&at.field("round_trips"), n, 0, 100))
    }

    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let limit = self.limit.as_ref().map_or(10, |n| lower.whole(&at.field("limit"), n, 1, MOST as u64));
        let endpoints = self.endpoints(lower, at);
        if limit as f64 * endpoints as f64 > MOST {
            let help = "give a smaller `limit`, or fewer `endpoints`";
            lower.problem_with_help(at, format!("over {MOST} connections in all"), help);
        }
        let span = |field: &str, scalar: &Option<Scalar>, default: f64| {
            let seconds = scalar.as_ref().map_or(default, |s| lower.positive(&at.field(field), s, Dimension::TIME));
            lower.clock().span(seconds).max(1)
        };
        let warm = self.warm.as_ref().map_or(0, |n| lower.whole(&at.field("warm"), n, 0, limit));
        let check = self.check.as_ref().map_or(0.0, |s| lower.not_negative(&at.field("check"), s, Dimension::TIME));
        let ticks = lower.clock().ticks_per_second();
        let breaks = self.breaks.as_ref().map(|spec| {
            let distribution = lower.distribution(&at.field("breaks"), spec, Dimension::TIME);
            distribution.scaled(ticks)
        });
        let line = Line::new(self.order.unwrap_or_default());
        let state = State {
            limit: limit as u32,
            max_age: span("max_age", &self.max_age, 60.0),
            idle: span("idle", &self.idle, 30.0),
            warm: warm as u32,
            unhealthy: self.unhealthy.as_ref().map_or(0.0, |p| lower.probability(&at.field("unhealthy"), p)),
            breaks,
            check: check * ticks,
            room: self.queue.as_ref().map_or(u64::MAX, |n| lower.whole(&at.field("queue"), n, 0, 1 << 53)),
            connections: Vec::new(),
            free: Vec::new(),
            endpoints: vec![Endpoint { idle: Vec::new(), open: 0, line }; endpoints.min(MOST as u64) as usize],
            waiting: HashMap::new(),
            expiries: BTreeSet::new(),
            armed: None,
            seen: Seen::default(),
        };
        if self.on.is_some() && self.handshake.is_none() {
            let help = "give the work: `handshake: \"0.3 ms\"`";
            lower.problem_with_help(&at.field("on"), "`on` has no meaning without a `handshake`", help);
        }
        if self.round_trips.is_some() && self.round_trip.is_none() {
            let help =
                "give the time of one: `round_trip: \"20 ms\"`, or the steps of a set-up in `open` of the Connect";
            lower.problem_with_help(&at.field("round_trips"), "round trips of no length", help);
        }
        Prototype { state: super::State::ConnectionPool(Box::new(state)), units: (limit * endpoints) as f64 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Connection {
    endpoint: u32,
    opened: Time,
    /// When it was given back last, which is its place among the idle ones.
    returned: Time,
    /// When it was used or tested last.
    sound: Time,
    /// When it breaks.
    breaks: Time,
}

#[derive(Clone, Debug)]
struct Endpoint {
    /// Idle connections, the last returned last.
    idle: Vec<u32>,
    open: u32,
    line: Line,
}

/// What is counted.
#[derive(Clone, Debug, Default)]
struct Seen {
    hits: u64,
    misses: u64,
    expired: u64,
    unhealthy: u64,
    open: Level,
    idle: Level,
}

/// The state of a pool.
#[derive(Clone, Debug)]
pub struct State {
    limit: u32,
    max_age: u64,
    idle: u64,
    warm: u32,
    unhealthy: f64,
    breaks: Option<Distribution>,
    check: f64,
    room: u64,
    connections: Vec<Connection>,
    free: Vec<u32>,
    endpoints: Vec<Endpoint>,
    /// The endpoint of each request that waits.
    waiting: HashMap<u32, u32>,
    /// When idle connections are to be closed.
    expiries: BTreeSet<(Time, u32)>,
    /// The time for which this is to be woken.
    armed: Option<Time>,
    seen: Seen,
}

impl State {
    fn open(&mut self, endpoint: u32, world: &mut World<'_>) -> u32 {
        let now = world.now;
        let breaks = match &self.breaks {
            Some(distribution) => now.saturating_add((distribution.sample(world.random) + 0.5) as u64),
            None => Time::MAX,
        };
        let connection = Connection { endpoint, opened: now, returned: now, sound: now, breaks };
        self.endpoints[endpoint as usize].open += 1;
        self.seen.open.up(now);
        match self.free.pop() {
            Some(index) => {
                self.connections[index as usize] = connection;
                index
            }
            None => {
                self.connections.push(connection);
                self.connections.len() as u32 - 1
            }
        }
    }

    fn close(&mut self, index: u32, now: Time) {
        self.endpoints[self.connections[index as usize].endpoint as usize].open -= 1;
        self.seen.open.down(now);
        self.free.push(index);
    }

    /// When an idle connection is to be closed.
    fn expiry(&self, connection: &Connection) -> Time {
        connection.returned.saturating_add(self.idle).min(connection.opened.saturating_add(self.max_age))
    }

    /// Puts a connection among the idle ones, at the place of its last use.
    fn keep(&mut self, index: u32, world: &mut World<'_>) {
        let connection = self.connections[index as usize];
        let idle = &mut self.endpoints[connection.endpoint as usize].idle;
        let place = idle.partition_point(|i| self.connections[*i as usize].returned <= connection.returned);
        idle.insert(place, index);
        self.seen.idle.up(world.now);
        self.expiries.insert((self.expiry(&connection), index));
        self.arm(world);
    }

    /// Takes a connection out from among the idle ones.
    fn take(&mut self, index: u32, now: Time) {
        let connection = self.connections[index as usize];
        self.expiries.remove(&(self.expiry(&connection), index));
        let idle = &mut self.endpoints[connection.endpoint as usize].idle;
        if let Some(place) = idle.iter().rposition(|i| *i == index) {
            idle.remove(place);
        }
        self.seen.idle.down(now);
    }

    /// Sees to it that this is woken for the next expiry.
    fn arm(&mut self, world: &mut World<'_>) {
        let Some((next, _)) = self.expiries.first() else { return };
        if self.armed.is_none_or(|armed| *next < armed) {
            self.armed = Some(*next);
            world.effects.push(Effect::Wake(next.saturating_since(world.now), 0));
        }
    }

    /// Whether a connection turns out to be broken.
    fn is_broken(&self, index: u32, world: &mut World<'_>) -> bool {
        let by_chance = self.unhealthy > 0.0 && uniform(world) < self.unhealthy;
        by_chance || self.connections[index as usize].breaks <= world.now
    }

    /// A connection for a request, where there is one or may be one more.
    fn grant(&mut self, endpoint: u32, world: &mut World<'_>) -> Option<Grant> {
        let mut cost = 0.0;
        while let Some(index) = self.endpoints[endpoint as usize].idle.last().copied() {
            self.take(index, world.now);
            cost += self.check;
            if self.is_broken(index, world) {
                self.seen.unhealthy += 1;
                self.close(index, world.now);
                continue;
            }
            self.seen.hits += 1;
            return Some(Grant { cost, token: index, ..Grant::holding(1.0) });
        }
        if self.endpoints[endpoint as usize].open >= self.limit {
            return None;
        }
        self.seen.misses += 1;
        let token = self.open(endpoint, world);
        Some(Grant { way: MISS, cost, token, ..Grant::holding(1.0) })
    }

    /// Lets those in line go on as long as there are connections.
    fn serve(&mut self, endpoint: u32, world: &mut World<'_>) {
        while let Some(first) = self.endpoints[endpoint as usize].line.first() {
            let request = first.request;
            let Some(grant) = self.grant(endpoint, world) else { return };
            self.endpoints[endpoint as usize].line.pop();
            self.waiting.remove(&request);
            world.effects.push(Effect::Go(request, grant));
        }
    }

    /// An idle connection that has not been used or tested for so long.
    fn probe(&mut self, span: f64, now: Time) -> Option<u32> {
        let due = |i: &u32| now.saturating_since(self.connections[*i as usize].sound) as f64 >= span;
        let index = self.endpoints.iter().find_map(|endpoint| endpoint.idle.iter().copied().find(|i| due(i)))?;
        self.take(index, now);
        Some(index)
    }
}

/// A uniform number in [0, 1).
fn uniform(world: &mut World<'_>) -> f64 {
    (world.random.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("hits", Dimension::RATE, "requests that got what was there"),
        FigureName::of("misses", Dimension::RATE, "requests for which one had to be made"),
        FigureName::share("hit_ratio", "share of requests that got what was there"),
        FigureName::of("expired", Dimension::RATE, "connections closed for their age, or idle for too long"),
        FigureName::of("unhealthy", Dimension::RATE, "connections found to be broken"),
        FigureName::of("open", Dimension::NONE, "mean number of open connections"),
        FigureName::of("idle", Dimension::NONE, "mean number of those that nobody uses"),
    ];

    fn start(&mut self, world: &mut World<'_>) {
        for endpoint in 0..self.endpoints.len() as u32 {
            for _ in 0..self.warm {
                let index = self.open(endpoint, world);
                self.keep(index, world);
            }
        }
    }

    fn nature(&self) -> Nature {
        let (units, endpoints) = (f64::from(self.limit), self.endpoints.len() as f64);
        Nature::Units { units, endpoints, room: self.room, free: 0.0, waited: 0.0 }
    }

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        if ask.mode == PROBE {
            return Answer::Go(match self.probe(ask.amount, world.now) {
                Some(index) => Grant { token: index | TESTED, ..Grant::holding(1.0) },
                None => Grant::passing(Grant::DENIED),
            });
        }
        // Endpoints count from 1; a pool with only one is asked for no number.
        let endpoint = ask.key.saturating_sub(1);
        if endpoint >= self.endpoints.len() as u64 {
            return Answer::Refuse(Outcome::Refused);
        }
        let endpoint = endpoint as u32;
        if self.endpoints[endpoint as usize].line.is_empty()
            && let Some(grant) = self.grant(endpoint, world)
        {
            return Answer::Go(grant);
        }
        let line = &mut self.endpoints[endpoint as usize].line;
        if line.len() as u64 >= self.room {
            return Answer::Refuse(Outcome::Refused);
        }
        line.push(*ask);
        self.waiting.insert(ask.request, endpoint);
        Answer::Wait
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let index = held.token & !TESTED;
        let tested = held.token & TESTED != 0;
        let now = world.now;
        let endpoint = self.connections[index as usize].endpoint;
        if !held.completed {
            self.close(index, now);
        } else if tested && self.is_broken(index, world) {
            self.seen.unhealthy += 1;
            self.close(index, now);
        } else {
            let connection = &mut self.connections[index as usize];
            connection.sound = now;
            if !tested {
                connection.returned = now;
            }
            if self.expiry(&self.connections[index as usize]) <= now {
                self.seen.expired += 1;
                self.close(index, now);
            } else {
                self.keep(index, world);
            }
        }
        self.serve(endpoint, world);
        0.0
    }

    fn withdraw(&mut self, request: u32, _world: &mut World<'_>) {
        if let Some(endpoint) = self.waiting.remove(&request) {
            self.endpoints[endpoint as usize].line.remove(request);
        }
    }

    fn timer(&mut self, _token: u64, world: &mut World<'_>) {
        while let Some((time, index)) = self.expiries.first().copied()
            && time <= world.now
        {
            self.take(index, world.now);
            self.close(index, world.now);
            self.seen.expired += 1;
        }
        if self.armed.is_some_and(|armed| armed <= world.now) {
            self.armed = None;
        }
        self.arm(world);
    }

    fn reset(&mut self, now: Time) {
        self.seen.open.reset(now);
        self.seen.idle.reset(now);
        let Seen { open, idle, .. } = std::mem::take(&mut self.seen);
        self.seen = Seen { open, idle, ..Seen::default() };
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let count = |of: fn(&Seen) -> u64| all.iter().map(|state| of(&state.seen)).sum::<u64>() as f64;
        let mean = |of: fn(&Seen) -> &Level| {
            Some(all.iter().map(|state| of(&state.seen).integral(measured.end)).sum::<f64>() / measured.span)
        };
        let seconds = measured.span / measured.ticks;
        let (hits, misses) = (count(|seen| seen.hits), count(|seen| seen.misses));
        vec![
            Some(hits / seconds),
            Some(misses / seconds),
            (hits + misses > 0.0).then(|| hits / (hits + misses)),
            Some(count(|seen| seen.expired) / seconds),
            Some(count(|seen| seen.unhealthy) / seconds),
            mean(|seen| &seen.open),
            mean(|seen| &seen.idle),
        ]
    }
}
