//! The mail itself: headers, a text part that is complete on its own, and an HTML part for mail
//! clients.
//!
//! Sources: RFC 5322 and 2045 to 2047 (mail), RFC 3834 (`Auto-Submitted`), RFC 2919 (`List-Id`).
//! Bodies are always base64 in lines of 76, so that no line of a mail can be read as part of the
//! conversation (rule S-7).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address as MailboxList;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId as MessageIds;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

use super::{Email, Mailbox};
use crate::channel::sign::fingerprint;
use crate::channel::{joined, link_as_text};
use crate::markdown::{
    Dialect, PlainText, colon, html_colour, html_escaped, html_tone_class, write_html,
};
use crate::model::document::{Tone, plain_text};
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::{Language, Message, MessageId};
use crate::model::text::{clean_line, head_chars};

/// Longest subject, in characters (rule S-8).
const SUBJECT_LIMIT_CHARS: usize = 255;

/// Most ASCII bytes of an encoded word, which has at most 75 characters (RFC 2047).
const WORD_LIMIT_BYTES: usize = 45;

/// Longest text that mail lists show behind the subject, in characters.
const PREVIEW_LIMIT_CHARS: usize = 140;

/// Longest part of a `List-Id` that a name makes, in characters.
const LABEL_LIMIT_CHARS: usize = 40;

/// Writes the mail.
pub(super) fn write(email: &Email, message: &Message) -> Vec<u8> {
    let id = message.id.as_str();
    let domain = email.from.domain();
    let mut mail = MessageBuilder::new()
        .from(header_address(&email.from))
        .to(header_addresses(&email.to))
        .header("Subject", subject(&message.subject))
        .date(Date::new(message.composed_at.seconds()))
        .message_id(format!("{id}@{domain}"))
        .header("Auto-Submitted", Raw::new("auto-generated"))
        // What Outlook and Exchange look for instead.
        .header("X-Auto-Response-Suppress", Raw::new("All"))
        .header(
            "X-Mailer",
            Raw::new(concat!("runbell ", env!("CARGO_PKG_VERSION"))),
        );
    if let Some(thread) = Thread::of(&message.facts) {
        let root = format!("{}.thread@{domain}", thread.id);
        mail = mail
            .header("List-Id", Raw::new(format!("<{}.{domain}>", thread.label)))
            .header("In-Reply-To", MessageIds::new(root.clone()))
            .header("References", MessageIds::new(root));
    }
    if message.tone() == Tone::Bad {
        mail = mail.header("X-Priority", Raw::new("1 (Highest)"));
    }
    if !email.cc.is_empty() {
        mail = mail.cc(header_addresses(&email.cc));
    }
    if let Some(reply_to) = &email.reply_to {
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

/// The subject as a header field. The library leaves ASCII as it is, and with it the encoded words
/// that a commit may spell, which mail clients would decode to anything at all.
fn subject(text: &str) -> HeaderType<'static> {
    let text = head_chars(&clean_line(text), SUBJECT_LIMIT_CHARS);
    if !(text.is_ascii() && text.contains("=?")) {
        return Text::new(text).into();
    }
    let words = text.as_bytes().chunks(WORD_LIMIT_BYTES);
    let words: Vec<String> = words
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    Raw::new(words.join(" ")).into()
}

/// What the runs of one pipeline on one branch share, so that a mail client shows them together.
struct Thread {
    /// Names pipeline and branch; the mail that it names was never sent, which clients put up with.
    id: String,
    /// Names the pipeline, for filters: ASCII words and dots.
    label: String,
}

impl Thread {
    /// `None` where nothing is known that tells one pipeline from another.
    fn of(facts: &RunFacts) -> Option<Self> {
        let first = |wanted: &[Fact]| wanted.iter().find_map(|fact| facts.text(*fact));
        let place = first(&[Fact::RepoSlug, Fact::Project, Fact::RepoUrl]);
        let pipeline = first(&[Fact::PipelineName, Fact::PipelineId]);
        let branch = first(&[Fact::ChangeNumber, Fact::Tag, Fact::Branch]);
        if place.is_none() && pipeline.is_none() {
            return None;
        }
        let names = [place, pipeline, branch].map(Option::unwrap_or_default);
        let [place, pipeline, _] = names;
        let labels = [pipeline, place].map(label);
        let labels: Vec<&str> = labels
            .iter()
            .map(String::as_str)
            .filter(|label| !label.is_empty())
            .collect();
        let label = match labels.as_slice() {
            // Names in other letters have a number instead.
            [] => short_id(&[place, pipeline]),
            labels => labels.join("."),
        };
        Some(Self {
            id: short_id(&names),
            label: format!("{label}.runbell"),
        })
    }
}

fn short_id(names: &[&str]) -> String {
    MessageId::new(fingerprint(names)).as_str().to_owned()
}

/// The ASCII letters and digits of a name in lower case, other characters as single hyphens.
fn label(name: &str) -> String {
    let words: String = name
        .chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_lowercase(),
            false => '-',
        })
        .collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let label = words.join("-");
    let label = label.get(..LABEL_LIMIT_CHARS).unwrap_or(&label);
    label.trim_end_matches('-').to_owned()
}

fn header_address(mailbox: &Mailbox) -> MailboxList<'static> {
    MailboxList::new_address(mailbox.name.clone(), mailbox.address.clone())
}

/// A list of addresses. Those beyond ASCII would keep the whole mail from servers without SMTPUTF8,
/// so beside others they are in the envelope alone.
fn header_addresses(mailboxes: &[Mailbox]) -> MailboxList<'static> {
    let (plain, beyond): (Vec<&Mailbox>, Vec<&Mailbox>) =
        mailboxes.iter().partition(|it| it.address.is_ascii());
    let shown = match plain.is_empty() {
        true => beyond,
        false => plain,
    };
    MailboxList::new_list(shown.into_iter().map(header_address).collect())
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
    let parts = vec![
        message.title.clone(),
        PlainText.write(&message.document()),
        link_as_text(message),
    ];
    joined(parts) + "\n"
}

/// What mail lists show behind the subject: what failed, and what the run was for.
fn preview(message: &Message) -> String {
    let told = ["failed", "commit", "change", "author"].into_iter();
    let told: Vec<String> = told
        .filter_map(|name| message.fields.iter().find(|field| field.name == name))
        .map(|field| {
            format!(
                "{}{}{}",
                field.label,
                colon(field.label),
                plain_text(&field.value)
            )
        })
        .collect();
    head_chars(&told.join(" · "), PREVIEW_LIMIT_CHARS)
}

const fn language_code(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
        Language::Russian => "ru",
    }
}

/// The only style sheet: what a dark screen changes, and what a narrow one does. Clients that drop
/// it show the light mail, whose styles stand at each element.
const STYLE: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (max-width:480px){.room{padding:16px!important}.gap{padding:0!important}}\
@media (prefers-color-scheme:dark){\
.page{background:#0d1117!important}\
.card{background:#161b22!important;border-color:#3d444d!important}\
.words{color:#e6edf3!important}\
.muted{color:#9198a1!important}\
.good{color:#3fb950!important}.bad{color:#f85149!important}.caution{color:#d29922!important}.active,.link{color:#58a6ff!important}\
.edge{border-color:#3d444d!important}\
.code{background:#262c36!important;color:#e6edf3!important}\
}";

fn html_part(message: &Message) -> String {
    let (colour, tone) = (html_colour(message.tone()), html_tone_class(message.tone()));
    let button = message
        .link
        .as_ref()
        .map(|link| {
            format!(
                "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:20px 0 4px\"><tr>\
                 <td bgcolor=\"{colour}\" style=\"background:{colour};border-radius:6px;mso-padding-alt:10px 20px\">\
                 <a href=\"{target}\" style=\"display:inline-block;padding:10px 20px;color:#ffffff;text-decoration:none;font-weight:bold\">{label}</a>\
                 </td></tr></table>",
                target = html_escaped(link.target.as_str()),
                label = html_escaped(link.label)
            )
        })
        .unwrap_or_default();
    let preview = match preview(message) {
        text if text.is_empty() => text,
        text => format!(
            "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">{}</div>",
            html_escaped(&text)
        ),
    };
    format!(
        "<!DOCTYPE html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body class=\"page\" style=\"margin:0;padding:0;background:#f6f8fa\">{preview}\
         <table role=\"presentation\" class=\"page\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#f6f8fa\"><tr><td class=\"gap\" align=\"center\" style=\"padding:16px 8px\">\
         <!--[if mso]><table role=\"presentation\" width=\"640\"><tr><td><![endif]-->\
         <table role=\"presentation\" class=\"card\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:640px;table-layout:fixed;background:#ffffff;border:1px solid #d0d7de\">\
         <tr><td bgcolor=\"{colour}\" style=\"height:4px;line-height:4px;font-size:0;background:{colour}\">&nbsp;</td></tr>\
         <tr><td class=\"room words\" dir=\"auto\" style=\"padding:20px 24px;font:15px/1.5 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',Roboto,sans-serif;color:#1f2328;text-align:left;text-align:start;overflow-wrap:anywhere;word-break:break-word\">\
         <p class=\"{tone}\" dir=\"auto\" style=\"margin:0 0 12px;font-size:19px;line-height:1.35;font-weight:bold;color:{colour}\">{title}</p>{body}{button}\
         </td></tr></table>\
         <!--[if mso]></td></tr></table><![endif]-->\
         </td></tr></table></body></html>\n",
        language = language_code(message.language),
        title = html_escaped(&message.title),
        body = write_html(&message.document()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::HTML_CLASSES;
    use crate::model::facts::Origin;

    #[test]
    fn names_become_labels_that_filters_can_match() {
        for (name, expected) in [
            ("acme/shop", "acme-shop"),
            ("Build & Test", "build-test"),
            ("--x--", "x"),
            ("构建", ""),
            ("构建 v2", "v2"),
            (
                &"long-".repeat(20),
                "long-long-long-long-long-long-long-long",
            ),
        ] {
            assert_eq!(label(name), expected, "{name}");
        }
    }

    #[test]
    fn runs_of_one_pipeline_and_branch_share_a_thread() {
        let thread = |facts: &[(Fact, &str)]| {
            let mut run = RunFacts::new("test");
            for (fact, value) in facts {
                run.offer(*fact, value, Origin::Input("x"));
            }
            Thread::of(&run).map(|thread| (thread.id, thread.label))
        };
        let shop = [(Fact::RepoSlug, "acme/shop"), (Fact::PipelineName, "build")];
        let on = |branch| thread(&[shop[0], shop[1], (Fact::Branch, branch)]).unwrap();
        let numbered = [
            shop[0],
            shop[1],
            (Fact::Branch, "main"),
            (Fact::RunNumber, "7"),
        ];
        assert_eq!(thread(&numbered).unwrap(), on("main"));
        assert_ne!(on("main").0, on("dev").0);
        assert_eq!(on("main").1, "build.acme-shop.runbell");
        assert_ne!(
            thread(&[(Fact::RepoSlug, "a/b"), (Fact::PipelineName, "c")]),
            thread(&[(Fact::RepoSlug, "a"), (Fact::PipelineName, "b/c")])
        );
        let (_, label) = thread(&[(Fact::PipelineName, "构建")]).unwrap();
        assert_eq!(label.len(), 26 + ".runbell".len());
        assert_eq!(thread(&[(Fact::Branch, "main")]), None);
    }

    #[test]
    fn whatever_has_a_class_has_a_dark_look() {
        let own = ["page", "card", "words"];
        for class in HTML_CLASSES.iter().chain(&own) {
            let rule = [format!(".{class}{{"), format!(".{class},")];
            let dark = STYLE.split_once("prefers-color-scheme:dark").unwrap().1;
            assert!(rule.iter().any(|rule| dark.contains(rule)), "{class}");
        }
    }
}
