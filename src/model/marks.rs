//! Marks: single private-use characters that stand for values while a template is rendered and
//! its Markdown parsed, so that neither step ever sees what a value says (rules I-1, I-4..I-9).

use std::collections::BTreeSet;
use std::fmt;
use std::str::Chars;

use crate::secret::{MASK, Scrubber};

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
        let mut marks = Self::default();
        marks.addresses.extend(addresses);
        marks
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

    /// Takes secrets out of a text and of every value in it. A secret that text and values make up
    /// together takes all values with it. Tells whether there was one.
    pub fn scrub(&mut self, text: &mut String, scrubber: &Scrubber) -> bool {
        let mut held = false;
        for part in self.values.iter_mut().chain([&mut *text]) {
            if let Some(scrubbed) = scrubber.found_in(part) {
                held = true;
                *part = scrubbed;
            }
        }
        if scrubber.found_in(&self.filled(text)).is_some() {
            held = true;
            self.values.fill(MASK.to_owned());
        }
        held
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

/// Says that the mark behind it stands for a whole JSON value.
pub const WHOLE_JSON: char = '\u{ffff2}';

/// The first of the characters that name a place in the author's text; they fill plane 16.
const FIRST_PLACE: u32 = 0x10_0000;

/// The character that names the place with this number; `None` when all are taken.
pub fn place_mark(at: usize) -> Option<char> {
    let at = u32::try_from(at).ok().filter(|at| *at < 0xfffe)?;
    char::from_u32(FIRST_PLACE + at)
}

/// Line and column in the author's text, each from 1, the column in characters.
pub type Place = (usize, usize);

/// A text in which marks stand for values and others for places in the author's text.
#[derive(Debug, Clone, Default)]
pub struct Marked {
    /// The text.
    pub text: String,
    /// The values.
    pub marks: Marks,
    /// The places.
    pub places: Vec<Place>,
}

/// What stands in a [`Marked`] text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol<'a> {
    /// A character that the author wrote.
    Char(char),
    /// A value.
    Value(&'a str),
    /// A value that is written as JSON.
    Json(&'a str),
}

impl fmt::Display for Symbol<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(c) => write!(f, "{c}"),
            Self::Value(_) | Self::Json(_) => f.write_str("·"),
        }
    }
}

impl Marked {
    /// What stands in it, in order, each with its place in the author's text.
    pub fn symbols(&self) -> Symbols<'_> {
        Symbols {
            marked: self,
            rest: self.text.chars(),
            place: (1, 1),
        }
    }
}

/// See [`Marked::symbols`].
#[derive(Debug, Clone)]
pub struct Symbols<'a> {
    marked: &'a Marked,
    rest: Chars<'a>,
    place: Place,
}

impl Symbols<'_> {
    /// Where the next symbol stands, or where the text ends.
    pub const fn place(&self) -> Place {
        self.place
    }
}

impl<'a> Iterator for Symbols<'a> {
    type Item = (Place, Symbol<'a>);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let mut is_json = false;
        loop {
            let c = self.rest.next()?;
            let marked = self.marked;
            if c == WHOLE_JSON {
                is_json = true;
            } else if let Some(at) = u32::from(c).checked_sub(FIRST_PLACE) {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                self.place = marked.places.get(at).copied().unwrap_or(self.place);
            } else if is_mark(c) {
                let value = marked.marks.value(c).unwrap_or_default();
                return Some(match is_json {
                    true => (self.place, Symbol::Json(value)),
                    false => (self.place, Symbol::Value(value)),
                });
            } else {
                let place = self.place;
                self.place = match c {
                    '\n' => (place.0 + 1, 1),
                    _ => (place.0, place.1 + 1),
                };
                return Some((place, Symbol::Char(c)));
            }
        }
    }
}

/// Whether the character can be a mark. Text from outside must hold none.
pub fn is_mark(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

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
    fn no_secret_comes_out_of_text_and_values_together() {
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new("larkSecretABCDEF123"));
        for (before, value, after, expected, held) in [
            ("x ", "ABC", " y", "x ABC y", false),
            ("larkSecret", "ABCDEF123", "", "larkSecret***", true),
            ("", "larkSecretABC", "DEF123", "***DEF123", true),
            ("", "a larkSecretABCDEF123", " b", "a *** b", true),
            ("larkSecretABCDEF123", "v", "", "***v", true),
        ] {
            let mut marks = Marks::default();
            let mark = marks.mark(value).unwrap();
            let mut text = format!("{before}{mark}{after}");
            assert_eq!(marks.scrub(&mut text, &scrubber), held, "{before}{value}");
            assert_eq!(marks.filled(&text), expected);
        }
    }

    #[test]
    fn symbols_know_their_place_in_the_authors_text() {
        let mut marks = Marks::default();
        let a = marks.mark("A").unwrap();
        let (first, second) = (place_mark(0).unwrap(), place_mark(1).unwrap());
        let marked = Marked {
            text: format!("{first}x{WHOLE_JSON}{a}\n{second}y{a}{NOTHING}"),
            marks,
            places: vec![(3, 7), (9, 2)],
        };
        let symbols: Vec<_> = marked.symbols().collect();
        assert_eq!(
            symbols,
            [
                ((3, 7), Symbol::Char('x')),
                ((3, 8), Symbol::Json("A")),
                ((3, 8), Symbol::Char('\n')),
                ((9, 2), Symbol::Char('y')),
                ((9, 3), Symbol::Value("A")),
                ((9, 3), Symbol::Value("")),
            ]
        );
        assert_eq!(place_mark(0x1_0000), None);
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
