//! Two manifests of Harness: the entry of the plugin catalogue that Harness Open Source reads, and
//! `plugin.yml`, by which its runner starts the program without a container. Source: ci-platforms,
//! section 7.3.

use serde_json::{Map, Value, json};

use super::{
    ABOUT, GENERATED, IMAGE_AS_ROOT, IMAGE_NAME, REPOSITORY, described, json_default, json_type,
    written, yaml_file,
};
use crate::catalogue::InputGroup;
use crate::input::Kind;

/// The entry of the catalogue. It is JSON, which is YAML; the other entries there are too.
pub(super) fn catalogue_entry(groups: &[InputGroup]) -> String {
    let inputs: Map<String, Value> = written(groups)
        .map(|spec| {
            let mut input = json!({
                "type": json_type(spec.kind),
                "description": described(spec),
                "required": false,
            });
            if let Some(fields) = input.as_object_mut() {
                if let Some(default) = spec.default {
                    fields.insert("default".to_owned(), json_default(spec.kind, default));
                }
                if let Kind::Choice(words) = spec.kind {
                    fields.insert("enum".to_owned(), json!(words));
                }
                if spec.kind.is_secret() {
                    fields.insert("mask".to_owned(), true.into());
                }
            }
            (spec.name.to_owned(), input)
        })
        .collect();
    let variables: Map<String, Value> = written(groups)
        .map(|spec| {
            (
                format!("PLUGIN_{}", spec.name.to_uppercase()),
                format!("${{{{ inputs.{} }}}}", spec.name).into(),
            )
        })
        .collect();
    let plugin = json!({
        "kind": "plugin",
        "type": "step",
        "name": "runbell",
        "spec": {
            "name": "runbell",
            "description": ABOUT,
            "step": { "type": "run", "spec": { "image": IMAGE_AS_ROOT, "envs": variables } },
            "inputs": inputs,
        },
    });
    format!("# {GENERATED}\n{plugin:#}\n")
}

/// Where the release keeps the program, for a runner that starts it by itself. The names of system
/// and processor are Go's, and only `.zst` is unpacked.
pub(super) fn containerless() -> String {
    let asset = "runbell-{{ os }}-{{ arch }}";
    yaml_file(&json!({
        "run": {
            "binary": {
                "source": format!("{REPOSITORY}/releases/download/{{{{ release }}}}/{asset}.zst"),
                "fallback_source": format!("{REPOSITORY}/releases/latest/download/{asset}.zst"),
            },
            "docker": { "image": IMAGE_NAME },
        },
    }))
}
