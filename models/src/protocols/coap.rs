//! `Coap`: the constrained application protocol (RFC 7252; Shelby, Hartke, Bormann 2014).
//!
//! ```text
//!   header 4 | token 0..8 | options | marker 1 and payload            acknowledgement: 4 bytes
//!   confirmable: sent again after T, 2T, 4T, 8T, with T uniform in [2 s, 3 s] (ACK_TIMEOUT x 1..ACK_RANDOM_FACTOR)
//! ```
//!
//! A message that waits for its acknowledgement counts each exchange of both as an attempt; one that does not goes on when
//! it has arrived, and what follows goes on by itself, duplicates included.

use super::{After, Curve, Describe, Message, Rules, bytes, seconds, whole};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// A message sent with CoAP.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Coap {
    /// Whether it is acknowledged, and sent again when it is not (default true).
    pub confirmable: Option<bool>,
    /// Length of the token (default 4 B).
    pub token: Option<Scalar>,
    /// Length of the options, such as a path (default 10 B).
    pub options: Option<Scalar>,
    /// Least time before the first retransmission (default 2 s).
    pub timeout: Option<Scalar>,
    /// Greatest over least (default 1.5).
    pub spread: Option<Scalar>,
    /// Retransmissions (default 4).
    pub times: Option<Scalar>,
    /// Whether the request goes on only when the acknowledgement is back (default: when the message has arrived).
    pub wait: Option<bool>,
}

/// An empty acknowledgement is a header.
const HEADER: f64 = 4.0;

impl Describe for Coap {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let token = bytes(lower, at, "token", &self.token, 4.0);
        if token > 8.0 {
            lower.problem_with_help(&at.field("token"), "a token has at most 8 bytes", "give 0 B to 8 B");
        }
        let options = bytes(lower, at, "options", &self.options, 10.0);
        let spread = self.spread.as_ref().map_or(1.5, |spread| {
            let at = at.field("spread");
            let value = lower.positive(&at, spread, crate::units::Dimension::NONE);
            if value < 1.0 {
                lower.problem_with_help(&at, "the greatest time is not less than the least", "give 1 or more");
            }
            value.max(1.0)
        });
        let confirmed = After::Confirmed {
            acknowledgement: HEADER,
            timeout: seconds(lower, at, "timeout", &self.timeout, 2.0),
            spread,
            times: whole(lower, at, "times", &self.times, (0, 10), 4) as u32,
        };
        let confirmable = self.confirmable.unwrap_or(true);
        if !confirmable && (self.wait.is_some() || self.times.is_some() || self.timeout.is_some()) {
            let help = "leave `wait`, `times` and `timeout` out, or make it confirmable";
            lower.problem_with_help(at, "a message that is not confirmable is sent once, and not acknowledged", help);
        }
        Rules::Message(Message {
            wire: Curve::new(move |payload| {
                let marker = if payload > 0.0 { 1.0 } else { 0.0 };
                HEADER + token + options + marker + payload
            }),
            opening: Vec::new(),
            after: if confirmable { confirmed } else { After::Nothing },
            wait: self.wait.unwrap_or(false),
        })
    }
}
