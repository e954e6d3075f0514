//! The ways a receiver can be told to misbehave.

use std::time::Duration;

/// One misbehaviour, used up by the first connection or request it fits.
///
/// Queue them with [`Receiver::script`](crate::Receiver::script). A refused connection is not in the list:
/// drop the receiver and its port refuses.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    // -- for the next new connection; no request is read and none is recorded --
    /// Resets the connection as soon as it is accepted.
    ResetOnAccept,
    /// Accepts, then neither reads nor writes until the receiver is dropped.
    BlackHole,
    /// Resets half-way through its answer to the first message of the TLS handshake. Without TLS the reset
    /// comes at once.
    ResetDuringTls,
    /// Does the TLS handshake one byte at a time, then behaves.
    DripHandshake {
        /// Pause after each byte.
        every: Duration,
    },
    /// Answers the TLS handshake with a plain HTTP 400, as a port without TLS does.
    NotTls,
    /// Shows a certificate of the right authority for another host (`elsewhere.example`).
    WrongHostCertificate,
    /// Shows a certificate of the right authority that ended in 2001.
    ExpiredCertificate,

    // -- for the next request; the service never sees it --
    /// Resets after the headers of the request, before its body is read.
    ResetAfterRequestHead,
    /// Answers with that status and no body.
    Status(u16),
    /// Answers with that status and body, and `Content-Type: application/json`.
    StatusAndBody {
        /// The status code.
        status: u16,
        /// The body, sent as it is.
        body: Vec<u8>,
    },
    /// Answers with exactly that, apart from `Date`, `Content-Length` and `Connection`.
    StatusHeadersBody {
        /// The status code.
        status: u16,
        /// Header fields, such as `Retry-After`.
        headers: Vec<(String, String)>,
        /// The body, sent as it is.
        body: Vec<u8>,
    },
    /// Answers 200 with that body and `Content-Type: application/json`.
    Body(Vec<u8>),
    /// Answers with that status and a `Location` header.
    Redirect {
        /// The status code, usually 301, 302, 303, 307 or 308.
        status: u16,
        /// Where the sender is sent.
        location: String,
    },
    /// Answers 200 with a chunked body of that many spaces, so that no length is known beforehand.
    Oversize {
        /// Length of the body in bytes; `u64::MAX` never ends.
        bytes: u64,
    },
    /// Answers 200 with header fields of about that many bytes before the empty line.
    EndlessHeaders {
        /// Length of the headers in bytes; `u64::MAX` never ends.
        bytes: u64,
    },
    /// Answers with exactly those bytes, HTTP or not, then closes.
    Raw(Vec<u8>),

    // -- for the next request; the service judges it, then the answer goes wrong --
    /// Resets once the whole request was read.
    ResetAfterRequest,
    /// Reads the request and says nothing until the receiver is dropped.
    Silence,
    /// Reads the request, then ends its side of the connection without an answer.
    HalfClose,
    /// Waits, then gives the healthy answer.
    Delay(Duration),
    /// Gives the healthy answer one byte at a time.
    DripAnswer {
        /// Pause after each byte.
        every: Duration,
    },
    /// Gives the head of the healthy answer at once and its body one byte at a time.
    DripBody {
        /// Pause after each byte.
        every: Duration,
    },
    /// Promises the whole healthy body, sends only its first bytes, then closes.
    CutBody {
        /// How many bytes of the body are sent.
        keep: usize,
    },
    /// Gives the healthy answer gzip-compressed, though nobody asked for it.
    Compressed,
}

impl Fault {
    /// Whether it befalls a connection rather than a request.
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Self::ResetOnAccept
            | Self::BlackHole
            | Self::ResetDuringTls
            | Self::DripHandshake { .. }
            | Self::NotTls
            | Self::WrongHostCertificate
            | Self::ExpiredCertificate => Stage::Connection,
            Self::ResetAfterRequestHead
            | Self::Status(_)
            | Self::StatusAndBody { .. }
            | Self::StatusHeadersBody { .. }
            | Self::Body(_)
            | Self::Redirect { .. }
            | Self::Oversize { .. }
            | Self::EndlessHeaders { .. }
            | Self::Raw(_)
            | Self::ResetAfterRequest
            | Self::Silence
            | Self::HalfClose
            | Self::Delay(_)
            | Self::DripAnswer { .. }
            | Self::DripBody { .. }
            | Self::CutBody { .. }
            | Self::Compressed => Stage::Request,
        }
    }
}

/// What a fault befalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Connection,
    Request,
}
