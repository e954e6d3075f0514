//! Tekton. Source: "Variable substitutions" and "Pipelines: finally" of its documentation.
//!
//! It sets no variables at all, so it is neither detected nor asked: the pipeline hands over what
//! it knows, and names the platform so that its status words are read as its own.

use super::{InputNames, PlatformEntry, Results};
use crate::model::status::{Status, comparison_key};

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "tekton",
    title: "Tekton",
    detect: |_| false,
    facts: &[],
    status: &[],
    status_of,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

/// `None` is the sum of tasks that did not run, and of some that were canceled; `Completed` of
/// tasks that all went well, some of them skipped.
fn status_of(word: &str) -> Option<Status> {
    match comparison_key(word).as_str() {
        "none" => Some(Status::Unknown),
        "completed" => Some(Status::Success),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("Succeeded", Status::Success),
                ("Completed", Status::Success),
                ("Failed", Status::Failure),
                ("TaskRunTimeout", Status::TimedOut),
                ("TaskRunCancelled", Status::Canceled),
                ("FailureIgnored", Status::Ignored),
                ("None", Status::Unknown),
            ],
        );
    }
}
