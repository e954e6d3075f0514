//! Draws what a message looks like in each client, from the payload as it is sent.
//!
//! Nothing here comes from the rooms that write payloads: each file reads its vendor's dialect for
//! itself, with the client's own quirks, so that a mistake in a payload shows in the picture. The
//! page holds no script, fetches nothing, and nothing that a payload says becomes active in it.

mod dingtalk;
mod html;
mod lark;
mod mail;
mod markdown;
mod style;
mod tag;
mod wecom;

use serde_json::Value;

use self::html::Html;
use crate::model::exchange::{Content, Draft};

/// What one target is sent.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// What stands above the picture.
    pub caption: &'a str,
    /// The channel's name, such as `dingtalk`. Payloads of other channels are shown as JSON.
    pub channel: &'a str,
    /// What is sent, in this order.
    pub drafts: &'a [Draft],
}

/// What a client shows of one message.
struct Said {
    /// The line of the conversation list.
    preview: String,
    /// What the conversation shows.
    bubble: Html,
}

impl Said {
    fn new(preview: &str, bubble: Html) -> Self {
        Self {
            preview: preview.to_owned(),
            bubble,
        }
    }

    /// A message of a type that is not drawn.
    fn undrawn(client: &str, body: &Value) -> Self {
        let fault = Html::fault(&format!("{client} shows this type of message otherwise"));
        let json = Html::element("pre", Html::text(&format!("{body:#}")));
        Self::new("", Html::classed("div", "bubble json", fault.and(json)))
    }
}

/// Draws a page, one column for each target.
pub fn page(title: &str, targets: &[Drawn<'_>]) -> String {
    whole(title, targets.iter().map(column).collect())
}

/// Draws a mail as it is read on screens of several widths, light and dark.
pub fn page_of_widths(title: &str, mail: &[u8]) -> String {
    whole(title, mail::on_screens(mail))
}

fn whole(title: &str, columns: Html) -> String {
    let heading = Html::classed("div", "title", Html::text(title));
    let main = Html::element("main", columns);
    // Mails are drawn in frames, which inherit this rule: nothing is fetched.
    let head = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
        <meta name=\"viewport\" content=\"width=device-width\">\n";
    format!(
        "{head}{title}\n<style>\n{style}</style>\n</head>\n<body>\n{heading}\n{main}\n</body>\n</html>\n",
        title = Html::element("title", Html::text(title)).into_string(),
        style = style::STYLE,
        heading = heading.into_string(),
        main = main.into_string(),
    )
}

fn column(target: &Drawn<'_>) -> Html {
    let (class, speak): (&'static str, fn(&Value) -> Said) = match target.channel {
        "dingtalk" => ("client dingtalk", dingtalk::said),
        "wecom" => ("client wecom", wecom::said),
        "lark" => ("client lark", lark::said),
        "email" => ("client email", other),
        _ => ("client", other),
    };
    let said: Vec<Said> = target
        .drafts
        .iter()
        .map(|draft| match &draft.content {
            Content::Json(body) => speak(&Value::Object(body.clone())),
            Content::Mail(mail) => mail::said(mail),
        })
        .collect();
    let last = said.last().map(|it| one_line(&it.preview));
    let list = Html::classed("b", "name", Html::text("runbell")).and(Html::classed(
        "span",
        "preview",
        Html::text(&last.unwrap_or_default()),
    ));
    let list = Html::classed("div", "list", face().and(list));
    let turns: Html = said.into_iter().map(turn).collect();
    let screen = Html::classed("div", "screen", turns);
    let caption = Html::classed("div", "caption", Html::text(target.caption));
    Html::classed("section", class, caption.and(list).and(screen))
}

fn turn(said: Said) -> Html {
    let name = Html::classed("div", "name", Html::text("runbell"));
    let right = Html::classed("div", "said", name.and(said.bubble));
    Html::classed("div", "turn", face().and(right))
}

fn face() -> Html {
    Html::classed("span", "face", Html::text("rb"))
}

/// A payload that no chat client draws.
fn other(body: &Value) -> Said {
    let json = Html::element("pre", Html::text(&format!("{body:#}")));
    Said::new("", Html::classed("div", "bubble json", json))
}

/// The conversation list has one line.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A text somewhere in a payload; empty when there is none.
fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer);
    found.and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, Strategy, prop, prop_oneof, proptest};
    use serde_json::json;

    use super::*;
    use crate::model::exchange::Role;

    /// Every payload that is drawn, with one text in each place where text may stand.
    fn payloads(text: &str) -> Vec<(&'static str, Draft)> {
        let bodies = [
            (
                "dingtalk",
                json!({ "msgtype": "markdown", "markdown": { "title": text, "text": text }, "at": { "atMobiles": [text], "isAtAll": true } }),
            ),
            (
                "dingtalk",
                json!({ "msgtype": "actionCard", "actionCard": { "title": text, "text": text, "singleTitle": text, "singleURL": text } }),
            ),
            (
                "dingtalk",
                json!({ "msgtype": "text", "text": { "content": text }, "at": { "atUserIds": [text] } }),
            ),
            ("dingtalk", json!({ "msgtype": text })),
            (
                "wecom",
                json!({ "msgtype": "markdown", "markdown": { "content": text } }),
            ),
            (
                "wecom",
                json!({ "msgtype": "markdown_v2", "markdown_v2": { "content": text } }),
            ),
            (
                "wecom",
                json!({ "msgtype": "text", "text": { "content": text, "mentioned_list": [text] } }),
            ),
            (
                "wecom",
                json!({ "msgtype": "template_card", "template_card": {
                    "card_type": "text_notice", "main_title": { "title": text }, "sub_title_text": text,
                    "horizontal_content_list": [{ "keyname": text, "value": text, "url": text }],
                    "jump_list": [{ "title": text, "url": text }],
                }}),
            ),
            (
                "lark",
                json!({ "msg_type": "interactive", "card": { "schema": "2.0",
                    "header": { "template": text, "title": { "content": text } },
                    "body": { "elements": [
                        { "tag": "markdown", "content": text },
                        { "tag": text },
                        { "tag": "div", "text": { "tag": "plain_text", "content": text } },
                        { "tag": "button", "type": text, "text": { "content": text }, "behaviors": [{ "default_url": text }] },
                    ]},
                }}),
            ),
            (
                "lark",
                json!({ "msg_type": "post", "content": { "post": { "zh_cn": { "title": text, "content": [[
                    { "tag": "text", "text": text }, { "tag": "a", "text": text, "href": text }, { "tag": "at", "user_id": text }, { "tag": text },
                ]]}}}}),
            ),
            (
                "lark",
                json!({ "msg_type": "text", "content": { "text": text } }),
            ),
            ("webhook", json!({ text: text })),
        ];
        let json = bodies.map(|(channel, body)| {
            let content = Content::Json(body.as_object().unwrap().clone());
            (channel, content)
        });
        let mails = [
            format!("Subject: {text}\r\nFrom: {text}\r\nContent-Type: text/html\r\n\r\n{text}"),
            text.to_owned(),
        ];
        let mails = mails.map(|mail| ("email", Content::Mail(mail.into_bytes())));
        json.into_iter()
            .chain(mails)
            .map(|(channel, content)| {
                let role = Role::Message;
                (
                    channel,
                    Draft {
                        role,
                        content,
                        id: None,
                    },
                )
            })
            .collect()
    }

    fn drawn(text: &str) -> String {
        let payloads = payloads(text);
        let targets: Vec<Drawn<'_>> = payloads
            .iter()
            .map(|(channel, draft)| Drawn {
                caption: text,
                channel,
                drafts: std::slice::from_ref(draft),
            })
            .collect();
        page(text, &targets)
    }

    const TAGS: &[&str] = &[
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "section",
        "div",
        "span",
        "p",
        "b",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "strong",
        "em",
        "del",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "th",
        "td",
        "br",
        "hr",
        "a",
        "iframe",
    ];

    /// Reads the page tag by tag: only our tags, only our attributes, links to the web alone.
    #[track_caller]
    fn check_is_inert(page: &str) {
        for tag in page.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap();
            if tag == "!DOCTYPE html" {
                continue;
            }
            let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
            let name = name.strip_prefix('/').unwrap_or(name);
            assert!(TAGS.contains(&name), "<{tag}>");
            while let Some((attribute, behind)) = rest.split_once("=\"") {
                let (value, behind) = behind.split_once('"').unwrap();
                let allowed = match attribute {
                    "href" => value.starts_with("https://") || value.starts_with("http://"),
                    "style" => value.strip_prefix("color:").is_some_and(|colour| {
                        colour
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
                    }),
                    "sandbox" => value.is_empty(),
                    "class" | "start" | "height" | "srcdoc" => true,
                    "charset" | "http-equiv" | "name" | "content" => name == "meta",
                    "lang" => name == "html",
                    _ => false,
                };
                assert!(allowed, "{attribute} in <{tag}>");
                rest = behind.trim_start();
            }
            assert_eq!(rest, "", "<{tag}>");
        }
        assert!(!page.to_lowercase().contains("<script"));
    }

    #[test]
    fn nothing_hostile_becomes_active() {
        for text in [
            "",
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "\"><script>alert(1)</script>",
            "' onmouseover='alert(1)",
            "[a](javascript:alert(1))",
            "[a](<javascript:alert(1)>)",
            "<javascript:alert(1)>",
            "https://x.example/\"onclick=\"alert(1)",
            "[a](https://x.example/\"onclick=\"alert(1))",
            "![a](data:text/html;base64,PHNjcmlwdD4=)",
            "<font color=\"red\" onclick=\"alert(1)\">a</font>",
            "<font color=red;background:url(https://x.example)>a",
            "<at id=\"\"><script></at>",
            "<@<script>>",
            "</style><script>",
            "<iframe srcdoc=\"<script>\">",
            "&lt;script&gt;&#60;script&#62;",
            "```\n</pre><script>\n```",
            "<!-- --><![CDATA[ <?php ?>",
            "\u{0}\u{202e}\u{fdd0}\\",
            "a\nb\r\nc",
        ] {
            check_is_inert(&drawn(text));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_becomes_active(text in hostile_text()) {
            check_is_inert(&drawn(&text));
        }
    }

    /// Markup in any order, and any signs between.
    fn hostile_text() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            prop::sample::select(vec![
                "<script>",
                "</script>",
                "<font color=",
                "</font>",
                "<at id=",
                "</at>",
                "<@",
                ">",
                "\"",
                "'",
                "[a](",
                ")",
                "![",
                "javascript:",
                "https://",
                "`",
                "```\n",
                "**",
                "*",
                "~~",
                "> ",
                "- ",
                "1. ",
                "# ",
                "| a | b |\n|-|-|\n",
                "\n",
                "\n\n",
                "  \n",
                "\\",
                "&#60;",
                "&amp;",
                "<br>",
                "<hr>",
                "<b ",
                "onclick=",
                " ",
                "=?utf-8?B?PHNjcmlwdD4=?=",
                "构建",
                "🔔",
            ])
            .prop_map(str::to_owned),
            ".{0,4}",
        ];
        prop::collection::vec(word, 0..16).prop_map(|words| words.concat())
    }

    #[test]
    fn other_payloads_are_shown_as_json() {
        let body = json!({ "a": "<b>" }).as_object().unwrap().clone();
        let draft = Draft {
            role: Role::Message,
            content: Content::Json(body),
            id: None,
        };
        let page = page(
            "t",
            &[Drawn {
                caption: "Webhook",
                channel: "webhook",
                drafts: &[draft],
            }],
        );
        assert!(
            page.contains("<pre>{\n  &quot;a&quot;: &quot;&lt;b&gt;&quot;\n}</pre>"),
            "{page}"
        );
    }

    #[test]
    fn a_type_that_a_client_does_not_draw_is_told() {
        for (channel, draft) in payloads("feedCard") {
            let html = column(&Drawn {
                caption: "",
                channel,
                drafts: std::slice::from_ref(&draft),
            })
            .into_string();
            let Content::Json(body) = &draft.content else {
                continue;
            };
            let is_unknown = body.get("msgtype") == Some(&json!("feedCard"));
            assert_eq!(html.contains("otherwise"), is_unknown, "{html}");
        }
    }

    #[test]
    fn the_conversation_list_has_one_line() {
        assert_eq!(one_line(" a\n\n b "), "a b");
    }
}
