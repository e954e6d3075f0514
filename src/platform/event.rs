//! The event file of a platform, as much of it as facts are read from.
//!
//! Event files can be tens of megabytes, nearly all of it lists (commits, files, labels). No fact
//! stands in a list, so lists are passed over while reading and never kept.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::text::{VALUE_LIMIT_BYTES, head_bytes, is_absent};

/// A part of an event.
#[derive(Debug, Default)]
pub(super) enum Event {
    /// Nothing that a fact could be.
    #[default]
    Nothing,
    /// A text or a number.
    Text(String),
    /// Named parts.
    Parts(BTreeMap<String, Event>),
}

impl Event {
    /// Reads a whole file; more than 128 levels are refused.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|fault| {
            format!(
                "it is no JSON (line {}, column {})",
                fault.line(),
                fault.column()
            )
        })
    }

    /// The text or number at a dotted path, unless it says nothing.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let found = path.split('.').try_fold(self, |event, key| match event {
            Self::Parts(parts) => parts.get(key),
            Self::Nothing | Self::Text(_) => None,
        })?;
        match found {
            Self::Text(text) if !is_absent(text) => Some(text),
            Self::Text(_) | Self::Nothing | Self::Parts(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EventVisitor)
    }
}

struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Event, E> {
        Ok(Event::Nothing)
    }

    fn visit_unit<E>(self) -> Result<Event, E> {
        Ok(Event::Nothing)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Event, E> {
        Ok(Event::Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Event, E> {
        Ok(Event::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Event, E> {
        Ok(Event::Text(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Event, E> {
        Ok(Event::Text(head_bytes(text, VALUE_LIMIT_BYTES).to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Event, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Event::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Event, A::Error> {
        let mut parts = BTreeMap::new();
        while let Some((key, part)) = entries.next_entry::<String, Event>()? {
            if !matches!(part, Event::Nothing) {
                parts.insert(key, part);
            }
        }
        Ok(Event::Parts(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, path: &str, expected: Option<&str>) {
        let event = Event::read(json.as_bytes()).unwrap();
        assert_eq!(event.text(path), expected, "{path} in {json}");
    }

    #[test]
    fn texts_and_numbers_are_found_by_their_path() {
        let json = r#"{"a": {"b": "x", "n": 7, "f": true, "z": null, "e": ""}, "l": [{"b": "y"}]}"#;
        check(json, "a.b", Some("x"));
        check(json, "a.n", Some("7"));
        for path in ["a", "a.f", "a.z", "a.e", "l", "l.b", "l.0.b", "no.such", ""] {
            check(json, path, None);
        }
        check("[]", "a", None);
        check("\"text\"", "a", None);
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        assert_eq!(
            Event::read(b"{\n x").unwrap_err(),
            "it is no JSON (line 2, column 2)"
        );
        let deep = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        assert!(Event::read(deep.as_bytes()).is_err());
        let deep_list = "[".repeat(10_000);
        assert!(Event::read(deep_list.as_bytes()).is_err());
        assert!(Event::read(b"\xff\xfe").is_err());
    }
}
