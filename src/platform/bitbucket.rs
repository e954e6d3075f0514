//! Bitbucket Pipelines. Source: "Variables and secrets" of its documentation.
//!
//! The status is the exit code of the script and is known in `after-script` only. A project may
//! override these variables, so they are no proof of anything. The shape of the addresses below
//! the repository's page is in wide use but documented nowhere.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source};
use crate::model::facts::Fact;
use crate::model::status::Status;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "bitbucket",
    title: "Bitbucket Pipelines",
    detect: |environment| {
        ["BITBUCKET_BUILD_NUMBER", "BITBUCKET_COMMIT"]
            .iter()
            .any(|name| environment.value(name).is_some())
    },
    facts: &[FACTS],
    status: &[Variable("BITBUCKET_EXIT_CODE")],
    status_of,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

/// An exit code: nought is success, any other whole number is failure.
fn status_of(word: &str) -> Option<Status> {
    let code: i64 = word.trim().parse().ok()?;
    Some(match code {
        0 => Status::Success,
        _ => Status::Failure,
    })
}

const FACTS: &[(Fact, Source)] = &[
    (Fact::RunId, Variable("BITBUCKET_PIPELINE_UUID")),
    (Fact::RunNumber, Variable("BITBUCKET_BUILD_NUMBER")),
    (Fact::RunUrl, RUN_URL),
    (Fact::Project, Variable("BITBUCKET_WORKSPACE")),
    (Fact::Project, Variable("BITBUCKET_PROJECT_KEY")),
    (Fact::RepoSlug, Variable("BITBUCKET_REPO_FULL_NAME")),
    (Fact::RepoUrl, Variable("BITBUCKET_GIT_HTTP_ORIGIN")),
    (Fact::Branch, BRANCH),
    (Fact::Tag, Variable("BITBUCKET_TAG")),
    (Fact::SourceBranch, SOURCE_BRANCH),
    (
        Fact::TargetBranch,
        Variable("BITBUCKET_PR_DESTINATION_BRANCH"),
    ),
    (Fact::ChangeNumber, Variable("BITBUCKET_PR_ID")),
    (Fact::ChangeUrl, CHANGE_URL),
    (Fact::CommitSha, Variable("BITBUCKET_COMMIT")),
    (Fact::CommitUrl, COMMIT_URL),
    // An id that no person reads, but nothing else is told.
    (Fact::Actor, Variable("BITBUCKET_STEP_TRIGGERER_UUID")),
    (
        Fact::Environment,
        Variable("BITBUCKET_DEPLOYMENT_ENVIRONMENT"),
    ),
];

/// Not confirmed by any page of the vendor's; an older shape exists (`addon/pipelines/home#!/`).
const RUN_URL: Source = Source::Composed {
    from: "BITBUCKET_GIT_HTTP_ORIGIN/pipelines/results/BITBUCKET_BUILD_NUMBER",
    compose: |seen| below_origin(seen, "pipelines/results", "BITBUCKET_BUILD_NUMBER"),
};

const CHANGE_URL: Source = Source::Composed {
    from: "BITBUCKET_GIT_HTTP_ORIGIN/pull-requests/BITBUCKET_PR_ID",
    compose: |seen| below_origin(seen, "pull-requests", "BITBUCKET_PR_ID"),
};

const COMMIT_URL: Source = Source::Composed {
    from: "BITBUCKET_GIT_HTTP_ORIGIN/commits/BITBUCKET_COMMIT",
    compose: |seen| below_origin(seen, "commits", "BITBUCKET_COMMIT"),
};

fn below_origin(seen: &Seen<'_>, folder: &str, name: &str) -> Option<String> {
    let origin = seen.variable("BITBUCKET_GIT_HTTP_ORIGIN")?;
    Some(format!("{origin}/{folder}/{}", seen.variable(name)?))
}

const BRANCH: Source = Source::Composed {
    from: "BITBUCKET_BRANCH, when there is no BITBUCKET_TAG",
    compose: |seen| {
        let branch = seen.variable("BITBUCKET_BRANCH");
        branch.filter(|_| !seen.has("BITBUCKET_TAG"))
    },
};

const SOURCE_BRANCH: Source = Source::Composed {
    from: "BITBUCKET_BRANCH, on a pull request",
    compose: |seen| {
        let branch = seen.variable("BITBUCKET_BRANCH");
        branch.filter(|_| seen.has("BITBUCKET_PR_ID"))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("0", Status::Success),
                ("1", Status::Failure),
                (" 137 ", Status::Failure),
                ("-1", Status::Failure),
                ("failed", Status::Failure),
            ],
        );
    }
}
