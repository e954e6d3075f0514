//! DingTalk group robots. Source: DingTalk open platform, "Robot message types" and "Custom robot
//! access", and its international help pages, read 2026; codes seen in live logs are added.
//!
//! Signature: `timestamp` in milliseconds and `sign` in the query, percent-encoded once. The key
//! is the secret, the message is `timestamp\nsecret`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::code::{Code, REPORT, says};
use super::keyword::{Keyword, Title};
use super::parts::{Form, parts};
use super::people::People;
use super::reply::{naming_the_clock, robot_verdict};
use super::sign::hmac_base64;
use super::{
    COMPANION_NOTE, Channel, ChannelEntry, Opened, PlainHttp, addresses, has_in_query, has_path,
    joined, json_draft, json_length, link_as_text, paired_secrets,
};
use crate::input::{Addresses, Choice, Input, InputReader, List, Reason, SecretList};
use crate::markdown::{
    Dialect, DingTalkMarkdown, Place, chat_text, fit_line, neutralised, without_mentions,
};
use crate::model::bilingual::Both;
use crate::model::document::Block;
use crate::model::exchange::{
    Draft, Drafted, Endpoint, HttpRequest, Reply, ReplyBody, Request, Role, Verdict,
};
use crate::model::json::object;
use crate::model::message::{Mention, Message};
use crate::model::text::head_chars;
use crate::model::time::UnixMillis;
use crate::secret::Secret;

pub(super) static ENTRY: ChannelEntry = ChannelEntry {
    name: "dingtalk",
    title: "DingTalk",
    inputs: &[
        &WEBHOOK.spec,
        &SECRET.spec,
        &KEYWORD.spec,
        &MOBILES.spec,
        &USERS.spec,
        &FORMAT.spec,
    ],
    example: Some("https://oapi.dingtalk.com/robot/send?access_token=example"),
    open,
    recognises: |url| {
        let host = url.host_str().unwrap_or_default();
        matches!(host, "oapi.dingtalk.com" | "oapi.dingtalk.io")
            || (has_path(url, "/robot/send")
                && url.query().is_some_and(|it| it.contains("access_token=")))
    },
};

static WEBHOOK: Input<Addresses> = Input::new(
    "dingtalk_webhook",
    "Address of the DingTalk robot; several on lines of their own",
);
static SECRET: Input<SecretList> = Input::new(
    "dingtalk_secret",
    "Signing secret of the robot, if it demands one",
);
static KEYWORD: Input<String> = Input::new(
    "dingtalk_keyword",
    "Custom keyword of the robot; added when the message lacks it",
);
static MOBILES: Input<List> = Input::new("dingtalk_mobiles", "Mobile numbers to mention, or all");
static USERS: Input<List> = Input::new("dingtalk_users", "User ids to mention, or all");

static FORMAT: Input<Format> = Input::new(
    "dingtalk_format",
    "How the message is sent; a card has a button to the run",
)
.default("markdown");

/// The message types that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Format {
    /// `markdown`: mentions by mobile number, user id and everyone.
    #[default]
    Markdown,
    /// `actionCard`: a button, and no mentions but by a text that follows.
    Card,
    /// `text`: readable everywhere, without any markup.
    Text,
}

impl Choice for Format {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("markdown", Self::Markdown),
        ("card", Self::Card),
        ("text", Self::Text),
    ];
    const WORDS: &'static [&'static str] = &["markdown", "card", "text"];
}

/// Largest message, in bytes of the whole JSON body. The service refuses more than 20,000 bytes
/// (460101) and does not say of what.
const BODY_LIMIT_BYTES: usize = 19_500;

/// Longest title, in characters. None is published; phones show about this much.
const TITLE_LIMIT_CHARS: usize = 64;

fn open(reader: &mut InputReader<'_>) -> Vec<Opened> {
    let webhooks = addresses(reader, &WEBHOOK, &ENTRY, PlainHttp::Refused);
    let secrets = paired_secrets(reader, &SECRET, webhooks.len());
    for secret in secrets.iter().flatten() {
        if !secret.reveal().starts_with("SEC") {
            reader.warn(
                "`dingtalk_secret` does not begin with `SEC`, as the secrets of DingTalk robots do"
                    .to_owned(),
            );
        }
    }
    let keyword = Keyword(reader.get(&KEYWORD));
    let mobiles = People::mobiles(reader, &MOBILES);
    let users = People::new(reader.get(&USERS));
    users.warn_of_mobiles(reader, USERS.spec.name, MOBILES.spec.name);
    // Each id stands in the text and in the list.
    mobiles.refuse_crowds(reader, MOBILES.spec.name, 18);
    users.refuse_crowds(reader, USERS.spec.name, 18);
    let format = reader.value(&FORMAT);
    for robot in &webhooks {
        if !has_in_query(robot.endpoint.reveal(), "access_token") {
            reader.fault(
                WEBHOOK.spec.name,
                Reason::new(
                    "has no `access_token`",
                    "Copy the whole address again, to its end.",
                ),
            );
        }
    }
    webhooks
        .into_iter()
        .zip(secrets)
        .map(|(robot, secret)| {
            let unsigned = unsigned(&robot.endpoint);
            if secret.is_none() && unsigned.is_some() {
                reader.fault(
                    WEBHOOK.spec.name,
                    Reason::new(
                        "holds the `timestamp` and `sign` of one message, which are good for an hour",
                        "Take both out of it, and put the robot's secret into `dingtalk_secret`.",
                    ),
                );
            }
            Opened {
                host: (robot.endpoint.host(), WEBHOOK.spec.name),
                lane: robot.lane,
                channel: Box::new(DingTalk {
                    webhook: unsigned.unwrap_or(robot.endpoint),
                    secret,
                    keyword: keyword.clone(),
                    mobiles: mobiles.clone(),
                    users: users.clone(),
                    format,
                }),
            }
        })
        .collect()
}

/// The address without the signature of another message, if people copied one with it: with two,
/// the robot would go by either. Everything else stays as it was given.
fn unsigned(endpoint: &Endpoint) -> Option<Endpoint> {
    let is_kept = |pair: &&str| !pair.starts_with("timestamp=") && !pair.starts_with("sign=");
    let (before, query) = endpoint.reveal().as_str().split_once('?')?;
    if query.split('&').all(|pair| is_kept(&pair)) {
        return None;
    }
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    let url = format!("{before}?{}", kept.join("&")).parse();
    url.ok().map(Endpoint::new)
}

#[derive(Debug, Clone)]
struct DingTalk {
    webhook: Endpoint,
    secret: Option<Secret>,
    keyword: Keyword,
    mobiles: People,
    users: People,
    format: Format,
}

impl DingTalk {
    /// Whether anybody is named to be rung.
    fn rings(&self) -> bool {
        self.mobiles.rings() || self.users.rings()
    }

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

    /// The title, which is what the conversation list and the phone's notice show.
    fn title(&self, message: &Message) -> String {
        let title = head_chars(&message.title, TITLE_LIMIT_CHARS);
        match self.keyword.missing_in(&title) {
            Some(keyword) => format!("{} {keyword}", fit_line(&title, 128)),
            None => title,
        }
    }

    fn body(&self, message: &Message, blocks: &[Block]) -> Map<String, Value> {
        let title = self.title(message);
        match (self.format, &message.link) {
            (Format::Card, Some(link)) => {
                let text = self.with_keyword(joined(vec![
                    heading(message),
                    DingTalkMarkdown.write(blocks),
                ]));
                let card = object([
                    ("title", title.into()),
                    ("text", text.into()),
                    ("singleTitle", link.label.into()),
                    ("singleURL", link.target.as_str().into()),
                    ("btnOrientation", "0".into()),
                ]);
                typed(message, "actionCard", card, None)
            }
            // A card wants an address for its button; without one it is Markdown.
            (Format::Markdown | Format::Card, link) => {
                let link = link
                    .as_ref()
                    .map(|it| DingTalkMarkdown.link(it.label, &it.target));
                let text = self.with_keyword(joined(vec![
                    heading(message),
                    DingTalkMarkdown.write(blocks),
                    link.unwrap_or_default(),
                    self.mentions(),
                ]));
                let markdown = object([("title", title.into()), ("text", text.into())]);
                typed(message, "markdown", markdown, Some(self.at()))
            }
            (Format::Text, _) => {
                let text = self.with_keyword(joined(vec![
                    without_mentions(&message.title),
                    without_mentions(&chat_text(blocks)),
                    link_as_text(message),
                    self.mentions(),
                ]));
                let text = object([("content", text.into())]);
                typed(message, "text", text, Some(self.at()))
            }
        }
    }

    /// Rings those whom a card cannot ring.
    fn companion(&self, message: &Message) -> Option<Map<String, Value>> {
        let is_card = self.format == Format::Card && message.link.is_some();
        (is_card && self.rings()).then(|| {
            let text = joined(vec![
                without_mentions(&self.title(message)),
                self.mentions(),
            ]);
            let text = object([("content", text.into())]);
            let mut body = typed(message, "text", text, Some(self.at()));
            // Another message than the card and its parts: with their id the robot would drop it.
            let id = message.id.for_part(COMPANION_PART);
            body.insert("msgUuid".into(), id.as_str().into());
            body
        })
    }

    /// Every listed id must stand in the text, or the person may not be highlighted.
    fn mentions(&self) -> String {
        let ids = self.mobiles.ids.iter().chain(&self.users.ids);
        ids.map(|id| format!("@{id}")).collect::<Vec<_>>().join(" ")
    }

    fn at(&self) -> Value {
        let is_all = self.mobiles.everyone || self.users.everyone;
        object([
            ("atMobiles", self.mobiles.ids.as_slice().into()),
            ("atUserIds", self.users.ids.as_slice().into()),
            ("isAtAll", is_all.into()),
        ])
    }

    /// The text, with the keyword added when it is missing.
    fn with_keyword(&self, text: String) -> String {
        self.keyword.added_to(text, "\n\n")
    }
}

/// What stands for the number of a part in the id of the companion; no message has as many.
const COMPANION_PART: usize = 1 << 16;

/// The title in the colour of the status.
fn heading(message: &Message) -> String {
    let title = neutralised(&message.title, Place::Inline);
    format!("## {}", DingTalkMarkdown.toned(message.tone(), &title))
}

/// A message of a type, with its content under that type's name.
fn typed(message: &Message, kind: &str, content: Value, at: Option<Value>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("msgtype".into(), kind.into());
    body.insert(kind.into(), content);
    if let Some(at) = at {
        body.insert("at".into(), at);
    }
    body.insert("msgUuid".into(), message.id.as_str().into());
    body
}

impl Channel for DingTalk {
    fn drafts(&self, message: &Message) -> Drafted {
        let mut drafted = Drafted::default();
        let form = Form {
            limit: BODY_LIMIT_BYTES,
            write: &|message, blocks| self.ringing(message.mention).body(message, blocks),
            length: &json_length,
        };
        let bodies = parts(message, &form, &mut drafted);
        let bodies = bodies.into_iter().map(|it| json_draft(Role::Message, it));
        drafted.drafts.extend(bodies);
        if let Some(body) = self.ringing(message.mention).companion(message) {
            drafted.drafts.push(json_draft(Role::Companion, body));
            drafted.notes.push(COMPANION_NOTE.to_owned());
        }
        let title = match self.format {
            Format::Text => Title::InText,
            _ => Title::Apart,
        };
        self.keyword
            .tell(KEYWORD.spec.name, message, title, &mut drafted);
        drafted
    }

    fn request(&self, draft: &Draft, at: UnixMillis) -> Request {
        let mut url = self.webhook.reveal().clone();
        if let Some(secret) = &self.secret {
            let sign = signature(secret, at);
            // The query writer percent-encodes `+`, `/` and `=`, exactly once.
            url.query_pairs_mut()
                .append_pair("timestamp", &at.0.to_string())
                .append_pair("sign", &sign);
        }
        Request::Http(HttpRequest {
            endpoint: Endpoint::new(url),
            headers: super::json_headers(),
            body: super::draft_bytes(draft),
            reply_body: ReplyBody::Read,
            derived: Vec::new(),
        })
    }

    fn verdict(&self, reply: &Reply) -> Verdict {
        let verdict = robot_verdict(
            reply,
            "errcode",
            CODES,
            |body| match (body.get("errcode"), body.get("punish")) {
                // The gateway's own "too fast" has no errcode at all.
                (None, Some(_)) => Some(PUNISHED),
                (code, _) => code?.as_i64(),
            },
            |body| body.get("errmsg")?.as_str(),
        );
        if verdict.code != format!("errcode {SECURITY}") {
            return verdict;
        }
        let said = |words| verdict.quote.as_ref().is_some_and(|it| says(it, words));
        if said(KEYWORD_SAID) && self.keyword.0.is_some() {
            verdict.with_fix(OTHER_KEYWORD)
        } else if self.secret.is_some() && said(SIGNATURE_SAID) {
            naming_the_clock(verdict, reply)
        } else {
            verdict
        }
    }
}

/// The signature for an instant, in base64, not yet percent-encoded.
fn signature(secret: &Secret, at: UnixMillis) -> String {
    let message = format!("{}\n{}", at.0, secret.reveal());
    hmac_base64(secret.reveal().as_bytes(), message.as_bytes())
}

/// Stands for the gateway's answer that has `punish` and no `errcode`.
const PUNISHED: i64 = 1111;

const SECURITY: i64 = 310_000;

/// How DingTalk says that a keyword is missing, in both its languages.
/// How a refused signature or clock is told.
const SIGNATURE_SAID: &[&str] = &["签名", "sign", "时间戳", "timestamp"];

const KEYWORD_SAID: &[&str] = &["关键词", "keyword"];

const OTHER_KEYWORD: Both = [
    "What `dingtalk_keyword` holds is not one of the robot's keywords: copy it exactly, case too.",
    "`dingtalk_keyword` 不是机器人的关键词之一，请原样复制，注意大小写。",
];

const COPY_ADDRESS: Both = [
    "Copy the robot's address again into `dingtalk_webhook`.",
    "请重新复制机器人的地址，填入 `dingtalk_webhook`。",
];

const NO_TOKEN: Both = [
    "the robot's token does not exist",
    "机器人的 access_token 不存在",
];

const TOO_FAST: Both = [
    "more than 20 messages a minute; the robot is closed for ten minutes",
    "每分钟超过 20 条消息，机器人被限流十分钟",
];

const TOO_MANY: Both = ["too many messages", "消息过多，被限流"];

const REWORD: Both = [
    "Reword `title` and `message`; what the commit says counts too.",
    "请修改 `title` 和 `message` 的措辞；提交说明的内容也计算在内。",
];

/// What DingTalk answers. Where sources differ on a number, each is here: a token that does not
/// exist is 300005 today, 300001 in older logs and 400101 in the vendor's table.
pub(super) const CODES: &[Code] = &[
    Code::transient(-1, ["DingTalk is busy", "钉钉系统繁忙"]),
    Code::permanent(
        88,
        ["DingTalk's gateway refused the call", "钉钉网关拒绝了调用"],
        [
            "If the text names no cause, copy the robot's address again into `dingtalk_webhook`.",
            "若原文未说明原因，请重新复制机器人的地址，填入 `dingtalk_webhook`。",
        ],
    ),
    Code::limited(
        PUNISHED,
        [
            "this machine's address calls DingTalk too often",
            "本机 IP 调用钉钉过于频繁",
        ],
        300,
    ),
    Code::permanent(
        40_035,
        [
            "DingTalk could not read the message as JSON",
            "钉钉无法将消息解析为 JSON",
        ],
        REPORT,
    )
    .said(&["json"]),
    Code::permanent(
        40_035,
        ["a parameter is missing", "缺少参数"],
        [
            "Check that the address ends in its `access_token`.",
            "请检查地址末尾是否带有 `access_token`。",
        ],
    ),
    Code::permanent(
        43_002,
        ["the service takes only POST", "该服务只接受 POST 请求"],
        REPORT,
    ),
    Code::permanent(
        43_004,
        [
            "the service wants another content type",
            "Content-Type 不符合要求",
        ],
        REPORT,
    ),
    Code::limited(
        90_018,
        [
            "DingTalk's interface is called too often",
            "钉钉接口调用过于频繁",
        ],
        60,
    ),
    Code::permanent(
        90_030,
        [
            "the organisation's quota of webhook calls is used up",
            "企业的 Webhook 调用额度已用完",
        ],
        [
            "Ask the administrator for a larger plan, or wait for the next period.",
            "请联系管理员升级套餐，或等待下一周期。",
        ],
    ),
    Code::limited(130_101, TOO_FAST, 600),
    Code::permanent(300_001, ["a parameter is wrong", "参数错误"], COPY_ADDRESS)
        .said(&["param", "参数"]),
    Code::permanent(300_001, NO_TOKEN, COPY_ADDRESS),
    Code::permanent(300_005, NO_TOKEN, COPY_ADDRESS),
    Code::permanent(
        SECURITY,
        [
            "the message lacks the robot's keyword",
            "消息中没有机器人的自定义关键词",
        ],
        [
            "The robot wants a keyword: put it into `dingtalk_keyword`. Case matters.",
            "机器人要求关键词，请填入 `dingtalk_keyword`，注意大小写。",
        ],
    )
    .said(KEYWORD_SAID),
    Code::permanent(
        SECURITY,
        [
            "this machine's clock differs from DingTalk's by more than an hour",
            "本机时钟与钉钉相差超过一小时",
        ],
        ["Set the clock right.", "请校准本机时钟。"],
    )
    .said(&["过期", "时间戳", "timestamp"]),
    Code::permanent(
        SECURITY,
        [
            "the signature is missing or does not match",
            "缺少签名或签名不匹配",
        ],
        [
            "Copy the robot's signing secret, with its `SEC`, into `dingtalk_secret`.",
            "请复制机器人的加签密钥（以 `SEC` 开头），填入 `dingtalk_secret`。",
        ],
    )
    .said(&["签名", "sign"]),
    Code::permanent(
        SECURITY,
        [
            "the robot takes messages from listed addresses only",
            "机器人只接受 IP 白名单内的消息",
        ],
        [
            "Add this machine's public address in the robot's settings; they take IPv4 only.",
            "请在机器人的安全设置中添加本机的公网 IP（仅支持 IPv4）。",
        ],
    )
    .said(&["白名单", "whitelist", "ip地址"]),
    Code::permanent(
        SECURITY,
        [
            "the robot's security settings refused the message",
            "机器人的安全设置拒绝了消息",
        ],
        [
            "Compare keyword, signature and address list in the robot's settings with this step's inputs.",
            "请对照机器人的安全设置（关键词、加签、IP 地址段）检查该步骤的输入。",
        ],
    ),
    Code::permanent(
        400_013,
        ["the group was dissolved", "群已解散"],
        ["Use the robot of another group.", "请改用其他群的机器人。"],
    ),
    Code::permanent(400_101, NO_TOKEN, COPY_ADDRESS),
    Code::permanent(
        400_102,
        ["the robot is switched off", "机器人已停用"],
        [
            "Switch it on in the group's settings.",
            "请在群设置中启用机器人。",
        ],
    ),
    Code::permanent(
        400_105,
        [
            "the robot does not take this type of message",
            "机器人不支持该消息类型",
        ],
        [
            "Choose another `dingtalk_format`.",
            "请更换 `dingtalk_format`。",
        ],
    ),
    Code::permanent(
        400_106,
        ["the robot does not exist", "机器人不存在"],
        COPY_ADDRESS,
    ),
    Code::limited(410_100, TOO_FAST, 600),
    Code::permanent(
        430_101,
        [
            "the message holds a link that DingTalk calls unsafe",
            "消息中含有钉钉认为不安全的链接",
        ],
        [
            "Take the link out of `message` and `fields`.",
            "请从 `message` 和 `fields` 中去掉该链接。",
        ],
    ),
    Code::permanent(
        430_102,
        [
            "the message holds text that DingTalk calls improper",
            "消息中含有钉钉认为不合适的文本",
        ],
        REWORD,
    ),
    Code::permanent(
        430_103,
        [
            "the message holds a picture that DingTalk calls improper",
            "消息中含有钉钉认为不合适的图片",
        ],
        [
            "Take the picture out of `message`.",
            "请从 `message` 中去掉该图片。",
        ],
    ),
    Code::permanent(
        430_104,
        [
            "the message holds content that DingTalk calls improper",
            "消息中含有钉钉认为不合适的内容",
        ],
        REWORD,
    ),
    Code::limited(450_101, TOO_MANY, 600),
    Code::permanent(
        460_101,
        [
            "the message is longer than 20,000 bytes",
            "消息超过 20000 字节",
        ],
        [
            "Shorten `message`, or write `on_too_long: split`.",
            "请缩短 `message`，或设置 `on_too_long: split`。",
        ],
    ),
    Code::transient(500_100, ["DingTalk had an internal error", "钉钉系统异常"]),
    Code::limited(660_026, TOO_MANY, 600),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::channel::tests::{http, message, opened};
    use crate::model::exchange::{Class, HttpReply};

    #[test]
    fn signatures_match_the_published_vectors() {
        for (at, secret, expected) in [
            (
                1_577_808_000_000,
                "SECabcdef0123456789",
                "Vkf8CqfL2Gogg444lPHZthpyZraEPu/4UBhTco/5FS4=",
            ),
            (
                1_700_000_000_000,
                "this is secret",
                "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0=",
            ),
            (
                1_700_000_000_001,
                "this is secret",
                "aOZ0Y/R7BCg4xs87AcG5MYf26YmwfVRTLD0z3X+p/mM=",
            ),
            (
                1_735_689_600_123,
                "SEC7f1d2c3b4a59687786958493a2b1c0dfe0123456789abcdef0123456789abcdef",
                "YPX5ZfEcMrjczSUSv13zZNEJfb97wk+q0Ojt2qR4Goo=",
            ),
            (
                1_760_000_000_000,
                "密钥-测试",
                "GMiz4y91nBKO+5LC427mccwFi4H0bA8Y42bbtl+453o=",
            ),
            (
                1_599_360_473_000,
                "demo",
                "eblRZvilBzXa6Ce18IeBM4pMy1rYNWKicaCg6VMwQe0=",
            ),
        ] {
            assert_eq!(
                signature(&Secret::new(secret), UnixMillis(at)),
                expected,
                "{secret}"
            );
        }
    }

    #[test]
    fn the_signature_is_percent_encoded_once_and_takes_the_place_of_another() {
        for copied in [
            "access_token=T0KEN",
            "access_token=T0KEN&timestamp=1577808000000&sign=Vkf8%2Fo%3D",
            "timestamp=1&access_token=T0KEN&sign=",
        ] {
            let address = format!("https://oapi.dingtalk.com/robot/send?{copied}");
            let inputs = [
                ("dingtalk_webhook", address.as_str()),
                ("dingtalk_secret", "this is secret"),
            ];
            let channel = opened(&ENTRY, &inputs);
            let drafts = channel.drafts(&message()).drafts;
            let request = channel.request(&drafts[0], UnixMillis(1_700_000_000_001));
            assert_eq!(
                http(request).endpoint.reveal().as_str(),
                "https://oapi.dingtalk.com/robot/send?access_token=T0KEN&timestamp=1700000000001\
                 &sign=aOZ0Y%2FR7BCg4xs87AcG5MYf26YmwfVRTLD0z3X%2Bp%2FmM%3D",
                "{copied}"
            );
        }
    }

    fn body(inputs: &[(&str, &str)]) -> Value {
        let mut all = vec![(
            "dingtalk_webhook",
            "https://oapi.dingtalk.com/robot/send?access_token=T",
        )];
        all.extend(inputs);
        let channel = opened(&ENTRY, &all);
        let drafts = channel.drafts(&message()).drafts;
        serde_json::from_slice(&http(channel.request(&drafts[0], UnixMillis(0))).body).unwrap()
    }

    #[test]
    fn mentions_stand_in_the_list_and_in_the_text() {
        let body = body(&[
            ("dingtalk_mobiles", "13800000000,@13900000000"),
            ("dingtalk_users", "user1, ALL"),
        ]);
        assert_eq!(
            body["at"],
            json!({"atMobiles": ["13800000000", "13900000000"], "atUserIds": ["user1"], "isAtAll": true})
        );
        let text = body["markdown"]["text"].as_str().unwrap();
        assert!(text.ends_with("@13800000000 @13900000000 @user1"), "{text}");
    }

    #[test]
    fn a_card_has_a_button_and_a_text_that_rings() {
        let channel = opened(
            &ENTRY,
            &[
                (
                    "dingtalk_webhook",
                    "https://oapi.dingtalk.com/robot/send?access_token=T",
                ),
                ("dingtalk_format", "card"),
                ("dingtalk_mobiles", "13800000000"),
            ],
        );
        let drafts = channel.drafts(&message()).drafts;
        let bodies: Vec<Value> = drafts
            .iter()
            .map(|draft| {
                let request = http(channel.request(draft, UnixMillis(0)));
                serde_json::from_slice(&request.body).unwrap()
            })
            .collect();
        assert_eq!(bodies[0]["msgtype"], "actionCard");
        assert_eq!(
            bodies[0]["actionCard"]["singleURL"],
            "https://ci.example/42"
        );
        assert_eq!(bodies[0]["at"], Value::Null);
        assert_eq!(
            bodies[1]["text"]["content"],
            "❌ Failed: build #42\n\n@13800000000"
        );
        assert_eq!(bodies[1]["at"]["atMobiles"], json!(["13800000000"]));
        // Each may be tried again, and neither may pass for the other.
        assert!(bodies.iter().all(|body| body["msgUuid"].is_string()));
        assert_ne!(bodies[0]["msgUuid"], bodies[1]["msgUuid"]);
        let mut without_page = message();
        without_page.link = None;
        assert_eq!(
            channel.drafts(&without_page).drafts.len(),
            1,
            "no button, so it is Markdown and rings itself"
        );
    }

    #[test]
    fn a_text_has_no_markup() {
        let body = body(&[("dingtalk_format", "text"), ("dingtalk_users", "user1")]);
        let text = body["text"]["content"].as_str().unwrap();
        assert!(
            text.starts_with("❌ Failed: build #42\n\nCommit: <@\u{200b}all> [x]"),
            "{text}"
        );
        assert!(
            text.ends_with("Open the run: https://ci.example/42\n\n@user1"),
            "{text}"
        );
    }

    #[test]
    fn the_keyword_is_added_only_when_it_is_missing() {
        let added = body(&[("dingtalk_keyword", "DevOps")]);
        assert!(
            added["markdown"]["title"]
                .as_str()
                .unwrap()
                .contains("DevOps")
        );
        assert!(
            added["markdown"]["text"]
                .as_str()
                .unwrap()
                .ends_with("DevOps")
        );
        let there = body(&[("dingtalk_keyword", "build")]);
        assert_eq!(there["markdown"]["title"], "❌ Failed: build #42");
    }

    #[test]
    fn a_long_message_is_cut_below_the_limit_and_keeps_its_link() {
        let channel = opened(
            &ENTRY,
            &[(
                "dingtalk_webhook",
                "https://oapi.dingtalk.com/robot/send?access_token=T",
            )],
        );
        let mut long = message();
        long.body = vec![Block::Paragraph(vec![
            crate::model::document::Inline::Text("构\"".repeat(20_000)),
        ])];
        let drafts = channel.drafts(&long).drafts;
        let sent = http(channel.request(&drafts[0], UnixMillis(0))).body;
        assert!(sent.len() <= BODY_LIMIT_BYTES, "{}", sent.len());
        let body: Value = serde_json::from_slice(&sent).unwrap();
        let text = body["markdown"]["text"].as_str().unwrap();
        assert!(text.contains('…') && text.ends_with("[Open the run](https://ci.example/42)"));
    }

    #[test]
    fn a_refused_signature_names_the_clocks_when_they_differ() {
        let inputs = [
            (
                "dingtalk_webhook",
                "https://oapi.dingtalk.com/robot/send?access_token=T",
            ),
            ("dingtalk_secret", "SECx"),
        ];
        let channel = opened(&ENTRY, &inputs);
        let refused = |text: &str, clock_ahead| {
            let body = format!(r#"{{"errcode":310000,"errmsg":"{text}"}}"#);
            let verdict = channel.verdict(&Reply::Http(HttpReply {
                status: 200,
                body: body.into_bytes(),
                clock_ahead,
                ..HttpReply::default()
            }));
            verdict.meaning.english.into_owned()
        };
        let two_hours = Some(2 * 60 * 60 * 1000);
        let meaning = refused("sign not match", two_hours);
        assert!(
            meaning.ends_with("clock is 2h 0m ahead of the receiver's"),
            "{meaning}"
        );
        let meaning = refused("invalid timestamp", Some(-400_000));
        assert!(meaning.contains("behind the receiver's"), "{meaning}");
        for (text, ahead) in [
            ("sign not match", Some(1000)),
            ("sign not match", None),
            ("keywords not in content", two_hours),
        ] {
            assert!(!refused(text, ahead).contains("clock is"), "{text}");
        }
    }

    #[test]
    fn replies_are_judged_by_their_body() {
        let channel = opened(
            &ENTRY,
            &[(
                "dingtalk_webhook",
                "https://oapi.dingtalk.com/robot/send?access_token=T",
            )],
        );
        for (body, class, fix) in [
            (r#"{"errcode":0,"errmsg":"ok"}"#, Class::Accepted, None),
            (
                r#"{"errcode":310000,"errmsg":"keywords not in content"}"#,
                Class::Permanent,
                Some("dingtalk_keyword"),
            ),
            (
                r#"{"errcode":310000,"errmsg":"错误描述:机器人发送签名不匹配;解决方案:x"}"#,
                Class::Permanent,
                Some("dingtalk_secret"),
            ),
            (
                r#"{"errcode":310000,"errmsg":"invalid timestamp"}"#,
                Class::Permanent,
                Some("clock"),
            ),
            (
                r#"{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}"#,
                Class::Permanent,
                Some("public address"),
            ),
            (
                r#"{"errcode":310000,"errmsg":"错误描述:ip 不在白名单中;解决方案:请联系群管理员"}"#,
                Class::Permanent,
                Some("public address"),
            ),
            (
                r#"{"errcode":310000,"errmsg":"description:机器人发送签名不匹配;solution:签名和生成签名的时间戳必须在网址中"}"#,
                Class::Permanent,
                Some("dingtalk_secret"),
            ),
            (
                r#"{"errcode":310000,"errmsg":"description:机器人发送签名过期;solution:x"}"#,
                Class::Permanent,
                Some("clock"),
            ),
            (
                r#"{"errcode":310000,"errmsg":"错误描述:关键词不匹配;解决方案:x"}"#,
                Class::Permanent,
                Some("dingtalk_keyword"),
            ),
            (r#"{"errcode":310000}"#, Class::Permanent, Some("Compare")),
            (
                r#"{"errcode":40035,"errmsg":"缺少参数 json"}"#,
                Class::Permanent,
                Some("report"),
            ),
            (
                r#"{"errcode":40035,"errmsg":"缺少参数 access_token"}"#,
                Class::Permanent,
                Some("access_token"),
            ),
            (
                r#"{"errcode":130101,"errmsg":"send too fast"}"#,
                Class::Limited,
                Some("Send less often"),
            ),
            (
                r#"{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}"#,
                Class::Limited,
                None,
            ),
            (r#"{"status":1111}"#, Class::Unconfirmed, None),
        ] {
            let verdict = channel.verdict(&crate::channel::tests::reply(200, body));
            assert_eq!(verdict.class, class, "{body}: {verdict:?}");
            if let Some(words) = fix {
                assert!(
                    verdict.fix.as_ref().unwrap().english.contains(words),
                    "{verdict:?}"
                );
            }
        }
    }
}
