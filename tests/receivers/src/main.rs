//! Starts every receiver with made-up secrets, says how to reach them, and prints what they receive.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program is for"
)]

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use runbell_receivers::smtp::{Config, Mail, Security, Server};
use runbell_receivers::webhook::Payload;
use runbell_receivers::{Authority, Received, Receiver, dingtalk, lark, webhook, wecom};
use serde_json::{Value, json};

const HELP: &str = "\
runbell-receivers: stand-ins for DingTalk, WeCom, Lark, a webhook and a mail server, on loopback over TLS

Usage: runbell-receivers [options]

  --ca FILE      write the certificate to trust there (default: a file in the temporary folder)
  --env FILE     write the settings there, as NAME='value' lines for a shell (default: print them)
  --payload NAME let the webhook take nothing but that payload: flow, codearts or cdevents
  --signed       let the webhook demand both signatures, and say its secret
  --until N      end when N things were received
  --seconds S    end after S seconds (default: 600)
  --help         print this

Everything received is printed as one line of JSON. Exit status: 0 when it ended as wished, 1 when fewer than N
things arrived in time, 2 when an option is wrong, 3 when it could not start.
";

/// How often the receivers are looked at for something new.
const LOOK_EVERY: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    let options = match Options::read(std::env::args_os().skip(1)) {
        Ok(Request::Run(options)) => options,
        Ok(Request::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(fault) => {
            eprintln!("runbell-receivers: {fault}; see --help");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(Ending::AsWished) => ExitCode::SUCCESS,
        Ok(Ending::TooFew { arrived, wanted }) => {
            eprintln!("runbell-receivers: {arrived} of {wanted} things arrived in time");
            ExitCode::from(1)
        }
        Err(fault) => {
            eprintln!("runbell-receivers: {fault}");
            ExitCode::from(3)
        }
    }
}

#[derive(Debug, PartialEq)]
enum Request {
    Run(Options),
    Help,
}

#[derive(Debug, PartialEq)]
struct Options {
    ca: Option<PathBuf>,
    env: Option<PathBuf>,
    payload: Option<Payload>,
    signed: Signed,
    until: Option<usize>,
    time: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Signed {
    No,
    Yes,
}

impl Options {
    fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
        let mut options = Self {
            ca: None,
            env: None,
            payload: None,
            signed: Signed::No,
            until: None,
            time: Duration::from_secs(600),
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let name = argument
                .to_str()
                .ok_or_else(|| format!("{argument:?} is no option"))?;
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{name} wants a value"))
            };
            match name {
                "--help" | "-h" => return Ok(Request::Help),
                "--payload" => options.payload = Some(payload(&value()?)?),
                "--signed" => options.signed = Signed::Yes,
                "--ca" => options.ca = Some(value()?.into()),
                "--env" => options.env = Some(value()?.into()),
                "--until" => options.until = Some(number(name, &value()?)?),
                "--seconds" => options.time = Duration::from_secs(number(name, &value()?)?),
                _ => return Err(format!("{name:?} is no option")),
            }
        }
        Ok(Request::Run(options))
    }
}

fn payload(value: &OsString) -> Result<Payload, String> {
    match value.to_str() {
        Some("flow") => Ok(Payload::Flow),
        Some("codearts") => Ok(Payload::CodeArts),
        Some("cdevents") => Ok(Payload::CdEvents),
        _ => Err(format!(
            "--payload wants flow, codearts or cdevents, not {value:?}"
        )),
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &OsString) -> Result<T, String> {
    value
        .to_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("{name} wants a whole number, not {value:?}"))
}

enum Ending {
    AsWished,
    TooFew { arrived: usize, wanted: usize },
}

fn run(options: &Options) -> io::Result<Ending> {
    let authority = Authority::new()?;
    let ca = options.ca.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("runbell-receivers-{}.pem", made_up(8)))
    });
    // A sender may run in another folder.
    let ca = std::path::absolute(ca)?;
    fs::write(&ca, authority.pem())?;
    let receivers = Receivers::start(&authority, options)?;
    let settings = receivers.settings(&ca);
    match &options.env {
        Some(file) => write_whole(file, &settings)?,
        None => write_out(&settings)?,
    }

    let deadline = Instant::now().checked_add(options.time);
    let mut seen = Seen::default();
    loop {
        let fresh = receivers.fresh(&mut seen);
        write_out(
            &fresh
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )?;
        let arrived = seen.total();
        let wanted = options.until.unwrap_or(usize::MAX);
        if arrived >= wanted {
            return Ok(Ending::AsWished);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(match options.until {
                None => Ending::AsWished,
                Some(wanted) => Ending::TooFew { arrived, wanted },
            });
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Whoever waits for the file must never see half of it.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    fs::write(&beside, text)?;
    fs::rename(&beside, file)
}

fn write_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Everything that runs, with the secrets a sender needs.
struct Receivers {
    http: Vec<Receiver>,
    mail: Server,
    secrets: Secrets,
}

struct Secrets {
    dingtalk: String,
    lark: String,
    webhook: Option<String>,
    password: String,
}

const KEYWORD: &str = "build";
const USERNAME: &str = "runbell";

impl Receivers {
    fn start(authority: &Authority, options: &Options) -> io::Result<Self> {
        let secrets = Secrets {
            dingtalk: format!("SEC{}", made_up(64)),
            lark: made_up(22),
            webhook: match options.signed {
                Signed::No => None,
                // Thirty-two hexadecimal digits are sound Base64, too.
                Signed::Yes => Some(format!("whsec_{}", made_up(32))),
            },
            password: made_up(16),
        };
        let endpoint = webhook::Endpoint::new(format!("/hooks/{}", made_up(16)));
        let endpoint = match options.payload {
            None => endpoint,
            Some(payload) => endpoint.expect(payload),
        };
        let endpoint = match &secrets.webhook {
            None => endpoint,
            Some(secret) => endpoint.standard_secret(secret).hub_secret(secret),
        };
        let http = vec![
            Receiver::start(
                dingtalk::Robot::new(made_up(64))
                    .secret(&secrets.dingtalk)
                    .keyword(KEYWORD),
                authority,
            )?,
            Receiver::start(wecom::Robot::new(made_up(32)), authority)?,
            Receiver::start(
                lark::Robot::new(made_up(32)).secret(&secrets.lark),
                authority,
            )?,
            Receiver::start(endpoint, authority)?,
        ];
        let mail = Server::start(
            Config::new(Security::StartTls).login(USERNAME, &secrets.password),
            authority,
        )?;
        Ok(Self {
            http,
            mail,
            secrets,
        })
    }

    /// The settings of a sender, one shell assignment a line.
    fn settings(&self, ca: &Path) -> String {
        let url = |name: &str| {
            self.http
                .iter()
                .find(|one| one.name() == name)
                .map_or_else(String::new, Receiver::url)
        };
        let rows = [
            ("DINGTALK_WEBHOOK", url("dingtalk")),
            ("DINGTALK_SECRET", self.secrets.dingtalk.clone()),
            ("DINGTALK_KEYWORD", KEYWORD.to_owned()),
            ("WECOM_WEBHOOK", url("wecom")),
            ("LARK_WEBHOOK", url("lark")),
            ("LARK_SECRET", self.secrets.lark.clone()),
            ("WEBHOOK_URL", url("webhook")),
            ("EMAIL_TO", "team@example.com".to_owned()),
            ("EMAIL_FROM", "ci@example.com".to_owned()),
            ("SMTP_HOST", self.mail.host().to_owned()),
            ("SMTP_PORT", self.mail.port().to_string()),
            ("SMTP_SECURITY", "starttls".to_owned()),
            ("SMTP_USERNAME", USERNAME.to_owned()),
            ("SMTP_PASSWORD", self.secrets.password.clone()),
            ("CA_FILE", ca.display().to_string()),
        ];
        let secret = self.secrets.webhook.clone();
        rows.iter()
            .chain(&secret.map(|secret| ("WEBHOOK_SECRET", secret)))
            .map(|(name, value)| format!("RUNBELL_{name}={}\n", quoted(value)))
            .collect()
    }

    /// One line for each thing that was not seen before.
    fn fresh(&self, seen: &mut Seen) -> Vec<Value> {
        let mut lines = Vec::new();
        seen.http.resize(self.http.len(), 0);
        for (receiver, seen) in self.http.iter().zip(&mut seen.http) {
            let received = receiver.received();
            lines.extend(
                received
                    .iter()
                    .skip(*seen)
                    .map(|one| describe(receiver.name(), one)),
            );
            *seen = received.len();
        }
        let mails = self.mail.mails();
        lines.extend(mails.iter().skip(seen.mails).map(describe_mail));
        seen.mails = mails.len();
        lines
    }
}

/// How many things of each receiver were printed.
#[derive(Default)]
struct Seen {
    http: Vec<usize>,
    mails: usize,
}

impl Seen {
    fn total(&self) -> usize {
        self.http.iter().sum::<usize>() + self.mails
    }
}

fn describe(service: &str, received: &Received) -> Value {
    let request = &received.request;
    let body = request
        .json()
        .unwrap_or_else(|_| Value::String(request.text()));
    let answer = received.answer.as_ref().map(|answer| {
        let body = answer
            .to_json()
            .unwrap_or_else(|| Value::String(String::from_utf8_lossy(&answer.body).into_owned()));
        json!({"status": answer.status, "body": body})
    });
    json!({
        "service": service,
        "accepted": received.accepted(),
        "method": request.method,
        "body": body,
        "answer": answer,
        "violations": received.violations,
    })
}

fn describe_mail(mail: &Mail) -> Value {
    json!({
        "service": "mail",
        "accepted": true,
        "from": mail.from,
        "recipients": mail.recipients,
        "body": mail.text(),
        "authenticated_as": mail.authenticated_as,
        "over_tls": mail.over_tls,
        "violations": mail.violations,
    })
}

/// `value` as one word for a shell.
fn quoted(value: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+".contains(letter);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Hexadecimal digits nobody else has. The standard library seeds its hash maps from the system's chance,
/// which is enough for secrets that guard a loopback port for ten minutes.
fn made_up(digits: usize) -> String {
    let mut text = String::new();
    while text.len() < digits {
        text.push_str(&format!(
            "{:016x}",
            RandomState::new().build_hasher().finish()
        ));
    }
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Request, String> {
        Options::read(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn options_are_read_in_any_order() {
        let expected = Options {
            ca: Some("c.pem".into()),
            env: Some("e".into()),
            payload: Some(Payload::Flow),
            signed: Signed::Yes,
            until: Some(3),
            time: Duration::from_secs(9),
        };
        assert_eq!(
            read("--until 3 --ca c.pem --seconds 9 --signed --payload flow --env e"),
            Ok(Request::Run(expected))
        );
        assert_eq!(read("--until 3 --help"), Ok(Request::Help));
    }

    #[test]
    fn wrong_options_are_named() {
        for (line, word) in [
            ("--what", "--what"),
            ("--until", "wants a value"),
            ("--until x", "whole number"),
            ("--payload x", "flow, codearts or cdevents"),
            ("x", "\"x\""),
        ] {
            let fault = read(line).unwrap_err();
            assert!(fault.contains(word), "{line}: {fault}");
        }
    }

    #[test]
    fn values_survive_a_shell() {
        for (value, word) in [
            ("a-b:/c.d", "a-b:/c.d"),
            ("a?b=c", "'a?b=c'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(value), word);
        }
    }

    #[test]
    fn secrets_have_their_length_and_differ() {
        assert_eq!(made_up(22).len(), 22);
        assert_ne!(made_up(32), made_up(32));
    }
}
