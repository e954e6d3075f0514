//! The Buildkite plugin's `plugin.yml`. Source: ci-platforms, section 7.7. The hook beside it is
//! written by hand: `packaging/buildkite/hooks/pre-exit`.

use serde_json::{Map, Value, json};

use super::{ABOUT, AUTHOR, REPOSITORY, described, written, yaml_file};
use crate::catalogue::InputGroup;
use crate::input::Kind;

/// The plugin's settings as JSON Schema.
pub(super) fn plugin(groups: &[InputGroup]) -> String {
    let properties: Map<String, Value> = written(groups)
        .map(|spec| {
            let types = match spec.kind {
                Kind::Switch => json!("boolean"),
                Kind::Number => json!("integer"),
                Kind::List => json!(["string", "array", "number"]),
                // A number written without quotes is text as well, such as that of a run.
                _ => json!(["string", "number"]),
            };
            let mut property = json!({ "type": types, "description": described(spec) });
            if let (Some(fields), Kind::Choice(words)) = (property.as_object_mut(), spec.kind) {
                fields.insert("enum".to_owned(), json!(words));
            }
            (spec.name.to_owned(), property)
        })
        .collect();
    yaml_file(&json!({
        "name": "runbell",
        "description": ABOUT,
        "author": format!("{AUTHOR}, {REPOSITORY}"),
        "requirements": ["bash"],
        "configuration": {
            "properties": properties,
            "additionalProperties": false,
        },
    }))
}
