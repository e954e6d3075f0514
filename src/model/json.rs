//! JSON in bytes.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value};

/// A value as JSON on one line, without blanks. What cannot be written is empty, and nothing here is
/// of that kind: keys are texts, and there is no number that JSON lacks.
pub fn json_bytes(value: &impl Serialize) -> Vec<u8> {
    let mut written = Written(Vec::with_capacity(512));
    if serde_json::to_writer(&mut written, value).is_err() {
        written.0.clear();
    }
    written.0
}

/// An object of these entries, in this order. The library's macro copies every text that it is given.
pub fn object<const N: usize>(mut entries: [(&str, Value); N]) -> Value {
    Value::Object(gathered(&mut entries))
}

/// Takes the values; one for all numbers of entries.
#[inline(never)]
fn gathered(entries: &mut [(&str, Value)]) -> Map<String, Value> {
    let entries = entries.iter_mut();
    entries
        .map(|(key, value)| ((*key).to_owned(), value.take()))
        .collect()
}

/// What was written so far. The library hands on each quote, colon and brace by itself, and to copy
/// one byte as if it were many takes ten times as long as to put it there.
struct Written(Vec<u8>);

impl io::Write for Written {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match piece {
            [byte] => self.0.push(*byte),
            bytes => self.0.extend_from_slice(bytes),
        }
        Ok(piece.len())
    }

    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.write(piece).map(drop)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_the_library_writes(key in ".*", text in ".*", number in any::<i64>()) {
            let value = json!({ "": [], key: [text, number, null, true, {}], "x": { "y": "\"" } });
            prop_assert_eq!(json_bytes(&value), value.to_string().into_bytes());
        }
    }

    #[test]
    fn what_cannot_be_written_is_empty() {
        struct Refuses;
        impl Serialize for Refuses {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        assert_eq!(json_bytes(&(1, Refuses)), b"");
        assert_eq!(json_bytes(&Value::Null), b"null");
    }
}
