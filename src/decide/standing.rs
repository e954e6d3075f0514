//! How the run stands, from several sources in a fixed order.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::input::{FromInput, Input, Kind, Reason};
use crate::model::facts::Origin;
use crate::model::status::{Group, Status};

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
        Ok(Self(
            jobs.into_iter()
                .map(|(name, job)| (name, read(job)))
                .collect(),
        ))
    }
}

impl Needs {
    /// One status for all: any bad one wins, then a canceled one, then one that nobody knows;
    /// all skipped is skipped.
    fn folded(&self) -> Option<Status> {
        let statuses = || self.0.values().copied();
        statuses().next()?;
        let bad = statuses().find(|status| status.group() == Group::Bad);
        let canceled = || statuses().find(|status| *status == Status::Canceled);
        let unknown = || statuses().find(|status| *status == Status::Unknown);
        let all_skipped = statuses().all(|status| status == Status::Skipped);
        Some(match bad.or_else(canceled).or_else(unknown) {
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

/// What inputs and platform say about the status.
#[derive(Debug, Clone, Default)]
pub struct StatusInputs {
    /// The input `status`.
    pub status: Option<String>,
    /// The input `needs`.
    pub needs: Option<Needs>,
    /// The platform's own word, with its place.
    pub platform: Option<(String, Origin)>,
    /// The input `job_status`.
    pub job_status: Option<String>,
    /// The input `previous_status`, else the platform's word.
    pub previous_status: Option<String>,
}

impl StatusInputs {
    /// Reads the inputs; the platform's words are added by the caller.
    pub fn read(reader: &mut crate::input::InputReader<'_>) -> Self {
        Self {
            status: reader.get(&STATUS),
            needs: reader.get(&NEEDS),
            platform: None,
            job_status: reader.get(&JOB_STATUS),
            previous_status: reader.get(&PREVIOUS_STATUS),
        }
    }
}

/// How the run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The status.
    pub status: Status,
    /// How the run before stood, when somebody said so.
    pub previous: Option<Status>,
    /// Which source decided, for the log.
    pub source: String,
    /// Words that nobody knows, as warnings.
    pub warnings: Vec<String>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            status: Status::Unknown,
            previous: None,
            source: "nobody said".to_owned(),
            warnings: Vec::new(),
        }
    }
}

/// Judges the sources: `status`, then `needs`, then the platform, then `job_status`.
///
/// The platform comes before `job_status` because on a `workflow_run` event it speaks of the run
/// that is told about, while `job_status` is that of the telling job.
pub fn stand(inputs: &StatusInputs) -> Standing {
    let mut standing = Standing::default();
    let mut read = |word: &str, place: &str| {
        Status::from_word(word).unwrap_or_else(|| {
            standing.warnings.push(format!(
                "{place} says `{}`, a status nobody knows; it counts as unknown",
                crate::model::text::head_chars(&crate::model::text::clean_line(word), 80)
            ));
            Status::Unknown
        })
    };
    let found = inputs
        .status
        .as_ref()
        .map(|word| (read(word, "input `status`"), "input `status`".to_owned()))
        .or_else(|| Some((inputs.needs.as_ref()?.folded()?, "input `needs`".to_owned())))
        .or_else(|| {
            let (word, origin) = inputs.platform.as_ref()?;
            let place = origin.to_string();
            Some((read(word, &place), place))
        })
        .or_else(|| {
            let word = inputs.job_status.as_ref()?;
            let place = "input `job_status`".to_owned();
            Some((read(word, &place), place))
        });
    let previous = inputs
        .previous_status
        .as_ref()
        .map(|word| read(word, "the previous status"));
    if let Some((status, source)) = found {
        standing.status = status;
        standing.source = source;
    }
    standing.previous = previous;
    standing
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
        check_fold("{}", None);
        assert!(Needs::from_input("[]").is_err());
        assert!(Needs::from_input(r#"{"a":"success"}"#).is_err());
    }

    #[test]
    fn the_strongest_source_decides() {
        let mut inputs = StatusInputs {
            status: Some("success".into()),
            needs: needs(r#"{"a":{"result":"failure"}}"#),
            platform: Some(("killed".into(), Origin::Variable("X".into()))),
            job_status: Some("skipped".into()),
            previous_status: None,
        };
        assert_eq!(stand(&inputs).status, Status::Success);
        inputs.status = None;
        assert_eq!(stand(&inputs).status, Status::Failure);
        inputs.needs = needs("{}");
        assert_eq!(stand(&inputs).status, Status::Canceled);
        inputs.platform = None;
        assert_eq!(stand(&inputs).status, Status::Skipped);
        inputs.job_status = None;
        assert_eq!(stand(&inputs), Standing::default());
    }

    #[test]
    fn a_word_nobody_knows_is_unknown_with_a_warning() {
        let standing = stand(&StatusInputs {
            status: Some("great".into()),
            previous_status: Some("fail".into()),
            ..StatusInputs::default()
        });
        assert_eq!(standing.status, Status::Unknown);
        assert_eq!(standing.previous, Some(Status::Failure));
        assert_eq!(standing.warnings.len(), 1);
    }
}
