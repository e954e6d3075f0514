//! The DingTalk group robot (`oapi.dingtalk.com/robot/send`).
//!
//! Facts are from the DingTalk open platform pages "custom robot access" and "robot message types" (read in
//! 2026-05), with the reply texts seen live in 2026-01 to 2026-09. The order of the checks is our choice
//! beyond the first three and the message type, since the service does not document it.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::http::{HttpAnswer, HttpRequest, Judgement, Service, Verdict};
use crate::markup::{self, Target};
use crate::refusal::Refusal;
use crate::signature::hmac_sha256_base64;
use crate::throttle::{Passage, Rate, Throttle};

/// Longest body taken, in bytes of the serialised JSON.
///
/// The service names 20 000 bytes and does not say of what; the whole body is the strictest reading.
pub const BODY_LIMIT_BYTES: usize = 20_000;
/// How far `timestamp` may stand from the service's clock, either way, in milliseconds. Exactly that passes.
pub const CLOCK_LIMIT_MILLIS: u64 = 3_600_000;
/// Messages in any 60 seconds before the robot is closed.
pub const RATE_PER_MINUTE: usize = 20;
/// How long a robot stays closed after one message too many.
pub const PENALTY: Duration = Duration::from_secs(600);

const PATH: &str = "/robot/send";
const TYPES: [&str; 5] = ["text", "link", "markdown", "actionCard", "feedCard"];
const RATES: &[Rate] = &[Rate {
    messages: RATE_PER_MINUTE,
    within: Duration::from_secs(60),
}];

/// A group robot with one access token.
#[derive(Debug)]
pub struct Robot {
    token: String,
    secret: Option<String>,
    keywords: Vec<String>,
    throttle: Throttle,
    known_messages: HashSet<String>,
}

impl Robot {
    /// A robot without security settings, limited to 20 messages a minute.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            secret: None,
            keywords: Vec::new(),
            throttle: Throttle::new(RATES, PENALTY),
            known_messages: HashSet::new(),
        }
    }

    /// Demands a signature made with that secret, its `SEC` prefix included.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Demands that one of the keywords stands in the visible text. Case matters.
    #[must_use]
    pub fn keyword(mut self, keyword: impl Into<String>) -> Self {
        self.keywords.push(keyword.into());
        self
    }

    /// Takes any number of messages.
    #[must_use]
    pub fn rate_limit_off(mut self) -> Self {
        self.throttle = Throttle::off();
        self
    }

    fn judge(&mut self, request: &HttpRequest, now: SystemTime) -> Result<Verdict, Refusal> {
        if request.method != "POST" {
            return Err(Refusal::new(43002, "需要POST请求"));
        }
        match request.query_value("access_token") {
            None => return Err(missing("access_token")),
            Some(token) if token.is_empty() => return Err(missing("access_token")),
            Some(token) if token != self.token => {
                return Err(Refusal::new(300005, "token is not exist"));
            }
            Some(_) => {}
        }
        if !request.is_json() {
            return Err(Refusal::new(43004, "无效的HTTP HEADER Content-Type"));
        }
        let Ok(Value::Object(body)) = request.json() else {
            return Err(missing("json"));
        };
        let message = Message::read(&body)?;
        if let Some(secret) = &self.secret {
            check_signature(request, secret, now)?;
        }
        let found = |keyword: &String| {
            message
                .visible
                .iter()
                .any(|text| text.contains(keyword.as_str()))
        };
        if !self.keywords.is_empty() && !self.keywords.iter().any(found) {
            return Err(security(
                "关键词不匹配",
                "在消息的标题或正文中加入已设置的关键词",
            ));
        }
        if request.body.len() > BODY_LIMIT_BYTES {
            return Err(Refusal::new(460101, "message too long, exceed 20000 bytes"));
        }
        if self.throttle.pass(now) == Passage::TooFast {
            return Err(Refusal::new(
                130101,
                "send too fast, exceed 20 times per minute",
            ));
        }
        match body.get("msgUuid").and_then(Value::as_str) {
            Some(id) if !self.known_messages.insert(id.to_owned()) => Ok(Verdict::Repeated),
            _ => Ok(Verdict::Posted),
        }
    }
}

impl Service for Robot {
    fn name(&self) -> &'static str {
        "dingtalk"
    }

    fn path_and_query(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("access_token", &self.token)
            .finish();
        format!("{PATH}?{query}")
    }

    fn answer(&mut self, request: &HttpRequest, now: SystemTime) -> Judgement {
        if request.path() != PATH {
            return Judgement::not_found();
        }
        let violations = violations(request, &self.token);
        let (code, message, verdict) = match self.judge(request, now) {
            Ok(verdict) => (0, "ok".to_owned(), verdict),
            Err(refusal) => (refusal.code, refusal.message, Verdict::Refused),
        };
        let answer = HttpAnswer::json(200, &json!({"errcode": code, "errmsg": message}));
        Judgement {
            answer,
            verdict,
            violations,
        }
    }
}

/// A fault that refuses the next message with that code and text, such as 130101, at HTTP status 200.
pub fn refusal(code: i64, message: &str) -> Fault {
    Fault::Body(
        json!({"errcode": code, "errmsg": message})
            .to_string()
            .into_bytes(),
    )
}

fn missing(name: &str) -> Refusal {
    Refusal::new(40035, format!("缺少参数 {name}"))
}

fn security(what: &str, remedy: &str) -> Refusal {
    Refusal::new(310000, format!("错误描述:{what};解决方案:{remedy};"))
}

/// The signature DingTalk expects in the query, before percent-encoding.
pub fn sign(timestamp_millis: &str, secret: &str) -> String {
    hmac_sha256_base64(
        secret.as_bytes(),
        format!("{timestamp_millis}\n{secret}").as_bytes(),
    )
}

fn check_signature(request: &HttpRequest, secret: &str, now: SystemTime) -> Result<(), Refusal> {
    let clock = || {
        security(
            "时间戳 timestamp 无效",
            "使用与标准时间相差不超过1小时的毫秒时间戳",
        )
    };
    let mismatch = || security("机器人发送签名不匹配", "检查加签密钥和签名算法");
    let timestamp = request.query_value("timestamp").ok_or_else(mismatch)?;
    if timestamp.is_empty() || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(clock());
    }
    let stated: u64 = timestamp.parse().map_err(|_| clock())?;
    let now_millis = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    if now_millis.abs_diff(u128::from(stated)) > u128::from(CLOCK_LIMIT_MILLIS) {
        return Err(clock());
    }
    // Decoded exactly once: a bare `+` has become a space, a doubly encoded value is still encoded.
    if request.query_value("sign") == Some(sign(&timestamp, secret)) {
        Ok(())
    } else {
        Err(mismatch())
    }
}

/// A message of one of the five types that has everything it needs.
struct Message {
    /// What a reader sees, and so where keywords are looked for.
    visible: Vec<String>,
}

impl Message {
    fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let kind = match body.get("msgtype") {
            Some(Value::String(kind)) => kind.as_str(),
            other => {
                return Err(unknown_type(
                    &other.map_or("null".to_owned(), Value::to_string),
                ));
            }
        };
        if !TYPES.contains(&kind) {
            return Err(unknown_type(kind));
        }
        let content = body
            .get(kind)
            .and_then(Value::as_object)
            .ok_or_else(|| missing(kind))?;
        let visible = match kind {
            "text" => vec![need(content, "content")?],
            "link" => {
                need(content, "messageUrl")?;
                vec![need(content, "title")?, need(content, "text")?]
            }
            "markdown" => vec![need(content, "title")?, need(content, "text")?],
            "actionCard" => read_action_card(content)?,
            _ => read_feed(content)?,
        };
        Ok(Self { visible })
    }
}

fn unknown_type(kind: &str) -> Refusal {
    Refusal::new(400105, format!("不支持类型 msgType:{kind}"))
}

fn need(object: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    let text = object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty());
    text.map(str::to_owned).ok_or_else(|| missing(name))
}

fn read_action_card(card: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let mut visible = vec![need(card, "title")?, need(card, "text")?];
    // A single button wins: with it present the service does not look at `btns` at all.
    if card.contains_key("singleTitle") || card.contains_key("singleURL") {
        visible.push(need(card, "singleTitle")?);
        need(card, "singleURL")?;
        return Ok(visible);
    }
    for button in need_list(card, "btns")? {
        visible.push(need(button, "title")?);
        need(button, "actionURL")?;
    }
    Ok(visible)
}

fn read_feed(feed: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let mut visible = Vec::new();
    for link in need_list(feed, "links")? {
        visible.push(need(link, "title")?);
        need(link, "messageURL")?;
        need(link, "picURL")?;
    }
    Ok(visible)
}

fn need_list<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> Result<Vec<&'a Map<String, Value>>, Refusal> {
    let items = object
        .get(name)
        .and_then(Value::as_array)
        .filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| missing(name))?;
    items
        .iter()
        .map(|item| item.as_object().ok_or_else(|| missing(name)))
        .collect()
}

/// What the real service lets pass without a word.
fn violations(request: &HttpRequest, token: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in &request.headers {
        if ["sign", "timestamp"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word))
        {
            found.push(format!(
                "`{name}` stands in a header, where DingTalk does not look"
            ));
        }
        if !token.is_empty() && value.contains(token) {
            found.push(format!("the access token stands in the header `{name}`"));
        }
    }
    for name in ["access_token", "timestamp", "sign"] {
        if request
            .query()
            .iter()
            .filter(|(own, _)| *own == name)
            .count()
            > 1
        {
            found.push(format!("`{name}` stands twice in the query"));
        }
    }
    let Ok(Value::Object(body)) = request.json() else {
        return found;
    };
    let kind = body
        .get("msgtype")
        .and_then(Value::as_str)
        .unwrap_or_default();
    for key in body
        .keys()
        .filter(|key| !["msgtype", "at", "msgUuid", kind].contains(&key.as_str()))
    {
        found.push(format!("unknown top-level field `{key}`"));
    }
    if body
        .get("msgUuid")
        .is_some_and(|id| id.as_str().is_none_or(str::is_empty))
    {
        found.push("`msgUuid` is not a string with something in it".to_owned());
    }
    let content = body.get(kind).and_then(Value::as_object);
    if let Some(content) = content {
        found.extend(misplaced_fields(kind, content));
        found.extend(bad_links(content));
    }
    if let Some(at) = body.get("at") {
        found.extend(bad_mentions(kind, content, at));
    }
    found
}

fn misplaced_fields(kind: &str, content: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    if content.contains_key("at") {
        found.push(format!(
            "`at` stands inside `{kind}`, where it rings nobody"
        ));
    }
    // The same two words are spelt one way in `link` and another way in `feedCard`.
    let traps: &[&str] = match kind {
        "feedCard" => &["messageUrl", "picUrl"],
        "link" => &["messageURL", "picURL"],
        _ => &[],
    };
    let inner = content
        .get("links")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object);
    for object in inner.chain([content]) {
        found.extend(
            traps
                .iter()
                .filter(|name| object.contains_key(**name))
                .map(|name| format!("`{name}` within {kind}")),
        );
    }
    found
}

/// The form that opens a page outside the app; documented, and harmless since its inner address is checked.
const SYSTEM_BROWSER_PREFIX: &str = "dingtalk://dingtalkclient/page/link?";

fn is_safe_link(address: &str) -> bool {
    match address.strip_prefix(SYSTEM_BROWSER_PREFIX) {
        None => markup::is_web(address),
        Some(query) => url::form_urlencoded::parse(query.as_bytes())
            .any(|(name, inner)| name == "url" && markup::is_web(&inner)),
    }
}

fn bad_links(content: &Map<String, Value>) -> Vec<String> {
    const ADDRESSES: [&str; 7] = [
        "messageUrl",
        "picUrl",
        "messageURL",
        "picURL",
        "singleURL",
        "actionURL",
        "url",
    ];
    let mut found = Vec::new();
    for (key, value) in content {
        match value {
            Value::String(address)
                if ADDRESSES.contains(&key.as_str())
                    && !address.is_empty()
                    && !is_safe_link(address) =>
            {
                found.push(format!(
                    "`{key}` is not an http or https address: {address:?}"
                ));
            }
            Value::String(text) if key == "text" => {
                for target in markup::targets(text) {
                    let (Target::Link(address) | Target::Picture(address)) = target;
                    if !is_safe_link(address) {
                        found.push(format!(
                            "a link in `text` is not http or https: {address:?}"
                        ));
                    }
                }
                if text.to_ascii_lowercase().contains("dtmd://") {
                    found.push(
                        "`text` holds a dtmd:// address, which posts in the reader's name"
                            .to_owned(),
                    );
                }
            }
            Value::Array(items) => {
                found.extend(
                    items
                        .iter()
                        .filter_map(Value::as_object)
                        .flat_map(bad_links),
                );
            }
            _ => {}
        }
    }
    found
}

fn bad_mentions(kind: &str, content: Option<&Map<String, Value>>, at: &Value) -> Vec<String> {
    let Some(at) = at.as_object() else {
        return vec!["`at` is not an object".to_owned()];
    };
    let mut found = Vec::new();
    let field = if kind == "text" { "content" } else { "text" };
    let text = content
        .and_then(|content| content.get(field))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut rings = at.get("isAtAll") == Some(&Value::Bool(true));
    for (key, value) in at {
        match (key.as_str(), value) {
            ("isAtAll", Value::Bool(_)) => {}
            ("atMobiles" | "atUserIds", Value::Array(ids)) => {
                for id in ids {
                    rings = true;
                    match id.as_str() {
                        None => found.push(format!("`{key}` holds {id}, which is not a string")),
                        Some(id) if !mentions(text, id) => {
                            found.push(format!(
                                "`{key}` names an id that does not stand in `{field}` as @{id}"
                            ));
                        }
                        Some(_) => {}
                    }
                }
            }
            ("isAtAll" | "atMobiles" | "atUserIds", _) => {
                found.push(format!("`at.{key}` is of the wrong JSON type"))
            }
            _ => found.push(format!("unknown field `{key}` in `at`")),
        }
    }
    if rings && matches!(kind, "link" | "feedCard") {
        found.push(format!("`at` beside {kind}, which cannot mention anyone"));
    }
    found
}

/// Whether `@id` stands in `text` as a whole, not as the beginning of a longer id.
fn mentions(text: &str, id: &str) -> bool {
    let needle = format!("@{id}");
    text.match_indices(&needle).any(|(start, _)| {
        let next = text
            .get(start + needle.len()..)
            .and_then(|rest| rest.chars().next());
        !next.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "t0k3n";
    const SECRET: &str = "this is secret";
    const NOW_MILLIS: u64 = 1_700_000_000_001;

    fn at_millis(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    fn request(body: impl Into<Vec<u8>>) -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            target: format!("/robot/send?access_token={TOKEN}"),
            headers: vec![(
                "Content-Type".to_owned(),
                "application/json; charset=utf-8".to_owned(),
            )],
            body: body.into(),
        }
    }

    fn text(content: &str) -> Value {
        json!({"msgtype": "text", "text": {"content": content}})
    }

    fn post(robot: &mut Robot, request: &HttpRequest, millis: u64) -> (i64, String) {
        let judgement = robot.answer(request, at_millis(millis));
        assert_eq!(judgement.answer.status, 200, "every reply has status 200");
        let body = judgement.answer.to_json().expect("the reply is JSON");
        let code = body["errcode"].as_i64().expect("errcode is a number");
        assert_eq!(code == 0, judgement.verdict != Verdict::Refused);
        (
            code,
            body["errmsg"].as_str().expect("errmsg is text").to_owned(),
        )
    }

    #[track_caller]
    fn check(robot: &mut Robot, request: &HttpRequest, code: i64, message: &str) {
        let (own_code, own_message) = post(robot, request, NOW_MILLIS);
        assert_eq!(own_code, code, "{own_message} for {}", request.text());
        assert!(
            own_message.contains(message),
            "{own_message:?} lacks {message:?}"
        );
    }

    #[test]
    fn steps_1_to_5_look_at_the_request() {
        let good = request(text("hi").to_string());
        let target = |target: &str| HttpRequest {
            target: target.to_owned(),
            ..good.clone()
        };
        let typed = |value: &str| HttpRequest {
            headers: vec![("content-type".to_owned(), value.to_owned())],
            ..good.clone()
        };
        let rows = [
            (good.clone(), 0, "ok"),
            (
                HttpRequest {
                    method: "GET".to_owned(),
                    ..good.clone()
                },
                43002,
                "需要POST请求",
            ),
            (target("/robot/send"), 40035, "缺少参数 access_token"),
            (
                target("/robot/send?access_token="),
                40035,
                "缺少参数 access_token",
            ),
            (
                target("/robot/send?access_token=other"),
                300005,
                "token is not exist",
            ),
            (
                HttpRequest {
                    headers: Vec::new(),
                    ..good.clone()
                },
                43004,
                "",
            ),
            (typed("text/plain"), 43004, ""),
            (typed("application/x-www-form-urlencoded"), 43004, ""),
            (typed("Application/JSON"), 0, "ok"),
            (request(""), 40035, "缺少参数 json"),
            (request("[]"), 40035, "缺少参数 json"),
            (request("\"text\""), 40035, "缺少参数 json"),
            (
                request("{\"msgtype\":\"text\",\"text\":{\"content\":\"a\nb\"}}"),
                40035,
                "缺少参数 json",
            ),
            (
                request("{\"msgtype\":\"text\",\"msgtype\":\"text\",\"text\":{\"content\":\"a\"}}"),
                40035,
                "缺少参数 json",
            ),
            (
                request(b"{\"msgtype\":\"text\",\"text\":{\"content\":\"\xff\"}}".to_vec()),
                40035,
                "缺少参数 json",
            ),
        ];
        for (request, code, message) in rows {
            check(&mut Robot::new(TOKEN), &request, code, message);
        }
    }

    #[test]
    fn another_path_is_not_there() {
        let lost = HttpRequest {
            target: format!("/robot/sent?access_token={TOKEN}"),
            ..request("{}")
        };
        assert_eq!(
            Robot::new(TOKEN)
                .answer(&lost, at_millis(NOW_MILLIS))
                .answer
                .status,
            404
        );
    }

    #[test]
    fn steps_6_and_7_look_at_the_message() {
        let card = json!({"title": "t", "text": "x", "singleTitle": "s", "singleURL": "https://x"});
        let buttons =
            json!({"title": "t", "text": "x", "btns": [{"title": "b", "actionURL": "https://x"}]});
        let feed =
            json!({"links": [{"title": "t", "messageURL": "https://x", "picURL": "https://x/p"}]});
        let link = json!({"title": "t", "text": "x", "messageUrl": "https://x"});
        let without = |object: &Value, name: &str| {
            let mut object = object.clone();
            object.as_object_mut().expect("an object").remove(name);
            object
        };
        let rows = [
            (
                json!({"text": {"content": "x"}}),
                400105,
                "不支持类型 msgType:null",
            ),
            (json!({"msgtype": 1}), 400105, "不支持类型 msgType:1"),
            (
                json!({"msgtype": "image", "image": {"picURL": "https://x"}}),
                400105,
                "不支持类型 msgType:image",
            ),
            (
                json!({"msgtype": "actioncard"}),
                400105,
                "不支持类型 msgType:actioncard",
            ),
            (json!({"msgtype": "text"}), 40035, "缺少参数 text"),
            (
                json!({"msgtype": "text", "text": "x"}),
                40035,
                "缺少参数 text",
            ),
            (
                json!({"msgtype": "text", "text": {}}),
                40035,
                "缺少参数 content",
            ),
            (text(""), 40035, "缺少参数 content"),
            (text("x"), 0, "ok"),
            (
                json!({"msgtype": "markdown", "markdown": {"text": "x"}}),
                40035,
                "缺少参数 title",
            ),
            (
                json!({"msgtype": "markdown", "markdown": {"title": "x"}}),
                40035,
                "缺少参数 text",
            ),
            (
                json!({"msgtype": "markdown", "markdown": {"title": "x", "text": 1}}),
                40035,
                "缺少参数 text",
            ),
            (
                json!({"msgtype": "markdown", "markdown": {"title": "x", "text": "y"}}),
                0,
                "ok",
            ),
            (json!({"msgtype": "link", "link": link}), 0, "ok"),
            (
                json!({"msgtype": "link", "link": without(&link, "title")}),
                40035,
                "缺少参数 title",
            ),
            (
                json!({"msgtype": "link", "link": without(&link, "messageUrl")}),
                40035,
                "缺少参数 messageUrl",
            ),
            (
                json!({"msgtype": "actionCard", "actionCard": card}),
                0,
                "ok",
            ),
            (
                json!({"msgtype": "actionCard", "actionCard": without(&card, "singleURL")}),
                40035,
                "缺少参数 singleURL",
            ),
            (
                json!({"msgtype": "actionCard", "actionCard": without(&card, "singleTitle")}),
                40035,
                "缺少参数 singleTitle",
            ),
            (
                json!({"msgtype": "actionCard", "actionCard": buttons}),
                0,
                "ok",
            ),
            (
                json!({"msgtype": "actionCard", "actionCard": without(&buttons, "btns")}),
                40035,
                "缺少参数 btns",
            ),
            (
                json!({"msgtype": "actionCard", "actionCard": {"title": "t", "text": "x", "btns": []}}),
                40035,
                "缺少参数 btns",
            ),
            (
                json!({"msgtype": "actionCard", "actionCard": {"title": "t", "text": "x", "btns": [{"title": "b"}]}}),
                40035,
                "缺少参数 actionURL",
            ),
            (json!({"msgtype": "feedCard", "feedCard": feed}), 0, "ok"),
            (
                json!({"msgtype": "feedCard", "feedCard": {"links": []}}),
                40035,
                "缺少参数 links",
            ),
            (
                json!({"msgtype": "feedCard", "feedCard": {"links": [{"title": "t", "messageUrl": "https://x", "picUrl": "p"}]}}),
                40035,
                "缺少参数 messageURL",
            ),
        ];
        for (body, code, message) in rows {
            check(
                &mut Robot::new(TOKEN),
                &request(body.to_string()),
                code,
                message,
            );
        }
    }

    #[test]
    fn signatures_agree_with_the_published_vectors() {
        let rows = [
            (
                "1577808000000",
                "SECabcdef0123456789",
                "Vkf8CqfL2Gogg444lPHZthpyZraEPu/4UBhTco/5FS4=",
            ),
            (
                "1700000000000",
                SECRET,
                "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0=",
            ),
            (
                "1700000000001",
                SECRET,
                "aOZ0Y/R7BCg4xs87AcG5MYf26YmwfVRTLD0z3X+p/mM=",
            ),
            (
                "1735689600123",
                "SEC7f1d2c3b4a59687786958493a2b1c0dfe0123456789abcdef0123456789abcdef",
                "YPX5ZfEcMrjczSUSv13zZNEJfb97wk+q0Ojt2qR4Goo=",
            ),
            (
                "1760000000000",
                "密钥-测试",
                "GMiz4y91nBKO+5LC427mccwFi4H0bA8Y42bbtl+453o=",
            ),
            (
                "1599360473000",
                "demo",
                "eblRZvilBzXa6Ce18IeBM4pMy1rYNWKicaCg6VMwQe0=",
            ),
        ];
        for (timestamp, secret, expected) in rows {
            assert_eq!(sign(timestamp, secret), expected, "{timestamp} {secret}");
        }
    }

    /// Sends a text whose query carries that signature part, at that time.
    #[track_caller]
    fn check_signed(query: &str, millis: u64, code: i64, message: &str) {
        let target = format!("/robot/send?access_token={TOKEN}{query}");
        let request = HttpRequest {
            target,
            ..request(text("hi").to_string())
        };
        let (own_code, own_message) = post(&mut Robot::new(TOKEN).secret(SECRET), &request, millis);
        assert_eq!(own_code, code, "{query}: {own_message}");
        assert!(
            own_message.contains(message),
            "{query}: {own_message:?} lacks {message:?}"
        );
    }

    fn encoded(timestamp: &str) -> String {
        let sign: String =
            url::form_urlencoded::byte_serialize(sign(timestamp, SECRET).as_bytes()).collect();
        format!("&timestamp={timestamp}&sign={sign}")
    }

    #[test]
    fn step_8_wants_the_sign_encoded_exactly_once() {
        let now = NOW_MILLIS;
        let stamp = "&timestamp=1700000000001";
        check_signed(
            &format!("{stamp}&sign=aOZ0Y%2FR7BCg4xs87AcG5MYf26YmwfVRTLD0z3X%2Bp%2FmM%3D"),
            now,
            0,
            "ok",
        );
        // Slash and equals sign may stand bare, for they decode to themselves.
        check_signed(
            &format!("{stamp}&sign=aOZ0Y/R7BCg4xs87AcG5MYf26YmwfVRTLD0z3X%2Bp/mM="),
            now,
            0,
            "ok",
        );
        check_signed(
            &format!("{stamp}&sign=aOZ0Y%2FR7BCg4xs87AcG5MYf26YmwfVRTLD0z3X+p%2FmM%3D"),
            now,
            310000,
            "签名",
        );
        check_signed(
            &format!("{stamp}&sign=aOZ0Y%252FR7BCg4xs87AcG5MYf26YmwfVRTLD0z3X%252Bp%252FmM%253D"),
            now,
            310000,
            "签名",
        );
        check_signed(stamp, now, 310000, "签名");
        check_signed("", now, 310000, "签名");
        check_signed(
            "&sign=aOZ0Y%2FR7BCg4xs87AcG5MYf26YmwfVRTLD0z3X%2Bp%2FmM%3D",
            now,
            310000,
            "签名",
        );
        check_signed(
            &encoded("1700000000000").replace("1700000000000", "1700000000001"),
            now,
            310000,
            "签名",
        );
    }

    #[test]
    fn step_8_wants_the_clock_within_an_hour_in_milliseconds() {
        let stamp = encoded("1700000000001");
        for (millis, code) in [
            (NOW_MILLIS, 0),
            (NOW_MILLIS + CLOCK_LIMIT_MILLIS, 0),
            (NOW_MILLIS + CLOCK_LIMIT_MILLIS + 1, 310000),
            (NOW_MILLIS - CLOCK_LIMIT_MILLIS, 0),
            (NOW_MILLIS - CLOCK_LIMIT_MILLIS - 1, 310000),
        ] {
            check_signed(
                &stamp,
                millis,
                code,
                if code == 0 { "ok" } else { "timestamp" },
            );
        }
        for odd in [
            "1700000000",
            "-1700000000001",
            "1.7e12",
            "99999999999999999999999",
            "",
        ] {
            check_signed(&encoded(odd), NOW_MILLIS, 310000, "timestamp");
        }
    }

    #[test]
    fn a_signature_in_headers_does_not_count() {
        let mut request = request(text("hi").to_string());
        request
            .headers
            .push(("timestamp".to_owned(), "1700000000001".to_owned()));
        request
            .headers
            .push(("sign".to_owned(), sign("1700000000001", SECRET)));
        check(
            &mut Robot::new(TOKEN).secret(SECRET),
            &request,
            310000,
            "签名",
        );
    }

    #[test]
    fn step_9_looks_for_keywords_in_what_people_see() {
        let markdown = |title: &str, text: &str| json!({"msgtype": "markdown", "markdown": {"title": title, "text": text}});
        let button = |label: &str, address: &str| {
            let card = json!({"title": "t", "text": "x", "btns": [{"title": label, "actionURL": address}]});
            json!({"msgtype": "actionCard", "actionCard": card})
        };
        let feed = json!({"links": [{"title": "the bell", "messageURL": "https://x", "picURL": "https://x/p"}]});
        let rows = [
            (text("ring the bell"), 0),
            (text("ring the chime"), 0),
            (text("ring the Bell"), 310000),
            (markdown("bell", "x"), 0),
            (markdown("x", "a bell"), 0),
            (markdown("x", "y"), 310000),
            (button("bell", "https://x"), 0),
            (button("b", "https://bell.example"), 310000),
            (json!({"msgtype": "feedCard", "feedCard": feed}), 0),
            (
                json!({"msgtype": "text", "text": {"content": "x"}, "msgUuid": "bell"}),
                310000,
            ),
        ];
        for (body, code) in rows {
            let message = if code == 0 { "ok" } else { "关键词" };
            let mut robot = Robot::new(TOKEN).keyword("bell").keyword("chime");
            check(&mut robot, &request(body.to_string()), code, message);
        }
    }

    #[test]
    fn step_10_counts_the_bytes_of_the_whole_body() {
        let envelope = text("").to_string().len();
        for (length, code) in [(BODY_LIMIT_BYTES, 0), (BODY_LIMIT_BYTES + 1, 460101)] {
            let request = request(text(&"a".repeat(length - envelope)).to_string());
            assert_eq!(request.body.len(), length);
            check(
                &mut Robot::new(TOKEN),
                &request,
                code,
                if code == 0 { "ok" } else { "20000 bytes" },
            );
        }
    }

    #[test]
    fn step_11_closes_the_robot_for_ten_minutes() {
        let mut robot = Robot::new(TOKEN);
        let request = request(text("hi").to_string());
        for message in 0..20 {
            assert_eq!(post(&mut robot, &request, NOW_MILLIS + message).0, 0);
        }
        for (later, code) in [
            (59_999, 130101),
            (60_000, 130101),
            (659_998, 130101),
            (659_999, 0),
        ] {
            assert_eq!(
                post(&mut robot, &request, NOW_MILLIS + later).0,
                code,
                "{later} ms later"
            );
        }
        let mut patient = Robot::new(TOKEN).rate_limit_off();
        for _ in 0..50 {
            assert_eq!(post(&mut patient, &request, NOW_MILLIS).0, 0);
        }
    }

    #[test]
    fn a_repeated_message_id_shows_once() {
        let mut robot = Robot::new(TOKEN);
        let mut verdict = |id: &str| {
            let body = json!({"msgtype": "text", "text": {"content": "x"}, "msgUuid": id});
            robot
                .answer(&request(body.to_string()), at_millis(NOW_MILLIS))
                .verdict
        };
        let verdicts = [verdict("a"), verdict("a"), verdict("b"), verdict("a")];
        assert_eq!(
            verdicts,
            [
                Verdict::Posted,
                Verdict::Repeated,
                Verdict::Posted,
                Verdict::Repeated
            ]
        );
    }

    #[test]
    fn what_is_swallowed_is_noticed() {
        let markdown = |text: &str, at: Value| json!({"msgtype": "markdown", "markdown": {"title": "t", "text": text}, "at": at});
        let safe = "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fx.example&pc_slide=false";
        let smuggled = "dingtalk://dingtalkclient/page/link?url=dtmd%3A%2F%2Fx&pc_slide=false";
        let single = |address: &str| json!({"msgtype": "actionCard", "actionCard": {"title": "t", "text": "x", "singleTitle": "s", "singleURL": address}});
        let feed = json!({"links": [{"title": "t", "messageURL": "https://x", "picURL": "https://x", "messageUrl": "https://x"}]});
        let link = json!({"title": "t", "text": "x", "messageUrl": "https://x"});
        let rows = [
            (text("hi"), None),
            (
                markdown(
                    "hi @1 and @u-2, all",
                    json!({"atMobiles": ["1"], "atUserIds": ["u-2"], "isAtAll": false}),
                ),
                None,
            ),
            (markdown("hi", json!({"isAtAll": true})), None),
            (markdown("hi", json!({"atMobiles": ["1"]})), Some("@1")),
            (markdown("hi @12", json!({"atMobiles": ["1"]})), Some("@1")),
            (
                markdown("hi @1", json!({"atMobiles": [1]})),
                Some("not a string"),
            ),
            (
                markdown("hi", json!({"isAtAll": "true"})),
                Some("wrong JSON type"),
            ),
            (
                markdown("hi", json!({"atAll": true})),
                Some("unknown field `atAll`"),
            ),
            (markdown("hi", json!([])), Some("not an object")),
            (
                json!({"msgtype": "text", "text": {"content": "x", "at": {}}}),
                Some("inside `text`"),
            ),
            (
                json!({"msgtype": "text", "text": {"content": "x"}, "markdown": {}}),
                Some("unknown top-level field `markdown`"),
            ),
            (
                json!({"msgtype": "text", "text": {"content": "x"}, "msgUuid": 1}),
                Some("msgUuid"),
            ),
            (
                json!({"msgtype": "link", "link": link, "at": {"isAtAll": true}}),
                Some("cannot mention"),
            ),
            (
                json!({"msgtype": "feedCard", "feedCard": feed}),
                Some("`messageUrl` within feedCard"),
            ),
            (markdown("[a](https://x) ![b](http://y)", json!({})), None),
            (
                markdown(
                    "[a](dtmd://dingtalkclient/sendMessage?content=x)",
                    json!({}),
                ),
                Some("dtmd://"),
            ),
            (
                markdown("[a](javascript:x)", json!({})),
                Some("not http or https"),
            ),
            (single("https://x"), None),
            (single(safe), None),
            (single(smuggled), Some("`singleURL`")),
            (single("dtmd://x"), Some("`singleURL`")),
        ];
        for (body, expected) in rows {
            let judgement =
                Robot::new(TOKEN).answer(&request(body.to_string()), at_millis(NOW_MILLIS));
            match expected {
                None => assert_eq!(judgement.violations, Vec::<String>::new(), "{body}"),
                Some(words) => {
                    assert!(
                        judgement.violations.iter().any(|text| text.contains(words)),
                        "{body}: {:?}",
                        judgement.violations
                    );
                    assert_eq!(
                        judgement.verdict,
                        Verdict::Posted,
                        "a violation is no refusal: {body}"
                    );
                }
            }
        }
    }

    #[test]
    fn secrets_outside_their_place_are_noticed() {
        let mut leaking = request(text("hi").to_string());
        leaking.headers.push((
            "Referer".to_owned(),
            format!("https://x/robot/send?access_token={TOKEN}"),
        ));
        leaking.headers.push(("Sign".to_owned(), "x".to_owned()));
        leaking.target = format!("{}&sign=a&sign=b", leaking.target);
        let found = violations(&leaking, TOKEN);
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
