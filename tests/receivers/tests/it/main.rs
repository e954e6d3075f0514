//! Everything once over real sockets: each service under TLS, each fault, and mail in all three modes.
//!
//! The client is written by hand on purpose, so that it hides nothing of what arrives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

mod binary;
mod client;
mod faults;
mod mail;
mod services;
