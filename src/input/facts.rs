//! One input per canonical fact: what the platform does not give, or gives wrongly.

use super::fault::Reason;
use super::kind::Kind;
use super::reader::InputReader;
use super::spec::InputSpec;
use super::value::{FromInput, List};
use crate::model::facts::{FACTS, Fact, FactSpec, Origin, RunFacts, Shape, web_address};
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
            Shape::Names => check_names,
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
        None if text.trim().contains(char::is_whitespace) => Err(Reason::new(
            "not a web address: it holds a blank",
            "Write `%20` for a blank, or take it out.",
        )),
        None => Err(Reason::new(
            "not a web address",
            "Write an address that begins with `https://`.",
        )),
    }
}

/// What begins like a JSON list may be a name in brackets; what is one holds no further lists.
fn check_names(text: &str) -> Result<(), Reason> {
    match serde_json::from_str::<Vec<serde_json::Value>>(text.trim()) {
        Ok(_) => List::from_input(text).map(drop),
        Err(_) => Ok(()),
    }
}

fn check_instant(text: &str) -> Result<(), Reason> {
    match UnixMillis::parse(text) {
        Some(_) => Ok(()),
        None => Err(Reason::new(
            "not a time",
            "Write seconds or milliseconds since 1970, or a time with its zone, like `2026-11-22T09:30:00Z` or `2026-11-22 17:30:00 +0800`.",
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
    offer_what_follows(facts);
}

/// Offers what the facts say about each other. It belongs to what was given here, so nobody who
/// speaks later knows better.
fn offer_what_follows(facts: &mut RunFacts) {
    let given = |facts: &RunFacts, fact| facts.text(fact).map(str::to_owned);
    if let Some(message) = given(facts, Fact::CommitMessage) {
        facts.offer(Fact::CommitTitle, &message, Origin::Input("commit_message"));
    }
    if let Some(name) = given(facts, Fact::Ref) {
        for (fact, folder) in [(Fact::Branch, "refs/heads/"), (Fact::Tag, "refs/tags/")] {
            if let Some(name) = name.strip_prefix(folder) {
                facts.offer(fact, name, Origin::Input("ref"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    #[test]
    fn a_wrong_fact_is_refused_with_what_is_wrong() {
        for (input, text, wrong) in [
            (
                "run_url",
                "https://ci.example.com/a b",
                Some("not a web address: it holds a blank"),
            ),
            ("run_url", "ci.example.com", Some("not a web address")),
            ("run_url", " https://ci.example.com/a ", None),
            ("started_at", "2026-11-22 09:32:14 +00:00", None),
            ("started_at", "2026-11-22 09:32:14", Some("not a time")),
            ("failed_steps", "[1, null, \"a\"]", None),
            ("failed_steps", "[unit] a, [e2e] b", None),
            (
                "failed_steps",
                "[[\"a\"]]",
                Some("holds a list or map inside the list"),
            ),
            ("params", "{\"A\": \"1\", \"B\": {}}", None),
        ] {
            let spec = FACT_INPUTS.iter().find(|spec| spec.name == input);
            let checked = (spec.unwrap().check)(text).map_err(|reason| reason.wrong);
            assert_eq!(checked.err().as_deref(), wrong, "{input}: {text}");
        }
    }

    #[test]
    fn one_fact_tells_of_another() {
        for (input, text, fact, expected) in [
            (
                "RUNBELL_COMMIT_MESSAGE",
                "\n fix: x\n\nbody",
                Fact::CommitTitle,
                Some("fix: x"),
            ),
            ("RUNBELL_REF", "refs/tags/v1", Fact::Tag, Some("v1")),
            ("RUNBELL_REF", "refs/tags/v1", Fact::Branch, None),
            ("RUNBELL_REF", "refs/heads/a/b", Fact::Branch, Some("a/b")),
            ("RUNBELL_REF", "refs/heads/a/b", Fact::Tag, None),
            ("RUNBELL_REF", "refs/pull/7/head", Fact::Branch, None),
            ("RUNBELL_REF", "main", Fact::Branch, None),
        ] {
            let environment = Environment::from([(input, text)]);
            let mut facts = RunFacts::new("test");
            offer_facts(&mut InputReader::new(&environment), &mut facts);
            assert_eq!(facts.text(fact), expected, "{input}={text:?} {fact:?}");
        }
        let environment = Environment::from([
            ("RUNBELL_COMMIT_MESSAGE", "a"),
            ("RUNBELL_COMMIT_TITLE", "b"),
            ("RUNBELL_REF", "refs/heads/a"),
            ("RUNBELL_BRANCH", "b"),
        ]);
        let mut facts = RunFacts::new("test");
        offer_facts(&mut InputReader::new(&environment), &mut facts);
        for fact in [Fact::CommitTitle, Fact::Branch] {
            assert_eq!(facts.text(fact), Some("b"), "{fact:?}");
        }
    }
}
