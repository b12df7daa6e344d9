//! `Grpc`: a message of gRPC: five bytes of prefix (a flag and the length) before each message, within the DATA frames of
//! HTTP/2 ("gRPC over HTTP2", protocol documentation).

use super::connect::Connect;
use super::{After, Curve, Describe, Message, Rules, bytes, http2};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// A unary request or response of gRPC.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grpc {
    /// Compressed header fields, trailers included (default 40 B).
    pub headers: Option<Scalar>,
    /// What opens a connection before the message (default `Kept`).
    pub connect: Option<Connect>,
}

/// Flag and length before each message.
const PREFIX: f64 = 5.0;

impl Describe for Grpc {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let headers = bytes(lower, at, "headers", &self.headers, 40.0);
        Rules::Message(Message {
            wire: Curve::new(move |payload| http2::message(headers, PREFIX + payload)),
            opening: self.connect.unwrap_or_default().flights(),
            after: After::Nothing,
            wait: false,
        })
    }
}
