//! The bodies of CodeArts' generic webhook subscription, as strict JSON. Source: its page
//! "自定义消息通知" (rows S1-242 to S1-248 for runs).

use serde_json::{Map, Value, json};

use super::first_text;
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::Message;
use crate::model::status::Status;
use crate::model::time::{UnixMillis, Zone};

/// What is said of a run: the name of the event, and the parameters of the pipeline, all texts, as
/// parameters of a pipeline are.
pub(super) fn body(message: &Message) -> Map<String, Value> {
    let facts = &message.facts;
    let text = |fact| facts.text(fact).unwrap_or_default();
    let mut body = Map::new();
    body.insert("eventName".into(), event_name(message.status).into());
    body.insert(
        "pipeline".into(),
        json!({
            "pipeline_id": first_text(facts, &[Fact::PipelineId, Fact::PipelineName]),
            "run_number": text(Fact::RunNumber),
            "project_id": text(Fact::Project),
            "run_id": first_text(facts, &[Fact::RunId, Fact::RunNumber]),
            "timestamp": timestamp(facts, message.composed_at),
            "trigger_type": trigger_type(text(Fact::Event)),
            "name": text(Fact::PipelineName),
        }),
    );
    body
}

/// The page's names for the events of a pipeline (rows S1-071 to S1-075), and words of the same
/// kind for what it has no event for.
const fn event_name(status: Status) -> &'static str {
    match status {
        Status::Success | Status::Warning => "已完成",
        Status::Failure | Status::Error | Status::TimedOut => "失败",
        Status::Waiting => "挂起",
        Status::Paused => "暂停",
        Status::Ignored | Status::Skipped => "忽略",
        Status::Canceled | Status::Canceling => "已取消",
        Status::Running => "运行中",
        Status::Unknown => "未知",
    }
}

/// The start of the run as CodeArts writes it, `yyyyMMddHHmmss`; without a zone, which is UTC+8
/// where CodeArts runs.
fn timestamp(facts: &RunFacts, now: UnixMillis) -> String {
    let known = [Fact::StartedAt, Fact::CreatedAt];
    let at = known.iter().find_map(|fact| facts.instant(*fact));
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

#[cfg(test)]
mod tests {
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
            message.facts.offer(fact, value, Origin::Input("x"));
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
    fn every_event_of_the_page_has_a_status() {
        let names = Status::ALL.map(event_name);
        for name in ["已完成", "失败", "暂停", "挂起", "忽略"] {
            assert!(names.contains(&name), "{name}");
        }
    }
}
