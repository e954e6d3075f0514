//! Mail: one message with a text and an HTML part, handed to a mail server.
//!
//! Sources: RFC 5321 (reply codes), RFC 5322 and 2045 to 2047 (the mail itself). Bodies are always
//! base64 in lines of 76, so that no line of a message can be read as part of the conversation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as MailboxList;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};

use super::code::{Entry, LATER, Spans, holds, written};
use super::reply::{ACCEPTED, quoted};
use super::{Channel, ChannelEntry, Opened};
use crate::input::{Choice, FromInput, Input, InputReader, Kind, List, Port, Reason};
use crate::markdown::{Dialect, PlainText, colon, html_escaped, write_html};
use crate::model::bilingual::{Bilingual, Both};
use crate::model::document::Tone;
use crate::model::exchange::{
    Class, Content, Draft, Drafted, MailCredentials, MailReply, MailRequest, MailSecurity,
    MailServer, MailStep, Reply, Request, Role, Verdict,
};
use crate::model::message::Message;
use crate::model::text::{clean_line, head_chars};
use crate::model::time::UnixMillis;
use crate::secret::Secret;

pub(super) static ENTRY: ChannelEntry = ChannelEntry {
    name: "email",
    title: "Email",
    inputs: &[
        &TO.spec,
        &CC.spec,
        &BCC.spec,
        &FROM.spec,
        &REPLY_TO.spec,
        &HOST.spec,
        &PORT.spec,
        &SECURITY.spec,
        &USERNAME.spec,
        &PASSWORD.spec,
    ],
    example: None,
    open,
    recognises: |_| false,
};

static TO: Input<Mailboxes> = Input::new("email_to", "Recipients");
static CC: Input<Mailboxes> = Input::new("email_cc", "Recipients of a copy");
static BCC: Input<Mailboxes> = Input::new("email_bcc", "Recipients of a copy that nobody sees");
static FROM: Input<Mailbox> = Input::new(
    "email_from",
    "Sender; smtp_username when that is an address",
);
static REPLY_TO: Input<Mailbox> = Input::new("email_reply_to", "Where answers go");
static HOST: Input<ServerName> = Input::new("smtp_host", "Mail server");
static PORT: Input<Port> = Input::new(
    "smtp_port",
    "Port of the mail server; by smtp_security 465, 587 or 25",
);
static SECURITY: Input<MailSecurity> = Input::new(
    "smtp_security",
    "How the conversation is protected; tls unless smtp_port is 587 or 25, then starttls",
);
static USERNAME: Input<String> = Input::new("smtp_username", "Account on the mail server");
static PASSWORD: Input<Secret> = Input::new(
    "smtp_password",
    "Password of the account; many providers want an app password",
);

/// Most recipients of one message (rule R-8).
const RECIPIENT_LIMIT: usize = 100;

/// Longest subject, in characters (rule S-8).
const SUBJECT_LIMIT_CHARS: usize = 255;

impl Choice for MailSecurity {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("tls", Self::Tls),
        ("starttls", Self::StartTls),
        ("none", Self::None),
        ("ssl", Self::Tls),
    ];
    const WORDS: &'static [&'static str] = &["tls", "starttls", "none"];
}

/// The name or address of a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ServerName(String);

impl FromInput for ServerName {
    const KIND: Kind = Kind::Text;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let host = text.trim();
        if let Ok(address) = host.parse::<std::net::IpAddr>() {
            return Ok(Self(address.to_string()));
        }
        let inside = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let parsed = match inside {
            Some(address) => url::Host::parse(&format!("[{address}]")),
            None => url::Host::parse(host),
        };
        match parsed {
            Ok(url::Host::Domain(name)) => Ok(Self(name)),
            Ok(url::Host::Ipv4(address)) => Ok(Self(address.to_string())),
            Ok(url::Host::Ipv6(address)) => Ok(Self(address.to_string())),
            Err(_) => Err(Reason::new(
                "not a host name",
                "Write the name alone, such as `smtp.example.com`; the port goes into `smtp_port`.",
            )),
        }
    }
}

/// One mail address, perhaps with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mailbox {
    name: Option<String>,
    address: String,
}

impl FromInput for Mailbox {
    const KIND: Kind = Kind::Text;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|it| it.rsplit_once('<')) {
            Some((name, address)) => {
                let name = clean_line(name.trim().trim_matches('"'));
                ((!name.is_empty()).then_some(name), address.trim())
            }
            None => (None, text),
        };
        let several = address.contains(char::is_whitespace);
        let wrong = |wrong: &str| {
            Reason::new(
                format!("`{}` {wrong}", head_chars(&clean_line(address), 60)),
                match several {
                    true => "Separate several addresses by commas.",
                    false => "Write addresses like `ann@example.com` or `Ann <ann@example.com>`.",
                },
            )
        };
        let (local, domain) = address
            .rsplit_once('@')
            .ok_or_else(|| wrong("is no mail address"))?;
        let is_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        if local.is_empty() || local.len() > 64 || !local.chars().all(is_local) {
            return Err(wrong("has a part before `@` that mail servers refuse"));
        }
        let domain = match url::Host::parse(domain) {
            Ok(url::Host::Domain(domain)) => domain,
            _ => return Err(wrong("has no domain name behind `@`")),
        };
        Ok(Self {
            name,
            address: format!("{local}@{domain}"),
        })
    }
}

/// Several mail addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Mailboxes(Vec<Mailbox>);

impl FromInput for Mailboxes {
    const KIND: Kind = Kind::List;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let items = List::from_input(text)?.0;
        if items.len() > RECIPIENT_LIMIT {
            return Err(Reason::new(
                format!(
                    "names {} recipients, more than {RECIPIENT_LIMIT}",
                    items.len()
                ),
                "Send to a mailing list instead.",
            ));
        }
        items
            .iter()
            .map(|item| Mailbox::from_input(item))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn open(reader: &mut InputReader<'_>) -> Vec<Opened> {
    let to = reader.get(&TO).unwrap_or_default().0;
    let cc = reader.get(&CC).unwrap_or_default().0;
    let bcc = reader.get(&BCC).unwrap_or_default().0;
    let reply_to = reader.get(&REPLY_TO);
    let from = reader.get(&FROM);
    let host = reader.get(&HOST);
    let port = reader.get(&PORT);
    let security = reader.get(&SECURITY);
    let username = reader.get(&USERNAME);
    let password = reader.get(&PASSWORD);
    if to.is_empty() {
        for (is_set, input) in [(!cc.is_empty(), &CC.spec), (!bcc.is_empty(), &BCC.spec)] {
            if is_set {
                reader.fault(
                    input.name,
                    Reason::new(
                        "is set, but `email_to` is not",
                        "Name someone in `email_to`.",
                    ),
                );
            }
        }
        return Vec::new();
    }
    let count = to.len() + cc.len() + bcc.len();
    if count > RECIPIENT_LIMIT {
        reader.fault(
            TO.spec.name,
            Reason::new(
                format!(
                    "and the copies name {count} recipients, more than {RECIPIENT_LIMIT} together"
                ),
                "Send to a mailing list instead.",
            ),
        );
    }
    let from_username = || {
        username
            .as_deref()
            .and_then(|name| Mailbox::from_input(name).ok())
    };
    let from = from.or_else(from_username);
    if from.is_none() && !reader.is_given(&FROM.spec) {
        reader.fault(
            FROM.spec.name,
            Reason::new(
                "is not set, and `smtp_username` is no mail address",
                "Name the sender, such as `ci@example.com`.",
            ),
        );
    }
    if host.is_none() && !reader.is_given(&HOST.spec) {
        reader.fault(
            HOST.spec.name,
            Reason::new(
                "is not set, but `email_to` is",
                "Name the mail server, such as `smtp.example.com`.",
            ),
        );
    }
    let security = security.unwrap_or(match port {
        Some(Port(25 | 587)) => MailSecurity::StartTls,
        _ => MailSecurity::Tls,
    });
    let port = port.map_or_else(|| usual_port(security), |Port(port)| port);
    // Half of a login is none: such a server would only refuse the mail.
    let is_half_login = username.is_some() != password.is_some();
    let credentials = credentials(reader, username, password);
    if security == MailSecurity::None
        && credentials.is_some()
        && !host.as_ref().is_some_and(|host| is_loopback(&host.0))
    {
        reader.fault(
            SECURITY.spec.name,
            Reason::new(
                "is `none`, which would show the password to everyone on the way",
                "Write `smtp_security: starttls` or `tls`.",
            ),
        );
    }
    let (Some(from), Some(host), false) = (from, host, is_half_login) else {
        return Vec::new();
    };
    let server = MailServer {
        host: host.0,
        port,
        security,
        credentials,
    };
    vec![Opened {
        lane: format!("{}:{}", server.host, server.port),
        host: (server.host.clone(), HOST.spec.name),
        channel: Box::new(Email {
            to,
            cc,
            bcc,
            reply_to,
            from,
            server,
        }),
    }]
}

fn credentials(
    reader: &mut InputReader<'_>,
    username: Option<String>,
    password: Option<Secret>,
) -> Option<MailCredentials> {
    match (username, password) {
        (Some(username), Some(password)) => Some(MailCredentials { username, password }),
        (Some(_), None) if reader.has_fault_in(PASSWORD.spec.name) => None,
        (Some(_), None) => {
            reader.missing_secret(
                PASSWORD.spec.name,
                Reason::new(
                    "is not set, but `smtp_username` is",
                    "Add the password, from a secret.",
                ),
            );
            None
        }
        (None, Some(_)) => {
            reader.fault(
                USERNAME.spec.name,
                Reason::new(
                    "is not set, but `smtp_password` is",
                    "Add the account's name.",
                ),
            );
            None
        }
        (None, None) => None,
    }
}

const fn usual_port(security: MailSecurity) -> u16 {
    match security {
        MailSecurity::Tls => 465,
        MailSecurity::StartTls => 587,
        MailSecurity::None => 25,
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[derive(Debug)]
struct Email {
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    reply_to: Option<Mailbox>,
    from: Mailbox,
    server: MailServer,
}

impl Email {
    fn mail(&self, message: &Message) -> Vec<u8> {
        let id = message.id.as_str();
        let domain = self.from.address.rsplit('@').next().unwrap_or("localhost");
        let mut mail = MessageBuilder::new()
            .from(header_address(&self.from))
            .to(header_addresses(&self.to))
            .subject(head_chars(&clean_line(&message.title), SUBJECT_LIMIT_CHARS))
            .date(Date::new(message.composed_at.seconds()))
            .message_id(format!("{id}@{domain}"))
            .header("Auto-Submitted", Raw::new("auto-generated"));
        if !self.cc.is_empty() {
            mail = mail.cc(header_addresses(&self.cc));
        }
        if let Some(reply_to) = &self.reply_to {
            mail = mail.reply_to(header_address(reply_to));
        }
        let parts = vec![
            part("text/plain", &text_part(message)),
            part("text/html", &html_part(message)),
        ];
        let boundary = format!("=_runbell_{id}");
        let kind = ContentType::new("multipart/alternative").attribute("boundary", boundary);
        let mut bytes = Vec::new();
        mail.body(MimePart::new(kind, BodyPart::Multipart(parts)))
            .serialize(&mut bytes);
        bytes
    }

    fn recipients(&self) -> Vec<String> {
        let mut recipients: Vec<String> = Vec::new();
        for mailbox in self.to.iter().chain(&self.cc).chain(&self.bcc) {
            if !recipients.contains(&mailbox.address) {
                recipients.push(mailbox.address.clone());
            }
        }
        recipients
    }
}

fn header_address(mailbox: &Mailbox) -> MailboxList<'static> {
    MailboxList::new_address(mailbox.name.clone(), mailbox.address.clone())
}

fn header_addresses(mailboxes: &[Mailbox]) -> MailboxList<'static> {
    MailboxList::new_list(mailboxes.iter().map(header_address).collect())
}

/// A text part in base64, lines of 76 letters ended by CRLF.
fn part(kind: &'static str, text: &str) -> MimePart<'static> {
    let encoded = STANDARD.encode(text.replace('\n', "\r\n"));
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / 38 + 2);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at_checked(76).unwrap_or((rest, ""));
        lines.push_str(line);
        lines.push_str("\r\n");
        rest = behind;
    }
    let kind = ContentType::new(kind).attribute("charset", "utf-8");
    MimePart::new(kind, BodyPart::Text(lines.into())).transfer_encoding("base64")
}

fn text_part(message: &Message) -> String {
    let mut parts = vec![message.title.clone(), PlainText.write(&message.document())];
    if let Some(link) = &message.link {
        parts.push(format!(
            "{}{}{}",
            link.label,
            colon(link.label),
            link.target.as_str()
        ));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn html_part(message: &Message) -> String {
    let colour = match message.tone() {
        Tone::Good => "#1a7f37",
        Tone::Bad => "#cf222e",
        Tone::Caution => "#9a6700",
        Tone::Muted => "#59636e",
        Tone::Active => "#0969da",
    };
    let button = message
        .link
        .as_ref()
        .map(|link| {
            format!(
                "<p style=\"margin:20px 0 4px\"><a href=\"{}\" style=\"display:inline-block;padding:9px 18px;background:{colour};color:#ffffff;border-radius:6px;text-decoration:none;font-weight:bold\">{}</a></p>",
                html_escaped(link.target.as_str()),
                html_escaped(link.label)
            )
        })
        .unwrap_or_default();
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body style=\"margin:0;padding:0;background:#f6f8fa\">\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#f6f8fa\"><tr><td align=\"center\" style=\"padding:16px 8px\">\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:640px;background:#ffffff;border:1px solid #d0d7de;border-top:4px solid {colour};border-radius:6px\"><tr>\
         <td style=\"padding:20px 24px;font:15px/1.5 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',Roboto,sans-serif;color:#1f2328;word-break:break-word\">\
         <p style=\"margin:0 0 12px;font-size:19px;font-weight:bold;color:{colour}\">{title}</p>{body}{button}\
         </td></tr></table></td></tr></table></body></html>\n",
        title = html_escaped(&message.title),
        body = write_html(&message.document()),
    )
}

impl Channel for Email {
    fn drafts(&self, message: &Message) -> Drafted {
        Drafted::from(Draft {
            role: Role::Message,
            content: Content::Mail(self.mail(message)),
            id: None,
        })
    }

    /// The head of the mail, and its text part as people read it.
    fn shown(&self, draft: &Draft) -> String {
        let Content::Mail(mail) = &draft.content else {
            return String::new();
        };
        let mail = String::from_utf8_lossy(mail).replace("\r\n", "\n");
        let mut sections = mail.split("\n\n");
        let head = sections.next().unwrap_or_default();
        // The first part begins with its own head.
        let text = sections.next().and_then(|_| sections.next());
        let text = text
            .map(|text| {
                text.split("--")
                    .next()
                    .unwrap_or_default()
                    .replace('\n', "")
            })
            .and_then(|text| STANDARD.decode(text).ok())
            .map(|text| String::from_utf8_lossy(&text).replace("\r\n", "\n"));
        let to = self.recipients().join(", ");
        format!("RCPT TO: {to}\n{head}\n\n{}", text.unwrap_or_default())
    }

    fn request(&self, draft: &Draft, _: UnixMillis) -> Request {
        Request::Mail(MailRequest {
            server: self.server.clone(),
            sender: self.from.address.clone(),
            recipients: self.recipients(),
            mail: super::draft_bytes(draft),
        })
    }

    fn verdict(&self, reply: &Reply) -> Verdict {
        match reply {
            Reply::Mail(reply) => mail_verdict(reply),
            Reply::Http(_) => super::reply::not_http(),
        }
    }
}

/// Rules S-3 to S-6: what a mail server's last word means.
fn mail_verdict(reply: &MailReply) -> Verdict {
    let code = format!("SMTP {}", reply.code);
    if reply.step == MailStep::Message && (200..300).contains(&reply.code) {
        if reply.refused.is_empty() {
            return Verdict::new(Class::Accepted, code, ACCEPTED);
        }
        let refused: Vec<String> = reply
            .refused
            .iter()
            .map(|it| format!("{} (SMTP {})", it.address, it.code))
            .collect();
        let refused = refused.join(", ");
        let meaning = Bilingual::composed(
            format!("sent, but not to {refused}"),
            format!("已发送，但未送达 {refused}"),
        );
        return Verdict::new(Class::Partial, code, meaning)
            .with_fix(["Check the refused addresses.", "请检查被拒绝的地址。"]);
    }
    let row = MAIL_CODES
        .iter()
        .find(|row| row.fits(reply.step, reply.code))
        .unwrap_or(&REFUSED);
    let ([at, at_zh], [english, chinese]) = (reply.step.name(), row.meaning);
    let meaning = Bilingual::composed(
        format!("the mail server refused at {at}: {english}"),
        format!("邮件服务器在“{at_zh}”步骤拒绝：{chinese}"),
    );
    Verdict::new(mail_class(reply.step, reply.code), code, meaning)
        .quoting(quoted(&reply.text))
        .with_fix(row.fix)
}

/// Whether another attempt may help. Too many recipients is said by 552 on some servers and
/// means 452.
fn mail_class(step: MailStep, code: u16) -> Class {
    match (step, code) {
        (_, 400..=499) | (MailStep::Recipients, 552) => Class::Transient,
        _ => Class::Permanent,
    }
}

/// A row of the table of mail servers' replies.
struct MailCode {
    /// The steps at which the reply means this; none: at any.
    steps: &'static [MailStep],
    codes: Spans,
    meaning: Both,
    fix: Both,
}

impl MailCode {
    fn fits(&self, step: MailStep, code: u16) -> bool {
        holds(self.codes, code) && (self.steps.is_empty() || self.steps.contains(&step))
    }
}

const SET_LOGIN: Both = [
    "Set `smtp_username` and `smtp_password`; `email_from` must be an address of that account.",
    "请设置 `smtp_username` 和 `smtp_password`；`email_from` 须为该账号的地址。",
];

const OWN_ADDRESS: Both = [
    "Write an address of the account into `email_from`.",
    "请在 `email_from` 中填写登录账号自己的地址。",
];

const FEWER: Both = [
    "Name fewer addresses in `email_to`, `email_cc` and `email_bcc`.",
    "请减少 `email_to`、`email_cc` 和 `email_bcc` 中的地址。",
];

/// What mail servers refuse with, by step. The first row that fits counts. Sources: RFC 5321,
/// RFC 4954 and RFC 3207 for the numbers; what providers mean by them is from their help pages.
const MAIL_CODES: &[MailCode] = &[
    MailCode {
        steps: &[],
        codes: &[421..=421],
        meaning: [
            "it is closing down, busy, or has too many connections",
            "服务器正在关闭、繁忙或连接过多",
        ],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::StartTls],
        codes: &[400..=499],
        meaning: ["it cannot begin encryption now", "暂时无法启用加密"],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::StartTls],
        codes: &[500..=599],
        meaning: [
            "it begins no encryption on this port",
            "该端口不支持 STARTTLS",
        ],
        fix: [
            "Try `smtp_security: tls` with `smtp_port: 465`.",
            "请尝试 `smtp_security: tls` 加 `smtp_port: 465`。",
        ],
    },
    MailCode {
        steps: &[MailStep::Greeting],
        codes: &[500..=599],
        meaning: ["it takes no mail from this machine", "不接受来自本机的邮件"],
        fix: [
            "Ask the server's administrator to let this machine's address in, or use another server.",
            "请联系服务器管理员放行本机 IP，或换用其他服务器。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[454..=454],
        meaning: ["its login is out of order", "登录服务暂时不可用"],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[535..=535],
        meaning: ["wrong account name or password", "用户名或密码错误"],
        fix: [
            "Check `smtp_username`; many providers want an app password or authorisation code in `smtp_password`.",
            "请检查 `smtp_username`；许多邮箱要求在 `smtp_password` 中填写授权码（应用专用密码），而非登录密码。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[534..=534],
        meaning: [
            "the account's own password is not enough",
            "不能使用账号的登录密码",
        ],
        fix: [
            "Make an app password or authorisation code in the mailbox's settings and put it into `smtp_password`.",
            "请在邮箱设置中生成授权码（应用专用密码），填入 `smtp_password`。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[530..=530, 538..=538],
        meaning: [
            "it takes no such login, or none without encryption",
            "不接受这种登录方式，或要求先加密",
        ],
        fix: [
            "Write `smtp_security: tls` or `starttls`, and put an app password or authorisation code into `smtp_password`.",
            "请设置 `smtp_security: tls` 或 `starttls`，并在 `smtp_password` 中填写授权码（应用专用密码）。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[550..=550],
        meaning: ["the account may not send by SMTP", "该账号未开通 SMTP"],
        fix: [
            "Switch SMTP on in the mailbox's settings and put its authorisation code into `smtp_password`.",
            "请在邮箱设置中开启 SMTP 服务，并将授权码填入 `smtp_password`。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[500..=599],
        meaning: ["it does not take the login", "登录未被接受"],
        fix: [
            "Check `smtp_username` and `smtp_password`; many providers want an app password or authorisation code here.",
            "请检查 `smtp_username` 和 `smtp_password`；许多邮箱要求填写授权码（应用专用密码）。",
        ],
    },
    MailCode {
        steps: &[],
        codes: &[530..=530],
        meaning: ["it wants a login", "服务器要求登录"],
        fix: SET_LOGIN,
    },
    MailCode {
        steps: &[MailStep::Sender],
        codes: &[550..=550],
        meaning: [
            "it does not take this sender, or wants a login",
            "不接受该发件人，或要求登录",
        ],
        fix: SET_LOGIN,
    },
    MailCode {
        steps: &[MailStep::Sender],
        codes: &[501..=501, 553..=554],
        meaning: [
            "the account may not send from this address",
            "该账号不能以此地址发信",
        ],
        fix: OWN_ADDRESS,
    },
    MailCode {
        steps: &[MailStep::Recipients],
        codes: &[450..=451],
        meaning: [
            "it puts the mail off, perhaps because it does not know this machine yet",
            "暂缓接收，可能启用了灰名单",
        ],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::Recipients],
        codes: &[452..=452, 552..=552],
        meaning: [
            "too many recipients at once, or a full mailbox",
            "收件人过多，或邮箱已满",
        ],
        fix: FEWER,
    },
    MailCode {
        steps: &[MailStep::Recipients],
        codes: &[550..=551, 553..=553],
        meaning: [
            "there is no such mailbox, or it takes no mail from you",
            "邮箱不存在，或拒收来信",
        ],
        fix: [
            "Check the addresses in `email_to`, `email_cc` and `email_bcc`.",
            "请检查 `email_to`、`email_cc` 和 `email_bcc` 中的地址。",
        ],
    },
    MailCode {
        steps: &[MailStep::Recipients],
        codes: &[500..=599],
        meaning: [
            "it takes no mail for these recipients",
            "不接收发给这些收件人的邮件",
        ],
        fix: [
            "Check the addresses in `email_to`; a server that relays for its own users only wants `smtp_username`.",
            "请检查 `email_to` 中的地址；仅为自己用户转发的服务器要求 `smtp_username`。",
        ],
    },
    MailCode {
        steps: &[],
        codes: &[452..=452],
        meaning: ["it has no room now", "服务器存储空间不足"],
        fix: LATER,
    },
    MailCode {
        steps: &[],
        codes: &[552..=552],
        meaning: [
            "the mail is too large, or a mailbox is full",
            "邮件过大，或邮箱已满",
        ],
        fix: ["Shorten `message`.", "请缩短 `message`。"],
    },
    MailCode {
        steps: &[MailStep::Data, MailStep::Message],
        codes: &[550..=550, 553..=554],
        meaning: [
            "it takes the mail for spam or against its rules",
            "邮件被判为垃圾邮件或违反规则",
        ],
        fix: [
            "Reword `title` and `message`, and write an address of the account into `email_from`.",
            "请修改 `title` 和 `message` 的措辞，并在 `email_from` 中填写登录账号自己的地址。",
        ],
    },
    MailCode {
        steps: &[],
        codes: &[400..=499],
        meaning: ["it cannot take the mail now", "暂时无法接收邮件"],
        fix: LATER,
    },
];

/// Every other reply.
const REFUSED: MailCode = MailCode {
    steps: &[],
    codes: &[],
    meaning: ["it does not take the mail", "不接收该邮件"],
    fix: [
        "If the server's text names no cause, ask its administrator.",
        "若服务器的原文未说明原因，请咨询其管理员。",
    ],
};

/// The replies for the code book.
pub(super) fn entries() -> Vec<Entry> {
    MAIL_CODES
        .iter()
        .chain([&REFUSED])
        .map(|row| {
            let step = row.steps.first().copied().unwrap_or(MailStep::Hello);
            let code = row.codes.first().map_or(599, |span| *span.start());
            let steps: Vec<&str> = row.steps.iter().map(|step| step.name()[0]).collect();
            let codes = match row.codes {
                [] => "any other".to_owned(),
                spans => written(spans),
            };
            Entry {
                code: match steps.is_empty() {
                    true => codes,
                    false => format!("{codes} at {}", steps.join(" or ")),
                },
                class: mail_class(step, code),
                wait_seconds: 0,
                meaning: row.meaning,
                fix: row.fix,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::tests::{message, open_with, opened};
    use crate::model::exchange::RefusedRecipient;

    const BASE: [(&str, &str); 3] = [
        ("email_to", "Ann Ünger <ann@example.com>, bob@example.com"),
        ("smtp_host", "smtp.example.com"),
        ("email_from", "CI <ci@example.com>"),
    ];

    fn request(inputs: &[(&str, &str)]) -> MailRequest {
        let all: Vec<_> = BASE.iter().chain(inputs).copied().collect();
        let channel = opened(&ENTRY, &all);
        let drafts = channel.drafts(&message()).drafts;
        match channel.request(&drafts[0], UnixMillis(0)) {
            Request::Mail(request) => request,
            Request::Http(_) => panic!("no mail"),
        }
    }

    #[test]
    fn port_and_security_follow_each_other() {
        for (inputs, port, security) in [
            (&[][..], 465, MailSecurity::Tls),
            (&[("smtp_port", "587")], 587, MailSecurity::StartTls),
            (
                &[("smtp_security", "starttls")],
                587,
                MailSecurity::StartTls,
            ),
            (
                &[("smtp_security", "none"), ("smtp_port", "2525")],
                2525,
                MailSecurity::None,
            ),
        ] {
            let server = request(inputs).server;
            assert_eq!(
                (server.port, server.security),
                (port, security),
                "{inputs:?}"
            );
        }
    }

    #[test]
    fn hidden_recipients_are_in_the_envelope_alone() {
        let request = request(&[
            ("email_bcc", "boss@example.com"),
            ("email_cc", "bob@example.com"),
        ]);
        assert_eq!(
            request.recipients,
            ["ann@example.com", "bob@example.com", "boss@example.com"]
        );
        let mail = String::from_utf8(request.mail).unwrap();
        assert!(!mail.contains("boss@"), "{mail}");
        assert!(mail.contains("Cc: <bob@example.com>"), "{mail}");
    }

    #[test]
    fn no_line_of_the_mail_is_long_bare_or_a_dot() {
        let mail = String::from_utf8(request(&[]).mail).unwrap();
        assert!(mail.is_ascii());
        assert_eq!(mail.matches('\n').count(), mail.matches("\r\n").count());
        assert_eq!(mail.matches('\r').count(), mail.matches("\r\n").count());
        for line in mail.split("\r\n") {
            assert!(line.len() <= 78 && line != ".", "{line:?}");
        }
        assert!(
            mail.contains("Message-ID: <a4dqobyha4dqobyha4dqobyha4@example.com>"),
            "{mail}"
        );
    }

    #[track_caller]
    fn check_fault(inputs: &[(&str, &str)], expected: &str) {
        let (_, faults) = open_with(&ENTRY, inputs);
        assert!(
            faults.iter().any(|it| it.contains(expected)),
            "{inputs:?}: {faults:?}"
        );
    }

    #[test]
    fn faults_name_what_is_missing() {
        check_fault(
            &[("email_to", "a@b.example"), ("email_from", "c@d.example")],
            "`smtp_host` is not set",
        );
        check_fault(
            &[("email_to", "a@b.example"), ("smtp_host", "h")],
            "`email_from` is not set",
        );
        check_fault(&[("email_cc", "a@b.example")], "`email_to` is not");
        check_fault(&[("email_to", "a@b\r\nBcc: x@y")], "mail servers refuse");
        check_fault(&[("email_to", "a b@example.com")], "mail servers refuse");
        check_fault(&[("smtp_host", "smtp.example.com:465")], "not a host name");
        let open: Vec<_> = BASE
            .iter()
            .copied()
            .chain([
                ("smtp_username", "u"),
                ("smtp_password", "p"),
                ("smtp_security", "none"),
            ])
            .collect();
        check_fault(&open, "would show the password");
    }

    #[test]
    fn the_servers_last_word_is_judged() {
        let judge = |step, code, refused: Vec<RefusedRecipient>| {
            mail_verdict(&MailReply {
                step,
                code,
                text: "x".to_owned(),
                refused,
            })
        };
        let refused = RefusedRecipient {
            address: "a@b".to_owned(),
            code: 550,
            text: String::new(),
        };
        for (step, code, refused, class) in [
            (MailStep::Message, 250, vec![], Class::Accepted),
            (MailStep::Message, 250, vec![refused], Class::Partial),
            (MailStep::Message, 451, vec![], Class::Transient),
            (MailStep::Message, 554, vec![], Class::Permanent),
            (MailStep::Greeting, 421, vec![], Class::Transient),
            (MailStep::Greeting, 554, vec![], Class::Permanent),
            (MailStep::Login, 535, vec![], Class::Permanent),
            (MailStep::Login, 454, vec![], Class::Transient),
            (MailStep::Recipients, 552, vec![], Class::Transient),
            (MailStep::Data, 250, vec![], Class::Permanent),
        ] {
            assert_eq!(judge(step, code, refused).class, class, "{step} {code}");
        }
        for (step, code, words) in [
            (MailStep::Login, 535, "authorisation code"),
            (MailStep::Login, 534, "authorisation code"),
            (MailStep::Login, 538, "smtp_security"),
            (MailStep::Login, 530, "smtp_security"),
            (MailStep::Sender, 530, "smtp_username"),
            (MailStep::Sender, 550, "smtp_username"),
            (MailStep::Sender, 553, "email_from"),
            (MailStep::Recipients, 550, "email_to"),
            (MailStep::Recipients, 452, "fewer"),
            (MailStep::StartTls, 502, "465"),
            (MailStep::Message, 552, "Shorten"),
            (MailStep::Message, 421, "again"),
        ] {
            let fix = judge(step, code, vec![]).fix.unwrap().english;
            assert!(fix.contains(words), "{step} {code}: {fix}");
        }
        let text = judge(MailStep::Login, 535, vec![]);
        assert_eq!(
            (
                text.meaning.chinese.as_ref(),
                text.quote.as_deref(),
                text.meaning.english.as_ref()
            ),
            (
                "邮件服务器在“登录”步骤拒绝：用户名或密码错误",
                Some("x"),
                "the mail server refused at login: wrong account name or password"
            )
        );
    }
}
