//! The Markdown of Lark cards, JSON 2.0. Source: Feishu open platform, card JSON 2.0, rich text
//! component, read 2026.
//!
//! It is near CommonMark and has documented escapes: HTML entities. One line feed may be ignored,
//! so a break is `<br>`. Pictures need an uploaded key, so they become links.

use std::cell::Cell;

use super::dialect::{Dialect, marked_heading, piped_table};
use super::neutral::{Place, ZERO_WIDTH_SPACE, links_itself};
use crate::model::document::{Side, Target, Tone};

/// Most tables of one card: five are refused (11310), and the page on one element says four.
const TABLES_LIMIT: usize = 4;

/// The tags of a card's Markdown that do more than break a line.
const TAGS: [&str; 8] = [
    "<at",
    "<person",
    "<link",
    "<a ",
    "<font",
    "<text_tag",
    "<raw",
    "<local_datetime",
];

/// Writes Markdown for one Lark card. It counts the card's tables; those beyond the limit become
/// lists.
#[derive(Debug)]
pub struct LarkMarkdown {
    tables_left: Cell<usize>,
}

impl Default for LarkMarkdown {
    fn default() -> Self {
        Self {
            tables_left: Cell::new(TABLES_LIMIT),
        }
    }
}

impl Dialect for LarkMarkdown {
    fn text(&self, text: &str, place: Place) -> String {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        match text.split_at_checked(digits) {
            // A number at the start of a line would begin a list.
            Some((number, rest))
                if place == Place::LineStart && digits > 0 && rest.starts_with('.') =>
            {
                format!(
                    "{number}&#46;{}",
                    escaped(rest.strip_prefix('.').unwrap_or_default())
                )
            }
            _ => escaped(text),
        }
    }

    fn strong(&self, inner: &str) -> String {
        format!("**{inner}**")
    }

    fn emphasis(&self, inner: &str) -> String {
        format!("*{inner}*")
    }

    fn strike(&self, inner: &str) -> String {
        format!("~~{inner}~~")
    }

    /// Entities are not read in code, so what could act there becomes its full-width twin.
    fn code(&self, code: &str, _: Place) -> String {
        let inert: String = code
            .chars()
            .map(|c| match c {
                '<' => '＜',
                '&' => '＆',
                '`' => '｀',
                '|' => '｜',
                '\n' | '\r' | '\t' => ' ',
                c => c,
            })
            .collect();
        format!("`{inert}`")
    }

    fn link(&self, text: &str, target: &Target) -> String {
        let shown = match text.is_empty() {
            true => escaped(target.as_str()),
            false => text.to_owned(),
        };
        format!("[{shown}]({})", target.as_str())
    }

    fn toned(&self, tone: Tone, inner: &str) -> String {
        let colour = match tone {
            Tone::Good => "green",
            Tone::Bad => "red",
            Tone::Caution => "orange",
            Tone::Muted => "grey",
            Tone::Active => "blue",
        };
        format!("<font color='{colour}'>{inner}</font>")
    }

    fn hard_break(&self) -> &'static str {
        "<br>"
    }

    fn soft_break(&self) -> &'static str {
        "\n"
    }

    fn heading(&self, level: u8, inner: &str) -> String {
        marked_heading(level, inner)
    }

    fn rule(&self) -> String {
        "<hr>".to_owned()
    }

    fn code_block(&self, language: &str, code: &str) -> String {
        let fence = "`".repeat(longest_run(code, '`').max(2) + 1);
        let language: String = language
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        // Whether pictures and tags count inside a fence nobody documents; broken, they do not.
        let mut code = code.replace("![", "!\u{200b}[");
        for tag in TAGS {
            let (open, name) = tag.split_at(1);
            code = code.replace(tag, &format!("{open}\u{200b}{name}"));
        }
        format!("{fence}{language}\n{code}\n{fence}")
    }

    fn nested(&self, inner: &str) -> String {
        super::dialect::prefixed_lines(inner, "    ")
    }

    fn item_gap(&self) -> &'static str {
        "\n\n"
    }

    /// The guide wants blanks around bold text; punctuation looks better without.
    fn sets_off(&self, _: char, outside: char) -> bool {
        outside.is_alphanumeric()
    }

    fn table(&self, sides: &[Side], head: &[String], rows: &[Vec<String>]) -> Option<String> {
        let left = self.tables_left.get().checked_sub(1)?;
        self.tables_left.set(left);
        Some(piped_table(sides, "---", head, rows))
    }
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

/// Escapes text by entities, `&` first of all; line ends become blanks.
pub fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '\n' | '\r' | '\t' => written.push(' '),
            '&' | '<' | '>' | '*' | '~' | '-' | '!' | '/' | '\\' | '[' | ']' | '(' | ')' | '#'
            | ':' | '+' | '"' | '\'' | '`' | '$' | '_' | '|' | '=' => {
                written.push_str(&format!("&#{};", u32::from(c)));
            }
            c => written.push(c),
        }
        if links_itself(text, at) {
            written.push(ZERO_WIDTH_SPACE);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::parse;
    use crate::model::marks::Marks;

    #[test]
    fn a_mention_cannot_be_forged_even_when_escaped_already() {
        assert_eq!(escaped("<at id=all>"), "&#60;at id&#61;all&#62;");
        assert_eq!(escaped("&#60;at"), "&#38;&#35;60;at");
        assert_eq!(escaped("www.e.example"), "w\u{200b}ww.e.example");
    }

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        let written = LarkMarkdown::default().write(&parse(markdown, &Marks::default()));
        assert_eq!(written, expected, "{markdown}");
    }

    #[test]
    fn most_constructs_are_kept() {
        check("a  \nb ~~c~~", "a<br>b ~~c~~");
        check("`a_b <at id=all> && |`", "`a_b ＜at id=all> ＆＆ ｜`");
        check(
            "![p](https://e.example/p.png)",
            "[p](https://e.example/p.png)",
        );
        check(
            "| a | b |\n|---|---|\n| 1 | x\\|y |",
            "| a | b |\n| --- | --- |\n| 1 | x&#124;y |",
        );
        check("````\n```\n````", "````\n```\n````");
        check("构建**失败**了", "构建 **失败** 了");
        check("1\\. a\n2\\. b", "1&#46; a\n2&#46; b");
        check("- a\n  - b\n    - c\n- d", "- a\n    - b\n        - c\n- d");
    }
}
