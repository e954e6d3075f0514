//! CircleCI. Source: "Project values and variables" and "Configuration reference" of its
//! documentation.
//!
//! What is written `<< pipeline.… >>` there is no variable and has to be handed over, the number
//! of the run among it: `CIRCLE_BUILD_NUM` counts jobs and is not read. A value that is unset
//! arrives as the text `<nil>`. There is no status either; two steps carry it.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Source, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "circleci",
    title: "CircleCI",
    detect: |environment| environment.is("CIRCLECI", "true"),
    facts: &[FACTS],
    status: &[],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::RunId, Variable("CIRCLE_WORKFLOW_ID")),
    (Fact::RunId, Variable("CIRCLE_PIPELINE_ID")),
    // The page of the job; none of the run is told.
    (Fact::RunUrl, Variable("CIRCLE_BUILD_URL")),
    (Fact::Job, Variable("CIRCLE_JOB")),
    (Fact::Project, Variable("CIRCLE_PROJECT_USERNAME")),
    (Fact::RepoSlug, REPO_SLUG),
    // Often an address for ssh, which is no page.
    (Fact::RepoUrl, Variable("CIRCLE_REPOSITORY_URL")),
    (Fact::Branch, BRANCH),
    (Fact::Tag, Variable("CIRCLE_TAG")),
    (Fact::ChangeNumber, Variable("CIRCLE_PR_NUMBER")),
    (Fact::ChangeNumber, CHANGE_NUMBER),
    (Fact::ChangeUrl, Variable("CIRCLE_PULL_REQUEST")),
    (Fact::CommitSha, Variable("CIRCLE_SHA1")),
    (Fact::Actor, Variable("CIRCLE_USERNAME")),
];

const REPO_SLUG: Source = Source::Composed {
    from: "CIRCLE_PROJECT_USERNAME/CIRCLE_PROJECT_REPONAME",
    compose: |seen| {
        Some(format!(
            "{}/{}",
            seen.variable("CIRCLE_PROJECT_USERNAME")?,
            seen.variable("CIRCLE_PROJECT_REPONAME")?
        ))
    },
};

const BRANCH: Source = Source::Composed {
    from: "CIRCLE_BRANCH, when there is no CIRCLE_TAG",
    compose: |seen| {
        let branch = seen.variable("CIRCLE_BRANCH");
        branch.filter(|_| !seen.has("CIRCLE_TAG"))
    },
};

/// `CIRCLE_PR_NUMBER` is there for forks only; the page of the pull request ends in the number.
const CHANGE_NUMBER: Source = Source::Composed {
    from: "CIRCLE_PULL_REQUEST, its last part",
    compose: |seen| {
        let page = seen.variable("CIRCLE_PULL_REQUEST")?;
        let (_, number) = page.trim_end_matches('/').rsplit_once('/')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.to_owned())
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
                ("success", Status::Success),
                ("failed", Status::Failure),
                ("error", Status::Error),
                ("canceled", Status::Canceled),
                ("not_run", Status::Skipped),
                ("running", Status::Running),
                ("unauthorized", Status::Paused),
                ("on_hold", Status::Paused),
            ],
        );
    }
}
