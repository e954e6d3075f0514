//! What an event says, as facts, and what a message is told about it: its name, number and page.
//! Everything here reads the vendor's form, into which every other form is rewritten.

use serde_json::Value;

use crate::model::document::Target;
use crate::model::event::{
    COMMENT_LIMIT_CHARS, Event, EventCase, EventType, Family, SUBJECT_LIMIT_CHARS, at, text_at,
};
use crate::model::facts::{Fact, Origin, RunFacts, names_no_zone};
use crate::model::status::{Group, Status};
use crate::model::text::{clean, clean_line, head_with_spare, is_absent};

/// Every parameter of the vendor's page, rows S1-109 to S1-248, and the fact that it gives. Where
/// several give one fact, the first with a value wins. Ids that nobody reads give none.
pub static PARAMETERS: &[(&str, Option<Fact>)] = &[
    ("eventCode", None),
    ("eventName", None),
    ("operation", None),
    ("event.id", None),
    ("event.time", Some(Fact::FinishedAt)),
    ("project.id", None),
    ("project.url", None),
    ("issue.id", None),
    ("issue.title", None),
    ("issue.url", None),
    ("review.id", None),
    ("review.title", None),
    ("review.url", None),
    ("repo.id", None),
    ("repo.webUrl", Some(Fact::RepoUrl)),
    ("repo.httpUrl", Some(Fact::RepoUrl)),
    ("repo.sshUrl", None),
    ("repo.name", None),
    ("repo.groupName", None),
    ("operator.id", None),
    ("operator.nickName", Some(Fact::Actor)),
    ("operator.name", Some(Fact::Actor)),
    ("operator.username", Some(Fact::Actor)),
    ("operator.tenantName", None),
    ("mergeRequest.id", None),
    ("mergeRequest.iid", Some(Fact::ChangeNumber)),
    ("mergeRequest.url", Some(Fact::ChangeUrl)),
    ("mergeRequest.createdAt", Some(Fact::CreatedAt)),
    ("mergeRequest.updatedAt", None),
    ("mergeRequest.title", Some(Fact::ChangeTitle)),
    ("mergeRequest.description", None),
    ("mergeRequest.sourceBranch", Some(Fact::SourceBranch)),
    ("mergeRequest.targetBranch", Some(Fact::TargetBranch)),
    ("mergeRequest.state", None),
    ("mergeRequest.author.id", None),
    ("mergeRequest.author.nickName", Some(Fact::AuthorName)),
    ("mergeRequest.author.name", Some(Fact::AuthorName)),
    ("mergeRequest.author.username", Some(Fact::AuthorName)),
    ("mergeRequest.author.tenantName", None),
    ("mergeRequestReview.id", None),
    ("mergeRequestReview.body", None),
    ("mergeRequestReview.url", None),
    ("mergeRequestReview.author.id", None),
    ("mergeRequestReview.author.nickName", None),
    ("mergeRequestReview.author.name", None),
    ("mergeRequestReview.author.username", None),
    ("mergeRequestReview.author.tenantName", None),
    ("mergeRequestReview.createdAt", None),
    ("mergeRequestReview.updatedAt", None),
    ("task.id", None),
    ("task.name", Some(Fact::TaskName)),
    ("task.gitUrl", Some(Fact::RepoUrl)),
    ("task.creator", None),
    ("job.id", Some(Fact::ExecutionId)),
    ("job.startTime", Some(Fact::StartedAt)),
    ("job.finishTime", Some(Fact::FinishedAt)),
    ("job.status", Some(Fact::Result)),
    ("job.gateResult", Some(Fact::GateResult)),
    ("job.executor", Some(Fact::Actor)),
    ("job.url", Some(Fact::RunUrl)),
    ("issues.critical", None),
    ("issues.major", None),
    ("issues.minor", None),
    ("issues.suggestion", None),
    ("BUILD.TITLE", None),
    ("BUILD.URL", Some(Fact::RunUrl)),
    ("BUILD.EVENT", None),
    ("BUILD.EXECUTOR_NAME", Some(Fact::Actor)),
    ("BUILD.EXECUTOR_ID", None),
    ("BUILD.EXECUTE_TIME", Some(Fact::StartedAt)),
    ("BUILD.TASK_NAME", Some(Fact::TaskName)),
    ("BUILD.PROJECT_NAME", Some(Fact::Project)),
    ("BUILD.PROJECT_ID", None),
    ("taskName", Some(Fact::ApplicationName)),
    ("projectName", Some(Fact::Project)),
    ("result", Some(Fact::Result)),
    ("sort", Some(Fact::ExecutionId)),
    ("startUser", Some(Fact::Actor)),
    ("startTime", Some(Fact::StartedAt)),
    ("link", Some(Fact::RunUrl)),
    ("pipeline.pipeline_id", Some(Fact::PipelineId)),
    ("pipeline.run_number", Some(Fact::RunNumber)),
    ("pipeline.project_id", None),
    ("pipeline.run_id", Some(Fact::RunId)),
    ("pipeline.timestamp", Some(Fact::StartedAt)),
    ("pipeline.trigger_type", Some(Fact::Event)),
    ("pipeline.name", Some(Fact::PipelineName)),
];

/// What a forge's own file says of the branch and the commit that were checked, run or deployed,
/// which the vendor's form has no place for. The run that tells of it has others.
static SOURCES: &[(&str, Fact)] = &[
    ("workflow_run.head_sha", Fact::CommitSha),
    ("workflow_run.head_commit.message", Fact::CommitMessage),
    ("check_run.check_suite.head_branch", Fact::Branch),
    ("check_run.head_sha", Fact::CommitSha),
    ("check_suite.head_branch", Fact::Branch),
    ("check_suite.head_sha", Fact::CommitSha),
    ("check_suite.head_commit.message", Fact::CommitMessage),
    ("deployment.sha", Fact::CommitSha),
];

/// Where it says what a run for a branch, and one for a pull request, was of.
static OF_BRANCH: &[(&str, Fact)] = &[("workflow_run.head_branch", Fact::Branch)];
static OF_CHANGE: &[(&str, Fact)] = &[
    ("workflow_run.head_branch", Fact::SourceBranch),
    ("workflow_run.pull_requests.base.ref", Fact::TargetBranch),
    ("workflow_run.pull_requests.number", Fact::ChangeNumber),
];

/// Adds to `facts` what the event says. Facts that are known already stay.
pub fn offer_facts(event: &Event, facts: &mut RunFacts) {
    for (path, fact) in PARAMETERS {
        if let Some(fact) = fact
            && let Some(text) = text_at(&event.body, path)
            && (*fact == Fact::StartedAt || !names_no_zone(&text))
        {
            facts.offer(*fact, &text, Origin::Event(path));
        }
    }
    if let Some(slug) = slug(&event.body) {
        facts.offer(Fact::RepoSlug, &slug, Origin::Event("repo.name"));
    }
    if let Some(count) = issue_count(&event.body) {
        facts.offer(
            Fact::IssueCount,
            &count.to_string(),
            Origin::Event("issues"),
        );
    }
    let source = event.source.as_ref();
    let started_by = source.and_then(|source| text_at(source, "workflow_run.event"));
    let of_run = match started_by {
        Some(word) if word.starts_with("pull_request") => OF_CHANGE,
        _ => OF_BRANCH,
    };
    for (path, fact) in of_run.iter().chain(SOURCES) {
        if let Some(text) = source.and_then(|source| text_at(source, path)) {
            facts.offer(*fact, &text, Origin::Event(path));
        }
    }
    if let Some(name) = source.and_then(|source| text_at(source, DEPLOYED))
        && let Some((fact, name)) = named_by_ref(&name)
    {
        facts.offer(fact, name, Origin::Event(DEPLOYED));
    }
    let is_work = matches!(
        event.kind.family,
        Family::Check | Family::Build | Family::Deployment | Family::Pipeline
    );
    if let Some(link) = event.link.as_ref().filter(|_| is_work) {
        facts.offer(Fact::RunUrl, link.as_str(), Origin::Event("page"));
    }
}

/// Where a forge says what was deployed: a branch, a tag or a commit, without saying which.
const DEPLOYED: &str = "deployment.ref";

/// The fact that the name of a deployed ref is, and the name alone. A name in full says what it is; a
/// bare one with the three numbers of a release is taken for a tag, and every other for a branch.
/// `None` for a commit, which stands elsewhere.
fn named_by_ref(name: &str) -> Option<(Fact, &str)> {
    if let Some(tag) = name.strip_prefix("refs/tags/") {
        return Some((Fact::Tag, tag));
    }
    if let Some(branch) = name.strip_prefix("refs/heads/") {
        return Some((Fact::Branch, branch));
    }
    let is_commit =
        matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let release = name.strip_prefix(['v', 'V']).unwrap_or(name);
    let release = release.split(['-', '+']).next().unwrap_or_default();
    let is_release = release.split('.').count() >= 3 && release.split('.').all(is_number);
    match (is_commit, is_release) {
        (true, _) => None,
        (_, true) => Some((Fact::Tag, name)),
        (_, false) => Some((Fact::Branch, name)),
    }
}

fn slug(body: &Value) -> Option<String> {
    let name = text_at(body, "repo.name")?;
    Some(match text_at(body, "repo.groupName") {
        Some(group) => format!("{group}/{name}"),
        None => name,
    })
}

/// How many issues of all kinds a check found.
fn issue_count(body: &Value) -> Option<u64> {
    let counts = ["critical", "major", "minor", "suggestion"].map(|kind| {
        let text = text_at(body, &format!("issues.{kind}"))?;
        text.parse::<u64>().ok()
    });
    let known = counts.into_iter().flatten();
    counts.iter().flatten().next()?;
    Some(known.fold(0, u64::saturating_add))
}

/// Makes the event of a row of the catalogue and a body in the vendor's form.
pub(super) fn told(kind: &'static EventType, case: &'static EventCase, body: Value) -> Event {
    let text = |paths: &[&str]| paths.iter().find_map(|path| text_at(&body, path));
    let line = |text: String| head_with_spare(&clean_line(&text), SUBJECT_LIMIT_CHARS);
    let (subject, link, reference): (_, &[&str], _) = match kind.family {
        Family::Repository => (
            slug(&body),
            match kind.name {
                // Its own page is gone.
                "repo.deleted" => &["project.url"],
                _ => &["repo.webUrl"],
            },
            None,
        ),
        Family::MergeRequest => (
            text(&["mergeRequest.title"]),
            match kind.name {
                "mr.comment_created" | "mr.comment_resolved" => {
                    &["mergeRequestReview.url", "mergeRequest.url"]
                }
                _ => &["mergeRequest.url"],
            },
            text(&["mergeRequest.iid"]).map(|number| format!("!{number}")),
        ),
        Family::Check => (text(&["task.name"]), &["job.url"], None),
        Family::Build => (text(&["BUILD.TASK_NAME"]), &["BUILD.URL"], None),
        Family::Deployment => (text(&["taskName"]), &["link"], None),
        Family::Pipeline => (
            text(&["pipeline.name", "pipeline.pipeline_id"]),
            &["pipeline.url"],
            text(&["pipeline.run_number"]).map(|number| format!("#{number}")),
        ),
        Family::Review => (text(&["review.title", "review.id"]), &["review.url"], None),
        Family::Requirement | Family::Feature | Family::Story | Family::Task | Family::Bug => (
            text(&["issue.title", "issue.id", "review.title"]),
            &["issue.url", "review.url"],
            None,
        ),
    };
    let link = link
        .iter()
        .find_map(|path| Target::new(&text_at(&body, path)?));
    let comment = text(&["mergeRequestReview.body"])
        .map(|text| head_with_spare(clean(&text).trim(), COMMENT_LIMIT_CHARS));
    Event {
        kind,
        case,
        others: Vec::new(),
        status: case.status,
        status_word: None,
        subject: subject.map(line).filter(|text| !text.is_empty()),
        reference: reference.map(line),
        link,
        comment: comment.filter(|text| !text.is_empty()),
        body,
        source: None,
    }
}

/// What a body says at a place where a result is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing is there.
    Nothing,
    /// Something is there that nobody understands.
    Unread,
    /// A status.
    Read(Status),
}

impl Told {
    /// Reads the result at a path: a status word, a text with words of failure in it, or a truth.
    pub(super) fn at(tree: &Value, path: &str) -> Self {
        match at(tree, path) {
            None | Some(Value::Null) => Self::Nothing,
            Some(Value::Bool(true)) => Self::Read(Status::Success),
            Some(Value::Bool(false)) => Self::Read(Status::Failure),
            Some(Value::String(text)) if is_absent(text) => Self::Nothing,
            Some(Value::String(text)) => Self::of(text),
            Some(_) => Self::Unread,
        }
    }

    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let status = Status::from_word(text);
        let failed = || tells_failure(text).then_some(Status::Failure);
        status.or_else(failed).map_or(Self::Unread, Self::Read)
    }
}

/// Whether words of failure stand in a text. What says no to success has success in it, so these
/// count before any word of success.
pub(super) fn tells_failure(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "失败",
        "不成功",
        "未成功",
        "没有成功",
        "未完成",
        "未通过",
        "不通过",
        "没有通过",
        "拒绝",
        "fail",
        "reject",
        "unsuccess",
    ];
    let text = text.trim().to_lowercase();
    let mut parts = text.split(|c: char| !c.is_alphanumeric());
    WORDS.iter().any(|word| text.contains(word)) || text == "no" || parts.any(|part| part == "not")
}

/// The word of the case that a check's result and its quality gate make, and its status. Where no
/// gate is told, the result stands for it; one that is told and not understood is never a success.
pub(super) fn check_case(result: Told, gate: Told) -> (&'static str, Status) {
    let failure = |told| match told {
        Told::Read(status) if status.group() == Group::Bad => Some(status),
        _ => None,
    };
    if let Some(status) = failure(result).or_else(|| failure(gate)) {
        return ("failed", status);
    }
    match (result, gate) {
        (Told::Read(status), _) if status.group() == Group::Stopped => ("unclear", status),
        (Told::Nothing | Told::Read(Status::Success), Told::Read(Status::Success))
        | (Told::Read(Status::Success), Told::Nothing) => ("passed", Status::Success),
        (
            Told::Nothing | Told::Read(Status::Success | Status::Warning),
            Told::Nothing | Told::Read(Status::Success | Status::Warning),
        ) if (result, gate) != (Told::Nothing, Told::Nothing) => ("passed", Status::Warning),
        (Told::Read(status), Told::Nothing) => ("unclear", status),
        _ => ("unclear", Status::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_check_passes_only_with_a_gate_that_is_read_or_none() {
        for (status, gate, expected) in [
            (json!("成功"), json!("未通过"), "failed failure"),
            (json!("成功"), json!("NOT_PASS"), "failed failure"),
            (json!("成功"), json!("not_passed"), "failed failure"),
            (json!("成功"), json!("Not passed"), "failed failure"),
            (json!("成功"), json!("rejected"), "failed failure"),
            (json!("成功"), json!("reject"), "failed failure"),
            (json!("成功"), json!("no"), "failed failure"),
            (json!("成功"), json!(false), "failed failure"),
            (json!("成功"), json!("timeout"), "failed timed_out"),
            (json!("终止"), json!("不通过"), "failed failure"),
            (json!("失败"), json!("通过"), "failed failure"),
            (json!(false), json!(null), "failed failure"),
            (json!("成功"), json!("blocked"), "unclear unknown"),
            (json!("成功"), json!("运行中"), "unclear unknown"),
            (json!("成功"), json!("UNKNOWN"), "unclear unknown"),
            (json!("成功"), json!("跳过"), "unclear unknown"),
            (json!("成功"), json!("${job.gateResult}"), "unclear unknown"),
            (json!("成功"), json!(1), "unclear unknown"),
            (json!("成功"), json!({}), "unclear unknown"),
            (json!("执行中断"), json!("通过"), "unclear unknown"),
            (json!("运行中"), json!("通过"), "unclear unknown"),
            (json!("运行中"), json!(null), "unclear running"),
            (json!("终止"), json!(""), "unclear canceled"),
            (json!(null), json!(""), "unclear unknown"),
            (json!("成功"), json!("通过"), "passed success"),
            (json!("成功"), json!(true), "passed success"),
            (json!("成功"), json!(""), "passed success"),
            (json!("成功"), json!(null), "passed success"),
            (json!(null), json!("通过"), "passed success"),
            (json!("unstable"), json!(null), "passed warning"),
            (
                json!("成功"),
                json!("passed with warning"),
                "passed warning",
            ),
        ] {
            let body = json!({"status": status, "gate": gate});
            let (word, found) = check_case(Told::at(&body, "status"), Told::at(&body, "gate"));
            assert_eq!(format!("{word} {found}"), expected, "{body}");
        }
    }

    #[test]
    fn what_was_deployed_is_a_branch_a_tag_or_a_commit() {
        for (name, expected) in [
            ("main", Some((Fact::Branch, "main"))),
            ("release/1.2.3", Some((Fact::Branch, "release/1.2.3"))),
            ("1.x", Some((Fact::Branch, "1.x"))),
            ("v2.0", Some((Fact::Branch, "v2.0"))),
            ("v1.2.", Some((Fact::Branch, "v1.2."))),
            ("v1.2.3", Some((Fact::Tag, "v1.2.3"))),
            ("1.2.3-rc.1+7", Some((Fact::Tag, "1.2.3-rc.1+7"))),
            ("2026.11.22", Some((Fact::Tag, "2026.11.22"))),
            ("refs/tags/stable", Some((Fact::Tag, "stable"))),
            ("refs/heads/1.2.3", Some((Fact::Branch, "1.2.3"))),
            ("0123456789abcdef0123456789abcdef01234567", None),
        ] {
            assert_eq!(named_by_ref(name), expected, "{name}");
        }
        let tag = json!({"deployment_status": {"state": "failure"}, "deployment": {"ref": "v1.2.3", "sha": "0a"}});
        let crate::event::Found::Event(event) = crate::event::find(&tag) else {
            panic!("{tag}")
        };
        let mut facts = RunFacts::new("generic");
        offer_facts(&event, &mut facts);
        assert_eq!(facts.text(Fact::Tag), Some("v1.2.3"));
        assert_eq!(facts.text(Fact::Branch), None);
    }

    #[test]
    fn a_run_of_a_pull_request_has_two_branches_and_none_of_its_own() {
        let of = [
            Fact::Branch,
            Fact::SourceBranch,
            Fact::TargetBranch,
            Fact::ChangeNumber,
        ];
        for (started_by, expected) in [
            ("push", [Some("feat"), None, None, None]),
            (
                "pull_request",
                [None, Some("feat"), Some("main"), Some("7")],
            ),
            (
                "pull_request_target",
                [None, Some("feat"), Some("main"), Some("7")],
            ),
        ] {
            let body = json!({"workflow_run": {"conclusion": "failure", "event": started_by, "head_branch": "feat",
                "pull_requests": [{"number": 7, "head": {"ref": "feat"}, "base": {"ref": "main"}}, {"number": 8}]}});
            let tree = crate::event::read_tree(body.to_string().into_bytes()).unwrap();
            let crate::event::Found::Event(event) = crate::event::find(&tree) else {
                panic!("{body}")
            };
            let mut facts = RunFacts::new("generic");
            offer_facts(&event, &mut facts);
            assert_eq!(of.map(|fact| facts.text(fact)), expected, "{started_by}");
        }
    }

    #[test]
    fn the_branch_and_the_commit_are_those_of_what_was_told() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        for body in [
            json!({"workflow_run": {"conclusion": "failure", "head_branch": "feat", "head_sha": sha}}),
            json!({"action": "completed", "check_run": {"conclusion": "failure", "head_sha": sha, "check_suite": {"head_branch": "feat"}}}),
            json!({"action": "completed", "check_suite": {"conclusion": "failure", "head_branch": "feat", "head_sha": sha}}),
            json!({"deployment_status": {"state": "failure"}, "deployment": {"ref": "feat", "sha": sha}}),
        ] {
            let crate::event::Found::Event(event) = crate::event::find(&body) else {
                panic!("{body}")
            };
            let mut facts = RunFacts::new("generic");
            offer_facts(&event, &mut facts);
            assert_eq!(facts.text(Fact::Branch), Some("feat"), "{body}");
            assert_eq!(facts.text(Fact::CommitSha), Some(sha), "{body}");
        }
    }
}
