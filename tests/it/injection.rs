//! The oracle of rule I-9: whatever a commit says, the structure of what is sent stays that of the
//! author's template. Every request is made once with hostile values and once with harmless ones
//! of the same shape; a reference parser must find the same constructs in both.
//!
//! The Markdown parser here is not the product's: it also links bare addresses, as chat clients do.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options, parse_document};
use html5gum::{Token, Tokenizer};
use proptest::prelude::{ProptestConfig, proptest};
use runbell::environment::Environment;
use runbell::model::exchange::Content;
use runbell::model::text::{clean, clean_line, head_chars, is_absent, is_unresolved_reference};
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};
use serde_json::Value;

use crate::support::top;

/// Templates with a value in every slot that Markdown has; the first one is for the facts.
const TEMPLATES: &[&str] = &[
    "",
    "\
# H {{commit.title}}

**{{commit.title}}** *{{commit.title}}* ~~{{commit.title}}~~ `{{commit.title}}`

x{{commit.title}}y<br>{{commit.title}}
${CI_COMMIT_TITLE}

<font color=\"red\">{{commit.title}}</font>

[{{commit.title}}](https://e.example/?q={{commit.title}}) ![{{author.name}}](https://e.example/p.png)",
    "\
> {{commit.title}}
> - {{commit.title}}

- {{commit.title}}
  1. {{commit.title}}

| {{commit.title}} | b |
|---|---|
| {{commit.title}} | c {{author.name}} |

```
{{commit.title}}
{{commit.message}}
```

see https://e.example/{{branch}} end",
];

/// The formats of the robots, each of which is made once.
const FORMATS: &[[&str; 3]] = &[
    ["markdown", "markdown", "card"],
    ["card", "markdown_v2", "post"],
    ["text", "card", "text"],
    ["text", "text", "text"],
];

/// The facts that a value is put into, and how long each may be.
const SLOTS: &[(&str, usize)] = &[
    ("COMMIT_TITLE", 200),
    ("BRANCH", 120),
    ("AUTHOR_NAME", 80),
    ("PIPELINE_NAME", 256),
    ("RUN_NUMBER", 256),
    ("RUN_DESCRIPTION", 256),
    ("FAILED_STEPS", 256),
    ("ENVIRONMENT", 256),
];

/// What is sent with these values, by target, but for what had to be cut: there the end is missing.
fn sent(
    values: &[(&str, String)],
    template: &str,
    formats: &[&str; 3],
) -> BTreeMap<String, Vec<Content>> {
    let [dingtalk, wecom, lark] = formats;
    let fields = match template {
        "" => "project, pipeline, description, run, branch, commit, author, environment, failed",
        _ => "none",
    };
    let fixed = [
        (
            "DINGTALK_WEBHOOK",
            "https://oapi.dingtalk.com/robot/send?access_token=T",
        ),
        ("DINGTALK_FORMAT", dingtalk),
        ("DINGTALK_USERS", "user1"),
        (
            "WECOM_WEBHOOK",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
        ),
        ("WECOM_FORMAT", wecom),
        ("WECOM_USERS", "zhangsan"),
        (
            "LARK_WEBHOOK",
            "https://open.feishu.cn/open-apis/bot/v2/hook/T",
        ),
        ("LARK_FORMAT", lark),
        ("LARK_USERS", "ou_1"),
        ("EMAIL_TO", "team@example.com"),
        ("EMAIL_FROM", "ci@example.com"),
        ("SMTP_HOST", "smtp.example.com"),
        ("WEBHOOK_URL", "https://hooks.example.com/x"),
        ("STATUS", "failure"),
        ("FIELDS", fields),
        ("RUN_URL", "https://ci.example/42"),
        ("REPO_SLUG", "acme/shop"),
        ("COMMIT_SHA", "0123456789abcdef0123456789abcdef01234567"),
        ("TITLE", "Run: {{commit.title}}"),
        ("MESSAGE", template),
    ];
    let fixed = fixed
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let variables = fixed
        .chain(values.iter().cloned())
        .map(|(name, value)| (format!("RUNBELL_{name}"), value));
    let environment = Environment::new(variables, BTreeMap::new());
    let prepared = prepare(&environment, UnixMillis(1_735_026_378_000), [7; 16]);
    let Step::Ready(ready) = prepared.step else {
        panic!("{values:?}: {:#?}", prepared.step);
    };
    let is_cut = |target: &str| {
        let cut = format!("{target}: the message is cut");
        prepared.opening.iter().any(|line| line.contains(&cut))
    };
    let parcels = ready.parcels().iter();
    let whole = parcels.filter(|parcel| !is_cut(&parcel.target.name));
    let sent = whole.map(|parcel| {
        let drafts = parcel.drafts.as_ref().unwrap().iter();
        let contents = drafts.map(|draft| draft.content.clone()).collect();
        (parcel.target.name.clone(), contents)
    });
    sent.collect()
}

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
        let count: Vec<usize> = acts.iter().map(|act| text.matches(act).count()).collect();
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

fn structure(target: &str, content: &Content) -> Vec<String> {
    let mut found = Vec::new();
    match content {
        Content::Json(body) => skeleton(&Value::Object(body.clone()), target, &mut found),
        Content::Mail(mail) => {
            let mail = String::from_utf8(mail.clone()).unwrap();
            let (head, body) = mail.split_once("\r\n\r\n").unwrap();
            for line in head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
            {
                let (name, value) = line.split_once(':').unwrap();
                found.push(format!("header {name}"));
                if name != "Subject" {
                    found.push(value.to_owned());
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

/// Holds the structure with this text in every slot against that with a harmless one.
#[track_caller]
fn check(text: &str) {
    let (mut hostile, mut calm) = (Vec::new(), Vec::new());
    for (name, limit) in SLOTS {
        // A list is split before it is cleaned, which is not what is looked at here.
        let text = match *name {
            "FAILED_STEPS" => format!("n {}", text.replace([',', ';', '\n', '\r'], " ")),
            _ => text.to_owned(),
        };
        let says_nothing = is_absent(&text) || is_unresolved_reference(&text);
        let shown = match says_nothing {
            true => String::new(),
            false => harmless(&head_chars(&clean_line(&text), *limit)),
        };
        hostile.push((*name, text));
        calm.push((*name, shown));
    }
    hostile.push(("COMMIT_MESSAGE", text.to_owned()));
    let says_nothing = is_absent(text) || is_unresolved_reference(text);
    calm.push((
        "COMMIT_MESSAGE",
        match says_nothing {
            true => String::new(),
            false => harmless(&head_chars(clean(text).trim(), 1000)),
        },
    ));
    for (template, formats) in TEMPLATES
        .iter()
        .flat_map(|it| FORMATS.iter().map(move |f| (it, f)))
    {
        let expected = sent(&calm, template, formats);
        let found = sent(&hostile, template, formats);
        for (target, contents) in &found {
            let Some(expected) = expected.get(target) else {
                continue;
            };
            assert_eq!(contents.len(), expected.len(), "{target} {formats:?}");
            for (expected, content) in expected.iter().zip(contents) {
                let (expected, structure) =
                    (structure(target, expected), structure(target, content));
                let first = expected.iter().zip(&structure).find(|(a, b)| a != b);
                assert!(
                    expected == structure,
                    "{text:?} bends {target} {formats:?}: {first:#?}\n{}",
                    shown(content)
                );
            }
        }
    }
}

fn shown(content: &Content) -> String {
    match content {
        Content::Json(body) => serde_json::to_string_pretty(body).unwrap(),
        Content::Mail(mail) => String::from_utf8_lossy(mail).into_owned(),
    }
}

#[test]
fn no_text_of_the_corpus_bends_a_message() {
    let corpus = std::fs::read_to_string(top().join("tests/corpus/hostile.jsonl")).unwrap();
    let mut count = 0;
    for line in corpus.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        check(entry["text"].as_str().unwrap());
        count += 1;
    }
    assert!(count >= 200, "the corpus holds {count} texts only");
}

#[test]
fn a_megabyte_bends_no_message() {
    for unit in [
        "x",
        "构建",
        "```\n",
        "[x](https://evil.example) ",
        "| a ",
        "> ",
        "é",
        "*_",
        "<at id=all></at>",
    ] {
        check(&unit.repeat((1 << 20) / unit.len()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_generated_text_bends_a_message(
        text in "([a-z0-9]|[*_`~#>|+=!&;:/.?@(){}\\[\\]<\\\\\"'$%-]|[ \t\n]|[构，！（]|https://|www\\.|<at id=all>|<@all>|&#60;|\\]\\(|@all|``` ){0,24}",
    ) {
        check(&text);
    }
}
