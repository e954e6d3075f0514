//! DingTalk's Markdown, for `markdown.text` and `actionCard.text`. Source: DingTalk open platform,
//! robot message types, read 2026; what it does not promise is not used.
//!
//! A lone line feed joins lines there, so a break is two blanks and a line feed. There is no
//! documented escape, so text is neutralised.

use super::dialect::{Dialect, marked_heading, picture};
use super::neutral::{Place, neutralised};
use crate::model::document::{Target, Tone};

/// Writes DingTalk Markdown.
#[derive(Debug, Clone, Copy)]
pub struct DingTalkMarkdown;

impl Dialect for DingTalkMarkdown {
    fn text(&self, text: &str, place: Place) -> String {
        neutralised(text, place)
    }

    fn strong(&self, inner: &str) -> String {
        format!("**{inner}**")
    }

    fn emphasis(&self, inner: &str) -> String {
        format!("*{inner}*")
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

    fn toned(&self, tone: Tone, inner: &str) -> String {
        format!("<font color={}>{inner}</font>", colour(tone))
    }

    fn hard_break(&self) -> &'static str {
        "  \n"
    }

    fn heading(&self, level: u8, inner: &str) -> String {
        marked_heading(level, inner)
    }
}

const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "#2DA44E",
        Tone::Bad => "#CF222E",
        Tone::Caution => "#BF8700",
        Tone::Muted => "#6E7781",
        Tone::Active => "#0969DA",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::parse;
    use crate::model::marks::Marks;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        let written = DingTalkMarkdown.write(&parse(markdown, &Marks::default()));
        assert_eq!(written, expected, "{markdown}");
    }

    #[test]
    fn what_the_dialect_has_is_kept() {
        check(
            "# h\n\n**b** *i* [t](https://e.example/)",
            "# h\n\n**b** *i* [t](https://e.example/)",
        );
        check("- a\n- b\n\n1. c\n2. d", "- a\n- b\n\n1. c\n2. d");
        check("> a\n> b", "> a b");
        check("<font color=green>\n\n- a\n\n</font>", "- a");
        check("| a | b |\n|---|---|", "- **a**, **b**");
        check("a  \nb", "a  \nb");
        check(
            "![a](https://e.example/p.png)",
            "![a](https://e.example/p.png)",
        );
        check(
            "![^a](https://e.example/p.png)",
            "![ ^a](https://e.example/p.png)",
        );
    }

    #[test]
    fn marks_of_bold_text_are_read_beside_letters_and_punctuation() {
        check("a**b**c", "a**b**c");
        check("构建**失败**了", "构建**失败**了");
        check("**a***b*", "**a** *b*");
        let mut marks = Marks::default();
        let mark = marks.mark(" (warning!) ").unwrap();
        for (template, expected) in [
            ("x**@**y", "x **(warning!)** y"),
            ("x **@** y", "x  **(warning!)**  y"),
            ("**@**", "**(warning!)** "),
            ("- **`@`**: y", "- **(warning!)** : y"),
        ] {
            let blocks = parse(&template.replace('@', &mark.to_string()), &marks);
            assert_eq!(DingTalkMarkdown.write(&blocks), expected, "{template}");
        }
        let empty = marks.mark("").unwrap();
        let blocks = parse(&format!("a **{empty}** b"), &marks);
        assert!(!DingTalkMarkdown.write(&blocks).contains('*'));
    }

    #[test]
    fn a_value_at_a_line_start_begins_no_block() {
        let mut marks = Marks::default();
        let mark = marks.mark("# Release approved").unwrap();
        for template in [
            "{} @",
            "| | |\n|---|---|\n| @ | x |",
            "@",
            "`@`",
            "~~@~~",
            "*@*",
            "a<br>@",
            "**c:<br>@**",
        ] {
            let template = template.replace("{}", &marks.mark("").unwrap().to_string());
            let blocks = parse(&template.replace('@', &mark.to_string()), &marks);
            let written = DingTalkMarkdown.write(&blocks);
            let starts = written
                .lines()
                .any(|line| line.trim_start_matches(['*', '-', ' ']).starts_with('#'));
            assert!(!starts, "{template}: {written:?}");
        }
    }

    #[test]
    fn what_it_lacks_keeps_its_meaning() {
        check("~~s~~ `c_d*`", "s c_d＊");
        check("```\nx = 1\n# y\n```", "> x = 1  \n> \u{200b}# y");
        check("```\n  - x\n```", "> \u{a0}\u{a0}- x");
        check(
            "| k | v |\n|---|---|\n| a | 1 |\n| b | |",
            "- **k**: a, **v**: 1\n- **k**: b",
        );
        check("a\n\n---\n\nb", "a\n\nb");
        check("[x](dtmd://dingtalkclient/sendMessage?content=hi)", "x");
    }
}
