//! What a mail server's last word means: verdict, explanation, and what to do about it.

use crate::channel::code::{Entry, LATER, Spans, holds, written};
use crate::channel::reply::{ACCEPTED, quoted};
use crate::model::bilingual::{Bilingual, Both};
use crate::model::exchange::{Class, MailReply, MailStep, Verdict};

/// Rules S-3 to S-6: what a mail server's last word means.
pub(super) fn verdict(reply: &MailReply) -> Verdict {
    let code = format!("SMTP {}", reply.code);
    if reply.is_taken() {
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
    let said = reply.text.to_lowercase();
    let row = MAIL_CODES
        .iter()
        .find(|row| row.fits(reply, &said))
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
/// means 452. Who refuses encryption is not asked again (rule S-1), unless it was closing down.
fn mail_class(step: MailStep, code: u16) -> Class {
    match (step, code) {
        (_, 421) => Class::Transient,
        (MailStep::StartTls, _) => Class::Permanent,
        (_, 400..=499) | (MailStep::Recipients, 552) => Class::Transient,
        _ => Class::Permanent,
    }
}

/// A row of the table of mail servers' replies.
struct MailCode {
    /// The steps at which the reply means this; none: at any.
    steps: &'static [MailStep],
    codes: Spans,
    /// What the server's text holds, in small letters; none: anything.
    said: &'static [&'static str],
    meaning: Both,
    fix: Both,
}

impl MailCode {
    fn fits(&self, reply: &MailReply, said: &str) -> bool {
        holds(self.codes, reply.code)
            && (self.steps.is_empty() || self.steps.contains(&reply.step))
            && (self.said.is_empty() || self.said.iter().any(|words| said.contains(words)))
    }
}

const SET_LOGIN: Both = [
    "Set `smtp_username` and `smtp_password`; `email_from` must be an address of that account.",
    "请设置 `smtp_username` 和 `smtp_password`；`email_from` 须为该账号的地址。",
];

const APP_PASSWORD: Both = [
    "Make an app password or authorisation code in the mailbox's settings and put it into `smtp_password`.",
    "请在邮箱设置中生成授权码（应用专用密码），填入 `smtp_password`。",
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
        said: &[],
        meaning: [
            "it is closing down, busy, or has too many connections",
            "服务器正在关闭、繁忙或连接过多",
        ],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::StartTls],
        codes: &[400..=499],
        said: &[],
        meaning: ["it cannot begin encryption now", "暂时无法启用加密"],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::StartTls],
        codes: &[500..=599],
        said: &[],
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
        said: &[],
        meaning: ["it takes no mail from this machine", "不接受来自本机的邮件"],
        fix: [
            "Ask the server's administrator to let this machine's address in, or use another server.",
            "请联系服务器管理员放行本机 IP，或换用其他服务器。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[500..=599],
        said: &[
            "authorization code",
            "authorisation code",
            "授权码",
            "app password",
            "application-specific password",
            "app-specific password",
            "客户端专用密码",
            "专用密码",
        ],
        meaning: [
            "it wants an app password, which some call an authorisation code, instead of the account's own",
            "要求使用授权码（应用专用密码），而不是账号的登录密码",
        ],
        fix: APP_PASSWORD,
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[500..=599],
        said: &[
            "basic authentication is disabled",
            "smtpclientauthentication is disabled",
            "5.7.139",
        ],
        meaning: [
            "password logins are switched off for this mailbox",
            "该邮箱已停用密码登录",
        ],
        fix: [
            "Have an administrator switch SMTP AUTH on for the mailbox, or write `smtp_auth: xoauth2` with an access token in `smtp_password`.",
            "请管理员为该邮箱启用 SMTP AUTH，或设置 `smtp_auth: xoauth2` 并在 `smtp_password` 中填写访问令牌。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[454..=454],
        said: &[],
        meaning: ["its login is out of order", "登录服务暂时不可用"],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[535..=535],
        said: &[],
        meaning: ["wrong account name or password", "用户名或密码错误"],
        fix: [
            "Check `smtp_username`; many providers want an app password or authorisation code in `smtp_password`.",
            "请检查 `smtp_username`；许多邮箱要求在 `smtp_password` 中填写授权码（应用专用密码），而非登录密码。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[534..=534],
        said: &[],
        meaning: [
            "the account's own password is not enough",
            "不能使用账号的登录密码",
        ],
        fix: APP_PASSWORD,
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[530..=530, 538..=538],
        said: &[],
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
        said: &[],
        meaning: ["the account may not send by SMTP", "该账号未开通 SMTP"],
        fix: [
            "Switch SMTP on in the mailbox's settings and put its authorisation code into `smtp_password`.",
            "请在邮箱设置中开启 SMTP 服务，并将授权码填入 `smtp_password`。",
        ],
    },
    MailCode {
        steps: &[MailStep::Login],
        codes: &[500..=599],
        said: &[],
        meaning: ["it does not take the login", "登录未被接受"],
        fix: [
            "Check `smtp_username` and `smtp_password`; many providers want an app password or authorisation code here.",
            "请检查 `smtp_username` 和 `smtp_password`；许多邮箱要求填写授权码（应用专用密码）。",
        ],
    },
    MailCode {
        steps: &[],
        codes: &[530..=530],
        said: &[],
        meaning: ["it wants a login", "服务器要求登录"],
        fix: SET_LOGIN,
    },
    MailCode {
        steps: &[MailStep::Sender],
        codes: &[550..=550],
        said: &[],
        meaning: [
            "it does not take this sender, or wants a login",
            "不接受该发件人，或要求登录",
        ],
        fix: SET_LOGIN,
    },
    MailCode {
        steps: &[MailStep::Sender],
        codes: &[501..=501, 553..=554],
        said: &[],
        meaning: [
            "the account may not send from this address",
            "该账号不能以此地址发信",
        ],
        fix: OWN_ADDRESS,
    },
    MailCode {
        steps: &[MailStep::Recipients],
        codes: &[450..=451],
        said: &[],
        meaning: [
            "it puts the mail off, perhaps because it does not know this machine yet",
            "暂缓接收，可能启用了灰名单",
        ],
        fix: LATER,
    },
    MailCode {
        steps: &[MailStep::Recipients],
        codes: &[452..=452, 552..=552],
        said: &[],
        meaning: [
            "too many recipients at once, or a full mailbox",
            "收件人过多，或邮箱已满",
        ],
        fix: FEWER,
    },
    MailCode {
        steps: &[MailStep::Recipients],
        codes: &[550..=551, 553..=553],
        said: &[],
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
        said: &[],
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
        said: &[],
        meaning: ["it has no room now", "服务器存储空间不足"],
        fix: LATER,
    },
    MailCode {
        steps: &[],
        codes: &[552..=552],
        said: &[],
        meaning: [
            "the mail is too large, or a mailbox is full",
            "邮件过大，或邮箱已满",
        ],
        fix: ["Shorten `message`.", "请缩短 `message`。"],
    },
    MailCode {
        steps: &[MailStep::Data, MailStep::Message],
        codes: &[550..=550, 553..=554],
        said: &[],
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
        said: &[],
        meaning: ["it cannot take the mail now", "暂时无法接收邮件"],
        fix: LATER,
    },
];

/// Every other reply.
const REFUSED: MailCode = MailCode {
    steps: &[],
    codes: &[],
    said: &[],
    meaning: ["it does not take the mail", "不接收该邮件"],
    fix: [
        "If the server's text names no cause, ask its administrator.",
        "若服务器的原文未说明原因，请咨询其管理员。",
    ],
};

/// The replies for the code book.
pub(in crate::channel) fn entries() -> Vec<Entry> {
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
                code: [
                    codes,
                    match steps.is_empty() {
                        true => String::new(),
                        false => format!(" at {}", steps.join(" or ")),
                    },
                    match row.said {
                        [] => String::new(),
                        [words, ..] => format!(", with words like \u{201c}{words}\u{201d}"),
                    },
                ]
                .concat(),
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
    use crate::model::exchange::RefusedRecipient;

    #[test]
    fn the_servers_last_word_is_judged() {
        let judge = |step, code, refused: Vec<RefusedRecipient>| {
            verdict(&MailReply {
                refused,
                ..MailReply::new(step, code, "x".to_owned())
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
        for (text, words) in [
            (
                "Login Fail. Please enter your authorization code to login.",
                "Make an app password",
            ),
            (
                "5.7.9 Application-specific password required.",
                "Make an app password",
            ),
            ("请使用授权码登录", "Make an app password"),
            (
                "5.7.139 Authentication unsuccessful, basic authentication is disabled.",
                "xoauth2",
            ),
            (
                "SmtpClientAuthentication is disabled for the Tenant.",
                "xoauth2",
            ),
            ("Error: authentication failed", "Check `smtp_username`"),
        ] {
            let reply = MailReply::new(MailStep::Login, 535, text.to_owned());
            let fix = verdict(&reply).fix.unwrap().english;
            assert!(fix.contains(words), "{text}: {fix}");
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
