//! How the run stands, from several sources in a fixed order.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::input::{FromInput, Input, InputReader, Kind, Reason};
use crate::model::facts::Origin;
use crate::model::status::{Group, Status};
use crate::model::text::clean_line;

/// The status, said by the author.
pub(super) static STATUS: Input<String> = Input::new(
    "status",
    "Status of the run; overrides what the platform says",
);

/// The job's status, said by the runner.
pub(super) static JOB_STATUS: Input<String> = Input::new(
    "job_status",
    "Status of the job, filled in by action.yml; leave it alone",
)
.filled_on_github("${{ job.status }}");

/// The status of the run before.
pub(super) static PREVIOUS_STATUS: Input<String> = Input::new(
    "previous_status",
    "Status of the run before, for changed, fixed, broken and still_failing",
);

/// The results of the jobs before this one.
pub(super) static NEEDS: Input<Needs> = Input::new(
    "needs",
    "Results of earlier jobs as JSON: toJSON(needs) on GitHub, Gitea, Forgejo",
);

/// The results of several jobs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs(BTreeMap<String, Status>);

#[derive(Deserialize)]
struct JobResult {
    result: String,
}

impl FromInput for Needs {
    const KIND: Kind = Kind::Text;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let jobs: BTreeMap<String, JobResult> = serde_json::from_str(text).map_err(|fault| {
            Reason::new(
                format!(
                    "no JSON object of jobs with a `result` each (line {}, column {})",
                    fault.line(),
                    fault.column()
                ),
                "Write `needs: ${{ toJSON(needs) }}`.",
            )
        })?;
        let read = |job: JobResult| Status::from_word(&job.result).unwrap_or(Status::Unknown);
        let mut needs = Self::default();
        let jobs = jobs.into_iter();
        needs.0.extend(jobs.map(|(name, job)| (name, read(job))));
        Ok(needs)
    }
}

impl Needs {
    /// One status for all: any bad one wins, then a canceled one, then one that is not over or
    /// that nobody knows, then a warning; all skipped is skipped.
    fn folded(&self) -> Option<Status> {
        let statuses = || self.0.values().copied();
        statuses().next()?;
        let first_in = |wanted: &[Group]| statuses().find(|it| wanted.contains(&it.group()));
        let canceled = || statuses().find(|status| *status == Status::Canceled);
        let worst = first_in(&[Group::Bad])
            .or_else(canceled)
            .or_else(|| first_in(&[Group::Open, Group::Unsure]))
            .or_else(|| statuses().find(|status| *status == Status::Warning));
        let all_skipped = statuses().all(|status| status == Status::Skipped);
        Some(match worst {
            Some(status) => status,
            None if all_skipped => Status::Skipped,
            None => Status::Success,
        })
    }

    /// The jobs that ended badly.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(_, status)| status.group() == Group::Bad)
            .map(|(name, _)| name.as_str())
    }
}

/// What inputs say about the status.
#[derive(Debug, Clone, Default)]
pub struct StatusInputs {
    /// The input `status`.
    pub status: Option<String>,
    /// The input `needs`.
    pub needs: Option<Needs>,
    /// The input `job_status`.
    pub job_status: Option<String>,
    /// The input `previous_status`.
    pub previous_status: Option<String>,
}

impl StatusInputs {
    /// Reads the inputs of this file.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        Self {
            status: reader.get(&STATUS),
            needs: reader.get(&NEEDS),
            job_status: reader.get(&JOB_STATUS),
            previous_status: reader.get(&PREVIOUS_STATUS),
        }
    }
}

/// What the platform, its facts and the state file say about the status.
#[derive(Debug, Clone)]
pub struct StatusSigns {
    /// The platform's word for this run, with its place.
    pub word: Option<(String, Origin)>,
    /// The platform's word for the run before, with its place.
    pub previous_word: Option<(String, Origin)>,
    /// The outcome that an event file tells, heard when nobody else says anything.
    pub event: Option<EventOutcome>,
    /// Reads the platform's own words, where they differ from the table of all.
    pub status_of: fn(&str) -> Option<Status>,
    /// How the latest run that ended well or badly stood, by the state file.
    pub remembered: Option<Status>,
    /// Whether some fact names a stage or step that failed.
    pub failures: Failures,
}

/// The outcome of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventOutcome {
    /// The status it stands for.
    pub status: Status,
    /// The word it was read from.
    pub word: Option<String>,
    /// The dotted type of the event, for the log.
    pub name: &'static str,
}

/// Whether facts name anything that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failures {
    /// Some stage or step.
    Named,
    /// Nothing, which on most platforms means that nobody knows.
    Unnamed,
}

/// How the tasks before this step ended, for `after_success` and `after_failure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preceding {
    /// All of them well.
    Succeeded,
    /// One of them badly.
    Failed,
    /// Neither can be said.
    #[default]
    Unclear,
}

/// How the run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The status.
    pub status: Status,
    /// The word it was read from, as its source spells it.
    pub word: Option<String>,
    /// How the run before stood, when somebody said so.
    pub previous: Option<Status>,
    /// How the tasks before this step ended.
    pub preceding: Preceding,
    /// Which source decided, for the log.
    pub source: String,
    /// Words that nobody knows, as warnings.
    pub warnings: Vec<String>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            status: Status::Unknown,
            word: None,
            previous: None,
            preceding: Preceding::Unclear,
            source: "nobody said".to_owned(),
            warnings: Vec::new(),
        }
    }
}

/// Judges the sources: `status`, then `needs`, then the platform, then `job_status`, then the event.
///
/// The platform comes before `job_status` because on a `workflow_run` event it speaks of the run
/// that is told about, while `job_status` is that of the telling job. But where all others did well
/// and the telling job itself did not, that is the news.
pub fn stand(inputs: &StatusInputs, signs: &StatusSigns) -> Standing {
    let mut warnings = Vec::new();
    let mut read = |word: &str, place: &str| {
        let known = (signs.status_of)(word).or_else(|| Status::from_word(word));
        known.unwrap_or_else(|| {
            warnings.push(format!(
                "{place} says `{}`, a status nobody knows; it counts as unknown",
                clean_line(word)
            ));
            Status::Unknown
        })
    };
    let folded = inputs.needs.as_ref().and_then(Needs::folded);
    let word = if let Some(word) = &inputs.status {
        Some((word.as_str(), "input `status`".to_owned()))
    } else if folded.is_some() {
        None
    } else if let Some((word, origin)) = &signs.word {
        Some((word.as_str(), origin.to_string()))
    } else {
        let job_status = inputs.job_status.as_deref();
        job_status.map(|word| (word, "input `job_status`".to_owned()))
    };
    let (mut status, mut source) = match (&word, folded) {
        (Some((word, place)), _) => (read(word, place), place.clone()),
        (None, Some(folded)) => (folded, "input `needs`".to_owned()),
        (None, None) => match &signs.event {
            Some(event) => (event.status, format!("event {}", event.name)),
            None => (Status::Unknown, "nobody said".to_owned()),
        },
    };
    // What the others did says nothing about the job this step stands in. In a job that only
    // tells, its own status is success and changes nothing.
    let mut own_word = None;
    if let (None, Some(own)) = (&inputs.status, &inputs.job_status) {
        let own = read(own, "input `job_status`");
        let own_is_worse = own.group() == Group::Bad || own == Status::Canceled;
        let told_is_fine = status.group() == Group::Good || status == Status::Skipped;
        if own_is_worse && told_is_fine {
            (status, source) = (own, "input `job_status`".to_owned());
            own_word = inputs.job_status.clone();
        }
    }
    Standing {
        status,
        word: own_word.or_else(|| match (word, folded, &signs.event) {
            (Some((word, _)), _, _) => Some(word.to_owned()),
            (None, None, Some(event)) => event.word.clone(),
            (None, _, _) => None,
        }),
        previous: previous(inputs, signs, read),
        preceding: preceding(folded, signs.failures, status),
        source,
        warnings,
    }
}

/// How the run before stood. A run that was canceled or skipped hides nothing: behind it, the
/// state file remembers the latest one that ended well or badly.
fn previous(
    inputs: &StatusInputs,
    signs: &StatusSigns,
    mut read: impl FnMut(&str, &str) -> Status,
) -> Option<Status> {
    if let Some(word) = &inputs.previous_status {
        return Some(read(word, "input `previous_status`"));
    }
    let platform = signs
        .previous_word
        .as_ref()
        .map(|(word, origin)| read(word, &origin.to_string()));
    let tells = |status: &Status| matches!(status.group(), Group::Good | Group::Bad);
    platform.filter(tells).or(signs.remembered).or(platform)
}

/// Over the results of earlier jobs, else over what is known to have failed, else over the status.
fn preceding(folded: Option<Status>, failures: Failures, status: Status) -> Preceding {
    let judged = match (folded, failures) {
        (Some(folded), _) => folded,
        (None, Failures::Named) => Status::Failure,
        (None, Failures::Unnamed) => status,
    };
    match judged.group() {
        Group::Good => Preceding::Succeeded,
        Group::Bad => Preceding::Failed,
        Group::Stopped | Group::Open | Group::Unsure => Preceding::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(json: &str) -> Option<Needs> {
        Some(Needs::from_input(json).unwrap())
    }

    #[track_caller]
    fn check_fold(json: &str, expected: Option<Status>) {
        assert_eq!(needs(json).unwrap().folded(), expected, "{json}");
    }

    #[test]
    fn needs_fold_to_one_status() {
        let ok = r#""a":{"result":"success","outputs":{}}"#;
        check_fold(&format!("{{{ok}}}"), Some(Status::Success));
        check_fold(
            &format!(r#"{{{ok},"b":{{"result":"failure"}}}}"#),
            Some(Status::Failure),
        );
        check_fold(
            &format!(r#"{{{ok},"b":{{"result":"cancelled"}}}}"#),
            Some(Status::Canceled),
        );
        check_fold(
            &format!(r#"{{{ok},"b":{{"result":"skipped"}}}}"#),
            Some(Status::Success),
        );
        check_fold(r#"{"b":{"result":"skipped"}}"#, Some(Status::Skipped));
        check_fold(
            &format!(r#"{{{ok},"b":{{"result":"odd"}}}}"#),
            Some(Status::Unknown),
        );
        check_fold(r#"{"b":{"result":"running"}}"#, Some(Status::Running));
        check_fold(r#"{"b":{"result":"unstable"}}"#, Some(Status::Warning));
        check_fold("{}", None);
        assert!(Needs::from_input("[]").is_err());
        assert!(Needs::from_input(r#"{"a":"success"}"#).is_err());
    }

    fn signs() -> StatusSigns {
        StatusSigns {
            event: None,
            word: None,
            previous_word: None,
            status_of: |_| None,
            remembered: None,
            failures: Failures::Unnamed,
        }
    }

    fn said(word: &str) -> Option<(String, Origin)> {
        Some((word.to_owned(), Origin::Variable("X".to_owned())))
    }

    #[test]
    fn the_strongest_source_decides() {
        let mut signs = StatusSigns {
            word: said("killed"),
            ..signs()
        };
        let mut inputs = StatusInputs {
            status: Some("success".into()),
            needs: needs(r#"{"a":{"result":"failure"}}"#),
            job_status: Some("skipped".into()),
            previous_status: None,
        };
        assert_eq!(stand(&inputs, &signs).status, Status::Success);
        inputs.status = None;
        assert_eq!(stand(&inputs, &signs).status, Status::Failure);
        inputs.needs = needs("{}");
        assert_eq!(stand(&inputs, &signs).status, Status::Canceled);
        signs.word = None;
        assert_eq!(stand(&inputs, &signs).status, Status::Skipped);
        inputs.job_status = None;
        assert_eq!(stand(&inputs, &signs), Standing::default());
    }

    #[test]
    fn a_job_that_failed_itself_is_not_hidden_by_others_that_did_well() {
        let well = r#"{"build":{"result":"success"}}"#;
        for (needs_json, platform, own, expected) in [
            (Some(well), None, "failure", Status::Failure),
            (None, said("success"), "cancelled", Status::Canceled),
            (None, said("neutral"), "failure", Status::Failure),
            (None, said("failure"), "success", Status::Failure),
            (Some(well), None, "success", Status::Success),
        ] {
            let inputs = StatusInputs {
                needs: needs_json.and_then(needs),
                job_status: Some(own.to_owned()),
                ..StatusInputs::default()
            };
            let signs = StatusSigns {
                word: platform,
                ..signs()
            };
            let standing = stand(&inputs, &signs);
            assert_eq!(standing.status, expected, "{needs_json:?} {own}");
            let word = standing.word.and_then(|word| Status::from_word(&word));
            assert!(
                word.is_none_or(|word| word == expected),
                "{needs_json:?} {own}: {word:?}"
            );
        }
    }

    #[test]
    fn a_platforms_own_words_come_first() {
        let own = StatusSigns {
            word: said("neutral"),
            status_of: |word| (word == "neutral").then_some(Status::Warning),
            ..signs()
        };
        assert_eq!(
            stand(&StatusInputs::default(), &own).status,
            Status::Warning
        );
    }

    #[test]
    fn a_word_nobody_knows_is_unknown_with_a_warning() {
        let inputs = StatusInputs {
            status: Some("great".into()),
            previous_status: Some("fail".into()),
            ..StatusInputs::default()
        };
        let standing = stand(&inputs, &signs());
        assert_eq!(standing.status, Status::Unknown);
        assert_eq!(standing.previous, Some(Status::Failure));
        assert_eq!(standing.warnings.len(), 1);
    }

    #[track_caller]
    fn check_previous(
        platform: Option<&str>,
        remembered: Option<Status>,
        expected: Option<Status>,
    ) {
        let signs = StatusSigns {
            previous_word: platform.and_then(said),
            remembered,
            ..signs()
        };
        let standing = stand(&StatusInputs::default(), &signs);
        assert_eq!(standing.previous, expected, "{platform:?} {remembered:?}");
    }

    #[test]
    fn a_canceled_run_in_between_hides_nothing() {
        let (good, bad) = (Some(Status::Success), Some(Status::Failure));
        check_previous(Some("success"), bad, good);
        check_previous(Some("killed"), bad, bad);
        check_previous(Some("killed"), None, Some(Status::Canceled));
        check_previous(None, good, good);
        check_previous(None, None, None);
    }

    #[track_caller]
    fn check_preceding(
        needs_json: Option<&str>,
        failures: Failures,
        word: &str,
        expected: Preceding,
    ) {
        let inputs = StatusInputs {
            needs: needs_json.and_then(needs),
            status: Some(word.to_owned()),
            ..StatusInputs::default()
        };
        let signs = StatusSigns {
            failures,
            ..signs()
        };
        assert_eq!(
            stand(&inputs, &signs).preceding,
            expected,
            "{needs_json:?} {word}"
        );
    }

    #[test]
    fn what_came_before_is_judged_by_the_best_that_is_known() {
        let failed = Some(r#"{"a":{"result":"failure"}}"#);
        let canceled = Some(r#"{"a":{"result":"cancelled"}}"#);
        check_preceding(failed, Failures::Unnamed, "success", Preceding::Failed);
        check_preceding(canceled, Failures::Unnamed, "success", Preceding::Unclear);
        check_preceding(None, Failures::Named, "success", Preceding::Failed);
        check_preceding(None, Failures::Unnamed, "success", Preceding::Succeeded);
        check_preceding(None, Failures::Unnamed, "failure", Preceding::Failed);
        check_preceding(None, Failures::Unnamed, "canceled", Preceding::Unclear);
    }
}
