//! WeCom group robots. Source: WeCom developer centre, "Group robot", path 91770, read 2026, and
//! its table of global error codes.
//!
//! There is no signature. The `markdown` type can mention by user id inside the text, and neither
//! by mobile number nor everyone; for those a companion text message follows, which can.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::code::{Code, REPORT};
use super::parts::{Form, parts};
use super::people::People;
use super::reply::robot_verdict;
use super::{
    COMPANION_NOTE, Channel, ChannelEntry, Opened, PlainHttp, addresses, has_in_query, has_path,
    joined, json_draft, link_as_text,
};
use crate::input::{Addresses, Choice, Input, InputReader, List, Reason};
use crate::markdown::{
    Dialect, Place, PlainText, Walk, WeComMarkdown, WeComMarkdownV2, chat_text, fit, fit_line,
    neutralised,
};
use crate::model::bilingual::Both;
use crate::model::document::{Block, Field, Tone, plain_text};
use crate::model::exchange::{
    Draft, Drafted, Endpoint, HttpRequest, Reply, ReplyBody, Request, Role, Verdict,
};
use crate::model::json::object;
use crate::model::message::{Language, Link, Mention, Message};
use crate::model::text::head_chars;
use crate::model::time::UnixMillis;

pub(super) static ENTRY: ChannelEntry = ChannelEntry {
    name: "wecom",
    title: "WeCom",
    inputs: &[&WEBHOOK.spec, &USERS.spec, &MOBILES.spec, &FORMAT.spec],
    example: Some("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=example"),
    open,
    recognises: |url| {
        url.host_str() == Some("qyapi.weixin.qq.com") || has_path(url, "/cgi-bin/webhook/send")
    },
};

static WEBHOOK: Input<Addresses> = Input::new(
    "wecom_webhook",
    "Address of the WeCom robot; several on lines of their own",
);
static USERS: Input<List> = Input::new("wecom_users", "User ids to mention, or all");
static MOBILES: Input<List> = Input::new("wecom_mobiles", "Mobile numbers to mention, or all");

static FORMAT: Input<Format> = Input::new(
    "wecom_format",
    "How the message is sent; markdown_v2 needs clients from 4.1.36 on, text is read in WeChat too",
)
.default("markdown");

/// The message types that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Format {
    /// `markdown`: colours, and mentions by user id.
    #[default]
    Markdown,
    /// `markdown_v2`: tables and lists, no mentions.
    MarkdownV2,
    /// `template_card`: opens the run when it is touched; no mentions.
    Card,
    /// `text`: mentions by user id, mobile number and everyone, no markup.
    Text,
}

impl Choice for Format {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("markdown", Self::Markdown),
        ("markdown_v2", Self::MarkdownV2),
        ("card", Self::Card),
        ("text", Self::Text),
    ];
    const WORDS: &'static [&'static str] = &["markdown", "markdown_v2", "card", "text"];
}

/// Longest address, in characters (row S0-065).
const ADDRESS_LIMIT_CHARS: usize = 256;

/// Longest `markdown.content`, in bytes of UTF-8; longer is refused whole (40058).
const MARKDOWN_LIMIT_BYTES: usize = 4096;

/// Longest `text.content`, in bytes of UTF-8.
const TEXT_LIMIT_BYTES: usize = 2048;

// Sizes of a card's parts, in characters, beyond which the clients cut. Title: the page advises 26;
// it is drawn on two lines. At most six labelled values are taken.
const CARD_TITLE_CHARS: usize = 36;
const CARD_KEY_CHARS: usize = 12;
const CARD_VALUE_CHARS: usize = 26;
const CARD_TEXT_CHARS: usize = 112;
const CARD_JUMP_CHARS: usize = 13;
const CARD_FIELDS: usize = 6;

/// Longest user id list, in characters (row S0-070).
const USERS_LIMIT_CHARS: usize = 1000;

fn open(reader: &mut InputReader<'_>) -> Vec<Opened> {
    let webhooks = addresses(reader, &WEBHOOK, &ENTRY, PlainHttp::Refused);
    let list = reader.get(&USERS);
    let given: usize = list
        .iter()
        .flat_map(|it| &it.0)
        .map(|id| id.chars().count() + 1)
        .sum();
    let users = People::new(list);
    users.warn_of_mobiles(reader, USERS.spec.name, MOBILES.spec.name);
    let mobiles = People::mobiles(reader, &MOBILES);
    mobiles.refuse_crowds(reader, MOBILES.spec.name, 3);
    let format = reader.value(&FORMAT);
    if given > USERS_LIMIT_CHARS + 1 {
        reader.fault(
            USERS.spec.name,
            Reason::new(
                format!("has more than {USERS_LIMIT_CHARS} characters"),
                "Mention fewer people, or `all`.",
            ),
        );
    }
    for id in &users.ids {
        let strange = id
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@')));
        if let Some(strange) = strange {
            let shown = match strange {
                '\'' | '"' | '\\' => strange.to_string(),
                other => other.escape_debug().to_string(),
            };
            reader.refuse(
                &USERS.spec,
                id,
                Reason::new(
                    format!("`{shown}` cannot stand in a WeCom user id"),
                    "Letters, digits and . - _ @ can; find ids in the management backend, under contacts.",
                ),
            );
        }
    }
    for robot in &webhooks {
        let url = robot.endpoint.reveal();
        if !has_in_query(url, "key") {
            reader.fault(
                WEBHOOK.spec.name,
                Reason::new("has no `key`", "Copy the whole address again, to its end."),
            );
        } else if url.as_str().chars().count() > ADDRESS_LIMIT_CHARS {
            reader.fault(
                WEBHOOK.spec.name,
                Reason::new(
                    format!("has more than {ADDRESS_LIMIT_CHARS} characters"),
                    "A robot's address has about 100; copy it again.",
                ),
            );
        }
    }
    webhooks
        .into_iter()
        .map(|robot| Opened {
            host: (robot.endpoint.host(), WEBHOOK.spec.name),
            lane: robot.lane,
            channel: Box::new(WeCom {
                webhook: robot.endpoint,
                users: users.clone(),
                mobiles: mobiles.clone(),
                format,
            }),
        })
        .collect()
}

#[derive(Debug, Clone)]
struct WeCom {
    webhook: Endpoint,
    users: People,
    mobiles: People,
    format: Format,
}

impl WeCom {
    /// The robot, with nobody to ring when the message comes quietly.
    fn ringing(&self, mention: Mention) -> Cow<'_, Self> {
        match mention {
            Mention::Ring => Cow::Borrowed(self),
            Mention::Quiet => Cow::Owned(Self {
                mobiles: People::default(),
                users: People::default(),
                ..self.clone()
            }),
        }
    }

    /// The type that this message takes: a card wants an address to open.
    fn format(&self, message: &Message) -> Format {
        match (self.format, &message.link) {
            (Format::Card, None) => Format::Markdown,
            (format, _) => format,
        }
    }

    /// The message with its status as the first fact, in colour: the title has none.
    fn coloured<'m>(&self, message: &'m Message) -> Cow<'m, Message> {
        match (self.format(message), &message.status_line) {
            (Format::Markdown, Some(line)) => {
                let mut message = message.clone();
                message.fields.insert(0, line.clone());
                Cow::Owned(message)
            }
            _ => Cow::Borrowed(message),
        }
    }

    fn content(&self, message: &Message, blocks: &[Block]) -> String {
        match self.format(message) {
            Format::Markdown => {
                let mentions: Vec<String> =
                    self.users.ids.iter().map(|id| format!("<@{id}>")).collect();
                marked_up(&WeComMarkdown, message, blocks, &mentions.join(" "))
            }
            Format::MarkdownV2 => marked_up(&WeComMarkdownV2, message, blocks, ""),
            Format::Card | Format::Text => plain(message, blocks),
        }
    }

    fn body(&self, message: &Message, blocks: &[Block]) -> Map<String, Value> {
        let content = self.content(message, blocks);
        match self.format(message) {
            Format::Markdown => typed("markdown", object([("content", content.into())])),
            Format::MarkdownV2 => typed("markdown_v2", object([("content", content.into())])),
            Format::Card | Format::Text => {
                let mut text = self.mentions().unwrap_or_default();
                text.insert("content".into(), content.into());
                typed("text", Value::Object(text))
            }
        }
    }

    /// Everybody who is to be rung, as a text message rings them; `None` when nobody is.
    fn mentions(&self) -> Option<Map<String, Value>> {
        let everyone = self.users.everyone || self.mobiles.everyone;
        let rings_in_markdown = match self.format {
            Format::Markdown => true,
            Format::MarkdownV2 | Format::Card | Format::Text => false,
        };
        let mut users: Vec<&str> = Vec::new();
        if !rings_in_markdown {
            users.extend(self.users.ids.iter().map(String::as_str));
        }
        if everyone {
            users.push("@all");
        }
        let mut mentions = Map::new();
        if !users.is_empty() {
            mentions.insert("mentioned_list".into(), users.into());
        }
        if !self.mobiles.ids.is_empty() {
            let mobiles = self.mobiles.ids.as_slice();
            mentions.insert("mentioned_mobile_list".into(), mobiles.into());
        }
        (!mentions.is_empty()).then_some(mentions)
    }

    /// Rings those whom the message's own type cannot ring.
    fn companion(&self, message: &Message) -> Option<Map<String, Value>> {
        if self.format == Format::Text {
            return None;
        }
        let mut text = self.mentions()?;
        let title = harmless(&message.title);
        text.insert("content".into(), fit_line(&title, TEXT_LIMIT_BYTES).into());
        Some(typed("text", Value::Object(text)))
    }
}

fn marked_up(dialect: &dyn Dialect, message: &Message, blocks: &[Block], mentions: &str) -> String {
    let link = message
        .link
        .as_ref()
        .map(|link| dialect.link(link.label, &link.target));
    joined(vec![
        // The conversation list shows the raw start of the text, so it begins with plain words.
        neutralised(&message.title, Place::LineStart),
        Walk(dialect).write(blocks),
        link.unwrap_or_default(),
        mentions.to_owned(),
    ])
}

fn plain(message: &Message, blocks: &[Block]) -> String {
    harmless(&joined(vec![
        message.title.clone(),
        chat_text(blocks),
        link_as_text(message),
    ]))
}

/// `<@...>` has power in texts too.
fn harmless(text: &str) -> String {
    text.replace("<@", "＜@")
}

/// A card of the kind `text_notice`. Its parts are short; what does not fit is behind the link.
fn card(message: &Message, link: &Link, drafted: &mut Drafted) -> Value {
    // Where not all have room, what failed matters most while it is failed.
    let is_crowded = message.fields.len() > CARD_FIELDS && message.tone() == Tone::Bad;
    let (first, rest): (Vec<&Field>, Vec<&Field>) = message
        .fields
        .iter()
        .partition(|field| is_crowded && field.name == "failed");
    let fields: Vec<Value> = first
        .into_iter()
        .chain(rest)
        .map(|field| {
            let value = head_chars(&plain_text(&field.value), CARD_VALUE_CHARS);
            object([
                ("keyname", head_chars(field.label, CARD_KEY_CHARS).into()),
                ("value", value.into()),
            ])
        })
        .take(CARD_FIELDS)
        .collect();
    // Every line counts, so none is empty.
    let write = |blocks: &[Block]| PlainText.write(blocks).replace("\n\n", "\n");
    let length = |blocks: &[Block]| write(blocks).chars().count();
    let text = write(fit(message.body.clone(), CARD_TEXT_CHARS, length).blocks());
    if message.fields.len() > CARD_FIELDS || length(&message.body) > CARD_TEXT_CHARS {
        drafted.notes.push(format!(
            "a WeCom card has room for {CARD_FIELDS} facts and {CARD_TEXT_CHARS} characters of text; the rest is left out"
        ));
    }
    let title = head_chars(&message.title, CARD_TITLE_CHARS);
    let label = match link.label.chars().count() <= CARD_JUMP_CHARS {
        true => link.label,
        // The words in which it says what is opened are too many.
        false => match message.language {
            Language::English => "Open the page",
            Language::Chinese => "查看详情",
            Language::Russian => "Открыть",
        },
    };
    let jump = object([
        ("type", 1.into()),
        ("title", label.into()),
        ("url", link.target.as_str().into()),
    ]);
    let action = object([("type", 1.into()), ("url", link.target.as_str().into())]);
    let mut card = object([
        ("card_type", "text_notice".into()),
        ("main_title", object([("title", title.into())])),
        ("horizontal_content_list", fields.into()),
        ("jump_list", vec![jump].into()),
        ("card_action", action),
    ]);
    if let (Some(card), false) = (card.as_object_mut(), text.is_empty()) {
        card.insert("sub_title_text".into(), text.into());
    }
    card
}

/// A message of a type, with its content under that type's name.
fn typed(kind: &str, content: Value) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("msgtype".into(), kind.into());
    body.insert(kind.into(), content);
    body
}

/// The length of a body's content in bytes, which is what the robot limits.
fn content_length(body: &Map<String, Value>) -> usize {
    let contents = body.values().filter_map(|part| part.get("content"));
    contents.filter_map(Value::as_str).map(str::len).sum()
}

impl Channel for WeCom {
    fn drafts(&self, message: &Message) -> Drafted {
        let mut drafted = Drafted::default();
        let limit = match self.format(message) {
            Format::Markdown | Format::MarkdownV2 => MARKDOWN_LIMIT_BYTES,
            Format::Card | Format::Text => TEXT_LIMIT_BYTES,
        };
        if let (Format::Card, Some(link)) = (self.format, &message.link) {
            let body = typed("template_card", card(message, link, &mut drafted));
            drafted.drafts.push(json_draft(Role::Message, body));
        } else {
            let form = Form {
                limit,
                write: &|message, blocks| self.ringing(message.mention).body(message, blocks),
                length: &content_length,
            };
            let bodies = parts(&self.coloured(message), &form, &mut drafted);
            let bodies = bodies.into_iter().map(|it| json_draft(Role::Message, it));
            drafted.drafts.extend(bodies);
        }
        if let Some(body) = self.ringing(message.mention).companion(message) {
            drafted.drafts.push(json_draft(Role::Companion, body));
            drafted.notes.push(COMPANION_NOTE.to_owned());
        }
        drafted
    }

    fn request(&self, draft: &Draft, _: UnixMillis) -> Request {
        Request::Http(HttpRequest {
            endpoint: self.webhook.clone(),
            headers: super::json_headers(),
            body: super::draft_bytes(draft),
            reply_body: ReplyBody::Read,
            derived: Vec::new(),
        })
    }

    fn verdict(&self, reply: &Reply) -> Verdict {
        robot_verdict(
            reply,
            "errcode",
            CODES,
            |body| body.get("errcode")?.as_i64(),
            // The text holds a hint and the caller's address behind the first comma.
            |body| body.get("errmsg")?.as_str()?.split(", hint:").next(),
        )
    }
}

const COPY_ADDRESS: Both = [
    "Copy the robot's address again into `wecom_webhook`.",
    "请重新复制机器人的地址，填入 `wecom_webhook`。",
];

const SHORTEN: Both = [
    "Shorten `message`, or write `on_too_long: split`.",
    "请缩短 `message`，或设置 `on_too_long: split`。",
];

const OTHER_FORMAT: Both = [
    "Choose another `wecom_format`, and report this line to runbell.",
    "请更换 `wecom_format`，并把这一行反馈给 runbell。",
];

/// What WeCom answers.
pub(super) const CODES: &[Code] = &[
    Code::transient(-1, ["WeCom is busy", "企业微信系统繁忙"]),
    Code::transient(
        6000,
        [
            "WeCom is busy with another change",
            "企业微信正在处理另一更改，数据冲突",
        ],
    ),
    Code::permanent(
        40_007,
        [
            "the media id is wrong, expired or another robot's",
            "media_id 无效、过期或属于其他机器人",
        ],
        REPORT,
    ),
    Code::permanent(
        40_008,
        [
            "WeCom does not take this type of message",
            "企业微信不支持该消息类型",
        ],
        OTHER_FORMAT,
    ),
    Code::permanent(
        40_009,
        ["the picture's size is not allowed", "图片大小不符合要求"],
        REPORT,
    ),
    Code::permanent(
        40_033,
        [
            "the message holds characters that WeCom does not take",
            "消息中含有企业微信不接受的字符",
        ],
        [
            "Take unusual characters out of `title` and `message`.",
            "请从 `title` 和 `message` 中去掉特殊字符。",
        ],
    ),
    Code::permanent(
        40_035,
        ["a parameter is not valid", "参数无效"],
        OTHER_FORMAT,
    ),
    Code::permanent(
        40_058,
        [
            "a part of the message breaks a rule: too long, or missing",
            "消息的某一部分不合规：过长或缺失",
        ],
        SHORTEN,
    ),
    Code::permanent(44_001, ["the media file is empty", "媒体文件为空"], REPORT),
    Code::permanent(
        44_004,
        ["the message is empty", "消息内容为空"],
        [
            "Give it a `title`, `fields` or `message`.",
            "请填写 `title`、`fields` 或 `message`。",
        ],
    ),
    Code::permanent(
        45_001,
        ["the media file is too large", "媒体文件过大"],
        REPORT,
    ),
    Code::permanent(45_002, ["the message is too long", "消息过长"], SHORTEN),
    Code::limited(
        45_009,
        ["more than 20 messages a minute", "每分钟超过 20 条消息"],
        60,
    ),
    Code::limited(45_033, ["too many calls at once", "并发调用过多"], 0),
    Code::permanent(
        47_001,
        ["WeCom could not read the message", "企业微信无法解析消息"],
        OTHER_FORMAT,
    ),
    Code::permanent(
        93_000,
        [
            "the robot's address is wrong, or the robot was removed",
            "机器人的地址有误，或机器人已被移除",
        ],
        COPY_ADDRESS,
    ),
    Code::permanent(
        93_004,
        ["the robot is disabled", "机器人已被停用"],
        [
            "Enable it in the group's settings.",
            "请在群设置中启用机器人。",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::channel::tests::{http, message, open_with, opened, reply};
    use crate::model::document::Inline;
    use crate::model::exchange::Class;

    const ADDRESS: &str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K";

    fn bodies(inputs: &[(&str, &str)], message: &Message) -> Vec<Value> {
        let mut all = vec![("wecom_webhook", ADDRESS)];
        all.extend(inputs);
        let channel = opened(&ENTRY, &all);
        channel
            .drafts(message)
            .drafts
            .iter()
            .map(|draft| {
                let request = http(channel.request(draft, UnixMillis(0)));
                serde_json::from_slice(&request.body).unwrap()
            })
            .collect()
    }

    #[test]
    fn users_are_mentioned_in_the_text() {
        let bodies = bodies(&[("wecom_users", "zhangsan; li.si@corp")], &message());
        assert_eq!(bodies.len(), 1);
        let content = bodies[0]["markdown"]["content"].as_str().unwrap();
        assert!(content.ends_with("<@zhangsan> <@li.si@corp>"), "{content}");
        assert!(content.starts_with("❌ Failed: build #42\n"), "{content}");
        assert!(!content.contains("<@all>"), "{content}");
    }

    #[test]
    fn everyone_and_mobiles_are_rung_by_a_companion() {
        let bodies = bodies(
            &[("wecom_users", "all"), ("wecom_mobiles", "13800000000")],
            &message(),
        );
        assert_eq!(
            bodies[1],
            json!({"msgtype": "text", "text": {
                "content": "❌ Failed: build #42",
                "mentioned_list": ["@all"],
                "mentioned_mobile_list": ["13800000000"],
            }})
        );
    }

    #[test]
    fn every_format_rings_everybody_once() {
        for (format, kinds, rung) in [
            ("markdown", &["markdown", "text"][..], json!(["@all"])),
            (
                "markdown_v2",
                &["markdown_v2", "text"],
                json!(["zhangsan", "@all"]),
            ),
            (
                "card",
                &["template_card", "text"],
                json!(["zhangsan", "@all"]),
            ),
            ("text", &["text"], json!(["zhangsan", "@all"])),
        ] {
            let bodies = bodies(
                &[("wecom_users", "zhangsan, all"), ("wecom_format", format)],
                &message(),
            );
            let found: Vec<&str> = bodies
                .iter()
                .filter_map(|it| it["msgtype"].as_str())
                .collect();
            assert_eq!(found, kinds, "{format}");
            assert_eq!(
                bodies.last().unwrap()["text"]["mentioned_list"],
                rung,
                "{format}"
            );
        }
    }

    #[test]
    fn a_quiet_message_rings_nobody() {
        let mut quiet = message();
        quiet.mention = Mention::Quiet;
        let bodies = bodies(
            &[
                ("wecom_users", "zhangsan, all"),
                ("wecom_mobiles", "13800000000"),
            ],
            &quiet,
        );
        assert_eq!(bodies.len(), 1);
        let content = bodies[0]["markdown"]["content"].as_str().unwrap();
        assert!(!content.contains("zhangsan"), "{content}");
    }

    #[test]
    fn a_card_shows_the_facts_and_opens_the_run() {
        let bodies = bodies(&[("wecom_format", "card")], &message());
        let card = &bodies[0]["template_card"];
        assert_eq!(card["main_title"]["title"], "❌ Failed: build #42");
        assert_eq!(card["horizontal_content_list"][0]["keyname"], "Commit");
        assert_eq!(card["sub_title_text"], "Hello");
        assert_eq!(
            card["card_action"],
            json!({"type": 1, "url": "https://ci.example/42"})
        );
    }

    #[test]
    fn a_long_text_is_cut_by_bytes() {
        let mut long = message();
        long.body = vec![Block::Paragraph(vec![Inline::Text(
            "构<@all>".repeat(5000),
        )])];
        let bodies = bodies(&[("wecom_format", "text")], &long);
        let content = bodies[0]["text"]["content"].as_str().unwrap();
        assert!(
            content.len() <= TEXT_LIMIT_BYTES && !content.contains("<@"),
            "{content}"
        );
        assert!(
            content.ends_with("Open the run: https://ci.example/42"),
            "{content}"
        );
    }

    #[test]
    fn a_long_message_is_cut_by_bytes_and_keeps_its_link() {
        let mut long = message();
        long.body = vec![Block::Paragraph(vec![Inline::Text("构建".repeat(5000))])];
        let bodies = bodies(&[], &long);
        let content = bodies[0]["markdown"]["content"].as_str().unwrap();
        assert!(content.len() <= MARKDOWN_LIMIT_BYTES && content.len() > 4000);
        assert!(
            content.ends_with("…\n\n[Open the run](https://ci.example/42)"),
            "{content}"
        );
    }

    #[track_caller]
    fn check_fault(inputs: &[(&str, &str)], expected: Option<&str>) {
        let (_, faults) = open_with(&ENTRY, inputs);
        match expected {
            Some(words) => assert!(faults[0].contains(words), "{faults:?}"),
            None => assert!(faults.is_empty(), "{faults:?}"),
        }
    }

    #[test]
    fn ids_and_addresses_have_their_limits() {
        let address = |length: usize| format!("{ADDRESS}{}", "k".repeat(length - ADDRESS.len()));
        check_fault(&[("wecom_webhook", &address(256))], None);
        check_fault(&[("wecom_webhook", &address(257))], Some("more than 256"));
        check_fault(&[("wecom_users", "a.b-c_d@e;f")], None);
        for (users, strange) in [
            ("张三", "张"),
            ("a'b", "'"),
            ("a\"b", "\""),
            ("a\\b", "\\"),
            ("a\u{200b}b", "\\u{200b}"),
        ] {
            let told = format!(" `{strange}` cannot stand in a WeCom user id");
            check_fault(&[("wecom_users", users)], Some(&told));
        }
        check_fault(&[("wecom_users", &"a".repeat(1000))], None);
        check_fault(
            &[("wecom_users", &"a".repeat(1001))],
            Some("more than 1000"),
        );
    }

    #[test]
    fn replies_are_judged_by_their_body() {
        let channel = opened(&ENTRY, &[("wecom_webhook", ADDRESS)]);
        let judge = |body: &str| channel.verdict(&reply(200, body));
        assert_eq!(
            judge(r#"{"errcode":0,"errmsg":"ok"}"#).class,
            Class::Accepted
        );
        let refused = judge(
            r#"{"errcode":93000,"errmsg":"invalid webhook url, hint: [1], from ip: 10.1.2.3, more info"}"#,
        );
        assert_eq!(refused.class, Class::Permanent);
        assert_eq!(refused.quote.as_deref(), Some("invalid webhook url"));
        assert_eq!(judge(r#"{"errcode":45009}"#).wait.as_secs(), 60);
    }
}
