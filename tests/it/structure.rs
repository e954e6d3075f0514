//! The judge of rule I-9: the structure of what is sent, as parsers see it that are not the
//! product's. The Markdown parser also links bare addresses, as chat clients do.
//!
//! The fuzz target `injection` reads this file too.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options, parse_document};
use html5gum::{Token, Tokenizer};
use runbell::model::exchange::Content;
use serde_json::Value;

/// The constructs of a text of Markdown: everything that a reader sees but for the words.
fn constructs(markdown: &str) -> Vec<String> {
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    let mut found = Vec::new();
    walk(parse_document(&arena, markdown, &options), &mut found);
    found
}

fn walk<'a>(node: Node<'a>, found: &mut Vec<String>) {
    let value = node.data().value.clone();
    let name = match &value {
        // Words; a line end inside a paragraph is a blank to most of the clients.
        NodeValue::Text(_) | NodeValue::SoftBreak => return,
        // An address of a person that links itself leads to nobody else.
        NodeValue::Link(link) if link.url.starts_with("mailto:") => return,
        NodeValue::Link(link) | NodeValue::Image(link) => {
            let (place, _) = link.url.split_once('?').unwrap_or((&link.url, ""));
            let place = place.split("/e.example/").next().map(str::len);
            format!("{} {place:?}", value_name(&value))
        }
        NodeValue::HtmlInline(html) => format!("html {html}"),
        NodeValue::HtmlBlock(html) => format!("html block {}", html.literal),
        NodeValue::CodeBlock(block) => format!("code block {}", block.info),
        NodeValue::Heading(heading) => format!("heading {}", heading.level),
        NodeValue::List(list) => format!("list {:?} {}", list.list_type, list.start),
        NodeValue::Item(_) => "item".to_owned(),
        NodeValue::Code(_) => "code".to_owned(),
        other => value_name(other).to_owned(),
    };
    found.push(format!("<{name}"));
    for child in node.children() {
        walk(child, found);
    }
    found.push(format!("{}>", value_name(&value)));
}

fn value_name(value: &NodeValue) -> &'static str {
    value.xml_node_name()
}

/// The tags of a text of HTML with their attributes; only the query of a link may differ.
fn tags(html: &str) -> Vec<String> {
    Tokenizer::new(html)
        .map(|token| match token.unwrap() {
            Token::StartTag(tag) => {
                let attributes: Vec<String> = tag
                    .attributes
                    .iter()
                    .map(|(name, value)| {
                        let value = String::from_utf8_lossy(value).into_owned();
                        let value = match value.split_once('?') {
                            Some((place, _)) => place.to_owned(),
                            None => value,
                        };
                        let value = value.split("/e.example/").next().unwrap().to_owned();
                        format!("{}={value}", String::from_utf8_lossy(name))
                    })
                    .collect();
                format!("<{} {attributes:?}", String::from_utf8_lossy(&tag.name))
            }
            Token::EndTag(tag) => format!("</{}", String::from_utf8_lossy(&tag.name)),
            Token::Comment(_) => "comment".to_owned(),
            Token::Doctype(_) => "doctype".to_owned(),
            Token::String(_) | Token::Error(_) => String::new(),
        })
        .filter(|tag| !tag.is_empty())
        .collect()
}

/// The structure of JSON, and of the Markdown in it.
fn skeleton(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                skeleton(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) => {
            found.push(format!("{path}: {} items", items.len()));
            for item in items {
                skeleton(item, &format!("{path}/-"), found);
            }
        }
        Value::String(text) => string(text, path, found),
        // A run number may be one.
        Value::Number(_) => found.push(format!("{path}: a number")),
        other => found.push(format!("{path}: {other}")),
    }
}

fn string(text: &str, path: &str, found: &mut Vec<String>) {
    let is_markdown = [
        "/markdown/text",
        "/markdown/content",
        "/markdown_v2/content",
    ]
    .iter()
    .any(|end| path.ends_with(end))
        || path.ends_with("/actionCard/text")
        || (path.contains("/elements/-") && path.ends_with("/content") && !path.contains("/text/"));
    // Titles and names of buttons are plain text to every client.
    let is_text = is_markdown || path.ends_with("/text/content") || path == "lark/content/text";
    if is_text {
        // Each service's own; a mention of DingTalk is `@` and an id that the request lists.
        let acts: &[&str] = match path.split('/').next().unwrap() {
            "dingtalk" if is_markdown => &["dtmd://", "<font ", "@user1"],
            "dingtalk" => &["@user1"],
            "wecom" if is_markdown => &["<@", "<font "],
            "wecom" => &["<@"],
            _ if is_markdown => &[
                "<at",
                "<person",
                "<link",
                "<a ",
                "<font ",
                "<text_tag",
                "<raw",
                "<local_datetime",
            ],
            _ => &["<at"],
        };
        let is_real = |at: usize| !is_in_mail_address(text, at);
        let count = |act: &&str| {
            text.match_indices(act)
                .filter(|(at, _)| is_real(*at))
                .count()
        };
        let count: Vec<usize> = acts.iter().map(count).collect();
        found.push(format!("{path}: {count:?}"));
    }
    if is_markdown {
        found.extend(
            constructs(text)
                .into_iter()
                .map(|it| format!("{path} {it}")),
        );
    }
    let is_fixed = [
        "/msgtype",
        "/msg_type",
        "/tag",
        "/user_id",
        "/template",
        "/url",
        "URL",
    ]
    .iter()
    .any(|end| path.ends_with(end));
    if is_fixed {
        found.push(format!("{path} = {text}"));
    }
}

/// Whether an `@` stands between the name and the domain of a mail address, which everybody leaves
/// whole.
fn is_in_mail_address(text: &str, at: usize) -> bool {
    let (name, rest) = text.split_at(at);
    let Some(domain) = rest.strip_prefix('@') else {
        return false;
    };
    let has_name = name.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-+".contains(c));
    let label = domain.split('.').next().unwrap();
    let is_label = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let behind = domain.get(label.len() + 1..).unwrap_or_default();
    has_name && is_label && behind.starts_with(char::is_alphanumeric)
}

/// The structure of what a target is sent: equal for two messages that differ in words alone.
pub(crate) fn structure(target: &str, content: &Content) -> Vec<String> {
    let mut found = Vec::new();
    match content {
        Content::Json(body) => skeleton(&Value::Object(body.clone()), target, &mut found),
        // A body of the author's own; it is JSON here.
        Content::Text(text) => {
            skeleton(&serde_json::from_str(text).unwrap(), target, &mut found);
        }
        Content::Mail(mail) => {
            let mail = String::from_utf8(mail.clone()).unwrap();
            let (head, body) = mail.split_once("\r\n\r\n").unwrap();
            for line in head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
            {
                let (name, value) = line.split_once(':').unwrap();
                found.push(format!("header {name}"));
                // Made from names: one word in brackets, whatever the names hold.
                let is_named = ["List-Id", "In-Reply-To", "References"].contains(&name);
                let word = value.strip_prefix(" <").and_then(|it| it.strip_suffix('>'));
                let is_word = |word: &str| {
                    let plain = |c: char| c.is_ascii_alphanumeric() || "-.@".contains(c);
                    word.chars().all(plain)
                };
                match name {
                    "Subject" => {}
                    _ if is_named && word.is_some_and(is_word) => {}
                    _ => found.push(value.to_owned()),
                }
            }
            let html = body.split("text/html").nth(1).unwrap();
            let encoded = html.split("\r\n\r\n").nth(1).unwrap().replace("\r\n", "");
            let encoded = encoded.split("--").next().unwrap();
            let html = STANDARD.decode(encoded).unwrap();
            found.extend(tags(&String::from_utf8(html).unwrap()));
        }
    }
    found
}

/// A harmless text of the same shape: as many characters, as wide, blanks and lines where they were.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_whitespace() => c,
            c if c < '\u{1100}' => 'x',
            _ => '字',
        })
        .collect()
}
