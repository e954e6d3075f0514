//! GitHub Actions. Source: "Variables reference" and "Events that trigger workflows" of its
//! documentation, the runner's own code, and the published webhook payload schemas.
//!
//! Two traps. On a pull request `GITHUB_SHA` is a merge commit that exists nowhere else and
//! `GITHUB_REF_NAME` is `7/merge`. On a `workflow_run` event the run to tell about is the *other*
//! one, and everything about it stands in the event file; its rows come first for that reason.

use serde::Deserialize;

use super::Source::{Event, Variable};
use super::{Example, InputNames, PlatformEntry, Seen, Source, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "github",
    title: "GitHub Actions",
    detect: |environment| environment.is("GITHUB_ACTIONS", "true"),
    facts: &[FACTS],
    // The job's own status is no variable; action.yml hands it over as the input `job_status`.
    status: &[Event("workflow_run.conclusion")],
    status_of: no_words,
    previous_status: &[],
    event_file: Some("GITHUB_EVENT_PATH"),
    input_names: InputNames::Prefixed,
    example: Example {
        language: "yaml",
        text: "\
- uses: {action}
  if: ${{ always() }}
  with:
    dingtalk_webhook: ${{ secrets.DINGTALK_WEBHOOK }}
    notify_on: failure, canceled
",
    },
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Event("workflow_run.name")),
    (Fact::PipelineName, Variable("GITHUB_WORKFLOW")),
    (Fact::RunId, Event("workflow_run.id")),
    (Fact::RunId, Variable("GITHUB_RUN_ID")),
    (Fact::RunNumber, Event("workflow_run.run_number")),
    (Fact::RunNumber, Variable("GITHUB_RUN_NUMBER")),
    (Fact::RunAttempt, Event("workflow_run.run_attempt")),
    (Fact::RunAttempt, Variable("GITHUB_RUN_ATTEMPT")),
    (Fact::RunUrl, Event("workflow_run.html_url")),
    (Fact::RunUrl, RUN_URL),
    (Fact::Job, JOB),
    (Fact::Project, Variable("GITHUB_REPOSITORY_OWNER")),
    (Fact::RepoSlug, Variable("GITHUB_REPOSITORY")),
    (Fact::RepoUrl, REPO_URL),
    (Fact::RepoDefaultBranch, Event("repository.default_branch")),
    (Fact::Ref, REF),
    (Fact::Branch, Event("workflow_run.head_branch")),
    (Fact::Branch, BRANCH),
    (Fact::Tag, TAG),
    (Fact::SourceBranch, Variable("GITHUB_HEAD_REF")),
    (Fact::TargetBranch, Variable("GITHUB_BASE_REF")),
    (Fact::ChangeNumber, Event("pull_request.number")),
    (Fact::ChangeNumber, CHANGE_NUMBER),
    (Fact::ChangeTitle, Event("pull_request.title")),
    (Fact::ChangeUrl, Event("pull_request.html_url")),
    (Fact::CommitSha, Event("workflow_run.head_sha")),
    (Fact::CommitSha, Event("pull_request.head.sha")),
    (Fact::CommitSha, Variable("GITHUB_SHA")),
    (Fact::CommitBefore, Event("before")),
    (Fact::CommitUrl, Event("head_commit.url")),
    (Fact::CommitUrl, COMMIT_URL),
    (Fact::CommitTitle, Event("workflow_run.head_commit.message")),
    (Fact::CommitTitle, Event("head_commit.message")),
    (Fact::CommitTitle, Event("pull_request.title")),
    (
        Fact::CommitMessage,
        Event("workflow_run.head_commit.message"),
    ),
    (Fact::CommitMessage, Event("head_commit.message")),
    (
        Fact::AuthorName,
        Event("workflow_run.head_commit.author.name"),
    ),
    (Fact::AuthorName, Event("head_commit.author.name")),
    (Fact::AuthorName, Event("pull_request.user.login")),
    (
        Fact::AuthorEmail,
        Event("workflow_run.head_commit.author.email"),
    ),
    (Fact::AuthorEmail, Event("head_commit.author.email")),
    (Fact::Actor, Event("workflow_run.triggering_actor.login")),
    (Fact::Actor, Event("workflow_run.actor.login")),
    (Fact::Actor, Variable("GITHUB_TRIGGERING_ACTOR")),
    (Fact::Actor, Variable("GITHUB_ACTOR")),
    (Fact::Event, Event("workflow_run.event")),
    (Fact::Event, Variable("GITHUB_EVENT_NAME")),
    (Fact::CreatedAt, Event("workflow_run.created_at")),
    (Fact::StartedAt, Event("workflow_run.run_started_at")),
    (Fact::FinishedAt, Event("workflow_run.updated_at")),
    (Fact::Environment, Event("deployment.environment")),
];

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
