//! The words every room shares: statuses, facts, the message and its document, requests,
//! replies, verdicts. Values only: nothing here reads, sends, prints or decides.

pub mod bilingual;
pub mod decision;
pub mod document;
pub mod encoded_words;
pub mod event;
pub mod exchange;
pub mod facts;
pub mod json;
pub mod marks;
pub mod message;
pub mod nearest;
pub mod retry_after;
pub mod smtp_reply;
pub mod status;
pub mod text;
pub mod time;
