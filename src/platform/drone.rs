//! Drone. Source: the "Environment reference" of its documentation and the runner's own code.
//!
//! The status is a snapshot from the moment the step starts. The legacy `CI_*` names that Drone
//! also sets are not read: they collide with other platforms'.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "drone",
    title: "Drone",
    detect: |environment| environment.is("DRONE", "true"),
    facts: &[FACTS],
    status: STATUS,
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::EnvFile("DRONE_OUTPUT"),
};

/// The build's word covers every stage seen so far; the stage's own is the second best.
pub(super) const STATUS: &[Source] = &[
    Variable("DRONE_BUILD_STATUS"),
    Variable("DRONE_STAGE_STATUS"),
];

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("DRONE_STAGE_NAME")),
    (Fact::RunNumber, Variable("DRONE_BUILD_NUMBER")),
    (Fact::RunId, Variable("DRONE_BUILD_NUMBER")),
    (Fact::RunUrl, Variable("DRONE_BUILD_LINK")),
    (Fact::Stage, Variable("DRONE_STAGE_NAME")),
    (Fact::Step, Variable("DRONE_STEP_NAME")),
    (Fact::Project, Variable("DRONE_REPO_NAMESPACE")),
    (Fact::RepoSlug, Variable("DRONE_REPO")),
    (Fact::RepoUrl, Variable("DRONE_REPO_LINK")),
    (Fact::RepoDefaultBranch, Variable("DRONE_REPO_BRANCH")),
    (Fact::Ref, Variable("DRONE_COMMIT_REF")),
    (Fact::Tag, Variable("DRONE_TAG")),
    (Fact::Branch, BRANCH),
    (Fact::SourceBranch, SOURCE_BRANCH),
    (Fact::TargetBranch, TARGET_BRANCH),
    (Fact::ChangeNumber, Variable("DRONE_PULL_REQUEST")),
    (Fact::ChangeTitle, Variable("DRONE_PULL_REQUEST_TITLE")),
    (Fact::ChangeUrl, CHANGE_URL),
    (Fact::CommitSha, Variable("DRONE_COMMIT_SHA")),
    (Fact::CommitBefore, Variable("DRONE_COMMIT_BEFORE")),
    (Fact::CommitUrl, COMMIT_URL),
    (Fact::CommitTitle, Variable("DRONE_COMMIT_MESSAGE")),
    (Fact::CommitMessage, Variable("DRONE_COMMIT_MESSAGE")),
    (Fact::AuthorName, Variable("DRONE_COMMIT_AUTHOR_NAME")),
    (Fact::AuthorName, Variable("DRONE_COMMIT_AUTHOR")),
    (Fact::AuthorEmail, Variable("DRONE_COMMIT_AUTHOR_EMAIL")),
    (Fact::Actor, Variable("DRONE_BUILD_TRIGGER")),
    (Fact::Event, Variable("DRONE_BUILD_EVENT")),
    (Fact::CreatedAt, Variable("DRONE_BUILD_CREATED")),
    (Fact::StartedAt, Variable("DRONE_BUILD_STARTED")),
    (Fact::FailedStages, Variable("DRONE_FAILED_STAGES")),
    (Fact::FailedSteps, Variable("DRONE_FAILED_STEPS")),
    (Fact::Environment, Variable("DRONE_DEPLOY_TO")),
];

/// A tag run has no branch, although Drone fills `DRONE_BRANCH` for it.
const BRANCH: Source = Source::Composed {
    from: "DRONE_BRANCH, when there is no DRONE_TAG",
    compose: |seen| {
        let branch = seen.variable("DRONE_BRANCH");
        branch.filter(|_| !seen.has("DRONE_TAG"))
    },
};

/// Both are filled for a push too, where they say nothing.
pub(super) const SOURCE_BRANCH: Source = Source::Composed {
    from: "DRONE_SOURCE_BRANCH, on a pull request",
    compose: |seen| on(seen, Run::Change, "DRONE_SOURCE_BRANCH"),
};

pub(super) const TARGET_BRANCH: Source = Source::Composed {
    from: "DRONE_TARGET_BRANCH, on a pull request",
    compose: |seen| on(seen, Run::Change, "DRONE_TARGET_BRANCH"),
};

pub(super) const CHANGE_URL: Source = Source::Composed {
    from: "DRONE_COMMIT_LINK, on a pull request",
    compose: |seen| on(seen, Run::Change, "DRONE_COMMIT_LINK"),
};

pub(super) const COMMIT_URL: Source = Source::Composed {
    from: "DRONE_COMMIT_LINK, unless on a pull request",
    compose: |seen| on(seen, Run::Commit, "DRONE_COMMIT_LINK"),
};

#[derive(PartialEq, Eq)]
enum Run {
    Change,
    Commit,
}

/// The variable's value, when the run is of that kind. `DRONE_COMMIT_LINK`, for one, is the page of
/// the pull request on such runs, else that of the commit.
fn on(seen: &Seen<'_>, wanted: Run, name: &str) -> Option<String> {
    let run = match seen.environment.is("DRONE_BUILD_EVENT", "pull_request") {
        true => Run::Change,
        false => Run::Commit,
    };
    (run == wanted).then(|| seen.variable(name))?
}

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
                ("success", Status::Success),
                ("failure", Status::Failure),
                ("error", Status::Error),
                ("killed", Status::Canceled),
                ("skipped", Status::Skipped),
                ("running", Status::Running),
                ("pending", Status::Waiting),
                ("waiting_on_dependencies", Status::Waiting),
                ("blocked", Status::Paused),
                ("declined", Status::Paused),
            ],
        );
    }
}
