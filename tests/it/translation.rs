//! The Chinese and the Russian README say what the English one says: the same headings, examples,
//! tables, lists, pictures and links in the same places. What stands in them is for readers to judge.

use std::fs;

use crate::support::top;

/// One piece of a page, as far as its language does not matter.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Heading(usize),
    /// An example, without its comments.
    Example(String),
    /// A row of a table, with the code in each cell.
    Row(Vec<Vec<String>>),
    Item,
    Paragraph {
        links: Vec<String>,
        code: Vec<String>,
    },
}

fn pieces(page: &str) -> Vec<Piece> {
    let text = fs::read_to_string(top().join(page)).unwrap();
    let mut pieces = Vec::new();
    let mut example: Option<String> = None;
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            example = match example.take() {
                Some(block) => {
                    pieces.push(Piece::Example(block));
                    None
                }
                None => Some(format!("{language}\n")),
            };
            continue;
        }
        if let Some(block) = &mut example {
            let code = line.split(" #").next().unwrap_or_default();
            block.push_str(code.trim_end());
            block.push('\n');
            continue;
        }
        let piece = match line {
            "" => continue,
            line if line.starts_with('#') => {
                Piece::Heading(line.chars().take_while(|c| *c == '#').count())
            }
            line if line.starts_with('|') => {
                let cells = line.trim_matches('|').split('|');
                Piece::Row(cells.map(sorted_code).collect())
            }
            line if line.starts_with("- ") => Piece::Item,
            line => Piece::Paragraph {
                links: links(line),
                code: sorted_code(line),
            },
        };
        pieces.push(piece);
    }
    pieces
}

/// What stands in backticks. Languages order words differently.
fn sorted_code(text: &str) -> Vec<String> {
    let mut code: Vec<String> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    code.sort();
    code
}

/// Where a line leads to. A page in another language counts as the English one.
fn links(text: &str) -> Vec<String> {
    let mut links: Vec<String> = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|link| link.replace(".zh-CN.md", ".md").replace(".ru.md", ".md"))
        .collect();
    links.sort();
    links
}

#[test]
fn every_readme_keeps_step_with_the_english_one() {
    let english = pieces("README.md");
    for page in ["README.zh-CN.md", "README.ru.md"] {
        let other = pieces(page);
        for (at, (english, other)) in english.iter().zip(&other).enumerate() {
            assert_eq!(english, other, "piece {at} of {page}, English first");
        }
        assert_eq!(english.len(), other.len(), "{page}");
    }
    let examples = english
        .iter()
        .filter(|piece| matches!(piece, Piece::Example(_)));
    assert!(examples.count() >= 6);
}

#[test]
fn the_russian_page_is_in_russian() {
    let text = fs::read_to_string(top().join("README.ru.md")).unwrap();
    let is_cyrillic = |c: &char| ('\u{400}'..='\u{4ff}').contains(c);
    assert!(text.chars().filter(is_cyrillic).count() > 3000);
}

#[test]
fn the_chinese_pages_are_in_chinese() {
    for page in ["README.zh-CN.md", "docs/inputs.zh-CN.md"] {
        let text = fs::read_to_string(top().join(page)).unwrap();
        let is_chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
        let prose: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with(|c: char| is_chinese(&c)) || line.starts_with("- "))
            .collect();
        assert!(prose.len() >= 3, "{page}");
        assert!(text.chars().filter(is_chinese).count() > 500, "{page}");
    }
}
