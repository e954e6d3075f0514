//! An event file as a tree, the JSON types kept.
//!
//! Event files can be tens of megabytes, nearly all of it lists (commits, files, labels). Nothing
//! that is told stands in a list, so lists are passed over while reading and never kept; of the pull
//! requests that a run is about, and of the comments of a thread, the first is kept in place of their
//! list. Texts are cut, and behind a fixed amount nothing more is kept, so that no file of any shape
//! fills the memory (rules R-5, R-7, R-9).

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::model::text::{VALUE_LIMIT_BYTES, head_bytes};

/// Largest event file that is read, in bytes (rule R-5).
pub const EVENT_LIMIT_BYTES: u64 = 32 * 1024 * 1024;

/// About how much of one file is kept, in bytes of memory; real ones keep some hundred kilobytes.
const KEPT_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// What an entry takes beside its key and its text, in bytes of memory.
const ENTRY_BYTES: usize = 128;

/// Reads a whole file; a byte order mark before it is passed over. A file that is handed over is
/// never copied.
///
/// # Errors
/// What is wrong with it: empty, no JSON (with its place), or deeper than 128 levels.
pub fn read_tree<'f>(file: impl Into<Cow<'f, [u8]>>) -> Result<Value, String> {
    let mut file = file.into();
    if without_mark(&file).trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut tree = read_json(without_mark(&file));
    let is_out_of_range = |fault: &serde_json::Error| fault.to_string().starts_with(OUT_OF_RANGE);
    if tree.as_ref().is_err_and(is_out_of_range) {
        empty_huge_numbers(file.to_mut());
        tree = read_json(without_mark(&file));
    }
    tree.map_err(|fault| {
        format!(
            "it is no JSON (line {}, column {})",
            fault.line(),
            fault.column()
        )
    })
}

/// How the library refuses a number that no machine holds, such as `1e999`.
const OUT_OF_RANGE: &str = "number out of range";

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn read_json(bytes: &[u8]) -> serde_json::Result<Value> {
    let kept = Cell::new(0);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let tree = Branch {
        kept: &kept,
        list: List::PassedOver,
    };
    let tree = tree.deserialize(&mut reader)?;
    reader.end().map(|()| tree)
}

/// Puts nothing where a number is larger than any that can be read: it is JSON all the same, and
/// must not cost everything around it.
fn empty_huge_numbers(json: &mut [u8]) {
    /// The length of the shortest, `1e309`.
    const SHORTEST_BYTES: usize = 5;
    let mut is_text = false;
    let mut rest = json;
    while let Some(first) = rest.first() {
        let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = match (is_text, first) {
            // What is escaped ends no text.
            (true, b'\\') => 2,
            (_, b'"') => {
                is_text = !is_text;
                1
            }
            (false, b'0'..=b'9' | b'-') => rest.iter().take_while(|it| of_number(it)).count(),
            _ => 1,
        };
        let Some((token, behind)) = rest.split_at_mut_checked(length) else {
            break;
        };
        let number = std::str::from_utf8(token)
            .ok()
            .filter(|token| token.len() >= SHORTEST_BYTES);
        let number = number.and_then(|token| token.parse::<f64>().ok());
        if number.is_some_and(f64::is_infinite) {
            token.fill(b' ');
            for (place, byte) in token.iter_mut().zip(b"null") {
                *place = *byte;
            }
        }
        rest = behind;
    }
}

/// Reads one value; the cell counts what is kept.
#[derive(Clone, Copy)]
struct Branch<'c> {
    kept: &'c Cell<usize>,
    list: List,
}

/// What becomes of the value, if it is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    PassedOver,
    FirstKept,
}

impl List {
    /// By the key that the value stands at.
    fn at(key: &str) -> Self {
        match key {
            "pull_requests" | "comments" => Self::FirstKept,
            _ => Self::PassedOver,
        }
    }
}

impl Branch<'_> {
    /// Whether so much more is kept; it is counted then.
    fn keeps(self, bytes: usize) -> bool {
        let sum = self.kept.get().saturating_add(bytes);
        let fits = sum <= KEPT_LIMIT_BYTES;
        if fits {
            self.kept.set(sum);
        }
        fits
    }
}

impl<'de> DeserializeSeed<'de> for Branch<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Branch<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        let text = head_bytes(text, VALUE_LIMIT_BYTES);
        Ok(match self.keeps(text.len()) {
            true => text.into(),
            false => Value::Null,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let list = List::PassedOver;
        let first = match self.list {
            List::FirstKept => items.next_element_seed(Self { list, ..self })?,
            List::PassedOver => None,
        };
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first.unwrap_or_default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut parts = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key.len() > VALUE_LIMIT_BYTES || !self.keeps(ENTRY_BYTES + key.len()) {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            let list = List::at(&key);
            let value = entries.next_value_seed(Self { list, ..self })?;
            parts.insert(key, value);
        }
        Ok(Value::Object(parts))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_kept_and_lists_are_passed_over() {
        let json = r#"{"a": {"b": "x", "n": 7, "m": -7, "f": true, "z": null, "d": 0.5}, "l": [{"b": "y"}]}"#;
        assert_eq!(
            read_tree(json.as_bytes()).unwrap(),
            json!({"a": {"b": "x", "n": 7, "m": -7, "f": true, "z": null, "d": 0.5}, "l": null})
        );
        assert_eq!(read_tree(b"\xef\xbb\xbf {} ").unwrap(), json!({}));
        assert_eq!(read_tree(b"\"text\"").unwrap(), json!("text"));
    }

    #[test]
    fn a_number_that_no_machine_holds_costs_itself_alone() {
        let long = format!("{{\"n\":{},\"a\":1}}", "9".repeat(400));
        for (json, expected) in [
            (
                r#"{"a":1e999,"b":"1e999 \" 1e999","c":-1E+400,"d":1.5e3}"#,
                json!({"a": null, "b": "1e999 \" 1e999", "c": null, "d": 1500.0}),
            ),
            ("[1e999]", json!(null)),
            (long.as_str(), json!({"n": null, "a": 1})),
            (
                r#"{"k\\":1e999,"1e999":2}"#,
                json!({"k\\": null, "1e999": 2}),
            ),
        ] {
            assert_eq!(read_tree(json.as_bytes()), Ok(expected), "{json}");
        }
        for (json, expected) in [
            ("{\"a\":1e999", "it is no JSON (line 1, column 10)"),
            ("{\"a\":1e999,\n x}", "it is no JSON (line 2, column 2)"),
            (
                "{\"a\":1e999,\"b\":\"\\",
                "it is no JSON (line 1, column 17)",
            ),
        ] {
            assert_eq!(
                read_tree(json.as_bytes()),
                Err(expected.to_owned()),
                "{json}"
            );
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        for (bytes, expected) in [
            (&b""[..], "it is empty"),
            (b" \n", "it is empty"),
            (b"{\n x", "it is no JSON (line 2, column 2)"),
            (b"{} {}", "it is no JSON (line 1, column 4)"),
            (b"\xff\xfe", "it is no JSON (line 1, column 1)"),
        ] {
            assert_eq!(read_tree(bytes).unwrap_err(), expected, "{bytes:?}");
        }
        let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(read_tree(nested(127).as_bytes()).is_ok());
        assert!(read_tree(nested(128).as_bytes()).is_err());
        assert!(read_tree(nested(10_000).as_bytes()).is_err());
        // Nothing in a list is kept, so nothing in it is deep.
        let lists = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(read_tree(lists.as_bytes()).unwrap(), Value::Null);
        assert!(read_tree("[".repeat(10_000).as_bytes()).is_err());
    }

    #[test]
    fn no_shape_of_file_is_kept_whole() {
        let count = KEPT_LIMIT_BYTES / ENTRY_BYTES;
        let many = (0..count)
            .map(|at| format!("\"k{at}\":{at}"))
            .collect::<Vec<_>>()
            .join(",");
        let tree = read_tree(format!("{{{many}}}").as_bytes()).unwrap();
        let kept = tree.as_object().unwrap().len();
        assert!(kept > count / 2 && kept < count, "{kept}");
        let texts = (0..200)
            .map(|at| format!("\"k{at}\":\"{}\"", "x".repeat(60_000)))
            .collect::<Vec<_>>()
            .join(",");
        let tree = read_tree(format!("{{{texts}}}").as_bytes()).unwrap();
        let length = |it: &Value| it.as_str().map_or(0, str::len);
        let kept: usize = tree.as_object().unwrap().values().map(length).sum();
        assert!(
            kept > KEPT_LIMIT_BYTES / 2 && kept < KEPT_LIMIT_BYTES,
            "{kept}"
        );
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(VALUE_LIMIT_BYTES + 5));
        let tree = read_tree(long.as_bytes()).unwrap();
        assert_eq!(tree["a"].as_str().unwrap().len(), VALUE_LIMIT_BYTES);
    }
}
