//! Just enough Markdown reading to see where links and pictures point.
//!
//! This looks for what has power in a chat client, not for well-formedness: a link in a code span is
//! reported like any other, since clients differ on what they honour.

/// A link or picture in Markdown text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    Link(&'a str),
    Picture(&'a str),
}

/// Every `[…](target)` and `![…](target)`, in order; a title behind the target is left out.
pub(crate) fn targets(text: &str) -> Vec<Target<'_>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("](") {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + 2..).unwrap_or_default();
        let inside = up_to_closing_parenthesis(after);
        let target = inside.split_whitespace().next().unwrap_or_default();
        let target = target
            .strip_prefix('<')
            .and_then(|inner| inner.strip_suffix('>'))
            .unwrap_or(target);
        let opens_picture = opening_bracket(before)
            .and_then(|open| before.get(..open))
            .is_some_and(|text| text.ends_with('!'));
        found.push(if opens_picture {
            Target::Picture(target)
        } else {
            Target::Link(target)
        });
    }
    found
}

/// Where the bracket opens that closes at the end of `before`, minding nested pairs.
fn opening_bracket(before: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in before.char_indices().rev() {
        match letter {
            ']' => depth += 1,
            '[' if depth == 0 => return Some(at),
            '[' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn up_to_closing_parenthesis(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return text.get(..at).unwrap_or_default(),
            ')' => depth -= 1,
            '\n' => break,
            _ => {}
        }
    }
    text.lines().next().unwrap_or_default()
}

/// Whether an address is `http` or `https` and has a host.
pub(crate) fn is_web(address: &str) -> bool {
    url::Url::parse(address)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The attributes' text of each `<name …>` tag, such as `id=all` for `<at id=all>`.
pub(crate) fn tags<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!("<{name}");
    text.match_indices(&opening)
        .filter_map(|(at, _)| {
            let rest = text.get(at + opening.len()..)?;
            let inside = rest.split_once('>')?.0;
            (inside.is_empty() || inside.starts_with([' ', '/', '\t', '\n'])).then_some(inside)
        })
        .collect()
}

/// The value of one attribute, without quotes: `ids` in ` ids="a,b"` is `a,b`.
pub(crate) fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.split_whitespace().last().unwrap_or_default();
        let after = after.trim_start();
        let quote = after
            .chars()
            .next()
            .filter(|letter| matches!(letter, '"' | '\''));
        let (value, next) = match quote {
            Some(quote) => after.get(1..)?.split_once(quote)?,
            None => after
                .split_once(|letter: char| letter.is_whitespace())
                .unwrap_or((after, "")),
        };
        if key == name {
            return Some(value);
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_where_they_stand() {
        let rows: [(&str, &[Target<'_>]); 8] = [
            ("plain", &[]),
            ("[a](https://x/y)", &[Target::Link("https://x/y")]),
            ("![a](img_v2_1)", &[Target::Picture("img_v2_1")]),
            ("[![a](p)](u)", &[Target::Picture("p"), Target::Link("u")]),
            (
                "[a](u \"title\") [b](<v>)",
                &[Target::Link("u"), Target::Link("v")],
            ),
            ("[a](u(1)) z", &[Target::Link("u(1)")]),
            ("[a](unfinished", &[Target::Link("unfinished")]),
            ("[a] (u)", &[]),
        ];
        for (text, found) in rows {
            assert_eq!(targets(text), found, "{text}");
        }
    }

    #[test]
    fn only_http_and_https_are_web_addresses() {
        for address in ["http://x", "https://x.example/a?b#c", "HTTPS://X"] {
            assert!(is_web(address), "{address}");
        }
        for address in [
            "",
            "x",
            "dtmd://d/s",
            "javascript:alert(1)",
            "//x",
            "https://",
            "mailto:a@b",
        ] {
            assert!(!is_web(address), "{address}");
        }
    }

    #[test]
    fn attributes_are_read_with_and_without_quotes() {
        let text = "<at id=ou_1></at><at ids='a,b' x=\"y\"/><atom id=no><at user_id=\"all\">";
        assert_eq!(
            tags(text, "at"),
            [" id=ou_1", " ids='a,b' x=\"y\"/", " user_id=\"all\""]
        );
        let rows = [
            (" id=ou_1", "id", Some("ou_1")),
            (" ids='a,b' x=\"y\"", "x", Some("y")),
            (" user_id=\"all\"", "id", None),
        ];
        for (attributes, name, value) in rows {
            assert_eq!(attribute(attributes, name), value, "{attributes}");
        }
    }
}
