//! Woodpecker. Source: its documentation's "Environment variables" and the server's own code.
//!
//! A plugin step also sees some thirty `DRONE_*` variables, one of which is a trap:
//! `DRONE_BUILD_STATUS` is the constant `success` there. None of them is read.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "woodpecker",
    title: "Woodpecker",
    detect: |environment| {
        environment.is("CI", "woodpecker") || environment.is("CI_SYSTEM_NAME", "woodpecker")
    },
    facts: &[FACTS],
    status: &[Variable("CI_PIPELINE_STATUS")],
    status_of: no_words,
    previous_status: &[Variable("CI_PREV_PIPELINE_STATUS")],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("CI_WORKFLOW_NAME")),
    (Fact::RunNumber, Variable("CI_PIPELINE_NUMBER")),
    (Fact::RunId, Variable("CI_PIPELINE_NUMBER")),
    (Fact::RunAttempt, ATTEMPT),
    (Fact::RunUrl, Variable("CI_PIPELINE_URL")),
    (Fact::Stage, Variable("CI_WORKFLOW_NAME")),
    (Fact::Step, Variable("CI_STEP_NAME")),
    (Fact::Project, Variable("CI_REPO_OWNER")),
    (Fact::RepoSlug, Variable("CI_REPO")),
    (Fact::RepoUrl, Variable("CI_REPO_URL")),
    (Fact::RepoDefaultBranch, Variable("CI_REPO_DEFAULT_BRANCH")),
    (Fact::Ref, Variable("CI_COMMIT_REF")),
    (Fact::Tag, Variable("CI_COMMIT_TAG")),
    (Fact::Branch, BRANCH),
    (Fact::SourceBranch, Variable("CI_COMMIT_SOURCE_BRANCH")),
    (Fact::TargetBranch, Variable("CI_COMMIT_TARGET_BRANCH")),
    (Fact::ChangeNumber, Variable("CI_COMMIT_PULL_REQUEST")),
    (Fact::ChangeUrl, CHANGE_URL),
    (Fact::CommitSha, Variable("CI_COMMIT_SHA")),
    (Fact::CommitBefore, Variable("CI_PREV_COMMIT_SHA")),
    (Fact::CommitUrl, COMMIT_URL),
    (Fact::CommitTitle, Variable("CI_COMMIT_MESSAGE")),
    (Fact::CommitMessage, Variable("CI_COMMIT_MESSAGE")),
    (Fact::AuthorName, Variable("CI_COMMIT_AUTHOR")),
    (Fact::AuthorEmail, Variable("CI_COMMIT_AUTHOR_EMAIL")),
    (Fact::Actor, Variable("CI_PIPELINE_AUTHOR")),
    (Fact::Event, Variable("CI_PIPELINE_EVENT")),
    (Fact::CreatedAt, Variable("CI_PIPELINE_CREATED")),
    (Fact::StartedAt, Variable("CI_PIPELINE_STARTED")),
    (Fact::Environment, Variable("CI_PIPELINE_DEPLOY_TARGET")),
];

/// Unset on the first run, so an attempt is told only of a repeated one.
const ATTEMPT: Source = Source::Composed {
    from: "CI_PIPELINE_RERUNS + 1",
    compose: |seen| {
        let reruns: u32 = seen.environment.value("CI_PIPELINE_RERUNS")?.parse().ok()?;
        reruns.checked_add(1).map(|attempt| attempt.to_string())
    },
};

const BRANCH: Source = Source::Composed {
    from: "CI_COMMIT_BRANCH, when there is no CI_COMMIT_TAG",
    compose: |seen| {
        let branch = seen.variable("CI_COMMIT_BRANCH");
        branch.filter(|_| !seen.has("CI_COMMIT_TAG"))
    },
};

const CHANGE_URL: Source = Source::Composed {
    from: "CI_PIPELINE_FORGE_URL, on a pull request",
    compose: |seen| {
        let page = seen.variable("CI_PIPELINE_FORGE_URL");
        page.filter(|_| event(seen).starts_with("pull_request"))
    },
};

const COMMIT_URL: Source = Source::Composed {
    from: "CI_PIPELINE_FORGE_URL, on a push, or where it names CI_COMMIT_SHA",
    compose: |seen| {
        let page = seen.variable("CI_PIPELINE_FORGE_URL")?;
        let event = event(seen);
        let names_commit = || {
            let sha = seen.variable("CI_COMMIT_SHA");
            sha.is_some_and(|sha| page.contains(&sha))
        };
        let is_of_commit =
            event == "push" || (!event.starts_with("pull_request") && names_commit());
        is_of_commit.then_some(page)
    },
};

/// `CI_PIPELINE_FORGE_URL` is the page of the commit, the pull request, the tag or the branch, by
/// event and forge.
fn event<'e>(seen: &Seen<'e>) -> &'e str {
    let event = seen.environment.value("CI_PIPELINE_EVENT");
    event.unwrap_or_default()
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
                ("canceled", Status::Canceled),
                ("skipped", Status::Skipped),
                ("running", Status::Running),
                ("pending", Status::Waiting),
                ("created", Status::Waiting),
                ("blocked", Status::Paused),
                ("declined", Status::Paused),
            ],
        );
    }
}
