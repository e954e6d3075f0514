//! Channels: everything the program knows about one vendor. A channel turns the message into
//! drafts, a draft into a request for one instant, and a reply into a verdict. It never sends.
//!
//! A channel is one file with one [`ChannelEntry`], and one line in [`CHANNELS`].

mod code;
mod dingtalk;
mod email;
mod keyword;
mod lark;
mod parts;
mod people;
mod reply;
mod sign;
mod webhook;
mod wecom;

use std::fmt;
use std::time::Duration;

pub use code::{Chapter, Entry, code_book};
use url::Url;

use crate::input::{
    Addresses, Input, InputReader, InputSpec, Reason, SecretList, Switch, is_private_enough,
};
use crate::markdown::colon;
use crate::model::exchange::{Content, Draft, Drafted, Endpoint, Reply, Request, Role, Verdict};
use crate::model::json::json_bytes;
use crate::model::message::Message;
use crate::model::time::UnixMillis;
use crate::secret::Secret;
use crate::template::Compiled;

/// One target of one vendor.
pub trait Channel: fmt::Debug {
    /// Puts the message into the vendor's words, fitted to the vendor's limits.
    fn drafts(&self, message: &Message) -> Drafted;

    /// The template of the whole body, where the author writes that.
    fn body_template(&self) -> Option<&Compiled> {
        None
    }

    /// How long the vendor wants to be left alone between two drafts of one message.
    fn gap(&self) -> Duration {
        Duration::ZERO
    }

    /// Finishes a draft for an attempt at `at`: signature and time are made anew each time.
    fn request(&self, draft: &Draft, at: UnixMillis) -> Request;

    /// What a draft says, for people: the JSON as it is sent, but for time and signature.
    fn shown(&self, draft: &Draft) -> String {
        match &draft.content {
            Content::Json(body) => serde_json::to_string_pretty(body).unwrap_or_default(),
            Content::Text(text) => text.clone(),
            Content::Mail(mail) => String::from_utf8_lossy(mail).into_owned(),
        }
    }

    /// Judges a reply. Robots answer 200 when they refuse, so the body decides.
    fn verdict(&self, reply: &Reply) -> Verdict;
}

/// One kind of channel.
pub struct ChannelEntry {
    /// Its name; its inputs begin with it (those of a mail server with `smtp`).
    pub name: &'static str,
    /// The name people know it by.
    pub title: &'static str,
    /// Its inputs; the first one turns the channel on.
    pub inputs: &'static [&'static InputSpec],
    /// An address such as a robot has, where the vendor's look alike.
    pub example: Option<&'static str>,
    /// Opens the channel: one target for each address, none when it is off.
    pub open: fn(&mut InputReader<'_>) -> Vec<Opened>,
    /// Whether an address is one of this vendor's robots, by host or path.
    pub recognises: fn(&Url) -> bool,
}

impl fmt::Debug for ChannelEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {}", self.name)
    }
}

/// A channel that is on.
#[derive(Debug)]
pub struct Opened {
    /// The channel.
    pub channel: Box<dyn Channel>,
    /// Targets with the same lane share one robot and follow each other.
    pub lane: String,
    /// The host that it is on, and the input that named it.
    pub host: (String, &'static str),
}

/// A target of this run.
#[derive(Debug)]
pub struct Target {
    /// `dingtalk`, or `dingtalk 2` for the second address.
    pub name: String,
    /// Targets with the same lane share one robot and follow each other.
    pub lane: String,
    /// The host that it is on, and the input that named it.
    pub host: (String, &'static str),
    /// How to speak to it.
    pub channel: Box<dyn Channel>,
}

/// Every kind of channel, in the order of the documentation.
pub static CHANNELS: &[&ChannelEntry] = &[
    &dingtalk::ENTRY,
    &wecom::ENTRY,
    &lark::ENTRY,
    &email::ENTRY,
    &webhook::ENTRY,
];

static ALLOW_HTTP: Input<Switch> = Input::new(
    "allow_http",
    "Whether webhook_url may be plain http beyond this machine",
)
.default("false");

/// The inputs of this room that are no single channel's.
pub static INPUTS: &[&InputSpec] = &[&ALLOW_HTTP.spec];

/// Addresses of robots that are not there, by input, for a dry run without secrets.
pub fn example_addresses() -> Vec<(&'static str, &'static str)> {
    CHANNELS
        .iter()
        .filter_map(|entry| Some((entry.inputs.first()?.name, entry.example?)))
        .collect()
}

/// Opens every channel that is on.
pub fn open_all(reader: &mut InputReader<'_>) -> Vec<Target> {
    let mut targets = Vec::new();
    for entry in CHANNELS {
        let opened = (entry.open)(reader);
        let several = opened.len() > 1;
        for (
            at,
            Opened {
                channel,
                lane,
                host,
            },
        ) in opened.into_iter().enumerate()
        {
            let name = match several {
                true => format!("{} {}", entry.name, at + 1),
                false => entry.name.to_owned(),
            };
            targets.push(Target {
                name,
                lane,
                host,
                channel,
            });
        }
    }
    targets
}

/// Whether plain http leaves this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlainHttp {
    Refused,
    Allowed,
}

/// An address, and the robot it leads to.
struct Robot {
    endpoint: Endpoint,
    lane: String,
}

/// What tells one robot from another: its host, and its token where it has one.
fn lane_of(url: &Url) -> String {
    let token = url
        .query_pairs()
        .find(|(name, _)| matches!(name.as_ref(), "access_token" | "key"))
        .map(|(_, value)| value.into_owned());
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let rest = token.unwrap_or_else(|| {
        let query = url.query().unwrap_or_default();
        format!("{}?{query}", url.path().trim_end_matches('/'))
    });
    format!("{host}:{port} {rest}")
}

/// Reads the addresses of a channel. An address of another service, over plain http, or given
/// twice is dealt with here; an empty list means the channel is off or at fault.
fn addresses(
    reader: &mut InputReader<'_>,
    input: &Input<Addresses>,
    this: &ChannelEntry,
    plain_http: PlainHttp,
) -> Vec<Robot> {
    let mut kept: Vec<Robot> = Vec::new();
    for address in reader.get(input).unwrap_or_default().0 {
        let url = address.0.reveal();
        let other = CHANNELS
            .iter()
            .find(|entry| entry.name != this.name && (entry.recognises)(url));
        if let Some(other) = other {
            let right = other.inputs.first().map_or(other.name, |spec| spec.name);
            reader.fault(
                input.spec.name,
                Reason::new(
                    format!("holds the address of a {} robot", other.title),
                    format!("Put it into `{right}`."),
                ),
            );
        } else if plain_http == PlainHttp::Refused && !is_private_enough(url) {
            reader.fault(
                input.spec.name,
                Reason::new(
                    "begins with `http://`, which would show the address to everyone on the way",
                    match this.name {
                        "webhook" => "Write `https://`, or set `allow_http: true`.",
                        _ => "Write `https://`.",
                    },
                ),
            );
        } else if kept.iter().any(|robot| robot.lane == lane_of(url)) {
            reader.warn(format!(
                "input `{}` names one robot twice; it is rung once",
                input.spec.name
            ));
        } else {
            kept.push(Robot {
                lane: lane_of(url),
                endpoint: address.0.clone(),
            });
        }
    }
    kept
}

/// Pairs addresses with secrets by position; one secret serves all, none serves none.
fn paired_secrets(
    reader: &mut InputReader<'_>,
    input: &Input<SecretList>,
    addresses: usize,
) -> Vec<Option<Secret>> {
    let secrets = reader.get(input).unwrap_or_default().0;
    if addresses == 0 {
        return Vec::new();
    }
    match secrets.as_slice() {
        [] => vec![None; addresses],
        [one] => vec![Some(one.clone()); addresses],
        many if many.len() == addresses => many.iter().cloned().map(Some).collect(),
        many => {
            reader.fault(
                input.spec.name,
                Reason::new(
                    format!("holds {} secrets for {addresses} addresses", many.len()),
                    "Give one secret for each address in the same order, or one for all.",
                ),
            );
            Vec::new()
        }
    }
}

/// Whether the query of the address holds something under this name.
fn has_in_query(url: &Url, name: &str) -> bool {
    url.query_pairs()
        .any(|(key, value)| key == name && !value.is_empty())
}

/// Parts of a text with a blank line between them, empty ones left out.
fn joined(mut parts: Vec<String>) -> String {
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// The link of a message without any markup, empty when there is none.
fn link_as_text(message: &Message) -> String {
    let link = message.link.as_ref();
    let written = link.map(|it| [it.label, colon(it.label), it.target.as_str()].concat());
    written.unwrap_or_default()
}

/// Whether the address is on `host` and below `path`, or has a path so particular that it is one
/// of the vendor's whatever the host (a relay, a test receiver).
fn has_path(url: &Url, path: &str) -> bool {
    url.path().trim_end_matches('/').starts_with(path)
}

fn json_headers() -> Vec<(String, Secret)> {
    vec![(
        "content-type".to_owned(),
        Secret::new("application/json; charset=utf-8"),
    )]
}

/// A draft of a JSON object.
const fn json_draft(role: Role, body: serde_json::Map<String, serde_json::Value>) -> Draft {
    Draft {
        role,
        content: Content::Json(body),
        id: None,
    }
}

/// What is said about a second message that rings people.
const COMPANION_NOTE: &str =
    "this type of message cannot ring everyone named, so a short text follows that can";

/// The bytes of a draft.
fn draft_bytes(draft: &Draft) -> Vec<u8> {
    match &draft.content {
        Content::Json(body) => json_bytes(body),
        Content::Text(text) => text.clone().into_bytes(),
        Content::Mail(mail) => mail.clone(),
    }
}

/// How many bytes a JSON object has on the wire.
fn json_length(body: &serde_json::Map<String, serde_json::Value>) -> usize {
    json_bytes(body).len()
}

#[cfg(test)]
mod tests {
    //! What the tests of all channels share.

    use std::collections::BTreeMap;

    use super::*;
    use crate::environment::Environment;
    use crate::model::document::{Block, Field, Inline, Target as LinkTarget};
    use crate::model::exchange::{HttpReply, HttpRequest};
    use crate::model::facts::{Fact, Origin, RunFacts};
    use crate::model::message::{Language, Link, Mention, MessageId, TooLong};
    use crate::model::status::Status;

    /// A small failing run.
    pub(super) fn message() -> Message {
        let mut facts = RunFacts::new("test");
        for (fact, value) in [
            (Fact::PipelineName, "build"),
            (Fact::RunNumber, "42"),
            (Fact::RunUrl, "https://ci.example/42"),
            (Fact::RepoUrl, "https://git.example/acme/shop"),
            (Fact::RepoSlug, "acme/shop"),
            (Fact::Branch, "main"),
            (Fact::CommitSha, "0123456789abcdef0123456789abcdef01234567"),
        ] {
            facts.offer(fact, value, Origin::Input("x"));
        }
        Message {
            event: None,
            status: Status::Failure,
            status_word: String::new(),
            previous_status: None,
            status_text: "Failed",
            title: "❌ Failed: build #42".to_owned(),
            subject: "❌ Failed: build #42".to_owned(),
            fields: vec![Field {
                name: "commit",
                label: "Commit",
                value: vec![Inline::Value(
                    "<@all> [x](https://evil.example) \"q\"".to_owned(),
                )],
            }],
            status_line: None,
            body: vec![Block::Paragraph(vec![Inline::Text("Hello".to_owned())])],
            written: None,
            link: LinkTarget::new("https://ci.example/42").map(|target| Link {
                label: "Open the run",
                target,
            }),
            facts: facts.into(),
            mention: Mention::Ring,
            too_long: TooLong::Cut,
            language: Language::English,
            composed_at: UnixMillis(1_700_000_000_000),
            id: MessageId::new([7; 16]),
        }
    }

    /// What came of opening one kind of channel: targets and faults.
    pub(super) fn open_with(
        entry: &ChannelEntry,
        inputs: &[(&str, &str)],
    ) -> (Vec<Opened>, Vec<String>) {
        let variables = inputs.iter().map(|(name, value)| {
            (
                format!("RUNBELL_{}", name.to_uppercase()),
                (*value).to_owned(),
            )
        });
        let environment = Environment::new(variables, BTreeMap::new());
        let mut reader = InputReader::new(&environment);
        let opened = (entry.open)(&mut reader);
        let (faults, _, _) = reader.finish();
        (opened, faults.iter().map(ToString::to_string).collect())
    }

    /// The one channel that these inputs open.
    #[track_caller]
    pub(super) fn opened(entry: &ChannelEntry, inputs: &[(&str, &str)]) -> Box<dyn Channel> {
        let (opened, faults) = open_with(entry, inputs);
        assert!(faults.is_empty(), "{faults:?}");
        opened.into_iter().next().unwrap().channel
    }

    #[track_caller]
    pub(super) fn http(request: Request) -> HttpRequest {
        match request {
            Request::Http(request) => request,
            Request::Mail(_) => panic!("a mail"),
        }
    }

    pub(super) fn reply(status: u16, body: &str) -> Reply {
        Reply::Http(HttpReply {
            status,
            body: body.as_bytes().to_vec(),
            ..HttpReply::default()
        })
    }

    #[track_caller]
    fn check_fault(entry: &ChannelEntry, inputs: &[(&str, &str)], expected: &str) {
        let (_, faults) = open_with(entry, inputs);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{inputs:?}: {faults:?}"
        );
    }

    const DINGTALK: &str = "https://oapi.dingtalk.com/robot/send?access_token=T";
    const WECOM: &str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K";
    const LARK: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/T";

    #[test]
    fn an_address_of_another_service_names_the_right_input() {
        check_fault(
            &dingtalk::ENTRY,
            &[("dingtalk_webhook", WECOM)],
            "Put it into `wecom_webhook`",
        );
        check_fault(
            &wecom::ENTRY,
            &[("wecom_webhook", LARK)],
            "Put it into `lark_webhook`",
        );
        check_fault(
            &lark::ENTRY,
            &[("lark_webhook", DINGTALK)],
            "Put it into `dingtalk_webhook`",
        );
        check_fault(
            &webhook::ENTRY,
            &[("webhook_url", WECOM)],
            "Put it into `wecom_webhook`",
        );
    }

    #[test]
    fn an_address_must_be_whole_and_private() {
        check_fault(
            &dingtalk::ENTRY,
            &[("dingtalk_webhook", "https://oapi.dingtalk.com/robot/send")],
            "has no `access_token`",
        );
        check_fault(
            &dingtalk::ENTRY,
            &[(
                "dingtalk_webhook",
                &format!("{DINGTALK}&timestamp=1577808000000&sign=x%3D"),
            )],
            "put the robot's secret into `dingtalk_secret`",
        );
        check_fault(
            &wecom::ENTRY,
            &[(
                "wecom_webhook",
                "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
            )],
            "begins with `http://`",
        );
        check_fault(
            &lark::ENTRY,
            &[(
                "lark_webhook",
                "https://open.feishu.cn/open-apis/bot/v2/hook/",
            )],
            "has no token",
        );
    }

    #[test]
    fn several_addresses_pair_with_their_secrets() {
        let two = format!("{DINGTALK}1\n{DINGTALK}2");
        let (both, faults) = open_with(
            &dingtalk::ENTRY,
            &[("dingtalk_webhook", &two), ("dingtalk_secret", "SEC1,SEC2")],
        );
        assert_eq!((both.len(), faults.len()), (2, 0));
        check_fault(
            &dingtalk::ENTRY,
            &[("dingtalk_webhook", &two), ("dingtalk_secret", "a,b,c")],
            "holds 3 secrets for 2 addresses",
        );
        let twice = format!("{DINGTALK}\n{DINGTALK}");
        let (once, _) = open_with(&dingtalk::ENTRY, &[("dingtalk_webhook", &twice)]);
        assert_eq!(once.len(), 1);
    }

    #[test]
    fn a_channel_without_its_address_is_off() {
        for entry in CHANNELS {
            let (opened, faults) = open_with(entry, &[]);
            assert!(
                opened.is_empty() && faults.is_empty(),
                "{entry:?}: {faults:?}"
            );
        }
    }
}
