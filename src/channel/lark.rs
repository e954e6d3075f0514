//! Lark and Feishu group robots. Source: Feishu open platform, "Custom bot guide" and the card
//! JSON 2.0 pages, read 2026; codes seen in live logs are added.
//!
//! Signature: `timestamp` in seconds and `sign` in the body. The *key* is `timestamp\nsecret` and
//! the message is empty, which is not DingTalk's way.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use super::code::{Code, REPORT};
use super::keyword::{Keyword, Title};
use super::parts::{Form, parts};
use super::people::People;
use super::reply::{naming_the_clock, robot_verdict};
use super::sign::hmac_base64;
use super::{
    Channel, ChannelEntry, Opened, PlainHttp, addresses, has_path, joined, json_draft,
    link_as_text, paired_secrets,
};
use crate::input::{Addresses, Choice, Input, InputReader, List, Reason, SecretList};
use crate::markdown::{
    Dialect, LarkMarkdown, Place, PlainText, PostNode, chat_text, lark_escaped, write_post,
};
use crate::model::bilingual::{Bilingual, Both};
use crate::model::document::{Block, Tone, plain_text};
use crate::model::exchange::{
    Content, Draft, Drafted, Endpoint, HttpRequest, Reply, ReplyBody, Request, Role, Verdict,
};
use crate::model::json::{json_bytes, object};
use crate::model::message::{Language, Mention, Message};
use crate::model::time::UnixMillis;
use crate::secret::Secret;

pub(super) static ENTRY: ChannelEntry = ChannelEntry {
    name: "lark",
    title: "Lark",
    inputs: &[
        &WEBHOOK.spec,
        &SECRET.spec,
        &KEYWORD.spec,
        &USERS.spec,
        &FORMAT.spec,
    ],
    example: Some("https://open.feishu.cn/open-apis/bot/v2/hook/example"),
    open,
    recognises: |url| {
        let host = url.host_str().unwrap_or_default();
        matches!(host, "open.feishu.cn" | "open.larksuite.com") || has_path(url, HOOK_PATH)
    },
};

/// Where robots of the first version stood; they take other messages.
const OLD_HOOK_PATH: &str = "/open-apis/bot/hook";

const HOOK_PATH: &str = "/open-apis/bot/v2/hook";

static WEBHOOK: Input<Addresses> = Input::new(
    "lark_webhook",
    "Address of the Lark or Feishu robot; several on lines of their own",
);
static SECRET: Input<SecretList> = Input::new(
    "lark_secret",
    "Signing secret of the robot, if it demands one",
);
static KEYWORD: Input<String> = Input::new(
    "lark_keyword",
    "Custom keyword of the robot; added when the message lacks it",
);
static USERS: Input<List> = Input::new("lark_users", "Open ids or user ids to mention, or all");

static FORMAT: Input<Format> = Input::new(
    "lark_format",
    "How the message is sent; a card has a coloured header and a button",
)
.default("card");

/// The message types that are used. All of them can mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Format {
    /// `interactive`, JSON 2.0.
    #[default]
    Card,
    /// `post`: lines of text and links.
    Post,
    /// `text`.
    Text,
}

impl Choice for Format {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("card", Self::Card),
        ("post", Self::Post),
        ("text", Self::Text),
    ];
    const WORDS: &'static [&'static str] = &["card", "post", "text"];
}

/// Largest request body, in bytes. The guide says 20 KB, which is not 20,480 to everyone.
const BODY_LIMIT_BYTES: usize = 20_000;

/// Five messages a second are the most that a robot takes.
const GAP: Duration = Duration::from_millis(250);

fn open(reader: &mut InputReader<'_>) -> Vec<Opened> {
    let webhooks = addresses(reader, &WEBHOOK, &ENTRY, PlainHttp::Refused);
    let secrets = paired_secrets(reader, &SECRET, webhooks.len());
    let keyword = Keyword(reader.get(&KEYWORD));
    let users = People::new(reader.get(&USERS));
    users.refuse_crowds(reader, USERS.spec.name, 32);
    let format = reader.value(&FORMAT);
    for id in &users.ids {
        if let Some(reason) = unusable(id) {
            reader.refuse(&USERS.spec, id, reason);
        }
    }
    for robot in &webhooks {
        let url = robot.endpoint.reveal();
        let of_this_kind = (ENTRY.recognises)(url);
        if has_path(url, OLD_HOOK_PATH) {
            reader.fault(
                WEBHOOK.spec.name,
                Reason::new(
                    "is the address of a robot of the old kind",
                    "Make a new custom bot in the group; its address has `/bot/v2/hook/`.",
                ),
            );
        } else if of_this_kind && token(url).is_none_or(str::is_empty) {
            reader.fault(
                WEBHOOK.spec.name,
                Reason::new(
                    "has no token behind `/hook/`",
                    "Copy the whole address again, to its end.",
                ),
            );
        }
    }
    webhooks
        .into_iter()
        .zip(secrets)
        .map(|(robot, secret)| Opened {
            host: (robot.endpoint.host(), WEBHOOK.spec.name),
            lane: robot.lane,
            channel: Box::new(Lark {
                webhook: robot.endpoint,
                secret,
                keyword: keyword.clone(),
                users: users.clone(),
                format,
            }),
        })
        .collect()
}

fn token(url: &Url) -> Option<&str> {
    url.path().strip_prefix(HOOK_PATH)?.strip_prefix('/')
}

/// A robot mentions by open id or user id; a wrong kind of id makes the service refuse the card.
fn unusable(id: &str) -> Option<Reason> {
    // A user id of digits alone is possible; eleven that begin with 1 are a number of China.
    let is_mobile = id.starts_with('+')
        || (id.len() == 11 && id.starts_with('1') && id.bytes().all(|byte| byte.is_ascii_digit()));
    let fix = "Use the person's open id (`ou_...`) or user id, from the management backend under members and departments.";
    if is_mobile {
        Some(Reason::new(
            "Lark robots cannot mention by mobile number",
            fix,
        ))
    } else if id.contains('@') {
        Some(Reason::new(
            "Lark robots cannot mention by mail address",
            fix,
        ))
    } else if !id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        Some(Reason::new("not an open id or user id", fix))
    } else {
        None
    }
}

#[derive(Debug, Clone)]
struct Lark {
    webhook: Endpoint,
    secret: Option<Secret>,
    keyword: Keyword,
    users: People,
    format: Format,
}

impl Lark {
    /// The robot, with nobody to ring when the message comes quietly.
    fn ringing(&self, mention: Mention) -> Cow<'_, Self> {
        match mention {
            Mention::Ring => Cow::Borrowed(self),
            Mention::Quiet => Cow::Owned(Self {
                users: People::default(),
                ..self.clone()
            }),
        }
    }

    fn body(&self, message: &Message, blocks: &[Block]) -> Map<String, Value> {
        match self.format {
            Format::Card => self.card(message, blocks),
            Format::Post => self.post(message, blocks),
            Format::Text => self.text(message, blocks),
        }
    }

    fn post(&self, message: &Message, blocks: &[Block]) -> Map<String, Value> {
        let node = |node: PostNode| match node {
            PostNode::Text(text) => words(&text),
            PostNode::Link { text, address } => object([
                ("tag", "a".into()),
                ("text", text.into()),
                ("href", address.into()),
            ]),
        };
        let mut lines: Vec<Vec<Value>> = write_post(blocks)
            .into_iter()
            .map(|line| line.into_iter().map(node).collect())
            .collect();
        if let Some(link) = &message.link {
            if !lines.is_empty() {
                lines.push(vec![words(" ")]);
            }
            lines.push(vec![node(PostNode::Link {
                text: link.label.to_owned(),
                address: link.target.as_str().to_owned(),
            })]);
        }
        let everyone = self.users.everyone.then_some("all");
        let ids = everyone
            .into_iter()
            .chain(self.users.ids.iter().map(String::as_str));
        let mentions: Vec<Value> = ids
            .map(|id| object([("tag", "at".into()), ("user_id", id.into())]))
            .collect();
        if !mentions.is_empty() {
            lines.push(mentions);
        }
        let title = self.keyword.added_to(message.title.clone(), " ");
        if lines.is_empty() {
            lines.push(vec![words(message.status_text)]);
        }
        let locale = match message.language {
            Language::Chinese => "zh_cn",
            Language::English | Language::Russian => "en_us",
        };
        let content = object([("title", title.into()), ("content", lines.into())]);
        let post = object([(locale, content)]);
        typed("post", "content", object([("post", post)]))
    }

    fn text(&self, message: &Message, blocks: &[Block]) -> Map<String, Value> {
        let everyone = self
            .users
            .everyone
            .then(|| "<at user_id=\"all\"></at>".to_owned());
        let each = self
            .users
            .ids
            .iter()
            .map(|id| format!("<at user_id=\"{id}\"></at>"));
        let mentions: Vec<String> = everyone.into_iter().chain(each).collect();
        let text = joined(vec![
            without_tags(&message.title),
            without_tags(&chat_text(blocks)),
            link_as_text(message),
            mentions.join(" "),
        ]);
        let text = self.keyword.added_to(text, "\n\n");
        typed("text", "content", object([("text", text.into())]))
    }

    fn card(&self, message: &Message, blocks: &[Block]) -> Map<String, Value> {
        let title = self.keyword.added_to(message.title.clone(), " ");
        let dialect = LarkMarkdown::default();
        let mut elements = elements(&dialect, blocks);
        // A card without any element is refused.
        if elements.is_empty() {
            elements.push(markdown(&lark_escaped(message.status_text)));
        }
        let mentions = self.mentions();
        if !mentions.is_empty() {
            elements.push(markdown(&mentions));
        }
        if let Some(keyword) = self.keyword.missing_in(&message.title)
            && self.keyword.missing_in(&PlainText.write(blocks)).is_some()
        {
            elements.push(markdown(&lark_escaped(keyword)));
        }
        if let Some(link) = &message.link {
            let opening = object([
                ("type", "open_url".into()),
                ("default_url", link.target.as_str().into()),
            ]);
            elements.push(object([
                ("tag", "button".into()),
                ("text", plain(link.label.into())),
                ("type", "primary".into()),
                ("behaviors", vec![opening].into()),
            ]));
        }
        let config = object([
            ("width_mode", "fill".into()),
            ("summary", object([("content", title.as_str().into())])),
        ]);
        let header = object([
            ("template", template(message.tone()).into()),
            ("title", plain(title.into())),
        ]);
        let card = object([
            ("schema", "2.0".into()),
            ("config", config),
            ("header", header),
            ("body", object([("elements", elements.into())])),
        ]);
        typed("interactive", "card", card)
    }

    fn mentions(&self) -> String {
        let everyone = self.users.everyone.then(|| "<at id=all></at>".to_owned());
        let each = self.users.ids.iter().map(|id| format!("<at id={id}></at>"));
        everyone
            .into_iter()
            .chain(each)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The body as it goes over the wire at this time.
    fn signed(&self, body: &Map<String, Value>, at: UnixMillis) -> Vec<u8> {
        let signed = Signed {
            seal: self.secret.as_ref().map(|secret| Seal {
                timestamp: at.seconds().to_string(),
                sign: signature(secret, at),
            }),
            body,
        };
        json_bytes(&signed)
    }
}

/// A body and its signature; the robot does not mind which comes first.
#[derive(Serialize)]
struct Signed<'b> {
    #[serde(flatten)]
    seal: Option<Seal>,
    #[serde(flatten)]
    body: &'b Map<String, Value>,
}

#[derive(Serialize)]
struct Seal {
    timestamp: String,
    sign: String,
}

/// Breaks tags: `<at ...>` has power in texts, and whether entities are read there nobody says.
fn without_tags(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let opens = |next: &char| next.is_ascii_alphabetic() || *next == '/';
        inert.push(match c {
            '<' if rest.peek().is_some_and(opens) => '＜',
            c => c,
        });
    }
    inert
}

/// A message of a type, with its content under that type's key.
fn typed(kind: &str, key: &str, content: Value) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("msg_type".into(), kind.into());
    body.insert(key.into(), content);
    body
}

/// The elements of a card's body.
fn elements(dialect: &LarkMarkdown, blocks: &[Block]) -> Vec<Value> {
    let mut elements = Vec::new();
    for group in blocks.chunk_by(|one, next| is_fields(one) == is_fields(next)) {
        match group {
            [Block::Fields(fields)] => {
                let fields = fields.iter().map(|field| {
                    let value = dialect.inlines(&field.value, Place::Inline);
                    let label = dialect.toned(Tone::Muted, &lark_escaped(field.label));
                    Cell {
                        text: format!("{label}<br>{value}"),
                        width: width(&plain_text(&field.value)),
                    }
                });
                let fields: Vec<Cell> = fields.collect();
                elements.extend(columns(&fields));
            }
            group => {
                let text = dialect.write(group);
                if !text.is_empty() {
                    elements.push(markdown(&text));
                }
            }
        }
    }
    elements
}

const fn is_fields(block: &Block) -> bool {
    matches!(block, Block::Fields(_))
}

/// A labelled fact, written.
struct Cell {
    text: String,
    /// How wide its value is, in Latin letters.
    width: usize,
}

/// Widest value that shares its line with another, in Latin letters.
const HALF_WIDTH: usize = 22;

/// Labelled facts, two on a line where both are short.
fn columns(fields: &[Cell]) -> Vec<Value> {
    let mut lines = Vec::new();
    let mut rest = fields;
    while let [first, others @ ..] = rest {
        match others {
            [second, behind @ ..] if first.width.max(second.width) <= HALF_WIDTH => {
                let column = |cell: &Cell| {
                    object([
                        ("tag", "column".into()),
                        ("width", "weighted".into()),
                        ("weight", 1.into()),
                        ("elements", vec![markdown(&cell.text)].into()),
                    ])
                };
                lines.push(object([
                    ("tag", "column_set".into()),
                    ("columns", vec![column(first), column(second)].into()),
                ]));
                rest = behind;
            }
            behind => {
                lines.push(markdown(&first.text));
                rest = behind;
            }
        }
    }
    lines
}

/// How wide a text is, in Latin letters: characters of Chinese, Japanese and Korean take two.
fn width(text: &str) -> usize {
    let letters = text.chars();
    letters.map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
}

/// Words in a `post`.
fn words(text: &str) -> Value {
    object([("tag", "text".into()), ("text", text.into())])
}

/// Words of a card that nothing is read into.
fn plain(content: Value) -> Value {
    object([("tag", "plain_text".into()), ("content", content)])
}

fn markdown(content: &str) -> Value {
    object([("tag", "markdown".into()), ("content", content.into())])
}

/// The header's colour; the vendor's own hint is green for success, red for failure, orange for
/// a warning and grey for what is void.
const fn template(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "green",
        Tone::Bad => "red",
        Tone::Caution => "orange",
        Tone::Muted => "grey",
        Tone::Active => "blue",
    }
}

impl Channel for Lark {
    fn drafts(&self, message: &Message) -> Drafted {
        let mut drafted = Drafted::default();
        let form = Form {
            limit: BODY_LIMIT_BYTES,
            write: &|message, blocks| self.ringing(message.mention).body(message, blocks),
            // An instant of the usual length stands for the one of the attempt.
            length: &|body| self.signed(body, message.composed_at).len(),
        };
        let bodies = parts(message, &form, &mut drafted);
        let bodies = bodies.into_iter().map(|it| json_draft(Role::Message, it));
        drafted.drafts.extend(bodies);
        let title = match self.format {
            Format::Text => Title::InText,
            _ => Title::Apart,
        };
        self.keyword
            .tell(KEYWORD.spec.name, message, title, &mut drafted);
        drafted
    }

    fn gap(&self) -> Duration {
        GAP
    }

    fn request(&self, draft: &Draft, at: UnixMillis) -> Request {
        let body = match &draft.content {
            Content::Json(body) => self.signed(body, at),
            Content::Text(_) | Content::Mail(_) => super::draft_bytes(draft),
        };
        Request::Http(HttpRequest {
            endpoint: self.webhook.clone(),
            headers: super::json_headers(),
            body,
            reply_body: ReplyBody::Read,
            derived: self
                .secret
                .iter()
                .map(|it| Secret::new(&signature(it, at)))
                .collect(),
        })
    }

    fn verdict(&self, reply: &Reply) -> Verdict {
        let verdict = robot_verdict(
            reply,
            "code",
            CODES,
            // `code` decides; only where it is absent, the older `StatusCode` does.
            |body| {
                body.get("code")
                    .or_else(|| body.get("StatusCode"))?
                    .as_i64()
            },
            |body| body.get("msg")?.as_str(),
        );
        match verdict.code.as_str() {
            "code 11246" => in_the_card(verdict),
            "code 19021" if self.secret.is_none() => verdict.with_fix(SIGN),
            "code 19021" => naming_the_clock(verdict, reply),
            "code 19024" if self.keyword.0.is_some() => verdict.with_fix(OTHER_KEYWORD),
            _ => verdict,
        }
    }
}

/// A refused card, with the meaning of the code that Lark's text names:
/// `ErrCode: 11310; ErrMsg: unsupported type of block; ErrorValue: divider`.
fn in_the_card(verdict: Verdict) -> Verdict {
    let text = verdict.quote.as_deref().unwrap_or_default();
    let number = text
        .split_once("ErrCode:")
        .map(|(_, rest)| rest.trim_start());
    let number = number.and_then(|rest| rest.split(|it: char| !it.is_ascii_digit()).next());
    let row = number
        .and_then(|number| number.parse().ok())
        .and_then(|number| Code::find(CARD_CODES, number, text));
    let Some(row) = row else {
        return verdict;
    };
    let [english, chinese] = row.meaning;
    let meaning = Bilingual::composed(
        format!("{}: {english}", verdict.meaning.english),
        format!("{}：{chinese}", verdict.meaning.chinese),
    );
    Verdict { meaning, ..verdict }.with_fix(row.fix)
}

/// The signature for an instant, in base64.
fn signature(secret: &Secret, at: UnixMillis) -> String {
    let key = format!("{}\n{}", at.seconds(), secret.reveal());
    hmac_base64(key.as_bytes(), b"")
}

const COPY_ADDRESS: Both = [
    "Copy the robot's address again into `lark_webhook`; Feishu and Lark do not know each other's robots.",
    "请重新复制机器人的地址，填入 `lark_webhook`；飞书与 Lark 的机器人互不相通。",
];

const SIGN: Both = [
    "The robot wants a signature: copy its signing secret into `lark_secret`.",
    "机器人要求签名，请复制其签名密钥，填入 `lark_secret`。",
];

const OTHER_KEYWORD: Both = [
    "What `lark_keyword` holds is not one of the robot's keywords: copy it exactly, case too.",
    "`lark_keyword` 不是机器人的关键词之一，请原样复制，注意大小写。",
];

const NOT_AT_FULL_HOURS: Both = [
    "Send less often to this robot, and not at full or half hours, when Lark is busiest.",
    "请减少对该机器人的发送，并避开整点和半点的高峰。",
];

const OTHER_FORMAT: Both = [
    "Write `lark_format: post` or `text`, and report this line to runbell.",
    "请设置 `lark_format: post` 或 `text`，并把这一行反馈给 runbell。",
];

/// What Lark answers.
pub(super) const CODES: &[Code] = &[
    Code::transient(2200, ["Lark had an internal error", "飞书内部错误"]),
    // One number, two meanings: only the text tells "too fast" from "bad request".
    Code::limited(9499, ["too many messages", "消息过多，被限流"], 2)
        .fixed_by(NOT_AT_FULL_HOURS)
        .said(&["too many request"]),
    Code::permanent(
        9499,
        [
            "Lark could not read the request, or it is too large",
            "飞书无法解析请求，或请求过大",
        ],
        [
            "Shorten `message`, or write `on_too_long: split`.",
            "请缩短 `message`，或设置 `on_too_long: split`。",
        ],
    ),
    Code::limited(
        11_232,
        [
            "more than 100 messages a minute or 5 a second",
            "每分钟超过 100 条或每秒超过 5 条消息",
        ],
        2,
    )
    .fixed_by(NOT_AT_FULL_HOURS),
    Code::permanent(
        11_246,
        ["Lark refused the card", "飞书拒绝了卡片"],
        [
            "If `lark_users` is set, check that each id is a member of the group; else write `lark_format: post`.",
            "若设置了 `lark_users`，请确认每个 ID 都是群成员；否则设置 `lark_format: post`。",
        ],
    ),
    Code::permanent(
        19_001,
        ["the robot's token is not valid", "机器人的令牌无效"],
        COPY_ADDRESS,
    ),
    Code::permanent(
        19_002,
        [
            "Lark does not know this kind of message",
            "飞书不认识这种消息",
        ],
        [
            "Copy the address again into `lark_webhook`: it must be that of a group's custom robot.",
            "请重新复制地址，填入 `lark_webhook`：须为群自定义机器人的地址。",
        ],
    ),
    Code::permanent(
        19_021,
        [
            "the signature does not match, or this machine's clock is off by more than an hour",
            "签名不匹配，或本机时钟相差超过一小时",
        ],
        [
            "Copy the robot's signing secret into `lark_secret`, and check the clock.",
            "请复制机器人的签名密钥，填入 `lark_secret`，并检查本机时钟。",
        ],
    ),
    Code::permanent(
        19_022,
        [
            "the robot takes messages from listed addresses only",
            "机器人只接受 IP 白名单内的消息",
        ],
        [
            "Add this machine's public address in the robot's settings.",
            "请在机器人的安全设置中添加本机的公网 IP。",
        ],
    ),
    Code::permanent(
        19_024,
        ["the robot wants a keyword", "机器人要求自定义关键词"],
        [
            "Put it into `lark_keyword`. Case matters.",
            "请填入 `lark_keyword`，注意大小写。",
        ],
    ),
    Code::limited(
        99_991_400,
        ["Lark's gateway wants less traffic", "飞书网关限流"],
        2,
    )
    .fixed_by(NOT_AT_FULL_HOURS),
];

/// What Lark finds wrong inside a card; its text names the number behind `ErrCode`.
pub(super) const CARD_CODES: &[Code] = &[
    Code::permanent(
        10_002,
        ["a property has a wrong value", "属性值无效"],
        OTHER_FORMAT,
    ),
    Code::permanent(
        11_310,
        [
            "an unknown element, or too many elements or tables",
            "元素不受支持，或元素、表格过多",
        ],
        [
            "Use fewer tables in `message`, or write `lark_format: post`.",
            "请减少 `message` 中的表格，或设置 `lark_format: post`。",
        ],
    ),
    Code::permanent(
        100_290,
        [
            "a person who is mentioned is not known",
            "找不到被提醒的成员",
        ],
        [
            "Check that each id in `lark_users` is a member of the group.",
            "请确认 `lark_users` 中的每个 ID 都是群成员。",
        ],
    ),
    Code::permanent(
        200_380,
        ["the card template does not exist", "卡片模板不存在"],
        REPORT,
    ),
    Code::permanent(
        200_381,
        [
            "the robot may not see the card template",
            "机器人无权使用该卡片模板",
        ],
        REPORT,
    ),
    Code::permanent(
        200_410,
        [
            "a column holds buttons, which it may not",
            "分栏中不允许放置按钮组",
        ],
        OTHER_FORMAT,
    ),
    Code::permanent(200_550, ["a chart is not valid", "图表无效"], OTHER_FORMAT),
    Code::permanent(
        200_570,
        ["a picture's key is not valid", "图片 key 无效"],
        OTHER_FORMAT,
    ),
    Code::permanent(
        200_621,
        [
            "the card is not readable, or has an unknown property",
            "卡片无法解析，或含有未知属性",
        ],
        OTHER_FORMAT,
    ),
    Code::permanent(
        200_732,
        [
            "a variable of the card template is not valid",
            "卡片模板变量无效",
        ],
        REPORT,
    ),
    Code::permanent(
        200_861,
        [
            "the card holds an element that its version no longer has",
            "卡片含有新版已不支持的元素",
        ],
        OTHER_FORMAT,
    ),
    Code::permanent(
        200_914,
        ["a table has too many rows", "表格行数超限"],
        [
            "Shorten the table in `message`, or write `lark_format: post`.",
            "请缩短 `message` 中的表格，或设置 `lark_format: post`。",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::channel::tests::{http, message, open_with, opened, reply};
    use crate::markdown::parse;
    use crate::model::document::{Field, Inline};
    use crate::model::exchange::Class;
    use crate::model::marks::Marks;

    const ADDRESS: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/T";

    #[test]
    fn signatures_match_the_published_vectors() {
        for (seconds, secret, expected) in [
            (
                1_599_360_473,
                "demo",
                "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=",
            ),
            (
                1_661_860_880,
                "xxx",
                "QnWVTSBe6FmQDE0bG6X0mURbI+DnvVyu1h+j5dHOjrU=",
            ),
            (
                1_577_808_000,
                "SECabcdef0123456789",
                "uEql+G582JnVNe8+4iqMwWKV2dyjnTIY+zw5PNoMXGw=",
            ),
            (
                1_700_000_000,
                "this is secret",
                "OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY=",
            ),
            (
                1_760_000_000,
                "密钥-测试",
                "8cdIguKv3cy1aJULJWSKSLnstbIwd9flglrS61rkqUk=",
            ),
        ] {
            let at = UnixMillis(seconds * 1000 + 999);
            assert_eq!(signature(&Secret::new(secret), at), expected, "{secret}");
        }
        let dingtalk_way = "DkEDUyVoOOJ539qBvUgMyzkzIdRWlf4e/V3Rq+ONJnQ=";
        let at = UnixMillis(1_599_360_473_000);
        assert_ne!(signature(&Secret::new("demo"), at), dingtalk_way);
    }

    fn body(inputs: &[(&str, &str)], message: &Message) -> Value {
        let mut all = vec![("lark_webhook", ADDRESS)];
        all.extend(inputs);
        let channel = opened(&ENTRY, &all);
        let drafts = channel.drafts(message).drafts;
        let request = http(channel.request(&drafts[0], UnixMillis(1_661_860_880_000)));
        assert!(request.body.len() <= BODY_LIMIT_BYTES);
        serde_json::from_slice(&request.body).unwrap()
    }

    #[test]
    fn a_signed_card_has_its_signature_in_the_body() {
        let body = body(&[("lark_secret", "xxx")], &message());
        assert_eq!(body["timestamp"], "1661860880");
        assert_eq!(body["sign"], "QnWVTSBe6FmQDE0bG6X0mURbI+DnvVyu1h+j5dHOjrU=");
        assert_eq!(body["msg_type"], "interactive");
        assert_eq!(body["card"]["header"]["template"], "red");
        let fields = body["card"]["body"]["elements"][0]["content"]
            .as_str()
            .unwrap();
        assert!(
            fields.starts_with("<font color='grey'>Commit</font><br>&#60;@all&#62; &#91;x&#93;"),
            "{fields}"
        );
    }

    #[test]
    fn short_facts_share_a_line_and_long_ones_have_their_own() {
        let field = |label, value: &str| Field {
            name: label,
            label,
            value: vec![Inline::Value(value.to_owned())],
        };
        let mut message = message();
        message.fields = vec![
            field("A", "short"),
            field("B", "构建流水线"),
            field("C", "short"),
            field("D", "构建流水线构建流水线构建流水线"),
            field("E", "short"),
        ];
        message.body = Vec::new();
        let body = body(&[], &message);
        let elements = body["card"]["body"]["elements"].as_array().unwrap();
        let tags: Vec<&str> = elements
            .iter()
            .filter_map(|it| it["tag"].as_str())
            .collect();
        assert_eq!(
            tags,
            ["column_set", "markdown", "markdown", "markdown", "button"]
        );
        assert_eq!(
            elements[0]["columns"][1]["elements"],
            json!([{"tag": "markdown", "content": "<font color='grey'>B</font><br>构建流水线"}])
        );
    }

    #[test]
    fn the_fifth_table_is_a_list() {
        let mut message = message();
        let table = "| k | v |\n|---|---|\n| a | 1 |\n\n";
        message.body = parse(&table.repeat(5), &Marks::default());
        let body = body(&[], &message);
        let text = body["card"]["body"]["elements"][1]["content"]
            .as_str()
            .unwrap();
        assert_eq!(text.matches("| --- |").count(), 4, "{text}");
        assert!(text.ends_with("- **k**: a, **v**: 1"), "{text}");
    }

    #[test]
    fn people_are_mentioned_inside_the_card() {
        let body = body(&[("lark_users", "all,ou_1")], &message());
        assert_eq!(
            body["card"]["body"]["elements"][2]["content"],
            "<at id=all></at> <at id=ou_1></at>"
        );
    }

    #[test]
    fn a_post_and_a_text_mention_in_their_own_ways() {
        let inputs = |format| [("lark_users", "all,ou_1"), ("lark_format", format)];
        let post = body(&inputs("post"), &message());
        let lines = &post["content"]["post"]["en_us"]["content"];
        assert_eq!(
            lines[0][0]["text"],
            "Commit: <@all> [x](https://evil.example) \"q\""
        );
        assert_eq!(
            lines.as_array().unwrap().last().unwrap(),
            &json!([{"tag": "at", "user_id": "all"}, {"tag": "at", "user_id": "ou_1"}])
        );
        let text = body(&inputs("text"), &message());
        let text = text["content"]["text"].as_str().unwrap();
        assert!(text.contains("Commit: <@all>"), "{text}");
        assert!(
            text.ends_with("<at user_id=\"all\"></at> <at user_id=\"ou_1\"></at>"),
            "{text}"
        );
    }

    #[test]
    fn ids_that_cannot_work_are_refused_with_the_reason() {
        for (id, words) in [
            ("13800000000", "mobile number"),
            ("+852-12345678", "mobile number"),
            ("ann@example.com", "mail address"),
            ("ou_1></at>", "not an open id"),
        ] {
            let (_, faults) = open_with(&ENTRY, &[("lark_users", id)]);
            assert!(faults[0].contains(words), "{faults:?}");
        }
    }

    #[test]
    fn the_keyword_stands_in_title_and_text() {
        let body = body(&[("lark_keyword", "DevOps")], &message());
        assert!(
            body["card"]["header"]["title"]["content"]
                .as_str()
                .unwrap()
                .ends_with("DevOps")
        );
        assert_eq!(body["card"]["body"]["elements"][2]["content"], "DevOps");
    }

    #[test]
    fn a_long_message_is_cut_below_the_limit() {
        let mut long = message();
        long.body = vec![Block::Paragraph(vec![Inline::Value("*构".repeat(20_000))])];
        let body = body(&[("lark_secret", "xxx")], &long);
        let text = body["card"]["body"]["elements"][1]["content"]
            .as_str()
            .unwrap();
        assert!(text.ends_with('…'), "{text}");
    }

    #[test]
    fn replies_are_judged_by_their_body() {
        let channel = opened(&ENTRY, &[("lark_webhook", ADDRESS)]);
        for (status, body, class) in [
            (
                200,
                r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#,
                Class::Accepted,
            ),
            (
                200,
                r#"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#,
                Class::Accepted,
            ),
            (
                200,
                r#"{"code":19021,"msg":"sign match fail","data":{}}"#,
                Class::Permanent,
            ),
            (200, r#"{"code":19001,"StatusCode":0}"#, Class::Permanent),
            (
                200,
                r#"{"code":9499,"msg":"Bad Request"}"#,
                Class::Permanent,
            ),
            (
                200,
                r#"{"code":9499,"msg":"too many request"}"#,
                Class::Limited,
            ),
            (
                200,
                r#"{"code":11246,"msg":"ErrCode: 11310; ErrMsg: x"}"#,
                Class::Permanent,
            ),
            (400, r#"{"code":99991400,"msg":"x"}"#, Class::Limited),
            (200, r#"{"msg":"ok"}"#, Class::Unconfirmed),
        ] {
            let verdict = channel.verdict(&reply(status, body));
            assert_eq!(verdict.class, class, "{body}: {verdict:?}");
        }
    }

    #[test]
    fn the_code_inside_a_card_and_what_is_set_are_told() {
        let bare = [("lark_webhook", ADDRESS)];
        let told = [
            ("lark_webhook", ADDRESS),
            ("lark_secret", "s"),
            ("lark_keyword", "k"),
        ];
        for (inputs, body, english, chinese) in [
            (
                &bare[..],
                r#"{"code":11246,"msg":"ErrCode: 11310; ErrMsg: unsupported type of block"}"#,
                "Lark refused the card: an unknown element, or too many elements or tables",
                "飞书拒绝了卡片：元素不受支持，或元素、表格过多",
            ),
            (
                &bare,
                r#"{"code":11246,"msg":"card render failed, ErrCode:100290;"}"#,
                "a member of the group.",
                "飞书拒绝了卡片：找不到被提醒的成员",
            ),
            (
                &bare,
                r#"{"code":11246,"msg":"ErrCode: 1; ErrMsg: new"}"#,
                "Lark refused the card",
                "飞书拒绝了卡片",
            ),
            (
                &bare,
                r#"{"code":19021,"msg":"sign match fail"}"#,
                "wants a signature",
                "机器人要求签名",
            ),
            (
                &told,
                r#"{"code":19021,"msg":"sign match fail"}"#,
                "check the clock",
                "检查本机时钟",
            ),
            (&bare, r#"{"code":19024}"#, "Put it into", "请填入"),
            (&told, r#"{"code":19024}"#, "is not one of", "之一"),
            (
                &bare,
                r#"{"code":9499,"msg":"Too Many Request"}"#,
                "too many messages",
                "限流",
            ),
            (
                &bare,
                r#"{"code":9499,"msg":"Bad Request"}"#,
                "could not read",
                "无法解析",
            ),
        ] {
            let verdict = opened(&ENTRY, inputs).verdict(&reply(200, body));
            let fix = verdict.fix.unwrap();
            for (texts, words) in [
                ([verdict.meaning.english, fix.english], english),
                ([verdict.meaning.chinese, fix.chinese], chinese),
            ] {
                assert!(
                    texts.iter().any(|text| text.contains(words)),
                    "{body}: {texts:?}"
                );
            }
        }
    }
}
