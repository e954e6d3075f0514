//! CDEvents 0.5 in the structured mode of CloudEvents 1.0. Sources: CDEvents, "Core" and
//! "CloudEvents binding", tag v0.5.1.

use serde_json::{Map, Value};

use super::{first_text, texts};
use crate::model::event::{Event, Family, text_at};
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::Message;
use crate::model::status::Status;
use crate::model::time::UnixMillis;

/// The content type of the structured mode.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// What an event of a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The whole run.
    PipelineRun,
    /// One job of it.
    TaskRun,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Queued,
    Started,
    /// With an outcome, where somebody knows it.
    Finished(Option<&'static str>),
}

const fn stage(status: Status) -> Stage {
    match status {
        Status::Success | Status::Warning => Stage::Finished(Some("success")),
        Status::Failure => Stage::Finished(Some("failure")),
        Status::Error | Status::TimedOut => Stage::Finished(Some("error")),
        Status::Canceled => Stage::Finished(Some("cancel")),
        Status::Skipped | Status::Ignored | Status::Unknown => Stage::Finished(None),
        Status::Running | Status::Canceling => Stage::Started,
        Status::Waiting | Status::Paused => Stage::Queued,
    }
}

/// The event that is told of, or that of a run.
pub(super) fn body(message: &Message, subject: Subject) -> Map<String, Value> {
    match &message.event {
        None => of_run(message, subject),
        Some(event) => match event.kind.family {
            Family::Pipeline => of_run(message, Subject::PipelineRun),
            Family::Check | Family::Deployment => of_run(message, Subject::TaskRun),
            Family::Build if event.status.is_some() => of_run(message, Subject::TaskRun),
            _ => of_event(message, event),
        },
    }
}

/// The event of a run.
fn of_run(message: &Message, subject: Subject) -> Map<String, Value> {
    let facts = &message.facts;
    let stage = stage(message.status);
    let (predicate, instant) = match stage {
        Stage::Queued => ("queued", Fact::CreatedAt),
        Stage::Started => ("started", Fact::StartedAt),
        Stage::Finished(_) => ("finished", Fact::FinishedAt),
    };
    let subject = match stage {
        // CDEvents knows no task that is queued.
        Stage::Queued => Subject::PipelineRun,
        Stage::Started | Stage::Finished(_) => subject,
    };
    let run = run_id(message);
    let mut content;
    let (kind, id) = match subject {
        Subject::PipelineRun => {
            let names = [Fact::PipelineName, Fact::PipelineId, Fact::RepoSlug];
            let name = first_text(facts, &names);
            content = texts(&[("pipelineName", name)]);
            ("pipelinerun", run.clone())
        }
        Subject::TaskRun => {
            let names = [Fact::TaskName, Fact::ApplicationName, Fact::Job, Fact::Step];
            let name = first_text(facts, &names);
            content = texts(&[("taskName", name)]);
            let of = texts(&[("id", &run), ("source", &source(facts))]);
            content.insert("pipelineRun".into(), of.into());
            let execution = facts.text(Fact::ExecutionId).map(str::to_owned);
            (
                "taskrun",
                execution.unwrap_or_else(|| format!("{run}/{name}")),
            )
        }
    };
    content.insert("uri".into(), run_uri(facts, &run).into());
    if let Stage::Finished(outcome) = stage {
        if let Some(outcome) = outcome {
            content.insert("outcome".into(), outcome.into());
        }
        let failed = [Fact::FailedStages, Fact::FailedSteps].map(|fact| facts.text(fact));
        let failed: Vec<&str> = failed.into_iter().flatten().collect();
        if !failed.is_empty() {
            content.insert("errors".into(), failed.join(", ").into());
        }
    }
    let at = facts.instant(instant);
    let kind = format!("dev.cdevents.{kind}.{predicate}.0.3.0");
    event(message, &kind, &id, content, at)
}

/// The event of something that happened beside a run.
fn of_event(message: &Message, event: &Event) -> Map<String, Value> {
    let facts = &message.facts;
    let (kind, content) = match event.kind.family {
        Family::MergeRequest => change(message, event),
        Family::Repository if event.kind.name == "repo.deleted" => {
            let slug = facts.text(Fact::RepoSlug).unwrap_or_default();
            let (owner, name) = slug.rsplit_once('/').unwrap_or(("", slug));
            let mut content = texts(&[("name", name), ("owner", owner)]);
            if let Some(url) = facts.text(Fact::RepoUrl) {
                content.insert("uri".into(), uri(url).into());
            }
            ("dev.cdevents.repository.deleted.0.3.0", content)
        }
        family if family.is_work_item() => ticket(message, event),
        // CDEvents has no such event; it leaves room for those of others under this name.
        _ => {
            let content = texts(&[("name", &event.name())]);
            let kind = match event.kind.name {
                "repo.capacity_warning" => "dev.cdeventsx.runbell-repository.capacitywarning.0.1.0",
                "build.disabled" => "dev.cdeventsx.runbell-buildtask.disabled.0.1.0",
                "build.deleted" => "dev.cdeventsx.runbell-buildtask.deleted.0.1.0",
                _ => "dev.cdeventsx.runbell-buildtask.modified.0.1.0",
            };
            (kind, content)
        }
    };
    let id = first_told(
        event,
        match event.kind.family {
            Family::MergeRequest => &["mergeRequest.iid", "mergeRequest.id"],
            Family::Repository => &["repo.id", "repo.name"],
            Family::Build => &["BUILD.TASK_NAME"],
            _ => &["issue.id", "review.id"],
        },
    );
    let id = id.unwrap_or_else(|| message.id.as_str().to_owned());
    let told = first_told(event, &["event.time", "mergeRequest.updatedAt"]);
    let at = told.and_then(|text| UnixMillis::parse(&text));
    self::event(message, kind, &id, content, at)
}

/// The first of these parameters that the event has.
fn first_told(event: &Event, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| text_at(&event.body, path))
}

/// A merge request is a change; a comment on it is a review.
fn change(message: &Message, event: &Event) -> (&'static str, Map<String, Value>) {
    let is_closed = text_at(&event.body, "mergeRequest.state").as_deref() == Some("closed");
    let kind = match event.kind.name {
        "mr.opened" => "dev.cdevents.change.created.0.4.0",
        "mr.updated" if is_closed => "dev.cdevents.change.abandoned.0.3.0",
        "mr.updated" | "mr.comment_resolved" => "dev.cdevents.change.updated.0.3.0",
        "mr.merged" => "dev.cdevents.change.merged.0.3.0",
        _ => "dev.cdevents.change.reviewed.0.3.0",
    };
    let mut content = Map::new();
    if let (true, Some(title)) = (event.kind.name == "mr.opened", &event.subject) {
        content.insert("description".into(), title.as_str().into());
    }
    let facts = &message.facts;
    if let Some(slug) = facts.text(Fact::RepoSlug) {
        let repository = texts(&[("id", slug), ("source", &source(facts))]);
        content.insert("repository".into(), repository.into());
    }
    (kind, content)
}

/// A work item or a review sheet is a ticket.
fn ticket(message: &Message, event: &Event) -> (&'static str, Map<String, Value>) {
    let address = event.link.as_ref().map(|link| uri(link.as_str()));
    let address = address.unwrap_or_else(|| source(&message.facts));
    let actor = message.facts.text(Fact::Actor).unwrap_or("unknown");
    let sort = match event.kind.family {
        Family::Bug => "bug",
        Family::Task => "task",
        Family::Review => "review",
        _ => "enhancement",
    };
    let (_, action) = event.kind.name.split_once('.').unwrap_or_default();
    let (kind, who) = match action {
        "created" | "submitted" => ("dev.cdevents.ticket.created.0.2.0", "creator"),
        "deleted" => ("dev.cdevents.ticket.closed.0.2.0", "updatedBy"),
        _ => ("dev.cdevents.ticket.updated.0.2.0", "updatedBy"),
    };
    let mut content = texts(&[
        ("summary", event.subject.as_deref().unwrap_or_default()),
        ("ticketType", sort),
        ("uri", &address),
        (who, actor),
    ]);
    if action == "deleted" {
        content.insert("resolution".into(), "withdrawn".into());
    }
    (kind, content)
}

/// An event about a subject, in its envelope.
fn event(
    message: &Message,
    kind: &str,
    subject: &str,
    content: Map<String, Value>,
    at: Option<UnixMillis>,
) -> Map<String, Value> {
    let source = source(&message.facts);
    let time = at.unwrap_or(message.composed_at).rfc3339();
    let id = message.id.as_str();
    let mut about = texts(&[("id", subject), ("source", &source)]);
    about.insert("content".into(), content.into());
    let context = texts(&[
        ("specversion", "0.5.1"),
        ("id", id),
        ("source", &source),
        ("type", kind),
        ("timestamp", &time),
    ]);
    let json = "application/json";
    let mut data = Map::new();
    data.insert("context".into(), context.into());
    data.insert("subject".into(), about.into());
    data.insert("customData".into(), more(message).into());
    data.insert("customDataContentType".into(), json.into());
    let mut envelope = texts(&[
        ("specversion", "1.0"),
        ("id", id),
        ("source", &source),
        ("type", kind),
        ("subject", subject),
        ("time", &time),
        ("datacontenttype", json),
    ]);
    envelope.insert("data".into(), data.into());
    envelope
}

/// What CDEvents has no place for, under the names of the inputs; what nobody knows is left out.
fn more(message: &Message) -> Map<String, Value> {
    const FACTS: &[Fact] = &[
        Fact::RunNumber,
        Fact::RepoSlug,
        Fact::Branch,
        Fact::Tag,
        Fact::ChangeNumber,
        Fact::CommitSha,
        Fact::CommitTitle,
        Fact::AuthorName,
        Fact::Actor,
        Fact::Event,
        Fact::Environment,
    ];
    let event = message.event.as_ref();
    let event_type = event.map(Event::name).unwrap_or_default();
    // An event without an outcome has no status.
    let has_status = event.is_none_or(|event| event.status.is_some());
    let status = message.status.word();
    let previous = message.previous_status.map(Status::word);
    let mut rows = vec![
        ("event_type", event_type.as_str()),
        ("status", if has_status { status } else { "" }),
        ("previous_status", previous.unwrap_or_default()),
        ("platform", message.facts.platform),
    ];
    for fact in FACTS {
        if let (Some(spec), Some(text)) = (fact.spec(), message.facts.text(*fact)) {
            rows.push((spec.input, text));
        }
    }
    rows.retain(|(_, text)| !text.is_empty());
    texts(&rows)
}

/// What the run is known by; without any fact, the id of the message is unique too.
fn run_id(message: &Message) -> String {
    let known = first_text(&message.facts, &[Fact::RunId, Fact::RunNumber]);
    match known {
        "" => message.id.as_str().to_owned(),
        known => known.to_owned(),
    }
}

/// Where the run took place, as a reference: its repository, else the server that shows it, else
/// the platform.
fn source(facts: &RunFacts) -> String {
    if let Some(repository) = facts.text(Fact::RepoUrl) {
        return uri(repository);
    }
    let server = facts.text(Fact::RunUrl).and_then(|url| {
        let behind_scheme = url.find("://")? + "://".len();
        let host = url.get(behind_scheme..)?.find('/').unwrap_or(url.len());
        url.get(..behind_scheme + host)
    });
    server.map_or_else(|| format!("/{}", facts.platform), uri)
}

/// The page of the run, or a name for it where there is no page.
fn run_uri(facts: &RunFacts, run: &str) -> String {
    let named = || {
        let name = url::form_urlencoded::byte_serialize(run.as_bytes()).collect::<String>();
        format!("urn:runbell:run:{}", name.replace('+', "%20"))
    };
    facts.text(Fact::RunUrl).map_or_else(named, uri)
}

/// An address in the characters of RFC 3986: browsers let more stand, checkers of URIs do not.
fn uri(address: &str) -> String {
    let mut written = String::with_capacity(address.len());
    let host_end = address
        .match_indices('/')
        .nth(2)
        .map_or(address.len(), |(at, _)| at);
    let mut has_fragment = false;
    for (at, c) in address.char_indices() {
        let is_escape = || {
            let digits = address.get(at + 1..at + 3).unwrap_or_default();
            digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let stays = match c {
            // An address of IPv6 stands in brackets.
            '[' | ']' => at < host_end,
            '#' => !std::mem::replace(&mut has_fragment, true),
            '%' => is_escape(),
            c => c.is_ascii_alphanumeric() || "-._~:/?@!$&'()*+,;=".contains(c),
        };
        match stays {
            true => written.push(c),
            false => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    written.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use serde_json::json;

    use super::*;
    use crate::channel::tests::message;
    use crate::model::facts::Origin;

    #[test]
    fn addresses_keep_to_the_characters_of_a_uri() {
        for (address, expected) in [
            ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
            ("https://[::1]:8/a[b]^c", "https://[::1]:8/a%5Bb%5D%5Ec"),
            (
                "https://a.example/%7e%zz#a#b",
                "https://a.example/%7e%25zz#a%23b",
            ),
            (
                "https://a.example/构{}",
                "https://a.example/%E6%9E%84%7B%7D",
            ),
        ] {
            assert_eq!(uri(address), expected);
        }
    }

    fn event_of(status: Status, subject: Subject, facts: &[(Fact, &str)]) -> Value {
        let mut message = message();
        message.facts = Rc::new(RunFacts::new("test"));
        message.status = status;
        for (fact, value) in facts {
            Rc::make_mut(&mut message.facts).offer(*fact, value, Origin::Input("x"));
        }
        Value::Object(body(&message, subject))
    }

    #[test]
    fn a_failed_run_is_a_finished_pipeline_run() {
        let event = event_of(
            Status::Failure,
            Subject::PipelineRun,
            &[
                (Fact::PipelineName, "build"),
                (Fact::RunId, "987"),
                (Fact::RunNumber, "42"),
                (Fact::RunUrl, "https://ci.example/42"),
                (Fact::RepoUrl, "https://git.example/acme/shop"),
                (Fact::FinishedAt, "2026-11-22T09:32:14Z"),
                (Fact::FailedSteps, "lint,test"),
                (Fact::Branch, "main"),
            ],
        );
        assert_eq!(
            event,
            json!({
                "specversion": "1.0",
                "id": message().id.as_str(),
                "source": "https://git.example/acme/shop",
                "type": "dev.cdevents.pipelinerun.finished.0.3.0",
                "subject": "987",
                "time": "2026-11-22T09:32:14Z",
                "datacontenttype": "application/json",
                "data": {
                    "context": {
                        "specversion": "0.5.1",
                        "id": message().id.as_str(),
                        "source": "https://git.example/acme/shop",
                        "type": "dev.cdevents.pipelinerun.finished.0.3.0",
                        "timestamp": "2026-11-22T09:32:14Z",
                    },
                    "subject": {
                        "id": "987",
                        "source": "https://git.example/acme/shop",
                        "content": {
                            "pipelineName": "build",
                            "uri": "https://ci.example/42",
                            "outcome": "failure",
                            "errors": "lint, test",
                        },
                    },
                    "customData": {
                        "status": "failure",
                        "platform": "test",
                        "run_number": "42",
                        "branch": "main",
                    },
                    "customDataContentType": "application/json",
                },
            })
        );
    }

    /// Every type that is sent, with all facts, with none and with awkward ones, by the project's
    /// own SDK, which refuses unknown keys and wrong types.
    #[test]
    fn every_event_is_one_to_the_sdk_of_the_project() {
        let awkward = [
            (Fact::PipelineName, "构建 \"x\""),
            (Fact::RunId, "a b/ü?#%"),
            (Fact::RunUrl, "https://ci.example/a[b]|c^?构#x#y"),
            (Fact::RepoUrl, "https://git.example/ä {}"),
            (Fact::Job, "ünit [1]"),
            (Fact::FailedSteps, "lint \"a\""),
        ];
        let mut types = Vec::new();
        for status in Status::ALL {
            for subject in [Subject::PipelineRun, Subject::TaskRun] {
                for facts in [&[][..], &awkward[..2], &awkward] {
                    let event = event_of(status, subject, facts);
                    let data = event["data"].clone();
                    let read: cdevents_sdk::CDEvent = serde_json::from_value(data.clone())
                        .unwrap_or_else(|fault| panic!("{fault}: {data:#}"));
                    assert_eq!(serde_json::to_value(&read).unwrap(), data);
                    assert_eq!(read.ty(), event["type"]);
                    assert_eq!(read.version(), "0.5.1");
                    assert!(!event["subject"].as_str().unwrap().is_empty());
                    types.push(read.ty().to_owned());
                }
            }
        }
        types.sort();
        types.dedup();
        assert_eq!(
            types,
            [
                "dev.cdevents.pipelinerun.finished.0.3.0",
                "dev.cdevents.pipelinerun.queued.0.3.0",
                "dev.cdevents.pipelinerun.started.0.3.0",
                "dev.cdevents.taskrun.finished.0.3.0",
                "dev.cdevents.taskrun.started.0.3.0",
            ]
        );
    }
}
