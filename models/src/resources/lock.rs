//! `Lock`: a structure that requests take turns at, or change without waiting for each other.
//!
//! ```text
//!   Mutex, Spin   one at a time                      Lock ──▶ [ line ] ──▶ body ──▶ next: after `hand_over`
//!   RwLock        one writer, or many readers        Lock ──▶ [ line by `prefer` ] ──▶ body ──▶ ..
//!   LockFree      all at once, first come first      Lock ──▶ body ──▶ compare and swap ──▶ done
//!                 served; the others repeat                    ▲──── another one was first ──┘
//! ```

use super::ledger::Ledger;
pub use super::waiting::Order as LockOrder;
use super::{
    Answer, Ask, Effect, Exclusion, FigureName, Grant, Held, Line, Measured, Nature, Prototype, Resource, World,
    passive,
};
use crate::lower::{Lower, Path};
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::time::Time;

/// What is wanted of a lock; the values of [`Ask::mode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mode {
    /// To read: together with other readers, where the kind of lock allows it.
    Shared,
    /// To change: alone.
    #[default]
    Exclusive,
}

/// Who goes first at a read-write lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Prefer {
    /// Whoever came first: a reader waits behind a writer who waits.
    #[default]
    Fifo,
    /// Readers: a writer waits until there are none, perhaps for ever (Courtois, Heymans, Parnas 1971, first problem).
    Readers,
    /// Writers: a reader waits until there are none (the same, second problem).
    Writers,
}

/// How requests are kept apart.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub enum LockKind {
    /// One at a time; the others sleep in line (Dijkstra 1965).
    #[default]
    Mutex,
    /// One writer or many readers.
    RwLock {
        /// Who goes first (default `Fifo`).
        #[serde(default)]
        prefer: Option<Prefer>,
    },
    /// One at a time; the others burn a processor meanwhile (Anderson 1990).
    Spin {
        /// The processor or device that they burn.
        on: String,
        /// Whether they let others have the processor between two polls, in no order; else each keeps a core until its
        /// turn comes, in line, as a ticket lock does (default false).
        #[serde(default)]
        yields: Option<bool>,
        /// Time of one poll, where they yield (default 1 us).
        #[serde(default)]
        poll: Option<Scalar>,
    },
    /// No lock: bodies run at once, and at its end each compares and swaps. Where another one has succeeded since it
    /// began, it is repeated (Herlihy 1991). Who reads sees a snapshot, and neither repeats nor disturbs anybody.
    LockFree,
}

passive! {
    /// A mutex, read-write lock, spin lock or lock-free structure, used by the step `Lock`.
    Lock {
        /// How requests are kept apart (default `Mutex`). A Mutex and a Spin lock know no readers: Shared is Exclusive.
        kind: LockKind,
        /// Time to take it when it is free (default 0 s).
        acquire: Scalar,
        /// Time from its release to the start of one who waited, or before a lock-free body is repeated (default 0 s).
        hand_over: Scalar,
        /// The processor or device that `acquire` and `hand_over` are computed on (default: they pass).
        on: String,
        /// Who is next of those in line (default `Fifo`).
        order: LockOrder,
    }
    Lock::prototype
}

impl Lock {
    /// How requests are kept apart.
    pub fn kind(&self) -> LockKind {
        self.kind.clone().unwrap_or_default()
    }

    /// Whether taking or handing it over may take time.
    pub fn costs(&self) -> bool {
        self.acquire.is_some() || self.hand_over.is_some()
    }

    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let ticks = lower.clock().ticks_per_second();
        let time = |name: &str, value: &Option<Scalar>| {
            let value = value.as_ref().map(|value| lower.not_negative(&at.field(name), value, Dimension::TIME));
            value.unwrap_or(0.0) * ticks
        };
        let (acquire, hand_over) = (time("acquire", &self.acquire), time("hand_over", &self.hand_over));
        if self.on.is_some() && !self.costs() {
            let help = "give `acquire` or `hand_over`, or leave it out";
            lower.problem_with_help(&at.field("on"), "there is nothing to compute there", help);
        }
        let access = match self.kind() {
            LockKind::Mutex => Access::One(Waits::InLine),
            LockKind::RwLock { prefer } => Access::Many(prefer.unwrap_or_default()),
            LockKind::Spin { yields, poll, .. } => {
                let yields = yields.unwrap_or(false);
                if poll.is_some() && !yields {
                    let help = "add `yields: true`, or leave it out";
                    let at = at.field("kind").field("poll");
                    lower.problem_with_help(&at, "who spins without yielding polls all the time", help);
                }
                Access::One(if yields { Waits::Polling } else { Waits::Burning })
            }
            LockKind::LockFree => Access::Optimistic,
        };
        let ordered = !matches!(access, Access::Many(Prefer::Readers | Prefer::Writers));
        let in_line = !matches!(access, Access::Optimistic | Access::One(Waits::Polling));
        if self.order.is_some() && !(ordered && in_line) {
            let help = "leave `order` out";
            let why = if ordered { "nobody stands in line here" } else { "`prefer` says who is next already" };
            lower.problem_with_help(&at.field("order"), why, help);
        }
        let state = State { access, acquire, hand_over, order: self.order.unwrap_or_default(), ..State::default() };
        Prototype { state: super::State::Lock(Box::new(state)), units: 1.0 }
    }
}

/// How those wait who cannot have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Waits {
    /// Asleep.
    #[default]
    InLine,
    /// Polling when the processor comes round to them.
    Polling,
    /// Keeping a processor busy.
    Burning,
}

/// Who may be inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    One(Waits),
    Many(Prefer),
    Optimistic,
}

impl Default for Access {
    fn default() -> Access {
        Access::One(Waits::InLine)
    }
}

const SHARED: u8 = Mode::Shared as u8;

/// Somebody inside.
#[derive(Clone, Copy, Debug)]
struct Inside {
    since: Time,
    shared: bool,
    /// Whether it had to wait, or to repeat.
    contended: bool,
    /// The version that it began with.
    version: u64,
    /// Repetitions so far.
    repeated: u64,
}

/// The state of a lock.
#[derive(Clone, Debug, Default)]
pub struct State {
    access: Access,
    acquire: f64,
    hand_over: f64,
    order: LockOrder,
    line: Line,
    /// Those inside.
    inside: Ledger<Inside>,
    readers: u32,
    writers: u32,
    /// Changes so far.
    version: u64,
    seen: Seen,
}

/// What was observed since the warm-up.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Times taken and given back again.
    taken: u64,
    shared: u64,
    contended: u64,
    /// Sum of the times it was held [ticks].
    held: u128,
    /// Bodies repeated, or polls in vain.
    retries: u64,
}

impl State {
    fn is_shared(&self, ask: &Ask) -> bool {
        ask.mode == SHARED && !matches!(self.access, Access::One(_))
    }

    /// The place in the line: those who are preferred before the others.
    fn key(&self, ask: &Ask) -> u64 {
        match self.access {
            Access::Many(Prefer::Readers) => u64::from(!self.is_shared(ask)),
            Access::Many(Prefer::Writers) => u64::from(self.is_shared(ask)),
            _ => self.order.key(ask),
        }
    }

    fn is_open(&self, shared: bool) -> bool {
        match self.access {
            Access::Optimistic => true,
            _ => self.writers == 0 && (shared || self.readers == 0),
        }
    }

    /// Lets a request in.
    fn enter(&mut self, ask: &Ask, waited: bool, world: &mut World<'_>) -> Grant {
        let shared = self.is_shared(ask);
        if self.readers + self.writers == 0 {
            world.effects.push(Effect::Units(1));
        }
        *(if shared { &mut self.readers } else { &mut self.writers }) += 1;
        let inside = Inside { since: world.now, shared, contended: waited, version: self.version, repeated: 0 };
        let token = self.inside.put(inside);
        Grant { token, cost: if waited { self.hand_over } else { self.acquire }, ..Grant::holding(0.0) }
    }

    /// Lets in line in as long as the first one can.
    fn serve(&mut self, world: &mut World<'_>) {
        while let Some(first) = self.line.first()
            && self.is_open(self.is_shared(first))
        {
            let Some(ask) = self.line.pop() else { return };
            let grant = self.enter(&ask, true, world);
            world.effects.push(Effect::Go(ask.request, grant));
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::share("contended", "share of the times it was taken that had to wait, or to repeat"),
        FigureName::share("shared", "share of the times it was taken by readers, beside others"),
        FigureName::of("hold", Dimension::TIME, "mean time from getting it to giving it back"),
        FigureName::of("retries", Dimension::NONE, "repetitions, or polls in vain, for each time it was taken"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let key = self.key(ask);
        // Those who are preferred pass by the others.
        let first = self.line.first_key().is_none_or(|other| key < other && matches!(self.access, Access::Many(_)));
        if self.is_open(self.is_shared(ask)) && first {
            return Answer::Go(self.enter(ask, ask.again, world));
        }
        match self.access {
            Access::One(Waits::Polling) => {
                self.seen.retries += u64::from(ask.again);
                return Answer::Spin;
            }
            Access::One(Waits::Burning) if ask.again => return Answer::Spin,
            _ if !ask.waits && !matches!(self.access, Access::One(Waits::Burning)) => {
                return Answer::Go(Grant::passing(Grant::DENIED));
            }
            _ => {}
        }
        self.line.push_at(key, *ask);
        if self.access == Access::One(Waits::Burning) { Answer::Spin } else { Answer::Wait }
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let inside = self.inside.take(held.token);
        *(if inside.shared { &mut self.readers } else { &mut self.writers }) -= 1;
        if self.readers + self.writers == 0 {
            world.effects.push(Effect::Units(-1));
        }
        if held.completed {
            self.seen.taken += 1;
            self.seen.shared += u64::from(inside.shared);
            self.seen.contended += u64::from(inside.contended);
            self.seen.held += u128::from(world.now.saturating_since(inside.since));
        }
        self.serve(world);
        0.0
    }

    fn commit(&mut self, held: &Held, _world: &mut World<'_>) -> Option<Grant> {
        let inside = self.inside.get_mut(held.token);
        if inside.shared {
            return None;
        }
        if inside.version == self.version {
            self.version += 1;
            return None;
        }
        // What is compared is seen at the same time: the next attempt begins with it.
        inside.version = self.version;
        inside.contended = true;
        inside.repeated += 1;
        self.seen.retries += 1;
        Some(Grant { token: held.token, cost: self.hand_over, ..Grant::holding(0.0) })
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        self.line.remove(request);
        self.serve(world);
    }

    fn reset(&mut self, _now: Time) {
        self.seen = Seen::default();
    }

    fn exclusion(&self) -> Exclusion {
        match self.access {
            Access::One(_) => Exclusion::Units(1.0),
            Access::Many(prefer) => Exclusion::Modes { readers_wait: prefer != Prefer::Readers },
            Access::Optimistic => Exclusion::Success,
        }
    }

    fn nature(&self) -> Nature {
        match self.access {
            Access::One(Waits::InLine) => {
                let (free, waited) = (self.acquire, self.hand_over);
                Nature::Units { units: 1.0, endpoints: 1.0, room: u64::MAX, free, waited }
            }
            _ => Nature::Other,
        }
    }

    fn would_go(&self, held: &[Held], lives: &dyn Fn(u32) -> bool) -> Option<Vec<u32>> {
        if self.access == Access::One(Waits::Polling) {
            return None;
        }
        // Who does not live keeps what it holds, unless it is let in from the line itself.
        let mut stuck: Vec<&Held> = held.iter().filter(|held| !lives(held.request)).collect();
        let mut go = Vec::new();
        for ask in self.line.iter() {
            let shared = self.is_shared(ask);
            if stuck.iter().all(|held| shared && self.inside.get(held.token).shared) {
                go.push(ask.request);
                stuck.retain(|held| held.request != ask.request);
            } else if !lives(ask.request) {
                break;
            }
        }
        Some(go)
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let sum = |of: fn(&Seen) -> u64| all.iter().map(|state| of(&state.seen)).sum::<u64>() as f64;
        let held = all.iter().map(|state| state.seen.held as f64).sum::<f64>();
        let taken = sum(|seen| seen.taken);
        let each = |value: f64| (taken > 0.0).then(|| value / taken);
        let repeats = |state: &&Self| matches!(state.access, Access::Optimistic | Access::One(Waits::Polling));
        let shares = |state: &&Self| !matches!(state.access, Access::One(_));
        vec![
            each(sum(|seen| seen.contended)),
            all.first().filter(|state| shares(state)).and_then(|_| each(sum(|seen| seen.shared))),
            each(held / measured.ticks),
            all.first().filter(|state| repeats(state)).and_then(|_| each(sum(|seen| seen.retries))),
        ]
    }
}
