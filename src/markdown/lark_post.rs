//! Lark's `post` message type: lines of nodes. Source: Feishu open platform, custom bot guide, read
//! 2026. A node of text is never read as markup, so nothing needs an escape.

use super::dialect::{Dialect, colon};
use super::plain::PlainText;
use crate::model::document::{Block, Field, Inline, plain_text};

/// A node of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostNode {
    /// Text.
    Text(String),
    /// A link.
    Link {
        /// What is shown.
        text: String,
        /// Where it goes.
        address: String,
    },
}

/// Writes a document as lines of nodes.
pub fn write_post(blocks: &[Block]) -> Vec<Vec<PostNode>> {
    let mut lines = Vec::new();
    for block in blocks {
        let written = lines_of(block);
        if !lines.is_empty() && !written.is_empty() {
            // A node without text may be refused, so a blank stands for the empty line.
            lines.push(vec![PostNode::Text(" ".to_owned())]);
        }
        lines.extend(written);
    }
    lines
}

fn lines_of(block: &Block) -> Vec<Vec<PostNode>> {
    let mut lines = Vec::new();
    match block {
        Block::Heading(_, inlines) | Block::Paragraph(inlines) => {
            lines.push(Vec::new());
            add(inlines, &mut lines);
        }
        Block::Fields(fields) => {
            for Field { label, value, .. } in fields {
                lines.push(vec![PostNode::Text(format!("{label}{}", colon(label)))]);
                add(value, &mut lines);
            }
        }
        Block::Quote(inner) => {
            lines = prefixed(inner.iter().flat_map(lines_of), "> ", "> ");
        }
        Block::List { start, items } => {
            for (at, item) in items.iter().enumerate() {
                let number = start.map(|first| first.saturating_add(at as u64));
                let marker = PlainText.marker(number);
                let inner = item.iter().flat_map(lines_of);
                lines.extend(prefixed(inner, &marker, "  "));
            }
        }
        Block::CodeBlock { .. } | Block::Table { .. } | Block::Rule => {
            let text = PlainText.write_block(block);
            lines.extend(
                text.lines()
                    .map(|line| vec![PostNode::Text(line.to_owned())]),
            );
        }
    }
    lines.retain(|line| {
        line.iter()
            .any(|node| *node != PostNode::Text(String::new()))
    });
    lines
}

/// The lines with a text before the first one and another before the others.
fn prefixed(
    lines: impl Iterator<Item = Vec<PostNode>>,
    first: &str,
    others: &str,
) -> Vec<Vec<PostNode>> {
    let prefixes = std::iter::once(first).chain(std::iter::repeat(others));
    lines
        .zip(prefixes)
        .map(|(mut line, prefix)| {
            match line.first_mut() {
                Some(PostNode::Text(text)) => text.insert_str(0, prefix),
                _ => line.insert(0, PostNode::Text(prefix.to_owned())),
            }
            line
        })
        .collect()
}

fn add(inlines: &[Inline], lines: &mut Vec<Vec<PostNode>>) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Value(text) | Inline::Code(text) => push_text(text, lines),
            Inline::Strong(inner)
            | Inline::Emphasis(inner)
            | Inline::Strike(inner)
            | Inline::Toned(_, inner) => add(inner, lines),
            Inline::Link { text, target } | Inline::Image { alt: text, target } => {
                let shown = plain_text(text);
                let text = if shown.is_empty() {
                    target.as_str().to_owned()
                } else {
                    shown
                };
                push(
                    PostNode::Link {
                        text,
                        address: target.as_str().to_owned(),
                    },
                    lines,
                );
            }
            Inline::SoftBreak | Inline::HardBreak => lines.push(Vec::new()),
        }
    }
}

fn push_text(text: &str, lines: &mut Vec<Vec<PostNode>>) {
    // A node without text is refused.
    if text.is_empty() {
        return;
    }
    if let Some(PostNode::Text(before)) = lines.last_mut().and_then(|line| line.last_mut()) {
        before.push_str(text);
    } else {
        push(PostNode::Text(text.to_owned()), lines);
    }
}

fn push(node: PostNode, lines: &mut Vec<Vec<PostNode>>) {
    match lines.last_mut() {
        Some(line) => line.push(node),
        None => lines.push(vec![node]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::parse;
    use crate::model::marks::Marks;

    #[test]
    fn lines_hold_text_and_links() {
        let text = |text: &str| PostNode::Text(text.to_owned());
        let blocks = parse(
            "**a** b [t](https://e.example/)  \nc\n\n- x\n- [t](https://e.example/)\n  - z",
            &Marks::default(),
        );
        assert_eq!(
            write_post(&blocks),
            [
                vec![
                    text("a b "),
                    PostNode::Link {
                        text: "t".to_owned(),
                        address: "https://e.example/".to_owned()
                    }
                ],
                vec![text("c")],
                vec![text(" ")],
                vec![text("- x")],
                vec![
                    text("- "),
                    PostNode::Link {
                        text: "t".to_owned(),
                        address: "https://e.example/".to_owned()
                    }
                ],
                vec![text("  - z")],
            ]
        );
    }
}
