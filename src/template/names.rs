//! What `${NAME}` means: a parameter of the event, else a variable of the environment, else a
//! well-known name of some CI system that stands for a fact. Names that could hold a secret never
//! resolve (rule I-2).

use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::model::facts::Fact;
use crate::model::text::clean;
use crate::secret::{Secret, sounds_secret, without_logins};

/// Finds a parameter of the event by its dotted path.
pub type Parameters<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Resolves the names of `${NAME}`.
pub struct Variables<'a> {
    event: Option<Parameters<'a>>,
    environment: &'a Environment,
    secrets: &'a [Secret],
    facts: BTreeMap<Fact, String>,
    allowed: &'a [String],
}

/// Well-known names of other CI systems, so that a message written for one works on another. Where
/// a name stands twice, the first fact that is known is its value.
pub static ALIASES: &[(&str, Fact)] = &[
    ("CI_COMMIT_TITLE", Fact::CommitTitle),
    ("CI_COMMIT_MESSAGE", Fact::CommitMessage),
    ("CI_COMMIT_SHA", Fact::CommitSha),
    ("CI_COMMIT_ID", Fact::CommitSha),
    ("CI_COMMIT_BRANCH", Fact::Branch),
    ("CI_COMMIT_REF_NAME", Fact::Branch),
    ("CI_COMMIT_REF_NAME", Fact::Tag),
    ("CI_COMMIT_TAG", Fact::Tag),
    ("CI_COMMIT_AUTHOR", Fact::AuthorName),
    ("CI_PIPELINE_URL", Fact::RunUrl),
    ("CI_PIPELINE_NUMBER", Fact::RunNumber),
    ("CI_PIPELINE_ID", Fact::RunId),
    ("CI_PROJECT_PATH", Fact::RepoSlug),
    ("CI_REPO", Fact::RepoSlug),
    ("PIPELINE_NAME", Fact::PipelineName),
    ("PIPELINE_ID", Fact::PipelineId),
    ("PIPELINE_NUMBER", Fact::RunNumber),
    ("PIPELINE_RUN_ID", Fact::RunId),
    ("BUILD_NUMBER", Fact::RunNumber),
    ("BUILD_URL", Fact::RunUrl),
    ("BUILD_EXECUTOR", Fact::Actor),
    ("BUILD_REMARK", Fact::RunDescription),
    ("JOB_NAME", Fact::PipelineName),
    ("GIT_COMMIT", Fact::CommitSha),
    ("GIT_BRANCH", Fact::Branch),
    ("DRONE_BUILD_NUMBER", Fact::RunNumber),
    ("DRONE_BUILD_LINK", Fact::RunUrl),
    ("DRONE_BRANCH", Fact::Branch),
    ("DRONE_COMMIT_SHA", Fact::CommitSha),
    ("DRONE_COMMIT_MESSAGE", Fact::CommitMessage),
    ("DRONE_COMMIT_AUTHOR", Fact::AuthorName),
    ("DRONE_REPO", Fact::RepoSlug),
    ("GITEE_PIPELINE_NAME", Fact::PipelineName),
    ("GITEE_PIPELINE_DISPLAY_NAME", Fact::PipelineName),
    ("GITEE_PIPELINE_BUILD_NUMBER", Fact::RunNumber),
    ("GITEE_PIPELINE_TRIGGER_USER", Fact::Actor),
    ("GITEE_BRANCH", Fact::Branch),
    ("GITEE_COMMIT", Fact::CommitSha),
    ("GITEE_COMMIT_MESSAGE", Fact::CommitMessage),
    ("GITEE_REPO", Fact::RepoSlug),
    ("GITHUB_WORKFLOW", Fact::PipelineName),
    ("GITHUB_RUN_NUMBER", Fact::RunNumber),
    ("GITHUB_RUN_ID", Fact::RunId),
    ("GITHUB_REF_NAME", Fact::Branch),
    ("GITHUB_REF_NAME", Fact::Tag),
    ("GITHUB_SHA", Fact::CommitSha),
    ("GITHUB_REPOSITORY", Fact::RepoSlug),
    ("GITHUB_ACTOR", Fact::Actor),
    // The parameters of CodeArts' subscriptions, for steps without its event.
    ("eventName", Fact::Event),
    ("operation", Fact::Event),
    ("event.time", Fact::FinishedAt),
    ("project.id", Fact::Project),
    ("project.url", Fact::RepoUrl),
    ("operator.id", Fact::Actor),
    ("operator.nickName", Fact::Actor),
    ("operator.name", Fact::Actor),
    ("operator.username", Fact::Actor),
    ("operator.tenantName", Fact::Project),
    ("repo.webUrl", Fact::RepoUrl),
    ("repo.httpUrl", Fact::RepoUrl),
    ("repo.name", Fact::RepoSlug),
    ("repo.groupName", Fact::Project),
    ("mergeRequest.iid", Fact::ChangeNumber),
    ("mergeRequest.url", Fact::ChangeUrl),
    ("mergeRequest.createdAt", Fact::CreatedAt),
    ("mergeRequest.title", Fact::ChangeTitle),
    ("mergeRequest.sourceBranch", Fact::SourceBranch),
    ("mergeRequest.targetBranch", Fact::TargetBranch),
    ("mergeRequest.author.nickName", Fact::AuthorName),
    ("mergeRequest.author.name", Fact::AuthorName),
    ("mergeRequest.author.username", Fact::AuthorName),
    ("task.name", Fact::TaskName),
    ("task.gitUrl", Fact::RepoUrl),
    ("job.id", Fact::ExecutionId),
    ("job.startTime", Fact::StartedAt),
    ("job.finishTime", Fact::FinishedAt),
    ("job.status", Fact::Result),
    ("job.gateResult", Fact::GateResult),
    ("job.executor", Fact::Actor),
    ("job.url", Fact::RunUrl),
    ("BUILD.URL", Fact::RunUrl),
    ("BUILD.EXECUTOR_NAME", Fact::Actor),
    ("BUILD.EXECUTE_TIME", Fact::StartedAt),
    ("BUILD.TASK_NAME", Fact::TaskName),
    ("BUILD.PROJECT_NAME", Fact::Project),
    ("BUILD.PROJECT_ID", Fact::Project),
    ("taskName", Fact::ApplicationName),
    ("projectName", Fact::Project),
    ("result", Fact::Result),
    ("sort", Fact::ExecutionId),
    ("startUser", Fact::Actor),
    ("startTime", Fact::StartedAt),
    ("link", Fact::RunUrl),
    ("pipeline.pipeline_id", Fact::PipelineId),
    ("pipeline.run_number", Fact::RunNumber),
    ("pipeline.project_id", Fact::Project),
    ("pipeline.run_id", Fact::RunId),
    ("pipeline.timestamp", Fact::StartedAt),
    ("pipeline.trigger_type", Fact::Event),
    ("pipeline.name", Fact::PipelineName),
];

/// Flow's name for the first eight characters of a commit id.
const SHORT_COMMIT: (&str, usize) = ("CI_COMMIT_ID", 8);

/// How the parameters of a pipeline's run are called there (row S1-241).
const PIPELINE_PARAMETER: &str = "pipeline.";

impl std::fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.facts.keys()).finish()
    }
}

impl<'a> Variables<'a> {
    /// Resolves against the environment and, for well-known names, the facts. `secrets` are the
    /// values of this step's secret inputs: a variable that holds one never resolves.
    pub const fn new(
        environment: &'a Environment,
        secrets: &'a [Secret],
        facts: BTreeMap<Fact, String>,
    ) -> Self {
        Self {
            event: None,
            environment,
            secrets,
            facts,
            allowed: &[],
        }
    }

    /// Asks the event first.
    #[must_use]
    pub const fn with_event(mut self, parameters: Parameters<'a>) -> Self {
        self.event = Some(parameters);
        self
    }

    /// Resolves these names too, although they look as if they held secrets.
    #[must_use]
    pub const fn allowing(mut self, names: &'a [String]) -> Self {
        self.allowed = names;
        self
    }

    /// The value of a name.
    ///
    /// # Errors
    /// A remark for the log when the name never resolves or nobody knows it.
    pub(super) fn get(&self, name: &str) -> Result<String, String> {
        let is_allowed = self.allowed.iter().any(|allowed| allowed == name);
        if may_be_secret(name) && !is_allowed {
            return Err(format!(
                "the template's `${{{name}}}` stays empty: names like this one can hold secrets; if this one does not, list it in `env_allow`"
            ));
        }
        let of_event = self.event.and_then(|event| event(name));
        let of_environment = || self.environment.value(name).map(str::to_owned);
        if let Some(value) = of_event.or_else(of_environment) {
            // What is cleaned away later must not hide one now.
            let cleaned = clean(&value);
            let is_secret = |secret: &str| {
                !secret.is_empty() && (value.contains(secret) || cleaned.contains(secret))
            };
            if self.secrets.iter().any(|it| is_secret(it.reveal())) {
                return Err(format!(
                    "the template's `${{{name}}}` stays empty: its value holds a secret of this step"
                ));
            }
            // The address of a database or a clone often holds its password.
            let masked = without_logins(&value).filter(|_| !is_allowed);
            return Ok(masked.unwrap_or(value));
        }
        let fact = ALIASES
            .iter()
            .filter(|(alias, _)| *alias == name)
            .find_map(|(_, fact)| self.facts.get(fact));
        let (short, limit) = SHORT_COMMIT;
        let fact = fact.map(|text| match name == short {
            true => text.chars().take(limit).collect(),
            false => text.clone(),
        });
        let parameter = || {
            let name = name.strip_prefix(PIPELINE_PARAMETER)?;
            let params = self.facts.get(&Fact::Params)?;
            let value = params
                .split(", ")
                .find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
            value.map(str::to_owned)
        };
        fact.or_else(parameter).ok_or_else(|| {
            format!("the template's `${{{name}}}` stays empty: there is no such variable here")
        })
    }
}

/// Whether a variable of this name could hold a secret: inputs, proxies, and names with a telling
/// word between underscores. In a dotted path a capital begins a word, too: `repo.apiToken`.
fn may_be_secret(name: &str) -> bool {
    let is_path = name.contains('.');
    let mut spaced = String::with_capacity(name.len());
    for c in name.chars() {
        if is_path && c.is_uppercase() && spaced.ends_with(char::is_lowercase) {
            spaced.push('_');
        }
        spaced.push(c);
    }
    let upper = spaced.to_uppercase();
    ["INPUT_", "PLUGIN_", "RUNBELL_"]
        .iter()
        .any(|prefix| upper.starts_with(prefix))
        || upper.ends_with("_PROXY")
        || sounds_secret(&upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_telling_word_are_secret() {
        for name in [
            "SMTP_PASSWORD",
            "NPM_TOKEN",
            "PLUGIN_X",
            "https_proxy",
            "GPG_KEY",
            "dsn",
            "repo.apiToken",
            "hook.secret",
            "a.webhookUrl",
            "DRONE_NETRC_FILE",
            "PGPASSWORD",
            "MYSQL_PWD",
            "GITHUB_PAT",
            "SSHPASS",
            "KUBE_CONFIG_DATA",
            "CI_JOB_JWT",
            "CI_JOB_JWT_V2",
            "JWT",
            "BEARER",
            "OTP",
            "NPM_OTP",
            "OTP_CODE",
            "DBPASS",
            "MYSQL_ROOTPASSWORD",
            "CLIENTSECRET",
            "SSH_PRIVATE",
            "DEPLOY_SSH_PRIVATE_BASE64",
            "ID_RSA",
            "ID_ED25519",
            "SESSION_ID",
            "a.sessionId",
        ] {
            assert!(may_be_secret(name), "{name}");
        }
        for name in [
            "COMMIT_AUTHOR",
            "CI_REPO_PRIVATE",
            "KEYBOARD",
            "PWD",
            "OLDPWD",
            "PATH",
            "PATCH_LEVEL",
            "MONKEY_PASSAGE",
            "OTP_VERSION",
            "COMPASS",
            "BYPASS_CACHE",
            "AUTHOR",
            "KEYWORD",
            "TOKENIZER",
            "SESSION_NAME",
            "ID",
            "mergeRequest.author.name",
            "repo.webUrl",
        ] {
            assert!(!may_be_secret(name), "{name}");
        }
    }

    #[test]
    fn a_well_known_name_of_another_ci_is_a_fact_here() {
        let environment = Environment::from([("CI_COMMIT_SHA", "from-env")]);
        let facts = BTreeMap::from([
            (Fact::PipelineName, "shop".to_owned()),
            (Fact::CommitSha, "from-fact".to_owned()),
        ]);
        let variables = Variables::new(&environment, &[], facts);
        assert_eq!(variables.get("GITEE_PIPELINE_NAME"), Ok("shop".into()));
        assert_eq!(variables.get("CI_COMMIT_SHA"), Ok("from-env".into()));
        assert!(variables.get("GITHUB_ACTOR").is_err());
    }

    #[test]
    fn a_name_of_a_ref_is_a_branch_or_a_tag_and_a_short_id_is_short() {
        let environment = Environment::from([]);
        let sha = "0123456789abcdef0123456789abcdef01234567";
        for (fact, value) in [(Fact::Branch, "main"), (Fact::Tag, "v1")] {
            let facts =
                BTreeMap::from([(fact, value.to_owned()), (Fact::CommitSha, sha.to_owned())]);
            let variables = Variables::new(&environment, &[], facts);
            for (name, expected) in [
                ("CI_COMMIT_REF_NAME", value),
                ("GITHUB_REF_NAME", value),
                ("CI_COMMIT_ID", "01234567"),
                ("CI_COMMIT_SHA", sha),
            ] {
                assert_eq!(variables.get(name), Ok(expected.into()), "{name}");
            }
        }
    }

    #[test]
    fn the_event_speaks_first_then_the_environment_then_the_facts() {
        let environment = Environment::from([("pipeline.name", "env"), ("pipeline.run_id", "env")]);
        let facts = BTreeMap::from([
            (Fact::PipelineName, "fact".to_owned()),
            (Fact::RunId, "fact".to_owned()),
            (Fact::RunNumber, "fact".to_owned()),
            (Fact::Params, "REGION=cn-1, ZONE=b".to_owned()),
        ]);
        let event = |path: &str| (path == "pipeline.name").then(|| "event".to_owned());
        let secrets = [Secret::new("event")];
        let variables = Variables::new(&environment, &[], facts).with_event(&event);
        for (name, expected) in [
            ("pipeline.name", "event"),
            ("pipeline.run_id", "env"),
            ("pipeline.run_number", "fact"),
            ("pipeline.ZONE", "b"),
        ] {
            assert_eq!(variables.get(name), Ok(expected.into()), "{name}");
        }
        assert!(variables.get("pipeline.NONE").is_err());
        let variables = Variables::new(&environment, &secrets, BTreeMap::new()).with_event(&event);
        assert!(variables.get("pipeline.name").is_err());
    }

    #[test]
    fn a_variable_that_holds_a_secret_of_this_step_stays_empty() {
        let secrets = [Secret::new("abcdef")];
        let allowed = ["DING".to_owned()];
        for value in [
            "https://x/?access_token=abcdef",
            "abc\0def",
            "abc\u{200b}def",
        ] {
            let environment = Environment::from([("DING", value)]);
            let variables = Variables::new(&environment, &secrets, BTreeMap::new());
            assert!(variables.get("DING").is_err(), "{value:?}");
            assert!(
                variables.allowing(&allowed).get("DING").is_err(),
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_name_that_looks_secret_resolves_when_it_is_allowed() {
        let environment = Environment::from([("JIRA_KEY", "SHOP-42"), ("PLUGIN_KEY", "x")]);
        let allowed = ["JIRA_KEY".to_owned()];
        let variables = Variables::new(&environment, &[], BTreeMap::new()).allowing(&allowed);
        assert_eq!(variables.get("JIRA_KEY"), Ok("SHOP-42".into()));
        assert!(
            variables
                .get("PLUGIN_KEY")
                .unwrap_err()
                .contains("env_allow")
        );
    }
}
