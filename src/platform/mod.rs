//! CI platforms: which one the step runs on, and what its variables and event file say.
//!
//! A platform is one file with one [`PlatformEntry`], one line in [`PLATFORMS`], and one page under
//! `docs/platforms/`.

mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod cnb;
mod codearts;
mod codearts_build;
mod coding;
mod drone;
mod flow;
mod forgejo;
mod generic;
mod git;
mod gitea;
mod gitee;
mod github;
mod gitlab;
mod harness;
mod jenkins;
mod qci;
mod tekton;
mod woodpecker;

use std::time::Duration;

use serde_json::Value;

use crate::environment::{Environment, FileFault};
use crate::event::{EVENT_LIMIT_BYTES, read_tree};
use crate::input::{FromInput, Input, InputSpec, Kind, Reason};
use crate::model::event::text_at;
use crate::model::facts::{Fact, Origin, RunFacts};
use crate::model::status::Status;
use crate::model::text::is_unresolved_reference;

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
    /// Where the results of the step go.
    pub results: Results,
}

/// How a platform names the variables of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputNames {
    /// Always behind one of our prefixes.
    Prefixed,
    /// Behind a prefix, or bare: the platform hands step inputs over under their own names.
    Bare,
}

/// How a platform takes the results of a step. Source: ci-platforms, section 6, read 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// It has no way to.
    Nowhere,
    /// The files that `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY` name, and annotations in the log.
    GitHub,
    /// Lines `NAME=value` in the file that this variable names.
    EnvFile(&'static str),
    /// Lines `NAME=value` in the file `GITEE_PARAMS` of the working folder.
    GiteeParams,
    /// A JSON object in `${RESULT_MSG_PATH}/${STEP_ID}_result.json`.
    CodeArts,
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
    /// Put together from facts that are known already, from inputs too. Only a fact can be.
    Known {
        /// What it is made of, for people.
        from: &'static str,
        /// Makes it; `None` when a part is missing.
        compose: fn(&RunFacts) -> Option<String>,
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
    &forgejo::ENTRY,
    &gitea::ENTRY,
    &github::ENTRY,
    &woodpecker::ENTRY,
    &cnb::ENTRY,
    &harness::ENTRY,
    &drone::ENTRY,
    &gitlab::ENTRY,
    &gitee::ENTRY,
    &buildkite::ENTRY,
    &circleci::ENTRY,
    &bitbucket::ENTRY,
    &azure::ENTRY,
    &qci::ENTRY,
    &coding::ENTRY,
    &jenkins::ENTRY,
    &codearts::ENTRY,
    &codearts_build::ENTRY,
    &flow::ENTRY,
    &tekton::ENTRY,
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
    /// The platform's own event file, from which its facts come.
    event: EventFile,
    /// The event file that the author names.
    named: Option<EventFile>,
}

/// What became of an event file.
#[derive(Debug, Clone)]
pub enum EventFile {
    /// There is none.
    Nowhere,
    /// It was read.
    Read(Value),
    /// It cannot be read, and why.
    Broken(String),
}

impl EventFile {
    /// The file by its content; the second value says what is wrong with it.
    fn read(name: &str, bytes: Option<Result<Vec<u8>, FileFault>>) -> (Self, Option<String>) {
        let Some(bytes) = bytes else {
            return (Self::Nowhere, None);
        };
        let tree = bytes.map_err(|fault| fault.to_string()).and_then(read_tree);
        match tree {
            Ok(tree) => (Self::Read(tree), None),
            Err(reason) => (
                Self::Broken(format!("{name}: {reason}")),
                Some(format!("{name} is left out: {reason}")),
            ),
        }
    }
}

impl<'e> Seen<'e> {
    /// Reads the event file, if the platform has one. A file that is missing, broken or too large
    /// costs its facts and nothing else; the second value says so.
    pub fn new(entry: &PlatformEntry, environment: &'e Environment) -> (Self, Option<String>) {
        let path = entry.event_file.and_then(|name| environment.value(name));
        let name = format!("the event file of {}", entry.title);
        let read = path.map(|path| environment.file_bytes(path, EVENT_LIMIT_BYTES));
        let (event, warning) = EventFile::read(&name, read);
        let seen = Self {
            environment,
            event,
            named: None,
        };
        (seen, warning)
    }

    /// As [`Seen::new`], and reads the event file that the author names, too: relative paths stay
    /// in the checkout (rule R-4), and `-` is standard input, whose end is waited for as long as
    /// `patience`.
    pub fn with_event_file(
        entry: &PlatformEntry,
        environment: &'e Environment,
        path: Option<&str>,
        patience: Duration,
    ) -> (Self, Vec<String>) {
        let (mut seen, warning) = Self::new(entry, environment);
        let mut warnings: Vec<String> = warning.into_iter().collect();
        if let Some(path) = path {
            let (name, bytes) = match path {
                "-" => (
                    "standard input".to_owned(),
                    environment.standard_input(EVENT_LIMIT_BYTES, patience),
                ),
                path => (
                    format!("`event_file` {path}"),
                    environment.named_file_bytes(path, EVENT_LIMIT_BYTES),
                ),
            };
            let (event, warning) = EventFile::read(&name, Some(bytes));
            seen.named = Some(event);
            warnings.extend(warning);
        }
        (seen, warnings)
    }

    /// The file of the event: the one that the author names, else the platform's own.
    pub fn event_file(&self) -> &EventFile {
        self.named.as_ref().unwrap_or(&self.event)
    }

    /// The variable's value, unless it says nothing, or is as a whole a reference (`${NAME}`,
    /// `$(NAME)`, `<+name>`) that the platform should have replaced and did not.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment
            .value(name)
            .filter(|text| !is_unresolved_reference(text))
            .map(str::to_owned)
    }

    /// Whether the variable says anything.
    pub fn has(&self, name: &str) -> bool {
        self.variable(name).is_some()
    }

    /// The text or number at a dotted path of the event, unless it says nothing.
    pub fn event_text(&self, path: &str) -> Option<String> {
        match &self.event {
            EventFile::Read(tree) => text_at(tree, path),
            EventFile::Nowhere | EventFile::Broken(_) => None,
        }
    }

    fn text(&self, source: &Source, facts: Option<&RunFacts>) -> Option<(String, Origin)> {
        match source {
            Source::Variable(name) => self
                .variable(name)
                .map(|text| (text, Origin::Variable((*name).to_owned()))),
            Source::Event(path) => self
                .event_text(path)
                .map(|text| (text, Origin::Event(path))),
            Source::Composed { from, compose } => {
                compose(self).map(|text| (text, Origin::Composed(from)))
            }
            Source::Known { from, compose } => {
                compose(facts?).map(|text| (text, Origin::Composed(from)))
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
        if let Some((text, origin)) = seen.text(source, Some(facts)) {
            facts.offer(*fact, &text, origin);
        }
    }
}

/// Whether the run is about a change request from a fork, where platforms withhold secrets. Known
/// from the event files of GitHub, Gitea and Forgejo; a fork that was deleted has no name left.
/// The event `pull_request_target` gets the secrets, so there it does not count.
pub fn is_from_fork(seen: &Seen<'_>) -> bool {
    let gets_secrets = seen
        .environment
        .is("GITHUB_EVENT_NAME", "pull_request_target");
    let head = seen.event_text("pull_request.head.repo.full_name");
    let base = seen.event_text("pull_request.base.repo.full_name");
    !gets_secrets && base.is_some() && head != base
}

/// A word with the place it came from.
pub type Word = (String, Origin);

/// The platform's word for the status of the run.
pub fn status_word(entry: &PlatformEntry, seen: &Seen<'_>) -> Option<Word> {
    entry
        .status
        .iter()
        .find_map(|source| seen.text(source, None))
}

/// The platform's word for the status of the run before.
pub fn previous_status_word(entry: &PlatformEntry, seen: &Seen<'_>) -> Option<Word> {
    entry
        .previous_status
        .iter()
        .find_map(|source| seen.text(source, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word means on this platform what its row says.
    #[track_caller]
    pub(super) fn check_words(entry: &PlatformEntry, words: &[(&str, Status)]) {
        for (word, expected) in words {
            let read = (entry.status_of)(word).or_else(|| Status::from_word(word));
            assert_eq!(read, Some(*expected), "{word:?} on {}", entry.name);
        }
    }

    #[test]
    fn the_platform_input_names_any_of_them() {
        assert_eq!(Platform::from_input(" Drone ").unwrap().0.name, "drone");
        let reason = Platform::from_input("dron").unwrap_err();
        assert!(reason.wrong.ends_with("tekton, generic"), "{reason:?}");
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
    fn each_platform_is_detected_by_its_own_marks() {
        check([("FORGEJO_ACTIONS", "true")], "forgejo");
        check([("GITEA_ACTIONS", "true")], "gitea");
        check([("GITHUB_ACTIONS", "true"), ("CI", "true")], "github");
        check([("CI", "woodpecker")], "woodpecker");
        check([("CI_SYSTEM_NAME", "woodpecker")], "woodpecker");
        check([("CNB", "true")], "cnb");
        check([("HARNESS_PIPELINE_ID", "build")], "harness");
        check([("HARNESS_BUILD_ID", "42")], "harness");
        check([("DRONE", "true")], "drone");
        check([("GITLAB_CI", "true")], "gitlab");
        check([("GITEE_PIPELINE_NAME", "p")], "gitee");
        check([("BUILDKITE", "true")], "buildkite");
        check([("CIRCLECI", "true")], "circleci");
        check([("BITBUCKET_BUILD_NUMBER", "42")], "bitbucket");
        check([("BITBUCKET_COMMIT", "0123")], "bitbucket");
        check([("TF_BUILD", "True")], "azure");
        check([("QCI_JOB_ID", "1")], "qci");
        check([("CCI_CURRENT_TEAM", "acme")], "coding");
        check([("CCI_JOB_NAME", "build")], "coding");
        check(
            [("DEPOT_NAME", "shop"), ("CI_BUILD_NUMBER", "42")],
            "coding",
        );
        check(
            [
                ("JENKINS_URL", "https://ci.example.com"),
                ("BUILD_ID", "42"),
            ],
            "jenkins",
        );
        check(
            [("BUILD_TAG", "jenkins-shop-42"), ("JENKINS_HOME", "/home")],
            "jenkins",
        );
        check(
            [
                ("STEP_ID", "s"),
                ("PLUGIN_NAME", "p"),
                ("PIPELINE_RUN_ID", "r"),
            ],
            "codearts",
        );
        check(
            [("BUILDNUMBER", "20200312.3"), ("INCREASENUM", "7")],
            "codearts_build",
        );
        let flow = |last| {
            [
                ("PIPELINE_ID", "1"),
                ("PIPELINE_NAME", "p"),
                ("BUILD_NUMBER", "42"),
                (last, "x"),
            ]
        };
        check(flow("BUILD_EXECUTOR"), "flow");
        check(flow("CI_SOURCE_NAME"), "flow");
    }

    #[test]
    fn each_platform_is_told_from_those_it_imitates() {
        check(
            [
                ("FORGEJO_ACTIONS", "true"),
                ("GITEA_ACTIONS", "true"),
                ("GITHUB_ACTIONS", "true"),
            ],
            "forgejo",
        );
        check(
            [
                ("GITEA_ACTIONS", "true"),
                ("GITHUB_ACTIONS", "true"),
                ("ACT", "true"),
            ],
            "gitea",
        );
        check([("GITHUB_ACTIONS", "true"), ("ACT", "true")], "github");
        check(
            [("CI", "woodpecker"), ("DRONE_BUILD_STATUS", "success")],
            "woodpecker",
        );
        check(
            [("CI_SYSTEM_NAME", "woodpecker"), ("DRONE", "true")],
            "woodpecker",
        );
        check([("HARNESS_BUILD_ID", "42"), ("DRONE", "true")], "harness");
        check(
            [
                ("DRONE", "true"),
                ("CI_COMMIT_SHA", "0123"),
                ("CI_REPO_NAME", "acme/shop"),
            ],
            "drone",
        );
        check([("GITLAB_CI", "false")], "gitlab");
        check(
            [
                ("PIPELINE_ID", "1"),
                ("PIPELINE_NAME", "p"),
                ("BUILD_NUMBER", "42"),
                ("BUILD_EXECUTOR", "ann"),
                ("CI_COMMIT_SHA", "0123"),
            ],
            "flow",
        );
        check(
            [
                ("CCI_JOB_NAME", "build"),
                ("JOB_NAME", "build"),
                ("GIT_COMMIT", "0123"),
                ("JENKINS_URL", "https://ci.example.com"),
                ("BUILD_ID", "42"),
            ],
            "coding",
        );
    }

    #[test]
    fn half_a_mark_is_none() {
        check([("CI", "true")], "generic");
        check([("CI_COMMIT_SHA", "0123")], "generic");
        check([("GITLAB_CI", "")], "generic");
        check([("DRONE_BUILD_STATUS", "success")], "generic");
        check([("JENKINS_URL", "https://ci.example.com")], "generic");
        check(
            [("BUILD_TAG", "v1.0"), ("JENKINS_HOME", "/home")],
            "generic",
        );
        check([("BUILDNUMBER", "42")], "generic");
        check([("STEP_ID", "s"), ("PLUGIN_NAME", "p")], "generic");
        check(
            [
                ("PIPELINE_ID", "1"),
                ("PIPELINE_NAME", "p"),
                ("BUILD_NUMBER", "42"),
            ],
            "generic",
        );
        check([("KUBERNETES_SERVICE_HOST", "10.0.0.1")], "generic");
    }

    #[test]
    fn inputs_come_bare_on_two_vendors_platforms_only() {
        let bare: Vec<&str> = PLATFORMS
            .iter()
            .filter(|entry| entry.input_names == InputNames::Bare)
            .map(|entry| entry.name)
            .collect();
        assert_eq!(bare, ["codearts", "codearts_build", "flow"]);
    }

    #[test]
    fn a_reference_that_was_not_replaced_says_nothing() {
        let environment = Environment::from([
            ("A", "${PIPELINE_NAME}"),
            ("B", "<+pipeline.name>"),
            ("C", "$(Build.BuildId)"),
            ("D", "see ${HOME}"),
        ]);
        let (seen, _) = Seen::new(&generic::ENTRY, &environment);
        for (name, expected) in [("A", false), ("B", false), ("C", false), ("D", true)] {
            assert_eq!(seen.has(name), expected, "{name}");
        }
    }
}
