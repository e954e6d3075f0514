//! HTML that is safe by construction: text enters it escaped, and tags and classes are words of
//! this program, never of a payload.

use crate::markdown::html_escaped;

/// Which look the reader's system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

/// A piece of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

/// A colour that cannot leave the attribute it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Colour(String);

impl Colour {
    /// Reads `#RGB`, `#RRGGBB` or a name of letters; `None` for anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_code = text.strip_prefix('#').is_some_and(|digits| {
            matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        (is_name || is_code).then(|| Self(text.to_owned()))
    }
}

impl Html {
    /// Text, with whatever it holds.
    pub(super) fn text(text: &str) -> Self {
        Self(html_escaped(text))
    }

    /// Text in which addresses are links, as chat clients make them.
    pub(super) fn linked_text(text: &str) -> Self {
        let mut html = Self::default();
        let mut rest = text;
        while let Some(at) = first_address(rest) {
            let (before, from_here) = rest.split_at(at);
            let (address, behind) = from_here.split_at(address_length(from_here));
            html.push(Self::text(before));
            html.push(Self::link(address, Self::text(address)));
            rest = behind;
        }
        html.push(Self::text(rest));
        html
    }

    /// An element without attributes.
    pub(super) fn element(tag: &'static str, inner: Self) -> Self {
        Self(format!("<{tag}>{}</{tag}>", inner.0))
    }

    /// An element without content.
    pub(super) fn void(tag: &'static str) -> Self {
        Self(format!("<{tag}>"))
    }

    /// An element of a class.
    pub(super) fn classed(tag: &'static str, class: &'static str, inner: Self) -> Self {
        Self(format!("<{tag} class=\"{class}\">{}</{tag}>", inner.0))
    }

    /// A numbered list that begins at a number.
    pub(super) fn numbered(first: u64, inner: Self) -> Self {
        Self(format!("<ol start=\"{first}\">{}</ol>", inner.0))
    }

    /// Coloured text.
    pub(super) fn coloured(colour: &Colour, inner: Self) -> Self {
        let Colour(colour) = colour;
        Self(format!("<span style=\"color:{colour}\">{}</span>", inner.0))
    }

    /// A link. Only http and https lead somewhere; any other address is told as a mistake.
    pub(super) fn link(address: &str, inner: Self) -> Self {
        match first_address(address) {
            Some(0) => Self(format!(
                "<a href=\"{}\">{}</a>",
                html_escaped(address),
                inner.0
            )),
            _ => {
                let told = Self::fault(&format!("link to {address}"));
                inner.and(told)
            }
        }
    }

    /// A whole document of its own, in which nothing runs and nothing is fetched.
    pub(super) fn framed(document: &str, height_px: usize) -> Self {
        Self(format!(
            "<iframe sandbox=\"\" height=\"{height_px}\" srcdoc=\"{}\"></iframe>",
            html_escaped(document)
        ))
    }

    /// As [`Self::framed`], on a screen of that width that is set to light or dark.
    pub(super) fn framed_on(
        document: &str,
        scheme: Scheme,
        width_px: usize,
        height_px: usize,
    ) -> Self {
        let scheme = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        Self(format!(
            "<iframe sandbox=\"\" style=\"color-scheme:{scheme};width:{width_px}px;height:{height_px}px\" srcdoc=\"{}\"></iframe>",
            html_escaped(document)
        ))
    }

    /// A remark that the message has a mistake.
    pub(super) fn fault(text: &str) -> Self {
        Self::classed("span", "fault", Self::text(text))
    }

    /// Puts a piece behind this one.
    pub(super) fn push(&mut self, piece: Self) {
        self.0.push_str(&piece.0);
    }

    /// This piece and one behind it.
    pub(super) fn and(mut self, piece: Self) -> Self {
        self.push(piece);
        self
    }

    /// The text of the page.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl FromIterator<Self> for Html {
    fn from_iter<I: IntoIterator<Item = Self>>(pieces: I) -> Self {
        pieces.into_iter().fold(Self::default(), Self::and)
    }
}

/// How long the address is that a text begins with. A closing bracket or a full stop behind it is
/// taken for the sentence's, as most clients do.
fn address_length(text: &str) -> usize {
    let ends = |c: char| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>' | '`');
    let address = text.split(ends).next().unwrap_or_default();
    let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    match address.contains('(') {
        true => address.len(),
        false => address.trim_end_matches(')').len(),
    }
}

/// Where the first web address begins.
fn first_address(text: &str) -> Option<usize> {
    let begins = |scheme| text.find(scheme);
    match (begins("https://"), begins("http://")) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: Html, expected: &str) {
        assert_eq!(html.into_string(), expected);
    }

    #[test]
    fn text_is_escaped() {
        check(
            Html::text("<a href=\"x\">&'"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;",
        );
    }

    #[test]
    fn only_web_addresses_are_links() {
        check(
            Html::link("https://x.example/?a=\"b", Html::text("x")),
            "<a href=\"https://x.example/?a=&quot;b\">x</a>",
        );
        for address in ["dtmd://x", "javascript:alert(1)", " https://x.example", ""] {
            let html = Html::link(address, Html::text("x")).into_string();
            assert!(html.starts_with("x<span class=\"fault\">"), "{html}");
        }
    }

    #[test]
    fn addresses_in_text_end_where_text_begins() {
        check(
            Html::linked_text("at https://x.example/1 or http://y.example，then"),
            "at <a href=\"https://x.example/1\">https://x.example/1</a> or <a href=\"http://y.example\">http://y.example</a>，then",
        );
    }

    #[test]
    fn a_sentence_keeps_its_signs() {
        check(
            Html::linked_text("(https://x.example/1)."),
            "(<a href=\"https://x.example/1\">https://x.example/1</a>).",
        );
        check(
            Html::linked_text("https://x.example/a_(b)"),
            "<a href=\"https://x.example/a_(b)\">https://x.example/a_(b)</a>",
        );
    }

    #[test]
    fn a_colour_is_a_name_or_a_code() {
        for (text, is_colour) in [
            ("red", true),
            ("#CF222E", true),
            ("#fff", true),
            ("#ffff", false),
            ("", false),
            ("red;background:url(x)", false),
            ("rgb(1,2,3)", false),
        ] {
            assert_eq!(Colour::read(text).is_some(), is_colour, "{text}");
        }
    }
}
