//! The raw webhook: one POST of a body that programs read.

mod cdevents;
mod codearts;
mod custom;
mod flow;
mod html;
mod json;
mod signature;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::reply::{not_http, status_verdict};
use super::{Channel, ChannelEntry, Opened, PlainHttp, addresses};
use crate::input::{
    Addresses, Choice, FromInput, Header, Headers, Input, InputReader, InputSpec, Reason, Switch,
    is_private_enough,
};
use crate::model::bilingual::Bilingual;
use crate::model::document::Block;
use crate::model::exchange::{
    Class, Content, Draft, Drafted, Endpoint, HttpRequest, Reply, ReplyBody, Request, Role, Verdict,
};
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::{Message, MessageId};
use crate::model::time::UnixMillis;
use crate::secret::Secret;
use crate::template::Compiled;
use cdevents::Subject;
use custom::{Body, ContentType, Form, Trial, filled};
use json::Wrong;

pub(super) static ENTRY: ChannelEntry = ChannelEntry {
    name: "webhook",
    title: "Webhook",
    inputs: &[
        &URL.spec,
        &PAYLOAD.spec,
        &BODY.spec,
        &CONTENT_TYPE.spec,
        &HEADERS.spec,
        &signature::SECRET.spec,
    ],
    example: None,
    open,
    recognises: |_| false,
};

static URL: Input<Addresses> = Input::new(
    "webhook_url",
    "Address of a webhook; several on lines of their own",
);
static PAYLOAD: Input<Payload> = Input::new(
    "webhook_payload",
    "Which body the webhook gets (custom when webhook_body is set)",
)
.default("flow");
static BODY: Input<Body> = Input::new(
    "webhook_body",
    "Your own body, with {{placeholders}} and ${VARIABLES}; values are escaped by its content type",
);
static CONTENT_TYPE: Input<ContentType> = Input::new(
    "webhook_content_type",
    "Content type of webhook_body: JSON, a form, XML or plain text",
)
.default("application/json");
static HEADERS: Input<Headers> = Input::new(
    "webhook_headers",
    "More request headers, `name: value` on a line each, sent as they stand",
);

/// The bodies that a webhook can get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Payload {
    /// Alibaba Cloud Flow's.
    #[default]
    Flow,
    /// CodeArts'.
    CodeArts,
    /// A CDEvent of the run.
    CdEvents,
    /// A CDEvent of the job.
    CdEventsTask,
    /// The author's own.
    Custom,
}

impl Choice for Payload {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("flow", Self::Flow),
        ("codearts", Self::CodeArts),
        ("cdevents", Self::CdEvents),
        ("cdevents_task", Self::CdEventsTask),
        ("custom", Self::Custom),
    ];
    const WORDS: &'static [&'static str] =
        &["flow", "codearts", "cdevents", "cdevents_task", "custom"];
}

/// Most headers, and most characters on the line of one, for CodeArts' own payload (rows S1-105
/// and S1-106) and for all others (rule R-8), where tokens are longer.
const fn header_limits(payload: Payload) -> (usize, usize) {
    match payload {
        Payload::CodeArts => (20, 100),
        Payload::Flow | Payload::CdEvents | Payload::CdEventsTask | Payload::Custom => (64, 8192),
    }
}

/// The largest body that goes without a warning, in bytes (section 7 of the delivery contract).
const LARGE_BODY_BYTES: usize = 20 * 1024;

fn open(reader: &mut InputReader<'_>) -> Vec<Opened> {
    let plain_http = match reader.value(&super::ALLOW_HTTP) {
        Switch::On => PlainHttp::Allowed,
        Switch::Off => PlainHttp::Refused,
    };
    let urls = addresses(reader, &URL, &ENTRY, plain_http);
    for robot in &urls {
        if !is_private_enough(robot.endpoint.reveal()) {
            reader.warn(format!(
                "the webhook on {} is rung over plain http: everyone on the way can read the message and the address",
                robot.endpoint.reveal().host_str().unwrap_or_default()
            ));
        }
    }
    let body = reader.get(&BODY);
    let payload = payload(reader);
    let headers = headers(reader, payload);
    let content_type = content_type(reader, payload, headers.as_deref().unwrap_or_default());
    if let (Payload::Custom, Some(body), Some(content_type)) = (payload, &body, &content_type) {
        try_out(reader, body, content_type.form);
    }
    let secrets = signature::paired(reader, urls.len());
    // What is missing or wrong has its own fault by now.
    let (Some(headers), Some(content_type)) = (headers, content_type) else {
        return Vec::new();
    };
    let settings = Arc::new(Settings {
        payload,
        body: body.filter(|_| payload == Payload::Custom),
        content_type,
        headers,
    });
    urls.into_iter()
        .zip(secrets)
        .map(|(robot, secrets)| Opened {
            host: (robot.endpoint.host(), URL.spec.name),
            lane: robot.lane,
            channel: Box::new(Webhook {
                url: robot.endpoint,
                secrets,
                settings: Arc::clone(&settings),
            }),
        })
        .collect()
}

/// Records what is wrong with one of this channel's inputs.
#[inline(never)]
fn fault(reader: &mut InputReader<'_>, input: &'static InputSpec, wrong: &str, fix: &str) {
    reader.fault(input.name, Reason::new(wrong.to_owned(), fix.to_owned()));
}

/// Which body is sent. A body of the author's own says that by itself.
fn payload(reader: &mut InputReader<'_>) -> Payload {
    let read = reader.get(&PAYLOAD);
    let chosen = read.filter(|_| reader.is_given(&PAYLOAD.spec));
    let has_body = reader.is_given(&BODY.spec);
    if reader.has_fault_in(PAYLOAD.spec.name) {
        return Payload::Flow;
    }
    match chosen {
        None if has_body => Payload::Custom,
        Some(Payload::Custom) => {
            if !has_body {
                fault(
                    reader,
                    &BODY.spec,
                    "is not set, but `webhook_payload` is custom",
                    "Write the body, or choose another payload.",
                );
            }
            Payload::Custom
        }
        other => {
            for spec in [&BODY.spec, &CONTENT_TYPE.spec] {
                if reader.is_given(spec) {
                    fault(
                        reader,
                        spec,
                        "is set, but the payload is not custom",
                        "Write `webhook_payload: custom` and a `webhook_body`, or take it out.",
                    );
                }
            }
            other.unwrap_or_default()
        }
    }
}

/// The headers, within the limits of the payload; `None` when they are at fault or one misses its
/// secret.
fn headers(reader: &mut InputReader<'_>, payload: Payload) -> Option<Vec<Header>> {
    let spec = &HEADERS.spec;
    let headers = reader.get(&HEADERS).unwrap_or_default().0;
    let (most, longest_chars) = header_limits(payload);
    let whose = match payload {
        Payload::CodeArts => " of the payload codearts",
        _ => "",
    };
    if headers.len() > most {
        let count = headers.len();
        let wrong = format!("holds {count} headers, more than the {most}{whose}");
        fault(reader, spec, &wrong, "Take some of them out.");
    }
    for header in &headers {
        let (name, chars) = (&header.name, header.length_chars);
        if chars > longest_chars {
            let wrong = format!(
                "has {chars} characters in the line of `{name}`, more than the {longest_chars}{whose}"
            );
            fault(reader, spec, &wrong, "Shorten it.");
        }
        let value = header.value.reveal();
        if matches!(value, "" | "Bearer" | "Basic" | "Token") {
            let wrong = format!("has no value for `{name}`");
            let fix = "If it comes from a secret: is the secret's name right, and may this run read it? Otherwise take the line out.";
            reader.missing_secret(spec.name, Reason::new(wrong, fix.to_owned()));
        }
        if value.contains("${") || value.contains("{{") || value.contains("$(") {
            reader.warn(format!(
                "the value of `{name}` in `webhook_headers` looks like a template or a reference; headers are sent as they stand"
            ));
        }
    }
    (!reader.has_fault_in(spec.name)).then_some(headers)
}

/// The content type: that of a header line, else that of the input, else that of the payload.
/// `None` when it is at fault.
fn content_type(
    reader: &mut InputReader<'_>,
    payload: Payload,
    headers: &[Header],
) -> Option<ContentType> {
    let is_given = reader.is_given(&CONTENT_TYPE.spec);
    let by_input = reader.get(&CONTENT_TYPE).filter(|_| is_given);
    if is_given && by_input.is_none() {
        return None;
    }
    let Some(line) = headers.iter().find(|it| it.name == "content-type") else {
        return Some(by_input.unwrap_or_else(|| {
            ContentType {
                written: match payload {
                    Payload::CdEvents | Payload::CdEventsTask => cdevents::CONTENT_TYPE,
                    _ => custom::JSON,
                }
                .to_owned(),
                form: Form::Json,
            }
        }));
    };
    let line = match ContentType::from_input(line.value.reveal()) {
        Ok(line) => line,
        Err(reason) => {
            let wrong = format!("has a `content-type` that is {}", reason.wrong);
            fault(reader, &HEADERS.spec, &wrong, &reason.fix);
            return None;
        }
    };
    let is_cloud_event = || {
        let written = line.written.to_ascii_lowercase();
        written.starts_with("application/cloudevents+json")
    };
    let other = match (payload, &by_input) {
        (_, Some(input)) if !input.written.eq_ignore_ascii_case(&line.written) => {
            "`webhook_content_type`"
        }
        (Payload::CdEvents | Payload::CdEventsTask, _) if !is_cloud_event() => {
            "application/cloudevents+json, which the payload has"
        }
        (Payload::Flow | Payload::CodeArts, _) if line.form != Form::Json => {
            "that of the payload, which is JSON"
        }
        _ => return Some(line),
    };
    let wrong = format!("has a `content-type` other than {other}");
    fault(reader, &HEADERS.spec, &wrong, "Take one of the two out.");
    None
}

/// Looks whether a body of this form can come of the template, before there is a run to tell about.
fn try_out(reader: &mut InputReader<'_>, body: &Body, form: Form) {
    let name = form_name(form);
    match body.trial(form) {
        Trial::Passed => {}
        Trial::Never(wrong) => {
            let wrong = format!("cannot become {name}: it {}", placed(&wrong));
            let fix = "Mend it, or name the type of the body in `webhook_content_type`.";
            fault(reader, &BODY.spec, &wrong, fix);
        }
        Trial::Sometimes(wrong, when) => reader.warn(format!(
            "`webhook_body` does not always become {name}: {when}, it {}; such a run would not be told about",
            placed(&wrong)
        )),
    }
    if form == Form::Unknown {
        reader.warn(
            "`webhook_content_type` is one whose escapes are not known, so values stand in `webhook_body` as they are"
                .to_owned(),
        );
    }
}

const fn form_name(form: Form) -> &'static str {
    match form {
        Form::Json => "JSON",
        Form::Fields => "a form",
        Form::Markup => "XML",
        Form::Html => "safe HTML",
        Form::Plain | Form::Unknown => "text",
    }
}

fn placed(wrong: &Wrong) -> String {
    let (line, column) = wrong.place;
    format!("{} (line {line}, column {column})", wrong.what)
}

#[derive(Debug)]
struct Webhook {
    url: Endpoint,
    secrets: Vec<Secret>,
    settings: Arc<Settings>,
}

/// What all addresses share.
#[derive(Debug)]
struct Settings {
    payload: Payload,
    body: Option<Body>,
    content_type: ContentType,
    headers: Vec<Header>,
}

impl Webhook {
    /// The author's own body, its values in place.
    fn custom(&self, message: &Message) -> Result<Content, Box<Verdict>> {
        let wrong = match &message.written {
            Some(Ok(marked)) => match filled(marked, self.settings.content_type.form) {
                Ok(text) => return Ok(Content::Text(text)),
                Err(wrong) => placed(&wrong),
            },
            Some(Err(wrong)) => wrong.clone(),
            None => "was not rendered".to_owned(),
        };
        let form = form_name(self.settings.content_type.form);
        let meaning = Bilingual::composed(
            format!("what `webhook_body` comes to is no {form}: it {wrong}"),
            format!("`webhook_body` 生成的内容不是有效的 {form}：{wrong}"),
        );
        let fix = [
            "Mend the template there; lines and columns are those of your own text.",
            "请修正模板的该处；行号和列号以您自己的文本为准。",
        ];
        let verdict = Verdict::new(Class::Permanent, "no body", meaning);
        Err(Box::new(verdict.with_fix(fix)))
    }
}

/// Whether an event is told of that has no status, such as a merge request.
fn has_no_status(message: &Message) -> bool {
    let event = message.event.as_ref();
    event.is_some_and(|event| event.status.is_none())
}

/// The verdict on such an event in a payload that tells how runs ended: a body with the status of
/// nothing would be a false message.
fn no_place_for_events() -> Verdict {
    let meaning = [
        "the payload `flow` tells of runs alone",
        "`flow` 格式只能描述流水线运行",
    ];
    Verdict::new(Class::Permanent, "no body", meaning).with_fix([
        "Write `webhook_payload: codearts` or `cdevents` for events.",
        "发送事件时，请填写 `webhook_payload: codearts` 或 `cdevents`。",
    ])
}

impl Channel for Webhook {
    fn drafts(&self, message: &Message) -> Drafted {
        let payload = self.settings.payload;
        let content = match payload {
            Payload::Flow if has_no_status(message) => Err(Box::new(no_place_for_events())),
            Payload::Flow => Ok(Content::Json(flow::body(message))),
            Payload::CodeArts => Ok(Content::Json(codearts::body(message))),
            Payload::CdEvents => Ok(Content::Json(cdevents::body(message, Subject::PipelineRun))),
            Payload::CdEventsTask => Ok(Content::Json(cdevents::body(message, Subject::TaskRun))),
            Payload::Custom => self.custom(message),
        };
        let content = match content {
            Ok(content) => content,
            Err(verdict) => {
                return Drafted {
                    refusal: Some(verdict),
                    ..Drafted::default()
                };
            }
        };
        let draft = Draft {
            role: Role::Message,
            content,
            id: Some(message.id.clone()),
        };
        let length = super::draft_bytes(&draft).len();
        let mut drafted = Drafted::from(draft);
        if length > LARGE_BODY_BYTES {
            drafted.warnings.push(format!(
                "the body has {length} bytes; many receivers take no more than {LARGE_BODY_BYTES}"
            ));
        }
        // The quoted comment of an event is the event's own, and in its payloads.
        let is_quoted = message
            .event
            .as_ref()
            .is_some_and(|event| event.comment.is_some())
            && matches!(message.body.as_slice(), [Block::Quote(_)]);
        if !message.body.is_empty() && !is_quoted && payload != Payload::Custom {
            drafted
                .notes
                .push("this payload has no place for `message`, so it goes without".to_owned());
        }
        if message.event.is_some() && payload == Payload::Flow {
            drafted.warnings.push(
                "the payload `flow` tells of runs alone; write `webhook_payload: codearts` or `cdevents` for events".to_owned(),
            );
        }
        drafted
    }

    fn body_template(&self) -> Option<&Compiled> {
        self.settings.body.as_ref().map(|body| &body.0)
    }

    /// Time and signatures are made for this attempt; the bytes that are signed are those sent.
    fn request(&self, draft: &Draft, at: UnixMillis) -> Request {
        let body = super::draft_bytes(draft);
        let own = &self.settings.headers;
        let id = draft.id.as_ref().map(MessageId::as_str).unwrap_or_default();
        let mut headers = vec![
            (
                "content-type",
                Secret::new(&self.settings.content_type.written),
            ),
            // The same on every attempt (rule D-9), under the two names that receivers look for.
            ("idempotency-key", Secret::new(id)),
            ("webhook-id", Secret::new(id)),
        ];
        if !own.iter().any(|header| header.name == "user-agent") {
            let agent = concat!("runbell/", env!("CARGO_PKG_VERSION"));
            headers.push(("user-agent", Secret::new(agent)));
        }
        for header in own.iter().filter(|it| it.name != "content-type") {
            headers.push((&header.name, header.value.clone()));
        }
        let mut derived = Vec::new();
        if !self.secrets.is_empty() {
            signature::sign(&self.secrets, id, at, &body, &mut headers, &mut derived);
        }
        let headers = headers.into_iter();
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Request::Http(HttpRequest {
            endpoint: self.url.clone(),
            headers,
            body,
            reply_body: ReplyBody::Left,
            derived,
        })
    }

    /// The status alone decides; the body is nobody's contract.
    fn verdict(&self, reply: &Reply) -> Verdict {
        match reply {
            Reply::Http(reply) => status_verdict(reply),
            Reply::Mail(_) => not_http(),
        }
    }
}

/// An object of texts, in this order.
#[inline(never)]
fn texts(rows: &[(&str, &str)]) -> Map<String, Value> {
    rows.iter()
        .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
        .collect()
}

fn first_text<'a>(facts: &'a RunFacts, wanted: &[Fact]) -> &'a str {
    wanted
        .iter()
        .find_map(|fact| facts.text(*fact))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::channel::tests::{http, message, open_with, opened, reply};
    use crate::template::{Variables, compile_body};

    #[test]
    fn the_flow_body_has_the_keys_and_types_of_the_page() {
        let channel = opened(&ENTRY, &[("webhook_url", "https://hooks.example/ci")]);
        let drafts = channel.drafts(&message()).drafts;
        let request = http(channel.request(&drafts[0], UnixMillis(0)));
        for name in ["idempotency-key", "webhook-id"] {
            let header = request.headers.iter().find(|(it, _)| it == name);
            assert_eq!(header.unwrap().1.reveal(), message().id.as_str());
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(
            body,
            json!({
                "event": "task",
                "action": "status",
                "task": {
                    "pipelineId": 42,
                    "pipelineName": "build",
                    "stageName": "",
                    "taskName": "",
                    "buildNumber": 42,
                    "statusCode": "FAIL",
                    "statusName": "Failed to run",
                    "pipelineUrl": "https://ci.example/42",
                    "message": "[build]Pipeline stage[]job[]failed to run",
                },
                "sources": [{
                    "repo": "https://git.example/acme/shop",
                    "branch": "main",
                    "commitId": "0123456789abcdef0123456789abcdef01234567",
                    "privousCommitId": "",
                }],
                "globalParams": [],
            })
        );
    }

    #[test]
    fn the_status_code_alone_is_the_verdict() {
        let channel = opened(&ENTRY, &[("webhook_url", "https://hooks.example/ci")]);
        for (status, class) in [
            (204, Class::Accepted),
            (302, Class::Permanent),
            (404, Class::Permanent),
            (429, Class::Limited),
            (503, Class::Transient),
        ] {
            assert_eq!(
                channel.verdict(&reply(status, "whatever")).class,
                class,
                "{status}"
            );
        }
    }

    const URL: (&str, &str) = ("webhook_url", "https://hooks.example/ci");

    fn faults(inputs: &[(&str, &str)]) -> Vec<String> {
        let mut all = vec![URL];
        all.extend(inputs);
        open_with(&ENTRY, &all).1
    }

    #[track_caller]
    fn check_fault(inputs: &[(&str, &str)], expected: &str) {
        let faults = faults(inputs);
        assert!(
            faults.len() == 1 && faults[0].contains(expected),
            "{inputs:?}: {faults:?}"
        );
    }

    #[track_caller]
    fn check_sound(inputs: &[(&str, &str)]) {
        assert_eq!(faults(inputs), [""; 0], "{inputs:?}");
    }

    #[test]
    fn headers_keep_to_the_limits_of_the_payload() {
        let lines = |count: usize| {
            let lines: Vec<String> = (0..count).map(|at| format!("X-{at}: v")).collect();
            lines.join("\n")
        };
        let line = |chars: usize| format!("X-A: {}", "v".repeat(chars - 5));
        let codearts = ("webhook_payload", "codearts");
        check_sound(&[codearts, ("webhook_headers", &lines(20))]);
        check_fault(
            &[codearts, ("webhook_headers", &lines(21))],
            "holds 21 headers, more than the 20 of the payload codearts",
        );
        check_sound(&[codearts, ("webhook_headers", &line(100))]);
        check_fault(
            &[codearts, ("webhook_headers", &line(101))],
            "has 101 characters in the line of `x-a`, more than the 100",
        );
        check_sound(&[("webhook_headers", &lines(64))]);
        check_fault(&[("webhook_headers", &lines(65))], "more than the 64.");
        check_sound(&[("webhook_headers", &line(8192))]);
        check_fault(&[("webhook_headers", &line(8193))], "more than the 8192.");
    }

    #[test]
    fn a_header_without_its_secret_is_a_missing_secret() {
        for text in ["Authorization:", "Authorization: Bearer "] {
            let (opened, faults) = open_with(&ENTRY, &[URL, ("webhook_headers", text)]);
            assert!(opened.is_empty(), "{text}");
            assert!(
                faults[0].contains("has no value for `authorization`"),
                "{faults:?}"
            );
        }
    }

    #[test]
    fn the_body_says_which_payload_is_meant() {
        check_sound(&[("webhook_body", "{}")]);
        check_sound(&[("webhook_body", "{}"), ("webhook_payload", "custom")]);
        check_sound(&[("webhook_body", "{}"), ("webhook_payload", "flow")]);
        for payload in ["codearts", "cdevents", "cdevents_task"] {
            check_sound(&[("webhook_payload", payload)]);
            check_fault(
                &[("webhook_body", "{}"), ("webhook_payload", payload)],
                "`webhook_body` is set, but the payload is not custom",
            );
        }
        check_fault(
            &[("webhook_payload", "custom")],
            "`webhook_body` is not set",
        );
        check_fault(
            &[("webhook_content_type", "text/plain")],
            "`webhook_content_type` is set, but the payload is not custom",
        );
        check_fault(
            &[("webhook_payload", "costum"), ("webhook_body", "{}")],
            "not one of flow, codearts, cdevents, cdevents_task, custom",
        );
        check_fault(
            &[("webhook_body", "{\n  'a': 1\n}")],
            "cannot become JSON: it has no key in quotation marks where one begins (line 2, column 3). Mend it, or name",
        );
        check_fault(&[("webhook_body", "{{#if x}}")], "has no `{{/if}}`");
        check_sound(&[
            ("webhook_body", "{'a"),
            ("webhook_content_type", "text/plain"),
        ]);
    }

    #[test]
    fn one_content_type_is_sent() {
        let sent = |inputs: &[(&str, &str)]| {
            let mut all = vec![URL];
            all.extend(inputs);
            let channel = opened(&ENTRY, &all);
            let draft = Draft {
                role: Role::Message,
                content: Content::Text(String::new()),
                id: None,
            };
            let request = http(channel.request(&draft, UnixMillis(0)));
            let types = request
                .headers
                .iter()
                .filter(|(name, _)| name == "content-type");
            let types: Vec<String> = types.map(|(_, value)| value.reveal().to_owned()).collect();
            types.join(" | ")
        };
        let body = ("webhook_body", "{}");
        let line = ("webhook_headers", "Content-Type: application/json");
        for (inputs, expected) in [
            (&[][..], "application/json; charset=utf-8"),
            (&[body], "application/json; charset=utf-8"),
            (&[line], "application/json"),
            (&[body, line], "application/json"),
            (
                &[body, ("webhook_content_type", "application/x+json")],
                "application/x+json",
            ),
            (
                &[body, line, ("webhook_content_type", "application/json")],
                "application/json",
            ),
            (
                &[("webhook_payload", "cdevents")],
                "application/cloudevents+json; charset=utf-8",
            ),
            (
                &[
                    ("webhook_payload", "cdevents"),
                    (
                        "webhook_headers",
                        "content-type: application/cloudevents+json",
                    ),
                ],
                "application/cloudevents+json",
            ),
        ] {
            assert_eq!(sent(inputs), expected, "{inputs:?}");
        }
        check_fault(
            &[body, line, ("webhook_content_type", "text/plain")],
            "a `content-type` other than `webhook_content_type`",
        );
        check_fault(
            &[("webhook_payload", "cdevents"), line],
            "other than application/cloudevents+json",
        );
        check_fault(
            &[("webhook_headers", "Content-Type: text/xml")],
            "other than that of the payload, which is JSON",
        );
        check_fault(
            &[("webhook_headers", "Content-Type: nonsense")],
            "has a `content-type` that is not a content type",
        );
    }

    /// What is sent with this body, or why nothing is.
    fn custom(body: &str, content_type: &str, title: &str) -> Result<String, String> {
        let inputs = [
            URL,
            ("webhook_body", body),
            ("webhook_content_type", content_type),
        ];
        let channel = opened(&ENTRY, &inputs);
        let environment = crate::environment::Environment::from([("CI_X", title)]);
        let variables = Variables::new(&environment, &[], std::collections::BTreeMap::new());
        let facts = json!({ "commit": { "title": title }, "failed": { "steps": [] } });
        let rendered = compile_body(body)
            .unwrap()
            .render(&facts, &variables, Default::default());
        let mut message = message();
        message.written = Some(Ok(rendered.unwrap().marked));
        let mut drafted = channel.drafts(&message);
        match (drafted.refusal, drafted.drafts.pop()) {
            (Some(refusal), None) => Err(refusal.meaning.english.into_owned()),
            (None, Some(draft)) => {
                let request = http(channel.request(&draft, UnixMillis(0)));
                Ok(String::from_utf8(request.body).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_of_the_authors_own_is_filled_by_its_content_type() {
        let hostile = "\"}, <b> & x=1 \\";
        for (content_type, body, expected) in [
            (
                "application/json",
                r#"{"a": "{{commit.title}}", "b": ${CI_X}, "c": {{json failed.steps}}, "d": {{json commit}}, "e": {{nobody}}}"#,
                r#"{"a": "\"}, <b> & x=1 \\", "b": "\"}, <b> & x=1 \\", "c": [], "d": {"title":"\"}, <b> & x=1 \\"}, "e": null}"#,
            ),
            (
                "application/x-www-form-urlencoded",
                "a={{commit.title}}",
                "a=%22%7D%2C+%3Cb%3E+%26+x%3D1+%5C",
            ),
            (
                "application/xml",
                "<a>{{commit.title}}</a>",
                "<a>&quot;}, &lt;b&gt; &amp; x=1 \\</a>",
            ),
            ("text/plain", "- {{commit.title}}", "- \"}, <b> & x=1 \\"),
        ] {
            assert_eq!(custom(body, content_type, hostile).unwrap(), expected);
        }
    }

    #[test]
    fn a_body_that_came_out_wrong_is_refused_with_its_place() {
        let body = "{\n  \"a\": 1\n  {{#if commit.title}}, \"a\": 2{{/if}}\n}";
        assert_eq!(
            custom(body, "application/json", "x").unwrap_err(),
            "what `webhook_body` comes to is no JSON: it has the key \"a\" twice in one object (line 3, column 25)"
        );
        assert!(custom(body, "application/json", "").is_ok());
    }

    #[test]
    fn each_attempt_is_signed_anew_over_the_bytes_that_are_sent() {
        let inputs = [
            URL,
            ("webhook_secret", "s1"),
            ("webhook_headers", "X-Team: shop"),
        ];
        let channel = opened(&ENTRY, &inputs);
        let draft = channel.drafts(&message()).drafts.remove(0);
        let request = |seconds: i64| http(channel.request(&draft, UnixMillis(seconds * 1000)));
        let header = |request: &HttpRequest, name: &str| {
            let found = request.headers.iter().find(|(it, _)| it == name);
            found.map(|(_, value)| value.reveal().to_owned()).unwrap()
        };
        let (first, second) = (request(1_700_000_000), request(1_700_000_001));
        for name in [
            "webhook-id",
            "idempotency-key",
            "x-hub-signature-256",
            "x-team",
        ] {
            assert_eq!(header(&first, name), header(&second, name), "{name}");
        }
        assert_eq!(header(&first, "webhook-timestamp"), "1700000000");
        let signature = runbell_receivers::webhook::standard_signature(
            message().id.as_str(),
            "1700000001",
            &second.body,
            "s1",
        );
        assert_eq!(header(&second, "webhook-signature"), signature);
        let hub = runbell_receivers::webhook::hub_signature(&first.body, "s1");
        assert_eq!(header(&first, "x-hub-signature-256"), hub);
        assert_ne!(header(&first, "webhook-signature"), signature);
        for derived in [&signature["v1,".len()..], &hub["sha256=".len()..]] {
            let is_there = second
                .derived
                .iter()
                .any(|secret| secret.reveal() == derived);
            assert!(is_there, "{derived}");
        }
    }

    #[test]
    fn a_large_body_is_warned_about() {
        let body = format!("{{\"a\": \"{}\"}}", "x".repeat(LARGE_BODY_BYTES - 9));
        let channel = opened(&ENTRY, &[URL, ("webhook_body", &body)]);
        let warnings = |text: String| {
            let mut message = message();
            let marked = crate::model::marks::Marked {
                text,
                ..Default::default()
            };
            message.written = Some(Ok(marked));
            channel.drafts(&message).warnings
        };
        assert_eq!(warnings(body.clone()), [""; 0]);
        let warning = &warnings(format!("{body} "))[0];
        assert!(warning.contains("has 20481 bytes"), "{warning}");
    }
}
