//! Templates: any source with any values is refused or rendered, within the limit, and a value is
//! never read as a template.
//!
//! Sections: the source, the value of a fact, the value of a variable.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use runbell::environment::Environment;
use runbell::model::facts::Fact;
use runbell::model::marks::Marks;
use runbell::model::text::clean;
use runbell::secret::{Secret, without_logins};
use runbell::template::{Rendered, TemplateFault, Variables, compile};
use runbell_fuzz::Sections;
use serde_json::json;

/// Longest output, in bytes (rule R-3).
const OUTPUT_LIMIT: usize = 256 * 1024;

/// What must not come out, whatever the source says.
const CANARY: &str = "canary-0123456789";

/// Stands between what is looked at and the source.
const SEAM: char = '\u{1}';

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let (source, value, variable) = (sections.text(0), sections.text(1), sections.text(2));
    if let Err(fault) = render(&source, &value, &variable) {
        assert!(!fault.to_string().contains('\n'), "{fault:?}");
        assert!(fault.line <= source.matches('\n').count() + 1, "{fault:?}");
    }
    // Both values in all ways of naming them, and the source behind: it cannot swallow what
    // stands before it.
    let values = "{{commit.title}}|{{{commit.title}}}|{{& commit.title}}|{{#with commit}}{{title}}{{/with}}|${BUILD_REMARK}";
    if let Ok(rendered) = render(&format!("{values}{SEAM}{source}"), &value, &variable) {
        let filled = rendered.marked.marks.filled(&rendered.marked.text);
        let (fact, variable) = (clean(&value), said(&variable));
        let expected = format!("{fact}|{fact}|{fact}|{fact}|{variable}{SEAM}");
        assert!(filled.starts_with(&expected), "{expected:?} in {filled:?}");
    }
});

/// What a variable says, without the blanks around it and the logins in it: nothing where it holds a
/// secret.
fn said(text: &str) -> String {
    let environment = Environment::from([("X", text)]);
    let value = environment.value("X").unwrap_or_default();
    if value.contains(CANARY) || clean(value).contains(CANARY) {
        return String::new();
    }
    let masked = without_logins(value).unwrap_or_else(|| value.to_owned());
    clean(&masked).trim().to_owned()
}

fn render(source: &str, value: &str, variable: &str) -> Result<Rendered, TemplateFault> {
    let environment = Environment::from([
        ("BUILD_REMARK", variable),
        ("NPM_TOKEN", CANARY),
        (
            "DING",
            "https://robot.example/?access_token=canary-0123456789",
        ),
        ("https_proxy", CANARY),
    ]);
    let secrets = [Secret::new(CANARY)];
    let facts = BTreeMap::from([(Fact::CommitTitle, value.to_owned())]);
    let variables = Variables::new(&environment, &secrets, facts);
    let facts = json!({
        "commit": { "title": value, "sha": "0123456" },
        "failed": { "steps": ["lint", value] },
        "run": { "attempt": 2 },
        "duration": "3m 20s",
        "started_at": "2024-12-24T07:42:58Z",
        "status": "failure",
        "tag": "",
        "timezone": "Asia/Shanghai",
    });
    let rendered = compile(source)?.render(&facts, &variables, Marks::default())?;
    assert!(rendered.marked.marks.filled_length(&rendered.marked.text) <= OUTPUT_LIMIT);
    let named = [source, value, variable]
        .iter()
        .any(|it| clean(it).contains("canary"));
    let filled = rendered.marked.marks.filled(&rendered.marked.text);
    assert!(named || !filled.contains(CANARY), "{filled:?}");
    Ok(rendered)
}
