//! runbell is the step at the end of a pipeline that tells the right people, once, in the chat
//! they already read, what happened and what to do about it.
//!
//! The modules below stand in the order in which a run passes through them. `ARCHITECTURE.md` has
//! the map and the rules about which may name which.

pub mod model;
pub mod secret;

pub mod environment;
pub mod input;
pub mod plan;

pub mod event;
pub mod platform;

pub mod decide;
pub mod state;

pub mod compose;
pub mod markdown;
pub mod template;

pub mod channel;

pub mod deliver;
pub mod network;
pub mod outside;
pub mod trust;

pub mod report;
pub mod results;
pub mod run;

pub mod catalogue;
pub mod manifest;
pub mod preview;
pub mod world;
