//! Mail: one message with a text and an HTML part, handed to a mail server.
//!
//! Sources: RFC 5321 (the envelope), RFC 6531 (addresses beyond ASCII).

mod code;
mod letter;

pub(super) use code::entries;

use super::{Channel, ChannelEntry, Opened};
use crate::input::{Choice, FromInput, Input, InputReader, Kind, List, Port, Reason, quoted_name};
use crate::model::encoded_words::{base64_text, decoded_words};
use crate::model::exchange::{
    Content, Draft, Drafted, MailAuth, MailCredentials, MailRequest, MailSecurity, MailServer,
    Reply, Request, Role, Verdict,
};
use crate::model::message::Message;
use crate::model::text::clean_line;
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
        &AUTH.spec,
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

static AUTH: Input<MailAuth> = Input::new(
    "smtp_auth",
    "How the login is said; xoauth2 takes an access token as smtp_password",
)
.default("password");

/// Most recipients of one message (rule R-8).
const RECIPIENT_LIMIT: usize = 100;

impl Choice for MailSecurity {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("tls", Self::Tls),
        ("starttls", Self::StartTls),
        ("none", Self::None),
        ("ssl", Self::Tls),
    ];
    const WORDS: &'static [&'static str] = &["tls", "starttls", "none"];
}

impl Choice for MailAuth {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("password", Self::Password),
        ("plain", Self::Plain),
        ("login", Self::Login),
        ("xoauth2", Self::XOauth2),
    ];
    const WORDS: &'static [&'static str] = &["password", "plain", "login", "xoauth2"];
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
        // A port, or a part of an address, would be read as a short form of some other address.
        let is_number = host
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let parsed = match inside {
            _ if is_number => Err(url::ParseError::InvalidIpv4Address),
            Some(address) => url::Host::parse(&format!("[{address}]")),
            None => url::Host::parse(host),
        };
        match parsed {
            Ok(url::Host::Domain(name)) if is_host_name(&name) => Ok(Self(name)),
            Ok(url::Host::Ipv4(address)) => Ok(Self(address.to_string())),
            Ok(url::Host::Ipv6(address)) => Ok(Self(address.to_string())),
            Ok(url::Host::Domain(_)) | Err(_) => Err(Reason::new(
                "not a host name",
                "Write the name alone, such as `smtp.example.com`; the port goes into `smtp_port`.",
            )),
        }
    }
}

/// Whether a name can be that of a host: labels of letters, digits and hyphens (RFC 1123, 2.1), and
/// of underscores, which some private networks have.
fn is_host_name(name: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| {
        let (first, last) = (label.bytes().next(), label.bytes().next_back());
        label.len() <= 63
            && label.bytes().all(is_inside)
            && first.is_some_and(|byte| byte != b'-')
            && last != Some(b'-')
    };
    name.len() <= 253
        && name
            .strip_suffix('.')
            .unwrap_or(name)
            .split('.')
            .all(is_label)
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
                let name = name.trim();
                let quoted = quoted_name(name).filter(|(_, behind)| behind.is_empty());
                let name = clean_line(quoted.as_ref().map_or(name, |(name, _)| name));
                ((!name.is_empty()).then_some(name), address.trim())
            }
            None => (None, text),
        };
        let several = address.contains(char::is_whitespace);
        let wrong = |wrong: &str| {
            Reason::new(
                // Cut, it might be half of a secret that nobody would know any more.
                match clean_line(address) {
                    shown if shown.chars().count() <= SHOWN_LIMIT_CHARS => {
                        format!("`{shown}` {wrong}")
                    }
                    shown => format!("an item of {} characters {wrong}", shown.chars().count()),
                },
                match several {
                    true => "Separate several addresses by commas.",
                    false => "Write addresses like `ann@example.com` or `Ann <ann@example.com>`.",
                },
            )
        };
        let (local, domain) = address
            .rsplit_once('@')
            .ok_or_else(|| wrong("is no mail address"))?;
        // Beyond ASCII, letters and digits of any script (RFC 6531); the server must offer it.
        let is_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
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

impl Mailbox {
    fn domain(&self) -> &str {
        self.address.rsplit('@').next().unwrap_or_default()
    }
}

/// Longest item that a fault shows, in characters.
const SHOWN_LIMIT_CHARS: usize = 60;

/// Several mail addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Mailboxes(Vec<Mailbox>);

impl FromInput for Mailboxes {
    const KIND: Kind = Kind::List;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let items = List::with_quoted_names(text)?.0;
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
    let auth = reader.value(&AUTH);
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
    // Account and server are secrets to some, and who withholds secrets withholds those.
    if from.is_none() && !reader.is_given(&FROM.spec) {
        reader.missing_secret(
            FROM.spec.name,
            Reason::new(
                "is not set, and `smtp_username` is no mail address",
                "Name the sender, such as `ci@example.com`.",
            ),
        );
    }
    if host.is_none() && !reader.is_given(&HOST.spec) {
        reader.missing_secret(
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
    let credentials = credentials(reader, username, password, auth);
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
    auth: MailAuth,
) -> Option<MailCredentials> {
    match (username, password) {
        (Some(username), Some(password)) => Some(MailCredentials {
            username,
            password,
            auth,
        }),
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
            reader.missing_secret(
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

impl Channel for Email {
    fn drafts(&self, message: &Message) -> Drafted {
        Drafted::from(Draft {
            role: Role::Message,
            content: Content::Mail(letter::write(self, message)),
            id: None,
        })
    }

    /// The head of the mail as people read it, and its text part.
    fn shown(&self, draft: &Draft) -> String {
        let Content::Mail(mail) = &draft.content else {
            return String::new();
        };
        let mail = String::from_utf8_lossy(mail).replace("\r\n", "\n");
        let mut sections = mail.split("\n\n");
        let head = sections.next().unwrap_or_default().replace("\n ", " ");
        let head: Vec<String> = head.lines().map(decoded_words).collect();
        // The first part has a head of its own, and ends where the next one begins.
        let text = sections.nth(1).and_then(|part| part.split("--").next());
        let text = text.and_then(base64_text).unwrap_or_default();
        let to = self.recipients().join(", ");
        let text = text.replace("\r\n", "\n");
        format!("RCPT TO: {to}\n{}\n\n{text}", head.join("\n"))
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
            Reply::Mail(reply) => code::verdict(reply),
            Reply::Http(_) => super::reply::not_http(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::tests::{message, open_with, opened};
    use crate::model::text::head_chars;

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
        check_fault(
            &[("email_to", "\"Li, Ann <ann@example.com>")],
            "`\"Li` is no mail address",
        );
        // Half of what might be a secret is not shown.
        let long = format!("{}d9105f793661efeddd9573242d74f8f5", "p".repeat(50));
        check_fault(&[("email_to", &long)], "an item of 82 characters is no");
        for host in [
            "smtp.example.com:465",
            "587",
            "1.2.3",
            "{{branch}}",
            "-x.example",
            "a..b",
            &"a".repeat(64),
        ] {
            check_fault(&[("smtp_host", host)], "not a host name");
        }
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

    /// What another parser reads of the mail that a message with this subject becomes.
    fn read(inputs: &[(&str, &str)], subject: &str) -> (String, Vec<mailparse::SingleInfo>) {
        let all: Vec<_> = BASE.iter().chain(inputs).copied().collect();
        let channel = opened(&ENTRY, &all);
        let mut message = message();
        message.subject = subject.to_owned();
        let drafts = channel.drafts(&message).drafts;
        let Content::Mail(mail) = &drafts[0].content else {
            panic!("no mail");
        };
        for line in mail.split(|byte| *byte == b'\n') {
            assert!(line.len() <= 79, "{}", String::from_utf8_lossy(line));
        }
        let read = mailparse::parse_mail(mail).unwrap();
        let header = |name: &str| {
            let headers = read.headers.iter();
            let found = headers.filter(|it| it.get_key().eq_ignore_ascii_case(name));
            found
                .map(mailparse::MailHeader::get_value)
                .collect::<Vec<_>>()
        };
        assert_eq!(header("Subject").len(), 1);
        assert_eq!(read.subparts.len(), 2);
        let to = mailparse::addrparse(&header("To").concat()).unwrap();
        let to = to.iter().flat_map(|it| match it {
            mailparse::MailAddr::Single(one) => vec![one.clone()],
            mailparse::MailAddr::Group(_) => panic!("a group"),
        });
        (header("Subject").concat(), to.collect())
    }

    #[test]
    fn another_parser_reads_the_subject_as_it_was_meant() {
        for subject in [
            "plain",
            "❌ Failed: shop #42 (main)",
            "❌ 失败：构建 #42（main）",
            "تم البناء بنجاح ✅ build",
            "שגיאה: build #7",
            "=?utf-8?B?eA==?= is not decoded twice",
            "a\"b\\c <d@e.example>, f; g: h",
            &"长标题".repeat(85),
            "wörd ".repeat(50).trim_end(),
        ] {
            assert_eq!(read(&[], subject).0, subject);
        }
        assert_eq!(read(&[], &"é".repeat(300)).0.chars().count(), 255);
    }

    #[test]
    fn another_parser_reads_every_recipient() {
        let many: Vec<String> = (0..100)
            .map(|at| format!("person.{at}@example.com"))
            .collect();
        let named: Vec<String> = (0..100)
            .map(|at| format!("{}号员工 <person.{at}@example.com>", "很".repeat(at % 30)))
            .collect();
        for list in [&many, &named] {
            let to = list.join(", ");
            let to = read(&[("email_to", &to)], "x").1.into_iter();
            assert_eq!(to.map(|it| it.addr).collect::<Vec<_>>(), many);
        }
    }

    #[test]
    fn another_parser_reads_names_as_they_were_meant() {
        for (to, expected) in [
            (
                r#""Li, Ann" <ann@example.com>; bob@example.com"#,
                &[
                    (Some("Li, Ann"), "ann@example.com"),
                    (None, "bob@example.com"),
                ][..],
            ),
            (
                "\"运维、值班\" <ops@example.com>，Bob <bob@example.com>",
                &[
                    (Some("运维、值班"), "ops@example.com"),
                    (Some("Bob"), "bob@example.com"),
                ],
            ),
            (
                r#"["Li, Ann <ann@example.com>"]"#,
                &[(Some("Li, Ann"), "ann@example.com")],
            ),
            (
                r#"Ann "the boss" <ann@example.com>"#,
                &[(Some(r#"Ann "the boss""#), "ann@example.com")],
            ),
            (
                r#""Li, Ann \"the boss\"" <ann@example.com>, bob@example.com"#,
                &[
                    (Some(r#"Li, Ann "the boss""#), "ann@example.com"),
                    (None, "bob@example.com"),
                ],
            ),
        ] {
            let read = read(&[("email_to", to)], "x").1;
            let names = read
                .iter()
                .map(|it| (it.display_name.as_deref(), &*it.addr));
            assert_eq!(names.collect::<Vec<_>>(), expected, "{to}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_subject_is_one_header(subject in "\\PC{0,300}") {
            let meant = head_chars(&clean_line(&subject), 255);
            let (read, to) = read(&[], &subject);
            proptest::prop_assert_eq!(read.trim(), meant.trim());
            proptest::prop_assert_eq!(to.len(), 2);
        }
    }
}
