//! A world on the virtual clock: each host plays a script, and what was asked of it is kept. An
//! hour of pauses takes no time, and chance is whatever the test says.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use runbell::environment::Environment;
use runbell::model::exchange::{
    Attempt, BodyEnd, Class, FaultKind, HttpReply, MailReply, MailStep, Next, Reply, Request,
    SendFault,
};
use runbell::model::time::UnixMillis;
use runbell::outside::Outside;
use runbell::report::Ending;
use runbell::run::{Ready, Step, prepare};
use tokio::time::Instant;

/// What a request meets.
#[derive(Debug, Clone)]
pub(crate) struct Meeting {
    /// How long it takes; longer than the request may take, it ends as silence does.
    pub(crate) takes: Duration,
    /// What comes of it.
    pub(crate) answer: Result<Reply, SendFault>,
}

impl Meeting {
    /// The same, later.
    pub(crate) fn after(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }
}

impl From<Result<Reply, SendFault>> for Meeting {
    fn from(answer: Result<Reply, SendFault>) -> Self {
        Self {
            takes: Duration::ZERO,
            answer,
        }
    }
}

/// A fault on the way.
pub(crate) fn fault(kind: FaultKind) -> Meeting {
    Meeting::from(Err(SendFault::new(kind, "")))
}

/// An HTTP answer.
pub(crate) fn http(status: u16, body: &str) -> Meeting {
    asking_to_wait(status, body, None)
}

/// An HTTP answer with the seconds that a header asks for.
pub(crate) fn asking_to_wait(status: u16, body: &str, seconds: Option<u64>) -> Meeting {
    Meeting::from(Ok(Reply::Http(HttpReply {
        status,
        body: body.as_bytes().to_vec(),
        wait: seconds.map(Duration::from_secs),
        ..HttpReply::default()
    })))
}

/// A 200 whose body broke off.
pub(crate) fn cut(body: &str) -> Meeting {
    Meeting::from(Ok(Reply::Http(HttpReply {
        status: 200,
        body: body.as_bytes().to_vec(),
        end: BodyEnd::Cut,
        ..HttpReply::default()
    })))
}

/// The last word of a mail server.
pub(crate) fn smtp(step: MailStep, code: u16) -> Meeting {
    Meeting::from(Ok(Reply::Mail(MailReply::new(step, code, String::new()))))
}

/// An attempt as it was told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) target: String,
    pub(crate) class: Class,
    pub(crate) next: Next,
}

/// A request as it went out.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) host: String,
    pub(crate) at: Duration,
}

/// The world.
pub(crate) struct Clockwork<R> {
    scripts: RefCell<BTreeMap<String, VecDeque<Meeting>>>,
    random: R,
    started: Instant,
    told: RefCell<Vec<Told>>,
    sent: RefCell<Vec<Sent>>,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) ending: Ending,
    pub(crate) told: Vec<Told>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) took: Duration,
}

/// Delivers in a world where each host plays its script; the last entry plays on. To be called on a
/// paused clock.
pub(crate) async fn deliver(
    ready: &Ready,
    scripts: impl IntoIterator<Item = (&str, Vec<Meeting>)>,
    random: impl Fn() -> [u8; 16],
) -> Run {
    let scripts = scripts.into_iter();
    let world = Clockwork {
        scripts: RefCell::new(
            scripts
                .map(|(host, script)| (host.to_owned(), script.into()))
                .collect(),
        ),
        random,
        started: Instant::now(),
        told: RefCell::default(),
        sent: RefCell::default(),
    };
    let ending = ready.deliver(&world).await;
    Run {
        ending,
        took: world.started.elapsed(),
        told: world.told.into_inner(),
        sent: world.sent.into_inner(),
    }
}

impl<R: Fn() -> [u8; 16]> Outside for Clockwork<R> {
    fn now(&self) -> UnixMillis {
        UnixMillis(1_700_000_000_000)
    }

    fn random(&self) -> [u8; 16] {
        (self.random)()
    }

    async fn send(&self, request: &Request, limit: Duration) -> Result<Reply, SendFault> {
        let host = match request {
            Request::Http(request) => request.endpoint.host(),
            Request::Mail(request) => request.server.host.clone(),
        };
        let at = self.started.elapsed();
        self.sent.borrow_mut().push(Sent {
            host: host.clone(),
            at,
        });
        let meeting = {
            let mut scripts = self.scripts.borrow_mut();
            let script = scripts.get_mut(&host).expect("every host has a script");
            match script.len() {
                1 => script.front().cloned(),
                _ => script.pop_front(),
            }
            .expect("every script has an entry")
        };
        tokio::time::sleep(meeting.takes.min(limit)).await;
        match (meeting.takes > limit, meeting.answer) {
            // What fails before it is sent still was not sent.
            (true, Err(fault)) if fault.kind.explained().class == Class::Safe => Err(fault),
            (true, _) => Err(SendFault::new(FaultKind::ReplyTimeout, "")),
            (false, answer) => answer,
        }
    }

    async fn stopped(&self) {
        std::future::pending().await
    }

    fn tell(&self, attempt: &Attempt<'_>) {
        self.told.borrow_mut().push(Told {
            target: attempt.target.to_owned(),
            class: attempt.verdict.class,
            next: attempt.next.clone(),
        });
    }
}

/// Names and values of inputs.
type Inputs = &'static [(&'static str, &'static str)];

/// The targets that the virtual world knows: the channel's name, which is the target's, the host,
/// and the inputs.
pub(crate) const TARGETS: [(&str, &str, Inputs); 5] = [
    (
        "dingtalk",
        "dingtalk.example",
        &[(
            "RUNBELL_DINGTALK_WEBHOOK",
            "https://dingtalk.example/robot/send?access_token=0123456789",
        )],
    ),
    (
        "wecom",
        "wecom.example",
        &[(
            "RUNBELL_WECOM_WEBHOOK",
            "https://wecom.example/cgi-bin/webhook/send?key=0123456789",
        )],
    ),
    (
        "lark",
        "lark.example",
        &[(
            "RUNBELL_LARK_WEBHOOK",
            "https://lark.example/open-apis/bot/v2/hook/0123456789",
        )],
    ),
    (
        "email",
        "mail.example",
        &[
            ("RUNBELL_EMAIL_TO", "team@example.com"),
            ("RUNBELL_EMAIL_FROM", "ci@example.com"),
            ("RUNBELL_SMTP_HOST", "mail.example"),
            ("RUNBELL_SMTP_USERNAME", "ci@example.com"),
            ("RUNBELL_SMTP_PASSWORD", "0123456789"),
        ],
    ),
    (
        "webhook",
        "webhook.example",
        &[("RUNBELL_WEBHOOK_URL", "https://webhook.example/hook")],
    ),
];

/// The answer by which a channel takes a message.
pub(crate) fn accepted(channel: &str) -> Meeting {
    match channel {
        "email" => smtp(MailStep::Message, 250),
        _ => http(200, r#"{"errcode":0,"code":0}"#),
    }
}

/// A step that is ready to tell these channels.
pub(crate) fn ready(channels: &[&str], inputs: &[(&str, &str)]) -> Box<Ready> {
    let of_channels = TARGETS
        .iter()
        .filter(|(channel, ..)| channels.contains(channel))
        .flat_map(|(_, _, inputs)| *inputs);
    let variables: Vec<(String, String)> = of_channels
        .chain(inputs)
        .chain(&[("RUNBELL_STATUS", "failure")])
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let environment = Environment::new(variables, BTreeMap::new());
    let prepared = prepare(&environment, UnixMillis(1_700_000_000_000), [7; 16]);
    match prepared.step {
        Step::Ready(ready) => ready,
        Step::Finished(ending) => panic!("{ending:#?}"),
    }
}

/// The host of a channel.
pub(crate) fn host(channel: &str) -> &'static str {
    let known = TARGETS.iter().find(|(name, ..)| *name == channel);
    known.map(|(_, host, _)| *host).unwrap()
}
