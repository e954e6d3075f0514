//! The entry of Drone's plugin index. All five keys of a property are demanded, and no others are
//! allowed. Source: ci-platforms, section 7.2, and the index's own schema.

use serde_json::{Map, Value, json};

use super::yaml_file;
use super::{ABOUT, AUTHOR, IMAGE, REPOSITORY, TAGS, described, json_default, json_type, written};
use crate::catalogue::InputGroup;
use crate::input::Kind;

/// The entry, `plugins/runbell/content.yaml` in the index.
pub(super) fn index_entry(groups: &[InputGroup]) -> String {
    let properties: Map<String, Value> = written(groups)
        .map(|spec| {
            let default = match (spec.default, spec.kind) {
                (Some(default), kind) => json_default(kind, default),
                (None, Kind::List) => json!([]),
                (None, _) => "".into(),
            };
            let property = json!({
                "type": json_type(spec.kind),
                "defaultValue": default,
                "description": described(spec),
                "secret": spec.kind.is_secret(),
                "required": false,
            });
            (spec.name.to_owned(), property)
        })
        .collect();
    yaml_file(&json!({
        "title": "runbell",
        "author": AUTHOR,
        "tags": TAGS,
        "repo": REPOSITORY,
        "image": format!("{REPOSITORY}/pkgs/container/runbell"),
        "license": "MIT License",
        "readme": format!("{REPOSITORY}/blob/main/README.md"),
        "description": ABOUT,
        "example": example(),
        "properties": properties,
    }))
}

/// A pipeline in which the step speaks.
fn example() -> String {
    format!(
        "kind: pipeline\ntype: docker\nname: default\nsteps:\n  - name: build\n    image: alpine\n    commands: [make]\n  - name: notify\n    image: {IMAGE}\n    settings:\n      dingtalk_webhook:\n        from_secret: dingtalk_webhook\n      notify_on: [failure]\n    when:\n      status: [success, failure]\n"
    )
}
