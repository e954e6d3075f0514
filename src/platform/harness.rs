//! Harness CI. Source: "CI environment variables reference" of its documentation, and the code of
//! the plugin runner.
//!
//! It sets Drone's marker and many of Drone's variables, but not all: some that the page lists
//! were found missing, and which are set depends on how the run was started. Name, page, status and
//! actor are best handed over as settings with expressions; an expression that could not be
//! replaced may arrive as `null` or as it was written, and says nothing then.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Source, drone, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "harness",
    title: "Harness CI",
    detect: |environment| {
        ["HARNESS_PIPELINE_ID", "HARNESS_BUILD_ID"]
            .iter()
            .any(|name| environment.value(name).is_some())
    },
    facts: &[FACTS],
    status: drone::STATUS,
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::EnvFile("DRONE_OUTPUT"),
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("HARNESS_PIPELINE_ID")),
    (Fact::PipelineId, Variable("HARNESS_PIPELINE_ID")),
    (Fact::RunId, Variable("HARNESS_EXECUTION_ID")),
    (Fact::RunNumber, Variable("HARNESS_BUILD_ID")),
    (Fact::RunNumber, Variable("DRONE_BUILD_NUMBER")),
    (Fact::RunUrl, Variable("DRONE_BUILD_LINK")),
    (Fact::RunUrl, Variable("CI_BUILD_LINK")),
    (Fact::Stage, Variable("HARNESS_STAGE_ID")),
    (Fact::Stage, Variable("DRONE_STAGE_NAME")),
    (Fact::Step, Variable("DRONE_STEP_NAME")),
    (Fact::Project, Variable("HARNESS_PROJECT_ID")),
    (Fact::Project, Variable("HARNESS_ORG_ID")),
    (Fact::RepoSlug, Variable("DRONE_REPO")),
    (Fact::RepoUrl, Variable("DRONE_REPO_LINK")),
    (Fact::RepoDefaultBranch, Variable("DRONE_REPO_BRANCH")),
    (Fact::Tag, Variable("DRONE_TAG")),
    (Fact::Branch, BRANCH),
    (Fact::SourceBranch, drone::SOURCE_BRANCH),
    (Fact::TargetBranch, drone::TARGET_BRANCH),
    (Fact::ChangeNumber, Variable("DRONE_PULL_REQUEST")),
    (Fact::ChangeTitle, Variable("DRONE_PULL_REQUEST_TITLE")),
    (Fact::ChangeUrl, drone::CHANGE_URL),
    (Fact::CommitSha, Variable("DRONE_COMMIT_SHA")),
    (Fact::CommitBefore, Variable("DRONE_COMMIT_BEFORE")),
    (Fact::CommitUrl, drone::COMMIT_URL),
    (Fact::CommitTitle, Variable("DRONE_COMMIT_MESSAGE")),
    (Fact::CommitMessage, Variable("DRONE_COMMIT_MESSAGE")),
    (Fact::AuthorName, Variable("DRONE_COMMIT_AUTHOR_NAME")),
    (Fact::AuthorEmail, Variable("DRONE_COMMIT_AUTHOR_EMAIL")),
    (Fact::Actor, Variable("HARNESS_USER_ID")),
    (Fact::Event, Variable("DRONE_BUILD_EVENT")),
    // Equal to the moment of creation there.
    (Fact::StartedAt, Variable("DRONE_BUILD_STARTED")),
    (Fact::FailedStages, Variable("DRONE_FAILED_STAGES")),
    (Fact::FailedSteps, Variable("DRONE_FAILED_STEPS")),
];

const BRANCH: Source = Source::Composed {
    from: "DRONE_BRANCH, else DRONE_COMMIT_BRANCH, when there is no DRONE_TAG",
    compose: |seen| {
        seen.variable("DRONE_BRANCH")
            .or_else(|| seen.variable("DRONE_COMMIT_BRANCH"))
            .filter(|_| !seen.has("DRONE_TAG"))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::Status;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("SUCCEEDED", Status::Success),
                ("true", Status::Success),
                ("IGNORE_FAILED", Status::Warning),
                ("PASSED_WITH_WARNING", Status::Warning),
                ("FAILED", Status::Failure),
                ("failed", Status::Failure),
                ("APPROVAL_REJECTED", Status::Failure),
                ("false", Status::Failure),
                ("ERRORED", Status::Error),
                ("EXPIRED", Status::TimedOut),
                ("ABORTED", Status::Canceled),
                ("SKIPPED", Status::Skipped),
                ("RUNNING", Status::Running),
            ],
        );
    }
}
