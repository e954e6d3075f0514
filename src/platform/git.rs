//! What git itself tells: branch and commit of a checkout, read from its files without any git
//! program, and the names inside refs and addresses of remotes.
//!
//! Source: gitrepository-layout. Understood: `HEAD` on a branch or detached, loose and packed
//! refs, work trees and submodules (a `.git` file that names the real folder). Not understood:
//! the reftable format; both facts are then absent.

use super::Seen;
use crate::environment::Environment;

/// Largest of these files that is read, in bytes; `packed-refs` can be long.
const LIMIT_BYTES: u64 = 8 * 1024 * 1024;

/// How many folders upwards the checkout is looked for.
const LEVELS: usize = 16;

/// The branch that a full ref names; `None` for tags and pull requests.
pub(super) fn branch_of(reference: &str) -> Option<String> {
    reference.strip_prefix("refs/heads/").map(str::to_owned)
}

/// The tag that a full ref names.
pub(super) fn tag_of(reference: &str) -> Option<String> {
    reference.strip_prefix("refs/tags/").map(str::to_owned)
}

/// What git's plugin of Jenkins calls a branch: its name, or that of a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Branch(String),
    Tag(String),
}

impl Named {
    /// Reads such a name, without the remote that it was fetched from, which is `origin` on every
    /// platform. `None` where a commit is checked out and no branch.
    pub(super) fn read(name: &str) -> Option<Self> {
        if name == "detached" {
            return None;
        }
        if let Some(tag) = tag_of(name) {
            return Some(Self::Tag(tag));
        }
        let branch = ["refs/heads/", "refs/remotes/", "remotes/"]
            .iter()
            .find_map(|folder| name.strip_prefix(folder))
            .unwrap_or(name);
        let branch = branch.strip_prefix("origin/").unwrap_or(branch);
        Some(Self::Branch(branch.to_owned()))
    }

    /// What the first of the variables names that names anything.
    pub(super) fn first(seen: &Seen<'_>, variables: &[&str]) -> Option<Self> {
        variables
            .iter()
            .find_map(|name| Self::read(&seen.variable(name)?))
    }

    pub(super) fn branch(self) -> Option<String> {
        match self {
            Self::Branch(name) => Some(name),
            Self::Tag(_) => None,
        }
    }

    pub(super) fn tag(self) -> Option<String> {
        match self {
            Self::Branch(_) => None,
            Self::Tag(name) => Some(name),
        }
    }
}

/// `owner/name`, of any depth, from the address of a remote: `https://host/owner/name.git`,
/// `ssh://git@host:22/owner/name.git` or `git@host:owner/name.git`.
pub(super) fn slug_of(remote: &str) -> Option<String> {
    let path = match remote.trim().split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => remote.trim().split_once(':')?.1,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    path.contains('/').then(|| path.to_owned())
}

/// Whether an id is that of a commit. All zeros stand for none, as after a branch was deleted.
pub(super) fn is_commit(id: &str) -> bool {
    !id.trim().bytes().all(|byte| byte == b'0')
}

/// The branch that is checked out; `None` when `HEAD` is detached or there is no checkout.
pub(super) fn branch(environment: &Environment) -> Option<String> {
    let head = Head::read(environment)?;
    branch_of(&head.reference?)
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

    #[test]
    fn a_remote_tells_owner_and_name() {
        for (remote, expected) in [
            ("https://git.example.com/acme/shop.git", Some("acme/shop")),
            (
                "https://ci:s3cret@git.example.com/acme/shop",
                Some("acme/shop"),
            ),
            (
                "ssh://git@git.example.com:22/acme/web/shop.git",
                Some("acme/web/shop"),
            ),
            ("git@git.example.com:acme/shop.git", Some("acme/shop")),
            ("git@git.example.com:shop.git", None),
            ("https://git.example.com", None),
            ("/srv/git/shop", None),
            ("", None),
        ] {
            assert_eq!(slug_of(remote).as_deref(), expected, "{remote:?}");
        }
    }

    #[test]
    fn zeros_are_no_commit() {
        for (id, expected) in [(SHA, true), ("0", false), ("", false)] {
            assert_eq!(is_commit(id), expected, "{id}");
        }
        assert!(!is_commit(&"0".repeat(40)));
    }

    #[test]
    fn refs_lose_their_folders() {
        assert_eq!(
            branch_of("refs/heads/feature/x").as_deref(),
            Some("feature/x")
        );
        assert_eq!(branch_of("refs/pull/7/merge"), None);
        assert_eq!(tag_of("refs/tags/v1.0").as_deref(), Some("v1.0"));
    }

    #[test]
    fn what_is_built_is_a_branch_a_tag_or_neither() {
        let branch = |name: &str| Some(Named::Branch(name.to_owned()));
        for (name, expected) in [
            ("feature/x", branch("feature/x")),
            ("origin/feature/x", branch("feature/x")),
            ("refs/heads/feature/x", branch("feature/x")),
            ("refs/remotes/origin/main", branch("main")),
            ("remotes/origin/main", branch("main")),
            ("original", branch("original")),
            ("refs/tags/v1", Some(Named::Tag("v1".to_owned()))),
            ("detached", None),
        ] {
            assert_eq!(Named::read(name), expected, "{name}");
        }
    }
}
