//! Coding-CI, also called QCI, the older of the two products. Source: "General variables" of its
//! documentation, a copy of October 2021.
//!
//! `QCI_BUILD_TIME` is when the step's own task began, not when the run did, and the form of
//! `QCI_JOB_TIME` is not told; the start is left out. There is no status.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Source, git, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "qci",
    title: "Coding-CI",
    detect: |environment| environment.value("QCI_JOB_ID").is_some(),
    facts: &[FACTS],
    status: &[],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("QCI_JOB_NAME")),
    (Fact::PipelineId, Variable("QCI_JOB_ID")),
    (Fact::RunId, Variable("QCI_BUILD_ID")),
    (Fact::RunNumber, Variable("QCI_BUILD_NUMBER")),
    (Fact::RunUrl, Variable("QCI_JOB_URL")),
    (Fact::RepoSlug, REPO_SLUG),
    (Fact::RepoUrl, Variable("QCI_REPO")),
    (Fact::Branch, BRANCH),
    (Fact::Tag, Variable("QCI_REPO_TAG")),
    (Fact::SourceBranch, Variable("QCI_MR_SOURCE_BRANCH")),
    (Fact::TargetBranch, Variable("QCI_MR_TARGET_BRANCH")),
    // `QCI_MR_ID` counts all merge requests of the service, this one those of the repository.
    (Fact::ChangeNumber, Variable("QCI_MR_IID")),
    (Fact::CommitSha, Variable("QCI_REPO_COMMIT")),
    (Fact::CommitBefore, Variable("QCI_LAST_BUILD_COMMIT")),
    (Fact::CommitTitle, Variable("QCI_COMMIT_MESSAGE")),
    (Fact::CommitMessage, Variable("QCI_COMMIT_MESSAGE")),
    (Fact::AuthorName, Variable("QCI_COMMIT_AUTHOR")),
    (Fact::Actor, Variable("QCI_TRIGGER")),
    (Fact::Event, Variable("QCI_TRIGGER_TYPE")),
    (Fact::FailedSteps, Variable("QCI_FAIL_TASKS")),
];

/// The page says "path of the repository"; programs that use it find an address.
const REPO_SLUG: Source = Source::Composed {
    from: "QCI_REPO, its path",
    compose: |seen| {
        let repository = seen.variable("QCI_REPO")?;
        match repository.contains(':') {
            true => git::slug_of(&repository),
            false => Some(repository),
        }
    },
};

/// A tag run names the branch that the tag stands on, too.
const BRANCH: Source = Source::Composed {
    from: "QCI_REPO_BRANCH, when there is no QCI_REPO_TAG",
    compose: |seen| {
        let branch = seen.variable("QCI_REPO_BRANCH");
        branch.filter(|_| !seen.has("QCI_REPO_TAG"))
    },
};
