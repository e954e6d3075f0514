//! Buildkite. Source: "Environment variables" of its documentation.
//!
//! Three traps. `BUILDKITE_PULL_REQUEST` is `false` outside pull requests, `BUILDKITE_COMMIT` may
//! be `HEAD` before the checkout, and `BUILDKITE_BRANCH` is the tag's name on a tag. The status is
//! no variable: a step asks the agent's program for it and hands it over as `status`.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, git};
use crate::model::facts::Fact;
use crate::model::status::{Status, comparison_key};

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "buildkite",
    title: "Buildkite",
    detect: |environment| environment.is("BUILDKITE", "true"),
    facts: &[FACTS],
    status: &[],
    status_of,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

/// A neutral step, unlike a neutral check on GitHub, is one that did not end clean.
fn status_of(word: &str) -> Option<Status> {
    (comparison_key(word) == "neutral").then_some(Status::Warning)
}

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("BUILDKITE_PIPELINE_NAME")),
    (Fact::RunId, Variable("BUILDKITE_BUILD_ID")),
    (Fact::RunNumber, Variable("BUILDKITE_BUILD_NUMBER")),
    (Fact::RunAttempt, ATTEMPT),
    (Fact::RunUrl, Variable("BUILDKITE_BUILD_URL")),
    (Fact::Job, Variable("BUILDKITE_LABEL")),
    (Fact::Job, Variable("BUILDKITE_STEP_KEY")),
    (Fact::Project, Variable("BUILDKITE_ORGANIZATION_SLUG")),
    (Fact::RepoSlug, REPO_SLUG),
    // Often an address for ssh, which is no page.
    (Fact::RepoUrl, Variable("BUILDKITE_REPO")),
    (
        Fact::RepoDefaultBranch,
        Variable("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
    ),
    (Fact::Branch, BRANCH),
    (Fact::Tag, Variable("BUILDKITE_TAG")),
    (Fact::SourceBranch, SOURCE_BRANCH),
    (Fact::TargetBranch, TARGET_BRANCH),
    (Fact::ChangeNumber, Variable("BUILDKITE_PULL_REQUEST")),
    (Fact::CommitSha, Variable("BUILDKITE_COMMIT")),
    (Fact::CommitTitle, Variable("BUILDKITE_MESSAGE")),
    (Fact::CommitMessage, Variable("BUILDKITE_MESSAGE")),
    (Fact::AuthorName, Variable("BUILDKITE_BUILD_AUTHOR")),
    (Fact::AuthorEmail, Variable("BUILDKITE_BUILD_AUTHOR_EMAIL")),
    (Fact::Actor, Variable("BUILDKITE_BUILD_CREATOR")),
    (Fact::Event, Variable("BUILDKITE_SOURCE")),
    (
        Fact::Environment,
        Variable("BUILDKITE_GITHUB_DEPLOYMENT_ENVIRONMENT"),
    ),
];

const ATTEMPT: Source = Source::Composed {
    from: "BUILDKITE_RETRY_COUNT + 1",
    compose: |seen| {
        let retries: u32 = seen.variable("BUILDKITE_RETRY_COUNT")?.parse().ok()?;
        retries.checked_add(1).map(|attempt| attempt.to_string())
    },
};

const REPO_SLUG: Source = Source::Composed {
    from: "BUILDKITE_REPO, its path",
    compose: |seen| git::slug_of(&seen.variable("BUILDKITE_REPO")?),
};

const BRANCH: Source = Source::Composed {
    from: "BUILDKITE_BRANCH, when there is no BUILDKITE_TAG",
    compose: |seen| {
        let branch = seen.variable("BUILDKITE_BRANCH");
        branch.filter(|_| !seen.has("BUILDKITE_TAG"))
    },
};

const SOURCE_BRANCH: Source = Source::Composed {
    from: "BUILDKITE_BRANCH, on a pull request",
    compose: |seen| {
        seen.variable("BUILDKITE_BRANCH")
            .filter(|_| is_change(seen))
    },
};

const TARGET_BRANCH: Source = Source::Composed {
    from: "BUILDKITE_PULL_REQUEST_BASE_BRANCH, on a pull request",
    compose: |seen| {
        let branch = seen.variable("BUILDKITE_PULL_REQUEST_BASE_BRANCH");
        branch.filter(|_| is_change(seen))
    },
};

fn is_change(seen: &Seen<'_>) -> bool {
    seen.has("BUILDKITE_PULL_REQUEST") && !seen.environment.is("BUILDKITE_PULL_REQUEST", "false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("passed", Status::Success),
                ("soft_failed", Status::Warning),
                ("neutral", Status::Warning),
                ("failed", Status::Failure),
                ("failing", Status::Failure),
                ("hard_failed", Status::Failure),
                ("errored", Status::Error),
                ("canceled", Status::Canceled),
                ("skipped", Status::Skipped),
                ("not_run", Status::Skipped),
                ("running", Status::Running),
                ("creating", Status::Running),
                ("scheduled", Status::Waiting),
                ("blocked", Status::Paused),
                ("canceling", Status::Canceling),
            ],
        );
    }
}
