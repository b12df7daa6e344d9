//! The steps that a flow can take: one file each (Read and Write share one), with how it is written and how it is compiled.
//!
//! A step compiles to instructions ([`crate::system::Instruction`]); what an instruction does while it runs lives in
//! [`crate::simulation`]. To add a step that is made of existing instructions, write a file with a type that implements
//! [`Compile`] and add its line below.

mod access;
mod admit;
mod allocate;
mod balance;
mod batch;
mod r#become;
mod borrow;
mod choose;
mod compute;
mod connect;
mod delay;
mod fail;
mod fill;
mod fork;
mod handshake;
mod hold;
mod interrupt;
mod lock;
mod lookup;
mod place;
mod publish;
mod put;
mod repeat;
mod retry;
mod route;
mod send;
mod spawn;
mod storage;
mod sync;
mod timeout;
mod token;
mod transfer;
mod wait;

use crate::lower::{Compiler, Path};
use serde::{Deserialize, Serialize};

pub(crate) use choose::cumulate;
pub use compute::Compute;
pub use route::{Next, NextKind};
pub use send::Send;
pub(crate) use storage::Access;
pub use storage::{Read, Write};

/// Declares the list of steps: how each is written in a file, what it does, and which file it lives in.
macro_rules! steps {
    ($($name:ident($type:ty) $about:literal,)*) => {
        /// A step as written.
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[allow(missing_docs)]
        #[allow(clippy::large_enum_variant, reason = "steps are few, and only read while the program is compiled")]
        pub enum Step { $($name($type),)* }

        impl Step {
            /// Names and one line each, for `loadgraph list`.
            pub const LIST: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $about),)*];

            /// Its name.
            pub fn name(&self) -> &'static str {
                match self { $(Step::$name(_) => stringify!($name),)* }
            }

            /// Its label, where it has one.
            pub fn label(&self) -> Option<&str> {
                match self { $(Step::$name(step) => step.label.as_deref(),)* }
            }

            /// Compiles it.
            pub fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
                match self { $(Step::$name(step) => step.compile(compiler, at),)* }
            }

            /// The bodies within it, with their paths below the step.
            pub fn bodies(&self) -> Vec<(String, &[Step])> {
                match self { $(Step::$name(step) => step.bodies(),)* }
            }

            /// The component that serves the request in this step, by name.
            pub fn component(&self) -> Option<&str> {
                match self { $(Step::$name(step) => step.component(),)* }
            }
        }
    };
}

steps! {
    Compute(compute::Compute) "compute on a processor or device: work as time or cycles",
    Send(send::Send) "send over a network: a size, over a network by name or to a component",
    Read(storage::Read) "read from a storage",
    Write(storage::Write) "write to a storage",
    Delay(delay::Delay) "let time pass; nothing is occupied",
    Choose(choose::Choose) "one of several bodies, by probability",
    Repeat(repeat::Repeat) "a body several times",
    Route(route::Route) "probabilistic routing with loops over labelled steps",
    Become(r#become::Become) "go on as a request of another flow (class switching)",
    Balance(balance::Balance) "one of several bodies, by the state of their first stations",
    Fork(fork::Fork) "several bodies at once; join on All, Any or Quorum(k)",
    Spawn(spawn::Spawn) "start a separate request that is not waited for",
    Lookup(lookup::Lookup) "look a key up in a cache, with a body for a hit and one for a miss",
    Invalidate(lookup::Invalidate) "throw an object out of a cache",
    Hold(hold::Hold) "hold units of a semaphore for the length of a body",
    Connect(connect::Connect) "use a connection of a pool for the length of a body",
    Probe(connect::Probe) "test the connections of a pool that nobody uses",
    Borrow(borrow::Borrow) "use an object of a pool for the length of a body",
    Put(put::Put) "put a message into a channel; a consumer runs the body",
    Fill(fill::Fill) "put bytes into a buffer, which may be flushed",
    Drain(fill::Drain) "take bytes out of a buffer, which may be filled",
    Transfer(Box<transfer::Transfer>) "move data within memory: by a copy, or by a DMA controller",
    Lock(lock::Lock) "hold a lock while a body runs, or change a structure without locks",
    Batch(batch::Batch) "gather requests; a body runs once for all of them",
    Publish(publish::Publish) "an event for the handlers of a topic",
    Handshake(handshake::Handshake) "open a TLS connection: round trips and work on both ends",
    Token(token::Token) "make or verify a web token",
    Admit(admit::Admit) "hold cores, memory, bandwidth and storage for the length of a body, all or nothing",
    Place(place::Place) "a body on the node where an orchestrator has placed a service",
    Interrupt(interrupt::Interrupt) "a processor turns to the handler of a line at once",
    Await(wait::Await) "wait for a result on a processor: polling, or until woken",
    Allocate(allocate::Allocate) "hold memory of a pool or a collected heap for the length of a body",
    Access(access::Access) "access a mapped file: missing pages are read from its storage",
    Sync(sync::Sync) "write the dirty pages of a mapped file to its storage",
    Timeout(timeout::Timeout) "abort a body after a time",
    Retry(retry::Retry) "try a body again when it fails, is lost, dropped or timed out",
    Fail(fail::Fail) "leave as failed",
}

/// How a step is turned into instructions.
pub trait Compile {
    /// Appends its instructions; mistakes are reported under the path `at`.
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path);

    /// The bodies within it, with their paths below the step.
    fn bodies(&self) -> Vec<(String, &[Step])> {
        Vec::new()
    }

    /// The component that serves the request in this step, by name.
    fn component(&self) -> Option<&str> {
        None
    }
}
