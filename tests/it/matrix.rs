//! The fault matrix (delivery rules D-3 to D-6): everything that can come back from an attempt, met
//! once and met always, on the virtual clock. How often it is tried, after which pauses, what it
//! is called, whether it counts as delivered and how long it all may take is reckoned here a second
//! time, from the rules alone.

use std::ops::RangeInclusive;
use std::time::Duration;

use runbell::model::exchange::{Class, FaultKind, Next, Reply};
use runbell::report::Exit;

use crate::clockwork::{
    Meeting, Run, accepted, asking_to_wait, cut, deliver, fault, host, http, ready,
};

/// What chance gives the pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chance {
    Least,
    Most,
}

/// How long a script goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    Once,
    Always,
}

/// What the author asks for.
#[derive(Debug, Clone, Copy)]
struct Rules {
    inputs: &'static [(&'static str, &'static str)],
    /// The lesser of `timeout` and `target_timeout`.
    budget: Duration,
    attempts: usize,
    /// Whether what may have been posted is sent once more.
    again: bool,
}

const fn rules(inputs: &'static [(&'static str, &'static str)], seconds: u64) -> Rules {
    Rules {
        inputs,
        budget: Duration::from_secs(seconds),
        attempts: 4,
        again: true,
    }
}

const USUAL: Rules = rules(&[], 60);

const VARIED: [Rules; 8] = [
    USUAL,
    rules(&[("RUNBELL_TIMEOUT", "10s")], 10),
    rules(&[("RUNBELL_TARGET_TIMEOUT", "3s")], 3),
    rules(
        &[("RUNBELL_TIMEOUT", "1s"), ("RUNBELL_TARGET_TIMEOUT", "1s")],
        1,
    ),
    rules(
        &[
            ("RUNBELL_TIMEOUT", "1h"),
            ("RUNBELL_TARGET_TIMEOUT", "600s"),
        ],
        600,
    ),
    Rules {
        attempts: 1,
        ..rules(&[("RUNBELL_ATTEMPTS", "1")], 60)
    },
    Rules {
        attempts: 10,
        ..rules(&[("RUNBELL_ATTEMPTS", "10")], 60)
    },
    Rules {
        again: false,
        ..rules(&[("RUNBELL_RETRY_AMBIGUOUS", "false")], 60)
    },
];

/// What an attempt meets, and what it is to be called.
#[derive(Debug, Clone)]
struct Row {
    channel: &'static str,
    meeting: Meeting,
    class: Class,
    /// The least wait that was asked for.
    wait: Duration,
}

fn row(channel: &'static str, meeting: Meeting, class: Class, wait_seconds: u64) -> Row {
    Row {
        channel,
        meeting,
        class,
        wait: Duration::from_secs(wait_seconds),
    }
}

/// What is to happen.
#[derive(Debug, PartialEq)]
struct Course {
    classes: Vec<Class>,
    pauses: Vec<Duration>,
    sent_at: Vec<Duration>,
    took: Duration,
}

/// Whether a server says that it failed, and not whether it had posted before.
fn is_server_error(meeting: &Meeting) -> bool {
    matches!(&meeting.answer, Ok(Reply::Http(reply)) if reply.status >= 500)
}

/// Longest that one POST may take (rule D-6).
const HTTP_LIMIT: Duration = Duration::from_secs(15);

/// Reckons the course from the rules.
fn course(row: &Row, met: Met, chance: Chance, rules: &Rules) -> Course {
    let mut course = Course {
        classes: Vec::new(),
        pauses: Vec::new(),
        sent_at: Vec::new(),
        took: Duration::ZERO,
    };
    let mut silences = 0;
    loop {
        course.sent_at.push(course.took);
        let number = course.sent_at.len();
        let left = rules.budget - course.took;
        let (takes, class, wait) = if met == Met::Once && number > 1 {
            (Duration::ZERO, Class::Accepted, Duration::ZERO)
        } else if row.meeting.takes > left.min(HTTP_LIMIT) {
            let class = match (row.class, &row.meeting.answer) {
                (Class::Safe, Err(_)) => Class::Safe,
                _ => Class::Ambiguous,
            };
            (left.min(HTTP_LIMIT), class, Duration::ZERO)
        } else {
            (row.meeting.takes, row.class, row.wait)
        };
        course.took += takes;
        course.classes.push(class);
        silences += usize::from(class == Class::Ambiguous);
        let may_help = match class {
            Class::Safe | Class::Limited => true,
            Class::Transient => rules.again || !is_server_error(&row.meeting),
            Class::Ambiguous => rules.again && silences < 2,
            Class::Accepted | Class::Partial | Class::Unconfirmed | Class::Permanent => false,
        };
        if !may_help || number == rules.attempts {
            return course;
        }
        let floor = Duration::from_millis(200);
        let bound = Duration::from_secs([1, 2, 4, 8][(number - 1).min(3)]);
        let is_asked = class == Class::Limited || !wait.is_zero();
        let pause = match chance {
            Chance::Least => floor.max(wait),
            Chance::Most => bound.max(wait) + Duration::from_secs(u64::from(is_asked)),
        };
        if pause + Duration::from_secs(1) > rules.budget - course.took {
            return course;
        }
        course.pauses.push(pause);
        course.took += pause;
    }
}

/// Holds what happened against what was to happen.
#[track_caller]
fn check(run: &Run, row: &Row, met: Met, chance: Chance, rules: &Rules) {
    let place = format!("{row:?} {met:?} {chance:?} {:?}", rules.inputs);
    let expected = course(row, met, chance, rules);
    let pauses = run.told.iter().filter_map(|told| match told.next {
        Next::Again(pause) => Some(pause),
        Next::Done | Next::GiveUp(_) => None,
    });
    let actual = Course {
        classes: run.told.iter().map(|told| told.class).collect(),
        pauses: pauses.collect(),
        sent_at: run.sent.iter().map(|sent| sent.at).collect(),
        took: run.took,
    };
    assert_eq!(actual, expected, "{place}");
    assert!(run.took <= rules.budget, "{place}");
    let (exit, word) = match expected.classes.last() {
        Some(Class::Accepted) => (Exit::Done, "sent"),
        _ => (Exit::Failed, "failed"),
    };
    assert_eq!((run.ending.exit, run.ending.tally.word()), (exit, word));
}

/// Plays rows by these rules, each met once and always, with the least and the greatest chance;
/// says how many runs that were.
async fn play(channel: &'static str, rows: &[Row], rules: &Rules) -> usize {
    let step = ready(&[channel], rules.inputs);
    let mut runs = 0;
    for row in rows.iter().filter(|row| row.channel == channel) {
        for (met, chance) in [
            (Met::Once, Chance::Least),
            (Met::Once, Chance::Most),
            (Met::Always, Chance::Least),
            (Met::Always, Chance::Most),
        ] {
            let mut script = vec![row.meeting.clone()];
            if met == Met::Once {
                script.push(accepted(channel));
            }
            let random = match chance {
                Chance::Least => [0; 16],
                Chance::Most => [255; 16],
            };
            let run = deliver(&step, [(host(channel), script)], || random).await;
            check(&run, row, met, chance, rules);
            runs += 1;
        }
    }
    runs
}

const ROBOTS: [&str; 3] = ["dingtalk", "wecom", "lark"];
const HTTP: [&str; 4] = ["dingtalk", "wecom", "lark", "webhook"];

/// Rule D-3, status by status. A 2xx is decided by the body where a robot answers.
const STATUSES: [(RangeInclusive<u16>, Class); 21] = [
    (100..=199, Class::Permanent),
    (200..=299, Class::Accepted),
    (300..=399, Class::Permanent),
    (400..=407, Class::Permanent),
    (408..=408, Class::Transient),
    (409..=420, Class::Permanent),
    (421..=421, Class::Transient),
    (422..=424, Class::Permanent),
    (425..=425, Class::Transient),
    (426..=428, Class::Permanent),
    (429..=429, Class::Limited),
    (430..=499, Class::Permanent),
    (500..=500, Class::Transient),
    (501..=501, Class::Permanent),
    (502..=504, Class::Transient),
    (505..=506, Class::Permanent),
    (507..=507, Class::Transient),
    (508..=519, Class::Permanent),
    (520..=527, Class::Transient),
    (528..=529, Class::Permanent),
    (530..=530, Class::Transient),
];

fn class_of(status: u16) -> Class {
    let known = STATUSES.iter().find(|(span, _)| span.contains(&status));
    known.map_or(Class::Permanent, |(_, class)| *class)
}

#[tokio::test(start_paused = true)]
async fn every_status_is_tried_as_often_as_it_may() {
    let mut runs = 0;
    for channel in HTTP {
        let rows: Vec<Row> = (100..=599)
            .map(|status| {
                let class = match class_of(status) {
                    Class::Accepted if channel != "webhook" => Class::Unconfirmed,
                    class => class,
                };
                row(channel, http(status, ""), class, 0)
            })
            .collect();
        assert_eq!(rows.len(), 500);
        runs += play(channel, &rows, &USUAL).await;
    }
    assert_eq!(runs, 500 * 4 * HTTP.len());
}

#[tokio::test(start_paused = true)]
async fn a_status_with_a_wait_is_left_alone_that_long() {
    for channel in HTTP {
        let mut rows = Vec::new();
        for status in [408, 421, 425, 429, 500, 502, 503, 504, 507, 520, 527, 530] {
            for seconds in [0, 1, 5, 30, 59, 60, 86_400] {
                let meeting = asking_to_wait(status, "", Some(seconds));
                rows.push(row(channel, meeting, class_of(status), seconds));
            }
        }
        for rules in &VARIED {
            play(channel, &rows, rules).await;
        }
    }
}

/// Rule D-3, the faults on the way.
const FAULTS: [(FaultKind, Class); 15] = [
    (FaultKind::Resolve, Class::Safe),
    (FaultKind::Connect, Class::Safe),
    (FaultKind::ConnectTimeout, Class::Safe),
    (FaultKind::Handshake, Class::Safe),
    (FaultKind::Certificate, Class::Permanent),
    (FaultKind::Forbidden, Class::Permanent),
    (FaultKind::ProxyLogin, Class::Permanent),
    (FaultKind::Proxy, Class::Safe),
    (FaultKind::ProxyRefused, Class::Permanent),
    (FaultKind::Interrupted, Class::Safe),
    (FaultKind::ReplyTimeout, Class::Ambiguous),
    (FaultKind::Broken, Class::Ambiguous),
    (FaultKind::Protocol, Class::Permanent),
    (FaultKind::Unreadable, Class::Permanent),
    (FaultKind::StartTls, Class::Permanent),
];

#[tokio::test(start_paused = true)]
async fn every_fault_on_the_way_is_tried_as_often_as_it_may() {
    for kind in FaultKind::ALL {
        let listed = FAULTS.iter().filter(|(known, _)| *known == kind).count();
        assert_eq!(listed, 1, "{kind:?}");
    }
    let after = [0, 1, 4, 14, 20].map(Duration::from_secs);
    for channel in HTTP {
        let rows: Vec<Row> = FAULTS
            .iter()
            .flat_map(|(kind, class)| {
                after.map(|takes| row(channel, fault(*kind).after(takes), *class, 0))
            })
            .collect();
        for rules in &VARIED {
            play(channel, &rows, rules).await;
        }
    }
}

/// Rule D-4: status, body, class, least wait in seconds.
const BODIES: &[(&str, &[u16], &str, Class, u64)] = &[
    // DingTalk.
    (
        "dingtalk",
        &[200, 400],
        r#"{"errcode":130101}"#,
        Class::Limited,
        600,
    ),
    (
        "dingtalk",
        &[200, 400],
        r#"{"errcode":410100}"#,
        Class::Limited,
        600,
    ),
    (
        "dingtalk",
        &[200, 400],
        r#"{"errcode":450101}"#,
        Class::Limited,
        600,
    ),
    (
        "dingtalk",
        &[200, 400],
        r#"{"errcode":660026}"#,
        Class::Limited,
        600,
    ),
    (
        "dingtalk",
        &[200, 400],
        r#"{"status":1111,"punish":"deny"}"#,
        Class::Limited,
        300,
    ),
    (
        "dingtalk",
        &[200],
        r#"{"status":1111,"punish":"deny","wait":400}"#,
        Class::Limited,
        400,
    ),
    (
        "dingtalk",
        &[200],
        r#"{"status":1111,"punish":"deny","wait":5}"#,
        Class::Limited,
        300,
    ),
    (
        "dingtalk",
        &[200, 400],
        r#"{"errcode":-1}"#,
        Class::Transient,
        0,
    ),
    (
        "dingtalk",
        &[200, 400],
        r#"{"errcode":310000}"#,
        Class::Permanent,
        0,
    ),
    (
        "dingtalk",
        &[200],
        r#"{"errcode":460101}"#,
        Class::Permanent,
        0,
    ),
    (
        "dingtalk",
        &[200],
        r#"{"errcode":90030}"#,
        Class::Permanent,
        0,
    ),
    (
        "dingtalk",
        &[200, 400],
        r#"{"errcode":7654321}"#,
        Class::Permanent,
        0,
    ),
    // WeCom.
    (
        "wecom",
        &[200, 400],
        r#"{"errcode":45009}"#,
        Class::Limited,
        60,
    ),
    (
        "wecom",
        &[200, 400],
        r#"{"errcode":45033}"#,
        Class::Limited,
        0,
    ),
    (
        "wecom",
        &[200, 400],
        r#"{"errcode":-1}"#,
        Class::Transient,
        0,
    ),
    (
        "wecom",
        &[200, 400],
        r#"{"errcode":6000}"#,
        Class::Transient,
        0,
    ),
    (
        "wecom",
        &[200, 400],
        r#"{"errcode":40058}"#,
        Class::Permanent,
        0,
    ),
    (
        "wecom",
        &[200, 400],
        r#"{"errcode":93000}"#,
        Class::Permanent,
        0,
    ),
    (
        "wecom",
        &[200, 400],
        r#"{"errcode":7654321}"#,
        Class::Permanent,
        0,
    ),
    // Lark.
    ("lark", &[200, 400], r#"{"code":11232}"#, Class::Limited, 2),
    (
        "lark",
        &[200, 400],
        r#"{"code":9499,"msg":"too many request"}"#,
        Class::Limited,
        2,
    ),
    (
        "lark",
        &[200, 400],
        r#"{"code":9499,"msg":"Bad Request"}"#,
        Class::Permanent,
        0,
    ),
    ("lark", &[200, 400], r#"{"code":2200}"#, Class::Transient, 0),
    (
        "lark",
        &[200, 400],
        r#"{"code":19021}"#,
        Class::Permanent,
        0,
    ),
    (
        "lark",
        &[200, 400],
        r#"{"code":19022}"#,
        Class::Permanent,
        0,
    ),
    (
        "lark",
        &[200, 400],
        r#"{"code":19024}"#,
        Class::Permanent,
        0,
    ),
    (
        "lark",
        &[200],
        r#"{"code":0,"StatusCode":1}"#,
        Class::Accepted,
        0,
    ),
    (
        "lark",
        &[200],
        r#"{"code":19024,"StatusCode":0}"#,
        Class::Permanent,
        0,
    ),
    ("lark", &[200], r#"{"StatusCode":0}"#, Class::Accepted, 0),
    // A webhook's body is nobody's contract.
    ("webhook", &[200], r#"{"errcode":1}"#, Class::Accepted, 0),
    ("webhook", &[204], "", Class::Accepted, 0),
    ("webhook", &[400], r#"{"errcode":0}"#, Class::Permanent, 0),
];

/// What is no verdict.
const UNREADABLE: [&str; 12] = [
    "",
    " ",
    "<html><body>welcome</body></html>",
    "ok",
    "0",
    "null",
    "true",
    "[]",
    "{}",
    r#"{"errcode":"0","code":"0"}"#,
    r#"{"errcode":null,"code":null}"#,
    r#"{"errcode":0.5,"code":0.5}"#,
];

#[tokio::test(start_paused = true)]
async fn every_body_of_a_robot_is_tried_as_often_as_it_may() {
    let mut rows = Vec::new();
    for (channel, statuses, body, class, wait) in BODIES {
        for status in *statuses {
            rows.push(row(channel, http(*status, body), *class, *wait));
        }
    }
    for robot in ROBOTS {
        for body in UNREADABLE {
            rows.push(row(robot, http(200, body), Class::Unconfirmed, 0));
            rows.push(row(robot, http(204, body), Class::Unconfirmed, 0));
            rows.push(row(robot, http(500, body), Class::Transient, 0));
            rows.push(row(robot, http(400, body), Class::Permanent, 0));
            rows.push(row(robot, cut(body), Class::Ambiguous, 0));
        }
        // More than is read: what came is no JSON.
        let long = format!("{{\"a\":\"{}", "x".repeat(64 * 1024));
        rows.push(row(robot, http(200, &long), Class::Unconfirmed, 0));
        let success = r#"{"errcode":0,"code":0}"#;
        rows.push(row(robot, http(201, success), Class::Accepted, 0));
        rows.push(row(robot, http(302, success), Class::Permanent, 0));
        rows.push(row(robot, http(503, success), Class::Transient, 0));
    }
    // A code that is final, behind a status that asks for patience: rule D-3 decides.
    for (robot, body) in [
        ("dingtalk", r#"{"errcode":310000}"#),
        ("wecom", r#"{"errcode":93000}"#),
        ("lark", r#"{"code":19021}"#),
    ] {
        rows.push(row(robot, http(400, body), Class::Permanent, 0));
        rows.push(row(robot, http(408, body), Class::Transient, 0));
        rows.push(row(robot, http(503, body), Class::Transient, 0));
        rows.push(row(robot, http(501, body), Class::Permanent, 0));
    }
    let limited = r#"{"code":99991400}"#;
    rows.push(row("lark", http(200, limited), Class::Limited, 2));
    rows.push(row(
        "lark",
        asking_to_wait(400, limited, Some(9)),
        Class::Limited,
        9,
    ));
    // A hint raises the wait and never lowers it.
    rows.push(row(
        "wecom",
        asking_to_wait(200, r#"{"errcode":45009}"#, Some(5)),
        Class::Limited,
        60,
    ));
    for channel in HTTP {
        for rules in &VARIED {
            play(channel, &rows, rules).await;
        }
    }
}

/// Rule D-7: silence costs a target one extra copy, however many parts its message has.
#[tokio::test(start_paused = true)]
async fn one_silence_is_forgiven_in_all_parts_together() {
    let text = "a line of the message\n\n".repeat(600);
    let split = [
        ("RUNBELL_MESSAGE", text.as_str()),
        ("RUNBELL_ON_TOO_LONG", "split"),
    ];
    let step = ready(&["wecom"], &split);
    let silent = || fault(FaultKind::Broken);
    let taken = || accepted("wecom");
    let script = vec![silent(), taken(), taken(), silent(), taken()];
    let run = deliver(&step, [(host("wecom"), script)], || [0; 16]).await;
    assert_eq!(run.sent.len(), 4, "{run:#?}");
    assert_eq!(run.ending.exit, Exit::Failed);
    let script = vec![taken(), silent(), taken()];
    let run = deliver(&step, [(host("wecom"), script)], || [0; 16]).await;
    assert_eq!(run.ending.exit, Exit::Done, "{run:#?}");
}
