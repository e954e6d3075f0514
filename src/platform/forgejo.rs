//! Forgejo Actions. Source: its documentation. Variables and event file follow GitHub's; the
//! `FORGEJO_*` names say the same again and are not read.
//!
//! Runners before 7.0.0 do not set the marker and are taken for Gitea's, which costs nothing but
//! the name: the page of a run is found by its number on both.

use super::{InputNames, PlatformEntry, Results, gitea, github, no_words};

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "forgejo",
    title: "Forgejo Actions",
    detect: |environment| environment.is("FORGEJO_ACTIONS", "true"),
    facts: &[github::SHARED, gitea::OWN],
    status: github::STATUS,
    status_of: no_words,
    previous_status: &[],
    event_file: Some("GITHUB_EVENT_PATH"),
    input_names: InputNames::Prefixed,
    results: Results::GitHub,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::Status;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("success", Status::Success),
                ("failure", Status::Failure),
                ("cancelled", Status::Canceled),
                ("skipped", Status::Skipped),
            ],
        );
    }
}
