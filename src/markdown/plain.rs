//! Plain text: the text part of mails, text messages, the log.

use super::dialect::Dialect;
use super::neutral::Place;
use crate::model::document::{Block, Field, Inline, Target, plain_text};

/// Writes plain text; links keep their address in brackets.
#[derive(Debug, Clone, Copy)]
pub struct PlainText;

impl Dialect for PlainText {
    fn text(&self, text: &str, _: Place) -> String {
        text.replace(['\n', '\r'], " ")
    }

    fn strong(&self, inner: &str) -> String {
        inner.to_owned()
    }

    fn link(&self, text: &str, target: &Target) -> String {
        // A text that leads to the same place says nothing more.
        match text.is_empty() || Target::new(text).as_ref() == Some(target) {
            true => target.as_str().to_owned(),
            false => format!("{text} ({})", target.as_str()),
        }
    }

    fn soft_break(&self) -> &'static str {
        "\n"
    }

    fn code_block(&self, _: &str, code: &str) -> String {
        super::dialect::prefixed_lines(code, "    ")
    }

    fn nested(&self, inner: &str) -> String {
        super::dialect::prefixed_lines(inner, "  ")
    }

    fn shortens_addresses(&self) -> bool {
        false
    }

    fn rule(&self) -> String {
        "----".to_owned()
    }
}

/// The document as chats without markup read it best: labelled facts keep their text and lose the
/// addresses behind it.
pub fn chat_text(blocks: &[Block]) -> String {
    let blocks: Vec<Block> = blocks
        .iter()
        .map(|block| match block {
            Block::Fields(fields) => {
                let short = |field: &Field| Field {
                    value: vec![Inline::Value(plain_text(&field.value))],
                    ..field.clone()
                };
                Block::Fields(fields.iter().map(short).collect())
            }
            other => other.clone(),
        })
        .collect();
    PlainText.write(&blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::parse;
    use crate::model::marks::Marks;

    #[test]
    fn markup_goes_and_addresses_stay() {
        let blocks = parse(
            "# h\n\n**b** [t](https://e.example/)\n\n- a\n- b\n\n```\nx\n```",
            &Marks::default(),
        );
        assert_eq!(
            PlainText.write(&blocks),
            "h\n\nb t (https://e.example/)\n\n- a\n- b\n\n    x"
        );
        let blocks = parse("see https://e.example/a_(b), then", &Marks::default());
        assert_eq!(
            PlainText.write(&blocks),
            "see https://e.example/a_%28b%29, then"
        );
    }
}
