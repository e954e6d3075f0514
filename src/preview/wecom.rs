//! WeCom's client, as its developer centre describes it (path 91770) and other people's robots
//! found it, read 2026.
//!
//! `markdown` is read line by line and knows no lists; `markdown_v2` is near CommonMark and knows
//! neither colours nor mentions. The conversation list shows the raw start of either.

use serde_json::Value;

use super::html::Html;
use super::markdown::{self, Backslash, Client, Construct, LineEnd, Meaning};
use super::tag::{End, Tag};
use super::{Said, text_at};

/// What the client shows of a robot's message.
pub(super) fn said(body: &Value) -> Said {
    match text_at(body, "/msgtype") {
        "markdown" => {
            let content = text_at(body, "/markdown/content");
            Said::new(
                content,
                Html::classed("div", "bubble lines", lines(content)),
            )
        }
        "markdown_v2" => {
            let content = text_at(body, "/markdown_v2/content");
            let text = markdown::draw(content, &SecondVersion);
            Said::new(content, Html::classed("div", "bubble markdown", text))
        }
        "text" => {
            let content = text_at(body, "/text/content");
            let text = plain_text(content).and(mentioned(body));
            Said::new(content, Html::classed("div", "bubble text", text))
        }
        "template_card" if text_at(body, "/template_card/card_type") == "text_notice" => {
            let card = body.get("template_card").unwrap_or(&Value::Null);
            Said::new(text_at(card, "/main_title/title"), notice(card))
        }
        _ => Said::undrawn("WeCom", body),
    }
}

/// The first version of Markdown: every line by itself.
fn lines(content: &str) -> Html {
    content
        .lines()
        .map(|line| match line.strip_prefix('>') {
            _ if line.trim().is_empty() => Html::classed("div", "empty", Html::default()),
            Some(quoted) => Html::classed("div", "quoted", inline(quoted.trim_start())),
            None => match heading(line) {
                Some((tag, text)) => Html::element(tag, inline(text)),
                None => Html::element("div", inline(line)),
            },
        })
        .collect()
}

fn heading(line: &str) -> Option<(&'static str, &str)> {
    let tags = ["h1", "h2", "h3", "h4", "h5", "h6"];
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let text = line.get(level..)?.strip_prefix(' ')?;
    Some((tags.get(level.checked_sub(1)?)?, text))
}

/// What is read inside a line.
fn inline(line: &str) -> Html {
    let mut html = Html::default();
    let mut plain = 0;
    let mut at = 0;
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some((piece, behind)) = construct(rest) {
            html.push(Html::linked_text(line.get(plain..at).unwrap_or_default()));
            html.push(piece);
            at = line.len() - behind.len();
            plain = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    html.and(Html::linked_text(line.get(plain..).unwrap_or_default()))
}

/// What a text begins with, when it has power, and what is behind it.
fn construct(text: &str) -> Option<(Html, &str)> {
    if let Some(rest) = text.strip_prefix("**") {
        let (inner, behind) = rest.split_once("**")?;
        return (!inner.is_empty()).then(|| (Html::element("strong", inline(inner)), behind));
    }
    if let Some(rest) = text.strip_prefix('`') {
        let (code, behind) = rest.split_once('`')?;
        return (!code.is_empty()).then(|| (Html::element("code", Html::text(code)), behind));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (name, rest) = rest.split_once("](")?;
        let (address, behind) = rest.split_once(')')?;
        let is_whole = !name.contains('[');
        return is_whole.then(|| (Html::link(address, inline(name)), behind));
    }
    if text.starts_with("<@") {
        return mention(text);
    }
    let (tag, rest) = Tag::read(text)?;
    if (tag.name, tag.end) != ("font", End::Opening) {
        return None;
    }
    let (inner, behind) = rest.split_once("</font>")?;
    // Only three colours have a name; any other is no colour.
    let class = match tag.attribute("color") {
        Some("info") => "info",
        Some("comment") => "comment",
        Some("warning") => "warning",
        _ => "plain",
    };
    Some((Html::classed("span", class, inline(inner)), behind))
}

/// `<@userid>`, which has power in `markdown` and `text`.
fn mention(text: &str) -> Option<(Html, &str)> {
    let (id, behind) = text.strip_prefix("<@")?.split_once('>')?;
    Some((chip(id), behind))
}

fn chip(id: &str) -> Html {
    let name = id.strip_prefix('@').unwrap_or(id);
    let name = match name {
        "all" => "所有人",
        name => name,
    };
    Html::classed("span", "at", Html::text(&format!("@{name}")))
}

/// The text of a `text` message.
fn plain_text(content: &str) -> Html {
    let mut html = Html::default();
    let mut rest = content;
    while let Some((before, _)) = rest.split_once("<@") {
        let Some((piece, behind)) = rest.get(before.len()..).and_then(mention) else {
            break;
        };
        html.push(Html::linked_text(before));
        html.push(piece);
        rest = behind;
    }
    html.and(Html::linked_text(rest))
}

/// Those in the two lists of a `text`; the client adds their names.
fn mentioned(body: &Value) -> Html {
    let list = |pointer| body.pointer(pointer).and_then(Value::as_array);
    let lists = [
        list("/text/mentioned_list"),
        list("/text/mentioned_mobile_list"),
    ];
    let ids = lists.into_iter().flatten().flatten();
    ids.filter_map(Value::as_str)
        .map(|id| Html::text(" ").and(chip(id)))
        .collect()
}

/// A card of the kind `text_notice`. Too long parts are cut by the style sheet, as by the client.
fn notice(card: &Value) -> Html {
    let part = |class, pointer| match text_at(card, pointer) {
        "" => Html::default(),
        text => Html::classed("div", class, Html::text(text)),
    };
    let mut html: Html = [
        ("source", "/source/desc"),
        ("main", "/main_title/title"),
        ("small", "/main_title/desc"),
        ("emphasis", "/emphasis_content/title"),
        ("small", "/emphasis_content/desc"),
        ("quoted", "/quote_area/quote_text"),
        ("sub", "/sub_title_text"),
    ]
    .into_iter()
    .map(|(class, pointer)| part(class, pointer))
    .collect();
    let list = |key| {
        card.get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for row in list("horizontal_content_list") {
        let value = Html::text(text_at(row, "/value"));
        let value = match text_at(row, "/url") {
            "" => value,
            address => Html::link(address, value),
        };
        let key = Html::classed("span", "key", Html::text(text_at(row, "/keyname")));
        let value = Html::classed("span", "value", value);
        html.push(Html::classed("div", "row", key.and(value)));
    }
    for jump in list("jump_list") {
        let link = Html::link(text_at(jump, "/url"), Html::text(text_at(jump, "/title")));
        html.push(Html::classed("div", "jump", link));
    }
    Html::classed("div", "bubble notice", html)
}

/// `markdown_v2`.
struct SecondVersion;

impl Client for SecondVersion {
    fn as_written(&self) -> &'static [Construct] {
        &[Construct::Strike]
    }

    fn line_end(&self) -> LineEnd {
        // So do the vendor's samples; nobody has written down what a client makes of it.
        LineEnd::Break
    }

    fn backslash(&self) -> Backslash {
        Backslash::Shown
    }

    fn text(&self, text: &str) -> Html {
        Html::linked_text(text)
    }

    fn tag(&self, _: &Tag<'_>) -> Meaning {
        Meaning::Unknown
    }

    fn picture(&self, name: Html, address: &str) -> Html {
        Html::classed("span", "picture", Html::link(address, name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: Value, expected: &str) {
        let html = said(&body).bubble.into_string();
        let inside = html.split_once('>').unwrap().1.strip_suffix("</div>");
        assert_eq!(inside.unwrap(), expected, "{body}");
    }

    #[track_caller]
    fn markdown(content: &str, expected: &str) {
        check(
            json!({ "msgtype": "markdown", "markdown": { "content": content } }),
            expected,
        );
    }

    #[test]
    fn lines_stand_for_themselves() {
        markdown(
            "## a\n> b\n\n#c",
            "<h2>a</h2><div class=\"quoted\">b</div><div class=\"empty\"></div><div>#c</div>",
        );
        markdown("- a\n1. b", "<div>- a</div><div>1. b</div>");
        markdown("*a* ~~b~~", "<div>*a* ~~b~~</div>");
        markdown("| a |", "<div>| a |</div>");
    }

    #[test]
    fn what_has_power_in_a_line() {
        markdown(
            "**a `b`** [c](https://x.example)",
            "<div><strong>a <code>b</code></strong> <a href=\"https://x.example\">c</a></div>",
        );
        markdown(
            "<font color=\"info\">a</font><font color=\"red\">b</font>",
            "<div><span class=\"info\">a</span><span class=\"plain\">b</span></div>",
        );
        markdown(
            "<@ann> <@>",
            "<div><span class=\"at\">@ann</span> <span class=\"at\">@</span></div>",
        );
        markdown("**a [b] (c", "<div>**a [b] (c</div>");
        markdown("<b>a</b>", "<div>&lt;b&gt;a&lt;/b&gt;</div>");
    }

    #[test]
    fn the_second_version_is_near_commonmark() {
        for (content, expected) in [
            ("a\nb", "<p>a<br>b</p>"),
            ("~~a~~ \\[b\\]", "<p>~~a~~ \\[b\\]</p>"),
            ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
            ("<@ann>", "<p>&lt;@ann&gt;</p>"),
            (
                "<font color=\"info\">a</font>",
                "<p><span class=\"written\">&lt;font color=&quot;info&quot;&gt;</span>a<span class=\"written\">&lt;/font&gt;</span></p>",
            ),
        ] {
            check(
                json!({ "msgtype": "markdown_v2", "markdown_v2": { "content": content } }),
                expected,
            );
        }
    }

    #[test]
    fn the_client_adds_the_names_of_those_in_the_lists() {
        check(
            json!({ "msgtype": "text", "text": {
                "content": "**a** <@bob> <",
                "mentioned_list": ["ann", "@all"],
            }}),
            "**a** <span class=\"at\">@bob</span> &lt; <span class=\"at\">@ann</span> <span class=\"at\">@所有人</span>",
        );
    }

    #[test]
    fn a_notice_shows_its_parts_in_the_clients_order() {
        check(
            json!({ "msgtype": "template_card", "template_card": {
                "card_type": "text_notice",
                "sub_title_text": "b",
                "main_title": { "title": "a" },
                "horizontal_content_list": [{ "keyname": "k", "value": "<v>" }],
                "jump_list": [{ "type": 1, "title": "Open", "url": "https://x.example" }],
            }}),
            "<div class=\"main\">a</div><div class=\"sub\">b</div><div class=\"row\"><span class=\"key\">k</span><span class=\"value\">&lt;v&gt;</span></div><div class=\"jump\"><a href=\"https://x.example\">Open</a></div>",
        );
    }

    #[test]
    fn the_conversation_list_shows_the_raw_start() {
        let body = json!({ "msgtype": "markdown", "markdown": { "content": "**a**" } });
        assert_eq!(said(&body).preview, "**a**");
    }
}
