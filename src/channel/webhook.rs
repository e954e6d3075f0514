//! The raw webhook. Its `flow` payload is the body that Alibaba Cloud Flow's webhook plug-in
//! sends (rows S2-028 to S2-056), as strict JSON, with the page's own misspellings.

use serde_json::{Map, Value, json};

use super::reply::{not_http, status_verdict};
use super::{Channel, ChannelEntry, Opened, PlainHttp, addresses, json_draft};
use crate::input::{Addresses, Choice, Input, InputReader, Switch, is_private_enough};
use crate::model::exchange::{
    Draft, Drafted, Endpoint, HttpRequest, Reply, ReplyBody, Request, Role, Verdict,
};
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::{Language, Message};
use crate::model::status::Status;
use crate::model::time::UnixMillis;
use crate::secret::Secret;

pub(super) static ENTRY: ChannelEntry = ChannelEntry {
    name: "webhook",
    title: "Webhook",
    inputs: &[&URL.spec, &PAYLOAD.spec],
    example: None,
    open,
    recognises: |_| false,
};

static URL: Input<Addresses> = Input::new(
    "webhook_url",
    "Address of a webhook; several on lines of their own",
);
static PAYLOAD: Input<Payload> =
    Input::new("webhook_payload", "Which body the webhook gets").default("flow");
/// The bodies that a webhook can get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Payload {
    /// Alibaba Cloud Flow's.
    #[default]
    Flow,
}

impl Choice for Payload {
    const CHOICES: &'static [(&'static str, Self)] = &[("flow", Self::Flow)];
    const WORDS: &'static [&'static str] = &["flow"];
}

fn open(reader: &mut InputReader<'_>) -> Vec<Opened> {
    let plain_http = match reader.value(&super::ALLOW_HTTP) {
        Switch::On => PlainHttp::Allowed,
        Switch::Off => PlainHttp::Refused,
    };
    let payload = reader.value(&PAYLOAD);
    let urls = addresses(reader, &URL, &ENTRY, plain_http);
    for robot in &urls {
        if !is_private_enough(robot.endpoint.reveal()) {
            reader.warn(format!(
                "the webhook on {} is rung over plain http: everyone on the way can read the message and the address",
                robot.endpoint.reveal().host_str().unwrap_or_default()
            ));
        }
    }
    urls.into_iter()
        .map(|robot| Opened {
            host: (robot.endpoint.host(), URL.spec.name),
            lane: robot.lane,
            channel: Box::new(Webhook {
                url: robot.endpoint,
                payload,
            }),
        })
        .collect()
}

#[derive(Debug)]
struct Webhook {
    url: Endpoint,
    payload: Payload,
}

impl Channel for Webhook {
    fn drafts(&self, message: &Message) -> Drafted {
        let body = match self.payload {
            Payload::Flow => flow(message),
        };
        let mut drafted = Drafted::from(Draft {
            id: Some(message.id.clone()),
            ..json_draft(Role::Message, body)
        });
        if !message.body.is_empty() {
            drafted
                .notes
                .push("this payload has no place for `message`, so it goes without".to_owned());
        }
        drafted
    }

    fn request(&self, draft: &Draft, _: UnixMillis) -> Request {
        let mut headers = super::json_headers();
        headers.push((
            "user-agent".to_owned(),
            Secret::new(concat!("runbell/", env!("CARGO_PKG_VERSION"))),
        ));
        // The same on every attempt (rule D-9), under the two names that receivers look for.
        for name in ["idempotency-key", "webhook-id"] {
            let id = draft.id.iter();
            headers.extend(id.map(|id| (name.to_owned(), Secret::new(id.as_str()))));
        }
        Request::Http(HttpRequest {
            endpoint: self.url.clone(),
            headers,
            body: super::content_bytes(draft),
            reply_body: ReplyBody::Left,
            derived: Vec::new(),
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

fn flow(message: &Message) -> Map<String, Value> {
    let facts = &message.facts;
    let text = |fact| facts.text(fact).unwrap_or_default();
    let (code, names) = flow_status(message.status);
    let [english, chinese] = names;
    let status_name = match message.language {
        Language::Chinese => chinese,
        Language::English | Language::Russian => english,
    };
    let (pipeline, stage) = (text(Fact::PipelineName), text(Fact::Stage));
    // The step fact is this very step, which is not what the message is about.
    let failed = facts.names(Fact::FailedSteps);
    let task = failed
        .first()
        .copied()
        .unwrap_or(first_text(facts, &[Fact::Job]));
    let summary = match message.language {
        Language::Chinese => format!("[{pipeline}]流水线阶段[{stage}]任务[{task}]{status_name}"),
        Language::English | Language::Russian => format!(
            "[{pipeline}]Pipeline stage[{stage}]job[{task}]{}",
            status_name.to_lowercase()
        ),
    };
    let mut body = Map::new();
    body.insert("event".into(), "task".into());
    body.insert("action".into(), "status".into());
    body.insert(
        "task".into(),
        json!({
            "pipelineId": number(facts, &[Fact::PipelineId, Fact::RunId, Fact::RunNumber]),
            "pipelineName": pipeline,
            "stageName": stage,
            "taskName": task,
            "buildNumber": number(facts, &[Fact::RunNumber, Fact::RunId]),
            "statusCode": code,
            "statusName": status_name,
            "pipelineUrl": text(Fact::RunUrl),
            "message": summary,
        }),
    );
    body.insert(
        "sources".into(),
        json!([{
            "repo": first_text(facts, &[Fact::RepoUrl, Fact::RepoSlug]),
            "branch": first_text(facts, &[Fact::Branch, Fact::Tag]),
            "commitId": text(Fact::CommitSha),
            // Misspelt by the page; receivers read this very key.
            "privousCommitId": text(Fact::CommitBefore),
        }]),
    );
    body.insert("globalParams".into(), json!([]));
    body
}

fn first_text<'a>(facts: &'a RunFacts, wanted: &[Fact]) -> &'a str {
    wanted
        .iter()
        .find_map(|fact| facts.text(*fact))
        .unwrap_or_default()
}

/// The first of these facts that is a number; 0 when none is, because the field is a number.
fn number(facts: &RunFacts, wanted: &[Fact]) -> u64 {
    wanted
        .iter()
        .find_map(|fact| facts.text(*fact)?.parse().ok())
        .unwrap_or(0)
}

/// The page's word for a status, and its name in English and Chinese.
const fn flow_status(status: Status) -> (&'static str, [&'static str; 2]) {
    match status {
        Status::Success | Status::Warning => ("SUCCESS", ["Successfully run", "运行成功"]),
        Status::Failure | Status::Error | Status::TimedOut => {
            ("FAIL", ["Failed to run", "运行失败"])
        }
        Status::Canceled => ("CANCELED", ["Canceled", "已取消"]),
        Status::Skipped => ("SKIP", ["Skipped", "已跳过"]),
        Status::Ignored => ("FINISH", ["Finished", "已结束"]),
        Status::Running => ("RUNNING", ["Running", "运行中"]),
        Status::Waiting | Status::Paused => ("WAITING", ["Waiting", "等待中"]),
        Status::Canceling => ("CANCELLING", ["Being canceled", "取消中"]),
        Status::Unknown => ("UNKOWN", ["Unknown", "未知"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::tests::{http, message, opened, reply};
    use crate::model::exchange::Class;

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
}
