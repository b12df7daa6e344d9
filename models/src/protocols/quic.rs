//! `Quic`: data of a QUIC stream (RFC 9000; Iyengar, Thomson 2021).
//!
//! ```text
//!   datagram = flags 1 | connection id | packet number 2 | frame: type 1, stream 1, offset 2, length 2, data | tag 16
//! ```
//!
//! UDP and IP are the `header` of the network.

use super::connect::{Flight, QuicConnect};
use super::{After, Curve, Describe, Message, Rules, bytes};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// Data of a QUIC stream.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quic {
    /// Length of the connection identifier (default 8 B).
    pub identifier: Option<Scalar>,
    /// Length of a datagram (default 1200 B, the least that every path must carry: section 14).
    pub datagram: Option<Scalar>,
    /// What opens a connection before the message (default `Kept`).
    pub connect: Option<QuicConnect>,
}

/// Flags, packet number and tag of a packet, and the header of a STREAM frame.
const PACKET: f64 = 1.0 + 2.0 + 16.0 + 6.0;
/// A first flight is padded to 1200 bytes (section 14.1).
const INITIAL: f64 = 1200.0;
/// A server sends at most three times what it got before the address is validated (section 8.1).
const ANSWER: f64 = 3.0 * INITIAL;

impl Describe for Quic {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let each = PACKET + bytes(lower, at, "identifier", &self.identifier, 8.0);
        let datagram = bytes(lower, at, "datagram", &self.datagram, 1200.0);
        let room = datagram - each;
        if room < 1.0 {
            let help = format!("give at least {} B", each + 1.0);
            lower.problem_with_help(&at.field("datagram"), "nothing fits such a datagram", help);
        }
        let connect = self.connect.unwrap_or_default();
        Rules::Message(Message {
            wire: Curve::new(move |payload| {
                let wire = payload + (payload / room.max(1.0)).ceil().max(1.0) * each;
                if connect == QuicConnect::ZeroRtt { wire.max(INITIAL) } else { wire }
            }),
            opening: match connect {
                QuicConnect::OneRtt => vec![Flight::there(INITIAL), Flight::back(ANSWER)],
                QuicConnect::Kept | QuicConnect::ZeroRtt => Vec::new(),
            },
            after: After::Nothing,
            wait: false,
        })
    }
}
