//! Alibaba Cloud Flow. Source: "Environment variables" of its documentation; `SOURCES`,
//! `ORGANIZATION_ID` and `BUILD_JOB_ID` from two published custom steps.
//!
//! Its `CI_COMMIT_*` names look like GitLab's. `CI_COMMIT_REF_NAME` is a branch or a tag and does
//! not say which; it is taken for a branch. The password in an entry of `SOURCES` is never read.
//! `TIMESTAMP` counts milliseconds; `DATETIME` names no zone and is not read. There is no status,
//! and the page of a run is not confirmed.

use serde::Deserialize;
use serde_json::Value;

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, git, no_words};
use crate::model::facts::Fact;

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "flow",
    title: "Alibaba Cloud Flow",
    // There is no marker; these together are Flow's.
    detect: |environment| {
        let has = |name: &&str| environment.value(name).is_some();
        ["PIPELINE_ID", "PIPELINE_NAME", "BUILD_NUMBER"]
            .iter()
            .all(has)
            && ["BUILD_EXECUTOR", "CI_SOURCE_NAME"].iter().any(has)
    },
    facts: &[FACTS],
    status: &[],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Bare,
    results: Results::Nowhere,
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("PIPELINE_NAME")),
    (Fact::PipelineId, Variable("PIPELINE_ID")),
    (Fact::RunNumber, Variable("BUILD_NUMBER")),
    (Fact::RunDescription, Variable("BUILD_REMARK")),
    (Fact::Job, Variable("BUILD_JOB_ID")),
    (Fact::Project, Variable("ORGANIZATION_ID")),
    (Fact::RepoSlug, REPO_SLUG),
    (Fact::RepoSlug, Variable("CI_SOURCE_NAME")),
    (Fact::RepoUrl, REPO_URL),
    (Fact::RepoUrl, Variable("CI_SOURCE_URL")),
    (Fact::Ref, Variable("CI_COMMIT_REF_NAME")),
    (Fact::Branch, Variable("CI_COMMIT_REF_NAME")),
    (Fact::ChangeNumber, CHANGE_NUMBER),
    (Fact::CommitSha, Variable("CI_COMMIT_SHA")),
    // The first eight characters of the same.
    (Fact::CommitSha, Variable("CI_COMMIT_ID")),
    (Fact::CommitTitle, Variable("CI_COMMIT_TITLE")),
    (Fact::Actor, Variable("BUILD_EXECUTOR")),
    // A sentence, such as "X · manually triggered".
    (Fact::Event, Variable("BUILD_MESSAGE")),
    (Fact::StartedAt, Variable("TIMESTAMP")),
    (Fact::Sources, ALL_SOURCES),
];

const REPO_SLUG: Source = Source::Composed {
    from: "SOURCES, data.repo, its path",
    compose: |seen| git::slug_of(&source(seen)?.repo?),
};

const REPO_URL: Source = Source::Composed {
    from: "SOURCES, data.repo",
    compose: |seen| source(seen)?.repo,
};

const CHANGE_NUMBER: Source = Source::Composed {
    from: "SOURCES, data.codeupMrLocalId",
    compose: |seen| match source(seen)?.codeup_mr_local_id? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    },
};

/// Of a single source, repository and branch say the same.
const ALL_SOURCES: Source = Source::Composed {
    from: "SOURCES, each data.repo and data.branch, when there are several",
    compose: |seen| {
        let entries = entries(seen)?;
        let listed: Vec<Value> = entries.iter().filter_map(listed).map(Value::from).collect();
        (listed.len() > 1).then(|| Value::from(listed).to_string())
    },
};

/// An entry as the fact has it: the path of the repository, which no login stands in, and the branch.
fn listed(entry: &Entry) -> Option<String> {
    let path = entry.data.repo.as_deref().and_then(git::slug_of);
    let repo = path.or_else(|| entry.name.clone())?;
    Some(match &entry.data.branch {
        Some(branch) => format!("{repo} {branch}"),
        None => repo,
    })
}

/// One entry of `SOURCES`.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    data: Code,
}

/// What is of use in an entry. An entry for anything but code has none of it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Code {
    repo: Option<String>,
    branch: Option<String>,
    commit_id: Option<String>,
    codeup_mr_local_id: Option<Value>,
}

/// The entries for code.
fn entries(seen: &Seen<'_>) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = serde_json::from_str(&seen.variable("SOURCES")?).ok()?;
    entries.retain(|entry| entry.data.repo.is_some());
    Some(entries)
}

/// The source that the message is about: the one whose commit it is, else the first.
fn source(seen: &Seen<'_>) -> Option<Code> {
    let mut entries = entries(seen)?;
    let commit = seen.variable("CI_COMMIT_SHA");
    let is_own = |entry: &Entry| commit.is_some() && entry.data.commit_id == commit;
    let own = entries.iter().position(is_own).unwrap_or(0);
    (own < entries.len()).then(|| entries.swap_remove(own).data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::model::status::Status;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("SUCCESS", Status::Success),
                ("FAIL", Status::Failure),
                ("CANCELED", Status::Canceled),
                ("SKIP", Status::Skipped),
                ("RUNNING", Status::Running),
                ("WAITING", Status::Waiting),
                ("CANCELLING", Status::Canceling),
                ("UNKNOWN", Status::Unknown),
                ("UNKOWN", Status::Unknown),
                ("FINISH", Status::Unknown),
                ("success", Status::Success),
                ("fail", Status::Failure),
                ("cancel", Status::Canceled),
                ("skip", Status::Skipped),
                ("wait", Status::Waiting),
            ],
        );
    }

    #[track_caller]
    fn check(sources: &str, expected: Option<&str>) {
        let environment = Environment::from([("SOURCES", sources), ("CI_COMMIT_SHA", "b")]);
        let (seen, _) = Seen::new(&ENTRY, &environment);
        let repo = source(&seen).and_then(|code| code.repo);
        assert_eq!(repo.as_deref(), expected, "{sources}");
    }

    #[test]
    fn the_source_of_the_run_is_found_or_the_first_is() {
        check(r#"[{"data":{"repo":"x"}}]"#, Some("x"));
        check(
            r#"[{"type":"artifact","data":{}},{"data":{"repo":"x"}}]"#,
            Some("x"),
        );
        check(
            r#"[{"data":{"repo":"x","commitId":"a"}},{"data":{"repo":"y","commitId":"b"}}]"#,
            Some("y"),
        );
        check(
            r#"[{"data":{"repo":"x"}},{"data":{"repo":"y","commitId":"c"}}]"#,
            Some("x"),
        );
        for broken in ["[]", "{}", "[1]", "nonsense", r#"[{"data":{"repo":7}}]"#] {
            check(broken, None);
        }
    }
}
