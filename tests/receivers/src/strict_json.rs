//! JSON as a careful receiver reads it: UTF-8 only, and no key twice in one object.
//!
//! A body with a repeated key means different things to different parsers, which is how injected text
//! slips past a check. `serde_json` alone keeps the last of them silently.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one JSON value and nothing after it; the text of the fault says what is wrong and where.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|fault| format!("not UTF-8: {fault}"))?;
    serde_json::from_str::<Strict>(text)
        .map(|strict| strict.0)
        .map_err(|fault| fault.to_string())
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!(
                    "key {key:?} stands twice in one object"
                )));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn every_json_type_is_read_as_it_stands() {
        let value = json!({"a": [null, true, -1, 18446744073709551615_u64, 0.5, "x\u{1F514}"], "b": {"a": {}}});
        assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
    }

    #[test]
    fn what_is_ambiguous_or_broken_is_refused() {
        let rows: [(&[u8], &str); 7] = [
            (b"{\"a\":1,\"a\":1}", "stands twice"),
            (b"[{\"a\":{\"b\":1,\"b\":2}}]", "stands twice"),
            (b"{\"a\":\"\xff\"}", "not UTF-8"),
            (b"{\"a\":\"line\nbreak\"}", "control character"),
            (b"{\"a\":1,}", "trailing comma"),
            (b"{} {}", "trailing characters"),
            (b"", "EOF"),
        ];
        for (body, reason) in rows {
            let fault = parse(body).unwrap_err();
            assert!(fault.contains(reason), "{body:?}: {fault}");
        }
    }
}
