//! The conversation with a mail server, by the real program over real sockets: rules S-1 to S-10,
//! each against a server that breaks it.

use std::process::Command;
use std::time::{Duration, Instant};

use runbell_receivers::Authority;
use runbell_receivers::smtp::{Certificate, Config, Misbehaviour, Security, Server, Stage};

use crate::faults::{FAILED, NOT_REACHED, Result, Time, comes_to, side_by_side, words};
use crate::support::{CaFile, Ended, run, runbell};

/// What a mail server does wrong, where, and what it comes to when it goes on.
pub(crate) fn mail_cases() -> Vec<(Stage, Misbehaviour, Time, Result)> {
    use Time::{Ample, Short};
    let before = [
        Stage::Greeting,
        Stage::Ehlo,
        Stage::StartTls,
        Stage::Handshake,
        Stage::EhloOverTls,
        Stage::Auth,
        Stage::MailFrom,
        Stage::RcptTo,
        Stage::Data,
    ];
    let speaking = before.into_iter().filter(|it| *it != Stage::Handshake);
    let reply = |text: &str| Misbehaviour::Reply(text.to_owned());
    let raw = |text: &str| Misbehaviour::Raw(text.as_bytes().to_vec());
    let once = comes_to(1, "not reached", 0);
    let not_now = comes_to(2, "not now", 0);
    let no_verdict = comes_to(2, "no verdict", 1);
    let every = Duration::from_millis(200);
    let endless = Misbehaviour::Flood { bytes: u64::MAX };
    let long_line = Misbehaviour::LongLine { bytes: 5000 };
    let mut cases = Vec::new();
    for stage in before {
        cases.push((stage, Misbehaviour::Reset, Ample, NOT_REACHED));
        cases.push((stage, Misbehaviour::Close, Ample, NOT_REACHED));
        cases.push((stage, Misbehaviour::Silence, Short, once));
        cases.push((stage, Misbehaviour::Drip { every }, Short, once));
    }
    for stage in speaking {
        // What is no reply (S-4, S-10), and a server that closes down (S-4).
        for text in ["hello\r\n", "250-a\r\n251 b\r\n", "999 what\r\n", "\r\n"] {
            cases.push((stage, raw(text), Ample, FAILED));
        }
        cases.push((stage, endless.clone(), Ample, FAILED));
        cases.push((stage, long_line.clone(), Ample, FAILED));
        cases.push((stage, reply("421 4.3.2 closing"), Ample, not_now));
    }
    for stage in [Stage::MailFrom, Stage::RcptTo, Stage::Data, Stage::Message] {
        cases.push((stage, reply("451 4.3.0 later"), Ample, not_now));
        cases.push((stage, reply("550 5.7.1 no"), Ample, FAILED));
    }
    // A second reply that nobody asked for would be taken for the answer to what comes next.
    for stage in [
        Stage::EhloOverTls,
        Stage::Auth,
        Stage::MailFrom,
        Stage::RcptTo,
    ] {
        let twice = raw("250 2.0.0 fine\r\n250 2.0.0 fine\r\n");
        let twice = match stage {
            Stage::Auth => raw("235 2.7.0 welcome\r\n250 2.0.0 fine\r\n"),
            Stage::EhloOverTls => raw("250-r.example\r\n250 AUTH PLAIN\r\n250 2.0.0 fine\r\n"),
            _ => twice,
        };
        cases.push((stage, twice, Ample, FAILED));
    }
    for code in [
        "535 5.7.8 wrong",
        "534 5.7.9 weak",
        "538 5.7.11 clear",
        "530 5.7.0 no",
    ] {
        cases.push((Stage::Auth, reply(code), Ample, FAILED));
    }
    for text in ["hello\r\n", "250-a\r\n251 b\r\n"] {
        cases.push((Stage::Message, raw(text), Ample, no_verdict));
    }
    cases.extend([
        (Stage::Message, endless, Ample, no_verdict),
        (Stage::Message, long_line, Ample, no_verdict),
        (
            Stage::Message,
            Misbehaviour::Silence,
            Short,
            comes_to(1, "no verdict", 1),
        ),
        (
            Stage::Message,
            Misbehaviour::Drip { every },
            Short,
            comes_to(1, "no verdict", 1),
        ),
        (Stage::Message, Misbehaviour::Reset, Ample, no_verdict),
        (Stage::Message, Misbehaviour::Close, Ample, no_verdict),
        (Stage::Greeting, reply("554 5.3.2 not here"), Ample, FAILED),
        (Stage::Auth, reply("454 4.7.0 later"), Ample, not_now),
        (Stage::RcptTo, reply("552 5.5.3 too many"), Ample, not_now),
        // A man in the middle strips STARTTLS, or answers in the clear where TLS begins (S-1).
        (Stage::Ehlo, reply("250 receivers.example"), Ample, FAILED),
        (Stage::StartTls, reply("454 4.7.0 later"), Ample, FAILED),
        (Stage::StartTls, reply("502 5.5.1 no"), Ample, FAILED),
        (Stage::Handshake, reply("250 2.0.0 fine"), Ample, FAILED),
    ]);
    cases
}

/// The program with one mail to send to `server`.
pub(crate) fn mailing(server: &Server, ca_file: &CaFile) -> Command {
    let mut command = runbell();
    command
        .env("RUNBELL_CA_FILE", ca_file.path())
        .env("RUNBELL_EMAIL_TO", "team@example.com")
        .env("RUNBELL_SMTP_HOST", server.host())
        .env("RUNBELL_SMTP_PORT", server.port().to_string())
        .env("RUNBELL_SMTP_SECURITY", "starttls")
        .env("RUNBELL_SMTP_USERNAME", "ci@example.com")
        .env("RUNBELL_SMTP_PASSWORD", "canary-password");
    command
}

fn ring_by_mail(server: &Server, ca_file: &CaFile, time: Time) -> (Ended, Duration) {
    let begun = Instant::now();
    let ended = run(mailing(server, ca_file)
        .env("RUNBELL_ATTEMPTS", "2")
        .env("RUNBELL_STATUS", "failure")
        .envs(time.inputs()));
    (ended, begun.elapsed())
}

pub(crate) fn mail_server() -> Config {
    Config::new(Security::StartTls).login("ci@example.com", "canary-password")
}

/// A server of this kind, and what the program has to say to it with some inputs more.
#[track_caller]
fn talk(config: Config, inputs: &[(&str, &str)]) -> (Ended, Server) {
    talk_with(config, [], inputs)
}

fn talk_with(
    config: Config,
    script: impl IntoIterator<Item = (Stage, Misbehaviour)>,
    inputs: &[(&str, &str)],
) -> (Ended, Server) {
    let authority = Authority::new().unwrap();
    let server = Server::start(config, &authority).unwrap();
    let ca_file = CaFile::write(&authority);
    server.script(script);
    let ended = run(mailing(&server, &ca_file)
        .env("RUNBELL_STATUS", "failure")
        .envs(inputs.iter().copied()));
    assert_eq!(server.violations(), [""; 0], "{ended:#?}");
    (ended, server)
}

#[test]
fn every_fault_of_a_mail_server_has_its_name_and_its_end() {
    let envelope = [Stage::MailFrom, Stage::RcptTo, Stage::Data];
    let one_by_one = mail_cases().into_iter();
    let one_by_one = one_by_one.filter(|(stage, ..)| envelope.contains(stage));
    let cases = mail_cases()
        .into_iter()
        .map(|case| (case, mail_server()))
        .chain(one_by_one.map(|case| (case, mail_server().one_command_at_a_time())));
    side_by_side(cases.collect::<Vec<_>>(), |(case, config)| {
        let (stage, misbehaviour, time, result) = case;
        let authority = Authority::new().unwrap();
        let server = Server::start(config.clone(), &authority).unwrap();
        let ca_file = CaFile::write(&authority);
        server.script(vec![(stage, misbehaviour.clone()); 2]);
        let (ended, took) = ring_by_mail(&server, &ca_file, time);
        let place = format!("{stage:?} {misbehaviour:?}: {ended:#?}");
        let expected = vec![result.word; result.attempts];
        assert_eq!(words(&ended, "email"), expected, "{place}");
        assert_eq!(ended.code, Some(1), "{place}");
        assert_eq!(server.connections(), result.attempts, "{place}");
        assert!(server.mails().len() <= 2 * result.copies, "{place}");
        assert!(took < time.end(), "{place}: {took:?}");
        let in_the_clear = |command: &&runbell_receivers::smtp::Command| !command.over_tls;
        for command in server.commands().iter().filter(in_the_clear) {
            assert!(!command.line.contains("AUTH"), "{place}");
        }
        // Met once, it passes.
        if result.attempts == 2 {
            let server = Server::start(config, &authority).unwrap();
            server.script([(stage, misbehaviour)]);
            let (ended, _) = ring_by_mail(&server, &ca_file, time);
            assert_eq!(ended.code, Some(0), "{place}: {ended:#?}");
            assert!(
                (1..=1 + result.copies).contains(&server.mails().len()),
                "{place}"
            );
        }
    });
}

#[test]
fn a_mail_server_with_a_wrong_certificate_learns_nothing() {
    for certificate in [Certificate::WrongHost, Certificate::Expired] {
        let (ended, server) = talk(mail_server().certificate(certificate), &[]);
        assert_eq!(words(&ended, "email"), ["failed"], "{ended:#?}");
        assert!(server.commands().iter().all(|command| !command.over_tls));
    }
}

/// What stands behind the 220 to STARTTLS is a forgery: nothing follows it (rule S-2).
#[test]
fn what_is_slipped_in_before_tls_ends_the_conversation() {
    for slipped in [
        "220 2.0.0 ready\r\n554 5.7.1 slipped in\r\n",
        "220 2.0.0 ready\r\n250-r.example\r\n250 AUTH PLAIN\r\n",
        "220 2.0.0 ready\r\n2",
    ] {
        let script = [(Stage::StartTls, Misbehaviour::Raw(slipped.into()))];
        let (ended, server) = talk_with(mail_server(), script, &[]);
        assert_eq!(words(&ended, "email"), ["failed"], "{ended:#?}");
        assert!(
            ended.stdout.contains("encryption did not begin"),
            "{ended:#?}"
        );
        assert!(!ended.stdout.contains("slipped in"), "{ended:#?}");
        assert_eq!(server.connections(), 1, "{ended:#?}");
        assert!(server.commands().iter().all(|command| !command.over_tls));
    }
}

/// Rule S-3: which login is said, by what the server offers and what the author chose.
#[test]
fn logins_are_said_as_offered_and_chosen() {
    for (offered, auth, sent) in [
        ("PLAIN LOGIN", "", Ok("AUTH PLAIN")),
        ("LOGIN PLAIN XOAUTH2", "", Ok("AUTH PLAIN")),
        ("LOGIN", "", Ok("AUTH LOGIN")),
        ("PLAIN LOGIN", "login", Ok("AUTH LOGIN")),
        ("XOAUTH2", "xoauth2", Ok("AUTH XOAUTH2")),
        (
            "XOAUTH2",
            "",
            Err("offers the logins XOAUTH2, not PLAIN or LOGIN"),
        ),
        ("LOGIN", "plain", Err("offers the logins LOGIN, not PLAIN")),
    ] {
        let config = mail_server().mechanisms(offered);
        let (ended, server) = talk(config, &[("RUNBELL_SMTP_AUTH", auth)]);
        let commands = server.commands();
        let login = commands.iter().find(|it| it.line.starts_with("AUTH"));
        match sent {
            Ok(command) => {
                assert_eq!(ended.code, Some(0), "{offered} {auth}: {ended:#?}");
                assert!(login.unwrap().line.starts_with(command), "{login:?}");
            }
            Err(words) => {
                assert!(ended.stdout.contains(words), "{offered} {auth}: {ended:#?}");
                assert!(login.is_none(), "{login:?}");
            }
        }
    }
}

/// A refused token is told with the reason behind it, and is not tried again.
#[test]
fn a_refused_token_is_final() {
    let config = Config::new(Security::StartTls)
        .login("ci@example.com", "another-token")
        .mechanisms("XOAUTH2");
    let (ended, server) = talk(config, &[("RUNBELL_SMTP_AUTH", "xoauth2")]);
    assert_eq!(words(&ended, "email"), ["failed"], "{ended:#?}");
    assert!(ended.stdout.contains("SMTP 535"), "{ended:#?}");
    assert_eq!(server.connections(), 1);
}

const THREE: [(&str, &str); 1] = [(
    "RUNBELL_EMAIL_TO",
    "ann@example.com, bob@example.com, cem@example.com",
)];

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const CEM: &str = "cem@example.com";

/// Rule S-5: who is refused stops nobody; who is put off gets the same mail later, alone.
#[test]
fn recipients_are_taken_put_off_and_refused_one_by_one() {
    for config in [mail_server(), mail_server().one_command_at_a_time()] {
        recipients_have_their_answers(&config);
    }
}

fn recipients_have_their_answers(config: &Config) {
    let fine = || Misbehaviour::Delay(Duration::ZERO);
    let reply = |text: &str| Misbehaviour::Reply(text.to_owned());
    let put_off = || reply("451 4.7.1 greylisted");
    let refused = || reply("550 5.1.1 no such user");
    for (replies, words_expected, mails, code, told) in [
        (
            vec![fine(), put_off(), fine()],
            &["partly accepted", "accepted"][..],
            &[&[ANN, CEM][..], &[BOB]][..],
            0,
            "",
        ),
        (
            vec![fine(), refused(), fine()],
            &["partly accepted"],
            &[&[ANN, CEM]],
            1,
            "sent, but not to bob@example.com (SMTP 550)",
        ),
        (
            vec![refused(), put_off(), fine()],
            &["partly accepted", "partly accepted"],
            &[&[CEM], &[BOB]],
            1,
            "sent, but not to ann@example.com (SMTP 550)",
        ),
        (
            vec![fine(), put_off(), fine(), refused()],
            &["partly accepted", "failed"],
            &[&[ANN, CEM]],
            1,
            "sent, but not to bob@example.com (SMTP 451); then: ",
        ),
        (
            vec![put_off(), put_off(), fine(), put_off(), fine(), fine()],
            &["partly accepted", "partly accepted", "accepted"],
            &[&[CEM], &[BOB], &[ANN]],
            0,
            "",
        ),
        // Nobody is taken: the mildest refusal decides, and all are tried again.
        (
            vec![refused(), put_off(), refused()],
            &["not now", "accepted"],
            &[&[ANN, BOB, CEM]],
            0,
            "",
        ),
        (
            vec![refused(), refused(), refused()],
            &["failed"],
            &[],
            1,
            "refused at recipients",
        ),
    ] {
        let script = replies.into_iter().map(|it| (Stage::RcptTo, it));
        let (ended, server) = talk_with(config.clone(), script, &THREE);
        assert_eq!(words(&ended, "email"), words_expected, "{ended:#?}");
        assert_eq!(ended.code, Some(code), "{ended:#?}");
        assert!(ended.stdout.contains(told), "{ended:#?}");
        let taken = server.mails();
        let recipients: Vec<&[String]> = taken.iter().map(|mail| &*mail.recipients).collect();
        assert_eq!(recipients, mails, "{ended:#?}");
        // It is one mail, whoever gets it when.
        let ids: Vec<_> = taken.iter().map(|mail| mail.header("Message-ID")).collect();
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
        let says = |line: &str| server.commands().iter().any(|it| it.line == line);
        assert!(
            !mails.is_empty() || says("RSET") && !says("DATA"),
            "{ended:#?}"
        );
    }
}

/// Sender and recipients go in one piece where the server offers that, and one by one elsewhere.
#[test]
fn the_envelope_goes_in_one_piece_where_the_server_takes_it() {
    for (config, said_after_refusal) in [
        (mail_server(), &["RCPT", "RCPT", "RCPT", "QUIT"][..]),
        (mail_server().one_command_at_a_time(), &["QUIT"]),
    ] {
        let script = [(Stage::MailFrom, Misbehaviour::Reply("550 5.7.1 no".into()))];
        let (ended, server) = talk_with(config, script, &THREE);
        assert_eq!(words(&ended, "email"), ["failed"], "{ended:#?}");
        let commands = server.commands().into_iter();
        let said: Vec<String> = commands
            .skip_while(|it| !it.line.starts_with("MAIL"))
            .skip(1)
            .map(|it| it.line.split(' ').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(said, said_after_refusal, "{ended:#?}");
    }
}

/// Rule S-8: addresses beyond ASCII go to servers that take them, and to no others.
#[test]
fn addresses_beyond_ascii_want_smtputf8() {
    let to = [("RUNBELL_EMAIL_TO", "用户@例子.中国")];
    let (ended, server) = talk(mail_server().offer_smtputf8(), &to);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let mails = server.mails();
    assert_eq!(mails[0].recipients, ["用户@xn--fsqu00a.xn--fiqs8s"]);
    let (ended, server) = talk(mail_server(), &to);
    assert_eq!(words(&ended, "email"), ["failed"], "{ended:#?}");
    assert!(ended.stdout.contains("SMTPUTF8"), "{ended:#?}");
    assert!(server.mails().is_empty());
    // It does not take the mail from the others.
    let both = [("RUNBELL_EMAIL_TO", "ann@example.com, 用户@例子.中国")];
    let (ended, server) = talk(mail_server(), &both);
    assert_eq!(words(&ended, "email"), ["partly accepted"], "{ended:#?}");
    assert!(
        ended.stdout.contains("用户@xn--fsqu00a.xn--fiqs8s"),
        "{ended:#?}"
    );
    assert_eq!(server.mails()[0].recipients, ["ann@example.com"]);
    let (ended, server) = talk(mail_server().offer_smtputf8(), &both);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(server.mails()[0].recipients.len(), 2);
    // A domain alone has an ASCII form that every server takes.
    let (ended, _) = talk(mail_server(), &[("RUNBELL_EMAIL_TO", "ci@例子.中国")]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

/// Rule S-6: what is said before the final dot is no verdict on the mail.
#[test]
fn a_verdict_before_the_mail_is_not_believed() {
    for early in ["354 go\r\n250 2.0.0 queued\r\n", "354 go\r\n354 go\r\n"] {
        let script = [
            (Stage::Data, Misbehaviour::Raw(early.into())),
            (Stage::Message, Misbehaviour::Reply("550 5.7.1 spam".into())),
        ];
        let (ended, server) = talk_with(mail_server(), script, &[]);
        assert_ne!(ended.code, Some(0), "{early:?}: {ended:#?}");
        assert_eq!(words(&ended, "email")[0], "failed", "{early:?}: {ended:#?}");
        assert!(server.mails().is_empty(), "{early:?}");
    }
}

/// Rule S-10: what is long but not too long is read, also a byte at a time.
#[test]
fn long_replies_within_the_limits_are_read() {
    let mut lines = vec!["250-receivers.example".to_owned()];
    lines.extend((0..120).map(|at| format!("250-X-KEYWORD-{at} {}", "x".repeat(90))));
    lines.extend(["250-AUTH PLAIN".to_owned(), "250 SIZE 100000".to_owned()]);
    let long = lines.join("\r\n");
    assert!(long.len() > 12_000);
    let every = Duration::from_micros(500);
    for script in [
        vec![(Stage::EhloOverTls, Misbehaviour::Reply(long))],
        vec![
            (Stage::Greeting, Misbehaviour::Drip { every }),
            (Stage::EhloOverTls, Misbehaviour::Drip { every }),
            (Stage::RcptTo, Misbehaviour::Drip { every }),
            (Stage::Message, Misbehaviour::Drip { every }),
        ],
    ] {
        let (ended, server) = talk_with(mail_server(), script, &[]);
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert_eq!(server.mails().len(), 1);
    }
}

/// The server's limit is met before the mail is on its way (RFC 1870).
#[test]
fn a_mail_over_the_servers_limit_is_announced() {
    let (ended, server) = talk(mail_server().size_limit(200), &[]);
    assert_eq!(words(&ended, "email"), ["failed"], "{ended:#?}");
    assert!(ended.stdout.contains("SMTP 552"), "{ended:#?}");
    assert!(server.commands().iter().all(|it| it.line != "DATA"));
}

/// What a network's keeper asks for, and nothing of the login.
#[test]
fn verbose_tells_server_encryption_and_last_word() {
    let (ended, server) = talk(mail_server(), &[("RUNBELL_VERBOSE", "true")]);
    let line = format!(
        "SMTP 250 at message from 127.0.0.1:{}, TLS 1.3: 2.0.0 message taken",
        server.port()
    );
    assert!(ended.stdout.contains(&line), "{ended:#?}");
    assert!(!ended.stdout.contains("AUTH"), "{ended:#?}");
}
