//! The one integration test of the product: the real program, the generated files, the recorded
//! platforms, and the rules of the house.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod binary;
mod canaries;
mod clockwork;
mod documents;
mod events;
mod examples;
mod faults;
mod hostile;
mod injection;
mod layout;
mod mail;
mod manifests;
mod matrix;
mod network;
mod packaging;
mod pictures;
mod platforms;
mod release;
mod sample;
mod secrets;
mod snapshots;
mod structure;
mod support;
mod survival;
mod translation;
mod triggers;
mod yaml;
mod zones;
