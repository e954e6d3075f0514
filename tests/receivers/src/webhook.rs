//! A raw webhook endpoint: takes any POST, or plays a strict consumer of one of the published bodies.
//!
//! The signed headers follow the Standard Webhooks specification and GitHub's page on validating webhook
//! deliveries.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::http::{HttpAnswer, HttpRequest, Judgement, Service, Verdict};
pub use crate::payload::{Payload, STATUS_CODES, deviations};
use crate::signature::{hmac_sha256, hmac_sha256_base64};

/// How far `webhook-timestamp` may stand from the receiver's clock, either way. Exactly that passes.
///
/// The specification leaves the tolerance open; its reference libraries use five minutes.
pub const SIGNATURE_TOLERANCE: Duration = Duration::from_secs(300);

/// A webhook endpoint at one path.
#[derive(Debug)]
pub struct Endpoint {
    path_and_query: String,
    payload: Option<Payload>,
    headers: Vec<(String, String)>,
    standard_secret: Option<String>,
    hub_secret: Option<String>,
    known_messages: HashSet<String>,
}

impl Endpoint {
    /// An endpoint that takes any POST to that path, which begins with a slash and may carry a query.
    pub fn new(path_and_query: impl Into<String>) -> Self {
        Self {
            path_and_query: path_and_query.into(),
            payload: None,
            headers: Vec::new(),
            standard_secret: None,
            hub_secret: None,
            known_messages: HashSet::new(),
        }
    }

    /// Takes nothing but that body: strict JSON with exactly its keys, JSON types and words.
    #[must_use]
    pub fn expect(mut self, payload: Payload) -> Self {
        self.payload = Some(payload);
        self
    }

    /// Demands a header with that value.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Demands the Standard Webhooks headers, signed with that secret (`whsec_` and Base64, or raw text).
    #[must_use]
    pub fn standard_secret(mut self, secret: impl Into<String>) -> Self {
        self.standard_secret = Some(secret.into());
        self
    }

    /// Demands `X-Hub-Signature-256` made with that secret.
    #[must_use]
    pub fn hub_secret(mut self, secret: impl Into<String>) -> Self {
        self.hub_secret = Some(secret.into());
        self
    }

    fn judge(
        &mut self,
        request: &HttpRequest,
        now: SystemTime,
    ) -> Result<Verdict, (u16, Vec<String>)> {
        if request.target != self.path_and_query {
            return Err((404, vec!["no endpoint at this address".to_owned()]));
        }
        if request.method != "POST" {
            return Err((405, vec![format!("method {} is not POST", request.method)]));
        }
        if let Some(secret) = &self.standard_secret {
            check_standard_signature(request, secret, now).map_err(|reason| (401, vec![reason]))?;
        }
        if let Some(secret) = &self.hub_secret
            && request.header("x-hub-signature-256") != Some(&hub_signature(&request.body, secret))
        {
            return Err((
                401,
                vec!["X-Hub-Signature-256 is missing or wrong".to_owned()],
            ));
        }
        for (name, value) in &self.headers {
            if request.header(name) != Some(value) {
                return Err((401, vec![format!("header {name} is missing or wrong")]));
            }
        }
        if let Some(payload) = self.payload {
            let reasons = deviations(request, payload);
            if !reasons.is_empty() {
                return Err((400, reasons));
            }
        }
        let id = request
            .header("webhook-id")
            .or_else(|| request.header("idempotency-key"));
        match id {
            Some(id) if !self.known_messages.insert(id.to_owned()) => Ok(Verdict::Repeated),
            _ => Ok(Verdict::Posted),
        }
    }
}

impl Service for Endpoint {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn path_and_query(&self) -> String {
        self.path_and_query.clone()
    }

    fn answer(&mut self, request: &HttpRequest, now: SystemTime) -> Judgement {
        let mut violations = violations(request);
        if let Some(payload) = self.payload {
            violations.extend(deviations(request, payload));
        }
        match self.judge(request, now) {
            Ok(verdict) => Judgement {
                answer: HttpAnswer::json(200, &json!({"ok": true})),
                verdict,
                violations,
            },
            Err((status, reasons)) => {
                let mut answer =
                    HttpAnswer::json(status, &json!({"ok": false, "reasons": reasons}));
                if status == 405 {
                    answer.headers.push(("Allow".to_owned(), "POST".to_owned()));
                }
                Judgement {
                    answer,
                    verdict: Verdict::Refused,
                    violations,
                }
            }
        }
    }
}

/// The `webhook-signature` value of the Standard Webhooks specification.
///
/// A secret that begins with `whsec_` is Base64 behind it; any other is used as it stands.
pub fn standard_signature(id: &str, timestamp_seconds: &str, body: &[u8], secret: &str) -> String {
    let key = secret
        .strip_prefix("whsec_")
        .and_then(|encoded| STANDARD.decode(encoded).ok());
    let key = key.unwrap_or_else(|| secret.as_bytes().to_vec());
    let mut message = format!("{id}.{timestamp_seconds}.").into_bytes();
    message.extend_from_slice(body);
    format!("v1,{}", hmac_sha256_base64(&key, &message))
}

/// The `X-Hub-Signature-256` value for that body.
pub fn hub_signature(body: &[u8], secret: &str) -> String {
    let hash = hmac_sha256(secret.as_bytes(), body);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn check_standard_signature(
    request: &HttpRequest,
    secret: &str,
    now: SystemTime,
) -> Result<(), String> {
    let need = |name: &str| {
        request
            .header(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| format!("header {name} is missing"))
    };
    let (id, timestamp, signatures) = (
        need("webhook-id")?,
        need("webhook-timestamp")?,
        need("webhook-signature")?,
    );
    let stated: u64 = timestamp
        .parse()
        .map_err(|_| "webhook-timestamp is not a number of seconds".to_owned())?;
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    if seconds.abs_diff(stated) > SIGNATURE_TOLERANCE.as_secs() {
        return Err("webhook-timestamp is too far from the clock".to_owned());
    }
    let expected = standard_signature(id, timestamp, &request.body, secret);
    // Several signatures may stand side by side while a secret is being changed.
    if signatures.split(' ').any(|one| one == expected) {
        Ok(())
    } else {
        Err("webhook-signature does not match".to_owned())
    }
}

fn violations(request: &HttpRequest) -> Vec<String> {
    let mut found = Vec::new();
    if request.method == "POST" && request.header("content-type").is_none() {
        found.push("no Content-Type".to_owned());
    }
    if let (Some(id), Some(key)) = (
        request.header("webhook-id"),
        request.header("idempotency-key"),
    ) && id != key
    {
        found.push("webhook-id and Idempotency-Key name different messages".to_owned());
    }
    if request.header("referer").is_some() {
        found.push("a Referer header, which can carry a secret address".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn post(body: impl Into<Vec<u8>>) -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            target: "/hooks/ci".to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.into(),
        }
    }

    fn flow() -> Value {
        json!({
            "globalParams": [{"value": "v", "key": "k"}],
            "sources": [{"repo": "r", "branch": "b", "commitId": "c", "privousCommitId": "p"}],
            "task": {
                "pipelineId": 183, "pipelineName": "n", "stageName": "s", "taskName": "t", "buildNumber": 19,
                "statusCode": "SUCCESS", "statusName": "ok", "pipelineUrl": "https://x", "message": "m"
            },
            "action": "status",
            "event": "task"
        })
    }

    /// The `flow` sample with one value replaced, or taken out when `value` is `None`.
    fn flow_with(pointer: &str, value: Option<Value>) -> Value {
        let mut body = flow();
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
    fn check(endpoint: &mut Endpoint, request: &HttpRequest, now: u64, status: u16, reason: &str) {
        let judgement = endpoint.answer(request, at(now));
        let answer = String::from_utf8(judgement.answer.body).expect("text");
        assert_eq!(judgement.answer.status, status, "{answer}");
        assert!(answer.contains(reason), "{answer} lacks {reason:?}");
        assert_eq!(judgement.verdict == Verdict::Refused, status >= 300);
    }

    #[test]
    fn any_post_is_taken_at_the_right_address() {
        let rows = [
            (post("anything"), 200, ""),
            (post(""), 200, ""),
            (
                HttpRequest {
                    target: "/hooks".to_owned(),
                    ..post("")
                },
                404,
                "no endpoint",
            ),
            (
                HttpRequest {
                    method: "GET".to_owned(),
                    ..post("")
                },
                405,
                "GET is not POST",
            ),
            (
                HttpRequest {
                    method: "PUT".to_owned(),
                    ..post("")
                },
                405,
                "PUT is not POST",
            ),
        ];
        for (request, status, reason) in rows {
            check(&mut Endpoint::new("/hooks/ci"), &request, 0, status, reason);
        }
    }

    #[test]
    fn flow_is_taken_in_any_order_of_keys_and_nothing_else_is() {
        let mut rows = vec![
            (flow(), 200, String::new()),
            (flow_with("/sources", Some(json!([]))), 200, String::new()),
            (
                flow_with("/task/pipelineUrl", Some(json!(""))),
                200,
                String::new(),
            ),
            (
                flow_with("/event", Some(json!("Task"))),
                400,
                "event is not".to_owned(),
            ),
            (
                flow_with("/task", Some(json!([]))),
                400,
                "task is not an object".to_owned(),
            ),
            (
                flow_with("/sources", Some(json!({}))),
                400,
                "sources is not an array".to_owned(),
            ),
            (
                flow_with("/sources", Some(json!(["x"]))),
                400,
                "sources[0] is not an object".to_owned(),
            ),
            (
                flow_with("/globalParams", Some(json!([{"key": "k", "value": 1}]))),
                400,
                "globalParams[0].value".to_owned(),
            ),
            (
                flow_with("/task/pipelineId", Some(json!("183"))),
                400,
                "task.pipelineId is not a whole number".to_owned(),
            ),
            (
                flow_with("/task/buildNumber", Some(json!(1.5))),
                400,
                "task.buildNumber".to_owned(),
            ),
            (
                flow_with("/task/buildNumber", Some(json!(-1))),
                400,
                "task.buildNumber".to_owned(),
            ),
            (
                flow_with("/task/previousCommitId", Some(json!("x"))),
                400,
                "unknown key task.previousCommitId".to_owned(),
            ),
            (
                flow_with("/task/message", Some(json!(null))),
                400,
                "task.message is not a string".to_owned(),
            ),
            (
                flow_with("/task/statusCode", Some(json!("UNKNOWN"))),
                400,
                "task.statusCode".to_owned(),
            ),
            (
                flow_with("/task/statusCode", Some(json!("success"))),
                400,
                "task.statusCode".to_owned(),
            ),
            (json!([]), 400, "not a JSON object".to_owned()),
        ];
        for word in STATUS_CODES {
            rows.push((
                flow_with("/task/statusCode", Some(json!(word))),
                200,
                String::new(),
            ));
        }
        for name in ["event", "action", "task", "sources", "globalParams"] {
            rows.push((
                flow_with(&format!("/{name}"), None),
                400,
                format!("missing key {name}"),
            ));
        }
        for name in flow()["task"].as_object().expect("a task").keys() {
            rows.push((
                flow_with(&format!("/task/{name}"), None),
                400,
                format!("missing key task.{name}"),
            ));
        }
        for name in ["repo", "branch", "commitId", "privousCommitId"] {
            rows.push((
                flow_with(&format!("/sources/0/{name}"), None),
                400,
                format!("missing key sources[0].{name}"),
            ));
        }
        for (body, status, reason) in rows {
            check(
                &mut Endpoint::new("/hooks/ci").expect(Payload::Flow),
                &post(body.to_string()),
                0,
                status,
                &reason,
            );
        }
        for broken in [
            "",
            "{'event': 'task'}",
            "{\"event\":\"task\",\"event\":\"task\"}",
        ] {
            check(
                &mut Endpoint::new("/hooks/ci").expect(Payload::Flow),
                &post(broken),
                0,
                400,
                "not strict JSON",
            );
        }
        let untyped = HttpRequest {
            headers: Vec::new(),
            ..post(flow().to_string())
        };
        check(
            &mut Endpoint::new("/hooks/ci").expect(Payload::Flow),
            &untyped,
            0,
            400,
            "Content-Type",
        );
    }

    #[test]
    fn signatures_agree_with_the_published_vectors() {
        assert_eq!(
            standard_signature(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "1614265330",
                b"{\"test\": 2432232314}",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(
            hub_signature(b"Hello, World!", "It's a Secret to Everybody"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }

    #[test]
    fn signed_headers_are_demanded_when_a_secret_is_set() {
        const NOW: u64 = 1_700_000_000;
        let signed = |stamp: u64, signature: &str| {
            let mut request = post("{}");
            request
                .headers
                .push(("webhook-id".to_owned(), "m1".to_owned()));
            request
                .headers
                .push(("webhook-timestamp".to_owned(), stamp.to_string()));
            request
                .headers
                .push(("webhook-signature".to_owned(), signature.to_owned()));
            request
        };
        let good = |stamp: u64| standard_signature("m1", &stamp.to_string(), b"{}", "s");
        let rows = [
            (signed(NOW, &good(NOW)), 200, ""),
            (signed(NOW, &format!("v1,AAAA {}", good(NOW))), 200, ""),
            (signed(NOW - 300, &good(NOW - 300)), 200, ""),
            (signed(NOW - 301, &good(NOW - 301)), 401, "too far"),
            (signed(NOW + 301, &good(NOW + 301)), 401, "too far"),
            (signed(NOW, &good(NOW + 1)), 401, "does not match"),
            (signed(NOW, ""), 401, "webhook-signature is missing"),
            (post("{}"), 401, "webhook-id is missing"),
        ];
        for (request, status, reason) in rows {
            check(
                &mut Endpoint::new("/hooks/ci").standard_secret("s"),
                &request,
                NOW,
                status,
                reason,
            );
        }
        let mut hub = post("{}");
        check(
            &mut Endpoint::new("/hooks/ci").hub_secret("s"),
            &hub,
            NOW,
            401,
            "X-Hub-Signature-256",
        );
        hub.headers
            .push(("x-hub-signature-256".to_owned(), hub_signature(b"{}", "s")));
        check(
            &mut Endpoint::new("/hooks/ci").hub_secret("s"),
            &hub,
            NOW,
            200,
            "",
        );
    }

    #[test]
    fn a_repeated_message_id_is_taken_for_the_same_message() {
        for name in ["Idempotency-Key", "webhook-id"] {
            let mut endpoint = Endpoint::new("/hooks/ci");
            let mut request = post("x");
            request.headers.push((name.to_owned(), "m1".to_owned()));
            assert_eq!(endpoint.answer(&request, at(0)).verdict, Verdict::Posted);
            assert_eq!(endpoint.answer(&request, at(9)).verdict, Verdict::Repeated);
        }
    }

    #[test]
    fn careless_headers_are_noticed() {
        let mut request = post("x");
        assert_eq!(violations(&request), Vec::<String>::new());
        request.headers = ["webhook-id", "idempotency-key", "referer"]
            .map(|name| (name.to_owned(), name.to_owned()))
            .to_vec();
        assert_eq!(violations(&request).len(), 3);
    }
}
