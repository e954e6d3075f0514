#![doc = include_str!("../README.md")]

pub mod dingtalk;
mod fault;
mod gzip;
mod http;
pub mod lark;
mod listener;
mod markup;
mod payload;
pub mod proxy;
mod receiver;
mod refusal;
mod signature;
pub mod smtp;
mod strict_json;
mod throttle;
mod tls;
pub mod webhook;
pub mod wecom;
mod wire;

pub use fault::Fault;
pub use http::{
    BODY_LIMIT_BYTES, HEAD_LIMIT_BYTES, HEADER_LIMIT_COUNT, HttpAnswer, HttpRequest, Judgement,
    Service, Verdict, http_date,
};
pub use receiver::{Received, Receiver};
pub use tls::Authority;
