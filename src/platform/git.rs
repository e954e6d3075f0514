//! Branch and commit of a git checkout, read from its files; no git program is needed.
//!
//! Source: gitrepository-layout. Understood: `HEAD` on a branch or detached, loose and packed
//! refs, work trees and submodules (a `.git` file that names the real folder). Not understood:
//! the reftable format; both facts are then absent.

use crate::environment::Environment;

/// Largest of these files that is read, in bytes; `packed-refs` can be long.
const LIMIT_BYTES: u64 = 8 * 1024 * 1024;

/// How many folders upwards the checkout is looked for.
const LEVELS: usize = 16;

/// The branch that is checked out; `None` when `HEAD` is detached or there is no checkout.
pub(super) fn branch(environment: &Environment) -> Option<String> {
    let head = Head::read(environment)?;
    head.reference?
        .strip_prefix("refs/heads/")
        .map(str::to_owned)
}

/// The commit that is checked out.
pub(super) fn commit(environment: &Environment) -> Option<String> {
    let head = Head::read(environment)?;
    let Some(reference) = head.reference else {
        return commit_id(&head.text);
    };
    // A work tree keeps HEAD in a folder of its own and its branches in the common one.
    let common = line(environment, &format!("{}/commondir", head.folder))
        .map_or_else(|| head.folder.clone(), |path| joined(&head.folder, &path));
    line(environment, &format!("{common}/{reference}"))
        .and_then(|text| commit_id(&text))
        .or_else(|| {
            let packed = environment
                .file(&format!("{common}/packed-refs"), LIMIT_BYTES)
                .ok()?;
            packed.lines().find_map(|row| {
                let (id, name) = row.split_once(' ')?;
                (name.trim() == reference).then(|| commit_id(id))?
            })
        })
}

struct Head {
    folder: String,
    text: String,
    reference: Option<String>,
}

impl Head {
    fn read(environment: &Environment) -> Option<Self> {
        let mut up = String::new();
        for _ in 0..LEVELS {
            let dot_git = format!("{up}.git");
            let folder = match line(environment, &dot_git) {
                Some(text) => joined(
                    up.strip_suffix('/').unwrap_or("."),
                    text.strip_prefix("gitdir:")?.trim(),
                ),
                None => dot_git,
            };
            if let Some(text) = line(environment, &format!("{folder}/HEAD")) {
                let reference = text
                    .strip_prefix("ref:")
                    .map(|name| name.trim().to_owned())
                    .filter(|name| is_plain_reference(name));
                return Some(Self {
                    folder,
                    text,
                    reference,
                });
            }
            up.push_str("../");
        }
        None
    }
}

/// A reference becomes a path, so it must not lead out of the folder.
fn is_plain_reference(name: &str) -> bool {
    name.starts_with("refs/") && !name.split('/').any(|part| matches!(part, ".." | "." | ""))
}

fn joined(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

fn line(environment: &Environment, path: &str) -> Option<String> {
    let text = environment.file(path, LIMIT_BYTES).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}

fn commit_id(text: &str) -> Option<String> {
    let id = text.trim();
    (matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: (Option<&str>, Option<&str>)) {
        let files: BTreeMap<String, Vec<u8>> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let environment = Environment::new([], files.clone());
        let read = (branch(&environment), commit(&environment));
        assert_eq!(
            (read.0.as_deref(), read.1.as_deref()),
            expected,
            "{files:?}"
        );
    }

    #[test]
    fn every_layout_of_a_checkout_is_read() {
        let head = "ref: refs/heads/feature/x\n";
        check(
            &[(".git/HEAD", head), (".git/refs/heads/feature/x", SHA)],
            (Some("feature/x"), Some(SHA)),
        );
        let packed = format!("# pack-refs with: peeled\n{SHA} refs/heads/feature/x\n^abc\n");
        check(
            &[("../.git/HEAD", head), ("../.git/packed-refs", &packed)],
            (Some("feature/x"), Some(SHA)),
        );
        check(&[(".git/HEAD", SHA)], (None, Some(SHA)));
        check(
            &[
                (".git", "gitdir: ../main/.git/worktrees/w\n"),
                ("./../main/.git/worktrees/w/HEAD", head),
                ("./../main/.git/worktrees/w/commondir", "../..\n"),
                ("./../main/.git/worktrees/w/../../refs/heads/feature/x", SHA),
            ],
            (Some("feature/x"), Some(SHA)),
        );
    }

    #[test]
    fn a_hostile_or_broken_checkout_gives_nothing() {
        check(&[], (None, None));
        check(&[(".git/HEAD", "ref: refs/../../etc/passwd")], (None, None));
        check(&[(".git/HEAD", "\u{fffd}\u{0}")], (None, None));
        check(&[(".git/HEAD", "ref: refs/heads/new")], (Some("new"), None));
    }
}
