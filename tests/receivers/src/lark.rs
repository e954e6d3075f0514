//! The Lark / Feishu custom robot (`open.feishu.cn/open-apis/bot/v2/hook/…`).
//!
//! Facts are from the Feishu open platform pages "custom bot guide", the card pages for JSON 1.0 and 2.0 and
//! the message error page with its sub-codes, with replies seen live. That the token is looked at first is
//! known; the order of the other checks, and the sub-code for a broken property, are our choice.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::http::{HttpAnswer, HttpRequest, Judgement, Service, Verdict};
use crate::markup::{self, Target};
use crate::refusal::Refusal;
use crate::signature::hmac_sha256_base64;
use crate::throttle::{Passage, Rate, Throttle};

/// Longest body taken, in bytes: 20 KB, read as 20 × 1024.
pub const BODY_LIMIT_BYTES: usize = 20_480;
/// How far `timestamp` may stand from the service's clock, either way, in seconds. Exactly that passes.
pub const CLOCK_LIMIT_SECONDS: u64 = 3600;
/// Messages in any second.
pub const RATE_PER_SECOND: usize = 5;
/// Messages in any 60 seconds.
pub const RATE_PER_MINUTE: usize = 100;
/// Most components in one card.
pub const ELEMENT_LIMIT_COUNT: usize = 200;
/// Most tables in one card, in components and in Markdown together (measured, not documented).
pub const TABLE_LIMIT_COUNT: usize = 5;
/// Most tables in one Markdown element.
pub const MARKDOWN_TABLE_LIMIT_COUNT: usize = 4;
/// Longest `element_id`, in characters.
pub const ELEMENT_ID_LIMIT_CHARS: usize = 20;

const PATH: &str = "/open-apis/bot/v2/hook/";
const RATES: &[Rate] = &[
    Rate {
        messages: RATE_PER_SECOND,
        within: Duration::from_secs(1),
    },
    Rate {
        messages: RATE_PER_MINUTE,
        within: Duration::from_secs(60),
    },
];
const TEMPLATES: [&str; 13] = [
    "blue",
    "wathet",
    "turquoise",
    "green",
    "yellow",
    "orange",
    "red",
    "carmine",
    "violet",
    "purple",
    "indigo",
    "grey",
    "default",
];

/// A custom robot with one token.
#[derive(Debug)]
pub struct Robot {
    token: String,
    secret: Option<String>,
    keywords: Vec<String>,
    known_users: HashSet<String>,
    bad_request_status: u16,
    throttle: Throttle,
}

impl Robot {
    /// A robot without security settings, limited to 5 messages a second and 100 a minute.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            secret: None,
            keywords: Vec::new(),
            known_users: HashSet::new(),
            bad_request_status: 200,
            throttle: Throttle::new(RATES, Duration::ZERO),
        }
    }

    /// Demands a signature made with that secret.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Demands that one of the keywords stands in a text or title. Case matters.
    ///
    /// In a card only the header's title and subtitle count, since the service does not say whether the
    /// text of its elements does.
    #[must_use]
    pub fn keyword(mut self, keyword: impl Into<String>) -> Self {
        self.keywords.push(keyword.into());
        self
    }

    /// Makes a user id known, so that a card may mention it. Ids that begin with `ou_` always are.
    #[must_use]
    pub fn known_user(mut self, id: impl Into<String>) -> Self {
        self.known_users.insert(id.into());
        self
    }

    /// The HTTP status of code 9499, on which reports differ; 200 unless set.
    #[must_use]
    pub fn bad_request_status(mut self, status: u16) -> Self {
        self.bad_request_status = status;
        self
    }

    /// Takes any number of messages.
    #[must_use]
    pub fn rate_limit_off(mut self) -> Self {
        self.throttle = Throttle::off();
        self
    }

    fn judge(&mut self, request: &HttpRequest, now: SystemTime) -> Result<(), Refusal> {
        if request.target.strip_prefix(PATH) != Some(self.token.as_str()) {
            return Err(Refusal::new(
                19001,
                "param invalid: incoming webhook access token invalid",
            ));
        }
        let bad_request = || Refusal::new(9499, "Bad Request");
        if request.method != "POST" || request.body.len() > BODY_LIMIT_BYTES || !request.is_json() {
            return Err(bad_request());
        }
        let Ok(Value::Object(body)) = request.json() else {
            return Err(bad_request());
        };
        if let Some(secret) = &self.secret {
            check_signature(&body, secret, now)?;
        }
        let message = Message::read(&body)?;
        let found = |keyword: &String| {
            message
                .searched()
                .iter()
                .any(|text| text.contains(keyword.as_str()))
        };
        if !self.keywords.is_empty() && !self.keywords.iter().any(found) {
            return Err(Refusal::new(19024, "Key Words Not Found"));
        }
        if let Message::Card(card) = message {
            Card::new(card, &self.known_users)
                .check()
                .map_err(|fault| fault.refusal())?;
        }
        if self.throttle.pass(now) == Passage::TooFast {
            return Err(Refusal::new(
                11232,
                "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]",
            ));
        }
        Ok(())
    }
}

impl Service for Robot {
    fn name(&self) -> &'static str {
        "lark"
    }

    fn path_and_query(&self) -> String {
        format!("{PATH}{}", self.token)
    }

    fn answer(&mut self, request: &HttpRequest, now: SystemTime) -> Judgement {
        if !request.path().starts_with(PATH) {
            let answer = HttpAnswer::text(404, "404 page not found");
            return Judgement {
                answer,
                verdict: Verdict::Refused,
                violations: Vec::new(),
            };
        }
        let violations = violations(request, &self.token);
        match self.judge(request, now) {
            Ok(()) => {
                let body = json!({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"});
                Judgement {
                    answer: HttpAnswer::json(200, &body),
                    verdict: Verdict::Posted,
                    violations,
                }
            }
            Err(refusal) => {
                let status = if refusal.code == 9499 {
                    self.bad_request_status
                } else {
                    200
                };
                // A refusal has no StatusCode, so a client that reads only that takes it for a success.
                let body = json!({"code": refusal.code, "msg": refusal.message, "data": {}});
                Judgement {
                    answer: HttpAnswer::json(status, &body),
                    verdict: Verdict::Refused,
                    violations,
                }
            }
        }
    }
}

/// A fault that refuses the next message with that code and text, such as 11232, at HTTP status 200.
pub fn refusal(code: i64, message: &str) -> Fault {
    Fault::Body(
        json!({"code": code, "msg": message, "data": {}})
            .to_string()
            .into_bytes(),
    )
}

/// The signature Lark expects in the body: the string to sign is the *key*, and the message is empty.
pub fn sign(timestamp_seconds: &str, secret: &str) -> String {
    hmac_sha256_base64(format!("{timestamp_seconds}\n{secret}").as_bytes(), b"")
}

fn check_signature(
    body: &Map<String, Value>,
    secret: &str,
    now: SystemTime,
) -> Result<(), Refusal> {
    let refusal = || {
        Refusal::new(
            19021,
            "sign match fail or timestamp is not within one hour from current time",
        )
    };
    let timestamp = match body.get("timestamp") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_u64() => number.to_string(),
        _ => return Err(refusal()),
    };
    if !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refusal());
    }
    let stated: u64 = timestamp.parse().map_err(|_| refusal())?;
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let signed = body.get("sign").and_then(Value::as_str) == Some(&sign(&timestamp, secret));
    if signed && seconds.abs_diff(stated) <= CLOCK_LIMIT_SECONDS {
        Ok(())
    } else {
        Err(refusal())
    }
}

/// A message whose envelope is right.
enum Message<'a> {
    Plain { searched: Vec<&'a str> },
    Card(&'a Map<String, Value>),
}

impl<'a> Message<'a> {
    fn read(body: &'a Map<String, Value>) -> Result<Self, Refusal> {
        let need_type = || Refusal::new(19002, "params error, msg_type need");
        let wrong = |name: &str| Refusal::new(19002, format!("params error, {name} need"));
        let kind = body
            .get("msg_type")
            .and_then(Value::as_str)
            .ok_or_else(need_type)?;
        if kind == "interactive" {
            return body
                .get("card")
                .and_then(Value::as_object)
                .map(Self::Card)
                .ok_or_else(|| wrong("card"));
        }
        let content = body.get("content").and_then(Value::as_object);
        let need = |name: &str| {
            let text = content
                .and_then(|content| content.get(name))
                .and_then(Value::as_str);
            text.filter(|text| !text.is_empty())
                .ok_or_else(|| wrong(name))
        };
        let searched = match kind {
            "text" => vec![need("text")?],
            "image" => need("image_key").map(|_| Vec::new())?,
            "share_chat" => need("share_chat_id").map(|_| Vec::new())?,
            "post" => {
                let locales = content
                    .and_then(|content| content.get("post"))
                    .and_then(Value::as_object);
                read_post(locales.ok_or_else(|| wrong("post"))?).ok_or_else(|| wrong("post"))?
            }
            _ => return Err(need_type()),
        };
        Ok(Self::Plain { searched })
    }

    /// The texts and titles keywords are looked for in; addresses are not among them.
    fn searched(&self) -> Vec<&'a str> {
        match self {
            Self::Plain { searched } => searched.clone(),
            Self::Card(card) => {
                let header = card.get("header");
                let content = |name: &str| header?.get(name)?.get("content")?.as_str();
                [content("title"), content("subtitle")]
                    .into_iter()
                    .flatten()
                    .collect()
            }
        }
    }
}

/// The titles and texts of a post; `None` when it breaks a rule.
fn read_post(locales: &Map<String, Value>) -> Option<Vec<&str>> {
    let mut searched = Vec::new();
    for (locale, post) in locales {
        if !["zh_cn", "en_us"].contains(&locale.as_str()) {
            return None;
        }
        if let Some(title) = post.get("title") {
            searched.push(title.as_str()?);
        }
        for paragraph in post.get("content")?.as_array()? {
            for node in paragraph.as_array()? {
                let text = |name: &str| {
                    node.get(name)
                        .and_then(Value::as_str)
                        .filter(|text| !text.is_empty())
                };
                match node.get("tag")?.as_str()? {
                    "text" => searched.push(text("text")?),
                    "a" => {
                        searched.push(text("text")?);
                        text("href").filter(|address| markup::is_web(address))?;
                    }
                    "at" => text("user_id").map(|_| ())?,
                    "img" => text("image_key").map(|_| ())?,
                    _ => return None,
                }
            }
        }
    }
    (!locales.is_empty()).then_some(searched)
}

/// Why a card is refused: code 11246 with one of these inside its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CardFaultKind {
    InvalidValue,
    UnsupportedBlock,
    TooManyElements,
    TooManyTables,
    UnknownPerson,
    ActionInColumn,
    ImageKey,
    NotParsable,
    TagRemoved,
}

#[derive(Debug, PartialEq)]
struct CardFault {
    kind: CardFaultKind,
    value: String,
}

impl CardFault {
    fn new(kind: CardFaultKind, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
        }
    }

    fn refusal(&self) -> Refusal {
        let (code, text) = match self.kind {
            CardFaultKind::InvalidValue => (10002, "invalid property value"),
            CardFaultKind::UnsupportedBlock => (11310, "unsupported type of block"),
            CardFaultKind::TooManyElements => (11310, "element exceeds the limit"),
            CardFaultKind::TooManyTables => (11310, "card table number over limit"),
            CardFaultKind::UnknownPerson => (100_290, "person does not resolve"),
            CardFaultKind::ActionInColumn => (200_410, "action is not allowed inside a column"),
            CardFaultKind::ImageKey => (200_570, "image key is invalid"),
            CardFaultKind::NotParsable => (200_621, "parse card json err"),
            CardFaultKind::TagRemoved => (
                200_861,
                "cards of schema V2 no longer support this capability",
            ),
        };
        Refusal::new(
            11246,
            format!(
                "Failed to create card content, ext=ErrCode: {code}; ErrMsg: {text}; ErrorValue: {}; ",
                self.value
            ),
        )
    }
}

type CardCheck = Result<(), CardFault>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schema {
    One,
    Two,
}

/// Where an element stands, which decides what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Column,
}

/// A card under examination.
struct Card<'a> {
    card: &'a Map<String, Value>,
    known_users: &'a HashSet<String>,
    elements: usize,
    tables: usize,
    ids: HashSet<&'a str>,
}

impl<'a> Card<'a> {
    fn new(card: &'a Map<String, Value>, known_users: &'a HashSet<String>) -> Self {
        Self {
            card,
            known_users,
            elements: 0,
            tables: 0,
            ids: HashSet::new(),
        }
    }

    fn check(mut self) -> CardCheck {
        let schema = match self.card.get("schema") {
            None => Schema::One,
            Some(Value::String(version)) if version == "1.0" => Schema::One,
            Some(Value::String(version)) if version == "2.0" => Schema::Two,
            Some(other) => {
                return Err(CardFault::new(
                    CardFaultKind::InvalidValue,
                    other.to_string(),
                ));
            }
        };
        let elements = match schema {
            Schema::One => self.card.get("elements"),
            Schema::Two => {
                self.check_properties()?;
                self.card.get("body").and_then(|body| body.get("elements"))
            }
        };
        if let Some(header) = self.card.get("header") {
            self.check_header(header)?;
        }
        let elements = elements.and_then(Value::as_array);
        let elements =
            elements.ok_or_else(|| CardFault::new(CardFaultKind::NotParsable, "elements"))?;
        self.check_elements(elements, schema, Place::Root)?;
        if self.elements > ELEMENT_LIMIT_COUNT {
            return Err(CardFault::new(
                CardFaultKind::TooManyElements,
                self.elements.to_string(),
            ));
        }
        if self.tables > TABLE_LIMIT_COUNT {
            return Err(CardFault::new(
                CardFaultKind::TooManyTables,
                self.tables.to_string(),
            ));
        }
        Ok(())
    }

    /// Schema 2.0 takes no property it does not know; 1.0 ignores them.
    fn check_properties(&self) -> CardCheck {
        const TOP: &[&str] = &["schema", "config", "card_link", "header", "body"];
        const CONFIG: &[&str] = &[
            "streaming_mode",
            "streaming_config",
            "summary",
            "locales",
            "enable_forward",
            "update_multi",
            "width_mode",
            "use_custom_translation",
            "enable_forward_interaction",
            "style",
        ];
        const HEADER: &[&str] = &[
            "title",
            "subtitle",
            "text_tag_list",
            "i18n_text_tag_list",
            "template",
            "icon",
            "padding",
        ];
        const BODY: &[&str] = &[
            "direction",
            "padding",
            "horizontal_spacing",
            "horizontal_align",
            "vertical_spacing",
            "vertical_align",
            "elements",
        ];
        known_only("", self.card, TOP)?;
        for (name, known) in [("config", CONFIG), ("header", HEADER), ("body", BODY)] {
            match self.card.get(name) {
                None => {}
                Some(Value::Object(object)) => known_only(name, object, known)?,
                Some(_) => return Err(CardFault::new(CardFaultKind::NotParsable, name)),
            }
        }
        let config = self.card.get("config");
        let config = |name: &str| config.and_then(|config| config.get(name));
        if config("update_multi").is_some_and(|value| value != &Value::Bool(true)) {
            return Err(CardFault::new(
                CardFaultKind::InvalidValue,
                "config.update_multi",
            ));
        }
        let widths = ["default", "compact", "fill"];
        if config("width_mode")
            .is_some_and(|value| !value.as_str().is_some_and(|mode| widths.contains(&mode)))
        {
            return Err(CardFault::new(
                CardFaultKind::InvalidValue,
                "config.width_mode",
            ));
        }
        Ok(())
    }

    fn check_header(&self, header: &Value) -> CardCheck {
        let title = header.get("title").and_then(Value::as_object);
        let title =
            title.ok_or_else(|| CardFault::new(CardFaultKind::NotParsable, "header.title"))?;
        self.check_text("header.title", title)?;
        for name in ["subtitle"] {
            match header.get(name) {
                None => {}
                Some(Value::Object(text)) => self.check_text("header.subtitle", text)?,
                Some(_) => {
                    return Err(CardFault::new(
                        CardFaultKind::NotParsable,
                        "header.subtitle",
                    ));
                }
            }
        }
        match header.get("template") {
            None => {}
            Some(Value::String(template)) if TEMPLATES.contains(&template.as_str()) => {}
            Some(other) => {
                return Err(CardFault::new(
                    CardFaultKind::InvalidValue,
                    other.to_string(),
                ));
            }
        }
        // Seen refused once in this two-value form; a sender does best to leave padding out.
        match header.get("padding").and_then(Value::as_str) {
            Some(padding) if padding.contains(' ') => Err(CardFault::new(
                CardFaultKind::InvalidValue,
                "invalid padding",
            )),
            _ => Ok(()),
        }
    }

    /// Checks a text object: a known tag, a content, and nothing broken inside.
    fn check_text(&self, path: &str, text: &Map<String, Value>) -> CardCheck {
        let content = text.get("content").and_then(Value::as_str);
        let content = content
            .ok_or_else(|| CardFault::new(CardFaultKind::NotParsable, format!("{path}.content")))?;
        match text.get("tag").and_then(Value::as_str) {
            Some("plain_text") => Ok(()),
            Some("lark_md") => self.check_markdown(content),
            _ => Err(CardFault::new(
                CardFaultKind::NotParsable,
                format!("{path}.tag"),
            )),
        }
    }

    fn check_elements(&mut self, elements: &'a [Value], schema: Schema, place: Place) -> CardCheck {
        for element in elements {
            let element = element
                .as_object()
                .ok_or_else(|| CardFault::new(CardFaultKind::NotParsable, "element"))?;
            self.check_element(element, schema, place)?;
        }
        Ok(())
    }

    fn check_element(
        &mut self,
        element: &'a Map<String, Value>,
        schema: Schema,
        place: Place,
    ) -> CardCheck {
        self.elements += 1;
        let tag = element
            .get("tag")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if schema == Schema::Two {
            self.check_id(element)?;
        }
        let list = |name: &str| match element.get(name) {
            None => Ok([].as_slice()),
            Some(Value::Array(items)) => Ok(items.as_slice()),
            Some(_) => Err(CardFault::new(
                CardFaultKind::NotParsable,
                format!("{tag}.{name}"),
            )),
        };
        match (tag, schema) {
            ("note" | "action", Schema::Two) => {
                return Err(CardFault::new(CardFaultKind::TagRemoved, tag));
            }
            ("action", Schema::One) if place == Place::Column => {
                return Err(CardFault::new(CardFaultKind::ActionInColumn, tag));
            }
            ("action", Schema::One) => {
                for action in list("actions")? {
                    self.elements += 1;
                    self.check_button(action, schema)?;
                }
            }
            ("note", Schema::One) => {
                for item in list("elements")?.iter().filter_map(Value::as_object) {
                    if item.get("tag").and_then(Value::as_str) != Some("img") {
                        self.check_text("note.elements", item)?;
                    }
                }
            }
            ("button", Schema::Two) => {
                self.check_button(&Value::Object(element.clone()), schema)?
            }
            ("markdown", _) => {
                let content = element.get("content").and_then(Value::as_str);
                let content = content.ok_or_else(|| {
                    CardFault::new(CardFaultKind::NotParsable, "markdown.content")
                })?;
                self.check_markdown(content)?;
                self.count_tables(content)?;
            }
            ("div", _) => {
                if let Some(text) = element.get("text") {
                    let text = text
                        .as_object()
                        .ok_or_else(|| CardFault::new(CardFaultKind::NotParsable, "div.text"))?;
                    self.check_text("div.text", text)?;
                }
                for field in list("fields")? {
                    let text = field.get("text").and_then(Value::as_object);
                    let text = text
                        .ok_or_else(|| CardFault::new(CardFaultKind::NotParsable, "fields.text"))?;
                    self.check_text("fields.text", text)?;
                }
            }
            ("column_set", _) => self.check_columns(list("columns")?, schema)?,
            ("table", _) => self.tables += 1,
            ("img", _) => check_image_key(
                element
                    .get("img_key")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            )?,
            ("hr", _) => {}
            ("collapsible_panel" | "interactive_container" | "form", Schema::Two) => {
                self.check_elements(list("elements")?, schema, place)?;
            }
            // Known, but of no use to a notification; what they hold is taken on trust.
            (
                "chart" | "person" | "person_list" | "img_combination" | "input" | "checker"
                | "overflow",
                Schema::Two,
            ) => {}
            _ => return Err(CardFault::new(CardFaultKind::UnsupportedBlock, tag)),
        }
        Ok(())
    }

    fn check_columns(&mut self, columns: &'a [Value], schema: Schema) -> CardCheck {
        for column in columns {
            self.elements += 1;
            if column.get("tag").and_then(Value::as_str) != Some("column") {
                return Err(CardFault::new(CardFaultKind::UnsupportedBlock, "columns"));
            }
            match column.get("elements") {
                None => {}
                Some(Value::Array(elements)) => {
                    self.check_elements(elements, schema, Place::Column)?
                }
                Some(_) => {
                    return Err(CardFault::new(
                        CardFaultKind::NotParsable,
                        "column.elements",
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_button(&self, button: &Value, schema: Schema) -> CardCheck {
        const TYPES_1: &[&str] = &["default", "primary", "danger"];
        const TYPES_2: &[&str] = &[
            "default",
            "primary",
            "danger",
            "text",
            "primary_text",
            "danger_text",
            "primary_filled",
            "danger_filled",
            "laser",
        ];
        if button.get("tag").and_then(Value::as_str) != Some("button") {
            return Err(CardFault::new(
                CardFaultKind::UnsupportedBlock,
                button.get("tag").map_or_else(String::new, Value::to_string),
            ));
        }
        let text = button.get("text").and_then(Value::as_object);
        self.check_text(
            "button.text",
            text.ok_or_else(|| CardFault::new(CardFaultKind::NotParsable, "button.text"))?,
        )?;
        let types = if schema == Schema::One {
            TYPES_1
        } else {
            TYPES_2
        };
        if let Some(kind) = button.get("type")
            && !kind.as_str().is_some_and(|kind| types.contains(&kind))
        {
            return Err(CardFault::new(CardFaultKind::InvalidValue, "button.type"));
        }
        match schema {
            Schema::One => Ok(()),
            // The address of a 1.0 button is an unknown property in 2.0.
            Schema::Two => match ["url", "multi_url"]
                .iter()
                .find(|name| button.get(**name).is_some())
            {
                Some(name) => Err(CardFault::new(
                    CardFaultKind::NotParsable,
                    format!("unknown property button.{name}"),
                )),
                None => Ok(()),
            },
        }
    }

    fn check_id(&mut self, element: &'a Map<String, Value>) -> CardCheck {
        let Some(id) = element.get("element_id") else {
            return Ok(());
        };
        let id = id.as_str().unwrap_or_default();
        let starts_well = id.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let spelt_well = id
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if starts_well
            && spelt_well
            && id.chars().count() <= ELEMENT_ID_LIMIT_CHARS
            && self.ids.insert(id)
        {
            Ok(())
        } else {
            Err(CardFault::new(
                CardFaultKind::InvalidValue,
                format!("element_id {id}"),
            ))
        }
    }

    fn check_markdown(&self, content: &str) -> CardCheck {
        for target in markup::targets(content) {
            if let Target::Picture(key) = target {
                check_image_key(key)?;
            }
        }
        for attributes in markup::tags(content, "at") {
            let ids = markup::attribute(attributes, "id")
                .or_else(|| markup::attribute(attributes, "ids"));
            let ids = ids.unwrap_or_default().trim_end_matches('/');
            for id in ids.split(',').map(str::trim) {
                if id != "all" && !id.starts_with("ou_") && !self.known_users.contains(id) {
                    return Err(CardFault::new(CardFaultKind::UnknownPerson, id));
                }
            }
        }
        Ok(())
    }

    fn count_tables(&mut self, content: &str) -> CardCheck {
        let tables = count_markdown_tables(content);
        self.tables += tables;
        if tables > MARKDOWN_TABLE_LIMIT_COUNT {
            return Err(CardFault::new(
                CardFaultKind::TooManyTables,
                tables.to_string(),
            ));
        }
        Ok(())
    }
}

fn known_only(path: &str, object: &Map<String, Value>, known: &[&str]) -> CardCheck {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            Err(CardFault::new(
                CardFaultKind::NotParsable,
                format!("unknown property {path}"),
            ))
        }
    }
}

fn check_image_key(key: &str) -> CardCheck {
    if key.starts_with("img_") {
        Ok(())
    } else {
        Err(CardFault::new(CardFaultKind::ImageKey, key))
    }
}

/// Tables are counted by the line of dashes under their head, outside code fences.
fn count_markdown_tables(content: &str) -> usize {
    let mut fence: Option<&str> = None;
    let mut tables = 0;
    for line in content.lines().map(str::trim) {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.starts_with(mark));
        fence = match (fence, mark) {
            (None, Some(mark)) => Some(mark),
            (Some(open), Some(mark)) if open == mark => None,
            (open, _) => open,
        };
        let is_rule = line.contains('|')
            && line.contains('-')
            && line.chars().all(|letter| "|-: ".contains(letter));
        if fence.is_none() && is_rule {
            tables += 1;
        }
    }
    tables
}

/// What the real service lets pass without a word.
fn violations(request: &HttpRequest, token: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in &request.headers {
        if !token.is_empty() && value.contains(token) {
            found.push(format!("the token stands in the header `{name}`"));
        }
    }
    let Ok(Value::Object(body)) = request.json() else {
        return found;
    };
    for name in body.keys().filter(|name| {
        !["msg_type", "content", "card", "timestamp", "sign"].contains(&name.as_str())
    }) {
        found.push(format!("unknown top-level field `{name}`"));
    }
    if body.get("timestamp").is_some_and(Value::is_number) {
        found.push("`timestamp` is a number; the documented form is a string".to_owned());
    }
    match body.get("msg_type").and_then(Value::as_str) {
        Some("text") => {
            let text = body
                .get("content")
                .and_then(|content| content.get("text"))
                .and_then(Value::as_str);
            for attributes in markup::tags(text.unwrap_or_default(), "at") {
                if markup::attribute(attributes, "user_id").is_none() {
                    found.push("a mention in a text names nobody: it wants `user_id=`".to_owned());
                }
            }
        }
        Some("interactive") => {
            if let Some(card) = body.get("card") {
                swallowed_in_card(card, &mut found);
            }
        }
        _ => {}
    }
    found
}

/// Looks through every level of a card.
fn swallowed_in_card(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| swallowed_in_card(item, found)),
        Value::Object(object) => {
            let tag = object
                .get("tag")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if object
                .get("text_tag_list")
                .and_then(Value::as_array)
                .is_some_and(|tags| tags.len() > 3)
            {
                found.push("more than 3 tags in the header, the rest are not drawn".to_owned());
            }
            for (key, inner) in object {
                match inner {
                    Value::String(text)
                        if key == "content" && matches!(tag, "markdown" | "lark_md") =>
                    {
                        swallowed_in_markdown(text, found);
                    }
                    Value::String(address)
                        if matches!(
                            key.as_str(),
                            "url" | "default_url" | "pc_url" | "ios_url" | "android_url" | "href"
                        ) =>
                    {
                        if !address.is_empty() && !markup::is_web(address) {
                            found.push(format!(
                                "`{key}` is not an http or https address: {address:?}"
                            ));
                        }
                    }
                    _ => swallowed_in_card(inner, found),
                }
            }
        }
        _ => {}
    }
}

fn swallowed_in_markdown(text: &str, found: &mut Vec<String>) {
    for attributes in markup::tags(text, "at") {
        if markup::attribute(attributes, "user_id").is_some() {
            found.push("a mention in a card names nobody: it wants `id=`".to_owned());
        }
    }
    for target in markup::targets(text) {
        if let Target::Link(address) = target
            && !markup::is_web(address)
        {
            found.push(format!(
                "a link in Markdown is not http or https: {address:?}"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "1f0c2b7a-token";
    const SECRET: &str = "demo";
    const NOW_SECONDS: u64 = 1_599_360_473;
    const SIGN: &str = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=";

    fn at_millis(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(NOW_SECONDS * 1000 + millis)
    }

    fn request(body: impl Into<Vec<u8>>) -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            target: format!("{PATH}{TOKEN}"),
            headers: vec![(
                "Content-Type".to_owned(),
                "application/json; charset=utf-8".to_owned(),
            )],
            body: body.into(),
        }
    }

    fn text(content: &str) -> Value {
        json!({"msg_type": "text", "content": {"text": content}})
    }

    fn reply(robot: &mut Robot, request: &HttpRequest, millis: u64) -> (i64, String) {
        let judgement = robot.answer(request, at_millis(millis));
        assert_eq!(judgement.answer.status, 200, "every reply has status 200");
        let body = judgement.answer.to_json().expect("the reply is JSON");
        let code = body["code"].as_i64().expect("code is a number");
        assert_eq!(code == 0, judgement.verdict == Verdict::Posted);
        assert_eq!(
            body.get("StatusCode").is_some(),
            code == 0,
            "only a success has the old field"
        );
        (code, body["msg"].as_str().expect("msg is text").to_owned())
    }

    #[track_caller]
    fn check(robot: &mut Robot, request: &HttpRequest, code: i64, message: &str) {
        let (own_code, own_message) = reply(robot, request, 0);
        assert_eq!(own_code, code, "{own_message} for {:.300}", request.text());
        assert!(
            own_message.contains(message),
            "{own_message:?} lacks {message:?}"
        );
    }

    #[test]
    fn steps_1_and_2_look_at_token_and_body() {
        let good = request(text("x").to_string());
        let target = |target: &str| HttpRequest {
            target: target.to_owned(),
            ..good.clone()
        };
        let rows = [
            (good.clone(), 0, "success"),
            (
                target("/open-apis/bot/v2/hook/other"),
                19001,
                "access token invalid",
            ),
            (target("/open-apis/bot/v2/hook/"), 19001, ""),
            (target(&format!("{PATH}{TOKEN}/")), 19001, ""),
            // The token comes first, whatever else is wrong.
            (
                HttpRequest {
                    target: format!("{PATH}x"),
                    ..request("junk")
                },
                19001,
                "",
            ),
            (
                HttpRequest {
                    headers: Vec::new(),
                    ..good.clone()
                },
                9499,
                "Bad Request",
            ),
            (
                HttpRequest {
                    method: "GET".to_owned(),
                    ..good.clone()
                },
                9499,
                "Bad Request",
            ),
            (request(""), 9499, "Bad Request"),
            (request("[]"), 9499, "Bad Request"),
            (
                request(
                    "{\"msg_type\":\"text\",\"msg_type\":\"text\",\"content\":{\"text\":\"x\"}}",
                ),
                9499,
                "Bad Request",
            ),
            (
                request(b"{\"msg_type\":\"text\",\"content\":{\"text\":\"\xff\"}}".to_vec()),
                9499,
                "Bad Request",
            ),
        ];
        for (request, code, message) in rows {
            check(&mut Robot::new(TOKEN), &request, code, message);
        }
        let envelope = text("").to_string().len();
        for (length, code) in [(BODY_LIMIT_BYTES, 0), (BODY_LIMIT_BYTES + 1, 9499)] {
            check(
                &mut Robot::new(TOKEN),
                &request(text(&"a".repeat(length - envelope)).to_string()),
                code,
                "",
            );
        }
    }

    #[test]
    fn the_status_of_a_bad_request_is_a_switch() {
        let mut robot = Robot::new(TOKEN).bad_request_status(400);
        assert_eq!(
            robot.answer(&request("junk"), at_millis(0)).answer.status,
            400
        );
        assert_eq!(
            robot.answer(&request("{}"), at_millis(0)).answer.status,
            200
        );
    }

    #[test]
    fn signatures_agree_with_the_published_vectors() {
        let rows = [
            ("1599360473", "demo", SIGN),
            (
                "1661860880",
                "xxx",
                "QnWVTSBe6FmQDE0bG6X0mURbI+DnvVyu1h+j5dHOjrU=",
            ),
            (
                "1577808000",
                "SECabcdef0123456789",
                "uEql+G582JnVNe8+4iqMwWKV2dyjnTIY+zw5PNoMXGw=",
            ),
            (
                "1700000000",
                "this is secret",
                "OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY=",
            ),
            (
                "1760000000",
                "密钥-测试",
                "8cdIguKv3cy1aJULJWSKSLnstbIwd9flglrS61rkqUk=",
            ),
        ];
        for (timestamp, secret, expected) in rows {
            assert_eq!(sign(timestamp, secret), expected, "{timestamp} {secret}");
        }
    }

    #[test]
    fn step_4_wants_a_signature_of_this_kind_within_the_hour() {
        let signed = |timestamp: Value, sign: &str| {
            let mut body = text("x");
            body["timestamp"] = timestamp;
            body["sign"] = json!(sign);
            body
        };
        let at = |seconds: u64| {
            signed(
                json!(seconds.to_string()),
                &sign(&seconds.to_string(), SECRET),
            )
        };
        let rows = [
            (signed(json!("1599360473"), SIGN), 0),
            (signed(json!(1_599_360_473), SIGN), 0),
            // DingTalk's way to sign: secret as key, string as message.
            (
                signed(
                    json!("1599360473"),
                    "DkEDUyVoOOJ539qBvUgMyzkzIdRWlf4e/V3Rq+ONJnQ=",
                ),
                19021,
            ),
            (
                signed(
                    json!("1599360473"),
                    "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8%3D",
                ),
                19021,
            ),
            (
                signed(json!("1599360473000"), &sign("1599360473000", SECRET)),
                19021,
            ),
            (signed(json!(null), SIGN), 19021),
            (signed(json!(1_599_360_473.0), SIGN), 19021),
            (text("x"), 19021),
            (at(NOW_SECONDS - 3600), 0),
            (at(NOW_SECONDS - 3601), 19021),
            (at(NOW_SECONDS + 3600), 0),
            (at(NOW_SECONDS + 3601), 19021),
        ];
        for (body, code) in rows {
            let message = if code == 0 {
                "success"
            } else {
                "sign match fail or timestamp"
            };
            check(
                &mut Robot::new(TOKEN).secret(SECRET),
                &request(body.to_string()),
                code,
                message,
            );
        }
    }

    #[test]
    fn steps_5_and_6_look_at_the_envelope() {
        let card = json!({"elements": []});
        let post = |post: Value| json!({"msg_type": "post", "content": {"post": post}});
        let node = |node: Value| json!({"zh_cn": {"title": "t", "content": [[node]]}});
        let rows = [
            (json!({}), 19002),
            (json!({"msgtype": "text", "text": {"content": "x"}}), 19002),
            (json!({"msg_type": "markdown"}), 19002),
            (json!({"msg_type": "text"}), 19002),
            (json!({"msg_type": "text", "content": {}}), 19002),
            (json!({"msg_type": "text", "content": {"text": ""}}), 19002),
            (
                json!({"msg_type": "text", "content": "{\"text\":\"x\"}"}),
                19002,
            ),
            (
                json!({"msg_type": "image", "content": {"image_key": "img_1"}}),
                0,
            ),
            (json!({"msg_type": "image", "content": {}}), 19002),
            (
                json!({"msg_type": "share_chat", "content": {"share_chat_id": "oc_1"}}),
                0,
            ),
            (json!({"msg_type": "interactive", "card": card}), 0),
            (
                json!({"msg_type": "interactive", "card": card.to_string()}),
                19002,
            ),
            (json!({"msg_type": "interactive", "content": card}), 19002),
            (
                json!({"msg_type": "interactive", "content": {"card": card}}),
                19002,
            ),
            (post(node(json!({"tag": "text", "text": "x"}))), 0),
            (
                post(node(json!({"tag": "a", "text": "x", "href": "https://x"}))),
                0,
            ),
            (
                post(node(json!({"tag": "a", "text": "x", "href": "x"}))),
                19002,
            ),
            (post(node(json!({"tag": "at", "user_id": "ou_1"}))), 0),
            (post(node(json!({"tag": "at"}))), 19002),
            (post(node(json!({"tag": "md", "text": "x"}))), 19002),
            (post(json!({})), 19002),
            (post(json!({"zh_cn": {"title": "t"}})), 19002),
            (post(json!({"ja_jp": {"content": []}})), 19002),
            (json!({"msg_type": "post", "content": {}}), 19002),
        ];
        for (body, code) in rows {
            check(
                &mut Robot::new(TOKEN),
                &request(body.to_string()),
                code,
                if code == 0 { "" } else { "params error" },
            );
        }
    }

    #[test]
    fn step_7_looks_for_keywords_in_texts_and_titles() {
        let post = |title: &str, text: &str, href: &str| {
            let node = json!({"tag": "a", "text": text, "href": href});
            json!({"msg_type": "post", "content": {"post": {"zh_cn": {"title": title, "content": [[node]]}}}})
        };
        let card = |title: &str, content: &str| {
            json!({"msg_type": "interactive", "card": {
                "header": {"title": {"tag": "plain_text", "content": title}},
                "elements": [{"tag": "markdown", "content": content}]
            }})
        };
        let rows = [
            (text("ring the bell"), 0),
            (text("ring the Bell"), 19024),
            (post("bell", "x", "https://x"), 0),
            (post("x", "bell", "https://x"), 0),
            (post("x", "y", "https://bell.example"), 19024),
            (card("bell", "x"), 0),
            (card("x", "bell"), 19024),
            (
                json!({"msg_type": "image", "content": {"image_key": "img_bell"}}),
                19024,
            ),
        ];
        for (body, code) in rows {
            let message = if code == 0 { "" } else { "Key Words Not Found" };
            check(
                &mut Robot::new(TOKEN).keyword("chime").keyword("bell"),
                &request(body.to_string()),
                code,
                message,
            );
        }
    }

    /// Sends a card; `fault` is the sub-code and word expected in the refusal, or nothing.
    #[track_caller]
    fn check_card(card: &Value, fault: &str) {
        let body = json!({"msg_type": "interactive", "card": card});
        let mut robot = Robot::new(TOKEN).known_user("u1");
        let request = request(body.to_string());
        match fault {
            "" => check(&mut robot, &request, 0, "success"),
            _ => check(&mut robot, &request, 11246, fault),
        }
    }

    fn button() -> Value {
        json!({"tag": "button", "text": {"tag": "plain_text", "content": "open"}, "type": "primary"})
    }

    fn markdown(content: &str) -> Value {
        json!({"tag": "markdown", "content": content})
    }

    fn columns(element: Value) -> Value {
        json!({"tag": "column_set", "columns": [{"tag": "column", "elements": [element]}]})
    }

    #[test]
    fn step_8_checks_cards_of_schema_1() {
        let one = |element: Value| json!({"elements": [element]});
        let rows = [
            (json!({"elements": []}), ""),
            (json!({"elements": [], "whatever": 1, "schema": "1.0"}), ""),
            (json!({}), "ErrCode: 200621"),
            (json!({"elements": {}}), "ErrCode: 200621"),
            (json!({"schema": "3.0", "elements": []}), "ErrCode: 10002"),
            (one(markdown("**x**")), ""),
            (one(json!({"tag": "hr"})), ""),
            (
                one(json!({"tag": "divider"})),
                "ErrCode: 11310; ErrMsg: unsupported type of block; ErrorValue: divider",
            ),
            (one(json!({})), "ErrCode: 11310"),
            (one(json!("x")), "ErrCode: 200621"),
            (one(button()), "ErrCode: 11310"),
            (one(json!({"tag": "action", "actions": [button()]})), ""),
            (
                one(json!({"tag": "action", "actions": [{"tag": "button"}]})),
                "button.text",
            ),
            (
                one(json!({"tag": "note", "elements": [{"tag": "plain_text", "content": "x"}]})),
                "",
            ),
            (
                one(json!({"tag": "note", "elements": [{"tag": "markdown", "content": "x"}]})),
                "note.elements.tag",
            ),
            (one(columns(markdown("x"))), ""),
            (
                one(columns(json!({"tag": "action", "actions": []}))),
                "ErrCode: 200410",
            ),
            (
                one(
                    json!({"tag": "div", "fields": [{"is_short": true, "text": {"tag": "lark_md", "content": "x"}}]}),
                ),
                "",
            ),
            (
                one(json!({"tag": "div", "fields": [{"is_short": true, "text": "x"}]})),
                "fields.text",
            ),
            (one(json!({"tag": "div", "text": "x"})), "div.text"),
        ];
        for (card, fault) in rows {
            check_card(&card, fault);
        }
    }

    #[test]
    fn step_8_checks_cards_of_schema_2() {
        let two = |element: Value| json!({"schema": "2.0", "body": {"elements": [element]}});
        let with = |pointer: &str, name: &str, value: Value| {
            let mut card = json!({"schema": "2.0", "config": {}, "header": {"title": {"tag": "plain_text", "content": "t"}}, "body": {"elements": []}});
            card.pointer_mut(pointer)
                .and_then(Value::as_object_mut)
                .expect("an object")
                .insert(name.to_owned(), value);
            card
        };
        let mut twin = markdown("x");
        twin["element_id"] = json!("same");
        let id = |id: &str| {
            let mut element = markdown("x");
            element["element_id"] = json!(id);
            two(element)
        };
        let mut linked = button();
        linked["behaviors"] = json!([{"type": "open_url", "default_url": "https://x"}]);
        let mut old_link = button();
        old_link["url"] = json!("https://x");
        let rows = [
            (two(markdown("x")), ""),
            (two(linked), ""),
            (two(old_link), "unknown property button.url"),
            (
                two(json!({"tag": "note", "elements": []})),
                "ErrCode: 200861",
            ),
            (
                two(json!({"tag": "action", "actions": []})),
                "ErrCode: 200861",
            ),
            (two(columns(json!({"tag": "note"}))), "ErrCode: 200861"),
            (two(columns(button())), ""),
            (two(json!({"tag": "divider"})), "ErrCode: 11310"),
            (
                json!({"schema": "2.0", "elements": []}),
                "unknown property elements",
            ),
            (json!({"schema": "2.0"}), "ErrorValue: elements"),
            (json!({"schema": "2.0", "body": []}), "ErrCode: 200621"),
            (with("", "note", json!(1)), "unknown property note"),
            (
                with("/config", "wide_screen_mode", json!(true)),
                "unknown property config.wide_screen_mode",
            ),
            (with("/config", "width_mode", json!("fill")), ""),
            (
                with("/config", "width_mode", json!("wide")),
                "config.width_mode",
            ),
            (
                with("/config", "update_multi", json!(false)),
                "config.update_multi",
            ),
            (
                with("/header", "colour", json!("red")),
                "unknown property header.colour",
            ),
            (
                with("/header", "padding", json!("12px 8px")),
                "invalid padding",
            ),
            (with("/body", "gap", json!(1)), "unknown property body.gap"),
            (id("a_1"), ""),
            (id("abcdefghijklmnopqrst"), ""),
            (id("abcdefghijklmnopqrstu"), "element_id"),
            (id("1a"), "element_id"),
            (id(""), "element_id"),
            (
                json!({"schema": "2.0", "body": {"elements": [twin.clone(), twin]}}),
                "element_id same",
            ),
        ];
        for (card, fault) in rows {
            check_card(&card, fault);
        }
    }

    #[test]
    fn step_8_checks_what_both_schemas_share() {
        let cards = |header: Value, content: &str| {
            [
                json!({"header": header, "elements": [markdown(content)]}),
                json!({"schema": "2.0", "header": header, "body": {"elements": [markdown(content)]}}),
            ]
        };
        let title = json!({"title": {"tag": "plain_text", "content": "t"}, "template": "green"});
        let rows = [
            (title.clone(), "x", ""),
            (json!({"title": "t"}), "x", "header.title"),
            (json!({"title": {"content": "t"}}), "x", "header.title.tag"),
            (
                json!({"title": {"tag": "plain_text"}}),
                "x",
                "header.title.content",
            ),
            (json!({"template": "green"}), "x", "header.title"),
            (
                json!({"title": {"tag": "plain_text", "content": "t"}, "template": "gray"}),
                "x",
                "gray",
            ),
            (
                json!({"title": {"tag": "plain_text", "content": "t"}, "subtitle": "s"}),
                "x",
                "header.subtitle",
            ),
            (title.clone(), "![p](img_v2_1)", ""),
            (title.clone(), "![p](https://x/p.png)", "ErrCode: 200570"),
            (
                title.clone(),
                "<at id=all></at> <at id=ou_1></at> <at ids=ou_1,u1></at> <at id=\"u1\"/>",
                "",
            ),
            (title.clone(), "<at id=13800000000></at>", "ErrCode: 100290"),
            (
                title.clone(),
                "<at ids=ou_1,stranger></at>",
                "ErrorValue: stranger",
            ),
            (title, "<at email=a@b.example></at>", "ErrCode: 100290"),
        ];
        for (header, content, fault) in rows {
            for card in cards(header.clone(), content) {
                check_card(&card, fault);
            }
        }
    }

    #[test]
    fn step_8_counts_elements_and_tables() {
        let body = |elements: Vec<Value>| json!({"schema": "2.0", "body": {"elements": elements}});
        let table = "| a |\n|---|\n| b |\n\n";
        let rows = [
            (body(vec![json!({"tag": "hr"}); 200]), ""),
            (
                body(vec![json!({"tag": "hr"}); 201]),
                "ErrMsg: element exceeds the limit",
            ),
            // A column set of one column with one element counts as three.
            (body(vec![columns(json!({"tag": "hr"})); 66]), ""),
            (
                body(vec![columns(json!({"tag": "hr"})); 67]),
                "ErrMsg: element exceeds the limit",
            ),
            (body(vec![json!({"tag": "table"}); 5]), ""),
            (
                body(vec![json!({"tag": "table"}); 6]),
                "ErrMsg: card table number over limit",
            ),
            (body(vec![markdown(&table.repeat(4))]), ""),
            (
                body(vec![markdown(&table.repeat(5))]),
                "ErrMsg: card table number over limit",
            ),
            (
                body(vec![markdown(&table.repeat(3)), markdown(&table.repeat(3))]),
                "ErrMsg: card table number over limit",
            ),
            (
                body(vec![markdown(&format!("```\n{}\n```", table.repeat(9)))]),
                "",
            ),
        ];
        for (card, fault) in rows {
            check_card(&card, fault);
        }
    }

    #[test]
    fn step_9_counts_the_second_and_the_minute() {
        let request = request(text("x").to_string());
        let mut robot = Robot::new(TOKEN);
        for _ in 0..5 {
            assert_eq!(reply(&mut robot, &request, 0).0, 0);
        }
        assert_eq!(reply(&mut robot, &request, 999).0, 11232);
        for second in 1..20 {
            for _ in 0..5 {
                assert_eq!(
                    reply(&mut robot, &request, second * 1000).0,
                    0,
                    "second {second}"
                );
            }
        }
        assert_eq!(
            reply(&mut robot, &request, 30_000).0,
            11232,
            "the 101st within a minute"
        );
        assert_eq!(reply(&mut robot, &request, 60_000).0, 0);
    }

    #[test]
    fn what_is_swallowed_is_noticed() {
        let card = |element: Value| json!({"msg_type": "interactive", "card": {"schema": "2.0", "body": {"elements": [element]}}});
        let jump = |address: &str| {
            let mut button = button();
            button["behaviors"] = json!([{"type": "open_url", "default_url": address}]);
            card(button)
        };
        let tags = json!({"title": {"tag": "plain_text", "content": "t"}, "text_tag_list": [{}, {}, {}, {}]});
        let rows = [
            (text("<at user_id=\"all\">x</at>"), None),
            (text("<at id=all></at>"), Some("user_id=")),
            (card(markdown("[a](https://x) <at id=all></at>")), None),
            (
                card(markdown("[a](javascript:x)")),
                Some("not http or https"),
            ),
            (
                card(markdown("<at id=all user_id=\"x\"></at>")),
                Some("wants `id=`"),
            ),
            (jump("https://x"), None),
            (jump("lark://x"), Some("`default_url`")),
            (
                json!({"msg_type": "interactive", "card": {"header": tags, "elements": []}}),
                Some("more than 3 tags"),
            ),
            (
                json!({"msg_type": "text", "content": {"text": "x"}, "at": {}}),
                Some("`at`"),
            ),
            (
                json!({"msg_type": "text", "content": {"text": "x"}, "timestamp": 1}),
                Some("string"),
            ),
        ];
        for (body, expected) in rows {
            let judgement = Robot::new(TOKEN).answer(&request(body.to_string()), at_millis(0));
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
}
