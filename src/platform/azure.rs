//! Azure Pipelines. Source: "Predefined variables" and "Pipeline conditions" of its documentation.
//!
//! Three traps. `BUILD_SOURCEBRANCHNAME` keeps only what follows the last slash and is not read. On
//! a pull request `BUILD_SOURCEVERSION` and its message are those of a merge commit. And
//! `BUILD_REQUESTEDFOR` asked for the run but need not have written the commit, so that the author
//! is not told at all.

use url::Url;

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, git, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "azure",
    title: "Azure Pipelines",
    detect: |environment| environment.is("TF_BUILD", "true"),
    facts: &[FACTS],
    status: &[Variable("AGENT_JOBSTATUS")],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("BUILD_DEFINITIONNAME")),
    (Fact::RunId, Variable("BUILD_BUILDID")),
    (Fact::RunNumber, Variable("BUILD_BUILDNUMBER")),
    (Fact::RunAttempt, Variable("SYSTEM_JOBATTEMPT")),
    (Fact::RunAttempt, Variable("SYSTEM_STAGEATTEMPT")),
    (Fact::RunUrl, RUN_URL),
    (Fact::Stage, Variable("SYSTEM_STAGEDISPLAYNAME")),
    (Fact::Stage, Variable("SYSTEM_STAGENAME")),
    (Fact::Job, Variable("SYSTEM_JOBDISPLAYNAME")),
    (Fact::Job, Variable("AGENT_JOBNAME")),
    (Fact::Project, Variable("SYSTEM_TEAMPROJECT")),
    (Fact::RepoSlug, Variable("BUILD_REPOSITORY_NAME")),
    (Fact::RepoUrl, Variable("BUILD_REPOSITORY_URI")),
    (Fact::Ref, Variable("BUILD_SOURCEBRANCH")),
    (Fact::Branch, BRANCH),
    (Fact::Tag, TAG),
    (Fact::SourceBranch, SOURCE_BRANCH),
    (Fact::TargetBranch, TARGET_BRANCH),
    // GitHub's number; the id beside it is the service's own.
    (
        Fact::ChangeNumber,
        Variable("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"),
    ),
    (
        Fact::ChangeNumber,
        Variable("SYSTEM_PULLREQUEST_PULLREQUESTID"),
    ),
    (
        Fact::CommitSha,
        Variable("SYSTEM_PULLREQUEST_SOURCECOMMITID"),
    ),
    (Fact::CommitSha, Variable("BUILD_SOURCEVERSION")),
    (Fact::CommitTitle, COMMIT_MESSAGE),
    (Fact::CommitMessage, COMMIT_MESSAGE),
    (Fact::Actor, Variable("BUILD_REQUESTEDFOR")),
    (Fact::Actor, Variable("BUILD_QUEUEDBY")),
    (Fact::Event, Variable("BUILD_REASON")),
    (Fact::Environment, Variable("ENVIRONMENT_NAME")),
];

/// The name of a project may hold blanks, so it is escaped on its way into the address.
const RUN_URL: Source = Source::Composed {
    from: "SYSTEM_COLLECTIONURI, SYSTEM_TEAMPROJECT, /_build/results?buildId= and BUILD_BUILDID",
    compose: |seen| {
        let collection = seen
            .variable("SYSTEM_COLLECTIONURI")
            .or_else(|| seen.variable("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"))?;
        let mut page = Url::parse(collection.trim()).ok()?;
        page.path_segments_mut().ok()?.pop_if_empty().extend([
            seen.variable("SYSTEM_TEAMPROJECT")?.as_str(),
            "_build",
            "results",
        ]);
        page.query_pairs_mut()
            .append_pair("buildId", &seen.variable("BUILD_BUILDID")?);
        Some(page.into())
    },
};

const BRANCH: Source = Source::Composed {
    from: "BUILD_SOURCEBRANCH, refs/heads/...",
    compose: |seen| git::branch_of(&seen.variable("BUILD_SOURCEBRANCH")?),
};

const TAG: Source = Source::Composed {
    from: "BUILD_SOURCEBRANCH, refs/tags/...",
    compose: |seen| git::tag_of(&seen.variable("BUILD_SOURCEBRANCH")?),
};

const SOURCE_BRANCH: Source = Source::Composed {
    from: "SYSTEM_PULLREQUEST_SOURCEBRANCH without refs/heads/",
    compose: |seen| short_branch(seen, "SYSTEM_PULLREQUEST_SOURCEBRANCH"),
};

const TARGET_BRANCH: Source = Source::Composed {
    from: "SYSTEM_PULLREQUEST_TARGETBRANCH without refs/heads/",
    compose: |seen| short_branch(seen, "SYSTEM_PULLREQUEST_TARGETBRANCH"),
};

/// A full ref for repositories of the service itself, a plain name for those on GitHub.
fn short_branch(seen: &Seen<'_>, name: &str) -> Option<String> {
    let branch = seen.variable(name)?;
    Some(git::branch_of(&branch).unwrap_or(branch))
}

const COMMIT_MESSAGE: Source = Source::Composed {
    from: "BUILD_SOURCEVERSIONMESSAGE, unless on a pull request",
    compose: |seen| {
        let message = seen.variable("BUILD_SOURCEVERSIONMESSAGE");
        message.filter(|_| !seen.has("SYSTEM_PULLREQUEST_SOURCEBRANCH"))
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
                ("Succeeded", Status::Success),
                ("SucceededWithIssues", Status::Warning),
                ("Failed", Status::Failure),
                ("Canceled", Status::Canceled),
                ("Skipped", Status::Skipped),
            ],
        );
    }
}
