//! GitHub Actions. Source: "Variables reference" and "Events that trigger workflows" of its
//! documentation, the runner's own code, and the published webhook payload schemas.
//!
//! Two traps. On a pull request `GITHUB_SHA` is a merge commit that exists nowhere else and
//! `GITHUB_REF_NAME` is `7/merge`. On a `workflow_run` event the run to tell about is the *other*
//! one, and everything about it stands in the event file; its rows come first for that reason.

use serde::Deserialize;

use super::{PlatformEntry, Seen, Source};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "github",
    title: "GitHub Actions",
    detect: |environment| environment.is("GITHUB_ACTIONS", "true"),
    facts: &[
        (Fact::PipelineName, Source::Event("workflow_run.name")),
        (Fact::PipelineName, Source::Variable("GITHUB_WORKFLOW")),
        (Fact::RunId, Source::Event("workflow_run.id")),
        (Fact::RunId, Source::Variable("GITHUB_RUN_ID")),
        (Fact::RunNumber, Source::Event("workflow_run.run_number")),
        (Fact::RunNumber, Source::Variable("GITHUB_RUN_NUMBER")),
        (Fact::RunAttempt, Source::Event("workflow_run.run_attempt")),
        (Fact::RunAttempt, Source::Variable("GITHUB_RUN_ATTEMPT")),
        (Fact::RunUrl, Source::Event("workflow_run.html_url")),
        (Fact::RunUrl, RUN_URL),
        (Fact::Job, JOB),
        (Fact::Project, Source::Variable("GITHUB_REPOSITORY_OWNER")),
        (Fact::RepoSlug, Source::Variable("GITHUB_REPOSITORY")),
        (Fact::RepoUrl, REPO_URL),
        (
            Fact::RepoDefaultBranch,
            Source::Event("repository.default_branch"),
        ),
        (Fact::Ref, REF),
        (Fact::Branch, Source::Event("workflow_run.head_branch")),
        (Fact::Branch, BRANCH),
        (Fact::Tag, TAG),
        (Fact::SourceBranch, Source::Variable("GITHUB_HEAD_REF")),
        (Fact::TargetBranch, Source::Variable("GITHUB_BASE_REF")),
        (Fact::ChangeNumber, Source::Event("pull_request.number")),
        (Fact::ChangeNumber, CHANGE_NUMBER),
        (Fact::ChangeTitle, Source::Event("pull_request.title")),
        (Fact::ChangeUrl, Source::Event("pull_request.html_url")),
        (Fact::CommitSha, Source::Event("workflow_run.head_sha")),
        (Fact::CommitSha, Source::Event("pull_request.head.sha")),
        (Fact::CommitSha, Source::Variable("GITHUB_SHA")),
        (Fact::CommitBefore, Source::Event("before")),
        (Fact::CommitUrl, Source::Event("head_commit.url")),
        (Fact::CommitUrl, COMMIT_URL),
        (
            Fact::CommitTitle,
            Source::Event("workflow_run.head_commit.message"),
        ),
        (Fact::CommitTitle, Source::Event("head_commit.message")),
        (Fact::CommitTitle, Source::Event("pull_request.title")),
        (
            Fact::CommitMessage,
            Source::Event("workflow_run.head_commit.message"),
        ),
        (Fact::CommitMessage, Source::Event("head_commit.message")),
        (
            Fact::AuthorName,
            Source::Event("workflow_run.head_commit.author.name"),
        ),
        (Fact::AuthorName, Source::Event("head_commit.author.name")),
        (Fact::AuthorName, Source::Event("pull_request.user.login")),
        (
            Fact::AuthorEmail,
            Source::Event("workflow_run.head_commit.author.email"),
        ),
        (Fact::AuthorEmail, Source::Event("head_commit.author.email")),
        (
            Fact::Actor,
            Source::Event("workflow_run.triggering_actor.login"),
        ),
        (Fact::Actor, Source::Event("workflow_run.actor.login")),
        (Fact::Actor, Source::Variable("GITHUB_TRIGGERING_ACTOR")),
        (Fact::Actor, Source::Variable("GITHUB_ACTOR")),
        (Fact::Event, Source::Event("workflow_run.event")),
        (Fact::Event, Source::Variable("GITHUB_EVENT_NAME")),
        (Fact::CreatedAt, Source::Event("workflow_run.created_at")),
        (
            Fact::StartedAt,
            Source::Event("workflow_run.run_started_at"),
        ),
        (Fact::FinishedAt, Source::Event("workflow_run.updated_at")),
        (Fact::Environment, Source::Event("deployment.environment")),
    ],
    // The job's own status is no variable; action.yml hands it over as the input `job_status`.
    status: &[Source::Event("workflow_run.conclusion")],
    previous_status: &[],
    event_file: Some("GITHUB_EVENT_PATH"),
};

#[derive(Debug, Default, Deserialize)]
struct Variables {
    github_server_url: Option<String>,
    github_repository: Option<String>,
    github_run_id: Option<String>,
    github_run_attempt: Option<String>,
    github_ref: Option<String>,
    github_ref_name: Option<String>,
    github_ref_type: Option<String>,
    github_job: Option<String>,
}

const RUN_URL: Source = Source::Composed {
    from: "GITHUB_SERVER_URL/GITHUB_REPOSITORY/actions/runs/GITHUB_RUN_ID/attempts/GITHUB_RUN_ATTEMPT",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        let attempt = variables
            .github_run_attempt
            .filter(|attempt| attempt != "1")
            .map(|attempt| format!("/attempts/{attempt}"))
            .unwrap_or_default();
        Some(format!(
            "{}/{}/actions/runs/{}{attempt}",
            variables.github_server_url?, variables.github_repository?, variables.github_run_id?
        ))
    },
};

/// The ref of the telling run is not that of the run it tells about.
const REF: Source = Source::Composed {
    from: "GITHUB_REF, unless on workflow_run",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        match seen.event_text("workflow_run.id") {
            Some(_) => None,
            None => variables.github_ref,
        }
    },
};

/// The job that this step runs in says nothing about the run that a `workflow_run` event tells of.
const JOB: Source = Source::Composed {
    from: "GITHUB_JOB, unless on workflow_run",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        match seen.event_text("workflow_run.id") {
            Some(_) => None,
            None => variables.github_job,
        }
    },
};

const REPO_URL: Source = Source::Composed {
    from: "GITHUB_SERVER_URL/GITHUB_REPOSITORY",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        Some(format!(
            "{}/{}",
            variables.github_server_url?, variables.github_repository?
        ))
    },
};

const COMMIT_URL: Source = Source::Composed {
    from: "GITHUB_SERVER_URL/GITHUB_REPOSITORY/commit/ and the commit id",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        let sha = seen
            .event_text("workflow_run.head_sha")
            .or_else(|| seen.event_text("pull_request.head.sha"))
            .or_else(|| seen.environment.value("GITHUB_SHA").map(str::to_owned))?;
        Some(format!(
            "{}/{}/commit/{sha}",
            variables.github_server_url?, variables.github_repository?
        ))
    },
};

const BRANCH: Source = Source::Composed {
    from: "GITHUB_REF_NAME, when GITHUB_REF_TYPE is branch and the run is no pull request",
    compose: |seen| ref_name(seen, "branch"),
};

const TAG: Source = Source::Composed {
    from: "GITHUB_REF_NAME, when GITHUB_REF_TYPE is tag",
    compose: |seen| ref_name(seen, "tag"),
};

fn ref_name(seen: &Seen<'_>, wanted: &str) -> Option<String> {
    let variables: Variables = seen.environment.read();
    let is_wanted = variables.github_ref_type.as_deref() == Some(wanted);
    let is_change = variables
        .github_ref
        .is_some_and(|name| name.starts_with("refs/pull/"));
    (is_wanted && !is_change).then_some(variables.github_ref_name)?
}

const CHANGE_NUMBER: Source = Source::Composed {
    from: "GITHUB_REF, refs/pull/N/...",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        let reference = variables.github_ref?;
        let number = reference.strip_prefix("refs/pull/")?.split('/').next()?;
        Some(number.to_owned())
    },
};
