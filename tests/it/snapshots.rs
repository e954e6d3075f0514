//! `tests/snapshots` holds what each format sends, for people to read in a review: the request as
//! JSON, and every text of several lines in it as it stands.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runbell::model::exchange::{Content, Draft};
use serde_json::Value;

use crate::sample::{CHINESE, drafts, shot};
use crate::support::check_current;

/// Every format of every channel; a mail has one.
const FORMATS: &[(&str, &[&str])] = &[
    ("dingtalk", &["markdown", "card", "text"]),
    ("wecom", &["markdown", "markdown_v2", "card", "text"]),
    ("lark", &["card", "post", "text"]),
    ("email", &["mail"]),
];

/// A commit that tries everything at once.
const HOSTILE: &[(&str, &str)] = &[
    (
        "RUNBELL_COMMIT_TITLE",
        "# \"q\" **b** [x](https://evil.example) <@all> <at id=all></at> @13800001111 `c` | \u{202e}txt",
    ),
    (
        "RUNBELL_AUTHOR_NAME",
        "</font><h1>Ann</h1> www.evil.example",
    ),
    (
        "RUNBELL_MESSAGE",
        "{{commit.title}}\n\n**{{commit.title}}** `{{commit.title}}`\n\n| k | v |\n| --- | --- |\n| {{commit.title}} | {{author.name}} |\n\n```\n{{commit.title}}\n```",
    ),
];

fn shown(draft: &Draft) -> String {
    match &draft.content {
        Content::Json(body) => {
            let mut body = Value::Object(body.clone());
            let mut texts = Vec::new();
            take_texts(&mut body, "", &mut texts);
            let json = serde_json::to_string_pretty(&body).unwrap();
            let texts = texts
                .iter()
                .map(|(path, text)| format!("\n\n--- {path}\n{text}"));
            // What is invisible could not be reviewed.
            (json + &texts.collect::<String>()).replace('\u{200b}', "<U+200B>")
        }
        Content::Mail(mail) => {
            let mail = String::from_utf8(mail.clone())
                .unwrap()
                .replace("\r\n", "\n");
            let (head, body) = mail.split_once("\n\n").unwrap();
            // What is in base64 stands between an empty line and the next boundary.
            let parts = body.split("--=_runbell").filter_map(|part| {
                let (head, text) = part.split_once("\n\n")?;
                let kind = head.lines().find(|line| line.starts_with("Content-Type"))?;
                let base64: String = text.split('\n').collect();
                let text = String::from_utf8(STANDARD.decode(base64).unwrap()).unwrap();
                let text = text.replace("\r\n", "\n").replace("><", ">\n<");
                Some(format!("\n\n--- {kind}\n{text}"))
            });
            format!("{head}{}", parts.collect::<String>())
        }
    }
}

/// Takes texts of several lines out, so that they can be read.
fn take_texts(value: &mut Value, path: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                take_texts(value, &format!("{path}/{key}"), texts);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter_mut().enumerate() {
                take_texts(value, &format!("{path}/{at}"), texts);
            }
        }
        Value::String(text) if text.contains('\n') => {
            texts.push((path.to_owned(), text.clone()));
            *text = "(below)".to_owned();
        }
        _ => {}
    }
}

#[test]
fn what_is_sent_is_what_was_reviewed() {
    let mut files = Vec::new();
    for (channel, formats) in FORMATS {
        let input = format!("RUNBELL_{}_FORMAT", channel.to_uppercase());
        for format in *formats {
            let mut text = String::new();
            for (name, changed) in [
                ("usual", &[][..]),
                ("Chinese", CHINESE),
                ("hostile", HOSTILE),
            ] {
                let mut changed = changed.to_vec();
                changed.push((&input, format));
                for draft in drafts(&shot("", channel, &[]), &changed) {
                    let role = format!("{:?}", draft.role).to_lowercase();
                    text.push_str(&format!("=== {name}, {role}\n{}\n\n", shown(&draft)));
                }
            }
            files.push((format!("tests/snapshots/{channel}-{format}.txt"), text));
        }
    }
    check_current(files, "read the difference, then commit them");
}
