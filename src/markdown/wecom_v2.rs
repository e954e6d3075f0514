//! WeCom's `markdown_v2` message type. Source: WeCom developer centre, path 91770, read 2026.
//!
//! It has lists, tables, fences, italics and pictures, and neither colours nor mentions. Clients
//! before 4.1.36 show it as plain text.

use super::dialect::{Dialect, picture};
use super::neutral::{Place, neutralised};
use crate::model::document::Target;

/// Writes WeCom `markdown_v2`.
#[derive(Debug, Clone, Copy)]
pub struct WeComMarkdownV2;

impl Dialect for WeComMarkdownV2 {
    fn text(&self, text: &str, place: Place) -> String {
        neutralised(text, place)
    }

    fn strong(&self, inner: &str) -> String {
        format!("**{inner}**")
    }

    fn emphasis(&self, inner: &str) -> String {
        format!("*{inner}*")
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

    fn image(&self, alt: &str, target: &Target) -> String {
        picture(alt, target)
    }

    /// Two blanks too: nobody documents whether a line feed alone breaks the line.
    fn hard_break(&self) -> &'static str {
        "  \n"
    }

    fn soft_break(&self) -> &'static str {
        "\n"
    }

    fn heading(&self, level: u8, inner: &str) -> String {
        format!("{} {inner}", "#".repeat(usize::from(level.clamp(1, 6))))
    }

    fn rule(&self) -> String {
        "---".to_owned()
    }

    fn nested(&self, inner: &str) -> String {
        super::dialect::prefixed_lines(inner, "    ")
    }

    fn item_gap(&self) -> &'static str {
        "\n\n"
    }

    fn code_block(&self, language: &str, code: &str) -> String {
        // A line of backticks would end the fence, and `<@` is a mention everywhere.
        let code = code
            .replace("```", "｀｀｀")
            .replace("<@", "＜@")
            .replace("<font", "＜font");
        format!("```{language}\n{code}\n```")
    }

    fn table(&self, head: &[String], rows: &[Vec<String>]) -> Option<String> {
        let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let mut lines = vec![line(head), line(&vec![":---".to_owned(); head.len()])];
        lines.extend(rows.iter().map(|row| line(row)));
        Some(lines.join("\n"))
    }

    fn fields(&self, fields: &[(&str, String)]) -> String {
        let lines: Vec<String> = fields
            .iter()
            .map(|(label, value)| format!("- **{label}**{}{value}", super::dialect::colon(label)))
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
        let written = WeComMarkdownV2.write(&parse(markdown, &Marks::default()));
        assert_eq!(written, expected, "{markdown}");
    }

    #[test]
    fn most_constructs_are_kept() {
        check("# h\n\n**b** *i* `c` ~~s~~", "# h\n\n**b** *i* `c` s");
        check("- a\n- b\n\n---", "- a\n- b\n\n---");
        check(
            "| a | b |\n|---|---|\n| 1 | x\\|y |",
            "| a | b |\n| :--- | :--- |\n| 1 | x｜y |",
        );
        check(
            "```rs\nlet x; // <@all>\n```",
            "```rs\nlet x; // ＜@all>\n```",
        );
        check(
            "hello <@zhangsan> <font color=\"info\">x</font>",
            "hello ＜@\u{200b}zhangsan＞ x",
        );
    }
}
