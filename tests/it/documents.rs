//! The documents name what is there: paths, dependencies, inputs, links.

use std::fs;

use crate::examples::pages;
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
    for page in pages() {
        for word in code_words(&read(&page)) {
            let is_path = !word.contains([' ', '<', '*', '{', '$', '='])
                && (word.starts_with("src/")
                    || word.starts_with("tests/")
                    || word.starts_with("docs/")
                    || word.starts_with("packaging/")
                    || word.starts_with(".github/")
                    || word.starts_with(".ci/"));
            assert!(
                !is_path || top().join(word).exists(),
                "{page} names {word}, which is not there"
            );
        }
    }
}

/// The name by which a link reaches a heading, as GitHub makes it.
fn anchor_of(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c => c.is_alphanumeric().then_some(c),
        })
        .collect()
}

#[test]
fn every_local_link_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        let folder = top().join(&page);
        let folder = folder.parent().unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            // `::` is a path of Rust's documentation.
            if link.starts_with("http") || link.contains("::") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => top().join(&page),
                path => folder.join(path),
            };
            assert!(target.exists(), "{page} links to {link}");
            if !anchor.is_empty() {
                let target = fs::read_to_string(target).unwrap();
                let headings = target.lines().filter_map(|line| line.strip_prefix('#'));
                let mut anchors = headings.map(|line| anchor_of(line.trim_start_matches('#')));
                assert!(anchors.any(|it| it == anchor), "{page} links to {link}");
            }
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
