//! `Http2`: a message of HTTP/2 (RFC 9113): a HEADERS frame, then DATA frames of at most 16 384 bytes, 9 bytes of frame
//! header each. Header fields that were sent before are indices (RFC 7541).

use super::connect::Connect;
use super::{After, Curve, Describe, Message, Rules, bytes};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// A request or response of HTTP/2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http2 {
    /// Compressed header fields (default 30 B: mostly indices).
    pub headers: Option<Scalar>,
    /// What opens a connection before the message (default `Kept`).
    pub connect: Option<Connect>,
}

/// Header of a frame.
const FRAME: f64 = 9.0;
/// The most that a DATA frame holds, unless the peer allows more.
const MOST: f64 = 16_384.0;

/// Bytes of a message of so many bytes.
pub fn message(headers: f64, body: f64) -> f64 {
    FRAME + headers + (body / MOST).ceil() * FRAME + body
}

impl Describe for Http2 {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let headers = bytes(lower, at, "headers", &self.headers, 30.0);
        Rules::Message(Message {
            wire: Curve::new(move |payload| message(headers, payload)),
            opening: self.connect.unwrap_or_default().flights(),
            after: After::Nothing,
            wait: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn data_goes_in_frames_of_16_kib() {
        assert_eq!([0.0, 1.0, 16_384.0, 16_385.0].map(|body| message(30.0, body)), [39.0, 49.0, 16_432.0, 16_442.0]);
    }
}
