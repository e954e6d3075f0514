//! Facts of the git checkout that the demo stands in. The demo may ask git; runbell never does.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What git says, as inputs for runbell.
#[derive(Debug, Default)]
pub(crate) struct Checkout {
    inputs: Vec<(&'static str, String)>,
}

/// Inputs and the `git` arguments whose first line of output fills them.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("RUNBELL_COMMIT_SHA", &["rev-parse", "HEAD"]),
    ("RUNBELL_BRANCH", &["symbolic-ref", "--short", "HEAD"]),
    ("RUNBELL_COMMIT_TITLE", &["log", "-1", "--format=%s"]),
    ("RUNBELL_AUTHOR_NAME", &["log", "-1", "--format=%an"]),
];

impl Checkout {
    /// Asks git; what it cannot say stays unsaid.
    pub(crate) fn read() -> Self {
        let answers = QUESTIONS.iter().filter_map(|(input, arguments)| {
            let output = Command::new("git").args(*arguments).output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let line = text.lines().next()?.trim();
            (output.status.success() && !line.is_empty()).then(|| (*input, line.to_owned()))
        });
        Self {
            inputs: answers.collect(),
        }
    }

    /// The facts, and a run around them.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let started = since.saturating_sub(Duration::from_secs(200)).as_secs();
        let run = [
            ("RUNBELL_STATUS", "failure"),
            ("RUNBELL_PIPELINE_NAME", "demo"),
            ("RUNBELL_RUN_NUMBER", "42"),
            ("RUNBELL_RUN_URL", "https://ci.example.com/runs/42"),
            ("RUNBELL_REPO_SLUG", "runbell/runbell"),
            ("RUNBELL_FAILED_STEPS", "lint, test"),
            (
                "RUNBELL_MESSAGE",
                "**{{author.name}}**, please look at `{{failed.steps}}`.",
            ),
        ];
        run.into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .chain([("RUNBELL_STARTED_AT", started.to_string())])
            .chain(self.inputs.iter().cloned())
    }
}
