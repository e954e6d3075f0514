//! CNB. Source: "Built-in environment variables" of its documentation.
//!
//! Three traps. `CNB_PULL_REQUEST` is a flag, not a number, and is false on some of the events that
//! concern a pull request. `CNB_BRANCH` holds the tag's name on a tag run. And on some events of a
//! pull request `CNB_COMMIT`, with the message and committer that go with it, is that of the target
//! branch or of the merge. Whether a plugin container sees these variables by itself is not
//! documented; the example hands over what matters.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "cnb",
    title: "CNB",
    detect: |environment| environment.is("CNB", "true"),
    facts: &[FACTS],
    // Filled in `endStages` only.
    status: &[Variable("CNB_PIPELINE_STATUS")],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("CNB_PIPELINE_NAME")),
    (Fact::PipelineName, Variable("CNB_PIPELINE_KEY")),
    (Fact::RunId, Variable("CNB_BUILD_ID")),
    (Fact::RunNumber, Variable("CNB_BUILD_ID")),
    (Fact::RunUrl, Variable("CNB_BUILD_WEB_URL")),
    (Fact::Stage, Variable("CNB_BUILD_STAGE_NAME")),
    (Fact::Job, Variable("CNB_BUILD_JOB_NAME")),
    (Fact::Project, Variable("CNB_GROUP_SLUG")),
    (Fact::RepoSlug, Variable("CNB_REPO_SLUG")),
    (Fact::RepoUrl, Variable("CNB_REPO_URL_HTTPS")),
    (Fact::RepoDefaultBranch, Variable("CNB_DEFAULT_BRANCH")),
    (Fact::Branch, BRANCH),
    (Fact::Tag, TAG),
    (Fact::SourceBranch, SOURCE_BRANCH),
    (Fact::TargetBranch, TARGET_BRANCH),
    (Fact::ChangeNumber, Variable("CNB_PULL_REQUEST_IID")),
    (Fact::ChangeTitle, Variable("CNB_PULL_REQUEST_TITLE")),
    (Fact::ChangeUrl, CHANGE_URL),
    (Fact::CommitSha, Variable("CNB_PULL_REQUEST_SHA")),
    (Fact::CommitSha, Variable("CNB_COMMIT")),
    (Fact::CommitBefore, Variable("CNB_BEFORE_SHA")),
    (Fact::CommitUrl, COMMIT_URL),
    (Fact::CommitTitle, COMMIT_TITLE),
    (Fact::CommitTitle, COMMIT_MESSAGE),
    (Fact::CommitMessage, COMMIT_MESSAGE),
    (Fact::AuthorName, COMMITTER),
    (Fact::AuthorEmail, COMMITTER_EMAIL),
    (Fact::Actor, Variable("CNB_BUILD_USER_NICKNAME")),
    (Fact::Actor, Variable("CNB_BUILD_USER")),
    (Fact::Event, Variable("CNB_EVENT")),
    (Fact::StartedAt, Variable("CNB_BUILD_START_TIME")),
    (Fact::FailedStages, Variable("CNB_BUILD_FAILED_STAGE_NAME")),
];

const BRANCH: Source = Source::Composed {
    from: "CNB_BRANCH, unless CNB_IS_TAG",
    compose: |seen| seen.variable("CNB_BRANCH").filter(|_| !is_tag(seen)),
};

const TAG: Source = Source::Composed {
    from: "CNB_BRANCH, when CNB_IS_TAG",
    compose: |seen| seen.variable("CNB_BRANCH").filter(|_| is_tag(seen)),
};

const SOURCE_BRANCH: Source = Source::Composed {
    from: "CNB_PULL_REQUEST_BRANCH, when CNB_EVENT is about a pull request",
    compose: |seen| {
        let branch = seen.variable("CNB_PULL_REQUEST_BRANCH");
        branch.filter(|_| is_change(seen))
    },
};

const TARGET_BRANCH: Source = Source::Composed {
    from: "CNB_BRANCH, when CNB_EVENT is about a pull request",
    compose: |seen| seen.variable("CNB_BRANCH").filter(|_| is_change(seen)),
};

const CHANGE_URL: Source = Source::Composed {
    from: "CNB_EVENT_URL, when CNB_EVENT is about a pull request",
    compose: |seen| seen.variable("CNB_EVENT_URL").filter(|_| is_change(seen)),
};

/// The latest commit on a push and a tag; empty on every other event.
const COMMIT_URL: Source = Source::Composed {
    from: "CNB_EVENT_URL, unless CNB_EVENT is about a pull request",
    compose: |seen| seen.variable("CNB_EVENT_URL").filter(|_| !is_change(seen)),
};

const COMMIT_TITLE: Source = Source::Composed {
    from: "CNB_COMMIT_MESSAGE_TITLE, when CNB_COMMIT is the commit that is told",
    compose: |seen| of_commit(seen, "CNB_COMMIT_MESSAGE_TITLE"),
};

const COMMIT_MESSAGE: Source = Source::Composed {
    from: "CNB_COMMIT_MESSAGE, when CNB_COMMIT is the commit that is told",
    compose: |seen| of_commit(seen, "CNB_COMMIT_MESSAGE"),
};

const COMMITTER: Source = Source::Composed {
    from: "CNB_COMMITTER, when CNB_COMMIT is the commit that is told",
    compose: |seen| of_commit(seen, "CNB_COMMITTER"),
};

const COMMITTER_EMAIL: Source = Source::Composed {
    from: "CNB_COMMITTER_EMAIL, when CNB_COMMIT is the commit that is told",
    compose: |seen| of_commit(seen, "CNB_COMMITTER_EMAIL"),
};

/// What is said about `CNB_COMMIT`, unless the commit of the pull request is another one.
fn of_commit(seen: &Seen<'_>, name: &str) -> Option<String> {
    let told = seen.variable("CNB_PULL_REQUEST_SHA");
    let is_told = told.is_none() || told == seen.variable("CNB_COMMIT");
    seen.variable(name).filter(|_| is_told)
}

fn is_tag(seen: &Seen<'_>) -> bool {
    seen.environment.is("CNB_IS_TAG", "true")
}

/// `pull_request`, `pull_request.update`, `pull_request.merged` and the others of that family.
fn is_change(seen: &Seen<'_>) -> bool {
    seen.variable("CNB_EVENT")
        .is_some_and(|event| event.starts_with("pull_request"))
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
                ("error", Status::Error),
                ("cancel", Status::Canceled),
            ],
        );
    }
}
