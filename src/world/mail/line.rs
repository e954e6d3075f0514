//! What is said to a mail server, command by command.
//!
//! The conversation is ours: the clients there are believe replies whose codes differ, forget what
//! stands behind a reply (rules S-2, S-4, S-10), and cannot hold the final dot back (rule S-6). What
//! is sent for a login is never shown.

use std::future::poll_fn;
use std::io::BufRead;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::{Handover, Progress, Stop};
use crate::model::exchange::{
    FaultKind, MailAuth, MailCredentials, MailReply, MailRequest, MailStep, RefusedRecipient,
};
use crate::model::smtp_reply::{ReplyReader, SmtpReply};
use crate::world::system_words;

/// Longest time for the goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_millis(100);

/// Longest wait for the reason of a server that hung up while the mail was written.
const REASON_LIMIT: Duration = Duration::from_millis(500);

/// How a mail ends on the wire (RFC 5321, section 4.1.1.4).
const END: &str = "\r\n.\r\n";

const QUIT: &str = "QUIT\r\n";

/// What we call ourselves in EHLO. Servers want a name; ours would tell them about the network
/// the runner stands in.
const OUR_NAME: &str = "[127.0.0.1]";

/// The reply to QUIT.
const CLOSING: u16 = 221;

/// A mechanism that the server knows by another name, or not at all, answers so (RFC 4954).
const UNKNOWN_MECHANISM: RangeInclusive<u16> = 500..=504;

/// What a conversation goes over.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Wire for T {}

/// One side of a conversation, encrypted or not: one for each kind of wire would be thirty
/// kilobytes.
pub(super) struct Line<'p> {
    stream: &'p mut dyn Wire,
    /// What came and was not read yet.
    unread: Vec<u8>,
    quit: Quit,
    progress: &'p Progress,
}

/// Whether we said that we leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quit {
    Unsaid,
    Said,
}

impl<'p> Line<'p> {
    pub(super) const fn new(stream: &'p mut dyn Wire, progress: &'p Progress) -> Self {
        Self {
            stream,
            unread: Vec::new(),
            quit: Quit::Unsaid,
            progress,
        }
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
        let (sender, reach) = sender_command(request, &capabilities)?;
        let pace = match capabilities.offer("PIPELINING") {
            Some(_) => Pace::Together,
            None => Pace::OneByOne,
        };
        let recipients = &request.recipients;
        let refused = self.envelope(&sender, recipients, reach, pace).await?;
        self.say(MailStep::Data, "DATA", 354..=354).await?;
        let reply = self.mail(&request.mail, pace).await?;
        let last_word = MailReply {
            refused,
            ..MailReply::new(MailStep::Message, reply.code, reply.text())
        };
        // The verdict is in; how the goodbye goes, and how long it takes, changes nothing.
        *self.progress.last_word.borrow_mut() = Some(last_word.clone());
        self.goodbye().await;
        Ok(last_word)
    }

    /// Writes the mail and hears the verdict. The final dot waits until nothing was said before it:
    /// that would be taken for the verdict, and the verdict never be read (rule S-6).
    async fn mail(&mut self, mail: &[u8], pace: Pace) -> Result<SmtpReply, Stop> {
        if let Err(fault) = self.write(&stuffed(mail)).await {
            return self.reason(&fault).await;
        }
        if self.unasked().await {
            let reply = self.reply().await?;
            return match reply.code {
                // Some refuse before they have read it all.
                400..=599 => Ok(reply),
                _ => Err(self.unreadable("it replied before it had the mail")),
            };
        }
        match self.end(pace).await {
            Ok(()) => self.reply().await,
            Err(fault) => self.reason(&fault).await,
        }
    }

    /// Writes the final dot, and the goodbye with it where the server takes them together: whatever
    /// it says of the mail, nothing more follows. Until the last byte of the dot is out, no server
    /// can have taken the mail, and trying again cannot make a second copy (rule S-6).
    async fn end(&mut self, pace: Pace) -> std::io::Result<()> {
        let (goodbye, quit) = match pace {
            Pace::Together => (QUIT, Quit::Said),
            Pace::OneByOne => ("", Quit::Unsaid),
        };
        let bytes = format!("{END}{goodbye}");
        let mut rest = bytes.as_bytes();
        while !rest.is_empty() {
            let count = self.stream.write(rest).await?;
            if count == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            rest = rest.get(count..).unwrap_or_default();
            if rest.len() <= goodbye.len() {
                self.progress.mail.set(Handover::Written);
            }
        }
        self.quit = quit;
        self.stream.flush().await
    }

    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
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
        let offer = match offered.as_str() {
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
        let (first, answers) = match mechanism {
            "LOGIN" => (
                "AUTH LOGIN".to_owned(),
                [STANDARD.encode(name), STANDARD.encode(password)].to_vec(),
            ),
            "XOAUTH2" => {
                let token = format!("user={name}\x01auth=Bearer {password}\x01\x01");
                // A refusal is explained first, and waits for an empty line.
                let first = format!("AUTH XOAUTH2 {}", STANDARD.encode(token));
                (first, vec![String::new()])
            }
            _ => {
                // RFC 4616: nobody else is acted for.
                let login = STANDARD.encode(format!("\0{name}\0{password}"));
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

    /// Names the sender and every recipient. A recipient that is refused does not stop the others;
    /// when all are, the mildest refusal is the server's last word (rule S-5).
    async fn envelope(
        &mut self,
        sender: &str,
        addresses: &[String],
        reach: Reach,
        pace: Pace,
    ) -> Result<Vec<RefusedRecipient>, Stop> {
        let can_be_named = |address: &&String| reach == Reach::International || address.is_ascii();
        let command = |address: &String| format!("RCPT TO:<{address}>");
        let mut first = sender.to_owned();
        if pace == Pace::Together {
            for address in addresses.iter().filter(can_be_named) {
                first.push_str("\r\n");
                first.push_str(&command(address));
            }
        }
        self.say(MailStep::Sender, &first, 250..=250).await?;
        let mut refused = Vec::new();
        for address in addresses {
            if !can_be_named(&address) {
                refused.push(RefusedRecipient {
                    address: address.clone(),
                    code: 553,
                    text: BEYOND_ASCII.to_owned(),
                });
                continue;
            }
            let reply = match pace {
                Pace::OneByOne => self.ask(MailStep::Recipients, &command(address)).await?,
                Pace::Together => self.answer(MailStep::Recipients).await?,
            };
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
        let reset = self.ask(MailStep::Recipients, "RSET");
        drop(tokio::time::timeout(GOODBYE_LIMIT, reset).await);
        self.goodbye().await;
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
            self.goodbye().await;
        }
        Stop::Reply(MailReply::new(step, reply.code, reply.text()))
    }

    /// Says a command and hears the reply. A server that closes down ends the conversation at any
    /// point (rule S-4); any other reply that nobody asked for would be taken for the wrong answer.
    async fn ask(&mut self, step: MailStep, command: &str) -> Result<SmtpReply, Stop> {
        if self.unasked().await {
            return Err(self.spoken_too_early(step).await?);
        }
        match self.write(format!("{command}\r\n").as_bytes()).await {
            Ok(()) => self.answer(step).await,
            Err(fault) => said_at(step, self.reason(&fault).await?),
        }
    }

    /// The reply to what was said before.
    async fn answer(&mut self, step: MailStep) -> Result<SmtpReply, Stop> {
        said_at(step, self.reply().await?)
    }

    /// What a reply that nobody asked for comes to: a server that closes down says so at any point.
    async fn spoken_too_early(&mut self, step: MailStep) -> Result<Stop, Stop> {
        let reply = self.reply().await?;
        Ok(match reply.code {
            421 => Stop::Reply(MailReply::new(step, 421, reply.text())),
            _ => Stop::fault(FaultKind::Unreadable, "it replied before it was asked"),
        })
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
        let stream = &mut self.stream;
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
            match self.stream.read(&mut bytes).await {
                Ok(0) => return Err(self.broken("the server hung up")),
                Ok(count) => self
                    .unread
                    .extend_from_slice(bytes.get(..count).unwrap_or_default()),
                Err(fault) => return Err(self.broken(&system_words(&fault))),
            }
        }
    }

    /// Why a server stopped reading: some say it before they hang up.
    async fn reason(&mut self, fault: &std::io::Error) -> Result<SmtpReply, Stop> {
        match tokio::time::timeout(REASON_LIMIT, self.reply()).await {
            Ok(Ok(reply)) if reply.code >= 400 => Ok(reply),
            _ => Err(self.broken(&system_words(fault))),
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

    /// Leaves as is usual, but does not wait long for it. Answers that are still to come come first.
    async fn goodbye(&mut self) {
        let farewell = async {
            if self.quit == Quit::Unsaid {
                self.write(QUIT.as_bytes()).await.ok()?;
            }
            while self.reply().await.ok()?.code != CLOSING {}
            Some(())
        };
        drop(tokio::time::timeout(GOODBYE_LIMIT, farewell).await);
    }
}

/// A reply, unless the server closes down with it.
fn said_at(step: MailStep, reply: SmtpReply) -> Result<SmtpReply, Stop> {
    match reply.code {
        421 => Err(Stop::Reply(MailReply::new(step, 421, reply.text()))),
        _ => Ok(reply),
    }
}

/// The mail with a second dot before each that begins a line (RFC 5321, section 4.5.2), also where
/// a lone CR or LF ends the line before.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(mail.len());
    let mut rest = mail;
    // From dot to dot: there are few, for bodies are base64.
    while rest
        .read_until(b'.', &mut stuffed)
        .is_ok_and(|count| count > 0)
    {
        if let [b'.'] | [.., b'\r' | b'\n', b'.'] = stuffed.as_slice() {
            stuffed.push(b'.');
        }
    }
    stuffed
}

/// How sender and recipients are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Each after the reply to the one before.
    OneByOne,
    /// In one piece, where the server offers PIPELINING (RFC 2920): a hundred recipients take as
    /// long as one. DATA waits for the replies, because it must not follow when nobody is taken;
    /// the goodbye goes with the final dot.
    Together,
}

/// Which addresses a transaction may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Ascii,
    International,
}

/// What is said for the server where it does not offer SMTPUTF8.
const BEYOND_ASCII: &str =
    "the server takes no addresses beyond ASCII, because it does not offer SMTPUTF8";

/// MAIL FROM, with what the mail needs of the server (RFC 1870, RFC 6531), and whom it may go to. A
/// recipient that the server cannot spell does not take the mail from the others (rule S-5).
fn sender_command(
    request: &MailRequest,
    capabilities: &SmtpReply,
) -> Result<(String, Reach), Stop> {
    let mut command = format!("MAIL FROM:<{}>", request.sender);
    if capabilities.offer("SIZE").is_some() {
        command += &format!(" SIZE={}", request.mail.len());
    }
    let recipients = request.recipients.iter();
    let is_plain = request.mail.is_ascii() && request.sender.is_ascii();
    if is_plain && recipients.clone().all(|address| address.is_ascii()) {
        return Ok((command, Reach::Ascii));
    }
    if capabilities.offer("SMTPUTF8").is_some() {
        command += " BODY=8BITMIME SMTPUTF8";
        return Ok((command, Reach::International));
    }
    match is_plain && recipients.clone().any(|address| address.is_ascii()) {
        true => Ok((command, Reach::Ascii)),
        false => Err(Stop::Reply(MailReply::new(
            MailStep::Recipients,
            553,
            BEYOND_ASCII.to_owned(),
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_mail_is_written_with_the_last_byte_of_its_dot() {
        for (room_bytes, pace, expected) in [
            (4, Pace::OneByOne, Handover::Open),
            (5, Pace::OneByOne, Handover::Written),
            (4, Pace::Together, Handover::Open),
            (5, Pace::Together, Handover::Written),
            (9, Pace::Together, Handover::Written),
            (11, Pace::Together, Handover::Written),
        ] {
            let progress = Progress::default();
            let (mut ours, _theirs) = tokio::io::duplex(room_bytes);
            let mut line = Line::new(&mut ours, &progress);
            // Nobody reads, so it ends or waits for ever.
            drop(tokio::time::timeout(Duration::ZERO, line.end(pace)).await);
            assert_eq!(progress.mail.get(), expected, "{room_bytes} {pace:?}");
        }
    }

    #[test]
    fn a_dot_that_begins_a_line_is_doubled() {
        for (mail, expected) in [
            ("", ""),
            ("a.b\r\n", "a.b\r\n"),
            (".", ".."),
            ("a\r\n.\r\nb", "a\r\n..\r\nb"),
            ("a\n.b\r.c", "a\n..b\r..c"),
            ("a\r\n..\r\n", "a\r\n...\r\n"),
        ] {
            assert_eq!(stuffed(mail.as_bytes()), expected.as_bytes(), "{mail:?}");
        }
    }
}
