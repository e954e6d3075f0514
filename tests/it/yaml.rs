//! YAML as the JSON value it means, read by a parser that is not ours. Files and examples are
//! checked on it.

use serde_json::{Map, Number, Value};
use yaml_rust2::yaml::{Yaml, YamlLoader};

/// The documents of a text, or what is wrong with it.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let documents = YamlLoader::load_from_str(text).map_err(|fault| fault.to_string())?;
    Ok(documents.into_iter().map(value).collect())
}

/// The one document of a text.
#[track_caller]
pub(crate) fn document(text: &str) -> Value {
    let mut all = documents(text).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn value(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Real(text) => text
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or(Value::String(text), Value::Number),
        Yaml::Integer(number) => number.into(),
        Yaml::String(text) => text.into(),
        Yaml::Boolean(word) => word.into(),
        Yaml::Array(items) => items.into_iter().map(value).collect(),
        Yaml::Hash(fields) => {
            let fields = fields.into_iter().map(|(key, field)| {
                let key = match value(key) {
                    Value::String(key) => key,
                    key => key.to_string(),
                };
                (key, value(field))
            });
            // A key that stands twice is refused by the parser.
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}
