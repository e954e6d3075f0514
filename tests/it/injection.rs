//! The oracle of rule I-9: whatever a commit says, the structure of what is sent stays that of the
//! author's template. Every request is made once with hostile values and once with harmless ones
//! of the same shape; a reference parser must find the same constructs in both.

use std::collections::BTreeMap;

use proptest::prelude::{ProptestConfig, proptest};
use runbell::environment::Environment;
use runbell::model::exchange::Content;
use runbell::model::text::{clean, clean_line, head_chars, is_absent, is_unresolved_reference};
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};
use serde_json::Value;

use crate::structure::{harmless, structure};
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
    "\
${TEXT}

- ${TEXT}

> ${TEXT}

{{tag}} {{change.number}} {{change.title}} {{environment}} {{source_branch}} ${TEXT}<br>${TEXT}

# ${TEXT}

| ${TEXT} |
|---|
| ${TEXT} |",
];

/// The formats of the robots and the payloads of the webhook, each of which is made once.
const FORMATS: &[[&str; 4]] = &[
    ["markdown", "markdown", "card", "flow"],
    ["card", "markdown_v2", "post", "custom"],
    ["text", "card", "text", "codearts"],
    ["text", "text", "text", "cdevents"],
];

/// A body of the author's own, which holds the whole message too.
const BODY: &str = r#"{"title": "{{title}}", "text": "{{text}}", "commit": ["{{commit.title}}", {{json commit.title}}, "${TEXT}"], "failed": "{{json failed.steps}}"}"#;

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
    formats: &[&str; 4],
) -> BTreeMap<String, Vec<Content>> {
    let [dingtalk, wecom, lark, webhook] = formats;
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
        ("WEBHOOK_PAYLOAD", webhook),
        ("WEBHOOK_BODY", if *webhook == "custom" { BODY } else { "" }),
        ("STATUS", "failure"),
        ("FIELDS", fields),
        ("RUN_URL", "https://ci.example/42"),
        ("REPO_SLUG", "acme/shop"),
        ("COMMIT_SHA", "0123456789abcdef0123456789abcdef01234567"),
        ("TITLE", "{{commit.title}}"),
        ("MESSAGE", template),
    ];
    let fixed = fixed
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let variables = fixed
        .chain(values.iter().cloned())
        .map(|(name, value)| match name {
            // No input, but a variable that somebody else filled.
            "TEXT" => (name.to_owned(), value),
            name => (format!("RUNBELL_{name}"), value),
        });
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
    // Blanks around a variable's text are nobody's choice, so they may not act either.
    let without_blanks = clean(text).replace(char::is_whitespace, "x");
    let says_nothing = is_absent(&clean(text)) || is_absent(text);
    hostile.push(("TEXT", text.to_owned()));
    calm.push((
        "TEXT",
        match says_nothing {
            true => String::new(),
            false => harmless(&without_blanks),
        },
    ));
    hostile.push(("COMMIT_MESSAGE", text.to_owned()));
    let says_nothing = is_absent(text) || is_unresolved_reference(text);
    calm.push((
        "COMMIT_MESSAGE",
        match says_nothing {
            true => String::new(),
            false => harmless(&head_chars(clean(text).trim(), 1000)),
        },
    ));
    // Texts without markup have no slots to tell apart, so one template is enough for them.
    let rows = |template: &str| match template.starts_with("# H") {
        true => FORMATS,
        false => FORMATS.get(..2).unwrap(),
    };
    let pairs = TEMPLATES.iter().flat_map(|template| {
        rows(template)
            .iter()
            .map(move |formats| (template, formats))
    });
    for (template, formats) in pairs {
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
        Content::Text(text) => text.clone(),
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
