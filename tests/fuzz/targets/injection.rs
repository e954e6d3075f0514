//! Rule I-9 in a cheap form: one value in one slot of one robot's format bends the structure of a
//! message no more than a harmless text of the same shape does. `tests/it/injection.rs` asks the
//! same of all slots and formats at once.
//!
//! Sections: the value, the format, the template, the slot.

#![no_main]

#[path = "../../it/structure.rs"]
mod structure;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use runbell::compose::{Occasion, compose};
use runbell::environment::Environment;
use runbell::model::exchange::Content;
use runbell::model::facts::{Fact, Origin, RunFacts};
use runbell::model::message::{Mention, MessageId};
use runbell::model::status::Status;
use runbell::model::text::{clean, clean_line, head_chars, is_absent, is_unresolved_reference};
use runbell::model::time::UnixMillis;
use runbell::plan::{Plan, read_plan};
use runbell::secret::Scrubber;
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

/// A fact, its name in a template, and how many characters of it are shown.
const SLOTS: &[(Fact, &str, usize)] = &[
    (Fact::CommitTitle, "commit.title", 200),
    (Fact::Branch, "branch", 120),
    (Fact::AuthorName, "author.name", 80),
    (Fact::PipelineName, "pipeline.name", 256),
    (Fact::RunDescription, "run.description", 256),
    (Fact::CommitMessage, "commit.message", 1000),
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
        Fact::CommitMessage => clean(&text).trim().to_owned(),
        _ => clean_line(&text),
    };
    let shown = head_chars(&shown, limit);
    // An address that is too long is no link, and harmless letters make a shorter one.
    let in_address = |byte: u8| if byte.is_ascii_alphanumeric() { 1 } else { 3 };
    if shown.bytes().map(in_address).sum::<usize>() > LONGEST_IN_ADDRESS_BYTES {
        return;
    }
    let calm = harmless(&shown);
    let reading = reading(&template, format);
    // What is hidden takes less room than what is shown, and a card pairs short facts.
    if reading.scrubber.scrub(&shown) != shown {
        return;
    }
    // Inputs that say nothing do not come so far.
    let value = if says_nothing { "" } else { &text };
    let Some(found) = sent(slot, value, reading) else {
        return;
    };
    let key = (name, format[2], format[0], template.clone(), calm);
    let mut known = HARMLESS.lock().unwrap();
    if known.len() > 10_000 {
        known.clear();
    }
    let expected = known.entry(key).or_insert_with_key(|(_, _, _, _, calm)| {
        let sent = sent(slot, calm, reading)?;
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
            "{name} in {template:?}, {format:?}: {first:#?}\n{content:#?}"
        );
    }
});

/// Fact, format, channel, template, value.
type Case = (&'static str, &'static str, &'static str, String, String);

/// The structure of what was sent with harmless values; many values have the same harmless one.
static HARMLESS: LazyLock<Mutex<HashMap<Case, Option<Vec<Vec<String>>>>>> =
    LazyLock::new(Mutex::default);

/// What a step with one template and one format reads from its inputs; they are few, and what is
/// looked at is the value.
struct Reading {
    environment: Environment,
    scrubber: Scrubber,
    plan: Plan,
    facts: RunFacts,
}

/// A template and a format.
type Look = (String, &'static [&'static str; 3]);

thread_local! {
    static READ: RefCell<HashMap<Look, &'static Reading>> = RefCell::default();
}

fn reading(template: &str, format: &'static [&'static str; 3]) -> &'static Reading {
    READ.with_borrow_mut(|read| {
        let look = (template.to_owned(), format);
        let new = || -> &'static Reading { Box::leak(Box::new(read_inputs(template, format))) };
        *read.entry(look).or_insert_with(new)
    })
}

fn read_inputs(template: &str, format: &[&str; 3]) -> Reading {
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
        ("fields".to_owned(), fields),
        ("run_url".to_owned(), "https://ci.example/42"),
        ("repo_slug".to_owned(), "acme/shop"),
        ("title".to_owned(), "Run: {{commit.title}}"),
        ("message".to_owned(), template),
    ];
    let variables = variables
        .map(|(name, value)| (format!("RUNBELL_{}", name.to_uppercase()), value.to_owned()));
    let environment = Environment::new(variables, BTreeMap::new());
    let reading = read_plan(&environment);
    Reading {
        scrubber: reading.scrubber,
        plan: reading.plan.unwrap(),
        facts: reading.facts,
        environment,
    }
}

/// What is sent with this value, unless it had to be cut: there the end is missing.
fn sent(slot: Fact, value: &str, reading: &Reading) -> Option<Vec<Content>> {
    let mut facts = reading.facts.clone();
    facts.offer(slot, value, Origin::Input("value"));
    let occasion = Occasion {
        facts,
        event: None,
        event_file: None,
        status: Status::Failure,
        status_word: None,
        previous_status: None,
        mention: Mention::Ring,
        body_template: None,
        environment: &reading.environment,
        secrets: &reading.plan.secrets,
        scrubber: &reading.scrubber,
        now: UnixMillis(1_735_026_378_000),
        id: MessageId::new([7; 16]),
    };
    let composed = compose(occasion, &reading.plan.content);
    assert!(composed.fault.is_none(), "{:?}", composed.fault);
    let drafted = reading.plan.targets[0].channel.drafts(&composed.message);
    let is_cut = |warning: &String| warning.contains("the message is cut");
    match drafted.warnings.iter().any(is_cut) {
        true => None,
        false => Some(drafted.drafts.into_iter().map(|it| it.content).collect()),
    }
}
