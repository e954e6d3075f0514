//! The status of a run: thirteen canonical words in five groups, and every other word that
//! CI systems and vendors use for them.

use std::fmt;

/// How a run stands, in the words that `notify_on` takes and templates print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Finished well.
    Success,
    /// Finished, but not clean (Jenkins' `UNSTABLE`, Buildkite's `soft_failed`).
    Warning,
    /// Finished badly: the work itself failed.
    Failure,
    /// Finished badly: infrastructure or configuration.
    Error,
    /// Stopped by a time limit.
    TimedOut,
    /// Stopped by a person or a newer run.
    Canceled,
    /// Did not run because a condition said so.
    Skipped,
    /// Failed, and somebody chose to ignore it.
    Ignored,
    /// Still at work.
    Running,
    /// Queued.
    Waiting,
    /// A person or a gate must act.
    Paused,
    /// About to be canceled.
    Canceling,
    /// Nobody said, or said it in a word nobody knows.
    Unknown,
}

/// The groups that statuses fall into; change words (`fixed`, `broken`, ...) compare groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Success and warning.
    Good,
    /// Failure, error and timed out.
    Bad,
    /// Canceled, skipped and ignored.
    Stopped,
    /// Running, waiting, paused and canceling.
    Open,
    /// Unknown.
    Unsure,
}

impl Status {
    /// Every status, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Success,
        Self::Warning,
        Self::Failure,
        Self::Error,
        Self::TimedOut,
        Self::Canceled,
        Self::Skipped,
        Self::Ignored,
        Self::Running,
        Self::Waiting,
        Self::Paused,
        Self::Canceling,
        Self::Unknown,
    ];

    /// The canonical word, as inputs and templates spell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::TimedOut => "timed_out",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Ignored => "ignored",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Canceling => "canceling",
            Self::Unknown => "unknown",
        }
    }

    /// The group this status belongs to.
    pub const fn group(self) -> Group {
        match self {
            Self::Success | Self::Warning => Group::Good,
            Self::Failure | Self::Error | Self::TimedOut => Group::Bad,
            Self::Canceled | Self::Skipped | Self::Ignored => Group::Stopped,
            Self::Running | Self::Waiting | Self::Paused | Self::Canceling => Group::Open,
            Self::Unknown => Group::Unsure,
        }
    }

    /// Reads any word that a CI system or a vendor page uses for a status.
    ///
    /// Case, blanks, `-` and `_` do not matter, nor does the second L of "cancelled". `None` for
    /// a word nobody uses; the caller decides what that means (it never means "stay silent").
    pub fn from_word(word: &str) -> Option<Self> {
        let key = comparison_key(word);
        WORDS
            .iter()
            .find(|(spelling, _)| *spelling == key)
            .map(|(_, status)| *status)
    }

    /// Every word that [`Status::from_word`] knows, in its comparison form.
    pub fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(spelling, _)| *spelling)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Group {
    /// Every group, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::Good,
        Self::Bad,
        Self::Stopped,
        Self::Open,
        Self::Unsure,
    ];

    /// The group's word, as `notify_on` takes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Stopped => "stopped",
            Self::Open => "open",
            Self::Unsure => "unsure",
        }
    }
}

/// Brings two spellings of one word together: `Timed Out`, `timed-out` and `TIMED_OUT`.
pub fn comparison_key(word: &str) -> String {
    word.trim()
        .to_lowercase()
        .replace(['-', ' '], "_")
        .replace("cancell", "cancel")
}

/// Every known spelling, already brought to its [`comparison_key`].
///
/// Sources: the vendor words collected in the platform reference (GitHub, Drone, Woodpecker,
/// GitLab, Jenkins, Alibaba Flow, CodeArts, Gitee, Harness, CircleCI, Azure, Buildkite, Tekton)
/// and the Chinese words of the hosted products. `unkown` is misspelt by one vendor.
const WORDS: &[(&str, Status)] = &[
    ("success", Status::Success),
    ("succeeded", Status::Success),
    ("succeed", Status::Success),
    ("succ", Status::Success),
    ("successful", Status::Success),
    ("passed", Status::Success),
    ("ok", Status::Success),
    ("completed", Status::Success),
    ("neutral", Status::Success),
    ("true", Status::Success),
    ("0", Status::Success),
    ("成功", Status::Success),
    ("通过", Status::Success),
    ("已完成", Status::Success),
    ("任务构建成功", Status::Success),
    ("应用部署成功", Status::Success),
    ("task_successful", Status::Success),
    ("application_deployed", Status::Success),
    ("successfully_run", Status::Success),
    ("успех", Status::Success),
    ("успешно", Status::Success),
    ("warning", Status::Warning),
    ("unstable", Status::Warning),
    ("soft_failed", Status::Warning),
    ("succeededwithissues", Status::Warning),
    ("succeeded_with_issues", Status::Warning),
    ("ignore_failed", Status::Warning),
    ("passed_with_warning", Status::Warning),
    ("failure", Status::Failure),
    ("failed", Status::Failure),
    ("fail", Status::Failure),
    ("failing", Status::Failure),
    ("hard_failed", Status::Failure),
    ("approval_rejected", Status::Failure),
    ("false", Status::Failure),
    ("失败", Status::Failure),
    ("不通过", Status::Failure),
    ("任务构建失败", Status::Failure),
    ("应用部署失败", Status::Failure),
    ("task_failed", Status::Failure),
    ("deploy_application_failed", Status::Failure),
    ("ошибка", Status::Failure),
    ("неудача", Status::Failure),
    ("error", Status::Error),
    ("errored", Status::Error),
    ("startup_failure", Status::Error),
    ("timed_out", Status::TimedOut),
    ("timeout", Status::TimedOut),
    ("expired", Status::TimedOut),
    ("taskruntimeout", Status::TimedOut),
    ("canceled", Status::Canceled),
    ("cancel", Status::Canceled),
    ("killed", Status::Canceled),
    ("aborted", Status::Canceled),
    ("stop", Status::Canceled),
    ("stopped", Status::Canceled),
    ("stale", Status::Canceled),
    ("inactive", Status::Canceled),
    ("taskruncanceled", Status::Canceled),
    ("应用部署中止", Status::Canceled),
    ("deploy_stopped", Status::Canceled),
    ("终止", Status::Canceled),
    ("中止", Status::Canceled),
    ("取消", Status::Canceled),
    ("已取消", Status::Canceled),
    ("отменено", Status::Canceled),
    ("skipped", Status::Skipped),
    ("skip", Status::Skipped),
    ("not_run", Status::Skipped),
    ("not_built", Status::Skipped),
    ("跳过", Status::Skipped),
    ("пропущено", Status::Skipped),
    ("ignored", Status::Ignored),
    ("failureignored", Status::Ignored),
    ("忽略", Status::Ignored),
    ("running", Status::Running),
    ("in_progress", Status::Running),
    ("handling", Status::Running),
    ("creating", Status::Running),
    ("运行中", Status::Running),
    ("выполняется", Status::Running),
    ("waiting", Status::Waiting),
    ("wait", Status::Waiting),
    ("pending", Status::Waiting),
    ("queued", Status::Waiting),
    ("requested", Status::Waiting),
    ("created", Status::Waiting),
    ("preparing", Status::Waiting),
    ("scheduled", Status::Waiting),
    ("waiting_for_resource", Status::Waiting),
    ("waiting_on_dependencies", Status::Waiting),
    ("等待", Status::Waiting),
    ("paused", Status::Paused),
    ("suspended", Status::Paused),
    ("suspending", Status::Paused),
    ("blocked", Status::Paused),
    ("declined", Status::Paused),
    ("manual", Status::Paused),
    ("on_hold", Status::Paused),
    ("unauthorized", Status::Paused),
    ("action_required", Status::Paused),
    ("verifying", Status::Paused),
    ("暂停", Status::Paused),
    ("挂起", Status::Paused),
    ("приостановлено", Status::Paused),
    ("canceling", Status::Canceling),
    ("unknown", Status::Unknown),
    ("unkown", Status::Unknown),
    ("finish", Status::Unknown),
    ("finished", Status::Unknown),
    ("none", Status::Unknown),
    ("未知", Status::Unknown),
    ("неизвестно", Status::Unknown),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_in_its_comparison_form_and_stands_once() {
        for (at, (word, _)) in WORDS.iter().enumerate() {
            assert_eq!(*word, comparison_key(word), "{word:?} could never match");
            assert!(
                !WORDS[..at].iter().any(|(other, _)| other == word),
                "{word:?} stands twice"
            );
        }
    }

    #[test]
    fn every_canonical_word_reads_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_word(status.word()), Some(status));
        }
    }

    #[track_caller]
    fn check(word: &str, expected: Option<Status>) {
        assert_eq!(Status::from_word(word), expected, "{word:?}");
    }

    /// Every status word of the requirements, by its row.
    #[test]
    fn every_word_of_the_vendor_pages_is_read() {
        for (rows, words, expected) in [
            (
                "S0-014 S1-071",
                &["Completed", "已完成"][..],
                Status::Success,
            ),
            ("S0-015 S1-072", &["Failed", "失败"], Status::Failure),
            ("S0-016 S1-073", &["Paused", "暂停"], Status::Paused),
            ("S0-017 S1-074", &["Suspended", "挂起"], Status::Paused),
            ("S0-018 S1-075", &["Ignored", "忽略"], Status::Ignored),
            (
                "S0-038 S1-082",
                &["Task successful", "任务构建成功"],
                Status::Success,
            ),
            (
                "S0-039 S1-083",
                &["Task failed", "任务构建失败"],
                Status::Failure,
            ),
            (
                "S0-047 S1-088 S1-229",
                &["Application deployed", "应用部署成功", "success"],
                Status::Success,
            ),
            (
                "S0-048 S1-089 S1-230",
                &["Deploy application failed", "应用部署失败", "failure"],
                Status::Failure,
            ),
            (
                "S0-049 S1-090 S1-231",
                &["Deploy stopped", "应用部署中止", "stop"],
                Status::Canceled,
            ),
            ("S1-215 S1-216", &["成功"], Status::Success),
            ("S1-217", &["终止"], Status::Canceled),
            ("S1-218", &["通过"], Status::Success),
            ("S1-219", &["不通过"], Status::Failure),
            ("S2-036", &["Successfully run"], Status::Success),
            ("S2-047", &["UNKOWN", "UNKNOWN"], Status::Unknown),
            ("S2-048", &["RUNNING"], Status::Running),
            ("S2-049", &["WAITING"], Status::Waiting),
            ("S2-050", &["CANCELLING", "canceling"], Status::Canceling),
            ("S2-051", &["CANCELED", "cancelled"], Status::Canceled),
            ("S2-052", &["FINISH"], Status::Unknown),
            ("S2-053", &["SUCCESS"], Status::Success),
            ("S2-054", &["FAIL"], Status::Failure),
            ("S2-055", &["SKIP"], Status::Skipped),
        ] {
            for word in words {
                assert_eq!(Status::from_word(word), Some(expected), "{rows}: {word}");
            }
        }
    }

    #[test]
    fn vendor_words_are_read() {
        for (word, expected) in [
            ("cancelled", Status::Canceled),
            ("CANCELLING", Status::Canceling),
            ("UNKOWN", Status::Unknown),
            ("FAIL", Status::Failure),
            ("SKIP", Status::Skipped),
            (" Timed Out ", Status::TimedOut),
            ("SucceededWithIssues", Status::Warning),
            ("失败", Status::Failure),
            ("挂起", Status::Paused),
            ("Suspended", Status::Paused),
        ] {
            check(word, Some(expected));
        }
    }

    #[test]
    fn a_word_nobody_uses_is_not_guessed() {
        check("succes", None);
        check("", None);
    }
}
