//! `Http1`: a message of HTTP/1.1 (RFC 9112), a request or a response: header lines as text, then the body.

use super::connect::Connect;
use super::{After, Curve, Describe, Message, Rules, bytes};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// A request or response of HTTP/1.1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http1 {
    /// Start line and header lines (default 200 B; requests have from about 200 B to over 2 kB: Belshe, Peon 2009).
    pub headers: Option<Scalar>,
    /// What opens a connection before the message (default `Kept`).
    pub connect: Option<Connect>,
}

impl Describe for Http1 {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let headers = bytes(lower, at, "headers", &self.headers, 200.0);
        Rules::Message(Message {
            wire: Curve::new(move |payload| headers + payload),
            opening: self.connect.unwrap_or_default().flights(),
            after: After::Nothing,
            wait: false,
        })
    }
}
