//! Inputs: what an input is, how it is found in the environment, how its text becomes a value,
//! and what is said when it is wrong. Which inputs there are is declared in the rooms that use
//! them and listed in [`crate::catalogue`].

mod address;
mod facts;
mod fault;
mod headers;
mod kind;
mod reader;
mod spec;
mod value;

pub use address::{Address, Addresses, is_private_enough};
pub use facts::{FACT_INPUTS, offer_facts};
pub use fault::{FaultKind, InputFault, Reason};
pub use headers::{Header, Headers};
pub use kind::Kind;
pub use reader::InputReader;
pub use spec::{Input, InputSpec};
pub use value::{
    Choice, Count, FromInput, Limit, List, Port, SecretLines, SecretList, Switch, Template,
    quoted_name,
};
