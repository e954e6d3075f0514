//! Anything with a shell: facts come from inputs, and as a last resort branch and commit from the
//! `.git` folder the step stands in.

use super::git;
use super::{PlatformEntry, Source};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "generic",
    title: "generic",
    detect: |_| true,
    facts: &[
        (
            Fact::Branch,
            Source::Checkout {
                file: ".git/HEAD",
                read: git::branch,
            },
        ),
        (
            Fact::CommitSha,
            Source::Checkout {
                file: ".git/HEAD and the ref it names",
                read: git::commit,
            },
        ),
    ],
    status: &[],
    previous_status: &[],
    event_file: None,
};
