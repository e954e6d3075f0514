//! Who sends the message: runbell, and what people would use instead.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use runbell_receivers::dingtalk;

use crate::apprise;
use crate::program::{Program, find};
use crate::releases::Releases;
use crate::stage::Stage;

/// One way to send.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// What it does, and what it leaves to its user.
    pub(crate) does: &'static str,
    pub(crate) kind: Kind,
    pub(crate) program: Program,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Runbell,
    Bare,
    Curl,
    Shell,
    Apprise,
}

/// All that are there; of each of the others is said why not.
pub(crate) fn all(stage: &Stage, releases: &Releases) -> Result<Vec<Contender>> {
    let runbell = stage.dingtalk_step(&releases.runbell)?;
    let body_file = sent_by(stage, &runbell)?;
    let mut contenders = vec![
        Contender {
            name: "runbell",
            does: "reads the run, writes, signs, posts, understands the answer",
            kind: Kind::Runbell,
            program: runbell,
        },
        Contender {
            name: "bare rustls client",
            does: "posts finished bytes to a signed address",
            kind: Kind::Bare,
            program: bare(stage, &releases.bare, &body_file)?,
        },
    ];
    match find("curl") {
        None => println!("curl is not there, and is left out"),
        Some(curl) => {
            contenders.push(Contender {
                name: "curl",
                does: "posts finished bytes to a signed address",
                kind: Kind::Curl,
                program: Program::new(curl).arguments(curl_words(
                    stage,
                    &signed(stage)?,
                    &body_file,
                )),
            });
        }
    }
    match (find("sh"), find("openssl"), find("curl")) {
        (Some(shell), Some(_), Some(_)) => contenders.push(Contender {
            name: "shell with openssl and curl",
            does: "signs and posts finished bytes",
            kind: Kind::Shell,
            program: Program::new(shell)
                .arguments(["-c", SCRIPT])
                .variable("PATH", std::env::var("PATH").unwrap_or_default())
                .variable("ADDRESS", stage.dingtalk.url())
                .variable("SECRET", stage.dingtalk_secret())
                .variable("CA", stage.ca_file())
                .variable("BODY", body_file),
        }),
        _ => println!("openssl or curl is not there, and the shell step is left out"),
    }
    match apprise::install(stage) {
        Ok(program) => contenders.push(Contender {
            name: "apprise",
            does: "posts a given title and text, unsigned",
            kind: Kind::Apprise,
            program,
        }),
        Err(reason) => println!("apprise is left out: {reason:#}"),
    }
    for contender in &contenders {
        check_that_it_sends(stage, contender)?;
    }
    Ok(contenders)
}

/// A fast refusal is no result.
fn check_that_it_sends(stage: &Stage, contender: &Contender) -> Result<()> {
    let robot = match contender.kind {
        Kind::Apprise => &stage.unsigned,
        _ => &stage.dingtalk,
    };
    let before = robot.received().len();
    contender.program.run()?;
    let received = robot.received();
    let answer = received.get(before).map(|one| &one.answer);
    ensure!(
        received.get(before).is_some_and(|one| one.accepted()),
        "the message of {} did not arrive or was refused: {answer:?}",
        contender.name
    );
    Ok(())
}

/// What DingTalk's pages tell people to do in a shell: milliseconds, a line end and the secret,
/// signed, in base64, percent-encoded.
const SCRIPT: &str = r#"
set -eu
now=$(date +%s%3N)
sign=$(printf '%s\n%s' "$now" "$SECRET" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64 | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
answer=$(curl --silent --show-error --fail --cacert "$CA" --header 'Content-Type: application/json' --data-binary "@$BODY" "$ADDRESS&timestamp=$now&sign=$sign")
case $answer in *'"errcode":0'*) ;; *) echo "$answer" >&2; exit 1 ;; esac
"#;

fn curl_words(stage: &Stage, address: &str, body_file: &str) -> Vec<String> {
    let ca_file = stage.ca_file();
    let data = format!("@{body_file}");
    [
        "--silent",
        "--show-error",
        "--fail",
        "--cacert",
        &ca_file,
        "--header",
        "Content-Type: application/json",
        "--data-binary",
        &data,
        address,
    ]
    .map(ToOwned::to_owned)
    .to_vec()
}

/// The file with what runbell sends, which the others post as it is.
pub(crate) fn sent_by(stage: &Stage, runbell: &Program) -> Result<String> {
    runbell.run()?;
    let sent = stage.dingtalk.received();
    let sent = sent.last().context("runbell sent nothing")?;
    ensure!(sent.accepted(), "the robot refused runbell's message");
    let body_file = stage.folder().join("body.json");
    fs::write(&body_file, &sent.request.body)?;
    Ok(body_file.to_string_lossy().into_owned())
}

/// The client that does the least, with that file.
pub(crate) fn bare(stage: &Stage, client: &Path, body_file: &str) -> Result<Program> {
    let address = signed(stage)?;
    let port = stage.dingtalk.port().to_string();
    let origin = stage.dingtalk.origin();
    let path = address
        .strip_prefix(&origin)
        .with_context(|| format!("{address} is not at {origin}"))?;
    Ok(Program::new(client).arguments(["127.0.0.1", &port, path, &stage.ca_file(), body_file]))
}

/// The robot's address, signed now; the robot takes it for an hour.
fn signed(stage: &Stage) -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = now.to_string();
    let sign = dingtalk::sign(&now, stage.dingtalk_secret());
    let sign = sign
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let address = stage.dingtalk.url();
    Ok(format!("{address}&timestamp={now}&sign={sign}"))
}
