//! Events from their files to the messages: `tests/events/` holds a body for every code and
//! variant of the vendor's pages, their samples mended into JSON, and event files of the forges.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::Stdio;

use proptest::prelude::*;
use runbell::environment::Environment;
use runbell::event::{EVENT_LIMIT_BYTES, FAMILIES, Found, PARAMETERS, TYPES, find, read_tree};
use runbell::model::event::{Event, Family, at};
use runbell::model::exchange::Content;
use runbell::model::text::{clean, clean_line, head_chars, is_absent, is_unresolved_reference};
use runbell::model::time::UnixMillis;
use runbell::run::{Prepared, Step, prepare};
use serde_json::{Value, json};

use crate::structure::{harmless, structure};
use crate::support::{Folder, Receivers, check_current, run, runbell, top};

fn bytes(name: &str) -> Vec<u8> {
    let path = top().join("tests/events").join(format!("{name}.json"));
    fs::read(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

fn tree(name: &str) -> Value {
    read_tree(bytes(name)).unwrap()
}

#[track_caller]
fn event(name: &str) -> Event {
    match find(&tree(name)) {
        Found::Event(event) => *event,
        other => panic!("{name}: {other:?}"),
    }
}

/// A file, the event that it is, its status, what it is about, its number, and where its page is.
type Recorded = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const RECORDED: &[Recorded] = &[
    // S1-122, S1-123, S1-139
    (
        "codearts-repository-deleted",
        "repo.deleted",
        "",
        "acme/shop",
        "",
        "/project/41bf2d9c",
    ),
    (
        "codearts-repository-capacity-warning",
        "repo.capacity_warning",
        "",
        "acme/shop",
        "",
        "/acme/shop/home",
    ),
    // S1-140 to S1-149, S1-194
    (
        "codearts-merge-request-created",
        "mr.opened",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-updated",
        "mr.updated",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-merged",
        "mr.merged",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-review-pass",
        "mr.reviewed:passed",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-review-revoke",
        "mr.reviewed:revoked",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-approval-reject",
        "mr.approved:rejected",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-approval-pass",
        "mr.approved:passed",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-approval-revoke",
        "mr.approved:revoked",
        "",
        "Fix login",
        "!12",
        "/merge_requests/12",
    ),
    (
        "codearts-merge-request-comment-created",
        "mr.comment_created",
        "",
        "Fix login",
        "!12",
        "#note_55",
    ),
    (
        "codearts-merge-request-comment-resolved",
        "mr.comment_resolved",
        "",
        "Fix login",
        "!12",
        "#note_55",
    ),
    // S1-214 to S1-219
    (
        "codearts-check-passed",
        "check.completed:passed",
        "success",
        "shop lint",
        "",
        "/j-20260128-7",
    ),
    (
        "codearts-check-gate-failed",
        "check.completed:failed",
        "failure",
        "shop lint",
        "",
        "/j-20260128-7",
    ),
    (
        "codearts-check-failed",
        "check.completed:failed",
        "failure",
        "shop lint",
        "",
        "/j-20260128-7",
    ),
    (
        "codearts-check-terminated",
        "check.completed:unclear",
        "canceled",
        "shop lint",
        "",
        "/j-20260128-7",
    ),
    // S1-082 to S1-086, S1-222
    (
        "codearts-build-succeeded",
        "build.succeeded",
        "success",
        "测试构建任务1",
        "",
        "/build/2",
    ),
    (
        "codearts-build-failed",
        "build.failed",
        "failure",
        "测试构建任务1",
        "",
        "/build/2",
    ),
    (
        "codearts-build-disabled",
        "build.disabled",
        "",
        "测试构建任务1",
        "",
        "/build/2",
    ),
    (
        "codearts-build-deleted",
        "build.deleted",
        "",
        "测试构建任务1",
        "",
        "/build/2",
    ),
    (
        "codearts-build-edited",
        "build.reconfigured",
        "",
        "测试构建任务1",
        "",
        "/build/2",
    ),
    (
        "codearts-build-dotted",
        "build.reconfigured",
        "",
        "测试构建任务1",
        "",
        "/build/2",
    ),
    // S1-229 to S1-231
    (
        "codearts-deploy-success",
        "deploy.succeeded",
        "success",
        "storefront",
        "",
        "/deploy/31",
    ),
    (
        "codearts-deploy-failure",
        "deploy.failed",
        "failure",
        "storefront",
        "",
        "/deploy/31",
    ),
    (
        "codearts-deploy-stop",
        "deploy.stopped",
        "canceled",
        "storefront",
        "",
        "/deploy/31",
    ),
    // S1-071 to S1-075
    (
        "codearts-pipeline-completed",
        "pipeline.completed",
        "success",
        "shop nightly",
        "#42",
        "",
    ),
    (
        "codearts-pipeline-failed",
        "pipeline.failed",
        "failure",
        "shop nightly",
        "#42",
        "",
    ),
    (
        "codearts-pipeline-paused",
        "pipeline.paused",
        "paused",
        "shop nightly",
        "#42",
        "",
    ),
    (
        "codearts-pipeline-suspended",
        "pipeline.suspended",
        "paused",
        "shop nightly",
        "#42",
        "",
    ),
    (
        "codearts-pipeline-ignored",
        "pipeline.ignored",
        "ignored",
        "shop nightly",
        "#42",
        "",
    ),
    // S1-109 to S1-121
    (
        "codearts-issue-created",
        "requirement.created:created",
        "",
        "Login is slow",
        "",
        "/issue/4711",
    ),
    (
        "codearts-issue-task-deleted",
        "task.deleted",
        "",
        "Login is slow",
        "",
        "/issue/4711",
    ),
    (
        "codearts-issue-baseline-canceled",
        "feature.baselined:canceled",
        "",
        "Login is slow",
        "",
        "/issue/4711",
    ),
    (
        "codearts-review-handed-over",
        "review.handed_over",
        "",
        "Change the login flow",
        "",
        "/review/r-1",
    ),
    // The forges.
    (
        "github-pull-request-opened",
        "mr.opened",
        "",
        "Fix login",
        "#12",
        "/pull/12",
    ),
    (
        "github-pull-request-synchronize",
        "mr.updated",
        "",
        "Fix login",
        "#12",
        "/pull/12",
    ),
    (
        "github-pull-request-merged",
        "mr.merged",
        "",
        "Fix login",
        "#12",
        "/pull/12",
    ),
    (
        "github-review-approved",
        "mr.approved:passed",
        "",
        "Fix login",
        "#12",
        "/pull/12",
    ),
    (
        "github-review-changes-requested",
        "mr.approved:rejected",
        "",
        "Fix login",
        "#12",
        "/pull/12",
    ),
    (
        "github-review-commented",
        "mr.reviewed:commented",
        "",
        "Fix login",
        "#12",
        "/pull/12",
    ),
    (
        "github-review-dismissed",
        "mr.approved:revoked",
        "",
        "Fix login",
        "#12",
        "/pull/12",
    ),
    (
        "github-review-comment",
        "mr.comment_created",
        "",
        "Fix login",
        "#12",
        "#discussion_r90",
    ),
    (
        "github-issue-comment-on-change",
        "mr.comment_created",
        "",
        "Fix login",
        "#12",
        "#discussion_r90",
    ),
    (
        "github-thread-resolved",
        "mr.comment_resolved",
        "",
        "Fix login",
        "#12",
        "#discussion_r90",
    ),
    (
        "github-repository-deleted",
        "repo.deleted",
        "",
        "acme/shop",
        "",
        "github.com/acme",
    ),
    (
        "github-deployment-success",
        "deploy.succeeded",
        "success",
        "shop",
        "",
        "/actions/runs/9",
    ),
    (
        "github-deployment-failure",
        "deploy.failed",
        "failure",
        "shop",
        "",
        "/actions/runs/9",
    ),
    (
        "github-check-run-success",
        "check.completed:passed",
        "success",
        "lint",
        "",
        "/runs/800",
    ),
    (
        "github-check-run-failure",
        "check.completed:failed",
        "failure",
        "lint",
        "",
        "/runs/800",
    ),
    (
        "github-check-run-cancelled",
        "check.completed:unclear",
        "canceled",
        "lint",
        "",
        "/runs/800",
    ),
    (
        "github-check-suite-failure",
        "check.completed:failed",
        "failure",
        "GitHub Actions",
        "",
        "/checks",
    ),
    (
        "github-workflow-run-success",
        "pipeline.completed",
        "success",
        "build",
        "#42",
        "/runs/987",
    ),
    (
        "github-workflow-run-failure",
        "pipeline.failed",
        "failure",
        "build",
        "#42",
        "/runs/987",
    ),
    (
        "github-workflow-run-timed-out",
        "pipeline.failed",
        "timed_out",
        "build",
        "#42",
        "/runs/987",
    ),
    (
        "github-workflow-run-cancelled",
        "pipeline.completed",
        "canceled",
        "build",
        "#42",
        "/runs/987",
    ),
    (
        "github-workflow-run-action-required",
        "pipeline.paused",
        "paused",
        "build",
        "#42",
        "/runs/987",
    ),
    (
        "github-workflow-run-skipped",
        "pipeline.ignored",
        "skipped",
        "build",
        "#42",
        "/runs/987",
    ),
    (
        "gitea-pull-request-synchronized",
        "mr.updated",
        "",
        "Fix login",
        "#12",
        "/pulls/12",
    ),
    (
        "gitea-pull-request-merged",
        "mr.merged",
        "",
        "Fix login",
        "#12",
        "/pulls/12",
    ),
    (
        "gitea-review-approved",
        "mr.approved:passed",
        "",
        "Fix login",
        "#12",
        "/pulls/12",
    ),
    (
        "gitea-review-rejected",
        "mr.approved:rejected",
        "",
        "Fix login",
        "#12",
        "/pulls/12",
    ),
    (
        "gitea-review-comment",
        "mr.reviewed:commented",
        "",
        "Fix login",
        "#12",
        "/pulls/12",
    ),
    (
        "forgejo-comment",
        "mr.comment_created",
        "",
        "Fix login",
        "#12",
        "#issuecomment-90",
    ),
    (
        "forgejo-pull-request-opened",
        "mr.opened",
        "",
        "Fix login",
        "#12",
        "/pulls/12",
    ),
    (
        "forgejo-repository-deleted",
        "repo.deleted",
        "",
        "acme/shop",
        "",
        "",
    ),
];

/// Files of the forges that are no event of the catalogue.
const OTHERS: &[(&str, &str)] = &[
    ("github-pull-request-closed", "pull_request, closed"),
    ("github-pull-request-labeled", "pull_request, labeled"),
    ("github-issue-comment", "comment, created"),
    ("github-deployment-pending", "deployment_status, created"),
    ("github-workflow-run-requested", "workflow_run, requested"),
    ("github-push", "push"),
];

#[test]
fn every_recorded_file_is_its_event() {
    for (file, name, status, subject, reference, page) in RECORDED {
        let event = event(file);
        assert_eq!(event.name(), *name, "{file}");
        let word = event.status.map(|it| it.word()).unwrap_or_default();
        assert_eq!(word, *status, "{file}");
        assert_eq!(
            event.subject.as_deref().unwrap_or_default(),
            *subject,
            "{file}"
        );
        assert_eq!(
            event.reference.as_deref().unwrap_or_default(),
            *reference,
            "{file}"
        );
        let link = event
            .link
            .as_ref()
            .map(|it| it.as_str())
            .unwrap_or_default();
        assert!(
            link.ends_with(page) && link.is_empty() == page.is_empty(),
            "{file}: {link}"
        );
    }
    for (file, expected) in OTHERS {
        match find(&tree(file)) {
            Found::Other(what) => assert_eq!(what, *expected, "{file}"),
            other => panic!("{file}: {other:?}"),
        }
    }
    let folder = fs::read_dir(top().join("tests/events")).unwrap();
    assert_eq!(
        folder.count(),
        RECORDED.len() + OTHERS.len(),
        "a file is in no table"
    );
}

#[test]
fn every_type_that_has_a_code_has_a_recorded_body() {
    let cases = || {
        TYPES
            .iter()
            .flat_map(|kind| kind.cases.iter().map(move |case| (kind, case)))
    };
    for (kind, case) in cases().filter(|(_, case)| !case.code.is_empty()) {
        let is_recorded = RECORDED.iter().any(|(file, ..)| {
            let event = event(file);
            file.starts_with("codearts")
                && event.kind.name == kind.name
                && event.case.code == case.code
                && event.case.word == case.word
        });
        assert!(is_recorded, "{} {}", kind.name, case.code);
    }
}

/// Every parameter of document 1: its row, a body that has it, its path, and its value there, of
/// its own JSON type.
fn parameters() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let issue = "codearts-issue-created";
    let review = "codearts-review-handed-over";
    let repo = "codearts-repository-deleted";
    let mr = "codearts-merge-request-comment-created";
    let check = "codearts-check-gate-failed";
    let build = "codearts-build-edited";
    let deploy = "codearts-deploy-success";
    let pipeline = "codearts-pipeline-completed";
    let project = json!("41bf2d9c7e0a4f6f8a2a5c6b7d8e9f01");
    let page = json!("https://devcloud.example.com/project/41bf2d9c");
    let remark = "https://codehub.example.com/acme/shop/merge_requests/12#note_55";
    vec![
        ("S1-109", issue, "project.id", project.clone()),
        ("S1-110", issue, "project.url", page.clone()),
        ("S1-111", issue, "issue.id", json!("4711")),
        ("S1-112", issue, "issue.title", json!("Login is slow")),
        (
            "S1-113",
            issue,
            "issue.url",
            json!("https://devcloud.example.com/issue/4711"),
        ),
        ("S1-114", issue, "operator.username", json!("wangfang")),
        ("S1-115", issue, "operator.id", json!("7301")),
        ("S1-116", review, "review.id", json!("r-1")),
        (
            "S1-117",
            review,
            "review.title",
            json!("Change the login flow"),
        ),
        (
            "S1-118",
            review,
            "review.url",
            json!("https://devcloud.example.com/review/r-1"),
        ),
        ("S1-119", issue, "operation", json!("新建")),
        ("S1-120", issue, "event.id", json!("ev-9")),
        ("S1-121", issue, "event.time", json!("2026-01-28 13:00:00")),
        (
            "S1-124",
            repo,
            "eventCode",
            json!("CodeArtsRepo-Repository-Delete"),
        ),
        ("S1-108, S1-125", repo, "eventName", json!("删除仓库")),
        ("S1-126", repo, "project.id", project.clone()),
        ("S1-127", repo, "project.url", page.clone()),
        ("S1-128", repo, "repo.id", json!(2_111_123)),
        (
            "S1-129",
            repo,
            "repo.webUrl",
            json!("https://codehub.example.com/acme/shop/home"),
        ),
        (
            "S1-130",
            repo,
            "repo.httpUrl",
            json!("https://codehub.example.com/acme/shop.git"),
        ),
        (
            "S1-131",
            repo,
            "repo.sshUrl",
            json!("git@codehub.example.com:acme/shop.git"),
        ),
        ("S1-132", repo, "repo.name", json!("shop")),
        ("S1-133", repo, "repo.groupName", json!("acme")),
        ("S1-134", repo, "operator.id", json!(7301)),
        ("S1-135", repo, "operator.nickName", json!("王芳")),
        ("S1-136", repo, "operator.name", json!("wangfang")),
        (
            "S1-137",
            repo,
            "operator.username",
            json!("d6f1e2c3b4a5968778695a4b3c2d1e0f"),
        ),
        ("S1-138", repo, "operator.tenantName", json!("acme_tenant")),
        (
            "S1-150",
            mr,
            "eventCode",
            json!("CodeArtsRepo-MergeRequest-CreateComment"),
        ),
        ("S1-151", mr, "eventName", json!("新建评审意见")),
        ("S1-152", mr, "project.id", project.clone()),
        ("S1-153", mr, "project.url", page.clone()),
        ("S1-154", mr, "repo.id", json!(2_111_123)),
        (
            "S1-155",
            mr,
            "repo.webUrl",
            json!("https://codehub.example.com/acme/shop/home"),
        ),
        (
            "S1-156",
            mr,
            "repo.httpUrl",
            json!("https://codehub.example.com/acme/shop.git"),
        ),
        (
            "S1-157",
            mr,
            "repo.sshUrl",
            json!("git@codehub.example.com:acme/shop.git"),
        ),
        ("S1-158", mr, "repo.name", json!("shop")),
        ("S1-159", mr, "repo.groupName", json!("acme")),
        ("S1-160", mr, "operator.id", json!(7301)),
        ("S1-161", mr, "operator.nickName", json!("王芳")),
        ("S1-162", mr, "operator.name", json!("wangfang")),
        (
            "S1-163",
            mr,
            "operator.username",
            json!("d6f1e2c3b4a5968778695a4b3c2d1e0f"),
        ),
        ("S1-164", mr, "operator.tenantName", json!("acme_tenant")),
        ("S1-165", mr, "mergeRequest.id", json!(990_012)),
        ("S1-166", mr, "mergeRequest.iid", json!(12)),
        (
            "S1-167",
            mr,
            "mergeRequest.url",
            json!("https://codehub.example.com/acme/shop/merge_requests/12"),
        ),
        (
            "S1-168",
            mr,
            "mergeRequest.createdAt",
            json!("2026-01-28T09:15:00+08:00"),
        ),
        (
            "S1-169",
            mr,
            "mergeRequest.updatedAt",
            json!("2026-01-28T10:20:30+08:00"),
        ),
        ("S1-170", mr, "mergeRequest.title", json!("Fix login")),
        (
            "S1-171",
            mr,
            "mergeRequest.description",
            json!("Closes the session **twice**"),
        ),
        (
            "S1-172",
            mr,
            "mergeRequest.sourceBranch",
            json!("fix/login"),
        ),
        ("S1-173", mr, "mergeRequest.targetBranch", json!("main")),
        ("S1-174, S1-175", mr, "mergeRequest.state", json!("opened")),
        (
            "S1-176",
            "codearts-merge-request-approval-revoke",
            "mergeRequest.state",
            json!("closed"),
        ),
        (
            "S1-177",
            "codearts-merge-request-merged",
            "mergeRequest.state",
            json!("merged"),
        ),
        (
            "S1-178",
            "codearts-merge-request-approval-pass",
            "mergeRequest.state",
            json!("locked"),
        ),
        ("S1-179", mr, "mergeRequest.author.id", json!(7302)),
        ("S1-180", mr, "mergeRequest.author.nickName", json!("Ann")),
        ("S1-181", mr, "mergeRequest.author.name", json!("ann")),
        (
            "S1-182",
            mr,
            "mergeRequest.author.username",
            json!("0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
        ),
        (
            "S1-183",
            mr,
            "mergeRequest.author.tenantName",
            json!("acme_tenant"),
        ),
        ("S1-184", mr, "mergeRequestReview.id", json!(55)),
        (
            "S1-185",
            mr,
            "mergeRequestReview.body",
            json!("Please check the *timeout*.\nIt is <b>too</b> short."),
        ),
        ("S1-186", mr, "mergeRequestReview.url", json!(remark)),
        ("S1-187", mr, "mergeRequestReview.author.id", json!(7301)),
        (
            "S1-188",
            mr,
            "mergeRequestReview.author.nickName",
            json!("王芳"),
        ),
        (
            "S1-189",
            mr,
            "mergeRequestReview.author.name",
            json!("wangfang"),
        ),
        (
            "S1-190",
            mr,
            "mergeRequestReview.author.username",
            json!("d6f1e2c3b4a5968778695a4b3c2d1e0f"),
        ),
        (
            "S1-191",
            mr,
            "mergeRequestReview.author.tenantName",
            json!("acme_tenant"),
        ),
        (
            "S1-192",
            mr,
            "mergeRequestReview.createdAt",
            json!("2026-01-28T11:00:00+08:00"),
        ),
        (
            "S1-193",
            mr,
            "mergeRequestReview.updatedAt",
            json!("2026-01-28T11:00:00+08:00"),
        ),
        ("S1-195", check, "eventName", json!("检查完成")),
        ("S1-196", check, "eventCode", json!("taskExecuteCompleted")),
        ("S1-197", check, "project.id", project),
        ("S1-198", check, "project.url", page),
        ("S1-199", check, "task.id", json!("c0ffee01")),
        ("S1-200", check, "task.name", json!("shop lint")),
        (
            "S1-201",
            check,
            "task.gitUrl",
            json!("https://codehub.example.com/acme/shop.git"),
        ),
        ("S1-202", check, "task.creator", json!("ann")),
        ("S1-203", check, "job.id", json!("j-20260128-7")),
        (
            "S1-204",
            check,
            "job.startTime",
            json!("2026-01-28 10:20:30"),
        ),
        (
            "S1-205",
            check,
            "job.finishTime",
            json!("2026-01-28 10:25:31"),
        ),
        ("S1-206, S1-215", check, "job.status", json!("成功")),
        ("S1-207, S1-219", check, "job.gateResult", json!("不通过")),
        (
            "S1-218",
            "codearts-check-passed",
            "job.gateResult",
            json!("通过"),
        ),
        (
            "S1-216",
            "codearts-check-failed",
            "job.status",
            json!("失败"),
        ),
        (
            "S1-217",
            "codearts-check-terminated",
            "job.status",
            json!("终止"),
        ),
        ("S1-208", check, "job.executor", json!("王芳")),
        (
            "S1-209",
            check,
            "job.url",
            json!("https://devcloud.example.com/codecheck/task/c0ffee01/j-20260128-7"),
        ),
        ("S1-210", check, "issues.critical", json!(1)),
        ("S1-211", check, "issues.major", json!(2)),
        ("S1-212", check, "issues.minor", json!(3)),
        ("S1-213", check, "issues.suggestion", json!(0)),
        ("S1-220", build, "BUILD.TITLE", json!("编译构建通知")),
        (
            "S1-221",
            build,
            "BUILD.URL",
            json!("https://devcloud.example.com/cloudbuild/project/1/build/2"),
        ),
        ("S1-222", build, "BUILD.EVENT", json!("编辑了构建任务")),
        ("S1-223", build, "BUILD.EXECUTOR_NAME", json!("路人甲")),
        ("S1-224", build, "BUILD.EXECUTOR_ID", json!("e1e2e3")),
        (
            "S1-225",
            build,
            "BUILD.EXECUTE_TIME",
            json!("2025-02-06 11:11:11"),
        ),
        ("S1-226", build, "BUILD.TASK_NAME", json!("测试构建任务1")),
        ("S1-227", build, "BUILD.PROJECT_NAME", json!("测试项目1")),
        ("S1-228", build, "BUILD.PROJECT_ID", json!("p1p2p3")),
        ("S1-232", deploy, "eventName", json!("应用部署成功")),
        ("S1-233", deploy, "eventCode", json!("success")),
        ("S1-234", deploy, "taskName", json!("storefront")),
        ("S1-235", deploy, "projectName", json!("Shop")),
        ("S1-236", deploy, "result", json!("成功")),
        ("S1-237", deploy, "sort", json!("31")),
        ("S1-238", deploy, "startUser", json!("王芳")),
        ("S1-239", deploy, "startTime", json!("2026-01-28 12:00:00")),
        (
            "S1-240",
            deploy,
            "link",
            json!("https://devcloud.example.com/deploy/31"),
        ),
        ("S1-242", pipeline, "pipeline.pipeline_id", json!("pl-1")),
        ("S1-243", pipeline, "pipeline.run_number", json!("42")),
        ("S1-244", pipeline, "pipeline.project_id", json!("41bf2d9c")),
        ("S1-245", pipeline, "pipeline.run_id", json!("run-7")),
        (
            "S1-246",
            pipeline,
            "pipeline.timestamp",
            json!("20260128092500"),
        ),
        ("S1-247", pipeline, "pipeline.trigger_type", json!("Manual")),
        ("S1-248", pipeline, "pipeline.name", json!("shop nightly")),
    ]
}

#[test]
fn every_parameter_keeps_its_type_and_resolves_in_templates() {
    for (row, file, path, value) in parameters() {
        let event = event(file);
        assert_eq!(at(&event.body, path), Some(&value), "{row}: {path}");
        let expected = match &value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let inputs = [
            ("RUNBELL_EVENTS", "*"),
            ("RUNBELL_MESSAGE", &format!("${{{path}}}")),
            ("RUNBELL_FIELDS", "none"),
        ];
        let (prepared, text) = wecom_text(&bytes(file), &inputs);
        for line in expected.lines() {
            assert!(text.contains(line), "{row}: {path} in {text}");
        }
        let log = prepared.opening.join("\n");
        assert!(!log.contains("stays empty"), "{row}: {log}");
    }
    let listed = |path: &str| parameters().iter().any(|row| row.2 == path);
    for (path, _) in PARAMETERS {
        assert!(listed(path), "{path} stands in no row");
    }
}

/// What a run with this event file prepares, and the text that WeCom's robot would get.
fn wecom_text(file: &[u8], inputs: &[(&str, &str)]) -> (Prepared, String) {
    let mut variables = vec![
        (
            "RUNBELL_WECOM_WEBHOOK",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
        ),
        ("RUNBELL_WECOM_FORMAT", "text"),
        ("RUNBELL_EVENT_FILE", "event.json"),
    ];
    variables.extend(inputs);
    let prepared = prepared(file, &variables);
    let Step::Ready(ready) = &prepared.step else {
        panic!("{:?} {:?}", prepared.opening, prepared.step)
    };
    let drafts = ready
        .parcels()
        .iter()
        .flat_map(|it| it.drafts.iter().flatten());
    let text = drafts.map(|draft| match &draft.content {
        Content::Json(body) => body["text"]["content"].as_str().unwrap().to_owned(),
        Content::Text(text) => text.clone(),
        Content::Mail(_) => panic!("a mail"),
    });
    let text = text.collect::<Vec<_>>().join("\n");
    (prepared, text.replace('\u{200b}', ""))
}

fn prepared(file: &[u8], variables: &[(&str, &str)]) -> Prepared {
    let files = BTreeMap::from([
        ("event.json".to_owned(), file.to_vec()),
        ("-".to_owned(), file.to_vec()),
    ]);
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment::new(variables, files);
    let now = UnixMillis::parse("2026-01-28T13:00:20Z").unwrap();
    prepare(&environment, now, [7; 16])
}

/// How a step that says nothing ends: its verdict and its exit code.
fn ending(prepared: &Prepared) -> (String, u8) {
    match &prepared.step {
        Step::Finished(ending) => (ending.lines.join("\n"), ending.exit.code()),
        Step::Ready(_) => ("speaks".to_owned(), 0),
    }
}

/// A body of each family, to which `eventType` gives the type.
fn body_of(family: Family) -> &'static str {
    match family {
        Family::Repository => "codearts-repository-deleted",
        Family::MergeRequest => "codearts-merge-request-comment-created",
        Family::Check => "codearts-check-gate-failed",
        Family::Build => "codearts-build-edited",
        Family::Deployment => "codearts-deploy-success",
        Family::Pipeline => "codearts-pipeline-completed",
        Family::Review => "codearts-review-handed-over",
        _ => "codearts-issue-created",
    }
}

/// The default message of every type and case in all languages, to be read.
#[test]
fn default_messages_are_those_that_were_reviewed() {
    let mut page = String::new();
    for family in FAMILIES {
        page.push_str(&format!("=== {}\n", family.word));
        for kind in TYPES.iter().filter(|kind| kind.family == family.family) {
            for case in kind.cases {
                let name = match case.word {
                    "" => kind.name.to_owned(),
                    word => format!("{}:{word}", kind.name),
                };
                let mut body = tree(body_of(kind.family));
                body["eventType"] = name.clone().into();
                if kind.family == Family::Check {
                    let (result, gate) = match case.word {
                        "passed" => ("成功", "通过"),
                        "failed" => ("成功", "不通过"),
                        _ => ("", ""),
                    };
                    body["job"]["status"] = result.into();
                    body["job"]["gateResult"] = gate.into();
                }
                let file = body.to_string();
                for language in ["en", "zh", "ru"] {
                    let inputs = [("RUNBELL_EVENTS", "*"), ("RUNBELL_LANGUAGE", language)];
                    let (_, text) = wecom_text(file.as_bytes(), &inputs);
                    // One of each family in full; of the others the title.
                    let is_first = TYPES
                        .iter()
                        .find(|it| it.family == kind.family)
                        .is_some_and(|it| it.name == kind.name);
                    let shown = match is_first && case.word == kind.cases[0].word {
                        true => text.as_str(),
                        false => text.lines().next().unwrap(),
                    };
                    page.push_str(&format!("{name} {language}: {shown}\n"));
                }
            }
        }
        page.push('\n');
    }
    check_current(
        [("tests/snapshots/events.txt".to_owned(), page)],
        "read the difference, then commit them",
    );
}

/// The button of a WeCom card has room for thirteen characters.
#[test]
fn the_button_of_every_card_is_whole() {
    let pages = FAMILIES.iter().map(|family| {
        let body = match family.family {
            // That of CodeArts names no page.
            Family::Pipeline => "github-workflow-run-failure",
            family => body_of(family),
        };
        (family.word, body, "*")
    });
    for (word, body, events) in pages.chain([("a run", "codearts-build-edited", "")]) {
        for language in ["en", "zh", "ru"] {
            let variables = [
                ("RUNBELL_WECOM_WEBHOOK", "https://h.example/?key=K"),
                ("RUNBELL_WECOM_FORMAT", "card"),
                ("RUNBELL_EVENT_FILE", "event.json"),
                ("RUNBELL_EVENTS", events),
                ("RUNBELL_LANGUAGE", language),
                ("RUNBELL_STATUS", "failure"),
                ("RUNBELL_RUN_URL", "https://ci.example/42"),
            ];
            let prepared = prepared(&bytes(body), &variables);
            let Step::Ready(ready) = &prepared.step else {
                panic!("{word}: {:?} {:?}", prepared.opening, prepared.step)
            };
            let drafts = ready.parcels()[0].drafts.as_ref().unwrap();
            let Content::Json(card) = &drafts[0].content else {
                panic!("{word}: no card")
            };
            let button = &card["template_card"]["jump_list"][0]["title"];
            let button = button.as_str().unwrap();
            assert!(
                button.chars().count() <= 13 && !button.contains('…'),
                "{word} {language}: {button}"
            );
        }
    }
}

#[track_caller]
fn check_ending(file: &[u8], variables: &[(&str, &str)], verdict: &str, code: u8) {
    let mut all = vec![(
        "RUNBELL_WECOM_WEBHOOK",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
    )];
    all.extend(variables);
    let prepared = prepared(file, &all);
    let (said, exit) = ending(&prepared);
    assert!(
        said.contains(verdict) && exit == code,
        "{variables:?}: {exit} {said}\n{:#?}",
        prepared.opening
    );
}

const GITHUB: [(&str, &str); 3] = [
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_REPOSITORY", "acme/shop"),
    ("GITHUB_EVENT_PATH", "event.json"),
];

#[test]
fn a_step_speaks_of_the_events_it_names_and_of_no_other() {
    let file = ("RUNBELL_EVENT_FILE", "event.json");
    for (name, events, more, verdict) in [
        (
            "codearts-merge-request-created",
            "mr.opened",
            &[][..],
            "speaks",
        ),
        (
            "codearts-merge-request-created",
            "MR merged; 开启合并请求",
            &[],
            "speaks",
        ),
        (
            "codearts-merge-request-created",
            "mr.merged, check.*",
            &[],
            "nothing to send: event mr.opened is not in `events` (mr.merged, check.*)",
        ),
        (
            "codearts-check-passed",
            "check.completed:failed",
            &[],
            "nothing to send: event check.completed:passed is not in `events`",
        ),
        ("codearts-check-gate-failed", "门禁不通过", &[], "speaks"),
        // `notify_on` applies to events with an outcome, and to no other.
        (
            "codearts-deploy-success",
            "deploy.*",
            &[("RUNBELL_NOTIFY_ON", "failure")],
            "nothing to send: status success is not in `notify_on` (failure)",
        ),
        (
            "codearts-deploy-failure",
            "deploy.*",
            &[("RUNBELL_NOTIFY_ON", "bad")],
            "speaks",
        ),
        (
            "codearts-pipeline-suspended",
            "pipeline.*",
            &[("RUNBELL_NOTIFY_ON", "挂起")],
            "speaks",
        ),
        (
            "codearts-pipeline-paused",
            "pipeline.*",
            &[("RUNBELL_NOTIFY_ON", "挂起")],
            "nothing to send: status paused is not",
        ),
        (
            "codearts-merge-request-created",
            "mr.*",
            &[("RUNBELL_NOTIFY_ON", "failure")],
            "speaks",
        ),
        // The status of the telling job is not that of the event; the author's word is.
        (
            "codearts-deploy-failure",
            "deploy.*",
            &[
                ("RUNBELL_NOTIFY_ON", "failure"),
                ("RUNBELL_JOB_STATUS", "success"),
            ],
            "speaks",
        ),
        (
            "codearts-deploy-failure",
            "deploy.*",
            &[
                ("RUNBELL_NOTIFY_ON", "failure"),
                ("RUNBELL_STATUS", "success"),
            ],
            "nothing to send: status success",
        ),
        (
            "codearts-deploy-failure",
            "deploy.*",
            &[
                ("RUNBELL_NOTIFY_ON", "fixed"),
                ("RUNBELL_PREVIOUS_STATUS", "failure"),
            ],
            "nothing to send: status failure",
        ),
        (
            "codearts-deploy-success",
            "deploy.*",
            &[
                ("RUNBELL_NOTIFY_ON", "fixed"),
                ("RUNBELL_PREVIOUS_STATUS", "failure"),
            ],
            "speaks",
        ),
        (
            "github-push",
            "*",
            &[],
            "nothing to send: the event (push) is none of those in `events` (*)",
        ),
        (
            "codearts-merge-request-created",
            "mr.*",
            &[("RUNBELL_ENABLED", "false")],
            "nothing to send: `enabled` is false",
        ),
    ] {
        let mut variables = vec![("RUNBELL_EVENTS", events), file];
        variables.extend(more);
        check_ending(&bytes(name), &variables, verdict, 0);
    }
}

/// Rows S0-019 to S0-055: what the vendor's page lets people choose, from the bodies of events.
#[test]
fn every_content_of_the_page_is_a_field_of_its_event() {
    let check = "codearts-check-gate-failed";
    let build = "codearts-build-failed";
    let deploy = "codearts-deploy-success";
    let pipeline = "codearts-pipeline-completed";
    for (row, file, field, expected) in [
        ("S0-019", pipeline, "pipeline", "Pipeline: shop nightly"),
        ("S0-022", pipeline, "trigger", "Trigger: Manual"),
        (
            "S0-024",
            pipeline,
            "started",
            "Started: 2026-01-28 09:25:00",
        ),
        ("S0-025", pipeline, "status", "Status: Succeeded"),
        ("S0-031", check, "result", "Result: Succeeded"),
        ("S0-032", check, "gate", "Quality gate: failed"),
        (
            "S0-033",
            check,
            "issues",
            "Issues: 6 (1 critical, 2 major, 3 minor)",
        ),
        (
            "S0-034",
            check,
            "url",
            "Link: https://devcloud.example.com/codecheck/task/c0ffee01/j-20260128-7",
        ),
        ("S0-035", check, "operator", "Operator: 王芳"),
        (
            "S0-036",
            check,
            "completed",
            "Completed: 2026-01-28 10:25:31",
        ),
        ("S0-043", build, "task", "Task: 测试构建任务1"),
        ("S0-044", build, "operator", "Operator: 路人甲"),
        ("S0-045", build, "started", "Started: 2025-02-06 11:11:11"),
        ("S0-050", deploy, "application", "Application: storefront"),
        ("S0-051", deploy, "result", "Result: Succeeded"),
        ("S0-052", deploy, "execution_id", "Execution: 31"),
        ("S0-053", deploy, "operator", "Operator: 王芳"),
        ("S0-054", deploy, "started", "Started: 2026-01-28 12:00:00"),
        ("S0-055", deploy, "project", "Project: Shop"),
    ] {
        let inputs = [("RUNBELL_EVENTS", "*"), ("RUNBELL_FIELDS", field)];
        let (_, text) = wecom_text(&bytes(file), &inputs);
        assert!(
            text.lines().any(|line| line == expected),
            "{row}: {expected} in {text}"
        );
    }
    // These three stand in no body of the page, so they come from inputs or from the platform.
    for (row, field, input, expected) in [
        (
            "S0-020",
            "description",
            "RUNBELL_RUN_DESCRIPTION",
            "Description: X",
        ),
        ("S0-021", "operator", "RUNBELL_ACTOR", "Operator: X"),
        ("S0-023", "project", "RUNBELL_PROJECT", "Project: X"),
    ] {
        let inputs = [
            ("RUNBELL_EVENTS", "*"),
            ("RUNBELL_FIELDS", field),
            (input, "X"),
        ];
        let (_, text) = wecom_text(&bytes(pipeline), &inputs);
        assert!(
            text.lines().any(|line| line == expected),
            "{row}: {expected} in {text}"
        );
    }
}

#[test]
fn a_state_file_knows_each_application_apart() {
    let run = |file: &str, name: &str, state: &str| {
        let mut body = tree(file);
        body["taskName"] = name.into();
        let files = BTreeMap::from([
            ("event.json".to_owned(), body.to_string().into_bytes()),
            ("state".to_owned(), state.as_bytes().to_vec()),
        ]);
        let variables = [
            (
                "RUNBELL_WECOM_WEBHOOK",
                "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
            ),
            ("RUNBELL_EVENTS", "deploy.*, mr.*"),
            ("RUNBELL_EVENT_FILE", "event.json"),
            ("RUNBELL_STATE_FILE", "state"),
            ("RUNBELL_NOTIFY_ON", "changed, fixed"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment::new(variables, files);
        let now = UnixMillis::parse("2026-01-28T13:00:20Z").unwrap();
        let prepared = prepare(&environment, now, [7; 16]);
        let (verdict, _) = ending(&prepared);
        (
            verdict,
            prepared.state.map(|it| it.content).unwrap_or_default(),
        )
    };
    let (verdict, state) = run("codearts-deploy-failure", "shop", "");
    assert_eq!(verdict, "speaks");
    assert_eq!(run("codearts-deploy-success", "shop", &state).0, "speaks");
    let silent = "nothing to send: status success is not in `notify_on` (changed, fixed)";
    assert_eq!(run("codearts-deploy-success", "other", &state).0, silent);
    // An event without outcome leaves it alone.
    assert_eq!(
        run("codearts-merge-request-created", "", &state),
        ("speaks".to_owned(), String::new())
    );
}

#[test]
fn the_platforms_own_file_needs_no_input() {
    let with = |events| {
        let mut variables = vec![("RUNBELL_EVENTS", events)];
        variables.extend(GITHUB);
        variables
    };
    check_ending(
        &bytes("github-pull-request-opened"),
        &with("mr.opened"),
        "speaks",
        0,
    );
    check_ending(
        &bytes("github-push"),
        &with("mr.opened"),
        "nothing to send: the event (push) is none of those in `events` (mr.opened)",
        0,
    );
    check_ending(
        b"{\"schedule\": \"0 3 * * *\"}",
        &with("mr.opened"),
        "nothing to send: the event file of GitHub Actions tells of nothing in `events`",
        0,
    );
    // A file that the author names wins.
    let mut variables = with("mr.merged");
    variables.retain(|(name, _)| *name != "GITHUB_EVENT_PATH");
    variables.extend([
        ("GITHUB_EVENT_PATH", "no-such.json"),
        ("RUNBELL_EVENT_FILE", "-"),
    ]);
    check_ending(&bytes("gitea-pull-request-merged"), &variables, "speaks", 0);
}

#[test]
fn an_event_that_cannot_be_read_is_no_silence() {
    let deep = format!("{}{}", "{\"a\":".repeat(200), "}".repeat(200));
    for (file, wrong) in [
        (&b""[..], "it is empty"),
        (b"{", "it is no JSON (line 1, column 1)"),
        (deep.as_bytes(), "it is no JSON (line 1, column 636)"),
        (b"[]", "holds no event: it is no JSON object"),
        (b"{}", "holds no event: it has none of the parts of an event"),
        (
            b"{\"eventCode\": \"CodeArtsRepo-MergeRequest-Frobnicate\", \"mergeRequest\": {\"iid\": 1}}",
            "its `eventCode` is `CodeArtsRepo-MergeRequest-Frobnicate`, which is no event that runbell knows",
        ),
        (
            b"{\"eventName\": \"${eventName}\", \"pipeline\": {\"name\": \"x\"}}",
            "it does not say what happened; it needs an `eventCode`, an `eventName` or an `eventType`",
        ),
    ] {
        let variables = [("RUNBELL_EVENTS", "*"), ("RUNBELL_EVENT_FILE", "event.json")];
        check_ending(file, &variables, wrong, 1);
        check_ending(file, &variables, "FAILED: nothing was sent, because the event cannot be read", 1);
        let soft = [variables[0], variables[1], ("RUNBELL_FAIL_ON_ERROR", "false")];
        check_ending(file, &soft, "the step passes: `fail_on_error` is false", 0);
        // Without `events` it costs its facts alone.
        check_ending(file, &[("RUNBELL_STATUS", "failure"), variables[1]], "speaks", 0);
    }
    let missing = [
        ("RUNBELL_EVENTS", "*"),
        ("RUNBELL_EVENT_FILE", "no-such.json"),
    ];
    check_ending(
        b"{}",
        &missing,
        "`event_file` no-such.json: there is no such file",
        1,
    );
    let outside = [
        ("RUNBELL_EVENTS", "*"),
        ("RUNBELL_EVENT_FILE", "../event.json"),
    ];
    check_ending(b"{}", &outside, "it leads out of the working folder", 1);
    let big = vec![b' '; usize::try_from(EVENT_LIMIT_BYTES).unwrap() + 1];
    let file = [
        ("RUNBELL_EVENTS", "*"),
        ("RUNBELL_EVENT_FILE", "event.json"),
    ];
    check_ending(&big, &file, "it is larger than 33554432 bytes", 1);
    let mut unset = vec![("RUNBELL_EVENTS", "*")];
    unset.extend(
        GITHUB
            .iter()
            .filter(|(name, _)| *name != "GITHUB_EVENT_PATH"),
    );
    check_ending(b"{}", &unset, "GITHUB_EVENT_PATH names no file", 1);
    // Known before anything is read.
    check_ending(
        b"{}",
        &[("RUNBELL_EVENTS", "mr.*")],
        "input `events` is set, but the platform (generic) gives no event file",
        2,
    );
    check_ending(
        b"{}",
        &[("RUNBELL_EVENTS", "mr.opend")],
        "Perhaps `mr.opened` is meant",
        2,
    );
}

#[test]
fn an_event_file_without_events_gives_facts_and_the_last_word_on_the_status() {
    let file = bytes("codearts-deploy-failure");
    let (prepared, text) = wecom_text(&file, &[]);
    let log = prepared.opening.join("\n");
    assert!(
        log.contains("status failure (event deploy.failed)"),
        "{log}"
    );
    assert!(text.starts_with("❌ Failed: Shop"), "{text}");
    let (prepared, _) = wecom_text(&file, &[("RUNBELL_JOB_STATUS", "success")]);
    let log = prepared.opening.join("\n");
    assert!(log.contains("status success (input `job_status`)"), "{log}");
    let inputs = [(
        "RUNBELL_MESSAGE",
        "${taskName} {{application.name}} ${mergeRequest.title}",
    )];
    let (prepared, text) = wecom_text(&file, &inputs);
    assert!(text.contains("storefront storefront"), "{text}");
    let log = prepared.opening.join("\n");
    assert!(log.contains("`${mergeRequest.title}` stays empty"), "{log}");
}

#[test]
fn parameters_stand_for_facts_where_the_event_does_not_say() {
    let facts = [
        ("RUNBELL_PIPELINE_NAME", "nightly"),
        ("RUNBELL_RUN_NUMBER", "42"),
        ("RUNBELL_PARAMS", "REGION=cn-1,EMPTY="),
        ("RUNBELL_CHANGE_TITLE", "Fix login"),
        ("RUNBELL_ACTOR", "Ann"),
        ("RUNBELL_STATUS", "success"),
        ("pipeline.OWN", "of the environment"),
        (
            "RUNBELL_MESSAGE",
            "${pipeline.name} ${pipeline.run_number} ${pipeline.REGION} ${mergeRequest.title} ${operator.username} ${pipeline.OWN}",
        ),
    ];
    let (_, text) = wecom_text(b"{}", &facts);
    let expected = "nightly 42 cn-1 Fix login Ann of the environment";
    assert!(text.contains(expected), "{text}");
    // A forge's event has them too, and its own names beside them.
    let inputs = [
        ("RUNBELL_EVENTS", "*"),
        (
            "RUNBELL_MESSAGE",
            "${mergeRequest.title} ${repo.webUrl} ${operator.username} ${eventCode} ${pull_request.draft} ${mergeRequest.state} {{event_type}} {{event_text}}",
        ),
    ];
    let (_, text) = wecom_text(&bytes("github-pull-request-opened"), &inputs);
    let expected = "Fix login https://github.com/acme/shop bob CodeArtsRepo-MergeRequest-Create false opened mr.opened Merge request opened";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_forges_event_keeps_the_types_of_the_vendors_form() {
    let event = event("gitea-review-rejected");
    assert_eq!(
        event.body,
        json!({
            "eventCode": "CodeArtsRepo-MergeRequest-ApprovalReject",
            "eventName": "合并请求审核拒绝",
            "project": { "id": "acme" },
            "repo": {
                "id": 3,
                "webUrl": "https://git.example.com/acme/shop",
                "httpUrl": "https://git.example.com/acme/shop.git",
                "sshUrl": "git@git.example.com:acme/shop.git",
                "name": "shop",
                "groupName": "acme",
            },
            "operator": {
                "id": 43,
                "nickName": "Bob Ray",
                "name": "bob",
                "username": "bob",
            },
            "mergeRequest": {
                "id": 21,
                "iid": 12,
                "url": "https://git.example.com/acme/shop/pulls/12",
                "createdAt": "2026-01-28T09:15:00Z",
                "updatedAt": "2026-01-28T10:20:30Z",
                "title": "Fix login",
                "sourceBranch": "fix/login",
                "targetBranch": "main",
                "author": { "id": 42, "nickName": "Ann Lee", "name": "ann", "username": "ann" },
                "state": "opened",
            },
            "mergeRequestReview": {
                "body": "Please mend",
                "author": { "id": 43, "nickName": "Bob Ray", "name": "bob", "username": "bob" },
            },
        })
    );
    for (file, path, expected) in [
        (
            "github-workflow-run-failure",
            "pipeline.run_number",
            json!("42"),
        ),
        ("github-check-run-failure", "job.id", json!("800")),
        (
            "github-check-run-failure",
            "job.gateResult",
            json!("不通过"),
        ),
        ("github-deployment-success", "sort", json!("700")),
        (
            "github-thread-resolved",
            "mergeRequestReview.body",
            json!("Why `unwrap`?"),
        ),
        (
            "github-thread-resolved",
            "mergeRequestReview.author.name",
            json!("bob"),
        ),
    ] {
        assert_eq!(at(&self::event(file).body, path), Some(&expected), "{file}");
    }
}

#[test]
fn no_secret_leaves_through_an_event() {
    let secret = "canary-dingtalk-token-0123456789";
    let mut body = tree("codearts-merge-request-comment-created");
    body["mergeRequest"]["title"] = format!("see {secret}").into();
    body["mergeRequestReview"]["body"] = format!("and {secret}\nthere").into();
    body["mergeRequest"]["api_token"] = "of somebody else".into();
    body["mergeRequest"]["apiToken"] = "of somebody else".into();
    let address = format!("https://oapi.dingtalk.com/robot/send?access_token={secret}");
    let inputs = [
        ("RUNBELL_EVENTS", "*"),
        ("RUNBELL_DINGTALK_WEBHOOK", address.as_str()),
        ("RUNBELL_DINGTALK_FORMAT", "text"),
        ("RUNBELL_WECOM_WEBHOOK", ""),
    ];
    let file = body.to_string();
    let (prepared, text) = wecom_text(file.as_bytes(), &inputs);
    assert!(text.contains("see ***") && !text.contains(secret), "{text}");
    let Step::Ready(ready) = &prepared.step else {
        panic!()
    };
    let sent = format!("{:?}", ready.parcels()[0].drafts);
    assert!(!sent.contains(secret), "{sent}");
    let mut inputs = inputs.to_vec();
    inputs.push((
        "RUNBELL_MESSAGE",
        "a ${mergeRequest.title} b ${mergeRequest.api_token} ${mergeRequest.apiToken}c",
    ));
    let (prepared, text) = wecom_text(file.as_bytes(), &inputs);
    assert!(
        !text.contains(secret) && !text.contains("somebody"),
        "{text}"
    );
    let log = prepared.opening.join("\n");
    assert!(text.contains("a see *** b  c"), "{text}");
    assert!(
        log.contains("`${mergeRequest.api_token}` stays empty: names like"),
        "{log}"
    );
}

/// What every target is sent for a comment in which each text is made by `text`, from the longest
/// it may have.
fn sent(
    text: &dyn Fn(&str, usize) -> Value,
    formats: &[&str; 3],
) -> BTreeMap<String, Vec<Content>> {
    let mut body = tree("codearts-merge-request-comment-created");
    for (part, key, limit) in [
        ("mergeRequest", "title", 200),
        ("mergeRequest", "sourceBranch", 120),
        ("mergeRequestReview", "body", 1000),
        ("operator", "nickName", 80),
    ] {
        body[part][key] = text(key, limit);
    }
    let [dingtalk, wecom, lark] = formats;
    let variables = [
        ("RUNBELL_EVENTS", "mr.*"),
        ("RUNBELL_EVENT_FILE", "event.json"),
        (
            "RUNBELL_DINGTALK_WEBHOOK",
            "https://oapi.dingtalk.com/robot/send?access_token=T",
        ),
        ("RUNBELL_DINGTALK_FORMAT", dingtalk),
        (
            "RUNBELL_WECOM_WEBHOOK",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
        ),
        ("RUNBELL_WECOM_FORMAT", wecom),
        (
            "RUNBELL_LARK_WEBHOOK",
            "https://open.feishu.cn/open-apis/bot/v2/hook/T",
        ),
        ("RUNBELL_LARK_FORMAT", lark),
        ("RUNBELL_EMAIL_TO", "team@example.com"),
        ("RUNBELL_EMAIL_FROM", "ci@example.com"),
        ("RUNBELL_SMTP_HOST", "smtp.example.com"),
    ];
    let prepared = prepared(body.to_string().as_bytes(), &variables);
    let Step::Ready(ready) = &prepared.step else {
        panic!("{:?}", prepared.step)
    };
    let parcels = ready.parcels().iter();
    let sent = parcels.map(|parcel| {
        let drafts = parcel.drafts.as_ref().unwrap().iter();
        let contents = drafts.map(|draft| draft.content.clone()).collect();
        (parcel.target.name.clone(), contents)
    });
    sent.collect()
}

/// Rule I-9 for what stands in an event: its title, its branch, a comment, a name.
#[test]
fn no_text_of_an_event_bends_a_message() {
    const FORMATS: [[&str; 3]; 3] = [
        ["markdown", "markdown", "card"],
        ["card", "markdown_v2", "post"],
        ["text", "card", "text"],
    ];
    let corpus = fs::read_to_string(top().join("tests/corpus/hostile.jsonl")).unwrap();
    for (at, line) in corpus.lines().enumerate() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = entry["text"].as_str().unwrap();
        let says_nothing = is_absent(text) || is_unresolved_reference(text);
        let calm = |key: &str, limit: usize| match (says_nothing, key) {
            (true, _) => Value::Null,
            (false, "body") => harmless(&head_chars(clean(text).trim(), limit)).into(),
            (false, _) => harmless(&head_chars(&clean_line(text), limit)).into(),
        };
        let formats = &FORMATS[at % FORMATS.len()];
        let expected = sent(&calm, formats);
        for (target, contents) in sent(&|_, _| text.into(), formats) {
            let expected = &expected[&target];
            assert_eq!(contents.len(), expected.len(), "{text:?} {target}");
            for (expected, content) in expected.iter().zip(&contents) {
                let (calm, found) = (structure(&target, expected), structure(&target, content));
                let first = calm.iter().zip(&found).find(|(a, b)| a != b);
                assert!(
                    calm == found,
                    "{text:?} bends {target} {formats:?}: {first:#?}"
                );
            }
        }
    }
}

/// JSON of any shape, rich in the keys that readers look for.
fn any_json() -> impl Strategy<Value = Value> {
    let paths = PARAMETERS.iter().flat_map(|(path, _)| path.split('.'));
    let mut keys: Vec<&'static str> = paths.collect();
    keys.extend([
        "action",
        "pull_request",
        "review",
        "comment",
        "issue",
        "sender",
        "repository",
        "state",
        "conclusion",
        "check_run",
        "check_suite",
        "workflow_run",
        "deployment_status",
        "type",
        "merged",
        "thread",
        "is_pull",
        "html_url",
        "number",
        "eventType",
        "BUILD.EVENT",
    ]);
    let mut words: Vec<String> = [
        "opened",
        "closed",
        "created",
        "completed",
        "submitted",
        "失败",
        "成功",
    ]
    .map(str::to_owned)
    .to_vec();
    words.extend(TYPES.iter().map(|kind| kind.name.to_owned()));
    words.extend(
        TYPES
            .iter()
            .flat_map(|kind| kind.cases.iter().map(|case| case.code.to_owned())),
    );
    words.extend(
        TYPES
            .iter()
            .flat_map(|kind| kind.cases.iter().map(|case| case.name.to_owned())),
    );
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        proptest::sample::select(words).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let key = prop_oneof![
            4 => proptest::sample::select(keys.clone()).prop_map(str::to_owned),
            1 => "\\PC{0,6}",
        ];
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            9 => proptest::collection::btree_map(key, inner, 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever a file holds, it is an event that can be told, or a reason in words.
    #[test]
    fn any_file_is_told_or_refused(json in any_json()) {
        let file = json.to_string();
        let tree = read_tree(file.as_bytes()).unwrap();
        match find(&tree) {
            Found::Event(event) => {
                prop_assert!(event.kind.cases.iter().any(|it| it.word == event.case.word));
                let inputs = [("RUNBELL_EVENTS", "*")];
                let (_, text) = wecom_text(file.as_bytes(), &inputs);
                prop_assert!(!text.lines().next().unwrap().trim().is_empty());
            }
            Found::Other(what) => prop_assert!(!what.is_empty()),
            Found::Unknown(why) => prop_assert!(!why.is_empty() && !why.contains('\n')),
        }
    }

    /// What is read is what any other reader of JSON reads, lists apart.
    #[test]
    fn a_tree_is_the_file_without_its_lists(json in any_json()) {
        fn without_lists(value: &Value) -> Value {
            match value {
                Value::Array(_) => Value::Null,
                Value::Object(entries) => entries
                    .iter()
                    .map(|(key, value)| (key.clone(), without_lists(value)))
                    .collect::<serde_json::Map<_, _>>()
                    .into(),
                other => other.clone(),
            }
        }
        prop_assert_eq!(read_tree(json.to_string().as_bytes()).unwrap(), without_lists(&json));
    }

    /// No bytes break the reader.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(wrong) = read_tree(&bytes) {
            prop_assert!(wrong.starts_with("it is "), "{}", wrong);
        }
    }
}

#[test]
fn the_program_tells_of_events_and_fails_on_broken_ones() {
    let receivers = Receivers::start();
    let folder = Folder::new();
    let path = folder.path("event.json");
    fs::write(&path, bytes("codearts-merge-request-comment-created")).unwrap();
    let step = |events: &str| {
        let mut command = receivers.runbell();
        command.env("RUNBELL_EVENTS", events);
        // The payload that this receiver wants tells how runs ended, and has no place for a merge request.
        command.env_remove("RUNBELL_WEBHOOK_URL");
        command.env("RUNBELL_EVENT_FILE", &path);
        command
    };
    let ended = run(&mut step("mr.*"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.verdict(), "sent to all 4 targets");
    assert!(
        ended.stdout.contains("event mr.comment_created"),
        "{ended:?}"
    );
    assert_eq!(receivers.violations(), Vec::<String>::new());

    let ended = run(&mut step("mr.merged"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.verdict(),
        "nothing to send: event mr.comment_created is not in `events` (mr.merged)"
    );

    fs::write(&path, "{\"eventCode\": ").unwrap();
    let ended = run(&mut step("mr.*"));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stdout.contains("it is no JSON (line 1, column 14)"),
        "{ended:?}"
    );
    let ended = run(step("mr.*").env("RUNBELL_FAIL_ON_ERROR", "false"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = run(&mut step("mr.opend"));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let got = [&receivers.dingtalk, &receivers.wecom, &receivers.lark];
    for receiver in got {
        assert_eq!(
            receiver.received().len(),
            1,
            "nothing but the first was sent"
        );
    }
}

#[test]
fn the_program_reads_an_event_from_standard_input() {
    let receivers = Receivers::start();
    let with = |input: &[u8]| {
        let mut child = receivers
            .wecom_alone()
            .env("RUNBELL_EVENTS", "check.completed:failed")
            .env("RUNBELL_EVENT_FILE", "-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Dropped at once: that is the end of the event.
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text)
    };
    let (code, text) = with(&bytes("codearts-check-gate-failed"));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("sent to wecom"), "{text}");
    let (code, text) = with(b"");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("standard input: it is empty"), "{text}");
    let ended = run(runbell()
        .envs(receivers.inputs())
        .env("RUNBELL_EVENTS", "*")
        .env("RUNBELL_EVENT_FILE", "/dev/zero"));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stdout.contains("it is not a regular file"),
        "{ended:?}"
    );
}
