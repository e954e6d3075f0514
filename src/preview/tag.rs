//! The tags that chat clients read inside text, such as `<font color=red>` or `<at id=all>`.

/// A tag as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Its name: letters, digits and underscores.
    pub(super) name: &'a str,
    /// Which end of an element it is.
    pub(super) end: End,
    attributes: &'a str,
}

/// The two ends of an element. A tag such as `<br/>` counts as its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Opening,
    Closing,
}

/// A stretch of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text without tags.
    Text(&'a str),
    /// A tag, and how it is written.
    Tag(Tag<'a>, &'a str),
}

impl<'a> Tag<'a> {
    /// The tag that a text begins with, and what is behind it.
    pub(super) fn read(text: &'a str) -> Option<(Self, &'a str)> {
        let (inside, behind) = text.strip_prefix('<')?.split_once('>')?;
        let (end, inside) = match inside.strip_prefix('/') {
            Some(inside) => (End::Closing, inside),
            None => (End::Opening, inside),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = inside.find(|c| !is_name(c)).unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(length);
        let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !attributes.contains('<')
            && (attributes.is_empty() || attributes.starts_with([' ', '/']));
        is_tag.then_some((
            Self {
                name,
                end,
                attributes,
            },
            behind,
        ))
    }

    /// An attribute's value, in quotes of either kind or in none.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.attributes.trim_start();
        while let Some((key, behind)) = rest.split_once('=') {
            let behind = behind.trim_start();
            let quoted = behind.strip_prefix('"').map(|it| it.split_once('"'));
            let quoted = quoted.or_else(|| behind.strip_prefix('\'').map(|it| it.split_once('\'')));
            let (value, behind) = match quoted {
                Some(whole) => whole?,
                None => behind
                    .split_once(char::is_whitespace)
                    .unwrap_or((behind, "")),
            };
            if key.trim() == name {
                return Some(value);
            }
            rest = behind.trim_start();
        }
        None
    }
}

/// Takes a text apart into tags and what is between them.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut before = 0;
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + next;
        let here = text.get(start..).unwrap_or_default();
        let Some((tag, behind)) = Tag::read(here) else {
            at = start + 1;
            continue;
        };
        let end = text.len() - behind.len();
        found.extend(text.get(before..start).map(Piece::Text));
        found.extend(text.get(start..end).map(|whole| Piece::Tag(tag, whole)));
        before = end;
        at = end;
    }
    found.extend(text.get(before..).map(Piece::Text));
    found.retain(|piece| *piece != Piece::Text(""));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let told: Vec<String> = pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => format!("text {text}"),
                Piece::Tag(tag, _) => format!("{:?} {}", tag.end, tag.name),
            })
            .collect();
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn tags_are_told_from_text() {
        check("a<br>b", &["text a", "Opening br", "text b"]);
        check(
            "<font color=red>x</font>",
            &["Opening font", "text x", "Closing font"],
        );
        check("<br/>", &["Opening br"]);
        check("1 < 2 > 0", &["text 1 < 2 > 0"]);
        check("<@ann> <", &["text <@ann> <"]);
        check("a<<br>", &["text a<", "Opening br"]);
        check("", &[]);
    }

    #[test]
    fn attributes_are_read_in_any_quotes() {
        for (text, expected) in [
            ("<at id=all>", Some("all")),
            ("<at id='a b' x=1>", Some("a b")),
            ("<at x=1 id=\"a\">", Some("a")),
            ("<at ids=a>", None),
            ("<at id=\"a>", None),
            ("<at id>", None),
        ] {
            let (tag, _) = Tag::read(text).unwrap();
            assert_eq!(tag.attribute("id"), expected, "{text}");
        }
    }
}
