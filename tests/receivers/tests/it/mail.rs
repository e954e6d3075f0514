//! Mail over real sockets, in all three modes, and a server that misbehaves.

use std::io::{BufReader, Read};
use std::net::TcpStream;
use std::time::Duration;

use runbell_receivers::Authority;
use runbell_receivers::smtp::{Certificate, Config, Misbehaviour, Security, Server, Stage};

use crate::client::{Stream, connect, read_line, secure};

const MESSAGE: &str = "From: a@x.example\r\nDate: x\r\nMessage-ID: <1@x>\r\nSubject: hi\r\n\r\nhello\r\n..dot\r\n.\r\n";

/// The client's end of a dialogue.
struct Dialogue<S: Stream>(BufReader<S>);

impl<S: Stream> Dialogue<S> {
    fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// Reads a whole reply and compares its code.
    #[track_caller]
    fn hear(&mut self, code: &str) -> String {
        let mut reply = String::new();
        loop {
            let line = read_line(&mut self.0).unwrap();
            reply.push_str(&line);
            reply.push('\n');
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        }
        assert!(reply.starts_with(code), "{reply:?} is not {code}");
        reply
    }

    #[track_caller]
    fn say(&mut self, line: &str, code: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes());
        self.hear(code)
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
        self.0.get_mut().flush().unwrap();
    }

    fn mail(&mut self) {
        self.say("MAIL FROM:<a@x.example>", "250");
        self.say("RCPT TO:<b@x.example>", "250");
        self.say("DATA", "354");
        self.send(MESSAGE.as_bytes());
        self.hear("250");
    }
}

/// Goes through STARTTLS up to the encrypted EHLO.
fn starttls(server: &Server, authority: &Authority) -> Dialogue<impl Stream> {
    let mut clear = Dialogue::new(connect(server.port()));
    clear.hear("220");
    assert!(clear.say("EHLO me", "250").contains("STARTTLS"));
    clear.say("STARTTLS", "220");
    let mut hidden = Dialogue::new(secure(clear.0.into_inner(), authority).unwrap());
    assert!(hidden.say("EHLO me", "250").contains("AUTH PLAIN LOGIN"));
    hidden
}

#[test]
fn mail_goes_through_starttls_with_a_login() {
    let authority = Authority::new().unwrap();
    let config = Config::new(Security::StartTls)
        .login("user", "pass")
        .refuse_recipient("no@x.example", "550 5.1.1 gone");
    let server = Server::start(config, &authority).unwrap();
    let mut dialogue = starttls(&server, &authority);
    dialogue.say("MAIL FROM:<a@x.example>", "530");
    dialogue.say("AUTH PLAIN AHVzZXIAcGFzcw==", "235");
    dialogue.say("MAIL FROM:<a@x.example>", "250");
    dialogue.say("RCPT TO:<no@x.example>", "550");
    dialogue.say("RCPT TO:<b@x.example>", "250");
    dialogue.say("DATA", "354");
    dialogue.send(MESSAGE.as_bytes());
    dialogue.hear("250");
    dialogue.say("QUIT", "221");

    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(
        (mail.from.as_str(), &mail.recipients[..]),
        ("a@x.example", &["b@x.example".to_owned()][..])
    );
    assert_eq!(
        mail.text(),
        MESSAGE
            .replace("\r\n..", "\r\n.")
            .strip_suffix(".\r\n")
            .unwrap()
    );
    assert_eq!(mail.header("subject").as_deref(), Some("hi"));
    assert_eq!(
        (mail.authenticated_as.as_deref(), mail.over_tls),
        (Some("user"), true)
    );
    assert_eq!(server.violations(), Vec::<String>::new());
    let clear: Vec<_> = server
        .commands()
        .into_iter()
        .filter(|one| !one.over_tls)
        .map(|one| one.line)
        .collect();
    assert_eq!(clear, ["EHLO me", "STARTTLS"]);
    assert_eq!(server.commands()[3].reply.as_deref(), Some("530"));
}

#[test]
fn mail_goes_through_implicit_tls_and_in_the_clear() {
    let authority = Authority::new().unwrap();
    let server =
        Server::start(Config::new(Security::Tls).login("user", "pass"), &authority).unwrap();
    let mut hidden = Dialogue::new(secure(connect(server.port()), &authority).unwrap());
    hidden.hear("220");
    hidden.say("EHLO me", "250");
    hidden.say("AUTH LOGIN", "334 VXNlcm5hbWU6");
    hidden.say("dXNlcg==", "334 UGFzc3dvcmQ6");
    hidden.say("d3Jvbmc=", "535");
    hidden.say("AUTH LOGIN dXNlcg==", "334");
    hidden.say("cGFzcw==", "235");
    hidden.mail();
    hidden.mail();
    assert_eq!(server.mails().len(), 2);

    let server = Server::start(Config::new(Security::Plain), &authority).unwrap();
    let mut clear = Dialogue::new(connect(server.port()));
    clear.hear("220");
    clear.say("EHLO me", "250");
    clear.mail();
    assert!(!server.mails()[0].over_tls);
}

#[test]
fn what_follows_starttls_in_the_clear_is_caught() {
    let authority = Authority::new().unwrap();
    let server = Server::start(Config::new(Security::StartTls), &authority).unwrap();
    let mut clear = Dialogue::new(connect(server.port()));
    clear.hear("220");
    clear.say("EHLO me", "250");
    clear.send(b"STARTTLS\r\nMAIL FROM:<a@x.example>\r\n");
    clear.hear("220");
    let mut rest = Vec::new();
    let _ = clear.0.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    drop(clear);
    assert!(server.violations()[0].contains("between STARTTLS and the handshake"));
}

#[test]
fn commands_wait_for_replies_unless_the_server_lets_them() {
    let offered = || Config::new(Security::Plain);
    for (config, behind, is_well) in [
        (offered(), "RCPT TO:<b@x.example>\r\n", true),
        (offered(), "RCPT TO:<b@x.example>\r\nDATA\r\n", true),
        (
            offered(),
            "RCPT TO:<b@x.example>\r\nDATA\r\nhello\r\n",
            false,
        ),
        (
            offered().one_command_at_a_time(),
            "RCPT TO:<b@x.example>\r\n",
            false,
        ),
    ] {
        let authority = Authority::new().unwrap();
        let server = Server::start(config, &authority).unwrap();
        let mut clear = Dialogue::new(connect(server.port()));
        clear.hear("220");
        clear.say("EHLO me", "250");
        clear.send(format!("MAIL FROM:<a@x.example>\r\n{behind}").as_bytes());
        clear.hear("250");
        clear.hear("250");
        if behind.contains("DATA") {
            clear.hear("354");
        }
        let violations = server.violations();
        assert_eq!(violations.is_empty(), is_well, "{behind}: {violations:?}");
    }
}

#[test]
fn bare_line_feeds_are_refused() {
    let authority = Authority::new().unwrap();
    let server = Server::start(Config::new(Security::Plain), &authority).unwrap();
    let mut clear = Dialogue::new(connect(server.port()));
    clear.hear("220");
    clear.say("EHLO me", "250");
    clear.say("MAIL FROM:<a@x.example>", "250");
    clear.say("RCPT TO:<b@x.example>", "250");
    clear.say("DATA", "354");
    // The dot after a bare LF is no end of message: whoever takes it for one can be made to smuggle mail.
    clear.send(b"From: a@x.example\r\n\r\none\n.\nMAIL FROM:<evil@x.example>\r\n.\r\n");
    clear.hear("550");
    clear.mail();
    assert_eq!(server.mails().len(), 1);
    assert!(
        server
            .violations()
            .contains(&"a line ends in a bare LF".to_owned())
    );
}

fn clear_server(
    script: impl IntoIterator<Item = (Stage, Misbehaviour)>,
) -> (Server, Dialogue<TcpStream>) {
    let authority = Authority::new().unwrap();
    let server = Server::start(Config::new(Security::Plain), &authority).unwrap();
    server.script(script);
    let dialogue = Dialogue::new(connect(server.port()));
    (server, dialogue)
}

fn reply(text: &str) -> Misbehaviour {
    Misbehaviour::Reply(text.to_owned())
}

#[test]
fn a_scripted_refusal_undoes_its_command_once() {
    let (server, mut dialogue) = clear_server([
        (Stage::MailFrom, reply("451 4.3.0 later")),
        (Stage::RcptTo, reply("452 4.5.3 too many")),
        (Stage::Data, reply("451 4.3.0 later")),
        (Stage::Message, reply("554 5.7.1 looks like spam")),
    ]);
    dialogue.hear("220");
    dialogue.say("EHLO me", "250");
    dialogue.say("MAIL FROM:<a@x.example>", "451");
    dialogue.say("RCPT TO:<b@x.example>", "503");
    dialogue.say("MAIL FROM:<a@x.example>", "250");
    dialogue.say("RCPT TO:<b@x.example>", "452");
    dialogue.say("DATA", "554");
    dialogue.say("RCPT TO:<c@x.example>", "250");
    dialogue.say("DATA", "451");
    dialogue.say("DATA", "354");
    dialogue.send(MESSAGE.as_bytes());
    dialogue.hear("554");
    assert_eq!(server.mails(), []);
    dialogue.mail();
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_greeting_can_refuse_and_421_hangs_up() {
    let (_server, mut dialogue) = clear_server([(Stage::Greeting, reply("554 5.3.2 not today"))]);
    dialogue.hear("554");
    assert!(read_line(&mut dialogue.0).is_err());
    let (_server, mut dialogue) = clear_server([(Stage::Ehlo, reply("421 4.3.2 closing"))]);
    dialogue.hear("220");
    dialogue.say("EHLO me", "421");
    assert!(read_line(&mut dialogue.0).is_err());
}

#[test]
fn a_mail_counts_though_its_answer_is_lost() {
    for misbehaviour in [
        Misbehaviour::Reset,
        Misbehaviour::Close,
        Misbehaviour::Silence,
    ] {
        let (server, mut dialogue) = clear_server([(Stage::Message, misbehaviour)]);
        dialogue.hear("220");
        dialogue.say("EHLO me", "250");
        dialogue.say("MAIL FROM:<a@x.example>", "250");
        dialogue.say("RCPT TO:<b@x.example>", "250");
        dialogue.say("DATA", "354");
        dialogue.send(MESSAGE.as_bytes());
        assert_eq!(server.wait_for(1, Duration::from_secs(20)).len(), 1);
        drop(server);
        assert!(read_line(&mut dialogue.0).is_err());
    }
}

#[test]
fn replies_can_be_stripped_slow_or_endless() {
    let stripped = Misbehaviour::Raw(b"250-mail.example\r\n250 AUTH PLAIN\r\n".to_vec());
    let slow = Misbehaviour::Drip {
        every: Duration::ZERO,
    };
    let late = Misbehaviour::Delay(Duration::from_millis(1));
    let flood = Misbehaviour::Flood { bytes: u64::MAX };
    let (_server, mut dialogue) = clear_server([
        (Stage::Greeting, slow),
        (Stage::Ehlo, stripped),
        (Stage::Noop, late),
        (Stage::Reset, flood),
    ]);
    dialogue.hear("220");
    assert_eq!(
        dialogue.say("EHLO me", "250"),
        "250-mail.example\n250 AUTH PLAIN\n"
    );
    dialogue.say("NOOP", "250");
    dialogue.send(b"RSET\r\n");
    let mut bytes = vec![0; 1024 * 1024];
    dialogue.0.read_exact(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"250-more"));
    let (_server, mut dialogue) =
        clear_server([(Stage::Greeting, Misbehaviour::LongLine { bytes: 100_000 })]);
    let mut line = Vec::new();
    dialogue.0.read_to_end(&mut line).unwrap();
    assert_eq!((line.len(), line.contains(&b'\n')), (100_004, false));
}

#[test]
fn plaintext_can_be_injected_behind_starttls() {
    let authority = Authority::new().unwrap();
    let server = Server::start(Config::new(Security::StartTls), &authority).unwrap();
    server.script([(
        Stage::StartTls,
        Misbehaviour::Raw(b"220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n".to_vec()),
    )]);
    let mut clear = Dialogue::new(connect(server.port()));
    clear.hear("220");
    clear.say("EHLO me", "250");
    clear.say("STARTTLS", "220");
    assert_eq!(clear.hear("250"), "250-injected\n250 AUTH PLAIN\n");
    // A client that threw the injected lines away finds a real handshake behind them.
    let mut hidden = Dialogue::new(secure(clear.0.into_inner(), &authority).unwrap());
    hidden.say("EHLO me", "250");
}

#[test]
fn handshakes_fail_as_scripted() {
    let authority = Authority::new().unwrap();
    let clear = Misbehaviour::Reply("220 not TLS".to_owned());
    for misbehaviour in [Misbehaviour::Reset, Misbehaviour::Close, clear] {
        let server = Server::start(Config::new(Security::Tls), &authority).unwrap();
        server.script([(Stage::Handshake, misbehaviour.clone())]);
        assert!(
            secure(connect(server.port()), &authority).is_err(),
            "{misbehaviour:?}"
        );
        let mut healthy = Dialogue::new(secure(connect(server.port()), &authority).unwrap());
        healthy.hear("220");
    }
    for certificate in [Certificate::WrongHost, Certificate::Expired] {
        let config = Config::new(Security::Tls).certificate(certificate);
        let server = Server::start(config, &authority).unwrap();
        let failure = secure(connect(server.port()), &authority).expect_err("no handshake");
        assert_eq!(
            failure.kind(),
            std::io::ErrorKind::InvalidData,
            "{certificate:?}"
        );
    }
}
