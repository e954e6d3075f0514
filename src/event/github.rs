//! Event files of GitHub, Gitea and Forgejo, rewritten into the vendor's form. Source: GitHub's
//! published webhook payload schemas, and the payload types of Gitea's and Forgejo's hooks.
//!
//! A file is known by its parts, so that a saved one works without the name of its event. Gitea
//! and Forgejo differ in three places: a push to a pull request is `synchronized`, a review is
//! `reviewed` with its outcome in `review.type` and its text in `review.content`, and people have
//! a `full_name`, which may be empty.

use serde_json::{Map, Value};

use super::facts::{Told, check_case, told};
use super::{Found, row};
use crate::model::document::Target;
use crate::model::event::{Event, at, str_at, text_at};
use crate::model::status::Status;
use crate::model::text::{clean_line, head_chars};

/// Reads a file; `None` when it is none of these forges'.
pub(super) fn find(tree: &Value) -> Option<Found> {
    let has = |part: &str| at(tree, part).is_some_and(Value::is_object);
    // Every hook of a forge tells who sent it or about which repository; a file cut down by hand
    // may have its main part alone.
    const PARTS: [&str; 7] = [
        "sender",
        "repository",
        "pull_request",
        "workflow_run",
        "check_run",
        "check_suite",
        "deployment_status",
    ];
    if !PARTS.iter().any(|part| has(part)) {
        return None;
    }
    // Other systems have a repository and a sender, too.
    if let Some((part, whose)) = FOREIGN.iter().find(|(part, _)| at(tree, part).is_some()) {
        return Some(Found::Unknown(format!(
            "its `{part}` is that of a hook of {whose}, which runbell does not read"
        )));
    }
    let action = str_at(tree, "action").unwrap_or_default();
    let found = if has("workflow_run") {
        pipeline(tree)
    } else if has("check_run") {
        check(tree, "check_run")
    } else if has("check_suite") {
        check(tree, "check_suite")
    } else if has("deployment_status") {
        deployment(tree)
    } else if has("pull_request") || is_comment_on_change(tree) {
        change(tree, action)
    } else if action == "deleted" && is_about_repository(tree) {
        repository(tree)
    } else {
        None
    };
    match found {
        Some(event) => Some(Found::Event(Box::new(event))),
        None => said(tree, action).map(Found::Other),
    }
}

/// Parts that hooks of other systems have, and whose they are.
const FOREIGN: [(&str, &str); 5] = [
    ("object_kind", "GitLab"),
    ("object_attributes", "GitLab"),
    ("eventKey", "Bitbucket"),
    ("pullrequest", "Bitbucket"),
    ("hook_name", "Gitee"),
];

/// Whether a file tells of its repository: everything else that can be deleted is a part of its own,
/// such as a label or a milestone.
fn is_about_repository(tree: &Value) -> bool {
    const PARTS: [&str; 6] = [
        "action",
        "repository",
        "sender",
        "organization",
        "enterprise",
        "installation",
    ];
    let is_object = |part: &str| at(tree, part).is_some_and(Value::is_object);
    let only = |parts: &Map<String, Value>| parts.keys().all(|it| PARTS.contains(&it.as_str()));
    is_object("repository") && tree.as_object().is_some_and(only)
}

/// Comments of issues and of changes come alike; GitHub marks those of changes inside the issue,
/// Gitea and Forgejo with a flag.
fn is_comment_on_change(tree: &Value) -> bool {
    let is_marked = at(tree, "issue.pull_request").is_some_and(Value::is_object);
    let is_flagged = at(tree, "is_pull").and_then(Value::as_bool) == Some(true);
    is_marked || is_flagged
}

/// What a file tells that is no event of the catalogue; `None` when it shows no part that these
/// forges' hooks are known by.
fn said(tree: &Value, action: &str) -> Option<String> {
    const PARTS: [&str; 28] = [
        "workflow_run",
        "workflow_job",
        "check_run",
        "check_suite",
        "deployment_status",
        "deployment",
        "review",
        "comment",
        "pull_request",
        "issue",
        "release",
        "discussion",
        "label",
        "milestone",
        "package",
        "registry_package",
        "repository_ruleset",
        "alert",
        "member",
        "installation",
        "head_commit",
        "pusher",
        "pusher_type",
        "workflow",
        "forkee",
        "pages",
        "starred_at",
        "zen",
    ];
    let part = match PARTS.iter().find(|part| at(tree, part).is_some()) {
        Some(&("head_commit" | "pusher")) => "push",
        Some(&"pusher_type") => "branch or tag",
        Some(part) => part,
        // An action beside both is a hook of theirs of a kind that came later.
        None if !action.is_empty() && has_both(tree) => "event",
        None => return None,
    };
    Some(match action {
        "" => part.to_owned(),
        action => format!("{part}, {}", head_chars(&clean_line(action), 40)),
    })
}

/// Whether a file tells of a repository and of who sent it.
fn has_both(tree: &Value) -> bool {
    ["repository", "sender"]
        .iter()
        .all(|part| at(tree, part).is_some_and(Value::is_object))
}

/// A rewriting, a line for each path in the vendor's form; behind it the paths that it may come from,
/// the first with a value wins.
type Rewriting = &'static str;

/// What all share.
const REPOSITORY: Rewriting = "\
project.id repository.owner.login repository.owner.username
project.url repository.owner.html_url
repo.id repository.id
repo.webUrl repository.html_url
repo.httpUrl repository.clone_url
repo.sshUrl repository.ssh_url
repo.name repository.name
repo.groupName repository.owner.login repository.owner.username
operator.id sender.id
operator.nickName sender.full_name sender.login sender.username
operator.name sender.login sender.username
operator.username sender.login sender.username";

const CHANGE: Rewriting = "\
mergeRequest.id pull_request.id issue.id
mergeRequest.iid pull_request.number issue.number number
mergeRequest.url pull_request.html_url issue.pull_request.html_url issue.html_url
mergeRequest.createdAt pull_request.created_at issue.created_at
mergeRequest.updatedAt pull_request.updated_at issue.updated_at
mergeRequest.title pull_request.title issue.title
mergeRequest.description pull_request.body issue.body
mergeRequest.sourceBranch pull_request.head.ref
mergeRequest.targetBranch pull_request.base.ref
mergeRequest.author.id pull_request.user.id issue.user.id
mergeRequest.author.nickName pull_request.user.full_name pull_request.user.login issue.user.full_name issue.user.login
mergeRequest.author.name pull_request.user.login issue.user.login
mergeRequest.author.username pull_request.user.login issue.user.login";

const REMARK: Rewriting = "\
mergeRequestReview.id comment.id review.id thread.comments.id
mergeRequestReview.body comment.body review.body review.content thread.comments.body
mergeRequestReview.url comment.html_url review.html_url thread.comments.html_url
mergeRequestReview.author.id comment.user.id review.user.id thread.comments.user.id sender.id
mergeRequestReview.author.nickName comment.user.full_name comment.user.login review.user.login thread.comments.user.login sender.full_name sender.login
mergeRequestReview.author.name comment.user.login review.user.login thread.comments.user.login sender.login
mergeRequestReview.author.username comment.user.login review.user.login thread.comments.user.login sender.login
mergeRequestReview.createdAt comment.created_at review.submitted_at thread.comments.created_at
mergeRequestReview.updatedAt comment.updated_at review.submitted_at thread.comments.updated_at";

const CHECK_RUN: Rewriting = "\
project.id repository.owner.login repository.owner.username
project.url repository.owner.html_url
task.id check_run.app.id check_suite.app.id
task.name check_run.name check_suite.app.name
task.gitUrl repository.clone_url
task.creator check_run.app.name check_suite.app.name
job.id check_run.id check_suite.id
job.startTime check_run.started_at check_suite.created_at
job.finishTime check_run.completed_at check_suite.updated_at
job.executor sender.login sender.username
job.url check_run.html_url check_run.details_url";

const DEPLOYMENT: Rewriting = "\
taskName repository.name
projectName repository.full_name
sort deployment.id deployment_status.id
startUser deployment.creator.login sender.login
startTime deployment.created_at deployment_status.created_at
link deployment_status.log_url deployment_status.target_url deployment_status.environment_url repository.html_url";

const PIPELINE: Rewriting = "\
pipeline.pipeline_id workflow_run.workflow_id
pipeline.run_number workflow_run.run_number
pipeline.project_id repository.owner.login repository.owner.username
pipeline.run_id workflow_run.id
pipeline.timestamp workflow_run.run_started_at workflow_run.started_at
pipeline.trigger_type workflow_run.event
pipeline.name workflow_run.name workflow_run.display_title";

/// Whether the JSON types of a source stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Types {
    /// They do: ids of repositories and merge requests are numbers.
    Kept,
    /// Everything becomes text, as ids are in all other bodies.
    Texts,
}

/// Makes the event of a type and case, its body rewritten by the rows; `None` when the catalogue
/// has no such type.
fn with(
    tree: &Value,
    (name, word): (&str, &str),
    rewritings: &[Rewriting],
    types: Types,
) -> Option<Event> {
    let (kind, case) = row(name, word)?;
    let mut body = Map::new();
    put(&mut body, "eventCode", case.code.into());
    put(&mut body, "eventName", case.name.into());
    for row in rewritings.iter().flat_map(|rows| rows.lines()) {
        let mut paths = row.split(' ');
        let target = paths.next().unwrap_or_default();
        let found = paths.find_map(|path| Some((text_at(tree, path)?, at(tree, path)?)));
        match (found, types) {
            (Some((_, value)), Types::Kept) => put(&mut body, target, value.clone()),
            (Some((text, _)), Types::Texts) => put(&mut body, target, text.into()),
            (None, _) => {}
        }
    }
    Some(Event {
        source: Some(tree.clone()),
        ..told(kind, case, Value::Object(body))
    })
}

/// Puts a value at a dotted path.
fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn put_in(event: &mut Event, path: &str, value: &str) {
    if let Value::Object(body) = &mut event.body {
        put(body, path, value.into());
    }
}

fn repository(tree: &Value) -> Option<Event> {
    with(tree, ("repo.deleted", ""), &[REPOSITORY], Types::Kept)
}

/// A pull request, a review of it, or a comment on it.
fn change(tree: &Value, action: &str) -> Option<Event> {
    let has = |part: &str| at(tree, part).is_some_and(Value::is_object);
    let is_merged = || at(tree, "pull_request.merged").and_then(Value::as_bool) == Some(true);
    let wanted = if has("review") {
        review(tree, action)?
    } else if has("thread") {
        match action {
            "resolved" => ("mr.comment_resolved", ""),
            _ => return None,
        }
    } else if has("comment") {
        match action {
            "created" => ("mr.comment_created", ""),
            _ => return None,
        }
    } else {
        match action {
            "opened" | "reopened" => ("mr.opened", ""),
            "synchronize" | "synchronized" | "edited" | "ready_for_review" => ("mr.updated", ""),
            "closed" if is_merged() => ("mr.merged", ""),
            _ => return None,
        }
    };
    let mut event = with(tree, wanted, &[REPOSITORY, CHANGE, REMARK], Types::Kept)?;
    let state = str_at(tree, "pull_request.state").or_else(|| str_at(tree, "issue.state"));
    let state = match state {
        _ if is_merged() => Some("merged"),
        Some("open") => Some("opened"),
        Some("closed") => Some("closed"),
        _ => None,
    };
    if let Some(state) = state {
        put_in(&mut event, "mergeRequest.state", state);
    }
    let is_remark = has("review") || has("comment") || has("thread.comments");
    if let (false, Value::Object(body)) = (is_remark, &mut event.body) {
        body.remove("mergeRequestReview");
    }
    event.reference = event.reference.map(|it| it.replace('!', "#"));
    Some(event)
}

/// What a review says, in the words of GitHub (`review.state`) or Gitea (`review.type`).
fn review(tree: &Value, action: &str) -> Option<(&'static str, &'static str)> {
    let said = str_at(tree, "review.state").or_else(|| str_at(tree, "review.type"));
    let said = said.unwrap_or_default().to_lowercase();
    match action {
        "dismissed" => Some(("mr.approved", "revoked")),
        "submitted" | "reviewed" => Some(match said.as_str() {
            "approved" | "pull_request_review_approved" => ("mr.approved", "passed"),
            "changes_requested" | "request_changes" | "pull_request_review_rejected" => {
                ("mr.approved", "rejected")
            }
            _ => ("mr.reviewed", "commented"),
        }),
        _ => None,
    }
}

/// A check or a suite of them; GitHub has no gate apart from the conclusion.
fn check(tree: &Value, part: &str) -> Option<Event> {
    let said = |name: &str| str_at(at(tree, part)?, name);
    let action = str_at(tree, "action").unwrap_or_default();
    if action != "completed" {
        return None;
    }
    let conclusion = said("conclusion");
    let (word, status) = check_case(conclusion.map_or(Told::Nothing, Told::of), Told::Nothing);
    let mut event = with(tree, ("check.completed", word), &[CHECK_RUN], Types::Texts)?;
    let (result, gate) = match (word, status) {
        ("passed", _) => ("成功", "通过"),
        ("failed", _) => ("失败", "不通过"),
        (_, Status::Canceled) => ("终止", ""),
        _ => (conclusion.unwrap_or_default(), ""),
    };
    for (path, text) in [("job.status", result), ("job.gateResult", gate)] {
        if !text.is_empty() {
            put_in(&mut event, path, text);
        }
    }
    if event.link.is_none() {
        let commit = str_at(tree, "repository.html_url").zip(said("head_sha"));
        event.link =
            commit.and_then(|(page, sha)| Target::new(&format!("{page}/commit/{sha}/checks")));
    }
    event.status = Some(status);
    event.status_word = conclusion.map(str::to_owned);
    Some(event)
}

fn deployment(tree: &Value) -> Option<Event> {
    let state = str_at(tree, "deployment_status.state")?;
    let (name, result) = match Status::from_word(state)? {
        Status::Success => ("deploy.succeeded", "成功"),
        Status::Failure | Status::Error => ("deploy.failed", "失败"),
        Status::Canceled => ("deploy.stopped", "中止"),
        _ => return None,
    };
    let mut event = with(tree, (name, ""), &[DEPLOYMENT], Types::Texts)?;
    put_in(&mut event, "result", result);
    event.status = Status::from_word(state);
    event.status_word = Some(state.to_owned());
    Some(event)
}

/// A run of another workflow, once it has ended or waits for somebody. What was canceled has
/// completed, with the status to tell it.
fn pipeline(tree: &Value) -> Option<Event> {
    let word = str_at(tree, "workflow_run.conclusion")?;
    let status = Status::from_word(word).unwrap_or(Status::Unknown);
    let name = match status {
        Status::Failure | Status::Error | Status::TimedOut => "pipeline.failed",
        Status::Paused => "pipeline.paused",
        Status::Skipped | Status::Ignored => "pipeline.ignored",
        _ => "pipeline.completed",
    };
    let mut event = with(tree, (name, ""), &[PIPELINE], Types::Texts)?;
    event.status = Some(status);
    event.status_word = Some(word.to_owned());
    event.link = str_at(tree, "workflow_run.html_url").and_then(Target::new);
    Some(event)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_repository_is_deleted_only_when_nothing_else_is() {
        for (part, expected) in [
            ("organization", Some("repo.deleted")),
            ("enterprise", Some("repo.deleted")),
            ("installation", Some("repo.deleted")),
            ("label", None),
            ("milestone", None),
            ("discussion", None),
            ("starred_at", None),
            ("registry_package", None),
            ("repository_ruleset", None),
            ("release", None),
            ("issue", None),
            ("comment", None),
        ] {
            let mut body = json!({"action": "deleted", "repository": {"name": "r"}, "sender": {}});
            body[part] = json!({"name": "x"});
            let found = match find(&body) {
                Some(Found::Event(event)) => Some(event.kind.name),
                _ => None,
            };
            assert_eq!(found, expected, "{part}");
        }
        let installation = json!({"action": "deleted", "installation": {}, "sender": {}});
        assert!(!matches!(find(&installation), Some(Found::Event(_))));
    }

    #[test]
    fn a_hook_of_another_system_is_not_passed_over_in_silence() {
        let both = json!({"repository": {"name": "r"}, "sender": {"login": "ann"}});
        let check = |more: Value, expected: &str| {
            let mut body = both.clone();
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            let found = match crate::event::find(&body) {
                Found::Event(event) => event.name(),
                Found::Other(what) => what,
                Found::Unknown(wrong) => wrong,
            };
            assert!(found.starts_with(expected), "{body}: {found}");
        };
        let gitlab = json!({"object_kind": "merge_request", "project": {}, "object_attributes": {"action": "open"}});
        check(gitlab, "its `object_kind` is that of a hook of GitLab");
        check(
            json!({"eventKey": "pr:opened", "pullRequest": {}}),
            "its `eventKey` is that of a hook of Bitbucket",
        );
        check(
            json!({"pullrequest": {"id": 1}}),
            "its `pullrequest` is that of a hook of Bitbucket",
        );
        check(
            json!({"hook_name": "merge_request_hooks", "pull_request": {}, "action": "open"}),
            "its `hook_name` is that of a hook of Gitee",
        );
        check(json!({}), "it has none of the parts of an event");
        check(json!({"taskName": "x", "result": "失败"}), "deploy.failed");
        check(json!({"pusher": {}, "head_commit": null}), "push");
        check(json!({"ref": "x", "pusher_type": "user"}), "branch or tag");
        check(json!({"action": "created", "label": {}}), "label, created");
        check(json!({"action": "publicized"}), "event, publicized");
    }
}
