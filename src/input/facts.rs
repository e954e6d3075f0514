//! One input per canonical fact: what the platform does not give, or gives wrongly.

use super::fault::Reason;
use super::kind::Kind;
use super::reader::InputReader;
use super::spec::InputSpec;
use crate::model::facts::{FACTS, FactSpec, Origin, RunFacts, Shape, web_address};
use crate::model::time::UnixMillis;

const COUNT: usize = FACTS.len();

/// The input of every fact, in the order of the facts.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated while compiling, where an index out of bounds does not build"
)]
pub static FACT_INPUTS: [InputSpec; COUNT] = {
    let mut inputs = [input(&FACTS[0]); COUNT];
    let mut at = 0;
    while at < COUNT {
        inputs[at] = input(&FACTS[at]);
        at += 1;
    }
    inputs
};

const fn input(spec: &FactSpec) -> InputSpec {
    InputSpec {
        name: spec.input,
        about: spec.about,
        kind: match spec.shape {
            Shape::Names => Kind::List,
            _ => Kind::Text,
        },
        default: None,
        action_default: None,
        check: match spec.shape {
            Shape::Address => check_address,
            Shape::Instant => check_instant,
            _ => accept,
        },
    }
}

fn accept(_: &str) -> Result<(), Reason> {
    Ok(())
}

fn check_address(text: &str) -> Result<(), Reason> {
    match web_address(text) {
        Some(_) => Ok(()),
        None => Err(Reason::new(
            "not a web address",
            "Write an address that begins with `https://`.",
        )),
    }
}

fn check_instant(text: &str) -> Result<(), Reason> {
    match UnixMillis::parse(text) {
        Some(_) => Ok(()),
        None => Err(Reason::new(
            "not a time",
            "Write seconds or milliseconds since 1970, or a time like `2026-11-22T09:30:00Z`.",
        )),
    }
}

/// Puts the facts that inputs give into `facts`; they win because they come first.
pub fn offer_facts(reader: &mut InputReader<'_>, facts: &mut RunFacts) {
    for (spec, input) in FACTS.iter().zip(&FACT_INPUTS) {
        if let Some(text) = reader.checked_text(input) {
            facts.offer(spec.fact, &text, Origin::Input(spec.input));
        }
    }
}
