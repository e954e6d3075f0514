//! Gitee Go. Source: "Pipeline parameters" and "Enterprise pipeline variables" of its help pages.
//!
//! The public and the enterprise flavour name a pull request differently, and on its runs the
//! branch is the target, the commit is the target's, and the commit message is the title of the
//! pull request. There is no status, no page of the run and no address of the repository; the pages
//! of a commit and of a pull request are below the address that the input `repo_url` names.

use super::Source::Variable;
use super::{InputNames, PlatformEntry, Results, Seen, Source, no_words};
use crate::model::facts::{Fact, RunFacts};

pub(super) static ENTRY: PlatformEntry = PlatformEntry {
    name: "gitee",
    title: "Gitee Go",
    detect: |environment| environment.value("GITEE_PIPELINE_NAME").is_some(),
    facts: &[FACTS],
    status: &[],
    status_of: no_words,
    previous_status: &[],
    event_file: None,
    input_names: InputNames::Prefixed,
    results: Results::GiteeParams,
    // No stage is documented to run after a failure, so the step that works tells on its way out.
};

const FACTS: &[(Fact, Source)] = &[
    (Fact::PipelineName, Variable("GITEE_PIPELINE_DISPLAY_NAME")),
    (Fact::PipelineName, Variable("GITEE_PIPELINE_NAME")),
    (Fact::PipelineId, Variable("GITEE_PIPELINE_NAME")),
    (Fact::RunNumber, Variable("GITEE_PIPELINE_BUILD_NUMBER")),
    (Fact::Stage, Variable("GITEE_STAGE_DISPLAY_NAME")),
    (Fact::Stage, Variable("GITEE_STAGE_NAME")),
    (Fact::Project, PROJECT),
    (Fact::RepoSlug, Variable("GITEE_REPO")),
    (Fact::Branch, Variable("GITEE_BRANCH")),
    (Fact::SourceBranch, SOURCE_BRANCH),
    (Fact::TargetBranch, TARGET_BRANCH),
    (Fact::ChangeNumber, Variable("GITEE_PULL_ID")),
    (Fact::ChangeNumber, Variable("GITEE_PULL_REQUEST_ID")),
    (Fact::ChangeTitle, Variable("GITEE_PULL_REQUEST_TITLE")),
    (Fact::ChangeTitle, CHANGE_TITLE),
    (Fact::CommitSha, SOURCE_COMMIT),
    (Fact::CommitSha, COMMIT),
    (Fact::ChangeUrl, CHANGE_URL),
    (Fact::CommitUrl, COMMIT_URL),
    (Fact::CommitTitle, COMMIT_MESSAGE),
    (Fact::CommitMessage, COMMIT_MESSAGE),
    (Fact::Actor, Variable("GITEE_PIPELINE_TRIGGER_USER")),
];

const PROJECT: Source = Source::Composed {
    from: "GITEE_REPO, its first part",
    compose: |seen| {
        let slug = seen.variable("GITEE_REPO")?;
        slug.split_once('/').map(|(owner, _)| owner.to_owned())
    },
};

const SOURCE_BRANCH: Source = Source::Composed {
    from: "GITEE_SOURCE_BRANCH, on a pull request",
    compose: |seen| {
        let branch = seen.variable("GITEE_SOURCE_BRANCH");
        branch.filter(|_| is_change(seen))
    },
};

const TARGET_BRANCH: Source = Source::Composed {
    from: "GITEE_BRANCH, on a pull request",
    compose: |seen| seen.variable("GITEE_BRANCH").filter(|_| is_change(seen)),
};

const CHANGE_TITLE: Source = Source::Composed {
    from: "GITEE_COMMIT_MESSAGE, on a pull request",
    compose: |seen| {
        let title = seen.variable("GITEE_COMMIT_MESSAGE");
        title.filter(|_| is_change(seen))
    },
};

const SOURCE_COMMIT: Source = Source::Composed {
    from: "GITEE_SOURCE_COMMIT, on a pull request",
    compose: |seen| {
        let commit = seen.variable("GITEE_SOURCE_COMMIT");
        commit.filter(|_| is_change(seen))
    },
};

/// Not on a pull request, where it is the latest commit of the target branch.
const COMMIT: Source = Source::Composed {
    from: "GITEE_COMMIT, unless on a pull request",
    compose: |seen| seen.variable("GITEE_COMMIT").filter(|_| !is_change(seen)),
};

const COMMIT_MESSAGE: Source = Source::Composed {
    from: "GITEE_COMMIT_MESSAGE, unless on a pull request",
    compose: |seen| {
        let message = seen.variable("GITEE_COMMIT_MESSAGE");
        message.filter(|_| !is_change(seen))
    },
};

const CHANGE_URL: Source = Source::Known {
    from: "`repo_url`, /pulls/ and the number",
    compose: |facts| page(facts, "pulls", Fact::ChangeNumber),
};

const COMMIT_URL: Source = Source::Known {
    from: "`repo_url`, /commit/ and the commit id",
    compose: |facts| page(facts, "commit", Fact::CommitSha),
};

fn page(facts: &RunFacts, folder: &str, fact: Fact) -> Option<String> {
    let repo = facts.text(Fact::RepoUrl)?.trim_end_matches('/');
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    Some(format!("{repo}/{folder}/{}", facts.text(fact)?))
}

/// `0` and `false` are how other platforms say "none"; they cost nothing to know here.
fn is_change(seen: &Seen<'_>) -> bool {
    ["GITEE_PULL_ID", "GITEE_PULL_REQUEST_ID"]
        .iter()
        .filter_map(|name| seen.variable(name))
        .any(|number| !matches!(number.trim(), "0" | "false"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::model::facts::Origin;
    use crate::model::status::Status;
    use crate::platform::tests::check_words;

    #[test]
    fn its_words_are_read() {
        check_words(
            &ENTRY,
            &[
                ("SUCC", Status::Success),
                ("FAIL", Status::Failure),
                ("CANCEL", Status::Canceled),
                ("SKIP", Status::Skipped),
            ],
        );
    }

    #[test]
    fn pages_are_below_the_address_of_the_repository() {
        for (repo, expected) in [
            (
                "https://gitee.com/acme/shop",
                Some("https://gitee.com/acme/shop/"),
            ),
            (
                "https://gitee.com/acme/shop/",
                Some("https://gitee.com/acme/shop/"),
            ),
            (
                "https://git.acme.example/acme/shop.git",
                Some("https://git.acme.example/acme/shop/"),
            ),
            ("", None),
        ] {
            let environment = Environment::from([
                ("GITEE_PULL_ID", "7"),
                ("GITEE_SOURCE_COMMIT", "0123456789abcdef"),
            ]);
            let (seen, _) = Seen::new(&ENTRY, &environment);
            let mut facts = RunFacts::new(ENTRY.name);
            facts.offer(Fact::RepoUrl, repo, Origin::Input("repo_url"));
            crate::platform::offer_facts(&ENTRY, &seen, &mut facts);
            for (fact, page) in [
                (Fact::ChangeUrl, "pulls/7"),
                (Fact::CommitUrl, "commit/0123456789abcdef"),
            ] {
                let expected = expected.map(|repo| format!("{repo}{page}"));
                assert_eq!(facts.text(fact), expected.as_deref(), "{repo}");
            }
        }
    }
}
