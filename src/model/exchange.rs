//! What goes over the wall and what comes back: requests, replies, verdicts, outcomes.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use super::bilingual::{Bilingual, Both};
use super::message::MessageId;
use crate::secret::Secret;

/// An http or https address that is itself a credential. Shown as `https://host/***` only.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Wraps a parsed address.
    pub const fn new(url: Url) -> Self {
        Self(url)
    }

    /// The real address. Call it only where a request is built or sent.
    pub const fn reveal(&self) -> &Url {
        &self.0
    }

    /// The host, which is no secret.
    pub fn host(&self) -> String {
        self.0.host_str().unwrap_or_default().to_owned()
    }

    /// Scheme, host and port with the rest masked (rule M-5).
    pub fn masked(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port().map(|port| format!(":{port}"));
        format!(
            "{}://{host}{}/***",
            self.0.scheme(),
            port.unwrap_or_default()
        )
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// What a channel makes of a message.
#[derive(Debug, Clone, Default)]
pub struct Drafted {
    /// What is to be sent, in this order: one draft or several.
    pub drafts: Vec<Draft>,
    /// Remarks for the log.
    pub notes: Vec<String>,
    /// What the author may want to change.
    pub warnings: Vec<String>,
    /// Why nothing can be sent; then there are no drafts.
    pub refusal: Option<Box<Verdict>>,
}

impl From<Draft> for Drafted {
    fn from(draft: Draft) -> Self {
        Self {
            drafts: vec![draft],
            ..Self::default()
        }
    }
}

/// One part of what a channel sends, before time and signature are put in.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What this part is for.
    pub role: Role,
    /// The content, complete but for time and signature.
    pub content: Content,
    /// By what a receiver knows a second copy; `None` where the content itself holds it, or the
    /// service knows no such thing.
    pub id: Option<MessageId>,
}

/// What a part of a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The message itself.
    Message,
    /// A short text that rings people whom the message's own type cannot ring.
    Companion,
}

/// The content of a draft.
#[derive(Debug, Clone)]
pub enum Content {
    /// A JSON object.
    Json(serde_json::Map<String, serde_json::Value>),
    /// A whole body of another kind, or in the author's own writing.
    Text(String),
    /// A whole mail, headers included, lines ended by CRLF.
    Mail(Vec<u8>),
}

/// A finished request for one attempt.
#[derive(Debug, Clone)]
pub enum Request {
    /// One POST.
    Http(HttpRequest),
    /// One mail transaction.
    Mail(MailRequest),
}

/// One POST.
#[derive(Clone)]
pub struct HttpRequest {
    /// Where it goes, signature included.
    pub endpoint: Endpoint,
    /// Header fields; values may be credentials.
    pub headers: Vec<(String, Secret)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Whether the verdict needs the reply's body.
    pub reply_body: ReplyBody,
    /// Secrets made for this request alone, such as a signature.
    pub derived: Vec<Secret>,
}

/// Whether the verdict needs the reply's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyBody {
    /// It decides.
    Read,
    /// The status alone decides, and nobody waits for the rest.
    Left,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "POST {:?}, {} bytes", self.endpoint, self.body.len())
    }
}

/// One mail transaction.
#[derive(Clone)]
pub struct MailRequest {
    /// The server and how to talk to it.
    pub server: MailServer,
    /// The envelope sender.
    pub sender: String,
    /// The envelope recipients, at most 100 (rule R-8).
    pub recipients: Vec<String>,
    /// The mail, headers included, lines ended by CRLF.
    pub mail: Vec<u8>,
}

impl fmt::Debug for MailRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "mail by {:?} to {} recipients, {} bytes",
            self.server,
            self.recipients.len(),
            self.mail.len()
        )
    }
}

/// A mail server and how to talk to it.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the conversation is protected.
    pub security: MailSecurity,
    /// Who we are there, when the server asks.
    pub credentials: Option<MailCredentials>,
}

/// How a mail conversation is protected. There is no "if available": a stripped STARTTLS must
/// not turn into plain text (rule S-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte, usually on port 465.
    Tls,
    /// STARTTLS, required, usually on port 587.
    StartTls,
    /// No protection.
    None,
}

/// Name and password for a mail server.
#[derive(Debug, Clone)]
pub struct MailCredentials {
    /// The account.
    pub username: String,
    /// Its password, or an access token for [`MailAuth::XOauth2`].
    pub password: Secret,
    /// How they are said.
    pub auth: MailAuth,
}

/// How a login is said to a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MailAuth {
    /// PLAIN where it is offered, else LOGIN (rule S-3).
    #[default]
    Password,
    /// PLAIN (RFC 4616).
    Plain,
    /// LOGIN, which no RFC describes and every server knows.
    Login,
    /// XOAUTH2: an access token in the place of the password.
    XOauth2,
}

/// What came back.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An HTTP response.
    Http(HttpReply),
    /// The reply of a mail server that ended the transaction.
    Mail(MailReply),
}

/// An HTTP response, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The body, at most 64 KiB of it (rule R-1).
    pub body: Vec<u8>,
    /// Whether the body came to its end, as far as it is read.
    pub end: BodyEnd,
    /// The longest wait that `Retry-After` or a rate limit header asked for.
    pub wait: Option<Duration>,
    /// Who answered: the receiver, or the proxy before it.
    pub peer: Option<SocketAddr>,
    /// The version of TLS.
    pub tls: Option<&'static str>,
    /// By how many milliseconds this machine's clock was ahead of the response's own `Date`.
    pub clock_ahead: Option<i64>,
    /// The host that a redirect named; redirects are never followed.
    pub redirect_host: Option<String>,
}

/// How a response body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyEnd {
    /// All of it came, or as much as is read.
    #[default]
    Whole,
    /// The connection broke, or the time was up.
    Cut,
}

/// The reply of a mail server that ended the transaction.
#[derive(Debug, Clone)]
pub struct MailReply {
    /// Which step of the conversation the reply answers.
    pub step: MailStep,
    /// The three-digit code.
    pub code: u16,
    /// The server's text: untrusted, one line.
    pub text: String,
    /// Recipients the server refused while it took others.
    pub refused: Vec<RefusedRecipient>,
    /// Who answered.
    pub peer: Option<SocketAddr>,
    /// The version of TLS; `None` in a conversation that anyone can read.
    pub tls: Option<&'static str>,
}

impl MailReply {
    /// A server's last word, before anything else about the conversation is known.
    pub const fn new(step: MailStep, code: u16, text: String) -> Self {
        Self {
            step,
            code,
            text,
            refused: Vec::new(),
            peer: None,
            tls: None,
        }
    }

    /// Whether the server took the mail, for some recipients at least (rule S-6).
    pub fn is_taken(&self) -> bool {
        self.step == MailStep::Message && (200..300).contains(&self.code)
    }
}

/// A recipient that the server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRecipient {
    /// The address, from the configuration.
    pub address: String,
    /// The three-digit code.
    pub code: u16,
    /// The server's text: untrusted, one line.
    pub text: String,
}

impl RefusedRecipient {
    /// Whether the server may take it later (rule S-4); 552 is "too many recipients" here.
    pub const fn is_put_off(&self) -> bool {
        matches!(self.code, 400..=499 | 552)
    }
}

/// The steps of a mail conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailStep {
    /// The server's greeting.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO, when nobody was accepted.
    Recipients,
    /// DATA.
    Data,
    /// The final dot.
    Message,
}

impl MailStep {
    /// Its name.
    pub const fn name(self) -> Both {
        match self {
            Self::Greeting => ["greeting", "问候"],
            Self::Hello => ["EHLO", "EHLO"],
            Self::StartTls => ["STARTTLS", "STARTTLS"],
            Self::Login => ["login", "登录"],
            Self::Sender => ["sender", "发件人"],
            Self::Recipients => ["recipients", "收件人"],
            Self::Data => ["DATA", "DATA"],
            Self::Message => ["message", "正文"],
        }
    }
}

impl fmt::Display for MailStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [english, _] = self.name();
        f.write_str(english)
    }
}

/// A request that got no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFault {
    /// What happened, from a closed list.
    pub kind: FaultKind,
    /// More about it, without any address that is a secret.
    pub detail: String,
    /// What refused wants at least this long before the next attempt.
    pub wait: Duration,
}

impl SendFault {
    /// A fault after which nobody asked to wait.
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            wait: Duration::ZERO,
        }
    }
}

/// Why a request got no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The host name did not resolve.
    Resolve,
    /// No connection: refused, unreachable, reset while connecting.
    Connect,
    /// No connection within the connect limit.
    ConnectTimeout,
    /// The connection broke during the TLS handshake.
    Handshake,
    /// The certificate did not verify.
    Certificate,
    /// The host name leads to an address that is not reached.
    Forbidden,
    /// The proxy wants other credentials.
    ProxyLogin,
    /// The proxy did not let us through this time.
    Proxy,
    /// The proxy does not let us through, now or later.
    ProxyRefused,
    /// The conversation broke off before anything of the message was sent.
    Interrupted,
    /// The request may have been sent; no reply in time.
    ReplyTimeout,
    /// The request may have been sent; the connection broke or the reply was cut or malformed.
    Broken,
    /// The conversation cannot go on as configured (no usable login).
    Protocol,
    /// A mail server's reply, before it had the mail, is none.
    Unreadable,
    /// Encryption did not begin behind STARTTLS, or something was slipped in before it.
    StartTls,
}

/// What an attempt came to (rule D-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Confirmed accepted.
    Accepted,
    /// Accepted for some recipients and refused for others, or in some of its parts only.
    Partial,
    /// Failed before a byte of the request was written: trying again cannot duplicate.
    Safe,
    /// The receiver answered "not now".
    Transient,
    /// The receiver answered "too fast".
    Limited,
    /// Sent, and no verdict came.
    Ambiguous,
    /// A success status without the verdict that the service owes us. Never tried again.
    Unconfirmed,
    /// Everything else.
    Permanent,
}

impl Class {
    /// The word in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partly accepted",
            Self::Safe => "not reached",
            Self::Transient => "not now",
            Self::Limited => "too fast",
            Self::Ambiguous => "no verdict",
            Self::Unconfirmed => "unconfirmed",
            Self::Permanent => "failed",
        }
    }
}

/// A channel's judgement of one reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What it came to.
    pub class: Class,
    /// The code that decided: `errcode 310000`, `HTTP 503`, `SMTP 550`.
    pub code: String,
    /// What it means, in a sentence without a final stop.
    pub meaning: Bilingual,
    /// The receiver's own words: untrusted, one line.
    pub quote: Option<String>,
    /// What the reader can do about it, when there is something.
    pub fix: Option<Bilingual>,
    /// The receiver wants at least this long before the next attempt.
    pub wait: Duration,
}

impl Verdict {
    /// A verdict that has nothing to add to its code and meaning.
    pub fn new(class: Class, code: impl Into<String>, meaning: impl Into<Bilingual>) -> Self {
        Self {
            class,
            code: code.into(),
            meaning: meaning.into(),
            quote: None,
            fix: None,
            wait: Duration::ZERO,
        }
    }

    /// Adds what the reader can do.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<Bilingual>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Adds the receiver's own words, when it said something.
    #[must_use]
    pub fn quoting(mut self, quote: Option<String>) -> Self {
        self.quote = quote;
        self
    }

    /// Tells what came before it in front of what it means.
    #[must_use]
    pub fn behind(mut self, english: &str, chinese: &str) -> Self {
        self.meaning = Bilingual::composed(
            format!("{english}: {}", self.meaning.english),
            format!("{chinese}：{}", self.meaning.chinese),
        );
        self
    }

    /// Raises the wait to at least `wait`; a hint never lowers it.
    #[must_use]
    pub fn waiting_at_least(mut self, wait: Duration) -> Self {
        self.wait = self.wait.max(wait);
        self
    }
}

/// What a fault on the way comes to.
#[derive(Debug, Clone, Copy)]
pub struct FaultMeaning {
    /// What it came to.
    pub class: Class,
    /// The words that stand where a reply has its code.
    pub code: &'static str,
    /// What it means, without a final stop.
    pub meaning: Both,
    /// What the reader can do about it.
    pub fix: Both,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Resolve,
        Self::Connect,
        Self::ConnectTimeout,
        Self::Handshake,
        Self::Certificate,
        Self::Forbidden,
        Self::ProxyLogin,
        Self::Proxy,
        Self::ProxyRefused,
        Self::Interrupted,
        Self::ReplyTimeout,
        Self::Broken,
        Self::Protocol,
        Self::Unreadable,
        Self::StartTls,
    ];

    /// What the status comes to with which a proxy refuses CONNECT: those after which a receiver is
    /// asked again (rule D-3) may pass at a proxy, too.
    pub const fn of_proxy(status: u16) -> Self {
        match status {
            407 => Self::ProxyLogin,
            408 | 421 | 425 | 429 | 500 | 502..=504 | 507 | 520..=527 | 530 => Self::Proxy,
            _ => Self::ProxyRefused,
        }
    }

    /// What it comes to, and what to do about it.
    pub const fn explained(self) -> FaultMeaning {
        let (class, code, meaning, fix) = match self {
            Self::Resolve => (
                Class::Safe,
                "name not found",
                ["the host name did not resolve", "域名解析失败"],
                [
                    "Check the host in the address, and that this machine can look names up.",
                    "请检查地址中的域名，以及本机的 DNS 是否可用。",
                ],
            ),
            Self::Connect => (
                Class::Safe,
                "no connection",
                ["no connection", "无法连接"],
                [
                    "Check host and port, and that this machine may reach them.",
                    "请检查主机和端口，以及本机是否允许访问。",
                ],
            ),
            Self::ConnectTimeout => (
                Class::Safe,
                "no connection",
                ["no connection in time", "连接超时"],
                [
                    "Check host and port; a firewall often answers with silence.",
                    "请检查主机和端口；防火墙拦截时往往没有任何回应。",
                ],
            ),
            Self::Handshake => (
                Class::Safe,
                "no TLS",
                [
                    "the server does not speak TLS as expected",
                    "服务器未按预期使用 TLS",
                ],
                [
                    "Check the port; a mail server on port 587 wants `smtp_security: starttls`, one on 465 `tls`.",
                    "请检查端口：邮件服务器的 587 端口用 `smtp_security: starttls`，465 端口用 `tls`。",
                ],
            ),
            Self::Certificate => (
                Class::Permanent,
                "certificate not trusted",
                [
                    "the server's certificate is not trusted",
                    "服务器证书不受信任",
                ],
                [
                    "For a private certificate authority, name in `ca_file` the PEM file of the one that signed this very server.",
                    "若使用私有 CA，请在 `ca_file` 中填写签发该服务器证书的 CA 的 PEM 文件。",
                ],
            ),
            Self::Forbidden => (
                Class::Permanent,
                "address refused",
                [
                    "the host name leads to an address that is not reached",
                    "域名指向了不允许访问的地址",
                ],
                [
                    "Check what the name resolves to; private networks are refused by `deny_private`, link-local and metadata addresses always.",
                    "请检查该域名解析到哪里；`deny_private` 会拒绝内网地址，链路本地和元数据地址始终拒绝。",
                ],
            ),
            Self::ProxyLogin => (
                Class::Permanent,
                "proxy refused",
                [
                    "the proxy wants a user name and password",
                    "代理要求用户名和密码",
                ],
                [
                    "Write them into `proxy`: `http://name:password@host:port`.",
                    "请写入 `proxy`：`http://name:password@host:port`。",
                ],
            ),
            Self::Proxy => (
                Class::Safe,
                "no way through the proxy",
                ["the proxy opened no connection", "代理未能建立连接"],
                [
                    "Check that the proxy may reach this host, or name the host in `NO_PROXY`.",
                    "请确认代理可以访问该主机，或将其列入 `NO_PROXY`。",
                ],
            ),
            Self::ProxyRefused => (
                Class::Permanent,
                "proxy refused",
                [
                    "the proxy lets nothing through to this host",
                    "代理不允许连接该主机",
                ],
                [
                    "Have the host allowed at the proxy, or name it in `NO_PROXY`; check that `proxy` or HTTPS_PROXY names an HTTP proxy and no web server.",
                    "请让代理放行该主机，或将其列入 `NO_PROXY`；并确认 `proxy` 或 HTTPS_PROXY 填写的是 HTTP 代理而非网站。",
                ],
            ),
            Self::Interrupted => (
                Class::Safe,
                "no reply",
                ["the conversation broke off", "会话中断"],
                [
                    "If nothing came from a mail server on port 465, it waits for `smtp_security: tls`.",
                    "若邮件服务器的 465 端口没有回应，请设置 `smtp_security: tls`。",
                ],
            ),
            Self::ReplyTimeout => (
                Class::Ambiguous,
                "no reply",
                ["no reply in time", "等待回应超时"],
                LOOK,
            ),
            Self::Broken => (
                Class::Ambiguous,
                "no reply",
                ["the reply broke off", "回应中断"],
                [
                    "Look whether the message arrived; over `http://`, check whether the server wants `https://`.",
                    "请查看消息是否已送达；若用的是 `http://`，请确认服务器是否要求 `https://`。",
                ],
            ),
            Self::Protocol => (
                Class::Permanent,
                "no way on",
                ["the conversation cannot go on", "会话无法继续"],
                [
                    "A mail server that takes no login without encryption wants `smtp_security: starttls` or `tls`.",
                    "邮件服务器若不接受未加密的登录，请设置 `smtp_security: starttls` 或 `tls`。",
                ],
            ),
            Self::Unreadable => (
                Class::Permanent,
                "no mail server",
                [
                    "what answered does not speak as mail servers do",
                    "应答方的回应不符合邮件服务器协议",
                ],
                [
                    "Check that `smtp_host` and `smtp_port` name a mail server.",
                    "请确认 `smtp_host` 和 `smtp_port` 指向的是邮件服务器。",
                ],
            ),
            Self::StartTls => (
                Class::Permanent,
                "no TLS",
                [
                    "encryption did not begin, so nothing was said",
                    "加密未能建立，因此未发送任何内容",
                ],
                [
                    "Try `smtp_security: tls` with `smtp_port: 465`; if that fails too, something on the way to the server interferes.",
                    "请尝试 `smtp_security: tls` 加 `smtp_port: 465`；若仍失败，说明到服务器的链路受到干扰。",
                ],
            ),
        };
        FaultMeaning {
            class,
            code,
            meaning,
            fix,
        }
    }
}

/// What to do when nobody knows whether the message was posted.
pub const LOOK: Both = [
    "Look whether the message arrived.",
    "请查看消息是否已送达。",
];

impl From<&SendFault> for Verdict {
    fn from(fault: &SendFault) -> Self {
        let row = fault.kind.explained();
        let [english, chinese] = row.meaning;
        let meaning = match fault.detail.as_str() {
            "" => row.meaning.into(),
            detail => Bilingual::composed(
                format!("{english}: {detail}"),
                format!("{chinese}：{detail}"),
            ),
        };
        Self::new(row.class, row.code, meaning)
            .with_fix(row.fix)
            .waiting_at_least(fault.wait)
    }
}

/// One attempt, told while the run goes on.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    /// The target's name: `dingtalk`, or `dingtalk 2` for the second address.
    pub target: &'a str,
    /// What was sent.
    pub role: Role,
    /// Which part of the message, from 1, and of how many.
    pub part: (usize, usize),
    /// Which attempt, from 1.
    pub number: u32,
    /// How many there may be.
    pub of: u32,
    /// The judgement.
    pub verdict: &'a Verdict,
    /// How long the attempt took.
    pub elapsed: Duration,
    /// What comes next.
    pub next: Next,
}

/// What follows an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is decided.
    Done,
    /// Another attempt after this pause.
    Again(Duration),
    /// No further attempt, although one might help, because of this.
    GiveUp(String),
}

/// What became of one target.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The target's name.
    pub target: String,
    /// The host that it is on.
    pub host: String,
    /// The judgement that ended it.
    pub verdict: Verdict,
    /// Attempts made with the part that came last.
    pub attempts: u32,
}

impl Outcome {
    /// Whether the whole message was accepted.
    pub fn delivered(&self) -> bool {
        self.verdict.class == Class::Accepted
    }
}
