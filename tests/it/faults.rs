//! The faults of a real network, met by the real program: what the receivers can do wrong on a
//! socket, what the program calls it, how often it tries, how many copies people see, how long it
//! takes, and how much memory. The slow ones go side by side.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use runbell::model::text::head_chars;
use runbell_receivers::proxy::{Proxy, Tunnel};
use runbell_receivers::smtp::{Misbehaviour, Server, Stage};
use runbell_receivers::{Authority, Fault, Receiver, webhook, wecom};

use crate::mail::{mail_server, mailing};
use crate::support::{CaFile, Ended, run, runbell};

/// Checks all cases, many at once: they wait more than they work.
pub(crate) fn side_by_side<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    const HANDS: usize = 12;
    let cases: Mutex<VecDeque<T>> = Mutex::new(cases.into_iter().collect());
    let next = || cases.lock().unwrap().pop_front();
    std::thread::scope(|scope| {
        for _ in 0..HANDS {
            scope.spawn(|| {
                while let Some(case) = next() {
                    check(case);
                }
            });
        }
    });
}

/// How long a run may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Time {
    /// Enough for every attempt.
    Ample,
    /// So little that it ends the attempt.
    Short,
}

impl Time {
    pub(crate) const fn inputs(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::Ample => [
                ("RUNBELL_TIMEOUT", "20s"),
                ("RUNBELL_TARGET_TIMEOUT", "20s"),
            ],
            Self::Short => [("RUNBELL_TIMEOUT", "3s"), ("RUNBELL_TARGET_TIMEOUT", "2s")],
        }
    }

    /// When the process must be gone: one second behind its deadline (rule D-6).
    pub(crate) const fn end(self) -> Duration {
        match self {
            Self::Ample => Duration::from_secs(21),
            Self::Short => Duration::from_secs(3),
        }
    }
}

/// What a fault, met at every attempt, comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Result {
    /// Attempts of the two that are allowed.
    pub(crate) attempts: usize,
    /// The word in the log.
    pub(crate) word: &'static str,
    /// Copies that people see for each attempt.
    pub(crate) copies: usize,
}

pub(crate) const fn comes_to(attempts: usize, word: &'static str, copies: usize) -> Result {
    Result {
        attempts,
        word,
        copies,
    }
}

pub(crate) const NOT_REACHED: Result = comes_to(2, "not reached", 0);
pub(crate) const FAILED: Result = comes_to(1, "failed", 0);

/// A fault, and what it comes to at a robot, whose body decides, and at a webhook, whose status does.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) fault: Fault,
    pub(crate) time: Time,
    robot: Result,
    webhook: Result,
}

fn case(fault: Fault, time: Time, robot: Result, webhook: Result) -> Case {
    Case {
        fault,
        time,
        robot,
        webhook,
    }
}

/// Every fault of a receiver. A redirect leads to `elsewhere`.
pub(crate) fn cases(elsewhere: &str) -> Vec<Case> {
    use Time::{Ample, Short};
    let both = |fault, time, result| case(fault, time, result, result);
    let every = Duration::from_millis(200);
    let silent = comes_to(2, "no verdict", 1);
    let lost = comes_to(2, "no verdict", 0);
    let over = |result| Result {
        attempts: 1,
        ..result
    };
    let taken = comes_to(1, "accepted", 1);
    let untrue = comes_to(1, "accepted", 0);
    let unclear = |copies| comes_to(1, "unconfirmed", copies);
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let mut cases = vec![
        both(Fault::ResetOnAccept, Ample, NOT_REACHED),
        both(Fault::ResetDuringTls, Ample, NOT_REACHED),
        both(Fault::NotTls, Ample, NOT_REACHED),
        both(Fault::WrongHostCertificate, Ample, FAILED),
        both(Fault::ExpiredCertificate, Ample, FAILED),
        both(Fault::ResetAfterRequestHead, Ample, lost),
        both(Fault::ResetAfterRequest, Ample, silent),
        both(Fault::HalfClose, Ample, silent),
        case(Fault::CutBody { keep: 3 }, Ample, silent, taken),
        case(
            Fault::Oversize { bytes: u64::MAX },
            Ample,
            unclear(0),
            untrue,
        ),
        both(Fault::EndlessHeaders { bytes: u64::MAX }, Ample, lost),
        both(Fault::Raw(endless_field()), Ample, lost),
        case(
            Fault::StatusHeadersBody {
                status: 200,
                headers: header("X-Filler", &"a".repeat(64 * 1024)),
                body: br#"{"errcode":0}"#.to_vec(),
            },
            Ample,
            lost,
            untrue,
        ),
        case(Fault::Compressed, Ample, unclear(1), taken),
        both(Fault::Raw(b"SSH-2.0-x\r\n".to_vec()), Ample, lost),
        both(
            Fault::Raw(b"HTTP/1.1 200 OK\r\nConte".to_vec()),
            Ample,
            lost,
        ),
        both(Fault::Status(503), Ample, comes_to(2, "not now", 0)),
        both(Fault::Status(403), Ample, FAILED),
        both(
            Fault::StatusHeadersBody {
                status: 429,
                headers: header("Retry-After", "1"),
                body: Vec::new(),
            },
            Ample,
            comes_to(2, "too fast", 0),
        ),
        case(Fault::Body(b"<html>".to_vec()), Ample, unclear(0), untrue),
        both(Fault::BlackHole, Short, over(NOT_REACHED)),
        both(Fault::DripHandshake { every }, Short, over(NOT_REACHED)),
        both(Fault::DripAnswer { every }, Short, over(silent)),
        case(Fault::DripBody { every }, Short, over(silent), taken),
        both(Fault::Silence, Short, over(silent)),
    ];
    cases.extend([301, 302, 303, 307, 308].map(|status| {
        let location = elsewhere.to_owned();
        both(Fault::Redirect { status, location }, Ample, FAILED)
    }));
    cases
}

/// A response head whose one field goes on and on.
fn endless_field() -> Vec<u8> {
    let mut head = b"HTTP/1.1 200 OK\r\nX-Filler: ".to_vec();
    head.resize(8 << 20, b'a');
    head
}

/// A robot and a webhook, side by side.
struct Pair {
    robot: Receiver,
    webhook: Receiver,
    ca_file: CaFile,
}

impl Pair {
    fn start() -> Self {
        let authority = Authority::new().unwrap();
        Self {
            robot: Receiver::start(wecom::Robot::new("0123456789"), &authority).unwrap(),
            webhook: Receiver::start(webhook::Endpoint::new("/h"), &authority).unwrap(),
            ca_file: CaFile::write(&authority),
        }
    }

    /// Lets both meet a fault that many times, and tells them something.
    fn ring(&self, fault: &Fault, times: usize, time: Time) -> (Ended, Duration) {
        for receiver in [&self.robot, &self.webhook] {
            receiver.script(vec![fault.clone(); times]);
        }
        let begun = Instant::now();
        let ended = run(runbell()
            .env("RUNBELL_CA_FILE", self.ca_file.path())
            .env("RUNBELL_CA_ONLY", "true")
            .env("RUNBELL_WECOM_WEBHOOK", self.robot.url())
            .env("RUNBELL_WEBHOOK_URL", self.webhook.url())
            .env("RUNBELL_ATTEMPTS", "2")
            .env("RUNBELL_STATUS", "failure")
            .envs(time.inputs()));
        (ended, begun.elapsed())
    }
}

/// The words by which the log calls the attempts at a target.
pub(crate) fn words<'e>(ended: &'e Ended, target: &str) -> Vec<&'e str> {
    let attempt = format!("{target}: attempt ");
    let lines = ended.stdout.lines();
    lines
        .filter_map(|line| line.split_once(&attempt))
        .filter_map(|(_, rest)| rest.split_once(" s: "))
        .filter_map(|(_, rest)| rest.split_once(" ("))
        .map(|(word, _)| word)
        .collect()
}

#[track_caller]
fn check_target(ended: &Ended, receiver: &Receiver, target: &str, result: Result, place: &str) {
    let expected = vec![result.word; result.attempts];
    assert_eq!(words(ended, target), expected, "{place}: {ended:#?}");
    assert_eq!(receiver.connections(), result.attempts, "{place}");
    // Rule D-7.
    assert!(result.copies * result.attempts <= 2, "{place}");
    assert_eq!(
        receiver.posted(),
        shown(target, result.copies * result.attempts),
        "{place}"
    );
}

/// How many copies people see of so many: a webhook knows a second one by its id.
fn shown(target: &str, copies: usize) -> usize {
    match target {
        "webhook" => copies.min(1),
        _ => copies,
    }
}

#[test]
fn every_fault_that_goes_on_has_its_name_and_its_end() {
    let elsewhere = Pair::start();
    let cases = cases(&elsewhere.webhook.url());
    side_by_side(&cases, |case| {
        let pair = Pair::start();
        let (ended, took) = pair.ring(&case.fault, 2, case.time);
        let place = head_chars(&format!("{:?}", case.fault), 200);
        check_target(&ended, &pair.robot, "wecom", case.robot, &place);
        check_target(&ended, &pair.webhook, "webhook", case.webhook, &place);
        assert_eq!(ended.code, Some(1), "{place}: {ended:#?}");
        assert!(took < case.time.end(), "{place}: {took:?}");
    });
    assert_eq!(elsewhere.webhook.connections(), 0);
}

#[test]
fn a_head_without_end_is_called_so() {
    for fault in [
        Fault::EndlessHeaders { bytes: u64::MAX },
        Fault::Raw(endless_field()),
    ] {
        let pair = Pair::start();
        let (ended, _) = pair.ring(&fault, 2, Time::Ample);
        let told = ended
            .stdout
            .matches("the reply broke off: its head is longer than is read");
        assert!(told.count() >= 2, "{ended:#?}");
    }
}

#[test]
fn every_fault_that_passes_is_survived() {
    let cases = cases("https://127.0.0.1:9/");
    let passing = cases.into_iter().filter(|case| case.robot.attempts == 2);
    side_by_side(passing, |case| {
        let pair = Pair::start();
        let (ended, _) = pair.ring(&case.fault, 1, case.time);
        let place = head_chars(&format!("{:?}", case.fault), 200);
        let place = format!("{place}: {ended:#?}");
        assert_eq!(ended.code, Some(0), "{place}");
        for (receiver, target, result) in [
            (&pair.robot, "wecom", case.robot),
            (&pair.webhook, "webhook", case.webhook),
        ] {
            let connections = result.attempts;
            assert_eq!(receiver.connections(), connections, "{target} {place}");
            assert_eq!(words(&ended, target).last(), Some(&"accepted"), "{place}");
            let copies = shown(target, result.copies + usize::from(result.attempts == 2));
            assert_eq!(receiver.posted(), copies, "{target} {place}");
        }
    });
}

#[test]
fn a_port_that_is_closed_and_a_certificate_of_strangers() {
    let pair = Pair::start();
    let gone = Pair::start();
    let url = gone.webhook.url();
    drop(gone);
    let stranger = Pair::start();
    let ended = run(runbell()
        .env("RUNBELL_CA_FILE", pair.ca_file.path())
        .env("RUNBELL_CA_ONLY", "true")
        .env("RUNBELL_WECOM_WEBHOOK", stranger.robot.url())
        .env("RUNBELL_WEBHOOK_URL", url)
        .env("RUNBELL_ATTEMPTS", "2")
        .env("RUNBELL_STATUS", "failure"));
    assert_eq!(words(&ended, "webhook"), ["not reached"; 2], "{ended:#?}");
    assert_eq!(words(&ended, "wecom"), ["failed"], "{ended:#?}");
    assert_eq!(stranger.robot.received().len(), 0);
}

#[test]
fn every_fault_of_a_proxy_has_its_name_and_its_end() {
    let refusing = [502, 503, 504].map(|status| (Tunnel::Status(status), NOT_REACHED));
    let hopeless = [400, 403, 404, 405, 501].map(|status| (Tunnel::Status(status), FAILED));
    let mute = [Tunnel::Close, Tunnel::Garbage].map(|tunnel| (tunnel, NOT_REACHED));
    let cases = refusing.into_iter().chain(hopeless).chain(mute);
    side_by_side(cases, |(tunnel, result)| {
        let pair = Pair::start();
        let proxy = Proxy::start(tunnel).unwrap();
        check_proxy(&pair, &proxy.url(), Time::Ample, result);
        // One that answers is asked for its reason.
        let asked = match tunnel {
            Tunnel::Close => 1,
            _ => 2,
        };
        assert_eq!(proxy.heads().len(), result.attempts * asked);
    });
    let pair = Pair::start();
    let private = Proxy::start_private("ann", "proxy-password-1").unwrap();
    check_proxy(&pair, &private.url(), Time::Ample, FAILED);
    // It takes the connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    check_proxy(&pair, &url, Time::Short, comes_to(1, "not reached", 0));
}

#[track_caller]
fn check_proxy(pair: &Pair, proxy: &str, time: Time, result: Result) {
    let begun = Instant::now();
    let ended = run(runbell()
        .env("RUNBELL_CA_FILE", pair.ca_file.path())
        .env("RUNBELL_WECOM_WEBHOOK", pair.robot.url())
        .env("RUNBELL_PROXY", proxy)
        .env("RUNBELL_ATTEMPTS", "2")
        .env("RUNBELL_STATUS", "failure")
        .envs(time.inputs()));
    let expected = vec![result.word; result.attempts];
    assert_eq!(words(&ended, "wecom"), expected, "{ended:#?}");
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert_eq!(pair.robot.connections(), 0);
    assert!(begun.elapsed() < time.end());
}

/// The largest memory that a running child has had, in KiB.
#[cfg(target_os = "linux")]
fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let words = line.unwrap().split_whitespace();
    words.clone().nth(1).unwrap().parse().unwrap()
}

/// Rule R-9. The endless one is judged while another target keeps the run alive.
#[cfg(target_os = "linux")]
#[test]
fn what_never_ends_fits_into_memory() {
    let check = |name: &str, target: &str, command: &mut Command| {
        let authority = Authority::new().unwrap();
        let silent = Receiver::start(webhook::Endpoint::new("/h"), &authority).unwrap();
        silent.script([Fault::BlackHole]);
        let mut child = command
            .env("RUNBELL_WEBHOOK_URL", silent.url())
            .env("RUNBELL_ATTEMPTS", "1")
            .env("RUNBELL_STATUS", "failure")
            .envs(Time::Short.inputs())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let attempt = format!("{target}: attempt 1");
        let mut line = String::new();
        while !line.contains(&attempt) {
            line.clear();
            assert!(
                lines.read_line(&mut line).unwrap() > 0,
                "{name} ended early"
            );
        }
        let peak = peak_kib(child.id());
        lines.read_to_string(&mut line).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1), "{name}: {line}");
        println!("{name}: {peak} KiB at most");
        assert!(peak < 64 * 1024, "{name}: {peak} KiB");
    };
    let bytes = u64::MAX;
    let floods = [
        Fault::Oversize { bytes },
        Fault::EndlessHeaders { bytes },
        Fault::Raw(endless_field()),
    ];
    side_by_side(floods, |fault| {
        let pair = Pair::start();
        pair.robot.script([fault.clone()]);
        let mut command = runbell();
        command
            .env("RUNBELL_CA_FILE", pair.ca_file.path())
            .env("RUNBELL_WECOM_WEBHOOK", pair.robot.url());
        let name = head_chars(&format!("{fault:?}"), 40);
        check(&name, "wecom", &mut command);
    });
    let stages = [
        Stage::Greeting,
        Stage::Ehlo,
        Stage::EhloOverTls,
        Stage::Message,
    ];
    let floods = stages.into_iter().flat_map(|stage| {
        let floods = [
            Misbehaviour::Flood { bytes },
            Misbehaviour::LongLine { bytes },
        ];
        floods.map(|flood| (stage, flood))
    });
    side_by_side(floods, |(stage, flood)| {
        let authority = Authority::new().unwrap();
        let server = Server::start(mail_server(), &authority).unwrap();
        let ca_file = CaFile::write(&authority);
        server.script([(stage, flood.clone())]);
        check(
            &format!("{stage:?} {flood:?}"),
            "email",
            &mut mailing(&server, &ca_file),
        );
    });
}
