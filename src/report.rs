//! What the person reading the log is told, and the exit code.

use std::time::Duration;

use crate::input::{Input, InputFault, InputReader, InputSpec, Switch};
use crate::model::exchange::{Attempt, Next, Outcome, Role, Verdict};
use crate::model::message::Language;

static FAIL_ON_ERROR: Input<Switch> = Input::new(
    "fail_on_error",
    "Whether a message that could not be delivered fails the step",
)
.default("true");

static VERBOSE: Input<Switch> = Input::new(
    "verbose",
    "Whether the log tells every fact of the run and where it came from",
)
.default("false");

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[&FAIL_ON_ERROR.spec, &VERBOSE.spec];

/// How much the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// What a reader needs.
    Normal,
    /// Every fact and its source too.
    Verbose,
}

impl Verbosity {
    /// Reads the input.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        match reader.value(&VERBOSE) {
            Switch::On => Self::Verbose,
            Switch::Off => Self::Normal,
        }
    }
}

/// What a failed delivery does to the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The step fails.
    FailStep,
    /// The step passes, with a warning.
    Warn,
}

impl OnFailure {
    /// Reads the inputs of this room.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        match reader.value(&FAIL_ON_ERROR) {
            Switch::On => Self::FailStep,
            Switch::Off => Self::Warn,
        }
    }
}

/// Every exit code of the program. Never 78: one CI system takes that for success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was sent, or there was nothing to send.
    Done,
    /// At least one target got no message.
    Failed,
    /// Inputs or templates are wrong; nothing was sent.
    WrongInputs,
    /// A bug.
    Bug,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongInputs => 2,
            Self::Bug => 70,
        }
    }
}

/// The last lines of the log and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The lines; the last one is the verdict.
    pub lines: Vec<String>,
    /// The exit code.
    pub exit: Exit,
    /// Whether everyone who was to be told was told.
    pub told: Told,
}

/// Whether everyone who was to be told was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Yes, or there was nobody to tell.
    Everyone,
    /// At least one target got no message.
    NotEveryone,
}

/// The line for one attempt.
pub fn attempt_line(attempt: &Attempt<'_>) -> String {
    let part = match (attempt.role, attempt.part) {
        (Role::Message, (_, 1)) => String::new(),
        (Role::Message, (number, of)) => format!(" (part {number} of {of})"),
        (Role::Companion, _) => " (mentions)".to_owned(),
    };
    let verdict = attempt.verdict;
    let next = match &attempt.next {
        Next::Done => String::new(),
        Next::Again(pause) => format!("; again in {}", seconds(*pause)),
        Next::GiveUp(reason) => format!("; given up: {reason}"),
    };
    // What ended a target is explained at the end; only what is tried again is explained here.
    let why = match &attempt.next {
        Next::Again(_) => format!(": {}", meaning(verdict, Language::English)),
        Next::Done | Next::GiveUp(_) => String::new(),
    };
    let what = format!("{} ({}){why}", verdict.class.word(), verdict.code);
    format!(
        "{}{part}: attempt {} of {}, {}: {what}{next}",
        attempt.target,
        attempt.number,
        attempt.of,
        seconds(attempt.elapsed)
    )
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// The ending of a run whose inputs are wrong.
pub fn refused(faults: &[InputFault]) -> Ending {
    let mut lines: Vec<String> = faults
        .iter()
        .map(|fault| format!("error: {fault}"))
        .collect();
    lines.push(match faults.len() {
        1 => "nothing was sent: one input is wrong".to_owned(),
        count => format!("nothing was sent: {count} faults in the inputs"),
    });
    Ending {
        lines,
        exit: Exit::WrongInputs,
        told: Told::NotEveryone,
    }
}

/// The ending of a run that stays silent.
pub fn skipped(reason: &str) -> Ending {
    Ending {
        lines: vec![format!("nothing to send: {reason}")],
        exit: Exit::Done,
        told: Told::Everyone,
    }
}

/// The ending of a run whose message went without the author's text.
pub fn without_template(ending: Ending, wrong: &str, on_failure: OnFailure) -> Ending {
    let mut lines = ending.lines;
    lines.push(format!(
        "error: the template {wrong}; the message went without your text"
    ));
    let verdict = match ending.told {
        Told::Everyone => "FAILED: everyone was told, but not in your words",
        Told::NotEveryone => "FAILED: not everyone was told, and nobody in your words",
    };
    Ending {
        told: ending.told,
        ..failed(lines, verdict.to_owned(), on_failure)
    }
}

/// The ending of a run that spoke; what failed is explained in the reader's language.
pub fn delivered(outcomes: &[Outcome], language: Language, on_failure: OnFailure) -> Ending {
    let missed: Vec<&Outcome> = outcomes.iter().filter(|it| !it.delivered()).collect();
    if missed.is_empty() && !outcomes.is_empty() {
        let line = match outcomes {
            [one] => format!("sent to {}", one.target),
            all => format!("sent to all {} targets", all.len()),
        };
        return Ending {
            lines: vec![line],
            exit: Exit::Done,
            told: Told::Everyone,
        };
    }
    let lines = missed
        .iter()
        .map(|outcome| {
            let explanation = explanation(outcome, language);
            format!("error: {}: {explanation}", outcome.target)
        })
        .collect();
    let names: Vec<&str> = missed.iter().map(|it| it.target.as_str()).collect();
    let verdict = match outcomes {
        [one] => format!("FAILED: {} got no confirmed message", one.target),
        all => format!(
            "FAILED: {} of {} targets: {}",
            missed.len(),
            all.len(),
            names.join(", ")
        ),
    };
    failed(lines, verdict, on_failure)
}

fn failed(mut lines: Vec<String>, verdict: String, on_failure: OnFailure) -> Ending {
    let (verdict, exit) = match on_failure {
        OnFailure::FailStep => (verdict, Exit::Failed),
        OnFailure::Warn => (
            format!("{verdict} (the step passes: `fail_on_error` is false)"),
            Exit::Done,
        ),
    };
    lines.push(verdict);
    Ending {
        lines,
        exit,
        told: Told::NotEveryone,
    }
}

fn explanation(outcome: &Outcome, language: Language) -> String {
    let verdict = &outcome.verdict;
    let meaning = meaning(verdict, language);
    let fix = verdict.fix.as_ref().map(|fix| fix.in_language(language));
    let (code, attempts) = (&verdict.code, outcome.attempts);
    match language {
        Language::Chinese => {
            let attempts = match attempts {
                0 | 1 => String::new(),
                many => format!("，共尝试 {many} 次"),
            };
            format!("{meaning}（{code}{attempts}）。{}", fix.unwrap_or_default())
        }
        Language::English | Language::Russian => {
            let attempts = match attempts {
                0 | 1 => String::new(),
                many => format!(", {many} attempts"),
            };
            let fix = fix.map(|fix| format!(". {fix}")).unwrap_or_default();
            format!("{meaning} ({code}{attempts}){fix}")
        }
    }
}

/// What a verdict means, with the receiver's own words behind it.
fn meaning(verdict: &Verdict, language: Language) -> String {
    let meaning = verdict.meaning.in_language(language);
    match (&verdict.quote, language) {
        (None, _) => meaning.to_owned(),
        (Some(quote), Language::Chinese) => format!("{meaning}（“{quote}”）"),
        (Some(quote), _) => format!("{meaning} (\"{quote}\")"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exchange::Class;

    fn outcome(target: &str, class: Class) -> Outcome {
        Outcome {
            target: target.to_owned(),
            verdict: Verdict::new(class, "errcode 7", ["no such robot", "机器人不存在"])
                .quoting(Some("gone".to_owned()))
                .with_fix(["Copy it again.", "请重新复制。"]),
            attempts: 1,
        }
    }

    #[test]
    fn the_last_line_is_the_verdict() {
        let all = [
            outcome("lark", Class::Accepted),
            outcome("wecom", Class::Permanent),
        ];
        assert_eq!(
            delivered(&all, Language::English, OnFailure::FailStep),
            Ending {
                lines: vec![
                    "error: wecom: no such robot (\"gone\") (errcode 7). Copy it again.".to_owned(),
                    "FAILED: 1 of 2 targets: wecom".to_owned(),
                ],
                exit: Exit::Failed,
                told: Told::NotEveryone,
            }
        );
        assert_eq!(
            delivered(&all, Language::English, OnFailure::Warn).exit,
            Exit::Done
        );
        assert_eq!(
            delivered(&all[..1], Language::English, OnFailure::FailStep),
            Ending {
                lines: vec!["sent to lark".to_owned()],
                exit: Exit::Done,
                told: Told::Everyone,
            }
        );
    }

    #[test]
    fn a_failure_is_explained_in_the_readers_language() {
        let mut all = [outcome("wecom", Class::Permanent)];
        for (language, attempts, expected) in [
            (
                Language::English,
                3,
                "error: wecom: no such robot (\"gone\") (errcode 7, 3 attempts). Copy it again.",
            ),
            (
                Language::Russian,
                1,
                "error: wecom: no such robot (\"gone\") (errcode 7). Copy it again.",
            ),
            (
                Language::Chinese,
                3,
                "error: wecom: 机器人不存在（“gone”）（errcode 7，共尝试 3 次）。请重新复制。",
            ),
            (
                Language::Chinese,
                1,
                "error: wecom: 机器人不存在（“gone”）（errcode 7）。请重新复制。",
            ),
        ] {
            all[0].attempts = attempts;
            let ending = delivered(&all, language, OnFailure::FailStep);
            assert_eq!(ending.lines[0], expected, "{language:?} {attempts}");
        }
    }

    #[test]
    fn only_full_acceptance_is_success() {
        for class in [Class::Partial, Class::Unconfirmed, Class::Ambiguous] {
            let all = [outcome("email", class)];
            assert_eq!(
                delivered(&all, Language::English, OnFailure::FailStep).exit,
                Exit::Failed,
                "{class:?}"
            );
        }
    }
}
