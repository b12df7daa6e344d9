//! Protocols: what a message costs on the wire, one file each, with how it is written and what it adds.
//!
//! ```text
//!   Send ─▶ message protocol: bytes around the payload, acknowledgements, what opens a connection   (Mqtt, Coap, Http1 ..)
//!        ─▶ link protocol: frames, their time on the air, access to the channel                     (LoRaWan, Ble, ..)
//! ```
//!
//! A message protocol stands on a `Send`, or on a `Network` for all that is sent over it; a link protocol on a `Network`.
//! What a protocol becomes is [`Message`] or [`Link`]; how these are sent is compiled in `lower/transmit.rs`. To add one:
//! a file with its spec type that implements [`Describe`], and its line below.

mod ble;
mod coap;
mod codec;
mod connect;
mod framing;
mod grpc;
mod http1;
mod http2;
mod ieee802154;
mod lorawan;
mod mqtt;
mod quic;
mod tls;
mod wifi;

use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

pub use codec::{CODECS, Codec, Compress};
pub use connect::{Connect, Flight, QuicConnect, TCP};
pub use framing::Framing;
pub use lorawan::Contention;
pub use tls::{Costs, SUITES, Signature, Suite, Version, costs, flights};

/// Declares the list of protocols: how each is written, and what it is.
macro_rules! protocols {
    ($($name:ident($module:ident) $about:literal,)*) => {
        $(pub use $module::$name;)*

        /// A protocol as written.
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[allow(missing_docs)]
        pub enum Protocol { $($name($name),)* }

        impl Protocol {
            /// Names and one line each, for `loadgraph list`.
            pub const LIST: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $about),)*];

            /// Its name.
            pub fn name(&self) -> &'static str {
                match self { $(Protocol::$name(_) => stringify!($name),)* }
            }

            /// What it does; mistakes are reported under `at`.
            pub fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
                match self { $(Protocol::$name(protocol) => protocol.describe(lower, at),)* }
            }
        }
    };
}

protocols! {
    Mqtt(mqtt) "MQTT 3.1.1 or 5 with quality of service 0, 1 or 2",
    Coap(coap) "CoAP, confirmable or not, with its retransmissions",
    Http1(http1) "HTTP/1.1",
    Http2(http2) "HTTP/2",
    Grpc(grpc) "gRPC over HTTP/2",
    Quic(quic) "a QUIC stream",
    LoRaWan(lorawan) "LoRa frames: time on air, duty cycle, collisions (pure ALOHA)",
    Ieee802154(ieee802154) "IEEE 802.15.4 at 250 kbit/s with back-off and acknowledgement",
    Ble(ble) "Bluetooth LE data packets at 1 Mbit/s",
    Wifi(wifi) "IEEE 802.11a/g frames with back-off and acknowledgement",
}

/// What a protocol does.
#[derive(Clone, Debug)]
pub enum Rules {
    /// To a message.
    Message(Message),
    /// On a link.
    Link(Link),
}

/// How a protocol becomes what it does.
pub trait Describe {
    /// What it does; mistakes are reported under `at`.
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules;
}

/// A function of a number of bytes, or of seconds.
#[derive(Clone)]
pub struct Curve(pub Arc<dyn Fn(f64) -> f64 + Send + Sync>);

impl Curve {
    /// Wraps a function.
    pub fn new(of: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Curve {
        Curve(Arc::new(of))
    }

    /// Its value.
    pub fn at(&self, x: f64) -> f64 {
        (self.0)(x)
    }
}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Curve({} at 0, {} at 100)", self.at(0.0), self.at(100.0))
    }
}

/// A message protocol.
#[derive(Clone, Debug)]
pub struct Message {
    /// Bytes of the message with all that the protocol adds to so many bytes of payload.
    pub wire: Curve,
    /// What opens a connection before the message.
    pub opening: Vec<Flight>,
    /// What follows the message.
    pub after: After,
    /// Whether the request waits for what follows.
    pub wait: bool,
}

/// What follows a message.
#[derive(Clone, Debug)]
pub enum After {
    /// Nothing.
    Nothing,
    /// Replies and further messages in turn.
    Replies(Vec<Flight>),
    /// A confirmable message: acknowledged, or sent again after a time that doubles.
    #[allow(missing_docs)]
    Confirmed { acknowledgement: f64, timeout: f64, spread: f64, times: u32 },
}

/// A link protocol.
#[derive(Clone, Debug)]
pub struct Link {
    /// Bytes of payload that fit a frame; what is longer goes in several.
    pub most: f64,
    /// Bytes that each frame adds.
    pub overhead: f64,
    /// Time of a frame of so many bytes, overhead included [s].
    pub airtime: Curve,
    /// Time that each frame keeps the channel beyond that: gaps and acknowledgements [s].
    pub gap: f64,
    /// Times before access to the channel, each with equal probability [s].
    pub access: Vec<f64>,
    /// What senders do to each other, where nobody coordinates them.
    pub contention: Option<Contention>,
}

impl Link {
    /// Time on the channel for so many bytes [s].
    pub fn time(&self, bytes: f64) -> f64 {
        let (full, rest) = self.frames(bytes);
        let of = |payload: f64| self.airtime.at(payload + self.overhead) + self.gap;
        full * if full > 0.0 { of(self.most) } else { 0.0 } + rest.map_or(0.0, of)
    }

    /// Bytes on the air for so many bytes.
    pub fn wire(&self, bytes: f64) -> f64 {
        let (full, rest) = self.frames(bytes);
        bytes + (full + f64::from(u8::from(rest.is_some()))) * self.overhead
    }

    /// Full frames, and the payload of a further one; an empty message is a frame too.
    fn frames(&self, bytes: f64) -> (f64, Option<f64>) {
        let full = (bytes / self.most).floor();
        let rest = bytes - full * self.most;
        (full, (rest > 0.0 || full == 0.0).then_some(rest))
    }
}

/// A number of bytes as written, or a default.
fn bytes(lower: &Lower<'_>, at: &Path, field: &str, value: &Option<Scalar>, default: f64) -> f64 {
    value.as_ref().map_or(default, |value| lower.not_negative(&at.field(field), value, Dimension::DATA) / 8.0)
}

/// A whole number as written, or a default.
fn whole(lower: &Lower<'_>, at: &Path, field: &str, value: &Option<Scalar>, range: (u64, u64), default: u64) -> u64 {
    value.as_ref().map_or(default, |value| lower.whole(&at.field(field), value, range.0, range.1))
}

/// A time as written, or a default [s].
fn seconds(lower: &Lower<'_>, at: &Path, field: &str, value: &Option<Scalar>, default: f64) -> f64 {
    value.as_ref().map_or(default, |value| lower.positive(&at.field(field), value, Dimension::TIME))
}
