//! Fills the marks of a JSON body, and reads it strictly on the way: no key twice, at most 64
//! levels, nothing behind the value (rule I-10).
//!
//! What a value says never decides whether the body is JSON: inside a text it is escaped, where a
//! value stands it is one whole value, and a key never comes from one.

use std::collections::BTreeSet;
use std::iter::Peekable;

use serde_json::Value;

use crate::model::marks::{Marked, Place, Symbol, Symbols};

/// Most objects and arrays inside each other.
const DEPTH_LIMIT: usize = 64;

/// Why a body is not JSON, and where in the author's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong, as the end of a sentence.
    pub(super) what: String,
    /// Where.
    pub(super) place: Place,
}

/// The body with every value in its place.
///
/// # Errors
/// What is wrong, when it is not strict JSON.
pub(super) fn filled(marked: &Marked) -> Result<String, Wrong> {
    let mut writer = Writer {
        symbols: marked.symbols().peekable(),
        behind: (1, 1),
        text: String::with_capacity(marked.text.len()),
    };
    writer.value(0)?;
    writer.blanks();
    if let Some(symbol) = writer.peek() {
        writer.wrong(&format!("has `{symbol}` behind its end"))?;
    }
    Ok(writer.text)
}

/// A text as it stands between quotation marks.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            // Line ends to JavaScript, which JSON is often pasted into.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Value,
}

/// Most texts of JSON inside each other that are told apart; each doubles a value's backslashes.
const INNER_LIMIT: u32 = 3;

/// JSON inside a text, as far as the author's own quotation marks in it tell: there a value is
/// escaped once more, or it could end the inner text.
#[derive(Default)]
struct Inner {
    /// Backslashes just read.
    backslashes: u32,
    /// The deepest quotation mark yet: 1 for `\"`, 2 for `\\\"`.
    deepest: u32,
    /// Whether a text between `\"` and `\"` is open.
    is_quoted: bool,
    /// Whether an object or a list has begun, which prose hardly does.
    has_bracket: bool,
}

impl Inner {
    fn read(&mut self, c: char) {
        self.backslashes = 0;
        self.has_bracket |= matches!(c, '{' | '[');
    }

    fn read_escape(&mut self, escape: &str) {
        match escape {
            "\\\\" | "\\u005c" | "\\u005C" => self.backslashes += 1,
            "\\\"" | "\\u0022" => {
                self.is_quoted ^= self.backslashes == 0;
                // One more for each doubling: none, one, three, seven.
                self.deepest = self.deepest.max((self.backslashes + 1).ilog2() + 1);
                self.backslashes = 0;
            }
            "\\u007b" | "\\u007B" | "\\u005b" | "\\u005B" => self.read('['),
            _ => self.backslashes = 0,
        }
    }

    /// How many more times a value is escaped here.
    fn depth(&self) -> u32 {
        match self.is_quoted || self.has_bracket {
            true => self.deepest.min(INNER_LIMIT),
            false => 0,
        }
    }
}

struct Writer<'a> {
    symbols: Peekable<Symbols<'a>>,
    /// The place behind what was read last.
    behind: Place,
    text: String,
}

impl<'a> Writer<'a> {
    // Called from everywhere below; its body in each place would be most of this file's code.
    #[inline(never)]
    fn peek(&mut self) -> Option<Symbol<'a>> {
        self.symbols.peek().map(|(_, symbol)| *symbol)
    }

    #[inline(never)]
    fn next(&mut self) -> Option<Symbol<'a>> {
        let (place, symbol) = self.symbols.next()?;
        self.behind = match symbol {
            Symbol::Char(_) => (place.0, place.1 + 1),
            Symbol::Value(_) | Symbol::Json(_) => place,
        };
        Some(symbol)
    }

    /// A fault at what comes next.
    #[inline(never)]
    fn wrong(&mut self, what: &str) -> Result<(), Wrong> {
        let place = self.place();
        Err(Wrong {
            what: what.to_owned(),
            place,
        })
    }

    #[inline(never)]
    fn place(&mut self) -> Place {
        self.symbols.peek().map_or(self.behind, |(place, _)| *place)
    }

    /// Takes this character over, if it comes next.
    fn takes(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(Symbol::Char(wanted));
        if is_there {
            self.next();
            self.text.push(wanted);
        }
        is_there
    }

    fn blanks(&mut self) {
        while [' ', '\t', '\r', '\n'].into_iter().any(|it| self.takes(it)) {}
    }

    fn value(&mut self, depth: usize) -> Result<(), Wrong> {
        self.blanks();
        if depth > DEPTH_LIMIT {
            return self.wrong(&format!("nests deeper than {DEPTH_LIMIT} levels"));
        }
        let symbol = self.peek();
        match symbol {
            Some(Symbol::Char('{')) => self.object(depth),
            Some(Symbol::Char('[')) => self.array(depth),
            Some(Symbol::Char('"')) => self.string(Part::Value),
            Some(Symbol::Char('-' | '0'..='9')) => self.number(),
            Some(Symbol::Char(c)) if c.is_alphabetic() => self.word(),
            Some(Symbol::Char('\'')) => self.wrong("has a `'`; JSON quotes with `\"`"),
            Some(Symbol::Char('/' | '#')) => self.wrong("has a comment, which JSON does not know"),
            Some(Symbol::Char(c)) => self.wrong(&format!("has `{c}` where a value begins")),
            Some(Symbol::Value(value)) => {
                self.text.push_str(&scalar(value));
                self.next();
                Ok(())
            }
            Some(Symbol::Json(value)) => self.whole(value, depth),
            None => self.wrong("ends where a value begins"),
        }
    }

    /// A value that `json` wrote. What a scrubber took out can have broken it.
    fn whole(&mut self, written: &str, depth: usize) -> Result<(), Wrong> {
        match serde_json::from_str::<Value>(written) {
            Ok(value) if nesting(&value) + depth > DEPTH_LIMIT => {
                return self.wrong(&format!("nests deeper than {DEPTH_LIMIT} levels"));
            }
            Ok(_) => self.text.push_str(written),
            Err(_) => self.text.push_str(&quoted(written)),
        }
        self.next();
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), Wrong> {
        let mut keys = BTreeSet::new();
        self.takes('{');
        self.blanks();
        if self.takes('}') {
            return Ok(());
        }
        loop {
            self.blanks();
            let start = self.text.len();
            match self.peek() {
                Some(Symbol::Char('"')) => {}
                Some(Symbol::Char('}')) => {
                    return self.wrong("has a comma in front of `}`");
                }
                Some(Symbol::Value(_) | Symbol::Json(_)) => return self.wrong(KEY_OF_VALUE),
                Some(Symbol::Char('/' | '#')) => {
                    return self.wrong("has a comment, which JSON does not know");
                }
                _ => return self.wrong("has no key in quotation marks where one begins"),
            }
            let place = self.place();
            self.string(Part::Key)?;
            let written = self.text.get(start..).unwrap_or_default();
            let key: String = serde_json::from_str(written).unwrap_or_default();
            let what = format!("has the key {written} twice in one object");
            if !keys.insert(key) {
                return Err(Wrong { what, place });
            }
            self.blanks();
            if !self.takes(':') {
                return self.wrong("has no `:` behind a key");
            }
            self.value(depth + 1)?;
            self.blanks();
            if self.takes('}') {
                return Ok(());
            }
            if !self.takes(',') {
                return self.wrong("has neither `,` nor `}` behind an entry");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Wrong> {
        self.takes('[');
        self.blanks();
        if self.takes(']') {
            return Ok(());
        }
        loop {
            self.blanks();
            if self.peek() == Some(Symbol::Char(']')) {
                return self.wrong("has a comma in front of `]`");
            }
            self.value(depth + 1)?;
            self.blanks();
            if self.takes(']') {
                return Ok(());
            }
            if !self.takes(',') {
                return self.wrong("has neither `,` nor `]` behind an item");
            }
        }
    }

    fn string(&mut self, part: Part) -> Result<(), Wrong> {
        self.takes('"');
        let mut inner = Inner::default();
        loop {
            match self.peek() {
                Some(Symbol::Char('"')) => {
                    self.takes('"');
                    return Ok(());
                }
                Some(Symbol::Char('\\')) => {
                    let start = self.text.len();
                    self.escape()?;
                    inner.read_escape(self.text.get(start..).unwrap_or_default());
                }
                Some(Symbol::Char('\n')) => {
                    return self.wrong("ends its line inside quotation marks; write `\\n`");
                }
                Some(Symbol::Char(c)) if c < ' ' => {
                    return self.wrong("has a control character inside quotation marks");
                }
                Some(Symbol::Char(c)) => {
                    self.takes(c);
                    inner.read(c);
                }
                Some(Symbol::Value(_) | Symbol::Json(_)) if part == Part::Key => {
                    return self.wrong(KEY_OF_VALUE);
                }
                Some(Symbol::Value(value) | Symbol::Json(value)) => {
                    let written = (0..inner.depth()).fold(escaped(value), |it, _| escaped(&it));
                    self.text.push_str(&written);
                    self.next();
                    inner.backslashes = 0;
                }
                None => return self.wrong("ends inside quotation marks"),
            }
        }
    }

    /// A backslash and what belongs to it; halves of characters come in pairs.
    fn escape(&mut self) -> Result<(), Wrong> {
        self.takes('\\');
        if ['"', '\\', '/', 'b', 'f', 'n', 'r', 't']
            .into_iter()
            .any(|it| self.takes(it))
        {
            return Ok(());
        }
        const HALF: &str = "has half a character behind `\\u`";
        match self.unit()? {
            Some(0xd800..=0xdbff) => match self.takes('\\').then(|| self.unit()).transpose()? {
                Some(Some(0xdc00..=0xdfff)) => Ok(()),
                _ => self.wrong(HALF),
            },
            Some(0xdc00..=0xdfff) => self.wrong(HALF),
            Some(_) => Ok(()),
            None => {
                self.wrong("has a `\\` that JSON does not know; write `\\\\` for one that is meant")
            }
        }
    }

    /// `u` and four digits; `None` for anything else.
    fn unit(&mut self) -> Result<Option<u32>, Wrong> {
        if !self.takes('u') {
            return Ok(None);
        }
        let mut unit = 0;
        for _ in 0..4 {
            match self.peek() {
                Some(Symbol::Char(c)) if c.is_ascii_hexdigit() => {
                    unit = unit * 16 + c.to_digit(16).unwrap_or_default();
                    self.takes(c);
                }
                _ => self.wrong("has no four digits behind `\\u`")?,
            }
        }
        Ok(Some(unit))
    }

    fn number(&mut self) -> Result<(), Wrong> {
        let start = self.text.len();
        while let Some(Symbol::Char(c @ ('0'..='9' | '+' | '-' | '.' | 'e' | 'E'))) = self.peek() {
            self.takes(c);
        }
        let written = self.text.get(start..).unwrap_or_default();
        match is_number(written) {
            true => Ok(()),
            false => {
                let what = format!("has `{written}`, which is no number of JSON");
                self.wrong(&what)
            }
        }
    }

    fn word(&mut self) -> Result<(), Wrong> {
        let start = self.text.len();
        let place = self.place();
        while let Some(Symbol::Char(c)) = self
            .peek()
            .filter(|it| matches!(it, Symbol::Char(c) if c.is_alphanumeric()))
        {
            self.takes(c);
        }
        match self.text.get(start..).unwrap_or_default() {
            "true" | "false" | "null" => Ok(()),
            word => {
                let word: String = word.chars().take(40).collect();
                let what = format!("has `{word}` without quotation marks");
                Err(Wrong { what, place })
            }
        }
    }
}

pub(super) const KEY_OF_VALUE: &str = "makes a key of a value; keys are yours to write";

fn is_number(text: &str) -> bool {
    let is_value = |value: Value| value.is_number();
    !text.contains(char::is_whitespace) && serde_json::from_str(text).is_ok_and(is_value)
}

/// One whole JSON value: what is a number, `true` or `false` is sent as such, nothing as `null`.
fn scalar(value: &str) -> String {
    match value {
        "" => "null".to_owned(),
        "true" | "false" | "null" => value.to_owned(),
        number if is_number(number) => number.to_owned(),
        text => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// How many objects and arrays are inside each other.
fn nesting(value: &Value) -> usize {
    let inner =
        |values: &mut dyn Iterator<Item = &Value>| values.map(nesting).max().unwrap_or(0) + 1;
    match value {
        Value::Array(items) => inner(&mut items.iter()),
        Value::Object(entries) => inner(&mut entries.values()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

    use super::*;
    use crate::model::marks::Marks;

    /// The template's text, in which `«x»` is a value and `‹x›` one that is written as JSON.
    fn marked(template: &str) -> Marked {
        use crate::model::marks::WHOLE_JSON;

        let mut marks = Marks::default();
        let mut text = String::new();
        for piece in template.split_inclusive(['»', '›']) {
            let (before, value) = piece.split_once(['«', '‹']).unwrap_or((piece, ""));
            text.push_str(before);
            if piece.contains('‹') {
                text.push(WHOLE_JSON);
            }
            if piece != before {
                let value = value.trim_end_matches(['»', '›']);
                text.push(marks.mark(value).unwrap());
            }
        }
        Marked {
            text,
            marks,
            places: Vec::new(),
        }
    }

    #[track_caller]
    fn check(template: &str, expected: &str) {
        assert_eq!(filled(&marked(template)).unwrap(), expected, "{template}");
        serde_json::from_str::<Value>(expected).unwrap();
    }

    #[test]
    fn a_value_is_written_for_the_place_it_stands_in() {
        check(r#" {"a": "x «y» z"} "#, r#" {"a": "x y z"} "#);
        check(r#"{"a":"«a"b\c»"}"#, r#"{"a":"a\"b\\c"}"#);
        check(
            "[\"«a\nb\t\u{1}\u{7f}\u{2028}é»\"]",
            "[\"a\\nb\\t\\u0001\\u007f\\u2028é\"]",
        );
        check(r#"["«</script>&'»"]"#, r#"["</script>&'"]"#);
        check(r#"{"a": «»}"#, r#"{"a": null}"#);
        check(r#"{"a": «42», "b": «-1.5e3»}"#, r#"{"a": 42, "b": -1.5e3}"#);
        check(r#"{"a": «042», "b": «1 »}"#, r#"{"a": "042", "b": "1 "}"#);
        check(
            r#"{"a": «true», "b": «True»}"#,
            r#"{"a": true, "b": "True"}"#,
        );
        check(
            r#"{"a": «1, "admin": true»}"#,
            r#"{"a": "1, \"admin\": true"}"#,
        );
        check(r#"{"a": «"}, {"»}"#, r#"{"a": "\"}, {\""}"#);
        check(r#"{"a": ‹["x",{"y":1}]›}"#, r#"{"a": ["x",{"y":1}]}"#);
        check(r#"{"a": "‹["x"]›"}"#, r#"{"a": "[\"x\"]"}"#);
        // A scrubber can leave half of it.
        check(r#"{"a": ‹["x***›}"#, r#"{"a": "[\"x***"}"#);
        check("\"«x»\"", "\"x\"");
        check("«x»", "\"x\"");
        check(
            r#"["\ud83d\ude00 \u00e9 \/"]"#,
            r#"["\ud83d\ude00 \u00e9 \/"]"#,
        );
    }

    #[test]
    fn a_value_in_json_inside_a_text_stays_one_value() {
        let value = "x\",\"at_all\":true,\"y\":\"\\ \n";
        let filled_with = |template: &str| {
            let text = filled(&marked(&template.replace('·', &format!("«{value}»")))).unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let inner = |value: &Value| serde_json::from_str::<Value>(value.as_str().unwrap()).unwrap();
        for template in [
            r#"{"c":"{\"t\":\"·\"}"}"#,
            r#"{"c":"{\u0022t\u0022:\u0022·\u0022}"}"#,
        ] {
            let outer = filled_with(template);
            assert_eq!(inner(&outer["c"]), serde_json::json!({ "t": value }));
        }
        let outer = filled_with(r#"{"c":"{\"d\":\"{\\\"t\\\":\\\"·\\\"}\"}"}"#);
        let innermost = inner(&inner(&outer["c"])["d"]);
        assert_eq!(innermost, serde_json::json!({ "t": value }));
        // Outside of the inner texts it is no JSON, and adds no key.
        let outer = filled_with(r#"{"c":"{\"n\":·}"}"#);
        assert!(serde_json::from_str::<Value>(outer["c"].as_str().unwrap()).is_err());
        // Prose is no JSON.
        let outer = filled_with(r#"{"c":"\"main\" says ·"}"#);
        assert_eq!(outer["c"], format!("\"main\" says {value}"));
    }

    #[track_caller]
    fn check_fault(template: &str, what: &str, place: Place) {
        let wrong = filled(&marked(template)).unwrap_err();
        assert!(wrong.what.contains(what), "{template}: {wrong:?}");
        assert_eq!(wrong.place, place, "{template}: {wrong:?}");
    }

    #[test]
    fn what_is_no_strict_json_is_refused_with_its_place() {
        check_fault("", "ends where a value begins", (1, 1));
        check_fault("{\n  \"a\": 1,\n}", "a comma in front of `}`", (3, 1));
        check_fault("[1,]", "a comma in front of `]`", (1, 4));
        check_fault("[1 2]", "neither `,` nor `]`", (1, 4));
        check_fault(r#"{"a" 1}"#, "no `:`", (1, 6));
        check_fault(r#"{"a":1 "b":2}"#, "neither `,` nor `}`", (1, 8));
        check_fault("{a:1}", "no key in quotation marks", (1, 2));
        check_fault("{'a':1}", "no key in quotation marks", (1, 2));
        check_fault("['a']", "JSON quotes with `\"`", (1, 2));
        check_fault("[1, // x\n2]", "a comment", (1, 5));
        check_fault("{\n// x\n}", "a comment", (2, 1));
        check_fault("[main]", "`main` without quotation marks", (1, 2));
        check_fault("[01]", "`01`, which is no number", (1, 4));
        check_fault("[1.]", "no number of JSON", (1, 4));
        check_fault("[\"a\nb\"]", "ends its line", (1, 4));
        check_fault("[\"a\tb\"]", "a control character", (1, 4));
        check_fault(r#"["\x"]"#, "a `\\` that JSON does not know", (1, 4));
        check_fault(r#"["\u12"]"#, "no four digits", (1, 7));
        check_fault(r#"["\u12«34»"]"#, "no four digits", (1, 7));
        check_fault(r#"["\ud83d"]"#, "half a character", (1, 9));
        check_fault(r#"["\ude00"]"#, "half a character", (1, 9));
        check_fault(r#"["\ud83d\u0041"]"#, "half a character", (1, 15));
        check_fault("[\"a", "ends inside quotation marks", (1, 4));
        check_fault("{} x", "`x` behind its end", (1, 4));
        check_fault("{}«x»", "behind its end", (1, 3));
        check_fault("1«2»", "behind its end", (1, 2));
        check_fault("[«1»2]", "neither `,` nor `]`", (1, 2));
        check_fault(r#"{"«k»":1}"#, "a key of a value", (1, 3));
        check_fault(r#"{«k»:1}"#, "a key of a value", (1, 2));
        check_fault(r#"{‹{}›:1}"#, "a key of a value", (1, 2));
        check_fault(r#"{"a":1,"\u0061":2}"#, "twice in one object", (1, 8));
        check_fault(&"[".repeat(66), "deeper than 64", (1, 66));
        let deep = format!("{}‹[[]]›", "[".repeat(63));
        check_fault(&deep, "deeper than 64", (1, 64));
        let just = format!("{}{}", "[".repeat(64), "]".repeat(64));
        check(&just, &just);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// A parser that is not ours finds exactly the value in each place.
        #[test]
        fn any_value_comes_out_as_it_went_in(value in any::<String>()) {
            let mut marks = Marks::default();
            let mark = marks.mark(&value).unwrap();
            let text = format!("{{\"in\": \"<{mark}>\", \"bare\": {mark}}}");
            let body = filled(&Marked { text, marks, places: Vec::new() }).unwrap();
            let read: Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(read.as_object().unwrap().len(), 2);
            prop_assert_eq!(&read["in"], &Value::from(format!("<{value}>")));
            let bare = match &read["bare"] {
                Value::String(text) => text.clone(),
                Value::Null if value.is_empty() => String::new(),
                // Sent as it stands.
                _ => body.rsplit(": ").next().unwrap().trim_end_matches('}').to_owned(),
            };
            prop_assert_eq!(bare, value);
        }

        /// It agrees with another strict reader about what JSON is.
        #[test]
        fn it_takes_what_another_reader_takes(
            text in r#"([\[\]{},:"]|"a"|"b"|\\u00e9|\\n|\\x|[ \n0-9.eE+-]|true|null|nul|"\\ud83d\\ude00"|"\\ud83d"){0,12}"#,
        ) {
            let marked = Marked { text: text.clone(), ..Marked::default() };
            let ours = filled(&marked);
            let request = runbell_receivers::HttpRequest {
                method: String::new(),
                target: String::new(),
                headers: Vec::new(),
                body: text.into_bytes(),
            };
            let other = request.json();
            prop_assert_eq!(ours.is_ok(), other.is_ok(), "{:?} {:?}", ours, other);
        }
    }
}
