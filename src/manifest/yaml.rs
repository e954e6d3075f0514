//! A value as YAML in block style, for files that linters and people read.

use serde_json::Value;

/// Words that some reader of YAML takes for something else than text.
const NOT_TEXT: &[&str] = &[
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", "~",
];

/// The value as a document. Text of several lines stands as it is; other text that is not plain
/// stands as a JSON string, which is a YAML string too.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, indent: usize) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                text.push_str(&format!("{margin}{}:", scalar(key)));
                write_after_key(text, value, indent);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                write(&mut inner, item, indent + 2);
                // The first line moves up behind the dash; what follows stands below it already.
                text.push_str(&format!("{margin}- {}", inner.trim_start()));
            }
        }
        value => text.push_str(&format!("{margin}{}\n", plain(value))),
    }
}

/// What stands behind `key:`, from the blank on.
fn write_after_key(text: &mut String, value: &Value, indent: usize) {
    let margin = " ".repeat(indent + 2);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            write(text, value, indent + 2);
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            text.push('\n');
            write(text, value, indent + 2);
        }
        Value::String(lines) if lines.contains('\n') && !lines.starts_with([' ', '\n']) => {
            text.push_str(" |\n");
            for line in lines.lines() {
                text.push_str(format!("{margin}{line}").trim_end());
                text.push('\n');
            }
        }
        value => text.push_str(&format!(" {}\n", plain(value))),
    }
}

/// A value on one line.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            format!("[{}]", items.join(", "))
        }
        value => value.to_string(),
    }
}

fn scalar(text: &str) -> String {
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/');
    let is_plain = begins_well
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !NOT_TEXT.iter().any(|word| text.eq_ignore_ascii_case(word));
    match is_plain {
        true => text.to_owned(),
        false => Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: Value, expected: &str) {
        assert_eq!(document(&value), expected, "{value}");
    }

    #[test]
    fn text_stands_plain_where_every_reader_takes_it_for_text() {
        check(json!({"a": "docker"}), "a: docker\n");
        check(json!({"a": "/bin/sh"}), "a: /bin/sh\n");
        check(json!({"a": ""}), "a: \"\"\n");
        check(json!({"a": "1.0"}), "a: \"1.0\"\n");
        check(json!({"a": "Yes"}), "a: \"Yes\"\n");
        check(json!({"a": "a: b"}), "a: \"a: b\"\n");
        check(json!({"a": "$(x)"}), "a: \"$(x)\"\n");
        check(json!({"a": "钉钉"}), "a: \"钉钉\"\n");
        check(json!({"a": "say \"hi\""}), "a: \"say \\\"hi\\\"\"\n");
        check(json!({"on": true}), "\"on\": true\n");
    }

    #[test]
    fn lists_of_texts_take_one_line_and_lists_of_maps_many() {
        check(json!({"a": ["b", 2]}), "a: [b, 2]\n");
        check(json!({"a": []}), "a: []\n");
        check(json!({"a": {}}), "a: {}\n");
        check(
            json!({"a": [{"b": 1, "c": {"d": 2}}, {"e": [{"f": 3}]}]}),
            "a:\n  - b: 1\n    c:\n      d: 2\n  - e:\n      - f: 3\n",
        );
    }

    #[test]
    fn several_lines_stand_as_they_are() {
        check(
            json!({"a": {"b": "one\n\n  two\n"}}),
            "a:\n  b: |\n    one\n\n      two\n",
        );
        check(json!({"a": " x\ny"}), "a: \" x\\ny\"\n");
    }
}
