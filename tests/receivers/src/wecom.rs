//! The WeCom group robot (`qyapi.weixin.qq.com/cgi-bin/webhook/send`) and its upload of files.
//!
//! Facts are from the WeCom developer centre pages "message push configuration" (2025-08) and "global error
//! codes", with the reply texts seen live. Codes the page does not give for a case are our choice and marked
//! so below; every reply has HTTP status 200.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::http::{HttpAnswer, HttpRequest, Judgement, Service, Verdict};
use crate::markup;
use crate::refusal::Refusal;
use crate::throttle::{Passage, Rate, Throttle};

/// Longest `text.content`, in bytes of UTF-8. (A reply of 2022 spoke of 5120; the page says 2048.)
pub const TEXT_LIMIT_BYTES: usize = 2048;
/// Longest `markdown.content` or `markdown_v2.content`, in bytes of UTF-8.
pub const MARKDOWN_LIMIT_BYTES: usize = 4096;
/// Largest picture, in bytes before Base64.
pub const IMAGE_LIMIT_BYTES: usize = 2 * 1024 * 1024;
/// Most articles in one `news` message.
pub const ARTICLE_LIMIT_COUNT: usize = 8;
/// Smallest uploaded file is one byte more than this.
pub const UPLOAD_FLOOR_BYTES: usize = 5;
/// Largest uploaded voice, in bytes. (Files may have 20 MiB, more than a receiver reads.)
pub const VOICE_LIMIT_BYTES: usize = 2 * 1024 * 1024;
/// Messages in any 60 seconds. No penalty beyond that is documented.
pub const RATE_PER_MINUTE: usize = 20;

const SEND: &str = "/cgi-bin/webhook/send";
const UPLOAD: &str = "/cgi-bin/webhook/upload_media";
const TYPES: [&str; 8] = [
    "text",
    "markdown",
    "markdown_v2",
    "image",
    "news",
    "file",
    "voice",
    "template_card",
];
const RATES: &[Rate] = &[Rate {
    messages: RATE_PER_MINUTE,
    within: Duration::from_secs(60),
}];

/// A group robot with one key.
#[derive(Debug)]
pub struct Robot {
    key: String,
    throttle: Throttle,
    uploads: HashMap<String, String>,
}

impl Robot {
    /// A robot limited to 20 messages a minute. There are no further security settings.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            throttle: Throttle::new(RATES, Duration::ZERO),
            uploads: HashMap::new(),
        }
    }

    /// Takes any number of messages.
    #[must_use]
    pub fn rate_limit_off(mut self) -> Self {
        self.throttle = Throttle::off();
        self
    }

    fn judge(&mut self, request: &HttpRequest, now: SystemTime) -> Result<Value, Refusal> {
        match request.path() {
            UPLOAD => self.judge_upload(request, now),
            _ => self
                .judge_message(request, now)
                .map(|()| json!({"errcode": 0, "errmsg": "ok"})),
        }
    }

    fn judge_message(&mut self, request: &HttpRequest, now: SystemTime) -> Result<(), Refusal> {
        self.check_key(request)?;
        // Our choice: the general code of the platform for a call that is not a POST.
        if request.method != "POST" {
            return Err(Refusal::new(43002, "require POST method"));
        }
        let Ok(Value::Object(body)) = request.json() else {
            return Err(invalid_type());
        };
        let kind = body
            .get("msgtype")
            .and_then(Value::as_str)
            .filter(|kind| TYPES.contains(kind));
        let kind = kind.ok_or_else(invalid_type)?;
        let content = body
            .get(kind)
            .and_then(Value::as_object)
            .ok_or_else(|| rule(kind, "missing or of the wrong type"))?;
        match kind {
            "text" => check_content(kind, content, TEXT_LIMIT_BYTES)?,
            "markdown" | "markdown_v2" => check_content(kind, content, MARKDOWN_LIMIT_BYTES)?,
            "image" => check_image(content)?,
            "news" => check_news(content)?,
            "template_card" => check_card(content)?,
            _ => self.check_media(kind, content)?,
        }
        if self.throttle.pass(now) == Passage::TooFast {
            return Err(Refusal::new(45009, "api freq out of limit"));
        }
        Ok(())
    }

    fn check_key(&self, request: &HttpRequest) -> Result<(), Refusal> {
        if request.query_value("key").as_deref() == Some(self.key.as_str()) {
            Ok(())
        } else {
            Err(Refusal::new(93000, "invalid webhook url"))
        }
    }

    fn check_media(&self, kind: &str, content: &Map<String, Value>) -> Result<(), Refusal> {
        let id = need(content, kind, "media_id")?;
        if self.uploads.get(id).is_some_and(|own| own == kind) {
            Ok(())
        } else {
            Err(Refusal::new(40007, "invalid media_id"))
        }
    }

    fn judge_upload(&mut self, request: &HttpRequest, now: SystemTime) -> Result<Value, Refusal> {
        // Seen live: the file is looked at before the key.
        let bytes = uploaded_file(request).filter(|bytes| bytes.len() > UPLOAD_FLOOR_BYTES);
        let bytes = bytes.ok_or_else(|| Refusal::new(44001, "empty media data"))?;
        self.check_key(request)?;
        let kind = request
            .query_value("type")
            .filter(|kind| kind == "file" || kind == "voice");
        let kind = kind.ok_or_else(|| rule("type", "neither file nor voice"))?;
        if kind == "voice" && bytes.len() > VOICE_LIMIT_BYTES {
            return Err(Refusal::new(45001, "media size out of limit"));
        }
        let id = format!("3receivers{}", self.uploads.len() + 1);
        self.uploads.insert(id.clone(), kind.clone());
        let created = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
            .to_string();
        Ok(
            json!({"errcode": 0, "errmsg": "ok", "type": kind, "media_id": id, "created_at": created}),
        )
    }
}

impl Service for Robot {
    fn name(&self) -> &'static str {
        "wecom"
    }

    fn path_and_query(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("key", &self.key)
            .finish();
        format!("{SEND}?{query}")
    }

    fn answer(&mut self, request: &HttpRequest, now: SystemTime) -> Judgement {
        let violations = match request.path() {
            SEND => violations(request, &self.key),
            UPLOAD => Vec::new(),
            _ => return Judgement::not_found(),
        };
        let (body, verdict) = match self.judge(request, now) {
            Ok(body) => (body, Verdict::Posted),
            Err(refusal) => (refusing(&refusal, now), Verdict::Refused),
        };
        Judgement {
            answer: HttpAnswer::json(200, &body),
            verdict,
            violations,
        }
    }
}

/// A fault that refuses the next message with that code and text, such as 45009, at HTTP status 200.
pub fn refusal(code: i64, message: &str) -> Fault {
    Fault::Body(
        json!({"errcode": code, "errmsg": message})
            .to_string()
            .into_bytes(),
    )
}

/// The reply, with the changing parts that keep a client from comparing the text.
fn refusing(refusal: &Refusal, now: SystemTime) -> Value {
    let Refusal { code, message } = refusal;
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let text = format!(
        "{message}, hint: [{seconds}001_1_0123456789abcdef], from ip: 127.0.0.1, \
         more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    );
    json!({"errcode": code, "errmsg": text})
}

fn invalid_type() -> Refusal {
    Refusal::new(40008, "invalid message type")
}

/// A parameter that breaks a rule. The page documents the code, the text is our choice.
fn rule(name: &str, what: &str) -> Refusal {
    Refusal::new(40058, format!("{name} {what}. invalid Request Parameter"))
}

fn check_content(
    kind: &str,
    content: &Map<String, Value>,
    limit_bytes: usize,
) -> Result<(), Refusal> {
    match content.get("content") {
        None => Err(Refusal::new(44004, "empty content")),
        Some(Value::String(text)) if text.trim().is_empty() => {
            Err(Refusal::new(44004, "empty content"))
        }
        Some(Value::String(text)) if text.len() > limit_bytes => Err(Refusal::new(
            40058,
            format!("{kind}.content exceed max length {limit_bytes}. invalid Request Parameter"),
        )),
        Some(Value::String(_)) => Ok(()),
        Some(_) => Err(rule(&format!("{kind}.content"), "not a string")),
    }
}

fn need<'a>(object: &'a Map<String, Value>, path: &str, name: &str) -> Result<&'a str, Refusal> {
    let text = object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| rule(&format!("{path}.{name}"), "missing or empty"))
}

fn check_image(content: &Map<String, Value>) -> Result<(), Refusal> {
    let encoded = need(content, "image", "base64")?;
    let stated = need(content, "image", "md5")?;
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|_| rule("image.base64", "not Base64"))?;
    if bytes.len() > IMAGE_LIMIT_BYTES {
        return Err(Refusal::new(40009, "invalid image size"));
    }
    if md5_hex(&bytes) != stated.to_ascii_lowercase() {
        return Err(rule("image.md5", "not the MD5 of the picture"));
    }
    let is_jpeg = bytes.starts_with(&[0xff, 0xd8, 0xff]);
    let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n");
    if is_jpeg || is_png {
        Ok(())
    } else {
        Err(rule("image.base64", "neither JPG nor PNG"))
    }
}

fn md5_hex(bytes: &[u8]) -> String {
    Md5::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn check_news(content: &Map<String, Value>) -> Result<(), Refusal> {
    let articles = list(content, "news", "articles", 1, ARTICLE_LIMIT_COUNT)?;
    for article in articles {
        need(article, "news.articles", "title")?;
        need(article, "news.articles", "url")?;
    }
    Ok(())
}

/// The objects of a list that has between `least` and `most` of them; an absent list is an empty one.
fn list<'a>(
    object: &'a Map<String, Value>,
    path: &str,
    name: &str,
    least: usize,
    most: usize,
) -> Result<Vec<&'a Map<String, Value>>, Refusal> {
    let path = format!("{path}.{name}");
    let items: Vec<_> = match object.get(name) {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().map(Value::as_object).collect(),
        Some(_) => return Err(rule(&path, "not an array")),
    };
    if items.len() < least || items.len() > most {
        return Err(rule(
            &path,
            &format!("has {} items, not {least} to {most}", items.len()),
        ));
    }
    items
        .into_iter()
        .map(|item| item.ok_or_else(|| rule(&path, "holds something that is not an object")))
        .collect()
}

/// The rules of the two template cards a group robot may send.
fn check_card(card: &Map<String, Value>) -> Result<(), Refusal> {
    const PATH: &str = "template_card";
    let title = card
        .get("main_title")
        .and_then(|title| title.get("title"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let sub_title = card
        .get("sub_title_text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match card.get("card_type").and_then(Value::as_str) {
        Some("text_notice") if title.is_empty() && sub_title.is_empty() => {
            return Err(rule(
                "template_card.main_title.title",
                "and sub_title_text are both empty",
            ));
        }
        Some("text_notice") => {}
        Some("news_notice") => {
            if title.is_empty() {
                return Err(rule("template_card.main_title.title", "missing or empty"));
            }
            check_card_pictures(card)?;
        }
        _ => {
            return Err(rule(
                "template_card.card_type",
                "neither text_notice nor news_notice",
            ));
        }
    }
    for row in list(card, PATH, "horizontal_content_list", 0, 6)? {
        need(row, "template_card.horizontal_content_list", "keyname")?;
        check_action(
            row,
            "template_card.horizontal_content_list",
            &[("1", &["url"]), ("2", &["media_id"]), ("3", &["userid"])],
        )?;
    }
    for row in list(card, PATH, "vertical_content_list", 0, 4)? {
        need(row, "template_card.vertical_content_list", "title")?;
    }
    const JUMP: &[(&str, &[&str])] = &[("1", &["url"]), ("2", &["appid"])];
    for jump in list(card, PATH, "jump_list", 0, 3)? {
        need(jump, "template_card.jump_list", "title")?;
        check_action(jump, "template_card.jump_list", JUMP)?;
    }
    if let Some(quote) = card.get("quote_area") {
        let quote = quote
            .as_object()
            .ok_or_else(|| rule("template_card.quote_area", "not an object"))?;
        check_action(quote, "template_card.quote_area", JUMP)?;
    }
    let action = card.get("card_action").and_then(Value::as_object);
    let action = action.ok_or_else(|| rule("template_card.card_action", "missing"))?;
    if !matches!(action.get("type").and_then(Value::as_u64), Some(1 | 2)) {
        return Err(rule("template_card.card_action.type", "neither 1 nor 2"));
    }
    check_action(
        action,
        "template_card.card_action",
        &[("1", &["url"]), ("2", &["appid", "pagepath"])],
    )
}

fn check_card_pictures(card: &Map<String, Value>) -> Result<(), Refusal> {
    let image = card.get("card_image").and_then(Value::as_object);
    let image = image.ok_or_else(|| rule("template_card.card_image", "missing"))?;
    need(image, "template_card.card_image", "url")?;
    if let Some(ratio) = image.get("aspect_ratio")
        && !ratio
            .as_f64()
            .is_some_and(|ratio| ratio > 1.3 && ratio < 2.25 || ratio == 1.3)
    {
        return Err(rule(
            "template_card.card_image.aspect_ratio",
            "not between 1.3 and 2.25",
        ));
    }
    if let Some(area) = card.get("image_text_area") {
        let area = area
            .as_object()
            .ok_or_else(|| rule("template_card.image_text_area", "not an object"))?;
        need(area, "template_card.image_text_area", "image_url")?;
    }
    Ok(())
}

/// Checks that what a `type` number calls for is there; 0 or no type calls for nothing.
fn check_action(
    object: &Map<String, Value>,
    path: &str,
    wants: &[(&str, &[&str])],
) -> Result<(), Refusal> {
    let kind = match object.get("type") {
        None => return Ok(()),
        Some(Value::Number(kind)) => kind.to_string(),
        Some(_) => return Err(rule(&format!("{path}.type"), "not a number")),
    };
    if kind == "0" {
        return Ok(());
    }
    let names = wants
        .iter()
        .find(|(own, _)| *own == kind)
        .map(|(_, names)| *names);
    for name in names.ok_or_else(|| rule(&format!("{path}.type"), "unknown"))? {
        need(object, path, name)?;
    }
    Ok(())
}

/// The bytes of the part named `media` in a multipart body.
fn uploaded_file(request: &HttpRequest) -> Option<Vec<u8>> {
    let declared = request.header("content-type")?;
    let boundary = declared
        .strip_prefix("multipart/form-data;")?
        .split("boundary=")
        .nth(1)?
        .trim()
        .trim_matches('"');
    let marker = format!("--{boundary}").into_bytes();
    split_on(&request.body, &marker)
        .into_iter()
        .find_map(|part| {
            let part = part.strip_prefix(b"\r\n")?;
            let end = part.windows(4).position(|window| window == b"\r\n\r\n")?;
            let (head, content) = (part.get(..end)?, part.get(end + 4..)?);
            let head = String::from_utf8_lossy(head);
            let is_media = head.contains("name=\"media\"") && head.contains("filename=");
            is_media.then(|| content.strip_suffix(b"\r\n").unwrap_or(content).to_vec())
        })
}

fn split_on<'a>(bytes: &'a [u8], marker: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest
        .windows(marker.len())
        .position(|window| window == marker)
    {
        parts.extend(rest.get(..at));
        rest = rest.get(at + marker.len()..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

/// What the real service lets pass without a word.
fn violations(request: &HttpRequest, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in &request.headers {
        if !key.is_empty() && value.contains(key) {
            found.push(format!("the key stands in the header `{name}`"));
        }
    }
    if request.method == "POST" && !request.is_json() {
        found.push("Content-Type is not application/json".to_owned());
    }
    if std::str::from_utf8(&request.body).is_err() {
        found.push("the body is not UTF-8".to_owned());
    }
    if has_needless_escapes(&request.text()) {
        found.push("characters beyond ASCII are written as \\u escapes, which the service may refuse (40033)".to_owned());
    }
    let Ok(Value::Object(body)) = request.json() else {
        return found;
    };
    let kind = body
        .get("msgtype")
        .and_then(Value::as_str)
        .unwrap_or_default();
    for name in body
        .keys()
        .filter(|name| !["msgtype", kind].contains(&name.as_str()))
    {
        found.push(format!("unknown top-level field `{name}`"));
    }
    let Some(content) = body.get(kind).and_then(Value::as_object) else {
        return found;
    };
    let text = content
        .get("content")
        .and_then(Value::as_str)
        .unwrap_or_default();
    for name in ["mentioned_list", "mentioned_mobile_list"] {
        match content.get(name) {
            None => {}
            Some(_) if kind != "text" => found.push(format!(
                "`{name}` stands inside `{kind}`, where it rings nobody"
            )),
            Some(Value::Array(ids)) if ids.iter().all(Value::is_string) => {}
            Some(_) => found.push(format!("`{name}` is not an array of strings")),
        }
    }
    match kind {
        "markdown" => {
            for attributes in markup::tags(text, "font") {
                let colour = markup::attribute(attributes, "color").unwrap_or_default();
                if !["info", "comment", "warning"].contains(&colour) {
                    found.push(format!("no such font colour in markdown: {colour:?}"));
                }
            }
        }
        "markdown_v2" => {
            if text.contains("<@") {
                found.push("a mention in markdown_v2, which rings nobody".to_owned());
            }
            if text.contains("<font") {
                found.push("a font tag in markdown_v2, which is shown as text".to_owned());
            }
        }
        _ => {}
    }
    found
}

/// Whether a `\uXXXX` escape stands for a character beyond ASCII.
fn has_needless_escapes(json: &str) -> bool {
    let mut letters = json.chars();
    while let Some(letter) = letters.next() {
        // The letter behind a backslash is consumed with it, so `\\u` is no escape of this kind.
        if letter == '\\' && letters.next() == Some('u') {
            let digits: String = letters.by_ref().take(4).collect();
            if u32::from_str_radix(&digits, 16).is_ok_and(|code| code > 0x7f) {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa";

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    fn request(body: impl Into<Vec<u8>>) -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            target: format!("{SEND}?key={KEY}"),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.into(),
        }
    }

    fn content(kind: &str, text: &str) -> Value {
        json!({"msgtype": kind, kind: {"content": text}})
    }

    fn reply(robot: &mut Robot, request: &HttpRequest, seconds: u64) -> (i64, String) {
        let judgement = robot.answer(request, at(seconds));
        assert_eq!(judgement.answer.status, 200, "every reply has status 200");
        let body = judgement.answer.to_json().expect("the reply is JSON");
        let code = body["errcode"].as_i64().expect("errcode is a number");
        assert_eq!(code == 0, judgement.verdict == Verdict::Posted);
        (
            code,
            body["errmsg"].as_str().expect("errmsg is text").to_owned(),
        )
    }

    #[track_caller]
    fn check(request: &HttpRequest, code: i64, message: &str) {
        let (own_code, own_message) = reply(&mut Robot::new(KEY), request, 0);
        assert_eq!(own_code, code, "{own_message} for {:.300}", request.text());
        assert!(
            own_message.contains(message),
            "{own_message:?} lacks {message:?}"
        );
    }

    #[test]
    fn steps_1_to_3_look_at_key_json_and_type() {
        let good = request(content("text", "x").to_string());
        let target = |target: &str| HttpRequest {
            target: target.to_owned(),
            ..good.clone()
        };
        let rows = [
            (good.clone(), 0, "ok"),
            (target(SEND), 93000, "invalid webhook url"),
            (
                target("/cgi-bin/webhook/send?key="),
                93000,
                "devtool/query?e=93000",
            ),
            (
                target("/cgi-bin/webhook/send?key=other"),
                93000,
                "from ip: ",
            ),
            (
                HttpRequest {
                    method: "GET".to_owned(),
                    ..good.clone()
                },
                43002,
                "",
            ),
            (request(""), 40008, "invalid message type"),
            (request("[]"), 40008, ""),
            (
                request("{\"msgtype\":\"text\",\"text\":{\"content\":\"a\nb\"}}"),
                40008,
                "",
            ),
            (
                request(
                    "{\"msgtype\":\"text\",\"text\":{\"content\":\"a\"},\"text\":{\"content\":\"a\"}}",
                ),
                40008,
                "",
            ),
            (
                request(b"{\"msgtype\":\"text\",\"text\":{\"content\":\"\xff\"}}".to_vec()),
                40008,
                "",
            ),
            (request("{}"), 40008, ""),
            (request(content("actionCard", "x").to_string()), 40008, ""),
            (
                request("{\"msg_type\":\"text\",\"content\":{\"text\":\"x\"}}"),
                40008,
                "",
            ),
        ];
        for (request, code, message) in rows {
            check(&request, code, message);
        }
    }

    #[test]
    fn step_4_wants_content() {
        for kind in ["text", "markdown", "markdown_v2"] {
            let rows = [
                (content(kind, "x"), 0, "ok"),
                (content(kind, ""), 44004, "empty content"),
                (json!({"msgtype": kind, kind: {}}), 44004, "empty content"),
                (json!({"msgtype": kind}), 40058, kind),
                (json!({"msgtype": kind, kind: "x"}), 40058, kind),
                (
                    json!({"msgtype": kind, kind: {"content": 1}}),
                    40058,
                    "not a string",
                ),
            ];
            for (body, code, message) in rows {
                check(&request(body.to_string()), code, message);
            }
        }
        let file = |id: Value| json!({"msgtype": "file", "file": {"media_id": id}});
        check(
            &request(file(json!("gone")).to_string()),
            40007,
            "invalid media_id",
        );
        check(
            &request(file(json!("")).to_string()),
            40058,
            "file.media_id",
        );
    }

    #[test]
    fn step_5_counts_bytes_not_characters() {
        for (kind, limit) in [("text", 2048), ("markdown", 4096), ("markdown_v2", 4096)] {
            let exceeded =
                format!("{kind}.content exceed max length {limit}. invalid Request Parameter");
            let rows = [
                ("a".repeat(limit), 0, "ok"),
                ("a".repeat(limit + 1), 40058, exceeded.as_str()),
                ("构".repeat(limit / 3), 0, "ok"),
                ("构".repeat(limit / 3 + 1), 40058, exceeded.as_str()),
            ];
            for (text, code, message) in rows {
                check(&request(content(kind, &text).to_string()), code, message);
            }
        }
    }

    #[test]
    fn step_6_checks_pictures() {
        let image = |base64: &str, md5: &str| json!({"msgtype": "image", "image": {"base64": base64, "md5": md5}});
        let mut large = vec![0xff, 0xd8, 0xff];
        large.resize(IMAGE_LIMIT_BYTES + 1, 0);
        let largest = large.get(..IMAGE_LIMIT_BYTES).expect("long enough");
        let rows = [
            (
                image("iVBORw0KGgo=", "e9dd2797018cad79186e03e8c5aec8dc"),
                0,
                "ok",
            ),
            (
                image("iVBORw0KGgo=", "5d41402abc4b2a76b9719d911017c592"),
                40058,
                "image.md5",
            ),
            (
                image("aGVsbG8=", "5d41402abc4b2a76b9719d911017c592"),
                40058,
                "neither JPG nor PNG",
            ),
            (
                image(
                    "data:image/png;base64,iVBORw0KGgo=",
                    "e9dd2797018cad79186e03e8c5aec8dc",
                ),
                40058,
                "image.base64",
            ),
            (
                image("iVBOR\nw0KGgo=", "e9dd2797018cad79186e03e8c5aec8dc"),
                40058,
                "image.base64",
            ),
            (
                json!({"msgtype": "image", "image": {"base64": "iVBORw0KGgo="}}),
                40058,
                "image.md5",
            ),
            (image(&STANDARD.encode(largest), &md5_hex(largest)), 0, "ok"),
            (
                image(&STANDARD.encode(&large), &md5_hex(&large)),
                40009,
                "size",
            ),
        ];
        for (body, code, message) in rows {
            check(&request(body.to_string()), code, message);
        }
    }

    #[test]
    fn step_7_checks_news() {
        let news = |count: usize, article: Value| json!({"msgtype": "news", "news": {"articles": vec![article; count]}});
        let good = json!({"title": "t", "url": "https://x"});
        let rows = [
            (news(1, good.clone()), 0),
            (news(8, good.clone()), 0),
            (news(0, good.clone()), 40058),
            (news(9, good), 40058),
            (news(1, json!({"title": "t"})), 40058),
            (news(1, json!({"url": "https://x"})), 40058),
            (news(1, json!("x")), 40058),
            (json!({"msgtype": "news", "news": {}}), 40058),
        ];
        for (body, code) in rows {
            check(&request(body.to_string()), code, "");
        }
    }

    #[test]
    fn step_8_checks_template_cards() {
        let text = json!({"card_type": "text_notice", "main_title": {"title": "t"}, "card_action": {"type": 1, "url": "https://x"}});
        let news = json!({
            "card_type": "news_notice", "main_title": {"title": "t"}, "card_image": {"url": "https://x"},
            "card_action": {"type": 2, "appid": "a", "pagepath": "p"}
        });
        let with = |card: &Value, name: &str, value: Value| {
            let mut card = card.clone();
            card[name] = value;
            card
        };
        let row = json!({"keyname": "k", "value": "v"});
        let rows = [
            (text.clone(), 0, ""),
            (news.clone(), 0, ""),
            (
                with(&text, "card_type", json!("button_interaction")),
                40058,
                "card_type",
            ),
            (with(&text, "main_title", json!({})), 40058, "main_title"),
            (
                with(
                    &with(&text, "main_title", json!({})),
                    "sub_title_text",
                    json!("s"),
                ),
                0,
                "",
            ),
            (
                with(
                    &with(&news, "main_title", json!({})),
                    "sub_title_text",
                    json!("s"),
                ),
                40058,
                "main_title",
            ),
            (
                with(&text, "card_action", json!(null)),
                40058,
                "card_action",
            ),
            (
                with(&text, "card_action", json!({"type": 0})),
                40058,
                "card_action.type",
            ),
            (
                with(&text, "card_action", json!({"type": 1})),
                40058,
                "card_action.url",
            ),
            (
                with(&text, "card_action", json!({"type": 2, "appid": "a"})),
                40058,
                "card_action.pagepath",
            ),
            (with(&news, "card_image", json!(null)), 40058, "card_image"),
            (
                with(
                    &news,
                    "card_image",
                    json!({"url": "https://x", "aspect_ratio": 2.25}),
                ),
                40058,
                "aspect_ratio",
            ),
            (
                with(&news, "image_text_area", json!({})),
                40058,
                "image_text_area",
            ),
            (
                with(
                    &text,
                    "horizontal_content_list",
                    json!(vec![row.clone(); 6]),
                ),
                0,
                "",
            ),
            (
                with(&text, "horizontal_content_list", json!(vec![row; 7])),
                40058,
                "horizontal_content_list",
            ),
            (
                with(&text, "horizontal_content_list", json!([{"value": "v"}])),
                40058,
                "keyname",
            ),
            (
                with(
                    &text,
                    "horizontal_content_list",
                    json!([{"keyname": "k", "type": 1}]),
                ),
                40058,
                "url",
            ),
            (
                with(
                    &text,
                    "horizontal_content_list",
                    json!([{"keyname": "k", "type": 3, "userid": "u"}]),
                ),
                0,
                "",
            ),
            (
                with(
                    &news,
                    "vertical_content_list",
                    json!(vec![json!({"title": "t"}); 5]),
                ),
                40058,
                "vertical_content_list",
            ),
            (
                with(&text, "jump_list", json!(vec![json!({"title": "t"}); 3])),
                0,
                "",
            ),
            (
                with(&text, "jump_list", json!(vec![json!({"title": "t"}); 4])),
                40058,
                "jump_list",
            ),
            (
                with(&text, "jump_list", json!([{"title": "t", "type": 1}])),
                40058,
                "url",
            ),
            (
                with(&text, "quote_area", json!({"type": 1})),
                40058,
                "quote_area.url",
            ),
        ];
        for (card, code, message) in rows {
            check(
                &request(json!({"msgtype": "template_card", "template_card": card}).to_string()),
                code,
                message,
            );
        }
    }

    #[test]
    fn step_9_counts_a_sliding_minute() {
        let mut robot = Robot::new(KEY);
        let request = request(content("text", "x").to_string());
        for second in 0..20 {
            assert_eq!(reply(&mut robot, &request, second).0, 0);
        }
        for (second, code) in [(20, 45009), (59, 45009), (60, 0), (60, 45009), (61, 0)] {
            assert_eq!(
                reply(&mut robot, &request, second).0,
                code,
                "after {second} s"
            );
        }
    }

    #[test]
    fn uploads_are_checked_before_the_key_and_can_be_sent() {
        let upload = |query: &str, name: &str, bytes: &str| HttpRequest {
            target: format!("{UPLOAD}?{query}"),
            headers: vec![(
                "Content-Type".to_owned(),
                "multipart/form-data; boundary=b1".to_owned(),
            )],
            ..request(format!(
                "--b1\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.txt\"; filelength=6\r\n\
                 Content-Type: application/octet-stream\r\n\r\n{bytes}\r\n--b1--\r\n"
            ))
        };
        let mut robot = Robot::new(KEY);
        let rows = [
            (upload("key=other&type=file", "media", ""), 44001),
            (upload("key=other&type=file", "media", "123456"), 93000),
            (
                upload(&format!("key={KEY}&type=file"), "media", "12345"),
                44001,
            ),
            (
                upload(&format!("key={KEY}&type=file"), "file", "123456"),
                44001,
            ),
            (
                upload(&format!("key={KEY}&type=image"), "media", "123456"),
                40058,
            ),
        ];
        for (request, code) in rows {
            assert_eq!(reply(&mut robot, &request, 0).0, code, "{}", request.text());
        }
        let judgement = robot.answer(
            &upload(&format!("key={KEY}&type=file"), "media", "123456"),
            at(0),
        );
        let body = judgement.answer.to_json().expect("JSON");
        assert_eq!(
            (&body["type"], &body["created_at"]),
            (&json!("file"), &json!("1700000000"))
        );
        let send = |kind: &str| {
            request(json!({"msgtype": kind, kind: {"media_id": body["media_id"]}}).to_string())
        };
        assert_eq!(reply(&mut robot, &send("file"), 0).0, 0);
        assert_eq!(reply(&mut robot, &send("voice"), 0).0, 40007);
    }

    #[test]
    fn what_is_swallowed_is_noticed() {
        let rows = [
            (content("text", "<@u> 构建"), None),
            (
                json!({"msgtype": "text", "text": {"content": "x", "mentioned_list": ["@all"]}}),
                None,
            ),
            (
                json!({"msgtype": "text", "text": {"content": "x", "mentioned_list": "@all"}}),
                Some("array of strings"),
            ),
            (
                json!({"msgtype": "text", "text": {"content": "x", "mentioned_mobile_list": [138]}}),
                Some("array of strings"),
            ),
            (
                json!({"msgtype": "markdown", "markdown": {"content": "x", "mentioned_list": ["u"]}}),
                Some("inside `markdown`"),
            ),
            (
                content("markdown", "<@u> <font color=\"info\">x</font>"),
                None,
            ),
            (
                content("markdown", "<font color=\"#ff0000\">x</font>"),
                Some("font colour"),
            ),
            (
                content("markdown_v2", "x <@u>"),
                Some("mention in markdown_v2"),
            ),
            (
                content("markdown_v2", "<font color=\"info\">x</font>"),
                Some("font tag"),
            ),
            (
                json!({"msgtype": "text", "text": {"content": "x"}, "at": {}}),
                Some("`at`"),
            ),
        ];
        for (body, expected) in rows {
            let judgement = Robot::new(KEY).answer(&request(body.to_string()), at(0));
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
    fn escapes_beyond_ascii_are_noticed() {
        for (body, needless) in [
            (r#"{"a":"\u6784"}"#, true),
            (r#"{"a":"\ud83d\udd14"}"#, true),
            (r#"{"a":"\u001b \n"}"#, false),
            (r#"{"a":"\\u6784"}"#, false),
            (r#"{"a":"构"}"#, false),
        ] {
            assert_eq!(has_needless_escapes(body), needless, "{body}");
        }
    }
}
