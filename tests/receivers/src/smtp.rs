//! A mail server: ESMTP with STARTTLS or TLS from the first byte, and AUTH PLAIN and LOGIN.
//!
//! It is strict where mail servers in the field are: nothing but EHLO and STARTTLS before TLS, no mail
//! without a login when one is set, `\r\n` at the end of every line. Sources: RFC 5321 (SMTP), RFC 3207
//! (STARTTLS), RFC 4954 (AUTH), RFC 4616 (PLAIN), RFC 1870 (SIZE).

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::listener::{Gate, Listener, lock, wait_for};
use crate::tls::{Authority, Wardrobe};
use crate::wire::{Pace, Wire};

/// Longest line of a message, in bytes without its line end (RFC 5321 4.5.3.1.6).
pub const LINE_LIMIT_BYTES: usize = 998;
/// Longest command line, in bytes with its line end. RFC 5321 says 512; RFC 4954 lets AUTH have 12288.
pub const COMMAND_LIMIT_BYTES: usize = 12_288;
/// Largest message taken unless [`Config::size_limit`] says otherwise, in bytes as transferred.
pub const SIZE_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// How a connection is made secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Plain at first; nothing but EHLO, NOOP, RSET and QUIT is taken before STARTTLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Plain to the end.
    Plain,
}

/// What a mail server demands and refuses.
#[derive(Debug, Clone)]
pub struct Config {
    security: Security,
    login: Option<Login>,
    mechanisms: &'static str,
    refused: HashMap<String, String>,
    size_limit: usize,
    addresses: Addresses,
    commands: Commands,
    certificate: Certificate,
}

/// When the next command may come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Commands {
    /// After the reply to the one before.
    OneByOne,
    /// Also with the one before, where that one is MAIL, RCPT or RSET: PIPELINING (RFC 2920).
    #[default]
    Together,
}

impl Commands {
    /// Whether something may stand behind this line before it is answered. What stands behind
    /// STARTTLS is looked at where TLS begins.
    fn may_follow(self, line: &str) -> bool {
        let word = line.split(' ').next().unwrap_or_default();
        let among = |words: &[&str]| words.iter().any(|it| word.eq_ignore_ascii_case(it));
        among(&["STARTTLS"]) || self == Self::Together && among(&["MAIL", "RCPT", "RSET"])
    }
}

/// The certificate a server shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Certificate {
    /// A good one.
    #[default]
    Trusted,
    /// One of the right authority for another host (`elsewhere.example`).
    WrongHost,
    /// One of the right authority that ended in 2001.
    Expired,
}

#[derive(Clone)]
struct Login {
    username: String,
    password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

impl Config {
    /// A server that takes mail for anyone from anyone.
    pub fn new(security: Security) -> Self {
        Self {
            security,
            login: None,
            mechanisms: "PLAIN LOGIN",
            refused: HashMap::new(),
            size_limit: SIZE_LIMIT_BYTES,
            addresses: Addresses::Ascii,
            commands: Commands::default(),
            certificate: Certificate::Trusted,
        }
    }

    /// Does not offer PIPELINING.
    #[must_use]
    pub fn one_command_at_a_time(mut self) -> Self {
        self.commands = Commands::OneByOne;
        self
    }

    /// Offers SMTPUTF8, and with it takes addresses beyond ASCII.
    #[must_use]
    pub fn offer_smtputf8(mut self) -> Self {
        self.addresses = Addresses::International;
        self
    }

    /// Shows that certificate instead of a good one.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificate = certificate;
        self
    }

    /// Demands a login before any mail.
    #[must_use]
    pub fn login(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.login = Some(Login {
            username: username.into(),
            password: password.into(),
        });
        self
    }

    /// Offers those mechanisms alone, among PLAIN, LOGIN and XOAUTH2; with the last, the password of
    /// [`Config::login`] is the access token.
    #[must_use]
    pub fn mechanisms(mut self, names: &'static str) -> Self {
        self.mechanisms = names;
        self
    }

    /// Refuses one recipient with that reply, such as `550 5.1.1 no such user`. Case does not matter.
    #[must_use]
    pub fn refuse_recipient(
        mut self,
        address: impl Into<String>,
        reply: impl Into<String>,
    ) -> Self {
        self.refused
            .insert(address.into().to_ascii_lowercase(), reply.into());
        self
    }

    /// The largest message taken, in bytes; more is refused with 552.
    #[must_use]
    pub fn size_limit(mut self, bytes: usize) -> Self {
        self.size_limit = bytes;
        self
    }
}

/// A point of the conversation at which the server speaks, and so can misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The first line, before any command.
    Greeting,
    /// EHLO or HELO before TLS, or on a connection without STARTTLS.
    Ehlo,
    /// EHLO after STARTTLS.
    EhloOverTls,
    /// STARTTLS.
    StartTls,
    /// The TLS handshake, after STARTTLS or at once. A reset comes half-way through the server's answer;
    /// replies go out in the clear and end the connection; the floods only end it.
    Handshake,
    /// A prompt (334) within AUTH. There is none when AUTH PLAIN brings its response along.
    AuthPrompt,
    /// The verdict on the credentials, which ends AUTH.
    Auth,
    /// MAIL.
    MailFrom,
    /// RCPT, each one.
    RcptTo,
    /// DATA.
    Data,
    /// The line with the single dot: the verdict on the message.
    Message,
    /// RSET.
    Reset,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
}

/// How the server misbehaves at a [`Stage`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// Gives that reply instead of its own; the line end is added. A reply that begins with 4 or 5 means that
    /// the command did not happen.
    Reply(String),
    /// Writes exactly those bytes instead of its own reply, then goes on as if it had given that.
    Raw(Vec<u8>),
    /// Resets the connection instead of replying.
    Reset,
    /// Closes the connection instead of replying.
    Close,
    /// Says nothing until the server is dropped.
    Silence,
    /// Waits, then replies properly.
    Delay(Duration),
    /// Replies properly, one byte at a time.
    Drip {
        /// Pause after each byte.
        every: Duration,
    },
    /// Replies with continuation lines of that many bytes in all, then closes. `u64::MAX` never ends.
    Flood {
        /// Length of the reply in bytes.
        bytes: u64,
    },
    /// Replies with one line of that many bytes that never ends, then closes.
    LongLine {
        /// Length of the line in bytes.
        bytes: u64,
    },
}

/// One message the server took.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// When it was taken.
    pub at: SystemTime,
    /// The address in MAIL FROM, without angle brackets.
    pub from: String,
    /// The addresses in RCPT TO that were taken, in order.
    pub recipients: Vec<String>,
    /// The message as sent, with dot-stuffing undone and without the last dot.
    pub data: Vec<u8>,
    /// Who had logged in.
    pub authenticated_as: Option<String>,
    /// Whether it came over TLS.
    pub over_tls: bool,
    /// What a forgiving server would let pass but a careful sender must not do.
    pub violations: Vec<String>,
}

impl Mail {
    /// The message as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }

    /// The first header of that name with its folded lines joined, encoded words left as they are.
    pub fn header(&self, name: &str) -> Option<String> {
        let text = self.text();
        let head = text
            .split_once("\r\n\r\n")
            .map_or(text.as_str(), |(head, _)| head);
        let mut lines = head.split("\r\n").skip_while(|line| {
            !line
                .split_once(':')
                .is_some_and(|(own, _)| own.eq_ignore_ascii_case(name))
        });
        let mut value = lines.next()?.split_once(':')?.1.trim().to_owned();
        for folded in lines.take_while(|line| line.starts_with([' ', '\t'])) {
            value.push_str(folded);
        }
        Some(value)
    }
}

/// One line a client sent as a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Number of the connection, counted from 1.
    pub connection: usize,
    /// The line without its end. Lines of an AUTH exchange are recorded too.
    pub line: String,
    /// Whether it came over TLS.
    pub over_tls: bool,
    /// The first three digits of what was replied; `None` when nothing was.
    pub reply: Option<String>,
}

/// A running mail server on a loopback port of its own.
///
/// Dropping it closes the port, ends every connection and joins every thread.
pub struct Server {
    shared: Arc<Shared>,
    listener: Listener,
}

impl Server {
    /// Starts a server that shows a certificate of that authority.
    pub fn start(config: Config, authority: &Authority) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            config,
            wardrobe: authority.wardrobe(),
            script: Mutex::default(),
            mails: Mutex::default(),
            commands: Mutex::default(),
            violations: Mutex::default(),
            arrived: Condvar::new(),
            gate: Arc::default(),
        });
        let serving = Arc::clone(&shared);
        let listener = Listener::open(
            Arc::clone(&shared.gate),
            |number| number,
            move |stream, number| {
                // A connection that breaks is the sender's business; what had arrived is on record.
                let _ = converse(stream, number, &serving);
            },
        )?;
        Ok(Self { shared, listener })
    }

    /// The address to connect to, without the port.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.listener.port()
    }

    /// Queues misbehaviour. Each entry is used up the next time its stage comes; entries for one stage keep
    /// their order, and those for different stages do not wait for each other.
    pub fn script(&self, entries: impl IntoIterator<Item = (Stage, Misbehaviour)>) {
        let mut script = lock(&self.shared.script);
        for (stage, misbehaviour) in entries {
            script.entry(stage).or_default().push_back(misbehaviour);
        }
    }

    /// Every message taken so far, in order.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.shared.mails).clone()
    }

    /// Waits until `count` messages were taken, or for at most `limit`, and gives all there are.
    pub fn wait_for(&self, count: usize, limit: Duration) -> Vec<Mail> {
        wait_for(&self.shared.mails, &self.shared.arrived, count, limit)
    }

    /// Every command so far, over all connections.
    ///
    /// Credentials are in it, so that a test can prove that none were sent in the clear.
    pub fn commands(&self) -> Vec<Command> {
        lock(&self.shared.commands).clone()
    }

    /// Every violation so far, in mails and outside them.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.shared.violations).clone()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.gate.connections()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("port", &self.port())
            .finish_non_exhaustive()
    }
}

struct Shared {
    config: Config,
    wardrobe: Wardrobe,
    script: Mutex<HashMap<Stage, VecDeque<Misbehaviour>>>,
    mails: Mutex<Vec<Mail>>,
    commands: Mutex<Vec<Command>>,
    violations: Mutex<Vec<String>>,
    arrived: Condvar,
    gate: Arc<Gate>,
}

/// What the server has to say, and at which point.
#[derive(Debug, Clone, PartialEq)]
struct Reply {
    stage: Option<Stage>,
    text: String,
    then: Then,
}

/// What follows a reply.
#[derive(Debug, Clone, PartialEq)]
enum Then {
    /// The next command.
    Listen,
    /// The TLS handshake.
    Encrypt,
    /// One more line of an AUTH exchange.
    AuthLine,
    /// The lines of a message.
    ReadMessage,
    /// The end.
    Hangup,
}

impl Reply {
    fn new(stage: Stage, text: impl Into<String>) -> Self {
        Self {
            stage: Some(stage),
            text: text.into(),
            then: Then::Listen,
        }
    }

    /// A reply that is no stage of its own, to what makes no sense.
    fn error(text: &str) -> Self {
        Self {
            stage: None,
            text: text.to_owned(),
            then: Then::Listen,
        }
    }

    fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    fn refuses(text: &str) -> bool {
        text.starts_with(['4', '5'])
    }
}

/// Whether bytes of this connection are hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channel {
    Clear,
    Tls,
}

/// What the server knows of one conversation. No I/O happens here: a line in, a reply out.
#[derive(Debug)]
struct Conversation<'a> {
    config: &'a Config,
    channel: Channel,
    greeted: bool,
    user: Option<String>,
    exchange: Option<Exchange>,
    envelope: Option<Envelope>,
}

#[derive(Debug, Clone, PartialEq)]
enum Exchange {
    Plain,
    LoginUsername,
    LoginPassword {
        username: String,
    },
    Token,
    /// The reason of a refusal was given; an empty line is due.
    TokenRefused,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Envelope {
    from: String,
    recipients: Vec<String>,
    addresses: Addresses,
}

/// Which addresses a transaction may name.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Addresses {
    #[default]
    Ascii,
    International,
}

impl Addresses {
    fn allow(self, address: &str) -> bool {
        self == Self::International || address.is_ascii()
    }
}

impl<'a> Conversation<'a> {
    fn new(config: &'a Config, channel: Channel) -> Self {
        Self {
            config,
            channel,
            greeted: false,
            user: None,
            exchange: None,
            envelope: None,
        }
    }

    /// Answers one command line.
    fn command(&mut self, line: &str) -> Reply {
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let argument = argument.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" if argument.is_empty() => Reply::error("501 5.5.4 a name is required"),
            "EHLO" => self.hello(Self::capabilities),
            "HELO" => self.hello(|_| "250 receivers.example".to_owned()),
            "STARTTLS" => self.start_tls(argument),
            "NOOP" => Reply::new(Stage::Noop, "250 2.0.0 still here"),
            "RSET" => {
                self.envelope = None;
                Reply::new(Stage::Reset, "250 2.0.0 forgotten")
            }
            "QUIT" => Reply::new(Stage::Quit, "221 2.0.0 goodbye").then(Then::Hangup),
            "AUTH" | "MAIL" | "RCPT" | "DATA" if !self.greeted => {
                Reply::error("503 5.5.1 EHLO first")
            }
            "AUTH" | "MAIL" | "RCPT" | "DATA" if self.wants_tls() => {
                Reply::error("530 5.7.0 must issue a STARTTLS command first")
            }
            "AUTH" => self.auth(argument),
            "MAIL" => self.mail(argument),
            "RCPT" => self.recipient(argument),
            "DATA" => self.data(argument),
            _ => Reply::error("500 5.5.2 command not recognised"),
        }
    }

    fn wants_tls(&self) -> bool {
        self.config.security == Security::StartTls && self.channel == Channel::Clear
    }

    fn hello(&mut self, text: impl Fn(&Self) -> String) -> Reply {
        self.greeted = true;
        self.envelope = None;
        let after_start_tls =
            self.config.security == Security::StartTls && self.channel == Channel::Tls;
        Reply::new(
            if after_start_tls {
                Stage::EhloOverTls
            } else {
                Stage::Ehlo
            },
            text(self),
        )
    }

    fn capabilities(&self) -> String {
        let mut lines = vec![
            "receivers.example".to_owned(),
            format!("SIZE {}", self.config.size_limit),
        ];
        if self.wants_tls() {
            lines.push("STARTTLS".to_owned());
        } else if self.config.login.is_some() {
            // Offered only where the password would be safe, or where nothing better will come.
            lines.push(format!("AUTH {}", self.config.mechanisms));
        }
        lines.push("8BITMIME".to_owned());
        lines.push("ENHANCEDSTATUSCODES".to_owned());
        if self.config.commands == Commands::Together {
            lines.push("PIPELINING".to_owned());
        }
        if self.offers_smtputf8() {
            lines.push("SMTPUTF8".to_owned());
        }
        let last = lines.len() - 1;
        let marked = lines.iter().enumerate();
        let marked = marked
            .map(|(index, line)| format!("250{}{line}", if index == last { ' ' } else { '-' }));
        marked.collect::<Vec<_>>().join("\r\n")
    }

    fn offers_smtputf8(&self) -> bool {
        self.config.addresses == Addresses::International
    }

    fn start_tls(&mut self, argument: &str) -> Reply {
        if !self.wants_tls() {
            return Reply::error("503 5.5.1 STARTTLS is not offered here");
        }
        if !argument.is_empty() {
            return Reply::error("501 5.5.4 STARTTLS takes no argument");
        }
        Reply::new(Stage::StartTls, "220 2.0.0 ready for TLS").then(Then::Encrypt)
    }

    /// Forgets everything learnt in the clear (RFC 3207 4.2).
    fn encrypted(&mut self) {
        *self = Self::new(self.config, Channel::Tls);
    }

    fn auth(&mut self, argument: &str) -> Reply {
        if self.config.login.is_none() {
            return Reply::error("503 5.5.1 AUTH is not offered here");
        }
        if self.user.is_some() || self.envelope.is_some() {
            return Reply::error("503 5.5.1 too late for AUTH");
        }
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        let mechanism = mechanism.to_ascii_uppercase();
        let mut offered = self.config.mechanisms.split(' ');
        let (exchange, prompt) = match mechanism.as_str() {
            _ if !offered.any(|name| name == mechanism) => {
                return Reply::error("504 5.5.4 mechanism not offered");
            }
            "PLAIN" => (Exchange::Plain, "334 "),
            "LOGIN" => (Exchange::LoginUsername, "334 VXNlcm5hbWU6"),
            "XOAUTH2" => (Exchange::Token, "334 "),
            _ => return Reply::error("504 5.5.4 mechanism not offered"),
        };
        self.exchange = Some(exchange);
        if initial.is_empty() {
            return Reply::new(Stage::AuthPrompt, prompt).then(Then::AuthLine);
        }
        self.auth_line(initial)
    }

    /// Answers one line of an AUTH exchange.
    fn auth_line(&mut self, line: &str) -> Reply {
        let Some(exchange) = self.exchange.take() else {
            return Reply::error("503 5.5.1 no AUTH under way");
        };
        if line == "*" {
            return Reply::new(Stage::Auth, "501 5.7.0 AUTH given up");
        }
        let Some(decoded) = STANDARD
            .decode(line)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
        else {
            return Reply::new(Stage::Auth, "501 5.5.2 not Base64");
        };
        match exchange {
            Exchange::Plain => {
                let mut parts = decoded.split('\0');
                let (identity, username, password) = (parts.next(), parts.next(), parts.next());
                match (identity, username, password, parts.next()) {
                    (Some(identity), Some(username), Some(password), None)
                        if identity.is_empty() || identity == username =>
                    {
                        self.verdict(username, password)
                    }
                    _ => Reply::new(Stage::Auth, "501 5.5.2 not a PLAIN response"),
                }
            }
            Exchange::LoginUsername => {
                self.exchange = Some(Exchange::LoginPassword { username: decoded });
                Reply::new(Stage::AuthPrompt, "334 UGFzc3dvcmQ6").then(Then::AuthLine)
            }
            Exchange::LoginPassword { username } => self.verdict(&username, &decoded),
            Exchange::Token => self.token(&decoded),
            Exchange::TokenRefused if line.is_empty() => {
                Reply::new(Stage::Auth, "535 5.7.8 token not accepted")
            }
            Exchange::TokenRefused => Reply::new(Stage::Auth, "501 5.5.2 an empty line was due"),
        }
    }

    /// XOAUTH2: `user=NAME^Aauth=Bearer TOKEN^A^A`. A refusal comes in two steps.
    fn token(&mut self, response: &str) -> Reply {
        let parts: Vec<&str> = response.split('\u{1}').collect();
        let [user, bearer, "", ""] = parts.as_slice() else {
            return Reply::new(Stage::Auth, "501 5.5.2 not an XOAUTH2 response");
        };
        let (Some(user), Some(token)) = (
            user.strip_prefix("user="),
            bearer.strip_prefix("auth=Bearer "),
        ) else {
            return Reply::new(Stage::Auth, "501 5.5.2 not an XOAUTH2 response");
        };
        let reply = self.verdict(user, token);
        match self.user {
            Some(_) => reply,
            None => {
                self.exchange = Some(Exchange::TokenRefused);
                let reason = STANDARD.encode(r#"{"status":"400","schemes":"Bearer"}"#);
                Reply::new(Stage::AuthPrompt, format!("334 {reason}")).then(Then::AuthLine)
            }
        }
    }

    fn verdict(&mut self, username: &str, password: &str) -> Reply {
        let matches = |login: &&Login| login.username == username && login.password == password;
        match self.config.login.as_ref().filter(matches) {
            Some(login) => {
                self.user = Some(login.username.clone());
                Reply::new(Stage::Auth, "235 2.7.0 welcome")
            }
            None => Reply::new(Stage::Auth, "535 5.7.8 username or password wrong"),
        }
    }

    fn mail(&mut self, argument: &str) -> Reply {
        if self.config.login.is_some() && self.user.is_none() {
            return Reply::error("530 5.7.0 authentication required");
        }
        if self.envelope.is_some() {
            return Reply::error("503 5.5.1 one MAIL at a time");
        }
        let Some((from, parameters)) = path(argument, "FROM:") else {
            return Reply::error("501 5.1.7 not a sender address");
        };
        for parameter in parameters.split_whitespace() {
            // Keywords are of either case (RFC 5321 2.4).
            let parameter = parameter.to_ascii_uppercase();
            match parameter.split_once('=') {
                Some(("SIZE", size)) => match size.parse::<usize>() {
                    Ok(size) if size <= self.config.size_limit => {}
                    Ok(_) => return Reply::new(Stage::MailFrom, "552 5.3.4 message too large"),
                    Err(_) => return Reply::error("501 5.5.4 SIZE is not a number"),
                },
                Some(("BODY", "7BIT" | "8BITMIME")) => {}
                None if parameter == "SMTPUTF8" && self.offers_smtputf8() => {}
                _ => return Reply::error("555 5.5.4 parameter not recognised"),
            }
        }
        let addresses = if parameters.to_ascii_uppercase().contains("SMTPUTF8") {
            Addresses::International
        } else {
            Addresses::Ascii
        };
        if !addresses.allow(from) {
            return Reply::error("553 5.6.7 address beyond ASCII without SMTPUTF8");
        }
        self.envelope = Some(Envelope {
            from: from.to_owned(),
            recipients: Vec::new(),
            addresses,
        });
        Reply::new(Stage::MailFrom, "250 2.1.0 sender taken")
    }

    fn recipient(&mut self, argument: &str) -> Reply {
        let Some(envelope) = &mut self.envelope else {
            return Reply::error("503 5.5.1 MAIL first");
        };
        let Some((to, "")) = path(argument, "TO:") else {
            return Reply::error("501 5.1.3 not a recipient address");
        };
        if !to.contains('@') {
            return Reply::error("501 5.1.3 not a recipient address");
        }
        if !envelope.addresses.allow(to) {
            return Reply::error("553 5.6.7 address beyond ASCII without SMTPUTF8");
        }
        match self.config.refused.get(&to.to_ascii_lowercase()) {
            Some(reply) => Reply::new(Stage::RcptTo, reply.as_str()),
            None => {
                envelope.recipients.push(to.to_owned());
                Reply::new(Stage::RcptTo, "250 2.1.5 recipient taken")
            }
        }
    }

    fn data(&mut self, argument: &str) -> Reply {
        match &self.envelope {
            None => Reply::error("503 5.5.1 MAIL first"),
            Some(_) if !argument.is_empty() => Reply::error("501 5.5.4 DATA takes no argument"),
            Some(envelope) if envelope.recipients.is_empty() => {
                Reply::error("554 5.5.1 no valid recipients")
            }
            Some(_) => Reply::new(Stage::Data, "354 end with a dot on a line of its own")
                .then(Then::ReadMessage),
        }
    }

    /// Undoes what a scripted refusal says did not happen.
    fn undo(&mut self, stage: Stage) {
        match stage {
            Stage::Ehlo | Stage::EhloOverTls => self.greeted = false,
            Stage::AuthPrompt | Stage::Auth => (self.user, self.exchange) = (None, None),
            Stage::MailFrom => self.envelope = None,
            Stage::RcptTo => {
                if let Some(envelope) = &mut self.envelope {
                    envelope.recipients.pop();
                }
            }
            _ => {}
        }
    }
}

/// The address of `FROM:<a@b> …` and what stands behind it; the null sender is empty.
fn path<'a>(argument: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let start = argument.get(..keyword.len())?;
    let rest = argument.get(keyword.len()..)?;
    if !start.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, parameters) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    let is_clean = !address.contains(|letter: char| letter.is_ascii_control() || letter == ' ');
    is_clean.then_some((address, parameters.trim()))
}

/// A message read up to its last dot.
#[derive(Debug, Default, PartialEq)]
struct Message {
    data: Vec<u8>,
    violations: Vec<String>,
    /// The reply that refuses it, for what no server takes.
    refusal: Option<&'static str>,
}

impl Message {
    /// Takes one line with its end, as it arrived.
    fn line(&mut self, line: &[u8], size_limit: usize) {
        let (text, proper) = match line.strip_suffix(b"\r\n") {
            Some(text) => (text, true),
            None => (line.strip_suffix(b"\n").unwrap_or(line), false),
        };
        if !proper {
            self.note("a line ends in a bare LF", Some("550 5.6.0 bare LF"));
        }
        if text.contains(&b'\r') {
            self.note("a bare CR stands inside a line", Some("550 5.6.0 bare CR"));
        }
        if text.contains(&0) {
            self.note("a NUL stands in a line", None);
        }
        if text.len() > LINE_LIMIT_BYTES {
            self.note(
                "a line is longer than 998 bytes",
                Some("500 5.6.0 line too long"),
            );
        }
        self.data
            .extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        if self.data.len() > size_limit {
            self.data.clear();
            self.refusal = Some("552 5.3.4 message too large");
        }
    }

    fn note(&mut self, violation: &str, refusal: Option<&'static str>) {
        if !self.violations.iter().any(|own| own == violation) {
            self.violations.push(violation.to_owned());
        }
        self.refusal = self.refusal.or(refusal);
    }

    /// Looks at the whole: the header section, and bytes beyond ASCII.
    fn finish(&mut self, addresses: Addresses) {
        let end = self
            .data
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .map_or(self.data.len(), |at| at + 2);
        let head = String::from_utf8_lossy(self.data.get(..end).unwrap_or_default()).into_owned();
        // RFC 6532: UTF-8 in headers, where the transaction said SMTPUTF8.
        if !addresses.allow(&head) || head.contains('\u{fffd}') {
            self.note("a header holds bytes beyond ASCII", None);
        }
        let names: Vec<String> = head
            .split("\r\n")
            .filter(|line| !line.is_empty() && !line.starts_with([' ', '\t']))
            .map(|line| {
                line.split_once(':')
                    .map_or(String::new(), |(name, _)| name.to_ascii_lowercase())
            })
            .collect();
        let is_name =
            |name: &String| !name.is_empty() && name.bytes().all(|byte| (33..=126).contains(&byte));
        if !names.iter().all(is_name) {
            self.note("a header line has no proper name", None);
        }
        for required in ["from", "date", "message-id"] {
            if !names.iter().any(|name| name == required) {
                self.note(&format!("no {required} header"), None);
            }
        }
        for single in [
            "from",
            "sender",
            "reply-to",
            "to",
            "cc",
            "bcc",
            "message-id",
            "subject",
            "date",
        ] {
            if names.iter().filter(|name| *name == single).count() > 1 {
                self.note(&format!("more than one {single} header"), None);
            }
        }
        if names.iter().any(|name| name == "bcc") {
            self.note("a bcc header tells everyone", None);
        }
    }
}

/// Why a conversation ended early.
enum Ending {
    Over,
    Broken,
}

impl From<io::Error> for Ending {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

/// One connection being served.
struct Session<'a> {
    shared: &'a Shared,
    number: usize,
    /// `None` only while TLS is being negotiated.
    reader: Option<BufReader<Wire>>,
}

fn converse(stream: TcpStream, number: usize, shared: &Shared) -> Result<(), Ending> {
    stream.set_nodelay(true)?;
    let mut session = Session {
        shared,
        number,
        reader: Some(BufReader::new(Wire::Plain(stream))),
    };
    let mut conversation = Conversation::new(&shared.config, Channel::Clear);
    if shared.config.security == Security::Tls {
        session.encrypt()?;
        conversation.encrypted();
    }
    let greeting = Reply::new(Stage::Greeting, "220 receivers.example ESMTP");
    let said = session.say(&greeting)?;
    if Reply::refuses(&said) {
        session.part();
        return Ok(());
    }
    loop {
        let line = session.read_command()?;
        let reply = conversation.command(&line);
        session.follow(&mut conversation, &line, reply)?;
    }
}

/// Answers a handshake with something else, and ends the connection.
fn say_in_clear(stream: TcpStream, bytes: &[u8]) -> Result<(), Ending> {
    let mut wire = Wire::Plain(stream);
    wire.write_all(bytes)?;
    wire.part();
    Err(Ending::Over)
}

impl Session<'_> {
    /// Says a reply and does what follows from it, up to the next command.
    fn follow(
        &mut self,
        conversation: &mut Conversation<'_>,
        line: &str,
        reply: Reply,
    ) -> Result<(), Ending> {
        let (mut line, mut reply) = (line.to_owned(), reply);
        loop {
            let record = self.record(&line);
            if !self.wire()?.buffer().is_empty() && !self.shared.config.commands.may_follow(&line) {
                self.violation("a command did not wait for the reply to the one before");
            }
            let said = self.say(&reply)?;
            self.record_reply(record, &said);
            if said.starts_with("421") {
                self.part();
                return Err(Ending::Over);
            }
            if Reply::refuses(&said) && !Reply::refuses(&reply.text) {
                reply
                    .stage
                    .into_iter()
                    .for_each(|stage| conversation.undo(stage));
                return Ok(());
            }
            match reply.then {
                Then::Listen => return Ok(()),
                Then::Hangup => {
                    self.part();
                    return Err(Ending::Over);
                }
                Then::Encrypt => {
                    self.encrypt()?;
                    conversation.encrypted();
                    return Ok(());
                }
                Then::AuthLine => {
                    line = self.read_command()?;
                    reply = conversation.auth_line(&line);
                }
                Then::ReadMessage => return self.take_message(conversation),
            }
        }
    }

    fn take_message(&mut self, conversation: &mut Conversation<'_>) -> Result<(), Ending> {
        let addresses = conversation.envelope.as_ref().map(|it| it.addresses);
        let message = self.read_message(addresses.unwrap_or_default())?;
        if self.shared.config.commands == Commands::OneByOne && !self.wire()?.buffer().is_empty() {
            self.violation("a command did not wait for the verdict on the mail");
        }
        for violation in &message.violations {
            self.violation(violation);
        }
        let own = message.refusal.unwrap_or("250 2.0.0 message taken");
        let reply = Reply::new(Stage::Message, own);
        let envelope = conversation.envelope.take().unwrap_or_default();
        // What is lost behind the dot is the answer, not the message: it counts unless refused in words.
        let refused = message.refusal.is_some() || self.next_refuses(Stage::Message);
        if !refused {
            lock(&self.shared.mails).push(Mail {
                at: SystemTime::now(),
                from: envelope.from,
                recipients: envelope.recipients,
                data: message.data,
                authenticated_as: conversation.user.clone(),
                over_tls: conversation.channel == Channel::Tls,
                violations: message.violations,
            });
            self.shared.arrived.notify_all();
        }
        let said = self.say(&reply)?;
        if said.starts_with("421") {
            self.part();
            return Err(Ending::Over);
        }
        Ok(())
    }

    fn wire(&mut self) -> Result<&mut BufReader<Wire>, Ending> {
        self.reader.as_mut().ok_or(Ending::Broken)
    }

    fn part(&mut self) {
        if let Some(reader) = &mut self.reader {
            reader.get_mut().part();
        }
    }

    fn read_line(&mut self, limit_bytes: usize) -> Result<Vec<u8>, Ending> {
        let mut line = Vec::new();
        self.wire()?
            .by_ref()
            .take(limit_bytes as u64)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() {
            Err(Ending::Over)
        } else {
            Ok(line)
        }
    }

    fn read_command(&mut self) -> Result<String, Ending> {
        let line = self.read_line(COMMAND_LIMIT_BYTES)?;
        let Some(text) = line.strip_suffix(b"\r\n") else {
            self.violation("a command line does not end in CR LF, or is too long");
            self.wire()?
                .get_mut()
                .write_all(b"500 5.5.2 malformed line\r\n")?;
            self.part();
            return Err(Ending::Over);
        };
        if text.iter().any(|byte| byte.is_ascii_control()) {
            self.violation("a control character stands in a command");
        }
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    fn read_message(&mut self, addresses: Addresses) -> Result<Message, Ending> {
        let size_limit = self.shared.config.size_limit;
        let mut message = Message::default();
        loop {
            // A line beyond the limit of the whole message comes in pieces; it is refused anyway.
            let line = self.read_line(size_limit.saturating_add(2))?;
            if line == b".\r\n" {
                break;
            }
            message.line(&line, size_limit);
        }
        message.finish(addresses);
        Ok(message)
    }

    fn encrypt(&mut self) -> Result<(), Ending> {
        let reader = self.reader.take().ok_or(Ending::Broken)?;
        if !reader.buffer().is_empty() {
            // RFC 3207 4.2: what was sent before the handshake must not be read as if it came after it.
            self.violation("something was sent between STARTTLS and the handshake");
            return Err(Ending::Broken);
        }
        let Wire::Plain(stream) = reader.into_inner() else {
            return Err(Ending::Broken);
        };
        let (gate, wardrobe) = (&self.shared.gate, &self.shared.wardrobe);
        let config = Arc::clone(match self.shared.config.certificate {
            Certificate::Trusted => &wardrobe.trusted,
            Certificate::WrongHost => &wardrobe.wrong_host,
            Certificate::Expired => &wardrobe.expired,
        });
        let pace = match self.scripted(Stage::Handshake) {
            None => Pace::AtOnce,
            Some(Misbehaviour::Drip { every }) => Pace::OneByteEvery(every),
            Some(Misbehaviour::Delay(time)) => {
                gate.pause(time)?;
                Pace::AtOnce
            }
            Some(Misbehaviour::Reset) => {
                Wire::reset_in_handshake(stream, config)?;
                return Err(Ending::Over);
            }
            Some(Misbehaviour::Silence) => {
                gate.hold();
                return Err(Ending::Over);
            }
            Some(Misbehaviour::Reply(text)) => {
                return say_in_clear(stream, format!("{text}\r\n").as_bytes());
            }
            Some(Misbehaviour::Raw(bytes)) => return say_in_clear(stream, &bytes),
            Some(
                Misbehaviour::Close | Misbehaviour::Flood { .. } | Misbehaviour::LongLine { .. },
            ) => return say_in_clear(stream, b""),
        };
        let wire = Wire::handshake(stream, config, pace, gate)?;
        self.reader = Some(BufReader::new(wire));
        Ok(())
    }

    fn scripted(&self, stage: Stage) -> Option<Misbehaviour> {
        lock(&self.shared.script).get_mut(&stage)?.pop_front()
    }

    fn next_refuses(&self, stage: Stage) -> bool {
        let script = lock(&self.shared.script);
        let next = script.get(&stage).and_then(VecDeque::front);
        matches!(next, Some(Misbehaviour::Reply(text)) if Reply::refuses(text))
    }

    /// Says a reply, or does what is scripted in its place, and gives the text that counts.
    fn say(&mut self, reply: &Reply) -> Result<String, Ending> {
        let scripted = reply.stage.and_then(|stage| self.scripted(stage));
        let proper = format!("{}\r\n", reply.text).into_bytes();
        let gate = &self.shared.gate;
        match scripted {
            None => self.write(&proper)?,
            Some(Misbehaviour::Reply(text)) => {
                self.write(format!("{text}\r\n").as_bytes())?;
                return Ok(text);
            }
            Some(Misbehaviour::Raw(bytes)) => self.write(&bytes)?,
            Some(Misbehaviour::Reset) => {
                if let Some(reader) = self.reader.take() {
                    reader.into_inner().reset()?;
                }
                return Err(Ending::Over);
            }
            Some(Misbehaviour::Close) => {
                self.part();
                return Err(Ending::Over);
            }
            Some(Misbehaviour::Silence) => {
                gate.hold();
                return Err(Ending::Over);
            }
            Some(Misbehaviour::Delay(time)) => {
                gate.pause(time)?;
                self.write(&proper)?;
            }
            Some(Misbehaviour::Drip { every }) => {
                self.wire()?.get_mut().drip(&proper, every, gate)?
            }
            Some(Misbehaviour::Flood { bytes }) => {
                self.flood(b"250-more of the same, on and on and on\r\n", bytes)?;
                return Err(Ending::Over);
            }
            Some(Misbehaviour::LongLine { bytes }) => {
                self.write(b"250 ")?;
                self.flood(b"and on and on and on and on and on and on ", bytes)?;
                return Err(Ending::Over);
            }
        }
        Ok(reply.text.clone())
    }

    fn flood(&mut self, piece: &[u8], bytes: u64) -> Result<(), Ending> {
        let block: Vec<u8> = piece
            .iter()
            .copied()
            .cycle()
            .take(piece.len() * 256)
            .collect();
        let mut left = bytes;
        while left > 0 {
            let size = left.min(block.len() as u64);
            self.wire()?
                .get_mut()
                .write_all(block.get(..size as usize).unwrap_or_default())?;
            left -= size;
        }
        self.part();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Ending> {
        let wire = self.wire()?.get_mut();
        wire.write_all(bytes)?;
        Ok(wire.flush()?)
    }

    fn violation(&self, text: &str) {
        lock(&self.shared.violations).push(text.to_owned());
    }

    fn record(&self, line: &str) -> usize {
        let over_tls = self
            .reader
            .as_ref()
            .is_some_and(|reader| reader.get_ref().is_tls());
        let mut commands = lock(&self.shared.commands);
        commands.push(Command {
            connection: self.number,
            line: line.to_owned(),
            over_tls,
            reply: None,
        });
        commands.len() - 1
    }

    fn record_reply(&self, record: usize, said: &str) {
        if let Some(command) = lock(&self.shared.commands).get_mut(record) {
            command.reply = said.get(..3).map(str::to_owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(reply: &Reply) -> &str {
        reply.text.get(..3).expect("a code")
    }

    /// Plays a dialogue: each command with the code it must get. AUTH lines begin with `>`.
    #[track_caller]
    fn check(config: &Config, channel: Channel, rows: &[(&str, &str)]) {
        let mut conversation = Conversation::new(config, channel);
        for (line, expected) in rows {
            let reply = match line.strip_prefix('>') {
                Some(line) => conversation.auth_line(line),
                None => conversation.command(line),
            };
            assert_eq!(code(&reply), *expected, "{line}: {}", reply.text);
            if reply.then == Then::Encrypt {
                conversation.encrypted();
            }
        }
    }

    fn plain(text: &str) -> String {
        format!("AUTH PLAIN {}", STANDARD.encode(text))
    }

    #[test]
    fn commands_come_in_their_order() {
        let config =
            Config::new(Security::Plain).refuse_recipient("no@x.example", "550 5.1.1 no such user");
        check(
            &config,
            Channel::Clear,
            &[
                ("MAIL FROM:<a@x.example>", "503"),
                ("EHLO", "501"),
                ("EHLO me", "250"),
                ("RCPT TO:<b@x.example>", "503"),
                ("DATA", "503"),
                ("AUTH PLAIN", "503"),
                ("STARTTLS", "503"),
                ("MAIL FROM: a@x.example", "501"),
                ("MAIL FROM:<a@x.example> SIZE=99999999", "552"),
                ("MAIL FROM:<a@x.example> SMTPUTF8", "555"),
                ("MAIL FROM:<a@x.example> SIZE=100 BODY=8BITMIME", "250"),
                ("MAIL FROM:<a@x.example>", "503"),
                ("DATA", "554"),
                ("RCPT TO:<NO@x.example>", "550"),
                ("RCPT TO:<b>", "501"),
                ("RCPT TO:<b@x.example> NOTIFY=NEVER", "501"),
                ("RCPT TO:<ü@x.example>", "553"),
                ("DATA", "554"),
                ("RCPT TO:<b@x.example>", "250"),
                ("DATA", "354"),
                ("RSET", "250"),
                ("DATA", "503"),
                ("mail from:<>", "250"),
                ("EHLO again", "250"),
                ("DATA", "503"),
                ("VRFY b", "500"),
                ("NOOP", "250"),
                ("QUIT", "221"),
            ],
        );
    }

    #[test]
    fn nothing_private_is_taken_before_tls() {
        let config = Config::new(Security::StartTls).login("u", "p");
        check(
            &config,
            Channel::Clear,
            &[
                ("EHLO me", "250"),
                (&plain("\0u\0p"), "530"),
                ("MAIL FROM:<a@x.example>", "530"),
                ("STARTTLS now", "501"),
                ("STARTTLS", "220"),
                // Everything learnt before is forgotten.
                (&plain("\0u\0p"), "503"),
                ("STARTTLS", "503"),
                ("EHLO me", "250"),
                ("MAIL FROM:<a@x.example>", "530"),
                (&plain("\0u\0p"), "235"),
                ("MAIL FROM:<a@x.example>", "250"),
            ],
        );
    }

    #[test]
    fn auth_is_offered_only_over_tls_and_starttls_only_before() {
        let config = Config::new(Security::StartTls).login("u", "p");
        for (channel, offered, hidden) in [
            (Channel::Clear, "STARTTLS", "AUTH"),
            (Channel::Tls, "AUTH PLAIN LOGIN", "STARTTLS"),
        ] {
            let reply = Conversation::new(&config, channel).command("EHLO me");
            assert!(
                reply.text.contains(offered) && !reply.text.contains(hidden),
                "{}",
                reply.text
            );
            assert!(
                reply
                    .text
                    .lines()
                    .rev()
                    .skip(1)
                    .all(|line| line.starts_with("250-"))
            );
            assert!(
                reply
                    .text
                    .lines()
                    .last()
                    .expect("a line")
                    .starts_with("250 ")
            );
        }
    }

    #[test]
    fn parameters_are_of_either_case_and_addresses_of_the_offered_kind() {
        let international = Config::new(Security::Plain).offer_smtputf8();
        let hello = Conversation::new(&international, Channel::Clear).command("EHLO me");
        assert!(hello.text.ends_with("250 SMTPUTF8"), "{}", hello.text);
        check(
            &international,
            Channel::Clear,
            &[
                ("EHLO me", "250"),
                ("MAIL FROM:<ü@x.example> size=9", "553"),
                ("mail from:<ü@x.example> size=9 smtputf8", "250"),
                ("RCPT TO:<ö@x.example>", "250"),
                ("RSET", "250"),
                ("MAIL FROM:<a@x.example> body=8bitmime", "250"),
                ("RCPT TO:<ö@x.example>", "553"),
            ],
        );
    }

    #[test]
    fn both_mechanisms_check_both_words() {
        let config = Config::new(Security::Tls).login("u", "p");
        let encode = |text: &str| format!(">{}", STANDARD.encode(text));
        let start = ("EHLO me", "250");
        let rows: [&[(&str, &str)]; 9] = [
            &[start, (&plain("\0u\0p"), "235"), (&plain("\0u\0p"), "503")],
            &[start, (&plain("u\0u\0p"), "235")],
            &[
                start,
                (&plain("\0u\0wrong"), "535"),
                (&plain("\0u\0p"), "235"),
            ],
            &[start, (&plain("u\0p"), "501"), ("AUTH PLAIN !", "501")],
            &[start, ("AUTH PLAIN", "334"), (&encode("\0u\0p"), "235")],
            &[
                start,
                ("AUTH LOGIN", "334"),
                (&encode("u"), "334"),
                (&encode("p"), "235"),
            ],
            &[start, ("AUTH login dQ==", "334"), (&encode("x"), "535")],
            &[
                start,
                ("AUTH LOGIN", "334"),
                (">*", "501"),
                (">dQ==", "503"),
            ],
            &[start, ("AUTH CRAM-MD5", "504")],
        ];
        for dialogue in rows {
            check(&config, Channel::Tls, dialogue);
        }
    }

    fn message(parts: &[&[u8]]) -> Message {
        let mut message = Message::default();
        for line in parts.concat().split_inclusive(|byte| *byte == b'\n') {
            message.line(line, 4096);
        }
        message.finish(Addresses::Ascii);
        message
    }

    const HEAD: &[u8] = b"From: a@x.example\r\nDate: x\r\nMessage-ID: <1@x>\r\n";

    #[test]
    fn a_message_is_unstuffed_and_otherwise_untouched() {
        let read = message(&[HEAD, b"\r\n", b"..dot\r\n", b".\xff\r\n", b"...\r\n"]);
        let body = [HEAD, b"\r\n.dot\r\n\xff\r\n..\r\n"].concat();
        assert_eq!(
            read,
            Message {
                data: body,
                violations: Vec::new(),
                refusal: None
            }
        );
    }

    #[test]
    fn broken_messages_are_refused_or_noticed() {
        let line =
            |length: usize| [b"\r\n".to_vec(), vec![b'a'; length], b"\r\n".to_vec()].concat();
        let (long, longer) = (line(998), line(999));
        let rows: [(&[u8], &str, Option<&str>); 10] = [
            (b"\r\nfine\r\n", "", None),
            (&long, "", None),
            (&longer, "longer than 998", Some("500")),
            (b"\r\nbare\n", "bare LF", Some("550")),
            (b"\r\nba\rre\r\n", "bare CR", Some("550")),
            (b"\r\n\0\r\n", "NUL", None),
            (b"Subject: \xff\r\n", "beyond ASCII", None),
            (b"From: b@x.example\r\n", "more than one from", None),
            (b"Bcc: b@x.example\r\n", "bcc", None),
            (b"bad header\r\n", "no proper name", None),
        ];
        for (rest, violation, refusal) in rows {
            let read = message(&[HEAD, rest]);
            assert_eq!(
                read.violations.is_empty(),
                violation.is_empty(),
                "{:?}",
                read.violations
            );
            assert!(
                read.violations.iter().all(|text| text.contains(violation)),
                "{:?}",
                read.violations
            );
            assert_eq!(read.refusal.and_then(|text| text.get(..3)), refusal);
        }
        assert_eq!(
            message(&[b"\r\n"]).violations.len(),
            3,
            "the required headers"
        );
    }

    #[test]
    fn a_message_beyond_the_limit_is_refused() {
        let mut read = Message::default();
        read.line(b"12345678\r\n", 10);
        assert_eq!(read.refusal, None);
        read.line(b"\r\n", 10);
        assert_eq!(read.refusal, Some("552 5.3.4 message too large"));
    }

    #[test]
    fn headers_are_found_and_unfolded() {
        let mail = Mail {
            at: SystemTime::UNIX_EPOCH,
            from: String::new(),
            recipients: Vec::new(),
            data: b"From: a\r\nSubject: one\r\n two\r\n\tthree\r\nTo: b\r\n\r\nCc: c\r\n".to_vec(),
            authenticated_as: None,
            over_tls: false,
            violations: Vec::new(),
        };
        for (name, value) in [
            ("subject", Some("one two\tthree")),
            ("To", Some("b")),
            ("cc", None),
        ] {
            assert_eq!(mail.header(name).as_deref(), value);
        }
    }
}
