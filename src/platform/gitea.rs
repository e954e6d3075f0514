//! Gitea Actions. Source: its documentation, where variables and event file follow GitHub's, and
//! issue 28621 and pull request 38288 of its repository.
//!
//! The trap is the page of a run. Up to about 1.25 its address holds the number that counts runs
//! within the repository, and the id leads nowhere. Later versions look for an id first and a
//! number second, so the number stays the better guess; the input `run_url` beats it.

use super::{InputNames, PlatformEntry, Results, Source, github, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "gitea",
    title: "Gitea Actions",
    detect: |environment| environment.is("GITEA_ACTIONS", "true"),
    facts: &[github::SHARED, OWN],
    status: github::STATUS,
    status_of: no_words,
    previous_status: &[],
    event_file: Some("GITHUB_EVENT_PATH"),
    input_names: InputNames::Prefixed,
    results: Results::GitHub,
};

/// Rows of Gitea and Forgejo that are not GitHub's.
pub(super) const OWN: &[(Fact, Source)] = &[(Fact::RunUrl, RUN_URL)];

/// With the number, not the id. Old runners leave the number empty; there is no page then.
const RUN_URL: Source = Source::Composed {
    from: "GITHUB_SERVER_URL/GITHUB_REPOSITORY/actions/runs/GITHUB_RUN_NUMBER",
    compose: |seen| {
        Some(format!(
            "{}/actions/runs/{}",
            github::repo_url(seen)?,
            github::of_this_run(seen, "GITHUB_RUN_NUMBER")?
        ))
    },
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
