//! The bodies of CodeArts' generic webhook subscription, as strict JSON. Source: its page
//! "自定义消息通知" (rows S1-109 to S1-240 for events, S1-242 to S1-248 for runs).
//!
//! Every key of the page is there, in its order and with its type; what nobody knows is an empty
//! text or 0.

use serde_json::{Map, Value};

use super::{first_text, texts};
use crate::model::event::{Event, Family, at};
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::Message;
use crate::model::status::Status;
use crate::model::text::clean;
use crate::model::time::{UnixMillis, Zone};

/// The body of an event, or of a run.
pub(super) fn body(message: &Message) -> Map<String, Value> {
    match &message.event {
        None => of_run(message, event_name(message.status, &message.status_word)),
        Some(event) if event.kind.family == Family::Pipeline => {
            let mut body = of_run(message, event.case.name);
            // There is no fact that every run has for it.
            let project = at(&event.body, PROJECT_OF_PIPELINE);
            if let Some(project) = project.filter(|it| !it.is_null()) {
                put(&mut body, PROJECT_OF_PIPELINE, typed(Some(project), Text));
            }
            body
        }
        Some(event) => of_event(event),
    }
}

/// Where a pipeline's event names its project.
const PROJECT_OF_PIPELINE: &str = "pipeline.project_id";

/// What is said of a run: the name of the event, and the parameters of the pipeline, all texts, as
/// parameters of a pipeline are.
fn of_run(message: &Message, event_name: &str) -> Map<String, Value> {
    let facts = &message.facts;
    let text = |fact| facts.text(fact).unwrap_or_default();
    let mut body = texts(&[("eventName", event_name)]);
    let pipeline = texts(&[
        (
            "pipeline_id",
            first_text(facts, &[Fact::PipelineId, Fact::PipelineName]),
        ),
        ("run_number", text(Fact::RunNumber)),
        ("project_id", text(Fact::Project)),
        ("run_id", first_text(facts, &[Fact::RunId, Fact::RunNumber])),
        ("timestamp", &timestamp(facts, message.composed_at)),
        ("trigger_type", trigger_type(text(Fact::Event))),
        ("name", text(Fact::PipelineName)),
    ]);
    body.insert("pipeline".into(), pipeline.into());
    body
}

/// The page's names for the events of a pipeline (rows S1-071 to S1-075), and words of the same
/// kind for what it has no event for.
fn event_name(status: Status, word: &str) -> &'static str {
    match status {
        Status::Success | Status::Warning => "已完成",
        Status::Failure | Status::Error | Status::TimedOut => "失败",
        Status::Waiting => "挂起",
        // Huawei keeps the two apart.
        Status::Paused if word == "挂起" || word.eq_ignore_ascii_case("Suspended") => "挂起",
        Status::Paused => "暂停",
        Status::Ignored | Status::Skipped => "忽略",
        Status::Canceled | Status::Canceling => "已取消",
        Status::Running => "运行中",
        Status::Unknown => "未知",
    }
}

/// The start of the run as CodeArts writes it, `yyyyMMddHHmmss`; without a zone, which is UTC+8
/// where CodeArts runs. Its own goes on as it is.
fn timestamp(facts: &RunFacts, now: UnixMillis) -> String {
    let started = facts.instant(Fact::StartedAt);
    if let (None, Some(own)) = (started, facts.unzoned_start()) {
        return own.to_owned();
    }
    let at = started.or_else(|| facts.instant(Fact::CreatedAt));
    let zone = Zone::named("Asia/Shanghai").unwrap_or_default();
    at.unwrap_or(now)
        .formatted("%Y%m%d%H%M%S", &zone)
        .unwrap_or_default()
}

/// CodeArts' word for what started the run; a word of another kind stays as it is.
fn trigger_type(word: &str) -> &str {
    const WORDS: &[(&str, &str)] = &[
        ("push", "Push"),
        ("pull_request", "MR"),
        ("pull_request_target", "MR"),
        ("merge_request", "MR"),
        ("merge_request_event", "MR"),
        ("tag", "CreateTag"),
        ("create", "CreateTag"),
        ("schedule", "Scheduler"),
        ("cron", "Scheduler"),
        ("manual", "Manual"),
        ("web", "Manual"),
        ("workflow_dispatch", "Manual"),
    ];
    WORDS
        .iter()
        .find(|(other, _)| *other == word)
        .map_or(word, |(_, own)| own)
}

/// A key of a body: its dotted path, and what it is when nobody knows it, which is of its type.
type Key = (&'static str, Blank);

#[derive(Clone, Copy)]
enum Blank {
    Text,
    Number,
}
use Blank::{Number, Text};

const PROJECT: &[Key] = &[
    ("eventCode", Text),
    ("eventName", Text),
    ("project.id", Text),
    ("project.url", Text),
];
const REPOSITORY: &[Key] = &[
    ("repo.id", Number),
    ("repo.webUrl", Text),
    ("repo.httpUrl", Text),
    ("repo.sshUrl", Text),
    ("repo.name", Text),
    ("repo.groupName", Text),
    ("operator.id", Number),
    ("operator.nickName", Text),
    ("operator.name", Text),
    ("operator.username", Text),
    ("operator.tenantName", Text),
];
const MERGE_REQUEST: &[Key] = &[
    ("mergeRequest.id", Number),
    ("mergeRequest.iid", Number),
    ("mergeRequest.url", Text),
    ("mergeRequest.createdAt", Text),
    ("mergeRequest.updatedAt", Text),
    ("mergeRequest.title", Text),
    ("mergeRequest.description", Text),
    ("mergeRequest.sourceBranch", Text),
    ("mergeRequest.targetBranch", Text),
    ("mergeRequest.state", Text),
    ("mergeRequest.author.id", Number),
    ("mergeRequest.author.nickName", Text),
    ("mergeRequest.author.name", Text),
    ("mergeRequest.author.username", Text),
    ("mergeRequest.author.tenantName", Text),
];
/// There when somebody wrote something.
const REVIEW: &[Key] = &[
    ("mergeRequestReview.id", Number),
    ("mergeRequestReview.body", Text),
    ("mergeRequestReview.url", Text),
    ("mergeRequestReview.author.id", Number),
    ("mergeRequestReview.author.nickName", Text),
    ("mergeRequestReview.author.name", Text),
    ("mergeRequestReview.author.username", Text),
    ("mergeRequestReview.author.tenantName", Text),
    ("mergeRequestReview.createdAt", Text),
    ("mergeRequestReview.updatedAt", Text),
];
const CHECK: &[Key] = &[
    ("eventName", Text),
    ("eventCode", Text),
    ("project.id", Text),
    ("project.url", Text),
    ("task.id", Text),
    ("task.name", Text),
    ("task.gitUrl", Text),
    ("task.creator", Text),
    ("job.id", Text),
    ("job.startTime", Text),
    ("job.finishTime", Text),
    ("job.status", Text),
    ("job.gateResult", Text),
    ("job.executor", Text),
    ("job.url", Text),
    ("issues.critical", Number),
    ("issues.major", Number),
    ("issues.minor", Number),
    ("issues.suggestion", Number),
];
const BUILD: &[Key] = &[
    ("BUILD.TITLE", Text),
    ("BUILD.URL", Text),
    ("BUILD.EVENT", Text),
    ("BUILD.EXECUTOR_NAME", Text),
    ("BUILD.EXECUTOR_ID", Text),
    ("BUILD.EXECUTE_TIME", Text),
    ("BUILD.TASK_NAME", Text),
    ("BUILD.PROJECT_NAME", Text),
    ("BUILD.PROJECT_ID", Text),
];
const DEPLOYMENT: &[Key] = &[
    ("eventName", Text),
    ("eventCode", Text),
    ("taskName", Text),
    ("projectName", Text),
    ("result", Text),
    ("sort", Text),
    ("startUser", Text),
    ("startTime", Text),
    ("link", Text),
];
const WORK_ITEM: &[Key] = &[
    ("project.id", Text),
    ("project.url", Text),
    ("issue.id", Text),
    ("issue.title", Text),
    ("issue.url", Text),
    ("operator.username", Text),
    ("operator.id", Text),
    ("review.id", Text),
    ("review.title", Text),
    ("review.url", Text),
    ("operation", Text),
    ("event.id", Text),
    ("event.time", Text),
];

fn of_event(event: &Event) -> Map<String, Value> {
    let is_review = event.kind.name.starts_with("mr.comment_")
        || at(&event.body, "mergeRequestReview").is_some();
    let keys: &[&[Key]] = match event.kind.family {
        Family::Repository => &[PROJECT, REPOSITORY],
        Family::MergeRequest if is_review => &[PROJECT, REPOSITORY, MERGE_REQUEST, REVIEW],
        Family::MergeRequest => &[PROJECT, REPOSITORY, MERGE_REQUEST],
        Family::Check => &[CHECK],
        Family::Build => &[BUILD],
        Family::Deployment => &[DEPLOYMENT],
        _ => &[WORK_ITEM],
    };
    let mut body = Map::new();
    for (path, blank) in keys.iter().copied().flatten() {
        let own = typed(at(&event.body, path), *blank);
        // What happened, the catalogue tells where the file has no word of its own for it.
        let told = match *path {
            "eventCode" => event.case.code,
            "eventName" | "operation" | "BUILD.EVENT" => event.case.name,
            _ => "",
        };
        let value = match own.as_str() {
            Some("") => told.into(),
            _ => own,
        };
        put(&mut body, path, value);
    }
    body
}

/// A value in the type of its key; what cannot be brought to it is blank.
fn typed(value: Option<&Value>, blank: Blank) -> Value {
    match (value, blank) {
        (Some(Value::String(text)), Blank::Text) => clean(text).into(),
        (Some(Value::Number(number)), Blank::Text) => number.to_string().into(),
        (_, Blank::Text) => "".into(),
        (Some(Value::Number(number)), Blank::Number) => number.clone().into(),
        (Some(Value::String(text)), Blank::Number) => {
            text.trim().parse::<u64>().unwrap_or_default().into()
        }
        (_, Blank::Number) => 0.into(),
    }
}

/// Puts a value at a dotted path.
fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body.entry(first).or_insert_with(|| Map::new().into());
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::channel::tests::message;
    use crate::model::facts::Origin;

    #[test]
    fn a_run_is_told_in_the_parameters_of_a_pipeline() {
        let mut message = message();
        for (fact, value) in [
            (Fact::PipelineId, "f1e2d3"),
            (Fact::RunId, "a9b8c7"),
            (Fact::Project, "p-1"),
            (Fact::Event, "schedule"),
            (Fact::StartedAt, "2026-11-22T16:30:05Z"),
        ] {
            Rc::make_mut(&mut message.facts).offer(fact, value, Origin::Input("x"));
        }
        assert_eq!(
            Value::Object(body(&message)).to_string(),
            concat!(
                r#"{"eventName":"失败","pipeline":{"pipeline_id":"f1e2d3","run_number":"42","#,
                r#""project_id":"p-1","run_id":"a9b8c7","timestamp":"20261123003005","#,
                r#""trigger_type":"Scheduler","name":"build"}}"#
            )
        );
    }

    #[test]
    fn the_start_that_codearts_tells_goes_on_as_it_is() {
        let own = Origin::Variable("TIMESTAMP".to_owned());
        let zoned = Origin::Input("started_at");
        let now = UnixMillis(1_763_803_805_000);
        for (offered, expected) in [
            (&[("20241224154258", &own)][..], "20241224154258"),
            (
                &[("2026-11-22T16:30:05Z", &zoned), ("20241224154258", &own)],
                "20261123003005",
            ),
            (&[], "20251122173005"),
        ] {
            let mut facts = RunFacts::new("codearts");
            for (text, origin) in offered {
                facts.offer(Fact::StartedAt, text, (*origin).clone());
            }
            assert_eq!(timestamp(&facts, now), expected);
        }
    }

    #[test]
    fn every_event_of_the_page_has_a_status() {
        let names = Status::ALL.map(|status| event_name(status, ""));
        for name in ["已完成", "失败", "暂停", "挂起", "忽略"] {
            assert!(names.contains(&name), "{name}");
        }
        for (word, expected) in [("Suspended", "挂起"), ("挂起", "挂起"), ("Paused", "暂停")]
        {
            assert_eq!(event_name(Status::Paused, word), expected, "{word}");
        }
    }
}
