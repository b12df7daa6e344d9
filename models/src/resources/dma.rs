//! `Dma`: a controller whose channels move data without the processor.
//!
//! ```text
//!   Transfer(mode: ZeroCopy) ──▶ [ line ] ──▶ channel: set-up, then size / bandwidth ──▶ given back
//!                                 full: Queue | Fail
//! ```

pub use super::waiting::Order;
use super::{Answer, Ask, Effect, Grant, Held, Line, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, DistributionSpec, Named, Scalar};
use serde::{Deserialize, Serialize};

/// What a transfer finds when all channels are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum DmaFull {
    /// It waits for one.
    #[default]
    Queue,
    /// The request fails.
    Fail,
}

passive! {
    /// A controller that moves data without the processor (direct memory access).
    Dma {
        /// Transfers at once (default 1).
        channels: Scalar,
        /// Rate of each channel.
        bandwidth: Scalar,
        /// Time to program a channel, before it transfers (default 0 s).
        setup: DistributionSpec,
        /// What happens when all channels are taken (default `Queue`).
        full: DmaFull,
        /// Who is next (default `Fifo`).
        order: Order,
    }
    Dma::prototype
}

impl Dma {
    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let channels = self.channels.as_ref().map_or(1, |n| lower.whole(&at.field("channels"), n, 1, 1 << 50));
        if self.bandwidth.is_none() {
            lower.problem_with_help(at, "a Dma needs a bandwidth", "give `bandwidth: \"10 GB/s\"`");
        }
        let state = State {
            free: channels,
            full: self.full.unwrap_or_default(),
            line: Line::new(self.order.unwrap_or_default()),
        };
        Prototype { state: super::State::Dma(Box::new(state)), units: channels as f64 }
    }
}

/// The state of a controller.
#[derive(Clone, Debug)]
pub struct State {
    free: u64,
    full: DmaFull,
    line: Line,
}

impl Resource for State {
    fn ask(&mut self, ask: &Ask, _world: &mut World<'_>) -> Answer {
        if self.free > 0 {
            self.free -= 1;
            return Answer::Go(Grant::holding(1.0));
        }
        if self.full == DmaFull::Fail {
            return Answer::Refuse(Outcome::Failed);
        }
        self.line.push(*ask);
        Answer::Wait
    }

    fn release(&mut self, _held: &Held, world: &mut World<'_>) -> f64 {
        match self.line.pop() {
            Some(next) => world.effects.push(Effect::Go(next.request, Grant::holding(1.0))),
            None => self.free += 1,
        }
        0.0
    }

    fn withdraw(&mut self, request: u32, _world: &mut World<'_>) {
        self.line.remove(request);
    }
}
