//! The rules of the house, read from the source text: which room may name which, and which file
//! alone may name what lies outside. `ARCHITECTURE.md` has them in words.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::top;

/// Each room, and the rooms it may name. A room always may name itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("model", &["secret"]),
    ("environment", &["model"]),
    ("input", &["environment", "model", "secret"]),
    // Catalogue and readers; the platforms' own event files are read by the same reader.
    ("event", &["input", "model"]),
    ("platform", &["environment", "event", "input", "model"]),
    ("decide", &["input", "model"]),
    ("template", &["environment", "model", "secret"]),
    ("markdown", &["model"]),
    (
        "compose",
        &[
            "environment",
            "input",
            "markdown",
            "model",
            "secret",
            "template",
        ],
    ),
    (
        "channel",
        &["input", "markdown", "model", "secret", "template"],
    ),
    ("outside", &["model"]),
    ("state", &["environment", "input", "model", "secret"]),
    ("deliver", &["channel", "input", "model", "outside"]),
    ("trust", &["environment", "input"]),
    ("network", &["environment", "input", "secret"]),
    ("report", &["input", "model"]),
    ("results", &["environment", "model", "platform", "report"]),
    (
        "catalogue",
        &[
            "channel", "compose", "decide", "deliver", "event", "input", "network", "platform",
            "report", "state", "trust",
        ],
    ),
    (
        "manifest",
        &[
            "catalogue",
            "channel",
            "compose",
            "event",
            "input",
            "model",
            "platform",
            "template",
        ],
    ),
    ("preview", &["markdown", "model"]),
    (
        "plan",
        &[
            "catalogue",
            "channel",
            "compose",
            "decide",
            "deliver",
            "environment",
            "event",
            "input",
            "model",
            "network",
            "platform",
            "report",
            "secret",
            "state",
            "trust",
        ],
    ),
    (
        "run",
        &[
            "compose",
            "decide",
            "deliver",
            "environment",
            "event",
            "input",
            "model",
            "network",
            "outside",
            "plan",
            "platform",
            "report",
            "secret",
            "state",
            "template",
            "trust",
        ],
    ),
    (
        "world",
        &[
            "environment",
            "model",
            "network",
            "outside",
            "report",
            "results",
            "secret",
            "state",
            "trust",
        ],
    ),
];

/// What lies outside, and the one place (or the few) that may name it.
const HOMES: &[(&str, &[&str])] = &[
    ("reqwest", &["world/http.rs"]),
    ("signal_hook", &["world/signals.rs"]),
    ("spinning_top", &["main.rs"]),
    ("talc", &["main.rs"]),
    ("mail_builder", &["channel/email/letter.rs"]),
    ("tokio_rustls", &["world/mail/mod.rs"]),
    (
        "rustls",
        &[
            "trust.rs",
            "world/tls.rs",
            "world/http.rs",
            "world/mail/mod.rs",
        ],
    ),
    ("webpki_roots", &["world/tls.rs"]),
    ("rustls_native_certs", &["world/tls.rs"]),
    (
        "tokio",
        &[
            "deliver/mod.rs",
            "world/carriers.rs",
            "world/http.rs",
            "world/mail/line.rs",
            "world/mail/mod.rs",
            "world/resolve.rs",
            "world/signals.rs",
            "world/standard_input.rs",
            "world/terminal.rs",
        ],
    ),
    ("rlimit", &["main.rs"]),
    ("zeroize", &["secret/mod.rs"]),
    (
        "handlebars",
        &[
            "template/check.rs",
            "template/mod.rs",
            "template/helpers.rs",
            "template/outline.rs",
            "template/scope.rs",
        ],
    ),
    (
        "pulldown_cmark",
        &["markdown/parse.rs", "preview/markdown.rs"],
    ),
    (
        "unicode_segmentation",
        &["markdown/fit.rs", "model/text.rs"],
    ),
    ("jiff", &["model/time.rs"]),
    ("hmac", &["channel/sign.rs"]),
    ("sha2", &["channel/sign.rs"]),
    (
        "base64",
        &[
            "channel/email/letter.rs",
            "channel/sign.rs",
            "input/headers.rs",
            "model/encoded_words.rs",
            // As the name of an encoding.
            "preview/mail.rs",
            "secret/scrub.rs",
            "world/mail/line.rs",
        ],
    ),
    ("envy", &["environment.rs"]),
    ("getrandom", &["world/mod.rs"]),
    ("strsim", &["model/nearest.rs"]),
    ("anyhow", &["main.rs", "world/mod.rs", "world/tls.rs"]),
    ("std::env", &["main.rs", "world/snapshot.rs"]),
    ("std::fs", &["world/disk.rs"]),
    ("std::net::TcpStream", &[]),
    ("SystemTime", &["world/mod.rs"]),
    ("stdout", &["world/terminal.rs"]),
    ("stderr", &["world/terminal.rs"]),
    (
        "std::process",
        &["main.rs", "world/disk.rs", "world/watch.rs"],
    ),
    ("stdin", &["world/standard_input.rs"]),
    (
        "std::thread",
        &["main.rs", "world/carriers.rs", "world/watch.rs"],
    ),
];

/// Every source file: its path below `src/`, and its text without tests and comments.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let src = top().join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    paths
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap();
            let name = name.to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(path).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            let lines: Vec<&str> = product
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            (name, lines.join("\n"))
        })
        .collect()
}

fn room_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The rooms that a text names: after `crate::`, singly or in braces.
fn named_rooms(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(list) => {
                assert!(
                    !list.split('}').next().unwrap().contains('{'),
                    "one brace at a time"
                );
                list.split('}').next().unwrap()
            }
            None => rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap(),
        };
        for name in names.split(',') {
            let room: String = name
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !room.is_empty() {
                rooms.push(room);
            }
        }
    }
    rooms
}

#[test]
fn rooms_name_only_the_rooms_they_may() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut checked = 0;
    for (file, text) in sources() {
        let room = room_of(&file);
        if matches!(room, "main" | "lib") {
            continue;
        }
        let allowed = arrows
            .get(room)
            .unwrap_or_else(|| panic!("{room} has no row in ARROWS"));
        for named in named_rooms(&text) {
            checked += 1;
            assert!(
                named == room || allowed.contains(&named.as_str()),
                "{file} names {named}, which {room} may not"
            );
        }
    }
    assert!(
        checked > 100,
        "only {checked} names were seen; is the reader of sources broken?"
    );
}

#[test]
fn names_are_spelled_so_that_this_test_can_see_them() {
    for (file, text) in sources() {
        assert!(
            !text.contains("super::super"),
            "{file} climbs; write `crate::` instead"
        );
        assert!(
            !text.contains("use std::{"),
            "{file}: one `use` for each module of std"
        );
    }
}

#[test]
fn every_arrow_that_is_allowed_is_used() {
    let files = sources();
    for (room, allowed) in ARROWS {
        for named in *allowed {
            let used = files.iter().any(|(file, text)| {
                room_of(file) == *room && named_rooms(text).iter().any(|it| it == named)
            });
            assert!(
                used,
                "{room} may name {named} and does not; take the arrow out"
            );
        }
    }
}

#[test]
fn what_lies_outside_has_one_home() {
    let names = |text: &str, thing: &str| {
        text.match_indices(thing).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + thing.len()..].chars().next();
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !is_word(before) && !is_word(after) && after != Some('.')
        })
    };
    let files = sources();
    for (thing, homes) in HOMES {
        for (file, text) in &files {
            let at_home = homes.contains(&file.as_str());
            let named = names(text, thing);
            assert!(at_home || !named, "{file} names {thing}");
        }
        for home in *homes {
            let (_, text) = files.iter().find(|(file, _)| file == home).unwrap();
            assert!(names(text, thing), "{home} no longer names {thing}");
        }
    }
}

/// A folder whose files are entries of one list: each must be declared and registered.
fn check_registry(folder: &str, not_entries: &[&str]) {
    let list = fs::read_to_string(top().join(format!("src/{folder}/mod.rs"))).unwrap();
    for entry in fs::read_dir(top().join(format!("src/{folder}"))).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        // An entry that needs several files has a folder.
        let name = name.strip_suffix(".rs").unwrap_or(&name);
        if name == "mod" || not_entries.contains(&name) {
            continue;
        }
        assert!(
            list.contains(&format!("&{name}::ENTRY")),
            "{folder}/{name} is not registered"
        );
    }
}

#[test]
fn every_channel_and_platform_file_is_registered() {
    check_registry(
        "channel",
        &["code", "keyword", "parts", "people", "reply", "sign"],
    );
    check_registry("platform", &["git"]);
}

#[test]
fn nothing_is_called_helper_util_or_manager() {
    for (file, _) in sources() {
        for word in ["util", "manager", "common", "misc"] {
            assert!(!file.contains(word), "{file}");
        }
    }
}
