//! `Tokens`: signed web tokens (RFC 7519; Jones, Bradley, Sakimura 2015) that are made and verified.
//!
//! ```text
//!   Token(Verify) ──▶ form? ──▶ signature (takes time) ──▶ expired? ──▶ goes on
//!                      └─ refused        └─ refused              └─ refused
//! ```
//!
//! What a token costs: a signature of `openssl speed` 3.0.19 on one core (RSA-2048 3427 /s, P-256 48 234 /s) to make one,
//! and 106 us (RS256) or 223 us (ES256) to verify one, which are second-hand figures of libraries; those of HS256 are orders
//! of magnitude. Give your own where it matters.

use super::{Answer, Ask, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::time::Time;

passive! {
    /// Web tokens of one kind: what it takes to make and to verify them, and which share of them is bad.
    Tokens {
        /// `Hs256`, `Rs256` or `Es256` (default `Rs256`).
        algorithm: Algorithm,
        /// Time to make one (default: by the algorithm).
        create: Scalar,
        /// Time to verify one (default: by the algorithm).
        verify: Scalar,
        /// Share of tokens that are no tokens: refused at once (default 0).
        bad_form: Scalar,
        /// Share of tokens with a wrong signature: refused when it has been verified (default 0).
        bad_signature: Scalar,
        /// Share of tokens that have expired: refused when they have been verified (default 0).
        expired: Scalar,
    }
    Tokens::prototype
}

/// How tokens are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// RSA with 2048 bits.
    #[default]
    Rs256,
    /// ECDSA over P-256.
    Es256,
}

impl Algorithm {
    /// Times to make and to verify [s].
    pub fn times(self) -> (f64, f64) {
        match self {
            Algorithm::Hs256 => (2e-6, 4e-6),
            Algorithm::Rs256 => (1.0 / 3427.0, 106e-6),
            Algorithm::Es256 => (1.0 / 48_234.0, 223e-6),
        }
    }
}

impl Tokens {
    /// A token is made.
    pub const CREATE: u8 = 0;
    /// The form of a token is looked at; then its signature takes time.
    pub const VERIFY: u8 = 1;
    /// What came out.
    pub const VERDICT: u8 = 2;
    /// Keys are uniform up to here.
    pub const KEYS: f64 = (1u64 << 53) as f64;

    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let (create, verify) = self.algorithm.unwrap_or_default().times();
        let ticks = lower.clock().ticks_per_second();
        let time = |field: &str, value: &Option<Scalar>, default: f64| {
            let seconds = value.as_ref().map(|v| lower.not_negative(&at.field(field), v, Dimension::TIME));
            seconds.unwrap_or(default) * ticks
        };
        let share = |field: &str, value: &Option<Scalar>| {
            value.as_ref().map_or(0.0, |value| lower.probability(&at.field(field), value))
        };
        let shares = [
            share("bad_form", &self.bad_form),
            share("bad_signature", &self.bad_signature),
            share("expired", &self.expired),
        ];
        let sum: f64 = shares.iter().sum();
        if sum > 1.0 + 1e-12 {
            let message = format!("the shares of bad tokens add up to {sum}");
            lower.problem_with_help(at, message, "`bad_form`, `bad_signature` and `expired` exclude each other");
        }
        let state = State {
            create: time("create", &self.create, create),
            verify: time("verify", &self.verify, verify),
            below: [shares[0], shares[0] + shares[1], sum],
            counts: [0; 5],
        };
        Prototype { state: super::State::Tokens(Box::new(state)), units: 0.0 }
    }
}

/// The state of tokens: nothing but counts.
#[derive(Clone, Debug)]
pub struct State {
    create: f64,
    verify: f64,
    /// Cumulative shares of bad form, bad signature, expired.
    below: [f64; 3],
    /// Bad form, bad signature, expired, accepted, made.
    counts: [u64; 5],
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("tokens_bad_form", Dimension::RATE, "tokens refused for their form"),
        FigureName::of("tokens_bad_signature", Dimension::RATE, "tokens refused for their signature"),
        FigureName::of("tokens_expired", Dimension::RATE, "tokens refused as expired"),
        FigureName::of("tokens_accepted", Dimension::RATE, "tokens accepted"),
        FigureName::of("tokens_created", Dimension::RATE, "tokens made"),
    ];

    fn ask(&mut self, ask: &Ask, _world: &mut World<'_>) -> Answer {
        let share = ask.key as f64 / Tokens::KEYS;
        // The last place is that of a good token.
        let kind = self.below.iter().position(|below| share < *below).unwrap_or(3);
        let holding = |cost: f64| Answer::Go(Grant { way: 0, holds: true, units: 0.0, cost, token: 0 });
        match ask.mode {
            Tokens::CREATE => {
                self.counts[4] += 1;
                holding(self.create)
            }
            Tokens::VERIFY if kind == 0 => {
                self.counts[0] += 1;
                Answer::Refuse(Outcome::Refused)
            }
            Tokens::VERIFY => holding(self.verify),
            _ => {
                self.counts[kind] += 1;
                if kind == 3 { Answer::Go(Grant::passing(Grant::DENIED)) } else { Answer::Refuse(Outcome::Refused) }
            }
        }
    }

    fn release(&mut self, _held: &Held, _world: &mut World<'_>) -> f64 {
        0.0
    }

    fn withdraw(&mut self, _request: u32, _world: &mut World<'_>) {}

    fn reset(&mut self, _now: Time) {
        self.counts = [0; 5];
    }

    fn measure(all: &[&State], measured: Measured) -> Vec<Option<f64>> {
        let seconds = measured.span / measured.ticks;
        (0..5).map(|i| Some(all.iter().map(|state| state.counts[i] as f64).sum::<f64>() / seconds)).collect()
    }
}
