//! Delivery: sends the drafts of every target and tries again where that can help. All targets go
//! at once; those that share a robot follow each other. What comes out is an outcome, never an
//! error, and one target's failure does not touch another.

mod parcel;
mod rest;
mod retry;
mod together;

use std::pin::pin;
use std::time::Duration;

pub use parcel::{Parcel, pack};
use rest::Rest;
use together::{guarded, together, unless};
use tokio::time::Instant;

use crate::channel::Target;
use crate::input::{Count, Input, InputReader, InputSpec, Limit, Switch};
use crate::model::bilingual::Bilingual;
use crate::model::exchange::{
    Attempt, Class, Draft, FaultKind, Next, Outcome, Request, Role, SendFault, Verdict,
};
use crate::outside::Outside;

static TIMEOUT: Input<Limit<1, 3600>> =
    Input::new("timeout", "Longest the whole step may take").default("90s");
static TARGET_TIMEOUT: Input<Limit<1, 600>> = Input::new(
    "target_timeout",
    "Longest that one target may take, pauses included",
)
.default("60s");
static ATTEMPTS: Input<Count<1, 10>> =
    Input::new("attempts", "Most attempts for one target").default("4");
static RETRY_AMBIGUOUS: Input<Switch> = Input::new(
    "retry_ambiguous",
    "Whether to try once more when a message may have arrived unconfirmed",
)
.default("true");

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[
    &TIMEOUT.spec,
    &TARGET_TIMEOUT.spec,
    &ATTEMPTS.spec,
    &RETRY_AMBIGUOUS.spec,
    &DRY_RUN.spec,
];

static DRY_RUN: Input<Switch> = Input::new(
    "dry_run",
    "Whether to print what would be sent instead of sending it; no address is needed",
)
.default("false");

/// Whether anything leaves this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It is sent.
    Real,
    /// It is printed.
    DryRun,
}

impl Sending {
    /// Reads the input.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        match reader.value(&DRY_RUN) {
            Switch::On => Self::DryRun,
            Switch::Off => Self::Real,
        }
    }
}

/// How long and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryRules {
    timeout: Duration,
    target_timeout: Duration,
    attempts: u32,
    ambiguous: retry::Ambiguous,
}

impl DeliveryRules {
    /// Longest that the whole run may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Takes off the time that went by before delivery: `timeout` is for the whole step.
    pub fn spend(&mut self, spent: Duration) {
        self.timeout = self.timeout.saturating_sub(spent);
    }

    /// Reads the inputs of this room.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        Self {
            timeout: reader.value(&TIMEOUT).0,
            target_timeout: reader.value(&TARGET_TIMEOUT).0,
            attempts: reader.value(&ATTEMPTS).0,
            ambiguous: match reader.value(&RETRY_AMBIGUOUS) {
                Switch::On => retry::Ambiguous::Once,
                Switch::Off => retry::Ambiguous::Never,
            },
        }
    }
}

/// Longest that one POST may take, from the connection to the last byte of the reply (rule D-6).
const HTTP_LIMIT: Duration = Duration::from_secs(15);

/// Longest that one mail transaction may take.
const MAIL_LIMIT: Duration = Duration::from_secs(30);

/// How much longer than its limit an attempt may take before it is dropped: whoever sends knows
/// better than we do how far it came, and gets the time to say so.
const GRACE: Duration = Duration::from_millis(100);

/// How long an attempt that is under way may go on once the run was asked to end.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// Delivers all parcels; the outcomes stand in their order.
pub async fn deliver_all<O: Outside>(
    parcels: &[Parcel],
    rules: &DeliveryRules,
    outside: &O,
) -> Vec<Outcome> {
    let deadline = Instant::now() + rules.timeout;
    let mut lanes: Vec<(&str, Vec<(usize, &Parcel)>)> = Vec::new();
    for (at, parcel) in parcels.iter().enumerate() {
        let this = parcel.target.lane.as_str();
        match lanes.iter_mut().find(|(lane, _)| *lane == this) {
            Some((_, members)) => members.push((at, parcel)),
            None => lanes.push((this, vec![(at, parcel)])),
        }
    }
    let runs = lanes.into_iter().map(|(_, members)| async move {
        let mut outcomes = Vec::with_capacity(members.len());
        for (at, parcel) in members {
            let outcome = match &parcel.drafts {
                Ok(drafts) => {
                    let delivery = deliver(&parcel.target, drafts, rules, deadline, outside);
                    let outcome = guarded(pin!(delivery)).await;
                    outcome.unwrap_or_else(|| unsent(&parcel.target, broken()))
                }
                Err(verdict) => unsent(&parcel.target, Verdict::clone(verdict)),
            };
            outcomes.push((at, outcome));
        }
        outcomes
    });
    let mut outcomes: Vec<Option<Outcome>> = parcels.iter().map(|_| None).collect();
    for (at, outcome) in together(runs).await.into_iter().flatten() {
        if let Some(place) = outcomes.get_mut(at) {
            *place = Some(outcome);
        }
    }
    outcomes.into_iter().flatten().collect()
}

/// The verdict on a target whose message or delivery panicked.
fn broken() -> Verdict {
    let meaning = ["runbell itself failed here", "runbell 自身出错"];
    Verdict::new(Class::Permanent, "bug", meaning).with_fix([
        "Please report it, with the line above that names a place in the code.",
        "请反馈此问题，并附上前面指出代码位置的那一行。",
    ])
}

/// The outcome of a target to which nothing was sent.
fn unsent(target: &Target, verdict: Verdict) -> Outcome {
    Outcome {
        target: target.name.clone(),
        host: target.host.0.clone(),
        verdict,
        attempts: 0,
    }
}

/// Delivers to one target: its drafts in order, until one fails.
async fn deliver<O: Outside>(
    target: &Target,
    drafts: &[Draft],
    rules: &DeliveryRules,
    run_deadline: Instant,
    outside: &O,
) -> Outcome {
    let started = Instant::now();
    let deadline = run_deadline.min(started + rules.target_timeout);
    let mut attempts = 0;
    let mut last = Verdict::new(
        Class::Permanent,
        "nothing",
        ["there was nothing to send", "没有可发送的内容"],
    );
    let mut history = retry::History::default();
    let parts = drafts.iter().filter(|it| it.role == Role::Message).count();
    for (at, draft) in drafts.iter().enumerate() {
        if at > 0 {
            // Whether the run was ended meanwhile is looked at before the attempt.
            wait_in(outside, target.channel.gap()).await;
        }
        let part = (at + 1, parts);
        let delivery = deliver_draft(target, draft, part, rules, deadline, &mut history, outside);
        let verdict = delivery.await;
        attempts = history.attempts();
        history = history.of_next_part();
        let accepted = verdict.class == Class::Accepted;
        last = match accepted || at == 0 {
            true => verdict,
            false => in_part(verdict, draft.role, at),
        };
        if !accepted {
            break;
        }
    }
    Outcome {
        target: target.name.clone(),
        host: target.host.0.clone(),
        verdict: last,
        attempts,
    }
}

async fn deliver_draft<O: Outside>(
    target: &Target,
    draft: &Draft,
    part: (usize, usize),
    rules: &DeliveryRules,
    deadline: Instant,
    history: &mut retry::History,
    outside: &O,
) -> Verdict {
    let mut rest = Rest::default();
    loop {
        let started = Instant::now();
        if started >= deadline {
            // Whoever comes after others on one robot may find the time used up.
            let meaning = ["the time was up before it was sent", "尚未发送，时间已用完"];
            let late = Verdict::new(Class::Safe, "no time", meaning).with_fix([
                "Raise `timeout`, or use another robot.",
                "请增大 `timeout`，或换用另一个机器人。",
            ]);
            return rest.together_with(history.remembered_in(late));
        }
        if is_over(outside.stopped()).await {
            return rest.together_with(history.remembered_in(stopped(Class::Safe)));
        }
        let request = rest.narrow(target.channel.request(draft, outside.now()));
        let own_limit = match &request {
            Request::Http(_) => HTTP_LIMIT,
            Request::Mail(_) => MAIL_LIMIT,
        };
        let limit = own_limit.min(deadline.saturating_duration_since(started));
        let sending = tokio::time::timeout(limit + GRACE, outside.send(&request, limit));
        let last_words = async {
            outside.stopped().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let mut left_open = Rest::default();
        let verdict = match unless(pin!(sending), pin!(last_words)).await {
            Some(Ok(Ok(reply))) => {
                let reply = rest.complete(reply);
                let verdict = target.channel.verdict(&reply);
                left_open = Rest::of(&reply, &verdict);
                verdict
            }
            Some(Ok(Err(fault))) => Verdict::from(&fault),
            Some(Err(_)) => Verdict::from(&SendFault::new(FaultKind::ReplyTimeout, "")),
            None => stopped(Class::Ambiguous),
        };
        let elapsed = started.elapsed();
        let remaining = deadline.saturating_duration_since(Instant::now());
        history.add(verdict.class);
        let policy = retry::Policy {
            attempts: rules.attempts,
            ambiguous: rules.ambiguous,
        };
        let next = match is_over(outside.stopped()).await {
            true => Next::Done,
            false => {
                let worth = left_open.worth_of(&verdict);
                retry::next(&worth, history, &policy, remaining, outside.random())
            }
        };
        outside.tell(&Attempt {
            target: &target.name,
            role: draft.role,
            part,
            number: history.attempts(),
            of: rules.attempts,
            verdict: &verdict,
            elapsed,
            next: next.clone(),
        });
        match next {
            Next::Again(pause) => {
                if wait_in(outside, pause).await.is_none() {
                    return rest.together_with(history.remembered_in(cut_short(verdict)));
                }
                rest = left_open.or(rest);
            }
            Next::Done | Next::GiveUp(_) => {
                return rest.together_with(history.remembered_in(verdict));
            }
        }
    }
}

/// The verdict on a target that got the first parts of what was for it and not this one.
fn in_part(verdict: Verdict, role: Role, parts: usize) -> Verdict {
    let verdict = match role {
        Role::Message => verdict.behind(
            &format!("{parts} of its parts were accepted, then"),
            &format!("前 {parts} 部分已送达，随后"),
        ),
        Role::Companion => verdict.behind(
            "the message was accepted, but not the text that mentions people",
            "消息已送达，但提醒成员的文本未送达",
        ),
    };
    Verdict {
        class: Class::Partial,
        ..verdict
    }
}

/// Whether a future is done already.
async fn is_over(future: impl Future<Output = ()>) -> bool {
    unless(pin!(future), std::future::ready(())).await.is_some()
}

/// Lets some time pass; `None` when the run was asked to end before it had.
async fn wait_in(outside: &impl Outside, time: Duration) -> Option<()> {
    unless(pin!(tokio::time::sleep(time)), pin!(outside.stopped())).await
}

/// What the last attempt came to, when the end of the run came before the next one.
fn cut_short(verdict: Verdict) -> Verdict {
    Verdict {
        meaning: Bilingual::composed(
            format!(
                "{}, and the run was ended before the next attempt",
                verdict.meaning.english
            ),
            format!("{}，下一次尝试之前运行已被终止", verdict.meaning.chinese),
        ),
        ..verdict
    }
}

/// The verdict on a target that was not told because the run was asked to end.
fn stopped(class: Class) -> Verdict {
    let meaning = match class {
        Class::Ambiguous => [
            "the run was ended while it waited for the answer",
            "等待回应时运行被终止",
        ],
        _ => [
            "the run was ended before it was sent",
            "尚未发送，运行已被终止",
        ],
    };
    Verdict::new(class, "ended", meaning).with_fix([
        "Something outside ended this step: a canceled run, or the CI's own time limit.",
        "该步骤被外部终止：流水线被取消，或 CI 超时。",
    ])
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;
    use crate::channel;
    use crate::environment::Environment;
    use crate::model::exchange::{
        Content, Drafted, Endpoint, HttpReply, HttpRequest, Reply, ReplyBody,
    };
    use crate::model::facts::RunFacts;
    use crate::model::message::{Language, Mention, Message, MessageId, TooLong};
    use crate::model::status::Status;
    use crate::model::time::UnixMillis;

    /// A world that plays back what each host answers, on the paused clock.
    struct Played {
        script: RefCell<BTreeMap<String, Vec<Result<Reply, SendFault>>>>,
        /// How long every answer takes.
        delay: Duration,
        started: Instant,
        /// When the run is asked to end.
        stops_after: Option<Duration>,
        sent: RefCell<Vec<(u128, String)>>,
    }

    impl Played {
        fn new(script: Script, delay: Duration) -> Self {
            let script = script.into_iter();
            Self {
                script: RefCell::new(script.map(|(host, it)| (host.to_owned(), it)).collect()),
                delay,
                started: Instant::now(),
                stops_after: None,
                sent: RefCell::default(),
            }
        }
    }

    fn message() -> Message {
        Message {
            event: None,
            status: Status::Failure,
            status_word: String::new(),
            previous_status: None,
            status_text: "Failed",
            title: "t".to_owned(),
            subject: "t".to_owned(),
            fields: Vec::new(),
            status_line: None,
            body: Vec::new(),
            written: None,
            link: None,
            facts: RunFacts::new("test").into(),
            mention: Mention::Ring,
            too_long: TooLong::Cut,
            language: Language::English,
            composed_at: UnixMillis(0),
            id: MessageId::new([0; 16]),
        }
    }

    impl Outside for Played {
        fn now(&self) -> UnixMillis {
            UnixMillis(1_700_000_000_000)
        }

        fn random(&self) -> [u8; 16] {
            [0; 16]
        }

        async fn send(&self, request: &Request, _: Duration) -> Result<Reply, SendFault> {
            let Request::Http(request) = request else {
                panic!("only robots here");
            };
            let host = request.endpoint.reveal().host_str().unwrap().to_owned();
            let at = self.started.elapsed().as_millis();
            self.sent.borrow_mut().push((at, host.clone()));
            tokio::time::sleep(self.delay).await;
            let mut script = self.script.borrow_mut();
            let answers = script.get_mut(&host).unwrap();
            match answers.len() {
                1 => answers[0].clone(),
                _ => answers.remove(0),
            }
        }

        async fn stopped(&self) {
            match self.stops_after {
                Some(after) => tokio::time::sleep_until(self.started + after).await,
                None => std::future::pending().await,
            }
        }

        fn tell(&self, _: &Attempt<'_>) {}
    }

    fn body(text: &str) -> Result<Reply, SendFault> {
        Ok(Reply::Http(HttpReply {
            status: 200,
            body: text.as_bytes().to_vec(),
            ..HttpReply::default()
        }))
    }

    fn fault(kind: FaultKind) -> Result<Reply, SendFault> {
        Err(SendFault::new(kind, ""))
    }

    type Script = Vec<(&'static str, Vec<Result<Reply, SendFault>>)>;

    /// Rings a WeCom robot on each of the script's hosts; gives the outcomes, the sends with
    /// their time in milliseconds, and how long everything took.
    async fn ring(
        script: Script,
        delay: Duration,
        inputs: &[(&str, &str)],
    ) -> (Vec<Outcome>, Vec<(u128, String)>, Duration) {
        ring_until(None, script, delay, inputs).await
    }

    /// As [`ring`], and asks the run to end after some time.
    async fn ring_until(
        stops_after: Option<Duration>,
        script: Script,
        delay: Duration,
        inputs: &[(&str, &str)],
    ) -> (Vec<Outcome>, Vec<(u128, String)>, Duration) {
        let addresses: Vec<String> = script
            .iter()
            .map(|(host, _)| format!("https://{host}/cgi-bin/webhook/send?key=K"))
            .collect();
        let addresses = addresses.join("\n");
        let variables = [("RUNBELL_WECOM_WEBHOOK", addresses.as_str())]
            .iter()
            .chain(inputs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>();
        let environment = Environment::new(variables, BTreeMap::new());
        let mut reader = InputReader::new(&environment);
        let targets = channel::open_all(&mut reader);
        let rules = DeliveryRules::read(&mut reader);
        let mut world = Played::new(script, delay);
        world.stops_after = stops_after;
        let (parcels, _) = pack(targets, message());
        let outcomes = deliver_all(&parcels, &rules, &world).await;
        let took = world.started.elapsed();
        (outcomes, world.sent.into_inner(), took)
    }

    const OK: &str = r#"{"errcode":0}"#;
    const BUSY: &str = r#"{"errcode":-1}"#;
    const REFUSED: &str = r#"{"errcode":93000}"#;
    const LIMITED: &str = r#"{"errcode":45009}"#;

    #[test]
    fn time_that_went_by_before_is_not_there_twice() {
        let spent = |seconds| {
            let environment = Environment::from([("RUNBELL_TIMEOUT", "10s")]);
            let mut rules = DeliveryRules::read(&mut InputReader::new(&environment));
            rules.spend(Duration::from_secs(seconds));
            rules.timeout()
        };
        assert_eq!(spent(4), Duration::from_secs(6));
        assert_eq!(spent(11), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn targets_go_at_once_and_one_failure_stops_no_other() {
        let script = vec![
            ("a.example", vec![body(OK)]),
            ("b.example", vec![body(REFUSED)]),
            ("c.example", vec![body(OK)]),
        ];
        let (outcomes, _, took) = ring(script, Duration::from_millis(200), &[]).await;
        let delivered: Vec<bool> = outcomes.iter().map(Outcome::delivered).collect();
        assert_eq!(delivered, [true, false, true]);
        assert_eq!(outcomes[1].target, "wecom 2");
        assert_eq!(took.as_millis(), 200);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_robot_is_tried_again_and_a_refusing_one_is_not() {
        let script = vec![(
            "a.example",
            vec![body(BUSY), fault(FaultKind::Connect), body(OK)],
        )];
        let (outcomes, sent, _) = ring(script, Duration::ZERO, &[]).await;
        assert!(outcomes[0].delivered());
        assert_eq!(sent.len(), 3);
        let (outcomes, sent, _) = ring(
            vec![("a.example", vec![body(REFUSED)])],
            Duration::ZERO,
            &[],
        )
        .await;
        assert!(!outcomes[0].delivered());
        assert_eq!(sent.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_have_an_end() {
        let (_, sent, _) = ring(vec![("a.example", vec![body(BUSY)])], Duration::ZERO, &[]).await;
        assert_eq!(sent.len(), 4);
        let two = [("RUNBELL_ATTEMPTS", "2")];
        let (_, sent, _) = ring(vec![("a.example", vec![body(BUSY)])], Duration::ZERO, &two).await;
        assert_eq!(sent.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_before_the_part_that_failed_counts_as_a_part() {
        let ringing = [("RUNBELL_WECOM_MOBILES", "13800000000")];
        for (answers, class, attempts) in [
            (vec![BUSY, OK, BUSY, REFUSED], Class::Partial, 2),
            (vec![BUSY, BUSY, OK, REFUSED], Class::Partial, 1),
            (vec![BUSY, REFUSED], Class::Permanent, 2),
        ] {
            let bodies = answers.iter().map(|text| body(text)).collect();
            let (outcomes, ..) = ring(vec![("a.example", bodies)], Duration::ZERO, &ringing).await;
            let came_to = (outcomes[0].verdict.class, outcomes[0].attempts);
            assert_eq!(came_to, (class, attempts), "{answers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_costs_one_extra_copy_at_most() {
        let silent = || vec![("a.example", vec![fault(FaultKind::Broken)])];
        let (_, sent, _) = ring(silent(), Duration::ZERO, &[]).await;
        assert_eq!(sent.len(), 2);
        let once = [("RUNBELL_RETRY_AMBIGUOUS", "false")];
        let (_, sent, _) = ring(silent(), Duration::ZERO, &once).await;
        assert_eq!(sent.len(), 1);
        for (status, text, attempts) in [
            (200, BUSY, 4),
            (408, "", 4),
            (421, "", 4),
            (425, "", 4),
            (500, "", 1),
            (503, "", 1),
            (500, BUSY, 1),
            (200, REFUSED, 1),
        ] {
            let answer = Ok(Reply::Http(HttpReply {
                status,
                body: text.as_bytes().to_vec(),
                ..HttpReply::default()
            }));
            let script = vec![("a.example", vec![answer])];
            let (_, sent, _) = ring(script, Duration::ZERO, &once).await;
            assert_eq!(sent.len(), attempts, "HTTP {status} {text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_does_not_fit_is_not_begun() {
        let limited = || vec![("a.example", vec![body(LIMITED), body(OK)])];
        let (outcomes, sent, took) = ring(limited(), Duration::ZERO, &[]).await;
        assert!(!outcomes[0].delivered());
        assert_eq!((sent.len(), took.as_secs()), (1, 0));
        let longer = [("RUNBELL_TIMEOUT", "2m"), ("RUNBELL_TARGET_TIMEOUT", "2m")];
        let (outcomes, sent, _) = ring(limited(), Duration::ZERO, &longer).await;
        assert!(outcomes[0].delivered());
        assert!(sent[1].0 >= 60_000, "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_robot_is_left_at_the_deadline() {
        let script = vec![("a.example", vec![body(OK)])];
        let short = [("RUNBELL_TIMEOUT", "10s")];
        let (outcomes, _, took) = ring(script, Duration::from_secs(3600), &short).await;
        assert_eq!(outcomes[0].verdict.class, Class::Ambiguous);
        assert_eq!(took.as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_ended_begins_no_attempt_and_waits_little_for_the_last() {
        let stop = Some(Duration::from_millis(100));
        let busy = vec![("a.example", vec![body(BUSY)])];
        let (outcomes, sent, took) = ring_until(stop, busy, Duration::ZERO, &[]).await;
        assert_eq!((sent.len(), took.as_millis()), (1, 100));
        let verdict = &outcomes[0].verdict;
        assert_eq!(verdict.code, "errcode -1");
        let meaning = verdict.meaning.english.as_ref();
        assert!(
            meaning.ends_with("ended before the next attempt"),
            "{meaning}"
        );
        let silent = vec![("a.example", vec![body(OK)])];
        let (outcomes, _, took) = ring_until(stop, silent, Duration::from_secs(60), &[]).await;
        assert_eq!(outcomes[0].verdict.class, Class::Ambiguous);
        assert_eq!(took.as_millis(), 1600);
        let quick = vec![("a.example", vec![body(OK)])];
        let (outcomes, _, took) = ring_until(stop, quick, Duration::from_secs(1), &[]).await;
        assert!(outcomes[0].delivered());
        assert_eq!(took.as_millis(), 1000);
    }

    #[derive(Debug)]
    struct Panicking;

    impl channel::Channel for Panicking {
        fn drafts(&self, _: &Message) -> Drafted {
            panic!("a bug in a channel");
        }

        fn request(&self, _: &Draft, _: UnixMillis) -> Request {
            unreachable!()
        }

        fn verdict(&self, _: &Reply) -> Verdict {
            unreachable!()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bug_in_one_channel_stops_no_other() {
        let targets = vec![
            Target {
                name: "one".to_owned(),
                lane: "A".to_owned(),
                host: (String::new(), "x"),
                channel: Box::new(Panicking),
            },
            Target {
                name: "two".to_owned(),
                lane: "A".to_owned(),
                host: (String::new(), "x"),
                channel: Box::new(Anybody),
            },
        ];
        let environment = Environment::from([]);
        let rules = DeliveryRules::read(&mut InputReader::new(&environment));
        let world = Played::new(vec![("a.example", vec![body(OK)])], Duration::ZERO);
        let (parcels, _) = pack(targets, message());
        let outcomes = deliver_all(&parcels, &rules, &world).await;
        let delivered: Vec<bool> = outcomes.iter().map(Outcome::delivered).collect();
        assert_eq!(delivered, [false, true]);
    }

    #[derive(Debug)]
    struct Anybody;

    impl channel::Channel for Anybody {
        fn drafts(&self, _: &Message) -> Drafted {
            Drafted::from(Draft {
                role: Role::Message,
                content: Content::Json(serde_json::Map::new()),
                id: None,
            })
        }

        fn request(&self, _: &Draft, _: UnixMillis) -> Request {
            let url = "https://a.example/".parse().unwrap();
            Request::Http(HttpRequest {
                endpoint: Endpoint::new(url),
                headers: Vec::new(),
                body: Vec::new(),
                reply_body: ReplyBody::Read,
                derived: Vec::new(),
            })
        }

        fn verdict(&self, _: &Reply) -> Verdict {
            Verdict::new(Class::Accepted, "", ["", ""])
        }
    }

    #[tokio::test(start_paused = true)]
    async fn targets_on_one_robot_follow_each_other() {
        let target = |name: &str, lane: &str| Target {
            name: name.to_owned(),
            lane: lane.to_owned(),
            host: (String::new(), "x"),
            channel: Box::new(Anybody),
        };
        let targets = vec![target("one", "A"), target("two", "B"), target("three", "A")];
        let environment = Environment::from([]);
        let rules = DeliveryRules::read(&mut InputReader::new(&environment));
        let world = Played::new(vec![("a.example", vec![body(OK)])], Duration::from_secs(1));
        let (parcels, _) = pack(targets, message());
        let outcomes = deliver_all(&parcels, &rules, &world).await;
        let names: Vec<&str> = outcomes.iter().map(|it| it.target.as_str()).collect();
        assert_eq!(names, ["one", "two", "three"]);
        let times: Vec<u128> = world.sent.borrow().iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0, 0, 1000]);
    }
}
