//! DingTalk's client, as its platform's pages and other people's robots describe it, read 2026.
//!
//! Beyond headings, quotes, bold, italics, links, pictures and flat lists nothing is promised, so
//! the rest is shown as it is written, which is what phones do. A lone line feed joins lines.

use serde_json::Value;

use super::html::{Colour, Html};
use super::markdown::{self, Backslash, Client, Construct, LineEnd, Meaning};
use super::tag::{End, Tag};
use super::{Said, text_at};

/// What the client shows of a robot's message.
pub(super) fn said(body: &Value) -> Said {
    let mentions = Mentions::read(body);
    match text_at(body, "/msgtype") {
        "markdown" => {
            let text = markdown::draw(text_at(body, "/markdown/text"), &mentions);
            let text = Html::classed("div", "bubble markdown", text.and(mentions.everyone()));
            // The title is not drawn in the bubble.
            Said::new(text_at(body, "/markdown/title"), text)
        }
        "actionCard" => {
            // A card has no `at` object, so nobody is mentioned in it.
            let text = markdown::draw(text_at(body, "/actionCard/text"), &Mentions::default());
            let button = Html::link(
                text_at(body, "/actionCard/singleURL"),
                Html::text(text_at(body, "/actionCard/singleTitle")),
            );
            let card = text.and(Html::classed("div", "button", button));
            let card = Html::classed("div", "bubble markdown card", card);
            Said::new(text_at(body, "/actionCard/title"), card)
        }
        "text" => {
            let content = text_at(body, "/text/content");
            let text = mentions.highlighted(content, Html::linked_text);
            let text = Html::classed("div", "bubble text", text.and(mentions.everyone()));
            Said::new(content, text)
        }
        _ => Said::undrawn("DingTalk", body),
    }
}

/// Whom a message mentions: the ids in its `at` object.
#[derive(Debug, Default)]
struct Mentions<'a> {
    /// The longest first, so that no id is taken for another one's beginning.
    ids: Vec<&'a str>,
    everyone: Option<&'static str>,
}

impl<'a> Mentions<'a> {
    fn read(body: &'a Value) -> Self {
        let list = |pointer| body.pointer(pointer).and_then(Value::as_array);
        let lists = [list("/at/atMobiles"), list("/at/atUserIds")];
        let ids = lists.into_iter().flatten().flatten();
        let mut ids: Vec<&str> = ids.filter_map(Value::as_str).collect();
        ids.retain(|id| !id.is_empty());
        ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
        let everyone = body.pointer("/at/isAtAll").and_then(Value::as_bool);
        Self {
            ids,
            everyone: (everyone == Some(true)).then_some("@所有人"),
        }
    }

    /// The client itself adds the word for everyone.
    fn everyone(&self) -> Html {
        let word = self.everyone.map(Html::text);
        word.map(|word| Html::classed("p", "at", word))
            .unwrap_or_default()
    }

    /// Text in which each `@id` of the list is seen.
    fn highlighted(&self, text: &str, rest: impl Fn(&str) -> Html) -> Html {
        let mut html = Html::default();
        let mut before = 0;
        for (at, _) in text.match_indices('@') {
            let behind = text.get(at + 1..).unwrap_or_default();
            let Some(id) = self.ids.iter().find(|id| behind.starts_with(**id)) else {
                continue;
            };
            if at < before {
                continue;
            }
            html.push(rest(text.get(before..at).unwrap_or_default()));
            html.push(Html::classed("span", "at", Html::text(&format!("@{id}"))));
            before = at + 1 + id.len();
        }
        html.and(rest(text.get(before..).unwrap_or_default()))
    }
}

impl Client for Mentions<'_> {
    fn as_written(&self) -> &'static [Construct] {
        &[
            Construct::Code,
            Construct::CodeBlock,
            Construct::NestedList,
            Construct::Rule,
            Construct::Strike,
            Construct::Table,
        ]
    }

    fn line_end(&self) -> LineEnd {
        LineEnd::Blank
    }

    fn backslash(&self) -> Backslash {
        Backslash::Shown
    }

    fn text(&self, text: &str) -> Html {
        self.highlighted(text, Html::text)
    }

    fn tag(&self, tag: &Tag<'_>) -> Meaning {
        match (tag.name, tag.end) {
            ("br", _) => Meaning::Stands(Html::void("br")),
            ("font", End::Closing) => Meaning::Ends,
            ("font", End::Opening) => match tag.attribute("color").and_then(Colour::read) {
                Some(colour) => Meaning::Colours(colour),
                None => Meaning::Classes("plain"),
            },
            _ => Meaning::Unknown,
        }
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
    fn check(body: Value, preview: &str, expected: &str) {
        let said = said(&body);
        assert_eq!(said.preview, preview);
        let html = said.bubble.into_string();
        let inside = html.split_once('>').unwrap().1.strip_suffix("</div>");
        assert_eq!(inside.unwrap(), expected, "{body}");
    }

    #[track_caller]
    fn markdown(text: &str, expected: &str) {
        check(
            json!({
                "msgtype": "markdown",
                "markdown": { "title": "shop", "text": text },
                "at": { "atMobiles": ["138", "13800"], "atUserIds": ["ann_1"], "isAtAll": false },
            }),
            "shop",
            expected,
        );
    }

    #[test]
    fn only_what_is_promised_is_drawn() {
        markdown("### a", "<h3>a</h3>");
        markdown("a\nb", "<p>a b</p>");
        markdown("a  \nb<br/>c", "<p>a<br>b<br>c</p>");
        markdown("~~a~~", "<p>~~a~~</p>");
        markdown("|a|\n|-|\n|b|", "<p>|a| |-| |b|</p>");
        markdown("`a`", "<p><span class=\"written\">`a`</span></p>");
        markdown("```\na\n```", "<span class=\"written\">```\na\n```</span>");
    }

    #[test]
    fn colours_are_names_or_codes() {
        markdown(
            "<font color=#CF222E>a</font>",
            "<p><span style=\"color:#CF222E\">a</span></p>",
        );
        markdown(
            "<font color=\"red;x\">a</font>",
            "<p><span class=\"plain\">a</span></p>",
        );
    }

    #[test]
    fn only_listed_ids_are_mentions() {
        markdown(
            "@13800 @138 @ann_1 @bob",
            "<p><span class=\"at\">@13800</span> <span class=\"at\">@138</span> <span class=\"at\">@ann_1</span> @bob</p>",
        );
    }

    #[test]
    fn a_link_that_would_speak_for_the_reader_is_told() {
        markdown(
            "[ok](dtmd://dingtalkclient/sendMessage?content=hi)",
            "<p>ok<span class=\"fault\">link to dtmd://dingtalkclient/sendMessage?content=hi</span></p>",
        );
    }

    #[test]
    fn a_card_has_a_button_and_no_mentions() {
        check(
            json!({
                "msgtype": "actionCard",
                "actionCard": {
                    "title": "shop", "text": "a @138",
                    "singleTitle": "Open", "singleURL": "https://x.example",
                },
                "at": { "atMobiles": ["138"] },
            }),
            "shop",
            "<p>a @138</p><div class=\"button\"><a href=\"https://x.example\">Open</a></div>",
        );
    }

    #[test]
    fn a_text_is_shown_as_it_is() {
        check(
            json!({
                "msgtype": "text",
                "text": { "content": "**a**\nb" },
                "at": { "isAtAll": true },
            }),
            "**a**\nb",
            "**a**\nb<p class=\"at\">@所有人</p>",
        );
    }
}
