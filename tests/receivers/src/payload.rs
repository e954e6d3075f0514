//! What a strict consumer of each published webhook body takes: its keys, JSON types and words, and nothing else.
//!
//! `flow` follows Alibaba Cloud Flow's page on webhook notification, made strict: that page's sample has single
//! quotes, a comment and a trailing comma, and its misspelt words (`UNKOWN`, `privousCommitId`) are the interface.
//! `codearts` follows Huawei's page on generic webhook subscriptions, whose samples lack commas. `cdevents` follows
//! the schemas of CDEvents 0.5.1 in the structured mode of CloudEvents 1.0.

use serde_json::{Map, Value};
use url::Url;

use crate::http::HttpRequest;

/// The closed list of words for `task.statusCode`, spelt as the page spells them.
pub const STATUS_CODES: [&str; 9] = [
    "UNKOWN",
    "RUNNING",
    "WAITING",
    "CANCELLING",
    "CANCELED",
    "FINISH",
    "SUCCESS",
    "FAIL",
    "SKIP",
];

/// A published body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Alibaba Cloud Flow's.
    Flow,
    /// CodeArts'.
    CodeArts,
    /// A CDEvent in its envelope.
    CdEvents,
}

/// Everything in which a request differs from one with that body; empty when it is one.
pub fn deviations(request: &HttpRequest, payload: Payload) -> Vec<String> {
    let body = match request.json() {
        Err(fault) => return vec![format!("not strict JSON: {fault}")],
        Ok(Value::Object(body)) => body,
        Ok(_) => return vec!["the body is not a JSON object".to_owned()],
    };
    let mut found = match payload {
        Payload::Flow => object("", &body, FLOW),
        Payload::CodeArts => codearts(&body),
        Payload::CdEvents => cdevents(&body),
    };
    let expected = match payload {
        Payload::Flow | Payload::CodeArts => "application/json",
        Payload::CdEvents => "application/cloudevents+json",
    };
    let stated = request.header("content-type").unwrap_or_default();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(expected) {
        found.push(format!("Content-Type is not {expected}"));
    }
    found
}

/// The JSON type a field must have.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    /// A text that says something.
    Filled,
    /// One given text.
    Word(&'static str),
    /// One of some texts.
    OneOf(&'static [&'static str]),
    /// A whole number, zero or more.
    Count,
    /// Fourteen digits, or nothing.
    Stamp,
    /// A date and time of RFC 3339.
    Time,
    /// An absolute URI of RFC 3986.
    Uri,
    /// A URI, or a path on an unnamed server.
    Reference,
    Object(Fields),
    /// An object that is looked at elsewhere.
    Open,
    List(Fields),
    /// May be left out.
    Maybe(&'static Kind),
}

type Fields = &'static [(&'static str, Kind)];

const FLOW: Fields = &[
    ("event", Kind::Word("task")),
    ("action", Kind::Word("status")),
    ("task", Kind::Object(TASK)),
    ("sources", Kind::List(SOURCE)),
    ("globalParams", Kind::List(PARAM)),
];
const TASK: Fields = &[
    ("pipelineId", Kind::Count),
    ("pipelineName", Kind::Text),
    ("stageName", Kind::Text),
    ("taskName", Kind::Text),
    ("buildNumber", Kind::Count),
    ("statusCode", Kind::OneOf(&STATUS_CODES)),
    ("statusName", Kind::Text),
    ("pipelineUrl", Kind::Text),
    ("message", Kind::Text),
];
const SOURCE: Fields = &[
    ("repo", Kind::Text),
    ("branch", Kind::Text),
    ("commitId", Kind::Text),
    ("privousCommitId", Kind::Text),
];
const PARAM: Fields = &[("key", Kind::Text), ("value", Kind::Text)];

const RUN: Fields = &[
    ("eventName", Kind::Filled),
    ("pipeline", Kind::Object(PIPELINE)),
];
const PIPELINE: Fields = &[
    ("pipeline_id", Kind::Text),
    ("run_number", Kind::Text),
    ("project_id", Kind::Text),
    ("run_id", Kind::Text),
    ("timestamp", Kind::Stamp),
    ("trigger_type", Kind::Text),
    ("name", Kind::Text),
];
const REPOSITORY_EVENT: Fields = &[
    ("eventCode", Kind::Text),
    ("eventName", Kind::Filled),
    ("project", Kind::Object(PROJECT)),
    ("repo", Kind::Object(REPO)),
    ("operator", Kind::Object(PERSON)),
];
const MERGE_REQUEST_EVENT: Fields = &[
    ("eventCode", Kind::Text),
    ("eventName", Kind::Filled),
    ("project", Kind::Object(PROJECT)),
    ("repo", Kind::Object(REPO)),
    ("operator", Kind::Object(PERSON)),
    ("mergeRequest", Kind::Object(MERGE_REQUEST)),
    ("mergeRequestReview", Kind::Maybe(&Kind::Object(REVIEW))),
];
const PROJECT: Fields = &[("id", Kind::Text), ("url", Kind::Text)];
const REPO: Fields = &[
    ("id", Kind::Count),
    ("webUrl", Kind::Text),
    ("httpUrl", Kind::Text),
    ("sshUrl", Kind::Text),
    ("name", Kind::Text),
    ("groupName", Kind::Text),
];
const PERSON: Fields = &[
    ("id", Kind::Count),
    ("nickName", Kind::Text),
    ("name", Kind::Text),
    ("username", Kind::Text),
    ("tenantName", Kind::Text),
];
const MERGE_REQUEST: Fields = &[
    ("id", Kind::Count),
    ("iid", Kind::Count),
    ("url", Kind::Text),
    ("createdAt", Kind::Text),
    ("updatedAt", Kind::Text),
    ("title", Kind::Text),
    ("description", Kind::Text),
    ("sourceBranch", Kind::Text),
    ("targetBranch", Kind::Text),
    (
        "state",
        Kind::OneOf(&["opened", "closed", "merged", "locked", ""]),
    ),
    ("author", Kind::Object(PERSON)),
];
const REVIEW: Fields = &[
    ("id", Kind::Count),
    ("body", Kind::Text),
    ("url", Kind::Text),
    ("author", Kind::Object(PERSON)),
    ("createdAt", Kind::Text),
    ("updatedAt", Kind::Text),
];
const CHECK_EVENT: Fields = &[
    ("eventName", Kind::Word("检查完成")),
    ("eventCode", Kind::Word("taskExecuteCompleted")),
    ("project", Kind::Object(PROJECT)),
    (
        "task",
        Kind::Object(&[
            ("id", Kind::Text),
            ("name", Kind::Text),
            ("gitUrl", Kind::Text),
            ("creator", Kind::Text),
        ]),
    ),
    (
        "job",
        Kind::Object(&[
            ("id", Kind::Text),
            ("startTime", Kind::Text),
            ("finishTime", Kind::Text),
            ("status", Kind::OneOf(&["成功", "失败", "终止", ""])),
            ("gateResult", Kind::OneOf(&["通过", "不通过", ""])),
            ("executor", Kind::Text),
            ("url", Kind::Text),
        ]),
    ),
    (
        "issues",
        Kind::Object(&[
            ("critical", Kind::Count),
            ("major", Kind::Count),
            ("minor", Kind::Count),
            ("suggestion", Kind::Count),
        ]),
    ),
];
const BUILD_EVENT: Fields = &[(
    "BUILD",
    Kind::Object(&[
        ("TITLE", Kind::Text),
        ("URL", Kind::Text),
        ("EVENT", Kind::Filled),
        ("EXECUTOR_NAME", Kind::Text),
        ("EXECUTOR_ID", Kind::Text),
        ("EXECUTE_TIME", Kind::Text),
        ("TASK_NAME", Kind::Text),
        ("PROJECT_NAME", Kind::Text),
        ("PROJECT_ID", Kind::Text),
    ]),
)];
const DEPLOYMENT_EVENT: Fields = &[
    ("eventName", Kind::Filled),
    ("eventCode", Kind::OneOf(&["success", "failure", "stop"])),
    ("taskName", Kind::Text),
    ("projectName", Kind::Text),
    ("result", Kind::Text),
    ("sort", Kind::Text),
    ("startUser", Kind::Text),
    ("startTime", Kind::Text),
    ("link", Kind::Text),
];
const WORK_ITEM: Fields = &[
    ("id", Kind::Text),
    ("title", Kind::Text),
    ("url", Kind::Text),
];
const WORK_ITEM_EVENT: Fields = &[
    ("project", Kind::Object(PROJECT)),
    ("issue", Kind::Object(WORK_ITEM)),
    (
        "operator",
        Kind::Object(&[("username", Kind::Text), ("id", Kind::Text)]),
    ),
    ("review", Kind::Object(WORK_ITEM)),
    ("operation", Kind::Filled),
    (
        "event",
        Kind::Object(&[("id", Kind::Text), ("time", Kind::Text)]),
    ),
];

/// The codes of repositories and merge requests, each with the name that goes with it.
const CODES: &[(&str, &str)] = &[
    ("CodeArtsRepo-Repository-Delete", "删除仓库"),
    ("CodeArtsRepo-Repository-CapacityWarning", "容量预警"),
    ("CodeArtsRepo-MergeRequest-Create", "开启合并请求"),
    ("CodeArtsRepo-MergeRequest-Update", "更新合并请求"),
    ("CodeArtsRepo-MergeRequest-Merge", "合并合并请求"),
    ("CodeArtsRepo-MergeRequest-ReviewPass", "合并请求检视通过"),
    ("CodeArtsRepo-MergeRequest-ReviewRevoke", "合并请求检视撤销"),
    (
        "CodeArtsRepo-MergeRequest-ApprovalReject",
        "合并请求审核拒绝",
    ),
    ("CodeArtsRepo-MergeRequest-ApprovalPass", "合并请求审核通过"),
    (
        "CodeArtsRepo-MergeRequest-ApprovalRevoke",
        "合并请求审核撤销",
    ),
    ("CodeArtsRepo-MergeRequest-CreateComment", "新建评审意见"),
    ("CodeArtsRepo-MergeRequest-Resolve", "解决评审意见"),
    ("success", "应用部署成功"),
    ("failure", "应用部署失败"),
    ("stop", "应用部署中止"),
    ("taskExecuteCompleted", "检查完成"),
];

/// A body of CodeArts is known by the part that only its kind has.
fn codearts(body: &Map<String, Value>) -> Vec<String> {
    let has = |key: &str| body.contains_key(key);
    let fields = if has("pipeline") {
        RUN
    } else if has("mergeRequest") {
        MERGE_REQUEST_EVENT
    } else if has("repo") {
        REPOSITORY_EVENT
    } else if has("job") {
        CHECK_EVENT
    } else if has("BUILD") {
        BUILD_EVENT
    } else if has("taskName") {
        DEPLOYMENT_EVENT
    } else {
        WORK_ITEM_EVENT
    };
    let mut found = object("", body, fields);
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let code = text("eventCode");
    match CODES.iter().find(|(known, _)| *known == code) {
        None if !code.is_empty() => {
            found.push(format!("eventCode {code:?} is no code of the page"))
        }
        Some((_, name)) if *name != text("eventName") => {
            found.push(format!("eventName is not {name:?}, which {code:?} has"));
        }
        _ => {}
    }
    found
}

const ENVELOPE: Fields = &[
    ("specversion", Kind::Word("1.0")),
    ("id", Kind::Filled),
    ("source", Kind::Reference),
    ("type", Kind::Filled),
    ("subject", Kind::Filled),
    ("time", Kind::Time),
    ("datacontenttype", Kind::Word("application/json")),
    ("data", Kind::Object(CDEVENT)),
];
const CDEVENT: Fields = &[
    (
        "context",
        Kind::Object(&[
            ("specversion", Kind::Word("0.5.1")),
            ("id", Kind::Filled),
            ("source", Kind::Reference),
            ("type", Kind::Filled),
            ("timestamp", Kind::Time),
        ]),
    ),
    (
        "subject",
        Kind::Object(&[
            ("id", Kind::Filled),
            ("source", Kind::Reference),
            ("content", Kind::Open),
        ]),
    ),
    ("customData", Kind::Open),
    ("customDataContentType", Kind::Word("application/json")),
];
const OUTCOME: Kind = Kind::Maybe(&Kind::OneOf(&["success", "failure", "cancel", "error"]));
const TEXT: Kind = Kind::Maybe(&Kind::Text);
const LINKED: Kind = Kind::Object(&[
    ("id", Kind::Filled),
    ("source", Kind::Maybe(&Kind::Reference)),
]);
const OF_REPOSITORY: Fields = &[("repository", Kind::Maybe(&LINKED))];
const TICKET_TYPE: Kind = Kind::Maybe(&Kind::Text);
/// The types of events, and the content of each.
const CONTENTS: &[(&str, Fields)] = &[
    (
        "dev.cdevents.pipelinerun.queued.0.3.0",
        &[("pipelineName", TEXT), ("uri", Kind::Maybe(&Kind::Uri))],
    ),
    (
        "dev.cdevents.pipelinerun.started.0.3.0",
        &[("pipelineName", Kind::Text), ("uri", Kind::Uri)],
    ),
    (
        "dev.cdevents.pipelinerun.finished.0.3.0",
        &[
            ("pipelineName", TEXT),
            ("uri", Kind::Maybe(&Kind::Uri)),
            ("outcome", OUTCOME),
            ("errors", TEXT),
        ],
    ),
    (
        "dev.cdevents.taskrun.started.0.3.0",
        &[
            ("taskName", TEXT),
            ("uri", Kind::Maybe(&Kind::Uri)),
            ("pipelineRun", Kind::Maybe(&LINKED)),
        ],
    ),
    (
        "dev.cdevents.taskrun.finished.0.3.0",
        &[
            ("taskName", TEXT),
            ("uri", Kind::Maybe(&Kind::Uri)),
            ("pipelineRun", Kind::Maybe(&LINKED)),
            ("outcome", OUTCOME),
            ("errors", TEXT),
        ],
    ),
    (
        "dev.cdevents.change.created.0.4.0",
        &[
            ("description", Kind::Maybe(&Kind::Filled)),
            ("repository", Kind::Maybe(&LINKED)),
        ],
    ),
    ("dev.cdevents.change.updated.0.3.0", OF_REPOSITORY),
    ("dev.cdevents.change.reviewed.0.3.0", OF_REPOSITORY),
    ("dev.cdevents.change.merged.0.3.0", OF_REPOSITORY),
    ("dev.cdevents.change.abandoned.0.3.0", OF_REPOSITORY),
    (
        "dev.cdevents.repository.deleted.0.3.0",
        &[
            ("name", TEXT),
            ("owner", TEXT),
            ("uri", Kind::Maybe(&Kind::Uri)),
            ("viewUrl", Kind::Maybe(&Kind::Uri)),
        ],
    ),
    (
        "dev.cdevents.ticket.created.0.2.0",
        &[
            ("summary", Kind::Text),
            ("ticketType", TICKET_TYPE),
            ("creator", Kind::Filled),
            ("uri", Kind::Reference),
        ],
    ),
    (
        "dev.cdevents.ticket.updated.0.2.0",
        &[
            ("summary", TEXT),
            ("ticketType", TICKET_TYPE),
            ("updatedBy", TEXT),
            ("uri", Kind::Reference),
        ],
    ),
    (
        "dev.cdevents.ticket.closed.0.2.0",
        &[
            ("summary", TEXT),
            ("ticketType", TICKET_TYPE),
            ("updatedBy", TEXT),
            ("resolution", Kind::Filled),
            ("uri", Kind::Reference),
        ],
    ),
];

fn cdevents(body: &Map<String, Value>) -> Vec<String> {
    let mut found = object("", body, ENVELOPE);
    let body = Value::Object(body.clone());
    let at = |pointer: &str| {
        body.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    for (outer, inner) in [
        ("/id", "/data/context/id"),
        ("/source", "/data/context/source"),
        ("/type", "/data/context/type"),
        ("/time", "/data/context/timestamp"),
        ("/subject", "/data/subject/id"),
    ] {
        if at(outer) != at(inner) {
            found.push(format!("{outer} of the envelope and {inner} differ"));
        }
    }
    let kind = at("/type");
    let content = body
        .pointer("/data/subject/content")
        .and_then(Value::as_object);
    match CONTENTS.iter().find(|(known, _)| *known == kind) {
        Some((_, fields)) => {
            found.extend(
                content
                    .into_iter()
                    .flat_map(|it| object("content.", it, fields)),
            );
        }
        // Types of others carry what they like.
        None if kind.starts_with("dev.cdeventsx.") => {}
        None => found.push(format!("{kind:?} is no type of an event")),
    }
    found
}

fn object(path: &str, object: &Map<String, Value>, fields: Fields) -> Vec<String> {
    let mut found = Vec::new();
    for key in object
        .keys()
        .filter(|key| !fields.iter().any(|(name, _)| name == key))
    {
        found.push(format!("unknown key {path}{key}"));
    }
    for (name, kind) in fields {
        match (object.get(*name), kind) {
            (None, Kind::Maybe(_)) => {}
            (None, _) => found.push(format!("missing key {path}{name}")),
            (Some(value), kind) => {
                found.extend(differences(&format!("{path}{name}"), value, *kind))
            }
        }
    }
    found
}

fn differences(path: &str, value: &Value, kind: Kind) -> Vec<String> {
    let text = value.as_str();
    let wanted = match (kind, value) {
        (Kind::Maybe(kind), _) => return differences(path, value, *kind),
        (Kind::Object(fields), Value::Object(inner)) => {
            return object(&format!("{path}."), inner, fields);
        }
        (Kind::List(fields), Value::Array(items)) => {
            let checked = items
                .iter()
                .enumerate()
                .flat_map(|(index, item)| match item {
                    Value::Object(inner) => object(&format!("{path}[{index}]."), inner, fields),
                    _ => vec![format!("{path}[{index}] is not an object")],
                });
            return checked.collect();
        }
        (Kind::Open, Value::Object(_)) => return Vec::new(),
        (Kind::Count, Value::Number(number)) if number.is_u64() => return Vec::new(),
        (Kind::Object(_) | Kind::Open, _) => "not an object".to_owned(),
        (Kind::List(_), _) => "not an array".to_owned(),
        (Kind::Count, _) => "not a whole number".to_owned(),
        (Kind::Text, _) if text.is_some() => return Vec::new(),
        (Kind::Text, _) => "not a string".to_owned(),
        (Kind::Filled, _) if text.is_some_and(|text| !text.is_empty()) => return Vec::new(),
        (Kind::Filled, _) => "not a string with something in it".to_owned(),
        (Kind::Word(word), _) if text == Some(word) => return Vec::new(),
        (Kind::Word(word), _) => format!("not {word:?}"),
        (Kind::OneOf(words), _) if text.is_some_and(|text| words.contains(&text)) => {
            return Vec::new();
        }
        (Kind::OneOf(words), _) => format!("none of {}", words.join(", ")),
        (Kind::Stamp, _) if text.is_some_and(is_stamp) => return Vec::new(),
        (Kind::Stamp, _) => "not fourteen digits".to_owned(),
        (Kind::Time, _) if text.is_some_and(is_time) => return Vec::new(),
        (Kind::Time, _) => "not a time of RFC 3339".to_owned(),
        (Kind::Uri, _) if text.is_some_and(is_uri) => return Vec::new(),
        (Kind::Uri, _) => "not a URI".to_owned(),
        (Kind::Reference, _)
            if text.is_some_and(|text| {
                is_uri(text) || (text.starts_with('/') && is_written(text))
            }) =>
        {
            return Vec::new();
        }
        (Kind::Reference, _) => "not a reference".to_owned(),
    };
    vec![format!("{path} is {wanted}")]
}

fn is_stamp(text: &str) -> bool {
    text.is_empty() || (text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `2026-11-22T09:32:14Z`, with or without a fraction, or with an offset.
fn is_time(text: &str) -> bool {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let bytes = text.as_bytes();
    let fits = FORM
        .iter()
        .enumerate()
        .all(|(at, form)| match (form, bytes.get(at)) {
            (b'd', Some(byte)) => byte.is_ascii_digit(),
            (form, Some(byte)) => form == byte,
            (_, None) => false,
        });
    let rest = text.get(FORM.len()..).unwrap_or_default();
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let is_offset = || {
        let digits = zone.strip_prefix(['+', '-']).unwrap_or_default();
        digits.len() == 5 && digits.bytes().filter(u8::is_ascii_digit).count() == 4
    };
    fits && (zone == "Z" || is_offset())
}

fn is_uri(text: &str) -> bool {
    is_written(text) && Url::parse(text).is_ok()
}

/// Whether only characters of RFC 3986 stand in it.
fn is_written(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('%') {
        let digits = behind.as_bytes().get(..2);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return false;
        }
        rest = behind;
    }
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    text.matches('#').count() < 2 && text.chars().all(is_letter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(payload: Payload, content_type: &str, body: &Value) -> Vec<String> {
        let request = HttpRequest {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.to_string().into_bytes(),
        };
        deviations(&request, payload)
    }

    /// The body with one value replaced, or taken out when `value` is `None`.
    fn changed(body: &Value, pointer: &str, value: Option<Value>) -> Value {
        let mut body = body.clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = body
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .expect("an object");
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.shift_remove(name),
        };
        body
    }

    #[track_caller]
    fn check(payload: Payload, body: &Value, pointer: &str, value: Option<Value>, expected: &str) {
        let content_type = match payload {
            Payload::CdEvents => "application/cloudevents+json; charset=utf-8",
            _ => "application/json",
        };
        assert_eq!(found(payload, content_type, body), [""; 0]);
        let body = changed(body, pointer, value);
        let found = found(payload, content_type, &body);
        assert!(
            found.iter().any(|reason| reason.contains(expected)),
            "{pointer}: {found:?}"
        );
    }

    fn run() -> Value {
        json!({"eventName": "失败", "pipeline": {
            "pipeline_id": "p", "run_number": "1", "project_id": "", "run_id": "r",
            "timestamp": "20261122173000", "trigger_type": "Manual", "name": "n",
        }})
    }

    fn merge_request() -> Value {
        let person =
            json!({"id": 1, "nickName": "", "name": "a", "username": "", "tenantName": ""});
        json!({
            "eventCode": "CodeArtsRepo-MergeRequest-Create", "eventName": "开启合并请求",
            "project": {"id": "p", "url": "u"},
            "repo": {"id": 1, "webUrl": "", "httpUrl": "", "sshUrl": "", "name": "", "groupName": ""},
            "operator": person,
            "mergeRequest": {
                "id": 1, "iid": 2, "url": "", "createdAt": "", "updatedAt": "", "title": "",
                "description": "", "sourceBranch": "", "targetBranch": "", "state": "opened", "author": person,
            },
        })
    }

    #[test]
    fn codearts_is_taken_by_its_kind() {
        let codearts = Payload::CodeArts;
        for (body, pointer, value, expected) in [
            (
                run(),
                "/pipeline/run_number",
                Some(json!(1)),
                "pipeline.run_number is not a string",
            ),
            (
                run(),
                "/pipeline/timestamp",
                Some(json!("2026-11-22")),
                "fourteen digits",
            ),
            (run(), "/pipeline/name", None, "missing key pipeline.name"),
            (
                run(),
                "/pipeline/status",
                Some(json!("x")),
                "unknown key pipeline.status",
            ),
            (
                run(),
                "/eventName",
                Some(json!("")),
                "eventName is not a string with",
            ),
            (
                merge_request(),
                "/mergeRequest/iid",
                Some(json!("2")),
                "not a whole number",
            ),
            (
                merge_request(),
                "/mergeRequest/state",
                Some(json!("open")),
                "none of opened",
            ),
            (
                merge_request(),
                "/mergeRequest/author/id",
                None,
                "missing key mergeRequest.author.id",
            ),
            (
                merge_request(),
                "/repo/webUrl",
                Some(json!(null)),
                "repo.webUrl is not a string",
            ),
            (
                merge_request(),
                "/eventName",
                Some(json!("更新合并请求")),
                "which \"CodeArtsRepo",
            ),
            (
                merge_request(),
                "/eventCode",
                Some(json!("MR-Create")),
                "no code of the page",
            ),
            (
                merge_request(),
                "/mergeRequestReview",
                Some(json!({})),
                "missing key mergeRequestReview.id",
            ),
        ] {
            check(codearts, &body, pointer, value, expected);
        }
        assert!(found(codearts, "text/plain", &run())[0].contains("Content-Type"));
    }

    fn event() -> Value {
        json!({
            "specversion": "1.0", "id": "1", "source": "https://a.example", "subject": "42",
            "type": "dev.cdevents.pipelinerun.finished.0.3.0", "time": "2026-11-22T09:32:14Z",
            "datacontenttype": "application/json",
            "data": {
                "context": {
                    "specversion": "0.5.1", "id": "1", "source": "https://a.example",
                    "type": "dev.cdevents.pipelinerun.finished.0.3.0", "timestamp": "2026-11-22T09:32:14Z",
                },
                "subject": {
                    "id": "42", "source": "/woodpecker",
                    "content": {"pipelineName": "n", "uri": "https://a.example/42", "outcome": "failure"},
                },
                "customData": {}, "customDataContentType": "application/json",
            },
        })
    }

    #[test]
    fn a_cdevent_is_taken_in_its_envelope() {
        let cdevents = Payload::CdEvents;
        for (pointer, value, expected) in [
            (
                "/specversion",
                Some(json!("0.3")),
                "specversion is not \"1.0\"",
            ),
            (
                "/data/context/specversion",
                Some(json!("0.4.1")),
                "is not \"0.5.1\"",
            ),
            ("/time", Some(json!("2026-11-22")), "not a time of RFC 3339"),
            (
                "/time",
                Some(json!("2026-11-22T09:32:15Z")),
                "/data/context/timestamp differ",
            ),
            (
                "/type",
                Some(json!("dev.cdevents.taskrun.queued.0.3.0")),
                "no type of an event",
            ),
            ("/subject", Some(json!("")), "subject is not a string with"),
            (
                "/source",
                Some(json!("no reference")),
                "source is not a reference",
            ),
            (
                "/data/subject/content/outcome",
                Some(json!("failed")),
                "none of success",
            ),
            (
                "/data/subject/content/uri",
                Some(json!("https://a.example/构")),
                "not a URI",
            ),
            (
                "/data/subject/content/uri",
                Some(json!("https://a.example/%zz")),
                "not a URI",
            ),
            (
                "/data/subject/content/status",
                Some(json!("x")),
                "unknown key content.status",
            ),
            (
                "/data/context/chain",
                Some(json!("x")),
                "unknown key data.context.chain",
            ),
        ] {
            check(cdevents, &event(), pointer, value, expected);
        }
        let fraction = "2026-11-22T09:32:14.25+08:00";
        let other = changed(&event(), "/time", Some(json!(fraction)));
        let other = changed(&other, "/data/context/timestamp", Some(json!(fraction)));
        let structured = "application/cloudevents+json";
        assert_eq!(found(cdevents, structured, &other), [""; 0]);
        assert!(!found(cdevents, "application/json", &event()).is_empty());
    }
}
