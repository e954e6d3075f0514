//! Mails, as far as our own have forms: header fields with encoded words (RFC 2047), and parts
//! between boundaries, in base64 or as they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Said;
use super::html::Html;

/// What a mail reader shows of a mail.
pub(super) fn said(mail: &[u8]) -> Said {
    let mail = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    let entity = Entity::read(&mail);
    let subject = decoded_words(&entity.field("Subject"));
    let rows: Html = ["From", "To", "Cc"]
        .into_iter()
        .map(|name| (name, decoded_words(&entity.field(name))))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let label = Html::classed("span", "key", Html::text(name));
            Html::element("div", label.and(Html::text(&value)))
        })
        .collect();
    let head = Html::classed("div", "main", Html::text(&subject)).and(rows);
    let body = match html_part(&entity) {
        Some(document) => Html::framed(&document, height_px(&document)),
        None => Html::fault("the mail has no part in HTML"),
    };
    let head = Html::classed("div", "head", head);
    Said::new(&subject, Html::classed("div", "mail", head.and(body)))
}

/// Header fields and what is below them: a mail, or a part of one.
struct Entity<'a> {
    fields: String,
    body: &'a str,
}

impl<'a> Entity<'a> {
    fn read(text: &'a str) -> Self {
        let (fields, body) = text.split_once("\n\n").unwrap_or((text, ""));
        Self {
            // A line that begins with a blank continues the one before.
            fields: fields.replace("\n ", " ").replace("\n\t", " "),
            body,
        }
    }

    /// The value of a field; empty when there is none.
    fn field(&self, name: &str) -> String {
        self.fields
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    }

    /// The content, decoded; lines end as they do in the page.
    fn content(&self) -> Option<String> {
        let encoding = self.field("Content-Transfer-Encoding");
        match encoding.eq_ignore_ascii_case("base64") {
            true => base64_text(self.body).map(|text| text.replace("\r\n", "\n")),
            false => Some(self.body.to_owned()),
        }
    }
}

/// The part in HTML.
fn html_part(mail: &Entity<'_>) -> Option<String> {
    let kind = mail.field("Content-Type");
    if kind.starts_with("text/html") {
        return mail.content();
    }
    let (_, boundary) = kind.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    mail.body
        .split(&format!("--{boundary}"))
        .map(|part| Entity::read(part.trim_start_matches('\n')))
        .find(|part| part.field("Content-Type").starts_with("text/html"))?
        .content()
}

fn base64_text(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect();
    let bytes = STANDARD.decode(text).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Decodes the encoded words of a header field, in UTF-8; blanks between two of them are nothing.
fn decoded_words(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    let mut is_behind_word = false;
    while let Some((before, word, behind)) = next_word(rest) {
        if !(is_behind_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        decoded.push_str(&word);
        rest = behind;
        is_behind_word = true;
    }
    decoded + rest
}

/// The first encoded word: what is before it, its text, and what is behind it.
fn next_word(text: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = text.split_once("=?")?;
    let (charset, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (word, behind) = rest.split_once("?=")?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let word = match encoding {
        "B" | "b" => base64_text(word)?,
        "Q" | "q" => quoted_text(word),
        _ => return None,
    };
    Some((before, word, behind))
}

/// Decodes `=41` and the underscores that stand for blanks.
fn quoted_text(word: &str) -> String {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let code = rest
            .strip_prefix('=')
            .and_then(|it| it.get(..2))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let taken = match (c, code) {
            (_, Some(byte)) => {
                bytes.push(byte);
                3
            }
            ('_', None) => {
                bytes.push(b' ');
                1
            }
            (c, None) => {
                bytes.extend(c.to_string().bytes());
                c.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// About how tall a document is drawn: a frame without scripts cannot ask.
fn height_px(document: &str) -> usize {
    let count = |tag: &str| document.matches(tag).count();
    let lines = count("<p ") + count("<p>") + count("<tr") + count("<br");
    let code = document
        .split("<pre")
        .skip(1)
        .filter_map(|it| it.split("</pre>").next())
        .map(|it| it.lines().count() + 1)
        .sum::<usize>();
    96 + 33 * lines + 21 * code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded() {
        for (text, expected) in [
            ("plain", "plain"),
            ("=?utf-8?B?5p6E5bu6?= failed", "构建 failed"),
            ("=?utf-8?B?5p6E?= =?UTF-8?B?5bu6?=", "构建"),
            ("=?utf-8?Q?caf=C3=A9_=3D?=", "café ="),
            ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
            ("=?latin1?Q?a?=", "=?latin1?Q?a?="),
            ("=?utf-8?Q?=C3=?=", "\u{fffd}="),
        ] {
            assert_eq!(decoded_words(text), expected, "{text}");
        }
    }

    const MAIL: &str = "From: \"Ann\" <ann@example.com>\r\nSubject: =?utf-8?B?5p6E5bu6?=\r\n =?utf-8?B?5p6E5bu6?=\r\n\
        Content-Type: multipart/alternative;\r\n\tboundary=\"=_x\"\r\n\r\n\
        --=_x\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n\r\nplain\r\n\
        --=_x\r\nContent-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        PHA+YSAmIGI8\r\nL3A+\r\n--=_x--\r\n";

    #[test]
    fn the_part_in_html_is_framed() {
        let said = said(MAIL.as_bytes());
        assert_eq!(said.preview, "构建构建");
        let html = said.bubble.into_string();
        assert_eq!(
            html,
            "<div class=\"mail\"><div class=\"head\"><div class=\"main\">构建构建</div><div><span class=\"key\">From</span>&quot;Ann&quot; &lt;ann@example.com&gt;</div></div><iframe sandbox=\"\" height=\"129\" srcdoc=\"&lt;p&gt;a &amp;amp; b&lt;/p&gt;\"></iframe></div>"
                .replace("&amp;amp;", "&amp;")
        );
    }

    #[test]
    fn a_mail_without_html_is_told() {
        let html = said(b"Subject: a\r\n\r\nb").bubble.into_string();
        assert!(html.contains("no part in HTML"), "{html}");
    }
}
