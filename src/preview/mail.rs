//! Mails, as far as our own have forms: header fields with encoded words, and parts between
//! boundaries, in base64 or as they are.

use super::Said;
use super::html::{Html, Scheme};
use crate::model::encoded_words::{base64_text, decoded_words};

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

/// Widths of screens, in pixels: a small phone, a pane beside a list, a window. With each comes how
/// tall the mail is there, in percent of the usual guess.
const SCREENS: [(usize, usize); 3] = [(320, 95), (600, 90), (1000, 90)];

/// The part in HTML on every screen, light and dark.
pub(super) fn on_screens(mail: &[u8]) -> Html {
    let mail = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    let Some(document) = html_part(&Entity::read(&mail)) else {
        return Html::fault("the mail has no part in HTML");
    };
    let rows = [Scheme::Light, Scheme::Dark].into_iter().map(|scheme| {
        let frames: Html = SCREENS
            .iter()
            .map(|(width_px, percent)| {
                let height_px = height_px(&document) * percent / 100;
                let frame = Html::framed_on(&document, scheme, *width_px, height_px);
                let caption = Html::text(&format!("{width_px} px"));
                Html::element(
                    "section",
                    Html::classed("div", "caption", caption).and(frame),
                )
            })
            .collect();
        Html::classed("div", "screens", frames)
    });
    rows.collect()
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
