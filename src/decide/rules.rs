//! `notify_on`: the set of words that make the step speak.

use std::fmt;

use super::standing::{Preceding, Standing};
use crate::input::{FromInput, Input, Kind, List, Reason};
use crate::model::nearest::nearest;
use crate::model::status::{Group, Status, comparison_key};

/// When to speak.
pub static NOTIFY_ON: Input<NotifyOn> = Input::new(
    "notify_on",
    "When to speak: statuses, groups (good, bad, stopped, open, unsure), always, changed, fixed, broken, still_failing, after_success, after_failure",
)
.default("always");

/// When to ring the people that channels name.
pub static MENTION_ON: Input<NotifyOn> = Input::new(
    "mention_on",
    "When to mention people, in the words of notify_on; the message goes all the same",
)
.default("always");

/// A set of triggers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotifyOn(Vec<Trigger>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Trigger {
    Always,
    Status(Status),
    Group(Group),
    Changed,
    Fixed,
    Broken,
    StillFailing,
    AfterSuccess,
    AfterFailure,
    /// A word of some CI or vendor, in its comparison form, and the status it stands for.
    Word(String, Status),
}

/// The words that are neither a status nor a group.
const TRIGGER_WORDS: [(&str, Trigger); 7] = [
    ("always", Trigger::Always),
    ("changed", Trigger::Changed),
    ("fixed", Trigger::Fixed),
    ("broken", Trigger::Broken),
    ("still_failing", Trigger::StillFailing),
    ("after_success", Trigger::AfterSuccess),
    ("after_failure", Trigger::AfterFailure),
];

/// Words that name a special case of their status. One of these in `notify_on` fits a run only
/// when the platform used that very word; any other word fits every run of its status.
const SPECIAL_CASES: &[&str] = &[
    "suspended",
    "blocked",
    "declined",
    "manual",
    "on_hold",
    "unauthorized",
    "action_required",
    "verifying",
    "stale",
    "inactive",
    "aborted",
    "killed",
    "not_built",
    "not_run",
    "neutral",
    "unstable",
    "soft_failed",
    "startup_failure",
    "approval_rejected",
    "expired",
    "finish",
];

/// Special cases that are one state in two languages, and the word of [`SPECIAL_CASES`] for both.
const TRANSLATIONS: &[(&str, &str)] = &[("挂起", "suspended")];

/// The form in which two words for one special case are the same.
fn case_key(word: &str) -> String {
    let key = comparison_key(word);
    let translated = TRANSLATIONS.iter().find(|(other, _)| *other == key);
    translated.map_or(key, |(_, own)| (*own).to_owned())
}

/// Whether a word is the exit code of a script that failed, which is how Bitbucket tells it.
fn is_exit_code(word: &str) -> bool {
    word.parse::<u8>().is_ok_and(|code| code > 0)
}

impl Trigger {
    fn read(word: &str) -> Option<Self> {
        let key = comparison_key(word);
        let trigger = TRIGGER_WORDS.iter().find(|(spelling, _)| *spelling == key);
        let status = || Status::ALL.into_iter().find(|status| status.word() == key);
        let group = || Group::ALL.into_iter().find(|group| group.word() == key);
        trigger
            .map(|(_, trigger)| trigger.clone())
            .or_else(|| status().map(Self::Status))
            .or_else(|| group().map(Self::Group))
            .or_else(|| Status::from_word(word).map(|status| Self::Word(key.clone(), status)))
            .or_else(|| is_exit_code(&key).then(|| Self::Word(key.clone(), Status::Failure)))
    }

    fn word(&self) -> &str {
        match self {
            Self::Always => "always",
            Self::Status(status) => status.word(),
            Self::Group(group) => group.word(),
            Self::Changed => "changed",
            Self::Fixed => "fixed",
            Self::Broken => "broken",
            Self::StillFailing => "still_failing",
            Self::AfterSuccess => "after_success",
            Self::AfterFailure => "after_failure",
            Self::Word(word, _) => word,
        }
    }

    fn matches(&self, standing: &Standing) -> bool {
        let now = standing.status.group();
        let bad = now == Group::Bad;
        // Nobody knows how it stood before: a change for the worse is then assumed, because a
        // lost alert is worse than one too many.
        let before = standing
            .previous
            .map(Status::group)
            .filter(|group| *group != Group::Unsure);
        match (self, before) {
            (Self::Always, _) => true,
            (Self::Status(status), _) => *status == standing.status,
            (Self::Group(group), _) => *group == now,
            (Self::Word(word, status), _) => {
                let case = case_key(word);
                let is_special = SPECIAL_CASES.contains(&case.as_str()) || is_exit_code(&case);
                let used = standing.word.as_deref().map(case_key);
                used == Some(case) || (!is_special && *status == standing.status)
            }
            (Self::AfterSuccess, _) => standing.preceding == Preceding::Succeeded,
            (Self::AfterFailure, _) => standing.preceding == Preceding::Failed,
            (Self::Changed | Self::Broken, None) => bad,
            (Self::Fixed | Self::StillFailing, None) => false,
            (Self::Changed, Some(before)) => before != now,
            (Self::Fixed, Some(before)) => before == Group::Bad && now == Group::Good,
            (Self::Broken, Some(before)) => before != Group::Bad && bad,
            (Self::StillFailing, Some(before)) => before == Group::Bad && bad,
        }
    }

    const fn needs_previous_status(&self) -> bool {
        matches!(
            self,
            Self::Changed | Self::Fixed | Self::Broken | Self::StillFailing
        )
    }
}

impl NotifyOn {
    /// The first trigger that matches, by its word.
    pub fn matching(&self, standing: &Standing) -> Option<&str> {
        self.0
            .iter()
            .find(|trigger| trigger.matches(standing))
            .map(Trigger::word)
    }

    /// Whether the set holds nothing but success.
    pub fn is_success_alone(&self) -> bool {
        let is_success = |trigger: &Trigger| match trigger {
            Trigger::Status(status) | Trigger::Word(_, status) => *status == Status::Success,
            _ => false,
        };
        self.0.iter().all(is_success)
    }

    /// The first word that can only be judged with the status of the run before.
    pub fn needing_previous_status(&self) -> Option<&str> {
        self.0
            .iter()
            .find(|trigger| trigger.needs_previous_status())
            .map(Trigger::word)
    }
}

impl fmt::Display for NotifyOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(Trigger::word).collect();
        f.write_str(&words.join(", "))
    }
}

impl FromInput for NotifyOn {
    const KIND: Kind = Kind::List;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let words = List::from_input(text)?.0;
        let mut triggers = Vec::with_capacity(words.len());
        for word in &words {
            // Two of them are words of some CI, too: nobody who writes `false` asks for failures.
            let trigger = Trigger::read(word).filter(|_| !is_silence(word));
            let trigger = trigger.ok_or_else(|| unknown_word(word))?;
            if !triggers.contains(&trigger) {
                triggers.push(trigger);
            }
        }
        if triggers.is_empty() {
            return Err(Reason::new(
                "an empty list",
                "Name what to speak on, such as `failure, fixed`, or take the input out.",
            ));
        }
        Ok(Self(triggers))
    }
}

/// What people write who want nothing said.
const SILENCE: &[&str] = &["none", "never", "nothing", "nobody", "no", "off", "false"];

fn is_silence(word: &str) -> bool {
    SILENCE.contains(&word.to_lowercase().as_str())
}

fn unknown_word(word: &str) -> Reason {
    let known: Vec<&str> = TRIGGER_WORDS
        .iter()
        .map(|(word, _)| *word)
        .chain(Status::ALL.iter().map(|status| status.word()))
        .chain(Group::ALL.iter().map(|group| group.word()))
        .collect();
    let spellings = known.iter().copied().chain(Status::words());
    let nearest =
        nearest(spellings, &comparison_key(word), 3).filter(|(slips, _)| slips * 2 <= word.len());
    Reason::new(
        format!("`{word}` is not one of {}", known.join(", ")),
        match nearest {
            _ if word.contains(char::is_whitespace) => "Separate words by commas.".to_owned(),
            // Of two inputs: when to speak, and when to ring people.
            _ if is_silence(word) => "To say nothing at all, write `enabled: false`; to ring nobody, name nobody to ring.".to_owned(),
            Some((_, nearest)) => format!("Perhaps `{nearest}` is meant."),
            None => "Write one of them, such as `failure`.".to_owned(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_refused_with_the_nearest_one() {
        let reason = NotifyOn::from_input("failure, fixd").unwrap_err();
        assert!(
            reason.wrong.starts_with("`fixd` is not one of always,"),
            "{reason:?}"
        );
        let silence =
            "To say nothing at all, write `enabled: false`; to ring nobody, name nobody to ring.";
        for (word, fix) in [
            ("fixd", "Perhaps `fixed` is meant."),
            ("failur", "Perhaps `failure` is meant."),
            ("alwasy", "Perhaps `always` is meant."),
            // The words of CI systems, too.
            ("faild", "Perhaps `fail` is meant."),
            ("pased", "Perhaps `passed` is meant."),
            ("bogus", "Write one of them, such as `failure`."),
            ("never", silence),
            ("none", silence),
            ("False", silence),
            ("failure, off", silence),
            ("after failure please", "Separate words by commas."),
        ] {
            assert_eq!(NotifyOn::from_input(word).unwrap_err().fix, fix, "{word}");
        }
        assert!(NotifyOn::from_input(",").is_err());
    }

    #[test]
    fn spellings_of_one_word_count_once() {
        let set = NotifyOn::from_input("failure; FAILURE\nstill failing; Still-Failing").unwrap();
        assert_eq!(set.to_string(), "failure, still_failing");
        assert_eq!(set.needing_previous_status(), Some("still_failing"));
    }

    #[test]
    fn every_special_case_is_a_known_word() {
        for word in SPECIAL_CASES {
            assert!(Status::from_word(word).is_some(), "{word}");
            assert!(
                matches!(Trigger::read(word), Some(Trigger::Word(..))),
                "{word}"
            );
        }
    }
}
