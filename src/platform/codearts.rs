//! CodeArts Pipeline, as an extension sees it. Source: "Parameters" and "Customizing extensions"
//! of its user guide.
//!
//! Eight variables come by themselves: `STEP_NAME`, `STEP_ID`, `PLUGIN_VERSION`, `PLUGIN_NAME`,
//! `PIPELINE_ID`, `PIPELINE_RUN_ID`, `PROJECT_ID` and `JOB_ID`. Every other one below is there only
//! if the extension has an input of that name whose value is the reference, `${PIPELINE_NAME}` for
//! one; a reference that was not replaced says nothing.
//!
//! `TIMESTAMP` is `yyyyMMddHHmmss` of a zone that nobody names, so it is no start to reckon with:
//! eight hours wrong would be worse. It is handed on in bodies that have that very form. Flow has a variable of the same name and another form.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source};
use crate::model::facts::{Fact, names_no_zone};
use crate::model::status::Status;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "codearts",
    title: "CodeArts Pipeline",
    // There is no marker; these three together are an extension's.
    detect: |environment| {
        ["STEP_ID", "PLUGIN_NAME", "PIPELINE_RUN_ID"]
            .iter()
            .all(|name| environment.value(name).is_some())
    },
    facts: &[FACTS],
    status: &[],
    status_of,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Bare,
    results: Results::CodeArts,
};

/// `COMPLETED` is the good end of a job. In lower case it is an older interface's word for a run
/// that has ended, and how it ended stands elsewhere.
fn status_of(word: &str) -> Option<Status> {
    (word.trim() == "completed").then_some(Status::Unknown)
}

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("PIPELINE_NAME")),
    (Fact::PipelineId, Variable("PIPELINE_ID")),
    (Fact::RunId, Variable("PIPELINE_RUN_ID")),
    (Fact::RunNumber, Variable("PIPELINE_NUMBER")),
    (Fact::RunUrl, Variable("PASS_CONDITIONS_LINK")),
    (Fact::Job, Variable("JOB_ID")),
    (Fact::Step, Variable("STEP_NAME")),
    (Fact::Project, Variable("PROJECT_ID")),
    (Fact::RepoSlug, REPO_SLUG),
    (Fact::RepoUrl, Variable("REPO_URL")),
    (Fact::RepoUrl, REPO_URL),
    (Fact::Branch, BRANCH),
    (Fact::Tag, TAG),
    (Fact::SourceBranch, SOURCE_BRANCH),
    (Fact::TargetBranch, TARGET_BRANCH),
    (Fact::ChangeNumber, Variable("MERGE_ID")),
    (Fact::CommitSha, Variable("COMMIT_ID")),
    (Fact::CommitSha, COMMIT_ID),
    (Fact::CommitSha, Variable("COMMIT_ID_SHORT")),
    (Fact::Actor, Variable("EXECUTE_USER_NICKNAME")),
    (Fact::Actor, Variable("EXECUTE_USER_NAME")),
    (Fact::Actor, Variable("EXECUTE_USER")),
    (Fact::Actor, Variable("EXECUTE_USER_ID")),
    (Fact::Event, Variable("PIPELINE_TRIGGER_TYPE")),
    (Fact::StartedAt, TIMESTAMP),
];

pub(super) const TIMESTAMP: Source = Source::Composed {
    from: "TIMESTAMP, in the body `webhook_payload: codearts` alone, since it names no zone",
    compose: |seen| {
        let written = seen.variable("TIMESTAMP");
        written.filter(|text| names_no_zone(text.trim()))
    },
};

const REPO_SLUG: Source = Source::Composed {
    from: "<Alias>_REPOSITORY_NAME",
    compose: |seen| of_repository(seen, "_REPOSITORY_NAME"),
};

const REPO_URL: Source = Source::Composed {
    from: "<Alias>_REPO_URL",
    compose: |seen| of_repository(seen, "_REPO_URL"),
};

const BRANCH: Source = Source::Composed {
    from: "<Alias>_TARGET_BRANCH, when there is no <Alias>_TAG",
    compose: |seen| {
        let branch = of_repository(seen, "_TARGET_BRANCH");
        branch.filter(|_| of_repository(seen, "_TAG").is_none())
    },
};

const TAG: Source = Source::Composed {
    from: "<Alias>_TAG",
    compose: |seen| of_repository(seen, "_TAG"),
};

const SOURCE_BRANCH: Source = Source::Composed {
    from: "<Alias>_SOURCE_BRANCH, when there is a MERGE_ID",
    compose: |seen| {
        let branch = of_repository(seen, "_SOURCE_BRANCH");
        branch.filter(|_| seen.has("MERGE_ID"))
    },
};

const TARGET_BRANCH: Source = Source::Composed {
    from: "<Alias>_TARGET_BRANCH, when there is a MERGE_ID",
    compose: |seen| {
        let branch = of_repository(seen, "_TARGET_BRANCH");
        branch.filter(|_| seen.has("MERGE_ID"))
    },
};

const COMMIT_ID: Source = Source::Composed {
    from: "<Alias>_COMMIT_ID",
    compose: |seen| of_repository(seen, "_COMMIT_ID"),
};

/// The value of a repository's variable, `Repo01_TARGET_BRANCH` for one.
fn of_repository(seen: &Seen<'_>, suffix: &str) -> Option<String> {
    seen.variable(&format!("{}{suffix}", alias(seen)?))
}

/// What the author called the repository. It is written down nowhere, so it is read off the names
/// of the variables that only a repository has; two repositories give two aliases, and none is
/// better than the other.
fn alias<'e>(seen: &Seen<'e>) -> Option<&'e str> {
    const OF_REPOSITORIES: [&str; 4] = [
        "_REPOSITORY_NAME",
        "_REPO_URL",
        "_SOURCE_BRANCH",
        "_TARGET_BRANCH",
    ];
    const OUR_PREFIXES: [&str; 3] = ["PLUGIN", "INPUT", "RUNBELL"];
    let aliases = seen
        .environment
        .variables()
        .filter_map(|(name, _)| {
            OF_REPOSITORIES
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
        })
        .filter(|alias| !alias.is_empty() && !OUR_PREFIXES.contains(alias));
    let mut one = None;
    for alias in aliases {
        if one.is_some_and(|known| known != alias) {
            return None;
        }
        one = Some(alias);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::model::facts::RunFacts;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("Completed", Status::Success),
                ("COMPLETED", Status::Success),
                ("completed", Status::Unknown),
                ("success", Status::Success),
                ("Failed", Status::Failure),
                ("FAILED", Status::Failure),
                ("error", Status::Error),
                ("aborted", Status::Canceled),
                ("Ignored", Status::Ignored),
                ("running", Status::Running),
                ("handling", Status::Running),
                ("waiting", Status::Waiting),
                ("Paused", Status::Paused),
                ("Suspended", Status::Paused),
                ("verifying", Status::Paused),
                ("suspending", Status::Paused),
                ("stop", Status::Canceled),
                ("成功", Status::Success),
                ("失败", Status::Failure),
                ("终止", Status::Canceled),
            ],
        );
    }

    #[track_caller]
    fn check<const N: usize>(variables: [(&str, &str); N], expected: Option<&str>) {
        let environment = Environment::from(variables);
        let (seen, _) = Seen::new(&ENTRY, &environment);
        assert_eq!(alias(&seen), expected, "{variables:?}");
    }

    #[test]
    fn a_start_is_told_in_its_own_form_alone() {
        for (written, expected) in [
            ("20241224154258", Some("20241224154258")),
            ("1735026178000", None),
            ("${TIMESTAMP}", None),
        ] {
            let environment = Environment::from([("TIMESTAMP", written)]);
            let (seen, _) = Seen::new(&ENTRY, &environment);
            let mut facts = RunFacts::new(ENTRY.name);
            crate::platform::offer_facts(&ENTRY, &seen, &mut facts);
            assert_eq!(facts.unzoned_start(), expected, "{written}");
            assert_eq!(facts.text(Fact::StartedAt), None, "{written}");
        }
    }

    #[test]
    fn the_alias_is_the_only_one_or_none() {
        check(
            [("Repo01_REPO_URL", "x"), ("Repo01_TARGET_BRANCH", "y")],
            Some("Repo01"),
        );
        check([("shop_SOURCE_BRANCH", "x")], Some("shop"));
        check([("Repo01_REPO_URL", "x"), ("Repo02_REPO_URL", "y")], None);
        check(
            [("PLUGIN_TARGET_BRANCH", "x"), ("RUNBELL_REPO_URL", "y")],
            None,
        );
        check(
            [
                ("REPO_URL", "x"),
                ("IMAGE_TAG", "y"),
                ("LAST_COMMIT_ID", "z"),
            ],
            None,
        );
    }
}
