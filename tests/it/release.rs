//! The scripts of a release: what it says of itself, and how its action is pinned.

use std::fs;
use std::process::Command;

use crate::support::{Folder, run, top};

const CHANGES: &str = "\
# Changes

## Unreleased

- soon

## 1.10.0 (2026-12-01)

- ten

## 1.1.0

- **one** `code`

  more of it

## 1.0.0
";

#[track_caller]
fn check_notes(version: &str, expected: Result<&str, &str>) {
    let folder = Folder::new();
    let file = folder.path("CHANGELOG.md");
    fs::write(&file, CHANGES).unwrap();
    let script = top().join("packaging/release-notes");
    let ended = run(Command::new(script).arg(version).arg(&file));
    match expected {
        Ok(notes) => {
            assert_eq!(ended.code, Some(0), "{ended:#?}");
            assert_eq!(ended.stdout, notes);
        }
        Err(reason) => {
            assert_eq!(ended.code, Some(1), "{ended:#?}");
            assert!(ended.stderr.contains(reason), "{ended:#?}");
        }
    }
}

#[test]
fn notes_are_those_of_the_version_alone() {
    check_notes("1.10.0", Ok("- ten\n"));
    check_notes("1.1.0", Ok("- **one** `code`\n\n  more of it\n"));
    check_notes("Unreleased", Ok("- soon\n"));
}

#[test]
fn a_version_without_notes_is_not_released() {
    check_notes("1.0.0", Err("has nothing under \"## 1.0.0\""));
    check_notes("1.1", Err("has nothing under \"## 1.1\""));
    check_notes("2.0.0", Err("has nothing"));
}

#[test]
fn the_present_changelog_has_notes() {
    let ended = run(Command::new(top().join("packaging/release-notes")).arg("Unreleased"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

#[test]
fn a_release_pins_its_action_by_digest_and_changes_nothing_else() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("packaging")).unwrap();
    let script = folder.path("packaging/pin-action");
    fs::copy(top().join("packaging/pin-action"), &script).unwrap();
    let action = folder.path("action.yml");
    let before = fs::read_to_string(top().join("action.yml")).unwrap();
    fs::write(&action, &before).unwrap();

    let refused = run(Command::new(&script).arg("sha256:0123"));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert_eq!(fs::read_to_string(&action).unwrap(), before);

    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let pinned = run(Command::new(&script).arg(&digest));
    assert_eq!(pinned.code, Some(0), "{pinned:#?}");
    let after = fs::read_to_string(&action).unwrap();
    let tag = format!("runbell:{}-root", env!("CARGO_PKG_VERSION"));
    assert_eq!(after, before.replace(&tag, &format!("runbell@{digest}")));
    assert_ne!(after, before);
}
