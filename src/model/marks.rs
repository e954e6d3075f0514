//! Marks: single private-use characters that stand for values while a template is rendered and
//! its Markdown parsed, so that neither step ever sees what a value says (rules I-1, I-4..I-9).

use std::collections::BTreeSet;

use crate::secret::Scrubber;

/// The values that stand behind marks.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    values: Vec<String>,
    /// Values that are addresses already checked, and so may become links.
    addresses: BTreeSet<String>,
}

/// The first mark; marks fill the private-use area of the basic plane.
const FIRST: u32 = 0xe000;

/// How many values one text can hold.
pub const MARK_LIMIT: usize = NOTHING as usize - FIRST as usize;

/// A mark without a value: it is there for the parser, and leaves nothing behind.
pub const NOTHING: char = '\u{f8ff}';

/// Part of a text: literal characters, or the value behind a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text of the template.
    Literal(&'a str),
    /// A value.
    Value(&'a str),
}

impl Marks {
    /// Marks that know these checked addresses.
    pub fn with_addresses(addresses: impl IntoIterator<Item = String>) -> Self {
        Self {
            values: Vec::new(),
            addresses: addresses.into_iter().collect(),
        }
    }

    /// The mark for a value; `None` when all marks are taken.
    pub fn mark(&mut self, value: &str) -> Option<char> {
        let at = match self.values.iter().position(|known| known == value) {
            Some(at) => at,
            None if self.values.len() < MARK_LIMIT => {
                self.values.push(value.to_owned());
                self.values.len() - 1
            }
            None => return None,
        };
        char::from_u32(FIRST + u32::try_from(at).ok()?)
    }

    /// Cuts a text into literal pieces and values, in order; empty values are left out.
    pub fn pieces<'a>(&'a self, text: &'a str) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let mut start = 0;
        for (at, c) in text.char_indices() {
            if !is_mark(c) {
                continue;
            }
            pieces.extend(text.get(start..at).map(Piece::Literal));
            pieces.extend(self.value(c).map(Piece::Value));
            start = at + c.len_utf8();
        }
        pieces.extend(text.get(start..).map(Piece::Literal));
        pieces.retain(|piece| !matches!(piece, Piece::Literal("") | Piece::Value("")));
        pieces
    }

    /// The text with every value in its place.
    pub fn filled(&self, text: &str) -> String {
        self.pieces(text)
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) | Piece::Value(text) => *text,
            })
            .collect()
    }

    /// How many bytes the text has with every value in its place.
    pub fn filled_length(&self, text: &str) -> usize {
        self.pieces(text)
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) | Piece::Value(text) => text.len(),
            })
            .sum()
    }

    /// Takes secrets out of every value.
    pub fn scrub(&mut self, scrubber: &Scrubber) {
        for value in &mut self.values {
            *value = scrubber.scrub(value);
        }
    }

    /// Whether the value is an address that may become a link.
    pub fn is_address(&self, value: &str) -> bool {
        self.addresses.contains(value)
    }

    fn value(&self, mark: char) -> Option<&str> {
        let at = u32::from(mark).checked_sub(FIRST)?;
        self.values
            .get(usize::try_from(at).ok()?)
            .map(String::as_str)
    }
}

/// Whether the character can be a mark. Text from outside must hold none.
pub fn is_mark(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_where_their_marks_stand() {
        let mut marks = Marks::default();
        let (a, b) = (marks.mark("A").unwrap(), marks.mark("**B**").unwrap());
        assert_eq!(marks.mark("A"), Some(a));
        let text = format!("x{a}{b} y");
        assert_eq!(
            marks.pieces(&text),
            [
                Piece::Literal("x"),
                Piece::Value("A"),
                Piece::Value("**B**"),
                Piece::Literal(" y")
            ]
        );
        assert_eq!(marks.filled(&text), "xA**B** y");
        assert_eq!(marks.filled("\u{f8ff}"), "");
    }

    #[test]
    fn marks_run_out_without_a_panic() {
        let mut marks = Marks::default();
        for at in 0..MARK_LIMIT {
            assert!(marks.mark(&at.to_string()).is_some());
        }
        assert_eq!(marks.mark("one more"), None);
    }
}
