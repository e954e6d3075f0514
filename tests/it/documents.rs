//! The documents name what is there: paths, dependencies, inputs, links.

use std::fs;

use crate::support::top;

/// A page for each channel.
const CHANNEL_PAGES: [&str; 5] = [
    "docs/channels/dingtalk.md",
    "docs/channels/wecom.md",
    "docs/channels/lark.md",
    "docs/channels/email.md",
    "docs/channels/webhook.md",
];

fn read(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

/// What stands in backticks.
fn code_words(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.starts_with("```"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn every_path_that_is_named_exists() {
    let pages = [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "README.md",
        "docs/README.md",
        "docs/events.md",
        "docs/platforms.md",
        "tests/corpus/README.md",
    ];
    for page in pages.into_iter().chain(CHANNEL_PAGES) {
        for word in code_words(&read(page)) {
            let is_path = !word.contains([' ', '<', '*', '{', '$', '='])
                && (word.starts_with("src/")
                    || word.starts_with("tests/")
                    || word.starts_with("docs/")
                    || word.starts_with(".ci/"));
            assert!(
                !is_path || top().join(word).exists(),
                "{page} names {word}, which is not there"
            );
        }
    }
}

#[test]
fn every_local_link_leads_somewhere() {
    let pages = [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "README.md",
        "docs/README.md",
        "docs/error-codes.md",
        "docs/events.md",
        "docs/platforms.md",
        "tests/corpus/README.md",
        "docs/pictures/README.md",
        "CHANGELOG.md",
    ];
    for page in pages.into_iter().chain(CHANNEL_PAGES) {
        let text = read(page);
        let folder = top().join(page);
        let folder = folder.parent().unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let path = link.split('#').next().unwrap();
            assert!(folder.join(path).exists(), "{page} links to {link}");
        }
    }
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let reasons = read("ARCHITECTURE.md");
    for line in section.lines().filter(|line| line.contains('=')) {
        let name = line.split('=').next().unwrap().trim();
        assert!(
            reasons.contains(&format!("| `{name}` |")),
            "{name} has no line of reason in ARCHITECTURE.md"
        );
    }
}

#[test]
fn every_input_in_an_example_exists() {
    let known: Vec<&str> = runbell::catalogue::inputs().map(|spec| spec.name).collect();
    let mut seen = 0;
    let pages = ["README.md", "docs/README.md", "docs/platforms.md"];
    for page in pages.into_iter().chain(CHANNEL_PAGES) {
        let text = read(page);
        for block in text.split("```").skip(1).step_by(2) {
            for line in block.lines() {
                // `RUNBELL_NAME=` in shells, and keys below `settings:` or `with:` in YAML.
                for word in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
                    if let Some(name) = word.strip_prefix("RUNBELL_") {
                        seen += 1;
                        assert!(
                            known.contains(&name.to_lowercase().as_str()),
                            "{page}: {word}"
                        );
                    }
                }
            }
            let mut in_inputs = None;
            for line in block.lines() {
                let indent = line.len() - line.trim_start().len();
                let key = line.trim().split(':').next().unwrap_or_default();
                match in_inputs {
                    Some(outer) if indent > outer && !key.is_empty() => {
                        seen += 1;
                        assert!(known.contains(&key), "{page} gives an input `{key}`");
                    }
                    _ if matches!(line.trim(), "settings:" | "with:") => in_inputs = Some(indent),
                    _ => in_inputs = None,
                }
            }
        }
    }
    assert!(seen > 10, "only {seen} inputs were seen in examples");
}

#[test]
fn every_input_that_a_channel_page_names_exists() {
    let known: Vec<&str> = runbell::catalogue::inputs().map(|spec| spec.name).collect();
    let prefixes = [
        "dingtalk_",
        "wecom_",
        "lark_",
        "email_",
        "smtp_",
        "webhook_",
    ];
    let mut seen = 0;
    for page in CHANNEL_PAGES {
        for word in code_words(&read(page)) {
            let name = word.split(':').next().unwrap_or_default();
            let is_input = prefixes.iter().any(|prefix| name.starts_with(prefix))
                && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
            if is_input {
                seen += 1;
                assert!(known.contains(&name), "{page} names an input `{name}`");
            }
        }
    }
    assert!(
        seen > 50,
        "only {seen} inputs were seen in the channel pages"
    );
}
