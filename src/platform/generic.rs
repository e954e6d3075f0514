//! Anything with a shell: facts come from inputs, and as a last resort branch and commit from the
//! `.git` folder the step stands in.

use super::Source::{self, Checkout};
use super::git;
use super::{InputNames, PlatformEntry, Results, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "generic",
    title: "generic",
    detect: |_| true,
    facts: &[FACTS],
    status: &[],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (
        Fact::Branch,
        Checkout {
            file: ".git/HEAD",
            read: git::branch,
        },
    ),
    (
        Fact::CommitSha,
        Checkout {
            file: ".git/HEAD and the ref it names",
            read: git::commit,
        },
    ),
];
