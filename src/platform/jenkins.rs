//! Jenkins. Source: the code of its core and of the branch-api, git and pipeline-model-definition
//! plugins.
//!
//! Four traps. `GIT_AUTHOR_*` and `GIT_COMMITTER_*` are the identity for *new* commits, not that
//! of who wrote the built one, and are not read. `BRANCH_NAME` is `PR-7` on a pull request and the
//! tag's name on a tag. `GIT_BRANCH` is what was asked to be built, which may be the full name of a tag,
//! or `detached`. And an administrator may never have set the address of Jenkins, so that
//! `JENKINS_URL` and `BUILD_URL` are missing. The status is no variable; the Jenkinsfile hands it
//! over.

use super::Source::Variable;
use super::git::Named;
use super::{InputNames, PlatformEntry, Results, Source, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "jenkins",
    title: "Jenkins",
    detect: |environment| {
        let has = |name| environment.value(name).is_some();
        let is_tagged = environment
            .value("BUILD_TAG")
            .is_some_and(|tag| tag.starts_with("jenkins-"));
        (has("JENKINS_URL") && has("BUILD_ID")) || (is_tagged && has("JENKINS_HOME"))
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
    (Fact::PipelineName, Variable("JOB_BASE_NAME")),
    (Fact::RunId, Variable("BUILD_TAG")),
    (Fact::RunNumber, Variable("BUILD_NUMBER")),
    (Fact::RunUrl, Variable("BUILD_URL")),
    (Fact::Project, PROJECT),
    (Fact::RepoUrl, Variable("GIT_URL")),
    (Fact::RepoUrl, Variable("GIT_URL_1")),
    (Fact::RepoDefaultBranch, DEFAULT_BRANCH),
    (Fact::Branch, BRANCH),
    (Fact::Tag, Variable("TAG_NAME")),
    (Fact::Tag, TAG),
    (Fact::SourceBranch, Variable("CHANGE_BRANCH")),
    (Fact::TargetBranch, Variable("CHANGE_TARGET")),
    (Fact::ChangeNumber, Variable("CHANGE_ID")),
    (Fact::ChangeTitle, Variable("CHANGE_TITLE")),
    (Fact::ChangeUrl, Variable("CHANGE_URL")),
    (Fact::CommitSha, Variable("GIT_COMMIT")),
    (Fact::CommitBefore, Variable("GIT_PREVIOUS_COMMIT")),
    (
        Fact::CommitBefore,
        Variable("GIT_PREVIOUS_SUCCESSFUL_COMMIT"),
    ),
    // Of the pull request; nobody tells who wrote the commit of a branch.
    (Fact::AuthorName, Variable("CHANGE_AUTHOR_DISPLAY_NAME")),
    (Fact::AuthorEmail, Variable("CHANGE_AUTHOR_EMAIL")),
];

const PROJECT: Source = Source::Composed {
    from: "JOB_NAME, its folder",
    compose: |seen| {
        let name = seen.variable("JOB_NAME")?;
        name.rsplit_once('/').map(|(folder, _)| folder.to_owned())
    },
};

const DEFAULT_BRANCH: Source = Source::Composed {
    from: "BRANCH_NAME, when BRANCH_IS_PRIMARY",
    compose: |seen| {
        let branch = seen.variable("BRANCH_NAME");
        branch.filter(|_| seen.environment.is("BRANCH_IS_PRIMARY", "true"))
    },
};

const BRANCH: Source = Source::Composed {
    from: "BRANCH_NAME, else GIT_LOCAL_BRANCH, else GIT_BRANCH, unless there is a TAG_NAME or a CHANGE_ID",
    compose: |seen| {
        if seen.has("TAG_NAME") || seen.has("CHANGE_ID") {
            return None;
        }
        Named::first(seen, BRANCHES)?.branch()
    },
};

const TAG: Source = Source::Composed {
    from: "BRANCH_NAME, else GIT_LOCAL_BRANCH, else GIT_BRANCH, when it is below refs/tags/",
    compose: |seen| Named::first(seen, BRANCHES)?.tag(),
};

const BRANCHES: &[&str] = &["BRANCH_NAME", "GIT_LOCAL_BRANCH", "GIT_BRANCH"];

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::status::Status;
    use crate::platform::tests::check_words;

    pub(in crate::platform) const WORDS: &[(&str, Status)] = &[
        ("SUCCESS", Status::Success),
        ("UNSTABLE", Status::Warning),
        ("FAILURE", Status::Failure),
        ("ABORTED", Status::Canceled),
        ("NOT_BUILT", Status::Skipped),
    ];

    #[test]
    fn its_words_are_read() {
        check_words(&ENTRY, WORDS);
    }
}
