//! Whether to speak: how the run stands, and whether that is worth a message.

mod rules;
mod standing;

pub use rules::{MENTION_ON, NOTIFY_ON, NotifyOn};
pub use standing::{EventOutcome, Failures, Preceding, Standing, StatusInputs, StatusSigns, stand};

use crate::input::{Choice, Input, InputSpec, Switch};
use crate::model::decision::Decision;
use crate::model::message::Mention;
use crate::model::status::Status;

/// The switch for the whole step.
pub static ENABLED: Input<Switch> =
    Input::new("enabled", "Whether the step does anything at all").default("true");

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[
    &ENABLED.spec,
    &NOTIFY_ON.spec,
    &MENTION_ON.spec,
    &standing::STATUS.spec,
    &standing::JOB_STATUS.spec,
    &standing::PREVIOUS_STATUS.spec,
    &standing::NEEDS.spec,
    &ON_MISSING_SECRET.spec,
];

/// What to do when secrets are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnMissingSecret {
    /// Fail, except on a change request from a fork, where platforms withhold secrets.
    #[default]
    Fail,
    /// Stay silent, and say so.
    Skip,
}

impl Choice for OnMissingSecret {
    const CHOICES: &'static [(&'static str, Self)] = &[("fail", Self::Fail), ("skip", Self::Skip)];
    const WORDS: &'static [&'static str] = &["fail", "skip"];
}

/// What to do when secrets are missing.
pub static ON_MISSING_SECRET: Input<OnMissingSecret> = Input::new(
    "on_missing_secret",
    "What a missing address or password does; on a change request from a fork, where GitHub, Gitea or Forgejo tell so, it always skips",
)
.default("fail");

/// Decides by the status alone: nothing that a commit says has a voice here (rule D-2).
pub fn decide(enabled: Switch, standing: &Standing, notify_on: &NotifyOn) -> Decision {
    if enabled == Switch::Off {
        return Decision::Skip("`enabled` is false".to_owned());
    }
    let status = standing.status;
    if let Some(trigger) = notify_on.matching(standing) {
        return Decision::Notify(format!("status {status}, `notify_on` has {trigger}"));
    }
    if status == Status::Unknown && !notify_on.is_success_alone() {
        return Decision::Notify(
            "the status is unknown, and silence could hide a failure".to_owned(),
        );
    }
    Decision::Skip(format!(
        "status {status} is not in `notify_on` ({notify_on})"
    ))
}

/// Whether people are rung. As with the message itself, an unknown status rings rather than not.
pub fn mention(standing: &Standing, mention_on: &NotifyOn) -> Mention {
    let unknown = standing.status == Status::Unknown && !mention_on.is_success_alone();
    match mention_on.matching(standing).is_some() || unknown {
        true => Mention::Ring,
        false => Mention::Quiet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::FromInput;

    #[track_caller]
    fn check(notify_on: &str, status: Status, previous: Option<Status>, speaks: bool) {
        let standing = Standing {
            status,
            previous,
            ..Standing::default()
        };
        let decision = decide(
            Switch::On,
            &standing,
            &NotifyOn::from_input(notify_on).unwrap(),
        );
        assert_eq!(
            matches!(decision, Decision::Notify(_)),
            speaks,
            "{notify_on} at {status} after {previous:?}: {decision:?}"
        );
    }

    #[test]
    fn statuses_and_groups_are_matched() {
        check("always", Status::Running, None, true);
        check("failure", Status::Failure, None, true);
        check("failure", Status::Error, None, false);
        check("bad", Status::TimedOut, None, true);
        check("success, FAIL", Status::Failure, None, true);
        check("FAIL", Status::Error, None, false);
        check("good", Status::Canceled, None, false);
    }

    #[test]
    fn change_words_compare_groups() {
        let (good, bad) = (Some(Status::Success), Some(Status::Failure));
        check("fixed", Status::Success, bad, true);
        check("fixed", Status::Success, good, false);
        check("broken", Status::Error, good, true);
        check("broken", Status::Error, bad, false);
        check("still_failing", Status::TimedOut, bad, true);
        check("still-failing", Status::Failure, good, false);
        check("changed", Status::Canceled, good, true);
        check("changed", Status::Warning, good, false);
    }

    #[test]
    fn without_a_previous_status_an_alert_is_not_lost() {
        check("fixed", Status::Success, None, false);
        check("broken", Status::Failure, None, true);
        check("changed", Status::Failure, None, true);
        check("changed", Status::Success, None, false);
        check("still_failing", Status::Failure, None, false);
        check("broken", Status::Failure, Some(Status::Unknown), true);
    }

    #[track_caller]
    fn check_word(notify_on: &str, word: &str, speaks: bool) {
        check_word_for(Status::from_word(word).unwrap(), notify_on, word, speaks);
    }

    #[track_caller]
    fn check_word_for(status: Status, notify_on: &str, word: &str, speaks: bool) {
        let standing = Standing {
            status,
            word: Some(word.to_owned()),
            ..Standing::default()
        };
        let notify_on = NotifyOn::from_input(notify_on).unwrap();
        let decision = decide(Switch::On, &standing, &notify_on);
        assert_eq!(
            matches!(decision, Decision::Notify(_)),
            speaks,
            "{notify_on} at {word}"
        );
    }

    #[test]
    fn vendor_words_are_understood_and_special_cases_kept_apart() {
        check_word("failed", "FAILURE", true);
        check_word("SUCC, FAIL", "failure", true);
        check_word("失败", "failed", true);
        check_word("Suspended", "Suspended", true);
        check_word("Suspended", "挂起", true);
        check_word("挂起", "Suspended", true);
        check_word("挂起", "挂起", true);
        check_word("挂起", "暂停", false);
        check_word("Suspended", "Paused", false);
        check_word("paused", "Suspended", true);
        check_word("UNSTABLE", "SucceededWithIssues", false);
        check_word("warning", "UNSTABLE", true);
    }

    #[test]
    fn an_exit_code_names_the_very_failure() {
        for (notify_on, word, speaks) in [
            ("127", "127", true),
            ("137, 127", "127", true),
            ("127", "1", false),
            ("failure", "127", true),
            ("0", "127", false),
        ] {
            check_word_for(Status::Failure, notify_on, word, speaks);
        }
        assert!(NotifyOn::from_input("256").is_err());
    }

    #[test]
    fn execution_timings_look_at_what_came_before() {
        for (notify_on, preceding, speaks) in [
            ("after_success", Preceding::Succeeded, true),
            ("after_success", Preceding::Failed, false),
            ("after_failure", Preceding::Failed, true),
            ("After-Failure", Preceding::Unclear, false),
            ("always", Preceding::Unclear, true),
        ] {
            let standing = Standing {
                status: Status::Canceled,
                preceding,
                ..Standing::default()
            };
            let set = NotifyOn::from_input(notify_on).unwrap();
            let decision = decide(Switch::On, &standing, &set);
            assert_eq!(
                matches!(decision, Decision::Notify(_)),
                speaks,
                "{notify_on} {preceding:?}"
            );
        }
    }

    #[test]
    fn an_unknown_status_speaks_unless_only_success_was_asked_for() {
        check("failure", Status::Unknown, None, true);
        check("fixed", Status::Unknown, None, true);
        check("success", Status::Unknown, None, false);
        check("passed", Status::Unknown, None, false);
    }

    #[test]
    fn a_step_that_is_off_is_silent() {
        let decision = decide(
            Switch::Off,
            &Standing::default(),
            &NotifyOn::from_input("always").unwrap(),
        );
        assert_eq!(decision, Decision::Skip("`enabled` is false".to_owned()));
    }
}
