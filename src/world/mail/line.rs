//! What is said to a mail server, command by command. The only file that names the mail client.
//!
//! The library writes the mail and spells the logins. Replies are read here, because its own reader
//! believes lines whose codes differ, forgets what stands behind a reply, and gives up after 4 KiB
//! (rules S-2, S-4, S-10). What is sent for a login is never shown.

use std::future::poll_fn;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_send::{Credentials, SmtpClient};
use smtp_proto::{AUTH_PLAIN, AUTH_XOAUTH2};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::dot::DotStream;
use super::{Handover, Progress, Stop};
use crate::model::exchange::{
    FaultKind, MailAuth, MailCredentials, MailReply, MailRequest, MailStep, RefusedRecipient,
};
use crate::model::smtp_reply::{ReplyReader, SmtpReply};

/// Longest time for the goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_millis(100);

/// Longest wait for the reason of a server that hung up while the mail was written.
const REASON_LIMIT: Duration = Duration::from_millis(500);

/// What we call ourselves in EHLO. Servers want a name; ours would tell them about the network
/// the runner stands in.
const OUR_NAME: &str = "[127.0.0.1]";

/// A mechanism that the server knows by another name, or not at all, answers so (RFC 4954).
const UNKNOWN_MECHANISM: RangeInclusive<u16> = 500..=504;

/// One side of a conversation.
pub(super) struct Line<'p, T: AsyncRead + AsyncWrite + Unpin> {
    client: SmtpClient<DotStream<'p, T>>,
    /// What came and was not read yet.
    unread: Vec<u8>,
    progress: &'p Progress,
}

impl<'p, T: AsyncRead + AsyncWrite + Unpin> Line<'p, T> {
    pub(super) fn new(stream: T, progress: &'p Progress) -> Self {
        Self {
            client: SmtpClient {
                stream: DotStream::new(stream, &progress.mail),
                // Nothing of the library waits for anything; the whole conversation has a deadline.
                timeout: Duration::ZERO,
            },
            unread: Vec::new(),
            progress,
        }
    }

    pub(super) fn into_stream(self) -> T {
        self.client.stream.into_inner()
    }

    pub(super) async fn greeting(&mut self) -> Result<(), Stop> {
        let reply = self.reply().await?;
        self.accept(reply, MailStep::Greeting, 220..=220).await?;
        Ok(())
    }

    /// Asks for encryption. What is said behind the consent is a forgery or a fault, and ends the
    /// conversation before anything of value was said (rules S-1 and S-2).
    pub(super) async fn start_tls(&mut self) -> Result<(), Stop> {
        let capabilities = self.hello().await?;
        if capabilities.offer("STARTTLS").is_none() {
            let reply = MailReply::new(MailStep::StartTls, 502, "not offered".to_owned());
            return Err(Stop::Reply(reply));
        }
        self.say(MailStep::StartTls, "STARTTLS", 220..=220).await?;
        match self.unasked().await {
            true => Err(Stop::fault(
                FaultKind::StartTls,
                "something was said behind the reply to STARTTLS, where nobody may speak",
            )),
            false => Ok(()),
        }
    }

    /// EHLO, login, envelope and mail, on a line that is as safe as it will be.
    pub(super) async fn hand_over(&mut self, request: &MailRequest) -> Result<MailReply, Stop> {
        let capabilities = self.hello().await?;
        if let Some(credentials) = &request.server.credentials {
            self.login(&capabilities, credentials).await?;
        }
        let sender = sender_command(request, &capabilities)?;
        self.say(MailStep::Sender, &sender, 250..=250).await?;
        let refused = self.recipients(&request.recipients).await?;
        self.say(MailStep::Data, "DATA", 354..=354).await?;
        let reply = match self.client.write_message(&request.mail).await {
            Ok(()) => self.reply().await?,
            Err(fault) => self.reason(&fault).await?,
        };
        let last_word = MailReply {
            refused,
            ..MailReply::new(MailStep::Message, reply.code, reply.text())
        };
        // The verdict is in; how the goodbye goes, and how long it takes, changes nothing.
        *self.progress.last_word.borrow_mut() = Some(last_word.clone());
        self.goodbye(&["QUIT"]).await;
        Ok(last_word)
    }

    async fn hello(&mut self) -> Result<SmtpReply, Stop> {
        let hello = format!("EHLO {OUR_NAME}");
        self.say(MailStep::Hello, &hello, 250..=250).await
    }

    /// PLAIN where it is offered, else LOGIN (rule S-3), unless the author chose.
    async fn login(
        &mut self,
        capabilities: &SmtpReply,
        credentials: &MailCredentials,
    ) -> Result<(), Stop> {
        let offered = capabilities.offer("AUTH").unwrap_or_default();
        let is_offered = |name: &&str| {
            let mut words = offered.split_whitespace();
            words.any(|word| word.eq_ignore_ascii_case(name))
        };
        let wanted: &[&str] = match credentials.auth {
            MailAuth::Password => &["PLAIN", "LOGIN"],
            MailAuth::Plain => &["PLAIN"],
            MailAuth::Login => &["LOGIN"],
            MailAuth::XOauth2 => &["XOAUTH2"],
        };
        let mut mechanisms = wanted.iter().copied().filter(is_offered).peekable();
        while let Some(mechanism) = mechanisms.next() {
            let reply = self.authenticate(mechanism, credentials).await?;
            if reply.code == 235 {
                return Ok(());
            }
            if !UNKNOWN_MECHANISM.contains(&reply.code) || mechanisms.peek().is_none() {
                return Err(self.refused(reply, MailStep::Login).await);
            }
        }
        let offer = match offered {
            "" => "no login".to_owned(),
            mechanisms => format!("the logins {mechanisms}"),
        };
        Err(Stop::fault(
            FaultKind::Protocol,
            format!("the server offers {offer}, not {}", wanted.join(" or ")),
        ))
    }

    /// One login; what the server asks for on the way is known beforehand.
    async fn authenticate(
        &mut self,
        mechanism: &str,
        credentials: &MailCredentials,
    ) -> Result<SmtpReply, Stop> {
        let (name, password) = (credentials.username.as_str(), credentials.password.reveal());
        let spelled = |credentials: &Credentials<&str>, mechanism| {
            credentials
                .encode(mechanism, "")
                .map_err(|_| Stop::fault(FaultKind::Protocol, "the login cannot be written down"))
        };
        let (first, answers) = match mechanism {
            "LOGIN" => (
                "AUTH LOGIN".to_owned(),
                [STANDARD.encode(name), STANDARD.encode(password)].to_vec(),
            ),
            "XOAUTH2" => {
                let token = spelled(&Credentials::new_xoauth2(name, password), AUTH_XOAUTH2)?;
                // A refusal is explained first, and waits for an empty line.
                (format!("AUTH XOAUTH2 {token}"), vec![String::new()])
            }
            _ => {
                let login = spelled(&Credentials::new(name, password), AUTH_PLAIN)?;
                (format!("AUTH PLAIN {login}"), Vec::new())
            }
        };
        let mut reply = self.ask(MailStep::Login, &first).await?;
        for answer in answers {
            if reply.code != 334 {
                break;
            }
            reply = self.ask(MailStep::Login, &answer).await?;
        }
        Ok(reply)
    }

    /// Names every recipient. One that is refused does not stop the others; when all are, the
    /// mildest refusal is the server's last word (rule S-5).
    async fn recipients(&mut self, addresses: &[String]) -> Result<Vec<RefusedRecipient>, Stop> {
        let mut refused = Vec::new();
        for address in addresses {
            let command = format!("RCPT TO:<{address}>");
            let reply = self.ask(MailStep::Recipients, &command).await?;
            if !(250..=252).contains(&reply.code) {
                refused.push(RefusedRecipient {
                    address: address.clone(),
                    code: reply.code,
                    text: reply.text(),
                });
            }
        }
        if refused.len() < addresses.len() {
            return Ok(refused);
        }
        self.goodbye(&["RSET", "QUIT"]).await;
        let mildest = refused
            .iter()
            .min_by_key(|it| (!it.is_put_off(), it.code))
            .map_or((554, String::new()), |it| {
                (it.code, format!("{}: {}", it.address, it.text))
            });
        let (code, text) = mildest;
        let reply = MailReply::new(MailStep::Recipients, code, text);
        Err(Stop::Reply(reply))
    }

    /// Says a command whose reply must have one of these codes.
    async fn say(
        &mut self,
        step: MailStep,
        command: &str,
        wanted: RangeInclusive<u16>,
    ) -> Result<SmtpReply, Stop> {
        let reply = self.ask(step, command).await?;
        self.accept(reply, step, wanted).await
    }

    async fn accept(
        &mut self,
        reply: SmtpReply,
        step: MailStep,
        wanted: RangeInclusive<u16>,
    ) -> Result<SmtpReply, Stop> {
        match wanted.contains(&reply.code) {
            true => Ok(reply),
            false => Err(self.refused(reply, step).await),
        }
    }

    /// Takes a reply for the server's last word, and leaves.
    async fn refused(&mut self, reply: SmtpReply, step: MailStep) -> Stop {
        if reply.code != 421 {
            self.goodbye(&["QUIT"]).await;
        }
        Stop::Reply(MailReply::new(step, reply.code, reply.text()))
    }

    /// Says a command and hears the reply. A server that closes down ends the conversation at any
    /// point (rule S-4); any other reply that nobody asked for would be taken for the wrong answer.
    async fn ask(&mut self, step: MailStep, command: &str) -> Result<SmtpReply, Stop> {
        if self.unasked().await {
            let reply = self.reply().await?;
            return Err(match reply.code {
                421 => Stop::Reply(MailReply::new(step, 421, reply.text())),
                _ => Stop::fault(FaultKind::Unreadable, "it replied before it was asked"),
            });
        }
        let line = format!("{command}\r\n");
        let stream = &mut self.client.stream;
        let written = match stream.write_all(line.as_bytes()).await {
            Ok(()) => stream.flush().await,
            Err(fault) => Err(fault),
        };
        let reply = match written {
            Ok(()) => self.reply().await?,
            Err(fault) => self.reason(&fault).await?,
        };
        match reply.code {
            421 => Err(Stop::Reply(MailReply::new(step, 421, reply.text()))),
            _ => Ok(reply),
        }
    }

    /// Whether something came that nobody asked for.
    async fn unasked(&mut self) -> bool {
        if !self.unread.is_empty() {
            return true;
        }
        // What has arrived is seen only after the runtime has looked.
        tokio::task::yield_now().await;
        let mut bytes = [0; 64];
        let mut buffer = ReadBuf::new(&mut bytes);
        let stream = &mut self.client.stream;
        // An end or an error shows at the next reading; here it is only looked for words.
        poll_fn(|context| {
            let poll = Pin::new(&mut *stream).poll_read(context, &mut buffer);
            Poll::Ready(poll.is_ready())
        })
        .await;
        self.unread.extend_from_slice(buffer.filled());
        !self.unread.is_empty()
    }

    /// The next reply.
    async fn reply(&mut self) -> Result<SmtpReply, Stop> {
        let mut reader = ReplyReader::default();
        let mut bytes = [0; 1024];
        loop {
            match reader.read(&self.unread) {
                Ok((_, None)) => self.unread.clear(),
                Ok((consumed, Some(reply))) => {
                    self.unread.drain(..consumed.min(self.unread.len()));
                    return Ok(reply);
                }
                Err(fault) => return Err(self.unreadable(fault.words())),
            }
            match self.client.stream.read(&mut bytes).await {
                Ok(0) => return Err(self.broken("the server hung up")),
                Ok(count) => self
                    .unread
                    .extend_from_slice(bytes.get(..count).unwrap_or_default()),
                Err(fault) => return Err(self.broken(&fault.kind().to_string())),
            }
        }
    }

    /// Why a server stopped reading: some say it before they hang up.
    async fn reason(&mut self, fault: &std::io::Error) -> Result<SmtpReply, Stop> {
        match tokio::time::timeout(REASON_LIMIT, self.reply()).await {
            Ok(Ok(reply)) if reply.code >= 400 => Ok(reply),
            _ => Err(self.broken(&fault.kind().to_string())),
        }
    }

    /// A connection that broke. Before the mail was written whole, trying again makes no copy.
    fn broken(&self, detail: &str) -> Stop {
        let kind = match self.progress.mail.get() {
            Handover::Open => FaultKind::Interrupted,
            Handover::Written => FaultKind::Broken,
        };
        Stop::fault(kind, detail)
    }

    /// A reply that is none (rule S-4).
    fn unreadable(&self, detail: &str) -> Stop {
        let kind = match self.progress.mail.get() {
            Handover::Open => FaultKind::Unreadable,
            Handover::Written => FaultKind::Broken,
        };
        Stop::fault(kind, detail)
    }

    /// Leaves as is usual, but does not wait for it.
    async fn goodbye(&mut self, commands: &[&str]) {
        let farewell = async {
            for command in commands {
                let line = format!("{command}\r\n");
                self.client.stream.write_all(line.as_bytes()).await.ok()?;
                self.client.stream.flush().await.ok()?;
                self.reply().await.ok()?;
            }
            Some(())
        };
        drop(tokio::time::timeout(GOODBYE_LIMIT, farewell).await);
    }
}

/// MAIL FROM, with what the mail needs of the server (RFC 1870, RFC 6531).
fn sender_command(request: &MailRequest, capabilities: &SmtpReply) -> Result<String, Stop> {
    let mut command = format!("MAIL FROM:<{}>", request.sender);
    if capabilities.offer("SIZE").is_some() {
        command += &format!(" SIZE={}", request.mail.len());
    }
    let addresses = request.recipients.iter().chain([&request.sender]);
    let beyond_ascii = addresses.into_iter().find(|address| !address.is_ascii());
    if !request.mail.is_ascii() || beyond_ascii.is_some() {
        if capabilities.offer("SMTPUTF8").is_none() {
            let address = beyond_ascii.map_or_else(String::new, |it| format!(" such as `{it}`"));
            return Err(Stop::fault(
                FaultKind::Protocol,
                format!("the server takes no addresses beyond ASCII{address} (no SMTPUTF8)"),
            ));
        }
        command += " BODY=8BITMIME SMTPUTF8";
    }
    Ok(command)
}
