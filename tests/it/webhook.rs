//! The raw webhook: every body against a consumer that is not ours, from the program's variables to
//! what a receiver makes of the request.

use std::collections::BTreeMap;
use std::fs;

use runbell::environment::Environment;
use runbell::event::{Found, find, read_tree};
use runbell::model::event::Family;
use runbell::model::exchange::{HttpRequest, Request};
use runbell::model::status::Status;
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};
use runbell_receivers::webhook::{Endpoint, Payload, deviations};
use runbell_receivers::{Authority, Fault, Receiver};
use serde_json::{Map, Value, json};

use crate::support::{CaFile, run, runbell, top};

/// What the webhook is sent with these inputs, and when; `None` when nothing is.
fn request(inputs: &[(&str, &str)], file: Option<&[u8]>) -> Option<HttpRequest> {
    let variables = inputs
        .iter()
        .chain(&[("WEBHOOK_URL", "https://hooks.example/x")])
        .map(|(name, value)| (format!("RUNBELL_{name}"), (*value).to_owned()));
    let files = file.map(|bytes| ("event.json".to_owned(), bytes.to_vec()));
    let environment = Environment::new(variables, BTreeMap::from_iter(files));
    let now = UnixMillis(1_735_026_378_000);
    let prepared = prepare(&environment, now, [7; 16]);
    let Step::Ready(ready) = prepared.step else {
        return None;
    };
    let parcel = ready.parcels().first().unwrap();
    let draft = parcel.drafts.as_ref().unwrap().first().unwrap();
    match parcel.target.channel.request(draft, now) {
        Request::Http(request) => Some(request),
        Request::Mail(_) => panic!("a mail"),
    }
}

/// The request as the stand-in reads it.
fn received(request: &HttpRequest) -> runbell_receivers::HttpRequest {
    let headers = request.headers.iter();
    runbell_receivers::HttpRequest {
        method: "POST".to_owned(),
        target: "/x".to_owned(),
        headers: headers
            .map(|(name, value)| (name.clone(), value.reveal().to_owned()))
            .collect(),
        body: request.body.clone(),
    }
}

#[track_caller]
fn check(inputs: &[(&str, &str)], file: Option<&[u8]>, payload: Payload) -> Value {
    let request = request(inputs, file).unwrap_or_else(|| panic!("nothing for {inputs:?}"));
    let request = received(&request);
    let found = deviations(&request, payload);
    assert!(
        found.is_empty(),
        "{inputs:?}: {found:#?}\n{}",
        request.text()
    );
    request.json().unwrap()
}

const PAYLOADS: [(&str, Payload); 4] = [
    ("flow", Payload::Flow),
    ("codearts", Payload::CodeArts),
    ("cdevents", Payload::CdEvents),
    ("cdevents_task", Payload::CdEvents),
];

#[test]
fn every_status_is_told_in_every_payload() {
    for (name, payload) in PAYLOADS {
        for status in Status::ALL {
            for language in ["en", "zh", "ru"] {
                let inputs = [
                    ("WEBHOOK_PAYLOAD", name),
                    ("STATUS", status.word()),
                    ("LANGUAGE", language),
                ];
                check(&inputs, None, payload);
            }
        }
    }
}

#[test]
fn no_text_of_the_corpus_changes_keys_or_types() {
    let corpus = fs::read_to_string(top().join("tests/corpus/hostile.jsonl")).unwrap();
    for line in corpus.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = entry["text"].as_str().unwrap();
        for (name, payload) in PAYLOADS {
            let facts = [
                "PIPELINE_NAME",
                "PIPELINE_ID",
                "RUN_NUMBER",
                "RUN_ID",
                "RUN_URL",
                "REPO_URL",
                "STAGE",
                "JOB",
                "BRANCH",
                "COMMIT_TITLE",
                "FAILED_STEPS",
                "SOURCES",
                "PARAMS",
                "EVENT",
                "PROJECT",
                "STARTED_AT",
            ];
            let mut inputs: Vec<(&str, &str)> = facts.iter().map(|it| (*it, text)).collect();
            // A page is checked when it is read, and then it is as it was written.
            let address = format!("https://a.example/{text}");
            inputs.retain(|(name, _)| !name.ends_with("_URL") && *name != "STARTED_AT");
            if is_address(&address) {
                inputs.extend([("RUN_URL", &*address), ("REPO_URL", &*address)]);
            }
            inputs.extend([("WEBHOOK_PAYLOAD", name), ("STATUS", "failure")]);
            check(&inputs, None, payload);
        }
    }
}

/// Whether an input takes it for the address of a page.
fn is_address(text: &str) -> bool {
    runbell::model::facts::web_address(text).is_some()
}

/// Every recorded event that is one, with its file.
fn events() -> Vec<(String, Vec<u8>, runbell::model::event::Event)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(top().join("tests/events")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if let Found::Event(event) = find(&read_tree(&bytes).unwrap()) {
            found.push((name, bytes, *event));
        }
    }
    found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    assert!(found.len() > 50, "only {} events are recorded", found.len());
    found
}

fn of_event(kind: &str, payload: &'static str) -> Vec<(&'static str, String)> {
    vec![
        ("EVENTS", kind.to_owned()),
        ("EVENT_FILE", "event.json".to_owned()),
        ("WEBHOOK_PAYLOAD", payload.to_owned()),
    ]
}

fn check_event(kind: &str, bytes: &[u8], (name, payload): (&'static str, Payload)) -> Value {
    let inputs = of_event(kind, name);
    let inputs: Vec<(&str, &str)> = inputs.iter().map(|(a, b)| (*a, b.as_str())).collect();
    check(&inputs, Some(bytes), payload)
}

#[test]
fn every_recorded_event_is_told_in_every_payload() {
    let mut types = Vec::new();
    for (_, bytes, event) in events() {
        for row in PAYLOADS {
            // What has no status has no place there.
            if row.1 == Payload::Flow && event.status.is_none() {
                continue;
            }
            let body = check_event(event.kind.name, &bytes, row);
            if row.1 == Payload::CdEvents {
                let data = body["data"].clone();
                let read: cdevents_sdk::CDEvent = serde_json::from_value(data.clone())
                    .unwrap_or_else(|fault| panic!("{}: {fault}: {data:#}", event.kind.name));
                assert_eq!(serde_json::to_value(&read).unwrap(), data);
                types.push(read.ty().to_owned());
            }
        }
    }
    types.sort();
    types.dedup();
    for kind in [
        "dev.cdevents.change.created.0.4.0",
        "dev.cdevents.change.merged.0.3.0",
        "dev.cdevents.change.reviewed.0.3.0",
        "dev.cdevents.change.updated.0.3.0",
        "dev.cdevents.pipelinerun.finished.0.3.0",
        "dev.cdevents.pipelinerun.queued.0.3.0",
        "dev.cdevents.repository.deleted.0.3.0",
        "dev.cdevents.taskrun.finished.0.3.0",
        "dev.cdevents.ticket.closed.0.2.0",
        "dev.cdevents.ticket.created.0.2.0",
        "dev.cdevents.ticket.updated.0.2.0",
        "dev.cdeventsx.runbell-buildtask.disabled.0.1.0",
        "dev.cdeventsx.runbell-repository.capacitywarning.0.1.0",
    ] {
        assert!(types.iter().any(|it| it == kind), "no {kind} in {types:#?}");
    }
}

/// A closed merge request is an abandoned change; the recorded one was closed by a forge.
#[test]
fn a_merge_request_that_was_closed_is_an_abandoned_change() {
    let path = top().join("tests/events/codearts-merge-request-updated.json");
    let mut tree: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    tree["mergeRequest"]["state"] = json!("closed");
    let bytes = tree.to_string().into_bytes();
    let body = check_event("mr.updated", &bytes, ("cdevents", Payload::CdEvents));
    assert_eq!(body["type"], "dev.cdevents.change.abandoned.0.3.0");
    let data: Result<cdevents_sdk::CDEvent, _> = serde_json::from_value(body["data"].clone());
    assert!(data.is_ok(), "{data:?}");
}

/// What came from CodeArts goes out as it came: same keys, same types, same values.
#[test]
fn an_event_of_codearts_goes_out_as_it_came() {
    let mut count = 0;
    for (name, bytes, event) in events() {
        let is_fixed = matches!(
            event.kind.family,
            Family::Repository | Family::MergeRequest | Family::Check | Family::Deployment
        );
        if !name.starts_with("codearts-") {
            continue;
        }
        let sent = check_event(event.kind.name, &bytes, ("codearts", Payload::CodeArts));
        let came: Value = serde_json::from_slice(&bytes).unwrap();
        let (sent, came) = (leaves(&sent), leaves(&came));
        assert!(came.keys().any(|path| sent.contains_key(path)), "{name}");
        for (path, value) in &came {
            // The others are written by people, who may add what the page does not have.
            if is_fixed || sent.contains_key(path) {
                assert_eq!(sent.get(path), Some(value), "{name} {path}");
            }
        }
        count += 1;
    }
    assert!(count > 15, "only {count} bodies");
}

/// Every value that is no object, by its path.
fn leaves(tree: &Value) -> BTreeMap<String, Value> {
    fn walk(path: &str, entries: &Map<String, Value>, found: &mut BTreeMap<String, Value>) {
        for (name, value) in entries {
            // Keys with dots are paths, too.
            let path = format!("{path}/{}", name.replace('.', "/"));
            match value {
                Value::Object(inner) => walk(&path, inner, found),
                value => {
                    found.insert(path, value.clone());
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", tree.as_object().unwrap(), &mut found);
    found
}

/// A value in every kind of place that each content type has.
const BODIES: &[(&str, &str)] = &[
    (
        "application/json",
        r#"{"in": "a {{commit.title}} b", "bare": {{commit.title}}, "json": {{json commit.title}}, "nested": "{{json commit.title}}", "env": "${TEXT}", "list": {{json failed.steps}}, "all": "{{text}}"}"#,
    ),
    (
        "application/x-www-form-urlencoded",
        "in=a {{commit.title}} b&bare={{commit.title}}&env=${TEXT}&json={{json failed.steps}}&all={{text}}",
    ),
    (
        "application/xml",
        "<r in='{{commit.title}}' env=\"${TEXT}\"><a>{{commit.title}}</a><b><![CDATA[{{commit.title}}]]></b><c>{{text}}</c></r>",
    ),
    ("text/plain", "{{commit.title}}|${TEXT}|{{text}}"),
];

/// The constructs of a body: keys, elements and what is in which place, but no words.
fn constructs(content_type: &str, body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap();
    match content_type {
        "application/json" => {
            let request = runbell_receivers::HttpRequest {
                method: String::new(),
                target: String::new(),
                headers: Vec::new(),
                body: body.to_vec(),
            };
            let tree = request
                .json()
                .unwrap_or_else(|fault| panic!("{fault}: {text}"));
            let tree = tree.as_object().unwrap();
            assert!(
                tree["list"].is_array() && tree["json"].is_string(),
                "{text}"
            );
            tree.keys().cloned().collect()
        }
        "application/x-www-form-urlencoded" => {
            let pairs = url::form_urlencoded::parse(body);
            pairs.map(|(name, _)| name.into_owned()).collect()
        }
        "application/xml" => {
            let document =
                roxmltree::Document::parse(text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
            document
                .descendants()
                .filter(|node| node.is_element())
                .map(|node| {
                    let names = node.attributes().map(|it| it.name().to_owned());
                    format!("{} {:?}", node.tag_name().name(), names.collect::<Vec<_>>())
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn no_text_of_the_corpus_bends_a_body_of_the_authors_own() {
    let corpus = fs::read_to_string(top().join("tests/corpus/hostile.jsonl")).unwrap();
    for (content_type, body) in BODIES {
        let sent = |text: &str| {
            let inputs = [
                ("WEBHOOK_BODY", *body),
                ("WEBHOOK_CONTENT_TYPE", *content_type),
                ("STATUS", "failure"),
                ("COMMIT_TITLE", text),
                ("FAILED_STEPS", text),
            ];
            let variables = inputs
                .iter()
                .chain(&[("WEBHOOK_URL", "https://hooks.example/x")])
                .map(|(name, value)| (format!("RUNBELL_{name}"), (*value).to_owned()))
                .chain([("TEXT".to_owned(), text.to_owned())]);
            let environment = Environment::new(variables, BTreeMap::new());
            let prepared = prepare(&environment, UnixMillis(1), [7; 16]);
            let Step::Ready(ready) = prepared.step else {
                panic!("{text:?}: {:?}", prepared.step);
            };
            let parcel = ready.parcels().first().unwrap();
            let drafts = parcel.drafts.as_ref();
            let drafts = drafts.unwrap_or_else(|verdict| panic!("{text:?}: {verdict:?}"));
            match parcel.target.channel.request(&drafts[0], UnixMillis(1)) {
                Request::Http(request) => constructs(content_type, &request.body),
                Request::Mail(_) => panic!("a mail"),
            }
        };
        let expected = sent("harmless");
        for line in corpus.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            let text = entry["text"].as_str().unwrap();
            assert_eq!(sent(text), expected, "{content_type} {text:?}");
        }
    }
}

/// The real program against a receiver that demands everything at once, and loses one answer.
#[test]
fn a_signed_call_is_believed_on_every_attempt() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let authority = Authority::new().unwrap();
    let endpoint = Endpoint::new("/hooks/ci")
        .expect(Payload::CdEvents)
        .header("authorization", "Bearer osprey-44")
        .standard_secret(SECRET)
        .hub_secret(SECRET);
    let receiver = Receiver::start(endpoint, &authority).unwrap();
    receiver.script([Fault::Status(503)]);
    let ca_file = CaFile::write(&authority);
    let mut command = runbell();
    command
        .env("RUNBELL_CA_FILE", ca_file.path())
        .env("RUNBELL_WEBHOOK_URL", receiver.url())
        .env("RUNBELL_WEBHOOK_PAYLOAD", "cdevents")
        .env("RUNBELL_WEBHOOK_HEADERS", "Authorization: Bearer osprey-44")
        .env("RUNBELL_STATUS", "failure");
    // Without the secret it is not believed; with two of them it is, the receiver's being the first.
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    receiver.script([Fault::Status(503)]);
    let ended = run(command.env("RUNBELL_WEBHOOK_SECRET", format!("{SECRET},next-secret")));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(receiver.posted(), 1);
    let ids: Vec<String> = receiver
        .received()
        .iter()
        .filter_map(|one| one.request.header("webhook-id").map(str::to_owned))
        .collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[2], ids[3]);
    assert!(!ended.stdout.contains("osprey"), "{ended:#?}");
}

/// A body that came out wrong costs its own target alone.
#[test]
fn a_body_that_came_out_wrong_fails_its_target_alone() {
    let receivers = crate::support::Receivers::start();
    let body = r#"{"a": {{#if tag}}{{tag}}{{/if}} }"#;
    let ended = run(receivers
        .runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_WEBHOOK_BODY", body));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    let expected = "error: webhook: what `webhook_body` comes to is no JSON: it has `}` where a value begins (line 1, column 33)";
    assert!(ended.stdout.contains(expected), "{ended:#?}");
    assert!(
        ended.verdict().contains("FAILED: 1 of 5 targets: webhook"),
        "{ended:#?}"
    );
    assert_eq!(receivers.webhook.received().len(), 0);
    assert_eq!(receivers.lark.posted(), 1);
}

/// The bodies that the page shows are sound, and what it shows as sent keeps to its consumer.
#[test]
fn what_the_page_shows_is_sound() {
    let page = fs::read_to_string(top().join("docs/channels/webhook.md")).unwrap();
    let blocks = |language: &str| {
        let open = format!("```{language}\n");
        let parts = page
            .split(&open)
            .skip(1)
            .map(|it| it.split("\n```").next().unwrap());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut bodies = 0;
    for block in blocks("yaml") {
        let document = crate::yaml::document(&block);
        let places = ["/steps/0/settings", "/0/with"];
        let settings = places.iter().find_map(|it| document.pointer(it));
        let text = |name: &str| settings?.get(name)?.as_str().map(str::to_owned);
        let Some(body) = text("webhook_body") else {
            continue;
        };
        let content_type = text("webhook_content_type");
        let content_type = content_type.unwrap_or_else(|| "application/json".to_owned());
        let headers = text("webhook_headers").unwrap_or_default();
        let inputs = [
            ("WEBHOOK_BODY", body.as_str()),
            ("WEBHOOK_CONTENT_TYPE", &content_type),
            ("WEBHOOK_HEADERS", &headers),
            ("STATUS", "failure"),
            ("RUN_URL", "https://ci.example/42"),
        ];
        let request = request(&inputs, None).unwrap_or_else(|| panic!("{body}"));
        let request = received(&request);
        assert!(!request.body.is_empty());
        assert!(
            content_type != "application/json" || request.json().is_ok(),
            "{body}"
        );
        bodies += 1;
    }
    assert_eq!(bodies, 3);
    let shown = blocks("json");
    assert_eq!(shown.len(), 3);
    for (text, payload) in shown
        .iter()
        .zip([Payload::Flow, Payload::CodeArts, Payload::CdEvents])
    {
        let content_type = match payload {
            Payload::CdEvents => "application/cloudevents+json",
            _ => "application/json",
        };
        let request = runbell_receivers::HttpRequest {
            method: String::new(),
            target: String::new(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: text.clone().into_bytes(),
        };
        assert_eq!(deviations(&request, payload), [""; 0], "{text}");
    }
}

/// The usual payload tells of runs, so an event without a status is not sent with it; and the comment that the
/// message quotes is not missed where the payload has it.
#[test]
fn an_event_in_the_wrong_payload_is_refused() {
    let file = top().join("tests/events/github-review-commented.json");
    for (payload, code, says, keeps_silent) in [
        ("flow", 1, "tells of runs alone", "webhook would get"),
        ("codearts", 0, "webhook would get", "no place for `message`"),
        ("cdevents", 0, "webhook would get", "tells of runs alone"),
    ] {
        let ended = run(runbell()
            .env("RUNBELL_DRY_RUN", "true")
            .env("RUNBELL_EVENTS", "mr.*")
            .env("RUNBELL_EVENT_FILE", &file)
            .env("RUNBELL_WEBHOOK_URL", "https://hooks.example.com/x")
            .env("RUNBELL_WEBHOOK_PAYLOAD", payload));
        assert_eq!(ended.code, Some(code), "{ended:#?}");
        assert!(ended.stdout.contains(says), "{payload}: {ended:#?}");
        assert!(
            !ended.stdout.contains(keeps_silent),
            "{payload}: {ended:#?}"
        );
    }
}
