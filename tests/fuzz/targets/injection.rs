//! Rule I-9 in a cheap form: one value in one slot of one robot's format bends the structure of a
//! message no more than a harmless text of the same shape does. `tests/it/injection.rs` asks the
//! same of all slots and formats at once.
//!
//! Sections: the value, the format, the template, the slot.

#![no_main]

#[path = "../../it/structure.rs"]
mod structure;

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use runbell::environment::Environment;
use runbell::model::exchange::Content;
use runbell::model::text::{clean, clean_line, head_chars, is_absent, is_unresolved_reference};
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};
use runbell_fuzz::Sections;
use structure::{harmless, structure};

const DINGTALK: &str = "https://oapi.dingtalk.com/robot/send?access_token=T";
const WECOM: &str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K";
const LARK: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/T";

/// Channel, address and format.
const FORMATS: &[[&str; 3]] = &[
    ["dingtalk", DINGTALK, "markdown"],
    ["dingtalk", DINGTALK, "card"],
    ["dingtalk", DINGTALK, "text"],
    ["wecom", WECOM, "markdown"],
    ["wecom", WECOM, "markdown_v2"],
    ["wecom", WECOM, "card"],
    ["wecom", WECOM, "text"],
    ["lark", LARK, "card"],
    ["lark", LARK, "post"],
    ["lark", LARK, "text"],
];

/// `@` is the slot's fact.
const TEMPLATES: &[&str] = &[
    "",
    "{{@}}",
    "# H {{@}}",
    "x{{@}}y<br>{{@}}\nz {{@}}",
    "**{{@}}** *{{@}}* ~~{{@}}~~ `{{@}}`",
    "a **b{{@}}c** d",
    "[{{@}}](https://e.example/?q={{@}}) ![{{@}}](https://e.example/p.png)",
    "<font color=\"red\">{{@}}</font>",
    "> {{@}}\n> - {{@}}",
    "- {{@}}\n  1. {{@}}",
    "| {{@}} | b |\n|---|---|\n| {{@}} | c {{@}} |",
    "```\n{{@}}\n```",
    "see https://e.example/{{@}} end",
    "1. {{@}}{{@}}",
];

/// A fact: its input, its name in a template, and how many characters of it are shown.
const SLOTS: &[(&str, &str, usize)] = &[
    ("COMMIT_TITLE", "commit.title", 200),
    ("BRANCH", "branch", 120),
    ("AUTHOR_NAME", "author.name", 80),
    ("PIPELINE_NAME", "pipeline.name", 256),
    ("RUN_DESCRIPTION", "run.description", 256),
    ("COMMIT_MESSAGE", "commit.message", 1000),
];

/// Less than the 2,048 bytes that a link may have (rule I-7), with the rest of the address.
const LONGEST_IN_ADDRESS_BYTES: usize = 1900;

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let text = sections.text(0);
    let format = sections.pick(1, FORMATS);
    let (slot, name, limit) = *sections.pick(3, SLOTS);
    let template = sections.pick(2, TEMPLATES).replace('@', name);
    let says_nothing = is_absent(&text) || is_unresolved_reference(&text);
    let shown = match slot {
        _ if says_nothing => String::new(),
        "COMMIT_MESSAGE" => clean(&text).trim().to_owned(),
        _ => clean_line(&text),
    };
    let shown = head_chars(&shown, limit);
    // An address that is too long is no link, and harmless letters make a shorter one.
    let in_address = |byte: u8| if byte.is_ascii_alphanumeric() { 1 } else { 3 };
    if shown.bytes().map(in_address).sum::<usize>() > LONGEST_IN_ADDRESS_BYTES {
        return;
    }
    let calm = harmless(&shown);
    let Some(found) = sent(slot, &text, &template, format) else {
        return;
    };
    let key = (slot, format[2], format[0], template.clone(), calm);
    let mut known = HARMLESS.lock().unwrap();
    if known.len() > 10_000 {
        known.clear();
    }
    let expected = known.entry(key).or_insert_with_key(|(_, _, _, _, calm)| {
        let sent = sent(slot, calm, &template, format)?;
        Some(sent.iter().map(|it| structure(format[0], it)).collect())
    });
    let Some(expected) = expected else {
        return;
    };
    assert_eq!(found.len(), expected.len());
    for (expected, content) in expected.iter().zip(&found) {
        let found = structure(format[0], content);
        let first = expected.iter().zip(&found).find(|(a, b)| a != b);
        assert!(
            *expected == found,
            "{slot} in {template:?}, {format:?}: {first:#?}\n{content:#?}"
        );
    }
});

/// Slot, format, channel, template, value.
type Case = (&'static str, &'static str, &'static str, String, String);

/// The structure of what was sent with harmless values; many values have the same harmless one.
static HARMLESS: LazyLock<Mutex<HashMap<Case, Option<Vec<Vec<String>>>>>> =
    LazyLock::new(Mutex::default);

/// What is sent with this value, unless it had to be cut: there the end is missing.
fn sent(slot: &str, value: &str, template: &str, format: &[&str; 3]) -> Option<Vec<Content>> {
    let [channel, address, format] = format;
    let fields = match template {
        "" => "project, pipeline, description, run, branch, commit, author",
        _ => "none",
    };
    let variables = [
        (format!("{channel}_webhook"), *address),
        (format!("{channel}_format"), format),
        (
            format!("{channel}_users"),
            if *channel == "lark" { "ou_1" } else { "user1" },
        ),
        ("status".to_owned(), "failure"),
        ("fields".to_owned(), fields),
        ("run_url".to_owned(), "https://ci.example/42"),
        ("repo_slug".to_owned(), "acme/shop"),
        ("title".to_owned(), "Run: {{commit.title}}"),
        ("message".to_owned(), template),
        (slot.to_owned(), value),
    ];
    let variables = variables
        .map(|(name, value)| (format!("RUNBELL_{}", name.to_uppercase()), value.to_owned()));
    let environment = Environment::new(variables, BTreeMap::new());
    let prepared = prepare(&environment, UnixMillis(1_735_026_378_000), [7; 16]);
    let Step::Ready(ready) = prepared.step else {
        panic!("{:?}", prepared.step);
    };
    if prepared
        .opening
        .iter()
        .any(|line| line.contains("the message is cut"))
    {
        return None;
    }
    let drafts = ready
        .parcels()
        .iter()
        .filter_map(|it| it.drafts.as_ref().ok())
        .flatten();
    Some(drafts.map(|draft| draft.content.clone()).collect())
}
