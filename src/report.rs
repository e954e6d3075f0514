//! What the person reading the log is told, and the exit code.

use std::net::SocketAddr;
use std::time::Duration;

use crate::input::{Input, InputFault, InputReader, InputSpec, Switch};
use crate::model::exchange::{
    Attempt, Class, HttpReply, HttpRequest, MailReply, MailRequest, Next, Outcome, Role, Verdict,
};
use crate::model::message::Language;
use crate::model::text::head_chars;

static FAIL_ON_ERROR: Input<Switch> = Input::new(
    "fail_on_error",
    "Whether a message that could not be delivered fails the step",
)
.default("true");

static VERBOSE: Input<Switch> = Input::new(
    "verbose",
    "Whether the log tells every fact with its source, and every exchange with a receiver",
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
    /// At least one target got no message, or none in the author's words.
    Failed,
    /// Inputs or templates are wrong; nothing was sent.
    WrongInputs,
    /// A bug.
    Bug,
    /// SIGINT ended the run.
    Interrupted,
    /// SIGTERM ended the run.
    Terminated,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongInputs => 2,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Terminated => 143,
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
    /// What came of it, counted.
    pub tally: Tally,
}

impl Ending {
    /// The same, of a run that a signal ended: such a step never passes.
    #[must_use]
    pub fn ended_by(mut self, exit: Exit) -> Self {
        for verdict in [self.lines.last_mut(), Some(&mut self.tally.verdict)] {
            if let Some(verdict) = verdict
                && let Some(failure) = verdict.strip_suffix(PASSES)
            {
                verdict.truncate(failure.len());
            }
        }
        Self { exit, ..self }
    }
}

/// What came of a run, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// How it ended.
    pub settled: Settled,
    /// Targets that got the whole message.
    pub sent: usize,
    /// Targets that did not.
    pub failed: usize,
    /// The last line of the log.
    pub verdict: String,
    /// Every target, in order.
    pub rows: Vec<Row>,
    /// Whether the message held the author's text.
    pub words: Words,
}

/// Whether a message held its author's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// It did, or there is none.
    Theirs,
    /// The template failed, and the message went without it.
    Missing,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Everyone was told.
    Sent,
    /// Something of the message arrived, and not everywhere the whole of it.
    Partial,
    /// Nobody was told.
    Failed,
    /// There was nothing to tell.
    Skipped,
    /// It was printed and not sent.
    DryRun,
}

impl Tally {
    /// The word of the output `status`.
    pub const fn word(&self) -> &'static str {
        match self.settled {
            Settled::Sent => "sent",
            Settled::Partial => "partial",
            Settled::Failed => "failed",
            Settled::Skipped => "skipped",
            Settled::DryRun => "dry-run",
        }
    }

    fn nobody(settled: Settled, verdict: &str) -> Self {
        Self {
            settled,
            sent: 0,
            failed: 0,
            verdict: verdict.to_owned(),
            rows: Vec::new(),
            words: Words::Theirs,
        }
    }
}

/// What became of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub target: String,
    /// What became of it.
    pub text: String,
    /// How much of the message it got.
    pub got: Got,
}

/// How much of a message a target is known to have got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Got {
    /// All of it.
    Whole,
    /// Some parts, or the message without the text that rings people, or some recipients alone.
    Part,
    /// Nothing.
    Nothing,
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

/// Longest part of a reply that a log which tells everything shows, in characters.
const EXCERPT_CHARS: usize = 512;

/// The line that tells everything about one POST: what a reader needs to ask a network's keeper.
pub fn exchange_line(request: &HttpRequest, reply: &HttpReply) -> String {
    format!(
        "POST {}, {} bytes; HTTP {}{}, {} bytes{}",
        request.endpoint.masked(),
        request.body.len(),
        reply.status,
        answered(reply.peer, reply.tls),
        reply.body.len(),
        excerpt(&String::from_utf8_lossy(&reply.body))
    )
}

/// The line that tells everything about one mail transaction but what was said for the login.
pub fn mail_exchange_line(request: &MailRequest, reply: &MailReply) -> String {
    format!(
        "MAIL to {}:{}, {} recipients, {} bytes; SMTP {} at {}{}{}",
        request.server.host,
        request.server.port,
        request.recipients.len(),
        request.mail.len(),
        reply.code,
        reply.step,
        answered(reply.peer, reply.tls),
        excerpt(&reply.text)
    )
}

fn answered(peer: Option<SocketAddr>, tls: Option<&str>) -> String {
    let peer = peer.map(|peer| format!(" from {peer}")).unwrap_or_default();
    let tls = tls.map(|tls| format!(", {tls}")).unwrap_or_default();
    format!("{peer}{tls}")
}

fn excerpt(said: &str) -> String {
    match head_chars(said, EXCERPT_CHARS) {
        said if said.is_empty() => String::new(),
        said => format!(": {said}"),
    }
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
    let verdict = match faults.len() {
        1 => "nothing was sent: one input is wrong".to_owned(),
        count => format!("nothing was sent: {count} faults in the inputs"),
    };
    let tally = Tally::nobody(Settled::Failed, &verdict);
    lines.push(verdict);
    Ending {
        lines,
        exit: Exit::WrongInputs,
        told: Told::NotEveryone,
        tally,
    }
}

/// The ending of a run that stays silent.
pub fn skipped(reason: &str) -> Ending {
    let verdict = format!("nothing to send: {reason}");
    Ending {
        tally: Tally::nobody(Settled::Skipped, &verdict),
        lines: vec![verdict],
        exit: Exit::Done,
        told: Told::Everyone,
    }
}

/// The ending of a run that only printed: `targets` messages, and what would have been wrong.
pub fn rehearsed(targets: usize, faults: Vec<String>, on_failure: OnFailure) -> Ending {
    let count = match targets {
        1 => "1 target".to_owned(),
        many => format!("{many} targets"),
    };
    let verdict = format!("dry run: nothing was sent to {count}");
    let tally = Tally::nobody(Settled::DryRun, &verdict);
    if faults.is_empty() {
        return Ending {
            tally,
            lines: vec![verdict],
            exit: Exit::Done,
            // The next run tells what this one did not.
            told: Told::NotEveryone,
        };
    }
    let lines = faults.into_iter().map(|fault| format!("error: {fault}"));
    failed(
        lines.collect(),
        format!("FAILED: {verdict}"),
        tally,
        on_failure,
    )
}

/// The ending of a run in which the program itself failed.
pub fn broken(fault: &str) -> Ending {
    let verdict = format!("error: {fault}");
    Ending {
        tally: Tally::nobody(Settled::Failed, &verdict),
        lines: vec![verdict],
        exit: Exit::Bug,
        told: Told::NotEveryone,
    }
}

/// The ending of a run that was ended by a signal before it was known whether there is anything to
/// send.
pub fn ended() -> Ending {
    let verdict = "FAILED: nothing was sent, because the run was ended before";
    Ending {
        lines: vec![verdict.to_owned()],
        exit: Exit::Failed,
        told: Told::NotEveryone,
        tally: Tally::nobody(Settled::Failed, verdict),
    }
}

/// The ending of a step that tells of events and cannot read its own: silence could be a lost
/// alert.
pub fn without_event(wrong: &str, on_failure: OnFailure) -> Ending {
    let verdict = "FAILED: nothing was sent, because the event cannot be read";
    failed(
        vec![format!("error: {wrong}")],
        verdict.to_owned(),
        Tally::nobody(Settled::Failed, verdict),
        on_failure,
    )
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
        ..failed(
            lines,
            verdict.to_owned(),
            Tally {
                words: Words::Missing,
                ..ending.tally
            },
            on_failure,
        )
    }
}

/// The ending of a run that spoke; what failed is explained in the reader's language.
pub fn delivered(outcomes: &[Outcome], language: Language, on_failure: OnFailure) -> Ending {
    let missed: Vec<&Outcome> = outcomes.iter().filter(|it| !it.delivered()).collect();
    let sent = outcomes.len() - missed.len();
    let tally = Tally {
        settled: match missed.is_empty() {
            true => Settled::Sent,
            false if outcomes.iter().all(|it| got(it) == Got::Nothing) => Settled::Failed,
            false => Settled::Partial,
        },
        sent,
        failed: missed.len(),
        verdict: String::new(),
        rows: outcomes.iter().map(|it| row(it, language)).collect(),
        words: Words::Theirs,
    };
    if missed.is_empty() && !outcomes.is_empty() {
        let line = match outcomes {
            [one] => format!("sent to {}", one.target),
            all => format!("sent to all {} targets", all.len()),
        };
        return Ending {
            tally: Tally {
                verdict: line.clone(),
                ..tally
            },
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
        [one] if got(one) == Got::Part => format!("FAILED: {} was told in part only", one.target),
        [one] => format!("FAILED: {} got no confirmed message", one.target),
        all => format!(
            "FAILED: {} of {} targets: {}",
            missed.len(),
            all.len(),
            names.join(", ")
        ),
    };
    failed(lines, verdict, tally, on_failure)
}

fn row(outcome: &Outcome, language: Language) -> Row {
    Row {
        target: outcome.target.clone(),
        text: match outcome.delivered() {
            true => format!("accepted ({})", outcome.verdict.code),
            false => explanation(outcome, language),
        },
        got: got(outcome),
    }
}

const fn got(outcome: &Outcome) -> Got {
    match outcome.verdict.class {
        Class::Accepted => Got::Whole,
        Class::Partial => Got::Part,
        _ => Got::Nothing,
    }
}

/// What is said of a failure that does not fail the step.
const PASSES: &str = " (the step passes: `fail_on_error` is false)";

fn failed(mut lines: Vec<String>, verdict: String, tally: Tally, on_failure: OnFailure) -> Ending {
    let (verdict, exit) = match on_failure {
        OnFailure::FailStep => (verdict, Exit::Failed),
        OnFailure::Warn => (format!("{verdict}{PASSES}"), Exit::Done),
    };
    lines.push(verdict.clone());
    Ending {
        lines,
        exit,
        told: Told::NotEveryone,
        tally: Tally { verdict, ..tally },
    }
}

fn explanation(outcome: &Outcome, language: Language) -> String {
    let verdict = &outcome.verdict;
    let meaning = meaning(verdict, language);
    let fix = verdict.fix.as_ref().map(|fix| fix.in_language(language));
    let (code, attempts) = (&verdict.code, outcome.attempts);
    // Without a code of the receiver's own nobody answered, and the reader wants to know where.
    let place = match code.bytes().any(|byte| byte.is_ascii_digit()) {
        true => code.clone(),
        false => outcome.host.clone(),
    };
    match language {
        Language::Chinese => {
            let attempts = match attempts {
                0 | 1 => String::new(),
                many => format!("，共尝试 {many} 次"),
            };
            format!(
                "{meaning}（{place}{attempts}）。{}",
                fix.unwrap_or_default()
            )
        }
        Language::English | Language::Russian => {
            let attempts = match attempts {
                0 | 1 => String::new(),
                many => format!(", {many} attempts"),
            };
            let fix = fix.map(|fix| format!(". {fix}")).unwrap_or_default();
            format!("{meaning} ({place}{attempts}){fix}")
        }
    }
}

/// What is said about a target for which nothing could be made.
pub fn unsent(target: &str, verdict: &Verdict, language: Language) -> String {
    let fix = verdict.fix.as_ref().map(|fix| fix.in_language(language));
    let meaning = meaning(verdict, language);
    format!("{target}: {meaning}. {}", fix.unwrap_or_default())
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

    fn outcome(target: &str, class: Class) -> Outcome {
        Outcome {
            target: target.to_owned(),
            host: "h.example".to_owned(),
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
        let ending = delivered(&all, Language::English, OnFailure::FailStep);
        assert_eq!(
            ending.lines,
            [
                "error: wecom: no such robot (\"gone\") (errcode 7). Copy it again.",
                "FAILED: 1 of 2 targets: wecom",
            ]
        );
        assert_eq!(
            (ending.exit, ending.told),
            (Exit::Failed, Told::NotEveryone)
        );
        assert_eq!(ending.tally.word(), "partial");
        assert_eq!((ending.tally.sent, ending.tally.failed), (1, 1));
        assert_eq!(
            delivered(&all, Language::English, OnFailure::Warn).exit,
            Exit::Done
        );
        let ending = delivered(&all[..1], Language::English, OnFailure::FailStep);
        assert_eq!(ending.lines, ["sent to lark"]);
        assert_eq!((ending.exit, ending.told), (Exit::Done, Told::Everyone));
        assert_eq!(ending.tally.word(), "sent");
        assert_eq!(
            delivered(&all[1..], Language::English, OnFailure::FailStep)
                .tally
                .word(),
            "failed"
        );
    }

    #[test]
    fn a_part_that_arrived_is_told() {
        let (part, none) = (Class::Partial, Class::Unconfirmed);
        for (classes, verdict, word) in [
            (&[part][..], "FAILED: 0 was told in part only", "partial"),
            (&[none], "FAILED: 0 got no confirmed message", "failed"),
            (&[part, none], "FAILED: 2 of 2 targets: 0, 1", "partial"),
            (&[none, none], "FAILED: 2 of 2 targets: 0, 1", "failed"),
        ] {
            let named = classes.iter().enumerate();
            let all: Vec<Outcome> = named
                .map(|(at, class)| outcome(&at.to_string(), *class))
                .collect();
            let tally = delivered(&all, Language::English, OnFailure::FailStep).tally;
            let told = (
                tally.verdict.as_str(),
                tally.word(),
                tally.sent,
                tally.failed,
            );
            assert_eq!(told, (verdict, word, 0, all.len()));
        }
    }

    #[test]
    fn a_step_that_a_signal_ended_does_not_pass() {
        for (class, verdict) in [
            (Class::Accepted, "sent to lark"),
            (Class::Safe, "FAILED: lark got no confirmed message"),
        ] {
            let all = [outcome("lark", class)];
            let ending = delivered(&all, Language::English, OnFailure::Warn);
            let ending = ending.ended_by(Exit::Terminated);
            assert_eq!(ending.exit, Exit::Terminated);
            assert_eq!(ending.lines.last().unwrap(), verdict);
            assert_eq!(ending.tally.verdict, verdict);
        }
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
