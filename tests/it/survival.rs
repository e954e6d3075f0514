//! Fault survival: scripts of one to three faults before a healthy receiver, made from a seed.
//! Every script whose pauses fit the budget is delivered, none is lost while the step passes, and
//! nobody sees more copies than rule D-7 allows.
//!
//! Ten thousand scripts run on the virtual clock in a few seconds. For more, or for others:
//!
//! ```sh
//! RUNBELL_SURVIVAL_SEED=7 RUNBELL_SURVIVAL_COUNT=1000000 \
//!     cargo test --release -p runbell --test it survival -- --nocapture
//! ```
//!
//! The seed counts for the scripts over real sockets too.

use std::cell::Cell;
use std::env;
use std::time::Duration;

use runbell::model::exchange::{Class, FaultKind, MailStep};
use runbell::report::{Exit, Got};
use runbell_receivers::{Authority, Fault, Receiver, dingtalk, lark, webhook, wecom};

use crate::clockwork::{
    Meeting, Run, TARGETS, accepted, asking_to_wait, cut, deliver, fault, host, http, ready, smtp,
};
use crate::faults::side_by_side;
use crate::support::{CaFile, run, runbell};

const SEED: u64 = 20_261_122;
const COUNT: usize = 10_000;

fn number<T: std::str::FromStr>(variable: &str, usual: T) -> T {
    let text = env::var(variable).ok();
    text.map_or(usual, |text| {
        let number = text.parse().ok();
        number.unwrap_or_else(|| panic!("{variable} is no number: {text}"))
    })
}

fn seed() -> u64 {
    number("RUNBELL_SURVIVAL_SEED", SEED)
}

/// Chance that a seed repeats. Source: Steele, Lea and Flood, "SplitMix", 2014.
struct Dice(Cell<u64>);

impl Dice {
    fn new(seed: u64, script: usize) -> Self {
        let dice = Self(Cell::new(seed));
        Self(Cell::new(dice.next() ^ (script as u64) << 20))
    }

    fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut mixed = self.0.get();
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// From nought to below `bound`.
    fn below(&self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_of<'t, T>(&self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len())]
    }

    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }
}

/// Whether people see the message of an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Seen,
    Unseen,
}

/// A fault on the virtual clock.
#[derive(Debug, Clone)]
struct Stumble {
    meeting: Meeting,
    class: Class,
    /// The least wait that it asks for.
    wait: Duration,
    shown: Shown,
}

/// Throws one fault for a channel.
fn stumble(dice: &Dice, channel: &str) -> Stumble {
    let seconds = |bound| Duration::from_secs(dice.below(bound) as u64);
    let plain = |meeting: Meeting, class| Stumble {
        meeting,
        class,
        wait: Duration::ZERO,
        shown: Shown::Unseen,
    };
    let either = |it: Stumble| Stumble {
        shown: *dice.one_of(&[Shown::Seen, Shown::Unseen]),
        ..it
    };
    let before = [
        FaultKind::Resolve,
        FaultKind::Connect,
        FaultKind::ConnectTimeout,
        FaultKind::Handshake,
        FaultKind::Proxy,
        FaultKind::Interrupted,
    ];
    let silent = [FaultKind::ReplyTimeout, FaultKind::Broken];
    let hopeless = [
        FaultKind::Certificate,
        FaultKind::ProxyLogin,
        FaultKind::ProxyRefused,
    ];
    match (dice.below(100), channel) {
        (0..35, _) => plain(fault(*dice.one_of(&before)).after(seconds(6)), Class::Safe),
        (35..50, _) => either(plain(
            fault(*dice.one_of(&silent)).after(seconds(15)),
            Class::Ambiguous,
        )),
        (50..53, _) => plain(fault(*dice.one_of(&hopeless)), Class::Permanent),
        (53..80, "email") => {
            let step = *dice.one_of(&[MailStep::Greeting, MailStep::Recipients, MailStep::Message]);
            plain(smtp(step, 451).after(seconds(4)), Class::Transient)
        }
        (80..100, "email") => plain(smtp(MailStep::Greeting, 421), Class::Transient),
        (53..75, _) => {
            let status = *dice.one_of(&[408, 425, 500, 502, 503, 504, 507, 521, 530]);
            either(plain(http(status, "").after(seconds(4)), Class::Transient))
        }
        (75..90, _) => {
            let asked = dice.below(40) as u64;
            Stumble {
                wait: Duration::from_secs(asked),
                ..plain(asking_to_wait(429, "", Some(asked)), Class::Limited)
            }
        }
        (90..93, "wecom") => Stumble {
            wait: Duration::from_secs(60),
            ..plain(http(200, r#"{"errcode":45009}"#), Class::Limited)
        },
        (90..93, "lark") => Stumble {
            wait: Duration::from_secs(2),
            ..plain(http(400, r#"{"code":11232}"#), Class::Limited)
        },
        (90..95, "dingtalk" | "wecom") => plain(http(200, r#"{"errcode":-1}"#), Class::Transient),
        (93..95, "lark") => plain(http(200, r#"{"code":2200}"#), Class::Transient),
        (95..97, "dingtalk" | "wecom" | "lark") => either(plain(cut("{\"er"), Class::Ambiguous)),
        (97..98, "dingtalk" | "wecom" | "lark") => {
            either(plain(http(200, "<html>"), Class::Unconfirmed))
        }
        _ => plain(http(403, ""), Class::Permanent),
    }
}

/// What the rules say of a script: it must arrive, it cannot, or chance decides about its pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Delivered,
    Lost,
    Open,
}

const BUDGET: Duration = Duration::from_secs(60);

fn fate(script: &[Stumble]) -> Fate {
    let is_final = |it: &Stumble| matches!(it.class, Class::Permanent | Class::Unconfirmed);
    let silences = script.iter().filter(|it| it.class == Class::Ambiguous);
    if script.iter().any(is_final) || silences.count() > 1 {
        return Fate::Lost;
    }
    let second = Duration::from_secs(1);
    let fits = |most: bool| {
        let mut at = Duration::ZERO;
        script.iter().zip([1, 2, 4]).all(|(it, bound)| {
            at += it.meeting.takes;
            let pause = match (most, it.class) {
                (true, Class::Limited) => it.wait.max(second * bound) + second,
                (true, _) => second * bound,
                (false, _) => it.wait.max(Duration::from_millis(200)),
            };
            at += pause;
            at + second <= BUDGET
        })
    };
    match (fits(true), fits(false)) {
        (true, _) => Fate::Delivered,
        (_, false) => Fate::Lost,
        _ => Fate::Open,
    }
}

/// What all scripts came to.
#[derive(Debug, Default)]
struct Figures {
    scripts: usize,
    /// Those that must be delivered.
    survivable: usize,
    delivered: usize,
    lost: usize,
    /// How many scripts showed that many copies.
    copies: [usize; 6],
    attempts: usize,
    longest: Duration,
}

/// Judges one target of a run.
fn judge(run: &Run, channel: &str, script: &[Stumble], figures: &mut Figures, place: &str) {
    let host = host(channel);
    let attempts = run.sent.iter().filter(|sent| sent.host == host).count();
    let told: Vec<Class> = run
        .told
        .iter()
        .filter(|told| told.target == channel)
        .map(|told| told.class)
        .collect();
    let place = || format!("{place}, {channel}: {script:#?} came to {told:?}");
    let mut rows = run.ending.tally.rows.iter();
    let row = rows.find(|row| row.target == channel);
    let delivered = row.is_some_and(|row| row.got == Got::Whole);
    // Each attempt that was made is called what it was; one that the end of the time cuts off is
    // silence, unless nothing was sent.
    let sent = run.sent.iter().filter(|sent| sent.host == host);
    let healthy = Stumble {
        meeting: accepted(channel),
        class: Class::Accepted,
        wait: Duration::ZERO,
        shown: Shown::Seen,
    };
    let expected: Vec<Class> = script
        .iter()
        .chain([&healthy])
        .zip(sent)
        .map(|(it, sent)| match sent.at + it.meeting.takes > BUDGET {
            true if it.class != Class::Safe => Class::Ambiguous,
            _ => it.class,
        })
        .collect();
    assert_eq!(told, expected, "{}", place());
    match fate(script) {
        Fate::Delivered => {
            figures.survivable += 1;
            assert!(delivered, "{}", place());
        }
        Fate::Lost => assert!(!delivered, "{}", place()),
        Fate::Open => {}
    }
    let met = &script[..attempts.min(script.len())];
    let seen = met.iter().filter(|it| it.shown == Shown::Seen);
    let by_silence = seen
        .clone()
        .filter(|it| it.class != Class::Transient)
        .count();
    let healthy = usize::from(attempts > script.len());
    let copies = seen.count() + healthy;
    // Told is told: a success that nobody saw is the worst of all.
    assert_eq!(delivered, healthy == 1, "{}", place());
    // Rule D-7: silence shows one copy more, and a receiver that posts and answers 5xx one each.
    assert!(by_silence + healthy <= 2, "{}", place());
    assert!(copies <= attempts && attempts <= 4, "{}", place());
    figures.scripts += 1;
    figures.delivered += usize::from(delivered);
    figures.lost += usize::from(!delivered);
    figures.copies[copies] += 1;
    figures.attempts += attempts;
}

#[tokio::test(start_paused = true)]
async fn what_can_be_survived_on_the_virtual_clock_is() {
    let seed = seed();
    let count = number("RUNBELL_SURVIVAL_COUNT", COUNT);
    let channels = TARGETS.map(|(channel, ..)| channel);
    let step = ready(&channels, &[]);
    let mut figures = Figures::default();
    for number in 0..count.div_ceil(channels.len()) {
        let dice = Dice::new(seed, number);
        let scripts = channels.map(|channel| {
            let script: Vec<Stumble> = (0..=dice.below(3))
                .map(|_| stumble(&dice, channel))
                .collect();
            (channel, script)
        });
        let meetings = scripts.iter().map(|(channel, script)| {
            let faults = script.iter().map(|it| it.meeting.clone());
            (host(channel), faults.chain([accepted(channel)]).collect())
        });
        let run = deliver(&step, meetings, || dice.bytes()).await;
        let place = format!("seed {seed}, run {number}");
        let before = figures.lost;
        for (channel, script) in &scripts {
            judge(&run, channel, script, &mut figures, &place);
        }
        let exit = match figures.lost - before {
            0 => Exit::Done,
            _ => Exit::Failed,
        };
        assert_eq!(run.ending.exit, exit, "{place}");
        assert!(run.took <= BUDGET, "{place}");
        figures.longest = figures.longest.max(run.took);
    }
    println!("seed {seed}: {figures:?}");
    assert!(figures.survivable * 2 > figures.scripts, "{figures:?}");
}

/// Faults of a socket that pass, whether people see the message of the attempt, and whether what
/// happened to it is unknown.
fn socket_faults() -> Vec<(Fault, Shown, Class)> {
    use Shown::{Seen, Unseen};
    let header = vec![("Retry-After".to_owned(), "1".to_owned())];
    vec![
        (Fault::ResetOnAccept, Unseen, Class::Safe),
        (Fault::ResetDuringTls, Unseen, Class::Safe),
        (Fault::NotTls, Unseen, Class::Safe),
        (Fault::ResetAfterRequestHead, Unseen, Class::Ambiguous),
        (Fault::ResetAfterRequest, Seen, Class::Ambiguous),
        (Fault::HalfClose, Seen, Class::Ambiguous),
        (Fault::Raw(b"HTTP/1.1 2".to_vec()), Unseen, Class::Ambiguous),
        (
            Fault::EndlessHeaders { bytes: u64::MAX },
            Unseen,
            Class::Ambiguous,
        ),
        (Fault::Status(500), Unseen, Class::Transient),
        (Fault::Status(503), Unseen, Class::Transient),
        (Fault::Status(408), Unseen, Class::Transient),
        (
            Fault::StatusHeadersBody {
                status: 429,
                headers: header,
                body: Vec::new(),
            },
            Unseen,
            Class::Limited,
        ),
        (Fault::WrongHostCertificate, Unseen, Class::Permanent),
        (Fault::Status(404), Unseen, Class::Permanent),
    ]
}

/// Four receivers to a run, each with a script of its own, and the real program.
#[test]
fn what_can_be_survived_over_real_sockets_is() {
    const RUNS: usize = 15;
    let seed = seed();
    let faults = socket_faults();
    side_by_side(0..RUNS, |number| {
        let dice = Dice::new(seed ^ 0x50c4_e700, number);
        let authority = Authority::new().unwrap();
        let ca_file = CaFile::write(&authority);
        let robots = [
            Receiver::start(dingtalk::Robot::new("0123456789"), &authority).unwrap(),
            Receiver::start(wecom::Robot::new("0123456789"), &authority).unwrap(),
            Receiver::start(lark::Robot::new("0123456789"), &authority).unwrap(),
            Receiver::start(webhook::Endpoint::new("/h"), &authority).unwrap(),
        ];
        let scripts = robots.each_ref().map(|robot| {
            let script: Vec<_> = (0..=dice.below(3)).map(|_| dice.one_of(&faults)).collect();
            robot.script(script.iter().map(|(fault, ..)| fault.clone()));
            script
        });
        let ended = run(runbell()
            .env("RUNBELL_CA_FILE", ca_file.path())
            .env("RUNBELL_CA_ONLY", "true")
            .env("RUNBELL_DINGTALK_WEBHOOK", robots[0].url())
            .env("RUNBELL_WECOM_WEBHOOK", robots[1].url())
            .env("RUNBELL_LARK_WEBHOOK", robots[2].url())
            .env("RUNBELL_WEBHOOK_URL", robots[3].url())
            .env("RUNBELL_STATUS", "failure"));
        let mut lost = Vec::new();
        for (robot, script) in robots.iter().zip(&scripts) {
            let place = format!(
                "seed {seed}, run {number}, {}: {script:?}: {ended:#?}",
                robot.name()
            );
            // How far the script is played before it is given up.
            let mut silences = 0;
            let end = script.iter().position(|(_, _, class)| {
                silences += usize::from(*class == Class::Ambiguous);
                *class == Class::Permanent || silences > 1
            });
            let met = &script[..end.map_or(script.len(), |end| end + 1)];
            let healthy = usize::from(end.is_none());
            let seen = met
                .iter()
                .filter(|(_, shown, _)| *shown == Shown::Seen)
                .count();
            // DingTalk and a webhook know the message again by its id.
            let copies = match robot.name() {
                "dingtalk" | "webhook" => (seen + healthy).min(1),
                _ => seen + healthy,
            };
            assert_eq!(robot.connections(), met.len() + healthy, "{place}");
            assert_eq!(robot.posted(), copies, "{place}");
            assert!(copies <= 2, "{place}");
            assert_eq!(robot.violations(), [""; 0], "{place}");
            if healthy == 0 {
                lost.push(robot.name());
            }
        }
        let verdict = match lost.len() {
            0 => "sent to all 4 targets".to_owned(),
            count => format!("FAILED: {count} of 4 targets: {}", lost.join(", ")),
        };
        assert_eq!(ended.verdict(), verdict, "seed {seed}, run {number}");
        assert_eq!(ended.code, Some(i32::from(!lost.is_empty())));
        println!("seed {seed}, run {number}: {verdict}");
    });
}
