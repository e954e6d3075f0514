//! A body of the author's own: whatever the template and the value, what is sent is what its content
//! type says, and a value changes no more of it than a harmless one does, by parsers that are not
//! ours.
//!
//! Sections: the template, the content type, the value.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use runbell::environment::Environment;
use runbell::model::exchange::Content;
use runbell::model::text::{clean, is_absent, is_unresolved_reference};
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};
use runbell_fuzz::Sections;
use serde_json::Value;

const TYPES: &[&str] = &[
    "application/json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "text/plain",
];

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let (template, value) = (sections.text(0), sections.text(2));
    let content_type = sections.pick(1, TYPES);
    let Some(hostile) = sent(&template, content_type, &value) else {
        return;
    };
    let found = constructs(content_type, &hostile);
    assert!(
        *content_type != "application/json" || found.is_some(),
        "no JSON: {hostile}"
    );
    // A condition may ask what the value says, and one that says nothing has other blocks.
    let asks = template.contains("{{#") || template.contains("{{^") || template.contains("{{~");
    let says_nothing = is_absent(&clean(&value)) || is_unresolved_reference(&value);
    if asks || says_nothing {
        return;
    }
    let calm = sent(&template, content_type, "harmless");
    if let Some(expected) = calm.and_then(|calm| constructs(content_type, &calm)) {
        assert_eq!(found, Some(expected), "{template:?} {value:?}: {hostile}");
    }
});

fn sent(template: &str, content_type: &str, value: &str) -> Option<String> {
    let variables = [
        ("RUNBELL_WEBHOOK_URL", "https://hooks.example/x"),
        ("RUNBELL_WEBHOOK_PAYLOAD", "custom"),
        ("RUNBELL_WEBHOOK_BODY", template),
        ("RUNBELL_WEBHOOK_CONTENT_TYPE", content_type),
        ("RUNBELL_STATUS", "failure"),
        ("RUNBELL_COMMIT_TITLE", value),
        ("X", value),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::new(variables, BTreeMap::new());
    let prepared = prepare(&environment, UnixMillis(1_700_000_000_000), [7; 16]);
    let Step::Ready(ready) = prepared.step else {
        return None;
    };
    let parcel = ready.parcels().first()?;
    match &parcel.drafts.as_ref().ok()?.first()?.content {
        Content::Text(text) => Some(text.clone()),
        other => panic!("{other:?}"),
    }
}

/// Keys and names in their order; `None` when it cannot be read.
fn constructs(content_type: &str, body: &str) -> Option<Vec<String>> {
    match content_type {
        "application/json" => {
            let mut found = Vec::new();
            skeleton(&serde_json::from_str(body).ok()?, &mut found);
            Some(found)
        }
        "application/x-www-form-urlencoded" => {
            let pairs = url::form_urlencoded::parse(body.as_bytes());
            Some(pairs.map(|(name, _)| name.into_owned()).collect())
        }
        "application/xml" => {
            let document = roxmltree::Document::parse(body).ok()?;
            let elements = document.descendants().filter(|node| node.is_element());
            let names = elements.map(|node| {
                let attributes = node.attributes().map(|it| it.name()).collect::<Vec<_>>();
                format!("{} {attributes:?}", node.tag_name().name())
            });
            Some(names.collect())
        }
        _ => Some(Vec::new()),
    }
}

fn skeleton(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                found.push(key.clone());
                skeleton(value, found);
            }
        }
        Value::Array(items) => {
            found.push(format!("{} items", items.len()));
            items.iter().for_each(|item| skeleton(item, found));
        }
        _ => {}
    }
}
