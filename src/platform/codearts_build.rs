//! CodeArts Build, a product beside CodeArts Pipeline. Source: "System parameters" of its user
//! guide.
//!
//! Neither branch nor page nor message nor status is given. `TIMESTAMP` is `yyyyMMddHHmmss` of a
//! zone that nobody names, as in a pipeline. `INCREASENUM` counts all builds; the number that people
//! say is `BUILDNUMBER`, the date with a counter.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Source, codearts};
use crate::model::facts::Fact;
use crate::model::status::{Status, comparison_key};

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "codearts_build",
    title: "CodeArts Build",
    // There is no marker; these two together are peculiar enough.
    detect: |environment| {
        ["BUILDNUMBER", "INCREASENUM"]
            .iter()
            .all(|name| environment.value(name).is_some())
    },
    facts: &[FACTS],
    status: &[],
    status_of,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Bare,
    results: Results::Nowhere,
};

/// The interface has a status beside the result: `completed` says that the build ended, not how.
fn status_of(word: &str) -> Option<Status> {
    (comparison_key(word) == "completed").then_some(Status::Unknown)
}

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("JOB_NAME")),
    (Fact::RunNumber, Variable("BUILDNUMBER")),
    (Fact::Project, Variable("PROJECT_ID")),
    (Fact::Tag, Variable("GIT_TAG")),
    (Fact::CommitSha, Variable("COMMIT_ID")),
    (Fact::CommitSha, Variable("COMMIT_ID_SHORTER")),
    (Fact::Actor, Variable("EXECUTOR")),
    (Fact::StartedAt, codearts::TIMESTAMP),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("success", Status::Success),
                ("error", Status::Error),
                ("aborted", Status::Canceled),
                ("waiting", Status::Waiting),
                ("running", Status::Running),
                ("verifying", Status::Paused),
                ("suspending", Status::Paused),
                ("completed", Status::Unknown),
            ],
        );
    }
}
