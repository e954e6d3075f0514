//! WeCom's `markdown` message type. Source: WeCom developer centre, path 91770, read 2026.
//!
//! Backslash escapes do harm there (they are read as formulas), so text is neutralised. Lists are
//! plain text with a bullet; code in lines becomes a quotation; colours have three names.

use super::dialect::{Dialect, marked_heading};
use super::neutral::{Place, neutralised};
use crate::model::document::{Target, Tone};

/// Writes WeCom `markdown`.
#[derive(Debug, Clone, Copy)]
pub struct WeComMarkdown;

impl Dialect for WeComMarkdown {
    fn text(&self, text: &str, place: Place) -> String {
        neutralised(text, place)
    }

    fn strong(&self, inner: &str) -> String {
        format!("**{inner}**")
    }

    fn code(&self, code: &str, _: Place) -> String {
        format!("`{}`", neutralised(code, Place::Inline))
    }

    fn link(&self, text: &str, target: &Target) -> String {
        let shown = if text.is_empty() {
            target.as_str()
        } else {
            text
        };
        format!("[{shown}]({})", target.as_str())
    }

    fn toned(&self, tone: Tone, inner: &str) -> String {
        let colour = match tone {
            Tone::Good => "info",
            Tone::Bad | Tone::Caution => "warning",
            Tone::Muted | Tone::Active => "comment",
        };
        format!("<font color=\"{colour}\">{inner}</font>")
    }

    fn soft_break(&self) -> &'static str {
        "\n"
    }

    /// A quotation has one level here.
    fn quote(&self, inner: &str) -> String {
        let lines = inner.lines().map(|line| line.trim_start_matches("> "));
        super::dialect::prefixed_lines(&lines.collect::<Vec<_>>().join("\n"), "> ")
    }

    fn heading(&self, level: u8, inner: &str) -> String {
        marked_heading(level, inner)
    }

    /// Its marks count at the start of a line only.
    fn heading_inside(&self, _: u8, inner: &str) -> String {
        self.strong(inner)
    }

    fn marker(&self, number: Option<u64>) -> String {
        number.map_or_else(|| "• ".to_owned(), |number| format!("{number}. "))
    }

    /// A quotation begins at the start of its line, so it cannot stand further in.
    fn nested(&self, inner: &str) -> String {
        let lines = inner.lines().map(|line| match line.starts_with("> ") {
            true => line.to_owned(),
            false => format!("\u{3000}{line}"),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn fields(&self, fields: &[(&str, String)]) -> String {
        let lines: Vec<String> = fields
            .iter()
            .map(|(label, value)| format!("> {label}{}{value}", super::dialect::colon(label)))
            .collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::parse;
    use crate::model::marks::Marks;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        let written = WeComMarkdown.write(&parse(markdown, &Marks::default()));
        assert_eq!(written, expected, "{markdown}");
    }

    #[test]
    fn constructs_are_spelled_for_wecom() {
        check("## h\n\n**b** *i* `c`", "## h\n\n**b** i `c`");
        check("- a\n- b", "• a\n• b");
        check(
            "![alt](https://e.example/p.png)",
            "[alt](https://e.example/p.png)",
        );
        check("```\nx <@all>\n```", "> x ＜@\u{200b}all＞");
        check("> a\n> > b", "> a\n> \n> b");
        check("a\nb", "a\nb");
        check("- a\n  - b", "• a\n\u{3000}• b");
        check("hello <@all>", "hello ＜@\u{200b}all＞");
        check(
            "- # h\n- a\n\n  > q\n\n  ```\n  c\n  ```\n- b",
            "• **h**\n• a\n> q\n\n> c\n• b",
        );
        check("> # h", "> **h**");
    }
}
