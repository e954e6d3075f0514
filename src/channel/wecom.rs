//! WeCom group robots. Source: WeCom developer centre, "Group robot", path 91770, read 2026, and
//! its table of global error codes.
//!
//! There is no signature. The `markdown` type can mention by user id inside the text, and neither
//! by mobile number nor everyone; for those a companion text message follows, which can.

use serde_json::{Map, Value, json};

use super::people::People;
use super::reply::{Code, robot_verdict};
use super::{Channel, ChannelEntry, Opened, PlainHttp, addresses, has_path};
use crate::input::{Addresses, Input, InputReader, List, Reason};
use crate::markdown::{Dialect, Place, PlainText, WeComMarkdown, fit, fit_line, neutralised};
use crate::model::document::Block;
use crate::model::exchange::{
    Content, Draft, Endpoint, HttpRequest, Reply, ReplyBody, Request, Role, Verdict,
};
use crate::model::message::Message;
use crate::model::time::UnixMillis;

pub(super) static ENTRY: ChannelEntry = ChannelEntry {
    name: "wecom",
    title: "WeCom",
    inputs: &[&WEBHOOK.spec, &USERS.spec, &MOBILES.spec],
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

/// Longest address, in characters (row S0-065).
const ADDRESS_LIMIT_CHARS: usize = 256;

/// Longest `markdown.content`, in bytes of UTF-8; longer is refused whole (40058).
const MARKDOWN_LIMIT_BYTES: usize = 4096;

/// Longest `text.content`, in bytes of UTF-8.
const TEXT_LIMIT_BYTES: usize = 2048;

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
    let mobiles = People::mobiles(reader, &MOBILES);
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
            reader.refuse(
                &USERS.spec,
                id,
                Reason::new(
                    format!("`{}` cannot stand in a WeCom user id", strange.escape_default()),
                    "Letters, digits and . - _ @ can; find ids in the management backend, under contacts.",
                ),
            );
        }
    }
    for robot in &webhooks {
        let url = robot.endpoint.reveal();
        let has_key = url
            .query_pairs()
            .any(|(name, value)| name == "key" && !value.is_empty());
        if !has_key {
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
            lane: robot.lane,
            channel: Box::new(WeCom {
                webhook: robot.endpoint,
                users: users.clone(),
                mobiles: mobiles.clone(),
            }),
        })
        .collect()
}

#[derive(Debug)]
struct WeCom {
    webhook: Endpoint,
    users: People,
    mobiles: People,
}

impl WeCom {
    fn content(&self, message: &Message, blocks: &[Block]) -> String {
        let mut parts = vec![
            // The conversation list shows the raw start: it begins with words.
            format!("**{}**", neutralised(&message.title, Place::Inline)),
            WeComMarkdown.write(blocks),
        ];
        if let Some(link) = &message.link {
            parts.push(WeComMarkdown.link(link.label, &link.target));
        }
        let mentions: Vec<String> = self.users.ids.iter().map(|id| format!("<@{id}>")).collect();
        parts.push(mentions.join(" "));
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    fn markdown(&self, message: &Message) -> Map<String, Value> {
        let fitted = fit(message.document(), MARKDOWN_LIMIT_BYTES, |blocks| {
            self.content(message, blocks).len()
        });
        let content = self.content(message, fitted.blocks());
        object("markdown", json!({ "content": content }))
    }

    /// Rings those whom the markdown type cannot ring.
    fn companion(&self, message: &Message) -> Option<Map<String, Value>> {
        let everyone = self.users.everyone || self.mobiles.everyone;
        if !everyone && self.mobiles.ids.is_empty() {
            return None;
        }
        // `<@...>` has power in texts too.
        let title = PlainText
            .text(&message.title, Place::Inline)
            .replace('<', "＜");
        let mut text = Map::new();
        text.insert("content".into(), fit_line(&title, TEXT_LIMIT_BYTES).into());
        if everyone {
            text.insert("mentioned_list".into(), json!(["@all"]));
        }
        if !self.mobiles.ids.is_empty() {
            text.insert("mentioned_mobile_list".into(), json!(self.mobiles.ids));
        }
        Some(object("text", Value::Object(text)))
    }
}

fn object(kind: &str, content: Value) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("msgtype".into(), kind.into());
    body.insert(kind.into(), content);
    body
}

impl Channel for WeCom {
    fn drafts(&self, message: &Message) -> Vec<Draft> {
        let main = Draft {
            role: Role::Message,
            content: Content::Json(self.markdown(message)),
        };
        let companion = self.companion(message).map(|body| Draft {
            role: Role::Companion,
            content: Content::Json(body),
        });
        std::iter::once(main).chain(companion).collect()
    }

    fn request(&self, draft: &Draft, _: UnixMillis) -> Request {
        Request::Http(HttpRequest {
            endpoint: self.webhook.clone(),
            headers: super::json_headers(),
            body: super::json_bytes(draft),
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

const COPY_ADDRESS: &str = "Copy the robot's address again into `wecom_webhook`.";

const CODES: &[Code] = &[
    Code::transient(-1, "WeCom is busy"),
    Code::transient(6000, "WeCom is busy with another change"),
    Code::permanent(40_007, "the media id is not valid", ""),
    Code::permanent(40_008, "WeCom does not take this type of message", ""),
    Code::permanent(40_009, "the picture's size is not allowed", ""),
    Code::permanent(
        40_033,
        "the message holds characters that WeCom does not take",
        "",
    ),
    Code::permanent(40_035, "a parameter is not valid", ""),
    Code::permanent(
        40_058,
        "a part of the message breaks a rule: too long, or missing",
        "Shorten `message`.",
    ),
    Code::permanent(44_001, "the media file is empty", ""),
    Code::permanent(44_004, "the message is empty", ""),
    Code::permanent(45_001, "the media file is too large", ""),
    Code::permanent(45_002, "the message is too long", "Shorten `message`."),
    Code::limited(45_009, "more than 20 messages a minute", 60),
    Code::limited(45_033, "too many calls at once", 0),
    Code::permanent(47_001, "WeCom could not read the message", ""),
    Code::permanent(
        93_000,
        "the robot's address is wrong, or the robot was removed",
        COPY_ADDRESS,
    ),
    Code::permanent(
        93_004,
        "the robot is disabled",
        "Enable it in the group's settings.",
    ),
];

#[cfg(test)]
mod tests {
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
        assert!(content.starts_with("**❌ Failed: build #42**"), "{content}");
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
        check_fault(
            &[("wecom_users", "张三")],
            Some("cannot stand in a WeCom user id"),
        );
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
        assert!(
            refused.meaning.ends_with("(\"invalid webhook url\")"),
            "{refused:?}"
        );
        assert_eq!(judge(r#"{"errcode":45009}"#).wait.as_secs(), 60);
    }
}
