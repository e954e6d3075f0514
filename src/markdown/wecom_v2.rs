//! WeCom's `markdown_v2` message type. Source: WeCom developer centre, path 91770, read 2026.
//!
//! It has lists, tables, fences, italics and pictures, and neither colours nor mentions. Clients
//! before 4.1.36 show it as plain text.

use super::dialect::{Dialect, marked_heading, picture, piped_table};
use super::neutral::{Place, neutralised};
use crate::model::document::{Side, Target};

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
        marked_heading(level, inner)
    }

    /// A quotation has three levels here; what is deeper stands in the third.
    fn quote(&self, inner: &str) -> String {
        let lines = inner.lines().map(|line| match line.starts_with("> > > ") {
            true => line.to_owned(),
            false => format!("> {line}"),
        });
        lines.collect::<Vec<_>>().join("\n")
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

    fn table(&self, sides: &[Side], head: &[String], rows: &[Vec<String>]) -> Option<String> {
        Some(piped_table(sides, ":---", head, rows))
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
    use crate::model::document::Block;
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
            "> a\n>> b\n>>> c\n>>>> d",
            "> a\n> \n> > b\n> > \n> > > c\n> > > \n> > > d",
        );
        check("## C #\\#", "## C ##\u{200b}");
        check(
            "| a | b |\n|---|---|\n| 1 | x\\|y |",
            "| a | b |\n| :--- | :--- |\n| 1 | x｜y |",
        );
        check(
            "| a | b | c |\n|:-:|--:|:--|\n| 1 | 2 | 3 |",
            "| a | b | c |\n| :---: | ---: | :--- |\n| 1 | 2 | 3 |",
        );
        check(
            "```rs\nlet x; // <@all>\n```",
            "```rs\nlet x; // ＜@all>\n```",
        );
        check(
            "hello <@zhangsan> <font color=\"info\">x</font>",
            "hello ＜@\u{200b}zhangsan＞ x",
        );
        for (coloured, written) in [
            (
                "<font color=\"red\">**失败：**</font>原因",
                "**失败：** 原因",
            ),
            (
                "文<font color=\"red\">**（失败）**</font>",
                "文 **（失败）**",
            ),
            ("<font color=\"red\">a **b：**</font>c", "a **b：** c"),
            ("**a：**<font color=\"red\">b</font>", "**a：** b"),
            ("**a**<font color=\"red\">**b**</font>c", "**a** **b**c"),
        ] {
            check(coloured, written);
        }
    }

    /// The kinds of blocks, item by item, without what they say.
    fn kinds(blocks: &[Block]) -> String {
        let kinds = blocks.iter().map(|block| match block {
            Block::Heading(..) => "heading".to_owned(),
            Block::Paragraph(_) => "text".to_owned(),
            Block::Quote(inner) => format!("quote({})", kinds(inner)),
            Block::List { start, items } => {
                let items: Vec<String> = items.iter().map(|item| kinds(item)).collect();
                format!("list{start:?}[{}]", items.join(" | "))
            }
            Block::CodeBlock { .. } => "code".to_owned(),
            Block::Table { .. } => "table".to_owned(),
            Block::Rule => "rule".to_owned(),
            Block::Fields(_) => "fields".to_owned(),
        });
        kinds.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn blocks_of_an_item_stay_apart() {
        let blocks = [
            "text",
            "# heading",
            "> quote",
            "- item",
            "3. item",
            "-",
            "```\ncode\n```",
            "| a |\n|---|\n| b |",
            "---",
        ];
        let indented = |text: &str| text.replace('\n', "\n  ");
        for first in blocks {
            for second in blocks {
                // Two lists side by side are one to every reader.
                let is_list = |text: &str| text == "-" || text.starts_with("- ");
                if first == second || (is_list(first) && is_list(second)) {
                    continue;
                }
                let (first, second) = (indented(first), indented(second));
                let markdown = format!("- start\n\n  {first}\n\n  {second}\n- end");
                let read = parse(&markdown, &Marks::default());
                let written = WeComMarkdownV2.write(&read);
                let again = parse(&written, &Marks::default());
                assert_eq!(kinds(&again), kinds(&read), "{markdown}\n=>\n{written}");
            }
        }
    }
}
