//! CODING CI. Source: "Environment variables" of its documentation, a copy of January 2022.
//!
//! It is built on Jenkins and shares many names with it, with one happy difference:
//! `GIT_AUTHOR_NAME` and `GIT_AUTHOR_EMAIL` are those of the latest commit. There is no page of the
//! run that is confirmed, and no status; the Jenkinsfile hands it over.

use super::Source::Variable;
use super::git::Named;
use super::{InputNames, PlatformEntry, Results, Seen, Source, git, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "coding",
    title: "CODING CI",
    detect: |environment| {
        let has = |name| environment.value(name).is_some();
        has("CCI_CURRENT_TEAM")
            || has("CCI_JOB_NAME")
            || (has("DEPOT_NAME") && has("CI_BUILD_NUMBER"))
    },
    facts: &[FACTS],
    status: &[],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("JOB_NAME")),
    (Fact::PipelineName, Variable("CCI_JOB_NAME")),
    (Fact::RunId, Variable("JOB_ID")),
    (Fact::RunNumber, Variable("CI_BUILD_NUMBER")),
    (Fact::Project, Variable("PROJECT_NAME")),
    (Fact::Project, Variable("CCI_CURRENT_TEAM")),
    // The name alone; the owner is not told.
    (Fact::RepoSlug, Variable("DEPOT_NAME")),
    (Fact::RepoUrl, Variable("GIT_HTTP_URL")),
    (Fact::RepoUrl, Variable("GIT_URL")),
    (Fact::Ref, Variable("REF")),
    (Fact::Branch, BRANCH),
    (Fact::Tag, Variable("GIT_TAG")),
    (Fact::Tag, TAG),
    (Fact::SourceBranch, Variable("MR_SOURCE_BRANCH")),
    (Fact::TargetBranch, Variable("MR_TARGET_BRANCH")),
    (Fact::ChangeNumber, Variable("MR_RESOURCE_ID")),
    (Fact::CommitSha, Variable("GIT_COMMIT")),
    (Fact::CommitBefore, Variable("GIT_PREVIOUS_COMMIT")),
    (Fact::AuthorName, Variable("GIT_AUTHOR_NAME")),
    (Fact::AuthorEmail, Variable("GIT_AUTHOR_EMAIL")),
];

const BRANCH: Source = Source::Composed {
    from: "BRANCH_NAME, else GIT_LOCAL_BRANCH, else GIT_BRANCH, unless there is a GIT_TAG or REF is a tag",
    compose: |seen| match seen.has("GIT_TAG") || tag(seen).is_some() {
        true => None,
        false => Named::first(seen, BRANCHES)?.branch(),
    },
};

const TAG: Source = Source::Composed {
    from: "REF, else what the branch is taken from, when it is below refs/tags/",
    compose: tag,
};

fn tag(seen: &Seen<'_>) -> Option<String> {
    let of_ref = seen.variable("REF").and_then(|name| git::tag_of(&name));
    of_ref.or_else(|| Named::first(seen, BRANCHES)?.tag())
}

const BRANCHES: &[&str] = &["BRANCH_NAME", "GIT_LOCAL_BRANCH", "GIT_BRANCH"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::jenkins;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_those_of_jenkins() {
        check_words(&ENTRY, jenkins::tests::WORDS);
    }
}
