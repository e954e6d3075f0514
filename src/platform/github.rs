//! GitHub Actions. Source: "Variables reference" and "Events that trigger workflows" of its
//! documentation, the runner's own code, and the published webhook payload schemas.
//!
//! Three traps. On a pull request `GITHUB_SHA` is a merge commit that exists nowhere else and
//! `GITHUB_REF_NAME` is `7/merge`. On a `workflow_run` event the run to tell about is the *other*
//! one, and everything about it stands in the event file; its rows come first for that reason. On
//! a `deployment_status` event the status to tell about is that of the deployment, and the job that
//! tells succeeds all the same. Where the file of either cannot be read, nothing that the runner
//! says stands in for it.

use serde::Deserialize;

use super::Source::{Event, Variable};
use super::{InputNames, PlatformEntry, Results, Seen, Source, git, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "github",
    title: "GitHub Actions",
    detect: |environment| environment.is("GITHUB_ACTIONS", "true"),
    facts: &[SHARED, OWN],
    status: STATUS,
    status_of: no_words,
    previous_status: &[],
    event_file: Some("GITHUB_EVENT_PATH"),
    input_names: InputNames::Prefixed,
    results: Results::GitHub,
};

/// The status of the job itself is no variable; action.yml hands it over as the input
/// `job_status`. A run that has not ended has no conclusion but does have a status.
pub(super) const STATUS: &[Source] = &[
    Event("workflow_run.conclusion"),
    Event("workflow_run.status"),
    Event("deployment_status.state"),
    UNTOLD,
];

/// The status of the job that tells is not that of what it tells about.
const UNTOLD: Source = Source::Composed {
    from: "GITHUB_EVENT_NAME, whose event file tells no status",
    compose: |seen| {
        let is_of_deployment = seen
            .environment
            .is("GITHUB_EVENT_NAME", "deployment_status");
        (is_of_deployment || is_of_other_run(seen)).then(|| "unknown".to_owned())
    },
};

/// Where GitHub's page of a run is, which is not where Gitea and Forgejo have theirs.
const OWN: &[(Fact, Source)] = &[(Fact::RunUrl, RUN_URL)];

/// What Gitea Actions and Forgejo Actions give in the same words.
pub(super) const SHARED: &[(Fact, Source)] = &[
    (Fact::PipelineName, Event("workflow_run.name")),
    (Fact::PipelineName, WORKFLOW),
    (Fact::RunId, Event("workflow_run.id")),
    (Fact::RunId, RUN_ID),
    (Fact::RunNumber, Event("workflow_run.run_number")),
    (Fact::RunNumber, RUN_NUMBER),
    (Fact::RunAttempt, Event("workflow_run.run_attempt")),
    (Fact::RunAttempt, ATTEMPT),
    (Fact::RunUrl, Event("workflow_run.html_url")),
    (Fact::RunUrl, Event("deployment_status.log_url")),
    (Fact::RunUrl, Event("deployment_status.target_url")),
    (Fact::RunDescription, Event("release.name")),
    (Fact::Job, JOB),
    (Fact::Project, Variable("GITHUB_REPOSITORY_OWNER")),
    (Fact::Project, OWNER),
    (Fact::RepoSlug, Variable("GITHUB_REPOSITORY")),
    (Fact::RepoUrl, REPO_URL),
    (Fact::RepoDefaultBranch, Event("repository.default_branch")),
    (Fact::Ref, REF),
    (Fact::Branch, OTHER_BRANCH),
    (Fact::Branch, BRANCH),
    (Fact::Tag, TAG),
    (Fact::Tag, Event("release.tag_name")),
    (Fact::SourceBranch, OTHER_SOURCE_BRANCH),
    (Fact::SourceBranch, Variable("GITHUB_HEAD_REF")),
    (Fact::TargetBranch, OTHER_TARGET_BRANCH),
    (Fact::TargetBranch, Variable("GITHUB_BASE_REF")),
    (Fact::ChangeNumber, OTHER_CHANGE_NUMBER),
    (Fact::ChangeNumber, Event("pull_request.number")),
    (Fact::ChangeNumber, CHANGE_NUMBER),
    (Fact::ChangeTitle, Event("pull_request.title")),
    (Fact::ChangeUrl, Event("pull_request.html_url")),
    (Fact::CommitSha, Event("workflow_run.head_sha")),
    (Fact::CommitSha, Event("pull_request.head.sha")),
    (Fact::CommitSha, SHA),
    (Fact::CommitBefore, Event("before")),
    (Fact::CommitUrl, Event("head_commit.url")),
    (Fact::CommitUrl, COMMIT_URL),
    (Fact::CommitTitle, Event("workflow_run.head_commit.message")),
    (Fact::CommitTitle, Event("workflow_run.display_title")),
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
    (Fact::Actor, TRIGGERING_ACTOR),
    (Fact::Actor, ACTOR),
    (Fact::Event, Event("workflow_run.event")),
    (Fact::Event, Variable("GITHUB_EVENT_NAME")),
    (Fact::CreatedAt, Event("workflow_run.created_at")),
    (Fact::StartedAt, Event("workflow_run.run_started_at")),
    (Fact::FinishedAt, Event("workflow_run.updated_at")),
    (Fact::Environment, Event("deployment_status.environment")),
    (Fact::Environment, Event("deployment.environment")),
];

#[derive(Debug, Default, Deserialize)]
struct Variables {
    github_repository: Option<String>,
    github_run_attempt: Option<String>,
    github_ref: Option<String>,
    github_ref_type: Option<String>,
}

const RUN_URL: Source = Source::Composed {
    from: "GITHUB_SERVER_URL/GITHUB_REPOSITORY/actions/runs/GITHUB_RUN_ID/attempts/GITHUB_RUN_ATTEMPT",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        let run = of_this_run(seen, "GITHUB_RUN_ID")?;
        let repo = repo_url(seen)?;
        let attempt = variables
            .github_run_attempt
            .filter(|attempt| attempt != "1")
            .map(|attempt| format!("/attempts/{attempt}"))
            .unwrap_or_default();
        Some(format!("{repo}/actions/runs/{run}{attempt}"))
    },
};

/// The event may leave any of these out, and those of the telling run are not those of the run
/// that it tells about.
const WORKFLOW: Source = Source::Composed {
    from: "GITHUB_WORKFLOW, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_WORKFLOW"),
};

const RUN_ID: Source = Source::Composed {
    from: "GITHUB_RUN_ID, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_RUN_ID"),
};

const RUN_NUMBER: Source = Source::Composed {
    from: "GITHUB_RUN_NUMBER, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_RUN_NUMBER"),
};

const SHA: Source = Source::Composed {
    from: "GITHUB_SHA, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_SHA"),
};

const ATTEMPT: Source = Source::Composed {
    from: "GITHUB_RUN_ATTEMPT, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_RUN_ATTEMPT"),
};

const REF: Source = Source::Composed {
    from: "GITHUB_REF, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_REF"),
};

const JOB: Source = Source::Composed {
    from: "GITHUB_JOB, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_JOB"),
};

const TRIGGERING_ACTOR: Source = Source::Composed {
    from: "GITHUB_TRIGGERING_ACTOR, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_TRIGGERING_ACTOR"),
};

const ACTOR: Source = Source::Composed {
    from: "GITHUB_ACTOR, unless on workflow_run",
    compose: |seen| of_this_run(seen, "GITHUB_ACTOR"),
};

/// The variable's value, when the run that tells is the one that is told about.
pub(super) fn of_this_run(seen: &Seen<'_>, name: &str) -> Option<String> {
    seen.variable(name).filter(|_| !is_of_other_run(seen))
}

/// Whether the run to tell about is another one. The name of the event says so too, where its file
/// cannot be read.
fn is_of_other_run(seen: &Seen<'_>) -> bool {
    seen.environment.is("GITHUB_EVENT_NAME", "workflow_run")
        || seen.event_text("workflow_run.id").is_some()
}

const OTHER_BRANCH: Source = Source::Composed {
    from: "event file, `workflow_run.head_branch`, unless of a pull request",
    compose: |seen| {
        let branch = seen.event_text("workflow_run.head_branch");
        branch.filter(|_| !is_of_other_change(seen))
    },
};

const OTHER_SOURCE_BRANCH: Source = Source::Composed {
    from: "event file, `workflow_run.head_branch`, of a pull request",
    compose: |seen| of_other_change(seen, "workflow_run.head_branch"),
};

const OTHER_TARGET_BRANCH: Source = Source::Composed {
    from: "event file, `workflow_run.pull_requests`, of a pull request",
    compose: |seen| of_other_change(seen, "workflow_run.pull_requests.base.ref"),
};

const OTHER_CHANGE_NUMBER: Source = Source::Composed {
    from: "event file, `workflow_run.pull_requests`, of a pull request",
    compose: |seen| of_other_change(seen, "workflow_run.pull_requests.number"),
};

/// A run for a push lists pull requests too, those of the same branch; it is not about them.
fn of_other_change(seen: &Seen<'_>, path: &str) -> Option<String> {
    seen.event_text(path).filter(|_| is_of_other_change(seen))
}

fn is_of_other_change(seen: &Seen<'_>) -> bool {
    let event = seen.event_text("workflow_run.event");
    event.is_some_and(|word| word.starts_with("pull_request"))
}

/// Old runners of Gitea leave GITHUB_REPOSITORY_OWNER out.
const OWNER: Source = Source::Composed {
    from: "GITHUB_REPOSITORY, its first part",
    compose: |seen| {
        let variables: Variables = seen.environment.read();
        let (owner, _) = variables.github_repository.as_deref()?.split_once('/')?;
        Some(owner.to_owned())
    },
};

const REPO_URL: Source = Source::Composed {
    from: "GITHUB_SERVER_URL/GITHUB_REPOSITORY",
    compose: repo_url,
};

/// Gitea's address of the server ends in a slash.
pub(super) fn repo_url(seen: &Seen<'_>) -> Option<String> {
    let server = seen.variable("GITHUB_SERVER_URL")?;
    let repository = seen.variable("GITHUB_REPOSITORY")?;
    Some(format!("{}/{repository}", server.trim_end_matches('/')))
}

const COMMIT_URL: Source = Source::Composed {
    from: "GITHUB_SERVER_URL/GITHUB_REPOSITORY/commit/ and the commit id",
    compose: |seen| {
        let sha = seen
            .event_text("workflow_run.head_sha")
            .or_else(|| seen.event_text("pull_request.head.sha"))
            .or_else(|| of_this_run(seen, "GITHUB_SHA"))
            .filter(|sha| git::is_commit(sha))?;
        Some(format!("{}/commit/{sha}", repo_url(seen)?))
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
    // For `pull_request_target`, and once it is merged, the ref is that of the target branch.
    let is_change = variables
        .github_ref
        .is_some_and(|name| name.starts_with("refs/pull/"))
        || seen.has("GITHUB_HEAD_REF")
        || seen.event_text("pull_request.number").is_some();
    (is_wanted && !is_change).then(|| of_this_run(seen, "GITHUB_REF_NAME"))?
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
                ("neutral", Status::Success),
                ("failure", Status::Failure),
                ("error", Status::Error),
                ("startup_failure", Status::Error),
                ("timed_out", Status::TimedOut),
                ("cancelled", Status::Canceled),
                ("stale", Status::Canceled),
                ("inactive", Status::Canceled),
                ("skipped", Status::Skipped),
                ("in_progress", Status::Running),
                ("queued", Status::Waiting),
                ("requested", Status::Waiting),
                ("pending", Status::Waiting),
                ("waiting", Status::Waiting),
                ("action_required", Status::Paused),
            ],
        );
    }
}
