//! Lark's and Feishu's client, as their open platform describes it (custom bot guide, card JSON
//! 2.0), read 2026.
//!
//! A card's Markdown is near CommonMark, with entities and a few tags; a lone line feed may be
//! ignored, so it is. What would make the service refuse a card is told in the picture.

use serde_json::Value;

use super::html::Html;
use super::markdown::{self, Backslash, Client, Construct, LineEnd, Meaning};
use super::tag::{self, End, Piece, Tag};
use super::{Said, text_at};

/// What the client shows of a robot's message.
pub(super) fn said(body: &Value) -> Said {
    match text_at(body, "/msg_type") {
        "interactive" if text_at(body, "/card/schema") == "2.0" => {
            let card = body.get("card").unwrap_or(&Value::Null);
            let title = text_at(card, "/header/title/content");
            let preview = match text_at(card, "/config/summary/content") {
                "" => title,
                summary => summary,
            };
            let header = Html::classed("div", header(card), Html::text(title));
            let inside = Html::classed("div", "inside", elements(card.pointer("/body/elements")));
            Said::new(
                preview,
                Html::classed("div", "bubble card markdown", header.and(inside)),
            )
        }
        "post" => post(body),
        "text" => {
            let text = text_at(body, "/content/text");
            let bubble = Html::classed("div", "bubble text", text_message(text));
            Said::new(text, bubble)
        }
        _ => Said::undrawn("Lark", body),
    }
}

/// The class of a header: its template is one of a fixed set.
fn header(card: &Value) -> &'static str {
    match text_at(card, "/header/template") {
        "blue" => "header blue",
        "wathet" => "header wathet",
        "turquoise" => "header turquoise",
        "green" => "header green",
        "yellow" => "header yellow",
        "orange" => "header orange",
        "red" => "header red",
        "carmine" => "header carmine",
        "violet" => "header violet",
        "purple" => "header purple",
        "indigo" => "header indigo",
        "grey" => "header grey",
        _ => "header",
    }
}

fn elements(list: Option<&Value>) -> Html {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.map(element).collect()
}

fn element(it: &Value) -> Html {
    match text_at(it, "/tag") {
        "markdown" => Html::classed(
            "div",
            "part",
            markdown::draw(text_at(it, "/content"), &CardText),
        ),
        "div" if text_at(it, "/text/tag") == "plain_text" => {
            let text = Html::text(text_at(it, "/text/content"));
            Html::classed("div", "part text", text)
        }
        "hr" => Html::void("hr"),
        "column_set" => {
            let columns = it.get("columns").and_then(Value::as_array);
            let columns = columns.into_iter().flatten().map(column).collect();
            Html::classed("div", "columns", columns)
        }
        "button" => button(it),
        tag => Html::classed(
            "div",
            "part",
            Html::fault(&format!("a card has no element `{tag}`")),
        ),
    }
}

/// A column takes room by its weight, from 1 to 5.
fn column(it: &Value) -> Html {
    let class = match it.get("weight").and_then(Value::as_u64) {
        Some(2) => "column two",
        Some(3) => "column three",
        Some(4) => "column four",
        Some(5) => "column five",
        _ => "column",
    };
    Html::classed("div", class, elements(it.get("elements")))
}

fn button(it: &Value) -> Html {
    let class = match text_at(it, "/type") {
        "primary" | "primary_filled" => "push primary",
        "danger" | "danger_filled" => "push danger",
        _ => "push",
    };
    let behaviours = it.get("behaviors").and_then(Value::as_array);
    let address = behaviours
        .into_iter()
        .flatten()
        .map(|behaviour| text_at(behaviour, "/default_url"))
        .find(|address| !address.is_empty())
        .unwrap_or_default();
    let link = Html::link(address, Html::text(text_at(it, "/text/content")));
    Html::classed("div", "part", Html::classed("span", class, link))
}

/// A `post`: lines of nodes, in the first language that it has.
fn post(body: &Value) -> Said {
    let languages = body.pointer("/content/post").and_then(Value::as_object);
    let Some(post) = languages.and_then(|it| it.values().next()) else {
        return Said::undrawn("Lark", body);
    };
    let title = text_at(post, "/title");
    let lines = post.get("content").and_then(Value::as_array);
    let lines: Html = lines
        .into_iter()
        .flatten()
        .map(|line| {
            let nodes = line.as_array().into_iter().flatten();
            Html::element("div", nodes.map(node).collect())
        })
        .collect();
    let heading = Html::classed("div", "main", Html::text(title));
    Said::new(
        title,
        Html::classed("div", "bubble post", heading.and(lines)),
    )
}

fn node(it: &Value) -> Html {
    match text_at(it, "/tag") {
        "text" => Html::text(text_at(it, "/text")),
        "a" => Html::link(text_at(it, "/href"), Html::text(text_at(it, "/text"))),
        "at" => chip(text_at(it, "/user_id")),
        tag => Html::fault(&format!("a post has no node `{tag}`")),
    }
}

/// The text of a `text` message, in which only `<at user_id="...">` has power.
fn text_message(text: &str) -> Html {
    let mut html = Html::default();
    for piece in tag::pieces(text) {
        html.push(match piece {
            Piece::Text(text) => Html::linked_text(text),
            Piece::Tag(tag, written) => match (tag.name, tag.end, tag.attribute("user_id")) {
                ("at", End::Opening, Some(id)) => chip(id),
                ("at", End::Closing, _) => Html::default(),
                _ => Html::text(written),
            },
        });
    }
    html
}

fn chip(id: &str) -> Html {
    let name = match id {
        "all" => "所有人",
        id => id,
    };
    Html::classed("span", "at", Html::text(&format!("@{name}")))
}

/// The Markdown of cards.
struct CardText;

impl Client for CardText {
    fn as_written(&self) -> &'static [Construct] {
        &[]
    }

    fn line_end(&self) -> LineEnd {
        LineEnd::Blank
    }

    fn backslash(&self) -> Backslash {
        Backslash::Escapes
    }

    fn tag(&self, tag: &Tag<'_>) -> Meaning {
        match (tag.name, tag.end) {
            ("br", _) => Meaning::Stands(Html::void("br")),
            ("hr", _) => Meaning::Stands(Html::void("hr")),
            ("at", End::Closing) => Meaning::Stands(Html::default()),
            ("at", End::Opening) => {
                let ids = tag.attribute("id").or_else(|| tag.attribute("ids"));
                let ids = ids.unwrap_or_default().split(',');
                Meaning::Stands(ids.map(chip).collect())
            }
            ("font" | "text_tag", End::Closing) => Meaning::Ends,
            ("text_tag", End::Opening) => Meaning::Classes("badge"),
            ("font", End::Opening) => {
                Meaning::Classes(colour(tag.attribute("color").unwrap_or_default()))
            }
            _ => Meaning::Unknown,
        }
    }

    fn picture(&self, name: Html, address: &str) -> Html {
        match address.starts_with("img_") {
            true => Html::classed("span", "picture", name),
            false => Html::fault(&format!(
                "the card is refused: the picture {address} has no key"
            )),
        }
    }
}

/// The class of a colour of the palette.
fn colour(name: &str) -> &'static str {
    match name {
        "blue" => "blue",
        "wathet" => "wathet",
        "turquoise" => "turquoise",
        "green" => "green",
        "yellow" => "yellow",
        "orange" => "orange",
        "red" => "red",
        "carmine" => "carmine",
        "violet" => "violet",
        "purple" => "purple",
        "indigo" => "indigo",
        "grey" => "grey",
        _ => "plain",
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
    fn part(element: Value, expected: &str) {
        let card = json!({
            "schema": "2.0",
            "header": { "template": "red", "title": { "tag": "plain_text", "content": "<t>" } },
            "body": { "elements": [element] },
        });
        check(
            json!({ "msg_type": "interactive", "card": card }),
            "<t>",
            &format!(
                "<div class=\"header red\">&lt;t&gt;</div><div class=\"inside\">{expected}</div>"
            ),
        );
    }

    #[track_caller]
    fn markdown(content: &str, expected: &str) {
        part(
            json!({ "tag": "markdown", "content": content }),
            &format!("<div class=\"part\">{expected}</div>"),
        );
    }

    #[test]
    fn tags_have_power_and_entities_have_none() {
        markdown("a<br>b\nc", "<p>a<br>b c</p>");
        markdown("a\n\n<hr>\n\nb", "<p>a</p><hr>\n<p>b</p>");
        markdown(
            "<font color='red'>a</font> <at id=all></at>",
            "<p><span class=\"red\">a</span> <span class=\"at\">@所有人</span></p>",
        );
        markdown(
            "&#60;at id=all&#62; &#42;a&#42;",
            "<p>&lt;at id=all&gt; *a*</p>",
        );
        markdown("<b>a", "<p><span class=\"written\">&lt;b&gt;</span>a</p>");
        markdown("~~a~~ `b`", "<p><del>a</del> <code>b</code></p>");
    }

    #[test]
    fn a_picture_without_a_key_makes_the_card_refused() {
        markdown(
            "![a](https://x.example/a.png)",
            "<p><span class=\"fault\">the card is refused: the picture https://x.example/a.png has no key</span></p>",
        );
    }

    #[test]
    fn the_elements_of_a_card() {
        part(json!({ "tag": "hr" }), "<hr>");
        part(
            json!({ "tag": "div", "text": { "tag": "plain_text", "content": "**a**" } }),
            "<div class=\"part text\">**a**</div>",
        );
        part(
            json!({
                "tag": "button", "type": "primary",
                "text": { "tag": "plain_text", "content": "Open" },
                "behaviors": [{ "type": "open_url", "default_url": "https://x.example" }],
            }),
            "<div class=\"part\"><span class=\"push primary\"><a href=\"https://x.example\">Open</a></span></div>",
        );
        part(
            json!({ "tag": "column_set", "columns": [
                { "tag": "column", "width": "weighted", "weight": 2, "elements": [{ "tag": "hr" }] },
            ]}),
            "<div class=\"columns\"><div class=\"column two\"><hr></div></div>",
        );
        part(
            json!({ "tag": "note" }),
            "<div class=\"part\"><span class=\"fault\">a card has no element `note`</span></div>",
        );
    }

    #[test]
    fn a_post_is_lines_of_nodes() {
        check(
            json!({ "msg_type": "post", "content": { "post": { "en_us": {
                "title": "t",
                "content": [
                    [{ "tag": "text", "text": "<b>" }, { "tag": "a", "text": "a", "href": "https://x.example" }],
                    [{ "tag": "at", "user_id": "ou_1" }],
                ],
            }}}}),
            "t",
            "<div class=\"main\">t</div><div>&lt;b&gt;<a href=\"https://x.example\">a</a></div><div><span class=\"at\">@ou_1</span></div>",
        );
    }

    #[test]
    fn a_text_knows_mentions_only() {
        check(
            json!({ "msg_type": "text", "content": { "text": "**a** <at user_id=\"all\"></at> <b>" } }),
            "**a** <at user_id=\"all\"></at> <b>",
            "**a** <span class=\"at\">@所有人</span> &lt;b&gt;",
        );
    }
}
