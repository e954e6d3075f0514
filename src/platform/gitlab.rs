//! GitLab CI. Source: "Predefined CI/CD variables reference" of its documentation.
//!
//! Three traps. `CI_REPOSITORY_URL` holds a job token and is never read. `CI_JOB_STATUS` speaks of
//! the step's own job and is known from `after_script` on; before that it says `running`, whatever
//! became of the other jobs. The local runner sets `GITLAB_CI=false`, so that any value counts.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, git, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "gitlab",
    title: "GitLab CI",
    detect: |environment| environment.value("GITLAB_CI").is_some(),
    facts: &[FACTS],
    status: &[JOB_STATUS],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("CI_PIPELINE_NAME")),
    (Fact::PipelineName, Variable("CI_PROJECT_TITLE")),
    (Fact::RunId, Variable("CI_PIPELINE_ID")),
    (Fact::RunNumber, Variable("CI_PIPELINE_IID")),
    (Fact::RunUrl, Variable("CI_PIPELINE_URL")),
    (Fact::RunUrl, Variable("CI_JOB_URL")),
    (Fact::Stage, Variable("CI_JOB_STAGE")),
    (Fact::Job, Variable("CI_JOB_NAME")),
    (Fact::Project, Variable("CI_PROJECT_NAMESPACE")),
    (Fact::RepoSlug, Variable("CI_PROJECT_PATH")),
    (Fact::RepoUrl, Variable("CI_PROJECT_URL")),
    (Fact::RepoDefaultBranch, Variable("CI_DEFAULT_BRANCH")),
    (Fact::Ref, Variable("CI_COMMIT_REF_NAME")),
    // Absent on tags and in pipelines of merge requests.
    (Fact::Branch, Variable("CI_COMMIT_BRANCH")),
    (Fact::Tag, Variable("CI_COMMIT_TAG")),
    (
        Fact::SourceBranch,
        Variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
    ),
    (
        Fact::TargetBranch,
        Variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
    ),
    (Fact::ChangeNumber, Variable("CI_MERGE_REQUEST_IID")),
    (Fact::ChangeTitle, Variable("CI_MERGE_REQUEST_TITLE")),
    (Fact::ChangeUrl, CHANGE_URL),
    (Fact::CommitSha, Variable("CI_COMMIT_SHA")),
    // Zeros for merge requests, schedules, manual runs and the first push of a branch.
    (Fact::CommitBefore, Variable("CI_COMMIT_BEFORE_SHA")),
    (Fact::CommitUrl, COMMIT_URL),
    (Fact::CommitTitle, Variable("CI_COMMIT_TITLE")),
    (Fact::CommitTitle, Variable("CI_COMMIT_MESSAGE")),
    (Fact::CommitMessage, Variable("CI_COMMIT_MESSAGE")),
    (Fact::AuthorName, AUTHOR_NAME),
    (Fact::AuthorEmail, AUTHOR_EMAIL),
    (Fact::Actor, Variable("GITLAB_USER_NAME")),
    (Fact::Actor, Variable("GITLAB_USER_LOGIN")),
    (Fact::Event, Variable("CI_PIPELINE_SOURCE")),
    (Fact::CreatedAt, Variable("CI_PIPELINE_CREATED_AT")),
    (Fact::StartedAt, JOB_STARTED_AT),
    (Fact::StartedAt, Variable("CI_PIPELINE_CREATED_AT")),
    (Fact::Environment, Variable("CI_ENVIRONMENT_NAME")),
];

const JOB_STATUS: Source = Source::Composed {
    from: "CI_JOB_STATUS, in after_script",
    compose: job_status,
};

/// Without the word `running`: in a closing job it would say that nothing failed yet.
fn job_status(seen: &Seen<'_>) -> Option<String> {
    seen.variable("CI_JOB_STATUS")
        .filter(|word| !word.trim().eq_ignore_ascii_case("running"))
}

/// Where the job's own status is told, its own start belongs to it. A closing job starts when
/// everything is over; its run has been going since the pipeline was created.
const JOB_STARTED_AT: Source = Source::Composed {
    from: "CI_JOB_STARTED_AT, in after_script",
    compose: |seen| {
        job_status(seen)?;
        seen.variable("CI_JOB_STARTED_AT")
    },
};

const CHANGE_URL: Source = Source::Composed {
    from: "CI_MERGE_REQUEST_PROJECT_URL/-/merge_requests/CI_MERGE_REQUEST_IID",
    compose: |seen| {
        Some(format!(
            "{}/-/merge_requests/{}",
            seen.variable("CI_MERGE_REQUEST_PROJECT_URL")?,
            seen.variable("CI_MERGE_REQUEST_IID")?
        ))
    },
};

const COMMIT_URL: Source = Source::Composed {
    from: "CI_PROJECT_URL/-/commit/CI_COMMIT_SHA",
    compose: |seen| {
        let sha = seen.variable("CI_COMMIT_SHA");
        Some(format!(
            "{}/-/commit/{}",
            seen.variable("CI_PROJECT_URL")?,
            sha.filter(|sha| git::is_commit(sha))?
        ))
    },
};

const AUTHOR_NAME: Source = Source::Composed {
    from: "CI_COMMIT_AUTHOR, before the mail address",
    compose: |seen| {
        let author = seen.variable("CI_COMMIT_AUTHOR")?;
        let name = author.rsplit_once('<').map_or(author.as_str(), |it| it.0);
        Some(name.trim().to_owned())
    },
};

const AUTHOR_EMAIL: Source = Source::Composed {
    from: "CI_COMMIT_AUTHOR, the mail address",
    compose: |seen| {
        let author = seen.variable("CI_COMMIT_AUTHOR")?;
        let (_, rest) = author.rsplit_once('<')?;
        Some(rest.trim().strip_suffix('>')?.to_owned())
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
                ("canceled", Status::Canceled),
                ("skipped", Status::Skipped),
                ("running", Status::Running),
                ("created", Status::Waiting),
                ("preparing", Status::Waiting),
                ("pending", Status::Waiting),
                ("scheduled", Status::Waiting),
                ("waiting_for_resource", Status::Waiting),
                ("manual", Status::Paused),
                ("canceling", Status::Canceling),
            ],
        );
    }
}
