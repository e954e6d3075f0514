//! CI platforms: which one the step runs on, and what its variables and event file say.
//!
//! A platform is one file with one [`PlatformEntry`], and one line in [`PLATFORMS`].

mod drone;
mod generic;
mod git;
mod github;
mod woodpecker;

use serde_json::Value;

use crate::environment::Environment;
use crate::input::{FromInput, Input, InputSpec, Kind, Reason};
use crate::model::facts::{Fact, Origin, RunFacts};
use crate::model::status::Status;

/// One CI platform.
#[derive(Debug)]
pub struct PlatformEntry {
    /// The word for the `platform` input and the log.
    pub name: &'static str,
    /// The name people know it by.
    pub title: &'static str,
    /// Whether the step runs there.
    pub detect: fn(&Environment) -> bool,
    /// Where each fact comes from, in tables, so that platforms that imitate each other can share
    /// one. Several rows may name one fact: the first with a value wins.
    pub facts: &'static [&'static [(Fact, Source)]],
    /// Where the status of the run stands, the strongest source first.
    pub status: &'static [Source],
    /// Reads the platform's own status words, where they mean something else than everywhere, or
    /// mean it only there. `None` leaves the word to the table of all platforms.
    pub status_of: fn(&str) -> Option<Status>,
    /// Where the status of the run before stands.
    pub previous_status: &'static [Source],
    /// The variable that holds the path of the event file.
    pub event_file: Option<&'static str>,
    /// How inputs are named there.
    pub input_names: InputNames,
    /// A pipeline in the platform's own language in which the step runs on failure too, for
    /// `docs/platforms.md`. Secrets stand as references, never as values.
    pub example: Example,
}

/// How a platform names the variables of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputNames {
    /// Always behind one of our prefixes.
    Prefixed,
    /// Behind a prefix, or bare: the platform hands step inputs over under their own names.
    Bare,
}

/// An example for the documentation.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The language, as code fences name it.
    pub language: &'static str,
    /// The text; `{image}` and `{action}` stand for the present release.
    pub text: &'static str,
}

/// A platform without status words of its own.
pub(crate) const fn no_words(_: &str) -> Option<Status> {
    None
}

/// One place that a value can come from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// An environment variable.
    Variable(&'static str),
    /// A dotted path in the event file.
    Event(&'static str),
    /// Put together from several places.
    Composed {
        /// What it is made of, for people.
        from: &'static str,
        /// Makes it; `None` when a part is missing.
        compose: fn(&Seen<'_>) -> Option<String>,
    },
    /// Read from a file of the checkout.
    Checkout {
        /// The file, for people.
        file: &'static str,
        /// Reads it.
        read: fn(&Environment) -> Option<String>,
    },
}

/// Every platform, in the order of detection: several set other platforms' variables too, so the
/// more particular one comes first. The last one always matches.
pub static PLATFORMS: &[&PlatformEntry] = &[
    &github::ENTRY,
    &woodpecker::ENTRY,
    &drone::ENTRY,
    &generic::ENTRY,
];

/// The names of the platforms, in the same order.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated while compiling, where an index out of bounds does not build"
)]
static NAMES: [&str; PLATFORMS.len()] = {
    let mut names = [""; PLATFORMS.len()];
    let mut at = 0;
    while at < PLATFORMS.len() {
        names[at] = PLATFORMS[at].name;
        at += 1;
    }
    names
};

/// The platform, named by the author.
#[derive(Debug, Clone, Copy)]
pub struct Platform(pub &'static PlatformEntry);

impl FromInput for Platform {
    const KIND: Kind = Kind::Choice(&NAMES);

    fn from_input(text: &str) -> Result<Self, Reason> {
        let word = text.trim().to_lowercase();
        PLATFORMS
            .iter()
            .find(|entry| entry.name == word)
            .map(|entry| Self(entry))
            .ok_or_else(|| Reason::not_one_of(&NAMES))
    }
}

/// The input that beats detection.
pub static PLATFORM: Input<Platform> = Input::new(
    "platform",
    "CI platform the step runs on, when detection errs",
);

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[&PLATFORM.spec];

/// The platform that the environment shows.
pub fn detect(environment: &Environment) -> &'static PlatformEntry {
    PLATFORMS
        .iter()
        .find(|entry| (entry.detect)(environment))
        .copied()
        .unwrap_or(&generic::ENTRY)
}

/// What a platform shows: its variables and its event.
#[derive(Debug)]
pub struct Seen<'e> {
    /// The variables.
    pub environment: &'e Environment,
    /// The event file, or `null`.
    event: Value,
}

/// Largest event file that is read, in bytes (rule R-5).
const EVENT_LIMIT_BYTES: u64 = 32 * 1024 * 1024;

impl<'e> Seen<'e> {
    /// Reads the event file, if the platform has one. A file that is missing, broken or too large
    /// costs its facts and nothing else; the second value says so.
    pub fn new(entry: &PlatformEntry, environment: &'e Environment) -> (Self, Option<String>) {
        let path = entry.event_file.and_then(|name| environment.value(name));
        let read = path.map(|path| {
            let bytes = environment
                .file_bytes(path, EVENT_LIMIT_BYTES)
                .map_err(|fault| fault.to_string())?;
            // The parser refuses more than 128 levels by itself.
            serde_json::from_slice(&bytes).map_err(|fault| {
                format!(
                    "it is no JSON (line {}, column {})",
                    fault.line(),
                    fault.column()
                )
            })
        });
        let (event, warning) = match read {
            None => (Value::Null, None),
            Some(Ok(event)) => (event, None),
            Some(Err(reason)) => (
                Value::Null,
                Some(format!(
                    "the event file of {} is left out: {reason}",
                    entry.title
                )),
            ),
        };
        (Self { environment, event }, warning)
    }

    /// The text or number at a dotted path of the event.
    pub fn event_text(&self, path: &str) -> Option<String> {
        let found = path
            .split('.')
            .try_fold(&self.event, |value, key| value.get(key))?;
        match found {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn text(&self, source: &Source) -> Option<(String, Origin)> {
        match source {
            Source::Variable(name) => self
                .environment
                .value(name)
                .map(|text| (text.to_owned(), Origin::Variable((*name).to_owned()))),
            Source::Event(path) => self
                .event_text(path)
                .map(|text| (text, Origin::Event(path))),
            Source::Composed { from, compose } => {
                compose(self).map(|text| (text, Origin::Composed(from)))
            }
            Source::Checkout { file, read } => {
                read(self.environment).map(|text| (text, Origin::File(file)))
            }
        }
    }
}

/// Adds to `facts` what the platform shows. Facts that are known already stay.
pub fn offer_facts(entry: &PlatformEntry, seen: &Seen<'_>, facts: &mut RunFacts) {
    for (fact, source) in entry.facts.iter().copied().flatten() {
        if let Some((text, origin)) = seen.text(source) {
            facts.offer(*fact, &text, origin);
        }
    }
}

/// Whether the run is about a change request from a fork, where platforms withhold secrets. Known
/// from the event files of GitHub, Gitea and Forgejo.
pub fn is_from_fork(seen: &Seen<'_>) -> bool {
    let head = seen.event_text("pull_request.head.repo.full_name");
    let base = seen.event_text("pull_request.base.repo.full_name");
    matches!((head, base), (Some(head), Some(base)) if head != base)
}

/// A word with the place it came from.
pub type Word = (String, Origin);

/// The platform's word for the status of the run.
pub fn status_word(entry: &PlatformEntry, seen: &Seen<'_>) -> Option<Word> {
    entry.status.iter().find_map(|source| seen.text(source))
}

/// The platform's word for the status of the run before.
pub fn previous_status_word(entry: &PlatformEntry, seen: &Seen<'_>) -> Option<Word> {
    entry
        .previous_status
        .iter()
        .find_map(|source| seen.text(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_input_names_any_of_them() {
        assert_eq!(Platform::from_input(" Drone ").unwrap().0.name, "drone");
        let reason = Platform::from_input("dron").unwrap_err();
        assert!(reason.wrong.ends_with("drone, generic"), "{reason:?}");
    }

    #[track_caller]
    fn check<const N: usize>(variables: [(&str, &str); N], expected: &str) {
        assert_eq!(
            detect(&Environment::from(variables)).name,
            expected,
            "{variables:?}"
        );
    }

    #[test]
    fn each_platform_is_told_from_those_it_imitates() {
        check([("GITHUB_ACTIONS", "true"), ("CI", "true")], "github");
        check([("DRONE", "true"), ("CI_COMMIT_SHA", "x")], "drone");
        check(
            [("CI", "woodpecker"), ("DRONE_BUILD_STATUS", "success")],
            "woodpecker",
        );
        check(
            [("CI_SYSTEM_NAME", "woodpecker"), ("DRONE", "true")],
            "woodpecker",
        );
        check([("CI", "true")], "generic");
    }
}
