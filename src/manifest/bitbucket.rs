//! The metadata of the Bitbucket pipe. Source: ci-platforms, section 7.7; the list of fields there
//! is not complete.

use serde_json::{Map, Value, json};

use super::{ABOUT, AUTHOR, IMAGE, REPOSITORY, TAGS, variable, written, yaml_file};
use crate::catalogue::InputGroup;

/// `pipe.yml`. A pipe gets its variables under their own names, so they carry our prefix.
pub(super) fn pipe(groups: &[InputGroup]) -> String {
    let variables: Vec<Value> = written(groups)
        .map(|spec| {
            let mut entry = Map::new();
            entry.insert("name".to_owned(), variable(spec).into());
            if let Some(default) = spec.default {
                entry.insert("default".to_owned(), default.into());
            }
            Value::Object(entry)
        })
        .collect();
    yaml_file(&json!({
        "name": "runbell",
        "image": IMAGE,
        "description": ABOUT,
        "category": "Notifications",
        "repository": REPOSITORY,
        "maintainer": { "name": AUTHOR, "website": REPOSITORY },
        "vendor": { "name": AUTHOR, "website": REPOSITORY },
        "tags": TAGS,
        "variables": variables,
    }))
}
